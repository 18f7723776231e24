//! The connections of a data source as those see them who run the app: how many there are, and where they lead.

use super::Backend;
use super::connect::{Pools, SqlConnector};
use sea_orm::sqlx;

/// A pool, as it is now.
pub(crate) struct PoolState {
    /// `write` and `read` of SQLite, `pool` elsewhere, `pipeline` for the shared connections to PostgreSQL.
    pub(crate) name: &'static str,
    /// Connections that are open.
    pub(crate) size: u32,
    /// Those of them that nobody uses.
    pub(crate) idle: usize,
    /// The most there may be.
    pub(crate) max: u32,
}

fn state<DB: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<DB>) -> PoolState {
    let max = pool.options().get_max_connections();
    PoolState { name, size: pool.size(), idle: pool.num_idle(), max }
}

impl SqlConnector {
    /// The pools.
    pub(crate) fn pools(&self) -> Vec<PoolState> {
        match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { read, long, write } => {
                vec![state("write", write), state("read", read), state("long", long)]
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres { pool, pipeline } => {
                let mut pools = vec![state("pool", pool)];
                pools.extend(pipeline.as_ref().map(super::pipeline::Pipeline::state));
                pools
            }
            #[cfg(feature = "mysql")]
            Pools::MySql(pool) => vec![state("pool", pool)],
        }
    }

    /// Closes all connections; those at work when that is done.
    pub(super) async fn close_pools(&self) {
        match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { read, long, write } => {
                read.close().await;
                long.close().await;
                // The last one to go writes the log of the file back into it.
                write.close().await;
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres { pool, .. } => pool.close().await,
            #[cfg(feature = "mysql")]
            Pools::MySql(pool) => pool.close().await,
        }
    }
}

/// A URL for people to see, without user and password, and without options, for those may hold passwords too; the path of a
/// file as it is.
pub(crate) fn shown_url(url: &str) -> String {
    if Backend::of_url(url) == Some(Backend::Sqlite) {
        let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
        return path.split('?').next().unwrap_or_default().to_owned();
    }
    let Some((scheme, rest)) = url.split_once("://") else { return "(no URL)".to_owned() };
    match (rest.rfind('@'), rest.find(['?', '#'])) {
        // A password may hold anything, and where it ends cannot be told then.
        (Some(at), Some(options)) if options < at => format!("{scheme}://(hidden)"),
        (at, options) => {
            let place = &rest[at.map_or(0, |at| at + 1)..options.unwrap_or(rest.len())];
            format!("{scheme}://{place}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shown_url;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://me:se@cret@host:5432/db", "postgres://host:5432/db"),
            ("postgres://me:secret@host/db?sslmode=disable", "postgres://host/db"),
            ("postgres://host/db?user=me&password=secret", "postgres://host/db"),
            ("postgres://host/db?user=me&password=s@cret", "postgres://(hidden)"),
            ("postgres://me:se?cr@et@host/db", "postgres://(hidden)"),
            ("mysql://host/db", "mysql://host/db"),
            ("sqlite://shop.db?mode=rwc", "shop.db"),
            ("sqlite::memory:", ":memory:"),
            ("secret", "(no URL)"),
        ] {
            assert_eq!(super::shown_url(url), shown, "{url}");
            assert!(!shown_url(url).contains("cret"), "{url}");
        }
    }
}
