//! What `model-config` says of models that are types in Rust, and of those of the framework.

use super::{Book, Folder, MEMORY, Shelf};
use loopback::app::ModelConfig;
use loopback::prelude::*;
use loopback_tests::rest::Rest;
use serde_json::{Value as Json, json};

fn folder(models: &Json) -> Folder {
    Folder::of(&[MEMORY, ("model-config.json", &models.to_string())])
}

async fn app(models: &Json) -> App {
    folder(models).builder(&[]).unwrap().models([Shelf::DEF, Book::DEF]).build().await.unwrap()
}

async fn fault(folder: &Folder) -> String {
    let builder = folder.builder(&[]).unwrap().models([Shelf::DEF]);
    builder.build().await.map(drop).expect_err("a fault").to_string()
}

#[tokio::test]
async fn properties_of_a_struct_are_hidden_and_protected_by_a_file() {
    let app = app(&json!({"Shelf": {"options": {"hidden": ["margin"], "protectedProperties": ["name"]}}})).await;
    let rest = Rest::of(&app);
    let made = rest.create("/api/Shelves", json!({"name": "A", "margin": 0.4})).await;
    assert_eq!(made, json!({"id": 1, "name": "A"}));
    assert_eq!(rest.get("/api/Shelves").await.json(), json!([{"id": 1, "name": "A"}]));
    assert_eq!(rest.get("/api/Shelves?filter[where][margin][gt]=0").await.status, 400);
    rest.create("/api/Books", json!({"shelfId": 1})).await;
    let included = rest.get("/api/Books?filter[include]=shelf").await.json();
    assert_eq!(included[0]["shelf"], json!({"id": 1}));
    let shown = rest.get("/openapi.json").await.json()["components"]["schemas"]["Shelf"]["properties"].clone();
    assert!(shown.get("name").is_some() && shown.get("margin").is_none(), "{shown}");
    // Code reads it as ever.
    let ctx = app.ctx();
    assert_eq!(Shelf::find_by_id(&ctx, 1).await.unwrap().unwrap().margin, Some(0.4));
}

#[tokio::test]
async fn a_file_says_where_the_routes_of_a_struct_are_and_which_there_are() {
    let options = json!({"plural": "Racks", "changeStream": true, "description": "Where books are.", "public": true});
    let rest = Rest::of(&app(&json!({"Shelf": {"options": options}})).await);
    assert_eq!(rest.get("/api/Racks").await.status, 200);
    assert_eq!(rest.get("/api/Shelves").await.status, 404);
    let document = rest.get("/openapi.json").await.text();
    assert!(document.contains("/Racks/change-stream") && document.contains("Where books are."), "{document}");
    let rest = Rest::of(&app(&json!({"Shelf": {"options": {"http": {"path": "all/racks"}}}})).await);
    assert_eq!(rest.get("/api/all/racks").await.status, 200);
    assert!(!rest.get("/openapi.json").await.text().contains("change-stream"));
    let rest = Rest::of(&app(&json!({"Shelf": {"options": {"public": false}}})).await);
    assert_eq!(rest.get("/api/Shelves").await.status, 404);
}

#[tokio::test]
async fn validations_scopes_and_indexes_of_a_file_hold_for_a_struct() {
    let options = json!({
        "validations": [["length", "name", {"min": 2}]],
        "scope": {"order": "name DESC"},
        "scopes": {"good": {"where": {"margin": {"gt": 0.5}}}},
        "indexes": {"by_name": {"keys": {"name": 1}, "options": {"unique": true}}}
    });
    let rest = Rest::of(&app(&json!({"Shelf": {"options": options}})).await);
    for (name, margin) in [("aa", 0.4), ("bb", 0.6)] {
        rest.create("/api/Shelves", json!({"name": name, "margin": margin})).await;
    }
    assert_eq!(rest.json("POST", "/api/Shelves", json!({"name": "c"})).await.status, 422);
    assert_eq!(rest.get("/api/Shelves").await.json()[0]["name"], "bb");
    assert_eq!(rest.get("/api/Shelves/good").await.json(), json!([{"id": 2, "name": "bb", "margin": 0.6}]));
    let twice = rest.json("POST", "/api/Shelves", json!({"name": "aa"})).await;
    assert!(twice.status >= 400, "{}", twice.text());
}

#[tokio::test]
async fn what_a_file_cannot_say_of_a_struct_is_a_fault() {
    let folder = Folder::of(&[
        MEMORY,
        (
            "model-config.json",
            "{\n\"Shelf\": {\"options\": {\"hidden\": [\"margn\"], \"acls\": [{}], \"properties\": {\"x\": \"string\"},\n\
             \"mixins\": {\"TimeStamp\": true}, \"methods\": {\"sum\": {}}, \"postgresql\": {\"table\": \"t\"},\n\
             \"idInjection\": false, \"ownerRelations\": true, \"strict\": 5, \"excludeBaseProperties\": [\"id\"]}}}",
        ),
    ]);
    let text = fault(&folder).await;
    for part in [
        "Shelf.hidden: there is no property \"margn\"; did you mean `margin`?",
        "Shelf.options.acls: stands beside `options`, not among them",
        "Shelf.options.properties: belongs to the definition of the model",
        "Shelf.mixins: are said where its struct stands: `#[model(mixins(..))]`",
        "Shelf.methods: are functions with `#[remote_method]`",
        "Shelf.postgresql: is said where its struct stands: `#[model(table = \"..\")]`",
        "Shelf.idInjection: the id is one of its fields",
        "Shelf.ownerRelations: name the relations",
        "Shelf.strict: must be ",
        "Shelf.excludeBaseProperties: are said",
    ] {
        let line = text.lines().find(|line| line.contains(part));
        assert!(line.is_some_and(|line| line.contains("model-config.json:2")), "{part}\n{text}");
    }
}

#[tokio::test]
async fn what_the_framework_has_is_changed_by_a_model_that_extends_it() {
    let of_user = |options: Json| folder(&json!({"User": {"dataSource": "db", "options": options}}));
    let text = fault(&of_user(json!({"mysql": {"table": "people"}}))).await;
    assert!(text.contains("User.mysql: is said by a model of your own, which extends `User`"), "{text}");
    let hidden = of_user(json!({"hidden": ["username"], "trackChanges": true}));
    let app = hidden.builder(&[]).unwrap().build().await.unwrap();
    let user = json!({"email": "a@example.com", "username": "ann", "password": "correct horse battery"});
    let made = Rest::of(&app).create("/api/Users", user).await;
    assert!(made["email"].is_string() && made["username"].is_null() && made["password"].is_null(), "{made}");
    let report = app.config_report().to_string();
    assert!(report.contains("`User.trackChanges`: has no effect"), "{report}");
}

#[tokio::test]
async fn what_code_says_beside_a_struct_holds_or_is_a_fault() {
    let configured = |options: Json| {
        let options = options.as_object().unwrap().clone();
        let config = ModelConfig { options, location: "main.rs:7".into(), ..ModelConfig::default() };
        App::builder().models([Shelf::DEF]).database_url("sqlite::memory:").configure_model("Shelf", config)
    };
    let rest = Rest::of(&configured(json!({"hidden": "margin"})).build().await.unwrap());
    assert_eq!(rest.create("/api/Shelves", json!({"name": "A", "margin": 1})).await, json!({"id": 1, "name": "A"}));
    let error = configured(json!({"dataSource": "db"})).build().await.unwrap_err().to_string();
    assert!(error.contains("main.rs:7") && error.contains("Shelf.options.dataSource: stands beside"), "{error}");
}

/// What is hidden by a definition is not shown because a file hides something else.
#[tokio::test]
async fn options_are_added_to_the_lists_of_a_definition_by_json() {
    let goods = json!({
        "name": "Goods", "public": false, "hidden": ["cost"], "protected": "weight",
        "properties": {"name": "string", "cost": "number", "weight": "number", "margin": "number", "maker": "string"},
        "options": {"disabledMethods": ["count"]}
    });
    let options =
        json!({"hiddenProperties": ["margin"], "hidden": "maker", "public": false, "disabledMethods": ["exists"]});
    let config = ModelConfig {
        public: Some(true),
        options: options.as_object().unwrap().clone(),
        location: "main.rs:7".into(),
        ..ModelConfig::default()
    };
    let builder = App::builder().database_url("sqlite::memory:").define_model(goods).configure_model("Goods", config);
    let rest = Rest::of(&builder.build().await.unwrap());
    let data = json!({"name": "A", "cost": 1, "weight": 2, "margin": 3, "maker": "B"});
    assert_eq!(rest.create("/api/Goods", data).await, json!({"id": 1, "name": "A", "weight": 2}));
    for hidden in ["cost", "margin", "maker"] {
        let filter = format!("/api/Goods?filter[where][{hidden}]=1");
        assert_eq!(rest.get(&filter).await.status, 400, "{hidden}");
    }
    for disabled in ["/api/Goods/count", "/api/Goods/1/exists"] {
        assert_ne!(rest.get(disabled).await.status, 200, "{disabled}");
    }
}

#[tokio::test]
async fn what_a_file_hides_of_a_struct_is_hidden_where_it_is_a_type() {
    let config = ModelConfig {
        options: json!({"hidden": ["margin"]}).as_object().unwrap().clone(),
        location: "main.rs:7".into(),
        ..ModelConfig::default()
    };
    let home = json!({"name": "Home", "properties": {"best": "Shelf"}});
    let builder = App::builder().models([Shelf::DEF]).database_url("sqlite::memory:");
    let rest = Rest::of(&builder.define_model(home).configure_model("Shelf", config).build().await.unwrap());
    let made = rest.create("/api/Homes", json!({"best": {"name": "A", "margin": 0.4}})).await;
    assert!(made["best"]["name"] == "A" && made["best"].get("margin").is_none(), "{made}");
    assert_eq!(rest.get("/api/Homes?filter[where][best.margin][gt]=0").await.status, 400);
}
