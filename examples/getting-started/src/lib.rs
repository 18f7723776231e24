//! The application of LoopBack's tutorial: coffee shops, and what visitors have to say of them.

pub mod models;
pub mod sample;
