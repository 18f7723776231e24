//! Names: case conversion, and what the user may have meant.

/// `opened_at` as `openedAt`. Leading underscores stay: `_id` is `_id`.
pub(crate) fn camel_case(snake: &str) -> String {
    let body = snake.trim_start_matches('_');
    let mut out = snake[..snake.len() - body.len()].to_owned();
    let mut upper = false;
    for c in body.chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}

/// `InTransit` as `inTransit`: only the first letter changes, as serde's camelCase does it.
pub(crate) fn camel_of_pascal(pascal: &str) -> String {
    let mut chars = pascal.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// `categories` as `category`: the English plurals that a field's name is likely to have. What is none stays.
pub(crate) fn singular(plural: &str) -> String {
    let ends = |endings: &[&str]| endings.iter().any(|ending| plural.ends_with(ending));
    let without = |letters: usize| plural[..plural.len() - letters].to_owned();
    if ends(&["ss", "us", "is"]) || !plural.ends_with('s') {
        plural.to_owned()
    } else if plural.len() > 4 && plural.ends_with("ies") && !ends(&["movies", "cookies"]) {
        without(3) + "y"
    } else if ends(&["sses", "xes", "ches", "shes", "tuses", "nuses", "buses", "puses", "ruses", "iases"]) {
        without(2)
    } else {
        without(1)
    }
}

/// `categoryIds` as `category_ids`.
pub(crate) fn snake_case(camel: &str) -> String {
    let mut out = String::new();
    for c in camel.chars() {
        if c.is_uppercase() && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// The allowed name that is near enough to the one found.
pub(crate) fn did_you_mean<'a>(found: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // `delete_by_id` is no typing error of `deleteById`, but it is surely what was meant: compare without case and
    // separators first.
    let wanted = folded(found);
    allowed
        .into_iter()
        .map(|name| {
            let distance = nearness(&wanted, &folded(name));
            (distance, name)
        })
        .filter(|(distance, _)| *distance <= (wanted.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The message for an unknown name: what was found, what may have been meant, what is allowed.
pub(crate) fn unknown(what: &str, found: &str, place: &str, allowed: &[&str]) -> String {
    let hint = match did_you_mean(found, allowed.iter().copied()) {
        Some(name) => format!("did you mean `{name}`? "),
        None => String::new(),
    };
    format!("unknown {what} `{found}` in {place}; {hint}allowed: {}", allowed.join(", "))
}

/// The name in lower case without separators.
fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// How far two folded names are apart; a beginning (`int` of `integer`) counts as one edit.
fn nearness(a: &str, b: &str) -> usize {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if short == long {
        0
    } else if short.len() >= 3 && long.starts_with(short) {
        1
    } else {
        distance(a, b)
    }
}

/// The edit distance where swapping two neighbours counts as one.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_camel_case() {
        for (snake, camel) in [
            ("id", "id"),
            ("opened_at", "openedAt"),
            ("a_b_c", "aBC"),
            ("_id", "_id"),
            ("__private_key", "__privateKey"),
            ("line_2", "line2"),
            ("trailing_", "trailing"),
            ("double__under", "doubleUnder"),
            ("", ""),
            ("_", "_"),
        ] {
            assert_eq!(camel_case(snake), camel);
        }
    }

    #[test]
    fn variants_become_camel_case() {
        for (pascal, camel) in [("Basic", "basic"), ("InTransit", "inTransit"), ("V2", "v2"), ("", "")] {
            assert_eq!(camel_of_pascal(pascal), camel);
        }
    }

    #[test]
    fn plurals_lose_their_ending() {
        for (plural, singular_form) in [
            ("categories", "category"),
            ("tags", "tag"),
            ("related", "related"),
            ("boxes", "box"),
            ("branches", "branch"),
            ("dishes", "dish"),
            ("addresses", "address"),
            ("statuses", "status"),
            ("houses", "house"),
            ("purchases", "purchase"),
            ("movies", "movie"),
            ("ties", "tie"),
            ("status", "status"),
            ("access", "access"),
            ("s", ""),
            ("", ""),
        ] {
            assert_eq!(singular(plural), singular_form);
        }
    }

    #[test]
    fn json_names_become_columns() {
        for (camel, snake) in [("categoryIds", "category_ids"), ("ids", "ids"), ("aBIds", "a_b_ids"), ("_x", "_x")] {
            assert_eq!(snake_case(camel), snake);
        }
    }

    #[test]
    fn a_near_name_is_suggested() {
        let allowed = ["plural", "path", "table", "deleteById", "prototype.patchAttributes"];
        for (found, meant) in [
            ("plurl", Some("plural")),
            ("palth", Some("path")),
            ("tab", Some("table")),
            ("tables", Some("table")),
            ("tabel", Some("table")),
            ("Plural", Some("plural")),
            ("delete_by_id", Some("deleteById")),
            ("deletebyId", Some("deleteById")),
            ("prototype.patchAttribute", Some("prototype.patchAttributes")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(did_you_mean(found, allowed), meant, "{found}");
        }
    }

    #[test]
    fn the_message_lists_what_is_allowed() {
        assert_eq!(
            unknown("key", "plurl", "`#[model]`", &["plural", "path"]),
            "unknown key `plurl` in `#[model]`; did you mean `plural`? allowed: plural, path"
        );
        assert_eq!(
            unknown("key", "zzz", "`#[model]`", &["plural"]),
            "unknown key `zzz` in `#[model]`; allowed: plural"
        );
    }
}
