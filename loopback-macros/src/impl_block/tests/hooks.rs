//! `#[operation_hook]` and `#[remote_hook]`.

use super::{all, assert_starts, good, one};

use quote::{ToTokens, quote};

/// The only message of an operation hook with these keys.
fn operation(keys: impl ToTokens) -> String {
    one(quote!(
        #[operation_hook(#keys)]
        async fn tidy(op: &mut BeforeSave<'_, Self>) -> Result<()> {}
    ))
}

/// The only message of a remote hook with these keys.
fn remote(keys: impl ToTokens) -> String {
    one(quote!(
        #[remote_hook(#keys)]
        async fn announce(call: &mut RemoteCall) -> Result<()> {}
    ))
}

#[test]
fn an_operation_hook_has_one_phase() {
    assert_eq!(
        operation(quote!(befor_save)),
        "unknown phase `befor_save` in `#[operation_hook]`; did you mean `before_save`? \
         allowed: access, before_save, persist, loaded, after_save, before_delete, after_delete"
    );
    assert_starts(
        &operation(quote!("before save")),
        "unknown phase `before save` in `#[operation_hook]`; did you mean `before_save`, without quotes?",
    );
    assert_starts(&operation(quote!("loaded")), "a phase stands without quotes: write `loaded`");
    assert_starts(
        &operation(quote!()),
        "`#[operation_hook]` names no phase: write `#[operation_hook(before_save)]`; allowed: access",
    );
    assert_eq!(
        all(quote!(
            #[operation_hook(before_save, loaded)]
            fn tidy(op: &mut BeforeSave<'_, Self>) -> Result<()> {}
        )),
        [
            "`loaded` is a second phase; a hook has exactly one: write a second function for it",
            "the first phase is `before_save`",
        ]
    );
}

#[test]
fn the_order_is_a_small_number() {
    for (keys, message) in [
        (
            quote!(before_save, ordr = 1),
            "unknown key `ordr` in `#[operation_hook]`; did you mean `order`? allowed: order",
        ),
        (quote!(before_save, order = "1"), "`order` takes a whole number, found `\"1\"`: write `order = 1`"),
        (quote!(before_save, order), "`order` takes a whole number: write `order = 1`"),
        (quote!(before_save, order = 40000), "`order` is a number from -32768 to 32767, found `40000`"),
        (quote!(before_save, order = 1, order = 2), "`order` stands twice in `#[operation_hook]`; it may stand once"),
    ] {
        assert_eq!(operation(keys), message);
    }
    good(quote!(
        #[operation_hook(order = -5, access)]
        fn look(op: &mut Access<'_, Self>) -> Result<()> {}
    ));
}

#[test]
fn an_operation_hook_takes_the_context_of_its_phase() {
    const EXPECTED: &str = "expected `async fn tidy(op: &mut BeforeSave<'_, Self>) -> Result<()>`, found";
    for (signature, found) in [
        (quote!((op: &mut Access<'_, Self>) -> Result<()>), "`&mut Access<'_, Self>`"),
        (quote!((op: &BeforeSave<'_, Self>) -> Result<()>), "`&BeforeSave<'_, Self>`"),
        (quote!((op: BeforeSave<'_, Self>) -> Result<()>), "`BeforeSave<'_, Self>`"),
        (quote!((op: &mut BeforeSave) -> Result<()>), "`&mut BeforeSave`"),
        (quote!((op: &mut BeforeSave<'_, Widget>) -> Result<()>), "`&mut BeforeSave<'_, Widget>`"),
        (quote!(() -> Result<()>), "no parameter"),
        (quote!((op: &mut BeforeSave<'_, Self>, ctx: &Ctx) -> Result<()>), "2 parameters"),
        (quote!((op: &mut BeforeSave<'_, Self>)), "no result"),
        (quote!((op: &mut BeforeSave<'_, Self>) -> bool), "`bool`"),
        (quote!((op: &mut BeforeSave<'_, Self>) -> Result<bool>), "`Result<bool>`"),
    ] {
        assert_eq!(
            one(quote!(#[operation_hook(before_save)] async fn tidy #signature {})),
            format!("{EXPECTED} {found}")
        );
    }
    assert_eq!(
        one(quote!(
            #[operation_hook(access)]
            fn look(&self, it: &mut Access<'_, Self>) -> Result<()> {}
        )),
        "expected `async fn look(it: &mut Access<'_, Self>) -> Result<()>`, found `&self`"
    );
    good(quote! {
        #[operation_hook(loaded)]
        fn a(_: &mut hooks::Loaded<'_, CoffeeShop>) -> Result<(), Closed> {}
        #[operation_hook(persist)]
        async fn b(op: &mut Persist<'_, super::CoffeeShop>) -> loopback::Result<()> {}
        #[operation_hook(before_delete)]
        fn c(op: &mut BeforeDelete<Self>) -> Result<()> {}
    });
}

#[test]
fn a_remote_hook_has_a_phase_and_methods() {
    for (keys, message) in [
        (
            quote!(befor, create),
            "unknown phase `befor` in `#[remote_hook]`; did you mean `before`? allowed: before, after, after_error",
        ),
        (quote!(create), "unknown phase `create` in `#[remote_hook]`; allowed: before, after, after_error"),
        (
            quote!(),
            "`#[remote_hook]` names no phase and no method: write `#[remote_hook(before, create)]`; \
             phases: before, after, after_error",
        ),
        (
            quote!(before, order = 1),
            "`#[remote_hook]` names no method: write `#[remote_hook(before, create)]`, or `\"**\"` for all of them",
        ),
        (quote!(before, create, find = 1), "unknown key `find` in `#[remote_hook]`; allowed: order"),
        (quote!(before, find_by_id, "findById"), "the method `findById` stands twice in `#[remote_hook]`"),
        (quote!(before, prototype.open), "a name with a dot stands in quotes: write `\"prototype.open\"`"),
        (
            quote!(before, 5),
            "expected the name of a remote method or a pattern, found `5`: write `create` or `\"prototype.*\"`",
        ),
    ] {
        assert_eq!(remote(keys), message);
    }
    assert_eq!(
        all(quote!(
            #[remote_hook(before, after)]
            fn announce(call: &mut RemoteCall) -> Result<()> {}
        )),
        [
            "`after` is a second phase; a hook has exactly one: write a second function for it, \
             or `\"after\"` when it is the name of a method",
            "the first phase is `before`",
        ]
    );
}

#[test]
fn patterns_are_names_and_asterisks() {
    const EXAMPLE: &str = "write it as in `\"create\"`, `\"prototype.*\"` or `\"**\"`";
    for (pattern, message) in [
        ("", format!("the name of a remote method must not be empty: {EXAMPLE}")),
        (" ", format!("the name of a remote method must not be empty: {EXAMPLE}")),
        ("find one", format!("the name of a remote method has no spaces, found `\"find one\"`: {EXAMPLE}")),
        ("find*", format!("`\"find*\"` is no name of a remote method, and no pattern: {EXAMPLE}")),
        ("prototype.", format!("`\"prototype.\"` is no name of a remote method, and no pattern: {EXAMPLE}")),
        ("CoffeeShop.find", "the hook is for `CoffeeShop` already: write `\"find\"`".to_owned()),
        ("Other.find", format!("`\"Other.find\"` names no method of this model: {EXAMPLE}")),
    ] {
        assert_eq!(remote(quote!(before, #pattern)), message);
    }
    good(quote! {
        #[remote_hook(before, "*", "**", "prototype.*", "*.open", "prototype.__get__reviews", "before")]
        fn announce(call: &mut RemoteCall) -> Result<()> {}
    });
}

#[test]
fn a_remote_hook_takes_the_call() {
    const EXPECTED: &str = "expected `async fn announce(call: &mut RemoteCall) -> Result<()>`, found";
    for (signature, found) in [
        (quote!((call: &RemoteCall) -> Result<()>), "`&RemoteCall`"),
        (quote!((call: &mut RemoteCall<'_>) -> Result<()>), ""),
        (quote!((call: &mut BeforeSave<'_, Self>) -> Result<()>), "`&mut BeforeSave<'_, Self>`"),
        (quote!(() -> Result<()>), "no parameter"),
        (quote!((&mut self) -> Result<()>), "`&mut self`"),
        (quote!((call: &mut RemoteCall)), "no result"),
    ] {
        let messages = all(quote!(#[remote_hook(before, create)] async fn announce #signature {}));
        // Lifetimes that do not exist are rustc's to report.
        let expected = if found.is_empty() { vec![] } else { vec![format!("{EXPECTED} {found}")] };
        assert_eq!(messages, expected);
    }
}
