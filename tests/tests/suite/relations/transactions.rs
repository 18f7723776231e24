//! Relations in transactions: what they write joins, and goes with it.

use super::models::*;
use crate::models::models;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::json;

cases!(
    models![
        Author, Profile, Book, Comment, Like, Genre, Loan, Supplier, Address, Part, Remark, Stop, Basket, Fruit, Gem, Word,
        Physician, Appointment, Patient, Ward, Placement
    ];
    every_write_is_rolled_back
    what_was_written_is_seen_inside_and_stays
    an_error_that_is_caught_leaves_the_rest
    a_list_that_fails_leaves_nothing_of_what_links_it
);

async fn counts(ctx: &Ctx) -> [u64; 7] {
    [
        Author::count(ctx, ()).await.unwrap(),
        Book::count(ctx, ()).await.unwrap(),
        Profile::count(ctx, ()).await.unwrap(),
        Genre::count(ctx, ()).await.unwrap(),
        Patient::count(ctx, ()).await.unwrap(),
        Appointment::count(ctx, ()).await.unwrap(),
        Fruit::count(ctx, ()).await.unwrap(),
    ]
}

async fn every_write_is_rolled_back(lab: Lab) {
    let ctx = &lab.ctx;
    let ada = Author::create(ctx, set!(Author { name: "Ada" })).await.unwrap();
    let book = ada.books.create(ctx, set!(Book { title: "A" })).await.unwrap();
    let genre = Genre::create(ctx, set!(Genre { name: "g" })).await.unwrap();
    let mo = Physician::create(ctx, set!(Physician { name: "Mo" })).await.unwrap();
    let patient = Patient::create(ctx, set!(Patient { name: "p" })).await.unwrap();
    let supplier = Supplier::create(ctx, set!(Supplier { name: "S" })).await.unwrap();
    let basket = Basket::create(ctx, set!(Basket { name: "B" })).await.unwrap();
    let before = counts(ctx).await;
    let done: Result<()> = ctx
        .transaction(async |tx| {
            let tx = &tx;
            ada.books.create(tx, set!(Book { title: "B" })).await?;
            ada.books.create_many(tx, [set!(Book { title: "C" })]).await?;
            ada.books.update_by_id(tx, book.id, set!(Book { title: "AA" })).await?;
            ada.profile.create(tx, set!(Profile { bio: "long" })).await?;
            ada.profile.update(tx, set!(Profile { bio: "longer" })).await?;
            book.genres.link(tx, genre.id).await?;
            book.genres.link(tx, genre.id).await?;
            book.genres.create(tx, set!(Genre { name: "h" })).await?;
            mo.patients.link(tx, patient.id).await?;
            mo.patients.create(tx, set!(Patient { name: "q" })).await?;
            mo.ward.create(tx, set!(Ward { name: "w" })).await?;
            supplier.address.create(tx, set!(Address { street: "High Street" })).await?;
            supplier.address.update(tx, set!(Address { street: "Low Street" })).await?;
            let part = supplier.parts.create(tx, set!(Part { name: "p" })).await?;
            supplier.parts.update_by_id(tx, part.id, set!(Part { amount: 2 })).await?;
            let fruit = basket.fruits.create(tx, set!(Fruit { name: "f" })).await?;
            assert_eq!(basket.fruits.find(tx, ()).await?.len(), 1);
            basket.fruits.unlink(tx, fruit.id).await?;
            basket.fruits.link(tx, fruit.id).await?;
            assert_eq!(book.genres.count(tx, ()).await?, 2);
            assert_eq!(ada.books.destroy_all(tx, Book::props().title.eq("C")).await?, 1);
            let all = Author::find(
                tx,
                Author::props().name.eq("Ada").include((Author::props().books, Author::props().profile)),
            )
            .await?;
            assert_eq!((all[0].books.loaded().len(), all[0].profile.loaded().is_some()), (2, true));
            Err(Error::new(418, "a teapot"))
        })
        .await;
    assert_eq!(done.unwrap_err().status(), 418);
    assert_eq!(counts(ctx).await, before);
    assert_eq!(book.reload(ctx).await.unwrap().title, "A");
    assert_eq!((book.genres.count(ctx, ()).await.unwrap(), mo.patients.count(ctx, ()).await.unwrap()), (0, 0));
    let supplier = supplier.reload(ctx).await.unwrap();
    assert!(supplier.address.get().is_none() && supplier.parts.is_empty());
    assert!(basket.reload(ctx).await.unwrap().fruits.ids().is_empty());
}

async fn what_was_written_is_seen_inside_and_stays(lab: Lab) {
    let ctx = &lab.ctx;
    let made = ctx
        .transaction(async |tx| {
            let ada = Author::create(&tx, set!(Author { name: "Ada" })).await?;
            let book = ada.books.create(&tx, set!(Book { title: "A" })).await?;
            book.genres.create(&tx, set!(Genre { name: "g" })).await?;
            assert_eq!(book.author.get(&tx).await?.name, "Ada");
            assert_eq!(book.genres.find(&tx, ()).await?.len(), 1);
            assert_eq!(Author::count(&tx, Author::props().books.any()).await?, 1);
            Ok(ada)
        })
        .await
        .unwrap();
    assert_eq!(made.books.count(ctx, ()).await.unwrap(), 1);
}

async fn an_error_that_is_caught_leaves_the_rest(lab: Lab) {
    let ctx = &lab.ctx;
    let ada = Author::create(ctx, set!(Author { name: "Ada" })).await.unwrap();
    ctx.transaction(async |tx| {
        assert_eq!(ada.books.create(&tx, set!(Book { title: "" })).await.unwrap_err().status(), 422);
        ada.profile.create(&tx, set!(Profile { bio: "long" })).await?;
        assert_eq!(ada.profile.create(&tx, set!(Profile { bio: "again" })).await.unwrap_err().status(), 422);
        assert_eq!(ada.books.find_by_id(&tx, 999).await?.map(|book| book.id), None);
        ada.books.create(&tx, set!(Book { title: "A" })).await
    })
    .await
    .unwrap();
    assert_eq!(ada.books.count(ctx, ()).await.unwrap(), 1);
}

async fn a_list_that_fails_leaves_nothing_of_what_links_it(lab: Lab) {
    let rest = lab.rest();
    let mo = Physician::create(&lab.ctx, set!(Physician { name: "Mo" })).await.unwrap();
    let path = format!("/api/Physicians/{}/patients", mo.id);
    let answer = rest.json("POST", &path, json!([{ "name": "a" }, { "age": 5 }])).await;
    assert_eq!(answer.status, 422, "{answer}");
    let basket = Basket::create(&lab.ctx, set!(Basket { name: "B" })).await.unwrap();
    let answer = rest.json("POST", &format!("/api/Baskets/{}/fruits", basket.id), json!([{ "name": "a" }, {}])).await;
    assert_eq!(answer.status, 422, "{answer}");
    let supplier = Supplier::create(&lab.ctx, set!(Supplier { name: "S" })).await.unwrap();
    let answer =
        rest.json("POST", &format!("/api/Suppliers/{}/parts", supplier.id), json!([{ "name": "a" }, {}])).await;
    assert_eq!(answer.status, 422, "{answer}");
    assert_eq!(counts(&lab.ctx).await[4..], [0, 0, 0]);
    assert!(basket.reload(&lab.ctx).await.unwrap().fruits.ids().is_empty());
    assert!(supplier.reload(&lab.ctx).await.unwrap().parts.is_empty());
}
