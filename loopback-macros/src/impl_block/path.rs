//! The path of a route, below the model's: `/{id}/open`.

/// A part of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Segment {
    /// `open`
    Word(String),
    /// `{id}`
    Param(String),
}

/// Takes a path apart. The error says what is wrong, and what to write where that is known.
pub(crate) fn segments(path: &str) -> Result<Vec<Segment>, String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(format!("a path begins with `/`, found `\"{path}\"`: write `\"/{path}\"`"));
    };
    if path.contains("/:") {
        return Err(format!("a parameter of a path stands in braces: write `\"{}\"`", in_braces(path)));
    }
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(shorter) = path.strip_suffix('/') {
        return Err(format!("a path does not end with `/`: write `\"{}\"`", shorter.trim_end_matches('/')));
    }
    let mut found: Vec<Segment> = Vec::new();
    for part in rest.split('/') {
        let segment = segment(part, path)?;
        if matches!(segment, Segment::Param(_)) && found.contains(&segment) {
            return Err(format!("`{part}` stands twice in the path `{path}`"));
        }
        found.push(segment);
    }
    Ok(found)
}

fn segment(part: &str, path: &str) -> Result<Segment, String> {
    if part.is_empty() {
        return Err(format!("a part of the path `{path}` is empty: write one `/` between two parts"));
    }
    if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        return match name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) && !name.is_empty() {
            true => Ok(Segment::Param(name.to_owned())),
            false => Err(format!("`{part}` in a path is no name of an argument: write it as in `\"/{{id}}/open\"`")),
        };
    }
    if part.contains(['{', '}']) {
        return Err(format!("a parameter is a whole part of a path, as in `\"/{{id}}/open\"`; found `{part}`"));
    }
    match part.chars().find(|c| !c.is_ascii_alphanumeric() && !"-._~@!$'()+,;=".contains(*c)) {
        Some(' ') => Err(format!("a path has no spaces, found `{part}`")),
        Some(c) => Err(format!("`{c}` cannot stand in a path, found `{part}`")),
        None => Ok(Segment::Word(part.to_owned())),
    }
}

/// `/:id/open` as `/{id}/open`.
fn in_braces(path: &str) -> String {
    let part = |part: &str| part.strip_prefix(':').map_or_else(|| part.to_owned(), |name| format!("{{{name}}}"));
    path.split('/').map(part).collect::<Vec<String>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let (word, param) = (|word: &str| Segment::Word(word.to_owned()), |name: &str| Segment::Param(name.to_owned()));
        assert_eq!(segments("/"), Ok(vec![]));
        assert_eq!(segments("/near"), Ok(vec![word("near")]));
        assert_eq!(segments("/{id}/open-it/{orderId}"), Ok(vec![param("id"), word("open-it"), param("orderId")]));
    }

    #[test]
    fn what_is_wrong_with_a_path_is_said() {
        for (path, message) in [
            ("near", "a path begins with `/`, found `\"near\"`: write `\"/near\"`"),
            ("", "a path begins with `/`, found `\"\"`: write `\"/\"`"),
            ("/:id/open/:to", "a parameter of a path stands in braces: write `\"/{id}/open/{to}\"`"),
            ("/near/", "a path does not end with `/`: write `\"/near\"`"),
            ("/a//b", "a part of the path `/a//b` is empty: write one `/` between two parts"),
            ("/{}", "`{}` in a path is no name of an argument: write it as in `\"/{id}/open\"`"),
            ("/{*rest}", "`{*rest}` in a path is no name of an argument: write it as in `\"/{id}/open\"`"),
            ("/{id}.json", "a parameter is a whole part of a path, as in `\"/{id}/open\"`; found `{id}.json`"),
            ("/a b", "a path has no spaces, found `a b`"),
            ("/a?b=c", "`?` cannot stand in a path, found `a?b=c`"),
            ("/{a}/{a}", "`{a}` stands twice in the path `/{a}/{a}`"),
        ] {
            assert_eq!(segments(path), Err(message.to_owned()), "{path}");
        }
    }
}
