//! The clinic: two models and the one between them.

use loopback::prelude::*;

#[model]
pub struct Physician {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

#[model]
pub struct Patient {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[property(default = false)]
    pub insured: Option<bool>,
}

#[model]
pub struct Appointment {
    #[property(id, generated)]
    pub id: i64,
    pub at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
    pub physician_id: Option<i64>,
    pub patient_id: Option<i64>,
}
