use super::*;
use http_body_util::BodyExt;
use tower::ServiceExt;

fn nothing(request: &Request) -> Response {
    (StatusCode::NOT_FOUND, format!("no {} {}", request.method(), request.uri().path())).into_response()
}

async fn answer(method: &str, path: &str, known: Option<&str>) -> (StatusCode, HeaderMap, Bytes) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(etag) = known {
        request = request.header(header::IF_NONE_MATCH, etag);
    }
    let request = request.body(Body::empty()).unwrap();
    let (head, body) =
        router("/explorer", "/openapi.json", Some("/explorer/login.json"), "Beans & \"Co\" <b>", nothing)
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
    (head.status, head.headers, body.collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn the_page_loads_its_scripts_from_files_and_nothing_from_elsewhere() {
    let (status, headers, body) = answer("GET", "/explorer/", None).await;
    let page = std::str::from_utf8(&body).unwrap();
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], HTML);
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(
        headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; script-src 'self'; ")
    );
    assert!(page.contains("<title>Beans &amp; &quot;Co&quot; &lt;b&gt;</title>"), "{page}");
    assert!(page.contains(r#"data-openapi="/openapi.json""#));
    assert!(!page.contains("://") && !page.contains("{{") && !page.contains("<style"));
    let script_tags = page.matches("<script").count();
    assert_eq!(script_tags, page.matches("<script src=\"./").count());
    for part in page.split("\"./").skip(1) {
        let file = part.split('"').next().unwrap();
        let (status, _, body) = answer("GET", &format!("/explorer/{file}"), None).await;
        assert!(status == StatusCode::OK && !body.is_empty(), "{file}");
    }
}

#[tokio::test]
async fn files_of_swagger_ui_are_gzip_and_sent_once() {
    for (name, content_type) in [("swagger-ui.css", CSS), ("swagger-ui-bundle.js", SCRIPT)] {
        let path = format!("/explorer/{name}");
        let (status, headers, body) = answer("GET", &path, None).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["content-type"], content_type);
        assert_eq!(headers["content-encoding"], "gzip");
        assert!(body.starts_with(&[0x1f, 0x8b, 8]) && body.len() > 10_000, "{name}");
        let etag = headers["etag"].to_str().unwrap();
        for known in [etag, &format!("\"x\", W/{etag}"), "*"] {
            let (status, headers, body) = answer("GET", &path, Some(known)).await;
            assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
            assert_eq!(headers["etag"], etag);
        }
        assert_eq!(answer("GET", &path, Some("\"x\"")).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    for path in ["/explorer", "/explorer/", "/explorer/init.js", "/explorer/swagger-ui.css"] {
        let (get, get_headers, _) = answer("GET", path, None).await;
        let (head, head_headers, body) = answer("HEAD", path, None).await;
        assert_eq!((head, head_headers, body.len()), (get, get_headers, 0));
    }
}

#[tokio::test]
async fn the_path_without_a_slash_leads_to_the_page() {
    let (status, headers, _) = answer("GET", "/explorer", None).await;
    assert_eq!(status, StatusCode::MOVED_PERMANENTLY);
    assert_eq!(headers["content-type"], HTML);
    assert_eq!(headers["location"], "/explorer/");
}

#[tokio::test]
async fn what_is_not_there_is_for_the_app_to_answer() {
    for (method, path) in [
        ("GET", "/explorer/nothing.js"),
        ("GET", "/explorer/../Cargo.toml"),
        ("GET", "/explorer//swagger-ui.css/x"),
        ("POST", "/explorer/"),
        ("DELETE", "/explorer"),
        ("PUT", "/explorer/init.js"),
        ("GET", "/explorer/explorer/init.js"),
    ] {
        let (status, _, body) = answer(method, path, None).await;
        assert_eq!((status, &*body), (StatusCode::NOT_FOUND, format!("no {method} {path}").as_bytes()));
    }
}

#[test]
fn a_broken_archive_has_no_files() {
    let archive = utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
    assert!(zip::entries(archive).count() > 10);
    for cut in [0, 1, 100, archive.len() / 2, archive.len() - 1] {
        assert_eq!(zip::entries(&archive[cut.min(archive.len() - 200)..archive.len() - 200]).count(), 0);
    }
    assert_eq!(zip::entries(b"PK\x05\x06").count(), 0);
    assert_eq!(zip::entries(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0").count(), 0);
}
