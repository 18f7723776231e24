//! `hook` and `remote-hook`.

use super::{Report, function_name};
use crate::command::When;
use crate::fault::{Result, fault};
use crate::names::{self, camel_case, snake_case};
use crate::source::imports;
use crate::source::methods::{head, with_function};
use crate::source::models::{Found, Models};
use crate::tree::Tree;
use loopback::__private::did_you_mean;

/// The phase, its context, when it runs, and what it may do.
const PHASES: [(&str, &str, &str, &str); 7] = [
    ("access", "Access", "Runs before rows are looked for", "`op.narrow(..)` leaves rows out"),
    (
        "before_save",
        "BeforeSave",
        "Runs before data is validated and written",
        "`op.get(..)` and `op.set(..)` change the data, an error refuses it",
    ),
    ("persist", "Persist", "Runs when data is validated, before it is written", "`op.set(..)` changes what is stored"),
    ("loaded", "Loaded", "Runs when a row was read or written", "`op.set(..)` changes what is answered"),
    ("after_save", "AfterSave", "Runs when data was written", "`op.instance()?` is the row, an error undoes the write"),
    ("before_delete", "BeforeDelete", "Runs before rows go", "`op.condition()` says which, an error spares them"),
    ("after_delete", "AfterDelete", "Runs when rows are gone", "an error brings them back"),
];

pub(super) fn operation(tree: &mut Tree, model: &str, phase: &str, name: Option<&str>) -> Result<Report> {
    let models = Models::of(tree);
    let model = models.get(model)?;
    let wanted = snake_case(phase);
    let Some((phase, context, when, what)) = PHASES.into_iter().find(|(known, ..)| *known == wanted) else {
        let all = PHASES.map(|(phase, ..)| phase);
        let hint = did_you_mean(&wanted, all);
        return Err(fault(format!("there is no phase `{phase}`{hint}; allowed: {}", all.join(", "))));
    };
    let name = function_name(name.unwrap_or(&format!("on_{phase}")), "a hook", model)?;
    let parameters = [format!("_op: &mut {context}<'_, Self>")];
    let function = format!(
        "    /// {when}.\n    #[operation_hook({phase})]\n{}        // Name it `op`: {what}.\n        Ok(())\n    }}\n",
        head(&names::raw(&name), &parameters, "Result<()>")
    );
    let text = with_function(&model.path, tree.get(&model.path).unwrap_or_default(), &model.name, &function)?;
    tree.set(&model.path, text);
    imports::prelude(tree, &model.path)?;
    Ok(Report::next(["cargo run"])
        .say(format!("{}::{name} runs in the phase {phase}; write its body in {}", model.name, model.path)))
}

pub(super) fn remote(tree: &mut Tree, model: &str, method: &str, when: When, name: Option<&str>) -> Result<Report> {
    let models = Models::of(tree);
    let model = models.get(model)?;
    let (phase, said, what) = match when {
        When::Before => ("before", "Runs before", "`call.arg(..)` and `call.set_arg(..)`; an error is the answer"),
        When::After => ("after", "Runs after", "`call.result()` and `call.set_result(..)`; an error is the answer"),
        When::AfterError => ("after_error", "Runs when it has failed:", "`call.error()` and `call.set_error(..)`"),
    };
    let pattern = pattern(method, model)?;
    let slug = snake_case(method.strip_prefix("prototype.").unwrap_or(method).trim_matches('_').trim_matches('*'));
    let slug = slug.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
    let slug = if slug.is_empty() { "all".to_owned() } else { slug };
    let name = function_name(name.unwrap_or(&format!("{phase}_{slug}")), "a hook", model)?;
    let parameters = ["_call: &mut RemoteCall".to_owned()];
    let function = format!(
        "    /// {said} `{method}`, when it is called over REST.\n    #[remote_hook({phase}, {pattern})]\n{}        // Name it `call`: \
         {what}.\n        Ok(())\n    }}\n",
        head(&names::raw(&name), &parameters, "Result<()>")
    );
    let text = with_function(&model.path, tree.get(&model.path).unwrap_or_default(), &model.name, &function)?;
    tree.set(&model.path, text);
    imports::prelude(tree, &model.path)?;
    Ok(Report::next(["cargo run"])
        .say(format!("{}::{name} runs around {method}; write its body in {}", model.name, model.path)))
}

/// The method as the attribute has it; whether the model has it, the start tells.
fn pattern(method: &str, model: &Found) -> Result<String> {
    let bare = method.strip_prefix("prototype.").unwrap_or(method);
    if matches!(method, "*" | "**" | "prototype.*") {
        return Ok(format!("{method:?}"));
    }
    let sound = !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !sound || bare.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(fault(format!(
            "`{method}` is no method: create, findById, prototype.open, '*', 'prototype.*' or '**'"
        )));
    }
    if method == bare && !bare.starts_with('_') {
        // A name in Rust's form says nothing about JSON, unless the model has such a method.
        let own = model.methods.iter().find(|own| *own == bare || snake_case(own) == bare);
        let json = if bare == snake_case(bare) { camel_case(bare) } else { bare.to_owned() };
        return Ok(names::method_word(own.unwrap_or(&json)));
    }
    Ok(format!("{method:?}"))
}

#[cfg(test)]
mod tests {
    use super::{operation, remote};
    use crate::command::When;
    use crate::tree::Tree;

    fn app() -> Tree {
        Tree::from([("src/shop.rs", "use loopback::prelude::*;\n\n#[model]\npub struct Shop {}\n")])
    }

    #[test]
    fn hooks_are_functions_of_their_phase() {
        let mut tree = app();
        operation(&mut tree, "Shop", "before save", None).unwrap();
        remote(&mut tree, "Shop", "findById", When::AfterError, None).unwrap();
        remote(&mut tree, "Shop", "prototype.*", When::Before, Some("look")).unwrap();
        assert_eq!(
            tree.get("src/shop.rs").unwrap(),
            r#"use loopback::prelude::*;

#[model]
pub struct Shop {}

#[model]
impl Shop {
    /// Runs before data is validated and written.
    #[operation_hook(before_save)]
    async fn on_before_save(_op: &mut BeforeSave<'_, Self>) -> Result<()> {
        // Name it `op`: `op.get(..)` and `op.set(..)` change the data, an error refuses it.
        Ok(())
    }

    /// Runs when it has failed: `findById`, when it is called over REST.
    #[remote_hook(after_error, find_by_id)]
    async fn after_error_find_by_id(_call: &mut RemoteCall) -> Result<()> {
        // Name it `call`: `call.error()` and `call.set_error(..)`.
        Ok(())
    }

    /// Runs before `prototype.*`, when it is called over REST.
    #[remote_hook(before, "prototype.*")]
    async fn look(_call: &mut RemoteCall) -> Result<()> {
        // Name it `call`: `call.arg(..)` and `call.set_arg(..)`; an error is the answer.
        Ok(())
    }
}
"#
        );
        let again = operation(&mut tree, "Shop", "beforeSave", None).unwrap_err().to_string();
        assert!(again.contains("`--name`"), "{again}");
    }

    #[test]
    fn a_method_is_named_as_clients_call_it() {
        for (method, pattern) in [
            ("find_by_id", "find_by_id"),
            ("HTTPShop", "\"HTTPShop\""),
            ("http_shop", "\"HTTPShop\""),
            ("fooBAR", "\"fooBAR\""),
            ("move", "\"move\""),
        ] {
            let mut tree = app();
            let own =
                "\n#[model]\nimpl Shop {\n    #[remote_method(name = \"HTTPShop\")]\n    async fn http_shop() {}\n}\n";
            let text = format!("{}{own}", tree.get("src/shop.rs").unwrap());
            tree.set("src/shop.rs", text);
            remote(&mut tree, "Shop", method, When::Before, None).unwrap();
            let text = tree.get("src/shop.rs").unwrap();
            assert!(text.contains(&format!("#[remote_hook(before, {pattern})]")), "{method}: {text}");
        }
    }

    #[test]
    fn what_is_no_phase_or_method_is_refused() {
        let message = operation(&mut app(), "Shop", "befor-save", None).unwrap_err().to_string();
        assert!(message.contains("did you mean `before_save`?") && message.contains("after_delete"), "{message}");
        for method in ["", "a b", "1a", "x\"]"] {
            assert!(remote(&mut app(), "Shop", method, When::After, None).is_err(), "{method}");
        }
    }
}
