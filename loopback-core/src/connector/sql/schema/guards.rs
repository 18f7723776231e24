//! The foreign keys of a model against those that its table has. Pure: no I/O.

use super::defaults::{default_of, has_default};
use super::dialect::Dialect;
use super::foreign_key::{add_constraint, drop_constraint, words};
use super::plan::Plan;
use super::read::{Catalog, Column, ForeignKey, Table};
use super::types::column_type;
use super::{Change, ChangeKind};
use crate::graph::{ForeignKeyNode, ModelNode};

/// Compares the foreign keys of a model.
pub(super) fn foreign_keys(dialect: Dialect, model: &ModelNode, catalog: &Catalog, plan: &mut Plan) {
    for key in &model.foreign_keys {
        ForeignKeys { dialect, model, key, catalog, plan }.compare();
    }
}

/// Compares one foreign key.
struct ForeignKeys<'a> {
    dialect: Dialect,
    model: &'a ModelNode,
    key: &'a ForeignKeyNode,
    catalog: &'a Catalog,
    plan: &'a mut Plan,
}

impl ForeignKeys<'_> {
    /// `Product.category`
    fn relation(&self) -> String {
        format!("{}.{}", self.model.name, self.key.relation)
    }

    fn push(&mut self, kind: ChangeKind, what: String, sql: Vec<String>) {
        self.plan.changes.push(Change { table: self.model.table.to_string(), what, sql, kind });
    }

    fn unguarded(&mut self, why: &str) {
        let line = format!("table `{}`: nothing guards the key of {}: {why}", self.model.table, self.relation());
        self.plan.unguarded.push(line);
    }

    fn compare(mut self) {
        let (dialect, model, key, catalog) = (self.dialect, self.model, self.key, self.catalog);
        let target = key.target();
        let table = catalog.table(dialect, &model.table);
        if table.is_some_and(|table| table.view)
            || catalog.table(dialect, &target.table).is_some_and(|table| table.view)
        {
            return self.unguarded("a view has no foreign keys");
        }
        let guard = table.map_or(Guard::None, |table| guard(dialect, model, key, table));
        if dialect == Dialect::Sqlite {
            // A new table or column has it already.
            let column = &model.properties[key.property].column;
            match (table, guard) {
                (None, _) | (_, Guard::Same) => {}
                (Some(table), Guard::None) if table.column(dialect, column).is_none() => {
                    if table.filled && has_default(&model.properties[key.property]) {
                        self.unguarded("SQLite adds no column with a foreign key and a default to a table with rows");
                    }
                }
                (_, Guard::None) => self.unguarded(
                    "SQLite cannot add a foreign key to a column that is there; a table that is made anew has it",
                ),
                (_, Guard::Namesake(known) | Guard::Other(known)) => self.unguarded(&format!(
                    "its foreign key is ON DELETE {}, not {}, and SQLite cannot change it; a table that is made anew has it",
                    known.on_delete,
                    words(key.on_delete)
                )),
            }
            return;
        }
        let name = &key.name;
        let (what, mut sql) = match guard {
            Guard::Same => return,
            Guard::None => ("is missing".to_owned(), Vec::new()),
            // Nothing but the constraint goes, and it comes back.
            Guard::Namesake(known) => {
                let columns: Vec<_> = known.columns.iter().filter_map(|(_, to)| to.as_deref()).collect();
                let what =
                    format!("refers to {} of `{}` ON DELETE {}", columns.join(", "), known.target, known.on_delete);
                (what, vec![drop_constraint(dialect, &known.table, &known.name)])
            }
            Guard::Other(known) => {
                let what = format!(
                    "the foreign key `{}` is ON DELETE {}, {} needs ON DELETE {}: change one of the two",
                    known.name,
                    known.on_delete,
                    self.relation(),
                    words(key.on_delete)
                );
                return self.push(ChangeKind::Unfit, what, Vec::new());
            }
        };
        let orphans = catalog.orphans.get(&**name).copied().unwrap_or(0);
        if orphans > 0 {
            let column = &model.properties[key.property].column;
            let (rows, have) = if orphans == 1 { ("row", "has") } else { ("rows", "have") };
            let what = format!(
                "the foreign key `{name}` of {} cannot be added: {orphans} {rows} of {} {have} a `{column}` that no {} \
                 has as its `{}`; correct or delete them, or give the relation `foreign_key_constraint = false`",
                self.relation(),
                model.name,
                target.name,
                target.properties[key.to].column
            );
            return self.push(ChangeKind::Unfit, what, Vec::new());
        }
        match self.same_type(&target) {
            Ok(modify) => sql.extend(modify),
            Err(what) => return self.push(ChangeKind::Unfit, what, Vec::new()),
        }
        sql.push(add_constraint(dialect, table.map_or(&*model.table, |table| &table.name), model, key));
        let kind = if sql.len() == 1 { ChangeKind::Add } else { ChangeKind::Unfit };
        self.push(kind, format!("the foreign key `{name}` of {} {what}", self.relation()), sql);
    }

    /// MySQL wants the key and what it refers to to be of one type. Where a table was made by hand, or before there was
    /// a relation, the key's column is changed.
    fn same_type(&self, target: &ModelNode) -> Result<Option<String>, String> {
        let (dialect, model, at) = (self.dialect, self.model, self.key.property);
        if !dialect.is_mysql() {
            return Ok(None);
        }
        let column = |model: &ModelNode, at: usize| {
            let table = self.catalog.table(dialect, &model.table);
            table.and_then(|table| table.column(dialect, &model.properties[at].column)).cloned()
        };
        let (own, other) = (column(model, at), column(target, self.key.to));
        let type_of = |known: &Option<Column>, model: &ModelNode, at: usize| match known {
            Some(column) => column.full_type.clone(),
            None => column_type(dialect, model, at),
        };
        let (has, needs) = (type_of(&own, model, at), type_of(&other, target, self.key.to));
        if comparable(&has) == comparable(&needs) {
            return Ok(None);
        }
        let property = &model.properties[at];
        let name = &property.column;
        if at == model.id || !own.as_ref().is_none_or(|column| can_become(column, &needs)) {
            return Err(format!(
                "column `{name}` is `{has}`, but {} refers to `{}` of `{}`, which is `{needs}`: MySQL wants them equal",
                self.relation(),
                target.properties[self.key.to].column,
                target.table
            ));
        }
        let not_null = own.map_or(property.required, |column| !column.nullable);
        let default = default_of(dialect, property, &needs, None);
        let default = default.map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
        let (table, name) = (dialect.name(&model.table), dialect.name(name));
        let null = if not_null { " NOT NULL" } else { " NULL" };
        Ok(Some(format!("ALTER TABLE {table} MODIFY COLUMN {name} {needs}{null}{default}")))
    }
}

/// What there is already in place of a foreign key.
pub(super) enum Guard<'c> {
    /// A constraint that does what the model asks for.
    Same,
    /// One that has the model's name for it, but leads elsewhere or does something else.
    Namesake(&'c ForeignKey),
    /// One of another name that does something else when the other row goes.
    Other(&'c ForeignKey),
    /// Nothing.
    None,
}

/// A constraint of any name will do.
pub(super) fn guard<'c>(dialect: Dialect, model: &ModelNode, key: &ForeignKeyNode, table: &'c Table) -> Guard<'c> {
    let target = key.target();
    let column = &model.properties[key.property].column;
    let to = &target.properties[key.to].column;
    let mut found = Guard::None;
    for known in &table.foreign_keys {
        let same_place = dialect.same_table(&known.target, &target.table)
            && matches!(&known.columns[..], [(own, other)] if dialect.same_column(own, column)
                // SQLite: without a column it is the primary key.
                && other.as_ref().map_or(key.to == target.id, |other| dialect.same_column(other, to)));
        if same_place && known.on_delete == words(key.on_delete) {
            return Guard::Same;
        }
        if dialect != Dialect::Sqlite && dialect.same_column(&known.name, &key.name) {
            found = Guard::Namesake(known);
        } else if same_place && matches!(found, Guard::None) {
            found = Guard::Other(known);
        }
    }
    found
}

/// The foreign keys that are to be added to columns that are there, so that rows may be in the way.
pub(super) fn late_keys<'m>(dialect: Dialect, model: &'m ModelNode, catalog: &Catalog) -> Vec<&'m ForeignKeyNode> {
    let table_of = |model: &ModelNode, at: usize| {
        let table = catalog.table(dialect, &model.table).filter(|table| !table.view);
        table.filter(|table| table.column(dialect, &model.properties[at].column).is_some())
    };
    let late = |key: &&ForeignKeyNode| {
        let table = table_of(model, key.property).filter(|_| table_of(&key.target(), key.to).is_some());
        table.is_some_and(|table| matches!(guard(dialect, model, key, table), Guard::None | Guard::Namesake(_)))
    };
    if dialect == Dialect::Sqlite { Vec::new() } else { model.foreign_keys.iter().filter(late).collect() }
}

/// The type of a column as MySQL compares it before it takes a foreign key: sizes of numbers count, lengths of text do
/// not, its collation does.
pub(super) fn comparable(full_type: &str) -> String {
    let lower = full_type.to_lowercase();
    if let Some((_, collation)) = lower.split_once(" character set ") {
        return collation.to_owned();
    }
    let is_int = lower.split(['(', ' ']).next().is_some_and(|name| name.ends_with("int"));
    match (is_int, lower.split_once('('), lower.split_once(')')) {
        // The number in brackets is the width of a display.
        (true, Some((name, _)), Some((_, rest))) => format!("{name}{rest}"),
        _ => lower,
    }
}

/// Whether a column of MySQL can be changed to the type of another: a number that gets wider, text of another collation.
/// The values are kept, or MySQL refuses.
pub(super) fn can_become(column: &Column, wanted: &str) -> bool {
    let number = |name: &str| name.split(['(', ' ']).next().is_some_and(|name| name.ends_with("int"));
    let text = |name: &str| name.contains(" character set ");
    let wanted = wanted.to_lowercase();
    let has = column.full_type.to_lowercase();
    !column.computed && (number(&has) && number(&wanted) || text(&has) && text(&wanted))
}
