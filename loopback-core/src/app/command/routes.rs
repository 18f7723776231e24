//! `routes [MODEL] [--json]`

use super::{Facts, found, print, table};
use crate::error::Result;
use crate::remoting::RemoteMethod;
use crate::suggest::did_you_mean;
use serde_json::Value as Json;

/// Prints the routes of the REST API: verb, path, method, access type, who may call it.
pub(super) fn list(facts: &Facts<'_>, model: Option<&str>, json: bool) -> Result<()> {
    let mut methods = RemoteMethod::all(facts.graph, facts.root, facts.enforced);
    if let Some(name) = model {
        methods.retain(|method| method.model.eq_ignore_ascii_case(name));
        if methods.is_empty() {
            let public = facts.graph.models().filter(|model| model.public);
            let hint = did_you_mean(name, public.map(|model| &*model.name));
            return Err(found(format!("there is no public model `{name}`{hint}")));
        }
    }
    if json {
        let methods: Vec<Json> = methods.iter().map(RemoteMethod::to_json).collect();
        print(&serde_json::to_string_pretty(&methods).unwrap_or_default());
        return Ok(());
    }
    let mut rows = vec![["verb", "path", "method", "access", "who"].map(str::to_owned)];
    for method in &methods {
        for route in &method.routes {
            rows.push([
                route.verb.as_str().to_owned(),
                route.path.clone(),
                format!("{}.{}", method.model, method.name),
                method.access.as_str().to_owned(),
                method.who.clone().unwrap_or_default(),
            ]);
        }
    }
    print(&table(&rows));
    Ok(())
}
