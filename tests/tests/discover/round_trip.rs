//! Tables that the framework has made: discovered, they are the same models.

use super::{execute, run};
use loopback::prelude::*;
use loopback_tests::databases::{Kind, Scratch};
use loopback_tests::rest::Rest;
use serde_json::{Value as Json, json};

#[model(unique(name, city), index(city, opened))]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[property(sql(length = 80))]
    pub name: String,
    #[property(index)]
    pub city: Option<String>,
    #[property(default = now)]
    pub opened: DateTime<Utc>,
    #[property(default = "new")]
    pub state: String,
    #[property(default = -1)]
    pub seats: i32,
    #[property(default = 0.5)]
    pub rating: f64,
    #[property(default = true)]
    pub open: bool,
    #[property(sql(precision = 8, scale = 2))]
    pub price: Option<Decimal>,
    #[property(default = now)]
    pub day: NaiveDate,
    #[property(unique)]
    pub code: Option<String>,
    pub sales: HasMany<Sale>,
    pub labels: HasAndBelongsToMany<Label>,
    pub licence: HasOne<Licence>,
}

#[model]
pub struct Label {
    #[property(id, generated)]
    pub id: Uuid,
    pub text: String,
    pub shops: HasAndBelongsToMany<Shop>,
}

#[model(force_id = false)]
pub struct Sale {
    #[property(id, generated)]
    pub id: i64,
    #[property(column = "Sold To")]
    pub sold_to: String,
    #[relation(on_delete = cascade)]
    pub shop: BelongsTo<Shop>,
    #[relation(on_delete = set_null)]
    pub label: Option<BelongsTo<Label>>,
}

#[model(table = "shop_licence", strict = false)]
pub struct Licence {
    #[property(id)]
    pub id: String,
    pub shop: BelongsTo<Shop>,
}

async fn app(database: &Scratch) -> (App, Rest) {
    let models = [Shop::DEF, Label::DEF, Sale::DEF, Licence::DEF];
    let app = App::builder().models(models).database_url(database.url()).migrate(Migrate::Recreate).build().await;
    let app = app.expect("an app");
    let rest = Rest::of(&app);
    (app, rest)
}

/// The rows of a model, by an app of these definitions whose schema must fit.
async fn answers(database: &Scratch, definitions: &[Json], paths: &[&str]) -> Vec<Json> {
    let app = definitions.iter().fold(App::builder().models([]), |app, json| app.define_model(json.clone()));
    let app = app.database_url(database.url()).migrate(Migrate::Check).build().await;
    let app = app.unwrap_or_else(|error| panic!("{error}\n{definitions:#?}"));
    assert_eq!(app.schema_difference().await.expect("a difference").len(), 0);
    let rest = Rest::of(&app);
    let mut rows = Vec::new();
    for path in paths {
        rows.push(rest.get(path).await.json());
    }
    rows
}

fn round_trip(kind: Kind) {
    let Some(database) = kind.scratch() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (_, rest) = app(&database).await;
        let shop = json!({ "name": "Bar \"x\"", "city": "Oslo", "price": "12.5", "day": "2026-11-27", "code": "b" });
        let shop = rest.create("/api/Shops", shop).await;
        let id = &shop["id"];
        let label = rest.create(&format!("/api/Shops/{id}/labels"), json!({ "text": "new" })).await;
        rest.create("/api/Sales", json!({ "id": 40, "soldTo": "Ada", "shopId": id, "labelId": label["id"] })).await;
        rest.create("/api/Licences", json!({ "id": "l-1", "shopId": id, "extra": { "a": [1] } })).await;
        let own = ["/api/Shops", "/api/Sales", "/api/Labels", "/api/Licences"];
        let mut before = Vec::new();
        for path in own {
            before.push(rest.get(path).await.json());
        }

        let ran = run("quickstart", database.url(), &["discover", "--json"], &[]);
        assert_eq!(ran.err, "", "{}", ran.out);
        let definitions: Vec<Json> = serde_json::from_str(&ran.fine()).expect("a list of definitions");
        // A name of the database is the name of a model.
        let paths = ["/api/Shops", "/api/Sales", "/api/Labels", "/api/ShopLicences"];
        let after = answers(&database, &definitions, &paths).await;
        assert_eq!(before, after);

        let filter = r#"{"include":["sales","labels","shopLicence"]}"#.replace('"', "%22");
        let included = answers(&database, &definitions, &[&format!("/api/Shops?filter={filter}")]).await;
        let shop = &included[0][0];
        assert_eq!(shop["sales"][0]["soldTo"], "Ada", "{shop}");
        assert_eq!(shop["labels"][0]["text"], "new", "{shop}");
        let of_shop = &definitions.iter().find(|one| one["name"] == "Shop").expect("a model")["properties"];
        for (property, key, value) in [
            ("opened", "defaultFn", json!("now")),
            ("day", "defaultFn", json!("now")),
            ("state", "default", json!("new")),
            ("seats", "default", json!(-1)),
            ("rating", "default", json!(0.5)),
            ("open", "default", json!(true)),
            ("name", "length", json!(80)),
        ] {
            assert_eq!(of_shop[property][key], value, "{property}: {of_shop}");
        }
        let sale = definitions.iter().find(|one| one["name"] == "Sale").expect("a model");
        assert_eq!(sale["relations"]["shop"]["options"]["onDelete"], "cascade", "{sale}");
        assert_eq!(sale["relations"]["label"]["options"]["onDelete"], "setNull", "{sale}");
        assert!(!definitions.iter().any(|one| one["name"].as_str().is_some_and(|name| name.contains("Sequences"))));

        // Nothing has been changed by all of that, and the rows go with their shop as before.
        assert_eq!(rest.call("DELETE", "/api/Licences/l-1").await.status, 200);
        let gone = rest.call("DELETE", &format!("/api/Shops/{id}")).await;
        assert_eq!(gone.status, 200, "{gone}");
        assert_eq!(rest.get("/api/Sales").await.json(), json!([]));
    });
}

#[test]
fn tables_of_the_framework_in_sqlite_are_the_same_models() {
    round_trip(Kind::Sqlite);
}

#[test]
fn tables_of_the_framework_in_postgres_are_the_same_models() {
    round_trip(Kind::Postgres);
}

#[test]
fn tables_of_the_framework_in_mysql_are_the_same_models() {
    round_trip(Kind::MySql);
}

#[test]
fn an_app_that_is_data_serves_what_was_discovered() {
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    execute(
        &database,
        "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n\
         CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES author);\n\
         CREATE INDEX of_author ON book (author_id);",
    );
    let text = run("quickstart", database.url(), &["discover", "--json"], &[]).fine();
    let folder = std::env::temp_dir().join(format!("lb_discover_data_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("app.json");
    std::fs::write(&file, format!("{{\"models\": {text}}}")).expect("a file");
    let place = file.display().to_string();
    let environment = [("LOOPBACK_APP", place.as_str())];
    // Its tables of users are still to be made, and nothing of ours.
    let status = run("data-app", database.url(), &["migrate", "plan"], &environment);
    assert!(!status.out.contains("table `book`") && status.out.contains("access_token"), "{}", status.out);
    let rest = run("data-app", database.url(), &["discover"], &environment);
    assert!(rest.err.contains("every table has a model already"), "{}", rest.err);
    let _ = std::fs::remove_dir_all(&folder);
}
