//! The table that a start prints: models, routes, data sources, addresses.

use super::{App, Environment};
use std::fmt::Write;
use std::net::SocketAddr;

/// The lines of the report.
pub(super) fn report(app: &App, address: SocketAddr) -> String {
    let settings = &app.0.settings;
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
    for (source, migrated) in app.0.data_sources.iter().zip(&settings.migrated) {
        let backend = source.connector.backend().to_string();
        sources.push([source.name.to_string(), backend, source.shown_url.clone(), migrated.clone()]);
    }
    let environment = match settings.environment {
        Environment::Development => "development",
        Environment::Production => "production",
    };
    let mut text = format!("\n{} (LoopBack for Rust {}, {environment})\n\n", settings.openapi.title, crate::VERSION);
    table(&mut text, &rows);
    text.push('\n');
    table(&mut text, &sources);
    let url = url(address);
    let _ = writeln!(text, "\nREST API  {url}{}", settings.rest_root);
    access(&mut text, app);
    if settings.explorer {
        let _ = writeln!(text, "Explorer  {url}/explorer\nOpenAPI   {url}/openapi.json");
    }
    text
}

/// What a start has to say about access control.
fn access(text: &mut String, app: &App) {
    let Some(auth) = app.auth() else { return };
    if !auth.options.enforced {
        text.push_str("\nAccess control is OFF (disable_auth_for_tests): everybody may call everything.\n");
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
    if !app.0.settings.compat.is_empty() {
        let _ =
            writeln!(text, "LoopBack's behaviour, less safe than ours, is on: {}", app.0.settings.compat.join(", "));
    }
}

/// The URL a person can open: the unspecified address is nobody's.
pub(super) fn url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
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
