//! Boot functions, as the attribute saw them.

use super::Location;
use crate::ctx::Ctx;
use crate::error::Result;
use futures_util::future::BoxFuture;

/// A boot function, as `#[boot]` saw it.
#[derive(Clone, Copy, Debug)]
pub struct BootDef {
    /// The function's name.
    pub name: &'static str,
    /// Those with a lower one run first; then the order is that of the names.
    pub order: i16,
    /// Calls it.
    pub call: BootFn,
    /// Where the function stands.
    pub location: Location,
}

/// Calls a boot function.
pub type BootFn = fn(Ctx) -> BoxFuture<'static, Result<()>>;

/// What `#[boot]` submits at link time.
pub struct BootEntry(pub BootDef);

inventory::collect!(BootEntry);
