//! Boot functions: what an application does once, at its start. Answers to npm `loopback-boot`.

use super::App;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::guard::guarded;
use crate::meta::{BootDef, BootEntry, Location};
use futures_util::future::BoxFuture;
use std::fmt;
use std::time::Instant;

type Call = Box<dyn FnOnce(Ctx) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// A boot function with its name.
pub(super) struct Boot {
    name: String,
    /// Of one with `#[boot]`.
    location: Option<Location>,
    call: Call,
}

impl Boot {
    /// One that the builder has been given.
    pub(super) fn named(name: String, call: Call) -> Self {
        Self { name, location: None, call }
    }

    /// Those with `#[boot]`, in their order.
    pub(super) fn linked() -> Vec<Self> {
        let mut all: Vec<BootDef> = inventory::iter::<BootEntry>.into_iter().map(|entry| entry.0).collect();
        // The linker's order means nothing; where names are the same, the place makes every start the same.
        all.sort_by_key(|def| (def.order, def.name, def.location.file, def.location.line));
        let boot = |def: BootDef| Self {
            name: def.name.to_owned(),
            location: Some(def.location),
            call: Box::new(move |ctx| (def.call)(ctx)),
        };
        all.into_iter().map(boot).collect()
    }

    /// Runs it.
    ///
    /// # Errors
    /// Its own, with its name; a panic.
    pub(super) async fn run(self, app: &App) -> Result<()> {
        tracing::info!(boot = self.name, "boot: {} ...", self.name);
        let start = Instant::now();
        let what = self.to_string();
        guarded(app.ctx(), None, (self.call)(app.ctx()), || what.clone())
            .await
            .map_err(|error| Error::configuration(format!("{what} has failed: {error}")))?;
        tracing::info!(boot = self.name, "boot: {} done in {} ms", self.name, start.elapsed().as_millis());
        Ok(())
    }
}

/// ``the boot function `fill` (src/sample.rs:12)``
impl fmt::Display for Boot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the boot function `{}`", self.name)?;
        match self.location {
            Some(location) => write!(f, " ({location})"),
            None => Ok(()),
        }
    }
}

/// What the report calls them: their names, and the place as well where two have the same.
pub(super) fn names(boots: &[Boot]) -> Vec<String> {
    let name = |boot: &Boot| {
        let several = boots.iter().filter(|other| other.name == boot.name).count() > 1;
        match boot.location.filter(|_| several) {
            Some(location) => format!("{} ({location})", boot.name),
            None => boot.name.clone(),
        }
    };
    boots.iter().map(name).collect()
}
