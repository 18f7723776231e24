//! Indexes, and the trick that makes the NULLs of a scope equal.
//!
//! In a unique index every NULL differs from every other. That is right for the property itself, which may be absent
//! many times, and wrong for its scope: two rows without a `city` are in the same city. So each column of a scope is
//! two parts of the index: whether it is NULL, and its value with something in the place of NULL.
//! SQLite and PostgreSQL index such expressions; MySQL indexes hidden columns that compute them.

use super::dialect::Dialect;
use super::types::column_type;
use crate::graph::{IndexNode, Kind, ModelNode, PropertyNode};

/// The name of an index's part in the catalog; `None` for an expression.
pub(super) fn shape(dialect: Dialect, model: &ModelNode, index: &IndexNode) -> Vec<Option<String>> {
    let column = |at: &usize| model.properties[*at].column.to_string();
    let mut shape: Vec<_> = index.properties.iter().map(|at| Some(column(at))).collect();
    for at in &index.scope {
        if dialect.is_mysql() {
            shape.extend(hidden_names(&column(at)).map(Some));
        } else {
            shape.extend([None, None]);
        }
    }
    shape
}

/// `CREATE UNIQUE INDEX ..`. On MySQL the hidden columns must be there.
pub(super) fn create_index(dialect: Dialect, model: &ModelNode, index: &IndexNode) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let (name, table) = (dialect.name(&index.name), dialect.name(&model.table));
    format!("CREATE {unique}INDEX {name} ON {table} ({})", parts(dialect, model, index))
}

/// An index as a part of MySQL's CREATE TABLE, which is faster than a statement of its own.
pub(super) fn inline_index(dialect: Dialect, model: &ModelNode, index: &IndexNode) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("{unique}INDEX {} ({})", dialect.name(&index.name), parts(dialect, model, index))
}

fn parts(dialect: Dialect, model: &ModelNode, index: &IndexNode) -> String {
    let own = index.properties.iter().map(|at| {
        let property = &model.properties[*at];
        let name = dialect.name(&property.column);
        let unbounded = property.kind == Kind::Bytes || property.kind.is_json();
        // A prefix serves a search; for uniqueness it would be wrong, and MySQL says so.
        if dialect.is_mysql() && unbounded && !index.unique { format!("{name}(255)") } else { name }
    });
    let scope = index.scope.iter().flat_map(|at| {
        let property = &model.properties[*at];
        if dialect.is_mysql() {
            return hidden_names(&property.column).map(|name| dialect.name(&name));
        }
        let name = dialect.name(&property.column);
        // An expression does not inherit the collation of its column.
        let collation = match (dialect, &property.kind) {
            (Dialect::Sqlite, Kind::Decimal { .. }) => " COLLATE decimal",
            _ => "",
        };
        [format!("({name} IS NULL)"), format!("COALESCE({name}, {}){collation}", zero(dialect, property))]
    });
    own.chain(scope).collect::<Vec<_>>().join(", ")
}

/// The hidden columns that an index needs on MySQL: names and definitions.
pub(super) fn hidden_columns(dialect: Dialect, model: &ModelNode, index: &IndexNode) -> Vec<(String, String)> {
    if !dialect.is_mysql() {
        return Vec::new();
    }
    let mut columns = Vec::new();
    for at in &index.scope {
        let property = &model.properties[*at];
        let [is_null, value] = hidden_names(&property.column);
        let (column, zero) = (dialect.name(&property.column), zero(dialect, property));
        let (sql_type, expression) = match property.kind {
            // No index holds these whole.
            Kind::Bytes | Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => {
                ("char(64) CHARACTER SET ascii".to_owned(), format!("SHA2(COALESCE({column}, {zero}), 256)"))
            }
            _ => (column_type(dialect, model, *at), format!("COALESCE({column}, {zero})")),
        };
        for (name, sql_type, expression) in
            [(is_null, "boolean".to_owned(), format!("{column} IS NULL")), (value, sql_type, expression)]
        {
            let definition = format!("{} {sql_type} AS ({expression}) VIRTUAL INVISIBLE", dialect.name(&name));
            columns.push((name, definition));
        }
    }
    columns
}

/// `lb_city_null` and `lb_city_val`.
fn hidden_names(column: &str) -> [String; 2] {
    // MySQL's names have 64 characters; a hash keeps long ones apart.
    let middle = if column.len() <= 55 {
        column.to_owned()
    } else {
        let hash = column
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{}_{hash:016x}", column.chars().take(30).collect::<String>())
    };
    [format!("lb_{middle}_null"), format!("lb_{middle}_val")]
}

/// Any value of the property's type, to stand for NULL; the part before it in the index keeps the two apart.
fn zero(dialect: Dialect, property: &PropertyNode) -> &'static str {
    let (sqlite, postgres, mysql) = match property.kind {
        Kind::String | Kind::Enum(_) => ("''", "''", "''"),
        Kind::Integer { .. } | Kind::Number => ("0", "0", "0"),
        Kind::Boolean => ("0", "false", "0"),
        // A cast from text depends on settings of the session, a cast from a literal does not: it is done once.
        Kind::DateTime => ("''", "'epoch'::timestamptz", "TIMESTAMP'1970-01-01 00:00:00'"),
        Kind::Date => ("''", "'1970-01-01'::date", "DATE'1970-01-01'"),
        Kind::Decimal { .. } => ("'0'", "0", "0"),
        Kind::Uuid => ("X''", "'00000000-0000-0000-0000-000000000000'::uuid", "X'00000000000000000000000000000000'"),
        Kind::Bytes => ("X''", "''::bytea", "''"),
        Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => ("''", "'null'::jsonb", "''"),
    };
    match dialect {
        Dialect::Sqlite => sqlite,
        Dialect::Postgres => postgres,
        Dialect::MySql { .. } => mysql,
    }
}
