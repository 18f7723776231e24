//! A value that is one of a few words: `access = read`.

use super::attr::{Form, Keyed, path};
use super::errors::Errors;
use super::names::did_you_mean;
use super::spans::{plain, text};

impl Keyed {
    /// `key = word`, without quotes.
    pub(crate) fn word<'a>(&self, allowed: &[&'a str], errors: &mut Errors) -> Option<&'a str> {
        let name = self.name();
        let Form::Value(value) = &self.form else {
            let example = format!("{name} = {}", allowed.first().copied().unwrap_or_default());
            self.wrong(errors, &listed(allowed), &example);
            return None;
        };
        let found = path(value).and_then(|path| path.get_ident().map(plain));
        if let Some(word) = found.and_then(|found| allowed.iter().find(|word| **word == found)) {
            return Some(*word);
        }
        let found = text(value);
        let hint = match did_you_mean(found.trim_matches('"'), allowed.iter().copied()) {
            Some(meant) if found.starts_with('"') => format!("did you mean `{meant}`, without quotes? "),
            Some(meant) => format!("did you mean `{meant}`? "),
            None => String::new(),
        };
        errors.at(value, format!("unknown value `{found}` of `{name}`; {hint}allowed: {}", allowed.join(", ")));
        None
    }
}

/// `` `a`, `b` or `c` ``
fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, [])) => format!("`{last}`"),
        Some((last, words)) => format!("`{}` or `{last}`", words.join("`, `")),
        None => String::new(),
    }
}
