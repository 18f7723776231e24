//! An atlas: countries, their cities, languages and landmarks. Every kind of relation has its place in it.

pub mod calls;
pub mod models;
pub mod seed;
