//! What becomes of the rows that a connector gives: JSON bytes, or rows of values.

use crate::connector::{CellError, Cells, RowVisitor};
use crate::error::{Error, Result};
use crate::graph::{Kind, ModelNode};
use crate::plan::FreeFields;
use crate::remoting::Chunks;
use crate::value::{Row, Value, write_json, write_json_string};
use futures_util::future::BoxFuture;
use serde_json::Value as Json;

/// A stored value that the property's type cannot hold: 500, with the place in the log.
pub(super) fn unreadable(model: &ModelNode, at: usize, id: Option<&Value>, error: &CellError) -> Error {
    let id = id.map_or_else(|| "(not read)".to_owned(), |id| id.to_json().to_string());
    Error::internal(format!("{}.{} of id {id}: {error}", model.name, model.properties[at].name))
}

/// Writes rows as JSON objects, straight from the cells.
pub(super) struct JsonRows<'a> {
    pub(super) model: &'a ModelNode,
    pub(super) columns: &'a [usize],
    pub(super) free: &'a FreeFields,
    pub(super) out: &'a mut Vec<u8>,
    pub(super) count: usize,
}

impl RowVisitor for JsonRows<'_> {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        if self.count > 0 {
            self.out.push(b',');
        }
        self.count += 1;
        write_cells(self.model, self.columns, self.free, cells, self.out)?;
        self.out.push(b'}');
        Ok(())
    }
}

/// Writes rows as [`JsonRows`] does, and hands them on in chunks.
pub(super) struct JsonChunks<'a> {
    pub(super) model: &'a ModelNode,
    pub(super) columns: &'a [usize],
    pub(super) free: &'a FreeFields,
    pub(super) chunks: &'a mut Chunks,
    pub(super) first: bool,
}

impl RowVisitor for JsonChunks<'_> {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        let out = &mut self.chunks.bytes;
        if !self.first {
            out.push(b',');
        }
        self.first = false;
        write_cells(self.model, self.columns, self.free, cells, out)?;
        out.push(b'}');
        Ok(())
    }

    fn pauses(&self) -> bool {
        true
    }

    fn is_full(&self) -> bool {
        self.chunks.is_full()
    }

    fn make_room(&mut self) -> BoxFuture<'static, Result<()>> {
        self.chunks.hand_on()
    }
}

/// Writes a row as a JSON object without its closing brace, straight from the cells.
pub(super) fn write_cells(
    model: &ModelNode,
    columns: &[usize],
    free: &FreeFields,
    cells: &dyn Cells,
    out: &mut Vec<u8>,
) -> Result<()> {
    out.push(b'{');
    let mut first = true;
    for (position, at) in columns.iter().enumerate() {
        let property = &model.properties[*at];
        let failed = |error: CellError| {
            let id = columns.iter().position(|at| *at == model.id);
            let id = id.and_then(|position| cells.value(position, &model.id_property().kind).ok());
            unreadable(model, *at, id.as_ref(), &error)
        };
        if Some(*at) == model.free {
            let value = cells.value(position, &Kind::Any).map_err(failed)?;
            write_free(model, &value, free, &mut first, out);
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        out.extend_from_slice(property.json_key.as_bytes());
        if property.hides {
            let value = cells.value(position, &property.kind).map_err(failed)?;
            write_json(out, &property.shown(&value));
            continue;
        }
        cells.write_json(position, &property.kind, out).map_err(failed)?;
    }
    Ok(())
}

/// Writes a row of values as [`write_cells`] writes cells.
pub(super) fn write_values(model: &ModelNode, columns: &[usize], free: &FreeFields, row: &Row, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut first = true;
    for at in columns {
        let value = row.get(*at).unwrap_or(&Value::Null);
        if Some(*at) == model.free {
            write_free(model, value, free, &mut first, out);
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        out.extend_from_slice(model.properties[*at].json_key.as_bytes());
        write_json(out, &model.properties[*at].shown(value));
    }
}

/// Writes the given properties of a row as a JSON object without its closing brace: what is set, and has a value.
pub(super) fn write_row_open(model: &ModelNode, row: &Row, columns: &[usize], out: &mut Vec<u8>) {
    out.push(b'{');
    let mut first = true;
    for at in columns {
        let Some(value) = row.get(*at).filter(|value| !value.is_null()) else { continue };
        if !first {
            out.push(b',');
        }
        first = false;
        out.extend_from_slice(model.properties[*at].json_key.as_bytes());
        write_json(out, &model.properties[*at].shown(value));
    }
}

/// Collects rows as values.
pub(super) struct ValueRows<'a> {
    pub(super) model: &'a ModelNode,
    pub(super) columns: &'a [usize],
    pub(super) rows: Vec<Row>,
}

impl RowVisitor for ValueRows<'_> {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        let mut row = Row::new(self.model.width());
        for (position, at) in self.columns.iter().enumerate() {
            let value = cells.value(position, &self.model.properties[*at].kind).map_err(|error| {
                let id = self.columns.iter().position(|at| *at == self.model.id);
                let id = id.and_then(|position| cells.value(position, &self.model.id_property().kind).ok());
                unreadable(self.model, *at, id.as_ref(), &error)
            })?;
            row.set(*at, value);
        }
        self.rows.push(row);
        Ok(())
    }
}

/// Takes no rows.
pub(super) struct NoRows;

impl RowVisitor for NoRows {
    fn row(&mut self, _: &dyn Cells) -> Result<()> {
        Ok(())
    }
}

/// Writes the properties without a column, at the top level.
fn write_free(model: &ModelNode, value: &Value, free: &FreeFields, first: &mut bool, out: &mut Vec<u8>) {
    let Value::Json(Json::Object(map)) = value else { return };
    for (key, value) in map {
        // A property that the model got since is read from its column.
        if model.property(key).is_some() || !free.has(key) {
            continue;
        }
        if !*first {
            out.push(b',');
        }
        *first = false;
        write_json_string(out, key);
        out.push(b':');
        write_json(out, &Value::Json(value.clone()));
    }
}

/// Writes a row of values as JSON: what is set, without hidden properties.
pub(crate) fn write_row(model: &ModelNode, row: &Row, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut first = true;
    for (at, value) in row.iter() {
        let property = &model.properties[at];
        if Some(at) == model.free {
            write_free(model, value, &FreeFields::All, &mut first, out);
            continue;
        }
        if property.hidden {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        out.extend_from_slice(property.json_key.as_bytes());
        write_json(out, &property.shown(value));
    }
    out.push(b'}');
}

/// As [`write_row`], for a row that is part of another model's answer: without protected properties.
pub(crate) fn write_included_row(model: &ModelNode, row: &Row, out: &mut Vec<u8>) {
    write_row_open(model, row, &model.visible_included, out);
    out.push(b'}');
}
