//! Rows with the rows they are related to: one statement for each relation, however many rows there are.
//!
//! A level is the rows of one model. Its keys lead to the next levels, which are read for all of its rows at once; at the
//! end the levels are put into each other. Answers to juggler `lib/include.js`.

mod keys;
mod level;

use super::hooked::{self, Hooks};
use super::rows::{unreadable, write_cells, write_row_open};
use super::scope::{narrowed, scoped};
use crate::connector::{CellError, Cells, RowVisitor, memory};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::graph::{Kind, ModelNode, Polymorphic, RelationKind, RelationNode};
use crate::meta::Phase;
use crate::plan::{Condition, FreeFields, Include, Linked, LinkedBy, Query, SelectPlan};
use crate::value::{Row, Value};
use futures_util::future::BoxFuture;
use keys::{Groups, Keys};
use level::Branch;
pub(super) use level::{Level, Shape};
use std::borrow::Cow;
use std::sync::Arc;

/// Reads the rows of a query that `access` has seen, and of its includes.
pub(super) async fn load(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    query: &Query,
    hooks: &mut Hooks<'_>,
    shape: Shape,
) -> Result<Level> {
    let (level, _) = accessed_level(cx, model, query, hooks, shape, None).await?;
    level.must_be_bearable()?;
    Ok(level)
}

/// Reads the rows that one row is related to through a model between, and their includes.
pub(super) async fn load_related(
    cx: &Ctx,
    model: &ModelNode,
    relation: &RelationNode,
    key: &Value,
    query: Query,
    shape: Shape,
) -> Result<Level> {
    let target = relation.target();
    let mut keys = Keys::default();
    keys.add(key);
    let query = scoped(&target, &query);
    let (level, _) = related(cx, model, relation, &target, &query, &keys, shape, false).await?;
    level.must_be_bearable()?;
    Ok(level)
}

/// The rows that are stored inside a row, and their includes.
pub(super) async fn load_embedded(
    cx: &Ctx,
    relation: &RelationNode,
    stored: Value,
    query: Query,
    shape: Shape,
) -> Result<Level> {
    let target = relation.target();
    let query = match &relation.scope {
        Some(scope) => narrowed(query, scope),
        None => query,
    };
    let query = scoped(&target, &query);
    let rows = memory::select_embedded(embedded_rows(relation, &target, &stored), &query);
    let level = of_rows(cx, &target, rows, &query, shape).await?;
    level.must_be_bearable()?;
    Ok(level)
}

/// The rows that others are related to.
struct Wanted<'a> {
    keys: &'a Keys,
    by: LinkedBy<'a>,
    /// The kind of the keys.
    kind: &'a Kind,
    /// Whether they are part of another model's answer, and not the answer.
    included: bool,
    /// Whether one of the others may have several of the keys.
    mixed: bool,
}

/// Reads a level and all below it. With `wanted` comes the number of the key that each row belongs to.
fn level<'a>(
    cx: &'a Ctx,
    model: &'a Arc<ModelNode>,
    query: &'a Query,
    shape: Shape,
    wanted: Option<Wanted<'a>>,
) -> BoxFuture<'a, Result<(Level, Vec<usize>)>> {
    Box::pin(async move {
        let mut hooks = Hooks::of(cx, model);
        let query = hooks.access(Cow::Borrowed(query)).await?;
        accessed_level(cx, model, &query, &mut hooks, shape, wanted).await
    })
}

/// As [`level`], of a query that `access` has seen.
fn accessed_level<'a>(
    cx: &'a Ctx,
    model: &'a Arc<ModelNode>,
    query: &'a Query,
    hooks: &'a mut Hooks<'_>,
    shape: Shape,
    wanted: Option<Wanted<'a>>,
) -> BoxFuture<'a, Result<(Level, Vec<usize>)>> {
    Box::pin(async move {
        let included = wanted.as_ref().is_some_and(|wanted| wanted.included);
        let mut columns = shown(model, query, shape, included);
        if let Some(Wanted { by: LinkedBy::Property { at, .. }, .. }) = &wanted {
            // LoopBack answers with the key of the relation, also when `fields` does not name it.
            let visible = if included { &model.visible_included } else { &model.visible };
            if query.fields.is_some() && shape == Shape::Json && !columns.contains(at) && visible.contains(at) {
                columns.push(*at);
                columns.sort_unstable();
            }
        }
        let answer = columns.clone();
        let loads = model.hooks.has(Phase::Loaded);
        if loads {
            // A hook sees what no answer shows, too.
            columns.extend(self::shown(model, query, Shape::Values, included).iter().filter(|at| !answer.contains(at)));
        }
        let shown = columns.len();
        let mut needed = needed(model, &query.include);
        if let Some(Wanted { by: LinkedBy::Property { at, .. }, .. }) = &wanted {
            needed.push(*at);
        }
        if columns.is_empty() && needed.is_empty() {
            // Nothing of the rows is shown; that they are there is.
            needed.push(model.id);
        }
        for at in &needed {
            if !columns.contains(at) {
                columns.push(*at);
            }
        }
        let position = |at: usize| columns.iter().position(|known| *known == at).unwrap_or_default();
        let mut read = Level::new(model, if loads { Shape::Values } else { shape });
        let free = query.fields.as_ref().map_or(&FreeFields::All, |fields| &fields.free);
        let mut keys: Vec<KeyColumn> = key_columns(model, &query.include);
        for key in &mut keys {
            key.position = position(key.at);
        }
        let link = wanted.as_ref().map(|wanted| match wanted.by {
            LinkedBy::Property { at, .. } => (position(at), wanted),
            LinkedBy::Through { .. } => (columns.len(), wanted),
        });
        let mut rows =
            LevelRows { level: &mut read, columns: &columns, shown, free, keys, link, links: Vec::new(), last: None };
        let linked =
            wanted.as_ref().map(|wanted| Linked { keys: &wanted.keys.values, by: wanted.by, mixed: wanted.mixed });
        let (connector, tx) = cx.connector(model);
        connector.select(tx, SelectPlan { linked, ..SelectPlan::of(model, &columns, query) }, &mut rows).await?;
        let (keys, links) = (rows.keys, rows.links);
        if loads {
            hooks.all_loaded(&mut read.rows).await?;
            read.become_shape(shape, &answer, free);
        }
        branches(cx, &mut read, &query.include, &keys).await?;
        Ok((read, links))
    })
}

/// The columns of an answer.
fn shown(model: &ModelNode, query: &Query, shape: Shape, included: bool) -> Vec<usize> {
    let visible = if included { &model.visible_included } else { &model.visible };
    match (&query.fields, shape) {
        (Some(fields), Shape::Json) => visible.iter().copied().filter(|at| fields.columns.contains(at)).collect(),
        (Some(fields), Shape::Values) => fields.columns.clone(),
        (None, Shape::Json) => visible.clone(),
        (None, Shape::Values) => (0..model.width()).collect(),
    }
}

/// The properties by which includes lead on.
fn needed(model: &ModelNode, includes: &[Include]) -> Vec<usize> {
    key_columns(model, includes).into_iter().map(|key| key.at).collect()
}

fn key_columns(model: &ModelNode, includes: &[Include]) -> Vec<KeyColumn> {
    let mut keys: Vec<KeyColumn> = Vec::new();
    for include in includes {
        let relation = &model.relations[include.relation];
        let discriminator = match &relation.polymorphic {
            Some(Polymorphic::To { discriminator, .. }) => Some(*discriminator),
            _ => None,
        };
        for at in [relation.from].into_iter().chain(discriminator) {
            if !keys.iter().any(|key| key.at == at) {
                keys.push(KeyColumn { at, position: 0, values: Vec::new() });
            }
        }
    }
    keys
}

/// The values of a property that leads on.
struct KeyColumn {
    at: usize,
    position: usize,
    values: Vec<Value>,
}

struct LevelRows<'a> {
    level: &'a mut Level,
    columns: &'a [usize],
    /// How many of the columns are for the answer; the rest are keys.
    shown: usize,
    free: &'a FreeFields,
    keys: Vec<KeyColumn>,
    link: Option<(usize, &'a Wanted<'a>)>,
    links: Vec<usize>,
    /// The last row's key with its number: rows come ordered by their keys.
    last: Option<(Value, usize)>,
}

impl RowVisitor for LevelRows<'_> {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        let Level { model, json, ends, rows, shape, .. } = &mut *self.level;
        let model = &**model;
        let failed = |at: usize, error: &CellError| unreadable(model, at, None, error);
        if let Some((position, wanted)) = &self.link {
            let key = cells.value(*position, wanted.kind).map_err(|error| failed(model.id, &error))?;
            let number = match &self.last {
                Some((last, number)) if *last == key => *number,
                _ => {
                    // A key that was not asked for is one that the database holds for equal and we do not.
                    let Some(number) = wanted.keys.number(&key) else { return Ok(()) };
                    self.last = Some((key, number));
                    number
                }
            };
            self.links.push(number);
        }
        for key in &mut self.keys {
            let value = cells.value(key.position, &model.properties[key.at].kind);
            key.values.push(value.map_err(|error| failed(key.at, &error))?);
        }
        match shape {
            Shape::Json => {
                write_cells(model, &self.columns[..self.shown], self.free, cells, json)?;
                ends.push(json.len());
            }
            Shape::Values => {
                let mut row = Row::new(model.width());
                for (position, at) in self.columns[..self.shown].iter().enumerate() {
                    let value = cells.value(position, &model.properties[*at].kind);
                    row.set(*at, value.map_err(|error| failed(*at, &error))?);
                }
                rows.push(row);
            }
        }
        Ok(())
    }
}

async fn branches(cx: &Ctx, level: &mut Level, includes: &[Include], keys: &[KeyColumn]) -> Result<()> {
    let values = |at: usize| keys.iter().find(|key| key.at == at).map_or(&[][..], |key| key.values.as_slice());
    for include in includes {
        let model = level.model.clone();
        let relation = &model.relations[include.relation];
        let from = values(relation.from);
        let (levels, starts, members) = match (&relation.polymorphic, relation.kind) {
            (Some(Polymorphic::To { discriminator, .. }), _) => {
                to_any(cx, relation, from, values(*discriminator), &include.of_any, level.shape).await?
            }
            (_, RelationKind::EmbedsOne | RelationKind::EmbedsMany) => {
                embedded(cx, relation, from, include, level.shape).await?
            }
            (_, RelationKind::ReferencesMany) => references(cx, relation, from, include, level.shape).await?,
            _ => by_key(cx, &model, relation, from, include, level.shape).await?,
        };
        level.branches.push(Branch { relation: include.relation, levels, starts, members });
    }
    Ok(())
}

type Loaded = (Vec<Level>, Vec<usize>, Vec<(usize, usize)>);

/// `belongsTo`, `hasOne`, `hasMany`, also through another model: the key of each row finds its related rows.
async fn by_key(
    cx: &Ctx,
    model: &ModelNode,
    relation: &RelationNode,
    from: &[Value],
    include: &Include,
    shape: Shape,
) -> Result<Loaded> {
    let mut keys = Keys::default();
    let numbers: Vec<Option<usize>> = from.iter().map(|key| keys.add(key)).collect();
    let target = relation.target();
    let mut query = wanted_of(relation, &target, include);
    if relation.kind == RelationKind::BelongsTo {
        // There is one at most.
        (query.limit, query.skip) = (None, None);
    }
    let (level, groups) = related(cx, model, relation, &target, &query, &keys, shape, true).await?;
    let one = relation.is_to_one();
    let of = numbers.into_iter().map(|number| {
        let group = number.map_or(&[][..], |number| groups.of(number));
        if one { &group[..group.len().min(1)] } else { group }.to_vec()
    });
    Ok(joined(level, of))
}

/// The include's query, narrowed by the relation and by the target's default scope.
fn wanted_of(relation: &RelationNode, target: &ModelNode, include: &Include) -> Query {
    let query = match &relation.scope {
        Some(scope) => narrowed(include.query.clone(), scope),
        None => include.query.clone(),
    };
    scoped(target, &query).into_owned()
}

/// Reads the rows that keys lead to; the groups have the rows of each key.
#[allow(clippy::too_many_arguments, reason = "they are the parts of one question")]
async fn related(
    cx: &Ctx,
    model: &ModelNode,
    relation: &RelationNode,
    target: &Arc<ModelNode>,
    query: &Query,
    keys: &Keys,
    shape: Shape,
    included: bool,
) -> Result<(Level, Groups)> {
    if keys.values.is_empty() {
        return Ok((Level::new(target, shape), Groups::of_links(0, &[])));
    }
    let between = match &relation.through {
        Some(through) => {
            let between = through.model();
            hooked::narrowed(cx, &between, super::scope::condition(&between, None)).await?
        }
        None => None,
    };
    let by = match (&relation.through, &relation.polymorphic) {
        (Some(through), _) => LinkedBy::Through { through, to: relation.to, condition: between.as_ref() },
        (None, Some(Polymorphic::From { discriminator, name })) => {
            LinkedBy::Property { at: relation.to, discriminator: Some((*discriminator, name)) }
        }
        (None, _) => LinkedBy::Property { at: relation.to, discriminator: None },
    };
    // Keys are read as what the other end holds: the two are of one kind, as the graph has checked.
    let kind = match relation.kind {
        RelationKind::ReferencesMany => &target.properties[relation.to].kind,
        _ => &model.properties[relation.from].kind,
    };
    let mixed = relation.kind == RelationKind::ReferencesMany;
    let (level, links) = level(cx, target, query, shape, Some(Wanted { keys, by, kind, included, mixed })).await?;
    let groups = Groups::of_links(keys.values.len(), &links);
    Ok((level, groups))
}

fn joined(level: Level, of: impl Iterator<Item = Vec<usize>>) -> Loaded {
    let (mut starts, mut members) = (vec![0], Vec::new());
    for rows in of {
        members.extend(rows.into_iter().map(|row| (0, row)));
        starts.push(members.len());
    }
    (vec![level], starts, members)
}

/// `referencesMany`: the list of keys of each row; its order is that of the query.
async fn references(
    cx: &Ctx,
    relation: &RelationNode,
    from: &[Value],
    include: &Include,
    shape: Shape,
) -> Result<Loaded> {
    let target = relation.target();
    let mut keys = Keys::default();
    let numbers: Vec<Vec<usize>> = from
        .iter()
        .map(|list| {
            let mut numbers: Vec<usize> =
                referenced(relation, &target, list).iter().filter_map(|key| keys.add(key)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers
        })
        .collect();
    let mut query = wanted_of(relation, &target, include);
    // A row can be referred to by several lists: what is left of each list is known when all rows are.
    let (limit, skip) = (query.limit.take(), query.skip.take());
    let (level, groups) = related(cx, &target, relation, &target, &query, &keys, shape, true).await?;
    let size = |n: Option<u64>, all: usize| n.map_or(all, |n| usize::try_from(n).unwrap_or(all));
    let of = numbers.into_iter().map(|numbers| {
        let mut rows: Vec<usize> = numbers.into_iter().flat_map(|number| groups.of(number).iter().copied()).collect();
        rows.sort_unstable();
        rows.into_iter().skip(size(skip, 0)).take(size(limit, usize::MAX)).collect()
    });
    Ok(joined(level, of))
}

/// The keys in the list of a row.
pub(super) fn referenced(relation: &RelationNode, target: &ModelNode, list: &Value) -> Vec<Value> {
    let Value::Json(serde_json::Value::Array(items)) = list else { return Vec::new() };
    let kind = &target.properties[relation.to].kind;
    items.iter().filter_map(|item| crate::value::coerce(kind, item.clone()).ok()).collect()
}

/// What is stored inside the rows.
async fn embedded(
    cx: &Ctx,
    relation: &RelationNode,
    from: &[Value],
    include: &Include,
    shape: Shape,
) -> Result<Loaded> {
    let target = relation.target();
    let query = wanted_of(relation, &target, include);
    let (mut rows, mut starts) = (Vec::new(), vec![0]);
    for stored in from {
        rows.extend(memory::select_embedded(embedded_rows(relation, &target, stored), &query));
        starts.push(rows.len());
    }
    let members = (0..rows.len()).map(|row| (0, row)).collect();
    Ok((vec![of_rows(cx, &target, rows, &query, shape).await?], starts, members))
}

/// The rows that are stored inside a row.
pub(super) fn embedded_rows(relation: &RelationNode, target: &ModelNode, stored: &Value) -> Vec<Row> {
    use serde_json::Value as Json;
    let row = |json: &Json| {
        let mut row = Row::new(target.width());
        for (at, property) in target.named() {
            let value = json.get(&*property.name).cloned().unwrap_or_default();
            // What was stored has passed the same reading.
            row.set(at, crate::value::coerce(&property.kind, value).unwrap_or_default());
        }
        row
    };
    match (stored, relation.kind) {
        (Value::Json(Json::Array(items)), RelationKind::EmbedsMany) => items.iter().map(row).collect(),
        (Value::Json(json @ Json::Object(_)), RelationKind::EmbedsOne) => vec![row(json)],
        _ => Vec::new(),
    }
}

/// A level of rows that are there already.
async fn of_rows(cx: &Ctx, model: &Arc<ModelNode>, rows: Vec<Row>, query: &Query, shape: Shape) -> Result<Level> {
    let mut level = Level::new(model, shape);
    let mut keys = key_columns(model, &query.include);
    for key in &mut keys {
        key.values = rows.iter().map(|row| row.get(key.at).cloned().unwrap_or_default()).collect();
    }
    let columns = shown(model, query, shape, true);
    match shape {
        Shape::Json => {
            for row in &rows {
                write_row_open(model, row, &columns, &mut level.json);
                level.ends.push(level.json.len());
            }
        }
        Shape::Values => level.rows = rows,
    }
    // Boxed, as it comes back here for what is embedded in what is embedded.
    Box::pin(branches(cx, &mut level, &query.include, &keys)).await?;
    Ok(level)
}

/// A polymorphic `belongsTo`: one statement for each model that rows lead to.
async fn to_any(
    cx: &Ctx,
    relation: &RelationNode,
    from: &[Value],
    names: &[Value],
    allowed: &[(Box<str>, Condition)],
    shape: Shape,
) -> Result<Loaded> {
    let targets = relation.any_targets();
    let mut keys: Vec<Keys> = targets.iter().map(|_| Keys::default()).collect();
    let wanted: Vec<Option<(usize, usize)>> = from
        .iter()
        .zip(names)
        .map(|(key, name)| {
            let Value::Text(name) = name else { return None };
            let at = targets.iter().position(|(target, _)| *target.get().name == **name)?;
            Some((at, keys[at].add(key)?))
        })
        .collect();
    let mut levels = Vec::with_capacity(targets.len());
    let mut groups = Vec::with_capacity(targets.len());
    for ((target, to), keys) in targets.iter().zip(&keys) {
        let target = target.get();
        if keys.values.is_empty() {
            levels.push(Level::new(&target, shape));
            groups.push(Groups::of_links(0, &[]));
            continue;
        }
        let condition = allowed.iter().find(|(name, _)| *name == target.name).map(|(_, condition)| condition.clone());
        let query = scoped(&target, &Query::of(condition)).into_owned();
        let by = LinkedBy::Property { at: *to, discriminator: None };
        let kind = &target.properties[*to].kind;
        let wanted = Wanted { keys, by, kind, included: true, mixed: false };
        let (read, links) = level(cx, &target, &query, shape, Some(wanted)).await?;
        groups.push(Groups::of_links(keys.values.len(), &links));
        levels.push(read);
    }
    let (mut starts, mut members) = (vec![0], Vec::new());
    for wanted in wanted {
        if let Some((at, key)) = wanted {
            members.extend(groups[at].of(key).first().map(|row| (at, *row)));
        }
        starts.push(members.len());
    }
    Ok((levels, starts, members))
}
