//! Validations: LoopBack's rules, codes and messages, all errors together, the same for every way to write.

use crate::models::*;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

cases!(models![Member, Seat, Single, Shop];
    every_rule_has_its_code_and_message
    all_errors_come_together
    a_valid_row_passes_every_rule
    null_and_blank_pass_where_they_are_allowed
    conditions_look_at_the_rest_of_the_row
    a_patch_validates_only_what_it_sets
    a_patch_with_a_condition_looks_at_the_stored_row
    update_all_validates_what_it_sets
    replace_validates_the_whole_row
    a_custom_rule_may_ask_the_database
    a_custom_rule_sees_the_transaction
    uniqueness_holds_for_every_kind_and_lets_null_pass
    uniqueness_lets_a_row_keep_its_own_value
    uniqueness_sees_case_and_spaces
    uniqueness_in_a_scope_takes_null_for_equal
    moving_into_a_scope_is_checked
    many_rows_of_one_unique_value_are_refused_by_the_index
    a_list_of_instances_names_the_one_that_fails
    the_error_body_is_loopbacks
);

async fn codes(lab: &Lab, body: Json) -> Json {
    let answer = lab.rest().json("POST", "/api/Members", body.clone()).await;
    assert_eq!(answer.status, 422, "{body}: {answer}");
    answer.json()["error"]["details"]["codes"].clone()
}

fn typed_codes(error: &Error) -> Json {
    assert_eq!(error.status(), 422, "{error}");
    error.details().unwrap()["codes"].clone()
}

/// What every member needs.
fn with(key: &str, value: Json) -> Json {
    let mut body = json!({ "name": "ada", "initials": "AL" });
    body[key] = value;
    body
}

async fn every_rule_has_its_code_and_message(lab: Lab) {
    lab.rest().create("/api/Members", with("email", json!("a@b"))).await;
    for (key, value, code, message) in [
        ("name", json!("ab"), "length.min", "is short"),
        ("name", json!("abcdefghijk"), "length.max", "too long"),
        ("name", json!("ABC"), "format", "small letters"),
        ("email", json!("a@b"), "uniqueness", "is taken"),
        ("age", json!(1.5), "numericality.int", "is not an integer"),
        ("age", json!(-1), "numericality.min", "must be at least 0"),
        ("age", json!(151), "numericality.max", "must be at most 150"),
        ("age", json!("old"), "numericality.number", "is not a number"),
        ("color", json!("green"), "inclusion", "is not included in the list"),
        ("login", json!("root"), "exclusion", "is not yours"),
        ("zip", json!("1234"), "length.is", "length is wrong"),
        ("initials", json!("A"), "length.min", "too short"),
        ("initials", json!(null), "length.null", "is null"),
        ("bonus", json!(1), "absence", "can't be set"),
        ("tags", json!([]), "length.min", "too short"),
        ("tags", json!(["a", "b", "c"]), "length.max", "too long"),
        ("lucky", json!(3), "even", "3 is odd"),
        ("lucky", json!(666), "even.beast", "is invalid"),
        ("city", json!("Oslo"), "known", "has no shop"),
        ("premium", json!("perhaps"), "type", "is not a boolean"),
        ("extra", json!(1), "unknown-property", "is not defined in the model"),
    ] {
        let body = with(key, value.clone());
        let answer = lab.rest().json("POST", "/api/Members", body).await;
        let details = &answer.json()["error"]["details"];
        let got = (answer.status, &details["codes"], &details["messages"][key]);
        assert_eq!(got, (422, &json!({ key: [code] }), &json!([message])), "{key}: {value}");
    }
    assert_eq!(Member::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn all_errors_come_together(lab: Lab) {
    lab.rest().create("/api/Members", with("email", json!("a@b"))).await;
    let body =
        json!({ "name": "A", "email": "a@b", "age": -1.5, "color": "green", "city": "Oslo", "premium": "x", "zz": 1 });
    let want = json!({ "name": ["length.min", "format"], "email": ["uniqueness"], "age": ["numericality.int", "numericality.min"],
        "color": ["inclusion"], "city": ["known"], "premium": ["type"], "zz": ["unknown-property"],
        "initials": ["length.blank"] });
    assert_eq!(codes(&lab, body).await, want);
    let patch =
        set!(Member { name: "A", email: "a@b".to_owned(), color: "green".to_owned(), initials: "A".to_owned() });
    let error = Member::create(&lab.ctx, patch).await.unwrap_err();
    let want = json!({ "name": ["length.min", "format"], "email": ["uniqueness"], "color": ["inclusion"],
        "initials": ["length.min"] });
    assert_eq!(typed_codes(&error), want);
}

async fn a_valid_row_passes_every_rule(lab: Lab) {
    Shop::create(&lab.ctx, set!(Shop { name: "Bean", city: "Oslo" })).await.unwrap();
    let body = json!({ "name": "abc", "email": "a@b", "age": 150, "color": "red", "login": "ada", "zip": "12345",
        "initials": "AL", "card": "1", "bonus": 5, "premium": true, "tags": ["a", "b"], "lucky": 4, "city": "Oslo" });
    let made = lab.rest().create("/api/Members", body.clone()).await;
    for (key, value) in body.as_object().unwrap() {
        assert_eq!(&made[key], value, "{key}");
    }
}

async fn null_and_blank_pass_where_they_are_allowed(lab: Lab) {
    for (key, value) in [
        ("zip", json!("")),
        ("zip", json!(null)),
        ("color", json!(null)),
        ("age", json!(null)),
        ("login", json!(null)),
        ("lucky", json!(null)),
        ("email", json!(null)),
        ("tags", json!(null)),
        ("card", json!("")),
    ] {
        lab.rest().create("/api/Members", with(key, value)).await;
    }
    assert_eq!(codes(&lab, with("color", json!(""))).await, json!({ "color": ["inclusion.blank"] }));
    assert_eq!(codes(&lab, with("initials", json!(""))).await, json!({ "initials": ["length.blank"] }));
    assert_eq!(
        codes(&lab, json!({ "initials": "AL" })).await,
        json!({ "name": ["presence", "length.blank", "format.blank"] })
    );
}

async fn conditions_look_at_the_rest_of_the_row(lab: Lab) {
    assert_eq!(codes(&lab, with("premium", json!(true))).await, json!({ "card": ["presence"] }));
    assert_eq!(codes(&lab, with("bonus", json!(1))).await, json!({ "bonus": ["absence"] }));
    let mut premium = with("premium", json!(true));
    premium["card"] = json!("1");
    premium["bonus"] = json!(1);
    lab.rest().create("/api/Members", premium).await;
}

async fn a_patch_validates_only_what_it_sets(lab: Lab) {
    // A row of the time before the rules.
    lab.sql("INSERT INTO member (name, color) VALUES ('X', 'green')").await;
    let member = Member::find_one(&lab.ctx, ()).await.unwrap().unwrap();
    let patched = member.update_attributes(&lab.ctx, set!(Member { login: "ada".to_owned() })).await.unwrap();
    assert_eq!((patched.login.as_deref(), patched.color.as_deref()), (Some("ada"), Some("green")));
    let error =
        member.update_attributes(&lab.ctx, set!(Member { color: "pink".to_owned(), age: 7.5 })).await.unwrap_err();
    assert_eq!(typed_codes(&error), json!({ "color": ["inclusion"], "age": ["numericality.int"] }));
    let path = format!("/api/Members/{}", member.id);
    let answer = lab.rest().json("PATCH", &path, json!({ "name": null })).await;
    assert_eq!(
        answer.json()["error"]["details"]["codes"],
        json!({ "name": ["presence", "length.null", "format.null"] })
    );
    assert_eq!(lab.rest().json("PATCH", &path, json!({})).await.status, 200);
    assert_eq!(lab.rest().json("PATCH", "/api/Members/999", json!({ "color": "pink" })).await.status, 404);
}

async fn a_patch_with_a_condition_looks_at_the_stored_row(lab: Lab) {
    let plain = lab.rest().create("/api/Members", with("premium", json!(false))).await;
    let mut body = with("premium", json!(true));
    body["card"] = json!("1");
    let premium = lab.rest().create("/api/Members", body).await;
    for (member, patch, status) in [
        (&plain, json!({ "bonus": 1 }), 422),
        (&premium, json!({ "bonus": 1 }), 200),
        (&plain, json!({ "bonus": 1, "premium": true }), 200),
        (&premium, json!({ "card": null }), 422),
        (&premium, json!({ "card": null, "premium": false }), 200),
    ] {
        let answer = lab.rest().json("PATCH", &format!("/api/Members/{}", member["id"]), patch.clone()).await;
        assert_eq!(answer.status, status, "{patch}: {answer}");
    }
}

async fn update_all_validates_what_it_sets(lab: Lab) {
    lab.rest().create("/api/Members", with("email", json!("a@b"))).await;
    let rest = lab.rest();
    for bad in [
        json!({ "color": "pink" }),
        json!({ "name": "A" }),
        json!({ "zz": 1 }),
        json!({ "age": "x" }),
        json!({ "name": null }),
        json!({ "city": "Atlantis" }),
    ] {
        let answer = rest.json("POST", "/api/Members/update?where={}", bad.clone()).await;
        assert_eq!(answer.status, 422, "{bad}: {answer}");
    }
    let answer = rest.json("POST", "/api/Members/update?where={}", json!({ "color": "blue" })).await;
    assert_eq!(answer.text(), r#"{"count":1}"#);
}

async fn replace_validates_the_whole_row(lab: Lab) {
    let made = lab.rest().create("/api/Members", with("email", json!("a@b"))).await;
    let path = format!("/api/Members/{}/replace", made["id"]);
    let answer = lab.rest().json("POST", &path, json!({ "color": "pink" })).await;
    let want = json!({ "name": ["presence", "length.blank", "format.blank"], "initials": ["length.blank"], "color": ["inclusion"] });
    assert_eq!(answer.json()["error"]["details"]["codes"], want);
    assert_eq!(lab.rest().json("POST", &path, with("email", json!("a@b"))).await.status, 200);
}

async fn a_custom_rule_may_ask_the_database(lab: Lab) {
    assert_eq!(codes(&lab, with("city", json!("Oslo"))).await, json!({ "city": ["known"] }));
    Shop::create(&lab.ctx, set!(Shop { name: "Bean", city: "Oslo" })).await.unwrap();
    lab.rest().create("/api/Members", with("city", json!("Oslo"))).await;
}

async fn a_custom_rule_sees_the_transaction(lab: Lab) {
    let done = lab.ctx.transaction(async |tx| {
        Shop::create(&tx, set!(Shop { name: "Bean", city: "Oslo" })).await?;
        Member::create(&tx, set!(Member { name: "ada", initials: "AL".to_owned(), city: "Oslo".to_owned() })).await
    });
    assert_eq!(done.await.unwrap().city.as_deref(), Some("Oslo"));
}

async fn uniqueness_holds_for_every_kind_and_lets_null_pass(lab: Lab) {
    let rest = lab.rest();
    rest.create("/api/Singles", json!({})).await;
    rest.create("/api/Singles", json!({})).await;
    for (key, value, same) in [
        ("text", json!("a"), json!("a")),
        ("whole", json!(0), json!("0")),
        ("number", json!(0), json!(-0.0)),
        ("number", json!(0.1), json!("0.1")),
        ("exact", json!("1.50"), json!(1.5)),
        ("at", json!("2024-02-29T12:00:00.5Z"), json!("2024-02-29T13:00:00.500+01:00")),
        ("day", json!("2024-02-29"), json!("2024-02-29T01:00:00Z")),
        ("uuid", json!("67e55044-10b1-426f-9247-bb680e5fe0c8"), json!("67E55044-10B1-426F-9247-BB680E5FE0C8")),
        ("tier", json!("gold-plus"), json!("gold-plus")),
        ("flag", json!(false), json!(0)),
    ] {
        rest.create("/api/Singles", json!({ key: value })).await;
        let answer = rest.json("POST", "/api/Singles", json!({ key: same })).await;
        assert_eq!(answer.status, 422, "{key}: {answer}");
        assert_eq!(answer.json()["error"]["details"]["codes"], json!({ key: ["uniqueness"] }));
    }
    // LoopBack does not ask for blank text; the index does.
    rest.create("/api/Singles", json!({ "text": "" })).await;
    let answer = rest.json("POST", "/api/Singles", json!({ "text": "" })).await;
    assert_eq!((answer.status, &answer.json()["error"]["details"]["codes"]), (422, &json!({ "text": ["uniqueness"] })));
}

async fn uniqueness_lets_a_row_keep_its_own_value(lab: Lab) {
    let a = Single::create(&lab.ctx, set!(Single { text: "a".to_owned() })).await.unwrap();
    let mut b = Single::create(&lab.ctx, set!(Single { text: "b".to_owned() })).await.unwrap();
    a.update_attributes(&lab.ctx, set!(Single { text: "a".to_owned() })).await.unwrap();
    Single::replace_by_id(&lab.ctx, a.id, set!(Single { text: "a".to_owned() })).await.unwrap();
    Single::upsert(&lab.ctx, set!(Single { id: a.id, text: "a".to_owned() })).await.unwrap();
    b.text = Some("a".into());
    assert_eq!(typed_codes(&b.save(&lab.ctx).await.unwrap_err()), json!({ "text": ["uniqueness"] }));
    let error = b.update_attributes(&lab.ctx, set!(Single { text: "a".to_owned() })).await.unwrap_err();
    assert_eq!(typed_codes(&error), json!({ "text": ["uniqueness"] }));
}

async fn uniqueness_sees_case_and_spaces(lab: Lab) {
    for text in ["a", "A", "a ", " a", "á", "a\u{301}", "ß", "ss", "😀", "😁"] {
        Single::create(&lab.ctx, set!(Single { text: text.to_owned() })).await.unwrap();
    }
}

async fn uniqueness_in_a_scope_takes_null_for_equal(lab: Lab) {
    let seat = |hall: Option<&str>, line: Option<i64>, number: Option<i64>| {
        set!(Seat { hall: hall.map(str::to_owned), line: line, number: number })
    };
    for (hall, line, number, good) in [
        (Some("A"), Some(1), Some(1), true),
        (Some("A"), Some(1), Some(1), false),
        (Some("A"), Some(2), Some(1), true),
        (None, Some(1), Some(1), true),
        (None, Some(1), Some(1), false),
        (Some(""), Some(1), Some(1), true),
        (None, None, Some(1), true),
        (None, None, Some(1), false),
        (None, Some(0), Some(1), true),
        (Some("A"), Some(1), None, true),
        (Some("A"), Some(1), None, true),
    ] {
        let made = Seat::create(&lab.ctx, seat(hall, line, number)).await;
        match made {
            Ok(_) => assert!(good, "{hall:?} {line:?} {number:?}"),
            Err(error) => assert_eq!((good, typed_codes(&error)), (false, json!({ "number": ["uniqueness"] }))),
        }
    }
    // And so does the index, for who goes past the validation.
    let patch = seat(None, None, Some(1));
    assert!(loopback::sea_orm::ActiveModelTrait::insert(patch, lab.ctx.db()).await.is_err());
}

async fn moving_into_a_scope_is_checked(lab: Lab) {
    let a = Seat::create(&lab.ctx, set!(Seat { hall: "A".to_owned(), number: 1_i64 })).await.unwrap();
    let b = Seat::create(&lab.ctx, set!(Seat { hall: "B".to_owned(), number: 1_i64 })).await.unwrap();
    let error = b.update_attributes(&lab.ctx, set!(Seat { hall: "A".to_owned() })).await.unwrap_err();
    assert_eq!(typed_codes(&error), json!({ "number": ["uniqueness"] }));
    b.update_attributes(&lab.ctx, set!(Seat { hall: "A".to_owned(), number: 2_i64 })).await.unwrap();
    a.update_attributes(&lab.ctx, set!(Seat { note: "front".to_owned() })).await.unwrap();
    let error = a.update_attributes(&lab.ctx, set!(Seat { number: 2_i64 })).await.unwrap_err();
    assert_eq!(typed_codes(&error), json!({ "number": ["uniqueness"] }));
}

async fn many_rows_of_one_unique_value_are_refused_by_the_index(lab: Lab) {
    for text in ["a", "b"] {
        Single::create(&lab.ctx, set!(Single { text: text.to_owned() })).await.unwrap();
    }
    let error = Single::update_all(&lab.ctx, (), set!(Single { text: "c".to_owned() })).await.unwrap_err();
    assert_eq!(typed_codes(&error), json!({ "text": ["uniqueness"] }));
    let texts = Single::select(&lab.ctx, Single::props().text, ()).await.unwrap();
    assert_eq!(texts, [Some("a".to_owned()), Some("b".to_owned())]);
}

async fn a_list_of_instances_names_the_one_that_fails(lab: Lab) {
    let list = json!([with("email", json!("a")), with("email", json!("b")), with("email", json!("a"))]);
    let answer = lab.rest().json("POST", "/api/Members", list).await;
    assert_eq!(answer.status, 422);
    let error = &answer.json()["error"];
    assert_eq!(error["details"]["codes"], json!({ "email": ["uniqueness"] }));
    assert!(error["message"].as_str().unwrap().contains("item 2"), "{error}");
    assert_eq!(Member::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn the_error_body_is_loopbacks(lab: Lab) {
    let answer = lab.rest().json("POST", "/api/Members", with("color", json!("green"))).await;
    let want = json!({ "error": {
        "statusCode": 422,
        "name": "ValidationError",
        "message": "The `Member` instance is not valid. Details: `color` is not included in the list (value: \"green\").",
        "details": { "context": "Member", "codes": { "color": ["inclusion"] },
            "messages": { "color": ["is not included in the list"] } },
    } });
    assert_eq!(answer.json(), want);
}
