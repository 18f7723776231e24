//! Which phases an operation has, and in which order: LoopBack's table.

use super::log::{Log, logged_cases};
use super::models::{Land, Pet, all};
use super::ok;
use loopback::prelude::*;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

logged_cases!(all();
    reading_asks_access_and_loads_each_row
    a_create_is_saved_before_it_is_stored
    a_list_is_created_one_by_one
    a_patch_sees_the_row_as_it_is
    a_typed_instance_is_not_asked_for_again
    a_replacement_asks_nobody
    update_all_sees_the_condition_and_counts
    deleting_asks_access_then_before_delete
    upsert_is_a_patch_or_a_create
    replace_or_create_is_a_replacement_or_a_create
    upsert_with_where_is_a_patch_or_a_create
    find_or_create_is_a_find_and_a_create
    nothing_runs_behind_what_is_not_valid
);

async fn pet(lab: &Lab, log: &Log, name: &str) -> Pet {
    let pet = Pet::create(&lab.ctx, set!(Pet { name: name })).await.unwrap();
    log.take();
    pet
}

async fn land(lab: &Lab, log: &Log, code: &str) -> Land {
    let land = Land::create(&lab.ctx, set!(Land { code: code, name: "n" })).await.unwrap();
    log.take();
    land
}

async fn reading_asks_access_and_loads_each_row(lab: Lab, log: Log) {
    let (ctx, rest) = (&lab.ctx, lab.rest());
    let (a, _) = (pet(&lab, &log, "a").await, pet(&lab, &log, "b").await);
    Pet::find(ctx, ()).await.unwrap();
    log.must_be("Pet access, loaded, loaded");
    ok(&rest.get("/api/Pets").await);
    log.must_be("Pet access, loaded, loaded");
    Pet::find_one(ctx, Pet::props().name.eq("b")).await.unwrap();
    log.must_be("Pet access, loaded");
    ok(&rest.get("/api/Pets/findOne").await);
    log.must_be("Pet access, loaded");
    Pet::find_by_id(ctx, a.id).await.unwrap();
    log.must_be("Pet access, loaded");
    a.reload(ctx).await.unwrap();
    log.must_be("Pet access, loaded");
    ok(&rest.get(&format!("/api/Pets/{}", a.id)).await);
    let seen = log.details();
    assert_eq!(seen[0], ("Pet access".into(), json!({ "filter": { "where": { "id": a.id }, "limit": 1 } })));
    assert_eq!(
        seen[1],
        ("Pet loaded".into(), json!({ "data": { "id": a.id, "name": "a", "age": 1, "ownerId": null } }))
    );
    assert_eq!(rest.get("/api/Pets/99").await.status, 404);
    log.must_be("Pet access");
    Pet::exists(ctx, a.id).await.unwrap();
    ok(&rest.get(&format!("/api/Pets/{}/exists", a.id)).await);
    assert_eq!(rest.call("HEAD", &format!("/api/Pets/{}", a.id)).await.status, 200);
    log.must_be("Pet access, access, access");
    Pet::count(ctx, Pet::props().age.gt(0)).await.unwrap();
    ok(&rest.get("/api/Pets/count").await);
    let seen = log.details();
    assert_eq!(seen[0], ("Pet access".into(), json!({ "filter": { "where": { "age": { "gt": 0 } } } })));
    assert_eq!(seen[1], ("Pet access".into(), json!({ "filter": {} })));
    Pet::select(ctx, Pet::props().name, ()).await.unwrap();
    log.must_be("Pet access, loaded, loaded");
}

async fn a_create_is_saved_before_it_is_stored(lab: Lab, log: Log) {
    let phases = "Pet before save, persist, loaded, after save";
    Pet::create(&lab.ctx, set!(Pet { name: "a" })).await.unwrap();
    log.must_be(phases);
    let made = lab.rest().create("/api/Pets", json!({ "name": "b" })).await;
    let seen = log.details();
    let new = json!({ "name": "b", "age": 1 });
    assert_eq!(seen[0], ("Pet before save".into(), json!({ "data": new, "whole": true, "isNew": true })));
    assert_eq!(seen[1], ("Pet persist".into(), json!({ "data": new, "isNew": true })));
    let stored = json!({ "id": made["id"], "name": "b", "age": 1 });
    for (at, phase) in [(2, "Pet loaded"), (3, "Pet after save")] {
        assert_eq!(seen[at].0, phase);
        assert_eq!(seen[at].1["isNew"], true);
        for (name, value) in stored.as_object().unwrap() {
            assert_eq!(&seen[at].1["data"][name], value, "{phase} {name}");
        }
        assert_eq!(seen[at].1.get("where"), None);
    }
    assert_eq!(seen.len(), 4);
    lab.ctx.create_json("Pet", json!({ "name": "c" })).await.unwrap();
    log.must_be(phases);
}

async fn a_list_is_created_one_by_one(lab: Lab, log: Log) {
    let each = "Pet before save, persist, loaded, after save, before save, persist, loaded, after save";
    Pet::create_many(&lab.ctx, [set!(Pet { name: "a" }), set!(Pet { name: "b" })]).await.unwrap();
    log.must_be(each);
    ok(&lab.rest().json("POST", "/api/Pets", json!([{ "name": "a" }, { "name": "b" }])).await);
    log.must_be(each);
    // All or nothing: the hooks of the first have run.
    assert_eq!(lab.rest().json("POST", "/api/Pets", json!([{ "name": "c" }, { "name": "" }])).await.status, 422);
    log.must_be("Pet before save, persist, loaded, after save, before save");
    assert_eq!(Pet::count(&lab.ctx, ()).await.unwrap(), 4);
}

async fn a_patch_sees_the_row_as_it_is(lab: Lab, log: Log) {
    let a = pet(&lab, &log, "a").await;
    let path = format!("/api/Pets/{}", a.id);
    ok(&lab.rest().json("PATCH", &path, json!({ "age": 5 })).await);
    let seen = log.details();
    let (before, by_id) = (json!({ "id": a.id, "name": "a", "age": 1, "ownerId": null }), json!({ "id": a.id }));
    let want: Vec<(String, Json)> = [
        ("Pet access", json!({ "filter": { "where": by_id } })),
        ("Pet loaded", json!({ "data": before })),
        ("Pet before save", json!({ "where": by_id, "data": { "age": 5 }, "whole": false, "current": before })),
        ("Pet persist", json!({ "where": by_id, "data": { "age": 5 }, "current": before, "isNew": false })),
        ("Pet loaded", json!({ "where": by_id, "data": { "id": a.id, "age": 5 }, "current": before, "isNew": false })),
        ("Pet after save", json!({ "data": { "id": a.id, "name": "a", "age": 5, "ownerId": null }, "isNew": false })),
    ]
    .map(|(line, seen)| (line.to_owned(), seen))
    .into();
    for (at, (seen, want)) in seen.iter().zip(&want).enumerate() {
        // What is around in `loaded` besides the data is nobody's promise.
        if at != 4 {
            assert_eq!(seen, want);
        } else {
            assert_eq!((&seen.0, &seen.1["data"], &seen.1["isNew"]), (&want.0, &want.1["data"], &want.1["isNew"]));
        }
    }
    assert_eq!(seen.len(), want.len());
    assert_eq!(lab.rest().json("PATCH", "/api/Pets/99", json!({ "age": 5 })).await.status, 404);
    log.must_be("Pet access");
}

async fn a_typed_instance_is_not_asked_for_again(lab: Lab, log: Log) {
    let mut a = pet(&lab, &log, "a").await;
    a.update_attributes(&lab.ctx, set!(Pet { age: 5 })).await.unwrap();
    let seen = log.details();
    assert_eq!(
        seen.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>(),
        ["Pet before save", "Pet persist", "Pet loaded", "Pet after save"]
    );
    assert_eq!((&seen[0].1["current"]["age"], &seen[0].1["whole"]), (&json!(1), &json!(false)));
    a.update_attribute(&lab.ctx, Pet::props().age, 6).await.unwrap();
    log.must_be("Pet before save, persist, loaded, after save");
    a.age = 7;
    a.save(&lab.ctx).await.unwrap();
    let seen = log.details();
    assert_eq!(seen.len(), 4);
    assert_eq!((&seen[0].1["whole"], &seen[0].1["isNew"]), (&json!(true), &json!(false)));
    a.replace_attributes(&lab.ctx, set!(Pet { name: "b" })).await.unwrap();
    log.must_be("Pet before save, persist, loaded, after save");
    a.destroy(&lab.ctx).await.unwrap();
    log.must_be("Pet before delete, after delete");
    assert_eq!(a.destroy(&lab.ctx).await.unwrap_err().status(), 404);
    log.must_be("Pet before delete, after delete");
    assert_eq!(a.update_attributes(&lab.ctx, set!(Pet { age: 5 })).await.unwrap_err().status(), 404);
    log.must_be("Pet before save, persist");
}

async fn a_replacement_asks_nobody(lab: Lab, log: Log) {
    let a = pet(&lab, &log, "a").await;
    Pet::replace_by_id(&lab.ctx, a.id, set!(Pet { name: "b" })).await.unwrap();
    log.must_be("Pet before save, persist, loaded, after save");
    for (verb, path) in [("PUT", format!("/api/Pets/{}", a.id)), ("POST", format!("/api/Pets/{}/replace", a.id))] {
        let answer = lab.rest().json(verb, &path, json!({ "name": "c" })).await;
        if answer.status == 404 {
            continue;
        }
        let seen = log.details();
        if verb == "PUT" && seen[0].0 == "Pet access" {
            continue;
        }
        assert_eq!(
            seen[0].1,
            json!({
                "data": { "id": a.id, "name": "c", "age": 1 }, "whole": true, "isNew": false
            })
        );
        assert_eq!(seen.len(), 4);
    }
    assert_eq!(Pet::replace_by_id(&lab.ctx, 99, set!(Pet { name: "b" })).await.unwrap_err().status(), 404);
    log.must_be("Pet before save, persist");
}

async fn update_all_sees_the_condition_and_counts(lab: Lab, log: Log) {
    pet(&lab, &log, "a").await;
    pet(&lab, &log, "b").await;
    let changed = lab.rest().json("POST", "/api/Pets/update?where[name]=a", json!({ "age": 9 })).await;
    assert_eq!(ok(&changed), json!({ "count": 1 }));
    let named = json!({ "name": "a" });
    assert_eq!(
        log.details(),
        [
            ("Pet access".to_owned(), json!({ "filter": { "where": named } })),
            ("Pet before save".to_owned(), json!({ "where": named, "data": { "age": 9 }, "whole": false })),
            ("Pet persist".to_owned(), json!({ "where": named, "data": { "age": 9 } })),
            ("Pet after save".to_owned(), json!({ "where": named, "data": { "age": 9 }, "count": 1 })),
        ]
    );
    assert_eq!(Pet::update_all(&lab.ctx, (), set!(Pet { age: 3 })).await.unwrap(), 2);
    let seen = log.details();
    assert_eq!((seen.len(), &seen[1].1["where"], &seen[3].1["count"]), (4, &json!({}), &json!(2)));
}

async fn deleting_asks_access_then_before_delete(lab: Lab, log: Log) {
    let (a, _) = (pet(&lab, &log, "a").await, pet(&lab, &log, "b").await);
    pet(&lab, &log, "c").await;
    let answer = lab.rest().call("DELETE", &format!("/api/Pets/{}", a.id)).await;
    assert_eq!(answer.json(), json!({ "count": 1 }));
    let by_id = json!({ "id": a.id });
    assert_eq!(
        log.details(),
        [
            ("Pet access".to_owned(), json!({ "filter": { "where": by_id } })),
            ("Pet before delete".to_owned(), json!({ "where": by_id })),
            ("Pet after delete".to_owned(), json!({ "where": by_id, "count": 1 })),
        ]
    );
    assert!(!Pet::destroy_by_id(&lab.ctx, a.id).await.unwrap());
    let seen = log.details();
    assert_eq!((seen.len(), &seen[2].1["count"]), (3, &json!(0)));
    assert_eq!(Pet::destroy_all(&lab.ctx, Pet::props().name.eq("b")).await.unwrap(), 1);
    log.must_be("Pet access, before delete, after delete");
    assert_eq!(Pet::destroy_all(&lab.ctx, ()).await.unwrap(), 1);
    assert_eq!(log.details()[2].1, json!({ "where": {}, "count": 1 }));
}

const PATCHED: &str = "Land access, loaded, before save, persist, loaded, after save";
const CREATED: &str = "Land access, before save, persist, loaded, after save";

async fn upsert_is_a_patch_or_a_create(lab: Lab, log: Log) {
    land(&lab, &log, "no").await;
    Land::upsert(&lab.ctx, set!(Land { code: "no", size: 2 })).await.unwrap();
    log.must_be(PATCHED);
    Land::upsert(&lab.ctx, set!(Land { code: "se" })).await.unwrap();
    log.must_be(CREATED);
    ok(&lab.rest().json("PATCH", "/api/Lands", json!({ "code": "no", "size": 3 })).await);
    let seen = log.details();
    assert_eq!(seen[2].1["data"], json!({ "code": "no", "size": 3 }), "an id that is repeated is seen");
    assert_eq!(seen[2].1.get("isNew"), None);
    ok(&lab.rest().json("PATCH", "/api/Lands", json!({ "code": "dk" })).await);
    let seen = log.details();
    assert_eq!((&seen[1].1["isNew"], &seen[1].1["whole"]), (&json!(true), &json!(true)));
    assert_eq!(seen[1].1["data"], json!({ "code": "dk", "size": 1 }));
    // Without an id there is nothing to look for.
    ok(&lab.rest().json("PATCH", "/api/Pets", json!({ "name": "a" })).await);
    log.must_be("Pet before save, persist, loaded, after save");
}

async fn replace_or_create_is_a_replacement_or_a_create(lab: Lab, log: Log) {
    land(&lab, &log, "no").await;
    Land::replace_or_create(&lab.ctx, set!(Land { code: "no" })).await.unwrap();
    log.must_be("Land before save, persist, loaded, after save");
    Land::replace_or_create(&lab.ctx, set!(Land { code: "se" })).await.unwrap();
    let seen: Vec<_> = log.details().into_iter().filter(|(_, seen)| seen["isNew"] == true).collect();
    assert_eq!(seen.len(), 4, "{seen:?}");
    ok(&lab.rest().json("POST", "/api/Lands/replaceOrCreate", json!({ "code": "no", "size": 3 })).await);
    let seen = log.details();
    assert_eq!((&seen[0].1["data"]["size"], &seen[0].1["isNew"]), (&json!(3), &json!(false)));
    assert_eq!(seen.len(), 4);
}

async fn upsert_with_where_is_a_patch_or_a_create(lab: Lab, log: Log) {
    land(&lab, &log, "no").await;
    let code = Land::props().code;
    Land::upsert_with_where(&lab.ctx, code.eq("no"), set!(Land { size: 2 })).await.unwrap();
    log.must_be("Land access, before save, persist, loaded, after save");
    Land::upsert_with_where(&lab.ctx, code.eq("se"), set!(Land { code: "se" })).await.unwrap();
    log.must_be(CREATED);
    let path = "/api/Lands/upsertWithWhere?where[code]=no";
    ok(&lab.rest().json("POST", path, json!({ "size": 3 })).await);
    let seen = log.details();
    assert_eq!((&seen[1].1["current"]["size"], &seen[1].1["whole"]), (&json!(2), &json!(false)));
    land(&lab, &log, "dk").await;
    let several = "/api/Lands/upsertWithWhere?where[size][gt]=0";
    assert_eq!(lab.rest().json("POST", several, json!({ "size": 3 })).await.status, 400);
    log.must_be("Land access");
}

async fn find_or_create_is_a_find_and_a_create(lab: Lab, log: Log) {
    land(&lab, &log, "no").await;
    let code = Land::props().code;
    let (_, new) = Land::find_or_create(&lab.ctx, code.eq("no"), set!(Land { code: "no" })).await.unwrap();
    assert!(!new);
    log.must_be("Land access, loaded");
    let (_, new) = Land::find_or_create(&lab.ctx, code.eq("se"), set!(Land { code: "se" })).await.unwrap();
    assert!(new);
    log.must_be(CREATED);
}

async fn nothing_runs_behind_what_is_not_valid(lab: Lab, log: Log) {
    let a = pet(&lab, &log, "a").await;
    assert_eq!(lab.rest().json("POST", "/api/Pets", json!({ "name": "" })).await.status, 422);
    log.must_be("Pet before save");
    assert_eq!(lab.rest().json("PATCH", &format!("/api/Pets/{}", a.id), json!({ "name": "" })).await.status, 422);
    log.must_be("Pet access, loaded, before save");
    assert_eq!(lab.rest().json("POST", "/api/Pets/update?where=%7B%7D", json!({ "name": "" })).await.status, 422);
    log.must_be("Pet access, before save");
    // A body that is no object, and another id, are mistakes of the request: no hook sees them.
    assert_eq!(lab.rest().json("POST", "/api/Pets", json!(5)).await.status, 400);
    assert_eq!(lab.rest().json("PATCH", &format!("/api/Pets/{}", a.id), json!({ "id": 77 })).await.status, 400);
    log.must_be("");
}
