//! `relation` in source: the field, and the other end where there has to be one.

use super::{AFTER_SCHEMA, Report};
use crate::command::Relation;
use crate::fault::{Result, fault};
use crate::names::{self, camel_case};
use crate::source::attribute;
use crate::source::fields::with_fields;
use crate::source::imports;
use crate::source::models::{Found, Models, relation_of_key};
use crate::tree::Tree;

/// A field that is to be added to a model.
struct Added {
    model: String,
    path: String,
    lines: String,
    /// The model that the field names, with its file.
    target: Option<(String, String)>,
}

pub(super) fn add(tree: &mut Tree, asked: &Relation) -> Result<Report> {
    let models = Models::of(tree);
    let model = models.get(&asked.model)?;
    let field = names::snake(&asked.name, "a relation", "reviews")?;
    let json = if asked.name == field { camel_case(&field) } else { asked.name.clone() };
    model.is_free(&field, &json)?;
    fits(asked)?;

    let mut report = Report::next(AFTER_SCHEMA);
    let mut added = Vec::new();
    let target = Target::of(&models, &asked.target, &asked.kind)?;
    let mut keys = Vec::new();
    match asked.kind.as_str() {
        "hasMany" | "hasOne" => match &asked.through {
            Some(through) => {
                let between = models.get(through)?;
                keys.push(format!("through = {}", between.name));
                if let Some(key) = other_end(model, between, asked.foreign_key.as_deref(), &mut added, &mut report)? {
                    keys.push(format!("foreign_key = {}", names::raw(&key)));
                }
                let other = models.get(&target.name)?;
                // To itself there is one key for each way.
                if other.name == model.name {
                    return Err(fault(format!(
                        "{0} through {1} to {0} itself needs two keys in {1}, and which is which: write \
                         `#[relation(through = {1}, foreign_key = .., key_through = ..)]` yourself",
                        model.name, between.name
                    )));
                }
                if let Some(key) = other_end(other, between, None, &mut added, &mut report)? {
                    keys.push(format!("key_through = {}", names::raw(&key)));
                }
            }
            None => {
                let other = models.get(&target.name)?;
                if let Some(key) = other_end(model, other, asked.foreign_key.as_deref(), &mut added, &mut report)? {
                    keys.push(format!("foreign_key = {}", names::raw(&key)));
                }
            }
        },
        "hasAndBelongsToMany" => {
            if let Some(through) = &asked.through {
                let own = models.find(through);
                let name = match own {
                    Some(found) => found.name.clone(),
                    None => format!("{:?}", names::model(through)?),
                };
                keys.push(format!("through = {name}"));
                if let Some(between) = own {
                    other_end(model, between, None, &mut added, &mut report)?;
                    other_end(models.get(&target.name)?, between, None, &mut added, &mut report)?;
                }
            }
        }
        _ => {}
    }
    if json != camel_case(&field) {
        keys.push(format!("name = {json:?}"));
    }
    let own_key = key_property(asked, &field);
    if let Some((key, _)) = &own_key {
        model.is_free(key, &camel_case(key))?;
    }
    added.insert(
        0,
        Added {
            model: model.name.clone(),
            path: model.path.clone(),
            lines: lines(asked, &field, &keys, own_key.map(|(_, attribute)| attribute), &target.name)?,
            target: target.path.clone().map(|path| (target.name.clone(), path)),
        },
    );
    if asked.kind == "belongsTo" {
        ambiguous(model, &models, &target.name, &mut report);
    }
    for Added { model, path, lines, target } in added {
        let text = with_fields(&path, tree.get(&path).unwrap_or_default(), &model, &lines)?;
        tree.set(&path, text);
        imports::prelude(tree, &path)?;
        if let Some((name, of)) = target {
            imports::name(tree, &path, &name, &of)?;
        }
    }
    // The model between is named in the attribute.
    if let Some(between) = asked.through.as_deref().and_then(|through| models.find(through)) {
        imports::name(tree, &model.path, &between.name, &between.path)?;
    }
    Ok(report.say(format!("clients include it: ?filter[include]={json}")))
}

/// Options that the kind has.
fn fits(asked: &Relation) -> Result<()> {
    let kind = asked.kind.as_str();
    let refuse = |option: &str, kinds: &str| Err(fault(format!("`--{option}` goes with {kinds}, not with {kind}")));
    if asked.through.is_some() && !matches!(kind, "hasMany" | "hasOne" | "hasAndBelongsToMany") {
        return refuse("through", "hasMany, hasOne and hasAndBelongsToMany");
    }
    if asked.foreign_key.is_some() && !matches!(kind, "hasMany" | "hasOne" | "belongsTo") {
        return refuse("foreign-key", "belongsTo, hasMany and hasOne");
    }
    if asked.required && kind != "belongsTo" {
        return refuse("required", "belongsTo");
    }
    Ok(())
}

struct Target {
    name: String,
    /// The file; the framework's own have none.
    path: Option<String>,
}

impl Target {
    fn of(models: &Models, given: &str, kind: &str) -> Result<Self> {
        // Its rows can be named, but nothing can be added to it.
        if kind != "hasMany"
            && kind != "hasOne"
            && models.find(given).is_none()
            && let Some(own) = names::BUILT_IN.iter().find(|own| **own == given)
        {
            return Ok(Self { name: (*own).to_owned(), path: None });
        }
        let found = models.get(given)?;
        Ok(Self { name: found.name.clone(), path: Some(found.path.clone()) })
    }
}

/// Sees to it that `other` has a `BelongsTo` of the model, and gives its field where that has to be named.
fn other_end(
    model: &Found,
    other: &Found,
    foreign_key: Option<&str>,
    added: &mut Vec<Added>,
    report: &mut Report,
) -> Result<Option<String>> {
    let all: Vec<&str> = other.belongs_to(&model.name).map(|field| field.name.as_str()).collect();
    let wanted = foreign_key.map(|key| relation_of_key(&names::snake_case(key)));
    let known = wanted.as_deref().filter(|wanted| all.contains(wanted));
    match (&all[..], &wanted, known) {
        ([_], None, _) => return Ok(None),
        ([_], _, Some(_)) => return Ok(None),
        (_, _, Some(known)) => return Ok(Some(known.to_owned())),
        ([_, _, ..], None, _) => {
            return Err(fault(format!(
                "{} has several relations to {}: say which, `--foreign-key {}`; there are {}",
                other.name,
                model.name,
                all[0],
                all.join(", ")
            )));
        }
        ([_, ..], Some(wanted), None) => {
            return Err(fault(format!(
                "{} leads to {} by {}, not by `{wanted}`; for another one: `cargo loopback relation {} {wanted} belongsTo {}`",
                other.name,
                model.name,
                all.join(", "),
                other.name,
                model.name
            )));
        }
        ([], _, _) => {}
    }
    let field = names::snake(wanted.as_deref().unwrap_or(&model.name), "a relation", "shop")?;
    let key = format!("{}Id", camel_case(&field));
    other
        .is_free(&field, &camel_case(&field))
        .and_then(|()| other.is_free(&format!("{field}_id"), &key))
        .map_err(|error| fault(format!("{error}; for the way back `--foreign-key NAME` gives another name")))?;
    added.push(Added {
        model: other.name.clone(),
        path: other.path.clone(),
        lines: format!("    pub {}: Option<BelongsTo<{}>>,\n", names::raw(&field), model.name),
        target: Some((model.name.clone(), model.path.clone())),
    });
    report.said.push(format!(
        "{} gets the other end, `{field}: Option<BelongsTo<{}>>`; without `Option` it is required",
        other.name, model.name
    ));
    Ok(None)
}

/// The property that a `belongsTo` stores, where it is another than the field says: its field, and its attribute.
fn key_property(asked: &Relation, field: &str) -> Option<(String, String)> {
    if asked.kind != "belongsTo" {
        return None;
    }
    let own = format!("{field}_id");
    let Some(key) = asked.foreign_key.as_deref() else { return Some((own, String::new())) };
    let column = names::snake_case(key);
    if column == own || column == field {
        return Some((own, String::new()));
    }
    let json = if key.contains('_') { camel_case(key) } else { key.to_owned() };
    Some((column.clone(), format!("    #[property(name = {json:?}, column = {column:?})]\n")))
}

fn lines(
    asked: &Relation,
    field: &str,
    keys: &[String],
    key_attribute: Option<String>,
    target: &str,
) -> Result<String> {
    let ty = match asked.kind.as_str() {
        "belongsTo" if asked.required => format!("BelongsTo<{target}>"),
        "belongsTo" => format!("Option<BelongsTo<{target}>>"),
        "hasMany" => format!("HasMany<{target}>"),
        "hasOne" => format!("HasOne<{target}>"),
        "hasAndBelongsToMany" => format!("HasAndBelongsToMany<{target}>"),
        "embedsOne" => format!("EmbedsOne<{target}>"),
        "embedsMany" => format!("EmbedsMany<{target}>"),
        "referencesMany" => format!("ReferencesMany<{target}>"),
        other => {
            return Err(fault(format!(
                "there is no relation of the kind `{other}`; allowed: {}",
                super::KINDS.join(", ")
            )));
        }
    };
    let keys = if keys.is_empty() { String::new() } else { attribute("    ", "relation", keys) };
    Ok(format!("{keys}{}    pub {}: {ty},\n", key_attribute.unwrap_or_default(), names::raw(field)))
}

/// A second way to a model makes its lists ambiguous, which the compiler would tell.
fn ambiguous(model: &Found, models: &Models, target: &str, report: &mut Report) {
    let before: Vec<&str> = model.belongs_to(target).map(|field| field.name.as_str()).collect();
    let Some(first) = before.first() else { return };
    let lists = models.find(target).map(|found| {
        found.fields.iter().filter(|field| {
            field.relation.as_ref().is_some_and(|it| {
                matches!(it.kind.as_str(), "HasMany" | "HasOne") && it.target.as_deref() == Some(model.name.as_str())
            })
        })
    });
    for list in lists.into_iter().flatten() {
        report.said.push(format!(
            "{} leads to {target} in two ways now: `{}` of {target} has to say by which, `#[relation(foreign_key = {first})]`",
            model.name, list.name
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::add;
    use crate::command::Relation;
    use crate::tree::Tree;

    fn app() -> Tree {
        let mut tree = Tree::from([("src/models/mod.rs", "")]);
        let mut module = String::new();
        for name in ["Shop", "Review", "Person", "Visit"] {
            let file = name.to_lowercase();
            let text = format!(
                "use loopback::prelude::*;\n\n#[model]\npub struct {name} {{\n    #[property(id, generated)]\n    pub id: i64,\n}}\n"
            );
            tree.set(&format!("src/models/{file}.rs"), text);
            module.push_str(&format!("mod {file};\npub use {file}::{name};\n"));
        }
        tree.set("src/models/mod.rs", module);
        tree
    }

    fn relation(text: &str) -> Relation {
        let words: Vec<&str> = text.split(' ').collect();
        let option = |name: &str| words.iter().position(|word| *word == name).map(|at| words[at + 1].to_owned());
        Relation {
            model: words[0].into(),
            name: words[1].into(),
            kind: words[2].into(),
            target: words[3].into(),
            through: option("--through"),
            foreign_key: option("--foreign-key"),
            required: words.contains(&"--required"),
        }
    }

    /// The fields of a model after the id.
    fn fields(tree: &Tree, name: &str) -> String {
        let text = tree.get(&format!("src/models/{name}.rs")).unwrap();
        text.split("pub id: i64,\n").nth(1).unwrap().trim_end_matches("}\n").to_owned()
    }

    #[test]
    fn each_kind_is_a_type() {
        for (text, expected) in [
            ("Review shop belongsTo Shop", "    pub shop: Option<BelongsTo<Shop>>,\n"),
            ("Review shop belongsTo Shop --required", "    pub shop: BelongsTo<Shop>,\n"),
            ("Review author belongsTo User", "    pub author: Option<BelongsTo<User>>,\n"),
            ("Review shop belongsTo Shop --foreign-key shopId", "    pub shop: Option<BelongsTo<Shop>>,\n"),
            (
                "Review shop belongsTo Shop --foreign-key publisherId",
                "    #[property(name = \"publisherId\", column = \"publisher_id\")]\n    pub shop: Option<BelongsTo<Shop>>,\n",
            ),
            ("Review shops hasAndBelongsToMany Shop", "    pub shops: HasAndBelongsToMany<Shop>,\n"),
            (
                "Review shops hasAndBelongsToMany Shop --through ReviewShop",
                "    #[relation(through = \"ReviewShop\")]\n    pub shops: HasAndBelongsToMany<Shop>,\n",
            ),
            ("Review address embedsOne Shop", "    pub address: EmbedsOne<Shop>,\n"),
            ("Review lines embedsMany Shop", "    pub lines: EmbedsMany<Shop>,\n"),
            ("Review shops referencesMany Shop", "    pub shops: ReferencesMany<Shop>,\n"),
        ] {
            let mut tree = app();
            add(&mut tree, &relation(text)).unwrap();
            assert_eq!(fields(&tree, "review"), expected, "{text}");
        }
    }

    #[test]
    fn has_many_brings_the_other_end_or_takes_the_one_that_is_there() {
        let mut tree = app();
        let report = add(&mut tree, &relation("Shop reviews hasMany Review")).unwrap();
        assert!(report.said[0].starts_with("Review gets the other end, `shop"), "{report:?}");
        assert_eq!(fields(&tree, "shop"), "    pub reviews: HasMany<Review>,\n");
        assert_eq!(fields(&tree, "review"), "    pub shop: Option<BelongsTo<Shop>>,\n");
        assert!(tree.get("src/models/review.rs").unwrap().starts_with("use crate::models::Shop;\nuse loopback"));
        assert!(tree.get("src/models/shop.rs").unwrap().starts_with("use crate::models::Review;\nuse loopback"));
        add(&mut tree, &relation("Shop best hasOne Review")).unwrap();
        assert_eq!(fields(&tree, "review"), "    pub shop: Option<BelongsTo<Shop>>,\n");
        let report = add(&mut tree, &relation("Review owner belongsTo Shop")).unwrap();
        assert!(report.said[0].contains("`reviews` of Shop has to say by which"), "{report:?}");
        let message = add(&mut tree, &relation("Shop more hasMany Review")).unwrap_err().to_string();
        assert!(message.contains("say which, `--foreign-key shop`"), "{message}");
        add(&mut tree, &relation("Shop more hasMany Review --foreign-key ownerId")).unwrap();
        assert!(
            fields(&tree, "shop").ends_with("    #[relation(foreign_key = owner)]\n    pub more: HasMany<Review>,\n")
        );
    }

    #[test]
    fn a_model_between_gets_both_ends() {
        let mut tree = app();
        add(&mut tree, &relation("Shop visitors hasMany Person --through Visit")).unwrap();
        assert_eq!(fields(&tree, "shop"), "    #[relation(through = Visit)]\n    pub visitors: HasMany<Person>,\n");
        let between = "    pub shop: Option<BelongsTo<Shop>>,\n    pub person: Option<BelongsTo<Person>>,\n";
        assert_eq!(fields(&tree, "visit"), between);
        let head = "use crate::models::Person;\nuse crate::models::Visit;\nuse loopback::prelude::*;\n";
        assert!(tree.get("src/models/shop.rs").unwrap().starts_with(head));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (text, hint) in [
            ("Shop id hasMany Review", "has a property `id` already"),
            ("Shop reviews hasMany Reviw", "did you mean `Review`?"),
            ("Shp reviews hasMany Review", "did you mean `Shop`?"),
            ("Shop users hasMany User", "is a model of the framework"),
            ("Review shop belongsTo Shop --through Visit", "`--through` goes with"),
            ("Shop r hasMany Review --required", "`--required` goes with"),
            ("Shop r embedsOne Review --foreign-key x", "`--foreign-key` goes with"),
            ("Shop r HasMany Review", "no relation of the kind `HasMany`; allowed: belongsTo"),
            ("Shop r hasMany Review --through Nothing", "there is no model `Nothing`"),
        ] {
            let message = add(&mut app(), &relation(text)).unwrap_err().to_string();
            assert!(message.contains(hint), "{text}: {message}");
        }
    }
}
