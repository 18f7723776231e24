//! `discover [TABLE ..] [--all] [--data-source NAME] [--json]`: models for the tables that a database has. It is only read.

mod attribute;
mod draft;
mod json;
mod links;
mod names;
mod rust;
mod text;

use super::{Source, eprint_line, found as fault, print};
use crate::connector::sql::schema::discover::{self, Found, FoundTable};
use crate::error::Result;
use crate::graph::{Graph, ModelNode};
use crate::suggest::did_you_mean;
use draft::Draft;
use names::ModelNames;
use std::sync::Arc;

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::app) struct Wanted {
    /// These tables; all without any.
    pub(super) tables: Vec<String>,
    /// Also those that have a model.
    pub(super) all: bool,
    pub(super) data_source: Option<String>,
    pub(super) json: bool,
}

/// Writes the models to standard output, and what is to be known of them to standard error.
///
/// # Errors
/// There is no such data source or table; it is not SQL; the database does not answer.
pub(super) async fn run(graph: &Graph, sources: &[Source], wanted: &Wanted) -> Result<()> {
    let source = source(sources, wanted.data_source.as_deref())?;
    let place = format!("the data source `{}` ({})", source.name, source.shown_url);
    let opened = source.opened.as_ref().map_err(|error| fault(format!("{place} does not answer: {error}")))?;
    let Some(sql) = &opened.sql else {
        return Err(fault(format!(
            "{place} is kept by a connector of the application's own, {}: only a SQL database has tables to discover",
            opened.kind
        )));
    };
    let found = discover::discover(sql.writer()).await?;
    let Discovered { drafts, app, warnings } = discovered(graph, &source.name, &found, wanted)?;
    for warning in &warnings {
        eprint_line(&text::visible(warning));
    }
    if drafts.is_empty() {
        eprint_line(&nothing(&place, &found, &warnings));
    }
    let other = (sources.first().map(|first| &first.name) != Some(&source.name)).then_some(source.name.as_str());
    if wanted.json {
        let list = json::definitions(&drafts, found.connector(), other);
        print(&serde_json::to_string_pretty(&list).unwrap_or_default());
    } else if !drafts.is_empty() {
        print(&rust::source(&drafts, &head(source, &app), other));
    }
    Ok(())
}

/// What has been made of the tables.
#[derive(Debug)]
struct Discovered {
    drafts: Vec<Draft>,
    /// The models of the app that relations lead to.
    app: Vec<String>,
    warnings: Vec<String>,
}

/// Makes models of the tables that are wanted.
fn discovered(graph: &Graph, source: &str, found: &Found, wanted: &Wanted) -> Result<Discovered> {
    let of_source: Vec<Arc<ModelNode>> = super::migrate::models_of(graph, source);
    let model_of = |table: &str| of_source.iter().find(|model| found.same_table(&model.table, table));
    let mut tables: Vec<&FoundTable> = Vec::new();
    for name in &wanted.tables {
        let Some(table) = found.table(name) else {
            let hint = did_you_mean(name, found.tables.iter().map(|table| &*table.name));
            let message = format!("there is no table `{name}` in the data source `{source}`{hint}");
            return Err(fault(text::visible(&message)));
        };
        if let Some(kind) = table.other {
            return Err(fault(format!("`{name}` is a {kind}: models are made of tables, which have a primary key")));
        }
        if !tables.iter().any(|known| known.name == table.name) {
            tables.push(table);
        }
    }
    if wanted.tables.is_empty() {
        let plain = found.tables.iter().filter(|table| table.other.is_none());
        tables.extend(plain.filter(|table| match model_of(&table.name) {
            None => true,
            // What the framework has of its own needs no model of the application's.
            Some(model) => wanted.all && !model.built_in,
        }));
    }
    let chosen = |table: &str| tables.iter().any(|known| found.same_table(&known.name, table));
    let (mut names, mut warnings) = (ModelNames::default(), Vec::new());
    for model in graph.models() {
        if *model.data_source != *source || !chosen(&model.table) {
            names.add(&model.name, if model.public { model.path.trim_start_matches('/') } else { &model.plural });
        }
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for table in tables.iter().copied() {
        if drafts.iter().any(|draft| draft.table.to_lowercase() == table.name.to_lowercase()) {
            warnings.push(format!(
                "table `{}` is left out: another table has the same name but for upper and lower case",
                table.name
            ));
            continue;
        }
        match Draft::of(found, table, &mut names, &mut warnings) {
            Ok(draft) => drafts.push(draft),
            Err(why) => warnings.push(format!("table `{}` is left out: {why}", table.name)),
        }
    }
    let app: Vec<Arc<ModelNode>> = of_source.into_iter().filter(|model| !chosen(&model.table)).collect();
    links::relate(found, &mut drafts, &app, &mut warnings);
    let links = drafts.iter().flat_map(|draft| &draft.fields).filter_map(|field| field.link.as_ref());
    let mut led: Vec<String> = links.map(|link| link.model.clone()).collect();
    led.retain(|model| !drafts.iter().any(|draft| draft.name == *model));
    led.sort();
    led.dedup();
    Ok(Discovered { drafts, app: led, warnings })
}

/// The data source of a name, or the default one.
fn source<'s>(sources: &'s [Source], name: Option<&str>) -> Result<&'s Source> {
    let found = match name {
        None => sources.first(),
        Some(name) => sources.iter().find(|source| source.name == name),
    };
    found.ok_or_else(|| {
        let name = name.unwrap_or_default();
        let hint = did_you_mean(name, sources.iter().map(|source| &*source.name));
        let known: Vec<&str> = sources.iter().map(|source| &*source.name).collect();
        fault(format!("there is no data source `{name}`, there are {}{hint}", known.join(", ")))
    })
}

/// Why there is nothing to write.
fn nothing(place: &str, found: &Found, warnings: &[String]) -> String {
    match found.tables.iter().any(|table| table.other.is_none()) {
        false => format!("{place} has no tables"),
        true if !warnings.is_empty() => format!("{place}: there is no table that a model can be made of"),
        true => format!("{place}: every table has a model already; `--all` writes models for them, too"),
    }
}

/// What stands above the models.
fn head(source: &Source, app: &[String]) -> Vec<String> {
    let mut head = vec![format!("Models of the tables of `{}`, written by the command `discover`.", source.name)];
    if !app.is_empty() {
        head.push(format!("The app has models that these refer to: bring them into scope here: {}.", app.join(", ")));
    }
    head
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::Wanted;
    use crate::app::App;

    #[tokio::test]
    async fn an_app_that_has_no_models_yet_can_ask_for_its_first_ones() {
        let app = App::builder().models([]).database_url("sqlite::memory:");
        assert!(app.run(Command::Discover(Wanted::default())).await.is_ok_and(|served| served.is_none()));
        let app = App::builder().models([]).database_url("sqlite::memory:");
        let wanted = Wanted { tables: vec!["author".into()], ..Wanted::default() };
        let error = app.run(Command::Discover(wanted)).await.map(drop).map_err(|error| error.to_string());
        assert!(error.is_err_and(|error| error.contains("there is no table `author`")));
    }
}
