//! Plays scenarios: builds the requests, sends them, holds the answers against the recorded ones.

use crate::compare::{Binds, Difference, judge, regex};
use crate::http::{Client, Request, Response, encode_query, encode_target};
use crate::scenario::{Answer, Scenario, Step};
use crate::swagger;
use regex::Regex;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

type Variables = BTreeMap<String, Value>;

/// A step that did not get the recorded answer.
#[derive(Clone, Debug)]
pub struct Failure {
    /// `scenario/step METHOD path`
    pub step: String,
    /// What the step shows.
    pub why: String,
    /// In what the answer differs; never empty.
    pub differences: Vec<Difference>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, difference) in self.differences.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{}: {difference}", self.step)?;
        }
        write!(f, "  ({})", self.why)
    }
}

/// What came of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The steps played.
    pub steps: usize,
    /// Those that failed.
    pub failures: Vec<Failure>,
}

/// Plays one scenario against a server that has its fresh seed. Steps for which `leave_out` is true are not played.
pub fn play(scenario: &Scenario, client: Client, base: &str, leave_out: impl Fn(&Step) -> bool) -> Outcome {
    let mut variables = Variables::from([("base".to_owned(), json!(base))]);
    let mut binds = Binds::new();
    let mut outcome = Outcome::default();
    for step in scenario.steps.iter().filter(|step| !leave_out(step)) {
        outcome.steps += 1;
        let differences = play_step(step, client, &mut variables, &mut binds);
        if !differences.is_empty() {
            let name = format!("{}/{} {} {}", scenario.name, step.id, step.method, step.path);
            outcome.failures.push(Failure { step: name, why: step.why.clone(), differences });
        }
    }
    outcome
}

fn play_step(step: &Step, client: Client, variables: &mut Variables, binds: &mut Binds) -> Vec<Difference> {
    let request = match request(step, variables) {
        Ok(request) => request,
        Err(missing) => {
            return vec![Difference::new("request", format!("a value for {missing}"), "none of an earlier step")];
        }
    };
    let response = match client.send(&request) {
        Ok(response) => response,
        Err(error) => return vec![Difference::new("request", "an answer", error)],
    };
    let head = step.method == "HEAD";
    let body = if head { Value::Null } else { body(&response) };
    let body = match &step.compare.transform {
        Some(transform) if response.status == 200 => transformed(transform, &body),
        _ => body,
    };
    let fill =
        |answer: &Answer| Answer { body: fill(&answer.body, variables, false).unwrap_or_default(), ..answer.clone() };
    let (expect, accept) = (fill(&step.expect), step.accept.iter().map(fill).collect::<Vec<_>>());
    let mut differences = judge(&expect, &accept, &step.compare, &response, &body, head, binds);
    for (name, place) in &step.save {
        match find(place, &response, &body) {
            Some(value) => drop(variables.insert(name.clone(), value)),
            None => {
                variables.remove(name);
                // An answer that was accepted for its status has nothing to save.
                if differences.is_empty() && step.compare.accept_status.is_empty() {
                    differences.push(Difference::new(place, format!("a value for {name}"), "(absent)"));
                }
            }
        }
    }
    differences
}

/// The request of a step; the name of a variable that has no value is the error.
fn request(step: &Step, variables: &Variables) -> Result<Request, String> {
    let text = |text: &str| fill(&json!(text), variables, true).map(|value| plain(&value));
    let mut target = encode_target(&text(&step.path)?, step.raw_path);
    for (name, value) in &step.query {
        let value = plain(&fill(value, variables, true)?);
        let glue = if target.contains('?') { '&' } else { '?' };
        target.push_str(&format!("{glue}{}={}", encode_query(name), encode_query(&value)));
    }
    let mut request = Request { method: step.method.clone(), target, ..Request::default() };
    for (name, value) in &step.headers {
        request.headers.push((name.clone(), plain(&fill(value, variables, true)?)));
    }
    let mut media_type = None;
    if let Some(raw) = &step.raw {
        request.body = Some(text(raw)?.into_bytes());
    } else if let Some(form) = &step.form {
        request.body = Some(text(form)?.into_bytes());
        media_type = Some("application/x-www-form-urlencoded");
    } else if let Some(body) = &step.body {
        request.body = Some(fill(body, variables, true)?.to_string().into_bytes());
        media_type = Some("application/json");
    }
    let given = |name: &str| step.headers.keys().any(|key| key.eq_ignore_ascii_case(name));
    if let Some(media_type) = media_type.filter(|_| !given("content-type")) {
        request = request.header("Content-Type", media_type);
    }
    if !step.no_accept && !given("accept") {
        request = request.header("Accept", "application/json");
    }
    Ok(request)
}

/// Text as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Puts the values of variables in place of `{{name}}`: a text that is nothing but a variable becomes its value, of
/// whatever type. Without `strict`, a variable without a value stays as it is written.
fn fill(value: &Value, variables: &Variables, strict: bool) -> Result<Value, String> {
    static VARIABLE: LazyLock<Regex> = LazyLock::new(|| regex(r"\{\{([A-Za-z0-9_]+)\}\}"));
    Ok(match value {
        Value::String(text) => {
            let mut out = String::new();
            let mut end = 0;
            for found in VARIABLE.captures_iter(text) {
                let (whole, name) = (found.get_match(), &found[1]);
                match variables.get(name) {
                    Some(value) if whole.len() == text.len() => return Ok(value.clone()),
                    Some(value) => {
                        out.push_str(&text[end..whole.start()]);
                        out.push_str(&plain(value));
                        end = whole.end();
                    }
                    None if strict => return Err(name.to_owned()),
                    None => {}
                }
            }
            out.push_str(&text[end..]);
            Value::String(out)
        }
        Value::Array(items) => items.iter().map(|item| fill(item, variables, strict)).collect::<Result<_, _>>()?,
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| {
                let key = plain(&fill(&json!(key), variables, strict)?);
                Ok((key, fill(value, variables, strict)?))
            });
            Value::Object(entries.collect::<Result<Map<_, _>, String>>()?)
        }
        other => other.clone(),
    })
}

/// A body in comparable form: JSON as it is, other kinds as the recorder writes them down.
fn body(response: &Response) -> Value {
    if response.body.is_empty() {
        return Value::Null;
    }
    let media_type = response.media_type().unwrap_or_default();
    if media_type.ends_with("/json") || media_type.ends_with("+json") {
        return serde_json::from_slice(&response.body).unwrap_or_else(|_| json!({"$invalidJson": response.text()}));
    }
    if media_type.ends_with("/xml") {
        return json!({"$xml": response.text()});
    }
    match media_type.as_str() {
        "text/html" => json!({"$html": true}),
        media_type if media_type.starts_with("image/") => json!({"$image": true}),
        _ => json!({"$text": response.text()}),
    }
}

/// What of a body was recorded. A word that is not known would compare less than was meant.
fn transformed(transform: &str, body: &Value) -> Value {
    match transform.split_once(':').unwrap_or((transform, "")) {
        ("swagger", prefix) => swagger::summary(body, prefix),
        _ => panic!("unknown transform `{transform}`"),
    }
}

/// The value at `$.a[0].b`, or of `header:name~pattern(with a group)`.
fn find(place: &str, response: &Response, body: &Value) -> Option<Value> {
    static PART: LazyLock<Regex> = LazyLock::new(|| regex(r"\.([A-Za-z0-9_$\-]+)|\[(\d+)\]"));
    if let Some(header) = place.strip_prefix("header:") {
        let (name, pattern) = header.split_once('~').map_or((header, None), |(name, pattern)| (name, Some(pattern)));
        let value = response.header(name)?;
        return match pattern {
            None => Some(json!(value)),
            Some(pattern) => Some(json!(regex(pattern).captures(&value)?.get(1)?.as_str())),
        };
    }
    let mut value = body;
    for part in PART.captures_iter(place) {
        value = match (part.get(1), part.get(2)) {
            (Some(key), _) => value.get(key.as_str())?,
            (None, Some(index)) => value.get(index.as_str().parse::<usize>().ok()?)?,
            (None, None) => return None,
        };
    }
    (!value.is_null()).then(|| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        Variables::from([("id".to_owned(), json!(7)), ("name".to_owned(), json!("x"))])
    }

    #[test]
    fn variables_keep_their_type_when_alone() {
        let filled = fill(&json!({"a": ["{{id}}", "{{name}}-{{id}}"], "{{name}}": null}), &variables(), true);
        assert_eq!(filled.unwrap(), json!({"a": [7, "x-7"], "x": null}));
        assert_eq!(fill(&json!("/{{nope}}"), &variables(), true), Err("nope".to_owned()));
        assert_eq!(fill(&json!("{{id}}/{{nope}}"), &variables(), false), Ok(json!("7/{{nope}}")));
    }

    #[test]
    fn the_request_of_a_step() {
        let step = json!({"id": "s", "method": "GET", "path": "/a/{{id}}", "query": {"filter": {"where": {"n": "{{id}}"}}, "q": "a b"},
                          "expect": {"status": 200}});
        let request = request(&serde_json::from_value(step).unwrap(), &variables()).unwrap();
        assert_eq!(request.target, "/a/7?filter=%7B%22where%22%3A%7B%22n%22%3A7%7D%7D&q=a%20b");
        assert_eq!(request.headers, [("Accept".to_owned(), "application/json".to_owned())]);
        assert_eq!(request.body, None);
    }

    #[test]
    fn the_bodies_of_a_step() {
        let of = |extra: Value| {
            let mut step =
                json!({"id": "s", "method": "POST", "path": "/a", "noAccept": true, "expect": {"status": 200}});
            step.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            let request = request(&serde_json::from_value(step).unwrap(), &variables()).unwrap();
            (request.headers, request.body.map(|body| String::from_utf8(body).unwrap()))
        };
        let header = |value: &str| vec![("Content-Type".to_owned(), value.to_owned())];
        assert_eq!(of(json!({"body": null})), (header("application/json"), Some("null".to_owned())));
        assert_eq!(
            of(json!({"form": "a={{id}}"})),
            (header("application/x-www-form-urlencoded"), Some("a=7".to_owned()))
        );
        let raw = json!({"raw": "{\"a\":", "headers": {"Content-Type": "text/plain"}});
        assert_eq!(of(raw), (header("text/plain"), Some("{\"a\":".to_owned())));
        assert_eq!(of(json!({})), (vec![], None));
    }

    #[test]
    fn values_to_save() {
        let response =
            Response { status: 200, headers: vec![("location".to_owned(), "/a/12".to_owned())], body: vec![] };
        let body = json!({"a": [{"b": 5}], "n": null});
        assert_eq!(find("$.a[0].b", &response, &body), Some(json!(5)));
        assert_eq!(find("$.a[1].b", &response, &body), None);
        assert_eq!(find("$.n", &response, &body), None);
        assert_eq!(find("header:Location", &response, &body), Some(json!("/a/12")));
        assert_eq!(find("header:Location~/a/(\\d+)", &response, &body), Some(json!("12")));
    }
}
