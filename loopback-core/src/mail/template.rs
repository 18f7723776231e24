//! The templates of e-mails, minijinja. Those of the framework, and over them those of the app's folder. What comes from
//! users is a value: it is escaped in HTML, and never a template itself.

use super::Rendered;
use crate::error::{Error, Result};
use crate::escape::escaped;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

const BUILT_IN: [(&str, &str); 5] = [
    ("layout.html", include_str!("templates/layout.html")),
    ("verify.html", include_str!("templates/verify.html")),
    ("verify.txt", include_str!("templates/verify.txt")),
    ("reset.html", include_str!("templates/reset.html")),
    ("reset.txt", include_str!("templates/reset.txt")),
];

/// The templates of an app.
pub(crate) struct Templates(Environment<'static>);

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Templates")
    }
}

impl Templates {
    /// Those of the framework alone.
    pub(crate) fn built_in() -> &'static Self {
        static BUILT_IN_ONLY: OnceLock<Templates> = OnceLock::new();
        BUILT_IN_ONLY.get_or_init(|| Self(environment()))
    }

    /// Those of a folder, over the framework's.
    ///
    /// # Errors
    /// The folder cannot be read; what is wrong in all its files, with file and line.
    pub(crate) fn of(folder: Option<&Path>) -> Result<Self> {
        let mut templates = Self(environment());
        let Some(folder) = folder else { return Ok(templates) };
        let unreadable = |error: std::io::Error| {
            Error::configuration(format!("mail: the folder of templates {}: {error}", folder.display()))
        };
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
            .map_err(unreadable)?
            .into_iter()
            .map(|entry| entry.path())
            .collect();
        files.sort();
        let mut faults = Vec::new();
        let mut own = Vec::new();
        for path in files {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if name.ends_with(".ejs") {
                faults.push(format!(
                    "{}: EJS is not run; write `{}.html` in the words of Jinja, `{{{{ href }}}}`",
                    path.display(),
                    name.trim_end_matches(".ejs")
                ));
            }
            if !name.ends_with(".html") && !name.ends_with(".txt") {
                continue;
            }
            let source = std::fs::read_to_string(&path).map_err(unreadable)?;
            match templates.0.add_template_owned(name.clone(), source) {
                Ok(()) => own.push((name, path)),
                Err(error) => faults.push(fault(&path, &error)),
            }
        }
        // Some faults show only when it runs.
        for (name, path) in own {
            let sample = values(&Map::new(), "https://shop.example/confirm?a=1&b=2", name.ends_with(".html"));
            if let Err(error) = templates.0.get_template(&name).and_then(|template| template.render(sample)) {
                faults.push(fault(&path, &error));
            }
        }
        if faults.is_empty() { Ok(templates) } else { Err(Error::configuration(faults.join("\n"))) }
    }

    /// Whether there is a template of this name, with or without its ending.
    pub(crate) fn has(&self, name: &str) -> bool {
        let stem = stem(name);
        [".html", ".txt"].iter().any(|end| self.0.get_template(&format!("{stem}{end}")).is_ok())
    }

    /// Renders a template: what it has of HTML and text, and the text of `instead` when it has none.
    ///
    /// # Errors
    /// 500: there is no such template, or it fails.
    pub(crate) fn render(
        &self,
        name: &str,
        instead: &str,
        variables: &Map<String, Json>,
        href: &str,
    ) -> Result<Rendered> {
        let stem = stem(name);
        if !self.has(stem) {
            return Err(Error::internal(format!(
                "there is no template `{stem}.html` or `{stem}.txt` of e-mails in the folder of `templates`"
            )));
        }
        let one = |name: String, html: bool| match self.0.get_template(&name) {
            Ok(template) => template.render(values(variables, href, html)).map(Some).map_err(Error::internal),
            Err(_) => Ok(None),
        };
        let html = one(format!("{stem}.html"), true)?;
        let text = match one(format!("{stem}.txt"), false)? {
            Some(text) => Some(text),
            None => one(format!("{instead}.txt"), false)?,
        };
        Ok(Rendered { html, text })
    }
}

pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    for (name, source) in BUILT_IN {
        // They are tested; one that could not be read would be missing, and its e-mails with it.
        if let Err(error) = environment.add_template(name, source) {
            tracing::error!(%error, "a template of the framework");
        }
    }
    environment
}

/// What templates know. The link is escaped here, so that it stays legible in HTML.
fn values(variables: &Map<String, Json>, href: &str, html: bool) -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Value> =
        variables.iter().map(|(name, value)| (name.clone(), Value::from(Serde(value)))).collect();
    let link = if html { Value::from_safe_string(escaped(href)) } else { Value::from(href) };
    // LoopBack's name of it as well.
    all.insert("verifyHref".to_owned(), link.clone());
    all.insert("href".to_owned(), link);
    all.entry("lang".to_owned()).or_insert_with(|| Value::from("en"));
    all
}

fn stem(name: &str) -> &str {
    name.trim_end_matches(".html").trim_end_matches(".txt")
}

pub(super) fn fault(path: &Path, error: &minijinja::Error) -> String {
    let line = error.line().map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}: {}", path.display(), error.detail().map_or_else(|| error.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::super::{RESET, VERIFY};
    use super::*;
    use serde_json::json;

    fn variables(user: &Json) -> Map<String, Json> {
        let Json::Object(map) = json!({ "app": "Shop", "to": "ann@shop.test", "subject": "Hello", "valid_for": "15 minutes", "user": user })
        else {
            panic!()
        };
        map
    }

    const HREF: &str = "https://shop.test/api/Users/confirm?uid=1&redirect=%2F&token=abc";

    #[test]
    fn the_frameworks_templates_have_the_link_in_both_forms() {
        for name in [VERIFY, RESET] {
            let made = Templates::built_in().render(name, name, &variables(&json!({})), HREF).unwrap();
            let (html, text) = (made.html.unwrap(), made.text.unwrap());
            assert!(html.contains(&format!("href=\"{}\"", HREF.replace('&', "&amp;"))), "{html}");
            assert!(html.contains("ann@shop.test") && html.contains("15 minutes") && html.contains("Shop"), "{html}");
            assert!(text.contains(HREF) && text.contains("15 minutes"), "{text}");
            assert!(!html.contains("<img") && !html.contains("<script"), "{html}");
        }
    }

    #[test]
    fn what_users_say_is_text() {
        let folder = std::env::temp_dir().join(format!("lb_templates_{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("verify.html"), "<p>{{ user.name }}</p><a href=\"{{ verifyHref }}\">{{ href }}</a>")
            .unwrap();
        let templates = Templates::of(Some(&folder)).unwrap();
        let user = json!({ "name": "{{7*7}} {% raw %} <img src=x onerror=alert(1)> \"'" });
        let made = templates.render(VERIFY, VERIFY, &variables(&user), HREF).unwrap();
        let html = made.html.unwrap();
        assert!(html.contains("{{7*7}}") && !html.contains("49"), "{html}");
        assert!(html.contains("&lt;img") && !html.contains("<img"), "{html}");
        assert!(made.text.unwrap().contains(HREF));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn all_that_is_wrong_in_a_folder_is_told_with_file_and_line() {
        let folder = std::env::temp_dir().join(format!("lb_templates_{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("a.html"), "<p>\n{{ user.name }\n").unwrap();
        std::fs::write(folder.join("b.txt"), "{{ href|nothing }}").unwrap();
        std::fs::write(folder.join("verify.ejs"), "<%= href %>").unwrap();
        let error = Templates::of(Some(&folder)).unwrap_err().to_string();
        for part in ["a.html:2", "b.txt:1", "nothing", "verify.ejs: EJS"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert!(Templates::of(Some(&folder.join("none"))).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
