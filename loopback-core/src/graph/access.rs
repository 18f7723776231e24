//! Rules of access control, resolved: which rule is about which method, and with which score. Answers to loopback
//! `common/models/acl.js`.

use super::method::{MethodNode, matching};
use super::{Fault, GraphDefaults, ModelNode};
use crate::meta::{AccessType, AclDef, MethodDef, ModelDef, Permission, PrincipalDef, RelationAcl};
use crate::suggest::did_you_mean;
use std::fmt;
use std::sync::Arc;

/// Who a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalNode {
    /// `$everyone`
    Everyone,
    /// `$authenticated`
    Authenticated,
    /// `$unauthenticated`
    Unauthenticated,
    /// `$owner`
    Owner,
    /// `$related`
    Related,
    /// A role, by its name.
    Role(Box<str>),
    /// A user, by the id.
    User(Box<str>),
    /// An application, by the id.
    App(Box<str>),
    /// A user of one of several models of users: the model's name, and the id.
    UserOf(Box<str>, Box<str>),
}

impl PrincipalNode {
    /// The roles that the framework decides about.
    pub const ROLES: [&'static str; 5] = ["$everyone", "$authenticated", "$unauthenticated", "$owner", "$related"];

    /// A role by its name; `None`: the name begins with `$`, and there is no such role.
    pub fn role(name: &str) -> Option<Self> {
        Some(match name {
            "$everyone" => Self::Everyone,
            "$authenticated" => Self::Authenticated,
            "$unauthenticated" => Self::Unauthenticated,
            "$owner" => Self::Owner,
            "$related" => Self::Related,
            other if other.starts_with('$') => return None,
            other => Self::Role(other.into()),
        })
    }

    /// LoopBack's `principalType`.
    pub fn kind(&self) -> &str {
        match self {
            Self::User(_) => "USER",
            Self::App(_) => "APP",
            Self::UserOf(model, _) => model,
            _ => "ROLE",
        }
    }

    /// LoopBack's `principalId`.
    pub fn id(&self) -> &str {
        match self {
            Self::Everyone => "$everyone",
            Self::Authenticated => "$authenticated",
            Self::Unauthenticated => "$unauthenticated",
            Self::Owner => "$owner",
            Self::Related => "$related",
            Self::Role(id) | Self::User(id) | Self::App(id) | Self::UserOf(_, id) => id,
        }
    }

    /// LoopBack's weights: those of the type, then those of the role.
    fn weight(&self) -> u32 {
        let of_type = match self {
            Self::User(_) => 4,
            Self::App(_) => 3,
            Self::UserOf(..) => 1,
            _ => 2,
        };
        let of_role = match self {
            Self::Role(_) => 5,
            Self::Owner => 4,
            Self::Related => 3,
            Self::Authenticated | Self::Unauthenticated => 2,
            Self::Everyone => 1,
            Self::User(_) | Self::App(_) | Self::UserOf(..) => 0,
        };
        of_type * 8 + of_role
    }
}

impl fmt::Display for PrincipalNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user {id}"),
            Self::App(id) => write!(f, "app {id}"),
            Self::UserOf(model, id) => write!(f, "{model} {id}"),
            role => f.write_str(role.id()),
        }
    }
}

/// How near a part of a rule is to what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// It names it.
    Exactly,
    /// It is about everything.
    All,
    /// Everything is asked about, and it is about something.
    Narrower,
}

impl Match {
    fn score(self) -> u32 {
        match self {
            Self::Exactly => 3,
            Self::All => 2,
            Self::Narrower => 1,
        }
    }
}

/// The score of a rule for a call, LoopBack's `getMatchingScore`; `None`: the rule is not about it.
pub(crate) fn score(
    model: Match,
    method: Match,
    wanted: Option<AccessType>,
    access: Option<AccessType>,
    principal: &PrincipalNode,
    permission: Permission,
) -> Option<u32> {
    let access = match (access, wanted) {
        (None, None) => Match::Exactly,
        (None, Some(_)) => Match::All,
        // LoopBack's `EXECUTE` is about every call, and `WRITE` about replication, too.
        (Some(AccessType::Execute), _) => Match::Exactly,
        (Some(AccessType::Write), Some(AccessType::Replicate)) => Match::Exactly,
        (Some(access), Some(wanted)) if access == wanted => Match::Exactly,
        (Some(_), None) => Match::Narrower,
        (Some(_), Some(_)) => return None,
    };
    let about = (model.score() * 4 + method.score()) * 4 + access.score();
    // Type and role have two digits: the type one of base 4, the role one of base 8.
    let who = principal.weight();
    let score = (about * 4 + who / 8) * 8 + who % 8;
    Some(score * 4 + permission as u32)
}

/// A rule of the graph.
#[derive(Clone, Debug)]
pub struct RuleNode {
    /// What it says.
    pub permission: Permission,
    /// Who it is about.
    pub principal: PrincipalNode,
    /// Which calls; `None`: all.
    pub access: Option<AccessType>,
    /// The methods it is about, as they were written; none: all.
    pub methods: Vec<Box<str>>,
    /// Where it stands.
    pub location: Box<str>,
}

impl fmt::Display for RuleNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.permission.as_str(), self.principal)?;
        if let Some(access) = self.access {
            write!(f, " {}", access.as_str())?;
        }
        if !self.methods.is_empty() {
            write!(f, " {}", self.methods.join(", "))?;
        }
        Ok(())
    }
}

/// A rule about a method.
#[derive(Clone, Debug)]
pub(crate) struct ScoredRule {
    pub(crate) rule: Arc<RuleNode>,
    pub(crate) score: u32,
    /// Whether it names the method.
    pub(crate) explicit: bool,
}

/// What `$owner` goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerNode {
    /// The row is the user.
    Itself,
    /// A property has the id of a user; of this model when it is named.
    Key {
        /// The property.
        property: usize,
        /// The model of users; `None`: the only one that there is.
        model: Option<Box<str>>,
    },
}

impl OwnerNode {
    /// Whether it is a property with an index.
    pub(crate) fn is_key(&self, at: usize) -> bool {
        matches!(self, Self::Key { property, .. } if *property == at)
    }
}

/// An operation whose rules are asked wherever it is reached from: by a relation, an include, a condition, an upsert. Its
/// rules hold when its endpoint is disabled, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standard {
    Find,
    FindById,
    Create,
    Patch,
    Delete,
    Replace,
}

impl Standard {
    const ALL: [Self; 6] = [Self::Find, Self::FindById, Self::Create, Self::Patch, Self::Delete, Self::Replace];

    const fn name(self) -> &'static str {
        match self {
            Self::Find => "find",
            Self::FindById => "findById",
            Self::Create => "create",
            Self::Patch => "prototype.patchAttributes",
            Self::Delete => "deleteById",
            Self::Replace => "replaceById",
        }
    }

    const fn access(self) -> AccessType {
        match self {
            Self::Find | Self::FindById => AccessType::Read,
            Self::Create | Self::Patch | Self::Delete | Self::Replace => AccessType::Write,
        }
    }
}

/// The rules of an operation.
#[derive(Clone, Debug)]
pub(crate) struct StandardRules {
    standard: Standard,
    aliases: &'static [&'static str],
    pub(crate) rules: Vec<ScoredRule>,
}

impl StandardRules {
    pub(crate) fn asked<'a>(&'a self, model: &'a Arc<ModelNode>) -> crate::access::Asked<'a> {
        crate::access::Asked {
            model,
            name: self.standard.name(),
            aliases: self.aliases,
            access: self.standard.access(),
            rules: &self.rules,
            scopes: &[],
        }
    }
}

/// The rules of the operations, of all methods of a model, the disabled ones included.
pub(super) fn standards(methods: &[MethodNode]) -> Vec<StandardRules> {
    let of = |standard: Standard| {
        let method = methods.iter().find(|method| method.name == standard.name());
        StandardRules {
            standard,
            aliases: method.map_or(&[], |method| method.aliases),
            rules: method.map(|method| method.rules.clone()).unwrap_or_default(),
        }
    };
    Standard::ALL.into_iter().map(of).collect()
}

/// Access control of a model.
#[derive(Clone, Debug)]
pub struct AccessNode {
    /// The rules, those of bases first.
    pub rules: Vec<Arc<RuleNode>>,
    /// What holds where no rule does.
    pub default_permission: Permission,
    /// The status with which a user is refused.
    pub error_status: u16,
    /// Which rules are asked over relations.
    pub relation_acl: RelationAcl,
    /// Whether what `$owner` goes by can be set to somebody else.
    pub owner_writable: bool,
    /// What `$owner` goes by.
    pub owners: Vec<OwnerNode>,
    pub(crate) standards: Vec<StandardRules>,
}

impl Default for AccessNode {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            default_permission: Permission::Allow,
            error_status: 401,
            relation_acl: RelationAcl::Both,
            owner_writable: false,
            owners: Vec::new(),
            standards: standards(&[]),
        }
    }
}

impl AccessNode {
    /// The rules of an operation.
    pub(crate) fn standard(&self, standard: Standard) -> &StandardRules {
        &self.standards[standard as usize]
    }

    /// Whether a rule is about `$owner`.
    pub fn knows_owner(&self) -> bool {
        self.rules.iter().any(|rule| rule.principal == PrincipalNode::Owner)
    }
}

/// A rule of an app: [`AppBuilder::acl`](crate::app::AppBuilder::acl).
///
/// ```
/// use loopback_core::access::AclRule;
/// use loopback_core::graph::AccessType;
///
/// let rule = AclRule::allow("admin").access(AccessType::Write).methods(["create", "deleteById"]);
/// assert_eq!(rule.to_string(), "ALLOW admin WRITE create, deleteById");
/// ```
#[derive(Clone, Debug)]
pub struct AclRule(pub(crate) RuleNode, pub(crate) bool);

impl AclRule {
    fn of_role(permission: Permission, role: &str) -> Self {
        let principal = PrincipalNode::role(role);
        let known = principal.is_some();
        let principal = principal.unwrap_or_else(|| PrincipalNode::Role(role.into()));
        let location = "the app".into();
        Self(RuleNode { permission, principal, access: None, methods: Vec::new(), location }, known)
    }

    /// Lets the role call.
    pub fn allow(role: &str) -> Self {
        Self::of_role(Permission::Allow, role)
    }

    /// Refuses the role.
    pub fn deny(role: &str) -> Self {
        Self::of_role(Permission::Deny, role)
    }

    /// Lets the role call, and writes it to the access log.
    pub fn audit(role: &str) -> Self {
        Self::of_role(Permission::Audit, role)
    }

    /// Lets the role call, writes it to the access log, and tells the listeners.
    pub fn alarm(role: &str) -> Self {
        Self::of_role(Permission::Alarm, role)
    }

    /// The same about one user instead of a role.
    #[must_use]
    pub fn user(mut self, id: impl fmt::Display) -> Self {
        (self.0.principal, self.1) = (PrincipalNode::User(id.to_string().into()), true);
        self
    }

    /// Only for calls of a kind.
    #[must_use]
    pub fn access(mut self, access: AccessType) -> Self {
        self.0.access = Some(access);
        self
    }

    /// Only for these methods.
    #[must_use]
    pub fn methods<'m>(mut self, methods: impl IntoIterator<Item = &'m str>) -> Self {
        self.0.methods = methods.into_iter().map(Into::into).collect();
        self
    }
}

impl fmt::Display for AclRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn rule_of(def: &AclDef, location: &str, method: Option<&str>) -> RuleNode {
    RuleNode {
        permission: def.permission,
        principal: match def.principal {
            // An unknown one is an error of the macro.
            PrincipalDef::Role(role) => PrincipalNode::role(role).unwrap_or_else(|| PrincipalNode::Role(role.into())),
            PrincipalDef::User(id) => PrincipalNode::User(id.into()),
            PrincipalDef::App(id) => PrincipalNode::App(id.into()),
        },
        access: def.access,
        methods: match method {
            Some(method) => vec![method.into()],
            None => def.methods.iter().map(|name| (*name).into()).collect(),
        },
        location: location.into(),
    }
}

/// The rules of a model: those of its bases, of itself, of its methods, and of the app.
pub(super) fn rules(
    model: &ModelNode,
    def: &'static ModelDef,
    own: &[&MethodDef],
    defaults: &GraphDefaults,
    faults: &mut Vec<Fault>,
) -> Vec<Arc<RuleNode>> {
    let mut rules: Vec<RuleNode> = Vec::new();
    let bases: Vec<_> = def.bases().collect();
    for of in bases.into_iter().rev().chain([def]) {
        let inherited = rules.len();
        for acl in of.acls {
            let line = if acl.line > 0 { acl.line } else { of.location.line };
            let rule = rule_of(acl, &format!("{}:{line}", of.location.file), None);
            // LoopBack's `addACL`: who extends a model says it anew.
            let same = |other: &RuleNode| {
                other.principal == rule.principal && other.access == rule.access && other.methods == rule.methods
            };
            match rules[..inherited].iter().position(same) {
                Some(at) => rules[at] = rule,
                None => rules.push(rule),
            }
        }
    }
    for method in own {
        let name = if method.instance { format!("prototype.{}", method.name) } else { method.name.to_owned() };
        for acl in method.acls {
            let line = if acl.line > 0 { acl.line } else { method.location.line };
            rules.push(rule_of(acl, &format!("{}:{line}", method.location.file), Some(&name)));
        }
    }
    for (name, rule) in &defaults.acls {
        if **name == *model.name {
            if !rule.1 {
                let role = rule.0.principal.id();
                let hint = did_you_mean(role, PrincipalNode::ROLES);
                let message = format!(
                    "a rule of the app for {} names the unknown role `{role}`{hint}; known: {}, or a role of your own \
                     without `$`",
                    model.name,
                    PrincipalNode::ROLES.join(", ")
                );
                faults.push(Fault { location: "the app".to_owned(), message });
            }
            rules.push(rule.0.clone());
        }
    }
    rules.into_iter().map(Arc::new).collect()
}

/// Gives each method the rules that are about it, the strongest first.
pub(super) fn attach(
    model: &ModelNode,
    rules: &[Arc<RuleNode>],
    methods: &mut [MethodNode],
    also_known: &[&str],
    by_json: bool,
    faults: &mut Vec<Fault>,
) {
    for rule in rules {
        let mut explicit = Vec::new();
        let all = rule.methods.is_empty() || rule.methods.iter().any(|name| &**name == "*");
        for name in rule.methods.iter().filter(|name| &***name != "*") {
            let found = named(model, methods, name);
            if found.is_empty() && by_json && rule.permission.allows() {
                // LoopBack's definitions name methods whose code is JavaScript. To let somebody call what is not there does
                // no harm; to refuse it would be a hole where the name is a slip of the pen.
                let unknown = unknown(model, methods, name);
                tracing::warn!(model = &*model.name, location = &*rule.location, "{unknown}");
            } else if found.is_empty() && !also_known.contains(&&**name) {
                faults.push(Fault { location: rule.location.to_string(), message: unknown(model, methods, name) });
            }
            explicit.extend(found);
        }
        for (at, method) in methods.iter_mut().enumerate() {
            let explicit = explicit.contains(&at);
            if !explicit && !all {
                continue;
            }
            let about = if explicit { Match::Exactly } else { Match::All };
            let score =
                score(Match::Exactly, about, Some(method.access), rule.access, &rule.principal, rule.permission);
            if let Some(score) = score {
                method.rules.push(ScoredRule { rule: rule.clone(), score, explicit });
            }
        }
    }
    for method in methods {
        method.rules.sort_by_key(|rule| std::cmp::Reverse(rule.score));
    }
}

/// The methods that a name is about: a method, by any of its names, or those of a relation or a scope.
pub(crate) fn named(model: &ModelNode, methods: &[MethodNode], name: &str) -> Vec<usize> {
    let found = matching(methods, name);
    if !found.is_empty() {
        return found;
    }
    let of = model.relations.iter().any(|relation| *relation.name == *name)
        || model.scopes.iter().any(|scope| *scope.name == *name);
    if !of {
        return Vec::new();
    }
    let ending = format!("__{name}");
    let is = |method: &MethodNode| {
        method
            .name
            .strip_suffix(ending.as_str())
            .is_some_and(|head| head.trim_start_matches("prototype.").starts_with("__"))
    };
    methods.iter().enumerate().filter(|(_, method)| is(method)).map(|(at, _)| at).collect()
}

fn unknown(model: &ModelNode, methods: &[MethodNode], name: &str) -> String {
    if model.property(name).is_some() {
        return format!(
            "an ACL of {} names the property `{name}`: rules are about methods; to keep a property from clients, make it \
             `hidden`",
            model.name
        );
    }
    let known = methods.iter().flat_map(|method| {
        [&*method.name].into_iter().chain(method.aliases.iter().copied()).chain(method.name.strip_prefix("prototype."))
    });
    let relations = model.relations.iter().map(|relation| &*relation.name);
    let hint = did_you_mean(name, known.chain(relations));
    format!("an ACL of {} names the unknown method `{name}`{hint}", model.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order that loopback `test/acl.test.js` has for the rules of one method.
    #[test]
    fn the_nearer_rule_has_the_higher_score() {
        let score = |method, access, principal: &PrincipalNode, permission| {
            score(Match::Exactly, method, Some(AccessType::Write), access, principal, permission).unwrap_or(0)
        };
        let everyone = PrincipalNode::Everyone;
        let admin = PrincipalNode::Role("admin".into());
        let user = PrincipalNode::User("1".into());
        let write = Some(AccessType::Write);
        let order = [
            score(Match::Exactly, write, &user, Permission::Allow),
            score(Match::Exactly, write, &admin, Permission::Allow),
            score(Match::Exactly, write, &PrincipalNode::Owner, Permission::Allow),
            score(Match::Exactly, write, &PrincipalNode::Related, Permission::Allow),
            score(Match::Exactly, write, &PrincipalNode::Authenticated, Permission::Allow),
            score(Match::Exactly, write, &everyone, Permission::Deny),
            score(Match::Exactly, write, &everyone, Permission::Audit),
            score(Match::Exactly, write, &everyone, Permission::Alarm),
            score(Match::Exactly, write, &everyone, Permission::Allow),
            score(Match::Exactly, None, &user, Permission::Deny),
            score(Match::All, write, &user, Permission::Deny),
            score(Match::All, None, &user, Permission::Deny),
            score(Match::All, None, &everyone, Permission::Deny),
            score(Match::All, None, &everyone, Permission::Allow),
        ];
        assert!(order.is_sorted_by(|a, b| a > b), "{order:?}");
    }

    #[test]
    fn a_rule_about_reading_is_none_about_writing() {
        let score = |wanted, access| {
            score(Match::Exactly, Match::All, Some(wanted), access, &PrincipalNode::Everyone, Permission::Allow)
        };
        assert_eq!(score(AccessType::Write, Some(AccessType::Read)), None);
        assert!(score(AccessType::Replicate, Some(AccessType::Write)).is_some());
        assert!(score(AccessType::Read, Some(AccessType::Execute)).is_some());
    }
}
