//! Definitions to graph, with every check that only the whole program allows.

use super::access::AccessNode;
use super::base::{self, Settings};
use super::clashes::{clashes, embedded_alone, two_resolvers};
use super::names::{index_name, table_name};
use super::node::{Default, IndexNode, ModelNode, PropertyNode, Quoted, Rule, ScopeNode, Validation};
use super::scopes::{ScopeOf, Scopes};
use super::{Definitions, FREE_COLUMN, Fault, Faults, Graph, GraphDefaults, Kind, plural::pluralize};
use super::{access, method, owners, resolve_relations, users};
use crate::access::Effect;
use crate::events::Listeners;
use crate::hooks::{HookNode, HookTable};
use crate::meta::{
    DefaultDef, HookDef, Literal, MessageDef, MethodDef, ModelDef, ModelRef, Permission, Phase, PropertyDef, RuleDef,
    Strict, ValidationDef,
};
use crate::mixins::Mixed;
use crate::suggest::did_you_mean;
use crate::value::{Value, coerce};
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The framework's own model of e-mails on their way out.
const OUTBOX: &str = "OutboxEmail";

pub(super) fn build(all: &Definitions, defaults: &GraphDefaults, older: Option<&Graph>) -> Result<Graph, Faults> {
    let graph = assemble(all, defaults, older, &Scopes::default())?;
    // The names in a scope that is JSON are looked up in the graph itself.
    match Scopes::of(all, &graph)? {
        scopes if scopes.is_empty() => Ok(graph),
        scopes => assemble(all, defaults, older, &scopes),
    }
}

fn assemble(
    all: &Definitions,
    defaults: &GraphDefaults,
    older: Option<&Graph>,
    scopes: &Scopes,
) -> Result<Graph, Faults> {
    let mut faults = Vec::new();
    if all.models.is_empty() {
        faults.push(Fault {
            location: String::new(),
            message: "no models: 0 structs with `#[model]` are linked; a crate of models that the program never \
                      mentions is left out by the linker: write `use my_models as _;`"
                .into(),
        });
    }
    // The order of link-time collection is undefined: sort, so that everything built from the graph is the same.
    let mut defs = all.models.clone();
    defs.sort_by_key(|def| (def.name, def.location.file, def.location.line));
    let settings: Vec<_> = defs.iter().map(|def| Settings::of(def)).collect();
    let mut models: Vec<_> = defs
        .iter()
        .zip(&settings)
        .map(|(def, settings)| Resolver { def, settings, defaults, scopes, faults: &mut faults }.model())
        .collect();
    users::resolve(&defs, &mut models, defaults, &mut faults);
    resolve_relations::resolve(&defs, &mut models, defaults, scopes, &mut faults);
    for (at, model) in models.iter_mut().enumerate() {
        let (Some(def), Some(settings)) = (defs.get(at), settings.get(at)) else { continue };
        let own = methods(def, all);
        model.hooks = hooks(def, all, defaults);
        if model.transient {
            embedded_alone(def, all, &mut faults);
        }
        for mixin in &settings.mixins {
            let mut mixed = Mixed::new(model, mixin.name());
            (mixin.mix_into)(&mut mixed);
            let found = mixed.into_faults().into_iter();
            faults.extend(found.map(|message| Fault { location: def.location.to_string(), message }));
        }
        let rules = access::rules(model, def, &own, defaults, &mut faults);
        let asked = method::Asked { disabled: &settings.disabled, own: &own, hooks: &all.remote_hooks, rules: &rules };
        (model.methods, model.access.standards) = method::of_model(model, def, &asked, &mut faults);
        model.access.rules = rules;
        let app_wide = defaults.shared_methods.iter().map(|(name, on)| (&**name, *on));
        let bases = def.bases().collect::<Vec<_>>().into_iter().rev();
        let own = bases.chain([*def]).flat_map(|def| def.settings.shared_methods).copied();
        method::share(model, &app_wide.chain(own).collect::<Vec<_>>());
        for (name, method) in &defaults.disabled {
            if **name == *model.name {
                method::disable(model, method, &mut faults);
            }
        }
        // A model without a table has endpoints when it has methods.
        model.public &= !model.transient || !model.methods.is_empty();
        model.routes = method::routes(&model.methods);
    }
    for name in &defaults.exposed {
        if models.iter().any(|model| *model.name == **name && model.is_a("AccessToken")) {
            let message = format!("the app exposes `{name}`: access tokens have no routes of their own");
            faults.push(Fault { location: "the app".to_owned(), message });
        }
        if !defs.iter().any(|def| def.name == name && def.settings.built_in) {
            let known = defs.iter().filter(|def| def.settings.built_in).map(|def| def.name);
            let hint = did_you_mean(name, known);
            let message = format!("the app exposes `{name}`, which is none of the framework's models{hint}");
            faults.push(Fault { location: "the app".to_owned(), message });
        }
    }
    for (name, method) in &defaults.disabled {
        if !models.iter().any(|model| *model.name == **name) {
            let hint = did_you_mean(name, models.iter().map(|model| &*model.name));
            let message = format!("the app disables `{method}` of the unknown model `{name}`{hint}");
            faults.push(Fault { location: String::new(), message });
        }
    }
    for (name, rule) in &defaults.acls {
        if !models.iter().any(|model| *model.name == **name) {
            let hint = did_you_mean(name, models.iter().map(|model| &*model.name));
            let message = format!("the app has the rule `{rule}` for the unknown model `{name}`{hint}");
            faults.push(Fault { location: "the app".to_owned(), message });
        }
    }
    owners::owners(&mut models, &defs, &mut faults);
    method::unknown_models(&models, &mut faults);
    two_resolvers(&all.role_resolvers, &mut faults);
    clashes(&models, &mut faults);
    if !faults.is_empty() {
        // A property with a fault has it in each model that takes it over.
        let mut seen = HashSet::new();
        faults.retain(|fault| seen.insert(fault.clone()));
        return Err(Faults(faults));
    }
    let mut graph = Graph { resolvers: all.role_resolvers.clone(), ..Graph::default() };
    for (at, mut model) in models.into_iter().enumerate() {
        if let Some(older) = older.and_then(|older| older.model(&model.name)) {
            model.events = older.events.clone();
        }
        graph.by_name.insert(model.name.to_lowercase().into(), at);
        graph.by_name.insert(model.name.clone(), at);
        if model.public {
            graph.by_path.insert(model.path.to_lowercase().into(), at);
            graph.by_path.insert(model.path.clone(), at);
        }
        graph.has_rules |= !model.access.rules.is_empty() || model.access.default_permission == Permission::Deny;
        graph.access_hooks |= model.hooks.has(Phase::Access);
        graph.models.push(Arc::new(model));
    }
    resolve_relations::link(&graph.models);
    Ok(graph)
}

pub(super) fn is(one: &ModelDef, other: &ModelDef) -> bool {
    one.name == other.name && one.location == other.location
}

/// Whether what is written for a model holds for another: for itself, and for the models that extend it.
pub(super) fn holds(def: &'static ModelDef, of: &ModelDef) -> bool {
    is(def, of) || def.bases().any(|base| is(base, of))
}

/// The remote methods of a model: its own, and those of its bases that it takes over unless it has one of that name.
fn methods<'d>(def: &'static ModelDef, all: &'d Definitions) -> Vec<&'d MethodDef> {
    // By name and place: a constant may stand at several addresses of a program.
    let mut own: Vec<&MethodDef> = all.methods.iter().filter(|method| is(def, (method.model)())).collect();
    for base in def.bases() {
        let inherited = all.methods.iter().filter(|method| method.inherited && is(base, (method.model)()));
        for method in inherited {
            if !own.iter().any(|known| known.name == method.name && known.instance == method.instance) {
                own.push(method);
            }
        }
    }
    own
}

/// The hooks of all models, then those of this one and of its bases, in the order in which they run.
fn hooks(def: &'static ModelDef, all: &Definitions, defaults: &GraphDefaults) -> HookTable {
    let mut table = HookTable::default();
    // An observer that refuses what it does not know would refuse that an e-mail was sent, and it would be sent again.
    let observers = if def.name == OUTBOX { &[][..] } else { &defaults.observers };
    for (at, (phase, observer)) in observers.iter().enumerate() {
        table.add(*phase, HookNode::observer(at, observer));
    }
    let mut own: Vec<&HookDef> = all.hooks.iter().filter(|hook| holds(def, (hook.model)())).collect();
    // Those of a base first.
    own.sort_by_key(|hook| (hook.order, is(def, (hook.model)()), hook.location.file, hook.location.line));
    for hook in own {
        table.add(hook.phase, HookNode::from(hook));
    }
    table
}

/// What a write to a model does to what is known of tokens, roles and rules.
fn effect(def: &'static ModelDef) -> Effect {
    let of = |def: &'static ModelDef| match def.name {
        "Role" | "RoleMapping" | "Acl" => Effect::Rules,
        "User" | "AccessToken" => Effect::Sessions,
        _ => Effect::None,
    };
    let built_in = def.bases().chain([def]).find(|def| def.settings.built_in);
    match built_in.map_or(Effect::None, of) {
        Effect::None if users::is_user(def) => Effect::Sessions,
        effect => effect,
    }
}

struct Resolver<'a> {
    def: &'static ModelDef,
    settings: &'a Settings,
    defaults: &'a GraphDefaults,
    scopes: &'a Scopes,
    faults: &'a mut Vec<Fault>,
}

impl Resolver<'_> {
    fn fault(&mut self, message: String) {
        self.faults.push(Fault { location: self.def.location.to_string(), message });
    }

    fn property_fault(&mut self, property: &PropertyDef, message: &str) {
        let at = self.def.properties.iter().position(|other| std::ptr::eq(other, property));
        let owner = at.map_or(self.def, |at| self.def.owner_of_property(at));
        let line = if property.line > 0 { property.line } else { owner.location.line };
        self.faults.push(Fault {
            location: format!("{}:{line}", owner.location.file),
            message: format!("{}.{}: {message}", owner.name, property.field),
        });
    }

    fn model(&mut self) -> ModelNode {
        let def = self.def;
        let settings = &self.settings.all;
        let by_name: HashMap<Box<str>, usize> =
            def.properties.iter().enumerate().map(|(at, p)| (p.name.into(), at)).collect();
        let strict = settings.strict.unwrap_or(self.defaults.strict);
        let mut properties: Vec<_> = def.properties.iter().map(|p| self.property(p, &by_name)).collect();
        let free = (strict == Strict::Free).then(|| {
            properties.push(free_property());
            properties.len() - 1
        });
        self.same_names();
        base::faults(def, self.faults);
        let id = self.id();
        let table = table_name(def);
        let plural = def.plural.map_or_else(|| pluralize(def.name), str::to_owned);
        let path = def.http_path.map_or_else(|| format!("/{plural}"), str::to_owned);
        let replace_on_put = settings.replace_on_put.unwrap_or(self.defaults.replace_on_put);
        let outbox = self.defaults.outbox_data_source.as_deref().filter(|_| def.name == OUTBOX);
        let built_in = outbox.or(self.defaults.auth_data_source.as_deref()).filter(|_| settings.built_in);
        let data_source = match settings.data_source.or(built_in) {
            None => self.defaults.data_sources.first().map_or("db", String::as_str).to_owned(),
            Some(name) => {
                if !self.defaults.data_sources.iter().any(|known| known == name) {
                    let known = self.defaults.data_sources.iter().map(String::as_str);
                    let hint = did_you_mean(name, known);
                    self.fault(format!("model `{}` names the unknown data source `{name}`{hint}", def.name));
                }
                name.to_owned()
            }
        };
        let indexes = self.indexes(table, &properties, &by_name);
        let shown = |at: &usize| !properties[*at].hidden || Some(*at) == free;
        let visible: Vec<usize> = (0..properties.len()).filter(shown).collect();
        let visible_included = visible.iter().copied().filter(|at| !properties[*at].protected).collect();
        let id_less = settings.transient && !def.properties.iter().any(|property| property.id);
        let generated = def.properties.get(id).is_some_and(|p| p.generated);
        ModelNode {
            name: def.name.into(),
            bases: def.bases().map(|base| base.name.into()).collect(),
            plural: plural.into(),
            path: path.trim_end_matches('/').into(),
            table: table.into(),
            doc: def.doc.trim().into(),
            properties,
            id,
            free,
            strict,
            force_id: settings.force_id.unwrap_or(generated),
            // Tokens are reached over their users alone.
            public: (settings.public || settings.built_in && self.defaults.exposed.iter().any(|name| name == def.name))
                && !std::iter::once(def).chain(def.bases()).any(|def| def.name == "AccessToken"),
            replace_on_put,
            change_stream: settings.change_stream.unwrap_or(self.defaults.change_streams),
            data_source: data_source.into(),
            indexes,
            methods: Vec::new(),
            routes: Vec::new(),
            relations: Vec::new(),
            foreign_keys: Vec::new(),
            transient: settings.transient,
            id_less,
            default_scope: settings.default_scope.and_then(|scope| self.scopes.query(def.name, ScopeOf::Model, scope)),
            scopes: self
                .settings
                .scopes
                .iter()
                .map(|scope| ScopeNode {
                    name: scope.name.into(),
                    query: self.scopes.query(def.name, ScopeOf::Named(scope.name), scope.query).unwrap_or_default(),
                })
                .collect(),
            default_limit: settings.default_limit.or(self.defaults.default_limit),
            max_limit: settings.max_limit.or(self.defaults.max_limit),
            hooks: HookTable::default(),
            events: Listeners::default(),
            implicit_transactions: settings.implicit_transactions.unwrap_or(self.defaults.implicit_transactions),
            updated: None,
            deleted: None,
            access: AccessNode {
                default_permission: settings.default_permission.unwrap_or(self.defaults.default_permission),
                error_status: settings.acl_error_status.unwrap_or(self.defaults.acl_error_status),
                relation_acl: settings.relation_acl.unwrap_or(self.defaults.relation_acl),
                owner_writable: settings.owner_writable.unwrap_or(self.defaults.owner_writable),
                ..AccessNode::default()
            },
            user: None,
            authority: effect(def),
            built_in: def.settings.built_in,
            location: def.location.to_string(),
            visible,
            visible_included,
            quoted_table: Quoted::new(table),
            by_name,
        }
    }

    fn same_names(&mut self) {
        let mut names = HashMap::new();
        let mut columns = HashMap::new();
        let base = self.def.base.and_then(ModelRef::def);
        let of_base = base.map_or(0, |base| base.properties.len());
        for (at, p) in self.def.properties.iter().enumerate() {
            let whose = |other: usize| match base {
                Some(base) if other < of_base && at >= of_base => {
                    format!("as `{}` of the base `{}`", self.def.properties[other].field, base.name)
                }
                _ => format!("as `{}`", self.def.properties[other].field),
            };
            let (same_name, same_column) = (names.insert(p.name, at), columns.insert(p.column.to_lowercase(), at));
            let (same_name, same_column) = (same_name.map(whose), same_column.map(whose));
            let same_field = base.filter(|base| at >= of_base && base.has_field(p.field));
            if let Some(base) = same_field {
                self.property_fault(p, &format!("the base `{}` has a field of that name: rename this one", base.name));
                continue;
            }
            if let Some(whose) = same_name {
                self.property_fault(p, &format!("has the same JSON name `{}` {whose}", p.name));
            }
            if let Some(whose) = same_column {
                self.property_fault(p, &format!("has the same column `{}` {whose}", p.column));
            }
            if p.column == FREE_COLUMN {
                self.property_fault(p, &format!("the column name `{FREE_COLUMN}` is the framework's own"));
            }
        }
    }

    fn id(&mut self) -> usize {
        let ids: Vec<_> = self.def.properties.iter().enumerate().filter(|(_, p)| p.id).collect();
        match ids.as_slice() {
            [(at, p)] => {
                match Kind::from(&p.kind) {
                    Kind::Integer { .. } | Kind::String | Kind::Uuid => {}
                    other => self.property_fault(
                        p,
                        &format!("is {}: an id is an integer, a string or a UUID", other.describe()),
                    ),
                }
                *at
            }
            [] if self.def.settings.transient => 0,
            [] => {
                self.fault(format!("model `{}` has no id: mark one property `#[property(id)]`", self.def.name));
                0
            }
            _ => {
                self.fault(format!("model `{}` has {} ids; one is allowed", self.def.name, ids.len()));
                0
            }
        }
    }

    fn property(&mut self, def: &'static PropertyDef, by_name: &HashMap<Box<str>, usize>) -> PropertyNode {
        let kind = Kind::of_property(def);
        let default = match def.default {
            DefaultDef::None if def.id && def.generated && !matches!(kind, Kind::Integer { .. }) => Default::Uuid,
            DefaultDef::None => Default::None,
            DefaultDef::Now => {
                if !matches!(kind, Kind::DateTime | Kind::Date) {
                    self.property_fault(
                        def,
                        &format!("the default `now` is a date, the property is {}", kind.describe()),
                    );
                }
                Default::Now
            }
            DefaultDef::Uuid => {
                if !matches!(kind, Kind::String | Kind::Uuid) {
                    self.property_fault(
                        def,
                        &format!("the default `uuid` is text, the property is {}", kind.describe()),
                    );
                }
                Default::Uuid
            }
            DefaultDef::Function(function) => Default::Function(function),
            DefaultDef::Literal(literal) => self.literal(def, &kind, literal_json(literal)),
            DefaultDef::Json(json) => self.literal(def, &kind, serde_json::from_str(json).unwrap_or(Json::Null)),
        };
        let has_presence = def.validations.iter().any(|v| matches!(v.rule, RuleDef::Presence));
        let mut validations = Vec::new();
        // LoopBack asks for the presence of required properties first. A generated id is not the client's to give.
        if def.required && !(def.id && def.generated) && !has_presence {
            // An empty list is a value of a `Vec`; who wants at least one item says `length(min = 1)` or `presence`.
            let implied = ValidationDef {
                allow_blank: Some(matches!(kind, Kind::Array(_))),
                ..ValidationDef::new(RuleDef::Presence)
            };
            validations.push(self.validation(def, &kind, &implied, true, by_name));
        }
        let strictly = def.required || has_presence;
        for validation in def.validations {
            validations.push(self.validation(def, &kind, validation, strictly, by_name));
        }
        PropertyNode {
            name: def.name.into(),
            column: def.column.into(),
            doc: def.doc.trim().into(),
            accepts: def.accepts,
            managed: None,
            required: def.required,
            generated: def.generated,
            hidden: def.hidden,
            protected: def.protected,
            hides: kind.hides(),
            kind,
            default,
            sql: def.sql,
            validations: validations.into_iter().flatten().collect(),
            json_key: format!("{}:", Json::from(def.name)).into(),
            quoted: Quoted::new(def.column),
        }
    }

    fn literal(&mut self, def: &'static PropertyDef, kind: &Kind, json: Json) -> Default {
        let shown = json.to_string();
        match coerce(kind, json) {
            Ok(value) => Default::Literal(value),
            Err(error) => {
                self.property_fault(def, &format!("the default {shown} {}", error.message));
                Default::None
            }
        }
    }

    fn validation(
        &mut self,
        property: &'static PropertyDef,
        kind: &Kind,
        def: &ValidationDef,
        strictly: bool,
        by_name: &HashMap<Box<str>, usize>,
    ) -> Option<Validation> {
        let misplaced = match def.rule {
            RuleDef::Length { .. } if !matches!(kind, Kind::String | Kind::Array(_) | Kind::Bytes | Kind::Any) => {
                Some("`length` is for text and lists")
            }
            RuleDef::Range { .. } if !matches!(kind, Kind::Integer { .. } | Kind::Number | Kind::Decimal { .. }) => {
                Some("`range` is for numbers")
            }
            RuleDef::Format(_) if !kind.is_text() => Some("`format` is for text"),
            RuleDef::Uniqueness { .. } if kind.is_json() || *kind == Kind::Bytes => {
                Some("`uniqueness` is not for lists, objects and bytes")
            }
            _ => None,
        };
        if let Some(message) = misplaced {
            self.property_fault(property, &format!("{message}; the property is {}", kind.describe()));
            return None;
        }
        let named = |this: &mut Self, name: &str| {
            let at = by_name.get(name).copied();
            if at.is_none() {
                let hint = did_you_mean(name, by_name.keys().map(AsRef::as_ref));
                this.property_fault(property, &format!("a validation names the unknown property `{name}`{hint}"));
            }
            at
        };
        let list = |this: &mut Self, literals: &[Literal]| -> Vec<Value> {
            let mut values = Vec::new();
            for literal in literals {
                match coerce(kind, literal_json(*literal)) {
                    Ok(value) => values.push(value),
                    Err(error) => this.property_fault(property, &format!("{literal:?} in a list {}", error.message)),
                }
            }
            values
        };
        let rule = match def.rule {
            RuleDef::Presence => Rule::Presence,
            RuleDef::Absence => Rule::Absence,
            RuleDef::Length { min, max, is } => Rule::Length { min, max, is },
            RuleDef::Numericality { int } => Rule::Numericality { int },
            RuleDef::Range { min, max } => Rule::Range { min, max },
            RuleDef::Inclusion(literals) => Rule::Inclusion(list(self, literals)),
            RuleDef::Exclusion(literals) => Rule::Exclusion(list(self, literals)),
            RuleDef::Format(pattern) => match regex::Regex::new(pattern) {
                Ok(regex) => Rule::Format(regex),
                Err(error) => {
                    self.property_fault(property, &format!("the format is not a regular expression: {error}"));
                    return None;
                }
            },
            RuleDef::Uniqueness { scope } => {
                Rule::Uniqueness { scope: scope.iter().filter_map(|name| named(self, name)).collect() }
            }
            RuleDef::Custom { name, check } => Rule::Custom { name: name.into(), check },
            RuleDef::CustomAsync { name, check } => Rule::CustomAsync { name: name.into(), check },
        };
        let messages = match def.message {
            MessageDef::Default => Vec::new(),
            MessageDef::All(text) => vec![("".into(), text.into())],
            MessageDef::ByKind(list) => list.iter().map(|(kind, text)| ((*kind).into(), (*text).into())).collect(),
        };
        let allow_null = def.allow_null.unwrap_or(!strictly);
        Some(Validation {
            rule,
            messages,
            allow_null,
            allow_blank: def.allow_blank.unwrap_or(false),
            allow_absent: def.allow_blank.unwrap_or(allow_null),
            when: def.when.and_then(|name| named(self, name)),
            unless: def.unless.and_then(|name| named(self, name)),
        })
    }

    fn indexes(
        &mut self,
        table: &str,
        properties: &[PropertyNode],
        by_name: &HashMap<Box<str>, usize>,
    ) -> Vec<IndexNode> {
        let mut indexes: Vec<IndexNode> = Vec::new();
        let mut add = |unique: bool, own: Vec<usize>, scope: Vec<usize>| {
            let columns: Vec<&str> = own.iter().chain(&scope).map(|at| &*properties[*at].column).collect();
            let name = index_name(if unique { "uq" } else { "ix" }, table, &columns);
            let index = IndexNode { name: name.into(), properties: own, scope, unique };
            if !indexes.contains(&index) {
                indexes.push(index);
            }
        };
        for (at, property) in properties.iter().enumerate() {
            for validation in &property.validations {
                if let Rule::Uniqueness { scope } = &validation.rule {
                    add(true, vec![at], scope.clone());
                }
            }
            if self.def.properties.get(at).is_some_and(|def| def.index) {
                add(false, vec![at], Vec::new());
            }
        }
        for def in &self.settings.indexes {
            let known: Vec<_> = def.properties.iter().filter_map(|name| by_name.get(*name).copied()).collect();
            if known.len() == def.properties.len() && !known.is_empty() {
                add(def.unique, known, Vec::new());
            } else {
                self.faults.push(Fault {
                    location: self.def.location.to_string(),
                    message: format!(
                        "model `{}` has an index over an unknown property: {:?}",
                        self.def.name, def.properties
                    ),
                });
            }
        }
        indexes
    }
}

fn free_property() -> PropertyNode {
    PropertyNode { hidden: true, json_key: "".into(), ..PropertyNode::plain("(free)", FREE_COLUMN, Kind::Any) }
}

fn literal_json(literal: Literal) -> Json {
    match literal {
        Literal::Bool(b) => b.into(),
        Literal::Int(n) => n.into(),
        Literal::Float(n) => n.into(),
        Literal::Str(text) => text.into(),
    }
}
