//! One test per rule, and one snapshot.

use super::expand_role_resolver;
use crate::support::testing::{assert_snapshot, messages};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The only message of a function.
fn one(args: TokenStream, item: impl ToTokens) -> String {
    let found = messages(expand_role_resolver(args, item.into_token_stream()));
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

fn role(args: TokenStream) -> String {
    one(
        args,
        quote!(
            async fn lead(access: &AccessContext) -> Result<bool> {
                Ok(true)
            }
        ),
    )
}

fn assert_starts(found: &str, start: &str) {
    assert!(found.starts_with(start), "{found}");
}

#[test]
fn the_expansion() {
    let mut both = expand_role_resolver(
        quote!("lead"),
        quote! {
            #[cfg(feature = "teams")]
            pub async fn team_lead(access: &AccessContext) -> Result<bool, NoTeam> { find(access).await }
        },
    );
    both.extend(expand_role_resolver(
        quote!(),
        quote!(
            fn team_lead(access: &AccessContext) -> loopback::Result<bool> {
                Ok(true)
            }
        ),
    ));
    assert_snapshot("role_resolver/snapshots/both.txt", both);
}

#[test]
fn the_role_is_one_of_ones_own() {
    assert_eq!(
        role(quote!("$teamLead")),
        "the role `$teamLead` begins with `$`, as those of the framework do: write `\"teamLead\"`"
    );
    assert_starts(&role(quote!("owner")), "the role `owner` would be mixed up with `$owner`");
    assert_starts(&role(quote!("")), "the role in `#[role_resolver]` must not be empty");
    assert_starts(&role(quote!(lead)), "`#[role_resolver]` takes the role, a string, found `lead`");
    assert_starts(&role(quote!(role = "lead")), "`#[role_resolver]` takes the role, a string, found `role`");
    let two = messages(expand_role_resolver(
        quote!("a", "b"),
        quote!(
            fn lead(access: &AccessContext) -> Result<bool> {
                Ok(true)
            }
        ),
    ));
    assert_eq!(two, ["`b` is a second role: write a second function for it", "the first role"]);
}

#[test]
fn every_error_begins_with_the_signature() {
    const EXPECTED: &str = "expected `async fn lead(access: &AccessContext) -> Result<bool>`, found ";
    for (signature, found) in [
        (quote!(() -> Result<bool>), "no parameter"),
        (quote!((&self) -> Result<bool>), "`&self`"),
        (quote!((access: AccessContext) -> Result<bool>), "`AccessContext`"),
        (quote!((access: &mut AccessContext) -> Result<bool>), "`&mut AccessContext`"),
        (quote!((access: &AccessContext, more: u8) -> Result<bool>), "2 parameters"),
        (quote!((access: &AccessContext)), "no result"),
        (quote!((access: &AccessContext) -> bool), "`bool`"),
        (quote!((access: &AccessContext) -> Result<()>), "`Result<()>`"),
    ] {
        assert_eq!(one(quote!("a"), quote!(async fn lead #signature {})), format!("{EXPECTED}{found}"));
    }
}

#[test]
fn the_framework_can_call_it() {
    for (item, cannot) in [
        (
            quote!(
                fn lead<T>(access: &AccessContext) -> Result<bool> {}
            ),
            "be generic",
        ),
        (
            quote!(
                unsafe fn lead(access: &AccessContext) -> Result<bool> {}
            ),
            "be `unsafe`",
        ),
        (
            quote!(
                extern "C" fn lead(access: &AccessContext) -> Result<bool> {}
            ),
            "be `extern`",
        ),
    ] {
        assert_starts(&one(quote!("a"), item), &format!("the framework calls `lead`, so it cannot {cannot}"));
    }
    let other = quote!(
        struct A;
    );
    assert_eq!(one(quote!(), other), "`#[role_resolver]` goes on a function, found another item");
}
