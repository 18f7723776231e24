//! A connector of the application's own, that of `examples/own-connector`: its rows are in memory, beside those of SQLite.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

use loopback::connector::{Condition, Connector, InsertPlan, RowVisitor, SelectPlan, SourceSettings, Tx, UpdatePlan};
use loopback::graph::ModelNode;
use loopback::prelude::*;
use loopback::{ConfigFolder, ConnectorOptions};
use loopback_tests::http::Request;
use loopback_tests::rest::{Rest, encoded};
use loopback_tests::server::{Server, built};
use own_connector::models::{Category, Item, Movement};
use own_connector::shelf::Shelf;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

fn builder() -> AppBuilder {
    App::builder()
        .models([Category::DEF, Item::DEF, Movement::DEF])
        .database_url("sqlite::memory:")
        .connector("shelf", |settings| async move { Shelf::open(&settings) })
}

/// The shop, with its stock on a shelf.
async fn shop(transactions: bool) -> App {
    let stock = ConnectorOptions::new("shelf").set("transactions", transactions);
    builder().data_source("stock", stock).build().await.unwrap()
}

/// Five items in two categories.
async fn filled(app: &App) -> Rest {
    let rest = Rest::of(app);
    for name in ["Tea", "Coffee"] {
        rest.create("/api/Categories", json!({ "name": name })).await;
    }
    for (sku, name, amount, category) in [
        ("A1", json!("Assam"), 5, json!(1)),
        ("B2", json!("bean"), 0, json!(2)),
        ("C3", json!(null), 12, json!(1)),
        ("D4", json!("Darjeeling"), 3, json!(1)),
        ("E5", json!("espresso"), 12, json!(null)),
    ] {
        let tags = json!([format!("t{amount}")]);
        let item = json!({ "sku": sku, "name": name, "amount": amount, "categoryId": category, "tags": tags });
        rest.create("/api/Items", item).await;
    }
    rest
}

/// The codes of the items that a filter finds.
async fn skus(rest: &Rest, filter: Json) -> String {
    let answer = rest.find("/api/Items", filter.clone()).await;
    assert_eq!(answer.status, 200, "{filter}: {answer}");
    answer
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["sku"].as_str().unwrap_or("?"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn rows_are_created_read_changed_and_deleted() {
    for transactions in [true, false] {
        let rest = filled(&shop(transactions).await).await;
        let item = rest.get("/api/Items/1").await.json();
        assert_eq!(
            item,
            json!({ "id": 1, "sku": "A1", "name": "Assam", "amount": 5, "tags": ["t5"], "categoryId": 1 })
        );
        let patched = rest.json("PATCH", "/api/Items/1", json!({ "amount": 6 })).await.json();
        assert_eq!((&patched["amount"], &patched["sku"]), (&json!(6), &json!("A1")));
        let replaced = rest.json("POST", "/api/Items/1/replace", json!({ "sku": "A9" })).await;
        assert_eq!(replaced.json()["amount"], json!(0), "{replaced}");
        assert_eq!(rest.get("/api/Items/1").await.json()["name"], json!(null));
        let upserted = rest.json("PATCH", "/api/Items", json!({ "id": 1, "name": "again" })).await;
        assert_eq!(upserted.json()["sku"], json!("A9"), "{upserted}");
        let upserted = rest.json("PATCH", "/api/Items", json!({ "sku": "F6" })).await;
        assert_eq!(upserted.json()["id"], json!(6), "{upserted}");
        let path = format!("/api/Items/upsertWithWhere?where={}", encoded(r#"{"sku": "F6"}"#));
        let upserted = rest.json("POST", &path, json!({ "amount": 8 })).await;
        assert_eq!((&upserted.json()["id"], &upserted.json()["amount"]), (&json!(6), &json!(8)), "{upserted}");
        assert_eq!(rest.call("DELETE", "/api/Items/6").await.json(), json!({ "count": 1 }));
        assert_eq!(rest.call("DELETE", "/api/Items/6").await.json(), json!({ "count": 0 }));
        assert_eq!(rest.get("/api/Items/6").await.status, 404);
        assert_eq!(rest.get("/api/Items/1/exists").await.json(), json!({ "exists": true }));
    }
}

#[tokio::test]
async fn filters_choose_order_and_page() {
    let rest = filled(&shop(false).await).await;
    for (filter, found) in [
        (json!({}), "A1 B2 C3 D4 E5"),
        (json!({ "where": { "amount": { "gt": 3 } } }), "A1 C3 E5"),
        (json!({ "where": { "name": null } }), "C3"),
        (json!({ "where": { "name": { "ilike": "%E%" } } }), "B2 D4 E5"),
        (json!({ "where": { "name": { "like": "%e%" } } }), "B2 D4 E5"),
        (json!({ "where": { "name": { "regexp": "^[A-D]" } } }), "A1 D4"),
        (json!({ "where": { "sku": { "inq": ["A1", "E5", "no"] } } }), "A1 E5"),
        (json!({ "where": { "sku": { "between": ["B2", "D4"] } } }), "B2 C3 D4"),
        (json!({ "where": { "or": [{ "amount": 0 }, { "sku": "E5" }] } }), "B2 E5"),
        (json!({ "where": { "and": [{ "amount": 12 }, { "name": { "neq": null } }] } }), "E5"),
        (json!({ "order": "amount DESC" }), "E5 C3 A1 D4 B2"),
        (json!({ "order": ["amount DESC", "sku ASC"] }), "C3 E5 A1 D4 B2"),
        (json!({ "order": "name ASC" }), "A1 D4 B2 E5 C3"),
        (json!({ "order": "id DESC", "limit": 2, "skip": 1 }), "D4 C3"),
    ] {
        assert_eq!(skus(&rest, filter.clone()).await, found, "{filter}");
    }
    let answer = rest.find("/api/Items", json!({ "fields": ["sku", "amount"], "limit": 1 })).await;
    assert_eq!(answer.json(), json!([{ "sku": "A1", "amount": 5 }]));
    let count = rest.get(&format!("/api/Items/count?where={}", encoded(r#"{"amount": 12}"#))).await;
    assert_eq!(count.json(), json!({ "count": 2 }));
    let answer = rest.find("/api/Items", json!({ "where": { "amout": 1 } })).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("did you mean `amount`?"), "{answer}");
}

#[tokio::test]
async fn several_rows_are_changed_and_deleted_at_once() {
    let rest = filled(&shop(false).await).await;
    let path = |method: &str| format!("/api/Items{method}?where={}", encoded(r#"{"amount": 12}"#));
    let answer = rest.json("POST", &path("/update"), json!({ "name": "many" })).await;
    assert_eq!(answer.json(), json!({ "count": 2 }), "{answer}");
    assert_eq!(skus(&rest, json!({ "where": { "name": "many" } })).await, "C3 E5");
    let app = shop(false).await;
    filled(&app).await;
    assert_eq!(Item::destroy_all(&app.ctx(), Item::props().amount.eq(12)).await.unwrap(), 2);
    assert_eq!(Item::count(&app.ctx(), ()).await.unwrap(), 3);
}

#[tokio::test]
async fn includes_go_between_the_two_data_sources() {
    let rest = filled(&shop(false).await).await;
    let filter =
        json!({ "include": { "relation": "items", "scope": { "order": "sku DESC", "limit": 2, "fields": ["sku"] } } });
    let categories = rest.find("/api/Categories", filter).await.json();
    assert_eq!(
        categories,
        json!([
            { "id": 1, "name": "Tea", "items": [{ "sku": "D4", "categoryId": 1 }, { "sku": "C3", "categoryId": 1 }] },
            { "id": 2, "name": "Coffee", "items": [{ "sku": "B2", "categoryId": 2 }] },
        ])
    );
    let items =
        rest.find("/api/Items", json!({ "include": "category", "where": { "sku": { "gt": "C4" } } })).await.json();
    assert_eq!(items[0]["category"], json!({ "id": 1, "name": "Tea" }));
    assert!(items[1].get("category").is_none(), "{items}");
    let made = rest.json("POST", "/api/Categories/2/items", json!({ "sku": "new" })).await;
    assert_eq!((&made.json()["categoryId"], &made.json()["sku"]), (&json!(2), &json!("NEW")), "{made}");
    assert_eq!(rest.get("/api/Categories/2/items/count").await.json(), json!({ "count": 2 }));
    assert_eq!(rest.get("/api/Items/1/category").await.json()["name"], json!("Tea"));
}

#[tokio::test]
async fn conditions_go_over_relations_within_the_data_source_alone() {
    let rest = filled(&shop(true).await).await;
    rest.create("/api/Movements", json!({ "itemId": 1, "change": 7 })).await;
    assert_eq!(skus(&rest, json!({ "where": { "movements": { "change": { "gt": 5 } } } })).await, "A1");
    assert_eq!(skus(&rest, json!({ "where": { "movements": null } })).await, "B2 C3 D4 E5");
    for (path, filter) in [
        ("/api/Items", json!({ "where": { "category": { "name": "Tea" } } })),
        ("/api/Items", json!({ "where": { "category.name": "Tea" } })),
        ("/api/Categories", json!({ "where": { "items": { "sku": "A1" } } })),
        ("/api/Categories", json!({ "where": { "items": null } })),
    ] {
        let answer = rest.find(path, filter.clone()).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!("INVALID_FILTER")), "{filter}");
        assert!(answer.text().contains("another data source"), "{answer}");
    }
}

#[tokio::test]
async fn hooks_and_validations_are_the_same() {
    let rest = filled(&shop(false).await).await;
    assert_eq!(rest.create("/api/Items", json!({ "sku": "xyz" })).await["sku"], json!("XYZ"));
    let answer = rest.json("POST", "/api/Items", json!({ "sku": "f", "amount": -1 })).await;
    assert_eq!((answer.status, &answer.json()["error"]["name"]), (422, &json!("ValidationError")), "{answer}");
    assert_eq!(
        answer.json()["error"]["details"]["codes"],
        json!({ "sku": ["length.min"], "amount": ["numericality.min"] })
    );
    let answer = rest.json("POST", "/api/Items", json!({ "sku": "a1" })).await;
    assert_eq!(answer.status, 422, "{answer}");
    assert_eq!(answer.json()["error"]["details"]["codes"], json!({ "sku": ["uniqueness"] }));
}

#[tokio::test]
async fn the_connector_keeps_what_is_unique_where_nobody_has_asked_before() {
    let app = shop(false).await;
    let rest = filled(&app).await;
    // An updateAll asks no row: here it would make two of one code.
    let answer = rest.json("POST", "/api/Items/update?where=%7B%7D", json!({ "sku": "same" })).await;
    assert_eq!(answer.status, 422, "{answer}");
    assert_eq!(answer.json()["error"]["details"]["codes"], json!({ "sku": ["uniqueness"] }));
    assert_eq!(skus(&rest, json!({})).await, "A1 B2 C3 D4 E5", "nothing of it was written");
    // Requests at once: each of them finds the code free.
    let all = (0..20).map(|_| rest.json("POST", "/api/Items", json!({ "sku": "once" })));
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 422)));
}

#[tokio::test]
async fn what_hooks_write_is_written_with_it_or_not_at_all() {
    for transactions in [true, false] {
        let app = shop(transactions).await;
        let rest = filled(&app).await;
        rest.create("/api/Movements", json!({ "itemId": 1, "change": 7 })).await;
        assert_eq!(rest.get("/api/Items/1").await.json()["amount"], json!(12));
        // The item would have less than nothing.
        let refused = rest.json("POST", "/api/Movements", json!({ "itemId": 1, "change": -100 })).await;
        assert_eq!(refused.status, 422, "{refused}");
        assert_eq!(rest.get("/api/Items/1").await.json()["amount"], json!(12));
        // Without transactions what was written before the error stays, as in LoopBack.
        let left = if transactions { 1 } else { 2 };
        assert_eq!(rest.get("/api/Movements/count").await.json(), json!({ "count": left }), "{transactions}");
        let list = json!([{ "sku": "N1" }, { "sku": "N1" }]);
        assert_eq!(rest.json("POST", "/api/Items", list).await.status, 422);
        let left = if transactions { 5 } else { 6 };
        assert_eq!(rest.get("/api/Items/count").await.json(), json!({ "count": left }), "{transactions}");
    }
}

#[tokio::test]
async fn transactions_are_those_of_the_default_data_source() {
    let stock = |transactions: bool| {
        let stock = ConnectorOptions::new("shelf").set("transactions", transactions);
        App::builder()
            .models([Item::DEF, Movement::DEF, Category::DEF])
            .connector("shelf", |settings| async move { Shelf::open(&settings) })
            .data_source("stock", stock)
            .build()
    };
    let app = stock(true).await.unwrap();
    let ctx = app.ctx();
    let failed: Result<()> = ctx
        .transaction(async |tx| {
            Item::create(&tx, set!(Item { sku: "T1" })).await?;
            assert_eq!(Item::count(&tx, ()).await?, 1);
            assert_eq!(Item::count(&ctx, ()).await?, 0, "nobody else sees it");
            Err(Error::new(422, "no"))
        })
        .await;
    assert_eq!(failed.unwrap_err().status(), 422);
    assert_eq!(Item::count(&ctx, ()).await.unwrap(), 0);
    let kept = ctx.transaction(async |tx| Item::create(&tx, set!(Item { sku: "T2" })).await).await.unwrap();
    assert_eq!((kept.id, Item::count(&ctx, ()).await.unwrap()), (1, 1));
    // One that is handed on has ended.
    let after = ctx.transaction(async |tx| Ok(tx)).await.unwrap();
    assert_eq!(Item::create(&after, set!(Item { sku: "T3" })).await.unwrap_err().status(), 500);
    // Nobody waits for one that is dropped.
    let dropped = ctx.transaction(async |tx| {
        Item::create(&tx, set!(Item { sku: "T4" })).await?;
        std::future::pending::<Result<()>>().await
    });
    tokio::time::timeout(std::time::Duration::from_millis(50), dropped).await.unwrap_err();
    Item::create(&ctx, set!(Item { sku: "T4" })).await.unwrap();

    let app = stock(false).await.unwrap();
    let refused = app.ctx().transaction(async |_| Ok(())).await.unwrap_err();
    assert_eq!((refused.status(), refused.code()), (501, Some("NOT_SUPPORTED")));
    assert!(refused.message().contains("`stock` has no transactions"), "{refused}");
    assert_eq!(app.ctx().with_db(async |_| Ok(())).await.unwrap_err().status(), 501);
}

#[model(base = User)]
pub struct Keeper {
    #[base]
    pub user: User,
    pub memos: HasMany<Memo>,
}

#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create, find))]
#[acl(allow, "$owner")]
pub struct Memo {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
    pub keeper: BelongsTo<Keeper>,
}

#[tokio::test]
async fn users_tokens_and_rules_may_be_its_rows() {
    let app = App::builder()
        .models([Keeper::DEF, Memo::DEF])
        .connector("shelf", shelved)
        .data_source("db", ConnectorOptions::new("shelf"))
        .enable_auth()
        .build()
        .await
        .unwrap();
    let rest = Rest::of(&app);
    let mut tokens = Vec::new();
    for name in ["ann", "bob"] {
        let account = json!({ "email": format!("{name}@shelf.test"), "password": "correct horse" });
        rest.create("/api/Keepers", account.clone()).await;
        let answer = rest.json("POST", "/api/Keepers/login", account).await;
        assert_eq!(answer.status, 200, "{answer}");
        tokens.push(answer.json()["id"].as_str().unwrap().to_owned());
    }
    let call = async |token: &str, method: &str, path: &str, body: Json| {
        rest.send(&Request::new(method, path).json(&body).header("Authorization", token)).await
    };
    let made = call(&tokens[0], "POST", "/api/Memos", json!({ "text": "mine" })).await;
    assert_eq!((made.status, &made.json()["keeperId"]), (200, &json!(1)), "{made}");
    assert_eq!(call(&tokens[1], "PATCH", "/api/Memos/1", json!({ "text": "stolen" })).await.status, 401);
    assert_eq!(call(&tokens[0], "PATCH", "/api/Memos/1", json!({ "text": "still mine" })).await.status, 200);
    assert_eq!(call(&tokens[0], "POST", "/api/Keepers/logout", json!({})).await.status, 204);
    assert_eq!(call(&tokens[0], "GET", "/api/Memos", Json::Null).await.status, 401);
}

/// Knows rows by their ids and nothing else, and may be out of reach.
#[derive(Debug)]
struct Narrow {
    reachable: Arc<AtomicBool>,
}

impl Connector for Narrow {
    fn select<'a>(&'a self, _: Tx<'a>, plan: SelectPlan<'a>, _: &'a mut dyn RowVisitor) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            match plan.query.condition.as_ref() {
                Some(condition) if condition.id(plan.model).is_some() => Ok(()),
                _ => Err(Error::not_supported("rows of `stock` are found by their ids alone")),
            }
        })
    }

    fn count<'a>(
        &'a self,
        _: Tx<'a>,
        _: &'a Arc<ModelNode>,
        _: Option<&'a Condition>,
        _: Option<u64>,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async { Ok(0) })
    }

    fn insert<'a>(&'a self, _: Tx<'a>, _: InsertPlan<'a>) -> BoxFuture<'a, Result<Vec<Value>>> {
        Box::pin(async { Err(Error::unavailable("a secret of the connector")) })
    }

    fn update<'a>(&'a self, _: Tx<'a>, _: UpdatePlan<'a>, _: &'a mut dyn RowVisitor) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async { Err(Error::internal("a secret of the connector")) })
    }

    fn delete<'a>(&'a self, _: Tx<'a>, _: &'a Arc<ModelNode>, _: Option<&'a Condition>) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async { Ok(0) })
    }

    fn ping(&self) -> BoxFuture<'_, Result<()>> {
        let reachable = self.reachable.load(Ordering::Relaxed);
        Box::pin(async move { if reachable { Ok(()) } else { Err(Error::unavailable("nobody is there")) } })
    }
}

#[tokio::test]
async fn what_a_connector_cannot_do_is_told_to_the_client_and_its_faults_are_not() {
    let reachable = Arc::new(AtomicBool::new(true));
    let known = reachable.clone();
    let app = builder()
        .connector("narrow", move |_| {
            let reachable = known.clone();
            async move { Ok(Narrow { reachable }) }
        })
        .data_source("stock", ConnectorOptions::new("narrow"))
        .health()
        .build()
        .await
        .unwrap();
    let rest = Rest::of(&app);
    let answer = rest.get("/api/Items").await;
    assert_eq!(answer.status, 501, "{answer}");
    assert_eq!(
        answer.json()["error"],
        json!({ "statusCode": 501, "name": "Error", "message": "rows of `stock` are found by their ids alone", "code": "NOT_SUPPORTED" })
    );
    assert_eq!(rest.get("/api/Items/1").await.status, 404);
    for (answer, status) in [
        (rest.json("POST", "/api/Items", json!({ "sku": "A1" })).await, 503),
        (rest.json("POST", "/api/Items/update?where=%7B%7D", json!({ "name": "x" })).await, 500),
    ] {
        assert_eq!(answer.status, status, "{answer}");
        assert!(!answer.text().contains("secret"), "{answer}");
    }
    assert_eq!(rest.get("/health/ready").await.status, 200);
    reachable.store(false, Ordering::Relaxed);
    // An answer counts for a second.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while rest.get("/health/ready").await.status != 503 {
        assert!(std::time::Instant::now() < end, "it stays ready");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// A folder that goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("lb_own_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Self(std::env::temp_dir().join(name));
        std::fs::create_dir_all(folder.0.join("models")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.0.join(name), text).unwrap();
        }
        folder
    }

    fn builder(&self, variables: &[(&str, &str)]) -> Result<AppBuilder> {
        App::from_folder(ConfigFolder::at(&self.0).variables(variables.iter().copied()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const NOTE: (&str, &str) =
    ("models/note.json", r#"{"name": "Note", "properties": {"title": {"type": "string", "required": true}}}"#);
const ON_SHELF: (&str, &str) = ("model-config.json", r#"{"Note": {"dataSource": "stock"}}"#);

#[allow(clippy::needless_pass_by_value, reason = "connectors take them so")]
fn shelved(settings: SourceSettings) -> impl Future<Output = Result<Shelf>> {
    std::future::ready(Shelf::open(&settings))
}

#[tokio::test]
async fn a_file_names_it() {
    let sources =
        r#"{"db": {"connector": "memory"}, "stock": {"connector": "shelf", "transactions": "${TRANSACTIONS}"}}"#;
    let folder = Folder::of(&[NOTE, ON_SHELF, ("datasources.json", sources)]);
    let variables = [("TRANSACTIONS", "true")];
    let app = folder.builder(&variables).unwrap().models([]).connector("shelf", shelved).build().await.unwrap();
    let rest = Rest::of(&app);
    rest.create("/api/Notes", json!({ "title": "on the shelf" })).await;
    assert_eq!(rest.get("/api/Notes").await.json(), json!([{ "id": 1, "title": "on the shelf" }]));
    assert!(app.schema_difference().await.unwrap().is_empty());
    // The same connector by npm's name, as the default data source, in TOML.
    let sources = "[stock]\nconnector = \"loopback-connector-shelf\"\n";
    let folder = Folder::of(&[NOTE, ("model-config.json", r#"{"Note": {}}"#), ("datasources.toml", sources)]);
    let app = folder.builder(&[]).unwrap().models([]).connector("shelf", shelved).build().await.unwrap();
    let rest = Rest::of(&app);
    rest.create("/api/Notes", json!({ "title": "default" })).await;
    assert_eq!(rest.get("/api/Notes/1").await.json()["title"], json!("default"));
    // Of a model that comes while the app runs, too.
    let more = app.create_model(json!({ "name": "Memo", "properties": { "text": "string" } })).await.unwrap();
    Rest::of(&more).create("/api/Memos", json!({ "text": "late" })).await;
}

#[tokio::test]
async fn faults_of_connectors_have_their_places() {
    let fault = async |sources: &str, variables: &[(&str, &str)]| {
        let folder = Folder::of(&[NOTE, ON_SHELF, ("datasources.json", sources)]);
        let built = match folder.builder(variables) {
            Ok(builder) => builder.models([]).connector("shelf", shelved).build().await.map(drop),
            Err(error) => Err(error),
        };
        built.expect_err("a fault").to_string().replace(&format!("{}/", folder.0.display()), "")
    };
    let unknown =
        fault("{\"stock\": {\"file\": \"x\",\n\"connector\": \"shelv\"}, \"db\": {\"connector\": \"mysq\"}}", &[])
            .await;
    for expected in [
        "datasources.json:2: `stock.connector`: there is no connector `shelv`; did you mean `shelf`?; there are `memory`,",
        ", and the app's own `shelf`",
        "`db.connector`: there is no connector `mysq`; did you mean `mysql`?",
    ] {
        assert!(unknown.contains(expected), "{expected}\n{unknown}");
    }
    let setting = fault(r#"{"stock": {"connector": "shelf", "transaction": true}}"#, &[]).await;
    assert!(
        setting.contains("the data source `stock` (connector `shelf`): `stock.transaction` is no setting of this connector; did you mean `transactions`?"),
        "{setting}"
    );
    let url = fault(r#"{"stock": {"connector": "shelf"}}"#, &[("DATABASE_URL", "sqlite::memory:")]).await;
    assert!(url.contains("the default data source `stock` is of the connector `shelf`, which takes no URL"), "{url}");
    for name in ["mysql", "shelf"] {
        let built =
            builder().connector(name, shelved).data_source("stock", ConnectorOptions::new("shelf")).build().await;
        let error = built.map(drop).expect_err("a fault").to_string();
        let expected = if name == "mysql" { "is a connector of the framework's" } else { "is given twice" };
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn it_is_served_and_commands_know_that_it_has_no_schema() {
    let folder = Folder::of(&[]);
    let url = format!("sqlite:{}", folder.0.join("shop.db").display());
    let run = |args: &[&str]| {
        let output = Command::new(built("own-connector"))
            .args(args)
            .env_remove("LOOPBACK_MIGRATE")
            .env_remove("LOOPBACK_ENV")
            .env("DATABASE_URL", &url)
            .output()
            .expect("a program that runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, routes) = run(&["routes", "Item"]);
    assert!(code == Some(0) && routes.contains("/api/Items/{id}"), "{routes}");
    let (code, status) = run(&["migrate", "status"]);
    assert_eq!(code, Some(1), "the other data source has tables to be made\n{status}");
    assert!(status.contains("stock (shelf, memory)\n  no schema"), "{status}");
    assert!(run(&["migrate", "apply"]).1.contains("no schema"));
    assert_eq!(run(&["migrate", "status"]).0, Some(0));
    let (_, json) = run(&["migrate", "status", "--json"]);
    let json: Json = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json[1], json!({ "dataSource": "stock", "changes": [], "done": [] }));
    let (_, check) = run(&["check"]);
    assert!(check.contains("stock (memory) answers"), "{check}");

    let server = Server::start("own-connector", &[("DATABASE_URL", &url), ("LOOPBACK_METRICS", "/metrics")]).unwrap();
    let client = server.client();
    let made = client.json("POST", "/api/Items", &json!({ "sku": "real" }));
    assert_eq!((made.status, &made.json()["sku"]), (200, &json!("REAL")), "{made}");
    assert_eq!(client.get("/api/Items").json().as_array().map(Vec::len), Some(1));
    let metrics = client.get("/metrics").text();
    assert!(metrics.contains("data_source=\"db\"") && !metrics.contains("data_source=\"stock\""), "{metrics}");
    let report = server.printed("/openapi.json");
    let line = report.lines().find(|line| line.trim_start().starts_with("stock ")).expect("the data source");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["stock", "shelf", "memory", "none"], "{report}");
}
