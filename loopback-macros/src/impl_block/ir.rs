//! What the attributes in an impl block said, typed, with the places it was said at. No tokens of the expansion here.

use super::path::Segment;
use crate::acl::Acl;
use crate::model::values::Shape;
use crate::support::access::Access;
use crate::support::literal::Literal;
use crate::support::spans::At;
use proc_macro2::Span;
use syn::{Attribute, Ident, LitStr, Type};

/// An impl block with `#[model]`.
#[derive(Debug)]
pub(crate) struct Block {
    /// The model: the type of the impl block.
    pub(crate) own: Type,
    /// The `#[cfg]`s of the block.
    pub(crate) cfg: Vec<Attribute>,
    /// The functions with an attribute of ours.
    pub(crate) functions: Vec<Function>,
}

impl Block {
    /// The remote methods that are there whatever the program is compiled for.
    pub(crate) fn unconditional_methods(&self) -> impl Iterator<Item = &Method> {
        self.functions.iter().filter(|function| function.cfg.is_empty()).filter_map(|function| match &function.role {
            Role::Method(method) => Some(&**method),
            Role::Hook(_) | Role::RemoteHook(_) => None,
        })
    }

    /// The remote methods.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.functions.iter().filter_map(|function| match &function.role {
            Role::Method(method) => Some(&**method),
            Role::Hook(_) | Role::RemoteHook(_) => None,
        })
    }
}

/// A function with an attribute of ours.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) ident: Ident,
    pub(crate) is_async: bool,
    pub(crate) cfg: Vec<Attribute>,
    /// Where the type of its error stands, or that of the whole result.
    pub(crate) error_at: Span,
    pub(crate) role: Role,
}

/// What a function is.
#[derive(Debug)]
pub(crate) enum Role {
    Method(Box<Method>),
    Hook(Hook),
    RemoteHook(RemoteHook),
}

/// `#[remote_method]`
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) receiver: Option<Receiver>,
    pub(crate) doc: String,
    /// The name, at its literal or at the function's.
    pub(crate) name: At<String>,
    pub(crate) routes: Vec<Route>,
    /// Whether all routes could be read: rules about what no route has wait for that.
    pub(crate) routes_complete: bool,
    pub(crate) params: Vec<Param>,
    /// The type of the answer, with the model for `Self`; `None`: it was reported.
    pub(crate) answer: Option<Type>,
    pub(crate) options: MethodOptions,
    /// Who may call it.
    pub(crate) acls: Vec<Acl>,
}

impl Method {
    /// The parameters that come from the request.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Argument> {
        self.params.iter().filter_map(|param| match param {
            Param::Argument(argument) => Some(&**argument),
            Param::Context | Param::Call { .. } => None,
        })
    }

    /// Whether the argument is a part of every path.
    pub(crate) fn in_every_path(&self, argument: &Argument) -> bool {
        !self.routes.is_empty() && self.routes.iter().all(|route| route.names(&argument.name.value))
    }
}

/// `&self` or `&mut self`
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Receiver {
    Shared,
    Mutable,
}

/// The keys of `#[remote_method]` that are no route and no name.
#[derive(Debug, Default)]
pub(crate) struct MethodOptions {
    pub(crate) status: Option<u16>,
    pub(crate) error_status: Option<u16>,
    pub(crate) access: Option<Access>,
    /// Whether there is a key `access`, be it with an error.
    pub(crate) says_access: bool,
    pub(crate) inherited: Option<Span>,
    pub(crate) scopes: Vec<LitStr>,
    pub(crate) notes: Option<LitStr>,
    pub(crate) returns: Option<Returns>,
}

/// `returns("x", "y")`
#[derive(Debug)]
pub(crate) struct Returns {
    pub(crate) at: Span,
    pub(crate) names: Vec<LitStr>,
}

/// A verb and a path.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) verb: Verb,
    /// At the literal, or at the function's name.
    pub(crate) path: At<String>,
    pub(crate) segments: Vec<Segment>,
}

impl Route {
    /// The parameters of the path.
    pub(crate) fn params(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Param(name) => Some(name.as_str()),
            Segment::Word(_) => None,
        })
    }

    /// Whether the path has the parameter.
    pub(crate) fn names(&self, param: &str) -> bool {
        self.params().any(|name| name == param)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verb {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    All,
}

impl Verb {
    /// The words of all verbs.
    pub(crate) const WORDS: &[&str] = &["get", "head", "post", "put", "patch", "delete", "all"];

    /// The verb of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "get" => Self::Get,
            "head" => Self::Head,
            "post" => Self::Post,
            "put" => Self::Put,
            "patch" => Self::Patch,
            "delete" => Self::Delete,
            "all" => Self::All,
            _ => return None,
        })
    }

    /// Whether a request may be for both.
    pub(crate) fn meets(self, other: Self) -> bool {
        self == other || self == Self::All || other == Self::All
    }

    /// The word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Head => "head",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::All => "all",
        }
    }
}

/// A parameter of a remote method.
#[derive(Debug)]
pub(crate) enum Param {
    /// `&Ctx`
    Context,
    /// `&RemoteCall` or `&mut RemoteCall`
    Call { mutable: bool, at: Span },
    /// What the request has.
    Argument(Box<Argument>),
}

/// An argument.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) ident: Ident,
    /// Its name in JSON, or that of the header; at its literal or at the parameter's name.
    pub(crate) name: At<String>,
    /// Its type, with the model for `Self`.
    pub(crate) ty: Type,
    pub(crate) shape: Shape,
    pub(crate) doc: String,
    pub(crate) source: Option<At<Source>>,
    pub(crate) default: Option<At<Literal>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    Path,
    Query,
    Body,
    Form,
    Header,
}

impl Source {
    /// The flag.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Body => "body",
            Self::Form => "form",
            Self::Header => "header",
        }
    }

    /// The source of a flag.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Path, Self::Query, Self::Body, Self::Form, Self::Header].into_iter().find(|source| source.word() == word)
    }
}

/// `#[operation_hook]`
#[derive(Debug)]
pub(crate) struct Hook {
    pub(crate) phase: Phase,
    pub(crate) order: i16,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Phase {
    Access,
    BeforeSave,
    Persist,
    Loaded,
    AfterSave,
    BeforeDelete,
    AfterDelete,
}

impl Phase {
    /// The words of all phases.
    pub(crate) const WORDS: &[&str] =
        &["access", "before_save", "persist", "loaded", "after_save", "before_delete", "after_delete"];

    /// The phase of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "access" => Self::Access,
            "before_save" => Self::BeforeSave,
            "persist" => Self::Persist,
            "loaded" => Self::Loaded,
            "after_save" => Self::AfterSave,
            "before_delete" => Self::BeforeDelete,
            "after_delete" => Self::AfterDelete,
            _ => return None,
        })
    }

    /// The type of the context, which bears the name of the phase's variant.
    pub(crate) fn context(self) -> &'static str {
        match self {
            Self::Access => "Access",
            Self::BeforeSave => "BeforeSave",
            Self::Persist => "Persist",
            Self::Loaded => "Loaded",
            Self::AfterSave => "AfterSave",
            Self::BeforeDelete => "BeforeDelete",
            Self::AfterDelete => "AfterDelete",
        }
    }
}

/// `#[remote_hook]`
#[derive(Debug)]
pub(crate) struct RemoteHook {
    pub(crate) phase: RemotePhase,
    /// Names and patterns.
    pub(crate) methods: Vec<String>,
    pub(crate) order: i16,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RemotePhase {
    Before,
    After,
    AfterError,
}

impl RemotePhase {
    /// The words of all phases.
    pub(crate) const WORDS: &[&str] = &["before", "after", "after_error"];

    /// The phase of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "before" => Self::Before,
            "after" => Self::After,
            "after_error" => Self::AfterError,
            _ => return None,
        })
    }

    /// The variant's name.
    pub(crate) fn variant(self) -> &'static str {
        match self {
            Self::Before => "Before",
            Self::After => "After",
            Self::AfterError => "AfterError",
        }
    }
}
