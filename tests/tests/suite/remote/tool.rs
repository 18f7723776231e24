//! A model without a table, with a remote method for each rule of arguments and answers: LoopBack's app has the same.

use super::method;
use loopback::prelude::*;
use loopback::remoting::{CurrentUser, Download, Json as AsJson, RemoteCall, Reply, Streamed, UploadedFile};
use serde_json::{Map, Value as Json, json};

/// Tools.
#[model(transient, plural = "Tools", path = "/tools")]
#[derive(Clone, Debug)]
pub struct Tool {
    pub label: String,
}

/// How large.
#[derive(Clone, Copy, Debug, PartialEq, PropertyType)]
pub enum Size {
    Small,
    Large,
}

/// A box.
#[derive(Clone, Debug, PartialEq, PropertyType)]
pub struct Dims {
    pub width: f64,
    pub height: Option<f64>,
}

/// Written by hand.
#[derive(Clone, Debug)]
pub struct Even(i64);

impl PropertyType for Even {
    const KIND: loopback::meta::KindDef = loopback::meta::KindDef::Integer { min: 0, max: 100 };

    fn into_value(self) -> Value {
        Value::Int(self.0)
    }

    fn from_value(value: Value) -> Result<Self, loopback::value::TypeError> {
        match i64::from_value(value)? {
            n if n % 2 == 0 => Ok(Self(n)),
            n => Err(loopback::value::TypeError::new(format!("{n} is not even"))),
        }
    }
}

loopback::remote_type!(Even);

type Show = Map<String, Json>;

fn shown(into: &mut Show, name: &str, kind: &str, value: Option<Json>) {
    if let Some(value) = value {
        into.insert(name.into(), json!({ "type": kind, "value": value }));
    }
}

macro_rules! show {
    ($($name:ident : $kind:expr),*) => {{
        let mut show = Show::new();
        $(shown(&mut show, stringify!($name), $kind, $name.map(|value| json!(value)));)*
        show
    }};
}

#[allow(clippy::too_many_arguments, reason = "as many as there are types")]
fn types(
    n: Option<f64>,
    i: Option<i64>,
    b: Option<bool>,
    d: Option<DateTime<Utc>>,
    o: Option<Show>,
    a: Option<Vec<f64>>,
    l: Option<Vec<String>>,
    x: Option<Json>,
    s: Option<String>,
) -> Show {
    let d = d.map(|d| loopback::value::format_date_time(&d));
    let n = n.map(|n| Value::Float(n).to_json());
    let a = a.map(|a| a.into_iter().map(|n| Value::Float(n).to_json()).collect::<Vec<_>>());
    let kind = match &x {
        Some(Json::Null) => "null",
        Some(Json::Bool(_)) => "boolean",
        Some(Json::Number(_)) => "number",
        Some(Json::Array(_)) => "array",
        Some(Json::Object(_)) => "object",
        _ => "string",
    };
    show!(n: "number", i: "number", b: "boolean", d: "date", o: "object", a: "array", l: "array", x: kind, s: "string")
}

method!(Tool."echoString" Get "/echo-string" (s "s": String) -> String, ["s"], {}, |call| Ok::<_, Error>(s));
method!(Tool."types" Get "/types" (
    n "n": Option<f64>, i "i": Option<i64>, b "b": Option<bool>, d "d": Option<DateTime<Utc>>, o "o": Option<Show>,
    a "a": Option<Vec<f64>>, l "l": Option<Vec<String>>, x "x": Option<Json>, s "s": Option<String>
) -> Show, [], {}, |call| Ok::<_, Error>(types(n, i, b, d, o, a, l, x, s)));
method!(Tool."typesBody" Post "/types" (
    n "n": Option<f64>, i "i": Option<i64>, b "b": Option<bool>, d "d": Option<DateTime<Utc>>, o "o": Option<Show>,
    a "a": Option<Vec<f64>>, l "l": Option<Vec<String>>, x "x": Option<Json>, s "s": Option<String>
) -> Show, [], {}, |call| Ok::<_, Error>(types(n, i, b, d, o, a, l, x, s)));
method!(Tool."sum" Post "/sum" (values "values": Vec<f64> [source: lb::ArgSourceDef::Body]) -> f64, ["sum"], {},
    |call| Ok::<_, Error>(values.iter().sum::<f64>()));
method!(Tool."bodyObject" Post "/body-object" (data "data": Option<Show> [source: lb::ArgSourceDef::Body]) -> Option<Show>, [], {},
    |call| Ok::<_, Error>(data));
method!(Tool."bodyRequired" Post "/body-required" (data "data": Show [source: lb::ArgSourceDef::Body]) -> Show, [], {},
    |call| Ok::<_, Error>(data));
method!(Tool."bodyList" Post "/body-list" (items "items": Option<Vec<Show>> [source: lb::ArgSourceDef::Body]) -> Show, [], {},
|call| {
    let mut show = Show::new();
    show.insert("isArray".into(), items.is_some().into());
    show.insert("length".into(), items.as_ref().map_or(0, Vec::len).into());
    show.insert("items".into(), json!(items));
    Ok::<_, Error>(show)
});
method!(Tool."header" Get "/header" (
    trace "x-trace": Option<String> [source: lb::ArgSourceDef::Header],
    count "x-count": Option<f64> [source: lb::ArgSourceDef::Header]
) -> Show, [], {}, |call| {
    let count = count.map(|n| Value::Float(n).to_json());
    Ok::<_, Error>(show!(trace: "string", count: "number"))
});
method!(Tool."path" Get "/path/{a}/to/{b}" (a "a": String, b "b": f64) -> Show, [], {}, |call| {
    let (a, b) = (Some(a), Some(Value::Float(b).to_json()));
    Ok::<_, Error>(show!(a: "string", b: "number"))
});
method!(Tool."context" Get "/context" () -> Json, [], {}, |call| {
    Ok::<_, Error>(json!({ "verb": call.verb(), "path": call.path(), "method": call.method_string() }))
});
method!(Tool."request" Get "/request" () -> Json, [], {}, |call| {
    let mut names: Vec<_> = call.query().as_object().expect("an object").keys().collect();
    names.sort();
    Ok::<_, Error>(json!({ "query": names, "agent": call.header("X-Agent").unwrap_or("none") }))
});
method!(Tool."form" Post "/form" (
    name "name": Option<String> [source: lb::ArgSourceDef::Form], age "age": Option<i64> [source: lb::ArgSourceDef::Form]
) -> Show, [], {}, |call| Ok::<_, Error>(show!(name: "string", age: "number")));
method!(Tool."queryOnly" Post "/query-only" (
    name "name": String [source: lb::ArgSourceDef::Query], age "age": Option<i64> [source: lb::ArgSourceDef::Query]
) -> Show, [], {}, |call| {
    let name = Some(name);
    Ok::<_, Error>(show!(name: "string", age: "number"))
});
method!(Tool."multi" Get "/multi" (x "x": Option<i64>, y "y": Option<String>) -> (Option<i64>, Option<String>), ["x", "y"], {},
    |call| Ok::<_, Error>((x, y)));
method!(Tool."defaults" Get "/defaults" (
    n "n": i64 [default: Some(lb::Literal::Int(7))], s "s": String [default: Some(lb::Literal::Str("dflt"))]
) -> Show, [], {}, |call| {
    let (n, s) = (Some(n), Some(s));
    Ok::<_, Error>(show!(n: "number", s: "string"))
});
method!(Tool."created" Post "/created" (name "name": Option<String>) -> Option<String>, ["name"], {status: Some(201)},
    |call| Ok::<_, Error>(name));
method!(Tool."nothing" Post "/nothing" () -> (), [], {}, |call| Ok::<_, Error>(()));
method!(Tool."teapot" Get "/teapot" (ok "ok": Option<bool>) -> bool, ["ok"], {error_status: Some(418)}, |call| {
    if ok == Some(true) { Ok(true) } else { Err(Error::new(500, "short and stout")) }
});
method!(Tool."fail" Get "/fail" (kind "kind": Option<String>) -> String, ["never"], {}, |call| fail(kind.as_deref()));
method!(Tool."download" Get "/download" (name "name": String [default: Some(lb::Literal::Str("report"))]) -> Download, [], {}, |call| {
    Ok::<_, Error>(Download::new("text/plain", format!("contents of {name}\n")).file_name(format!("{name}.txt")))
});
method!(Tool."stream" Get "/stream" () -> Streamed, [], {}, |call| {
    let chunks = ["chunk-1;", "chunk-2;", "chunk-3\n"].map(|chunk| Ok::<_, Error>(chunk.into()));
    Ok::<_, Error>(Streamed::new("application/octet-stream", futures_util::stream::iter(chunks)))
});
method!(Tool."headerOut" Get "/header-out" () -> Reply<&'static str>, ["value"], {}, |call| {
    Ok::<_, Error>(Reply::new("in body").header("X-Answer", "forty-two"))
});
method!(Tool."statusOut" Get "/status-out" (code "code": u16) -> Reply<u16>, ["value"], {}, |call| {
    Ok::<_, Error>(Reply::new(code).status(code))
});
method!(Tool."dateOut" Get "/date-out" (d "d": Option<DateTime<Utc>>) -> DateTime<Utc>, ["when"], {}, |call| {
    Ok::<_, Error>(d.unwrap_or("2020-02-29T12:00:00Z".parse().expect("a date")))
});
method!(Tool."bufferOut" Get "/buffer-out" (s "s": Option<String>) -> Vec<u8>, ["data"], {}, |call| {
    Ok::<_, Error>(s.unwrap_or("abc".into()).into_bytes())
});
method!(Tool."alias" (v "v": Option<String>) -> Option<String>, ["v"], {
    routes: &[
        lb::RouteDef { verb: Some(lb::Verb::Get), path: "/alias-one" },
        lb::RouteDef { verb: Some(lb::Verb::Post), path: "/alias-two" },
    ]
}, |call| Ok::<_, Error>(v));
method!(Tool."anyVerb" () -> &'static str, ["verb"], {
    routes: &[lb::RouteDef { verb: None, path: "/any-verb" }]
}, |call| Ok::<_, Error>(call.verb()));
method!(Tool."listRoot" Get "/list" (n "n": Option<u32>) -> Vec<u32>, [], {}, |call| {
    Ok::<_, Error>((1..=n.unwrap_or(0)).collect::<Vec<_>>())
});
method!(Tool."nullRoot" Get "/null-root" () -> Option<Json>, [], {}, |call| Ok::<_, Error>(None));
method!(Tool."stringRoot" Get "/string-root" () -> String, [], {}, |call| Ok::<_, Error>("plain text".to_owned()));
method!(Tool."whoami" Get "/whoami" (user "user": Option<CurrentUser>) -> Json, [], {}, |call| {
    Ok::<_, Error>(json!({ "userId": user.map(|user| user.id().to_json()) }))
});
method!(Tool."me" Get "/me" (user "user": CurrentUser) -> i64, ["id"], {}, |call| user.id_as::<i64>());
method!(Tool."hooked" Get "/hooked" (text "text": Option<String>) -> Option<String>, ["text"], {}, |call| {
    if text.as_deref() == Some("BOOM") { Err(Error::new(409, "boom")) } else { Ok(text) }
});
method!(Tool."defaultPath" (a "a": f64, b "b": f64) -> f64, ["total"], {routes: &[]},
    |call| Ok::<_, Error>(a + b));
method!(Tool."more" Post "/more" (
    size "size": Option<Size>, dims "dims": Option<Dims>, even "even": Option<Even>, day "day": Option<NaiveDate>,
    price "price": Option<Decimal>, id "id": Option<Uuid>, bytes "bytes": Option<Vec<u8>>, at "at": Option<GeoPoint>,
    small "small": Option<u8>, big "big": Option<u64>, single "single": Option<f32>, sizes "sizes": Option<Vec<Size>>
) -> AsJson<Vec<String>>, [], {}, |call| {
    let values = [
        format!("{size:?}"), format!("{dims:?}"), format!("{even:?}"), format!("{day:?}"), format!("{price:?}"),
        format!("{id:?}"), format!("{bytes:?}"), format!("{at:?}"), format!("{small:?}"), format!("{big:?}"),
        format!("{single:?}"), format!("{sizes:?}"),
    ];
    Ok::<_, Error>(AsJson(values.into_iter().filter(|value| value != "None").collect()))
});
method!(Tool."moreText" Get "/more" (
    size "size": Option<Size>, dims "dims": Option<Dims>, even "even": Option<Even>, day "day": Option<NaiveDate>,
    price "price": Option<Decimal>, id "id": Option<Uuid>, bytes "bytes": Option<Vec<u8>>, at "at": Option<GeoPoint>,
    small "small": Option<u8>, big "big": Option<u64>, single "single": Option<f32>, sizes "sizes": Option<Vec<Size>>
) -> AsJson<Vec<String>>, [], {}, |call| {
    let values = [
        format!("{size:?}"), format!("{dims:?}"), format!("{even:?}"), format!("{day:?}"), format!("{price:?}"),
        format!("{id:?}"), format!("{bytes:?}"), format!("{at:?}"), format!("{small:?}"), format!("{big:?}"),
        format!("{single:?}"), format!("{sizes:?}"),
    ];
    Ok::<_, Error>(AsJson(values.into_iter().filter(|value| value != "None").collect()))
});
method!(Tool."upload" Post "/upload" (
    title "title": Option<String>, file "file": UploadedFile, others "others": Option<Vec<UploadedFile>>
) -> Json, [], {}, |call| {
    Ok::<_, Error>(json!({
        "title": title,
        "name": file.file_name(),
        "type": file.content_type(),
        "text": String::from_utf8_lossy(file.bytes()),
        "others": others.map(|others| others.len()),
    }))
});
method!(Tool."panics" Get "/panics" () -> (), [], {}, |call| {
    if call.verb() == "GET" {
        panic!("at the disco");
    }
    Ok::<_, Error>(())
});
method!(Tool."current" Get "/current" () -> Option<i64>, [], {}, |call| {
    let same = loopback::current_context().map(|cx| cx.user_id().cloned());
    Ok::<_, Error>(same.flatten().and_then(|id| i64::from_value(id).ok()))
});
method!(Tool."ended" Get "/ended" () -> &'static str, [], {}, |call| Ok::<_, Error>("called"));

fn fail(kind: Option<&str>) -> Result<String> {
    let kind = kind.unwrap_or_default();
    let error = |status| Error::new(status, format!("failed with {kind}"));
    Err(match kind {
        "plain" => error(500),
        "status" => error(409).with_code("CONFLICTED"),
        "statusProp" => error(402),
        "details" => error(422).with_details(json!({ "field": "a", "reasons": ["x", "y"] })),
        "name" => error(400).with_name("CustomError"),
        "extra" => error(400).with_source("secret stuff"),
        "badStatus" => error(200),
        "unavailable" => error(503).with_code("DOWN"),
        "string" => Error::internal("just a string"),
        "object" => Error::new(400, "plain object").with_code("PLAIN"),
        "array" => Error::multiple([Error::new(400, "one"), Error::new(404, "two")]),
        "sync" => panic!("nope"),
        _ => return Ok("no failure".into()),
    })
}

fn veto(call: &mut RemoteCall) -> Result<()> {
    if let Some(text) = call.arg("text").and_then(Json::as_str).map(str::to_owned) {
        if text == "veto" {
            return Err(Error::new(403, "vetoed").with_code("VETO"));
        }
        call.set_arg("text", text.to_uppercase());
    }
    call.set_header("X-Demo-Before", "hooked");
    Ok(())
}

super::hook!(Tool, Before, ["hooked"], 0, |call| veto(call));
super::hook!(Tool, After, ["hooked"], 0, |call| {
    if let Some(result) = call.result_mut() {
        if let Some(text) = result["text"].as_str().map(|text| format!("{text}!")) {
            result["text"] = text.into();
        }
        result["after"] = true.into();
    }
    Ok::<_, Error>(())
});
super::hook!(Tool, AfterError, ["hooked"], 0, |call| {
    call.map_error(|error| error.with_code("WRAPPED").with_details(json!({ "seenBy": "afterRemoteError" })));
    Ok::<_, Error>(())
});
super::hook!(Tool, Before, ["**"], 1, |call| {
    let name = call.method().to_owned();
    call.set_header("X-Demo-Any", name);
    Ok::<_, Error>(())
});
super::hook!(Tool, Before, ["ended"], 2, |call| {
    call.end(json!({ "by": "hook" }));
    call.set_status(202);
    Ok::<_, Error>(())
});
