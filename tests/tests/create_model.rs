//! Models that are defined while the app runs, on every database.

#![allow(clippy::expect_used, missing_docs, unreachable_pub)]

use loopback::prelude::*;
use loopback_tests::http::Response;
use loopback_tests::lab::Place;
use loopback_tests::place_cases;
use loopback_tests::rest::Rest;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// A model that is a type, beside those that are not.
#[model]
pub struct Shelf {
    #[property(id, generated)]
    pub id: i64,
    pub label: String,
}

/// What others extend, with a hook of its own.
#[model]
pub struct Thing {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

#[model]
impl Thing {
    #[operation_hook(before_save)]
    async fn shout(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        op.update(Self::props().name, |name| name.to_uppercase());
        Ok(())
    }

    /// Says hello.
    #[remote_method(get, "/hello", returns = "text", inherited)]
    async fn hello() -> Result<String> {
        Ok("hello".into())
    }
}

async fn app(place: &Place) -> (App, Rest) {
    let app = place.builder([Shelf::DEF, Thing::DEF]).migrate(Migrate::Update).build().await.expect("an app");
    let rest = Rest::of(&app);
    (app, rest)
}

fn book() -> Json {
    json!({
        "name": "Book",
        "properties": {
            "title": { "type": "string", "required": true },
            "pages": { "type": "number", "default": 100 },
            "tags": ["string"],
            "secret": "string"
        },
        "hidden": ["secret"],
        "validations": [["length", "title", { "min": 2 }]],
        "relations": { "shelf": { "type": "belongsTo", "model": "Shelf" } },
        "scopes": { "long": { "where": { "pages": { "gt": 200 } }, "order": "pages DESC" } }
    })
}

fn code(answer: &Response) -> String {
    answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

async fn a_model_is_served_from_the_next_request_on(place: &Place) {
    let (app, rest) = app(place).await;
    assert_eq!(rest.get("/api/Books").await.status, 404);
    app.create_model(book()).await.expect("a model");
    let shelf = rest.json("POST", "/api/Shelves", json!({ "label": "A" })).await.json();
    let made = rest
        .json(
            "POST",
            "/api/Books",
            json!({ "title": "Sea", "shelfId": shelf["id"], "tags": ["a", "b"], "secret": "x" }),
        )
        .await;
    assert_eq!((made.status, &made.json()["pages"], made.json().get("secret")), (200, &json!(100), None));
    rest.json("POST", "/api/Books", json!({ "title": "Hills", "pages": 300 })).await;
    let found =
        rest.find("/api/Books", json!({ "where": { "shelf": { "label": "A" } }, "include": "shelf" })).await.json();
    assert_eq!((found[0]["title"].as_str(), found[0]["shelf"]["label"].as_str()), (Some("Sea"), Some("A")), "{found}");
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert_eq!(rest.get("/api/Books/long").await.json()[0]["title"], "Hills");
    let refused = rest.json("POST", "/api/Books", json!({ "title": "x" })).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["details"]["codes"]),
        (422, &json!({ "title": ["length.min"] }))
    );
    assert_eq!(rest.json("POST", "/api/Books", json!({ "titel": "Sea" })).await.status, 422);
    let document = rest.get("/openapi.json").await.json();
    assert!(
        document["paths"].get("/Books/{id}").is_some(),
        "{:?}",
        document["paths"].as_object().map(|p| p.keys().collect::<Vec<_>>())
    );
}

async fn a_definition_with_faults_changes_nothing(place: &Place) {
    let (app, rest) = app(place).await;
    let error = app
        .create_model(json!({
            "name": "Book",
            "properties": { "title": "strnig" },
            "hidden": ["tilte"],
            "relations": { "shelf": { "type": "belongsto", "model": "Shelf" }, "author": { "type": "owns", "model": "Author" } },
            "acls": [{ "permission": "DENY", "principalId": "$onwer" }]
        }))
        .await
        .expect_err("faults");
    assert_eq!((error.status(), error.code()), (422, Some("INVALID_MODEL_DEFINITION")));
    let message = error.message().to_owned();
    for part in [
        "did you mean `string`?",
        "did you mean `title`?",
        "relations.author.type",
        "did you mean `$owner`?",
        "4 faults",
    ] {
        assert!(message.contains(part), "{part} is not in: {message}");
    }
    assert_eq!(rest.get("/api/Books").await.status, 404);
    let taken = app.create_model(json!({ "name": "Shelf" })).await.expect_err("a type of that name");
    assert_eq!(taken.status(), 409);
    assert_eq!(rest.get("/api/Shelves").await.status, 200);
}

async fn a_model_can_be_defined_anew_and_taken_away(place: &Place) {
    let (app, rest) = app(place).await;
    let mut events = Shelf::events(&app.ctx()).expect("events");
    app.create_model(json!({ "name": "Note", "properties": { "text": "string" } })).await.expect("a model");
    let first = rest.json("POST", "/api/Notes", json!({ "text": "one" })).await.json();
    app.create_model(json!({ "name": "Note", "properties": { "text": "string", "stars": "integer" } }))
        .await
        .expect("the model with one property more");
    assert_eq!(
        rest.json("PATCH", &format!("/api/Notes/{}", first["id"]), json!({ "stars": 3 })).await.json()["text"],
        "one"
    );
    // Who listened before the models were made anew listens still.
    rest.json("POST", "/api/Shelves", json!({ "label": "B" })).await;
    let Some(Ok(ModelEvent::Changed(shelf))) = events.next().await else { panic!("no event") };
    assert_eq!(shelf.label, "B");
    assert!(app.delete_model("Note").await.expect("no fault"));
    assert!(!app.delete_model("Note").await.expect("no fault"));
    assert_eq!(rest.get("/api/Notes").await.status, 404);
    app.create_model(json!({ "name": "Note", "properties": { "text": "string" } })).await.expect("a model");
    assert_eq!(rest.get("/api/Notes/count").await.json(), json!({ "count": 1 }));
}

async fn models_that_lead_to_each_other_come_together(place: &Place) {
    let (app, rest) = app(place).await;
    let author = json!({ "name": "Author", "relations": { "books": { "type": "hasMany", "model": "Book" } }, "properties": { "name": "string" } });
    let book = json!({ "name": "Book", "properties": { "title": "string" }, "relations": { "author": { "type": "belongsTo", "model": "Author" } } });
    assert_eq!(app.create_model(author.clone()).await.expect_err("there is no Book").status(), 422);
    app.create_models([author, book]).await.expect("both");
    rest.json("POST", "/api/Authors", json!({ "name": "Ada" })).await;
    assert_eq!(rest.json("POST", "/api/Authors/1/books", json!({ "title": "Sea" })).await.json()["authorId"], 1);
    let with = rest.find("/api/Authors", json!({ "include": "books" })).await.json();
    assert_eq!(with[0]["books"][0]["title"], "Sea");
    let error = app.delete_model("Book").await.expect_err("Author leads to it");
    assert!(error.message().contains("Book"), "{error}");
}

async fn a_definition_can_extend_a_type(place: &Place) {
    let (app, rest) = app(place).await;
    app.create_model(json!({ "name": "Tool", "base": "Thing", "properties": { "weight": "number" } }))
        .await
        .expect("a model");
    let made = rest.json("POST", "/api/Tools", json!({ "name": "saw", "weight": 1.5 })).await.json();
    assert_eq!((made["name"].as_str(), made["weight"].as_f64()), (Some("SAW"), Some(1.5)), "{made}");
    assert_eq!(rest.get("/api/Tools/hello").await.json(), json!({ "text": "hello" }));
    assert_eq!(rest.get("/api/Things").await.json(), json!([]));
}

async fn rules_are_asked_and_users_log_in(place: &Place) {
    let app = place
        .builder([Shelf::DEF])
        .migrate(Migrate::Update)
        .enable_auth()
        .define_model(json!({
            "name": "Member",
            "base": "User",
            "saltWorkFactor": 4,
            "properties": { "nick": "string", "email": { "type": "string", "required": true }, "password": "string" }
        }))
        .build()
        .await
        .expect("an app");
    let rest = Rest::of(&app);
    app.create_model(json!({
        "name": "Diary",
        "properties": { "text": "string" },
        "relations": { "member": { "type": "belongsTo", "model": "Member" } },
        "options": { "acls": [
            { "principalId": "$everyone", "permission": "DENY" },
            { "principalId": "$authenticated", "permission": "ALLOW", "property": "create" },
            { "principalId": "$owner", "permission": "ALLOW" }
        ] }
    }))
    .await
    .expect("a model");
    // Nobody takes the place of the users that are there.
    let taken = app.create_model(json!({ "name": "Guest", "base": "Member" })).await.map(drop);
    assert_eq!(taken.map_err(|error| error.status()), Err(422), "the tokens of two models of users");
    let bad =
        rest.json("POST", "/api/Members", json!({ "email": "nonsense", "password": "correct horse battery" })).await;
    assert_eq!(bad.status, 422, "{bad}");
    let member = json!({ "email": "ada@example.test", "password": "correct horse battery", "nick": "ada" });
    let registered = rest.json("POST", "/api/Members", member.clone()).await;
    assert_eq!((registered.status, registered.json().get("password")), (200, None), "{registered}");
    let session = rest.json("POST", "/api/Members/login", member).await.json();
    let token = session["id"].as_str().unwrap_or_else(|| panic!("{session}"));
    assert_eq!(code(&rest.get("/api/Diaries").await), "AUTHORIZATION_REQUIRED");
    let page = rest.json("POST", &format!("/api/Diaries?access_token={token}"), json!({ "text": "dear" })).await;
    assert_eq!((page.status, &page.json()["memberId"]), (200, &session["userId"]));
    let path = format!("/api/Diaries/{}", page.json()["id"]);
    assert_eq!(rest.get(&path).await.status, 401);
    assert_eq!(rest.get(&format!("{path}?access_token={token}")).await.json()["text"], "dear");
}

async fn a_model_of_the_framework_keeps_its_place(place: &Place) {
    let app = place.builder([Shelf::DEF]).migrate(Migrate::Update).enable_auth().build().await.expect("an app");
    let error = app.create_model(json!({ "name": "Member", "base": "User" })).await.expect_err("User would go");
    assert_eq!(error.status(), 409, "{error}");
    assert_eq!(Rest::of(&app).get("/api/Users/count").await.status, 401);
}

async fn many_are_defined_at_once_while_requests_run(place: &Place) {
    let (app, rest) = app(place).await;
    let makers = (0..6).map(|n| {
        let app = app.clone();
        async move { app.create_model(json!({ "name": format!("Made{n}"), "properties": { "n": "number" } })).await }
    });
    let asks = async {
        for _ in 0..40 {
            assert_eq!(rest.get("/api/Shelves").await.status, 200);
        }
    };
    let (made, ()) = futures_util::future::join(futures_util::future::join_all(makers), asks).await;
    let faults: Vec<_> = made.into_iter().filter_map(std::result::Result::err).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let names: BTreeSet<String> = app.current().graph().models().map(|model| model.name.to_string()).collect();
    assert!((0..6).all(|n| names.contains(&format!("Made{n}"))), "{names:?}");
    for n in 0..6 {
        assert_eq!(rest.json("POST", &format!("/api/Made{n}s"), json!({ "n": n })).await.status, 200);
    }
}

async fn who_sees_the_older_model_is_answered_as_the_newer_one_would(place: &Place) {
    let (app, _) = app(place).await;
    let note = |title: Json| json!({ "name": "Note", "properties": { "text": "string", "title": title } });
    app.create_model(json!({ "name": "Note", "properties": { "text": "string" } })).await.expect("a model");
    let older = app.ctx();
    app.create_model(note(json!({ "type": "string", "required": true }))).await.expect("the model with a new property");
    let refused = older.create_json("Note", json!({ "text": "one" })).await.expect_err("no title");
    let codes = refused.details().map(|details| details["codes"].clone());
    assert_eq!((refused.status(), codes), (422, Some(json!({ "title": ["presence"] }))), "{refused}");
    // It knows nothing of the property, as long as it runs.
    let unknown = older.create_json("Note", json!({ "text": "one", "title": "x" })).await.expect_err("an older model");
    assert_eq!(unknown.status(), 422, "{unknown}");
    app.ctx().create_json("Note", json!({ "text": "one", "title": "x" })).await.expect("a note");
}

async fn requests_run_while_a_model_is_defined_anew(place: &Place) {
    let (app, rest) = app(place).await;
    app.create_model(json!({ "name": "Note", "properties": { "text": "string" } })).await.expect("a model");
    let makes = async {
        for n in 0..6 {
            let properties: serde_json::Map<String, Json> = (0..=n)
                .map(|n| (format!("p{n}"), json!({ "type": "string", "required": true, "default": "x" })))
                .chain([("text".to_owned(), json!("string"))])
                .collect();
            app.create_model(json!({ "name": "Note", "properties": properties })).await.expect("one property more");
        }
    };
    let asks = (0..4).map(|_| async {
        for _ in 0..15 {
            let made = rest.json("POST", "/api/Notes", json!({ "text": "one" })).await;
            assert_eq!(made.status, 200, "{made}");
            let path = format!("/api/Notes/{}", made.json()["id"]);
            assert_eq!(rest.json("PATCH", &path, json!({ "text": "two" })).await.json()["text"], "two");
            assert_eq!(rest.get("/api/Notes?filter[limit]=3").await.status, 200);
        }
    });
    futures_util::future::join(makes, futures_util::future::join_all(asks)).await;
    assert_eq!(rest.get("/api/Notes/count").await.json(), json!({ "count": 60 }));
}

place_cases! {
    who_sees_the_older_model_is_answered_as_the_newer_one_would
    requests_run_while_a_model_is_defined_anew
    a_model_is_served_from_the_next_request_on
    a_definition_with_faults_changes_nothing
    a_model_can_be_defined_anew_and_taken_away
    models_that_lead_to_each_other_come_together
    a_definition_can_extend_a_type
    rules_are_asked_and_users_log_in
    a_model_of_the_framework_keeps_its_place
    many_are_defined_at_once_while_requests_run
}
