//! Remote methods and remote hooks as applications write them, with the attributes.

use super::models::models;
use super::{error, ok};
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::http::Request;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

// By the rules of English it were `Caves`.
#[model(plural = "Cafes")]
#[derive(Clone)]
pub struct Cafe {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 1))]
    pub name: String,
    #[property(default = 0)]
    pub guests: i64,
    #[property(hidden)]
    pub safe: Option<String>,
    #[relation(nest)]
    pub tables: HasMany<Table>,
}

#[model(table = "cafe_table")]
#[derive(Clone)]
pub struct Table {
    #[property(id, generated)]
    pub id: i64,
    pub seats: i64,
    #[property(protected)]
    pub note: Option<String>,
    pub cafe: BelongsTo<Cafe>,
}

/// Who asks, as `before save` learns it without being told.
async fn asking() -> Option<String> {
    let cx = current_context()?;
    cx.user_id().map(|id| id.to_json().to_string())
}

#[model]
impl Cafe {
    /// Cafes that a filter finds, each with its tables.
    #[remote_method(get, "/full")]
    async fn full(
        ctx: &Ctx,
        filter: Option<Filter<Self>>,
        #[arg(name = "where")] wanted: Option<Where<Self>>,
    ) -> Result<Vec<Self>> {
        let mut filter = filter.unwrap_or_default().include(Self::props().tables);
        if let Some(wanted) = wanted {
            filter = filter.filter(wanted);
        }
        Self::find(ctx, filter).await
    }

    /// Lets guests in, and keeps the change in the instance as well.
    #[remote_method(post, "/{id}/seat", returns("guests", "name"))]
    async fn seat(&mut self, ctx: &Ctx, count: i64) -> Result<(i64, String)> {
        self.guests += count;
        self.save(ctx).await?;
        Ok((self.guests, self.name.clone()))
    }

    #[remote_method(get, "/{id}/largest")]
    async fn largest(&self, ctx: &Ctx) -> Result<Option<Table>> {
        let table = Table::props();
        self.tables.find_one(ctx, table.seats.gt(0).order(table.seats.desc())).await
    }

    /// As it is, hidden properties included for the application, not for the client.
    #[remote_method(get, "/{id}/self")]
    fn itself(&self) -> Result<Self> {
        assert_eq!(self.safe.as_deref(), Some("under the floor"));
        Ok(self.clone())
    }

    #[remote_method(route(get, "/{id}/hello"), route(post, "/{id}/greeting"), returns = "text")]
    async fn hello(&self, call: &RemoteCall, #[arg(default = "Hello")] word: String) -> Result<String> {
        Ok(format!("{word} {} by {}", self.name, call.verb()))
    }

    #[remote_method(all, "/echo/{word}")]
    async fn echo(call: &RemoteCall, word: String) -> Result<Json> {
        Ok(json!([call.verb(), word, call.method_string()]))
    }

    #[remote_method(get, "/who")]
    async fn who(ctx: &Ctx) -> Result<Json> {
        let current = current_context().expect("a method runs in its context");
        assert_eq!(current.user_id(), ctx.user_id());
        Ok(json!({ "user": ctx.user_id().map(Value::to_json), "task": tokio::spawn(asking()).await.ok().flatten() }))
    }

    #[remote_method(post, "/batch", status = 201)]
    async fn batch(ctx: &Ctx, #[arg(body)] cafes: Vec<Patch<Self>>) -> Result<Vec<Self>> {
        Self::create_many(ctx, cafes).await
    }

    #[remote_method(get, "/{id}/missing")]
    async fn missing(&self, ctx: &Ctx) -> Result<Table> {
        Table::find_by_id(ctx, -1).await?.or_not_found()
    }

    #[operation_hook(before_save)]
    async fn sign(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        let own = op.ctx().user_id().map(|id| id.to_json().to_string());
        assert_eq!(asking().await, own, "the context of the hook is the current one");
        if let Some(user) = own {
            op.set(Self::props().safe, format!("of {user}"));
        }
        Ok(())
    }

    #[remote_hook(before, "*")]
    async fn note_it(call: &mut RemoteCall) -> Result<()> {
        call.state().insert(1_u8);
        Ok(())
    }

    #[remote_hook(before, "prototype.*", order = 1)]
    async fn greet(call: &mut RemoteCall) -> Result<()> {
        let first = call.state().get::<u8>().copied();
        let name = call.instance::<Self>().await?.name.clone();
        call.set_header("x-cafe", name);
        call.set_header("x-static-hook", first.is_some().to_string());
        Ok(())
    }

    #[remote_hook(after, find, "prototype.__get__tables")]
    async fn total(call: &mut RemoteCall) -> Result<()> {
        let total = call.result().and_then(Json::as_array).map(Vec::len);
        call.set_header("x-total", total.unwrap_or_default().to_string());
        Ok(())
    }

    #[remote_hook(before, "prototype.__create__tables")]
    async fn seats(call: &mut RemoteCall) -> Result<()> {
        let Some(mut data) = call.arg("data").cloned() else { return Ok(()) };
        if data["seats"] == 0 {
            return Err(Error::new(422, "nobody can sit there").with_code("NO_SEATS"));
        }
        data["note"] = "by a hook".into();
        call.set_arg("data", data);
        Ok(())
    }

    #[remote_hook(after_error, "prototype.__create__tables", find_by_id)]
    async fn sorry(call: &mut RemoteCall) -> Result<()> {
        call.map_error(|error| error.with_details(json!({ "sorry": true })));
        Ok(())
    }
}

cases!(models![Cafe, Table];
    filters_are_arguments_and_answers_have_what_was_included
    an_instance_that_changes_itself_is_stored
    answers_are_of_other_models_too
    several_routes_lead_to_one_method
    instances_that_are_missing_are_404
    the_context_knows_who_asks
    lists_of_instances_are_arguments
    remote_hooks_stand_around_built_in_methods
    remote_hooks_stand_around_methods_of_relations
);

async fn cafe(lab: &Lab, name: &str) -> Cafe {
    let cafe = Cafe::create(&lab.ctx, set!(Cafe { name: name, safe: "under the floor" })).await.unwrap();
    for seats in [2, 6, 4] {
        cafe.tables.create(&lab.ctx, set!(Table { seats: seats, note: "n" })).await.unwrap();
    }
    cafe
}

async fn filters_are_arguments_and_answers_have_what_was_included(lab: Lab) {
    let (a, b) = (cafe(&lab, "a").await, cafe(&lab, "b").await);
    let filter = json!({ "where": { "name": "b" }, "limit": 1 });
    let found = ok(&lab.rest().find("/api/Cafes/full", filter).await);
    let tables: Vec<_> =
        [(4, 2), (5, 6), (6, 4)].map(|(id, seats)| json!({ "id": id, "seats": seats, "cafeId": b.id })).into();
    assert_eq!(found, json!([{ "id": b.id, "name": "b", "guests": 0, "tables": tables }]));
    let all = ok(&lab.rest().get("/api/Cafes/full?filter[order]=name%20DESC").await);
    assert_eq!((&all[0]["name"], &all[1]["name"]), (&json!("b"), &json!("a")));
    let one = ok(&lab.rest().get(&format!("/api/Cafes/full?where[id]={}", a.id)).await);
    assert_eq!((one.as_array().unwrap().len(), &one[0]["name"]), (1, &json!("a")));
    // A client's filter is a client's: what is hidden is no property.
    for bad in ["filter[where][safe]=x", "where[safe]=x", "filter[where][bogus]=1", "filter=%7B"] {
        assert_eq!(lab.rest().get(&format!("/api/Cafes/full?{bad}")).await.status, 400, "{bad}");
    }
}

async fn an_instance_that_changes_itself_is_stored(lab: Lab) {
    let a = cafe(&lab, "a").await;
    let path = format!("/api/Cafes/{}/seat", a.id);
    let seated = lab.rest().json("POST", &path, json!({ "count": 3 })).await;
    assert_eq!(ok(&seated), json!({ "guests": 3, "name": "a" }));
    assert_eq!(ok(&lab.rest().json("POST", &path, json!({ "count": 2 })).await)["guests"], 5);
    let now = a.reload(&lab.ctx).await.unwrap();
    assert_eq!((now.guests, now.safe.as_deref()), (5, Some("under the floor")));
    assert_eq!(lab.rest().json("POST", &path, json!({})).await.status, 400);
    // A filter beside it changes nothing of what is loaded.
    let path = format!("{path}?filter[fields]=name");
    assert_eq!(ok(&lab.rest().json("POST", &path, json!({ "count": 1 })).await)["guests"], 6);
}

async fn answers_are_of_other_models_too(lab: Lab) {
    let a = cafe(&lab, "a").await;
    let largest = ok(&lab.rest().get(&format!("/api/Cafes/{}/largest", a.id)).await);
    assert_eq!((&largest["seats"], &largest["cafeId"]), (&json!(6), &json!(a.id)));
    a.tables.destroy_all(&lab.ctx, ()).await.unwrap();
    assert_eq!(ok(&lab.rest().get(&format!("/api/Cafes/{}/largest", a.id)).await), Json::Null);
    let itself = ok(&lab.rest().get(&format!("/api/Cafes/{}/self", a.id)).await);
    assert_eq!(itself, json!({ "id": a.id, "name": "a", "guests": 0 }), "hidden, and nothing was included");
}

async fn several_routes_lead_to_one_method(lab: Lab) {
    let a = cafe(&lab, "a").await;
    let rest = lab.rest();
    assert_eq!(ok(&rest.get(&format!("/api/Cafes/{}/hello", a.id)).await), json!({ "text": "Hello a by GET" }));
    let posted = rest.json("POST", &format!("/api/Cafes/{}/greeting", a.id), json!({ "word": "Hi" })).await;
    assert_eq!(ok(&posted), json!({ "text": "Hi a by POST" }));
    for (verb, path) in [("POST", "hello"), ("GET", "greeting"), ("PUT", "hello")] {
        assert_eq!(rest.call(verb, &format!("/api/Cafes/{}/{path}", a.id)).await.status, 404, "{verb} {path}");
    }
    for verb in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let answer = rest.call(verb, "/api/Cafes/echo/a%2Fb").await;
        assert_eq!(ok(&answer), json!([verb, "a/b", "Cafe.echo"]));
    }
    assert_eq!(rest.get("/api/Cafes/echo").await.status, 400, "an id, as no method has this path");
}

async fn instances_that_are_missing_are_404(lab: Lab) {
    let rest = lab.rest();
    for (verb, path, body) in [
        ("POST", "/api/Cafes/9/seat", json!({ "count": 3 })),
        ("GET", "/api/Cafes/9/largest", Json::Null),
        ("GET", "/api/Cafes/9/hello", Json::Null),
    ] {
        let answer = rest.json(verb, path, body).await;
        assert_eq!(error(&answer), (404, "MODEL_NOT_FOUND".to_owned()), "{path}");
        assert_eq!(answer.header("x-cafe"), None);
    }
    assert_eq!(rest.get("/api/Cafes/nine/hello").await.status, 400);
    let a = cafe(&lab, "a").await;
    let answer = rest.get(&format!("/api/Cafes/{}/missing", a.id)).await;
    assert_eq!(error(&answer), (404, "MODEL_NOT_FOUND".to_owned()));
    assert_eq!(answer.header("x-cafe").as_deref(), Some("a"), "the hook before it has run");
}

async fn the_context_knows_who_asks(lab: Lab) {
    assert_eq!(ok(&lab.rest().get("/api/Cafes/who").await), json!({ "user": null, "task": null }));
    let cx = lab.ctx.with_user(Value::Int(7));
    let a = Cafe::create(&cx, set!(Cafe { name: "a" })).await.unwrap();
    assert_eq!(a.safe.as_deref(), Some("of 7"));
    assert!(current_context().is_none(), "nothing of the framework runs here");
    use loopback::axum::{Extension, body::Body, http};
    use tower::ServiceExt;
    let router = lab.app.router().layer(Extension(CurrentUser::new(8_i64)));
    let request = http::Request::post("/api/Cafes").header("content-type", "application/json");
    let answer = router.oneshot(request.body(Body::from(r#"{"name":"b"}"#)).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let b = Cafe::find_one(&lab.ctx, Cafe::props().name.eq("b")).await.unwrap().unwrap();
    assert_eq!(b.safe.as_deref(), Some("of 8"), "the hook of a request has its user");
}

async fn lists_of_instances_are_arguments(lab: Lab) {
    let made =
        lab.rest().json("POST", "/api/Cafes/batch", json!([{ "name": "a" }, { "name": "b", "guests": 2 }])).await;
    assert_eq!((made.status, &made.json()[1]["guests"]), (201, &json!(2)), "{made}");
    for bad in [json!([{ "name": "c" }, { "name": "" }]), json!([{ "name": "c" }, { "bogus": 1 }])] {
        assert_eq!(lab.rest().json("POST", "/api/Cafes/batch", bad).await.status, 422);
    }
    assert_eq!(Cafe::count(&lab.ctx, ()).await.unwrap(), 2);
}

async fn remote_hooks_stand_around_built_in_methods(lab: Lab) {
    let a = cafe(&lab, "a").await;
    let rest = lab.rest();
    let path = format!("/api/Cafes/{}", a.id);
    let patched = rest.json("PATCH", &path, json!({ "guests": 1 })).await;
    assert_eq!(ok(&patched)["guests"], 1);
    assert_eq!(patched.header("x-cafe").as_deref(), Some("a"));
    assert_eq!(patched.header("x-static-hook").as_deref(), Some("false"), "`*` is for static methods");
    let found = rest.get("/api/Cafes").await;
    assert_eq!((ok(&found).as_array().unwrap().len(), found.header("x-total").as_deref()), (1, Some("1")));
    let missing = rest.get("/api/Cafes/99").await;
    assert_eq!((missing.status, &missing.json()["error"]["details"]), (404, &json!({ "sorry": true })));
    let other = rest.send(&Request::new("HEAD", "/api/Cafes/99")).await;
    assert_eq!(other.status, 404);
}

async fn remote_hooks_stand_around_methods_of_relations(lab: Lab) {
    let a = cafe(&lab, "a").await;
    let rest = lab.rest();
    let tables = format!("/api/Cafes/{}/tables", a.id);
    let found = rest.get(&tables).await;
    assert_eq!(ok(&found).as_array().unwrap().len(), 3);
    assert_eq!((found.header("x-total").as_deref(), found.header("x-cafe").as_deref()), (Some("3"), Some("a")));
    let made = ok(&rest.json("POST", &tables, json!({ "seats": 5 })).await);
    assert_eq!(made["note"], "by a hook");
    let refused = rest.json("POST", &tables, json!({ "seats": 0 })).await;
    assert_eq!(error(&refused), (422, "NO_SEATS".to_owned()));
    assert_eq!(refused.json()["error"]["details"], json!({ "sorry": true }));
    assert_eq!(rest.json("POST", "/api/Cafes/99/tables", json!({ "seats": 5 })).await.status, 404);
    assert_eq!(a.tables.count(&lab.ctx, ()).await.unwrap(), 4);
}
