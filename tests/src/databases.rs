//! Scratch databases: every server under test has one of its own, and it goes away with the test.
//!
//! SQLite is always there. PostgreSQL and MySQL (or MariaDB) are tested when `POSTGRES_URL` or `MYSQL_URL` name a server
//! on which databases can be created: `postgres://root@127.0.0.1:5432/test`, `mysql://root@127.0.0.1:3306/test`.
//! The database in the URL is only connected to, never written to.

use loopback::sea_orm::{ConnectOptions, ConnectionTrait, Database};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A kind of database that the framework supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SQLite, a file.
    Sqlite,
    /// PostgreSQL, the server of `POSTGRES_URL`.
    Postgres,
    /// MySQL or MariaDB, the server of `MYSQL_URL`.
    MySql,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MySql];

    /// Its name in lower case, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }

    /// A new, empty database. `None`, and a line that says so, when no server of this kind is named.
    ///
    /// # Panics
    /// There is a server, but the database cannot be made.
    pub fn scratch(self) -> Option<Scratch> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        // What a run that was killed has left behind may be of a process with the same id.
        static BEGUN: LazyLock<u32> = LazyLock::new(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.map_or(0, |now| now.subsec_nanos())
        });
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let name = format!("lb_conf_{process}_{:x}_{number}", *BEGUN);
        let variable = match self {
            Self::Sqlite => {
                let folder = std::env::temp_dir().join(name);
                std::fs::create_dir_all(&folder).expect("a folder for the SQLite file");
                let url = format!("sqlite://{}?mode=rwc", folder.join("test.sqlite").display());
                return Some(Scratch { kind: self, url, cleanup: Cleanup::Folder(folder) });
            }
            Self::Postgres => "POSTGRES_URL",
            Self::MySql => "MYSQL_URL",
        };
        let Some(server) = std::env::var(variable).ok().filter(|url| !url.is_empty()) else {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            crate::say(&format!("skipped: {variable} is not set ({test})"));
            return None;
        };
        // MySQL needs the character set said: on an older server the default cannot hold every character.
        let (create, drop) = match self {
            Self::MySql => (format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"), format!("DROP DATABASE {name}")),
            // A server that was just killed may not have been disconnected yet.
            _ => (format!("CREATE DATABASE {name}"), format!("DROP DATABASE {name} WITH (FORCE)")),
        };
        execute(&server, &create).expect("a scratch database");
        Some(Scratch { kind: self, url: with_database(&server, &name), cleanup: Cleanup::Statement { server, drop } })
    }
}

/// A database that exists as long as this value does.
#[derive(Debug)]
pub struct Scratch {
    kind: Kind,
    url: String,
    cleanup: Cleanup,
}

#[derive(Debug)]
enum Cleanup {
    Folder(PathBuf),
    Statement { server: String, drop: String },
}

impl Scratch {
    /// What `DATABASE_URL` has to be to use it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Runs a statement in it, past the framework.
    ///
    /// # Panics
    /// The statement fails.
    pub fn execute(&self, statement: &str) {
        if let Err(error) = execute(&self.url, statement) {
            panic!("{statement}: {error}");
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let result = match &self.cleanup {
            Cleanup::Folder(folder) => std::fs::remove_dir_all(folder).map_err(|error| error.to_string()),
            Cleanup::Statement { server, drop } => execute(server, drop),
        };
        // A database left behind does no harm, and a panic here would hide why the test failed.
        if let Err(error) = result {
            crate::say(&format!("could not remove a scratch database: {error}"));
        }
    }
}

/// The URL of another database on the same server.
fn with_database(server: &str, name: &str) -> String {
    let (rest, query) = server.split_once('?').map_or((server, None), |(rest, query)| (rest, Some(query)));
    let host = rest.find("://").map_or(0, |at| at + 3);
    let end = rest[host..].find('/').map_or(rest.len(), |at| host + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &rest[..end])
}

/// Runs one statement on a connection of its own. On a thread of its own as well, so that it does not matter whether
/// the caller is inside an async runtime.
fn execute(url: &str, statement: &str) -> Result<(), String> {
    let (url, statement) = (url.to_owned(), statement.to_owned());
    let work = async move {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await?;
        connection.execute_unprepared(&statement).await?;
        connection.close().await
    };
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        runtime.block_on(work).map_err(|error| error.to_string())
    });
    thread.join().unwrap_or_else(|_| Err("the database client panicked".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_database_of_a_url_is_replaced() {
        assert_eq!(with_database("postgres://root@127.0.0.1:5432/test", "x"), "postgres://root@127.0.0.1:5432/x");
        assert_eq!(with_database("mysql://root:a@h:1", "x"), "mysql://root:a@h:1/x");
        assert_eq!(with_database("postgres://h/test?sslmode=disable", "x"), "postgres://h/x?sslmode=disable");
    }
}
