//! The model that operation hooks are tried on, and the log they write; without hooks two plain models.

use loopback::prelude::*;

#[model]
pub struct HookLog {
    #[property(id, generated)]
    pub id: i64,
    pub model: Option<String>,
    pub hook: Option<String>,
    pub detail: Option<serde_json::Value>,
}

#[model(plural = "hookeds")]
pub struct Hooked {
    #[property(id, generated)]
    pub id: i64,
    pub name: Option<String>,
    #[property(default = "std")]
    pub kind: Option<String>,
    pub stamp: Option<String>,
    pub persisted: Option<String>,
    pub note: Option<String>,
    #[property(default = false)]
    pub hidden_row: Option<bool>,
}
