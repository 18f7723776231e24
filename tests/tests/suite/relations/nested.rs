//! Nested routes: `/Authors/1/books/2/comments`, each step of which has to belong to the one before.

use super::models::*;
use super::{error, found, ok};
use crate::models::models;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::json;

cases!(models![Author, Profile, Book, Comment, Like, Genre, Loan];
    two_steps
    three_steps
    a_step_that_does_not_belong_is_a_404
    only_methods_of_relations_stand_at_the_end
    over_habtm_and_to_one
    paths_without_an_end
);

/// Ada's book A with the comment c, and Bob's book B with the comment d.
async fn library(lab: &Lab) -> (Author, Book, Comment, Author, Book, Comment) {
    let ctx = &lab.ctx;
    let ada = Author::create(ctx, set!(Author { name: "Ada" })).await.unwrap();
    let bob = Author::create(ctx, set!(Author { name: "Bob" })).await.unwrap();
    let a = ada.books.create(ctx, set!(Book { title: "A" })).await.unwrap();
    let b = bob.books.create(ctx, set!(Book { title: "B" })).await.unwrap();
    let c = a.comments.create(ctx, set!(Comment { text: "c" })).await.unwrap();
    let d = b.comments.create(ctx, set!(Comment { text: "d" })).await.unwrap();
    (ada, a, c, bob, b, d)
}

async fn two_steps(lab: Lab) {
    let rest = lab.rest();
    let (ada, a, c, ..) = library(&lab).await;
    let comments = format!("/api/Authors/{}/books/{}/comments", ada.id, a.id);
    assert_eq!(found(&lab, &comments, json!({}), "text").await, json!(["c"]));
    let made = rest.create(&comments, json!({ "text": "e", "bookId": 999 })).await;
    assert_eq!(made["bookId"], a.id);
    assert_eq!(ok(&rest.get(&format!("{comments}/{}", c.id)).await)["text"], "c");
    assert_eq!(ok(&rest.get(&format!("{comments}/count")).await), json!({ "count": 2 }));
    assert_eq!(ok(&rest.json("PUT", &format!("{comments}/{}", c.id), json!({ "text": "cc" })).await)["text"], "cc");
    assert_eq!(rest.call("DELETE", &format!("{comments}/{}", made["id"])).await.status, 204);
    assert_eq!(found(&lab, &comments, json!({ "include": "book" }), "text").await, json!(["cc"]));
    assert_eq!(rest.call("HEAD", &comments).await.status, 200);
    assert_eq!(rest.call("DELETE", &comments).await.status, 204);
    assert_eq!(Comment::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn three_steps(lab: Lab) {
    let rest = lab.rest();
    let (ada, a, c, bob, b, d) = library(&lab).await;
    let path =
        |author: i64, book: i64, comment: i64| format!("/api/Authors/{author}/books/{book}/comments/{comment}/likes");
    let made = rest.create(&path(ada.id, a.id, c.id), json!({ "who": "Eve" })).await;
    assert_eq!(made["commentId"], c.id);
    assert_eq!(found(&lab, &path(ada.id, a.id, c.id), json!({}), "who").await, json!(["Eve"]));
    for (author, book, comment) in
        [(bob.id, a.id, c.id), (ada.id, b.id, d.id), (ada.id, a.id, d.id), (ada.id, b.id, c.id), (999, a.id, c.id)]
    {
        let path = path(author, book, comment);
        assert_eq!(error(&rest.get(&path).await).0, 404, "{path}");
        assert_eq!(rest.json("POST", &path, json!({ "who": "Eve" })).await.status, 404, "{path}");
        assert_eq!(rest.call("DELETE", &path).await.status, 404, "{path}");
        assert_eq!(rest.get(&format!("{path}/{}", made["id"])).await.status, 404, "{path}");
        assert_eq!(rest.get(&format!("{path}/count")).await.status, 404, "{path}");
    }
    assert_eq!(Like::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn a_step_that_does_not_belong_is_a_404(lab: Lab) {
    let rest = lab.rest();
    let (ada, a, c, bob, b, d) = library(&lab).await;
    for (author, book) in [(bob.id, a.id), (ada.id, b.id), (999, a.id), (ada.id, 999)] {
        let comments = format!("/api/Authors/{author}/books/{book}/comments");
        assert_eq!(rest.get(&comments).await.status, 404, "{comments}");
        assert_eq!(rest.json("POST", &comments, json!({ "text": "x" })).await.status, 404, "{comments}");
        assert_eq!(rest.call("DELETE", &comments).await.status, 404, "{comments}");
        for id in [c.id, d.id] {
            assert_eq!(rest.json("PUT", &format!("{comments}/{id}"), json!({ "text": "x" })).await.status, 404);
            assert_eq!(rest.call("DELETE", &format!("{comments}/{id}")).await.status, 404);
        }
    }
    assert_eq!(Comment::count(&lab.ctx, Comment::props().text.inq(["c", "d"])).await.unwrap(), 2);
    for path in
        ["/api/Authors/x/books/1/comments", "/api/Authors/1/books/x/comments", "/api/Authors/1/books/1/comments/x"]
    {
        assert_eq!(error(&rest.get(path).await), (400, "INVALID_ID".into()), "{path}");
    }
}

async fn only_methods_of_relations_stand_at_the_end(lab: Lab) {
    let rest = lab.rest();
    let (ada, a, ..) = library(&lab).await;
    let book = format!("/api/Authors/{}/books/{}", ada.id, a.id);
    for (verb, path) in [
        ("POST", format!("{book}/replace")),
        ("GET", format!("{book}/exists")),
        ("GET", format!("{book}/loans/count/x")),
    ] {
        assert_eq!(rest.json(verb, &path, json!({ "title": "x" })).await.status, 404, "{verb} {path}");
    }
    assert_eq!(rest.json("PATCH", &book, json!({ "title": "x" })).await.status, 404);
    assert_eq!(Book::count(&lab.ctx, Book::props().title.eq("x")).await.unwrap(), 0);
    // Genres' own relations are not nested.
    assert_eq!(rest.get(&format!("{book}/genres/1/books/1/comments")).await.status, 404);
    assert_eq!(rest.get(&format!("{book}/loans/1/book")).await.status, 404);
}

async fn over_habtm_and_to_one(lab: Lab) {
    let rest = lab.rest();
    let (ada, a, _, bob, b, _) = library(&lab).await;
    let crime = a.genres.create(&lab.ctx, set!(Genre { name: "crime" })).await.unwrap();
    let books = |book: i64| format!("/api/Books/{book}/genres/{}/books", crime.id);
    assert_eq!(found(&lab, &books(a.id), json!({}), "title").await, json!(["A"]));
    assert_eq!(rest.get(&books(b.id)).await.status, 404);
    // links below a step
    let link = format!("/api/Authors/{}/books/{}/genres/rel/{}", bob.id, b.id, crime.id);
    ok(&rest.call("PUT", &link).await);
    assert_eq!(rest.call("HEAD", &link).await.status, 200);
    let wrong = format!("/api/Authors/{}/books/{}/genres/rel/{}", ada.id, b.id, crime.id);
    for verb in ["HEAD", "PUT", "DELETE"] {
        assert_eq!(rest.call(verb, &wrong).await.status, 404, "{verb}");
    }
    assert_eq!(b.genres.count(&lab.ctx, ()).await.unwrap(), 1);
    // to one: its id stands in the path
    assert_eq!(
        found(&lab, &format!("/api/Books/{}/author/{}/books", a.id, ada.id), json!({}), "title").await,
        json!(["A"])
    );
    assert_eq!(rest.get(&format!("/api/Books/{}/author/{}/books", a.id, bob.id)).await.status, 404);
}

async fn paths_without_an_end(lab: Lab) {
    let rest = lab.rest();
    let (ada, a, ..) = library(&lab).await;
    let round = format!("/{}/books/{}/author", ada.id, a.id);
    for times in [2, 3, 4, 5, 10, 100] {
        let answer = rest.get(&format!("/api/Authors{}", round.repeat(times))).await;
        assert!(matches!(answer.status, 200 | 404), "{times}: {answer}");
        assert!(times < 10 || answer.status == 404, "{times}: {answer}");
    }
    for path in [
        "/api/Authors//books//comments",
        "/api/Authors/1//books",
        "/api/Authors/1/books/1/comments/1/likes/1/comment/1/2/3",
    ] {
        assert_eq!(rest.get(path).await.status, 404, "{path}");
    }
}
