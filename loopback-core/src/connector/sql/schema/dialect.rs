//! Which SQL a database speaks, and how names and text are quoted in it.

use crate::error::{Error, Result};
use crate::graph::{Kind, ModelNode};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// The SQL of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    MySql {
        /// Whether it is MariaDB: its collations have other names.
        mariadb: bool,
        /// Whether names of tables are compared without regard to case (`lower_case_table_names`).
        fold: bool,
    },
}

impl Dialect {
    /// The dialect of a connection. MySQL is asked for its version, the others are not asked.
    pub(super) async fn of(db: &impl ConnectionTrait) -> Result<Self> {
        match db.get_database_backend() {
            DbBackend::Sqlite => Ok(Self::Sqlite),
            DbBackend::Postgres => Ok(Self::Postgres),
            DbBackend::MySql => {
                let sql = "SELECT CAST(VERSION() AS CHAR) AS version, \
                           CAST(@@lower_case_table_names AS CHAR) AS folding";
                let statement = Statement::from_string(DbBackend::MySql, sql);
                let row = db.query_one_raw(statement).await.map_err(super::unreachable)?;
                let row = row.ok_or_else(|| Error::internal("MySQL does not tell its version"))?;
                let version: String = row.try_get("", "version")?;
                let folding: String = row.try_get("", "folding")?;
                Ok(Self::MySql { mariadb: version.to_lowercase().contains("mariadb"), fold: folding != "0" })
            }
            other => Err(Error::configuration(format!("{other:?} is no database that tables can be made in"))),
        }
    }

    /// SeaORM's name for it.
    pub(super) fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
            Self::MySql { .. } => DbBackend::MySql,
        }
    }

    pub(super) fn is_mysql(self) -> bool {
        matches!(self, Self::MySql { .. })
    }

    /// A name, quoted.
    pub(super) fn name(self, name: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::MySql { .. } => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// Text as a literal.
    pub(super) fn text(self, text: &str) -> String {
        let text = text.replace('\'', "''");
        match self {
            Self::Sqlite => format!("'{text}'"),
            // Without the E form a server with `standard_conforming_strings = off` would read the backslashes.
            Self::Postgres if text.contains('\\') => format!("E'{}'", text.replace('\\', "\\\\")),
            Self::Postgres => format!("'{text}'"),
            Self::MySql { .. } => format!("'{}'", text.replace('\\', "\\\\")),
        }
    }

    /// Bytes as a literal of a binary column.
    pub(super) fn bytes(self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::Sqlite => format!("X'{hex}'"),
            Self::Postgres => format!("decode('{hex}', 'hex')"),
            Self::MySql { .. } => format!("UNHEX('{hex}')"),
        }
    }

    /// What makes a text column compare by code point.
    pub(super) fn text_collation(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " COLLATE \"C\"",
            Self::MySql { mariadb: true, .. } => " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
            Self::MySql { mariadb: false, .. } => " CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin",
        }
    }

    /// Whether two names of columns are the same to the database.
    pub(super) fn same_column(self, one: &str, other: &str) -> bool {
        one == other || (self != Self::Postgres && one.eq_ignore_ascii_case(other))
    }

    /// Whether two names of tables are the same to the database.
    pub(super) fn same_table(self, one: &str, other: &str) -> bool {
        let folds = matches!(self, Self::Sqlite | Self::MySql { fold: true, .. });
        one == other || (folds && one.eq_ignore_ascii_case(other))
    }

    /// Whether ids of the model come from the table [`SEQUENCES`](super::SEQUENCES).
    ///
    /// In LoopBack on PostgreSQL an id that a client gives does not move the sequence. PostgreSQL's identity columns
    /// do so by themselves; the counters of SQLite and MySQL follow every id.
    pub(super) fn needs_sequence(self, model: &ModelNode) -> bool {
        self != Self::Postgres && !model.force_id && has_generated_number(model)
    }
}

/// Whether the id is a number that the database makes.
pub(super) fn has_generated_number(model: &ModelNode) -> bool {
    let id = model.id_property();
    id.generated && matches!(id.kind, Kind::Integer { .. })
}
