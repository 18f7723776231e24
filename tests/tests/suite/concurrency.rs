//! Races: a hundred at once for one value, and what must be true afterwards.

use crate::models::*;
use futures_util::future::join_all;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::http::{Client, Response};
use loopback_tests::lab::Lab;
use serde_json::json;

cases!(models![Single, Seat, Country, Shop, Parcel];
    a_hundred_creates_of_one_unique_value_give_one_row
    a_hundred_requests_for_one_unique_value_give_one_row
    a_hundred_creates_in_one_scope_of_nulls_give_one_row
    a_hundred_find_or_create_give_one_row
    a_hundred_upserts_of_one_id_give_one_row_and_no_error
    a_hundred_replace_or_create_of_one_id_give_one_row_and_no_error
    a_hundred_creates_of_one_id_give_one_row
    a_hundred_creates_get_a_hundred_ids
    a_hundred_readers_and_writers_get_along
);

const MANY: usize = 100;

async fn many<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    lab: &Lab,
    work: impl Fn(Ctx, usize) -> F,
) -> Vec<T> {
    let tasks = (0..MANY).map(|n| tokio::spawn(work(lab.ctx.clone(), n)));
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

async fn a_hundred_creates_of_one_unique_value_give_one_row(lab: Lab) {
    let done =
        many(&lab, |ctx, _| async move { Single::create(&ctx, set!(Single { text: "one".to_owned() })).await }).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    for error in done.into_iter().filter_map(Result::err) {
        assert_eq!(error.status(), 422, "{error}");
        assert_eq!(error.details().unwrap()["codes"], json!({ "text": ["uniqueness"] }));
    }
    assert_eq!(Single::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn a_hundred_requests_for_one_unique_value_give_one_row(lab: Lab) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let client = Client::local(listener.local_addr().unwrap().port());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(lab.app.clone().serve_on(listener, async { drop(stopped.await) }));
    let post = move || client.json("POST", "/api/Singles", &json!({ "text": "one" }));
    let answers: Vec<Response> =
        join_all((0..MANY).map(|_| tokio::task::spawn_blocking(post))).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.status, 422, "{answer}");
        assert_eq!(answer.json()["error"]["details"]["codes"], json!({ "text": ["uniqueness"] }));
    }
    assert_eq!(Single::count(&lab.ctx, ()).await.unwrap(), 1);
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

async fn a_hundred_creates_in_one_scope_of_nulls_give_one_row(lab: Lab) {
    let done = many(&lab, |ctx, _| async move { Seat::create(&ctx, set!(Seat { number: 1_i64 })).await }).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    for error in done.into_iter().filter_map(Result::err) {
        assert_eq!(error.status(), 422, "{error}");
        assert_eq!(error.details().unwrap()["codes"], json!({ "number": ["uniqueness"] }));
    }
}

async fn a_hundred_find_or_create_give_one_row(lab: Lab) {
    let done = many(&lab, |ctx, n| async move {
        let patch = set!(Single { text: "one".to_owned(), whole: n as i32 });
        Single::find_or_create(&ctx, Single::props().text.eq("one"), patch).await
    })
    .await;
    let rows: Vec<_> = done.into_iter().map(Result::unwrap).collect();
    assert_eq!(rows.iter().filter(|(_, created)| *created).count(), 1);
    assert!(rows.iter().all(|(row, _)| row.id == rows[0].0.id && row.whole == rows[0].0.whole));
    assert_eq!(Single::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn a_hundred_upserts_of_one_id_give_one_row_and_no_error(lab: Lab) {
    let done =
        many(
            &lab,
            |ctx, n| async move { Country::upsert(&ctx, set!(Country { code: "no", name: format!("{n}") })).await },
        )
        .await;
    let rows: Vec<_> = done.into_iter().map(Result::unwrap).collect();
    let stored = Country::find(&lab.ctx, ()).await.unwrap();
    assert!(stored.len() == 1 && rows.iter().any(|row| row.name == stored[0].name));
}

async fn a_hundred_replace_or_create_of_one_id_give_one_row_and_no_error(lab: Lab) {
    let done = many(&lab, |ctx, n| async move {
        Country::replace_or_create(&ctx, set!(Country { code: "no", name: format!("{n}") })).await
    })
    .await;
    assert!(done.iter().all(Result::is_ok), "{:?}", done.iter().find(|done| done.is_err()));
    assert_eq!(Country::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn a_hundred_creates_of_one_id_give_one_row(lab: Lab) {
    let done =
        many(&lab, |ctx, _| async move { Country::create(&ctx, set!(Country { code: "no", name: "N" })).await }).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    assert!(done.into_iter().filter_map(Result::err).all(|error| error.code() == Some("DUPLICATE_ID")));
}

async fn a_hundred_creates_get_a_hundred_ids(lab: Lab) {
    let shops = many(&lab, |ctx, n| async move { Shop::create(&ctx, set!(Shop { name: format!("{n}") })).await }).await;
    let mut ids: Vec<_> = shops.into_iter().map(|shop| shop.unwrap().id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), MANY);
    // Where clients may give ids, the framework counts.
    let parcels =
        many(&lab, |ctx, n| async move { Parcel::create(&ctx, set!(Parcel { label: format!("{n}") })).await }).await;
    let mut ids: Vec<_> = parcels.into_iter().map(|parcel| parcel.unwrap().id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=MANY as i64).collect::<Vec<_>>());
}

async fn a_hundred_readers_and_writers_get_along(lab: Lab) {
    let shop = Shop::create(&lab.ctx, set!(Shop { name: "Bean" })).await.unwrap();
    let id = shop.id;
    let done = many(&lab, move |ctx, n| async move {
        if n % 2 == 0 {
            let made = Shop::create(&ctx, set!(Shop { name: format!("{n}") })).await?;
            made.destroy(&ctx).await?;
            Shop::upsert(&ctx, set!(Shop { id: id, rating: n as f64 })).await?;
        } else {
            Shop::find_by_id(&ctx, id).await?.or_not_found()?;
            Shop::count(&ctx, ()).await?;
        }
        Ok::<_, Error>(())
    })
    .await;
    assert!(done.iter().all(Result::is_ok), "{:?}", done.iter().find(|done| done.is_err()));
    assert_eq!(Shop::count(&lab.ctx, ()).await.unwrap(), 1);
}
