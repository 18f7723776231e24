//! Why nothing was written.

use std::fmt;

/// What was found, what is allowed, and where; for who typed the command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault(String);

pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// A fault with a message.
pub(crate) fn fault(message: impl Into<String>) -> Fault {
    Fault(message.into())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
