use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[operation_hook(befor_save)]
    async fn a(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }

    #[operation_hook("after save")]
    async fn b(op: &mut AfterSave<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }

    #[operation_hook]
    async fn c(op: &mut Loaded<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }

    #[operation_hook(access, loaded)]
    async fn d(op: &mut Access<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }
}

fn main() {}
