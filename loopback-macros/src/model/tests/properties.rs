//! Properties: ids, names, defaults, validations.

use super::{all, assert_starts, fields, good, one};
use quote::quote;

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
fn a_property_owns_its_value() {
    for ty in [quote!(&'static str), quote!(Option<&'static str>), quote!(Cow<'static, str>)] {
        assert_starts(&fields(quote!(a: #ty)), "a property owns its value: `a` cannot be a reference");
    }
}

#[test]
fn a_field_has_no_condition() {
    assert_starts(&fields(quote!(#[cfg(unix)] a: i64)), "a field of a model cannot have `#[cfg]`");
}
