//! The explorer in a real browser: it logs in and out, and its calls have the token. Left out where there is no Chromium.

#![allow(clippy::expect_used)]

use loopback_tests::browser::Browser;
use loopback_tests::databases::Kind;
use loopback_tests::server::Server;
use serde_json::json;

#[test]
fn who_logs_in_calls_with_the_token_and_logs_out() {
    let Some(browser) = Browser::start() else { return };
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    let server = Server::start("blog", &[("DATABASE_URL", database.url())]).expect("a server");
    let ann = json!({ "email": "ann@example.com", "password": "correct horse battery" });
    let made = server.client().json("POST", "/api/Authors", &ann);
    assert_eq!(made.status, 200, "{made}");
    let id = made.json()["id"].clone();

    browser.open(&format!("{}/explorer/#/Author/Author.findById", server.base()));
    browser.sees("/Authors/{id}");
    // A form that is wrong says so.
    browser.click("#open-login");
    browser.fill("#name", "ann@example.com");
    browser.fill("#password", "wrong");
    browser.click("#login-form button");
    browser.sees("login failed");
    browser.fill("#password", "correct horse battery");
    browser.click("#login-form button");
    browser.sees("ann@example.com Author");
    // It lasts as long as the tab.
    browser.open(&format!("{}/explorer/?again#/Author/Author.findById", server.base()));
    browser.sees("ann@example.com Author");
    browser.sees("Execute");
    // Only an author sees the row.
    browser.fill(".opblock.is-open input[placeholder=id]", &id.to_string());
    browser.click(".opblock.is-open .execute");
    browser.sees("\"email\": \"ann@example.com\"");
    browser.sees("-H 'authorization: ");
    let shown = browser.text();
    let token = shown.split("-H 'authorization: ").nth(1).and_then(|rest| rest.split('\'').next());
    let token = token.expect("the token of the call").to_owned();
    let path = format!("/api/Authors/{id}?access_token={token}");
    assert_eq!(server.client().get(&path).status, 200);
    browser.click("#logout");
    browser.sees("Log in");
    // The log-out is one: the token is good no more.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while server.client().get(&path).status == 200 {
        assert!(std::time::Instant::now() < end, "the token is still good");
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
}
