use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method(get, "/a", stats = 201, colour = "red")]
    fn a() -> Result<()> {
        Ok(())
    }

    #[remote_method(gett, "/b")]
    fn b() -> Result<()> {
        Ok(())
    }

    #[remote_method(path = "/c", verb = get, description = "C.")]
    fn c() -> Result<()> {
        Ok(())
    }

    #[remote_method(5)]
    fn d() -> Result<()> {
        Ok(())
    }
}

fn main() {}
