//! `#[model]` on an impl block: its functions become remote methods and hooks. Tokens are read ([`parse`]), judged
//! ([`check`]) and written ([`expand`]).

mod arguments;
mod check;
mod expand;
mod hook;
mod ir;
mod method;
mod parse;
mod path;
pub(crate) mod signature;

pub(crate) use parse::order;

#[cfg(test)]
mod tests;

use crate::acl;
use crate::support::attr::{is_ours, last_ident};
use crate::support::dump::dump;
use crate::support::errors::Errors;
use crate::support::spans::{plain, text};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, Meta, PathArguments, Type};

/// The attributes that `#[model]` on an impl block reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Attr {
    RemoteMethod,
    OperationHook,
    RemoteHook,
}

impl Attr {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RemoteMethod => "remote_method",
            Self::OperationHook => "operation_hook",
            Self::RemoteHook => "remote_hook",
        }
    }

    /// Whether an attribute is one of ours: by its name, or by its path in the crate.
    pub(crate) fn of(attr: &Attribute) -> Option<Self> {
        [Self::RemoteMethod, Self::OperationHook, Self::RemoteHook].into_iter().find(|own| is_ours(attr, own.name()))
    }
}

/// The expansion of `#[model(args)] impl`.
///
/// The impl block always comes out again, without our attributes. With errors nothing else does.
pub(crate) fn expand_impl(args: TokenStream, mut item: ItemImpl, mut errors: Errors) -> TokenStream {
    if !args.is_empty() {
        let found = text(&args);
        errors.at(args, format!("`#[model]` on an impl block takes no keys, found `{found}`: they go on the struct"));
    }
    let block = match refusal(&item) {
        Some((at, message)) => {
            errors.at(at, message);
            None
        }
        None => Some(parse::block(&item, &mut errors)),
    };
    if let Some(block) = &block {
        check::check(block, &mut errors);
    }
    acl::refuse(&item.attrs, "found it on the impl block", &mut errors);
    item.attrs.retain(|attr| !acl::marks(attr));
    let rest = block.filter(|_| errors.is_empty()).map(|block| expand::expand(&block));
    item.items.iter_mut().for_each(strip);
    let errors = errors.into_tokens();
    let expansion = quote!(#item #rest #errors);
    if let Some(name) = last_ident(&item.self_ty) {
        dump(&plain(&name), &expansion);
    }
    expansion
}

/// The expansion of an attribute that runs itself, because no `#[model]` stands above the impl block.
pub(crate) fn expand_alone(attr: Attr, item: TokenStream) -> TokenStream {
    let kept = match syn::parse2::<ImplItemFn>(item.clone()) {
        Ok(function) => without_params(function),
        Err(_) => item,
    };
    let mut errors = Errors::default();
    let name = attr.name();
    errors.span(
        Span::call_site(),
        format!(
            "`#[{name}]` goes on a function in an impl block with `#[model]`: \
             write `#[model]` above `impl`, as in `#[model] impl CoffeeShop {{ .. }}`"
        ),
    );
    let errors = errors.into_tokens();
    quote!(#kept #errors)
}

/// Why the block cannot be that of a model, and where.
fn refusal(item: &ItemImpl) -> Option<(TokenStream, String)> {
    let own = &item.self_ty;
    if let Some((of, _)) = &item.trait_ {
        let found = text(of);
        let message = format!("`#[model]` goes on `impl {} {{ .. }}`, found an impl of the trait `{found}`", text(own));
        return Some((of.to_token_stream(), message));
    }
    if !item.generics.params.is_empty() {
        let params = item.generics.params.to_token_stream();
        return Some((params, "an impl block with `#[model]` cannot be generic: a model is one table".to_owned()));
    }
    if let Some(clause) = &item.generics.where_clause {
        let message = "an impl block with `#[model]` has no `where`: a model is one table";
        return Some((clause.to_token_stream(), message.to_owned()));
    }
    let plain_path = match bare(own) {
        Type::Path(path) => {
            path.qself.is_none() && path.path.segments.iter().all(|part| matches!(part.arguments, PathArguments::None))
        }
        _ => false,
    };
    (!plain_path).then(|| {
        let message = format!("`#[model]` goes on an impl block of a model, found one of `{}`", text(own));
        (own.to_token_stream(), message)
    })
}

/// The type without the invisible groups that `macro_rules` leaves, and without parentheses.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// Takes our attributes off.
fn strip(item: &mut ImplItem) {
    let others = |attr: &Attribute| Attr::of(attr).is_none() && !acl::marks(attr);
    if let ImplItem::Fn(function) = item {
        strip_params(function);
    }
    match item {
        ImplItem::Fn(ImplItemFn { attrs, .. }) => attrs.retain(others),
        ImplItem::Const(item) => item.attrs.retain(others),
        ImplItem::Type(item) => item.attrs.retain(others),
        ImplItem::Macro(item) => item.attrs.retain(others),
        _ => {}
    }
}

/// A function without what only we can read, for an expansion that does not read it.
pub(crate) fn without_params(mut function: ImplItemFn) -> TokenStream {
    strip_params(&mut function);
    function.into_token_stream()
}

/// Takes `#[arg]` off the parameters, and the doc comments, which rustc lets stand on no parameter.
fn strip_params(function: &mut ImplItemFn) {
    for param in &mut function.sig.inputs {
        let (FnArg::Receiver(syn::Receiver { attrs, .. }) | FnArg::Typed(syn::PatType { attrs, .. })) = param;
        attrs.retain(|attr| !attr.path().is_ident("arg") && !is_doc(attr));
    }
}

fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc") && matches!(attr.meta, Meta::NameValue(_))
}
