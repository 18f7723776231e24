use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method(get, put, "/a", "/b")]
    fn a() -> Result<()> {
        Ok(())
    }

    #[remote_method("GET", "/c")]
    fn c() -> Result<()> {
        Ok(())
    }

    #[remote_method(get = "/d")]
    fn d() -> Result<()> {
        Ok(())
    }
}

fn main() {}
