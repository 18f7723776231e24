//! A member's way through the pages, in a real browser; and what the pages refuse.

#![allow(clippy::expect_used, missing_docs)]

use loopback::mail::MailOptions;
use loopback::prelude::*;
use loopback_tests::browser::Browser;
use loopback_tests::http::{Client, Request};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use user_management::models::{AuditEntry, Member};

const EMAIL: &str = "ada@example.test";
const FIRST: &str = "analytical engine no 1";
const SECOND: &str = "difference engine no 2";

/// The app on a port of its own; its mail stays in memory.
struct Site {
    app: App,
    address: String,
    runtime: Runtime,
    port: u16,
}

fn site() -> Site {
    site_by("http")
}

/// The app that members reach by a scheme. What speaks HTTPS stands before it, and the tests go behind that.
fn site_by(scheme: &str) -> Site {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let (app, address, port) = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let address = format!("{scheme}://127.0.0.1:{port}");
        let builder = App::builder().database_url("sqlite::memory:").mail(MailOptions::stub());
        let app = user_management::app(builder, &address).build().await.expect("an app");
        tokio::spawn(app.clone().serve_on(listener, std::future::pending()));
        (app, address, port)
    });
    Site { app, address, runtime, port }
}

impl Site {
    /// The link in the e-mail with a subject, when it has come.
    fn link_in(&self, subject: &str) -> String {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let mails = self.app.mail().expect("mail").sent_emails();
            if let Some(mail) = mails.iter().rev().find(|mail| mail.subject == subject) {
                let text = mail.text.as_deref().expect("a text");
                let link = text.split_whitespace().find(|word| word.starts_with(&self.address));
                return link.expect("a link to the app").to_owned();
            }
            assert!(Instant::now() < end, "no e-mail `{subject}`: {mails:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn events(&self) -> Vec<String> {
        let entry = AuditEntry::props();
        let all = self.runtime.block_on(AuditEntry::find(&self.app.ctx(), entry.id.asc()));
        all.expect("the log").into_iter().map(|entry| entry.event).collect()
    }

    fn post(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> loopback_tests::http::Response {
        let mut request = Request::new("POST", path).header("Content-Type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body = Some(form.as_bytes().to_vec());
        Client::local(self.port).answer(&request)
    }
}

fn log_in(browser: &Browser, password: &str) {
    browser.fill("input[name=email]", EMAIL);
    browser.fill("input[name=password]", password);
    browser.click("form[action='/login'] button");
}

/// Keeps a picture beside the test's other files, to be looked at.
fn picture(browser: &Browser, name: &str) {
    let png = browser.screenshot();
    assert!(png.starts_with(b"\x89PNG") && png.len() > 5_000, "{name} is no picture of a page");
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
    std::fs::write(file, png).expect("a file for the picture");
}

#[test]
fn a_member_registers_confirms_logs_in_and_sets_a_new_password() {
    let Some(browser) = Browser::start() else { return };
    let site = site();
    browser.open(&site.address);
    browser.sees("Welcome back");
    picture(&browser, "log-in");
    browser.click("a[href='/register']");
    browser.sees("Create an account");
    browser.fill("input[name=name]", "Ada <b>Lovelace</b>");
    browser.fill("input[name=email]", EMAIL);
    browser.fill("input[name=password]", FIRST);
    picture(&browser, "register");
    browser.click("form button");
    browser.sees("We have sent you an e-mail");

    // Not before the e-mail is confirmed.
    browser.open(&site.address);
    log_in(&browser, FIRST);
    browser.sees("open the link in the e-mail");

    browser.open(&site.link_in("Confirm your e-mail"));
    browser.sees("Your e-mail is confirmed");
    assert!(browser.url().ends_with("/verified"), "{}", browser.url());
    browser.click("a.button");
    browser.sees("Welcome back");
    log_in(&browser, "not the password");
    browser.sees("do not fit");
    log_in(&browser, FIRST);
    browser.sees("Hello, Ada <b>Lovelace</b>");
    picture(&browser, "account");
    browser.click("form[action='/logout'] button");
    browser.sees("Welcome back");

    browser.click("a[href='/forgot']");
    browser.sees("Forgot your password?");
    browser.fill("input[name=email]", EMAIL);
    browser.click("form button");
    browser.sees("Look into your mailbox");
    browser.open(&site.link_in("Your new password"));
    browser.sees("A new password");
    browser.fill("input[name=password]", SECOND);
    browser.click("form button");
    browser.sees("Your password is set");
    browser.click("a.button");
    log_in(&browser, FIRST);
    browser.sees("do not fit");
    log_in(&browser, SECOND);
    browser.sees("Hello, Ada");

    let wanted = [
        "registered",
        "log-in refused",
        "log-in refused",
        "log-in",
        "log-out",
        "reset asked for",
        "password set",
        "log-in refused",
        "log-in",
    ];
    assert_eq!(site.events(), wanted);
}

#[test]
fn what_is_typed_is_never_a_part_of_the_page() {
    let site = site();
    let form = "email=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&password=x";
    let answer = site.post("/login", form, &[]);
    assert_eq!(answer.status, 401);
    let page = answer.text();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}

#[test]
fn a_page_of_another_site_cannot_post() {
    let site = site();
    let form = "name=Eve&email=eve%40example.test&password=analytical+engine";
    let answer = site.post("/register", form, &[("Sec-Fetch-Site", "cross-site")]);
    assert!(answer.text().contains("another site"), "{answer}");
    let members = site.runtime.block_on(Member::count(&site.app.ctx(), ())).expect("a number");
    assert_eq!(members, 0);
    // An answer that takes the cookie away logs out, whoever asked for it.
    for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://elsewhere.example"), ("Origin", "null")]
    {
        let answer = site.post("/logout", "", &[(name, value)]);
        assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{name}: {value}");
    }
    let answer = site.post("/logout", "", &[("Origin", &site.address)]);
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(answer.status == 303 && cookie.contains("Max-Age=0"), "{answer}");
}

#[test]
fn the_cookie_of_a_site_on_https_is_for_https_alone() {
    for (scheme, secure) in [("http", false), ("https", true)] {
        let site = site_by(scheme);
        let new = set!(Member { email: EMAIL, password: FIRST, email_verified: true });
        site.runtime.block_on(Member::create(&site.app.ctx(), new)).expect("a member");
        let form = format!("email={EMAIL}&password={}", FIRST.replace(' ', "+"));
        let answers = [site.post("/login", &form, &[]), site.post("/logout", "", &[])];
        for answer in answers {
            assert_eq!(answer.status, 303, "{answer}");
            let cookie = answer.header("set-cookie").expect("a cookie");
            let parts: Vec<&str> = cookie.split("; ").collect();
            assert!(parts.contains(&"HttpOnly") && parts.contains(&"SameSite=Lax"), "{cookie}");
            assert_eq!(parts.contains(&"Secure"), secure, "{scheme}: {cookie}");
        }
    }
}

#[test]
fn a_weak_password_is_refused_with_the_reason() {
    let site = site();
    let answer = site.post("/register", "name=Eve&email=eve%40example.test&password=password", &[]);
    assert_eq!(answer.status, 422, "{answer}");
    assert!(answer.text().contains("class=\"problem\""), "{answer}");
    assert_eq!(site.events(), Vec::<String>::new());
    assert_eq!(site.app.mail().expect("mail").sent_emails().len(), 0);
}

#[test]
fn only_the_token_of_a_reset_sets_a_password() {
    let site = site();
    let refused = site.post("/new-password", "token=0123456789abcdef0123456789abcdef&password=analytical+engine", &[]);
    assert_eq!(refused.status, 401, "{refused}");
    assert!(refused.text().contains("The link has expired"), "{refused}");
}
