//! One test per rule. What rustc shows is tested in `tests/ui`.

use super::expand_acl;
use crate::model::expand_model;
use crate::support::testing::{assert_snapshot, messages};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

fn model(attrs: &TokenStream) -> TokenStream {
    quote!(#attrs struct A { #[property(id)] id: i64 })
}

/// The messages of a model with these attributes.
fn all(attrs: &TokenStream) -> Vec<String> {
    messages(expand_model(quote!(), model(attrs)))
}

/// The only message of a model with one `#[acl]`.
fn one(words: impl ToTokens) -> String {
    let found = all(&quote!(#[acl(#words)]));
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

fn good(attrs: &TokenStream) {
    let found = all(attrs);
    assert!(found.is_empty(), "{found:?}");
}

/// The only message of an impl block with these functions.
fn functions(functions: impl ToTokens) -> String {
    let found = messages(expand_model(quote!(), quote!(impl A { #functions })));
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

fn assert_starts(found: &str, start: &str) {
    assert!(found.starts_with(start), "{found}");
}

#[test]
fn the_expansion_of_a_model_with_entries() {
    let expansion = expand_model(
        quote!(),
        model(&quote! {
            #[acl(allow, "$owner", write)]
            #[acl(deny, "$everyone")]
            #[acl(methods(find, prototype.patch_attributes, find_by_id, "__get__orders", __count__orders), "admin", allow)]
            #[loopback::acl(audit, user = 1, execute, methods(special))]
            #[acl(alarm, app = "x", all)]
            #[acl(allow, user = "5f", replicate)]
        }),
    )
    .to_string();
    let found = &expansion[expansion.find("acls :").unwrap()..expansion.find("settings :").unwrap()];
    let none = quote!(::core::option::Option::None);
    let some = |access: TokenStream| quote!(::core::option::Option::Some(lb::AccessType::#access));
    let entry = |permission: TokenStream, principal: TokenStream, access: TokenStream, methods: TokenStream| {
        quote! {
            lb::AclDef {
                permission: lb::Permission::#permission,
                principal: lb::PrincipalDef::#principal,
                access: #access,
                methods: &[#methods],
                line: ::core::line!(),
            }
        }
    };
    let entries = [
        entry(quote!(Allow), quote!(Role("$owner")), some(quote!(Write)), quote!()),
        entry(quote!(Deny), quote!(Role("$everyone")), none.clone(), quote!()),
        entry(
            quote!(Allow),
            quote!(Role("admin")),
            none.clone(),
            quote!("find", "prototype.patchAttributes", "findById", "__get__orders", "__count__orders"),
        ),
        entry(quote!(Audit), quote!(User("1")), some(quote!(Execute)), quote!("special")),
        entry(quote!(Alarm), quote!(App("x")), none, quote!()),
        entry(quote!(Allow), quote!(User("5f")), some(quote!(Replicate)), quote!()),
    ];
    assert_eq!(found.trim(), quote!(acls: &[#(#entries),*],).to_string());
    assert!(!expansion.contains("# [acl"), "{expansion}");
}

#[test]
fn above_the_model_it_goes_below() {
    let item = quote! {
        #[doc = "x"]
        #[acl(b)]
        #[loopback::model(public = false)]
        #[derive(Clone)]
        #[acl(c)]
        pub struct A { id: i64 }
    };
    assert_snapshot("acl/snapshots/moved.txt", expand_acl(&quote!(a), item));
}

#[test]
fn alone_it_says_where_it_goes() {
    let alone = |item: TokenStream| {
        let expansion = expand_acl(&quote!(allow, "$owner"), item);
        let kept = expansion.to_string();
        (messages(expansion).concat(), kept)
    };
    for (item, found) in [
        (
            quote!(
                struct A;
            ),
            "a struct without it",
        ),
        (
            quote!(
                enum A {}
            ),
            "an enum",
        ),
        (
            quote!(
                impl A {}
            ),
            "an impl block",
        ),
        (
            quote!(
                mod a {}
            ),
            "another item",
        ),
    ] {
        let (message, kept) = alone(item.clone());
        assert!(message.ends_with(&format!(", found {found}")), "{message}");
        assert!(kept.starts_with(&item.to_string()), "{kept}");
    }
    let (message, kept) = alone(quote!(
        fn a(#[arg(body)] b: u8) {}
    ));
    assert_starts(&message, "`#[acl]` goes on a remote method in an impl block with `#[model]`: write `#[model]`");
    assert_starts(&kept, "fn a (b : u8) { }");
}

#[test]
fn an_entry_has_a_permission_and_a_principal() {
    assert_starts(
        &one(quote!("admin")),
        "`#[acl]` names no permission: write `#[acl(allow, \"$owner\")]`; allowed: allow",
    );
    assert_starts(&one(quote!(allow)), "`#[acl]` names no principal: write a role");
    assert_eq!(all(&quote!(#[acl])).len(), 2);
    assert_starts(&all(&quote!(#[acl = "x"])).concat(), "`#[acl]` takes its words in parentheses");
    for (words, message) in [
        (quote!(allow, deny, "a"), "`deny` is a second permission: write a second `#[acl(..)]` for it"),
        (quote!(allow, "a", "b"), "`b` is a second principal: write a second `#[acl(..)]` for it"),
        (quote!(allow, "a", user = 1), "`user` is a second principal: write a second `#[acl(..)]` for it"),
        (quote!(allow, "a", read, all), "`all` is a second access: write a second `#[acl(..)]` for it"),
    ] {
        let found = all(&quote!(#[acl(#words)]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0], message);
        assert_starts(&found[1], "the first ");
    }
}

#[test]
fn unknown_words_are_refused() {
    assert_eq!(
        one(quote!(alow, "admin")),
        "unknown word `alow` in `#[acl]`; did you mean `allow`? \
         allowed: allow, deny, audit, alarm, user, app, read, write, execute, replicate, all, methods"
    );
    assert_starts(
        &one(quote!(allow, "admin", metods(find))),
        "unknown word `metods` in `#[acl]`; did you mean `methods`?",
    );
    assert_starts(
        &one(quote!(allow, owner)),
        "unknown word `owner` in `#[acl]`; a role stands in quotes: `\"$owner\"`;",
    );
    assert_starts(&one(quote!(allow, teacher)), "unknown word `teacher` in `#[acl]`; a role stands in quotes");
    assert_starts(&one(quote!("allow", "$owner")), "a permission stands without quotes: write `allow`");
    assert_starts(&one(quote!(allow = "admin")), "the permission `allow` takes no value, found `\"admin\"`");
    assert_starts(&one(quote!(allow, "admin", read(find))), "the access `read` takes no list");
    assert_starts(&one(quote!(allow, 5)), "expected a word or a role of `#[acl]`, found `5`");
    assert_starts(&one(quote!(allow, user = admin)), "`user` takes the id of a user, a number or a string, found");
    assert_starts(&one(quote!(allow, user)), "`user` takes the id of a user");
    assert_starts(&one(quote!(allow, user = "")), "`user` must not be empty");
    assert_starts(&one(quote!(allow, app = 1)), "`app` takes a string");
}

#[test]
fn roles_are_known_or_ones_own() {
    assert_eq!(
        one(quote!(allow, "$onwer")),
        "unknown role `$onwer` in `#[acl]`; did you mean `$owner`? known: $everyone, $authenticated, \
         $unauthenticated, $owner, $related, or a role of your own without `$`"
    );
    assert_starts(&one(quote!(allow, "$x")), "unknown role `$x` in `#[acl]`; known: $everyone");
    assert_starts(&one(quote!(allow, " ")), "the role in `#[acl]` must not be empty");
    for role in ["everyone", "authenticated", "unauthenticated", "owner", "related"] {
        assert_eq!(
            one(quote!(allow, #role)),
            format!("the role `{role}` in `#[acl]` has no `$`: did you mean `${role}`?")
        );
    }
}

#[test]
fn methods_are_named_once() {
    let methods = |list: TokenStream| one(quote!(allow, "admin", methods(#list)));
    assert_starts(&methods(quote!()), "`methods` names no remote method");
    assert_eq!(methods(quote!(find_by_id, "findById")), "the method `findById` stands twice in `methods`");
    assert_starts(&methods(quote!("*")), "`methods` takes no patterns, found `\"*\"`");
    assert_starts(&methods(quote!("a b")), "`\"a b\"` is no name of a remote method");
    assert_starts(&methods(quote!("")), "`\"\"` is no name of a remote method");
    assert_starts(&methods(quote!(A.find)), "expected the name of a remote method, found `A . find`");
    assert_starts(&methods(quote!(find = 1)), "a name in `methods` takes neither a value nor a list: write `find`");
    assert_starts(&one(quote!(allow, "a", methods = "find")), "`methods` takes a list in parentheses");
    assert_starts(&one(quote!(allow, "a", methods(a), methods(b))), "`methods` stands twice in `#[acl]`");
}

#[test]
fn nobody_owns_what_is_not_there() {
    for role in ["$owner", "$related"] {
        let found = one(quote!(allow, #role, methods(find, create)));
        assert_starts(&found, &format!("`{role}` is nobody before the row is there"));
    }
    good(&quote!(#[acl(allow, "$authenticated", methods(create))]));
}

#[test]
fn a_denial_contradicts_what_else_is_said_about_the_same_calls() {
    let found = all(&quote! {
        #[acl(deny, "a", read, methods(find, count))]
        #[acl(allow, "a", methods(count, find), read)]
    });
    assert_eq!(
        found,
        [
            "`allow` contradicts the `deny` above for the same calls: the denial would always win",
            "`deny` for these calls stands here"
        ]
    );
    good(&quote! {
        #[acl(deny, "a", read)]
        #[acl(allow, "a", write)]
        #[acl(allow, "a", read, methods(find))]
        #[acl(allow, "b", read)]
        #[acl(audit, "b", read)]
    });
}

#[test]
fn it_goes_on_a_model_or_on_a_remote_method() {
    const WHERE: &str = "`#[acl]` goes on a struct with `#[model]`, \
                         or on a function with `#[remote_method]` in an impl block with `#[model]`; ";
    let field = messages(expand_model(
        quote!(),
        quote!(
            struct A {
                #[acl(allow, "$owner")]
                #[property(id)]
                id: i64,
            }
        ),
    ));
    assert_eq!(field, [format!("{WHERE}found it on the field `id`")]);
    assert_eq!(
        functions(quote!(
            #[acl(allow, "a")]
            fn b() {}
        )),
        format!("{WHERE}`b` has no `#[remote_method]`")
    );
    assert_eq!(
        functions(quote!(
            #[acl(allow, "a")]
            const B: u8 = 1;
        )),
        format!("{WHERE}found a constant")
    );
    let hook = functions(quote!(
        #[acl(allow, "a")]
        #[remote_hook(before, create)]
        async fn b(call: &mut RemoteCall) -> Result<()> {}
    ));
    assert_eq!(hook, format!("{WHERE}`b` is a hook, which nobody calls over REST"));
    let block = messages(expand_model(
        quote!(),
        quote!(
            #[acl(allow, "a")]
            impl A {}
        ),
    ));
    assert_eq!(block, [format!("{WHERE}found it on the impl block")]);
    // Of what is no model itself, that is the error.
    let other = expand_model(
        quote!(),
        quote!(
            #[acl(allow, "a")]
            enum A {
                #[acl(deny, "a")]
                B,
            }
        ),
    );
    assert!(!other.to_string().contains("acl"), "{other}");
    assert_eq!(messages(other).len(), 1);
}

#[test]
fn on_a_function_it_is_about_that_function() {
    let method = |words: TokenStream| {
        functions(quote!(
            #[acl(#words)]
            #[remote_method]
            fn b() -> Result<()> {}
        ))
    };
    assert_starts(&method(quote!(allow, "a", methods(find))), "`#[acl]` on a function is about that function: leave");
    assert_starts(&method(quote!(allow, "$onwer")), "unknown role `$onwer`");
}
