use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[operation_hook(access, order = "first")]
    async fn a(op: &mut Access<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }

    #[operation_hook(access, ordr = 1, order = 40000)]
    async fn b(op: &mut Access<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }

    #[operation_hook(access, order = 1, order = 2)]
    async fn c(op: &mut Access<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }
}

fn main() {}
