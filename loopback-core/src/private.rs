//! What expansions of the macros, and the program `cargo-loopback`, may name. Not for users: it changes without notice.

pub use crate::ctx::Ctx;
pub use crate::error::{Error, Result};
pub use crate::forward_sea_orm;
pub use crate::hooks::{Access, AfterDelete, AfterSave, BeforeDelete, BeforeSave, Loaded, Persist};
pub use crate::meta::{
    AccessType, ArgDef, ArgSourceDef, HookDef, HookEntry, MethodDef, MethodEntry, Phase, RemoteHookDef,
    RemoteHookEntry, RemotePhase, ReturnsDef, RouteDef, ShapeDef, Verb,
};
pub use crate::meta::{
    AclDef, PasswordPolicyDef, Permission, PrincipalDef, RelationAcl, RoleResolverDef, RoleResolverEntry, UserDef,
};
pub use crate::meta::{
    BaseDef, BootDef, BootEntry, DefaultDef, FieldDef, IndexDef, Invalid, KindDef, Literal, Location, MessageDef,
    MixinDef, ModelDef, ModelEntry, ModelRef, ObjectDef, OnDelete, PropertyDef, RelationDef, RelationKindDef, RuleDef,
    ScopeDef, ScopeQuery, SettingsDef, SqlDef, Strict, ThroughDef, ValidationDef,
};
pub use crate::mixins::Mixin;
pub use crate::remoting::{Arg, RemoteArg, RemoteCall, RemoteResult, ResultWriter};
pub use crate::typed::relation::checks::{
    Inherited, RefersTo, key_is, refers, refers_by, refers_by_any, scope, takes_over,
};
pub use crate::typed::relation::{AnyKey, RelationField, RelationType};
pub use crate::typed::{Column, Entity, Model, Patch, Prop};
pub use crate::value::{IntoProperty, PropertyType, TypeError, Value};
pub use crate::{forward_remote_model, remote_type as forward_remote};
pub use inventory::submit;
pub use sea_orm;

use crate::typed;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value as Json};
use std::process::ExitCode;

/// The argument of a remote method with an index.
pub fn argument<T: RemoteArg>(call: &mut RemoteCall, at: usize) -> Result<T> {
    crate::remoting::argument(call, at)
}

/// The instance that a remote method is called on.
pub fn instance<M: Model>(call: &mut RemoteCall) -> Result<M> {
    crate::remoting::instance(call)
}

/// The context of a call.
pub fn context(call: &RemoteCall) -> Ctx {
    call.ctx().clone()
}

/// Keeps the answer of a remote method.
pub fn answer<T: RemoteResult, E: Into<Error>>(call: &mut RemoteCall, answer: std::result::Result<T, E>) -> Result<()> {
    crate::remoting::answer(call, answer)
}

/// The plural of a model's name, as paths have it.
pub fn pluralize(name: &str) -> String {
    crate::graph::pluralize(name)
}

/// `openedAt` of `opened_at`: the name in JSON that a field has unless its attribute says another.
pub fn camel_case(snake: &str) -> String {
    crate::graph::camel_case(snake)
}

/// `; did you mean `x`?` when a known name is near, else nothing.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    crate::suggest::did_you_mean(name, known)
}

/// The answer of a role resolver.
pub fn resolved<E: Into<Error>>(answer: std::result::Result<bool, E>) -> Result<bool> {
    answer.map_err(Into::into)
}

/// The answer of a hook or of a boot function.
pub fn hooked<E: Into<Error>>(answer: std::result::Result<(), E>) -> Result<()> {
    answer.map_err(Into::into)
}

/// The handles of a base, as those of a model that extends it.
pub fn props_of<B: Model, M>() -> B::Props<M> {
    B::props_of()
}

/// The value of an index that the model does not have: SeaORM never asks for one.
pub fn no_such_property(_at: usize) -> Value {
    Value::Null
}

/// The error of setting a property that the model does not have.
pub fn unknown_property(at: usize) -> TypeError {
    TypeError::new(format!("there is no property with the index {at}"))
}

/// Runs a custom validation on the value of its property.
pub fn check<T: PropertyType, E: Into<Invalid>>(value: &Value, check: fn(&T) -> Result<(), E>) -> Result<(), Invalid> {
    check(&decode(value)?).map_err(Into::into)
}

/// The value of a property as its type, for custom validations.
pub fn decode<T: PropertyType>(value: &Value) -> Result<T, Invalid> {
    T::from_value(value.clone()).map_err(|_| Invalid::default())
}

/// The error of a word that is none of an enum's.
pub fn not_a_variant(name: &str, value: &Value) -> TypeError {
    TypeError::new(format!("{} is no {name}", value.to_json()))
}

/// The value of a nested struct.
pub fn object<const N: usize>(fields: [(&'static str, Value); N]) -> Value {
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Json(Json::Object(fields.map(|(name, value)| (name.to_owned(), value.to_json())).collect()))
}

/// The fields of a nested struct's value.
pub struct Fields {
    name: &'static str,
    map: Map<String, Json>,
}

/// Takes a nested struct's value apart.
pub fn fields(name: &'static str, value: Value) -> Result<Fields, TypeError> {
    match value {
        Value::Json(Json::Object(map)) => Ok(Fields { name, map }),
        other => Err(TypeError::new(format!("{} is no {name}", other.to_json()))),
    }
}

impl Fields {
    /// The value of a field.
    pub fn take<T: PropertyType>(&mut self, key: &'static str) -> Result<T, TypeError> {
        let json = self.map.remove(key).unwrap_or_default();
        let value = crate::value::stored(&T::KIND, json)
            .map_err(|error| TypeError::new(format!("{}.{key}: {error}", self.name)))?;
        T::from_value(value).map_err(|error| TypeError::new(format!("{}.{key}: {error}", self.name)))
    }
}

/// The value of a column, for SeaORM.
pub fn sea_value<M: Model>(instance: &M, at: usize) -> sea_orm::Value {
    typed::value_to_sea(&M::DEF.properties[at].kind, instance.value(at))
}

/// Sets a property to a value of SeaORM's.
pub fn set_sea_value<M: Model>(instance: &mut M, at: usize, value: sea_orm::Value) -> Result<(), sea_orm::DbErr> {
    let set = typed::sea_to_value(&M::DEF.properties[at].kind, value).and_then(|value| instance.set_value(at, value));
    set.map_err(|error| sea_orm::DbErr::Type(error.to_string()))
}

/// The type of a column's values, for SeaORM.
pub fn sea_value_type<M: Model>(at: usize) -> sea_orm::sea_query::ArrayType {
    typed::column_value_type(&M::DEF.properties[at].kind)
}

/// A model of a row that SeaORM read.
pub fn read_model<M: Model>(result: &sea_orm::QueryResult, prefix: &str) -> Result<M, sea_orm::DbErr> {
    typed::read_model(result, prefix)
}

/// Where a column stands among the properties.
pub fn column_index<M: Model>(column: Column<M>) -> usize {
    column.0.into()
}

/// Runs `main` on a tokio runtime and prints its error the way a person reads it.
pub fn run_main<E: std::fmt::Display>(main: impl Future<Output = Result<(), E>>) -> ExitCode {
    run_boxed(Box::pin(async { main.await.map_err(|error| error.to_string()) }))
}

/// Not generic, so that the runtime is compiled here and not in every application.
fn run_boxed(main: LocalBoxFuture<'_, Result<(), String>>) -> ExitCode {
    // What SQLite answers wakes its request from a thread of the database's own, by the queue that all workers share. A busy
    // worker looks there after so many turns at its own work; by default after some sixty, and requests would wait behind
    // long lists.
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().global_queue_interval(7).build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("loopback: the runtime does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(main) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loopback: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Forwards what SeaORM asks of a model to what is written once.
#[doc(hidden)]
#[macro_export]
macro_rules! forward_sea_orm {
    ($model:ty) => {
        #[automatically_derived]
        impl $crate::private::sea_orm::ModelTrait for $model {
            type Entity = $crate::private::Entity<$model>;
            fn get(&self, column: $crate::private::Column<$model>) -> $crate::private::sea_orm::Value {
                $crate::private::sea_value(self, $crate::private::column_index(column))
            }
            fn get_value_type(
                column: $crate::private::Column<$model>,
            ) -> $crate::private::sea_orm::sea_query::ArrayType {
                $crate::private::sea_value_type::<$model>($crate::private::column_index(column))
            }
            fn try_set(
                &mut self,
                column: $crate::private::Column<$model>,
                value: $crate::private::sea_orm::Value,
            ) -> ::core::result::Result<(), $crate::private::sea_orm::DbErr> {
                $crate::private::set_sea_value(self, $crate::private::column_index(column), value)
            }
        }
        #[automatically_derived]
        impl $crate::private::sea_orm::FromQueryResult for $model {
            fn from_query_result(
                result: &$crate::private::sea_orm::QueryResult,
                prefix: &str,
            ) -> ::core::result::Result<Self, $crate::private::sea_orm::DbErr> {
                $crate::private::read_model(result, prefix)
            }
        }
        #[automatically_derived]
        impl $crate::private::sea_orm::IntoActiveModel<$crate::private::Patch<$model>> for $model {
            fn into_active_model(self) -> $crate::private::Patch<$model> {
                $crate::private::Patch::from_model(&self)
            }
        }
    };
}

/// Makes a type that has `PropertyType` written by hand one that remote methods take and answer with:
/// `loopback::remote_type!(Email);`.
#[macro_export]
macro_rules! remote_type {
    ($type:ty) => {
        #[automatically_derived]
        impl $crate::private::RemoteArg for $type {
            const SHAPE: $crate::private::ShapeDef =
                $crate::private::ShapeDef::Kind(<$type as $crate::private::PropertyType>::KIND);
            fn of_arg(arg: $crate::private::Arg<'_>) -> $crate::private::Result<Self> {
                arg.property()
            }
        }
        #[automatically_derived]
        impl $crate::private::RemoteResult for $type {
            const SHAPES: &'static [$crate::private::ShapeDef] =
                &[$crate::private::ShapeDef::Kind(<$type as $crate::private::PropertyType>::KIND)];
            fn write(self, out: &mut $crate::private::ResultWriter<'_>) -> $crate::private::Result<()> {
                out.value(&$crate::private::PropertyType::into_value(self));
                ::core::result::Result::Ok(())
            }
        }
    };
}

/// Makes a model one that remote methods take and answer with.
#[doc(hidden)]
#[macro_export]
macro_rules! forward_remote_model {
    ($model:ty) => {
        #[automatically_derived]
        impl $crate::private::RemoteArg for $model {
            const SHAPE: $crate::private::ShapeDef =
                $crate::private::ShapeDef::Model(|| <$model as $crate::private::Model>::DEF);
            fn of_arg(arg: $crate::private::Arg<'_>) -> $crate::private::Result<Self> {
                arg.instance()
            }
        }
        #[automatically_derived]
        impl $crate::private::RemoteResult for $model {
            const SHAPES: &'static [$crate::private::ShapeDef] =
                &[$crate::private::ShapeDef::Model(|| <$model as $crate::private::Model>::DEF)];
            fn write(self, out: &mut $crate::private::ResultWriter<'_>) -> $crate::private::Result<()> {
                out.instance(self)
            }
        }
    };
}
