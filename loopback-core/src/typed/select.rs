//! Some properties of a model, as a tuple.

use super::prop::Prop;
use crate::error::{Error, Result};
use crate::value::{PropertyType, Row};

/// A property, or a tuple of up to eight.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not select properties of `{M}`",
    note = "write a handle or a tuple of handles of that model: `(shop.name, shop.rating)`"
)]
pub trait Selection<M>: Send {
    /// The type of a row.
    type Output: Send;

    /// The indexes of the properties.
    fn columns(&self) -> Vec<usize>;

    /// A row's values.
    ///
    /// # Errors
    /// 500: a stored value that the type cannot hold.
    fn read(&self, row: &mut Row) -> Result<Self::Output>;
}

impl<M, T: PropertyType> Selection<M> for Prop<M, T> {
    type Output = T;

    fn columns(&self) -> Vec<usize> {
        vec![self.at()]
    }

    fn read(&self, row: &mut Row) -> Result<T> {
        // Not taken out: a tuple may name a property twice.
        T::from_value(row.get(self.at()).cloned().unwrap_or_default()).map_err(Error::from)
    }
}

macro_rules! tuple {
    ($($name:ident $at:tt),*) => {
        impl<M, $($name: Selection<M>),*> Selection<M> for ($($name,)*) {
            type Output = ($($name::Output,)*);

            fn columns(&self) -> Vec<usize> {
                let mut columns: Vec<usize> = [$(self.$at.columns()),*].concat();
                columns.sort_unstable();
                columns.dedup();
                columns
            }

            fn read(&self, row: &mut Row) -> Result<Self::Output> {
                Ok(($(self.$at.read(row)?,)*))
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
