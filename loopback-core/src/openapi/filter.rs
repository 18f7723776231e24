//! The schemas of filters: conditions, fields, relations to answer with.

use super::described;
use super::schema::{Part, Schemas, Subject, nullable};
use crate::filter::Operator;
use crate::graph::{Kind, RelationKind, RelationNode};
use crate::meta::Strict;
use crate::value::Unit;
use serde_json::{Map, Value as Json, json};

/// What `where` says of everything.
const CONDITION: &str = "Conditions that all hold. A name may be a path: `address.city` into JSON, `customer.name` over a \
                         relation. Several operators on one property all hold.";
const INCLUDE: &str = "Related instances to answer with: the name of a relation, several names, `{\"relation\": .., \"scope\": {..}}` \
                       with a filter of the related instances, or `{\"relation\": ..}` with relations of theirs. A `limit` in a \
                       scope counts for each instance that they are related to.";

impl Schemas {
    pub(super) fn filter(&mut self, subject: &Subject) -> Json {
        let order = json!({ "type": "string", "description": "`property`, `property ASC` or `property DESC`" });
        let skip = json!({ "type": "integer", "minimum": 0 });
        let mut limit = json!({ "type": "integer", "minimum": 1 });
        if let Some(most) = subject.model.max_limit {
            limit["maximum"] = most.into();
        }
        let mut schema = json!({
            "type": "object",
            "properties": {
                "where": self.part_of(subject.clone(), Part::Where),
                "order": { "anyOf": [order, { "type": "array", "items": order }] },
                "limit": limit,
                "skip": skip,
                "offset": described(skip.clone(), "The same as `skip`"),
                "fields": self.part_of(subject.clone(), Part::Fields),
            },
            "additionalProperties": false,
        });
        self.with_include(&mut schema, subject);
        schema
    }

    pub(super) fn instance_filter(&mut self, subject: &Subject) -> Json {
        let mut schema = json!({
            "type": "object",
            "properties": { "fields": self.part_of(subject.clone(), Part::Fields) },
            "additionalProperties": false,
        });
        self.with_include(&mut schema, subject);
        schema
    }

    fn with_include(&mut self, filter: &mut Json, subject: &Subject) {
        if subject.relations().next().is_some() {
            filter["properties"]["include"] = self.part_of(subject.clone(), Part::Include);
        }
    }

    /// `include`, of a model that has relations.
    pub(super) fn include(&mut self, subject: &Subject) -> Json {
        let names: Vec<_> = subject.relations().map(|relation| &relation.name).collect();
        let own = self.part_of(subject.clone(), Part::Include);
        let mut nested = Map::new();
        let mut ways = vec![json!({ "type": "string", "enum": names }), json!({ "type": "array", "items": own })];
        for relation in subject.relations() {
            let plain = json!({ "const": true });
            let target = (!relation.is_to_any()).then(|| Subject::of(&relation.target(), true));
            let inner = match &target {
                Some(target) if target.relations().next().is_some() => {
                    json!({ "anyOf": [plain, self.part_of(target.clone(), Part::Include)] })
                }
                _ => plain,
            };
            nested.insert(relation.name.to_string(), inner);
            let mut properties = json!({ "relation": { "const": relation.name } });
            // What differs from model to model cannot be asked for where each row may lead to another.
            if let Some(target) = target {
                properties["scope"] = self.part_of(target, Part::Filter);
            }
            ways.push(json!({
                "type": "object", "properties": properties, "required": ["relation"], "additionalProperties": false,
            }));
        }
        ways.push(json!({ "type": "object", "properties": nested, "additionalProperties": false }));
        json!({ "anyOf": ways, "description": INCLUDE })
    }

    /// `where`. Paths into objects and, with `strict = false`, any name are allowed beside the properties.
    pub(super) fn condition(&mut self, subject: &Subject) -> Json {
        let list = json!({ "type": "array", "items": self.part_of(subject.clone(), Part::Where) });
        let mut properties = Map::new();
        for (_, property) in subject.seen() {
            properties.insert(property.name.to_string(), self.comparison(&property.kind));
        }
        for relation in subject.relations() {
            properties.insert(relation.name.to_string(), self.related(relation));
        }
        for (word, doc) in [("and", "All of them hold"), ("or", "One of them holds"), ("nor", "None of them holds")] {
            properties.insert(word.into(), described(list.clone(), doc));
        }
        json!({ "type": "object", "properties": properties, "description": CONDITION })
    }

    /// A condition on related rows, or whether there are any.
    fn related(&mut self, relation: &RelationNode) -> Json {
        if relation.is_to_any() || relation.kind == RelationKind::EmbedsMany {
            return self.presence();
        }
        let target = Subject::of(&relation.target(), true);
        let description =
            "What one of the related instances is like; `null`: there is none; `{\"neq\": null}`: there is one";
        let condition = self.part_of(target, Part::Where);
        described(json!({ "anyOf": [condition, { "type": "null" }] }), description)
    }

    /// The comparison of what can be there or not, and nothing else.
    fn presence(&mut self) -> Json {
        self.shared("Where.Presence", || {
            let nothing = json!({ "type": "null" });
            json!({ "anyOf": [nothing, operators([("eq", nothing.clone()), ("neq", nothing.clone())])] })
        })
    }

    /// What a property is compared with: a value, or operators.
    fn comparison(&mut self, kind: &Kind) -> Json {
        let (name, value) = match kind {
            Kind::String | Kind::Enum(_) => ("Where.String", json!({ "type": "string" })),
            Kind::Integer { .. } => ("Where.Integer", json!({ "type": "integer" })),
            Kind::Number => ("Where.Number", json!({ "type": "number" })),
            Kind::Boolean => ("Where.Boolean", json!({ "type": "boolean" })),
            Kind::DateTime => ("Where.DateTime", json!({ "type": "string", "format": "date-time" })),
            Kind::Date => ("Where.Date", json!({ "type": "string", "format": "date" })),
            Kind::Decimal { .. } => ("Where.Decimal", json!({ "type": "string", "format": "decimal" })),
            Kind::Uuid => ("Where.Uuid", json!({ "type": "string", "format": "uuid" })),
            Kind::Bytes => ("Where.Bytes", json!({ "type": "string", "contentEncoding": "base64" })),
            Kind::GeoPoint => return self.near(),
            Kind::Array(_) | Kind::Object(_) | Kind::Any => return self.presence(),
        };
        self.shared(name, || {
            let value_or_null = nullable(value.clone());
            let known = Operator::names().filter_map(|name| Some((name, Operator::of_name(name)?)));
            let allowed = known.filter(|(_, operator)| takes(kind, *operator));
            let operators =
                operators(allowed.map(|(name, operator)| (name, operand(operator, &value, &value_or_null))));
            json!({ "anyOf": [value_or_null, operators] })
        })
    }

    /// `near`, the operator of geo points.
    fn near(&mut self) -> Json {
        let point = self.geo_point();
        self.shared("Where.GeoPoint", || {
            let nothing = json!({ "type": "null" });
            let number = json!({ "type": "number" });
            let pair = json!({ "type": "array", "items": number, "minItems": 2, "maxItems": 2 });
            let text = json!({ "type": "string", "description": "`lat,lng`" });
            let distance = json!({ "type": "number", "minimum": 0 });
            let units: Vec<_> = Unit::ALL.iter().map(|unit| unit.name()).collect();
            let mut near = operators([
                ("near", described(json!({ "anyOf": [point, text, pair] }), "The nearest come first")),
                ("minDistance", distance.clone()),
                ("maxDistance", distance),
                ("unit", json!({ "type": "string", "enum": units, "default": Unit::default().name() })),
            ]);
            near["required"] = json!(["near"]);
            let there = operators([("eq", nothing.clone()), ("neq", nothing.clone())]);
            json!({ "anyOf": [nothing, there, near] })
        })
    }
}

fn operators<'n>(list: impl IntoIterator<Item = (&'n str, Json)>) -> Json {
    let properties: Map<_, _> = list.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1 })
}

/// Whether values of a kind can be compared so.
fn takes(kind: &Kind, operator: Operator) -> bool {
    use Operator as O;
    match operator {
        O::Eq | O::Neq | O::Inq | O::Nin => true,
        O::Gt | O::Gte | O::Lt | O::Lte | O::Between => !matches!(kind, Kind::Boolean | Kind::Bytes),
        O::Like | O::Nlike | O::Ilike | O::Nilike | O::Regexp => kind.is_text(),
    }
}

/// What an operator compares with.
fn operand(operator: Operator, value: &Json, value_or_null: &Json) -> Json {
    let pattern = |doc: &str| described(value.clone(), doc);
    match operator {
        Operator::Eq | Operator::Neq => value_or_null.clone(),
        Operator::Inq | Operator::Nin => json!({ "type": "array", "items": value_or_null }),
        Operator::Between => json!({ "type": "array", "items": value, "minItems": 2, "maxItems": 2 }),
        Operator::Like | Operator::Nlike => pattern("`%` stands for any text, `_` for any character"),
        Operator::Ilike | Operator::Nilike => pattern("As `like`, without regard to case"),
        Operator::Regexp => pattern("A regular expression: `^Bean`, or with flags `/^bean/i`"),
        _ => value.clone(),
    }
}

/// `fields`
pub(super) fn fields(subject: &Subject) -> Json {
    let names: Vec<_> = subject.seen().map(|(_, property)| &property.name).collect();
    let (name, flags) = if subject.model.strict == Strict::Free {
        (json!({ "type": "string" }), json!({ "type": "object", "additionalProperties": { "type": "boolean" } }))
    } else {
        let flags: Map<_, _> = names.iter().map(|name| (name.to_string(), json!({ "type": "boolean" }))).collect();
        (
            json!({ "type": "string", "enum": names }),
            json!({ "type": "object", "properties": flags, "additionalProperties": false }),
        )
    };
    json!({ "anyOf": [{ "type": "array", "items": name }, flags, name] })
}
