//! The models, a few a file, by theme. Nothing imports them: `#[model]` announces each to the app by itself.

mod access;
mod accounts;
mod clinic;
mod customers;
mod documents;
mod events;
mod hooks;
mod ids;
mod places;
mod shop;
mod suppliers;
mod tool;
