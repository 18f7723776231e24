//! The Swagger 2.0 document as it is served: valid by the official schema. That it is LoopBack's own to the operation id is
//! shown by the scenario `middleware`.

#![allow(clippy::expect_used)]

use jsonschema::{Draft, Validator};
use loopback_tests::databases::Kind;
use loopback_tests::http::{Client, Request};
use loopback_tests::server::Server;
use serde_json::{Value, json};
use std::collections::HashSet;

const OFFICIAL: &str = include_str!("../openapi/swagger-2.0-schema.json");

/// Runs a test against a program with an empty SQLite database.
fn with(program: &str, test: impl FnOnce(Client, Value)) {
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    let server = Server::start(program, &[("DATABASE_URL", database.url())]).expect("a server");
    let answer = server.client().get("/explorer/swagger.json");
    assert_eq!((answer.status, answer.media_type().as_deref()), (200, Some("application/json")));
    test(server.client(), answer.json());
}

fn official() -> Validator {
    let schema = serde_json::from_str(OFFICIAL).expect("JSON");
    jsonschema::options().with_draft(Draft::Draft4).build(&schema).expect("a schema")
}

fn assert_valid(document: &Value) {
    let faults: Vec<_> =
        official().iter_errors(document).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let (mut ids, mut used) = (HashSet::new(), HashSet::new());
    walk(document, &mut |key, value| match key {
        "$ref" => {
            let pointer = value.as_str().and_then(|to| to.strip_prefix('#')).expect("a reference");
            assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
            used.insert(pointer.to_owned());
        }
        "operationId" => assert!(ids.insert(value.clone()), "{value} stands twice"),
        _ => {}
    });
    assert!(!ids.is_empty());
    for name in document["definitions"].as_object().expect("definitions").keys() {
        assert!(used.contains(&format!("/definitions/{name}")), "nothing refers to {name}");
    }
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (verb, operation) in item.as_object().expect("operations") {
            let parameters = operation["parameters"].as_array().expect("parameters");
            let at = |place: &str| parameters.iter().filter(|parameter| parameter["in"] == place).count();
            // The specification has no words for a form beside a body, nor for two bodies.
            assert!(at("body") <= 1 && (at("body") == 0 || at("formData") == 0), "{verb} {path}");
            for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                let said = parameters.iter().any(|parameter| parameter["in"] == "path" && parameter["name"] == name);
                assert!(said, "{verb} {path} does not say {name}");
            }
        }
    }
}

fn walk(json: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match json {
        Value::Object(map) => {
            for (key, value) in map {
                visit(key, value);
                walk(value, visit);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[test]
fn the_official_schema_refuses_what_is_no_document() {
    let document = json!({ "swagger": "2.0", "info": { "title": "t", "version": "1" }, "paths": {} });
    assert!(official().is_valid(&document));
    for (pointer, wrong) in [
        ("/swagger", json!("3.0")),
        ("/paths", json!({ "no-slash": {} })),
        ("/paths", json!({ "/a": { "get": { "responses": {} } } })),
        (
            "/paths",
            json!({ "/a": { "get": { "responses": { "200": { "description": "", "schema": { "anyOf": [] } } } } } }),
        ),
    ] {
        let mut document = document.clone();
        *document.pointer_mut(pointer).expect("a place") = wrong;
        assert!(!official().is_valid(&document), "{document}");
    }
}

#[test]
fn the_documents_of_programs_are_valid() {
    for program in ["quickstart", "tour", "blog", "reference-app"] {
        with(program, |_, document| {
            assert_valid(&document);
            assert_eq!(document["basePath"], "/api");
        });
    }
}

#[test]
fn it_says_what_a_client_sends_and_gets() {
    with("reference-app", |_, document| {
        let operation = |verb: &str, path: &str| document["paths"][path][verb].clone();
        let of = |operation: &Value, name: &str| {
            let parameters = operation["parameters"].as_array().expect("parameters").iter();
            parameters.clone().find(|parameter| parameter["name"] == name).cloned().expect("the parameter")
        };
        let find = operation("get", "/Products");
        assert_eq!(of(&find, "filter")["type"], "string");
        assert_eq!(of(&find, "filter")["format"], "JSON");
        let schema = &find["responses"]["200"]["schema"];
        assert_eq!(schema, &json!({ "type": "array", "items": { "$ref": "#/definitions/Product" } }));
        let create = operation("post", "/Products");
        let body = of(&create, "data")["schema"]["$ref"].as_str().expect("a reference").to_owned();
        let body = document.pointer(body.trim_start_matches('#')).expect("a definition");
        assert!(body["properties"]["name"].is_object(), "{body}");
        // Related instances are none of a definition's, as in LoopBack.
        assert!(document["definitions"]["Product"]["properties"].get("reviews").is_none());
        let discount = operation("post", "/Products/{id}/discount");
        assert_eq!(
            (&of(&discount, "percent")["in"], &of(&discount, "percent")["type"]),
            (&json!("formData"), &json!("number"))
        );
        assert_eq!(operation("get", "/tools/download")["responses"]["200"]["schema"], json!({ "type": "file" }));
        assert_eq!(document["securityDefinitions"]["accessToken"]["type"], "apiKey");
        assert_eq!(operation("get", "/Notes")["responses"]["400"], json!({ "$ref": "#/responses/BadRequest" }));
    });
}

#[test]
fn loopbacks_own_places_lead_to_it() {
    with("quickstart", |client, document| {
        let config = client.get("/explorer/config.json");
        assert_eq!((config.status, config.json()), (200, json!({ "url": "/explorer/swagger.json" })));
        assert_eq!(document["swagger"], "2.0");
        let head = client.send(&Request::new("HEAD", "/explorer/swagger.json")).expect("an answer");
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(client.send(&Request::new("POST", "/explorer/swagger.json")).expect("an answer").status, 404);
        let away = client.get("/explorer");
        assert_eq!((away.status, away.header("location").as_deref()), (301, Some("/explorer/")));
        assert_eq!(away.media_type().as_deref(), Some("text/html"));
        // Without users there is nobody to log in.
        assert_eq!(client.get("/explorer/login.json").status, 404);
        assert!(client.get("/explorer/").text().contains("data-login=\"\""));
    });
    with("blog", |client, _| {
        assert!(client.get("/explorer/").text().contains("data-login=\"/explorer/login.json\""));
        let how = client.get("/explorer/login.json").json();
        assert_eq!(how["send"], json!({ "header": "authorization" }));
        let model = &how["models"][0];
        assert_eq!(model["login"], json!(format!("/api/{}/login", plural(model))));
        assert_eq!(model["logout"], json!(format!("/api/{}/logout", plural(model))));
    });
}

fn plural(model: &Value) -> String {
    model["login"].as_str().and_then(|path| path.split('/').nth(2)).unwrap_or_default().to_owned()
}
