//! Rows on their way from a connector to who has asked for them.

use crate::error::Result;
use crate::graph::Kind;
use crate::value::{Value, write_json};
use futures_util::future::BoxFuture;
use std::fmt;

/// One row of an answer, by the position of the column. `Vec<Value>` is one.
pub trait Cells {
    /// The value of a column.
    ///
    /// # Errors
    /// The stored value is not of the kind.
    fn value(&self, at: usize, kind: &Kind) -> Result<Value, CellError>;

    /// Writes the JSON of a column, byte for byte what [`value`](Self::value) and then JSON would give.
    ///
    /// # Errors
    /// The stored value is not of the kind.
    fn write_json(&self, at: usize, kind: &Kind, out: &mut Vec<u8>) -> Result<(), CellError> {
        write_json(out, &self.value(at, kind)?);
        Ok(())
    }
}

/// A stored value that is not of its property's kind: a 500 with the place in the log.
#[derive(Debug)]
pub struct CellError(pub String);

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Cells for Vec<Value> {
    fn value(&self, at: usize, kind: &Kind) -> Result<Value, CellError> {
        let Some(value) = self.get(at) else {
            return Err(CellError(format!("the connector's row has {} values, not {at} and one more", self.len())));
        };
        match (kind, value) {
            (_, Value::Null)
            | (Kind::String | Kind::Enum(_), Value::Text(_))
            | (Kind::Integer { .. }, Value::Int(_))
            | (Kind::Number, Value::Float(_))
            | (Kind::Boolean, Value::Bool(_))
            | (Kind::DateTime, Value::DateTime(_))
            | (Kind::Date, Value::Date(_))
            | (Kind::Decimal { .. }, Value::Decimal(_))
            | (Kind::Uuid, Value::Uuid(_))
            | (Kind::Bytes, Value::Bytes(_))
            | (Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any, Value::Json(_)) => Ok(value.clone()),
            (Kind::Number, Value::Int(n)) => Ok(Value::Float(*n as f64)),
            // The value may be a secret.
            _ => Err(CellError(format!("the connector's value is not {}", kind.describe()))),
        }
    }
}

/// Takes the rows of an answer, one by one.
pub trait RowVisitor: Send {
    /// Takes a row. The cells have the columns of the plan, in its order.
    ///
    /// # Errors
    /// Whatever the visitor cannot work with; it ends the query.
    fn row(&mut self, cells: &dyn Cells) -> Result<()>;

    /// Whether it may have the database wait: it writes for a client, at the client's speed.
    fn pauses(&self) -> bool {
        false
    }

    /// Whether it takes no more rows before [`make_room`](Self::make_room).
    fn is_full(&self) -> bool {
        false
    }

    /// Waits until there is room for more rows.
    fn make_room(&mut self) -> BoxFuture<'static, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
