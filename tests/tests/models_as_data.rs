//! Models by their names, and remote methods as data.

#![allow(clippy::unwrap_used)]

use loopback::graph::{AccessType, Verb};
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::json;

/// Money that has come in.
#[model]
pub struct Receipt {
    #[property(id, generated)]
    pub id: i64,
    pub payer: String,
    #[property(default = false)]
    pub paid: bool,
    #[property(hidden)]
    pub note: Option<String>,
}

#[model]
impl Receipt {
    /// Marks it as paid.
    #[remote_method(post, "/{id}/pay", returns = "paid")]
    async fn pay(&mut self, ctx: &Ctx, on: Option<DateTime<Utc>>) -> Result<bool> {
        self.paid = on.is_some();
        self.save(ctx).await?;
        Ok(self.paid)
    }
}

/// Somebody.
#[model]
pub struct Person {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

/// Extends another.
#[model(base = Person)]
pub struct Cashier {
    #[base]
    pub person: Person,
    pub desk: Option<i64>,
}

cases!([Receipt::DEF, Person::DEF, Cashier::DEF];
    a_model_is_used_by_its_name
    what_makes_no_sense_is_an_error
    models_are_found_by_name_and_by_what_they_extend
    methods_are_data
);

async fn a_model_is_used_by_its_name(lab: Lab) {
    let ctx = &lab.ctx;
    let receipts = lab.app.model("receipt").unwrap();
    assert_eq!((receipts.name(), &*receipts.node().plural), ("Receipt", "Receipts"));
    let first = receipts.create(ctx, json!({ "payer": "Ann", "note": "secret" })).await.unwrap();
    assert_eq!(first, json!({ "id": 1, "payer": "Ann", "paid": false }));
    receipts.create(ctx, json!({ "payer": "Ben", "paid": true })).await.unwrap();
    assert_eq!(receipts.count(ctx, json!(null)).await.unwrap(), 2);
    let paid = receipts.find(ctx, json!({ "where": { "paid": true }, "fields": ["payer"] })).await.unwrap();
    assert_eq!(paid, [json!({ "payer": "Ben" })]);
    // The application may ask for what clients do not see, and gets what they get.
    let noted = receipts.find_one(ctx, json!({ "where": { "note": "secret" } })).await.unwrap();
    assert_eq!(noted, Some(first));
    let changed = receipts.patch_by_id(ctx, 1, json!({ "paid": true })).await.unwrap();
    assert_eq!(changed, json!({ "id": 1, "payer": "Ann", "paid": true }));
    assert_eq!(receipts.update_all(ctx, json!({ "paid": true }), json!({ "payer": "All" })).await.unwrap(), 2);
    assert_eq!(receipts.find_by_id(ctx, 2).await.unwrap().unwrap()["payer"], "All");
    assert!(receipts.delete_by_id(ctx, 2).await.unwrap());
    assert!(!receipts.delete_by_id(ctx, 2).await.unwrap());
    assert_eq!(receipts.find_by_id(ctx, 2).await.unwrap(), None);
    assert_eq!(receipts.delete_all(ctx, json!({})).await.unwrap(), 1);
}

async fn what_makes_no_sense_is_an_error(lab: Lab) {
    let ctx = &lab.ctx;
    let receipts = lab.app.model("Receipt").unwrap();
    assert_eq!(receipts.find(ctx, json!({ "wher": {} })).await.unwrap_err().status(), 400);
    assert_eq!(receipts.find(ctx, json!({ "where": { "nothing": 1 } })).await.unwrap_err().status(), 400);
    assert_eq!(receipts.find_by_id(ctx, "one").await.unwrap_err().code(), Some("INVALID_ID"));
    assert_eq!(receipts.create(ctx, json!({})).await.unwrap_err().status(), 422);
    assert_eq!(receipts.patch_by_id(ctx, 9, json!({ "paid": true })).await.unwrap_err().status(), 404);
}

async fn models_are_found_by_name_and_by_what_they_extend(lab: Lab) {
    let app = &lab.app;
    let names: Vec<&str> = app.models().map(|model| &*model.name).collect();
    assert_eq!(names, ["Cashier", "Person", "Receipt"]);
    for name in ["Receipt", "receipt", "RECEIPT"] {
        assert_eq!(&*app.find_model(name).unwrap().name, "Receipt");
    }
    assert!(app.model("Receip").is_none() && app.find_model("Receip").is_none());
    let error = app.get_model("Receip").unwrap_err().to_string();
    assert!(error.contains("did you mean `Receipt`?"), "{error}");
    assert_eq!(&*app.get_model_by_type("Person").unwrap().name, "Cashier");
    assert_eq!(&*app.get_model_by_type("Receipt").unwrap().name, "Receipt");
    assert!(app.get_model_by_type("Nothing").is_err());
}

async fn methods_are_data(lab: Lab) {
    let remotes = lab.app.remotes();
    let method = |name: &str| remotes.iter().find(|method| method.model == "Receipt" && method.name == name).unwrap();
    let find = method("find");
    assert_eq!((find.access, find.returns.as_deref()), (AccessType::Read, Some("[Receipt]")));
    assert_eq!((find.routes[0].verb, &*find.routes[0].path), (Verb::Get, "/api/Receipts"));
    // Nobody asks: the app has no users.
    assert_eq!(find.who, None);
    assert_eq!(method("patchOrCreate").aliases, ["upsert", "updateOrCreate"]);
    let pay = method("prototype.pay");
    assert_eq!((&*pay.routes[0].path, pay.description.as_str()), ("/api/Receipts/{id}/pay", "Marks it as paid."));
    let arguments: Vec<_> =
        pay.arguments.iter().map(|one| (&*one.name, one.source, &*one.kind, one.required)).collect();
    assert_eq!(arguments, [("id", "path", "number", true), ("on", "any", "date", false)]);
    assert_eq!(pay.returns.as_deref(), Some("object"));
    let json = pay.to_json();
    assert_eq!(json["routes"], json!([{ "verb": "POST", "path": "/api/Receipts/{id}/pay" }]));
}
