//! `datasource` and `middleware` in source.

use super::{Report, app, word};
use crate::fault::{Result, fault};
use crate::names;
use crate::source::items::{with_mod, with_use};
use crate::source::{calls, imports};
use crate::tree::Tree;
use loopback::__private::did_you_mean;

const PHASES: [&str; 7] = ["initial", "session", "auth", "parse", "routes", "files", "final"];

/// A URL, or the variable that has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url<'u> {
    pub(super) variable: Option<&'u str>,
    /// What holds without the variable.
    pub(super) url: Option<&'u str>,
}

impl<'u> Url<'u> {
    /// Reads `sqlite://x.db` and `${X_URL:-sqlite://x.db}`.
    ///
    /// # Errors
    /// It is no URL of a database, or has a password in it.
    pub(super) fn of(given: &'u str) -> Result<Self> {
        let (variable, url) = match given.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            Some(inner) => match inner.split_once(":-") {
                Some((variable, url)) => (Some(variable), Some(url)),
                None => (Some(inner), None),
            },
            None => (None, Some(given)),
        };
        if let Some(variable) = variable {
            let sound = !variable.is_empty() && variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !sound {
                return Err(fault(format!("`{variable}` is no name of an environment variable")));
            }
        }
        if let Some(url) = url {
            check(url)?;
        }
        Ok(Self { variable, url })
    }
}

fn check(url: &str) -> Result<()> {
    let schemes = ["sqlite", "postgres", "postgresql", "mysql", "mariadb"];
    let scheme = url.split(':').next().unwrap_or_default();
    if !schemes.contains(&scheme)
        || url.len() == scheme.len()
        || url.chars().any(|c| c.is_control() || c == '"' || c == '\\')
    {
        let hint = did_you_mean(scheme, schemes);
        return Err(fault(format!(
            "`{url}` is no URL of a database{hint}; allowed: sqlite://file.db?mode=rwc, postgres://host/db, mysql://host/db"
        )));
    }
    let authority = url.split("://").nth(1).unwrap_or_default();
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    if authority
        .split_once('@')
        .is_some_and(|(user, _)| user.split_once(':').is_some_and(|(_, secret)| !secret.is_empty()))
    {
        return Err(fault(
            "the URL has a password in it, which source is no place for; let a variable have it: --url '${ARCHIVE_URL:-postgres://localhost/archive}'",
        ));
    }
    Ok(())
}

pub(super) fn data_source(tree: &mut Tree, name: &str, given: &str) -> Result<Report> {
    let name = word(name, "a data source")?;
    let url = Url::of(given)?;
    if tree.below("src", ".rs").any(|(_, text)| text.contains(&format!(".data_source({name:?}"))) {
        return Err(fault(format!("there is a data source `{name}` already")));
    }
    // A name may begin with a digit, a function may not.
    let first = if name.starts_with(|c: char| c.is_ascii_digit()) { "db_" } else { "" };
    let function = format!("{first}{}_source", names::snake_case(&name));
    let body = match (url.variable, url.url) {
        (None, Some(url)) => format!("    let url = {url:?};\n    ConnectOptions::new(url)\n"),
        (Some(variable), Some(url)) => format!(
            "    let without = {url:?};\n    let url = std::env::var({variable:?});\n    \
             ConnectOptions::new(url.unwrap_or_else(|_| without.into()))\n"
        ),
        (variable, None) => {
            let variable = variable.unwrap_or("ARCHIVE_URL");
            return Err(fault(format!(
                "say what holds where `{variable}` is not set: --url '${{{variable}:-sqlite://{name}.db?mode=rwc}}'"
            )));
        }
    };
    let path = calls::add(tree, &format!(".data_source({name:?}, {function}())"))?;
    imports::path(tree, &path, "loopback::ConnectOptions")?;
    let text = tree.get(&path).unwrap_or_default();
    if text.contains(&format!("fn {function}(")) {
        return Err(fault(format!("{path} has a function `{function}` already")));
    }
    let end = format!("\n\n/// The data source `{name}`.\nfn {function}() -> ConnectOptions {{\n{body}}}\n");
    let end = if text.contains("\r\n") { end.replace('\n', "\r\n") } else { end };
    let text = format!("{}{end}", text.trim_end());
    tree.set(&path, text);
    let mut report = Report::next(["cargo run"]).say(format!(
        "models are put on it with `#[model(data_source = {name:?})]`, or `cargo loopback model Shop --data-source {name}`"
    ));
    if let Some(feature) = url.url.and_then(app::feature_of)
        && app::feature(tree, feature)?
    {
        report = report.say(format!("Cargo.toml: the feature `{feature}` of loopback is on"));
    }
    if !calls::has(tree, &["database_url", "database_url_or", "default_data_source"]) {
        // The first data source is the default one; the one of the environment comes before those of code.
        report = report.say("the default data source stays what DATABASE_URL says, or the app's SQLite file");
    }
    Ok(report)
}

/// A phase, with what part of it is meant.
///
/// # Errors
/// There is none of that name.
pub(super) fn phase(given: Option<&str>) -> Result<String> {
    let given = given.unwrap_or("routes:before");
    let (name, part) = given.split_once(':').map_or((given, None), |(name, part)| (name, Some(part)));
    if !PHASES.contains(&name) {
        let hint = did_you_mean(name, PHASES);
        return Err(fault(format!("there is no phase `{name}`{hint}; allowed: {}", PHASES.join(", "))));
    }
    if let Some(part) = part.filter(|part| !["before", "after"].contains(part)) {
        return Err(fault(format!("a phase has the parts `before` and `after`, found `{part}`")));
    }
    Ok(given.to_owned())
}

pub(super) fn middleware(tree: &mut Tree, name: &str, given: Option<&str>) -> Result<Report> {
    let name = names::file(name, "middleware", "audit")?;
    let phase = phase(given)?;
    let module = app::module(tree, "middleware", "What stands around the REST API.")?;
    let text = format!(
        "use loopback::axum::extract::Request;\nuse loopback::axum::middleware::Next;\nuse loopback::axum::response::Response;\n\
         use loopback::prelude::*;\n\n/// Stands in the phase `{phase}`, around what comes after it.\n\
         pub async fn {name}(request: Request, next: Next) -> Result<Response> {{\n    // Before: look at the request, or answer with an error.\n    \
         let response = next.run(request).await;\n    // After: look at the response.\n    Ok(response)\n}}\n"
    );
    tree.create(&format!("src/middleware/{name}.rs"), text)?;
    let text = with_mod(&module, tree.get(&module).unwrap_or_default(), "", &name)?;
    let text = with_use(&module, &text, "pub ", &format!("{name}::{name}"))?;
    tree.set(&module, text);
    let path = calls::add(tree, &format!(".middleware({phase:?}, from_fn(middleware::{name}))"))?;
    imports::path(tree, &path, "loopback::axum::middleware::from_fn")?;
    if app::root(tree)? != path {
        let import = imports::of_crate(tree, &path, &module, "crate::middleware");
        imports::path(tree, &path, &import)?;
    }
    Ok(Report::next(["cargo run"])
        .say(format!("write what it does in src/middleware/{name}.rs; it is placed in {path}")))
}

#[cfg(test)]
mod tests {
    use super::{data_source, middleware};
    use crate::tree::Tree;

    const LIB: &str =
        "use loopback::prelude::*;\n\npub fn app(builder: AppBuilder) -> AppBuilder {\n    builder.title(\"A\")\n}\n";

    fn app() -> Tree {
        Tree::from([("Cargo.toml", "[dependencies]\nloopback = \"0.1\"\n"), ("src/lib.rs", LIB)])
    }

    #[test]
    fn a_data_source_is_a_call_and_a_feature() {
        let mut tree = app();
        data_source(&mut tree, "archive", "postgres://localhost/archive").unwrap();
        assert_eq!(
            tree.get("src/lib.rs").unwrap(),
            r#"use loopback::ConnectOptions;
use loopback::prelude::*;

pub fn app(builder: AppBuilder) -> AppBuilder {
    builder.data_source("archive", archive_source()).title("A")
}

/// The data source `archive`.
fn archive_source() -> ConnectOptions {
    let url = "postgres://localhost/archive";
    ConnectOptions::new(url)
}
"#
        );
        assert!(tree.get("Cargo.toml").unwrap().contains("features = [\"postgres\"]"));
        assert!(data_source(&mut tree, "archive", "sqlite://a.db").unwrap_err().to_string().contains("already"));
        data_source(&mut tree, "1db", "sqlite://1.db").unwrap();
        assert!(tree.get("src/lib.rs").unwrap().contains("\nfn db_1db_source() -> ConnectOptions {\n"));
        data_source(&mut tree, "old", "${OLD_URL:-sqlite://old.db?mode=rwc}").unwrap();
        let end = "    let url = std::env::var(\"OLD_URL\");\n    ConnectOptions::new(url.unwrap_or_else(|_| without.into()))\n}\n";
        assert!(tree.get("src/lib.rs").unwrap().ends_with(end));
    }

    #[test]
    fn middleware_is_a_function_in_its_phase() {
        let mut tree = app();
        middleware(&mut tree, "audit", Some("auth:after")).unwrap();
        let lib = tree.get("src/lib.rs").unwrap();
        assert!(lib.starts_with("pub mod middleware;\n\nuse loopback::axum::middleware::from_fn;\n"), "{lib}");
        assert!(lib.contains(".middleware(\"auth:after\", from_fn(middleware::audit))"), "{lib}");
        assert!(
            tree.get("src/middleware/audit.rs").unwrap().contains("pub async fn audit(request: Request, next: Next)")
        );
        assert_eq!(
            tree.get("src/middleware/mod.rs"),
            Some("//! What stands around the REST API.\n\nmod audit;\n\npub use audit::audit;\n")
        );
    }

    #[test]
    fn middleware_of_a_library_is_placed_in_the_program() {
        let main =
            "use loopback::prelude::*;\n\nasync fn main() -> Result<()> {\n    App::from_env()?.serve().await\n}\n";
        let mut tree =
            Tree::from([("Cargo.toml", "[package]\nname = \"my-app\"\n"), ("src/lib.rs", ""), ("src/main.rs", main)]);
        middleware(&mut tree, "audit", None).unwrap();
        let text = tree.get("src/main.rs").unwrap();
        assert!(text.contains("use my_app::middleware;\n"), "{text}");
        assert_eq!(tree.get("src/lib.rs"), Some("pub mod middleware;\n"));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (url, hint) in [
            ("postgre://x/y", "did you mean `postgres`?"),
            ("postgres://me:secret@x/y", "has a password in it"),
            ("sqlite", "is no URL"),
            ("${X}", "say what holds where `X` is not set"),
            ("${a b:-sqlite://x}", "no name of an environment variable"),
        ] {
            let message = data_source(&mut app(), "x", url).unwrap_err().to_string();
            assert!(message.contains(hint), "{url}: {message}");
        }
        for (phase, hint) in [("atuh", "did you mean `auth`?"), ("auth:befor", "the parts `before`")] {
            let message = middleware(&mut app(), "x", Some(phase)).unwrap_err().to_string();
            assert!(message.contains(hint), "{phase}: {message}");
        }
        assert!(middleware(&mut app(), "../x", None).is_err());
        assert!(data_source(&mut app(), "a\"b", "sqlite://x").is_err());
    }
}
