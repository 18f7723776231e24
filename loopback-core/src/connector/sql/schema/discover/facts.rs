//! What the catalog says of tables and columns that a migration does not ask for: names, comments, defaults, primary keys.

use super::super::dialect::Dialect;
use super::super::read::{all, text, yes};
use super::FoundTable;
use crate::error::Result;
use sea_orm::ConnectionTrait;

/// What a migration does not ask of a column.
#[derive(Debug, Default)]
pub(super) struct Fact {
    pub(super) table: String,
    pub(super) column: String,
    /// The expression of the default.
    pub(super) default: Option<String>,
    /// Whether MySQL has computed the default, so that it is no bare text.
    pub(super) expression: bool,
    /// Whether the database counts its values.
    pub(super) counted: bool,
    /// Whether it takes none that it has not counted.
    pub(super) always: bool,
    /// The place in the primary key, from 1; 0: not in it.
    pub(super) key: usize,
    pub(super) comment: String,
    /// Whether a check sees to it that it is JSON: MariaDB's type of that name is text.
    pub(super) json: bool,
}

/// The tables and views of the current schema, by name.
pub(super) async fn tables(db: &impl ConnectionTrait, dialect: Dialect) -> Result<Vec<FoundTable>> {
    let sql = match dialect {
        Dialect::Sqlite => SQLITE_TABLES,
        Dialect::Postgres => POSTGRES_TABLES,
        Dialect::MySql { .. } => MYSQL_TABLES,
    };
    let found = all(db, dialect, sql).await?;
    let table = |row: &sea_orm::QueryResult| {
        let other = match text(row, "kind")?.as_str() {
            "table" => None,
            "virtual" => Some("virtual table"),
            "foreign" => Some("foreign table"),
            _ => Some("view"),
        };
        Ok(FoundTable { name: text(row, "tab")?, other, comment: text(row, "comment")?, ..FoundTable::default() })
    };
    found.iter().map(table).collect()
}

/// The columns of a list of tables.
pub(super) async fn columns(db: &impl ConnectionTrait, dialect: Dialect, names: &str) -> Result<Vec<Fact>> {
    let sql = match dialect {
        Dialect::Sqlite => SQLITE_FACTS,
        Dialect::Postgres => POSTGRES_FACTS,
        Dialect::MySql { .. } => MYSQL_FACTS,
    };
    let mut facts = Vec::new();
    for row in all(db, dialect, &sql.replace("{names}", names)).await? {
        facts.push(Fact {
            table: text(&row, "tab")?,
            column: text(&row, "col")?,
            default: row.try_get("", "default_text")?,
            expression: yes(&row, "is_expression")?,
            counted: yes(&row, "is_counted")?,
            always: yes(&row, "is_always")?,
            key: text(&row, "key_at")?.parse().unwrap_or(0),
            comment: text(&row, "comment")?,
            json: false,
        });
    }
    if matches!(dialect, Dialect::MySql { mariadb: true, .. }) {
        for row in all(db, dialect, MARIADB_JSON).await? {
            let (table, clause) = (text(&row, "tab")?, text(&row, "clause")?);
            let checked =
                |fact: &Fact| clause.eq_ignore_ascii_case(&format!("json_valid({})", dialect.name(&fact.column)));
            for fact in facts.iter_mut().filter(|fact| fact.table == table) {
                fact.json |= checked(fact);
            }
        }
    }
    Ok(facts)
}

const SQLITE_TABLES: &str = r"
SELECT name AS tab, type AS kind, '' AS comment FROM pragma_table_list
WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY name";

/// `INTEGER PRIMARY KEY` counts, unless the table is WITHOUT ROWID.
const SQLITE_FACTS: &str = r#"
SELECT m.name AS tab, c.name AS col, c.dflt_value AS default_text, 'y' AS is_expression,
  CASE WHEN c.pk = 1 AND lower(c.type) = 'integer' AND m.wr = 0
    AND (SELECT count(*) FROM pragma_table_xinfo(m.name) k WHERE k.pk > 0) = 1 THEN 'y' ELSE '' END AS is_counted,
  '' AS is_always, CAST(c.pk AS TEXT) AS key_at, '' AS comment
FROM pragma_table_list m JOIN pragma_table_xinfo(m.name) c
WHERE m.schema = 'main' AND m.type IN ('table', 'view') AND lower(m.name) IN ({names})
ORDER BY m.name, c.cid"#;

/// Partitions are part of their table, and what an extension has made is the extension's.
const POSTGRES_TABLES: &str = "
SELECT c.relname::text AS tab,
  CASE c.relkind WHEN 'f' THEN 'foreign' WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' ELSE 'table' END AS kind,
  COALESCE(obj_description(c.oid, 'pg_class'), '')::text AS comment
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname";

const POSTGRES_FACTS: &str = "
SELECT c.relname::text AS tab, a.attname::text AS col,
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END::text AS default_text, 'y' AS is_expression,
  CASE WHEN a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%' THEN 'y' ELSE '' END AS is_counted,
  CASE WHEN a.attidentity = 'a' THEN 'y' ELSE '' END AS is_always,
  COALESCE(array_position(x.indkey::int2[], a.attnum) + 1, 0)::text AS key_at,
  COALESCE(col_description(c.oid, a.attnum), '')::text AS comment
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_index x ON x.indrelid = c.oid AND x.indisprimary
WHERE n.nspname = current_schema() AND c.relname IN ({names})
ORDER BY c.relname, a.attnum";

const MYSQL_TABLES: &str = "
SELECT CAST(TABLE_NAME AS CHAR) AS tab, IF(TABLE_TYPE LIKE '%VIEW', 'view', 'table') AS kind,
  IF(TABLE_TYPE LIKE '%VIEW', '', CAST(TABLE_COMMENT AS CHAR)) AS comment
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
ORDER BY TABLE_NAME";

/// MariaDB writes every default as an expression, MySQL says which are some.
const MYSQL_FACTS: &str = "
SELECT CAST(c.TABLE_NAME AS CHAR) AS tab, CAST(c.COLUMN_NAME AS CHAR) AS col,
  CAST(c.COLUMN_DEFAULT AS CHAR) AS default_text,
  IF(c.EXTRA LIKE '%DEFAULT_GENERATED%' OR VERSION() LIKE '%MariaDB%', 'y', '') AS is_expression,
  IF(c.EXTRA LIKE '%auto_increment%', 'y', '') AS is_counted, '' AS is_always,
  COALESCE((SELECT CAST(s.SEQ_IN_INDEX AS CHAR) FROM information_schema.STATISTICS s
    WHERE s.TABLE_SCHEMA = c.TABLE_SCHEMA AND s.TABLE_NAME = c.TABLE_NAME AND s.COLUMN_NAME = c.COLUMN_NAME
      AND s.INDEX_NAME = 'PRIMARY'), '0') AS key_at,
  CAST(c.COLUMN_COMMENT AS CHAR) AS comment
FROM information_schema.COLUMNS c
WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME IN ({names})
ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";

const MARIADB_JSON: &str = "
SELECT CAST(TABLE_NAME AS CHAR) AS tab, CAST(CHECK_CLAUSE AS CHAR) AS clause
FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()";
