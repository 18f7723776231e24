//! Relations through another model: hasMany through, hasOne through, hasAndBelongsToMany, relations to itself.

use super::models::*;
use super::{codes, each, error, found, named, ok};
use crate::models::models;
use futures_util::future::join_all;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use serde_json::json;

cases!(
    models![
        Author, Profile, Book, Comment, Like, Genre, Loan, Physician, Appointment, Patient, Ward, Placement, Folder, Person, Follow
    ];
    through_has_every_route
    through_in_typed_calls
    through_answers_each_row_once_in_the_order_of_links
    through_with_a_scope
    through_pages_and_counts
    has_one_through
    a_has_one_through_is_one_when_two_race
    habtm_has_every_route
    habtm_links_once
    many_links_at_once_leave_one_row
    a_tree
    followers
    friends
);

async fn clinic(lab: &Lab) -> (Physician, String, Vec<i64>) {
    let physician = Physician::create(&lab.ctx, set!(Physician { name: "Mo" })).await.unwrap();
    let mut patients = Vec::new();
    for (name, age) in [("Ann", 20), ("Ben", 10), ("Cyd", 40)] {
        patients.push(Patient::create(&lab.ctx, set!(Patient { name: name, age: age })).await.unwrap().id);
    }
    let path = format!("/api/Physicians/{}", physician.id);
    (physician, path, patients)
}

async fn through_has_every_route(lab: Lab) {
    let rest = lab.rest();
    let (mo, path, ids) = clinic(&lab).await;
    let patients = format!("{path}/patients");
    let made = rest.create(&patients, json!({ "name": "Dan", "record": "hush" })).await;
    assert_eq!((&made["name"], made.get("record")), (&json!("Dan"), None));
    assert_eq!(Appointment::count(&lab.ctx, Appointment::props().physician.eq(mo.id)).await.unwrap(), 1);
    // link, with and without data
    let link = format!("{patients}/rel/{}", ids[0]);
    let linked = ok(&rest.json("PUT", &link, json!({ "reason": "cough" })).await);
    assert_eq!(
        (&linked["reason"], &linked["physicianId"], &linked["patientId"]),
        (&json!("cough"), &json!(mo.id), &json!(ids[0]))
    );
    assert_eq!(ok(&rest.call("PUT", &link).await)["id"], linked["id"], "linked already");
    assert_eq!(rest.call("HEAD", &link).await.status, 200);
    assert_eq!(rest.call("HEAD", &format!("{patients}/rel/{}", ids[1])).await.status, 404);
    let long = rest.json("PUT", &format!("{patients}/rel/{}", ids[1]), json!({ "reason": "x".repeat(21) })).await;
    assert_eq!(codes(&long), json!({ "reason": ["length.max"] }));
    let odd =
        rest.json("PUT", &format!("{patients}/rel/{}", ids[1]), json!({ "physicianId": 999, "patientId": 999 })).await;
    assert_eq!((ok(&odd)["physicianId"].clone(), ok(&odd)["patientId"].clone()), (json!(mo.id), json!(ids[1])));
    assert_eq!(rest.call("DELETE", &format!("{patients}/rel/{}", ids[1])).await.status, 204);
    assert_eq!(error(&rest.call("PUT", &format!("{patients}/rel/999")).await).0, 404, "a target that is not there");
    assert_eq!(error(&rest.call("PUT", "/api/Physicians/999/patients/rel/1").await).0, 404);
    assert_eq!(error(&rest.call("PUT", &format!("{patients}/rel/x")).await), (400, "INVALID_ID".into()));
    // get, findById, count
    assert_eq!(found(&lab, &patients, json!({}), "name").await, json!(["Dan", "Ann"]));
    assert_eq!(ok(&rest.get(&format!("{patients}/{}", ids[0])).await)["name"], "Ann");
    assert_eq!(error(&rest.get(&format!("{patients}/{}", ids[1])).await).0, 404);
    assert_eq!(ok(&rest.get(&format!("{patients}/count")).await), json!({ "count": 2 }));
    let condition = encoded(&json!({ "name": "Ann" }).to_string());
    assert_eq!(ok(&rest.get(&format!("{patients}/count?where={condition}")).await), json!({ "count": 1 }));
    // updateById, destroyById
    let one = format!("{patients}/{}", ids[0]);
    assert_eq!(ok(&rest.json("PUT", &one, json!({ "name": "Anna" })).await)["name"], "Anna");
    let far = rest.json("PUT", &format!("{patients}/{}", ids[1]), json!({ "name": "Benno" })).await;
    assert_eq!(far.status, 404);
    assert_eq!(rest.call("DELETE", &format!("{patients}/{}", ids[1])).await.status, 404);
    assert_eq!(rest.call("DELETE", &one).await.status, 204);
    assert!(!Patient::exists(&lab.ctx, ids[0]).await.unwrap());
    // unlink, twice
    let link = format!("{patients}/rel/{}", ids[2]);
    ok(&rest.call("PUT", &link).await);
    for _ in 0..2 {
        assert_eq!(rest.call("DELETE", &link).await.status, 204);
    }
    assert!(Patient::exists(&lab.ctx, ids[2]).await.unwrap());
    assert_eq!(rest.call("HEAD", &link).await.status, 404);
    assert_eq!(rest.call("DELETE", "/api/Physicians/999/patients/rel/1").await.status, 404);
    // delete all: the links go, the rows stay
    let before = Patient::count(&lab.ctx, ()).await.unwrap();
    assert_eq!(rest.call("DELETE", &patients).await.status, 204);
    assert_eq!(Patient::count(&lab.ctx, ()).await.unwrap(), before);
    assert_eq!(Appointment::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn through_in_typed_calls(lab: Lab) {
    let ctx = &lab.ctx;
    let (mo, _, ids) = clinic(&lab).await;
    mo.patients.link(ctx, ids[0]).await.unwrap();
    let made: Appointment =
        mo.patients.link_with(ctx, ids[1], set!(Appointment { reason: "cough".to_owned() })).await.unwrap();
    assert_eq!((made.reason.as_deref(), *made.patient.id()), (Some("cough"), ids[1]));
    assert_eq!(mo.patients.link(ctx, 999).await.unwrap_err().status(), 404);
    assert_eq!(mo.patients.count(ctx, ()).await.unwrap(), 2);
    assert!(mo.patients.exists(ctx, ids[0]).await.unwrap() && !mo.patients.exists(ctx, ids[2]).await.unwrap());
    let patient = Patient::props();
    let found = mo.patients.find(ctx, patient.age.lt(15)).await.unwrap();
    assert_eq!(found.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Ben"]);
    let back = found[0].physicians.find(ctx, ()).await.unwrap();
    assert_eq!(back[0].name, "Mo");
    mo.patients.create(ctx, set!(Patient { name: "New" })).await.unwrap();
    mo.patients.create_many(ctx, [set!(Patient { name: "N1" }), set!(Patient { name: "N2" })]).await.unwrap();
    assert_eq!(mo.patients.count(ctx, ()).await.unwrap(), 5);
    mo.patients.unlink(ctx, ids[0]).await.unwrap();
    mo.patients.unlink(ctx, ids[0]).await.unwrap();
    assert_eq!(mo.patients.destroy_all(ctx, patient.name.eq("N1")).await.unwrap(), 1);
    assert_eq!(mo.patients.destroy_all(ctx, ()).await.unwrap(), 3);
    assert_eq!(Patient::count(ctx, ()).await.unwrap(), 6);
    let error = mo.patients.link_with(ctx, ids[0], set!(Placement { ward: 1_i64 })).await.unwrap_err();
    assert!(error.status() == 500 && error.to_string().contains("goes through Appointment"), "{error}");
}

async fn through_answers_each_row_once_in_the_order_of_links(lab: Lab) {
    let (mo, path, ids) = clinic(&lab).await;
    let other = Physician::create(&lab.ctx, set!(Physician { name: "Jo" })).await.unwrap();
    for (who, id) in
        [(mo.id, ids[2]), (mo.id, ids[0]), (other.id, ids[1]), (mo.id, ids[2]), (mo.id, ids[1]), (mo.id, ids[0])]
    {
        Appointment::create(&lab.ctx, set!(Appointment { physician: who, patient: id })).await.unwrap();
    }
    let patients = format!("{path}/patients");
    assert_eq!(found(&lab, &patients, json!({}), "name").await, json!(["Cyd", "Ann", "Ben"]));
    assert_eq!(found(&lab, &patients, json!({ "order": "name" }), "name").await, json!(["Ann", "Ben", "Cyd"]));
    assert_eq!(ok(&lab.rest().get(&format!("{patients}/count")).await), json!({ "count": 3 }));
    let all = ok(&lab.rest().find("/api/Physicians", json!({ "include": "patients", "order": "id" })).await);
    assert_eq!(each(&all[0]["patients"], "name"), json!(["Cyd", "Ann", "Ben"]));
    assert_eq!(each(&all[1]["patients"], "name"), json!(["Ben"]));
    // Unlinked is unlinked, however often it was linked.
    assert_eq!(lab.rest().call("DELETE", &format!("{patients}/rel/{}", ids[2])).await.status, 204);
    assert_eq!(found(&lab, &patients, json!({}), "name").await, json!(["Ann", "Ben"]));
}

async fn through_with_a_scope(lab: Lab) {
    let rest = lab.rest();
    let (mo, path, ids) = clinic(&lab).await;
    for id in &ids {
        mo.patients.link(&lab.ctx, *id).await.unwrap();
    }
    let adults = format!("{path}/adults");
    assert_eq!(found(&lab, &adults, json!({}), "name").await, json!(["Cyd", "Ann"]));
    assert_eq!(ok(&rest.get(&format!("{adults}/count")).await), json!({ "count": 2 }));
    assert_eq!(rest.get(&format!("{adults}/{}", ids[1])).await.status, 404);
    assert_eq!(rest.call("HEAD", &format!("{adults}/rel/{}", ids[1])).await.status, 404);
    assert_eq!(rest.call("DELETE", &format!("{adults}/{}", ids[1])).await.status, 404);
    let all = ok(&rest.find("/api/Physicians", json!({ "include": "adults" })).await);
    assert_eq!(each(&all[0]["adults"], "name"), json!(["Cyd", "Ann"]));
    assert_eq!(named(&lab, "/api/Physicians", json!({ "adults": { "name": "Ben" } })).await, json!([]));
    assert_eq!(named(&lab, "/api/Physicians", json!({ "adults": { "name": "Ann" } })).await, json!(["Mo"]));
    assert_eq!(rest.call("DELETE", &adults).await.status, 204);
    assert_eq!(found(&lab, &format!("{path}/patients"), json!({}), "name").await, json!(["Ben"]));
}

async fn through_pages_and_counts(lab: Lab) {
    let rest = lab.rest();
    let (mo, path, ids) = clinic(&lab).await;
    let jo = Physician::create(&lab.ctx, set!(Physician { name: "Jo" })).await.unwrap();
    for id in ids.iter().rev() {
        mo.patients.link(&lab.ctx, *id).await.unwrap();
        jo.patients.link(&lab.ctx, *id).await.unwrap();
    }
    let patients = format!("{path}/patients");
    assert_eq!(found(&lab, &patients, json!({ "limit": 1, "skip": 1 }), "name").await, json!(["Ben"]));
    assert_eq!(found(&lab, &patients, json!({ "fields": ["name"], "limit": 1 }), "name").await, json!(["Cyd"]));
    for scope in [
        json!({ "limit": 1, "skip": 1 }),
        json!({ "limit": 1, "skip": 1, "fields": ["name"] }),
        json!({ "limit": 1, "skip": 1, "include": "physicians" }),
    ] {
        let filter = json!({ "order": "id", "include": { "relation": "patients", "scope": scope } });
        let all = ok(&rest.find("/api/Physicians", filter).await);
        assert_eq!(each(&all[0]["patients"], "name"), json!(["Ben"]), "{scope}");
        assert_eq!(each(&all[1]["patients"], "name"), json!(["Ben"]), "{scope}");
    }
    // Nothing that could be shown is asked for.
    let none = json!({ "id": false, "name": false, "age": false });
    let all = ok(&rest.find(&patients, json!({ "fields": none })).await);
    assert_eq!(all, json!([{}, {}, {}]));
    let filter = json!({ "order": "id", "include": { "relation": "patients", "scope": { "fields": none } } });
    let all = ok(&rest.find("/api/Physicians", filter).await);
    assert_eq!(all[0]["patients"], json!([{}, {}, {}]));
    let found = mo.patients.find(&lab.ctx, Patient::props().name.asc().limit(2)).await.unwrap();
    assert_eq!(found.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Ann", "Ben"]);
}

async fn has_one_through(lab: Lab) {
    let rest = lab.rest();
    let (mo, path, _) = clinic(&lab).await;
    let jo = Physician::create(&lab.ctx, set!(Physician { name: "Jo" })).await.unwrap();
    // Ids that are not by chance those of the physicians.
    for name in ["w1", "w2", "w3", "w4"] {
        Ward::create(&lab.ctx, set!(Ward { name: name })).await.unwrap();
    }
    let ward = format!("{path}/ward");
    assert_eq!(rest.get(&ward).await.status, 404);
    let made = rest.create(&ward, json!({ "name": "north" })).await;
    assert_eq!(ok(&rest.get(&ward).await), made);
    assert_eq!(rest.json("POST", &ward, json!({ "name": "south" })).await.status, 422);
    assert_eq!(Ward::count(&lab.ctx, ()).await.unwrap(), 5);
    assert_eq!(mo.ward.get(&lab.ctx).await.unwrap().unwrap().name, "north");
    assert!(jo.ward.get(&lab.ctx).await.unwrap().is_none());
    assert_eq!(ok(&rest.json("PUT", &ward, json!({ "name": "east" })).await)["name"], "east");
    let all = ok(&rest.find("/api/Physicians", json!({ "include": "ward", "order": "id" })).await);
    assert_eq!((&all[0]["ward"]["name"], all[1].get("ward")), (&json!("east"), None));
    assert_eq!(named(&lab, "/api/Physicians", json!({ "ward.name": "east" })).await, json!(["Mo"]));
    assert_eq!(named(&lab, "/api/Physicians", json!({ "ward": null })).await, json!(["Jo"]));
    assert_eq!(rest.call("DELETE", &ward).await.status, 204);
    assert_eq!(rest.get(&ward).await.status, 404);
    let counts = (Ward::count(&lab.ctx, ()).await.unwrap(), Placement::count(&lab.ctx, ()).await.unwrap());
    assert_eq!(counts, (4, 0));
}

async fn a_has_one_through_is_one_when_two_race(lab: Lab) {
    let (_, path, _) = clinic(&lab).await;
    let tasks = (0..10).map(|_| {
        let (rest, ward) = (lab.rest().clone(), format!("{path}/ward"));
        tokio::spawn(async move { rest.json("POST", &ward, json!({ "name": "north" })).await })
    });
    let answers: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{:?}", answers[0]);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 422)));
    let counts = (Ward::count(&lab.ctx, ()).await.unwrap(), Placement::count(&lab.ctx, ()).await.unwrap());
    assert_eq!(counts, (1, 1));
}

async fn library(lab: &Lab) -> (Book, String, Vec<Genre>) {
    let ada = Author::create(&lab.ctx, set!(Author { name: "Ada" })).await.unwrap();
    let book = ada.books.create(&lab.ctx, set!(Book { title: "A" })).await.unwrap();
    let mut genres = Vec::new();
    for name in ["crime", "poetry", "drama"] {
        genres.push(Genre::create(&lab.ctx, set!(Genre { name: name })).await.unwrap());
    }
    let path = format!("/api/Books/{}/genres", book.id);
    (book, path, genres)
}

async fn habtm_has_every_route(lab: Lab) {
    let rest = lab.rest();
    let (book, genres, all) = library(&lab).await;
    let made = rest.create(&genres, json!({ "name": "essay" })).await;
    let link = format!("{genres}/rel/{}", all[1].id);
    assert_eq!(rest.call("HEAD", &link).await.status, 404);
    let linked = ok(&rest.call("PUT", &link).await);
    assert_eq!((&linked["bookId"], &linked["genreId"]), (&json!(book.id), &json!(all[1].id)));
    assert_eq!(rest.call("HEAD", &link).await.status, 200);
    assert_eq!(found(&lab, &genres, json!({}), "name").await, json!(["essay", "poetry"]));
    assert_eq!(found(&lab, &format!("/api/Genres/{}/books", all[1].id), json!({}), "title").await, json!(["A"]));
    let one = format!("{genres}/{}", made["id"]);
    assert_eq!(ok(&rest.get(&one).await)["name"], "essay");
    assert_eq!(ok(&rest.json("PUT", &one, json!({ "name": "essays" })).await)["name"], "essays");
    assert_eq!(rest.get(&format!("{genres}/{}", all[0].id)).await.status, 404);
    assert_eq!(ok(&rest.get(&format!("{genres}/count")).await), json!({ "count": 2 }));
    assert_eq!(rest.call("DELETE", &one).await.status, 204);
    assert_eq!(Genre::count(&lab.ctx, ()).await.unwrap(), 3);
    for _ in 0..2 {
        assert_eq!(rest.call("DELETE", &link).await.status, 204);
    }
    assert_eq!(ok(&rest.get(&genres).await), json!([]));
    // Both sides say it, and a row that goes takes its links along.
    ok(&rest.call("PUT", &format!("/api/Genres/{}/books/rel/{}", all[2].id, book.id)).await);
    assert_eq!(found(&lab, &genres, json!({}), "name").await, json!(["drama"]));
    assert_eq!(ok(&rest.call("DELETE", &format!("/api/Genres/{}", all[2].id)).await), json!({ "count": 1 }));
    assert_eq!(ok(&rest.get(&genres).await), json!([]));
    assert_eq!(lab.number("SELECT COUNT(*) FROM book_genre").await, 0);
    // The table in between is nobody's business.
    for path in ["/api/BookGenre", "/api/BookGenres"] {
        assert_eq!(rest.get(path).await.status, 404);
    }
}

async fn habtm_links_once(lab: Lab) {
    let (book, genres, all) = library(&lab).await;
    let first = ok(&lab.rest().call("PUT", &format!("{genres}/rel/{}", all[0].id)).await);
    assert_eq!(ok(&lab.rest().call("PUT", &format!("{genres}/rel/{}", all[0].id)).await), first);
    book.genres.link(&lab.ctx, all[0].id).await.unwrap();
    all[0].books.link(&lab.ctx, book.id).await.unwrap();
    assert_eq!(lab.number("SELECT COUNT(*) FROM book_genre").await, 1);
    assert_eq!(book.genres.count(&lab.ctx, ()).await.unwrap(), 1);
    assert_eq!(book.genres.link(&lab.ctx, 999).await.unwrap_err().status(), 404);
    assert_eq!(lab.rest().call("PUT", &format!("{genres}/rel/999")).await.status, 404);
    let error = book.genres.link_with(&lab.ctx, all[1].id, set!(Like { who: "x" })).await.unwrap_err();
    assert_eq!(error.status(), 500);
}

async fn many_links_at_once_leave_one_row(lab: Lab) {
    let (book, genres, all) = library(&lab).await;
    let tasks = (0..20).map(|_| {
        let (rest, link) = (lab.rest().clone(), format!("{genres}/rel/{}", all[0].id));
        tokio::spawn(async move { rest.call("PUT", &link).await })
    });
    let answers: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    for answer in &answers {
        assert_eq!(ok(answer), ok(&answers[0]));
    }
    assert_eq!(lab.number("SELECT COUNT(*) FROM book_genre").await, 1);
    assert_eq!(book.genres.count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn a_tree(lab: Lab) {
    let rest = lab.rest();
    let ctx = &lab.ctx;
    let root = Folder::create(ctx, set!(Folder { name: "root" })).await.unwrap();
    let a = root.children.create(ctx, set!(Folder { name: "a" })).await.unwrap();
    root.children.create(ctx, set!(Folder { name: "b" })).await.unwrap();
    let leaf = rest.create(&format!("/api/Folders/{}/children", a.id), json!({ "name": "a1" })).await;
    assert_eq!(leaf["parentId"], a.id);
    assert_eq!(
        found(&lab, &format!("/api/Folders/{}/children", root.id), json!({ "order": "id" }), "name").await,
        json!(["a", "b"])
    );
    assert_eq!(ok(&rest.get(&format!("/api/Folders/{}/parent", leaf["id"])).await)["name"], "a");
    assert_eq!(rest.get(&format!("/api/Folders/{}/parent", root.id)).await.status, 404);
    let filter = json!({
        "where": { "parentId": null },
        "include": { "relation": "children", "scope": { "order": "id", "include": ["children", "parent"] } },
    });
    let tree = ok(&rest.find("/api/Folders", filter).await);
    assert_eq!(each(&tree[0]["children"], "name"), json!(["a", "b"]));
    assert_eq!(tree[0]["children"][0]["children"][0]["name"], "a1");
    assert_eq!(tree[0]["children"][1]["parent"]["name"], "root");
    assert_eq!(named(&lab, "/api/Folders", json!({ "children": { "name": "a1" } })).await, json!(["a"]));
    assert_eq!(named(&lab, "/api/Folders", json!({ "children.children.name": "a1" })).await, json!(["root"]));
    assert_eq!(named(&lab, "/api/Folders", json!({ "parent.parent.name": "root" })).await, json!(["a1"]));
    assert_eq!(named(&lab, "/api/Folders", json!({ "children": null })).await, json!(["b", "a1"]));
    assert_eq!(named(&lab, "/api/Folders", json!({ "parent": null })).await, json!(["root"]));
    let folder = Folder::props();
    let found = Folder::find(ctx, folder.children.none(folder.name.eq("a1")).order(folder.id.asc())).await.unwrap();
    assert_eq!(found.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["root", "b", "a1"]);
    // Writes by a condition on the same table.
    assert_eq!(Folder::update_all(ctx, folder.children.any(), set!(Folder { name: "inner" })).await.unwrap(), 2);
    assert_eq!(
        Folder::destroy_all(ctx, folder.parent.is(folder.parent.is_null()).and(folder.children.is_empty()))
            .await
            .unwrap(),
        1
    );
    assert_eq!(rest.call("DELETE", &format!("/api/Folders/{}", root.id)).await.status, 409);
}

async fn people(lab: &Lab) -> Vec<Person> {
    let mut people = Vec::new();
    for name in ["Ann", "Ben", "Cyd"] {
        people.push(Person::create(&lab.ctx, set!(Person { name: name })).await.unwrap());
    }
    people
}

async fn followers(lab: Lab) {
    let rest = lab.rest();
    let p = people(&lab).await;
    let path = |at: usize, rest: &str| format!("/api/People/{}/{rest}", p[at].id);
    ok(&rest.call("PUT", &path(0, &format!("follows/rel/{}", p[1].id))).await);
    p[0].follows.link(&lab.ctx, p[2].id).await.unwrap();
    p[1].follows.link(&lab.ctx, p[2].id).await.unwrap();
    assert_eq!(found(&lab, &path(0, "follows"), json!({}), "name").await, json!(["Ben", "Cyd"]));
    assert_eq!(found(&lab, &path(0, "followers"), json!({}), "name").await, json!([]));
    assert_eq!(found(&lab, &path(2, "followers"), json!({}), "name").await, json!(["Ann", "Ben"]));
    assert_eq!(found(&lab, &path(2, "follows"), json!({}), "name").await, json!([]));
    let row = Follow::find_one(&lab.ctx, Follow::props().id.asc()).await.unwrap().unwrap();
    assert_eq!((*row.follower.id(), *row.followee.id()), (p[0].id, p[1].id));
    let all = ok(&rest.find("/api/People", json!({ "order": "id", "include": ["follows", "followers"] })).await);
    assert_eq!(
        (each(&all[1]["follows"], "name"), each(&all[1]["followers"], "name")),
        (json!(["Cyd"]), json!(["Ann"]))
    );
    assert_eq!(named(&lab, "/api/People", json!({ "follows": { "name": "Cyd" } })).await, json!(["Ann", "Ben"]));
    assert_eq!(named(&lab, "/api/People", json!({ "followers.name": "Ann" })).await, json!(["Ben", "Cyd"]));
    assert_eq!(named(&lab, "/api/People", json!({ "follows": null })).await, json!(["Cyd"]));
    p[0].follows.unlink(&lab.ctx, p[1].id).await.unwrap();
    assert_eq!(p[1].followers.count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn friends(lab: Lab) {
    let p = people(&lab).await;
    p[0].friends.link(&lab.ctx, p[1].id).await.unwrap();
    p[0].friends.link(&lab.ctx, p[1].id).await.unwrap();
    p[2].friends.link(&lab.ctx, p[0].id).await.unwrap();
    let names = async |at: usize| found(&lab, &format!("/api/People/{}/friends", p[at].id), json!({}), "name").await;
    assert_eq!((names(0).await, names(1).await, names(2).await), (json!(["Ben"]), json!([]), json!(["Ann"])));
    let all = ok(&lab.rest().find("/api/People", json!({ "order": "id", "include": "friends" })).await);
    assert_eq!((each(&all[0]["friends"], "name"), each(&all[2]["friends"], "name")), (json!(["Ben"]), json!(["Ann"])));
    assert_eq!(named(&lab, "/api/People", json!({ "friends.name": "Ben" })).await, json!(["Ann"]));
    p[0].friends.unlink(&lab.ctx, p[1].id).await.unwrap();
    assert_eq!(names(0).await, json!([]));
}
