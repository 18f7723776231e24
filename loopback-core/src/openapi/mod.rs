//! The OpenAPI 3.1 document of an application, made of the graph and nothing else.
//!
//! Answers to npm `loopback-swagger`: one tag per model, its method names as operation ids, the parameters `filter` and
//! `where` as JSON. The document is plain `serde_json`: a typed builder (utoipa) would add compile time and its types
//! to our API without proving more than the test does that holds the document against the official schema.

mod schema;
#[cfg(test)]
mod tests;

use crate::graph::{
    ArgKind, ArgNode, ArgSource, Graph, Kind, MethodNode, ModelNode, Operation, RelationAction, Returns, Route,
    Segment, Verb,
};
use schema::{Part, Schemas};
use serde_json::{Map, Value as Json, json};

/// What the document says that the graph does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenApiOptions {
    /// The application's name.
    pub title: String,
    /// The application's version.
    pub version: String,
    /// What the application is for, in Markdown.
    pub description: Option<String>,
    /// The path of the REST root: `/api`.
    pub server_path: String,
}

/// The document: `{"openapi": "3.1.0", "info": {..}, "servers": [..], "tags": [..], "paths": {..}, "components": {..}}`.
///
/// Models that are not public, and hidden properties of answers, are not in it.
pub fn document(graph: &Graph, options: &OpenApiOptions) -> Json {
    let models: Vec<&ModelNode> =
        graph.models().map(AsRef::as_ref).filter(|model| model.public && !model.methods.is_empty()).collect();
    let mut schemas = Schemas::new(&models);
    let mut paths = Map::new();
    let mut tags = Vec::new();
    for model in models {
        tags.push(described(json!({ "name": model.name }), &model.doc));
        for method in &model.methods {
            for (at, route) in method.routes.iter().enumerate() {
                let path = path(model, route);
                let suffix = if at == 0 { String::new() } else { route_suffix(&path, route) };
                let operation = operation(&mut schemas, model, method, route, &suffix);
                let item = paths.entry(path).or_insert_with(|| json!({}));
                item[route.verb.as_str().to_lowercase()] = operation;
            }
        }
    }
    let mut info = json!({ "title": options.title, "version": options.version });
    if let Some(description) = &options.description {
        info = described(info, description);
    }
    let server = if options.server_path.is_empty() { "/" } else { &options.server_path };
    let responses = responses(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": info,
        "servers": [{ "url": server }],
        "tags": tags,
        "paths": paths,
        "components": { "schemas": schemas.finish(), "responses": responses },
    })
}

/// `/CoffeeShops/{id}/exists`
fn path(model: &ModelNode, route: &Route) -> String {
    let mut path = format!("/{}", model.path.trim_start_matches('/'));
    for segment in &*route.segments {
        match segment {
            Segment::Literal(word) => path.push_str(&format!("/{word}")),
            Segment::Param(name) => path.push_str(&format!("/{{{name}}}")),
        }
    }
    path
}

/// What tells the further routes of a method from its first: `__put_CoffeeShops_{id}`.
fn route_suffix(path: &str, route: &Route) -> String {
    format!("__{}{}", route.verb.as_str().to_lowercase(), path.replace('/', "_"))
}

fn operation(schemas: &mut Schemas, model: &ModelNode, method: &MethodNode, route: &Route, suffix: &str) -> Json {
    let mut operation = json!({
        "tags": [model.name],
        "summary": method.doc.replace("{model}", &model.name),
        "operationId": format!("{}.{}{suffix}", model.name, method.name),
    });
    let mut parameters = Vec::new();
    // What a relation's method takes and answers is of the relation's target.
    let subject = method.subject();
    let of = subject.as_deref().unwrap_or(model);
    for arg in method.args {
        match arg.source {
            ArgSource::Path if arg.kind == ArgKind::ForeignKey => parameters.push(path_parameter(schemas, of, arg)),
            ArgSource::Path => parameters.push(path_parameter(schemas, model, arg)),
            ArgSource::Query => parameters.push(query_parameter(schemas, of, method, arg)),
            ArgSource::Body => operation["requestBody"] = body(schemas, of, method, arg),
        }
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    operation["responses"] = answers(schemas, of, method, route);
    operation
}

fn path_parameter(schemas: &mut Schemas, model: &ModelNode, arg: &ArgNode) -> Json {
    let schema = schemas.kind(&model.id_property().kind);
    described(json!({ "name": arg.name, "in": "path", "required": true, "schema": schema }), arg.doc)
}

/// A parameter that takes JSON. The example is what the explorer fills in: harmless when it is sent unread.
fn query_parameter(schemas: &mut Schemas, model: &ModelNode, method: &MethodNode, arg: &ArgNode) -> Json {
    let id = || {
        let property = model.id_property();
        let value = match property.kind {
            Kind::Integer { .. } => json!(1),
            Kind::Uuid => json!(uuid::Uuid::nil()),
            _ => json!("id"),
        };
        json!({ (&*property.name): value })
    };
    let (part, example) = match arg.kind {
        ArgKind::InstanceFilter => (Part::InstanceFilter, json!({})),
        ArgKind::Where if method.operation == Operation::Count => (Part::Where, json!({})),
        ArgKind::Where => (Part::Where, id()),
        _ => (Part::Filter, json!({ "limit": 10 })),
    };
    let content = json!({ "application/json": { "schema": schemas.part(model, part), "example": example } });
    described(json!({ "name": arg.name, "in": "query", "content": content }), arg.doc)
}

fn body(schemas: &mut Schemas, model: &ModelNode, method: &MethodNode, arg: &ArgNode) -> Json {
    let part = match method.operation {
        Operation::Create | Operation::Relation(_, RelationAction::Create) | Operation::Scope(..) => Part::New,
        Operation::ReplaceById => Part::Replace,
        Operation::ReplaceOrCreate => Part::ReplaceOrCreate,
        Operation::PatchOrCreate | Operation::UpsertWithWhere => Part::Upsert,
        _ => Part::Partial,
    };
    let one = schemas.part(model, part);
    let json = match arg.kind {
        ArgKind::DataOrList => json!({ "anyOf": [one, { "type": "array", "items": one }] }),
        _ => one.clone(),
    };
    let content = json!({
        "application/json": { "schema": json },
        "application/x-www-form-urlencoded": { "schema": one },
    });
    described(json!({ "required": true, "content": content }), arg.doc)
}

fn answers(schemas: &mut Schemas, model: &ModelNode, method: &MethodNode, route: &Route) -> Json {
    if route.verb == Verb::Head {
        return json!({
            "200": { "description": "There is one" },
            "400": { "description": "The request makes no sense" },
            "404": { "description": "There is none" },
        });
    }
    let one = schemas.part(model, Part::Answer);
    let list = json!({ "type": "array", "items": one });
    let (description, schema) = match method.returns {
        Returns::Instance => ("The instance", one),
        Returns::InstanceOrList => ("The instance, or the list of instances", json!({ "anyOf": [one, list] })),
        Returns::List => ("The instances", list),
        Returns::Count => ("How many", schemas.count()),
        Returns::Exists => ("Whether there is one", schemas.exists()),
        Returns::Link => ("The link", one),
        Returns::Nothing => ("Done", Json::Null),
    };
    let mut answers = if method.returns == Returns::Nothing {
        json!({ "204": { "description": description } })
    } else {
        json!({ "200": { "description": description, "content": { "application/json": { "schema": schema } } } })
    };
    let mut add = |status: u16, response: &str| {
        answers[status.to_string()] = json!({ "$ref": format!("#/components/responses/{response}") });
    };
    add(400, "BadRequest");
    // LoopBack answers `{"count": 0}` and `{"exists": false}` without an instance, not 404.
    let needs_instance = match method.operation {
        Operation::FindById
        | Operation::FindOne
        | Operation::ReplaceById
        | Operation::PatchAttributes
        | Operation::Relation(..) => true,
        Operation::PatchOrCreate | Operation::ReplaceOrCreate => model.force_id,
        _ => false,
    };
    if needs_instance {
        add(404, "NotFound");
    }
    if method.args.iter().any(|arg| arg.source == ArgSource::Body) {
        add(422, "Invalid");
    }
    answers
}

/// The answers that all models share.
fn responses(schemas: &mut Schemas) -> Json {
    let schema = schemas.error();
    let response = |description: &str, example: Json| {
        let content = json!({ "application/json": { "schema": schema, "example": { "error": example } } });
        json!({ "description": description, "content": content })
    };
    json!({
        "BadRequest": response(
            "The request makes no sense",
            json!({
                "statusCode": 400,
                "name": "Error",
                "message": "`limit` must be a whole number of 1 or more, found 0",
                "code": "INVALID_FILTER",
            }),
        ),
        "NotFound": response(
            "There is no such instance",
            json!({
                "statusCode": 404, "name": "Error", "message": "Unknown \"CoffeeShop\" id \"7\".", "code": "MODEL_NOT_FOUND",
            }),
        ),
        "Invalid": response(
            "The data is not valid; `details` names every fault",
            json!({
                "statusCode": 422,
                "name": "ValidationError",
                "message": "The `CoffeeShop` instance is not valid. Details: `name` can't be blank (value: undefined).",
                "details": {
                    "context": "CoffeeShop",
                    "codes": { "name": ["presence"] },
                    "messages": { "name": ["can't be blank"] },
                },
            }),
        ),
    })
}

/// The object with a description, when there is one.
fn described(mut object: Json, description: &str) -> Json {
    if !description.is_empty() {
        object["description"] = description.into();
    }
    object
}
