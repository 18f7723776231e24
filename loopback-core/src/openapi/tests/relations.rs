//! What relations and scopes add to the document.

use super::*;
use crate::meta::{ModelRef, OnDelete, RelationDef, RelationKindDef, ScopeDef, ScopeQuery, ThroughDef};
use crate::plan::{Condition, Query};
use crate::value::{GeoPoint, Value};

const fn relation(
    name: &'static str,
    kind: RelationKindDef,
    property: Option<u16>,
    target: Option<fn() -> &'static ModelDef>,
) -> RelationDef {
    RelationDef {
        name,
        field: name,
        doc: "",
        kind,
        target: match target {
            Some(target) => Some(ModelRef::Type(target)),
            None => None,
        },
        property,
        foreign_key: None,
        primary_key: None,
        through: None,
        key_through: None,
        polymorphic: None,
        scope: None,
        properties: &[],
        disable_include: false,
        nest: false,
        constraint: None,
        on_delete: OnDelete::Restrict,
        validate: true,
        relation_acl: None,
        by_name: false,
        line: 0,
    }
}

const fn key(name: &'static str, column: &'static str, required: bool) -> PropertyDef {
    PropertyDef { required, ..PropertyDef::of::<Option<i64>>(name, column, column) }
}

/// What is embedded; its model says what it is.
const fn embedded(name: &'static str) -> PropertyDef {
    PropertyDef { required: false, ..PropertyDef::of::<serde_json::Value>(name, name, name) }
}

const fn model(name: &'static str, properties: &'static [PropertyDef], relations: &'static [RelationDef]) -> ModelDef {
    ModelDef { name, properties, relations, ..BASE }
}

use RelationKindDef as K;

static CATEGORY: ModelDef = model(
    "Category",
    &[ID],
    &[RelationDef { nest: true, ..relation("products", K::HasMany, None, Some(|| &PRODUCT)) }],
);

static PRODUCT: ModelDef = ModelDef {
    settings: SettingsDef {
        scopes: &[ScopeDef {
            name: "cheap",
            query: ScopeQuery::Typed(|| Query::of(Some(Condition::equals(2, Value::Text("low".into()))))),
        }],
        max_limit: Some(50),
        ..SettingsDef::DEFAULT
    },
    ..model(
        "Product",
        &[
            ID,
            PropertyDef { doc: "Where it stands.", ..key("categoryId", "category_id", true) },
            PropertyDef::of::<String>("price", "price", "price"),
            PropertyDef { protected: true, ..PropertyDef::of::<String>("note", "note", "note") },
            embedded("maker"),
            embedded("parts"),
            PropertyDef::of::<Option<GeoPoint>>("place", "place", "place"),
        ],
        &[
            relation("category", K::BelongsTo, Some(1), Some(|| &CATEGORY)),
            RelationDef {
                through: Some(ThroughDef::Made("TagProduct")),
                ..relation("tags", K::HasAndBelongsToMany, None, Some(|| &TAG))
            },
            RelationDef { polymorphic: Some("imageable"), ..relation("pictures", K::HasMany, None, Some(|| &PICTURE)) },
            relation("_maker", K::EmbedsOne, Some(4), Some(|| &MAKER)),
            relation("_parts", K::EmbedsMany, Some(5), Some(|| &PART)),
            RelationDef { disable_include: true, ..relation("sheet", K::HasOne, None, Some(|| &SHEET)) },
            RelationDef {
                through: Some(ThroughDef::Model(ModelRef::Type(|| &SALE))),
                ..relation("shops", K::HasMany, None, Some(|| &SHOP))
            },
        ],
    )
};
static SHOP: ModelDef = model("Shop", &[ID], &[]);
/// Between products and shops, with data of its own.
static SALE: ModelDef = model(
    "Sale",
    &[
        ID,
        key("productId", "product_id", true),
        key("shopId", "shop_id", true),
        PropertyDef::of::<String>("price", "price", "price"),
    ],
    &[
        relation("product", K::BelongsTo, Some(1), Some(|| &PRODUCT)),
        relation("shop", K::BelongsTo, Some(2), Some(|| &SHOP)),
    ],
);
static TAG: ModelDef =
    model("Tag", &[PropertyDef { id: true, ..PropertyDef::of::<String>("name", "name", "name") }], &[]);
static PICTURE: ModelDef = model(
    "Picture",
    &[
        ID,
        key("imageableId", "imageable_id", true),
        PropertyDef::of::<String>("imageableType", "imageable_type", "imageable_type"),
    ],
    &[relation("imageable", K::BelongsToAny, Some(1), None)],
);
/// Not public, and yet part of the answers that include it.
static SHEET: ModelDef = ModelDef {
    settings: SettingsDef { public: false, ..SettingsDef::DEFAULT },
    ..model(
        "Sheet",
        &[ID, key("productId", "product_id", false)],
        &[relation("product", K::BelongsTo, Some(1), Some(|| &PRODUCT))],
    )
};
/// Has no id.
static MAKER: ModelDef = ModelDef {
    settings: SettingsDef { transient: true, ..SettingsDef::DEFAULT },
    ..model("Maker", &[PropertyDef::of::<String>("street", "street", "street")], &[])
};
static PART: ModelDef = ModelDef {
    settings: SettingsDef { transient: true, ..SettingsDef::DEFAULT },
    ..model(
        "Part",
        &[
            PropertyDef { id: true, default: DefaultDef::Uuid, ..PropertyDef::of::<String>("id", "id", "id") },
            PropertyDef::of::<String>("size", "size", "size"),
        ],
        &[],
    )
};

fn made() -> Json {
    of(&[&CATEGORY, &PRODUCT, &SHOP, &SALE, &TAG, &PICTURE, &SHEET, &MAKER, &PART])
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema of a body, as it is taken when there is one instance.
fn taken(document: &Json, path: &str, verb: &str) -> Json {
    document["paths"][path][verb]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"].clone()
}

fn answered<'j>(document: &'j Json, path: &str, verb: &str) -> &'j Json {
    &document["paths"][path][verb]["responses"]["200"]["content"]["application/json"]["schema"]
}

#[test]
fn it_is_connected_and_its_ids_are_distinct() {
    let document = made();
    assert_connected(&document);
    assert_distinct(&document);
    assert_eq!(document, made());
}

#[test]
fn an_answer_may_have_what_an_include_brings() {
    let document = made();
    let schemas = &document["components"]["schemas"];
    let product = &schemas["Product"];
    let properties = &product["properties"];
    assert_eq!(properties["category"]["$ref"], "#/components/schemas/Category");
    assert_eq!(properties["tags"]["items"], reference("Tag"));
    assert_eq!(properties["pictures"]["items"], reference("Picture"));
    assert!(properties.get("sheet").is_none());
    assert_eq!(product["required"], json!(["id", "categoryId", "price", "note"]));
    // Protected properties are not in another model's answer.
    assert_eq!(schemas["Category"]["properties"]["products"]["items"], reference("IncludedProduct"));
    assert!(schemas["IncludedProduct"]["properties"].get("note").is_none());
    assert_eq!(schemas["IncludedProduct"]["required"], json!(["id", "categoryId", "price"]));
    // The other end of a polymorphic relation.
    let any = json!([reference("IncludedProduct")]);
    assert_eq!(schemas["Picture"]["properties"]["imageable"]["anyOf"], any);
}

#[test]
fn keys_say_what_they_lead_to() {
    let document = made();
    let properties = |schema: &str| document["components"]["schemas"][schema]["properties"].clone();
    let said = "Where it stands.\n\nThe `id` of a Category (`category`)";
    for schema in ["Product", "NewProduct", "PartialProduct"] {
        assert_eq!(properties(schema)["categoryId"]["description"], said);
    }
    let picture = properties("Picture");
    assert_eq!(picture["imageableId"]["description"], "The key of what `imageable` leads to, one of Product.id");
    assert_eq!(picture["imageableType"]["description"], "The model of what `imageable` leads to, one of Product");
}

#[test]
fn what_is_embedded_has_the_schemas_of_its_model() {
    let document = made();
    let schemas = &document["components"]["schemas"];
    let answer = &schemas["Product"]["properties"];
    assert_eq!(answer["maker"], json!({ "anyOf": [reference("Maker"), { "type": "null" }] }));
    assert_eq!(answer["parts"]["items"], reference("Part"));
    assert_eq!(schemas["Part"]["required"], json!(["id", "size"]));
    let new = &schemas["NewProduct"]["properties"];
    assert_eq!(new["maker"]["anyOf"][0], reference("NewMaker"));
    assert_eq!(new["parts"]["items"], reference("NewPart"));
    // Without an id every property is one of data.
    assert_eq!(schemas["NewMaker"]["properties"].as_object().unwrap().len(), 1);
    assert_eq!(schemas["NewPart"]["required"], json!(["size"]));
    assert_eq!(taken(&document, "/Products/{id}/_maker", "put"), reference("PartialMaker"));
    assert_eq!(schemas["PartialMaker"]["properties"].as_object().unwrap().len(), 1);
}

#[test]
fn filters_include_and_ask_over_relations() {
    let document = made();
    let schemas = &document["components"]["schemas"];
    let filter = &schemas["Product.Filter"]["properties"];
    assert_eq!((&filter["include"], &filter["limit"]["maximum"]), (&reference("Product.Include"), &json!(50)));
    assert_eq!(schemas["Product.InstanceFilter"]["properties"]["include"], reference("Product.Include"));
    assert!(schemas["Shop.Filter"]["properties"].get("include").is_none());
    let ways = &schemas["Product.Include"]["anyOf"];
    let names = json!(["category", "tags", "pictures", "_maker", "_parts", "shops"]);
    assert_eq!(ways[0]["enum"], names);
    assert_eq!(ways[1]["items"], reference("Product.Include"));
    let scopes: Vec<_> = ways.as_array().unwrap().iter().filter_map(|way| way["properties"].get("scope")).collect();
    assert_eq!(scopes.len(), 6);
    assert_eq!(scopes[0], &reference("Category.Filter"));
    // Rows of several models share no filter.
    assert!(schemas["Picture.Include"]["anyOf"][2]["properties"].get("scope").is_none());
    let condition = &schemas["Product.Where"]["properties"];
    assert_eq!(condition["category"]["anyOf"], json!([reference("Category.Where"), { "type": "null" }]));
    assert_eq!(condition["_parts"], reference("Where.Presence"));
    assert!(condition.get("sheet").is_none());
    assert_eq!(schemas["Category.Where"]["properties"]["products"]["anyOf"][0], reference("IncludedProduct.Where"));
    assert!(schemas["IncludedProduct.Where"]["properties"].get("note").is_none());
    assert_eq!(condition["place"], reference("Where.GeoPoint"));
    assert_eq!(schemas["Where.Presence"]["anyOf"][0], json!({ "type": "null" }));
    assert_eq!(schemas["Where.GeoPoint"]["anyOf"][2]["required"], json!(["near"]));
    assert!(condition.get("nor").is_some());
}

#[test]
fn methods_of_relations_take_and_answer_what_is_at_the_other_end() {
    let document = made();
    assert_eq!(answered(&document, "/Products/{id}/category", "get"), &reference("Category"));
    assert_eq!(answered(&document, "/Categories/{id}/products", "get")["items"], reference("Product"));
    assert_eq!(answered(&document, "/Pictures/{id}/imageable", "get")["anyOf"], json!([reference("Product")]));
    let parameters = |path: &str, verb: &str| {
        let parameters = document["paths"][path][verb]["parameters"].as_array().unwrap();
        let name = |p: &Json| (p["name"].as_str().unwrap().to_owned(), p["schema"]["type"].clone());
        parameters.iter().map(name).collect::<Vec<_>>()
    };
    let names = |list: &[(&str, Json)]| list.iter().map(|(n, t)| ((*n).to_owned(), t.clone())).collect::<Vec<_>>();
    // A polymorphic relation takes no filter; a foreign key is of the target's type, also where a model between answers.
    assert_eq!(parameters("/Pictures/{id}/imageable", "get"), names(&[("id", json!("integer"))]));
    for verb in ["put", "delete", "head"] {
        let expected = names(&[("id", json!("integer")), ("fk", json!("string"))]);
        assert_eq!(parameters("/Products/{id}/tags/rel/{fk}", verb), expected);
    }
    for (path, verb, expected) in [
        ("/Products/{id}/category", "get", vec![200, 400, 404]),
        ("/Products/{id}/tags", "get", vec![200, 400, 404]),
        ("/Products/{id}/tags", "delete", vec![204, 400, 404]),
        ("/Products/{id}/tags/{fk}", "delete", vec![204, 400, 404, 409]),
        ("/Products/{id}/tags/rel/{fk}", "delete", vec![204, 400, 404]),
        ("/Products/{id}/tags/rel/{fk}", "head", vec![200, 400, 404]),
        ("/Products/{id}/_maker", "delete", vec![204, 400, 404]),
        ("/Products/{id}/sheet", "post", vec![200, 400, 404, 409, 422]),
        ("/Products/{id}/sheet", "delete", vec![204, 400, 404]),
        ("/Products", "post", vec![200, 400, 409, 422]),
        ("/Products/{id}", "delete", vec![200, 400, 409]),
        ("/Tags", "post", vec![200, 400, 409, 422]),
        ("/Shops", "post", vec![200, 400, 422]),
        ("/Products/cheap", "get", vec![200, 400]),
        ("/Products/cheap", "delete", vec![204, 400, 409]),
    ] {
        assert_eq!(statuses(&document, path, verb), expected, "{verb} {path}");
    }
}

#[test]
fn nobody_is_asked_for_what_the_call_gives_itself() {
    let document = made();
    let required = |path: &str, verb: &str| {
        let schema = taken(&document, path, verb);
        (schema["$ref"].as_str().unwrap().to_owned(), pointed(&document, &schema)["required"].clone())
    };
    let at = |name: &str| format!("#/components/schemas/{name}");
    let all = json!(["categoryId", "price", "note"]);
    assert_eq!(required("/Products", "post"), (at("NewProduct"), all));
    assert_eq!(required("/Categories/{id}/products", "post"), (at("NewProductOfCategory"), json!(["price", "note"])));
    assert_eq!(required("/Products/cheap", "post"), (at("NewProductOfProduct"), json!(["categoryId", "note"])));
    assert_eq!(required("/Products/{id}/pictures", "post"), (at("NewPictureOfProduct"), Json::Null));
    assert_eq!(required("/Products/{id}/shops/rel/{fk}", "put"), (at("NewSaleOfProduct"), json!(["price"])));
    let link = |relation: &str| {
        document["paths"][&format!("/Products/{{id}}/{relation}/rel/{{fk}}")]["put"]["requestBody"].clone()
    };
    assert_eq!(link("shops")["required"], false);
    // A model that links two others and nothing else.
    assert_eq!(link("tags"), Json::Null);
    assert_eq!(answered(&document, "/Products/{id}/tags/rel/{fk}", "put"), &reference("TagProduct"));
}

#[test]
fn nested_routes_are_there_one_level_deep() {
    let document = made();
    let paths = document["paths"].as_object().unwrap();
    let get = &paths["/Categories/{id}/products/{nk}/tags/{fk}"]["get"];
    assert_eq!(get["operationId"], "Category.prototype.__findById__products__tags");
    assert_eq!(
        (&get["tags"], &get["summary"]),
        (&json!(["Category"]), &json!("Find one of the tags of a Product by its id"))
    );
    let parameters = get["parameters"].as_array().unwrap();
    let described = parameters.iter().map(|p| (p["name"].as_str().unwrap(), &p["schema"]["type"])).collect::<Vec<_>>();
    let (integer, string, null) = (json!("integer"), json!("string"), Json::Null);
    assert_eq!(described, [("id", &integer), ("nk", &integer), ("fk", &string), ("filter", &null)]);
    assert!(paths.contains_key("/Categories/{id}/products/{nk}/category"));
    assert!(!paths.keys().any(|path| path.starts_with("/Categories/{id}/products/{nk}/category/")));
    // Methods of the model itself are not served there.
    assert!(!paths.contains_key("/Categories/{id}/products/{nk}/exists"));
}
