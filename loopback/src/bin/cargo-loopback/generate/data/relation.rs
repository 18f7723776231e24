//! `relation` as JSON.

use super::{Definitions, change};
use crate::command::Relation;
use crate::fault::{Result, fault};
use crate::generate::{AFTER_SCHEMA, Report};
use crate::json::Json;
use crate::names::{self, BUILT_IN, camel_case};
use crate::source::models::Models;
use crate::tree::Tree;

pub(in crate::generate) fn add(tree: &mut Tree, asked: &Relation) -> Result<Report> {
    let definitions = Definitions::of(tree)?;
    let found = definitions.get(&asked.model)?;
    let field = names::snake(&asked.name, "a relation", "reviews")?;
    let name = if asked.name == field { camel_case(&field) } else { asked.name.clone() };
    found.is_free(&name)?;
    let kind = asked.kind.as_str();
    if asked.through.is_some() && !matches!(kind, "hasMany" | "hasOne" | "hasAndBelongsToMany") {
        return Err(fault(format!("`--through` goes with hasMany, hasOne and hasAndBelongsToMany, not with {kind}")));
    }
    if asked.required {
        return Err(fault(
            "`--required` is for models in Rust; in JSON make the key a property: `cargo loopback property Note writerId:integer:required`",
        ));
    }
    let in_rust = Models::of(tree);
    let known = |given: &str| -> Result<String> {
        if BUILT_IN.contains(&given) || given == "ACL" {
            return Ok(given.to_owned());
        }
        if let Some(found) = in_rust.find(given) {
            return Ok(found.name.clone());
        }
        definitions.get(given).map(|found| found.name.clone())
    };
    let mut entries =
        vec![("type".to_owned(), Json::text(kind)), ("model".to_owned(), Json::text(known(&asked.target)?))];
    if let Some(key) = &asked.foreign_key {
        names::snake(key, "a key", "ownerId")?;
        entries.push(("foreignKey".to_owned(), Json::text(key)));
    }
    if let Some(through) = &asked.through {
        entries.push(("through".to_owned(), Json::text(known(through)?)));
    }
    let path = found.path.clone();
    change(tree, &path, Json::Null, |json| {
        *json.entry("relations", Json::Object(Vec::new()))?.entry(&name, Json::Null)? = Json::Object(entries);
        Ok(())
    })?;
    Ok(Report::next(AFTER_SCHEMA).say(format!("clients include it: ?filter[include]={name}")))
}

#[cfg(test)]
mod tests {
    use super::add;
    use crate::command::Relation;
    use crate::generate::data::app;

    fn relation(kind: &str, target: &str) -> Relation {
        Relation {
            model: "Note".into(),
            name: "writer".into(),
            kind: kind.into(),
            target: target.into(),
            ..Relation::default()
        }
    }

    #[test]
    fn a_relation_is_an_entry() {
        let mut tree = app();
        add(&mut tree, &Relation { foreign_key: Some("writerId".into()), ..relation("belongsTo", "writer") }).unwrap();
        let text = tree.get("common/models/note.json").unwrap();
        let entry = "  \"relations\": {\n    \"writer\": {\n      \"type\": \"belongsTo\",\n      \"model\": \"Writer\",\n      \"foreignKey\": \"writerId\"\n    }\n  },\n";
        assert!(text.contains(entry), "{text}");
        assert!(
            add(&mut tree, &relation("hasOne", "User"))
                .unwrap_err()
                .to_string()
                .contains("a relation `writer` already")
        );
    }

    #[test]
    fn a_model_that_is_not_there_is_refused() {
        let message = add(&mut app(), &relation("belongsTo", "Writr")).unwrap_err().to_string();
        assert!(message.contains("did you mean `Writer`?"), "{message}");
    }
}
