use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

impl Widget {
    #[remote_method(get, "/near")]
    fn near(
        #[arg(query)]
        /** Where. */
        at: GeoPoint,
    ) -> Result<()> {
        let _ = at;
        Ok(())
    }

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

#[remote_method]
pub struct Other;

fn main() {}
