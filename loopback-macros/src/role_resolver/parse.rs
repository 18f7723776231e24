//! Tokens to [`ir`](super::ir): the role, and what the function must look like.

use super::ir::Resolver;
use crate::acl::without_dollar;
use crate::impl_block::{bare as bare_type, signature};
use crate::support::attr::{Entry, bare, entries, last_ident};
use crate::support::errors::Errors;
use crate::support::names::camel_case;
use crate::support::spans::{plain, text};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, ExprLit, FnArg, ItemFn, Lit, LitStr, Pat, Signature, Type, TypeReference};

const PLACE: &str = "`#[role_resolver]`";

/// Reads the attribute and its function.
pub(super) fn resolver(args: TokenStream, item: &ItemFn, errors: &mut Errors) -> Resolver {
    let sig = &item.sig;
    let said = said(args, errors);
    let role = match &said {
        Some(said) => said.value(),
        None => camel_case(&plain(&sig.ident)),
    };
    let at = said.as_ref().map_or_else(|| sig.ident.to_token_stream(), ToTokens::to_token_stream);
    role_of_ones_own(&role, at, errors);
    signature::common(sig, errors);
    shape(sig, errors);
    Resolver {
        role,
        ident: sig.ident.clone(),
        is_async: sig.asyncness.is_some(),
        cfg: item.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect(),
        error_at: signature::error_span(sig),
    }
}

/// The role that the attribute names.
fn said(args: TokenStream, errors: &mut Errors) -> Option<LitStr> {
    let mut role: Option<LitStr> = None;
    for entry in entries(args, errors) {
        let found = match &entry {
            Entry::Positional(expr) => match bare(expr) {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
                _ => None,
            },
            Entry::Keyed(_) => None,
        };
        match (found, &role) {
            (None, _) => {
                let found = text(&entry);
                errors.at(
                    &entry,
                    format!(
                        "{PLACE} takes the role, a string, found `{found}`: write `#[role_resolver(\"teamLead\")]`"
                    ),
                );
            }
            (Some(second), Some(first)) => errors.conflict(
                second.span(),
                format!("`{}` is a second role: write a second function for it", second.value()),
                first.span(),
                "the first role",
            ),
            (Some(first), None) => role = Some(first.clone()),
        }
    }
    role
}

/// That the framework does not say itself who is in the role.
fn role_of_ones_own(role: &str, at: TokenStream, errors: &mut Errors) {
    if role.trim().is_empty() {
        errors.at(at, format!("the role in {PLACE} must not be empty"));
    } else if role.starts_with('$') {
        let own = role.trim_start_matches('$');
        errors.at(at, format!("the role `{role}` begins with `$`, as those of the framework do: write `\"{own}\"`"));
    } else if let Some(meant) = without_dollar(role) {
        errors.at(
            at,
            format!("the role `{role}` would be mixed up with `{meant}`: name another, as in `#[role_resolver(\"teamLead\")]`"),
        );
    }
}

/// Checks the parameter and the answer. Every error begins with the signature that was expected.
fn shape(sig: &Signature, errors: &mut Errors) {
    let param = sig.inputs.iter().find_map(|param| match param {
        FnArg::Typed(param) => match &*param.pat {
            Pat::Ident(pat) => Some(plain(&pat.ident)),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    let (name, param) = (plain(&sig.ident), param.unwrap_or_else(|| "access".to_owned()));
    let expected = format!("expected `async fn {name}({param}: &AccessContext) -> Result<bool>`");
    match sig.inputs.first() {
        None => errors.at(&sig.ident, format!("{expected}, found no parameter")),
        Some(FnArg::Receiver(receiver)) => errors.at(receiver, format!("{expected}, found `{}`", text(receiver))),
        Some(FnArg::Typed(_)) if sig.inputs.len() > 1 => {
            errors.at(&sig.inputs[1], format!("{expected}, found {} parameters", sig.inputs.len()));
        }
        Some(FnArg::Typed(param)) => {
            if !matches!(bare_type(&param.ty), Type::Reference(TypeReference { mutability: None, .. })) {
                errors.at(&param.ty, format!("{expected}, found `{}`", text(&param.ty)));
            }
        }
    }
    let answers = signature::result(sig)
        .and_then(|types| types.first().and_then(|ty| last_ident(ty)))
        .is_some_and(|answer| answer == "bool");
    if !answers {
        let (at, found) = signature::output(sig);
        errors.at(at, format!("{expected}, found {found}"));
    }
}
