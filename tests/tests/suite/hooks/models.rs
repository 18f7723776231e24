//! The models whose operations are watched.

use loopback::prelude::*;

/// A list of definitions: `models![Owner, Pet]`.
macro_rules! models {
    ($($model:ty),+ $(,)?) => { [$(<$model as loopback::prelude::Model>::DEF),+] };
}
pub(super) use models;

#[model]
pub struct Owner {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(nest)]
    pub pets: HasMany<Pet>,
    pub card: HasOne<Card>,
    pub house: EmbedsOne<House>,
    pub chests: EmbedsMany<Chest>,
    pub toys: ReferencesMany<Toy>,
    #[relation(polymorphic = subject)]
    pub pictures: HasMany<Picture>,
}

#[model]
pub struct Pet {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 1))]
    pub name: String,
    #[property(default = 1)]
    pub age: i64,
    pub owner: Option<BelongsTo<Owner>>,
    #[relation(through = Visit, nest)]
    pub vets: HasMany<Vet>,
}

#[model]
pub struct Visit {
    #[property(id, generated)]
    pub id: i64,
    pub pet: BelongsTo<Pet>,
    pub vet: BelongsTo<Vet>,
}

#[model]
pub struct Vet {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(through = Visit)]
    pub pets: HasMany<Pet>,
}

#[model]
pub struct Card {
    #[property(id, generated)]
    pub id: i64,
    pub number: i64,
    pub owner: BelongsTo<Owner>,
}

#[model(transient)]
pub struct House {
    pub street: String,
}

#[model(transient)]
pub struct Chest {
    #[property(id)]
    pub id: i64,
    pub label: String,
}

#[model]
pub struct Toy {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

#[model]
pub struct Picture {
    #[property(id, generated)]
    pub id: i64,
    pub url: String,
    pub subject: Option<BelongsToAny>,
}

/// Its id is the client's to give.
#[model]
pub struct Land {
    #[property(id)]
    pub code: String,
    pub name: Option<String>,
    #[property(default = 1)]
    pub size: Option<i64>,
}

/// All of them.
pub fn all() -> [&'static loopback::meta::ModelDef; 10] {
    models![Owner, Pet, Visit, Vet, Card, House, Chest, Toy, Picture, Land]
}
