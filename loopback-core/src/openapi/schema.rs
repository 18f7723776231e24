//! The schemas of the document: models as they are answered and as they are taken, filters, and what all share.

use super::described;
use crate::filter::Operator;
use crate::graph::{Default, Kind, ModelNode, ObjectNode, PropertyNode, Rule, Validation};
use crate::meta::Strict;
use crate::value::Value;
use serde_json::{Map, Value as Json, json};
use std::collections::{HashMap, HashSet};

/// A schema that each model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// An instance in an answer.
    Answer,
    /// What `create` takes.
    New,
    /// What `replaceById` takes: all but the id, which stands in the path.
    Replace,
    /// What `replaceOrCreate` takes: the id, too.
    ReplaceOrCreate,
    /// Some properties, but not the id.
    Partial,
    /// Some properties, perhaps with the id.
    Upsert,
    /// `filter` of many instances.
    Filter,
    /// `filter` of one.
    InstanceFilter,
    /// `where`
    Where,
    /// `fields` of a filter.
    Fields,
}

/// The schemas so far. A schema is made when something refers to it.
pub(super) struct Schemas {
    schemas: Map<String, Json>,
    taken: HashSet<String>,
    parts: HashMap<(Box<str>, Part), String>,
    shared: HashMap<&'static str, String>,
    objects: Vec<(ObjectNode, String)>,
}

impl Schemas {
    pub(super) fn new(models: &[&ModelNode]) -> Self {
        let mut this = Self {
            schemas: Map::new(),
            taken: HashSet::new(),
            parts: HashMap::new(),
            shared: HashMap::new(),
            objects: Vec::new(),
        };
        // Models keep their names; what is made of them gives way.
        for model in models {
            let name = this.claim(&model.name);
            this.parts.insert((model.name.clone(), Part::Answer), name);
        }
        for model in models {
            let schema = this.answer(model);
            let name = this.parts[&(model.name.clone(), Part::Answer)].clone();
            this.schemas.insert(name, schema);
        }
        this
    }

    pub(super) fn finish(self) -> Json {
        self.schemas.into()
    }

    /// A name that no schema has yet, of the letters that names of components may have.
    fn claim(&mut self, wanted: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
        let wanted: String = wanted.chars().map(plain).collect();
        let mut name = wanted.clone();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        name
    }

    /// A reference to a schema of a model.
    pub(super) fn part(&mut self, model: &ModelNode, part: Part) -> Json {
        // With or without the id: one of the two is what `create` takes.
        let part = match part {
            Part::Replace if !new_has_id(model) => Part::New,
            Part::ReplaceOrCreate if new_has_id(model) => Part::New,
            part => part,
        };
        let key = (model.name.clone(), part);
        if let Some(name) = self.parts.get(&key) {
            return reference(name);
        }
        let wanted = match part {
            Part::Answer => model.name.to_string(),
            Part::New => format!("New{}", model.name),
            Part::Replace => format!("Replace{}", model.name),
            Part::ReplaceOrCreate => format!("ReplaceOrCreate{}", model.name),
            Part::Partial => format!("Partial{}", model.name),
            Part::Upsert => format!("Upsert{}", model.name),
            Part::Filter => format!("{}.Filter", model.name),
            Part::InstanceFilter => format!("{}.InstanceFilter", model.name),
            Part::Where => format!("{}.Where", model.name),
            Part::Fields => format!("{}.Fields", model.name),
        };
        let name = self.claim(&wanted);
        self.parts.insert(key, name.clone());
        let schema = match part {
            Part::Answer => self.answer(model),
            Part::New | Part::Replace | Part::ReplaceOrCreate | Part::Partial | Part::Upsert => self.input(model, part),
            Part::Filter => self.filter(model),
            Part::InstanceFilter => {
                let mut properties = Map::new();
                properties.insert("fields".into(), self.part(model, Part::Fields));
                properties.extend(include(model));
                json!({ "type": "object", "properties": properties, "additionalProperties": false })
            }
            Part::Where => self.condition(model),
            Part::Fields => fields(model),
        };
        self.schemas.insert(name.clone(), schema);
        reference(&name)
    }

    /// A reference to a schema that all models share.
    fn shared(&mut self, wanted: &'static str, make: impl FnOnce() -> Json) -> Json {
        if let Some(name) = self.shared.get(wanted) {
            return reference(name);
        }
        let name = self.claim(wanted);
        self.shared.insert(wanted, name.clone());
        self.schemas.insert(name.clone(), make());
        reference(&name)
    }

    pub(super) fn count(&mut self) -> Json {
        self.shared("Count", || {
            json!({
                "type": "object",
                "properties": { "count": { "type": "integer", "minimum": 0 } },
                "required": ["count"],
            })
        })
    }

    pub(super) fn exists(&mut self) -> Json {
        self.shared(
            "Exists",
            || json!({ "type": "object", "properties": { "exists": { "type": "boolean" } }, "required": ["exists"] }),
        )
    }

    /// LoopBack's error body.
    pub(super) fn error(&mut self) -> Json {
        self.shared("Error", || {
            json!({
                "type": "object",
                "properties": {
                    "error": {
                        "type": "object",
                        "properties": {
                            "statusCode": { "type": "integer", "minimum": 400, "maximum": 599 },
                            "name": { "type": "string", "description": "`Error`, `ValidationError`, ..." },
                            "message": { "type": "string" },
                            "code": { "type": "string", "description": "`MODEL_NOT_FOUND`, ..." },
                            "details": {
                                "description": "Of a validation error: `codes` and `messages` by property",
                            },
                        },
                        "required": ["statusCode", "message"],
                    },
                },
                "required": ["error"],
            })
        })
    }

    /// The schema of a kind of values.
    pub(super) fn kind(&mut self, kind: &Kind) -> Json {
        match kind {
            Kind::String => json!({ "type": "string" }),
            Kind::Integer { min, max } => integer(*min, *max),
            Kind::Number => json!({ "type": "number", "format": "double" }),
            Kind::Boolean => json!({ "type": "boolean" }),
            Kind::DateTime => json!({ "type": "string", "format": "date-time" }),
            Kind::Date => json!({ "type": "string", "format": "date" }),
            Kind::Decimal { .. } => json!({ "type": "string", "format": "decimal" }),
            Kind::Uuid => json!({ "type": "string", "format": "uuid" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::GeoPoint => self.shared("GeoPoint", || {
                json!({
                    "type": "object",
                    "properties": {
                        "lat": { "type": "number", "minimum": -90, "maximum": 90 },
                        "lng": { "type": "number", "minimum": -180, "maximum": 180 },
                    },
                    "required": ["lat", "lng"],
                })
            }),
            Kind::Enum(words) => json!({ "type": "string", "enum": words }),
            Kind::Array(item) => json!({ "type": "array", "items": self.kind(item) }),
            Kind::Object(object) => self.object(object),
            Kind::Any => json!({}),
        }
    }

    fn object(&mut self, object: &ObjectNode) -> Json {
        // Two structs of one name in two modules are two schemas.
        if let Some((_, name)) = self.objects.iter().find(|(known, _)| known == object) {
            return reference(name);
        }
        let name = self.claim(&object.name);
        self.objects.push((object.clone(), name.clone()));
        let mut properties = Map::new();
        for field in &object.fields {
            let schema = self.kind(&field.kind);
            let schema = if field.required { schema } else { nullable(schema) };
            properties.insert(field.name.to_string(), described(schema, &field.doc));
        }
        let required: Vec<_> = object.fields.iter().filter(|f| f.required).map(|f| &*f.name).collect();
        self.schemas.insert(name.clone(), object_schema(properties, &required));
        reference(&name)
    }

    /// An instance as it is answered. A `fields` filter leaves some of it out, those listed as required too; LoopBack's
    /// own document does not say so either, and clients made of it want the types.
    fn answer(&mut self, model: &ModelNode) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (_, property) in model.named().filter(|(_, property)| !property.hidden) {
            let schema = self.kind(&property.kind);
            let schema = if property.required { schema } else { nullable(schema) };
            properties.insert(property.name.to_string(), described(schema, &property.doc));
            if property.required {
                required.push(&*property.name);
            }
        }
        described(object_schema(properties, &required), &model.doc)
    }

    /// An instance, or some of it, as it is taken: the validations show here.
    fn input(&mut self, model: &ModelNode, part: Part) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let partial = matches!(part, Part::Partial | Part::Upsert);
        let has_id = match part {
            Part::New => new_has_id(model),
            Part::Replace | Part::Partial => false,
            _ => true,
        };
        for (at, property) in model.named().filter(|(at, _)| has_id || *at != model.id) {
            let generated = at == model.id && property.generated;
            let mut schema = self.kind(&property.kind);
            apply_rules(&mut schema, property);
            if takes_null(property) && !generated {
                schema = nullable(schema);
            }
            schema = described(schema, &property.doc);
            if property.hidden {
                schema["writeOnly"] = true.into();
            }
            if !partial {
                match &property.default {
                    Default::Literal(value) => schema["default"] = value.to_json(),
                    Default::None if is_required(property) && !generated => required.push(&*property.name),
                    _ => {}
                }
            }
            properties.insert(property.name.to_string(), schema);
        }
        let mut schema = described(object_schema(properties, &required), &model.doc);
        schema["additionalProperties"] = (model.strict == Strict::Free).into();
        schema
    }

    fn filter(&mut self, model: &ModelNode) -> Json {
        let order = json!({ "type": "string", "description": "`property`, `property ASC` or `property DESC`" });
        let skip = json!({ "type": "integer", "minimum": 0 });
        let mut limit = json!({ "type": "integer", "minimum": 1 });
        if let Some(max) = model.max_limit {
            limit["maximum"] = max.into();
        }
        let mut filter = json!({
            "type": "object",
            "properties": {
                "where": self.part(model, Part::Where),
                "order": { "anyOf": [order, { "type": "array", "items": order }] },
                "limit": limit,
                "skip": skip,
                "offset": described(skip.clone(), "The same as `skip`"),
                "fields": self.part(model, Part::Fields),
            },
            "additionalProperties": false,
        });
        if let Some((name, schema)) = include(model) {
            filter["properties"][name] = schema;
        }
        filter
    }

    /// `where`. Paths into objects, relations and, with `strict = false`, any name are allowed beside the properties.
    fn condition(&mut self, model: &ModelNode) -> Json {
        let all = json!({ "type": "array", "items": self.part(model, Part::Where) });
        let mut properties = Map::new();
        for (_, property) in model.named().filter(|(_, property)| !property.hidden) {
            properties.insert(property.name.to_string(), self.comparison(&property.kind));
        }
        for name in ["and", "or", "nor"] {
            properties.insert(name.into(), all.clone());
        }
        json!({ "type": "object", "properties": properties })
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
            Kind::Bytes | Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => return json!({}),
        };
        self.shared(name, || {
            let value_or_null = nullable(value.clone());
            let text_only = |operator: &Operator| {
                use Operator::{Ilike, Like, Nilike, Nlike, Regexp};
                matches!(operator, Like | Nlike | Ilike | Nilike | Regexp)
            };
            let operators: Map<_, _> = Operator::names()
                .filter_map(|name| Some((name, Operator::of_name(name)?)))
                .filter(|(_, operator)| kind.is_text() || !text_only(operator))
                .map(|(name, operator)| (name.to_owned(), operand(operator, &value, &value_or_null)))
                .collect();
            let operators = json!({
                "type": "object", "properties": operators, "additionalProperties": false, "minProperties": 1,
            });
            json!({ "anyOf": [value_or_null, operators] })
        })
    }
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn object_schema(properties: Map<String, Json>, required: &[&str]) -> Json {
    let mut schema = json!({ "type": "object" });
    schema["properties"] = properties.into();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// The schema, and `null`.
fn nullable(mut schema: Json) -> Json {
    let Some(object) = schema.as_object_mut() else { return schema };
    if object.is_empty() {
        return schema;
    }
    let Some(one) = object.get_mut("type") else {
        return json!({ "anyOf": [schema, { "type": "null" }] });
    };
    *one = json!([one, "null"]);
    if let Some(Json::Array(list)) = object.get_mut("enum") {
        list.push(Json::Null);
    }
    schema
}

fn integer(min: i64, max: i64) -> Json {
    let small = (i64::from(i32::MIN), i64::from(i32::MAX));
    let (format, bounds) =
        if min >= small.0 && max <= small.1 { ("int32", small) } else { ("int64", (i64::MIN, i64::MAX)) };
    let mut schema = json!({ "type": "integer", "format": format });
    // The bounds of the format itself say nothing new, and JavaScript cannot hold those of 64 bits.
    if min != bounds.0 {
        schema["minimum"] = min.into();
    }
    if max != bounds.1 {
        schema["maximum"] = max.into();
    }
    schema
}

/// What an operator compares with.
fn operand(operator: Operator, value: &Json, value_or_null: &Json) -> Json {
    match operator {
        Operator::Eq | Operator::Neq => value_or_null.clone(),
        Operator::Inq | Operator::Nin => json!({ "type": "array", "items": value_or_null }),
        Operator::Between => json!({ "type": "array", "items": value, "minItems": 2, "maxItems": 2 }),
        Operator::Like | Operator::Nlike => described(value.clone(), "`%` stands for any text, `_` for any character"),
        _ => value.clone(),
    }
}

/// `include` of a filter: the names of relations, in lists, with a scope, in each other. None without relations.
fn include(model: &ModelNode) -> Option<(String, Json)> {
    let relations = model.relations.iter().filter(|relation| !relation.disable_include);
    let names: Vec<_> = relations.map(|relation| &relation.name).collect();
    if names.is_empty() {
        return None;
    }
    let one = json!({ "type": "string", "enum": names });
    let object = described(
        json!({ "type": "object" }),
        "`{\"relation\": name, \"scope\": filter}`, or a relation with an `include` of its rows: `{name: include}`",
    );
    let list = json!({ "type": "array", "items": { "anyOf": [one, object] } });
    Some(("include".to_owned(), described(json!({ "anyOf": [one, object, list] }), "Related rows to read along")))
}

fn fields(model: &ModelNode) -> Json {
    let names: Vec<_> = model.named().filter(|(_, p)| !p.hidden).map(|(_, p)| &p.name).collect();
    let (name, flags) = if model.strict == Strict::Free {
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

/// Whether a client gives `create` the id.
fn new_has_id(model: &ModelNode) -> bool {
    !(model.force_id && model.id_property().generated)
}

/// The validations that are always asked.
fn rules(property: &PropertyNode) -> impl Iterator<Item = &Validation> {
    property.validations.iter().filter(|v| v.when.is_none() && v.unless.is_none())
}

fn is_required(property: &PropertyNode) -> bool {
    property.required || rules(property).any(|v| matches!(v.rule, Rule::Presence))
}

fn takes_null(property: &PropertyNode) -> bool {
    let refuses = |v: &Validation| {
        let asks =
            !matches!(v.rule, Rule::Absence | Rule::Uniqueness { .. } | Rule::Custom { .. } | Rule::CustomAsync { .. });
        asks && !v.allow_null
    };
    !is_required(property) && !rules(property).any(refuses)
}

/// What the validations of a property are in JSON Schema, of those that say the same there.
fn apply_rules(schema: &mut Json, property: &PropertyNode) {
    let (least, most) = match property.kind {
        Kind::Array(_) => ("minItems", "maxItems"),
        _ => ("minLength", "maxLength"),
    };
    let sized = matches!(property.kind, Kind::String | Kind::Array(_));
    for validation in rules(property) {
        // `""` passes, whatever the rule says.
        let blank = validation.allow_blank && property.kind == Kind::String;
        match &validation.rule {
            Rule::Presence if sized && !blank => raise(schema, least, 1.0),
            Rule::Length { min, max, is } if sized => {
                if let Some(n) = min.or(*is).filter(|n| *n > 0 && !blank) {
                    raise(schema, least, n as f64);
                }
                if let Some(n) = max.or(*is) {
                    lower(schema, most, n as f64);
                }
            }
            Rule::Range { min, max } if matches!(property.kind, Kind::Integer { .. } | Kind::Number) => {
                if let Some(n) = min {
                    raise(schema, "minimum", *n);
                }
                if let Some(n) = max {
                    lower(schema, "maximum", *n);
                }
            }
            Rule::Numericality { int: true } if property.kind == Kind::Number => schema["multipleOf"] = 1.into(),
            Rule::Inclusion(values) if is_scalar(&property.kind) => {
                schema["enum"] = listed(values.iter().chain(blank.then_some(&Value::Text(String::new()))));
            }
            Rule::Exclusion(values) if is_scalar(&property.kind) => {
                schema["not"] = json!({ "enum": listed(values.iter()) });
            }
            Rule::Format(regex) if property.kind == Kind::String && is_ecma(regex.as_str()) => {
                schema["pattern"] = if blank { format!("^$|{regex}").into() } else { regex.as_str().into() };
            }
            _ => {}
        }
    }
}

fn is_scalar(kind: &Kind) -> bool {
    kind.is_text() || matches!(kind, Kind::Integer { .. } | Kind::Number | Kind::Boolean)
}

fn listed<'v>(values: impl Iterator<Item = &'v Value>) -> Json {
    values.map(Value::to_json).collect()
}

/// Sets a lower bound, unless there is a higher one.
fn raise(schema: &mut Json, key: &str, bound: f64) {
    if schema[key].as_f64().is_none_or(|old| old < bound) {
        schema[key] = Value::Float(bound).to_json();
    }
}

/// Sets an upper bound, unless there is a lower one.
fn lower(schema: &mut Json, key: &str, bound: f64) {
    if schema[key].as_f64().is_none_or(|old| old > bound) {
        schema[key] = Value::Float(bound).to_json();
    }
}

/// Whether a regular expression of Rust means the same in JavaScript: no flags, no named groups, no classes and
/// anchors that are Rust's own.
pub(super) fn is_ecma(pattern: &str) -> bool {
    let mut rest = pattern;
    let mut class = false;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => match rest.chars().next() {
                Some(escaped) if escaped.is_ascii_alphabetic() && !"bBdDnrstSvwWf".contains(escaped) => return false,
                Some(escaped) => rest = &rest[escaped.len_utf8()..],
                None => return false,
            },
            '(' if !class && rest.starts_with('?') && !rest.starts_with("?:") => return false,
            // Nested and named classes, and `&&`, `--`, `~~` between classes.
            '[' if class || rest.starts_with(']') || rest.starts_with("^]") => return false,
            '&' | '-' | '~' if class && rest.starts_with(c) => return false,
            '[' => class = true,
            ']' => class = false,
            _ => {}
        }
    }
    true
}
