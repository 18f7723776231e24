use loopback::prelude::*;
#[model]
pub struct Owner { #[property(id, generated)] pub id: i64, pub name: String, pub dogs: HasMany<Dog> }
#[model]
pub struct Picture { #[property(id, generated)] pub id: i64, pub of: BelongsToAny }
#[model]
pub struct Tag { #[property(id, generated)] pub id: i64 }
#[model(public = false, index(name, chip))]
pub struct Animal { #[property(id, generated)] pub id: i64, #[property(length(min = 1))] pub name: String, #[property(hidden)] pub chip: Option<String>,
  pub tame: bool,
  pub owner: Option<BelongsTo<Owner>>,
  #[relation(polymorphic = of)] pub pictures: HasMany<Picture>,
  pub tags: HasAndBelongsToMany<Tag>,
}
#[model(base = Animal, unique(name, breed))]
pub struct Dog {
    #[base]
    pub animal: Animal,
    #[property(length(min = 2, if = "tame"), uniqueness(scope(chip)))]
    pub breed: String,
    pub first: Option<BelongsTo<Owner>>,
}
#[model(base = Dog)]
pub struct Puppy { #[base] pub dog: Dog, pub weeks: u16 }
#[test]
fn a() {
    println!("{:#?}", Puppy::DEF);
    let p = Puppy::props();
    println!("{:?} {:?} {:?} {:?}", p, p.name, p.owner, p.weeks);
    let d = set!(Dog { name: "Rex", breed: "Beagle" });
    println!("{d:?}");
}
