use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method]
    fn a(#[arg(query, body)] a: String, #[arg(quary)] b: String, #[arg("c")] c: String) -> Result<()> {
        let _ = (a, b, c);
        Ok(())
    }

    #[remote_method]
    fn b(#[arg(query)] ctx: &Ctx, #[arg(body)] call: &mut RemoteCall) -> Result<()> {
        let _ = (ctx, call);
        Ok(())
    }

    #[remote_method(get, "/c/{code}")]
    fn c(#[arg(query)] code: String, #[arg(header, name = "If Match")] version: String) -> Result<()> {
        let _ = (code, version);
        Ok(())
    }

    #[remote_method]
    fn d(first: &RemoteCall, second: &RemoteCall) -> Result<()> {
        let _ = (first, second);
        Ok(())
    }

    pub fn e(#[arg(query)] name: String) {
        let _ = name;
    }
}

fn main() {}
