//! Keys that are no ids, names of one's own, what a new row takes over, and what stands in the way of a deletion.

use super::models::*;
use super::{codes, each, error, found, ok};
use crate::models::models;
use futures_util::future::join_all;
use loopback::prelude::*;
use loopback_tests::http::Response;
use loopback_tests::lab::Lab;
use serde_json::json;

mod places {
    use super::*;
    loopback_tests::cases!(models![Land, City];
        a_key_that_is_no_id
        names_of_ones_own
        a_scope_and_properties_make_new_rows_fit
        a_has_one_with_a_scope_is_one
    );
}

mod guarded {
    use super::*;
    loopback_tests::cases!(models![Owner, Cat, Dog, Toy, Bird, Fish];
        a_row_that_others_refer_to_stays
        rows_go_or_are_let_go
        a_key_that_leads_nowhere
        a_key_that_nobody_guards
        no_orphan_is_left_behind
    );
}

mod unguarded {
    use super::*;
    loopback_tests::cases!(models![Owner, Cat, Dog, Toy, Bird, Fish], |builder| builder.foreign_key_constraints(false);
        without_constraints_nothing_is_in_the_way
    );
}

async fn norway(lab: &Lab) -> (Land, String) {
    // Ids and codes do not go together.
    Land::create(&lab.ctx, set!(Land { code: "x", tongue: "none" })).await.unwrap();
    let land = Land::create(&lab.ctx, set!(Land { code: "no", tongue: "norsk" })).await.unwrap();
    let path = format!("/api/Lands/{}", land.id);
    (land, path)
}

async fn a_key_that_is_no_id(lab: Lab) {
    let rest = lab.rest();
    let (land, path) = norway(&lab).await;
    let made = rest.create(&format!("{path}/towns"), json!({ "name": "Oslo" })).await;
    assert_eq!(made["landCode"], "no");
    assert_eq!(found(&lab, &format!("{path}/towns"), json!({}), "name").await, json!(["Oslo"]));
    let city = format!("/api/Cities/{}", made["id"]);
    assert_eq!(ok(&rest.get(&format!("{city}/homeland")).await)["id"], land.id);
    let row = City::find_one(&lab.ctx, City::props().land.eq("no")).await.unwrap().unwrap();
    assert_eq!((row.land.id().as_str(), row.land.get(&lab.ctx).await.unwrap().tongue.as_str()), ("no", "norsk"));
    let all = ok(&rest.find("/api/Lands", json!({ "include": "towns", "order": "id" })).await);
    assert_eq!((&all[0]["towns"], each(&all[1]["towns"], "name")), (&json!([]), json!(["Oslo"])));
    let all = ok(&rest.find("/api/Cities", json!({ "include": "homeland" })).await);
    assert_eq!(all[0]["homeland"]["code"], "no");
    let of_norway = json!({ "where": { "homeland.tongue": "norsk" } });
    assert_eq!(found(&lab, "/api/Cities", of_norway, "name").await, json!(["Oslo"]));
    assert_eq!(found(&lab, "/api/Lands", json!({ "where": { "towns.name": "Oslo" } }), "code").await, json!(["no"]));
    assert_eq!(
        codes(&rest.json("PUT", &format!("{path}/towns/{}", made["id"]), json!({ "landCode": "x" })).await),
        json!({ "landCode": ["immutable"] })
    );
    // What others refer to cannot change its key, nor go.
    assert_foreign_key(&rest.json("PATCH", &path, json!({ "code": "nn" })).await, &["Land", "Cities", "homeland"]);
    assert_foreign_key(&rest.call("DELETE", &path).await, &["Land", "Cities", "homeland"]);
    let answer = rest.json("POST", "/api/Cities", json!({ "name": "x", "landCode": "zz" })).await;
    assert_foreign_key(&answer, &["City.homeland", "Land", "zz"]);
}

async fn names_of_ones_own(lab: Lab) {
    let rest = lab.rest();
    let (_, path) = norway(&lab).await;
    for name in ["cities", "main", "land"] {
        assert_eq!(rest.get(&format!("{path}/{name}")).await.status, 404, "{name}");
    }
    assert_eq!(rest.find("/api/Cities", json!({ "include": "land" })).await.status, 400);
    assert_eq!(rest.find("/api/Cities", json!({ "where": { "landId": 1 } })).await.status, 400);
}

async fn a_scope_and_properties_make_new_rows_fit(lab: Lab) {
    let rest = lab.rest();
    let (land, path) = norway(&lab).await;
    let ports = format!("{path}/ports");
    let bergen = rest.create(&ports, json!({ "name": "Bergen" })).await;
    assert_eq!((&bergen["port"], &bergen["language"]), (&json!(true), &json!("norsk")));
    let odd = rest.create(&ports, json!({ "name": "Molde", "port": false, "language": "latin" })).await;
    assert_eq!((&odd["port"], &odd["language"]), (&json!(true), &json!("norsk")));
    let inland = rest.create(&format!("{path}/towns"), json!({ "name": "Hamar" })).await;
    assert_eq!((&inland["port"], &inland["language"]), (&json!(false), &json!(null)));
    assert_eq!(found(&lab, &ports, json!({}), "name").await, json!(["Molde", "Bergen"]));
    assert_eq!(found(&lab, &ports, json!({ "order": "name" }), "name").await, json!(["Bergen", "Molde"]));
    assert_eq!(found(&lab, &ports, json!({ "where": { "port": false } }), "name").await, json!([]));
    assert_eq!(ok(&rest.get(&format!("{ports}/count")).await), json!({ "count": 2 }));
    for verb in ["GET", "DELETE"] {
        assert_eq!(rest.call(verb, &format!("{ports}/{}", inland["id"])).await.status, 404, "{verb}");
    }
    assert_eq!(rest.json("PUT", &format!("{ports}/{}", inland["id"]), json!({ "name": "x" })).await.status, 404);
    let all = ok(&rest.find("/api/Lands", json!({ "include": ["ports", "towns"], "where": { "code": "no" } })).await);
    assert_eq!(each(&all[0]["ports"], "name"), json!(["Molde", "Bergen"]));
    assert_eq!(each(&all[0]["towns"], "name"), json!(["Bergen", "Molde", "Hamar"]));
    assert_eq!(found(&lab, "/api/Lands", json!({ "where": { "ports.name": "Hamar" } }), "code").await, json!([]));
    let typed = land.ports.create(&lab.ctx, set!(City { name: "Bodø" })).await.unwrap();
    assert_eq!((typed.port, typed.language.as_deref()), (true, Some("norsk")));
    assert_eq!(land.ports.count(&lab.ctx, ()).await.unwrap(), 3);
    assert_eq!(rest.call("DELETE", &ports).await.status, 204);
    assert_eq!(found(&lab, "/api/Cities", json!({}), "name").await, json!(["Hamar"]));
}

async fn a_has_one_with_a_scope_is_one(lab: Lab) {
    let rest = lab.rest();
    let (_, path) = norway(&lab).await;
    rest.create(&format!("{path}/towns"), json!({ "name": "Hamar" })).await;
    let capital = format!("{path}/capital");
    assert_eq!(rest.get(&capital).await.status, 404);
    let tasks = (0..10).map(|_| {
        let (rest, capital) = (rest.clone(), capital.clone());
        tokio::spawn(async move { rest.json("POST", &capital, json!({ "name": "Oslo" })).await })
    });
    let answers: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{}", answers[0]);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 422)));
    let found = ok(&rest.get(&capital).await);
    assert_eq!(
        (&found["name"], &found["capital"], &found["language"]),
        (&json!("Oslo"), &json!(true), &json!("norsk"))
    );
    assert_eq!(ok(&rest.get(&format!("{path}/towns/count")).await), json!({ "count": 2 }));
}

/// A 409 that names what it is about, in no words of a database.
fn assert_foreign_key(answer: &Response, words: &[&str]) {
    assert_eq!(error(answer), (409, "FOREIGN_KEY".into()), "{answer}");
    let text = answer.text();
    for word in words {
        assert!(text.contains(word), "`{word}` in {text}");
    }
    for word in ["constraint", "REFERENCES", "fk_", "owner_id", "SQL", "violates", "FOREIGN KEY"] {
        assert!(!text.contains(word), "`{word}` in {text}");
    }
}

async fn owner(lab: &Lab) -> (Owner, String) {
    let owner = Owner::create(&lab.ctx, set!(Owner { name: "O" })).await.unwrap();
    let path = format!("/api/Owners/{}", owner.id);
    (owner, path)
}

async fn a_row_that_others_refer_to_stays(lab: Lab) {
    let rest = lab.rest();
    let (owner, path) = owner(&lab).await;
    let cat = owner.cats.create(&lab.ctx, set!(Cat { name: "c" })).await.unwrap();
    assert_foreign_key(&rest.call("DELETE", &path).await, &["Owner", "Cats", "owner"]);
    let failed = owner.destroy(&lab.ctx).await.unwrap_err();
    assert_eq!((failed.status(), failed.code()), (409, Some("FOREIGN_KEY")));
    assert_eq!(Owner::destroy_all(&lab.ctx, ()).await.unwrap_err().status(), 409);
    assert_eq!(rest.call("DELETE", &format!("{path}/cats/{}", cat.id)).await.status, 204);
    assert_eq!(ok(&rest.call("DELETE", &path).await), json!({ "count": 1 }));
}

async fn rows_go_or_are_let_go(lab: Lab) {
    let rest = lab.rest();
    let ctx = &lab.ctx;
    let (owner, path) = owner(&lab).await;
    let dog = owner.dogs.create(ctx, set!(Dog { name: "d" })).await.unwrap();
    let bird = owner.birds.create(ctx, set!(Bird { name: "b" })).await.unwrap();
    let toy = dog.toys.create(ctx, set!(Toy {})).await.unwrap();
    assert_foreign_key(&rest.call("DELETE", &path).await, &["Owner", "Toys", "dog"]);
    assert_eq!((Dog::count(ctx, ()).await.unwrap(), Owner::count(ctx, ()).await.unwrap()), (1, 1));
    assert_foreign_key(&rest.call("DELETE", &format!("{path}/dogs")).await, &["Dog", "Toys", "dog"]);
    assert_foreign_key(&rest.call("DELETE", &format!("{path}/dogs/{}", dog.id)).await, &["Dog", "Toys"]);
    toy.destroy(ctx).await.unwrap();
    assert_eq!(ok(&rest.call("DELETE", &path).await), json!({ "count": 1 }));
    assert_eq!(Dog::count(ctx, ()).await.unwrap(), 0);
    assert!(bird.reload(ctx).await.unwrap().owner.is_none());
}

async fn a_key_that_leads_nowhere(lab: Lab) {
    let rest = lab.rest();
    let (owner, path) = owner(&lab).await;
    let answer = rest.json("POST", "/api/Cats", json!({ "name": "c", "ownerId": 999 })).await;
    assert_foreign_key(&answer, &["Cat.owner", "Owner", "999"]);
    let bird = rest.create(&format!("{path}/birds"), json!({ "name": "b" })).await;
    let answer = rest.json("PATCH", &format!("/api/Birds/{}", bird["id"]), json!({ "ownerId": 999 })).await;
    assert_foreign_key(&answer, &["Bird.owner", "Owner", "999"]);
    assert_eq!(
        ok(&rest.json("PATCH", &format!("/api/Birds/{}", bird["id"]), json!({ "ownerId": null })).await)["ownerId"],
        json!(null)
    );
    owner.destroy(&lab.ctx).await.unwrap();
    // A handle outlives its row.
    assert_eq!(owner.cats.create(&lab.ctx, set!(Cat { name: "c" })).await.unwrap_err().status(), 404);
    assert_eq!(Cat::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn a_key_that_nobody_guards(lab: Lab) {
    let rest = lab.rest();
    let (owner, path) = owner(&lab).await;
    rest.create("/api/Fish", json!({ "name": "lost", "ownerId": 999 })).await;
    owner.fishes.create(&lab.ctx, set!(Fish { name: "f" })).await.unwrap();
    assert_eq!(ok(&rest.call("DELETE", &path).await), json!({ "count": 1 }));
    let rows = ok(&rest.find("/api/Fish", json!({ "include": "owner" })).await);
    assert!(rows.as_array().unwrap().len() == 2 && rows[0].get("owner").is_none(), "{rows}");
    assert_eq!(rest.get(&format!("/api/Fish/{}/owner", rows[0]["id"])).await.status, 404);
    assert_eq!(found(&lab, "/api/Fish", json!({ "where": { "owner.name": "O" } }), "name").await, json!([]));
    let fish = Fish::find_one(&lab.ctx, ()).await.unwrap().unwrap();
    assert_eq!(fish.owner.get(&lab.ctx).await.unwrap_err().status(), 404);
}

async fn no_orphan_is_left_behind(lab: Lab) {
    for _ in 0..5 {
        let (_, path) = owner(&lab).await;
        let tasks = (0..10).map(|n| {
            let (rest, path) = (lab.rest().clone(), path.clone());
            tokio::spawn(async move {
                if n == 5 {
                    rest.call("DELETE", &path).await
                } else {
                    rest.json("POST", &format!("{path}/cats"), json!({ "name": "c" })).await
                }
            })
        });
        for answer in join_all(tasks).await {
            let answer = answer.unwrap();
            assert!(matches!(answer.status, 200 | 404 | 409), "{answer}");
        }
    }
    let orphans = "SELECT COUNT(*) FROM cat WHERE NOT EXISTS (SELECT 1 FROM owner WHERE owner.id = cat.owner_id)";
    assert_eq!(lab.number(orphans).await, 0);
}

async fn without_constraints_nothing_is_in_the_way(lab: Lab) {
    let rest = lab.rest();
    let (owner, path) = owner(&lab).await;
    owner.cats.create(&lab.ctx, set!(Cat { name: "c" })).await.unwrap();
    rest.create("/api/Cats", json!({ "name": "lost", "ownerId": 999 })).await;
    assert_eq!(ok(&rest.call("DELETE", &path).await), json!({ "count": 1 }));
    assert_eq!(Cat::count(&lab.ctx, ()).await.unwrap(), 2);
}
