//! `new`: an application.

use super::Report;
use crate::command::{Database, New};
use crate::fault::{Result, fault};
use crate::json::Json;
use crate::names;
use crate::root::Place;
use crate::tree::Tree;
use std::path::{Path, PathBuf};
use toml_edit::Value;

/// Composes the files of an application. One that lies in a workspace, and is no member of it, is
/// made a workspace of its own.
///
/// # Errors
/// The name is none, or the framework is not where it was said to be.
pub(crate) fn new(tree: &mut Tree, asked: &New, place: Place) -> Result<Report> {
    let name = names::package(&asked.name)?;
    let title = super::method::title(&names::snake_case(&name));
    let library = name.replace('-', "_");
    tree.create("Cargo.toml", manifest(&name, asked, place)?)?;
    tree.create(".gitignore", "/target\n*.db\n*.db-shm\n*.db-wal\n".into())?;
    tree.create("README.md", readme(&name, &title, asked))?;
    if asked.json {
        data(tree, asked, &name)?;
    } else {
        source(tree, asked, &library, &title)?;
    }
    let enter = format!("cd {name}");
    let mut report = Report::next([enter.as_str(), "cargo run"]);
    if asked.empty {
        report.next.insert(1, "cargo loopback model CoffeeShop name:string:required   # it has no model yet".into());
    } else {
        report = report
            .say("it serves notes, http://127.0.0.1:3000/api/notes; the explorer is http://127.0.0.1:3000/explorer");
    }
    Ok(report)
}

const PROFILES: &str = "\n# Smaller and sooner built; backtraces keep their lines.\n[profile.dev]\ndebug = \"line-tables-only\"\n\n\
                        # Passwords are digested a thousand times slower without.\n[profile.dev.package.blowfish]\nopt-level = 3\n\n\
                        [profile.dev.package.bcrypt]\nopt-level = 3\n";

fn manifest(name: &str, asked: &New, place: Place) -> Result<String> {
    let mut keys = vec![dependency(asked.loopback.as_deref())?];
    match asked.database {
        Database::Sqlite => {}
        Database::Postgres => keys.push("features = [\"postgres\"]".into()),
        Database::MySql => keys.push("features = [\"mysql\"]".into()),
    }
    let mut text = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\nrust-version = \"1.94\"\npublish = false\n\n\
         [dependencies]\nloopback = {{ {} }}\n\n\
         [dev-dependencies]\ntokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n\
         tower = {{ version = \"0.5\", default-features = false, features = [\"util\"] }}\n",
        keys.join(", ")
    );
    // Those of a member cargo does not read.
    if place != Place::Member {
        text.push_str(PROFILES);
    }
    if place == Place::Beside {
        text.push_str("\n# No member of the workspace that it lies in; take this away to make it one.\n[workspace]\n");
    }
    Ok(text)
}

/// How the application depends on the framework: where it was said to be, or where this program was built from, or as it is
/// published.
fn dependency(given: Option<&Path>) -> Result<String> {
    let path = match given {
        Some(given) => {
            let given =
                given.canonicalize().map_err(|error| fault(format!("--loopback {}: {error}", given.display())))?;
            let places = [given.clone(), given.join("loopback")];
            Some(places.into_iter().find(|place| is_loopback(place)).ok_or_else(|| {
                fault(format!(
                    "--loopback {}: there is no crate `loopback`, neither here nor in its folder `loopback`",
                    given.display()
                ))
            })?)
        }
        None => Some(PathBuf::from(env!("CARGO_MANIFEST_DIR"))).filter(|place| is_loopback(place)),
    };
    let Some(path) = path else { return Ok(format!("version = \"{}\"", loopback::VERSION)) };
    let path =
        path.to_str().ok_or_else(|| fault(format!("{} is no text, which a manifest has to be", path.display())))?;
    Ok(format!("path = {}", Value::from(path).to_string().trim()))
}

fn is_loopback(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    let manifest: Option<toml_edit::DocumentMut> = text.parse().ok();
    manifest.is_some_and(|it| it.get("package").and_then(|package| package.get("name")?.as_str()) == Some("loopback"))
}

/// The database of a start without `DATABASE_URL`.
fn url(asked: &New, name: &str) -> Option<String> {
    let database = name.replace('-', "_");
    match asked.database {
        Database::Sqlite => None,
        Database::Postgres => Some(format!("postgres://localhost/{database}")),
        Database::MySql => Some(format!("mysql://root@localhost/{database}")),
    }
}

fn source(tree: &mut Tree, asked: &New, library: &str, title: &str) -> Result<()> {
    let auth = if asked.users { ".enable_auth()" } else { "" };
    let main = match url(asked, library) {
        Some(url) => format!(
            "    let url = \"{url}\";\n    let app = {library}::app(App::from_env()?.database_url_or(url));\n    app.serve().await\n"
        ),
        None => format!("    let app = {library}::app(App::from_env()?);\n    app.serve().await\n"),
    };
    // As rustfmt breaks it.
    let dot = if auth.len() + title.len() > 43 { "\n        ." } else { "." };
    let auth = auth.replace('.', dot);
    tree.create(
        "src/main.rs",
        format!("//! Serves the app.\n\nuse loopback::prelude::*;\n\n#[loopback::main]\nasync fn main() -> Result<()> {{\n{main}}}\n"),
    )?;
    tree.create(
        "src/lib.rs",
        format!(
            "//! The app: its models, and what it is put together of.\n\npub mod models;\n\nuse loopback::prelude::*;\n\n\
             /// The app on a builder that knows where its rows are.\npub fn app(builder: AppBuilder) -> AppBuilder {{\n    \
             builder{auth}{dot}title(\"{title}\")\n}}\n"
        ),
    )?;
    let mut modules = String::from("//! The models of the app.\n");
    let rules = if asked.users {
        "#[acl(deny, \"$everyone\")]\n#[acl(allow, \"$everyone\", read)]\n#[acl(allow, \"$authenticated\")]\n"
    } else {
        ""
    };
    let mut models = Vec::new();
    if asked.users {
        models.push((
            "member",
            "Member",
            "use loopback::prelude::*;\n\n/// Who has an account.\n#[model(base = User, path = \"/members\")]\npub struct Member {\n    \
             #[base]\n    pub user: User,\n    pub name: Option<String>,\n}\n"
                .to_owned(),
        ));
    }
    if !asked.empty {
        models.push((
            "note",
            "Note",
            format!(
                "use loopback::prelude::*;\n\n/// What somebody wants to remember.\n#[model(path = \"/notes\")]\n{rules}pub struct Note {{\n    \
                 #[property(id, generated)]\n    pub id: i64,\n    #[property(length(min = 1, max = 100))]\n    pub title: String,\n    \
                 pub content: Option<String>,\n    #[property(default = now)]\n    pub created_at: DateTime<Utc>,\n}}\n"
            ),
        ));
    }
    for (file, _, text) in &models {
        modules.push_str(&format!("{}mod {file};\n", if file == &models[0].0 { "\n" } else { "" }));
        tree.create(&format!("src/models/{file}.rs"), text.clone())?;
    }
    for (file, model, _) in &models {
        modules.push_str(&format!("{}pub use {file}::{model};\n", if file == &models[0].0 { "\n" } else { "" }));
    }
    tree.create("src/models/mod.rs", modules)?;
    if !asked.empty {
        tree.create(
            "tests/app.rs",
            test(asked, &format!("{library}::app(App::builder().database_url(\"sqlite::memory:\"))"), ""),
        )?;
    }
    Ok(())
}

/// A test of the whole app, without a network.
fn test(asked: &New, builder: &str, import: &str) -> String {
    let write = if asked.users {
        "    // Who does not say who it is may read.\n    assert_eq!(ask(&app, write(&note)).await.0, StatusCode::UNAUTHORIZED);\n    \
         let member = json!({ \"email\": \"me@example.com\", \"password\": \"correct horse battery\" });\n    \
         let request = Request::post(\"/api/members\");\n    let request = request.header(\"content-type\", \"application/json\");\n    \
         let request = request.body(Body::from(member.to_string())).unwrap();\n    \
         assert_eq!(ask(&app, request).await.0, StatusCode::OK);\n"
    } else {
        "    let (status, made) = ask(&app, write(&note)).await;\n    assert_eq!((status, &made[\"id\"]), (StatusCode::OK, &json!(1)));\n"
    };
    let expected = if asked.users { "json!([])" } else { "json!([{ \"title\": \"Milk\" }])" };
    let imports = format!(
        "{import}use loopback::axum::body::{{Body, to_bytes}};\nuse loopback::axum::http::{{Request, StatusCode}};\n\
         use loopback::prelude::*;\nuse loopback::serde_json::{{Value as Json, from_slice, json}};\nuse tower::ServiceExt;\n"
    );
    format!(
        "//! The app without a network, with a database in memory.\n\n{imports}\n\
         /// The status and the body of an answer.\nasync fn ask(app: &App, request: Request<Body>) -> (StatusCode, Json) {{\n    \
         let response = app.router().oneshot(request).await.unwrap();\n    let status = response.status();\n    \
         let body = to_bytes(response.into_body(), 100_000).await.unwrap();\n    (status, from_slice(&body).unwrap())\n}}\n\n\
         fn write(note: &Json) -> Request<Body> {{\n    let request = Request::post(\"/api/notes\");\n    \
         let request = request.header(\"content-type\", \"application/json\");\n    request.body(Body::from(note.to_string())).unwrap()\n}}\n\n\
         #[tokio::test]\nasync fn notes_are_kept() {{\n    let app = {builder};\n    let app = app.build().await.unwrap();\n    \
         let note = json!({{ \"title\": \"Milk\" }});\n{write}    \
         let read = Request::get(\"/api/notes?filter[fields][]=title\");\n    let read = read.body(Body::empty()).unwrap();\n    let expected = {expected};\n    \
         assert_eq!(ask(&app, read).await, (StatusCode::OK, expected));\n}}\n"
    )
}

fn data(tree: &mut Tree, asked: &New, name: &str) -> Result<()> {
    tree.create(
        "src/main.rs",
        "//! Serves the app that the JSON files in `server` and `common/models` describe.\n\nuse loopback::prelude::*;\n\n\
         #[loopback::main]\nasync fn main() -> Result<()> {\n    App::from_folder(\"server\")?.serve().await\n}\n"
            .into(),
    )?;
    let empty = || Json::Object(Vec::new());
    let config = Json::object([
        ("restApiRoot", Json::text("/api")),
        ("host", Json::text("127.0.0.1")),
        ("port", Json::Number(3000.into())),
    ]);
    let db = match url(asked, name) {
        None => vec![("connector", Json::text("sqlite3")), ("file", Json::text(format!("{name}.db")))],
        Some(url) => {
            let connector = if asked.database == Database::Postgres { "postgresql" } else { "mysql" };
            vec![("connector", Json::text(connector)), ("url", Json::text(url))]
        }
    };
    let db = Json::Object(db.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
    let served = |public| Json::object([("dataSource", Json::text("db")), ("public", Json::Bool(public))]);
    let sources = Json::List(vec![Json::text("../common/models"), Json::text("./models")]);
    let mut models = vec![("_meta".to_owned(), Json::object([("sources", sources)]))];
    let mut model = |name: &str, public| models.push((name.to_owned(), served(public)));
    if asked.users {
        for own in ["AccessToken", "ACL", "Role", "RoleMapping"] {
            model(own, false);
        }
        model("Member", true);
        tree.create("common/models/member.json", member().write()?)?;
    }
    if !asked.empty {
        model("Note", true);
        tree.create("common/models/note.json", note(asked.users).write()?)?;
    }
    let middleware = Json::object([
        ("initial:before", Json::object([("loopback#favicon", empty())])),
        ("initial", Json::object([("compression", empty())])),
        (
            "routes",
            Json::object([(
                "loopback#rest",
                Json::object([("paths", Json::List(vec![Json::text("${restApiRoot}")]))]),
            )]),
        ),
        ("final", Json::object([("loopback#urlNotFound", empty())])),
    ]);
    let explorer = Json::object([("mountPath", Json::text("/explorer"))]);
    for (file, json) in [
        ("config", config),
        ("datasources", Json::object([("db", db)])),
        ("model-config", Json::Object(models)),
        ("middleware", middleware),
        ("component-config", Json::object([("loopback-component-explorer", explorer)])),
    ] {
        tree.create(&format!("server/{file}.json"), json.write()?)?;
    }
    if !asked.empty {
        let builder = "App::from_folder(folder).unwrap()";
        let text = test(asked, builder, "use loopback::ConfigFolder;\n");
        let folder = "    let variables = [(\"DATABASE_URL\", \"sqlite::memory:\")];\n    let folder = ConfigFolder::at(\"server\").variables(variables);\n";
        tree.create(
            "tests/app.rs",
            text.replace("    let app = App::from_folder", &format!("{folder}    let app = App::from_folder")),
        )?;
    }
    Ok(())
}

fn member() -> Json {
    Json::object([
        ("name", Json::text("Member")),
        ("base", Json::text("User")),
        ("http", Json::object([("path", Json::text("members"))])),
        ("properties", Json::object([("name", Json::object([("type", Json::text("string"))]))])),
        ("validations", Json::List(Vec::new())),
        ("acls", Json::List(Vec::new())),
        ("relations", Json::Object(Vec::new())),
    ])
}

fn note(users: bool) -> Json {
    let rule = |access: &str, principal: &str, permission: &str| {
        Json::object([
            ("accessType", Json::text(access)),
            ("principalType", Json::text("ROLE")),
            ("principalId", Json::text(principal)),
            ("permission", Json::text(permission)),
        ])
    };
    let rules =
        [rule("*", "$everyone", "DENY"), rule("READ", "$everyone", "ALLOW"), rule("*", "$authenticated", "ALLOW")];
    let properties = Json::object([
        ("title", Json::object([("type", Json::text("string")), ("required", Json::Bool(true))])),
        ("content", Json::object([("type", Json::text("string"))])),
        ("createdAt", Json::object([("type", Json::text("date")), ("defaultFn", Json::text("now"))])),
    ]);
    Json::object([
        ("name", Json::text("Note")),
        ("base", Json::text("PersistedModel")),
        ("http", Json::object([("path", Json::text("notes"))])),
        ("properties", properties),
        ("validations", Json::List(Vec::new())),
        ("acls", Json::List(if users { rules.into() } else { Vec::new() })),
        ("relations", Json::Object(Vec::new())),
    ])
}

fn readme(name: &str, title: &str, asked: &New) -> String {
    let database = match url(asked, name) {
        None => format!("Its rows are in `{name}.db`, a SQLite file, unless `DATABASE_URL` says otherwise."),
        Some(url) => format!("Its rows are where `DATABASE_URL` says, `{url}` without it."),
    };
    let ask = if asked.empty {
        String::new()
    } else {
        "Ask it, from another terminal:\n\n    curl localhost:3000/api/notes\n\n".to_owned()
    };
    format!(
        "# {title}\n\nAn application of LoopBack for Rust. Run it:\n\n    cargo run\n\n{ask}{database} The explorer is at\n\
         <http://localhost:3000/explorer>.\n\nTest it:\n\n    cargo test\n\nAdd to it:\n\n    cargo loopback model CoffeeShop name:string:required\n    \
         cargo loopback help\n"
    )
}

#[cfg(test)]
mod tests {
    use super::new;
    use crate::command::{Database, New};
    use crate::root::Place;
    use crate::tree::Tree;

    fn made(asked: &New) -> Tree {
        let mut tree = Tree::default();
        new(&mut tree, asked, Place::Alone).unwrap();
        tree
    }

    fn app(name: &str) -> New {
        New { name: name.into(), ..New::default() }
    }

    #[test]
    fn an_application_is_source_or_data() {
        let tree = made(&app("my-app"));
        let paths: Vec<_> = tree.changes().into_iter().map(|change| change.path.to_owned()).collect();
        let expected = [
            ".gitignore",
            "Cargo.toml",
            "README.md",
            "src/lib.rs",
            "src/main.rs",
            "src/models/mod.rs",
            "src/models/note.rs",
            "tests/app.rs",
        ];
        assert_eq!(paths, expected);
        assert!(tree.get("src/main.rs").unwrap().contains("    let app = my_app::app(App::from_env()?);\n"));
        let tree = made(&New { json: true, ..app("my-app") });
        let paths: Vec<_> = tree.changes().into_iter().map(|change| change.path.to_owned()).collect();
        let expected = [
            ".gitignore",
            "Cargo.toml",
            "README.md",
            "common/models/note.json",
            "server/component-config.json",
            "server/config.json",
            "server/datasources.json",
            "server/middleware.json",
            "server/model-config.json",
            "src/main.rs",
            "tests/app.rs",
        ];
        assert_eq!(paths, expected);
    }

    #[test]
    fn it_depends_on_the_checkout_and_on_its_database() {
        let manifest = |asked: &New| made(asked).get("Cargo.toml").unwrap().to_owned();
        let here = env!("CARGO_MANIFEST_DIR");
        assert!(manifest(&app("a")).contains(&format!("loopback = {{ path = \"{here}\" }}")));
        let asked = New { database: Database::Postgres, loopback: Some(format!("{here}/..").into()), ..app("a") };
        let text = manifest(&asked);
        assert!(text.contains("loopback\", features = [\"postgres\"] }"), "{text}");
        assert!(made(&asked).get("src/main.rs").unwrap().contains("    let url = \"postgres://localhost/a\";\n"));
        let nowhere = New { loopback: Some(format!("{here}/src").into()), ..app("a") };
        assert!(
            new(&mut Tree::default(), &nowhere, Place::Alone)
                .unwrap_err()
                .to_string()
                .contains("there is no crate `loopback`")
        );
        let mut tree = Tree::default();
        new(&mut tree, &app("a"), Place::Beside).unwrap();
        assert!(tree.get("Cargo.toml").unwrap().ends_with("[workspace]\n"));
        let mut tree = Tree::default();
        new(&mut tree, &app("a"), Place::Member).unwrap();
        let text = tree.get("Cargo.toml").unwrap();
        assert!(!text.contains("[workspace]") && !text.contains("[profile"), "{text}");
    }
}
