//! The policy matrix: each principal calls each method of each model, directly, over an include and over a relation, and
//! what it gets is what the naive reference says.

use crate::reference::*;
use crate::world::*;
use loopback::prelude::{App, BelongsTo, Ctx, HasMany, Migrate, Model, PersistedModel, Result, User, model};
use loopback::sea_orm::ConnectionTrait;
use loopback_tests::cases;
use loopback_tests::http::Response;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

#[model(base = User, user(salt_work_factor = 4))]
pub struct Customer {
    #[base]
    pub user: User,
}

/// Open to everybody.
#[model]
pub struct Shelf {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub opened: HasMany<Opened>,
    pub guarded: HasMany<Guarded>,
    pub owned: HasMany<Owned>,
    pub staffed: HasMany<Staffed>,
    pub closed: HasMany<Closed>,
    pub mixed: HasMany<Mixed>,
}

/// A model on the shelf with these settings and rules.
macro_rules! shelved {
    ($name:ident, $shelf:ident, $settings:tt; $($acl:tt)*) => {
        #[model $settings]
        $(#[acl $acl])*
        #[derive(Clone)]
        pub struct $name {
            #[property(id, generated)]
            pub id: i64,
            pub text: Option<String>,
            pub user_id: Option<i64>,
            pub shelf: Option<BelongsTo<$shelf>>,
        }

        #[model]
        impl $name {
            #[remote_method(post, "/ping", returns = "pong")]
            async fn ping() -> Result<bool> {
                Ok(true)
            }

            #[remote_method(post, "/{id}/shout", returns = "said")]
            async fn shout(&self) -> Result<String> {
                Ok(self.text.clone().unwrap_or_default().to_uppercase())
            }
        }
    };
}
pub(crate) use shelved;

shelved!(Opened, Shelf, (acl_error_status = 401););
shelved!(Guarded, Shelf, (acl_error_status = 401);
    (deny, "$everyone") (allow, "$authenticated", read) (allow, "$owner", write) (allow, "admin"));
shelved!(Owned, Shelf, (acl_error_status = 403);
    (deny, "$everyone") (allow, "$authenticated", methods(create)) (allow, "$owner") (allow, "$owner", methods(find))
    (allow, "$owner", methods(count)) (allow, "$owner", methods(update_all)) (allow, "admin", read));
shelved!(Staffed, Shelf, (acl_error_status = 404);
    (deny, "$everyone") (allow, "staff", read) (allow, "staff", methods(patch_attributes))
    (deny, "staff", methods(find_by_id)) (allow, "helpers", execute) (allow, "admin"));
shelved!(Closed, Shelf, (default_permission = deny);
    (allow, "$everyone", methods(find)) (allow, "$unauthenticated", methods(ping)) (allow, "$owner", write)
    (allow, "staff", methods("__get__shelf")));
shelved!(Mixed, Shelf, (acl_error_status = 403);
    (allow, "$everyone") (deny, "$authenticated", methods(create)) (allow, "admin", methods(create))
    (deny, "$everyone", read, methods(count)) (deny, "$owner", methods(delete_by_id)) (deny, "$owner", methods(find))
    (deny, "$unauthenticated", write) (allow, "staff", methods(destroy_by_id)));

cases!(models![Customer, Shelf, Opened, Guarded, Owned, Staffed, Closed, Mixed], loopback::prelude::AppBuilder::enable_auth;
    a_model_without_rules_is_open
    readers_and_owners
    rows_of_their_owners
    roles_that_are_in_roles
    a_model_that_is_closed_where_no_rule_is
    rules_that_take_back_what_others_give
);

async fn a_model_without_rules_is_open(lab: Lab) {
    matrix::<Opened>(&lab, "opened", &Policy::of(&[]), 401).await;
}

async fn readers_and_owners(lab: Lab) {
    let rules = ["deny $everyone", "allow $authenticated read", "allow $owner write", "allow admin"];
    matrix::<Guarded>(&lab, "guarded", &Policy::of(&rules), 401).await;
}

async fn rows_of_their_owners(lab: Lab) {
    let rules = [
        "deny $everyone",
        "allow $authenticated * create",
        "allow $owner",
        "allow $owner * find",
        "allow $owner * count",
        "allow $owner * updateAll",
        "allow admin read",
    ];
    matrix::<Owned>(&lab, "owned", &Policy::of(&rules), 403).await;
}

async fn roles_that_are_in_roles(lab: Lab) {
    let rules = [
        "deny $everyone",
        "allow staff read",
        "allow staff * patchAttributes",
        "deny staff * findById",
        "allow helpers execute",
        "allow admin",
    ];
    matrix::<Staffed>(&lab, "staffed", &Policy::of(&rules), 404).await;
}

async fn a_model_that_is_closed_where_no_rule_is(lab: Lab) {
    let rules =
        ["allow $everyone * find", "allow $unauthenticated * ping", "allow $owner write", "allow staff * __get__shelf"];
    matrix::<Closed>(&lab, "closed", &Policy::denying(&rules), 401).await;
}

async fn rules_that_take_back_what_others_give(lab: Lab) {
    let rules = [
        "allow $everyone",
        "deny $authenticated * create",
        "allow admin * create",
        "deny $everyone read count",
        "deny $owner * deleteById",
        "deny $owner * find",
        "deny $unauthenticated write",
        "allow staff * destroyById",
    ];
    matrix::<Mixed>(&lab, "mixed", &Policy::of(&rules), 403).await;
}

async fn matrix<M: PersistedModel>(lab: &Lab, relation: &'static str, policy: &Policy, status: u16) {
    let ada = user!(lab, Customer, "ada");
    let bob = user!(lab, Customer, "bob");
    let root = user!(lab, Customer, "root");
    let sam = user!(lab, Customer, "sam");
    roles(&lab.ctx, &root, &sam).await;
    let shelf = Shelf::create(&lab.ctx, loopback::set!(Shelf { name: "shelf" })).await.unwrap().id;
    let people = people(ada, bob, root, sam);
    let bench = Bench::new::<M>(lab, "Shelf", shelf, relation, people);
    bench.check::<M>(lab, policy, status).await;
}

/// `root` is an admin, `sam` a helper, and helpers are staff.
pub async fn roles(ctx: &Ctx, root: &Who, sam: &Who) {
    role(ctx, "admin", &[("USER", &root.id.to_string())]).await;
    let helpers = role(ctx, "helpers", &[("USER", &sam.id.to_string())]).await;
    role(ctx, "staff", &[("ROLE", &helpers.to_string())]).await;
}

pub struct Person {
    name: &'static str,
    who: Option<Who>,
    caller: Caller,
}

pub fn people(ada: Who, bob: Who, root: Who, sam: Who) -> Vec<Person> {
    let person = |name, who: Who, roles: &[&'static str]| {
        let caller = Caller { id: Some(who.id), roles: roles.to_vec() };
        Person { name, who: Some(who), caller }
    };
    vec![
        Person { name: "nobody", who: None, caller: Caller::default() },
        person("the owner", ada, &[]),
        person("another", bob, &[]),
        person("an admin", root, &["admin"]),
        person("a member of a nested role", sam, &["helpers", "staff"]),
    ]
}

/// A model's rows and its places.
pub struct Bench {
    people: Vec<Person>,
    /// The owners of the rows.
    owners: [Option<i64>; 3],
    table: String,
    path: String,
    shelf: i64,
    shelves: String,
    relation: &'static str,
    quote: &'static str,
}

/// The ids of the rows: above those that are made.
const IDS: [i64; 3] = [1_001, 1_002, 1_003];

/// What is asked (by whom reads it, verb, target, body), what is answered, and the rows that are stored then.
type Case = (String, &'static str, String, Json, Got, Vec<(i64, String)>);

/// What a case got: the status, and the ids or the text of what it saw.
#[derive(Debug, PartialEq)]
enum Got {
    /// Refused by this status.
    Refused(u16),
    /// There is none.
    Missing,
    Rows(Vec<i64>),
    Count(i64),
    Done,
}

impl Bench {
    pub fn new<M: Model>(
        stage: &impl Stage,
        shelves: &str,
        shelf: i64,
        relation: &'static str,
        people: Vec<Person>,
    ) -> Self {
        let graph = stage.ctx().app().graph();
        let node = graph.model(M::DEF.name).unwrap();
        let mysql = stage.ctx().db().get_database_backend() == loopback::sea_orm::DbBackend::MySql;
        Self {
            owners: [people[1].caller.id, people[2].caller.id, None],
            people,
            table: node.table.to_string(),
            path: format!("/api{}", node.path),
            shelf,
            shelves: format!("/api{}", graph.model(shelves).unwrap().path),
            relation,
            quote: if mysql { "`" } else { "\"" },
        }
    }

    async fn sql(&self, stage: &impl Stage, text: &str) {
        let text = text.replace('"', self.quote);
        if let Err(error) = stage.ctx().db().execute_unprepared(&text).await {
            panic!("{text}: {error}");
        }
    }

    /// Three rows: one of the owner, one of another, one of nobody.
    async fn refill(&self, stage: &impl Stage) {
        self.sql(stage, &format!("DELETE FROM \"{}\"", self.table)).await;
        for (id, owner) in IDS.into_iter().zip(self.owners) {
            let owner = owner.map_or_else(|| "NULL".to_owned(), |owner| owner.to_string());
            let into = format!("INSERT INTO \"{}\" (\"id\", \"text\", \"user_id\", \"shelf_id\")", self.table);
            self.sql(stage, &format!("{into} VALUES ({id}, 'old', {owner}, {})", self.shelf)).await;
        }
    }

    /// `(id, text)` of all rows; the id of a new one is 0.
    async fn state<M: PersistedModel>(stage: &impl Stage) -> Vec<(i64, String)> {
        let rows = stored::<M>(stage).await;
        let mut all: Vec<(i64, String)> = rows
            .iter()
            .map(|row| {
                let id = row["id"].as_i64().unwrap();
                let id = if IDS.contains(&id) { id } else { 0 };
                (id, row["text"].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        all.sort();
        all
    }

    pub async fn check<M: PersistedModel>(&self, stage: &impl Stage, policy: &Policy, status: u16) {
        self.refill(stage).await;
        for person in &self.people {
            self.check_reads(stage, policy, person, status).await;
            self.check_writes::<M>(stage, policy, person, status).await;
        }
    }

    fn shown(&self, policy: &Policy, person: &Person, what: &str) -> String {
        let rules: String = policy.rules.iter().map(|rule| format!("\n  {rule:?}")).collect();
        format!(
            "{what} of {} by {} ({:?}), otherwise {:?}:{rules}",
            self.path, person.name, person.caller, policy.default
        )
    }

    /// The rows for which it holds.
    fn rows(&self, holds: impl Fn(Option<i64>) -> bool) -> Vec<i64> {
        IDS.into_iter().zip(self.owners).filter(|(_, owner)| holds(*owner)).map(|(id, _)| id).collect()
    }

    async fn check_reads(&self, stage: &impl Stage, policy: &Policy, person: &Person, status: u16) {
        let client = Client::new(stage.rest(), person.who.as_ref());
        let caller = &person.caller;
        let denied = Got::Refused(if caller.id.is_some() { status } else { 401 });
        let many = |method: &Method| {
            policy
                .allows_some(caller, method, true)
                .then(|| self.rows(|owner| policy.allows(caller, method, About::RowOfMany(owner))))
        };
        let related = |method: &Method| {
            policy
                .allows_some(caller, method, false)
                .then(|| self.rows(|owner| policy.allows(caller, method, About::Row(owner))))
        };
        let expect = |what: &str, answer: &Response, got: Got, wanted: Got| {
            let shown = self.shown(policy, person, what);
            assert_eq!(got, wanted, "{shown}\n{answer}");
        };
        let rows_or_denied = |rows: Option<Vec<i64>>| match rows {
            Some(rows) => Got::Rows(rows),
            None => Got::Refused(if caller.id.is_some() { status } else { 401 }),
        };
        let count_or_denied = |rows: Option<Vec<i64>>| match rows {
            Some(rows) => Got::Count(i64::try_from(rows.len()).unwrap()),
            None => Got::Refused(if caller.id.is_some() { status } else { 401 }),
        };
        // Of all rows.
        let answer = client.get(&self.path).await;
        expect("find", &answer, list(&answer), rows_or_denied(many(&FIND)));
        let answer = client.get(&format!("{}/count", self.path)).await;
        expect("count", &answer, list(&answer), count_or_denied(many(&COUNT)));
        let answer = client.find(&format!("{}/findOne", self.path), json!({ "order": "id" })).await;
        let wanted = match many(&FIND_ONE) {
            Some(rows) => rows.first().map_or(Got::Missing, |first| Got::Rows(vec![*first])),
            None => Got::Refused(if caller.id.is_some() { status } else { 401 }),
        };
        // A 404 for want of a row looks as one that refuses.
        let got = match list(&answer) {
            Got::Refused(404) if status != 404 || wanted == Got::Missing => Got::Missing,
            got => got,
        };
        expect("findOne", &answer, got, wanted);
        let answer = client.call("POST", &format!("{}/ping", self.path)).await;
        let wanted = if policy.allows(caller, &PING, About::Nothing) { Got::Done } else { denied };
        expect("ping", &answer, done(&answer), wanted);
        // Of one.
        for (id, owner) in IDS.into_iter().zip(self.owners) {
            for (what, verb, tail, method) in [
                ("findById", "GET", "", &FIND_BY_ID),
                ("exists", "GET", "/exists", &EXISTS),
                ("head", "HEAD", "", &EXISTS),
                ("shout", "POST", "/shout", &SHOUT),
                ("the relation", "GET", "/shelf", &GET_SHELF),
            ] {
                let answer = client.call(verb, &format!("{}/{id}{tail}", self.path)).await;
                let wanted = match policy.allows(caller, method, About::Row(owner)) {
                    true => Got::Done,
                    false => Got::Refused(if caller.id.is_some() { status } else { 401 }),
                };
                expect(what, &answer, done(&answer), wanted);
            }
        }
        // Over a relation.
        let route = format!("{}/{}/{}", self.shelves, self.shelf, self.relation);
        let answer = client.get(&route).await;
        expect("find over a relation", &answer, list(&answer), rows_or_denied(related(&FIND)));
        let answer = client.get(&format!("{route}/count")).await;
        expect("count over a relation", &answer, list(&answer), count_or_denied(related(&FIND)));
        for (id, owner) in IDS.into_iter().zip(self.owners) {
            let answer = client.get(&format!("{route}/{id}")).await;
            let wanted = self.over_relation(policy, caller, &FIND_BY_ID, owner, status);
            if !(status == 404 && answer.status == 404 && wanted != Got::Done) {
                expect("findById over a relation", &answer, done(&answer), wanted);
            }
        }
        // Over an include, and a condition.
        let answer = client.find(&self.shelves, json!({ "include": self.relation })).await;
        let got = match answer.status {
            200 => ids(&answer.json()[0][self.relation]),
            _ => Got::Refused(403),
        };
        assert!(matches!(answer.status, 200 | 401 | 403), "{answer}");
        expect("include", &answer, got, related(&FIND).map_or(Got::Refused(403), Got::Rows));
        let wanted = json!({ self.relation: { "id": { "inq": IDS } } });
        let answer = client.get(&format!("{}/count?{}", self.shelves, condition(&wanted))).await;
        let got = if answer.status == 200 { list(&answer) } else { Got::Refused(403) };
        let wanted = match related(&FIND) {
            Some(rows) => Got::Count(i64::from(!rows.is_empty())),
            None => Got::Refused(403),
        };
        expect("a condition", &answer, got, wanted);
    }

    /// What a method on one row over a relation comes to.
    fn over_relation(&self, policy: &Policy, caller: &Caller, method: &Method, owner: Option<i64>, status: u16) -> Got {
        if policy.allows(caller, method, About::Row(owner)) {
            Got::Done
        } else if policy.allows_some(caller, method, false) {
            Got::Missing
        } else {
            Got::Refused(if caller.id.is_some() { status } else { 401 })
        }
    }

    async fn check_writes<M: PersistedModel>(&self, stage: &impl Stage, policy: &Policy, person: &Person, status: u16) {
        let client = Client::new(stage.rest(), person.who.as_ref());
        let caller = &person.caller;
        let denied = || Got::Refused(if caller.id.is_some() { status } else { 401 });
        let base: Vec<(i64, String)> = IDS.into_iter().map(|id| (id, "old".to_owned())).collect();
        let changed = |ids: &[i64]| {
            let text = |id: i64| if ids.contains(&id) { "new" } else { "old" }.to_owned();
            IDS.into_iter().map(|id| (id, text(id))).collect::<Vec<_>>()
        };
        let with_new = || [vec![(0, "new".to_owned())], base.clone()].concat();
        let without = |id: i64| base.iter().filter(|(other, _)| *other != id).cloned().collect::<Vec<_>>();
        let new = json!({ "text": "new" });
        let route = format!("{}/{}/{}", self.shelves, self.shelf, self.relation);
        // What is asked, what is answered, and what is stored then.
        let mut cases: Vec<Case> = Vec::new();
        let mut case = |what: String, verb, target: String, body: Json, wanted: Got, after: Vec<(i64, String)>| {
            let after = if matches!(wanted, Got::Done | Got::Count(_)) { after } else { base.clone() };
            cases.push((what, verb, target, body, wanted, after));
        };
        let creates = policy.allows(caller, &CREATE, About::Nothing);
        let yes = |holds: bool| if holds { Got::Done } else { denied() };
        case("create".into(), "POST", self.path.clone(), new.clone(), yes(creates), with_new());
        let list = json!([new]);
        case("create of a list".into(), "POST", self.path.clone(), list.clone(), yes(creates), with_new());
        case("create over a relation".into(), "POST", route.clone(), new.clone(), yes(creates), with_new());
        let upserts = creates && policy.allows(caller, &UPSERT, About::Nothing);
        case("upsert of none".into(), "PATCH", self.path.clone(), new.clone(), yes(upserts), with_new());
        let all = self.rows(|owner| policy.allows(caller, &UPDATE_ALL, About::RowOfMany(owner)));
        let wanted = match policy.allows_some(caller, &UPDATE_ALL, true) {
            true => Got::Count(i64::try_from(all.len()).unwrap()),
            false => denied(),
        };
        let target = format!("{}/update?where={{}}", self.path);
        case("updateAll".into(), "POST", target, new.clone(), wanted, changed(&all));
        for (id, owner) in IDS.into_iter().zip(self.owners) {
            let may = |method: &Method| policy.allows(caller, method, About::Row(owner));
            let one = format!("{}/{id}", self.path);
            case(format!("patch {id}"), "PATCH", one.clone(), new.clone(), yes(may(&PATCH)), changed(&[id]));
            let target = format!("{one}/replace");
            let whole = json!({ "text": "new", "userId": owner, "shelfId": self.shelf });
            case(format!("replace {id}"), "POST", target, whole, yes(may(&REPLACE)), changed(&[id]));
            case(format!("delete {id}"), "DELETE", one.clone(), Json::Null, yes(may(&DELETE)), without(id));
            let upsert = json!({ "id": id, "text": "new" });
            let wanted = yes(may(&UPSERT) && may(&PATCH));
            case(format!("upsert {id}"), "PATCH", self.path.clone(), upsert, wanted, changed(&[id]));
            let over = format!("{route}/{id}");
            let wanted = self.over_relation(policy, caller, &PATCH, owner, status);
            case(format!("patch {id} over a relation"), "PUT", over.clone(), new.clone(), wanted, changed(&[id]));
            let wanted = self.over_relation(policy, caller, &DELETE, owner, status);
            case(format!("delete {id} over a relation"), "DELETE", over, Json::Null, wanted, without(id));
        }
        let gone = self.rows(|owner| policy.allows(caller, &DELETE, About::Row(owner)));
        let wanted = if policy.allows_some(caller, &DELETE, false) { Got::Done } else { denied() };
        let left = base.iter().filter(|(id, _)| !gone.contains(id)).cloned().collect();
        case("delete of all over a relation".into(), "DELETE", route, Json::Null, wanted, left);
        for (what, verb, target, body, wanted, after) in cases {
            let answer = client.ask(verb, &target, body).await;
            let got = match (&wanted, answer.status) {
                (Got::Count(_), 200) => crate::matrix::list(&answer),
                _ => done(&answer),
            };
            let shown = self.shown(policy, person, &what);
            let alike = answer.status == 404 && status == 404 && matches!(wanted, Got::Missing | Got::Refused(404));
            assert!(alike || got == wanted, "{shown}\n{answer}: {got:?}, and not {wanted:?}");
            let now = Self::state::<M>(stage).await;
            assert_eq!(now, after, "{shown}\n{answer}");
            if now != base {
                self.refill(stage).await;
            }
        }
    }
}

/// Whether it was done.
fn done(answer: &Response) -> Got {
    match answer.status {
        200 | 204 => Got::Done,
        404 if !answer.body.is_empty() && !answer.text().contains("MODEL_NOT_FOUND") => Got::Missing,
        other => Got::Refused(other),
    }
}

/// A list, a count, or a row.
fn list(answer: &Response) -> Got {
    if answer.status != 200 {
        return done(answer);
    }
    let body = answer.json();
    match (body.as_array(), body["count"].as_i64()) {
        (Some(_), _) => ids(&body),
        (None, Some(count)) => Got::Count(count),
        (None, None) => Got::Rows(vec![body["id"].as_i64().unwrap_or_default()]),
    }
}

fn ids(list: &Json) -> Got {
    let mut ids: Vec<i64> = list
        .as_array()
        .unwrap_or_else(|| panic!("no list: {list}"))
        .iter()
        .map(|row| row["id"].as_i64().unwrap())
        .collect();
    ids.sort_unstable();
    Got::Rows(ids)
}

/// An app in memory for the other themes.
pub async fn app_in_memory(
    models: impl IntoIterator<Item = &'static loopback::meta::ModelDef>,
    set: impl FnOnce(loopback::prelude::AppBuilder) -> loopback::prelude::AppBuilder,
) -> Rig {
    let builder = App::builder().models(models).database_url("sqlite::memory:").migrate(Migrate::Recreate);
    Rig::of(set(builder)).await
}
