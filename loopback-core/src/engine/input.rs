//! Data on its way in: JSON of a client, or a change set of the application, as typed values with the errors found.

use crate::error::{Error, Result, ValidationErrors};
use crate::graph::{Default, Kind, ModelNode};
use crate::meta::Strict;
use crate::value::{Row, Value, coerce, truncate_to_millis};
use chrono::Utc;
use serde_json::{Map, Value as Json};

/// Keys that JavaScript gives a meaning of its own.
const PROTOTYPE_KEYS: [&str; 3] = ["__proto__", "constructor", "prototype"];

/// Data to write. Errors of types and unknown properties are kept, so that all errors come together.
#[derive(Clone)]
pub(crate) struct Input {
    /// The properties that are set.
    pub(crate) row: Row,
    /// The properties without a column that are set.
    pub(crate) free: Map<String, Json>,
    pub(super) errors: ValidationErrors,
    /// The password, when it is a digest already; one that is set later is none.
    sealed: Option<Value>,
    /// A password, and its digest that was made ahead.
    ahead: Option<(Value, Value)>,
}

impl Input {
    /// Data of the application's own.
    pub(crate) fn of_row(model: &ModelNode, row: Row) -> Self {
        let mut input = Self { row, free: Map::new(), errors: ValidationErrors::new(model), sealed: None, ahead: None };
        input.normalize();
        input
    }

    /// Whether a property was given, and cannot be what was given.
    pub(crate) fn is_wrong(&self, model: &ModelNode, at: usize) -> bool {
        self.errors.has(&model.properties[at].name)
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Keeps the digest of the password that is there now, for when it is stored.
    pub(crate) fn digested_ahead(&mut self, password: usize, digest: Value) {
        self.ahead = self.row.get(password).cloned().map(|plain| (plain, digest));
    }

    /// The digest of the password that is there now, when it was made ahead.
    pub(crate) fn take_digest(&mut self, password: usize) -> Option<Value> {
        let (plain, digest) = self.ahead.take()?;
        (self.row.get(password) == Some(&plain)).then_some(digest)
    }

    /// The password that is there now is a digest.
    pub(crate) fn seal(&mut self, password: usize) {
        self.sealed = self.row.get(password).cloned();
    }

    /// Whether the password is a digest.
    pub(crate) fn is_sealed(&self, password: usize) -> bool {
        self.sealed.is_some() && self.sealed.as_ref() == self.row.get(password)
    }

    /// What is answered is what is stored: times have milliseconds, decimals no zeros at the end.
    pub(super) fn normalize(&mut self) {
        for at in 0..self.row.width() {
            let stored = match self.row.get(at) {
                Some(Value::DateTime(time)) => Value::DateTime(truncate_to_millis(*time)),
                Some(Value::Decimal(n)) => Value::Decimal(n.normalize()),
                _ => continue,
            };
            self.row.set(at, stored);
        }
    }

    /// Data as it is stored.
    pub(super) fn stored(model: &ModelNode, mut row: Row) -> Self {
        let free = match model.free.and_then(|at| row.take(at)) {
            Some(Value::Json(Json::Object(map))) => map,
            _ => Map::new(),
        };
        Self { row, free, errors: ValidationErrors::new(model), sealed: None, ahead: None }
    }

    /// The row of it.
    pub(super) fn into_stored(mut self, model: &ModelNode) -> Row {
        if let Some(at) = model.free.filter(|_| !self.free.is_empty()) {
            self.row.set(at, Value::Json(Json::Object(self.free)));
        }
        self.row
    }

    /// Data of a client.
    ///
    /// # Errors
    /// 400 when it is no object. Wrong values and unknown properties are kept for the 422.
    pub(crate) fn of_json(model: &ModelNode, json: Json) -> Result<Self> {
        let Json::Object(map) = json else { return Err(Error::bad_request("Value is not an object.")) };
        let mut input = Self {
            row: Row::new(model.width()),
            free: Map::new(),
            errors: ValidationErrors::new(model),
            sealed: None,
            ahead: None,
        };
        for (key, value) in map {
            match model.property(&key) {
                // LoopBack takes nothing but text for a password, and drops the rest.
                Some(at) if model.user.as_ref().is_some_and(|user| user.password == at) && !value.is_string() => {}
                // A client that sends back what it got means nothing by it.
                Some(at) if model.properties[at].managed.is_some() => {}
                Some(at) => input.property(model, at, value),
                None => input.unknown(model, key, value),
            }
        }
        Ok(input)
    }

    fn property(&mut self, model: &ModelNode, at: usize, json: Json) {
        let property = &model.properties[at];
        let shown = if property.hidden { Json::from("(hidden)") } else { json.clone() };
        // A key that a nested object does not have is the mistake that an unknown property is.
        if matches!(model.strict, Strict::Validate | Strict::Throw)
            && let Some(key) = unknown_key(&property.kind, &json)
        {
            let message = format!("has the key `{key}`, which is not defined");
            return self.errors.add(&*property.name, "unknown-property", message, Some(shown));
        }
        let coerced = coerce(&property.kind, json);
        if let (Ok(value), Some(accepts)) = (&coerced, property.accepts)
            && !value.is_null()
            && let Err(error) = accepts(value.clone())
        {
            return self.errors.add(&*property.name, "type", error.to_string(), Some(shown));
        }
        match coerced {
            Ok(value) => self.row.set(at, value),
            Err(error) => self.errors.add(&*property.name, error.code, error.message, Some(shown)),
        }
    }

    fn unknown(&mut self, model: &ModelNode, key: String, json: Json) {
        match model.strict {
            // No client means these as properties: they are attempts to reach a prototype on the way to something else.
            _ if PROTOTYPE_KEYS.contains(&key.as_str()) => {
                self.errors.add(key, "unknown-property", "is not defined in the model", None);
            }
            Strict::Ignore => {}
            Strict::Validate | Strict::Throw => {
                self.errors.add(key, "unknown-property", "is not defined in the model", None);
            }
            Strict::Free if key.is_empty() || key.contains(['"', '\\', '\0', '.']) => {
                self.errors.add(key, "unknown-property", "has a name that cannot be stored", None);
            }
            Strict::Free => match coerce(&Kind::Any, json) {
                Ok(Value::Json(json)) => {
                    self.free.insert(key, json);
                }
                Ok(_) => {
                    self.free.insert(key, Json::Null);
                }
                Err(error) => self.errors.add(key, error.code, error.message, None),
            },
        }
    }

    /// The id that is set, when it is.
    pub(crate) fn id(&self, model: &ModelNode) -> Option<&Value> {
        self.row.get(model.id).filter(|id| !id.is_null())
    }

    /// A new row: no id that is not the client's to give, defaults for what is absent.
    pub(super) fn complete(&mut self, model: &ModelNode) {
        let id = model.id_property();
        if self.row.get(model.id).is_some_and(Value::is_null) {
            self.row.take(model.id);
        }
        if id.generated
            && model.force_id
            && !self.errors.has(&id.name)
            && let Some(given) = self.row.take(model.id)
        {
            self.errors.add(&*id.name, "absence", "can't be set", Some(given.to_json()));
        }
        self.defaults(model);
        self.keep_free(model);
    }

    /// Puts the properties without a column into the one that keeps them.
    pub(super) fn keep_free(&mut self, model: &ModelNode) {
        if let Some(free) = model.free.filter(|_| !self.free.is_empty()) {
            self.row.set(free, Value::Json(Json::Object(self.free.clone())));
        }
    }

    /// Defaults for what is absent; an explicit null stays.
    pub(crate) fn defaults(&mut self, model: &ModelNode) {
        for (at, property) in model.properties.iter().enumerate() {
            if self.row.get(at).is_some() || self.errors.has(&property.name) {
                continue;
            }
            let value = match &property.default {
                Default::None => continue,
                Default::Literal(value) => value.clone(),
                Default::Now if property.kind == Kind::Date => Value::Date(Utc::now().date_naive()),
                Default::Now => Value::DateTime(truncate_to_millis(Utc::now())),
                Default::Uuid if property.kind == Kind::Uuid => Value::Uuid(uuid::Uuid::new_v4()),
                Default::Uuid => Value::Text(uuid::Uuid::new_v4().to_string()),
                Default::Function(function) => function(),
            };
            self.row.set(at, value);
        }
    }

    /// Refuses what the data says of a property.
    pub(crate) fn refuse(&mut self, model: &ModelNode, at: usize, message: &str) {
        let property = &model.properties[at];
        let given =
            self.row.take(at).map(|value| if property.hidden { Json::from("(hidden)") } else { value.to_json() });
        self.errors.forget(&property.name);
        self.errors.add(&*property.name, "immutable", message, given);
    }

    /// A change: its time.
    pub(super) fn touch(&mut self, model: &ModelNode) {
        if let Some(at) = model.updated.filter(|at| self.row.get(*at).is_none()) {
            self.row.set(at, Value::DateTime(truncate_to_millis(Utc::now())));
        }
    }

    /// Sets a property, whatever the data says of it.
    pub(crate) fn set(&mut self, model: &ModelNode, at: usize, value: Value) {
        self.errors.forget(&model.properties[at].name);
        self.row.set(at, value);
    }

    /// Sets a property to JSON, whatever the data says of it.
    pub(crate) fn put_json(&mut self, model: &ModelNode, at: usize, json: Json) {
        self.errors.forget(&model.properties[at].name);
        self.row.take(at);
        self.property(model, at, json);
    }

    /// Takes back what was said of properties that a hook has given a value since.
    pub(super) fn forget_mended(&mut self, model: &ModelNode) {
        if self.errors.is_empty() {
            return;
        }
        let mended = model.named().filter(|(at, _)| self.row.get(*at).is_some());
        for (_, property) in mended {
            self.errors.forget(&property.name);
        }
    }

    /// A property that cannot be changed here: the value it has may be repeated.
    pub(super) fn keep(&mut self, model: &ModelNode, at: usize, value: &Value) {
        if let Some(given) = self.row.take(at)
            && given != *value
        {
            let property = &model.properties[at];
            self.errors.add(&*property.name, "immutable", "can't be changed here", Some(given.to_json()));
        }
    }

    /// Refuses data that would change the id of the row it is for.
    pub(super) fn keep_id(
        &mut self,
        model: &ModelNode,
        id: &Value,
        refuse: impl FnOnce(&Json, &Json) -> String,
    ) -> Result<()> {
        match self.row.take(model.id) {
            None | Some(Value::Null) => Ok(()),
            Some(given) if given == *id => Ok(()),
            Some(given) => Err(Error::bad_request(refuse(&id.to_json(), &given.to_json()))),
        }
    }
}

/// A key of nested objects that their type does not have.
fn unknown_key(kind: &Kind, json: &Json) -> Option<String> {
    match (kind, json) {
        (Kind::Array(item), Json::Array(list)) => list.iter().find_map(|json| unknown_key(item, json)),
        (Kind::Object(object), Json::Object(map)) => {
            map.iter().find_map(|(key, json)| match object.fields.iter().find(|field| *field.name == **key) {
                Some(field) => unknown_key(&field.kind, json),
                None => Some(key.clone()),
            })
        }
        _ => None,
    }
}

/// A text or number as LoopBack's messages show it: without quotes.
pub(super) fn shown(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

impl Input {
    /// The properties that are set.
    ///
    /// # Errors
    /// 422: some are of the wrong type, or unknown.
    pub(crate) fn into_row(self) -> Result<Row> {
        self.errors.into_result()?;
        Ok(self.row)
    }

    /// A whole instance that is not stored: defaults for what is absent, nothing validated. The id that the database
    /// would give is zero.
    ///
    /// # Errors
    /// 422: properties of the wrong type, unknown ones, and those without a value that need one.
    pub(crate) fn into_whole(mut self, model: &ModelNode) -> Result<Row> {
        self.defaults(model);
        for (at, property) in model.named() {
            if self.row.get(at).is_some_and(|value| !value.is_null()) || self.errors.has(&property.name) {
                continue;
            }
            if at == model.id && !model.id_less {
                self.row.set(at, crate::remoting::no_id(&property.kind));
            } else if property.required {
                self.errors.add(&*property.name, "presence", "can't be blank", self.row.get(at).map(Value::to_json));
            }
        }
        self.into_row()
    }
}
