//! A real browser, driven over WebDriver: Chromium by its ChromeDriver, both as Debian packages them. Where they are not
//! installed the tests that want them are left out, and say so.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// WebDriver's errors of an element that is not drawn yet, or just being drawn anew.
const NOT_YET: &[&str] = &[
    "no such element",
    "stale element reference",
    "element not interactable",
    "element click intercepted",
    "invalid element state",
];

/// A browser with one window. It goes with this value.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    client: crate::http::Client,
    session: String,
    profile: PathBuf,
}

impl Browser {
    /// Starts one with a profile of its own; `None`, and a line that says so, when there is none on this machine.
    ///
    /// # Panics
    /// There is one, and it does not start.
    pub fn start() -> Option<Self> {
        let (Some(chromium), Some(driver)) =
            (found(&["chromium", "chromium-browser", "google-chrome"]), found(&["chromedriver"]))
        else {
            crate::say("skipped: there is no Chromium with its ChromeDriver on this machine");
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("ChromeDriver starts");
        let port = port_of(&mut driver);
        let profile = std::env::temp_dir().join(format!("lb_browser_{}_{port}", std::process::id()));
        let client = crate::http::Client::local(port).patient(Duration::from_secs(90));
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": {
            "binary": chromium,
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--window-size=1000,900", format!("--user-data-dir={}", profile.display()),
            ],
        } } } });
        // A browser that starts on a busy machine may not tell its port in the time that ChromeDriver gives it.
        let mut said = Vec::new();
        let session =
            std::iter::repeat_with(|| client.json("POST", "/session", &wanted).json()).take(3).find_map(|answer| {
                let session = answer["value"]["sessionId"].as_str().map(str::to_owned);
                said.push(answer);
                session
            });
        let session = session.unwrap_or_else(|| panic!("no session: {said:?}"));
        Some(Self { driver, client, session, profile })
    }

    /// What the driver answers, or the error that it names with all it says of it.
    fn try_ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, (String, String)> {
        let path = format!("/session/{}{path}", self.session);
        let answer = if method == "GET" { self.client.get(&path) } else { self.client.json(method, &path, body) };
        let answer = answer.json();
        match answer["value"]["error"].as_str() {
            Some(error) => Err((error.to_owned(), format!("{method} {path} {body}: {answer}"))),
            None => Ok(answer["value"].clone()),
        }
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_ask(method, path, body).unwrap_or_else(|(_, said)| panic!("{said}"))
    }

    /// Does something with an element as soon as it can be done: a page that scripts draw shows it later than the text
    /// beside it, and draws it anew while the driver looks.
    fn with_element(&self, css: &str, act: impl Fn(&str) -> Result<(), (String, String)>) {
        let query = json!({ "using": "css selector", "value": css });
        let end = Instant::now() + PATIENCE;
        loop {
            let done = self.try_ask("POST", "/element", &query).and_then(|found| {
                let id = found.as_object().and_then(|map| map.values().next()).and_then(Value::as_str);
                act(id.unwrap_or_else(|| panic!("an element without an id: {found}")))
            });
            let Err((error, said)) = done else { return };
            let drawn_anew = NOT_YET.contains(&error.as_str()) || said.contains("does not belong to the document");
            assert!(drawn_anew && Instant::now() < end, "{said}\nat {}:\n{}", self.url(), self.text());
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    /// Opens an address.
    ///
    /// # Panics
    /// The browser refuses.
    pub fn open(&self, url: &str) {
        self.ask("POST", "/url", &json!({ "url": url }));
    }

    /// The address that is open.
    pub fn url(&self) -> String {
        self.ask("GET", "/url", &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// The text that is seen.
    pub fn text(&self) -> String {
        let script = json!({ "script": "return document.body ? document.body.innerText : ''", "args": [] });
        // While the window goes from one page to the next there is none.
        let text = self.try_ask("POST", "/execute/sync", &script).unwrap_or_default();
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a text is seen.
    ///
    /// # Panics
    /// It does not come.
    pub fn sees(&self, text: &str) {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.text();
        while !seen.contains(text) {
            assert!(Instant::now() < end, "`{text}` is not seen at {}:\n{seen}", self.url());
            std::thread::sleep(Duration::from_millis(25));
            seen = self.text();
        }
    }

    /// Types into a field of a form.
    ///
    /// # Panics
    /// No such field comes that can be typed into.
    pub fn fill(&self, css: &str, text: &str) {
        self.with_element(css, |element| {
            self.try_ask("POST", &format!("/element/{element}/clear"), &json!({}))?;
            self.try_ask("POST", &format!("/element/{element}/value"), &json!({ "text": text }))?;
            Ok(())
        });
    }

    /// Clicks.
    ///
    /// # Panics
    /// No such element comes that can be clicked.
    pub fn click(&self, css: &str) {
        self.with_element(css, |element| {
            self.try_ask("POST", &format!("/element/{element}/click"), &json!({}))?;
            Ok(())
        });
    }

    /// A picture of the window, as PNG.
    ///
    /// # Panics
    /// There is none.
    pub fn screenshot(&self) -> Vec<u8> {
        let text = self.ask("GET", "/screenshot", &Value::Null);
        decode(text.as_str().expect("a picture in base64"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let request = crate::http::Request::new("DELETE", &format!("/session/{}", self.session));
        let _ = self.client.send(&request);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

fn found(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let places = std::env::split_paths(&path).flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

/// The port that the driver says it listens on.
fn port_of(driver: &mut Child) -> u16 {
    let output = driver.stdout.take().expect("the output of ChromeDriver");
    let mut lines = BufReader::new(output).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    // What it prints later must not stop it.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    port.expect("the port of ChromeDriver")
}

fn decode(base64: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for six in base64.bytes().filter_map(value) {
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
