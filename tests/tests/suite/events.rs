//! Model events, and the options of a context.

use crate::models::*;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

cases!(models![Shop, Country];
    every_write_is_an_event
    what_is_rolled_back_is_no_event
    events_come_when_they_are_lasting
    who_does_not_listen_hears_nothing
    a_slow_listener_is_told_what_it_missed
    options_reach_the_operations_they_are_given_to
);

async fn every_write_is_an_event(lab: Lab) {
    let ctx = &lab.ctx;
    let shop = Shop::props();
    let mut events = Shop::events(ctx).unwrap();
    let made = Shop::create(ctx, set!(Shop { name: "Bean" })).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), ModelEvent::Changed(made.clone()));
    let patched = made.update_attributes(ctx, set!(Shop { city: "Oslo" })).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), ModelEvent::Changed(patched));
    let answer = lab.rest().json("PATCH", "/api/Shops/1", json!({ "rating": 5 })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let Some(Ok(ModelEvent::Changed(by_rest))) = events.next().await else { panic!("a patch over REST is no event") };
    assert_eq!((by_rest.id, by_rest.rating), (1, 5.0));
    let replaced = Shop::replace_by_id(ctx, 1, set!(Shop { name: "Leaf" })).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), ModelEvent::Changed(replaced));
    Shop::update_all(ctx, shop.name.eq("Leaf"), set!(Shop { city: "Rome" })).await.unwrap();
    let all = ModelEvent::ChangedAll { condition: json!({ "name": "Leaf" }), count: 1 };
    assert_eq!(events.next().await.unwrap().unwrap(), all);
    Shop::destroy_by_id(ctx, 1).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), ModelEvent::Deleted(1));
    Shop::create_many(ctx, [set!(Shop { name: "A" }), set!(Shop { name: "B" })]).await.unwrap();
    for name in ["A", "B"] {
        let Some(Ok(ModelEvent::Changed(shop))) = events.next().await else { panic!("no event of {name}") };
        assert_eq!(shop.name, name);
    }
    Shop::destroy_all(ctx, ()).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), ModelEvent::DeletedAll { condition: json!({}), count: 2 });
    // What was not there is not deleted.
    Shop::destroy_by_id(ctx, 77).await.unwrap();
    let last = Shop::create(ctx, set!(Shop { name: "Last" })).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), ModelEvent::Changed(last));
}

async fn what_is_rolled_back_is_no_event(lab: Lab) {
    let mut events = Shop::events(&lab.ctx).unwrap();
    let failed: Result<()> = lab
        .ctx
        .transaction(async |tx| {
            Shop::create(&tx, set!(Shop { name: "Gone" })).await?;
            Err(Error::new(418, "no"))
        })
        .await;
    assert_eq!(failed.unwrap_err().status(), 418);
    let refused = Shop::create_many(&lab.ctx, [set!(Shop { name: "Gone" }), set!(Shop { name: "" })]).await;
    assert_eq!(refused.unwrap_err().status(), 422);
    let kept = Shop::create(&lab.ctx, set!(Shop { name: "Kept" })).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), ModelEvent::Changed(kept));
}

async fn events_come_when_they_are_lasting(lab: Lab) {
    let mut events = Shop::events(&lab.ctx).unwrap();
    let committed = AtomicUsize::new(0);
    lab.ctx
        .transaction(async |tx| {
            Shop::create(&tx, set!(Shop { name: "Bean" })).await?;
            let early = futures_util::FutureExt::now_or_never(events.next());
            assert!(early.is_none(), "an event of what is not committed");
            committed.store(1, Ordering::Relaxed);
            Ok(())
        })
        .await
        .unwrap();
    assert!(matches!(events.next().await, Some(Ok(ModelEvent::Changed(_)))));
    assert_eq!(committed.into_inner(), 1);
}

async fn who_does_not_listen_hears_nothing(lab: Lab) {
    Shop::create(&lab.ctx, set!(Shop { name: "Before" })).await.unwrap();
    let mut events = Shop::events(&lab.ctx).unwrap();
    Country::create(&lab.ctx, set!(Country { code: "NO", name: "Norway" })).await.unwrap();
    let made = Shop::create(&lab.ctx, set!(Shop { name: "After" })).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), ModelEvent::Changed(made));
}

async fn a_slow_listener_is_told_what_it_missed(lab: Lab) {
    let mut events = Country::events(&lab.ctx).unwrap();
    let countries = (0..1_030).map(|n| set!(Country { code: format!("C{n}"), name: "A country" }));
    Country::create_many(&lab.ctx, countries).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), ModelEvent::Missed(6));
    let Some(Ok(ModelEvent::Changed(next))) = events.next().await else { panic!("no event after those missed") };
    assert_eq!(next.code, "C6");
}

async fn options_reach_the_operations_they_are_given_to(lab: Lab) {
    #[derive(Debug, PartialEq)]
    struct Quiet(u8);
    let quiet = lab.ctx.with_option(Quiet(1));
    assert_eq!(quiet.option::<Quiet>(), Some(&Quiet(1)));
    assert_eq!(quiet.with_option(Quiet(2)).option::<Quiet>(), Some(&Quiet(2)));
    assert_eq!(lab.ctx.option::<Quiet>(), None);
    quiet
        .transaction(async |tx| {
            assert_eq!(tx.option::<Quiet>(), Some(&Quiet(1)));
            Ok(())
        })
        .await
        .unwrap();
}
