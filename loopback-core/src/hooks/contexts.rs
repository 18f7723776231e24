//! What the hooks of a model get: the operation, with the model's type.

use super::{HookState, Operation};
use crate::ctx::Ctx;
use crate::typed::Model;
use std::marker::PhantomData;

macro_rules! contexts {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<'a, M> {
            op: &'a mut Operation,
            of: PhantomData<fn() -> M>,
        }

        impl<'a, M: Model> $name<'a, M> {
            /// The operation, as a hook of this model sees it.
            #[doc(hidden)]
            pub fn of(op: &'a mut Operation) -> Self {
                Self { op, of: PhantomData }
            }

            /// The context. What is written through it belongs to the operation's transaction.
            pub fn ctx(&self) -> &Ctx {
                self.op.ctx()
            }

            /// What the hooks of this operation tell each other.
            pub fn hook_state(&mut self) -> &mut HookState {
                self.op.hook_state()
            }
        }
    )* };
}

contexts! {
    /// Before rows are looked for.
    Access;
    /// Before data is validated.
    BeforeSave;
    /// After validation, before the data goes to the database.
    Persist;
    /// When data came from the database, or was written to it.
    Loaded;
    /// After data was written.
    AfterSave;
    /// Before rows are deleted.
    BeforeDelete;
    /// After rows were deleted.
    AfterDelete;
}
