//! Templates that an application renders itself: for e-mails of its own, and for pages. Answers to loopback
//! `lib/loopback.js` (`loopback.template`).

use super::template::{environment, fault};
use crate::error::{Error, Result};
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// A template of the application's own, in the words of Jinja: LoopBack's `loopback.template(path)`, which is EJS there.
///
/// Values are escaped where the file is `.html`, `.htm` or `.xml`, not where it is `.txt`, and are never templates themselves; a
/// `.j2` behind these is as good, and no other file is one. `{% extends "layout.html" %}`
/// is the frame of the framework's e-mails.
///
/// ```ignore
/// // Once, at the start.
/// let receipt = Template::from_file("mail/receipt.html")?;
/// Email::new(&order.email, "Your receipt", "").with_html(receipt.render(json!({ "order": order }))?).send(&ctx).await?;
/// ```
pub struct Template {
    environment: Environment<'static>,
    name: String,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({})", self.name)
    }
}

impl Template {
    /// Reads the template of a file. Keep it: it is read once.
    ///
    /// # Errors
    /// The file cannot be read, or what is wrong in it, with its line.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let kind = kind(path).map_err(|why| Error::configuration(format!("the template {}: {why}", path.display())))?;
        let source = std::fs::read_to_string(path)
            .map_err(|error| Error::configuration(format!("the template {}: {error}", path.display())))?;
        // None of the framework's own is called so.
        let name = format!("of the application.{kind}");
        let mut environment = environment();
        environment
            .add_template_owned(name.clone(), source)
            .map_err(|error| Error::configuration(fault(path, &error)))?;
        Ok(Self { environment, name })
    }

    /// Renders it with values, an object whose keys the template names: a map, a struct, `json!({..})`. What it names and
    /// they do not have is empty.
    ///
    /// # Errors
    /// 500: something in it cannot be done with these values.
    pub fn render(&self, values: impl Serialize) -> Result<String> {
        let template = self.environment.get_template(&self.name).map_err(Error::internal)?;
        template.render(Value::from(Serde(values))).map_err(Error::internal)
    }
}

/// What is in a file, by its name: that decides whether values are escaped.
fn kind(path: &Path) -> Result<&'static str, &'static str> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".j2").unwrap_or(&name);
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html" | "htm") => Ok("html"),
        Some("xml") => Ok("xml"),
        Some("txt") => Ok("txt"),
        Some("ejs") => Err("it is EJS, which is JavaScript; write it in Jinja's words, as `.html` or `.txt`"),
        _ => Err("its name ends in `.html`, `.htm`, `.xml` or `.txt`, which says whether values are escaped"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, source: &str) -> Result<Template> {
        let folder = std::env::temp_dir().join(format!("lb_rendering_{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(name), source).unwrap();
        let template = Template::from_file(folder.join(name));
        std::fs::remove_dir_all(&folder).unwrap();
        template
    }

    #[test]
    fn values_are_escaped_where_the_file_is_html() {
        let source = "{% for item in order.items %}{{ item }};{% endfor %}{{ order.none.at.all }}";
        let values = json!({ "order": { "items": ["<b>", "{{ 7 * 7 }}"] } });
        assert_eq!(of("a.html", source).unwrap().render(&values).unwrap(), "&lt;b&gt;;{{ 7 * 7 }};");
        assert_eq!(of("a.txt", source).unwrap().render(&values).unwrap(), "<b>;{{ 7 * 7 }};");
        for name in ["a.HTM", "a.xml.j2", "a.b.Html.j2"] {
            assert!(of(name, source).unwrap().render(&values).unwrap().starts_with("&lt;b&gt;"), "{name}");
        }
        for name in ["a.ejs", "a.tpl", "a", "a.html.jinja", "html"] {
            assert!(of(name, source).unwrap_err().to_string().contains("`.txt`"), "{name}");
        }
    }

    #[test]
    fn the_frame_of_the_frameworks_e_mails_is_there() {
        let html =
            of("layout.html", "{% extends \"layout.html\" %}").unwrap().render(json!({ "app": "Shop" })).unwrap();
        assert!(html.contains("<html") && html.contains("Shop"), "{html}");
    }

    #[test]
    fn what_is_wrong_is_told_with_file_and_line() {
        let error = of("a.html", "<p>\n{{ order }\n").unwrap_err().to_string();
        assert!(error.contains("a.html:2"), "{error}");
        let error = Template::from_file("no/such.html").unwrap_err().to_string();
        assert!(error.contains("no/such.html"), "{error}");
        assert_eq!(of("a.txt", "{{ a|length }}").unwrap().render(json!({ "a": 1 })).unwrap_err().status(), 500);
    }
}
