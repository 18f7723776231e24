//! The hooks of one operation: its file calls them by phase, in the order in which they run.
//!
//! Without a hook of the phase a call is a question and nothing more. What hooks see is moved into the [`Operation`] and
//! out of it again; nothing is copied that no hook reads.

use super::input::Input;
use super::scope;
use crate::ctx::Ctx;
use crate::error::{Error, Result, ValidationErrors};
use crate::graph::ModelNode;
use crate::hooks::{Operation, run};
use crate::meta::Phase;
use crate::plan::{Condition, Query, Related};
use crate::value::{Row, Value};
use futures_util::future::BoxFuture;
use std::borrow::Cow;
use std::sync::Arc;

/// The hooks of one operation.
pub(super) struct Hooks<'a> {
    cx: &'a Ctx,
    model: &'a Arc<ModelNode>,
    /// Made for the first hook; its state is that of the whole operation.
    op: Option<Box<Operation>>,
}

impl<'a> Hooks<'a> {
    pub(super) fn of(cx: &'a Ctx, model: &'a Arc<ModelNode>) -> Self {
        Self { cx, model, op: None }
    }

    fn has(&self, phase: Phase) -> bool {
        self.model.hooks.has(phase)
    }

    fn op(&mut self) -> Result<&mut Operation> {
        let op = match self.op.take() {
            Some(op) => op,
            None => Box::new(Operation::new(self.cx, self.model)?),
        };
        Ok(self.op.insert(op))
    }

    /// `access`: the query as the hooks leave it, also those of the models that its conditions go over.
    pub(super) async fn access<'q>(&mut self, query: Cow<'q, Query>) -> Result<Cow<'q, Query>> {
        if !self.has(Phase::Access) && !asks_others(self.cx, query.condition.as_ref()) {
            return Ok(query);
        }
        // Boxed, so that models without hooks pay no room for it.
        Box::pin(self.asked(query.into_owned())).await.map(Cow::Owned)
    }

    async fn asked(&mut self, mut query: Query) -> Result<Query> {
        if self.has(Phase::Access) {
            query = self.on_query(query, Phase::Access).await?;
        }
        if asks_others(self.cx, query.condition.as_ref())
            && let Some(condition) = query.condition.take()
        {
            query.condition = Some(access_of_others(self.cx, self.model, condition).await?);
        }
        Ok(query)
    }

    /// As [`access`](Self::access), where only the condition matters.
    pub(super) async fn access_where<'c>(
        &mut self,
        condition: Option<Cow<'c, Condition>>,
    ) -> Result<Option<Cow<'c, Condition>>> {
        if !self.has(Phase::Access) && !asks_others(self.cx, condition.as_deref()) {
            return Ok(condition);
        }
        let query = Query::of(condition.map(Cow::into_owned));
        Ok(self.access(Cow::Owned(query)).await?.into_owned().condition.map(Cow::Owned))
    }

    /// Moves a query into the operation, runs a phase, and moves it out.
    async fn on_query(&mut self, query: Query, phase: Phase) -> Result<Query> {
        let model = self.model;
        let op = self.op()?;
        let before = query.condition.clone();
        op.query = Some(query);
        Box::pin(run(op, phase)).await?;
        let mut query = op.query.take().unwrap_or_default();
        // What a hook adds knows nothing yet of the scopes of the models that it goes over.
        if query.condition.as_ref().is_some_and(Condition::is_related) && query.condition != before {
            query.condition = query.condition.map(|condition| scope::over_relations(model, condition));
        }
        Ok(query)
    }

    /// `before save`, on what is to be written.
    pub(super) async fn before_save(&mut self, input: &mut Input, save: Save<'_>) -> Result<()> {
        if !self.has(Phase::BeforeSave) {
            return Ok(());
        }
        let model = self.model;
        let op = self.op()?;
        save.tell(op);
        // LoopBack knows of a patch only later that it is none of a new row.
        op.is_new = if op.whole { op.is_new } else { None };
        self.on_data(Phase::BeforeSave, input).await?;
        input.forget_mended(model);
        if matches!(save, Save::New) {
            input.keep_free(model);
        }
        Ok(())
    }

    /// `persist`: what goes to the database, as the hooks leave it; `None`: there is no hook, it is the input as it is.
    pub(super) async fn persist(&mut self, input: &Input, save: Save<'_>) -> Result<Option<Input>> {
        if !self.has(Phase::Persist) {
            return Ok(None);
        }
        save.tell(self.op()?);
        let model = self.model;
        let mut stored = input.clone();
        self.on_data(Phase::Persist, &mut stored).await?;
        if matches!(save, Save::New) {
            stored.keep_free(model);
        }
        // A value that does not fit its property is a fault of the hook's: nobody validates it any more.
        stored.errors.clone().into_result()?;
        Ok(Some(stored))
    }

    /// `loaded`, on a row that came from the database or was written to it.
    pub(super) async fn loaded(&mut self, row: &mut Row, is_new: Option<bool>) -> Result<()> {
        if !self.has(Phase::Loaded) {
            return Ok(());
        }
        let model = self.model;
        let op = self.op()?;
        op.is_new = is_new;
        let mut input = Input::stored(model, std::mem::take(row));
        let done = self.on_data(Phase::Loaded, &mut input).await;
        let wrong = std::mem::replace(&mut input.errors, ValidationErrors::new(model)).into_result();
        *row = input.into_stored(model);
        done?;
        // Nobody has sent it: a hook has set what its property cannot hold.
        wrong.map_err(Error::internal)
    }

    /// `loaded`, on each of the rows that a query has found.
    pub(super) async fn all_loaded(&mut self, rows: &mut [Row]) -> Result<()> {
        if !self.has(Phase::Loaded) {
            return Ok(());
        }
        for row in rows {
            self.loaded(row, None).await?;
        }
        Ok(())
    }

    /// Moves data into the operation, runs a phase, and moves it out.
    async fn on_data(&mut self, phase: Phase, input: &mut Input) -> Result<()> {
        let model = self.model;
        let op = self.op()?;
        op.instance = None;
        op.data = Some(std::mem::replace(input, Input::stored(model, Row::default())));
        let done = Box::pin(run(op, phase)).await;
        if let Some(data) = op.data.take() {
            *input = data;
            // What is answered is what is stored.
            input.normalize();
        }
        done
    }

    /// `after save`, of one row.
    pub(super) async fn after_save(&mut self, row: &mut Row, save: Save<'_>) -> Result<()> {
        if !self.has(Phase::AfterSave) {
            return Ok(());
        }
        let op = self.op()?;
        save.tell(op);
        op.query = None;
        op.current = None;
        op.instance = Some(std::mem::take(row));
        let done = Box::pin(run(op, Phase::AfterSave)).await;
        *row = op.instance.take().unwrap_or_default();
        done
    }

    /// `after save`, of the rows that a condition found.
    pub(super) async fn after_save_all(
        &mut self,
        input: Input,
        condition: Option<&Condition>,
        count: u64,
    ) -> Result<()> {
        if !self.has(Phase::AfterSave) {
            return Ok(());
        }
        let op = self.op()?;
        Save::All(condition).tell(op);
        op.data = Some(input);
        op.count = Some(count);
        Box::pin(run(op, Phase::AfterSave)).await
    }

    /// `before delete`: the condition as the hooks leave it.
    pub(super) async fn before_delete<'c>(
        &mut self,
        condition: Option<Cow<'c, Condition>>,
        instance: Option<Row>,
    ) -> Result<Option<Cow<'c, Condition>>> {
        if !self.model.hooks.deletes() {
            return Ok(condition);
        }
        let op = self.op()?;
        op.current = instance;
        if !op.model.hooks.has(Phase::BeforeDelete) {
            return Ok(condition);
        }
        let query = Query::of(condition.map(Cow::into_owned));
        Ok(self.on_query(query, Phase::BeforeDelete).await?.condition.map(Cow::Owned))
    }

    /// `after delete`.
    pub(super) async fn after_delete(&mut self, condition: Option<&Condition>, count: u64) -> Result<()> {
        if !self.has(Phase::AfterDelete) {
            return Ok(());
        }
        let op = self.op()?;
        op.query = Some(Query::of(condition.cloned()));
        op.count = Some(count);
        Box::pin(run(op, Phase::AfterDelete)).await
    }
}

/// What is saved.
#[derive(Clone, Copy)]
pub(super) enum Save<'a> {
    /// A new row.
    New,
    /// A row as a whole, in the place of another.
    Whole,
    /// Some properties of the row with an id, as it is before.
    Some(&'a Value, &'a Row),
    /// Some properties of the rows that a condition finds.
    All(Option<&'a Condition>),
}

impl Save<'_> {
    fn tell(self, op: &mut Operation) {
        op.whole = matches!(self, Self::New | Self::Whole);
        op.is_new = match self {
            Self::New => Some(true),
            Self::Whole | Self::Some(..) => Some(false),
            Self::All(_) => None,
        };
        op.current = None;
        op.query = match self {
            Self::New | Self::Whole => None,
            Self::Some(id, current) => {
                op.current = Some(current.clone());
                Some(Query::by_id(&op.model, id.clone()))
            }
            Self::All(condition) => Some(Query::of(condition.cloned())),
        };
    }
}

/// Whether a condition goes over models whose `access` hooks have to be asked.
fn asks_others(cx: &Ctx, condition: Option<&Condition>) -> bool {
    cx.app().graph().has_access_hooks() && condition.is_some_and(Condition::is_related)
}

/// The condition, with what the `access` hooks of the models that it goes over let be seen.
fn access_of_others<'a>(cx: &'a Ctx, model: &'a ModelNode, condition: Condition) -> BoxFuture<'a, Result<Condition>> {
    Box::pin(async move {
        Ok(match condition {
            Condition::And(list) => Condition::And(each(cx, model, list).await?),
            Condition::Or(list) => Condition::Or(each(cx, model, list).await?),
            Condition::Not(inner) => Condition::Not(Box::new(access_of_others(cx, model, *inner).await?)),
            Condition::Fixed(inner) => Condition::Fixed(Box::new(access_of_others(cx, model, *inner).await?)),
            Condition::Related(related) => {
                let Some(relation) = model.relations.get(related.relation) else {
                    return Ok(Condition::Related(related));
                };
                let target = relation.target();
                let condition = narrowed(cx, &target, related.condition).await?;
                let between = match &relation.through {
                    Some(through) => narrowed(cx, &through.model(), related.between).await?,
                    None => related.between,
                };
                Condition::Related(Box::new(Related { condition, between, ..*related }))
            }
            other => other,
        })
    })
}

async fn each(cx: &Ctx, model: &ModelNode, list: Vec<Condition>) -> Result<Vec<Condition>> {
    let mut done = Vec::with_capacity(list.len());
    for condition in list {
        done.push(access_of_others(cx, model, condition).await?);
    }
    Ok(done)
}

/// The condition on rows of a model, with what its `access` hooks let be seen of them.
pub(super) async fn narrowed(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    condition: Option<Condition>,
) -> Result<Option<Condition>> {
    if !model.hooks.has(Phase::Access) && !asks_others(cx, condition.as_ref()) {
        return Ok(condition);
    }
    let mut hooks = Hooks::of(cx, model);
    let asked = Box::pin(hooks.asked(Query::of(condition))).await?;
    Ok(asked.condition)
}

/// The query of a model, with its default scope and what its `access` hooks let be seen.
pub(super) async fn accessed<'q>(hooks: &mut Hooks<'_>, query: &'q Query) -> Result<Cow<'q, Query>> {
    let query = scope::scoped(hooks.model, query);
    hooks.access(query).await
}
