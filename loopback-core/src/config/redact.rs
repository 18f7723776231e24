//! What of a configuration may be shown to people. When in doubt, less.

use serde_json::Value as Json;

/// What is shown in the place of a secret.
pub(crate) const HIDDEN: &str = "(hidden)";

/// Words in the names of secrets: `dbPassword`, `api_key`, `X-Auth-Token`.
const WORDS: [&str; 25] = [
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "pw",
    "passcode",
    "webhook",
    "secret",
    "secrets",
    "token",
    "tokens",
    "key",
    "keys",
    "credential",
    "credentials",
    "salt",
    "signature",
    "authorization",
    "bearer",
    "jwt",
    "pin",
    "cookie",
    "cookies",
];

/// The same, where nothing tells words apart: `DBPASSWORD`, `apikey`.
const PARTS: [&str; 11] = [
    "password",
    "passwd",
    "secret",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "passkey",
    "apitoken",
    "authtoken",
    "accesstoken",
];

/// Ends of words that may be several: `DBPASS`; and words that end so and are harmless.
const ENDS: ([&str; 3], [&str; 4]) = (["pass", "pwd", "token"], ["compass", "bypass", "trespass", "overpass"]);

/// Keys of relations and tables, which open nothing.
const HARMLESS: [&str; 7] =
    ["foreignkey", "primarykey", "keythrough", "keyfrom", "keyto", "publickey", "foreignkeyconstraints"];

/// Whether what stands under a name is nobody else's business.
pub(super) fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if HARMLESS.contains(&&*plain) {
        return false;
    }
    let (ends, harmless) = ENDS;
    let ends = |word: &str| ends.iter().any(|end| word.ends_with(end)) && !harmless.contains(&word);
    PARTS.iter().any(|part| plain.contains(part))
        || words(name)
            .iter()
            .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
            .any(|word| WORDS.contains(&word) || ends(word))
}

/// Whether a text under a name is a log-in: nodemailer's `auth`, `user:password`. The parts of an object have names of their
/// own, and of them only some are secret.
pub(super) fn is_login(name: &str) -> bool {
    let words = words(name);
    words.last().is_some_and(|word| word == "auth") && words != ["enable", "auth"]
}

/// The words of a name, in lower case: camelCase, `APIToken`, snake_case, kebab-case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let (mut lower, mut rest) = (false, name.chars());
    while let Some(c) = rest.next() {
        let before_lower = rest.as_str().chars().next().is_some_and(char::is_lowercase);
        if !c.is_alphanumeric() || (c.is_uppercase() && (lower || before_lower)) {
            words.push(String::new());
        }
        lower = c.is_lowercase() || c.is_ascii_digit();
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// A text without what only its owner should know: who logs in at a URL, and its options.
pub(crate) fn shown(text: &str) -> String {
    if text.contains("-----BEGIN") {
        return HIDDEN.to_owned();
    }
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    if has_secret_parameter(text) {
        return HIDDEN.to_owned();
    }
    let Some((scheme, rest)) = url(text) else {
        // `user:password@tcp(host)/database`
        return match text.rsplit_once('@') {
            Some((login, place)) if login.contains(':') => format!("{HIDDEN}@{place}"),
            _ => text.to_owned(),
        };
    };
    let options = rest.find(['?', '#']);
    let (place, options) = match (rest.rfind('@'), options) {
        // A password may hold anything, and where it ends cannot be told then.
        (Some(at), Some(options)) if options < at => return format!("{scheme}://{HIDDEN}"),
        (_, Some(options)) => rest.split_at(options),
        (_, None) => (rest, ""),
    };
    let place = place.rsplit_once('@').map_or_else(|| place.to_owned(), |(_, host)| format!("{HIDDEN}@{host}"));
    // Options hold passwords where they are those of a database, and else keys.
    match options.chars().next() {
        Some(sign) if options.contains('=') => format!("{scheme}://{place}{sign}{HIDDEN}"),
        _ => format!("{scheme}://{place}{options}"),
    }
}

/// Whether it is a connection string in which something secret is set, and no URL: `Server=x;User Id=sa;Password=y`.
fn has_secret_parameter(text: &str) -> bool {
    let mut set = text.split([';', ',', '&', '?']).filter_map(|part| part.split_once('='));
    let secret = |name: &str| is_secret(name) || is_login(name);
    url(text).is_none() && (text.starts_with("jdbc:") || set.any(|(name, _)| secret(name.trim())))
}

/// The scheme of a URL and what comes after it.
fn url(text: &str) -> Option<(&str, &str)> {
    let of_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
    text.split_once("://").filter(|(scheme, _)| scheme.chars().all(of_scheme))
}

/// A value under a name, without what is secret. What is on or off is none.
pub(crate) fn shown_json(name: &str, value: &Json) -> Json {
    of_json(hides(name, value.is_object()), value)
}

/// Whether nothing of what stands under a name is shown.
pub(super) fn hides(name: &str, is_object: bool) -> bool {
    is_secret(name) || (is_login(name) && !is_object)
}

fn of_json(hidden: bool, value: &Json) -> Json {
    match value {
        Json::String(_) | Json::Number(_) if hidden => HIDDEN.into(),
        Json::String(text) => shown(text).into(),
        Json::Array(items) => items.iter().map(|item| of_json(hidden, item)).collect(),
        Json::Object(members) => {
            let member =
                |(key, value): (&String, &Json)| (key.clone(), of_json(hidden || hides(key, value.is_object()), value));
            Json::Object(members.iter().map(member).collect())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_hidden_by_their_names() {
        let value = json!({"user": "u", "apiKey": 5, "on": true, "tokens": ["a", {"b": "c"}], "url": "http://a:b@c"});
        let expected = json!({"user": "u", "apiKey": HIDDEN, "on": true, "tokens": [HIDDEN, {"b": HIDDEN}],
                              "url": "http://(hidden)@c"});
        assert_eq!(shown_json("mail", &value), expected);
        assert_eq!(shown_json("secret", &json!("x")), json!(HIDDEN));
    }

    #[test]
    fn a_log_in_is_hidden_where_it_is_a_text() {
        for (value, expected) in [
            (json!({"auth": "shop:hunter2"}), json!({"auth": HIDDEN})),
            (json!({"smtpAuth": ["shop", "hunter2"]}), json!({"smtpAuth": [HIDDEN, HIDDEN]})),
            (
                json!({"auth": {"user": "shop", "pass": "hunter2", "type": "login"}}),
                json!({"auth": {"user": "shop", "pass": HIDDEN, "type": "login"}}),
            ),
            (json!({"auth": {"cors": {"paths": ["/api"]}}}), json!({"auth": {"cors": {"paths": ["/api"]}}})),
            (json!({"enableAuth": "false", "author": "me"}), json!({"enableAuth": "false", "author": "me"})),
        ] {
            assert_eq!(shown_json("mail", &value), expected);
        }
    }

    #[test]
    fn names_of_secrets_are_known() {
        for name in [
            "password",
            "PASSWORD",
            "dbPassword",
            "DB_PASSWORD",
            "PGPASSWORD",
            "pass",
            "apiKey",
            "api-key",
            "apikey",
            "AWS_SECRET_ACCESS_KEY",
            "accessToken",
            "X-Shop-Token",
            "cookieSecret",
            "stripe.key",
            "salt",
            "APIToken",
            "SMTPPass",
            "AWSKey",
            "token2",
            "apitoken",
            "DBPASS",
            "DB_PW",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "host",
            "user",
            "database",
            "compass",
            "monkey",
            "keyboard",
            "foreignKey",
            "primaryKey",
            "keyThrough",
            "foreignKeyConstraints",
            "tokenizer",
            "passive",
            "url",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn what_stands_in_a_url_is_hidden() {
        for (text, expected) in [
            ("postgres://me:se@cret@host:5432/db", "postgres://(hidden)@host:5432/db"),
            ("postgres://me@host/db?sslmode=disable", "postgres://(hidden)@host/db?(hidden)"),
            ("postgres://host/db?password=s@cret", "postgres://(hidden)"),
            ("postgres://me:se?cr@et@host/db", "postgres://(hidden)"),
            ("https://shop.example/new-password?token={token}", "https://shop.example/new-password?(hidden)"),
            ("https://shop.example/#top", "https://shop.example/#top"),
            ("mysql://host/db", "mysql://host/db"),
            ("me:secret@tcp(host)/db", "(hidden)@tcp(host)/db"),
            ("shop@example.com", "shop@example.com"),
            ("-----BEGIN PRIVATE KEY-----\nsecret", "(hidden)"),
            ("Server=x;User Id=sa;Password=hunter2", "(hidden)"),
            ("redis:6379,password=hunter2", "(hidden)"),
            ("redis:6379,auth=hunter2", "(hidden)"),
            ("jdbc:sqlserver://h;user=sa;password=x", "(hidden)"),
            ("sa:pw@tcp(h)/x?secret=http://y", "(hidden)"),
            ("Server=x;Trusted=yes", "Server=x;Trusted=yes"),
            ("sqlite:shop.db", "sqlite:shop.db"),
            ("sqlite:///var/shop.db?mode=rwc", "sqlite:///var/shop.db?mode=rwc"),
            ("plain text: as it is", "plain text: as it is"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
