use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method]
    fn a(name: &str, list: &[i64], ctx: Ctx, call: RemoteCall) -> Result<()> {
        let _ = (name, list, ctx, call);
        Ok(())
    }

    #[remote_method]
    fn b(name: std::borrow::Cow<'static, str>) -> Result<&'static str> {
        let _ = name;
        Ok("b")
    }
}

fn main() {}
