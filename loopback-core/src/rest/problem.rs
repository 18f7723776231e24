//! An error as the problem details of RFC 9457, `application/problem+json`. Made of the JSON body that any other client gets,
//! so that it cannot say more.

use axum::http::StatusCode;
use serde_json::{Map, Value as Json, json};

/// The problem details of an error with this JSON body. What LoopBack's body has beside status and message are members of
/// the same name.
pub(super) fn details(json: &[u8]) -> Vec<u8> {
    let body: Json = serde_json::from_slice(json).unwrap_or_default();
    let error = &body["error"];
    let status = &error["statusCode"];
    let title = status.as_u64().and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
    let title = title.and_then(|status| status.canonical_reason()).unwrap_or("Unknown Error");
    let mut problem = Map::new();
    // No page describes errors of one kind, and then the title is that of the status.
    problem.insert("type".to_owned(), json!("about:blank"));
    problem.insert("title".to_owned(), json!(title));
    problem.insert("status".to_owned(), status.clone());
    for (name, key) in [("detail", "message"), ("name", "name"), ("code", "code"), ("details", "details")] {
        if !error[key].is_null() {
            problem.insert(name.to_owned(), error[key].clone());
        }
    }
    Json::Object(problem).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_the_error_says_and_no_more() {
        let of = |error: Json| -> Json {
            serde_json::from_slice(&details(json!({ "error": error }).to_string().as_bytes())).unwrap()
        };
        let codes = json!({ "codes": { "name": ["presence"] } });
        let error =
            json!({ "statusCode": 422, "name": "ValidationError", "message": "no", "code": "X", "details": codes });
        let problem = json!({
            "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "detail": "no",
            "name": "ValidationError", "code": "X", "details": codes,
        });
        assert_eq!(of(error), problem);
        let error = json!({ "statusCode": 500, "message": "Internal Server Error" });
        let problem = json!({
            "type": "about:blank", "title": "Internal Server Error", "status": 500, "detail": "Internal Server Error",
        });
        assert_eq!(of(error), problem);
        assert_eq!(of(json!({ "statusCode": 599 }))["title"], "Unknown Error");
    }
}
