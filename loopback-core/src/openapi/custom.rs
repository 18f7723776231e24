//! Remote methods of the application's own: their arguments and answers are what their types say.

use super::schema::Part;
use super::{Place, Writer, described};
use crate::graph::{CustomArg, CustomNode, Kind, ModelNode, Route, Segment, Shape};
use crate::meta::{ArgSourceDef, Verb};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// Where a route has an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum In {
    Path,
    Query,
    Header,
    /// A property of the body.
    Property,
    Body,
    Nowhere,
}

pub(super) fn place_of(custom: &CustomNode, arg: &CustomArg, route: &Route) -> In {
    let named = |segment: &Segment| matches!(segment, Segment::Param(name) if **name == *arg.name);
    let whole = custom.args.iter().any(|arg| arg.source == ArgSourceDef::Body);
    match arg.source {
        _ if arg.shape == Shape::Injected => In::Nowhere,
        ArgSourceDef::Path => In::Path,
        ArgSourceDef::Query => In::Query,
        ArgSourceDef::Header => In::Header,
        ArgSourceDef::Body => In::Body,
        ArgSourceDef::Form => In::Property,
        ArgSourceDef::Anywhere if route.segments.iter().any(named) => In::Path,
        ArgSourceDef::Anywhere if arg.shape.has_files() => In::Property,
        ArgSourceDef::Anywhere if whole || matches!(route.verb, Verb::Get | Verb::Head | Verb::Delete) => In::Query,
        ArgSourceDef::Anywhere => In::Property,
    }
}

impl Writer<'_> {
    pub(super) fn custom(&mut self, place: &Place<'_>, custom: &CustomNode, route: &Route, operation: &mut Json) {
        if !custom.notes.is_empty() {
            operation["description"] = (&*custom.notes).into();
        }
        let mut parameters = Vec::new();
        if custom.instance {
            parameters.push(self.path_parameter(place.owner, "id", "The id of the instance"));
        }
        for arg in &custom.args {
            let at = place_of(custom, arg, route);
            let name = match at {
                In::Path => "path",
                In::Query => "query",
                In::Header => "header",
                In::Property | In::Body | In::Nowhere => continue,
            };
            // The id of an instance stands there already.
            if at == In::Path && custom.instance && &*arg.name == "id" {
                continue;
            }
            parameters.push(self.parameter(arg, name));
        }
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        if let Some(body) = self.custom_body(custom, route) {
            operation["requestBody"] = body;
        }
        operation["responses"] = self.custom_answers(custom, route);
    }

    fn parameter(&mut self, arg: &CustomArg, at: &str) -> Json {
        let mut parameter = json!({ "name": arg.name, "in": at });
        if arg.required || at == "path" {
            parameter["required"] = true.into();
        }
        let schema = self.argument(arg);
        let texts = match &arg.shape {
            Shape::Kind(kind) => is_text(kind),
            Shape::List(item) => matches!(&**item, Shape::Kind(kind) if is_text(kind)),
            _ => false,
        };
        if texts {
            parameter["schema"] = schema;
        } else {
            parameter["content"] = json!({ "application/json": { "schema": schema } });
        }
        described(parameter, &arg.doc)
    }

    pub(super) fn argument(&mut self, arg: &CustomArg) -> Json {
        let mut schema = self.shape(&arg.shape, true);
        if let Some(default) = &arg.default {
            schema["default"] = default.clone();
        }
        schema
    }

    fn custom_body(&mut self, custom: &CustomNode, route: &Route) -> Option<Json> {
        if let Some(arg) = custom.args.iter().find(|arg| place_of(custom, arg, route) == In::Body) {
            let schema = self.argument(arg);
            let mut content = json!({ "application/json": { "schema": schema } });
            if !matches!(arg.shape, Shape::Kind(_) | Shape::List(_)) {
                content["application/x-www-form-urlencoded"] = json!({ "schema": schema });
            }
            return Some(described(json!({ "required": arg.required, "content": content }), &arg.doc));
        }
        let (mut properties, mut required, mut files) = (Map::new(), Vec::new(), false);
        for arg in custom.args.iter().filter(|arg| place_of(custom, arg, route) == In::Property) {
            files |= arg.shape.has_files();
            let schema = self.argument(arg);
            properties.insert(arg.name.to_string(), described(schema, &arg.doc));
            if arg.required {
                required.push(Json::from(&*arg.name));
            }
        }
        if properties.is_empty() {
            return None;
        }
        let needed = !required.is_empty();
        let mut schema = json!({ "type": "object", "properties": properties });
        if needed {
            schema["required"] = required.into();
        }
        let content = if files {
            json!({ "multipart/form-data": { "schema": schema } })
        } else {
            json!({
                "application/json": { "schema": schema },
                "application/x-www-form-urlencoded": { "schema": schema },
            })
        };
        Some(json!({ "required": needed, "content": content }))
    }

    pub(super) fn custom_answers(&mut self, custom: &CustomNode, route: &Route) -> Json {
        let nothing = custom.return_names.is_empty() && matches!(custom.return_shapes[..], [] | [Shape::Nothing]);
        let status = custom.status.unwrap_or(if nothing { 204 } else { 200 });
        let mut answer = json!({ "description": if nothing { "Done" } else { "The answer" } });
        if !nothing && route.verb != Verb::Head {
            answer["content"] = self.answer(custom);
        }
        let mut answers = json!({ (status.to_string()): answer });
        let mut add = |status: u16, response: &str| {
            answers[status.to_string()] = json!({ "$ref": format!("#/components/responses/{response}") });
        };
        if custom.instance || custom.args.iter().any(|arg| arg.shape != Shape::Injected) {
            add(400, "BadRequest");
        }
        if custom.instance {
            add(404, "NotFound");
        }
        if custom.args.iter().any(|arg| matches!(arg.shape, Shape::Model(_) | Shape::Partial(_))) {
            add(422, "Invalid");
        }
        let error = |schema: Json, description: &str| json!({ "description": description, "content": { "application/json": { "schema": schema } } });
        if custom.args.iter().any(|arg| arg.shape == Shape::Injected && arg.required) {
            answers["401"] = error(self.schemas.error(), "Nobody has logged in");
        }
        if let Some(status) = custom.error_status {
            answers[status.to_string()] = error(self.schemas.error(), "It failed");
        }
        answers
    }

    fn answer(&mut self, custom: &CustomNode) -> Json {
        let shapes = &custom.return_shapes;
        if shapes.contains(&Shape::File) {
            return json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
        }
        let schema = match (&custom.return_names[..], &shapes[..]) {
            ([], [one]) => self.shape(one, false),
            ([], _) => {
                let items: Vec<Json> = shapes.iter().map(|shape| self.shape(shape, false)).collect();
                json!({ "type": "array", "prefixItems": items })
            }
            (names, _) => {
                let values = names.iter().zip(shapes);
                let properties: Map<_, _> =
                    values.map(|(name, shape)| (name.to_string(), self.shape(shape, false))).collect();
                json!({ "type": "object", "properties": properties })
            }
        };
        json!({ "application/json": { "schema": schema } })
    }

    /// The schema of what a client gives, or gets.
    fn shape(&mut self, shape: &Shape, given: bool) -> Json {
        match shape {
            Shape::Kind(Kind::Bytes) if !given => json!({
                "type": "object",
                "properties": {
                    "$type": { "const": "base64" },
                    "$data": { "type": "string", "contentEncoding": "base64" },
                },
                "required": ["$type", "$data"],
            }),
            Shape::Kind(kind) => self.schemas.kind(kind),
            Shape::Object => json!({ "type": "object" }),
            Shape::Model(name) => self.of_model(name, if given { Part::New } else { Part::Answer }),
            Shape::Partial(name) => self.of_model(name, if given { Part::Upsert } else { Part::Answer }),
            Shape::Filter(name) => self.of_model(name, Part::Filter),
            Shape::Where(name) => self.of_model(name, Part::Where),
            Shape::List(item) => json!({ "type": "array", "items": self.shape(item, given) }),
            Shape::File => json!({ "type": "string", "contentMediaType": "application/octet-stream" }),
            Shape::Injected | Shape::Nothing => json!({}),
        }
    }

    fn of_model(&mut self, name: &str, part: Part) -> Json {
        let model: Option<&Arc<ModelNode>> = self.graph.model(name);
        model.map_or_else(|| json!({ "type": "object" }), |model| self.schemas.part(model, part))
    }
}

/// Whether a value is one text in a query, with no JSON in it.
fn is_text(kind: &Kind) -> bool {
    !matches!(kind, Kind::Array(_) | Kind::Object(_) | Kind::Any | Kind::GeoPoint)
}
