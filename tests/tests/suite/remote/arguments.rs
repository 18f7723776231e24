//! Where arguments are read from, and what becomes of them.

use super::with_tool;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};

/// The message of a 400.
async fn refused(lab: &Lab, target: &str) -> String {
    let answer = lab.rest().get(target).await;
    assert_eq!(answer.status, 400, "{target}: {answer}");
    answer.json()["error"]["message"].as_str().expect("a message").to_owned()
}

async fn posted(lab: &Lab, target: &str, body: Json) -> (u16, Json) {
    let answer = lab.rest().json("POST", target, body).await;
    (answer.status, answer.json())
}

#[test]
fn texts_of_a_query_are_coerced_as_loopback_does() {
    with_tool(async |lab| {
        for (query, want) in [
            ("n=-2e3", json!({ "n": { "type": "number", "value": -2000 } })),
            ("n=+5", json!({ "n": { "type": "number", "value": 5 } })),
            ("n=&b=&d=&o=&a=&l=&x=&s=", json!({})),
            ("b=TRUE", json!({ "b": { "type": "boolean", "value": true } })),
            ("d=1577836800000", json!({ "d": { "type": "date", "value": "2020-01-01T00:00:00.000Z" } })),
            ("o[a]=1&o[b][c]=2", json!({ "o": { "type": "object", "value": { "a": "1", "b": { "c": "2" } } } })),
            ("a=1&a=2", json!({ "a": { "type": "array", "value": [1, 2] } })),
            ("a=1", json!({ "a": { "type": "array", "value": [1] } })),
            ("l=a,b", json!({ "l": { "type": "array", "value": ["a,b"] } })),
            ("x=1.50", json!({ "x": { "type": "number", "value": 1.5 } })),
            ("x=0123", json!({ "x": { "type": "string", "value": "0123" } })),
            ("x=null", json!({ "x": { "type": "null", "value": null } })),
            ("x=99999999999999999999", json!({ "x": { "type": "string", "value": "99999999999999999999" } })),
        ] {
            let answer = lab.rest().get(&format!("/api/tools/types?{query}")).await;
            assert_eq!((answer.status, answer.json()), (200, want), "{query}");
        }
        for (name, text, want) in [
            ("n", "null", "Value is not a number."),
            ("n", "0x1F", "Value is not a number."),
            ("n", "1e999", "Value is not a number."),
            ("i", "3.5", "Value is not a safe integer."),
            ("i", "1e300", "Value is not a safe integer."),
            ("b", "yes", "Value is not a boolean."),
            ("d", "garbage", "Invalid argument \"d\". Value is not a valid date."),
            ("o", "5", "Value is not an object."),
            ("o", "[1]", "Value is not an object."),
            ("a", "[\"x\"]", "Value is not a number."),
            ("a", "[1", "Value is not an array."),
            ("l", "[1]", "Value is not a string."),
        ] {
            let target = format!("/api/tools/types?{name}={}", encoded(text));
            assert_eq!(refused(lab, &target).await, want, "{name}={text}");
        }
    });
}

#[test]
fn values_of_a_json_body_are_not_converted_but_dates() {
    with_tool(async |lab| {
        for (body, want) in [
            (json!({ "n": "1" }), "Value is not a number."),
            (json!({ "b": 1 }), "Value is not a boolean."),
            (json!({ "o": "{\"a\":1}" }), "Value is not an object."),
            (json!({ "a": 5 }), "Value is not an array."),
            (json!({ "a": ["1"] }), "Value is not a number."),
            (json!({ "s": null }), "Value is not a string."),
            (json!({ "i": 3.2 }), "Value is not a safe integer."),
        ] {
            let (status, answer) = posted(lab, "/api/tools/types", body.clone()).await;
            assert_eq!((status, &answer["error"]["message"]), (400, &json!(want)), "{body}");
        }
        let (status, answer) = posted(lab, "/api/tools/types", json!({ "d": 5, "x": null, "i": 3.0 })).await;
        assert_eq!(status, 200);
        assert_eq!(answer["d"]["value"], "1970-01-01T00:00:00.005Z");
        assert_eq!(answer["x"]["type"], "null");
        assert_eq!(answer["i"]["value"], 3);
    });
}

#[test]
fn a_value_is_looked_for_in_the_body_and_then_in_the_query() {
    with_tool(async |lab| {
        let (status, answer) = posted(lab, "/api/tools/types?n=2&s=q", json!({ "n": 1 })).await;
        assert_eq!((status, &answer["n"]["value"], &answer["s"]["value"]), (200, &json!(1), &json!("q")));
        let form =
            lab.rest().raw("POST", "/api/tools/types?n=2", "application/x-www-form-urlencoded", "n=5&a[]=1&o[k]=v");
        let answer = form.await.json();
        assert_eq!(answer["n"]["value"], 5, "texts of a form are coerced");
        assert_eq!((&answer["a"]["value"], &answer["o"]["value"]), (&json!([1]), &json!({ "k": "v" })));
        // `form` is of the body alone, `query` of the query alone.
        assert_eq!(posted(lab, "/api/tools/form?name=x", json!({})).await, (200, json!({})));
        assert_eq!(posted(lab, "/api/tools/query-only", json!({ "name": "x" })).await.0, 400);
    });
}

#[test]
fn a_whole_body_is_an_argument() {
    with_tool(async |lab| {
        assert_eq!(posted(lab, "/api/tools/sum", json!([1, 2, 3])).await, (200, json!({ "sum": 6 })));
        let message = |answer: (u16, Json)| (answer.0, answer.1["error"]["message"].clone());
        let sum = |body| posted(lab, "/api/tools/sum", body);
        assert_eq!(message(sum(json!({ "values": [1] })).await), (400, json!("Value is not an array.")));
        assert_eq!(message(sum(json!(["a"])).await), (400, json!("Value is not a number.")));
        let nothing = lab.rest().call("POST", "/api/tools/body-object").await;
        assert_eq!((nothing.status, nothing.json()), (200, json!({})), "an absent body is an empty object");
        let list = posted(lab, "/api/tools/body-object", json!([1])).await;
        assert_eq!(message(list), (400, json!("Value is not an object.")));
    });
}

#[test]
fn headers_and_parts_of_the_path_are_arguments() {
    with_tool(async |lab| {
        let request = loopback_tests::http::Request::new("GET", "/api/tools/header");
        let answer = lab.rest().send(&request.header("X-Trace", "t").header("X-COUNT", "7")).await.json();
        assert_eq!((&answer["trace"]["value"], &answer["count"]["value"]), (&json!("t"), &json!(7)));
        let answer = lab.rest().get("/api/tools/path/a%2Fb/to/1.5").await.json();
        assert_eq!((&answer["a"]["value"], &answer["b"]["value"]), (&json!("a/b"), &json!(1.5)));
        assert_eq!(refused(lab, "/api/tools/path/a/to/x").await, "Value is not a number.");
        assert_eq!(lab.rest().get("/api/tools/path/a/to").await.status, 404);
        assert_eq!(lab.rest().get("/api/tools/path/%ff/to/1").await.status, 400);
    });
}

#[test]
fn what_a_type_cannot_hold_is_refused_by_name() {
    with_tool(async |lab| {
        for (body, want) in [
            (json!({ "size": "huge" }), "Invalid argument \"size\". Value is not included in the list: small, large."),
            (
                json!({ "sizes": ["small", "x"] }),
                "Invalid argument \"sizes\". Value is not included in the list: small, large.",
            ),
            (json!({ "dims": { "height": 1 } }), "Invalid argument \"dims\". Value has no `width`."),
            (json!({ "dims": { "width": "1" } }), "Invalid argument \"dims.width\". Value is not a number."),
            (
                json!({ "dims": { "width": 1, "depth": 2 } }),
                "Invalid argument \"dims\". Value has the key `depth`; allowed are width, height.",
            ),
            (json!({ "even": 3 }), "Invalid argument \"even\". Value is wrong: 3 is not even."),
            (json!({ "even": 101 }), "Invalid argument \"even\". Value is not an integer between 0 and 100."),
            (json!({ "small": 256 }), "Invalid argument \"small\". Value is not an integer between 0 and 255."),
            (json!({ "id": "x" }), "Invalid argument \"id\". Value is not a UUID."),
            (json!({ "bytes": "%" }), "Invalid argument \"bytes\". Value is not base64 text."),
            (json!({ "day": "x" }), "Invalid argument \"day\". Value is not a valid date."),
            (
                json!({ "single": 1e39 }),
                "Invalid argument \"single\". Value is wrong: 1000000000000000000000000000000000000000 does not fit into f32.",
            ),
        ] {
            let (status, answer) = posted(lab, "/api/tools/more", body.clone()).await;
            assert_eq!((status, &answer["error"]["message"]), (400, &json!(want)), "{body}");
        }
        let body = json!({
            "size": "large", "dims": { "width": 2, "height": null }, "even": 4, "day": "2024-02-29", "price": "1.50",
            "id": "00000000-0000-0000-0000-000000000001", "bytes": { "$type": "base64", "$data": "aGk=" },
            "at": { "lat": 1, "lng": 2 }, "small": 255, "big": 9007199254740993_i64, "single": 1.5, "sizes": ["small"],
        });
        let want = json!([
            "Some(Large)",
            "Some(Dims { width: 2.0, height: None })",
            "Some(Even(4))",
            "Some(2024-02-29)",
            "Some(1.5)",
            "Some(00000000-0000-0000-0000-000000000001)",
            "Some([104, 105])",
            "Some(GeoPoint { lat: 1.0, lng: 2.0 })",
            "Some(255)",
            "Some(9007199254740993)",
            "Some(1.5)",
            "Some([Small])",
        ]);
        assert_eq!(posted(lab, "/api/tools/more", body).await, (200, want.clone()));
        let query = "size=large&dims[width]=2&even=4&day=2024-02-29&price=1.50&id=00000000-0000-0000-0000-000000000001\
                     &bytes=aGk%3D&at=1,2&small=255&big=9007199254740993&single=1.5&sizes=small";
        let answer = lab.rest().get(&format!("/api/tools/more?{query}")).await;
        assert_eq!((answer.status, answer.json()), (200, want));
    });
}

#[test]
fn files_come_in_forms() {
    with_tool(async |lab| {
        let part = |head: &str, body: &str| format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
        let form = [
            part("name=\"title\"", "a title"),
            part("name=\"file\"; filename=\"../a.txt\"\r\nContent-Type: text/plain", "hello"),
            part("name=\"others\"; filename=\"b\"", "1"),
            part("name=\"others\"; filename=\"c\"", "2"),
            "--x--\r\n".to_owned(),
        ];
        let send = |form: String| lab.rest().raw("POST", "/api/tools/upload", "multipart/form-data; boundary=x", form);
        let answer = send(form.concat()).await;
        let want =
            json!({ "title": "a title", "name": "../a.txt", "type": "text/plain", "text": "hello", "others": 2 });
        assert_eq!((answer.status, answer.json()), (200, want));
        let without = send(part("name=\"title\"", "a title") + "--x--\r\n").await;
        assert_eq!(without.json()["error"]["message"], "file is a required argument");
        let text = send(part("name=\"file\"", "no file") + "--x--\r\n").await;
        assert_eq!(text.status, 400, "{text}");
        assert_eq!(send("--x\r\nbroken".into()).await.status, 400);
        assert_eq!(
            send(part("name=\"file\"; filename=\"a\"", &"x".repeat(200 * 1024)) + "--x--\r\n").await.status,
            413
        );
    });
}

#[test]
fn no_argument_makes_a_method_fail() {
    with_tool(async |lab| {
        const NAMES: &[&str] =
            &["n", "i", "b", "d", "o", "a", "l", "x", "s", "size", "dims", "even", "day", "price", "id", "bytes", "at"];
        const WORDS: &[&str] =
            &["", "[", "{", "\"", "1", "-", "e9", ".", "null", "true", "é", "\u{0}", "9", "]", "}", ":", ",", "NaN"];
        let value = vec(select(WORDS), 0..6).prop_map(|words| words.concat());
        let mut runner = TestRunner::default();
        let strategy = vec((select(NAMES), value), 1..4);
        for _ in 0..300 {
            let pairs = strategy.new_tree(&mut runner).expect("a query").current();
            let pairs: Vec<_> = pairs.iter().map(|(name, text)| format!("{name}={}", encoded(text))).collect();
            let query = pairs.join("&");
            for path in ["types", "more"] {
                let answer = lab.rest().get(&format!("/api/tools/{path}?{query}")).await;
                assert!(matches!(answer.status, 200 | 400), "{path}?{query}: {answer}");
                let form = "application/x-www-form-urlencoded";
                let answer = lab.rest().raw("POST", &format!("/api/tools/{path}"), form, query.clone()).await;
                assert!(matches!(answer.status, 200 | 400), "{path}: {query}: {answer}");
            }
        }
    });
}
