//! Nothing here: see `ui.rs`.
