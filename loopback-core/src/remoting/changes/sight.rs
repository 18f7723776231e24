//! What a caller sees of a change: the rules of access control, the client's condition, the model's scopes and hooks.
//!
//! A row is shown as it was written when nothing but conditions on its own properties decides. Where a scope, a hook or a
//! related row has a say, it is read as the client would read it.

use crate::access::{self, Grant};
use crate::ctx::Ctx;
use crate::engine;
use crate::error::Result;
use crate::events::RawEvent;
use crate::filter::Where;
use crate::graph::{ModelNode, Standard};
use crate::meta::Phase;
use crate::plan::{Condition, Query, Reader, resolve_where};
use crate::value::{Row, Value};
use serde_json::json;
use std::sync::Arc;

use super::wire::{change, names_hidden};

/// What becomes of an event.
pub(super) enum Seen {
    /// It is told, perhaps as several.
    Told(Vec<Vec<u8>>),
    /// More rows have changed than are told one by one.
    TooMany,
}

/// What a caller may see of a model's rows, now.
pub(super) struct Sight<'a> {
    cx: &'a Ctx,
    model: &'a Arc<ModelNode>,
    /// The rows of the caller that the client asks for.
    condition: Option<Condition>,
}

impl<'a> Sight<'a> {
    /// Asks the rules; `None`: the caller may see nothing.
    ///
    /// # Errors
    /// 400: the condition names what a client does not know. 401, 403: it goes over rows that the caller may not see.
    pub(super) async fn of(
        cx: &'a Ctx,
        model: &'a Arc<ModelNode>,
        method: &crate::graph::MethodNode,
        asked: Option<&Where>,
    ) -> Result<Option<Self>> {
        let mut query = Query::of(resolve_where(model, asked.cloned(), Reader::Client)?);
        access::guard_query(cx, model, &mut query).await?;
        let mut condition = query.condition;
        // What is told is what `find` answers with, so its rules hold as well.
        for asked in [method.asked(model), model.access.standard(Standard::Find).asked(model)] {
            match access::seen(cx, &asked).await? {
                Some(Grant::All) => {}
                Some(Grant::Rows(rows)) => condition = engine::both(Some(rows), condition),
                None => return Ok(None),
            }
        }
        Ok(Some(Self { cx, model, condition }))
    }

    pub(super) async fn see(&self, event: &RawEvent) -> Result<Seen> {
        Ok(match event {
            RawEvent::Created(row) => Seen::Told(self.written(row, "create").await?.into_iter().collect()),
            RawEvent::Changed(row) => Seen::Told(self.written(row, "update").await?.into_iter().collect()),
            RawEvent::ChangedAll(_, 0, _) => Seen::Told(Vec::new()),
            RawEvent::ChangedAll(condition, _, rows) if self.sees_all() => {
                let condition = Some(condition).filter(|condition| !names_hidden(self.model, condition));
                Seen::Told(vec![change(self.model, None, condition, rows.set.as_ref(), "update")])
            }
            RawEvent::ChangedAll(_, _, rows) => {
                let Some(rows) = &rows.rows else { return Ok(Seen::TooMany) };
                let mut told = Vec::new();
                for row in rows {
                    told.extend(self.written(row, "update").await?);
                }
                Seen::Told(told)
            }
            RawEvent::Deleted(id, row) => Seen::Told(self.removed(id, row.as_ref()).await?.into_iter().collect()),
            RawEvent::DeletedAll(condition, _, _) if self.sees_all() => {
                let condition = Some(condition).filter(|condition| !names_hidden(self.model, condition));
                Seen::Told(vec![change(self.model, None, condition, None, "remove")])
            }
            RawEvent::DeletedAll(_, _, rows) => {
                let Some(rows) = rows else { return Ok(Seen::TooMany) };
                let mut told = Vec::new();
                for row in rows {
                    let Some(id) = row.get(self.model.id) else { continue };
                    told.extend(self.removed(id, Some(row)).await?);
                }
                Seen::Told(told)
            }
        })
    }

    /// Whether every row is shown, as it is stored.
    fn sees_all(&self) -> bool {
        self.condition.is_none() && self.is_plain()
    }

    /// Whether the model itself has no say in who sees what.
    fn is_plain(&self) -> bool {
        let hooks = &self.model.hooks;
        self.model.default_scope.is_none() && !hooks.has(Phase::Access) && !hooks.has(Phase::Loaded)
    }

    async fn written(&self, row: &Row, kind: &str) -> Result<Option<Vec<u8>>> {
        let Some(id) = row.get(self.model.id) else { return Ok(None) };
        let own = self.condition.as_ref().is_none_or(|condition| !condition.is_related());
        if own && self.is_plain() {
            let holds = self.condition.as_ref().is_none_or(|condition| engine::holds(condition, row));
            return Ok(holds.then(|| change(self.model, Some(id), None, Some(row), kind)));
        }
        let mut query = Query::by_id(self.model, id.clone());
        query.condition = engine::both(query.condition, self.condition.clone());
        query.limit = Some(1);
        let found = engine::find(self.cx, self.model, &query).await?.pop();
        Ok(found.map(|row| change(self.model, Some(id), None, Some(&row), kind)))
    }

    /// A row that is gone. Who sees only some rows is told of it when the row as it was says that it was one of them.
    async fn removed(&self, id: &Value, row: Option<&Row>) -> Result<Option<Vec<u8>>> {
        let condition = engine::shown_condition(self.cx, self.model, self.condition.clone()).await?;
        let told = match (&condition, row) {
            (None, _) => true,
            (Some(condition), Some(row)) => !condition.is_related() && engine::holds(condition, row),
            (Some(_), None) => false,
        };
        let by_id = json!({ (&*self.model.id_property().name): id.to_json() });
        Ok(told.then(|| change(self.model, Some(id), Some(&by_id), None, "remove")))
    }
}
