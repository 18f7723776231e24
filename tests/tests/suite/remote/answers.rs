//! What becomes of what a method answers.

use super::with_tool;
use loopback_tests::http::Request;
use serde_json::{Value as Json, json};

#[test]
fn answers_are_values_objects_files_or_nothing() {
    with_tool(async |lab| {
        for (target, status, want) in [
            ("multi?x=1&y=z", 200, json!({ "x": 1, "y": "z" })),
            ("multi?y=z", 200, json!({ "y": "z" })),
            ("multi", 200, json!({})),
            ("list?n=3", 200, json!([1, 2, 3])),
            ("null-root", 200, Json::Null),
            ("string-root", 200, json!("plain text")),
            ("date-out", 200, json!({ "when": "2020-02-29T12:00:00.000Z" })),
            ("buffer-out?s=hi", 200, json!({ "data": { "$type": "base64", "$data": "aGk=" } })),
            ("status-out?code=202", 202, json!({ "value": 202 })),
            ("status-out?code=404", 404, json!({ "value": 404 })),
        ] {
            let answer = lab.rest().get(&format!("/api/tools/{target}")).await;
            assert_eq!((answer.status, answer.json()), (status, want), "{target}");
            assert_eq!(answer.media_type().as_deref(), Some("application/json"), "{target}");
        }
        let nothing = lab.rest().call("POST", "/api/tools/nothing").await;
        assert_eq!((nothing.status, nothing.text().as_str()), (204, ""));
        assert_eq!(lab.rest().json("POST", "/api/tools/created", json!({ "name": "n" })).await.status, 201);
        assert_eq!(lab.rest().get("/api/tools/header-out").await.header("x-answer").as_deref(), Some("forty-two"));
        for code in [0, 100, 600, 65535] {
            assert_eq!(lab.rest().get(&format!("/api/tools/status-out?code={code}")).await.status, 500, "{code}");
        }
    });
}

#[test]
fn files_have_their_type_and_their_name() {
    with_tool(async |lab| {
        let file = lab.rest().get("/api/tools/download?name=a%22b").await;
        assert_eq!((file.status, file.text().as_str()), (200, "contents of a\"b\n"));
        assert_eq!(file.media_type().as_deref(), Some("text/plain"));
        let name = "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt";
        assert_eq!(file.header("content-disposition").as_deref(), Some(name));
        let stream = lab.rest().get("/api/tools/stream").await;
        assert_eq!((stream.status, stream.text().as_str()), (200, "chunk-1;chunk-2;chunk-3\n"));
        assert_eq!(stream.media_type().as_deref(), Some("application/octet-stream"));
    });
}

#[test]
fn errors_are_what_the_application_made_them() {
    with_tool(async |lab| {
        let error = async |kind: &str| {
            let answer = lab.rest().get(&format!("/api/tools/fail?kind={kind}")).await;
            assert!(!answer.text().contains("secret"), "{answer}");
            let mut error = answer.json()["error"].take();
            assert_eq!(error["statusCode"], answer.status);
            error.as_object_mut().expect("an object").remove("statusCode");
            (answer.status, error)
        };
        let hidden = (500, json!({ "message": "Internal Server Error" }));
        for kind in ["plain", "badStatus", "string", "sync"] {
            assert_eq!(error(kind).await, hidden, "{kind}");
        }
        let conflict = json!({ "name": "Error", "message": "failed with status", "code": "CONFLICTED" });
        assert_eq!(error("status").await, (409, conflict));
        assert_eq!(error("statusProp").await.0, 402);
        assert_eq!(error("name").await.1["name"], "CustomError");
        assert_eq!(error("unavailable").await, (503, json!({ "message": "Service Unavailable" })));
        let list = json!({
            "message": "Failed with multiple errors, see `details` for more information.",
            "details": [
                { "statusCode": 400, "name": "Error", "message": "one" },
                { "statusCode": 404, "name": "Error", "message": "two" },
            ],
        });
        assert_eq!(error("array").await, (500, list));
        let teapot = lab.rest().get("/api/tools/teapot").await;
        assert_eq!((teapot.status, &teapot.json()["error"]["message"]), (418, &json!("short and stout")));
    });
}

#[test]
fn a_panic_is_one_requests_error() {
    with_tool(async |lab| {
        let answer = lab.rest().get("/api/tools/panics").await;
        assert_eq!((answer.status, &answer.json()["error"]["message"]), (500, &json!("Internal Server Error")));
        assert_eq!(answer.header("x-demo-any").as_deref(), Some("panics"), "headers of hooks are sent with it");
        assert_eq!(lab.rest().get("/api/tools/list?n=1").await.status, 200);
    });
}

#[test]
fn routes_are_the_methods_own() {
    with_tool(async |lab| {
        for verb in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = lab.rest().call(verb, "/api/tools/any-verb").await;
            assert_eq!((answer.status, answer.json()), (200, json!({ "verb": verb })));
        }
        assert_eq!(lab.rest().call("HEAD", "/api/tools/any-verb").await.status, 200);
        assert_eq!(lab.rest().get("/api/Tools/alias-one?v=1").await.json(), json!({ "v": "1" }));
        assert_eq!(lab.rest().json("POST", "/api/tools/alias-two", json!({ "v": "2" })).await.status, 200);
        let wrong = lab.rest().call("POST", "/api/tools/alias-one").await;
        assert_eq!(wrong.status, 404);
        assert_eq!(wrong.header("allow").as_deref(), Some("GET, HEAD"));
        assert_eq!(lab.rest().json("POST", "/api/tools/defaultPath", json!({ "a": 1, "b": 2 })).await.status, 200);
        // A model without a table has no other endpoints.
        for (verb, path) in [("GET", "/api/tools"), ("POST", "/api/tools"), ("GET", "/api/tools/1")] {
            assert_eq!(lab.rest().call(verb, path).await.status, 404, "{verb} {path}");
        }
    });
}

#[test]
fn the_request_and_its_user_can_be_asked() {
    with_tool(async |lab| {
        let answer = lab.rest().get("/api/tools/context?z=1").await.json();
        assert_eq!(answer, json!({ "verb": "GET", "path": "/api/tools/context", "method": "Tool.context" }));
        let request = Request::new("GET", "/api/tools/request?b=1&a=2").header("X-Agent", "me");
        assert_eq!(lab.rest().send(&request).await.json(), json!({ "query": ["a", "b"], "agent": "me" }));
        assert_eq!(lab.rest().get("/api/tools/whoami?user=9").await.json(), json!({ "userId": null }));
        let nobody = lab.rest().get("/api/tools/me").await;
        assert_eq!((nobody.status, &nobody.json()["error"]["code"]), (401, &json!("AUTHORIZATION_REQUIRED")));
        // A layer of the application knows who it is.
        use loopback::axum::{Extension, body::Body, http};
        use tower::ServiceExt;
        let user = loopback::remoting::CurrentUser::new(7_i64);
        for (path, want) in [("me", json!({ "id": 7 })), ("whoami", json!({ "userId": 7 })), ("current", json!(7))] {
            let router = lab.app.router().layer(Extension(user.clone()));
            let request = http::Request::get(format!("/api/tools/{path}")).body(Body::empty()).unwrap();
            let answer = router.oneshot(request).await.unwrap();
            let bytes = loopback::axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            assert_eq!(serde_json::from_slice::<Json>(&bytes).unwrap(), want, "{path}");
        }
    });
}

#[test]
fn the_document_has_the_methods() {
    with_tool(async |lab| {
        let document = lab.app.openapi();
        let paths = &document["paths"];
        let sum = &paths["/tools/sum"]["post"];
        assert_eq!(sum["operationId"], "Tool.sum");
        let schema = &sum["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!((&schema["type"], &schema["items"]["type"]), (&json!("array"), &json!("number")));
        let answer = &sum["responses"]["200"]["content"]["application/json"]["schema"];
        assert_eq!(answer["properties"]["sum"]["type"], "number");
        let defaults = &paths["/tools/defaults"]["get"]["parameters"][0];
        assert_eq!((&defaults["in"], &defaults["schema"]["default"]), (&json!("query"), &json!(7)));
        assert_eq!(paths["/tools/path/{a}/to/{b}"]["get"]["parameters"][0]["in"], "path");
        assert!(paths["/tools/upload"]["post"]["requestBody"]["content"]["multipart/form-data"].is_object());
        assert!(paths["/tools/download"]["get"]["responses"]["200"]["content"]["application/octet-stream"].is_object());
        assert!(paths["/tools/created"]["post"]["responses"]["201"].is_object());
        assert!(paths["/tools/teapot"]["get"]["responses"]["418"].is_object());
        assert!(paths["/tools/nothing"]["post"]["responses"]["204"].is_object());
        assert!(paths["/tools"].is_null(), "no built-in methods");
        let official = serde_json::from_str(include_str!("../../../openapi/oas-3.1-schema-2022-10-07.json")).unwrap();
        let official = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&official).unwrap();
        let faults: Vec<_> = official.iter_errors(&document).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    });
}
