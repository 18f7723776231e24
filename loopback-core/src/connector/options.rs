//! What a data source is made of: a database with its options, or a connector of the application's own with its settings.

use super::sql::ConnectOptions;
use crate::error::{Error, Result};
use crate::suggest::did_you_mean;
use serde_json::{Map, Value as Json};
use std::fmt;
use std::sync::Arc;

/// What a data source is made of; [`ConnectOptions`] and [`ConnectorOptions`] become one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DataSourceOptions {
    /// A SQL database.
    Sql(ConnectOptions),
    /// A connector of the application's own.
    Own(ConnectorOptions),
}

impl From<ConnectOptions> for DataSourceOptions {
    fn from(options: ConnectOptions) -> Self {
        Self::Sql(options)
    }
}

impl From<ConnectorOptions> for DataSourceOptions {
    fn from(options: ConnectorOptions) -> Self {
        Self::Own(options)
    }
}

/// A data source of a connector of the application's own: `ConnectorOptions::new("shelf").set("folder", "/var/stock")`.
#[derive(Clone)]
pub struct ConnectorOptions {
    pub(crate) connector: String,
    pub(crate) settings: Map<String, Json>,
    /// The place in a file, `datasources.json:3`.
    pub(crate) location: Option<String>,
}

impl ConnectorOptions {
    /// Of a connector, by the name that the app has given it, without settings.
    pub fn new(connector: impl Into<String>) -> Self {
        Self { connector: connector.into(), settings: Map::new(), location: None }
    }

    /// With a setting.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<Json>) -> Self {
        self.settings.insert(key.into(), value.into());
        self
    }
}

impl fmt::Debug for ConnectorOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be passwords.
        let keys: Vec<_> = self.settings.keys().collect();
        f.debug_struct("ConnectorOptions").field("connector", &self.connector).field("settings", &keys).finish()
    }
}

/// What a connector is made of: the settings of its data source, without `connector` and `defaultForType`, variables put in.
#[derive(Clone)]
pub struct SourceSettings {
    data_source: Arc<str>,
    settings: Map<String, Json>,
}

impl fmt::Debug for SourceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be passwords.
        let keys: Vec<_> = self.settings.keys().collect();
        f.debug_struct("SourceSettings").field("data_source", &self.data_source).field("settings", &keys).finish()
    }
}

impl SourceSettings {
    pub(crate) fn new(data_source: &str, settings: Map<String, Json>) -> Self {
        Self { data_source: data_source.into(), settings }
    }

    /// The name of the data source.
    pub fn data_source(&self) -> &str {
        &self.data_source
    }

    /// A setting as it is written; `None`: it is not.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.settings.get(key)
    }

    /// All of them, to be read with serde for example.
    pub fn to_json(&self) -> Json {
        Json::Object(self.settings.clone())
    }

    /// A setting that is text; `None`: there is none, or it is empty, as a variable leaves it that is set to nothing.
    ///
    /// # Errors
    /// It is something else.
    pub fn text(&self, key: &str) -> Result<Option<&str>> {
        match self.get(key) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.fault(key, "must be a text")),
        }
    }

    /// A setting that is a flag; it is off when it is not set.
    ///
    /// # Errors
    /// It is neither `true` nor `false`.
    pub fn flag(&self, key: &str) -> Result<bool> {
        match self.get(key) {
            None => Ok(false),
            Some(Json::Bool(on)) => Ok(*on),
            // The environment knows nothing but texts.
            Some(Json::String(text)) if text == "true" || text == "false" => Ok(text == "true"),
            Some(_) => Err(self.fault(key, "must be true or false")),
        }
    }

    /// Refuses settings that the connector does not know.
    ///
    /// # Errors
    /// The first of them, with the known one that is near.
    pub fn only(&self, known: &[&str]) -> Result<()> {
        match self.settings.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let hint = did_you_mean(key, known.iter().copied());
                Err(self.fault(key, &format!("is no setting of this connector{hint}")))
            }
        }
    }

    /// What is wrong with a setting; the message must not have its value, which may be a password.
    pub fn fault(&self, key: &str, message: &str) -> Error {
        Error::configuration(format!("`{}.{key}` {message}", self.data_source))
    }
}

#[cfg(test)]
mod tests {
    use super::{ConnectorOptions, SourceSettings};

    #[test]
    fn settings_are_read_by_what_they_are_and_never_shown() {
        let options = ConnectorOptions::new("shelf").set("password", "geheim").set("on", "true").set("port", 5);
        let settings = SourceSettings::new("stock", options.settings.clone());
        assert_eq!(settings.text("password").unwrap(), Some("geheim"));
        assert_eq!(settings.text("nothing").unwrap(), None);
        assert!(settings.flag("on").unwrap() && !settings.flag("off").unwrap());
        assert_eq!(settings.get("port").and_then(serde_json::Value::as_u64), Some(5));
        let faults = [
            settings.text("port").unwrap_err().to_string(),
            settings.flag("password").unwrap_err().to_string(),
            settings.only(&["on", "prot", "password"]).unwrap_err().to_string(),
        ];
        assert_eq!(
            faults,
            [
                "`stock.port` must be a text",
                "`stock.password` must be true or false",
                "`stock.port` is no setting of this connector; did you mean `prot`?",
            ]
        );
        settings.only(&["on", "port", "password"]).unwrap();
        for shown in [format!("{options:?}"), format!("{settings:?}")] {
            assert!(shown.contains("password") && !shown.contains("geheim"), "{shown}");
        }
    }
}
