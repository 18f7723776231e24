use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method]
    fn near() -> Result<()> {
        Ok(())
    }

    #[remote_method(get, "/other", name = "near")]
    fn other() -> Result<()> {
        Ok(())
    }

    // `prototype.near` is another name.
    #[remote_method(get, "/{id}/near", name = "near")]
    fn third(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {}
