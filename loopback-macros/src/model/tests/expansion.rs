//! What comes out: snapshots, and what is kept when there are errors.

use super::all;
use crate::model::expand_model;
use crate::support::testing::{assert_snapshot, messages};
use proc_macro2::TokenStream;
use quote::quote;

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
