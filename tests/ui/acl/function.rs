use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
impl Widget {
    #[acl(allow, "$owner")]
    fn plain(&self) {}

    #[acl(allow, "$owner")]
    #[operation_hook(access)]
    async fn look(op: &mut Access<'_, Self>) -> Result<()> {
        let _ = op;
        Ok(())
    }

    #[remote_hook(before, create)]
    #[acl(allow, "$owner")]
    async fn announce(call: &mut RemoteCall) -> Result<()> {
        let _ = call;
        Ok(())
    }

    #[remote_method]
    #[acl(allow, "$owner", methods(find))]
    #[acl(allow, "$onwer")]
    async fn open(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {}
