//! Data sources: what they are made of, by what name connectors of the application's own are known, and how one is opened.

use super::AppBuilder;
use crate::app::DataSource;
use crate::config::{CONNECTORS, Faults, Place, listed};
use crate::connector::sql::{ConnectOptions, shown_url};
use crate::connector::{Connector, ConnectorOptions, DataSourceOptions, SourceSettings, SqlConnector};
use crate::error::{Error, Result};
use crate::suggest::did_you_mean;
use futures_util::future::BoxFuture;
use std::sync::Arc;

type Factory = Arc<dyn Fn(SourceSettings) -> BoxFuture<'static, Result<Arc<dyn Connector>>> + Send + Sync>;

/// The connectors of the application's own, by name.
#[derive(Default)]
pub(super) struct Connectors(Vec<(String, Factory)>);

impl Connectors {
    /// The one with a name; LoopBack lets `shelf` be `loopback-connector-shelf`.
    fn named(&self, name: &str) -> Option<&Factory> {
        let plain = |name: &str| name.strip_prefix("loopback-connector-").unwrap_or(name).to_owned();
        let found = self.0.iter().find(|(known, _)| known == name);
        let found = found.or_else(|| self.0.iter().find(|(known, _)| plain(known) == plain(name)));
        found.map(|(_, factory)| factory)
    }

    fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Names that are given twice, and what data sources name and nobody has given.
    fn faults(&self, sources: &[(String, DataSourceOptions)], faults: &mut Faults) {
        let here = Place::of("the app's builder");
        for (at, (name, _)) in self.0.iter().enumerate() {
            if CONNECTORS.contains(&name.as_str()) || ["sqlite", "postgres"].contains(&name.as_str()) {
                faults.push(&here, "", format!("`{name}` is a connector of the framework's: give yours another name"));
            }
            if self.0[..at].iter().any(|(known, _)| known == name) {
                faults.push(&here, "", format!("the connector `{name}` is given twice"));
            }
        }
        for (source, options) in sources {
            let DataSourceOptions::Own(ConnectorOptions { connector, location, .. }) = options else { continue };
            if self.named(connector).is_some() {
                continue;
            }
            let names = self.names();
            let hint = did_you_mean(connector, CONNECTORS.iter().chain(&names).copied());
            let own = match names.as_slice() {
                [] => String::new(),
                names => format!(", and the app's own {}", listed(names)),
            };
            let at = location.as_ref().map_or(here.clone(), |location| Place::of(location.as_str()));
            let message = format!("there is no connector `{connector}`{hint}; there are {}{own}", listed(&CONNECTORS));
            faults.push(&at, &format!("{source}.connector"), message);
        }
    }
}

impl AppBuilder {
    /// The default data source.
    pub fn database_url(self, url: impl Into<String>) -> Self {
        self.data_source("db", ConnectOptions::new(url))
    }

    /// The default data source when the environment names none.
    pub fn database_url_or(self, url: impl Into<String>) -> Self {
        if self.data_sources.is_empty() { self.database_url(url) } else { self }
    }

    /// A data source: [`ConnectOptions`] of a database, or
    /// [`ConnectorOptions`] of a [`connector`](Self::connector) of the application's own.
    /// The first is the default one; models name others with `#[model(data_source = "..")]`. A name that stands already is
    /// replaced.
    pub fn data_source(mut self, name: impl Into<String>, options: impl Into<DataSourceOptions>) -> Self {
        let (name, options) = (name.into(), options.into());
        match self.data_sources.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = options,
            None => self.data_sources.push((name, options)),
        }
        self
    }

    /// Gives a connector of the application's own a name, which data sources then say: in `datasources.json`
    /// (`"connector": "shelf"`), or as [`ConnectorOptions`]. The function opens a data source, of whose settings it is told;
    /// see [`loopback::connector`](crate::connector) for what it is to give.
    ///
    /// ```ignore
    /// .connector("shelf", |settings| async move { Shelf::open(&settings) })
    /// .data_source("stock", ConnectorOptions::new("shelf").set("folder", "/var/stock"))
    /// ```
    ///
    /// A name that a data source says and nobody has given is a fault of [`build`](Self::build); so is a name that the
    /// framework has itself.
    pub fn connector<C, F>(
        mut self,
        name: impl Into<String>,
        open: impl Fn(SourceSettings) -> F + Send + Sync + 'static,
    ) -> Self
    where
        C: Connector,
        F: Future<Output = Result<C>> + Send + 'static,
    {
        let factory: Factory = Arc::new(move |settings| {
            let opened = open(settings);
            Box::pin(async move { Ok(Arc::new(opened.await?) as Arc<dyn Connector>) })
        });
        self.connectors.0.push((name.into(), factory));
        self
    }

    /// Whether every connector that a data source names is there.
    ///
    /// # Errors
    /// All that are not, with file and line.
    pub(super) fn connectors_are_known(&self) -> Result<()> {
        let mut faults = Faults::default();
        self.connectors.faults(&self.data_sources, &mut faults);
        if faults.is_empty() { Ok(()) } else { Err(faults.into_error()) }
    }

    /// The data sources that guard no foreign keys.
    pub(super) fn unguarded(&self) -> Vec<String> {
        let own = self.data_sources.iter().filter(|(_, options)| matches!(options, DataSourceOptions::Own(_)));
        own.map(|(name, _)| name.clone()).collect()
    }

    /// Opens a data source.
    ///
    /// # Errors
    /// The database does not answer; those of the connector.
    pub(super) async fn open(&self, name: &str, options: &DataSourceOptions) -> Result<DataSource> {
        let own = match options {
            DataSourceOptions::Sql(options) => {
                let mut sql = SqlConnector::connect(options).await?;
                sql.watch = self.watch.of(name);
                let sql = Arc::new(sql);
                return Ok(DataSource {
                    name: name.into(),
                    connector: sql.clone(),
                    kind: sql.backend().to_string(),
                    sql: Some(sql),
                    shown_url: shown_url(&options.url),
                });
            }
            DataSourceOptions::Own(own) => own,
        };
        let unknown = || Error::configuration(format!("there is no connector `{}`", own.connector));
        let open = self.connectors.named(&own.connector).ok_or_else(unknown)?;
        let connector = open(SourceSettings::new(name, own.settings.clone())).await.map_err(|error| {
            Error::configuration(format!("the data source `{name}` (connector `{}`): {error}", own.connector))
        })?;
        let shown_url = connector.place();
        Ok(DataSource { name: name.into(), connector, sql: None, kind: own.connector.clone(), shown_url })
    }
}

/// Where the rows are, of a data source that may not be open.
pub(super) fn shown(options: &DataSourceOptions) -> String {
    match options {
        DataSourceOptions::Sql(options) => shown_url(&options.url),
        DataSourceOptions::Own(options) => format!("connector {}", options.connector),
    }
}
