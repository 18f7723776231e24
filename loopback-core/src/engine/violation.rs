//! What a broken foreign key means to a client: 409 `FOREIGN_KEY`, with the model and the relation; and what a column without a
//! value does: 422, where a newer model asks for it.
//!
//! PostgreSQL and MySQL name the constraint. SQLite names nothing: the rows are asked which key it was.

use super::input::shown;
use crate::connector::{BrokenKey, NoValue};
use crate::ctx::Ctx;
use crate::error::{Error, Result, ValidationErrors};
use crate::graph::{ForeignKeyNode, ModelNode};
use crate::meta::OnDelete;
use crate::plan::{Condition, Related};
use crate::value::{Row, Value};
use std::collections::VecDeque;
use std::sync::Arc;

/// Characters of a key that a message shows.
const SHOWN: usize = 64;

/// How often the rows are asked: rows that go with each other may do so in a circle.
const QUESTIONS: usize = 64;

/// What was to be written.
#[derive(Clone, Copy)]
pub(super) enum Write<'a> {
    /// A new row.
    Insert(&'a Row),
    /// New values of the rows that a condition finds.
    Update(&'a Row, Option<&'a Condition>),
    /// The rows that a condition finds go.
    Delete(Option<&'a Condition>),
}

/// The outcome of a write, with an error that says which relation was in the way, or which value is missing.
pub(super) async fn explained<T>(cx: &Ctx, model: &Arc<ModelNode>, write: Write<'_>, done: Result<T>) -> Result<T> {
    match done {
        // Boxed, so that the usual way does not carry this one along.
        Err(error) if broken(&error).is_some() => Err(Box::pin(explain(cx, model, write, error)).await),
        Err(error) => Err(as_newer(cx, model, error)),
        done => done,
    }
}

/// The error of a row without a value that this model knows nothing of: what a newer one of its name, defined while the request
/// ran, says to it.
fn as_newer(cx: &Ctx, model: &ModelNode, error: Error) -> Error {
    let missing = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<NoValue>());
    let newer = missing.and_then(|missing| {
        let newer = cx.app().newer_model(&model.name)?;
        let is_it = |column: &str| column.eq_ignore_ascii_case(&missing.column);
        let known = model.properties.iter().any(|property| is_it(&property.column));
        let property = newer.properties.iter().position(|property| is_it(&property.column) && !known)?;
        Some((newer, property))
    });
    let Some((newer, property)) = newer else { return error };
    if let (_, Some(tx)) = cx.connector(model) {
        tx.fail();
    }
    let mut errors = ValidationErrors::new(&newer);
    errors.add(&*newer.properties[property].name, "presence", "can't be blank", None);
    Error::validation(&errors).with_source(error)
}

fn broken(error: &Error) -> Option<&BrokenKey> {
    std::error::Error::source(error)?.downcast_ref()
}

async fn explain(cx: &Ctx, model: &Arc<ModelNode>, write: Write<'_>, error: Error) -> Error {
    let (_, tx) = cx.connector(model);
    let name = broken(&error).and_then(|key| key.constraint.as_deref());
    let known = name.and_then(|name| by_name(cx, model, name)).map(|(owner, at)| found(model, write, owner, at));
    let message = match known {
        Some(found) => Some(found.message(model, write)),
        // In a transaction PostgreSQL takes no more statements.
        None if name.is_some() && tx.is_some() => None,
        None => match ask(cx, model, write).await {
            Ok(found) => found.map(|found| found.message(model, write)),
            Err(error) => {
                tracing::debug!(%error, "a broken foreign key could not be looked for");
                None
            }
        },
    };
    if let Some(tx) = tx {
        tx.fail();
    }
    // The row that was in the way may be gone by now.
    let message = message.unwrap_or_else(|| match write {
        Write::Delete(_) => format!("cannot delete the {}: other rows refer to it", model.name),
        Write::Insert(_) | Write::Update(..) => {
            format!("a key of the {} and what it refers to do not meet", model.name)
        }
    });
    Error::conflict(message).with_code("FOREIGN_KEY").with_source(error)
}

/// A foreign key that is broken.
struct Found {
    /// The model that has it.
    owner: Arc<ModelNode>,
    /// Its index there.
    at: usize,
    /// Whether the row written has it; else a row that is there does.
    own: bool,
}

impl Found {
    fn key(&self) -> &ForeignKeyNode {
        &self.owner.foreign_keys[self.at]
    }

    fn message(&self, model: &ModelNode, write: Write<'_>) -> String {
        let (owner, key) = (&self.owner, self.key());
        let target = key.target();
        let to = &target.properties[key.to].name;
        let value = match write {
            Write::Insert(row) | Write::Update(row, _) => row.get(key.property),
            Write::Delete(_) => None,
        };
        if let Some(value) = value.filter(|_| self.own) {
            let value = shortened(shown(&value.to_json()));
            return format!("{}.{}: there is no {} with the {to} {value}", owner.name, key.relation, target.name);
        }
        let (rows, relation) = (&owner.plural, &key.relation);
        if let Write::Update(..) = write {
            return format!(
                "cannot change the {to} of the {}: {rows} refer to it by their relation `{relation}`",
                target.name
            );
        }
        if target.name == model.name {
            return format!("cannot delete the {}: {rows} refer to it by their relation `{relation}`", model.name);
        }
        format!(
            "cannot delete the {}: {rows} refer, by their relation `{relation}`, to the {} that would go with it",
            model.name, target.plural
        )
    }
}

fn shortened(text: String) -> String {
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain("...".chars()).collect()
}

/// The models in the same database.
fn neighbours<'c>(cx: &'c Ctx, model: &'c ModelNode) -> impl Iterator<Item = &'c Arc<ModelNode>> {
    cx.app().graph().models().filter(|other| other.data_source == model.data_source)
}

/// The key with a constraint of that name.
fn by_name(cx: &Ctx, model: &ModelNode, name: &str) -> Option<(Arc<ModelNode>, usize)> {
    neighbours(cx, model).find_map(|owner| {
        let at = owner.foreign_keys.iter().position(|key| *key.name == *name)?;
        Some((owner.clone(), at))
    })
}

/// Which end of a key the write was at.
fn found(model: &ModelNode, write: Write<'_>, owner: Arc<ModelNode>, at: usize) -> Found {
    let sets = |row: &Row| row.get(owner.foreign_keys[at].property).is_some_and(|value| *value != Value::Null);
    let own = owner.name == model.name
        && match write {
            Write::Insert(_) => true,
            Write::Update(set, _) => sets(set),
            Write::Delete(_) => false,
        };
    Found { owner, at, own }
}

/// Asks the rows which key is broken.
async fn ask(cx: &Ctx, model: &Arc<ModelNode>, write: Write<'_>) -> Result<Option<Found>> {
    match write {
        Write::Insert(row) => leads_nowhere(cx, model, row).await,
        Write::Update(set, condition) => match leads_nowhere(cx, model, set).await? {
            Some(found) => Ok(Some(found)),
            None => refers(cx, model, condition, Some(set)).await,
        },
        Write::Delete(condition) => refers(cx, model, condition, None).await,
    }
}

/// The key of a row that refers to nothing.
async fn leads_nowhere(cx: &Ctx, model: &Arc<ModelNode>, row: &Row) -> Result<Option<Found>> {
    for (at, key) in model.foreign_keys.iter().enumerate() {
        let Some(value) = row.get(key.property).filter(|value| **value != Value::Null) else { continue };
        if !is_there(cx, &key.target(), Some(&Condition::equals(key.to, value.clone()))).await? {
            return Ok(Some(Found { owner: model.clone(), at, own: true }));
        }
    }
    Ok(None)
}

/// The key by which a row refers to one of those that a condition finds, or to one that goes with them. With `changed`
/// it is the key of a value that was to change.
async fn refers(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    condition: Option<&Condition>,
    changed: Option<&Row>,
) -> Result<Option<Found>> {
    let mut going = VecDeque::from([(model.clone(), condition.cloned())]);
    let mut left = QUESTIONS;
    while let Some((target, condition)) = going.pop_front() {
        for owner in neighbours(cx, model) {
            for (at, key) in owner.foreign_keys.iter().enumerate() {
                let wanted = key.target().name == target.name
                    // What becomes NULL is not in the way, unless the other row stays and changes.
                    && changed.map_or(key.on_delete != OnDelete::SetNull, |row| row.get(key.to).is_some());
                let Some(relation) = owner.relation(&key.relation).filter(|_| wanted) else { continue };
                if left == 0 {
                    return Ok(None);
                }
                left -= 1;
                let condition = condition.clone();
                let referring =
                    Condition::Related(Box::new(Related { relation, some: true, condition, between: None }));
                if !is_there(cx, owner, Some(&referring)).await? {
                    continue;
                }
                if changed.is_some() || key.on_delete == OnDelete::Restrict {
                    return Ok(Some(Found { owner: owner.clone(), at, own: false }));
                }
                going.push_back((owner.clone(), Some(referring)));
            }
        }
    }
    Ok(None)
}

/// Whether a row is there, whatever a client may see of it.
pub(crate) async fn is_there(cx: &Ctx, model: &Arc<ModelNode>, condition: Option<&Condition>) -> Result<bool> {
    let (connector, tx) = cx.connector(model);
    Ok(connector.count(tx, model, condition, Some(1)).await? > 0)
}
