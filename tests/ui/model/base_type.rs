use loopback::prelude::*;

#[derive(Clone, Debug)]
pub struct Animal {
    pub id: i64,
}

#[model(base = Animal)]
pub struct Dog {
    #[base]
    pub animal: Animal,
    pub breed: String,
}

mod plants {
    use loopback::prelude::*;

    #[model(public = false)]
    pub struct Plant {
        #[property(id, generated)]
        pub id: i64,
    }
}

#[model]
pub struct Plant {
    #[property(id, generated)]
    pub id: i64,
}

// The name is the same, the type is not.
#[model(base = plants::Plant)]
pub struct Tree {
    #[base]
    pub plant: Plant,
}

fn main() {}
