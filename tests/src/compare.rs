//! Is an answer the one that was recorded?
//!
//! Strictly: the status, the recorded headers, every value of the body. Loosely: `null` and an absent property are the
//! same, numbers count by value, and of an error neither the message nor the stack counts.

use crate::http::Response;
use crate::scenario::{Answer, BodyRule, Compare};
use regex::Regex;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// A place where an answer is not the recorded one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `status`, `header x`, or a path in the body.
    pub place: String,
    /// What was recorded.
    pub want: String,
    /// What came.
    pub got: String,
}

impl Difference {
    /// A difference in something other than the body.
    pub fn new(place: impl Into<String>, want: impl fmt::Display, got: impl fmt::Display) -> Self {
        Self { place: place.into(), want: want.to_string(), got: got.to_string() }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: want {}, got {}", self.place, self.want, self.got)
    }
}

/// Values that must be the same wherever a scenario binds the same name.
pub type Binds = BTreeMap<String, Value>;

/// Holds an answer against the recorded one and those that are as good.
pub fn judge(
    expect: &Answer,
    accept: &[Answer],
    rules: &Compare,
    response: &Response,
    body: &Value,
    head: bool,
    binds: &mut Binds,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    if expect.status != response.status {
        differences.push(Difference::new("status", expect.status, response.status));
    }
    differences.extend(expect.headers.iter().filter_map(|(name, want)| header(name, want, response)));
    if rules.body == BodyRule::Compare {
        differences.extend(body_differences(&expect.body, body, rules, binds));
    }
    if differences.is_empty() {
        return differences;
    }
    let as_good = accept.iter().any(|answer| {
        answer.status == response.status && body_differences(&answer.body, body, rules, &mut binds.clone()).is_empty()
    });
    let better = response.status != expect.status
        && rules.accept_status.contains(&response.status)
        && (response.status < 400 || head || body["error"]["statusCode"] == json!(response.status));
    if as_good || better { Vec::new() } else { differences }
}

fn header(name: &str, want: &Value, response: &Response) -> Option<Difference> {
    let got = response.header(name);
    let name = name.to_ascii_lowercase();
    let same = match (want, &got) {
        (Value::Null, None) => true,
        (Value::Null, Some(_)) | (_, None) => false,
        (Value::String(want), Some(got)) if name == "content-type" => media_type(want) == media_type(got),
        (Value::String(want), Some(got))
            if name.starts_with("access-control-") || name == "allow" || name == "vary" =>
        {
            list(want) == list(got)
        }
        (Value::String(want), Some(got)) => want == got,
        (matcher, Some(got)) => matcher.get("$match").is_some() && matches(matcher, &json!(got)),
    };
    (!same).then(|| Difference::new(format!("header {name}"), short(want), got.unwrap_or("(absent)".to_owned())))
}

fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(|item| item.trim().to_ascii_lowercase()).collect()
}

/// All differences between two bodies.
pub fn body_differences(want: &Value, got: &Value, rules: &Compare, binds: &mut Binds) -> Vec<Difference> {
    let in_error = want.get("error").is_some_and(Value::is_object);
    let mut comparison = Comparison { rules, binds, differences: Vec::new() };
    comparison.compare(want, got, "$", in_error);
    comparison.differences
}

struct Comparison<'a> {
    rules: &'a Compare,
    binds: &'a mut Binds,
    differences: Vec<Difference>,
}

impl Comparison<'_> {
    fn compare(&mut self, want: &Value, got: &Value, path: &str, in_error: bool) {
        if self.is_ignored(path) {
            return;
        }
        match (want, got) {
            (Value::Object(matcher), _) if matcher.contains_key("$match") => self.compare_matcher(want, got, path),
            (Value::Null, Value::Null) => {}
            (Value::Object(xml), _) if xml.contains_key("$xml") => {
                let tree = |xml: &Value| crate::xml::tree(xml["$xml"].as_str().unwrap_or_default());
                match (tree(want), tree(got)) {
                    (Ok(same), Ok(got)) if same == got => {}
                    _ => self.differ(path, want, got),
                }
            }
            (Value::Object(want), Value::Object(got)) => self.compare_objects(want, got, path, in_error),
            (Value::Array(want), Value::Array(got)) => self.compare_lists(want, got, path, in_error),
            (Value::Number(a), Value::Number(b)) if same_number(a, b) => {}
            (want, got) if want == got => {}
            (want, got) => self.differ(path, want, got),
        }
    }

    fn compare_objects(&mut self, want: &Map<String, Value>, got: &Map<String, Value>, path: &str, in_error: bool) {
        let added = got.keys().filter(|key| !want.contains_key(*key));
        for key in want.keys().chain(added) {
            // The words of an error are ours; where the recording has words, any will do.
            let is_message = key == "message" && want.get(key).is_some_and(Value::is_string);
            if in_error && (key == "stack" || is_message) {
                continue;
            }
            let at = format!("{path}.{key}");
            self.compare(want.get(key).unwrap_or(&Value::Null), got.get(key).unwrap_or(&Value::Null), &at, in_error);
        }
    }

    fn compare_lists(&mut self, want: &[Value], got: &[Value], path: &str, in_error: bool) {
        if want.len() != got.len() {
            let show = |list: &[Value]| format!("{}: {}", list.len(), short(&json!(list)));
            self.differences.push(Difference::new(format!("{path}.length"), show(want), show(got)));
        } else if self.rules.unordered.iter().any(|rule| *rule == without_indexes(path)) {
            self.compare_unordered(want, got, path, in_error);
        } else {
            for (at, (want, got)) in want.iter().zip(got).enumerate() {
                self.compare(want, got, &format!("{path}[{at}]"), in_error);
            }
        }
    }

    fn compare_unordered(&mut self, want: &[Value], got: &[Value], path: &str, in_error: bool) {
        let mut rest: Vec<&Value> = got.iter().collect();
        for want in want {
            let found = rest.iter().position(|got| {
                let mut trial =
                    Comparison { rules: self.rules, binds: &mut self.binds.clone(), differences: Vec::new() };
                trial.compare(want, got, &format!("{path}[*]"), in_error);
                trial.differences.is_empty()
            });
            match found {
                Some(at) => drop(rest.remove(at)),
                None => {
                    let want = format!("an item like {}", short(want));
                    self.differences.push(Difference::new(path, want, short(&json!(rest))));
                    return;
                }
            }
        }
    }

    fn compare_matcher(&mut self, matcher: &Value, got: &Value, path: &str) {
        if !matches(matcher, got) {
            self.differ(path, matcher, got);
        } else if let Some(name) = matcher["bind"].as_str() {
            let bound = self.binds.entry(name.to_owned()).or_insert_with(|| got.clone());
            if bound != got {
                let want = format!("the same {name} as before: {}", short(bound));
                self.differences.push(Difference::new(path, want, short(got)));
            }
        }
    }

    fn differ(&mut self, path: &str, want: &Value, got: &Value) {
        self.differences.push(Difference::new(path, short(want), short(got)));
    }

    /// `$.a` covers `$.a` and all below; `$[*].a` does so in every item; `$..a` is any `a`.
    fn is_ignored(&self, path: &str) -> bool {
        let general = without_indexes(path);
        self.rules.ignore.iter().any(|rule| {
            let below = |path: &str| {
                path.strip_prefix(rule.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with('['))
            };
            let anywhere = || rule.strip_prefix("$..").is_some_and(|name| general.ends_with(&format!(".{name}")));
            below(path) || below(&general) || anywhere()
        })
    }
}

/// `$[3].a[0]` as `$[*].a[*]`.
fn without_indexes(path: &str) -> String {
    static INDEX: LazyLock<Regex> = LazyLock::new(|| regex(r"\[\d+\]"));
    INDEX.replace_all(path, "[*]").into_owned()
}

fn same_number(a: &serde_json::Number, b: &serde_json::Number) -> bool {
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
        return a == b;
    }
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => a == b,
    }
}

/// Whether a value is of the kind that stands in place of values that differ from recording to recording.
fn matches(matcher: &Value, got: &Value) -> bool {
    static DATE: LazyLock<Regex> = LazyLock::new(|| regex(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"));
    static UUID: LazyLock<Regex> = LazyLock::new(|| regex(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"));
    let text = got.as_str();
    let of_length = |text: &str| Some(text.len() as u64) == matcher["length"].as_u64();
    match matcher["$match"].as_str().unwrap_or_default() {
        "anything" => true,
        "any" => !got.is_null(),
        "number" => got.is_number(),
        "string" => text.is_some(),
        "isodate" => text.is_some_and(|text| DATE.is_match(text)),
        "uuid" => text.is_some_and(|text| UUID.is_match(text)),
        "token" => text.is_some_and(|text| {
            of_length(text) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        }),
        "hash" => text.is_some_and(|text| {
            of_length(text) && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        }),
        "regex" => text.is_some_and(|text| regex(matcher["regex"].as_str().unwrap_or_default()).is_match(text)),
        other => panic!("unknown matcher `{other}`"),
    }
}

/// A regular expression of our own or of a scenario file.
pub(crate) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|error| panic!("the pattern {pattern}: {error}"))
}

/// A value for a message, cut when long.
fn short(value: &Value) -> String {
    const MOST: usize = 200;
    let text = if value.is_null() { "(absent)".to_owned() } else { value.to_string() };
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences_with(want: &Value, got: &Value, rules: &Value) -> Vec<String> {
        let rules: Compare = serde_json::from_value(rules.clone()).unwrap();
        body_differences(want, got, &rules, &mut Binds::new()).iter().map(ToString::to_string).collect()
    }

    fn differences(want: &Value, got: &Value) -> Vec<String> {
        differences_with(want, got, &json!({}))
    }

    fn response(status: u16, headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status, headers, body: Vec::new() }
    }

    fn judged(step: &Value, response: &Response, body: &Value) -> Vec<String> {
        let expect: Answer = serde_json::from_value(step["expect"].clone()).unwrap();
        let accept: Vec<Answer> = serde_json::from_value(step.get("accept").cloned().unwrap_or(json!([]))).unwrap();
        let rules: Compare = serde_json::from_value(step.get("compare").cloned().unwrap_or(json!({}))).unwrap();
        let found = judge(&expect, &accept, &rules, response, body, false, &mut Binds::new());
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn null_and_absent_are_the_same() {
        assert!(differences(&json!({"a": 1, "b": null}), &json!({"a": 1})).is_empty());
        assert!(differences(&json!({"a": 1}), &json!({"a": 1, "b": null})).is_empty());
        assert!(differences(&json!(null), &json!(null)).is_empty());
        assert_eq!(differences(&json!({"a": 1}), &json!({})), ["$.a: want 1, got (absent)"]);
        assert_eq!(differences(&json!({}), &json!({"a": {"b": 1}})), ["$.a: want (absent), got {\"b\":1}"]);
    }

    #[test]
    fn numbers_count_by_value_and_nothing_else_is_converted() {
        assert!(differences(&json!([1, 2.0, 0.3]), &json!([1.0, 2, 0.1 + 0.2])).is_empty());
        assert_eq!(differences(&json!([9007199254740993_i64]), &json!([9007199254740992_i64])).len(), 1);
        assert_eq!(differences(&json!(1), &json!("1")), ["$: want 1, got \"1\""]);
        assert_eq!(differences(&json!(true), &json!(1)), ["$: want true, got 1"]);
        assert_eq!(differences(&json!(0), &json!(false)).len(), 1);
        assert_eq!(differences(&json!({}), &json!([])).len(), 1);
    }

    #[test]
    fn lists_count_in_order_unless_the_step_says_otherwise() {
        let (want, got) = (json!({"l": [1, {"a": 2}]}), json!({"l": [{"a": 2}, 1]}));
        assert_eq!(differences(&want, &got).len(), 2);
        assert!(differences_with(&want, &got, &json!({"unordered": ["$.l"]})).is_empty());
        assert_eq!(differences(&json!([1]), &json!([1, 2])), ["$.length: want 1: [1], got 2: [1,2]"]);
        let twice = differences_with(&json!([1, 1]), &json!([1, 2]), &json!({"unordered": ["$"]}));
        assert_eq!(twice, ["$: want an item like 1, got [2]"]);
    }

    #[test]
    fn ignored_paths() {
        let (want, got) = (json!([{"id": 1, "n": {"id": 1}}]), json!([{"id": 2, "n": {"id": 3}}]));
        assert_eq!(differences(&want, &got).len(), 2);
        assert_eq!(differences_with(&want, &got, &json!({"ignore": ["$[*].id"]})).len(), 1);
        assert_eq!(differences_with(&want, &got, &json!({"ignore": ["$[0].n"]})).len(), 1);
        assert!(differences_with(&want, &got, &json!({"ignore": ["$..id"]})).is_empty());
        assert_eq!(differences_with(&json!({"idle": 1}), &json!({}), &json!({"ignore": ["$.id"]})).len(), 1);
    }

    #[test]
    fn of_errors_the_words_do_not_count() {
        let want = json!({"error": {"statusCode": 422, "message": "a", "details": {"codes": {"name": ["presence"]}}}});
        let mut got = want.clone();
        got["error"]["message"] = json!("b");
        got["error"]["stack"] = json!("at ...");
        assert!(differences(&want, &got).is_empty());
        got["error"]["details"]["codes"]["name"] = json!(["length.min"]);
        assert_eq!(differences(&want, &got), ["$.error.details.codes.name[0]: want \"presence\", got \"length.min\""]);
        // Elsewhere a message is data.
        assert_eq!(differences(&json!({"message": "a"}), &json!({"message": "b"})).len(), 1);
    }

    #[test]
    fn matchers() {
        let is = |matcher: &Value, got: &Value| differences(matcher, got).is_empty();
        assert!(is(&json!({"$match": "isodate"}), &json!("2020-01-02T03:04:05.678Z")));
        assert!(!is(&json!({"$match": "isodate"}), &json!("2020-01-02T03:04:05Z")));
        assert!(is(&json!({"$match": "uuid"}), &json!("123e4567-e89b-12d3-a456-426614174000")));
        assert!(!is(&json!({"$match": "uuid"}), &json!("123e4567")));
        assert!(is(&json!({"$match": "token", "length": 3}), &json!("a_Z")));
        assert!(!is(&json!({"$match": "token", "length": 4}), &json!("a_Z")));
        assert!(!is(&json!({"$match": "hash", "length": 2}), &json!("zz")));
        assert!(is(&json!({"$match": "number"}), &json!(1.5)) && !is(&json!({"$match": "number"}), &json!("1")));
        assert!(is(&json!({"$match": "any"}), &json!(false)) && !is(&json!({"$match": "any"}), &json!(null)));
        let twice = json!([{"$match": "string", "bind": "x"}, {"$match": "string", "bind": "x"}]);
        assert!(is(&twice, &json!(["a", "a"])) && !is(&twice, &json!(["a", "b"])));
    }

    #[test]
    fn headers() {
        let step = json!({"expect": {"status": 200, "headers": {"content-type": "application/json", "x-a": null}}});
        let right = response(200, &[("content-type", "application/json; charset=utf-8")]);
        assert!(judged(&step, &right, &json!(null)).is_empty());
        let wrong = response(200, &[("content-type", "text/html"), ("x-a", "1")]);
        let want =
            ["header content-type: want \"application/json\", got text/html", "header x-a: want (absent), got 1"];
        assert_eq!(judged(&step, &wrong, &json!(null)), want);
        let absent = judged(&step, &response(200, &[]), &json!(null));
        assert_eq!(absent, ["header content-type: want \"application/json\", got (absent)"]);
        let cors = json!({"expect": {"status": 204, "headers": {"access-control-allow-methods": "GET,PUT"}}});
        assert!(
            judged(&cors, &response(204, &[("access-control-allow-methods", "GET, PUT")]), &json!(null)).is_empty()
        );
    }

    #[test]
    fn a_better_answer_than_a_recorded_defect() {
        let step = json!({"expect": {"status": 500, "body": {"error": {"statusCode": 500}}},
                          "compare": {"reference_bug": true, "accept_status": [200, 422]}});
        assert!(judged(&step, &response(500, &[]), &json!({"error": {"statusCode": 500}})).is_empty());
        assert!(judged(&step, &response(422, &[]), &json!({"error": {"statusCode": 422}})).is_empty());
        assert!(judged(&step, &response(200, &[]), &json!({"any": 1})).is_empty());
        assert!(!judged(&step, &response(422, &[]), &json!("no error body")).is_empty());
        assert!(!judged(&step, &response(400, &[]), &json!({"error": {"statusCode": 400}})).is_empty());
    }

    #[test]
    fn an_answer_that_is_as_good() {
        let step = json!({"expect": {"status": 200, "body": [1]}, "accept": [{"status": 200, "body": []}]});
        assert!(judged(&step, &response(200, &[]), &json!([1])).is_empty());
        assert!(judged(&step, &response(200, &[]), &json!([])).is_empty());
        assert_eq!(judged(&step, &response(200, &[]), &json!([2])), ["$[0]: want 1, got 2"]);
    }
}
