//! Applications that are configured by files: a folder as LoopBack's generator makes it, over real HTTP; layers, components,
//! settings, faults; and any JSON in any of the files.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod auth;
mod explorer;
mod notices;
mod older;
mod order;
mod types;

use loopback::app::ModelConfig;
use loopback::prelude::*;
use loopback::{ConfigFolder, axum};
use loopback_tests::databases::Kind;
use loopback_tests::http::{Client, Request};
use loopback_tests::rest::Rest;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A model in Rust, of the apps that name it.
#[model]
pub struct Shelf {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub margin: Option<f64>,
}

#[model]
pub struct Book {
    #[property(id, generated)]
    pub id: i64,
    pub shelf: BelongsTo<Shelf>,
}

/// A folder that goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("lb_app_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Self(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&folder.0).unwrap();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.0.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// A builder by the folder, with a database in memory unless it names one.
    fn builder(&self, variables: &[(&str, &str)]) -> Result<AppBuilder> {
        let folder = ConfigFolder::at(&self.0).variables(variables.iter().copied());
        // No model that is linked into this program, unless a test names it.
        Ok(App::from_folder(folder)?.database_url_or("sqlite::memory:").models([]))
    }

    async fn app(&self, variables: &[(&str, &str)]) -> App {
        self.builder(variables).unwrap().build().await.unwrap()
    }

    async fn fault(&self, variables: &[(&str, &str)]) -> String {
        let error = match self.builder(variables) {
            Ok(builder) => builder.build().await.map(drop).expect_err("a fault"),
            Err(error) => error,
        };
        error.to_string().replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/notes-app/server")
}

const NOTE: (&str, &str) = (
    "models/note.json",
    r#"{"name": "Note", "properties": {"title": {"type": "string", "required": true}, "stars": "number"}}"#,
);
const MODELS: (&str, &str) = ("model-config.json", r#"{"Note": {"dataSource": "db"}}"#);
const MEMORY: (&str, &str) = ("datasources.json", r#"{"db": {"connector": "memory"}}"#);

/// Serves an app on a free port while a client calls it.
async fn served(app: App, calls: impl FnOnce(Client) + Send + 'static) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(app.serve_on(listener, async {
        let _ = stopped.await;
    }));
    tokio::task::spawn_blocking(move || calls(Client::local(port))).await.unwrap();
    let _ = stop.send(());
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_generated_app_is_served_as_it_is() {
    let folder = ConfigFolder::at(fixture()).variables([("NODE_ENV", "development")]);
    let app = App::from_folder(folder).unwrap().build().await.unwrap();
    assert_eq!(app.setting::<u32>("notes.maxPerUser").unwrap(), Some(50));
    served(app, |client| {
        // Rules of the definition.
        let note = json!({"title": "one", "content": "x"});
        assert_eq!(client.json("POST", "/api/Notes", &note).status, 401);
        // A model that extends User, with the default rules.
        let writer = json!({"email": "a@example.com", "password": "correct horse battery", "penName": "A"});
        let made = client.json("POST", "/api/Writers", &writer);
        assert_eq!(made.status, 200, "{}", made.text());
        let session = client.json(
            "POST",
            "/api/Writers/login",
            &json!({"email": "a@example.com", "password": "correct horse battery"}),
        );
        assert_eq!(session.status, 200, "{}", session.text());
        let token = session.json()["id"].as_str().unwrap().to_owned();
        let authorized = |method: &str, path: &str, body: Json| {
            client.answer(&Request::new(method, path).header("Authorization", &token).json(&body))
        };
        let made = authorized("POST", "/api/Notes", json!({"title": "one", "writerId": made.json()["id"]}));
        assert_eq!(made.status, 200, "{}", made.text());
        assert_eq!(authorized("POST", "/api/Notes", json!({"content": "x"})).status, 422);
        let found = client.get("/api/Notes?filter[where][title]=one");
        assert_eq!((found.status, found.json()[0]["title"].clone()), (200, json!("one")), "{}", found.text());
        // A relation of the definition; reading writers is for themselves.
        assert_eq!(client.get("/api/Notes?filter[include]=writer").status, 403);
        // `sharedMethods` with a pattern, and without one.
        for path in ["/api/Notes/upsertWithWhere", "/api/Notes/replaceOrCreate"] {
            let gone = authorized("POST", path, json!({"title": "x"}));
            assert_eq!(gone.status, 404, "{path}: {}", gone.text());
        }
        // `public: false`.
        assert_eq!(client.get("/api/Drafts").status, 404);
        assert_eq!(client.get("/api/Roles").status, 404);
        // Middleware of the file: static files, headers, CORS, urlNotFound.
        let page = client.get("/client/index.html");
        assert_eq!((page.status, page.text()), (200, "<h1>notes</h1>\n".to_owned()));
        assert_eq!(page.header("x-content-type-options").as_deref(), Some("nosniff"));
        let other = client.answer(&Request::new("GET", "/api/Notes").header("Origin", "https://other.example"));
        assert_eq!(other.header("access-control-allow-origin").as_deref(), Some("https://other.example"));
        assert_eq!(client.get("/nothing").status, 404);
        assert_eq!(client.get("/favicon.ico").status, 200);
        // The component.
        assert_eq!(client.get("/explorer/").status, 200);
        let paths = client.get("/openapi.json").json()["paths"].clone();
        assert!(paths.get("/Notes").is_some() || paths.get("/api/Notes").is_some(), "{paths}");
    })
    .await;
}

#[tokio::test]
async fn the_start_says_which_files_it_read_and_what_has_no_effect() {
    let folder = ConfigFolder::at(fixture()).variables([("NODE_ENV", "production")]);
    let app = App::from_folder(folder).unwrap().migrate(Migrate::Update).build().await.unwrap();
    let report = app.config_report().to_string();
    for part in [
        "(config.json, datasources.json, model-config.json, middleware.json, component-config.json)",
        "boot/authentication.js: is not run",
        "boot/root.js: is not run",
        "writer.js: its JavaScript is not run: hooks and methods of `Writer`",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    assert!(!report.contains("note.js"), "{report}");
    let app = App::builder().database_url("sqlite::memory:").define_model(json!({"name": "X"})).build().await.unwrap();
    assert!(app.config_report().to_string().contains("Configuration  no files"));
}

#[tokio::test]
async fn code_goes_before_variables_and_variables_before_files() {
    let folder = Folder::of(&[
        NOTE,
        MODELS,
        MEMORY,
        ("config.json", r#"{"restApiRoot": "/file", "mine": {"a": 1, "b": [true]}, "text": "x"}"#),
        ("config.test.toml", "restApiRoot = \"/test\""),
    ]);
    let rest = Rest::of(&folder.app(&[]).await);
    assert_eq!(rest.get("/file/Notes").await.status, 200);
    let rest = Rest::of(&folder.app(&[("NODE_ENV", "test")]).await);
    assert_eq!(rest.get("/test/Notes").await.status, 200);
    let variables =
        [("NODE_ENV", "test"), ("LOOPBACK__config__restApiRoot", "/variable"), ("LOOPBACK__config__mine__a", "7")];
    let app = folder.app(&variables).await;
    assert_eq!(Rest::of(&app).get("/variable/Notes").await.status, 200);
    assert_eq!(app.setting::<i64>("mine.a").unwrap(), Some(7));
    assert_eq!(app.setting::<Vec<bool>>("mine.b").unwrap(), Some(vec![true]));
    assert_eq!(app.setting::<String>("none").unwrap(), None);
    let error = app.setting::<u32>("text").unwrap_err().to_string();
    assert!(error.contains("the setting `text`") && !error.contains("\"x\""), "{error}");
    let app = folder.builder(&variables).unwrap().rest_root("/code").setting("text", 5).build().await.unwrap();
    assert_eq!(Rest::of(&app).get("/code/Notes").await.status, 200);
    assert_eq!(app.setting::<u32>("text").unwrap(), Some(5));
}

#[tokio::test]
async fn a_data_source_of_a_file_on_every_database() {
    for kind in Kind::ALL {
        let Some(scratch) = kind.scratch() else { continue };
        let url = scratch.url().to_owned();
        let folder = Folder::of(&[NOTE, MODELS]);
        let source = match kind {
            Kind::Sqlite => {
                let file = url.trim_start_matches("sqlite://").split('?').next().unwrap().to_owned();
                json!({"connector": "sqlite3", "file": file})
            }
            Kind::Postgres | Kind::MySql => {
                // scheme://user[:password]@host:port/database?..
                let (_, rest) = url.split_once("://").unwrap();
                let (login, place) = rest.split_once('@').unwrap();
                let (user, password) = login.split_once(':').unwrap_or((login, ""));
                let (host, path) = place.split_once('/').unwrap();
                let (host, port) = host.split_once(':').unwrap();
                let database = path.split('?').next().unwrap();
                let connector = if kind == Kind::Postgres { "postgresql" } else { "mysql" };
                json!({"connector": connector, "host": host, "port": port, "user": user, "password": password,
                       "database": "${DATABASE}", "connectionLimit": 3, "max": 3, "_": database})
            }
        };
        let database = source["_"].as_str().unwrap_or("none").to_owned();
        let mut source = source;
        source.as_object_mut().unwrap().remove("_");
        folder.write("datasources.json", &json!({"other": {"connector": "memory"}, "db": source}).to_string());
        let rest = Rest::of(&folder.app(&[("DATABASE", &*database)]).await);
        let made = rest.json("POST", "/api/Notes", json!({"title": "kept", "stars": 4.5})).await;
        assert_eq!(made.status, 200, "{}: {}", kind.name(), made.text());
        // Another app finds it: it is where the file says.
        let rest = Rest::of(&folder.app(&[("DATABASE", &*database)]).await);
        assert_eq!(rest.get("/api/Notes/count").await.json(), json!({"count": 1}), "{}", kind.name());
    }
}

#[tokio::test]
async fn the_schema_of_a_postgresql_data_source_is_where_its_tables_are() {
    let Some(scratch) = Kind::Postgres.scratch() else { return };
    scratch.execute("CREATE SCHEMA shop");
    let source = json!({"db": {"connector": "postgresql", "url": scratch.url(), "schema": "shop"}});
    let folder = Folder::of(&[NOTE, MODELS, ("datasources.json", &source.to_string())]);
    let rest = Rest::of(&folder.app(&[]).await);
    assert_eq!(rest.json("POST", "/api/Notes", json!({"title": "x"})).await.status, 200);
    scratch.execute(
        "DO $$ BEGIN IF (SELECT count(*) FROM shop.note) <> 1 THEN RAISE EXCEPTION 'not there'; END IF; END $$",
    );
}

#[tokio::test]
async fn database_url_is_that_of_the_default_data_source() {
    let Some(scratch) = Kind::Sqlite.scratch() else { return };
    let sources = r#"{"first": {"connector": "memory"}, "shop": {"connector": "mysql", "host": "no.such.host", "defaultForType": "db"}}"#;
    let folder = Folder::of(&[NOTE, ("model-config.json", r#"{"Note": {}}"#), ("datasources.json", sources)]);
    let variables = [("DATABASE_URL", scratch.url())];
    let app = folder.app(&variables).await;
    assert_eq!(app.get_default_data_source_for_type("db"), Some("shop"));
    assert_eq!(app.get_default_data_source_for_type("mail"), None);
    let rest = Rest::of(&app);
    rest.json("POST", "/api/Notes", json!({"title": "x"})).await;
    let rest = Rest::of(&folder.app(&variables).await);
    assert_eq!(rest.get("/api/Notes/count").await.json(), json!({"count": 1}));
}

#[tokio::test]
async fn components_are_named_in_code_and_turned_on_by_a_file() {
    #[allow(clippy::needless_pass_by_value, reason = "components take it so")]
    fn audit(app: AppBuilder, options: Json) -> Result<AppBuilder> {
        let days = options["days"].as_u64().ok_or_else(|| Error::configuration("`days` must be a number"))?;
        Ok(app.route("/audit", axum::routing::get(move || async move { days.to_string() })))
    }
    let folder = Folder::of(&[
        NOTE,
        MODELS,
        MEMORY,
        ("component-config.json", r#"{"audit": {"days": "${DAYS:-3}"}, "off": false}"#),
    ]);
    let app = |days: &'static str| folder.builder(&[("DAYS", days)]).unwrap().component_factory("audit", audit);
    let rest = Rest::of(&app("7").build().await.unwrap());
    assert_eq!(rest.get("/audit").await.text(), "7");
    let error = app("many").build().await.unwrap_err().to_string();
    assert!(
        error.contains("component-config.json:1: `audit`: ") && error.contains("`days` must be a number"),
        "{error}"
    );
    folder.write("component-config.production.json", r#"{"audit": null}"#);
    let builder = folder.builder(&[("LOOPBACK_ENV", "production")]).unwrap().migrate(Migrate::Update);
    let rest = Rest::of(&builder.component_factory("audit", audit).build().await.unwrap());
    assert_eq!(rest.get("/audit").await.status, 404);
    let fault = folder.fault(&[]).await;
    assert!(
        fault.contains(
            "component-config.json:1: `audit`: there is no such component; there are `loopback-component-explorer`"
        ),
        "{fault}"
    );
}

#[tokio::test]
async fn middleware_of_ones_own_is_named_after_the_file_was_read() {
    let folder = Folder::of(&[
        NOTE,
        MODELS,
        MEMORY,
        (
            "middleware.json",
            "{\"initial\": {}, \"gate\": {\"./middleware/gate\": {\"params\": {\"word\": \"x\"}, \"paths\": [\"/api\"]}},\n\
             \"routes\": {\"nothing\": {\"optional\": true}, \"off\": {\"enabled\": false}, \"loopback#status\": {\"paths\": \"/\"}}}",
        ),
    ]);
    let builder = folder.builder(&[]).unwrap().middleware_factory("./middleware/gate", |params| {
        let word = params.get::<Json>()?["word"].as_str().unwrap_or_default().to_owned();
        Ok(axum::middleware::map_response(move |mut response: axum::response::Response| {
            let word = word.clone();
            async move {
                response.headers_mut().insert("x-gate", word.parse().unwrap());
                response
            }
        }))
    });
    let app = builder.build().await.unwrap();
    let rest = Rest::of(&app);
    assert_eq!(rest.get("/api/Notes").await.header("x-gate").as_deref(), Some("x"));
    let status = rest.get("/").await;
    assert!(status.header("x-gate").is_none() && status.json()["uptime"].is_number(), "{}", status.text());
    assert!(app.config_report().to_string().contains("`nothing`: is not there, and optional"));
    let fault = folder.fault(&[]).await;
    assert!(
        fault.contains("middleware.json:1: `./middleware/gate`: there is no middleware")
            && fault.contains("JavaScript"),
        "{fault}"
    );
}

#[tokio::test]
async fn faults_of_middleware_and_mail_have_their_places() {
    let folder = Folder::of(&[
        (
            "datasources.json",
            "{\"m\": {\"connector\": \"mail\",\n \"transports\": [{\"type\": \"smtp\",\n\"prot\": 5, \"auth\": {\"pass\": \"geheim\"}}]}}",
        ),
        (
            "middleware.json",
            "{\"final\": {}, \"initial\": {},\n\"routes\": {\"corss\": {},\n\"cors\": {\"params\": {\"orgin\": 1}}}}",
        ),
    ]);
    let fault = folder.fault(&[]).await;
    for part in [
        "datasources.json:3: `m.transports[0]",
        "middleware.json:1: the phases contradict",
        "middleware.json:3: `cors`",
    ] {
        assert!(fault.contains(part), "{part}\n{fault}");
    }
    assert!(!fault.contains("geheim"), "{fault}");
    folder.write("datasources.json", "{}");
    folder.write("middleware.json", "{\"routes\": {\n\"corss\": {}}}");
    assert!(
        folder
            .fault(&[])
            .await
            .contains("middleware.json:2: `corss`: there is no middleware `corss`; did you mean `cors`?")
    );
}

#[tokio::test]
async fn faults_of_models_have_their_places() {
    let folder = Folder::of(&[
        ("models/note.json", "\n\n{\"name\": \"Note\", \"properties\": {\"title\": \"strng\"}}"),
        MEMORY,
        ("model-config.json", "{\"Note\": {\"dataSource\": \"db\"},\n\"Nota\": {\"dataSource\": \"db\"}}"),
    ]);
    let fault = folder.fault(&[]).await;
    assert!(fault.contains("models/note.json:3") && fault.contains("strng"), "{fault}");
    assert!(fault.contains("model-config.json:2") && fault.contains("did you mean `Note`?"), "{fault}");
    // The very line, where the file has one.
    folder.write("models/note.json", "{\"name\": \"Note\", \"properties\": {\n\"title\":\n{\"type\": \"strng\"}}}");
    folder.write("model-config.json", r#"{"Note": {"dataSource": "db"}}"#);
    assert!(folder.fault(&[]).await.contains("models/note.json:3"), "{}", folder.fault(&[]).await);
    folder.write("models/note.json", r#"{"name": "Note"}"#);
    folder.write("model-config.json", "{\n\"Note\": {\"dataSource\": \"bd\"}}");
    let fault = folder.fault(&[]).await;
    assert!(fault.contains("bd") && fault.contains("did you mean `db`?"), "{fault}");
}

#[tokio::test]
async fn what_a_definition_says_in_vain_is_told_at_its_line() {
    let note = "{\"name\": \"Note\",\n\"options\": {\"mixins\": {\n\"SoftDelete\": true}},\n\"properties\": {\"title\": {\"type\": \"string\", \"postgresql\": {\n\
                \"columnName\": \"the_title\",\n\"dataType\": \"varchar\"}}}}";
    let folder = Folder::of(&[("models/note.json", note), MODELS, MEMORY]);
    let app = folder.app(&[]).await;
    let report = app.config_report().to_string();
    for part in [
        "models/note.json:3: `Note.mixins.SoftDelete`: does nothing: mixins are JavaScript",
        "models/note.json:6: `Note.properties.title.postgresql.dataType`: has no effect",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    assert!(!report.contains("columnName"), "{report}");
    app.create_json("Note", json!({"title": "x"})).await.unwrap();
    let statement = loopback::sea_orm::Statement::from_string(
        loopback::sea_orm::DatabaseBackend::Sqlite,
        "SELECT the_title FROM note",
    );
    let row = loopback::sea_orm::ConnectionTrait::query_one_raw(app.ctx().db(), statement).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "x");
}

#[tokio::test]
async fn shared_methods_of_the_app_and_of_models() {
    let config = r#"{"remoting": {"sharedMethods": {"*": false, "find": true, "count": true}}}"#;
    let models = r#"{"Note": {"dataSource": "db", "options": {"remoting": {"sharedMethods": {"create": true, "count": false}}}},
                     "Page": {"dataSource": "db"}}"#;
    let page = ("models/page.json", r#"{"name": "Page", "properties": {"title": "string"}}"#);
    let folder = Folder::of(&[NOTE, page, MEMORY, ("config.json", config), ("model-config.json", models)]);
    let rest = Rest::of(&folder.app(&[]).await);
    for (method, path, status) in [
        ("GET", "/api/Notes", 200),
        ("GET", "/api/Notes/count", 404),
        ("GET", "/api/Notes/findOne", 404),
        ("DELETE", "/api/Notes/1", 404),
        ("GET", "/api/Pages", 200),
        ("GET", "/api/Pages/count", 200),
        ("GET", "/api/Pages/1", 404),
    ] {
        assert_eq!(rest.call(method, path).await.status, status, "{method} {path}");
    }
    assert_eq!(rest.json("POST", "/api/Notes", json!({"title": "x"})).await.status, 200);
    assert_eq!(rest.json("POST", "/api/Pages", json!({"title": "x"})).await.status, 404);
}

#[tokio::test]
async fn models_without_a_data_source_have_no_rows() {
    let folder = Folder::of(&[
        NOTE,
        ("models/message.json", r#"{"name": "Message", "properties": {"text": "string"}}"#),
        ("datasources.json", r#"{"db": {"connector": "memory"}, "none": {"connector": "transient"}}"#),
        ("model-config.json", r#"{"Note": {"dataSource": "none"}, "Message": {"dataSource": null}}"#),
    ]);
    let app = folder.app(&[]).await;
    assert!(app.schema_difference().await.unwrap().is_empty());
    assert_eq!(Rest::of(&app).get("/api/Messages").await.status, 404);
}

#[tokio::test]
async fn a_model_in_code_is_configured_by_a_file() {
    let folder = Folder::of(&[MEMORY, ("model-config.json", r#"{"Coffee": {"public": false}}"#)]);
    let coffee = || json!({"name": "Coffee", "properties": {"name": "string"}});
    let app = folder.builder(&[]).unwrap().define_model(coffee()).build().await.unwrap();
    assert_eq!(Rest::of(&app).get("/api/Coffees").await.status, 404);
    let shown = ModelConfig { public: Some(true), ..ModelConfig::default() };
    let builder = folder.builder(&[]).unwrap().define_model(coffee()).configure_model("Coffee", shown);
    assert_eq!(Rest::of(&builder.build().await.unwrap()).get("/api/Coffees").await.status, 200);
}

/// Whatever stands in a file: an app or faults, never a panic.
fn any_json() -> impl Strategy<Value = Json> {
    let words = prop::sample::select(vec![
        "db",
        "connector",
        "mysql",
        "mail",
        "memory",
        "url",
        "port",
        "ssl",
        "remoting",
        "json",
        "limit",
        "rest",
        "loopback",
        "compat",
        "routes",
        "cors",
        "params",
        "paths",
        "enabled",
        "_meta",
        "sources",
        "dataSource",
        "public",
        "acls",
        "options",
        "transports",
        "relations",
        "loopback#rest",
        "final:after",
        "${port}",
        "${x:-}",
        "initial",
        "1mb",
        "sharedMethods",
        "*",
        "file",
        "",
        "loopback-component-explorer",
        "mountPath",
        "apiInfo",
        "User",
        "transport",
        "auth",
        "restApiRoot",
        "/x",
        "models",
    ]);
    let text = prop_oneof![4 => words.clone().prop_map(str::to_owned), 1 => "\\PC{0,6}"];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        prop_oneof![
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            (0..70_000).prop_map(Json::from)
        ],
        text.clone().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            4 => prop::collection::btree_map(text.clone(), inner, 0..6)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_in_any_file_is_an_app_or_faults(
        file in 0_usize..5, base in any_json(), over in any_json(), cut in 0_usize..200,
    ) {
        let name = ["config", "datasources", "model-config", "middleware", "component-config"][file];
        let mut text = base.to_string();
        // Every tenth is cut off somewhere.
        if cut < 20 {
            text = text.chars().take(cut).collect();
        }
        let folder = Folder::of(&[(&format!("{name}.json"), &text), (&format!("{name}.local.json"), &over.to_string())]);
        if let Err(error) = folder.builder(&[]) {
            let error = error.to_string();
            prop_assert!(error.contains("the configuration has"), "{}", error);
        }
    }
}
