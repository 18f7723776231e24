//! Models that extend others: properties, relations and settings taken over; a table, routes and rows of their own.

mod faults;

use crate::models::*;
use loopback::graph::Graph;
use loopback::prelude::*;
use loopback::sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, ModelTrait, QueryFilter, QueryOrder};
use loopback_tests::cases;
use loopback_tests::http::Response;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

#[model]
pub struct Keeper {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    // The other end is a field of the base.
    pub dogs: HasMany<Dog>,
    #[relation(foreign_key = keeper)]
    pub puppies: HasMany<Puppy>,
    #[relation(polymorphic = found_by)]
    pub finds: HasMany<Puppy>,
}

#[model]
pub struct Photo {
    #[property(id, generated)]
    pub id: i64,
    pub url: String,
    pub subject: BelongsToAny,
}

#[model]
pub struct Skill {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

#[model(transient)]
pub struct Collar {
    pub color: String,
    #[property(hidden)]
    pub code: Option<String>,
}

fn named() -> Filter<Animal> {
    Animal::props().name.neq("nobody").into()
}

fn tame() -> Where<Animal> {
    Animal::props().tame.eq(true)
}

fn small() -> Where<Dog> {
    Dog::props().weight.lt(10.0)
}

#[model(
    public = false,
    table = "beasts",
    strict = "throw",
    max_limit = 3,
    default_scope = named,
    scopes(tame, big = tame),
    disable(deleteById),
    index(name, chip)
)]
pub struct Animal {
    #[property(id, generated)]
    pub id: i64,
    /// What it is called.
    #[property(length(min = 1, max = 10))]
    pub name: String,
    #[property(name = "chipNumber", hidden, unique)]
    pub chip: Option<String>,
    #[property(default = true)]
    pub tame: bool,
    #[property(default = now)]
    pub born_at: DateTime<Utc>,
    #[property(validate = heavy)]
    pub weight: Option<f64>,
    pub keeper: Option<BelongsTo<Keeper>>,
    pub found_by: Option<BelongsToAny>,
    pub collar: EmbedsOne<Collar>,
    pub friends: ReferencesMany<Keeper>,
    #[relation(polymorphic = subject)]
    pub photos: HasMany<Photo>,
    pub skills: HasAndBelongsToMany<Skill>,
}

fn heavy(weight: &Option<f64>) -> Result<(), &'static str> {
    if weight.is_some_and(|weight| weight <= 0.0) { Err("weighs nothing") } else { Ok(()) }
}

#[model(base = Animal, unique(name, breed), scopes(big = small), max_limit = 5)]
pub struct Dog {
    #[base]
    pub animal: Animal,
    #[property(length(min = 3, if = "tame"))]
    pub breed: String,
    #[property(uniqueness(scope(keeper)))]
    pub tag: Option<i32>,
}

/// A young dog.
#[model(base = Dog, strict = "ignore", plural = "Puppies")]
pub struct Puppy {
    pub weeks: u16,
    #[base]
    pub dog: Dog,
    #[relation(foreign_key = puppy)]
    pub toys: HasMany<Toy>,
    pub vet: Option<BelongsTo<Keeper>>,
}

#[model]
pub struct Toy {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub puppy: BelongsTo<Puppy>,
}

/// A base that is only a base.
#[model(transient)]
pub struct Named {
    #[property(length(min = 2))]
    pub title: String,
}

#[model(base = Named)]
pub struct Shelf {
    #[property(id)]
    pub number: i64,
    #[base]
    pub named: Named,
}

cases!(models![Keeper, Photo, Skill, Collar, Animal, Dog, Puppy, Toy, Named, Shelf];
    rows_are_flat_and_in_a_table_of_their_own
    typed_rows_are_made_changed_found_and_deleted
    every_route_works_on_inherited_properties
    filters_know_the_properties_of_all_levels
    validations_of_the_base_name_the_model
    uniqueness_is_of_each_model
    settings_are_taken_over_unless_the_model_says_otherwise
    relations_that_store_something_lead_from_the_model
    the_other_end_finds_the_rows_of_the_model
    polymorphic_relations_of_the_base_tell_the_models_apart
    linked_rows_have_a_table_of_links_for_each_model
    plain_sea_orm_reads_and_writes_all_levels
    a_transient_base_has_no_table
    the_document_has_all_properties
);

fn ok(answer: &Response) -> Json {
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()
}

fn codes(answer: &Response) -> Json {
    assert_eq!(answer.status, 422, "{answer}");
    answer.json()["error"]["details"]["codes"].clone()
}

async fn keeper(lab: &Lab, name: &str) -> Keeper {
    Keeper::create(&lab.ctx, set!(Keeper { name: name })).await.unwrap()
}

async fn puppy(lab: &Lab, name: &str, weeks: u16) -> Puppy {
    Puppy::create(&lab.ctx, set!(Puppy { name: name, breed: "Beagle", weeks: weeks })).await.unwrap()
}

async fn rows_are_flat_and_in_a_table_of_their_own(lab: Lab) {
    let body = json!({ "name": "Rex", "breed": "Beagle", "weeks": 7, "chipNumber": "x1" });
    let made = lab.rest().create("/api/Puppies", body).await;
    let born = made["bornAt"].clone();
    let made = ok(&lab.rest().get(&format!("/api/Puppies/{}", made["id"])).await);
    assert_eq!(
        made,
        json!({
            "id": 1, "name": "Rex", "tame": true, "bornAt": born, "weight": null, "keeperId": null, "foundById": null,
            "foundByType": null, "_collar": null, "friendIds": [], "breed": "Beagle", "tag": null, "weeks": 7,
            "vetId": null
        })
    );
    assert_eq!(lab.number("SELECT COUNT(*) FROM puppy WHERE name = 'Rex' AND weeks = 7 AND chip = 'x1'").await, 1);
    assert_eq!(lab.number("SELECT COUNT(*) FROM dog").await, 0);
    assert_eq!(lab.number("SELECT COUNT(*) FROM beasts").await, 0);
    assert_eq!(lab.rest().get("/api/Animals").await.status, 404, "the base is not public");
    assert_eq!(ok(&lab.rest().get("/api/Dogs").await), json!([]));
}

async fn typed_rows_are_made_changed_found_and_deleted(lab: Lab) {
    let ctx = &lab.ctx;
    let mut made = puppy(&lab, "Rex", 7).await;
    assert_eq!((made.name.as_str(), made.breed.as_str(), made.weeks, made.tame), ("Rex", "Beagle", 7, true));
    assert_eq!((made.dog.animal.id, made.id), (1, 1));
    made.name = "Max".into();
    made.weeks = 8;
    made.save(ctx).await.unwrap();
    let p = Puppy::props();
    let found = Puppy::find_one(ctx, p.name.eq("Max").and(p.breed.eq("Beagle")).and(p.weeks.gt(7))).await.unwrap();
    assert_eq!(found.unwrap().id, made.id);
    made.update_attributes(ctx, set!(Puppy { weight: 2.5, breed: "Boxer" })).await.unwrap();
    let read = Puppy::find_by_id(ctx, made.id).await.unwrap().unwrap();
    assert_eq!((read.weight, read.breed.as_str(), read.weeks), (Some(2.5), "Boxer", 8));
    let rows = Puppy::select(ctx, (p.id, p.name, p.weeks), ()).await.unwrap();
    assert_eq!(rows, [(1, "Max".to_owned(), 8)]);
    assert!(Puppy::destroy_by_id(ctx, made.id).await.unwrap());
    assert_eq!(Puppy::count(ctx, ()).await.unwrap(), 0);
}

async fn every_route_works_on_inherited_properties(lab: Lab) {
    let rest = lab.rest();
    let made = rest.create("/api/Puppies", json!({ "name": "Rex", "breed": "Beagle", "weeks": 7 })).await;
    let row = format!("/api/Puppies/{}", made["id"]);
    assert_eq!(ok(&rest.get(&row).await)["name"], "Rex");
    let changed = ok(&rest.json("PATCH", &row, json!({ "name": "Max", "weeks": 8, "nonsense": 1 })).await);
    assert_eq!((&changed["name"], &changed["breed"], &changed["weeks"]), (&json!("Max"), &json!("Beagle"), &json!(8)));
    let body = json!({ "name": "Bo", "breed": "Boxer", "weeks": 9 });
    let replaced = ok(&rest.json("POST", &format!("{row}/replace"), body).await);
    assert_eq!((&replaced["name"], &replaced["breed"]), (&json!("Bo"), &json!("Boxer")));
    let upserted = ok(&rest.json("PATCH", "/api/Puppies", json!({ "id": made["id"], "name": "Bea" })).await);
    assert_eq!((&upserted["name"], &upserted["weeks"]), (&json!("Bea"), &json!(9)));
    let many = rest.json("POST", "/api/Puppies/update?where[name]=Bea", json!({ "tame": false, "weeks": 10 })).await;
    assert_eq!(ok(&many), json!({ "count": 1 }));
    assert_eq!(ok(&rest.get("/api/Puppies/count?where[tame]=false").await), json!({ "count": 1 }));
    assert_eq!(rest.call("DELETE", &row).await.status, 404, "the base disables it");
}

async fn filters_know_the_properties_of_all_levels(lab: Lab) {
    for (name, weeks) in [("a", 3), ("b", 2), ("c", 1)] {
        puppy(&lab, name, weeks).await;
    }
    let find = async |filter: Json| {
        let rows = ok(&lab.rest().find("/api/Puppies", filter).await);
        rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(find(json!({ "where": { "name": { "gt": "a" } }, "order": "name DESC" })).await, "cb");
    assert_eq!(find(json!({ "where": { "breed": "Beagle", "weeks": { "lt": 3 } }, "order": "weeks" })).await, "cb");
    assert_eq!(find(json!({ "where": { "or": [{ "name": "a" }, { "weeks": 1 }] }, "order": "id" })).await, "ac");
    let rows = ok(&lab.rest().find("/api/Puppies", json!({ "fields": ["name", "weeks"], "order": "id" })).await);
    assert_eq!(rows[0], json!({ "name": "a", "weeks": 3 }));
    let answer = lab.rest().find("/api/Puppies", json!({ "where": { "chipNumber": "x" } })).await;
    assert_eq!(answer.status, 400, "hidden in the base is hidden here: {answer}");
}

async fn validations_of_the_base_name_the_model(lab: Lab) {
    let answer = lab.rest().json("POST", "/api/Dogs", json!({ "name": "", "breed": "x", "weight": 0 })).await;
    let error = &answer.json()["error"];
    assert_eq!(
        codes(&answer),
        json!({ "name": ["presence", "length.blank"], "breed": ["length.min"], "weight": ["heavy"] })
    );
    assert_eq!(error["details"]["context"], "Dog");
    assert!(error["message"].as_str().unwrap().starts_with("The `Dog` instance is not valid."), "{answer}");
    // The condition is a property of the base.
    let wild = lab.rest().create("/api/Dogs", json!({ "name": "W", "breed": "x", "tame": false })).await;
    assert_eq!(wild["breed"], "x");
    let typed = Puppy::create(&lab.ctx, set!(Puppy { name: "much too long", breed: "Boxer" })).await.unwrap_err();
    assert_eq!(typed.details().unwrap()["codes"], json!({ "name": ["length.max"], "weeks": ["presence"] }));
    assert_eq!(typed.details().unwrap()["context"], "Puppy");
}

async fn uniqueness_is_of_each_model(lab: Lab) {
    let rest = lab.rest();
    let owner = keeper(&lab, "Ann").await.id;
    let body = json!({ "name": "Rex", "breed": "Beagle", "chipNumber": "x", "tag": 1, "keeperId": owner, "weeks": 1 });
    rest.create("/api/Puppies", body.clone()).await;
    let same_chip = json!({ "name": "Max", "breed": "Boxer", "chipNumber": "x", "weeks": 1 });
    assert_eq!(
        codes(&rest.json("POST", "/api/Puppies", same_chip.clone()).await),
        json!({ "chipNumber": ["uniqueness"] })
    );
    rest.create("/api/Dogs", json!({ "name": "Max", "breed": "Boxer", "chipNumber": "x" })).await;
    // The scope is a relation of the base.
    let same_tag = json!({ "name": "Bo", "breed": "Boxer", "tag": 1, "keeperId": owner, "weeks": 1 });
    assert_eq!(codes(&rest.json("POST", "/api/Puppies", same_tag).await), json!({ "tag": ["uniqueness"] }));
    // `unique(name, breed)` of the model between, over properties of two levels.
    let twice = json!({ "name": "Rex", "breed": "Beagle", "weeks": 2 });
    assert_eq!(rest.json("POST", "/api/Puppies", twice).await.status, 422);
}

async fn settings_are_taken_over_unless_the_model_says_otherwise(lab: Lab) {
    let rest = lab.rest();
    for name in ["a", "b", "c", "d", "e", "f", "nobody"] {
        puppy(&lab, name, 1).await;
    }
    let puppies = async |target: &str| ok(&rest.get(target).await).as_array().unwrap().len();
    assert_eq!(puppies("/api/Puppies").await, 5, "the greatest limit of the model between");
    assert_eq!(ok(&rest.get("/api/Puppies/count").await)["count"], 6, "the default scope of the first base");
    assert_eq!(puppies("/api/Puppies/tame?filter[limit]=2").await, 2);
    assert_eq!(puppies("/api/Puppies/big").await, 0, "the model between says what is big");
    // `strict`: "throw" of the first base; "ignore" of its own.
    let unknown = json!({ "name": "x", "breed": "Boxer", "weeks": 1, "nonsense": 1 });
    assert_eq!(rest.json("POST", "/api/Dogs", unknown.clone()).await.status, 422);
    assert_eq!(rest.json("POST", "/api/Puppies", unknown).await.status, 200);
    let graph =
        Graph::build(&models![Animal, Dog, Puppy, Keeper, Photo, Skill, Collar, Toy], &Default::default()).unwrap();
    let model = graph.model("Puppy").unwrap();
    assert_eq!((&*model.table, &*model.path, model.public), ("puppy", "/Puppies", true));
    assert_eq!(
        (model.base(), model.is_a("Puppy"), model.is_a("Dog"), model.is_a("Animal")),
        (Some("Dog"), true, true, true)
    );
    assert!(!model.is_a("Toy") && !graph.model("Animal").unwrap().is_a("Dog"));
    assert_eq!((&*model.doc, &*model.properties[1].doc), ("A young dog.", "What it is called."));
    for (at, property) in graph.model("Dog").unwrap().properties.iter().enumerate() {
        assert_eq!(model.property(&property.name), Some(at), "the properties of a base have the same indexes");
    }
    for (at, relation) in graph.model("Animal").unwrap().relations.iter().enumerate() {
        assert_eq!(model.relation(&relation.name), Some(at), "the relations of a base have the same indexes");
    }
}

async fn relations_that_store_something_lead_from_the_model(lab: Lab) {
    let rest = lab.rest();
    let (ann, bob) = (keeper(&lab, "Ann").await, keeper(&lab, "Bob").await);
    let body = json!({
        "name": "Rex", "breed": "Beagle", "weeks": 7, "keeperId": ann.id, "vetId": bob.id, "friendIds": [bob.id],
        "foundById": bob.id, "foundByType": "Keeper", "_collar": { "color": "red", "code": "c0" },
    });
    let made = rest.create("/api/Puppies", body).await;
    assert_eq!(made["_collar"], json!({ "color": "red" }));
    let row = format!("/api/Puppies/{}", made["id"]);
    assert_eq!(ok(&rest.get(&format!("{row}/keeper")).await)["name"], "Ann");
    assert_eq!(ok(&rest.get(&format!("{row}/vet")).await)["name"], "Bob");
    assert_eq!(ok(&rest.get(&format!("{row}/collar")).await)["color"], "red");
    assert_eq!(ok(&rest.get(&format!("{row}/friends")).await)[0]["name"], "Bob");
    assert_eq!(bob.finds.find(&lab.ctx, ()).await.unwrap()[0].name, "Rex");
    let filter = json!({ "include": ["keeper", "vet", "friends"], "where": { "keeper": { "name": "Ann" } } });
    let rows = ok(&rest.find("/api/Puppies", filter).await);
    assert_eq!((&rows[0]["keeper"]["name"], &rows[0]["vet"]["name"]), (&json!("Ann"), &json!("Bob")));
    assert_eq!(rows[0]["friends"][0]["name"], "Bob");
    let gone = json!({ "name": "Max", "breed": "Boxer", "weeks": 1, "keeperId": 999 });
    assert_eq!(rest.json("POST", "/api/Puppies", gone).await.status, 409, "the database guards the key");

    let p = Puppy::props();
    let filter = p.keeper.is(Keeper::props().name.eq("Ann")).include((p.keeper, p.vet));
    let read = Puppy::find_one(&lab.ctx, filter).await.unwrap().unwrap();
    let loaded = (read.keeper.loaded().unwrap(), read.vet.loaded().unwrap());
    assert_eq!((loaded.0.name.as_str(), loaded.1.name.as_str()), ("Ann", "Bob"));
    assert_eq!(read.keeper.get(&lab.ctx).await.unwrap().unwrap().name, "Ann");
    assert_eq!(read.friends.find(&lab.ctx, ()).await.unwrap().len(), 1);
    let changed = set!(Puppy { keeper: bob.id, friends: vec![ann.id, bob.id] });
    let changed =
        Puppy::find_by_id(&lab.ctx, read.id).await.unwrap().unwrap().update_attributes(&lab.ctx, changed).await;
    assert_eq!(changed.unwrap().friends.find(&lab.ctx, ()).await.unwrap().len(), 2);
}

async fn the_other_end_finds_the_rows_of_the_model(lab: Lab) {
    let ann = keeper(&lab, "Ann").await;
    let dog = ann.dogs.create(&lab.ctx, set!(Dog { name: "Rex", breed: "Beagle" })).await.unwrap();
    assert_eq!(dog.keeper.id(), Some(&ann.id));
    let small = ann.puppies.create(&lab.ctx, set!(Puppy { name: "Max", breed: "Boxer", weeks: 2 })).await.unwrap();
    small.toys.create(&lab.ctx, set!(Toy { name: "ball" })).await.unwrap();
    let filter = json!({ "include": ["dogs", { "relation": "puppies", "scope": { "include": "toys" } }] });
    let all = ok(&lab.rest().find("/api/Keepers", filter).await);
    assert_eq!((&all[0]["dogs"][0]["name"], &all[0]["puppies"][0]["name"]), (&json!("Rex"), &json!("Max")));
    assert_eq!(all[0]["puppies"][0]["toys"][0]["name"], "ball");
    assert_eq!((ann.dogs.count(&lab.ctx, ()).await.unwrap(), ann.puppies.count(&lab.ctx, ()).await.unwrap()), (1, 1));
}

async fn polymorphic_relations_of_the_base_tell_the_models_apart(lab: Lab) {
    let rest = lab.rest();
    let dog = Dog::create(&lab.ctx, set!(Dog { name: "Rex", breed: "Beagle" })).await.unwrap();
    let puppy = puppy(&lab, "Max", 3).await;
    assert_eq!(dog.id, puppy.id);
    let of_dog = rest.create(&format!("/api/Dogs/{}/photos", dog.id), json!({ "url": "d" })).await;
    assert_eq!(of_dog["subjectType"], "Dog");
    let of_puppy = puppy.photos.create(&lab.ctx, set!(Photo { url: "p" })).await.unwrap();
    let rows = ok(&rest.find("/api/Puppies", json!({ "include": "photos" })).await);
    assert_eq!(rows[0]["photos"].as_array().unwrap().len(), 1);
    assert_eq!(rows[0]["photos"][0]["url"], "p");
    assert_eq!(dog.photos.count(&lab.ctx, ()).await.unwrap(), 1);
    let back = ok(&rest.get(&format!("/api/Photos/{}/subject", of_puppy.id)).await);
    assert_eq!((&back["name"], &back["weeks"]), (&json!("Max"), &json!(3)));
}

async fn linked_rows_have_a_table_of_links_for_each_model(lab: Lab) {
    let rest = lab.rest();
    let skill = Skill::create(&lab.ctx, set!(Skill { name: "sit" })).await.unwrap();
    let dog = Dog::create(&lab.ctx, set!(Dog { name: "Rex", breed: "Beagle" })).await.unwrap();
    let puppy = puppy(&lab, "Max", 3).await;
    puppy.skills.link(&lab.ctx, skill.id).await.unwrap();
    assert_eq!(puppy.skills.count(&lab.ctx, ()).await.unwrap(), 1);
    assert_eq!(dog.skills.count(&lab.ctx, ()).await.unwrap(), 0);
    assert_eq!(lab.number("SELECT COUNT(*) FROM puppy_skill").await, 1);
    assert_eq!(lab.number("SELECT COUNT(*) FROM dog_skill").await, 0);
    let rows = ok(&rest.find("/api/Puppies", json!({ "include": "skills" })).await);
    assert_eq!(rows[0]["skills"][0]["name"], "sit");
    let linked = Entity::<Puppy>::find().find_with_linked(Puppy::props().skills).all(lab.ctx.db()).await.unwrap();
    assert_eq!(linked[0].1[0].name, "sit");
}

async fn plain_sea_orm_reads_and_writes_all_levels(lab: Lab) {
    let (ann, p, db) = (keeper(&lab, "Ann").await, Puppy::props(), lab.ctx.db());
    for (name, weeks) in [("a", 1), ("b", 2), ("c", 3)] {
        let row = set!(Puppy { name: name, breed: "Beagle", weeks: weeks, keeper: ann.id });
        Puppy::create(&lab.ctx, row).await.unwrap();
    }
    let young = Entity::<Puppy>::find().filter(p.weeks.column().gt(1)).filter(p.name.column().ne("c"));
    let young = young.order_by_asc(p.breed.column()).all(db).await.unwrap();
    assert_eq!(young.len(), 1);
    assert_eq!((young[0].name.as_str(), young[0].weeks, young[0].keeper.id()), ("b", 2, Some(&ann.id)));
    assert_eq!(young[0].get(p.name.column()), "b".into());
    let change = young[0].clone().into_active_model().set(p.name, "z");
    ActiveModelTrait::update(change, db).await.unwrap();
    assert_eq!(Puppy::find_by_id(&lab.ctx, young[0].id).await.unwrap().unwrap().name, "z");
    let linked = Entity::<Puppy>::find_by_id(young[0].id).find_also_linked(p.keeper).one(db).await.unwrap().unwrap();
    assert_eq!(linked.1.unwrap().name, "Ann");
}

async fn a_transient_base_has_no_table(lab: Lab) {
    let made = lab.rest().create("/api/Shelves", json!({ "number": 5, "title": "top" })).await;
    assert_eq!(made, json!({ "number": 5, "title": "top" }));
    let short = lab.rest().json("POST", "/api/Shelves", json!({ "number": 6, "title": "x" })).await;
    assert_eq!(codes(&short), json!({ "title": ["length.min"] }));
    let read = Shelf::find_by_id(&lab.ctx, 5).await.unwrap().unwrap();
    assert_eq!((read.number, read.title.as_str()), (5, "top"));
}

async fn the_document_has_all_properties(lab: Lab) {
    let document = lab.app.openapi();
    let schema = &document["components"]["schemas"]["Puppy"]["properties"];
    for property in ["id", "name", "tame", "bornAt", "keeperId", "breed", "tag", "weeks", "vetId"] {
        assert!(schema[property].is_object(), "{property} is not in {schema:#}");
    }
    assert!(schema.get("chipNumber").is_none());
    assert!(
        document["paths"].get("/Puppies/{id}/keeper").is_some(),
        "{:#?}",
        document["paths"].as_object().unwrap().keys()
    );
    assert!(document["paths"].get("/Animals").is_none());
}
