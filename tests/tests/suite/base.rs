//! Models that extend others: properties, relations and settings taken over, and a table, routes and rows of their own.

use crate::models::*;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use sea_orm::{EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};
