//! Folders of files, as they are read and merged.

use super::*;
use crate::app::Environment;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder that goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("lb_config_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        for (file, text) in files {
            let file = path.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn load(&self, variables: &[(&str, &str)]) -> (Config, Faults) {
        let mut faults = Faults::default();
        let folder = ConfigFolder::at(&self.0).variables(variables.iter().copied());
        let config = load(folder, &mut faults);
        (config, faults)
    }

    fn sound(&self, variables: &[(&str, &str)]) -> (Config, Vec<String>) {
        let (config, mut faults) = self.load(variables);
        assert!(faults.is_empty(), "{}", faults.into_error());
        let notices = faults.take_notices();
        (config, notices)
    }

    /// The faults, without the path of the folder.
    fn faults(&self, variables: &[(&str, &str)]) -> String {
        let (_, faults) = self.load(variables);
        assert!(!faults.is_empty(), "no fault");
        faults.into_error().to_string().replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn tree<'c>(config: &'c Config, name: &str) -> &'c Node {
    &config.trees.iter().find(|(known, _)| *known == name).unwrap().1
}

fn url(config: &Config, name: &str) -> String {
    let source = config.data_sources.iter().find(|source| source.name == name).unwrap();
    match &source.kind {
        SourceKind::Database(options) => options.url.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn four_layers_in_their_order() {
    let folder = Folder::of(&[
        ("config.json", r#"{"a": 1, "b": 1, "c": 1, "d": 1, "port": 1}"#),
        ("config.production.json", r#"{"b": 2, "c": 2, "d": 2}"#),
        ("config.staging.toml", "b = 9"),
        ("config.local.toml", "c = 3\nd = 3\n"),
    ]);
    let (config, _) = folder.sound(&[("NODE_ENV", "production"), ("LOOPBACK__config__d", "4")]);
    assert_eq!(tree(&config, "config").to_json(), json!({"a": 1, "b": 2, "c": 3, "d": 4, "port": 1}));
    assert_eq!(config.environment.kind, Environment::Production);
    assert_eq!(config.files, ["config.json", "config.production.json", "config.local.toml"]);
    let (config, _) = folder.sound(&[("LOOPBACK_ENV", "staging"), ("NODE_ENV", "production")]);
    assert_eq!(config.settings.all.get("b"), Some(&json!(9)));
    assert_eq!((&*config.environment.name, config.environment.kind), ("staging", Environment::Production));
    let (config, _) = folder.sound(&[("PORT", "81")]);
    assert_eq!((config.environment.port, config.settings.port), (Some(81), Some(1)));
    assert_eq!(config.environment.kind, Environment::Development);
}

#[test]
fn an_environment_that_no_file_knows_may_be_a_mistake() {
    let folder = Folder::of(&[("config.staging.json", "{}")]);
    let faults = folder.faults(&[("LOOPBACK_ENV", "stagign")]);
    assert!(faults.contains("did you mean `staging`?"), "{faults}");
    assert!(folder.faults(&[("LOOPBACK_ENV", "../x")]).contains("LOOPBACK_ENV must be"));
}

#[test]
fn the_environment_is_the_same_with_and_without_a_folder() {
    type Set<'v> = &'v [(&'v str, &'v str)];
    let folder = Folder::of(&[]);
    let read = |path: Option<PathBuf>, variables: &[(&str, &str)]| {
        let all = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut faults = Faults::default();
        let config = load(ConfigFolder { path, variables: Some(Variables::of(all)) }, &mut faults);
        (config.environment.kind, faults.is_empty())
    };
    let cases: [(Set<'_>, Environment, bool); 7] = [
        (&[], Environment::Development, true),
        (&[("NODE_ENV", "production")], Environment::Production, true),
        (&[("NODE_ENV", "test")], Environment::Development, true),
        (&[("LOOPBACK_ENV", "test"), ("NODE_ENV", "production")], Environment::Development, true),
        // That of other programs, too; it may be any name.
        (&[("NODE_ENV", "preview")], Environment::Production, true),
        (&[("NODE_ENV", "../x")], Environment::Production, false),
        (&[("LOOPBACK_ENV", "preview")], Environment::Production, false),
    ];
    for (variables, kind, sound) in cases {
        for path in [None, Some(folder.0.clone())] {
            assert_eq!(read(path.clone(), variables), (kind, sound), "{variables:?} {path:?}");
        }
    }
}

#[test]
fn variables_of_files_that_do_not_exist_are_faults() {
    let folder = Folder::of(&[]);
    let faults = folder.faults(&[
        ("LOOPBACK__datasource__db__url", "x"),
        ("LOOPBACK__config", "x"),
        ("LOOPBACK__config____x", "x"),
    ]);
    assert!(
        faults.contains("LOOPBACK__datasource__db__url: there is no file `datasource`")
            && faults.contains("did you mean `datasources`?"),
        "{faults}"
    );
    assert!(
        faults.contains("LOOPBACK__config: names no value") && faults.contains("LOOPBACK__config____x: write it as"),
        "{faults}"
    );
}

#[test]
fn values_of_variables_are_texts_numbers_or_json() {
    let folder = Folder::of(&[("datasources.json", r#"{"db": {"connector": "mysql", "password": "x", "port": 1}}"#)]);
    let variables = [
        ("LOOPBACK__datasources__db__password", "0012${x}"),
        ("LOOPBACK__DATASOURCES__DB__PORT", "3307"),
        ("LOOPBACK__datasources__db__user", "me"),
        ("LOOPBACK__model_config__Note", r#"{"dataSource": "db", "public": false}"#),
        ("LOOPBACK__component_config__audit__days", "7"),
    ];
    let (config, _) = folder.sound(&variables);
    assert_eq!(url(&config, "db"), "mysql://me:0012%24%7Bx%7D@localhost:3307");
    assert_eq!(config.models[0].public, Some(false));
    assert_eq!(config.components[0].options, Some(json!({"days": 7})));
}

#[test]
fn every_fault_of_every_file_with_its_line() {
    let folder = Folder::of(&[
        (
            "config.json",
            "{\n  \"port\": \"x\",\n  \"restApiRoot\": \"api\",\n  \"remoting\": {\"jsn\": {},\n \"cors\": {}}\n}",
        ),
        (
            "datasources.toml",
            "[db]\nconnector = \"mysq\"\n\n[other]\nconector = \"mysql\"\n\n[pg]\nconnector = \"postgresql\"\npasword = \"geheim\"\nport = 70000\n",
        ),
        ("model-config.json", "{\n\"Note\": {\n\"dataSource\": 1.5,\n\"publc\": true,\n\"properties\": {}}, \"X\": 1}"),
        ("middleware.json", "{\n\"initial:befor\": {},\n\"routes\": {\n\"x\": {\"enabled\": \"no\",\n\"prams\": 1}}}"),
        ("component-config.json", "{\"a\": 5,\n}"),
    ]);
    let faults = folder.faults(&[("PORT", "x")]);
    for expected in [
        "the environment variable PORT: PORT must be a number",
        "config.json:2: `port`: must be a whole number from 0 to 65535, found a text",
        "config.json:3: `restApiRoot`: must be a path that begins with `/`",
        "config.json:4: `remoting.jsn`: is not known here; did you mean `json`?",
        "config.json:5: `remoting.cors`: must be false",
        "datasources.toml:4: `other`: names no connector; did you mean `connector` by `conector`?",
        "datasources.toml:9: `pg.pasword`: is no setting of this connector; did you mean `password`?",
        "datasources.toml:10: `pg.port`: must be at most 65535, found 70000",
        "model-config.json:4: `Note.publc`: is not known here; did you mean `public`?",
        "model-config.json:5: `Note.properties`: stands in the definition of the model",
        "model-config.json:5: `X`: must be an object, found a number",
        "middleware.json:2: `initial:befor`: a phase has parts `before` and `after`, found `befor`; did you mean `before`?",
        "middleware.json:4: `routes.x.enabled`: must be true or false, found a text",
        "middleware.json:5: `routes.x.prams`: is not known here; settings stand in `params`; did you mean `params`?",
        "component-config.json:2: no JSON: key must be a string, column 1; is there a comma too many before it?",
    ] {
        assert!(faults.contains(expected), "{expected}\n{faults}");
    }
    assert!(!faults.contains("geheim"), "{faults}");
}

#[test]
fn data_sources_of_loopback() {
    let folder = Folder::of(&[(
        "datasources.json",
        r#"{
        "db": {"name": "db", "connector": "memory"},
        "kept": {"connector": "memory", "file": "data/db.json"},
        "lite": {"connector": "sqlite3", "file": "a.db"},
        "maria": {"connector": "mysql", "host": "h", "port": "3307", "username": "u", "password": "p@ss:w/rd", "database": "d",
                  "connectionLimit": 7, "lazyConnect": true, "timezone": "Z"},
        "pg": {"connector": "loopback-connector-postgresql", "hostname": "::1", "user": "u", "database": "d e", "schema": "shop", "max": 3, "ssl": true},
        "url": {"connector": "postgresql", "url": "postgres://u:p@h/d?x=1", "host": "ignored", "ssl": {"rejectUnauthorized": false}},
        "only": {"url": "mysql://h/d"},
        "sock": {"connector": "mysql", "socketPath": "/run/my sql.sock", "ssl": {"ca": "ca.pem"}},
        "mail": {"connector": "mail", "defaultForType": "mail", "transports": []},
        "gone": null,
        "t": {"connector": "transient", "foo": 1}
    }"#,
    )]);
    let (config, notices) = folder.sound(&[]);
    assert_eq!(url(&config, "db"), "sqlite::memory:");
    assert_eq!(url(&config, "kept"), "sqlite:data/db.db");
    assert_eq!(url(&config, "lite"), "sqlite:a.db");
    assert_eq!(url(&config, "maria"), "mysql://u:p%40ss%3Aw%2Frd@h:3307/d");
    assert_eq!(url(&config, "pg"), "postgres://u@[::1]/d%20e?sslmode=require&options=-c%20search_path%3Dshop");
    assert_eq!(url(&config, "url"), "postgres://u:p@h/d?x=1&sslmode=require");
    assert_eq!(url(&config, "only"), "mysql://h/d");
    assert_eq!(
        url(&config, "sock"),
        "mysql://localhost?socket=%2Frun%2Fmy%20sql.sock&ssl-mode=VERIFY_IDENTITY&ssl-ca=ca.pem"
    );
    assert_eq!(config.data_sources.iter().filter(|source| source.default).count(), 1);
    assert!(!config.data_sources.iter().any(|source| source.name == "gone"));
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("`kept.file`: data is kept in the SQLite file `data/db.db`"), "{notices:?}");
}

#[test]
fn variables_in_values() {
    let folder = Folder::of(&[
        ("config.json", r#"{"restApiRoot": "${ROOT:-/v1}", "host": "h"}"#),
        (
            "middleware.json",
            r#"{"routes": {"loopback#rest": {"paths": ["${restApiRoot}"]}}, "files": {"loopback#static": {"params": "$!../client"}}}"#,
        ),
        (
            "datasources.json",
            "{\"db\": {\"connector\": \"mysql\", \"url\": \"${DB:-}\",\n\"host\": \"${host}\", \"port\": \"${port}\", \"password\": \"${SECRET}\"}}",
        ),
    ]);
    let (config, _) = folder.sound(&[("SECRET", "x"), ("PORT", "81")]);
    assert_eq!(url(&config, "db"), "mysql://h:81");
    assert_eq!(config.middleware.entries[0].paths, ["/v1"]);
    assert_eq!(config.middleware.entries[1].params, json!(folder.0.join("../client").display().to_string()));
    // Nobody logs in without the password that was meant.
    let faults = folder.faults(&[]);
    assert!(faults.contains("datasources.json:2: `db.password`: `${SECRET}` is neither"), "{faults}");
    let elsewhere = Folder::of(&[("config.json", r#"{"host": "${NOWHERE}"}"#)]);
    let faults = elsewhere.faults(&[]);
    assert!(faults.contains("config.json:1: `host`: `${NOWHERE}` is neither"), "{faults}");
}

#[test]
fn a_url_that_is_not_set_gives_way_to_what_stands_beside_it() {
    let folder = Folder::of(&[(
        "datasources.json",
        "{\"db\": {\"connector\": \"mysql\", \"url\": \"${URL}\", \"host\": \"h\", \"database\": \"d\"},\n\
         \"pg\": {\"connector\": \"postgresql\", \"connectionString\": \"${URL}\", \"database\": \"d\"}}",
    )]);
    let (config, notices) = folder.sound(&[]);
    assert_eq!((&*url(&config, "db"), &*url(&config, "pg")), ("mysql://h/d", "postgres://localhost/d"));
    assert!(notices.iter().any(|line| line.contains("`db.url`: `${URL}` is not set")), "{notices:?}");
    let folder = Folder::of(&[(
        "datasources.json",
        "{\"alone\": {\"connector\": \"mysql\", \"url\": \"${URL}\"},\n\
         \"kept\": {\"connector\": \"memory\", \"file\": \"${FILE}\"},\n\
         \"part\": {\"connector\": \"mysql\", \"host\": \"${HOST_OF_DB}\", \"database\": \"${NAME}\"},\n\
         \"own\": {\"connector\": \"redis\", \"deep\": {\"host\": \"h\", \"url\": \"${URL}\"}},\n\
         \"within\": {\"connector\": \"mysql\", \"url\": \"mysql://u:${WORD}@h/d\", \"host\": \"h\"}}",
    )]);
    let faults = folder.faults(&[]);
    for (line, path, name) in [
        (1, "alone.url", "URL"),
        (2, "kept.file", "FILE"),
        (3, "part.host", "HOST_OF_DB"),
        (3, "part.database", "NAME"),
        (4, "own.deep.url", "URL"),
        (5, "within.url", "WORD"),
    ] {
        let fault = format!("datasources.json:{line}: `{path}`: `${{{name}}}` is neither");
        assert!(faults.contains(&fault), "{fault}\n{faults}");
    }
}

#[test]
fn javascript_is_named_and_not_run() {
    let folder = Folder::of(&[
        ("datasources.json", "{}"),
        ("datasources.local.js", "module.exports = {}"),
        ("config.production.js", "module.exports = {}"),
        ("config.js", "// LoopBack does not read it either"),
        ("boot/root.js", ""),
        ("boot/audit.js", ""),
    ]);
    let faults = folder.faults(&[]);
    assert!(faults.contains("a fault:\n  datasources.local.js: JavaScript is not run"), "{faults}");
    std::fs::write(folder.0.join("datasources.local.json"), "{}").unwrap();
    let (_, notices) = folder.sound(&[]);
    let notices = notices.join("\n");
    for name in ["datasources.local.js: is not run", "boot/audit.js: is not run", "boot/root.js: is not run"] {
        assert!(notices.contains(name), "{notices}");
    }
    assert!(folder.faults(&[("LOOPBACK_ENV", "production")]).contains("config.production.js"));
}

#[test]
fn models_and_the_definitions_that_they_need() {
    let folder = Folder::of(&[
        (
            "server/model-config.json",
            r#"{
            "_meta": {"sources": ["loopback/common/models", "../common/models", "./models"], "mixins": []},
            "User": {"dataSource": "db"}, "Note": {"dataSource": null}, "MyUser": {"dataSource": "db", "public": false,
            "acls": [{"principalType": "ROLE"}], "options": {"remoting": {"sharedMethods": {"*": false}}}}}"#,
        ),
        (
            "common/models/note.json",
            r#"{"name": "Note", "base": "Base", "properties": {"b": "string", "a": "string"}}"#,
        ),
        ("common/models/note.js", "'use strict';\n\nmodule.exports = function(Note) {\n\n};\n"),
        ("common/models/base.json", r#"{"name": "Base", "base": "PersistedModel"}"#),
        ("common/models/unused.json", r#"{"name": "Unused"}"#),
        ("common/models/_draft.json", "no JSON"),
        ("server/models/my-user.json", r#"{"base": "User"}"#),
        ("server/models/my-user.js", "module.exports = function(MyUser) { MyUser.observe('access', f) };"),
    ]);
    let mut faults = Faults::default();
    let config = load(ConfigFolder::at(folder.0.join("server")).variables([("X", "")]), &mut faults);
    assert!(faults.is_empty(), "{}", faults.into_error());
    assert_eq!(config.definitions.iter().map(|one| &*one.name).collect::<Vec<_>>(), ["Note", "Base", "MyUser"]);
    assert_eq!(config.models[0].data_source, SourceOf::Named("db".into()));
    assert_eq!(config.models[1].data_source, SourceOf::Nowhere);
    assert_eq!(config.models[2].public, Some(false));
    assert_eq!(config.models[2].acls, json!([{"principalType": "ROLE"}]));
    assert_eq!(config.definitions[2].node.to_json(), json!({"name": "MyUser", "base": "User"}));
    let notices = faults.take_notices().join("\n");
    assert!(notices.contains("my-user.js: its JavaScript is not run") && !notices.contains("note.js"), "{notices}");
}

#[test]
fn both_formats_of_one_layer_are_one_too_many() {
    let folder = Folder::of(&[("config.json", "{}"), ("config.toml", "")]);
    assert!(folder.faults(&[]).contains("config.toml: there is"), "{}", folder.faults(&[]));
}

#[test]
fn files_with_a_name_that_is_nearly_one_are_told() {
    let folder = Folder::of(&[("datasource.json", "{}"), ("package.json", "{}")]);
    let (_, notices) = folder.sound(&[]);
    assert!(notices.len() == 1 && notices[0].contains("did you mean `datasources`?"), "{notices:?}");
}

#[test]
fn a_folder_that_is_not_there_is_a_fault() {
    let mut faults = Faults::default();
    load(ConfigFolder::at("no/such/folder"), &mut faults);
    assert!(faults.into_error().to_string().contains("no/such/folder: there is no such folder, neither in"));
}

#[test]
fn phases_in_their_order() {
    let folder = Folder::of(&[(
        "middleware.json",
        r#"{
        "initial:before": {"loopback#favicon": {}}, "initial": {"a": [{"name": "x", "params": {"p": 1}}, {"enabled": false}]},
        "audit:after": {"b": {"optional": "not needed", "methods": "get", "paths": "/x"}}, "final": {}, "final:after": {}}"#,
    )]);
    let (config, _) = folder.sound(&[]);
    assert_eq!(config.middleware.phases, ["initial", "audit", "final"]);
    let entries: Vec<_> =
        config.middleware.entries.iter().map(|one| (&*one.phase, &*one.name, one.enabled, one.optional)).collect();
    assert_eq!(
        entries,
        [
            ("initial:before", "loopback#favicon", true, false),
            ("initial", "a", true, false),
            ("initial", "a", false, false),
            ("audit:after", "b", true, true),
        ]
    );
    assert_eq!(config.middleware.entries[1].label.as_deref(), Some("x"));
    assert_eq!(config.middleware.entries[3].methods, ["get"]);
}

#[test]
fn sizes_are_read_as_in_loopback() {
    for (text, bytes) in [("\"100kb\"", 102_400), ("100", 100), ("\"1.5 MB\"", 1_572_864), ("\"7\"", 7)] {
        let folder = Folder::of(&[("config.json", &format!(r#"{{"remoting": {{"json": {{"limit": {text}}}}}}}"#))]);
        assert_eq!(folder.sound(&[]).0.settings.body_limit, Some(bytes));
    }
    let folder = Folder::of(&[("config.json", r#"{"remoting": {"json": {"limit": "10 apples"}}}"#)]);
    assert!(folder.faults(&[]).contains("`remoting.json.limit`: must be a number of bytes"));
}

#[test]
fn what_a_secret_fills_in_is_hidden_wherever_it_leads() {
    let folder = Folder::of(&[
        (
            "config.json",
            r#"{"smtp": "${relay}", "relay": "${PG_PASSWORD}", "place": "${town}", "town": "Oslo", "own": {"pin": "1"},
               "all": "${own}"}"#,
        ),
        (
            "datasources.json",
            r#"{"mail": {"connector": "mail", "transports": [{"auth": {"user": "${smtp}"}, "host": "${place}"}]},
                "other": {"connector": "smtp-of-others", "auth": "shop:hunter2", "more": {"auth": {"type": "login"}}, "by": "${SMTP_AUTH:-x}"}}"#,
        ),
        ("middleware.json", r#"{"auth": {"cors": {"params": {"origin": "https://shop.example"}}}}"#),
    ]);
    let (config, _) = folder.sound(&[("PG_PASSWORD", "hunter2")]);
    let shown = |path: &str| config.shown.iter().find(|value| value.path == path).map(|value| value.value.clone());
    for hidden in ["smtp", "relay", "own.pin", "all.pin", "mail.transports[0].auth.user", "other.auth", "other.by"] {
        assert_eq!(shown(hidden), Some(json!("(hidden)")), "{hidden}");
    }
    assert_eq!(shown("place"), Some(json!("Oslo")));
    assert_eq!(shown("mail.transports[0].host"), Some(json!("Oslo")));
    // The parts of an object have names of their own.
    assert_eq!(shown("other.more.auth.type"), Some(json!("login")));
    assert_eq!(shown("auth.cors.params.origin"), Some(json!("https://shop.example")));
}
