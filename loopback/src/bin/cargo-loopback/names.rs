//! Names: what is one, and its forms.

use crate::fault::{Result, fault};
pub(crate) use loopback::__private::camel_case;

/// Keywords that are written `r#type` as names.
const RAW: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Keywords that cannot be names at all.
const NEVER: &[&str] = &["self", "super", "crate", "Self", "_"];

/// Types that every file of an application sees; a model of the same name would hide them.
const TAKEN: &[&str] = &[
    "Access",
    "AfterDelete",
    "AfterSave",
    "App",
    "AppBuilder",
    "Arc",
    "BeforeDelete",
    "BeforeSave",
    "Box",
    "Component",
    "Ctx",
    "DateTime",
    "Decimal",
    "Default",
    "Drop",
    "Entity",
    "Eq",
    "Err",
    "Error",
    "ErrorKind",
    "Fn",
    "Filter",
    "From",
    "GeoPoint",
    "Into",
    "Iterator",
    "Loaded",
    "Middleware",
    "Migrate",
    "Mixin",
    "Model",
    "ModelEvent",
    "NaiveDate",
    "None",
    "Ok",
    "Operation",
    "Option",
    "Ord",
    "Patch",
    "Permission",
    "Persist",
    "PersistedModel",
    "Phase",
    "Principal",
    "Prop",
    "PropertyType",
    "RemoteCall",
    "Reply",
    "Result",
    "Send",
    "Session",
    "Some",
    "String",
    "Strict",
    "Sync",
    "Timestamps",
    "SoftDelete",
    "ToString",
    "Utc",
    "Uuid",
    "Value",
    "Vec",
    "Where",
    "BelongsTo",
    "BelongsToAny",
    "EmbedsMany",
    "EmbedsOne",
    "HasAndBelongsToMany",
    "HasMany",
    "HasOne",
    "OptionalBelongsTo",
    "ReferencesMany",
];

/// The framework's own models: they can be extended.
pub(crate) const BUILT_IN: &[&str] =
    &["User", "AccessToken", "Acl", "Application", "Email", "Role", "RoleMapping", "AccessLog", "OutboxEmail"];

/// `CoffeeShop` of `CoffeeShop`, `coffee-shop`, `coffee_shop` or `coffee shop`.
///
/// # Errors
/// It is no name of a type, or one that is taken.
pub(crate) fn model(given: &str) -> Result<String> {
    let name: String = given.split(['-', '_', ' ']).map(capital).collect();
    plain(given, &name, "a model", "CoffeeShop")?;
    if BUILT_IN.contains(&name.as_str()) || name == "ACL" {
        let other = if name == "User" { "Customer".to_owned() } else { format!("Own{name}") };
        return Err(fault(format!(
            "`{name}` is a model of the framework: extend it under another name, `cargo loopback model {other} --base {name}`"
        )));
    }
    if TAKEN.contains(&name.as_str()) || NEVER.contains(&name.as_str()) {
        return Err(fault(format!("`{name}` is a name of Rust's or of the framework's: give the model another one")));
    }
    Ok(name)
}

/// A field, a function, a file: `opened_at` of `openedAt`, `opened-at` or `opened_at`. What it is for stands in the message.
///
/// # Errors
/// It is no name.
pub(crate) fn snake(given: &str, what: &str, example: &str) -> Result<String> {
    let name = snake_case(given);
    plain(given, &name, what, example)?;
    if NEVER.contains(&name.as_str()) {
        return Err(fault(format!("`{name}` cannot be the name of {what}: it is a word of Rust's; write another one")));
    }
    Ok(name)
}

/// The same for a file and its module, which no keyword can name.
///
/// # Errors
/// As [`snake`].
pub(crate) fn file(given: &str, what: &str, example: &str) -> Result<String> {
    let name = snake(given, what, example)?;
    if RAW.contains(&name.as_str()) || ["mod", "lib", "main"].contains(&name.as_str()) {
        return Err(fault(format!("`{name}` cannot be the name of {what}: it is a word of Rust's; write another one")));
    }
    Ok(name)
}

/// A name in source: `r#type`.
pub(crate) fn raw(name: &str) -> String {
    if RAW.contains(&name) { format!("r#{name}") } else { name.to_owned() }
}

/// The name of an application: that of its package and its folder.
///
/// # Errors
/// It is none.
pub(crate) fn package(given: &str) -> Result<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let first = given.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    if !first || !given.chars().all(allowed) {
        return Err(fault(format!(
            "`{given}` is no name of an application: small letters, digits and `-`, a letter first, as in `coffee-shops`"
        )));
    }
    let library = given.replace('-', "_");
    let taken = ["std", "core", "alloc", "proc_macro", "test", "loopback", "loopback_core", "tower", "tokio", "build"];
    if RAW.contains(&given) || NEVER.contains(&given) || taken.contains(&library.as_str()) {
        return Err(fault(format!(
            "`{given}` is a word of Rust's, or the name of another crate: give the application another one"
        )));
    }
    Ok(given.to_owned())
}

fn plain(given: &str, name: &str, what: &str, example: &str) -> Result<()> {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first && name.len() <= 60 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(fault(format!(
        "`{given}` is no name of {what}: up to 60 letters, digits and `_`, a letter first, as in `{example}`"
    )))
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `openedAt`, `opened-at` and `OpenedAt` as `opened_at`; `HTTPCode` as `http_code`.
pub(crate) fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        let next_is_small = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        let previous = at.checked_sub(1).and_then(|before| chars.get(before));
        let previous_is_small = previous.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit());
        if c.is_uppercase() && !out.is_empty() && !out.ends_with('_') && (previous_is_small || next_is_small) {
            out.push('_');
        }
        if matches!(c, '-' | ' ') {
            out.push('_');
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// The name of a method as an attribute has it: a Rust name where that leads back to the name in JSON, which otherwise stands
/// in quotes.
pub(crate) fn method_word(json: &str) -> String {
    let snake = snake_case(json);
    if camel_case(&snake) == json && raw(&snake) == snake && !json.starts_with("__") {
        snake
    } else {
        format!("{json:?}")
    }
}

/// `CoffeeShop` as `coffee-shop`.
pub(crate) fn kebab_case(name: &str) -> String {
    snake_case(name).replace('_', "-")
}

/// `CoffeeShop` as `coffee-shops`: the plural of the last word.
pub(crate) fn kebab_plural(name: &str) -> String {
    kebab_case(&loopback::__private::pluralize(name))
}

/// The path below the root of the REST API, of what was given for it.
///
/// # Errors
/// It is none.
pub(crate) fn http_path(given: &str) -> Result<String> {
    let path = given.trim_matches('/');
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.~{}/".contains(c);
    if path.is_empty() || !path.chars().all(allowed) || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(fault(format!("`{given}` is no path: letters, digits, `-` and `_`, as in `/coffee-shops`")));
    }
    Ok(format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_may_be_written_in_any_case() {
        for given in ["CoffeeShop", "coffee-shop", "coffee_shop", "coffeeShop", "coffee shop"] {
            assert_eq!(model(given).unwrap(), "CoffeeShop", "{given}");
        }
    }

    #[test]
    fn what_is_no_model_is_refused_with_what_is() {
        for (given, hint) in [
            ("", "as in `CoffeeShop`"),
            ("../etc", "as in `CoffeeShop`"),
            ("a/b", "letters"),
            ("1st", "a letter first"),
            ("Café", "letters"),
            ("User", "--base User"),
            ("role", "extend it"),
            ("Result", "another one"),
            ("Access", "another one"),
            ("before-save", "another one"),
            ("self", "another one"),
        ] {
            let message = model(given).unwrap_err().to_string();
            assert!(message.contains(hint), "{given}: {message}");
        }
    }

    #[test]
    fn fields_have_their_form_in_rust_and_in_json() {
        for (given, field, json) in [
            ("openedAt", "opened_at", "openedAt"),
            ("opened_at", "opened_at", "openedAt"),
            ("opened-at", "opened_at", "openedAt"),
            ("HTTPCode", "http_code", "httpCode"),
            ("line2Text", "line2_text", "line2Text"),
            ("_id", "_id", "_id"),
        ] {
            assert_eq!(snake_case(given), field, "{given}");
            assert_eq!(camel_case(field), json, "{given}");
        }
    }

    #[test]
    fn keywords_are_raw_or_refused() {
        assert_eq!(raw(&snake("type", "a property", "name").unwrap()), "r#type");
        assert!(snake("self", "a property", "name").unwrap_err().to_string().contains("write another one"));
        assert!(file("match", "a file", "name").is_err());
    }

    #[test]
    fn methods_are_words_where_those_lead_back_to_the_name() {
        for (json, word) in [
            ("findById", "find_by_id"),
            ("HTTPShop", "\"HTTPShop\""),
            ("fooBAR", "\"fooBAR\""),
            ("move", "\"move\""),
            ("__get__reviews", "\"__get__reviews\""),
        ] {
            assert_eq!(method_word(json), word);
        }
    }

    #[test]
    fn paths_are_plural_and_kebab_case() {
        assert_eq!(kebab_plural("CoffeeShop"), "coffee-shops");
        assert_eq!(kebab_plural("Category"), "categories");
        assert_eq!(kebab_plural("Person"), "people");
        assert_eq!(http_path("near/{city}").unwrap(), "/near/{city}");
        assert!(http_path("a/../b").is_err());
        assert!(http_path("/").is_err());
    }

    #[test]
    fn applications_have_names_of_packages() {
        assert_eq!(package("coffee-shops").unwrap(), "coffee-shops");
        for given in ["", "Coffee", "../x", "1a", "std", "match", "loopback", "a b", ".", "a/b"] {
            assert!(package(given).is_err(), "{given}");
        }
    }
}
