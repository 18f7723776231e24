//! The rows that many others are related to.

use super::condition::{is_text, value};
use super::{Key, Matcher, Tables, by_id, columns, compare, ordered, page};
use crate::error::Result;
use crate::graph::ModelNode;
use crate::plan::{Linked, LinkedBy, SelectPlan};
use crate::value::{Row, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A row for one of the others.
struct Found<'t> {
    /// The number of its key.
    key: usize,
    /// What it was linked by: rows come in the order in which they were linked.
    link: Option<&'t Value>,
    row: &'t Row,
}

/// The rows of `rows` that the keys lead to, those of one key together.
pub(super) fn select<'t>(
    plan: &SelectPlan<'_>,
    linked: &Linked<'_>,
    rows: Vec<&'t Row>,
    tables: &'t dyn Tables,
) -> Result<Vec<Vec<Value>>> {
    let numbers: BTreeMap<Key, usize> =
        linked.keys.iter().enumerate().map(|(number, key)| (Key(key.clone()), number)).collect();
    let number = |row: &Row, at: usize| numbers.get(&Key(value(row, &at.into()))).copied();
    let mut found = Vec::new();
    match linked.by {
        LinkedBy::Property { at, discriminator } => {
            for row in rows {
                if discriminator.is_some_and(|(at, name)| !is_text(row.get(at), name)) {
                    continue;
                }
                found.extend(number(row, at).map(|key| Found { key, link: None, row }));
            }
        }
        LinkedBy::Through { through, to, condition } => {
            let between = through.model();
            let matcher = Matcher::new(&between, condition, tables);
            // Each pair once, by the first row that links it.
            let mut pairs: BTreeMap<(usize, Key), &Value> = BTreeMap::new();
            for link in tables.rows(&between)? {
                let named = through.discriminator.as_ref().is_none_or(|(at, name)| is_text(link.get(*at), name));
                let Some(key) = number(link, through.from).filter(|_| named) else { continue };
                if !matcher.holds(link)? {
                    continue;
                }
                let id = link.get(between.id).unwrap_or(&Value::Null);
                let first = pairs.entry((key, Key(value(link, &through.to.into())))).or_insert(id);
                if compare(id, first).is_some_and(Ordering::is_lt) {
                    *first = id;
                }
            }
            let by_key: BTreeMap<Key, &Row> = rows.into_iter().map(|row| (Key(value(row, &to.into())), row)).collect();
            for ((key, to), link) in pairs {
                found.extend(by_key.get(&to).copied().map(|row| Found { key, link: Some(link), row }));
            }
        }
    }
    found.sort_by(|a, b| before(plan, linked, a, b));
    let (skip, limit) = page(plan.query);
    let mut seen = vec![0_usize; linked.keys.len()];
    found.retain(|one| {
        let at = seen[one.key];
        seen[one.key] += 1;
        at >= skip && at - skip < limit
    });
    let through = matches!(linked.by, LinkedBy::Through { .. });
    Ok(found
        .into_iter()
        .map(|one| {
            let mut cells = columns(one.row, plan.columns);
            if through {
                cells.push(linked.keys[one.key].clone());
            }
            cells
        })
        .collect())
}

fn before(plan: &SelectPlan<'_>, linked: &Linked<'_>, a: &Found<'_>, b: &Found<'_>) -> Ordering {
    let by_key = if linked.mixed { Ordering::Equal } else { a.key.cmp(&b.key) };
    by_key.then_with(|| ordered(plan.query, a.row, b.row, || last(plan.model, a, b)))
}

/// Between rows that the query holds for equal.
fn last(model: &ModelNode, a: &Found<'_>, b: &Found<'_>) -> Ordering {
    match (a.link, b.link) {
        (Some(a), Some(b)) => compare(a, b).unwrap_or(Ordering::Equal),
        _ => by_id(model, a.row, b.row),
    }
}
