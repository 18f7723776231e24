//! One test per rule, and one snapshot.

use super::expand_boot;
use crate::support::testing::{assert_snapshot, messages};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The messages for a function.
fn all(args: TokenStream, item: impl ToTokens) -> Vec<String> {
    messages(expand_boot(args, item.into_token_stream()))
}

/// The only message for a function.
fn one(args: TokenStream, item: impl ToTokens) -> String {
    let found = all(args, item);
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

/// The messages for keys.
fn keys(args: TokenStream) -> Vec<String> {
    all(
        args,
        quote!(
            async fn fill(ctx: Ctx) -> Result<()> {
                Ok(())
            }
        ),
    )
}

#[test]
fn the_expansion() {
    let mut both = expand_boot(
        quote!(order = -10),
        quote! {
            #[cfg(feature = "sample")]
            pub async fn r#fill(ctx: loopback::ctx::Ctx) -> Result<(), Broken> { insert(&ctx).await }
        },
    );
    both.extend(expand_boot(
        quote!(),
        quote!(
            async fn fill(_: Ctx) -> loopback::Result<()> {
                Ok(())
            }
        ),
    ));
    assert_snapshot("boot/snapshots/both.txt", both);
}

#[test]
fn the_order_is_a_whole_number() {
    assert!(keys(quote!(order = 10)).is_empty());
    assert!(keys(quote!(order = -10,)).is_empty());
    assert_eq!(keys(quote!(order = "first")), ["`order` takes a whole number, found `\"first\"`: write `order = 1`"]);
    assert_eq!(keys(quote!(order = 0.5)), ["`order` takes a whole number, found `0.5`: write `order = 1`"]);
    assert_eq!(keys(quote!(order)), ["`order` takes a whole number: write `order = 1`"]);
    assert_eq!(keys(quote!(order(1))), ["`order` takes a whole number, found a list: write `order = 1`"]);
    assert_eq!(keys(quote!(order = 99999)), ["`order` is a number from -32768 to 32767, found `99999`"]);
    assert_eq!(keys(quote!(order = 1, order = 2)), ["`order` stands twice in `#[boot]`; it may stand once"]);
}

#[test]
fn an_unknown_key_is_told_with_what_was_meant() {
    assert_eq!(keys(quote!(ordr = 1)), ["unknown key `ordr` in `#[boot]`; did you mean `order`? allowed: order"]);
    assert_eq!(keys(quote!(10)), ["`#[boot]` takes keys, found `10`: write `#[boot(order = 1)]`"]);
}

#[test]
fn every_error_begins_with_the_signature() {
    const EXPECTED: &str = "expected `async fn fill(ctx: Ctx) -> Result<()>`, found ";
    for (signature, found) in [
        (quote!(() -> Result<()>), "no parameter"),
        (quote!((&self) -> Result<()>), "`&self`: it stands outside of an impl block"),
        (quote!((ctx: &Ctx) -> Result<()>), "`&Ctx`"),
        (quote!((ctx: &mut Ctx) -> Result<()>), "`&mut Ctx`"),
        (quote!((ctx: App) -> Result<()>), "`App`"),
        (quote!((ctx: Ctx, more: u8) -> Result<()>), "2 parameters"),
        (quote!((ctx: Ctx)), "no result"),
        (quote!((ctx: Ctx) -> ()), "`()`"),
        (quote!((ctx: Ctx) -> Result<bool>), "`Result<bool>`"),
        (quote!((ctx: Ctx) -> Option<()>), "`Option<()>`"),
    ] {
        assert_eq!(one(quote!(), quote!(async fn fill #signature {})), format!("{EXPECTED}{found}"));
    }
    let blocking = quote!(
        fn fill(ctx: Ctx) -> Result<()> {
            Ok(())
        }
    );
    assert_eq!(one(quote!(), blocking), format!("{EXPECTED}a function that is not `async`"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let item = quote!(
        fn fill<T>(ctx: &Ctx) {}
    );
    let found = all(quote!(ordr = 1, "x"), item);
    assert_eq!(found.len(), 6, "{found:#?}");
}

#[test]
fn the_framework_can_call_it() {
    for (item, cannot) in [
        (
            quote!(
                async fn fill<T>(ctx: Ctx) -> Result<()> {}
            ),
            "be generic",
        ),
        (
            quote!(
                async unsafe fn fill(ctx: Ctx) -> Result<()> {}
            ),
            "be `unsafe`",
        ),
    ] {
        let found = one(quote!(), item);
        assert!(found.starts_with(&format!("the framework calls `fill`, so it cannot {cannot}")), "{found}");
    }
    let other = quote!(
        struct A;
    );
    assert_eq!(one(quote!(), other), "`#[boot]` goes on a function, found another item");
}
