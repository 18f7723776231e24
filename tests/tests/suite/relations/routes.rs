//! The routes of belongsTo, hasMany and hasOne, and the calls of their fields.

use super::models::*;
use super::{codes, each, error, found, ok};
use crate::models::models;
use futures_util::future::join_all;
use loopback::prelude::*;
use loopback::typed::OptionalBelongsTo;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use serde_json::json;

cases!(models![Author, Profile, Book, Comment, Like, Genre, Loan];
    belongs_to_gets_the_row_of_the_key
    belongs_to_may_lead_nowhere
    has_many_has_every_route
    has_many_in_typed_calls
    has_many_takes_lists_whole_or_not_at_all
    has_many_does_not_give_its_rows_away
    two_relations_over_one_model_keep_apart
    has_one_has_every_route
    has_one_in_typed_calls
    two_that_race_for_a_has_one_leave_one_row
    wrong_ids_are_400_and_missing_rows_404
    wrong_data_is_422_or_400
    names_of_paths_have_no_case
);

/// An author, and a path.
async fn author(lab: &Lab, name: &str) -> (Author, String) {
    let author = Author::create(&lab.ctx, set!(Author { name: name })).await.unwrap();
    let path = format!("/api/Authors/{}", author.id);
    (author, path)
}

async fn belongs_to_gets_the_row_of_the_key(lab: Lab) {
    let rest = lab.rest();
    let (ada, path) = author(&lab, "Ada").await;
    let book = rest.create(&format!("{path}/books"), json!({ "title": "Notes" })).await;
    assert_eq!(book["authorId"], ada.id);
    let of_book = format!("/api/Books/{}/author", book["id"]);
    assert_eq!(ok(&rest.get(&of_book).await), json!({ "id": ada.id, "name": "Ada", "phone": null }));
    let fields = encoded(&json!({ "fields": ["name"] }).to_string());
    assert_eq!(ok(&rest.get(&format!("{of_book}?filter={fields}")).await)["name"], "Ada");
    assert_eq!(rest.call("HEAD", &of_book).await.status, 200);
    for verb in ["POST", "PUT", "DELETE"] {
        assert_eq!(rest.json(verb, &of_book, json!({ "name": "x" })).await.status, 404, "{verb}");
    }
    let row = Book::find_one(&lab.ctx, ()).await.unwrap().unwrap();
    assert_eq!((*row.author.id(), row.author.loaded().is_none()), (ada.id, true));
    assert_eq!(row.author.get(&lab.ctx).await.unwrap().name, "Ada");
}

async fn belongs_to_may_lead_nowhere(lab: Lab) {
    let rest = lab.rest();
    let (ada, path) = author(&lab, "Ada").await;
    let book = rest.create(&format!("{path}/books"), json!({ "title": "Notes" })).await;
    assert_eq!(book.get("editorId"), None);
    let of_book = format!("/api/Books/{}/editor", book["id"]);
    assert_eq!(error(&rest.get(&of_book).await).0, 404);
    let row = Book::find_one(&lab.ctx, ()).await.unwrap().unwrap();
    assert!(row.editor.id().is_none() && row.editor.get(&lab.ctx).await.unwrap().is_none());
    ok(&rest.json("PATCH", &format!("/api/Books/{}", book["id"]), json!({ "editorId": ada.id })).await);
    assert_eq!(ok(&rest.get(&of_book).await)["name"], "Ada");
    let row = row.reload(&lab.ctx).await.unwrap();
    assert_eq!(row.editor.get(&lab.ctx).await.unwrap().unwrap().name, "Ada");
    let row = row.update_attributes(&lab.ctx, set!(Book { editor: None::<i64> })).await.unwrap();
    assert!(row.editor.is_none());
    // Required, it is a matter of presence.
    assert_eq!(
        codes(&rest.json("POST", "/api/Books", json!({ "title": "x" })).await),
        json!({ "authorId": ["presence"] })
    );
}

async fn has_many_has_every_route(lab: Lab) {
    let rest = lab.rest();
    let (_, path) = author(&lab, "Ada").await;
    let (_, other) = author(&lab, "Bob").await;
    let books = format!("{path}/books");
    let a = rest.create(&books, json!({ "title": "A", "year": 1990 })).await;
    let b = rest.create(&books, json!({ "title": "B" })).await;
    rest.create(&format!("{other}/books"), json!({ "title": "C" })).await;
    assert_eq!(found(&lab, &books, json!({ "order": "id" }), "title").await, json!(["A", "B"]));
    let filter = json!({ "where": { "year": { "gt": 1995 } }, "fields": ["title"] });
    assert_eq!(found(&lab, &books, filter, "title").await, json!(["B"]));
    assert_eq!(found(&lab, &books, json!({ "order": "title DESC", "limit": 1 }), "title").await, json!(["B"]));
    assert_eq!(found(&lab, &books, json!({ "order": "title DESC", "skip": 1 }), "title").await, json!(["A"]));
    assert_eq!(rest.call("HEAD", &books).await.status, 200);
    // findById
    let one = format!("{books}/{}", a["id"]);
    assert_eq!(ok(&rest.get(&one).await)["title"], "A");
    let c = found(&lab, &format!("{other}/books"), json!({}), "id").await[0].clone();
    assert_eq!(error(&rest.get(&format!("{books}/{c}")).await).0, 404, "a row of another's");
    // count
    assert_eq!(ok(&rest.get(&format!("{books}/count")).await), json!({ "count": 2 }));
    let condition = encoded(&json!({ "title": "B" }).to_string());
    assert_eq!(ok(&rest.get(&format!("{books}/count?where={condition}")).await), json!({ "count": 1 }));
    // updateById
    let changed = ok(&rest.json("PUT", &one, json!({ "title": "AA" })).await);
    assert_eq!((&changed["title"], &changed["year"]), (&json!("AA"), &json!(1990)));
    assert_eq!(rest.json("PUT", &format!("{books}/{c}"), json!({ "title": "mine" })).await.status, 404);
    // destroyById
    assert_eq!(rest.call("DELETE", &format!("{books}/{c}")).await.status, 404);
    assert_eq!(rest.call("DELETE", &one).await.status, 204);
    assert_eq!(rest.call("DELETE", &one).await.status, 404);
    assert_eq!(rest.get(&one).await.status, 404);
    // delete all, narrowed or not, but never another's
    for title in ["D", "E"] {
        rest.create(&books, json!({ "title": title })).await;
    }
    let condition = encoded(&json!({ "title": "D" }).to_string());
    assert_eq!(rest.call("DELETE", &format!("{books}?where={condition}")).await.status, 204);
    assert_eq!(found(&lab, &books, json!({ "order": "id" }), "title").await, json!([b["title"], "E"]));
    let or = encoded(&json!({ "or": [{ "id": c }, { "title": "E" }] }).to_string());
    assert_eq!(rest.call("DELETE", &format!("{books}?where={or}")).await.status, 204);
    assert_eq!(rest.call("DELETE", &books).await.status, 204);
    assert_eq!(ok(&rest.get(&books).await), json!([]));
    assert_eq!(found(&lab, "/api/Books", json!({}), "title").await, json!(["C"]));
}

async fn has_many_in_typed_calls(lab: Lab) {
    let ctx = &lab.ctx;
    let p = Book::props();
    let (ada, _) = author(&lab, "Ada").await;
    let (bob, _) = author(&lab, "Bob").await;
    let a = ada.books.create(ctx, set!(Book { title: "A" })).await.unwrap();
    assert_eq!(*a.author.id(), ada.id);
    let more =
        ada.books.create_many(ctx, [set!(Book { title: "B" }), set!(Book { title: "C", year: 1990 })]).await.unwrap();
    let x = bob.books.create(ctx, set!(Book { title: "X" })).await.unwrap();
    assert_eq!(more.len(), 2);
    assert_eq!(ada.books.count(ctx, ()).await.unwrap(), 3);
    assert_eq!(ada.books.count(ctx, p.year.eq(1990)).await.unwrap(), 1);
    let titles: Vec<_> = ada.books.find(ctx, p.title.desc()).await.unwrap().into_iter().map(|b| b.title).collect();
    assert_eq!(titles, ["C", "B", "A"]);
    assert_eq!(ada.books.find_one(ctx, p.title.gt("A").order(p.title.asc())).await.unwrap().unwrap().title, "B");
    assert_eq!(ada.books.find_by_id(ctx, a.id).await.unwrap().unwrap().title, "A");
    assert!(ada.books.find_by_id(ctx, x.id).await.unwrap().is_none());
    assert!(ada.books.exists(ctx, a.id).await.unwrap() && !ada.books.exists(ctx, x.id).await.unwrap());
    assert_eq!(ada.books.update_by_id(ctx, a.id, set!(Book { title: "AA" })).await.unwrap().title, "AA");
    assert_eq!(ada.books.update_by_id(ctx, x.id, set!(Book { title: "AA" })).await.unwrap_err().status(), 404);
    assert_eq!(ada.books.destroy_by_id(ctx, x.id).await.unwrap_err().status(), 404);
    ada.books.destroy_by_id(ctx, a.id).await.unwrap();
    assert_eq!(ada.books.destroy_all(ctx, p.title.eq("B")).await.unwrap(), 1);
    assert_eq!(ada.books.destroy_all(ctx, ()).await.unwrap(), 1);
    assert_eq!(Book::count(ctx, ()).await.unwrap(), 1);
    // What does not go through another model has no links, and what was not read has no row to start from.
    let error = ada.books.link(ctx, x.id).await.unwrap_err();
    assert!(error.status() == 500 && error.to_string().contains("goes through no other model"), "{error}");
    assert_eq!(HasMany::<Book>::default().find(ctx, ()).await.unwrap_err().status(), 500);
}

async fn has_many_takes_lists_whole_or_not_at_all(lab: Lab) {
    let rest = lab.rest();
    let (ada, path) = author(&lab, "Ada").await;
    let books = format!("{path}/books");
    let made = ok(&rest.json("POST", &books, json!([{ "title": "A" }, { "title": "B" }])).await);
    assert_eq!(each(&made, "title"), json!(["A", "B"]));
    assert_eq!(each(&made, "authorId"), json!([ada.id, ada.id]));
    let answer = rest.json("POST", &books, json!([{ "title": "C" }, { "title": "" }])).await;
    assert_eq!(codes(&answer), json!({ "title": ["presence", "length.blank"] }), "{answer}");
    assert_eq!(Book::count(&lab.ctx, ()).await.unwrap(), 2);
    assert_eq!(ok(&rest.json("POST", &books, json!([])).await), json!([]));
    assert_eq!(rest.json("POST", &books, json!([1])).await.status, 400);
    // A single row is no list.
    assert_eq!(rest.json("POST", &format!("{path}/profile"), json!([{ "bio": "long" }])).await.status, 400);
    assert_eq!(Profile::count(&lab.ctx, ()).await.unwrap(), 0);
    let many: Vec<_> = (0..1001).map(|_| json!({ "title": "x" })).collect();
    assert_eq!(rest.json("POST", &books, json!(many)).await.status, 413);
}

async fn has_many_does_not_give_its_rows_away(lab: Lab) {
    let rest = lab.rest();
    let (ada, path) = author(&lab, "Ada").await;
    let (bob, _) = author(&lab, "Bob").await;
    let books = format!("{path}/books");
    // The path says whose a new row is.
    let made = rest.create(&books, json!({ "title": "A", "authorId": bob.id })).await;
    assert_eq!(made["authorId"], ada.id);
    let one = format!("{books}/{}", made["id"]);
    assert_eq!(
        codes(&rest.json("PUT", &one, json!({ "authorId": bob.id })).await),
        json!({ "authorId": ["immutable"] })
    );
    assert_eq!(rest.json("PUT", &one, json!({ "authorId": null })).await.status, 422);
    assert_eq!(ok(&rest.json("PUT", &one, json!({ "authorId": ada.id, "year": 1 })).await)["year"], 1);
    assert_eq!(rest.json("PUT", &one, json!({ "id": 777 })).await.status, 400);
    let row = Book::find_by_id(&lab.ctx, made["id"].as_i64().unwrap()).await.unwrap().unwrap();
    assert_eq!(*row.author.id(), ada.id);
    let error = ada.books.update_by_id(&lab.ctx, row.id, set!(Book { author: bob.id })).await.unwrap_err();
    assert_eq!(error.status(), 422);
    // On its own, a row may change hands.
    let of_row = format!("/api/Books/{}", row.id);
    assert_eq!(ok(&rest.json("PATCH", &of_row, json!({ "authorId": bob.id })).await)["authorId"], bob.id);
}

async fn two_relations_over_one_model_keep_apart(lab: Lab) {
    let rest = lab.rest();
    let (ada, path) = author(&lab, "Ada").await;
    let (bob, of_bob) = author(&lab, "Bob").await;
    rest.create(&format!("{path}/books"), json!({ "title": "A", "editorId": bob.id })).await;
    assert_eq!(found(&lab, &format!("{of_bob}/editedBooks"), json!({}), "title").await, json!(["A"]));
    assert_eq!(ok(&rest.get(&format!("{of_bob}/books")).await), json!([]));
    assert_eq!(rest.get(&format!("{of_bob}/edited")).await.status, 404);
    let made = rest.create(&format!("{of_bob}/editedBooks"), json!({ "title": "B", "authorId": ada.id })).await;
    assert_eq!((&made["editorId"], &made["authorId"]), (&json!(bob.id), &json!(ada.id)));
    assert_eq!(bob.edited.count(&lab.ctx, ()).await.unwrap(), 2);
}

async fn has_one_has_every_route(lab: Lab) {
    let rest = lab.rest();
    let (ada, path) = author(&lab, "Ada").await;
    let (bob, _) = author(&lab, "Bob").await;
    let profile = format!("{path}/profile");
    for verb in ["GET", "DELETE"] {
        assert_eq!(rest.call(verb, &profile).await.status, 404, "{verb}");
    }
    assert_eq!(rest.json("PUT", &profile, json!({ "bio": "none" })).await.status, 404);
    let made = rest.create(&profile, json!({ "bio": "wrote notes", "pin": "1234" })).await;
    assert_eq!(made["authorId"], ada.id);
    assert_eq!(made.get("pin"), None);
    let twice = rest.json("POST", &profile, json!({ "bio": "again" })).await;
    assert_eq!(twice.status, 422, "{twice}");
    assert!(twice.text().contains("HasOne relation cannot create more than one instance of Profile"), "{twice}");
    assert_eq!(ok(&rest.get(&profile).await), made);
    assert_eq!(rest.call("HEAD", &profile).await.status, 200);
    assert_eq!(ok(&rest.json("PUT", &profile, json!({ "bio": "new" })).await)["bio"], "new");
    assert_eq!(codes(&rest.json("PUT", &profile, json!({ "bio": "x" })).await), json!({ "bio": ["length.min"] }));
    let given = rest.json("PUT", &profile, json!({ "authorId": bob.id })).await;
    assert_eq!(codes(&given), json!({ "authorId": ["immutable"] }));
    // Past the relation the key is guarded all the same.
    let past = rest.json("POST", "/api/Profiles", json!({ "bio": "second", "authorId": ada.id })).await;
    assert_eq!(codes(&past), json!({ "authorId": ["uniqueness"] }));
    assert_eq!(rest.call("DELETE", &profile).await.status, 204);
    assert_eq!(rest.get(&profile).await.status, 404);
    for path in [format!("{profile}/1"), format!("{profile}/count")] {
        assert_eq!(rest.get(&path).await.status, 404, "{path}");
    }
}

async fn has_one_in_typed_calls(lab: Lab) {
    let ctx = &lab.ctx;
    let (ada, _) = author(&lab, "Ada").await;
    assert!(ada.profile.get(ctx).await.unwrap().is_none());
    assert_eq!(ada.profile.destroy(ctx).await.unwrap_err().status(), 404);
    assert_eq!(ada.profile.update(ctx, set!(Profile { bio: "x y" })).await.unwrap_err().status(), 404);
    let made = ada.profile.create(ctx, set!(Profile { bio: "long" })).await.unwrap();
    assert_eq!(ada.profile.create(ctx, set!(Profile { bio: "long" })).await.unwrap_err().status(), 422);
    assert_eq!(ada.profile.get(ctx).await.unwrap().unwrap().id, made.id);
    assert_eq!(ada.profile.update(ctx, set!(Profile { bio: "longer" })).await.unwrap().bio, "longer");
    assert_eq!(ada.profile.update(ctx, set!(Profile { bio: "" })).await.unwrap_err().status(), 422);
    ada.profile.destroy(ctx).await.unwrap();
    assert_eq!(Profile::count(ctx, ()).await.unwrap(), 0);
}

async fn two_that_race_for_a_has_one_leave_one_row(lab: Lab) {
    let (ada, path) = author(&lab, "Ada").await;
    let profile = format!("{path}/profile");
    let tasks = (0..20).map(|n| {
        let (rest, profile) = (lab.rest().clone(), profile.clone());
        tokio::spawn(async move { rest.json("POST", &profile, json!({ "bio": format!("bio {n}") })).await })
    });
    let answers: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.status, 422, "{answer}");
    }
    assert_eq!(Profile::count(&lab.ctx, Profile::props().author.eq(ada.id)).await.unwrap(), 1);
}

async fn wrong_ids_are_400_and_missing_rows_404(lab: Lab) {
    let rest = lab.rest();
    let (_, path) = author(&lab, "Ada").await;
    for path in ["/api/Authors/x/books", "/api/Authors/1.5/profile", "/api/Authors/x/books/1", "/api/Books/x/author"] {
        assert_eq!(error(&rest.get(path).await), (400, "INVALID_ID".into()), "{path}");
    }
    for id in ["x", "1x", "99999999999999999999", "01", "1e1", "%00"] {
        for verb in ["GET", "DELETE"] {
            let answer = rest.call(verb, &format!("{path}/books/{id}")).await;
            assert_eq!(error(&answer), (400, "INVALID_ID".into()), "{verb} {id}");
        }
        let answer = rest.json("PUT", &format!("{path}/books/{id}"), json!({ "title": "x" })).await;
        assert_eq!(error(&answer), (400, "INVALID_ID".into()), "PUT {id}");
    }
    for (verb, path) in [
        ("GET", "/api/Authors/999/books"),
        ("GET", "/api/Authors/999/books/count"),
        ("GET", "/api/Authors/999/books/1"),
        ("DELETE", "/api/Authors/999/books"),
        ("DELETE", "/api/Authors/999/books/1"),
        ("GET", "/api/Authors/999/profile"),
        ("DELETE", "/api/Authors/999/profile"),
        ("GET", "/api/Books/999/author"),
        ("GET", "/api/Books/999/genres"),
        ("GET", "/api/Books/999/genres/count"),
    ] {
        assert_eq!(error(&rest.call(verb, path).await).0, 404, "{verb} {path}");
    }
    for (verb, path) in [
        ("POST", "/api/Authors/999/books"),
        ("PUT", "/api/Authors/999/books/1"),
        ("POST", "/api/Authors/999/profile"),
        ("PUT", "/api/Authors/999/profile"),
        ("POST", "/api/Books/999/genres"),
        ("PUT", "/api/Books/999/genres/rel/1"),
    ] {
        let answer = rest.json(verb, path, json!({ "title": "t", "name": "n", "bio": "bio" })).await;
        assert!(matches!(answer.status, 404 | 422), "{verb} {path}: {answer}");
    }
    let counts = (Book::count(&lab.ctx, ()).await.unwrap(), Profile::count(&lab.ctx, ()).await.unwrap());
    assert_eq!(counts, (0, 0));
    for path in [format!("{path}/nothing"), format!("{path}/books/1/2/3"), format!("{path}/books/rel/1")] {
        assert_eq!(rest.get(&path).await.status, 404, "{path}");
    }
}

async fn wrong_data_is_422_or_400(lab: Lab) {
    let rest = lab.rest();
    let (_, path) = author(&lab, "Ada").await;
    let books = format!("{path}/books");
    assert_eq!(codes(&rest.json("POST", &books, json!({})).await), json!({ "title": ["presence", "length.blank"] }));
    let answer = rest.json("POST", &books, json!({ "title": "x", "nonsense": 1 })).await;
    assert_eq!(codes(&answer), json!({ "nonsense": ["unknown-property"] }));
    assert_eq!(rest.json("POST", &books, json!({ "title": "x", "year": "many" })).await.status, 422);
    assert_eq!(rest.json("POST", &books, json!({ "title": "x", "id": 5 })).await.status, 422);
    assert_eq!(rest.json("POST", &books, json!("x")).await.status, 400);
    assert_eq!(rest.raw("POST", &books, "application/json", "{").await.status, 400);
    for filter in [
        json!({ "where": { "nonsense": 1 } }),
        json!({ "where": { "cost": 1 } }),
        json!({ "order": "cost" }),
        json!({ "fields": ["cost"] }),
        json!({ "limit": 0 }),
        json!({ "nonsense": 1 }),
        json!({ "include": "nonsense" }),
    ] {
        assert_eq!(rest.find(&books, filter.clone()).await.status, 400, "{filter}");
    }
    let made = rest.create(&books, json!({ "title": "x" })).await;
    let one = format!("{books}/{}", made["id"]);
    assert_eq!(rest.find(&one, json!({ "where": { "title": "x" } })).await.status, 400);
    assert_eq!(
        codes(&rest.json("PUT", &one, json!({ "title": "" })).await),
        json!({ "title": ["presence", "length.blank"] })
    );
    assert_eq!(rest.get(&format!("{books}/count?where={}", encoded("{\"nonsense\":1}"))).await.status, 400);
    assert_eq!(rest.call("DELETE", &format!("{books}?where={}", encoded("{\"nonsense\":1}"))).await.status, 400);
    assert_eq!(Book::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn names_of_paths_have_no_case(lab: Lab) {
    let rest = lab.rest();
    let (ada, _) = author(&lab, "Ada").await;
    rest.create(&format!("/api/authors/{}/BOOKS", ada.id), json!({ "title": "x" })).await;
    assert_eq!(ok(&rest.get(&format!("/api/Authors/{}/Books/COUNT", ada.id)).await), json!({ "count": 1 }));
    assert_eq!(ok(&rest.get(&format!("/api/Authors/{}/books/", ada.id)).await).as_array().unwrap().len(), 1);
    let answer = rest.call("PATCH", &format!("/api/Authors/{}/books", ada.id)).await;
    assert_eq!((answer.status, answer.header("allow").unwrap()), (404, "GET, HEAD, POST, DELETE".to_owned()));
}
