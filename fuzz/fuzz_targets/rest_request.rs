//! Whole requests through the router of an app in memory: never a 5xx.

#![no_main]

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::{Corpus, fuzz_target};
use loopback::prelude::*;
use loopback_fuzz::{Label, MODELS, Name, Remark, Thing, Token, Use};
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::runtime::Runtime;
use tower::ServiceExt;

#[derive(Arbitrary, Debug)]
enum Verb {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

#[derive(Arbitrary, Debug)]
enum Place<'a> {
    Things,
    Thing(u8),
    Names,
    Name(&'a [u8]),
    Below(&'a [u8]),
    Related(u8, Relation, Tail),
    Count,
    FindOne,
    Update,
    UpsertWithWhere,
    Replace(u8),
    Raw(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
enum Relation {
    Namer,
    Parent,
    Children,
    Labels,
    Uses,
    Tokens,
    Remarks,
    Maker,
    Parts,
    Related,
}

/// What follows the name of a relation.
#[derive(Arbitrary, Debug)]
enum Tail {
    Nothing,
    Count,
    Key(u8),
    Link(u8),
}

#[derive(Arbitrary, Debug)]
enum Query<'a> {
    Absent,
    Filter(&'a [u8]),
    Where(&'a [u8]),
    Raw(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
enum Media {
    Json,
    Form,
    Other,
}

#[derive(Arbitrary, Debug)]
struct Call<'a> {
    verb: Verb,
    place: Place<'a>,
    query: Query<'a>,
    media: Media,
    body: &'a [u8],
}

struct Served {
    runtime: Runtime,
    app: App,
    router: axum::Router,
}

static SERVED: LazyLock<Served> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let app = App::builder().models(MODELS).database_url("sqlite::memory:").build();
    let app = runtime.block_on(app).expect("an app");
    Served { router: app.router(), runtime, app }
});

/// All but letters and digits percent-encoded.
fn encoded(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn target(call: &Call<'_>) -> Vec<u8> {
    let mut target = b"/api".to_vec();
    match &call.place {
        Place::Things => target.extend(b"/things"),
        Place::Thing(id) => target.extend(format!("/things/{id}").into_bytes()),
        Place::Names => target.extend(b"/names"),
        Place::Name(name) => target.extend(format!("/names/{}", encoded(name)).into_bytes()),
        Place::Below(raw) => {
            target.extend(b"/things/");
            target.extend(*raw);
        }
        Place::Related(id, relation, tail) => {
            let relation = format!("{relation:?}").to_lowercase();
            let tail = match tail {
                Tail::Nothing => String::new(),
                Tail::Count => "/count".to_owned(),
                Tail::Key(key) => format!("/{key}"),
                Tail::Link(key) => format!("/rel/{key}"),
            };
            target.extend(format!("/things/{id}/{relation}{tail}").into_bytes());
        }
        Place::Count => target.extend(b"/things/count"),
        Place::FindOne => target.extend(b"/things/findOne"),
        Place::Update => target.extend(b"/things/update"),
        Place::UpsertWithWhere => target.extend(b"/things/upsertWithWhere"),
        Place::Replace(id) => target.extend(format!("/things/{id}/replace").into_bytes()),
        Place::Raw(raw) => {
            target = b"/".to_vec();
            target.extend(*raw);
        }
    }
    match &call.query {
        Query::Absent => {}
        Query::Filter(json) => target.extend(format!("?filter={}", encoded(json)).into_bytes()),
        Query::Where(json) => target.extend(format!("?where={}", encoded(json)).into_bytes()),
        Query::Raw(raw) => {
            target.push(b'?');
            target.extend(*raw);
        }
    }
    target
}

fuzz_target!(|call: Call<'_>| -> Corpus {
    static CALLS: AtomicU32 = AtomicU32::new(1);
    let served = &*SERVED;
    let method = match call.verb {
        Verb::Get => Method::GET,
        Verb::Head => Method::HEAD,
        Verb::Post => Method::POST,
        Verb::Put => Method::PUT,
        Verb::Patch => Method::PATCH,
        Verb::Delete => Method::DELETE,
        Verb::Options => Method::OPTIONS,
    };
    let media = match call.media {
        Media::Json => "application/json",
        Media::Form => "application/x-www-form-urlencoded",
        Media::Other => "text/plain; charset=latin1",
    };
    let request = Request::builder().method(method).uri(target(&call)).header("content-type", media);
    // No HTTP server hands on a target that is none.
    let Ok(request) = request.body(Body::from(call.body.to_vec())) else { return Corpus::Reject };
    served.runtime.block_on(async {
        let Ok(answer) = served.router.clone().oneshot(request).await;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
        assert!(status.as_u16() < 500, "{status}: {}", String::from_utf8_lossy(&body));
        // Few rows, or the memory grows and every list with it.
        if CALLS.fetch_add(1, Ordering::Relaxed).is_multiple_of(500) {
            let ctx = &served.app.ctx();
            // Those that refer to others go first.
            Use::destroy_all(ctx, ()).await.expect("an empty table");
            Remark::destroy_all(ctx, ()).await.expect("an empty table");
            Thing::update_all(ctx, (), set!(Thing { parent: None::<i64> })).await.expect("no parents");
            Thing::destroy_all(ctx, ()).await.expect("an empty table");
            Label::destroy_all(ctx, ()).await.expect("an empty table");
            Token::destroy_all(ctx, ()).await.expect("an empty table");
            Name::destroy_all(ctx, ()).await.expect("an empty table");
        }
    });
    Corpus::Keep
});
