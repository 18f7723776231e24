//! Where the databases differ in SQL.

use std::fmt;

/// A database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// SQLite, bundled.
    Sqlite,
    /// PostgreSQL 12 and up.
    Postgres,
    /// MySQL 8.0.16 and up, or MariaDB 10.6 and up.
    MySql,
}

impl Backend {
    /// The backend of a database URL: `sqlite:`, `postgres:` or `postgresql:`, `mysql:` or `mariadb:`.
    pub fn of_url(url: &str) -> Option<Self> {
        match url.split(':').next()? {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            "mysql" | "mariadb" => Some(Self::MySql),
            _ => None,
        }
    }

    pub(crate) fn sea_orm(self) -> sea_orm::DbBackend {
        match self {
            Self::Sqlite => sea_orm::DbBackend::Sqlite,
            Self::Postgres => sea_orm::DbBackend::Postgres,
            Self::MySql => sea_orm::DbBackend::MySql,
        }
    }

    /// Whether an UPDATE can give the changed rows back.
    pub(crate) fn has_update_returning(self) -> bool {
        self != Self::MySql
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL/MariaDB",
        })
    }
}
