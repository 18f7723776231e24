//! The command itself: which tables, which data source, and what it says where there is nothing to write.

use super::{Ran, databases, discover, execute, run};
use loopback_tests::databases::Kind;
use serde_json::Value as Json;

const TABLES: &str = "CREATE TABLE author (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL);\n\
     CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES author (id));\n\
     CREATE TABLE coffee_shop (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL);\n\
     CREATE VIEW shown AS SELECT name FROM author;";

fn models(ran: Ran) -> Vec<String> {
    let source = ran.fine();
    let names = source.lines().filter_map(|line| line.strip_prefix("pub struct ")?.strip_suffix(" {"));
    names.map(str::to_owned).collect()
}

#[test]
fn an_empty_database_is_said_to_be_one() {
    for database in databases() {
        let ran = discover(&database, &[]);
        assert_eq!(ran.out, "");
        assert!(ran.err.contains("has no tables") && !ran.err.contains('@'), "{}", ran.err);
        assert_eq!(ran.code, Some(0));
        assert_eq!(discover(&database, &["--json"]).fine().trim(), "[]");
    }
}

#[test]
fn tables_are_those_that_no_model_has_or_those_that_are_named() {
    for database in databases() {
        execute(&database, TABLES);
        assert_eq!(models(discover(&database, &[])), ["Author", "Book"]);
        assert_eq!(models(discover(&database, &["book"])), ["Book"]);
        assert_eq!(models(discover(&database, &["book", "author", "book"])), ["Book", "Author"]);
        assert_eq!(models(discover(&database, &["coffee_shop"])), ["CoffeeShop"]);
        assert_eq!(models(discover(&database, &["--all"])), ["Author", "Book", "CoffeeShop"]);
        let json: Json = serde_json::from_str(&discover(&database, &["author", "--json"]).fine()).expect("JSON");
        assert_eq!((json.as_array().map(Vec::len), &json[0]["name"]), (Some(1), &Json::from("Author")));
    }
}

#[test]
fn a_key_whose_table_has_no_model_is_a_property() {
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    execute(&database, TABLES);
    let source = discover(&database, &["book"]).fine();
    assert!(
        source.contains("    // refers to `author`: there is no model of that table\n    pub author_id: i64,"),
        "{source}"
    );
}

#[test]
fn a_key_leads_to_a_model_that_the_app_has() {
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    execute(
        &database,
        "CREATE TABLE coffee_shop (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n\
         CREATE TABLE visit (id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES coffee_shop);",
    );
    let ran = discover(&database, &[]);
    assert!(ran.err.contains("the foreign key `shop_id` has no index"), "{}", ran.err);
    let source = ran.fine();
    assert!(source.contains("pub shop: BelongsTo<CoffeeShop>,"), "{source}");
    assert!(source.contains("bring them into scope here: CoffeeShop."), "{source}");
    assert!(!source.contains("struct CoffeeShop"), "{source}");
}

#[test]
fn a_table_that_is_not_there_is_an_error_with_a_hint() {
    for database in databases() {
        execute(&database, TABLES);
        let error = discover(&database, &["autor"]).wrong();
        assert!(error.contains("there is no table `autor`") && error.contains("did you mean `author`?"), "{error}");
        assert!(discover(&database, &["shown"]).wrong().contains("`shown` is a view"));
        let error = discover(&database, &["--data-source", "bd"]).wrong();
        assert!(error.contains("there is no data source `bd`") && error.contains("did you mean `db`?"), "{error}");
    }
}

#[test]
fn tables_of_the_framework_are_left_out() {
    for database in databases() {
        run("blog", database.url(), &["migrate", "apply"], &[]).fine();
        let ran = run("blog", database.url(), &["discover"], &[]);
        assert!(ran.err.contains("every table has a model already"), "{}", ran.err);
        assert_eq!(ran.fine(), "");
        let all = models(run("blog", database.url(), &["discover", "--all"], &[]));
        assert!(all.contains(&"Post".to_owned()), "{all:?}");
        for own in ["AccessToken", "Acl", "Role", "LoginAttempt", "LoopbackSequences", "OutboxEmail"] {
            assert!(!all.iter().any(|name| name.starts_with(own)), "{all:?}");
        }
    }
}

#[test]
fn the_database_is_only_read() {
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    execute(&database, "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT);");
    discover(&database, &["--all"]).fine();
    // An overflow where there is another table.
    database.execute("SELECT CASE WHEN count(*) > 1 THEN abs(-9223372036854775807 - 1) END FROM sqlite_master");
}

#[test]
fn a_connector_of_the_applications_own_has_no_tables() {
    let error = run("own-connector", "sqlite::memory:", &["discover", "--data-source", "stock"], &[]).wrong();
    assert!(error.contains("connector of the application's own"), "{error}");
}

#[test]
fn another_data_source_is_named_in_the_models() {
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    let other = Kind::Sqlite.scratch().expect("SQLite is always there");
    execute(&other, "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);");
    let folder = std::env::temp_dir().join(format!("lb_discover_sources_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let sources = serde_json::json!({ "db": { "url": database.url() }, "stock": { "url": other.url() } });
    std::fs::write(folder.join("datasources.json"), sources.to_string()).expect("a file");
    let place = folder.display().to_string();
    let discover = |args: &[&str]| {
        run("quickstart", database.url(), &[&["discover"], args].concat(), &[("LOOPBACK_CONFIG", &place)])
    };
    assert!(discover(&[]).err.contains("has no tables"));
    let source = discover(&["--data-source", "stock"]).fine();
    assert!(source.contains("#[model(data_source = \"stock\")]\npub struct Item {"), "{source}");
    let json: Json = serde_json::from_str(&discover(&["--data-source", "stock", "--json"]).fine()).expect("JSON");
    assert_eq!(json[0]["dataSource"], "stock");
    let _ = std::fs::remove_dir_all(&folder);
}
