//! One test per rule, and one snapshot. What rustc shows is tested in `tests/ui`.

use super::expand_model;
use crate::support::testing::{assert_snapshot, messages};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The messages of a model.
fn all(args: TokenStream, item: TokenStream) -> Vec<String> {
    messages(expand_model(args, item))
}

/// The only message of a model.
fn one(args: TokenStream, item: TokenStream) -> String {
    let found = all(args, item);
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

/// The only message of a model with an id and these fields.
fn fields(fields: impl ToTokens) -> String {
    one(quote!(), quote!(struct A { #[property(id)] id: i64, #fields }))
}

/// The only message of a model with these keys and a field `name`.
fn keys(keys: TokenStream) -> String {
    one(
        keys,
        quote!(
            struct A {
                #[property(id)]
                id: i64,
                name: String,
            }
        ),
    )
}

/// That a model with an id and these fields has no error.
fn good(fields: impl ToTokens) {
    let found = all(quote!(), quote!(struct A { #[property(id)] id: i64, #fields }));
    assert!(found.is_empty(), "{found:?}");
}

fn assert_starts(found: &str, start: &str) {
    assert!(found.starts_with(start), "{found}");
}

#[test]
fn the_expansion_of_a_small_model() {
    assert_snapshot(
        "model/snapshots/coffee_shop.txt",
        expand_model(
            quote!(
                plural = "coffee-shops",
                strict = "throw",
                disable(deleteById, "prototype.updateAttributes"),
                unique(name, city)
            ),
            quote! {
                /// A place for coffee.
                #[derive(Clone)]
                pub struct CoffeeShop {
                    #[property(id, generated)]
                    pub id: i64,
                    /// What is on the sign.
                    #[property(length(min = 1, max = 80, message(min = "too short")), uniqueness(scope(city)))]
                    pub name: String,
                    pub city: Option<String>,
                    #[property(default = now)]
                    pub opened_at: DateTime<Utc>,
                    #[property(default = 4, range(min = -1, max = 5, if = "is_open"), validate = checks::rating)]
                    pub rating: f64,
                    #[property(name = "open", default = true, hidden, index)]
                    pub is_open: bool,
                    #[property(default = codes::next, validate_async(free, message = "taken", allow_null))]
                    #[property(sql(length = 8))]
                    pub r#type: String,
                }
            },
        ),
    );
}

#[test]
fn the_expansion_of_a_model_with_relations() {
    assert_snapshot(
        "model/snapshots/relations.txt",
        expand_model(
            quote!(scopes(cheap, queries::dear), default_limit = 10),
            quote! {
                #[derive(Clone, Debug)]
                pub struct Product {
                    #[property(id, generated)]
                    pub id: i64,
                    /// Where it stands.
                    #[relation(primary_key = code, on_delete = set_null, foreign_key_constraint = false)]
                    pub category: Option<BelongsTo<Category, String>>,
                    pub reviews: HasMany<Review>,
                    #[relation(foreign_key = product, scope = queries::first, properties(id = number), nest)]
                    pub offers: HasMany<Offer>,
                    #[relation(through = Appointment, key_through = customer, disable_include)]
                    pub customers: HasMany<Customer>,
                    #[relation(polymorphic = imageable, primary_key = id, name = "picture")]
                    pub image: HasOne<Picture>,
                    #[relation(through = "ProductTag")]
                    pub tags: HasAndBelongsToMany<Tag>,
                    #[property(hidden)]
                    pub origin: Option<BelongsToAny<Uuid>>,
                    #[relation(validate = false)]
                    pub parts: EmbedsMany<Part>,
                    pub variants: ReferencesMany<Self>,
                }
            },
        ),
    );
}

#[test]
fn the_expansion_of_a_model_with_a_base() {
    assert_snapshot(
        "model/snapshots/base.txt",
        expand_model(
            quote!(base = animals::Animal, unique(name, breed)),
            quote! {
                #[derive(Clone, Debug)]
                pub struct Dog {
                    #[base]
                    pub animal: Animal,
                    #[property(uniqueness(scope(chip)), presence(if = "isTame"))]
                    pub breed: String,
                    pub vet: BelongsTo<Vet>,
                    #[relation(primary_key = name)]
                    pub toys: HasMany<Toy>,
                }
            },
        ),
    );
}

#[test]
fn a_model_with_a_base_has_one_field_for_it() {
    let dog = |field: TokenStream| quote!(struct Dog { #field, breed: String });
    let good = |args: TokenStream, field: TokenStream| {
        let found = all(args, dog(field));
        assert!(found.is_empty(), "{found:?}");
    };
    good(quote!(base = Animal), quote!(#[base] animal: Animal));
    good(quote!(base = animals::Animal, strict = false), quote!(#[base] animal: Animal));
    good(quote!(base = Animal), quote!(#[base] animal: crate::animals::Animal));
    for (args, field, start) in [
        (
            quote!(base = Animal),
            quote!(a: i64),
            "`base = Animal` needs the field that holds it: add `#[base] pub animal",
        ),
        (quote!(base = "Animal"), quote!(a: i64), "`base` takes the model to extend, found `\"Animal\"`"),
        (
            quote!(base = Animal),
            quote!(#[base] animal: Plant),
            "the field with `#[base]` holds what `base` names: `Animal`",
        ),
        (quote!(base = Animal), quote!(#[base(name = "a")] animal: Animal), "`#[base]` takes no options"),
        (quote!(base = Animal), quote!(#[base] #[base] animal: Animal), "`#[base]` stands twice on the field"),
        (quote!(base = Animal), quote!(#[base] #[property(hidden)] animal: Animal), "`#[property]` does not go with"),
        (quote!(base = Animal), quote!(#[base] #[relation(nest)] animal: Animal), "`#[relation]` does not go with"),
        (quote!(base = Animal), quote!(#[base] #[cfg(test)] animal: Animal), "a field of a model cannot have `#[cfg]`"),
    ] {
        assert_starts(&one(args, dog(field)), start);
    }
    let alone = all(quote!(), dog(quote!(#[base] animal: Animal)));
    assert_eq!(alone, ["`#[base]` goes with the key `base`: write `#[model(base = Animal)]`"]);
    let two = all(quote!(base = Animal), dog(quote!(#[base] animal: Animal, #[base] other: Animal)));
    assert_eq!(two, ["`other` is a second base; a model extends one other", "the first base"]);
}

#[test]
fn names_that_a_base_may_have_are_left_to_the_compiler() {
    let item = quote!(
        struct Dog {
            #[base]
            animal: Animal,
            #[property(uniqueness(scope(chip)), presence(if = "tame"))]
            breed: String,
            #[relation(primary_key = name, properties(name = other))]
            toys: HasMany<Toy>,
        }
    );
    let found = all(quote!(base = Animal, index(name, breed)), item.clone());
    assert!(found.is_empty(), "{found:?}");
    // Its own field, and it stores nothing.
    assert_starts(&one(quote!(base = Animal, index(toys)), item), "`index` names `toys`, a `HasMany`, which stores");
}

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
         public, replace_on_put, disable, data_source, index, unique, transient, default_scope, scopes, default_limit, \
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
fn there_is_exactly_one_id() {
    assert_eq!(
        one(
            quote!(),
            quote!(
                struct A {
                    a: i64,
                }
            )
        ),
        "`A` has no id: add `#[property(id)]` to one field"
    );
    assert_eq!(
        all(
            quote!(),
            quote!(
                struct A {
                    #[property(id)]
                    a: i64,
                    #[property(id)]
                    b: i64,
                }
            )
        ),
        ["`b` is a second id; a model has exactly one", "the first id is `a`"]
    );
}

#[test]
fn generated_goes_with_an_id_of_a_kind_that_can_be_made() {
    assert_eq!(
        fields(quote!(#[property(generated)] a: i64)),
        "`generated` goes with `id`: write `#[property(id, generated)]`"
    );
    for ty in [quote!(i64), quote!(u16), quote!(String), quote!(Uuid), quote!(MyId)] {
        assert!(all(quote!(), quote!(struct A { #[property(id, generated)] id: #ty })).is_empty());
    }
    let found = all(
        quote!(),
        quote!(
            struct A {
                #[property(id, generated)]
                id: f64,
            }
        ),
    );
    assert!(found.contains(&"`generated` goes on an integer, `String` or `Uuid`; the field is a number".to_owned()));
}

#[test]
fn the_id_is_always_there() {
    for (ty, noun) in [
        (quote!(Option<i64>), "an `Option`"),
        (quote!(bool), "a boolean"),
        (quote!(Vec<String>), "a list"),
        (quote!(DateTime<Utc>), "a date"),
    ] {
        assert_eq!(
            one(quote!(), quote!(struct A { #[property(id)] id: #ty })),
            format!("the id is always there, so its type is an integer, `String` or `Uuid`, found {noun}")
        );
    }
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
fn names_and_columns_are_distinct() {
    assert_eq!(
        all(
            quote!(),
            quote!(
                struct A {
                    #[property(id)]
                    id: i64,
                    a_b: i64,
                    #[property(name = "aB")]
                    c: i64,
                }
            )
        ),
        [
            "two fields have the JSON name `aB`: give one another with `name = \"..\"`",
            "the first field with the JSON name `aB`"
        ]
    );
    assert_eq!(
        all(
            quote!(),
            quote!(
                struct A {
                    #[property(id)]
                    id: i64,
                    a: i64,
                    #[property(column = "a")]
                    c: i64,
                }
            )
        )[0],
        "two fields have the column `a`: give one another with `column = \"..\"`"
    );
}

#[test]
fn defaults_fit_the_type() {
    for (ty, default, reason) in [
        (quote!(i64), quote!("x"), "expected an integer, found a string"),
        (quote!(i64), quote!(0.5), "expected an integer, found a float"),
        (quote!(Option<i8>), quote!(300), "300 does not fit into `i8` (-128 to 127)"),
        (quote!(u16), quote!(-1), "-1 does not fit into `u16` (0 to 65535)"),
        (quote!(bool), quote!(1), "expected a boolean, found an integer"),
        (quote!(String), quote!(5), "expected a string, found an integer"),
        (quote!(f64), quote!("5"), "expected a number, found a string"),
        (quote!(String), quote!(now), "`now` goes on `DateTime<Utc>` and `NaiveDate`, the field is a string"),
        (quote!(i64), quote!(guid), "`guid` and `uuid` go on `String` and `Uuid`, the field is an integer"),
        (
            quote!(DateTime<Utc>),
            quote!("soon"),
            "expected an ISO date such as \"2024-05-01T08:00:00Z\", found \"soon\"",
        ),
        (quote!(NaiveDate), quote!("1.5.2024"), "expected a day such as \"2024-05-01\", found \"1.5.2024\""),
        (quote!(Uuid), quote!("x"), "expected a UUID, found \"x\""),
        (quote!(Vec<String>), quote!("x"), "no literal is a list; a function can make the value"),
    ] {
        let ty_text = ty.to_string().replace(' ', "");
        assert_eq!(
            fields(quote!(#[property(default = #default)] a: #ty)),
            format!("`default` of `a` ({ty_text}): {reason}")
        );
    }
    for (ty, default) in [
        (quote!(f64), quote!(5)),
        (quote!(f64), quote!(-0.5)),
        (quote!(Tier), quote!("basic")),
        (quote!(DateTime<Utc>), quote!("2024-05-01")),
        (quote!(NaiveDate), quote!(now)),
        (quote!(Uuid), quote!(uuid)),
        (quote!(Vec<String>), quote!(make::tags)),
        (quote!(Decimal), quote!("9.90")),
        (quote!(Option<String>), quote!("")),
    ] {
        good(quote!(#[property(default = #default)] a: #ty));
    }
    assert_eq!(
        fields(quote!(#[property(default = make::tags())] a: i64)),
        "`default` takes the function, not its answer: write `default = make::tags`"
    );
    assert_starts(&fields(quote!(#[property(default = 1 + 1)] a: i64)), "`default` takes a literal, `now`");
    assert_eq!(
        fields(quote!(#[property(default = 9223372036854775808)] a: i64)),
        "the number does not fit into 64 bits"
    );
}

#[test]
fn validations_go_with_the_type() {
    assert_eq!(fields(quote!(#[property(length(max = 5))] a: i64)), "`length` goes on a text or a list; `a` is `i64`");
    assert_eq!(
        fields(quote!(#[property(range(max = 5))] a: Option<String>)),
        "`range` goes on a number; `a` is `Option<String>`"
    );
    assert_starts(&fields(quote!(#[property(numericality)] a: bool)), "`numericality` goes on a number");
    assert_starts(&fields(quote!(#[property(format("x"))] a: i64)), "`format` goes on a `String`");
    good(quote!(#[property(length(max = 5))] a: Vec<i64>, #[property(length(max = 5), range(max = 5))] b: Mine));
}

#[test]
fn bounds_are_in_order() {
    assert_eq!(
        fields(quote!(#[property(length(min = 5, max = 1))] a: String)),
        "`length` lets nothing through: min 5 is above max 1"
    );
    assert_starts(&fields(quote!(#[property(range(min = 0.5, max = -1))] a: f64)), "`range` lets nothing through");
    assert_starts(&fields(quote!(#[property(sql(precision = 2, scale = 4))] a: Decimal)), "`scale` counts among");
}

#[test]
fn inclusion_lists_literals_of_the_type() {
    assert_eq!(
        fields(quote!(#[property(inclusion())] a: String)),
        "`inclusion` lists no value: write `inclusion(\"a\", \"b\")`"
    );
    assert_starts(&fields(quote!(#[property(exclusion)] a: String)), "`exclusion` takes its options in parentheses");
    assert_eq!(
        fields(quote!(#[property(inclusion("a", 5))] a: String)),
        "`inclusion` of `a` (String): expected a string, found an integer"
    );
    assert_starts(&fields(quote!(#[property(inclusion("a", b::c))] a: String)), "`inclusion` takes literals");
    good(quote!(#[property(inclusion(1, -2, 0.5, allow_null = false))] a: f64));
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
fn the_id_is_never_hidden() {
    let found = one(
        quote!(),
        quote!(
            struct A {
                #[property(id, hidden)]
                id: i64,
            }
        ),
    );
    assert_eq!(found, "the id cannot be `hidden`: every answer and every path needs it");
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
fn a_property_owns_its_value() {
    for ty in [quote!(&'static str), quote!(Option<&'static str>), quote!(Cow<'static, str>)] {
        assert_starts(&fields(quote!(a: #ty)), "a property owns its value: `a` cannot be a reference");
    }
}

#[test]
fn a_field_has_no_condition() {
    assert_starts(&fields(quote!(#[cfg(unix)] a: i64)), "a field of a model cannot have `#[cfg]`");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let found = all(
        quote!(plurl = "x", path = "y", disable(coun)),
        quote!(
            struct A {
                #[property(hiden, length(mox = 1, max = 2))]
                a: i64,
                b: &'static str,
            }
        ),
    );
    assert_eq!(found.len(), 8, "{found:#?}");
}

#[test]
fn a_model_with_errors_is_still_there() {
    let found = expand_model(
        quote!(plurl = "x"),
        quote!(
            pub struct A {
                #[property(name = "x")]
                a: i64,
            }
        ),
    )
    .to_string();
    assert!(found.contains("pub struct A { a : i64 , }"), "{found}");
    assert!(found.contains("pub struct AProps") && found.contains("impl lb :: Model for A"), "{found}");
    assert!(!found.contains("submit") && !found.contains("# [property"), "{found}");
}

#[test]
fn missing_derives_are_added() {
    let derive = |item: TokenStream| expand_model(quote!(), item).to_string();
    let both = derive(quote!(
        struct A {
            #[property(id)]
            id: i64,
        }
    ));
    assert!(both.starts_with("# [derive (:: core :: clone :: Clone , :: core :: fmt :: Debug)]"), "{both}");
    let one = derive(quote!(
        #[derive(std::clone::Clone, PartialEq)]
        struct A {
            #[property(id)]
            id: i64,
        }
    ));
    assert!(one.starts_with("# [derive (:: core :: fmt :: Debug)] # [derive (std"), "{one}");
    let none = derive(quote! {
        #[derive(Clone)]
        #[doc = "between"]
        #[derive(Debug)]
        struct A {
            #[property(id)]
            id: i64,
        }
    });
    assert!(none.starts_with("# [derive (Clone)] # [doc = \"between\"] # [derive (Debug)] struct"), "{none}");
}

#[test]
fn what_is_hidden_is_not_in_a_log() {
    let found = expand_model(
        quote!(),
        quote!(
            struct A {
                #[property(id)]
                id: i64,
                #[property(hidden)]
                secret: String,
            }
        ),
    )
    .to_string();
    assert!(found.contains("stringify ! (id) , & self . id"), "{found}");
    assert!(!found.contains("stringify ! (secret) , & self . secret"), "{found}");
}

#[test]
fn what_is_no_item_is_kept() {
    let found = expand_model(quote!(), quote!(let x = 5;));
    assert_eq!(messages(found.clone()).len(), 1);
    assert!(found.to_string().starts_with("let x = 5 ;"));
}

#[test]
fn relations_are_recognised_wherever_their_type_comes_from() {
    good(quote!(
        a: loopback::typed::BelongsTo<B>,
        b: Option<typed::BelongsTo<some::path::C, String>>,
        c: std::option::Option<BelongsToAny>,
        d: HasMany<Self>,
        #[relation(foreign_key = a)]
        e: HasOne<B>,
        #[relation]
        f: EmbedsOne<B>
    ));
}

#[test]
fn a_relation_leads_to_one_model() {
    for (ty, message) in [
        (quote!(BelongsTo), "`BelongsTo` needs the model that it leads to: write `BelongsTo<Model>`"),
        (quote!(HasMany), "`HasMany` needs the model that it leads to: write `HasMany<Model>`"),
        (quote!(HasOne<B, C>), "`HasOne` takes the model that it leads to, found `HasOne<B, C>`: write `HasOne<B>`"),
        (
            quote!(BelongsTo<B, i64, C>),
            "`BelongsTo` takes the model that it leads to, and the type of the key when it is not that of the id, \
             found `BelongsTo<B, i64, C>`: write `BelongsTo<B>`",
        ),
        (quote!(BelongsTo<Option<B>>), "`BelongsTo` leads to a model, found `Option<B>`: write `Option<BelongsTo<B>>`"),
        (quote!(HasMany<Vec<B>>), "`HasMany` leads to a model, found `Vec<B>`: write `HasMany<B>`"),
        (
            quote!(BelongsToAny<i64, B>),
            "`BelongsToAny` takes the type of its key and nothing else: write `BelongsToAny<i64>`",
        ),
        (
            quote!(Option<HasMany<B>>),
            "`HasMany` may be empty as it is: write `HasMany<B>` instead of `Option<HasMany<B>>`",
        ),
        (
            quote!(Vec<BelongsTo<B>>),
            "a list of `BelongsTo` cannot be stored: instead of `Vec<BelongsTo<B>>` write `ReferencesMany<B>`, or \
             `HasMany<B>` when the keys are on the other side",
        ),
        (
            quote!((HasMany<B>, i64)),
            "a relation is a field of its own: write `HasMany<B>` instead of `(HasMany<B>, i64)`",
        ),
    ] {
        assert_eq!(fields(quote!(a: #ty)), message);
    }
}

#[test]
fn keys_go_with_the_kind_of_relation() {
    for (key, ty) in [
        (quote!(foreign_key = b), quote!(BelongsTo<B>)),
        (quote!(through = B), quote!(BelongsTo<B>)),
        (quote!(primary_key = b), quote!(HasAndBelongsToMany<B>)),
        (quote!(polymorphic = b), quote!(HasAndBelongsToMany<B>)),
        (quote!(on_delete = cascade), quote!(HasMany<B>)),
        (quote!(properties(id = b)), quote!(ReferencesMany<B>)),
        (quote!(nest), quote!(EmbedsMany<B>)),
        (quote!(scope = b), quote!(BelongsToAny)),
        (quote!(validate = true), quote!(HasOne<B>)),
    ] {
        let found = fields(quote!(#[relation(#key)] a: #ty));
        assert!(found.contains("` does not go with `") && found.contains("`; allowed: name, "), "{found}");
    }
    assert_starts(
        &fields(quote!(#[property(default = 5)] a: BelongsToAny)),
        "`default` does not go with `BelongsToAny`, which stores two properties; allowed: name, column, hidden",
    );
}

#[test]
fn properties_of_relations_have_names_and_columns() {
    let found = expand_model(
        quote!(index(owner)),
        quote!(
            struct A {
                #[property(id)]
                id: i64,
                r#type: BelongsTo<B>,
                #[property(name = "keeper", column = "keeper_no")]
                owner: BelongsToAny,
                main_part: EmbedsOne<B>,
                categories: ReferencesMany<B>,
            }
        ),
    )
    .to_string();
    for text in [
        "(\"typeId\" , \"type\" , \"type_id\")",
        "(\"keeperId\" , \"owner\" , \"keeper_no_id\")",
        "(\"keeperType\" , \"owner\" , \"keeper_no_type\")",
        "(\"_mainPart\" , \"main_part\" , \"main_part\")",
        "(\"categoryIds\" , \"categories\" , \"category_ids\")",
        "[\"keeperId\" , \"keeperType\"]",
    ] {
        assert!(found.contains(text), "{text} in {found}");
    }
}

#[test]
fn a_model_refers_to_what_one_field_leads_to() {
    let found = expand_model(
        quote!(),
        quote!(
            struct A {
                #[property(id)]
                id: i64,
                once: BelongsTo<a::B>,
                twice: BelongsTo<C>,
                again: Option<BelongsTo<other::C>>,
                itself: BelongsTo<Self>,
            }
        ),
    )
    .to_string();
    assert!(found.contains("impl lb :: RefersTo < a :: B > for A"), "{found}");
    assert!(found.contains("impl lb :: RefersTo < A > for A"), "{found}");
    assert_eq!(found.matches("RefersTo").count(), 2, "{found}");
}

#[test]
fn relations_and_properties_have_distinct_names() {
    let found = all(
        quote!(),
        quote!(
            struct A {
                #[property(id)]
                id: i64,
                #[relation(name = "id")]
                b: HasMany<B>,
                #[relation(name = "c")]
                d: HasMany<B>,
                c: HasOne<B>,
            }
        ),
    );
    assert_starts(&found[0], "a relation and a property have the JSON name `id`: give the relation another");
    assert_starts(&found[2], "two relations have the JSON name `c`");
    assert_starts(&fields(quote!(or: HasMany<B>)), "`or` is a word of the filter language");
}

#[test]
fn keys_that_belong_together_stand_together() {
    assert_starts(&fields(quote!(#[relation(key_through = b)] a: HasMany<B>)), "`key_through` is a field of the model");
    assert_starts(
        &fields(quote!(#[relation(foreign_key = b)] a: HasAndBelongsToMany<B>)),
        "`foreign_key` is a field of a model of yours between the two",
    );
    good(quote!(#[relation(through = C, foreign_key = b, key_through = c)] a: HasAndBelongsToMany<B>));
    assert_eq!(
        fields(quote!(#[relation(on_delete = set_null)] a: BelongsTo<B>)),
        "`on_delete = set_null` needs a key that may be absent: write `Option<BelongsTo<B>>`, or use `cascade`"
    );
    good(quote!(#[relation(on_delete = set_null)] a: Option<BelongsTo<B>>));
    let both = all(
        quote!(),
        quote!(
            struct A {
                #[property(id)]
                id: i64,
                #[relation(foreign_key = b, polymorphic = c)]
                d: HasMany<B>,
            }
        ),
    );
    assert_starts(&both[0], "`foreign_key` and `polymorphic` both name the field that leads back");
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
