//! Signatures, and the keys of `#[remote_method]` that are no routes.

use super::{all, assert_starts, good, keys, one};
use quote::quote;

#[test]
fn unknown_words_are_refused() {
    assert_eq!(
        keys(quote!(stats = 201)),
        "unknown key `stats` in `#[remote_method]`; did you mean `status`? \
         allowed: name, route, status, error_status, returns, access, scopes, notes, inherited"
    );
    assert_eq!(
        keys(quote!(gat, "/near")),
        "unknown verb `gat` in `#[remote_method]`; did you mean `get`? \
         allowed: get, head, post, put, patch, delete, all"
    );
    assert_starts(&keys(quote!(stauts)), "unknown key `stauts` in `#[remote_method]`; did you mean `status`?");
    assert_starts(&keys(quote!(options)), "unknown verb `options` in `#[remote_method]`; allowed: get");
    assert_eq!(
        keys(quote!(path = "/near")),
        "unknown key `path` in `#[remote_method]`; the verb and the path stand for themselves: \
         write `#[remote_method(get, \"/path\")]`"
    );
    assert_starts(&keys(quote!(description = "x")), "unknown key `description` in `#[remote_method]`; the description");
    assert_starts(&keys(quote!(5)), "expected a verb, a path or a key of `#[remote_method]`, found `5`");
    assert_starts(
        &one(quote!(
            #[remote_method = "get"]
            fn near() -> Result<()> {}
        )),
        "`#[remote_method]` takes its keys in parentheses",
    );
}

#[test]
fn keys_stand_once() {
    for (twice, key) in [
        (quote!(name = "a", name = "b"), "name"),
        (quote!(status = 200, status = 201), "status"),
        (quote!(returns = "a", returns("b")), "returns"),
    ] {
        assert_eq!(keys(twice), format!("`{key}` stands twice in `#[remote_method]`; it may stand once"));
    }
}

#[test]
fn values_have_the_form_of_their_key() {
    for (given, message) in [
        (quote!(status = 99), "`status` is a number from 100 to 599, found `99`"),
        (quote!(error_status = 600), "`error_status` is a number from 100 to 599, found `600`"),
        (quote!(status = 70000), "`status` is a number from 100 to 599, found `70000`"),
        (quote!(status = "ok"), "`status` takes a whole number from zero on, found `\"ok\"`: write `status = 5`"),
        (quote!(status), "`status` takes a whole number from zero on: write `status = 5`"),
        (quote!(name = ""), "`name` must not be empty"),
        (quote!(name = "a b"), "the name of a remote method is one word, found `\"a b\"`"),
        (
            quote!(name = "prototype.open"),
            "an instance method is one with `&self`; its name is without `prototype.`: `open`",
        ),
        (
            quote!(access = raed),
            "unknown value `raed` of `access`; did you mean `read`? allowed: read, write, execute, replicate",
        ),
        (
            quote!(access = "READ"),
            "unknown value `\"READ\"` of `access`; did you mean `read`, without quotes? allowed: read, write, execute, replicate",
        ),
        (quote!(access), "`access` takes `read`, `write`, `execute` or `replicate`: write `access = read`"),
        (quote!(scopes()), "`scopes` lists nothing: write `scopes(\"orders\", \"admin\")`"),
        (quote!(scopes("a", "a")), "`\"a\"` stands twice in `scopes`"),
        (quote!(scopes("a", b)), "`scopes` takes strings: write `scopes(\"orders\", \"admin\")`"),
        (
            quote!(scopes = "a"),
            "`scopes` takes a list in parentheses, found `\"a\"`: write `scopes(\"orders\", \"admin\")`",
        ),
        (quote!(notes = 5), "`notes` takes a string, found `5`: write `notes = \"..\"`"),
        (quote!(returns = ""), "`returns` must not be empty"),
        (quote!(returns("")), "a string of `returns` must not be empty"),
    ] {
        assert_eq!(keys(given), message);
    }
}

#[test]
fn returns_has_a_name_for_each_value() {
    assert_eq!(keys(quote!(returns("a", "b"))), "`returns` has 2 names, and the method answers with 1 value (`u32`)");
    assert_eq!(
        one(quote!(
            #[remote_method(returns = "a")]
            fn near() -> Result<(u32, String)> {}
        )),
        "`returns` has 1 name, and the method answers with 2 values (`(u32, String)`)"
    );
    assert_eq!(
        one(quote!(
            #[remote_method(returns = "a")]
            fn near() -> Result<()> {}
        )),
        "`returns` names values, and the method answers with none"
    );
    assert_eq!(
        one(quote!(
            #[remote_method]
            fn near() -> Result<(u32, String)> {}
        )),
        "an answer of several values is an object, so they need names: \
         add `returns(\"name1\", \"name2\")` to `#[remote_method]`"
    );
    good(quote!(
        #[remote_method(returns("a", "b"))]
        fn near() -> Result<(u32, String)> {}
    ));
    good(quote!(
        #[remote_method(returns("a"))]
        fn near() -> Result<(u32,)> {}
    ));
}

#[test]
fn a_method_answers_with_a_result() {
    for (output, message) in [
        (quote!(), "a remote method answers with a `Result`, found no result: write `Result<()>`"),
        (quote!(-> u32), "a remote method answers with a `Result`, found `u32`: write `Result<u32>`"),
        (quote!(-> fmt::Result), "a remote method answers with a `Result`, found `fmt::Result`: write `Result<()>`"),
        (quote!(-> Result<&str>), "a remote method owns what it answers with, found `&str`: write `Result<String>`"),
        (quote!(-> Result<Cow<'static, str>>), "a remote method owns what it answers with, found `Cow<'static, str>`"),
        (quote!(-> Result<impl Display>), "a remote method answers with a type that has a name, found `impl Display`"),
    ] {
        assert_eq!(one(quote!(#[remote_method] fn near() #output {})), message);
    }
    good(quote! {
        #[remote_method]
        fn a() -> std::result::Result<Vec<Self>, Box<dyn Error + Send + Sync>> {}
        #[remote_method]
        fn b() -> io::Result<()> {}
    });
}

#[test]
fn what_the_framework_cannot_call_is_refused() {
    for (function, what) in [
        (
            quote!(
                fn near<T>(at: T) -> Result<()> {}
            ),
            "be generic: write the types and leave lifetimes out",
        ),
        (
            quote!(
                fn near<'a>() -> Result<()> {}
            ),
            "be generic: write the types and leave lifetimes out",
        ),
        (
            quote!(
                fn near() -> Result<()>
                where
                    Self: Sized,
                {
                }
            ),
            "have a `where` clause",
        ),
        (
            quote!(
                unsafe fn near() -> Result<()> {}
            ),
            "be `unsafe`",
        ),
        (
            quote!(
                extern "C" fn near() -> Result<()> {}
            ),
            "be `extern`",
        ),
        (
            quote!(
                fn near(at: u32, ...) -> Result<()> {}
            ),
            "take a variable number of arguments",
        ),
    ] {
        let message = format!("the framework calls `near`, so it cannot {what}");
        assert_eq!(one(quote!(#[remote_method] #function)), message);
    }
    assert_eq!(
        one(quote!(
            #[remote_method]
            fn near(self) -> Result<()> {}
        )),
        "an instance method takes `&self` or `&mut self`, found `self`"
    );
    assert_eq!(
        one(quote!(
            #[remote_method]
            fn near(self: Arc<Self>) -> Result<()> {}
        )),
        "an instance method takes `&self` or `&mut self`, found `self : Arc<Self>`"
    );
}

#[test]
fn methods_have_distinct_names() {
    let found = all(quote! {
        #[remote_method(name = "near")]
        fn close() -> Result<()> {}
        #[remote_method(post, "/other")]
        fn near() -> Result<()> {}
        #[remote_method]
        fn near_by(&self) -> Result<()> {}
        #[remote_method(name = "nearBy", put)]
        fn far(&self) -> Result<()> {}
    });
    assert_eq!(
        found,
        [
            "two remote methods have the name `near`: give one another with `name = \"..\"`",
            "the first remote method with the name `near`",
            "two remote methods have the name `nearBy`: give one another with `name = \"..\"`",
            "the first remote method with the name `nearBy`",
        ]
    );
    // `open` and `prototype.open`
    good(quote! {
        #[remote_method]
        fn open() -> Result<()> {}
        #[remote_method(name = "open")]
        fn open_one(&self) -> Result<()> {}
    });
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let found = all(quote! {
        #[remote_method(got, "near", status = 1)]
        fn near<T>(at: &str, (a, b): (u8, u8)) -> u32 {}
        #[operation_hook(befor_save)]
        fn tidy(op: &mut Access<'_, Self>) {}
        #[remote_hook(before)]
        fn announce() -> Result<()> {}
    });
    assert_eq!(found.len(), 10, "{found:#?}");
}

#[test]
fn a_get_method_that_may_change_its_row_says_its_access() {
    let method = |keys: proc_macro2::TokenStream| {
        quote!(
            #[remote_method(#keys)]
            fn look(&mut self) -> Result<()> {}
        )
    };
    let message = "a GET method that may change its row has to say what access control is to take it for: \
                   add `access = write` (or `read`)";
    assert_eq!(one(method(quote!(get))), message);
    assert_eq!(one(method(quote!(head, "/{id}/x", route(get, "/{id}/y")))), message);
    good(method(quote!(get, access = write)));
    good(method(quote!(get, access = replicate)));
    good(method(quote!(get, "/{id}/x", route(post, "/{id}/y"))));
    good(method(quote!(all)));
    good(quote!(
        #[remote_method(get)]
        fn look(&self) -> Result<()> {}
    ));
    // A mistake in the key is one mistake.
    assert_starts(
        &one(method(quote!(get, access = wirte))),
        "unknown value `wirte` of `access`; did you mean `write`?",
    );
}

#[test]
fn inherited_is_a_flag() {
    assert_eq!(keys(quote!(inherited = true)), "`inherited` takes no value, found `true`: write `inherited`");
}
