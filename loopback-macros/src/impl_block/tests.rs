//! One test per rule, and one snapshot for each attribute. What rustc shows is tested in `tests/ui`.

mod arguments;
mod expansion;
mod hooks;
mod methods;
mod routes;

use crate::model::expand_model;
use crate::support::testing::messages;

use quote::{ToTokens, quote};

/// The messages of an impl block with these functions.
fn all(functions: impl ToTokens) -> Vec<String> {
    messages(expand_model(quote!(), quote!(impl CoffeeShop { #functions })))
}

/// The only message of an impl block with these functions.
fn one(functions: impl ToTokens) -> String {
    let found = all(functions);
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

/// That an impl block with these functions has no error.
fn good(functions: impl ToTokens) {
    let found = all(functions);
    assert!(found.is_empty(), "{found:?}");
}

/// The only message of a method with these keys.
fn keys(keys: impl ToTokens) -> String {
    one(quote!(
        #[remote_method(#keys)]
        fn near(at: GeoPoint) -> Result<u32> {}
    ))
}

/// The only message of a `post` method with these parameters.
fn params(params: impl ToTokens) -> String {
    one(quote!(#[remote_method] fn near(#params) -> Result<()> {}))
}

fn assert_starts(found: &str, start: &str) {
    assert!(found.starts_with(start), "{found}");
}
