//! The generators. Each is a function of what was asked for and the files that there are; it changes the tree of files in
//! memory, and nothing else.

mod access;
mod app;
mod boot;
mod data;
mod hooks;
mod method;
mod model;
mod new;
mod relation;
mod stack;

pub(crate) use new::new;

use crate::command::Command;
use crate::fault::{Result, fault};
use crate::names;
use crate::root::Place;
use crate::source::models::Models;
use crate::spec::Spec;
use crate::tree::Tree;

/// LoopBack's kinds of relations.
pub(crate) const KINDS: [&str; 7] =
    ["belongsTo", "hasMany", "hasOne", "hasAndBelongsToMany", "embedsOne", "embedsMany", "referencesMany"];

/// What to tell beside the files that were written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) said: Vec<String>,
    pub(crate) next: Vec<String>,
}

impl Report {
    fn next<const N: usize>(next: [&str; N]) -> Self {
        Self { said: Vec::new(), next: next.map(str::to_owned).into() }
    }

    fn say(mut self, line: impl Into<String>) -> Self {
        self.said.push(line.into());
        self
    }
}

/// What to do after a change of the schema.
const AFTER_SCHEMA: [&str; 2] = [
    "cargo run -- migrate plan   # what it does to the database",
    "cargo run                   # does it, and serves the app",
];

/// Makes the changes of a command in an application.
///
/// # Errors
/// What is wrong. The tree is of no use then.
pub(crate) fn run(tree: &mut Tree, command: &Command) -> Result<Report> {
    if data::is(tree) {
        return in_data(tree, command);
    }
    in_source(tree, command)
}

fn in_source(tree: &mut Tree, command: &Command) -> Result<Report> {
    match command {
        Command::New(new) => self::new(tree, new, Place::Alone),
        Command::Model(model) => model::add(tree, model),
        Command::Property { model, specs } => model::properties(tree, model, specs),
        Command::Relation(relation) => relation::add(tree, relation),
        Command::Acl(acl) => access::add(tree, acl),
        Command::RemoteMethod(method) => method::add(tree, method),
        Command::Hook { model, phase, name } => hooks::operation(tree, model, phase, name.as_deref()),
        Command::RemoteHook { model, method, when, name } => hooks::remote(tree, model, method, *when, name.as_deref()),
        Command::DataSource { name, url } => stack::data_source(tree, name, url),
        Command::Middleware { name, phase } => stack::middleware(tree, name, phase.as_deref()),
        Command::BootScript { name, order } => boot::add(tree, name, *order),
    }
}

/// An app that is data, perhaps with models in Rust beside.
fn in_data(tree: &mut Tree, command: &Command) -> Result<Report> {
    let in_rust = |tree: &Tree, model: &str| Models::of(tree).has(model);
    match command {
        Command::New(_) => in_source(tree, command),
        Command::Model(model) => data::model::add(tree, model),
        Command::Property { model, .. } if in_rust(tree, model) => in_source(tree, command),
        Command::Property { model, specs } => data::model::properties(tree, model, specs),
        Command::Relation(relation) if in_rust(tree, &relation.model) => in_source(tree, command),
        Command::Relation(relation) => data::relation::add(tree, relation),
        Command::Acl(acl) if in_rust(tree, &acl.model) => in_source(tree, command),
        Command::Acl(acl) => data::access::add(tree, acl),
        Command::RemoteMethod(method) if in_rust(tree, &method.model) => in_source(tree, command),
        Command::RemoteMethod(method) => Err(data::no_code(
            &format!("{}.{}", method.model, method.name),
            "write the model as a type with `#[model]`, the method with `#[remote_method]`, and let the definition extend it with \
             `\"base\"`",
        )),
        Command::Hook { model, .. } | Command::RemoteHook { model, .. } if in_rust(tree, model) => {
            in_source(tree, command)
        }
        Command::Hook { model, phase, .. } => Err(data::no_code(
            &format!("the hook {phase} of {model}"),
            "write `App::from_folder(\"server\")?.observe(Phase::.., |op| ..)` in src/main.rs, or write the model as a type with \
             `#[model]`",
        )),
        Command::RemoteHook { model, method, .. } => Err(data::no_code(
            &format!("the hook of {model}.{method}"),
            "write the model as a type with `#[model]`, the hook with `#[remote_hook]`, and let the definition extend it with \
             `\"base\"`",
        )),
        Command::DataSource { name, url } => data::stack::data_source(tree, name, url),
        Command::Middleware { name, phase } => data::stack::middleware(tree, name, phase.as_deref()),
        Command::BootScript { name, .. } => Err(data::no_code(
            &format!("the boot script {name}"),
            "write `#[boot] async fn ..(ctx: Ctx) -> Result<()>` in src/main.rs",
        )),
    }
}

/// Properties as they were given, each once.
///
/// # Errors
/// One is wrong, or there twice.
fn specs(texts: &[String], own: &[String]) -> Result<Vec<Spec>> {
    let specs = texts.iter().map(|text| Spec::property(text, own)).collect::<Result<Vec<_>>>()?;
    once(&specs)?;
    if specs.iter().filter(|spec| spec.id).count() > 1 {
        return Err(fault("a model has one id; two are given"));
    }
    Ok(specs)
}

fn once(specs: &[Spec]) -> Result<()> {
    for (at, spec) in specs.iter().enumerate() {
        if specs[..at].iter().any(|before| before.field == spec.field || before.json == spec.json) {
            return Err(fault(format!("`{}` is given twice", spec.json)));
        }
    }
    Ok(())
}

/// A short text without what would end a comment or a line.
fn sentence(text: &str) -> Result<String> {
    if text.chars().any(char::is_control) {
        return Err(fault("a description is one line of text"));
    }
    let text = text.trim();
    Ok(if text.ends_with(['.', '!', '?']) || text.is_empty() { text.to_owned() } else { format!("{text}.") })
}

/// A name that goes into a text of Rust or JSON as it is: of a table, a data source, a plural.
fn word(text: &str, what: &str) -> Result<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if text.is_empty() || text.len() > 60 || !text.chars().all(allowed) {
        return Err(fault(format!("`{text}` is no name of {what}: up to 60 letters, digits, `_` and `-`")));
    }
    Ok(text.to_owned())
}

/// The function of a hook or method: a free name.
fn function_name(given: &str, what: &str, model: &crate::source::models::Found) -> Result<String> {
    let name = names::snake(given, what, "near")?;
    if model.functions.contains(&name) {
        return Err(fault(format!(
            "{} has a function `{name}` already; `--name` gives the new one another name",
            model.name
        )));
    }
    Ok(name)
}
