//! Against SQLite in memory. The suite of connectors has the other databases.

use super::*;
use sea_orm::{ConnectOptions, Database, Statement};

/// An empty database in memory. It has one connection: the schema must do with that.
pub(super) async fn memory() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|options| options.collation("decimal", |one: &str, other: &str| one.cmp(other)));
    Database::connect(options).await.expect("sqlite in memory")
}

pub(super) async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.expect(sql);
}

pub(super) async fn one(db: &DatabaseConnection, sql: &str) -> String {
    let sql = format!("SELECT CAST(({sql}) AS TEXT) AS it");
    let row = db.query_one_raw(Statement::from_string(Dialect::Sqlite.backend(), sql)).await.expect("query");
    row.expect("a row").try_get("", "it").unwrap_or_default()
}

pub(super) fn whats(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.what.as_str()).collect()
}

#[tokio::test]
async fn a_new_database_fits_after_an_update_and_stays_so() {
    let db = memory().await;
    let models = every_kind();
    let done = auto_update(&db, &models).await.unwrap();
    assert_eq!(done.iter().map(|change| change.kind).collect::<Vec<_>>(), [ChangeKind::Create; 2]);
    assert_eq!(difference(&db, &models).await.unwrap(), []);
    assert_eq!(auto_update(&db, &models).await.unwrap(), []);
    auto_migrate(&db, &models).await.unwrap();
    assert_eq!(difference(&db, &models).await.unwrap(), []);
}

#[tokio::test]
async fn migrating_empties_tables_and_sequences() {
    let db = memory().await;
    let models = every_kind();
    auto_migrate(&db, &models).await.unwrap();
    run(&db, "INSERT INTO shop (name) VALUES ('a')").await;
    run(&db, "UPDATE loopback_sequences SET next = 7").await;
    auto_migrate(&db, &models).await.unwrap();
    assert_eq!(one(&db, "SELECT count(*) FROM shop").await, "0");
    assert_eq!(one(&db, "SELECT next FROM loopback_sequences").await, "1");
}

#[tokio::test]
async fn null_equals_null_in_a_scope_only() {
    let db = memory().await;
    const NAME: PropertyDef = unique(named("name"), &[ValidationDef::new(RuleDef::Uniqueness { scope: &["city"] })]);
    auto_migrate(&db, &shop(&[ID, NAME, named("city")])).await.unwrap();
    run(&db, "INSERT INTO shop (name) VALUES ('a'), (NULL), (NULL)").await;
    run(&db, "INSERT INTO shop (name, city) VALUES ('a', '')").await;
    assert!(db.execute_unprepared("INSERT INTO shop (name) VALUES ('a')").await.is_err());
    assert!(db.execute_unprepared("INSERT INTO shop (name, city) VALUES ('a', '')").await.is_err());
}

#[tokio::test]
async fn columns_indexes_and_defaults_are_added_to_rows_that_are_there() {
    let db = memory().await;
    auto_migrate(&db, &shop(&[ID])).await.unwrap();
    run(&db, "INSERT INTO shop (id) VALUES (1)").await;
    const CODE: PropertyDef = unique(named("code"), &[ValidationDef::new(RuleDef::Uniqueness { scope: &[] })]);
    let models = shop(&[
        ID,
        CODE,
        required(of("rating", KindDef::Number), DefaultDef::Literal(Literal::Float(1.5))),
        required(of("at", KindDef::DateTime), DefaultDef::Now),
    ]);
    let changes = auto_update(&db, &models).await.unwrap();
    assert_eq!(
        whats(&changes),
        [
            "column `code` is missing",
            "column `rating` is missing",
            "column `at` is missing",
            "the unique index `uq_shop_code` on code is missing"
        ]
    );
    assert_eq!(one(&db, "SELECT rating || ' ' || length(at) > 20 FROM shop").await, "1");
    assert_eq!(difference(&db, &models).await.unwrap(), []);
}

#[tokio::test]
async fn a_required_column_without_default_needs_an_empty_table() {
    let db = memory().await;
    auto_migrate(&db, &shop(&[ID])).await.unwrap();
    let models = shop(&[ID, required(named("name"), DefaultDef::None), named("city")]);
    run(&db, "INSERT INTO shop (id) VALUES (1)").await;
    let error = auto_update(&db, &models).await.unwrap_err();
    assert_eq!(
        error.message(),
        "auto_update cannot make the database fit the models:\
         \n  table `shop`: column `name` is missing and cannot be added: `Shop.name` is required and has no default, \
         but the table has rows; give the property a literal default, or make it an `Option`\
         \nand has left undone what it can:\
         \n  table `shop`: column `city` is missing"
    );
    run(&db, "DELETE FROM shop").await;
    auto_update(&db, &models).await.unwrap();
    assert!(db.execute_unprepared("INSERT INTO shop (id) VALUES (1)").await.is_err(), "NOT NULL");
    assert_eq!(difference(&db, &models).await.unwrap(), []);
}

#[tokio::test]
async fn a_column_that_may_be_null_now_keeps_its_values_and_indexes() {
    let db = memory().await;
    const NAME: PropertyDef = unique(named("name"), &[ValidationDef::new(RuleDef::Uniqueness { scope: &["city"] })]);
    let strict = [ID, required(NAME, DefaultDef::None), named("city")];
    auto_migrate(&db, &shop(&strict)).await.unwrap();
    run(&db, "INSERT INTO shop (name) VALUES ('a')").await;
    let models = shop(&[ID, NAME, named("city")]);
    let changes = auto_update(&db, &models).await.unwrap();
    assert_eq!(whats(&changes), ["column `name` is NOT NULL, but `Shop.name` may be null"]);
    assert_eq!(one(&db, "SELECT name FROM shop").await, "a");
    run(&db, "INSERT INTO shop (city) VALUES ('b')").await;
    assert!(db.execute_unprepared("INSERT INTO shop (name) VALUES ('a')").await.is_err(), "the index is back");
    assert_eq!(difference(&db, &models).await.unwrap(), []);
}

#[tokio::test]
async fn what_cannot_hold_the_values_is_reported_and_left_alone() {
    let db = memory().await;
    run(&db, "CREATE TABLE shop (id TEXT, rating INTEGER, seats TEXT, extra TEXT NOT NULL, free TEXT)").await;
    let models = shop(&[ID, of("rating", KindDef::Number), of("seats", KindDef::Integer { min: 0, max: 9 })]);
    let expected = [
        "column `id` is `TEXT`, the model needs `INTEGER`",
        "column `rating` is `INTEGER`, the model needs `REAL`",
        "column `seats` is `TEXT`, the model needs `INTEGER`",
        "column `extra` is NOT NULL without a default, and model `Shop` has no such property, so that no row could be \
         added: give the column a default or drop it, or add the property",
        "column `id` is the id but neither primary key nor unique",
    ];
    assert_eq!(whats(&difference(&db, &models).await.unwrap()), expected);
    assert!(auto_update(&db, &models).await.is_err());
    assert_eq!(whats(&difference(&db, &models).await.unwrap()), expected);
}

#[tokio::test]
async fn a_table_made_by_hand_fits() {
    let db = memory().await;
    run(
        &db,
        "CREATE TABLE Shop (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(20) NOT NULL, price DOUBLE PRECISION,
         in_stock BOOLEAN, tags TEXT NOT NULL, created_at TEXT, category_id INTEGER, other TEXT);
         CREATE UNIQUE INDEX by_name ON Shop (NAME)",
    )
    .await;
    const NAME: PropertyDef = unique(named("name"), &[ValidationDef::new(RuleDef::Uniqueness { scope: &[] })]);
    let models = shop(&[
        ID,
        required(NAME, DefaultDef::None),
        required(of("price", KindDef::Number), DefaultDef::Literal(Literal::Float(0.0))),
        of("in_stock", KindDef::Boolean),
        required(of("tags", KindDef::Array(&KindDef::String)), DefaultDef::None),
        of("created_at", KindDef::DateTime),
        PropertyDef { index: true, ..of("category_id", KindDef::Integer { min: 0, max: 9 }) },
    ]);
    let changes = auto_update(&db, &models).await.unwrap();
    assert_eq!(whats(&changes), ["the index `ix_shop_category_id` on category_id is missing"]);
}

#[tokio::test]
async fn a_sequence_starts_after_the_rows_that_are_there() {
    let db = memory().await;
    auto_migrate(&db, &shop(&[ID])).await.unwrap();
    run(&db, "INSERT INTO shop (id) VALUES (41)").await;
    let free = SettingsDef { force_id: Some(false), ..SettingsDef::DEFAULT };
    let models = model(&[ID], free);
    auto_update(&db, &models).await.unwrap();
    assert_eq!(one(&db, "SELECT next FROM loopback_sequences WHERE name = 'shop'").await, "42");
    assert_eq!(difference(&db, &models).await.unwrap(), []);
}

#[tokio::test]
async fn a_failed_update_changes_nothing_and_says_where() {
    let db = memory().await;
    auto_migrate(&db, &shop(&[ID, named("name")])).await.unwrap();
    run(&db, "INSERT INTO shop (name) VALUES ('a'), ('a')").await;
    const NAME: PropertyDef = unique(named("name"), &[ValidationDef::new(RuleDef::Uniqueness { scope: &[] })]);
    let models = shop(&[ID, named("city"), NAME]);
    let error = auto_update(&db, &models).await.unwrap_err();
    assert!(
        error.message().starts_with("table `shop`: the unique index `uq_shop_name` on name is missing: "),
        "{error}"
    );
    assert_eq!(difference(&db, &models).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_future_of_ours_may_be_spawned() {
    let db = memory().await;
    let models = every_kind();
    let task = tokio::spawn(async move { auto_update(&db, &models).await.map(|changes| changes.len()) });
    assert_eq!(task.await.unwrap().unwrap(), 2);
}
