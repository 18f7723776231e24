use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_hook(befor, create)]
    async fn a(call: &mut RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }

    #[remote_hook("after error", create)]
    async fn b(call: &mut RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }

    #[remote_hook]
    async fn c(call: &mut RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }

    #[remote_hook(before, after, create)]
    async fn d(call: &mut RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }
}

fn main() {}
