//! LoopBack's algorithm, as naive as it can be: collect the rules whose principal is the caller, take the one with the
//! highest score. It shares nothing with the framework; the scores are those of loopback `common/models/acl.js`.

use loopback::prelude::{AccessType, AclRule};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    Allow,
    Alarm,
    Audit,
    Deny,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
    Execute,
}

/// A rule of one model: `allow $owner write find,count`. `*`, or nothing, stands for all.
#[derive(Clone, Debug)]
pub struct Rule {
    pub permission: Permission,
    /// A role, or the id of a user: `user 1`.
    pub principal: String,
    pub access: Option<Kind>,
    pub methods: Vec<String>,
}

impl Rule {
    pub fn of(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let permission = match words.next() {
            Some("allow") => Permission::Allow,
            Some("alarm") => Permission::Alarm,
            Some("audit") => Permission::Audit,
            Some("deny") => Permission::Deny,
            _ => panic!("no permission: {text}"),
        };
        let principal = words.next().unwrap_or_else(|| panic!("no principal: {text}")).to_owned();
        let access = match words.next() {
            None | Some("*") => None,
            Some("read") => Some(Kind::Read),
            Some("write") => Some(Kind::Write),
            Some("execute") => Some(Kind::Execute),
            Some(other) => panic!("no access: {other}"),
        };
        let methods = words.next().map(|names| names.split(',').map(str::to_owned).collect()).unwrap_or_default();
        Self { permission, principal, access, methods }
    }

    /// The same for the framework.
    pub fn for_app(&self) -> AclRule {
        let (role, user) = match self.principal.strip_prefix("user:") {
            Some(id) => ("$everyone", Some(id)),
            None => (self.principal.as_str(), None),
        };
        let mut rule = match self.permission {
            Permission::Allow => AclRule::allow(role),
            Permission::Alarm => AclRule::alarm(role),
            Permission::Audit => AclRule::audit(role),
            Permission::Deny => AclRule::deny(role),
        };
        if let Some(id) = user {
            rule = rule.user(id);
        }
        match self.access {
            Some(Kind::Read) => rule = rule.access(AccessType::Read),
            Some(Kind::Write) => rule = rule.access(AccessType::Write),
            Some(Kind::Execute) => rule = rule.access(AccessType::Execute),
            None => {}
        }
        if self.methods.is_empty() { rule } else { rule.methods(self.methods.iter().map(String::as_str)) }
    }

    fn names(&self, method: &Method) -> bool {
        self.methods.iter().any(|name| method.names.contains(&name.as_str()))
    }

    /// `getMatchingScore`; -1: it is not about the method.
    fn score(&self, method: &Method) -> i64 {
        let mut score = 3;
        score *= 4;
        score += match (self.methods.is_empty(), self.names(method)) {
            (_, true) => 3,
            (true, false) => 2,
            (false, false) => return -1,
        };
        score *= 4;
        score += match self.access {
            Some(Kind::Execute) => 3,
            Some(access) if access == method.access => 3,
            Some(_) => return -1,
            None => 2,
        };
        score *= 4;
        score += if self.principal.starts_with("user:") { 4 } else { 2 };
        score *= 8;
        score += match self.principal.as_str() {
            "$owner" => 4,
            "$related" => 3,
            "$authenticated" | "$unauthenticated" => 2,
            "$everyone" => 1,
            user if user.starts_with("user:") => 0,
            _ => 5,
        };
        score *= 4;
        score
            + match self.permission {
                Permission::Allow => 0,
                Permission::Alarm => 1,
                Permission::Audit => 2,
                Permission::Deny => 3,
            }
    }
}

/// A method, by all of its names.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    pub names: &'static [&'static str],
    pub access: Kind,
}

const fn method(names: &'static [&'static str], access: Kind) -> Method {
    Method { names, access }
}

pub const FIND: Method = method(&["find"], Kind::Read);
pub const FIND_ONE: Method = method(&["findOne"], Kind::Read);
pub const FIND_BY_ID: Method = method(&["findById"], Kind::Read);
pub const EXISTS: Method = method(&["exists"], Kind::Read);
pub const COUNT: Method = method(&["count"], Kind::Read);
pub const CREATE: Method = method(&["create"], Kind::Write);
pub const PATCH: Method = method(
    &["patchAttributes", "prototype.patchAttributes", "updateAttributes", "prototype.updateAttributes"],
    Kind::Write,
);
pub const REPLACE: Method = method(&["replaceById"], Kind::Write);
pub const DELETE: Method = method(&["deleteById", "destroyById", "removeById"], Kind::Write);
pub const UPDATE_ALL: Method = method(&["updateAll", "update"], Kind::Write);
pub const UPSERT: Method = method(&["patchOrCreate", "upsert", "updateOrCreate"], Kind::Write);
pub const PING: Method = method(&["ping"], Kind::Execute);
pub const SHOUT: Method = method(&["shout", "prototype.shout"], Kind::Execute);
pub const GET_SHELF: Method = method(&["__get__shelf", "prototype.__get__shelf"], Kind::Read);

/// Who calls.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    pub id: Option<i64>,
    /// The roles that are rows, also by way of others.
    pub roles: Vec<&'static str>,
}

/// What a call is about.
#[derive(Clone, Copy, Debug)]
pub enum About {
    /// A row, by the id of its owner.
    Row(Option<i64>),
    /// Such a row among many: `$owner` counts where a rule names the method.
    RowOfMany(Option<i64>),
    /// None yet.
    Nothing,
}

/// The rules of a model.
#[derive(Clone, Debug)]
pub struct Policy {
    pub rules: Vec<Rule>,
    pub default: Permission,
}

impl Policy {
    pub fn of(rules: &[&str]) -> Self {
        Self { rules: rules.iter().map(|rule| Rule::of(rule)).collect(), default: Permission::Allow }
    }

    pub fn denying(rules: &[&str]) -> Self {
        Self { default: Permission::Deny, ..Self::of(rules) }
    }

    /// `checkAccessForContext`.
    pub fn permission(&self, caller: &Caller, method: &Method, about: About) -> Permission {
        let is = |rule: &Rule| match rule.principal.as_str() {
            "$everyone" => true,
            "$authenticated" => caller.id.is_some(),
            "$unauthenticated" => caller.id.is_none(),
            "$owner" => match about {
                About::Row(owner) => owner.is_some() && owner == caller.id,
                About::RowOfMany(owner) => rule.names(method) && owner.is_some() && owner == caller.id,
                About::Nothing => false,
            },
            other => match other.strip_prefix("user:") {
                Some(id) => caller.id.is_some_and(|own| own.to_string() == id),
                None => caller.roles.contains(&other),
            },
        };
        let mut effective: Vec<&Rule> = self.rules.iter().filter(|rule| is(rule)).collect();
        effective.sort_by_key(|rule| std::cmp::Reverse(rule.score(method)));
        match effective.first() {
            Some(first) if first.score(method) >= 0 => first.permission,
            _ => self.default,
        }
    }

    pub fn allows(&self, caller: &Caller, method: &Method, about: About) -> bool {
        self.permission(caller, method, about) != Permission::Deny
    }

    /// Whether there can be a row for which it is allowed.
    pub fn allows_some(&self, caller: &Caller, method: &Method, of_many: bool) -> bool {
        let about = |owner| if of_many { About::RowOfMany(owner) } else { About::Row(owner) };
        self.allows(caller, method, about(None)) || self.allows(caller, method, about(caller.id))
    }
}
