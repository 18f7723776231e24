//! The keys that lead from the rows of a level to the next, and the rows that they lead to.

use crate::value::Value;
use std::collections::HashMap;

/// Different keys, numbered.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) values: Vec<Value>,
    integers: HashMap<i64, usize>,
    others: HashMap<String, usize>,
}

impl Keys {
    /// The number of a key that is there.
    pub(super) fn number(&self, key: &Value) -> Option<usize> {
        match key {
            Value::Int(n) => self.integers.get(n).copied(),
            other => self.others.get(&text(other)).copied(),
        }
    }

    /// The number of a key, new or known; none for NULL, which is related to nothing.
    pub(super) fn add(&mut self, key: &Value) -> Option<usize> {
        let next = self.values.len();
        let number = match key {
            Value::Null => return None,
            // No row has it, and PostgreSQL refuses to look.
            Value::Text(text) if text.contains('\0') => return None,
            Value::Int(n) => *self.integers.entry(*n).or_insert(next),
            other => *self.others.entry(text(other)).or_insert(next),
        };
        if number == next {
            self.values.push(key.clone());
        }
        Some(number)
    }
}

fn text(key: &Value) -> String {
    match key {
        Value::Text(text) => text.clone(),
        other => other.to_json().to_string(),
    }
}

/// The rows of each key.
pub(super) struct Groups {
    starts: Vec<usize>,
    rows: Vec<usize>,
}

impl Groups {
    pub(super) fn of_links(keys: usize, links: &[usize]) -> Self {
        let mut starts = vec![0; keys + 1];
        for link in links {
            starts[link + 1] += 1;
        }
        for at in 0..keys {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; links.len()];
        for (row, link) in links.iter().enumerate() {
            rows[next[*link]] = row;
            next[*link] += 1;
        }
        Self { starts, rows }
    }

    pub(super) fn of(&self, key: usize) -> &[usize] {
        &self.rows[self.starts[key]..self.starts[key + 1]]
    }
}
