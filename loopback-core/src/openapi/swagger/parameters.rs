//! The parameters of an operation, as LoopBack lists them.

use super::down::schema;
use crate::graph::{ArgKind, ArgNode, ArgSource, CustomArg, CustomNode, Operation, RelationAction, Route, ScopeAction};
use crate::meta::Verb;
use crate::openapi::custom::{In, place_of};
use crate::openapi::{Place, Writer, described};
use serde_json::{Value as Json, json};

impl Writer<'_> {
    pub(super) fn swagger_parameters(&mut self, place: &Place<'_>, route: &Route) -> Vec<Json> {
        if let Some(custom) = &place.method.custom {
            return self.custom_parameters(place, custom, route);
        }
        let mut parameters = Vec::new();
        for arg in place.method.args.iter().filter(|arg| is_of_loopback(place, arg)) {
            match (arg.source, arg.kind) {
                (ArgSource::Path, ArgKind::ForeignKey) => {
                    let target = place.relation().map(|(relation, _)| relation.target());
                    let target = target.as_ref().unwrap_or(place.owner);
                    parameters.push(flat(&self.path_parameter(target, arg.name, arg.doc)));
                }
                (ArgSource::Path, _) => {
                    parameters.push(flat(&self.path_parameter(place.model, arg.name, arg.doc)));
                    if let Some(over) = place.over {
                        let doc = format!("The id of one of its {}", over.name);
                        parameters.push(flat(&self.path_parameter(place.owner, "nk", &doc)));
                    }
                }
                (_, ArgKind::StreamOptions) if route.verb == Verb::Post => {
                    parameters.push(json_text(arg.name, "formData", false, arg.doc));
                }
                (ArgSource::Query, _) => parameters.push(json_text(arg.name, "query", false, arg.doc)),
                (ArgSource::Body, _) => parameters.push(self.body_parameter(place, arg)),
            }
        }
        if let Some((relation, RelationAction::Get)) = place.relation()
            && relation.is_to_one()
        {
            parameters.push(json!({
                "name": "refresh",
                "in": "query",
                "required": false,
                "type": "boolean",
                "description": "LoopBack's own: read anew. Every answer is.",
            }));
        }
        parameters
    }

    fn body_parameter(&mut self, place: &Place<'_>, arg: &ArgNode) -> Json {
        let body = self.body(place, arg);
        let (schema, required) = match &body {
            Some(body) => (schema(&body["content"]["application/json"]["schema"]), body["required"] == true),
            // What links two rows and has nothing of its own: LoopBack lists it.
            None => (json!({ "type": "object" }), false),
        };
        described(json!({ "name": arg.name, "in": "body", "required": required, "schema": schema }), arg.doc)
    }

    fn custom_parameters(&mut self, place: &Place<'_>, custom: &CustomNode, route: &Route) -> Vec<Json> {
        let mut parameters = Vec::new();
        if custom.instance {
            parameters.push(flat(&self.path_parameter(place.owner, "id", "The id of the instance")));
        }
        // LoopBack reads the token of a log-out where those of other requests stand.
        let is_log_out = place.owner.user.is_some() && place.method.name == "logout";
        for arg in custom.args.iter().filter(|_| !is_log_out) {
            let at = match place_of(custom, arg, route) {
                In::Path if custom.instance && &*arg.name == "id" => continue,
                In::Path => "path",
                In::Query => "query",
                In::Header => "header",
                In::Property => "formData",
                In::Body => "body",
                In::Nowhere => continue,
            };
            parameters.push(self.custom_parameter(arg, at));
        }
        parameters
    }

    fn custom_parameter(&mut self, arg: &CustomArg, at: &str) -> Json {
        let required = arg.required || at == "path";
        if arg.shape.has_files() {
            return described(json!({ "name": arg.name, "in": at, "required": required, "type": "file" }), &arg.doc);
        }
        let of_value = schema(&self.argument(arg));
        if at == "body" {
            let body = json!({ "name": arg.name, "in": at, "required": required, "schema": of_value });
            return described(body, &arg.doc);
        }
        if of_value["type"].as_str().is_none_or(|kind| matches!(kind, "object" | "array")) {
            return json_text(&arg.name, at, required, &arg.doc);
        }
        let mut parameter = of_value;
        parameter["name"] = (&*arg.name).into();
        parameter["in"] = at.into();
        parameter["required"] = required.into();
        described(parameter, &arg.doc)
    }
}

/// A parameter whose text is JSON, in LoopBack's way of saying it.
fn json_text(name: &str, at: &str, required: bool, doc: &str) -> Json {
    described(json!({ "name": name, "in": at, "required": required, "type": "string", "format": "JSON" }), doc)
}

/// A parameter of OpenAPI with a schema of one plain type.
fn flat(parameter: &Json) -> Json {
    let mut flat = schema(&parameter["schema"]);
    if flat["type"].as_str().is_none_or(|kind| matches!(kind, "object" | "array")) {
        flat = json!({ "type": "string", "format": "JSON" });
    }
    for key in ["name", "in", "required", "description"] {
        if !parameter[key].is_null() {
            flat[key] = parameter[key].clone();
        }
    }
    flat
}

/// Whether LoopBack has the parameter, too. Some methods take a filter or a condition here that they do not take there.
fn is_of_loopback(place: &Place<'_>, arg: &ArgNode) -> bool {
    use RelationAction as A;
    let more = match place.method.operation {
        Operation::Relation(_, A::Get | A::FindById) => arg.kind == ArgKind::InstanceFilter,
        Operation::Relation(_, A::Delete) | Operation::Scope(_, ScopeAction::Delete) => arg.kind == ArgKind::Where,
        _ => false,
    };
    !more
}
