//! What the function must look like.

use crate::impl_block::{bare, signature};
use crate::support::attr::last_ident;
use crate::support::errors::Errors;
use crate::support::spans::{plain, text};
use quote::ToTokens;
use syn::{FnArg, Pat, Signature, Type};

/// Checks the function. Every error about its shape begins with the signature that was expected.
pub(super) fn check(sig: &Signature, errors: &mut Errors) {
    signature::common(sig, errors);
    let param = sig.inputs.iter().find_map(|param| match param {
        FnArg::Typed(param) => match &*param.pat {
            Pat::Ident(pat) => Some(plain(&pat.ident)),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    let (name, param) = (plain(&sig.ident), param.unwrap_or_else(|| "ctx".to_owned()));
    let expected = format!("expected `async fn {name}({param}: Ctx) -> Result<()>`");
    if sig.asyncness.is_none() {
        errors.at(sig.fn_token, format!("{expected}, found a function that is not `async`"));
    }
    match sig.inputs.first() {
        None => errors.at(&sig.ident, format!("{expected}, found no parameter")),
        Some(FnArg::Receiver(receiver)) => {
            let found = text(receiver);
            errors.at(receiver, format!("{expected}, found `{found}`: it stands outside of an impl block"));
        }
        Some(FnArg::Typed(_)) if sig.inputs.len() > 1 => {
            errors.at(&sig.inputs[1], format!("{expected}, found {} parameters", sig.inputs.len()));
        }
        Some(FnArg::Typed(param)) => {
            let ty = bare(&param.ty);
            if !matches!(ty, Type::Path(_)) || last_ident(ty).is_none_or(|ident| ident != "Ctx") {
                errors.at(&param.ty, format!("{expected}, found `{}`", text(&param.ty)));
            }
        }
    }
    let is_unit = |ty: &Type| matches!(bare(ty), Type::Tuple(tuple) if tuple.elems.is_empty());
    let answers = signature::result(sig).and_then(|types| types.first().map(|ty| is_unit(ty)));
    if answers != Some(true) {
        let (at, found) = signature::output(sig);
        errors.at(at.to_token_stream(), format!("{expected}, found {found}"));
    }
}
