//! Ids and paths that differ from the usual, and PUT that replaces.

use loopback::prelude::*;

/// An id of another name.
#[model(force_id = true)]
pub struct Gadget {
    #[property(id, generated)]
    pub serial: i64,
    pub title: String,
}

/// A client may choose the id, and the path is not the plural.
#[model(path = "/x/widgets", force_id = false)]
pub struct Widget {
    #[property(id, generated)]
    pub id: i64,
    pub title: String,
}

/// Every kind of default.
#[model(replace_on_put = true)]
pub struct Voucher {
    #[property(id, default = guid)]
    pub id: String,
    pub amount: f64,
    #[property(default = uuid)]
    pub token: Option<String>,
    #[property(default = now)]
    pub issued_at: Option<DateTime<Utc>>,
    #[property(default = "2030-01-01T00:00:00.000Z")]
    pub expires: Option<DateTime<Utc>>,
}

#[model(replace_on_put = true)]
pub struct Article {
    #[property(id, generated)]
    pub id: i64,
    pub title: String,
    pub body: Option<String>,
    #[property(default = 0.0)]
    pub views: Option<f64>,
    pub tags: Option<Vec<String>>,
}

/// Change tracking is its purpose in the original.
#[model]
pub struct Note {
    #[property(id, default = guid)]
    pub id: String,
    pub title: Option<String>,
    pub text: Option<String>,
    pub stars: Option<f64>,
}
