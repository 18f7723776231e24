//! What the drivers report, as errors that a client may read: no SQL, no values, no names of constraints.

use super::Backend;
use crate::error::Error;
use crate::graph::{IndexNode, ModelNode};
use sea_orm::sqlx;

/// A failure of the database, not yet seen from a model.
#[derive(Debug)]
pub(crate) enum DbFailure {
    /// Two rows would agree where they may not. What the database says about the place.
    Duplicate(String),
    /// A key would refer to no row.
    ForeignKey(BrokenKey),
    /// A column has to have a value, and got none.
    NoValue(NoValue),
    /// The request does not fit the column: text too long, number out of range.
    Unfit(Cause),
    /// Another transaction is in the way; trying again may help.
    Busy(Cause),
    /// No connection in time, or a lost one.
    Unavailable(Cause),
    /// A hook before or after the statement has failed.
    Refused(Error),
    /// Anything else: our fault.
    Other(Cause),
}

/// A foreign key that a write would have broken: that of the row written, or that of a row which refers to it.
///
/// It is the source of the error that a connector answers; the engine, which knows the models, says which key it is.
#[derive(Debug)]
pub(crate) struct BrokenKey {
    /// The constraint's name; SQLite does not tell it.
    pub(crate) constraint: Option<String>,
    cause: Cause,
}

impl std::fmt::Display for BrokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for BrokenKey {}

/// A column that has to have a value and got none: the engine checks what the model asks for, so that the model knows nothing of
/// it. It is the source of the error that a connector answers.
#[derive(Debug)]
pub(crate) struct NoValue {
    pub(crate) column: String,
    cause: Cause,
}

impl std::fmt::Display for NoValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for NoValue {}

/// What the driver said, for the log.
type Cause = Box<dyn std::error::Error + Send + Sync>;

impl From<sqlx::Error> for DbFailure {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(db) = &error else {
            return match error {
                sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => {
                    Self::Unavailable(error.into())
                }
                _ => Self::Other(error.into()),
            };
        };
        if db.is_unique_violation() {
            let place = db.constraint().map_or_else(|| db.message().to_owned(), str::to_owned);
            return Self::Duplicate(place);
        }
        let code = db.code().map(std::borrow::Cow::into_owned).unwrap_or_default();
        // SQLITE_CONSTRAINT_FOREIGNKEY, and SQLITE_CONSTRAINT_TRIGGER: RESTRICT is a trigger inside SQLite.
        #[cfg(feature = "sqlite")]
        if db.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some()
            && (code == "787" || code == "1811" && db.message() == "FOREIGN KEY constraint failed")
        {
            return Self::ForeignKey(BrokenKey { constraint: None, cause: error.into() });
        }
        if let Some(column) = without_value(db.as_ref()) {
            return Self::NoValue(NoValue { column, cause: error.into() });
        }
        // SQLITE_BUSY, SQLITE_LOCKED and their extended codes. A SQLSTATE is a number of another sort.
        #[cfg(feature = "sqlite")]
        if db.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
            let locked = matches!(code.parse::<u32>().map(|code| code & 0xff), Ok(5 | 6));
            return if locked { Self::Busy(error.into()) } else { Self::Other(error.into()) };
        }
        // MySQL gives most errors the SQLSTATE HY000: its number tells them apart.
        match number(db.as_ref()) {
            1205 | 1213 => Self::Busy(error.into()),
            1264 | 1406 => Self::Unfit(error.into()),
            // Too many connections; a shutdown; a connection that was killed, or closed because it lay too long.
            1040 | 1053 | 1927 | 4031 => Self::Unavailable(error.into()),
            1216 | 1217 | 1451 | 1452 => {
                Self::ForeignKey(BrokenKey { constraint: named(db.message()), cause: error.into() })
            }
            _ if is_broken_key(&code) => {
                let constraint = db.constraint().map(str::to_owned);
                Self::ForeignKey(BrokenKey { constraint, cause: error.into() })
            }
            _ => Self::of_state(&code, error.into()),
        }
    }
}

/// Whether the database is not there, or not ready yet: another try may find it.
pub(super) fn is_absence(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(db) => {
            let state = db.code().unwrap_or_default();
            matches!(&*state, "57P03" | "53300") || matches!(number(db.as_ref()), 1040 | 1053)
        }
        _ => false,
    }
}

/// The column that got no value, when that is what was wrong.
fn without_value(db: &dyn sqlx::error::DatabaseError) -> Option<String> {
    // "NOT NULL constraint failed: note.title": SQLITE_CONSTRAINT_NOTNULL.
    #[cfg(feature = "sqlite")]
    if db.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        let place = db.message().rsplit("failed: ").next().filter(|_| db.code().as_deref() == Some("1299"))?;
        return place.rsplit('.').next().map(str::to_owned);
    }
    #[cfg(feature = "postgres")]
    if let Some(db) = db.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return db.column().filter(|_| db.code() == "23502").map(str::to_owned);
    }
    // "Field 'title' doesn't have a default value", "Column 'title' cannot be null".
    let found = matches!(number(db), 1048 | 1364).then(|| db.message().split('\'').nth(1))?;
    found.map(str::to_owned)
}

/// By the SQLSTATE: a foreign key, or the RESTRICT of one, that newer PostgreSQLs tell apart.
fn is_broken_key(state: &str) -> bool {
    matches!(state, "23503" | "23001")
}

/// The name in MySQL's message: "..a foreign key constraint fails (`db`.`product`, CONSTRAINT `name` FOREIGN KEY..".
fn named(message: &str) -> Option<String> {
    let (_, rest) = message.split_once(", CONSTRAINT `")?;
    let (name, _) = rest.split_once("` FOREIGN KEY ")?;
    Some(name.replace("``", "`"))
}

impl DbFailure {
    /// Whether nobody can tell yet what is wrong: it takes another look at the database.
    pub(super) fn is_nameless_key(&self) -> bool {
        matches!(self, Self::ForeignKey(BrokenKey { constraint: None, .. }))
    }

    /// Whether a prepared statement no longer fits the table: somebody has changed the schema meanwhile.
    #[cfg(feature = "postgres")]
    pub(super) fn is_stale_plan(&self) -> bool {
        let Self::Other(error) = self else { return false };
        let db = error.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::as_db_error);
        db.is_some_and(|db| db.code().code() == "0A000" && db.message().contains("cached plan"))
    }

    /// Whether the statement would have had to wait for a lock, where it may not.
    #[cfg(feature = "postgres")]
    pub(super) fn is_locked(&self) -> bool {
        let Self::Busy(error) = self else { return false };
        let code = error.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::code);
        code.is_some_and(|code| code.code() == "55P03")
    }

    /// By the SQLSTATE.
    fn of_state(state: &str, error: Cause) -> Self {
        match state {
            "40001" | "40P01" | "55P03" => Self::Busy(error),
            // Too long for a column, or (54000) for an index; out of range; a NUL character.
            "22001" | "22003" | "22021" | "54000" => Self::Unfit(error),
            // PostgreSQL shuts down, starts up, or has no connection left.
            "57P01" | "57P02" | "57P03" | "53300" => Self::Unavailable(error),
            // Something is wrong with the connection.
            state if state.starts_with("08") => Self::Unavailable(error),
            _ => Self::Other(error),
        }
    }
}

#[cfg(feature = "postgres")]
impl From<tokio_postgres::Error> for DbFailure {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(db) = error.as_db_error() else {
            // Not from the database: the connection is gone, or what we sent was wrong.
            let lost = error.is_closed()
                || std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
            return if lost { Self::Unavailable(error.into()) } else { Self::Other(error.into()) };
        };
        let state = db.code().code().to_owned();
        match db.constraint() {
            _ if state == "23502" && db.column().is_some() => {
                Self::NoValue(NoValue { column: db.column().unwrap_or_default().to_owned(), cause: error.into() })
            }
            Some(constraint) if state == "23505" => Self::Duplicate(constraint.to_owned()),
            Some(constraint) if is_broken_key(&state) => {
                Self::ForeignKey(BrokenKey { constraint: Some(constraint.to_owned()), cause: error.into() })
            }
            _ => Self::of_state(&state, error.into()),
        }
    }
}

#[cfg(feature = "mysql")]
fn number(error: &dyn sqlx::error::DatabaseError) -> u16 {
    error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map_or(0, sqlx::mysql::MySqlDatabaseError::number)
}

#[cfg(not(feature = "mysql"))]
fn number(_: &dyn sqlx::error::DatabaseError) -> u16 {
    0
}

impl From<sea_orm::DbErr> for DbFailure {
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, RuntimeErr};
        match error {
            DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner))
            | DbErr::Conn(RuntimeErr::SqlxError(inner)) => match std::sync::Arc::try_unwrap(inner) {
                Ok(inner) => Self::from(inner),
                Err(shared) => Self::Other(shared.to_string().into()),
            },
            DbErr::ConnectionAcquire(error) => Self::Unavailable(error.into()),
            other => Self::Other(other.into()),
        }
    }
}

impl From<sqlx::error::BoxDynError> for DbFailure {
    fn from(error: sqlx::error::BoxDynError) -> Self {
        Self::Other(error)
    }
}

impl DbFailure {
    /// The error as seen from the model that was written or read.
    pub(crate) fn of(self, model: &ModelNode, backend: Backend) -> Error {
        match self {
            Self::Duplicate(place) => match duplicate(model, &place, backend) {
                Some(index) => Error::not_unique(model, index),
                None => Error::duplicate_id(model),
            },
            Self::Unfit(error) => {
                Error::new(422, format!("a value is too long or too large for its column of {}", model.name))
                    .with_name("ValidationError")
                    .with_source(error)
            }
            other => other.into(),
        }
    }
}

impl std::fmt::Display for DbFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Duplicate(place) => write!(f, "a duplicate of {place}"),
            Self::ForeignKey(key) => key.fmt(f),
            Self::NoValue(column) => column.fmt(f),
            Self::Refused(error) => error.fmt(f),
            Self::Unfit(cause) | Self::Busy(cause) | Self::Unavailable(cause) | Self::Other(cause) => cause.fmt(f),
        }
    }
}

impl From<DbFailure> for Error {
    fn from(failure: DbFailure) -> Self {
        match failure {
            DbFailure::Duplicate(_) => Self::conflict("another row has the same value"),
            DbFailure::ForeignKey(key) => {
                Self::conflict("a key would refer to no row").with_code("FOREIGN_KEY").with_source(key)
            }
            DbFailure::NoValue(column) => Self::internal(column),
            DbFailure::Unfit(error) => Self::new(422, "a value is too long or too large").with_source(error),
            DbFailure::Busy(error) => {
                Self::conflict("another request is changing the same rows; try again").with_source(error)
            }
            DbFailure::Unavailable(error) => Self::unavailable(error),
            DbFailure::Refused(error) => error,
            DbFailure::Other(error) => Self::internal(error),
        }
    }
}

/// The index that was violated; `None`: the primary key.
fn duplicate<'m>(model: &'m ModelNode, place: &str, backend: Backend) -> Option<&'m IndexNode> {
    let unique = || model.indexes.iter().filter(|index| index.unique);
    match backend {
        // "UNIQUE constraint failed: account.login, account.org", or "index 'uq_account_login_org'" with expressions.
        Backend::Sqlite => {
            if let Some(index) = unique().find(|index| place.contains(&format!("'{}'", index.name))) {
                return Some(index);
            }
            let columns: Vec<_> =
                place.rsplit("failed: ").next()?.split(", ").filter_map(|column| column.rsplit('.').next()).collect();
            unique().find(|index| {
                index.scope.is_empty()
                    && index.properties.iter().map(|at| &*model.properties[*at].column).eq(columns.iter().copied())
            })
        }
        Backend::Postgres => unique().find(|index| *index.name == *place),
        // "Duplicate entry 'x' for key 'table.name'": the value comes first and may be anything.
        Backend::MySql => {
            let key = place.rsplit("for key ").next()?.trim_matches('\'').rsplit('.').next()?;
            unique().find(|index| *index.name == *key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn the_constraint_is_read_from_mysqls_message() {
        let message = "Cannot delete or update a parent row: a foreign key constraint fails (`test`.`product`, CONSTRAINT \
                       `fk_``odd` FOREIGN KEY (`category_id`) REFERENCES `category` (`id`))";
        assert_eq!(named(message).as_deref(), Some("fk_`odd"));
        // To who may not see the table MySQL says no more than this.
        assert_eq!(named("Cannot delete or update a parent row: a foreign key constraint fails"), None);
    }
}
