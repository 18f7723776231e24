//! Files of a folder.

use super::{Served, assert_error};
use loopback::prelude::*;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// A folder that goes with this value: `root` in it is served, `secret.txt` beside it is not.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let base = std::env::temp_dir().join(format!("lb_files_{name}_{}", std::process::id()));
        let root = base.join("root");
        fs::create_dir_all(root.join("docs")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        for (file, text) in [
            ("secret.txt", "the secret"),
            ("root/index.html", "<h1>home</h1>"),
            ("root/docs/index.html", "<h1>docs</h1>"),
            ("root/a b+c.txt", "blank"),
            ("root/hello.txt", "hello from a file"),
            ("root/.env", "the secret"),
            ("root/.git/config", "the secret"),
        ] {
            fs::write(base.join(file), text).unwrap();
        }
        Self(base)
    }

    fn root(&self) -> PathBuf {
        self.0.join("root")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_have_types_ranges_and_dates() {
    let folder = Folder::new("types");
    let served = Served::of(|app| app.static_files("/files", folder.root())).await;
    let file = served.get("/files/hello.txt").await;
    assert_eq!((file.status, file.text().as_str()), (200, "hello from a file"));
    assert_eq!(file.header("content-type").as_deref(), Some("text/plain; charset=utf-8"));
    assert_eq!(file.header("x-content-type-options").as_deref(), Some("nosniff"));
    assert_eq!(file.header("cache-control").as_deref(), Some("public, max-age=0"));
    let date = file.header("last-modified").unwrap();
    assert_eq!(served.call("GET", "/files/hello.txt", &[("If-Modified-Since", &date)]).await.status, 304);
    let range = served.call("GET", "/files/hello.txt", &[("Range", "bytes=0-4")]).await;
    assert_eq!((range.status, range.text().as_str()), (206, "hello"));
    assert_eq!(range.header("content-range").as_deref(), Some("bytes 0-4/17"));
    assert_eq!(served.call("GET", "/files/hello.txt", &[("Range", "bytes=90-")]).await.status, 416);
    let head = served.call("HEAD", "/files/hello.txt", &[]).await;
    assert_eq!((head.status, head.header("content-length").as_deref()), (200, Some("17")));
    assert_eq!(served.get("/files/a%20b+c.txt").await.text(), "blank");
    assert_error(&served.get("/files/nope.txt").await, 404, "Cannot GET /files/nope.txt");
    assert_error(&served.call("POST", "/files/hello.txt", &[]).await, 404, "Cannot POST /files/hello.txt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_its_index() {
    let folder = Folder::new("index");
    let served = Served::of(|app| app.static_files("/", folder.root()).static_files("/files", folder.root())).await;
    assert_eq!(served.get("/").await.text(), "<h1>home</h1>");
    assert_eq!(served.get("/docs/").await.text(), "<h1>docs</h1>");
    for (target, location) in
        [("/docs?x=1", "/docs/?x=1"), ("/files", "/files/"), ("/files/docs", "/files/docs/"), ("//docs", "/docs/")]
    {
        let moved = served.get(target).await;
        assert_eq!((moved.status, moved.header("location").as_deref()), (301, Some(location)), "{target}");
        assert_eq!(moved.media_type().as_deref(), Some("text/html"));
    }
    // Never to another site.
    let moved = served.get("//evil.example/..").await;
    assert_eq!((moved.status, moved.header("location")), (404, None));
    // REST comes first.
    assert_eq!(served.get("/api/Things").await.status, 200);
    let plain =
        Served::of(|app| app.files("/", StaticFiles::new(folder.root()).index(false).max_age(Duration::from_secs(9))))
            .await;
    assert_eq!(plain.get("/docs/").await.status, 404);
    assert_eq!(plain.get("/hello.txt").await.header("cache-control").as_deref(), Some("public, max-age=9"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_the_folder() {
    let folder = Folder::new("out");
    let served =
        Served::of(|app| app.static_files("/files", folder.root()).static_files("/", folder.root().join("docs"))).await;
    for path in [
        "../secret.txt",
        "../../secret.txt",
        "docs/../../secret.txt",
        "%2e%2e/secret.txt",
        "%2e%2e%2fsecret.txt",
        "..%2fsecret.txt",
        "..%5csecret.txt",
        "..\\secret.txt",
        ".%2e/secret.txt",
        "%252e%252e/secret.txt",
        "docs/%2e%2e/%2e%2e/secret.txt",
        "//../secret.txt",
        "./../secret.txt",
        "%c0%ae%c0%ae/secret.txt",
        "..;/secret.txt",
        ".env",
        "%2eenv",
        ".git/config",
        "docs/../.env",
        "hello.txt%00.html",
        "%00",
        "hello.txt/",
        "hello.txt/x",
    ] {
        for mount in ["/files/", "/"] {
            let answer = served.get(&format!("{mount}{path}")).await;
            assert!(matches!(answer.status, 400 | 403 | 404), "{mount}{path}: {answer}");
            assert!(!answer.text().contains("the secret"), "{mount}{path}: {answer}");
        }
    }
    let dots = Served::of(|app| app.files("/", StaticFiles::new(folder.root()).dotfiles(true))).await;
    assert_eq!(dots.get("/.git/config").await.status, 200);
    assert_eq!(dots.get("/../secret.txt").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_options_of_serve_static_count() {
    use loopback::app::MiddlewareConfig;
    use serde_json::json;
    let folder = Folder::new("options");
    fs::write(folder.root().join("docs/home.htm"), "docs at home").unwrap();
    fs::write(folder.root().join("page.html"), "a page").unwrap();
    let named = |path: &str, options: serde_json::Value| MiddlewareConfig {
        paths: vec![path.to_owned()],
        params: json!([folder.root(), options]),
        ..MiddlewareConfig::default()
    };
    let served = Served::of(|mut app| {
        for (path, options) in [
            ("/index", json!({ "index": ["start.html", "home.htm", "index.html"] })),
            ("/extensions", json!({ "extensions": ["txt", "html"], "index": false })),
            ("/alone", json!({ "fallthrough": false })),
            ("/kept", json!({ "maxAge": "1d", "immutable": true })),
            ("/bare", json!({ "cacheControl": false, "etag": false, "lastModified": false, "acceptRanges": false })),
        ] {
            app = app.middleware_from_config("serve-static", named(path, options)).unwrap();
        }
        app
    })
    .await;
    assert_eq!(served.get("/index/docs/").await.text(), "docs at home");
    assert_eq!(served.get("/index/").await.text(), "<h1>home</h1>");
    assert_eq!(served.get("/index/docs").await.header("location").as_deref(), Some("/index/docs/"));
    assert_eq!(served.get("/extensions/hello").await.text(), "hello from a file");
    assert_eq!(served.get("/extensions/page").await.text(), "a page");
    for path in ["/extensions/page.htm", "/extensions/none", "/extensions/docs/", "/extensions/.env", "/kept/page"] {
        assert_error(&served.get(path).await, 404, &format!("Cannot GET {path}"));
    }
    assert_error(&served.get("/alone/none.txt").await, 404, "Cannot GET /alone/none.txt");
    let refused = served.call("POST", "/alone/hello.txt", &[]).await;
    assert_eq!((refused.status, refused.header("allow").as_deref()), (405, Some("GET, HEAD")));
    assert_eq!(served.call("POST", "/kept/hello.txt", &[]).await.status, 404);
    let kept = served.get("/kept/hello.txt").await;
    assert_eq!(kept.header("cache-control").as_deref(), Some("public, max-age=86400, immutable"));
    assert!(kept.header("etag").is_some() && kept.header("accept-ranges").is_some());
    let since = [("Range", "bytes=0-4"), ("If-Modified-Since", "Wed, 01 Jan 2200 00:00:00 GMT")];
    let bare = served.call("GET", "/bare/hello.txt", &since).await;
    assert_eq!((bare.status, bare.text().as_str()), (200, "hello from a file"));
    for name in ["cache-control", "etag", "last-modified", "accept-ranges"] {
        assert_eq!(bare.header(name), None, "{name}");
    }
    for (options, part) in [
        (json!({ "extension": "html" }), "did you mean `extensions`?"),
        (json!({ "index": "../secret.txt" }), "`index` is false, a name or a list of names"),
        (json!({ "extensions": [".html"] }), "`extensions` is false"),
        (json!({ "dotfiles": "yes" }), "`dotfiles` is `allow`, `deny` or `ignore`"),
    ] {
        let fault = App::builder().middleware_from_config("serve-static", named("/x", options)).err().unwrap();
        assert!(fault.to_string().contains(part), "{fault}");
    }
    let told = named("/x", json!({ "setHeaders": "x" }));
    let app = App::builder().middleware_from_config("serve-static", told).unwrap();
    let app = app.define_model(json!({ "name": "X" })).database_url("sqlite::memory:").build().await.unwrap();
    assert!(app.config_report().to_string().contains("`setHeaders` has no effect"));
}
