//! What the database has: one query for all columns, one for all indexes, whatever the number of models.

use super::SEQUENCES;
use super::dialect::Dialect;
use super::foreign_key::count_orphans;
use super::unreachable;
use crate::error::Result;
use crate::graph::{ForeignKeyNode, ModelNode};
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The tables of the current schema that have names of ours.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    pub(super) tables: Vec<Table>,
    /// The tables that have a row in the sequences.
    pub(super) sequences: HashSet<String>,
    /// By the name of a foreign key that is missing, how many rows would break it; known only where it was asked.
    pub(super) orphans: HashMap<String, i64>,
}

/// A table or view.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) name: String,
    /// Whether it is a view or another server's table: it has no indexes of ours, and is not altered.
    pub(super) view: bool,
    pub(super) columns: Vec<Column>,
    /// The indexes, the primary key included.
    pub(super) indexes: Vec<Index>,
    /// The foreign keys, by which its rows refer to others. Read only when a model has some.
    pub(super) foreign_keys: Vec<ForeignKey>,
    /// Whether it has rows; known only where it was asked.
    pub(super) filled: bool,
}

/// A column.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    pub(super) name: String,
    /// The type's name alone, in lower case: `varchar`.
    pub(super) type_name: String,
    /// The type as the database writes it: `character varying(80)`.
    pub(super) full_type: String,
    pub(super) nullable: bool,
    /// Whether a row gets a value that names none: a default, an identity, AUTO_INCREMENT.
    pub(super) has_default: bool,
    /// Whether it is computed from other columns.
    pub(super) computed: bool,
    /// Its place in SQLite's primary key, from 1; 0: not in it.
    pub(super) key: usize,
}

/// An index.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) unique: bool,
    /// Whether it has all rows and works: it is neither partial nor broken.
    pub(super) whole: bool,
    /// The columns; `None`: an expression, or the beginning of a column.
    pub(super) columns: Vec<Option<String>>,
    /// The statement that made it; SQLite only.
    pub(super) sql: Option<String>,
}

/// A foreign key.
#[derive(Debug, Default)]
pub(super) struct ForeignKey {
    /// The table that refers; with its schema when that is not the current one.
    pub(super) table: String,
    /// Its name; a number in SQLite, which does not tell it.
    pub(super) name: String,
    /// The table that it refers to; with its schema when that is not the current one.
    pub(super) target: String,
    /// The columns that refer, and those that they refer to; `None`: SQLite was told none, so it is the primary key.
    pub(super) columns: Vec<(String, Option<String>)>,
    /// What becomes of the row when the other goes, in SQL's words. What differs from RESTRICT only in a transaction that
    /// defers it is RESTRICT here.
    pub(super) on_delete: String,
}

impl Catalog {
    pub(super) fn table(&self, dialect: Dialect, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| dialect.same_table(&table.name, name))
    }

    pub(super) fn table_mut(&mut self, dialect: Dialect, name: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| dialect.same_table(&table.name, name))
    }
}

impl Table {
    pub(super) fn column(&self, dialect: Dialect, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| dialect.same_column(&column.name, name))
    }
}

/// Reads the tables of the models.
pub(super) async fn catalog(db: &impl ConnectionTrait, dialect: Dialect, models: &[Arc<ModelNode>]) -> Result<Catalog> {
    let mut catalog = Catalog::default();
    if models.is_empty() {
        return Ok(catalog);
    }
    let sequences = models.iter().any(|model| dialect.needs_sequence(model));
    let names = quoted(dialect, models.iter().map(|model| &*model.table).chain(sequences.then_some(SEQUENCES)));
    catalog.tables = tables(db, dialect, &names).await?;
    if catalog.tables.is_empty() {
        return Ok(catalog);
    }
    if models.iter().any(|model| !model.foreign_keys.is_empty()) {
        for key in foreign_keys(db, dialect, models).await? {
            if let Some(table) = catalog.tables.iter_mut().find(|table| table.name == key.table) {
                table.foreign_keys.push(key);
            }
        }
    }
    if sequences && catalog.table(dialect, SEQUENCES).is_some() {
        catalog.sequences = sequenced(db, dialect).await?;
    }
    Ok(catalog)
}

/// The tables that have a row in the sequences, which are there.
pub(super) async fn sequenced(db: &impl ConnectionTrait, dialect: Dialect) -> Result<HashSet<String>> {
    let sql = format!("SELECT name AS tab FROM {}", dialect.name(SEQUENCES));
    all(db, dialect, &sql).await?.iter().map(|row| text(row, "tab")).collect()
}

/// The tables of a list of names, as [`quoted`] makes it, without their foreign keys.
pub(super) async fn tables(db: &impl ConnectionTrait, dialect: Dialect, names: &str) -> Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    let (columns, indexes) = match dialect {
        Dialect::Sqlite => (SQLITE_COLUMNS, SQLITE_INDEXES),
        Dialect::Postgres => (POSTGRES_COLUMNS, POSTGRES_INDEXES),
        Dialect::MySql { .. } => (MYSQL_COLUMNS, MYSQL_INDEXES),
    };
    for row in all(db, dialect, &columns.replace("{names}", names)).await? {
        let name = text(&row, "tab")?;
        let column = column(dialect, &row)?;
        // MySQL sorts without regard to case: the rows of `Shop` and `shop` may be mixed.
        match tables.iter_mut().rfind(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => {
                let view = yes(&row, "is_view")?;
                tables.push(Table { name, view, columns: vec![column], ..Table::default() });
            }
        }
    }
    if tables.is_empty() {
        return Ok(tables);
    }
    for row in all(db, dialect, &indexes.replace("{names}", names)).await? {
        let (table, name) = (text(&row, "tab")?, text(&row, "idx")?);
        let Some(table) = tables.iter_mut().find(|known| known.name == table) else { continue };
        let column: Option<String> = row.try_get("", "col")?;
        match table.indexes.iter_mut().rfind(|index| index.name == name) {
            Some(index) => index.columns.push(column),
            None => {
                let (unique, whole) = (yes(&row, "is_unique")?, yes(&row, "is_whole")?);
                table.indexes.push(Index { name, unique, whole, columns: vec![column], sql: row.try_get("", "ddl")? });
            }
        }
    }
    if dialect == Dialect::Sqlite {
        tables.iter_mut().for_each(rowid_key);
    }
    Ok(tables)
}

/// The foreign keys of the tables of the models, and those of other tables that refer to them.
pub(super) async fn foreign_keys(
    db: &impl ConnectionTrait,
    dialect: Dialect,
    models: &[Arc<ModelNode>],
) -> Result<Vec<ForeignKey>> {
    if models.is_empty() {
        return Ok(Vec::new());
    }
    keys_of(db, dialect, &quoted(dialect, models.iter().map(|model| &*model.table))).await
}

/// The foreign keys of the tables of a list of names, as [`quoted`] makes it, and those that refer to them.
pub(super) async fn keys_of(db: &impl ConnectionTrait, dialect: Dialect, names: &str) -> Result<Vec<ForeignKey>> {
    let mut keys: Vec<ForeignKey> = Vec::new();
    let sql = match dialect {
        Dialect::Sqlite => SQLITE_FOREIGN_KEYS,
        Dialect::Postgres => POSTGRES_FOREIGN_KEYS,
        Dialect::MySql { .. } => MYSQL_FOREIGN_KEYS,
    };
    for row in all(db, dialect, &sql.replace("{names}", names)).await? {
        let (table, name) = (text(&row, "tab")?, text(&row, "fk")?);
        let column = (text(&row, "col")?, row.try_get("", "target_col")?);
        match keys.iter_mut().rfind(|key| key.table == table && key.name == name) {
            Some(key) => key.columns.push(column),
            None => {
                let target = text(&row, "target")?;
                let on_delete = match text(&row, "action")?.as_str() {
                    "a" | "r" | "NO ACTION" => "RESTRICT".to_owned(),
                    "c" => "CASCADE".to_owned(),
                    "n" => "SET NULL".to_owned(),
                    "d" => "SET DEFAULT".to_owned(),
                    other => other.to_uppercase(),
                };
                keys.push(ForeignKey { table, name, target, columns: vec![column], on_delete });
            }
        }
    }
    Ok(keys)
}

/// Names of tables as literals of a list.
pub(super) fn quoted<'n>(dialect: Dialect, names: impl Iterator<Item = &'n str>) -> String {
    let names = names.map(|name| match dialect {
        Dialect::Sqlite => dialect.text(&name.to_ascii_lowercase()),
        _ => dialect.text(name),
    });
    names.collect::<Vec<_>>().join(", ")
}

/// The number of rows whose key refers to nothing.
pub(super) async fn orphans(
    db: &impl ConnectionTrait,
    dialect: Dialect,
    model: &ModelNode,
    key: &ForeignKeyNode,
) -> Result<i64> {
    let row = all(db, dialect, &count_orphans(dialect, model, key)).await?.pop();
    Ok(row.map(|row| row.try_get("", "orphans")).transpose()?.unwrap_or(0))
}

/// Whether a table has a row.
pub(super) async fn has_rows(db: &impl ConnectionTrait, dialect: Dialect, table: &str) -> Result<bool> {
    let sql = format!("SELECT 1 FROM {} LIMIT 1", dialect.name(table));
    Ok(!all(db, dialect, &sql).await?.is_empty())
}

pub(super) async fn all(db: &impl ConnectionTrait, dialect: Dialect, sql: &str) -> Result<Vec<QueryResult>> {
    db.query_all_raw(Statement::from_string(dialect.backend(), sql)).await.map_err(unreachable)
}

pub(super) fn text(row: &QueryResult, column: &str) -> Result<String> {
    Ok(row.try_get("", column)?)
}

pub(super) fn yes(row: &QueryResult, column: &str) -> Result<bool> {
    Ok(text(row, column)? == "y")
}

fn column(dialect: Dialect, row: &QueryResult) -> Result<Column> {
    let full_type = text(row, "full_type")?;
    let type_name = match dialect {
        // SQLite has the declared words only.
        Dialect::Sqlite => full_type.split('(').next().unwrap_or_default().trim().to_lowercase(),
        _ => text(row, "type_name")?.to_lowercase(),
    };
    Ok(Column {
        name: text(row, "col")?,
        type_name,
        full_type,
        nullable: yes(row, "is_nullable")?,
        has_default: yes(row, "has_default")?,
        computed: yes(row, "is_computed")?,
        key: text(row, "key_at")?.parse().unwrap_or(0),
    })
}

/// `INTEGER PRIMARY KEY` is SQLite's row number: it has no index, and a value of its own.
fn rowid_key(table: &mut Table) {
    let mut keys: Vec<_> = table.columns.iter_mut().filter(|column| column.key > 0).collect();
    if let [key] = keys.as_mut_slice()
        && key.type_name == "integer"
    {
        key.has_default = true;
        let columns = vec![Some(key.name.clone())];
        table.indexes.push(Index { unique: true, whole: true, columns, ..Index::default() });
    }
}

const SQLITE_COLUMNS: &str = r#"
SELECT m.name AS tab, CASE m.type WHEN 'view' THEN 'y' ELSE '' END AS is_view, c.name AS col,
  c.type AS full_type, CASE c."notnull" WHEN 0 THEN 'y' ELSE '' END AS is_nullable,
  CASE WHEN c.dflt_value IS NULL OR upper(c.dflt_value) = 'NULL' THEN '' ELSE 'y' END AS has_default,
  CASE WHEN c.hidden IN (2, 3) THEN 'y' ELSE '' END AS is_computed, CAST(c.pk AS TEXT) AS key_at
FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c
WHERE m.type IN ('table', 'view') AND lower(m.name) IN ({names})
ORDER BY m.name, c.cid"#;

const SQLITE_INDEXES: &str = r#"
SELECT m.name AS tab, l.name AS idx, CASE l."unique" WHEN 0 THEN '' ELSE 'y' END AS is_unique,
  CASE l.partial WHEN 0 THEN 'y' ELSE '' END AS is_whole, i.name AS col, s.sql AS ddl
FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i
LEFT JOIN sqlite_master s ON s.type = 'index' AND s.name = l.name
WHERE m.type = 'table' AND lower(m.name) IN ({names})
ORDER BY m.name, l.name, i.seqno"#;

const POSTGRES_COLUMNS: &str = "
SELECT c.relname::text AS tab, CASE WHEN c.relkind IN ('v', 'm', 'f') THEN 'y' ELSE '' END AS is_view,
  a.attname::text AS col, COALESCE(b.typname, t.typname)::text AS type_name,
  format_type(COALESCE(b.oid, t.oid), CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END) AS full_type,
  CASE WHEN a.attnotnull OR t.typnotnull THEN '' ELSE 'y' END AS is_nullable,
  CASE WHEN a.atthasdef OR a.attidentity <> '' THEN 'y' ELSE '' END AS has_default,
  CASE WHEN a.attgenerated <> '' THEN 'y' ELSE '' END AS is_computed, '0' AS key_at
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relname IN ({names})
ORDER BY c.relname, a.attnum";

const POSTGRES_INDEXES: &str = "
SELECT c.relname::text AS tab, i.relname::text AS idx,
  CASE WHEN x.indisunique THEN 'y' ELSE '' END AS is_unique,
  CASE WHEN x.indisvalid AND x.indpred IS NULL AND m.amname = 'btree' THEN 'y' ELSE '' END AS is_whole,
  a.attname::text AS col, NULL::text AS ddl
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = i.relam
CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum AND k.attnum > 0
WHERE n.nspname = current_schema() AND c.relname IN ({names}) AND k.at <= x.indnkeyatts
ORDER BY c.relname, i.relname, k.at";

/// The casts are for MySQL 8, whose catalog answers some text as bytes. MariaDB writes the default NULL as text.
const MYSQL_COLUMNS: &str = "
SELECT CAST(c.TABLE_NAME AS CHAR) AS tab, IF(t.TABLE_TYPE LIKE '%VIEW', 'y', '') AS is_view,
  CAST(c.COLUMN_NAME AS CHAR) AS col, CAST(c.DATA_TYPE AS CHAR) AS type_name,
  CONCAT(CAST(c.COLUMN_TYPE AS CHAR), IF(c.CHARACTER_SET_NAME IS NULL, '',
    CONCAT(' CHARACTER SET ', CAST(c.CHARACTER_SET_NAME AS CHAR), ' COLLATE ', CAST(c.COLLATION_NAME AS CHAR)))
  ) AS full_type,
  IF(c.IS_NULLABLE = 'YES', 'y', '') AS is_nullable,
  IF((c.COLUMN_DEFAULT IS NULL OR c.COLUMN_DEFAULT = 'NULL') AND c.EXTRA NOT LIKE '%auto_increment%', '', 'y')
    AS has_default,
  IF(COALESCE(CAST(c.GENERATION_EXPRESSION AS CHAR), '') <> '', 'y', '') AS is_computed, '0' AS key_at
FROM information_schema.COLUMNS c
JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME IN ({names})
ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";

const MYSQL_INDEXES: &str = "
SELECT CAST(TABLE_NAME AS CHAR) AS tab, CAST(INDEX_NAME AS CHAR) AS idx, IF(NON_UNIQUE = 0, 'y', '') AS is_unique,
  IF(INDEX_TYPE IN ('BTREE', 'HASH'), 'y', '') AS is_whole,
  IF(SUB_PART IS NULL OR NON_UNIQUE = 1, CAST(COLUMN_NAME AS CHAR), NULL) AS col, CAST(NULL AS CHAR) AS ddl
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ({names})
ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX";

const SQLITE_FOREIGN_KEYS: &str = r#"
SELECT m.name AS tab, CAST(f.id AS TEXT) AS fk, f."from" AS col, f."table" AS target, f."to" AS target_col,
  f.on_delete AS action
FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
WHERE m.type = 'table' AND (lower(m.name) IN ({names}) OR lower(f."table") IN ({names}))
ORDER BY m.name, f.id, f.seq"#;

const POSTGRES_FOREIGN_KEYS: &str = "
SELECT CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END || c.relname AS tab,
  o.conname::text AS fk, a.attname::text AS col,
  CASE WHEN s.nspname = current_schema() THEN '' ELSE s.nspname || '.' END || t.relname AS target,
  b.attname::text AS target_col, o.confdeltype::text AS action
FROM pg_catalog.pg_constraint o
JOIN pg_catalog.pg_class c ON c.oid = o.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class t ON t.oid = o.confrelid
JOIN pg_catalog.pg_namespace s ON s.oid = t.relnamespace
CROSS JOIN LATERAL unnest(o.conkey, o.confkey) WITH ORDINALITY AS k(own, other, at)
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.own
JOIN pg_catalog.pg_attribute b ON b.attrelid = t.oid AND b.attnum = k.other
WHERE o.contype = 'f' AND (n.nspname = current_schema() AND c.relname IN ({names})
  OR s.nspname = current_schema() AND t.relname IN ({names}))
ORDER BY n.nspname, c.relname, o.conname, k.at";

const MYSQL_FOREIGN_KEYS: &str = "
SELECT CAST(k.TABLE_NAME AS CHAR) AS tab, CAST(k.CONSTRAINT_NAME AS CHAR) AS fk, CAST(k.COLUMN_NAME AS CHAR) AS col,
  CAST(k.REFERENCED_TABLE_NAME AS CHAR) AS target, CAST(k.REFERENCED_COLUMN_NAME AS CHAR) AS target_col,
  CAST(r.DELETE_RULE AS CHAR) AS action
FROM information_schema.KEY_COLUMN_USAGE k
JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA
  AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
WHERE k.TABLE_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_SCHEMA = DATABASE()
  AND (k.TABLE_NAME IN ({names}) OR k.REFERENCED_TABLE_NAME IN ({names}))
ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION";
