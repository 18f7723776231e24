use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method(get)]
    fn a(#[arg(body)] data: String) -> Result<()> {
        let _ = data;
        Ok(())
    }

    #[remote_method(post, route(head, "/b"))]
    fn b(#[arg(form)] name: String) -> Result<()> {
        let _ = name;
        Ok(())
    }
}

fn main() {}
