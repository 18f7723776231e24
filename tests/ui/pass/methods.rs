//! Remote methods and hooks in every form.
#![deny(warnings)]

use loopback::prelude::*;

/// A place for coffee.
#[model]
#[derive(PartialEq)]
pub struct CoffeeShop {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

/// An error of one's own.
#[derive(Debug)]
pub struct Closed;

impl From<Closed> for Error {
    fn from(_: Closed) -> Self {
        Error::new(409, "closed")
    }
}

#[model]
impl CoffeeShop {
    /// The most shops in an answer.
    pub const MOST: u32 = 100;

    /// The shops nearest to a place.
    ///
    /// As the crow flies.
    #[remote_method(
        get,
        "/near",
        route(get, "/close/{by}"),
        route(all, "/around"),
        access = read,
        scopes("maps", "shops"),
        notes = "By distance.",
        status = 203,
        error_status = 418
    )]
    async fn near(
        ctx: &Ctx,
        /// Where one is.
        #[allow(unused_variables)]
        at: GeoPoint,
        #[arg(default = 10)] limit: u32,
        by: Option<String>,
    ) -> Result<Vec<Self>> {
        let _ = (at, limit.min(Self::MOST), by);
        Self::find(ctx, Filter::new()).await
    }

    /// Opens the shop.
    #[remote_method(post, "/{id}/open", returns = "hours")]
    pub async fn open(
        &mut self,
        ctx: &Ctx,
        /** For how long. */
        hours: u32,
        #[arg(header)] x_trace_id: Option<String>,
        #[arg(header, name = "If-Match")] version: Option<String>,
    ) -> Result<u32> {
        let _ = (ctx, x_trace_id, version);
        self.name.push('!');
        Ok(hours)
    }

    // Names of the expansion's own variables, and words that are reserved.
    #[remote_method(put, returns("call", "this"))]
    fn every_source(
        call: &mut RemoteCall,
        #[arg(body)] this: loopback::serde_json::Value,
        #[arg(form, default = -1.5)] answer: f64,
        #[arg(query, name = "for", default = "all")] mut r#type: String,
        #[arg(default = 5)] cx: f64,
        #[arg(default = true)] lb: bool,
        lists: Vec<i64>,
    ) -> Result<(f64, String), Closed> {
        let _ = (call.model(), this, cx, lb, lists);
        r#type.push('.');
        if answer > 0.0 { Ok((answer, r#type)) } else { Err(Closed) }
    }

    #[remote_method]
    fn close(&self, _: &Ctx, call: &RemoteCall) -> std::result::Result<(), Error> {
        let _ = call.ctx();
        Ok(())
    }

    #[loopback::remote_method(delete, "/", name = "closeAll")]
    #[deprecated]
    fn close_all() -> Result<()> {
        Ok(())
    }

    #[remote_method(patch, "/{code}/parts/{part}")]
    fn part(
        #[arg(path)] code: String,
        part: i64,
        #[arg(name = "data", body)] patch: Patch<Self>,
    ) -> Result<Option<i64>> {
        let _ = (code, patch);
        Ok(Some(part))
    }

    #[cfg(not(all()))]
    #[remote_method(get, "/never")]
    fn never(what: NoType) -> Result<()> {}

    #[operation_hook(access)]
    async fn look(op: &mut Access<'_, Self>) -> Result<()> {
        op.hook_state().insert(1_u8);
        Ok(())
    }

    #[operation_hook(before_save, order = 5)]
    async fn tidy(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        let _ = op.ctx();
        std::future::ready(()).await;
        Ok(())
    }

    #[operation_hook(persist, order = -5)]
    fn persist(_: &mut Persist<'_, CoffeeShop>) -> Result<(), Closed> {
        Err(Closed)
    }

    /// Plain functions pass through.
    pub fn shout(&self) -> String {
        self.name.to_uppercase()
    }
}

mod hooks {
    use super::{Closed, CoffeeShop};
    use loopback::hooks;
    use loopback::prelude::{RemoteCall, model};

    #[model]
    impl super::CoffeeShop {
        #[loopback::operation_hook(loaded)]
        async fn show(op: &mut hooks::Loaded<'_, CoffeeShop>) -> loopback::Result<()> {
            let _ = op;
            Ok(())
        }

        #[loopback::operation_hook(after_save)]
        async fn tell(op: &mut hooks::AfterSave<'_, Self>) -> Result<(), Closed> {
            let _ = op;
            Ok(())
        }

        #[loopback::operation_hook(before_delete)]
        fn keep(op: &mut hooks::BeforeDelete<'_, super::CoffeeShop>) -> loopback::Result<()> {
            let _ = op;
            Ok(())
        }

        #[loopback::operation_hook(after_delete)]
        async fn forget(op: &mut hooks::AfterDelete<'_, Self>) -> loopback::Result<()> {
            let _ = op;
            Ok(())
        }

        #[loopback::remote_hook(before, "*")]
        fn first(_: &mut RemoteCall) -> loopback::Result<()> {
            Ok(())
        }

        #[loopback::remote_hook(after, create, find_by_id, "prototype.*", "prototype.open", order = 1)]
        async fn announce(call: &mut RemoteCall) -> loopback::Result<()> {
            let _ = call.model();
            Ok(())
        }

        #[loopback::remote_hook(after_error, "**")]
        async fn apologise(call: &mut RemoteCall) -> Result<(), Closed> {
            let _ = call;
            Err(Closed)
        }
    }
}

#[model]
impl CoffeeShop {}

#[cfg(not(all()))]
#[model]
impl NoType {
    #[operation_hook(access)]
    async fn look(op: &mut Access<'_, Self>) -> Result<()> {}
}

#[model]
#[cfg(not(all()))]
impl NoType {
    #[operation_hook(access)]
    async fn look(op: &mut Access<'_, Self>) -> Result<()> {}
}

fn main() {
    let shop = CoffeeShop { id: 1, name: "Bean".to_owned() };
    assert_eq!(shop.shout(), "BEAN");
}
