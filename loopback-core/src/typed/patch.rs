//! Unsaved data: a change set, never a half model.

use super::Model;
use super::prop::Prop;
use crate::ctx::Ctx;
use crate::engine::Input;
use crate::error::Result;
use crate::value::{IntoProperty, PropertyType, Row, Value};
use std::fmt;
use std::marker::PhantomData;

/// Some properties of a model with their values: what [`set!`](crate::set) makes, what create and update take, what
/// LoopBack calls `ctx.data`. In SeaORM's terms it is the active model.
pub struct Patch<M> {
    pub(super) slots: Vec<Slot>,
    of: PhantomData<fn() -> M>,
}

/// A property of a change set.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Slot {
    /// Not part of it.
    NotSet,
    /// The value it has in the database; SeaORM's `Unchanged`.
    Unchanged(Value),
    /// The value it gets.
    Set(Value),
}

impl<M> Clone for Patch<M> {
    fn clone(&self) -> Self {
        Self { slots: self.slots.clone(), of: PhantomData }
    }
}

impl<M> PartialEq for Patch<M> {
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots
    }
}

impl<M: Model> fmt::Debug for Patch<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = M::DEF.properties.iter().zip(&self.slots).filter_map(|(property, slot)| match slot {
            Slot::Set(value) if property.hidden => Some((property.name, "(hidden)".to_owned(), value)),
            Slot::Set(value) => Some((property.name, value.to_json().to_string(), value)),
            Slot::NotSet | Slot::Unchanged(_) => None,
        });
        f.debug_map().entries(set.map(|(name, shown, _)| (name, shown))).finish()
    }
}

impl<M: Model> Default for Patch<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Model> Patch<M> {
    /// An empty change set.
    pub fn new() -> Self {
        Self { slots: vec![Slot::NotSet; M::DEF.properties.len()], of: PhantomData }
    }

    /// Every property of an instance, as it is in the database.
    pub fn from_model(instance: &M) -> Self {
        let slots = (0..M::DEF.properties.len()).map(|at| Slot::Unchanged(instance.value(at))).collect();
        Self { slots, of: PhantomData }
    }

    /// The same with a property set, or what a relation stores: a key, embedded data, a list of keys.
    #[must_use]
    pub fn set<S: Settable<M>>(mut self, property: S, value: impl IntoProperty<S::Value>) -> Self {
        property.put(value.into_property(), &mut self);
        self
    }

    /// The value that a property is set to; `None`: it is not part of the change set.
    pub fn get<S: Settable<M>>(&self, property: S) -> Option<S::Value> {
        property.read(self)
    }

    /// The same change set with what another one sets.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (slot, other) in self.slots.iter_mut().zip(other.slots) {
            if other != Slot::NotSet {
                *slot = other;
            }
        }
        self
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        !self.slots.iter().any(|slot| matches!(slot, Slot::Set(_)))
    }

    /// The same with the model's defaults for what it does not set, as a create would fill it in.
    ///
    /// # Errors
    /// 500: the model is not part of the app.
    pub fn with_defaults(self, cx: &Ctx) -> Result<Self> {
        let node = super::persisted::node_of(cx, M::DEF.name)?;
        let mut input = Input::of_row(node, self.into_row());
        input.defaults(node);
        Ok(Self::of_row(input.row))
    }

    /// What it sets, as a client would read it: by JSON names, without hidden properties.
    pub fn to_json(&self) -> serde_json::Value {
        let set = M::DEF.properties.iter().zip(&self.slots).filter_map(|(property, slot)| match slot {
            Slot::Set(value) if !property.hidden => Some((property.name.to_owned(), value.to_json())),
            _ => None,
        });
        serde_json::Value::Object(set.collect())
    }

    pub(crate) fn of_row(mut row: Row) -> Self {
        let mut patch = Self::new();
        for at in 0..patch.slots.len() {
            if let Some(value) = row.take(at) {
                patch.put(at, value);
            }
        }
        patch
    }

    pub(crate) fn into_row(self) -> Row {
        let mut row = Row::new(self.slots.len());
        for (at, slot) in self.slots.into_iter().enumerate() {
            if let Slot::Set(value) = slot {
                row.set(at, value);
            }
        }
        row
    }
}

/// Properties by their index: what a change set is made of, and what a hook sees.
#[doc(hidden)]
pub trait Slots {
    /// Sets a property.
    fn put(&mut self, at: usize, value: Value);

    /// The value that a property is set to.
    fn value(&self, at: usize) -> Option<&Value>;
}

impl<M> Slots for Patch<M> {
    fn put(&mut self, at: usize, value: Value) {
        self.slots[at] = Slot::Set(value);
    }

    fn value(&self, at: usize) -> Option<&Value> {
        match &self.slots[at] {
            Slot::Set(value) => Some(value),
            Slot::NotSet | Slot::Unchanged(_) => None,
        }
    }
}

impl Slots for Row {
    fn put(&mut self, at: usize, value: Value) {
        self.set(at, value);
    }

    fn value(&self, at: usize) -> Option<&Value> {
        self.get(at)
    }
}

/// What a change set of `M` can set: the handle of a property, or of a relation whose field stores something.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a change set of `{M}` can set",
    label = "stores nothing in a row of `{M}`",
    note = "the rows of a `HasMany`, `HasOne` or `HasAndBelongsToMany` keep the key themselves: create or link them \
            through the field, `shop.reviews.create(&ctx, set!(Review {{ .. }}))`"
)]
pub trait Settable<M>: Copy {
    /// What it is set to. For a `BelongsTo` the key, `Option` when the field is one; else the type of the field.
    type Value;

    /// Sets it.
    #[doc(hidden)]
    fn put(self, value: Self::Value, into: &mut dyn Slots);

    /// What it is set to.
    #[doc(hidden)]
    fn read(self, of: &dyn Slots) -> Option<Self::Value>;
}

impl<M: Model, T: PropertyType> Settable<M> for Prop<M, T> {
    type Value = T;

    fn put(self, value: T, into: &mut dyn Slots) {
        into.put(self.at(), value.into_value());
    }

    fn read(self, of: &dyn Slots) -> Option<T> {
        T::from_value(of.value(self.at())?.clone()).ok()
    }
}

/// Writes a change set: `set!(CoffeeShop { name: "Bean", rating: 4.5 })` is a [`Patch<CoffeeShop>`](Patch).
///
/// The fields are checked by the compiler, and their values: text for a `String`, a bare value for an `Option`, the key
/// for a `BelongsTo`, `BelongsToAny::new::<Product>(5)` for a `BelongsToAny`, an instance for an `EmbedsOne`, a list of
/// them for an `EmbedsMany`, a list of keys for a `ReferencesMany`.
#[macro_export]
macro_rules! set {
    ($model:ident $(:: $rest:ident)* { $($field:ident : $value:expr),* $(,)? }) => {{
        #[allow(unused_variables)]
        let props = <$model $(:: $rest)* as $crate::typed::Model>::props();
        $crate::typed::Patch::<$model $(:: $rest)*>::new()$(.set(props.$field, $value))*
    }};
}
