//! The models of these cases, by theme.

use loopback::prelude::*;

// ---- a library: belongsTo, hasMany, hasOne, hasAndBelongsToMany ----------------------------------------------------

#[model]
#[derive(Clone)]
pub struct Author {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[property(hidden)]
    pub secret: Option<String>,
    #[property(protected)]
    pub phone: Option<String>,
    #[relation(foreign_key = author, nest)]
    pub books: HasMany<Book>,
    #[relation(foreign_key = editor, name = "editedBooks")]
    pub edited: HasMany<Book>,
    #[relation(nest)]
    pub profile: HasOne<Profile>,
}

#[model]
#[derive(Clone)]
pub struct Profile {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 2))]
    pub bio: String,
    #[property(hidden)]
    pub pin: Option<String>,
    pub author: BelongsTo<Author>,
}

#[model]
#[derive(Clone)]
pub struct Book {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 1))]
    pub title: String,
    #[property(default = 2000)]
    pub year: i32,
    #[property(hidden)]
    pub cost: Option<f64>,
    #[property(protected)]
    pub note: Option<String>,
    #[relation(nest)]
    pub author: BelongsTo<Author>,
    pub editor: Option<BelongsTo<Author>>,
    #[relation(nest)]
    pub comments: HasMany<Comment>,
    #[relation(nest)]
    pub genres: HasAndBelongsToMany<Genre>,
    #[relation(disable_include)]
    pub loans: HasMany<Loan>,
}

#[model]
#[derive(Clone)]
pub struct Comment {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
    #[property(default = 3)]
    pub stars: i32,
    pub book: BelongsTo<Book>,
    #[relation(nest)]
    pub likes: HasMany<Like>,
}

#[model]
pub struct Like {
    #[property(id, generated)]
    pub id: i64,
    pub who: String,
    #[property(protected)]
    pub comment: BelongsTo<Comment>,
}

#[model]
#[derive(Clone)]
pub struct Genre {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub books: HasAndBelongsToMany<Book>,
}

#[model]
pub struct Loan {
    #[property(id, generated)]
    pub id: i64,
    pub who: String,
    #[property(protected)]
    pub book: BelongsTo<Book>,
}

// ---- a clinic: through ---------------------------------------------------------------------------------------------

#[model]
#[derive(Clone)]
pub struct Physician {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(through = Appointment, nest)]
    pub patients: HasMany<Patient>,
    #[relation(through = Appointment, scope = adults)]
    pub adults: HasMany<Patient>,
    pub appointments: HasMany<Appointment>,
    #[relation(through = Placement)]
    pub ward: HasOne<Ward>,
}

#[model]
pub struct Appointment {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(max = 20))]
    pub reason: Option<String>,
    pub physician: BelongsTo<Physician>,
    pub patient: BelongsTo<Patient>,
}

#[model]
#[derive(Clone)]
pub struct Patient {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[property(default = 30)]
    pub age: i32,
    #[property(hidden)]
    pub record: Option<String>,
    #[relation(through = Appointment)]
    pub physicians: HasMany<Physician>,
}

#[model]
pub struct Ward {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

/// A physician's ward.
#[model]
pub struct Placement {
    #[property(id, generated)]
    pub id: i64,
    pub physician: BelongsTo<Physician>,
    pub ward: BelongsTo<Ward>,
}

fn adults() -> Filter<Patient> {
    let patient = Patient::props();
    patient.age.gte(18).order(patient.name.desc())
}

// ---- relations to itself -------------------------------------------------------------------------------------------

#[model]
#[derive(Clone)]
pub struct Folder {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub parent: Option<BelongsTo<Self>>,
    #[relation(nest)]
    pub children: HasMany<Folder>,
}

#[model]
#[derive(Clone)]
pub struct Person {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(through = Follow, foreign_key = follower, key_through = followee)]
    pub follows: HasMany<Person>,
    #[relation(through = Follow, foreign_key = followee)]
    pub followers: HasMany<Person>,
    pub friends: HasAndBelongsToMany<Person>,
}

#[model]
pub struct Follow {
    #[property(id, generated)]
    pub id: i64,
    pub follower: BelongsTo<Person>,
    pub followee: BelongsTo<Person>,
}

// ---- polymorphic ---------------------------------------------------------------------------------------------------

#[model]
#[derive(Clone)]
pub struct Article {
    #[property(id, generated)]
    pub id: i64,
    pub title: String,
    #[property(protected)]
    pub draft: Option<String>,
    #[relation(polymorphic = imageable)]
    pub pictures: HasMany<Picture>,
    #[relation(through = Tagging, polymorphic = taggable)]
    pub topics: HasMany<Topic>,
}

#[model]
#[derive(Clone)]
pub struct Employee {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(polymorphic = imageable)]
    pub portrait: HasOne<Picture>,
    #[relation(through = Tagging, polymorphic = taggable)]
    pub topics: HasMany<Topic>,
}

/// Has no pictures.
#[model]
pub struct Vault {
    #[property(id, generated)]
    pub id: i64,
    pub treasure: String,
}

#[model]
#[derive(Clone)]
pub struct Picture {
    #[property(id, generated)]
    pub id: i64,
    pub url: String,
    pub imageable: Option<BelongsToAny>,
}

#[model]
pub struct Topic {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

#[model]
pub struct Tagging {
    #[property(id, generated)]
    pub id: i64,
    pub topic: BelongsTo<Topic>,
    pub taggable: BelongsToAny,
}

// ---- embedded ------------------------------------------------------------------------------------------------------

#[model(transient)]
#[derive(Clone)]
pub struct Address {
    #[property(length(min = 3))]
    pub street: String,
    #[property(default = "Troy")]
    pub city: Option<String>,
    #[property(hidden)]
    pub code: Option<String>,
}

#[model(transient)]
#[derive(Clone)]
pub struct Part {
    #[property(id, generated)]
    pub id: String,
    #[property(length(min = 1))]
    pub name: String,
    #[property(default = 1)]
    pub amount: i32,
    #[property(hidden)]
    pub cost: Option<f64>,
}

/// Its parts are not validated.
#[model(transient)]
#[derive(Clone)]
pub struct Remark {
    #[property(id)]
    pub id: i64,
    #[property(length(min = 3))]
    pub text: String,
}

/// Numbered.
#[model(transient)]
#[derive(Clone)]
pub struct Stop {
    #[property(id, generated)]
    pub id: i64,
    pub place: String,
}

#[model]
#[derive(Clone)]
pub struct Supplier {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub address: EmbedsOne<Address>,
    pub parts: EmbedsMany<Part>,
    #[relation(validate = false)]
    pub remarks: EmbedsMany<Remark>,
    pub stops: EmbedsMany<Stop>,
}

// ---- lists of keys -------------------------------------------------------------------------------------------------

#[model]
#[derive(Clone)]
pub struct Basket {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub fruits: ReferencesMany<Fruit>,
    pub gems: ReferencesMany<Gem>,
    pub words: ReferencesMany<Word>,
}

#[model]
#[derive(Clone)]
pub struct Fruit {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[property(hidden)]
    pub origin: Option<String>,
}

#[model]
#[derive(Clone)]
pub struct Gem {
    #[property(id, generated)]
    pub id: Uuid,
    pub name: String,
    pub basket: Option<BelongsTo<Basket>>,
}

#[model]
pub struct Word {
    #[property(id)]
    pub text: String,
    pub length: Option<i32>,
}

// ---- keys that are no ids, names, what rows take over -----------------------------------------------------------------

#[model]
#[derive(Clone)]
pub struct Land {
    #[property(id, generated)]
    pub id: i64,
    #[property(uniqueness)]
    pub code: String,
    pub tongue: String,
    #[relation(name = "towns")]
    pub cities: HasMany<City>,
    #[relation(name = "capital", scope = capital, properties(tongue = language))]
    pub main: HasOne<City>,
    #[relation(scope = ports, properties(tongue = language))]
    pub ports: HasMany<City>,
}

#[model]
#[derive(Clone)]
pub struct City {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[property(default = false)]
    pub capital: bool,
    #[property(default = false)]
    pub port: bool,
    pub language: Option<String>,
    #[property(name = "landCode")]
    #[relation(name = "homeland", primary_key = code)]
    pub land: BelongsTo<Land, String>,
}

fn capital() -> Filter<City> {
    City::props().capital.eq(true).into()
}

fn ports() -> Filter<City> {
    let city = City::props();
    city.port.eq(true).order(city.name.desc())
}

// ---- foreign keys ----------------------------------------------------------------------------------------------------

#[model]
#[derive(Clone)]
pub struct Owner {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub cats: HasMany<Cat>,
    pub dogs: HasMany<Dog>,
    pub birds: HasMany<Bird>,
    pub fishes: HasMany<Fish>,
}

/// Stands in the way.
#[model]
pub struct Cat {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub owner: BelongsTo<Owner>,
}

/// Goes along.
#[model]
#[derive(Clone)]
pub struct Dog {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(on_delete = cascade)]
    pub owner: BelongsTo<Owner>,
    pub toys: HasMany<Toy>,
}

/// Stands in the way of a dog that goes along.
#[model]
pub struct Toy {
    #[property(id, generated)]
    pub id: i64,
    pub dog: BelongsTo<Dog>,
}

/// Is let go.
#[model]
pub struct Bird {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(on_delete = set_null)]
    pub owner: Option<BelongsTo<Owner>>,
}

/// Nobody looks.
#[model]
pub struct Fish {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(foreign_key_constraint = false)]
    pub owner: BelongsTo<Owner>,
}

// ---- scopes and limits -----------------------------------------------------------------------------------------------

#[model(default_scope = published, scopes(fresh, best, named = called_special), default_limit = 3, max_limit = 5)]
#[derive(Clone)]
pub struct Notice {
    #[property(id, generated)]
    pub id: i64,
    pub title: String,
    #[property(default = true)]
    pub published: bool,
    #[property(default = 1)]
    pub rank: i32,
    #[property(default = "plain")]
    pub kind: String,
    pub blog: Option<BelongsTo<Blog>>,
}

#[model]
#[derive(Clone)]
pub struct Blog {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub notices: HasMany<Notice>,
    pub featured: HasAndBelongsToMany<Notice>,
}

fn published() -> Filter<Notice> {
    let post = Notice::props();
    post.published.eq(true).order(post.rank.desc())
}

fn fresh() -> Filter<Notice> {
    Notice::props().kind.eq("fresh").into()
}

fn best() -> Filter<Notice> {
    let post = Notice::props();
    post.rank.gt(5).order(post.title.asc()).limit(2)
}

fn called_special() -> Where<Notice> {
    Notice::props().title.eq("special")
}
