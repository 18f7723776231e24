//! Transactions: everything or nothing, whatever ends them.

use crate::models::*;
use futures_util::FutureExt;
use loopback::TransactionOptions;
use loopback::prelude::*;
use loopback::sea_orm::{ActiveModelTrait, IsolationLevel};
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::{Barrier, oneshot};

cases!(models![Account, Country, Single];
    what_is_done_inside_is_seen_inside_and_after_the_commit
    an_error_undoes_everything
    a_panic_undoes_everything
    a_panic_of_a_task_undoes_everything
    a_dropped_future_undoes_everything
    a_dropped_future_undoes_what_a_leaked_context_holds
    a_transaction_inside_another_joins_it
    a_transaction_that_fails_inside_another_fails_the_whole
    an_error_of_the_database_fails_the_whole_even_when_it_is_caught
    an_error_of_seaorm_fails_the_whole_even_when_it_is_caught
    an_invalid_instance_may_be_caught
    an_isolation_level_may_be_asked_for
    a_serializable_conflict_is_a_409
    a_time_limit_undoes_everything_and_answers_503
    a_time_limit_in_the_middle_of_a_statement_undoes_everything
    a_context_outlives_its_transaction_as_an_error
    seaorm_queries_join_it
    every_method_joins_it
    many_transactions_follow_each_other
);

async fn add(ctx: &Ctx, owner: &str) -> Result<Account> {
    Account::create(ctx, set!(Account { owner: owner })).await
}

/// Nothing is stored, and the database still takes writes.
async fn assert_nothing_happened(lab: &Lab) {
    assert_eq!(Account::count(&lab.ctx, ()).await.unwrap(), 0);
    let made = add(&lab.ctx, "after").await.unwrap();
    lab.ctx.transaction(async |tx| made.destroy(&tx).await).await.unwrap();
    assert_eq!(Account::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn what_is_done_inside_is_seen_inside_and_after_the_commit(lab: Lab) {
    let done = lab.ctx.transaction(async |tx| {
        let a = add(&tx, "a").await?;
        let a = a.update_attributes(&tx, set!(Account { balance: 5 })).await?;
        assert_eq!(Account::count(&tx, ()).await?, 1);
        Ok(a)
    });
    let a = done.await.unwrap();
    assert_eq!(Account::find(&lab.ctx, ()).await.unwrap(), [a]);
}

async fn an_error_undoes_everything(lab: Lab) {
    let done: Result<()> = lab
        .ctx
        .transaction(async |tx| {
            add(&tx, "a").await?;
            Err(Error::new(418, "a teapot"))
        })
        .await;
    assert_eq!(done.unwrap_err().status(), 418);
    assert_nothing_happened(&lab).await;
}

async fn a_panic_undoes_everything(lab: Lab) {
    let work = lab.ctx.transaction(async |tx| -> Result<()> {
        add(&tx, "a").await?;
        panic!("on purpose");
    });
    assert!(AssertUnwindSafe(work).catch_unwind().await.is_err());
    assert_nothing_happened(&lab).await;
}

async fn a_panic_of_a_task_undoes_everything(lab: Lab) {
    let ctx = lab.ctx.clone();
    let task = tokio::spawn(async move {
        ctx.transaction(async |tx| -> Result<()> {
            add(&tx, "a").await?;
            panic!("on purpose");
        })
        .await
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_nothing_happened(&lab).await;
}

async fn a_dropped_future_undoes_everything(lab: Lab) {
    let (stored, told) = oneshot::channel();
    let work = lab.ctx.transaction(async |tx| -> Result<()> {
        add(&tx, "a").await?;
        stored.send(()).unwrap();
        pending().await
    });
    tokio::select! {
        _ = work => unreachable!("it never ends"),
        told = told => told.unwrap(),
    }
    assert_nothing_happened(&lab).await;
}

async fn a_dropped_future_undoes_what_a_leaked_context_holds(lab: Lab) {
    let mut leaked = None;
    {
        let (stored, told) = oneshot::channel();
        let leak = &mut leaked;
        let work = lab.ctx.transaction(async |tx| -> Result<()> {
            add(&tx, "a").await?;
            *leak = Some(tx);
            stored.send(()).unwrap();
            pending().await
        });
        tokio::select! {
            _ = work => unreachable!("it never ends"),
            told = told => told.unwrap(),
        }
    }
    assert_nothing_happened(&lab).await;
    assert_eq!(add(&leaked.unwrap(), "b").await.unwrap_err().status(), 500);
}

async fn a_transaction_inside_another_joins_it(lab: Lab) {
    let done: Result<()> = lab
        .ctx
        .transaction(async |outer| {
            add(&outer, "a").await?;
            outer
                .transaction(async |inner| {
                    assert_eq!(Account::count(&inner, ()).await?, 1);
                    add(&inner, "b").await
                })
                .await?;
            Account::create_many(&outer, ["c", "d"].map(|owner| set!(Account { owner: owner }))).await?;
            assert_eq!(Account::count(&outer, ()).await?, 4);
            Err(Error::new(418, "a teapot"))
        })
        .await;
    assert_eq!(done.unwrap_err().status(), 418);
    assert_nothing_happened(&lab).await;
}

async fn a_transaction_that_fails_inside_another_fails_the_whole(lab: Lab) {
    let done = lab.ctx.transaction(async |outer| {
        add(&outer, "a").await?;
        let inner: Result<()> = outer
            .transaction(async |inner| {
                add(&inner, "b").await?;
                Err(Error::new(418, "a teapot"))
            })
            .await;
        assert_eq!(inner.unwrap_err().status(), 418);
        Ok(())
    });
    assert_eq!(done.await.unwrap_err().status(), 500);
    assert_nothing_happened(&lab).await;
}

async fn an_error_of_the_database_fails_the_whole_even_when_it_is_caught(lab: Lab) {
    Country::create(&lab.ctx, set!(Country { code: "no", name: "Norway" })).await.unwrap();
    let done = lab.ctx.transaction(async |tx| {
        add(&tx, "a").await?;
        let known = Country::create(&tx, set!(Country { code: "no", name: "Norway" })).await;
        assert_eq!(known.unwrap_err().status(), 409);
        assert_eq!(add(&tx, "b").await.unwrap_err().status(), 500, "PostgreSQL takes nothing more");
        Ok(())
    });
    assert_eq!(done.await.unwrap_err().status(), 500);
    assert_nothing_happened(&lab).await;
}

async fn an_error_of_seaorm_fails_the_whole_even_when_it_is_caught(lab: Lab) {
    Country::create(&lab.ctx, set!(Country { code: "no", name: "Norway" })).await.unwrap();
    let done = lab.ctx.transaction(async |tx| {
        add(&tx, "a").await?;
        let known = tx.with_db(async |db| Ok(set!(Country { code: "no", name: "Norway" }).insert(&db).await?)).await;
        assert!(known.is_err());
        Ok(())
    });
    assert_eq!(done.await.unwrap_err().status(), 500);
    assert_nothing_happened(&lab).await;
}

async fn an_invalid_instance_may_be_caught(lab: Lab) {
    Single::create(&lab.ctx, set!(Single { text: "a".to_owned() })).await.unwrap();
    let done = lab.ctx.transaction(async |tx| {
        assert_eq!(Single::create(&tx, set!(Single { text: "a".to_owned() })).await.unwrap_err().status(), 422);
        assert_eq!(add(&tx, "").await.unwrap_err().status(), 422);
        add(&tx, "b").await
    });
    done.await.unwrap();
    assert_eq!(Account::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn an_isolation_level_may_be_asked_for(lab: Lab) {
    for isolation in [IsolationLevel::ReadCommitted, IsolationLevel::RepeatableRead, IsolationLevel::Serializable] {
        let options = TransactionOptions { isolation: Some(isolation), ..TransactionOptions::default() };
        lab.ctx.transaction_with(options, async |tx| add(&tx, "a").await).await.unwrap();
    }
    assert_eq!(Account::count(&lab.ctx, ()).await.unwrap(), 3);
}

async fn a_serializable_conflict_is_a_409(lab: Lab) {
    // SQLite has one writer at a time: there is no conflict.
    if lab.database.is_sqlite() {
        return;
    }
    for owner in ["a", "b"] {
        add(&lab.ctx, owner).await.unwrap();
    }
    let both_have_read = Barrier::new(2);
    let options = TransactionOptions { isolation: Some(IsolationLevel::Serializable), ..TransactionOptions::default() };
    // Each reads what the other writes.
    let work = async |owner: &str| {
        lab.ctx
            .transaction_with(options, async |tx| {
                let all = Account::find(&tx, ()).await?;
                both_have_read.wait().await;
                let own = all.iter().find(|account| account.owner == owner).unwrap();
                own.update_attributes(&tx, set!(Account { balance: all.iter().map(|a| a.balance).sum::<i64>() + 1 }))
                    .await
            })
            .await
    };
    let results = tokio::join!(work("a"), work("b"));
    let (won, lost) = match results {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        other => panic!("{other:?}"),
    };
    assert_eq!((lost.status(), lost.kind()), (409, ErrorKind::Conflict), "{lost}");
    let balances: i64 = Account::select(&lab.ctx, Account::props().balance, ()).await.unwrap().iter().sum();
    assert_eq!((won.balance, balances), (1, 1));
}

fn limit(timeout: Duration) -> TransactionOptions {
    TransactionOptions { timeout: Some(timeout), ..TransactionOptions::default() }
}

async fn a_time_limit_undoes_everything_and_answers_503(lab: Lab) {
    // As much time as the machine needs for one row.
    let mut time = Duration::from_millis(100);
    loop {
        let mut stored = false;
        let done: Result<()> = lab
            .ctx
            .transaction_with(limit(time), async |tx| {
                add(&tx, "a").await?;
                stored = true;
                pending().await
            })
            .await;
        let error = done.unwrap_err();
        assert_eq!((error.status(), error.code()), (503, Some("TRANSACTION_TIMEOUT")));
        assert_nothing_happened(&lab).await;
        if stored {
            break;
        }
        time *= 2;
        assert!(time < Duration::from_secs(60), "no row is stored");
    }
    lab.ctx.transaction_with(limit(Duration::from_secs(60)), async |tx| add(&tx, "b").await).await.unwrap();
    assert_eq!(Account::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn a_time_limit_in_the_middle_of_a_statement_undoes_everything(lab: Lab) {
    for _ in 0..5 {
        let done: Result<()> = lab
            .ctx
            .transaction_with(limit(Duration::ZERO), async |tx| {
                loop {
                    add(&tx, "a").await?;
                }
            })
            .await;
        assert_eq!(done.unwrap_err().code(), Some("TRANSACTION_TIMEOUT"));
        assert_nothing_happened(&lab).await;
    }
}

async fn a_context_outlives_its_transaction_as_an_error(lab: Lab) {
    let (tx, _) = lab.ctx.transaction(async |tx| Ok((tx.clone(), add(&tx, "a").await?))).await.unwrap();
    for error in [
        add(&tx, "b").await.unwrap_err(),
        Account::find(&tx, ()).await.unwrap_err(),
        Account::destroy_all(&tx, ()).await.unwrap_err(),
        tx.with_db(async |_| Ok(())).await.unwrap_err(),
        tx.transaction(async |tx| add(&tx, "b").await).await.unwrap_err(),
    ] {
        assert_eq!(error.status(), 500);
        assert!(error.to_string().contains("transaction has ended"), "{error}");
    }
    assert_eq!(Account::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn seaorm_queries_join_it(lab: Lab) {
    let done: Result<()> = lab
        .ctx
        .transaction(async |tx| {
            let made = add(&tx, "a").await?;
            let seen = tx.with_db(async |db| Ok(Entity::<Account>::find_by_id(made.id).one(&db).await?)).await?;
            assert_eq!(seen, Some(made));
            tx.with_db(async |db| Ok(set!(Account { owner: "b", balance: 0 }).insert(&db).await?)).await?;
            assert_eq!(Account::count(&tx, ()).await?, 2);
            Err(Error::new(418, "a teapot"))
        })
        .await;
    assert_eq!(done.unwrap_err().status(), 418);
    let seen = lab.ctx.with_db(async |db| Ok(Entity::<Account>::find().all(&db).await?)).await.unwrap();
    assert!(seen.is_empty());
    assert_nothing_happened(&lab).await;
}

async fn every_method_joins_it(lab: Lab) {
    let p = Country::props();
    let done: Result<()> = lab
        .ctx
        .transaction(async |tx| {
            let tx = &tx;
            let mut a = Country::create(tx, set!(Country { code: "a", name: "A" })).await?;
            Country::create_many(tx, [set!(Country { code: "b", name: "B" })]).await?;
            assert!(Country::find_or_create(tx, p.code.eq("c"), set!(Country { code: "c", name: "C" })).await?.1);
            Country::upsert(tx, set!(Country { code: "d", name: "D" })).await?;
            Country::upsert_with_where(tx, p.code.eq("e"), set!(Country { code: "e", name: "E" })).await?;
            Country::replace_or_create(tx, set!(Country { code: "f", name: "F" })).await?;
            Country::replace_by_id(tx, "f", set!(Country { name: "FF" })).await?;
            a.name = "AA".into();
            a.save(tx).await?;
            a.update_attribute(tx, p.name, "AAA").await?;
            a.replace_attributes(tx, set!(Country { name: "AAAA" })).await?;
            assert_eq!(a.reload(tx).await?.name, "AAAA");
            assert_eq!(Country::update_all(tx, p.code.gt("b"), set!(Country { name: "X" })).await?, 4);
            assert_eq!(Country::find_one(tx, p.name.eq("X")).await?.map(|c| c.code).as_deref(), Some("c"));
            assert!(Country::exists(tx, "d").await? && Country::destroy_by_id(tx, "d").await?);
            assert_eq!(Country::select(tx, p.code, ()).await?, ["a", "b", "c", "e", "f"]);
            assert_eq!(Country::destroy_all(tx, p.code.gt("c")).await?, 2);
            a.destroy(tx).await?;
            assert_eq!(Country::count(tx, ()).await?, 2);
            Err(Error::new(418, "a teapot"))
        })
        .await;
    assert_eq!(done.unwrap_err().status(), 418);
    assert_eq!(Country::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn many_transactions_follow_each_other(lab: Lab) {
    let start = add(&lab.ctx, "a").await.unwrap();
    let one = async || {
        lab.ctx
            .transaction(async |tx| {
                // The row is locked by its first change: nobody's change is lost.
                Account::update_all(&tx, Account::props().id.eq(start.id), set!(Account { note: "locked".to_owned() }))
                    .await?;
                let now = start.reload(&tx).await?;
                now.update_attributes(&tx, set!(Account { balance: now.balance + 1 })).await
            })
            .await
    };
    let done = futures_util::future::join_all((0..20).map(|_| one())).await;
    assert!(done.iter().all(Result::is_ok), "{:?}", done.iter().find(|done| done.is_err()));
    assert_eq!(start.reload(&lab.ctx).await.unwrap().balance, 20);
}
