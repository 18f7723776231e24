//! SeaORM's entity traits, implemented once for every model. An expansion only forwards to what is here, so a model
//! adds next to nothing to the time a program takes to compile.
//!
//! Queries through [`Entity`] are plain SeaORM: no validation, no hook, no access rule.

use super::Model;
use super::model::id_index;
use super::patch::{Patch, Slot};
use crate::connector::sql::read_named;
use crate::graph::Kind;
use crate::meta::{KindDef, PropertyDef};
use crate::value::{TypeError, Value};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ArrayType, StringLen};
use sea_orm::{
    ActiveValue, ColumnFromStrErr, ColumnType, ColumnTypeTrait, EntityName, IdenStatic, Iterable, PrimaryKeyToColumn,
    QueryResult, TryIntoModel, Value as Sea,
};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// The SeaORM entity of a model: `Entity::<CoffeeShop>::find().filter(shop.rating.column().gt(4.0)).all(ctx.db())`.
pub struct Entity<M>(PhantomData<fn() -> M>);

/// A column of a model, for SeaORM.
pub struct Column<M>(pub(crate) u16, PhantomData<fn() -> M>);

/// The primary key of a model, for SeaORM.
pub struct PrimaryKey<M>(u16, PhantomData<fn() -> M>);

/// A relation of a model that leads straight to another table, for SeaORM.
pub struct EntityRelation<M>(u16, PhantomData<fn() -> M>);

impl<M> Entity<M> {
    /// All rows.
    pub fn find() -> sea_orm::Select<Self>
    where
        M: Model,
    {
        <Self as EntityTrait>::find()
    }

    /// The row with an id.
    pub fn find_by_id(id: M::Id) -> sea_orm::Select<Self>
    where
        M: Model,
    {
        <Self as EntityTrait>::find_by_id(id)
    }
}

impl<M> Clone for Entity<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Entity<M> {}

impl<M> Default for Entity<M> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<M: Model> fmt::Debug for Entity<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(M::DEF.name)
    }
}

/// The name of the table; the one that [`ModelNode`](crate::graph::ModelNode) has.
fn table<M: Model>() -> &'static str {
    crate::graph::table_name(M::DEF)
}

impl<M: Model> sea_orm::Iden for Entity<M> {
    fn unquoted(&self) -> &str {
        table::<M>()
    }
}

impl<M: Model> IdenStatic for Entity<M> {
    fn as_str(&self) -> &'static str {
        table::<M>()
    }
}

impl<M: Model> EntityName for Entity<M> {
    fn table_name(&self) -> &'static str {
        table::<M>()
    }
}

impl<M: Model> EntityTrait for Entity<M> {
    type Model = M;
    type ModelEx = M;
    type ActiveModel = Patch<M>;
    type ActiveModelEx = Patch<M>;
    type Column = Column<M>;
    type Relation = EntityRelation<M>;
    type PrimaryKey = PrimaryKey<M>;
}

/// A small index with the traits that SeaORM asks of an enum of columns.
macro_rules! handle {
    ($name:ident, $count:expr, $text:expr) => {
        impl<M> Clone for $name<M> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<M> Copy for $name<M> {}

        impl<M> From<u16> for $name<M> {
            fn from(at: u16) -> Self {
                Self(at, PhantomData)
            }
        }

        impl<M: Model> fmt::Debug for $name<M> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<M: Model> sea_orm::Iden for $name<M> {
            fn unquoted(&self) -> &str {
                self.as_str()
            }
        }

        impl<M: Model> IdenStatic for $name<M> {
            fn as_str(&self) -> &'static str {
                let text: fn(usize) -> &'static str = $text;
                text(self.0.into())
            }
        }

        impl<M: Model> Iterable for $name<M> {
            type Iterator = Handles<Self>;

            fn iter() -> Self::Iterator {
                let count: fn() -> usize = $count;
                Handles(0..count() as u16, PhantomData)
            }
        }
    };
}

/// All handles of a kind.
pub struct Handles<H>(std::ops::Range<u16>, PhantomData<fn() -> H>);

impl<H> Clone for Handles<H> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<H: From<u16>> Iterator for Handles<H> {
    type Item = H;

    fn next(&mut self) -> Option<H> {
        self.0.next().map(H::from)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<H: From<u16>> DoubleEndedIterator for Handles<H> {
    fn next_back(&mut self) -> Option<H> {
        self.0.next_back().map(H::from)
    }
}

impl<H: From<u16>> ExactSizeIterator for Handles<H> {}
impl<H: From<u16>> std::iter::FusedIterator for Handles<H> {}

handle!(Column, || M::DEF.properties.len(), |at| M::DEF.properties.get(at).map_or("", |p| p.column));
handle!(PrimaryKey, || 1, |_| M::DEF.properties.get(id_index::<M>()).map_or("", |p| p.column));
handle!(EntityRelation, || super::relation::straight_count(M::DEF), |at| super::relation::straight_name(M::DEF, at));

impl<M: Model> FromStr for Column<M> {
    type Err = ColumnFromStrErr;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at = M::DEF.properties.iter().position(|p| p.name == text || p.column == text);
        at.map(|at| Self::from(at as u16)).ok_or_else(|| ColumnFromStrErr(text.to_owned()))
    }
}

impl<M: Model> ColumnTrait for Column<M> {
    type EntityName = Entity<M>;

    fn def(&self) -> ColumnDef {
        column_def(&M::DEF.properties[usize::from(self.0)])
    }
}

fn column_def(property: &PropertyDef) -> ColumnDef {
    let column_type = match property.kind {
        KindDef::String | KindDef::Enum(_) => match property.sql.length {
            Some(length) => ColumnType::String(StringLen::N(length)),
            None => ColumnType::Text,
        },
        KindDef::Integer { min, max } if min >= i32::MIN.into() && max <= i32::MAX.into() => ColumnType::Integer,
        KindDef::Integer { .. } => ColumnType::BigInteger,
        KindDef::Number => ColumnType::Double,
        KindDef::Boolean => ColumnType::Boolean,
        KindDef::DateTime => ColumnType::TimestampWithTimeZone,
        KindDef::Date => ColumnType::Date,
        KindDef::Decimal => ColumnType::Decimal(property.sql.precision.zip(property.sql.scale)),
        KindDef::Uuid => ColumnType::Uuid,
        KindDef::Bytes => ColumnType::Blob,
        KindDef::GeoPoint | KindDef::Array(_) | KindDef::Object(_) | KindDef::Any => ColumnType::JsonBinary,
    };
    let def = column_type.def();
    if property.required { def } else { def.nullable() }
}

impl<M: Model> PrimaryKeyTrait for PrimaryKey<M> {
    type ValueType = M::Id;

    fn auto_increment() -> bool {
        let id = &M::DEF.properties[id_index::<M>()];
        id.generated && matches!(id.kind, KindDef::Integer { .. })
    }
}

impl<M: Model> PrimaryKeyToColumn for PrimaryKey<M> {
    type Column = Column<M>;

    fn into_column(self) -> Column<M> {
        Column::from(id_index::<M>() as u16)
    }

    fn from_column(column: Column<M>) -> Option<Self> {
        (usize::from(column.0) == id_index::<M>()).then(|| Self::from(0))
    }
}

impl<M> EntityRelation<M> {
    pub(super) fn at(self) -> usize {
        self.0.into()
    }
}

impl<M: Model> ActiveModelTrait for Patch<M> {
    type Entity = Entity<M>;

    fn take(&mut self, column: Column<M>) -> ActiveValue<Sea> {
        let slot = std::mem::replace(&mut self.slots[usize::from(column.0)], Slot::NotSet);
        active::<M>(column, slot)
    }

    fn get(&self, column: Column<M>) -> ActiveValue<Sea> {
        active::<M>(column, self.slots[usize::from(column.0)].clone())
    }

    fn set_if_not_equals(&mut self, column: Column<M>, value: Sea) {
        let kind = &M::DEF.properties[usize::from(column.0)].kind;
        let slot = &mut self.slots[usize::from(column.0)];
        if let Ok(value) = sea_to_value(kind, value)
            && *slot != Slot::Unchanged(value.clone())
        {
            *slot = Slot::Set(value);
        }
    }

    fn try_set(&mut self, column: Column<M>, value: Sea) -> Result<(), DbErr> {
        let kind = &M::DEF.properties[usize::from(column.0)].kind;
        let value = sea_to_value(kind, value).map_err(|error| DbErr::Type(error.to_string()))?;
        self.slots[usize::from(column.0)] = Slot::Set(value);
        Ok(())
    }

    fn not_set(&mut self, column: Column<M>) {
        self.slots[usize::from(column.0)] = Slot::NotSet;
    }

    fn is_not_set(&self, column: Column<M>) -> bool {
        self.slots[usize::from(column.0)] == Slot::NotSet
    }

    fn default() -> Self {
        Self::new()
    }

    fn default_values() -> Self {
        Self::new()
    }

    fn reset(&mut self, column: Column<M>) {
        let slot = &mut self.slots[usize::from(column.0)];
        if let Slot::Unchanged(value) = slot {
            *slot = Slot::Set(std::mem::take(value));
        }
    }
}

fn active<M: Model>(column: Column<M>, slot: Slot) -> ActiveValue<Sea> {
    let kind = &M::DEF.properties[usize::from(column.0)].kind;
    match slot {
        Slot::NotSet => ActiveValue::NotSet,
        Slot::Unchanged(value) => ActiveValue::Unchanged(value_to_sea(kind, value)),
        Slot::Set(value) => ActiveValue::Set(value_to_sea(kind, value)),
    }
}

impl<M: Model> ActiveModelBehavior for Patch<M> {}

impl<M: Model> TryIntoModel<M> for Patch<M> {
    fn try_into_model(self) -> Result<M, DbErr> {
        let mut slots = self.slots;
        M::from_values(&mut |at| match std::mem::replace(&mut slots[at], Slot::NotSet) {
            Slot::Set(value) | Slot::Unchanged(value) => Ok(value),
            Slot::NotSet => Err(TypeError::new(format!("`{}` is not set", M::DEF.properties[at].name))),
        })
        .map_err(|error| DbErr::Type(error.to_string()))
    }
}

/// The value as SeaORM takes it.
pub(crate) fn value_to_sea(kind: &KindDef, value: Value) -> Sea {
    match (kind, value) {
        (KindDef::String | KindDef::Enum(_), Value::Null) => Sea::String(None),
        (KindDef::Integer { .. }, Value::Null) => Sea::BigInt(None),
        (KindDef::Number, Value::Null) => Sea::Double(None),
        (KindDef::Boolean, Value::Null) => Sea::Bool(None),
        (KindDef::DateTime, Value::Null) => Sea::ChronoDateTimeUtc(None),
        (KindDef::Date, Value::Null) => Sea::ChronoDate(None),
        (KindDef::Decimal, Value::Null) => Sea::Decimal(None),
        (KindDef::Uuid, Value::Null) => Sea::Uuid(None),
        (KindDef::Bytes, Value::Null) => Sea::Bytes(None),
        (_, Value::Null) => Sea::Json(None),
        (_, Value::Bool(b)) => b.into(),
        (_, Value::Int(n)) => n.into(),
        (_, Value::Float(n)) => n.into(),
        (_, Value::Text(text)) => text.into(),
        (_, Value::DateTime(at)) => crate::value::truncate_to_millis(at).into(),
        (_, Value::Date(day)) => day.into(),
        (_, Value::Decimal(n)) => n.into(),
        (_, Value::Uuid(id)) => id.into(),
        (_, Value::Bytes(bytes)) => bytes.into(),
        (_, Value::Json(json)) => json.into(),
    }
}

/// The value of one of SeaORM's.
///
/// # Errors
/// It is of another kind.
pub(crate) fn sea_to_value(kind: &KindDef, value: Sea) -> Result<Value, TypeError> {
    let other = || TypeError::new(format!("SeaORM gave a value of another kind than {kind:?}"));
    Ok(match value {
        value if value == value.as_null() => Value::Null,
        Sea::Bool(Some(b)) => Value::Bool(b),
        Sea::TinyInt(Some(n)) => Value::Int(n.into()),
        Sea::SmallInt(Some(n)) => Value::Int(n.into()),
        Sea::Int(Some(n)) => Value::Int(n.into()),
        Sea::BigInt(Some(n)) => Value::Int(n),
        Sea::TinyUnsigned(Some(n)) => Value::Int(n.into()),
        Sea::SmallUnsigned(Some(n)) => Value::Int(n.into()),
        Sea::Unsigned(Some(n)) => Value::Int(n.into()),
        Sea::BigUnsigned(Some(n)) => Value::Int(n.try_into().map_err(|_| other())?),
        Sea::Float(Some(n)) => Value::Float(n.into()),
        Sea::Double(Some(n)) => Value::Float(n),
        Sea::String(Some(text)) => match kind {
            KindDef::String | KindDef::Enum(_) => Value::Text(text),
            _ => crate::value::coerce(&Kind::from(kind), serde_json::Value::String(text)).map_err(|_| other())?,
        },
        Sea::Bytes(Some(bytes)) => Value::Bytes(bytes),
        Sea::Json(Some(json)) => Value::Json(*json),
        Sea::ChronoDateTimeUtc(Some(at)) => Value::DateTime(at),
        Sea::ChronoDate(Some(day)) => Value::Date(day),
        Sea::Decimal(Some(n)) => Value::Decimal(n),
        Sea::Uuid(Some(id)) => Value::Uuid(id),
        _ => return Err(other()),
    })
}

/// The type of a column's values, for SeaORM.
pub(crate) fn column_value_type(kind: &KindDef) -> ArrayType {
    match kind {
        KindDef::String | KindDef::Enum(_) => ArrayType::String,
        KindDef::Integer { .. } => ArrayType::BigInt,
        KindDef::Number => ArrayType::Double,
        KindDef::Boolean => ArrayType::Bool,
        KindDef::DateTime => ArrayType::ChronoDateTimeUtc,
        KindDef::Date => ArrayType::ChronoDate,
        KindDef::Decimal => ArrayType::Decimal,
        KindDef::Uuid => ArrayType::Uuid,
        KindDef::Bytes => ArrayType::Bytes,
        KindDef::GeoPoint | KindDef::Array(_) | KindDef::Object(_) | KindDef::Any => ArrayType::Json,
    }
}

/// A model of a row that SeaORM read.
///
/// # Errors
/// A stored value that the type cannot hold.
pub(crate) fn read_model<M: Model>(result: &QueryResult, prefix: &str) -> Result<M, DbErr> {
    let made = M::from_values(&mut |at| {
        let property = &M::DEF.properties[at];
        let name = format!("{prefix}{}", property.column);
        read_named(result, &name, &Kind::of_property(property))
            .map_err(|error| TypeError::new(format!("{}.{}: {error}", M::DEF.name, property.name)))
    });
    made.map_err(|error| DbErr::Type(error.to_string()))
}
