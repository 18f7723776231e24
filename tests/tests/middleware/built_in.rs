//! The middleware that comes with the framework.

use super::{Served, assert_error};
use loopback::app::Compression;
use loopback::axum::routing::{get, post};
use loopback::prelude::*;
use loopback_tests::databases::Kind;
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn status_says_since_when() {
    let served = Served::of(|app| app.status("/")).await;
    let answer = served.get("/").await;
    let body = answer.json();
    assert_eq!(answer.media_type().as_deref(), Some("application/json"));
    assert!(body["uptime"].as_f64().is_some_and(|uptime| uptime < 60.0), "{body}");
    let started = body["started"].as_str().unwrap();
    assert!(started.len() == 24 && started.ends_with('Z'), "{started}");
    let head = served.call("HEAD", "/", &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_error(&served.call("POST", "/", &[]).await, 404, "Cannot POST /");
    assert_error(&served.get("/x").await, 404, "Cannot GET /x");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_ready_when_the_database_is() {
    let served = Served::of(AppBuilder::health).await;
    for target in ["/health/live", "/health/ready"] {
        let answer = served.get(target).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "status": "ok" })), "{target}");
        assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    }
    assert_eq!(served.get("/health/other").await.status, 404);
}

/// A database that is gone: its server is another one's, and this app's address of it leads nowhere any more.
#[tokio::test(flavor = "multi_thread")]
async fn health_is_not_ready_without_its_database() {
    use tokio::io::copy_bidirectional;
    use tokio::net::{TcpListener, TcpStream};
    let Some(database) = Kind::Postgres.scratch() else { return };
    let (scheme, rest) = database.url().split_once('@').unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let (scheme, host, path) = (scheme.to_owned(), host.to_owned(), path.to_owned());
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = proxy.local_addr().unwrap().port();
    let running = tokio::spawn(async move {
        let mut pairs = tokio::task::JoinSet::new();
        loop {
            let (mut client, _) = proxy.accept().await.unwrap();
            let host = host.clone();
            pairs.spawn(async move {
                let mut server = TcpStream::connect(host).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    let url = format!("{scheme}@127.0.0.1:{port}/{path}");
    let served = Served::of(|app| app.database_url(url).health()).await;
    assert_eq!(served.get("/health/ready").await.status, 200);
    running.abort();
    let _ = running.await;
    // The last answer counts for a second.
    let end = std::time::Instant::now() + Duration::from_secs(20);
    let answer = loop {
        let answer = served.get("/health/ready").await;
        if answer.status != 200 || std::time::Instant::now() > end {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((answer.status, answer.json()), (503, json!({ "status": "unavailable" })));
    assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
    assert_eq!(served.get("/health/live").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_icon_is_sent_once() {
    let served = Served::of(AppBuilder::favicon).await;
    let icon = served.get("/favicon.ico").await;
    assert_eq!((icon.status, icon.media_type().as_deref()), (200, Some("image/x-icon")));
    assert!(icon.body.starts_with(&[0, 0, 1, 0, 3, 0]), "an icon of three sizes");
    let etag = icon.header("etag").unwrap();
    let known = served.call("GET", "/favicon.ico", &[("If-None-Match", &etag)]).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(served.call("POST", "/favicon.ico", &[]).await.status, 404);

    let own = std::env::temp_dir().join(format!("lb_icon_{}.svg", std::process::id()));
    std::fs::write(&own, "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    let served = Served::of(|app| app.favicon_file(&own)).await;
    std::fs::remove_file(&own).unwrap();
    assert_eq!(served.get("/favicon.ico").await.media_type().as_deref(), Some("image/svg+xml"));
}

const SHOP: &str = "https://shop.example";

#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_reads_answers_unless_it_is_named() {
    let origin = ("Origin", SHOP);
    let none = Served::of(|app| app).await;
    let answer = none.call("GET", "/api/Things", &[origin]).await;
    assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control")), "{answer:?}");

    let named =
        Served::of(|app| app.cors(Cors::origins([SHOP]).credentials(true).max_age(Duration::from_secs(60)))).await;
    for target in ["/api/Things", "/api/Things/99", "/nowhere"] {
        let answer = named.call("GET", target, &[origin]).await;
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some(SHOP), "{target}");
        assert_eq!(answer.header("access-control-allow-credentials").as_deref(), Some("true"));
        assert!(answer.header("vary").unwrap().contains("origin"));
        for other in ["https://evil.example", "https://shop.example.evil", "null", "http://shop.example"] {
            let answer = named.call("GET", target, &[("Origin", other)]).await;
            assert_eq!(answer.header("access-control-allow-origin"), None, "{other}");
        }
    }
    let asks = [origin, ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "X-A")];
    let preflight = named.call("OPTIONS", "/api/Things", &asks).await;
    assert_eq!((preflight.status, preflight.body.len()), (204, 0));
    for (name, value) in [
        ("access-control-allow-origin", SHOP),
        ("access-control-allow-methods", "GET,HEAD,PUT,PATCH,POST,DELETE"),
        ("access-control-allow-headers", "X-A"),
        ("access-control-max-age", "60"),
    ] {
        assert_eq!(preflight.header(name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_are_no_preflight_are_answered_by_what_is_asked() {
    let own = loopback::axum::routing::options(async || "by the route");
    let without = Served::of(|app| app.route("/own", own.clone())).await;
    let with = Served::of(|app| app.cors(Cors::origins([SHOP])).route("/own", own.clone())).await;
    for served in [&without, &with] {
        let answer = served.call("OPTIONS", "/own", &[]).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "by the route"));
        let answer = served.call("OPTIONS", "/api/Things", &[]).await;
        assert_eq!((answer.status, answer.body.len()), (204, 0));
        let allowed = answer.header("allow").unwrap();
        assert!(allowed.contains("GET") && allowed.contains("POST") && allowed.contains("OPTIONS"), "{allowed}");
        assert!(!allowed.contains("DELETE"), "{allowed}");
        for nowhere in ["/api/Nothing", "/nowhere", "/api/Things/1/nothing/at/all"] {
            assert_eq!(served.call("OPTIONS", nowhere, &[]).await.status, 404, "{nowhere}");
        }
    }
    let answer = with.call("OPTIONS", "/own", &[("Origin", SHOP)]).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "by the route"));
    assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some(SHOP));
}

#[tokio::test(flavor = "multi_thread")]
async fn any_site_never_comes_with_credentials() {
    let any = Served::of(|app| app.cors(Cors::any_origin())).await;
    let answer = any.call("GET", "/api/Things", &[("Origin", SHOP)]).await;
    assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    // LoopBack's way has to be named; it reflects, and is no `*`.
    let lb = Served::of(|app| app.cors(Cors::loopback3())).await;
    let answer = lb.call("GET", "/api/Things", &[("Origin", SHOP)]).await;
    assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some(SHOP));
    assert_eq!(answer.header("access-control-allow-credentials").as_deref(), Some("true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_for_who_takes_it() {
    let served = Served::of(|app| {
        app.compression_with(Compression::default().threshold(100))
            .route("/large", get(async || "coffee ".repeat(500)))
            .route("/small", get(async || "coffee"))
    })
    .await;
    for (takes, coding) in [("gzip", "gzip"), ("br, gzip;q=0.5", "br")] {
        let answer = served.call("GET", "/large", &[("Accept-Encoding", takes)]).await;
        assert_eq!(answer.header("content-encoding").as_deref(), Some(coding));
        assert!(answer.body.len() < 200, "{}", answer.body.len());
    }
    assert_eq!(served.get("/large").await.text().len(), 3_500);
    assert_eq!(served.call("GET", "/small", &[("Accept-Encoding", "gzip")]).await.text(), "coffee");
    // An error that is made anew behind the compression is whole.
    let page = served.call("GET", "/nowhere", &[("Accept-Encoding", "gzip"), ("Accept", "text/html")]).await;
    assert_eq!((page.header("content-encoding"), page.text().contains("Cannot GET /nowhere")), (None, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_has_an_id() {
    let served = Served::of(AppBuilder::request_id).await;
    let id = async |headers: &[(&str, &str)]| {
        served.call("GET", "/api/Things/99", headers).await.header("x-request-id").unwrap()
    };
    let (one, two) = (id(&[]).await, id(&[]).await);
    assert!(one != two && one.len() == 36, "{one} {two}");
    assert_eq!(id(&[("X-Request-Id", "trace-1.2")]).await, "trace-1.2");
    for bad in ["a b", "\"x\"", "<script>", &"x".repeat(200)] {
        assert_ne!(id(&[("X-Request-Id", bad)]).await, bad);
    }
    let answer = served.call("GET", "/api/Things/99", &[("X-Request-Id", "trace-1.2")]).await;
    assert!(!answer.text().contains("trace-1.2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_takes_too_long_is_a_503() {
    let served = Served::of(|app| {
        let never = get(async || std::future::pending::<()>().await);
        app.request_timeout(Duration::from_millis(100)).route("/never", never)
    })
    .await;
    let answer = served.get("/never").await;
    assert_error(&answer, 503, "Service Unavailable");
    assert!(answer.header("retry-after").is_some());
    // Others have the same time, which a machine with other work may not give them each time.
    for _ in 0..50 {
        let status = served.get("/api/Things").await.status;
        if status == 200 {
            return;
        }
        assert_eq!(status, 503);
    }
    panic!("nothing is answered any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_have_a_limit_by_path() {
    async fn length(body: String) -> String {
        body.len().to_string()
    }
    let served = Served::of(|app| {
        app.body_limit(1_000)
            .body_limit_at("/api/echoes", 10_000)
            .body_limit_at("/tight", 10)
            .route("/tight", post(length))
            .route("/wide", post(length))
    })
    .await;
    let post = async |target: &str, bytes: usize| {
        let body = json!({ "x": "y".repeat(bytes) });
        served.post(target, "*/*", &body).await
    };
    assert_eq!(post("/api/echoes/json", 9_000).await.status, 200);
    assert_error(&post("/api/echoes/json", 10_000).await, 413, "request entity too large");
    assert_error(&post("/api/Things", 1_000).await, 413, "request entity too large");
    assert_eq!(post("/wide", 5_000).await.status, 200);
    assert_error(&post("/tight", 10).await, 413, "request entity too large");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_so_many_requests() {
    let served = Served::of(|app| {
        app.rate_limit(RateLimit::per_minute(3)).rate_limit_at("/api/Things", RateLimit::per_minute(1))
    })
    .await;
    assert_eq!(served.get("/api/Things").await.status, 200);
    let second = served.get("/api/Things").await;
    assert_eq!((second.status, second.json()["error"]["code"].as_str()), (429, Some("TOO_MANY_REQUESTS")));
    assert!((50..=60).contains(&second.header("retry-after").unwrap().parse::<u32>().unwrap()));
    assert_eq!(served.get("/nowhere").await.status, 404);
    assert_eq!(served.get("/nowhere").await.status, 429);
    // What a client says of its address counts only behind a proxy.
    let forged = served.call("GET", "/nowhere", &[("X-Forwarded-For", "10.0.0.9")]).await;
    assert_eq!(forged.status, 429);
    let behind = Served::of(|app| app.rate_limit(RateLimit::per_minute(1).trusted_proxies(1))).await;
    for address in ["10.0.0.1", "10.0.0.2", "6.6.6.6, 10.0.0.3"] {
        assert_eq!(behind.call("GET", "/api/Things", &[("X-Forwarded-For", address)]).await.status, 200);
    }
    assert_eq!(behind.call("GET", "/api/Things", &[("X-Forwarded-For", "7.7.7.7, 10.0.0.3")]).await.status, 429);
}
