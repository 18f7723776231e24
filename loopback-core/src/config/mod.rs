//! The configuration of an application as files: what stands in the `server` folder of a LoopBack app, read, merged and
//! checked. Data only; [`AppBuilder`](crate::app::AppBuilder) applies it. Answers to npm `loopback-boot` 2.
//!
//! ```text
//! files -> layers -> merge -> variables -> what each file means
//! ```
//!
//! Whatever is wrong is told at once, with file and line.

mod components;
mod data_sources;
mod environment;
mod fault;
mod json;
mod layers;
mod merge;
mod middleware;
mod models;
mod redact;
mod settings;
mod show;
#[cfg(test)]
mod tests;
mod toml;
mod tree;
pub(crate) mod units;
mod variables;

pub(crate) use components::ComponentEntry;
pub(crate) use data_sources::{CONNECTORS, SourceConfig, SourceKind, listed};
pub(crate) use environment::EnvironmentConfig;
pub(crate) use fault::Faults;
pub(crate) use middleware::{MiddlewareEntry, MiddlewareFile};
pub(crate) use models::{Definition, ModelEntry, SourceOf};
pub(crate) use redact::{shown, shown_json};
pub(crate) use settings::SettingsConfig;
pub(crate) use show::Shown;
pub(crate) use tree::{Node, Place};
pub(crate) use variables::Variables;

use layers::Layers;
use std::path::{Path, PathBuf};
use tree::{Entry, Value};
use variables::Resolver;

/// A folder of configuration files, for [`App::from_folder`](crate::app::App::from_folder): `"server"`, or with the
/// variables that count instead of those of the process.
///
/// ```ignore
/// App::from_folder(ConfigFolder::at("server").variables([("LOOPBACK_ENV", "production")]))?
/// ```
#[derive(Clone, Debug)]
pub struct ConfigFolder {
    path: Option<PathBuf>,
    variables: Option<Variables>,
}

impl ConfigFolder {
    /// The folder at a path, from the folder that the program was started in; if there is none, from the folder of the
    /// program itself.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), variables: None }
    }

    /// The environment variables that count, instead of those of the process; for tests.
    #[must_use]
    pub fn variables(mut self, variables: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        self.variables = Some(Variables::of(variables.into_iter().map(|(name, value)| (name.into(), value.into()))));
        self
    }

    /// What `LOOPBACK_CONFIG` names, or no folder: environment variables alone.
    pub(crate) fn of_environment() -> Self {
        let variables = Variables::of_process();
        let path = variables.filled("LOOPBACK_CONFIG").map(PathBuf::from);
        Self { path, variables: Some(variables) }
    }
}

impl From<&str> for ConfigFolder {
    fn from(path: &str) -> Self {
        Self::at(path)
    }
}

impl From<String> for ConfigFolder {
    fn from(path: String) -> Self {
        Self::at(path)
    }
}

impl From<&Path> for ConfigFolder {
    fn from(path: &Path) -> Self {
        Self::at(path)
    }
}

impl From<PathBuf> for ConfigFolder {
    fn from(path: PathBuf) -> Self {
        Self::at(path)
    }
}

/// Everything that a folder and the environment say.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) folder: Option<PathBuf>,
    /// The files that were read.
    pub(crate) files: Vec<String>,
    pub(crate) environment: EnvironmentConfig,
    pub(crate) variables: Variables,
    pub(crate) settings: SettingsConfig,
    pub(crate) data_sources: Vec<SourceConfig>,
    pub(crate) models: Vec<ModelEntry>,
    pub(crate) definitions: Vec<Definition>,
    pub(crate) middleware: MiddlewareFile,
    pub(crate) components: Vec<ComponentEntry>,
    /// Every value of the files and of the environment, for people.
    pub(crate) shown: Vec<Shown>,
    /// All files but the definitions of models, as they are merged.
    #[cfg(test)]
    trees: Vec<(&'static str, Node)>,
}

/// Reads everything. Faults are noted, and what is sound is read on.
pub(crate) fn load(from: ConfigFolder, faults: &mut Faults) -> Config {
    let variables = from.variables.unwrap_or_else(Variables::of_process);
    let folder = from.path.and_then(|path| found(path, faults));
    let environment = environment::read(&variables, folder.as_deref(), faults);
    let mut layers = Layers::read(folder.as_deref(), &environment.name, &variables, faults);

    let mut config = layers.take("config");
    let raw = config.clone();
    Resolver { variables: &variables, settings: &raw, nested: true, optional: &[] }.resolve(&mut config, "", faults);
    let settings = settings::read(&config, faults);
    let mut shown = show::values("config", &raw, &config, &raw, &variables);
    let known = known_settings(&config, &environment);
    let resolver = Resolver { variables: &variables, settings: &known, nested: false, optional: &[] };
    let mut tree = |name: &'static str, faults: &mut Faults| {
        let layered = layers.take(name);
        let mut tree = layered.clone();
        let optional = if name == "datasources" { data_sources::optional(&layered) } else { Vec::new() };
        Resolver { optional: &optional, ..resolver }.resolve(&mut tree, "", faults);
        shown.extend(show::values(name, &layered, &tree, &raw, &variables));
        tree
    };
    let data_sources = tree("datasources", faults);
    let model_config = tree("model-config", faults);
    let middleware = tree("middleware", faults);
    let components = tree("component-config", faults);

    let (models, definitions) = models::read(&model_config, folder.as_deref(), faults);
    if let Some(folder) = &folder {
        scripts(folder, &environment.name, faults);
    }
    Config {
        settings,
        data_sources: data_sources::read(&data_sources, faults),
        models,
        definitions,
        middleware: middleware::read(&middleware, folder.as_deref(), faults),
        components: components::read(&components, faults),
        files: layers.files,
        folder,
        environment,
        variables,
        shown,
        #[cfg(test)]
        trees: vec![
            ("config", config),
            ("datasources", data_sources),
            ("model-config", model_config),
            ("middleware", middleware),
            ("component-config", components),
        ],
    }
}

/// The folder, as it is or beside the program.
fn found(path: PathBuf, faults: &mut Faults) -> Option<PathBuf> {
    if path.is_dir() {
        return Some(path);
    }
    let program = std::env::current_exe().ok();
    let beside = program.as_deref().and_then(Path::parent).map(|folder| folder.join(&path));
    if let Some(beside) = beside.filter(|folder| path.is_relative() && folder.is_dir()) {
        return Some(beside);
    }
    let here = std::env::current_dir().map(|here| here.display().to_string()).unwrap_or_default();
    let at = Place::of(path.display().to_string());
    let message = match path.exists() {
        true => "is no folder".to_owned(),
        false if path.is_absolute() => "there is no such folder".to_owned(),
        false => format!("there is no such folder, neither in {here} nor beside the program"),
    };
    faults.push(&at, "", message);
    None
}

/// What `${restApiRoot}` and the like stand for: the settings of `config`, and those that LoopBack has anyway.
fn known_settings(config: &Node, environment: &EnvironmentConfig) -> Node {
    let at = Place::of("the settings of the app");
    let mut known: Vec<Entry> = config.entries().to_vec();
    let mut set = |key: &str, value: Option<Value>, always: bool| {
        let Some(value) = value else { return };
        let node = Node::new(value, at.clone());
        match known.iter_mut().find(|entry| entry.key == key) {
            Some(entry) if always || entry.node.is_null() => entry.node = node,
            Some(_) => {}
            None => known.push(Entry { key: key.to_owned(), at: at.clone(), node }),
        }
    };
    set("restApiRoot", Some(Value::Text("/api".to_owned())), false);
    set("port", environment.port.map(|port| Value::Number(port.into())), true);
    set("port", Some(Value::Number(3000.into())), false);
    set("host", environment.host.clone().map(Value::Text), true);
    set("env", Some(Value::Text(environment.name.clone())), true);
    Node::new(Value::Object(known), at)
}

/// Boot scripts: each is named, for nobody runs them.
fn scripts(folder: &Path, environment: &str, faults: &mut Faults) {
    for boot in [folder.join("boot"), folder.join("boot").join(environment)] {
        let Ok(entries) = std::fs::read_dir(&boot) else { continue };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "js")) {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            // The generator's own, whose work is done in another way.
            let instead = match &*name {
                "index.js" => continue,
                "authentication.js" => {
                    "access control is on where `model-config` names its models; `\"enableAuth\": false` in `config` turns it off"
                }
                "root.js" => "write `loopback#status` into `middleware` for what the generated one does",
                _ if name.starts_with('_') => continue,
                _ => "what it does belongs into a function with `#[boot]` in Rust",
            };
            faults.notice(&Place::of(file.display().to_string()), "", format!("is not run: {instead}"));
        }
    }
}
