//! Operation hooks, remote hooks, remote methods and mixins: what runs when, what it sees and changes, and what becomes
//! of a request when it fails.

mod change;
mod faults;
mod log;
mod methods;
mod mixins;
mod models;
mod order;
mod over_relations;
mod several;
mod transactions;

use loopback_tests::http::Response;
use serde_json::Value as Json;

/// The JSON of an answer that must be a success.
fn ok(answer: &Response) -> Json {
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()
}

/// The status and the code of an error's answer.
fn error(answer: &Response) -> (u16, String) {
    let body = answer.json();
    assert_eq!(body["error"]["statusCode"], answer.status, "{answer}");
    (answer.status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}
