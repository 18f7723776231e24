//! Models as the attribute would write them, without the attribute.

use super::*;
use crate::app::{App, Migrate};
use crate::ctx::Ctx;
use crate::meta::{Location, ModelRef, OnDelete, PropertyDef, RelationDef, SettingsDef, ThroughDef};
use crate::plan::{self, Column, Comparison, Condition, Query, Related};
use crate::typed::model::from_row;
use crate::typed::{Entity, Filter, Patch, Prop, Where};
use crate::value::{PropertyType, TypeError};
use crate::{forward_sea_orm, set};
use ::sea_orm::{DbBackend, EntityTrait, Iterable, QueryTrait, RelationTrait};
use serde::Serialize;
use serde_json::json;

/// Properties first, then relations that store one property, those that store two, and those that store none.
macro_rules! model {
    ($name:ident, $props:ident, $settings:expr;
     $(prop $p:ident: $p_type:ty = $p_at:literal $p_json:literal;)*
     $(key $k:ident: $k_type:ty = $k_at:literal $k_json:literal, $k_rel:literal { $($k_def:tt)* };)*
     $(any $a:ident: $a_type:ty = $a_at:literal $a_json:literal, $a_rel:literal;)*
     $(has $h:ident: $h_type:ty = $h_rel:literal { $($h_def:tt)* };)*
    ) => {
        #[derive(Clone, Debug, PartialEq, Serialize)]
        struct $name {
            $($p: $p_type,)* $($k: $k_type,)* $($a: $a_type,)* $($h: $h_type,)*
        }

        #[allow(dead_code)]
        struct $props<M> {
            $($p: Prop<M, $p_type>,)*
            $($k: <$k_type as RelationType>::Handle<M>,)*
            $($a: <$a_type as RelationType>::Handle<M>,)*
            $($h: <$h_type as RelationType>::Handle<M>,)*
        }

        impl<M> Clone for $props<M> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<M> Copy for $props<M> {}

        impl Model for $name {
            type Id = i64;
            type Props<M> = $props<M>;
            const DEF: &'static ModelDef = &ModelDef {
                name: stringify!($name),
                doc: "",
                base: None,
                table: None,
                plural: None,
                http_path: None,
                properties: &[
                    $(PropertyDef {
                        id: $p_at == 0,
                        ..PropertyDef::of::<$p_type>($p_json, stringify!($p), stringify!($p))
                    },)*
                    $(PropertyDef::of::<$k_type>($k_json, stringify!($k), concat!(stringify!($k), "_id")),)*
                    $(
                        PropertyDef {
                            kind: <$a_type as AnyKey>::KEY,
                            ..PropertyDef::of::<Option<i64>>($a_json, stringify!($a), concat!(stringify!($a), "_id"))
                        },
                        PropertyDef::of::<Option<String>>(
                            concat!(stringify!($a), "Type"), stringify!($a), concat!(stringify!($a), "_type")
                        ),
                    )*
                ],
                relations: &[
                    $(RelationDef {
                        property: Some($k_at),
                        $($k_def)*
                        ..RelationDef::of::<$k_type>(stringify!($k), stringify!($k))
                    },)*
                    $(RelationDef {
                        property: Some($a_at),
                        ..RelationDef::of::<$a_type>(stringify!($a), stringify!($a))
                    },)*
                    $(RelationDef {
                        $($h_def)*
                        ..RelationDef::of::<$h_type>(stringify!($h), stringify!($h))
                    },)*
                ],
                acls: &[],
                settings: $settings,
                location: Location { file: file!(), line: line!() },
            };

            fn props_of<M>() -> $props<M> {
                $props {
                    $($p: Prop::new($p_at),)*
                    $($k: <$k_type as RelationType>::handle($k_rel, $k_at),)*
                    $($a: <$a_type as RelationType>::handle($a_rel, $a_at),)*
                    $($h: <$h_type as RelationType>::handle($h_rel, 0),)*
                }
            }

            fn value(&self, at: usize) -> Value {
                $(if at == $p_at { return self.$p.clone().into_value(); })*
                $(if at == $k_at { return self.$k.clone().into_value(); })*
                $(if at == $a_at { return self.$a.key_value(); })*
                $(if at == $a_at + 1 { return self.$a.model_value(); })*
                Value::Null
            }

            fn set_value(&mut self, at: usize, _: Value) -> Result<(), TypeError> {
                Err(TypeError::new(format!("not needed here: {at}")))
            }

            fn from_values(next: &mut dyn FnMut(usize) -> Result<Value, TypeError>) -> Result<Self, TypeError> {
                Ok(Self {
                    $($p: PropertyType::from_value(next($p_at)?)?,)*
                    $($k: PropertyType::from_value(next($k_at)?)?,)*
                    $($a: AnyKey::from_values(next($a_at)?, next($a_at + 1)?)?,)*
                    $($h: Default::default(),)*
                })
            }

            fn relations(&mut self, visit: &mut dyn FnMut(usize, &mut dyn RelationField) -> Result<()>) -> Result<()> {
                $(visit($k_rel, &mut self.$k)?;)*
                $(visit($a_rel, &mut self.$a)?;)*
                $(visit($h_rel, &mut self.$h)?;)*
                let _ = visit;
                Ok(())
            }
        }

        forward_sea_orm!($name);
    };
}

const TRANSIENT: SettingsDef = SettingsDef { transient: true, ..SettingsDef::DEFAULT };

model! { Customer, CustomerProps, SettingsDef::DEFAULT;
    prop id: i64 = 0 "id";
    prop name: String = 1 "name";
    has shops: HasMany<CoffeeShop> = 0 {};
    has visited: HasMany<CoffeeShop> = 1 { through: Some(ThroughDef::Model(ModelRef::Type(def::<Visit>))), };
}

model! { CoffeeShop, CoffeeShopProps, SettingsDef::DEFAULT;
    prop id: i64 = 0 "id";
    prop city: Option<String> = 1 "city";
    key owner: BelongsTo<Customer> = 2 "ownerId", 0 { on_delete: OnDelete::Cascade, };
    key founder: Option<BelongsTo<Person>> = 3 "founderId", 1 {};
    key address: EmbedsOne<Address> = 4 "_address", 2 {};
    key offers: EmbedsMany<Address> = 5 "_offers", 3 {};
    key related: ReferencesMany<CoffeeShop> = 6 "relatedIds", 4 {};
    has reviews: HasMany<Review> = 5 {};
    has sign: HasOne<Picture> = 6 { polymorphic: Some("of"), };
    has tags: HasAndBelongsToMany<Tag> = 7 {};
}

model! { Visit, VisitProps, SettingsDef::DEFAULT;
    prop id: i64 = 0 "id";
    prop cups: i64 = 1 "cups";
    key customer: BelongsTo<Customer> = 2 "customerId", 0 {};
    key shop: BelongsTo<CoffeeShop> = 3 "shopId", 1 {};
}

model! { Review, ReviewProps, SettingsDef::DEFAULT;
    prop id: i64 = 0 "id";
    prop stars: i64 = 1 "stars";
    key shop: BelongsTo<CoffeeShop> = 2 "shopId", 0 {};
}

model! { Picture, PictureProps, SettingsDef::DEFAULT;
    prop id: i64 = 0 "id";
    any of: Option<BelongsToAny> = 1 "ofId", 0;
}

model! { Person, PersonProps, SettingsDef::DEFAULT;
    prop id: i64 = 0 "id";
    has friends: HasAndBelongsToMany<Person> = 0 { through: Some(ThroughDef::Made("Friendship")), };
}

model! { Tag, TagProps, SettingsDef::DEFAULT;
    prop id: i64 = 0 "id";
    has shops: HasAndBelongsToMany<CoffeeShop> = 0 {};
}

model! { Lone, LoneProps, SettingsDef::DEFAULT;
    prop id: i64 = 0 "id";
}

model! { Address, AddressProps, TRANSIENT;
    prop id: Option<String> = 0 "id";
    prop city: String = 1 "cityName";
    prop floor: Option<i64> = 2 "floor";
    prop since: Option<chrono::NaiveDate> = 3 "since";
    key inner: EmbedsOne<Address> = 4 "_inner", 0 {};
}

impl checks::RefersTo<CoffeeShop> for Review {}
impl checks::RefersTo<Customer> for CoffeeShop {}

fn address(city: &str) -> Address {
    Address { id: None, city: city.to_owned(), floor: Some(3), since: None, inner: EmbedsOne::default() }
}

fn row(values: impl IntoIterator<Item = (usize, Value)>) -> Row {
    let mut row = Row::default();
    for (at, value) in values {
        row.set(at, value);
    }
    row
}

fn shop_row() -> Row {
    row([(0, Value::Int(1)), (2, Value::Int(7)), (6, Value::Json(json!([4, 5])))])
}

fn shop() -> CoffeeShop {
    from_row(shop_row()).unwrap()
}

async fn ctx() -> Ctx {
    let models = [Customer::DEF, CoffeeShop::DEF, Visit::DEF, Review::DEF, Person::DEF, Tag::DEF, Address::DEF];
    let app = App::builder().models(models.into_iter().chain([Picture::DEF])).database_url("sqlite::memory:");
    app.migrate(Migrate::Leave).build().await.unwrap().ctx()
}

#[test]
fn a_row_brings_its_included_rows_to_the_fields() {
    let bare = shop();
    assert_eq!(*bare.owner.id(), 7);
    assert!(bare.owner.loaded().is_none() && bare.founder.loaded().is_none() && bare.founder.id().is_none());
    assert!(!bare.reviews.is_loaded() && bare.reviews.loaded().is_empty());
    assert_eq!((bare.related.ids(), bare.related.is_loaded()), ([4, 5].as_slice(), false));

    let mut with = shop_row();
    with.set_related(0, vec![row([(0, Value::Int(7)), (1, Value::Text("Ann".into()))])]);
    with.set_related(5, vec![row([(0, Value::Int(2)), (1, Value::Int(5)), (2, Value::Int(1))])]);
    with.set_related(7, Vec::new());
    let with: CoffeeShop = from_row(with).unwrap();
    assert_eq!(with.owner.loaded().unwrap().name, "Ann");
    assert_eq!(with.reviews.loaded()[0].stars, 5);
    assert!(with.tags.is_loaded() && with.tags.loaded().is_empty() && !with.sign.is_loaded());
    assert_eq!(with.owner.into_loaded().unwrap().id, 7);
}

#[test]
fn a_polymorphic_key_leads_to_one_model() {
    let mut with = row([(0, Value::Int(1)), (1, Value::Int(3)), (2, Value::Text("Tag".into()))]);
    with.set_related(0, vec![row([(0, Value::Int(3))])]);
    let of = from_row::<Picture>(with).unwrap().of.unwrap();
    assert!(of.is::<Tag>() && !of.is::<Person>());
    assert_eq!((of.model_name(), *of.id()), ("Tag", 3));
    assert_eq!(of.loaded::<Tag>().unwrap().unwrap().id, 3);
    assert!(of.loaded::<Person>().unwrap().is_none());
}

#[test]
fn change_sets_take_what_relations_store() {
    let p = CoffeeShop::props();
    let patch = set!(CoffeeShop {
        owner: 7,
        founder: None,
        address: address("Oslo"),
        offers: vec![address("Rome")],
        related: [4, 5]
    });
    assert_eq!(patch.get(p.owner), Some(7));
    assert_eq!(patch.get(p.founder), Some(None));
    assert_eq!(patch.get(p.address).unwrap().get().unwrap().city, "Oslo");
    assert_eq!(patch.get(p.offers).unwrap()[0].city, "Rome");
    assert_eq!(patch.get(p.related).unwrap().ids(), [4, 5]);
    assert_eq!(patch.get(p.city), None);
    let row = patch.into_row();
    assert_eq!(row.get(2), Some(&Value::Int(7)));
    assert_eq!(row.get(4), Some(&Value::Json(json!({ "cityName": "Oslo", "floor": 3 }))));
    assert_eq!(row.get(6), Some(&Value::Json(json!([4, 5]))));

    // The key of another row's field, an id for an `Option`, nothing for embedded data.
    let other = set!(CoffeeShop { owner: shop().owner, founder: 9, address: None, related: [] });
    assert_eq!((other.get(p.owner), other.get(p.founder)), (Some(7), Some(Some(9))));
    assert_eq!(other.into_row().get(4), Some(&Value::Null));
}

#[test]
fn change_sets_take_a_polymorphic_key_with_its_model() {
    let patch = set!(Picture { of: BelongsToAny::new::<Tag>(3) });
    assert!(patch.get(Picture::props().of).unwrap().unwrap().is::<Tag>());
    let row = patch.into_row();
    assert_eq!((row.get(1), row.get(2)), (Some(&Value::Int(3)), Some(&Value::Text("Tag".into()))));
    let none = set!(Picture { of: None }).into_row();
    assert_eq!((none.get(1), none.get(2)), (Some(&Value::Null), Some(&Value::Null)));
}

fn related<M>(filter: Where<M>) -> Related {
    match filter.into_condition() {
        Condition::Related(related) => *related,
        other => panic!("{other:?}"),
    }
}

#[test]
fn conditions_on_related_rows() {
    let (shop, review) = (CoffeeShop::props(), Review::props());
    let five = || Condition::equals(1, Value::Int(5));
    let expected = |some, condition| Related { relation: 5, some, condition, between: None };
    assert_eq!(related(shop.reviews.some(review.stars.eq(5))), expected(true, Some(five())));
    assert_eq!(related(shop.reviews.none(review.stars.eq(5))), expected(false, Some(five())));
    assert_eq!(related(shop.reviews.any()), expected(true, None));
    assert_eq!(related(shop.reviews.is_empty()), expected(false, None));

    let nested = related(review.shop.is(shop.owner.is(Customer::props().name.eq("Ann"))));
    let inner = Related {
        relation: 0,
        some: true,
        condition: Some(Condition::equals(1, Value::Text("Ann".into()))),
        between: None,
    };
    let condition = Some(Condition::Related(Box::new(inner)));
    assert_eq!(nested, Related { relation: 0, some: true, condition, between: None });
    assert!(!related(review.shop.is_not(shop.city.eq("Oslo"))).some);

    // The handle is one of the key, too.
    assert_eq!(review.shop.eq(1).into_condition(), Condition::equals(2, Value::Int(1)));
    let picture = Picture::props().of;
    assert_eq!(picture.is::<Tag>().into_condition(), Condition::equals(2, Value::Text("Tag".into())));
}

#[test]
fn conditions_on_embedded_data_name_its_places() {
    let (shop, address) = (CoffeeShop::props(), Address::props());
    let place = |keys: &[&str]| Column { at: 4, path: keys.iter().map(|&key| key.to_owned()).collect() };
    let compare = |path, comparison, value| Condition::Compare(place(path), comparison, value);
    let day = chrono::NaiveDate::from_ymd_opt(2020, 1, 2).unwrap();
    let condition = shop.address.is(address.city.eq("Troy").and(address.floor.gt(2)).and(address.since.lt(Some(day))));
    assert_eq!(
        condition.into_condition(),
        Condition::And(vec![
            compare(&["cityName"], Comparison::Eq, Value::Text("Troy".into())),
            compare(&["floor"], Comparison::Gt, Value::Float(2.0)),
            compare(&["since"], Comparison::Lt, Value::Text("2020-01-02".into())),
        ])
    );
    assert_eq!(
        shop.address.is(address.inner.is(address.city.eq("Troy"))).into_condition(),
        compare(&["_inner", "cityName"], Comparison::Eq, Value::Text("Troy".into()))
    );
    let listed = shop.address.is(address.floor.inq([None, Some(1)])).into_condition();
    assert_eq!(
        listed,
        Condition::In(place(&["floor"]), true, vec![Value::Float(1.0)]).or(Condition::Null(place(&["floor"]), true))
    );
    assert_eq!(shop.address.is(address.inner.eq(self::address("Troy"))).into_condition(), Condition::Constant(false));
}

#[test]
fn includes_are_nested_and_scoped() {
    let (shop, review) = (CoffeeShop::props(), Review::props());
    let include = |relation, query| plan::Include { relation, query, of_any: Vec::new() };
    let plain = |relation| include(relation, Query::default());

    let query = shop.city.eq("Oslo").include(shop.reviews).include((shop.owner, shop.related)).into_query();
    assert_eq!(query.include, [plain(5), plain(0), plain(4)]);
    assert_eq!(query.condition, Some(Condition::equals(1, Value::Text("Oslo".into()))));

    let best = review.stars.gt(3).order(review.stars.desc()).limit(2).include(review.shop);
    let query = Filter::new().include(shop.reviews).include(shop.reviews.scope(best)).into_query();
    let [only] = <[plan::Include; 1]>::try_from(query.include).unwrap();
    assert_eq!((only.relation, only.query.limit, only.query.order.len()), (5, Some(2), 1));
    assert_eq!(only.query.include, [plain(0)]);
    assert!(only.query.condition.is_some());
    assert_eq!(review.stars.desc().include(review.shop).into_query().include, [plain(0)]);
}

#[tokio::test]
async fn a_field_without_a_row_says_so() {
    let cx = ctx().await;
    let new = CoffeeShop { owner: BelongsTo::new(7), reviews: HasMany::default(), ..shop() };
    let not_read = |what: &str| format!("Internal Server Error: this {what} was not read from the database");
    assert_eq!(new.owner.get(&cx).await.unwrap_err().to_string(), not_read("BelongsTo<Customer>"));
    assert_eq!(new.reviews.count(&cx, ()).await.unwrap_err().to_string(), not_read("HasMany<Review>"));
    let embedded = EmbedsOne::from(address("Oslo"));
    assert_eq!(embedded.destroy(&cx).await.unwrap_err().to_string(), not_read("EmbedsOne<Address>"));
    let any = BelongsToAny::new::<Tag>(3);
    assert_eq!(any.get::<Tag>(&cx).await.unwrap_err().to_string(), not_read("BelongsToAny<Tag>"));
    assert!(any.get::<Person>(&cx).await.unwrap().is_none());

    // A row that was read without its id has no way back to it.
    let mut reviews = HasMany::<Review>::default();
    reviews.attach(Origin { model: CoffeeShop::DEF, relation: 5, id: Value::Null }, None).unwrap();
    assert_eq!(reviews.find(&cx, ()).await.unwrap_err().to_string(), not_read("HasMany<Review>"));
    assert!(shop().founder.get(&cx).await.unwrap().is_none());
}

#[tokio::test]
async fn only_what_goes_through_a_model_is_linked() {
    let cx = ctx().await;
    let refused = shop().reviews.link(&cx, 2).await.unwrap_err().to_string();
    assert!(refused.contains("CoffeeShop.reviews goes through no other model"), "{refused}");
    let refused = shop().reviews.unlink(&cx, 2).await.unwrap_err().to_string();
    assert!(refused.contains("goes through no other model"), "{refused}");

    let ann: Customer = from_row(row([(0, Value::Int(7)), (1, Value::Text("Ann".into()))])).unwrap();
    let refused = ann.visited.link_with(&cx, 1, Patch::<Review>::new()).await.unwrap_err().to_string();
    assert!(refused.contains("Customer.visited goes through Visit, not through Review"), "{refused}");
    let refused = shop().tags.link_with(&cx, 1, Patch::<Visit>::new()).await.unwrap_err().to_string();
    assert!(refused.contains("goes through a model of the framework's own, not through Visit"), "{refused}");
}

#[tokio::test]
async fn the_model_must_be_part_of_the_app() {
    let app = App::builder().models([Lone::DEF]);
    let cx = app.database_url("sqlite::memory:").migrate(Migrate::Leave).build().await.unwrap().ctx();
    let error = shop().reviews.find(&cx, ()).await.unwrap_err().to_string();
    assert_eq!(error, "the model CoffeeShop is not part of this app");
}

#[test]
fn what_is_stored_and_loaded_is_serialized_and_compared() {
    let mut with = shop_row();
    with.set(4, Value::Json(json!({ "cityName": "Oslo" })));
    with.set_related(5, vec![row([(0, Value::Int(2)), (1, Value::Int(5)), (2, Value::Int(1))])]);
    let with: CoffeeShop = from_row(with).unwrap();
    let json = serde_json::to_value(&with).unwrap();
    assert_eq!(json["owner"], 7);
    assert_eq!(json["founder"], json!(null));
    assert_eq!(json["related"], json!([4, 5]));
    assert_eq!(json["reviews"], json!([{ "id": 2, "stars": 5, "shop": 1 }]));
    assert_eq!((&json["tags"], &json["sign"], &json["offers"]), (&json!([]), &json!(null), &json!([])));
    assert_eq!(json["address"]["city"], "Oslo");
    let mut review: Row = row([(0, Value::Int(2)), (1, Value::Int(5)), (2, Value::Int(1))]);
    review.set_related(0, vec![shop_row()]);
    let review: Review = from_row(review).unwrap();
    assert_eq!(serde_json::to_value(&review).unwrap()["shop"]["owner"], 7);
    let any = BelongsToAny::new::<Tag>(3);
    assert_eq!(serde_json::to_value(&any).unwrap(), json!({ "id": 3, "model": "Tag" }));

    assert_eq!(review.shop, BelongsTo::from(1));
    assert_ne!(review.shop, BelongsTo::from(2));
    assert_ne!(any, BelongsToAny::new::<Person>(3));
    assert_eq!(shop(), shop());
    assert_ne!(with, shop());
}

fn sql(query: &impl QueryTrait) -> String {
    query.build(DbBackend::Sqlite).to_string().replace('"', "")
}

/// The joins of a query.
fn joined(query: &impl QueryTrait) -> String {
    let sql = sql(query);
    sql[sql.find("FROM").unwrap()..].to_owned()
}

#[test]
fn sea_orm_joins_by_the_handles() {
    let (shop, review, customer) = (CoffeeShop::props(), Review::props(), Customer::props());
    assert_eq!(
        joined(&Entity::<Review>::find().find_also_linked(review.shop)),
        "FROM review LEFT JOIN coffee_shop AS r0 ON review.shop_id = r0.id"
    );
    assert_eq!(
        joined(&Entity::<CoffeeShop>::find().find_also_linked(shop.reviews)),
        "FROM coffee_shop LEFT JOIN review AS r0 ON coffee_shop.id = r0.shop_id"
    );
    assert_eq!(
        joined(&Entity::<Customer>::find().find_also_linked(customer.visited)),
        "FROM customer LEFT JOIN visit AS r0 ON customer.id = r0.customer_id \
         LEFT JOIN coffee_shop AS r1 ON r0.shop_id = r1.id"
    );
    assert_eq!(
        joined(&Entity::<CoffeeShop>::find().find_also_linked(shop.sign)),
        "FROM coffee_shop LEFT JOIN picture AS r0 ON coffee_shop.id = r0.of_id AND r0.of_type = 'CoffeeShop'"
    );
    assert_eq!(
        joined(&Entity::<CoffeeShop>::find().find_also_linked(shop.tags)),
        "FROM coffee_shop LEFT JOIN coffee_shop_tag AS r0 ON coffee_shop.id = r0.coffee_shop_id \
         LEFT JOIN tag AS r1 ON r0.tag_id = r1.id"
    );
    assert_eq!(
        joined(&Entity::<Review>::find().find_also_related(Entity::<CoffeeShop>::default())),
        "FROM review LEFT JOIN coffee_shop ON review.shop_id = coffee_shop.id"
    );
}

#[tokio::test]
async fn sea_orm_knows_the_tables_that_the_framework_makes() {
    let cx = ctx().await;
    let graph = cx.app().graph();
    for (at, def, link) in [
        (0, Person::DEF, ::sea_orm::Linked::link(&Person::props().friends)),
        (7, CoffeeShop::DEF, ::sea_orm::Linked::link(&CoffeeShop::props().tags)),
        (0, Tag::DEF, ::sea_orm::Linked::link(&Tag::props().shops)),
    ] {
        let node = &graph.model(def.name).unwrap().relations[at];
        let through = node.through.as_ref().unwrap();
        let made = through.model();
        let column = |at: usize| made.properties[at].column.to_string();
        assert_eq!(link[0].to_tbl.sea_orm_table().to_string(), *made.table);
        assert_eq!(link[0].to_col.iter().next().unwrap().to_string(), column(through.from));
        assert_eq!(link[1].from_col.iter().next().unwrap().to_string(), column(through.to));
    }
}

#[test]
fn sea_orm_has_the_relations_that_lead_straight_to_a_table() {
    let names: Vec<_> = EntityRelations::iter().map(|relation| format!("{relation:?}")).collect();
    assert_eq!(names, ["owner", "founder", "reviews", "sign"]);
    let owner = EntityRelations::iter().next().unwrap().def();
    assert!(owner.is_owner && matches!(owner.on_delete, Some(::sea_orm::sea_query::ForeignKeyAction::Cascade)));
    assert_eq!(owner.to_tbl.sea_orm_table().to_string(), "customer");
}

type EntityRelations = <Entity<CoffeeShop> as EntityTrait>::Relation;
