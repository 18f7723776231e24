//! The models that are asked about: every kind of property that filters can name, and every kind of relation.
//!
//! [`super::schema`] says the same once more, for the reference.

use loopback::meta::ModelDef;
use loopback::prelude::*;

/// All of them.
pub const MODELS: [&ModelDef; 9] =
    [Author::DEF, Address::DEF, Profile::DEF, Book::DEF, Chapter::DEF, Review::DEF, Tag::DEF, Shelf::DEF, Picture::DEF];

#[derive(Clone, Copy, Debug, PartialEq, PropertyType)]
pub enum Genre {
    Novel,
    Poems,
    Essay,
}

#[model]
pub struct Author {
    #[property(id, generated)]
    pub id: i64,
    pub name: Option<String>,
    pub alias: String,
    pub rating: Option<f64>,
    pub born: Option<NaiveDate>,
    pub active: Option<bool>,
    pub meta: Option<serde_json::Value>,
    pub home: Option<GeoPoint>,
    #[property(hidden)]
    pub secret: Option<String>,
    #[property(protected)]
    pub remark: Option<String>,
    pub mentor: Option<BelongsTo<Author>>,
    #[relation(foreign_key = mentor)]
    pub pupils: HasMany<Author>,
    pub books: HasMany<Book>,
    pub profile: HasOne<Profile>,
    pub reviews: HasMany<Review>,
    #[relation(foreign_key = author, scope = good)]
    pub praise: HasMany<Review>,
    #[relation(through = Review)]
    pub reviewed: HasMany<Book>,
    #[relation(polymorphic = subject)]
    pub pictures: HasMany<Picture>,
    pub address: EmbedsOne<Address>,
}

/// A relation's scope with a condition and an order of its own.
fn good() -> Filter<Review> {
    let review = Review::props();
    review.stars.gte(3).order(review.stars.desc())
}

#[model(transient)]
pub struct Address {
    pub street: Option<String>,
    pub floor: Option<i32>,
    pub rent: Option<f64>,
    pub owned: Option<bool>,
    pub since: Option<NaiveDate>,
}

#[model]
pub struct Profile {
    #[property(id, generated)]
    pub id: i64,
    pub bio: Option<String>,
    pub visits: Option<i64>,
    pub author: Option<BelongsTo<Author>>,
}

#[model]
pub struct Book {
    #[property(id, generated)]
    pub id: i64,
    #[property(index)]
    pub title: String,
    pub isbn: Option<String>,
    pub pages: Option<i32>,
    pub price: Option<Decimal>,
    pub published: Option<DateTime<Utc>>,
    pub genre: Option<Genre>,
    pub author: Option<BelongsTo<Author>>,
    #[relation(foreign_key_constraint = false)]
    pub shelf: Option<BelongsTo<Shelf, String>>,
    pub reviews: HasMany<Review>,
    #[relation(through = Review)]
    pub reviewers: HasMany<Author>,
    pub tags: HasAndBelongsToMany<Tag>,
    pub related: ReferencesMany<Book>,
    pub chapters: EmbedsMany<Chapter>,
    #[relation(polymorphic = subject)]
    pub pictures: HasMany<Picture>,
}

#[model(transient)]
pub struct Chapter {
    #[property(id)]
    pub number: i32,
    pub heading: Option<String>,
    pub length: Option<f64>,
    pub revised: Option<DateTime<Utc>>,
    pub done: Option<bool>,
    pub editor: Option<BelongsTo<Author>>,
}

/// The link of `reviewed` and `reviewers`, too: a book may have several reviews by one author.
#[model(default_limit = 30)]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub stars: Option<i32>,
    pub body: Option<String>,
    pub author: Option<BelongsTo<Author>>,
    pub book: Option<BelongsTo<Book>>,
}

#[model]
pub struct Tag {
    #[property(id)]
    pub code: String,
    pub label: Option<String>,
    pub books: HasAndBelongsToMany<Book>,
}

/// Only open shelves are seen.
#[model(default_scope = open)]
pub struct Shelf {
    #[property(id)]
    pub code: String,
    pub room: Option<String>,
    pub closed: Option<bool>,
    pub books: HasMany<Book>,
}

fn open() -> Filter<Shelf> {
    let shelf = Shelf::props();
    shelf.closed.neq(true).order(shelf.room.desc())
}

#[model]
pub struct Picture {
    #[property(id)]
    pub id: Uuid,
    pub caption: Option<String>,
    pub width: Option<i32>,
    pub subject: Option<BelongsToAny>,
}
