use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    #[property(validate = positive)]
    pub amount: i64,
    #[property(default = amount)]
    pub name: String,
    #[property(validate_async = free)]
    pub code: String,
}

pub fn positive(value: &i32) -> Result<(), &'static str> {
    if *value > 0 { Ok(()) } else { Err("is not positive") }
}

pub fn amount() -> i64 {
    5
}

pub async fn free(_ctx: &Ctx, _code: &i64) -> Result<(), &'static str> {
    Ok(())
}

fn main() {}
