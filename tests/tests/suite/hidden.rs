//! Hidden and protected properties: never in an answer, of no use to a client who asks for them.

use crate::models::*;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::http::Response;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use serde_json::{Value as Json, json};

cases!(models![Account];
    no_answer_has_a_hidden_property
    a_client_may_write_what_it_may_not_read
    a_client_cannot_filter_order_or_select_by_it
    a_write_with_a_hidden_condition_writes_nothing
    no_error_tells_a_hidden_name_or_value
    the_application_sees_everything
    a_patch_prints_no_hidden_value
);

fn assert_hides(answer: &Response) {
    let text = answer.text();
    for word in ["secret", "hush", "pin", "keys", "k3y"] {
        assert!(!text.contains(word), "`{word}` in {text}");
    }
}

async fn account(lab: &Lab) -> Json {
    let body = json!({ "owner": "ada", "secret": "hush", "keys": { "main": "k3y" }, "note": "vip" });
    let answer = lab.rest().json("POST", "/api/Accounts", body).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_hides(&answer);
    answer.json()
}

async fn no_answer_has_a_hidden_property(lab: Lab) {
    let rest = lab.rest();
    let made = account(&lab).await;
    assert_eq!(made["note"], "vip", "protected is for the models that include this one");
    let row = format!("/api/Accounts/{}", made["id"]);
    for answer in [
        rest.get(&row).await,
        rest.get("/api/Accounts").await,
        rest.get("/api/Accounts/findOne").await,
        rest.json("PATCH", &row, json!({ "secret": "hush" })).await,
        rest.json("PATCH", "/api/Accounts", json!({ "id": made["id"], "pin": "hush" })).await,
        rest.json("PUT", "/api/Accounts", json!({ "id": made["id"], "secret": "hush" })).await,
        rest.json("POST", &format!("{row}/replace"), json!({ "owner": "ada", "secret": "hush" })).await,
        rest.json(
            "POST",
            "/api/Accounts/replaceOrCreate",
            json!({ "id": made["id"], "owner": "ada", "secret": "hush" }),
        )
        .await,
        rest.json("POST", "/api/Accounts/upsertWithWhere?where[owner]=ada", json!({ "secret": "hush" })).await,
        rest.json("POST", "/api/Accounts", json!([{ "owner": "bob", "secret": "hush" }])).await,
    ] {
        assert_eq!(answer.status, 200, "{answer}");
        assert_hides(&answer);
    }
    assert_hides(&rest.find("/api/Accounts", json!({ "fields": { "owner": false } })).await);
}

async fn a_client_may_write_what_it_may_not_read(lab: Lab) {
    account(&lab).await;
    let stored = Account::find_one(&lab.ctx, ()).await.unwrap().unwrap();
    assert_eq!((stored.secret.as_deref(), stored.pin.as_deref()), (Some("hush"), Some("none")));
    assert_eq!(stored.keys, Some(json!({ "main": "k3y" })));
}

async fn a_client_cannot_filter_order_or_select_by_it(lab: Lab) {
    account(&lab).await;
    let rest = lab.rest();
    for filter in [
        json!({ "where": { "secret": "hush" } }),
        json!({ "where": { "secret": { "like": "h%" } } }),
        json!({ "where": { "or": [{ "owner": "x" }, { "and": [{ "secret": { "gt": "" } }] }] } }),
        json!({ "where": { "keys.main": "k3y" } }),
        json!({ "where": { "keys": null } }),
        json!({ "order": "secret" }),
        json!({ "order": ["owner", "pin DESC"] }),
        json!({ "fields": ["secret"] }),
        json!({ "fields": { "secret": true } }),
        json!({ "fields": { "secret": false } }),
    ] {
        for path in ["/api/Accounts", "/api/Accounts/findOne"] {
            let answer = rest.find(path, filter.clone()).await;
            assert_eq!(answer.status, 400, "{filter}: {answer}");
        }
        if let Some(condition) = filter.get("where") {
            let answer = rest.get(&format!("/api/Accounts/count?where={}", encoded(&condition.to_string()))).await;
            assert_eq!(answer.status, 400, "{filter}: {answer}");
        }
    }
}

async fn a_write_with_a_hidden_condition_writes_nothing(lab: Lab) {
    account(&lab).await;
    let before = Account::find(&lab.ctx, ()).await.unwrap();
    let rest = lab.rest();
    for condition in [r#"{"secret":"x"}"#, r#"{"keys.main":"x"}"#, r#"{"owner":"ada","secret":"hush"}"#, r#"{"zzz":1}"#]
    {
        for path in ["update", "upsertWithWhere"] {
            let target = format!("/api/Accounts/{path}?where={}", encoded(condition));
            let answer = rest.json("POST", &target, json!({ "balance": 1 })).await;
            assert_eq!(answer.status, 400, "{target}: {answer}");
        }
    }
    for target in ["/api/Accounts/update?where[secret]=hush", "/api/Accounts/update?where[secret][neq]=x"] {
        assert_eq!(rest.json("POST", target, json!({ "balance": 1 })).await.status, 400);
    }
    assert_eq!(Account::find(&lab.ctx, ()).await.unwrap(), before);
}

async fn no_error_tells_a_hidden_name_or_value(lab: Lab) {
    account(&lab).await;
    let rest = lab.rest();
    // One letter off: a hint must not complete it.
    for filter in [json!({ "where": { "secre": 1 } }), json!({ "order": "pinn" }), json!({ "fields": ["key"] })] {
        let answer = rest.find("/api/Accounts", filter).await;
        assert_eq!(answer.status, 400);
        let text = answer.text();
        assert!(!text.contains("secret") && !text.contains("`pin`") && !text.contains("keys"), "{text}");
    }
    let answer = rest.json("PATCH", "/api/Accounts/1", json!({ "owner": null, "secret": ["hush"] })).await;
    assert_eq!(answer.status, 422);
    assert!(!answer.text().contains("hush"), "{answer}");
}

async fn the_application_sees_everything(lab: Lab) {
    let p = Account::props();
    account(&lab).await;
    assert_eq!(Account::count(&lab.ctx, p.secret.eq("hush")).await.unwrap(), 1);
    assert_eq!(
        Account::select(&lab.ctx, (p.secret, p.pin), p.secret.desc()).await.unwrap(),
        [(Some("hush".to_owned()), Some("none".to_owned()))]
    );
}

async fn a_patch_prints_no_hidden_value(_: Lab) {
    let shown = format!("{:?}", set!(Account { owner: "ada", secret: "hush".to_owned() }));
    assert!(shown.contains("ada") && shown.contains("secret") && !shown.contains("hush"), "{shown}");
}
