//! `config show [--json]`: what an app is configured with, and where each value comes from. No secrets.

use super::{print, table};
use crate::config::Shown;
use serde_json::{Value as Json, json};

/// Prints all values.
pub(super) fn show(values: &[Shown], as_json: bool) {
    if as_json {
        let list: Vec<Json> = values
            .iter()
            .map(|one| json!({ "file": one.file, "path": one.path, "value": one.value, "from": one.from }))
            .collect();
        return print(&serde_json::to_string_pretty(&list).unwrap_or_default());
    }
    let mut rows: Vec<[String; 3]> = Vec::new();
    let mut file = "";
    for one in values {
        if one.file != file {
            file = one.file;
            rows.push([file.to_owned(), String::new(), String::new()]);
        }
        rows.push([format!("  {}", one.path), text(&one.value), one.from.clone()]);
    }
    print(&table(&rows));
}

/// In one line, and not too long for one.
fn text(value: &Json) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Json::String(text) if !text.is_empty() => text.clone(),
        Json::Null => "-".to_owned(),
        other => other.to_string(),
    };
    let text = text.replace(['\n', '\r', '\t'], " ");
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}
