//! Rules of access control and validations of a definition.

use super::property::literal;
use super::{Reader, intern, shown};
use crate::graph::{Fault, PrincipalNode};
use crate::meta::{
    AccessType, AclDef, Literal, MessageDef, Permission, PrincipalDef, PropertyDef, RuleDef, ValidationDef,
};
use crate::suggest::did_you_mean;
use serde_json::Value as Json;

/// The rules of access control, in their order.
pub(super) fn acls(reader: &Reader<'_>, faults: &mut Vec<Fault>) -> Vec<AclDef> {
    let list = match reader.get("acls") {
        None => return Vec::new(),
        Some(Json::Array(list)) => list,
        Some(other) => {
            reader.wrong(faults, "acls", "a list of rules", other);
            return Vec::new();
        }
    };
    list.iter().enumerate().filter_map(|(at, json)| acl(reader, at, json, faults)).collect()
}

fn acl(reader: &Reader<'_>, at: usize, json: &Json, faults: &mut Vec<Fault>) -> Option<AclDef> {
    let key = format!("acls[{at}]");
    let Some(map) = json.as_object() else {
        reader.wrong(faults, &key, "an object", json);
        return None;
    };
    let rule = Reader { location: reader.location, path: format!("{}.{key}", reader.path), map };
    rule.only(
        &["principalType", "principalId", "permission", "property", "accessType", "model", "accessScopes"],
        faults,
    );
    let word = |key: &str, faults: &mut Vec<Fault>| rule.text(key, faults).map(str::to_uppercase);
    let permission = word("permission", faults).unwrap_or_default();
    let Some(permission) = Permission::of(&permission) else {
        rule.fault(faults, "permission", &format!("is ALLOW, DENY, ALARM or AUDIT, found `{permission}`"));
        return None;
    };
    let access = match word("accessType", faults).as_deref() {
        None | Some("*") => None,
        Some(word) => match AccessType::of(word) {
            Some(access) => Some(access),
            None => {
                rule.fault(faults, "accessType", &format!("is READ, WRITE, EXECUTE, REPLICATE or `*`, found `{word}`"));
                return None;
            }
        },
    };
    let id = match rule.get("principalId") {
        Some(Json::String(id)) => id.clone(),
        Some(Json::Number(id)) => id.to_string(),
        _ => {
            rule.fault(
                faults,
                "principalId",
                "says who the rule is about: `$everyone`, `$owner`, a role, the id of a user",
            );
            return None;
        }
    };
    let principal = match word("principalType", faults).as_deref() {
        None | Some("ROLE") => {
            if PrincipalNode::role(&id).is_none() {
                let hint = did_you_mean(&id, PrincipalNode::ROLES);
                let known = PrincipalNode::ROLES.join(", ");
                rule.fault(
                    faults,
                    "principalId",
                    &format!("there is no role `{id}`{hint}; known: {known}, or a role of your own without `$`"),
                );
                return None;
            }
            PrincipalDef::Role(intern::text(&id))
        }
        Some("USER") => PrincipalDef::User(intern::text(&id)),
        Some("APP" | "APPLICATION") => PrincipalDef::App(intern::text(&id)),
        Some(other) => {
            rule.fault(faults, "principalType", &format!("is ROLE, USER or APP, found `{other}`"));
            return None;
        }
    };
    let methods = rule.texts("property", faults).into_iter().filter(|name| *name != "*");
    Some(AclDef { permission, principal, access, methods: intern::texts(methods), line: 0 })
}

const KINDS: [&str; 8] =
    ["presence", "absence", "length", "numericality", "inclusion", "exclusion", "format", "uniqueness"];

/// The validations: `["length", "name", {"min": 2, "max": 40}]`. LoopBack reserves the key and takes them from code alone.
pub(super) fn validations(
    reader: &Reader<'_>,
    properties: &mut [PropertyDef],
    of_base: usize,
    faults: &mut Vec<Fault>,
) {
    let list = match reader.get("validations") {
        None => return,
        Some(Json::Array(list)) => list,
        Some(other) => return reader.wrong(faults, "validations", "a list", other),
    };
    let mut found: Vec<(usize, ValidationDef)> = Vec::new();
    for (at, json) in list.iter().enumerate() {
        let place = format!("validations[{at}]");
        let (Some(kind), Some(name)) = (json[0].as_str(), json[1].as_str()) else {
            reader.wrong(faults, &place, "`[\"length\", \"name\", {\"min\": 2}]`", json);
            continue;
        };
        let Some(position) = properties.iter().position(|property| property.name == name) else {
            let hint = did_you_mean(name, properties.iter().map(|property| property.name));
            reader.fault(faults, &place, &format!("there is no property `{name}`{hint}"));
            continue;
        };
        let none = serde_json::Map::new();
        let map = json[2].as_object().unwrap_or(&none);
        let options = Reader { location: reader.location, path: format!("{}.{place}", reader.path), map };
        if let Some(validation) = validation(kind, &options, faults) {
            found.push((position, validation));
        }
    }
    for (at, property) in properties.iter_mut().enumerate() {
        let own: Vec<ValidationDef> = found.iter().filter(|(of, _)| *of == at).map(|(_, def)| *def).collect();
        if !own.is_empty() {
            let base = if at < of_base { property.validations } else { &[] };
            property.validations = intern::list(base.iter().copied().chain(own).collect());
        }
    }
}

fn validation(kind: &str, options: &Reader<'_>, faults: &mut Vec<Fault>) -> Option<ValidationDef> {
    options.only(
        &[
            "min",
            "max",
            "is",
            "int",
            "in",
            "with",
            "scopedTo",
            "message",
            "allowNull",
            "allowBlank",
            "if",
            "unless",
            "code",
            "ignoreCase",
        ],
        faults,
    );
    let rule = match kind {
        "presence" => RuleDef::Presence,
        "absence" => RuleDef::Absence,
        "length" => RuleDef::Length {
            min: options.whole("min", faults),
            max: options.whole("max", faults),
            is: options.whole("is", faults),
        },
        "numericality" => RuleDef::Numericality { int: options.flag("int", faults).unwrap_or(false) },
        "inclusion" => RuleDef::Inclusion(among(options, faults)?),
        "exclusion" => RuleDef::Exclusion(among(options, faults)?),
        "format" => {
            let Some(pattern) = options.text("with", faults) else {
                options.fault(faults, "with", "a format has a regular expression");
                return None;
            };
            RuleDef::Format(intern::text(&expression(pattern)))
        }
        "uniqueness" => RuleDef::Uniqueness { scope: intern::texts(options.texts("scopedTo", faults)) },
        other => {
            let hint = did_you_mean(other, KINDS);
            options.fault(
                faults,
                "",
                &format!("there is no validation `{other}`{hint}; there are {}", KINDS.join(", ")),
            );
            return None;
        }
    };
    Some(ValidationDef {
        rule,
        message: message(options, faults),
        allow_null: options.flag("allowNull", faults),
        allow_blank: options.flag("allowBlank", faults),
        when: options.text("if", faults).map(intern::text),
        unless: options.text("unless", faults).map(intern::text),
    })
}

/// A regular expression as JavaScript writes it, `/^a/i`, or bare.
fn expression(pattern: &str) -> String {
    let written = pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    match written {
        Some((inner, flags)) if flags.chars().all(|flag| "gimsuy".contains(flag)) => {
            let kept: String = flags.chars().filter(|flag| "ims".contains(*flag)).collect();
            if kept.is_empty() { inner.to_owned() } else { format!("(?{kept}){inner}") }
        }
        _ => pattern.to_owned(),
    }
}

fn among(options: &Reader<'_>, faults: &mut Vec<Fault>) -> Option<&'static [Literal]> {
    let list = options.get("in").and_then(Json::as_array);
    let literals: Option<Vec<Literal>> = list.and_then(|list| list.iter().map(literal).collect());
    if literals.is_none() {
        options.fault(faults, "in", "must be a list of texts, numbers or booleans");
    }
    literals.map(intern::list)
}

fn message(options: &Reader<'_>, faults: &mut Vec<Fault>) -> MessageDef {
    match options.get("message") {
        None => MessageDef::Default,
        Some(Json::String(text)) => MessageDef::All(intern::text(text)),
        Some(Json::Object(map)) => {
            let texts = map.iter().filter_map(|(kind, text)| Some((intern::text(kind), intern::text(text.as_str()?))));
            MessageDef::ByKind(intern::list(texts.collect()))
        }
        Some(other) => {
            options.fault(faults, "message", &format!("must be text, or an object of texts, found {}", shown(other)));
            MessageDef::Default
        }
    }
}
