//! Texts of the database in source, in comments and on a terminal. They are data: none of them may become more than text.

/// A text as a literal. What cannot be seen, or changes the direction of writing, is written by its number.
pub(super) fn literal(value: &str) -> String {
    format!("{value:?}")
}

/// A line without what cannot be seen, its spaces single.
pub(super) fn visible(line: &str) -> String {
    let mut out = String::new();
    for word in line.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars() {
            match c {
                // What changes the direction of writing, or is nothing to see.
                '\u{ad}'
                | '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}' => out.extend(c.escape_unicode()),
                c => out.push(c),
            }
        }
    }
    out
}

/// A line with the signs of Markdown escaped that begin code, links and HTML.
pub(super) fn markdown(line: &str) -> String {
    let mut out = String::new();
    for c in line.chars() {
        if matches!(c, '`' | '~' | '<' | '[' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(literal("a \"b\" \\ \n \u{202e} {} größe"), "\"a \\\"b\\\" \\\\ \\n \\u{202e} {} größe\"");
    }

    #[test]
    fn what_cannot_be_seen_is_not_written() {
        assert_eq!(visible("a\u{1b}[31m b\n\r\tc\u{2028}d\u{202e}e größe 名前"), "a [31m b c d\\u{202e}e größe 名前");
    }

    #[test]
    fn signs_of_markdown_are_escaped() {
        assert_eq!(markdown("```[a]<b>\\~"), "\\`\\`\\`\\[a]\\<b>\\\\\\~");
    }
}
