//! The one place where relations of application code meet the engine. Boxed, so that a call that is compiled for each
//! model holds no more than a pointer.

use super::Origin;
use crate::ctx::Ctx;
use crate::engine::Input;
use crate::engine::relation::{self, Of};
use crate::error::{Error, Result};
use crate::meta::{ModelDef, RelationKindDef, ThroughDef};
use crate::plan::{Condition, Query};
use crate::typed::Model;
use crate::typed::model::from_row;
use crate::typed::persisted::node_of;
use crate::value::{Row, Value};
use futures_util::future::BoxFuture;

/// What the engine answers.
pub(super) type Answer<'a, T> = BoxFuture<'a, Result<T>>;

/// The calls of one field.
pub(super) struct Calls<'a> {
    cx: &'a Ctx,
    def: Option<&'static ModelDef>,
    of: Result<Of>,
}

impl<'a> Calls<'a> {
    /// The calls of a field of a kind, that leads to a target, and was read with a row.
    pub(super) fn new(cx: &'a Ctx, origin: Option<&Origin>, kind: RelationKindDef, target: &str) -> Self {
        let of = match origin {
            Some(origin) if !origin.id.is_null() => node_of(cx, origin.model.name).map(|model| Of {
                model: model.clone(),
                relation: origin.relation,
                id: origin.id.clone(),
            }),
            _ => Err(Error::internal(format!("this {kind:?}<{target}> was not read from the database"))),
        };
        Self { cx, def: origin.map(|origin| origin.model), of }
    }

    pub(super) fn find(self, query: Query) -> Answer<'a, Vec<Row>> {
        Box::pin(async move { relation::find(self.cx, &self.of?, query).await })
    }

    pub(super) fn find_by_id(self, key: Value) -> Answer<'a, Option<Row>> {
        Box::pin(async move { relation::find_by_id(self.cx, &self.of?, &key).await })
    }

    /// The related row of a relation to one.
    pub(super) fn get(self) -> Answer<'a, Option<Row>> {
        Box::pin(async move { relation::get(self.cx, &self.of?).await })
    }

    pub(super) fn create(self, row: Row) -> Answer<'a, Row> {
        Box::pin(async move {
            {
                let of = self.of?;
                let input = input(&of, row);
                relation::create(self.cx, &of, input).await
            }
        })
    }

    pub(super) fn create_many(self, rows: Vec<Row>) -> Answer<'a, Vec<Row>> {
        Box::pin(async move {
            {
                let of = self.of?;
                let inputs = rows.into_iter().map(|row| input(&of, row)).collect();
                relation::create_many(self.cx, &of, inputs).await
            }
        })
    }

    /// Changes the related row of a relation to one.
    pub(super) fn update(self, row: Row) -> Answer<'a, Row> {
        Box::pin(async move {
            {
                let of = self.of?;
                let input = input(&of, row);
                relation::update(self.cx, &of, input).await
            }
        })
    }

    pub(super) fn update_by_id(self, key: Value, row: Row) -> Answer<'a, Row> {
        Box::pin(async move {
            {
                let of = self.of?;
                let input = input(&of, row);
                relation::update_by_id(self.cx, &of, &key, input).await
            }
        })
    }

    /// Deletes the related row of a relation to one.
    pub(super) fn destroy(self) -> Answer<'a, ()> {
        Box::pin(async move { relation::destroy(self.cx, &self.of?).await })
    }

    pub(super) fn destroy_by_id(self, key: Value) -> Answer<'a, ()> {
        Box::pin(async move { relation::destroy_by_id(self.cx, &self.of?, &key).await })
    }

    pub(super) fn destroy_all(self, condition: Option<Condition>) -> Answer<'a, u64> {
        Box::pin(async move { relation::destroy_all(self.cx, &self.of?, condition).await })
    }

    pub(super) fn count(self, condition: Option<Condition>) -> Answer<'a, u64> {
        Box::pin(async move { relation::count(self.cx, &self.of?, condition).await })
    }

    /// Links a row. `data` is of the model `through`, when there is any.
    pub(super) fn link(self, key: Value, data: Row, through: Option<&'static str>) -> Answer<'a, Row> {
        Box::pin(async move {
            let of = self.of?;
            linkable(self.def, of.relation, through)?;
            let data = match &of.node().through {
                Some(through) if !data.is_empty() => Some(Input::of_row(&through.model(), data)),
                _ => None,
            };
            relation::link(self.cx, &of, &key, data).await
        })
    }

    pub(super) fn unlink(self, key: Value) -> Answer<'a, ()> {
        Box::pin(async move {
            let of = self.of?;
            linkable(self.def, of.relation, None)?;
            relation::unlink(self.cx, &of, &key).await
        })
    }

    pub(super) fn exists(self, key: Value) -> Answer<'a, bool> {
        Box::pin(async move { relation::exists(self.cx, &self.of?, &key).await })
    }
}

/// Data of the application's own, for the target of a relation.
fn input(of: &Of, row: Row) -> Input {
    Input::of_row(&of.target(), row)
}

/// What a `HasMany` links there must be rows for: those of a model between, whose data is of that model.
fn linkable(def: Option<&'static ModelDef>, relation: usize, data_of: Option<&'static str>) -> Result<()> {
    let Some((def, relation)) = def.and_then(|def| Some((def, def.relations.get(relation)?))) else { return Ok(()) };
    let through = match relation.through {
        Some(ThroughDef::Model(through)) => Some(through.name()),
        Some(ThroughDef::Made(_)) | None => None,
    };
    if relation.kind == RelationKindDef::HasMany && through.is_none() {
        return Err(Error::internal(format!(
            "{}.{} goes through no other model: set the {} of the related row instead of a link",
            def.name,
            relation.field,
            relation.foreign_key.or(relation.polymorphic).unwrap_or("key")
        )));
    }
    match data_of {
        Some(data_of) if through != Some(data_of) => Err(Error::internal(format!(
            "{}.{} goes through {}, not through {data_of}",
            def.name,
            relation.field,
            through.unwrap_or("a model of the framework's own")
        ))),
        _ => Ok(()),
    }
}

/// Rows as instances.
pub(super) async fn many<T: Model>(rows: Answer<'_, Vec<Row>>) -> Result<Vec<T>> {
    rows.await?.into_iter().map(from_row).collect()
}

/// The first of the rows as an instance.
pub(super) async fn first<T: Model>(rows: Answer<'_, Vec<Row>>) -> Result<Option<T>> {
    rows.await?.into_iter().next().map(from_row).transpose()
}

/// A row, if there is one, as an instance.
pub(super) async fn maybe<T: Model>(row: Answer<'_, Option<Row>>) -> Result<Option<T>> {
    row.await?.map(from_row).transpose()
}

/// A row as an instance.
pub(super) async fn one<T: Model>(row: Answer<'_, Row>) -> Result<T> {
    from_row(row.await?)
}
