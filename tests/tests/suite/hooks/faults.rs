//! Hooks and remote methods with faults: each is its own request's 500, the log has the cause, and nothing is written.

use super::models::models;
use super::ok;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};
use std::fmt::{Debug, Write as _};
use std::future::pending;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Its name says which hook has which fault: `panics in before save`.
#[model]
pub struct Bomb {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

async fn fault(op: &Operation) -> Result<()> {
    let name = op.get("name").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    match name.strip_suffix(op.phase().as_str()) {
        Some("panics in ") => panic!("a secret of {}", op.model().name),
        Some("panics later in ") => {
            tokio::task::yield_now().await;
            panic!("a later secret of {}", op.model().name);
        }
        Some("never ends in ") => pending().await,
        Some("fails in ") => Err(Error::new(500, "a secret failure")),
        Some("is unavailable in ") => Err(Error::new(503, "a secret outage")),
        Some("follows itself in ") => Bomb::create(op.ctx(), set!(Bomb { name: name })).await.map(drop),
        _ => Ok(()),
    }
}

#[model]
impl Bomb {
    #[operation_hook(access)]
    async fn on_access(op: &mut Access<'_, Self>) -> Result<()> {
        let wanted = op.where_json().unwrap_or_default();
        if wanted == json!({ "name": "panic" }) {
            panic!("a secret of access");
        }
        if wanted == json!({ "name": "find" }) {
            return Self::find_one(op.ctx(), Self::props().name.eq("find")).await.map(drop);
        }
        Ok(())
    }

    #[operation_hook(before_save)]
    async fn on_before(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        fault(op.operation()).await
    }

    #[operation_hook(persist)]
    async fn on_persist(op: &mut Persist<'_, Self>) -> Result<()> {
        fault(op.operation()).await
    }

    #[operation_hook(loaded)]
    async fn on_loaded(op: &mut Loaded<'_, Self>) -> Result<()> {
        fault(op.operation()).await
    }

    #[operation_hook(after_save)]
    async fn on_after(op: &mut AfterSave<'_, Self>) -> Result<()> {
        fault(op.operation()).await
    }

    #[operation_hook(before_delete)]
    async fn on_delete(op: &mut BeforeDelete<'_, Self>) -> Result<()> {
        // Deletes what is already being deleted.
        let wanted = op.condition();
        Self::destroy_all(op.ctx(), wanted).await.map(drop)
    }

    #[remote_method(post, "/boom")]
    async fn boom(ctx: &Ctx, how: String) -> Result<String> {
        ctx.transaction(async |tx| {
            Self::create(&tx, set!(Bomb { name: "in a method" })).await?;
            match how.as_str() {
                "panic" => panic!("a secret of a method"),
                "fail" => Err(Error::new(500, "a secret failure")),
                "follow" => Self::create(&tx, set!(Bomb { name: "follows itself in after save" })).await.map(|_| how),
                _ => Ok(how),
            }
        })
        .await
    }

    #[remote_hook(before, boom)]
    async fn before_boom(call: &mut RemoteCall) -> Result<()> {
        match call.arg("how").and_then(Json::as_str) {
            Some("panic before") => panic!("a secret of a remote hook"),
            Some("never ends before") => pending().await,
            _ => Ok(()),
        }
    }

    #[remote_hook(after, boom)]
    async fn after_boom(call: &mut RemoteCall) -> Result<()> {
        match call.arg("how").and_then(Json::as_str) {
            Some("panic after") => panic!("a secret of a remote hook"),
            Some("never ends after") => pending().await,
            _ => Ok(()),
        }
    }

    #[remote_hook(after_error, boom)]
    async fn after_boom_failed(call: &mut RemoteCall) -> Result<()> {
        if call.arg("how").is_some_and(|how| how == "fail") {
            panic!("a secret of a remote hook");
        }
        Ok(())
    }
}

cases!(models![Bomb];
    a_hook_that_panics_is_one_requests_500
    a_hook_that_fails_is_a_500_without_its_message
    hooks_that_call_each_other_without_end_are_stopped
    a_read_that_asks_for_itself_is_stopped
    a_deletion_that_asks_for_itself_is_stopped
    a_remote_method_or_hook_with_a_fault_is_one_requests_500
);

/// What never ends may take 50 ms.
mod impatient {
    use super::*;

    cases!(models![Bomb], |builder| builder.hook_timeout(Duration::from_millis(50));
        a_hook_that_never_ends_is_given_up
        a_remote_hook_that_never_ends_is_given_up
    );
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<String>>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Fields(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, _: &Field, value: &dyn Debug) {
        writeln!(self.0, "{value:?}").unwrap();
    }
}

/// While there is but one subscriber, an event that first happens on a thread without one is never told to any
/// (tokio-rs/tracing#3611): so there are always two more.
static TWO: LazyLock<[tracing::Dispatch; 2]> =
    LazyLock::new(|| std::array::from_fn(|_| tracing::Dispatch::new(Lines::default())));

/// The log of a request that must be a plain 500: the answer has nothing of the cause. A case runs on its test's own
/// thread, and so do its requests.
async fn internal(lab: &Lab, path: &str, body: Json) -> String {
    LazyLock::force(&TWO);
    let lines = Lines::default();
    let answer = {
        let _guard = tracing::subscriber::set_default(lines.clone());
        lab.rest().json("POST", path, body.clone()).await
    };
    assert_eq!(answer.status, 500, "{body}: {answer}");
    assert_eq!(answer.json(), json!({ "error": { "statusCode": 500, "message": "Internal Server Error" } }));
    // The next request works, and nothing of this one is there.
    assert_eq!(ok(&lab.rest().get("/api/Bombs/count").await), json!({ "count": 0 }), "{body}");
    let made = lab.rest().create("/api/Bombs", json!({ "name": "plain" })).await;
    lab.sql("DELETE FROM bomb").await;
    assert_eq!(made["name"], "plain");
    let log = lines.0.lock().unwrap();
    log.clone()
}

async fn made(lab: &Lab, name: &str) -> String {
    internal(lab, "/api/Bombs", json!({ "name": name })).await
}

const PHASES: [&str; 4] = ["before save", "persist", "loaded", "after save"];

async fn a_hook_that_panics_is_one_requests_500(lab: Lab) {
    for phase in PHASES {
        let log = made(&lab, &format!("panics in {phase}")).await;
        assert!(log.contains("a secret of Bomb") && log.contains(file!()), "the log says what and where: {log}");
        assert!(log.contains(&format!("({phase}) of Bomb")), "{log}");
        assert!(made(&lab, &format!("panics later in {phase}")).await.contains("a later secret of Bomb"));
    }
    let found = lab.rest().get("/api/Bombs?filter[where][name]=panic").await;
    assert_eq!((found.status, found.text().contains("secret")), (500, false));
    assert_eq!(ok(&lab.rest().get("/api/Bombs").await), json!([]));
    let failed = Bomb::create(&lab.ctx, set!(Bomb { name: "panics in after save" })).await.unwrap_err();
    assert_eq!(failed.status(), 500);
}

async fn a_hook_that_fails_is_a_500_without_its_message(lab: Lab) {
    for phase in PHASES {
        assert!(made(&lab, &format!("fails in {phase}")).await.contains("a secret failure"));
    }
    let answer = lab.rest().json("POST", "/api/Bombs", json!({ "name": "is unavailable in persist" })).await;
    assert_eq!((answer.status, answer.text().contains("secret")), (503, false));
}

async fn a_hook_that_never_ends_is_given_up(lab: Lab) {
    for phase in PHASES {
        let log = made(&lab, &format!("never ends in {phase}")).await;
        assert!(log.contains("was not done after 0.05 s") && log.contains(file!()), "{log}");
    }
}

async fn hooks_that_call_each_other_without_end_are_stopped(lab: Lab) {
    for phase in PHASES {
        let log = made(&lab, &format!("follows itself in {phase}")).await;
        assert!(log.contains("hooks call each other more than 20 deep; the last one is of Bomb"), "{log}");
        let cx = lab.ctx.clone();
        let name = format!("follows itself in {phase}");
        // On a thread of the runtime, whose stack is smaller.
        let task = tokio::spawn(async move { Bomb::create(&cx, set!(Bomb { name: name })).await });
        assert_eq!(task.await.unwrap().unwrap_err().status(), 500);
        let rest = lab.rest().clone();
        let body = json!({ "name": format!("follows itself in {phase}") });
        let task = tokio::spawn(async move { rest.json("POST", "/api/Bombs", body).await });
        assert_eq!(task.await.unwrap().status, 500);
        let cx = lab.ctx.clone();
        let name = format!("follows itself in {phase}");
        let task = tokio::spawn(async move {
            cx.transaction(async |tx| {
                let list = [set!(Bomb { name: "first" }), set!(Bomb { name: name })];
                Bomb::create_many(&tx, list).await
            })
            .await
        });
        assert_eq!(task.await.unwrap().unwrap_err().status(), 500);
    }
    assert_eq!(Bomb::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn a_read_that_asks_for_itself_is_stopped(lab: Lab) {
    let rest = lab.rest().clone();
    let task = tokio::spawn(async move { rest.get("/api/Bombs?filter[where][name]=find").await });
    assert_eq!(task.await.unwrap().status, 500);
    let cx = lab.ctx.clone();
    let task = tokio::spawn(async move { Bomb::count(&cx, Bomb::props().name.eq("find")).await });
    assert_eq!(task.await.unwrap().unwrap_err().status(), 500);
    assert_eq!(ok(&lab.rest().get("/api/Bombs").await), json!([]));
}

async fn a_deletion_that_asks_for_itself_is_stopped(lab: Lab) {
    let made = lab.rest().create("/api/Bombs", json!({ "name": "plain" })).await;
    let (rest, path) = (lab.rest().clone(), format!("/api/Bombs/{}", made["id"]));
    let task = tokio::spawn(async move { rest.call("DELETE", &path).await });
    assert_eq!(task.await.unwrap().status, 500);
    assert_eq!(Bomb::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn a_remote_method_or_hook_with_a_fault_is_one_requests_500(lab: Lab) {
    let boom = async |how: &str| internal(&lab, "/api/Bombs/boom", json!({ "how": how })).await;
    assert!(boom("panic").await.contains("a secret of a method"));
    for how in ["panic before", "fail"] {
        let log = boom(how).await;
        assert!(log.contains("a secret of a remote hook") && log.contains(file!()), "{how}: {log}");
    }
    assert!(boom("follow").await.contains("more than 20 deep"));
    // The method itself is done when a hook after it fails: what it has committed stays.
    let answer = lab.rest().json("POST", "/api/Bombs/boom", json!({ "how": "panic after" })).await;
    assert_eq!((answer.status, answer.text().contains("secret")), (500, false));
    assert_eq!(Bomb::count(&lab.ctx, ()).await.unwrap(), 1);
    let fine = lab.rest().json("POST", "/api/Bombs/boom", json!({ "how": "well" })).await;
    assert_eq!(ok(&fine), json!("well"));
}

async fn a_remote_hook_that_never_ends_is_given_up(lab: Lab) {
    let log = internal(&lab, "/api/Bombs/boom", json!({ "how": "never ends before" })).await;
    assert!(log.contains("was not done after 0.05 s") && log.contains(file!()), "{log}");
    let answer = lab.rest().json("POST", "/api/Bombs/boom", json!({ "how": "never ends after" })).await;
    assert_eq!(answer.status, 500, "{answer}");
}
