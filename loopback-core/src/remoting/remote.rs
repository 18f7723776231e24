//! A call of a remote method as application code sees it.

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::meta::ShapeDef;
use crate::typed::Model;
use std::sync::Arc;

/// A call of a remote method, from its arguments to its reply, as remote hooks see it.
#[derive(Debug)]
pub struct RemoteCall {
    ctx: Ctx,
    model: Arc<ModelNode>,
}

impl RemoteCall {
    /// The context of the call.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// The model whose method is called.
    pub fn model(&self) -> &ModelNode {
        &self.model
    }
}

/// What a remote method can take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a remote method",
    note = "use the type of a property, a model, `Patch`, `Filter` or `Where` of one, an `UploadedFile`, or `Option` or `Vec` of these",
    note = "for an enum or a struct of your own add `#[derive(PropertyType)]`"
)]
pub trait RemoteArg: Sized + Send {
    /// What it is, for coercion and OpenAPI.
    const SHAPE: ShapeDef;
    /// Whether a request must have it.
    const REQUIRED: bool = true;
}

/// What a remote method can answer with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the answer of a remote method",
    note = "use the type of a property, a model, `()`, a `Reply`, a `Download`, or `Option`, `Vec` or a tuple of these",
    note = "for an enum or a struct of your own add `#[derive(PropertyType)]`"
)]
pub trait RemoteResult: Sized + Send {
    /// What it is, for OpenAPI; of a tuple each element.
    const SHAPES: &'static [ShapeDef];
}

/// The argument with an index.
pub fn argument<T: RemoteArg>(_call: &mut RemoteCall, _at: usize) -> Result<T> {
    Err(Error::internal("not yet"))
}

/// The instance that the method is called on.
pub fn instance<M: Model>(_call: &mut RemoteCall) -> Result<M> {
    Err(Error::internal("not yet"))
}

/// Keeps the answer of a method.
pub fn answer<T: RemoteResult, E: Into<Error>>(_call: &mut RemoteCall, answer: Result<T, E>) -> Result<()> {
    answer.map(drop).map_err(Into::into)
}
