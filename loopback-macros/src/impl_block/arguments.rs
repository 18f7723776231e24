//! Reads the parameters of a remote method and their `#[arg]`.

use super::bare;
use super::ir::{Argument, Param, Receiver, Source};
use super::signature::{names_no_type, owned};
use crate::model::values::Shape;
use crate::support::attr::{Entry, Form, Keyed, Seen, doc, helper_entries, known, last_ident};
use crate::support::errors::Errors;
use crate::support::literal::{Literal, literal};
use crate::support::names::camel_case;
use crate::support::own_type::without_self;
use crate::support::spans::{At, borrows, plain, text};
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Ident, ImplItemFn, LitStr, Pat, PatType, ReceiverKind, Signature, Type, TypeReference};

/// The keys of `#[arg]`.
const KEYS: &[&str] = &["name", "default", "path", "query", "body", "form", "header"];

/// Reports `#[arg]` on a function that is no remote method.
pub(super) fn refuse(item: &ImplItemFn, errors: &mut Errors) {
    for param in &item.sig.inputs {
        let (FnArg::Receiver(syn::Receiver { attrs, .. }) | FnArg::Typed(PatType { attrs, .. })) = param;
        refuse_arg(attrs, &format!("`{}` is none", plain(&item.sig.ident)), errors);
    }
}

fn refuse_arg(attrs: &[Attribute], why: &str, errors: &mut Errors) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("arg")) {
        errors.at(attr, format!("`#[arg]` goes on an argument of a `#[remote_method]`; {why}"));
    }
}

/// What the method is called on.
pub(super) fn receiver(sig: &Signature, errors: &mut Errors) -> Option<Receiver> {
    let receiver = sig.receiver()?;
    refuse_arg(&receiver.attrs, "`self` is the row with the id of the path", errors);
    match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => Some(Receiver::Shared),
        ReceiverKind::Reference(_, _, Some(_)) => Some(Receiver::Mutable),
        _ => {
            let found = text(receiver);
            errors.at(receiver, format!("an instance method takes `&self` or `&mut self`, found `{found}`"));
            // It is meant to be one.
            Some(Receiver::Shared)
        }
    }
}

/// The parameters, without those that were reported.
pub(super) fn params(item: &ImplItemFn, own: &Type, errors: &mut Errors) -> Vec<Param> {
    let typed = item.sig.inputs.iter().filter_map(|param| match param {
        FnArg::Typed(param) => Some(param),
        FnArg::Receiver(_) => None,
    });
    typed.filter_map(|typed| param(typed, own, errors)).collect()
}

fn param(param: &PatType, own: &Type, errors: &mut Errors) -> Option<Param> {
    for attr in param.attrs.iter().filter(|attr| attr.path().is_ident("cfg")) {
        errors.at(attr, "a parameter of a remote method cannot have `#[cfg]`: put it on two versions of the function");
    }
    if let Some(found) = given(param, errors) {
        return found;
    }
    let Some(ident) = ident(param) else {
        errors.at(
            &param.pat,
            format!("an argument has a name, by which a request gives it; found `{}`", text(&param.pat)),
        );
        return None;
    };
    let options = options(&param.attrs, errors);
    if !is_owned(ident, &param.ty, errors) {
        return None;
    }
    let name = match (&options.name, &options.source) {
        (Some(name), _) => At::new(name.value(), name.span()),
        (None, Some(At { value: Source::Header, .. })) => {
            At::new(plain(ident).trim_matches('_').replace('_', "-"), ident.span())
        }
        (None, _) => At::new(camel_case(&plain(ident)), ident.span()),
    };
    Some(Param::Argument(Box::new(Argument {
        ident: ident.clone(),
        name,
        ty: without_self(&param.ty, own),
        shape: Shape::of(&param.ty),
        doc: doc(&param.attrs),
        source: options.source,
        default: options.default,
    })))
}

/// What the framework gives: the context, the call. The inner `None`: reported.
fn given(param: &PatType, errors: &mut Errors) -> Option<Option<Param>> {
    let (reference, ty) = match bare(&param.ty) {
        Type::Reference(TypeReference { mutability, elem, .. }) => (Some(mutability.is_some()), bare(elem)),
        ty => (None, ty),
    };
    let ident = last_ident(ty)?;
    let name = plain(&ident);
    let found = text(&param.ty);
    let (what, given) = match (name.as_str(), reference) {
        ("Ctx", Some(false)) => ("the context", Param::Context),
        ("RemoteCall", Some(mutable)) => ("the call", Param::Call { mutable, at: ident.span() }),
        ("Ctx", _) => {
            errors.at(&param.ty, format!("a remote method gets the context as `&Ctx`, found `{found}`"));
            return Some(None);
        }
        ("RemoteCall", None) => {
            let message =
                format!("a remote method gets the call as `&RemoteCall` or `&mut RemoteCall`, found `{found}`");
            errors.at(&param.ty, message);
            return Some(None);
        }
        _ => return None,
    };
    refuse_arg(&param.attrs, &format!("`{found}` is {what}"), errors);
    Some(Some(given))
}

fn ident(param: &PatType) -> Option<&Ident> {
    match &*param.pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(&pat.ident),
        _ => None,
    }
}

fn is_owned(ident: &Ident, ty: &Type, errors: &mut Errors) -> bool {
    let (name, found) = (plain(ident), text(ty));
    if borrows(ty) {
        let instead = owned(ty).map_or_else(String::new, |owned| format!(": write `{name}: {owned}`"));
        errors.at(ty, format!("an argument owns its value: `{name}` cannot be `{found}`{instead}"));
        return false;
    }
    if names_no_type(ty) {
        errors.at(ty, format!("an argument has a type with a name: `{name}` cannot be `{found}`"));
        return false;
    }
    true
}

/// What `#[arg]` says.
#[derive(Default)]
struct Options {
    name: Option<LitStr>,
    source: Option<At<Source>>,
    default: Option<At<Literal>>,
}

fn options(attrs: &[Attribute], errors: &mut Errors) -> Options {
    const PLACE: &str = "`#[arg]`";
    let mut options = Options::default();
    let mut seen = Seen::default();
    for entry in helper_entries(attrs, "arg", errors) {
        let Entry::Keyed(keyed) = &entry else {
            errors.at(&entry, "expected a key of `#[arg]`, as in `#[arg(default = 10)]`");
            continue;
        };
        if !known(&keyed.key, "key", PLACE, KEYS, errors) || !seen.once(&keyed.key, PLACE, errors) {
            continue;
        }
        match keyed.name().as_str() {
            "name" => options.name = keyed.filled_string(errors),
            "default" => options.default = default(keyed, errors),
            word => source(word, keyed, &mut options, errors),
        }
    }
    options
}

fn source(word: &str, keyed: &Keyed, options: &mut Options, errors: &mut Errors) {
    let (Some(at), Some(source)) = (keyed.flag(errors), Source::of(word)) else { return };
    match &options.source {
        Some(first) => errors.conflict(
            at,
            format!("`{word}` is a second source; an argument comes from one place"),
            first.span,
            format!("the first source is `{}`", first.value.word()),
        ),
        None => options.source = Some(At::new(source, at)),
    }
}

fn default(keyed: &Keyed, errors: &mut Errors) -> Option<At<Literal>> {
    if let Form::Value(value) = &keyed.form {
        match literal(value) {
            Some(Ok(literal)) => return Some(At::new(literal, value.span())),
            Some(Err(error)) => {
                errors.push(error);
                return None;
            }
            None => {}
        }
    }
    keyed.wrong(errors, "a literal", "default = 10");
    None
}
