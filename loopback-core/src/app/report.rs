//! The table that a start prints: models, routes, data sources, addresses.

use super::builder::outbox_apart;
use super::documents::OPENAPI;
use super::{App, Environment, Place, Running};
use crate::server::MetricsAt;
use std::fmt::Write;

/// The lines of the report.
pub(super) fn report(app: &App, running: &Running) -> String {
    let settings = &app.shared.settings;
    let mut rows = vec![["model", "path", "routes", "data source", "table"].map(str::to_owned)];
    let root = settings.rest_root.trim_end_matches('/');
    for model in app.graph().models() {
        // It is stored inside the rows of others.
        if model.transient {
            rows.push([
                model.name.to_string(),
                "(embedded)".to_owned(),
                "-".to_owned(),
                "-".to_owned(),
                "-".to_owned(),
            ]);
            continue;
        }
        let routes: usize = model.methods.iter().map(|method| method.routes.len()).sum();
        let (path, routes) = if model.public {
            (format!("{root}{}", model.path), routes.to_string())
        } else {
            ("(not public)".to_owned(), "-".to_owned())
        };
        // What is embedded has no table.
        let [source, table] =
            if model.transient { ["-", "-"] } else { [&*model.data_source, &*model.table] }.map(str::to_owned);
        rows.push([model.name.to_string(), path, routes, source, table]);
    }
    let mut sources = vec![["data source", "database", "where", "schema"].map(str::to_owned)];
    for (source, migrated) in app.shared.data_sources.iter().zip(&settings.migrated) {
        sources.push([source.name.to_string(), source.kind.clone(), source.shown_url.clone(), migrated.clone()]);
    }
    let environment = match settings.environment {
        Environment::Development => "development",
        Environment::Production => "production",
    };
    let mut text = format!("\n{} (LoopBack for Rust {}, {environment})\n\n", settings.openapi.title, crate::VERSION);
    table(&mut text, &rows);
    text.push('\n');
    table(&mut text, &sources);
    let _ = writeln!(text, "\n{}", app.config_report());
    if let [first, more @ ..] = running.places()
        && (!more.is_empty() || matches!(first, Place::Unix(_)))
    {
        let places: Vec<String> = running.places().iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "\nListening on {}", places.join(", "));
    }
    let url = running.url();
    let _ = writeln!(text, "\nREST API  {url}{}", settings.rest_root);
    let middleware: Vec<String> = app.shared.middleware.lines().collect();
    if !middleware.is_empty() {
        let _ = writeln!(text, "Middleware  {}", middleware.join(", "));
    }
    if !settings.boots.is_empty() {
        let _ = writeln!(text, "Boot      {}", settings.boots.join(", "));
    }
    access(&mut text, app);
    if let Some(mail) = app.mail() {
        let _ = writeln!(text, "Mail      {}", mail.describe());
        if let Some(apart) = outbox_apart(app.graph()) {
            let _ = writeln!(text, "          {apart}");
        }
    }
    if !app.shared.settings.compat.is_empty() {
        let _ = writeln!(
            text,
            "LoopBack's behaviour, less safe than ours, is on: {}",
            app.shared.settings.compat.join(", ")
        );
    }
    if let Some(path) = app.explorer_path() {
        if cfg!(feature = "explorer") {
            let _ = writeln!(text, "Explorer  {url}{path}");
        }
        let _ = writeln!(text, "OpenAPI   {url}{OPENAPI}");
    }
    metrics(&mut text, app, running);
    text
}

/// Where the metrics are, and that they are public if they are.
fn metrics(text: &mut String, app: &App, running: &Running) {
    match (app.metrics_at(), running.metrics()) {
        (Some(MetricsAt::Path(path)), _) => {
            let _ = writeln!(text, "Metrics   {}{path} (for everybody who reaches the app)", running.url());
        }
        (Some(MetricsAt::Address(..)), Some(place)) => {
            let _ = writeln!(text, "Metrics   {}/metrics", place.url());
        }
        _ => {}
    }
}

/// What a start has to say about access control.
fn access(text: &mut String, app: &App) {
    let Some(auth) = app.auth() else { return };
    if !auth.options.enforced {
        text.push_str("\nAccess control is OFF (`disable_auth_for_tests`, or `enableAuth` in a file): everybody may call everything.\n");
    }
    let open: Vec<&str> = app
        .graph()
        .models()
        .filter(|model| model.public && model.access.rules.is_empty())
        .filter(|model| model.access.default_permission.allows())
        .map(|model| &*model.name)
        .collect();
    if !open.is_empty() {
        let _ = writeln!(text, "\nOpen to everybody, having no rules: {}", open.join(", "));
    }
}

fn table<const N: usize>(text: &mut String, rows: &[[String; N]]) {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "  {}", line.trim_end());
    }
}
