//! Mixins: what several models have in common.

use crate::mixins::Mixed;

/// A mixin of a model.
#[derive(Clone, Copy, Debug)]
pub struct MixinDef {
    /// The type's name.
    pub name: &'static str,
    /// Mixes it into the model.
    pub mix_into: fn(&mut Mixed<'_>),
}
