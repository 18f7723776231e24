//! Foreign keys: the constraint of a relation as SQL, and the type that a key takes over from what it refers to.
//!
//! | Database | Where the constraint is written |
//! |---|---|
//! | SQLite | with its column: in CREATE TABLE, or where the column is added. It cannot come later |
//! | PostgreSQL, MySQL | ALTER TABLE, when all tables are there: tables may refer to each other in circles |

use super::dialect::Dialect;
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
