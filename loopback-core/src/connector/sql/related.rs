//! Related rows in SQL: conditions on them, and the rows that many others are related to, in one statement.

use super::Backend;
use super::text::{ArgKind, Sql};
use crate::graph::{Kind, ModelNode, Polymorphic, Quoted, RelationKind, RelationNode, Through};
use crate::plan::{Condition, Linked, LinkedBy, LinkedTo, Related, SelectPlan};
use crate::value::Value;
use serde_json::Value as Json;
use std::fmt::Write;

/// The columns of a model between, as a statement names them; no table of an application has columns of these names.
const LINK_FROM: &str = "lb_link_from";
const LINK_TO: &str = "lb_link_to";
const LINK_ORDER: &str = "lb_link_order";
const ROW_NUMBER: &str = "lb_row_number";

/// Keys that MySQL gets as arguments; more are sent as one JSON text.
const MAX_PLACEHOLDERS: usize = 4_096;

impl<'a> Sql<'a> {
    /// `EXISTS (SELECT 1 FROM target AS t1 WHERE t1.key = source.key AND ..)`.
    ///
    /// Columns inside stand without the name of their table: they are the innermost table's. The outer one is named
    /// wherever both meet.
    pub(super) fn related(&mut self, model: &ModelNode, related: &'a Related) {
        let Some(relation) = model.relations.get(related.relation) else { return self.push("1 = 0") };
        let outer = self.alias.take();
        let outer_qualified = std::mem::replace(&mut self.qualified, relation.through.is_some());
        let target = relation.target();
        if !related.some {
            self.push("NOT ");
        }
        self.push("EXISTS (SELECT 1 FROM ");
        let alias = self.next_alias();
        let mut link_alias = String::new();
        match &relation.through {
            None => {
                self.identifier(&target.quoted_table);
                let _ = write!(self.text, " AS {alias} WHERE ");
                self.meets(model, relation, &target, outer.as_deref(), &alias);
            }
            Some(through) => {
                let between = through.model();
                let link = self.next_alias();
                link_alias.clone_from(&link);
                self.identifier(&between.quoted_table);
                let _ = write!(self.text, " AS {link} INNER JOIN ");
                self.identifier(&target.quoted_table);
                let _ = write!(self.text, " AS {alias} ON ");
                self.of(&alias, &target.properties[relation.to].quoted);
                self.push(" = ");
                self.of(&link, &between.properties[through.to].quoted);
                self.push(" WHERE ");
                self.of(&link, &between.properties[through.from].quoted);
                self.push(" = ");
                self.outer(model, relation.from, outer.as_deref());
                if let Some((discriminator, name)) = &through.discriminator {
                    self.push(" AND ");
                    self.of(&link, &between.properties[*discriminator].quoted);
                    self.push(" = ");
                    self.text_value(name.to_string());
                }
            }
        }
        if let (Some(condition), Some(through)) = (&related.between, &relation.through) {
            self.push(" AND ");
            self.alias = Some(link_alias);
            self.condition(&through.model(), condition);
        }
        // Columns of the model between could be taken for the target's: within this condition a column says whose it is.
        self.alias = Some(alias);
        if let Some(condition) = &related.condition {
            self.push(" AND ");
            self.condition(&target, condition);
        }
        self.alias = outer;
        self.qualified = outer_qualified;
        // SQLite 3.51 makes a join of an EXISTS without a limit, and then counts an OFFSET by the rows inside.
        self.push(if self.backend == Backend::Sqlite { " LIMIT 1)" } else { ")" });
    }

    /// `column IN (SELECT to FROM between WHERE from = ?)`
    pub(super) fn linked_to(&mut self, model: &ModelNode, link: &'a LinkedTo) {
        let column = |at: usize| &link.between.properties[at].quoted;
        self.column_name(&model.properties[link.at].quoted);
        self.push(" IN (SELECT ");
        self.identifier(column(link.to));
        self.push(" FROM ");
        self.identifier(&link.between.quoted_table);
        self.push(" WHERE ");
        self.identifier(column(link.from));
        self.push(" = ");
        self.value(&link.key, ArgKind::from(&link.between.properties[link.from].kind));
        if let Some((discriminator, value)) = &link.discriminator {
            self.push(" AND ");
            self.identifier(column(*discriminator));
            self.push(" = ");
            self.value(value, ArgKind::Text);
        }
        if let Some(condition) = &link.condition {
            self.push(" AND ");
            let (alias, qualified) = (self.alias.take(), std::mem::take(&mut self.qualified));
            self.condition(&link.between, condition);
            (self.alias, self.qualified) = (alias, qualified);
        }
        self.push(")");
    }

    fn next_alias(&mut self) -> String {
        self.aliases += 1;
        format!("lb_t{}", self.aliases)
    }

    fn of(&mut self, alias: &str, column: &Quoted) {
        self.push(alias);
        self.push(".");
        self.identifier(column);
    }

    /// A column of the row that the condition is about.
    fn outer(&mut self, model: &ModelNode, at: usize, alias: Option<&str>) {
        match alias {
            Some(alias) => self.push(alias),
            None => self.identifier(&model.quoted_table),
        }
        self.push(".");
        self.identifier(&model.properties[at].quoted);
    }

    fn meets(
        &mut self,
        model: &ModelNode,
        relation: &RelationNode,
        target: &ModelNode,
        outer: Option<&str>,
        alias: &str,
    ) {
        let to = &target.properties[relation.to];
        if relation.kind == RelationKind::ReferencesMany {
            return self.in_list(model, relation.from, outer, alias, &to.kind, &to.quoted);
        }
        self.of(alias, &to.quoted);
        self.push(" = ");
        self.outer(model, relation.from, outer);
        if let Some(Polymorphic::From { discriminator, name }) = &relation.polymorphic {
            self.push(" AND ");
            self.of(alias, &target.properties[*discriminator].quoted);
            self.push(" = ");
            self.text_value(name.to_string());
        }
    }

    /// Whether a key is in the JSON list of the row that the condition is about.
    fn in_list(&mut self, model: &ModelNode, from: usize, outer: Option<&str>, alias: &str, kind: &Kind, to: &Quoted) {
        let text = kind.is_text();
        match self.backend {
            // Bytes in the column, text in the list.
            Backend::Sqlite if *kind == Kind::Uuid => {
                self.push("lower(hex(");
                self.of(alias, to);
                self.push(")) IN (SELECT replace(value, '-', '') FROM json_each(");
                self.outer(model, from, outer);
                self.push("))");
            }
            Backend::MySql if *kind == Kind::Uuid => {
                self.push("JSON_CONTAINS(");
                self.outer(model, from, outer);
                self.push(", JSON_QUOTE(INSERT(INSERT(INSERT(INSERT(LOWER(HEX(");
                self.of(alias, to);
                self.push(")), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-')))");
            }
            Backend::Postgres => {
                self.outer(model, from, outer);
                self.push(" @> to_jsonb(");
                self.of(alias, to);
                self.push(if text { "::text)" } else { ")" });
            }
            Backend::Sqlite => {
                self.of(alias, to);
                self.push(" IN (SELECT value FROM json_each(");
                self.outer(model, from, outer);
                self.push("))");
            }
            Backend::MySql => {
                self.push("JSON_CONTAINS(");
                self.outer(model, from, outer);
                self.push(if text { ", JSON_QUOTE(" } else { ", CAST(" });
                self.of(alias, to);
                self.push(if text { "))" } else { " AS CHAR))" });
            }
        }
    }

    /// The rows that others are related to, ordered within each of those.
    pub(super) fn select_linked(&mut self, plan: &SelectPlan<'a>, linked: &Linked<'a>) {
        let paged = plan.query.limit.is_some() || plan.query.skip.is_some_and(|skip| skip > 0);
        // For one row of the others, its limit is that of the statement.
        let windowed = paged && linked.keys.len() > 1;
        let through = matches!(linked.by, LinkedBy::Through { .. });
        if windowed {
            self.columns(plan.model, plan.columns);
            self.push(if through { ", lb_link_from" } else { "" });
            self.push(" FROM (SELECT ");
        }
        self.columns(plan.model, plan.columns);
        self.push(if through { ", lb_link_from" } else { "" });
        if windowed {
            self.push(", ROW_NUMBER() OVER (PARTITION BY ");
            self.link(plan.model, linked);
            self.push(" ORDER BY ");
            self.within(plan, through);
            let _ = write!(self.text, ") AS {ROW_NUMBER}");
        }
        self.push(" FROM ");
        self.identifier(&plan.model.quoted_table);
        match linked.by {
            LinkedBy::Property { at, discriminator } => {
                self.push(" WHERE ");
                let property = &plan.model.properties[at];
                self.identifier(&property.quoted);
                self.one_of(&property.kind, linked.keys);
                if let Some((discriminator, name)) = discriminator {
                    self.push(" AND ");
                    self.identifier(&plan.model.properties[discriminator].quoted);
                    self.push(" = ");
                    self.text_value(name.to_owned());
                }
                if let Some(condition) = &plan.query.condition {
                    self.push(" AND ");
                    self.condition(plan.model, condition);
                }
            }
            LinkedBy::Through { through, to, condition } => {
                self.push(" INNER JOIN ");
                self.links(through, linked.keys, condition);
                let _ = write!(self.text, " ON {LINK_TO} = ");
                self.identifier(&plan.model.properties[to].quoted);
                if let Some(condition) = &plan.query.condition {
                    self.push(" WHERE ");
                    self.condition(plan.model, condition);
                }
            }
        }
        if windowed {
            let _ = write!(self.text, ") AS lb_rows WHERE {ROW_NUMBER} > {}", plan.query.skip.unwrap_or(0));
            if let Some(limit) = plan.query.limit {
                let _ =
                    write!(self.text, " AND {ROW_NUMBER} <= {}", plan.query.skip.unwrap_or(0).saturating_add(limit));
            }
            self.push(" ORDER BY ");
            self.link(plan.model, linked);
            let _ = write!(self.text, ", {ROW_NUMBER}");
            return;
        }
        self.push(" ORDER BY ");
        // An index on the key gives this order.
        if linked.keys.len() > 1 && !linked.mixed {
            self.link(plan.model, linked);
            self.push(", ");
        }
        self.within(plan, through);
        self.limit(plan.query.limit, plan.query.skip);
    }

    fn link(&mut self, model: &ModelNode, linked: &Linked<'a>) {
        match linked.by {
            LinkedBy::Property { at, .. } => self.identifier(&model.properties[at].quoted),
            LinkedBy::Through { .. } => self.push(LINK_FROM),
        }
    }

    /// The order of the rows that one other is related to: through another model, the order in which they were linked.
    fn within(&mut self, plan: &SelectPlan<'a>, through: bool) {
        self.order_terms(plan.model, plan.query, through.then_some(LINK_ORDER));
    }

    /// The rows of the model between, each pair once.
    fn links(&mut self, through: &Through, keys: &'a [Value], condition: Option<&'a Condition>) {
        let between = through.model();
        let column = |at: usize| &between.properties[at].quoted;
        self.push("(SELECT ");
        self.identifier(column(through.from));
        let _ = write!(self.text, " AS {LINK_FROM}, ");
        self.identifier(column(through.to));
        let _ = write!(self.text, " AS {LINK_TO}, ");
        self.push(if through.unique { "" } else { "MIN(" });
        self.identifier(column(between.id));
        // PostgreSQL has no least UUID; their texts have the same order.
        let uuid = self.backend == Backend::Postgres && between.id_property().kind == Kind::Uuid;
        self.push(if uuid { "::text" } else { "" });
        self.push(if through.unique { "" } else { ")" });
        let _ = write!(self.text, " AS {LINK_ORDER} FROM ");
        self.identifier(&between.quoted_table);
        self.push(" WHERE ");
        self.identifier(column(through.from));
        self.one_of(&between.properties[through.from].kind, keys);
        if let Some((discriminator, name)) = &through.discriminator {
            self.push(" AND ");
            self.identifier(column(*discriminator));
            self.push(" = ");
            self.text_value(name.to_string());
        }
        if let Some(condition) = condition {
            self.push(" AND ");
            self.condition(&between, condition);
        }
        if !through.unique {
            self.push(" GROUP BY ");
            self.identifier(column(through.from));
            self.push(", ");
            self.identifier(column(through.to));
        }
        self.push(") AS lb_links");
    }

    /// `= ?`, or one of many. Many are one argument, so that the text stays the same and is prepared once.
    fn one_of(&mut self, kind: &Kind, keys: &'a [Value]) {
        if let [key] = keys {
            self.push(" = ");
            return self.value(key, ArgKind::from(kind));
        }
        match (self.backend, kind) {
            (Backend::Postgres, Kind::Integer { .. } | Kind::String | Kind::Enum(_) | Kind::Uuid) => {
                self.push(" = ANY(");
                self.text_value(array(keys));
                self.push(match kind {
                    Kind::Integer { .. } => "::bigint[])",
                    Kind::Uuid => "::uuid[])",
                    _ => "::text[])",
                });
            }
            (Backend::Sqlite, Kind::Integer { .. } | Kind::String | Kind::Enum(_)) => {
                self.push(" IN (SELECT value FROM json_each(");
                self.text_value(list(keys));
                self.push("))");
            }
            (Backend::MySql, Kind::Integer { .. } | Kind::String | Kind::Enum(_)) if keys.len() > MAX_PLACEHOLDERS => {
                // MySQL and MariaDB have different collations for text that is compared by its bytes, and mix none.
                self.push(if kind.is_text() { " COLLATE utf8mb4_bin" } else { "" });
                self.push(" IN (SELECT lb_key FROM JSON_TABLE(");
                self.text_value(list(keys));
                self.push(", '$[*]' COLUMNS (lb_key ");
                self.push(if kind.is_text() {
                    "TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS lb_keys)"
                } else {
                    "BIGINT PATH '$')) AS lb_keys)"
                });
            }
            (_, Kind::Uuid) => {
                // Hexadecimal digits are all that a UUID can bring into the text.
                self.push(" IN (");
                for (i, key) in keys.iter().enumerate() {
                    self.push(if i > 0 { ", " } else { "" });
                    match key {
                        Value::Uuid(id) => {
                            let _ = write!(self.text, "x'{}'", id.simple());
                        }
                        _ => self.push("NULL"),
                    }
                }
                self.push(")");
            }
            _ => {
                self.push(" IN (");
                // A few lengths, so that the text repeats and is prepared once: the last key fills the rest.
                let length = keys.len().next_power_of_two();
                let fill = keys.last().into_iter().cycle();
                for (i, key) in keys.iter().chain(fill).take(length).enumerate() {
                    self.push(if i > 0 { ", " } else { "" });
                    self.value(key, ArgKind::from(kind));
                }
                self.push(")");
            }
        }
    }
}

/// `[1,2]`
fn list(keys: &[Value]) -> String {
    let mut out = vec![b'['];
    for (i, key) in keys.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        crate::value::write_json(&mut out, key);
    }
    out.push(b']');
    String::from_utf8(out).unwrap_or_default()
}

/// `{1,2}`, or `{"a","b"}`: PostgreSQL's text of an array.
fn array(keys: &[Value]) -> String {
    let mut out = String::with_capacity(8 * keys.len() + 2);
    out.push('{');
    for (i, key) in keys.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        match key {
            Value::Int(n) => {
                let _ = write!(out, "{n}");
            }
            other => {
                let text = match other.to_json() {
                    Json::String(text) => text,
                    other => other.to_string(),
                };
                out.push('"');
                for c in text.chars() {
                    if matches!(c, '"' | '\\') {
                        out.push('\\');
                    }
                    out.push(c);
                }
                out.push('"');
            }
        }
    }
    out.push('}');
    out
}
