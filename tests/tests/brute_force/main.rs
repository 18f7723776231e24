//! Thousands of random filters, answered by a database and by [`reference`]: rows in memory, and plain Rust that follows
//! the guide. The two have to agree, on every database.
//!
//! `BRUTE_FORCE_CASES` sets how many filters there are for each database, `BRUTE_FORCE_SEED` which ones, and of which
//! rows. A failure prints the smallest filter that fails.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

mod cells;
mod dice;
mod filters;
mod models;
mod reference;
mod rows;
mod schema;
mod shrink;

use filters::{Asking, Question, What};
use futures_util::StreamExt;
use loopback::ConnectorOptions;
use loopback::prelude::{App, AppBuilder, Phase};
use loopback_tests::lab::{Database, run};
use loopback_tests::rest::{Rest, encoded};
use own_connector::shelf::Shelf;
use reference::World;
use serde_json::{Value as Json, json};
use std::fmt;

/// What is answered: a status, and the body of a 200.
#[derive(Clone, PartialEq)]
pub struct Answer {
    status: u16,
    body: Json,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.body)
    }
}

/// Questions that are under way at the same time.
const AT_ONCE: usize = 8;

/// Failures that a run tells of; then it stops.
const MOST_FAILURES: usize = 10;

fn setting(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is {text}, which is no number")),
        Err(_) => otherwise,
    }
}

/// Stores the rows over REST, in the order that gives them their ids.
async fn store(rest: &Rest, world: &World) {
    for name in ["Author", "Profile", "Shelf", "Book", "Review", "Tag", "Picture"] {
        let model = world.model(name);
        let path = format!("/api/{}", model.path.unwrap_or_default());
        for row in world.rows(name) {
            let mut sent = row.clone();
            if row[model.id].is_number() {
                sent.remove(model.id);
            }
            let created = rest.create(&path, Json::Object(sent)).await;
            assert_eq!(created[model.id], row[model.id], "{path}");
        }
    }
    for link in world.rows("BookTag") {
        let target = format!("/api/Books/{}/tags/rel/{}", link["book"], segment(&link["tag"]));
        let answer = rest.json("PUT", &target, json!({})).await;
        assert_eq!(answer.status, 200, "{target}: {answer}");
    }
}

/// An id as a part of a path.
fn segment(id: &Json) -> String {
    encoded(&id.as_str().map_or_else(|| id.to_string(), str::to_owned))
}

fn target(world: &World, question: &Question) -> String {
    let path = |model: &str| format!("/api/{}", world.model(model).path.unwrap_or_default());
    let (path, argument) = match &question.what {
        What::Find(model) => (path(model), "filter"),
        What::FindOne(model) => (format!("{}/findOne", path(model)), "filter"),
        What::Count(model) => (format!("{}/count", path(model)), "where"),
        What::FindById(model, id) => (format!("{}/{}", path(model), segment(id)), "filter"),
        What::Related(model, id, relation) => (format!("{}/{}/{relation}", path(model), segment(id)), "filter"),
        What::CountRelated(model, id, relation) => {
            (format!("{}/{}/{relation}/count", path(model), segment(id)), "where")
        }
    };
    format!("{path}?{argument}={}", encoded(&question.filter.to_string()))
}

async fn answered(rest: &Rest, world: &World, question: &Question) -> Answer {
    let answer = rest.get(&target(world, question)).await;
    Answer { status: answer.status, body: if answer.status == 404 { Json::Null } else { answer.json() } }
}

fn expected(world: &World, question: &Question) -> Answer {
    let filter = &question.filter;
    let found = |body: Option<Json>| match body {
        Some(body) => Answer { status: 200, body },
        None => Answer { status: 404, body: Json::Null },
    };
    let counted = |count: usize| json!({ "count": count });
    match &question.what {
        What::Find(model) => found(Some(world.find(world.model(model), filter))),
        What::FindOne(model) => found(world.find(world.model(model), filter).get(0).cloned()),
        What::Count(model) => found(Some(counted(world.count(world.model(model), filter)))),
        What::FindById(model, id) => found(world.find_by_id(world.model(model), id, filter)),
        What::Related(model, id, relation) => {
            let model = world.model(model);
            found(world.find_related(model, id, model.relation(relation).expect("a relation"), filter))
        }
        What::CountRelated(model, id, relation) => {
            let model = world.model(model);
            let relation = model.relation(relation).expect("a relation");
            found(world.count_related(model, id, relation, filter).map(counted))
        }
    }
}

/// Whether a smaller question fails in the same way: with an answer that differs, or with the same refusal. What is left
/// of a filter may be none, and then the reference is not to be asked.
async fn fails_too(rest: &Rest, world: &World, question: &Question, first: &Answer) -> bool {
    let now = answered(rest, world, question).await;
    match now.status {
        status if status != first.status => false,
        200 | 404 => expected(world, question) != now,
        _ => now.body["error"]["message"] == first.body["error"]["message"],
    }
}

async fn random_filters_agree(rest: &Rest, database: impl fmt::Debug, cases: u64) {
    let seed = setting("BRUTE_FORCE_SEED", 1);
    let world = rows::world(seed);
    store(rest, &world).await;
    let failing: Vec<(u64, Question, Answer)> = futures_util::stream::iter(0..cases)
        .map(|case| {
            // Far from the seed of the rows, so that the same choices are not made again.
            let question = Asking::new(&world, (seed << 32) + case + 1).question();
            let (rest, world) = (rest, &world);
            async move {
                let got = answered(rest, world, &question).await;
                (got != expected(world, &question)).then_some((case, question, got))
            }
        })
        .buffered(AT_ONCE)
        .filter_map(async |failing| failing)
        .take(MOST_FAILURES)
        .collect()
        .await;
    let mut failures = Vec::new();
    for (case, question, got) in failing {
        let id = world.model(question.subject(&world)).id;
        let fails = async |smaller: &Question| fails_too(rest, &world, smaller, &got).await;
        let least = shrink::least(question, id, fails).await;
        let got = answered(rest, &world, &least).await;
        let wanted = if matches!(got.status, 200 | 404) { expected(&world, &least).to_string() } else { "rows".into() };
        failures.push(format!("case {case}: {:?}\n{}\nexpected {wanted}\ngot      {got}\n", least.what, least.filter));
    }
    assert!(failures.is_empty(), "{database:?}, BRUTE_FORCE_SEED={seed}\n{}", failures.join("\n"));
}

/// As many relations as a condition may go over are no trouble to a planner, and more are refused; so are places in the
/// depth of JSON.
async fn conditions_have_limits(rest: &Rest) {
    let count = async |condition: Json| {
        let answer = rest.get(&format!("/api/Authors/count?where={}", encoded(&condition.to_string()))).await;
        (answer.status, answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |code: &str| (400, code.to_owned());
    // Through a model between, so each is two tables.
    let many = |n: usize| vec![json!({ "reviewed": { "pages": { "gt": 0 } } }); n];
    for word in ["and", "or", "nor"] {
        assert_eq!(count(json!({ word: many(20) })).await, (200, String::new()), "{word}");
        assert_eq!(count(json!({ word: many(21) })).await, refused("INVALID_FILTER"), "{word}");
    }
    let deep = |n: usize| json!({ format!("{}id", "mentor.".repeat(n)): 1 });
    assert_eq!(count(deep(11)).await, (200, String::new()));
    assert_eq!(count(deep(1_000)).await, refused("INVALID_FILTER"));
    let place = |n: usize| json!({ format!("meta{}", ".a".repeat(n)): 1 });
    assert_eq!(count(place(100)).await, (200, String::new()));
    assert_eq!(count(place(10_000)).await, refused("INVALID_FILTER"));
}

fn test(database: Database) {
    run(
        database,
        &models::MODELS,
        |builder| builder,
        async |lab| {
            random_filters_agree(lab.rest(), database, setting("BRUTE_FORCE_CASES", 3_000)).await;
            conditions_have_limits(lab.rest()).await;
        },
    );
}

/// The same with hooks that read every query as JSON, set it back, and look at every row: nothing is to be seen of them.
fn test_with_hooks(database: Database) {
    let options = |builder: AppBuilder| {
        builder
            .observe(Phase::Access, |op| {
                Box::pin(async move {
                    let filter = op.filter_json();
                    op.set_filter_json(filter)?;
                    let condition = op.where_json().unwrap_or_default();
                    op.set_where_json(condition)
                })
            })
            .observe(Phase::Loaded, |op| {
                assert!(op.phase() == Phase::Loaded && op.count().is_none());
                Box::pin(async { Ok(()) })
            })
    };
    run(database, &models::MODELS, options, async |lab| {
        random_filters_agree(lab.rest(), database, setting("BRUTE_FORCE_CASES", 3_000) / 3).await;
    });
}

mod with_hooks {
    use super::{Database, test_with_hooks};

    #[test]
    fn sqlite() {
        test_with_hooks(Database::SqliteFile);
    }

    #[test]
    fn postgres() {
        test_with_hooks(Database::Postgres);
    }

    #[test]
    fn mysql() {
        test_with_hooks(Database::MySql);
    }
}

/// Rows in memory: what `loopback::connector::memory` finds there is what databases find.
#[tokio::test]
async fn own_connector() {
    let app = App::builder()
        .models(models::MODELS)
        .connector("shelf", |settings| async move { Shelf::open(&settings) })
        .data_source("db", ConnectorOptions::new("shelf"));
    let rest = Rest::of(&app.build().await.unwrap());
    random_filters_agree(&rest, "own connector", setting("BRUTE_FORCE_CASES", 3_000)).await;
    conditions_have_limits(&rest).await;
}

#[test]
fn sqlite() {
    test(Database::SqliteFile);
}

#[test]
fn postgres() {
    test(Database::Postgres);
}

#[test]
fn mysql() {
    test(Database::MySql);
}
