use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

pub struct Mine;

#[model]
impl Widget {
    #[remote_method]
    async fn a(ctx: &Ctx, mine: Mine, #[arg(default = 5)] large: Option<u128>) -> Result<()> {
        let _ = (ctx, mine, large);
        Ok(())
    }
}

fn main() {}
