//! Tokens to [`ir`](super::ir): the keys of the attribute.

use super::ir::Boot;
use crate::impl_block::{order, signature};
use crate::support::attr::{Entry, Seen, entries, known};
use crate::support::errors::Errors;
use crate::support::spans::text;
use proc_macro2::TokenStream;
use syn::ItemFn;

const PLACE: &str = "`#[boot]`";

/// Reads the attribute.
pub(super) fn boot(args: TokenStream, item: &ItemFn, errors: &mut Errors) -> Boot {
    let (mut said, mut seen) = (0, Seen::default());
    for entry in entries(args, errors) {
        match &entry {
            Entry::Keyed(keyed) => {
                if known(&keyed.key, "key", PLACE, &["order"], errors) && seen.once(&keyed.key, PLACE, errors) {
                    said = order(keyed, errors);
                }
            }
            Entry::Positional(expr) => {
                let found = text(expr);
                errors.at(expr, format!("{PLACE} takes keys, found `{found}`: write `#[boot(order = 1)]`"));
            }
        }
    }
    Boot {
        ident: item.sig.ident.clone(),
        order: said,
        cfg: item.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect(),
        error_at: signature::error_span(&item.sig),
    }
}
