//! Properties of a definition.

use super::kind::{INTEGER, Models, kind, type_of};
use super::outline::Outline;
use super::relation::Key;
use super::{Reader, intern, shown};
use crate::graph::{Fault, Kind, snake_case};
use crate::meta::{DefaultDef, KindDef, Literal, PropertyDef, RelationDef};
use crate::suggest::did_you_mean;
use serde_json::{Map, Value as Json};

/// Databases as LoopBack's connectors are called; the first that a property or a model has settings for counts.
pub(super) const CONNECTORS: [&str; 6] = ["postgresql", "mysql", "sqlite3", "mssql", "oracle", "memory"];

/// The connector whose settings count: the first that there are settings for, so that the same properties have the same columns
/// on every database.
pub(super) fn connector(map: &Map<String, Json>) -> Option<&'static str> {
    CONNECTORS.into_iter().find(|name| map.get(*name).is_some_and(|options| !options.is_null()))
}

const PLAIN: PropertyDef = PropertyDef { required: false, ..PropertyDef::of::<Option<String>>("", "", "") };

/// Adds a model's own properties to those of its base: the id, those of the definition, and the keys of relations.
pub(super) fn own(
    outline: &Outline<'_>,
    keys: &[Key],
    models: &Models<'_, '_>,
    properties: &mut Vec<PropertyDef>,
    faults: &mut Vec<Fault>,
) {
    let reader = outline.reader();
    let of_base = properties.len();
    let has_id = properties.iter().any(|p| p.id) || outline.properties().any(|(name, json)| outline.is_id(name, json));
    let injected = reader.flag("idInjection", faults).unwrap_or(true) && !outline.transient;
    if !has_id && injected {
        properties.push(PropertyDef { id: true, required: true, generated: true, kind: INTEGER, ..named("id") });
    }
    for (name, json) in outline.properties() {
        // Two properties that stand together are made together.
        if keys.iter().any(|key| key.is_pair() && key.names().any(|of| of == name)) {
            continue;
        }
        let reader = Reader { path: format!("{}.properties.{name}", outline.name), ..outline.reader() };
        let base = properties[..of_base].iter().find(|of| of.name == name).copied();
        let mut property = property(outline, name, json, base, &reader, models, faults);
        if let Some(key) = keys.iter().find(|key| !key.is_pair() && key.name == name) {
            // `false` says that another index serves.
            property.index = json.get("index") != Some(&Json::Bool(false));
            if !key.kind_given(&property.kind) {
                // The key of a number's id is a whole number, as the id is.
                if property.kind != KindDef::Number {
                    let (own, id) = (Kind::from(&property.kind).describe(), Kind::from(&key.kind).describe());
                    reader.fault(faults, "type", &format!("is {own}, and what the relation refers to is {id}"));
                }
                property.kind = key.kind;
            }
        }
        match properties[..of_base].iter_mut().find(|of| of.name == name) {
            Some(known) => *known = property,
            None => properties.push(property),
        }
    }
    // A key that the base has as a number is a whole one here as well.
    for key in keys.iter().filter(|key| !key.is_pair() && !matches!(key.kind, KindDef::Array(_))) {
        if let Some(property) = properties[..of_base].iter_mut().find(|property| property.name == key.name)
            && property.kind == KindDef::Number
        {
            property.kind = key.kind;
        }
    }
    for key in keys {
        if key.is_pair() {
            let kind = key.kind;
            let names: Vec<&str> = key.names().collect();
            properties.push(PropertyDef { kind, ..named(names[0]) });
            properties.push(PropertyDef { kind: KindDef::String, ..named(names[1]) });
        } else if !properties.iter().any(|property| property.name == key.name) {
            let default = match key.kind {
                KindDef::Array(_) => DefaultDef::Json("[]"),
                _ => DefaultDef::None,
            };
            let index = key.index;
            properties.push(PropertyDef { kind: key.kind, index, default, ..named(&key.name) });
        }
    }
}

fn named(name: &str) -> PropertyDef {
    let column = snake_case(name);
    PropertyDef { name: intern::text(name), field: intern::text(name), column: intern::text(&column), line: 0, ..PLAIN }
}

fn property(
    outline: &Outline<'_>,
    name: &str,
    json: &Json,
    base: Option<PropertyDef>,
    reader: &Reader<'_>,
    models: &Models<'_, '_>,
    faults: &mut Vec<Fault>,
) -> PropertyDef {
    // What the base has is said anew; what it hides and asks for holds on.
    let mut property = base.unwrap_or_else(|| named(name));
    if name.is_empty() || name.contains('.') || name.starts_with('$') {
        reader.fault(faults, "", "a property's name is not empty, has no `.` and does not begin with `$`");
    }
    match kind(type_of(json), models, &[]) {
        Ok(kind) => {
            // A check of values is for those of the base's kind.
            if kind != property.kind {
                (property.accepts, property.sql) = (None, PLAIN.sql);
                property.default = DefaultDef::None;
            }
            property.kind = kind;
        }
        Err(why) => reader.fault(faults, "type", &why),
    }
    let Some(map) = json.as_object().filter(|map| map.contains_key("type")) else { return property };
    let reader = Reader { location: reader.location, path: reader.path.clone(), map };
    reader.only(
        &[
            "type",
            "id",
            "required",
            "default",
            "defaultFn",
            "generated",
            "description",
            "doc",
            "index",
            "length",
            "precision",
            "scale",
            "hidden",
            "protected",
            "postgresql",
            "mysql",
            "sqlite3",
            "mongodb",
            "mssql",
            "oracle",
            "memory",
            "limit",
            "useDefaultIdType",
            "unique",
            "foreignKey",
            "root",
            "http",
        ],
        faults,
    );
    property.id |= outline.is_id(name, json);
    if let Some(doc) = described(&reader) {
        property.doc = intern::text(&doc);
    }
    let usual = base.map_or(property.id && !outline.transient, |base| base.required);
    property.required = reader.flag("required", faults).unwrap_or(usual);
    property.hidden |= reader.flag("hidden", faults).unwrap_or(false);
    property.protected |= reader.flag("protected", faults).unwrap_or(false);
    property.generated |= property.id && json["generated"] == true;
    if property.id && property.kind == KindDef::Number {
        property.kind = INTEGER;
    }
    property.index = match reader.get("index") {
        None => property.index,
        Some(Json::Bool(false)) => false,
        Some(Json::Bool(true) | Json::Object(_) | Json::String(_)) => true,
        Some(other) => {
            reader.wrong(faults, "index", "`true` or an object", other);
            false
        }
    };
    if reader.get("default").or(reader.get("defaultFn")).is_some() {
        property.default = default(&reader, faults);
    }
    // An id of text that nobody gives is made, and so are those by which what stands in a list is told apart.
    let unset = matches!(property.default, DefaultDef::None);
    if property.id
        && unset
        && property.kind == KindDef::String
        && (property.generated || outline.is_listed(models.outlines))
    {
        property.default = DefaultDef::Uuid;
    }
    columns(&reader, &mut property, faults);
    property
}

/// A description: a text, or a list of lines.
fn described(reader: &Reader<'_>) -> Option<String> {
    match reader.get("description").or(reader.get("doc"))? {
        Json::String(text) => Some(text.clone()),
        Json::Array(lines) => Some(lines.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(" ")),
        _ => None,
    }
}

fn default(reader: &Reader<'_>, faults: &mut Vec<Fault>) -> DefaultDef {
    if let Some(function) = reader.text("defaultFn", faults) {
        return match function {
            "now" => DefaultDef::Now,
            "guid" | "uuid" | "uuidv4" => DefaultDef::Uuid,
            other => {
                let hint = did_you_mean(other, ["now", "guid", "uuid", "uuidv4"]);
                reader.fault(
                    faults,
                    "defaultFn",
                    &format!("is `now`, `guid`, `uuid` or `uuidv4`, found `{other}`{hint}"),
                );
                DefaultDef::None
            }
        };
    }
    match reader.get("default") {
        None => DefaultDef::None,
        Some(json) => {
            literal(json).map_or_else(|| DefaultDef::Json(intern::text(&json.to_string())), DefaultDef::Literal)
        }
    }
}

/// A literal; `None`: a list or an object.
pub(super) fn literal(json: &Json) -> Option<Literal> {
    Some(match json {
        Json::Bool(flag) => Literal::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Literal::Int(whole),
            None => Literal::Float(number.as_f64()?),
        },
        Json::String(text) => Literal::Str(intern::text(text)),
        Json::Null | Json::Array(_) | Json::Object(_) => return None,
    })
}

/// What a connector is told of the column. The type of the column is that of the property's kind; what nothing comes of is told
/// in [`ignored`](mod@super::ignored).
fn columns(reader: &Reader<'_>, property: &mut PropertyDef, faults: &mut Vec<Fault>) {
    let whole = |reader: &Reader<'_>, key: &str| reader.get(key)?.as_u64().and_then(|n| u32::try_from(n).ok());
    // What is no number, `"max"` for example, is a matter of another database.
    property.sql.length = whole(reader, "length").filter(|length| *length > 0).or(property.sql.length);
    if let Some(options) = connector(reader.map).and_then(|name| reader.object(name, faults)) {
        for key in ["columnName", "column"] {
            match options.text(key, faults) {
                Some("") => options.fault(faults, key, "must not be empty"),
                Some(column) => {
                    property.column = intern::text(column);
                    break;
                }
                None => {}
            }
        }
        property.sql.length = whole(&options, "dataLength").filter(|length| *length > 0).or(property.sql.length);
        if property.kind == KindDef::Decimal {
            property.sql.precision = whole(&options, "dataPrecision").or(property.sql.precision);
            property.sql.scale = whole(&options, "dataScale").or(property.sql.scale);
        }
    }
    if property.kind != KindDef::String {
        property.sql.length = None;
    }
}

/// LoopBack's lists of hidden and protected properties.
pub(super) fn visibility(
    reader: &Reader<'_>,
    properties: &mut [PropertyDef],
    relations: &mut [RelationDef],
    faults: &mut Vec<Fault>,
) {
    let known: Vec<&'static str> = properties.iter().map(|property| property.name).collect();
    let mut mark = |key: &str, set: fn(&mut PropertyDef)| {
        for name in reader.texts(key, faults) {
            let relation = relations.iter_mut().find(|relation| relation.name == name);
            match (properties.iter_mut().find(|property| property.name == name), relation) {
                (Some(property), _) => set(property),
                // Related rows are not stored here: who must not see them cannot include them.
                (None, Some(relation)) => relation.disable_include = true,
                (None, None) => {
                    let hint = did_you_mean(name, known.iter().copied());
                    reader.fault(faults, key, &format!("there is no property {}{hint}", shown(&name.into())));
                }
            }
        }
    };
    mark("hidden", |property| property.hidden = true);
    mark("protected", |property| property.protected = true);
}
