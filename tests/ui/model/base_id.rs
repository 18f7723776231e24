use loopback::prelude::*;

#[model(public = false)]
pub struct Animal {
    #[property(id, generated)]
    pub id: i64,
}

#[model(transient)]
pub struct Named {
    pub name: String,
}

#[model(base = Animal)]
pub struct SecondId {
    #[base]
    pub animal: Animal,
    #[property(id)]
    pub number: i64,
}

#[model(base = Named)]
pub struct NoId {
    #[base]
    pub named: Named,
}

#[model(base = Animal, transient)]
pub struct NoTable {
    #[base]
    pub animal: Animal,
}

fn main() {}
