//! Operation hooks, as the attribute saw them.

use super::{Location, ModelDef};
use crate::error::Result;
use crate::hooks::Operation;
use futures_util::future::BoxFuture;

/// When an operation hook runs. LoopBack's names are `access`, `before save`, ...
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before rows are looked for: the query may be changed.
    Access,
    /// Before data is validated.
    BeforeSave,
    /// After validation, before the data goes to the database.
    Persist,
    /// When data came from the database, or was written to it.
    Loaded,
    /// After data was written.
    AfterSave,
    /// Before rows are deleted.
    BeforeDelete,
    /// After rows were deleted.
    AfterDelete,
}

impl Phase {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Access,
        Self::BeforeSave,
        Self::Persist,
        Self::Loaded,
        Self::AfterSave,
        Self::BeforeDelete,
        Self::AfterDelete,
    ];

    /// LoopBack's name, `before save`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::BeforeSave => "before save",
            Self::Persist => "persist",
            Self::Loaded => "loaded",
            Self::AfterSave => "after save",
            Self::BeforeDelete => "before delete",
            Self::AfterDelete => "after delete",
        }
    }
}

/// An operation hook, as `#[operation_hook]` saw it.
#[derive(Clone, Copy, Debug)]
pub struct HookDef {
    /// The model whose operations it is for.
    pub model: fn() -> &'static ModelDef,
    /// When it runs.
    pub phase: Phase,
    /// Hooks with a lower one run first; then the order is that of the source.
    pub order: i16,
    /// The function's name.
    pub name: &'static str,
    /// Calls it.
    pub call: HookFn,
    /// Where the function stands.
    pub location: Location,
}

/// Calls an operation hook.
pub type HookFn = for<'a> fn(&'a mut Operation) -> BoxFuture<'a, Result<()>>;

/// What `#[operation_hook]` submits at link time.
pub struct HookEntry(pub HookDef);

inventory::collect!(HookEntry);
