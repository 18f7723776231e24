//! That the document fits the official schema is proven in `tests/tests/openapi.rs`.

mod relations;

use super::*;
use crate::graph::GraphDefaults;
use crate::meta::{
    DefaultDef, FieldDef, KindDef, Literal, Location, ModelDef, ObjectDef, PropertyDef, RuleDef, SettingsDef, Strict,
    ValidationDef,
};
use std::collections::HashSet;

const BASE: ModelDef = ModelDef {
    name: "",
    doc: "",
    base: None,
    table: None,
    plural: None,
    http_path: None,
    properties: &[],
    relations: &[],
    acls: &[],
    settings: SettingsDef::DEFAULT,
    location: Location { file: "models.rs", line: 1 },
};
const ID: PropertyDef = PropertyDef { id: true, generated: true, ..PropertyDef::of::<i64>("id", "id", "id") };

const fn rule(rule: RuleDef) -> ValidationDef {
    ValidationDef::new(rule)
}

static SHOP: ModelDef = ModelDef {
    name: "CoffeeShop",
    doc: "A place that serves coffee.",
    properties: &[
        ID,
        PropertyDef {
            doc: "What is written above the door.",
            validations: &[rule(RuleDef::Length { min: Some(1), max: Some(80), is: None })],
            ..PropertyDef::of::<String>("name", "name", "name")
        },
        PropertyDef::of::<Option<String>>("city", "city", "city"),
        PropertyDef {
            default: DefaultDef::Literal(Literal::Float(0.0)),
            validations: &[rule(RuleDef::Range { min: Some(0.0), max: Some(5.0) })],
            ..PropertyDef::of::<f64>("rating", "rating", "rating")
        },
        PropertyDef {
            default: DefaultDef::Now,
            ..PropertyDef::of::<chrono::DateTime<chrono::Utc>>("openedAt", "opened_at", "opened_at")
        },
        PropertyDef { hidden: true, ..PropertyDef::of::<String>("password", "password", "password") },
        PropertyDef {
            validations: &[rule(RuleDef::Format("^[A-Z]{3}$")), rule(RuleDef::Exclusion(&[Literal::Str("ABC")]))],
            ..PropertyDef::of::<Option<String>>("code", "code", "code")
        },
        PropertyDef {
            kind: KindDef::Object(&ObjectDef {
                name: "Address",
                fields: &[FieldDef::of::<String>("street", "With number."), FieldDef::of::<Option<i32>>("floor", "")],
            }),
            required: false,
            ..PropertyDef::of::<serde_json::Value>("address", "address", "address")
        },
        PropertyDef {
            kind: KindDef::Enum(&["open", "closed"]),
            required: false,
            ..PropertyDef::of::<String>("state", "state", "state")
        },
        PropertyDef::of::<Vec<crate::value::GeoPoint>>("doors", "doors", "doors"),
        PropertyDef::of::<Option<serde_json::Value>>("extra", "extra", "extra"),
    ],
    settings: SettingsDef { replace_on_put: Some(false), ..SettingsDef::DEFAULT },
    ..BASE
};
static COUNTRY: ModelDef = ModelDef {
    name: "Country",
    http_path: Some("/geo/countries"),
    properties: &[PropertyDef { id: true, ..PropertyDef::of::<String>("code", "code", "code") }],
    settings: SettingsDef { strict: Some(Strict::Free), disabled: &["deleteById"], ..SettingsDef::DEFAULT },
    ..BASE
};
/// Takes the name that a schema of `Country` would have.
static NEW_COUNTRY: ModelDef = ModelDef { name: "NewCountry", properties: &[ID], ..BASE };
static ADDRESS: ModelDef = ModelDef { name: "Address", properties: &[ID], ..BASE };
static SECRET: ModelDef = ModelDef {
    name: "Secret",
    properties: &[ID],
    settings: SettingsDef { public: false, ..SettingsDef::DEFAULT },
    ..BASE
};

fn made() -> Json {
    of(&[&SHOP, &COUNTRY, &NEW_COUNTRY, &ADDRESS, &SECRET])
}

fn of(models: &[&'static ModelDef]) -> Json {
    let defaults = GraphDefaults { strict: Strict::Validate, replace_on_put: true, ..GraphDefaults::default() };
    let graph = Graph::build(models, &defaults).unwrap();
    let options = OpenApiOptions {
        title: "Coffee".into(),
        version: "1.2.3".into(),
        description: None,
        server_path: "/api".into(),
        access_control: false,
    };
    document(&graph, &options)
}

fn pointed<'j>(document: &'j Json, reference: &Json) -> &'j Json {
    document.pointer(reference["$ref"].as_str().unwrap().strip_prefix('#').unwrap()).unwrap()
}

fn all<'j>(json: &'j Json, key: &str, found: &mut Vec<&'j Json>) {
    match json {
        Json::Object(map) => {
            for (name, value) in map {
                if name == key {
                    found.push(value);
                }
                all(value, key, found);
            }
        }
        Json::Array(list) => list.iter().for_each(|value| all(value, key, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_referred_to() {
    assert_connected(&made());
}

fn assert_connected(document: &Json) {
    let mut references = Vec::new();
    all(document, "$ref", &mut references);
    let mut used = HashSet::new();
    for reference in references {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
        used.insert(pointer.rsplit('/').next().unwrap());
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(used.contains(name.as_str()), "{name}");
    }
}

fn assert_distinct(document: &Json) {
    let mut ids = Vec::new();
    all(&document["paths"], "operationId", &mut ids);
    let distinct: HashSet<_> = ids.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(distinct.len(), ids.len());
}

#[test]
fn operations_have_ids_of_their_own() {
    let document = made();
    assert_distinct(&document);
    for (path, verb, id) in [
        ("/CoffeeShops", "get", "CoffeeShop.find"),
        ("/CoffeeShops/{id}", "patch", "CoffeeShop.prototype.patchAttributes"),
        ("/CoffeeShops/{id}", "put", "CoffeeShop.prototype.patchAttributes__put_CoffeeShops_{id}"),
        ("/CoffeeShops/{id}", "head", "CoffeeShop.exists__head_CoffeeShops_{id}"),
        ("/geo/countries/{id}", "put", "Country.replaceById__put_geo_countries_{id}"),
    ] {
        assert_eq!(document["paths"][path][verb]["operationId"], id);
    }
    assert!(document["paths"]["/geo/countries/{id}"].get("delete").is_none());
    let summary = &document["paths"]["/CoffeeShops/findOne"]["get"]["summary"];
    assert_eq!(summary, "Find the first CoffeeShop that the filter matches");
}

#[test]
fn models_that_are_not_public_are_not_in_it() {
    let document = made();
    assert!(!document.to_string().contains("Secret"));
    let tags = json!([
        { "name": "Address" },
        { "name": "CoffeeShop", "description": "A place that serves coffee." },
        { "name": "Country" },
        { "name": "NewCountry" },
    ]);
    assert_eq!(document["tags"], tags);
}

#[test]
fn an_answer_has_all_but_hidden_properties() {
    let document = made();
    let shop = &document["components"]["schemas"]["CoffeeShop"];
    assert_eq!(
        shop["properties"],
        json!({
            "id": { "type": "integer", "format": "int64" },
            "name": { "type": "string", "description": "What is written above the door." },
            "city": { "type": ["string", "null"] },
            "rating": { "type": "number", "format": "double" },
            "openedAt": { "type": "string", "format": "date-time" },
            "code": { "type": ["string", "null"] },
            "address": { "anyOf": [{ "$ref": "#/components/schemas/Address_2" }, { "type": "null" }] },
            "state": { "type": ["string", "null"], "enum": ["open", "closed", null] },
            "doors": { "type": "array", "items": { "$ref": "#/components/schemas/GeoPoint" } },
            "extra": {},
        })
    );
    assert_eq!(shop["required"], json!(["id", "name", "rating", "openedAt", "doors"]));
    assert_eq!(shop["description"], "A place that serves coffee.");
    let address = &document["components"]["schemas"]["Address_2"];
    assert_eq!(
        address["properties"],
        json!({
            "street": { "type": "string", "description": "With number." },
            "floor": { "type": ["integer", "null"], "format": "int32" },
        })
    );
    assert_eq!(address["required"], json!(["street"]));
}

#[test]
fn what_is_taken_shows_validations_and_defaults() {
    let document = made();
    let schemas = &document["components"]["schemas"];
    let new = &schemas["NewCoffeeShop"];
    assert_eq!(new["required"], json!(["name", "password", "doors"]));
    assert_eq!(new["additionalProperties"], false);
    assert!(new["properties"].get("id").is_none());
    assert_eq!(new["properties"]["name"]["minLength"], 1);
    assert_eq!(new["properties"]["name"]["maxLength"], 80);
    assert_eq!(new["properties"]["password"], json!({ "type": "string", "minLength": 1, "writeOnly": true }));
    let rating = json!({ "type": "number", "format": "double", "minimum": 0, "maximum": 5, "default": 0 });
    assert_eq!(new["properties"]["rating"], rating);
    let code = json!({ "type": ["string", "null"], "pattern": "^[A-Z]{3}$", "not": { "enum": ["ABC"] } });
    assert_eq!(new["properties"]["code"], code);
    let partial = &schemas["PartialCoffeeShop"];
    assert!(partial.get("required").is_none() && partial["properties"]["rating"].get("default").is_none());
    // A model took the name.
    assert_eq!(schemas["NewCountry_2"]["additionalProperties"], true);
    assert_eq!(schemas["NewCountry_2"]["required"], json!(["code"]));
}

#[test]
fn an_id_is_taken_where_it_says_something() {
    let document = made();
    let taken = |path: &str, verb: &str| {
        let schema =
            &document["paths"][path][verb]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
        let pointer = schema["$ref"].as_str().unwrap().strip_prefix('#').unwrap();
        let properties = &document.pointer(pointer).unwrap()["properties"];
        (pointer.rsplit('/').next().unwrap(), properties.get("id").or(properties.get("code")).is_some())
    };
    for (path, verb, expected) in [
        ("/Addresses", "post", ("NewAddress", false)),
        ("/Addresses", "patch", ("UpsertAddress", true)),
        ("/Addresses/replaceOrCreate", "post", ("ReplaceOrCreateAddress", true)),
        ("/Addresses/{id}", "patch", ("PartialAddress", false)),
        ("/Addresses/{id}/replace", "post", ("NewAddress", false)),
        ("/Addresses/update", "post", ("PartialAddress", false)),
        ("/geo/countries", "post", ("NewCountry_2", true)),
        ("/geo/countries/replaceOrCreate", "post", ("NewCountry_2", true)),
        ("/geo/countries/{id}/replace", "post", ("ReplaceCountry", false)),
    ] {
        assert_eq!(taken(path, verb), expected, "{verb} {path}");
    }
}

#[test]
fn filters_name_what_can_be_asked() {
    let document = made();
    let schemas = &document["components"]["schemas"];
    let condition = schemas["CoffeeShop.Where"]["properties"].as_object().unwrap();
    assert!(!condition.contains_key("password"));
    assert_eq!(condition["city"], json!({ "$ref": "#/components/schemas/Where.String" }));
    assert_eq!(condition["or"]["items"], json!({ "$ref": "#/components/schemas/CoffeeShop.Where" }));
    let operators = |kind: &str| schemas[kind]["anyOf"][1]["properties"].as_object().unwrap();
    assert!(operators("Where.String").contains_key("like"));
    for text_only in ["like", "nlike", "ilike", "nilike", "regexp"] {
        assert!(
            operators("Where.String").contains_key(text_only) && !operators("Where.Number").contains_key(text_only)
        );
    }
    // Of a list, and of any JSON, only the presence can be asked for.
    assert_eq!(condition["doors"], json!({ "$ref": "#/components/schemas/Where.Presence" }));
    assert_eq!(operators("Where.Number")["inq"], json!({ "type": "array", "items": { "type": ["number", "null"] } }));
    let parameter = &document["paths"]["/CoffeeShops"]["get"]["parameters"][0];
    assert_eq!(parameter["name"], "filter");
    let schema = &parameter["content"]["application/json"]["schema"];
    assert_eq!(schema, &json!({ "$ref": "#/components/schemas/CoffeeShop.Filter" }));
}

fn statuses(document: &Json, path: &str, verb: &str) -> Vec<u16> {
    let responses = document["paths"][path][verb]["responses"].as_object().unwrap();
    responses.keys().map(|status| status.parse().unwrap()).collect()
}

#[test]
fn answers_are_those_the_method_gives() {
    let document = made();
    let statuses = |path, verb| statuses(&document, path, verb);
    assert_eq!(statuses("/CoffeeShops", "get"), [200, 400]);
    assert_eq!(statuses("/CoffeeShops", "post"), [200, 400, 422]);
    assert_eq!(statuses("/CoffeeShops/{id}", "get"), [200, 400, 404]);
    assert_eq!(statuses("/CoffeeShops/{id}", "patch"), [200, 400, 404, 422]);
    assert_eq!(statuses("/CoffeeShops/{id}", "delete"), [200, 400]);
    assert_eq!(statuses("/CoffeeShops/{id}/exists", "get"), [200, 400]);
    assert!(document["paths"]["/CoffeeShops/{id}"]["head"]["responses"]["200"].get("content").is_none());
}

#[test]
fn only_regular_expressions_that_javascript_reads_alike_are_shown() {
    for pattern in ["^[a-z0-9]+$", r"^\d{3}-\d{4}$", "(?:a|b)", r"[\]\[&-]", r"\.\/"] {
        assert!(schema::is_ecma(pattern), "{pattern}");
    }
    for pattern in ["(?i)a", "(?P<x>a)", r"\Aa\z", r"\p{L}", "[[:alpha:]]", "[a&&b]", r"\x{41}", "[]a]", "[^]a]"] {
        assert!(!schema::is_ecma(pattern), "{pattern}");
    }
}
