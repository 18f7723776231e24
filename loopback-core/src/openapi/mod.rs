//! The OpenAPI 3.1 document of an application, made of the graph and nothing else.
//!
//! Answers to npm `loopback-swagger`: one tag per model, its method names as operation ids, the parameters `filter` and
//! `where` as JSON. The document is plain `serde_json`: a typed builder (utoipa) would add compile time and its types
//! to our API without proving more than the test does that holds the document against the official schema.

mod custom;
mod filter;
mod schema;
mod swagger;
#[cfg(test)]
mod tests;

use crate::access::ExplainedMethod;
use crate::engine::fixed_values;
use crate::graph::{
    AccessType, ArgKind, ArgNode, ArgSource, Graph, Kind, MethodNode, ModelNode, Operation, Polymorphic,
    RelationAction, RelationKind, RelationNode, Returns, Route, ScopeAction, Segment, Verb,
};
use crate::remoting::EVENT_STREAM;
use schema::{Part, Schemas, chooses_id};
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

pub use swagger::swagger;

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
    /// Whether access control is on: the document then says who may call what.
    pub access_control: bool,
}

/// The document: `{"openapi": "3.1.0", "info": {..}, "servers": [..], "tags": [..], "paths": {..}, "components": {..}}`.
///
/// Endpoints of models that are not public, and hidden properties of answers, are not in it.
pub fn document(graph: &Graph, options: &OpenApiOptions) -> Json {
    let models = public(graph);
    let mut writer = Writer::new(graph, Schemas::new(&models), options);
    let mut tags = Vec::new();
    for model in models {
        tags.push(described(json!({ "name": model.name }), &model.doc));
        each_place(model, |place| writer.method(place));
    }
    let mut info = json!({ "title": options.title, "version": options.version });
    if let Some(description) = &options.description {
        info = described(info, description);
    }
    let server = if options.server_path.is_empty() { "/" } else { &options.server_path };
    let Writer { mut schemas, paths, .. } = writer;
    let mut responses = responses(&mut schemas);
    if options.access_control {
        refusals(&mut schemas, &mut responses);
    }
    let mut components = json!({ "schemas": schemas.finish(), "responses": responses });
    if options.access_control {
        components["securitySchemes"] = json!({
            "accessToken": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "The access token: the `id` that a log-in answers with.",
            },
        });
    }
    json!({
        "openapi": "3.1.0",
        "info": info,
        "servers": [{ "url": server }],
        "tags": tags,
        "paths": paths,
        "components": components,
    })
}

/// The models that a document shows.
fn public(graph: &Graph) -> Vec<&Arc<ModelNode>> {
    graph.models().filter(|model| model.public && !model.methods.is_empty()).collect()
}

/// The methods below the path of a model: its own, and those of relations that its paths go over.
fn each_place(model: &Arc<ModelNode>, mut show: impl FnMut(&Place<'_>)) {
    for method in &model.methods {
        show(&Place { model, over: None, owner: model, method });
    }
    for over in model.relations.iter().filter(|relation| relation.nest && !relation.is_to_any()) {
        let owner = over.target();
        for method in owner.methods.iter().filter(|method| matches!(method.operation, Operation::Relation(..))) {
            show(&Place { model, over: Some(over), owner: &owner, method });
        }
    }
}

/// A method where it is served.
struct Place<'a> {
    /// The model that the path begins with.
    model: &'a Arc<ModelNode>,
    /// The relation that the path goes over before it comes to the method: one marked `nest`.
    over: Option<&'a RelationNode>,
    /// The model that has the method.
    owner: &'a Arc<ModelNode>,
    method: &'a MethodNode,
}

impl Place<'_> {
    /// `/CoffeeShops/{id}/exists`, `/Categories/{id}/products/{nk}/reviews`
    fn path(&self, route: &Route) -> String {
        let mut path = format!("/{}", self.model.path.trim_start_matches('/'));
        let mut segments = &*route.segments;
        if let (Some(over), [_, rest @ ..]) = (self.over, segments) {
            path.push_str(&format!("/{{id}}/{}/{{nk}}", over.name));
            segments = rest;
        }
        for segment in segments {
            match segment {
                Segment::Literal(word) => path.push_str(&format!("/{word}")),
                Segment::Param(name) => path.push_str(&format!("/{{{name}}}")),
            }
        }
        path
    }

    /// `find`, `prototype.__get__reviews`, `prototype.__get__products__reviews`
    fn name(&self) -> Cow<'_, str> {
        let name = &self.method.name;
        match (self.over, self.relation()) {
            (Some(over), Some((own, _))) => {
                let verb = name.strip_suffix(&*own.name).unwrap_or(name);
                format!("{verb}{}__{}", over.name, own.name).into()
            }
            _ => Cow::Borrowed(name),
        }
    }

    /// The relation that the method is of.
    fn relation(&self) -> Option<(&RelationNode, RelationAction)> {
        match self.method.operation {
            Operation::Relation(at, action) => Some((&self.owner.relations[at], action)),
            _ => None,
        }
    }

    /// The model that the method takes and answers with: of a relation it is the one at the other end.
    fn subject(&self) -> Arc<ModelNode> {
        self.method.subject().unwrap_or_else(|| self.owner.clone())
    }

    /// The properties of what is created that do not come from the client.
    fn given(&self) -> Vec<usize> {
        if let Operation::Scope(at, ScopeAction::Create) = self.method.operation {
            let condition = self.owner.scopes[at].query.condition.as_ref();
            return condition.map(fixed_values).unwrap_or_default().into_iter().map(|(at, _)| at).collect();
        }
        let Some((relation, action)) = self.relation() else { return Vec::new() };
        match (&relation.through, action) {
            (Some(through), RelationAction::Link) => {
                through.discriminator.iter().map(|(at, _)| *at).chain([through.from, through.to]).collect()
            }
            (through, RelationAction::Create) => {
                let scope = relation.scope.as_ref().and_then(|scope| scope.condition.as_ref());
                let fixed = scope.map(fixed_values).unwrap_or_default();
                let mut given: Vec<usize> = fixed.into_iter().map(|(at, _)| at).collect();
                given.extend(relation.properties.iter().map(|(_, other)| *other));
                if through.is_none() && matches!(relation.kind, RelationKind::HasMany | RelationKind::HasOne) {
                    given.push(relation.to);
                }
                if let Some(Polymorphic::From { discriminator, .. }) = &relation.polymorphic {
                    given.push(*discriminator);
                }
                given
            }
            _ => Vec::new(),
        }
    }
}

/// What tells the further routes of a method from its first: `__put_CoffeeShops_{id}`.
fn route_suffix(path: &str, route: &Route) -> String {
    format!("__{}{}", route.verb.as_str().to_lowercase(), path.replace('/', "_"))
}

struct Writer<'g> {
    graph: &'g Graph,
    schemas: Schemas,
    paths: Map<String, Json>,
    /// The models that foreign keys refer to.
    referred: HashSet<Box<str>>,
    access_control: bool,
}

/// Who may call a method: `security`, a line of the description, and the rules in their order.
fn say_who(operation: &mut Json, place: &Place<'_>) {
    let explained = ExplainedMethod::of("", place.owner, place.method);
    let who = format!("**Who may call it:** {}", explained.summary());
    let description = match operation.get("description").and_then(Json::as_str) {
        Some(text) => format!("{text}\n\n{who}"),
        None => who,
    };
    operation["description"] = description.into();
    // An empty requirement: it goes without.
    operation["security"] =
        if explained.is_open() { json!([{}, { "accessToken": [] }]) } else { json!([{ "accessToken": [] }]) };
    let answers = &mut operation["responses"];
    let mut may_be = |status: u16, response: &str| {
        if answers[status.to_string()].is_null() {
            answers[status.to_string()] = json!({ "$ref": format!("#/components/responses/{response}") });
        }
    };
    may_be(401, "Unauthorized");
    may_be(403, "Forbidden");
    if place.owner.user.is_some() {
        let name = &*place.method.name;
        if ["login", "confirm", "resetPassword", "changePassword", "prototype.verify"].contains(&name) {
            may_be(429, "TooManyRequests");
        }
        if ["login", "create", "changePassword", "setPassword"].contains(&name) {
            may_be(422, "Invalid");
            may_be(503, "Unavailable");
        }
    }
    let rules: Vec<Json> = explained
        .rules
        .iter()
        .map(|rule| json!({ "permission": rule.permission.as_str(), "principal": rule.principal }))
        .collect();
    if !rules.is_empty() {
        operation["x-acl"] = rules.into();
    }
}

impl<'g> Writer<'g> {
    fn new(graph: &'g Graph, schemas: Schemas, options: &OpenApiOptions) -> Self {
        let referred = graph.models().flat_map(|model| model.foreign_keys.iter().map(|key| key.target().name.clone()));
        let referred = referred.collect();
        Self { graph, schemas, referred, paths: Map::new(), access_control: options.access_control }
    }
}

impl Writer<'_> {
    fn method(&mut self, place: &Place<'_>) {
        for (at, route) in place.method.routes.iter().enumerate() {
            let path = place.path(route);
            let suffix = if at == 0 { String::new() } else { route_suffix(&path, route) };
            let mut operation = self.operation(place, route, &suffix);
            if self.access_control {
                say_who(&mut operation, place);
            }
            let item = self.paths.entry(path).or_insert_with(|| json!({}));
            item[route.verb.as_str().to_lowercase()] = operation;
        }
    }

    fn operation(&mut self, place: &Place<'_>, route: &Route, suffix: &str) -> Json {
        let mut operation = json!({
            "tags": [place.model.name],
            "summary": place.method.doc.replace("{model}", &place.owner.name),
            "operationId": format!("{}.{}{suffix}", place.model.name, place.name()),
        });
        if let Some(custom) = &place.method.custom {
            self.custom(place, custom, route, &mut operation);
            return operation;
        }
        let mut parameters = Vec::new();
        for arg in place.method.args {
            match (arg.source, arg.kind) {
                (ArgSource::Path, ArgKind::ForeignKey) => {
                    let target = place.relation().map(|(relation, _)| relation.target());
                    parameters.push(self.path_parameter(target.as_ref().unwrap_or(place.owner), arg.name, arg.doc));
                }
                (ArgSource::Path, _) => {
                    parameters.push(self.path_parameter(place.model, arg.name, arg.doc));
                    if let Some(over) = place.over {
                        let doc = format!("The id of one of its {}", over.name);
                        parameters.push(self.path_parameter(place.owner, "nk", &doc));
                    }
                }
                (_, ArgKind::StreamOptions) if route.verb == Verb::Post => {
                    let options = json!({ "type": "object", "properties": { "options": self.stream_options(place) } });
                    let content = json!({ "application/json": { "schema": options } });
                    operation["requestBody"] = described(json!({ "content": content }), arg.doc);
                }
                (ArgSource::Query, _) => parameters.push(self.query_parameter(place, arg)),
                (ArgSource::Body, _) => {
                    if let Some(body) = self.body(place, arg) {
                        operation["requestBody"] = body;
                    }
                }
            }
        }
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        operation["responses"] = self.answers(place, route);
        operation
    }

    fn path_parameter(&mut self, model: &ModelNode, name: &str, doc: &str) -> Json {
        let schema = self.schemas.kind(&model.id_property().kind);
        described(json!({ "name": name, "in": "path", "required": true, "schema": schema }), doc)
    }

    fn stream_options(&mut self, place: &Place<'_>) -> Json {
        let condition = self.schemas.part(place.owner, Part::Where);
        json!({ "type": "object", "properties": { "where": condition }, "additionalProperties": false })
    }

    /// A parameter that takes JSON. The example is what the explorer fills in: harmless when it is sent unread.
    fn query_parameter(&mut self, place: &Place<'_>, arg: &ArgNode) -> Json {
        let subject = place.subject();
        let id = || {
            let property = subject.id_property();
            let value = match property.kind {
                Kind::Integer { .. } => json!(1),
                Kind::Uuid => json!(uuid::Uuid::nil()),
                _ => json!("id"),
            };
            json!({ (&*property.name): value })
        };
        if arg.kind == ArgKind::StreamOptions {
            let content = json!({ "application/json": { "schema": self.stream_options(place) } });
            return described(json!({ "name": arg.name, "in": "query", "content": content }), arg.doc);
        }
        let (part, example) = match arg.kind {
            ArgKind::InstanceFilter => (Part::InstanceFilter, json!({})),
            ArgKind::Where if place.method.returns == Returns::Count && place.method.access == AccessType::Read => {
                (Part::Where, json!({}))
            }
            ArgKind::Where => (Part::Where, id()),
            _ => (Part::Filter, json!({ "limit": 10 })),
        };
        let content =
            json!({ "application/json": { "schema": self.schemas.part(&subject, part), "example": example } });
        described(json!({ "name": arg.name, "in": "query", "content": content }), arg.doc)
    }

    fn body(&mut self, place: &Place<'_>, arg: &ArgNode) -> Option<Json> {
        let subject = place.subject();
        let (part, given) = match place.method.operation {
            // A model that links two others and nothing else: a client has nothing to say.
            Operation::Relation(at, RelationAction::Link)
                if place.owner.relations[at].through.as_ref().is_some_and(|through| through.unique) =>
            {
                return None;
            }
            Operation::Create
            | Operation::Relation(_, RelationAction::Create | RelationAction::Link)
            | Operation::Scope(..) => (Part::New, place.given()),
            Operation::ReplaceById => (Part::Replace, Vec::new()),
            Operation::ReplaceOrCreate => (Part::ReplaceOrCreate, Vec::new()),
            Operation::PatchOrCreate | Operation::UpsertWithWhere => (Part::Upsert, Vec::new()),
            _ => (Part::Partial, Vec::new()),
        };
        let one = match part {
            Part::New => self.schemas.new_with(&subject, given, &place.owner.name),
            part => self.schemas.part(&subject, part),
        };
        let json = match arg.kind {
            ArgKind::DataOrList => json!({ "anyOf": [one, { "type": "array", "items": one }] }),
            _ => one.clone(),
        };
        let content = json!({
            "application/json": { "schema": json },
            "application/x-www-form-urlencoded": { "schema": one },
        });
        let required = !matches!(place.method.operation, Operation::Relation(_, RelationAction::Link));
        Some(described(json!({ "required": required, "content": content }), arg.doc))
    }

    fn answers(&mut self, place: &Place<'_>, route: &Route) -> Json {
        let (method, subject) = (place.method, place.subject());
        if route.verb == Verb::Head {
            return json!({
                "200": { "description": "There is one" },
                "400": { "description": "The request makes no sense" },
                "404": { "description": "There is none" },
            });
        }
        let one = match place.relation() {
            Some((relation, _)) if relation.is_to_any() => self.schemas.any_of(relation, false),
            _ => self.schemas.part(&subject, Part::Answer),
        };
        let list = json!({ "type": "array", "items": one });
        let (description, schema) = match method.returns {
            Returns::Instance => ("The instance", one),
            Returns::InstanceOrList => ("The instance, or the list of instances", json!({ "anyOf": [one, list] })),
            Returns::List => ("The instances", list),
            Returns::Count => ("How many", self.schemas.count()),
            Returns::Exists => ("Whether there is one", self.schemas.exists()),
            Returns::Link => ("What links the two", one),
            Returns::Events => ("What happens, as long as the client listens", json!({ "type": "string" })),
            Returns::Nothing | Returns::Custom => ("Done", Json::Null),
        };
        let mut answers = if method.returns == Returns::Nothing {
            json!({ "204": { "description": description } })
        } else {
            let of = if method.returns == Returns::Events { EVENT_STREAM } else { "application/json" };
            json!({ "200": { "description": description, "content": { of: { "schema": schema } } } })
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
            Operation::PatchOrCreate | Operation::ReplaceOrCreate => subject.force_id,
            _ => false,
        };
        if needs_instance {
            add(404, "NotFound");
        }
        if self.may_conflict(place, &subject) {
            add(409, "Conflict");
        }
        if method.args.iter().any(|arg| arg.source == ArgSource::Body) {
            add(422, "Invalid");
        }
        answers
    }

    /// Whether another row can be in the way: one with the same id, or one at an end of a foreign key.
    fn may_conflict(&self, place: &Place<'_>, subject: &ModelNode) -> bool {
        use RelationAction as A;
        let relation = place.relation();
        match (place.method.operation, relation) {
            (Operation::Create, _) if chooses_id(subject) => true,
            // The rows between go, and the related ones stay.
            (_, Some((RelationNode { through: Some(through), .. }, A::Delete | A::Unlink))) => {
                self.referred.contains(&through.model().name)
            }
            (_, Some((_, A::Unlink))) => false,
            (Operation::DeleteById | Operation::Scope(_, ScopeAction::Delete), _)
            | (_, Some((_, A::Destroy | A::DestroyById | A::Delete))) => self.referred.contains(&subject.name),
            _ if place.method.access == AccessType::Write => !subject.foreign_keys.is_empty(),
            _ => false,
        }
    }
}

fn response(schema: &Json, description: &str, example: &Json) -> Json {
    let content = json!({ "application/json": { "schema": schema, "example": { "error": example } } });
    json!({ "description": description, "content": content })
}

/// The answers of access control.
fn refusals(schemas: &mut Schemas, responses: &mut Json) {
    let schema = schemas.error();
    let of = |status: u16, message: &str, code: &str| json!({ "statusCode": status, "name": "Error", "message": message, "code": code });
    for (name, description, example) in [
        (
            "Unauthorized",
            "The caller may not, or has to log in",
            of(401, "Authorization Required", "AUTHORIZATION_REQUIRED"),
        ),
        ("Forbidden", "The caller may not", of(403, "Access Denied", "ACCESS_DENIED")),
        (
            "TooManyRequests",
            "It has failed too often: `Retry-After` has the seconds to wait",
            of(429, "Too many tries. Try again in 4 s.", "TOO_MANY_REQUESTS"),
        ),
        (
            "Unavailable",
            "Too many passwords are being looked at: `Retry-After` has the seconds to wait",
            json!({ "statusCode": 503, "name": "Error", "message": "Service Unavailable" }),
        ),
    ] {
        responses[name] = response(&schema, description, &example);
    }
}

/// The answers that all models share.
fn responses(schemas: &mut Schemas) -> Json {
    let schema = schemas.error();
    let response = |description: &str, example: Json| response(&schema, description, &example);
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
        "Conflict": response(
            "Another instance is in the way",
            json!({
                "statusCode": 409,
                "name": "Error",
                "message": "cannot delete the CoffeeShop: Reviews refer to it by their relation `coffeeShop`",
                "code": "FOREIGN_KEY",
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
