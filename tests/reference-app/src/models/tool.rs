//! The model without a table that remote methods are tried on.

use super::shop::Product;
use loopback::prelude::*;
use serde_json::{Map, Value as Json, json};

#[model(transient, plural = "tools")]
pub struct Tool {}

#[derive(serde::Serialize)]
struct Xmlish {
    title: &'static str,
    count: u8,
    ok: bool,
    list: [u8; 2],
    nested: Nested,
    empty: Option<u8>,
}

#[derive(serde::Serialize)]
struct Nested {
    deep: &'static str,
}

/// One entry for each argument that is there.
#[derive(Default)]
struct Shown(Map<String, Json>);

impl Shown {
    fn add(mut self, name: &str, kind: &str, value: Option<impl Into<Json>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.into(), json!({ "type": kind, "value": value.into() }));
        }
        self
    }

    fn any(self, name: &str, value: Option<Json>) -> Self {
        let kind = match value {
            None | Some(Json::Null) => "null",
            Some(Json::Bool(_)) => "boolean",
            Some(Json::Number(_)) => "number",
            Some(Json::String(_)) => "string",
            Some(Json::Array(_)) => "array",
            Some(Json::Object(_)) => "object",
        };
        self.add(name, kind, value)
    }

    fn done(self) -> Result<Json> {
        Ok(Json::Object(self.0))
    }
}

fn shown_date(date: DateTime<Utc>) -> String {
    date.to_rfc3339_opts(loopback::chrono::SecondsFormat::Millis, true)
}

#[model]
impl Tool {
    #[remote_method(get, "/echo-string", returns = "s")]
    async fn echo_string(s: String) -> Result<String> {
        Ok(s)
    }

    #[remote_method(get, "/types")]
    #[allow(clippy::too_many_arguments, reason = "one of each type")]
    async fn types(
        n: Option<f64>,
        i: Option<i64>,
        b: Option<bool>,
        d: Option<DateTime<Utc>>,
        o: Option<Map<String, Json>>,
        a: Option<Vec<f64>>,
        l: Option<Vec<String>>,
        x: Option<Json>,
        s: Option<String>,
    ) -> Result<Json> {
        let number = |n: f64| if n.fract() == 0.0 { json!(n as i64) } else { json!(n) };
        let a = a.map(|list| list.into_iter().map(number).collect::<Json>());
        Shown::default()
            .add("n", "number", n.map(number))
            .add("i", "number", i)
            .add("b", "boolean", b)
            .add("d", "date", d.map(shown_date))
            .add("o", "object", o)
            .add("a", "array", a)
            .add("l", "array", l)
            .any("x", x)
            .add("s", "string", s)
            .done()
    }

    #[remote_method(post, "/types")]
    #[allow(clippy::too_many_arguments, reason = "one of each type")]
    async fn types_body(
        n: Option<f64>,
        i: Option<i64>,
        b: Option<bool>,
        d: Option<DateTime<Utc>>,
        o: Option<Map<String, Json>>,
        a: Option<Vec<f64>>,
        l: Option<Vec<String>>,
        x: Option<Json>,
        s: Option<String>,
    ) -> Result<Json> {
        Self::types(n, i, b, d, o, a, l, x, s).await
    }

    #[remote_method(post, "/sum", returns = "sum")]
    async fn sum(#[arg(body)] values: Vec<f64>) -> Result<f64> {
        Ok(values.iter().sum())
    }

    #[remote_method(post, "/body-object")]
    async fn body_object(#[arg(body)] data: Option<Map<String, Json>>) -> Result<Json> {
        Ok(data.unwrap_or_default().into())
    }

    #[remote_method(post, "/body-required")]
    async fn body_required(#[arg(body)] data: Map<String, Json>) -> Result<Json> {
        Ok(data.into())
    }

    #[remote_method(post, "/body-list")]
    async fn body_list(#[arg(body)] items: Option<Vec<Map<String, Json>>>) -> Result<Json> {
        let length = items.as_ref().map_or(0, Vec::len);
        Ok(json!({ "isArray": items.is_some(), "length": length, "items": items }))
    }

    #[remote_method(get, "/header")]
    async fn header(
        #[arg(header, name = "X-Trace")] trace: Option<String>,
        #[arg(header, name = "X-Count")] count: Option<i64>,
    ) -> Result<Json> {
        Shown::default().add("trace", "string", trace).add("count", "number", count).done()
    }

    #[remote_method(get, "/path/{a}/to/{b}")]
    async fn path(a: String, b: f64) -> Result<Json> {
        let b = if b.fract() == 0.0 { json!(b as i64) } else { json!(b) };
        Shown::default().add("a", "string", Some(a)).add("b", "number", Some(b)).done()
    }

    #[remote_method(get, "/context")]
    async fn context(call: &RemoteCall) -> Result<Json> {
        Ok(json!({ "verb": call.verb(), "path": call.path(), "method": call.method_string() }))
    }

    #[remote_method(get, "/request")]
    async fn request(call: &RemoteCall) -> Result<Json> {
        let mut query: Vec<&str> =
            call.query().as_object().into_iter().flat_map(|map| map.keys().map(String::as_str)).collect();
        query.sort_unstable();
        Ok(json!({ "query": query, "agent": call.header("x-agent").unwrap_or("none") }))
    }

    #[remote_method(post, "/form")]
    async fn form(#[arg(form)] name: Option<String>, #[arg(form)] age: Option<i64>) -> Result<Json> {
        Shown::default().add("name", "string", name).add("age", "number", age).done()
    }

    #[remote_method(post, "/query-only")]
    async fn query_only(#[arg(query)] name: String, #[arg(query)] age: Option<i64>) -> Result<Json> {
        Shown::default().add("name", "string", Some(name)).add("age", "number", age).done()
    }

    #[remote_method(get, "/multi", returns("x", "y"))]
    async fn multi(x: Option<f64>, y: Option<String>) -> Result<(Option<f64>, Option<String>)> {
        Ok((x, y))
    }

    #[remote_method(get, "/defaults")]
    async fn defaults(#[arg(default = 7)] n: i64, #[arg(default = "dflt")] s: String) -> Result<Json> {
        Shown::default().add("n", "number", Some(n)).add("s", "string", Some(s)).done()
    }

    #[remote_method(post, "/created", status = 201, returns = "name")]
    async fn created(name: Option<String>) -> Result<Option<String>> {
        Ok(name)
    }

    #[remote_method(post, "/nothing")]
    async fn nothing() -> Result<()> {
        Ok(())
    }

    #[remote_method(get, "/teapot", error_status = 418, returns = "ok")]
    async fn teapot(ok: Option<bool>) -> Result<bool> {
        if ok == Some(true) { Ok(true) } else { Err(Error::new(500, "short and stout")) }
    }

    #[remote_method(get, "/fail", returns = "never")]
    async fn fail(kind: Option<String>) -> Result<String> {
        let kind = kind.unwrap_or_default();
        let failed = |status| Error::new(status, format!("failed with {kind}"));
        Err(match kind.as_str() {
            "plain" => failed(500),
            "status" => failed(409).with_code("CONFLICTED"),
            "statusProp" => failed(402),
            "details" => failed(422).with_details(json!({ "field": "a", "reasons": ["x", "y"] })),
            "name" => failed(400).with_name("CustomError"),
            "extra" => failed(400).with_source("secret stuff"),
            "badStatus" => failed(200),
            "unavailable" => failed(503).with_code("DOWN"),
            "string" => Error::new(500, "just a string"),
            "object" => Error::new(400, "plain object").with_code("PLAIN"),
            "array" => Error::multiple([Error::new(400, "one"), Error::new(404, "two")]),
            "sync" => panic!("nope is not a function"),
            _ => return Ok("no failure".into()),
        })
    }

    #[remote_method(get, "/download")]
    async fn download(#[arg(default = "report")] name: String) -> Result<Download> {
        Ok(Download::new("text/plain", format!("contents of {name}\n")).file_name(format!("{name}.txt")))
    }

    #[remote_method(get, "/stream")]
    async fn stream() -> Result<Streamed> {
        let chunks = ["chunk-1;", "chunk-2;", "chunk-3\n"].map(|chunk| Ok::<_, Error>(chunk.into()));
        Ok(Streamed::new("application/octet-stream", futures_util::stream::iter(chunks)))
    }

    #[remote_method(get, "/header-out", returns = "value")]
    async fn header_out() -> Result<Reply<String>> {
        Ok(Reply::new("in body".to_owned()).header("X-Answer", "forty-two"))
    }

    #[remote_method(get, "/status-out", returns = "value")]
    async fn status_out(code: u16) -> Result<Reply<u16>> {
        Ok(Reply::new(code).status(code))
    }

    #[remote_method(get, "/date-out", returns = "when")]
    async fn date_out(d: Option<DateTime<Utc>>) -> Result<DateTime<Utc>> {
        let leap_day = DateTime::from_timestamp(1_582_977_600, 0).unwrap_or_default();
        Ok(d.unwrap_or(leap_day))
    }

    #[remote_method(get, "/buffer-out", returns = "data")]
    async fn buffer_out(#[arg(default = "abc")] s: String) -> Result<Vec<u8>> {
        Ok(s.into_bytes())
    }

    #[remote_method(route(get, "/alias-one"), route(post, "/alias-two"), returns = "v")]
    async fn alias(v: Option<String>) -> Result<Option<String>> {
        Ok(v)
    }

    #[remote_method(all, "/any-verb", returns = "verb")]
    async fn any_verb(call: &RemoteCall) -> Result<String> {
        Ok(call.verb().into())
    }

    #[remote_method(get, "/list")]
    async fn list_root(#[arg(default = 0)] n: i64) -> Result<Vec<i64>> {
        Ok((1..=n).collect())
    }

    #[remote_method(get, "/null-root")]
    async fn null_root() -> Result<Option<Json>> {
        Ok(None)
    }

    #[remote_method(get, "/string-root")]
    async fn string_root() -> Result<String> {
        Ok("plain text".into())
    }

    #[remote_method(get, "/whoami")]
    async fn whoami(user: Option<CurrentUser>) -> Result<Json> {
        Ok(json!({ "userId": user.map(|user| user.id().to_json()) }))
    }

    #[remote_method(post, "/product")]
    async fn product(ctx: &Ctx, #[arg(body)] product: Patch<Product>) -> Result<Json> {
        Ok(json!({ "isModel": true, "data": product.with_defaults(ctx)?.to_json() }))
    }

    #[remote_method(get, "/hooked", returns = "text")]
    async fn hooked(text: Option<String>) -> Result<Option<String>> {
        match text.as_deref() {
            Some("BOOM") => Err(Error::new(409, "boom")),
            _ => Ok(text),
        }
    }

    #[remote_method(get, "/xmlish")]
    async fn xmlish() -> Result<loopback::remoting::Json<Xmlish>> {
        Ok(loopback::remoting::Json(Xmlish {
            title: "A & B",
            count: 2,
            ok: true,
            list: [1, 2],
            nested: Nested { deep: "<tag>" },
            empty: None,
        }))
    }

    #[remote_method(returns = "total")]
    async fn default_path(a: f64, b: f64) -> Result<f64> {
        Ok(a + b)
    }

    #[remote_hook(before, hooked)]
    async fn before_hooked(call: &mut RemoteCall) -> Result<()> {
        if let Some(text) = call.arg("text").and_then(Json::as_str).map(str::to_owned) {
            if text == "veto" {
                return Err(Error::new(403, "vetoed").with_code("VETO"));
            }
            call.set_arg("text", text.to_uppercase());
        }
        call.set_header("x-demo-before", "hooked");
        Ok(())
    }

    #[remote_hook(after, hooked)]
    async fn after_hooked(call: &mut RemoteCall) -> Result<()> {
        if let Some(result) = call.result_mut() {
            let text = result["text"].as_str().unwrap_or_default();
            result["text"] = format!("{text}!").into();
            result["after"] = true.into();
        }
        Ok(())
    }

    #[remote_hook(after_error, hooked)]
    async fn after_hooked_error(call: &mut RemoteCall) -> Result<()> {
        call.map_error(|error| error.with_code("WRAPPED").with_details(json!({ "seenBy": "afterRemoteError" })));
        Ok(())
    }

    #[remote_hook(before, "**")]
    async fn name_the_method(call: &mut RemoteCall) -> Result<()> {
        let name = call.method().to_owned();
        call.set_header("x-demo-any", name);
        Ok(())
    }
}
