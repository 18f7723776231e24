//! Definitions to graphs, and what is wrong with definitions.

use super::{Source, definitions};
use crate::graph::{Definitions, Graph, GraphDefaults, Kind, RelationKind};
use serde_json::{Value as Json, json};

fn sources(list: impl IntoIterator<Item = Json>) -> Vec<Source> {
    let source = |(at, json)| Source::new(json, format!("models/{at}.json:3"));
    list.into_iter().enumerate().map(source).collect()
}

fn graph(list: impl IntoIterator<Item = Json>) -> Graph {
    let models = definitions(&sources(list), &crate::models::extendable(), &crate::models::extendable())
        .expect("definitions without faults");
    Graph::build_with(&Definitions { models, ..Definitions::default() }, &GraphDefaults::default()).expect("a graph")
}

fn faults(list: impl IntoIterator<Item = Json>) -> Vec<String> {
    let faults =
        definitions(&sources(list), &crate::models::extendable(), &crate::models::extendable()).expect_err("faults");
    faults.into_iter().map(|fault| format!("{} {}", fault.location, fault.message)).collect()
}

#[test]
fn types_are_loopbacks() {
    let graph = graph([json!({
        "name": "All",
        "properties": {
            "s": "string", "n": { "type": "Number" }, "i": "integer", "b": "boolean", "d": "date", "o": "object", "x": "any",
            "l": ["string"], "ll": { "type": [["number"]] }, "g": "GeoPoint", "u": "buffer", "a": "array",
            "nested": { "type": { "w": "number", "deep": { "type": ["date"] } } }
        }
    })]);
    let model = graph.model("All").expect("a model");
    let kind = |name: &str| model.properties[model.property(name).expect(name)].kind.describe();
    let found: Vec<String> =
        ["s", "n", "i", "b", "d", "o", "l", "ll", "g", "u", "a", "nested"].iter().map(|name| kind(name)).collect();
    let wanted = [
        "a string",
        "a number",
        "an integer",
        "a boolean",
        "a date",
        "any JSON",
        "an array",
        "an array",
        "a geo point",
        "base64 text",
        "an array",
        "an object of the type object",
    ];
    assert_eq!(found, wanted);
    assert!(matches!(model.id_property().kind, Kind::Integer { .. }) && model.id_property().generated);
}

#[test]
fn what_has_no_effect_is_told_with_its_place() {
    let source = Source {
        places: std::sync::Arc::new(
            [("properties.price.postgresql.dataType", "note.json:7"), ("options.mixins.SoftDelete", "note.json:12")]
                .map(|(path, at)| (path.to_owned(), at.to_owned()))
                .into(),
        ),
        ..Source::new(
            json!({
                "name": "Note",
                "options": { "mixins": { "SoftDelete": true, "Off": false, "Audit": { "days": 1 } } },
                "trackChanges": true,
                "updateOnly": false,
                "mysql": { "table": "notes", "schema": "shop" },
                "properties": {
                    "title": { "type": "string", "postgresql": { "columnName": "the_title", "dataLength": 20 } },
                    "price": { "type": "number", "mysql": { "columnName": "x" },
                               "postgresql": { "columnName": "cost", "dataType": "numeric", "nullable": "NO", "dataPrecision": 5 } },
                    "kind": { "type": "string", "columnName": "sort" }
                }
            }),
            "note.json:1",
        )
    };
    let lines = super::ignored(&source);
    for line in [
        "note.json:12: `Note.mixins.SoftDelete`: does nothing: mixins are JavaScript, which is not run; `#[model(mixins(SoftDelete))]`",
        "note.json:1: `Note.mixins.Audit`: does nothing",
        "note.json:1: `Note.trackChanges`: has no effect",
        "note.json:1: `Note.mysql.schema`: has no effect: the schema is that of the data source",
        "note.json:7: `Note.properties.price.postgresql.dataType`: has no effect: the column's type is that of the property's `type`, found \"numeric\"",
        "note.json:1: `Note.properties.price.postgresql.nullable`: has no effect: `required` says",
        "note.json:1: `Note.properties.price.postgresql.dataPrecision`: has no effect: it is for a property of the type `decimal`",
        "note.json:1: `Note.properties.price.mysql`: has no effect: the settings of `postgresql` count",
        "note.json:1: `Note.properties.kind.columnName`: has no effect here: write it as `\"postgresql\": {\"columnName\": ..}`",
    ] {
        assert!(lines.iter().any(|found| found.starts_with(line)), "{line}\n{lines:#?}");
    }
    assert_eq!(lines.len(), 9, "{lines:#?}");
}

#[test]
fn columns_are_named_as_a_connector_says() {
    let graph = graph([json!({
        "name": "Note",
        "properties": {
            "title": { "type": "string", "mysql": { "columnName": "the_title" } },
            "text": { "type": "string", "sqlite3": { "column": "body" } },
            "openedAt": "date"
        }
    })]);
    let model = graph.model("Note").expect("a model");
    let column = |name: &str| &*model.properties[model.property(name).expect(name)].column;
    assert_eq!(["title", "text", "openedAt"].map(column), ["the_title", "body", "opened_at"]);
    let empty =
        json!({ "name": "Note", "properties": { "title": { "type": "string", "mysql": { "columnName": "" } } } });
    assert_eq!(faults([empty]), ["models/0.json:3 Note.properties.title.mysql.columnName: must not be empty"]);
}

#[test]
fn relations_put_their_keys_on_models() {
    let graph = graph([
        json!({ "name": "Country", "properties": { "code": { "type": "string", "id": true } },
                "relations": { "cities": { "type": "hasMany", "model": "City", "foreignKey": "countryCode" },
                               "photos": { "type": "hasMany", "model": "Photo", "polymorphic": "subject" } } }),
        json!({ "name": "City", "properties": { "name": "string" } }),
        json!({ "name": "Photo", "relations": { "subject": { "type": "belongsTo", "polymorphic": true } } }),
        json!({ "name": "Visit", "relations": { "guest": { "type": "belongsTo", "model": "Guest", "foreignKey": "who" },
                                                "city": { "type": "belongsTo", "model": "City" } } }),
        json!({ "name": "Guest", "relations": { "cities": { "type": "hasMany", "model": "City", "through": "Visit" },
                                                "homes": { "type": "referencesMany", "model": "Country" } } }),
    ]);
    let city = graph.model("City").expect("City");
    // Without a `belongsTo` there is no way back, but there is the key, of the kind of the id that it refers to.
    assert_eq!(city.relation("country"), None);
    assert_eq!(city.properties[city.property("countryCode").expect("the key")].kind, Kind::String);
    let photo = graph.model("Photo").expect("Photo");
    assert_eq!(photo.properties[photo.property("subjectId").expect("the key")].kind, Kind::String);
    assert_eq!(photo.property("subjectType"), photo.property("subjectId").map(|at| at + 1));
    let guest = graph.model("Guest").expect("Guest");
    let cities = &guest.relations[guest.relation("cities").expect("cities")];
    let visit = graph.model("Visit").expect("Visit");
    let through = cities.through.as_ref().expect("a model between");
    assert_eq!((Some(through.from), Some(through.to)), (visit.property("who"), visit.property("cityId")));
    let homes = &guest.relations[guest.relation("homes").expect("homes")];
    assert_eq!((homes.kind, Some(homes.from)), (RelationKind::ReferencesMany, guest.property("countryIds")));
}

#[test]
fn equal_definitions_are_made_once() {
    let book = || sources([json!({ "name": "Once", "properties": { "title": "string" } })]);
    let first = definitions(&book(), &[], &[]).expect("a model");
    let second = definitions(&book(), &[], &[]).expect("a model");
    assert!(std::ptr::eq(first[0], second[0]));
}

#[test]
fn every_fault_is_told_with_its_place() {
    let found = faults([
        json!({
            "name": "Product",
            "base": "PersistedModle",
        }),
        json!({
            "name": "Order",
            "properties": { "n": "nubmer", "a.b": "string", "when": { "type": "date", "defaultFn": "today", "requierd": true } },
            "hidden": ["secert"],
            "protected": "n",
            "strict": "thow",
            "aclErrorStatus": 418,
            "validations": [["lenght", "n", {}], ["format", "n", {}], ["presence", "m"], 7],
            "relations": { "who": { "type": "belongsTo" }, "items": { "type": "hasmany", "model": "Item", "options": { "onDelete": "x" } } },
            "acls": [{ "permission": "ALOW", "principalId": "$everyone" }, { "permission": "DENY", "principalId": "$onwer" }, 1],
            "scopes": 3,
            "relatoins": {}
        }),
        json!([]),
        json!({ "name": "1" }),
    ]);
    let told = found.join("\n");
    for part in [
        "models/0.json:3 Product.base: there is no model `PersistedModle` to extend; did you mean `PersistedModel`?",
        "Order.properties.n.type: there is no type `nubmer`; did you mean `number`?",
        "a property's name is not empty",
        "Order.properties.when.defaultFn: is `now`",
        "Order.properties.when.requierd: is no key of a definition; did you mean `required`?",
        "Order.hidden: there is no property \"secert\"",
        "Order.strict: must be",
        "Order.aclErrorStatus: is 401, 403 or 404, found 418",
        "there is no validation `lenght`; did you mean `length`?",
        "a format has a regular expression",
        "there is no property `m`",
        "Order.validations[3]: must be",
        "Order.relations.who.model: a relation names the model that it leads to",
        "Order.relations.items.options.onDelete",
        "Order.acls[0].permission: is ALLOW",
        "there is no role `$onwer`; did you mean `$owner`?",
        "Order.acls[2]: must be an object",
        "Order.scopes: must be an object, found 3",
        "Order.relatoins: is no key of a definition; did you mean `relations`?",
        "models/2.json:3 the definition of a model is an object",
        "models/3.json:3 a model has a `name`",
    ] {
        assert!(told.contains(part), "{part}\nis not in\n{told}");
    }
}

#[test]
fn models_do_not_extend_each_other_in_circles() {
    let found = faults([json!({ "name": "A", "base": "B" }), json!({ "name": "B", "base": "A" })]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("in a circle"), "{found:?}");
}

/// Everything that LoopBack leaves alone, or means otherwise than it looks.
#[test]
fn definitions_of_loopback_apps_are_taken() {
    let graph = graph([
        json!({
            "name": "Old",
            "description": ["two", "lines"],
            "plural": "",
            "properties": { "id": { "type": "number" }, "code": { "type": "string", "index": { "unique": true } },
                            "day": "DateString", "name": { "type": "string", "length": "255", "mysql": { "dataLength": "max" } } },
            "validations": [], "relations": [], "acls": {}, "methods": [], "scopes": [], "indexes": [],
            "maxLength": 3, "title": "x", "order": 1, "acl": []
        }),
        json!({ "name": "Tree", "properties": { "kids": ["Tree"] } }),
    ]);
    let old = graph.model("Old").expect("Old");
    assert_eq!((&*old.doc, &*old.plural, old.id_property().generated), ("two lines", "Olds", false));
    assert!(old.indexes.iter().any(|index| index.unique && index.properties == [old.property("code").expect("code")]));
    let tree = graph.model("Tree").expect("Tree");
    assert_eq!(tree.properties[tree.property("kids").expect("kids")].kind.describe(), "an array");
}

#[test]
fn options_go_before_the_top() {
    let graph = graph([json!({
        "name": "Guarded",
        "properties": { "s": "string", "t": "string" },
        "acls": [{ "principalId": "$everyone", "permission": "ALLOW" }],
        "hiddenProperties": ["t"],
        "options": { "acls": [{ "principalId": "$everyone", "permission": "DENY" }], "hidden": ["s"] }
    })]);
    let model = graph.model("Guarded").expect("a model");
    assert_eq!(model.access.rules.len(), 1);
    assert!(!model.access.rules[0].permission.allows());
    assert!(model.properties[model.property("s").expect("s")].hidden);
    // Both names say what is hidden.
    assert!(model.properties[model.property("t").expect("t")].hidden);
}

#[test]
fn what_a_base_hides_and_asks_for_holds_on() {
    let graph = graph([
        json!({ "name": "Base", "properties": { "secret": "string", "name": "string", "gone": "string" }, "hidden": ["secret"],
                "validations": [["length", "name", { "min": 3 }]] }),
        json!({ "name": "Heir", "base": "Base",
                "properties": { "secret": { "type": "string", "required": true }, "name": "string", "gone": null } }),
    ]);
    let heir = graph.model("Heir").expect("Heir");
    let of = |name: &str| &heir.properties[heir.property(name).expect(name)];
    assert!(of("secret").hidden && of("secret").required);
    assert_eq!(of("name").validations.len(), 1);
    assert_eq!(heir.property("gone"), None);
}

#[test]
fn shared_methods_are_names_and_patterns() {
    let graph = graph([json!({
        "name": "Shut",
        "relations": { "parts": { "type": "hasMany", "model": "Shut", "foreignKey": "wholeId" } },
        "options": { "remoting": { "sharedMethods": { "*": false, "find": true, "prototype.__get__parts": true, "nope": true } } }
    })]);
    let model = graph.model("Shut").expect("a model");
    let mut names: Vec<&str> = model.methods.iter().map(|method| &*method.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["find", "prototype.__get__parts"]);
}

#[test]
fn hidden_properties_of_a_type_are_hidden_in_it() {
    let graph = graph([
        json!({ "name": "Place", "base": "Model", "properties": { "deep": "string" }, "hidden": ["deep"] }),
        json!({ "name": "Address", "base": "Place", "properties": { "street": "string", "note": "string" }, "protected": ["note"] }),
        json!({ "name": "Guest", "properties": { "address": "Address" } }),
    ]);
    let guest = graph.model("Guest").expect("Guest");
    let Kind::Object(object) = &guest.properties[guest.property("address").expect("address")].kind else {
        unreachable!()
    };
    let mut hidden: Vec<&str> = object.fields.iter().filter(|field| field.hidden).map(|field| &*field.name).collect();
    hidden.sort_unstable();
    assert_eq!((hidden, object.fields.len()), (vec!["deep", "note"], 3));
}

#[test]
fn hostile_definitions_are_faults_and_no_more() {
    let circle = faults([
        json!({ "name": "A", "base": "B", "relations": { "xs": { "type": "hasMany", "model": "X" } } }),
        json!({ "name": "B", "base": "A" }),
        json!({ "name": "X" }),
    ]);
    assert!(circle[0].contains("in a circle"), "{circle:?}");
    let itself = faults([
        json!({ "name": "User", "base": "User", "relations": { "xs": { "type": "hasMany", "model": "X" } } }),
        json!({ "name": "X" }),
    ]);
    assert!(itself[0].contains("a model of the framework's"), "{itself:?}");
    // Each of them has the next nine times.
    let wide = (0..8).map(|n| {
        let properties: serde_json::Map<_, _> = (0..9)
            .map(|p| (format!("p{p}"), if n == 7 { "string".into() } else { format!("T{}", n + 1).into() }))
            .collect();
        json!({ "name": format!("T{n}"), "base": "Model", "properties": properties })
    });
    let told = faults(wide);
    assert!(told[0].contains("more than 2000 fields"), "{told:?}");
    let id = faults([
        json!({ "name": "P", "relations": { "tags": { "type": "referencesMany", "model": "P", "foreignKey": "id" } }, "properties": { "id": "number" } }),
    ]);
    assert!(id[0].contains("which is the id"), "{id:?}");
    let key = faults([
        json!({ "name": "K", "properties": { "ofId": "string" }, "relations": { "of": { "type": "belongsTo", "model": "K" } } }),
    ]);
    assert!(key[0].contains("is a string, and what the relation refers to is an integer"), "{key:?}");
}
