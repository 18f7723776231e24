//! Events: dates, lists and a property of any type.

use loopback::prelude::*;

#[model]
pub struct Event {
    #[property(id, generated)]
    pub id: i64,
    pub title: String,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub all_day: Option<bool>,
    pub seats: Option<f64>,
    pub days: Option<Vec<DateTime<Utc>>>,
    pub scores: Option<Vec<f64>>,
    pub flags: Option<Vec<bool>>,
    pub anything: Option<serde_json::Value>,
}
