//! Parameters and `#[arg]`.

use super::{all, assert_starts, good, one, params};
use quote::quote;

#[test]
fn an_argument_owns_its_value_and_has_a_name() {
    for (param, message) in [
        (quote!(at: &str), "an argument owns its value: `at` cannot be `&str`: write `at: String`"),
        (quote!(at: &mut Vec<u8>), "an argument owns its value: `at` cannot be `&mut Vec<u8>`: write `at: Vec<u8>`"),
        (quote!(at: &[u32]), "an argument owns its value: `at` cannot be `&[u32]`: write `at: Vec<u32>`"),
        (quote!(at: Cow<'_, str>), "an argument owns its value: `at` cannot be `Cow<'_, str>`"),
        (quote!(at: impl Into<String>), "an argument has a type with a name: `at` cannot be `impl Into<String>`"),
        (quote!((a, b): (u32, u32)), "an argument has a name, by which a request gives it; found `(a, b)`"),
        (quote!(_: u32), "an argument has a name, by which a request gives it; found `_`"),
        (quote!(ctx: Ctx), "a remote method gets the context as `&Ctx`, found `Ctx`"),
        (quote!(ctx: &mut Ctx), "a remote method gets the context as `&Ctx`, found `&mut Ctx`"),
        (
            quote!(call: RemoteCall),
            "a remote method gets the call as `&RemoteCall` or `&mut RemoteCall`, found `RemoteCall`",
        ),
    ] {
        assert_eq!(params(param), message);
    }
    assert_starts(&params(quote!(#[cfg(a)] at: u32)), "a parameter of a remote method cannot have `#[cfg]`");
    good(quote!(
        #[remote_method]
        fn near(_: &ctx::Ctx, mut at: u32, r#type: String) -> Result<()> {}
    ));
}

#[test]
fn arg_has_known_keys() {
    for (param, message) in [
        (
            quote!(#[arg(quer)] at: u32),
            "unknown key `quer` in `#[arg]`; did you mean `query`? \
             allowed: name, default, path, query, body, form, header",
        ),
        (quote!(#[arg("at")] at: u32), "expected a key of `#[arg]`, as in `#[arg(default = 10)]`"),
        (quote!(#[arg(query, query)] at: u32), "`query` stands twice in `#[arg]`; it may stand once"),
        (quote!(#[arg(query = true)] at: u32), "`query` takes no value, found `true`: write `query`"),
        (quote!(#[arg(name = "")] at: u32), "`name` must not be empty"),
        (quote!(#[arg(name = "a b")] at: u32), "the name of an argument is one word, found `\"a b\"`"),
        (quote!(#[arg(header, name = "X:Y")] at: u32), "the name of a header is one word, found `\"X:Y\"`"),
        (
            quote!(#[arg(query)] ctx: &Ctx),
            "`#[arg]` goes on an argument of a `#[remote_method]`; `&Ctx` is the context",
        ),
        (
            quote!(#[arg(query)] call: &mut RemoteCall),
            "`#[arg]` goes on an argument of a `#[remote_method]`; `&mut RemoteCall` is the call",
        ),
        (
            quote!(
                #[arg(query)]
                &self
            ),
            "`#[arg]` goes on an argument of a `#[remote_method]`; `self` is the row with the id of the path",
        ),
    ] {
        assert_eq!(params(param), message);
    }
    assert_eq!(
        all(quote!(
            #[remote_method]
            fn near(
                #[arg(query)]
                #[arg(body)]
                at: u32,
            ) -> Result<()> {
            }
        )),
        ["`body` is a second source; an argument comes from one place", "the first source is `query`"]
    );
    assert_eq!(
        all(quote! {
            fn near(#[arg(query)] at: u32) {}
            #[operation_hook(access)]
            fn look(#[arg(query)] op: &mut Access<'_, Self>) -> Result<()> {}
        }),
        [
            "`#[arg]` goes on an argument of a `#[remote_method]`; `near` is none",
            "`#[arg]` goes on an argument of a `#[remote_method]`; `look` is none",
        ]
    );
}

#[test]
fn defaults_are_literals_of_the_type() {
    for (param, message) in [
        (quote!(#[arg(default = [1])] at: u32), "`default` takes a literal, found `[1]`: write `default = 10`"),
        (quote!(#[arg(default = now)] at: u32), "`default` takes a literal, found `now`: write `default = 10`"),
        (quote!(#[arg(default)] at: u32), "`default` takes a literal: write `default = 10`"),
        (quote!(#[arg(default(1))] at: u32), "`default` takes a literal, found a list: write `default = 10`"),
        (quote!(#[arg(default = 1e999)] at: f64), "the number does not fit into a double"),
        (quote!(#[arg(default = "x")] at: u32), "`default` of `at` (u32): expected an integer, found a string"),
        (quote!(#[arg(default = -1)] at: u32), "`default` of `at` (u32): -1 does not fit into `u32` (0 to 4294967295)"),
        (
            quote!(#[arg(default = "x")] at: Vec<u32>),
            "`default` of `at` (Vec<u32>): no literal is a list: \
             write `Option<Vec<u32>>`, and choose the value in the function",
        ),
    ] {
        assert_eq!(params(param), message);
    }
    assert_eq!(
        one(quote!(
            #[remote_method(get, "/{at}")]
            fn near(#[arg(default = 1)] at: u32) -> Result<()> {}
        )),
        "`default` of `at`: a part of the path is always there"
    );
    good(quote! {
        #[remote_method(get, "/{a}", route(get, "/"))]
        fn near(#[arg(default = 1)] a: u32, #[arg(default = 5)] b: f64, #[arg(default = "x")] c: Tier) -> Result<()> {}
    });
}

#[test]
fn arguments_have_distinct_names() {
    assert_eq!(
        all(quote!(
            #[remote_method]
            fn near(shop_id: u32, #[arg(name = "shopId")] other: u32) -> Result<()> {}
        )),
        [
            "two arguments have the name `shopId`: give one another with `#[arg(name = \"..\")]`",
            "the first argument with the name `shopId`",
        ]
    );
    let found = all(quote! {
        #[remote_method]
        fn near(#[arg(header)] x_trace: String, #[arg(header, name = "X-Trace")] other: String) -> Result<()> {}
    });
    assert_eq!(found[0], "two arguments have the name `X-Trace`: give one another with `#[arg(name = \"..\")]`");
    assert_starts(
        &one(quote!(
            #[remote_method]
            fn open(&self, id: i64) -> Result<()> {}
        )),
        "`id` is that of the row in the path of a method with `&self`: give the argument another name",
    );
}

#[test]
fn the_call_is_lent_once() {
    assert_eq!(
        all(quote!(
            #[remote_method]
            fn near(a: &RemoteCall, b: &mut RemoteCall) -> Result<()> {}
        )),
        ["a remote method gets the call once", "the first time"]
    );
    good(quote!(
        #[remote_method]
        fn near(a: &Ctx, b: &mut RemoteCall, c: &Ctx) -> Result<()> {}
    ));
}

#[test]
fn sources_go_with_the_route() {
    assert_eq!(
        one(quote!(
            #[remote_method(get, "/near")]
            fn near(#[arg(path)] at: u32) -> Result<()> {}
        )),
        "the path `/near` does not have `at`: write `\"/near/{at}\"`"
    );
    assert_eq!(
        one(quote!(
            #[remote_method(get, "/")]
            fn near(#[arg(path)] at: u32) -> Result<()> {}
        )),
        "the path `/` does not have `at`: write `\"/{at}\"`"
    );
    assert_eq!(
        all(quote!(
            #[remote_method(get, "/{at}")]
            fn near(#[arg(query)] at: u32) -> Result<()> {}
        )),
        ["`at` is a part of the path, so it cannot be `#[arg(query)]`", "`{at}` stands in this path"]
    );
    for (verb, source) in [("get", "body"), ("head", "form")] {
        let [verb_ident, source_ident] = [verb, source].map(|word| quote::format_ident!("{word}"));
        assert_eq!(
            one(quote!(
                #[remote_method(#verb_ident)]
                fn near(#[arg(#source_ident)] at: u32) -> Result<()> {}
            )),
            format!(
                "a request with `{verb}` has no body, so `at` cannot be `#[arg({source})]`: \
                 write `#[arg(query)]`, or let the method have another verb"
            )
        );
    }
    good(quote! {
        #[remote_method(delete)]
        fn a(#[arg(body)] at: u32) -> Result<()> {}
        #[remote_method(all)]
        fn b(#[arg(form)] at: u32) -> Result<()> {}
    });
}
