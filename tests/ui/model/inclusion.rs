use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    #[property(inclusion())]
    pub name: String,
    #[property(inclusion("a", 5))]
    pub letter: String,
    #[property(exclusion("zero", 1))]
    pub number: i64,
    #[property(exclusion(self::BAD))]
    pub other: i64,
}

fn main() {}
