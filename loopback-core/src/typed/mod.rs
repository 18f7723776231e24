//! The typed shell: thin, generic, no I/O of its own. Every call erases, asks the engine, decodes at the end.

mod entity;
mod model;
mod patch;
mod persisted;
mod prop;
mod query;
pub mod relation;
mod select;

pub use entity::{Column, Entity, EntityRelation, PrimaryKey};
pub use model::{IdType, Model};
pub use patch::{Patch, Settable, Slots};
pub use persisted::{OrNotFound, PersistedModel};
pub use prop::Prop;
pub use query::{Filter, Near, OrderTerm, Where};
pub use relation::{
    BelongsTo, BelongsToAny, EmbedsMany, EmbedsOne, HasAndBelongsToMany, HasMany, HasOne, Includable, Include,
    OptionalBelongsTo, ReferencesMany, RelationType,
};
pub use select::Selection;

pub(crate) use entity::{column_value_type, read_model, sea_to_value, value_to_sea};
pub(crate) use model::{from_row, to_full_row};
