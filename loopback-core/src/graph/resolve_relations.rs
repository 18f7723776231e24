//! Relations of the definitions to relations of the graph, with every check that only the whole program allows.

mod circles;
mod embedded;
mod made;

use super::names::index_name;
use super::node::{IndexNode, ModelNode};
use super::relation::{ForeignKeyNode, Link, Polymorphic, RelationKind, RelationNode, Through};
use super::scopes::{ScopeOf, Scopes};
use super::{Fault, GraphDefaults, Kind};
use crate::meta::{ModelDef, OnDelete, RelationDef, RelationKindDef, ThroughDef};
use crate::suggest::did_you_mean;
use circles::circles;
use embedded::embedded_kinds;
use made::{made_model, made_name};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Resolves the relations of all models, and adds the models that the framework makes for `hasAndBelongsToMany`.
pub(super) fn resolve(
    defs: &[&'static ModelDef],
    models: &mut Vec<ModelNode>,
    defaults: &GraphDefaults,
    scopes: &Scopes,
    faults: &mut Vec<Fault>,
) {
    embedded_kinds(defs, models);
    let mut resolver = Resolver { defs, made: HashMap::new(), defaults, scopes, faults };
    for at in 0..defs.len() {
        let relations: Vec<_> =
            (0..defs[at].relations.len()).filter_map(|relation| resolver.relation(models, at, relation)).collect();
        resolver.names(models, at, &relations);
        models[at].relations = relations;
    }
    super::users::relate(models);
    any_targets(models);
    if resolver.faults.is_empty() {
        circles(models, resolver.faults);
        for at in 0..models.len() {
            resolver.keys(models, at);
        }
    }
}

/// Sets the links: the graph is complete.
pub(super) fn link(models: &[std::sync::Arc<ModelNode>]) {
    for model in models {
        for relation in &model.relations {
            relation.target.set(models);
            if let Some(through) = &relation.through {
                through.model.set(models);
            }
            for (target, _) in relation.any_targets() {
                target.set(models);
            }
        }
        if let Some(user) = &model.user {
            user.tokens.set(models);
        }
        for key in &model.foreign_keys {
            key.target.set(models);
        }
    }
}

/// The models that a polymorphic `belongsTo` may lead to: those that have the other end.
fn any_targets(models: &[ModelNode]) {
    for (at, model) in models.iter().enumerate() {
        for relation in &model.relations {
            let Some(Polymorphic::To { discriminator, targets }) = &relation.polymorphic else { continue };
            let mut found = Vec::new();
            for (other, source) in models.iter().enumerate() {
                for back in &source.relations {
                    let direct = back.target.at == at
                        && back.through.is_none()
                        && matches!(&back.polymorphic, Some(Polymorphic::From { discriminator: d, .. }) if d == discriminator);
                    let through = back.through.as_ref().is_some_and(|through| {
                        through.model.at == at
                            && through.discriminator.as_ref().is_some_and(|(d, _)| d == discriminator)
                    });
                    if (direct || through) && !found.iter().any(|(link, _): &(Link, usize)| link.at == other) {
                        found.push((Link::to(other), back.from));
                    }
                }
            }
            let _ = targets.set(found);
        }
    }
}

struct Resolver<'a> {
    defs: &'a [&'static ModelDef],
    /// The models that are made, by name.
    made: HashMap<&'static str, usize>,
    defaults: &'a GraphDefaults,
    scopes: &'a Scopes,
    faults: &'a mut Vec<Fault>,
}

/// Where a relation of a definition stands.
struct Place<'d> {
    def: &'d ModelDef,
    relation: &'d RelationDef,
    /// The model whose struct has the field: `def`, or one that it extends.
    owner: &'d ModelDef,
}

impl Place<'_> {
    fn location(&self) -> String {
        let line = if self.relation.line > 0 { self.relation.line } else { self.owner.location.line };
        format!("{}:{line}", self.owner.location.file)
    }

    fn fault(&self, message: &str) -> Fault {
        let (name, field) = (self.def.name, self.relation.field);
        let hint = if self.owner.name == name { String::new() } else { self.inherited() };
        Fault { location: self.location(), message: format!("{name}.{field}: {message}{hint}") }
    }
}

impl Place<'_> {
    /// What to do about a relation that cannot be taken over. The keys that lead to the base lead to none of the rows
    /// of a model that extends it.
    fn inherited(&self) -> String {
        let way = match self.relation.kind {
            RelationKindDef::HasMany | RelationKindDef::HasOne => {
                ", but has rows of its own: let the other model lead to both with a `BelongsToAny`, and name that with \
                 `polymorphic = field`"
            }
            RelationKindDef::HasAndBelongsToMany => {
                ", but has rows of its own: leave out `through`, and each of them has a table of links of its own"
            }
            _ => "",
        };
        format!("; `{}` takes the relation over from its base `{}`{way}", self.def.name, self.owner.name)
    }
}

impl Resolver<'_> {
    fn position(&self, name: &str) -> Option<usize> {
        self.defs.iter().position(|def| def.name == name)
    }

    fn relation(&mut self, models: &mut Vec<ModelNode>, at: usize, relation: usize) -> Option<RelationNode> {
        let def = self.defs[at];
        let place = Place { def, relation: &def.relations[relation], owner: def.owner_of_relation(relation) };
        match self.resolved(models, at, &place) {
            Ok(node) => Some(node),
            Err(message) => {
                self.faults.push(place.fault(&message));
                None
            }
        }
    }

    fn resolved(
        &mut self,
        models: &mut Vec<ModelNode>,
        at: usize,
        place: &Place<'static>,
    ) -> Result<RelationNode, String> {
        let def = place.relation;
        let target = match def.target {
            None => at,
            Some(target) => {
                let name = target.name();
                self.position(name)
                    .ok_or_else(|| format!("leads to the model {name}, which is not part of this app"))?
            }
        };
        let source = &models[at];
        let own = def.property.map(usize::from);
        let mut node = RelationNode {
            name: def.name.into(),
            doc: def.doc.trim().into(),
            kind: RelationKind::HasMany,
            from: own.unwrap_or(source.id),
            to: models[target].id,
            through: None,
            polymorphic: None,
            scope: def.scope.and_then(|scope| self.scopes.query(place.def.name, ScopeOf::Relation(def.name), scope)),
            properties: Vec::new(),
            disable_include: def.disable_include,
            nest: def.nest,
            validate: def.validate,
            relation_acl: def.relation_acl,
            location: place.location(),
            json_key: format!("{}:", serde_json::Value::from(def.name)).into(),
            target: Link::to(target),
        };
        if models[target].transient && !matches!(def.kind, RelationKindDef::EmbedsOne | RelationKindDef::EmbedsMany) {
            return Err(format!("leads to {}, which has no table: it can only be embedded", models[target].name));
        }
        match def.kind {
            RelationKindDef::BelongsTo => {
                node.kind = RelationKind::BelongsTo;
                if let Some(field) = def.primary_key {
                    node.to = self.place(target, def, field)?;
                }
                same_kind(&models[at], node.from, &models[target], node.to)?;
            }
            RelationKindDef::BelongsToAny => {
                node.kind = RelationKind::BelongsTo;
                node.polymorphic = Some(Polymorphic::To { discriminator: node.from + 1, targets: OnceLock::new() });
            }
            RelationKindDef::HasOne | RelationKindDef::HasMany => {
                if def.kind == RelationKindDef::HasOne {
                    node.kind = RelationKind::HasOne;
                }
                if let Some(field) = def.primary_key {
                    node.from = self.place(at, def, field)?;
                }
                match &def.through {
                    None => self.direct(models, at, target, def, &mut node)?,
                    Some(ThroughDef::Model(model)) => {
                        let name = model.name();
                        let through = self
                            .position(name)
                            .ok_or_else(|| format!("goes through {name}, which is not part of this app"))?;
                        self.through(models, at, target, through, def, &mut node)?;
                    }
                    Some(ThroughDef::Made(name)) => return Err(format!("goes through \"{name}\", which is no model")),
                }
            }
            RelationKindDef::HasAndBelongsToMany => self.linked(models, at, target, def, &mut node)?,
            RelationKindDef::EmbedsOne => {
                node.kind = RelationKind::EmbedsOne;
            }
            RelationKindDef::EmbedsMany => {
                node.kind = RelationKind::EmbedsMany;
                if models[target].id_less {
                    return Err(format!(
                        "embeds many {}, which has no id to tell them apart: add one, `#[property(id, generated)] id: String`",
                        models[target].name
                    ));
                }
            }
            RelationKindDef::ReferencesMany => {
                node.kind = RelationKind::ReferencesMany;
                if let Kind::Array(item) = &models[at].properties[node.from].kind
                    && std::mem::discriminant(&**item)
                        != std::mem::discriminant(&models[target].properties[node.to].kind)
                {
                    return Err(format!("keeps {} of another type", models[target].name));
                }
            }
        }
        for (own, other) in def.properties {
            node.properties.push((self.place(at, def, own)?, self.place(target, def, other)?));
        }
        Ok(node)
    }

    /// The index of the property that a field of a model stores.
    fn field(&self, model: usize, field: &str) -> Result<usize, String> {
        let def = self.defs[model];
        def.properties.iter().position(|property| property.field == field).ok_or_else(|| {
            let hint = did_you_mean(field, def.properties.iter().map(|property| property.field));
            format!("names the field `{field}`, which {} does not have{hint}", def.name)
        })
    }

    /// The index of the property that a relation names in a model.
    fn place(&self, model: usize, relation: &RelationDef, name: &str) -> Result<usize, String> {
        if relation.by_name { self.named(model, name) } else { self.field(model, name) }
    }

    /// The index of the property of a model with a JSON name.
    fn named(&self, model: usize, name: &str) -> Result<usize, String> {
        let def = self.defs[model];
        def.properties.iter().position(|property| property.name == name).ok_or_else(|| {
            let hint = did_you_mean(name, def.properties.iter().map(|property| property.name));
            format!("names the property `{name}`, which {} does not have{hint}", def.name)
        })
    }

    /// The relation of a model that leads back: the one of that field, or the only one.
    fn back(&self, model: usize, to: usize, field: Option<&str>, key: &str) -> Result<&'static RelationDef, String> {
        let def = self.defs[model];
        let leads = |relation: &&RelationDef| {
            relation.kind == RelationKindDef::BelongsTo
                && relation.target.is_some_and(|target| target.name() == self.defs[to].name)
        };
        let found: Vec<_> = def.relations.iter().filter(leads).collect();
        match (field, found.as_slice()) {
            (Some(field), found) => found.iter().find(|relation| relation.field == field).copied().ok_or_else(|| {
                format!("names the field `{field}`, which is no BelongsTo<{}> of {}", self.defs[to].name, def.name)
            }),
            (None, [one]) => Ok(one),
            (None, []) => Err(format!("{} has no BelongsTo<{}>", def.name, self.defs[to].name)),
            (None, several) => Err(format!(
                "{} has several fields BelongsTo<{}>: say which with `{key} = {}`",
                def.name,
                self.defs[to].name,
                several.iter().map(|relation| relation.field).collect::<Vec<_>>().join("` or `")
            )),
        }
    }

    /// The relation `BelongsToAny` of a model.
    fn any_back(&self, model: usize, field: &str) -> Result<usize, String> {
        let def = self.defs[model];
        let found = def
            .relations
            .iter()
            .find(|relation| relation.field == field && relation.kind == RelationKindDef::BelongsToAny);
        let property = found.and_then(|relation| relation.property).map(usize::from);
        property.ok_or_else(|| format!("names the field `{field}`, which is no BelongsToAny of {}", def.name))
    }

    fn direct(
        &mut self,
        models: &[ModelNode],
        at: usize,
        target: usize,
        def: &RelationDef,
        node: &mut RelationNode,
    ) -> Result<(), String> {
        if let Some(field) = def.polymorphic {
            node.to = if def.by_name { self.named(target, field)? } else { self.any_back(target, field)? };
            let name = models[at].name.clone();
            node.polymorphic = Some(Polymorphic::From { discriminator: node.to + 1, name });
        } else if let Some(name) = def.foreign_key.filter(|_| def.by_name) {
            node.to = self.named(target, name)?;
        } else {
            let back = self.back(target, at, def.foreign_key, "foreign_key")?;
            node.to = back.property.map(usize::from).unwrap_or_default();
            // The other end says which property its key refers to.
            if let Some(field) = back.primary_key {
                node.from = self.field(at, field)?;
            }
        }
        same_kind(&models[target], node.to, &models[at], node.from)
    }

    fn through(
        &mut self,
        models: &[ModelNode],
        at: usize,
        target: usize,
        through: usize,
        def: &RelationDef,
        node: &mut RelationNode,
    ) -> Result<(), String> {
        for other in [target, through] {
            if models[other].data_source != models[at].data_source {
                return Err(format!(
                    "{} is served from the data source `{}`, {} from `{}`: a relation through another model cannot cross",
                    models[at].name, models[at].data_source, models[other].name, models[other].data_source
                ));
            }
        }
        let mut discriminator = None;
        let from = if let Some(field) = def.polymorphic {
            let key = if def.by_name { self.named(through, field)? } else { self.any_back(through, field)? };
            discriminator = Some((key + 1, models[at].name.clone()));
            key
        } else if let Some(name) = def.foreign_key.filter(|_| def.by_name) {
            self.named(through, name)?
        } else {
            let back = self.back(through, at, def.foreign_key, "foreign_key")?;
            if let Some(field) = back.primary_key {
                node.from = self.field(at, field)?;
            }
            back.property.map(usize::from).unwrap_or_default()
        };
        let to = if let Some(name) = def.key_through.filter(|_| def.by_name) {
            self.named(through, name)?
        } else {
            let on = if at == target && def.key_through.is_none() {
                // A model that is related to itself: the other field of the two.
                self.other_back(through, target, from)?
            } else {
                self.back(through, target, def.key_through, "key_through")?
            };
            if let Some(field) = on.primary_key {
                node.to = self.field(target, field)?;
            }
            on.property.map(usize::from).unwrap_or_default()
        };
        if from == to {
            return Err(format!(
                "goes through {} by one field in both directions: name two with `foreign_key` and `key_through`",
                models[through].name
            ));
        }
        same_kind(&models[through], from, &models[at], node.from)?;
        node.through = Some(Through { model: Link::to(through), from, to, discriminator, unique: false });
        Ok(())
    }

    fn other_back(&self, through: usize, target: usize, from: usize) -> Result<&'static RelationDef, String> {
        let def = self.defs[through];
        let others: Vec<_> = def
            .relations
            .iter()
            .filter(|relation| {
                relation.kind == RelationKindDef::BelongsTo
                    && relation.target.is_some_and(|to| to.name() == self.defs[target].name)
                    && relation.property.map(usize::from) != Some(from)
            })
            .collect();
        match others.as_slice() {
            [one] => Ok(one),
            _ => Err(format!("say with `key_through` which field of {} leads to the other end", def.name)),
        }
    }

    /// `hasAndBelongsToMany`: the model between is made, unless the application has one of that name.
    fn linked(
        &mut self,
        models: &mut Vec<ModelNode>,
        at: usize,
        target: usize,
        def: &RelationDef,
        node: &mut RelationNode,
    ) -> Result<(), String> {
        if models[target].data_source != models[at].data_source {
            return Err(format!(
                "{} is served from the data source `{}`, {} from `{}`: a relation through a table cannot cross",
                models[at].name, models[at].data_source, models[target].name, models[target].data_source
            ));
        }
        let name: &'static str = match &def.through {
            Some(ThroughDef::Made(name)) => name,
            Some(ThroughDef::Model(model)) => {
                let name = model.name();
                let through =
                    self.position(name).ok_or_else(|| format!("goes through {name}, which is not part of this app"))?;
                return self.through(models, at, target, through, def, node);
            }
            None => {
                // Both ends arrive at the same name.
                let mut names = [self.defs[at].name, self.defs[target].name];
                names.sort_unstable();
                made_name(names)
            }
        };
        if self.position(name).is_some() {
            return Err(format!("goes through \"{name}\", which is a model of yours: write `through = {name}`"));
        }
        let through = match self.made.get(name) {
            Some(through) => *through,
            None => {
                models.push(made_model(name, at, &models[at], target, &models[target], def.name));
                self.made.insert(name, models.len() - 1);
                models.len() - 1
            }
        };
        let backs: Vec<_> = models[through].relations.iter().map(|back| (back.target.at, back.from)).collect();
        let (from, to) = match backs.as_slice() {
            [(first, a), (second, b)] if *first == at && *second == target => (*a, *b),
            [(first, a), (second, b)] if *second == at && *first == target => (*b, *a),
            _ => return Err(format!("goes through \"{name}\", which links two other models")),
        };
        node.through = Some(Through { model: Link::to(through), from, to, discriminator: None, unique: true });
        Ok(())
    }

    /// Names that a client could not tell apart.
    fn names(&mut self, models: &[ModelNode], at: usize, relations: &[RelationNode]) {
        let model = &models[at];
        for (i, relation) in relations.iter().enumerate() {
            let clash = if model.property(&relation.name).is_some() {
                Some("a property has the same JSON name")
            } else if relations[..i].iter().any(|other| other.name == relation.name) {
                Some("another relation has the same name")
            } else if ["and", "or", "nor"].contains(&&*relation.name) {
                Some("that is a word of the filter language")
            } else {
                None
            };
            if let Some(clash) = clash {
                self.faults.push(Fault {
                    location: relation.location.clone(),
                    message: format!("{}.{}: {clash}", model.name, relation.name),
                });
            }
        }
    }

    /// Foreign keys that the database guards, and the indexes by which relations are read.
    fn keys(&mut self, models: &mut [ModelNode], at: usize) {
        let mut indexes: Vec<(usize, Vec<usize>, bool)> = Vec::new();
        let mut keys = Vec::new();
        let model = &models[at];
        for relation in &model.relations {
            let def = self.defs.get(at).and_then(|def| def.relations.iter().find(|def| *def.name == *relation.name));
            match (relation.kind, &relation.polymorphic) {
                (RelationKind::BelongsTo, Some(Polymorphic::To { discriminator, .. })) => {
                    indexes.push((at, vec![*discriminator, relation.from], false));
                }
                (RelationKind::BelongsTo, _) => {
                    indexes.push((at, vec![relation.from], false));
                    let target = &models[relation.target.at];
                    let wanted = def.and_then(|def| def.constraint).unwrap_or(self.defaults.foreign_key_constraints);
                    let on_delete = match def {
                        Some(def) => def.on_delete,
                        // The rows of a made model are nothing but links.
                        None => OnDelete::Cascade,
                    };
                    if on_delete == OnDelete::SetNull && model.properties[relation.from].required {
                        self.faults.push(Fault {
                            location: relation.location.clone(),
                            message: format!(
                                "{}.{}: `on_delete = set_null` needs an `Option<BelongsTo<{}>>`",
                                model.name, relation.name, target.name
                            ),
                        });
                    }
                    let guarded = target.data_source == model.data_source
                        && !self.defaults.unguarded.iter().any(|name| **name == *model.data_source)
                        && !model.transient
                        && (relation.to == target.id || is_unique(target, relation.to));
                    if wanted && guarded {
                        let column = &*model.properties[relation.from].column;
                        keys.push(ForeignKeyNode {
                            name: index_name("fk", &model.table, &[column]).into(),
                            relation: relation.name.clone(),
                            property: relation.from,
                            target: Link::to(relation.target.at),
                            to: relation.to,
                            on_delete,
                        });
                    }
                }
                // One row at most: also when two requests create it at once.
                (RelationKind::HasOne, None) if relation.through.is_none() && relation.scope.is_none() => {
                    indexes.push((relation.target.at, vec![relation.to], true));
                }
                _ => {}
            }
        }
        models[at].foreign_keys = keys;
        for (at, properties, unique) in indexes {
            let model = &mut models[at];
            if model.transient || !unique && properties == [model.id] {
                continue;
            }
            // An index that begins with the same columns serves as well.
            let serves = |index: &IndexNode| {
                let columns: Vec<usize> = index.properties.iter().chain(&index.scope).copied().collect();
                columns.starts_with(&properties) && (!unique || index.unique && columns == properties)
            };
            if model.indexes.iter().any(serves) {
                continue;
            }
            let columns: Vec<&str> = properties.iter().map(|at| &*model.properties[*at].column).collect();
            let name = index_name(if unique { "uq" } else { "ix" }, &model.table, &columns);
            if unique {
                let name = index_name("ix", &model.table, &columns);
                model.indexes.retain(|index| *index.name != *name);
            }
            model.indexes.push(IndexNode { name: name.into(), properties, scope: Vec::new(), unique });
        }
    }
}

fn is_unique(model: &ModelNode, property: usize) -> bool {
    model.indexes.iter().any(|index| index.unique && index.properties == [property] && index.scope.is_empty())
}

fn same_kind(a: &ModelNode, key: usize, b: &ModelNode, to: usize) -> Result<(), String> {
    let (key, to) = (&a.properties[key], &b.properties[to]);
    if std::mem::discriminant(&key.kind) == std::mem::discriminant(&to.kind) {
        return Ok(());
    }
    Err(format!(
        "the key {}.{} is {}, {}.{} is {}",
        a.name,
        key.name,
        key.kind.describe(),
        b.name,
        to.name,
        to.kind.describe()
    ))
}
