//! Validations, all of them, all errors together. Answers to juggler `lib/validations.js`.
//!
//! A write validates what it sets: a new row every property, a change the changed ones.

use super::input::Input;
use crate::ctx::Ctx;
use crate::error::{Result, ValidationErrors};
use crate::graph::{Kind, ModelNode, Polymorphic, PropertyNode, RelationNode, Rule, Validation};
use crate::meta::Invalid;
use crate::plan::Condition;
use crate::value::{Row, Value, fits};
use serde_json::Value as Json;
use std::sync::Arc;

/// What is validated.
pub(super) enum Subject<'a> {
    /// A whole row, that will be new.
    New,
    /// A whole row, that takes the place of the one with this id.
    Replacing(&'a Value),
    /// Some properties of the row with this id; the row as it is now, when a validation needs it.
    Patching { id: &'a Value, current: Option<&'a Row> },
    /// Some properties of many rows.
    Many,
}

impl Subject<'_> {
    fn whole(&self) -> bool {
        matches!(self, Self::New | Self::Replacing(_))
    }

    fn id(&self) -> Option<&Value> {
        match self {
            Self::Replacing(id) | Self::Patching { id, .. } => Some(id),
            Self::New | Self::Many => None,
        }
    }
}

/// Whether the validations of a change need the rest of the row: a condition or a scope that the change does not set.
pub(super) fn needs_current(model: &ModelNode, row: &Row) -> bool {
    row.iter().any(|(at, _)| {
        model.properties[at].validations.iter().any(|validation| {
            let scope = match &validation.rule {
                Rule::Uniqueness { scope } => scope.as_slice(),
                _ => &[],
            };
            scope.iter().chain(&validation.when).chain(&validation.unless).any(|at| row.get(*at).is_none())
        })
    }) || model.properties.iter().any(|property| {
        // A uniqueness whose scope changes, while the property itself stays.
        property.validations.iter().any(|validation| match &validation.rule {
            Rule::Uniqueness { scope } => scope.iter().any(|at| row.get(*at).is_some()),
            _ => false,
        })
    })
}

/// Runs the validations; the errors that the input has already are part of the answer.
///
/// # Errors
/// 422 with everything that is wrong.
pub(super) async fn validate(cx: &Ctx, model: &Arc<ModelNode>, input: &mut Input, subject: Subject<'_>) -> Result<()> {
    let mut errors = std::mem::replace(&mut input.errors, ValidationErrors::new(model));
    if model.user.is_some() {
        let current = match &subject {
            Subject::Patching { current, .. } => *current,
            _ => None,
        };
        crate::models::check_user(model, input, current, &mut errors)?;
    }
    if model.relations.iter().any(RelationNode::is_embedded) {
        super::relation::settle(cx, model, input, &mut errors).await?;
    }
    names_of_models(model, input, &mut errors);
    // Those with a wrong type have their error: nothing more can be said of them.
    let mut typed: Vec<bool> = model.properties.iter().map(|property| !errors.has(&property.name)).collect();
    for (at, property) in model.properties.iter().enumerate() {
        if !typed[at] || (!subject.whole() && input.row.get(at).is_none()) {
            continue;
        }
        let value = input.row.get(at);
        for validation in &property.validations {
            if applies(validation, &input.row, &subject) {
                check(property, validation, value, &mut errors);
            }
        }
    }
    // What no database can hold is no question to ask one.
    for (at, value) in input.row.iter() {
        let property = &model.properties[at];
        if !typed[at] {
            continue;
        }
        if let Err(error) = fits(&property.kind, property.sql.length, value) {
            typed[at] = false;
            if !errors.has(&property.name) {
                errors.add(&*property.name, error.code, error.message, shown(property, Some(value)));
            }
        }
    }
    for (at, property) in model.properties.iter().enumerate() {
        if !typed[at] {
            continue;
        }
        for validation in &property.validations {
            let asked = match &validation.rule {
                // What is embedded has no table to ask.
                Rule::Uniqueness { .. } if model.transient => false,
                Rule::CustomAsync { .. } => subject.whole() || input.row.get(at).is_some(),
                Rule::Uniqueness { scope } => {
                    subject.whole() || scope.iter().chain([&at]).any(|at| input.row.get(*at).is_some())
                }
                _ => false,
            };
            if asked && applies(validation, &input.row, &subject) {
                ask(cx, model, at, validation, &input.row, &subject, &mut errors).await?;
            }
        }
    }
    errors.into_result()?;
    if model.user.is_some() {
        crate::models::seal(cx, model, input).await?;
    }
    Ok(())
}

/// A polymorphic key leads to a model that has the other end of the relation.
fn names_of_models(model: &ModelNode, input: &Input, errors: &mut ValidationErrors) {
    for relation in &model.relations {
        let Some(Polymorphic::To { discriminator, .. }) = &relation.polymorphic else { continue };
        let Some(Value::Text(name)) = input.row.get(*discriminator) else { continue };
        let property = &model.properties[*discriminator];
        let mut models: Vec<_> = relation.any_targets().iter().map(|(target, _)| target.get().name.clone()).collect();
        if !models.contains(&name.as_str().into()) && !errors.has(&property.name) {
            models.sort_unstable();
            let message = format!("is no model that `{}` leads to; allowed: {}", relation.name, models.join(", "));
            errors.add(&*property.name, "inclusion", message, shown(property, Some(&Value::Text(name.clone()))));
        }
    }
}

fn current<'r>(row: &'r Row, subject: &Subject<'r>, at: usize) -> Option<&'r Value> {
    row.get(at).or_else(|| match subject {
        Subject::Patching { current: Some(current), .. } => current.get(at),
        _ => None,
    })
}

fn applies(validation: &Validation, row: &Row, subject: &Subject<'_>) -> bool {
    let truthy = |at: usize| match current(row, subject, at) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Int(n)) => *n != 0,
        Some(Value::Text(text)) => !text.is_empty(),
        Some(_) => true,
    };
    validation.when.is_none_or(truthy) && !validation.unless.is_some_and(truthy)
}

fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Text(text)) => text.is_empty(),
        Some(Value::Float(n)) => n.is_nan(),
        Some(Value::Json(Json::Array(list))) => list.is_empty(),
        Some(_) => false,
    }
}

/// A value as the message of an error shows it. What is hidden stays so: the value may be the stored one, and messages
/// go to logs.
fn shown(property: &PropertyNode, value: Option<&Value>) -> Option<Json> {
    value.map(|value| if property.hidden { Json::from("(hidden)") } else { property.shown(value).to_json() })
}

struct Reporter<'a> {
    property: &'a PropertyNode,
    validation: &'a Validation,
    value: Option<&'a Value>,
    errors: &'a mut ValidationErrors,
}

impl Reporter<'_> {
    /// Adds an error: `kind` is the way to fail, empty for the only one.
    fn add(&mut self, kind: &str, default: &str) {
        let code = match kind {
            "" => self.validation.rule.code().to_owned(),
            _ => format!("{}.{kind}", self.validation.rule.code()),
        };
        // One message for all ways to fail does not speak of a value that is missing: LoopBack's own does.
        let common = matches!(kind, "blank" | "null");
        let own = self.validation.messages.iter().find(|(of, _)| &**of == kind || (of.is_empty() && !common));
        let message = own.map_or(default, |(_, message)| message);
        self.errors.add(&*self.property.name, code, message, shown(self.property, self.value));
    }

    /// LoopBack's `nullCheck`: whether the value is absent, blank or null, which is an error unless allowed.
    fn nothing(&mut self) -> bool {
        let (allowed, kind, default) = match self.value {
            None => (self.validation.allow_absent, "blank", "is blank"),
            Some(Value::Text(text)) if text.is_empty() => (self.validation.allow_blank, "blank", "is blank"),
            Some(Value::Null) => (self.validation.allow_null, "null", "is null"),
            Some(_) => return false,
        };
        if !allowed {
            self.add(kind, default);
        }
        true
    }

    fn invalid(&mut self, invalid: &Invalid) {
        self.add(invalid.kind, invalid.message.as_deref().unwrap_or("is invalid"));
    }
}

/// A validation that needs nothing but the value.
fn check(property: &PropertyNode, validation: &Validation, value: Option<&Value>, errors: &mut ValidationErrors) {
    let mut report = Reporter { property, validation, value, errors };
    match &validation.rule {
        Rule::Presence => {
            let empty_list = validation.allow_blank && matches!(value, Some(Value::Json(Json::Array(_))));
            if is_blank(value) && !empty_list {
                report.add("", "can't be blank");
            }
        }
        Rule::Absence => {
            if !is_blank(value) {
                report.add("", "can't be set");
            }
        }
        Rule::Length { min, max, is } => {
            if report.nothing() {
                return;
            }
            let length = match value {
                Some(Value::Text(text)) => text.chars().count(),
                Some(Value::Json(Json::Array(list))) => list.len(),
                Some(Value::Json(Json::String(text))) => text.chars().count(),
                Some(Value::Bytes(bytes)) => bytes.len(),
                _ => return,
            } as u64;
            if min.is_some_and(|min| length < min) {
                report.add("min", "too short");
            }
            if max.is_some_and(|max| length > max) {
                report.add("max", "too long");
            }
            if is.is_some_and(|is| length != is) {
                report.add("is", "length is wrong");
            }
        }
        Rule::Numericality { int } => {
            if report.nothing() {
                return;
            }
            match value.and_then(number) {
                None => report.add("number", "is not a number"),
                Some(n) if *int && n.fract() != 0.0 => report.add("int", "is not an integer"),
                Some(_) => {}
            }
        }
        Rule::Range { min, max } => {
            if report.nothing() {
                return;
            }
            let Some(n) = value.and_then(number) else { return };
            if let Some(min) = min.filter(|min| n < *min) {
                report.add("min", &format!("must be at least {min}"));
            }
            if let Some(max) = max.filter(|max| n > *max) {
                report.add("max", &format!("must be at most {max}"));
            }
        }
        Rule::Inclusion(list) => {
            if !report.nothing() && !value.is_some_and(|value| list.contains(value)) {
                report.add("", "is not included in the list");
            }
        }
        Rule::Exclusion(list) => {
            if !report.nothing() && value.is_some_and(|value| list.contains(value)) {
                report.add("", "is reserved");
            }
        }
        Rule::Format(regex) => {
            if report.nothing() {
                return;
            }
            if matches!(value, Some(Value::Text(text)) if !regex.is_match(text)) {
                report.add("", "is invalid");
            }
        }
        // That it is missing has been said.
        Rule::Custom { .. } if property.required && value.is_none_or(Value::is_null) => {}
        Rule::Custom { check, .. } => {
            if let Err(invalid) = check(value.unwrap_or(&Value::Null)) {
                report.invalid(&invalid);
            }
        }
        Rule::Uniqueness { .. } | Rule::CustomAsync { .. } => {}
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(n) => Some(*n).filter(|n| n.is_finite()),
        Value::Decimal(n) => n.to_string().parse().ok(),
        _ => None,
    }
}

/// A validation that asks the database or the application.
async fn ask(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    at: usize,
    validation: &Validation,
    row: &Row,
    subject: &Subject<'_>,
    errors: &mut ValidationErrors,
) -> Result<()> {
    let property = &model.properties[at];
    let value = current(row, subject, at);
    match &validation.rule {
        Rule::CustomAsync { check, .. } => {
            if let Err(invalid) = check(cx, value.unwrap_or(&Value::Null)).await {
                Reporter { property, validation, value, errors }.invalid(&invalid);
            }
        }
        // Many rows at once: the unique index decides.
        Rule::Uniqueness { .. } if matches!(subject, Subject::Many) => {}
        Rule::Uniqueness { scope } => {
            let Some(value) = value.filter(|value| !is_blank(Some(value)) && property.kind != Kind::Any) else {
                return Ok(());
            };
            let mut condition = Condition::equals(at, value.clone());
            for at in scope {
                condition =
                    condition.and(Condition::equals(*at, current(row, subject, *at).cloned().unwrap_or_default()));
            }
            if let Some(id) = subject.id() {
                condition = condition.and(Condition::Compare(model.id.into(), crate::plan::Comparison::Ne, id.clone()));
            }
            let (connector, tx) = cx.connector(model);
            if connector.count(tx, model, Some(&condition), Some(1)).await? > 0 {
                Reporter { property, validation, value: Some(value), errors }.add("", "is not unique");
            }
        }
        _ => {}
    }
    Ok(())
}
