//! The schemas of the document: models as they are answered and as they are taken, and what all share.

use super::described;
use crate::graph::{
    Default, Kind, ModelNode, ObjectNode, Polymorphic, PropertyNode, RelationKind, RelationNode, Rule, Validation,
};
use crate::meta::Strict;
use crate::value::Value;
use serde_json::{Map, Value as Json, json};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

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
    /// `include` of a filter.
    Include,
}

/// Whose schema it is.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) model: Arc<ModelNode>,
    /// Whether it stands in the answer of another model, where protected properties are not shown.
    pub(super) included: bool,
}

impl Subject {
    pub(super) fn of(model: &Arc<ModelNode>, included: bool) -> Self {
        let protects = || model.properties.iter().any(|property| property.protected && !property.hidden);
        Self { model: model.clone(), included: included && protects() }
    }

    /// The properties that a client knows.
    pub(super) fn seen(&self) -> impl Iterator<Item = (usize, &PropertyNode)> {
        self.model.named().filter(|(_, property)| !(property.hidden || self.included && property.protected))
    }

    /// The relations that a client may ask for.
    pub(super) fn relations(&self) -> impl Iterator<Item = &RelationNode> {
        self.model.relations.iter().filter(|relation| !relation.disable_include)
    }
}

/// The schemas so far. A name is given when something refers to the schema; the schema is made later, as models lead to
/// each other in circles.
pub(super) struct Schemas {
    /// Whether an instance shows what an include adds.
    related: bool,
    schemas: Map<String, Json>,
    taken: HashSet<String>,
    parts: HashMap<(Box<str>, bool, Part), String>,
    /// What is created where some properties do not come from the client.
    given: HashMap<(Box<str>, Vec<usize>), String>,
    shared: HashMap<&'static str, String>,
    objects: Vec<(ObjectNode, String)>,
    to_make: VecDeque<(String, Subject, Part, Vec<usize>)>,
}

impl Schemas {
    pub(super) fn new(models: &[&Arc<ModelNode>]) -> Self {
        let mut this = Self {
            related: true,
            schemas: Map::new(),
            taken: HashSet::new(),
            parts: HashMap::new(),
            given: HashMap::new(),
            shared: HashMap::new(),
            objects: Vec::new(),
            to_make: VecDeque::new(),
        };
        // Models keep their names; what is made of them gives way.
        for model in models {
            this.part(model, Part::Answer);
        }
        this
    }

    /// Schemas of instances alone, without what an include adds.
    pub(super) fn without_related(models: &[&Arc<ModelNode>]) -> Self {
        Self { related: false, ..Self::new(models) }
    }

    pub(super) fn finish(mut self) -> Json {
        while let Some((name, subject, part, given)) = self.to_make.pop_front() {
            let schema = self.made(&subject, part, &given);
            self.schemas.insert(name, schema);
        }
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
    pub(super) fn part(&mut self, model: &Arc<ModelNode>, part: Part) -> Json {
        self.part_of(Subject::of(model, false), part)
    }

    pub(super) fn part_of(&mut self, subject: Subject, part: Part) -> Json {
        let model = &subject.model;
        // With or without the id: one of the two is what `create` takes.
        let part = match part {
            Part::Replace if !chooses_id(model) => Part::New,
            Part::ReplaceOrCreate if chooses_id(model) => Part::New,
            part => part,
        };
        let key = (model.name.clone(), subject.included, part);
        if let Some(name) = self.parts.get(&key) {
            return reference(name);
        }
        let of = if subject.included { format!("Included{}", model.name) } else { model.name.to_string() };
        let wanted = match part {
            Part::Answer => of,
            Part::New => format!("New{of}"),
            Part::Replace => format!("Replace{of}"),
            Part::ReplaceOrCreate => format!("ReplaceOrCreate{of}"),
            Part::Partial => format!("Partial{of}"),
            Part::Upsert => format!("Upsert{of}"),
            Part::Filter => format!("{of}.Filter"),
            Part::InstanceFilter => format!("{of}.InstanceFilter"),
            Part::Where => format!("{of}.Where"),
            Part::Fields => format!("{of}.Fields"),
            Part::Include => format!("{of}.Include"),
        };
        let name = self.claim(&wanted);
        self.parts.insert(key, name.clone());
        self.to_make.push_back((name.clone(), subject, part, Vec::new()));
        reference(&name)
    }

    /// What is created by a call that gives some properties itself: a foreign key, what a scope fixes.
    pub(super) fn new_with(&mut self, model: &Arc<ModelNode>, mut given: Vec<usize>, by: &str) -> Json {
        given.retain(|at| is_asked_for(model, *at));
        given.sort_unstable();
        given.dedup();
        if given.is_empty() {
            return self.part(model, Part::New);
        }
        let key = (model.name.clone(), given.clone());
        if let Some(name) = self.given.get(&key) {
            return reference(name);
        }
        let name = self.claim(&format!("New{}Of{by}", model.name));
        self.given.insert(key, name.clone());
        self.to_make.push_back((name.clone(), Subject::of(model, false), Part::New, given));
        reference(&name)
    }

    fn made(&mut self, subject: &Subject, part: Part, given: &[usize]) -> Json {
        match part {
            Part::Answer => self.answer(subject),
            Part::New | Part::Replace | Part::ReplaceOrCreate | Part::Partial | Part::Upsert => {
                self.input(&subject.model, part, given)
            }
            Part::Filter => self.filter(subject),
            Part::InstanceFilter => self.instance_filter(subject),
            Part::Where => self.condition(subject),
            Part::Fields => super::filter::fields(subject),
            Part::Include => self.include(subject),
        }
    }

    /// A reference to a schema that all models share.
    pub(super) fn shared(&mut self, wanted: &'static str, make: impl FnOnce() -> Json) -> Json {
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
            Kind::GeoPoint => self.geo_point(),
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

    pub(super) fn geo_point(&mut self) -> Json {
        self.shared("GeoPoint", || {
            json!({
                "type": "object",
                "properties": {
                    "lat": { "type": "number", "minimum": -90, "maximum": 90 },
                    "lng": { "type": "number", "minimum": -180, "maximum": 180 },
                },
                "required": ["lat", "lng"],
            })
        })
    }

    /// An instance as it is answered. A `fields` filter leaves some of it out, those listed as required too; LoopBack's
    /// own document does not say so either, and clients made of it want the types.
    fn answer(&mut self, subject: &Subject) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (at, property) in subject.seen() {
            let schema = self.property(&subject.model, at, Part::Answer);
            let schema = if property.required { schema } else { nullable(schema) };
            properties.insert(property.name.to_string(), described(schema, &meaning(&subject.model, at)));
            if property.required {
                required.push(&*property.name);
            }
        }
        let related = self.related;
        for relation in subject.relations().filter(|_| related) {
            let one = match relation.is_to_any() {
                true => self.any_of(relation, true),
                false => self.part_of(Subject::of(&relation.target(), true), Part::Answer),
            };
            let schema = if relation.is_to_one() { one } else { json!({ "type": "array", "items": one }) };
            let when = format!("With the filter `{{\"include\":\"{}\"}}`", relation.name);
            properties.insert(relation.name.to_string(), described(schema, &joined(&relation.doc, &when)));
        }
        described(object_schema(properties, &required), &subject.model.doc)
    }

    /// One of the models that a polymorphic `belongsTo` leads to.
    pub(super) fn any_of(&mut self, relation: &RelationNode, included: bool) -> Json {
        let targets: Vec<_> = relation
            .any_targets()
            .iter()
            .map(|(target, _)| self.part_of(Subject::of(&target.get(), included), Part::Answer))
            .collect();
        if targets.is_empty() { json!({ "type": "object" }) } else { json!({ "anyOf": targets }) }
    }

    /// The values of a property; what is embedded has the schemas of its model.
    fn property(&mut self, model: &ModelNode, at: usize, part: Part) -> Json {
        let kind = &model.properties[at].kind;
        let embedded = model.relations.iter().find(|relation| relation.is_embedded() && relation.from == at);
        let Some(relation) = embedded.filter(|relation| relation.validate) else { return self.kind(kind) };
        let part = if part == Part::Answer { Part::Answer } else { Part::ReplaceOrCreate };
        let one = self.part(&relation.target(), part);
        if relation.kind == RelationKind::EmbedsOne { one } else { json!({ "type": "array", "items": one }) }
    }

    /// An instance, or some of it, as it is taken: the validations show here.
    fn input(&mut self, model: &ModelNode, part: Part, given: &[usize]) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let partial = matches!(part, Part::Partial | Part::Upsert);
        let has_id = match part {
            Part::New => chooses_id(model),
            Part::Replace | Part::Partial => model.id_less,
            _ => true,
        };
        for (at, property) in model.named().filter(|(at, _)| has_id || *at != model.id) {
            let generated = at == model.id && property.generated;
            let mut schema = self.property(model, at, part);
            apply_rules(&mut schema, property);
            if takes_null(property) && !generated {
                schema = nullable(schema);
            }
            schema = described(schema, &meaning(model, at));
            if property.hidden {
                schema["writeOnly"] = true.into();
            }
            if !partial {
                match &property.default {
                    Default::Literal(value) => schema["default"] = value.to_json(),
                    _ if is_asked_for(model, at) && !given.contains(&at) => required.push(&*property.name),
                    _ => {}
                }
            }
            properties.insert(property.name.to_string(), schema);
        }
        let mut schema = described(object_schema(properties, &required), &model.doc);
        schema["additionalProperties"] = (model.strict == Strict::Free).into();
        schema
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
pub(super) fn nullable(mut schema: Json) -> Json {
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

/// Whether a client gives `create` the id.
pub(super) fn chooses_id(model: &ModelNode) -> bool {
    model.id_less || !(model.force_id && model.id_property().generated)
}

/// Whether a new instance needs a value of a property from whoever creates it.
fn is_asked_for(model: &ModelNode, at: usize) -> bool {
    let property = &model.properties[at];
    let generated = at == model.id && property.generated;
    matches!(property.default, Default::None) && is_required(property) && !generated
}

/// The description of a property, and of a key what it leads to.
fn meaning(model: &ModelNode, at: usize) -> String {
    let leads = |relation: &&RelationNode| match &relation.polymorphic {
        Some(Polymorphic::To { discriminator, .. }) => relation.from == at || *discriminator == at,
        _ => relation.from == at && matches!(relation.kind, RelationKind::BelongsTo | RelationKind::ReferencesMany),
    };
    let own = &model.properties[at].doc;
    let Some(relation) = model.relations.iter().find(leads) else { return own.to_string() };
    if !relation.is_to_any() {
        let target = relation.target();
        let (key, name) = (&target.properties[relation.to].name, &target.name);
        return match relation.kind {
            RelationKind::ReferencesMany => {
                joined(own, &format!("Each is the `{key}` of a {name} (`{}`)", relation.name))
            }
            _ => joined(own, &format!("The `{key}` of a {name} (`{}`)", relation.name)),
        };
    }
    let targets = relation.any_targets().iter().map(|(target, to)| (target.get(), *to));
    let names: Vec<_> = targets
        .map(|(target, to)| match relation.from == at {
            true => format!("{}.{}", target.name, target.properties[to].name),
            false => target.name.to_string(),
        })
        .collect();
    let what = if relation.from == at { "The key of" } else { "The model of" };
    joined(own, &format!("{what} what `{}` leads to, one of {}", relation.name, names.join(", ")))
}

/// A description and what follows it, as two paragraphs.
fn joined(doc: &str, more: &str) -> String {
    if doc.is_empty() { more.to_owned() } else { format!("{doc}\n\n{more}") }
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
