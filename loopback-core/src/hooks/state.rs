//! What the hooks of one operation tell each other.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;

/// Values by their type: LoopBack's `ctx.hookState`. All hooks of one operation share it, or all hooks of one call of a
/// remote method and the method itself.
///
/// ```
/// # let mut state = loopback_core::hooks::HookState::default();
/// struct OldName(String);
///
/// state.insert(OldName("Bean".into()));
/// assert_eq!(state.get::<OldName>().map(|name| &*name.0), Some("Bean"));
/// ```
#[derive(Default)]
pub struct HookState(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl HookState {
    /// Keeps a value, and gives the one of its type that was there before.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) -> Option<T> {
        let before = self.0.insert(TypeId::of::<T>(), Box::new(value))?;
        before.downcast().ok().map(|before| *before)
    }

    /// The value of a type.
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// The value of a type, to change it.
    pub fn get_mut<T: 'static>(&mut self) -> Option<&mut T> {
        self.0.get_mut(&TypeId::of::<T>())?.downcast_mut()
    }

    /// Takes the value of a type out.
    pub fn remove<T: 'static>(&mut self) -> Option<T> {
        self.0.remove(&TypeId::of::<T>())?.downcast().ok().map(|value| *value)
    }
}

impl fmt::Debug for HookState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HookState({} values)", self.0.len())
    }
}
