//! What rules with AUDIT and ALARM have let through.

use chrono::{DateTime, Utc};
use loopback_macros::model;

/// A call that a rule `AUDIT` or `ALARM` has let through. The framework writes them; an app reads them with
/// `AccessLog::find`.
#[model(built_in, public = false, strict = "ignore")]
#[acl(deny, "$everyone")]
pub struct AccessLog {
    /// The id.
    #[property(id, generated)]
    pub id: i64,
    /// When it was.
    #[property(default = now, index)]
    pub created: DateTime<Utc>,
    /// `AUDIT` or `ALARM`.
    pub permission: String,
    /// The model's name.
    pub model: String,
    /// The method's name.
    pub property: String,
    /// The id of the row, as text.
    pub model_id: Option<String>,
    /// The type of the caller; none: nobody had logged in.
    pub principal_type: Option<String>,
    /// The caller's id.
    pub principal_id: Option<String>,
    /// Where the call came from.
    pub address: Option<String>,
}
