//! The types of fields that are relations.

use super::handles::{EmbeddedMany, EmbeddedOne, References, ToAny, ToMany, ToOne};
use super::{Origin, RelationField, RelationType};
use crate::error::Result;
use crate::meta::{KindDef, ModelDef, RelationKindDef};
use crate::typed::Model;
use crate::typed::model::from_row;
use crate::value::{PropertyType, Row, TypeError, Value};
use std::fmt;

/// The definition of a model, as a function that a constant can hold.
fn def<T: Model>() -> &'static ModelDef {
    T::DEF
}

/// The row of another model that this row's foreign key names: `pub owner: BelongsTo<Customer>` stores the property
/// `ownerId`, of the type of `Customer`'s id. `Option<BelongsTo<T>>` may name none.
///
/// `K` is another type when the key refers to another property than the id.
pub struct BelongsTo<T: Model, K = <T as Model>::Id> {
    key: K,
    origin: Option<Origin>,
    loaded: Option<Box<T>>,
}

/// The row of any model: two properties say of which model, and its id. `Option<BelongsToAny>` may name none.
pub struct BelongsToAny<K = i64> {
    key: K,
    model: String,
    origin: Option<Origin>,
    loaded: Option<Box<Row>>,
}

/// The rows of another model that refer to this one, in a `BelongsTo` of theirs or through a model between.
pub struct HasMany<T> {
    origin: Option<Origin>,
    loaded: Option<Vec<T>>,
}

/// The row of another model that refers to this one.
pub struct HasOne<T> {
    origin: Option<Origin>,
    loaded: Option<Vec<T>>,
}

/// The rows of another model that are linked to this one by a table of two keys.
pub struct HasAndBelongsToMany<T> {
    origin: Option<Origin>,
    loaded: Option<Vec<T>>,
}

/// Data of a model that is stored inside this row.
pub struct EmbedsOne<T> {
    origin: Option<Origin>,
    item: Option<Box<T>>,
}

/// A list of data of a model that is stored inside this row.
pub struct EmbedsMany<T> {
    origin: Option<Origin>,
    items: Vec<T>,
}

/// The rows of another model whose ids are in a list of this row: `pub categories: ReferencesMany<Category>` stores
/// the property `categoryIds`.
pub struct ReferencesMany<T: Model, K = <T as Model>::Id> {
    keys: Vec<K>,
    origin: Option<Origin>,
    loaded: Option<Vec<T>>,
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

impl<K: PropertyType> RelationType for BelongsToAny<K> {
    const KIND: RelationKindDef = RelationKindDef::BelongsToAny;
    const TARGET: Option<fn() -> &'static ModelDef> = None;
    type Handle<M> = ToAny<M, K>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        ToAny::new(relation, property)
    }
}

impl<K: PropertyType> RelationType for Option<BelongsToAny<K>> {
    const KIND: RelationKindDef = RelationKindDef::BelongsToAny;
    const TARGET: Option<fn() -> &'static ModelDef> = None;
    type Handle<M> = ToAny<M, Option<K>>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        ToAny::new(relation, property)
    }
}

macro_rules! has {
    ($($name:ident)*) => { $(
        impl<T: Model> RelationType for $name<T> {
            const KIND: RelationKindDef = RelationKindDef::$name;
            const TARGET: Option<fn() -> &'static ModelDef> = Some(def::<T>);
            type Handle<M> = ToMany<M, T>;

            fn handle<M>(relation: u16, _: u16) -> Self::Handle<M> {
                ToMany::new(relation)
            }
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self { origin: None, loaded: None }
            }
        }

        impl<T: Clone> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self { origin: self.origin.clone(), loaded: self.loaded.clone() }
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match &self.loaded {
                    Some(rows) => f.debug_list().entries(rows).finish(),
                    None => f.write_str(concat!(stringify!($name), "(not loaded)")),
                }
            }
        }

        impl<T: Model> RelationField for $name<T> {
            fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()> {
                self.origin = Some(origin);
                self.loaded = related.map(|rows| rows.into_iter().map(from_row).collect()).transpose()?;
                Ok(())
            }
        }
    )* };
}

has!(HasMany HasOne HasAndBelongsToMany);

impl<T: Model> RelationType for EmbedsOne<T> {
    const KIND: RelationKindDef = RelationKindDef::EmbedsOne;
    const TARGET: Option<fn() -> &'static ModelDef> = Some(def::<T>);
    type Handle<M> = EmbeddedOne<M, T, Self>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        EmbeddedOne::new(relation, property)
    }
}

impl<T: Model> RelationType for EmbedsMany<T> {
    const KIND: RelationKindDef = RelationKindDef::EmbedsMany;
    const TARGET: Option<fn() -> &'static ModelDef> = Some(def::<T>);
    type Handle<M> = EmbeddedMany<M, T, Self>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        EmbeddedMany::new(relation, property)
    }
}

impl<T: Model, K: PropertyType> RelationType for ReferencesMany<T, K> {
    const KIND: RelationKindDef = RelationKindDef::ReferencesMany;
    const TARGET: Option<fn() -> &'static ModelDef> = Some(def::<T>);
    type Handle<M> = References<M, T, Self>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        References::new(relation, property)
    }
}

impl<T: Model, K: Clone> Clone for BelongsTo<T, K> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), origin: self.origin.clone(), loaded: self.loaded.clone() }
    }
}

impl<T: Model, K: fmt::Debug> fmt::Debug for BelongsTo<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.loaded {
            Some(row) => row.fmt(f),
            None => write!(f, "BelongsTo({:?})", self.key),
        }
    }
}

impl<T: Model, K: PropertyType> PropertyType for BelongsTo<T, K> {
    const KIND: KindDef = K::KIND;
    const HOLDS_ALL: bool = K::HOLDS_ALL;

    fn into_value(self) -> Value {
        self.key.into_value()
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        Ok(Self { key: K::from_value(value)?, origin: None, loaded: None })
    }
}

impl<T: Model, K: PropertyType> RelationField for BelongsTo<T, K> {
    fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()> {
        self.origin = Some(origin);
        let row = related.and_then(|mut rows| rows.pop());
        self.loaded = row.map(from_row).transpose()?.map(Box::new);
        Ok(())
    }
}

impl<F: RelationField> RelationField for Option<F> {
    fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()> {
        match self {
            Some(field) => field.attach(origin, related),
            None => Ok(()),
        }
    }
}

impl<K: Clone> Clone for BelongsToAny<K> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            model: self.model.clone(),
            origin: self.origin.clone(),
            loaded: self.loaded.clone(),
        }
    }
}

impl<K: fmt::Debug> fmt::Debug for BelongsToAny<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BelongsToAny({} {:?})", self.model, self.key)
    }
}

impl<K: PropertyType> RelationField for BelongsToAny<K> {
    fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()> {
        self.origin = Some(origin);
        self.loaded = related.and_then(|mut rows| rows.pop()).map(Box::new);
        Ok(())
    }
}

/// A polymorphic key in two properties: the key, and the name of the model.
pub trait AnyKey: Sized {
    /// The kind of the key.
    const KEY: KindDef;
    /// Whether there may be none.
    const NULLABLE: bool;

    /// The value of the key.
    fn key_value(&self) -> Value;
    /// The name of the model.
    fn model_value(&self) -> Value;

    /// It, of the two values.
    ///
    /// # Errors
    /// Values of another kind.
    fn from_values(key: Value, model: Value) -> Result<Self, TypeError>;
}

impl<K: PropertyType> AnyKey for BelongsToAny<K> {
    const KEY: KindDef = K::KIND;
    const NULLABLE: bool = false;

    fn key_value(&self) -> Value {
        self.key.clone().into_value()
    }

    fn model_value(&self) -> Value {
        Value::Text(self.model.clone())
    }

    fn from_values(key: Value, model: Value) -> Result<Self, TypeError> {
        Ok(Self { key: K::from_value(key)?, model: String::from_value(model)?, origin: None, loaded: None })
    }
}

impl<K: PropertyType> AnyKey for Option<BelongsToAny<K>> {
    const KEY: KindDef = K::KIND;
    const NULLABLE: bool = true;

    fn key_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, AnyKey::key_value)
    }

    fn model_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, AnyKey::model_value)
    }

    fn from_values(key: Value, model: Value) -> Result<Self, TypeError> {
        if key.is_null() || model.is_null() { Ok(None) } else { BelongsToAny::from_values(key, model).map(Some) }
    }
}

impl<T: Clone> Clone for EmbedsOne<T> {
    fn clone(&self) -> Self {
        Self { origin: self.origin.clone(), item: self.item.clone() }
    }
}

impl<T> Default for EmbedsOne<T> {
    fn default() -> Self {
        Self { origin: None, item: None }
    }
}

impl<T: fmt::Debug> fmt::Debug for EmbedsOne<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.item.fmt(f)
    }
}

impl<T: Clone> Clone for EmbedsMany<T> {
    fn clone(&self) -> Self {
        Self { origin: self.origin.clone(), items: self.items.clone() }
    }
}

impl<T> Default for EmbedsMany<T> {
    fn default() -> Self {
        Self { origin: None, items: Vec::new() }
    }
}

impl<T: fmt::Debug> fmt::Debug for EmbedsMany<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}

/// The JSON object of embedded data.
fn embed<T: Model>(item: &T) -> serde_json::Value {
    let properties = T::DEF.properties.iter().enumerate();
    let set = properties.map(|(at, property)| (property, item.value(at))).filter(|(_, value)| !value.is_null());
    serde_json::Value::Object(set.map(|(property, value)| (property.name.to_owned(), value.to_json())).collect())
}

/// Embedded data of its JSON object.
fn unembed<T: Model>(json: serde_json::Value) -> Result<T, TypeError> {
    let serde_json::Value::Object(mut map) = json else {
        return Err(TypeError::new(format!("{json} is no {}", T::DEF.name)));
    };
    T::from_values(&mut |at| {
        let property = &T::DEF.properties[at];
        crate::value::stored(&property.kind, map.remove(property.name).unwrap_or_default())
            .map_err(|error| TypeError::new(format!("{}.{}: {error}", T::DEF.name, property.name)))
    })
}

impl<T: Model> PropertyType for EmbedsOne<T> {
    // What the object has is known when the graph is built: it is the target's properties.
    const KIND: KindDef = KindDef::Any;
    const NULLABLE: bool = true;
    const HOLDS_ALL: bool = true;

    fn into_value(self) -> Value {
        self.item.map_or(Value::Null, |item| Value::Json(embed(&*item)))
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        match value {
            Value::Null => Ok(Self::default()),
            Value::Json(json) => Ok(Self { origin: None, item: Some(Box::new(unembed(json)?)) }),
            other => Err(TypeError::expected("an object", &other)),
        }
    }
}

impl<T: Model> PropertyType for EmbedsMany<T> {
    const KIND: KindDef = KindDef::Array(&KindDef::Any);
    const NULLABLE: bool = true;
    const HOLDS_ALL: bool = true;

    fn into_value(self) -> Value {
        Value::Json(self.items.iter().map(embed).collect())
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        match value {
            Value::Null => Ok(Self::default()),
            Value::Json(serde_json::Value::Array(items)) => {
                Ok(Self { origin: None, items: items.into_iter().map(unembed).collect::<Result<_, _>>()? })
            }
            other => Err(TypeError::expected("a list", &other)),
        }
    }
}

impl<T: Model> RelationField for EmbedsOne<T> {
    fn attach(&mut self, origin: Origin, _: Option<Vec<Row>>) -> Result<()> {
        self.origin = Some(origin);
        Ok(())
    }
}

impl<T: Model> RelationField for EmbedsMany<T> {
    fn attach(&mut self, origin: Origin, _: Option<Vec<Row>>) -> Result<()> {
        self.origin = Some(origin);
        Ok(())
    }
}

impl<T: Model, K: Clone> Clone for ReferencesMany<T, K> {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone(), origin: self.origin.clone(), loaded: self.loaded.clone() }
    }
}

impl<T: Model, K: fmt::Debug> fmt::Debug for ReferencesMany<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.loaded {
            Some(rows) => f.debug_list().entries(rows).finish(),
            None => write!(f, "ReferencesMany({:?})", self.keys),
        }
    }
}

impl<T: Model, K: PropertyType> PropertyType for ReferencesMany<T, K> {
    const KIND: KindDef = KindDef::Array(&K::KIND);
    const NULLABLE: bool = true;

    fn into_value(self) -> Value {
        self.keys.into_value()
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        let keys = if value.is_null() { Vec::new() } else { Vec::from_value(value)? };
        Ok(Self { keys, origin: None, loaded: None })
    }
}

impl<T: Model, K: PropertyType> RelationField for ReferencesMany<T, K> {
    fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()> {
        self.origin = Some(origin);
        self.loaded = related.map(|rows| rows.into_iter().map(from_row).collect()).transpose()?;
        Ok(())
    }
}
