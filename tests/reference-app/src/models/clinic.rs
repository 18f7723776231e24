//! The clinic: two models and the one between them.

use super::shop::Picture;
use loopback::prelude::*;

#[model]
pub struct Physician {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(through = Appointment)]
    pub patients: HasMany<Patient>,
    pub appointments: HasMany<Appointment>,
    #[relation(polymorphic = imageable)]
    pub pictures: HasMany<Picture>,
}

#[model]
pub struct Patient {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[property(default = false)]
    pub insured: Option<bool>,
    #[relation(through = Appointment)]
    pub physicians: HasMany<Physician>,
    pub appointments: HasMany<Appointment>,
}

#[model]
pub struct Appointment {
    #[property(id, generated)]
    pub id: i64,
    pub at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
    pub physician: Option<BelongsTo<Physician>>,
    pub patient: Option<BelongsTo<Patient>>,
}
