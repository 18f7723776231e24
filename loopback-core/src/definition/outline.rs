//! A definition at a glance: its name, its base, its properties and relations, before anything is made of it.

use super::kind::{INTEGER, Models, kind, type_of};
use super::relation::{Key, Link};
use super::{Reader, Source, intern, property, relation, rules, settings};
use crate::graph::Fault;
use crate::meta::{KindDef, ModelDef, ModelRef, PropertyDef, SettingsDef};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

/// A definition at a glance.
pub(super) struct Outline<'s> {
    pub(super) source: &'s Source,
    pub(super) map: &'s Map<String, Json>,
    pub(super) name: String,
    /// LoopBack's `Model`: it has no table.
    pub(super) transient: bool,
    base: Option<&'s str>,
    pub(super) links: Vec<Link<'s>>,
}

/// Every key that means something.
const KEYS: &[&str] = &[
    "name",
    "description",
    "plural",
    "base",
    "strict",
    "idInjection",
    "forceId",
    "http",
    "properties",
    "hidden",
    "protected",
    "validations",
    "relations",
    "acls",
    "methods",
    "scope",
    "scopes",
    "mixins",
    "indexes",
    "options",
    "settings",
    "replaceOnPUT",
    "changeStream",
    "nestRemoting",
    "disabledMethods",
    "dataSource",
    "public",
    "defaultPermission",
    "aclErrorStatus",
    "excludeBaseProperties",
    "persistUndefinedAsNull",
    "trackChanges",
    "enableRemoteReplication",
    "changeCleanupInterval",
    "postgresql",
    "mysql",
    "sqlite3",
    "mssql",
    "oracle",
    "mongodb",
    "memory",
    "ttl",
    "maxTTL",
    "saltWorkFactor",
    "realmRequired",
    "realmDelimiter",
    "emailVerificationRequired",
    "verificationTokenTTL",
    "caseSensitiveEmail",
    "resetPasswordTokenTTL",
    "restrictResetPasswordTokenScope",
    "rejectPasswordChangesViaPatchOrReplace",
    "allowEternalTokens",
    "passwordPolicy",
    "revealAccounts",
    "loginThrottle",
    "maxSessions",
    "owner",
    "ownerRelations",
    "ownerWritable",
    "relationAcl",
    "defaultLimit",
    "maxLimit",
    "implicitTransactions",
    "updateOnly",
    "caseSensitive",
    "injectOptionsFromRemoteContext",
    "remoting",
    "hiddenProperties",
    "protectedProperties",
    "super",
];

/// A definition with its `options` and `settings` where they count: at the top, before what stands there. What is empty is
/// nothing, whatever its form: LoopBack's templates have `"methods": []`.
pub(super) fn merged(source: &Source) -> Source {
    let mut json = source.json.clone();
    if let Some(map) = json.as_object_mut() {
        for key in ["settings", "options"] {
            let Some(Json::Object(more)) = map.remove(key) else { continue };
            for (name, json) in more.into_iter().filter(|(name, _)| !matches!(name.as_str(), "name" | "properties")) {
                map.insert(name, json);
            }
        }
        for key in ["methods", "relations", "scopes", "indexes", "acls", "mixins", "validations", "properties", "http"]
        {
            if map.get(key).is_some_and(is_empty) {
                map.remove(key);
            }
        }
        if map.get("plural").is_some_and(|plural| *plural == "") {
            map.remove("plural");
        }
        if let Some(base) = map.remove("super") {
            map.entry("base").or_insert(base);
        }
        if let Some(Json::Array(lines)) = map.get("description") {
            let lines: Vec<&str> = lines.iter().filter_map(Json::as_str).collect();
            map.insert("description".into(), lines.join(" ").into());
        }
        for old in ["hiddenProperties", "protectedProperties"] {
            if let Some(list) = map.remove(old) {
                add(map.entry(current(old)).or_insert(Json::Null), list);
            }
        }
    }
    Source { json, ..source.clone() }
}

/// The key of today for an older one.
pub(super) fn current(key: &str) -> &str {
    match key {
        "hiddenProperties" => "hidden",
        "protectedProperties" => "protected",
        key => key,
    }
}

/// Adds to a list, or an object. One text is a list of one; what is none of all that takes the place of what was there, and
/// is told as a fault where it is read.
pub(super) fn add(to: &mut Json, more: Json) {
    let list = |json: Json| match json {
        Json::Array(list) => Ok(list),
        Json::String(_) => Ok(vec![json]),
        other => Err(other),
    };
    *to = match (to.take(), more) {
        (before, Json::Null) => before,
        (Json::Null, more) => more,
        (Json::Object(mut map), Json::Object(more)) => {
            map.extend(more);
            Json::Object(map)
        }
        (before, more) => match (list(before), list(more)) {
            (Ok(mut all), Ok(more)) => {
                for one in more {
                    if !all.contains(&one) {
                        all.push(one);
                    }
                }
                Json::Array(all)
            }
            (Err(wrong), _) | (_, Err(wrong)) => wrong,
        },
    };
}

pub(super) fn is_empty(json: &Json) -> bool {
    match json {
        Json::Array(list) => list.is_empty(),
        Json::Object(map) => map.is_empty(),
        _ => false,
    }
}

impl<'s> Outline<'s> {
    pub(super) fn of(source: &'s Source, faults: &mut Vec<Fault>) -> Option<Self> {
        let location = &*source.location;
        let mut fault = |message: &str| faults.push(Fault { location: location.to_owned(), message: message.into() });
        let Json::Object(map) = &source.json else {
            fault("the definition of a model is an object: {\"name\": \"Product\", \"properties\": {..}}");
            return None;
        };
        let Some(name) = map.get("name").and_then(Json::as_str).filter(|name| is_name(name)) else {
            fault("a model has a `name`: a letter, then letters, digits, `_` or `-`");
            return None;
        };
        let reader = Reader { location, path: name.to_owned(), map };
        reader.only(KEYS, faults);
        let base = reader.text("base", faults);
        if BUILT_IN.contains(&name) || BESIDE.contains(&name) {
            reader.fault(
                faults,
                "name",
                &format!(
                    "`{name}` is a model of the framework's: say more of it in the model configuration, or give yours \
                          another name and `\"base\": \"{name}\"`"
                ),
            );
            return None;
        }
        let transient = base == Some("Model");
        let base = base.filter(|base| !matches!(*base, "Model" | "PersistedModel" | "DataModel"));
        if let Some(later @ ("KeyValueModel" | "Change" | "Checkpoint")) = base {
            reader.fault(faults, "base", &format!("`{later}` is not there yet"));
            return None;
        }
        let links = relation::links(&reader, faults);
        Some(Self { source, map, name: name.to_owned(), transient, base, links })
    }

    pub(super) fn reader(&self) -> Reader<'s> {
        Reader { location: &self.source.location, path: self.name.clone(), map: self.map }
    }

    pub(super) fn fault(&self, faults: &mut Vec<Fault>, key: &str, message: &str) {
        self.reader().fault(faults, key, message);
    }

    /// The model that it extends, by its name here.
    pub(super) fn base(&self) -> Option<&'s str> {
        self.base.map(renamed)
    }

    /// Whether other models embed it in lists.
    pub(super) fn is_listed(&self, outlines: &[Self]) -> bool {
        let lists = |link: &Link<'_>| link.is_list_of(&self.name);
        self.transient && outlines.iter().any(|outline| outline.links.iter().any(lists))
    }

    pub(super) fn properties(&self) -> impl Iterator<Item = (&'s str, &'s Json)> {
        let properties = self.map.get("properties").and_then(Json::as_object);
        let all = properties.into_iter().flatten().map(|(name, json)| (name.as_str(), json));
        all.filter(|(_, json)| **json != false && !json.is_null())
    }

    /// Whether a property is the id: it says so, or it is called `id` where none says so.
    pub(super) fn is_id(&self, name: &str, json: &Json) -> bool {
        says_id(json).unwrap_or_else(|| name == "id" && !self.properties().any(|(_, json)| says_id(json) == Some(true)))
    }

    /// Properties of the base that it does not take over: `"age": null`, or in `excludeBaseProperties`.
    pub(super) fn without(&self, faults: &mut Vec<Fault>) -> Vec<&'s str> {
        let properties = self.map.get("properties").and_then(Json::as_object);
        let all = properties.into_iter().flatten();
        let mut names: Vec<&str> =
            all.filter(|(_, json)| **json == false || json.is_null()).map(|(name, _)| name.as_str()).collect();
        names.extend(self.reader().texts("excludeBaseProperties", faults));
        names
    }

    /// The kind of its id, of its own or of a base's.
    pub(super) fn id_kind(&self, outlines: &[Self], known: &HashMap<&str, &'static ModelDef>) -> KindDef {
        let mut at = self;
        for _ in 0..=outlines.len() {
            if let Some((_, json)) = at.properties().find(|(name, json)| at.is_id(name, json)) {
                return match kind(type_of(json), &Models::new(outlines, known), &[]) {
                    // An id that is a number is a whole one.
                    Ok(KindDef::Number) | Err(_) => INTEGER,
                    Ok(kind) => kind,
                };
            }
            let Some(base) = at.base() else { return INTEGER };
            match outlines.iter().find(|outline| outline.name == base) {
                Some(outline) => at = outline,
                None => return id_of(base, known).unwrap_or(INTEGER),
            }
        }
        INTEGER
    }

    /// Makes the definition. Equal ones are made once.
    pub(super) fn make(
        &self,
        base: Option<&'static ModelDef>,
        keys: &[Key],
        outlines: &[Self],
        known: &HashMap<&str, &'static ModelDef>,
        faults: &mut Vec<Fault>,
    ) -> Option<&'static ModelDef> {
        let models = Models::new(outlines, known);
        // What other definitions say of it is part of what it is.
        let types = self.properties().map(|(_, json)| kind(type_of(json), &models, &[]));
        let types: Vec<_> = types.collect();
        let links: Vec<String> = self.links.iter().map(|link| link.meaning(self, &models)).collect();
        let base_at = base.map_or(std::ptr::null(), |base| base);
        let key = format!("{:?}|{base_at:p}|{keys:?}|{links:?}|{types:?}|{}", self.source, self.is_listed(outlines));
        let before = faults.len();
        let def = intern::model(key, || {
            let def = self.def(base, keys, &models, faults);
            (faults.len() == before).then_some(def)
        });
        def.filter(|_| faults.len() == before)
    }

    fn def(
        &self,
        base: Option<&'static ModelDef>,
        keys: &[Key],
        models: &Models<'_, 's>,
        faults: &mut Vec<Fault>,
    ) -> ModelDef {
        let reader = self.reader();
        let mut properties: Vec<PropertyDef> = base.map(|base| base.properties.to_vec()).unwrap_or_default();
        let without = self.without(faults);
        for name in &without {
            match properties.iter().position(|property| property.name == *name) {
                // What stands before others cannot go: hooks of a base that is a type know its properties by their places.
                Some(at) if properties[at].id || base.is_some_and(|base| !base.settings.by_json) => self.fault(
                    faults,
                    &format!("properties.{name}"),
                    "a property of a base that is a type, and an id, cannot be left out: make it `hidden`",
                ),
                Some(at) => drop(properties.remove(at)),
                None => {}
            }
        }
        let of_base = properties.len();
        property::own(self, keys, models, &mut properties, faults);
        rules::validations(&reader, &mut properties, of_base, faults);
        let mut relations = base.map(|base| base.relations.to_vec()).unwrap_or_default();
        // What was left out has moved the places of the others.
        if let Some(base) = base.filter(|_| !without.is_empty()) {
            relation::moved(base, &properties, &mut relations);
        }
        relation::own(self, models, &properties, &mut relations, faults);
        property::visibility(&reader, &mut properties, &mut relations, faults);
        let table = settings::table(&reader, faults);
        let settings = settings::settings(self, base, faults);
        let http = reader.object("http", faults);
        let path = http.and_then(|http| http.text("path", faults));
        ModelDef {
            name: intern::text(&self.name),
            doc: intern::text(reader.text("description", faults).unwrap_or_default()),
            base: base.map(ModelRef::Def),
            table: table.map(intern::text),
            plural: reader.text("plural", faults).map(intern::text),
            http_path: path.map(|path| intern::text(&format!("/{}", path.trim_matches('/')))),
            properties: intern::list(properties),
            relations: intern::list(relations),
            acls: intern::list(rules::acls(&reader, faults)),
            settings: SettingsDef {
                owner: if reader.get("ownerRelations") == Some(&Json::Bool(true)) {
                    intern::texts(self.links.iter().filter(|link| link.is_to_user(models)).map(|link| link.name))
                } else {
                    settings.owner
                },
                ..settings
            },
            location: super::location(&self.source.location),
        }
    }
}

/// The kind of a model's id; `None`: there is no such model.
pub(super) fn id_kind(
    name: &str,
    outlines: &[Outline<'_>],
    known: &HashMap<&str, &'static ModelDef>,
) -> Option<KindDef> {
    match outlines.iter().find(|outline| outline.name == name) {
        Some(outline) => Some(outline.id_kind(outlines, known)),
        None => id_of(name, known),
    }
}

fn id_of(name: &str, known: &HashMap<&str, &'static ModelDef>) -> Option<KindDef> {
    known.get(name)?.properties.iter().find(|property| property.id).map(|property| property.kind)
}

/// Whether a property says that it is the id, or that it is not; `None`: it says nothing.
fn says_id(json: &Json) -> Option<bool> {
    match json.get("id")? {
        Json::Bool(id) => Some(*id),
        Json::Number(place) => Some(place.as_u64() != Some(0)),
        _ => None,
    }
}

/// The framework's own models, which LoopBack's templates configure whether an app uses them or not.
pub(super) const BUILT_IN: [&str; 9] =
    ["User", "AccessToken", "Acl", "Role", "RoleMapping", "Scope", "Application", "Email", "Change"];

/// Others of the framework's own.
const BESIDE: [&str; 3] = ["LoginAttempt", "AccessLog", "OutboxEmail"];

/// LoopBack's names of models that are called otherwise here.
pub(super) fn renamed(name: &str) -> &str {
    if name == "ACL" { "Acl" } else { name }
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(char::is_alphabetic)
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        && name.len() <= 60
}
