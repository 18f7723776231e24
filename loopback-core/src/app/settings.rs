//! The settings of an application that are its own, and the files that it is configured by.

use super::{App, AppBuilder};
use crate::error::{Error, Result};
use serde_json::Value as Json;
use std::fmt;

/// Which files an app is configured by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigReport {
    /// The folder; `None`: none was asked for.
    pub folder: Option<String>,
    /// The files of it that were read, in the order of their layers.
    pub files: Vec<String>,
    /// What was read and has no effect, or was not run: each with its file and line.
    pub notices: Vec<String>,
}

impl fmt::Display for ConfigReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.folder {
            None => f.write_str("Configuration  no files; LOOPBACK_CONFIG or `App::from_folder` names a folder")?,
            Some(folder) if self.files.is_empty() => write!(f, "Configuration  {folder} (no files)")?,
            Some(folder) => write!(f, "Configuration  {folder} ({})", self.files.join(", "))?,
        }
        for notice in &self.notices {
            write!(f, "\n  {notice}")?;
        }
        Ok(())
    }
}

impl AppBuilder {
    /// A setting of the application's own, before what `config` says of it: LoopBack's `app.set(..)`.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.configured.settings.insert(name.into(), value.into());
        self
    }
}

impl App {
    /// Which files the app is configured by, as its start prints it.
    pub fn config_report(&self) -> ConfigReport {
        let configured = &self.shared.settings.configured;
        ConfigReport {
            folder: configured.folder.clone(),
            files: configured.files.clone(),
            notices: configured.notices.clone(),
        }
    }

    /// A setting of the application's own, from `config` or from [`AppBuilder::setting`]: LoopBack's `app.get(..)`.
    /// `None`: it is not set, or null. With dots in its name it is looked for inside of others: `mail.from`.
    ///
    /// # Errors
    /// It is of another type; the message names the setting and not its value.
    pub fn setting<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let settings = &self.shared.settings.configured.settings;
        let inside = || {
            let mut parts = name.split('.');
            let first = settings.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part))
        };
        let Some(value) = settings.get(name).or_else(inside).filter(|value| !value.is_null()) else { return Ok(None) };
        T::deserialize(value).map(Some).map_err(|error| {
            Error::configuration(format!(
                "the setting `{name}` is of another type than the application asks for: {}",
                kinds(&error)
            ))
        })
    }
}

/// What serde says without the value, which may be a secret.
fn kinds(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once("expected ") {
        Some((_, expected)) if text.starts_with("invalid type") => format!("it must be {expected}"),
        _ => "it cannot be read as one".to_owned(),
    }
}
