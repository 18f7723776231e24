use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method]
    fn a(shop_id: i64, #[arg(name = "shopId")] other: i64) -> Result<()> {
        let _ = (shop_id, other);
        Ok(())
    }

    #[remote_method]
    fn b(#[arg(header)] x_trace: String, #[arg(header, name = "X-Trace")] other: String) -> Result<()> {
        let _ = (x_trace, other);
        Ok(())
    }
}

fn main() {}
