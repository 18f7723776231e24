//! `model` and `property` as JSON.

use super::{Definitions, MODEL_CONFIG, change};
use crate::command::Model;
use crate::fault::{Result, fault};
use crate::generate::{AFTER_SCHEMA, Report, sentence, specs, word};
use crate::json::Json;
use crate::names;
use crate::source::models::Models;
use crate::spec::Spec;
use crate::tree::Tree;
use loopback::__private::did_you_mean;

pub(in crate::generate) fn add(tree: &mut Tree, model: &Model) -> Result<Report> {
    let name = names::model(&model.name)?;
    let definitions = Definitions::of(tree)?;
    if let Some(found) = definitions.find(&name) {
        return Err(fault(format!("there is a model {} already, in {}", found.name, found.path)));
    }
    Models::of(tree).is_free(&name)?;
    has_no_entry(tree, &name)?;
    // LoopBack's files are named in kebab-case.
    let file = match &model.file {
        Some(given) => names::kebab_case(&names::file(given, "a file", "coffee-shop")?),
        None => names::kebab_case(&name),
    };
    let transient = model.transient || model.base.as_deref() == Some("Model");
    let base = match model.base.as_deref() {
        None => if model.transient { "Model" } else { "PersistedModel" }.to_owned(),
        Some("Acl") => "ACL".to_owned(),
        Some(given) if ["PersistedModel", "Model", "ACL"].contains(&given) || names::BUILT_IN.contains(&given) => {
            given.to_owned()
        }
        Some(given) => definitions.get(given)?.name.clone(),
    };
    let specs = specs(&model.specs, &[])?;
    let (source, connector) = data_source(tree, model.data_source.as_deref())?;

    let mut entries = vec![("name".to_owned(), Json::text(&name)), ("base".to_owned(), Json::text(&base))];
    let mut put = |key: &str, value: Json| entries.push((key.to_owned(), value));
    let mut path = None;
    if let Some(description) = &model.description {
        put("description", Json::text(sentence(description)?));
    }
    if let Some(plural) = &model.plural {
        let plural = word(plural, "a plural")?;
        path = Some(format!("/{plural}"));
        put("plural", Json::text(plural));
    }
    let given = model.http_path.as_deref().map(names::http_path).transpose()?;
    if given.is_some() || (path.is_none() && !model.no_public && !transient) {
        let own = given.unwrap_or_else(|| format!("/{}", names::kebab_plural(&name)));
        put("http", Json::object([("path", Json::text(&own[1..]))]));
        path = Some(own);
    }
    if let Some(table) = &model.table {
        let table = Json::object([("table", Json::text(word(table, "a table")?))]);
        put("options", Json::object([(connector, table)]));
    }
    put("properties", Json::Object(Vec::new()));
    for key in ["validations", "acls"] {
        put(key, Json::List(Vec::new()));
    }
    put("relations", Json::Object(Vec::new()));
    let mut json = Json::Object(entries);
    with_properties(&mut json, &specs)?;
    tree.create(&format!("common/models/{file}.json"), json.write()?)?;
    let public = !model.no_public && !transient;
    change(tree, MODEL_CONFIG, Json::Object(Vec::new()), |config| {
        let source = if transient { Json::Null } else { Json::text(&source) };
        *config.entry(&name, Json::Null)? = Json::object([("dataSource", source), ("public", Json::Bool(public))]);
        Ok(())
    })?;
    let mut report = Report::next(AFTER_SCHEMA);
    if let Some(path) = path.filter(|_| public) {
        report = report.say(format!("{name} is served at /api{path}"));
    }
    Ok(report)
}

/// Refuses a model that the app is configured with: its definition is somewhere else, and it may be private.
fn has_no_entry(tree: &Tree, name: &str) -> Result<()> {
    let config = Json::read(MODEL_CONFIG, tree.get(MODEL_CONFIG).unwrap_or("{}"))?;
    if config.get(name).is_some() {
        return Err(fault(format!(
            "{MODEL_CONFIG} has `{name}` already; nothing is overwritten: take the entry away, or give the model another name"
        )));
    }
    Ok(())
}

/// The data source of a name, or the first, and the connector under which a definition says what its table is.
fn data_source(tree: &Tree, given: Option<&str>) -> Result<(String, &'static str)> {
    let path = "server/datasources.json";
    let all = Json::read(path, tree.get(path).unwrap_or("{}"))?;
    let names: Vec<&str> = all.keys().filter(|key| *key != "defaultForType").collect();
    let name = match given {
        None => names.first().copied().unwrap_or("db"),
        Some(given) if names.contains(&given) => given,
        Some(given) => {
            let hint = did_you_mean(given, names.iter().copied());
            return Err(fault(format!("{path} has no data source `{given}`{hint}; there are {}", names.join(", "))));
        }
    };
    let connector = all.get(name).and_then(|source| source.get("connector")?.as_text());
    let known = ["postgresql", "mysql"].into_iter().find(|known| connector == Some(known));
    Ok((name.to_owned(), known.unwrap_or("sqlite3")))
}

pub(in crate::generate) fn properties(tree: &mut Tree, model: &str, texts: &[String]) -> Result<Report> {
    let definitions = Definitions::of(tree)?;
    let found = definitions.get(model)?;
    let specs = specs(texts, &[])?;
    for spec in &specs {
        found.is_free(&spec.json)?;
        if let Some(id) = found.id().filter(|_| spec.id) {
            return Err(fault(format!("{} has an id already, `{id}`, in {}", found.name, found.path)));
        }
    }
    change(tree, &found.path, Json::Null, |json| with_properties(json, &specs))?;
    Ok(Report::next(AFTER_SCHEMA))
}

fn with_properties(json: &mut Json, specs: &[Spec]) -> Result<()> {
    for spec in specs {
        *json.entry("properties", Json::Object(Vec::new()))?.entry(&spec.json, Json::Null)? = spec.definition()?;
        for (set, key) in [(spec.hidden, "hidden"), (spec.protected, "protected")] {
            if set {
                json.entry(key, Json::List(Vec::new()))?.push(Json::text(&spec.json))?;
            }
        }
        if spec.unique {
            let rule = Json::List(vec![Json::text("uniqueness"), Json::text(&spec.json)]);
            json.entry("validations", Json::List(Vec::new()))?.push(rule)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{add, properties};
    use crate::command::Model;
    use crate::generate::data::{MODEL_CONFIG, app};

    #[test]
    fn a_model_is_a_file_and_an_entry() {
        let mut tree = app();
        let specs = ["name:string:required:unique", "margin:number:hidden:default=1.5"].map(str::to_owned).into();
        add(&mut tree, &Model { name: "CoffeeShop".into(), specs, ..Model::default() }).unwrap();
        assert_eq!(
            tree.get("common/models/coffee-shop.json").unwrap(),
            r#"{
  "name": "CoffeeShop",
  "base": "PersistedModel",
  "http": {
    "path": "coffee-shops"
  },
  "properties": {
    "name": {
      "type": "string",
      "required": true
    },
    "margin": {
      "type": "number",
      "default": 1.5
    }
  },
  "validations": [
    [
      "uniqueness",
      "name"
    ]
  ],
  "acls": [],
  "relations": {},
  "hidden": [
    "margin"
  ]
}
"#
        );
        let config = tree.get(MODEL_CONFIG).unwrap();
        let end = "  \"Note\": {\n    \"dataSource\": \"db\",\n    \"public\": true\n  },\n  \"CoffeeShop\": {\n    \"dataSource\": \"db\",\n    \"public\": true\n  }\n}\n";
        assert!(config.ends_with(end), "{config}");
    }

    #[test]
    fn a_table_stands_under_its_connector() {
        let mut tree = app();
        add(&mut tree, &Model { name: "Shop".into(), table: Some("shops".into()), ..Model::default() }).unwrap();
        let table = "  \"options\": {\n    \"sqlite3\": {\n      \"table\": \"shops\"\n    }\n  },\n";
        assert!(tree.get("common/models/shop.json").unwrap().contains(table));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let model = |name: &str| Model { name: name.into(), ..Model::default() };
        for (model, hint) in [
            (model("note"), "there is a model Note already, in common/models/note.json"),
            (Model { data_source: Some("dbx".into()), ..model("A") }, "did you mean `db`?"),
            (Model { base: Some("Nte".into()), ..model("A") }, "did you mean `Note`?"),
            (Model { specs: vec!["a:i8".into()], ..model("A") }, "a model by JSON has no type `i8`"),
        ] {
            let message = add(&mut app(), &model).unwrap_err().to_string();
            assert!(message.contains(hint), "{message}");
        }
        let message = properties(&mut app(), "Note", &["title:string".into()]).unwrap_err().to_string();
        assert!(message.contains("has a property `title` already"), "{message}");
    }

    #[test]
    fn what_the_app_has_already_is_not_overwritten() {
        let ghost = Model { name: "Ghost".into(), ..Model::default() };
        let config = "{\n  \"Ghost\": {\n    \"dataSource\": \"db\",\n    \"public\": false\n  }\n}\n";
        let mut tree = app();
        tree.set(MODEL_CONFIG, config.into());
        let message = add(&mut tree, &ghost).unwrap_err().to_string();
        assert!(message.starts_with("server/model-config.json has `Ghost` already"), "{message}");
        assert_eq!(tree.get(MODEL_CONFIG), Some(config));
        let mut tree = app();
        tree.set("src/ghost.rs", "#[model]\npub struct Ghost {}\n".into());
        let message = add(&mut tree, &ghost).unwrap_err().to_string();
        assert_eq!(message, "there is a model Ghost already, in src/ghost.rs");
    }

    #[test]
    fn a_definition_has_one_id() {
        let mut tree = app();
        properties(&mut tree, "Note", &["code:string:id".into()]).unwrap();
        let message = properties(&mut tree, "Note", &["other:string:id".into()]).unwrap_err().to_string();
        assert_eq!(message, "Note has an id already, `code`, in common/models/note.json");
    }

    #[test]
    fn properties_come_last() {
        let mut tree = app();
        properties(&mut tree, "Note", &["pages:integer".into()]).unwrap();
        let text = tree.get("common/models/note.json").unwrap();
        assert!(
            text.contains("    \"title\": \"string\",\n    \"pages\": {\n      \"type\": \"integer\"\n    }\n  },\n"),
            "{text}"
        );
    }
}
