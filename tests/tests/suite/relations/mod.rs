//! Relations: every kind, over REST and in typed calls, on every database.

mod bounds;
mod conditions;
mod embedded;
mod faults;
mod include;
mod keys;
mod linked;
mod models;
mod nested;
mod polymorphic;
mod references;
mod routes;
mod scopes;
mod statements;
mod transactions;

use loopback_tests::http::Response;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

/// The status and the code of an error's body.
fn error(answer: &Response) -> (u16, String) {
    let body = answer.json();
    let error = &body["error"];
    assert_eq!(error["statusCode"], answer.status, "{answer}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer}");
    (answer.status, error["code"].as_str().unwrap_or_default().to_owned())
}

/// The codes of a 422, by property.
fn codes(answer: &Response) -> Json {
    assert_eq!(answer.status, 422, "{answer}");
    answer.json()["error"]["details"]["codes"].clone()
}

/// The JSON of an answer that must be a success.
fn ok(answer: &Response) -> Json {
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()
}

/// One property of each row of a list.
fn each(list: &Json, property: &str) -> Json {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter().map(|row| row[property].clone()).collect()
}

/// One property of each row that a filter finds.
async fn found(lab: &Lab, path: &str, filter: Json, property: &str) -> Json {
    each(&ok(&lab.rest().find(path, filter).await), property)
}

/// The names of the rows that a condition finds, by their ids.
async fn named(lab: &Lab, path: &str, condition: Json) -> Json {
    found(lab, path, json!({ "where": condition, "order": "id" }), "name").await
}
