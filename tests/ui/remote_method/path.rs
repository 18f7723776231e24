use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method(get, "a")]
    fn a() -> Result<()> {
        Ok(())
    }

    #[remote_method(get, "/:code/b")]
    fn b(code: String) -> Result<()> {
        let _ = code;
        Ok(())
    }

    #[remote_method(get, "/{cod}/c")]
    fn c(code: String) -> Result<()> {
        let _ = code;
        Ok(())
    }

    #[remote_method(get, "/d/", route(get, "/d//e"), route(get, "/{id}.json"), route(get, "/d e"))]
    fn d() -> Result<()> {
        Ok(())
    }

    #[remote_method(get, "/f/g")]
    fn f(#[arg(path)] code: String) -> Result<()> {
        let _ = code;
        Ok(())
    }

    #[remote_method(route(gett, "/h"), route(get), route("/i"))]
    fn h() -> Result<()> {
        Ok(())
    }
}

fn main() {}
