//! Models that extend others: what code names of the base is there, and of the model itself.

use loopback::prelude::*;

mod animals {
    use super::Owner;
    use loopback::prelude::*;

    #[model(public = false, index(name, chip))]
    pub struct Animal {
        #[property(id, generated)]
        pub id: i64,
        #[property(length(min = 1))]
        pub name: String,
        #[property(name = "chipNumber", hidden)]
        pub chip: Option<String>,
        pub tame: Option<bool>,
        pub owner: Option<BelongsTo<Owner>>,
    }

    impl Animal {
        pub fn call(&mut self) -> &str {
            self.tame = Some(true);
            &self.name
        }
    }
}

#[model]
pub struct Owner {
    #[property(id, generated)]
    pub id: i64,
    // The other end of both is the field of the base.
    pub dogs: HasMany<Dog>,
    pub puppies: HasMany<Puppy>,
}

#[model(base = animals::Animal, unique(name, breed))]
pub struct Dog {
    /// What every animal has.
    #[base]
    pub animal: animals::Animal,
    #[property(uniqueness(scope(chip)), length(min = 2, if = "tame"))]
    pub breed: String,
}

#[model(base = Dog)]
pub struct Puppy {
    pub weeks: u16,
    #[base]
    pub dog: Dog,
    #[relation(primary_key = id)]
    pub toys: HasMany<Toy>,
}

#[model]
pub struct Toy {
    #[property(id, generated)]
    pub id: i64,
    pub puppy: BelongsTo<Puppy>,
}

#[model(transient)]
pub struct Named {
    pub name: String,
}

#[model(base = Named)]
pub struct Shelf {
    #[property(id)]
    pub number: i32,
    #[base]
    pub named: Named,
}

#[model(base = Named, transient)]
pub struct Label {
    #[base]
    pub named: Named,
}

fn handles(dog: DogProps, puppy: PuppyProps) -> (Prop<Dog, String>, Prop<Puppy, String>, Prop<Puppy, u16>) {
    (dog.name, puppy.name, puppy.weeks)
}

fn instances(puppy: &mut Puppy) -> (i64, String) {
    puppy.breed = puppy.call().to_owned();
    (puppy.id, puppy.breed.clone())
}

fn main() {
    let (dog, puppy) = (Dog::props(), Puppy::props());
    handles(dog, puppy);
    let _ = instances;
    let _: Filter<Puppy> = puppy.name.eq("Rex").and(puppy.owner.eq(5)).order(puppy.weeks.desc()).include(puppy.owner);
    let _: Patch<Puppy> = set!(Puppy { name: "Rex", breed: "Beagle", weeks: 3, owner: 5 });
    let _ = set!(Shelf { number: 5, name: "top" });
    let id: <Puppy as Model>::Id = 5_i64;
    let _ = id;
}
