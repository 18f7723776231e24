use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[operation_hook(before_save)]
    async fn a(op: &mut Access<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }

    #[operation_hook(before_save)]
    async fn b(op: &BeforeSave<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }

    #[operation_hook(before_save)]
    async fn c() -> Result<()> {
        Ok(())
    }

    #[operation_hook(before_save)]
    async fn d(op: &mut BeforeSave<'_, Self>, ctx: &Ctx) -> Result<()> {
        let _ = (op, ctx);
        Ok(())
    }

    #[operation_hook(before_save)]
    async fn e(&mut self) -> Result<()> {
        Ok(())
    }

    #[operation_hook(before_save)]
    async fn f(op: &mut BeforeSave<'_, Self>) {
        let _ = op;
    }

    #[operation_hook(before_save)]
    async fn g(op: &mut BeforeSave<'_, Self>) -> Result<bool> {
        let _ = op;
        Ok(true)
    }

    #[operation_hook(before_save)]
    async fn h<'a>(op: &mut BeforeSave<'a, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }

    #[operation_hook(before_save)]
    async fn i(op: &mut BeforeSave<'_, Gadget>) -> Result<()> {
        let _ = op;
        Ok(())
    }
}

#[model]
pub struct Gadget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
