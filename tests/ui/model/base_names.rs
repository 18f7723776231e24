use loopback::prelude::*;

#[model(public = false)]
pub struct Animal {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub seen: Option<BelongsToAny>,
}

#[model(base = Animal, index(nane, breed), unique(seen))]
pub struct Dog {
    #[base]
    pub animal: Animal,
    #[property(uniqueness(scope(chip)), length(min = 2, if = "tame", unless = "name"))]
    pub breed: String,
    #[relation(primary_key = number)]
    pub toys: HasMany<Toy>,
}

#[model]
pub struct Toy {
    #[property(id, generated)]
    pub id: i64,
    pub dog: BelongsTo<Dog>,
}

fn main() {
    let _ = Dog::props().nane;
    let _ = set!(Dog { name: 5 });
}
