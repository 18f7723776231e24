//! The rows that were read, level by level, and what an answer has of them.

use crate::engine::rows::write_values;
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::plan::FreeFields;
use crate::value::Row;
use std::sync::Arc;

/// Rows in one answer with includes.
const MAX_ROWS: u64 = 2_000_000;

/// What rows become.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Shape {
    /// JSON for a client: without hidden properties, and without protected ones where another model's answer has them.
    Json,
    /// Values for the application.
    Values,
}

/// The rows of one model that a query and its includes have read.
pub(in crate::engine) struct Level {
    pub(super) model: Arc<ModelNode>,
    pub(super) shape: Shape,
    /// The objects, without their closing braces.
    pub(super) json: Vec<u8>,
    /// Where each of them ends.
    pub(super) ends: Vec<usize>,
    pub(super) rows: Vec<Row>,
    pub(super) branches: Vec<Branch>,
}

/// The rows of a relation for the rows of a level.
pub(super) struct Branch {
    pub(super) relation: usize,
    /// One level; of a polymorphic `belongsTo` one for each model.
    pub(super) levels: Vec<Level>,
    /// For each row: where its related rows begin in `members`; one more at the end.
    pub(super) starts: Vec<usize>,
    /// `(level, row)`
    pub(super) members: Vec<(usize, usize)>,
}

impl Level {
    pub(super) fn new(model: &Arc<ModelNode>, shape: Shape) -> Self {
        Self { model: model.clone(), shape, json: Vec::new(), ends: Vec::new(), rows: Vec::new(), branches: Vec::new() }
    }

    pub(in crate::engine) fn len(&self) -> usize {
        match self.shape {
            Shape::Json => self.ends.len(),
            Shape::Values => self.rows.len(),
        }
    }

    /// Makes of values what an answer wants.
    pub(super) fn become_shape(&mut self, shape: Shape, columns: &[usize], free: &FreeFields) {
        self.shape = shape;
        if shape == Shape::Values {
            return;
        }
        for row in std::mem::take(&mut self.rows) {
            write_values(&self.model, columns, free, &row, &mut self.json);
            self.ends.push(self.json.len());
        }
    }

    /// Refuses an answer that would repeat so many rows that it cannot be held: each level is read once, but a row stands
    /// in the answer as often as others lead to it.
    pub(super) fn must_be_bearable(&self) -> Result<()> {
        let rows = (0..self.len()).fold(0_u64, {
            let weights = self.weights();
            move |sum, at| sum.saturating_add(weights.as_ref().map_or(1, |weights| weights[at]))
        });
        if rows > MAX_ROWS {
            let message = format!("the includes bring more than {MAX_ROWS} rows: give their scopes a `limit`");
            return Err(Error::bad_request(message).with_code("INCLUDE_TOO_LARGE"));
        }
        Ok(())
    }

    /// How many rows each row stands for in the answer, itself included; `None`: one each.
    fn weights(&self) -> Option<Vec<u64>> {
        if self.branches.is_empty() {
            return None;
        }
        let mut weights = vec![1_u64; self.len()];
        for branch in &self.branches {
            let below: Vec<_> = branch.levels.iter().map(Self::weights).collect();
            for (at, weight) in weights.iter_mut().enumerate() {
                for (level, row) in branch.of(at) {
                    let one = below[*level].as_ref().map_or(1, |weights| weights[*row]);
                    *weight = weight.saturating_add(one);
                }
            }
        }
        Some(weights)
    }

    /// Writes the rows with commas between them.
    pub(in crate::engine) fn write(&self, out: &mut Vec<u8>) {
        out.reserve(self.json.len() + 2 * self.ends.len());
        for at in 0..self.ends.len() {
            if at > 0 {
                out.push(b',');
            }
            self.write_one(at, out);
        }
    }

    fn write_one(&self, at: usize, out: &mut Vec<u8>) {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let own = &self.json[start..self.ends[at]];
        out.extend_from_slice(own);
        let mut first = own == b"{";
        for branch in &self.branches {
            let relation = &self.model.relations[branch.relation];
            let members = branch.of(at);
            // LoopBack leaves a single related row out when there is none.
            if relation.is_to_one() && members.is_empty() {
                continue;
            }
            if !first {
                out.push(b',');
            }
            first = false;
            out.extend_from_slice(relation.json_key.as_bytes());
            if let (true, [(level, row), ..]) = (relation.is_to_one(), members) {
                branch.levels[*level].write_one(*row, out);
                continue;
            }
            out.push(b'[');
            for (i, (level, row)) in members.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                branch.levels[*level].write_one(*row, out);
            }
            out.push(b']');
        }
        out.push(b'}');
    }

    /// The rows, each with its related ones.
    pub(in crate::engine) fn into_rows(mut self) -> Vec<Row> {
        if self.branches.is_empty() {
            return self.rows;
        }
        let rows = std::mem::take(&mut self.rows);
        rows.into_iter().enumerate().map(|(at, row)| self.with_related(at, row)).collect()
    }

    fn with_related(&self, at: usize, mut row: Row) -> Row {
        for branch in &self.branches {
            let related = branch.of(at).iter().map(|(level, row)| {
                let level = &branch.levels[*level];
                level.with_related(*row, level.rows[*row].clone())
            });
            row.set_related(branch.relation, related.collect());
        }
        row
    }
}

impl Branch {
    fn of(&self, at: usize) -> &[(usize, usize)] {
        &self.members[self.starts[at]..self.starts[at + 1]]
    }
}
