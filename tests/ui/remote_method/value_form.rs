use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method(status = 99, error_status = 600, access = raed, scopes = "a", notes = 5)]
    fn a() -> Result<()> {
        Ok(())
    }

    #[remote_method(status = "ok", name = "", access = "WRITE", scopes(), name = "b")]
    fn b() -> Result<()> {
        Ok(())
    }

    #[remote_method(name = "prototype.c")]
    fn c() -> Result<()> {
        Ok(())
    }

    #[remote_method = "get"]
    fn d() -> Result<()> {
        Ok(())
    }
}

fn main() {}
