//! `remote-method`.

use super::{Report, function_name, model::import_types, model::own_types, once};
use crate::command::RemoteMethod;
use crate::fault::{Result, fault};
use crate::names::{self, camel_case, kebab_case};
use crate::source::attribute;
use crate::source::imports;
use crate::source::methods::{head, with_function};
use crate::source::models::Models;
use crate::source::types::Kind;
use crate::spec::Spec;
use crate::tree::Tree;

pub(super) fn add(tree: &mut Tree, asked: &RemoteMethod) -> Result<Report> {
    let models = Models::of(tree);
    let model = models.get(&asked.model)?;
    let name = function_name(&asked.name, "a method", model)?;
    if super::access::METHODS.contains(&camel_case(&name).as_str()) {
        return Err(fault(format!("`{name}` is a method that every model has; give yours another name")));
    }
    let own = own_types(tree);
    let specs = asked.specs.iter().map(|spec| argument(spec, &own)).collect::<Result<Vec<_>>>()?;
    once(&specs)?;
    let returns = asked.returns.as_deref().map(|returns| answer(returns, &own)).transpose()?;

    let path = path(asked, &name, &specs)?;
    let verb = asked.verb.to_ascii_lowercase();
    let mut keys = vec![verb.clone(), format!("{path:?}")];
    if let Some(returns) = &returns {
        keys.push(format!("returns = {:?}", returns.json));
    }
    if camel_case(&name) != asked.name && names::snake_case(&asked.name) != asked.name && !asked.name.contains('-') {
        keys.push(format!("name = {:?}", asked.name));
    }
    let mut parameters = Vec::new();
    if asked.instance {
        parameters.push("&self".to_owned());
    }
    parameters.push("ctx: &Ctx".to_owned());
    for spec in &specs {
        parameters.push(parameter(spec)?);
    }
    let ty = returns.as_ref().map_or_else(|| "()".to_owned(), |spec| spec.kind.rust());
    let used: String = ["ctx".to_owned()]
        .into_iter()
        .chain(specs.iter().map(|spec| names::raw(&spec.field)))
        .map(|name| format!("        let _ = {name};\n"))
        .collect();
    let function = format!(
        "    /// {}.\n{}{}        // Write here what it does; until then it answers with 501.\n{used}        \
         Err(Error::new(501, \"not written yet\"))\n    }}\n",
        title(&name),
        attribute("    ", "remote_method", &keys),
        head(&names::raw(&name), &parameters, &format!("Result<{ty}>")),
    );
    let text = with_function(&model.path, tree.get(&model.path).unwrap_or_default(), &model.name, &function)?;
    tree.set(&model.path, text);
    imports::prelude(tree, &model.path)?;
    let all: Vec<Spec> = specs.into_iter().chain(returns).collect();
    import_types(tree, &model.path, &all)?;
    Ok(Report::next(["cargo run -- routes   # where it is"]).say(format!(
        "{} /api{}{path}: answers with 501 until its body is written, in {}",
        if verb == "all" { "any verb".to_owned() } else { verb.to_uppercase() },
        model.http_path,
        model.path
    )))
}

fn argument(text: &str, own: &[String]) -> Result<Spec> {
    let spec = Spec::of(text, own)?;
    if spec.id || spec.generated || spec.index || spec.unique || spec.hidden || spec.protected {
        return Err(fault(format!("`{text}`: an argument may be `required`, or have a default; nothing else")));
    }
    if spec.field == "ctx" {
        return Err(fault(format!("`{text}`: `ctx` is the context; give the argument another name")));
    }
    Ok(spec)
}

/// `name:type`
fn answer(text: &str, own: &[String]) -> Result<Spec> {
    let spec = argument(text, own)?;
    if spec.required || spec.default.is_some() {
        return Err(fault(format!("`{text}`: an answer is a name and a type, as in `--returns shops:array`")));
    }
    Ok(spec)
}

fn parameter(spec: &Spec) -> Result<String> {
    let mut keys = Vec::new();
    if spec.json != camel_case(&spec.field) {
        keys.push(format!("name = {:?}", spec.json));
    }
    if let Some(default) = &spec.default {
        if matches!(spec.kind, Kind::Moment | Kind::Day | Kind::Uuid | Kind::Decimal) {
            return Err(fault(format!(
                "`{}`: an argument of the type `{}` has no default; make it `{}` in the body",
                spec.json,
                spec.kind.rust(),
                default
            )));
        }
        keys.push(format!("default = {}", spec.kind.literal(default)?));
    }
    let attribute = if keys.is_empty() { String::new() } else { format!("#[arg({})] ", keys.join(", ")) };
    Ok(format!("{attribute}{}: {}", names::raw(&spec.field), spec.ty()))
}

/// The path below the model's.
fn path(asked: &RemoteMethod, name: &str, specs: &[Spec]) -> Result<String> {
    let own = match &asked.http_path {
        Some(given) => names::http_path(given)?,
        None => format!("/{}", kebab_case(name)),
    };
    if asked.instance && specs.iter().any(|spec| spec.json == "id") {
        return Err(fault(
            "`id` is the id of the row, of which the path of an instance method begins; give the argument another name",
        ));
    }
    let id = own == "/{id}" || own.starts_with("/{id}/");
    let path = if asked.instance && !id { format!("/{{id}}{own}") } else { own };
    parameters(&path, asked.instance, specs)?;
    Ok(path)
}

/// Refuses what the macro would: a parameter is a whole part of the path, an argument, and there once.
fn parameters(path: &str, instance: bool, specs: &[Spec]) -> Result<()> {
    let parts: Vec<&str> = path.split('/').collect();
    for (at, part) in parts.iter().enumerate().filter(|(_, part)| part.contains(['{', '}'])) {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let Some(name) = name.filter(|name| !name.contains(['{', '}']) && !name.is_empty()) else {
            return Err(fault(format!(
                "`{part}` in the path: a parameter is a whole part of it, as in `near/{{city}}`"
            )));
        };
        let known = specs.iter().any(|spec| spec.json == name) || instance && name == "id";
        if !known {
            return Err(fault(format!(
                "`{{{name}}}` in the path is no argument of the method: add one, as in `{name}:string:required`"
            )));
        }
        if parts[..at].contains(part) {
            return Err(fault(format!("`{part}` stands twice in the path `{path}`")));
        }
    }
    Ok(())
}

/// `close_down` as `Close down`.
pub(super) fn title(name: &str) -> String {
    let words = name.trim_start_matches('_').replace('_', " ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::add;
    use crate::command::RemoteMethod;
    use crate::tree::Tree;

    fn app() -> Tree {
        Tree::from([("src/shop.rs", "use loopback::prelude::*;\n\n#[model]\npub struct Shop {}\n")])
    }

    fn method(name: &str, specs: &[&str]) -> RemoteMethod {
        let specs = specs.iter().map(|spec| (*spec).to_owned()).collect();
        RemoteMethod { model: "Shop".into(), name: name.into(), verb: "post".into(), specs, ..RemoteMethod::default() }
    }

    #[test]
    fn a_method_has_its_route_its_arguments_and_an_answer() {
        let mut tree = app();
        let near = RemoteMethod {
            verb: "GET".into(),
            returns: Some("shops:[string]".into()),
            ..method("near", &["at:geopoint:required", "limit:integer:default=10", "type:string"])
        };
        let report = add(&mut tree, &near).unwrap();
        assert_eq!(report.said, ["GET /api/Shops/near: answers with 501 until its body is written, in src/shop.rs"]);
        add(&mut tree, &RemoteMethod { instance: true, ..method("closeDown", &[]) }).unwrap();
        assert_eq!(
            tree.get("src/shop.rs").unwrap(),
            r#"use loopback::prelude::*;

#[model]
pub struct Shop {}

#[model]
impl Shop {
    /// Near.
    #[remote_method(get, "/near", returns = "shops")]
    async fn near(
        ctx: &Ctx,
        at: GeoPoint,
        #[arg(default = 10)] limit: i64,
        r#type: Option<String>,
    ) -> Result<Vec<String>> {
        // Write here what it does; until then it answers with 501.
        let _ = ctx;
        let _ = at;
        let _ = limit;
        let _ = r#type;
        Err(Error::new(501, "not written yet"))
    }

    /// Close down.
    #[remote_method(post, "/{id}/close-down")]
    async fn close_down(&self, ctx: &Ctx) -> Result<()> {
        // Write here what it does; until then it answers with 501.
        let _ = ctx;
        Err(Error::new(501, "not written yet"))
    }
}
"#
        );
        assert!(
            add(&mut tree, &method("near", &[])).unwrap_err().to_string().contains("has a function `near` already")
        );
    }

    #[test]
    fn what_is_no_method_is_refused() {
        for (method, hint) in [
            (method("find", &[]), "every model has"),
            (method("a.b", &[]), "is no name of a method"),
            (method("near", &["a:string:index"]), "an argument may be"),
            (method("near", &["ctx:string"]), "is the context"),
            (method("near", &["a:string", "a:number"]), "given twice"),
            (method("near", &["a:date:default=now"]), "has no default"),
            (RemoteMethod { http_path: Some("../x".into()), ..method("near", &[]) }, "is no path"),
            (RemoteMethod { http_path: Some("near/{city}".into()), ..method("near", &[]) }, "`city:string:required`"),
            (RemoteMethod { http_path: Some("near/{city".into()), ..method("near", &["city:string"]) }, "a whole part"),
            (RemoteMethod { http_path: Some("{a}/{a}".into()), ..method("near", &["a:string"]) }, "stands twice"),
            (RemoteMethod { instance: true, http_path: Some("{id}x".into()), ..method("open", &[]) }, "a whole part"),
            (RemoteMethod { instance: true, ..method("open", &["id:string"]) }, "give the argument another name"),
            (RemoteMethod { returns: Some("x".into()), ..method("near", &[]) }, "has no type"),
        ] {
            let message = add(&mut app(), &method).unwrap_err().to_string();
            assert!(message.contains(hint), "{method:?}: {message}");
        }
    }
}
