//! What must hold whatever a client sends: no parser panics, no request is answered with 5xx, and what can be written
//! down is read back as it was. Longer searches are in `fuzz/`.

#![allow(clippy::expect_used)]

use loopback::Backend;
use loopback::connector::sql::statement;
use loopback::filter::{Operator, Where, parse_filter, parse_where, qs};
use loopback::graph::{FieldNode, Kind, ModelNode, ObjectNode};
use loopback::meta::ModelDef;
use loopback::plan::{Pattern, Query, Reader, RegexpSyntax, SelectPlan, ignoring_case, resolve_filter, resolve_where};
use loopback::prelude::*;
use loopback::value::coerce;
use loopback_tests::http::{Request, Response};
use loopback_tests::lab::Database;
use loopback_tests::rest::{Rest, encoded};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use std::sync::{Arc, LazyLock};

// ---- what is asked ------------------------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, PropertyType)]
pub enum Tier {
    Basic,
    Gold,
}

#[derive(Clone, Debug, PartialEq, PropertyType)]
pub struct Dims {
    pub width: f64,
    pub tier: Option<Tier>,
}

/// A property of each kind, one of them hidden, room for properties without a column, and a relation of each kind.
#[model(strict = false, plural = "things", force_id = false)]
pub struct Thing {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(max = 200))]
    pub text: Option<String>,
    pub number: Option<f64>,
    pub whole: Option<i32>,
    pub large: Option<i64>,
    pub exact: Option<Decimal>,
    pub at: Option<DateTime<Utc>>,
    pub day: Option<NaiveDate>,
    pub flag: Option<bool>,
    pub uuid: Option<Uuid>,
    pub tier: Option<Tier>,
    pub bytes: Option<Vec<u8>>,
    pub meta: Option<Json>,
    pub words: Option<Vec<String>>,
    pub dims: Option<Dims>,
    pub place: Option<GeoPoint>,
    #[property(hidden)]
    pub secret: Option<String>,
    pub namer: Option<BelongsTo<Name>>,
    pub parent: Option<BelongsTo<Thing>>,
    #[relation(foreign_key = parent)]
    pub children: HasMany<Thing>,
    pub labels: HasAndBelongsToMany<Label>,
    #[relation(disable_include)]
    pub uses: HasMany<Use>,
    #[relation(through = Use)]
    pub tokens: HasMany<Token>,
    #[relation(polymorphic = about)]
    pub remarks: HasMany<Remark>,
    pub maker: EmbedsOne<Maker>,
    pub parts: EmbedsMany<Part>,
    pub related: ReferencesMany<Thing>,
}

/// Its id is the client's to give; unknown properties are refused.
#[model(plural = "names")]
pub struct Name {
    #[property(id)]
    pub name: String,
    pub note: Option<String>,
    pub things: HasMany<Thing>,
}

#[model(plural = "tokens")]
pub struct Token {
    #[property(id, default = guid)]
    pub id: Uuid,
    pub note: Option<String>,
    pub uses: HasMany<Use>,
}

#[model(plural = "labels")]
pub struct Label {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub things: HasAndBelongsToMany<Thing>,
}

/// Between things and tokens.
#[model(plural = "uses")]
pub struct Use {
    #[property(id, generated)]
    pub id: i64,
    pub thing: BelongsTo<Thing>,
    pub token: BelongsTo<Token>,
}

/// Is about anything that has remarks.
#[model(plural = "remarks")]
pub struct Remark {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub about: Option<BelongsToAny>,
}

#[model(transient)]
pub struct Maker {
    pub street: Option<String>,
    pub year: Option<i32>,
}

#[model(transient)]
pub struct Part {
    #[property(id, default = guid)]
    pub id: String,
    pub size: Option<f64>,
}

const MODELS: [&ModelDef; 8] =
    [Thing::DEF, Name::DEF, Token::DEF, Label::DEF, Use::DEF, Remark::DEF, Maker::DEF, Part::DEF];

/// Relations of a thing, and names that are none.
const RELATIONS: [&str; 12] = [
    "namer", "parent", "children", "labels", "uses", "tokens", "remarks", "maker", "parts", "related", "things",
    "about",
];

const PROPERTIES: [&str; 40] = [
    "id",
    "text",
    "number",
    "whole",
    "large",
    "exact",
    "at",
    "day",
    "flag",
    "uuid",
    "tier",
    "bytes",
    "meta",
    "words",
    "dims",
    "place",
    "secret",
    "meta.a",
    "meta.a.b",
    "words.0",
    "dims.width",
    "text.a",
    "free",
    "free.a.b",
    "meta.\"",
    "",
    "namerId",
    "parentId",
    "relatedIds",
    "_maker",
    "_maker.street",
    "_parts",
    "namer",
    "namer.note",
    "parent.parent.text",
    "labels.text",
    "tokens.id",
    "remarks.about",
    "maker.year",
    "parts",
];

/// One app in memory for all tests: they run at once, and none of them counts rows.
struct Served {
    runtime: tokio::runtime::Runtime,
    app: App,
    rest: Rest,
}

static SERVED: LazyLock<Served> = LazyLock::new(|| Served::new(in_memory()));

fn in_memory() -> AppBuilder {
    App::builder().models(MODELS).database_url("sqlite::memory:")
}

impl Served {
    /// An app with rows that filters can find.
    fn new(builder: AppBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let app = runtime.block_on(builder.explorer(false).build()).unwrap_or_else(|error| panic!("{error}"));
        let served = Self { rest: Rest::of(&app), runtime, app };
        let post = |target: &str, body: &Json| assert_eq!(served.json("POST", target, body).status, 200, "{body}");
        post("/api/names", &json!({ "name": "gold", "note": "a" }));
        post("/api/labels", &json!([{ "text": "a" }, { "text": "text 1" }]));
        post("/api/tokens", &json!({ "id": TOKEN, "note": "b" }));
        for n in 0..10 {
            let mut body = json!({
                "text": format!("text {n}"), "number": f64::from(n) / 3.0, "whole": n, "exact": format!("{n}.5"),
                "flag": n % 2 == 0, "tier": "gold", "meta": { "a": { "b": n } }, "words": ["a", "b"],
                "dims": { "width": n }, "free": { "a": n }, "place": { "lat": n, "lng": n }, "_maker": { "street": "a", "year": n },
                "_parts": [{ "id": "a", "size": n }],
            });
            if n > 0 {
                body["parentId"] = 1.into();
                body["namerId"] = "gold".into();
                body["relatedIds"] = json!([1, 2]);
            }
            post("/api/things", &body);
        }
        for id in [1, 2, 3] {
            post(&format!("/api/things/{id}/remarks"), &json!({ "text": "a" }));
            for link in ["labels/rel/1".to_owned(), format!("tokens/rel/{TOKEN}")] {
                assert_eq!(served.json("PUT", &format!("/api/things/{id}/{link}"), &json!({})).status, 200);
            }
        }
        served
    }

    fn send(&self, request: &Request) -> Response {
        self.runtime.block_on(self.rest.send(request))
    }

    fn json(&self, method: &str, target: &str, body: &Json) -> Response {
        self.send(&Request::new(method, target).json(body))
    }

    /// The database takes what the planner makes of a filter.
    fn takes_filter(&self, filter: &Json) -> Result<(), TestCaseError> {
        let answer = self.send(&Request::new("GET", &format!("/api/things?filter={}", encoded(&filter.to_string()))));
        prop_assert!(matches!(answer.status, 200 | 400 | 403), "{}: {}", filter, answer);
        Ok(())
    }

    /// The answer to a filter that makes sense.
    fn answer(&self, filter: &Json) -> Result<Json, TestCaseError> {
        let answer = self.send(&Request::new("GET", &format!("/api/things?filter={}", encoded(&filter.to_string()))));
        prop_assert_eq!(answer.status, 200, "{}: {}", filter, answer);
        Ok(answer.json())
    }

    /// The database takes what the planner makes of a condition.
    fn takes_condition(&self, condition: &Json) -> Result<(), TestCaseError> {
        let target = format!("/api/things/count?where={}", encoded(&condition.to_string()));
        let answer = self.send(&Request::new("GET", &target));
        prop_assert!(matches!(answer.status, 200 | 400 | 403), "{}: {}", condition, answer);
        Ok(())
    }
}

const TOKEN: &str = "3d6f0b6e-5a9b-4b0e-9b1e-3f6d2b7c8a9d";

fn thing() -> &'static Arc<ModelNode> {
    SERVED.app.graph().model("Thing").expect("the model")
}

// ---- what is made up ----------------------------------------------------------------------------------------------

fn cases(cases: u32) -> ProptestConfig {
    // A failure prints its smallest input; a fix comes with a test of its own, so nothing is kept in a file.
    ProptestConfig { cases, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() }
}

/// Text that some parser or database may take for something else.
fn text() -> impl Strategy<Value = String> {
    let special = vec![
        "",
        " ",
        "0",
        "-0",
        "1",
        "01",
        "1e3",
        "1e400",
        "-1.5",
        "9223372036854775807",
        "9223372036854775808",
        "NaN",
        "Infinity",
        "0x10",
        "true",
        "false",
        "null",
        "undefined",
        "[]",
        "{}",
        "[1,2]",
        "{\"a\":1}",
        "{\"width\":1}",
        "{\"$gt\":\"\"}",
        "2024-02-29",
        "2024-02-30T00:00:00Z",
        "2024-02-29T23:59:60Z",
        "9999-12-31T23:59:59.999-12:00",
        "0000-01-01",
        "-0001-01-01",
        "12:00",
        "59.9,10.7",
        "91,0",
        "gold",
        "Gold",
        "%",
        "_",
        "\\",
        "a\\",
        "%\\%%",
        "'",
        "\"",
        "`",
        "';--",
        "a\0b",
        "\u{0}",
        "\u{feff}",
        "\u{1F600}",
        "é",
        "e\u{301}",
        "__proto__",
        "constructor",
        "$where",
        "QUJD",
        "QUJ",
        "3d6f0b6e-5a9b-4b0e-9b1e-3f6d2b7c8a9d",
        "id",
        "free_properties",
        "name DESC",
        "name,text ASC",
        "*",
        "\r\n",
    ];
    prop_oneof![
        3 => select(special).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[a-z0-9.,:%_ \\\\\"'-]{0,30}",
        1 => ("[%_a\\\\]{1,3}", 0_usize..700).prop_map(|(text, times)| text.repeat(times)),
    ]
}

fn number() -> impl Strategy<Value = Json> {
    prop_oneof![
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        (-5_i64..5).prop_map(Json::from),
        select(vec![0.5, -0.0, 1e15, 1e16, 9_007_199_254_740_993.0, 5e-324, f64::MAX, 8.64e15, -62_198_755_200_000.0])
            .prop_map(Json::from),
    ]
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::from),
        3 => number(),
        4 => text().prop_map(Json::from),
    ]
}

/// Words that mean something as keys, and others.
fn key() -> impl Strategy<Value = String> {
    let words = vec![
        "where", "order", "limit", "skip", "offset", "fields", "include", "and", "or", "nor", "eq", "neq", "gt", "gte",
        "lt", "lte", "inq", "nin", "between", "like", "nlike", "ilike", "regexp", "near", "$gt", "$or", "relation",
        "scope", "lat", "lng", "width", "unknown", "size", "street",
    ];
    prop_oneof![
        5 => select(words).prop_map(str::to_owned),
        5 => select(&PROPERTIES[..]).prop_map(str::to_owned),
        1 => text(),
    ]
}

/// Any JSON, made of pieces that a filter or an instance has.
fn any_json() -> impl Strategy<Value = Json> {
    scalar().prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Json::from),
            btree_map(key(), inner, 0..5).prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

/// An object with keys of a filter.
fn filter_json() -> impl Strategy<Value = Json> {
    let keys = select(vec!["where", "order", "limit", "skip", "offset", "fields", "include"]);
    let value = prop_oneof![
        3 => any_json(),
        2 => where_tree(property()).prop_map(|tree| print(&tree)),
        2 => include_json(),
        1 => select(&PROPERTIES[..]).prop_map(Json::from),
        1 => vec(select(&PROPERTIES[..]), 0..4).prop_map(Json::from),
        1 => (0_u64..20).prop_map(Json::from),
    ];
    btree_map(keys.prop_map(str::to_owned), value, 0..4).prop_map(|map| Json::Object(map.into_iter().collect()))
}

/// Relations to include, in every way to write them, and scopes of theirs.
fn include_json() -> impl Strategy<Value = Json> {
    let name = || select(&RELATIONS[..]);
    name().prop_map(Json::from).prop_recursive(4, 16, 3, move |inner| {
        let scope = (
            proptest::option::of(where_tree(property())),
            proptest::option::of(0_u64..4),
            proptest::option::of(select(vec!["id DESC", "text", "note", "size"])),
            proptest::option::of(vec(select(vec!["id", "text", "note", "name", "size"]), 0..3)),
            proptest::option::of(inner.clone()),
        );
        let scope = scope.prop_map(|(condition, limit, order, fields, include)| {
            json!({
                "where": condition.map(|condition| print(&condition)), "limit": limit, "skip": limit, "order": order,
                "fields": fields, "include": include,
            })
        });
        prop_oneof![
            2 => vec(inner.clone(), 0..3).prop_map(Json::from),
            2 => (name(), inner).prop_map(|(name, inner)| json!({ name: inner })),
            3 => (name(), scope).prop_map(|(name, scope)| json!({ "relation": name, "scope": scope })),
        ]
    })
}

/// A filter that includes and asks over relations.
fn related_filter() -> impl Strategy<Value = Json> {
    (proptest::option::of(where_tree(property())), include_json(), proptest::option::of(0_u64..4)).prop_map(
        |(condition, include, limit)| {
            json!({ "where": condition.map(|condition| print(&condition)), "include": include, "limit": limit })
        },
    )
}

/// Relations of a model that conditions may go over and includes may name, with the models that they lead to.
fn relations_of(model: &str) -> Vec<(&'static str, &'static str)> {
    match model {
        "Thing" => vec![
            ("namer", "Name"),
            ("parent", "Thing"),
            ("children", "Thing"),
            ("labels", "Label"),
            ("tokens", "Token"),
            ("remarks", "Remark"),
            ("maker", "Maker"),
            ("related", "Thing"),
        ],
        "Name" | "Label" => vec![("things", "Thing")],
        "Token" => vec![("uses", "Use")],
        "Use" => vec![("thing", "Thing"), ("token", "Token")],
        _ => vec![],
    }
}

/// A comparison that a model takes.
fn fitting_comparison(model: &'static str) -> BoxedStrategy<Json> {
    let word = || select(vec!["a", "b", "gold", "text 1", "text 3", "é"]);
    let text = |property: &'static str| {
        let operator = select(vec!["eq", "neq", "like", "nlike", "ilike", "nilike", "gt", "lte"]);
        let value = prop_oneof![2 => word(), 1 => select(vec!["%", "%1", "TEXT _", "%a%"])];
        (operator, value).prop_map(move |(operator, value)| json!({ property: { operator: value } })).boxed()
    };
    let number = |property: &'static str| {
        let operator = select(vec!["eq", "neq", "gt", "gte", "lt", "lte"]);
        (operator, -1..6).prop_map(move |(operator, value)| json!({ property: { operator: value } })).boxed()
    };
    let some = |property: &'static str| {
        select(vec![json!(null), json!({ "neq": null })]).prop_map(move |value| json!({ property: value })).boxed()
    };
    let of = match model {
        "Thing" => vec![
            number("id"),
            number("whole"),
            number("number"),
            text("text"),
            some("namer"),
            some("children"),
            some("labels"),
            some("tokens"),
            some("remarks"),
            some("parts"),
            some("parentId"),
            number("meta.a.b"),
            number("dims.width"),
            number("_maker.year"),
            text("namerId"),
            any::<bool>().prop_map(|flag| json!({ "flag": flag })).boxed(),
            vec(-1..6, 0..3).prop_map(|list| json!({ "whole": { "inq": list } })).boxed(),
            vec(word(), 0..3).prop_map(|list| json!({ "text": { "nin": list } })).boxed(),
            (0..4, 2..8).prop_map(|(low, high)| json!({ "number": { "between": [low, high] } })).boxed(),
            select(vec!["^text [12]", "/TEXT/i", "3$"]).prop_map(|regexp| json!({ "text": { "regexp": regexp } })).boxed(),
            (0..9, 100..1000)
                .prop_map(|(at, most)| {
                    json!({ "place": { "near": { "lat": at, "lng": at }, "maxDistance": most, "unit": "kilometers" } })
                })
                .boxed(),
        ],
        "Name" => vec![text("name"), text("note"), some("things")],
        "Label" => vec![number("id"), text("text"), some("things")],
        "Token" => vec![text("note"), some("uses"), Just(json!({ "id": TOKEN })).boxed()],
        "Use" => vec![number("id"), number("thingId"), some("token")],
        "Remark" => vec![number("aboutId"), text("text"), text("aboutType")],
        "Maker" => vec![number("year"), text("street")],
        _ => vec![number("size"), text("id")],
    };
    proptest::strategy::Union::new(of).boxed()
}

/// A condition that a model takes.
fn fitting_condition(model: &'static str, depth: u32) -> BoxedStrategy<Json> {
    let leaf = fitting_comparison(model);
    if depth == 0 {
        return leaf;
    }
    let inner = leaf.clone().prop_recursive(2, 6, 3, |inner| {
        (select(vec!["and", "or", "nor"]), vec(inner, 1..4)).prop_map(|(word, list)| json!({ word: list }))
    });
    let mut ways = vec![leaf, inner.boxed()];
    // Inside a row there is no way over to others.
    ways.extend(relations_of(model).into_iter().map(|(name, target)| {
        fitting_condition(target, depth - 1).prop_map(move |condition| json!({ name: condition })).boxed()
    }));
    proptest::strategy::Union::new(ways).boxed()
}

/// A filter that a model takes.
fn fitting_filter(model: &'static str, depth: u32) -> BoxedStrategy<Json> {
    let condition = proptest::option::of(fitting_condition(model, depth.min(2)));
    let include = match relations_of(model) {
        relations if depth > 0 && !relations.is_empty() => {
            let ways = relations
                .into_iter()
                .map(|(name, target)| fitting_filter(target, depth - 1).prop_map(move |scope| (name, scope)).boxed());
            each_once(vec(proptest::strategy::Union::new(ways), 0..3))
        }
        _ => Just(Json::Null).boxed(),
    };
    let page = (proptest::option::of(1_u64..4), proptest::option::of(0_u64..3));
    (condition, include, page)
        .prop_map(|(condition, include, (limit, skip))| {
            json!({ "where": condition, "include": include, "limit": limit, "skip": skip })
        })
        .boxed()
}

/// Relations to include, each once.
fn each_once(list: impl Strategy<Value = Vec<(&'static str, Json)>> + 'static) -> BoxedStrategy<Json> {
    list.prop_map(|list| {
        let once: std::collections::BTreeMap<_, _> = list.into_iter().collect();
        once.into_iter().map(|(name, scope)| json!({ "relation": name, "scope": scope })).collect()
    })
    .boxed()
}

/// A property that a condition can name: anything but `and`, `or`, `nor` and what begins with `$`.
fn property() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(&PROPERTIES[..]).prop_map(str::to_owned),
        1 => text().prop_filter("the names of operators", |name| !matches!(name.as_str(), "and" | "or" | "nor") && !name.starts_with('$')),
    ]
}

fn where_tree(property: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = Where> {
    let operators: Vec<Operator> = Operator::names().filter_map(Operator::of_name).collect();
    let value = prop_oneof![
        4 => scalar(),
        2 => vec(scalar(), 0..4).prop_map(Json::from),
        1 => any_json(),
    ];
    let property = property.boxed();
    let leaf = (property.clone(), select(operators), value).prop_map(|(property, operator, value)| Where::Compare {
        property,
        operator,
        value,
    });
    let distance =
        || prop_oneof![2 => Just(None), 2 => number().prop_map(Some), 1 => text().prop_map(|text| Some(text.into()))];
    let point = prop_oneof![
        2 => (-91.0..=91.0, -181.0..=181.0).prop_map(|(lat, lng): (f64, f64)| json!({ "lat": lat, "lng": lng })),
        1 => Just(json!("59.9,10.7")),
        1 => scalar(),
    ];
    let unit = select(vec!["miles", "kilometers", "radians", "degrees", "feet", "parsecs"]);
    let unit = prop_oneof![Just(None), unit.prop_map(|unit| Some(unit.into()))];
    let property = prop_oneof![Just("place".to_owned()), property];
    let near = (property, point, distance(), distance(), unit).prop_map(
        |(property, near, min_distance, max_distance, unit)| Where::Near {
            property,
            near,
            min_distance,
            max_distance,
            unit,
        },
    );
    prop_oneof![6 => leaf, 1 => near].prop_recursive(6, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(Where::And),
            vec(inner.clone(), 1..4).prop_map(Where::Or),
            vec(inner.clone(), 1..4).prop_map(Where::Nor),
            (select(&RELATIONS[..]), inner).prop_map(|(relation, condition)| {
                // The one word that the printed condition begins with.
                let unknown =
                    print(&condition).as_object().and_then(|map| map.keys().next().cloned()).unwrap_or_default();
                Where::Related { relation: relation.to_owned(), condition: Box::new(condition), unknown }
            }),
        ]
    })
}

/// A condition as a client writes it.
fn print(condition: &Where) -> Json {
    let list = |list: &[Where]| Json::from(list.iter().map(print).collect::<Vec<_>>());
    match condition {
        Where::And(all) | Where::Together(all) => json!({ "and": list(all) }),
        Where::Or(any) => json!({ "or": list(any) }),
        Where::Nor(none) => json!({ "nor": list(none) }),
        Where::Near { property, near, min_distance, max_distance, unit } => {
            let mut condition = json!({ "near": near });
            for (key, value) in [("minDistance", min_distance), ("maxDistance", max_distance), ("unit", unit)] {
                if let Some(value) = value {
                    condition[key] = value.clone();
                }
            }
            json!({ property: condition })
        }
        Where::Compare { property, operator, value } => {
            let short = *operator == Operator::Eq && !value.is_object();
            json!({ property: if short { value.clone() } else { json!({ operator.name(): value }) } })
        }
        Where::Related { relation, condition, .. } => json!({ relation: print(condition) }),
    }
}

/// A regular expression, of pieces that are often taken and sometimes refused.
fn pattern() -> impl Strategy<Value = String> {
    let atom = select(vec![
        "a",
        "b",
        "k",
        "é",
        "É",
        "ß",
        "1",
        "_",
        "-",
        "/",
        " ",
        "\\.",
        "\\\\",
        "\\[",
        "\\{",
        "\\n",
        "\\x41",
        "\\u00e9",
        ".",
        "[ab]",
        "[^a]",
        "[a-z]",
        "[^\\w]",
        "[\\d.-]",
        "\\d",
        "\\D",
        "\\w",
        "\\W",
        "\\s",
        "\\S",
        "^",
        "$",
        "\\A",
        "\\z",
        "[à-ÿ]",
        "[[:alpha:]]",
        "😀",
        "\\b",
        "\\p{L}",
        "(?i)",
        "[a&&b]",
        "[[a]]",
        "]",
        "}",
        "\\1",
    ]);
    let tree = prop_oneof![20 => atom.prop_map(str::to_owned), 1 => text()].prop_recursive(4, 24, 4, |inner| {
        let repeat = select(vec!["", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?"]);
        prop_oneof![
            4 => vec(inner.clone(), 1..5).prop_map(|parts| parts.concat()),
            1 => vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join("|"))),
            2 => (inner.clone(), repeat.clone()).prop_map(|(part, times)| format!("(?:{part}){times}")),
            3 => (inner, repeat).prop_map(|(part, times)| format!("{part}{times}")),
        ]
    });
    (tree, select(vec!["", "", "i", "s", "is"]))
        .prop_map(|(body, flags)| if flags.is_empty() { body } else { format!("/{body}/{flags}") })
}

/// Text that patterns may match.
fn matched() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a", "b", "A", "B", "k", "K", "\u{212a}", "é", "É", "ß", "ẞ", "1", "٣", "_", "-", "/", " ", "\u{a0}", "\n",
        "\r", ".", "\\", "[", "{", "😀", "ſ",
    ];
    vec(select(pieces), 0..8).prop_map(|pieces| pieces.concat())
}

/// What a pattern says, read by the crate `regex` with its own settings instead of written anew.
fn as_it_stands(pattern: &str) -> Option<regex::Regex> {
    let (body, flags) = match pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        Some((body, flags)) => (body, flags),
        None => (pattern, ""),
    };
    // ASCII in the shorthands is a setting of Unicode, which `é` needs: so they are written out, here and there.
    let mut plain = String::new();
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            (_, Some('d')) => plain.push_str("[0-9]"),
            (_, Some('D')) => plain.push_str("[^0-9]"),
            (_, Some('w')) => plain.push_str("[0-9A-Za-z_]"),
            (_, Some('W')) => plain.push_str("[^0-9A-Za-z_]"),
            (_, Some('s')) => plain.push_str("[\\t-\\r ]"),
            (_, Some('S')) => plain.push_str("[^\\t-\\r ]"),
            (c, Some(next)) => plain.extend([c, next]),
            (c, None) => plain.push(c),
        }
    }
    let mut builder = regex::RegexBuilder::new(&plain);
    builder.case_insensitive(flags.contains('i')).dot_matches_new_line(flags.contains('s')).build().ok()
}

fn kind() -> impl Strategy<Value = Kind> {
    let field =
        |name: &str, kind, required| FieldNode { name: name.into(), kind, required, hidden: false, doc: "".into() };
    let leaf = prop_oneof![
        Just(Kind::String),
        Just(Kind::Number),
        Just(Kind::Boolean),
        Just(Kind::DateTime),
        Just(Kind::Date),
        Just(Kind::Uuid),
        Just(Kind::Bytes),
        Just(Kind::GeoPoint),
        Just(Kind::Any),
        Just(Kind::Enum(vec!["basic".into(), "gold".into()])),
        (any::<i64>(), any::<i64>()).prop_map(|(a, b)| Kind::Integer { min: a.min(b), max: a.max(b) }),
        Just(Kind::Integer { min: i64::MIN, max: i64::MAX }),
        (1_u32..=28)
            .prop_flat_map(|precision| (Just(precision), 0..=precision))
            .prop_map(|(precision, scale)| Kind::Decimal { precision, scale }),
    ];
    leaf.prop_recursive(2, 6, 2, move |inner| {
        prop_oneof![
            inner.clone().prop_map(|item| Kind::Array(Box::new(item))),
            (inner.clone(), inner, any::<bool>()).prop_map(move |(a, b, required)| {
                let fields = vec![field("width", a, required), field("lat", b, false)];
                Kind::Object(ObjectNode { name: "Box".into(), fields })
            }),
        ]
    })
}

/// Bytes of a target that HTTP can carry: what is left of a path and a query when a server has read the request line.
fn target(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    (text.starts_with('/') && axum::http::Uri::try_from(text.as_str()).is_ok()).then_some(text)
}

/// A path below the root of the API, of pieces that mean something.
fn path() -> impl Strategy<Value = String> {
    let word = select(vec![
        "api",
        "things",
        "THINGS",
        "names",
        "tokens",
        "count",
        "findOne",
        "update",
        "upsertWithWhere",
        "replaceOrCreate",
        "exists",
        "replace",
        "rel",
        "labels",
        "tokens",
        "namer",
        "maker",
        "parts",
        "remarks",
        "related",
        "1",
        "2",
        "999",
        "-1",
        "+1",
        "01",
        "1.0",
        "1e3",
        "9223372036854775808",
        "null",
        "undefined",
        "%",
        "%2",
        "%zz",
        "%00",
        "%FF",
        "%2F",
        "%2e%2e",
        "..",
        "",
        "a%20b",
        "'",
        "%27%3B--",
        "[1]",
        "{}",
        "*",
    ]);
    let part = prop_oneof![4 => word.prop_map(str::to_owned), 1 => text().prop_map(|text| encoded(&text))];
    let model = select(vec!["/api/things", "/api/names", "/api/tokens", "/api", ""]);
    (model, vec(part, 0..4))
        .prop_map(|(model, parts)| parts.iter().fold(model.to_owned(), |path, part| path + "/" + part))
}

fn query() -> impl Strategy<Value = String> {
    let name = select(vec![
        "filter",
        "where",
        "filter[where]",
        "filter[limit]",
        "where[id]",
        "where[or][0][text]",
        "x",
        "data",
    ]);
    let value = prop_oneof![
        filter_json().prop_map(|json| encoded(&json.to_string())),
        where_tree(property()).prop_map(|tree| encoded(&print(&tree).to_string())),
        text().prop_map(|text| encoded(&text)),
        "[a-z%0-9{}\\[\\]=+]{0,12}".prop_map(|raw| raw),
    ];
    let pairs = vec((name, value), 0..4)
        .prop_map(|pairs| pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"));
    prop_oneof![3 => pairs, 1 => query_text()]
}

/// Text with the characters that a query string gives a meaning.
fn query_text() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "a",
        "b",
        "filter",
        "[",
        "]",
        "=",
        "&",
        "%5B",
        "%5D",
        "%",
        "%0",
        "%00",
        "%e9",
        "%C3%A9",
        "é",
        "+",
        "0",
        "1",
        "21",
        "[]",
        "[a]",
        "[0]",
        "[1]",
        "]=",
        "\0",
        "__proto__",
        "where",
    ]);
    vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// The target, or nothing when a server would not hand it on.
fn with_query(path: &str, query: &str) -> Option<String> {
    let whole = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    target(whole.as_bytes())
}

fn method() -> impl Strategy<Value = &'static str> {
    select(vec!["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
}

fn media() -> impl Strategy<Value = &'static str> {
    select(vec![
        "application/json",
        "application/json; charset=utf-8",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json; charset=latin1",
        "",
    ])
}

// ---- what holds -----------------------------------------------------------------------------------------------------

/// 400, or 403 for a relation that clients may not include.
fn refused(error: &Error) -> Result<(), TestCaseError> {
    prop_assert!(matches!(error.status(), 400 | 403), "{}", error);
    Ok(())
}

/// A query, and those of what it includes, is a statement of every database.
fn written(model: &Arc<ModelNode>, query: &Query) -> Result<(), TestCaseError> {
    let columns: Vec<usize> = (0..model.width()).collect();
    for backend in [Backend::Sqlite, Backend::Postgres, Backend::MySql] {
        let text = statement(backend, &SelectPlan::of(model, &columns, query));
        prop_assert!(text.starts_with("SELECT "), "{}", text);
    }
    for include in &query.include {
        let relation = &model.relations[include.relation];
        // What is embedded has no table, and a polymorphic relation says nothing of its rows.
        if !relation.is_embedded() && !relation.is_to_any() {
            written(&relation.target(), &include.query)?;
        }
    }
    Ok(())
}

/// The body of a refusal says what it is.
fn answered(answer: &Response, what: &str) -> Result<(), TestCaseError> {
    prop_assert!(answer.status < 500, "{what}: {answer}");
    if answer.status >= 400 && !answer.body.is_empty() {
        prop_assert_eq!(&answer.json()["error"]["statusCode"], &json!(answer.status), "{}", what);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn a_filter_is_a_plan_or_a_bad_request(json in prop_oneof![filter_json(), related_filter(), any_json()]) {
        for reader in [Reader::Client, Reader::Application] {
            match parse_filter(json.clone()).and_then(|filter| resolve_filter(thing(), filter, reader)) {
                Ok(query) => written(thing(), &query)?,
                Err(error) => refused(&error)?,
            }
        }
    }

    #[test]
    fn a_condition_that_is_printed_is_read_as_it_was(tree in where_tree(property())) {
        let printed = print(&tree);
        let read = parse_where(printed.clone());
        prop_assert_eq!(read.map_err(|error| error.to_string()), Ok(Some(tree.clone())), "{}", printed);
        for reader in [Reader::Client, Reader::Application] {
            match resolve_where(thing(), Some(tree.clone()), reader) {
                Ok(condition) => written(thing(), &Query::of(condition))?,
                Err(error) => refused(&error)?,
            }
        }
    }

    #[test]
    fn a_pattern_means_what_it_said_when_it_is_written_anew(pattern in pattern(), texts in vec(matched(), 1..12)) {
        match Pattern::new(&pattern) {
            Ok(checked) => {
                let written = checked.write(RegexpSyntax::Rust);
                let ours = regex::Regex::new(&written).map_err(|error| TestCaseError::fail(format!("{pattern}: {error}")))?;
                let theirs = as_it_stands(&pattern);
                let theirs = theirs.ok_or_else(|| TestCaseError::fail(format!("{pattern} is no pattern of its own")))?;
                for text in &texts {
                    prop_assert_eq!(ours.is_match(text), theirs.is_match(text), "{:?} on {:?}: {}", pattern, text, written);
                }
                // What is written for others is not empty, and says nothing that the pattern did not.
                for syntax in [RegexpSyntax::Perl, RegexpSyntax::Advanced] {
                    prop_assert!(!checked.write(syntax).contains("\\p"), "{:?}", pattern);
                }
            }
            Err(error) => prop_assert_eq!(error.status(), 400, "{}", error),
        }
    }

    #[test]
    fn like_without_case_is_like_of_folded_text(like in "[abkKéÉ_%]{0,8}", text in "[abkKéÉ\u{212a}\n]{0,8}") {
        fn matches(like: &[char], text: &[char]) -> bool {
            match like.split_first() {
                None => text.is_empty(),
                Some(('%', rest)) => (0..=text.len()).any(|at| matches(rest, &text[at..])),
                Some((c, rest)) => text.split_first().is_some_and(|(t, after)| (*c == '_' || c == t) && matches(rest, after)),
            }
        }
        let folded = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
        let written = regex::Regex::new(&ignoring_case(&like, RegexpSyntax::Rust));
        let written = written.map_err(|error| TestCaseError::fail(format!("{like}: {error}")))?;
        prop_assert_eq!(written.is_match(&text), matches(&folded(&like), &folded(&text)), "{} on {:?}", like, text);
    }

    #[test]
    fn both_ways_to_read_a_query_string_agree(query in prop_oneof![query_text(), any::<String>()], name in select(vec!["a", "b", "filter", ""])) {
        let whole = qs::parse(&query);
        if let Some(short) = qs::plain(&query, name) {
            let whole = whole.map_err(|error| TestCaseError::fail(format!("{query:?}: {error}")))?;
            prop_assert_eq!(whole.get(name).and_then(Json::as_str), short.as_deref(), "{:?}", query);
        }
    }

    #[test]
    fn a_form_of_any_bytes_is_read_or_refused(bytes in vec(any::<u8>(), 0..60)) {
        let _ = qs::parse_form(&bytes);
    }

    #[test]
    fn nested_text_in_brackets_is_read_as_it_was(tree in nested_text()) {
        let mut query = String::new();
        in_brackets(&tree, "", &mut query);
        prop_assert_eq!(qs::parse(&query), Ok(tree), "{}", query);
    }

    #[test]
    fn coercion_never_panics_and_its_answer_stands_for_itself(kind in kind(), json in any_json()) {
        if let Ok(value) = coerce(&kind, json.clone()) {
            let again = coerce(&kind, value.to_json());
            prop_assert_eq!(again, Ok(value), "{} as {:?}", json, kind);
        }
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_database_takes_every_plan(filter in prop_oneof![filter_json(), related_filter()]) {
        SERVED.takes_filter(&filter)?;
    }

    #[test]
    fn what_makes_sense_is_answered(filter in fitting_filter("Thing", 3)) {
        let rows = SERVED.answer(&filter)?;
        let rows = rows.as_array().expect("a list");
        prop_assert!(filter["limit"].as_u64().is_none_or(|limit| rows.len() as u64 <= limit), "{}", filter);
        for include in filter["include"].as_array().into_iter().flatten() {
            let relation = include["relation"].as_str().expect("a name");
            let to_one = matches!(relation, "namer" | "parent" | "maker");
            for row in rows {
                let related = &row[relation];
                prop_assert!(if to_one { related.is_object() || related.is_null() } else { related.is_array() }, "{}", filter);
            }
        }
    }

    #[test]
    fn the_database_takes_every_condition(tree in where_tree(property())) {
        SERVED.takes_condition(&print(&tree))?;
    }

    #[test]
    fn no_request_line_is_a_fault(method in method(), path in path(), query in query(), raw in vec(any::<u8>(), 0..40)) {
        let raw = [b"/api/things/", raw.as_slice()].concat();
        for target in [with_query(&path, &query), target(&raw)].into_iter().flatten() {
            // An id of the shared rows is not to be deleted.
            let method = if method == "DELETE" { "GET" } else { method };
            answered(&SERVED.send(&Request::new(method, &target)), &format!("{method} {target}"))?;
        }
    }

    #[test]
    fn any_text_is_an_id_or_refused(text in text(), model in select(vec!["things", "names", "tokens"]), method in select(vec!["GET", "HEAD", "DELETE"])) {
        // Ids beyond those of the shared rows.
        let text = if model == "things" && text.len() < 3 { format!("{text}000") } else { text };
        for below in ["", "/exists"] {
            let target = format!("/api/{model}/{}{below}", encoded(&text));
            let answer = SERVED.send(&Request::new(method, &target));
            answered(&answer, &format!("{method} {target}"))?;
        }
    }

    #[test]
    fn a_body_of_any_bytes_is_taken_or_refused(
        method in select(vec!["POST", "PUT", "PATCH"]),
        model in select(vec!["things", "names", "tokens"]),
        media in media(),
        body in prop_oneof![vec(any::<u8>(), 0..60), query_text().prop_map(String::into_bytes), "[\\[\\]{}\",:0-9a-z\\\\ ]{0,30}".prop_map(String::into_bytes)],
    ) {
        let target = format!("/api/{model}");
        let mut request = Request::new(method, &target).header("Content-Type", media);
        request.body = Some(body);
        answered(&SERVED.send(&request), &format!("{request:?}"))?;
    }

    #[test]
    fn json_of_any_form_is_taken_or_refused(
        (method, below) in select(vec![
            ("POST", ""), ("PUT", ""), ("PATCH", ""), ("POST", "/replaceOrCreate"), ("POST", "/upsertWithWhere?where=%7B%22id%22%3A-7%7D"),
            ("POST", "/update?where=%7B%22id%22%3A-7%7D"), ("PATCH", "/11"), ("PUT", "/11"), ("POST", "/11/replace"),
        ]),
        model in select(vec!["things", "names", "tokens"]),
        body in prop_oneof![instance(), any_json()],
    ) {
        let target = format!("/api/{model}{below}");
        let answer = SERVED.json(method, &target, &body);
        answered(&answer, &format!("{method} {target} {body}"))?;
    }

    #[test]
    fn a_new_instance_is_read_as_it_was_answered(body in instance()) {
        let created = SERVED.json("POST", "/api/things", &body);
        answered(&created, &format!("POST {body}"))?;
        if created.status == 200 {
            let created = created.json();
            let read = SERVED.send(&Request::new("GET", &format!("/api/things/{}", created["id"])));
            prop_assert_eq!(read.status, 200, "{}", body);
            // As in LoopBack, `create` answers with what was given, and what was not reads as null.
            let Json::Object(read) = read.json() else { return Err(TestCaseError::fail("no object")) };
            for (name, value) in &read {
                prop_assert_eq!(value, created.get(name).unwrap_or(&Json::Null), "{} {}", name, body);
            }
            for name in created.as_object().expect("an object").keys() {
                prop_assert!(read.contains_key(name), "{} {}", name, body);
            }
        }
    }

    #[test]
    fn a_double_comes_back_to_the_last_digit(sent in any::<f64>().prop_filter("JSON has no others", |n| n.is_finite())) {
        let mut request = Request::new("POST", "/api/things").header("Content-Type", "application/json");
        request.body = Some(format!("{{\"number\":{sent:?}}}").into_bytes());
        let created = SERVED.send(&request);
        prop_assert_eq!(created.status, 200, "{}", created);
        let read = SERVED.send(&Request::new("GET", &format!("/api/things/{}", created.json()["id"])));
        for answer in [created, read] {
            // Not read by `serde_json`, whose own reading is what is asked about.
            let text = answer.text();
            let number = text.split("\"number\":").nth(1).and_then(|rest| rest.split([',', '}']).next());
            let number = number.and_then(|number| number.parse::<f64>().ok());
            prop_assert_eq!(number, Some(sent), "{}", text);
        }
    }
}

#[test]
fn skip_counts_rows_and_not_those_they_are_related_to() {
    for condition in [json!({ "children": { "id": { "gt": 0 } } }), json!({ "related": { "id": { "gt": 0 } } })] {
        let ids = |filter: Json| {
            let rows = SERVED.answer(&filter).expect("an answer");
            rows.as_array().expect("a list").iter().map(|row| row["id"].clone()).collect::<Vec<_>>()
        };
        let all = ids(json!({ "where": condition }));
        assert_eq!(ids(json!({ "where": condition, "skip": 1 })), all[1..], "{condition}");
    }
}

/// What the tests above ask SQLite, asked a server, which has to give the same answers; skipped when none is named.
fn takes_every_plan(database: Database) {
    let Some(place) = database.place() else { return };
    let (served, sqlite) = (Served::new(place.builder(MODELS)), Served::new(in_memory()));
    let asked = prop_oneof![
        1 => prop_oneof![filter_json(), related_filter()].prop_map(|filter| (false, filter)),
        1 => where_tree(property()).prop_map(|tree| (false, json!({ "where": print(&tree) }))),
        2 => fitting_filter("Thing", 3).prop_map(|filter| (true, filter)),
    ];
    let outcome = TestRunner::new(cases(300)).run(&asked, |(makes_sense, filter)| {
        if !makes_sense {
            return served.takes_filter(&filter);
        }
        prop_assert_eq!(served.answer(&filter)?, sqlite.answer(&filter)?, "{}", filter);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn postgres_takes_every_plan() {
    takes_every_plan(Database::Postgres);
}

#[test]
fn mysql_takes_every_plan() {
    takes_every_plan(Database::MySql);
}

/// An instance of a thing; most of its properties are of their kinds.
fn instance() -> impl Strategy<Value = Json> {
    let fitting = |name: &'static str| match name {
        "number" => any::<f64>().prop_map(Json::from).boxed(),
        "whole" => any::<i32>().prop_map(Json::from).boxed(),
        "large" => any::<i64>().prop_map(Json::from).boxed(),
        "exact" => "-?[0-9]{1,18}(\\.[0-9]{1,10})?".prop_map(Json::from).boxed(),
        "at" => {
            "[0-9]{4}-0[1-9]-[01][1-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?Z".prop_map(Json::from).boxed()
        }
        "day" => "[0-9]{4}-0[1-9]-[01][1-9]".prop_map(Json::from).boxed(),
        "flag" => any::<bool>().prop_map(Json::from).boxed(),
        "tier" => select(vec!["basic", "gold"]).prop_map(Json::from).boxed(),
        "words" => vec(text(), 0..4).prop_map(Json::from).boxed(),
        "dims" => any::<f64>().prop_map(|width| json!({ "width": width })).boxed(),
        "place" => {
            (-90.0..=90.0, -180.0..=180.0).prop_map(|(lat, lng): (f64, f64)| json!({ "lat": lat, "lng": lng })).boxed()
        }
        "meta" => any_json().boxed(),
        "_maker" => any::<i32>().prop_map(|year| json!({ "street": "b", "year": year })).boxed(),
        "_parts" => vec(text(), 0..3)
            .prop_map(|ids| ids.iter().map(|id| json!({ "id": id, "size": 1 })).collect::<Json>())
            .boxed(),
        "relatedIds" => vec(any::<i64>(), 0..3).prop_map(Json::from).boxed(),
        "parentId" => Just(json!(1)).boxed(),
        "namerId" => Just(json!("gold")).boxed(),
        _ => text().prop_map(Json::from).boxed(),
    };
    let names = vec![
        "text",
        "number",
        "whole",
        "large",
        "exact",
        "at",
        "day",
        "flag",
        "tier",
        "words",
        "dims",
        "place",
        "meta",
        "free",
        "secret",
        "_maker",
        "_parts",
        "relatedIds",
        "parentId",
        "namerId",
    ];
    let pair = select(names).prop_flat_map(move |name| {
        let value = prop_oneof![9 => fitting(name), 1 => scalar()];
        value.prop_map(move |value| (name.to_owned(), value))
    });
    vec(pair, 0..5).prop_map(|pairs| Json::Object(pairs.into_iter().collect()))
}

/// Objects and lists of text, as a query string can write them down: no brackets in keys, no key that is a number, and
/// nothing empty, which has no place in it.
fn nested_text() -> impl Strategy<Value = Json> {
    let key = || "[a-zé .$+%&=#][a-z0-9é .$+%&=#]{0,5}";
    let leaf = "[^\0]{0,8}".prop_map(Json::from);
    let tree = leaf.prop_recursive(4, 20, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 1..5).prop_map(Json::from),
            btree_map(key(), inner, 1..4).prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    });
    btree_map(key(), tree, 0..4).prop_map(|map| Json::Object(map.into_iter().collect()))
}

/// Writes a tree down as `a[b][0]=text`.
fn in_brackets(tree: &Json, path: &str, out: &mut String) {
    match tree {
        Json::Object(map) => {
            for (key, value) in map {
                let key = encoded(key);
                let path = if path.is_empty() { key } else { format!("{path}[{key}]") };
                in_brackets(value, &path, out);
            }
        }
        Json::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                in_brackets(value, &format!("{path}[{at}]"), out);
            }
        }
        text => {
            let text = text.as_str().expect("a tree of text");
            out.push_str(if out.is_empty() { "" } else { "&" });
            out.push_str(&format!("{path}={}", encoded(text)));
        }
    }
}
