//! The methods of relations: from a row, over a relation, to other rows. REST routes and typed calls both come here.
//!
//! Answers to juggler `lib/relation-definition.js`. Where the related data is decides which file has the steps: in
//! [`rows`] of another table, linked by rows of a model between ([`links`]), named by a list of keys ([`references`]), or
//! [`embedded`] in the row itself.

mod embedded;
mod links;
mod references;
mod rows;

use super::input::{Input, shown};
use super::scope::{both, fixed_values};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::graph::{ModelNode, Polymorphic, RelationKind, RelationNode};
use crate::plan::{Condition, FieldSet, FreeFields, Query};
use crate::value::{Row, Value};
use std::sync::Arc;

pub(super) use embedded::settle;
pub(crate) use links::{is_linked, no_link};

/// A relation of a row: where every call starts.
#[derive(Clone, Debug)]
pub(crate) struct Of {
    pub(crate) model: Arc<ModelNode>,
    /// The relation's index.
    pub(crate) relation: usize,
    /// The row's id.
    pub(crate) id: Value,
}

/// Where the related data is.
enum Place {
    Rows,
    Links,
    References,
    Embedded,
}

impl Of {
    pub(crate) fn node(&self) -> &RelationNode {
        &self.model.relations[self.relation]
    }

    fn place(&self) -> Place {
        let relation = self.node();
        match relation.kind {
            RelationKind::EmbedsOne | RelationKind::EmbedsMany => Place::Embedded,
            RelationKind::ReferencesMany => Place::References,
            _ if relation.through.is_some() => Place::Links,
            _ => Place::Rows,
        }
    }

    /// The model on the other side. Of a polymorphic `belongsTo` the row says which it is.
    pub(crate) fn target(&self) -> Arc<ModelNode> {
        self.node().target()
    }

    /// The properties of the row that the relation goes by.
    ///
    /// # Errors
    /// 404 when there is no such row.
    async fn source(&self, cx: &Ctx) -> Result<Row> {
        let relation = self.node();
        let mut columns = vec![self.model.id, relation.from];
        if let Some(Polymorphic::To { discriminator, .. }) = &relation.polymorphic {
            columns.push(*discriminator);
        }
        columns.extend(relation.properties.iter().map(|(own, _)| *own));
        columns.sort_unstable();
        columns.dedup();
        let mut query = Query::by_id(&self.model, self.id.clone());
        query.limit = Some(1);
        query.fields = Some(FieldSet { columns, free: FreeFields::Only(Vec::new()) });
        super::find(cx, &self.model, &query).await?.pop().ok_or_else(|| self.missing())
    }

    /// The key of the row that the relation goes by.
    pub(crate) async fn key(&self, cx: &Ctx) -> Result<Value> {
        Ok(self.source(cx).await?.take(self.node().from).unwrap_or_default())
    }

    fn missing(&self) -> Error {
        Error::no_instance(shown(&self.id.to_json()))
    }

    /// The 404 of a single related row that is not there.
    fn nothing(&self, target: &ModelNode) -> Error {
        Error::not_found_in(&target.name).with_message(format!("No \"{}\" instance(s) found", target.name))
    }

    /// What a new related row takes over: the values by which the relation's scope finds it, and the properties that the
    /// relation hands on.
    fn hand_on(&self, source: &Row, input: &mut Input) {
        let relation = self.node();
        if let Some(condition) = relation.scope.as_ref().and_then(|scope| scope.condition.as_ref()) {
            for (at, value) in fixed_values(condition) {
                input.set(&self.target(), at, value);
            }
        }
        for (own, other) in &relation.properties {
            input.set(&self.target(), *other, source.get(*own).cloned().unwrap_or_default());
        }
    }
}

/// Whether a `hasOne` may have a row: it has none. No other request gives it one before this transaction ends.
async fn must_be_free(cx: &Ctx, of: &Of) -> Result<()> {
    super::find_locked(cx, &of.model, &of.id, of.model.id).await?.ok_or_else(|| of.missing())?;
    // Also a row that nobody may see is one.
    let taken = match of.place() {
        Place::Rows => rows::is_taken(cx, of).await?,
        _ => count(cx, of, None).await? > 0,
    };
    if taken { Err(has_one(&of.target())) } else { Ok(()) }
}

/// The 422 of a second row of a `hasOne`.
fn has_one(target: &ModelNode) -> Error {
    let message = format!("HasOne relation cannot create more than one instance of {}", target.name);
    Error::new(422, message).with_code("HAS_ONE")
}

/// The 404 of a related row with an id.
fn no_related(target: &ModelNode, key: &Value) -> Error {
    let message = format!("No instance with id {} found for {}", shown(&key.to_json()), target.name);
    Error::new(404, message)
}

/// The related rows that a query finds, as a query of the target's; the query comes back where there is no such.
pub(crate) async fn as_query(cx: &Ctx, of: &Of, query: Query) -> Result<Result<Query, Query>> {
    Ok(match of.place() {
        Place::Rows => Ok(rows::query(cx, of, query).await?),
        Place::References => Ok(references::query(cx, of, query).await?),
        Place::Links | Place::Embedded => Err(query),
    })
}

/// The related rows that a query finds, as JSON objects with commas between them.
pub(crate) async fn find_json(cx: &Ctx, of: &Of, query: Query, out: &mut Vec<u8>) -> Result<()> {
    match of.place() {
        Place::Rows => rows::find_json(cx, of, query, out).await,
        Place::Links => links::load(cx, of, query, super::include::Shape::Json).await.map(|level| level.write(out)),
        Place::References => references::find_json(cx, of, query, out).await,
        Place::Embedded => {
            embedded::load(cx, of, query, super::include::Shape::Json).await.map(|level| level.write(out))
        }
    }
}

/// The related rows that a query finds.
pub(crate) async fn find(cx: &Ctx, of: &Of, query: Query) -> Result<Vec<Row>> {
    let values = super::include::Shape::Values;
    match of.place() {
        Place::Rows => rows::find(cx, of, query).await,
        Place::Links => Ok(links::load(cx, of, query, values).await?.into_rows()),
        Place::References => references::find(cx, of, query).await,
        Place::Embedded => Ok(embedded::load(cx, of, query, values).await?.into_rows()),
    }
}

/// The one related row of a `belongsTo`, `hasOne` or `embedsOne`, as JSON.
///
/// # Errors
/// 404 when there is none.
pub(crate) async fn get_json(cx: &Ctx, of: &Of, mut query: Query, out: &mut Vec<u8>) -> Result<()> {
    match of.place() {
        Place::Embedded | Place::Links => {
            query.limit = Some(1);
            let before = out.len();
            find_json(cx, of, query, out).await?;
            if out.len() > before { Ok(()) } else { Err(of.nothing(&of.target())) }
        }
        _ => rows::get_json(cx, of, query, out).await,
    }
}

/// The one related row; `None`: there is none.
pub(crate) async fn get(cx: &Ctx, of: &Of) -> Result<Option<Row>> {
    match of.place() {
        Place::Embedded | Place::Links => {
            let query = Query { limit: Some(1), ..Query::default() };
            Ok(find(cx, of, query).await?.pop())
        }
        _ => rows::get(cx, of).await,
    }
}

/// The related row with an id, as JSON.
///
/// # Errors
/// 404 when it is not related, or not there.
pub(crate) async fn find_by_id_json(cx: &Ctx, of: &Of, key: &Value, mut query: Query, out: &mut Vec<u8>) -> Result<()> {
    let target = of.target();
    query.condition = both(query.condition, Some(Condition::equals(target.id, key.clone())));
    query.limit = Some(1);
    let before = out.len();
    find_json(cx, of, query, out).await?;
    if out.len() > before { Ok(()) } else { Err(not_related(of, &target, key)) }
}

/// The related row with an id; `None`: it is not related, or not there.
pub(crate) async fn find_by_id(cx: &Ctx, of: &Of, key: &Value) -> Result<Option<Row>> {
    let mut query = Query::by_id(&of.target(), key.clone());
    query.limit = Some(1);
    Ok(find(cx, of, query).await?.pop())
}

fn not_related(of: &Of, target: &ModelNode, key: &Value) -> Error {
    match of.place() {
        Place::Links => links::no_link(of, target, key),
        Place::Embedded => Error::model_not_found(target, shown(&key.to_json())),
        Place::Rows | Place::References => no_related(target, key),
    }
}

/// Creates a related row.
///
/// # Errors
/// 404 when the row itself is not there; otherwise as `create`; 422 when a `hasOne` has one already.
pub(crate) async fn create(cx: &Ctx, of: &Of, input: Input) -> Result<Row> {
    match of.place() {
        Place::Rows => rows::create(cx, of, input).await,
        Place::Links => links::create(cx, of, input).await,
        Place::References => references::create(cx, of, input).await,
        Place::Embedded => embedded::create(cx, of, input).await,
    }
}

/// Creates related rows: all of them, or (when one is not valid) none.
///
/// # Errors
/// As [`create`], of the first that is not valid.
pub(crate) async fn create_many(cx: &Ctx, of: &Of, mut inputs: Vec<Input>) -> Result<Vec<Row>> {
    crate::models::seal_ahead(cx, &of.target(), &mut inputs).await?;
    cx.atomically(&of.model, async |cx: &Ctx| {
        let mut rows = Vec::with_capacity(inputs.len());
        for (at, input) in inputs.into_iter().enumerate() {
            rows.push(create(cx, of, input).await.map_err(|error| error.in_list(at))?);
        }
        Ok(rows)
    })
    .await
}

/// Changes the one related row of a `hasOne` or `embedsOne`.
///
/// # Errors
/// 404 when there is none; 422 with all that is not valid, and when the change would give it to another row.
pub(crate) async fn update(cx: &Ctx, of: &Of, input: Input) -> Result<Row> {
    match of.place() {
        Place::Embedded => embedded::update(cx, of, None, input).await,
        _ => {
            let target = of.target();
            let row = get(cx, of).await?.ok_or_else(|| of.nothing(&target))?;
            let key = row.get(target.id).cloned().unwrap_or_default();
            rows::change(cx, of, &key, input).await
        }
    }
}

/// Changes the related row with an id.
///
/// # Errors
/// As [`update`].
pub(crate) async fn update_by_id(cx: &Ctx, of: &Of, key: &Value, input: Input) -> Result<Row> {
    match of.place() {
        Place::Embedded => embedded::update(cx, of, Some(key), input).await,
        _ => {
            must_be_related(cx, of, key).await?;
            rows::change(cx, of, key, input).await
        }
    }
}

/// Deletes the one related row. There may be none.
///
/// # Errors
/// 404 when the row itself is not there, or a `hasOne` has none; 409 when others refer to it.
pub(crate) async fn destroy(cx: &Ctx, of: &Of) -> Result<()> {
    match of.place() {
        Place::Embedded => embedded::destroy(cx, of, None).await.map(drop),
        _ => {
            let target = of.target();
            let row = get(cx, of).await?.ok_or_else(|| of.nothing(&target))?;
            let key = row.get(target.id).cloned().unwrap_or_default();
            delete(cx, of, &key).await
        }
    }
}

/// Deletes the related row with an id, and what links it to the row.
///
/// # Errors
/// 404 when it is not related; 409 when others refer to it.
pub(crate) async fn destroy_by_id(cx: &Ctx, of: &Of, key: &Value) -> Result<()> {
    if let Place::Embedded = of.place() {
        return embedded::destroy(cx, of, Some(&Condition::equals(of.target().id, key.clone()))).await.map(drop);
    }
    must_be_related(cx, of, key).await?;
    delete(cx, of, key).await
}

/// Deletes a row that is related, and what links it to the row.
async fn delete(cx: &Ctx, of: &Of, key: &Value) -> Result<()> {
    cx.atomically(&of.model, async |cx: &Ctx| {
        match of.place() {
            Place::Links => links::unlink(cx, of, key).await?,
            Place::References => references::unlink(cx, of, key).await?,
            Place::Rows | Place::Embedded => {}
        }
        super::delete_by_id(cx, &of.target(), key.clone()).await.map(drop)
    })
    .await
}

/// Deletes the related rows that a condition finds, and counts them. Through another model it is the links that go, as
/// in LoopBack.
///
/// # Errors
/// 404 when the row itself is not there; 409 when others refer to one of them.
pub(crate) async fn destroy_all(cx: &Ctx, of: &Of, condition: Option<Condition>) -> Result<u64> {
    match of.place() {
        Place::Rows => rows::destroy_all(cx, of, condition).await,
        Place::Links => links::destroy_all(cx, of, condition).await,
        Place::References => references::destroy_all(cx, of, condition).await,
        Place::Embedded => {
            let own = embedded::scope(of);
            let condition = both(condition, own).unwrap_or(Condition::Constant(true));
            embedded::destroy(cx, of, Some(&condition)).await
        }
    }
}

/// Counts the related rows that a condition finds.
pub(crate) async fn count(cx: &Ctx, of: &Of, condition: Option<Condition>) -> Result<u64> {
    match of.place() {
        Place::Rows => rows::count(cx, of, condition).await,
        Place::Links => links::count(cx, of, condition).await,
        Place::References => references::count(cx, of, condition).await,
        Place::Embedded => embedded::count(cx, of, condition).await,
    }
}

/// Links a row, and gives what links the two: a row of the model between; of a list of keys the row itself.
///
/// # Errors
/// 404 when one of the two is not there; 422 when a list of keys has it already.
pub(crate) async fn link(cx: &Ctx, of: &Of, key: &Value, data: Option<Input>) -> Result<Row> {
    match of.place() {
        Place::Links => links::link(cx, of, key, data).await,
        Place::References => references::link(cx, of, key).await,
        Place::Rows | Place::Embedded => Err(cannot_link(of)),
    }
}

/// Takes the link to a row away, when there is one.
///
/// # Errors
/// 404 when the row itself is not there.
pub(crate) async fn unlink(cx: &Ctx, of: &Of, key: &Value) -> Result<()> {
    match of.place() {
        Place::Links => links::unlink(cx, of, key).await,
        Place::References => references::unlink(cx, of, key).await,
        Place::Rows | Place::Embedded => Err(cannot_link(of)),
    }
}

fn cannot_link(of: &Of) -> Error {
    Error::bad_request(format!("the relation `{}` of {} has no links of its own", of.node().name, of.model.name))
}

/// Whether a row is related.
pub(crate) async fn exists(cx: &Ctx, of: &Of, key: &Value) -> Result<bool> {
    Ok(count(cx, of, Some(Condition::equals(of.target().id, key.clone()))).await? > 0)
}

/// A step of a path: the row is there, and leads to the one with the id.
///
/// # Errors
/// 404 otherwise.
pub(crate) async fn must_lead_to(cx: &Ctx, of: &Of, key: &Value) -> Result<()> {
    if of.node().is_to_one() {
        let target = of.target();
        let row = get(cx, of).await?.filter(|row| row.get(target.id) == Some(key));
        return row.map(drop).ok_or_else(|| no_related(&target, key));
    }
    must_be_related(cx, of, key).await
}

async fn must_be_related(cx: &Ctx, of: &Of, key: &Value) -> Result<()> {
    if exists(cx, of, key).await? { Ok(()) } else { Err(not_related(of, &of.target(), key)) }
}

/// The 404 of a related row with an id, as a method of the relation answers it.
pub(crate) fn no_related_row(of: &Of, key: &Value) -> Error {
    not_related(of, &of.target(), key)
}

/// The model that a polymorphic `belongsTo` of the row leads to; `None`: it names none.
///
/// # Errors
/// 404 when the row itself is not there.
pub(crate) async fn any_target(cx: &Ctx, of: &Of) -> Result<Option<Arc<ModelNode>>> {
    let Some(Polymorphic::To { discriminator, .. }) = &of.node().polymorphic else { return Ok(None) };
    let source = of.source(cx).await?;
    let Some(Value::Text(name)) = source.get(*discriminator) else { return Ok(None) };
    Ok(of.node().any_targets().iter().map(|(target, _)| target.get()).find(|target| *target.name == **name))
}
