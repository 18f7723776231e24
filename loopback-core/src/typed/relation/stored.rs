//! Handles of relations that store something, as properties: in change sets and in selections.

use super::AnyKey;
use super::handles::{EmbeddedMany, EmbeddedOne, References, ToAny, ToOne};
use crate::error::{Error, Result};
use crate::typed::{Model, Selection, Settable, Slots};
use crate::value::{PropertyType, Row};

/// They are the [`Prop`](crate::typed::Prop) that they lead to.
macro_rules! as_property {
    ($($name:ident<M, T, P>;)*) => { $(
        impl<M: Model, T, P: PropertyType> Settable<M> for $name<M, T, P> {
            type Value = P;

            fn put(self, value: P, into: &mut dyn Slots) {
                (*self).put(value, into);
            }

            fn read(self, of: &dyn Slots) -> Option<P> {
                Settable::read(*self, of)
            }
        }

        impl<M, T, P: PropertyType> Selection<M> for $name<M, T, P> {
            type Output = P;

            fn columns(&self) -> Vec<usize> {
                vec![self.at()]
            }

            fn read(&self, row: &mut Row) -> Result<P> {
                Selection::read(&**self, row)
            }
        }
    )* };
}

as_property! {
    ToOne<M, T, P>;
    EmbeddedOne<M, T, P>;
    EmbeddedMany<M, T, P>;
    References<M, T, P>;
}

/// Two properties: the key, and the name of the model that follows it.
impl<M: Model, F: AnyKey> Settable<M> for ToAny<M, F> {
    type Value = F;

    fn put(self, value: F, into: &mut dyn Slots) {
        into.put(self.at(), value.key_value());
        into.put(self.at() + 1, value.model_value());
    }

    fn read(self, of: &dyn Slots) -> Option<F> {
        F::from_values(of.value(self.at())?.clone(), of.value(self.at() + 1)?.clone()).ok()
    }
}

impl<M, F: AnyKey + Send> Selection<M> for ToAny<M, F> {
    type Output = F;

    fn columns(&self) -> Vec<usize> {
        vec![self.at(), self.at() + 1]
    }

    fn read(&self, row: &mut Row) -> Result<F> {
        let value = |at| row.get(at).cloned().unwrap_or_default();
        F::from_values(value(self.at()), value(self.at() + 1)).map_err(Error::from)
    }
}
