//! Components: parts of an application that a file turns on. Answers to LoopBack's `component-config.json`.

use super::AppBuilder;
use super::builder::explorer_path;
use crate::config::{ComponentEntry, Faults, Place};
use crate::error::Result;
use crate::suggest::did_you_mean;
use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;

/// A part of an application that `component-config` turns on and gives options: routes, models, settings, whatever an
/// [`AppBuilder`] takes.
///
/// A function is one:
///
/// ```ignore
/// fn audit(app: AppBuilder, options: serde_json::Value) -> Result<AppBuilder> {
///     Ok(app.route("/audit", get(report)))
/// }
///
/// App::from_folder("server")?.component_factory("audit", audit)
/// ```
///
/// with `{"audit": {"days": 7}}` in `component-config.json`.
pub trait Component: Send + Sync + 'static {
    /// Adds the component to an app. `options` is what the file has for it, an object.
    ///
    /// # Errors
    /// The options are wrong. The error is told with the file and the line.
    fn configure(&self, app: AppBuilder, options: Json) -> Result<AppBuilder>;
}

impl<F: Fn(AppBuilder, Json) -> Result<AppBuilder> + Send + Sync + 'static> Component for F {
    fn configure(&self, app: AppBuilder, options: Json) -> Result<AppBuilder> {
        self(app, options)
    }
}

/// The components that a program has, and those that a file has turned on.
#[derive(Clone, Default)]
pub(super) struct Components {
    known: Vec<(String, Arc<dyn Component>)>,
    pub(super) on: Vec<ComponentOn>,
}

/// A component that a file has turned on.
#[derive(Clone, Debug)]
pub(super) struct ComponentOn {
    pub(super) name: String,
    pub(super) at: Place,
    pub(super) options: Json,
}

impl fmt::Debug for Components {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.known.iter().map(|(name, _)| name)).finish()
    }
}

/// Those of the framework.
const BUILT_IN: [&str; 1] = [EXPLORER];

const EXPLORER: &str = "loopback-component-explorer";

impl AppBuilder {
    /// A component that `component-config` can turn on by its name. Without a file that does, nothing happens.
    pub fn component_factory(mut self, name: impl Into<String>, component: impl Component) -> Self {
        let name = name.into();
        let components = &mut self.configured.components;
        components.known.retain(|(known, _)| *known != name);
        components.known.push((name, Arc::new(component)));
        self
    }

    /// Adds the components that files have turned on. At the end, when all are known.
    pub(super) fn with_components(mut self) -> Result<Self> {
        let components = std::mem::take(&mut self.configured.components);
        let mut faults = Faults::default();
        self = self.with_late_middleware(&mut faults);
        if !faults.is_empty() {
            return Err(faults.into_error());
        }
        for entry in &components.on {
            let Some((_, component)) = components.known.iter().find(|(name, _)| *name == entry.name) else {
                let known = components.known.iter().map(|(name, _)| &**name).chain(BUILT_IN);
                let hint = did_you_mean(&entry.name, known.clone());
                let known: Vec<String> = known.map(|name| format!("`{name}`")).collect();
                let message = format!(
                    "there is no such component{hint}; there are {}, and `.component_factory(..)` adds others",
                    known.join(", ")
                );
                faults.push(&entry.at, &entry.name, message);
                continue;
            };
            // A builder that fails is gone, and with it what others would say.
            let added = component.configure(self, entry.options.clone());
            self = added.map_err(|error| {
                let mut faults = Faults::default();
                faults.push(&entry.at, &entry.name, error.to_string());
                faults.into_error()
            })?;
        }
        if !faults.is_empty() {
            return Err(faults.into_error());
        }
        self.configured.notices.extend(faults.take_notices());
        Ok(self)
    }

    /// A component of the framework, and whether it is one. What code says later goes before it.
    pub(super) fn built_in_component(self, entry: &ComponentEntry, faults: &mut Faults) -> (Self, bool) {
        match &*entry.name {
            EXPLORER => (self.explorer_component(entry, faults), true),
            _ => (self, false),
        }
    }

    /// npm `loopback-component-explorer`.
    fn explorer_component(mut self, entry: &ComponentEntry, faults: &mut Faults) -> Self {
        const KNOWN: [&str; 12] = [
            "enabled",
            "mountPath",
            "apiInfo",
            "generateOperationScopedModels",
            "basePath",
            "protocol",
            "host",
            "resourcePath",
            "version",
            "uiDirs",
            "swaggerUI",
            "omitProtocolInBaseUrl",
        ];
        let on = entry.options.as_ref().is_some_and(|options| options.get("enabled") != Some(&Json::Bool(false)));
        self = self.explorer(on);
        for (key, value) in entry.options.as_ref().and_then(Json::as_object).into_iter().flatten() {
            let path = format!("{}.{key}", entry.name);
            match (&**key, value) {
                ("enabled", Json::Bool(_)) => {}
                ("mountPath", Json::String(mount)) => match explorer_path(mount) {
                    Ok(()) => self = self.explorer_path(mount),
                    Err(why) => faults.push(&entry.at, &path, format!("the explorer cannot be at `{mount}`: {why}")),
                },
                ("apiInfo", Json::Object(info)) => {
                    let text = |key: &str| info.get(key).and_then(Json::as_str).map(str::to_owned);
                    if let Some(title) = text("title") {
                        self = self.title(title);
                    }
                    if let Some(description) = text("description") {
                        self = self.description(description);
                    }
                    if let Some(version) = text("version") {
                        self = self.version(version);
                    }
                }
                ("enabled" | "mountPath" | "apiInfo", _) => faults.push(&entry.at, &path, "is of the wrong type"),
                ("generateOperationScopedModels", _) => {}
                (known, _) if KNOWN.contains(&known) => faults.notice(&entry.at, &path, "has no effect"),
                _ => {
                    let hint = did_you_mean(key, KNOWN);
                    if hint.is_empty() {
                        faults.notice(&entry.at, &path, "is not known here and has no effect");
                    } else {
                        faults.push(&entry.at, &path, format!("is not known here{hint}"));
                    }
                }
            }
        }
        self
    }
}
