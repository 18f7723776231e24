use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_hook(before)]
    async fn a(call: &mut RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }

    #[remote_hook(before, "", "find one", "find*", "prototype.", "Widget.find", "Gadget.find")]
    async fn b(call: &mut RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }

    #[remote_hook(before, create, "create", prototype.open, 5, find = 1)]
    async fn c(call: &mut RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }
}

fn main() {}
