//! The phases of operations that go over relations: each model on the way is asked for its own.

use super::log::{Log, logged_cases};
use super::models::*;
use super::ok;
use loopback::prelude::*;
use loopback_tests::lab::Lab;
use serde_json::json;

logged_cases!(all();
    related_rows_have_hooks_of_their_own
    a_single_related_row_has_hooks_of_its_own
    links_are_rows_with_hooks
    embedded_data_is_a_patch_of_the_row
    a_list_of_keys_is_a_patch_of_the_row
    polymorphic_rows_have_hooks_of_their_own
    nested_routes_ask_every_model_on_the_way
    includes_ask_access_and_load_each_level
    includes_over_a_model_between_ask_it
    polymorphic_includes_ask_the_models_they_lead_to
    conditions_over_relations_ask_access_of_the_other_models
);

async fn owner(lab: &Lab, log: &Log) -> Owner {
    let owner = Owner::create(&lab.ctx, set!(Owner { name: "o" })).await.unwrap();
    log.take();
    owner
}

const CREATED: &str = "before save, persist, loaded, after save";
const PATCHED: &str = "access, loaded, before save, persist, loaded, after save";
const DELETED: &str = "access, before delete, after delete";

async fn related_rows_have_hooks_of_their_own(lab: Lab, log: Log) {
    let (ctx, rest) = (&lab.ctx, lab.rest());
    let o = owner(&lab, &log).await;
    let path = format!("/api/Owners/{}/pets", o.id);
    let pet = o.pets.create(ctx, set!(Pet { name: "a" })).await.unwrap();
    log.must_be(&format!("Owner access, loaded; Pet {CREATED}"));
    let made = ok(&rest.json("POST", &path, json!({ "name": "b" })).await);
    let seen = log.details();
    assert_eq!(seen[2].1["data"], json!({ "name": "b", "age": 1, "ownerId": o.id }), "the key is set before the hooks");
    assert_eq!(seen.len(), 6);
    o.pets.find(ctx, ()).await.unwrap();
    log.must_be("Owner access, loaded; Pet access, loaded, loaded");
    ok(&rest.get(&path).await);
    let seen = log.details();
    assert_eq!(seen[2].1["filter"]["where"], json!({ "ownerId": o.id }));
    assert_eq!(seen.len(), 5);
    ok(&rest.get(&format!("{path}/count")).await);
    log.must_be("Owner access, loaded; Pet access");
    ok(&rest.get(&format!("{path}/{}", pet.id)).await);
    log.must_be("Owner access, loaded; Pet access, loaded");
    // A related row is changed and deleted as any other, once it is known to be related.
    ok(&rest.json("PUT", &format!("{path}/{}", pet.id), json!({ "age": 4 })).await);
    let lines = log.take();
    assert_eq!(lines[lines.len() - 6..].join(", ").replace("Pet ", ""), PATCHED);
    assert!(
        lines[..lines.len() - 6].iter().all(|line| line.ends_with("access") || line == "Owner loaded"),
        "{lines:?}"
    );
    assert_eq!(rest.call("DELETE", &format!("{path}/{}", pet.id)).await.status, 204);
    let lines = log.take();
    assert_eq!(lines[lines.len() - 3..].join(", ").replace("Pet ", ""), DELETED);
    o.pets.destroy_all(ctx, ()).await.unwrap();
    log.must_be(&format!("Owner access, loaded; Pet {DELETED}"));
    assert!(Pet::find_by_id(ctx, made["id"].as_i64().unwrap()).await.unwrap().is_none());
    log.must_be("Pet access");
}

async fn a_single_related_row_has_hooks_of_its_own(lab: Lab, log: Log) {
    let (ctx, rest) = (&lab.ctx, lab.rest());
    let o = owner(&lab, &log).await;
    o.card.create(ctx, set!(Card { number: 1 })).await.unwrap();
    let lines = log.take();
    assert_eq!(lines[lines.len() - 4..].join(", ").replace("Card ", ""), CREATED);
    assert!(
        lines[..lines.len() - 4].iter().all(|line| line.ends_with("access") || line == "Owner loaded"),
        "{lines:?}"
    );
    ok(&rest.get(&format!("/api/Owners/{}/card", o.id)).await);
    log.must_be("Owner access, loaded; Card access, loaded");
    o.card.update(ctx, set!(Card { number: 2 })).await.unwrap();
    let lines = log.take();
    assert_eq!(lines[lines.len() - 6..].join(", ").replace("Card ", ""), PATCHED);
    o.card.destroy(ctx).await.unwrap();
    let lines = log.take();
    assert_eq!(lines[lines.len() - 3..].join(", ").replace("Card ", ""), DELETED);
    // belongsTo
    let pet = o.pets.create(ctx, set!(Pet { name: "a" })).await.unwrap();
    log.take();
    ok(&rest.get(&format!("/api/Pets/{}/owner", pet.id)).await);
    log.must_be("Pet access, loaded; Owner access, loaded");
}

async fn links_are_rows_with_hooks(lab: Lab, log: Log) {
    let (ctx, rest) = (&lab.ctx, lab.rest());
    let pet = Pet::create(ctx, set!(Pet { name: "a" })).await.unwrap();
    log.take();
    let vet = pet.vets.create(ctx, set!(Vet { name: "v" })).await.unwrap();
    log.must_be(&format!("Pet access, loaded; Vet {CREATED}; Visit {CREATED}"));
    let path = format!("/api/Pets/{}/vets", pet.id);
    ok(&rest.get(&path).await);
    log.must_be("Pet access, loaded; Visit access; Vet access, loaded");
    ok(&rest.get(&format!("{path}/count")).await);
    log.must_be("Pet access, loaded; Visit access; Vet access");
    let other = Vet::create(ctx, set!(Vet { name: "w" })).await.unwrap();
    log.take();
    pet.vets.link(ctx, other.id).await.unwrap();
    log.must_be(&format!("Pet access, loaded; Vet access, loaded; Visit access, {CREATED}"));
    ok(&rest.call("PUT", &format!("{path}/rel/{}", other.id)).await);
    log.must_be("Pet access, loaded; Vet access, loaded; Visit access, loaded");
    assert_eq!(rest.call("HEAD", &format!("{path}/rel/{}", other.id)).await.status, 200);
    log.must_be("Pet access, loaded; Visit access; Vet access");
    assert_eq!(rest.call("DELETE", &format!("{path}/rel/{}", other.id)).await.status, 204);
    log.must_be(&format!("Pet access, loaded; Visit {DELETED}"));
    // The row goes, and what links it.
    assert_eq!(rest.call("DELETE", &format!("{path}/{}", vet.id)).await.status, 204);
    let lines = log.take();
    let (visits, vets) =
        (format!("Visit {}", DELETED.replace(", ", ", Visit ")), format!("Vet {}", DELETED.replace(", ", ", Vet ")));
    assert_eq!(lines[lines.len() - 6..].join(", "), format!("{visits}, {vets}"));
    // Of all of them the links alone go.
    pet.vets.destroy_all(ctx, ()).await.unwrap();
    log.must_be(&format!("Pet access, loaded; Visit {DELETED}"));
}

async fn embedded_data_is_a_patch_of_the_row(lab: Lab, log: Log) {
    let ctx = &lab.ctx;
    let o = owner(&lab, &log).await;
    // The row is locked before it is changed, and `access` is asked for that.
    let patched = |log: &Log, property: &str, what: &str| {
        let seen = log.details();
        let lines: Vec<_> = seen.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(lines[lines.len() - 6..].join(", ").replace("Owner ", ""), PATCHED, "{what}");
        assert!(lines.iter().all(|line| line.starts_with("Owner ")), "{what}: data of its own has no hooks");
        let before = &seen[seen.len() - 4].1;
        assert_eq!(before["data"].as_object().unwrap().keys().collect::<Vec<_>>(), [property], "{what}");
    };
    o.house.create(ctx, set!(House { street: "High Street" })).await.unwrap();
    patched(&log, "_house", "create");
    o.house.update(ctx, set!(House { street: "Low Street" })).await.unwrap();
    patched(&log, "_house", "update");
    o.house.destroy(ctx).await.unwrap();
    patched(&log, "_house", "destroy");
    let path = format!("/api/Owners/{}/chests", o.id);
    ok(&lab.rest().json("POST", &path, json!({ "id": 1, "label": "a" })).await);
    patched(&log, "_chests", "POST");
    ok(&lab.rest().json("PUT", &format!("{path}/1"), json!({ "label": "b" })).await);
    patched(&log, "_chests", "PUT");
    ok(&lab.rest().get(&path).await);
    log.must_be("Owner access, loaded");
    assert_eq!(lab.rest().call("DELETE", &format!("{path}/1")).await.status, 204);
    patched(&log, "_chests", "DELETE");
}

async fn a_list_of_keys_is_a_patch_of_the_row(lab: Lab, log: Log) {
    let ctx = &lab.ctx;
    let o = owner(&lab, &log).await;
    let toy = o.toys.create(ctx, set!(Toy { name: "t" })).await.unwrap();
    log.must_be(&format!("Owner access, loaded; Toy {CREATED}; Owner access, {PATCHED}"));
    o.toys.find(ctx, ()).await.unwrap();
    log.must_be("Owner access, loaded; Toy access, loaded");
    o.toys.unlink(ctx, toy.id).await.unwrap();
    log.must_be(&format!("Owner access, {PATCHED}"));
    o.toys.link(ctx, toy.id).await.unwrap();
    log.must_be(&format!("Owner access, loaded; Toy access, loaded; Owner access, {PATCHED}"));
    o.toys.destroy_by_id(ctx, toy.id).await.unwrap();
    let lines = log.take();
    assert_eq!(lines[lines.len() - 3..].join(", ").replace("Toy ", ""), DELETED);
}

async fn polymorphic_rows_have_hooks_of_their_own(lab: Lab, log: Log) {
    let ctx = &lab.ctx;
    let o = owner(&lab, &log).await;
    let picture = o.pictures.create(ctx, set!(Picture { url: "u" })).await.unwrap();
    let seen = log.details();
    assert_eq!(seen[2].1["data"], json!({ "url": "u", "subjectId": o.id, "subjectType": "Owner" }));
    assert_eq!(seen.len(), 6);
    let back = lab.rest().get(&format!("/api/Pictures/{}/subject", picture.id)).await;
    assert_eq!(ok(&back)["name"], "o");
    log.must_be("Picture access, loaded; Owner access, loaded");
}

async fn nested_routes_ask_every_model_on_the_way(lab: Lab, log: Log) {
    let ctx = &lab.ctx;
    let o = owner(&lab, &log).await;
    let pet = o.pets.create(ctx, set!(Pet { name: "a" })).await.unwrap();
    pet.vets.create(ctx, set!(Vet { name: "v" })).await.unwrap();
    log.take();
    let path = format!("/api/Owners/{}/pets/{}/vets", o.id, pet.id);
    ok(&lab.rest().get(&path).await);
    log.must_be("Owner access, loaded; Pet access; Pet access, loaded; Visit access; Vet access, loaded");
    ok(&lab.rest().json("POST", &path, json!({ "name": "w" })).await);
    log.must_be(&format!("Owner access, loaded; Pet access, access, loaded; Vet {CREATED}; Visit {CREATED}"));
}

async fn includes_ask_access_and_load_each_level(lab: Lab, log: Log) {
    let ctx = &lab.ctx;
    let (o, p) = (owner(&lab, &log).await, owner(&lab, &log).await);
    for name in ["a", "b"] {
        o.pets.create(ctx, set!(Pet { name: name })).await.unwrap();
    }
    p.pets.create(ctx, set!(Pet { name: "c" })).await.unwrap();
    log.take();
    // One question for each level, however many rows there are.
    let found = ok(&lab.rest().find("/api/Owners", json!({ "include": { "pets": "owner" }, "order": "id" })).await);
    assert_eq!(found[0]["pets"][1]["owner"]["id"], o.id);
    log.must_be("Owner access, loaded, loaded; Pet access, loaded, loaded, loaded; Owner access, loaded, loaded");
    let pet = Pet::props();
    let with = Owner::props().pets.scope(pet.name.neq("b").include(pet.owner));
    Owner::find(ctx, Filter::new().include(with)).await.unwrap();
    log.must_be("Owner access, loaded, loaded; Pet access, loaded, loaded; Owner access, loaded, loaded");
    Owner::find(ctx, Owner::props().name.eq("nobody").include(Owner::props().pets)).await.unwrap();
    let lines = log.take();
    assert_eq!(lines[0], "Owner access");
    assert!(!lines.iter().any(|line| line.ends_with("loaded")), "{lines:?}");
}

async fn includes_over_a_model_between_ask_it(lab: Lab, log: Log) {
    let ctx = &lab.ctx;
    let pet = Pet::create(ctx, set!(Pet { name: "a" })).await.unwrap();
    pet.vets.create(ctx, set!(Vet { name: "v" })).await.unwrap();
    log.take();
    ok(&lab.rest().find("/api/Pets", json!({ "include": "vets" })).await);
    let lines = log.take();
    assert_eq!(lines[..2], ["Pet access", "Pet loaded"]);
    let mut rest = lines[2..].to_vec();
    rest.sort();
    assert_eq!(rest, ["Vet access", "Vet loaded", "Visit access"]);
}

async fn polymorphic_includes_ask_the_models_they_lead_to(lab: Lab, log: Log) {
    let o = owner(&lab, &log).await;
    o.pictures.create(&lab.ctx, set!(Picture { url: "u" })).await.unwrap();
    log.take();
    ok(&lab.rest().find("/api/Pictures", json!({ "include": "subject" })).await);
    log.must_be("Picture access, loaded; Owner access, loaded");
    ok(&lab.rest().find("/api/Owners", json!({ "include": "pictures" })).await);
    log.must_be("Owner access, loaded; Picture access, loaded");
}

async fn conditions_over_relations_ask_access_of_the_other_models(lab: Lab, log: Log) {
    let ctx = &lab.ctx;
    Owner::count(ctx, Owner::props().pets.some(Pet::props().name.eq("a"))).await.unwrap();
    let seen = log.details();
    // The model's own hook first: what it adds is asked about as well.
    assert_eq!(seen[0].0, "Owner access");
    assert_eq!(seen[1], ("Pet access".to_owned(), json!({ "filter": { "where": { "name": "a" } } })));
    assert_eq!(seen.len(), 2);
    Pet::count(ctx, Pet::props().vets.any()).await.unwrap();
    log.must_be("Pet access; Vet access; Visit access");
    ok(&lab.rest().find("/api/Owners", json!({ "where": { "pets.vets.name": "v" } })).await);
    let lines = log.take();
    assert_eq!(lines.first().map(String::as_str), Some("Owner access"));
    for model in ["Pet", "Vet", "Visit"] {
        assert!(lines.contains(&format!("{model} access")), "{lines:?}");
    }
    Owner::update_all(ctx, Owner::props().pets.any(), set!(Owner { name: "p" })).await.unwrap();
    log.must_be("Owner access; Pet access; Owner before save, persist, after save");
    Owner::destroy_all(ctx, Owner::props().pets.any()).await.unwrap();
    log.must_be("Owner access; Pet access; Owner before delete, after delete");
}
