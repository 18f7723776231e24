//! The keys of `#[model]`, and what a model is at all.

use super::{all, assert_starts, fields, good, keys, one};
use crate::model::expand_model;
use crate::support::testing::messages;
use quote::quote;

#[test]
fn only_a_struct_with_named_fields_is_a_model() {
    for (item, found) in [
        (
            quote!(
                enum A {
                    #[property(id)]
                    B,
                }
            ),
            "found an enum",
        ),
        (quote!(union A { #[property(id)] b: i32 }), "found a union"),
        (
            quote!(
                struct A(#[property(id)] i64);
            ),
            "found a tuple struct",
        ),
        (
            quote!(
                struct A;
            ),
            "found a struct without fields",
        ),
        (
            quote!(
                fn a() {}
            ),
            "found a function",
        ),
        (
            quote!(
                trait A {}
            ),
            "found a trait",
        ),
    ] {
        let expansion = expand_model(quote!(), item);
        assert!(!expansion.to_string().contains("# [property"), "{expansion}");
        assert_eq!(messages(expansion), [format!("`#[model]` goes on a struct with named fields, {found}")]);
    }
    assert_starts(
        &one(
            quote!(),
            quote!(
                struct A<T> {
                    id: T,
                }
            ),
        ),
        "a model cannot be generic",
    );
    assert_starts(
        &one(
            quote!(),
            quote!(
                struct A<'a> {
                    id: &'a str,
                }
            ),
        ),
        "a model cannot be generic",
    );
}

#[test]
fn unknown_keys_are_refused() {
    assert_eq!(
        keys(quote!(plurl = "x")),
        "unknown key `plurl` in `#[model]`; did you mean `plural`? allowed: base, plural, path, table, strict, force_id, \
         public, replace_on_put, change_stream, disable, data_source, index, unique, transient, default_scope, scopes, default_limit, \
         max_limit, implicit_transactions, mixins, owner, owner_writable, default_permission, acl_error_status, \
         relation_acl, user"
    );
    assert_starts(
        &fields(quote!(#[property(lenght(max = 5))] a: String)),
        "unknown key `lenght` in `#[property]`; did you mean `length`? allowed: id, generated, name",
    );
    assert_starts(&keys(quote!("x")), "expected a key of `#[model]`");
    assert_starts(&fields(quote!(#[property("x")] a: String)), "expected a key of `#[property]`");
}

#[test]
fn unknown_options_are_refused() {
    assert_eq!(
        fields(quote!(#[property(length(maxi = 5, max = 4))] a: String)),
        "unknown option `maxi` in `length`; did you mean `max`? allowed: min, max, is, message, allow_null, \
         allow_blank, if, unless"
    );
    assert_starts(&fields(quote!(#[property(presence(min = 5))] a: String)), "unknown option `min` in `presence`");
    assert_starts(
        &fields(quote!(#[property(presence(message(min = "x")))] a: String)),
        "unknown kind `min` in `message` of `presence`; allowed: blank, null",
    );
    assert_starts(&fields(quote!(#[property(sql(len = 5))] a: String)), "unknown option `len` in `sql`");
    assert_starts(&fields(quote!(#[property(presence("x"))] a: String)), "expected an option of `presence`");
}

#[test]
fn keys_stand_once() {
    assert_eq!(keys(quote!(table = "a", table = "b")), "`table` stands twice in `#[model]`; it may stand once");
    assert_starts(&fields(quote!(#[property(name = "b")] #[property(name = "c")] a: i64)), "`name` stands twice");
    assert_starts(&fields(quote!(#[property(length(max = 1, max = 2))] a: String)), "`max` stands twice in `length`");
    assert_starts(&fields(quote!(#[property(presence, presence)] a: String)), "`presence` stands twice on `a`");
    assert_starts(&fields(quote!(#[property(unique, uniqueness)] a: String)), "`uniqueness` stands twice on `a`");
    assert_starts(&fields(quote!(#[property(validate = f, validate(f))] a: String)), "`validate` stands twice");
    good(quote!(#[property(length(max = 2, if = "b"), length(max = 4, unless = "b"))] a: String, b: bool));
    good(quote!(#[property(validate = f, validate = g, validate_async = f)] a: String));
    assert!(
        all(
            quote!(index(a), index(b), unique(a, b)),
            quote!(
                struct A {
                    #[property(id)]
                    a: i64,
                    b: i64,
                }
            )
        )
        .is_empty()
    );
}

#[test]
fn named_fields_exist() {
    assert_eq!(
        keys(quote!(index(nam, id))),
        "unknown field `nam` in `index`; did you mean `name`? the fields of `A`: id, name"
    );
    assert_starts(&keys(quote!(unique(zzz))), "unknown field `zzz` in `unique`; the fields of `A`: id, name");
    assert_starts(
        &fields(quote!(#[property(uniqueness(scope(orgg)))] a: String, org: i64)),
        "unknown field `orgg` in `scope`; did you mean `org`?",
    );
    assert_starts(&fields(quote!(#[property(uniqueness(scope(a)))] a: String)), "`scope` names `a` itself");
    assert_starts(
        &fields(quote!(#[property(presence(if = "trems"))] a: String, terms: bool)),
        "unknown field `trems` in `if`; did you mean `terms`?",
    );
    assert_starts(
        &fields(quote!(#[property(presence(unless = "terms"))] a: String, terms: i64)),
        "`unless` takes a field of type `bool` or `Option<bool>`; `terms` is `i64`",
    );
    good(quote!(#[property(presence(if = "has_terms", unless = "hasTerms"))] a: String, has_terms: Option<bool>));
    assert_starts(&keys(quote!(index())), "`index` names no field");
    assert_starts(&keys(quote!(index(name, name))), "`name` stands twice in `index`");
    assert_starts(&keys(quote!(index("name"))), "expected the name of a field");
}

#[test]
fn strict_has_four_values() {
    assert_eq!(
        keys(quote!(strict = "thow")),
        "unknown value `\"thow\"` of `strict`; did you mean `\"throw\"`? allowed: true, false, \"throw\", \"ignore\""
    );
    assert_starts(&keys(quote!(strict = "true")), "unknown value `\"true\"` of `strict`; did you mean `true`, without");
    assert_starts(&keys(quote!(strict = 5)), "unknown value `5` of `strict`; allowed");
    assert_starts(&keys(quote!(strict)), "`strict` takes a value");
}

#[test]
fn disabled_methods_exist() {
    assert_starts(
        &keys(quote!(disable(delete_by_id))),
        "unknown remote method `delete_by_id` in `disable`; did you mean `deleteById`? allowed: create, patchOrCreate",
    );
    assert_starts(&keys(quote!(disable("cuont"))), "unknown remote method `cuont` in `disable`; did you mean `count`?");
    assert_starts(&keys(quote!(disable(upsert, "updateOrCreate"))), "the remote method `patchOrCreate` stands twice");
    assert_starts(&keys(quote!(disable(5))), "expected the name of a remote method");
    assert_starts(&keys(quote!(disable())), "`disable` names no remote method");
    let found = expand_model(
        quote!(disable(prototype.patchAttributes, removeById)),
        quote!(
            struct A {
                #[property(id)]
                id: i64,
            }
        ),
    );
    assert!(found.to_string().contains("\"prototype.patchAttributes\" , \"deleteById\""), "{found}");
}

#[test]
fn texts_are_filled_and_paths_start_with_a_slash() {
    assert_eq!(
        keys(quote!(path = "x/widgets")),
        "`path` must start with `/`, found \"x/widgets\": write `path = \"/x/widgets\"`"
    );
    assert_starts(&keys(quote!(path = "/")), "`path` needs a segment");
    for key in [quote!(plural), quote!(table), quote!(data_source), quote!(path)] {
        assert_eq!(keys(quote!(#key = "")), format!("`{key}` must not be empty"));
    }
    assert_eq!(fields(quote!(#[property(name = "")] a: i64)), "`name` must not be empty");
    assert_eq!(fields(quote!(#[property(column = " ")] a: i64)), "`column` must not be empty");
    assert_starts(&fields(quote!(#[property(format(""))] a: String)), "the regular expression of `format` must not");
    assert_starts(&fields(quote!(#[property(format(5))] a: String)), "`format` takes one regular expression");
    assert_starts(&fields(quote!(#[property(format("a", "b"))] a: String)), "`format` takes one regular expression");
}

#[test]
fn values_have_the_form_of_their_key() {
    for (args, message) in [
        (quote!(plural = 5), "`plural` takes a string, found `5`: write `plural = \"..\"`"),
        (quote!(plural), "`plural` takes a string: write `plural = \"..\"`"),
        (quote!(plural("x")), "`plural` takes a string, found a list: write `plural = \"..\"`"),
        (quote!(plural = ), "`plural` has no value after `=`"),
        (quote!(public = "no"), "`public` takes `true` or `false`, found `\"no\"`: write `public = true`"),
        (quote!(index), "`index` takes a list in parentheses: write `index(field, other)`"),
    ] {
        assert_eq!(keys(args), message);
    }
    assert_eq!(
        fields(quote!(#[property(hidden = true)] a: i64)),
        "`hidden` takes no value, found `true`: write `hidden`"
    );
    assert_starts(&fields(quote!(#[property(length)] a: String)), "`length` takes its options in parentheses: write");
    assert_starts(&fields(quote!(#[property(length())] a: String)), "`length` needs at least one of min, max, is");
    assert_starts(&fields(quote!(#[property(length(max = -1))] a: String)), "`max` takes a whole number from zero on");
    assert_starts(&fields(quote!(#[property(range(max = "x"))] a: i64)), "`max` takes a number, found");
    assert_starts(&fields(quote!(#[property(validate = |x| x)] a: i64)), "`validate` takes the path of a function");
    assert_starts(&fields(quote!(#[property(validate("f"))] a: i64)), "`validate` takes the path of one function");
    assert_starts(&fields(quote!(#[property(validate(message = "x"))] a: i64)), "`validate` takes the path of one");
    assert_starts(&fields(quote!(#[property(validate(f, g::h))] a: i64)), "`validate` takes the path of one function");
    assert_starts(&fields(quote!(#[property = "x"] a: i64)), "`#[property]` takes its keys in parentheses");
    assert_starts(&fields(quote!(#[property(sql = "x")] a: i64)), "`sql` takes a list in parentheses");
    assert_starts(&fields(quote!(#[property(sql(length = 4294967296))] a: String)), "`length` is too large");
}

#[test]
fn a_transient_model_has_no_table() {
    let item = quote!(
        struct A {
            a: String,
            b: EmbedsOne<B>,
        }
    );
    assert!(all(quote!(transient, strict = false), item.clone()).is_empty());
    assert_starts(&one(quote!(transient, table = "x"), item.clone()), "`table` does not go with `transient`");
    assert_starts(&one(quote!(default_limit = 5, transient), item), "`default_limit` does not go with `transient`");
    for (field, start) in [
        (quote!(#[property(unique)] a: i64), "`unique` is about a column, and `A` is `transient`"),
        (quote!(#[property(column = "b")] a: i64), "`column` is about a column, and `A` is `transient`"),
        (quote!(a: HasMany<B>), "a `transient` model cannot have `HasMany`: `A` has no rows that a key"),
    ] {
        assert_starts(&one(quote!(transient), quote!(struct A { #field })), start);
    }
}

#[test]
fn scopes_and_limits_are_checked() {
    let twice = all(
        quote!(scopes(a::live, live)),
        quote!(
            struct A {
                #[property(id)]
                id: i64,
            }
        ),
    );
    assert_starts(&twice[0], "two scopes have the name `live`");
    assert_starts(&keys(quote!(scopes(find_one = f))), "the scope `findOne` would hide a path of every model");
    assert_starts(&keys(quote!(default_limit = 5, max_limit = 4)), "`default_limit` 5 is above `max_limit` 4");
    assert_eq!(keys(quote!(max_limit = 0)), "`max_limit` must be at least 1");
    assert_starts(&keys(quote!(default_scope = "x")), "`default_scope` takes the path of a function, found");
    assert_starts(&keys(quote!(disable(__get__x, "__get__x"))), "the remote method `__get__x` stands twice");
}
