//! Prints an expansion on demand: `LOOPBACK_MACROS_DEBUG=Product cargo check`.

use proc_macro2::TokenStream;

/// Prints the expansion of the item to stderr when `LOOPBACK_MACROS_DEBUG` names it.
pub(crate) fn dump(name: &str, expansion: &TokenStream) {
    if std::env::var("LOOPBACK_MACROS_DEBUG").is_ok_and(|wanted| wanted == name) {
        eprintln!("{expansion}");
    }
}
