//! Default scopes, named scopes, limits.

use super::models::*;
use super::{each, error, found, ok};
use crate::models::models;
use loopback::prelude::*;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use serde_json::{Value as Json, json};

mod model {
    use super::*;
    loopback_tests::cases!(models![Blog, Notice];
        a_default_scope_is_everywhere
        a_default_scope_guards_writes
        named_scopes_have_four_routes
        named_scopes_take_filters
        limits_of_the_model
        limits_on_relations_and_in_includes
        a_default_scope_holds_over_relations
    );
}

mod app {
    use super::*;
    loopback_tests::cases!(models![Author, Profile, Book, Comment, Like, Genre, Loan], |builder| builder.default_limit(2).max_limit(4);
        limits_of_the_app
    );
}

/// A blog with the notices n1 to n8, of ranks 1 to 8, of which n8 is not published.
async fn blog(lab: &Lab) -> (Blog, String) {
    let blog = Blog::create(&lab.ctx, set!(Blog { name: "B" })).await.unwrap();
    for n in 1..=8 {
        let kind = if n % 2 == 0 { "fresh" } else { "plain" };
        let notice = set!(Notice { title: format!("n{n}"), rank: n, published: n < 8, kind: kind });
        let made = blog.notices.create(&lab.ctx, notice).await.unwrap();
        if n % 4 == 0 {
            lab.sql(&format!("INSERT INTO blog_notice (blog_id, notice_id) VALUES ({}, {})", blog.id, made.id)).await;
        }
    }
    let path = format!("/api/Blogs/{}", blog.id);
    (blog, path)
}

async fn titles(lab: &Lab, path: &str, filter: Json) -> Json {
    found(lab, path, filter, "title").await
}

async fn a_default_scope_is_everywhere(lab: Lab) {
    let rest = lab.rest();
    let ctx = &lab.ctx;
    blog(&lab).await;
    let p = Notice::props();
    assert_eq!(titles(&lab, "/api/Notices", json!({ "limit": 2 })).await, json!(["n7", "n6"]));
    assert_eq!(titles(&lab, "/api/Notices", json!({ "order": "rank", "limit": 1 })).await, json!(["n1"]));
    assert_eq!(titles(&lab, "/api/Notices", json!({ "where": { "published": false } })).await, json!([]));
    assert_eq!(ok(&rest.get("/api/Notices/count").await), json!({ "count": 7 }));
    let hidden = lab.number("SELECT MAX(id) FROM notice").await;
    assert_eq!(rest.get(&format!("/api/Notices/{hidden}")).await.status, 404);
    assert_eq!(rest.call("HEAD", &format!("/api/Notices/{hidden}")).await.status, 404);
    assert_eq!(ok(&rest.get(&format!("/api/Notices/{hidden}/exists")).await), json!({ "exists": false }));
    let one = encoded(&json!({ "where": { "rank": 8 } }).to_string());
    assert_eq!(rest.get(&format!("/api/Notices/findOne?filter={one}")).await.status, 404);
    assert_eq!(Notice::count(ctx, ()).await.unwrap(), 7);
    assert_eq!(Notice::find(ctx, ()).await.unwrap()[0].title, "n7");
    assert!(Notice::find_by_id(ctx, hidden).await.unwrap().is_none());
    assert_eq!(Notice::select(ctx, p.rank, p.rank.gt(5)).await.unwrap(), [7, 6]);
}

async fn a_default_scope_guards_writes(lab: Lab) {
    let rest = lab.rest();
    let ctx = &lab.ctx;
    let (blog, path) = blog(&lab).await;
    let hidden = lab.number("SELECT MAX(id) FROM notice").await;
    let row = format!("/api/Notices/{hidden}");
    assert_eq!(rest.json("PATCH", &row, json!({ "title": "x" })).await.status, 404);
    assert_eq!(rest.json("POST", &format!("{row}/replace"), json!({ "title": "x" })).await.status, 404);
    assert_eq!(ok(&rest.call("DELETE", &row).await), json!({ "count": 0 }));
    let done = rest.json("POST", "/api/Notices/update?where=%7B%7D", json!({ "title": "x" })).await;
    assert_eq!(ok(&done), json!({ "count": 7 }));
    assert_eq!(rest.json("PUT", &format!("{path}/notices/{hidden}"), json!({ "title": "x" })).await.status, 404);
    assert_eq!(rest.call("DELETE", &format!("{path}/notices/{hidden}")).await.status, 404);
    assert_eq!(blog.notices.destroy_all(ctx, ()).await.unwrap(), 7);
    assert_eq!(lab.number("SELECT COUNT(*) FROM notice WHERE title = 'n8'").await, 1);
}

async fn named_scopes_have_four_routes(lab: Lab) {
    let rest = lab.rest();
    blog(&lab).await;
    assert_eq!(titles(&lab, "/api/Notices/fresh", json!({})).await, json!(["n6", "n4", "n2"]));
    assert_eq!(ok(&rest.get("/api/Notices/fresh/count").await), json!({ "count": 3 }));
    for path in ["fresh", "fresh/count", "count", "findOne"] {
        assert_eq!(rest.call("HEAD", &format!("/api/Notices/{path}")).await.status, 200, "{path}");
    }
    let made = rest.create("/api/Notices/fresh", json!({ "title": "new", "kind": "stale" })).await;
    assert_eq!(made["kind"], "fresh", "a new row is of the scope");
    assert_eq!(rest.json("POST", "/api/Notices/fresh", json!({})).await.status, 422);
    let condition = encoded(&json!({ "title": "new" }).to_string());
    assert_eq!(ok(&rest.get(&format!("/api/Notices/fresh/count?where={condition}")).await), json!({ "count": 1 }));
    assert_eq!(rest.call("DELETE", &format!("/api/Notices/fresh?where={condition}")).await.status, 204);
    assert_eq!(ok(&rest.get("/api/Notices/fresh/count").await), json!({ "count": 3 }));
    assert_eq!(rest.call("DELETE", "/api/Notices/fresh").await.status, 204);
    assert_eq!(ok(&rest.get("/api/Notices/count").await), json!({ "count": 4 }));
    assert_eq!(lab.number("SELECT COUNT(*) FROM notice WHERE title = 'n8'").await, 1);
    // A name of its own, and one that is nothing.
    rest.create("/api/Notices/named", json!({})).await;
    assert_eq!(titles(&lab, "/api/Notices/named", json!({})).await, json!(["special"]));
    for path in ["/api/Notices/calledSpecial", "/api/Notices/fresh/1"] {
        assert!(matches!(rest.get(path).await.status, 400 | 404), "{path}");
    }
    assert_eq!(error(&rest.call("PUT", "/api/Notices/fresh").await), (400, "INVALID_ID".into()));
}

async fn named_scopes_take_filters(lab: Lab) {
    let rest = lab.rest();
    blog(&lab).await;
    let filter = json!({ "where": { "rank": { "lt": 6 } }, "order": "title", "fields": ["title"], "include": "blog" });
    let rows = ok(&rest.find("/api/Notices/fresh", filter).await);
    assert_eq!(each(&rows, "title"), json!(["n2", "n4"]));
    assert_eq!(rows[0]["blog"]["name"], "B");
    assert_eq!(titles(&lab, "/api/Notices/fresh", json!({ "limit": 1, "skip": 1 })).await, json!(["n4"]));
    assert_eq!(titles(&lab, "/api/Notices/best", json!({})).await, json!(["n6", "n7"]));
    assert_eq!(titles(&lab, "/api/Notices/best", json!({ "limit": 1 })).await, json!(["n6"]));
    assert_eq!(
        titles(&lab, "/api/Notices/best", json!({ "limit": 5 })).await,
        json!(["n6", "n7"]),
        "no more than the scope"
    );
    assert_eq!(titles(&lab, "/api/Notices/best", json!({ "order": "title DESC" })).await, json!(["n7", "n6"]));
    assert_eq!(titles(&lab, "/api/Notices/fresh", json!({ "where": { "kind": "plain" } })).await, json!([]));
    assert_eq!(error(&rest.find("/api/Notices/fresh", json!({ "where": { "nonsense": 1 } })).await).0, 400);
}

async fn limits_of_the_model(lab: Lab) {
    let rest = lab.rest();
    blog(&lab).await;
    assert_eq!(titles(&lab, "/api/Notices", json!({})).await, json!(["n7", "n6", "n5"]));
    assert_eq!(titles(&lab, "/api/Notices", json!({ "limit": 5 })).await.as_array().unwrap().len(), 5);
    let answer = rest.find("/api/Notices", json!({ "limit": 6 })).await;
    assert_eq!(error(&answer), (400, "INVALID_FILTER".into()));
    assert!(answer.text().contains('5'), "{answer}");
    assert_eq!(titles(&lab, "/api/Notices", json!({ "skip": 5 })).await, json!(["n2", "n1"]));
    assert_eq!(Notice::find(&lab.ctx, ()).await.unwrap().len(), 7, "the application gets what it asks for");
    assert_eq!(ok(&rest.find("/api/Blogs", json!({ "limit": 1000 })).await).as_array().unwrap().len(), 1);
}

async fn limits_on_relations_and_in_includes(lab: Lab) {
    let rest = lab.rest();
    let (blog, path) = blog(&lab).await;
    let notices = format!("{path}/notices");
    assert_eq!(titles(&lab, &notices, json!({})).await, json!(["n7", "n6", "n5"]));
    assert_eq!(rest.find(&notices, json!({ "limit": 6 })).await.status, 400);
    assert_eq!(rest.find(&format!("{path}/featured"), json!({ "limit": 6 })).await.status, 400);
    assert_eq!(rest.find("/api/Notices/fresh", json!({ "limit": 6 })).await.status, 400);
    let filter = json!({ "include": { "relation": "notices", "scope": { "limit": 6 } } });
    assert_eq!(rest.find("/api/Blogs", filter).await.status, 400);
    let filter = json!({ "include": { "relation": "notices", "scope": { "limit": 4 } } });
    assert_eq!(ok(&rest.find("/api/Blogs", filter).await)[0]["notices"].as_array().unwrap().len(), 4);
    assert_eq!(blog.notices.find(&lab.ctx, ()).await.unwrap().len(), 7);
}

async fn a_default_scope_holds_over_relations(lab: Lab) {
    let rest = lab.rest();
    let ctx = &lab.ctx;
    let (blog, path) = blog(&lab).await;
    assert_eq!(ok(&rest.get(&format!("{path}/notices/count")).await), json!({ "count": 7 }));
    assert_eq!(titles(&lab, &format!("{path}/featured"), json!({})).await, json!(["n4"]));
    assert_eq!(ok(&rest.get(&format!("{path}/featured/count")).await), json!({ "count": 1 }));
    let hidden = lab.number("SELECT MAX(id) FROM notice").await;
    assert_eq!(rest.call("HEAD", &format!("{path}/featured/rel/{hidden}")).await.status, 404);
    assert_eq!(rest.call("PUT", &format!("{path}/featured/rel/{hidden}")).await.status, 404);
    let rows = ok(&rest.find("/api/Blogs", json!({ "include": ["featured", { "relation": "notices", "scope": { "where": { "rank": { "gt": 6 } } } }] })).await);
    assert_eq!(
        (each(&rows[0]["featured"], "title"), each(&rows[0]["notices"], "title")),
        (json!(["n4"]), json!(["n7"]))
    );
    for condition in [json!({ "notices.title": "n8" }), json!({ "featured": { "title": "n8" } })] {
        assert_eq!(found(&lab, "/api/Blogs", json!({ "where": condition }), "name").await, json!([]), "{condition}");
    }
    assert_eq!(found(&lab, "/api/Blogs", json!({ "where": { "featured.title": "n4" } }), "name").await, json!(["B"]));
    blog.notices.destroy_all(ctx, ()).await.unwrap();
    assert_eq!(found(&lab, "/api/Blogs", json!({ "where": { "notices": null } }), "name").await, json!(["B"]));
    let (p, notice) = (Blog::props(), Notice::props());
    assert_eq!(Blog::count(ctx, p.notices.some(notice.rank.gt(0))).await.unwrap(), 0);
}

async fn limits_of_the_app(lab: Lab) {
    let rest = lab.rest();
    let ada = Author::create(&lab.ctx, set!(Author { name: "Ada" })).await.unwrap();
    for n in 0..6 {
        ada.books.create(&lab.ctx, set!(Book { title: format!("b{n}") })).await.unwrap();
    }
    let books = format!("/api/Authors/{}/books", ada.id);
    for path in ["/api/Books", &books] {
        assert_eq!(titles(&lab, path, json!({ "order": "id" })).await, json!(["b0", "b1"]), "{path}");
        assert_eq!(
            titles(&lab, path, json!({ "order": "id", "limit": 4, "skip": 3 })).await,
            json!(["b3", "b4", "b5"]),
            "{path}"
        );
        assert_eq!(error(&rest.find(path, json!({ "limit": 5 })).await), (400, "INVALID_FILTER".into()), "{path}");
    }
    let filter = json!({ "include": { "relation": "books", "scope": { "limit": 5 } } });
    assert_eq!(rest.find("/api/Authors", filter).await.status, 400);
    assert_eq!(ok(&rest.get("/api/Books/count").await), json!({ "count": 6 }));
    assert_eq!(ada.books.find(&lab.ctx, ()).await.unwrap().len(), 6);
}
