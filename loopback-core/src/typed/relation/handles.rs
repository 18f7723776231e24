//! Handles of relations: what filters, includes and change sets name them with.

use super::AnyKey;
use crate::typed::Prop;
use std::fmt;
use std::marker::PhantomData;

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident<$($param:ident),*>) => {
        $(#[$doc])*
        pub struct $name<$($param),*> {
            pub(super) relation: u16,
            of: PhantomData<fn() -> ($($param,)*)>,
        }

        impl<$($param),*> $name<$($param),*> {
            pub(super) const fn new(relation: u16) -> Self {
                Self { relation, of: PhantomData }
            }
        }

        impl<$($param),*> Clone for $name<$($param),*> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<$($param),*> Copy for $name<$($param),*> {}

        impl<$($param),*> fmt::Debug for $name<$($param),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.relation)
            }
        }
    };
}

/// As [`handle`], for relations whose field stores a property: the handle is a [`Prop`] of it, too.
macro_rules! handle_with_property {
    ($(#[$doc:meta])* $name:ident<$model:ident, $($param:ident $(: $bound:ident)?),*>, $property:ty) => {
        $(#[$doc])*
        pub struct $name<$model, $($param $(: $bound)?),*> {
            pub(super) relation: u16,
            property: Prop<$model, $property>,
            of: PhantomData<fn() -> ($($param,)*)>,
        }

        impl<$model, $($param $(: $bound)?),*> $name<$model, $($param),*> {
            pub(super) const fn new(relation: u16, property: u16) -> Self {
                Self { relation, property: Prop::new(property), of: PhantomData }
            }
        }

        impl<$model, $($param $(: $bound)?),*> Clone for $name<$model, $($param),*> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<$model, $($param $(: $bound)?),*> Copy for $name<$model, $($param),*> {}

        impl<$model, $($param $(: $bound)?),*> fmt::Debug for $name<$model, $($param),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.relation)
            }
        }

        impl<$model, $($param $(: $bound)?),*> std::ops::Deref for $name<$model, $($param),*> {
            type Target = Prop<$model, $property>;

            fn deref(&self) -> &Self::Target {
                &self.property
            }
        }
    };
}

handle_with_property! {
    /// A `BelongsTo<T>` of the model `M`, whose key is a `P`. Where a property is asked for, it is the key.
    ToOne<M, T, P>, P
}

handle! {
    /// A `HasMany<T>`, `HasOne<T>` or `HasAndBelongsToMany<T>` of the model `M`.
    ToMany<M, T>
}

handle_with_property! {
    /// A `BelongsToAny` of the model `M`, whose field is an `F`. Where a property is asked for, it is the key.
    ToAny<M, F: AnyKey>, F::Property
}

handle_with_property! {
    /// An `EmbedsOne<T>` of the model `M`. Where a property is asked for, it is the embedded data.
    EmbeddedOne<M, T, P>, P
}

handle_with_property! {
    /// An `EmbedsMany<T>` of the model `M`. Where a property is asked for, it is the embedded data.
    EmbeddedMany<M, T, P>, P
}

handle_with_property! {
    /// A `ReferencesMany<T>` of the model `M`. Where a property is asked for, it is the list of keys.
    References<M, T, P>, P
}
