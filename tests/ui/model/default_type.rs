use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    #[property(default = "many")]
    pub amount: i64,
    #[property(default = 0.5)]
    pub half: i32,
    #[property(default = 300)]
    pub small: i8,
    #[property(default = now)]
    pub name: String,
    #[property(default = guid)]
    pub number: Option<i64>,
    #[property(default = "soon")]
    pub opened_at: DateTime<Utc>,
    #[property(default = 1)]
    pub open: bool,
    #[property(default = "a,b")]
    pub tags: Vec<String>,
    #[property(default = 1 + 1)]
    pub sum: i64,
    #[property(default = made())]
    pub made: i64,
}

pub fn made() -> i64 {
    1
}

fn main() {}
