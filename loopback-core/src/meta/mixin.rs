//! Mixins: what several models have in common.

use crate::mixins::{Mixed, Mixin};

/// A mixin of a model.
#[derive(Clone, Copy, Debug)]
pub struct MixinDef {
    /// The type's name with its path, by which it is known.
    pub type_name: fn() -> &'static str,
    /// Mixes it into the model.
    pub mix_into: fn(&mut Mixed<'_>),
}

impl MixinDef {
    /// A mixin.
    pub const fn of<T: Mixin>() -> Self {
        Self { type_name: std::any::type_name::<T>, mix_into: T::mix_into }
    }

    /// The type's name.
    pub fn name(&self) -> &'static str {
        let name = (self.type_name)();
        name.rsplit("::").next().unwrap_or(name)
    }
}
