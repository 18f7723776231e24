//! Held against `qs` 6.13.4 with `{allowPrototypes: true, depth: 12, strictDepth: true}`, whose answers the table is.

use super::*;
use serde_json::json;
use std::time::{Duration, Instant};

const AS_QS: &[(&str, &str)] = &[
    ("", "{}"),
    ("a", r#"{"a":""}"#),
    ("a=", r#"{"a":""}"#),
    ("=b", "{}"),
    ("=", "{}"),
    ("&&a=1&&", r#"{"a":"1"}"#),
    ("a=1&b[c][d]=2", r#"{"a":"1","b":{"c":{"d":"2"}}}"#),
    ("a[]=1&a[]=2", r#"{"a":["1","2"]}"#),
    ("a=1&a=2", r#"{"a":["1","2"]}"#),
    ("a[0]=x&a[2]=y", r#"{"a":["x","y"]}"#),
    ("a[2]=y&a[0]=x", r#"{"a":["x","y"]}"#),
    ("a[20]=x", r#"{"a":["x"]}"#),
    ("a[21]=x", r#"{"a":{"21":"x"}}"#),
    ("a[1]=x&a[21]=y", r#"{"a":{"1":"x","21":"y"}}"#),
    ("a[0]=b&a[c]=d", r#"{"a":{"0":"b","c":"d"}}"#),
    ("a[c]=d&a[0]=b", r#"{"a":{"0":"b","c":"d"}}"#),
    ("a=1&a[b]=2", r#"{"a":["1",{"b":"2"}]}"#),
    ("a=1&a[]=2", r#"{"a":["1","2"]}"#),
    ("a[]=1&a=2", r#"{"a":["1","2"]}"#),
    ("a[0]=1&a[]=2", r#"{"a":["1","2"]}"#),
    ("a[0]=x&a[0]=y", r#"{"a":[["x","y"]]}"#),
    ("a%5Bb%5D=1", r#"{"a":{"b":"1"}}"#),
    ("a%5bb%5d[c]=2", r#"{"a":{"b":{"c":"2"}}}"#),
    ("a+b=c+d", r#"{"a b":"c d"}"#),
    ("a%20b=%C3%A9%2B", r#"{"a b":"é+"}"#),
    ("a=b=c", r#"{"a":"b=c"}"#),
    ("a[b=c]=d", r#"{"a":{"b=c":"d"}}"#),
    ("a[b]=x]=y", r#"{"a":{"b":"x]=y"}}"#),
    ("a[b", r#"{"a[b":""}"#),
    ("a]b=1", r#"{"a]b":"1"}"#),
    ("[a]=1", r#"{"a":"1"}"#),
    ("[]=1&[]=2", r#"{"0":"1","1":"2"}"#),
    ("[0]=x", r#"{"0":"x"}"#),
    ("0=x", r#"{"0":"x"}"#),
    ("a[][b]=1&a[][c]=2", r#"{"a":[{"b":"1","c":"2"}]}"#),
    ("a[0][b]=1&a[0][c]=2&a[1][b]=3", r#"{"a":[{"b":"1","c":"2"},{"b":"3"}]}"#),
    ("a[]=&a[]=1", r#"{"a":["","1"]}"#),
    ("a[b]=1&a[b]=2", r#"{"a":{"b":["1","2"]}}"#),
    ("a[b]x[c]=1", r#"{"a":{"b":{"c":"1"}}}"#),
    ("a[b]c=1", r#"{"a":{"b":"1"}}"#),
    ("a[b[c]]=1", r#"{"a[b":{"c":"1"}}"#),
    ("a[01]=x", r#"{"a":{"01":"x"}}"#),
    ("a[-1]=x", r#"{"a":{"-1":"x"}}"#),
    ("a[1.5]=x", r#"{"a":{"1.5":"x"}}"#),
    ("a[ 1]=x", r#"{"a":{" 1":"x"}}"#),
    ("a[][]=x", r#"{"a":["x"]}"#),
    ("a[][2]=x", r#"{"a":["x"]}"#),
    ("a[3][]=x&a[1][]=y", r#"{"a":[["y"],["x"]]}"#),
    (
        "hasOwnProperty=1&a[constructor]=2&a[toString]=3",
        r#"{"hasOwnProperty":"1","a":{"constructor":"2","toString":"3"}}"#,
    ),
    (r#"filter={"where":{"id":{"inq":[1,2]}}}"#, r#"{"filter":"{\"where\":{\"id\":{\"inq\":[1,2]}}}"}"#),
    (
        "filter[where][and][0][a][like]=x%25&filter[where][and][1][or][0][b]=1&filter[limit]=5",
        r#"{"filter":{"where":{"and":[{"a":{"like":"x%"}},{"or":[{"b":"1"}]}]},"limit":"5"}}"#,
    ),
    (
        "filter[order][0]=a DESC&filter[order][1]=b&filter[fields][a]=true",
        r#"{"filter":{"order":["a DESC","b"],"fields":{"a":"true"}}}"#,
    ),
    // What clients of LoopBack send: `inq` with more items than a list may have, `near`, empty lists.
    ("a[0]=x&a[1]=y&a[21]=z", r#"{"a":{"0":"x","1":"y","21":"z"}}"#),
    (
        "filter[where][id][inq][0]=5&filter[where][id][inq][21]=7",
        r#"{"filter":{"where":{"id":{"inq":{"0":"5","21":"7"}}}}}"#,
    ),
    (
        "filter[where][geo][near]=1,2&filter[where][geo][maxDistance]=5&filter[where][geo][unit]=miles",
        r#"{"filter":{"where":{"geo":{"near":"1,2","maxDistance":"5","unit":"miles"}}}}"#,
    ),
    (
        "filter[where][geo][near][lat]=1&filter[where][geo][near][lng]=-2.5",
        r#"{"filter":{"where":{"geo":{"near":{"lat":"1","lng":"-2.5"}}}}}"#,
    ),
    ("filter[where][name][regexp]=/^a%5Cd%2B/i", r#"{"filter":{"where":{"name":{"regexp":"/^a\\d+/i"}}}}"#),
    ("filter[where][or][]=", r#"{"filter":{"where":{"or":[""]}}}"#),
    ("filter[where][nor][][a]=1&filter[where][nor][][b]=2", r#"{"filter":{"where":{"nor":[{"a":"1","b":"2"}]}}}"#),
    ("filter[fields][name]=true&filter[fields][id]=false", r#"{"filter":{"fields":{"name":"true","id":"false"}}}"#),
    ("filter[order]=a+ASC&filter[order]=b+DESC", r#"{"filter":{"order":["a ASC","b DESC"]}}"#),
    ("where[name][inq][]=a&where[name][inq][]=b", r#"{"where":{"name":{"inq":["a","b"]}}}"#),
    ("1[a]=x&1=y", r#"{"1":["y",{"a":"x"}]}"#),
    ("a[b]=1&a=", r#"{"a":{"b":"1"}}"#),
    ("a=&a[b]=1", r#"{"a":["",{"b":"1"}]}"#),
    ("a.b=1", r#"{"a.b":"1"}"#),
    ("a;b=1", r#"{"a;b":"1"}"#),
    ("a=1?&?b=2", r#"{"a":"1?","?b":"2"}"#),
    ("a=%255B", r#"{"a":"%5B"}"#),
];

#[test]
fn answers_are_those_of_qs() {
    for (query, expected) in AS_QS {
        let expected: Json = serde_json::from_str(expected).unwrap();
        assert_eq!(parse(query), Ok(expected), "{query}");
    }
}

#[test]
fn what_qs_cuts_or_guesses_is_an_error() {
    let deep = |levels: usize| format!("a{}=1", "[b]".repeat(levels));
    assert!(parse(&deep(DEPTH)).is_ok());
    for (query, message) in [
        (deep(DEPTH + 1).as_str(), "`a[b][b][b][b][b][b][b][b][b][b][b][b][b]` has more than 12 levels of brackets"),
        ("a=%", "`%` is no percent escape"),
        ("a=%4", "`%4` is no percent escape"),
        ("a=%zz9", "`%zz` is no percent escape"),
        ("%é=1", "`%é` is no percent escape"),
        ("a=%+1", "`%+1` is no percent escape"),
        ("a=%ff", "the query string or form is not UTF-8"),
        ("a=%c0%af", "the query string or form is not UTF-8"),
        ("a=%ED%A0%80", "the query string or form is not UTF-8"),
        ("a=%00", "the query string or form has a NUL character"),
        ("a[%00]=1", "the query string or form has a NUL character"),
        ("a=\0", "the query string or form has a NUL character"),
        ("a[b]=1&a=c", "`a` is given both as a value and as an object"),
        ("a[b][c]=1&a[b]=x", "`a[b]` is given both as a value and as an object"),
    ] {
        assert_eq!(parse(query).unwrap_err().to_string(), message, "{query}");
    }
    assert!(parse(&"a&".repeat(PARAMETERS - 1)).is_ok());
    let error = parse(&"a&".repeat(PARAMETERS)).unwrap_err();
    assert_eq!(error.message, "too many parameters: at most 1000 are allowed");
    let long = parse(&format!("{}=1", "[é]".repeat(100_000))).unwrap_err();
    assert!(long.message.len() < 200, "{long}");
}

#[test]
fn a_value_may_hold_brackets_and_an_equals_sign() {
    assert_eq!(parse("a=b]=c"), Ok(json!({"a": "b]=c"})));
    assert_eq!(parse("a=b[c]=d"), Ok(json!({"a": "b[c]=d"})));
    assert_eq!(parse(r#"filter={"where":{"name":"x[1]=y"}}"#), Ok(json!({"filter": r#"{"where":{"name":"x[1]=y"}}"#})));
}

#[test]
fn keys_that_are_special_in_javascript_are_data() {
    assert_eq!(
        parse("__proto__[polluted]=1&a[__proto__]=2&a[constructor][prototype][x]=3"),
        Ok(json!({"__proto__": {"polluted": "1"}, "a": {"__proto__": "2", "constructor": {"prototype": {"x": "3"}}}}))
    );
}

#[test]
fn lists_of_a_form_may_be_longer() {
    assert_eq!(parse_form(b"a[100]=x&a[21]=y"), Ok(json!({"a": ["y", "x"]})));
    assert_eq!(parse_form(b"a[101]=x"), Ok(json!({"a": {"101": "x"}})));
    let long: String = (0..300).map(|n| format!("a[{n}]={n}&")).collect();
    assert_eq!(parse_form(long.as_bytes()).unwrap()["a"].as_array().map(Vec::len), Some(300));
    assert_eq!(parse_form(b"a=\xff").unwrap_err(), not_utf8());
}

#[test]
fn the_short_way_finds_a_parameter() {
    let found = |query, name| plain(query, name).map(|value| value.map(Cow::into_owned));
    assert_eq!(found("", "filter"), Some(None));
    assert_eq!(found("where=1", "filter"), Some(None));
    assert_eq!(found("a=1&filter=%7B%22limit%22%3A5%7D", "filter"), Some(Some(r#"{"limit":5}"#.into())));
    assert_eq!(found("f%69lter=a+b", "filter"), Some(Some("a b".into())));
    assert_eq!(
        found(r#"filter={"where":{"id":{"inq":[1]}}}"#, "filter"),
        Some(Some(r#"{"where":{"id":{"inq":[1]}}}"#.into()))
    );
    assert_eq!(found("filter", "filter"), Some(Some(String::new())));
    assert!(matches!(plain("filter=x", "filter"), Some(Some(Cow::Borrowed("x")))));
}

#[test]
fn the_short_way_leaves_the_rest_to_parse() {
    for query in
        ["filter[limit]=5", "filter%5Blimit%5D=5", "a%5b0]=1", "filter=1&filter=2", "filter=%", "a=%ff&filter=1"]
    {
        assert_eq!(plain(query, "filter"), None, "{query}");
    }
    assert_eq!(plain(&"a&".repeat(PARAMETERS), "filter"), None);
}

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn text(&mut self, words: &[&str], most: usize) -> String {
        (0..self.below(most)).map(|_| words[self.below(words.len())]).collect()
    }
}

#[test]
fn nothing_panics_and_both_ways_agree() {
    let words = [
        "a", "b", "[", "]", "=", "&", "%5B", "%5D", "%5b", "%", "%0", "%e9", "é", "+", "0", "1", "20", "[]", "[a]",
        "[0]", "[1]", "]=", "\0", "\u{feff}",
    ];
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut agreed = 0;
    for _ in 0..20_000 {
        let query = random.text(&words, 24);
        let whole = parse(&query);
        if let Some(value) = plain(&query, "a") {
            let whole = whole.unwrap_or_else(|error| panic!("{query:?}: {error}"));
            assert_eq!(whole.get("a").and_then(Json::as_str), value.as_deref(), "{query:?}");
            agreed += 1;
        }
    }
    assert!(agreed > 1000, "{agreed}");
    for _ in 0..5_000 {
        let bytes: Vec<u8> = (0..random.below(40)).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
        let _ = parse_form(&bytes);
        let _ = parse(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn the_time_grows_with_the_length_only() {
    const MEGABYTE: usize = 1 << 20;
    let repeated = |text: &str| text.repeat(MEGABYTE / text.len());
    let split = |part: &dyn Fn(usize) -> String| (0..999).map(part).collect::<Vec<_>>().join("&");
    let queries = [
        repeated("a=1&"),
        repeated("&"),
        repeated("["),
        repeated("]"),
        repeated("[]"),
        repeated("[a"),
        repeated("="),
        format!("[{}", repeated("=")),
        repeated("%5B"),
        repeated("%41"),
        format!("a={}", repeated("%")),
        format!("a={}", repeated("+")),
        format!("a[b]={}", repeated("]=")),
        split(&|n| format!("a[{n}]={}", "x".repeat(1000))),
        split(&|n| format!("a[]={}", "x".repeat(n))),
        split(&|n| format!("{}{n}=1", "k".repeat(1000))),
        split(&|n| format!("a{n}{}=1", "[999]".repeat(DEPTH))),
        split(&|n| format!("a{}[{n}]=1", "[999]".repeat(DEPTH - 1))),
        split(&|n| format!("a[{}]=1", 20 - n % 21)),
    ];
    for query in &queries {
        let start = Instant::now();
        let _ = (parse(query), parse_form(query.as_bytes()), plain(query, "filter"));
        let took = start.elapsed();
        // Generous, for a debug build on a busy machine; what grows with the square takes minutes.
        assert!(took < Duration::from_secs(20), "{} takes {took:?}", &query[..20.min(query.len())]);
    }
}
