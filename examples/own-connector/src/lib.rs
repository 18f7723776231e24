//! A shop whose categories are in SQLite and whose stock is kept by a connector of its own: one API, with relations and
//! includes between the two.

pub mod models;
pub mod shelf;

use loopback::ConnectorOptions;
use loopback::prelude::*;
use shelf::Shelf;

/// The app with both data sources: the first one is the default, models name the other.
pub fn with_stock(builder: AppBuilder) -> AppBuilder {
    builder
        .connector("shelf", |settings| async move { Shelf::open(&settings) })
        .data_source("stock", ConnectorOptions::new("shelf").set("transactions", true))
}
