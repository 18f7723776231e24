//! The one grammar of all attributes: a list of `key`, `key = value`, `key(list)` and bare expressions.
//!
//! Reading goes on after a mistake at the next comma, so that one compile shows all of them.

use super::errors::Errors;
use super::literal::{Literal, literal};
use super::names::unknown;
use super::spans::{At, plain, text};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitBool, LitStr, Meta, Token};

/// One entry of a list.
#[derive(Debug)]
pub(crate) enum Entry {
    /// `key`, `key = value` or `key(list)`.
    Keyed(Keyed),
    /// Anything else: a literal, a path of several segments.
    Positional(Expr),
}

impl Entry {
    /// The entry as an identifier: `name` in `index(name, city)`.
    pub(crate) fn ident(&self) -> Option<&Ident> {
        match self {
            Self::Keyed(Keyed { key, form: Form::Flag }) => Some(key),
            _ => None,
        }
    }

    /// The entry as a path: `negative` or `checks::negative`.
    pub(crate) fn path(&self) -> Option<syn::Path> {
        match self {
            Self::Keyed(Keyed { key, form: Form::Flag }) => Some(key.clone().into()),
            Self::Positional(expr) => path(expr),
            Self::Keyed(_) => None,
        }
    }
}

impl ToTokens for Entry {
    /// The tokens to point at: all of a bare expression, the key of the rest.
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Keyed(keyed) => keyed.key.to_tokens(tokens),
            Self::Positional(expr) => expr.to_tokens(tokens),
        }
    }
}

/// An entry with a key.
#[derive(Debug)]
pub(crate) struct Keyed {
    /// The key; may be a keyword such as `if`.
    pub(crate) key: Ident,
    /// What follows it.
    pub(crate) form: Form,
}

/// What follows a key.
#[derive(Debug)]
pub(crate) enum Form {
    /// Nothing.
    Flag,
    /// `= value`
    Value(Box<Expr>),
    /// `(list)`
    List(Vec<Entry>),
}

impl Keyed {
    /// The key as text.
    pub(crate) fn name(&self) -> String {
        plain(&self.key)
    }

    /// Reports a form that the key does not take.
    pub(crate) fn wrong(&self, errors: &mut Errors, takes: &str, example: &str) {
        let name = self.name();
        match &self.form {
            Form::Flag => errors.at(&self.key, format!("`{name}` takes {takes}: write `{example}`")),
            Form::Value(value) => {
                errors.at(value, format!("`{name}` takes {takes}, found `{}`: write `{example}`", text(value)));
            }
            Form::List(_) => {
                errors.at(&self.key, format!("`{name}` takes {takes}, found a list: write `{example}`"));
            }
        }
    }

    /// `key = "text"`
    pub(crate) fn string(&self, errors: &mut Errors) -> Option<LitStr> {
        if let Form::Value(value) = &self.form
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = bare(value)
        {
            return Some(text.clone());
        }
        self.wrong(errors, "a string", &format!("{} = \"..\"", self.name()));
        None
    }

    /// `key = "text"` where the text has at least one character.
    pub(crate) fn filled_string(&self, errors: &mut Errors) -> Option<LitStr> {
        let text = self.string(errors)?;
        if text.value().trim().is_empty() {
            errors.at(&text, format!("`{}` must not be empty", self.name()));
            return None;
        }
        Some(text)
    }

    /// `key`: the place of the key, `None` after an error.
    pub(crate) fn flag(&self, errors: &mut Errors) -> Option<Span> {
        match &self.form {
            Form::Flag => Some(self.key.span()),
            Form::Value(_) | Form::List(_) => {
                let name = self.name();
                self.wrong(errors, "no value", &name);
                None
            }
        }
    }

    /// `key = true` or `key = false`
    pub(crate) fn boolean(&self, errors: &mut Errors) -> Option<bool> {
        if let Form::Value(value) = &self.form
            && let Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. }) = bare(value)
        {
            return Some(flag.value);
        }
        self.wrong(errors, "`true` or `false`", &format!("{} = true", self.name()));
        None
    }

    /// `key`, `key = true` or `key = false`
    pub(crate) fn switch(&self, errors: &mut Errors) -> Option<bool> {
        if matches!(self.form, Form::Flag) { Some(true) } else { self.boolean(errors) }
    }

    /// `key = 5`, a whole number from zero on.
    pub(crate) fn count(&self, errors: &mut Errors) -> Option<At<u64>> {
        if let Form::Value(value) = &self.form
            && let Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) = bare(value)
            && let Ok(count) = number.base10_parse()
        {
            return Some(At::new(count, value.span()));
        }
        self.wrong(errors, "a whole number from zero on", &format!("{} = 5", self.name()));
        None
    }

    /// `key = 5`, `key = -0.5`
    pub(crate) fn number(&self, errors: &mut Errors) -> Option<At<f64>> {
        if let Form::Value(value) = &self.form {
            match literal(value) {
                Some(Ok(Literal::Int(number))) => return Some(At::new(number as f64, value.span())),
                Some(Ok(Literal::Float(number))) => return Some(At::new(number, value.span())),
                Some(Err(error)) => {
                    errors.push(error);
                    return None;
                }
                _ => {}
            }
        }
        self.wrong(errors, "a number", &format!("{} = 5", self.name()));
        None
    }

    /// `key = path::to::function`
    pub(crate) fn function(&self, errors: &mut Errors) -> Option<syn::Path> {
        if let Form::Value(value) = &self.form
            && let Some(path) = path(value)
        {
            return Some(path);
        }
        self.wrong(errors, "the path of a function", &format!("{} = path::to::function", self.name()));
        None
    }

    /// `key(..)`
    pub(crate) fn list(&self, errors: &mut Errors, example: &str) -> Option<&[Entry]> {
        match &self.form {
            Form::List(list) => Some(list),
            Form::Flag | Form::Value(_) => {
                self.wrong(errors, "a list in parentheses", example);
                None
            }
        }
    }

    /// `key(name, city)`, at least one.
    pub(crate) fn idents(&self, errors: &mut Errors) -> Option<Vec<Ident>> {
        let example = format!("{}(field, other)", self.name());
        let list = self.list(errors, &example)?;
        let mut idents: Vec<Ident> = Vec::new();
        for entry in list {
            match entry.ident() {
                Some(ident) if idents.contains(ident) => {
                    errors.at(ident, format!("`{ident}` stands twice in `{}`", self.name()));
                }
                Some(ident) => idents.push(ident.clone()),
                None => errors.at(entry, format!("expected the name of a field: write `{example}`")),
            }
        }
        if list.is_empty() {
            errors.at(&self.key, format!("`{}` names no field: write `{example}`", self.name()));
        }
        (!idents.is_empty()).then_some(idents)
    }
}

/// The keys seen so far, for keys that stand once.
#[derive(Debug, Default)]
pub(crate) struct Seen(Vec<String>);

impl Seen {
    /// Notes the key; reports it when it stood before.
    pub(crate) fn once(&mut self, key: &Ident, place: &str, errors: &mut Errors) -> bool {
        let name = plain(key);
        if self.0.contains(&name) {
            errors.at(key, format!("`{name}` stands twice in {place}; it may stand once"));
            return false;
        }
        self.0.push(name);
        true
    }
}

/// Reports a key that is not in the list.
pub(crate) fn known(key: &Ident, what: &str, place: &str, allowed: &[&str], errors: &mut Errors) -> bool {
    let name = plain(key);
    let known = allowed.contains(&name.as_str());
    if !known {
        errors.at(key, unknown(what, &name, place, allowed));
    }
    known
}

/// As [`known`], for a key of one of two helper attributes: a key of the other is not a typing error.
pub(crate) fn known_or_of(
    key: &Ident,
    attr: &str,
    allowed: &[&str],
    other: &str,
    others: &[&str],
    errors: &mut Errors,
) -> bool {
    let name = plain(key);
    if !allowed.contains(&name.as_str()) && others.contains(&name.as_str()) {
        errors
            .at(key, format!("`{name}` is a key of `#[{other}]`, found in `#[{attr}]`: write `#[{other}({name} ..)]`"));
        return false;
    }
    known(key, "key", &format!("`#[{attr}]`"), allowed, errors)
}

/// Whether an attribute is the one of ours with this name: by the name, or by its path in the crate.
pub(crate) fn is_ours(attr: &Attribute, name: &str) -> bool {
    let segments = &attr.path().segments;
    let ours = segments.len() == 1 || segments.len() == 2 && segments[0].ident == "loopback";
    ours && segments.last().is_some_and(|last| last.ident == name)
}

/// Reads the inside of an attribute.
pub(crate) fn entries(tokens: TokenStream, errors: &mut Errors) -> Vec<Entry> {
    let mut found = Vec::new();
    let parser = |input: ParseStream<'_>| {
        found = list(input, errors);
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
    found
}

/// Reads the inside of the helper attribute `name` wherever it stands in the list.
pub(crate) fn helper_entries(attrs: &[Attribute], name: &str, errors: &mut Errors) -> Vec<Entry> {
    let mut found = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
        match &attr.meta {
            // Without parentheses: all defaults.
            Meta::Path(_) => {}
            Meta::List(meta) => found.extend(entries(meta.tokens.clone(), errors)),
            Meta::NameValue(meta) => {
                errors.at(meta, format!("`#[{name}]` takes its keys in parentheses: write `#[{name}(..)]`"));
            }
        }
    }
    found
}

fn list(input: ParseStream<'_>, errors: &mut Errors) -> Vec<Entry> {
    let mut found = Vec::new();
    while !input.is_empty() {
        match entry(input, errors) {
            Ok(entry) => found.push(entry),
            Err(error) => {
                errors.push(error);
                skip(input);
            }
        }
        if input.is_empty() {
            break;
        }
        if input.peek(Token![,]) {
            if let Err(error) = input.parse::<Token![,]>() {
                errors.push(error);
            }
        } else {
            errors.push(input.error("expected `,`"));
            skip(input);
            let _ = input.parse::<Token![,]>();
        }
    }
    found
}

/// Goes to the next comma.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            break;
        }
    }
}

fn entry(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Entry> {
    if !starts_with_key(input) {
        return input.parse().map(Entry::Positional);
    }
    let key = input.call(Ident::parse_any)?;
    let form = if input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        Form::List(list(&content, errors))
    } else if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(key.span(), format!("`{}` has no value after `=`", plain(&key))));
        }
        Form::Value(Box::new(input.parse()?))
    } else if input.is_empty() || input.peek(Token![,]) {
        Form::Flag
    } else {
        return Err(input.error(format!("expected `=`, `(` or `,` after `{}`", plain(&key))));
    };
    Ok(Entry::Keyed(Keyed { key, form }))
}

/// Whether a key comes next, and not an expression such as `checks::negative`, `true` or `"a"`.
fn starts_with_key(input: ParseStream<'_>) -> bool {
    if input.peek(LitBool) || !input.peek(Ident::peek_any) {
        return false;
    }
    let ahead = input.fork();
    ahead.call(Ident::parse_any).is_ok() && !ahead.peek(Token![::]) && !ahead.peek(Token![.])
}

/// The expression without the invisible groups that `macro_rules` leaves around its arguments.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => bare(&group.expr),
        Expr::Paren(paren) => bare(&paren.expr),
        other => other,
    }
}

/// The expression as a path.
pub(crate) fn path(expr: &Expr) -> Option<syn::Path> {
    match bare(expr) {
        Expr::Path(path) if path.qself.is_none() => Some(path.path.clone()),
        _ => None,
    }
}

/// The last word of a type's path.
pub(crate) fn last_ident(ty: &syn::Type) -> Option<Ident> {
    match ty {
        syn::Type::Group(group) => last_ident(&group.elem),
        syn::Type::Paren(paren) => last_ident(&paren.elem),
        syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.clone()),
        _ => None,
    }
}

/// The doc comment, without the space after `///`; `""` without one.
pub(crate) fn doc(attrs: &[Attribute]) -> String {
    let lines: Vec<String> = attrs
        .iter()
        .filter(|attr| attr.path().is_ident("doc"))
        .filter_map(|attr| match &attr.meta {
            Meta::NameValue(meta) => match bare(&meta.value) {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            Meta::Path(_) | Meta::List(_) => None,
        })
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned())
        .collect();
    lines.join("\n").trim().to_owned()
}

/// Whether a `#[derive(..)]` of the item names the trait.
pub(crate) fn derives(attrs: &[Attribute], name: &str) -> bool {
    attrs.iter().filter(|attr| attr.path().is_ident("derive")).any(|attr| {
        let mut found = false;
        // An attribute that cannot be read is reported by rustc.
        let _ = attr.parse_nested_meta(|meta| {
            found |= meta.path.segments.last().is_some_and(|segment| segment.ident == name);
            Ok(())
        });
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn read(tokens: TokenStream) -> (Vec<Entry>, String) {
        let mut errors = Errors::default();
        let found = entries(tokens, &mut errors);
        (found, errors.into_tokens().to_string())
    }

    #[test]
    fn keywords_are_keys_and_paths_are_not() {
        let (found, errors) = read(quote!(if = "a", type = "b", flag, list(x, y = 1), a::b, -1, true, "s"));
        assert_eq!(errors, "");
        let shapes: Vec<&str> = found
            .iter()
            .map(|entry| match entry {
                Entry::Keyed(Keyed { form: Form::Flag, .. }) => "flag",
                Entry::Keyed(Keyed { form: Form::Value(_), .. }) => "value",
                Entry::Keyed(Keyed { form: Form::List(_), .. }) => "list",
                Entry::Positional(_) => "bare",
            })
            .collect();
        assert_eq!(shapes, ["value", "value", "flag", "list", "bare", "bare", "bare", "bare"]);
    }

    #[test]
    fn reading_goes_on_after_a_mistake() {
        let (found, errors) = read(quote!(a = , b d, e(f g), "h" i, c));
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(errors.matches("compile_error").count(), 4, "{errors}");
    }

    #[test]
    fn doc_comments_lose_one_space_per_line() {
        let item: syn::ItemStruct = syn::parse_quote! {
            /// First.
            ///
            ///   indented
            struct A;
        };
        assert_eq!(doc(&item.attrs), "First.\n\n  indented");
    }
}
