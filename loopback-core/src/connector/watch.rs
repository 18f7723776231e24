//! Connector hooks: before and after each statement. Answers to loopback-connector `lib/connector.js` (`before execute`,
//! `after execute`).

use crate::error::{Error, Result};
use futures_util::future::BoxFuture;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A statement that a connector executes, as its hooks see it. The arguments are not shown: they may be secrets.
#[derive(Clone, Debug)]
pub struct Execution {
    data_source: Arc<str>,
    statement: String,
    elapsed: Option<Duration>,
    error: Option<String>,
}

impl Execution {
    /// The name of the data source.
    pub fn data_source(&self) -> &str {
        &self.data_source
    }

    /// The statement: SQL with placeholders.
    pub fn statement(&self) -> &str {
        &self.statement
    }

    /// How long it took; `None`: it has not run yet.
    pub fn elapsed(&self) -> Option<Duration> {
        self.elapsed
    }

    /// What the database said against it.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

type Hook = Arc<dyn for<'a> Fn(&'a Execution) -> BoxFuture<'a, Result<()>> + Send + Sync>;

/// The hooks around the statements of a data source.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    data_source: Arc<str>,
    before: Vec<Hook>,
    after: Vec<Hook>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watch({} before, {} after)", self.before.len(), self.after.len())
    }
}

impl Watch {
    pub(crate) fn before(
        &mut self,
        hook: impl for<'a> Fn(&'a Execution) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static,
    ) {
        self.before.push(Arc::new(hook));
    }

    pub(crate) fn after(
        &mut self,
        hook: impl for<'a> Fn(&'a Execution) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static,
    ) {
        self.after.push(Arc::new(hook));
    }

    /// The same hooks for a data source; `None`: there are none.
    pub(crate) fn of(&self, data_source: &str) -> Option<Self> {
        let some = !self.before.is_empty() || !self.after.is_empty();
        some.then(|| Self { data_source: data_source.into(), ..self.clone() })
    }

    /// Runs a statement between its hooks.
    ///
    /// # Errors
    /// Those of the statement; of a hook before it, which then is not run; of a hook after it.
    pub(crate) async fn around<T, E: fmt::Display>(
        &self,
        statement: &str,
        run: impl Future<Output = Result<T, E>>,
        refused: impl Fn(Error) -> E,
    ) -> Result<T, E> {
        let mut execution = Execution {
            data_source: self.data_source.clone(),
            statement: statement.to_owned(),
            elapsed: None,
            error: None,
        };
        for hook in &self.before {
            hook(&execution).await.map_err(&refused)?;
        }
        let start = Instant::now();
        let done = run.await;
        execution.elapsed = Some(start.elapsed());
        execution.error = done.as_ref().err().map(ToString::to_string);
        for hook in &self.after {
            hook(&execution).await.map_err(&refused)?;
        }
        done
    }
}
