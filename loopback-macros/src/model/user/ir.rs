//! What `user(..)` said, typed.

use crate::support::spans::At;
use syn::{Ident, LitStr, Path};

/// The options, in the order in which they were written.
#[derive(Clone, Debug)]
pub(crate) struct UserSettings {
    pub(crate) options: Vec<(Ident, UserValue)>,
}

#[derive(Clone, Debug)]
pub(crate) enum UserValue {
    Bool(bool),
    Count(At<u64>),
    Text(LitStr),
    Policy(PasswordPolicy),
    /// A model.
    Model(Path),
}

/// `password_policy`
#[derive(Clone, Copy, Debug)]
pub(crate) enum PasswordPolicy {
    None,
    Default,
    MinLength(u64),
}

impl UserSettings {
    /// The number that an option was given.
    pub(crate) fn count(&self, name: &str) -> Option<&At<u64>> {
        self.options.iter().find_map(|(key, value)| match value {
            UserValue::Count(count) if key == name => Some(count),
            _ => None,
        })
    }
}
