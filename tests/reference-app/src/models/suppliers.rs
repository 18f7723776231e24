//! Suppliers: what other models embed or refer to in a list.

use loopback::prelude::*;

/// Its address and contacts are embedded models in the original; here they are the JSON they are stored as.
#[model]
pub struct Supplier {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub address_data: Option<serde_json::Value>,
    pub contact_list: Option<serde_json::Value>,
    pub category_ids: Option<Vec<i64>>,
}
