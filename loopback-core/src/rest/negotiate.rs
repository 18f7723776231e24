//! In which form a client wants its answer: by `_format` in the query, else by `Accept`.
//!
//! Answers to strong-remoting `lib/http-context.js` (answers), strong-error-handler `lib/content-negotiation.js` (errors)
//! and npm `negotiator`, which both of them ask.

use crate::filter::qs;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, HeaderValue};
use std::borrow::Cow;

/// What a request says about the form of its answer.
///
/// Nearly every client says nothing, `*/*` or `application/json`, and all that those pay is the look at two texts.
pub(crate) enum Wanted {
    /// JSON, for answers and errors alike.
    Json,
    /// Something that has to be thought about.
    Asked(Box<Asked>),
}

/// The words of a request about the form of its answer.
pub(crate) struct Asked {
    /// All of `Accept`; `None` without one.
    accept: Option<String>,
    format: Format,
}

/// `_format` of the query.
enum Format {
    Absent,
    Text(String),
    /// A list or an object: nothing is such a form.
    NoText,
}

/// The form of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AnswerForm {
    /// JSON.
    Json,
    /// JSON that has another name.
    JsonAs(HeaderValue),
    /// XML under the name that was asked for.
    Xml(HeaderValue),
    /// None that the client takes: 406.
    Unacceptable,
}

/// The form of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorForm {
    /// `{"error": {..}}`.
    Json,
    /// A page.
    Html,
    /// `<error>..</error>`.
    Xml,
    /// The problem details of RFC 9457, for who asks for them by name.
    Problem,
}

/// How errors are answered: the options `defaultType` and `negotiateContentType` of strong-error-handler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorForms {
    /// What a client gets that takes none of the forms.
    pub(crate) default: ErrorForm,
    /// Whether `Accept` is read at all.
    pub(crate) negotiate: bool,
}

impl Default for ErrorForms {
    fn default() -> Self {
        Self { default: ErrorForm::Json, negotiate: true }
    }
}

const JSON_API: HeaderValue = HeaderValue::from_static("application/vnd.api+json; charset=utf-8");
const APPLICATION_XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");
const TEXT_XML: HeaderValue = HeaderValue::from_static("text/xml; charset=utf-8");

impl Wanted {
    /// What a request says.
    pub(crate) fn of(headers: &HeaderMap, query: Option<&str>) -> Self {
        let plain = match headers.get(ACCEPT) {
            None => true,
            Some(accept) => matches!(accept.as_bytes(), b"*/*" | b"application/json" | b""),
        };
        if plain && !query.is_some_and(|query| query.contains("format")) {
            return Self::Json;
        }
        let all = headers.get_all(ACCEPT).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let accept = all.collect::<Vec<_>>().join(", ");
        let accept = Some(accept).filter(|accept| !accept.is_empty());
        Self::Asked(Box::new(Asked { accept, format: query.map_or(Format::Absent, Format::of) }))
    }

    /// The form of an answer; XML only where the app has it.
    pub(super) fn answer(&self, xml: bool) -> AnswerForm {
        match self {
            Self::Json => AnswerForm::Json,
            Self::Asked(asked) => asked.answer(xml),
        }
    }

    /// The form of an error.
    pub(super) fn error(&self, forms: ErrorForms) -> ErrorForm {
        match self {
            Self::Json if forms.negotiate => ErrorForm::Json,
            Self::Json => forms.default,
            Self::Asked(asked) => asked.error(forms),
        }
    }
}

impl Format {
    fn of(query: &str) -> Self {
        let mut found = Self::Absent;
        for part in query.split('&') {
            let name = qs::decode(part.split('=').next().unwrap_or_default());
            if name.as_ref().is_ok_and(|name| name.starts_with("_format[")) {
                return Self::NoText;
            }
            if !name.is_ok_and(|name| name == "_format") {
                continue;
            }
            // Twice is a list.
            let Self::Absent = found else { return Self::NoText };
            let value = part.split_once('=').map_or("", |(_, value)| value);
            found = qs::decode(value).map_or(Self::NoText, |value| Self::Text(value.into_owned()));
        }
        match found {
            Self::Text(text) if text.is_empty() => Self::Absent,
            found => found,
        }
    }
}

impl Asked {
    fn answer(&self, xml: bool) -> AnswerForm {
        const OFFERED: [&str; 6] =
            ["application/json", "application/javascript", "application/xml", "text/javascript", "text/xml", "*/*"];
        let wanted = match &self.format {
            Format::NoText => return AnswerForm::Unacceptable,
            Format::Text(format) => Cow::Owned(format.to_lowercase()),
            Format::Absent => {
                let offered = OFFERED.iter().copied().filter(|kind| xml || !kind.ends_with("xml"));
                match &self.accept {
                    None => return AnswerForm::Json,
                    Some(accept) => match preferred(accept, offered) {
                        Some(kind) => Cow::Borrowed(kind),
                        None => return AnswerForm::Unacceptable,
                    },
                }
            }
        };
        match &*wanted {
            // Differs from LoopBack: a script is not called back (JSONP); who takes JavaScript gets JSON, as there without
            // a `callback`.
            "*/*" | "application/json" | "json" | "application/javascript" | "text/javascript" => AnswerForm::Json,
            "application/vnd.api+json" => AnswerForm::JsonAs(JSON_API),
            "application/xml" if xml => AnswerForm::Xml(APPLICATION_XML),
            "text/xml" | "xml" if xml => AnswerForm::Xml(TEXT_XML),
            _ => AnswerForm::Unacceptable,
        }
    }

    fn error(&self, forms: ErrorForms) -> ErrorForm {
        // The fourth one is what `xml` is short for. Differs from LoopBack: the last one is none of its forms.
        const OFFERED: [&str; 5] =
            ["application/json", "text/html", "text/xml", "application/xml", "application/problem+json"];
        if let Format::Text(format) = &self.format
            && let Some(form) = ErrorForm::named(format)
        {
            return form;
        }
        if !forms.negotiate {
            return forms.default;
        }
        let Some(accept) = &self.accept else { return ErrorForm::Json };
        preferred(accept, OFFERED).and_then(ErrorForm::named).unwrap_or(forms.default)
    }
}

impl ErrorForm {
    /// `json`, `application/json`, `html`, ..: the words that strong-error-handler knows, `application/xml` and
    /// `application/problem+json`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "application/json" | "json" => Some(Self::Json),
            "text/html" | "html" => Some(Self::Html),
            "text/xml" | "xml" | "application/xml" => Some(Self::Xml),
            "application/problem+json" => Some(Self::Problem),
            _ => None,
        }
    }
}

/// A part of `Accept`.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    parameters: bool,
    quality: f32,
}

impl<'a> Range<'a> {
    /// `None`: it is no media range.
    fn of(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';');
        let (kind, subtype) = parts.next()?.trim().split_once('/')?;
        let mut range = Self { kind, subtype, parameters: false, quality: 1.0 };
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if name.trim().eq_ignore_ascii_case("q") {
                // What is no number is refused, and what follows is not of the type.
                range.quality = value.trim().parse().ok().filter(|q: &f32| q.is_finite()).unwrap_or(0.0);
                break;
            }
            range.parameters = true;
        }
        (!kind.is_empty() && !subtype.is_empty() && !subtype.contains(' ')).then_some(range)
    }

    /// How exactly it says a type; `None`: it says another one. None of ours has parameters.
    fn says(&self, kind: &str, subtype: &str) -> Option<u8> {
        let part = |said: &str, offered: &str, exact: u8| {
            if said.eq_ignore_ascii_case(offered) { Some(exact) } else { (said == "*").then_some(0) }
        };
        if self.parameters {
            return None;
        }
        Some(part(self.kind, kind, 4)? | part(self.subtype, subtype, 2)?)
    }
}

/// More ranges than any client has.
const MAX_RANGES: usize = 64;

/// The one of the offered types that a client likes best: by quality, then by how exactly it is named, then by its place in
/// `Accept`, then by its place among the offered ones. `None`: it takes none of them.
fn preferred<'o>(accept: &str, offered: impl IntoIterator<Item = &'o str>) -> Option<&'o str> {
    let ranges: Vec<Range<'_>> = accept.split(',').take(MAX_RANGES).filter_map(Range::of).collect();
    let mut best: Option<(f32, u8, usize, &str)> = None;
    for kind in offered {
        let (of, subtype) = kind.split_once('/').unwrap_or((kind, ""));
        // The most exact range decides, and of equals the one that likes it best.
        let mut here: Option<(u8, f32, usize)> = None;
        for (at, range) in ranges.iter().enumerate() {
            if let Some(exact) = range.says(of, subtype)
                && here.is_none_or(|(known, quality, _)| exact > known || (exact == known && range.quality > quality))
            {
                here = Some((exact, range.quality, at));
            }
        }
        let Some((exact, quality, at)) = here.filter(|(_, quality, _)| *quality > 0.0) else { continue };
        let better =
            best.is_none_or(|(q, e, a, _)| quality > q || (quality == q && (exact > e || (exact == e && at < a))));
        if better {
            best = Some((quality, exact, at, kind));
        }
    }
    best.map(|(.., kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(accept: Option<&str>, query: Option<&str>) -> Wanted {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert(ACCEPT, accept.parse().unwrap());
        }
        Wanted::of(&headers, query)
    }

    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    #[test]
    fn most_clients_are_not_thought_about() {
        for accept in [None, Some("*/*"), Some("application/json")] {
            assert!(matches!(wanted(accept, Some("filter=%7B%7D")), Wanted::Json));
        }
        assert!(matches!(wanted(Some("text/html"), None), Wanted::Asked(_)));
        assert!(matches!(wanted(None, Some("_format=xml")), Wanted::Asked(_)));
    }

    #[test]
    fn answers_have_the_form_that_strong_remoting_chooses() {
        let (json, application, text) = (AnswerForm::Json, AnswerForm::Xml(APPLICATION_XML), AnswerForm::Xml(TEXT_XML));
        let none = AnswerForm::Unacceptable;
        for (accept, query, with_xml, without) in [
            (Some(BROWSER), None, &application, &json),
            (Some("text/html"), None, &none, &none),
            (Some("text/plain"), None, &none, &none),
            (Some("application/xml"), None, &application, &none),
            (Some("text/xml"), None, &text, &none),
            (Some("TEXT/XML"), None, &text, &none),
            (Some("text/xml, application/json;q=0.5"), None, &text, &json),
            (Some("application/json, text/plain, */*"), None, &json, &json),
            (Some("text/*"), None, &json, &json),
            (Some("application/json;q=0"), None, &none, &none),
            (Some("*/*, application/json;q=0, application/xml;q=0"), None, &json, &json),
            (Some("nonsense"), None, &none, &none),
            (Some("text/html"), Some("_format=json"), &json, &json),
            (None, Some("a=1&_format=XML"), &text, &none),
            (None, Some("_format=application%2Fxml"), &application, &none),
            (None, Some("_format=yaml"), &none, &none),
            (None, Some("_format="), &json, &json),
            (None, Some("_format[]=json"), &none, &none),
            (None, Some("_format=json&_format=json"), &none, &none),
            (None, Some("my_format=xml"), &json, &json),
            (None, Some("_format=%ff"), &none, &none),
            (
                None,
                Some("_format=application/vnd.api%2Bjson"),
                &AnswerForm::JsonAs(JSON_API),
                &AnswerForm::JsonAs(JSON_API),
            ),
        ] {
            let wanted = wanted(accept, query);
            assert_eq!(wanted.answer(true), *with_xml, "{accept:?} {query:?}");
            assert_eq!(wanted.answer(false), *without, "{accept:?} {query:?}, without XML");
        }
    }

    #[test]
    fn errors_have_the_form_that_strong_error_handler_chooses() {
        use ErrorForm::{Html, Json, Problem, Xml};
        for (accept, query, form) in [
            (Some(BROWSER), None, Html),
            (Some("text/html"), None, Html),
            (Some("application/xml"), None, Xml),
            (Some("text/xml"), None, Xml),
            (Some("text/plain"), None, Json),
            (Some("*/*, text/html"), None, Html),
            (Some("text/html;q=0.5, application/json"), None, Json),
            (Some("application/problem+json"), None, Problem),
            (Some("application/problem+json, application/json"), None, Problem),
            (Some("application/json, application/problem+json"), None, Json),
            (Some("application/*"), None, Json),
            (None, Some("_format=xml"), Xml),
            (Some("application/xml"), Some("_format=json"), Json),
            (Some("text/html"), Some("_format=yaml"), Html),
            (None, Some("_format=yaml"), Json),
            (None, Some("_format[]=xml"), Json),
        ] {
            assert_eq!(wanted(accept, query).error(ErrorForms::default()), form, "{accept:?} {query:?}");
        }
        let fixed = ErrorForms { default: Html, negotiate: false };
        assert_eq!(wanted(Some("text/xml"), None).error(fixed), Html);
        assert_eq!(wanted(None, None).error(fixed), Html);
        assert_eq!(wanted(None, Some("_format=json")).error(fixed), Json);
    }

    #[test]
    fn an_endless_accept_is_read_to_a_bound() {
        let long = "a/b;q=0.1,".repeat(100_000) + "application/json";
        assert_eq!(preferred(&long, ["application/json"]), None);
    }
}
