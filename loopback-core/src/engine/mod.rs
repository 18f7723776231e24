//! The operation pipeline: the one door to the data, with no type parameter anywhere.
//!
//! One file per operation; its steps stand in the order in which they run. Every step that later issues add has its
//! place there: authorize, mask input, hooks before, validate, row filter, connector, hooks after, mask output.

mod create;
mod delete;
mod find;
mod hooked;
mod include;
mod input;
mod patch;
pub(crate) mod relation;
mod replace;
mod rows;
mod scope;
mod told;
mod update_all;
mod upsert;
mod validate;
mod violation;

pub(crate) use crate::connector::memory::holds;
pub(crate) use create::{create, create_many, find_or_create};
pub(crate) use delete::{delete_all, delete_by_id, delete_instance};
pub(crate) use find::{count, exists, find, find_by_id, find_by_id_json, find_chunks, find_json, find_locked};
pub(crate) use find::{select, shown_condition, stored_row};
pub(crate) use input::Input;
pub(crate) use patch::{Target, missing, patch, patch_by_id, patch_by_id_json};
pub(crate) use replace::replace_by_id;
pub(crate) use rows::{write_included_row, write_row};
pub(crate) use scope::{both, fixed_values, narrowed, over_relations};
pub(crate) use update_all::update_all;
pub(crate) use upsert::{replace_or_create, several_found, upsert, upsert_with_where};
pub(crate) use violation::is_there;
