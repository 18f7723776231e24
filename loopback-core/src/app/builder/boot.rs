//! What an app does once, at its start.

use super::{AppBuilder, Migrate};
use crate::app::App;
use crate::app::boot::Boot;
use crate::ctx::Ctx;
use crate::error::Result;

/// The boot functions of an app that is being put together.
#[derive(Default)]
pub(super) struct Boots {
    given: Vec<Boot>,
    without_linked: bool,
}

impl Boots {
    /// All of them, in the order in which they run.
    pub(super) fn all(&mut self) -> Vec<Boot> {
        let mut all = if self.without_linked { Vec::new() } else { Boot::linked() };
        all.append(&mut self.given);
        all
    }
}

impl AppBuilder {
    /// A boot function: it runs at the end of [`build`](Self::build), when the tables are there, before anything is
    /// served; several in the order in which they are given, after those with `#[boot]`. An error ends the start. Where
    /// several instances start behind one database, each runs it.
    ///
    /// ```ignore
    /// async fn sample_data(ctx: Ctx) -> Result<()> {
    ///     let shop = CoffeeShop::props();
    ///     CoffeeShop::find_or_create(&ctx, shop.name.eq("Bel Cafe"), set!(CoffeeShop { name: "Bel Cafe" })).await?;
    ///     Ok(())
    /// }
    ///
    /// App::from_env()?.boot("sample data", sample_data).serve().await
    /// ```
    pub fn boot<F: Future<Output = Result<()>> + Send + 'static>(
        mut self,
        name: impl Into<String>,
        boot: impl FnOnce(Ctx) -> F + Send + Sync + 'static,
    ) -> Self {
        self.boots.given.push(Boot::named(name.into(), Box::new(move |ctx| Box::pin(boot(ctx)))));
        self
    }

    /// The app beside one that is being served: nothing is done that a start does once, and the schema stays as it is.
    ///
    /// # Errors
    /// Those of [`build`](Self::build); the schema does not fit.
    pub(in crate::app) async fn build_to_look(mut self) -> Result<App> {
        self.boots = Boots { given: Vec::new(), without_linked: true };
        if !matches!(self.migrate, Migrate::Leave) {
            self.migrate = Migrate::Check;
        }
        self.build().await
    }

    /// Leaves out the functions with `#[boot]`, which run without being named; for tests that begin with an empty database.
    pub fn without_linked_boots(mut self) -> Self {
        self.boots.without_linked = true;
        self
    }
}
