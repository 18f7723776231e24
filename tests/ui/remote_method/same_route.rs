use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method(get, "/{code}/near")]
    fn a(code: String) -> Result<()> {
        let _ = code;
        Ok(())
    }

    #[remote_method(all, "/{id}/near")]
    fn b(&self) -> Result<()> {
        Ok(())
    }

    #[remote_method(put, "/c", route(put, "/c"))]
    fn c() -> Result<()> {
        Ok(())
    }
}

fn main() {}
