//! What all themes need: people with sessions, requests in their names, and what is stored afterwards.

use loopback::prelude::*;
use loopback_tests::http::{Request, Response};
use loopback_tests::lab::Lab;
use loopback_tests::rest::{Rest, encoded};
use serde_json::{Value as Json, json};

/// A list of definitions: `models![Memo, Customer]`.
macro_rules! models {
    ($($model:ty),+ $(,)?) => { [$(<$model as loopback::prelude::Model>::DEF),+] };
}
pub(crate) use models;

/// A user of a model, with a session: `user!(lab, Customer, "ada")`.
macro_rules! user {
    ($lab:expr, $model:ident, $name:expr) => {{
        let data = loopback::set!($model {
            email: format!("{}@example.test", $name),
            password: "correct horse battery".to_owned()
        });
        let user = <$model as loopback::prelude::PersistedModel>::create($crate::world::Stage::ctx(&$lab), data)
            .await
            .unwrap();
        let options = loopback::prelude::TokenOptions::default();
        let session =
            loopback::prelude::UserModel::create_access_token(&user, $crate::world::Stage::ctx(&$lab), options)
                .await
                .unwrap();
        $crate::world::Who { id: user.id, token: session.id }
    }};
}
pub(crate) use user;

/// As `cases!`, for cases that build their apps themselves: `async fn name(place: &Place)`, on all databases. SQLite in
/// memory is a new one for every app.
macro_rules! all_places {
    ($($case:ident)+) => {
        $crate::world::all_places!(@ sqlite_apps SqliteFile; $($case)+);
        $crate::world::all_places!(@ memory_apps SqliteMemory; $($case)+);
        $crate::world::all_places!(@ postgres_apps Postgres; $($case)+);
        $crate::world::all_places!(@ mysql_apps MySql; $($case)+);
    };
    (@ $module:ident $database:ident; $($case:ident)+) => {
        mod $module {
            $(
                #[test]
                fn $case() {
                    loopback_tests::lab::run_in(loopback_tests::lab::Database::$database, super::$case);
                }
            )+
        }
    };
}
pub(crate) use all_places;

/// Somebody who has logged in.
#[derive(Clone, Debug)]
pub struct Who {
    pub id: i64,
    pub token: String,
}

/// Requests of one caller.
#[derive(Clone, Debug)]
pub struct Client {
    rest: Rest,
    token: Option<String>,
}

/// Requests of a user.
pub fn of(lab: &impl Stage, who: &Who) -> Client {
    Client::new(lab.rest(), Some(who))
}

/// Requests without a token.
pub fn nobody(lab: &impl Stage) -> Client {
    Client::new(lab.rest(), None)
}

impl Client {
    pub fn new(rest: &Rest, who: Option<&Who>) -> Self {
        Self { rest: rest.clone(), token: who.map(|who| who.token.clone()) }
    }

    pub fn with_token(rest: &Rest, token: &str) -> Self {
        Self { rest: rest.clone(), token: Some(token.to_owned()) }
    }

    async fn send(&self, mut request: Request) -> Response {
        if let Some(token) = &self.token {
            request = request.header("X-Access-Token", token);
        }
        self.rest.send(&request).await
    }

    pub async fn call(&self, verb: &str, target: &str) -> Response {
        self.send(Request::new(verb, target)).await
    }

    pub async fn get(&self, target: &str) -> Response {
        self.call("GET", target).await
    }

    pub async fn json(&self, verb: &str, target: &str, body: Json) -> Response {
        self.send(Request::new(verb, target).json(&body)).await
    }

    /// With a body or, when that is null, without.
    pub async fn ask(&self, verb: &str, target: &str, body: Json) -> Response {
        if body.is_null() { self.call(verb, target).await } else { self.json(verb, target, body).await }
    }

    pub async fn find(&self, path: &str, filter: Json) -> Response {
        self.get(&format!("{path}?filter={}", encoded(&filter.to_string()))).await
    }
}

/// A part of a query string: `where={..}`.
pub fn condition(condition: &Json) -> String {
    format!("where={}", encoded(&condition.to_string()))
}

/// The JSON of an answer that must be a success.
pub fn ok(answer: &Response) -> Json {
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()
}

/// The status of an error whose body must be as it should.
pub fn error(answer: &Response) -> (u16, String) {
    let body = answer.json();
    let error = &body["error"];
    assert_eq!(error["statusCode"], answer.status, "{answer}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer}");
    assert!(error.get("stack").is_none(), "{answer}");
    (answer.status, error["code"].as_str().unwrap_or_default().to_owned())
}

/// An answer must be a refusal of access control.
#[track_caller]
pub fn refused(answer: &Response, status: u16) {
    let code = match status {
        401 => "AUTHORIZATION_REQUIRED",
        403 => "ACCESS_DENIED",
        _ => "MODEL_NOT_FOUND",
    };
    assert_eq!(answer.status, status, "{answer}");
    assert_eq!(error(answer), (status, code.to_owned()), "{answer}");
}

/// An answer must be a 422 about a property.
#[track_caller]
pub fn invalid(answer: &Response, property: &str) {
    assert_eq!(answer.status, 422, "{answer}");
    let body = answer.json();
    assert!(!body["error"]["details"]["messages"][property].is_null(), "{property}: {answer}");
}

/// One property of each row of a list.
pub fn each(list: &Json, property: &str) -> Json {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter().map(|row| row[property].clone()).collect()
}

/// One property of each row of a list, sorted.
pub fn sorted(list: &Json, property: &str) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    let mut all: Vec<String> = list.iter().map(|row| text(&row[property])).collect();
    all.sort();
    all
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The rows of a model as they are stored, by their ids.
pub async fn stored<M: PersistedModel>(lab: &impl Stage) -> Vec<Json> {
    let rows = M::find(lab.ctx(), ()).await.unwrap();
    let node = lab.ctx().app().graph().model(M::DEF.name).unwrap();
    let json =
        |row: &M| node.named().map(|(at, property)| (property.name.to_string(), row.value(at).to_json())).collect();
    let mut rows: Vec<Json> = rows.iter().map(json).collect();
    rows.sort_by_key(|row| row["id"].as_i64());
    rows
}

/// A role with its members: a type of principals, and an id.
pub async fn role(ctx: &Ctx, name: &str, members: &[(&str, &str)]) -> i64 {
    let role = Role::create(ctx, set!(Role { name: name.to_owned() })).await.unwrap();
    for (kind, id) in members {
        member(ctx, role.id, kind, id).await;
    }
    role.id
}

/// A member more of a role; the id of the mapping.
pub async fn member(ctx: &Ctx, role: i64, kind: &str, id: &str) -> i64 {
    let mapping =
        set!(RoleMapping { principal_type: Some(kind.to_owned()), principal_id: Some(id.to_owned()), role: role });
    RoleMapping::create(ctx, mapping).await.unwrap().id
}

/// A rule that is a row; `""` stands for nothing.
pub async fn rule(ctx: &Ctx, model: &str, property: &str, access: &str, permission: &str, kind: &str, id: &str) -> i64 {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let rule = set!(Acl {
        model: given(model),
        property: given(property),
        access_type: given(access),
        permission: permission.to_owned(),
        principal_type: given(kind),
        principal_id: given(id)
    });
    Acl::create(ctx, rule).await.unwrap().id
}

/// The body of a memo.
pub fn note(text: &str) -> Json {
    json!({ "text": text })
}

/// What requests are sent to.
pub trait Stage {
    fn ctx(&self) -> &Ctx;
    fn rest(&self) -> &Rest;
}

impl<S: Stage> Stage for &S {
    fn ctx(&self) -> &Ctx {
        (**self).ctx()
    }

    fn rest(&self) -> &Rest {
        (**self).rest()
    }
}

impl Stage for Lab {
    fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    fn rest(&self) -> &Rest {
        self.rest()
    }
}

/// An app of a builder of the case's own.
pub struct Rig {
    pub ctx: Ctx,
    rest: Rest,
}

impl Rig {
    /// Builds it.
    pub async fn of(builder: AppBuilder) -> Self {
        let app = builder.build().await.unwrap_or_else(|error| panic!("the app is not built: {error}"));
        Self { ctx: app.ctx(), rest: Rest::of(&app) }
    }
}

impl Stage for Rig {
    fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    fn rest(&self) -> &Rest {
        &self.rest
    }
}
