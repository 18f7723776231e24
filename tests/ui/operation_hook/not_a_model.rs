use loopback::prelude::*;

pub struct Plain;

#[model]
impl Plain {
    #[operation_hook(access)]
    async fn look(op: &mut Access<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }

    #[remote_hook(before, create)]
    async fn announce(call: &mut RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }
}

fn main() {}
