//! Foreign keys: the constraint of a relation as SQL, and the type that a key takes over from what it refers to.
//!
//! | Database | Where the constraint is written |
//! |---|---|
//! | SQLite | with its column: in CREATE TABLE, or where the column is added. It cannot come later |
//! | PostgreSQL, MySQL | ALTER TABLE, when all tables are there: tables may refer to each other in circles |

use super::dialect::Dialect;
use super::read::{Catalog, Column, ForeignKey, Table};
use super::types::is_key;
use crate::graph::{ForeignKeyNode, ModelNode, RelationKind};
use crate::meta::OnDelete;
use std::sync::Arc;

/// How far the type of a key is followed: a key may refer to a property that is a key itself, even in a circle.
const HOPS: usize = 8;

/// What a key takes its type from: the property that it refers to, at the end of the chain when that is a key, too.
pub(super) fn referred(model: &ModelNode, at: usize) -> Option<(Arc<ModelNode>, usize)> {
    let mut found = step(model, at)?;
    for _ in 0..HOPS {
        match step(&found.0, found.1) {
            Some(next) => found = next,
            None => break,
        }
    }
    Some(found)
}

fn step(model: &ModelNode, at: usize) -> Option<(Arc<ModelNode>, usize)> {
    if model.properties[at].sql.sql_type.is_some() {
        return None;
    }
    let mut keys = model
        .relations
        .iter()
        .filter(|relation| relation.kind == RelationKind::BelongsTo && !relation.is_to_any() && relation.from == at);
    let relation = keys.next()?;
    let target = relation.target();
    // Of text that is in no index MySQL makes an unbounded column, which a key cannot have.
    is_key(&target, relation.to).then_some((target, relation.to))
}

/// The type that a column has when another one gets its type word for word: without what makes numbers.
pub(super) fn without_counter(sql_type: &str) -> String {
    let known = [("bigserial", "bigint"), ("smallserial", "smallint"), ("serial", "integer")];
    let found = known.iter().find(|(serial, _)| sql_type.eq_ignore_ascii_case(serial));
    found.map_or(sql_type, |(_, plain)| plain).to_owned()
}

/// What comes after the definition of a column that is a key: in SQLite the constraint, else nothing.
pub(super) fn column_constraint(dialect: Dialect, model: &ModelNode, at: usize) -> String {
    if dialect != Dialect::Sqlite {
        return String::new();
    }
    let keys = model.foreign_keys.iter().filter(|key| key.property == at);
    keys.map(|key| format!(" CONSTRAINT {} {}", dialect.name(&key.name), references(dialect, key))).collect()
}

/// The statements that add the constraints of a model when all tables are there; none on SQLite.
pub fn constraint_statements(dialect: Dialect, model: &ModelNode) -> Vec<String> {
    if dialect == Dialect::Sqlite {
        return Vec::new();
    }
    model.foreign_keys.iter().map(|key| add_constraint(dialect, &model.table, model, key)).collect()
}

/// `ALTER TABLE "product" ADD CONSTRAINT "fk_product_category_id" FOREIGN KEY ..`
pub(super) fn add_constraint(dialect: Dialect, table: &str, model: &ModelNode, key: &ForeignKeyNode) -> String {
    let column = dialect.name(&model.properties[key.property].column);
    format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({column}) {}",
        dialect.name(table),
        dialect.name(&key.name),
        references(dialect, key)
    )
}

pub(super) fn drop_constraint(dialect: Dialect, table: &str, name: &str) -> String {
    let what = if dialect.is_mysql() { "FOREIGN KEY" } else { "CONSTRAINT" };
    format!("ALTER TABLE {} DROP {what} {}", dialect.name(table), dialect.name(name))
}

/// `REFERENCES "category" ("id") ON DELETE RESTRICT`
fn references(dialect: Dialect, key: &ForeignKeyNode) -> String {
    let target = key.target();
    format!(
        "REFERENCES {} ({}) ON DELETE {}",
        dialect.name(&target.table),
        dialect.name(&target.properties[key.to].column),
        words(key.on_delete)
    )
}

/// As SQL has it.
pub(super) fn words(on_delete: OnDelete) -> &'static str {
    match on_delete {
        OnDelete::Restrict => "RESTRICT",
        OnDelete::Cascade => "CASCADE",
        OnDelete::SetNull => "SET NULL",
    }
}

/// The query that counts the rows whose key refers to nothing, as `orphans`.
pub(super) fn count_orphans(dialect: Dialect, model: &ModelNode, key: &ForeignKeyNode) -> String {
    let target = key.target();
    let column = dialect.name(&model.properties[key.property].column);
    format!(
        "SELECT COUNT(*) AS orphans FROM {} AS a WHERE a.{column} IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM {} AS b WHERE b.{} = a.{column})",
        dialect.name(&model.table),
        dialect.name(&target.table),
        dialect.name(&target.properties[key.to].column)
    )
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
