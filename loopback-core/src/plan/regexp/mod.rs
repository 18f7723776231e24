//! The operators `regexp` and `ilike`: patterns that mean the same on every database.
//!
//! A pattern is not handed on as a client wrote it. It is read here, refused where databases would not agree about it,
//! and written anew for each of them, with every class spelled out: also the letters that differ in case only.
//!
//! Some engines (MariaDB, MySQL) try every way in which a pattern may match a text. So a pattern for which that takes
//! more than the square of the text's length is refused on all databases alike.

mod cost;
mod write;

pub use write::{RegexpSyntax, ignoring_case};

use crate::error::{Error, Result};
use regex_syntax::ast::{
    self, Ast, ClassSet, ClassSetItem, GroupKind, LiteralKind, RepetitionKind, SpecialLiteralKind,
};
use regex_syntax::hir::{self, Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};

/// Characters of a pattern.
const MAX_LENGTH: usize = 500;
/// The count of a repetition; PostgreSQL has no more than 255.
const MAX_COUNT: u32 = 100;
/// Groups within groups.
const MAX_NESTING: u32 = 20;

/// A regular expression that means the same on every database: it is looked for anywhere in a text.
///
/// ```
/// use loopback_core::plan::Pattern;
///
/// assert!(Pattern::new("^a.c$").is_ok());
/// assert!(Pattern::new("/^a/i").is_ok());
/// let error = Pattern::new("(a+)+b").unwrap_err();
/// assert!(error.message().contains("in more than one way"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    source: Box<str>,
    hir: Hir,
}

impl Pattern {
    /// Reads `^a` or `/^a/i`. The flag `i` lets letters stand for their other case too, `s` lets `.` stand for a line
    /// break too.
    ///
    /// # Errors
    /// 400: a flag that is neither, a pattern that cannot be read, that databases would not agree about, that is too
    /// large, or for which some database would need too long.
    pub fn new(text: &str) -> Result<Self> {
        read(text).map_err(|message| Error::bad_request(message).with_code("INVALID_FILTER"))
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The same pattern for an engine.
    pub fn write(&self, syntax: RegexpSyntax) -> String {
        write::pattern(&self.hir, syntax)
    }
}

impl std::str::FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

fn read(text: &str) -> Result<Pattern, String> {
    let (body, flags) = match text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        Some((body, flags)) => (body, flags),
        None => (text, ""),
    };
    let (mut any_case, mut any_line) = (false, false);
    for flag in flags.chars() {
        match flag {
            'i' => any_case = true,
            's' => any_line = true,
            _ => {
                return Err(format!(
                    "the pattern has the flag `{flag}` after its last `/`; allowed: i, s (write `\\/` for a slash in a \
                     pattern without flags)"
                ));
            }
        }
    }
    if body.chars().count() > MAX_LENGTH {
        return Err(format!("the pattern has more than {MAX_LENGTH} characters"));
    }
    let tree = parse(body)?;
    let mut checked = Checked { text: body, shorthands: Vec::new() };
    checked.ast(&tree)?;
    let plain = checked.spelled_out();
    let tree = parse(&plain)?;
    let hir = hir::translate::TranslatorBuilder::new()
        .case_insensitive(any_case)
        .dot_matches_new_line(any_line)
        .build()
        .translate(&plain, &tree)
        .map_err(|error| format!("the pattern cannot be read: {}", error.kind()))?;
    let hir = without_nul(&hir)?;
    cost::check(&hir)?;
    Ok(Pattern { source: text.into(), hir })
}

fn parse(text: &str) -> Result<Ast, String> {
    let tree = ast::parse::ParserBuilder::new().nest_limit(MAX_NESTING).build().parse(text);
    tree.map_err(|error| match error.kind() {
        ast::ErrorKind::NestLimitExceeded(_) => format!("the pattern nests more than {MAX_NESTING} deep"),
        kind => {
            let at = text.get(..error.span().start.offset).map_or(0, |before| before.chars().count()) + 1;
            format!("the pattern cannot be read at character {at}: {kind}")
        }
    })
}

/// Goes through a pattern as it was written, and refuses what has not one meaning everywhere.
struct Checked<'t> {
    text: &'t str,
    /// Where `\d`, `\w`, `\s` and their opposites stand, and what they stand for.
    shorthands: Vec<(std::ops::Range<usize>, &'static str)>,
}

impl Checked<'_> {
    fn refused(what: &str) -> String {
        format!("the pattern has {what}, which databases do not agree about")
    }

    fn ast(&mut self, tree: &Ast) -> Result<(), String> {
        match tree {
            Ast::Empty(_) | Ast::Dot(_) => Ok(()),
            Ast::Flags(_) => Err(Self::refused("flags within it; write `/pattern/i`")),
            Ast::Literal(literal) => Self::literal(literal),
            Ast::Assertion(assertion) => match assertion.kind {
                ast::AssertionKind::StartLine
                | ast::AssertionKind::EndLine
                | ast::AssertionKind::StartText
                | ast::AssertionKind::EndText => Ok(()),
                _ => Err(Self::refused("a word boundary")),
            },
            Ast::ClassUnicode(_) => Err(Self::refused("a Unicode class (`\\p`)")),
            Ast::ClassPerl(class) => {
                self.shorthand(class);
                Ok(())
            }
            Ast::ClassBracketed(class) => self.bracketed(&class.kind),
            Ast::Repetition(repetition) => self.repetition(repetition),
            Ast::Group(group) => match &group.kind {
                GroupKind::NonCapturing(flags) if !flags.items.is_empty() => {
                    Err(Self::refused("flags within it; write `/pattern/i`"))
                }
                _ => self.ast(&group.ast),
            },
            Ast::Alternation(several) => several.asts.iter().try_for_each(|one| self.ast(one)),
            Ast::Concat(several) => several.asts.iter().try_for_each(|one| self.ast(one)),
        }
    }

    fn literal(literal: &ast::Literal) -> Result<(), String> {
        match literal.kind {
            // JavaScript reads these as letters.
            LiteralKind::Special(SpecialLiteralKind::Bell) => Err(Self::refused("the escape `\\a`")),
            LiteralKind::HexFixed(ast::HexLiteralKind::UnicodeLong) => Err(Self::refused("the escape `\\U`")),
            _ if literal.c == '\0' => Err("the pattern has a NUL character".to_owned()),
            _ => Ok(()),
        }
    }

    /// ASCII, as in JavaScript: engines differ about what other letters and digits there are.
    fn shorthand(&mut self, class: &ast::ClassPerl) {
        let text = match (&class.kind, class.negated) {
            (ast::ClassPerlKind::Digit, false) => "[0-9]",
            (ast::ClassPerlKind::Digit, true) => "[^0-9]",
            (ast::ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
            (ast::ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
            (ast::ClassPerlKind::Space, false) => r"[\t\n\x0B\f\r ]",
            (ast::ClassPerlKind::Space, true) => r"[^\t\n\x0B\f\r ]",
        };
        self.shorthands.push((class.span.start.offset..class.span.end.offset, text));
    }

    fn bracketed(&mut self, set: &ClassSet) -> Result<(), String> {
        match set {
            ClassSet::BinaryOp(_) => Err(Self::refused("`&&`, `--` or `~~` in brackets; put a backslash before them")),
            ClassSet::Item(item) => self.item(item),
        }
    }

    fn item(&mut self, item: &ClassSetItem) -> Result<(), String> {
        match item {
            ClassSetItem::Empty(_) | ClassSetItem::Ascii(_) => Ok(()),
            ClassSetItem::Literal(literal) => Self::literal(literal),
            ClassSetItem::Range(range) => {
                Self::literal(&range.start)?;
                Self::literal(&range.end)
            }
            ClassSetItem::Unicode(_) => Err(Self::refused("a Unicode class (`\\p`)")),
            ClassSetItem::Perl(class) => {
                self.shorthand(class);
                Ok(())
            }
            ClassSetItem::Bracketed(_) => Err(Self::refused("a bracket within brackets; put a backslash before it")),
            ClassSetItem::Union(union) => union.items.iter().try_for_each(|item| self.item(item)),
        }
    }

    fn repetition(&mut self, repetition: &ast::Repetition) -> Result<(), String> {
        let span = repetition.op.span;
        let written = self.text.get(span.start.offset..span.end.offset).unwrap_or_default();
        if let RepetitionKind::Range(range) = &repetition.op.kind {
            // `{,5}` and `{ 5 }` are text in JavaScript.
            if written.starts_with("{,") || written.contains(char::is_whitespace) {
                return Err(Self::refused(&format!("the repetition `{written}`")));
            }
            let (ast::RepetitionRange::Exactly(most)
            | ast::RepetitionRange::AtLeast(most)
            | ast::RepetitionRange::Bounded(_, most)) = range;
            if *most > MAX_COUNT {
                return Err(format!(
                    "the pattern has the repetition `{written}`; allowed are counts up to {MAX_COUNT}"
                ));
            }
        }
        match &*repetition.ast {
            Ast::Repetition(_) => Err(Self::refused(&format!("a repetition of a repetition (`{written}`)"))),
            Ast::Assertion(_) => Err(Self::refused(&format!("a repetition of `^` or `$` (`{written}`)"))),
            inner => self.ast(inner),
        }
    }

    /// The pattern with classes for the shorthands.
    fn spelled_out(mut self) -> String {
        self.shorthands.sort_by_key(|(span, _)| span.start);
        let mut out = String::with_capacity(self.text.len() + 16 * self.shorthands.len());
        let mut from = 0;
        for (span, class) in self.shorthands {
            out.push_str(self.text.get(from..span.start).unwrap_or_default());
            out.push_str(class);
            from = span.end;
        }
        out.push_str(self.text.get(from..).unwrap_or_default());
        out
    }
}

/// No text has a NUL character, and PostgreSQL has no way to write one: classes are without it.
fn without_nul(hir: &Hir) -> Result<Hir, String> {
    let all = |list: &[Hir]| list.iter().map(without_nul).collect::<Result<Vec<_>, _>>();
    Ok(match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => hir.clone(),
        HirKind::Class(class) => {
            let mut class = match class {
                Class::Unicode(class) => class.clone(),
                Class::Bytes(class) => class.to_unicode_class().ok_or("the pattern is not text")?,
            };
            class.intersect(&ClassUnicode::new([ClassUnicodeRange::new('\u{1}', char::MAX)]));
            if class.ranges().is_empty() {
                return Err("the pattern has a class that no character is in".to_owned());
            }
            Hir::class(Class::Unicode(class))
        }
        HirKind::Repetition(repetition) => {
            if !repetition.sub.properties().look_set().is_empty() && repetition.max != Some(1) {
                return Err(Checked::refused("a repetition of `^` or `$`"));
            }
            let sub = Box::new(without_nul(&repetition.sub)?);
            Hir::repetition(hir::Repetition { sub, ..repetition.clone() })
        }
        HirKind::Capture(capture) => without_nul(&capture.sub)?,
        HirKind::Concat(list) => Hir::concat(all(list)?),
        HirKind::Alternation(list) => Hir::alternation(all(list)?),
    })
}

#[cfg(test)]
mod tests;
