//! Foreign keys as relations between models that are still to be written. Pure.

use super::draft::{Back, Draft, Field, Link, Referred, Through};
use super::names::stem;
use crate::connector::sql::schema::discover::{Found, FoundDefault, FoundKey, FoundTable};
use crate::graph::{Kind, ModelNode, pluralize, snake_case};
use crate::meta::OnDelete;
use std::sync::Arc;

/// Makes the foreign keys of the tables relations, with both ends. `app` are the models that the app has of other tables.
pub(super) fn relate(found: &Found, drafts: &mut [Draft], app: &[Arc<ModelNode>], warnings: &mut Vec<String>) {
    let mut links = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        let Some(table) = found.table(&draft.table) else { continue };
        for key in &table.foreign_keys {
            links.push((at, key, link(found, drafts, app, draft, table, key)));
        }
    }
    for (at, key, link) in links {
        let draft = &mut drafts[at];
        let columns: Vec<&str> = key.columns.iter().map(|(own, _)| own.as_str()).collect();
        let Some(field) = columns.first().and_then(|own| draft.field(found, own)) else { continue };
        let field = &mut draft.fields[field];
        match link {
            Ok((link, kind)) if field.link.is_none() => {
                field.kind = kind;
                if let FoundDefault::Literal(value) = &field.default {
                    field.notes.push(format!("default of the column: {value}"));
                }
                field.default = FoundDefault::None;
                field.link = Some(link);
            }
            Ok(_) => field.notes.push(format!("refers to `{}` as well: a key has one relation", key.target)),
            Err(why) => field.notes.push(format!("refers to `{}`: {why}", key.target)),
        }
    }
    drafts.iter_mut().for_each(Draft::name_fields);
    for draft in drafts.iter_mut() {
        name_links(draft, warnings);
    }
    refer(drafts);
    for at in 0..drafts.len() {
        backs(drafts, at);
    }
    for at in 0..drafts.len() {
        between(drafts, at);
    }
}

/// The relation of a foreign key, and the kind that its property has then; an error says why there is none.
fn link(
    found: &Found,
    drafts: &[Draft],
    app: &[Arc<ModelNode>],
    draft: &Draft,
    table: &FoundTable,
    key: &FoundKey,
) -> Result<(Link, Kind), String> {
    let [(own, other)] = key.columns.as_slice() else {
        return Err(format!("a relation has one key, this foreign key has {} columns", key.columns.len()));
    };
    let Some(column) = table.columns.iter().find(|column| found.same_column(&column.name, own)) else {
        return Err("the column is left out".to_owned());
    };
    let field = draft.field(found, own).map(|at| &draft.fields[at]);
    if field.is_some_and(|field| field.id) {
        return Err("the id cannot be a relation".to_owned());
    }
    let (model, to, kind) = target(found, drafts, app, &key.target, other)?;
    if !column.holds(&kind) {
        return Err(format!("the column is `{}`, and what it refers to is {}", column.full_type, kind.describe()));
    }
    let nullable = field.is_some_and(|field| field.nullable);
    let (on_delete, unsaid) = match key.on_delete.as_str() {
        "CASCADE" => (OnDelete::Cascade, None),
        "SET NULL" if nullable => (OnDelete::SetNull, None),
        "RESTRICT" => (OnDelete::Restrict, None),
        other => (OnDelete::Restrict, Some(other.to_owned())),
    };
    let finds = |columns: &[String]| columns.first().is_some_and(|first| found.same_column(first, own));
    let slow = !table.indexes.iter().any(|index| finds(&index.columns));
    Ok((Link { json: String::new(), model, to, on_delete, unsaid, slow }, kind))
}

/// The model that a foreign key leads to, the property unless that is the id, and its kind.
fn target(
    found: &Found,
    drafts: &[Draft],
    app: &[Arc<ModelNode>],
    table: &str,
    column: &str,
) -> Result<(String, Option<Referred>, Kind), String> {
    if let Some(draft) = drafts.iter().find(|draft| found.same_table(&draft.table, table)) {
        let Some(field) = draft.field(found, column).map(|at| &draft.fields[at]) else {
            return Err(format!("`{}` has no property of the column `{column}`", draft.name));
        };
        let to = (!field.id).then(|| Referred {
            column: field.column.clone(),
            field: String::new(),
            json: String::new(),
            nullable: field.nullable,
        });
        if to.is_some() && !field.unique {
            return Err(format!("`{}.{column}` is not unique", draft.name));
        }
        return Ok((draft.name.clone(), to, field.kind.clone()));
    }
    if let Some(model) = app.iter().find(|model| found.same_table(&model.table, table)) {
        let id = model.id_property();
        if !found.same_column(&id.column, column) {
            return Err(format!("the id of `{}` is another column", model.name));
        }
        return Ok((model.name.to_string(), None, id.kind.clone()));
    }
    Err("there is no model of that table".to_owned())
}

/// Names the relations of a model's keys, and the keys.
fn name_links(draft: &mut Draft, warnings: &mut Vec<String>) {
    let Draft { table, name: model, fields, names, .. } = draft;
    for field in fields {
        let Some(link) = &mut field.link else { continue };
        let stem = stem(&field.column, field.at);
        let (row, target) = (format!("{stem}_row"), snake_case(&link.model));
        let wanted: Vec<&str> = [&*stem, &*target, &*row].into_iter().collect();
        (field.name, link.json) = names.of_relation(&wanted);
        field.json = names.of_key(&field.name, &field.column, field.at);
        if let Some(action) = &link.unsaid {
            field.notes.push(format!("the foreign key is ON DELETE {action}, which no relation can say"));
        }
        if link.slow {
            field.notes.push("the column has no index: `migrate apply` adds one".to_owned());
            warnings.push(format!(
                "table `{table}`: the foreign key `{}` has no index; `{model}.{}` needs one, which `migrate apply` adds",
                field.column, link.json
            ));
        }
    }
}

/// Names the properties that keys refer to, which have their names by now.
fn refer(drafts: &mut [Draft]) {
    let named: Vec<(String, String, String, String)> = drafts
        .iter()
        .flat_map(|draft| draft.fields.iter().map(|field| (draft.name.clone(), field)))
        .map(|(model, field)| (model, field.column.clone(), field.name.clone(), field.json.clone()))
        .collect();
    let links = drafts.iter_mut().flat_map(|draft| &mut draft.fields).filter_map(|field| field.link.as_mut());
    for link in links {
        let Some(to) = &mut link.to else { continue };
        let found = named.iter().find(|(model, column, ..)| *model == link.model && *column == to.column);
        if let Some((_, _, field, json)) = found {
            (to.field, to.json) = (field.clone(), json.clone());
        }
    }
}

/// The other ends of the keys of a model.
fn backs(drafts: &mut [Draft], at: usize) {
    let source = drafts[at].name.clone();
    for field in 0..drafts[at].fields.len() {
        let of = |field: &Field| field.link.as_ref().map(|link| link.model.clone());
        let Some(model) = of(&drafts[at].fields[field]) else { continue };
        let Some(target) = drafts.iter().position(|draft| draft.name == model) else { continue };
        let several = drafts[at].fields.iter().filter(|other| of(other).as_ref() == Some(&model)).count() > 1;
        let own = &drafts[at].fields[field];
        let (relation, key, one) = (own.name.clone(), own.json.clone(), own.unique);
        let primary_key = own.link.as_ref().and_then(|link| Some(link.to.as_ref()?.json.clone()));
        let name = snake_case(&source);
        let name = if one { name } else { pluralize(&name) };
        let by = format!("{relation}_{name}");
        let wanted: &[&str] = if several { &[&by] } else { &[&name, &by] };
        let (field, json) = drafts[target].names.of_relation(wanted);
        let foreign_key = several.then_some(relation);
        let model = source.clone();
        drafts[target].backs.push(Back { field, json, model, one, foreign_key, key, primary_key, through: None });
    }
}

/// The model of a table that links two others and has nothing else: each of the two leads to the other.
fn between(drafts: &mut [Draft], at: usize) {
    let draft = &drafts[at];
    let links: Vec<&Field> = draft.fields.iter().filter(|field| !field.id).collect();
    let ends: Vec<(String, String)> = links
        .iter()
        .filter_map(|field| field.link.as_ref().filter(|link| link.to.is_none()).map(|link| (link, field)))
        .map(|(link, field)| (link.model.clone(), field.json.clone()))
        .collect();
    let ([first, second], 2) = (ends.as_slice(), links.len()) else { return };
    if first.0 == second.0 || draft.free {
        return;
    }
    let through = draft.name.clone();
    let position = |model: &str| drafts.iter().position(|draft| draft.name == model);
    let (Some(one), Some(other)) = (position(&first.0), position(&second.0)) else { return };
    let (first, second) = (first.clone(), second.clone());
    for (source, own, target) in [(one, &first, &second), (other, &second, &first)] {
        let plural = pluralize(&snake_case(&target.0));
        let by = format!("{plural}_by_{}", snake_case(&through));
        let (field, json) = drafts[source].names.of_relation(&[&plural, &by]);
        drafts[source].backs.push(Back {
            field,
            json,
            model: target.0.clone(),
            one: false,
            foreign_key: None,
            key: own.1.clone(),
            primary_key: None,
            through: Some(Through { model: through.clone(), key: target.1.clone() }),
        });
    }
}
