//! The hooks of a model, by phase.

use super::Operation;
use crate::error::Result;
use crate::meta::{HookDef, HookFn, Phase};
use futures_util::future::BoxFuture;
use std::fmt;
use std::sync::Arc;

/// A hook that is not written at a model: one of all models. [`AppBuilder::observe`](crate::app::AppBuilder::observe) makes
/// it.
#[derive(Clone)]
pub struct Observer(Arc<Closure>);

type Closure = dyn for<'a> Fn(&'a mut Operation) -> BoxFuture<'a, Result<()>> + Send + Sync;

impl Observer {
    /// Of a closure that hands a future on: `|op| Box::pin(async move { .. })`.
    pub fn new(hook: impl for<'a> Fn(&'a mut Operation) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// A hook of the graph.
pub(crate) struct HookNode {
    /// The function's name.
    pub(crate) name: Box<str>,
    /// Where it stands.
    pub(crate) location: Box<str>,
    call: Call,
}

enum Call {
    Function(HookFn),
    Observer(Observer),
}

impl HookNode {
    pub(crate) fn observer(at: usize, observer: &Observer) -> Self {
        Self {
            name: format!("observer {}", at + 1).into(),
            location: "the app".into(),
            call: Call::Observer(observer.clone()),
        }
    }

    pub(crate) fn mixed_in(name: &str, location: &str, call: HookFn) -> Self {
        Self { name: name.into(), location: location.into(), call: Call::Function(call) }
    }

    pub(super) fn call<'a>(&self, op: &'a mut Operation) -> BoxFuture<'a, Result<()>> {
        match &self.call {
            Call::Function(function) => function(op),
            Call::Observer(observer) => (observer.0)(op),
        }
    }
}

impl From<&HookDef> for HookNode {
    fn from(def: &HookDef) -> Self {
        Self { name: def.name.into(), location: def.location.to_string().into(), call: Call::Function(def.call) }
    }
}

impl fmt::Debug for HookNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.location)
    }
}

/// The hooks of a model, in the order in which they run.
#[derive(Debug, Default)]
pub(crate) struct HookTable([Vec<HookNode>; Phase::ALL.len()]);

impl HookTable {
    pub(crate) fn add(&mut self, phase: Phase, hook: HookNode) {
        self.0[phase as usize].push(hook);
    }

    /// The hooks of a phase.
    pub(crate) fn of(&self, phase: Phase) -> &[HookNode] {
        &self.0[phase as usize]
    }

    /// Whether there is a hook of a phase.
    pub(crate) fn has(&self, phase: Phase) -> bool {
        !self.0[phase as usize].is_empty()
    }

    /// Whether hooks choose rows.
    pub(crate) fn choose(&self) -> bool {
        self.has(Phase::Access) || self.has(Phase::BeforeDelete)
    }

    /// Whether hooks watch what is saved.
    pub(crate) fn saves(&self) -> bool {
        [Phase::BeforeSave, Phase::Persist, Phase::Loaded, Phase::AfterSave].into_iter().any(|phase| self.has(phase))
    }

    /// Whether nothing runs after the statement that saves.
    pub(crate) fn save_is_last(&self) -> bool {
        !self.has(Phase::Loaded) && !self.has(Phase::AfterSave)
    }

    /// Whether nothing runs after the statement that deletes.
    pub(crate) fn delete_is_last(&self) -> bool {
        !self.has(Phase::AfterDelete)
    }

    /// Whether hooks watch what is deleted.
    pub(crate) fn deletes(&self) -> bool {
        self.has(Phase::BeforeDelete) || self.has(Phase::AfterDelete)
    }
}
