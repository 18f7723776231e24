//! What a caller tells the hooks of the operations it calls.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

/// Values by their type, each context with those of the one it was made of.
#[derive(Clone, Default)]
pub(super) struct Options(Option<Arc<Node>>);

struct Node {
    value: Box<dyn Any + Send + Sync>,
    kind: TypeId,
    rest: Options,
}

impl Options {
    pub(super) fn with<T: Send + Sync + 'static>(&self, value: T) -> Self {
        Self(Some(Arc::new(Node { value: Box::new(value), kind: TypeId::of::<T>(), rest: self.clone() })))
    }

    pub(super) fn get<T: 'static>(&self) -> Option<&T> {
        let mut next = self.0.as_deref();
        while let Some(node) = next {
            if node.kind == TypeId::of::<T>() {
                return node.value.downcast_ref();
            }
            next = node.rest.0.as_deref();
        }
        None
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Options")
    }
}
