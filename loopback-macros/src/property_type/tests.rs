use super::expand_property_type;
use crate::support::testing::{assert_snapshot, messages};
use proc_macro2::TokenStream;
use quote::quote;

fn one(item: TokenStream) -> String {
    let found = messages(expand_property_type(item));
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

#[test]
fn an_enum_expands_to_words() {
    assert_snapshot(
        "property_type/snapshots/enum.txt",
        expand_property_type(quote! {
            #[derive(Clone, PropertyType)]
            pub enum Tier {
                Basic,
                InTransit,
                #[property_type(rename = "gold-plus")]
                GoldPlus,
            }
        }),
    );
}

#[test]
fn a_struct_expands_to_fields() {
    assert_snapshot(
        "property_type/snapshots/struct.txt",
        expand_property_type(quote! {
            pub struct Dims {
                /// Millimetres.
                pub box_width: f64,
                #[property_type(name = "h")]
                pub height: Option<f64>,
            }
        }),
    );
}

#[test]
fn variants_have_no_fields() {
    assert_eq!(
        one(quote!(
            enum A {
                B,
                C(i32),
            }
        )),
        "the variant `C` has fields; an enum is stored as one word per variant"
    );
}

#[test]
fn there_are_variants_and_fields() {
    assert_eq!(
        one(quote!(
            enum A {}
        )),
        "`A` has no variants, so no property could have a value"
    );
    assert_eq!(
        one(quote!(
            struct A {}
        )),
        "`A` has no fields, so nothing would be stored"
    );
    assert!(
        one(quote!(
            struct A;
        ))
        .ends_with("found a struct without fields")
    );
    assert!(
        one(quote!(
            struct A(i32);
        ))
        .contains("found a tuple struct")
    );
    assert!(one(quote!(union A { a: i32 })).ends_with("found a union"));
}

#[test]
fn generics_are_refused() {
    assert!(
        one(quote!(
            enum A<T> {
                B,
            }
        ))
        .starts_with("a property type cannot be generic")
    );
}

#[test]
fn names_are_distinct() {
    let found = messages(expand_property_type(quote!(
        enum A {
            B,
            #[property_type(rename = "b")]
            C,
        }
    )));
    assert_eq!(
        found,
        [
            "two variants are stored as `b`: give one another with `#[property_type(rename = \"..\")]`",
            "the first with `b`"
        ]
    );
    let found = messages(expand_property_type(quote!(
        struct A {
            b_c: i32,
            #[property_type(name = "bC")]
            d: i32,
        }
    )));
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn keys_are_checked() {
    assert_eq!(
        one(quote!(
            enum A {
                #[property_type(renam = "x")]
                B,
            }
        )),
        "unknown key `renam` in `#[property_type]`; did you mean `rename`? allowed: rename"
    );
    assert!(
        one(quote!(
            enum A {
                #[property_type(rename = 5)]
                B,
            }
        ))
        .contains("takes a string, found `5`")
    );
    assert!(
        one(quote!(
            enum A {
                #[property_type(rename = "")]
                B,
            }
        ))
        .contains("must not be empty")
    );
    assert!(
        one(quote!(
            enum A {
                #[property_type = "x"]
                B,
            }
        ))
        .contains("in parentheses")
    );
    assert!(
        one(quote!(
            struct A {
                #[property_type(rename = "x")]
                b: i32,
            }
        ))
        .contains("allowed: name")
    );
}

#[test]
fn fields_own_their_values() {
    assert!(
        one(quote!(
            struct A {
                b: &'static str,
            }
        ))
        .starts_with("a property owns its value")
    );
}

#[test]
fn a_type_with_errors_still_has_the_traits() {
    let found = expand_property_type(quote!(
        enum A {
            B(i32),
        }
    ))
    .to_string();
    assert!(found.contains("impl lb :: PropertyType for A") && found.contains("IntoProperty"), "{found}");
}
