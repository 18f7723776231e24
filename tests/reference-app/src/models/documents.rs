//! The ways to take a property that the model does not have.

use loopback::prelude::*;

#[model(strict = true)]
pub struct StrictDoc {
    #[property(id, generated)]
    pub id: i64,
    pub title: Option<String>,
    pub rank: Option<f64>,
}

#[model(strict = "throw")]
pub struct ThrowDoc {
    #[property(id, generated)]
    pub id: i64,
    pub title: Option<String>,
    pub rank: Option<f64>,
}

/// In LoopBack's memory connector in the original; the answers are the same from a table.
#[model(strict = false)]
pub struct FreeDoc {
    #[property(id, generated)]
    pub id: i64,
    pub title: Option<String>,
    pub rank: Option<f64>,
}
