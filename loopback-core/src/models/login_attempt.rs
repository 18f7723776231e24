//! Failed log-ins, counted in the database: a restart does not forget them, and instances share them.

use chrono::{DateTime, Utc};
use loopback_macros::model;

/// How often log-ins of an account, or from an address, have failed. Which one it is is a digest.
#[model(built_in, public = false)]
#[acl(deny, "$everyone")]
pub struct LoginAttempt {
    /// The digest of the account, or of the address.
    #[property(id, sql(length = 64))]
    pub id: String,
    /// Failures within the time that they are remembered.
    pub failures: i64,
    /// The first of them.
    #[property(index)]
    pub since: DateTime<Utc>,
    /// When the next one is looked at.
    pub until: Option<DateTime<Utc>>,
}
