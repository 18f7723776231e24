//! Relations of a definition, and the keys that they put on models. Answers to juggler `lib/relation-definition.js`.

use super::kind::{INTEGER, Models, kind};
use super::outline::{Outline, id_kind, renamed};
use super::{Reader, intern};
use crate::graph::{Fault, camel};
use crate::meta::{
    KindDef, ModelDef, ModelRef, OnDelete, PropertyDef, RelationAcl, RelationDef, RelationKindDef, ScopeQuery,
    ThroughDef,
};
use crate::suggest::did_you_mean;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

const KINDS: [(&str, RelationKindDef); 7] = [
    ("belongsTo", RelationKindDef::BelongsTo),
    ("hasMany", RelationKindDef::HasMany),
    ("hasOne", RelationKindDef::HasOne),
    ("hasAndBelongsToMany", RelationKindDef::HasAndBelongsToMany),
    ("embedsOne", RelationKindDef::EmbedsOne),
    ("embedsMany", RelationKindDef::EmbedsMany),
    ("referencesMany", RelationKindDef::ReferencesMany),
];

/// A relation at a glance.
pub(super) struct Link<'s> {
    pub(super) name: &'s str,
    kind: RelationKindDef,
    /// The model it leads to; `None` for a polymorphic `belongsTo`.
    target: Option<&'s str>,
    through: Option<&'s str>,
    polymorphic: Option<Polymorphic>,
    map: &'s Map<String, Json>,
}

/// LoopBack's `polymorphic`, completed.
struct Polymorphic {
    foreign_key: String,
    discriminator: String,
    id_type: Option<Json>,
}

/// A property, or two that stand together, that a relation puts on a model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) name: String,
    /// The property with the model's name, of a polymorphic relation.
    discriminator: Option<String>,
    pub(super) kind: KindDef,
    pub(super) index: bool,
}

impl Key {
    pub(super) fn is_pair(&self) -> bool {
        self.discriminator.is_some()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        [Some(&*self.name), self.discriminator.as_deref()].into_iter().flatten()
    }

    /// Whether a property that is there has a kind that can hold the key.
    pub(super) fn kind_given(&self, kind: &KindDef) -> bool {
        std::mem::discriminant(kind) == std::mem::discriminant(&self.kind)
    }
}

/// Reads the relations of a definition.
pub(super) fn links<'s>(reader: &Reader<'s>, faults: &mut Vec<Fault>) -> Vec<Link<'s>> {
    reader.objects("relations", faults).into_iter().filter_map(|(name, reader)| link(name, &reader, faults)).collect()
}

fn link<'s>(name: &'s str, reader: &Reader<'s>, faults: &mut Vec<Fault>) -> Option<Link<'s>> {
    reader.only(
        &[
            "type",
            "model",
            "foreignKey",
            "primaryKey",
            "through",
            "keyThrough",
            "polymorphic",
            "scope",
            "properties",
            "property",
            "options",
            "as",
            "default",
            "methods",
            "invertProperties",
            "embeddedProperties",
            "autoId",
            "nestRemoting",
        ],
        faults,
    );
    let wanted = reader.text("type", faults);
    let found = KINDS.iter().find(|(known, _)| wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case(known)));
    let Some((_, mut kind)) = found.copied() else {
        let hint = did_you_mean(wanted.unwrap_or_default(), KINDS.iter().map(|(known, _)| *known));
        let known: Vec<&str> = KINDS.iter().map(|(known, _)| *known).collect();
        reader.fault(faults, "type", &format!("a relation has one of the types {}{hint}", known.join(", ")));
        return None;
    };
    let polymorphic = polymorphic(name, reader, faults);
    let target = reader.text("model", faults).map(renamed);
    if kind == RelationKindDef::BelongsTo && polymorphic.is_some() {
        kind = RelationKindDef::BelongsToAny;
    }
    if target.is_none() && kind != RelationKindDef::BelongsToAny {
        reader.fault(faults, "model", "a relation names the model that it leads to");
        return None;
    }
    if kind == RelationKindDef::HasAndBelongsToMany && polymorphic.is_some() {
        reader.fault(
            faults,
            "polymorphic",
            "a polymorphic relation over a table of links is a `hasMany` with `through`",
        );
        return None;
    }
    let through = reader.text("through", faults).map(renamed);
    let target = target.filter(|_| kind != RelationKindDef::BelongsToAny);
    Some(Link { name, kind, target, through, polymorphic, map: reader.map })
}

/// LoopBack's `normalizePolymorphic`.
fn polymorphic(relation: &str, reader: &Reader<'_>, faults: &mut Vec<Fault>) -> Option<Polymorphic> {
    let (selector, given) = match reader.get("polymorphic")? {
        Json::Bool(false) => return None,
        Json::Bool(true) => (relation, None),
        Json::String(selector) => (selector.as_str(), None),
        Json::Object(map) => {
            let selector = map.get("selector").or(map.get("as")).and_then(Json::as_str);
            (selector.unwrap_or(relation), Some(map))
        }
        other => {
            reader.wrong(faults, "polymorphic", "`true`, the name of the other end, or an object", other);
            return None;
        }
    };
    let text = |key: &str| given?.get(key)?.as_str().map(str::to_owned);
    Some(Polymorphic {
        foreign_key: text("foreignKey").unwrap_or_else(|| format!("{}Id", camel(selector))),
        discriminator: text("discriminator").unwrap_or_else(|| format!("{}Type", camel(selector))),
        id_type: given.and_then(|map| map.get("idType")).cloned(),
    })
}

impl Link<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.map.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    /// Whether it belongs to a user.
    pub(super) fn is_to_user(&self, models: &Models<'_, '_>) -> bool {
        self.kind == RelationKindDef::BelongsTo && self.target.is_some_and(|target| extends(target, "User", models))
    }

    /// Whether it embeds a list of a model's data.
    pub(super) fn is_list_of(&self, model: &str) -> bool {
        self.kind == RelationKindDef::EmbedsMany && self.target == Some(model)
    }

    fn option(&self, key: &str) -> Option<&Json> {
        self.map.get("options")?.get(key)
    }

    /// The property that this relation goes by: of its own model for those that store something, else of the target or of the
    /// model between.
    fn foreign_key(&self, outline: &Outline<'_>, outlines: &[Outline<'_>]) -> String {
        if let Some(polymorphic) = &self.polymorphic {
            return polymorphic.foreign_key.clone();
        }
        if let Some(key) = self.text("foreignKey") {
            return key.to_owned();
        }
        let target = self.target.unwrap_or_default();
        match self.kind {
            RelationKindDef::BelongsTo | RelationKindDef::BelongsToAny => format!("{}Id", self.name),
            RelationKindDef::ReferencesMany => format!("{}Ids", camel(target)),
            RelationKindDef::EmbedsOne | RelationKindDef::EmbedsMany => self.embedded_in(target),
            RelationKindDef::HasMany | RelationKindDef::HasOne | RelationKindDef::HasAndBelongsToMany => {
                let between = self.through.and_then(|through| leads(through, &outline.name, outlines));
                between.unwrap_or_else(|| format!("{}Id", camel(&outline.name)))
            }
        }
    }

    /// The property of the model between that leads to the target.
    fn key_through(&self, outlines: &[Outline<'_>]) -> String {
        if let Some(key) = self.text("keyThrough") {
            return key.to_owned();
        }
        let target = self.target.unwrap_or_default();
        let between = self.through.and_then(|through| leads(through, target, outlines));
        between.unwrap_or_else(|| format!("{}Id", camel(target)))
    }

    fn embedded_in(&self, target: &str) -> String {
        let plural = self.kind == RelationKindDef::EmbedsMany;
        let made = || {
            let name = camel(target);
            if plural { crate::graph::pluralize(&name) } else { name }
        };
        let property = self.text("property").map_or_else(made, str::to_owned);
        // LoopBack keeps the two apart so.
        if property == self.name { format!("_{property}") } else { property }
    }

    /// What other definitions say of it.
    pub(super) fn meaning(&self, outline: &Outline<'_>, models: &Models<'_, '_>) -> String {
        let id = self.target.and_then(|target| id_kind(target, models.outlines, models.known));
        let through = self.through.map(|_| self.key_through(models.outlines));
        let tokens = self.is_of_tokens(outline, models);
        format!("{}:{}:{through:?}:{id:?}:{tokens}", self.name, self.foreign_key(outline, models.outlines))
    }

    /// Whether it is the relation between users and their tokens, which the framework has itself.
    fn is_of_tokens(&self, outline: &Outline<'_>, models: &Models<'_, '_>) -> bool {
        let from_users =
            extends(&outline.name, "User", models) && self.target.is_some_and(|to| extends(to, "AccessToken", models));
        let from_tokens =
            extends(&outline.name, "AccessToken", models) && self.target.is_some_and(|to| extends(to, "User", models));
        from_users || from_tokens
    }
}

/// The property by which a model between leads to another: that of its `belongsTo`.
fn leads(through: &str, to: &str, outlines: &[Outline<'_>]) -> Option<String> {
    let through = outlines.iter().find(|outline| outline.name == through)?;
    let link = through.links.iter().find(|link| link.kind == RelationKindDef::BelongsTo && link.target == Some(to))?;
    Some(link.foreign_key(through, outlines))
}

/// Whether a model is another, or extends it.
fn extends(name: &str, of: &str, models: &Models<'_, '_>) -> bool {
    let mut name = name;
    for _ in 0..=models.outlines.len() {
        if name == of {
            return true;
        }
        match models.outlines.iter().find(|outline| outline.name == name) {
            Some(outline) => match outline.base() {
                Some(base) => name = base,
                None => return false,
            },
            None => break,
        }
    }
    models.known.get(name).is_some_and(|def| def.name == of || def.bases().any(|base| base.name == of))
}

/// The keys that relations put on the models of the definitions, by the models' names.
pub(super) fn keys<'o>(
    outlines: &'o [Outline<'_>],
    known: &HashMap<&str, &'static ModelDef>,
    faults: &mut Vec<Fault>,
) -> HashMap<&'o str, Vec<Key>> {
    let models = Models::new(outlines, known);
    let mut keys: HashMap<&str, Vec<Key>> = HashMap::new();
    let mut add = |model: &str, key: Key| {
        let Some(outline) = outlines.iter().find(|outline| outline.name == model) else { return };
        let list = keys.entry(&outline.name).or_default();
        match list.iter_mut().find(|known| known.name == key.name) {
            // A polymorphic `belongsTo` says which two stand together.
            Some(known) if key.is_pair() && !known.is_pair() => *known = key,
            Some(_) => {}
            None => list.push(key),
        }
    };
    for outline in outlines {
        let own_id = || outline.id_kind(outlines, known);
        for link in &outline.links {
            if link.is_of_tokens(outline, &models) {
                continue;
            }
            let name = link.foreign_key(outline, outlines);
            let stores_list = matches!(
                link.kind,
                RelationKindDef::ReferencesMany | RelationKindDef::EmbedsMany | RelationKindDef::EmbedsOne
            );
            if stores_list && outline.properties().any(|(own, json)| own == name && outline.is_id(own, json)) {
                let place = format!("relations.{}", link.name);
                outline.fault(faults, &place, &format!("stores what it leads to in `{name}`, which is the id"));
                continue;
            }
            let target = link.target.unwrap_or_default();
            let target_id = || match link.text("primaryKey") {
                Some(key) => of_property(target, key, &models).unwrap_or(INTEGER),
                None => id_kind(target, outlines, known).unwrap_or(INTEGER),
            };
            let source_id = || match link.text("primaryKey") {
                Some(key) => of_property(&outline.name, key, &models).unwrap_or(INTEGER),
                None => own_id(),
            };
            let plain = |name: String, kind: KindDef| Key { name, discriminator: None, kind, index: false };
            match link.kind {
                RelationKindDef::BelongsTo => add(&outline.name, plain(name, target_id())),
                RelationKindDef::BelongsToAny => {
                    let Some(polymorphic) = &link.polymorphic else { continue };
                    let kind = any_kind(outline, link, polymorphic, &models, faults);
                    let discriminator = Some(polymorphic.discriminator.clone());
                    add(&outline.name, Key { name, discriminator, kind, index: false });
                }
                RelationKindDef::ReferencesMany => {
                    add(&outline.name, plain(name, KindDef::Array(intern::kind(target_id()))));
                }
                RelationKindDef::EmbedsOne => add(&outline.name, plain(name, KindDef::Any)),
                RelationKindDef::EmbedsMany => add(&outline.name, plain(name, KindDef::Array(&KindDef::Any))),
                RelationKindDef::HasMany | RelationKindDef::HasOne | RelationKindDef::HasAndBelongsToMany => {
                    let discriminator = link.polymorphic.as_ref().map(|of| of.discriminator.clone());
                    let key = Key { name, discriminator, kind: source_id(), index: true };
                    match link.through {
                        Some(through) => {
                            add(through, key);
                            let on = id_kind(target, outlines, known).unwrap_or(INTEGER);
                            add(through, Key { index: true, ..plain(link.key_through(outlines), on) });
                        }
                        None if link.kind == RelationKindDef::HasAndBelongsToMany => {}
                        None => add(target, key),
                    }
                }
            }
        }
    }
    keys
}

/// The kind of the key of a polymorphic `belongsTo`: as it says, or that of the ids of a model at the other end.
fn any_kind(
    outline: &Outline<'_>,
    link: &Link<'_>,
    polymorphic: &Polymorphic,
    models: &Models<'_, '_>,
    faults: &mut Vec<Fault>,
) -> KindDef {
    if let Some(json) = &polymorphic.id_type {
        return match kind(json, models, &[]) {
            Ok(KindDef::Number) => INTEGER,
            Ok(kind) => kind,
            Err(why) => {
                outline.fault(faults, &format!("relations.{}.polymorphic.idType", link.name), &why);
                INTEGER
            }
        };
    }
    let other = models.outlines.iter().find(|other| {
        other.links.iter().any(|back| {
            back.polymorphic.as_ref().is_some_and(|of| of.foreign_key == polymorphic.foreign_key)
                && [back.target, back.through].contains(&Some(&*outline.name))
        })
    });
    other.map_or(INTEGER, |other| other.id_kind(models.outlines, models.known))
}

/// The kind of a property of a model.
fn of_property(model: &str, name: &str, models: &Models<'_, '_>) -> Option<KindDef> {
    if let Some(outline) = models.outlines.iter().find(|outline| outline.name == model) {
        let (_, json) = outline.properties().find(|(own, _)| *own == name)?;
        return kind(super::kind::type_of(json), models, &[]).ok();
    }
    models.known.get(model)?.properties.iter().find(|property| property.name == name).map(|property| property.kind)
}

/// Adds a model's own relations to those of its base.
pub(super) fn own(
    outline: &Outline<'_>,
    models: &Models<'_, '_>,
    properties: &[PropertyDef],
    relations: &mut Vec<RelationDef>,
    faults: &mut Vec<Fault>,
) {
    let nested = outline.reader().texts("nestRemoting", faults);
    for link in &outline.links {
        if link.is_of_tokens(outline, models) {
            continue;
        }
        let name = intern::text(link.name);
        let reader = Reader {
            location: &outline.source.location,
            path: format!("{}.relations.{name}", outline.name),
            map: link.map,
        };
        let at = |name: &str| properties.iter().position(|property| property.name == name);
        let foreign_key = link.foreign_key(outline, models.outlines);
        let mut def = RelationDef {
            by_name: true,
            target: link.target.map(|target| ModelRef::Named(intern::text(target))),
            nest: nested.contains(&link.name)
                || link.option("nestRemoting").is_some_and(|on| *on != false)
                || link.map.get("nestRemoting").is_some_and(|on| *on != false),
            disable_include: link.option("disableInclude").is_some_and(|on| *on == true),
            validate: link.option("validate").is_none_or(|on| *on != false),
            primary_key: link.text("primaryKey").map(intern::text),
            scope: link.map.get("scope").filter(|scope| scope.is_object()).map(scope_query),
            properties: taken_over(&reader, faults),
            relation_acl: relation_acl(link),
            on_delete: on_delete(link, &reader, faults),
            constraint: link.option("foreignKeyConstraint").and_then(Json::as_bool),
            ..RelationDef::without_type(link.kind, None, name, name)
        };
        match link.kind {
            RelationKindDef::HasMany | RelationKindDef::HasOne | RelationKindDef::HasAndBelongsToMany => {
                def.through = link.through.map(|through| ThroughDef::Model(ModelRef::Named(intern::text(through))));
                match &link.polymorphic {
                    Some(_) => def.polymorphic = Some(intern::text(&foreign_key)),
                    None => def.foreign_key = Some(intern::text(&foreign_key)),
                }
                if link.through.is_some() {
                    def.key_through = Some(intern::text(&link.key_through(models.outlines)));
                }
                if link.through.is_none() && link.kind == RelationKindDef::HasAndBelongsToMany {
                    def.foreign_key = None;
                }
            }
            RelationKindDef::BelongsTo
            | RelationKindDef::BelongsToAny
            | RelationKindDef::EmbedsOne
            | RelationKindDef::EmbedsMany
            | RelationKindDef::ReferencesMany => {
                def.property = at(&foreign_key).and_then(|at| u16::try_from(at).ok());
            }
        }
        relations.retain(|relation| relation.name != name);
        relations.push(def);
    }
}

/// Finds the properties of inherited relations anew, when some of the base's properties were left out. A relation whose own
/// property is gone goes, too.
pub(super) fn moved(base: &'static ModelDef, properties: &[PropertyDef], relations: &mut Vec<RelationDef>) {
    relations.retain_mut(|relation| {
        let Some(at) = relation.property else { return true };
        let name = base.properties.get(usize::from(at)).map(|property| property.name);
        let found = properties.iter().position(|property| Some(property.name) == name);
        relation.property = found.and_then(|at| u16::try_from(at).ok());
        relation.property.is_some()
    });
}

/// A scope as it is kept: its JSON.
pub(super) fn scope_query(json: &Json) -> ScopeQuery {
    ScopeQuery::Json(intern::text(&json.to_string()))
}

/// LoopBack's `properties`: `{"name": "productName"}`, or a list of names that are the same on both sides.
fn taken_over(reader: &Reader<'_>, faults: &mut Vec<Fault>) -> &'static [(&'static str, &'static str)] {
    let pairs = match reader.get("properties") {
        None => Vec::new(),
        Some(Json::Object(map)) => {
            map.iter().filter_map(|(own, target)| Some((intern::text(own), intern::text(target.as_str()?)))).collect()
        }
        Some(Json::Array(list)) => {
            list.iter().filter_map(Json::as_str).map(intern::text).map(|name| (name, name)).collect()
        }
        Some(other) => {
            reader.wrong(faults, "properties", "an object or a list", other);
            Vec::new()
        }
    };
    intern::list(pairs)
}

fn relation_acl(link: &Link<'_>) -> Option<RelationAcl> {
    match link.option("relationAcl")?.as_str()? {
        "called" => Some(RelationAcl::Called),
        "both" => Some(RelationAcl::Both),
        _ => None,
    }
}

/// What becomes of the row when the one it refers to goes: an option of ours, which LoopBack leaves to the database.
fn on_delete(link: &Link<'_>, reader: &Reader<'_>, faults: &mut Vec<Fault>) -> OnDelete {
    match link.option("onDelete").map(|json| json.as_str().unwrap_or_default()) {
        None | Some("restrict") => OnDelete::Restrict,
        Some("cascade") => OnDelete::Cascade,
        Some("setNull") => OnDelete::SetNull,
        Some(other) => {
            reader.fault(
                faults,
                "options.onDelete",
                &format!("is `restrict`, `cascade` or `setNull`, found `{other}`"),
            );
            OnDelete::Restrict
        }
    }
}
