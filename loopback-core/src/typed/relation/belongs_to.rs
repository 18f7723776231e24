//! `BelongsTo<T>`: a foreign key.

use super::engine::{Calls, maybe};
use super::handles::ToOne;
use super::loaded::Loaded;
use super::{Origin, RelationField, RelationType, def};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::meta::{KindDef, ModelDef, RelationKindDef};
use crate::typed::Model;
use crate::typed::model::{from_row, to_full_row};
use crate::value::{IntoProperty, PropertyType, Row, TypeError, Value};
use std::fmt;

/// The row of another model that this row's foreign key names: `pub owner: BelongsTo<Customer>` stores the property
/// `ownerId`, of the type of `Customer`'s id. `Option<BelongsTo<T>>` may name none; see [`OptionalBelongsTo`].
///
/// `K` is another type when the key refers to another property than the id.
///
/// ```ignore
/// let owner = shop.owner.get(&ctx).await?;                                        // asks the database
/// let shops = CoffeeShop::find(&ctx, CoffeeShop::props().owner.eq(me.id)).await?; // the handle is one of the key, too
/// CoffeeShop::create(&ctx, set!(CoffeeShop { name: "Bean", owner: me.id })).await?;
/// ```
pub struct BelongsTo<T: Model, K = <T as Model>::Id> {
    key: K,
    origin: Option<Origin>,
    loaded: Loaded<T>,
}

impl<T: Model, K> BelongsTo<T, K> {
    /// The foreign key: the id of the row that it leads to, or another property of it.
    pub fn id(&self) -> &K {
        &self.key
    }

    /// The row that it leads to, when it was included.
    pub fn loaded(&self) -> Option<&T> {
        self.loaded.get()
    }

    /// The row that it leads to, when it was included.
    pub fn into_loaded(self) -> Option<T> {
        self.loaded.take()
    }

    /// Reads the row that it leads to.
    ///
    /// # Errors
    /// 404 when there is no such row; 500 when this field was not read from the database.
    pub fn get(&self, cx: &Ctx) -> impl Future<Output = Result<T>> + Send {
        let row = maybe::<T>(self.calls(cx).get());
        async move { row.await?.ok_or_else(|| Error::not_found_in(T::DEF.name)) }
    }

    fn calls<'a>(&self, cx: &'a Ctx) -> Calls<'a> {
        Calls::new(cx, self.origin.as_ref(), RelationKindDef::BelongsTo, T::DEF.name)
    }
}

impl<T: Model, K: PropertyType> BelongsTo<T, K> {
    /// Leads to the row with a key.
    pub fn new(key: impl IntoProperty<K>) -> Self {
        Self { key: key.into_property(), origin: None, loaded: Loaded::NOT }
    }
}

/// What a `BelongsTo` does, on a field that may lead nowhere: `product.category.get(&ctx)`.
pub trait OptionalBelongsTo<T: Model, K> {
    /// The foreign key, if there is one.
    fn id(&self) -> Option<&K>;

    /// The row that it leads to, when it was included and there is one.
    fn loaded(&self) -> Option<&T>;

    /// Reads the row that it leads to; `None`: it leads nowhere.
    ///
    /// # Errors
    /// As [`BelongsTo::get`].
    fn get(&self, cx: &Ctx) -> impl Future<Output = Result<Option<T>>> + Send;
}

impl<T: Model, K> OptionalBelongsTo<T, K> for Option<BelongsTo<T, K>> {
    fn id(&self) -> Option<&K> {
        self.as_ref().map(BelongsTo::id)
    }

    fn loaded(&self) -> Option<&T> {
        self.as_ref()?.loaded()
    }

    fn get(&self, cx: &Ctx) -> impl Future<Output = Result<Option<T>>> + Send {
        let row = self.as_ref().map(|field| field.get(cx));
        async move {
            match row {
                Some(row) => row.await.map(Some),
                None => Ok(None),
            }
        }
    }
}

impl<T: Model, K: PropertyType> RelationType for BelongsTo<T, K> {
    const KIND: RelationKindDef = RelationKindDef::BelongsTo;
    const TARGET: Option<fn() -> &'static ModelDef> = Some(def::<T>);
    type Handle<M> = ToOne<M, T, K>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        ToOne::new(relation, property)
    }
}

impl<T: Model, K: PropertyType> RelationType for Option<BelongsTo<T, K>> {
    const KIND: RelationKindDef = RelationKindDef::BelongsTo;
    const TARGET: Option<fn() -> &'static ModelDef> = Some(def::<T>);
    type Handle<M> = ToOne<M, T, Option<K>>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        ToOne::new(relation, property)
    }
}

impl<T: Model, K: PropertyType> RelationField for BelongsTo<T, K> {
    fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()> {
        self.origin = Some(origin);
        let row = related.and_then(|mut rows| rows.pop());
        self.loaded = row.map(from_row).transpose()?.into();
        Ok(())
    }

    fn shown(&self) -> Option<Vec<Row>> {
        self.loaded.get().map(|row| vec![to_full_row(row.clone())])
    }
}

impl<T: Model, K: PropertyType> PropertyType for BelongsTo<T, K> {
    const KIND: KindDef = K::KIND;
    const HOLDS_ALL: bool = K::HOLDS_ALL;

    fn into_value(self) -> Value {
        self.key.into_value()
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        Ok(Self { key: K::from_value(value)?, origin: None, loaded: Loaded::NOT })
    }
}

impl<T: Model, K> From<K> for BelongsTo<T, K> {
    fn from(key: K) -> Self {
        Self { key, origin: None, loaded: Loaded::NOT }
    }
}

/// The key of another row's field, where a key is asked for. Not of an `Option` of one: then the compiler would no
/// longer know what `None` is.
impl<T: Model, K: PropertyType> IntoProperty<K> for BelongsTo<T, K> {
    fn into_property(self) -> K {
        self.key
    }
}

impl<T: Model, K: PropertyType> IntoProperty<Option<K>> for BelongsTo<T, K> {
    fn into_property(self) -> Option<K> {
        Some(self.key)
    }
}

impl<T: Model, K: Clone> Clone for BelongsTo<T, K> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), origin: self.origin.clone(), loaded: self.loaded.clone() }
    }
}

impl<T: Model, K: fmt::Debug> fmt::Debug for BelongsTo<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.loaded() {
            Some(row) => row.fmt(f),
            None => write!(f, "BelongsTo({:?})", self.key),
        }
    }
}
