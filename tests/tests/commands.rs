//! The commands of every app, by running programs of the workspace.

#![allow(clippy::expect_used)]

use loopback_tests::databases::{Kind, Scratch};
use loopback_tests::server::built;
use serde_json::Value;
use std::process::{Command, Output};

/// Runs a program with a command.
fn run(program: &str, database: &str, args: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(built(program))
        .args(args)
        .env_remove("LOOPBACK_MIGRATE")
        .env_remove("LOOPBACK_ENV")
        .env("DATABASE_URL", database)
        .envs(environment.iter().copied())
        .output()
        .expect("a program that runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a command that must end well has written.
fn fine(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}\n{}", out(output), err(output));
    out(output)
}

/// What a command that must find fault has said.
fn wrong(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}\n{}", out(output), err(output));
    err(output)
}

/// No database is asked.
const NOWHERE: &str = "postgres://nobody@127.0.0.1:1/nothing";

#[test]
fn help_lists_the_commands() {
    let help = fine(&run("quickstart", NOWHERE, &["help"], &[]));
    for word in ["serve", "routes", "migrate", "acl", "openapi", "check"] {
        assert!(help.contains(word), "{help}");
    }
    assert!(help.contains("Usage: quickstart"), "{help}");
    assert_eq!(fine(&run("quickstart", NOWHERE, &["--help"], &[])), help);
    assert!(fine(&run("quickstart", NOWHERE, &["migrate", "--help"], &[])).contains("plan"));
}

#[test]
fn a_slip_is_told_with_what_was_meant() {
    for (args, hint) in [
        (&["migrat", "plan"][..], "did you mean `migrate`?"),
        (&["migrate", "pln"], "plan"),
        (&["acl", "explian"], "explain"),
        (&["routes", "CofeeShop"], "did you mean `CoffeeShop`?"),
        (&["routes", "--jsn"], "--json"),
    ] {
        let output = run("quickstart", NOWHERE, args, &[]);
        assert!(wrong(&output).contains(hint), "{args:?}: {}", err(&output));
        assert!(out(&output).is_empty(), "{args:?}: {}", out(&output));
    }
}

#[test]
fn routes_are_a_table_or_data() {
    let table = fine(&run("quickstart", NOWHERE, &["routes"], &[]));
    let find = table.lines().find(|line| line.contains("CoffeeShop.find ")).expect("find");
    assert_eq!(find.split_whitespace().collect::<Vec<_>>(), ["GET", "/api/CoffeeShops", "CoffeeShop.find", "READ"]);
    let json: Value =
        serde_json::from_str(&fine(&run("blog", NOWHERE, &["routes", "post", "--json"], &[]))).expect("JSON");
    let methods = json.as_array().expect("a list");
    assert!(methods.iter().all(|method| method["model"] == "Post"), "{json}");
    let create = methods.iter().find(|method| method["name"] == "create").expect("create");
    assert_eq!(create["routes"][0]["verb"], "POST");
    assert_eq!(create["routes"][0]["path"], "/api/Posts");
    assert_eq!(create["access"], "WRITE");
    assert_eq!(create["arguments"][0]["type"], "Post");
    assert!(create["who"].as_str().is_some_and(|who| who.contains("$authenticated")), "{create}");
}

#[test]
fn documents_and_rules_need_no_database() {
    let json =
        |args: &[&str]| -> Value { serde_json::from_str(&fine(&run("blog", NOWHERE, args, &[]))).expect("a document") };
    assert_eq!(json(&["openapi"])["openapi"], "3.1.0");
    let swagger = json(&["openapi", "--swagger"]);
    assert_eq!((&swagger["swagger"], &swagger["info"]["title"]), (&Value::from("2.0"), &Value::from("Blog")));
    let explained = fine(&run("blog", NOWHERE, &["acl", "explain", "Post.create"], &[]));
    assert!(explained.contains("$authenticated") && explained.contains("POST /api/Posts"), "{explained}");
}

#[test]
fn sqlite() {
    migrates(Kind::Sqlite);
}

#[test]
fn postgres() {
    migrates(Kind::Postgres);
}

#[test]
fn mysql() {
    migrates(Kind::MySql);
}

/// An empty database is told about, made, and found to fit.
fn migrates(kind: Kind) {
    let Some(database) = kind.scratch() else { return };
    let migrate = |args: &[&str]| run("blog", database.url(), args, &[]);
    let status = migrate(&["migrate", "status"]);
    assert!(wrong(&status).contains("does not fit"), "{}", err(&status));
    let plan = fine(&migrate(&["migrate", "plan"]));
    assert!(plan.contains("CREATE TABLE") && plan.contains("post"), "{plan}");
    // The plan has changed nothing.
    wrong(&migrate(&["migrate", "status"]));
    let planned: Value = serde_json::from_str(&fine(&migrate(&["migrate", "plan", "--json"]))).expect("JSON");
    let changes = planned[0]["changes"].as_array().expect("changes").len();
    assert!(changes > 3, "{planned}");
    let applied: Value = serde_json::from_str(&fine(&migrate(&["migrate", "apply", "--json"]))).expect("JSON");
    assert_eq!(applied[0]["done"].as_array().map(Vec::len), Some(changes), "{applied}");
    assert!(fine(&migrate(&["migrate", "status"])).contains("fits"));
    assert!(fine(&migrate(&["migrate", "plan"])).contains("fits"));
    assert!(!fine(&migrate(&["migrate", "apply"])).contains("done"));
    let shown = fine(&migrate(&["migrate", "status"]));
    assert!(!shown.contains(":password@"), "{shown}");
    let checked = run("blog", database.url(), &["check"], &[]);
    assert!(fine(&checked).contains("fits the models"), "{}", out(&checked));
}

#[test]
fn a_plan_of_any_program_changes_nothing() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data-app/app.json");
    for program in [
        "quickstart",
        "tour",
        "getting-started",
        "atlas",
        "blog",
        "user-management",
        "own-connector",
        "bench-server",
        "reference-app",
        "data-app",
    ] {
        let database = Kind::Sqlite.scratch().expect("SQLite is always there");
        let migrate = |what: &str| run(program, database.url(), &["migrate", what], &[("LOOPBACK_APP", data)]);
        let plan = migrate("plan");
        assert!(fine(&plan).contains("CREATE TABLE"), "{program}: {}", out(&plan));
        assert!(!err(&plan).contains("the program builds its app"), "{program}: {}", err(&plan));
        // An overflow where there is a table.
        database.execute("SELECT CASE WHEN count(*) > 0 THEN abs(-9223372036854775807 - 1) END FROM sqlite_master");
        let status = migrate("status");
        assert!(wrong(&status).contains("does not fit"), "{program}: {}", err(&status));
        database.execute("SELECT CASE WHEN count(*) > 0 THEN abs(-9223372036854775807 - 1) END FROM sqlite_master");
    }
}

#[test]
fn what_has_no_safe_way_is_left_to_a_person() {
    let database: Scratch = Kind::Sqlite.scratch().expect("SQLite is always there");
    database.execute(
        "CREATE TABLE coffee_shop (id INTEGER PRIMARY KEY AUTOINCREMENT, name INTEGER NOT NULL, mystery TEXT NOT NULL)",
    );
    let plan = run("quickstart", database.url(), &["migrate", "plan"], &[]);
    assert!(wrong(&plan).contains("by hand") && out(&plan).contains("by hand"), "{}\n{}", out(&plan), err(&plan));
    let check = run("quickstart", database.url(), &["check"], &[]);
    assert!(wrong(&check).contains("fault") && out(&check).contains("schema"), "{}\n{}", out(&check), err(&check));
}

#[test]
fn check_finds_what_is_wrong() {
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    // In development the start makes the tables, and no users are a warning.
    let fresh = run("quickstart", database.url(), &["check"], &[]);
    let text = fine(&fresh);
    assert!(text.contains("the start will change it") && text.contains("everybody may call everything"), "{text}");
    let production = [("LOOPBACK_ENV", "production")];
    let fresh = run("quickstart", database.url(), &["check", "--json"], &production);
    assert!(wrong(&fresh).contains("1 fault"), "{}", err(&fresh));
    let findings: Value = serde_json::from_str(&out(&fresh)).expect("JSON");
    let faults: Vec<&Value> = findings.as_array().into_iter().flatten().filter(|one| one["level"] == "fault").collect();
    assert_eq!(faults.len(), 1, "{findings}");
    assert_eq!(faults[0]["area"], "schema");
    let gone = run("quickstart", NOWHERE, &["check"], &[]);
    assert!(wrong(&gone).contains("1 fault"), "{}", err(&gone));
    assert!(out(&gone).contains("data source") && !out(&gone).contains("nobody@"), "{}", out(&gone));
}

/// A folder of configuration that goes with the value.
struct Folder(std::path::PathBuf);

impl Folder {
    fn of(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("lb_commands_{}_{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        for (file, text) in files {
            std::fs::write(folder.join(file), text).expect("a file");
        }
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn config_show_says_what_is_configured_and_by_whom() {
    let folder = Folder::of(
        "show",
        &[
            (
                "config.json",
                "{\"restApiRoot\": \"/v1\", \"port\": 4000,\n\"loopback\": {\"title\": \"Files\", \"strict\": \"ignore\"},\n\
                 \"mine\": {\"apiKey\": \"geheim-1\", \"city\": \"${CITY}\", \"hook\": \"https://geheim-2@x.example/y\"}}",
            ),
            ("config.local.toml", "# of this machine\nport = 4001\n"),
            (
                "datasources.json",
                "{\"db\": {\"connector\": \"postgresql\", \"host\": \"db.example\", \"user\": \"me\",\n\
                 \"password\": \"${PG}\", \"database\": \"shop\", \"connectionLimit\": 3},\n\
                 \"archive\": {\"connector\": \"mysql\", \"url\": \"mysql://me:geheim-3@old.example/a\"}}",
            ),
            ("middleware.json", "{\"session\": {\"cookie-parser\": {\"params\": \"geheim-4\"}}}"),
            ("component-config.json", "{\n\"loopback-component-explorer\": {\"mountPath\": \"/docs\"}}"),
        ],
    );
    let shown = |database: Option<&str>, args: &[&str]| {
        let mut command = Command::new(built("blog"));
        for name in ["DATABASE_URL", "LOOPBACK_MIGRATE", "LOOPBACK_ENV", "NODE_ENV", "PORT", "MAIL_URL"] {
            command.env_remove(name);
        }
        command.args(["config", "show"]).args(args).env("LOOPBACK_CONFIG", &folder.0);
        command.env("HOST", "::1").env("CITY", "Oslo").env("PG", "geheim-5").env("MAIL_FROM", "shop@example.com");
        command.env("LOOPBACK__config__loopback__maxLimit", "100");
        command.envs(database.map(|url| ("DATABASE_URL", url)));
        let text = fine(&command.output().expect("a program that runs"));
        assert!(!text.contains("geheim"), "{text}");
        text.replace(&format!("{}/", folder.0.display()), "")
    };
    let json: Value = serde_json::from_str(&shown(None, &["--json"])).expect("JSON");
    let find = |json: &Value, path: &str| {
        let all = json.as_array().expect("a list").iter();
        let found: Vec<_> =
            all.filter(|one| one["path"] == path).map(|one| (one["value"].clone(), one["from"].clone())).collect();
        assert!(found.len() < 2, "{path}: {found:?}");
        found.into_iter().next()
    };
    for (path, value, from) in [
        ("environment", Value::from("development"), "default"),
        ("host", "::1".into(), "environment variable HOST"),
        ("port", 4001.into(), "config.local.toml:2"),
        ("restApiRoot", "/v1".into(), "config.json:1"),
        ("loopback.strict", "ignore".into(), "config.json:2"),
        ("loopback.maxLimit", 100.into(), "environment variable LOOPBACK__config__loopback__maxLimit"),
        ("loopback.hookTimeout", 30.0.into(), "default"),
        // The program says so.
        ("loopback.title", "Blog".into(), "code"),
        ("enableAuth", true.into(), "code"),
        ("mine.city", "Oslo".into(), "config.json:3 by environment variable CITY"),
        ("mine.apiKey", "(hidden)".into(), "config.json:3"),
        ("mine.hook", "https://(hidden)@x.example/y".into(), "config.json:3"),
        ("db.host", "db.example".into(), "datasources.json:1"),
        ("db.password", "(hidden)".into(), "datasources.json:2 by environment variable PG"),
        ("archive.url", "mysql://(hidden)@old.example/a".into(), "datasources.json:3"),
        ("session.cookie-parser.params", "(hidden)".into(), "middleware.json:1"),
        ("loopback-component-explorer.mountPath", "/docs".into(), "component-config.json:2"),
        ("MAIL_FROM", "shop@example.com".into(), "environment variable MAIL_FROM"),
    ] {
        assert_eq!(find(&json, path), Some((value, from.into())), "{path}");
    }
    // The variable takes the place of what the file says of the default data source.
    let json: Value =
        serde_json::from_str(&shown(Some("mysql://me:geheim-6@x.example/shop"), &["--json"])).expect("JSON");
    let url = ("mysql://(hidden)@x.example/shop".into(), "environment variable DATABASE_URL".into());
    assert_eq!(find(&json, "db.url"), Some(url));
    assert_eq!(find(&json, "db.host"), None);
    assert_eq!(find(&json, "db.connectionLimit"), Some((3.into(), "datasources.json:2".into())));
    let table = shown(None, &[]);
    let line = table.lines().find(|line| line.contains(" port ")).expect("the port");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["port", "4001", "config.local.toml:2"]);
    assert!(table.starts_with("config\n"), "{table}");
}

#[test]
fn arguments_of_the_application_do_not_keep_it_from_being_served() {
    // It cannot listen there; that it tries shows that it was to be served.
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    for args in [&["--flavour", "dark"][..], &["import", "x.csv"], &["serve"], &[]] {
        let output = run("quickstart", database.url(), args, &[("HOST", "203.0.113.1"), ("PORT", "1")]);
        assert!(wrong(&output).contains("203.0.113.1"), "{args:?}: {}", err(&output));
    }
}
