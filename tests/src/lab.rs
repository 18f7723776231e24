//! An app of a few models on a scratch database, for the behaviour suite: the same case runs on every database.
//!
//! A case is an `async fn name(lab: Lab)`; [`cases!`](crate::cases) makes of it one test per database, so that a failure
//! is visible by case and database: `crud::postgres::patch_keeps_absent_properties`.

use crate::databases::{Kind, Scratch};
use crate::rest::Rest;
use loopback::meta::ModelDef;
use loopback::prelude::*;
use loopback::sea_orm::{ConnectionTrait, Statement};

/// What the suite runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// SQLite in a file: four readers and a writer.
    SqliteFile,
    /// SQLite in memory: one connection for everything.
    SqliteMemory,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    MySql,
}

impl Database {
    /// A new, empty database; `None`, and a line that says so, when its server is not named.
    pub fn place(self) -> Option<Place> {
        let kind = match self {
            Self::SqliteMemory => return Some(Place { database: self, url: "sqlite::memory:".into(), _scratch: None }),
            Self::SqliteFile => Kind::Sqlite,
            Self::Postgres => Kind::Postgres,
            Self::MySql => Kind::MySql,
        };
        let scratch = kind.scratch()?;
        Some(Place { database: self, url: scratch.url().to_owned(), _scratch: Some(scratch) })
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(self) -> bool {
        matches!(self, Self::SqliteFile | Self::SqliteMemory)
    }
}

/// A database that goes with this value.
#[derive(Debug)]
pub struct Place {
    /// What it is.
    pub database: Database,
    /// What an app connects to.
    pub url: String,
    _scratch: Option<Scratch>,
}

impl Place {
    /// A builder of an app of these models on it, with new tables.
    pub fn builder(&self, models: impl IntoIterator<Item = &'static ModelDef>) -> AppBuilder {
        App::builder().models(models).database_url(&self.url).migrate(Migrate::Recreate)
    }
}

/// An app on a database of its own.
#[derive(Debug)]
pub struct Lab {
    /// The app.
    pub app: App,
    /// A context of it.
    pub ctx: Ctx,
    /// What it runs on.
    pub database: Database,
    /// The URL of that.
    pub url: String,
    rest: Rest,
}

impl Lab {
    /// Its REST API, in this process.
    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// Runs SQL past the framework; `{q}` stands for the quote of names.
    ///
    /// # Panics
    /// The database refuses it.
    pub async fn sql(&self, statement: &str) {
        let statement = statement.replace("{q}", if self.database == Database::MySql { "`" } else { "\"" });
        if let Err(error) = self.ctx.db().execute_unprepared(&statement).await {
            panic!("{statement}: {error}");
        }
    }

    /// The first column of the first row of a query past the framework, as an integer.
    ///
    /// # Panics
    /// The database refuses it, or there is no row.
    pub async fn number(&self, query: &str) -> i64 {
        let db = self.ctx.db();
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), query)).await;
        let row = row.unwrap_or_else(|error| panic!("{query}: {error}"));
        row.and_then(|row| row.try_get_by_index(0).ok()).unwrap_or_else(|| panic!("{query}: no number"))
    }
}

/// Runs a case on a database: with an app of these models, made as `options` say.
///
/// # Panics
/// The app cannot be built, or the case fails.
pub fn run<F: Future<Output = ()>>(
    database: Database,
    models: &[&'static ModelDef],
    options: impl FnOnce(AppBuilder) -> AppBuilder,
    case: impl FnOnce(Lab) -> F,
) {
    run_in(database, async |place: &Place| {
        let app = options(place.builder(models.iter().copied())).build().await;
        let app = app.unwrap_or_else(|error| panic!("the app is not built: {error}"));
        let ctx = app.ctx();
        let rest = Rest::of(&app);
        case(Lab { app, ctx, database, url: place.url.clone(), rest }).await;
    });
}

/// Runs a case that builds its apps itself.
///
/// # Panics
/// The case fails.
pub fn run_in(database: Database, case: impl AsyncFnOnce(&Place)) {
    let Some(place) = database.place() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(case(&place));
}

/// Makes tests of the cases of a module: `cases!(MODELS; a b c)`, one per database, in modules named by the database.
///
/// `cases!(MODELS, |builder| builder.strict(..); a b c)` sets options of the app.
#[macro_export]
macro_rules! cases {
    ($models:expr; $($case:ident)+) => {
        $crate::cases!($models, |builder| builder; $($case)+);
    };
    ($models:expr, $options:expr; $($case:ident)+) => {
        $crate::cases!(@ sqlite SqliteFile $models, $options; $($case)+);
        $crate::cases!(@ memory SqliteMemory $models, $options; $($case)+);
        $crate::cases!(@ postgres Postgres $models, $options; $($case)+);
        $crate::cases!(@ mysql MySql $models, $options; $($case)+);
    };
    (@ $module:ident $database:ident $models:expr, $options:expr; $($case:ident)+) => {
        mod $module {
            use super::*;
            $(
                #[test]
                fn $case() {
                    $crate::lab::run($crate::lab::Database::$database, &$models, $options, super::$case);
                }
            )+
        }
    };
}

/// As [`cases!`](crate::cases), for cases that build their apps themselves: `async fn name(place: &Place)`, on the
/// databases that several apps can share.
#[macro_export]
macro_rules! place_cases {
    ($($case:ident)+) => {
        $crate::place_cases!(@ sqlite SqliteFile; $($case)+);
        $crate::place_cases!(@ postgres Postgres; $($case)+);
        $crate::place_cases!(@ mysql MySql; $($case)+);
    };
    (@ $module:ident $database:ident; $($case:ident)+) => {
        mod $module {
            $(
                #[test]
                fn $case() {
                    $crate::lab::run_in($crate::lab::Database::$database, super::$case);
                }
            )+
        }
    };
}
