//! Operation hooks: what they see, and how they are run. Answers to juggler `lib/observer.js`.

mod contexts;
mod operation;
mod state;

pub use contexts::{Access, AfterDelete, AfterSave, BeforeDelete, BeforeSave, Loaded, Persist};
pub use operation::Operation;
pub use state::HookState;
