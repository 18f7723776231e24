//! What is understood and has no effect is listed at the start; what is not understood is a fault.

use super::{Folder, MEMORY, MODELS, NOTE};
use loopback::app::MiddlewareConfig;
use loopback::prelude::*;
use serde_json::json;

/// What the start lists of these files.
async fn listed(files: &[(&str, &str)]) -> String {
    let folder = Folder::of(&[[NOTE, MODELS, MEMORY].as_slice(), files].concat());
    folder.app(&[]).await.config_report().to_string()
}

async fn fault(middleware: &str) -> String {
    Folder::of(&[NOTE, MODELS, MEMORY, ("middleware.json", middleware)]).fault(&[]).await
}

#[tokio::test]
async fn options_of_middleware_without_effect_are_listed() {
    let middleware = r#"{"initial": {
        "compression": {"params": {"level": 9}},
        "helmet#xssFilter": {"params": {"setOnOldIE": true}},
        "request-id": {"params": {"header": "x"}}},
        "auth": {
        "loopback#token": {"params": {"model": "AccessToken", "enableDoublecheck": true, "bearerTokenBase64Encoded": false}}},
        "parse": {
        "body-parser": {"params": {"limit": "1mb", "strict": true}}},
        "final": {
        "loopback#urlNotFound": {"enabled": false}},
        "final:after": {
        "strong-error-handler": {"params": {"debug": true, "log": false, "safeFields": ["code"]}}}}"#;
    let report = listed(&[("middleware.json", middleware)]).await;
    for part in [
        "middleware.json:2: `compression`: `level` has no effect",
        "middleware.json:3: `helmet#xssFilter`: `setOnOldIE` has no effect",
        "middleware.json:4: `request-id`: its `params` have no effect",
        "middleware.json:6: `loopback#token`: `model` has no effect",
        "middleware.json:6: `loopback#token`: `enableDoublecheck` has no effect",
        "middleware.json:8: `body-parser`: `strict` has no effect",
        "middleware.json:10: `loopback#urlNotFound`: cannot be turned off",
        "middleware.json:12: `strong-error-handler`: `debug` has no effect",
        "`strong-error-handler`: `log` has no effect",
        "`strong-error-handler`: `safeFields` has no effect",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    assert!(!report.contains("bearerToken") && !report.contains("limit"), "{report}");
    let compression = MiddlewareConfig { params: json!({"level": 9}), ..MiddlewareConfig::default() };
    let app = App::builder().middleware_from_config("compression", compression).unwrap();
    let app = app.database_url("sqlite::memory:").define_model(json!({"name": "X"})).build().await.unwrap();
    let report = app.config_report().to_string();
    assert!(report.contains("the middleware `compression`: `level` has no effect"), "{report}");
}

#[tokio::test]
async fn options_of_middleware_that_are_not_known_are_faults() {
    for (middleware, part) in [
        (r#"{"auth": {"loopback#token": {"params": {"hedaers": ["x"]}}}}"#, "did you mean `headers`?"),
        (r#"{"auth": {"loopback#token": {"params": {"headers": ["a b"]}}}}"#, "`a b` is no name of a header"),
        (r#"{"parse": {"body-parser": {"params": {"limti": "1mb"}}}}"#, "did you mean `limit`?"),
        (
            r#"{"final:after": {"strong-error-handler": {"params": {"defaultTyp": "x"}}}}"#,
            "did you mean `defaultType`?",
        ),
        (r#"{"initial": {"helmet#hsts": {"params": {"maxAeg": 1}}}}"#, "did you mean `maxAge`?"),
        (r#"{"initial": {"helmet#frameguard": {"params": {"action": "allow-from"}}}}"#, "`deny` or `sameorigin`"),
    ] {
        let fault = fault(middleware).await;
        assert!(fault.contains("middleware.json:1: `") && fault.contains(part), "{middleware}\n{fault}");
    }
}

#[tokio::test]
async fn settings_of_mail_without_effect_are_listed_and_those_that_would_be_missed_are_faults() {
    let source = |transport: &str| {
        format!(
            "{{\"db\": {{\"connector\": \"memory\"}},\n\"m\": {{\"connector\": \"mail\", \"transports\": [\n{transport}]}}}}"
        )
    };
    let sources = source(r#"{"type": "smtp", "host": "a", "rateLimit": 5, "auth": {"user": "a", "pass": "geheim"}}"#);
    let report = listed(&[("datasources.json", &sources)]).await;
    assert!(report.contains("datasources.json:3: `m.transports[0].rateLimit`: has no effect"), "{report}");
    let report = listed(&[("datasources.json", &source(""))]).await;
    assert!(report.contains("datasources.json:2: `m`: has no transport: e-mails are kept in memory"), "{report}");
    let sources = source(r#"{"type": "smtp", "host": "a", "dkim": {"privateKey": "geheim"}, "colour": 1}"#);
    let fault = Folder::of(&[NOTE, MODELS, ("datasources.json", &sources)]).fault(&[]).await;
    assert!(fault.contains("datasources.json:3: `m.transports[0].dkim`: e-mails are not signed here"), "{fault}");
    assert!(
        fault.contains("`m.transports[0].colour`: there is no such setting") && !fault.contains("geheim"),
        "{fault}"
    );
}

#[tokio::test]
async fn validation_that_a_definition_turns_off_is_listed() {
    let note = "{\"name\": \"Note\",\n\"automaticValidation\": false,\n\"options\": {\n\"validateUpsert\": false}}";
    let report = listed(&[("models/note.json", note)]).await;
    for part in [
        "models/note.json:2: `Note.automaticValidation`: has no effect",
        "models/note.json:4: `Note.validateUpsert`: has no effect",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    let report = listed(&[("models/note.json", &note.replace("false", "true"))]).await;
    assert!(!report.contains("has no effect"), "{report}");
}

#[tokio::test]
async fn contexts_of_loopback_2_are_there_or_listed() {
    for (context, told) in [
        (r#"{"enableHttpContext": false}"#, None),
        ("{}", None),
        ("false", None),
        (r#"{"enableHttpContext": true}"#, Some("`remoting.context.enableHttpContext`: has no effect")),
        ("true", Some("`remoting.context`: has no effect")),
    ] {
        let config = format!(r#"{{"remoting": {{"context": {context}}}}}"#);
        let report = listed(&[("config.json", &config)]).await;
        match told {
            Some(told) => assert!(report.contains(told), "{report}"),
            None => assert!(!report.contains("ontext"), "{report}"),
        }
    }
}
