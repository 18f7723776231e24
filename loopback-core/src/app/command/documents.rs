//! `openapi [--swagger]`

use super::{Facts, print};
use crate::openapi;

/// Prints a document of the REST API.
pub(super) fn write(facts: &Facts<'_>, swagger: bool) {
    let document = if swagger { openapi::swagger } else { openapi::document };
    let json = document(facts.graph, facts.openapi);
    print(&serde_json::to_string_pretty(&json).unwrap_or_default());
}
