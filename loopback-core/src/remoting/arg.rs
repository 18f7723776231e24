//! Types that remote methods take.

use super::{RemoteCall, UploadedFile, coerce};
use crate::engine::Input;
use crate::error::{Error, Result};
use crate::filter::{parse_filter, parse_where};
use crate::graph::{Kind, ModelNode, Shape};
use crate::meta::{KindDef, ShapeDef};
use crate::plan::{Condition, Reader, resolve_filter, resolve_where};
use crate::typed::{Filter, Model, Patch, Where, from_row};
use crate::value::{GeoPoint, PropertyType, Value, stored};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use uuid::Uuid;

/// What a remote method can take.
///
/// Implemented for the types of properties, for models, `Patch`, `Filter` and `Where` of them, for
/// [`UploadedFile`](super::UploadedFile), [`CurrentUser`](super::CurrentUser), and for `Option` and `Vec` of these. A
/// [`PropertyType`] written by hand gets it by [`remote_type!`](crate::remote_type).
///
/// A text of a path, a query string, a header or a form is converted to the type; an empty one is none. JSON is not:
/// `"5"` is no number there. What does not fit is a 400 with LoopBack's message, `Value is not a number.`; a property of a
/// model or a `Patch` that does not fit is a 422 with all that is wrong.
///
/// By hand it is for what no client gives, and for what is read in a way of its own:
///
/// ```ignore
/// struct Tags(Vec<String>);                                        // ?tags=coffee,tea
///
/// impl RemoteArg for Tags {
///     const SHAPE: ShapeDef = <String as RemoteArg>::SHAPE;
///
///     fn of_arg(arg: Arg<'_>) -> Result<Self> {
///         Ok(Self(arg.property::<String>()?.split(',').map(str::to_owned).collect()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a remote method",
    note = "use the type of a property, a model, `Patch`, `Filter` or `Where` of one, an `UploadedFile`, or `Option` or `Vec` of these",
    note = "for an enum or a struct of your own add `#[derive(PropertyType)]`"
)]
pub trait RemoteArg: Sized + Send {
    /// What it is, for coercion and OpenAPI.
    const SHAPE: ShapeDef;
    /// Whether a request must have it.
    const REQUIRED: bool = true;
    /// What a list of it is.
    #[doc(hidden)]
    const LIST: ShapeDef = ShapeDef::List(&Self::SHAPE);

    /// It, of an argument.
    ///
    /// # Errors
    /// 400: the argument is missing, or the type cannot hold it.
    fn of_arg(arg: Arg<'_>) -> Result<Self>;

    /// It, or nothing.
    ///
    /// # Errors
    /// As [`of_arg`](Self::of_arg).
    #[doc(hidden)]
    fn optional(arg: Arg<'_>) -> Result<Option<Self>> {
        let nothing = match &arg.json {
            None => true,
            Some(Json::Null) => !matches!(Self::SHAPE, ShapeDef::Kind(KindDef::Any)),
            Some(_) => false,
        };
        if nothing { Ok(None) } else { Self::of_arg(arg).map(Some) }
    }

    /// A list of it.
    ///
    /// # Errors
    /// As [`of_arg`](Self::of_arg).
    #[doc(hidden)]
    fn list(arg: Arg<'_>) -> Result<Vec<Self>> {
        let Arg { call, name, json } = arg;
        match json {
            Some(Json::Array(items)) => {
                items.into_iter().map(|json| Self::of_arg(Arg { call, name, json: Some(json) })).collect()
            }
            json => Err(Arg { call, name, json }.missing()),
        }
    }
}

/// An argument of a call, for [`RemoteArg::of_arg`].
#[derive(Clone, Debug)]
pub struct Arg<'c> {
    call: &'c RemoteCall,
    name: &'c str,
    json: Option<Json>,
}

impl<'c> Arg<'c> {
    /// The call that has it.
    pub fn call(&self) -> &'c RemoteCall {
        self.call
    }

    /// Its name.
    pub fn name(&self) -> &'c str {
        self.name
    }

    /// Its JSON, coerced; `None`: the request has it not.
    pub fn into_json(self) -> Option<Json> {
        self.json
    }

    pub(super) fn files(&self) -> Vec<&'c UploadedFile> {
        self.call.files(self.name)
    }

    /// 400: the request has it not.
    pub(super) fn missing(&self) -> Error {
        Error::bad_request(format!("{} is a required argument", self.name))
    }

    fn some(self) -> Result<Json> {
        match self.json {
            Some(json) => Ok(json),
            None => Err(self.missing()),
        }
    }

    fn model<M: Model>(&self) -> Result<&'c Arc<ModelNode>> {
        let found = self.call.ctx().app().graph().model(M::DEF.name);
        found.ok_or_else(|| Error::internal(format!("there is no model `{}` in the application", M::DEF.name)))
    }

    /// The value of a property's type.
    ///
    /// # Errors
    /// 400: the argument is missing, or the type cannot hold it.
    pub fn property<T: PropertyType>(self) -> Result<T> {
        let name = self.name;
        let value = stored(&T::KIND, self.some()?);
        value.and_then(T::from_value).map_err(|error| wrong(name, error))
    }

    /// An instance of a model: defaults for what is absent, the types of all checked, nothing validated.
    ///
    /// # Errors
    /// 422: a property is of the wrong type, unknown, or missing where the type has no room for that.
    pub fn instance<M: Model>(self) -> Result<M> {
        let model = self.model::<M>()?;
        from_row(Input::of_json(model, self.some()?)?.into_whole(model)?)
    }
}

fn wrong(name: &str, what: impl std::fmt::Display) -> Error {
    Error::bad_request(format!("Invalid argument \"{name}\". Value is wrong: {what}."))
}

/// The argument of a call with an index.
pub(crate) fn argument<T: RemoteArg>(call: &mut RemoteCall, at: usize) -> Result<T> {
    let call: &RemoteCall = call;
    let custom = call.custom()?;
    let Some(arg) = custom.args.get(at) else { return Err(Error::internal(format!("there is no argument {at}"))) };
    let mut json = call.arg(&arg.name).cloned();
    if call.args_changed() && arg.shape != Shape::Injected {
        // A hook may have set anything; `null` is its word for nothing, where that is no value itself.
        json = json.filter(|json| !json.is_null() || arg.shape == Shape::Kind(Kind::Any));
        json = json.map(|json| coerce::typed(&arg.name, &arg.shape, json)).transpose()?;
    }
    T::of_arg(Arg { call, name: &arg.name, json })
}

impl<T: RemoteArg> RemoteArg for Option<T> {
    const SHAPE: ShapeDef = T::SHAPE;
    const REQUIRED: bool = false;

    fn of_arg(arg: Arg<'_>) -> Result<Self> {
        T::optional(arg)
    }
}

impl<T: RemoteArg> RemoteArg for Vec<T> {
    const SHAPE: ShapeDef = T::LIST;

    fn of_arg(arg: Arg<'_>) -> Result<Self> {
        T::list(arg)
    }

    fn optional(arg: Arg<'_>) -> Result<Option<Self>> {
        if arg.json.is_none() && arg.files().is_empty() { Ok(None) } else { T::list(arg).map(Some) }
    }
}

macro_rules! properties {
    ($($type:ty)*) => { $(
        impl RemoteArg for $type {
            const SHAPE: ShapeDef = ShapeDef::Kind(<$type as PropertyType>::KIND);

            fn of_arg(arg: Arg<'_>) -> Result<Self> {
                arg.property()
            }
        }
    )* };
}

properties!(String bool i8 i16 i32 i64 u16 u32 f32 f64 DateTime<Utc> NaiveDate Decimal Uuid GeoPoint Json);

macro_rules! integers {
    ($($type:ty, $min:expr;)*) => { $(
        impl RemoteArg for $type {
            const SHAPE: ShapeDef = ShapeDef::Kind(KindDef::Integer { min: $min, max: i64::MAX });

            fn of_arg(arg: Arg<'_>) -> Result<Self> {
                let name = arg.name;
                arg.property::<i64>()?.try_into().map_err(|error| wrong(name, error))
            }
        }
    )* };
}

integers! { u64, 0; usize, 0; isize, i64::MIN; }

impl RemoteArg for u8 {
    const SHAPE: ShapeDef = ShapeDef::Kind(KindDef::Integer { min: 0, max: 255 });
    const LIST: ShapeDef = ShapeDef::Kind(KindDef::Bytes);

    fn of_arg(arg: Arg<'_>) -> Result<Self> {
        let name = arg.name;
        arg.property::<i64>()?.try_into().map_err(|error| wrong(name, error))
    }

    fn list(arg: Arg<'_>) -> Result<Vec<Self>> {
        arg.property()
    }
}

impl RemoteArg for Map<String, Json> {
    const SHAPE: ShapeDef = ShapeDef::Object;

    fn of_arg(arg: Arg<'_>) -> Result<Self> {
        match arg.some()? {
            Json::Object(map) => Ok(map),
            _ => Err(Error::bad_request("Value is not an object.")),
        }
    }
}

impl<M: Model> RemoteArg for Patch<M> {
    const SHAPE: ShapeDef = ShapeDef::Partial(|| M::DEF);

    fn of_arg(arg: Arg<'_>) -> Result<Self> {
        let model = arg.model::<M>()?;
        Ok(Self::of_row(Input::of_json(model, arg.some()?)?.into_row()?))
    }
}

impl<M: Model> RemoteArg for Filter<M> {
    const SHAPE: ShapeDef = ShapeDef::Filter(|| M::DEF);

    fn of_arg(arg: Arg<'_>) -> Result<Self> {
        let model = arg.model::<M>()?;
        if let Some(query) = arg.call.query_of(arg.name, arg.json.as_ref()) {
            return Ok(Self::of_query(query.clone()));
        }
        Ok(Self::of_query(resolve_filter(model, parse_filter(arg.some()?)?, Reader::Client)?))
    }
}

impl<M: Model> RemoteArg for Where<M> {
    const SHAPE: ShapeDef = ShapeDef::Where(|| M::DEF);

    fn of_arg(arg: Arg<'_>) -> Result<Self> {
        let model = arg.model::<M>()?;
        if let Some(query) = arg.call.query_of(arg.name, arg.json.as_ref()) {
            return Ok(Self::new(query.condition.clone().unwrap_or(Condition::Constant(true))));
        }
        let condition = resolve_where(model, parse_where(arg.some()?)?, Reader::Client)?;
        Ok(Self::new(condition.unwrap_or(Condition::Constant(true))))
    }
}

/// The value that an id has before the database gives one.
pub(crate) fn no_id(kind: &Kind) -> Value {
    match kind {
        Kind::Integer { .. } => Value::Int(0),
        Kind::Uuid => Value::Uuid(Uuid::nil()),
        _ => Value::Text(String::new()),
    }
}
