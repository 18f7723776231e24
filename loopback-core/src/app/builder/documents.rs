//! What an app says of itself over HTTP: the explorer, and what the documents begin with.

use super::AppBuilder;
use crate::app::documents::OPENAPI;
use crate::app::program;
use crate::error::{Error, Result};
use crate::openapi::OpenApiOptions;

/// Where the explorer is unless set.
const EXPLORER: &str = "/explorer";

/// The documents of an app that is being put together.
pub(super) struct Documents {
    /// `None`: as the environment has it.
    pub(super) explorer: Option<bool>,
    /// Without a slash at the end.
    pub(super) path: String,
    pub(super) login: bool,
    title: Option<String>,
    version: String,
    description: Option<String>,
}

impl Default for Documents {
    fn default() -> Self {
        Self {
            explorer: None,
            path: EXPLORER.into(),
            login: true,
            title: None,
            version: "1.0.0".into(),
            description: None,
        }
    }
}

impl AppBuilder {
    /// Whether the explorer, `/openapi.json` and the explorer's `swagger.json` are served; in development they are unless
    /// set.
    pub fn explorer(mut self, on: bool) -> Self {
        self.documents.explorer = Some(on);
        self
    }

    /// The path of the explorer, `/explorer` unless set: `.explorer_path("/docs")`. The Swagger document is below it, at
    /// `/docs/swagger.json`. A path that cannot be one is a fault when the app is built.
    pub fn explorer_path(mut self, path: impl AsRef<str>) -> Self {
        self.documents.path = format!("/{}", path.as_ref().trim_matches('/'));
        self
    }

    /// Whether the explorer has a box for an access token and a form to log in; with users it has unless set.
    pub fn explorer_login(mut self, on: bool) -> Self {
        self.documents.login = on;
        self
    }

    /// The title of the explorer and of the OpenAPI document; the program's name unless set.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.documents.title = Some(title.into());
        self
    }

    /// The version in the OpenAPI document.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.documents.version = version.into();
        self
    }

    /// The description in the OpenAPI document, Markdown.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.documents.description = Some(description.into());
        self
    }

    /// Where the explorer is, if it is anywhere.
    ///
    /// # Errors
    /// It cannot be there.
    pub(super) fn explorer_is(&self) -> Result<Option<String>> {
        if !self.documents.explorer.unwrap_or(self.is_development()) {
            return Ok(None);
        }
        let path = &self.documents.path;
        if let Err(why) = explorer_path(path) {
            return Err(Error::configuration(format!("the explorer cannot be at `{path}`: {why}")));
        }
        if *path == self.rest_root {
            return Err(Error::configuration(format!("the explorer cannot be at `{path}`: the REST API is there")));
        }
        Ok(Some(path.clone()))
    }

    /// What the documents say of the app.
    pub(in crate::app) fn openapi_options(&self) -> OpenApiOptions {
        OpenApiOptions {
            title: self.documents.title.clone().unwrap_or_else(program),
            version: self.documents.version.clone(),
            description: self.documents.description.clone(),
            server_path: self.rest_root.clone(),
            access_control: self.is_enforced(),
        }
    }
}

/// Checks the path of an explorer.
///
/// # Errors
/// It is none; says what one is.
pub(in crate::app) fn explorer_path(path: &str) -> std::result::Result<(), &'static str> {
    let path = path.trim_end_matches('/');
    if !path.starts_with('/') {
        // `/` alone is this, too: it would take every path from whoever else answers.
        return Err("a path begins with `/` and has a name, as `/docs`");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '~');
    if !path.chars().all(plain) || path.contains("//") || path.split('/').any(|part| matches!(part, "." | "..")) {
        return Err("a path has letters, digits, `-`, `_`, `.` and `~` between its slashes");
    }
    if path == OPENAPI {
        return Err("the OpenAPI document is there");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::explorer_path;

    #[test]
    fn the_explorer_is_at_a_path_with_a_name() {
        for path in ["/docs", "/docs/", "/a/b-c_d.e~f"] {
            assert_eq!(explorer_path(path), Ok(()), "{path}");
        }
        for path in ["", "/", "docs", "/{x}", "/*", "/a b", "/a?b", "/a#b", "/a//b", "/a/../b", "/openapi.json"] {
            assert!(explorer_path(path).is_err(), "{path}");
        }
    }
}
