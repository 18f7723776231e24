//! Remote methods and remote hooks, as the attributes saw them.

use super::{AccessType, AclDef, Literal, Location, ModelDef, Verb};
use crate::error::Result;
use crate::meta::KindDef;
use crate::remoting::{RemoteArg, RemoteCall, RemoteResult};
use futures_util::future::BoxFuture;

/// A remote method, as `#[remote_method]` saw it.
#[derive(Clone, Copy)]
pub struct MethodDef {
    /// The model that has it.
    pub model: fn() -> &'static ModelDef,
    /// Its name, `near`; that of an instance method without `prototype.`.
    pub name: &'static str,
    /// Whether it is called on an instance: the row with the id in the path.
    pub instance: bool,
    /// The doc comment, `""` without one.
    pub doc: &'static str,
    /// More to say in OpenAPI.
    pub notes: &'static str,
    /// How ACLs see it; `None`: by its verbs.
    pub access: Option<AccessType>,
    /// The rules about it.
    pub acls: &'static [AclDef],
    /// Whether models that extend its model have it, too.
    pub inherited: bool,
    /// Scopes that a token must have to call it.
    pub scopes: &'static [&'static str],
    /// Where it is served.
    pub routes: &'static [RouteDef],
    /// What it takes from the request.
    pub args: &'static [ArgDef],
    /// What it answers with.
    pub returns: ReturnsDef,
    /// The HTTP status of an answer; `None`: 200, or 204 for nothing.
    pub status: Option<u16>,
    /// The HTTP status of an error that has none itself; `None`: 500.
    pub error_status: Option<u16>,
    /// Calls it.
    pub call: MethodFn,
    /// Where the function stands.
    pub location: Location,
}

/// Calls a remote method: takes its arguments out of the call, and leaves the answer there.
pub type MethodFn = for<'a> fn(&'a mut RemoteCall) -> BoxFuture<'a, Result<()>>;

impl MethodDef {
    /// A method without options: the base that an expansion completes with `..`.
    pub const fn new(
        model: fn() -> &'static ModelDef,
        name: &'static str,
        returns: ReturnsDef,
        call: MethodFn,
        location: Location,
    ) -> Self {
        Self {
            model,
            name,
            instance: false,
            doc: "",
            notes: "",
            access: None,
            acls: &[],
            inherited: false,
            scopes: &[],
            routes: &[],
            args: &[],
            returns,
            status: None,
            error_status: None,
            call,
            location,
        }
    }
}

/// A verb and a path below the model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteDef {
    /// The verb; `None`: all of them.
    pub verb: Option<Verb>,
    /// `/near`, `/{id}/open`
    pub path: &'static str,
}

/// An argument of a remote method.
#[derive(Clone, Copy)]
pub struct ArgDef {
    /// Its name in JSON and in a query string; that of the header when it is read from one.
    pub name: &'static str,
    /// The doc comment, `""` without one.
    pub doc: &'static str,
    /// Where it is read from.
    pub source: ArgSourceDef,
    /// What it is.
    pub shape: ShapeDef,
    /// Whether the request must have it.
    pub required: bool,
    /// What it is when the request has it not.
    pub default: Option<Literal>,
}

impl ArgDef {
    /// An argument of a type, without options: the base that an expansion completes with `..`.
    pub const fn of<T: RemoteArg>(name: &'static str) -> Self {
        Self { name, doc: "", source: ArgSourceDef::Anywhere, shape: T::SHAPE, required: T::REQUIRED, default: None }
    }
}

/// Where an argument is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgSourceDef {
    /// The path when it names it, else a property of the body, else the query string.
    Anywhere,
    /// A part of the path.
    Path,
    /// The query string.
    Query,
    /// The whole body.
    Body,
    /// A property of the body.
    Form,
    /// A header.
    Header,
}

/// What an argument or an answer is, for coercion and for OpenAPI.
#[derive(Clone, Copy)]
pub enum ShapeDef {
    /// A value.
    Kind(KindDef),
    /// An object with any keys.
    Object,
    /// A whole instance.
    Model(fn() -> &'static ModelDef),
    /// Some properties of an instance.
    Partial(fn() -> &'static ModelDef),
    /// A filter.
    Filter(fn() -> &'static ModelDef),
    /// A condition.
    Where(fn() -> &'static ModelDef),
    /// A list.
    List(&'static ShapeDef),
    /// An uploaded file; as an answer bytes of any type.
    File,
    /// Nothing that a client gives: the user, the request itself.
    Injected,
    /// Nothing.
    Nothing,
}

/// What a method answers with.
#[derive(Clone, Copy)]
pub struct ReturnsDef {
    /// The names of the values in the JSON object that is answered; none: the value is the answer itself.
    pub names: &'static [&'static str],
    /// What each of them is; of a single value without a name, the one.
    pub shapes: &'static [ShapeDef],
}

impl ReturnsDef {
    /// The answer is the value itself.
    pub const fn of<T: RemoteResult>() -> Self {
        Self { names: &[], shapes: T::SHAPES }
    }

    /// The answer is an object with the value, or the values of a tuple, under these names.
    pub const fn named<T: RemoteResult>(names: &'static [&'static str]) -> Self {
        Self { names, shapes: T::SHAPES }
    }
}

/// What `#[remote_method]` submits at link time.
pub struct MethodEntry(pub MethodDef);

inventory::collect!(MethodEntry);

/// When a remote hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemotePhase {
    /// Before the method: it may change arguments, end the request or refuse it.
    Before,
    /// After the method: it may change the result.
    After,
    /// After an error of the method or of a hook before it.
    AfterError,
}

/// A remote hook, as `#[remote_hook]` saw it.
#[derive(Clone, Copy)]
pub struct RemoteHookDef {
    /// The model whose methods it is for.
    pub model: fn() -> &'static ModelDef,
    /// When it runs.
    pub phase: RemotePhase,
    /// The methods: names (`create`, `prototype.open`), or patterns (`*`, `**`, `prototype.*`).
    pub methods: &'static [&'static str],
    /// Hooks with a lower one run first; then the order is that of the source.
    pub order: i16,
    /// The function's name.
    pub name: &'static str,
    /// Calls it.
    pub call: MethodFn,
    /// Where the function stands.
    pub location: Location,
}

/// What `#[remote_hook]` submits at link time.
pub struct RemoteHookEntry(pub RemoteHookDef);

inventory::collect!(RemoteHookEntry);
