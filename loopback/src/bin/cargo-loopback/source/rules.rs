//! The rules of access control that a model has.

use crate::names::camel_case;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// `#[acl(..)]` on a model.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) allows: bool,
    /// Who it is about, and which calls: its other words, in one form and order.
    about: Vec<String>,
}

impl Rule {
    /// Reads what stands in the parentheses.
    pub(crate) fn of(tokens: TokenStream) -> Self {
        let words: Vec<String> = parts(tokens).iter().map(|part| word(part)).collect();
        let mut about: Vec<String> =
            words.iter().filter(|word| !matches!(word.as_str(), "allow" | "deny" | "all")).cloned().collect();
        about.sort();
        Self { allows: words.iter().any(|word| word == "allow"), about }
    }

    /// Whether it is about the same calls of the same callers.
    pub(crate) fn is_about(&self, other: &Self) -> bool {
        self.about == other.about
    }
}

/// What commas part.
fn parts(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut parts = vec![Vec::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(comma), _) if comma.as_char() == ',' => parts.push(Vec::new()),
            (_, Some(last)) => last.push(token),
            (_, None) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// A word in one form: the macro takes `user = 7` for `user = "7"`.
fn word(part: &[TokenTree]) -> String {
    let words = part.iter().map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            let mut methods: Vec<String> = parts(group.stream()).iter().map(|part| method(part)).collect();
            methods.sort();
            format!("({})", methods.join(","))
        }
        token => token.to_string().trim_matches('"').to_owned(),
    });
    words.collect()
}

/// A method by its name in JSON, which is what stands in quotes.
fn method(part: &[TokenTree]) -> String {
    let name = |token: &TokenTree| {
        let text = token.to_string();
        match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(name) => name.to_owned(),
            None if text.starts_with("__") => text,
            None => camel_case(text.trim_start_matches("r#")),
        }
    };
    part.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::Rule;

    fn rule(text: &str) -> Rule {
        Rule::of(text.parse().unwrap())
    }

    #[test]
    fn rules_about_the_same_calls_are_known_in_every_form() {
        for (one, other) in [
            (r#"deny, "admin""#, r#"allow, "admin", all"#),
            (r#"deny, user = 7, read"#, r#"read, allow, user = "7""#),
            (
                r#"deny, "a", methods(find, delete_by_id, prototype.open_it)"#,
                r#"allow, "a", methods("deleteById", find, "prototype.openIt",)"#,
            ),
        ] {
            assert!(rule(one).is_about(&rule(other)), "{one}");
            assert!(!rule(one).allows && rule(other).allows, "{one}");
        }
        for (one, other) in [
            (r#"deny, "a""#, r#"deny, "b""#),
            (r#"deny, "a""#, r#"deny, "a", read"#),
            (r#"deny, "a", methods(find)"#, r#"deny, "a", methods(find, count)"#),
            (r#"deny, user = 7"#, r#"deny, app = "7""#),
        ] {
            assert!(!rule(one).is_about(&rule(other)), "{one}");
        }
    }
}
