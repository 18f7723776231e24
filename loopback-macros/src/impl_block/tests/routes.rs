//! Verbs and paths.

use super::{all, good, keys, one};
use quote::quote;

#[test]
fn there_is_one_verb_and_one_path() {
    assert_eq!(
        all(quote!(
            #[remote_method(get, put)]
            fn near() -> Result<()> {}
        )),
        [
            "`put` is a second verb; a further route is `route(put, \"/path\")`, and all verbs are `all`",
            "the first verb is `get`",
        ]
    );
    assert_eq!(
        all(quote!(
            #[remote_method("/a", get, "/b")]
            fn near() -> Result<()> {}
        )),
        ["`\"/b\"` is a second path; a further route is `route(get, \"/b\")`", "the first path is `\"/a\"`"]
    );
    assert_eq!(keys(quote!("GET")), "a verb stands without quotes: write `get`");
    assert_eq!(
        keys(quote!(get = "/near")),
        "the verb `get` takes no value, found `\"/near\"`: write `#[remote_method(get, \"/near\")]`"
    );
    assert_eq!(keys(quote!(get("/near"))), "the verb `get` takes no list: write `#[remote_method(get, \"/path\")]`");
}

#[test]
fn paths_are_read() {
    for (path, message) in [
        ("near", "a path begins with `/`, found `\"near\"`: write `\"/near\"`"),
        ("/:at/near", "a parameter of a path stands in braces: write `\"/{at}/near\"`"),
        ("/near/{att}", "`{att}` in the path is no argument of the method; did you mean `{at}`? its arguments: at"),
        ("/{other}", "`{other}` in the path is no argument of the method; its arguments: at"),
    ] {
        assert_eq!(keys(quote!(get, #path)), message);
    }
    assert_eq!(
        one(quote!(
            #[remote_method(get, "/{id}")]
            fn near() -> Result<()> {}
        )),
        "`{id}` in the path is no argument of the method; it has none"
    );
    good(quote! {
        #[remote_method(get, "/")]
        fn a() -> Result<()> {}
        #[remote_method(get, "/{shopId}/{in}")]
        fn b(shop_id: i64, #[arg(name = "in")] place: String) -> Result<()> {}
        #[remote_method("/c")]
        fn c() -> Result<()> {}
    });
}

#[test]
fn the_path_of_an_instance_method_begins_with_the_id() {
    for (path, instead) in [("/open", "/{id}/open"), ("/open/{id}", "/{id}/open"), ("/", "/{id}")] {
        assert_eq!(
            one(quote!(
                #[remote_method(post, #path)]
                fn open(&self) -> Result<()> {}
            )),
            format!("the path of a method with `&self` begins with the id of the row: write `\"{instead}\"`")
        );
    }
    good(quote!(
        #[remote_method(post, "/{id}/open/{at}")]
        fn open(&self, at: String) -> Result<()> {}
    ));
}

#[test]
fn further_routes_have_a_verb_and_a_path() {
    for (route, message) in [
        (quote!(route(get)), "`route` takes a verb and a path: write `route(get, \"/path\")`"),
        (quote!(route(get, "/a", "/b")), "`route` takes a verb and a path: write `route(get, \"/path\")`"),
        (quote!(route = "/a"), "`route` takes a list in parentheses, found `\"/a\"`: write `route(get, \"/path\")`"),
        (
            quote!(route(gett, "/a")),
            "unknown verb `gett` in `route`; did you mean `get`? allowed: get, head, post, put, patch, delete, all",
        ),
        (quote!(route(get, a)), "expected the path of a route: write `route(get, \"/path\")`"),
        (quote!(route(get, "a")), "a path begins with `/`, found `\"a\"`: write `\"/a\"`"),
    ] {
        assert_eq!(keys(route), message);
    }
    good(quote! {
        // The only route is the one that is written.
        #[remote_method(route(get, "/a"))]
        fn near() -> Result<()> {}
        #[remote_method(name = "other", post, "/near")]
        fn far() -> Result<()> {}
    });
}

#[test]
fn routes_take_different_requests() {
    assert_eq!(
        all(quote! {
            #[remote_method(get, "/{a}/x")]
            fn a(a: String) -> Result<()> {}
            #[remote_method(all, "/{b}/x")]
            fn b(b: String) -> Result<()> {}
        }),
        ["two routes take the same requests: `get /{a}/x` and `all /{b}/x`", "the first route, `get /{a}/x`",]
    );
    assert_eq!(
        all(quote!(
            #[remote_method(get, "/a", route(get, "/a"))]
            fn a() -> Result<()> {}
        ))
        .len(),
        2,
        "of one method as well"
    );
    good(quote! {
        #[remote_method(get, "/{a}/x", route(put, "/{a}/x"))]
        fn a(a: String) -> Result<()> {}
        #[remote_method(get, "/{b}/y", route(get, "/x/{b}"), route(get, "/y"))]
        fn b(b: Option<String>) -> Result<()> {}
    });
}
