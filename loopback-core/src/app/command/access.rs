//! `acl explain [MODEL[.METHOD]]`

use super::{Facts, found, print};
use crate::access;
use crate::error::Result;

/// Prints who may call what, and which rule says so.
pub(super) fn explain(facts: &Facts<'_>, filter: Option<&str>) -> Result<()> {
    let explained = access::explain(facts.graph, facts.root, filter, facts.enforced);
    if let Some(message) = access::unknown(facts.graph, filter, &explained) {
        return Err(found(message));
    }
    print(&explained.to_string());
    Ok(())
}
