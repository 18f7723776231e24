//! Rules about literals and validations that do not go with the type of a field.
//!
//! A type that the macro does not know by name is never refused here: the trait bound of the expansion, or the check
//! of all models at start, sees more.

use super::ir::{Base, DefaultValue, Property, Rule};
use crate::support::errors::Errors;
use crate::support::literal::Literal;
use crate::support::spans::{At, plain, text};

/// Checks the default and the validations of a property against its type.
pub(super) fn check(property: &Property, errors: &mut Errors) {
    default_fits(property, errors);
    for validation in &property.options.validations {
        let key = plain(&validation.key);
        let goes = |allowed: bool, on: &str, errors: &mut Errors| {
            if !allowed {
                let message = format!("`{key}` goes on {on}; `{}` is `{}`", property.field(), text(&property.ty));
                errors.at(&validation.key, message);
            }
        };
        let base = property.shape.base;
        match &validation.rule {
            Rule::Length { .. } => {
                goes(
                    matches!(base, Base::String | Base::List | Base::Bytes | Base::Unknown),
                    "a text or a list",
                    errors,
                );
            }
            Rule::Range { .. } | Rule::Numericality { .. } => goes(numeric(base), "a number", errors),
            Rule::Format(_) => goes(matches!(base, Base::String | Base::Unknown), "a `String`", errors),
            Rule::Inclusion(list) | Rule::Exclusion(list) => {
                for literal in list {
                    if let Some(reason) = misfit(base, literal) {
                        let ty = text(&property.ty);
                        errors.span(literal.span, format!("`{key}` of `{}` ({ty}): {reason}", property.field()));
                    }
                }
            }
            Rule::Presence | Rule::Absence | Rule::Uniqueness { .. } | Rule::Custom(_) | Rule::CustomAsync(_) => {}
        }
    }
}

fn numeric(base: Base) -> bool {
    matches!(base, Base::Integer { .. } | Base::Float | Base::Decimal | Base::Unknown)
}

fn default_fits(property: &Property, errors: &mut Errors) {
    let Some(default) = &property.options.default else { return };
    let base = property.shape.base;
    let reason = match &default.value {
        DefaultValue::Literal(literal) => misfit(base, &At::new(literal.clone(), default.span)),
        DefaultValue::Now if !matches!(base, Base::DateTime | Base::Date | Base::Unknown) => {
            Some(format!("`now` goes on `DateTime<Utc>` and `NaiveDate`, the field is {}", base.noun()))
        }
        DefaultValue::Uuid if !matches!(base, Base::String | Base::Uuid | Base::Unknown) => {
            Some(format!("`guid` and `uuid` go on `String` and `Uuid`, the field is {}", base.noun()))
        }
        DefaultValue::Now | DefaultValue::Uuid | DefaultValue::Function(_) => None,
    };
    if let Some(reason) = reason {
        let ty = text(&property.ty);
        errors.span(default.span, format!("`default` of `{}` ({ty}): {reason}", property.field()));
    }
}

/// Why a literal cannot be a value of the type; `None`: it can, or the macro cannot tell.
pub(crate) fn misfit(base: Base, literal: &At<Literal>) -> Option<String> {
    let expected = |what: &str| Some(format!("expected {what}, found {}", literal.value.noun()));
    match (base, &literal.value) {
        (Base::Unknown, _)
        | (Base::String | Base::Bytes, Literal::Str(_))
        | (Base::Float | Base::Decimal, Literal::Int(_) | Literal::Float(_))
        | (Base::Bool, Literal::Bool(_)) => None,
        (Base::Integer { name, min, max }, Literal::Int(number)) => {
            (!(min..=max).contains(number)).then(|| format!("{number} does not fit into `{name}` ({min} to {max})"))
        }
        (Base::Integer { .. }, _) => expected("an integer"),
        (Base::Decimal, Literal::Str(text)) => {
            (!decimal(text)).then(|| format!("expected a decimal number such as \"9.90\", found \"{text}\""))
        }
        (Base::DateTime, Literal::Str(text)) => {
            (!moment(text)).then(|| format!("expected an ISO date such as \"2024-05-01T08:00:00Z\", found \"{text}\""))
        }
        (Base::Date, Literal::Str(text)) => {
            (!day(text)).then(|| format!("expected a day such as \"2024-05-01\", found \"{text}\""))
        }
        (Base::Uuid, Literal::Str(text)) => (!uuid(text)).then(|| format!("expected a UUID, found \"{text}\"")),
        (Base::List | Base::GeoPoint, _) => {
            Some(format!("no literal is {}; a function can make the value", base.noun()))
        }
        (
            Base::String
            | Base::Float
            | Base::Bool
            | Base::DateTime
            | Base::Date
            | Base::Decimal
            | Base::Uuid
            | Base::Bytes,
            _,
        ) => expected(base.noun()),
    }
}

impl Base {
    /// What a value of it is, for messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Integer { .. } => "an integer",
            Self::Float => "a number",
            Self::Bool => "a boolean",
            Self::DateTime => "a date",
            Self::Date => "a day",
            Self::Decimal => "a decimal",
            Self::Uuid => "a UUID",
            Self::Bytes => "bytes",
            Self::GeoPoint => "a geo point",
            Self::List => "a list",
            Self::Unknown => "a type of your own",
        }
    }
}

/// `2024-05-01`
fn day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let between = |part: &str, max: u8| part.parse::<u8>().is_ok_and(|number| (1..=max).contains(&number));
    matches!(parts.as_slice(), [year, month, day]
        if digits(year, 4) && digits(month, 2) && digits(day, 2) && between(month, 12) && between(day, 31))
}

/// A day, alone or with a time behind `T` or a space. The time is looked at by the check at start.
fn moment(text: &str) -> bool {
    match text.find(['T', 't', ' ']) {
        Some(at) => {
            day(&text[..at])
                && text.as_bytes().get(at + 1..at + 6).is_some_and(|time| {
                    time[2] == b':' && [time[0], time[1], time[3], time[4]].iter().all(u8::is_ascii_digit)
                })
        }
        None => day(text),
    }
}

/// `-9.90`
fn decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    matches!(groups.as_slice(), [8, 4, 4, 4, 12] | [32])
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_dates_are_recognised() {
        for good in ["2024-05-01", "2024-05-01T08:00:00Z", "2024-05-01 08:00", "2024-12-31T23:59:59.999+01:00"] {
            assert!(moment(good), "{good}");
        }
        for bad in ["", "now", "2024-13-01", "01.05.2024", "2024-05-01T", "2024-05-01Tä8:00", "2024-5-1"] {
            assert!(!moment(bad), "{bad}");
        }
        assert!(day("2024-05-01") && !day("2024-05-01T08:00:00Z"));
    }

    #[test]
    fn decimals_and_uuids_are_recognised() {
        for good in ["0", "9.90", "-1.5", "+2"] {
            assert!(decimal(good), "{good}");
        }
        for bad in ["", ".", "1.", ".5", "1e5", "1,5"] {
            assert!(!decimal(bad), "{bad}");
        }
        assert!(uuid("936da01f-9abd-4d9d-80c7-02af85c822a8") && uuid("936DA01F9ABD4D9D80C702AF85C822A8"));
        assert!(!uuid("936da01f") && !uuid("936da01f-9abd-4d9d-80c7-02af85c822ag"));
    }
}
