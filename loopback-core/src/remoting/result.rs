//! Types that remote methods answer with.

use super::RemoteCall;
use super::file::RawBody;
use crate::engine;
use crate::error::{Error, Result};
use crate::graph::{Graph, ModelNode, Polymorphic, RelationNode};
use crate::meta::{KindDef, ShapeDef};
use crate::typed::{Model, Patch, to_full_row};
use crate::value::{GeoPoint, PropertyType, Row, Value, write_json, write_json_string};
use chrono::{DateTime, NaiveDate, Utc};
use http::{HeaderMap, HeaderValue};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// What a remote method can answer with.
///
/// Implemented for the types of properties, for models and `Patch` of them, `()` (204), [`Reply`](super::Reply),
/// [`Download`](super::Download), [`Streamed`](super::Streamed), [`Json`](super::Json) of anything that serde writes, for
/// `Option` and `Vec` of these, and tuples. A [`PropertyType`] written by hand gets it by
/// [`remote_type!`](crate::remote_type).
///
/// | answer | without names | with `returns = "x"` |
/// |---|---|---|
/// | `3_u32` | `3` | `{"x":3}` |
/// | `None` | `null` | `{}` |
/// | `vec![Some(1), None]` | `[1,null]` | `{"x":[1,null]}` |
/// | `vec![1_u8]` | `{"$type":"base64","$data":"AQ=="}` | the same as `x` |
/// | `()` | 204 | – |
/// | `(1, 2)` | – | `{"x":1,"y":2}` with `returns("x", "y")` |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the answer of a remote method",
    note = "use the type of a property, a model, `()`, a `Reply`, a `Download`, or `Option`, `Vec` or a tuple of these",
    note = "for an enum or a struct of your own add `#[derive(PropertyType)]`"
)]
pub trait RemoteResult: Sized + Send {
    /// What it is, for OpenAPI; of a tuple each element.
    const SHAPES: &'static [ShapeDef];
    /// What a list of it is.
    #[doc(hidden)]
    const LIST: &'static [ShapeDef] = &[ShapeDef::List(first(Self::SHAPES))];

    /// Writes it as JSON. What writes nothing is no value.
    ///
    /// # Errors
    /// It cannot be written.
    fn write(self, out: &mut ResultWriter<'_>) -> Result<()>;

    /// Writes a list of it.
    #[doc(hidden)]
    fn write_list(list: Vec<Self>, out: &mut ResultWriter<'_>) -> Result<()> {
        out.list(list.into_iter().map(|item| |out: &mut ResultWriter<'_>| item.write(out)))
    }

    /// Writes the whole answer: itself, or an object with it under a name.
    #[doc(hidden)]
    fn write_answer(self, out: &mut ResultWriter<'_>, names: &[Box<str>]) -> Result<()> {
        match names.first() {
            None => self.write(out),
            Some(name) => {
                out.bytes.push(b'{');
                out.property(name, |out| self.write(out))?;
                out.bytes.push(b'}');
                Ok(())
            }
        }
    }
}

/// The first shape; a tuple in a list is described by its first element.
const fn first(shapes: &'static [ShapeDef]) -> &'static ShapeDef {
    match shapes.first() {
        Some(shape) => shape,
        None => &ShapeDef::Nothing,
    }
}

/// Bytes that are the answer as they are.
pub(crate) struct Raw {
    pub(crate) content_type: HeaderValue,
    pub(crate) disposition: Option<HeaderValue>,
    pub(crate) body: RawBody,
}

/// Takes the answer of a method, for [`RemoteResult::write`]. It is JSON, in one pass.
pub struct ResultWriter<'g> {
    graph: &'g Graph,
    pub(super) bytes: Vec<u8>,
    pub(super) status: Option<u16>,
    pub(super) headers: HeaderMap,
    pub(super) raw: Option<Raw>,
    /// Whether the answer is none by its type, as `()`.
    pub(super) nothing: bool,
}

impl std::fmt::Debug for ResultWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ResultWriter({} bytes)", self.bytes.len())
    }
}

impl<'g> ResultWriter<'g> {
    fn new(graph: &'g Graph) -> Self {
        Self { graph, bytes: Vec::new(), status: None, headers: HeaderMap::new(), raw: None, nothing: false }
    }

    /// Writes a value.
    pub fn value(&mut self, value: &Value) {
        match value {
            // LoopBack's form of a buffer.
            Value::Bytes(_) => {
                self.bytes.extend_from_slice(b"{\"$type\":\"base64\",\"$data\":");
                write_json(&mut self.bytes, value);
                self.bytes.push(b'}');
            }
            value => write_json(&mut self.bytes, value),
        }
    }

    /// Writes an instance of a model, without hidden properties, with the relations that were included.
    ///
    /// # Errors
    /// The application does not have the model.
    pub fn instance<M: Model>(&mut self, instance: M) -> Result<()> {
        self.row::<M>(&to_full_row(instance))
    }

    fn row<M: Model>(&mut self, row: &Row) -> Result<()> {
        let Some(model) = self.graph.model(M::DEF.name) else {
            return Err(Error::internal(format!("there is no model `{}` in the application", M::DEF.name)));
        };
        write_row(self.graph, model, row, &mut self.bytes, engine::write_row);
        Ok(())
    }

    /// Writes what serde writes.
    ///
    /// # Errors
    /// Those of serde: keys that are no text, and the like.
    pub fn serialize<T: serde::Serialize>(&mut self, value: &T) -> Result<()> {
        serde_json::to_writer(&mut self.bytes, value).map_err(Error::internal)
    }

    pub(super) fn raw(&mut self, content_type: &str, disposition: Option<HeaderValue>, body: RawBody) -> Result<()> {
        let content_type = HeaderValue::from_str(content_type)
            .map_err(|_| Error::internal(format!("`{}` is no content type", content_type.escape_debug())))?;
        self.raw = Some(Raw { content_type, disposition, body });
        Ok(())
    }

    /// A property of an object; without a value, no property.
    fn property(&mut self, name: &str, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let before = self.bytes.len();
        if self.bytes.last() != Some(&b'{') {
            self.bytes.push(b',');
        }
        write_json_string(&mut self.bytes, name);
        self.bytes.push(b':');
        let empty = self.bytes.len();
        write(self)?;
        if self.bytes.len() == empty {
            self.bytes.truncate(before);
        }
        Ok(())
    }

    fn list<W: FnOnce(&mut Self) -> Result<()>>(&mut self, items: impl Iterator<Item = W>) -> Result<()> {
        self.bytes.push(b'[');
        for (at, write) in items.enumerate() {
            if at > 0 {
                self.bytes.push(b',');
            }
            let empty = self.bytes.len();
            write(self)?;
            if self.bytes.len() == empty {
                self.bytes.extend_from_slice(b"null");
            }
        }
        self.bytes.push(b']');
        Ok(())
    }
}

fn write_row(
    graph: &Graph,
    model: &ModelNode,
    row: &Row,
    out: &mut Vec<u8>,
    write: fn(&ModelNode, &Row, &mut Vec<u8>),
) {
    write(model, row, out);
    for (at, relation) in model.relations.iter().enumerate() {
        let Some(rows) = row.related(at) else { continue };
        let Some(target) = target(graph, relation, row) else { continue };
        // The closing brace makes room for more.
        out.pop();
        if out.last() != Some(&b'{') {
            out.push(b',');
        }
        write_json_string(out, &relation.name);
        out.push(b':');
        let related = |row: &Row, out: &mut Vec<u8>| {
            write_row(graph, &target, row, out, engine::write_included_row);
        };
        if relation.is_to_one() {
            match rows.first() {
                Some(row) => related(row, out),
                None => out.extend_from_slice(b"null"),
            }
        } else {
            out.push(b'[');
            for (at, row) in rows.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                related(row, out);
            }
            out.push(b']');
        }
        out.push(b'}');
    }
}

/// The model that a relation of a row leads to.
fn target(graph: &Graph, relation: &RelationNode, row: &Row) -> Option<std::sync::Arc<ModelNode>> {
    match &relation.polymorphic {
        Some(Polymorphic::To { discriminator, .. }) => match row.get(*discriminator)? {
            Value::Text(name) => graph.model(name).cloned(),
            _ => None,
        },
        _ => Some(relation.target()),
    }
}

/// Keeps the answer of a method.
pub(crate) fn answer<T: RemoteResult, E: Into<Error>>(call: &mut RemoteCall, answer: Result<T, E>) -> Result<()> {
    let answer = answer.map_err(Into::into)?;
    let app = call.ctx().app().clone();
    let custom = call.custom()?;
    let mut out = ResultWriter::new(app.graph());
    answer.write_answer(&mut out, &custom.return_names)?;
    call.keep(out);
    Ok(())
}

macro_rules! properties {
    ($($type:ty)*) => { $(
        impl RemoteResult for $type {
            const SHAPES: &'static [ShapeDef] = &[ShapeDef::Kind(<$type as PropertyType>::KIND)];

            fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
                out.value(&self.into_value());
                Ok(())
            }
        }
    )* };
}

properties!(String bool i8 i16 i32 i64 u16 u32 f32 f64 DateTime<Utc> NaiveDate Decimal Uuid GeoPoint Json);

macro_rules! integers {
    ($($type:ty, $min:expr;)*) => { $(
        impl RemoteResult for $type {
            const SHAPES: &'static [ShapeDef] = &[ShapeDef::Kind(KindDef::Integer { min: $min, max: i64::MAX })];

            fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
                out.serialize(&self)
            }
        }
    )* };
}

integers! { u64, 0; usize, 0; isize, i64::MIN; }

impl RemoteResult for u8 {
    const SHAPES: &'static [ShapeDef] = &[ShapeDef::Kind(KindDef::Integer { min: 0, max: 255 })];
    const LIST: &'static [ShapeDef] = &[ShapeDef::Kind(KindDef::Bytes)];

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        out.serialize(&self)
    }

    fn write_list(list: Vec<Self>, out: &mut ResultWriter<'_>) -> Result<()> {
        out.value(&Value::Bytes(list));
        Ok(())
    }
}

impl RemoteResult for &'static str {
    const SHAPES: &'static [ShapeDef] = &[ShapeDef::Kind(KindDef::String)];

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        write_json_string(&mut out.bytes, self);
        Ok(())
    }
}

impl RemoteResult for () {
    const SHAPES: &'static [ShapeDef] = &[ShapeDef::Nothing];

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        out.nothing = true;
        Ok(())
    }
}

impl RemoteResult for Map<String, Json> {
    const SHAPES: &'static [ShapeDef] = &[ShapeDef::Object];

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        out.serialize(&self)
    }
}

impl<T: RemoteResult> RemoteResult for Option<T> {
    const SHAPES: &'static [ShapeDef] = T::SHAPES;

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        self.map_or(Ok(()), |value| value.write(out))
    }
}

impl<T: RemoteResult> RemoteResult for Vec<T> {
    const SHAPES: &'static [ShapeDef] = T::LIST;

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        T::write_list(self, out)
    }
}

impl<M: Model> RemoteResult for Patch<M> {
    const SHAPES: &'static [ShapeDef] = &[ShapeDef::Partial(|| M::DEF)];

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        out.row::<M>(&self.into_row())
    }
}

macro_rules! tuples {
    ($($($type:ident $at:tt),+;)*) => { $(
        impl<$($type: RemoteResult),+> RemoteResult for ($($type,)+) {
            const SHAPES: &'static [ShapeDef] = &[$(*first($type::SHAPES)),+];

            fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
                out.bytes.push(b'[');
                $(
                    if $at > 0 {
                        out.bytes.push(b',');
                    }
                    let empty = out.bytes.len();
                    self.$at.write(out)?;
                    if out.bytes.len() == empty {
                        out.bytes.extend_from_slice(b"null");
                    }
                )+
                out.bytes.push(b']');
                Ok(())
            }

            fn write_answer(self, out: &mut ResultWriter<'_>, names: &[Box<str>]) -> Result<()> {
                if names.is_empty() {
                    return self.write(out);
                }
                out.bytes.push(b'{');
                $(
                    if let Some(name) = names.get($at) {
                        out.property(name, |out| self.$at.write(out))?;
                    }
                )+
                out.bytes.push(b'}');
                Ok(())
            }
        }
    )* };
}

tuples! {
    A 0, B 1;
    A 0, B 1, C 2;
    A 0, B 1, C 2, D 3;
    A 0, B 1, C 2, D 3, E 4;
    A 0, B 1, C 2, D 3, E 4, F 5;
}
