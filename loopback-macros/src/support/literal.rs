//! Literals in attributes, and as tokens.

use super::attr::bare;
use proc_macro2::{Literal as LiteralToken, TokenStream};
use quote::quote;
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

/// A literal that a definition can hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    /// `true`
    Bool(bool),
    /// `-5`
    Int(i64),
    /// `0.5`
    Float(f64),
    /// `"draft"`
    Str(String),
}

impl Literal {
    /// What it is, for messages.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Str(_) => "a string",
        }
    }
}

/// The expression as a literal; `None` when it is something else.
pub(crate) fn literal(expr: &Expr) -> Option<syn::Result<Literal>> {
    match bare(expr) {
        Expr::Lit(ExprLit { lit, .. }) => of_lit(lit, false, expr),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr: inner, .. }) => match bare(inner) {
            Expr::Lit(ExprLit { lit: lit @ (Lit::Int(_) | Lit::Float(_)), .. }) => of_lit(lit, true, expr),
            _ => None,
        },
        _ => None,
    }
}

fn of_lit(lit: &Lit, negative: bool, whole: &Expr) -> Option<syn::Result<Literal>> {
    let too_large = |what: &str| syn::Error::new_spanned(whole, format!("the number does not fit into {what}"));
    match lit {
        Lit::Bool(lit) => Some(Ok(Literal::Bool(lit.value))),
        Lit::Str(lit) => Some(Ok(Literal::Str(lit.value()))),
        Lit::Int(lit) => Some(
            lit.base10_digits()
                .parse::<i128>()
                .ok()
                .and_then(|number| i64::try_from(if negative { -number } else { number }).ok())
                .map(Literal::Int)
                .ok_or_else(|| too_large("64 bits")),
        ),
        Lit::Float(lit) => Some(
            lit.base10_digits()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .map(|number| Literal::Float(if negative { -number } else { number }))
                .ok_or_else(|| too_large("a double")),
        ),
        _ => None,
    }
}

/// The number as tokens; the sign is a token of its own, as in source text.
pub(crate) fn int_tokens(number: i64) -> TokenStream {
    let digits = LiteralToken::u64_unsuffixed(number.unsigned_abs());
    if number < 0 { quote!(-#digits) } else { quote!(#digits) }
}

/// The number as tokens. It is finite: [`literal`] lets nothing else in.
pub(crate) fn float_tokens(number: f64) -> TokenStream {
    let digits = LiteralToken::f64_unsuffixed(number.abs());
    if number < 0.0 { quote!(-#digits) } else { quote!(#digits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_errors() {
        let expr = |text: &str| syn::parse_str::<Expr>(text).unwrap();
        assert_eq!(literal(&expr("-9223372036854775808")).unwrap().unwrap(), Literal::Int(i64::MIN));
        assert_eq!(literal(&expr("0x10")).unwrap().unwrap(), Literal::Int(16));
        assert!(literal(&expr("9223372036854775808")).unwrap().is_err());
        assert!(literal(&expr("1e999")).unwrap().is_err());
        assert!(literal(&expr("a + b")).is_none());
        assert_eq!(int_tokens(i64::MIN).to_string(), "- 9223372036854775808");
        assert_eq!(float_tokens(-0.5).to_string(), "- 0.5");
    }
}
