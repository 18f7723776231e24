//! referencesMany: a list of keys in the row.

use super::models::*;
use super::{codes, each, error, found, named, ok};
use crate::models::models;
use futures_util::future::join_all;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use serde_json::json;

cases!(models![Basket, Fruit, Gem, Word];
    references_have_every_route
    references_in_typed_calls
    twenty_links_at_once_lose_nothing
    ids_that_lead_nowhere_are_skipped
    keys_of_other_types
    conditions_on_referenced_rows
    includes_of_referenced_rows
    the_list_itself_is_a_property
);

async fn basket(lab: &Lab) -> (Basket, String, Vec<Fruit>) {
    let basket = Basket::create(&lab.ctx, set!(Basket { name: "B" })).await.unwrap();
    let mut fruits = Vec::new();
    for name in ["apple", "berry", "cherry"] {
        fruits.push(Fruit::create(&lab.ctx, set!(Fruit { name: name, origin: "hush".to_owned() })).await.unwrap());
    }
    let path = format!("/api/Baskets/{}/fruits", basket.id);
    (basket, path, fruits)
}

async fn references_have_every_route(lab: Lab) {
    let rest = lab.rest();
    let (basket, fruits, all) = basket(&lab).await;
    let of_basket = format!("/api/Baskets/{}", basket.id);
    assert_eq!(ok(&rest.get(&of_basket).await)["fruitIds"], json!([]));
    let linked = ok(&rest.call("PUT", &format!("{fruits}/rel/{}", all[1].id)).await);
    assert_eq!(linked, json!({ "id": all[1].id, "name": "berry" }));
    ok(&rest.call("PUT", &format!("{fruits}/rel/{}", all[0].id)).await);
    assert_eq!(ok(&rest.get(&of_basket).await)["fruitIds"], json!([all[1].id, all[0].id]));
    let twice = rest.call("PUT", &format!("{fruits}/rel/{}", all[0].id)).await;
    assert_eq!(codes(&twice), json!({ "fruits": ["uniqueness"] }));
    assert_eq!(error(&rest.call("PUT", &format!("{fruits}/rel/999")).await).0, 404);
    assert_eq!(error(&rest.call("PUT", "/api/Baskets/999/fruits/rel/1").await).0, 404);
    assert_eq!(error(&rest.call("PUT", &format!("{fruits}/rel/x")).await), (400, "INVALID_ID".into()));
    let made = rest.create(&fruits, json!({ "name": "date" })).await;
    assert_eq!(ok(&rest.get(&of_basket).await)["fruitIds"], json!([all[1].id, all[0].id, made["id"]]));
    assert_eq!(found(&lab, &fruits, json!({ "order": "name" }), "name").await, json!(["apple", "berry", "date"]));
    assert_eq!(
        found(&lab, &fruits, json!({ "order": "name DESC", "skip": 1, "limit": 1 }), "name").await,
        json!(["berry"])
    );
    assert_eq!(
        found(&lab, &fruits, json!({ "where": { "name": { "gt": "b" } }, "order": "id" }), "name").await,
        json!(["berry", "date"])
    );
    let one = format!("{fruits}/{}", all[0].id);
    assert_eq!(ok(&rest.get(&one).await)["name"], "apple");
    assert_eq!(error(&rest.get(&format!("{fruits}/{}", all[2].id)).await).0, 404);
    assert_eq!(ok(&rest.get(&format!("{fruits}/count")).await), json!({ "count": 3 }));
    let condition = encoded(&json!({ "name": "date" }).to_string());
    assert_eq!(ok(&rest.get(&format!("{fruits}/count?where={condition}")).await), json!({ "count": 1 }));
    assert_eq!(rest.call("HEAD", &format!("{fruits}/rel/{}", all[0].id)).await.status, 200);
    assert_eq!(rest.call("HEAD", &format!("{fruits}/rel/{}", all[2].id)).await.status, 404);
    assert_eq!(ok(&rest.json("PUT", &one, json!({ "name": "Apple" })).await)["name"], "Apple");
    assert_eq!(rest.json("PUT", &format!("{fruits}/{}", all[2].id), json!({ "name": "x" })).await.status, 404);
    assert_eq!(rest.call("DELETE", &format!("{fruits}/{}", all[2].id)).await.status, 404);
    assert_eq!(rest.call("DELETE", &one).await.status, 204);
    assert!(!Fruit::exists(&lab.ctx, all[0].id).await.unwrap());
    assert_eq!(ok(&rest.get(&of_basket).await)["fruitIds"], json!([all[1].id, made["id"]]));
    for _ in 0..2 {
        assert_eq!(rest.call("DELETE", &format!("{fruits}/rel/{}", all[1].id)).await.status, 204);
    }
    assert!(Fruit::exists(&lab.ctx, all[1].id).await.unwrap());
    assert_eq!(rest.call("DELETE", &fruits).await.status, 204);
    assert_eq!(ok(&rest.get(&of_basket).await)["fruitIds"], json!([]));
    assert_eq!(ok(&rest.get(&fruits).await), json!([]));
    for (verb, path) in [
        ("GET", "/api/Baskets/999/fruits"),
        ("GET", "/api/Baskets/999/fruits/count"),
        ("DELETE", "/api/Baskets/999/fruits/rel/1"),
    ] {
        assert_eq!(rest.call(verb, path).await.status, 404, "{verb} {path}");
    }
    assert_eq!(rest.json("POST", "/api/Baskets/999/fruits", json!({ "name": "x" })).await.status, 404);
    assert_eq!(Fruit::count(&lab.ctx, Fruit::props().name.eq("x")).await.unwrap(), 0);
}

async fn references_in_typed_calls(lab: Lab) {
    let ctx = &lab.ctx;
    let (basket, _, all) = basket(&lab).await;
    basket.fruits.link(ctx, all[2].id).await.unwrap();
    assert_eq!(basket.fruits.link(ctx, all[2].id).await.unwrap_err().status(), 422);
    assert_eq!(basket.fruits.link(ctx, 999).await.unwrap_err().status(), 404);
    let made = basket.fruits.create(ctx, set!(Fruit { name: "date" })).await.unwrap();
    let read = basket.reload(ctx).await.unwrap();
    assert_eq!(read.fruits.ids(), [all[2].id, made.id]);
    assert!(!read.fruits.is_loaded());
    let p = Fruit::props();
    assert_eq!(basket.fruits.find(ctx, p.name.asc()).await.unwrap()[0].origin.as_deref(), Some("hush"));
    assert_eq!(basket.fruits.find_one(ctx, p.name.desc()).await.unwrap().unwrap().name, "date");
    assert!(basket.fruits.find_by_id(ctx, all[0].id).await.unwrap().is_none());
    assert_eq!(basket.fruits.update_by_id(ctx, made.id, set!(Fruit { name: "dates" })).await.unwrap().name, "dates");
    basket.fruits.destroy_by_id(ctx, made.id).await.unwrap();
    assert_eq!(basket.fruits.destroy_by_id(ctx, made.id).await.unwrap_err().status(), 404);
    basket.fruits.unlink(ctx, all[2].id).await.unwrap();
    assert!(basket.reload(ctx).await.unwrap().fruits.ids().is_empty());
    let whole = Basket::create(ctx, set!(Basket { name: "C", fruits: [all[1].id, all[0].id] })).await.unwrap();
    assert_eq!(whole.fruits.find(ctx, p.id.asc()).await.unwrap().len(), 2);
}

async fn twenty_links_at_once_lose_nothing(lab: Lab) {
    let (basket, fruits, _) = basket(&lab).await;
    let mut ids = Vec::new();
    for n in 0..20 {
        ids.push(Fruit::create(&lab.ctx, set!(Fruit { name: format!("{n}") })).await.unwrap().id);
    }
    let tasks = ids.iter().map(|id| {
        let (rest, link) = (lab.rest().clone(), format!("{fruits}/rel/{id}"));
        tokio::spawn(async move { rest.call("PUT", &link).await })
    });
    for answer in join_all(tasks).await {
        ok(&answer.unwrap());
    }
    let mut linked = basket.reload(&lab.ctx).await.unwrap().fruits.ids().to_vec();
    linked.sort_unstable();
    assert_eq!(linked, ids);
}

async fn ids_that_lead_nowhere_are_skipped(lab: Lab) {
    let rest = lab.rest();
    let (basket, fruits, all) = basket(&lab).await;
    let path = format!("/api/Baskets/{}", basket.id);
    let ids = json!([999, all[1].id, 777, all[0].id]);
    ok(&rest.json("PATCH", &path, json!({ "fruitIds": ids })).await);
    assert_eq!(found(&lab, &fruits, json!({ "order": "id" }), "name").await, json!(["apple", "berry"]));
    assert_eq!(ok(&rest.get(&format!("{fruits}/count")).await), json!({ "count": 2 }));
    let all_baskets = ok(&rest.find("/api/Baskets", json!({ "include": "fruits" })).await);
    assert_eq!(each(&all_baskets[0]["fruits"], "name"), json!(["apple", "berry"]));
    assert_eq!(rest.get(&format!("{fruits}/999")).await.status, 404);
    assert_eq!(rest.call("DELETE", &format!("{fruits}/rel/999")).await.status, 204);
    assert_eq!(ok(&rest.get(&path).await)["fruitIds"], json!([all[1].id, 777, all[0].id]));
    // What a row is no more is not in the way.
    assert_eq!(ok(&rest.call("DELETE", &format!("/api/Fruits/{}", all[1].id)).await), json!({ "count": 1 }));
    assert_eq!(found(&lab, &fruits, json!({}), "name").await, json!(["apple"]));
}

async fn keys_of_other_types(lab: Lab) {
    let rest = lab.rest();
    let (basket, _, _) = basket(&lab).await;
    let path = format!("/api/Baskets/{}", basket.id);
    let gem = rest.create(&format!("{path}/gems"), json!({ "name": "ruby" })).await;
    let other = rest.create("/api/Gems", json!({ "name": "jade" })).await;
    let id = other["id"].as_str().unwrap();
    ok(&rest.call("PUT", &format!("{path}/gems/rel/{id}")).await);
    assert_eq!(ok(&rest.get(&path).await)["gemIds"], json!([gem["id"], id]));
    assert_eq!(found(&lab, &format!("{path}/gems"), json!({ "order": "name" }), "name").await, json!(["jade", "ruby"]));
    assert_eq!(rest.call("HEAD", &format!("{path}/gems/rel/{id}")).await.status, 200);
    for text in ["ö", "it's \"quoted\"", "back\\slash", "C"] {
        ok(&rest.json("POST", &format!("{path}/words"), json!({ "text": text })).await);
    }
    rest.create("/api/Words", json!({ "text": "c" })).await;
    assert_eq!(ok(&rest.get(&format!("{path}/words/count")).await), json!({ "count": 4 }));
    let all = ok(&rest.find("/api/Baskets", json!({ "include": ["gems", "words"] })).await);
    assert_eq!((all[0]["gems"].as_array().unwrap().len(), all[0]["words"].as_array().unwrap().len()), (2, 4));
    let names = async |condition| named(&lab, "/api/Baskets", condition).await;
    assert_eq!(names(json!({ "gems": { "name": "jade" } })).await, json!(["B"]));
    assert_eq!(names(json!({ "gems": { "name": "opal" } })).await, json!([]));
    for text in ["ö", "it's \"quoted\"", "back\\slash", "C"] {
        assert_eq!(names(json!({ "words": { "text": text } })).await, json!(["B"]), "{text}");
    }
    assert_eq!(names(json!({ "words.text": "c" })).await, json!([]));
    assert_eq!(rest.call("DELETE", &format!("{path}/gems/rel/{id}")).await.status, 204);
    assert_eq!(rest.call("PUT", &format!("{path}/gems/rel/nonsense")).await.status, 400);
    assert_eq!(rest.json("PATCH", &path, json!({ "gemIds": ["nonsense"] })).await.status, 422);
    assert_eq!(rest.json("PATCH", &path, json!({ "fruitIds": ["nonsense"] })).await.status, 422);
}

async fn conditions_on_referenced_rows(lab: Lab) {
    let ctx = &lab.ctx;
    let (basket, _, all) = basket(&lab).await;
    Basket::create(ctx, set!(Basket { name: "C", fruits: [all[1].id, 999] })).await.unwrap();
    Basket::create(ctx, set!(Basket { name: "D", fruits: [999_i64] })).await.unwrap();
    basket.fruits.link(ctx, all[0].id).await.unwrap();
    let names = async |condition| named(&lab, "/api/Baskets", condition).await;
    assert_eq!(names(json!({ "fruits": { "name": "apple" } })).await, json!(["B"]));
    assert_eq!(names(json!({ "fruits.name": { "inq": ["apple", "berry"] } })).await, json!(["B", "C"]));
    assert_eq!(names(json!({ "fruits": null })).await, json!(["D"]));
    assert_eq!(names(json!({ "fruits": { "neq": null } })).await, json!(["B", "C"]));
    assert_eq!(names(json!({ "nor": [{ "fruits.name": "apple" }] })).await, json!(["C", "D"]));
    assert_eq!(error(&lab.rest().find("/api/Baskets", json!({ "where": { "fruits.origin": "hush" } })).await).0, 400);
    lab.sql("UPDATE basket SET fruit_ids = NULL WHERE name = 'D'").await;
    assert_eq!(names(json!({ "fruits": null })).await, json!(["D"]));
    assert_eq!(
        found(&lab, "/api/Baskets", json!({ "include": "fruits", "order": "id" }), "fruits").await[2],
        json!([])
    );
    let basket = Basket::find_one(ctx, Basket::props().name.eq("D")).await.unwrap().unwrap();
    basket.fruits.link(ctx, all[2].id).await.unwrap();
    assert_eq!(basket.reload(ctx).await.unwrap().fruits.ids(), [all[2].id]);
}

async fn includes_of_referenced_rows(lab: Lab) {
    let ctx = &lab.ctx;
    let (basket, _, all) = basket(&lab).await;
    let ids: Vec<i64> = all.iter().map(|fruit| fruit.id).collect();
    for name in ["C", "D"] {
        Basket::create(ctx, set!(Basket { name: name, fruits: ids.clone() })).await.unwrap();
    }
    basket.fruits.link(ctx, ids[0]).await.unwrap();
    let scope = json!({ "order": "name DESC", "skip": 1, "limit": 1, "fields": ["name"] });
    let filter = json!({ "order": "id", "include": { "relation": "fruits", "scope": scope } });
    let rows = found(&lab, "/api/Baskets", filter, "fruits").await;
    assert_eq!(
        (&rows[0], each(&rows[1], "name"), each(&rows[2], "name")),
        (&json!([]), json!(["berry"]), json!(["berry"]))
    );
    let filter = json!({ "fields": ["name"], "include": "fruits", "where": { "name": "B" } });
    let rows = ok(&lab.rest().find("/api/Baskets", filter).await);
    assert_eq!(rows, json!([{ "name": "B", "fruits": [{ "id": ids[0], "name": "apple" }] }]));
    let filter = json!({ "order": "id", "include": { "relation": "fruits", "scope": { "order": "name DESC" } } });
    let rows = found(&lab, "/api/Baskets", filter, "fruits").await;
    assert_eq!(each(&rows[2], "name"), json!(["cherry", "berry", "apple"]));
    let p = Basket::props();
    let read = Basket::find(ctx, p.id.asc().include(p.fruits.scope(Fruit::props().name.desc()))).await.unwrap();
    assert!(read[1].fruits.is_loaded() && read[1].fruits.loaded()[0].name == "cherry");
    assert_eq!(read[1].fruits.ids(), ids);
}

async fn the_list_itself_is_a_property(lab: Lab) {
    let rest = lab.rest();
    let (_, _, all) = basket(&lab).await;
    let made = rest.create("/api/Baskets", json!({ "name": "x", "fruitIds": [all[0].id, all[0].id] })).await;
    assert_eq!(made["fruitIds"], json!([all[0].id, all[0].id]));
    let fruits = format!("/api/Baskets/{}/fruits", made["id"]);
    assert_eq!(found(&lab, &fruits, json!({}), "name").await, json!(["apple"]));
    let rows = ok(&rest.find("/api/Baskets", json!({ "include": "fruits", "where": { "name": "x" } })).await);
    assert_eq!(each(&rows[0]["fruits"], "name"), json!(["apple"]));
    for ids in [json!("1"), json!({ "a": 1 }), json!([{}]), json!([1.5])] {
        assert_eq!(
            rest.json("POST", "/api/Baskets", json!({ "name": "x", "fruitIds": ids })).await.status,
            422,
            "{ids}"
        );
    }
}
