//! The environment variables that have a meaning of their own: `PORT`, `HOST`, `DATABASE_URL`, `LOOPBACK_ENV`, ...

use super::fault::Faults;
use super::layers;
use super::variables::Variables;
use crate::app::{Environment, Migrate};
use crate::suggest::did_you_mean;
use std::path::Path;

/// What they say. It goes before the files.
#[derive(Debug)]
pub(crate) struct EnvironmentConfig {
    /// `development`, `production`, `staging`, ...: the layer of files that is read.
    pub(crate) name: String,
    pub(crate) kind: Environment,
    pub(crate) port: Option<u16>,
    pub(crate) host: Option<String>,
    pub(crate) database_url: Option<String>,
    pub(crate) migrate: Option<Migrate>,
}

pub(super) fn read(variables: &Variables, folder: Option<&Path>, faults: &mut Faults) -> EnvironmentConfig {
    for name in ["PORT", "HOST", "DATABASE_URL", "LOOPBACK_ENV", "LOOPBACK_MIGRATE", "LOOPBACK_CONFIG", "NODE_ENV"] {
        if variables.is_broken(name) {
            faults.push(&Variables::place(name), "", "is no Unicode");
        }
    }
    let (name, kind) = environment(variables, folder, faults);
    let port = variables.filled("PORT").and_then(|text| {
        let port = text.trim().parse().ok();
        if port.is_none() {
            faults.push(
                &Variables::place("PORT"),
                "",
                format!("PORT must be a number from 0 to 65535, found `{text}`"),
            );
        }
        port
    });
    let migrate = variables.filled("LOOPBACK_MIGRATE").and_then(|text| match text {
        "update" => Some(Migrate::Update),
        "check" => Some(Migrate::Check),
        "leave" => Some(Migrate::Leave),
        other => {
            let message = format!("LOOPBACK_MIGRATE must be `update`, `check` or `leave`, found `{other}`");
            faults.push(&Variables::place("LOOPBACK_MIGRATE"), "", message);
            None
        }
    });
    EnvironmentConfig {
        name,
        kind,
        port,
        host: variables.filled("HOST").map(str::to_owned),
        database_url: variables.filled("DATABASE_URL").map(str::to_owned),
        migrate,
    }
}

/// The name of the environment, and what it is taken for. `development` and `test` are development; any other is
/// production, where less is done without being asked. A name that no file knows is a fault, for it may be a mistake.
///
/// LoopBack's `NODE_ENV` counts when `LOOPBACK_ENV` is not set, with a folder and without one: hosts set it, and what they
/// call production is production. As in LoopBack it may be any name, for it is not set for this app alone.
fn environment(variables: &Variables, folder: Option<&Path>, faults: &mut Faults) -> (String, Environment) {
    let own = variables.filled("LOOPBACK_ENV").map(|name| ("LOOPBACK_ENV", name));
    let nodes = variables.filled("NODE_ENV").map(|name| ("NODE_ENV", name));
    let Some((variable, name)) = own.or(nodes) else { return ("development".to_owned(), Environment::Development) };
    let kind = match name {
        "development" | "test" => Environment::Development,
        "production" => Environment::Production,
        other => {
            let known = folder.map(layers::environments).unwrap_or_default();
            let sound = other.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
            if variable == "NODE_ENV" && sound {
                if !known.iter().any(|known| known == other) {
                    let names = ["development", "test", "production"];
                    let hint = did_you_mean(other, names);
                    let message = format!("`{other}` counts as production{hint}");
                    faults.notice(&Variables::place(variable), "", message);
                }
                return (other.to_owned(), Environment::Production);
            }
            if !sound || !known.iter().any(|known| known == other) {
                let names = known.iter().map(String::as_str).chain(["development", "test", "production"]);
                let hint = did_you_mean(other, names);
                let message = match folder {
                    Some(folder) => format!(
                        "{variable} must be `development`, `test`, `production`, or an environment that has files in {}, found \
                         `{other}`{hint}",
                        folder.display()
                    ),
                    None => format!("{variable} must be `development`, `test` or `production`, found `{other}`{hint}"),
                };
                faults.push(&Variables::place(variable), "", message);
                return ("production".to_owned(), Environment::Production);
            }
            Environment::Production
        }
    };
    (name.to_owned(), kind)
}
