//! Rust types as property types.

use super::Value;
use crate::meta::KindDef;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A Rust type that a property can have.
///
/// Implemented for `String`, `bool`, the integers up to 64 bits, `f32`, `f64`, `DateTime<Utc>`, `NaiveDate`,
/// `Decimal`, `Uuid`, `Vec<u8>` (bytes), [`GeoPoint`](super::GeoPoint), `serde_json::Value`, and `Option` and `Vec` of
/// any of them. `#[derive(PropertyType)]` implements it for enums without fields (stored as text) and for structs
/// (stored as JSON). For a type of your own, say which kind it is stored as and convert:
///
/// ```
/// use loopback_core::{meta::KindDef, value::{PropertyType, TypeError, Value}};
///
/// #[derive(Clone)]
/// struct Email(String);
///
/// impl PropertyType for Email {
///     const KIND: KindDef = KindDef::String;
///     fn into_value(self) -> Value {
///         Value::Text(self.0)
///     }
///     fn from_value(value: Value) -> Result<Self, TypeError> {
///         String::from_value(value).map(Email)
///     }
/// }
///
/// // So that remote methods take it and answer with it, too.
/// loopback_core::remote_type!(Email);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a property",
    note = "use `String`, an integer, `f64`, `bool`, `DateTime<Utc>`, `NaiveDate`, `Decimal`, `Uuid`, `GeoPoint`, `serde_json::Value`, or `Option` or `Vec` of one",
    note = "for an enum or a struct of your own add `#[derive(PropertyType)]`"
)]
pub trait PropertyType: Sized + Clone + Send + Sync + 'static {
    /// The kind of values it is stored as.
    const KIND: KindDef;
    /// Whether it has room for "no value": true for `Option` only.
    const NULLABLE: bool = false;
    /// Whether it holds every value of its kind. The framework's own types do; for others a write asks
    /// [`from_value`](Self::from_value) first, so that nothing is stored which cannot be read back.
    const HOLDS_ALL: bool = false;

    /// The engine's value of it.
    fn into_value(self) -> Value;

    /// It, of the engine's value.
    ///
    /// # Errors
    /// The value is of another kind than [`KIND`](Self::KIND), or out of the type's range.
    fn from_value(value: Value) -> Result<Self, TypeError>;
}

/// A value that a Rust type cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError {
    message: String,
}

impl TypeError {
    /// Says what was expected and what was found.
    pub fn expected(what: &str, found: &Value) -> Self {
        let found = match found {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "a boolean".to_owned(),
            Value::Int(n) => format!("the number {n}"),
            Value::Float(n) => format!("the number {n}"),
            Value::Text(_) => "a text".to_owned(),
            Value::DateTime(_) | Value::Date(_) => "a date".to_owned(),
            Value::Decimal(_) => "a decimal".to_owned(),
            Value::Uuid(_) => "a UUID".to_owned(),
            Value::Bytes(_) => "bytes".to_owned(),
            Value::Json(_) => "JSON".to_owned(),
        };
        Self { message: format!("expected {what}, found {found}") }
    }

    /// An error with a message of its own.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl std::fmt::Display for TypeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TypeError {}

macro_rules! simple {
    ($($type:ty, $kind:ident, $variant:ident, $what:literal;)*) => { $(
        impl PropertyType for $type {
            const KIND: KindDef = KindDef::$kind;
            const HOLDS_ALL: bool = true;
            fn into_value(self) -> Value {
                Value::$variant(self)
            }
            fn from_value(value: Value) -> Result<Self, TypeError> {
                match value {
                    Value::$variant(inner) => Ok(inner),
                    other => Err(TypeError::expected($what, &other)),
                }
            }
        }
    )* };
}

simple! {
    String, String, Text, "a text";
    bool, Boolean, Bool, "a boolean";
    DateTime<Utc>, DateTime, DateTime, "a date";
    NaiveDate, Date, Date, "a day";
    Decimal, Decimal, Decimal, "a decimal";
    Uuid, Uuid, Uuid, "a UUID";
    Vec<u8>, Bytes, Bytes, "bytes";
}

macro_rules! integer {
    ($($type:ty)*) => { $(
        impl PropertyType for $type {
            const KIND: KindDef = KindDef::Integer { min: <$type>::MIN as i64, max: <$type>::MAX as i64 };
            const HOLDS_ALL: bool = true;
            fn into_value(self) -> Value {
                Value::Int(self.into())
            }
            fn from_value(value: Value) -> Result<Self, TypeError> {
                match value {
                    Value::Int(n) => n.try_into().map_err(|_| TypeError::new(format!(
                        "{n} does not fit into {}", stringify!($type)
                    ))),
                    other => Err(TypeError::expected("a whole number", &other)),
                }
            }
        }
    )* };
}

integer!(i8 i16 i32 i64 u16 u32);

impl PropertyType for f64 {
    const KIND: KindDef = KindDef::Number;
    const HOLDS_ALL: bool = true;

    fn into_value(self) -> Value {
        Value::Float(self)
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        match value {
            Value::Float(n) => Ok(n),
            Value::Int(n) => Ok(n as f64),
            other => Err(TypeError::expected("a number", &other)),
        }
    }
}

impl PropertyType for f32 {
    const KIND: KindDef = KindDef::Number;

    fn into_value(self) -> Value {
        Value::Float(self.into())
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        let n = f64::from_value(value)?;
        // A cast would make it infinite.
        if n.is_finite() && n.abs() > f32::MAX.into() {
            return Err(TypeError::new(format!("{n} does not fit into f32")));
        }
        Ok(n as f32)
    }
}

impl PropertyType for serde_json::Value {
    const KIND: KindDef = KindDef::Any;
    const HOLDS_ALL: bool = true;

    fn into_value(self) -> Value {
        Value::Json(self)
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        Ok(value.to_json())
    }
}

impl<T: PropertyType> PropertyType for Option<T> {
    const KIND: KindDef = T::KIND;
    const NULLABLE: bool = true;
    const HOLDS_ALL: bool = T::HOLDS_ALL;

    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl<T: PropertyType> PropertyType for Vec<T> {
    const KIND: KindDef = KindDef::Array(&T::KIND);
    // A kind does not say whether the items may be null; the type does.
    const HOLDS_ALL: bool = T::HOLDS_ALL && T::NULLABLE;

    fn into_value(self) -> Value {
        Value::Json(self.into_iter().map(|item| item.into_value().to_json()).collect())
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        match value {
            Value::Json(serde_json::Value::Array(list)) => {
                list.into_iter().map(|item| T::from_value(super::json::stored(&T::KIND, item)?)).collect()
            }
            other => Err(TypeError::expected("a list", &other)),
        }
    }
}

/// What a property of type `T` can be set to or compared with: the type itself, and what stands for it in a literal
/// (`"text"` for a `String`, `5` for a number, a bare value for an `Option`).
#[diagnostic::on_unimplemented(message = "a property of type `{T}` cannot be set to or compared with `{Self}`")]
pub trait IntoProperty<T> {
    /// The property's value.
    fn into_property(self) -> T;
}

impl<T> IntoProperty<T> for T {
    fn into_property(self) -> T {
        self
    }
}

macro_rules! into_property {
    ($($from:ty => $to:ty: $how:expr;)*) => { $(
        impl IntoProperty<$to> for $from {
            fn into_property(self) -> $to {
                let how: fn($from) -> $to = $how;
                how(self)
            }
        }
        impl IntoProperty<Option<$to>> for $from {
            fn into_property(self) -> Option<$to> {
                let how: fn($from) -> $to = $how;
                Some(how(self))
            }
        }
    )* };
}

into_property! {
    &str => String: str::to_owned;
    &String => String: String::clone;
    i32 => i64: i64::from;
    i32 => f64: f64::from;
    i32 => Decimal: Decimal::from;
}

macro_rules! into_option {
    ($($type:ty)*) => { $(
        impl IntoProperty<Option<$type>> for $type {
            fn into_property(self) -> Option<$type> {
                Some(self)
            }
        }
    )* };
}

into_option!(String bool i8 i16 i32 i64 u16 u32 f32 f64 DateTime<Utc> NaiveDate Decimal Uuid Vec<u8> super::GeoPoint serde_json::Value);
