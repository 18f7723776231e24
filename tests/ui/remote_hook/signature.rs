use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[remote_hook(before, create)]
    async fn a(call: &RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }

    #[remote_hook(before, create)]
    async fn b(call: &mut Access<'_, Self>) -> Result<()> {
        let _ = call;
        Ok(())
    }

    #[remote_hook(before, create)]
    async fn c() -> Result<()> {
        Ok(())
    }

    #[remote_hook(before, create)]
    async fn d(&self, call: &mut RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }

    #[remote_hook(before, create)]
    async fn e(call: &mut RemoteCall) {
        let _ = call;
    }
}

fn main() {}
