//! An operation as its hooks see it, with no type of a model.

use super::HookState;
use crate::ctx::Ctx;
use crate::engine::Input;
use crate::error::{Error, Result};
use crate::filter::{own_filter, own_where};
use crate::graph::ModelNode;
use crate::meta::Phase;
use crate::plan::{Condition, Query, Reader, filter_json, fixed, resolve_filter, resolve_where, where_json};
use crate::typed::Model;
use crate::value::{Row, Value};
use serde_json::{Map, Value as Json};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// An operation on a model, as its hooks see it: LoopBack's `ctx`. The hooks of a model get it typed, as
/// [`BeforeSave`](super::BeforeSave) and its kin; observers of all models get it as it is, and read and write JSON.
///
/// What a phase has, and what of it may be changed:
///
/// | | access | before save | persist | loaded | after save | before delete | after delete |
/// |---|---|---|---|---|---|---|---|
/// | [`filter_json`](Self::filter_json) | changes | – | – | – | – | – | – |
/// | [`where_json`](Self::where_json) | changes | of a patch or updateAll | the same | – | the same | changes | reads |
/// | [`data_json`](Self::data_json) | – | changes | changes | changes | reads | – | – |
/// | [`is_new_instance`](Self::is_new_instance) | – | `None` for partial data | `None` for updateAll | of a write | the same | – | – |
/// | [`count`](Self::count) | – | – | – | – | of updateAll | – | the rows |
///
/// JSON is by the names that clients use: a filter `{"where": {"city": "Oslo"}, "limit": 10}`, data
/// `{"name": "Bean", "openedAt": "2026-11-22T15:30:42.157Z"}`. Hidden properties are part of it.
///
/// What a hook changes where nothing may be changed is a 500: it is the hook's fault, not the client's.
pub struct Operation {
    pub(crate) ctx: Ctx,
    pub(crate) model: Arc<ModelNode>,
    state: HookState,
    phase: Phase,
    /// The query of `access`; the condition of what is changed or deleted.
    pub(crate) query: Option<Query>,
    /// The data that is saved or was loaded.
    pub(crate) data: Option<Input>,
    /// Whether the data is a whole instance.
    pub(crate) whole: bool,
    /// The row as it was before.
    pub(crate) current: Option<Row>,
    /// The row as it is after.
    pub(crate) instance: Option<Row>,
    pub(crate) is_new: Option<bool>,
    pub(crate) count: Option<u64>,
    /// The instance as its type, decoded once for all hooks of a phase.
    decoded: Option<Box<dyn Any + Send + Sync>>,
}

impl Operation {
    /// An operation, for its hooks.
    ///
    /// # Errors
    /// 500: hooks have called each other too often.
    pub(crate) fn new(cx: &Ctx, model: &Arc<ModelNode>) -> Result<Self> {
        Ok(Self {
            ctx: cx.hooked(model)?,
            model: model.clone(),
            state: HookState::default(),
            phase: Phase::Access,
            query: None,
            data: None,
            whole: false,
            current: None,
            instance: None,
            is_new: None,
            count: None,
            decoded: None,
        })
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.decoded = None;
    }

    /// The context. What is written through it belongs to the operation's transaction.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// The model: of an inherited hook the one that extends the hook's.
    pub fn model(&self) -> &ModelNode {
        &self.model
    }

    /// The phase.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What the hooks of this operation tell each other.
    pub fn hook_state(&mut self) -> &mut HookState {
        &mut self.state
    }

    /// Whether a row is new; `None` where LoopBack has no `isNewInstance`: partial data before it is saved, updateAll, and
    /// what is read.
    pub fn is_new_instance(&self) -> Option<bool> {
        self.is_new
    }

    /// Whether the data is a whole instance (LoopBack's `ctx.instance`) or some properties (`ctx.data`).
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// How many rows an updateAll has changed, or a deletion has deleted.
    pub fn count(&self) -> Option<u64> {
        self.count
    }

    /// The query of `access`, as a filter.
    pub fn filter_json(&self) -> Json {
        self.query.as_ref().map_or_else(|| Json::Object(Map::new()), |query| filter_json(&self.model, query))
    }

    /// Puts another query in the place of the one of `access`. What no hook takes away stays:
    /// the id or the relation that was asked for, scopes, what other hooks have narrowed.
    ///
    /// # Errors
    /// 400: what a filter cannot be.
    pub fn set_filter_json(&mut self, filter: Json) -> Result<()> {
        let query = resolve_filter(&self.model, own_filter(filter)?, Reader::Application)?;
        let own = self.changeable("the filter", &[Phase::Access])?;
        let kept = fixed(own.condition.take());
        *own = query;
        narrow(own, kept);
        Ok(())
    }

    /// Which rows the operation is on, in LoopBack's form: `{"city": "Oslo"}`; `{}`: all of them. `None`: it is on one
    /// whole instance.
    pub fn where_json(&self) -> Option<Json> {
        self.query.as_ref().map(|query| where_json(&self.model, query.condition.as_ref()))
    }

    /// Puts another condition in the place of [`where_json`](Self::where_json), in `access` and before a deletion.
    /// What no hook takes away stays:
    /// the id or the relation that was asked for, scopes, what other hooks have narrowed.
    ///
    /// # Errors
    /// 400: what a `where` cannot be; 500: in another phase.
    pub fn set_where_json(&mut self, condition: Json) -> Result<()> {
        let condition = resolve_where(&self.model, own_where(condition)?, Reader::Application)?;
        let query = self.changeable("the condition", &[Phase::Access, Phase::BeforeDelete])?;
        let kept = fixed(query.condition.take());
        query.condition = condition;
        narrow(query, kept);
        Ok(())
    }

    /// Leaves only those rows that the condition finds as well, in `access` and before a deletion.
    ///
    /// # Errors
    /// As [`set_where_json`](Self::set_where_json).
    pub fn narrow_json(&mut self, condition: Json) -> Result<()> {
        let condition = resolve_where(&self.model, own_where(condition)?, Reader::Application)?;
        self.narrow(condition)
    }

    pub(super) fn narrow(&mut self, condition: Option<Condition>) -> Result<()> {
        let condition = condition.map(|condition| condition.fixed(&self.model));
        narrow(self.changeable("the condition", &[Phase::Access, Phase::BeforeDelete])?, condition);
        Ok(())
    }

    pub(super) fn changeable(&mut self, what: &str, phases: &[Phase]) -> Result<&mut Query> {
        if !phases.contains(&self.phase) {
            let message = format!("{what} cannot be changed in `{}` of {}", self.phase.as_str(), self.model.name);
            return Err(Error::internal(message));
        }
        Ok(self.query.get_or_insert_with(Query::default))
    }

    /// The data, by the JSON names of the properties: what is saved, what was loaded, after a save the instance as it is
    /// now. Hidden properties are there, too.
    pub fn data_json(&self) -> Map<String, Json> {
        let mut map = Map::new();
        match (&self.instance, &self.data) {
            (Some(row), _) => self.named(row, &mut map),
            (None, Some(data)) => {
                map.extend(data.free.clone());
                self.named(&data.row, &mut map);
            }
            (None, None) => {}
        }
        map
    }

    /// Writes a row by the JSON names of its properties; those without a column beside the others.
    fn named(&self, row: &Row, map: &mut Map<String, Json>) {
        for (at, value) in row.iter() {
            match value {
                Value::Json(Json::Object(free)) if Some(at) == self.model.free => map.extend(free.clone()),
                _ if Some(at) == self.model.free => {}
                value => drop(map.insert(self.model.properties[at].name.to_string(), value.to_json())),
            }
        }
    }

    /// The instance as it is before a patch, by the JSON names of the properties; `None`: it is new, replaced as a whole, or
    /// there are many.
    pub fn current_json(&self) -> Option<Map<String, Json>> {
        let mut map = Map::new();
        self.named(self.current.as_ref()?, &mut map);
        Some(map)
    }

    /// A property of the data, by its JSON name; `None`: it is not set.
    pub fn get(&self, property: &str) -> Option<Json> {
        let row = self.row()?;
        match self.model.property(property) {
            Some(at) => row.get(at).map(Value::to_json),
            None => self.data.as_ref()?.free.get(property).cloned(),
        }
    }

    /// Sets a property of the data by its JSON name: before save, in persist and in loaded. A value that the property
    /// cannot take is an error of the validation.
    ///
    /// # Errors
    /// 500: in another phase, or there is no such property.
    pub fn set(&mut self, property: &str, value: Json) -> Result<()> {
        let model = self.model.clone();
        let Some(at) = model.property(property) else {
            if model.free.is_some() {
                self.data_mut()?.free.insert(property.to_owned(), value);
                return Ok(());
            }
            return Err(Error::internal(format!("{} has no property `{property}`", model.name)));
        };
        self.data_mut()?.put_json(&model, at, value);
        Ok(())
    }

    /// Takes a property out of the data, by its JSON name, before save, in persist and in loaded: what is written does not
    /// have it. A new row gets NULL there, or what the database has for a default.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn unset(&mut self, property: &str) -> Result<()> {
        let at = self.model.property(property);
        let data = self.data_mut()?;
        match at {
            Some(at) => drop(data.row.take(at)),
            None => drop(data.free.remove(property)),
        }
        Ok(())
    }

    pub(super) fn row(&self) -> Option<&Row> {
        self.instance.as_ref().or_else(|| self.data.as_ref().map(|data| &data.row))
    }

    /// The data, where a hook may change it.
    pub(super) fn data_mut(&mut self) -> Result<&mut Input> {
        self.decoded = None;
        let (phase, model) = (self.phase, &self.model);
        let fits = matches!(phase, Phase::BeforeSave | Phase::Persist | Phase::Loaded);
        match self.data.as_mut().filter(|_| fits) {
            Some(data) => Ok(data),
            None => {
                Err(Error::internal(format!("there is no data to change in `{}` of {}", phase.as_str(), model.name)))
            }
        }
    }

    /// The instance as its type; `None`: the operation has none, or not yet a whole one.
    pub(super) fn typed<M: Model>(&mut self) -> Result<Option<&M>> {
        // Hooks of a base ask for another type than those of the model.
        if !self.decoded.as_ref().is_some_and(|decoded| decoded.is::<M>()) {
            let row = match self.phase {
                Phase::AfterSave => self.instance.as_ref(),
                Phase::Persist if self.whole => self.data.as_ref().map(|data| &data.row),
                Phase::BeforeDelete | Phase::AfterDelete => self.current.as_ref(),
                _ => None,
            };
            let Some(mut row) = row.cloned() else { return Ok(None) };
            let id = self.model.id;
            if self.is_new == Some(true) && row.get(id).is_none() && self.model.id_property().generated {
                // The database has not made it yet.
                row.set(id, Value::Int(0));
            }
            self.decoded = Some(Box::new(crate::typed::from_row::<M>(row)?));
        }
        Ok(self.decoded.as_ref().and_then(|decoded| decoded.downcast_ref()))
    }
}

fn narrow(query: &mut Query, condition: Option<Condition>) {
    query.condition = crate::engine::both(query.condition.take(), condition);
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Operation({} of {})", self.phase.as_str(), self.model.name)
    }
}
