//! What of a Swagger document a recording holds: its routes, each with its operation id and the names of its parameters.

use serde_json::{Map, Value, json};

/// Of each verb and path below a prefix (all paths when it is empty) the operation id and the parameters, ordered by
/// place and name.
pub fn summary(document: &Value, prefix: &str) -> Value {
    let mut routes = Map::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let below = path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        for (verb, operation) in item.as_object().into_iter().flatten().filter(|(_, it)| below && it.is_object()) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let mut parameters: Vec<String> =
                parameters.map(|one| format!("{}:{}", text(&one["in"]), text(&one["name"]))).collect();
            parameters.sort();
            let route = json!({ "operationId": operation["operationId"], "params": parameters });
            routes.insert(format!("{} {path}", verb.to_uppercase()), route);
        }
    }
    Value::Object(routes)
}

/// Takes the routes of replication, which comes later, out of a summary, and returns them.
pub fn take_replication(summary: &mut Value) -> Vec<String> {
    let Some(routes) = summary.as_object_mut() else { return Vec::new() };
    let taken: Vec<String> = routes.keys().filter(|route| is_replication(route)).cloned().collect();
    routes.retain(|route, _| !is_replication(route));
    taken
}

/// The routes that LoopBack gives to a model whose changes it tracks, and those of the model of the changes. Of the
/// models of the recordings, `Note` is the only one.
fn is_replication(route: &str) -> bool {
    const OF_NOTES: [&str; 8] = [
        "POST /Notes/diff",
        "GET /Notes/changes",
        "POST /Notes/checkpoint",
        "GET /Notes/checkpoint",
        "POST /Notes/create-updates",
        "POST /Notes/bulk-update",
        "GET /Notes/{id}/changes/last",
        "PUT /Notes/{id}/changes/last",
    ];
    let path = route.split_once(' ').map_or("", |(_, path)| path);
    OF_NOTES.contains(&route) || path == "/Note-changes" || path.starts_with("/Note-changes/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_the_routes_below_its_prefix() {
        let document = json!({ "paths": {
            "/A": { "get": { "operationId": "A.find", "parameters": [
                { "in": "query", "name": "filter" }, { "in": "path", "name": "id" } ] } },
            "/A/b": { "post": { "operationId": "A.b" } },
            "/Ab": { "get": { "operationId": "Ab.find", "parameters": [] } },
        } });
        let a = json!({ "operationId": "A.find", "params": ["path:id", "query:filter"] });
        let b = json!({ "operationId": "A.b", "params": [] });
        assert_eq!(summary(&document, "/A"), json!({ "GET /A": a, "POST /A/b": b }));
        let every = json!({ "GET /A": a, "POST /A/b": b, "GET /Ab": { "operationId": "Ab.find", "params": [] } });
        assert_eq!(summary(&document, ""), every);
    }

    #[test]
    fn routes_of_replication_and_no_others_are_taken() {
        let kept = ["GET /Notes", "GET /Notes/{id}", "POST /Notes/change-stream", "GET /Note-changers"];
        let gone = ["GET /Note-changes", "PUT /Notes/{id}/changes/last"];
        let mut routes =
            Value::Object(kept.iter().chain(&gone).map(|route| ((*route).to_owned(), json!({}))).collect());
        assert_eq!(take_replication(&mut routes), gone);
        assert!(routes.as_object().unwrap().keys().all(|route| kept.contains(&route.as_str())));
        assert_eq!(routes.as_object().unwrap().len(), kept.len());
    }
}
