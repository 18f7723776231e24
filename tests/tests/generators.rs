//! `cargo loopback`: applications that it writes are compiled, tested and asked over HTTP. What each generator writes, and
//! what it refuses, its own tests say.

#![allow(clippy::expect_used)]

use loopback_tests::http::{Client, Request};
use loopback_tests::server::{Server, built, built_of};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder for the applications of one test. It is kept: what they are compiled of need not be compiled again.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generators").join(name);
    // Of the last run.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for an application");
    folder
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root of the workspace")
}

/// Calls the generator in a folder: whether it went well, and what it said.
fn call(folder: &Path, arguments: &str) -> (bool, String) {
    let mut command = Command::new(built_of("loopback", "cargo-loopback"));
    // As cargo calls it.
    command.arg("loopback").args(arguments.split(' ')).current_dir(folder).stdin(Stdio::null());
    let output = command.output().expect("the generator");
    let text = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

fn generate(folder: &Path, calls: &[&str]) {
    for arguments in calls {
        let (good, said) = call(folder, arguments);
        assert!(good, "{arguments}: {said}");
        assert!(said.contains("now: "), "{arguments}: {said}");
    }
}

/// All files below a folder with their texts.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.clone(), fs::read_to_string(&path).expect("a text"));
        }
    }
    all
}

/// An answer that is expected, with its body.
fn ask(client: &Client, status: u16, method: &str, target: &str, body: &Json) -> Json {
    let mut request = Request::new(method, target);
    if !body.is_null() {
        request = request.json(body);
    }
    let response = client.answer(&request);
    assert_eq!(response.status, status, "{method} {target}: {response}");
    if response.body.is_empty() { Json::Null } else { response.json() }
}

/// With every generator, and with the source written by hand that people have between calls.
const SHOP: &[&str] = &[
    "model CoffeeShop name:string:required:unique city:string rating:number:default=0 openedAt:date:default=now type:string",
    "property CoffeeShop seats:i32:index HTTPCode:string price:decimal:default=9.90 floor:i8:default=-1 extra:object words:[string]",
    "model Review stars:integer:required comment:string --description What_a_visitor_says",
    "relation CoffeeShop reviews hasMany Review",
    "relation Review author belongsTo Member --foreign-key writerId",
    "model Label id:uuid text:string --plural Labels",
    "relation CoffeeShop labels hasAndBelongsToMany Label",
    "relation CoffeeShop favourites referencesMany Label",
    "model Address street:string:required --transient",
    "relation CoffeeShop address embedsOne Address",
    "model Visit at:date:default=now --no-public",
    "relation CoffeeShop visitors hasMany Member --through Visit",
    "acl Review --deny $everyone --access WRITE",
    "acl Review --allow $authenticated --method create",
    "remote-method CoffeeShop greet who:string:required times:integer:default=1 --verb get --returns text:string",
    "remote-method CoffeeShop closeDown why:string --instance",
    "remote-method CoffeeShop search first:string second:string third:string fourth:string --returns found:array",
    "remote-method CoffeeShop HTTPShop at:string:required --verb get --http-path at/{at}",
    "acl CoffeeShop --allow user=-7 --method HTTPShop",
    "model Place street:string --transient",
    "model Home rooms:integer --base Place",
    "hook CoffeeShop access",
    "hook CoffeeShop before_save",
    "hook CoffeeShop persist",
    "hook CoffeeShop loaded",
    "hook CoffeeShop after_save",
    "hook CoffeeShop before_delete",
    "hook CoffeeShop after_delete",
    "remote-hook CoffeeShop create --after",
    "remote-hook CoffeeShop prototype.* --before",
    "remote-hook CoffeeShop find --after-error",
    "remote-hook CoffeeShop HTTPShop --before",
    "datasource archive --url ${ARCHIVE_URL:-sqlite://archive.db?mode=rwc}",
    "middleware audit --phase auth:after",
    "boot-script sample-data --order 10",
];

const NOTES: &[&str] = &[
    "model Category name:string:required:unique margin:number:hidden",
    "property Note pages:integer:default=1",
    "relation Category notes hasMany Note --foreign-key categoryId",
    "relation Note category belongsTo Category --foreign-key categoryId",
    "acl Category --deny $everyone --access WRITE",
    "datasource archive --url sqlite://archive.db?mode=rwc",
    "middleware health",
];

#[test]
fn an_application_that_was_generated_compiles_and_serves() {
    let root = folder("source");
    let loopback = workspace().join("loopback");
    generate(&root, &[&format!("new generated-shop --users --loopback {}", loopback.display())]);
    let app = root.join("generated-shop");
    generate(&app, SHOP);
    // The test of an app that is data, in the same compilation.
    let data = root.join("data");
    fs::create_dir(&data).expect("a folder for an application");
    generate(&data, &["new generated-notes --json --users"]);
    generate(&data.join("generated-notes"), NOTES);
    for (path, text) in files(&data.join("generated-notes")) {
        let path = path.strip_prefix(data.join("generated-notes")).expect("a file of the app").to_owned();
        let to = if path.starts_with("tests") { PathBuf::from("tests/data.rs") } else { path };
        if to.starts_with("server") || to.starts_with("common") || to.starts_with("tests") {
            let to = app.join(to);
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::write(to, text).expect("a file");
        }
    }

    let sources: Vec<PathBuf> =
        files(&app).into_keys().filter(|path| path.extension().is_some_and(|end| end == "rs")).collect();
    // rustfmt as it is without settings; those of this repository lie above the folder.
    let format = Command::new("rustfmt")
        .args(["--check", "--edition", "2024", "--config", "max_width=100,use_small_heuristics=Default"])
        .args(&sources)
        .output()
        .expect("rustfmt");
    assert!(format.status.success(), "{}", String::from_utf8_lossy(&format.stdout));

    test(&app);
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("debug/generated-shop");
    let mut command = Command::new(program);
    command.env("DATABASE_URL", "sqlite::memory:").env("ARCHIVE_URL", "sqlite::memory:").current_dir(&root);
    let server = Server::launch(command).expect("the application that was generated");
    asked(&server);
}

/// Compiles the application and runs its own tests.
fn test(app: &Path) {
    // With the databases that the other programs of the tests have: then what they share is compiled already.
    let manifest = app.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let all = text.replace("/loopback\" }", "/loopback\", features = [\"postgres\", \"mysql\"] }");
    assert_ne!(text, all);
    fs::write(&manifest, all).expect("a manifest");
    let lock = workspace().join("Cargo.lock");
    fs::copy(&lock, app.join("Cargo.lock")).expect("the versions that the workspace has");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["test", "--offline", "--target-dir"])
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder"))
        .current_dir(app)
        .stdin(Stdio::null())
        .output()
        .expect("cargo");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(!err.contains("warning"), "{err}");
    assert_eq!(out.matches("test notes_are_kept ... ok").count(), 2, "{out}");
}

fn asked(server: &Server) {
    let client = server.client();
    let made = ask(&client, 200, "POST", "/api/coffee-shops", &json!({ "name": "Bean", "HTTPCode": "x" }));
    for (key, value) in [
        ("id", json!(1)),
        ("name", json!("Bean")),
        ("rating", json!(0)),
        ("price", json!("9.9")),
        ("floor", json!(-1)),
        ("HTTPCode", json!("x")),
        ("type", Json::Null),
    ] {
        assert_eq!(made[key], value, "{key}: {made}");
    }
    ask(&client, 422, "POST", "/api/coffee-shops", &json!({ "name": "Bean" }));

    // Who is not logged in writes no review.
    let review = json!({ "stars": 5, "coffeeShopId": 1 });
    ask(&client, 401, "POST", "/api/reviews", &review);
    let member = json!({ "email": "me@example.com", "password": "correct horse battery" });
    ask(&client, 200, "POST", "/api/members", &member);
    let session = ask(&client, 200, "POST", "/api/members/login", &member);
    let token = session["id"].as_str().expect("a token");
    ask(&client, 200, "POST", &format!("/api/reviews?access_token={token}"), &review);
    ask(&client, 401, "DELETE", &format!("/api/reviews/1?access_token={token}"), &Json::Null);
    let found = ask(&client, 200, "GET", "/api/coffee-shops?filter[include]=reviews", &Json::Null);
    assert_eq!(found[0]["reviews"][0]["stars"], 5, "{found}");

    ask(&client, 501, "GET", "/api/coffee-shops/greet?who=me", &Json::Null);
    ask(&client, 400, "GET", "/api/coffee-shops/greet", &Json::Null);
    ask(&client, 501, "POST", "/api/coffee-shops/1/close-down", &json!({}));
    ask(&client, 404, "POST", "/api/coffee-shops/2/close-down", &json!({}));
    server.printed("sample_data");
}

#[test]
fn an_app_that_is_data_is_generated_and_serves() {
    let root = folder("data");
    generate(&root, &["new notes --json"]);
    let app = root.join("notes");
    generate(&app, NOTES);
    for (arguments, hint) in [
        ("remote-method Note archive", "this app is data"),
        ("hook Note before_save", "observe"),
        ("boot-script seed", "src/main.rs"),
    ] {
        let (good, said) = call(&app, arguments);
        assert!(!good && said.contains(hint), "{arguments}: {said}");
    }

    // Any program serves a folder.
    let mut command = Command::new(built("quickstart"));
    command.env("LOOPBACK_CONFIG", app.join("server")).env("DATABASE_URL", "sqlite::memory:").current_dir(&root);
    let server = Server::launch(command).expect("a server");
    let client = server.client();
    ask(&client, 401, "POST", "/api/categories", &json!({ "name": "Home" }));
    let note = ask(&client, 200, "POST", "/api/notes", &json!({ "title": "Milk" }));
    assert_eq!((&note["pages"], &note["categoryId"]), (&json!(1), &Json::Null), "{note}");
    let found = ask(&client, 200, "GET", "/api/notes?filter[include]=category", &Json::Null);
    assert_eq!(found[0]["title"], "Milk", "{found}");
    ask(&client, 200, "GET", "/health/ready", &Json::Null);
}

#[test]
fn what_is_wrong_or_only_shown_changes_nothing() {
    let root = folder("refused");
    generate(&root, &["new shop"]);
    let app = root.join("shop");
    generate(&app, &["model CoffeeShop name:string"]);
    let before = files(&root);
    for (arguments, hint) in [
        ("model CoffeeShop", "there is a model CoffeeShop already"),
        ("model ../Evil", "is no name of a model"),
        ("property CofeeShop a:string", "did you mean `CoffeeShop`?"),
        ("property CoffeeShop name:string", "has a property `name` already"),
        ("relation CoffeeShop reviews hasMany Review", "there is no model `Review`"),
        ("modle X", "model"),
        ("model", "Example: cargo loopback model"),
        ("new shop --path ..", "is not empty"),
    ] {
        let (good, said) = call(&app, arguments);
        assert!(!good && said.contains(hint), "{arguments}: {said}");
    }
    let (good, said) = call(&app, "model Review stars:integer --dry-run");
    assert!(good && said.contains("new file src/models/review.rs") && said.contains("+mod review;"), "{said}");
    let (good, said) = call(&root, "model Review");
    assert!(!good && said.contains("examples/tour"), "{said}");
    assert_eq!(files(&root), before);
}

#[test]
fn what_the_documents_tell_to_run_is_done() {
    for (at, path) in ["README.md", "loopback/src/docs/generators.md"].into_iter().enumerate() {
        let text = fs::read_to_string(workspace().join(path)).expect("a document");
        let mut place = folder(&format!("documents-{at}"));
        let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("$ cargo loopback ")).collect();
        assert!(lines.len() > 3, "{path}: {lines:?}");
        for line in lines {
            generate(&place, &[&line.replace('\'', "")]);
            if let Some(name) = line.strip_prefix("new ") {
                place = place.join(name.split(' ').next().unwrap_or(name));
            }
        }
    }
}

#[test]
fn cargo_finds_it_as_a_command() {
    let program = built_of("loopback", "cargo-loopback");
    let folder = program.parent().expect("a folder of programs");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::join_paths([folder.to_owned()].into_iter().chain(std::env::split_paths(&path))).expect("a PATH");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(["loopback", "help"]).env("PATH", path).output().expect("cargo");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("cargo loopback relation CoffeeShop reviews hasMany Review"),
        "{text}"
    );
}
