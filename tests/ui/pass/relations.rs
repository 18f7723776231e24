//! Every kind of relation with every option, between models that refer to each other in circles.
#![deny(warnings)]

use loopback::prelude::*;

/// What is sold.
#[model(
    default_scope = by_name,
    scopes(live, queries::cheap, dear_ones = queries::expensive),
    default_limit = 100,
    max_limit = 1000,
    index(category, name),
    disable("prototype.__delete__reviews", __get__cheap)
)]
#[derive(Clone)]
pub struct Product {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub price: Option<f64>,
    /// Where it stands.
    #[property(index)]
    pub category: Option<BelongsTo<Category>>,
    pub reviews: HasMany<Review>,
    pub tags: HasAndBelongsToMany<Tag>,
    #[relation(through = "ProductLabel", scope = by_text)]
    pub labels: HasAndBelongsToMany<Tag>,
    #[relation(polymorphic = imageable)]
    pub pictures: HasMany<Picture>,
    #[relation(foreign_key = product, scope = queries::first_class, properties(name = product_name, price = price))]
    #[relation(disable_include, nest, name = "bids", primary_key = id)]
    pub offers: HasMany<Offer>,
    pub sheet: HasOne<DataSheet>,
    pub maker: EmbedsOne<Maker>,
    #[property(name = "components", length(max = 9))]
    #[relation(validate = false)]
    pub parts: EmbedsMany<Part>,
    pub related: ReferencesMany<Product>,
    pub categories: ReferencesMany<Category>,
}

#[model]
pub struct Category {
    #[property(id, generated)]
    pub id: i32,
    pub products: HasMany<Product>,
    /// A model that is related to itself.
    pub parent: Option<BelongsTo<Self>>,
    pub children: HasMany<Category>,
}

#[model]
pub struct Review {
    #[property(id)]
    pub id: Uuid,
    pub stars: i32,
    #[relation(on_delete = cascade, foreign_key_constraint = true)]
    pub product: BelongsTo<Product>,
}

#[model]
pub struct Offer {
    #[property(id, generated)]
    pub id: i64,
    pub product_name: Option<String>,
    pub price: Option<f64>,
    pub product: BelongsTo<Product>,
    #[property(column = "swap", hidden)]
    #[relation(on_delete = set_null)]
    pub in_exchange: Option<BelongsTo<Product>>,
}

#[model]
pub struct Tag {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
    pub products: HasAndBelongsToMany<Product>,
}

#[model]
pub struct Picture {
    #[property(id, generated)]
    pub id: i64,
    #[property(column = "img", protected)]
    pub imageable: BelongsToAny,
    pub second: Option<BelongsToAny<String>>,
}

#[model]
pub struct DataSheet {
    #[property(id, generated)]
    pub id: i64,
    pub product: BelongsTo<Product>,
}

/// Stored inside a product.
#[model(transient)]
pub struct Maker {
    pub street: String,
    #[relation(primary_key = code)]
    pub country: Option<BelongsTo<Country, String>>,
}

#[model(transient)]
pub struct Part {
    #[property(id, generated)]
    pub id: String,
    pub weight: f64,
    pub made_by: EmbedsOne<Maker>,
}

mod clinic {
    use loopback::prelude::*;

    #[model]
    pub struct Physician {
        #[property(id, generated)]
        pub id: i64,
        #[relation(through = Appointment)]
        pub patients: HasMany<Patient>,
        pub appointments: HasMany<Appointment>,
    }

    #[model]
    pub struct Appointment {
        #[property(id, generated)]
        pub id: i64,
        pub physician: BelongsTo<Physician>,
        pub patient: Option<BelongsTo<super::clinic::Patient>>,
    }

    #[model]
    pub struct Patient {
        #[property(id, generated)]
        pub id: i64,
        #[relation(through = super::clinic::Appointment)]
        pub physicians: HasMany<Physician>,
    }
}

#[model]
pub struct Person {
    #[property(id, generated)]
    pub id: i64,
    #[relation(through = Follow, foreign_key = follower, key_through = followee)]
    pub follows: HasMany<Person>,
    #[relation(through = Follow, foreign_key = followee)]
    pub followed_by: HasMany<Person>,
}

#[model]
pub struct Follow {
    #[property(id, generated)]
    pub id: i64,
    pub follower: BelongsTo<Person>,
    pub followee: BelongsTo<Person>,
}

#[model]
pub struct Country {
    #[property(id, generated)]
    pub id: i64,
    #[property(unique)]
    pub code: String,
    pub r#type: Option<String>,
    #[relation(foreign_key = country)]
    pub cities: HasMany<City>,
}

#[model]
pub struct City {
    #[property(id, generated)]
    pub id: i64,
    #[relation(primary_key = code, on_delete = restrict, foreign_key_constraint = false)]
    pub country: BelongsTo<Country, String>,
}

fn by_name() -> Filter<Product> {
    Filter::new().order(Product::props().name.asc())
}

fn live() -> Where<Product> {
    Product::props().price.is_not_null()
}

fn by_text() -> Filter<Tag> {
    Filter::new().order(Tag::props().text.asc())
}

mod queries {
    use super::*;

    pub fn cheap() -> Where<Product> {
        Product::props().price.lt(5.0)
    }

    pub fn expensive() -> Filter<Product> {
        Product::props().price.gt(500.0).into()
    }

    pub fn first_class() -> Filter<Offer> {
        Offer::props().price.gte(100.0).into()
    }
}

/// Circles of models are no circles of the compiler's.
fn takes_part<M: Model + Clone + std::fmt::Debug + Send + Sync>() -> Vec<(&'static str, &'static str)> {
    M::DEF.properties.iter().map(|property| (property.name, property.column)).collect()
}

fn relations<M: Model>() -> Vec<(&'static str, Option<u16>)> {
    M::DEF.relations.iter().map(|relation| (relation.name, relation.property)).collect()
}

fn main() {
    assert_eq!(
        takes_part::<Product>()[3..],
        [
            ("categoryId", "category_id"),
            ("_maker", "maker"),
            ("components", "parts"),
            ("relatedIds", "related_ids"),
            ("categoryIds", "category_ids"),
        ]
    );
    assert_eq!(
        relations::<Product>(),
        [
            ("category", Some(3)),
            ("reviews", None),
            ("tags", None),
            ("labels", None),
            ("pictures", None),
            ("bids", None),
            ("sheet", None),
            ("maker", Some(4)),
            ("parts", Some(5)),
            ("related", Some(6)),
            ("categories", Some(7)),
        ]
    );
    assert_eq!(
        takes_part::<Picture>()[1..],
        [
            ("imageableId", "img_id"),
            ("imageableType", "img_type"),
            ("secondId", "second_id"),
            ("secondType", "second_type")
        ]
    );
    let picture = <Picture as Model>::DEF;
    assert_eq!(picture.properties.iter().map(|p| p.required).collect::<Vec<_>>(), [true, true, true, false, false]);
    let product = <Product as Model>::DEF;
    assert_eq!(product.settings.indexes[0].properties, ["categoryId", "name"]);
    assert_eq!(product.settings.scopes.iter().map(|s| s.name).collect::<Vec<_>>(), ["live", "cheap", "dearOnes"]);
    assert_eq!((product.settings.default_limit, product.settings.max_limit), (Some(100), Some(1000)));
    assert_eq!(product.settings.disabled, ["prototype.__delete__reviews", "__get__cheap"]);
    assert_eq!(product.relations[0].doc, "Where it stands.");
    assert_eq!(product.relations[5].properties, [("name", "product_name"), ("price", "price")]);
    assert!(<Maker as Model>::DEF.settings.transient);
    let _ = (Country::props().r#type, City::props().country, Product::props().category, Product::props().tags);
    let _ = (takes_part::<clinic::Physician>(), takes_part::<clinic::Patient>(), takes_part::<clinic::Appointment>());
    let _ = (takes_part::<Category>(), takes_part::<Person>(), takes_part::<Follow>(), takes_part::<Part>());

    let defs = [
        product,
        picture,
        Category::DEF,
        Review::DEF,
        Offer::DEF,
        Tag::DEF,
        DataSheet::DEF,
        Maker::DEF,
        Part::DEF,
        clinic::Physician::DEF,
        clinic::Appointment::DEF,
        clinic::Patient::DEF,
        Person::DEF,
        Follow::DEF,
        Country::DEF,
        City::DEF,
    ];
    let graph = loopback::graph::Graph::build(&defs, &loopback::graph::GraphDefaults::default());
    assert!(graph.is_ok(), "{:?}", graph.err());
}
