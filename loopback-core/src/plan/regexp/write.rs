//! Patterns written for an engine: no shorthand, no flag, nothing that an engine's own settings could change.

use super::cost::lazy_segment;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition};
use std::fmt::Write;

/// What an engine reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegexpSyntax {
    /// The crate `regex`, which SQLite is given here.
    Rust,
    /// PCRE and ICU: MariaDB and MySQL. They backtrack, and are told where that is in vain.
    Perl,
    /// Advanced regular expressions: PostgreSQL.
    Advanced,
}

/// The pattern of an `ilike` as a regular expression: `%` stands for any text, `_` for any character, `\` takes their
/// meaning away. A letter stands for every letter of the same simple case folding in Unicode: `k` for `K` and the Kelvin
/// sign, `ß` for `ẞ` but not for `ss`. Databases do not agree about that, so all letters are written down.
pub fn ignoring_case(like: &str, syntax: RegexpSyntax) -> String {
    let mut writer = Writer { out: String::with_capacity(4 * like.len()), syntax };
    // The texts between the `%`, as items of one character each; `None`: any.
    let mut parts: Vec<Vec<Option<char>>> = vec![Vec::new()];
    let mut chars = like.chars();
    while let Some(c) = chars.next() {
        let item = match c {
            '%' => {
                parts.push(Vec::new());
                continue;
            }
            '_' => None,
            '\\' => Some(chars.next().unwrap_or('\\')),
            c => Some(c),
        };
        if let Some(part) = parts.last_mut() {
            part.push(item);
        }
    }
    let last = parts.len() - 1;
    for (at, part) in parts.iter().enumerate() {
        if at == 0 {
            writer.out.push_str(r"\A");
        } else if part.is_empty() && at < last {
            // Several `%` in a row are one.
            continue;
        }
        if at == last && at > 0 && part.is_empty() {
            // `%` at the end: anything may follow.
            return writer.out;
        }
        let inner = at > 0 && at < last;
        // What the first place where a part stands does not allow, no later one does: no need to come back for it.
        let atomic = inner && syntax == RegexpSyntax::Perl;
        if at > 0 {
            writer.out.push_str(if atomic { "(?>" } else { "" });
            writer.any();
            writer.out.push_str(if syntax == RegexpSyntax::Perl { "*?" } else { "*" });
        }
        for item in part {
            match item {
                None => writer.any(),
                Some(c) => writer.class(&folded(*c)),
            }
        }
        writer.out.push_str(if atomic { ")" } else { "" });
    }
    writer.end();
    writer.out
}

/// The letters that are the same as one but for case.
fn folded(c: char) -> ClassUnicode {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
    // Without the tables for it, a letter stands for itself.
    let _ = class.try_case_fold_simple();
    class
}

pub(super) fn pattern(hir: &Hir, syntax: RegexpSyntax) -> String {
    let mut writer = Writer { out: String::new(), syntax };
    writer.hir(hir);
    writer.out
}

struct Writer {
    out: String,
    syntax: RegexpSyntax,
}

impl Writer {
    fn any(&mut self) {
        // A dot of PostgreSQL stands for every character as it is.
        self.out.push_str(if self.syntax == RegexpSyntax::Advanced { "." } else { "(?s:.)" });
    }

    fn end(&mut self) {
        self.out.push_str(if self.syntax == RegexpSyntax::Advanced { r"\Z" } else { r"\z" });
    }

    fn char(&mut self, c: char) {
        let _ = match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => write!(self.out, "{c}"),
            c if self.syntax == RegexpSyntax::Advanced => write!(self.out, "\\U{:08x}", u32::from(c)),
            c => write!(self.out, "\\x{{{:x}}}", u32::from(c)),
        };
    }

    fn class(&mut self, class: &ClassUnicode) {
        let mut opposite = class.clone();
        opposite.union(&ClassUnicode::new([ClassUnicodeRange::new('\0', '\0')]));
        opposite.negate();
        let (ranges, negated) = match class.ranges() {
            [one] if one.start() == one.end() => return self.char(one.start()),
            _ if opposite.ranges().is_empty() => return self.any(),
            own if opposite.ranges().len() < own.len() => (opposite.ranges(), true),
            own => (own, false),
        };
        self.out.push_str(if negated { "[^" } else { "[" });
        for range in ranges {
            self.char(range.start());
            if range.end() > range.start() {
                self.out.push('-');
                self.char(range.end());
            }
        }
        self.out.push(']');
    }

    fn hir(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Empty => self.out.push_str("(?:)"),
            HirKind::Literal(literal) => {
                String::from_utf8_lossy(&literal.0).chars().for_each(|c| self.char(c));
            }
            HirKind::Class(Class::Unicode(class)) => self.class(class),
            // There are none: patterns are text.
            HirKind::Class(Class::Bytes(_)) => {}
            HirKind::Look(Look::Start | Look::StartLF | Look::StartCRLF) => self.out.push_str(r"\A"),
            HirKind::Look(_) => self.end(),
            HirKind::Repetition(repetition) => self.repetition(repetition, ""),
            HirKind::Capture(capture) => self.group(&capture.sub),
            HirKind::Concat(list) => self.concat(list),
            HirKind::Alternation(list) => {
                self.out.push_str("(?:");
                for (at, one) in list.iter().enumerate() {
                    self.out.push_str(if at > 0 { "|" } else { "" });
                    self.hir(one);
                }
                self.out.push(')');
            }
        }
    }

    fn group(&mut self, hir: &Hir) {
        self.out.push_str("(?:");
        self.hir(hir);
        self.out.push(')');
    }

    fn concat(&mut self, list: &[Hir]) {
        let mut at = 0;
        while let Some(item) = list.get(at) {
            match (lazy_segment(list, at), item.kind()) {
                (Some(end), HirKind::Repetition(repetition)) if self.syntax == RegexpSyntax::Perl => {
                    self.out.push_str("(?>");
                    self.repetition(repetition, "?");
                    list[at + 1..end].iter().for_each(|item| self.hir(item));
                    self.out.push(')');
                    at = end;
                }
                _ => {
                    self.hir(item);
                    at += 1;
                }
            }
        }
    }

    fn repetition(&mut self, repetition: &Repetition, lazy: &str) {
        match repetition.sub.kind() {
            HirKind::Class(_) => self.hir(&repetition.sub),
            _ => self.group(&repetition.sub),
        }
        let _ = match (repetition.min, repetition.max) {
            (0, None) => write!(self.out, "*"),
            (1, None) => write!(self.out, "+"),
            (0, Some(1)) => write!(self.out, "?"),
            (least, None) => write!(self.out, "{{{least},}}"),
            (least, Some(most)) if least == most => write!(self.out, "{{{least}}}"),
            (least, Some(most)) => write!(self.out, "{{{least},{most}}}"),
        };
        self.out.push_str(lazy);
    }
}
