//! Foreign keys: constraints of the database, and what a client reads when one is broken.

use futures_util::future::join_all;
use loopback::meta::{
    Location, ModelDef, ModelRef, OnDelete, PropertyDef, RelationDef, RelationKindDef, RuleDef, SettingsDef, SqlDef,
    ValidationDef,
};
use loopback::prelude::*;
use loopback::sea_orm::{ConnectionTrait, Statement};
use loopback_tests::http::Response;
use loopback_tests::lab::{Lab, Place};
use loopback_tests::rest::Rest;
use loopback_tests::{cases, place_cases};
use serde_json::json;

mod cases {
    use super::*;

    cases!(SHOPS;
        a_key_that_leads_nowhere_is_a_conflict
        a_row_that_others_refer_to_stays
        rows_go_or_let_go_with_the_row_they_refer_to
        a_row_below_one_that_goes_along_is_in_the_way
        a_value_that_others_refer_to_stays
        rows_of_one_table_refer_to_each_other
        text_is_a_key_as_well
        in_a_transaction_the_relation_is_named_too
        links_go_with_either_end
        a_row_is_not_deleted_under_one_that_is_made
    );
}

place_cases!(
    tables_in_circles_are_made_found_and_dropped
    a_foreign_key_is_added_to_rows_that_keep_to_it
    a_change_of_what_follows_a_deletion_reaches_the_database
    a_key_that_need_not_be_there_any_more_stays_guarded
    five_apps_make_foreign_keys_at_once
    what_no_relation_asks_for_is_not_guarded
);

const ID: PropertyDef = PropertyDef { id: true, generated: true, ..PropertyDef::of::<i64>("id", "id", "id") };
const NAME: PropertyDef = PropertyDef::of::<Option<String>>("name", "name", "name");

const fn model(name: &'static str, properties: &'static [PropertyDef], relations: &'static [RelationDef]) -> ModelDef {
    ModelDef {
        name,
        doc: "",
        base: None,
        table: None,
        plural: None,
        http_path: None,
        properties,
        relations,
        acls: &[],
        settings: SettingsDef::DEFAULT,
        location: Location { file: "src/shop.rs", line: 1 },
    }
}

const fn belongs_to(
    name: &'static str,
    property: u16,
    target: fn() -> &'static ModelDef,
    on_delete: OnDelete,
) -> RelationDef {
    RelationDef {
        name,
        field: name,
        doc: "",
        kind: RelationKindDef::BelongsTo,
        target: Some(ModelRef::Type(target)),
        property: Some(property),
        foreign_key: None,
        primary_key: None,
        through: None,
        key_through: None,
        polymorphic: None,
        scope: None,
        properties: &[],
        disable_include: false,
        nest: false,
        constraint: None,
        on_delete,
        validate: true,
        relation_acl: None,
        by_name: false,
        line: 0,
    }
}

/// Its id has 32 bits in the program and 64 in the database; its code is unique.
static CATEGORY: ModelDef = model(
    "Category",
    &[
        PropertyDef { id: true, generated: true, ..PropertyDef::of::<i32>("id", "id", "id") },
        PropertyDef {
            sql: SqlDef { length: Some(8), ..SqlDef::DEFAULT },
            validations: &[ValidationDef::new(RuleDef::Uniqueness { scope: &[] })],
            ..PropertyDef::of::<Option<String>>("code", "code", "code")
        },
    ],
    &[],
);

/// Its links to countries are a table of their own.
static SHOP: ModelDef = model(
    "Shop",
    &[ID, NAME],
    &[RelationDef {
        kind: RelationKindDef::HasAndBelongsToMany,
        property: None,
        ..belongs_to("countries", 0, || &COUNTRY, OnDelete::Restrict)
    }],
);

static PRODUCT: ModelDef = model(
    "Product",
    &[
        ID,
        NAME,
        PropertyDef::of::<Option<i32>>("categoryId", "category", "category_id"),
        PropertyDef::of::<Option<String>>("coded", "coded", "coded"),
        PropertyDef::of::<Option<i64>>("shopId", "shop", "shop_id"),
        PropertyDef::of::<Option<i64>>("oldShopId", "old_shop", "old_shop_id"),
    ],
    &[
        belongs_to("category", 2, || &CATEGORY, OnDelete::Restrict),
        RelationDef { primary_key: Some("code"), ..belongs_to("coded_as", 3, || &CATEGORY, OnDelete::Restrict) },
        belongs_to("shop", 4, || &SHOP, OnDelete::Cascade),
        belongs_to("oldShop", 5, || &SHOP, OnDelete::SetNull),
    ],
);

static REVIEW: ModelDef = model(
    "Review",
    &[ID, PropertyDef::of::<i64>("productId", "product", "product_id")],
    &[belongs_to("product", 1, || &PRODUCT, OnDelete::Restrict)],
);

static COUNTRY: ModelDef =
    model("Country", &[PropertyDef { id: true, ..PropertyDef::of::<String>("code", "code", "code") }], &[]);
static CITY: ModelDef = model(
    "City",
    &[ID, PropertyDef::of::<String>("countryCode", "country", "country_code")],
    &[belongs_to("country", 1, || &COUNTRY, OnDelete::Restrict)],
);

/// Two that refer to each other, one of them to itself.
static PERSON: ModelDef = model(
    "Person",
    &[
        ID,
        PropertyDef::of::<Option<i64>>("bossId", "boss", "boss_id"),
        PropertyDef::of::<Option<i64>>("teamId", "team", "team_id"),
    ],
    &[belongs_to("boss", 1, || &PERSON, OnDelete::Restrict), belongs_to("team", 2, || &TEAM, OnDelete::SetNull)],
);
static TEAM: ModelDef = model(
    "Team",
    &[ID, PropertyDef::of::<Option<i64>>("leadId", "lead", "lead_id")],
    &[belongs_to("lead", 1, || &PERSON, OnDelete::Restrict)],
);

const SHOPS: &[&ModelDef] = &[&CATEGORY, &SHOP, &PRODUCT, &REVIEW, &COUNTRY, &CITY, &PERSON, &TEAM];

/// The 409 of a broken key, with that message.
#[track_caller]
fn broken(answer: &Response, message: &str) {
    assert_eq!(answer.status, 409, "{answer}");
    let error = answer.json()["error"].take();
    assert_eq!(error["code"], "FOREIGN_KEY", "{answer}");
    assert_eq!(error["message"], message);
}

async fn a_key_that_leads_nowhere_is_a_conflict(lab: Lab) {
    let rest = lab.rest();
    let nowhere = "Product.category: there is no Category with the id 999";
    let answer = rest.json("POST", "/api/Products", json!({ "categoryId": 999 })).await;
    broken(&answer, nowhere);
    let category = rest.create("/api/Categories", json!({})).await;
    // What was refused may have used up an id.
    let id = rest.create("/api/Products", json!({ "categoryId": category["id"], "name": "a" })).await["id"].take();
    rest.create("/api/Products", json!({ "name": "b" })).await;
    let bad = json!({ "categoryId": 999 });
    broken(&rest.json("PATCH", &format!("/api/Products/{id}"), bad.clone()).await, nowhere);
    broken(&rest.json("POST", &format!("/api/Products/{id}/replace"), bad.clone()).await, nowhere);
    broken(&rest.json("PATCH", "/api/Products", json!({ "id": id, "categoryId": 999 })).await, nowhere);
    broken(&rest.json("POST", "/api/Products/update?where=%7B%7D", bad.clone()).await, nowhere);
    broken(&rest.json("POST", "/api/Products/upsertWithWhere?where[name]=z", bad.clone()).await, nowhere);
    broken(&rest.json("POST", "/api/Products/upsertWithWhere?where[name]=b", bad).await, nowhere);
    // The one that leads nowhere of several.
    let answer =
        rest.json("POST", "/api/Products", json!({ "categoryId": category["id"], "shopId": 5, "coded": null })).await;
    broken(&answer, "Product.shop: there is no Shop with the id 5");
    assert_eq!(lab.number("SELECT COUNT(*) FROM product").await, 2);
}

async fn a_row_that_others_refer_to_stays(lab: Lab) {
    let rest = lab.rest();
    let category = rest.create("/api/Categories", json!({})).await;
    rest.create("/api/Categories", json!({})).await;
    rest.create("/api/Products", json!({ "categoryId": category["id"] })).await;
    let message = "cannot delete the Category: Products refer to it by their relation `category`";
    broken(&rest.call("DELETE", "/api/Categories/1").await, message);
    assert_eq!(lab.number("SELECT COUNT(*) FROM category").await, 2);
    assert_eq!(rest.call("DELETE", "/api/Categories/2").await.status, 200);
    assert_eq!(rest.call("DELETE", "/api/Products/1").await.status, 200);
    assert_eq!(rest.call("DELETE", "/api/Categories/1").await.status, 200);
}

async fn rows_go_or_let_go_with_the_row_they_refer_to(lab: Lab) {
    let rest = lab.rest();
    for name in ["a", "b"] {
        rest.create("/api/Shops", json!({ "name": name })).await;
    }
    rest.create("/api/Products", json!({ "shopId": 1 })).await;
    rest.create("/api/Products", json!({ "shopId": 2, "oldShopId": 1 })).await;
    assert_eq!(rest.call("DELETE", "/api/Shops/1").await.status, 200);
    let left = rest.get("/api/Products").await.json();
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
    assert_eq!((&left[0]["shopId"], &left[0]["oldShopId"]), (&json!(2), &json!(null)));
}

async fn a_row_below_one_that_goes_along_is_in_the_way(lab: Lab) {
    let rest = lab.rest();
    rest.create("/api/Shops", json!({})).await;
    rest.create("/api/Products", json!({ "shopId": 1 })).await;
    rest.create("/api/Reviews", json!({ "productId": 1 })).await;
    let message =
        "cannot delete the Shop: Reviews refer, by their relation `product`, to the Products that would go with it";
    broken(&rest.call("DELETE", "/api/Shops/1").await, message);
    assert_eq!(lab.number("SELECT COUNT(*) FROM product").await, 1);
}

async fn a_value_that_others_refer_to_stays(lab: Lab) {
    let rest = lab.rest();
    rest.create("/api/Categories", json!({ "code": "x" })).await;
    rest.create("/api/Products", json!({ "coded": "x" })).await;
    let nowhere = rest.json("POST", "/api/Products", json!({ "coded": "y" })).await;
    broken(&nowhere, "Product.coded_as: there is no Category with the code y");
    let message = "cannot change the code of the Category: Products refer to it by their relation `coded_as`";
    broken(&rest.json("PATCH", "/api/Categories/1", json!({ "code": "z" })).await, message);
    broken(&rest.json("POST", "/api/Categories/1/replace", json!({})).await, message);
    assert_eq!(rest.json("PATCH", "/api/Categories/1", json!({ "code": "x" })).await.status, 200);
}

async fn rows_of_one_table_refer_to_each_other(lab: Lab) {
    let rest = lab.rest();
    rest.create("/api/People", json!({})).await;
    rest.create("/api/People", json!({ "bossId": 1 })).await;
    rest.create("/api/Teams", json!({ "leadId": 2 })).await;
    assert_eq!(rest.json("PATCH", "/api/People/2", json!({ "teamId": 1 })).await.status, 200);
    let answer = rest.json("PATCH", "/api/People/1", json!({ "bossId": 7 })).await;
    broken(&answer, "Person.boss: there is no Person with the id 7");
    let boss = "cannot delete the Person: People refer to it by their relation `boss`";
    broken(&rest.call("DELETE", "/api/People/1").await, boss);
    let lead = "cannot delete the Person: Teams refer to it by their relation `lead`";
    broken(&rest.call("DELETE", "/api/People/2").await, lead);
    assert_eq!(rest.call("DELETE", "/api/Teams/1").await.status, 200);
    assert_eq!(rest.get("/api/People/2").await.json()["teamId"], json!(null));
}

async fn text_is_a_key_as_well(lab: Lab) {
    let rest = lab.rest();
    rest.create("/api/Countries", json!({ "code": "no" })).await;
    rest.create("/api/Cities", json!({ "countryCode": "no" })).await;
    let long = "x".repeat(100);
    let answer = rest.json("POST", "/api/Cities", json!({ "countryCode": long })).await;
    broken(&answer, &format!("City.country: there is no Country with the code {}...", &long[..64]));
    let message = "cannot delete the Country: Cities refer to it by their relation `country`";
    broken(&rest.call("DELETE", "/api/Countries/no").await, message);
}

async fn in_a_transaction_the_relation_is_named_too(lab: Lab) {
    let rest = lab.rest();
    rest.create("/api/Categories", json!({})).await;
    let list = json!([{ "categoryId": 1 }, { "categoryId": 999 }, { "categoryId": 1 }]);
    let answer = rest.json("POST", "/api/Products", list).await;
    broken(&answer, "item 1 of the list: Product.category: there is no Category with the id 999");
    assert_eq!(lab.number("SELECT COUNT(*) FROM product").await, 0, "all or none");
    // The connection is fit for use again.
    rest.create("/api/Products", json!({ "categoryId": 1 })).await;
}

async fn links_go_with_either_end(lab: Lab) {
    let rest = lab.rest();
    rest.create("/api/Countries", json!({ "code": "no" })).await;
    for _ in 0..2 {
        rest.create("/api/Shops", json!({})).await;
    }
    lab.sql("INSERT INTO country_shop (country_id, shop_id) VALUES ('no', 1)").await;
    lab.sql("INSERT INTO country_shop (country_id, shop_id) VALUES ('no', 2)").await;
    let nowhere = "INSERT INTO country_shop (country_id, shop_id) VALUES ('se', 2)";
    assert!(lab.ctx.db().execute_unprepared(nowhere).await.is_err(), "there is no such country");
    assert_eq!(rest.call("DELETE", "/api/Shops/1").await.status, 200);
    assert_eq!(lab.number("SELECT COUNT(*) FROM country_shop").await, 1);
    assert_eq!(rest.call("DELETE", "/api/Countries/no").await.status, 200);
    assert_eq!(lab.number("SELECT COUNT(*) FROM country_shop").await, 0);
}

async fn a_row_is_not_deleted_under_one_that_is_made(lab: Lab) {
    let rest = lab.rest();
    for id in 1..=20 {
        rest.create("/api/Categories", json!({})).await;
        let (body, target) = (json!({ "categoryId": id }), format!("/api/Categories/{id}"));
        let calls = [("POST", "/api/Products".to_owned(), Some(body)), ("DELETE", target, None)];
        let started = calls.map(|(method, target, body)| {
            let rest = rest.clone();
            tokio::spawn(async move {
                match body {
                    Some(body) => rest.json(method, &target, body).await,
                    None => rest.call(method, &target).await,
                }
            })
        });
        let answers: Vec<_> = join_all(started).await.into_iter().map(|answer| answer.unwrap()).collect();
        let [made, gone] = answers.as_slice() else { panic!("two answers") };
        for answer in [made, gone] {
            assert!([200, 409].contains(&answer.status), "{answer}");
        }
        assert!(made.status == 409 || gone.status == 409, "both: {made} {gone}");
    }
    let orphans = "SELECT COUNT(*) FROM product WHERE category_id NOT IN (SELECT id FROM category)";
    assert_eq!(lab.number(orphans).await, 0);
}

// ---- the schema ----------------------------------------------------------------------------------------------------

async fn on(place: &Place, models: &[&'static ModelDef], migrate: Migrate) -> Result<App> {
    App::builder().models(models.iter().copied()).database_url(&place.url).migrate(migrate).build().await
}

async fn tables_in_circles_are_made_found_and_dropped(place: &Place) {
    for migrate in [Migrate::Update, Migrate::Recreate, Migrate::Check, Migrate::Update, Migrate::Recreate] {
        let app = on(place, SHOPS, migrate).await.unwrap();
        assert_eq!(app.schema_difference().await.unwrap(), [], "{migrate:?}");
        let rest = Rest::of(&app);
        let boss = rest.create("/api/People", json!({})).await;
        let person = rest.create("/api/People", json!({ "bossId": boss["id"] })).await;
        let team = rest.create("/api/Teams", json!({ "leadId": person["id"] })).await;
        let target = format!("/api/People/{}", person["id"]);
        assert_eq!(rest.json("PATCH", &target, json!({ "teamId": team["id"] })).await.status, 200);
    }
    // One of the tables, when the other, which is no model's here, refers to it.
    let error = on(place, &[&COUNTRY], Migrate::Recreate).await.unwrap_err();
    assert!(error.message().contains("`city`, which belongs to no model, refers to it"), "{error}");
}

static PRODUCT_BEFORE: ModelDef =
    model("Thing", &[ID, PropertyDef::of::<Option<i32>>("categoryId", "category", "category_id")], &[]);
static THING: ModelDef = ModelDef {
    relations: &[belongs_to("category", 1, || &CATEGORY, OnDelete::Restrict)],
    ..model("Thing", PRODUCT_BEFORE.properties, &[])
};
static THING_GOES_ALONG: ModelDef = ModelDef {
    relations: &[belongs_to("category", 1, || &CATEGORY, OnDelete::Cascade)],
    ..model("Thing", PRODUCT_BEFORE.properties, &[])
};
static THING_UNGUARDED: ModelDef = ModelDef {
    relations: &[RelationDef {
        constraint: Some(false),
        ..belongs_to("category", 1, || &CATEGORY, OnDelete::Restrict)
    }],
    ..model("Thing", PRODUCT_BEFORE.properties, &[])
};

async fn a_foreign_key_is_added_to_rows_that_keep_to_it(place: &Place) {
    if place.database == loopback_tests::lab::Database::SqliteMemory {
        return;
    }
    let app = on(place, &[&CATEGORY, &PRODUCT_BEFORE], Migrate::Update).await.unwrap();
    Rest::of(&app).create("/api/Categories", json!({})).await;
    for category in [1, 998, 999] {
        Rest::of(&app).create("/api/Things", json!({ "categoryId": category })).await;
    }
    let models: [&ModelDef; 2] = [&CATEGORY, &THING];
    if place.database.is_sqlite() {
        // It cannot be added; that is a line in the log and no difference.
        let app = on(place, &models, Migrate::Update).await.unwrap();
        assert_eq!(app.schema_difference().await.unwrap(), []);
        Rest::of(&app).create("/api/Things", json!({ "categoryId": 5 })).await;
        on(place, &models, Migrate::Check).await.unwrap();
        return;
    }
    for migrate in [Migrate::Update, Migrate::Check] {
        let error = on(place, &models, migrate).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let expected = "the foreign key `fk_thing_category_id` of Thing.category cannot be added: 2 rows of Thing have a \
                        `category_id` that no Category has as its `id`; correct or delete them, or give the relation \
                        `foreign_key_constraint = false`";
        assert!(error.message().contains(expected), "{error}");
    }
    on(place, &[&CATEGORY, &THING_UNGUARDED], Migrate::Update).await.unwrap();
    app.ctx().db().execute_unprepared("DELETE FROM thing WHERE category_id > 1").await.unwrap();
    let error = on(place, &models, Migrate::Check).await.unwrap_err();
    assert!(error.message().contains("foreign key `fk_thing_category_id` of Thing.category is missing"), "{error}");
    let app = on(place, &models, Migrate::Update).await.unwrap();
    assert_eq!(app.schema_difference().await.unwrap(), []);
    broken(
        &Rest::of(&app).json("POST", "/api/Things", json!({ "categoryId": 7 })).await,
        "Thing.category: there is no Category with the id 7",
    );
    // What is there and no model asks for stays.
    let app = on(place, &[&CATEGORY, &THING_UNGUARDED], Migrate::Update).await.unwrap();
    let answer = Rest::of(&app).json("POST", "/api/Things", json!({ "categoryId": 7 })).await;
    broken(&answer, "a key of the Thing and what it refers to do not meet");
}

async fn a_change_of_what_follows_a_deletion_reaches_the_database(place: &Place) {
    if place.database.is_sqlite() {
        return;
    }
    on(place, &[&CATEGORY, &THING], Migrate::Update).await.unwrap();
    let error = on(place, &[&CATEGORY, &THING_GOES_ALONG], Migrate::Check).await.unwrap_err();
    assert!(error.message().contains("refers to id of `category` ON DELETE RESTRICT"), "{error}");
    let app = on(place, &[&CATEGORY, &THING_GOES_ALONG], Migrate::Update).await.unwrap();
    assert_eq!(app.schema_difference().await.unwrap(), []);
    let rest = Rest::of(&app);
    rest.create("/api/Categories", json!({})).await;
    rest.create("/api/Things", json!({ "categoryId": 1 })).await;
    assert_eq!(rest.call("DELETE", "/api/Categories/1").await.status, 200);
    assert_eq!(rest.get("/api/Things/count").await.json()["count"], 0);
    // One that was made by hand, with another name, is not touched.
    let db = app.ctx().db().clone();
    let drop = if place.database == loopback_tests::lab::Database::MySql { "FOREIGN KEY" } else { "CONSTRAINT" };
    db.execute_unprepared(&format!("ALTER TABLE thing DROP {drop} fk_thing_category_id")).await.unwrap();
    let by_hand = "ALTER TABLE thing ADD CONSTRAINT mine FOREIGN KEY (category_id) REFERENCES category (id)";
    db.execute_unprepared(by_hand).await.unwrap();
    on(place, &[&CATEGORY, &THING], Migrate::Check).await.unwrap();
    let error = on(place, &[&CATEGORY, &THING_GOES_ALONG], Migrate::Update).await.unwrap_err();
    assert!(
        error.message().contains("`mine` is ON DELETE RESTRICT, Thing.category needs ON DELETE CASCADE"),
        "{error}"
    );
    // Its name is not known, so the rows are asked.
    let app = on(place, &[&CATEGORY, &THING], Migrate::Leave).await.unwrap();
    let answer = Rest::of(&app).json("POST", "/api/Things", json!({ "categoryId": 7 })).await;
    broken(&answer, "Thing.category: there is no Category with the id 7");
}

static MAY: ModelDef = ModelDef {
    relations: &[belongs_to("category", 1, || &CATEGORY, OnDelete::SetNull)],
    ..model("Thing", &[ID, PropertyDef::of::<Option<i32>>("categoryId", "category", "category_id")], &[])
};
static MUST: ModelDef = ModelDef {
    relations: &[belongs_to("category", 1, || &CATEGORY, OnDelete::Restrict)],
    ..model("Thing", &[ID, PropertyDef::of::<i32>("categoryId", "category", "category_id")], &[])
};

async fn a_key_that_need_not_be_there_any_more_stays_guarded(place: &Place) {
    if place.database == loopback_tests::lab::Database::SqliteMemory {
        return;
    }
    let rest = Rest::of(&on(place, &[&CATEGORY, &MUST], Migrate::Update).await.unwrap());
    rest.create("/api/Categories", json!({})).await;
    rest.create("/api/Things", json!({ "categoryId": 1 })).await;
    // Of SQLite's table the column is made anew, and its constraint with it.
    let app = on(place, &[&CATEGORY, &MAY], Migrate::Update).await.unwrap();
    assert_eq!(app.schema_difference().await.unwrap(), []);
    let rest = Rest::of(&app);
    rest.create("/api/Things", json!({ "categoryId": null })).await;
    assert_eq!(rest.json("POST", "/api/Things", json!({ "categoryId": 9 })).await.status, 409);
    assert_eq!(rest.call("DELETE", "/api/Categories/1").await.status, 200);
    assert_eq!(rest.get("/api/Things/1").await.json()["categoryId"], json!(null));
}

async fn five_apps_make_foreign_keys_at_once(place: &Place) {
    if place.database == loopback_tests::lab::Database::SqliteMemory {
        return;
    }
    for app in join_all((0..5).map(|_| on(place, SHOPS, Migrate::Update))).await {
        assert_eq!(app.unwrap().schema_difference().await.unwrap(), []);
    }
}

async fn what_no_relation_asks_for_is_not_guarded(place: &Place) {
    let app = App::builder()
        .models([&CATEGORY, &THING])
        .database_url(&place.url)
        .migrate(Migrate::Recreate)
        .foreign_key_constraints(false);
    let app = app.build().await.unwrap();
    Rest::of(&app).create("/api/Things", json!({ "categoryId": 999 })).await;
    let db = app.ctx().db().clone();
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), "SELECT COUNT(*) FROM thing")).await;
    assert_eq!(row.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap(), 1);
}
