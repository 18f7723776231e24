//! The documents tell the truth: every block of code in them is part of a program that is compiled and tested, and
//! every `curl` line is sent to a running server and answered as it says.
//!
//! | block | what is done |
//! |---|---|
//! | `rust` in the README | has to stand, line for line, in the source of an example |
//! | `rust` in `loopback/src/docs` | is a doctest of the crate `loopback` |
//! | `sh` | each `$ curl` is run; `$ cargo loopback` is run by the tests of the generators; another `$ cargo` has to be one of [`COMMANDS`] |
//! | `text` | in the README it has to be the output of quickstart, or of blog's `acl explain`, or to stand in the messages of `ui/readme` |
//! | `toml` | names features that the crate has |
//!
//! A line `<!-- server: tour -->` says which example the commands below it talk to. Every document begins with a new
//! server and an empty database. In answers, dates, UUIDs and access tokens may be others than those in the document;
//! `$TOKEN` in a command is the token of the log-in before it.

#![allow(clippy::expect_used)]

use loopback_tests::say;
use loopback_tests::server::Server;
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a reader is told to run, beside `curl`.
const COMMANDS: [&str; 10] = [
    "cargo run -p quickstart",
    "cargo install --path loopback --features cli",
    "cargo test --workspace",
    "cargo run -p tour",
    "cargo run -p atlas",
    "cargo run -p getting-started",
    "cargo run -p blog",
    "cargo run -p user-management",
    "cargo run -p blog -- acl explain Post.create",
    "DATABASE_URL=postgres://localhost/coffee cargo run -p tour",
];

/// The documents with commands, from the root of the workspace.
fn documents() -> Vec<PathBuf> {
    let mut all = vec![root().join("README.md"), root().join("docs/differences.md")];
    let guide = fs::read_dir(root().join("loopback/src/docs")).expect("the folder of the guide");
    all.extend(
        guide.map(|entry| entry.expect("an entry of a folder").path()).filter(|path| path.extension().is_some()),
    );
    all.sort();
    all
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root of the workspace")
}

/// A fenced block of a document.
struct Block {
    place: String,
    language: String,
    text: String,
    server: String,
}

fn blocks(path: &Path) -> Vec<Block> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.strip_prefix(root()).unwrap_or(path).display();
    let (mut blocks, mut open, mut server) = (Vec::<Block>::new(), false, "quickstart".to_owned());
    for (at, line) in text.lines().enumerate() {
        if let Some(named) = line.strip_prefix("<!-- server: ").and_then(|rest| rest.strip_suffix(" -->")) {
            named.clone_into(&mut server);
        } else if let Some(language) = line.strip_prefix("```") {
            if !open {
                let (place, language) = (format!("{name}:{}", at + 1), language.to_owned());
                blocks.push(Block { place, language, text: String::new(), server: server.clone() });
            }
            open = !open;
        } else if let Some(block) = blocks.last_mut().filter(|_| open) {
            block.text.push_str(line);
            block.text.push('\n');
        }
    }
    assert!(!open, "{name}: a block is not closed");
    blocks
}

/// The lines without what they are all indented by, and without blank ones at the ends.
fn lines(text: &str) -> Vec<&str> {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let least = text.lines().filter(|line| !line.trim().is_empty()).map(|line| indent(&line)).min().unwrap_or(0);
    text.trim_end().lines().map(|line| line.get(least..).unwrap_or_default().trim_end()).collect()
}

fn stands_in(block: &[&str], source: &str) -> bool {
    let source: Vec<&str> = source.lines().collect();
    source.windows(block.len()).any(|window| {
        let window = window.join("\n");
        lines(&window) == block
    })
}

fn sources(folder: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of an example") {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|end| end == "rs") {
            out.push(fs::read_to_string(&path).expect("a source file"));
        }
    }
}

#[test]
fn code_in_the_readme_is_code_of_the_examples() {
    let mut known = Vec::new();
    for folder in [
        "examples/quickstart",
        "examples/tour",
        "examples/atlas",
        "examples/getting-started",
        "examples/blog",
        "examples/user-management",
        "examples/own-connector",
        "tests/ui/readme",
    ] {
        sources(&root().join(folder), &mut known);
    }
    let strange: Vec<_> = blocks(&root().join("README.md"))
        .into_iter()
        .filter(|block| block.language == "rust" && !known.iter().any(|source| stands_in(&lines(&block.text), source)))
        .map(|block| block.place)
        .collect();
    assert!(strange.is_empty(), "these blocks stand in no example, line for line: {}", strange.join(", "));
}

#[test]
fn every_block_is_of_a_kind_that_is_tested() {
    let features = fs::read_to_string(root().join("loopback/Cargo.toml")).expect("the manifest of the facade");
    for path in documents() {
        for block in blocks(&path) {
            let place = &block.place;
            match block.language.as_str() {
                "rust" | "rust,no_run" | "rust,standalone_crate" => {
                    assert!(!place.starts_with("docs/"), "{place}: nothing compiles this");
                }
                "toml" => {
                    for name in block.text.split('"').skip(1).step_by(2).filter(|name| !name.contains('.')) {
                        assert!(features.contains(&format!("\n{name} = [")), "{place}: there is no feature `{name}`");
                    }
                }
                "sh" => {
                    for (command, _) in commands(&block.text) {
                        let run = ["curl ", "cargo loopback "].iter().any(|start| command.starts_with(start));
                        let known = run || COMMANDS.contains(&command.as_str());
                        assert!(known, "{place}: `{command}` is not tested; add it to COMMANDS");
                    }
                }
                // In the guide they show what a person sees or writes, cut to what matters; in the README they are real.
                "text" | "html" => assert!(!place.starts_with("docs/"), "{place}: nothing makes this output"),
                "json" => assert!(serde_json::from_str::<Value>(&block.text).is_ok(), "{place}: this is not JSON"),
                other => panic!("{place}: nothing tests a block of `{other}`"),
            }
        }
    }
}

#[test]
fn what_ci_runs_is_what_the_reader_is_told() {
    let ci = root().join(".ci/run");
    // A source package has no CI.
    let Ok(script) = fs::read_to_string(&ci) else { return say("skipped: there is no .ci/run") };
    assert!(script.contains("cargo test --workspace"), "{} does not run `cargo test --workspace`", ci.display());
}

#[test]
fn output_in_the_readme_is_real() {
    let server = Example::start("quickstart");
    let table = server.server.printed("/openapi.json").replace(&server.server.port().to_string(), "3000");
    let messages = ["mistakes", "other_end"].map(|name| {
        let path = root().join(format!("tests/ui/readme/{name}.stderr"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.replace(&format!("readme/{name}.rs"), "src/main.rs")
    });
    for block in blocks(&root().join("README.md")).into_iter().filter(|block| block.language == "text") {
        let wanted = lines(&block.text);
        let explained =
            Command::new(loopback_tests::server::built("blog")).args(["acl", "explain", "Post.create"]).output();
        let explained = String::from_utf8_lossy(&explained.expect("the example blog").stdout).trim().to_owned();
        let real = explained == wanted.join("\n").trim()
            || lines(&table).join("\n").trim() == wanted.join("\n").trim()
            || messages.iter().any(|output| stands_in(&wanted, output));
        assert!(real, "{}: this is the output of nothing; quickstart prints\n{table}", block.place);
    }
}

#[test]
fn every_curl_line_is_answered_as_it_says() {
    let curl = Command::new("curl").arg("--version").stdout(Stdio::null()).status();
    if !curl.is_ok_and(|status| status.success()) {
        let line = "skipped: curl is not on PATH (documents)";
        // A machine that is there to test everything has to have it.
        assert!(std::env::var_os("CI").is_none(), "{line}, and this is CI");
        return say(line);
    }
    let (mut count, mut wrong) = (0, Vec::new());
    for path in documents() {
        let mut servers: HashMap<String, Example> = HashMap::new();
        for block in blocks(&path).into_iter().filter(|block| block.language == "sh") {
            for (command, wanted) in
                commands(&block.text).into_iter().filter(|(command, _)| command.starts_with("curl "))
            {
                let server = servers.entry(block.server.clone()).or_insert_with(|| Example::start(&block.server));
                let got = server.shell(&command);
                server.remember_token(&got);
                count += 1;
                if !same(&wanted, &got) {
                    wrong.push(format!("{}: {command}\n  says {}\n  real {}", block.place, wanted.trim(), got.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} commands:\n{}", wrong.len(), wrong.join("\n"));
    say(&format!("documents: {count} curl commands are answered as they say"));
}

/// The commands of a block with what stands below each.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut more = false;
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            all.push((command.to_owned(), String::new()));
            more = line.ends_with('\\');
        } else if let Some((command, output)) = all.last_mut() {
            let into = if more { command } else { output };
            into.push('\n');
            into.push_str(line);
            more = more && line.ends_with('\\');
        }
    }
    all
}

/// Whether an answer is the one in the document: as JSON, or line for line; dates and UUIDs may be others.
fn same(wanted: &str, got: &str) -> bool {
    let (wanted, got) = (plain(wanted), plain(got));
    match (serde_json::from_str::<Value>(&wanted), serde_json::from_str::<Value>(&got)) {
        (Ok(wanted), Ok(got)) => wanted == got,
        _ => {
            // What `curl -i` shows: the document may leave headers out, not add any.
            if wanted.is_empty() != got.is_empty() {
                return false;
            }
            let mut rest = got.lines().map(str::trim);
            wanted.lines().map(str::trim).all(|line| rest.any(|real| real == line))
        }
    }
}

fn plain(text: &str) -> String {
    let date = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").expect("a regular expression");
    let uuid = regex::Regex::new(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").expect("a regular expression");
    let token = regex::Regex::new(r#""id":"[\w-]{64}""#).expect("a regular expression");
    let text = date.replace_all(text, "(date)");
    let text = token.replace_all(&text, "\"id\":\"(token)\"");
    uuid.replace_all(&text, "(uuid)").trim().to_owned()
}

/// A running example, with a folder of its own that goes away with it.
struct Example {
    server: Server,
    folder: PathBuf,
    /// The access token of the last log-in.
    token: String,
}

impl Example {
    fn start(name: &str) -> Self {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        let next = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("lb_readme_{}_{next}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for the example");
        let mut command = Command::new(loopback_tests::server::built(name));
        for variable in ["DATABASE_URL", "LOOPBACK_ENV", "HOST", "RUST_LOG"] {
            command.env_remove(variable);
        }
        let server = Server::launch({
            command.current_dir(&folder);
            command
        });
        Self { server: server.unwrap_or_else(|error| panic!("{name}: {error}")), folder, token: String::new() }
    }

    /// Keeps the token of an answer to a log-in.
    fn remember_token(&mut self, answer: &str) {
        let Ok(answer) = serde_json::from_str::<Value>(answer) else { return };
        if let (Some(token), Some(_)) = (answer["id"].as_str(), answer["ttl"].as_i64()) {
            token.clone_into(&mut self.token);
        }
    }

    /// The output of a command that talks to port 3000, sent to this server instead.
    fn shell(&self, command: &str) -> String {
        let command = command.replace("localhost:3000", &format!("127.0.0.1:{}", self.server.port()));
        let output = Command::new("sh")
            .args(["-c", &command])
            .env("TOKEN", &self.token)
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // Left behind at worst: it is in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
