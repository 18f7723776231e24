//! `migrate plan|apply|status [--json]`

use super::line::Migration;
use super::{Source, found, print};
use crate::connector::sql::schema::{self, Change};
use crate::error::{Error, Result};
use crate::graph::{Graph, ModelNode};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::sync::Arc;

/// Says what the schema lacks, or makes it.
///
/// # Errors
/// A database does not answer; `status`: there is something to do; `plan`, `apply`: something cannot be done.
pub(super) async fn run(graph: &Graph, sources: &[Source], what: Migration, json: bool) -> Result<()> {
    let (mut text, mut documents) = (String::new(), Vec::new());
    let (mut open, mut unfit) = (0, 0);
    for source in sources {
        let opened = source.opened.as_ref().map_err(|error| unreachable(source, error))?;
        let Some(sql) = &opened.sql else {
            let _ = writeln!(text, "{} ({}, {})\n  no schema", source.name, opened.kind, opened.shown_url);
            documents.push(json!({ "dataSource": source.name, "changes": [], "done": [] }));
            continue;
        };
        let models = models_of(graph, &source.name);
        let db = sql.writer();
        let (changes, done) = match what {
            Migration::Apply => {
                let done = schema::auto_update(db, &models).await?;
                (schema::difference(db, &models).await?, done)
            }
            Migration::Plan | Migration::Status => (schema::difference(db, &models).await?, Vec::new()),
        };
        open += changes.len();
        unfit += changes.iter().filter(|change| change.sql.is_empty()).count();
        if json {
            let list = |changes: &[Change]| changes.iter().map(document).collect::<Vec<_>>();
            documents.push(json!({ "dataSource": source.name, "changes": list(&changes), "done": list(&done) }));
            continue;
        }
        let _ = writeln!(text, "{} ({})", source.name, source.shown_url);
        for change in &done {
            let _ = writeln!(text, "  done  {change}");
        }
        for change in &changes {
            let hand = if change.sql.is_empty() { ", by hand: there is no way that loses nothing" } else { "" };
            let _ = writeln!(text, "  to do {change}{hand}");
            if what == Migration::Plan {
                for statement in &change.sql {
                    let _ = writeln!(text, "          {};", statement.replace('\n', "\n          "));
                }
            }
        }
        if changes.is_empty() {
            let _ = writeln!(text, "  the schema fits the models");
        }
    }
    if json {
        text = serde_json::to_string_pretty(&documents).unwrap_or_default();
    }
    print(&text);
    let differences = if open == 1 { "1 difference".to_owned() } else { format!("{open} differences") };
    match what {
        Migration::Status if open > 0 => {
            Err(found(format!("the schema does not fit the models: {differences}; `migrate plan` shows what to do")))
        }
        Migration::Plan | Migration::Apply if unfit > 0 => {
            Err(found(format!("{unfit} of {differences} must be changed by hand")))
        }
        _ => Ok(()),
    }
}

/// The models of a data source that have a table.
pub(super) fn models_of(graph: &Graph, source: &str) -> Vec<Arc<ModelNode>> {
    graph.models().filter(|model| *model.data_source == *source && !model.transient).cloned().collect()
}

fn unreachable(source: &Source, error: &Error) -> Error {
    found(format!("the data source `{}` ({}) does not answer: {error}", source.name, source.shown_url))
}

fn document(change: &Change) -> Json {
    json!({ "table": change.table, "what": change.what, "sql": change.sql })
}
