//! The OpenAPI document as it is served: valid by the official schema, true of the answers, and shown by the explorer.

#![allow(clippy::expect_used)]

use jsonschema::{Draft, Validator};
use loopback_tests::databases::Kind;
use loopback_tests::http::{Client, Request};
use loopback_tests::rest::encoded;
use loopback_tests::server::Server;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

const OFFICIAL: &str = include_str!("../openapi/oas-3.1-schema-2022-10-07.json");

/// Runs a test against a program with an empty SQLite database.
fn with(program: &str, test: impl FnOnce(Client, Value)) {
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    let server = Server::start(program, &[("DATABASE_URL", database.url())]).expect("a server");
    let answer = server.client().get("/openapi.json");
    assert_eq!((answer.status, answer.media_type().as_deref()), (200, Some("application/json")));
    test(server.client(), answer.json());
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true).build(schema).expect("a schema")
}

/// The validator of a schema in the document.
fn part(document: &Value, schema: &Value) -> Validator {
    validator(&json!({ "allOf": [schema], "components": document["components"] }))
}

fn assert_fits(validator: &Validator, value: &Value, what: &str) {
    let faults: Vec<_> = validator.iter_errors(value).map(|e| format!("{} at {}", e, e.instance_path())).collect();
    assert!(faults.is_empty(), "{what}: {}\n{value:#}", faults.join("\n"));
}

fn assert_valid(document: &Value) {
    assert_fits(&validator(&serde_json::from_str(OFFICIAL).expect("JSON")), document, "the document");
    // The official schema leaves schemas within the document to the dialect they are written in.
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        if let Err(error) = jsonschema::draft202012::meta::validate(schema) {
            panic!("{name}: {error} at {}", error.instance_path());
        }
    }
    let mut ids = HashSet::new();
    walk(document, &mut |key, value| match key {
        "$ref" => {
            let pointer = value.as_str().and_then(|reference| reference.strip_prefix('#')).expect("a reference");
            assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
        }
        "operationId" => assert!(ids.insert(value.clone()), "{value} stands twice"),
        _ => {}
    });
    assert!(!ids.is_empty());
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
    let official = validator(&serde_json::from_str(OFFICIAL).expect("JSON"));
    let document = json!({ "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": {} });
    assert!(official.is_valid(&document));
    for (pointer, wrong) in [
        ("/openapi", json!("3.0.0")),
        ("/info", json!({ "title": "t" })),
        ("/paths", json!({ "no-slash": {} })),
        ("/paths", json!({ "/a": { "get": { "parameters": [{ "name": "p", "in": "query" }] } } })),
    ] {
        let mut document = document.clone();
        *document.pointer_mut(pointer).expect("a place") = wrong;
        assert!(!official.is_valid(&document), "{document}");
    }
}

#[test]
fn the_document_of_the_quickstart_is_valid() {
    with("quickstart", |_, document| {
        assert_valid(&document);
        let shop = &document["components"]["schemas"]["CoffeeShop"];
        assert_eq!(shop["description"], "A place that serves coffee.");
        assert_eq!(document["paths"]["/CoffeeShops"]["get"]["operationId"], "CoffeeShop.find");
    });
}

/// The answer that the document has for a status.
fn documented<'d>(document: &'d Value, operation: &'d Value, status: u16) -> &'d Value {
    let response = &operation["responses"][status.to_string()];
    pointed(document, response).unwrap_or(response)
}

/// What a reference leads to.
fn pointed<'d>(document: &'d Value, reference: &Value) -> Option<&'d Value> {
    let pointer = reference["$ref"].as_str()?.strip_prefix('#')?;
    Some(document.pointer(pointer).expect("what the reference leads to"))
}

/// A served document that answers are held against.
struct Checked {
    client: Client,
    document: Value,
    /// Those made so far, by their schemas: to make one takes longer than to ask it.
    validators: RefCell<HashMap<String, Validator>>,
}

impl Checked {
    fn new(client: Client, document: Value) -> Self {
        Self { client, document, validators: RefCell::default() }
    }

    fn fits(&self, schema: &Value, value: &Value, what: &str) {
        let mut validators = self.validators.borrow_mut();
        let validator = validators.entry(schema.to_string()).or_insert_with(|| part(&self.document, schema));
        assert_fits(validator, value, what);
    }

    fn root(&self) -> &str {
        self.document["servers"][0]["url"].as_str().expect("the root")
    }

    /// The answer to GET, which must be as documented; `null` for a refusal.
    fn get(&self, operation: &Value, target: &str) -> Value {
        let answer = self.client.get(&format!("{}{target}", self.root()));
        let documented = documented(&self.document, operation, answer.status);
        if documented["content"].as_object().is_some_and(|content| !content.contains_key("application/json")) {
            // A file: bytes of any type.
            assert!(!answer.text().is_empty(), "GET {target}: an empty file");
            return Value::Null;
        }
        let schema = &documented["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "GET {target}: {answer} is not in the document");
        let body = answer.json();
        self.fits(schema, &body, target);
        if answer.status == 200 { body } else { Value::Null }
    }
}

fn parameters<'o>(operation: &'o Value, place: &str) -> Vec<&'o Value> {
    let list = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter(|parameter| parameter["in"] == place).collect()
}

/// The paths that GET serves, with their operations.
fn readable(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    // A change stream has no end.
    let ends = |operation: &Value| operation["responses"]["200"]["content"]["text/event-stream"].is_null();
    paths
        .map(|(path, item)| (path, &item["get"]))
        .filter(move |(_, operation)| operation.is_object() && ends(operation))
}

#[test]
fn the_document_of_the_reference_app_is_valid_and_true_of_its_answers() {
    with("reference-app", |client, document| {
        assert_valid(&document);
        let checked = Checked::new(client, document);
        let document = &checked.document;
        let (mut lists, mut instances, mut related) = (0, 0, 0);
        for (path, operation) in readable(document).filter(|(_, operation)| parameters(operation, "path").is_empty()) {
            let body = checked.get(operation, path);
            lists += 1;
            instances += body.as_array().map_or(0, Vec::len);
            for filter in filters(document, operation) {
                let schema = &parameters(operation, "query")[0]["content"]["application/json"]["schema"];
                checked.fits(schema, &filter, path);
                checked.get(operation, &format!("{path}?filter={}", encoded(&filter.to_string())));
                related += 1;
            }
        }
        assert!(lists > 20 && instances > 20, "{lists} answers with {instances} instances");
        assert!(related > 50, "{related} filters with relations");
    });
}

/// Filters with every relation of a model, as the document has them.
fn filters(document: &Value, operation: &Value) -> Vec<Value> {
    let filter = parameters(operation, "query").into_iter().find(|parameter| parameter["name"] == "filter");
    let filter = filter.and_then(|filter| pointed(document, &filter["content"]["application/json"]["schema"]));
    let Some(include) = filter.and_then(|filter| pointed(document, &filter["properties"]["include"])) else {
        return Vec::new();
    };
    let names = include["anyOf"][0]["enum"].as_array().expect("the names of the relations");
    let mut filters = vec![json!({ "include": names })];
    for name in names.iter().filter_map(Value::as_str) {
        let scope = include["anyOf"].as_array().into_iter().flatten().find_map(|way| {
            let properties = &way["properties"];
            (properties["relation"]["const"] == name).then(|| pointed(document, &properties["scope"])).flatten()
        });
        filters.push(json!({ "include": { name: true }, "where": { name: null } }));
        filters.push(json!({ "where": { name: { "neq": null } }, "limit": 2 }));
        if let Some(scope) = scope {
            let deeper = pointed(document, &scope["properties"]["include"]);
            let deeper = deeper.map_or(json!([]), |include| include["anyOf"][0]["enum"].clone());
            let scope =
                if deeper == json!([]) { json!({ "limit": 1 }) } else { json!({ "limit": 1, "include": deeper }) };
            filters.push(json!({ "include": [{ "relation": name, "scope": scope }] }));
        }
    }
    filters
}

#[test]
fn the_relations_of_the_reference_app_answer_as_its_document_says() {
    with("reference-app", |client, document| {
        let checked = Checked::new(client, document);
        let (document, root) = (&checked.document, checked.root());
        let (mut found, mut missing) = (0, 0);
        for (path, operation) in readable(document).filter(|(_, operation)| !parameters(operation, "path").is_empty()) {
            // A method of the application's own may have other parameters.
            let Some((model, below)) = path.split_once("/{id}") else { continue };
            let rows = client.get(&format!("{root}{model}?filter=%7B%22limit%22:2%7D")).json();
            let keys = if below.contains('{') { &["1", "3", "c1"][..] } else { &["-"] };
            // Some are for nobody without a token.
            for row in rows.as_array().into_iter().flatten() {
                let id = ["id", "code", "serial"].into_iter().find_map(|name| row.get(name)).expect("an id");
                let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
                for key in keys {
                    let below = below.replace("{fk}", key).replace("{nk}", key);
                    let answer = checked.get(operation, &format!("{model}/{}{below}", encoded(&id)));
                    *(if answer.is_null() { &mut missing } else { &mut found }) += 1;
                }
            }
        }
        assert!(found > 200 && missing > 50, "{found} answers, {missing} refusals");
        // What writes has its answers there, too.
        let status = |method: &str, path: &str, target: &str| {
            let answer = client.json(method, &format!("{root}{target}"), &json!({}));
            let operation = &document["paths"][path][method.to_lowercase()];
            assert!(documented(document, operation, answer.status).is_object(), "{method} {target}: {answer}");
            answer.status
        };
        assert_eq!(status("PUT", "/Products/{id}/tags/rel/{fk}", "/Products/4/tags/rel/2"), 200);
        assert_eq!(status("HEAD", "/Products/{id}/tags/rel/{fk}", "/Products/4/tags/rel/2"), 200);
        assert_eq!(status("DELETE", "/Products/{id}/tags/rel/{fk}", "/Products/4/tags/rel/2"), 204);
        assert_eq!(status("HEAD", "/Products/{id}/tags/rel/{fk}", "/Products/4/tags/rel/2"), 404);
        assert_eq!(status("POST", "/Products/{id}/reviews", "/Products/1/reviews"), 422);
        assert_eq!(status("POST", "/Products/{id}/reviews", "/Products/999/reviews"), 404);
    });
}

#[test]
fn what_the_document_allows_is_taken_and_what_it_refuses_is_not() {
    with("quickstart", |client, document| {
        let new = part(&document, &json!({ "$ref": "#/components/schemas/NewCoffeeShop" }));
        let shop = part(&document, &json!({ "$ref": "#/components/schemas/CoffeeShop" }));
        let error = part(&document, &json!({ "$ref": "#/components/schemas/Error" }));
        for body in [
            json!({ "name": "Bean Bar" }),
            json!({ "name": "Bean Bar", "city": null, "rating": 4.5, "openedAt": "2026-01-02T03:04:05.678Z" }),
        ] {
            assert_fits(&new, &body, "a shop");
            let answer = client.json("POST", "/api/CoffeeShops", &body);
            assert_eq!(answer.status, 200, "{answer}");
            assert_fits(&shop, &answer.json(), "the shop");
        }
        for body in [
            json!({}),
            json!({ "name": "" }),
            json!({ "name": "x".repeat(81) }),
            json!({ "name": "x", "rating": null }),
        ] {
            assert!(!new.is_valid(&body), "{body}");
            let answer = client.json("POST", "/api/CoffeeShops", &body);
            assert_eq!(answer.status, 422, "{body}: {answer}");
            assert_fits(&error, &answer.json(), "the error");
        }
        let missing = client.get("/api/CoffeeShops/99");
        assert_eq!(missing.status, 404);
        assert_fits(&error, &missing.json(), "the error");
    });
}

/// A filter in a query string.
fn asked(filter: &Value) -> String {
    filter.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn includes_and_conditions_that_the_document_allows_are_taken() {
    with("atlas", |client, document| {
        assert_valid(&document);
        let filter = part(&document, &json!({ "$ref": "#/components/schemas/City.Filter" }));
        for body in [
            json!({ "include": "country" }),
            json!({ "include": ["country", { "landmarks": "photos" }] }),
            json!({ "include": { "relation": "landmarks", "scope": { "limit": 1 } }, "limit": 2 }),
            json!({ "where": { "nor": [{ "name": { "ilike": "b%" } }], "landmarks": { "heritage": true } } }),
        ] {
            assert_fits(&filter, &body, "a filter");
            let answer = client.get(&format!("/api/Cities?filter={}", asked(&body)));
            assert_eq!(answer.status, 200, "{body}: {answer}");
        }
        let landmarks = part(&document, &json!({ "$ref": "#/components/schemas/Landmark.Filter" }));
        for (filter, path, body) in [
            (&filter, "Cities", json!({ "include": "mayor" })),
            (&filter, "Cities", json!({ "where": { "population": { "ilike": "1%" } } })),
            (&landmarks, "Landmarks", json!({ "limit": 101 })),
        ] {
            assert!(!filter.is_valid(&body), "{body}");
            let answer = client.get(&format!("/api/{path}?filter={}", asked(&body)));
            assert_eq!(answer.status, 400, "{body}: {answer}");
        }
    });
}

#[test]
fn the_explorer_shows_it_without_anything_from_elsewhere() {
    with("quickstart", |client, _| {
        let away = client.get("/explorer");
        assert_eq!((away.status, away.header("location").as_deref()), (301, Some("/explorer/")));
        let page = client.get("/explorer/");
        assert_eq!((page.status, page.media_type().as_deref()), (200, Some("text/html")));
        assert!(page.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
        let text = page.text();
        assert!(text.contains(r#"data-openapi="/openapi.json""#) && !text.contains("://"), "{text}");
        let files: Vec<_> = text.split("\"./").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(files.contains(&"swagger-ui-bundle.js") && files.contains(&"init.js"), "{files:?}");
        for file in files {
            let answer = client.get(&format!("/explorer/{file}"));
            assert!(answer.status == 200 && !answer.body.is_empty(), "{file}: {}", answer.status);
            let head = client.send(&Request::new("HEAD", &format!("/explorer/{file}"))).expect("an answer");
            assert_eq!((head.status, head.header("content-length")), (200, Some(answer.body.len().to_string())));
        }
        let missing = client.get("/explorer/nothing.js");
        assert_eq!((missing.status, &missing.json()["error"]["statusCode"]), (404, &json!(404)));
    });
}
