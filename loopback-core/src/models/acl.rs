//! Rules of access control that are rows: they hold beside those of the attributes, from when they are written.

use loopback_macros::model;

/// A rule of access control, LoopBack's `ACL`. Empty or `*`: it is about all.
///
/// `{"model": "Order", "property": "find", "accessType": "READ", "permission": "ALLOW", "principalType": "ROLE",
/// "principalId": "auditor"}`. The permission is one of `ALLOW`, `ALARM`, `AUDIT`, `DENY`, the principal type of `ROLE`,
/// `USER`, `APP`, or the name of a model of users. A rule that cannot be understood is logged, and not heard.
#[model(built_in, public = false, plural = "ACLs")]
#[acl(deny, "$everyone")]
pub struct Acl {
    /// The id.
    #[property(id, generated)]
    pub id: i64,
    /// The model's name.
    #[property(index)]
    pub model: Option<String>,
    /// The method's name.
    pub property: Option<String>,
    /// `READ`, `WRITE`, `EXECUTE` or `REPLICATE`.
    #[property(inclusion("READ", "WRITE", "EXECUTE", "REPLICATE", "*", allow_null, allow_blank))]
    pub access_type: Option<String>,
    /// What it says.
    #[property(inclusion("ALLOW", "ALARM", "AUDIT", "DENY"))]
    pub permission: String,
    /// What kind of principal it is about.
    pub principal_type: Option<String>,
    /// The role's name, or the id.
    pub principal_id: Option<String>,
}
