//! The kinds of values a property can take, as constant data.

/// A kind of values. One variant per thing that is stored, coerced or described differently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KindDef {
    /// Text.
    String,
    /// A whole number between two bounds (both included).
    Integer {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// A double.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A moment, with milliseconds, in UTC.
    DateTime,
    /// A day.
    Date,
    /// A decimal number, a string in JSON.
    Decimal,
    /// A UUID.
    Uuid,
    /// Bytes, base64 in JSON.
    Bytes,
    /// `{"lat": .., "lng": ..}`.
    GeoPoint,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// A list.
    Array(&'static KindDef),
    /// An object of known fields.
    Object(&'static ObjectDef),
    /// Any JSON.
    Any,
}

/// A nested struct: `#[derive(PropertyType)]` on it writes this down.
#[derive(Debug, PartialEq)]
pub struct ObjectDef {
    /// The struct's name.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [FieldDef],
}

/// A field of a nested struct.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldDef {
    /// The JSON key.
    pub name: &'static str,
    /// What values it takes.
    pub kind: KindDef,
    /// Whether it must have a value.
    pub required: bool,
    /// Never in an answer, never in a filter of a client.
    pub hidden: bool,
    /// The doc comment, `""` without one.
    pub doc: &'static str,
}

impl FieldDef {
    /// A field of a type.
    pub const fn of<T: crate::value::PropertyType>(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: T::KIND, required: !T::NULLABLE, hidden: false, doc }
    }
}
