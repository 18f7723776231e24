//! What becomes of the schema, at a start and when a model is defined while the app runs.

use super::{Environment, Migrate};
use crate::app::DataSource;
use crate::connector::SqlConnector;
use crate::connector::sql::schema;
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use std::sync::Arc;

/// What becomes of the schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SchemaPolicy {
    pub(crate) environment: Environment,
    pub(crate) migrate: Migrate,
}

impl SchemaPolicy {
    /// Brings the schema of a data source to where it should be. Gives what was done, for the report.
    ///
    /// # Errors
    /// The schema does not fit, and is not to be changed; the database.
    pub(crate) async fn bring_up(&self, source: &DataSource, models: &[Arc<ModelNode>]) -> Result<String> {
        let name = &*source.name;
        let Some(connector) = source.sql.as_deref() else { return Ok("none".into()) };
        let development = self.environment == Environment::Development;
        let db = connector.writer();
        Ok(match self.migrate {
            Migrate::Leave => "not looked at".into(),
            Migrate::Recreate => {
                schema::auto_migrate(db, models).await?;
                format!("{} tables made anew", models.len())
            }
            Migrate::Auto if !development => check(name, connector, models).await?,
            Migrate::Check => check(name, connector, models).await?,
            Migrate::Auto | Migrate::Update => {
                let changes = schema::auto_update(db, models).await?;
                for change in &changes {
                    tracing::info!(data_source = name, table = change.table, "schema: {}", change.what);
                }
                match changes.len() {
                    0 => "up to date".into(),
                    1 => "1 change made".into(),
                    many => format!("{many} changes made"),
                }
            }
        })
    }

    /// As [`bring_up`](Self::bring_up), for models that come while the app runs: nothing is dropped.
    ///
    /// # Errors
    /// As `bring_up`.
    pub(crate) async fn bring_up_more(&self, source: &DataSource, models: &[Arc<ModelNode>]) -> Result<String> {
        let migrate = if self.migrate == Migrate::Recreate { Migrate::Update } else { self.migrate };
        Self { migrate, ..*self }.bring_up(source, models).await
    }
}

async fn check(name: &str, connector: &SqlConnector, models: &[Arc<ModelNode>]) -> Result<String> {
    let differences = schema::difference(connector.writer(), models).await?;
    if differences.is_empty() {
        return Ok("fits".into());
    }
    let lines: String = differences.iter().map(|change| format!("\n  {}: {}", change.table, change.what)).collect();
    Err(Error::configuration(format!(
        "the schema of data source `{name}` does not fit the models:{lines}\nstart once with LOOPBACK_MIGRATE=update, \
         or change the schema by hand"
    )))
}
