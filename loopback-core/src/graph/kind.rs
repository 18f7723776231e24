//! The kinds of values of the resolved graph: owned, so that models defined at run time have them too.

use crate::meta::{KindDef, PropertyDef};
use serde_json::Value as Json;

/// A kind of values. See [`KindDef`] for what each is.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the variants are KindDef's, described there")]
pub enum Kind {
    String,
    Integer { min: i64, max: i64 },
    Number,
    Boolean,
    DateTime,
    Date,
    Decimal { precision: u32, scale: u32 },
    Uuid,
    Bytes,
    GeoPoint,
    Enum(Vec<Box<str>>),
    Array(Box<Kind>),
    Object(ObjectNode),
    Any,
}

/// A nested object's fields.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectNode {
    /// The struct's name.
    pub name: Box<str>,
    /// Its fields.
    pub fields: Vec<FieldNode>,
}

/// A field of a nested object.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldNode {
    /// The JSON key.
    pub name: Box<str>,
    /// What values it takes.
    pub kind: Kind,
    /// Whether it must have a value.
    pub required: bool,
    /// Of embedded data: never in an answer of the model that has it, never in a client's filter.
    pub hidden: bool,
    /// The doc comment.
    pub doc: Box<str>,
}

/// Digits of a decimal, and those after the point, when the property does not say: what `rust_decimal` holds.
const DECIMAL: (u32, u32) = (28, 10);

impl Kind {
    pub(crate) fn of_property(def: &PropertyDef) -> Self {
        match Self::from(&def.kind) {
            Self::Decimal { .. } => {
                let scale = def.sql.scale.unwrap_or(if def.sql.precision.is_some() { 0 } else { DECIMAL.1 });
                Self::Decimal { precision: def.sql.precision.unwrap_or(DECIMAL.0), scale }
            }
            kind => kind,
        }
    }

    /// Whether the column holds JSON.
    pub fn is_json(&self) -> bool {
        matches!(self, Self::GeoPoint | Self::Array(_) | Self::Object(_) | Self::Any)
    }

    /// Whether the column holds text.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::String | Self::Enum(_))
    }

    /// Whether something inside is hidden.
    pub(crate) fn hides(&self) -> bool {
        match self {
            Self::Array(item) => item.hides(),
            Self::Object(object) => object.fields.iter().any(|field| field.hidden || field.kind.hides()),
            _ => false,
        }
    }

    /// Takes away what is hidden inside.
    pub(crate) fn hide(&self, json: &mut Json) {
        match (self, json) {
            (Self::Array(item), Json::Array(list)) => list.iter_mut().for_each(|json| item.hide(json)),
            (Self::Object(object), Json::Object(map)) => {
                for field in &object.fields {
                    if field.hidden {
                        map.remove(&*field.name);
                    } else if let Some(json) = map.get_mut(&*field.name) {
                        field.kind.hide(json);
                    }
                }
            }
            _ => {}
        }
    }

    /// The kind in words, for messages.
    pub fn describe(&self) -> String {
        match self {
            Self::String => "a string".into(),
            Self::Integer { .. } => "an integer".into(),
            Self::Number => "a number".into(),
            Self::Boolean => "a boolean".into(),
            Self::DateTime => "a date".into(),
            Self::Date => "a day".into(),
            Self::Decimal { .. } => "a decimal".into(),
            Self::Uuid => "a UUID".into(),
            Self::Bytes => "base64 text".into(),
            Self::GeoPoint => "a geo point".into(),
            Self::Enum(words) => format!("one of {}", words.join(", ")),
            Self::Array(_) => "an array".into(),
            Self::Object(object) => format!("an object of the type {}", object.name),
            Self::Any => "any JSON".into(),
        }
    }
}

impl From<&KindDef> for Kind {
    fn from(def: &KindDef) -> Self {
        match def {
            KindDef::String => Self::String,
            KindDef::Integer { min, max } => Self::Integer { min: *min, max: *max },
            KindDef::Number => Self::Number,
            KindDef::Boolean => Self::Boolean,
            KindDef::DateTime => Self::DateTime,
            KindDef::Date => Self::Date,
            KindDef::Decimal => Self::Decimal { precision: DECIMAL.0, scale: DECIMAL.1 },
            KindDef::Uuid => Self::Uuid,
            KindDef::Bytes => Self::Bytes,
            KindDef::GeoPoint => Self::GeoPoint,
            KindDef::Enum(words) => Self::Enum(words.iter().map(|word| (*word).into()).collect()),
            KindDef::Array(item) => Self::Array(Box::new(Self::from(*item))),
            KindDef::Object(object) => Self::Object(ObjectNode {
                name: object.name.into(),
                fields: object
                    .fields
                    .iter()
                    .map(|field| FieldNode {
                        name: field.name.into(),
                        kind: Self::from(&field.kind),
                        required: field.required,
                        hidden: field.hidden,
                        doc: field.doc.into(),
                    })
                    .collect(),
            }),
            KindDef::Any => Self::Any,
        }
    }
}
