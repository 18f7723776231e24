//! Mixins: what several models have in common, written once. `#[model(mixins(Timestamps, SoftDelete))]` names them.
//!
//! A mixin of your own is a type with [`Mixin`]; it adds hooks, or hands properties to the framework:
//!
//! ```
//! use loopback_core::hooks::Operation;
//! use loopback_core::meta::Phase;
//! use loopback_core::mixins::{Mixed, Mixin};
//!
//! /// Says what is saved.
//! struct Audited;
//!
//! impl Mixin for Audited {
//!     fn mix_into(model: &mut Mixed<'_>) {
//!         model.hook(Phase::AfterSave, "audit", |op: &mut Operation| {
//!             println!("{} saved: {:?}", op.model().name, op.data_json());
//!             Box::pin(async { Ok(()) })
//!         });
//!     }
//! }
//! ```

use crate::graph::{Default, Kind, Managed, ModelNode};
use crate::hooks::HookNode;
use crate::meta::{HookFn, Phase};
use crate::plan::{Condition, Query};
use crate::suggest::did_you_mean;

/// What several models have in common.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no mixin",
    note = "use `Timestamps`, `SoftDelete`, or a type of your own with `impl Mixin`"
)]
pub trait Mixin {
    /// Mixes it into a model, once, when the app is built.
    fn mix_into(model: &mut Mixed<'_>);
}

/// A model that a mixin is mixed into.
#[derive(Debug)]
pub struct Mixed<'a> {
    model: &'a mut ModelNode,
    mixin: &'static str,
    faults: Vec<String>,
}

impl<'a> Mixed<'a> {
    pub(crate) fn new(model: &'a mut ModelNode, mixin: &'static str) -> Self {
        Self { model, mixin, faults: Vec::new() }
    }

    pub(crate) fn into_faults(self) -> Vec<String> {
        self.faults
    }

    /// The model so far.
    pub fn model(&self) -> &ModelNode {
        self.model
    }

    /// Adds an operation hook; it runs after those that the model has already.
    pub fn hook(&mut self, phase: Phase, name: &str, hook: HookFn) {
        let hook = HookNode::mixed_in(&format!("{}::{name}", self.mixin), &self.model.location, hook);
        self.model.hooks.add(phase, hook);
    }

    /// Says that the mixin cannot be mixed into this model, with what would help. The app is not built then.
    pub fn fault(&mut self, message: impl AsRef<str>) {
        self.faults.push(format!("{}: the mixin `{}` {}", self.model.name, self.mixin, message.as_ref()));
    }

    /// The index of a property that the mixin needs; `None`, and a fault, when the model has no such property.
    pub fn property(&mut self, name: &str, declared: &str, fits: impl Fn(&Kind) -> bool) -> Option<usize> {
        let found = self.model.property(name);
        match found {
            Some(at) if fits(&self.model.properties[at].kind) => Some(at),
            Some(_) => {
                self.fault(format!("needs the property `{name}` of another type: write `{declared}`"));
                None
            }
            None => {
                let hint = did_you_mean(name, self.model.named().map(|(_, property)| &*property.name));
                self.fault(format!("needs the property `{name}`{hint}: add `{declared}` to the struct"));
                None
            }
        }
    }

    /// Hands a property to the framework: clients no longer set it.
    fn manage(&mut self, at: usize, managed: Managed) {
        self.model.properties[at].managed = Some(managed);
        match managed {
            Managed::Created => self.model.properties[at].default = Default::Now,
            Managed::Updated => {
                self.model.properties[at].default = Default::Now;
                self.model.updated = Some(at);
            }
            Managed::Deleted => self.model.deleted = Some(at),
        }
    }
}

fn is_time(kind: &Kind) -> bool {
    *kind == Kind::DateTime
}

/// When a row was created, and when it was last changed. Needs the fields `created_at` and `updated_at`, of the type
/// `DateTime<Utc>` (or `Option` of it). The framework sets them on every way of writing, also in updateAll; what a client
/// sends for them is not heard. The application's own code may set them in a create.
#[derive(Debug)]
pub struct Timestamps;

impl Mixin for Timestamps {
    fn mix_into(model: &mut Mixed<'_>) {
        for (name, field, managed) in
            [("createdAt", "created_at", Managed::Created), ("updatedAt", "updated_at", Managed::Updated)]
        {
            if let Some(at) = model.property(name, &format!("pub {field}: DateTime<Utc>"), is_time) {
                model.manage(at, managed);
            }
        }
    }
}

/// Rows that are deleted stay in the table, with the time of it, and nobody sees them any more: no find, no count, no
/// include, no condition that goes over them, no write. Needs the field `deleted_at: Option<DateTime<Utc>>`.
///
/// They still are in the way of others with the same unique values. Queries of the application's own with SeaORM see
/// them, and can bring them back.
#[derive(Debug)]
pub struct SoftDelete;

impl Mixin for SoftDelete {
    fn mix_into(model: &mut Mixed<'_>) {
        let declared = "pub deleted_at: Option<DateTime<Utc>>";
        let Some(at) = model.property("deletedAt", declared, is_time) else { return };
        if model.model.properties[at].required {
            model.fault(format!("needs the property `deletedAt` to be empty at first: write `{declared}`"));
            return;
        }
        model.manage(at, Managed::Deleted);
        let there = Condition::Null(at.into(), true);
        let scope = model.model.default_scope.get_or_insert_with(Query::default);
        scope.condition = crate::engine::both(scope.condition.take(), Some(there));
    }
}
