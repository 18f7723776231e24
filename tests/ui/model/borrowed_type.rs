use loopback::prelude::*;

use std::borrow::Cow;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    pub name: &'static str,
    pub note: Option<Cow<'static, str>>,
}

fn main() {}
