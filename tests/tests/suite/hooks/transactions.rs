//! What hooks write belongs to the operation's transaction.

use super::models::models;
use super::{error, ok};
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::json;
use std::sync::{Arc, Mutex};
use tokio::sync::{Mutex as Lock, oneshot};

/// A hook of each phase writes an entry into the journal.
#[model]
pub struct Deed {
    #[property(id, generated)]
    pub id: i64,
    #[property(unique, length(min = 1))]
    pub name: String,
    pub size: Option<i64>,
}

/// As `Deed`, every statement on its own.
#[model(implicit_transactions = false)]
pub struct Loose {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

#[model]
pub struct Entry {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
}

/// The phase that refuses.
struct Veto(Phase);

/// What the hook on `after save` writes itself: a deed of this name.
struct Follow(&'static str);

/// Where a hook leaves its context.
#[derive(Clone, Default)]
struct Leak(Arc<Mutex<Option<Ctx>>>);

/// The hook on `before save` says that it has begun, and waits.
struct Wait(Lock<Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>>);

async fn journal(op: &Operation) -> Result<()> {
    let phase = op.phase();
    Entry::create(op.ctx(), set!(Entry { text: phase.as_str() })).await?;
    match op.ctx().option::<Veto>() {
        Some(veto) if veto.0 == phase => Err(Error::new(403, "vetoed").with_code("VETO")),
        _ => Ok(()),
    }
}

#[model]
impl Deed {
    #[operation_hook(before_save)]
    async fn before(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        let cx = op.ctx().clone();
        if let Some(wait) = cx.option::<Wait>()
            && let Some((begun, go_on)) = wait.0.lock().await.take()
        {
            begun.send(()).expect("somebody waits for it");
            go_on.await.expect("somebody tells it");
            return Ok(());
        }
        journal(op.operation()).await
    }

    #[operation_hook(persist)]
    async fn persisting(op: &mut Persist<'_, Self>) -> Result<()> {
        journal(op.operation()).await
    }

    #[operation_hook(after_save)]
    async fn after(op: &mut AfterSave<'_, Self>) -> Result<()> {
        journal(op.operation()).await?;
        let cx = op.ctx().clone();
        if let Some(leak) = cx.option::<Leak>() {
            *leak.0.lock().unwrap() = Some(cx.clone());
        }
        if let Some(follow) = cx.option::<Follow>()
            && op.get(Self::props().name).is_some_and(|name| name != follow.0)
        {
            Self::create(&cx, set!(Deed { name: follow.0 })).await?;
        }
        Ok(())
    }

    #[operation_hook(before_delete)]
    async fn deleting(op: &mut BeforeDelete<'_, Self>) -> Result<()> {
        journal(op.operation()).await
    }

    #[operation_hook(after_delete)]
    async fn deleted(op: &mut AfterDelete<'_, Self>) -> Result<()> {
        journal(op.operation()).await
    }

    #[remote_method(post, "/twice")]
    async fn twice(ctx: &Ctx, name: String) -> Result<()> {
        ctx.transaction(async |tx| {
            Self::create(&tx, set!(Deed { name: name.clone() })).await?;
            Self::create(&tx, set!(Deed { name: name })).await.map(drop)
        })
        .await
    }
}

#[model]
impl Loose {
    #[operation_hook(before_save)]
    async fn before(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        journal(op.operation()).await
    }

    #[operation_hook(after_save)]
    async fn after(op: &mut AfterSave<'_, Self>) -> Result<()> {
        journal(op.operation()).await
    }
}

cases!(models![Deed, Loose, Entry];
    what_hooks_write_stays_with_success
    what_hooks_write_goes_with_a_veto
    what_hooks_write_goes_with_a_statement_that_fails
    what_hooks_write_goes_with_an_invalid_instance
    without_implicit_transactions_it_stays
    a_list_is_one_whole
    hooks_join_the_transaction_around_them
    an_error_before_any_write_does_not_fail_the_transaction
    an_error_after_a_write_fails_the_transaction
    what_a_hook_saves_has_hooks_and_goes_along
    a_context_that_a_hook_keeps_cannot_write
    a_request_that_is_given_up_is_undone
);

async fn entries(lab: &Lab) -> Vec<String> {
    Entry::select(&lab.ctx, Entry::props().text, ()).await.unwrap()
}

async fn deeds(lab: &Lab) -> Vec<String> {
    Deed::select(&lab.ctx, Deed::props().name, ()).await.unwrap()
}

async fn deed(lab: &Lab, name: &str) -> Deed {
    let deed = Deed::create(&lab.ctx, set!(Deed { name: name })).await.unwrap();
    Entry::destroy_all(&lab.ctx, ()).await.unwrap();
    deed
}

const SAVED: [&str; 3] = ["before save", "persist", "after save"];

async fn what_hooks_write_stays_with_success(lab: Lab) {
    let made = lab.rest().create("/api/Deeds", json!({ "name": "a" })).await;
    assert_eq!(entries(&lab).await, SAVED);
    ok(&lab.rest().json("PATCH", &format!("/api/Deeds/{}", made["id"]), json!({ "size": 1 })).await);
    Deed::update_all(&lab.ctx, (), set!(Deed { size: 2 })).await.unwrap();
    Deed::replace_by_id(&lab.ctx, made["id"].as_i64().unwrap(), set!(Deed { name: "b" })).await.unwrap();
    assert_eq!(entries(&lab).await, [SAVED; 4].concat());
    Entry::destroy_all(&lab.ctx, ()).await.unwrap();
    assert!(Deed::destroy_by_id(&lab.ctx, made["id"].as_i64().unwrap()).await.unwrap());
    assert_eq!(entries(&lab).await, ["before delete", "after delete"]);
}

async fn what_hooks_write_goes_with_a_veto(lab: Lab) {
    let a = deed(&lab, "a").await;
    for phase in [Phase::BeforeSave, Phase::Persist, Phase::AfterSave] {
        let cx = lab.ctx.with_option(Veto(phase));
        let failed = [
            Deed::create(&cx, set!(Deed { name: "b" })).await.unwrap_err(),
            Deed::create_many(&cx, [set!(Deed { name: "b" })]).await.unwrap_err(),
            a.update_attributes(&cx, set!(Deed { name: "b" })).await.unwrap_err(),
            Deed::replace_by_id(&cx, a.id, set!(Deed { name: "b" })).await.unwrap_err(),
            Deed::update_all(&cx, (), set!(Deed { name: "b" })).await.unwrap_err(),
            Deed::upsert_with_where(&cx, Deed::props().name.eq("a"), set!(Deed { size: 3 })).await.unwrap_err(),
            Deed::find_or_create(&cx, Deed::props().name.eq("b"), set!(Deed { name: "b" })).await.unwrap_err(),
        ];
        for failed in failed {
            assert_eq!((failed.status(), failed.code()), (403, Some("VETO")), "{phase:?}");
        }
    }
    for phase in [Phase::BeforeDelete, Phase::AfterDelete] {
        let cx = lab.ctx.with_option(Veto(phase));
        assert_eq!(Deed::destroy_all(&cx, ()).await.unwrap_err().code(), Some("VETO"));
        assert_eq!(a.destroy(&cx).await.unwrap_err().code(), Some("VETO"));
    }
    assert_eq!((entries(&lab).await, deeds(&lab).await), (vec![], vec!["a".to_owned()]));
    assert_eq!(a.reload(&lab.ctx).await.unwrap().size, None);
}

async fn what_hooks_write_goes_with_a_statement_that_fails(lab: Lab) {
    deed(&lab, "a").await;
    let b = deed(&lab, "b").await;
    let answer = lab.rest().json("POST", "/api/Deeds", json!({ "name": "a" })).await;
    assert_eq!(answer.status, 422, "{answer}");
    assert!(b.update_attributes(&lab.ctx, set!(Deed { name: "a" })).await.unwrap_err().is_validation());
    assert!(Deed::update_all(&lab.ctx, (), set!(Deed { name: "c" })).await.is_err());
    assert_eq!((entries(&lab).await.len(), deeds(&lab).await.len()), (0, 2));
}

async fn what_hooks_write_goes_with_an_invalid_instance(lab: Lab) {
    assert_eq!(lab.rest().json("POST", "/api/Deeds", json!({ "name": "" })).await.status, 422);
    assert_eq!((entries(&lab).await.len(), deeds(&lab).await.len()), (0, 0));
}

async fn without_implicit_transactions_it_stays(lab: Lab) {
    let cx = lab.ctx.with_option(Veto(Phase::AfterSave));
    let failed = Loose::create(&cx, set!(Loose { name: "a" })).await.unwrap_err();
    assert_eq!(failed.code(), Some("VETO"));
    assert_eq!(entries(&lab).await, ["before save", "after save"]);
    assert_eq!(Loose::count(&lab.ctx, ()).await.unwrap(), 1, "as in LoopBack");
    // Inside a transaction of the application it goes with that.
    let done = lab.ctx.transaction(async |tx| {
        Loose::create(&tx, set!(Loose { name: "b" })).await?;
        Err::<(), _>(Error::new(418, "no"))
    });
    assert_eq!(done.await.unwrap_err().status(), 418);
    assert_eq!((entries(&lab).await.len(), Loose::count(&lab.ctx, ()).await.unwrap()), (2, 1));
}

async fn a_list_is_one_whole(lab: Lab) {
    let answer = lab.rest().json("POST", "/api/Deeds", json!([{ "name": "a" }, { "name": "a" }])).await;
    assert_eq!(answer.status, 422, "{answer}");
    assert_eq!((entries(&lab).await.len(), deeds(&lab).await.len()), (0, 0));
    let several = [set!(Deed { name: "a" }), set!(Deed { name: "b" })];
    Deed::create_many(&lab.ctx, several).await.unwrap();
    assert_eq!((entries(&lab).await.len(), deeds(&lab).await.len()), (6, 2));
}

async fn hooks_join_the_transaction_around_them(lab: Lab) {
    let done = lab.ctx.transaction(async |tx| {
        Deed::create(&tx, set!(Deed { name: "a" })).await?;
        assert_eq!((Entry::count(&tx, ()).await?, Deed::count(&tx, ()).await?), (3, 1));
        Err::<(), _>(Error::new(418, "no"))
    });
    assert_eq!(done.await.unwrap_err().status(), 418);
    assert_eq!((entries(&lab).await.len(), deeds(&lab).await.len()), (0, 0));
    let answer = lab.rest().json("POST", "/api/Deeds/twice", json!({ "name": "a" })).await;
    assert_eq!(answer.status, 422, "{answer}");
    assert_eq!((entries(&lab).await.len(), deeds(&lab).await.len()), (0, 0));
    lab.ctx.transaction(async |tx| Deed::create(&tx, set!(Deed { name: "a" })).await).await.unwrap();
    assert_eq!(entries(&lab).await, SAVED);
}

/// Refuses before it has written anything.
async fn an_error_before_any_write_does_not_fail_the_transaction(lab: Lab) {
    lab.ctx
        .transaction(async |tx| {
            // The entry of the hook itself would be a write: a body that no hook sees is none.
            assert_eq!(tx.create_json("Deed", json!(5)).await.unwrap_err().status(), 400);
            assert_eq!(Entry::create(&tx, set!(Entry {})).await.unwrap_err().status(), 422);
            assert!(!Deed::exists(&tx, 99).await?);
            Deed::create(&tx, set!(Deed { name: "a" })).await
        })
        .await
        .unwrap();
    assert_eq!(deeds(&lab).await, ["a"]);
}

async fn an_error_after_a_write_fails_the_transaction(lab: Lab) {
    let done = lab.ctx.transaction(async |tx| {
        Entry::create(&tx, set!(Entry { text: "first" })).await?;
        // The hook's entry is written, and cannot be undone alone.
        let failed = Deed::create(&tx.with_option(Veto(Phase::BeforeSave)), set!(Deed { name: "a" })).await;
        assert_eq!(failed.unwrap_err().code(), Some("VETO"));
        Ok(())
    });
    assert!(done.await.is_err(), "half of an operation is not committed");
    assert_eq!((entries(&lab).await.len(), deeds(&lab).await.len()), (0, 0));
}

async fn what_a_hook_saves_has_hooks_and_goes_along(lab: Lab) {
    let cx = lab.ctx.with_option(Follow("b"));
    Deed::create(&cx, set!(Deed { name: "a" })).await.unwrap();
    assert_eq!(deeds(&lab).await, ["a", "b"]);
    assert_eq!(entries(&lab).await, [SAVED; 2].concat());
    // The second fails: the first goes, too.
    let failed = Deed::create(&cx, set!(Deed { name: "c" })).await.unwrap_err();
    assert!(failed.is_validation(), "{failed}");
    assert_eq!((deeds(&lab).await.len(), entries(&lab).await.len()), (2, 6));
}

async fn a_context_that_a_hook_keeps_cannot_write(lab: Lab) {
    let leak = Leak::default();
    Deed::create(&lab.ctx.with_option(leak.clone()), set!(Deed { name: "a" })).await.unwrap();
    let kept = leak.0.lock().unwrap().take().expect("a context");
    let failed = Entry::create(&kept, set!(Entry { text: "late" })).await.unwrap_err();
    assert_eq!(failed.status(), 500);
    assert_eq!(entries(&lab).await, SAVED);
    // Also after an operation that has failed.
    let cx = lab.ctx.with_option(leak.clone());
    Deed::create(&cx, set!(Deed { name: "b", size: 1 })).await.unwrap();
    let kept = leak.0.lock().unwrap().take().expect("a context");
    assert!(Deed::create(&kept, set!(Deed { name: "late" })).await.is_err());
    assert_eq!(deeds(&lab).await, ["a", "b"]);
}

async fn a_request_that_is_given_up_is_undone(lab: Lab) {
    let (begun, has_begun) = oneshot::channel();
    let (_go_on, told) = oneshot::channel();
    let cx = lab.ctx.with_option(Wait(Lock::new(Some((begun, told)))));
    let work = lab.ctx.transaction(async |_| Deed::create(&cx, set!(Deed { name: "a" })).await);
    // On SQLite the transaction around it holds the one writer; the hook needs none.
    tokio::select! {
        _ = work => unreachable!("nobody lets it go on"),
        begun = has_begun => begun.unwrap(),
    }
    assert_eq!((deeds(&lab).await.len(), entries(&lab).await.len()), (0, 0));
    Deed::create(&lab.ctx, set!(Deed { name: "a" })).await.unwrap();
}

mod while_it_waits {
    use super::*;

    cases!(models![Deed, Loose, Entry];
        a_hook_before_the_first_write_holds_no_lock
    );

    async fn a_hook_before_the_first_write_holds_no_lock(lab: Lab) {
        let (begun, has_begun) = oneshot::channel();
        let (go_on, told) = oneshot::channel();
        let cx = lab.ctx.with_option(Wait(Lock::new(Some((begun, told)))));
        let slow = tokio::spawn(async move { Deed::create(&cx, set!(Deed { name: "slow" })).await });
        has_begun.await.unwrap();
        // Others write, in statements of their own and in transactions.
        Deed::create(&lab.ctx, set!(Deed { name: "fast" })).await.unwrap();
        lab.ctx.transaction(async |tx| Entry::create(&tx, set!(Entry { text: "x" })).await).await.unwrap();
        go_on.send(()).unwrap();
        slow.await.unwrap().unwrap();
        assert_eq!(deeds(&lab).await, ["fast", "slow"]);
        let answer = lab.rest().json("POST", "/api/Deeds", json!({ "name": "slow" })).await;
        assert_eq!(error(&answer).0, 422);
    }
}
