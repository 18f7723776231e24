//! What is wrong with relations is said at start, all at once, with file and line.
//!
//! The definitions are made by hand: the macros let none of this pass.

use loopback::graph::{Graph, GraphDefaults};
use loopback::meta::{
    Location, ModelDef, ModelRef, OnDelete, PropertyDef, RelationDef, RelationKindDef as Kind, SettingsDef, ThroughDef,
};

const ID: PropertyDef = PropertyDef { id: true, generated: true, line: 2, ..PropertyDef::of::<i64>("id", "id", "id") };
const NAME: PropertyDef = PropertyDef::of::<Option<String>>("name", "name", "name");
const TEXT_KEY: PropertyDef = PropertyDef::of::<Option<String>>("plainId", "plain", "plain_id");
const KEY: PropertyDef = PropertyDef::of::<i64>("plainId", "plain", "plain_id");
const SECOND_KEY: PropertyDef = PropertyDef::of::<i64>("otherId", "other", "other_id");

const fn model(name: &'static str, properties: &'static [PropertyDef], relations: &'static [RelationDef]) -> ModelDef {
    ModelDef {
        name,
        doc: "",
        base: None,
        table: None,
        plural: None,
        http_path: None,
        properties,
        relations,
        acls: &[],
        settings: SettingsDef::DEFAULT,
        location: Location { file: "src/models.rs", line: 1 },
    }
}

const fn relation(name: &'static str, kind: Kind, target: fn() -> &'static ModelDef) -> RelationDef {
    RelationDef {
        name,
        field: name,
        doc: "",
        kind,
        target: Some(ModelRef::Type(target)),
        property: None,
        foreign_key: None,
        primary_key: None,
        through: None,
        key_through: None,
        polymorphic: None,
        scope: None,
        properties: &[],
        disable_include: false,
        nest: false,
        constraint: None,
        on_delete: OnDelete::Restrict,
        validate: true,
        relation_acl: None,
        by_name: false,
        line: 7,
    }
}

/// A model without relations.
static PLAIN: ModelDef = model("Plain", &[ID, NAME], &[]);
/// A model with one way to `Plain`.
static LEAF: ModelDef =
    model("Leaf", &[ID, KEY], &[RelationDef { property: Some(1), ..relation("plain", Kind::BelongsTo, || &PLAIN) }]);
/// A model with two ways to `Plain`.
static BOTH: ModelDef = model(
    "Both",
    &[ID, KEY, SECOND_KEY],
    &[
        RelationDef { property: Some(1), ..relation("plain", Kind::BelongsTo, || &PLAIN) },
        RelationDef { property: Some(2), ..relation("other", Kind::BelongsTo, || &PLAIN) },
    ],
);
static TRANSIENT: ModelDef =
    ModelDef { settings: SettingsDef { transient: true, ..SettingsDef::DEFAULT }, ..model("Inner", &[NAME], &[]) };
static ELSEWHERE: ModelDef = ModelDef {
    settings: SettingsDef { data_source: Some("other"), ..SettingsDef::DEFAULT },
    ..model("Far", &[ID], &[])
};

fn faults(defs: &[&'static ModelDef]) -> Vec<String> {
    let defaults = GraphDefaults { data_sources: vec!["db".into(), "other".into()], ..GraphDefaults::default() };
    match Graph::build(defs, &defaults) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.0.into_iter().map(|fault| format!("{} {}", fault.location, fault.message)).collect(),
    }
}

/// A definition that is kept, as those of macros are.
fn kept(name: &'static str, properties: &[PropertyDef], relations: &[RelationDef]) -> &'static ModelDef {
    Box::leak(Box::new(model(name, properties.to_vec().leak(), relations.to_vec().leak())))
}

/// The one fault of a model with these relations.
fn fault_of(properties: &[PropertyDef], relations: &[RelationDef], others: &[&'static ModelDef]) -> String {
    let mut defs = vec![kept("Root", &[&[ID], properties].concat(), relations)];
    defs.extend(others);
    let faults = faults(&defs);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.into_iter().next().unwrap()
}

/// The same, of one relation; without the place, which is that of its field.
fn fault(properties: &[PropertyDef], relation: RelationDef, others: &[&'static ModelDef]) -> String {
    let fault = fault_of(properties, &[relation], others);
    let at = format!("src/models.rs:7 Root.{}: ", relation.name);
    fault.strip_prefix(&at).unwrap_or_else(|| panic!("{fault}")).to_owned()
}

#[test]
fn the_models_of_these_cases_are_well() {
    let found = faults(&[&PLAIN, &LEAF, &BOTH, &ELSEWHERE, &TRANSIENT]);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn models_that_are_not_there() {
    let gone = RelationDef { property: Some(1), ..relation("plain", Kind::BelongsTo, || &PLAIN) };
    assert_eq!(fault(&[KEY], gone, &[]), "leads to the model Plain, which is not part of this app");
    let gone = RelationDef {
        through: Some(ThroughDef::Model(ModelRef::Type(|| &LEAF))),
        ..relation("plains", Kind::HasMany, || &PLAIN)
    };
    assert_eq!(fault(&[], gone, &[&PLAIN]), "goes through Leaf, which is not part of this app");
    let gone = RelationDef { kind: Kind::HasAndBelongsToMany, ..gone };
    assert_eq!(fault(&[], gone, &[&PLAIN]), "goes through Leaf, which is not part of this app");
    let made = RelationDef { through: Some(ThroughDef::Made("Link")), ..relation("plains", Kind::HasMany, || &PLAIN) };
    assert_eq!(fault(&[], made, &[&PLAIN]), "goes through \"Link\", which is no model");
}

#[test]
fn what_can_only_be_embedded() {
    let to = relation("inners", Kind::HasMany, || &TRANSIENT);
    assert_eq!(fault(&[], to, &[&TRANSIENT]), "leads to Inner, which has no table: it can only be embedded");
    let list = PropertyDef::of::<Vec<serde_json::Value>>("_inners", "inners", "inners");
    let many = RelationDef { property: Some(1), ..relation("inners", Kind::EmbedsMany, || &TRANSIENT) };
    assert_eq!(
        fault(&[list], many, &[&TRANSIENT]),
        "embeds many Inner, which has no id to tell them apart: add one, `#[property(id, generated)] id: String`"
    );
}

#[test]
fn keys_of_another_type() {
    let to = RelationDef { property: Some(1), ..relation("plain", Kind::BelongsTo, || &PLAIN) };
    let message = fault(&[TEXT_KEY], to, &[&PLAIN]);
    assert!(message.starts_with("the key Root.plainId is ") && message.contains(", Plain.id is "), "{message}");
    let list = PropertyDef::of::<Vec<String>>("plainIds", "plains", "plain_ids");
    let many = RelationDef { property: Some(1), ..relation("plains", Kind::ReferencesMany, || &PLAIN) };
    assert_eq!(fault(&[list], many, &[&PLAIN]), "keeps Plain of another type");
}

#[test]
fn fields_that_are_not_there() {
    let to =
        RelationDef { property: Some(1), primary_key: Some("nam"), ..relation("plain", Kind::BelongsTo, || &PLAIN) };
    let message = fault(&[KEY], to, &[&PLAIN]);
    assert!(
        message.starts_with("names the field `nam`, which Plain does not have") && message.contains("`name`"),
        "{message}"
    );
    static BACK: ModelDef =
        model("Back", &[ID, KEY], &[RelationDef { property: Some(1), ..relation("root", Kind::BelongsTo, || &ROOT) }]);
    static ROOT: ModelDef = model("Root", &[ID], &[]);
    let many = RelationDef { properties: &[("nonsense", "plain")], ..relation("backs", Kind::HasMany, || &BACK) };
    assert_eq!(fault(&[], many, &[&BACK]), "names the field `nonsense`, which Root does not have");
    let many = RelationDef { properties: &[("id", "nonsense")], ..relation("backs", Kind::HasMany, || &BACK) };
    assert_eq!(fault(&[], many, &[&BACK]), "names the field `nonsense`, which Back does not have");
    let many = RelationDef { primary_key: Some("nonsense"), ..relation("backs", Kind::HasOne, || &BACK) };
    assert_eq!(fault(&[], many, &[&BACK]), "names the field `nonsense`, which Root does not have");
    let many = RelationDef { foreign_key: Some("plain"), ..relation("backs", Kind::HasMany, || &BACK) };
    assert_eq!(fault(&[], many, &[&BACK]), "names the field `plain`, which is no BelongsTo<Root> of Back");
    let many = RelationDef { polymorphic: Some("root"), ..relation("backs", Kind::HasMany, || &BACK) };
    assert_eq!(fault(&[], many, &[&BACK]), "names the field `root`, which is no BelongsToAny of Back");
}

#[test]
fn ways_back() {
    let many = relation("plains", Kind::HasMany, || &PLAIN);
    assert_eq!(fault(&[], many, &[&PLAIN]), "Plain has no BelongsTo<Root>");
    static TWICE: ModelDef = model(
        "Twice",
        &[ID, KEY, SECOND_KEY],
        &[
            RelationDef { property: Some(1), ..relation("plain", Kind::BelongsTo, || &ROOT) },
            RelationDef { property: Some(2), ..relation("other", Kind::BelongsTo, || &ROOT) },
        ],
    );
    static ROOT: ModelDef = model("Root", &[ID], &[]);
    let many = relation("twices", Kind::HasMany, || &TWICE);
    assert_eq!(
        fault(&[], many, &[&TWICE]),
        "Twice has several fields BelongsTo<Root>: say which with `foreign_key = plain` or `other`"
    );
    // Through a model: there and on.
    let through = RelationDef {
        through: Some(ThroughDef::Model(ModelRef::Type(|| &LEAF))),
        ..relation("plains", Kind::HasMany, || &PLAIN)
    };
    assert_eq!(fault(&[], through, &[&PLAIN, &LEAF]), "Leaf has no BelongsTo<Root>");
    let through = RelationDef {
        through: Some(ThroughDef::Model(ModelRef::Type(|| &TWICE))),
        foreign_key: Some("plain"),
        ..relation("plains", Kind::HasMany, || &PLAIN)
    };
    assert_eq!(fault(&[], through, &[&PLAIN, &TWICE]), "Twice has no BelongsTo<Plain>");
    let itself = RelationDef {
        through: Some(ThroughDef::Model(ModelRef::Type(|| &TWICE))),
        ..relation("roots", Kind::HasMany, || &ROOT)
    };
    let itself = RelationDef { foreign_key: Some("plain"), key_through: Some("plain"), ..itself };
    assert_eq!(
        fault(&[], itself, &[&TWICE]),
        "goes through Twice by one field in both directions: name two with `foreign_key` and `key_through`"
    );
    static ONCE: ModelDef =
        model("Once", &[ID, KEY], &[RelationDef { property: Some(1), ..relation("plain", Kind::BelongsTo, || &ROOT) }]);
    let itself = RelationDef {
        through: Some(ThroughDef::Model(ModelRef::Type(|| &ONCE))),
        ..relation("roots", Kind::HasMany, || &ROOT)
    };
    assert_eq!(fault(&[], itself, &[&ONCE]), "say with `key_through` which field of Once leads to the other end");
}

#[test]
fn data_sources_that_would_be_crossed() {
    let link = relation("fars", Kind::HasAndBelongsToMany, || &ELSEWHERE);
    assert_eq!(
        fault(&[], link, &[&ELSEWHERE]),
        "Root is served from the data source `db`, Far from `other`: a relation through a table cannot cross"
    );
    let through = RelationDef {
        through: Some(ThroughDef::Model(ModelRef::Type(|| &LEAF))),
        ..relation("fars", Kind::HasMany, || &ELSEWHERE)
    };
    assert_eq!(
        fault(&[], through, &[&ELSEWHERE, &LEAF, &PLAIN]),
        "Root is served from the data source `db`, Far from `other`: a relation through another model cannot cross"
    );
}

#[test]
fn tables_between() {
    let own = RelationDef {
        through: Some(ThroughDef::Made("Leaf")),
        ..relation("plains", Kind::HasAndBelongsToMany, || &PLAIN)
    };
    assert_eq!(
        fault(&[], own, &[&PLAIN, &LEAF]),
        "goes through \"Leaf\", which is a model of yours: write `through = Leaf`"
    );
    let link = |name, target| RelationDef {
        through: Some(ThroughDef::Made("Link")),
        ..relation(name, Kind::HasAndBelongsToMany, target)
    };
    let message = fault_of(&[], &[link("plains", || &PLAIN), link("leaves", || &LEAF)], &[&PLAIN, &LEAF]);
    assert_eq!(message, "src/models.rs:7 Root.leaves: goes through \"Link\", which links two other models");
}

#[test]
fn names_that_clash() {
    let to = |name| RelationDef { property: Some(1), ..relation(name, Kind::BelongsTo, || &PLAIN) };
    for (name, message) in [
        ("id", "a property has the same JSON name"),
        ("plainId", "a property has the same JSON name"),
        ("and", "that is a word of the filter language"),
        ("or", "that is a word of the filter language"),
        ("nor", "that is a word of the filter language"),
    ] {
        assert_eq!(fault(&[KEY], to(name), &[&PLAIN]), message);
    }
    let message = fault_of(&[KEY], &[to("plain"), to("plain")], &[&PLAIN]);
    assert_eq!(message, "src/models.rs:7 Root.plain: another relation has the same name");
}

#[test]
fn what_becomes_of_a_required_key() {
    let to = RelationDef {
        property: Some(1),
        on_delete: OnDelete::SetNull,
        ..relation("plain", Kind::BelongsTo, || &PLAIN)
    };
    assert_eq!(fault(&[KEY], to, &[&PLAIN]), "`on_delete = set_null` needs an `Option<BelongsTo<Plain>>`");
}

#[test]
fn all_faults_come_at_once() {
    let wrong = [
        RelationDef { line: 9, ..relation("plains", Kind::HasMany, || &PLAIN) },
        RelationDef { line: 11, ..relation("inners", Kind::HasMany, || &TRANSIENT) },
    ];
    let other = kept("Other", &[ID], &[RelationDef { line: 3, ..relation("plains", Kind::HasOne, || &PLAIN) }]);
    let found = faults(&[kept("Root", &[ID], &wrong), other, &PLAIN, &TRANSIENT]);
    assert_eq!(
        found,
        [
            "src/models.rs:3 Other.plains: Plain has no BelongsTo<Other>",
            "src/models.rs:9 Root.plains: Plain has no BelongsTo<Root>",
            "src/models.rs:11 Root.inners: leads to Inner, which has no table: it can only be embedded",
        ]
    );
}
