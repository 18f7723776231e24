//! Relations.

use super::{all, assert_starts, fields, good};
use crate::model::expand_model;
use quote::quote;

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
