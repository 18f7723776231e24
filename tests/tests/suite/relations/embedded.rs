//! embedsOne and embedsMany: data of another model inside the row.

use super::models::*;
use super::{codes, each, error, found, named, ok};
use crate::models::models;
use futures_util::future::join_all;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use serde_json::json;

cases!(models![Supplier, Address, Part, Remark, Stop];
    embeds_one_has_every_route
    embeds_one_in_typed_calls
    embeds_many_has_every_route
    embeds_many_in_typed_calls
    twenty_creates_at_once_lose_nothing
    what_is_embedded_is_validated_with_its_row
    without_validation_types_count_all_the_same
    numbers_are_counted_on
    embedded_data_is_included_and_filtered
    hidden_properties_of_embedded_data_stay_hidden
    conditions_on_embedded_data
    wrong_ids_and_missing_rows
);

async fn supplier(lab: &Lab, name: &str) -> (Supplier, String) {
    let supplier = Supplier::create(&lab.ctx, set!(Supplier { name: name })).await.unwrap();
    let path = format!("/api/Suppliers/{}", supplier.id);
    (supplier, path)
}

async fn embeds_one_has_every_route(lab: Lab) {
    let rest = lab.rest();
    let (_, path) = supplier(&lab, "S").await;
    let address = format!("{path}/address");
    assert_eq!(rest.get(&address).await.status, 404);
    assert_eq!(rest.json("PUT", &address, json!({ "street": "High Street" })).await.status, 404);
    assert_eq!(
        codes(&rest.json("POST", &address, json!({ "street": "x" })).await),
        json!({ "street": ["length.min"] })
    );
    let made = rest.create(&address, json!({ "street": "High Street" })).await;
    assert_eq!(made, json!({ "street": "High Street", "city": "Troy" }));
    assert_eq!(ok(&rest.get(&address).await), made);
    assert_eq!(ok(&rest.get(&path).await)["_address"], made);
    assert_eq!(rest.call("HEAD", &address).await.status, 200);
    let changed = ok(&rest.json("PUT", &address, json!({ "city": "Rome" })).await);
    assert_eq!(changed, json!({ "street": "High Street", "city": "Rome" }));
    assert_eq!(rest.json("PUT", &address, json!({ "street": "" })).await.status, 422);
    assert_eq!(rest.json("PUT", &address, json!({ "street": 5, "city": {} })).await.status, 422);
    assert_eq!(rest.json("PUT", &address, json!({ "nonsense": 5 })).await.status, 422);
    assert_eq!(ok(&rest.get(&address).await), changed);
    assert_eq!(rest.call("DELETE", &address).await.status, 204);
    assert_eq!(rest.get(&address).await.status, 404);
    assert_eq!(rest.get(&format!("{address}/1")).await.status, 404);
}

async fn embeds_one_in_typed_calls(lab: Lab) {
    let ctx = &lab.ctx;
    let (row, _) = supplier(&lab, "S").await;
    assert!(row.address.get().is_none());
    assert_eq!(row.address.update(ctx, set!(Address { street: "Low Street" })).await.unwrap_err().status(), 404);
    let made = row.address.create(ctx, set!(Address { street: "High Street", code: "c".to_owned() })).await.unwrap();
    assert_eq!((made.city.as_deref(), made.code.as_deref()), (Some("Troy"), Some("c")));
    let changed = row.address.update(ctx, set!(Address { street: "Low Street" })).await.unwrap();
    assert_eq!((changed.street.as_str(), changed.code.as_deref()), ("Low Street", Some("c")));
    let read = row.reload(ctx).await.unwrap();
    assert_eq!(read.address.get().unwrap().street, "Low Street");
    row.address.destroy(ctx).await.unwrap();
    assert!(row.reload(ctx).await.unwrap().address.get().is_none());
    let whole = Address { street: "Own Street".into(), city: None, code: None };
    let other = Supplier::create(ctx, set!(Supplier { name: "T", address: whole })).await.unwrap();
    assert_eq!(other.address.get().unwrap().street, "Own Street");
}

async fn embeds_many_has_every_route(lab: Lab) {
    let rest = lab.rest();
    let (_, path) = supplier(&lab, "S").await;
    let parts = format!("{path}/parts");
    assert_eq!(ok(&rest.get(&path).await)["_parts"], json!([]), "an empty list when nobody says otherwise");
    let a = rest.create(&parts, json!({ "name": "a" })).await;
    let id = a["id"].as_str().unwrap().to_owned();
    assert!(!id.is_empty() && a["amount"] == 1);
    let b = rest.create(&parts, json!({ "name": "b", "amount": 5 })).await;
    assert_eq!(
        codes(&rest.json("POST", &parts, json!({ "name": "" })).await),
        json!({ "name": ["presence", "length.blank"] })
    );
    assert_eq!(
        rest.json("POST", &parts, json!({ "name": "c", "id": "mine" })).await.status,
        422,
        "its id is not the client's"
    );
    assert_eq!(found(&lab, &parts, json!({}), "name").await, json!(["a", "b"]));
    assert_eq!(found(&lab, &parts, json!({ "order": "amount DESC" }), "name").await, json!(["b", "a"]));
    assert_eq!(found(&lab, &parts, json!({ "where": { "amount": { "gt": 2 } } }), "name").await, json!(["b"]));
    assert_eq!(found(&lab, &parts, json!({ "skip": 1, "limit": 1 }), "name").await, json!(["b"]));
    assert_eq!(ok(&rest.find(&parts, json!({ "fields": ["name"] })).await), json!([{ "name": "a" }, { "name": "b" }]));
    assert_eq!(ok(&rest.get(&format!("{parts}/count")).await), json!({ "count": 2 }));
    let condition = encoded(&json!({ "name": "b" }).to_string());
    assert_eq!(ok(&rest.get(&format!("{parts}/count?where={condition}")).await), json!({ "count": 1 }));
    let one = format!("{parts}/{id}");
    assert_eq!(ok(&rest.get(&one).await), a);
    assert_eq!(rest.get(&format!("{parts}/none")).await.status, 404);
    let changed = ok(&rest.json("PUT", &one, json!({ "amount": 9 })).await);
    assert_eq!((&changed["name"], &changed["amount"]), (&json!("a"), &json!(9)));
    assert_eq!(rest.json("PUT", &one, json!({ "name": "" })).await.status, 422);
    assert_eq!(rest.json("PUT", &one, json!({ "id": "other" })).await.status, 422);
    assert_eq!(rest.json("PUT", &format!("{parts}/none"), json!({ "amount": 9 })).await.status, 404);
    assert_eq!(rest.call("DELETE", &one).await.status, 204);
    assert_eq!(found(&lab, &parts, json!({}), "id").await, json!([b["id"]]));
    assert_eq!(rest.call("DELETE", &format!("{parts}?where={}", encoded("{\"name\":\"none\"}"))).await.status, 204);
    assert_eq!(ok(&rest.get(&format!("{parts}/count")).await), json!({ "count": 1 }));
    assert_eq!(rest.call("DELETE", &parts).await.status, 204);
    assert_eq!(ok(&rest.get(&path).await)["_parts"], json!([]));
}

async fn embeds_many_in_typed_calls(lab: Lab) {
    let ctx = &lab.ctx;
    let (row, _) = supplier(&lab, "S").await;
    let a = row.parts.create(ctx, set!(Part { name: "a" })).await.unwrap();
    let b = row.parts.create(ctx, set!(Part { name: "b" })).await.unwrap();
    assert!(!a.id.is_empty() && a.id != b.id);
    assert_eq!(row.parts.update_by_id(ctx, a.id.clone(), set!(Part { amount: 7 })).await.unwrap().amount, 7);
    assert_eq!(row.parts.update_by_id(ctx, "none", set!(Part { amount: 7 })).await.unwrap_err().status(), 404);
    let read = row.reload(ctx).await.unwrap();
    assert_eq!(read.parts.iter().map(|part| part.amount).collect::<Vec<_>>(), [7, 1]);
    row.parts.destroy_by_id(ctx, b.id.clone()).await.unwrap();
    row.parts.destroy_by_id(ctx, b.id).await.unwrap();
    assert_eq!(row.reload(ctx).await.unwrap().parts.len(), 1);
    row.remarks.create(ctx, set!(Remark { id: 1_i64, text: "x" })).await.unwrap();
    let error = row.remarks.create(ctx, set!(Remark { id: 1_i64, text: "y" })).await.unwrap_err();
    assert_eq!((error.status(), &error.details().unwrap()["codes"]), (422, &json!({ "_remarks": ["uniqueness"] })));
}

async fn twenty_creates_at_once_lose_nothing(lab: Lab) {
    let (row, path) = supplier(&lab, "S").await;
    let tasks = (0..20).map(|n| {
        let (rest, parts) = (lab.rest().clone(), format!("{path}/parts"));
        tokio::spawn(async move { rest.json("POST", &parts, json!({ "name": format!("{n}") })).await })
    });
    for answer in join_all(tasks).await {
        ok(&answer.unwrap());
    }
    let read = row.reload(&lab.ctx).await.unwrap();
    let mut names: Vec<usize> = read.parts.iter().map(|part| part.name.parse().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, (0..20).collect::<Vec<_>>());
}

async fn what_is_embedded_is_validated_with_its_row(lab: Lab) {
    let rest = lab.rest();
    let post = async |body| rest.json("POST", "/api/Suppliers", body).await;
    let made =
        ok(&post(json!({ "name": "S", "_address": { "street": "High Street" }, "_parts": [{ "name": "a" }] })).await);
    assert_eq!(made["_address"], json!({ "street": "High Street", "city": "Troy" }));
    assert!(made["_parts"][0]["id"].as_str().is_some_and(|id| !id.is_empty()), "{made}");
    assert_eq!(made["_parts"][0]["amount"], 1);
    let path = format!("/api/Suppliers/{}", made["id"]);
    assert_eq!(ok(&rest.get(&path).await)["_parts"], made["_parts"]);
    assert_eq!(
        codes(&post(json!({ "name": "S", "_address": { "street": "x" } })).await),
        json!({ "_address": ["invalid"] })
    );
    assert_eq!(
        codes(&post(json!({ "name": "S", "_parts": [{ "name": "" }] })).await),
        json!({ "_parts": ["invalid"] })
    );
    let twice = json!({ "name": "S", "_parts": [{ "id": "1", "name": "a" }, { "id": "1", "name": "b" }] });
    assert_eq!(codes(&post(twice).await), json!({ "_parts": ["uniqueness"] }));
    for body in [
        json!({ "name": "S", "_parts": { "name": "a" } }),
        json!({ "name": "S", "_parts": [1] }),
        json!({ "name": "S", "_parts": [[]] }),
        json!({ "name": "S", "_parts": [null] }),
        json!({ "name": "S", "_parts": "a" }),
        json!({ "name": "S", "_address": [] }),
        json!({ "name": "S", "_address": "a" }),
        json!({ "name": "S", "_address": { "street": {} } }),
        json!({ "name": "S", "_address": { "street": "High Street", "nonsense": 1 } }),
    ] {
        let answer = post(body.clone()).await;
        assert!(matches!(answer.status, 400 | 422), "{body}: {answer}");
    }
    assert_eq!(Supplier::count(&lab.ctx, ()).await.unwrap(), 1);
    // A change of the whole list keeps the ids that it has.
    let patched = ok(&rest.json("PATCH", &path, json!({ "_parts": [made["_parts"][0], { "name": "b" }] })).await);
    assert_eq!(patched["_parts"][0], made["_parts"][0]);
    assert_eq!(rest.json("PATCH", &path, json!({ "_parts": [{ "name": "" }] })).await.status, 422);
    assert_eq!(ok(&rest.json("PATCH", &path, json!({ "_address": null })).await).get("_address"), Some(&json!(null)));
    assert_eq!(rest.get(&format!("{path}/address")).await.status, 404);
}

async fn without_validation_types_count_all_the_same(lab: Lab) {
    let rest = lab.rest();
    let (_, path) = supplier(&lab, "S").await;
    let remarks = format!("{path}/remarks");
    // Too short, but nobody asks.
    assert_eq!(rest.create(&remarks, json!({ "id": 1, "text": "x" })).await, json!({ "id": 1, "text": "x" }));
    for body in [
        json!({ "id": 2, "text": { "a": 1 } }),
        json!({ "id": "two", "text": "x" }),
        json!({ "id": 2, "text": "x", "nonsense": 1 }),
    ] {
        assert_eq!(rest.json("POST", &remarks, body.clone()).await.status, 422, "{body}");
    }
    assert_eq!(rest.json("PUT", &format!("{remarks}/1"), json!({ "text": {} })).await.status, 422);
    assert_eq!(rest.json("PATCH", &path, json!({ "_remarks": [{ "id": "two", "text": "x" }] })).await.status, 422);
    assert_eq!(
        codes(&rest.json("POST", &remarks, json!({ "id": 1, "text": "y" })).await),
        json!({ "_remarks": ["uniqueness"] })
    );
    assert_eq!(ok(&rest.get(&remarks).await), json!([{ "id": 1, "text": "x" }]));
}

async fn numbers_are_counted_on(lab: Lab) {
    let rest = lab.rest();
    let (row, path) = supplier(&lab, "S").await;
    let stops = format!("{path}/stops");
    for n in 1..=3 {
        assert_eq!(rest.create(&stops, json!({ "place": "x" })).await["id"], n);
    }
    assert_eq!(rest.call("DELETE", &format!("{stops}/1")).await.status, 204);
    assert_eq!(row.stops.create(&lab.ctx, set!(Stop { place: "y" })).await.unwrap().id, 4);
    let list = json!([{ "place": "a" }, { "id": 7, "place": "b" }, { "place": "c" }]);
    let patched = ok(&rest.json("PATCH", &path, json!({ "_stops": list })).await);
    assert_eq!(each(&patched["_stops"], "id"), json!([8, 7, 9]));
    let made = rest.create("/api/Suppliers", json!({ "name": "T", "_stops": [{ "place": "a" }] })).await;
    assert_eq!(made["_stops"][0]["id"], 1);
    assert_eq!(row.reload(&lab.ctx).await.unwrap().stops.len(), 3);
}

async fn embedded_data_is_included_and_filtered(lab: Lab) {
    let rest = lab.rest();
    let (row, _) = supplier(&lab, "S").await;
    row.address.create(&lab.ctx, set!(Address { street: "High Street" })).await.unwrap();
    for (name, amount) in [("a", 1), ("b", 2), ("c", 3)] {
        row.parts.create(&lab.ctx, set!(Part { name: name, amount: amount })).await.unwrap();
    }
    supplier(&lab, "T").await;
    let scope = json!({ "where": { "amount": { "lt": 3 } }, "order": "amount DESC", "fields": ["name"] });
    let filter =
        json!({ "order": "id", "fields": ["name"], "include": ["address", { "relation": "parts", "scope": scope }] });
    let all = ok(&rest.find("/api/Suppliers", filter).await);
    assert_eq!(
        all,
        json!([
            { "name": "S", "address": { "street": "High Street", "city": "Troy" }, "parts": [{ "name": "b" }, { "name": "a" }] },
            { "name": "T", "parts": [] },
        ])
    );
    let filter =
        json!({ "include": { "relation": "parts", "scope": { "skip": 1, "limit": 1 } }, "where": { "name": "S" } });
    assert_eq!(each(&ok(&rest.find("/api/Suppliers", filter).await)[0]["parts"], "name"), json!(["b"]));
    let filter = json!({ "include": { "relation": "parts", "scope": { "where": { "cost": 1 } } } });
    assert_eq!(rest.find("/api/Suppliers", filter).await.status, 400);
}

async fn hidden_properties_of_embedded_data_stay_hidden(lab: Lab) {
    let rest = lab.rest();
    let body = json!({
        "name": "S",
        "_address": { "street": "High Street", "code": "hush" },
        "_parts": [{ "id": "1", "name": "a", "cost": 4711.5 }],
    });
    let made = rest.json("POST", "/api/Suppliers", body).await;
    let path = format!("/api/Suppliers/{}", ok(&made)["id"]);
    let row = Supplier::find_one(&lab.ctx, ()).await.unwrap().unwrap();
    assert_eq!((row.address.get().unwrap().code.as_deref(), row.parts[0].cost), (Some("hush"), Some(4711.5)));
    let answers = [
        made,
        rest.get(&path).await,
        rest.get("/api/Suppliers").await,
        rest.get("/api/Suppliers/findOne").await,
        rest.find("/api/Suppliers", json!({ "fields": ["_address", "_parts"] })).await,
        rest.find("/api/Suppliers", json!({ "include": ["address", "parts"] })).await,
        rest.get(&format!("{path}/address")).await,
        rest.get(&format!("{path}/parts")).await,
        rest.get(&format!("{path}/parts/1")).await,
        rest.json("PUT", &format!("{path}/address"), json!({ "city": "Rome" })).await,
        rest.json("PUT", &format!("{path}/parts/1"), json!({ "amount": 2 })).await,
        rest.json("PATCH", &path, json!({ "name": "SS" })).await,
        rest.json("PATCH", &path, json!({ "_address": { "street": "Low Street", "code": "hush" } })).await,
        rest.json("PATCH", &path, json!({ "_address": { "street": "x", "code": "hush" } })).await,
        rest.json(
            "POST",
            "/api/Suppliers/replaceOrCreate",
            json!({ "id": row.id, "name": "S", "_parts": [{ "id": "1", "name": "a", "cost": 4711.5 }] }),
        )
        .await,
    ];
    for (at, answer) in answers.iter().enumerate() {
        assert!(matches!(answer.status, 200 | 422), "{at}: {answer}");
        let text = answer.text();
        assert!(!text.contains("hush") && !text.contains("4711"), "{at}: {answer}");
    }
    for condition in [
        json!({ "address": { "code": "hush" } }),
        json!({ "address.code": "hush" }),
        json!({ "_address.code": "hush" }),
        json!({ "_address.code": { "like": "h%" } }),
        json!({ "_parts.cost": 4711.5 }),
    ] {
        let answer = rest.find("/api/Suppliers", json!({ "where": condition })).await;
        assert_eq!(error(&answer), (400, "INVALID_FILTER".into()), "{condition}: {answer}");
    }
}

async fn conditions_on_embedded_data(lab: Lab) {
    let ctx = &lab.ctx;
    let (a, _) = supplier(&lab, "A").await;
    let (b, _) = supplier(&lab, "B").await;
    supplier(&lab, "C").await;
    a.address.create(ctx, set!(Address { street: "High Street", city: "Troy".to_owned() })).await.unwrap();
    b.address.create(ctx, set!(Address { street: "Low Street", city: "Rome".to_owned() })).await.unwrap();
    let names = async |condition| named(&lab, "/api/Suppliers", condition).await;
    assert_eq!(names(json!({ "address": { "city": "Troy" } })).await, json!(["A"]));
    assert_eq!(names(json!({ "address.city": "Rome" })).await, json!(["B"]));
    assert_eq!(
        names(json!({ "address.street": { "like": "%Street" }, "address.city": { "neq": "Rome" } })).await,
        json!(["A"])
    );
    assert_eq!(names(json!({ "address": null })).await, json!(["C"]));
    assert_eq!(names(json!({ "address": { "neq": null } })).await, json!(["A", "B"]));
    assert_eq!(names(json!({ "or": [{ "address.city": "Troy" }, { "address": null }] })).await, json!(["A", "C"]));
    assert_eq!(
        names(json!({ "address": { "or": [{ "city": "Troy" }, { "city": "Rome" }] } })).await,
        json!(["A", "B"])
    );
    assert_eq!(
        error(&lab.rest().find("/api/Suppliers", json!({ "where": { "parts": { "name": "x" } } })).await).0,
        400
    );
    assert_eq!(
        error(&lab.rest().find("/api/Suppliers", json!({ "where": { "address": { "nonsense": "x" } } })).await).0,
        400
    );
    let (supplier, address) = (Supplier::props(), Address::props());
    assert_eq!(Supplier::count(ctx, supplier.address.is(address.street.like("%Street"))).await.unwrap(), 2);
}

async fn wrong_ids_and_missing_rows(lab: Lab) {
    let rest = lab.rest();
    let (_, path) = supplier(&lab, "S").await;
    for (verb, path) in [
        ("GET", "/api/Suppliers/999/address".to_owned()),
        ("DELETE", "/api/Suppliers/999/address".to_owned()),
        ("GET", "/api/Suppliers/999/parts".to_owned()),
        ("GET", "/api/Suppliers/999/parts/count".to_owned()),
        ("DELETE", "/api/Suppliers/999/parts".to_owned()),
        ("GET", format!("{path}/parts/none")),
        ("PUT", format!("{path}/parts/rel/none")),
    ] {
        assert_eq!(error(&rest.call(verb, &path).await).0, 404, "{verb} {path}");
    }
    for path in ["/api/Suppliers/999/address", "/api/Suppliers/999/parts"] {
        assert_eq!(
            rest.json("POST", path, json!({ "street": "High Street", "name": "n" })).await.status,
            404,
            "{path}"
        );
    }
    assert_eq!(error(&rest.get(&format!("{path}/remarks/x")).await), (400, "INVALID_ID".into()));
    assert_eq!(rest.call("DELETE", &format!("{path}/remarks/x")).await.status, 400);
    for path in ["/api/Addresses", "/api/Parts", "/api/Address"] {
        assert_eq!(rest.get(path).await.status, 404);
    }
}
