//! `datasource` and `middleware` as JSON.

use super::change;
use crate::fault::{Result, fault};
use crate::generate::stack::{Url, phase};
use crate::generate::{Report, app, word};
use crate::json::Json;
use crate::tree::Tree;
use loopback::__private::did_you_mean;

/// What is built in, under its names in `middleware.json`, with the phase that is its own.
const MIDDLEWARE: [(&str, &str); 20] = [
    ("loopback#favicon", "initial:before"),
    ("request-id", "initial:before"),
    ("health", "initial:before"),
    ("compression", "initial"),
    ("cors", "initial"),
    ("rate-limit", "initial"),
    ("timeout", "initial"),
    ("body-limit", "initial"),
    ("helmet#xssFilter", "initial"),
    ("helmet#frameguard", "initial"),
    ("helmet#hsts", "initial"),
    ("helmet#hidePoweredBy", "initial"),
    ("helmet#ieNoOpen", "initial"),
    ("helmet#noSniff", "initial"),
    ("helmet#noCache", "initial"),
    ("loopback#rest", "routes"),
    ("loopback#status", "routes"),
    ("loopback#static", "files"),
    ("loopback#urlNotFound", "final"),
    ("strong-error-handler", "final:after"),
];

pub(in crate::generate) fn data_source(tree: &mut Tree, name: &str, given: &str) -> Result<Report> {
    let name = word(name, "a data source")?;
    let url = Url::of(given)?;
    let connector = match url.url.and_then(|url| url.split(':').next()) {
        Some("postgres" | "postgresql") => "postgresql",
        Some("mysql" | "mariadb") => "mysql",
        Some(_) => "sqlite3",
        None => {
            return Err(fault(
                "which connector it is has to be known: --url '${ARCHIVE_URL:-postgres://localhost/archive}'",
            ));
        }
    };
    change(tree, "server/datasources.json", Json::Object(Vec::new()), |all| {
        if all.get(&name).is_some() {
            return Err(fault(format!("there is a data source `{name}` already")));
        }
        *all.entry(&name, Json::Null)? =
            Json::object([("connector", Json::text(connector)), ("url", Json::text(given))]);
        Ok(())
    })?;
    let mut report = Report::next(["cargo run"]).say(format!(
        "models are put on it in server/model-config.json, or `cargo loopback model Shop --data-source {name}`"
    ));
    if let Some(feature) = url.url.and_then(app::feature_of)
        && app::feature(tree, feature)?
    {
        report = report.say(format!("Cargo.toml: the feature `{feature}` of loopback is on"));
    }
    Ok(report)
}

pub(in crate::generate) fn middleware(tree: &mut Tree, name: &str, given: Option<&str>) -> Result<Report> {
    let Some((name, own)) = MIDDLEWARE.into_iter().find(|(known, _)| *known == name) else {
        let names = MIDDLEWARE.map(|(name, _)| name);
        return Err(fault(format!(
            "there is no middleware `{name}`{}; built in are {}. One of your own is code: \
             `App::from_folder(\"server\")?.middleware_factory(\"{}\", |params| ..)` in src/main.rs gives it its name",
            did_you_mean(name, names),
            names.join(", "),
            name.replace(['"', '\\'], "")
        )));
    };
    let phase = phase(given.or(Some(own)))?;
    let path = "server/middleware.json";
    change(tree, path, Json::Object(Vec::new()), |all| {
        let there = all.entries().iter().find(|(_, entries)| entries.get(name).is_some());
        if let Some((phase, _)) = there {
            return Err(fault(format!("`{name}` stands there already, in `{phase}`")));
        }
        *all.entry(&phase, Json::Object(Vec::new()))?.entry(name, Json::Null)? = Json::Object(Vec::new());
        Ok(())
    })?;
    Ok(Report::next(["cargo run"])
        .say(format!("`{name}` stands in `{phase}`; its settings come into `params` of {path}")))
}

#[cfg(test)]
mod tests {
    use super::{data_source, middleware};
    use crate::generate::data::app;

    #[test]
    fn a_data_source_is_an_entry() {
        let mut tree = app();
        data_source(&mut tree, "archive", "${ARCHIVE_URL:-sqlite://archive.db?mode=rwc}").unwrap();
        let text = tree.get("server/datasources.json").unwrap();
        let entry = "  \"archive\": {\n    \"connector\": \"sqlite3\",\n    \"url\": \"${ARCHIVE_URL:-sqlite://archive.db?mode=rwc}\"\n  }\n}\n";
        assert!(text.ends_with(entry), "{text}");
        assert!(data_source(&mut tree, "db", "sqlite://x.db").unwrap_err().to_string().contains("`db` already"));
        assert!(data_source(&mut tree, "x", "postgres://a:b@c/d").unwrap_err().to_string().contains("password"));
    }

    #[test]
    fn middleware_that_is_built_in_stands_in_its_phase() {
        let mut tree = app();
        middleware(&mut tree, "cors", None).unwrap();
        middleware(&mut tree, "health", Some("auth")).unwrap();
        let text = tree.get("server/middleware.json").unwrap();
        assert!(text.contains("    \"compression\": {},\n    \"cors\": {}\n"), "{text}");
        assert!(text.ends_with("  \"auth\": {\n    \"health\": {}\n  }\n}\n"), "{text}");
        assert!(
            middleware(&mut tree, "cors", None).unwrap_err().to_string().contains("stands there already, in `initial`")
        );
        let message = middleware(&mut tree, "helth", None).unwrap_err().to_string();
        assert!(
            message.contains("did you mean `health`?") && message.contains("middleware_factory(\"helth\""),
            "{message}"
        );
    }
}
