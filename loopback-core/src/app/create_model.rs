//! Models that are defined while the app runs. Answers to LoopBack's `createModel`, `app.model` and `deleteModelByName`.

use super::{App, Shared, Snapshot};
use crate::access::Effect;
use crate::definition::Source;
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::models::OutboxEmail;
use crate::typed::Model as _;
use serde_json::Value as Json;
use std::sync::Arc;

impl App {
    /// Defines a model by LoopBack's model-definition JSON while the app runs: its table is made (where the app's
    /// [`Migrate`](super::Migrate) changes the schema), its endpoints are served from the next request on, and it is part of
    /// OpenAPI and the explorer. One of the name that was defined so before is replaced. Gives the app with the model in it.
    ///
    /// It lives as long as the process: an app that wants it at its next start, or in its other instances, keeps the JSON and
    /// defines it there. Definitions are never freed; equal ones are made once.
    ///
    /// Requests that are under way see the models as they were. Where one of them would write a row without a value that the newer
    /// model asks for, it is answered as the newer model would: 422, the property can't be blank.
    ///
    /// # Errors
    /// 422 `INVALID_MODEL_DEFINITION` with everything that is wrong with it; 409: the name is that of a model that is a type, or
    /// it would take the place of a model of the framework's. Then nothing has changed. The schema cannot be changed: then it
    /// may have been changed in part, and the models are as they were.
    pub async fn create_model(&self, definition: Json) -> Result<Self> {
        self.create_models([definition]).await
    }

    /// As [`create_model`](Self::create_model), several at once: those that lead to each other have to come together.
    ///
    /// # Errors
    /// As `create_model`.
    pub async fn create_models(&self, definitions: impl IntoIterator<Item = Json>) -> Result<Self> {
        let mut blueprint = self.shared.blueprint.lock().await;
        let mut wanted = blueprint.clone();
        let mut names: Vec<String> = Vec::new();
        for json in definitions {
            let name = json["name"].as_str().unwrap_or_default().to_owned();
            if names.contains(&name) {
                return Err(invalid(&Error::configuration(format!("the model `{name}` is defined twice"))));
            }
            if wanted.linked.models.iter().any(|def| def.name.eq_ignore_ascii_case(&name)) {
                return Err(Error::new(409, format!("`{name}` is a model of the program: it cannot be defined anew")));
            }
            wanted.sources.retain(|source| source.json["name"].as_str() != Some(&name));
            let source = Source::new(json, "create_model");
            for line in crate::definition::ignored(&source) {
                tracing::warn!(model = name, "{line}");
            }
            wanted.sources.push(source);
            names.push(name);
        }
        let mut app = self.rebuilt(&wanted)?;
        let mail = self.mail_for(app.graph(), &mut wanted)?;
        if mail.is_some() {
            app = self.rebuilt(&wanted)?;
        }
        // Who takes the place of a model of the framework's, of users for example, would take over their sessions and roles.
        let older = self.current();
        let gone = older.graph().models().find(|model| {
            app.graph().model(&model.name).is_none() && !blueprint.defines(&model.name) && !model.is_link()
        });
        if let Some(gone) = gone {
            let message =
                format!("it would take the place of the running app's `{}`: define it at the start", gone.name);
            return Err(Error::new(409, message));
        }
        // From here on a statement of a request that sees the older models may miss what the newer ones ask for.
        let _coming = Coming::show(&self.shared, &app.snapshot);
        for source in &self.shared.data_sources {
            let outbox = |model: &ModelNode| mail.is_some() && *model.name == *OutboxEmail::DEF.name;
            let of_json = |model: &Arc<ModelNode>| wanted.defines(&model.name) || model.is_link() || outbox(model);
            let models: Vec<_> = app.models_of(source).into_iter().filter(of_json).collect();
            self.shared.settings.schema.bring_up_more(source, &models).await?;
        }
        app.show();
        *blueprint = wanted;
        if let Some(mail) = mail {
            app.begin_mail(mail);
        }
        Ok(app)
    }

    /// Takes a model away that was defined by JSON: its endpoints answer 404 from the next request on. Its table stays, with its
    /// rows and its foreign keys. `false`: there is no such model.
    ///
    /// # Errors
    /// 422: another model leads to it or extends it.
    pub async fn delete_model(&self, name: &str) -> Result<bool> {
        let mut blueprint = self.shared.blueprint.lock().await;
        let mut wanted = blueprint.clone();
        wanted.sources.retain(|source| source.json["name"].as_str() != Some(name));
        if wanted.sources.len() == blueprint.sources.len() {
            return Ok(false);
        }
        self.rebuilt(&wanted)?.show();
        *blueprint = wanted;
        Ok(true)
    }

    /// A model as it has been defined anew since this handle was made, or is about to be.
    pub(crate) fn newer_model(&self, name: &str) -> Option<Arc<ModelNode>> {
        // In this order: what was about to be is current before it is taken away here.
        let coming = self.shared.coming.load_full();
        let newest = coming.unwrap_or_else(|| self.shared.current.load_full());
        let newer = !Arc::ptr_eq(&newest, &self.snapshot);
        newest.graph.models().find(|model| newer && *model.name == *name).cloned()
    }

    /// The app with another graph; nobody sees it yet.
    fn rebuilt(&self, wanted: &super::Blueprint) -> Result<Self> {
        let older = self.current();
        let graph = wanted.graph(Some(older.graph())).map_err(|error| invalid(&error))?;
        if self.auth().is_none() && graph.has_rules() {
            return Err(invalid(&Error::configuration(
                "the model has rules of access control, and the app does not ask them: `.enable_auth()`",
            )));
        }
        Ok(Self { shared: self.shared.clone(), snapshot: Arc::new(Snapshot::new(graph)) })
    }

    /// Lets everybody see the models of this snapshot. What is kept of tokens, roles and rules is of the older one.
    fn show(&self) {
        self.shared.current.store(self.snapshot.clone());
        if let Some(auth) = self.auth() {
            for effect in [Effect::Sessions, Effect::Rules] {
                auth.authority.changed(effect);
            }
        }
    }
}

/// The models that are about to be, as long as the schema is changed for them.
struct Coming<'a>(&'a Shared);

impl<'a> Coming<'a> {
    fn show(shared: &'a Shared, snapshot: &Arc<Snapshot>) -> Self {
        shared.coming.store(Some(snapshot.clone()));
        Self(shared)
    }
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.0.coming.store(None);
    }
}

fn invalid(error: &Error) -> Error {
    Error::new(422, error.message().to_owned()).with_name("ModelDefinitionError").with_code("INVALID_MODEL_DEFINITION")
}
