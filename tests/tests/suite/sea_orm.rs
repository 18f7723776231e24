//! Plain SeaORM on our models: the generic entity, its columns, and change sets as active models.

use crate::models::*;
use loopback::prelude::*;
use loopback::sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, PaginatorTrait, QueryFilter, QueryOrder,
    Set,
};
use loopback_tests::cases;
use loopback_tests::lab::Lab;

cases!(models![Sample, Full, Shop, Country, Voucher, Device];
    rows_are_found_filtered_and_ordered
    every_type_is_read_as_the_framework_wrote_it
    every_type_is_written_as_the_framework_reads_it
    an_active_model_changes_what_is_set
    rows_are_deleted
);

async fn rows_are_found_filtered_and_ordered(lab: Lab) {
    let p = Shop::props();
    for (name, rating) in [("a", 1.0), ("b", 4.0), ("c", 5.0)] {
        Shop::create(&lab.ctx, set!(Shop { name: name, rating: rating })).await.unwrap();
    }
    let db = lab.ctx.db();
    let good = Entity::<Shop>::find()
        .filter(p.rating.column().gt(2.0))
        .filter(p.city.column().is_null())
        .order_by_desc(p.rating.column())
        .all(db)
        .await
        .unwrap();
    assert_eq!(good.iter().map(|shop| shop.name.as_str()).collect::<Vec<_>>(), ["c", "b"]);
    let one = Entity::<Shop>::find_by_id(good[0].id).one(db).await.unwrap();
    assert_eq!(one.as_ref(), good.first());
    assert_eq!(Entity::<Shop>::find().count(db).await.unwrap(), 3);
    assert_eq!(good[0].get(p.name.column()), "c".into());
}

fn full() -> Full {
    let dims = Dims { width: 1.5, height: None, tier: Some(Tier::Basic), made_at: None };
    Full {
        id: 7,
        text: "Zoë 😀 ".into(),
        tiny: -1,
        small: -2,
        medium: -3,
        large: i64::MAX,
        unsigned_small: 4,
        unsigned: u32::MAX,
        float: 0.5,
        double: 0.1 + 0.2,
        flag: true,
        at: "2024-02-29T12:30:45.678Z".parse().unwrap(),
        day: "2024-02-29".parse().unwrap(),
        exact: "12345.6789".parse().unwrap(),
        uuid: Uuid::from_u128(5),
        tier: Tier::GoldPlus,
        words: vec!["a".into()],
        numbers: vec![0.5],
        tiers: vec![Tier::Basic],
        times: Vec::new(),
        boxes: vec![dims.clone()],
        dims,
        anything: serde_json::json!({ "a": [1, null] }),
        bytes: vec![0, 255],
        place: GeoPoint::new(1.5, 2.0).unwrap(),
        email: Email("a@b".into()),
    }
}

/// Every property set.
fn patch() -> Patch<Full> {
    full().into_active_model().reset_all()
}

async fn every_type_is_read_as_the_framework_wrote_it(lab: Lab) {
    let mut row = full();
    row.save(&lab.ctx).await.unwrap();
    let read = Entity::<Full>::find().one(lab.ctx.db()).await.unwrap();
    assert_eq!(read, Some(full()));
    let p = Full::props();
    let f = full();
    for condition in [
        p.text.column().eq("Zoë 😀 "),
        p.large.column().eq(i64::MAX),
        p.double.column().eq(0.1 + 0.2),
        p.flag.column().eq(true),
        p.day.column().eq(f.day),
        p.uuid.column().eq(f.uuid),
        p.tier.column().eq("gold-plus"),
        p.at.column().gte(f.at),
    ] {
        let found = Entity::<Full>::find().filter(condition.clone()).count(lab.ctx.db()).await.unwrap();
        assert_eq!(found, 1, "{condition:?}");
    }
}

async fn every_type_is_written_as_the_framework_reads_it(lab: Lab) {
    let written = patch().insert(lab.ctx.db()).await.unwrap();
    assert_eq!(written, full());
    assert_eq!(Full::find_by_id(&lab.ctx, 7).await.unwrap(), Some(full()));
    let p = Full::props();
    let f = full();
    // What the framework compares with is what SeaORM stored.
    for condition in [
        p.text.eq(f.text),
        p.float.eq(f.float),
        p.double.eq(f.double),
        p.flag.eq(true),
        p.at.eq(f.at),
        p.day.eq(f.day),
        p.exact.eq(f.exact),
        p.uuid.eq(f.uuid),
        p.tier.eq(f.tier),
        p.bytes.eq(f.bytes),
        p.email.eq(f.email),
    ] {
        assert_eq!(Full::count(&lab.ctx, condition.clone()).await.unwrap(), 1, "{condition:?}");
    }
    let read = lab.rest().get("/api/Fulls/7").await;
    assert_eq!(read.status, 200, "{read}");
    let made = set!(Country { code: "no", name: "Norway", population: None }).insert(lab.ctx.db()).await.unwrap();
    assert_eq!(Country::find(&lab.ctx, ()).await.unwrap(), [made]);
}

async fn an_active_model_changes_what_is_set(lab: Lab) {
    let shop = Shop::create(&lab.ctx, set!(Shop { name: "Bean", city: "Oslo" })).await.unwrap();
    let p = Shop::props();
    let changed = shop.clone().into_active_model().set(p.rating, 1.0).set(p.city, None);
    let changed = changed.update(lab.ctx.db()).await.unwrap();
    assert_eq!(changed, Shop { rating: 1.0, city: None, ..shop.clone() });
    let mut active = shop.clone().into_active_model();
    active.try_set(p.name.column(), "Cup".into()).unwrap();
    assert_eq!(loopback::sea_orm::ActiveModelTrait::get(&active, p.name.column()), Set("Cup".into()));
    assert!(active.try_set(p.rating.column(), "no number".into()).is_err());
    active.update(lab.ctx.db()).await.unwrap();
    assert_eq!(shop.reload(&lab.ctx).await.unwrap(), Shop { name: "Cup".into(), ..changed });
    let new = set!(Shop { name: "New", rating: 1.0, opened_at: shop.opened_at }).insert(lab.ctx.db()).await.unwrap();
    assert!(new.id > shop.id && Shop::count(&lab.ctx, ()).await.unwrap() == 2);
}

async fn rows_are_deleted(lab: Lab) {
    for name in ["a", "b", "c"] {
        Shop::create(&lab.ctx, set!(Shop { name: name })).await.unwrap();
    }
    let p = Shop::props();
    let first = Entity::<Shop>::find().order_by_asc(p.id.column()).one(lab.ctx.db()).await.unwrap().unwrap();
    first.delete(lab.ctx.db()).await.unwrap();
    Entity::<Shop>::delete_many().filter(p.name.column().eq("c")).exec(lab.ctx.db()).await.unwrap();
    assert_eq!(Shop::select(&lab.ctx, p.name, ()).await.unwrap(), ["b"]);
}
