//! The commands of an app: what a program does instead of serving. `cargo run -- acl explain Order`.

use super::AppBuilder;
use crate::access::{explain, unknown};
use crate::error::{Error, Result};
use std::io::Write as _;

const USAGE: &str = "commands: `acl explain [Model[.method]]`; without one the app is served";

/// What a program was asked for.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Serve,
    AclExplain(Option<String>),
}

impl Command {
    /// Reads the arguments of the program.
    ///
    /// # Errors
    /// There is no such command.
    pub(super) fn of(args: impl IntoIterator<Item = String>) -> Result<Self> {
        let args: Vec<String> = args.into_iter().collect();
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["acl", "explain"] => Ok(Self::AclExplain(None)),
            ["acl", "explain", model] => Ok(Self::AclExplain(Some((*model).to_owned()))),
            ["acl", ..] => Err(Error::configuration(format!("unknown command `{}`; {USAGE}", args.join(" ")))),
            // Other arguments are the application's own.
            _ => Ok(Self::Serve),
        }
    }
}

impl AppBuilder {
    /// Prints who may call what, and why; it needs no database.
    pub(super) fn print_acl(mut self, filter: Option<&str>) -> Result<()> {
        let enforced = self.is_enforced();
        let root = self.root().to_owned();
        let graph = self.graph()?;
        let explained = explain(&graph, root.trim_end_matches('/'), filter, enforced);
        if let Some(message) = unknown(&graph, filter, &explained) {
            return Err(Error::configuration(message));
        }
        let text = explained.to_string();
        // Not `println!`, which panics when nobody reads.
        let _ = std::io::stdout().write_all(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn arguments_are_a_command_or_an_error_that_lists_them() {
        let of = |text: &str| Command::of(text.split_whitespace().map(str::to_owned));
        assert_eq!(of("").ok(), Some(Command::Serve));
        assert_eq!(of("--port 80").ok(), Some(Command::Serve));
        assert_eq!(of("acl explain Order.find").ok(), Some(Command::AclExplain(Some("Order.find".into()))));
        let error = of("acl explian").map(drop).unwrap_err().to_string();
        assert!(error.contains("acl explain"), "{error}");
    }
}
