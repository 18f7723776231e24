//! Who calls.

use super::arg::{Arg, RemoteArg};
use crate::error::{Error, Result};
use crate::meta::ShapeDef;
use crate::value::{PropertyType, Value};

/// The user that a request acts for: an argument of a remote method that no client can give.
///
/// Without one the answer is 401 `AUTHORIZATION_REQUIRED`; `Option<CurrentUser>` is for methods that everybody may call. It
/// is the same user as that of [`Ctx::user_id`](crate::ctx::Ctx::user_id). A tower layer that knows who calls puts one into
/// the extensions of the request.
///
/// ```ignore
/// #[remote_method(get, "/mine")]
/// async fn mine(ctx: &Ctx, user: CurrentUser) -> Result<Vec<Self>> {
///     Self::find(ctx, Self::props().owner.eq(user.id_as::<i64>()?)).await
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CurrentUser {
    id: Value,
}

impl CurrentUser {
    /// The user with an id.
    pub fn new<T: PropertyType>(id: T) -> Self {
        Self { id: id.into_value() }
    }

    /// The id.
    pub fn id(&self) -> &Value {
        &self.id
    }

    /// The id as the type that the model of users has.
    ///
    /// # Errors
    /// 500: it is of another type.
    pub fn id_as<T: PropertyType>(&self) -> Result<T> {
        T::from_value(self.id.clone()).map_err(Error::internal)
    }
}

impl RemoteArg for CurrentUser {
    const SHAPE: ShapeDef = ShapeDef::Injected;

    fn of_arg(arg: Arg<'_>) -> Result<Self> {
        Self::optional(arg)?.ok_or_else(Error::authorization_required)
    }

    fn optional(arg: Arg<'_>) -> Result<Option<Self>> {
        Ok(arg.call().ctx().user_id().map(|id| Self { id: id.clone() }))
    }
}
