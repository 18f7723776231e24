//! Remote hooks around the application's methods; around built-in ones see `instances`.

use super::with_tool;
use serde_json::json;

#[test]
fn hooks_change_arguments_result_and_error() {
    with_tool(async |lab| {
        let answer = lab.rest().get("/api/tools/hooked?text=abc").await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "text": "ABC!", "after": true })));
        assert_eq!(answer.header("x-demo-before").as_deref(), Some("hooked"));
        assert_eq!(answer.header("x-demo-any").as_deref(), Some("hooked"), "`**` is for every method");
        let failed = lab.rest().get("/api/tools/hooked?text=boom").await;
        let want = json!({
            "statusCode": 409, "name": "Error", "message": "boom", "code": "WRAPPED",
            "details": { "seenBy": "afterRemoteError" },
        });
        assert_eq!((failed.status, failed.json()), (409, json!({ "error": want })));
        assert_eq!(failed.header("x-demo-before").as_deref(), Some("hooked"), "headers are sent with errors, too");
    });
}

#[test]
fn a_hook_refuses_and_those_behind_it_do_not_run() {
    with_tool(async |lab| {
        let answer = lab.rest().get("/api/tools/hooked?text=veto").await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (403, &json!("WRAPPED")));
        assert_eq!(answer.header("x-demo-any"), None);
    });
}

#[test]
fn a_hook_answers_itself() {
    with_tool(async |lab| {
        let answer = lab.rest().get("/api/tools/ended").await;
        assert_eq!((answer.status, answer.json()), (202, json!({ "by": "hook" })));
    });
}
