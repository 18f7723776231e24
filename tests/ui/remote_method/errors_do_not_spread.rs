use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

// The block has mistakes; what uses its functions has none, so only the mistakes are reported.
#[model]
impl Widget {
    pub const MOST: u32 = 5;

    #[remote_method(gett, "/near")]
    async fn near(
        ctx: &Ctx,
        #[arg(defalt = 10)]
        /** How many. */
        limit: u32,
    ) -> Result<Vec<Self>> {
        let _ = (ctx, limit);
        Ok(Vec::new())
    }

    #[operation_hook(before_sav)]
    async fn tidy(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        let _ = op.ctx();
        Ok(())
    }
}

pub async fn nearest(ctx: &Ctx) -> Result<Vec<Widget>> {
    Widget::near(ctx, Widget::MOST).await
}

fn main() {}
