//! Conditions as SQL text: the operators of the filter language on three databases.

use super::Backend;
use super::text::{ArgKind, Sql};
use crate::graph::{ModelNode, Quoted};
use crate::plan::{Column, Comparison, Condition, Near, RegexpSyntax, ignoring_case};
use crate::value::Value;
use std::f64::consts::PI;
use std::fmt::Write;

/// A value whose type is that of text in JSON.
const TEXT: Value = Value::Text(String::new());
/// A value whose type is that of numbers in JSON.
const NUMBER: Value = Value::Float(0.0);

impl<'a> Sql<'a> {
    pub(super) fn condition(&mut self, model: &ModelNode, condition: &'a Condition) {
        match condition {
            Condition::And(list) => self.join(model, list, " AND ", true),
            Condition::Or(list) => self.join(model, list, " OR ", false),
            Condition::Related(related) => self.related(model, related),
            Condition::LinkedTo(link) => self.linked_to(model, link),
            Condition::Fixed(condition) => self.condition(model, condition),
            Condition::Constant(always) => self.push(if *always { "1 = 1" } else { "1 = 0" }),
            Condition::Compare(column, comparison, value) => {
                self.column(model, column, Some(value));
                self.push(match comparison {
                    Comparison::Eq => " = ",
                    Comparison::Ne => " <> ",
                    Comparison::Gt => " > ",
                    Comparison::Gte => " >= ",
                    Comparison::Lt => " < ",
                    Comparison::Lte => " <= ",
                });
                self.operand(model, column, value);
            }
            Condition::Null(column, is) => {
                self.column(model, column, None);
                self.push(if *is { " IS NULL" } else { " IS NOT NULL" });
            }
            Condition::In(column, inside, values) => {
                if column.path.is_empty() {
                    self.column(model, column, values.first());
                    self.push(if *inside { " IN (" } else { " NOT IN (" });
                    for (i, value) in values.iter().enumerate() {
                        self.push(if i > 0 { ", " } else { "" });
                        self.operand(model, column, value);
                    }
                    self.push(")");
                    return;
                }
                // Inside JSON each value is compared as its own type.
                let any = Column { at: column.at, path: column.path.clone() };
                self.push(if *inside { "(" } else { "(NOT COALESCE(" });
                for (i, value) in values.iter().enumerate() {
                    self.push(if i > 0 { " OR " } else { "" });
                    self.push("COALESCE(");
                    self.column(model, &any, Some(value));
                    self.push(" = ");
                    self.operand(model, &any, value);
                    self.push(", 1 = 0)");
                }
                if !*inside {
                    self.push(", 1 = 0) AND ");
                    self.column(model, &any, None);
                    self.push(" IS NOT NULL");
                }
                self.push(")");
            }
            Condition::Between(column, low, high) => {
                self.column(model, column, Some(low));
                self.push(" BETWEEN ");
                self.operand(model, column, low);
                self.push(" AND ");
                self.operand(model, column, high);
            }
            Condition::Not(inner) => {
                self.push("(");
                self.condition(model, inner);
                self.push(") IS NOT TRUE");
            }
            Condition::Like(column, is, pattern) => {
                self.text(model, column);
                self.push(if *is { " LIKE " } else { " NOT LIKE " });
                self.text_value(pattern.clone());
                // PostgreSQL and MySQL escape with a backslash as it is; SQLite must be told.
                self.push(if self.backend == Backend::Sqlite { " ESCAPE '\\'" } else { "" });
            }
            // Not one of the databases compares all letters without case as the others do; as a regular expression
            // with every letter spelled out it is the same on all.
            Condition::Ilike(column, is, pattern) => {
                self.regexp(model, column, *is, ignoring_case(pattern, self.regexp_syntax()));
            }
            Condition::Regexp(column, pattern) => {
                self.regexp(model, column, true, pattern.write(self.regexp_syntax()));
            }
            Condition::Near(near) => self.near(model, near),
        }
    }

    fn regexp_syntax(&self) -> RegexpSyntax {
        match self.backend {
            Backend::Sqlite => RegexpSyntax::Rust,
            Backend::Postgres => RegexpSyntax::Advanced,
            Backend::MySql => RegexpSyntax::Perl,
        }
    }

    fn regexp(&mut self, model: &ModelNode, column: &Column, is: bool, pattern: String) {
        self.text(model, column);
        match (self.backend, is) {
            (Backend::Postgres, true) => self.push(" ~ "),
            (Backend::Postgres, false) => self.push(" !~ "),
            (_, true) => self.push(" REGEXP "),
            (_, false) => self.push(" NOT REGEXP "),
        }
        // A column's collation may ignore case; PCRE and ICU are told that it counts.
        self.text_value(if self.backend == Backend::MySql { format!("(?-i){pattern}") } else { pattern });
    }

    /// A column of text, or text inside JSON, for a pattern.
    fn text(&mut self, model: &ModelNode, column: &Column) {
        // Text out of JSON is binary on MySQL, to compare by code point; there `_` would be a byte.
        let binary = self.backend == Backend::MySql && !column.path.is_empty();
        self.push(if binary { "CONVERT(" } else { "" });
        self.column(model, column, Some(&TEXT));
        self.push(if binary { " USING utf8mb4) COLLATE utf8mb4_bin" } else { "" });
    }

    fn near(&mut self, model: &ModelNode, near: &Near) {
        let (lat, lng) = coordinates(near);
        self.push("(");
        self.column(model, &lat, Some(&NUMBER));
        self.push(" IS NOT NULL AND ");
        self.column(model, &lng, Some(&NUMBER));
        self.push(" IS NOT NULL");
        // Half the circumference is the greatest distance there is; the sine falls again behind it.
        let bounds = [(near.min, " >= "), (near.max.filter(|max| max.is_nan() || *max < PI), " <= ")];
        for (angle, word) in bounds {
            let Some(angle) = angle else { continue };
            if angle.is_nan() || angle > PI || (angle < 0.0 && word == " <= ") {
                self.push(" AND 1 = 0");
            } else {
                self.push(" AND ");
                self.distance(model, near);
                self.push(word);
                let bound = (angle.max(0.0) / 2.0).sin().powi(2);
                if self.backend == Backend::Sqlite {
                    self.text_value(bound.to_string());
                } else {
                    self.float_value(bound);
                }
            }
        }
        self.push(")");
    }

    /// What grows with the distance, as [`GeoPoint::haversine`](crate::value::GeoPoint) counts it. SQLite has no sines:
    /// there it is text, the point and where from, and the collation in [`super::distance`] makes the number of it.
    pub(super) fn distance(&mut self, model: &ModelNode, near: &Near) {
        if self.backend == Backend::Sqlite {
            self.push("(");
            self.column_name(&model.properties[near.at].quoted);
            self.push(" || ");
            self.text_value(format!(" {} {}", near.from.lat, near.from.lng));
            self.push(") COLLATE loopback_distance");
            return;
        }
        let (lat, lng) = coordinates(near);
        self.push("(POWER(SIN(RADIANS(");
        self.column(model, &lat, Some(&NUMBER));
        self.push(" - ");
        self.float_value(near.from.lat);
        self.push(") / 2), 2) + COS(RADIANS(");
        self.column(model, &lat, Some(&NUMBER));
        self.push(")) * ");
        self.float_value(near.from.lat.to_radians().cos());
        self.push(" * POWER(SIN(RADIANS(");
        self.column(model, &lng, Some(&NUMBER));
        self.push(" - ");
        self.float_value(near.from.lng);
        self.push(") / 2), 2))");
    }

    fn join(&mut self, model: &ModelNode, list: &'a [Condition], word: &str, empty: bool) {
        match list {
            [] => self.push(if empty { "1 = 1" } else { "1 = 0" }),
            [one] => self.condition(model, one),
            _ => {
                self.push("(");
                for (i, item) in list.iter().enumerate() {
                    self.push(if i > 0 { word } else { "" });
                    self.condition(model, item);
                }
                self.push(")");
            }
        }
    }

    fn operand(&mut self, model: &ModelNode, column: &Column, value: &'a Value) {
        let kind = if column.path.is_empty() {
            ArgKind::from(&model.properties[column.at].kind)
        } else {
            match value {
                Value::Bool(_) => ArgKind::Boolean,
                Value::Float(_) | Value::Int(_) => ArgKind::Number,
                _ => ArgKind::Text,
            }
        };
        self.value(value, kind);
    }

    /// A column, or a place inside its JSON seen as the type of the value it is compared with: it is NULL where the
    /// JSON has another type. Without a value: as anything that is not null.
    fn column(&mut self, model: &ModelNode, column: &Column, value: Option<&Value>) {
        let name = &model.properties[column.at].quoted;
        if column.path.is_empty() {
            return self.column_name(name);
        }
        match self.backend {
            Backend::Postgres => self.postgres_path(name, &column.path, value),
            Backend::Sqlite => self.sqlite_path(name, &column.path, value),
            Backend::MySql => self.mysql_path(name, &column.path, value),
        }
    }

    /// Key by key: `#>` would take `0` for the first item of a list, which the other databases do not.
    fn postgres_place(&mut self, name: &Quoted, path: &[String], last: &str) {
        self.push("(");
        self.column_name(name);
        for (i, key) in path.iter().enumerate() {
            self.push(if i + 1 == path.len() { last } else { " -> " });
            self.text_value(key.clone());
        }
        self.push(")");
    }

    fn postgres_path(&mut self, name: &Quoted, path: &[String], value: Option<&Value>) {
        let (word, cast) = match value {
            None => return self.postgres_place(name, path, " ->> "),
            Some(Value::Bool(_)) => ("boolean", "::boolean"),
            Some(Value::Int(_) | Value::Float(_)) => ("number", "::double precision"),
            Some(_) => ("string", " COLLATE \"C\""),
        };
        self.push("(CASE WHEN jsonb_typeof");
        self.postgres_place(name, path, " -> ");
        let _ = write!(self.text, " = '{word}' THEN ");
        self.postgres_place(name, path, " ->> ");
        self.push(cast);
        self.push(" END)");
    }

    fn json_place(&mut self, function: &str, name: &Quoted, path: &[String]) {
        self.push(function);
        self.push("(");
        self.column_name(name);
        self.push(", ");
        self.text_value(json_path(path));
        self.push(")");
    }

    fn sqlite_path(&mut self, name: &Quoted, path: &[String], value: Option<&Value>) {
        let types = match value {
            None => {
                // `json_extract` gives text for objects and lists too: not null.
                return self.json_place("json_extract", name, path);
            }
            Some(Value::Bool(_)) => "'true', 'false'",
            Some(Value::Int(_) | Value::Float(_)) => "'integer', 'real'",
            Some(_) => "'text'",
        };
        self.push("(CASE WHEN ");
        self.json_place("json_type", name, path);
        let _ = write!(self.text, " IN ({types}) THEN ");
        self.json_place("json_extract", name, path);
        self.push(" END)");
    }

    fn mysql_path(&mut self, name: &Quoted, path: &[String], value: Option<&Value>) {
        let types = match value {
            None => {
                self.push("NULLIF(JSON_TYPE(");
                self.json_place("JSON_EXTRACT", name, path);
                self.push("), 'NULL')");
                return;
            }
            Some(Value::Bool(_)) => "'BOOLEAN'",
            Some(Value::Int(_) | Value::Float(_)) => "'INTEGER', 'DOUBLE', 'DECIMAL', 'UNSIGNED INTEGER'",
            Some(_) => "'STRING'",
        };
        self.push("(CASE WHEN JSON_TYPE(");
        self.json_place("JSON_EXTRACT", name, path);
        let _ = write!(self.text, ") IN ({types}) THEN ");
        match value {
            Some(Value::Bool(_)) => {
                self.json_place("JSON_EXTRACT", name, path);
                self.push(" = true");
            }
            Some(Value::Int(_) | Value::Float(_)) => {
                self.push("CAST(");
                self.json_place("JSON_EXTRACT", name, path);
                self.push(" AS DOUBLE)");
            }
            _ => {
                self.push("CAST(JSON_UNQUOTE(");
                self.json_place("JSON_EXTRACT", name, path);
                self.push(") AS BINARY)");
            }
        }
        self.push(" END)");
    }
}

/// The places of a point's numbers in its JSON.
fn coordinates(near: &Near) -> (Column, Column) {
    let place = |key: &str| Column { at: near.at, path: vec![key.to_owned()] };
    (place("lat"), place("lng"))
}

/// `$."a"."b"`; the keys have no quotes and backslashes ([`crate::plan`] refuses them), so nothing needs an escape.
pub(super) fn json_path(path: &[String]) -> String {
    path.iter().fold("$".to_owned(), |text, key| format!("{text}.\"{key}\""))
}
