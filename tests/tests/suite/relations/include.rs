//! `include`: what comes along, what does not, and what cannot be asked for.

use super::models::*;
use super::{each, error, found, ok};
use crate::models::models;
use loopback::prelude::*;
use loopback::typed::OptionalBelongsTo;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use serde_json::{Value as Json, json};

cases!(models![Author, Profile, Book, Comment, Like, Genre, Loan, Land, City];
    every_way_to_write_it
    rows_without_related_rows
    each_scope_counts_for_each_parent
    keys_that_were_not_asked_for_are_not_shown
    the_same_relation_twice
    it_works_wherever_rows_are_read
    nothing_hidden_or_protected_is_included
    nothing_hidden_or_protected_can_be_asked_for
    what_cannot_be_included_says_so
    depth_and_count_are_limited
    typed_includes_are_loaded
    rows_of_two_parents_are_not_mixed_up
    thousands_of_keys_are_one_question
);

/// Ada has A (with comments 5, 1) and B, edited by Bob, who has none; A is of the genre crime.
async fn library(lab: &Lab) -> (Author, Author, Book) {
    let ctx = &lab.ctx;
    let ada = set!(Author { name: "Ada", secret: "hush".to_owned(), phone: "555".to_owned() });
    let ada = Author::create(ctx, ada).await.unwrap();
    let bob = Author::create(ctx, set!(Author { name: "Bob" })).await.unwrap();
    ada.profile.create(ctx, set!(Profile { bio: "long", pin: "hush".to_owned() })).await.unwrap();
    let a = set!(Book { title: "A", editor: bob.id, cost: 4711.0, note: "555".to_owned() });
    let a = ada.books.create(ctx, a).await.unwrap();
    ada.books.create(ctx, set!(Book { title: "B" })).await.unwrap();
    for stars in [5, 1] {
        a.comments.create(ctx, set!(Comment { text: format!("c{stars}"), stars: stars })).await.unwrap();
    }
    a.genres.create(ctx, set!(Genre { name: "crime" })).await.unwrap();
    a.loans.create(ctx, set!(Loan { who: "x" })).await.unwrap();
    (ada, bob, a)
}

async fn first(lab: &Lab, path: &str, filter: Json) -> Json {
    ok(&lab.rest().find(path, filter).await)[0].clone()
}

async fn every_way_to_write_it(lab: Lab) {
    library(&lab).await;
    let deep = |row: &Json| {
        assert_eq!(each(&row["books"], "title"), json!(["A", "B"]), "{row}");
        assert_eq!(each(&row["books"][0]["comments"], "text"), json!(["c5", "c1"]), "{row}");
        assert_eq!(row["books"][1]["comments"], json!([]), "{row}");
    };
    for include in [
        json!({ "books": "comments" }),
        json!({ "books": ["comments"] }),
        json!([{ "books": ["comments"] }]),
        json!([{ "relation": "books", "scope": { "include": "comments" } }]),
        json!({ "relation": "books", "scope": { "include": { "relation": "comments" } } }),
        json!({ "books": { "comments": true } }),
        json!({ "books": { "relation": "comments", "scope": {} } }),
    ] {
        deep(&first(&lab, "/api/Authors", json!({ "order": "id", "include": include })).await);
    }
    for include in
        [json!("books"), json!(["books"]), json!({ "books": true }), json!({ "relation": "books" }), json!([["books"]])]
    {
        let row = first(&lab, "/api/Authors", json!({ "order": "id", "include": include })).await;
        assert_eq!(each(&row["books"], "title"), json!(["A", "B"]), "{include}");
        assert_eq!(row["books"][0].get("comments"), None);
    }
    // In a query string, as LoopBack's clients write it.
    for query in [
        "filter[include]=books&filter[order]=id",
        "filter[include][0]=books&filter[include][1]=profile&filter[order]=id",
        "filter[include][books]=comments&filter[order]=id",
        "filter[include][relation]=books&filter[include][scope][limit]=5&filter[order]=id",
    ] {
        let rows = ok(&lab.rest().get(&format!("/api/Authors?{query}")).await);
        assert_eq!(each(&rows[0]["books"], "title"), json!(["A", "B"]), "{query}");
    }
    for include in [json!(null), json!([])] {
        let row = first(&lab, "/api/Authors", json!({ "order": "id", "include": include })).await;
        assert_eq!(row.get("books"), None, "{include}");
    }
}

async fn rows_without_related_rows(lab: Lab) {
    library(&lab).await;
    let filter = json!({ "order": "id DESC", "include": ["books", "profile", "editedBooks"] });
    let row = first(&lab, "/api/Authors", filter).await;
    assert_eq!((&row["books"], row.get("profile")), (&json!([]), None));
    assert_eq!(each(&row["editedBooks"], "title"), json!(["A"]));
    let filter = json!({ "order": "id DESC", "include": ["editor", "author", "genres"] });
    let row = first(&lab, "/api/Books", filter).await;
    assert_eq!((row.get("editor"), &row["author"]["name"], &row["genres"]), (None, &json!("Ada"), &json!([])));
    let none = ok(&lab.rest().find("/api/Books", json!({ "where": { "title": "none" }, "include": "author" })).await);
    assert_eq!(none, json!([]));
}

async fn each_scope_counts_for_each_parent(lab: Lab) {
    let ctx = &lab.ctx;
    let (ada, bob, _) = library(&lab).await;
    for (of, title, year) in [(&ada, "C", 1990), (&bob, "D", 1991), (&bob, "E", 1992), (&bob, "F", 1993)] {
        of.books.create(ctx, set!(Book { title: title, year: year })).await.unwrap();
    }
    let titles = async |scope: Json| {
        let filter = json!({ "order": "id", "include": { "relation": "books", "scope": scope } });
        let rows = ok(&lab.rest().find("/api/Authors", filter).await);
        (each(&rows[0]["books"], "title"), each(&rows[1]["books"], "title"))
    };
    assert_eq!(titles(json!({ "limit": 2 })).await, (json!(["A", "B"]), json!(["D", "E"])));
    assert_eq!(titles(json!({ "limit": 2, "order": "title DESC" })).await, (json!(["C", "B"]), json!(["F", "E"])));
    assert_eq!(titles(json!({ "skip": 2 })).await, (json!(["C"]), json!(["F"])));
    assert_eq!(titles(json!({ "skip": 1, "limit": 1 })).await, (json!(["B"]), json!(["E"])));
    assert_eq!(titles(json!({ "skip": 9 })).await, (json!([]), json!([])));
    assert_eq!(titles(json!({ "where": { "year": { "lt": 1992 } } })).await, (json!(["C"]), json!(["D"])));
    assert_eq!(titles(json!({ "where": { "comments": { "stars": 5 } }, "limit": 1 })).await, (json!(["A"]), json!([])));
    assert_eq!(titles(json!({ "fields": { "title": true }, "limit": 1 })).await, (json!(["A"]), json!(["D"])));
    assert_eq!(titles(json!({ "order": ["year DESC", "title DESC"], "limit": 1 })).await, (json!(["B"]), json!(["F"])));
    // Parents that were narrowed themselves.
    let scope = json!({ "limit": 1, "order": "title DESC" });
    let filter = json!({ "order": "id", "skip": 1, "limit": 1, "include": { "relation": "books", "scope": scope } });
    assert_eq!(found(&lab, "/api/Authors", filter, "books").await[0][0]["title"], "F");
    // A row that is there once is one, whatever is asked of how many.
    let filter = json!({ "order": "id", "include": [{ "relation": "author", "scope": { "limit": 1, "skip": 0 } }] });
    let names = found(&lab, "/api/Books", filter, "author").await;
    assert_eq!((&names[0]["name"], &names[3]["name"]), (&json!("Ada"), &json!("Bob")));
}

async fn keys_that_were_not_asked_for_are_not_shown(lab: Lab) {
    let (ada, _, a) = library(&lab).await;
    let filter = json!({ "order": "id", "fields": ["title"], "include": ["author", "comments"] });
    let row = first(&lab, "/api/Books", filter).await;
    assert_eq!(row.as_object().unwrap().keys().collect::<Vec<_>>(), ["author", "comments", "title"]);
    let scope = json!({ "fields": ["title"], "include": "author" });
    let filter = json!({ "fields": ["name"], "order": "id", "include": { "relation": "books", "scope": scope } });
    let row = first(&lab, "/api/Authors", filter).await;
    assert_eq!(row.as_object().unwrap().keys().collect::<Vec<_>>(), ["books", "name"]);
    assert_eq!(row["books"][1], json!({ "title": "B", "authorId": ada.id, "author": { "id": ada.id, "name": "Ada" } }));
    let filter =
        json!({ "fields": { "id": false, "authorId": false }, "order": "id", "include": ["author", "genres"] });
    let row = first(&lab, "/api/Books", filter).await;
    assert_eq!((row.get("id"), row.get("authorId"), &row["author"]["name"]), (None, None, &json!("Ada")));
    assert_eq!(each(&row["genres"], "name"), json!(["crime"]));
    let read = Book::find(&lab.ctx, Book::props().id.eq(a.id).include(Book::props().author)).await.unwrap();
    assert_eq!(read[0].author.loaded().unwrap().name, "Ada");
}

async fn the_same_relation_twice(lab: Lab) {
    library(&lab).await;
    for include in [
        json!(["books", "books"]),
        json!(["books", { "relation": "books" }]),
        json!(["books", { "books": "comments" }]),
    ] {
        let answer = lab.rest().find("/api/Authors", json!({ "include": include, "order": "id" })).await;
        if answer.status == 200 {
            // Then it is there once: JSON with a key that stands twice is no JSON.
            assert_eq!(answer.text().matches("\"books\":").count(), ok(&answer).as_array().unwrap().len(), "{include}");
            assert_eq!(each(&ok(&answer)[0]["books"], "title"), json!(["A", "B"]), "{include}");
        } else {
            assert_eq!(error(&answer), (400, "INVALID_INCLUDE".into()), "{include}");
        }
    }
    let p = Author::props();
    let read = Author::find(&lab.ctx, p.id.asc().include((p.books, p.books))).await.unwrap();
    assert_eq!(read[0].books.loaded().len(), 2);
}

async fn it_works_wherever_rows_are_read(lab: Lab) {
    let rest = lab.rest();
    let (ada, bob, a) = library(&lab).await;
    let query = |include: &str| encoded(&json!({ "include": include }).to_string());
    let one = ok(&rest.get(&format!("/api/Authors/{}?filter={}", ada.id, query("books"))).await);
    assert_eq!(each(&one["books"], "title"), json!(["A", "B"]));
    let filter = encoded(&json!({ "include": "editedBooks", "where": { "name": "Bob" } }).to_string());
    let one = ok(&rest.get(&format!("/api/Authors/findOne?filter={filter}")).await);
    assert_eq!(each(&one["editedBooks"], "title"), json!(["A"]));
    let list = ok(&rest.get(&format!("/api/Authors/{}/books?filter={}", ada.id, query("comments"))).await);
    assert_eq!(each(&list[0]["comments"], "text"), json!(["c5", "c1"]));
    let of_a = format!("/api/Authors/{}/books/{}", ada.id, a.id);
    let one = ok(&rest.get(&format!("{of_a}?filter={}", query("genres"))).await);
    assert_eq!(each(&one["genres"], "name"), json!(["crime"]));
    let one = ok(&rest.get(&format!("/api/Books/{}/author?filter={}", a.id, query("profile"))).await);
    assert_eq!(one["profile"]["bio"], "long");
    let one = ok(&rest.get(&format!("/api/Authors/{}/profile?filter={}", ada.id, query("author"))).await);
    assert_eq!(one["author"]["name"], "Ada");
    let list = ok(&rest.get(&format!("/api/Books/{}/genres?filter={}", a.id, query("books"))).await);
    assert_eq!(each(&list[0]["books"], "title"), json!(["A"]));
    assert_eq!(rest.get(&format!("/api/Authors/{}/books?filter={}", bob.id, query("comments"))).await.text(), "[]");
    // What it is not for.
    assert_eq!(rest.get(&format!("/api/Authors/count?where={}", encoded("{\"include\":\"books\"}"))).await.status, 400);
}

async fn nothing_hidden_or_protected_is_included(lab: Lab) {
    let rest = lab.rest();
    let (ada, _, a) = library(&lab).await;
    for (path, include) in [
        ("/api/Books".to_owned(), json!(["author", "editor"])),
        ("/api/Authors".to_owned(), json!({ "books": "author" })),
        ("/api/Profiles".to_owned(), json!({ "author": ["books", "profile"] })),
        ("/api/Comments".to_owned(), json!({ "book": ["author", "genres"] })),
        ("/api/Genres".to_owned(), json!({ "books": "author" })),
        (format!("/api/Books/{}/genres", a.id), json!({ "books": "author" })),
        (format!("/api/Books/{}/author", a.id), json!({ "books": "author" })),
        (format!("/api/Authors/{}/profile", ada.id), json!({ "author": "books" })),
    ] {
        let answer = rest.find(&path, json!({ "include": include })).await;
        assert_eq!(answer.status, 200, "{path}: {answer}");
        let text = answer.text();
        assert!(!text.contains("hush") && !text.contains("4711") && !text.contains("\"pin\""), "{path}: {text}");
        let shown = !path.contains("Authors") && !path.ends_with("/author") && !path.ends_with("Books");
        assert!(!shown || !text.contains("555"), "protected in {path}: {text}");
    }
    // On its own a protected property is shown, and on the routes that lead to it.
    assert_eq!(ok(&rest.get(&format!("/api/Authors/{}", ada.id)).await)["phone"], "555");
    let all = ok(&rest.find("/api/Books", json!({ "include": "author", "where": { "title": "A" } })).await);
    assert_eq!((&all[0]["note"], all[0]["author"].get("phone")), (&json!("555"), None));
    // Nor when it is asked for by leaving others out, or as the key that leads on.
    // The key by which it is related is answered all the same, as in LoopBack.
    let scope = json!({ "fields": { "id": false } });
    let all = ok(&rest.find("/api/Books", json!({ "include": { "relation": "author", "scope": scope } })).await);
    assert_eq!(all[0]["author"], json!({ "id": ada.id, "name": "Ada" }));
    // But not when it is protected.
    let comment = Comment::find_one(&lab.ctx, ()).await.unwrap().unwrap();
    comment.likes.create(&lab.ctx, set!(Like { who: "Eve" })).await.unwrap();
    for scope in [json!({}), json!({ "fields": ["id", "who"] }), json!({ "fields": { "id": true, "who": true } })] {
        let filter = json!({ "where": { "id": comment.id }, "include": { "relation": "likes", "scope": scope } });
        let likes = found(&lab, "/api/Comments", filter, "likes").await;
        assert_eq!(likes[0].as_array().unwrap().len(), 1);
        assert_eq!(likes[0][0].as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "who"], "{scope}");
    }
    for filter in [json!({}), json!({ "fields": ["who"] })] {
        let filter = json!({ "relation": "loans", "scope": filter });
        assert_eq!(rest.find("/api/Books", json!({ "include": filter })).await.status, 403);
    }
}

async fn nothing_hidden_or_protected_can_be_asked_for(lab: Lab) {
    let rest = lab.rest();
    library(&lab).await;
    for name in ["secret", "phone"] {
        for scope in [
            json!({ "where": { name: "hush" } }),
            json!({ "where": { "or": [{ "name": "x" }, { name: { "like": "h%" } }] } }),
            json!({ "order": name }),
            json!({ "fields": [name] }),
            json!({ "fields": { name: false } }),
        ] {
            let filter = json!({ "include": { "relation": "author", "scope": scope } });
            let answer = rest.find("/api/Books", filter.clone()).await;
            assert_eq!(error(&answer), (400, "INVALID_FILTER".into()), "{filter}");
        }
        for condition in [json!({ "author": { name: "hush" } }), json!({ format!("author.{name}"): { "neq": null } })] {
            let answer = rest.find("/api/Books", json!({ "where": condition })).await;
            assert_eq!(error(&answer), (400, "INVALID_FILTER".into()), "{condition}");
        }
    }
    // Protected is what its own model shows.
    assert_eq!(found(&lab, "/api/Authors", json!({ "where": { "phone": "555" } }), "name").await, json!(["Ada"]));
    assert_eq!(rest.find("/api/Authors", json!({ "where": { "secret": "hush" } })).await.status, 400);
    assert_eq!(
        rest.find("/api/Authors", json!({ "where": { "books": { "author": { "phone": "555" } } } })).await.status,
        400
    );
    // The application may.
    let (book, author) = (Book::props(), Author::props());
    assert_eq!(Book::count(&lab.ctx, book.author.is(author.secret.eq("hush"))).await.unwrap(), 2);
}

async fn what_cannot_be_included_says_so(lab: Lab) {
    let rest = lab.rest();
    let (ada, _, _) = library(&lab).await;
    let answer = rest.find("/api/Authors", json!({ "include": "boks" })).await;
    assert_eq!(error(&answer), (400, "INVALID_INCLUDE".into()));
    assert!(answer.text().contains("boks") && answer.text().contains("books"), "{answer}");
    for include in [
        json!("name"),
        json!("id"),
        json!("constructor"),
        json!({ "books": "nonsense" }),
        json!({ "relation": "books", "scope": { "include": "nonsense" } }),
        json!({ "relation": 5 }),
        json!({ "relation": "books", "scop": {} }),
        json!(5),
        json!([5]),
        json!({ "books": 5 }),
        json!({ "books": false }),
        json!("books.comments"),
    ] {
        let answer = rest.find("/api/Authors", json!({ "include": include })).await;
        assert_eq!(error(&answer), (400, "INVALID_INCLUDE".into()), "{include}: {answer}");
    }
    for scope in [
        json!(5),
        json!("x"),
        json!({ "nonsense": 1 }),
        json!({ "limit": 0 }),
        json!({ "where": { "nonsense": 1 } }),
        json!({ "order": "nonsense" }),
    ] {
        let answer = rest.find("/api/Authors", json!({ "include": { "relation": "books", "scope": scope } })).await;
        assert_eq!(answer.status, 400, "{scope}: {answer}");
    }
    // Switched off: in an include, below one, and in a condition.
    let of_books = format!("/api/Authors/{}/books", ada.id);
    for (path, filter) in [
        ("/api/Books", json!({ "include": "loans" })),
        ("/api/Books", json!({ "include": ["author", { "relation": "loans" }] })),
        ("/api/Authors", json!({ "include": { "books": "loans" } })),
        (&of_books, json!({ "include": "loans" })),
        ("/api/Books", json!({ "where": { "loans": { "who": "x" } } })),
        ("/api/Books", json!({ "where": { "loans.who": "x" } })),
        ("/api/Books", json!({ "where": { "loans": null } })),
        ("/api/Authors", json!({ "where": { "or": [{ "books": { "loans.who": "x" } }] } })),
        (
            "/api/Authors",
            json!({ "include": { "relation": "books", "scope": { "where": { "loans": { "neq": null } } } } }),
        ),
    ] {
        assert_eq!(error(&rest.find(path, filter.clone()).await), (403, "INCLUDE_DISABLED".into()), "{filter}");
    }
    let condition = encoded(&json!({ "loans.who": "x" }).to_string());
    assert_eq!(rest.get(&format!("/api/Books/count?where={condition}")).await.status, 403);
    assert_eq!(
        rest.json("POST", &format!("/api/Books/update?where={condition}"), json!({ "year": 1 })).await.status,
        403
    );
    let (p, loan) = (Book::props(), Loan::props());
    let read = Book::find(&lab.ctx, p.loans.some(loan.who.eq("x")).include(p.loans)).await.unwrap();
    assert_eq!((read.len(), read[0].loans.loaded().len()), (1, 1));
}

async fn depth_and_count_are_limited(lab: Lab) {
    let rest = lab.rest();
    library(&lab).await;
    let nested = |depth: usize| {
        (0..depth).fold(json!(null), |inner, at| {
            let relation = if (depth - at) % 2 == 1 { "author" } else { "books" };
            json!({ relation: if inner.is_null() { json!(true) } else { inner } })
        })
    };
    assert_eq!(rest.find("/api/Books", json!({ "include": nested(5) })).await.status, 200);
    for depth in [8, 20, 100] {
        let answer = rest.find("/api/Books", json!({ "include": nested(depth) })).await;
        assert_eq!(answer.status, 400, "{depth}: {answer}");
    }
    let many: Vec<_> = (0..60).map(|_| "author").collect();
    assert_eq!(rest.find("/api/Books", json!({ "include": many })).await.status, 400);
    let wide: Vec<_> =
        (0..10).map(|_| json!({ "author": ["books", "books", "books", "books", "books", "books"] })).collect();
    assert_eq!(rest.find("/api/Books", json!({ "include": wide })).await.status, 400);
}

async fn typed_includes_are_loaded(lab: Lab) {
    let ctx = &lab.ctx;
    let (ada, ..) = library(&lab).await;
    let (author, book, comment) = (Author::props(), Book::props(), Comment::props());
    let scope =
        book.title.desc().include((book.comments.scope(comment.stars.asc().limit(1)), book.editor, book.genres));
    let read = Author::find(ctx, author.id.asc().include((author.books.scope(scope), author.profile))).await.unwrap();
    assert!(read[0].books.is_loaded() && read[1].books.is_loaded() && !read[0].edited.is_loaded());
    assert_eq!(read[0].profile.loaded().unwrap().pin.as_deref(), Some("hush"), "the application sees everything");
    assert!(read[1].profile.is_loaded() && read[1].profile.loaded().is_none());
    let books = read[0].books.loaded();
    assert_eq!(books.iter().map(|book| book.title.as_str()).collect::<Vec<_>>(), ["B", "A"]);
    assert_eq!(books[1].comments.loaded().iter().map(|c| c.stars).collect::<Vec<_>>(), [1]);
    assert_eq!((books[1].editor.loaded().unwrap().name.as_str(), books[0].editor.loaded().is_none()), ("Bob", true));
    assert_eq!(books[1].genres.loaded()[0].name, "crime");
    // A loaded row is a row: its calls go on from there.
    assert_eq!(books[1].comments.loaded()[0].book.get(ctx).await.unwrap().title, "A");
    assert_eq!(books[1].comments.count(ctx, ()).await.unwrap(), 2);
    let one = Author::find_by_id_with(ctx, ada.id, author.books).await;
    assert_eq!(one.unwrap().unwrap().books.into_loaded().len(), 2);
    let one = Author::find_one(ctx, author.name.eq("Ada").include(author.books)).await.unwrap().unwrap();
    assert_eq!(one.books.loaded().len(), 2);
    let mut row = one;
    row.name = "Ada L".into();
    row.save(ctx).await.unwrap();
    assert_eq!(Book::count(ctx, ()).await.unwrap(), 2, "related rows are not written with the row");
}

async fn rows_of_two_parents_are_not_mixed_up(lab: Lab) {
    let ctx = &lab.ctx;
    let mut authors = Vec::new();
    for n in 0..30 {
        authors.push(Author::create(ctx, set!(Author { name: format!("a{n}") })).await.unwrap());
    }
    for n in 0..90 {
        let of = &authors[(n * 7) % 30];
        of.books.create(ctx, set!(Book { title: format!("{}", of.name) })).await.unwrap();
    }
    let rows = ok(&lab.rest().find("/api/Authors", json!({ "include": { "books": "author" } })).await);
    for row in rows.as_array().unwrap() {
        assert_eq!(row["books"].as_array().unwrap().len(), 3);
        for book in row["books"].as_array().unwrap() {
            assert_eq!((&book["title"], &book["author"]["name"]), (&row["name"], &row["name"]));
        }
    }
}

async fn thousands_of_keys_are_one_question(lab: Lab) {
    const MANY: usize = 5_000;
    for first in (1..=MANY).step_by(1_000) {
        let rows = |row: &dyn Fn(usize) -> String| (first..first + 1_000).map(row).collect::<Vec<_>>().join(", ");
        for (into, row) in [
            ("author (id, name)", (&|n| format!("({n}, 'a{n}')")) as &dyn Fn(usize) -> String),
            ("book (title, {q}year{q}, author_id)", &|n| format!("('b{n}', 2000, {n})")),
            ("land (code, tongue)", &|n| format!("('\u{e6}{n}', 't{n}')")),
            ("city (name, capital, port, land_id)", &|n| format!("('c{n}', {f}, {f}, '\u{e6}{n}')", f = "(1 = 0)")),
        ] {
            lab.sql(&format!("INSERT INTO {into} VALUES {}", rows(row))).await;
        }
    }
    for (path, include, list, own, of_related) in [
        ("/api/Authors", json!("books"), true, "name", "title"),
        ("/api/Authors", json!({ "relation": "books", "scope": { "limit": 1 } }), true, "name", "title"),
        ("/api/Books", json!("author"), false, "title", "name"),
        ("/api/Lands", json!("towns"), true, "tongue", "name"),
        ("/api/Lands", json!({ "relation": "towns", "scope": { "limit": 1 } }), true, "tongue", "name"),
        ("/api/Cities", json!("homeland"), false, "name", "tongue"),
    ] {
        let relation = include["relation"].as_str().or(include.as_str()).unwrap().to_owned();
        let rows = ok(&lab.rest().find(path, json!({ "include": include })).await);
        assert_eq!(rows.as_array().unwrap().len(), MANY, "{path}");
        for row in rows.as_array().unwrap() {
            let related = if list { &row[&relation][0] } else { &row[&relation] };
            let number = |json: &Json| json.as_str().unwrap()[1..].to_owned();
            assert_eq!(number(&related[of_related]), number(&row[own]), "{path} {include}");
            assert!(!list || row[&relation].as_array().unwrap().len() == 1);
        }
    }
}
