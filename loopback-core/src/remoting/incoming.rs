//! A request to a method of the application's own, and its arguments by their sources.

use super::{UploadedFile, coerce};
use crate::error::{Error, Result};
use crate::filter::qs;
use crate::graph::{CustomArg, Shape};
use crate::meta::{ArgSourceDef, Verb};
use http::HeaderMap;
use serde_json::{Map, Value as Json};

/// The body of a request, by how it is to be read.
#[derive(Debug)]
pub(crate) enum Payload {
    /// There is none.
    Absent,
    /// JSON: values have their types.
    Json(Json),
    /// A form: all values are texts.
    Form(Json),
    /// A form with files.
    Multipart(Map<String, Json>, Vec<UploadedFile>),
}

/// The parts of a request.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) verb: Verb,
    /// The path as the client wrote it, without the query.
    pub(crate) path: Box<str>,
    pub(crate) query: Json,
    pub(crate) headers: HeaderMap,
}

impl Incoming {
    /// # Errors
    /// 400: the query string cannot be read.
    pub(crate) fn new(verb: Verb, path: &str, query: Option<&str>, headers: HeaderMap) -> Result<Self> {
        let query = query.map(qs::parse).transpose().map_err(|error| Error::bad_request(error.to_string()))?;
        Ok(Self { verb, path: path.into(), query: query.unwrap_or_else(|| Json::Object(Map::new())), headers })
    }
}

/// A value of a request, before it is coerced.
enum Found {
    Nothing,
    /// Of a JSON body.
    Typed(Json),
    /// Text, or lists and objects of texts.
    Text(Json),
    Files(Vec<UploadedFile>),
}

/// What a request has for the arguments of a method.
pub(super) struct Arguments<'r> {
    pub(super) request: &'r Incoming,
    /// The parameters of the path.
    pub(super) params: &'r [(Box<str>, Box<str>)],
    pub(super) payload: &'r mut Payload,
}

/// The value of an argument.
pub(super) enum Read {
    Absent,
    Json(Json),
    Files(Vec<UploadedFile>),
}

impl Arguments<'_> {
    /// An argument, coerced.
    ///
    /// # Errors
    /// 400: it is missing, or not what it should be.
    pub(super) fn read(&mut self, arg: &CustomArg) -> Result<Read> {
        if arg.shape == Shape::Injected {
            return Ok(Read::Absent);
        }
        let json = match self.find(arg)? {
            Found::Nothing => None,
            Found::Typed(Json::Null) if takes_null(&arg.shape) => None,
            Found::Typed(json) => Some(coerce::typed(&arg.name, &arg.shape, json)?),
            Found::Text(json) => coerce::text(&arg.name, &arg.shape, json)?,
            Found::Files(mut files) => match &arg.shape {
                Shape::List(_) => return Ok(Read::Files(files)),
                _ if files.len() > 1 => {
                    let message =
                        format!("Invalid argument \"{}\". There are {} files; one is allowed.", arg.name, files.len());
                    return Err(Error::bad_request(message));
                }
                _ => return Ok(files.pop().map_or(Read::Absent, |file| Read::Files(vec![file]))),
            },
        };
        match json.or_else(|| arg.default.clone()) {
            Some(json) => Ok(Read::Json(json)),
            None if arg.required => Err(Error::bad_request(format!("{} is a required argument", arg.name))),
            None => Ok(Read::Absent),
        }
    }

    fn find(&mut self, arg: &CustomArg) -> Result<Found> {
        let name = &*arg.name;
        Ok(match arg.source {
            ArgSourceDef::Path => self.in_path(name),
            ArgSourceDef::Query => self.in_query(name),
            ArgSourceDef::Header => self.in_headers(name)?,
            ArgSourceDef::Form => self.in_body(arg),
            ArgSourceDef::Body => self.body(arg)?,
            ArgSourceDef::Anywhere => match self.in_path(name) {
                Found::Nothing => match self.in_body(arg) {
                    Found::Nothing => self.in_query(name),
                    found => found,
                },
                found => found,
            },
        })
    }

    fn in_path(&self, name: &str) -> Found {
        let found = self.params.iter().find(|(param, _)| **param == *name);
        found.map_or(Found::Nothing, |(_, text)| Found::Text(Json::String(text.to_string())))
    }

    fn in_query(&self, name: &str) -> Found {
        self.request.query.get(name).map_or(Found::Nothing, |json| Found::Text(json.clone()))
    }

    fn in_headers(&self, name: &str) -> Result<Found> {
        let mut texts = Vec::new();
        for value in self.request.headers.get_all(name) {
            let text = std::str::from_utf8(value.as_bytes());
            texts.push(
                text.map_err(|_| Error::bad_request(format!("Invalid argument \"{name}\". Value is not UTF-8.")))?,
            );
        }
        Ok(if texts.is_empty() { Found::Nothing } else { Found::Text(Json::String(texts.join(", "))) })
    }

    /// A property of the body.
    fn in_body(&mut self, arg: &CustomArg) -> Found {
        let name = &*arg.name;
        match self.payload {
            Payload::Json(Json::Object(map)) => map.get(name).cloned().map_or(Found::Nothing, Found::Typed),
            Payload::Form(form) => form.get(name).cloned().map_or(Found::Nothing, Found::Text),
            Payload::Multipart(_, files) if arg.shape.has_files() => {
                let (found, rest) = std::mem::take(files).into_iter().partition(|file| *file.field == *name);
                *files = rest;
                if Vec::is_empty(&found) { Found::Nothing } else { Found::Files(found) }
            }
            Payload::Multipart(fields, _) => fields.get(name).cloned().map_or(Found::Nothing, Found::Text),
            Payload::Json(_) | Payload::Absent => Found::Nothing,
        }
    }

    /// The whole body. Without one, an object is an empty one, as Express has it.
    fn body(&self, arg: &CustomArg) -> Result<Found> {
        let nothing = || Json::Object(Map::new());
        Ok(match &*self.payload {
            Payload::Json(json) => Found::Typed(json.clone()),
            Payload::Form(form) => Found::Text(form.clone()),
            Payload::Multipart(fields, _) => Found::Text(Json::Object(fields.clone())),
            Payload::Absent => match &arg.shape {
                Shape::Object | Shape::Partial(_) => Found::Typed(nothing()),
                Shape::Model(_) if arg.required => Found::Typed(nothing()),
                // LoopBack makes it a list of one empty object, and says what that is not.
                Shape::List(item) if arg.required => {
                    coerce::text(&arg.name, item, nothing())?;
                    Found::Nothing
                }
                _ => Found::Nothing,
            },
        })
    }
}

/// Whether `null` in JSON is no value, not a wrong one.
fn takes_null(shape: &Shape) -> bool {
    !matches!(shape, Shape::Kind(_))
}
