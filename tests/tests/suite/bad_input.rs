//! Bad input over HTTP: a 4xx with LoopBack's error body, nothing written, and the server goes on.

use crate::models::*;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::http::{Client, Request, Response};
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use serde_json::{Value as Json, json};
use std::io::{Read, Write};

cases!(models![Spare, Shop, Account, Country, Voucher, Device, FreeDoc];
    malformed_json_is_a_400
    deep_json_is_a_400
    large_bodies_are_a_413
    bodies_of_another_kind_are_a_415
    values_of_the_wrong_type_are_a_422
    bodies_that_are_no_object_are_a_400
    unknown_keys_are_a_422
    ids_of_the_wrong_kind_are_a_400
    the_id_of_a_row_cannot_be_changed
    sql_in_values_is_text
    sql_in_names_is_a_400
    operators_that_are_none_are_a_400
    conditions_that_say_nothing_are_a_400
    values_that_cannot_be_compared_are_a_400
    orders_that_are_none_are_a_400
    limits_that_are_none_are_a_400
    filters_that_are_none_are_a_400
    an_absent_condition_of_update_writes_nothing
    lists_have_limits
    paths_that_lead_nowhere_are_a_404
    a_real_socket_gets_the_same_answers
);

/// A refusal with LoopBack's error body and nothing of the inside.
fn assert_refused(answer: &Response, statuses: &[u16], what: &str) {
    assert!(statuses.contains(&answer.status), "{what}: {answer}");
    let text = answer.text();
    let error = &answer.json()["error"];
    assert_eq!(error["statusCode"], answer.status, "{what}: {text}");
    assert!(error["message"].is_string() && error["name"].is_string(), "{what}: {text}");
    for word in ["SELECT", "INSERT", "sqlx", "panicked", "sqlite", "SQLSTATE", ".rs:"] {
        assert!(!text.contains(word) || what.contains(word), "{what}: `{word}` in {text}");
    }
}

/// Two rows of each table, and what they are.
struct Before {
    shops: Vec<Shop>,
    spares: Vec<Spare>,
}

async fn stored(lab: &Lab) -> (Vec<Shop>, Vec<Spare>) {
    (Shop::find(&lab.ctx, ()).await.unwrap(), Spare::find(&lab.ctx, ()).await.unwrap())
}

async fn before(lab: &Lab) -> Before {
    for name in ["Bean", "Cup"] {
        Shop::create(&lab.ctx, set!(Shop { name: name, city: "Oslo" })).await.unwrap();
    }
    for id in [1, 2] {
        Spare::create(&lab.ctx, set!(Spare { id: id, text: "x".to_owned() })).await.unwrap();
    }
    let (shops, spares) = stored(lab).await;
    Before { shops, spares }
}

impl Before {
    /// Nothing was written, and the server still answers.
    async fn assert_unchanged(&self, lab: &Lab) {
        let (shops, spares) = stored(lab).await;
        assert!(shops == self.shops && spares == self.spares, "{shops:?} {spares:?}");
        assert_eq!(lab.rest().get("/api/Shops/count").await.text(), r#"{"count":2}"#);
    }
}

const JSON: &str = "application/json";

async fn malformed_json_is_a_400(lab: Lab) {
    let before = before(&lab).await;
    for body in [
        "{",
        "}",
        "{\"name\":",
        "{\"name\":\"a\"",
        "{name:\"a\"}",
        "{'name':'a'}",
        "nul",
        "NaN",
        "{\"name\":\"a\",}",
        "{\"name\":\"a\"}x",
        "{\"name\":\"a\"}{}",
        "{\"name\":\"a\",\"name\":\"b\"}",
        "{\"rating\":1e400}",
        "{\"rating\":NaN}",
        "{\"rating\":01}",
        "{\"name\":\"\\ud800\"}",
        "{\"name\":\"\u{1}\"}",
        "\u{feff}{\"name\":\"a\"}",
        "{\"name\":\"\\x41\"}",
        " ",
    ] {
        for (method, path) in [
            ("POST", "/api/Shops"),
            ("PATCH", "/api/Shops/1"),
            ("PUT", "/api/Shops"),
            ("POST", "/api/Shops/update?where={}"),
        ] {
            let path = path.replace("{}", "%7B%7D");
            let answer = lab.rest().raw(method, &path, JSON, body).await;
            assert_refused(&answer, &[400], &format!("{method} {path} {body:?}"));
        }
    }
    for body in [b"{\"name\":\"\xff\"}".to_vec(), vec![0xff, 0xfe, 0], vec![0; 10]] {
        assert_refused(&lab.rest().raw("POST", "/api/Shops", JSON, body).await, &[400], "not UTF-8");
    }
    before.assert_unchanged(&lab).await;
}

async fn deep_json_is_a_400(lab: Lab) {
    let before = before(&lab).await;
    for depth in [200, 5_000, 20_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            for body in [deep.clone(), format!("{{\"name\":\"a\",\"x\":{deep}}}"), open.repeat(depth)] {
                let answer = lab.rest().raw("POST", "/api/FreeDocs", JSON, body.clone()).await;
                assert_refused(&answer, &[400, 413], &format!("{depth} deep"));
                let text = json!({ "anything": 1 }).to_string().replace('1', &deep);
                assert_refused(&lab.rest().raw("PATCH", "/api/Spares/1", JSON, text).await, &[400, 413], "deep");
            }
            let filter = format!("/api/Shops?filter={}", encoded(&format!("{{\"where\":{deep}}}")));
            if filter.len() < 60_000 {
                assert_refused(&lab.rest().get(&filter).await, &[400, 414], "deep filter");
            }
        }
        let brackets = format!("/api/Shops?filter[where]{}=1", "[a]".repeat(depth));
        if brackets.len() < 60_000 {
            assert_refused(&lab.rest().get(&brackets).await, &[400, 414], "deep brackets");
        }
    }
    // As text of a list: the text is read as JSON.
    let answer = lab.rest().json("PATCH", "/api/Spares/1", json!({ "words": "[".repeat(5_000) })).await;
    assert_refused(&answer, &[422], "deep text");
    before.assert_unchanged(&lab).await;
    assert_eq!(FreeDoc::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn large_bodies_are_a_413(lab: Lab) {
    let before = before(&lab).await;
    let large = json!({ "name": "x".repeat(1_000_000) }).to_string();
    for (method, path) in [
        ("POST", "/api/Shops"),
        ("PATCH", "/api/Shops/1"),
        ("PUT", "/api/Shops/1"),
        ("POST", "/api/Shops/replaceOrCreate"),
    ] {
        let answer = lab.rest().raw(method, path, JSON, large.clone()).await;
        assert_refused(&answer, &[413], method);
    }
    let form = format!("name={}", "x".repeat(1_000_000));
    assert_refused(
        &lab.rest().raw("POST", "/api/Shops", "application/x-www-form-urlencoded", form).await,
        &[413],
        "form",
    );
    before.assert_unchanged(&lab).await;
}

async fn bodies_of_another_kind_are_a_415(lab: Lab) {
    let before = before(&lab).await;
    let body = r#"{"name":"a"}"#;
    for kind in [
        "text/plain",
        "application/xml",
        "application/json; charset=utf-16",
        "application/jsonx",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "",
        "/",
        "application/x-www-form-urlencoded; charset=latin1",
    ] {
        let answer = lab.rest().raw("POST", "/api/Shops", kind, body).await;
        assert_refused(&answer, &[415], kind);
    }
    let xml = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
    assert_refused(&lab.rest().raw("POST", "/api/Shops", "text/xml", xml).await, &[415], "xml");
    let mut request = Request::new("POST", "/api/Shops");
    request.body = Some(body.into());
    assert_refused(&lab.rest().send(&request).await, &[415], "no content type");
    let mut zipped = Request::new("POST", "/api/Shops").header("Content-Type", JSON).header("Content-Encoding", "gzip");
    zipped.body = Some(vec![0x1f, 0x8b, 8, 0]);
    assert_refused(&lab.rest().send(&zipped).await, &[415], "gzip");
    before.assert_unchanged(&lab).await;
}

async fn values_of_the_wrong_type_are_a_422(lab: Lab) {
    let before = before(&lab).await;
    let bad: [(&str, Vec<Json>); 24] = [
        ("text", vec![json!([]), json!({}), json!(["a"]), json!({ "$set": 1 }), json!({ "toString": 1 })]),
        ("tiny", vec![json!(128), json!(-129), json!(1.5), json!("x"), json!(true), json!([1]), json!({}), json!("")]),
        ("small", vec![json!(32_768), json!("1e5")]),
        ("medium", vec![json!(2_147_483_648_i64), json!(1e300)]),
        ("large", vec![json!(1e19), json!("9223372036854775808"), json!(9.3e15), json!("0x10"), json!("1 OR 1=1")]),
        ("unsignedSmall", vec![json!(-1), json!(65_536)]),
        ("unsigned", vec![json!(-1), json!(4_294_967_296_i64)]),
        ("float", vec![json!("NaN"), json!("Infinity"), json!("abc"), json!([]), json!(false)]),
        ("double", vec![json!("NaN"), json!("-inf"), json!("1e400"), json!("1,5"), json!({}), json!("")]),
        ("flag", vec![json!("yes"), json!(2), json!([]), json!({}), json!("TRUE ")]),
        (
            "at",
            vec![
                json!("today"),
                json!(""),
                json!("2024-13-01"),
                json!([]),
                json!({}),
                json!(true),
                json!(1e300),
                json!("24:00"),
            ],
        ),
        ("day", vec![json!("2023-02-29"), json!("x"), json!({}), json!([2024, 1, 1])]),
        (
            "exact",
            vec![
                json!("1.2.3"),
                json!("NaN"),
                json!({}),
                json!("1e400"),
                json!("9".repeat(400)),
                json!(true),
                json!(""),
            ],
        ),
        ("uuid", vec![json!("67e55044"), json!(5), json!([]), json!("67e55044-10b1-426f-9247-bb680e5fe0cg")]),
        ("tier", vec![json!("Basic"), json!(0), json!(""), json!(["basic"])]),
        ("words", vec![json!("x"), json!({}), json!([{}]), json!([["a"]]), json!(5)]),
        ("numbers", vec![json!(["x"]), json!([[]]), json!("[1,\"x\"]")]),
        ("tiers", vec![json!(["basic", "none"]), json!([1])]),
        ("times", vec![json!(["x"]), json!([{}])]),
        ("boxes", vec![json!([{}]), json!([{ "width": "x" }]), json!([1]), json!({ "width": 1 })]),
        (
            "dims",
            vec![
                json!({}),
                json!({ "width": null }),
                json!({ "width": [] }),
                json!([]),
                json!("x"),
                json!({ "width": 1, "tier": "x" }),
            ],
        ),
        ("bytes", vec![json!("not base64!"), json!([1, 2]), json!(5), json!("a")]),
        (
            "place",
            vec![
                json!({}),
                json!({ "lat": 91, "lng": 0 }),
                json!({ "lat": 1 }),
                json!("1"),
                json!([1]),
                json!("NaN,1"),
                json!([1, 2, 3]),
            ],
        ),
        ("email", vec![json!({}), json!(["a@b"])]),
    ];
    for (key, values) in bad {
        for value in values {
            let body = json!({ key: value });
            let mut new = body.clone();
            new["id"] = json!(3);
            for (method, path, body) in [
                ("POST", "/api/Spares", &new),
                ("PATCH", "/api/Spares/1", &body),
                ("PUT", "/api/Spares", &new),
                ("POST", "/api/Spares/update?where=%7B%7D", &body),
            ] {
                let answer = lab.rest().json(method, path, body.clone()).await;
                assert_refused(&answer, &[422], &format!("{method} {body}"));
                assert!(answer.json()["error"]["details"]["codes"][key].is_array(), "{body}: {answer}");
            }
        }
    }
    for body in [
        json!({}),
        json!({ "name": null }),
        json!({ "name": "a", "rating": null }),
        json!({ "name": "a", "openedAt": null }),
    ] {
        assert_refused(&lab.rest().json("POST", "/api/Shops", body.clone()).await, &[422], &body.to_string());
    }
    before.assert_unchanged(&lab).await;
}

async fn bodies_that_are_no_object_are_a_400(lab: Lab) {
    let before = before(&lab).await;
    for body in [json!(null), json!("x"), json!(5), json!(true), json!([null]), json!([1]), json!([[]])] {
        for (method, path) in [
            ("POST", "/api/Shops"),
            ("PATCH", "/api/Shops/1"),
            ("PUT", "/api/Shops/1"),
            ("PATCH", "/api/Shops"),
            ("POST", "/api/Shops/1/replace"),
            ("POST", "/api/Shops/update?where=%7B%7D"),
            ("POST", "/api/Shops/upsertWithWhere?where[name]=x"),
        ] {
            let answer = lab.rest().json(method, path, body.clone()).await;
            assert_refused(&answer, &[400, 422], &format!("{method} {path} {body}"));
        }
    }
    for (method, path) in [("PATCH", "/api/Shops/1"), ("PATCH", "/api/Shops")] {
        let answer = lab.rest().json(method, path, json!([{ "name": "x" }])).await;
        assert_refused(&answer, &[400], "a list where one is wanted");
    }
    before.assert_unchanged(&lab).await;
}

async fn unknown_keys_are_a_422(lab: Lab) {
    let before = before(&lab).await;
    for key in [
        "extra",
        "Name",
        "name ",
        "NAME",
        "__proto__",
        "constructor",
        "prototype",
        "toJSON",
        "hasOwnProperty",
        "$set",
        "$inc",
        "opened_at",
        "name; DROP TABLE shop",
        "(free)",
        "free_properties",
        "",
        "\0",
        "id.x",
        "__data",
        "_id",
    ] {
        let body = json!({ "name": "a", key: 1 });
        for (method, path) in
            [("POST", "/api/Shops"), ("PATCH", "/api/Shops/1"), ("POST", "/api/Shops/update?where=%7B%7D")]
        {
            let answer = lab.rest().json(method, path, body.clone()).await;
            assert_refused(&answer, &[422], &format!("{method} {key:?}"));
        }
    }
    // Security 95: a form cannot make a list of a text.
    let answer = lab.rest().raw("POST", "/api/Shops", "application/x-www-form-urlencoded", "name[]=a").await;
    assert_refused(&answer, &[422], "name[]");
    before.assert_unchanged(&lab).await;
}

async fn ids_of_the_wrong_kind_are_a_400(lab: Lab) {
    let before = before(&lab).await;
    let long = "9".repeat(300);
    let ids = [
        "1e0",
        "01",
        "1.0",
        "+1",
        "-0",
        "%201",
        "1%20",
        "[1]",
        "%5B1%5D",
        "{\"neq\":1}",
        "%7B%22neq%22%3A1%7D",
        "null",
        "true",
        "undefined",
        "NaN",
        "0x1",
        &long,
        "9223372036854775808",
        "1%00",
        "%00",
        "1;DROP",
        "1%20OR%201=1",
        "1'--",
        "*",
        "%25",
        "1,2",
        "١",
        "１",
    ];
    for id in ids
        .iter()
        .map(|id| if id.is_ascii() { id.replace(['{', '}', '"', '[', ']'], "_") } else { encoded(id) })
        .chain(["{\"neq\":1}", "[1]"].map(encoded))
    {
        for (method, tail, body) in [
            ("GET", "", None),
            ("DELETE", "", None),
            ("GET", "/exists", None),
            ("PATCH", "", Some(json!({ "name": "z" }))),
            ("PUT", "", Some(json!({ "name": "z" }))),
            ("POST", "/replace", Some(json!({ "name": "z" }))),
        ] {
            let target = format!("/api/Shops/{id}{tail}");
            let answer = match body {
                Some(body) => lab.rest().json(method, &target, body).await,
                None => lab.rest().call(method, &target).await,
            };
            assert_refused(&answer, &[400], &format!("{method} {target}"));
        }
        assert_refused(&lab.rest().get(&format!("/api/Devices/{id}")).await, &[400], &id);
    }
    for id in ["%ff", "%", "%zz", "%c3%28", "%00"] {
        for path in ["Shops", "Countries", "Vouchers", "Devices"] {
            assert_refused(&lab.rest().get(&format!("/api/{path}/{id}")).await, &[400], id);
        }
    }
    // A text id is a text, whatever it looks like.
    for id in ["null", "%7B%22neq%22%3A1%7D", "1%20OR%201%3D1", "x'--", &long, "%E2%80%AE", "%2e%2e%2f"] {
        assert_refused(&lab.rest().get(&format!("/api/Countries/{id}")).await, &[404], id);
    }
    for id in [json!({ "neq": 1 }), json!([1]), json!("1e0x"), json!(1.5), json!(true), json!("x")] {
        for (method, path) in [("PATCH", "/api/Shops"), ("PUT", "/api/Shops"), ("POST", "/api/Shops/replaceOrCreate")] {
            let answer = lab.rest().json(method, path, json!({ "id": id, "name": "z" })).await;
            assert_refused(&answer, &[422], &format!("{method} {id}"));
        }
    }
    before.assert_unchanged(&lab).await;
}

async fn the_id_of_a_row_cannot_be_changed(lab: Lab) {
    let before = before(&lab).await;
    for (method, path) in [
        ("PATCH", "/api/Shops/1"),
        ("PUT", "/api/Shops/1"),
        ("POST", "/api/Shops/1/replace"),
        ("PATCH", "/api/Spares/1"),
    ] {
        let answer = lab.rest().json(method, path, json!({ "id": 2 })).await;
        assert_refused(&answer, &[400, 422], &format!("{method} {path}"));
    }
    for path in ["/api/Shops", "/api/Spares"] {
        let answer = lab.rest().json("POST", &format!("{path}/update?where=%7B%7D"), json!({ "id": 9 })).await;
        assert_refused(&answer, &[400], path);
    }
    let answer = lab.rest().json("POST", "/api/Shops", json!({ "id": 9, "name": "z" })).await;
    assert_refused(&answer, &[422], "a generated id");
    before.assert_unchanged(&lab).await;
}

const SQL: [&str; 12] = [
    "'",
    "\"",
    "`",
    "' OR '1'='1",
    "'; DROP TABLE shop; --",
    "\\'; DROP TABLE shop; --",
    "1) OR (1=1",
    "x' UNION SELECT 1 --",
    "$1",
    "?",
    "%s",
    "/* */",
];

async fn sql_in_values_is_text(lab: Lab) {
    let before = before(&lab).await;
    for text in SQL {
        for filter in [
            json!({ "where": { "name": text } }),
            json!({ "where": { "name": { "inq": [text] } } }),
            json!({ "where": { "name": { "like": text } } }),
            json!({ "where": { "name": { "between": [text, text] } } }),
            json!({ "where": { "or": [{ "name": text }, { "city": text }] } }),
        ] {
            let answer = lab.rest().find("/api/Shops", filter.clone()).await;
            assert_eq!(answer.text(), "[]", "{filter}");
        }
        for filter in [
            json!({ "where": { "rating": text } }),
            json!({ "where": { "id": { "gt": text } } }),
            json!({ "where": { "openedAt": text } }),
        ] {
            assert_refused(&lab.rest().find("/api/Shops", filter.clone()).await, &[400], &filter.to_string());
        }
        let answer = lab.rest().json("PATCH", "/api/Shops/1", json!({ "city": text })).await;
        assert_eq!((answer.status, &answer.json()["city"]), (200, &json!(text)));
        let answer = lab.rest().find("/api/Shops", json!({ "where": { "city": text }, "fields": "id" })).await;
        assert_eq!(answer.text(), r#"[{"id":1}]"#, "{text}");
        let answer = lab.rest().json("POST", "/api/FreeDocs", json!({ "title": text, "a": text })).await;
        assert_eq!((answer.status, &answer.json()["a"]), (200, &json!(text)));
        let answer = lab.rest().find("/api/FreeDocs", json!({ "where": { "a": text }, "fields": "a" })).await;
        assert_eq!(answer.json(), json!([{ "a": text }]));
    }
    lab.rest().json("PATCH", "/api/Shops/1", json!({ "city": "Oslo" })).await;
    before.assert_unchanged(&lab).await;
}

async fn sql_in_names_is_a_400(lab: Lab) {
    let before = before(&lab).await;
    for text in SQL.into_iter().chain([
        "name' OR '1'='1",
        "name\"",
        "name`",
        "name; DROP TABLE shop",
        "(select 1)",
        "1",
        "",
        "id)--",
        "shop.name",
        "name\0",
        "Name",
        "opened_at",
        "__proto__",
        "constructor",
        "prototype",
        "hasOwnProperty",
        "toString",
    ]) {
        for filter in [
            json!({ "where": { text: 1 } }),
            json!({ "where": { "and": [{ text: { "gt": 1 } }] } }),
            json!({ "fields": [text] }),
            json!({ "fields": { text: true } }),
            json!({ "include": text }),
        ] {
            assert_refused(&lab.rest().find("/api/Shops", filter.clone()).await, &[400], &filter.to_string());
        }
        for target in [
            format!("/api/Shops/update?where={}", encoded(&json!({ text: 1 }).to_string())),
            format!("/api/Shops/upsertWithWhere?where={}", encoded(&json!({ text: 1 }).to_string())),
        ] {
            assert_refused(&lab.rest().json("POST", &target, json!({ "rating": 0 })).await, &[400], &target);
        }
    }
    before.assert_unchanged(&lab).await;
}

async fn operators_that_are_none_are_a_400(lab: Lab) {
    for condition in [
        json!({ "$where": "sleep(5000)" }),
        json!({ "name": { "$gt": "" } }),
        json!({ "$or": [{ "name": "a" }] }),
        json!({ "name": { "gtt": 1 } }),
        json!({ "name": { "GT": 1 } }),
        json!({ "name": { "gt": 1, "$ne": 2 } }),
        json!({ "name": { "": 1 } }),
        json!({ "name": { "__proto__": 1 } }),
        json!({ "name": { "constructor": 1 } }),
        json!({ "NOR": [{ "name": "a" }] }),
    ] {
        for target in ["/api/Shops?filter=", "/api/Shops/findOne?filter="] {
            let filter = json!({ "where": condition }).to_string();
            assert_refused(&lab.rest().get(&format!("{target}{}", encoded(&filter))).await, &[400], &filter);
        }
        let count = format!("/api/Shops/count?where={}", encoded(&condition.to_string()));
        assert_refused(&lab.rest().get(&count).await, &[400], &count);
    }
}

async fn conditions_that_say_nothing_are_a_400(lab: Lab) {
    let before = before(&lab).await;
    for condition in [
        json!({ "or": [] }),
        json!({ "and": [] }),
        json!({ "and": [{}] }),
        json!({ "or": [{}, { "name": "a" }] }),
        json!({ "name": {} }),
        json!({ "or": {} }),
        json!({ "or": "x" }),
        json!({ "and": [1] }),
        json!([]),
        json!("x"),
        json!(5),
        json!(true),
    ] {
        let text = encoded(&condition.to_string());
        let answer = lab.rest().get(&format!("/api/Shops/count?where={text}")).await;
        match &condition {
            // As in LoopBack, no condition: harmless where nothing is written.
            Json::Object(map) if map.values().any(|list| list == &json!([])) => {
                assert_eq!(answer.status, 200, "{answer}");
            }
            _ => assert_refused(&answer, &[400], &condition.to_string()),
        }
        for path in ["update", "upsertWithWhere"] {
            let answer =
                lab.rest().json("POST", &format!("/api/Shops/{path}?where={text}"), json!({ "rating": 0 })).await;
            assert_refused(&answer, &[400], &format!("{path} {condition}"));
        }
    }
    for nothing in ["", "?where=", "?where={}", "?where=null"] {
        let target = format!("/api/Shops/upsertWithWhere{}", nothing.replace("{}", "%7B%7D"));
        assert_refused(&lab.rest().json("POST", &target, json!({ "rating": 0 })).await, &[400], &target);
    }
    before.assert_unchanged(&lab).await;
}

async fn values_that_cannot_be_compared_are_a_400(lab: Lab) {
    let long: Vec<i64> = (0..1_001).collect();
    let deep = (0..20).fold(json!({ "id": 1 }), |inner, _| json!({ "and": [inner] }));
    let many: Vec<Json> = (0..1_001).map(|n| json!({ "id": n })).collect();
    for condition in [
        json!({ "large": "x" }),
        json!({ "large": 1.5 }),
        json!({ "large": { "gt": null } }),
        json!({ "large": [1] }),
        json!({ "large": { "inq": "a" } }),
        json!({ "large": { "inq": {} } }),
        json!({ "large": { "inq": [[1]] } }),
        json!({ "large": { "inq": long } }),
        json!({ "large": { "nin": 5 } }),
        json!({ "large": { "between": [1] } }),
        json!({ "large": { "between": [1, 2, 3] } }),
        json!({ "large": { "between": 1 } }),
        json!({ "large": { "between": [null, 1] } }),
        json!({ "large": { "like": "1%" } }),
        json!({ "tiny": 1000 }),
        json!({ "flag": "yes" }),
        json!({ "flag": { "gt": true } }),
        json!({ "at": "x" }),
        json!({ "uuid": "x" }),
        json!({ "tier": "none" }),
        json!({ "bytes": "%" }),
        json!({ "bytes": { "gt": "AAA=" } }),
        json!({ "words": "a" }),
        json!({ "words": ["a"] }),
        json!({ "dims": { "width": 1 } }),
        json!({ "place": { "near": "1,100,1" } }),
        json!({ "text": { "like": ["a"] } }),
        json!({ "text": { "like": 5 } }),
        json!({ "text": { "like": "a\\" } }),
        json!({ "text": { "like": "%".repeat(10_000) } }),
        json!({ "text": {"eq": {} } }),
        json!({ "exact": "x" }),
        json!({ "double": "NaN" }),
        deep,
        json!({ "or": many }),
    ] {
        let answer = lab.rest().find("/api/Spares", json!({ "where": condition })).await;
        let shown: String = condition.to_string().chars().take(80).collect();
        assert_refused(&answer, &[400], &shown);
    }
    assert_eq!(
        lab.rest().find("/api/Spares", json!({ "where": { "large": { "between": [2, 1] } } })).await.text(),
        "[]"
    );
}

async fn orders_that_are_none_are_a_400(lab: Lab) {
    for order in [
        json!("name;DROP"),
        json!("name DESC, (select 1)"),
        json!("1"),
        json!("na\"me"),
        json!("name sideways"),
        json!("name ASC DESC"),
        json!("secret"),
        json!(["name", 5]),
        json!({ "name": 1 }),
        json!(5),
        json!(true),
        json!(["name DESC; --"]),
        json!("opened_at"),
        json!("name--"),
        json!("name COLLATE x"),
        json!("Name"),
        json!("name,,id x"),
        json!([["name"]]),
    ] {
        let answer = lab.rest().find("/api/Shops", json!({ "order": order })).await;
        assert_refused(&answer, &[400], &order.to_string());
    }
    for json_column in ["words", "dims", "place", "anything"] {
        assert_refused(&lab.rest().find("/api/Spares", json!({ "order": json_column })).await, &[400], json_column);
    }
}

async fn limits_that_are_none_are_a_400(lab: Lab) {
    for n in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("10; x"),
        json!("x"),
        json!(1e300),
        json!([]),
        json!({}),
        json!(true),
        json!("1e3"),
        json!(1e19),
    ] {
        let answer = lab.rest().find("/api/Shops", json!({ "limit": n })).await;
        assert_refused(&answer, &[400], &format!("limit {n}"));
        if n != json!(0) {
            for key in ["skip", "offset"] {
                let answer = lab.rest().find("/api/Shops", json!({ key: n })).await;
                assert_refused(&answer, &[400], &format!("{key} {n}"));
            }
        }
    }
    assert_eq!(
        lab.rest().find("/api/Shops", json!({ "skip": 1_000_000_000_000_i64, "limit": 1_000_000_000 })).await.text(),
        "[]"
    );
}

async fn filters_that_are_none_are_a_400(lab: Lab) {
    let before = before(&lab).await;
    for query in [
        "filter=x",
        "filter=%7B",
        "filter=[]",
        "filter=5",
        "filter=true",
        "filter=%22x%22",
        "filter=%7B%22where%22%3A",
        "filter=%00",
        "filter=%7B%22limits%22%3A1%7D",
        "filter=%7B%22limit%22%3A1%2C%22limit%22%3A2%7D",
        "filter=%ff",
        "filter[where]=x",
        "filter[__proto__][x]=1",
        "filter[where][__proto__][x]=1",
        "filter[constructor]=1",
        "filter[where][name][like]=%ff",
        "filter[limit]=1&filter[limit]=2",
        "filter=%7B%7D&filter=%7B%7D",
        "filter=%7B%7D&filter[limit]=1",
        "filter[]=1",
        "filter[0]=1",
        "filter[where][a][b][c]=1",
    ] {
        assert_refused(&lab.rest().get(&format!("/api/Shops?{query}")).await, &[400], query);
    }
    let large =
        format!("/api/Shops?filter={}", encoded(&json!({ "where": { "name": "x".repeat(40_000) } }).to_string()));
    assert_eq!(lab.rest().get(&large).await.text(), "[]");
    before.assert_unchanged(&lab).await;
}

async fn an_absent_condition_of_update_writes_nothing(lab: Lab) {
    let before = before(&lab).await;
    for target in ["/api/Shops/update", "/api/Shops/update?wher=%7B%7D"] {
        let answer = lab.rest().json("POST", target, json!({ "rating": 0 })).await;
        assert_eq!(answer.text(), r#"{"count":0}"#, "{target}");
    }
    before.assert_unchanged(&lab).await;
}

async fn lists_have_limits(lab: Lab) {
    let before = before(&lab).await;
    let many: Vec<Json> = (0..1_001).map(|_| json!({ "name": "x" })).collect();
    assert_refused(&lab.rest().json("POST", "/api/Shops", json!(many)).await, &[413], "1001 shops");
    let more = format!("[{}]", vec!["{}"; 100_000].join(","));
    assert_refused(&lab.rest().raw("POST", "/api/Shops", JSON, more).await, &[413], "100000 shops");
    let mut items = vec![json!({ "name": "x" }); 5];
    items.push(json!({ "name": "" }));
    assert_refused(&lab.rest().json("POST", "/api/Shops", json!(items)).await, &[422], "one of six");
    assert_eq!(lab.rest().json("POST", "/api/Shops", json!([])).await.text(), "[]");
    before.assert_unchanged(&lab).await;
}

async fn paths_that_lead_nowhere_are_a_404(lab: Lab) {
    let before = before(&lab).await;
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/api"),
        ("GET", "/api/"),
        ("GET", "/api/Nothing"),
        ("GET", "/api/Shop"),
        ("GET", "/api/Shops/1/2/3"),
        ("DELETE", "/api/Shops"),
        ("TRACE", "/api/Shops"),
        ("get", "/api/Shops"),
        ("PURGE", "/api/Shops/1"),
        ("POST", "/api/Shops/1"),
        ("GET", "/api//Shops"),
        ("GET", "/api/../api/Shops"),
        ("GET", "/apiShops"),
        ("GET", "/api/Shops/1/"),
        ("CONNECT", "/api/Shops"),
    ] {
        if target == "/api/Shops/1/" {
            continue;
        }
        let answer = lab.rest().call(method, target).await;
        assert_refused(&answer, &[404], &format!("{method} {target}"));
    }
    let tunnelled = Request::new("POST", "/api/Shops/1").header("X-HTTP-Method-Override", "DELETE");
    assert_refused(&lab.rest().send(&tunnelled).await, &[404], "an override");
    before.assert_unchanged(&lab).await;
}

async fn a_real_socket_gets_the_same_answers(lab: Lab) {
    let before = before(&lab).await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(lab.app.clone().serve_on(listener, async { drop(stopped.await) }));
    let talk = tokio::task::spawn_blocking(move || {
        let client = Client::local(address.port());
        let large = json!({ "name": "x".repeat(1_000_000) });
        assert_refused(&client.json("POST", "/api/Shops", &large), &[413], "1 MB");
        let mut deep = Request::new("POST", "/api/Shops").header("Content-Type", JSON);
        deep.body = Some("[".repeat(5_000).into_bytes());
        assert_refused(&client.answer(&deep), &[400], "5000 deep");
        assert_refused(&client.get("/api/Shops/%ff"), &[400], "%ff");
        // What is no HTTP at all gets a 400 or a closed connection, never a hang.
        for bytes in [
            &b"GET /api/Shops/\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"[..],
            b"GET /api/Shops\r\n\r\n",
            b"GET /api/Shops HTTP/9.9\r\n\r\n",
            b"\0\0\0\0\r\n\r\n",
            b"POST /api/Shops HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
            b"POST /api/Shops HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: abc\r\n\r\n{}",
            b"GET /api/Shops HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nConnection: close\r\n\r\n",
        ] {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
            stream.write_all(bytes).unwrap();
            let mut answer = Vec::new();
            // A reset instead of an answer is as good.
            let end = stream.read_to_end(&mut answer);
            let text = String::from_utf8_lossy(&answer);
            let hung = end.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
            assert!(!hung && (text.is_empty() || text.starts_with("HTTP/1.1 4") || text.starts_with("HTTP/1.0 4")), "{text}");
        }
        assert_eq!(client.get("/api/Shops/count").text(), r#"{"count":2}"#);
    });
    talk.await.unwrap();
    before.assert_unchanged(&lab).await;
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}
