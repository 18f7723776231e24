//! How an app listens, what it does with clients that are slow, half gone, or too many, and how it stops. Apps in this
//! process, with short timeouts.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use loopback::app::{Place, Running};
use loopback::prelude::*;
use loopback_tests::raw::{Answer, Raw};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

#[model]
pub struct Note {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
}

const LIMIT: Duration = Duration::from_secs(60);

/// How long this process surely has for a request on an idle connection after the stop: a server that stops closes one on
/// which nothing has come for 250 ms.
const LINGER: Duration = Duration::from_millis(200);

/// Asks on an idle connection right after a stop. `None`: this process had no processor for so long that the connection
/// was closed meanwhile.
async fn late(idle: &mut Raw, target: &str, stopped: Instant) -> Option<Answer> {
    match soon(idle.get(target)).await {
        Ok(answer) => Some(answer),
        Err(_) if stopped.elapsed() > LINGER => None,
        Err(error) => panic!("a request that was on its way when the stop came is lost: {error}"),
    }
}

fn builder() -> AppBuilder {
    App::builder().models([Note::DEF]).database_url("sqlite::memory:").host("127.0.0.1").port(0)
}

fn short() -> ServerOptions {
    ServerOptions {
        header_timeout: LIMIT,
        body_timeout: Duration::from_millis(300),
        write_timeout: Duration::from_millis(300),
        idle_timeout: Duration::from_millis(300),
        grace: Duration::from_secs(10),
        ..ServerOptions::default()
    }
}

async fn start(builder: AppBuilder) -> (App, Running, SocketAddr) {
    let app = builder.build().await.unwrap();
    let running = app.start().await.unwrap();
    let address = running.local_addr().unwrap();
    (app, running, address)
}

/// What a test waits for, within a limit.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, what).await.expect("in time")
}

/// Waits until something is so.
async fn until(what: &str, so: impl Fn() -> bool) {
    let end = Instant::now() + LIMIT;
    while !so() {
        assert!(Instant::now() < end, "{what}: not in time");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A route that says when it is reached, and answers when it is let.
#[derive(Clone, Default)]
struct Gate {
    reached: Arc<AtomicUsize>,
    open: Arc<Notify>,
}

impl Gate {
    fn route(&self) -> Router {
        let gate = self.clone();
        Router::new().route(
            "/gate",
            get(async move || {
                let open = gate.open.notified();
                gate.reached.fetch_add(1, Ordering::SeqCst);
                open.await;
                "through"
            }),
        )
    }

    async fn is_reached_by(&self, count: usize) {
        until("the gate is reached", || self.reached.load(Ordering::SeqCst) >= count).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_port_and_the_url_are_known_while_it_listens() {
    let app = builder().build().await.unwrap();
    assert_eq!(app.url(), None);
    let running = app.start().await.unwrap();
    let address = running.local_addr().unwrap();
    assert_ne!(address.port(), 0);
    assert_eq!(running.url(), format!("http://{address}"));
    assert_eq!(app.url(), Some(running.url()));
    assert_eq!(Raw::connect(address).await.unwrap().get("/api/Notes").await.unwrap().text(), "[]");
    soon(running.stop()).await;
    assert_eq!(app.url(), None);
    assert!(Raw::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn both_families_of_addresses_are_listened_on() {
    let (_, running, address) = start(builder().host("::")).await;
    for host in ["127.0.0.1", "::1"] {
        let Ok(mut client) = Raw::connect(SocketAddr::new(host.parse().unwrap(), address.port())).await else {
            // A machine without IPv6 has the other half.
            assert_eq!(host, "::1");
            continue;
        };
        assert_eq!(client.get("/api/Notes").await.unwrap().status, 200, "{host}");
    }
    soon(running.stop()).await;
    let (_, running, _) = start(builder().host("127.0.0.1, 127.0.0.2")).await;
    let places = running.places().to_vec();
    assert_eq!(places.len(), 2, "{places:?}");
    for place in places {
        let Place::Tcp(address) = place else { panic!("{place}") };
        assert_eq!(Raw::connect(address).await.unwrap().get("/api/Notes").await.unwrap().status, 200);
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_unix_socket_is_served_and_goes_at_the_end() {
    let path = std::env::temp_dir().join(format!("lb_server_{}.sock", std::process::id()));
    let app = builder().host(format!("unix:{}", path.display())).build().await.unwrap();
    let running = app.start().await.unwrap();
    assert_eq!(running.url(), format!("unix:{}", path.display()));
    assert_eq!(running.local_addr(), None);
    let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    assert_eq!(Raw::new(stream).get("/api/Notes").await.unwrap().text(), "[]");
    soon(running.stop()).await;
    assert!(!path.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_answers_what_has_begun_and_says_that_it_is_the_last() {
    for _ in 0..5 {
        let gate = Gate::default();
        let (app, running, address) = start(builder().routes(gate.route())).await;
        let mut idle = Raw::connect(address).await.unwrap();
        assert!(!idle.get("/api/Notes").await.unwrap().is_last());
        let mut busy = Raw::connect(address).await.unwrap();
        busy.send("GET /gate HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
        gate.is_reached_by(1).await;
        let begin = Instant::now();
        let stopping = tokio::spawn(running.stop());
        soon(app.stopping()).await;
        // A request that was on its way when the stop came.
        let late = late(&mut idle, "/api/Notes", begin).await;
        gate.open.notify_waiters();
        let answer = soon(busy.answer()).await.unwrap();
        assert_eq!((answer.text().as_str(), answer.is_last()), ("through", true));
        assert_eq!(soon(busy.rest()).await, b"");
        soon(stopping).await.unwrap();
        if let Some(late) = late {
            assert_eq!((late.status, late.is_last()), (200, true), "{late:?}");
            return;
        }
    }
    panic!("this machine is too slow to tell");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_work_and_hooks_hear_of_the_stop() {
    let events = move |app: &App| {
        let app = app.clone();
        let serve = async move || {
            let ticks = stream::once(async { Ok::<_, io::Error>(Bytes::from_static(b"first\n")) });
            let bye = stream::once(async move {
                app.stopping().await;
                Ok(Bytes::from_static(b"bye\n"))
            });
            Body::from_stream(ticks.chain(bye))
        };
        Router::new().route("/events", get(serve))
    };
    let done = Arc::new(AtomicUsize::new(0));
    let (worked, hooked) = (done.clone(), done.clone());
    let stop = move |ctx: Ctx| {
        let hooked = hooked.clone();
        async move {
            // The database is still there, and all work is over.
            assert_eq!(Note::count(&ctx, ()).await?, 0);
            assert_eq!(hooked.fetch_add(10, Ordering::SeqCst), 1);
            Ok(())
        }
    };
    let (app, running, address) = start(builder().routes_with(events).on_stop("last words", stop)).await;
    let told = app.stopping();
    app.run_beside("a worker", async move {
        told.await;
        worked.fetch_add(1, Ordering::SeqCst);
    });
    let mut client = Raw::connect(address).await.unwrap();
    client.send("GET /events HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    let answer = tokio::spawn(async move { client.answer().await });
    soon(running.stop()).await;
    assert_eq!(soon(answer).await.unwrap().unwrap().text(), "first\nbye\n");
    assert_eq!(done.load(Ordering::SeqCst), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_is_cut_off_after_the_grace_period() {
    let gate = Gate::default();
    let options = ServerOptions { grace: Duration::from_millis(200), ..short() };
    let (_, running, address) = start(builder().server(options).routes(gate.route())).await;
    let mut client = Raw::connect(address).await.unwrap();
    client.send("GET /gate HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    gate.is_reached_by(1).await;
    soon(running.stop()).await;
    assert_eq!(soon(client.rest()).await, b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_goes_stops_the_server_and_another_can_begin() {
    let (app, running, address) = start(builder()).await;
    drop(running);
    soon(app.stopping()).await;
    until("nobody listens", || std::net::TcpStream::connect(address).is_err()).await;
    let again = app.start().await.unwrap();
    assert!(!app.is_stopping());
    let mut client = Raw::connect(again.local_addr().unwrap()).await.unwrap();
    assert_eq!(client.get("/api/Notes").await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_idle_clients_are_closed() {
    let options = ServerOptions { header_timeout: Duration::from_secs(2), ..short() };
    let (_, _running, address) = start(builder().server(options)).await;
    let mut silent = Raw::connect(address).await.unwrap();
    let mut slow = Raw::connect(address).await.unwrap();
    slow.send("GET /api/Notes HTT").await.unwrap();
    let mut kept = Raw::connect(address).await.unwrap();
    assert_eq!(kept.get("/api/Notes").await.unwrap().status, 200);
    for client in [&mut silent, &mut slow, &mut kept] {
        assert_eq!(soon(client.rest()).await, b"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_now_and_then_is_no_progress_of_a_head() {
    let options = ServerOptions { header_timeout: Duration::from_millis(300), ..short() };
    let (_, _running, address) = start(builder().server(options)).await;
    let mut client = Raw::connect(address).await.unwrap();
    let mut closed = false;
    for byte in "GET /api/Notes HTTP/1.1\r\nHost: a-rather-long-name-that-takes-its-time\r\n".bytes() {
        if client.send([byte]).await.is_err() {
            closed = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(closed, "70 bytes in 3.5 seconds are no progress");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stands_still_is_a_408() {
    let (_, _running, address) = start(builder().server(short())).await;
    let mut client = Raw::connect(address).await.unwrap();
    let head = "POST /api/Notes HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n";
    client.send(format!("{head}{{\"text\":")).await.unwrap();
    let answer = soon(client.answer()).await.unwrap();
    assert_eq!(answer.status, 408, "{answer:?}");
    assert!(answer.text().contains(r#""code":"REQUEST_TIMEOUT""#), "{}", answer.text());
    assert_eq!(soon(client.rest()).await, b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_takes_is_given_up() {
    struct Held(Arc<AtomicBool>);
    impl Drop for Held {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let gone = Arc::new(AtomicBool::new(false));
    let held = gone.clone();
    let endless = async move || {
        let held = Held(held.clone());
        Body::from_stream(stream::repeat_with(move || {
            let _ = &held;
            Ok::<_, io::Error>(Bytes::from_static(&[b'x'; 64 * 1024]))
        }))
    };
    let (_, _running, address) = start(builder().server(short()).route("/endless", get(endless))).await;
    let mut client = Raw::connect(address).await.unwrap();
    client.send("GET /endless HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    until("the answer is given up", || gone.load(Ordering::SeqCst)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_shut_its_side_is_answered() {
    let gate = Gate::default();
    let (_, _running, address) = start(builder().routes(gate.route())).await;
    let mut client = Raw::connect(address).await.unwrap();
    client.send("GET /gate HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    client.half_close().await.unwrap();
    gate.is_reached_by(1).await;
    gate.open.notify_waiters();
    assert_eq!(soon(client.answer()).await.unwrap().text(), "through");
    assert_eq!(soon(client.rest()).await, b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reaches_a_client_that_still_sends() {
    let (_, _running, address) = start(builder().body_limit(1_000)).await;
    for _ in 0..20 {
        let mut client = Raw::connect(address).await.unwrap();
        let answer = soon(client.post("/api/Notes", &"x".repeat(500_000))).await.unwrap();
        assert_eq!(answer.status, 413, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reaches_a_client_that_goes_on_sending_for_long() {
    let (_, _running, address) = start(builder().body_limit(1_000)).await;
    let mut client = Raw::connect(address).await.unwrap();
    client.send("POST /api/Notes HTTP/1.1\r\nHost: test\r\nContent-Length: 4000000\r\n\r\n").await.unwrap();
    for _ in 0..40 {
        client.send(vec![b'x'; 100_000]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let answer = soon(client.answer()).await.unwrap();
    assert_eq!((answer.status, answer.is_last()), (413, true), "{answer:?}");
    assert_eq!(soon(client.rest()).await, b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_before_the_body_is_read_says_whether_it_is_the_last() {
    let early = axum::routing::post(async || "no interest");
    let (_, _running, address) = start(builder().route("/early", early)).await;
    let head = "POST /early HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n";
    // The body is there: it is skipped.
    let mut client = Raw::connect(address).await.unwrap();
    for _ in 0..3 {
        client.send(format!("{head}12345")).await.unwrap();
        let answer = soon(client.answer()).await.unwrap();
        assert_eq!((answer.text().as_str(), answer.is_last()), ("no interest", false), "{answer:?}");
    }
    // It is not, and nobody waits for it.
    client.send(format!("{head}12")).await.unwrap();
    let answer = soon(client.answer()).await.unwrap();
    assert_eq!((answer.text().as_str(), answer.is_last()), ("no interest", true), "{answer:?}");
    assert_eq!(soon(client.rest()).await, b"");
    let mut client = Raw::connect(address).await.unwrap();
    let expects = "POST /early HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    client.send(expects).await.unwrap();
    let answer = soon(client.answer()).await.unwrap();
    assert_eq!((answer.status, answer.is_last()), (200, true), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_says_once_whom_it_is_for() {
    let (_, _running, address) = start(builder()).await;
    for (head, status) in [
        ("GET /api/Notes HTTP/1.1\r\n\r\n", 400),
        ("GET /api/Notes HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET http://a/api/Notes HTTP/1.1\r\n\r\n", 400),
        ("GET http://a/api/Notes HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        ("GET /api/Notes HTTP/1.1\r\nHost:\r\n\r\n", 200),
        ("GET /api/Notes HTTP/1.0\r\n\r\n", 200),
    ] {
        let mut client = Raw::connect(address).await.unwrap();
        client.send(head).await.unwrap();
        let answer = soon(client.answer()).await.unwrap();
        assert_eq!(answer.status, status, "{head}");
        if status == 400 {
            assert!(answer.text().contains("Host") && answer.is_last(), "{}", answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_stops_is_not_ready() {
    for _ in 0..5 {
        let gate = Gate::default();
        let (app, running, address) = start(builder().health().routes(gate.route())).await;
        let mut idle = Raw::connect(address).await.unwrap();
        assert_eq!(idle.get("/health/ready").await.unwrap().status, 200);
        let mut busy = Raw::connect(address).await.unwrap();
        busy.send("GET /gate HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
        gate.is_reached_by(1).await;
        let begin = Instant::now();
        let stopping = tokio::spawn(running.stop());
        soon(app.stopping()).await;
        let late = late(&mut idle, "/health/ready", begin).await;
        gate.open.notify_waiters();
        soon(busy.answer()).await.unwrap();
        soon(stopping).await.unwrap();
        if let Some(late) = late {
            assert_eq!(late.status, 503);
            return;
        }
    }
    panic!("this machine is too slow to tell");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stands_still_does_not_hold_a_stop() {
    let (_, running, address) = start(builder().metrics(true)).await;
    let mut client = Raw::connect(address).await.unwrap();
    let head = "POST /api/Notes HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n";
    client.send(format!("{head}{{\"text\":")).await.unwrap();
    let mut other = Raw::connect(address).await.unwrap();
    let end = Instant::now() + LIMIT;
    while !other.get("/metrics").await.unwrap().text().contains("http_requests_in_flight 2") {
        assert!(Instant::now() < end, "the request has begun");
    }
    let begin = Instant::now();
    soon(running.stop()).await;
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    let answer = soon(client.answer()).await.unwrap();
    assert_eq!((answer.status, answer.is_last()), (408, true), "{answer:?}");
}

/// The program of [`a_second_signal_ends_a_stop_that_does_not_end`]; in a run of the tests it is nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_whose_stop_does_not_end() {
    if std::env::var_os("LB_SECOND_SIGNAL").is_none() {
        return;
    }
    let forever = |_| async {
        eprintln!("at the stop");
        std::future::pending().await
    };
    let (_, running, _) = start(builder().on_stop("forever", forever)).await;
    let mut served = std::pin::pin!(running.until_signal());
    assert!(served.as_mut().now_or_never().is_none());
    eprintln!("listening");
    served.await.unwrap();
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_a_stop_that_does_not_end() {
    use std::io::{BufRead as _, BufReader};
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_program_whose_stop_does_not_end", "--nocapture"])
        .env("LB_SECOND_SIGNAL", "1")
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut says = |word: &str| while !lines.next().expect("a line").unwrap().contains(word) {};
    let signal = |id: u32| std::process::Command::new("kill").arg(id.to_string()).status().unwrap();
    says("listening");
    assert!(signal(child.id()).success());
    says("at the stop");
    let begin = Instant::now();
    // What comes right after the first is taken for the same.
    while child.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < Duration::from_secs(8), "it goes on");
        signal(child.id());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_takes_an_idle_one_and_else_is_a_503() {
    let gate = Gate::default();
    let options = ServerOptions { max_connections: 2, ..ServerOptions::default() };
    let (_, _running, address) = start(builder().server(options).routes(gate.route())).await;
    let mut busy = Raw::connect(address).await.unwrap();
    busy.send("GET /gate HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    gate.is_reached_by(1).await;
    let mut idle = Raw::connect(address).await.unwrap();
    assert_eq!(idle.get("/api/Notes").await.unwrap().status, 200);
    let mut third = loop {
        let mut third = Raw::connect(address).await.unwrap();
        third.send("GET /gate HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
        // The other one is idle when the server has noted it, a moment after its client has the answer.
        tokio::select! {
            () = gate.is_reached_by(2) => break third,
            answer = third.answer() => assert_eq!(answer.map_or(503, |answer| answer.status), 503),
        }
    };
    assert_eq!(soon(idle.rest()).await, b"");
    let mut fourth = Raw::connect(address).await.unwrap();
    let answer = soon(fourth.get("/api/Notes")).await.unwrap();
    assert_eq!(answer.status, 503);
    assert!(answer.head.contains("retry-after: 1") && answer.is_last(), "{}", answer.head);
    assert_eq!(answer.text(), r#"{"error":{"statusCode":503,"message":"Service Unavailable"}}"#);
    gate.open.notify_waiters();
    assert_eq!(soon(busy.answer()).await.unwrap().text(), "through");
    assert_eq!(soon(third.answer()).await.unwrap().text(), "through");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_name_routes_and_never_what_clients_sent() {
    let gate = Gate::default();
    let app = builder().metrics_on("127.0.0.1:0").routes(gate.route()).build().await.unwrap();
    app.gauge("mail_outbox_depth", "E-mails that wait", &[], || 3.0);
    let running = app.start().await.unwrap();
    let mut client = Raw::connect(running.local_addr().unwrap()).await.unwrap();
    assert_eq!(client.post("/api/Notes?access_token=sesame", r#"{"text":"a"}"#).await.unwrap().status, 200);
    for path in ["/api/Notes/1", "/api/notes/1?access_token=sesame", "/api/Sesame", "/sesame"] {
        client.get(path).await.unwrap();
    }
    assert_eq!(client.get("/metrics").await.unwrap().status, 404);
    let Some(Place::Tcp(address)) = running.metrics().cloned() else { panic!("no place") };
    let answer = Raw::connect(address).await.unwrap().get("/metrics").await.unwrap();
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{}", answer.head);
    let text = answer.text();
    for line in [
        r#"http_requests_total{method="POST",route="/api/Notes",status="200"} 1"#,
        r#"http_requests_total{method="GET",route="/api/Notes/{id}",status="200"} 2"#,
        r#"http_requests_total{method="GET",route="(none)",status="404"} 3"#,
        r#"http_request_duration_seconds_count{method="GET",route="/api/Notes/{id}"} 2"#,
        r#"db_pool_connections_max{data_source="db",pool="write"} 1"#,
        "http_connections 1",
        "http_requests_in_flight 0",
        "mail_outbox_depth 3",
        "process_start_time_seconds ",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.to_lowercase().contains("sesame"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_apps_of_a_process_count_for_themselves() {
    let (_, _one, first) = start(builder().metrics(true)).await;
    let (_, _other, second) = start(builder().metrics(true)).await;
    Raw::connect(first).await.unwrap().get("/api/Notes").await.unwrap();
    let text = async |address| Raw::connect(address).await.unwrap().get("/metrics").await.unwrap().text();
    assert!(text(first).await.contains(r#"route="/api/Notes",status="200"} 1"#));
    assert!(!text(second).await.contains(r#"route="/api/Notes""#));
    // Metrics are a route like others.
    assert!(text(second).await.contains(r#"http_requests_total{method="GET",route="/metrics",status="200"} 1"#));
}

#[tokio::test]
async fn a_place_for_metrics_that_is_none_is_a_fault() {
    let fault = builder().metrics_on("everywhere").build().await.map(drop).unwrap_err().to_string();
    assert!(fault.contains("127.0.0.1:9100") && fault.contains("everywhere"), "{fault}");
}
