//! Change streams over real HTTP, on every database: what is told, to whom, and how a stream ends.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use futures_util::StreamExt;
use loopback::prelude::*;
use loopback_tests::http::{Client, Request, Response};
use loopback_tests::lab::{Database, Place, run_in};
use loopback_tests::rest::encoded;
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long an event may take.
const SOON: Duration = Duration::from_secs(60);

/// Somebody who logs in.
#[model(base = User, user(salt_work_factor = 4))]
pub struct Writer {
    #[base]
    pub user: User,
}

/// Everybody's.
#[model(change_stream = true)]
pub struct Ticket {
    #[property(id, generated)]
    pub id: i64,
    pub title: String,
    pub stars: Option<i64>,
    #[property(hidden)]
    pub secret: Option<String>,
}

/// The owner's alone.
#[model(change_stream = true)]
#[acl(deny, "$everyone")]
#[acl(allow, "$owner")]
#[acl(allow, "$owner", methods("createChangeStream"))]
#[acl(allow, "$authenticated", methods(create))]
pub struct Diary {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
    pub writer: Option<BelongsTo<Writer>>,
}

/// Who may read it is a matter of a scope and of a mixin.
#[model(change_stream = true, mixins(SoftDelete))]
pub struct Draft {
    #[property(id, generated)]
    pub id: i64,
    pub title: String,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// Nobody listens.
#[model]
pub struct Quiet {
    #[property(id, generated)]
    pub id: i64,
}

struct Served {
    app: App,
    ctx: Ctx,
    port: u16,
    stop: Option<oneshot::Sender<()>>,
}

impl Served {
    async fn of(place: &Place, options: impl FnOnce(AppBuilder) -> AppBuilder) -> Self {
        let models = [Writer::DEF, Ticket::DEF, Diary::DEF, Draft::DEF, Quiet::DEF];
        let app = options(place.builder(models).enable_auth()).build().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(app.clone().serve_on(listener, async move { drop(stopped.await) }));
        Self { ctx: app.ctx(), app, port, stop: Some(stop) }
    }

    async fn send(&self, request: Request) -> Response {
        let client = Client::local(self.port);
        tokio::task::spawn_blocking(move || client.send(&request)).await.unwrap().unwrap()
    }

    async fn json(&self, method: &str, path: &str, token: &str, body: Json) -> Response {
        let mut request = Request::new(method, path).json(&body);
        if !token.is_empty() {
            request = request.header("Authorization", token);
        }
        self.send(request).await
    }

    /// A user, and a token of it.
    async fn writer(&self, name: &str) -> (i64, String) {
        let email = format!("{name}@example.com");
        let body = json!({ "email": email, "password": "correct horse battery" });
        let made = self.json("POST", "/api/Writers", "", body.clone()).await;
        assert_eq!(made.status, 200, "{made}");
        let token = self.json("POST", "/api/Writers/login", "", body).await;
        assert_eq!(token.status, 200, "{token}");
        (made.json()["id"].as_i64().unwrap(), token.json()["id"].as_str().unwrap().to_owned())
    }

    async fn listen(&self, target: &str) -> Stream {
        self.listen_with("GET", target, &[], "").await
    }

    async fn listen_with(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Stream {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        // Of the older HTTP, the answer of which comes as it is.
        let mut head = format!("{method} {target} HTTP/1.0\r\nHost: x\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        socket.write_all(format!("{head}\r\n{body}").as_bytes()).await.unwrap();
        let mut stream = Stream { lines: BufReader::new(socket), status: 0, head: Vec::new(), last_id: String::new() };
        loop {
            let line = stream.line().await.expect("the head of an answer");
            if line.is_empty() {
                break;
            }
            stream.head.push(line);
        }
        stream.status = stream.head[0][9..12].parse().unwrap();
        if stream.status == 200 {
            // It is open when it says so: what happens from here on is heard.
            assert!(stream.line().await.unwrap().starts_with("retry: "));
            assert_eq!(stream.line().await.unwrap(), ": open");
            assert_eq!(stream.line().await.unwrap(), "");
        }
        stream
    }
}

struct Stream {
    lines: BufReader<TcpStream>,
    status: u16,
    head: Vec<String>,
    last_id: String,
}

impl Stream {
    /// The next line; `None`: the end.
    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = timeout(SOON, self.lines.read_line(&mut line)).await.expect("a line in time").unwrap_or(0);
        (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// The next event; `None`: the end.
    async fn event(&mut self) -> Option<(String, Json)> {
        let (mut name, mut data) = (String::new(), None);
        loop {
            let line = self.line().await?;
            match line.split_once(": ") {
                Some(("event", text)) => name = text.to_owned(),
                Some(("data", text)) => data = Some(serde_json::from_str(text).unwrap()),
                Some(("id", text)) => self.last_id = text.to_owned(),
                _ if line.is_empty() => {
                    if let Some(data) = data.take() {
                        return Some((name, data));
                    }
                }
                _ => {}
            }
        }
    }

    /// The next change.
    async fn data(&mut self) -> Json {
        let (name, data) = self.event().await.expect("an event");
        assert_eq!(name, "data", "{data}");
        data
    }

    /// The event that a stream ends with.
    async fn end(&mut self) -> (String, Json) {
        let last = self.event().await.expect("a last event");
        assert_eq!(self.event().await, None);
        last
    }
}

macro_rules! on_every_database {
    ($($case:ident)+) => {
        on_every_database!(@ sqlite SqliteFile; $($case)+);
        on_every_database!(@ memory SqliteMemory; $($case)+);
        on_every_database!(@ postgres Postgres; $($case)+);
        on_every_database!(@ mysql MySql; $($case)+);
    };
    (@ $module:ident $database:ident; $($case:ident)+) => {
        mod $module {
            $(
                #[test]
                fn $case() {
                    super::run_in(super::Database::$database, super::$case);
                }
            )+
        }
    };
}

on_every_database!(
    every_write_is_told_as_loopback_does
    hidden_properties_are_neither_told_nor_asked_for
    a_condition_chooses_the_rows
    each_event_is_for_whom_the_row_is
    a_stream_ends_with_its_token
    what_is_rolled_back_is_not_told
    rows_that_a_scope_hides_are_not_told
    the_number_of_streams_is_limited
    a_stop_ends_every_stream
);

async fn every_write_is_told_as_loopback_does(place: &Place) {
    let served = Served::of(place, |app| app).await;
    let mut stream = served.listen("/api/Tickets/change-stream?_format=event-stream").await;
    assert_eq!(stream.status, 200);
    let head = stream.head.join("\n").to_lowercase();
    assert!(head.contains("content-type: text/event-stream") && head.contains("cache-control: no-cache"), "{head}");
    let made = served.json("POST", "/api/Tickets", "", json!({ "title": "a\nb", "stars": 1 })).await.json();
    let id = made["id"].as_i64().unwrap();
    let data = json!({ "id": id, "title": "a\nb", "stars": 1 });
    assert_eq!(stream.data().await, json!({ "target": id, "data": data, "type": "create" }));
    let first = stream.last_id.clone();
    served.json("PATCH", &format!("/api/Tickets/{id}"), "", json!({ "title": "b" })).await;
    let data = json!({ "id": id, "title": "b", "stars": 1 });
    assert_eq!(stream.data().await, json!({ "target": id, "data": data, "type": "update" }));
    assert!(!first.is_empty() && stream.last_id != first);
    served.json("PUT", "/api/Tickets", "", json!({ "id": id, "title": "c" })).await;
    assert_eq!(stream.data().await["data"]["title"], "c");
    served.json("POST", "/api/Tickets/update?where=%7B%22stars%22:1%7D", "", json!({ "title": "all" })).await;
    let all = json!({ "where": { "stars": 1 }, "data": { "title": "all" }, "type": "update" });
    assert_eq!(stream.data().await, all);
    served.send(Request::new("DELETE", &format!("/api/Tickets/{id}"))).await;
    assert_eq!(stream.data().await, json!({ "target": id, "where": { "id": id }, "type": "remove" }));
    Ticket::create_many(&served.ctx, [set!(Ticket { title: "x" }), set!(Ticket { title: "y" })]).await.unwrap();
    assert_eq!(stream.data().await["data"]["title"], "x");
    assert_eq!(stream.data().await["data"]["title"], "y");
    Ticket::destroy_all(&served.ctx, ()).await.unwrap();
    assert_eq!(stream.data().await, json!({ "where": {}, "type": "remove" }));
}

async fn hidden_properties_are_neither_told_nor_asked_for(place: &Place) {
    let served = Served::of(place, |app| app).await;
    let mut stream = served.listen("/api/Tickets/change-stream").await;
    Ticket::create(&served.ctx, set!(Ticket { title: "a", secret: "s3cret".to_owned() })).await.unwrap();
    let told = stream.data().await;
    assert!(!told.to_string().contains("s3cret"), "{told}");
    let ticket = Ticket::props();
    let set = set!(Ticket { secret: "other".to_owned() });
    Ticket::update_all(&served.ctx, ticket.secret.eq("s3cret".to_owned()), set).await.unwrap();
    // Neither what was set nor by what it was found.
    assert_eq!(stream.data().await, json!({ "data": {}, "type": "update" }));
    for options in
        [json!({ "where": { "secret": "x" } }), json!({ "where": { "nothing": 1 } }), json!({ "limit": 1 }), json!(1)]
    {
        let target = format!("/api/Tickets/change-stream?options={}", encoded(&options.to_string()));
        assert_eq!(served.listen(&target).await.status, 400, "{options}");
    }
}

async fn a_condition_chooses_the_rows(place: &Place) {
    let served = Served::of(place, |app| app).await;
    let ctx = &served.ctx;
    let options = encoded(&json!({ "where": { "stars": { "gt": 3 } } }).to_string());
    let mut stream = served.listen(&format!("/api/Tickets/change-stream?options={options}")).await;
    let body = json!({ "options": { "where": { "stars": { "gt": 3 } } } }).to_string();
    let headers = [("Content-Type", "application/json")];
    let mut posted = served.listen_with("POST", "/api/Tickets/change-stream", &headers, &body).await;
    Ticket::create(ctx, set!(Ticket { title: "low", stars: 1 })).await.unwrap();
    let high = Ticket::create(ctx, set!(Ticket { title: "high", stars: 5 })).await.unwrap();
    for stream in [&mut stream, &mut posted] {
        assert_eq!(stream.data().await["data"]["title"], "high");
    }
    // Of a change to many, the rows that it is for.
    Ticket::update_all(ctx, (), set!(Ticket { title: "all" })).await.unwrap();
    let data = json!({ "id": high.id, "title": "all", "stars": 5 });
    assert_eq!(stream.data().await, json!({ "target": high.id, "data": data, "type": "update" }));
    Ticket::destroy_all(ctx, ()).await.unwrap();
    let gone = json!({ "target": high.id, "where": { "id": high.id }, "type": "remove" });
    assert_eq!(stream.data().await, gone);
    let low = Ticket::create(ctx, set!(Ticket { title: "low", stars: 1 })).await.unwrap();
    let high = Ticket::create(ctx, set!(Ticket { title: "high", stars: 9 })).await.unwrap();
    assert_eq!(stream.data().await["target"], high.id);
    Ticket::destroy_by_id(ctx, low.id).await.unwrap();
    Ticket::destroy_by_id(ctx, high.id).await.unwrap();
    assert_eq!(stream.data().await["where"], json!({ "id": high.id }));
}

async fn each_event_is_for_whom_the_row_is(place: &Place) {
    let served = Served::of(place, |app| app).await;
    let (ann, ann_token) = served.writer("ann").await;
    let (ben, ben_token) = served.writer("ben").await;
    assert_eq!(served.listen("/api/Diaries/change-stream").await.status, 401);
    let mut of_ann = served.listen(&format!("/api/Diaries/change-stream?access_token={ann_token}")).await;
    let mut of_ben =
        served.listen_with("GET", "/api/Diaries/change-stream", &[("Authorization", &ben_token)], "").await;
    assert_eq!((of_ann.status, of_ben.status), (200, 200));
    let write = async |owner: i64, text: &str| {
        Diary::create(&served.ctx, set!(Diary { text: text, writer: owner })).await.unwrap()
    };
    let first = write(ann, "of ann").await;
    let second = write(ben, "of ben").await;
    assert_eq!(of_ann.data().await["data"]["text"], "of ann");
    assert_eq!(of_ben.data().await["data"]["text"], "of ben");
    Diary::update_all(&served.ctx, (), set!(Diary { text: "changed" })).await.unwrap();
    assert_eq!(of_ann.data().await["target"], first.id);
    assert_eq!(of_ben.data().await["target"], second.id);
    Diary::destroy_by_id(&served.ctx, second.id).await.unwrap();
    Diary::destroy_by_id(&served.ctx, first.id).await.unwrap();
    assert_eq!(of_ann.data().await, json!({ "target": first.id, "where": { "id": first.id }, "type": "remove" }));
    assert_eq!(of_ben.data().await["target"], second.id);
}

async fn a_stream_ends_with_its_token(place: &Place) {
    let often = ChangeStreams::of_marked_models().heartbeat(Duration::from_millis(200));
    let served = Served::of(place, |app| app.change_streams(often)).await;
    let (ann, token) = served.writer("ann").await;
    let target = format!("/api/Diaries/change-stream?access_token={token}");
    let mut stream = served.listen(&target).await;
    Diary::create(&served.ctx, set!(Diary { text: "1", writer: ann })).await.unwrap();
    assert_eq!(stream.data().await["data"]["text"], "1");
    assert_eq!(served.json("POST", "/api/Writers/logout", &token, json!({})).await.status, 204);
    // Also when nothing happens.
    assert_eq!(stream.end().await, ("reset".into(), json!({ "reason": "access" })));
    assert_eq!(served.listen(&target).await.status, 401);
}

async fn what_is_rolled_back_is_not_told(place: &Place) {
    let served = Served::of(place, |app| app).await;
    let mut stream = served.listen("/api/Tickets/change-stream").await;
    let failed: Result<()> = served
        .ctx
        .transaction(async |tx| {
            Ticket::create(&tx, set!(Ticket { title: "gone" })).await?;
            Err(Error::new(418, "no"))
        })
        .await;
    assert_eq!(failed.unwrap_err().status(), 418);
    let done = served
        .ctx
        .transaction(async |tx| {
            let ticket = Ticket::create(&tx, set!(Ticket { title: "kept" })).await?;
            ticket.update_attributes(&tx, set!(Ticket { stars: 2 })).await
        })
        .await;
    let kept = done.unwrap();
    assert_eq!(stream.data().await["type"], "create");
    let data = json!({ "id": kept.id, "title": "kept", "stars": 2 });
    assert_eq!(stream.data().await, json!({ "target": kept.id, "data": data, "type": "update" }));
}

async fn rows_that_a_scope_hides_are_not_told(place: &Place) {
    let served = Served::of(place, |app| app).await;
    let ctx = &served.ctx;
    let mut stream = served.listen("/api/Drafts/change-stream").await;
    let draft = Draft::create(ctx, set!(Draft { title: "a" })).await.unwrap();
    assert_eq!(stream.data().await["data"]["title"], "a");
    Draft::destroy_by_id(ctx, draft.id).await.unwrap();
    assert_eq!(stream.data().await, json!({ "target": draft.id, "where": { "id": draft.id }, "type": "remove" }));
    let second = Draft::create(ctx, set!(Draft { title: "b" })).await.unwrap();
    assert_eq!(stream.data().await["target"], second.id);
    Draft::destroy_all(ctx, ()).await.unwrap();
    assert_eq!(stream.data().await, json!({ "target": second.id, "where": { "id": second.id }, "type": "remove" }));
}

async fn the_number_of_streams_is_limited(place: &Place) {
    let few = ChangeStreams::of_marked_models().per_caller(2).heartbeat(Duration::from_millis(100));
    let served = Served::of(place, |app| app.change_streams(few)).await;
    let (_, token) = served.writer("ann").await;
    let target = "/api/Tickets/change-stream";
    let first = served.listen(target).await;
    let _second = served.listen(target).await;
    let third = served.listen(target).await;
    assert_eq!(third.status, 429);
    assert!(third.head.iter().any(|line| line.to_lowercase().starts_with("retry-after: ")), "{:?}", third.head);
    // Another caller has its own.
    assert_eq!(served.listen(&format!("{target}?access_token={token}")).await.status, 200);
    drop(first);
    let mut again = 429;
    for _ in 0..400 {
        again = served.listen(target).await.status;
        if again == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(again, 200, "a stream that its client has closed leaves its place");
}

/// Where nobody logs in, a client that opens many leaves the others theirs.
#[test]
fn an_address_has_so_many_streams_where_there_are_no_users() {
    on_one(async |place: &Place| {
        let few = ChangeStreams::of_marked_models().per_caller(1).total(4);
        let app = place.builder([Ticket::DEF]).change_streams(few).build().await.unwrap();
        let open = async |address: Option<&str>| {
            let mut request = axum::http::Request::builder().uri("/api/Tickets/change-stream");
            if let Some(address) = address {
                let peer = std::net::SocketAddr::new(address.parse().unwrap(), 1);
                request = request.extension(axum::extract::ConnectInfo(peer));
            }
            let request = request.body(axum::body::Body::empty()).unwrap();
            tower::ServiceExt::oneshot(app.router(), request).await.unwrap()
        };
        let first = open(Some("192.0.2.1")).await;
        assert_eq!(first.status(), 200);
        // The same, as a socket of both families knows it.
        assert_eq!(open(Some("::ffff:192.0.2.1")).await.status(), 429);
        let second = open(Some("2001:db8::1")).await;
        assert_eq!(second.status(), 200);
        // A client of IPv6 has a whole network of addresses.
        assert_eq!(open(Some("2001:db8::2")).await.status(), 429);
        // Over a Unix socket clients cannot be told apart: they have half of the places.
        let others = [open(None).await, open(None).await];
        assert!(others.iter().all(|other| other.status() == 200));
        assert_eq!(open(None).await.status(), 503);
    });
}

async fn a_stop_ends_every_stream(place: &Place) {
    let mut served = Served::of(place, |app| app).await;
    let mut streams =
        vec![served.listen("/api/Tickets/change-stream").await, served.listen("/api/Drafts/change-stream").await];
    drop(served.stop.take());
    for stream in &mut streams {
        assert_eq!(stream.end().await, ("shutdown".into(), json!({ "reason": "shutdown" })));
    }
}

fn on_one(case: impl AsyncFnOnce(&Place)) {
    run_in(Database::SqliteMemory, case);
}

#[test]
fn a_client_that_is_too_slow_is_told_to_begin_anew() {
    on_one(async |place: &Place| {
        let served = Served::of(place, |app| app).await;
        let request = axum::http::Request::builder().uri("/api/Tickets/change-stream").body(axum::body::Body::empty());
        let answer = tower::ServiceExt::oneshot(served.app.router(), request.unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        let mut body = answer.into_body().into_data_stream();
        let opening = body.next().await.unwrap().unwrap();
        assert!(opening.starts_with(b"retry: "));
        // It is asked for nothing while this happens.
        for n in 0..1_100 {
            Ticket::create(&served.ctx, set!(Ticket { title: format!("{n}") })).await.unwrap();
        }
        let text = String::from_utf8(timeout(SOON, body.next()).await.unwrap().unwrap().unwrap().to_vec()).unwrap();
        let data = text.split_once("event: reset\ndata: ").expect("a reset").1;
        let data: Json = serde_json::from_str(data.trim()).unwrap();
        assert_eq!(data["reason"], "slow");
        assert!(data["missed"].as_u64().unwrap() >= 76, "{data}");
        assert!(timeout(SOON, body.next()).await.unwrap().is_none());
    });
}

#[test]
fn who_comes_back_is_told_to_begin_anew_and_listens_on() {
    on_one(async |place: &Place| {
        let served = Served::of(place, |app| app).await;
        for id in ["0-1", "99999999999999999999999999", "-1", "\u{1f980}"] {
            let headers = [("Last-Event-ID", id)];
            let mut stream = served.listen_with("GET", "/api/Tickets/change-stream", &headers, "").await;
            assert_eq!(stream.event().await.unwrap(), ("reset".into(), json!({ "reason": "reconnected" })), "{id}");
            Ticket::create(&served.ctx, set!(Ticket { title: id })).await.unwrap();
            assert_eq!(stream.data().await["data"]["title"], id);
        }
    });
}

#[test]
fn a_quiet_stream_shows_that_it_is_there() {
    on_one(async |place: &Place| {
        let often = ChangeStreams::of_marked_models().heartbeat(Duration::from_millis(100));
        let served = Served::of(place, |app| app.change_streams(often)).await;
        let mut stream = served.listen("/api/Tickets/change-stream").await;
        for line in [": ", "", ": ", ""] {
            assert_eq!(stream.line().await.as_deref().map(str::trim_end), Some(line.trim_end()));
        }
    });
}

#[test]
fn models_have_one_when_they_or_the_app_say_so() {
    on_one(async |place: &Place| {
        let marked = Served::of(place, |app| app).await;
        // Without one it is taken for an id.
        assert_eq!(marked.listen("/api/Quiets/change-stream").await.status, 400);
        let all = Served::of(place, |app| app.change_streams(ChangeStreams::of_all_models())).await;
        assert_eq!(all.listen("/api/Quiets/change-stream").await.status, 200);
        let disabled = Served::of(place, |app| app.disable_remote_method("Ticket", "createChangeStream")).await;
        assert_eq!(disabled.listen("/api/Tickets/change-stream").await.status, 400);
    });
}

#[test]
fn a_remote_hook_stands_before_a_stream() {
    on_one(async |place: &Place| {
        let app = place.builder([Guarded::DEF]).build().await.unwrap();
        let rest = loopback_tests::rest::Rest::of(&app);
        assert_eq!(rest.get("/api/Guardeds/change-stream").await.status, 403);
    });
}

/// Has a hook around everything.
#[model(change_stream = true)]
pub struct Guarded {
    #[property(id, generated)]
    pub id: i64,
}

#[model]
impl Guarded {
    #[remote_hook(before, "**")]
    async fn refuse(call: &mut RemoteCall) -> Result<()> {
        Err(Error::new(403, format!("not {}", call.method())))
    }
}
