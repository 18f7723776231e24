//! Relations in application code: the types of the fields, and the handles by which filters and includes name them.
//!
//! A field knows the row that it was read with. Its calls go through the engine, as a request to the relation's routes
//! does.

mod belongs_to;
mod belongs_to_any;
mod calls;
pub mod checks;
mod conditions;
mod derives;
mod embeds;
mod engine;
mod handles;
mod has;
mod include;
mod loaded;
mod references_many;
mod sea_orm;
mod stored;

pub use belongs_to::{BelongsTo, OptionalBelongsTo};
pub use belongs_to_any::{AnyKey, BelongsToAny};
pub use embeds::{EmbedsMany, EmbedsOne};
pub use handles::{EmbeddedMany, EmbeddedOne, References, ToAny, ToMany, ToOne};
pub use has::{HasAndBelongsToMany, HasMany, HasOne};
pub use include::{Includable, Include};
pub use references_many::ReferencesMany;
pub(super) use sea_orm::{count as straight_count, name as straight_name};

use crate::error::Result;
use crate::meta::{ModelDef, RelationKindDef};
use crate::typed::Model;
use crate::value::{Row, Value};

/// The type of a field that is a relation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation",
    note = "relations are `BelongsTo<T>`, `HasMany<T>`, `HasOne<T>`, `HasAndBelongsToMany<T>`, `BelongsToAny`, \
            `EmbedsOne<T>`, `EmbedsMany<T>`, `ReferencesMany<T>`, and `Option` of a `BelongsTo`"
)]
pub trait RelationType: Sized {
    /// The kind of relation.
    const KIND: RelationKindDef;
    /// The model it leads to.
    const TARGET: Option<fn() -> &'static ModelDef>;
    /// What stands for it in the props of a model `M`.
    type Handle<M>: Copy;

    /// The handle of the relation with an index, whose field stores the property with an index (0 when it stores none).
    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M>;
}

/// The row that a field was read with: what its calls start from.
#[derive(Clone, Debug)]
pub struct Origin {
    pub(crate) model: &'static ModelDef,
    pub(crate) relation: usize,
    /// The id of the row.
    pub(crate) id: Value,
}

/// A field that takes part in reading a row.
pub trait RelationField {
    /// Learns the row it belongs to, and the related rows that were read with it.
    ///
    /// # Errors
    /// 500: a related row that its type cannot hold.
    fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()>;

    /// The related rows that were read with it; `None`: there are none to show beside what the row stores.
    fn shown(&self) -> Option<Vec<Row>> {
        None
    }
}

impl<F: RelationField> RelationField for Option<F> {
    fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()> {
        match self {
            Some(field) => field.attach(origin, related),
            None => Ok(()),
        }
    }

    fn shown(&self) -> Option<Vec<Row>> {
        self.as_ref().and_then(F::shown)
    }
}

/// The definition of a model, as a function that a constant can hold.
fn def<T: Model>() -> &'static ModelDef {
    T::DEF
}

#[cfg(test)]
mod tests;
