//! What a function must look like to be called by the framework.

use super::bare;
use crate::support::attr::last_ident;
use crate::support::errors::Errors;
use crate::support::own_type::without_self;
use crate::support::spans::{borrows, plain, text};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{
    FnArg, GenericArgument, Pat, PathArguments, PathSegment, ReturnType, Safety, Signature, Type, TypeReference,
};

/// What no function with an attribute of ours can be.
pub(crate) fn common(sig: &Signature, errors: &mut Errors) {
    let name = plain(&sig.ident);
    let mut refuse =
        |at: &dyn ToTokens, what: &str| errors.at(at, format!("the framework calls `{name}`, so it cannot {what}"));
    if !sig.generics.params.is_empty() {
        refuse(&sig.generics.params, "be generic: write the types and leave lifetimes out");
    } else if let Some(clause) = &sig.generics.where_clause {
        refuse(clause, "have a `where` clause");
    }
    if let Safety::Unsafe(token) = &sig.safety {
        refuse(token, "be `unsafe`");
    }
    if let Some(abi) = &sig.abi {
        refuse(abi, "be `extern`");
    }
    if let Some(variadic) = &sig.variadic {
        refuse(variadic, "take a variable number of arguments");
    }
}

/// The last segment of a type's path.
fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match bare(ty) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The types among the generic arguments of a segment.
fn types(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// The types of a result, `T` and perhaps `E`; `None` when it is no `Result` of something.
pub(crate) fn result(sig: &Signature) -> Option<Vec<&Type>> {
    let ReturnType::Type(_, ty) = &sig.output else { return None };
    let segment = last_segment(ty).filter(|segment| segment.ident == "Result")?;
    Some(types(segment)).filter(|types| !types.is_empty())
}

/// What the function answers with, at its place, for messages.
pub(crate) fn output(sig: &Signature) -> (TokenStream, String) {
    match &sig.output {
        ReturnType::Default => (sig.ident.to_token_stream(), "no result".to_owned()),
        ReturnType::Type(_, ty) => (ty.to_token_stream(), format!("`{}`", text(ty))),
    }
}

/// Where the type of the error stands, or that of the whole result.
pub(crate) fn error_span(sig: &Signature) -> Span {
    match (result(sig).as_deref(), &sig.output) {
        (Some([_, error, ..]), _) => error.span(),
        (_, ReturnType::Type(_, ty)) => ty.span(),
        (_, ReturnType::Default) => sig.ident.span(),
    }
}

/// The type that a remote method answers with, with the model for `Self`. `None`: it was reported.
pub(super) fn answer(sig: &Signature, own: &Type, errors: &mut Errors) -> Option<Type> {
    let Some(types) = result(sig) else {
        let (at, found) = output(sig);
        let instead = match &sig.output {
            ReturnType::Type(_, ty) if plain_output(ty) => text(ty),
            _ => "()".to_owned(),
        };
        errors.at(at, format!("a remote method answers with a `Result`, found {found}: write `Result<{instead}>`"));
        return None;
    };
    let ty = *types.first()?;
    if borrows(ty) {
        let instead = owned(ty).map_or_else(String::new, |owned| format!(": write `Result<{owned}>`"));
        errors.at(ty, format!("a remote method owns what it answers with, found `{}`{instead}", text(ty)));
        return None;
    }
    if names_no_type(ty) {
        errors.at(ty, format!("a remote method answers with a type that has a name, found `{}`", text(ty)));
        return None;
    }
    Some(without_self(ty, own))
}

/// Whether it can stand in a `Result<..>` as it is.
fn plain_output(ty: &Type) -> bool {
    last_segment(ty).is_none_or(|segment| segment.ident != "Result") && !names_no_type(ty) && !borrows(ty)
}

/// Whether the tokens hold `impl Trait`.
pub(super) fn names_no_type(ty: &Type) -> bool {
    fn any(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Ident(ident) => ident == "impl",
            TokenTree::Group(group) => any(group.stream()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    any(ty.to_token_stream())
}

/// What to write for a reference, as far as that is known.
pub(super) fn owned(ty: &Type) -> Option<String> {
    let Type::Reference(TypeReference { elem, .. }) = bare(ty) else { return None };
    match bare(elem) {
        Type::Slice(slice) => Some(format!("Vec<{}>", text(&slice.elem))),
        elem if last_ident(elem).is_some_and(|ident| ident == "str") => Some("String".to_owned()),
        Type::Path(_) if !borrows(elem) => Some(text(elem)),
        _ => None,
    }
}

/// Checks a hook: one parameter, `&mut Context<'_, Self>` or without types, and `Result<()>`.
///
/// Every error begins with the signature that was expected.
pub(super) fn hook(sig: &Signature, context: &str, own: Option<&Type>, errors: &mut Errors) {
    let default = if own.is_some() { "op" } else { "call" };
    let param = sig.inputs.iter().find_map(|param| match param {
        FnArg::Typed(param) => match &*param.pat {
            Pat::Ident(pat) => Some(plain(&pat.ident)),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    let (name, param) = (plain(&sig.ident), param.unwrap_or_else(|| default.to_owned()));
    let arguments = if own.is_some() { "<'_, Self>" } else { "" };
    let expected = format!("expected `async fn {name}({param}: &mut {context}{arguments}) -> Result<()>`");
    match sig.inputs.first() {
        None => errors.at(&sig.ident, format!("{expected}, found no parameter")),
        Some(FnArg::Receiver(receiver)) => {
            let found = text(receiver);
            errors.at(receiver, format!("{expected}, found `{found}`"));
        }
        Some(FnArg::Typed(param)) => {
            if !is_context(&param.ty, context, own) {
                errors.at(&param.ty, format!("{expected}, found `{}`", text(&param.ty)));
            }
        }
    }
    let has_receiver = matches!(sig.inputs.first(), Some(FnArg::Receiver(_)));
    if sig.inputs.len() > 1 && !has_receiver {
        errors.at(&sig.inputs[1], format!("{expected}, found {} parameters", sig.inputs.len()));
    }
    let unit = result(sig).is_some_and(|types| matches!(bare(types[0]), Type::Tuple(tuple) if tuple.elems.is_empty()));
    if !unit {
        let (at, found) = output(sig);
        errors.at(at, format!("{expected}, found {found}"));
    }
}

/// Whether the type is `&mut Context<'_, Self>`.
fn is_context(ty: &Type, context: &str, own: Option<&Type>) -> bool {
    let Type::Reference(TypeReference { mutability: Some(_), elem, .. }) = bare(ty) else { return false };
    let Some(segment) = last_segment(elem).filter(|segment| segment.ident == context) else { return false };
    match (types(segment).as_slice(), own) {
        ([], None) => true,
        ([of], Some(own)) => last_ident(of).is_some_and(|of| of == "Self" || Some(of) == last_ident(own)),
        _ => false,
    }
}
