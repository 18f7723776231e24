//! `strict`: what becomes of a property that the model does not have.

use crate::models::*;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

cases!(models![StrictDoc, ThrowDoc, IgnoreDoc, FreeDoc, PlainDoc];
    strict_refuses_what_it_does_not_know
    ignore_drops_what_it_does_not_know
    the_app_says_what_a_model_does_not
    free_properties_are_stored_and_come_back_at_the_top
    free_properties_of_every_kind_come_back_everywhere
    free_properties_are_filtered_by_type
    free_properties_cannot_be_ordered_by
    a_patch_merges_free_properties
    update_all_merges_free_properties
    replace_drops_free_properties
    upsert_merges_free_properties
    fields_choose_free_properties
    names_that_cannot_be_stored_are_refused
    typed_calls_leave_free_properties_alone
);

async fn strict_refuses_what_it_does_not_know(lab: Lab) {
    let rest = lab.rest();
    for path in ["/api/StrictDocs", "/api/ThrowDocs", "/api/PlainDocs"] {
        let made = rest.create(path, json!({ "title": "a" })).await;
        let row = format!("{path}/{}", made["id"]);
        for (method, target) in [
            ("POST", path.to_owned()),
            ("PATCH", path.to_owned()),
            ("PUT", path.to_owned()),
            ("PATCH", row.clone()),
            ("PUT", row.clone()),
            ("POST", format!("{row}/replace")),
            ("POST", format!("{path}/update?where=%7B%7D")),
            ("POST", format!("{path}/replaceOrCreate")),
        ] {
            let answer = rest.json(method, &target, json!({ "title": "b", "extra": 1 })).await;
            assert_eq!(answer.status, 422, "{method} {target}: {answer}");
            assert_eq!(answer.json()["error"]["details"]["codes"], json!({ "extra": ["unknown-property"] }));
        }
        assert_eq!(rest.get(path).await.json(), json!([made]));
    }
}

async fn ignore_drops_what_it_does_not_know(lab: Lab) {
    let rest = lab.rest();
    let made = rest.create("/api/IgnoreDocs", json!({ "title": "a", "extra": 1 })).await;
    let row = format!("/api/IgnoreDocs/{}", made["id"]);
    assert_eq!(made, json!({ "id": made["id"], "title": "a" }));
    assert_eq!(rest.json("PATCH", &row, json!({ "extra": 1 })).await.json(), made);
    assert_eq!(rest.json("POST", &format!("{row}/replace"), json!({ "title": "a", "extra": 1 })).await.json(), made);
    let filter = json!({ "where": { "extra": 1 } });
    assert_eq!(rest.find("/api/IgnoreDocs", filter).await.status, 400, "a filter is not data");
}

async fn the_app_says_what_a_model_does_not(lab: Lab) {
    for (strict, status) in [(Strict::Validate, 422), (Strict::Throw, 422), (Strict::Ignore, 200), (Strict::Free, 200)]
    {
        let app = App::builder()
            .models(models![PlainDoc])
            .database_url("sqlite::memory:")
            .strict(strict)
            .build()
            .await
            .unwrap();
        let rest = loopback_tests::rest::Rest::of(&app);
        let answer = rest.json("POST", "/api/PlainDocs", json!({ "extra": 1 })).await;
        assert_eq!(answer.status, status, "{strict:?}: {answer}");
        if status == 200 {
            let kept = answer.json().get("extra").is_some();
            assert_eq!(kept, strict == Strict::Free);
        }
    }
    drop(lab);
}

async fn free_properties_are_stored_and_come_back_at_the_top(lab: Lab) {
    let rest = lab.rest();
    let body = json!({ "title": "a", "color": "red", "size": { "w": 1 }, "none": null });
    let made = rest.create("/api/FreeDocs", body).await;
    let want = json!({ "id": made["id"], "title": "a", "color": "red", "size": { "w": 1 }, "none": null });
    assert_eq!(made, want);
    let row = format!("/api/FreeDocs/{}", made["id"]);
    assert_eq!(rest.get(&row).await.json(), want);
    assert_eq!(rest.get("/api/FreeDocs").await.json(), json!([want]));
    let list = json!([{ "a": 1 }, { "b": 2 }]);
    let answer = rest.json("POST", "/api/FreeDocs", list).await.json();
    assert_eq!((&answer[0]["a"], &answer[1]["b"], answer[0].get("b")), (&json!(1), &json!(2), None));
}

async fn free_properties_of_every_kind_come_back_everywhere(lab: Lab) {
    let rest = lab.rest();
    let free = json!({ "z": 0.1, "y": 1e21, "x": -5, "w": true, "v": [1, "a", null, { "k": [] }], "u": {}, "t": "é😀\"\\",
        "s": 9_007_199_254_740_993_i64, "é": "accent", "with space": 1, "$dollar": 1, "a'b": 2, "%": 3, "0": 4 });
    let made = rest.create("/api/FreeDocs", free.clone()).await;
    let read = rest.get(&format!("/api/FreeDocs/{}", made["id"])).await;
    let text = read.text();
    let tail: String = text.split_once("\"title\":null,").unwrap().1.to_owned();
    assert_eq!(format!("{{{tail}"), free.to_string(), "byte for byte, keys in order");
    // The same after a patch, which the databases do in their own ways.
    let mut patch = free.clone();
    patch["added"] = json!([1.5, "x", null, true]);
    let patched = rest.json("PATCH", &format!("/api/FreeDocs/{}", made["id"]), patch.clone()).await;
    let tail: String = patched.text().split_once("\"title\":null,").unwrap().1.to_owned();
    assert_eq!(format!("{{{tail}"), patch.to_string());
}

async fn found(lab: &Lab, condition: Json) -> Vec<i64> {
    let answer = lab.rest().find("/api/FreeDocs", json!({ "where": condition })).await;
    assert_eq!(answer.status, 200, "{condition}: {answer}");
    answer.json().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

async fn free_properties_are_filtered_by_type(lab: Lab) {
    for body in [
        json!({ "n": 9, "s": "b" }),
        json!({ "n": 10, "s": "B", "deep": { "k": "v" } }),
        json!({ "n": "9" }),
        json!({ "n": null }),
    ] {
        lab.rest().create("/api/FreeDocs", body).await;
    }
    for (condition, ids) in [
        (json!({ "n": 9 }), vec![1]),
        (json!({ "n": "9" }), vec![3]),
        (json!({ "n": { "gt": 9 } }), vec![2]),
        (json!({ "n": { "inq": [9, 10] } }), vec![1, 2]),
        (json!({ "n": null }), vec![4]),
        (json!({ "n": { "neq": null } }), vec![1, 2, 3]),
        (json!({ "s": { "like": "b%" } }), vec![1]),
        (json!({ "deep.k": "v" }), vec![2]),
        (json!({ "nobody": "x" }), vec![]),
        (json!({ "or": [{ "s": "b" }, { "deep.k": "v" }], "title": null }), vec![1, 2]),
    ] {
        assert_eq!(found(&lab, condition.clone()).await, ids, "{condition}");
    }
    assert_eq!(lab.rest().get("/api/FreeDocs/count?where[s]=b").await.text(), r#"{"count":1}"#);
    // Hidden properties have a column: they are not free ones.
    assert_eq!(lab.rest().find("/api/FreeDocs", json!({ "where": { "secret": "x" } })).await.status, 400);
}

async fn free_properties_cannot_be_ordered_by(lab: Lab) {
    assert_eq!(lab.rest().find("/api/FreeDocs", json!({ "order": "n" })).await.status, 400);
}

async fn a_patch_merges_free_properties(lab: Lab) {
    let rest = lab.rest();
    let made = rest.create("/api/FreeDocs", json!({ "a": 1, "b": { "x": 1, "y": 2 }, "c": 3 })).await;
    let row = format!("/api/FreeDocs/{}", made["id"]);
    let patched = rest.json("PATCH", &row, json!({ "b": { "x": 9 }, "c": null, "d": "new" })).await.json();
    let want = json!({ "id": made["id"], "title": null, "a": 1, "b": { "x": 9 }, "c": null, "d": "new" });
    assert_eq!(patched, want);
    assert_eq!(rest.get(&row).await.json(), want);
    // A row that had none.
    let bare = rest.create("/api/FreeDocs", json!({})).await;
    let patched =
        rest.json("PATCH", &format!("/api/FreeDocs/{}", bare["id"]), json!({ "a": true, "title": "t" })).await;
    assert_eq!(patched.json(), json!({ "id": bare["id"], "title": "t", "a": true }));
}

async fn update_all_merges_free_properties(lab: Lab) {
    let rest = lab.rest();
    for body in [json!({ "a": 1, "b": 1 }), json!({ "a": 1, "c": 1 }), json!({ "a": 2 })] {
        rest.create("/api/FreeDocs", body).await;
    }
    let answer = rest.json("POST", "/api/FreeDocs/update?where[a]=1", json!({ "b": 2 })).await;
    assert_eq!(answer.text(), r#"{"count":0}"#, "text of a query string is text");
    let target = format!("/api/FreeDocs/update?where={}", loopback_tests::rest::encoded(r#"{"a":1}"#));
    assert_eq!(rest.json("POST", &target, json!({ "b": 2 })).await.text(), r#"{"count":2}"#);
    assert_eq!(found(&lab, json!({ "b": 2 })).await, [1, 2]);
    assert_eq!(found(&lab, json!({ "c": 1, "b": 2 })).await, [2]);
}

async fn replace_drops_free_properties(lab: Lab) {
    let rest = lab.rest();
    let made = rest.create("/api/FreeDocs", json!({ "a": 1, "title": "t" })).await;
    let row = format!("/api/FreeDocs/{}", made["id"]);
    let replaced = rest.json("POST", &format!("{row}/replace"), json!({ "b": 2 })).await;
    assert_eq!(replaced.json(), json!({ "id": made["id"], "title": null, "b": 2 }));
    assert_eq!(rest.get(&row).await.json(), replaced.json());
    let replaced = rest.json("POST", &format!("{row}/replace"), json!({})).await;
    assert_eq!(replaced.json(), json!({ "id": made["id"], "title": null }));
}

async fn upsert_merges_free_properties(lab: Lab) {
    let rest = lab.rest();
    let made = rest.create("/api/FreeDocs", json!({ "a": 1 })).await;
    let answer = rest.json("PATCH", "/api/FreeDocs", json!({ "id": made["id"], "b": 2 })).await;
    assert_eq!(answer.json(), json!({ "id": made["id"], "title": null, "a": 1, "b": 2 }));
}

async fn fields_choose_free_properties(lab: Lab) {
    let rest = lab.rest();
    rest.create("/api/FreeDocs", json!({ "a": 1, "b": 2, "title": "t" })).await;
    for (fields, want) in [
        (json!(["a"]), r#"[{"a":1}]"#),
        (json!(["title", "b"]), r#"[{"title":"t","b":2}]"#),
        (json!(["title"]), r#"[{"title":"t"}]"#),
        (json!(["zz"]), "[{}]"),
        (json!({ "a": false, "id": false }), r#"[{"title":"t","b":2}]"#),
    ] {
        let answer = rest.find("/api/FreeDocs", json!({ "fields": fields })).await;
        assert_eq!(answer.text(), want, "{fields}");
    }
    assert_eq!(rest.find("/api/FreeDocs", json!({ "fields": ["secret"] })).await.status, 400);
}

async fn names_that_cannot_be_stored_are_refused(lab: Lab) {
    for key in ["", "a.b", "a\"b", "a\\b", "a\0b", "__proto__", "constructor", "prototype"] {
        let answer = lab.rest().json("POST", "/api/FreeDocs", json!({ key: 1 })).await;
        assert_eq!(answer.status, 422, "{key:?}: {answer}");
    }
    assert_eq!(FreeDoc::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn typed_calls_leave_free_properties_alone(lab: Lab) {
    let rest = lab.rest();
    let made = rest.create("/api/FreeDocs", json!({ "a": 1 })).await;
    let doc = FreeDoc::find_one(&lab.ctx, ()).await.unwrap().unwrap();
    doc.update_attributes(&lab.ctx, set!(FreeDoc { title: "t".to_owned() })).await.unwrap();
    let read = rest.get(&format!("/api/FreeDocs/{}", made["id"])).await;
    assert_eq!(read.json(), json!({ "id": made["id"], "title": "t", "a": 1 }));
}
