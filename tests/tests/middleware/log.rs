//! What the log says of a request: of a real server process, for the log is that of a process.

use loopback_tests::databases::Kind;
use loopback_tests::http::Request;
use loopback_tests::server::Server;
use serde_json::{Value as Json, json};
use std::time::Duration;

#[test]
fn a_line_of_an_error_has_the_id_of_its_request() {
    let database = Kind::Sqlite.scratch().unwrap();
    let folder = std::env::temp_dir().join(format!("lb_log_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let model = json!({"name": "Note", "properties": {"title": "string"}});
    std::fs::write(folder.join("app.json"), json!({ "models": [model] }).to_string()).unwrap();
    std::fs::write(folder.join("middleware.json"), r#"{"initial:before": {"request-id": {}}}"#).unwrap();
    let app = folder.join("app.json");
    for format in ["json", "text"] {
        let environment = [
            ("LOOPBACK_LOG", format),
            ("LOOPBACK_APP", app.to_str().unwrap()),
            ("LOOPBACK_CONFIG", folder.to_str().unwrap()),
            ("DATABASE_URL", database.url()),
        ];
        let mut server = Server::start("data-app", &environment).unwrap();
        assert_eq!(server.client().get("/api/Notes").status, 200);
        database.execute("DROP TABLE note");
        let request = Request::new("GET", "/api/Notes?access_token=sesame-42&filter[where][title]=sesame-43");
        let answer = server.client().answer(&request.header("X-Request-Id", "trace-1.2"));
        assert_eq!((answer.status, answer.header("x-request-id").as_deref()), (500, Some("trace-1.2")), "{answer}");
        server.terminate();
        assert_eq!(server.wait(Duration::from_secs(20)), Some(0), "{}", server.output());
        let log = server.output();
        let line = log.lines().find(|line| line.contains("request failed")).unwrap_or_else(|| panic!("{log}"));
        assert!(!log.contains("sesame"), "{log}");
        if format == "json" {
            let line: Json = serde_json::from_str(line).unwrap();
            assert_eq!(line["spans"], json!([{"name": "request", "request_id": "trace-1.2"}]), "{line}");
            let answered =
                log.lines().find(|line| line.contains(r#""message":"answered""#) && line.contains("trace-1.2"));
            assert!(answered.is_some(), "{log}");
        } else {
            assert!(line.contains("trace-1.2"), "{line}");
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
