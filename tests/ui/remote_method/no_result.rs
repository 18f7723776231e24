use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method]
    fn a() {}

    #[remote_method]
    fn b() -> u32 {
        5
    }

    #[remote_method]
    fn c() -> std::fmt::Result {
        Ok(())
    }

    #[remote_method]
    fn d() -> Result<impl Iterator<Item = u32>> {
        Ok(0..1)
    }
}

fn main() {}
