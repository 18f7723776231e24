use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_method(get)]
    #[remote_method(put)]
    fn a() -> Result<()> {
        Ok(())
    }

    #[operation_hook(access)]
    #[remote_method]
    #[remote_hook(before, create)]
    async fn b(op: &mut Access<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }
}

fn main() {}
