//! Who may call what, and why: `acl explain`.

use crate::app::App;
use crate::graph::{Graph, MethodNode, ModelNode, Permission, PrincipalNode};
use crate::suggest::did_you_mean;
use std::fmt;

/// The methods of the models, each with its rules.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The methods, by model.
    pub methods: Vec<ExplainedMethod>,
    /// Whether the rules are enforced.
    pub enforced: bool,
}

/// A method with its rules.
#[derive(Clone, Debug)]
pub struct ExplainedMethod {
    /// The model's name.
    pub model: String,
    /// The method's name.
    pub method: String,
    /// Its routes, `GET /CoffeeShops/{id}`.
    pub routes: Vec<String>,
    /// How rules see it, `READ`.
    pub access: &'static str,
    /// The rules in the order in which they are asked: the first whose principal is the caller holds.
    pub rules: Vec<ExplainedRule>,
    /// What holds when none of them is about the caller.
    pub otherwise: Permission,
    /// The scopes of which a token must have one.
    pub scopes: Vec<String>,
}

/// A rule of a method.
#[derive(Clone, Debug)]
pub struct ExplainedRule {
    /// What it says.
    pub permission: Permission,
    /// Who it is about.
    pub principal: String,
    /// Where it stands.
    pub location: String,
    /// A remark, when it holds for less than one may think.
    pub remark: Option<&'static str>,
}

impl ExplainedMethod {
    pub(crate) fn of(root: &str, model: &ModelNode, method: &MethodNode) -> Self {
        let collection = method.routes.iter().all(|route| {
            !route.segments.iter().any(|part| matches!(part, crate::graph::Segment::Param(name) if name == "id"))
        });
        let mut rules = Vec::new();
        for scored in &method.rules {
            let rule = &scored.rule;
            let owner = matches!(rule.principal, PrincipalNode::Owner | PrincipalNode::Related);
            let remark = match (owner, collection && !method.is_upsert(), scored.explicit && method.takes_rows()) {
                (true, true, false) => Some("nobody: the method is about no single row"),
                (true, true, true) => Some("only for the rows that are the caller's"),
                _ => None,
            };
            rules.push(ExplainedRule {
                permission: rule.permission,
                principal: rule.principal.to_string(),
                location: rule.location.to_string(),
                remark,
            });
            // What comes after it is never asked.
            if rule.principal == PrincipalNode::Everyone {
                break;
            }
        }
        Self {
            model: model.name.to_string(),
            method: method.name.to_string(),
            routes: method
                .routes
                .iter()
                .map(|route| {
                    let text = route.to_string();
                    let (verb, path) = text.split_once(' ').unwrap_or((&text, "/"));
                    format!("{verb} {root}{}{}", model.path, path.trim_end_matches('/'))
                })
                .collect(),
            access: method.access.as_str(),
            rules,
            otherwise: model.access.default_permission,
            scopes: method
                .custom
                .as_ref()
                .map(|custom| custom.scopes.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
        }
    }

    /// Whether anybody may call it, without a token.
    pub fn is_open(&self) -> bool {
        let decides = |rule: &&ExplainedRule| ["$everyone", "$unauthenticated"].contains(&rule.principal.as_str());
        self.scopes.is_empty()
            && self.rules.iter().find(decides).map_or(self.otherwise, |rule| rule.permission).allows()
    }

    /// Who may call it, in a line: `$owner, admin`.
    pub fn summary(&self) -> String {
        if self.is_open() {
            return "everybody".into();
        }
        let mut who: Vec<&str> = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.permission.allows()) {
            if rule.remark.is_none_or(|remark| !remark.starts_with("nobody")) && !who.contains(&rule.principal.as_str())
            {
                who.push(&rule.principal);
            }
        }
        let ends = self.rules.last().is_some_and(|rule| rule.principal == "$everyone");
        if !ends && self.otherwise.allows() {
            who.push("everybody else");
        }
        let who = if who.is_empty() { "nobody".to_owned() } else { who.join(", ") };
        if self.scopes.is_empty() {
            who
        } else {
            format!("{who}, with a token of the scope {}", self.scopes.join(" or "))
        }
    }
}

/// What to say when a filter finds nothing; `None`: it finds something.
pub(crate) fn unknown(graph: &Graph, filter: Option<&str>, found: &Explained) -> Option<String> {
    if !found.methods.is_empty() {
        return None;
    }
    let filter = filter.unwrap_or_default();
    let (name, method) = filter.split_once('.').unwrap_or((filter, ""));
    let public = || graph.models().filter(|node| node.public);
    let Some(model) = public().find(|node| node.name.eq_ignore_ascii_case(name)) else {
        let hint = did_you_mean(name, public().map(|node| &*node.name));
        return Some(format!("there is no public model `{name}`{hint}"));
    };
    let hint = did_you_mean(method, model.methods.iter().map(|method| &*method.name));
    Some(format!("{} has no method `{method}`{hint}", model.name))
}

/// The methods of a graph, with their rules; `filter` is a model, or a model and a method: `Order`, `Order.find`.
pub(crate) fn explain(graph: &Graph, root: &str, filter: Option<&str>, enforced: bool) -> Explained {
    let (model, method) = match filter {
        Some(filter) => match filter.split_once('.') {
            Some((model, method)) => (Some(model), Some(method)),
            None => (Some(filter), None),
        },
        None => (None, None),
    };
    let mut methods = Vec::new();
    let wanted = |node: &ModelNode| model.is_none_or(|name| node.name.eq_ignore_ascii_case(name));
    for node in graph.models().filter(|node| node.public && wanted(node)) {
        for of in
            node.methods.iter().filter(|of| method.is_none_or(|name| of.goes_by(name) || of.goes_by(&in_json(name))))
        {
            methods.push(ExplainedMethod::of(root, node, of));
        }
    }
    Explained { methods, enforced }
}

/// `find_by_id` as LoopBack has it: `findById`.
fn in_json(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| {
        let mut chars = word.chars();
        chars.next().map_or_else(|| all.clone(), |first| format!("{all}{}{}", first.to_uppercase(), chars.as_str()))
    })
}

impl App {
    /// Who may call what, and why; `filter` is a model, or a model and a method: `Order`, `Order.find`. Rules that are rows
    /// of the database are not in it. It prints as text.
    pub fn acl_explain(&self, filter: Option<&str>) -> Explained {
        let enforced = self.auth().is_some_and(|auth| auth.options.enforced);
        explain(self.graph(), self.rest_root().trim_end_matches('/'), filter, enforced)
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.enforced {
            writeln!(f, "Access control is off: everybody may call everything. `.enable_auth()` turns it on.")?;
        }
        if self.methods.is_empty() {
            return writeln!(f, "There is no such public model or method.");
        }
        let mut model = "";
        for method in &self.methods {
            if method.model != model {
                model = &method.model;
                writeln!(f, "\n{model}")?;
            }
            writeln!(f, "  {} ({}): {}", method.method, method.access, method.summary())?;
            for route in &method.routes {
                writeln!(f, "      {route}")?;
            }
            for rule in &method.rules {
                let remark = rule.remark.map(|remark| format!(" ({remark})")).unwrap_or_default();
                writeln!(f, "      {:5} {}{remark}  {}", rule.permission.as_str(), rule.principal, rule.location)?;
            }
            if method.rules.last().is_none_or(|rule| rule.principal != "$everyone") {
                writeln!(f, "      {:5} otherwise", method.otherwise.as_str())?;
            }
        }
        Ok(())
    }
}
