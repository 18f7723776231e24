//! Models that extend others.

use super::{all, assert_starts, one};
use proc_macro2::TokenStream;
use quote::quote;

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
