//! How many statements an answer costs: one for the rows and one for each relation, however many rows there are.
//!
//! The connector shows each statement to `tracing`; a subscriber of this thread counts them.

use super::models::*;
use super::ok;
use crate::models::models;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

cases!(
    models![
        Author, Profile, Book, Comment, Like, Genre, Loan, Physician, Appointment, Patient, Ward, Placement, Folder,
        Article, Employee, Picture, Topic, Tagging, Supplier, Address, Part, Remark, Stop, Basket, Fruit, Gem, Word
    ];
    an_include_costs_one_statement
    routes_cost_two_at_most
);

struct Count(Arc<AtomicUsize>);

impl Subscriber for Count {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "loopback::sql"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// While there is but one subscriber, an event that first happens on a thread without one is never told to any
/// (tokio-rs/tracing#3611): so there are always two more.
static TWO: LazyLock<[tracing::Dispatch; 2]> =
    LazyLock::new(|| std::array::from_fn(|_| tracing::Dispatch::new(Count(Arc::default()))));

/// How many statements an answer costs. A case runs on its test's own thread, and so do its requests.
async fn statements<T>(work: impl Future<Output = T>) -> (usize, T) {
    LazyLock::force(&TWO);
    let count = Arc::new(AtomicUsize::new(0));
    let _guard = tracing::subscriber::set_default(Count(count.clone()));
    let done = work.await;
    (count.load(Ordering::Relaxed), done)
}

/// Adds rows of every model, each related to others by every relation.
async fn fill(lab: &Lab, from: usize, to: usize) {
    lab.ctx
        .transaction(async |tx| {
            let tx = &tx;
            for n in from..to {
                let name = format!("n{n}");
                let author = Author::create(tx, set!(Author { name: name.clone() })).await?;
                author.profile.create(tx, set!(Profile { bio: name.clone() })).await?;
                let book = author.books.create(tx, set!(Book { title: name.clone(), editor: author.id })).await?;
                book.comments.create(tx, set!(Comment { text: name.clone() })).await?;
                book.genres.create(tx, set!(Genre { name: name.clone() })).await?;
                let physician = Physician::create(tx, set!(Physician { name: name.clone() })).await?;
                physician.patients.create(tx, set!(Patient { name: name.clone() })).await?;
                physician.ward.create(tx, set!(Ward { name: name.clone() })).await?;
                let folder = Folder::create(tx, set!(Folder { name: name.clone() })).await?;
                folder.children.create(tx, set!(Folder { name: name.clone() })).await?;
                let article = Article::create(tx, set!(Article { title: name.clone() })).await?;
                article.pictures.create(tx, set!(Picture { url: name.clone() })).await?;
                article.topics.create(tx, set!(Topic { name: name.clone() })).await?;
                let employee = Employee::create(tx, set!(Employee { name: name.clone() })).await?;
                employee.portrait.create(tx, set!(Picture { url: name.clone() })).await?;
                let supplier = Supplier::create(tx, set!(Supplier { name: name.clone() })).await?;
                supplier.address.create(tx, set!(Address { street: "High Street" })).await?;
                supplier.parts.create(tx, set!(Part { name: name.clone() })).await?;
                let basket = Basket::create(tx, set!(Basket { name: name.clone() })).await?;
                basket.fruits.create(tx, set!(Fruit { name: name.clone() })).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

/// `(path, include, how many related rows it brings for each row, statements besides that for the rows)`
fn includes() -> Vec<(&'static str, Json, &'static [&'static str], usize)> {
    let paged = |relation: &str| json!({ "relation": relation, "scope": { "limit": 1, "order": "id DESC" } });
    vec![
        ("Books", json!("author"), &["author"], 1),
        ("Books", json!("editor"), &["editor"], 1),
        ("Authors", json!("books"), &["books"], 1),
        ("Authors", paged("books"), &["books"], 1),
        ("Authors", json!("profile"), &["profile"], 1),
        ("Books", json!("genres"), &["genres"], 1),
        ("Books", paged("genres"), &["genres"], 1),
        ("Physicians", json!("patients"), &["patients"], 1),
        ("Physicians", paged("patients"), &["patients"], 1),
        ("Physicians", json!("ward"), &["ward"], 1),
        ("Folders", json!("children"), &["children"], 1),
        ("Articles", json!("pictures"), &["pictures"], 1),
        ("Articles", json!("topics"), &["topics"], 1),
        ("Employees", json!("portrait"), &["portrait"], 1),
        // One for each model that the rows lead to.
        ("Pictures", json!("imageable"), &["imageable"], 2),
        ("Suppliers", json!("address"), &["address"], 0),
        ("Suppliers", json!(["address", "parts"]), &["address", "parts"], 0),
        ("Baskets", json!("fruits"), &["fruits"], 1),
        ("Baskets", paged("fruits"), &["fruits"], 1),
        ("Authors", json!(["books", "profile", "editedBooks"]), &["books", "profile", "editedBooks"], 3),
        ("Authors", json!({ "books": { "comments": "book" } }), &["books"], 3),
        ("Authors", json!([{ "books": ["genres", "comments"] }, "profile"]), &["books", "profile"], 4),
        ("Genres", json!({ "books": { "author": "profile" } }), &["books"], 3),
    ]
}

async fn an_include_costs_one_statement(lab: Lab) {
    let mut done = 0;
    for parents in [3, 300] {
        fill(&lab, done, parents).await;
        done = parents;
        for (model, include, relations, expected) in includes() {
            let path = format!("/api/{model}");
            let (count, answer) = statements(lab.rest().find(&path, json!({ "include": include }))).await;
            let rows = ok(&answer);
            let rows = rows.as_array().unwrap();
            assert!(rows.len() >= parents, "{model}");
            for relation in relations {
                let with = |row: &&Json| !matches!(&row[relation], Json::Null) && row[relation] != json!([]);
                assert!(rows.iter().filter(with).count() >= parents, "{model} {include} of {parents}");
            }
            assert_eq!(count, 1 + expected, "{model} {include} of {parents} rows");
        }
    }
}

async fn routes_cost_two_at_most(lab: Lab) {
    fill(&lab, 0, 3).await;
    for path in [
        "Authors/1/books",
        "Authors/1/books/count",
        "Authors/1/books/1",
        "Authors/1/profile",
        "Books/1/author",
        "Books/1/genres",
        "Books/1/genres/1",
        "Books/1/genres/count",
        "Physicians/1/patients",
        "Physicians/1/patients/1",
        "Physicians/1/patients/count",
        "Physicians/1/ward",
        "Folders/1/children",
        "Articles/1/pictures",
        "Articles/1/topics",
        "Pictures/1/imageable",
        "Suppliers/1/address",
        "Suppliers/1/parts",
        "Suppliers/1/parts/count",
        "Baskets/1/fruits",
        "Baskets/1/fruits/1",
        "Baskets/1/fruits/count",
    ] {
        let (count, answer) = statements(lab.rest().get(&format!("/api/{path}"))).await;
        ok(&answer);
        assert!((1..=2).contains(&count), "{path}: {count}");
    }
}
