//! The commands `mail ..`, by a program of the workspace, while another process of it serves.

use crate::smtp::{Manner, Smtp};
use loopback_tests::http::Request;
use loopback_tests::lab::Place;
use loopback_tests::server::{Server, built};
use serde_json::{Value as Json, json};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

loopback_tests::place_cases! {
    who_looks_after_the_outbox_sees_and_sends_what_is_there
}

const PROGRAM: &str = "user-management";
/// Nobody listens there.
const DEAD: &str = "smtp://127.0.0.1:1";

struct Desk<'p> {
    place: &'p Place,
    mail_url: String,
}

impl Desk<'_> {
    async fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(built(PROGRAM));
        command
            .args(args)
            .env("DATABASE_URL", &self.place.url)
            .env("MAIL_URL", &self.mail_url)
            .env_remove("LOOPBACK_ENV");
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn fine(&self, args: &[&str]) -> String {
        let output = self.run(args).await;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    async fn wrong(&self, args: &[&str]) -> String {
        let output = self.run(args).await;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}\n{text}", String::from_utf8_lossy(&output.stdout));
        text
    }

    /// The e-mails, when all of them are what they are to be.
    async fn when(&self, count: usize, holds: impl Fn(&Json) -> bool) -> Vec<Json> {
        let end = Instant::now() + Duration::from_secs(240);
        loop {
            let rows: Vec<Json> = serde_json::from_str(&self.fine(&["mail", "list", "--json"]).await).unwrap();
            if rows.len() == count && rows.iter().all(&holds) {
                return rows;
            }
            assert!(Instant::now() < end, "{rows:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn serve(&self) -> Server {
        let (database, mail) = (self.place.url.clone(), self.mail_url.clone());
        let start = move || Server::start(PROGRAM, &[("DATABASE_URL", &database), ("MAIL_URL", &mail)]);
        tokio::task::spawn_blocking(start).await.unwrap().unwrap_or_else(|error| panic!("{error}"))
    }
}

async fn who_looks_after_the_outbox_sees_and_sends_what_is_there(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::Refuses);
    let mut desk = Desk { place, mail_url: DEAD.to_owned() };
    let mut server = desk.serve().await;
    assert!(desk.fine(&["mail", "list"]).await.contains("the outbox is empty"));
    for email in ["ann@shop.test", "bob@shop.test"] {
        let body = json!({ "email": email, "password": "correct horse battery" });
        let client = server.client();
        let request = Request::new("POST", "/api/Members").json(&body);
        let answer = tokio::task::spawn_blocking(move || client.send(&request)).await.unwrap().unwrap();
        assert_eq!(answer.status, 200, "{answer}");
    }
    // The server for mail is dead: nothing is lost, and what is wrong can be read.
    let rows = desk.when(2, |row| row["state"] == "waiting" && row["error"].is_string()).await;
    assert_eq!((&rows[0]["recipients"], &rows[0]["attempts"]), (&json!("bob@shop.test"), &json!(0)));
    let id = rows[1]["id"].to_string();
    let list = desk.fine(&["mail", "list"]).await;
    for part in ["id", "ann@shop.test", "waiting", "127.0.0.1:1", "refused", "2 waiting, 0 dead, 0 sent, 0 expired"] {
        assert!(list.contains(part), "{part}\n{list}");
    }
    assert!(desk.fine(&["mail", "list", "--dead"]).await.contains("the outbox has none that is dead"));
    let shown = desk.fine(&["mail", "show", &id]).await;
    for part in ["Subject: Confirm your e-mail", "To: ann@shop.test", "/api/Members/confirm?uid=", "attempts    0"] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let raw = desk.fine(&["mail", "show", &id, "--raw"]).await;
    assert!(raw.contains("Message-ID: <") && raw.contains("multipart/alternative"), "{raw}");
    assert!(desk.wrong(&["mail", "resend", &id]).await.contains("waits to be sent already"));
    assert!(desk.wrong(&["mail", "show", "4711"]).await.contains("there is no e-mail 4711"));
    assert!(desk.fine(&["mail", "resend", "--all"]).await.contains("none that was given up"));
    let error = desk.wrong(&["mail", "send-test", "me@shop.test"]).await;
    assert!(error.contains("it was not sent") && error.contains("127.0.0.1:1"), "{error}");
    // Not killed: what it is just trying would be its own for longer than this test waits.
    server.terminate();
    let ended = tokio::task::spawn_blocking(move || server.wait(Duration::from_secs(60))).await.unwrap();
    assert_eq!(ended, Some(0));

    // Another start, with a server for mail that refuses.
    desk.mail_url = format!("smtp://127.0.0.1:{}", smtp.port);
    let server = desk.serve().await;
    desk.when(2, |row| row["state"] == "dead").await;
    let list = desk.fine(&["mail", "list", "--dead", "--limit", "1"]).await;
    for part in ["bob@shop.test", "550 5.1.1 nobody of this name", "0 waiting, 2 dead", "mail resend ID"] {
        assert!(list.contains(part), "{part}\n{list}");
    }
    assert!(!list.contains("ann@shop.test"), "{list}");
    assert!(desk.wrong(&["mail", "send-test", "me@shop.test"]).await.contains("550"));
    smtp.be(Manner::Takes);
    assert!(desk.fine(&["mail", "resend", &id]).await.starts_with("1 e-mail waits to be sent"));
    assert_eq!(smtp.wait_for(1).await[0].to, ["ann@shop.test"]);
    assert!(desk.fine(&["mail", "resend", "--all"]).await.starts_with("1 e-mail waits to be sent"));
    assert_eq!(smtp.wait_for(2).await[1].to, ["bob@shop.test"]);
    desk.when(2, |row| row["state"] == "sent" && row["error"].is_null()).await;
    let shown = desk.fine(&["mail", "show", &id]).await;
    assert!(shown.contains("sent since") && shown.contains("what it said is deleted"), "{shown}");
    assert!(desk.wrong(&["mail", "show", &id, "--raw"]).await.contains("deleted"));
    assert!(desk.wrong(&["mail", "resend", &id]).await.contains("was sent"));
    let said = desk.fine(&["mail", "send-test", "me@shop.test"]).await;
    assert!(said.contains("sent to me@shop.test by smtp 127.0.0.1"), "{said}");
    assert!(smtp.received()[2].header("Subject").contains("Members"));
    drop(server);
}
