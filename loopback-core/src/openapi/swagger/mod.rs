//! The Swagger 2.0 document, for tools that were made for LoopBack 3: SDK generators, `loopback-connector-swagger`, tests.
//!
//! Answers to npm `loopback-swagger` (`lib/specgen`): its operation ids, its parameters, `filter` and `where` as texts of
//! the format `JSON`. Schemas are those of the OpenAPI document, brought down to what Swagger 2.0 can say.
//!
//! Differs from LoopBack: bodies have schemas of their own (`NewProduct`), with what a client may send and no more, where
//! LoopBack has the model's; and it says who may call what.

mod down;
mod parameters;

use super::schema::Schemas;
use super::{OpenApiOptions, Place, Writer, described, each_place, public, refusals, responses, route_suffix, say_who};
use crate::graph::{Graph, Route, Verb};
use down::{references, schema};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeSet, HashSet};

/// The Swagger 2.0 document: `{"swagger": "2.0", "info": {..}, "basePath": "/api", "paths": {..}, "definitions": {..}, ..}`.
///
/// It shows the endpoints of [`document`](super::document), with the parameters that LoopBack has; what an endpoint takes
/// beyond those stands in the OpenAPI document.
pub fn swagger(graph: &Graph, options: &OpenApiOptions) -> Json {
    let models = public(graph);
    let mut writer = Writer::new(graph, Schemas::without_related(&models), options);
    let mut paths = Map::new();
    let mut tags = Vec::new();
    for model in models {
        tags.push(described(json!({ "name": model.name }), &model.doc));
        each_place(model, |place| {
            let routes = routes(place);
            for route in &routes {
                let operation = writer.swagger_operation(place, route, routes.len() > 1);
                let item = paths.entry(place.path(route)).or_insert_with(|| json!({}));
                item[route.verb.as_str().to_lowercase()] = operation;
            }
        });
    }
    let mut answers = responses(&mut writer.schemas);
    if options.access_control {
        refusals(&mut writer.schemas, &mut answers);
    }
    let answers: Map<String, Json> = answers
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, answer)| (name.clone(), down::response(answer)))
        .collect();
    let mut info = json!({ "title": options.title, "version": options.version });
    if let Some(description) = &options.description {
        info = described(info, description);
    }
    let mut document = json!({
        "swagger": "2.0",
        "info": info,
        "basePath": if options.server_path.is_empty() { "/" } else { &options.server_path },
        "tags": tags,
        "consumes": ["application/json", "application/x-www-form-urlencoded"],
        "produces": ["application/json"],
        "paths": paths,
        "responses": answers,
    });
    if options.access_control {
        document["securityDefinitions"] = json!({
            "accessToken": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "The access token: the `id` that a log-in answers with.",
            },
        });
    }
    document["definitions"] = definitions(&document, &writer.schemas.finish());
    document
}

/// The definitions that the document refers to, and those that they do.
fn definitions(document: &Json, schemas: &Json) -> Json {
    let mut used = BTreeSet::new();
    let mut to_see: Vec<String> = references(document);
    let mut definitions = Map::new();
    while let Some(name) = to_see.pop() {
        if !used.insert(name.clone()) {
            continue;
        }
        if let Some(found) = schemas.get(&name) {
            let definition = schema(found);
            to_see.extend(references(&definition));
            definitions.insert(name, definition);
        }
    }
    definitions.into()
}

/// The routes of a method. One that takes every verb is shown with POST, as LoopBack does.
fn routes(place: &Place<'_>) -> Vec<Route> {
    let mut routes = place.method.routes.clone();
    let verbs = |path: &[_]| routes.iter().filter(|route| *route.segments == *path).count();
    let of_every_verb: HashSet<String> = routes
        .iter()
        .filter(|route| verbs(&route.segments) == Verb::ALL.len())
        .map(|route| place.path(route))
        .collect();
    routes.retain(|route| route.verb == Verb::Post || !of_every_verb.contains(&place.path(route)));
    routes
}

impl Writer<'_> {
    /// `several`: the method has further routes. LoopBack's ids then name the route, in all of them.
    fn swagger_operation(&mut self, place: &Place<'_>, route: &Route, several: bool) -> Json {
        let mut id = format!("{}.{}", place.model.name, place.name());
        if several {
            id.push_str(&route_suffix(&place.path(route), route));
        }
        let mut operation = json!({
            "tags": [place.model.name],
            "summary": place.method.doc.replace("{model}", &place.owner.name),
            "operationId": id,
            "parameters": self.swagger_parameters(place, route),
        });
        operation["responses"] = match &place.method.custom {
            Some(custom) => {
                if !custom.notes.is_empty() {
                    operation["description"] = (&*custom.notes).into();
                }
                self.custom_answers(custom, route)
            }
            None => self.answers(place, route),
        };
        if self.access_control {
            say_who(&mut operation, place);
        }
        let is_of = |kind: &str| {
            let mut answers = operation["responses"].as_object().into_iter().flatten();
            answers.any(|(_, answer)| !answer["content"][kind].is_null())
        };
        if is_of("application/octet-stream") {
            operation["produces"] = json!(["application/octet-stream"]);
        } else if is_of("text/event-stream") {
            operation["produces"] = json!(["text/event-stream"]);
        }
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        if parameters.clone().any(|parameter| parameter["type"] == "file") {
            operation["consumes"] = json!(["multipart/form-data"]);
        }
        if let Some(answers) = operation["responses"].as_object_mut() {
            for answer in answers.values_mut() {
                *answer = down::response(answer);
            }
        }
        operation
    }
}
