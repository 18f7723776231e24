//! Conditions on related rows.

use super::models::*;
use super::{each, error, found, named, ok};
use crate::models::models;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use serde_json::{Value as Json, json};

cases!(models![Author, Profile, Book, Comment, Like, Genre, Loan, Physician, Appointment, Patient, Ward, Placement];
    some_row_is_such
    none_is_there
    two_relations_deep
    within_and_or_nor
    with_every_operator
    counts_writes_and_routes_take_them
    through_and_habtm
    what_is_no_condition_says_so
    an_answer_has_each_row_once
    typed_some_none_any_is
);

/// Ada wrote A (5 and 1 stars; crime) and B (3 stars); Bob wrote C (no comments; crime, poetry) and edited A; Cyd none.
async fn library(lab: &Lab) {
    let ctx = &lab.ctx;
    let mut authors = Vec::new();
    for name in ["Ada", "Bob", "Cyd"] {
        authors.push(Author::create(ctx, set!(Author { name: name })).await.unwrap());
    }
    let a = authors[0].books.create(ctx, set!(Book { title: "A", year: 1990, editor: authors[1].id })).await.unwrap();
    let b = authors[0].books.create(ctx, set!(Book { title: "B" })).await.unwrap();
    let c = authors[1].books.create(ctx, set!(Book { title: "C" })).await.unwrap();
    for (book, stars) in [(&a, 5), (&a, 1), (&b, 3)] {
        let made =
            book.comments.create(ctx, set!(Comment { text: format!("{} {stars}", book.title), stars: stars })).await;
        if stars == 5 {
            made.unwrap().likes.create(ctx, set!(Like { who: "Eve" })).await.unwrap();
        }
    }
    let crime = a.genres.create(ctx, set!(Genre { name: "crime" })).await.unwrap();
    c.genres.link(ctx, crime.id).await.unwrap();
    c.genres.create(ctx, set!(Genre { name: "poetry" })).await.unwrap();
    authors[0].profile.create(ctx, set!(Profile { bio: "long" })).await.unwrap();
}

async fn titles(lab: &Lab, condition: Json) -> Json {
    found(lab, "/api/Books", json!({ "where": condition, "order": "id" }), "title").await
}

async fn authors(lab: &Lab, condition: Json) -> Json {
    named(lab, "/api/Authors", condition).await
}

async fn some_row_is_such(lab: Lab) {
    library(&lab).await;
    for (condition, expected) in [
        (json!({ "comments": { "stars": 5 } }), json!(["A"])),
        (json!({ "comments.stars": 5 }), json!(["A"])),
        (json!({ "comments": { "stars": 5, "text": "A 1" } }), json!([])),
        (json!({ "comments.stars": 5, "comments.text": "A 1" }), json!(["A"])),
        (json!({ "comments": { "stars": { "lt": 5 } } }), json!(["A", "B"])),
        (json!({ "author": { "name": "Bob" } }), json!(["C"])),
        (json!({ "author.name": "Ada" }), json!(["A", "B"])),
        (json!({ "editor": { "name": "Bob" } }), json!(["A"])),
        (json!({ "editor.name": { "neq": "Bob" } }), json!([])),
        (json!({ "author": { "name": "Ada" }, "year": { "gt": 1995 } }), json!(["B"])),
        (json!({ "author": { "id": 999 } }), json!([])),
    ] {
        assert_eq!(titles(&lab, condition.clone()).await, expected, "{condition}");
    }
    assert_eq!(authors(&lab, json!({ "profile": { "bio": "long" } })).await, json!(["Ada"]));
    assert_eq!(authors(&lab, json!({ "editedBooks.title": "A" })).await, json!(["Bob"]));
    let query = "filter[where][comments][stars]=5";
    assert_eq!(each(&ok(&lab.rest().get(&format!("/api/Books?{query}")).await), "title"), json!(["A"]));
    let query = "filter[where][comments.stars][gt]=3";
    assert_eq!(each(&ok(&lab.rest().get(&format!("/api/Books?{query}")).await), "title"), json!(["A"]));
}

async fn none_is_there(lab: Lab) {
    library(&lab).await;
    for (condition, expected) in [
        (json!({ "comments": null }), json!(["C"])),
        (json!({ "comments": { "neq": null } }), json!(["A", "B"])),
        (json!({ "comments": { "eq": null } }), json!(["C"])),
        (json!({ "editor": null }), json!(["B", "C"])),
        (json!({ "editor": { "neq": null } }), json!(["A"])),
        (json!({ "genres": null }), json!(["B"])),
        (json!({ "genres": { "neq": null } }), json!(["A", "C"])),
        (json!({ "nor": [{ "comments": { "stars": { "gt": 4 } } }] }), json!(["B", "C"])),
    ] {
        assert_eq!(titles(&lab, condition.clone()).await, expected, "{condition}");
    }
    assert_eq!(authors(&lab, json!({ "profile": null })).await, json!(["Bob", "Cyd"]));
    assert_eq!(authors(&lab, json!({ "books": null, "editedBooks": null })).await, json!(["Cyd"]));
}

async fn two_relations_deep(lab: Lab) {
    library(&lab).await;
    for (condition, expected) in [
        (json!({ "books": { "comments": { "stars": 5 } } }), json!(["Ada"])),
        (json!({ "books.comments.stars": 5 }), json!(["Ada"])),
        (json!({ "books": { "comments.stars": 5 } }), json!(["Ada"])),
        (json!({ "books.comments": { "stars": 5 } }), json!(["Ada"])),
        (json!({ "books": { "comments": null } }), json!(["Bob"])),
        (json!({ "books.comments": null }), json!(["Bob"])),
        (json!({ "books.comments.likes.who": "Eve" }), json!(["Ada"])),
        (json!({ "books": { "comments": { "likes": { "who": "Eve" }, "stars": 1 } } }), json!([])),
        (json!({ "books.genres.name": "poetry" }), json!(["Bob"])),
        (json!({ "books.genres.books.author.name": "Ada" }), json!(["Ada", "Bob"])),
        (json!({ "editedBooks.author.name": "Ada" }), json!(["Bob"])),
        (json!({ "books.author.books.author.books.title": "C" }), json!(["Bob"])),
    ] {
        assert_eq!(authors(&lab, condition.clone()).await, expected, "{condition}");
    }
    let deep = (0..13)
        .fold(json!({ "name": "x" }), |inner, at| json!({ if at % 2 == 0 { "author" } else { "books" }: inner }));
    let answer = lab.rest().find("/api/Books", json!({ "where": deep })).await;
    assert_eq!(error(&answer).0, 400);
    // A path is as deep as the objects that it stands for.
    let dotted = format!("{}title", "author.books.".repeat(6));
    assert_eq!(titles(&lab, json!({ dotted: "A" })).await, json!(["A", "B"]));
    let objects = json!({ "author.books.author.books": { "author.books.author.books": { "author.books.author.books": { "author.name": "x" } } } });
    assert_eq!(error(&lab.rest().find("/api/Books", json!({ "where": objects })).await).0, 400);
    let dotted = format!("{}name", "author.books.".repeat(2000));
    let answer = lab.rest().find("/api/Books", json!({ "where": { dotted: "x" } })).await;
    assert_eq!(error(&answer).0, 400, "{answer}");
}

async fn within_and_or_nor(lab: Lab) {
    library(&lab).await;
    for (condition, expected) in [
        (json!({ "or": [{ "comments.stars": 3 }, { "author.name": "Bob" }] }), json!(["B", "C"])),
        (json!({ "and": [{ "comments.stars": 5 }, { "comments.stars": 1 }] }), json!(["A"])),
        (json!({ "and": [{ "comments.stars": 5 }, { "comments.stars": 3 }] }), json!([])),
        (json!({ "nor": [{ "comments.stars": 5 }, { "author.name": "Bob" }] }), json!(["B"])),
        (json!({ "comments": { "or": [{ "stars": 5 }, { "stars": 3 }] } }), json!(["A", "B"])),
        (json!({ "comments": { "and": [{ "stars": 5 }, { "text": "A 1" }] } }), json!([])),
        (json!({ "comments": { "nor": [{ "stars": { "lt": 4 } }] } }), json!(["A"])),
        (
            json!({ "or": [{ "title": "C" }, { "and": [{ "comments": { "stars": 1 } }, { "genres.name": "crime" }] }] }),
            json!(["A", "C"]),
        ),
        (json!({ "nor": [{ "nor": [{ "comments.stars": 5 }] }] }), json!(["A"])),
    ] {
        assert_eq!(titles(&lab, condition.clone()).await, expected, "{condition}");
    }
}

async fn with_every_operator(lab: Lab) {
    library(&lab).await;
    for (inner, expected) in [
        (json!({ "inq": [5, 3] }), json!(["A", "B"])),
        (json!({ "nin": [5, 1] }), json!(["B"])),
        (json!({ "between": [2, 4] }), json!(["B"])),
        (json!({ "gte": 3 }), json!(["A", "B"])),
        (json!({ "lte": 1 }), json!(["A"])),
        (json!({ "neq": 3 }), json!(["A"])),
        (json!({ "inq": [] }), json!([])),
        (json!({ "nin": [] }), json!(["A", "B"])),
    ] {
        assert_eq!(titles(&lab, json!({ "comments": { "stars": inner } })).await, expected, "{inner}");
        assert_eq!(titles(&lab, json!({ "comments.stars": inner })).await, expected, "{inner}");
    }
    let between = json!({ "comments": { "stars": { "gt": 1, "lt": 5 } } });
    assert_eq!(titles(&lab, between).await, json!(["B"]), "of one row");
    for (inner, expected) in [
        (json!({ "like": "A%" }), json!(["A"])),
        (json!({ "nlike": "A%" }), json!(["B"])),
        (json!({ "ilike": "a%" }), json!(["A"])),
        (json!({ "regexp": "^[AB] [35]$" }), json!(["A", "B"])),
    ] {
        assert_eq!(titles(&lab, json!({ "comments": { "text": inner } })).await, expected, "{inner}");
    }
}

async fn counts_writes_and_routes_take_them(lab: Lab) {
    let rest = lab.rest();
    library(&lab).await;
    let condition = encoded(&json!({ "comments.stars": 5 }).to_string());
    assert_eq!(ok(&rest.get(&format!("/api/Books/count?where={condition}")).await), json!({ "count": 1 }));
    let done = rest.json("POST", &format!("/api/Books/update?where={condition}"), json!({ "year": 1 })).await;
    assert_eq!(ok(&done), json!({ "count": 1 }));
    assert_eq!(titles(&lab, json!({ "year": 1 })).await, json!(["A"]));
    let ada = found(&lab, "/api/Authors", json!({ "where": { "name": "Ada" } }), "id").await[0].clone();
    let books = format!("/api/Authors/{ada}/books");
    assert_eq!(found(&lab, &books, json!({ "where": { "comments.stars": 3 } }), "title").await, json!(["B"]));
    let of_all = encoded(&json!({ "genres.name": "crime" }).to_string());
    assert_eq!(ok(&rest.get(&format!("{books}/count?where={of_all}")).await), json!({ "count": 1 }));
    let filter = encoded(&json!({ "where": { "comments.stars": 3 } }).to_string());
    assert_eq!(ok(&rest.get(&format!("/api/Books/findOne?filter={filter}")).await)["title"], "B");
    let upsert =
        rest.json("POST", &format!("/api/Books/upsertWithWhere?where={condition}"), json!({ "year": 2 })).await;
    assert_eq!(ok(&upsert)["title"], "A");
    let none = encoded(&json!({ "comments": null }).to_string());
    let crime = found(&lab, "/api/Genres", json!({ "where": { "name": "crime" } }), "id").await[0].clone();
    assert_eq!(ok(&rest.get(&format!("/api/Genres/{crime}/books/count?where={none}")).await), json!({ "count": 1 }));
    assert_eq!(
        found(&lab, &format!("/api/Genres/{crime}/books"), json!({ "where": { "comments": null } }), "title").await,
        json!(["C"])
    );
    assert_eq!(rest.call("DELETE", &format!("/api/Genres/{crime}/books?where={none}")).await.status, 204);
    assert_eq!(found(&lab, &format!("/api/Genres/{crime}/books"), json!({}), "title").await, json!(["A"]));
    let likes = encoded(&json!({ "likes": null }).to_string());
    let a = found(&lab, "/api/Books", json!({ "where": { "title": "A" } }), "id").await[0].clone();
    assert_eq!(rest.call("DELETE", &format!("/api/Books/{a}/comments?where={likes}")).await.status, 204);
    assert_eq!(found(&lab, &format!("/api/Books/{a}/comments"), json!({}), "stars").await, json!([5]));
}

async fn through_and_habtm(lab: Lab) {
    let ctx = &lab.ctx;
    library(&lab).await;
    for (condition, expected) in [
        (json!({ "genres": { "name": "crime" } }), json!(["A", "C"])),
        (json!({ "genres.name": "poetry" }), json!(["C"])),
        (json!({ "and": [{ "genres.name": "crime" }, { "genres.name": "poetry" }] }), json!(["C"])),
        (json!({ "genres": { "name": "crime", "id": 999 } }), json!([])),
        (json!({ "genres.books.title": "C" }), json!(["A", "C"])),
    ] {
        assert_eq!(titles(&lab, condition.clone()).await, expected, "{condition}");
    }
    let mo = Physician::create(ctx, set!(Physician { name: "Mo" })).await.unwrap();
    Physician::create(ctx, set!(Physician { name: "Jo" })).await.unwrap();
    let ann = mo.patients.create(ctx, set!(Patient { name: "Ann", age: 9 })).await.unwrap();
    let cough = set!(Appointment { reason: "cough".to_owned() });
    let _: Appointment = mo.patients.link_with(ctx, ann.id, cough).await.unwrap();
    let physicians = async |condition| named(&lab, "/api/Physicians", condition).await;
    assert_eq!(physicians(json!({ "patients": { "name": "Ann" } })).await, json!(["Mo"]));
    assert_eq!(physicians(json!({ "patients": null })).await, json!(["Jo"]));
    assert_eq!(physicians(json!({ "appointments": { "patient": { "name": "Ann" } } })).await, json!(["Mo"]));
    assert_eq!(physicians(json!({ "adults": null })).await, json!(["Mo", "Jo"]));
    assert_eq!(physicians(json!({ "patients.physicians.name": "Mo" })).await, json!(["Mo"]));
    assert_eq!(
        physicians(json!({ "patients": { "age": { "lt": 10 }, "physicians": { "name": "Jo" } } })).await,
        json!([])
    );
}

async fn what_is_no_condition_says_so(lab: Lab) {
    let rest = lab.rest();
    library(&lab).await;
    for condition in [
        json!({ "comments": 5 }),
        json!({ "comments": "x" }),
        json!({ "comments": [] }),
        json!({ "comments": [{ "stars": 5 }] }),
        json!({ "comments": { "gt": 5 } }),
        json!({ "comments": { "neq": 5 } }),
        json!({ "comments": { "inq": [null] } }),
        json!({ "comments": { "nonsense": 5 } }),
        json!({ "comments": { "stars": "many" } }),
        json!({ "comments": { "stars": { "nonsense": 5 } } }),
        json!({ "comments": { "stars": { "regexp": 5 } } }),
        json!({ "comments": { "stars.x": 5 } }),
        json!({ "comments.": 5 }),
        json!({ "comments..stars": 5 }),
        json!({ ".comments": 5 }),
        json!({ "comments.nonsense": 5 }),
        json!({ "coments": { "stars": 5 } }),
        json!({ "coments.stars": 5 }),
        json!({ "comments": { "$where": "1" } }),
        json!({ "comments": { "or": 5 } }),
        json!({ "comments": { "or": [5] } }),
        json!({ "title": { "stars": 5 } }),
        json!({ "title.stars": 5 }),
    ] {
        let answer = rest.find("/api/Books", json!({ "where": condition })).await;
        assert_eq!(error(&answer).0, 400, "{condition}: {answer}");
    }
    let answer = rest.find("/api/Books", json!({ "where": { "comments": { "stras": 5 } } })).await;
    assert!(answer.text().contains("stars"), "a hint: {answer}");
    let answer = rest.find("/api/Books", json!({ "order": "comments.stars" })).await;
    assert_eq!(answer.status, 400);
    let answer = rest.find("/api/Books", json!({ "fields": ["comments"] })).await;
    assert_eq!(answer.status, 400);
}

async fn an_answer_has_each_row_once(lab: Lab) {
    library(&lab).await;
    let filter =
        json!({ "where": { "comments": { "stars": { "gt": 0 } } }, "order": "id", "limit": 2, "include": "comments" });
    let rows = ok(&lab.rest().find("/api/Books", filter).await);
    assert_eq!(each(&rows, "title"), json!(["A", "B"]));
    assert_eq!(
        rows[0]["comments"].as_array().unwrap().len(),
        2,
        "the condition narrows the rows, not what is included"
    );
}

async fn typed_some_none_any_is(lab: Lab) {
    let ctx = &lab.ctx;
    library(&lab).await;
    let (author, book, comment, genre) = (Author::props(), Book::props(), Comment::props(), Genre::props());
    let titles = async |condition: Where<Book>| {
        Book::select(ctx, book.title, condition.order(book.id.asc())).await.unwrap().concat()
    };
    assert_eq!(titles(book.comments.some(comment.stars.eq(5))).await, "A");
    assert_eq!(titles(book.comments.none(comment.stars.eq(5))).await, "BC");
    assert_eq!(titles(book.comments.any()).await, "AB");
    assert_eq!(titles(book.comments.is_empty()).await, "C");
    assert_eq!(titles(book.author.is(author.name.eq("Ada"))).await, "AB");
    assert_eq!(titles(book.author.is_not(author.name.eq("Ada"))).await, "C");
    assert_eq!(titles(book.editor.is_not(author.name.eq("Ada"))).await, "ABC", "also where there is none");
    assert_eq!(titles(book.editor.is_null()).await, "BC");
    assert_eq!(titles(book.genres.some(genre.name.eq("crime")).and(book.comments.is_empty())).await, "C");
    assert_eq!(titles(book.genres.some(genre.name.eq("poetry")).or(book.title.eq("B"))).await, "BC");
    let deep = author.books.some(book.comments.none(comment.stars.gt(0)).and(book.genres.any()));
    assert_eq!(Author::select(ctx, author.name, deep).await.unwrap(), ["Bob"]);
    assert_eq!(Comment::destroy_all(ctx, comment.book.is(book.title.eq("B"))).await.unwrap(), 1);
    assert_eq!(Book::update_all(ctx, book.comments.any(), set!(Book { year: 1 })).await.unwrap(), 1);
}
