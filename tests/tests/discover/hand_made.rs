//! Tables that were made by hand: what is written for them, that it compiles, and that it fits.

use super::{discover, execute};
use loopback::meta::ModelDef;
use loopback::prelude::*;
use loopback_tests::databases::{Kind, Scratch};
use loopback_tests::rest::Rest;
use serde_json::{Value as Json, json};

mod on_sqlite {
    include!("sqlite.rs");
}

mod on_postgres {
    include!("postgres.rs");
}

mod on_mysql {
    include!("mysql.rs");
}

/// The tables of a kind of database, what is written for them, and the models that were compiled of that.
fn hand_made(kind: Kind) -> (&'static str, &'static str, Vec<&'static ModelDef>) {
    macro_rules! models {
        ($module:ident: $($model:ident)*) => { vec![$($module::$model::DEF),*] };
    }
    macro_rules! texts {
        ($name:literal) => {
            (include_str!(concat!($name, ".sql")), include_str!(concat!($name, ".rs")))
        };
    }
    let ((sql, rust), models) = match kind {
        Kind::Sqlite => (
            texts!("sqlite"),
            models!(on_sqlite: Coded Coding Author Book BookTag Country Tag Profile ProfileNotes OptionRow Order Orders
                Table2ndTableGrosse TableWithANameAsLongAsNamesOfTablesCanBecomeAtAll),
        ),
        Kind::Postgres => (
            texts!("postgres"),
            models!(on_postgres: Coded Coding TwoIds Keyless Counting Large Author Book BookTag Country Tag Profile ProfileNotes OptionRow Order Orders Case Visit
                Table2ndTableGrosse TableWithANameAsLongAsNamesOfTablesCanBecomeAtAll),
        ),
        Kind::MySql => (
            texts!("mysql"),
            models!(on_mysql: Coded Coding Keyless Worded Author Book BookTag Country Tag Profile ProfileNotes OptionRow Order Orders
                Table2ndTableGrosse TableWithANameAsLongAsNamesOfTablesCanBecomeAtAll),
        ),
    };
    (sql, rust, models)
}

fn made(kind: Kind) -> Option<Scratch> {
    let database = kind.scratch()?;
    execute(&database, hand_made(kind).0);
    Some(database)
}

fn written_and_fits(kind: Kind) {
    let Some(database) = made(kind) else { return };
    let (_, expected, models) = hand_made(kind);
    let source = discover(&database, &[]).fine();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/discover");
        std::fs::write(format!("{folder}/{}.rs", kind.name()), &source).expect("a file of the tests");
    } else {
        assert_eq!(source, expected, "write it anew: UPDATE_SNAPSHOTS=1");
    }
    // The start refuses what does not fit.
    served(
        &database,
        |app| app.models(models),
        async |app: App, rest: Rest| {
            assert_eq!(app.schema_difference().await.expect("a difference").len(), 0);
            rows(kind, &rest).await;
        },
    );
}

/// Serves an app of models on the database, whose schema it leaves as it is.
fn served(database: &Scratch, models: impl FnOnce(AppBuilder) -> AppBuilder, case: impl AsyncFnOnce(App, Rest)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let app = models(App::builder()).database_url(database.url()).migrate(Migrate::Check).build().await;
        let app = app.unwrap_or_else(|error| panic!("{error}"));
        let rest = Rest::of(&app);
        case(app, rest).await;
    });
}

/// Writes and reads rows by the models' endpoints.
async fn rows(kind: Kind, rest: &Rest) {
    let author = rest.create("/api/Authors", json!({ "name": "Ada", "firstName": "A", "_2nd": 2, "größe": 1.5 })).await;
    assert_eq!((&author["type"], &author["_2nd"]), (&json!("human \"x\" \\ it's */ {}"), &json!(2)), "{author}");
    assert!(author["createdAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{author}");
    let country = rest.create("/api/Countries", json!({ "code": "NO", "label": "Norway" })).await;
    assert_eq!(country["label"], "Norway");
    let book = json!({ "title": "Sea", "authorId": author["id"], "countryId": "NO", "author": "as printed" });
    let book = rest.create("/api/Books", book).await;
    let tag = rest.create("/api/Tags", json!({ "id": "new", "label": "New" })).await;
    rest.create("/api/BookTags", json!({ "bookId": book["id"], "tagId": tag["id"] })).await;
    let profile = rest.create("/api/Profiles", json!({ "authorId": author["id"], "bio": "?" })).await;
    assert!(profile["id"].as_str().is_some_and(|id| id.len() == 36), "{profile}");
    rest.create("/api/ProfileNotes", json!({ "noteId": 5, "profileId": profile["id"] })).await;
    let found = rest.find("/api/Authors", json!({ "include": [{ "authorRowBooks": ["tags", "country"] }, "profile"] }));
    let found: Json = found.await.json();
    let book = &found[0]["authorRowBooks"][0];
    assert_eq!((&book["tags"][0]["id"], &book["country"]["label"]), (&json!("new"), &json!("Norway")), "{found}");
    assert_eq!(found[0]["profile"]["id"], profile["id"], "{found}");
    let coded = rest.create("/api/Codeds", json!({ "code": "a" })).await;
    rest.create("/api/Codings", json!({ "codedCodeId": "a" })).await;
    rest.create("/api/Codings", json!({})).await;
    let found: Json = rest.find("/api/Codings", json!({ "include": "codedCode" })).await.json();
    assert_eq!(found[0]["codedCode"]["id"], coded["id"], "{found}");
    let gone = rest.call("DELETE", &format!("/api/Authors/{}", author["id"])).await;
    assert_eq!(gone.status, 409, "{kind:?}: {gone}");
    assert_eq!(rest.get("/api/Orders2").await.status, 200);
    assert_eq!(rest.get("/api/Table2ndTableGrosses").await.status, 200);
}

#[test]
fn source_for_sqlite_is_written_compiles_and_fits() {
    written_and_fits(Kind::Sqlite);
}

#[test]
fn source_for_postgres_is_written_compiles_and_fits() {
    written_and_fits(Kind::Postgres);
}

#[test]
fn source_for_mysql_is_written_compiles_and_fits() {
    written_and_fits(Kind::MySql);
}

/// The same models as definitions.
fn definitions_fit(kind: Kind) {
    let Some(database) = made(kind) else { return };
    let text = discover(&database, &["--json"]).fine();
    let list: Vec<Json> = serde_json::from_str(&text).expect("a list of definitions");
    assert_eq!(list.len(), hand_made(kind).2.len(), "{text}");
    let define = |app: AppBuilder| list.iter().fold(app.models([]), |app, json| app.define_model(json.clone()));
    served(&database, define, async |app: App, rest: Rest| {
        assert_eq!(app.schema_difference().await.expect("a difference").len(), 0);
        rows(kind, &rest).await;
    });
}

#[test]
fn definitions_for_sqlite_fit() {
    definitions_fit(Kind::Sqlite);
}

#[test]
fn definitions_for_postgres_fit() {
    definitions_fit(Kind::Postgres);
}

#[test]
fn definitions_for_mysql_fit() {
    definitions_fit(Kind::MySql);
}

#[test]
fn what_is_left_out_is_said() {
    for kind in Kind::ALL {
        let Some(database) = made(kind) else { continue };
        let ran = discover(&database, &[]);
        for part in [
            "table `order_line` is left out: its primary key has 2 columns",
            "table `no_key` is left out",
            "column `search` is left out",
        ] {
            assert!(ran.err.contains(part), "{part}: {}", ran.err);
        }
    }
}

#[test]
fn what_is_written_is_what_rustfmt_writes() {
    let rustfmt = |source: &str| -> Option<String> {
        let folder = std::env::temp_dir().join(format!("lb_discover_{}", std::process::id()));
        std::fs::create_dir_all(&folder).ok()?;
        let file = folder.join("models.rs");
        std::fs::write(folder.join("rustfmt.toml"), "").ok()?;
        std::fs::write(&file, source).ok()?;
        let done = std::process::Command::new("rustfmt").args(["--edition", "2024"]).arg(&file).status().ok()?;
        let formatted = std::fs::read_to_string(&file).ok();
        let _ = std::fs::remove_dir_all(&folder);
        formatted.filter(|_| done.success())
    };
    for kind in Kind::ALL {
        let source = hand_made(kind).1;
        match rustfmt(source) {
            Some(formatted) => assert_eq!(formatted, source),
            None => loopback_tests::say("skipped: there is no rustfmt"),
        }
    }
}
