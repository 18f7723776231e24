//! What commands ask an app that is not built.

use super::{AppBuilder, SchemaPolicy};
use crate::app::command::{Asked, Source};
use crate::error::{Error, Result};
use crate::graph::Graph;

impl AppBuilder {
    /// What the app says of itself, for `check`.
    pub(in crate::app) fn asked(&self, graph: Option<&Graph>) -> Asked {
        let options = self.auth.as_ref();
        Asked {
            policy: SchemaPolicy { environment: self.environment, migrate: self.migrate },
            explorer: self.explorer_is().unwrap_or_default(),
            compat: self.compat.clone(),
            has_auth: options.is_some(),
            enforced: self.is_enforced(),
            mails: self.mail.leaves()
                || options.is_some_and(|auth| auth.mailer.is_some() || !auth.on_verify.is_empty()),
            public_url: options.is_some_and(|auth| auth.public_url.is_some()),
            decided: self.settings_fault(graph).map(|error| error.to_string()),
        }
    }

    /// The graph of the app's models.
    ///
    /// # Errors
    /// Everything that is wrong with them, at once; middleware that is none.
    pub(in crate::app) fn graph(&mut self) -> Result<Graph> {
        self.middleware_is_right()?;
        self.blueprint()?.graph(None)
    }

    /// The graph of the app's models, empty as long as it has none: what `discover` writes may be the first ones.
    ///
    /// # Errors
    /// As [`graph`](Self::graph).
    pub(in crate::app) fn graph_so_far(&mut self) -> Result<Graph> {
        let blueprint = self.blueprint()?;
        let none = blueprint.linked.models.is_empty() && blueprint.sources.is_empty() && blueprint.built_in.is_none();
        if none { Ok(Graph::default()) } else { blueprint.graph(None) }
    }

    /// Whether the settings and the models go together.
    ///
    /// # Errors
    /// They do not.
    pub(in crate::app) fn decided(&self, graph: &Graph) -> Result<()> {
        self.access_is_decided(graph)?;
        self.explorer_is().map(drop)
    }

    /// What is wrong with the settings, alone or with the models, if those are right.
    fn settings_fault(&self, graph: Option<&Graph>) -> Option<Error> {
        match graph {
            Some(graph) => self.decided(graph).err(),
            None => self.explorer_is().err(),
        }
    }

    /// The data sources, connected.
    pub(in crate::app) async fn sources(&self) -> Vec<Source> {
        let mut sources = Vec::new();
        for (name, options) in &self.data_sources {
            let opened = self.open(name, options).await;
            let shown_url = match &opened {
                Ok(source) => source.shown_url.clone(),
                Err(_) => super::data_sources::shown(options),
            };
            sources.push(Source { name: name.clone(), shown_url, opened });
        }
        sources
    }
}
