//! An operation as its hooks see it, with no type of a model.

use super::HookState;
use crate::ctx::Ctx;
use crate::graph::ModelNode;
use std::sync::Arc;

/// An operation on a model, as its hooks see it. Hooks of one model get it typed, as [`BeforeSave`](super::BeforeSave)
/// and its kin; observers of all models get it as it is.
#[derive(Debug)]
pub struct Operation {
    pub(crate) ctx: Ctx,
    pub(crate) model: Arc<ModelNode>,
    pub(crate) state: HookState,
}

impl Operation {
    /// The context. What is written through it belongs to the operation's transaction.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// The model.
    pub fn model(&self) -> &ModelNode {
        &self.model
    }

    /// What the hooks of this operation tell each other.
    pub fn hook_state(&mut self) -> &mut HookState {
        &mut self.state
    }
}
