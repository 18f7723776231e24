//! Scopes of client applications.

use loopback_macros::model;

/// A permission that a user grants to client applications, LoopBack's `Scope`. What a token may do is said by the names of
/// scopes in it, and by the `scopes(..)` of remote methods; these rows describe them. An app has them with
/// `.with_model::<Scope>()`.
#[model(built_in, public = false)]
#[acl(deny, "$everyone")]
pub struct Scope {
    /// The id.
    #[property(id, generated)]
    pub id: i64,
    /// The name, as tokens and methods have it.
    #[property(uniqueness(message = "already exists"))]
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}
