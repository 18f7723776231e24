//! The page that a browser shows of an error. Answers to strong-error-handler `views/default-error.ejs`.
//!
//! It is made of the JSON body that any other client gets, so that it cannot say more; all of it is escaped, and the
//! Content-Security-Policy allows nothing but this style.

use crate::escape::escaped;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::LazyLock;

const STYLE: &str = include_str!("page.css");

/// The policy of the page: its own style, and nothing else.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// The page of an error with this JSON body.
pub(super) fn html(json: &[u8]) -> String {
    let body: Json = serde_json::from_slice(json).unwrap_or_default();
    let error = &body["error"];
    let text = |key: &str| error[key].as_str().unwrap_or_default();
    let status = error["statusCode"].to_string();
    let (name, message) = (text("name"), text("message"));
    let title = if matches!(name, "" | "Error") { message } else { name };
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{status} {title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<p class=\"status\">{status}</p>\n",
        status = escaped(&status),
        title = escaped(title),
    );
    // Most errors are called `Error`, which tells nobody anything.
    if !name.is_empty() && name != "Error" {
        let _ = writeln!(out, "<p class=\"name\">{}</p>", escaped(name));
    }
    let _ = writeln!(out, "<h1>{}</h1>", escaped(message));
    if let Some(code) = error["code"].as_str() {
        let _ = writeln!(out, "<p><code>{}</code></p>", escaped(code));
    }
    let details = &error["details"];
    if details.is_object() || details.is_array() {
        out.push_str("<h2>Details</h2>\n");
        match details["messages"].as_object() {
            // A validation error has its messages by property: that is what a person reads.
            Some(messages) => {
                out.push_str("<dl>\n");
                for (property, messages) in messages {
                    let list = messages.as_array().map_or(&[][..], Vec::as_slice);
                    let lines: Vec<&str> = list.iter().filter_map(Json::as_str).collect();
                    let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escaped(property), escaped(&lines.join(", ")));
                }
                out.push_str("</dl>\n");
            }
            None => {
                let _ = writeln!(out, "<pre>{}</pre>", escaped(&format!("{details:#}")));
            }
        }
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_clients_send_is_text_on_the_page() {
        let evil = "<script>alert('1')</script>\"&";
        let body = json!({"error": {"statusCode": 422, "name": evil, "message": evil, "code": evil, "details": {
            "messages": {(evil): [evil, evil]}, "codes": {}
        }}});
        let page = html(body.to_string().as_bytes());
        assert!(!page.contains("<script") && !page.contains("alert('"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;").count(), 7, "{page}");
        let other =
            html(json!({"error": {"statusCode": 400, "message": "m", "details": [evil]}}).to_string().as_bytes());
        assert!(!other.contains("<script") && other.contains("<pre>"), "{other}");
    }

    #[test]
    fn the_policy_allows_the_style_of_the_page() {
        let page = html(br#"{"error":{"statusCode":404,"message":"x"}}"#);
        let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        assert!(POLICY.contains(&STANDARD.encode(Sha256::digest(style))));
        assert!(!page.contains(" style=") && !page.contains("class=\"name\""));
    }
}
