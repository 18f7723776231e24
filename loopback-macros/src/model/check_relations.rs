//! Rules about relations.
