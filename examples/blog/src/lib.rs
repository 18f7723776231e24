//! A blog: authors log in and write, each their own; editors may change everything.

pub mod models;
pub mod staff;
