//! The commands of an app: what a program does instead of serving. `cargo run -- acl explain Order`.
//!
//! What a command finds goes to standard output, what is wrong to standard error. The program ends with 0, or with 1 when
//! something is wrong: the command, the models, the schema, what `check` looks at.

mod access;
mod check;
mod config;
mod discover;
mod documents;
mod line;
mod mail;
mod migrate;
mod routes;

use super::{App, AppBuilder, DataSource};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::openapi::OpenApiOptions;
pub(super) use check::Asked;
pub(super) use line::Command;
use std::io::Write as _;

/// What commands know of an app, whether it is built or not.
struct Facts<'a> {
    graph: &'a Graph,
    /// The path of the REST API, without a slash at the end.
    root: &'a str,
    openapi: &'a OpenApiOptions,
    /// Whether rules of access control are enforced.
    enforced: bool,
}

/// A data source, and whether it answers.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) shown_url: String,
    pub(super) opened: Result<DataSource>,
}

impl Facts<'_> {
    /// A command that needs no database; `None`: it is none of these.
    fn run(&self, command: &Command) -> Option<Result<()>> {
        Some(match command {
            Command::Help(text) => {
                print(text);
                Ok(())
            }
            Command::AclExplain(filter) => access::explain(self, filter.as_deref()),
            Command::Routes { model, json } => routes::list(self, model.as_deref(), *json),
            Command::OpenApi { swagger } => {
                documents::write(self, *swagger);
                Ok(())
            }
            Command::Serve
            | Command::Mail(_)
            | Command::Migrate { .. }
            | Command::Check { .. }
            | Command::Discover(_)
            | Command::ConfigShow { .. } => return None,
        })
    }
}

impl AppBuilder {
    /// Runs a command; `Some`: there is none, and the app is to be served.
    ///
    /// # Errors
    /// Those of the command, and of the models.
    pub(super) async fn run(self, command: Command) -> Result<Option<Self>> {
        if command == Command::Serve {
            return Ok(Some(self));
        }
        // It says what there is also where the models have faults.
        if let Command::Help(text) = &command {
            print(text);
            return Ok(None);
        }
        if let Command::ConfigShow { json } = command {
            config::show(&self.shown(), json);
            return Ok(None);
        }
        if let Command::Mail(what) = &command {
            print(&what.run(&self.build_to_look().await?).await?);
            return Ok(None);
        }
        let mut app = self.with_components()?;
        if let Command::Discover(wanted) = &command {
            let graph = app.graph_so_far()?;
            discover::run(&graph, &app.sources().await, wanted).await?;
            return Ok(None);
        }
        let graph = app.graph();
        if let Command::Check { json } = command {
            let asked = app.asked(graph.as_ref().ok());
            let sources = app.sources().await;
            check::run(graph.as_ref(), &sources, &asked, json).await?;
            return Ok(None);
        }
        let graph = graph?;
        app.decided(&graph)?;
        if let Command::Migrate { what, json } = command {
            migrate::run(&graph, &app.sources().await, what, json).await?;
            return Ok(None);
        }
        let openapi = app.openapi_options();
        let facts = Facts {
            graph: &graph,
            root: app.root().trim_end_matches('/'),
            openapi: &openapi,
            enforced: app.is_enforced(),
        };
        facts.run(&command).transpose()?;
        Ok(None)
    }
}

impl App {
    /// Runs a command; `true`: there is none, and the app is to be served.
    ///
    /// # Errors
    /// Those of the command.
    pub(super) async fn run(&self, command: Command) -> Result<bool> {
        let source = |source: &DataSource| Source {
            name: source.name.to_string(),
            shown_url: source.shown_url.clone(),
            opened: Ok(source.clone()),
        };
        match command {
            Command::Serve => return Ok(true),
            Command::Mail(what) => print(&what.run(self).await?),
            Command::ConfigShow { json } => config::show(&self.shared.settings.shown, json),
            Command::Migrate { what, json } => {
                built_first();
                let sources: Vec<Source> = self.shared.data_sources.iter().map(source).collect();
                migrate::run(self.graph(), &sources, what, json).await?;
            }
            Command::Discover(wanted) => {
                built_first();
                let sources: Vec<Source> = self.shared.data_sources.iter().map(source).collect();
                discover::run(self.graph(), &sources, &wanted).await?;
            }
            Command::Check { json } => {
                let sources: Vec<Source> = self.shared.data_sources.iter().map(source).collect();
                check::run(Ok(self.graph()), &sources, &self.asked(), json).await?;
            }
            command => {
                let facts = Facts {
                    graph: self.graph(),
                    root: self.rest_root().trim_end_matches('/'),
                    openapi: &self.shared.settings.openapi,
                    enforced: self.auth().is_some_and(|auth| auth.options.enforced),
                };
                facts.run(&command).transpose()?;
            }
        }
        Ok(false)
    }
}

/// A program that builds its app first has brought the schema up before anybody asks.
fn built_first() {
    eprint_line(
        "the program builds its app before it looks at its commands: hand the builder to `serve()` instead, or say LOOPBACK_MIGRATE=leave, for the start has changed the schema by now",
    );
}

/// Writes to standard output. Not by `println!`, which panics when nobody reads.
fn print(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
}

fn eprint_line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The lines of a table, its columns as wide as what stands in them.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// What a command says when it has found something that is wrong.
fn found(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::configuration(message)
}
