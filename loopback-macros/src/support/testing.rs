//! Helpers of the unit tests.

use proc_macro2::{TokenStream, TokenTree};
use std::path::Path;

/// The messages of all `compile_error!` in an expansion.
pub(crate) fn messages(expansion: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut after_error = false;
    for tree in expansion {
        match tree {
            TokenTree::Ident(ident) if ident == "compile_error" => after_error = true,
            TokenTree::Group(group) if after_error => {
                after_error = false;
                found.push(syn::parse2::<syn::LitStr>(group.stream()).unwrap().value());
            }
            TokenTree::Group(group) => found.extend(messages(group.stream())),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

/// Compares an expansion, formatted, with a file of the crate; writes the file when `UPDATE_SNAPSHOTS=1`.
pub(crate) fn assert_snapshot(file: &str, expansion: TokenStream) {
    let found = prettyplease::unparse(&syn::parse2(expansion).expect("the expansion is not a list of items"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
    if std::env::var("UPDATE_SNAPSHOTS").is_ok_and(|on| on == "1") {
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "the expansion is not that of {file}; UPDATE_SNAPSHOTS=1 writes it anew");
}
