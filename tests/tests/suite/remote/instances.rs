//! Methods and hooks of models with a table.

use super::{hook, method};
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

/// A place with hours.
#[model(plural = "Kiosks", replace_on_put = true)]
pub struct Kiosk {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[property(hidden)]
    pub secret: Option<String>,
    #[property(default = 8)]
    pub hours: i64,
    pub notes: HasMany<KioskNote>,
}

/// What is said of it.
#[model]
pub struct KioskNote {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
    pub kiosk: BelongsTo<Kiosk>,
}

method!(Kiosk."top" Get "/top" (filter "filter": Option<Filter<Kiosk>>) -> Vec<Kiosk>, [], {}, |call| {
    let cx = lb::context(call);
    Kiosk::find(&cx, filter.unwrap_or_default().include(Kiosk::props().notes)).await
});
method!(Kiosk."counted" Get "/counted" (wanted "where": Where<Kiosk>) -> u64, ["count"], {}, |call| {
    let cx = lb::context(call);
    Kiosk::count(&cx, wanted).await
});
method!(Kiosk."open" Post "/{id}/open" (hours "hours": u32) -> i64, ["hours"], {instance: true}, |call| {
    let cx = lb::context(call);
    let this = lb::instance::<Kiosk>(call)?;
    if hours > 24 {
        Err(Error::new(422, "hours out of range").with_code("BAD_HOURS"))
    } else {
        this.update_attributes(&cx, set!(Kiosk { hours: i64::from(hours) })).await.map(|this| this.hours)
    }
});
method!(Kiosk."whole" Post "/whole" (kiosk "kiosk": Kiosk [source: lb::ArgSourceDef::Body]) -> Kiosk, [], {},
    |call| Ok::<_, Error>(kiosk));
method!(Kiosk."part" Post "/part" (part "part": Patch<Kiosk> [source: lb::ArgSourceDef::Body]) -> Patch<Kiosk>, [], {},
    |call| Ok::<_, Error>(part));

hook!(Kiosk, Before, ["create"], 0, |call| {
    if let Some(name) = call.arg("data").and_then(|data| data["name"].as_str()).map(|name| name.trim().to_owned()) {
        let mut data = call.arg("data").cloned().unwrap_or_default();
        data["name"] = name.into();
        call.set_arg("data", data);
    }
    Ok::<_, Error>(())
});
hook!(Kiosk, Before, ["prototype.*"], 0, |call| {
    let instance = call.instance::<Kiosk>().await?;
    call.set_header("x-instance", instance.id.to_string());
    Ok::<_, Error>(())
});
hook!(Kiosk, After, ["find", "findById", "exists"], 0, |call| {
    match call.result_mut() {
        Some(Json::Array(rows)) => rows.reverse(),
        Some(Json::Object(row)) => drop(row.insert("seen".into(), true.into())),
        _ => {}
    }
    call.set_header("x-found", "yes");
    Ok::<_, Error>(())
});
// `upsert` is another name of `patchOrCreate`.
hook!(Kiosk, AfterError, ["upsert"], 0, |call| {
    call.end(json!({ "forgiven": call.error().map(Error::status) }));
    Ok::<_, Error>(())
});
hook!(Kiosk, Before, ["prototype.__get__notes"], 1, |call| {
    call.set_arg("filter", json!({ "where": { "text": "b" } }));
    Ok::<_, Error>(())
});
hook!(Kiosk, Before, ["deleteById"], 2, |call| {
    assert_ne!(call.verb(), "DELETE", "a hook with a fault");
    Ok::<_, Error>(())
});

cases!([Kiosk::DEF, KioskNote::DEF];
    static_methods_take_filters_and_answer_rows
    instance_methods_are_called_on_the_row
    models_and_patches_are_arguments_and_answers
    hooks_stand_around_built_in_methods
    hooks_stand_around_methods_of_relations
    a_hook_that_panics_is_one_requests_error
);

async fn kiosk(lab: &Lab, name: &str) -> Json {
    lab.rest().create("/api/Kiosks", json!({ "name": name, "secret": "hush" })).await
}

async fn static_methods_take_filters_and_answer_rows(lab: Lab) {
    let a = kiosk(&lab, "a").await;
    kiosk(&lab, "b").await;
    let notes = format!("/api/Kiosks/{}/notes", a["id"]);
    lab.rest().create(&notes, json!({ "text": "n" })).await;
    let top = lab.rest().find("/api/Kiosks/top", json!({ "where": { "name": "a" } })).await;
    let row =
        json!({ "id": a["id"], "name": "a", "hours": 8, "notes": [{ "id": 1, "text": "n", "kioskId": a["id"] }] });
    assert_eq!((top.status, top.json()), (200, json!([row])), "what was included shows, what is hidden does not");
    let counted = lab.rest().get("/api/Kiosks/counted?where=b").await;
    assert_eq!((counted.status, &counted.json()["error"]["message"]), (400, &json!("Value is not an object.")));
    let counted = lab.rest().get("/api/Kiosks/counted").await;
    assert_eq!(counted.json()["error"]["message"], "where is a required argument");
    let counted = lab.rest().get("/api/Kiosks/counted?where[name]=b").await;
    assert_eq!((counted.status, counted.json()), (200, json!({ "count": 1 })));
    let hidden = lab.rest().get("/api/Kiosks/counted?where[secret]=hush").await;
    assert_eq!(hidden.status, 400, "{hidden}");
}

async fn instance_methods_are_called_on_the_row(lab: Lab) {
    let id = kiosk(&lab, "a").await["id"].clone();
    let open = async |id: &str, hours: Json| lab.rest().json("POST", &format!("/api/Kiosks/{id}/open"), hours).await;
    let opened = open(&id.to_string(), json!({ "hours": 5 })).await;
    assert_eq!((opened.status, opened.json()), (200, json!({ "hours": 5 })));
    assert_eq!(opened.header("x-instance"), Some(id.to_string()));
    let bad = open(&id.to_string(), json!({ "hours": 25 })).await;
    assert_eq!((bad.status, &bad.json()["error"]["code"]), (422, &json!("BAD_HOURS")));
    let missing = open("99", json!({ "hours": 5 })).await;
    let error = json!({
        "statusCode": 404, "name": "Error", "message": "could not find a model with id 99", "code": "MODEL_NOT_FOUND",
    });
    assert_eq!((missing.status, missing.json()), (404, json!({ "error": error })));
    assert_eq!(open("99", json!({})).await.json()["error"]["message"], "hours is a required argument");
    assert_eq!(open("x", json!({ "hours": 5 })).await.status, 400);
    let negative = open(&id.to_string(), json!({ "hours": -1 })).await.json();
    let message = "Invalid argument \"hours\". Value is not an integer between 0 and 4294967295.";
    assert_eq!(negative["error"]["message"], message);
}

async fn models_and_patches_are_arguments_and_answers(lab: Lab) {
    let whole = async |body: Json| lab.rest().json("POST", "/api/Kiosks/whole", body).await;
    let made = whole(json!({ "name": "a", "hours": "5", "secret": "s" })).await;
    assert_eq!((made.status, made.json()), (200, json!({ "id": 0, "name": "a", "hours": 5 })));
    let without = whole(json!({})).await;
    assert_eq!((without.status, &without.json()["error"]["name"]), (422, &json!("ValidationError")));
    assert_eq!(whole(json!({ "name": "a", "bogus": 1 })).await.status, 422);
    assert_eq!(whole(json!([])).await.json()["error"]["message"], "Value is not an object.");
    let part = lab.rest().json("POST", "/api/Kiosks/part", json!({ "hours": 3, "secret": "s" })).await;
    assert_eq!((part.status, part.json()), (200, json!({ "hours": 3 })));
    assert_eq!(lab.rest().json("POST", "/api/Kiosks/part", json!({ "hours": "x" })).await.status, 422);
}

async fn hooks_stand_around_built_in_methods(lab: Lab) {
    let id = kiosk(&lab, "  padded  ").await["id"].clone();
    kiosk(&lab, "b").await;
    let path = format!("/api/Kiosks/{id}");
    let found = lab.rest().get(&path).await;
    assert_eq!(found.json(), json!({ "id": id, "name": "padded", "hours": 8, "seen": true }));
    assert_eq!(found.header("x-found").as_deref(), Some("yes"));
    let list = lab.rest().get("/api/Kiosks").await.json();
    assert_eq!((&list[0]["name"], &list[1]["name"]), (&json!("b"), &json!("padded")));
    assert_eq!(lab.rest().get("/api/Kiosks/99").await.header("x-found"), None);
    let patched = lab.rest().json("PATCH", &path, json!({ "hours": 1 })).await;
    assert_eq!((patched.status, patched.header("x-instance")), (200, Some(id.to_string())));
    assert_eq!(lab.rest().json("PATCH", "/api/Kiosks/99", json!({ "hours": 1 })).await.status, 404);
    assert_eq!(lab.rest().call("HEAD", &path).await.status, 200);
    assert_eq!(lab.rest().call("HEAD", "/api/Kiosks/99").await.status, 404);
    let forgiven = lab.rest().json("PATCH", "/api/Kiosks", json!({ "bogus": 1 })).await;
    assert_eq!((forgiven.status, forgiven.json()), (200, json!({ "forgiven": 422 })));
    assert_eq!(lab.rest().get("/api/Kiosks?filter=x").await.status, 400);
}

async fn hooks_stand_around_methods_of_relations(lab: Lab) {
    let id = kiosk(&lab, "a").await["id"].clone();
    let notes = format!("/api/Kiosks/{id}/notes");
    for text in ["a", "b"] {
        lab.rest().create(&notes, json!({ "text": text })).await;
    }
    let found = lab.rest().find(&notes, json!({ "where": { "text": "a" } })).await;
    assert_eq!((found.status, &found.json()[0]["text"]), (200, &json!("b")));
    assert_eq!(found.header("x-instance"), Some(id.to_string()));
}

async fn a_hook_that_panics_is_one_requests_error(lab: Lab) {
    let id = kiosk(&lab, "a").await["id"].clone();
    let answer = lab.rest().call("DELETE", &format!("/api/Kiosks/{id}")).await;
    assert_eq!((answer.status, &answer.json()["error"]["message"]), (500, &json!("Internal Server Error")));
    assert_eq!(lab.rest().get(&format!("/api/Kiosks/{id}")).await.status, 200, "nothing was deleted");
}
