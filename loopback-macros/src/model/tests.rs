//! One test per rule, and one snapshot. What rustc shows is tested in `tests/ui`.

mod base;
mod expansion;
mod keys;
mod properties;
mod relations;

use super::expand_model;
use crate::support::testing::messages;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The messages of a model.
fn all(args: TokenStream, item: TokenStream) -> Vec<String> {
    messages(expand_model(args, item))
}

/// The only message of a model.
fn one(args: TokenStream, item: TokenStream) -> String {
    let found = all(args, item);
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

/// The only message of a model with an id and these fields.
fn fields(fields: impl ToTokens) -> String {
    one(quote!(), quote!(struct A { #[property(id)] id: i64, #fields }))
}

/// The only message of a model with these keys and a field `name`.
fn keys(keys: TokenStream) -> String {
    one(
        keys,
        quote!(
            struct A {
                #[property(id)]
                id: i64,
                name: String,
            }
        ),
    )
}

/// That a model with an id and these fields has no error.
fn good(fields: impl ToTokens) {
    let found = all(quote!(), quote!(struct A { #[property(id)] id: i64, #fields }));
    assert!(found.is_empty(), "{found:?}");
}

fn assert_starts(found: &str, start: &str) {
    assert!(found.starts_with(start), "{found}");
}
