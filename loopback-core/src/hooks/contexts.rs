//! What the hooks of a model get: the operation, with the model's type.

use super::{HookState, Operation};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::meta::Phase;
use crate::plan::Condition;
use crate::typed::{Filter, Model, Patch, Settable, Where};
use crate::value::IntoProperty;
use serde_json::{Map, Value as Json};
use std::marker::PhantomData;

macro_rules! contexts {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<'a, M> {
            op: &'a mut Operation,
            of: PhantomData<fn() -> M>,
        }

        impl<'a, M: Model> $name<'a, M> {
            /// The operation, as a hook of this model sees it.
            #[doc(hidden)]
            pub fn of(op: &'a mut Operation) -> Self {
                Self { op, of: PhantomData }
            }

            /// The context. What is written through it belongs to the operation's transaction.
            pub fn ctx(&self) -> &Ctx {
                self.op.ctx()
            }

            /// What the hooks of this operation tell each other: LoopBack's `ctx.hookState`. It lasts from the first phase
            /// to the last.
            pub fn hook_state(&mut self) -> &mut HookState {
                self.op.hook_state()
            }

            /// The operation without the model's type, by JSON names.
            pub fn operation(&self) -> &Operation {
                self.op
            }

            /// The same, to change it.
            pub fn operation_mut(&mut self) -> &mut Operation {
                self.op
            }
        }
    )* };
}

contexts! {
    /// `access`: rows are about to be looked for, to read, change, delete or count them. The hook may change the query.
    ///
    /// It runs once for an operation, before its query, and for each model that an include or a condition over a relation
    /// goes to. It does not run for a replace, nor when an instance changes or deletes itself.
    ///
    /// ```ignore
    /// #[operation_hook(access)]
    /// async fn only_own(op: &mut Access<'_, Self>) -> Result<()> {
    ///     match op.ctx().user_id().cloned() {
    ///         Some(user) => op.narrow(Self::props().owner.eq(i64::from_value(user)?)),
    ///         None => return Err(Error::authorization_required()),
    ///     }
    ///     Ok(())
    /// }
    /// ```
    Access;
    /// `before save`: data is about to be validated. The hook sees the change set, whole or partial, may change it, and
    /// refuses the operation with an error.
    ///
    /// | operation | data | [`is_new_instance`](Self::is_new_instance) | [`where_json`](Self::where_json) | [`current_instance`](Self::current_instance) |
    /// |---|---|---|---|---|
    /// | create | whole, with defaults | `Some(true)` | `None` | `None` |
    /// | replace | whole, with defaults and id | `Some(false)` | `None` | `None` |
    /// | patch | what is set | `None` | `{"id": 1}` | the row as it is |
    /// | updateAll | what is set | `None` | the condition, `{}` for all | `None` |
    ///
    /// ```ignore
    /// #[operation_hook(before_save)]
    /// async fn tidy(op: &mut BeforeSave<'_, Self>) -> Result<()> {
    ///     op.update(Self::props().name, |name| name.trim().to_owned());
    ///     Ok(())
    /// }
    /// ```
    BeforeSave;
    /// `persist`: data is valid and about to go to the database. What the hook changes is stored; the answer of a create
    /// or a patch does not show it, as in LoopBack. Nothing validates it any more but the type of the property.
    Persist;
    /// `loaded`: a row came from the database, or was written. What the hook sets is what the reader gets. After a create
    /// or a patch the answer does not show it, as in LoopBack.
    ///
    /// It runs for each row: a list of a thousand is a thousand calls, and is read as a whole before it is sent. A patch by
    /// id has it twice, for the row as it is and for what was written: `data_json` is then what is set, and the id. After an
    /// updateAll it does not run.
    Loaded;
    /// `after save`: data was written, and is not lasting before the operation's transaction is. An error undoes it.
    ///
    /// Of one row it has the instance; after an updateAll the data that was set, the condition, and how many rows there
    /// were.
    AfterSave;
    /// `before delete`: rows are about to be deleted. The hook may spare some, or refuse the operation with an error. It
    /// runs once, however many rows there are; [`where_json`](Self::where_json) says which, `{"id": 1}` for one.
    ///
    /// ```ignore
    /// #[operation_hook(before_delete)]
    /// async fn keep_open_ones(op: &mut BeforeDelete<'_, Self>) -> Result<()> {
    ///     op.narrow(Self::props().state.eq("closed"));
    ///     Ok(())
    /// }
    /// ```
    BeforeDelete;
    /// `after delete`: rows were deleted, or there were none: [`count`](Self::count) says how many. An error brings them
    /// back.
    AfterDelete;
}

/// The change set: reading it.
macro_rules! readable {
    ($($name:ident)*) => { $(
        impl<M: Model> $name<'_, M> {
            /// The value of a property; `None`: it is not part of the data (or the client has sent what the property
            /// cannot hold: validation will say so).
            pub fn get<S: Settable<M>>(&self, property: S) -> Option<S::Value> {
                property.read(self.op.row()?)
            }

            /// The data by the JSON names of its properties, hidden ones included: `{"name": "Bean", "margin": 30}`.
            pub fn data_json(&self) -> Map<String, Json> {
                self.op.data_json()
            }

            /// Whether the row is new; `None` where LoopBack has no `isNewInstance`.
            pub fn is_new_instance(&self) -> Option<bool> {
                self.op.is_new_instance()
            }
        }
    )* };
}

readable!(BeforeSave Persist Loaded AfterSave);

/// The change set: changing it.
macro_rules! changeable {
    ($($name:ident)*) => { $(
        impl<M: Model> $name<'_, M> {
            /// Sets a property, whatever it was. Before save the value is validated with the rest.
            pub fn set<S: Settable<M>>(&mut self, property: S, value: impl IntoProperty<S::Value>) {
                if let Ok(data) = self.op.data_mut() {
                    property.put(value.into_property(), &mut data.row);
                }
            }

            /// Changes the value of a property, when it is part of the data.
            pub fn update<S: Settable<M>>(&mut self, property: S, change: impl FnOnce(S::Value) -> S::Value) {
                if let Some(value) = self.get(property)
                    && let Ok(data) = self.op.data_mut()
                {
                    property.put(change(value), &mut data.row);
                }
            }

            /// Sets all that a change set sets.
            pub fn apply(&mut self, patch: Patch<M>) {
                if let Ok(data) = self.op.data_mut() {
                    for (at, value) in patch.into_row().iter() {
                        data.row.set(at, value.clone());
                    }
                }
            }
        }
    )* };
}

changeable!(BeforeSave Persist Loaded);

/// Which rows.
macro_rules! located {
    ($($name:ident)*) => { $(
        impl<M: Model> $name<'_, M> {
            /// Which rows the operation is on, in LoopBack's form: `{"city": "Oslo"}`; `{}`: all of them. `None`: it is on
            /// a whole instance, or a new one.
            pub fn where_json(&self) -> Option<Json> {
                self.op.where_json()
            }
        }
    )* };
}

located!(Access BeforeSave Persist AfterSave BeforeDelete AfterDelete);

macro_rules! narrowing {
    ($($name:ident)*) => { $(
        impl<M: Model> $name<'_, M> {
            /// Leaves only those rows that the condition finds as well. What narrows twice narrows by both.
            pub fn narrow(&mut self, condition: Where<M>) {
                // Only another phase would be an error.
                drop(self.op.narrow(Some(condition.into_condition())));
            }

            /// Which rows the operation is on.
            pub fn condition(&self) -> Where<M> {
                let query = self.op.query.as_ref();
                Where::of(query.and_then(|query| query.condition.clone()).unwrap_or(Condition::Constant(true)))
            }

            /// Puts another condition in the place of [`where_json`](Self::where_json). What no hook takes
            /// away stays: the id or the relation that was asked for, scopes, what other hooks have narrowed.
            ///
            /// # Errors
            /// 400: what a `where` cannot be.
            pub fn set_where_json(&mut self, condition: Json) -> Result<()> {
                self.op.set_where_json(condition)
            }
        }
    )* };
}

narrowing!(Access BeforeDelete);

impl<M: Model> Access<'_, M> {
    /// The query in LoopBack's form: `{"where": .., "order": .., "limit": ..}`.
    pub fn filter_json(&self) -> Json {
        self.op.filter_json()
    }

    /// Puts another query in the place of this one. What no hook takes away stays: the id or the relation
    /// that was asked for, scopes, what other hooks have narrowed.
    ///
    /// # Errors
    /// 400: what a filter cannot be.
    pub fn set_filter_json(&mut self, filter: Json) -> Result<()> {
        self.op.set_filter_json(filter)
    }

    /// Adds to the query: its condition holds besides; its order, limit and fields stand in where the query has none;
    /// what it includes is included, too.
    pub fn add(&mut self, filter: impl Into<Filter<M>>) {
        let added = filter.into().into_query();
        if let Ok(query) = self.op.changeable("the filter", &[Phase::Access]) {
            *query = crate::engine::narrowed(std::mem::take(query), &added);
        }
    }
}

impl<M: Model> BeforeSave<'_, M> {
    /// Whether the data is a whole instance (LoopBack's `ctx.instance`) or some properties of one or of many
    /// (`ctx.data`).
    pub fn is_whole(&self) -> bool {
        self.op.is_whole()
    }

    /// The instance as it is before a patch (LoopBack's `ctx.currentInstance`); `None`: it is new, replaced as a whole, or
    /// there are many.
    ///
    /// # Errors
    /// 500: the row has a value that its type cannot hold.
    pub fn current_instance(&self) -> Result<Option<M>> {
        self.op.current.clone().map(crate::typed::from_row).transpose()
    }
}

impl<M: Model> Persist<'_, M> {
    /// The instance that is stored, its id 0 when the database is yet to make it; `None`: some properties are.
    ///
    /// # Errors
    /// 500: a value that its type cannot hold.
    pub fn instance(&mut self) -> Result<Option<&M>> {
        self.op.typed()
    }
}

impl<M: Model> AfterSave<'_, M> {
    /// The instance as it is now; `None`: an updateAll has changed many.
    ///
    /// # Errors
    /// 500: the row has a value that its type cannot hold.
    pub fn instance(&mut self) -> Result<Option<&M>> {
        self.op.typed()
    }

    /// How many rows an updateAll has changed (LoopBack's `ctx.info.count`).
    pub fn count(&self) -> Option<u64> {
        self.op.count()
    }
}

impl<M: Model> BeforeDelete<'_, M> {
    /// The instance that deletes itself (`shop.destroy(&ctx)`); `None`: a condition says which rows go.
    ///
    /// # Errors
    /// 500: the row has a value that its type cannot hold.
    pub fn instance(&mut self) -> Result<Option<&M>> {
        self.op.typed()
    }
}

impl<M: Model> AfterDelete<'_, M> {
    /// As [`BeforeDelete::instance`].
    ///
    /// # Errors
    /// 500: the row has a value that its type cannot hold.
    pub fn instance(&mut self) -> Result<Option<&M>> {
        self.op.typed()
    }

    /// How many rows are gone (LoopBack's `ctx.info.count`).
    pub fn count(&self) -> u64 {
        self.op.count().unwrap_or(0)
    }
}
