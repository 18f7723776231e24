//! What an include brought, behind a wall for the compiler's questions.
//!
//! Whether a struct is `Send` is a question to all of its fields, and to theirs. Models that refer to each other are one
//! long chain to that question, and the compiler gives up on chains of some thirty models. A trait object is `Send`
//! because it says so: the question ends here.

/// A row or rows of a relation, when they were included. `V` is `T` or `Vec<T>`.
pub(super) struct Loaded<V>(Option<Box<dyn Held<V> + Send + Sync>>);

/// A `V`; nothing else implements it.
trait Held<V> {
    fn get(&self) -> &V;
    fn take(self: Box<Self>) -> V;
    fn copy(&self) -> Box<dyn Held<V> + Send + Sync>;
}

impl<V: Clone + Send + Sync + 'static> Held<V> for V {
    fn get(&self) -> &V {
        self
    }

    fn take(self: Box<Self>) -> V {
        *self
    }

    fn copy(&self) -> Box<dyn Held<V> + Send + Sync> {
        Box::new(self.clone())
    }
}

impl<V> Loaded<V> {
    pub(super) const NOT: Self = Self(None);

    pub(super) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn get(&self) -> Option<&V> {
        self.0.as_deref().map(Held::get)
    }

    pub(super) fn take(self) -> Option<V> {
        self.0.map(Held::take)
    }
}

impl<V: Clone + Send + Sync + 'static> From<Option<V>> for Loaded<V> {
    fn from(value: Option<V>) -> Self {
        Self(value.map(|value| Box::new(value) as Box<dyn Held<V> + Send + Sync>))
    }
}

impl<V> Clone for Loaded<V> {
    fn clone(&self) -> Self {
        Self(self.0.as_deref().map(Held::copy))
    }
}
