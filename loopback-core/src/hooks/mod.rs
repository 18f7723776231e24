//! Operation hooks: what they see, and how they are run. Answers to juggler `lib/observer.js`.
//!
//! In which order the phases of an operation come, its file in [`crate::engine`] says.

mod contexts;
mod operation;
mod run;
mod state;
mod table;

pub use contexts::{Access, AfterDelete, AfterSave, BeforeDelete, BeforeSave, Loaded, Persist};
pub use operation::Operation;
pub(crate) use run::{in_time, late, panic_text, run};
pub use state::HookState;
pub use table::Observer;
pub(crate) use table::{HookNode, HookTable};
