//! No route without a decision: where nothing is allowed, nothing answers; and what an app serves, it explains.

use crate::matrix::app_in_memory;
use crate::relations;
use crate::world::*;
use loopback::graph::{MethodNode, ModelNode, Operation, Segment, Verb};
use loopback::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Is not served: it is there for a token.
#[model(base = User, public = false, user(salt_work_factor = 4))]
pub struct Clerk {
    #[base]
    pub user: User,
}

#[model(scopes(full))]
pub struct Depot {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
    #[relation(nest)]
    pub boxes: HasMany<Parcel>,
    pub sign: HasOne<Sign>,
    #[relation(through = Stay, nest)]
    pub lorries: HasMany<Lorry>,
    pub yards: HasAndBelongsToMany<Lorry>,
    pub listed: ReferencesMany<Lorry>,
    #[relation(polymorphic = subject)]
    pub shots: HasMany<Shot>,
    pub place: EmbedsOne<Place>,
    pub shelves: EmbedsMany<Board>,
}

fn full() -> Filter<Depot> {
    Depot::props().id.gt(0).into()
}

#[model]
impl Depot {
    #[remote_method(get, "/look", returns = "seen")]
    async fn look(ctx: &Ctx) -> Result<i64> {
        Ok(i64::try_from(Self::count(ctx, ()).await?).unwrap_or_default())
    }

    #[remote_method(post, "/empty", returns = "emptied")]
    async fn empty(ctx: &Ctx) -> Result<u64> {
        Parcel::destroy_all(ctx, ()).await
    }

    #[remote_method(put, "/{id}/paint", returns = "painted")]
    async fn paint(&mut self, ctx: &Ctx) -> Result<bool> {
        self.text = Some("painted".to_owned());
        self.save(ctx).await?;
        Ok(true)
    }

    #[remote_method(delete, "/{id}/burn/{how}", returns = "burnt")]
    async fn burn(&self, ctx: &Ctx, how: String) -> Result<String> {
        Sign::destroy_all(ctx, ()).await?;
        Ok(how)
    }

    #[remote_hook(before, create)]
    async fn before_create(call: &mut RemoteCall) -> Result<()> {
        leave_a_trace(call).await
    }

    #[remote_hook(before, find)]
    async fn before_find(call: &mut RemoteCall) -> Result<()> {
        leave_a_trace(call).await
    }

    #[remote_hook(before, patch_or_create)]
    async fn before_upsert(call: &mut RemoteCall) -> Result<()> {
        leave_a_trace(call).await
    }

    #[remote_hook(before, upsert_with_where)]
    async fn before_upsert_with_where(call: &mut RemoteCall) -> Result<()> {
        leave_a_trace(call).await
    }
}

/// What a hook does that must not run for who is refused.
async fn leave_a_trace(call: &RemoteCall) -> Result<()> {
    Trace::create(&call.ctx().app().ctx(), set!(Trace { text: "a hook has run".to_owned() })).await.map(drop)
}

#[model(public = false)]
pub struct Trace {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model(transient)]
#[derive(Clone)]
pub struct Place {
    pub street: String,
}

#[model(transient)]
#[derive(Clone)]
pub struct Board {
    #[property(id, generated)]
    pub id: String,
    pub text: Option<String>,
}

#[model]
pub struct Parcel {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    #[relation(nest)]
    pub depot: Option<BelongsTo<Depot>>,
    #[relation(nest)]
    pub goods: HasMany<Good>,
}

#[model]
pub struct Good {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub parcel: Option<BelongsTo<Parcel>>,
}

#[model]
pub struct Sign {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub depot: Option<BelongsTo<Depot>>,
}

#[model]
pub struct Lorry {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
pub struct Stay {
    #[property(id, generated)]
    pub id: i64,
    pub depot: BelongsTo<Depot>,
    pub lorry: BelongsTo<Lorry>,
}

#[model]
pub struct Shot {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub subject: Option<BelongsToAny>,
}

/// A row of everything; the id of the depot's board.
async fn fill(ctx: &Ctx) -> String {
    let board = Board { id: "b1".into(), text: Some("old".into()) };
    let depot = set!(Depot { text: "old".to_owned(), place: Place { street: "Main".into() }, shelves: vec![board] });
    let depot = Depot::create(ctx, depot).await.unwrap();
    let parcel = Parcel::create(ctx, set!(Parcel { text: "old".to_owned(), depot: depot.id })).await.unwrap();
    Good::create(ctx, set!(Good { text: "old".to_owned(), parcel: parcel.id })).await.unwrap();
    Sign::create(ctx, set!(Sign { text: "old".to_owned(), depot: depot.id })).await.unwrap();
    let lorry = Lorry::create(ctx, set!(Lorry { text: "old".to_owned() })).await.unwrap();
    Stay::create(ctx, set!(Stay { depot: depot.id, lorry: lorry.id })).await.unwrap();
    depot.yards.link(ctx, lorry.id).await.unwrap();
    let depot = depot.update_attributes(ctx, set!(Depot { listed: vec![lorry.id] })).await.unwrap();
    let shot = set!(Shot { text: "old".to_owned(), subject: BelongsToAny::new::<Depot>(depot.id) });
    Shot::create(ctx, shot).await.unwrap();
    "b1".into()
}

/// Everything that is stored.
async fn everything(rig: &Rig) -> Json {
    json!([
        stored::<Depot>(rig).await,
        stored::<Parcel>(rig).await,
        stored::<Good>(rig).await,
        stored::<Sign>(rig).await,
        stored::<Lorry>(rig).await,
        stored::<Stay>(rig).await,
        stored::<Shot>(rig).await,
    ])
}

/// A path of a route; what is no id of a row is a word.
fn path(segments: &[Segment], id: &str, key: &str) -> String {
    let part = |segment: &Segment| match segment {
        Segment::Literal(word) => format!("/{word}"),
        Segment::Param(name) if name == "id" => format!("/{id}"),
        Segment::Param(name) if name == "fk" => format!("/{key}"),
        Segment::Param(_) => "/word".to_owned(),
    };
    segments.iter().map(part).collect()
}

fn is_of_relation(method: &MethodNode) -> bool {
    matches!(method.operation, Operation::Relation(..))
}

/// The paths below a row of a model over its nested relations, to a depth.
fn nested(root: &str, model: &Arc<ModelNode>, key: &str, depth: usize, found: &mut Vec<String>) {
    for relation in model.relations.iter().filter(|relation| relation.nest) {
        let below = match relation.is_to_one() {
            true => format!("{root}/{}", relation.name),
            false => format!("{root}/{}/{key}", relation.name),
        };
        let target = relation.target();
        for method in target.methods.iter().filter(|method| is_of_relation(method)) {
            for route in &method.routes {
                found.push(format!("{below}{}", path(&route.segments[1..], "1", key)));
            }
        }
        if depth > 1 {
            nested(&below, &target, key, depth - 1, found);
        }
    }
}

/// Every path of an app.
fn paths(app: &App, keys: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for model in app.graph().models().filter(|model| model.public) {
        for id in ["1", "999"] {
            for key in keys {
                for method in &model.methods {
                    for route in &method.routes {
                        found.push(format!("/api{}{}", model.path, path(&route.segments, id, key)));
                    }
                }
                nested(&format!("/api{}/{id}", model.path), model, key, 3, &mut found);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

const VERBS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

async fn walk(status: u16) {
    let models = models![Clerk, Depot, Trace, Place, Board, Parcel, Good, Sign, Lorry, Stay, Shot];
    let rig = app_in_memory(models, |builder| {
        builder.enable_auth().default_permission(Permission::Deny).acl_error_status(status)
    })
    .await;
    let clerk = user!(rig, Clerk, "ada");
    let board = fill(&rig.ctx).await;
    let before = everything(&rig).await;
    let app = rig.ctx.app().clone();
    let paths = paths(&app, &["1", "999", &board]);
    // Every method is on the way.
    for model in app.graph().models().filter(|model| model.public) {
        assert!(model.methods.iter().all(|method| !method.routes.is_empty()), "{}", model.name);
    }
    assert!(paths.len() > 150, "{} paths", paths.len());
    let mut wrong = Vec::new();
    let mut asked = 0;
    for target in &paths {
        for verb in VERBS {
            for who in [None, Some(&clerk)] {
                let client = Client::new(rig.rest(), who);
                let bodies = match verb {
                    "GET" | "HEAD" | "DELETE" => vec![Json::Null],
                    _ => vec![Json::Null, json!({ "text": "x", "id": 1 }), json!([{ "text": "x" }])],
                };
                for body in bodies {
                    for query in ["", "?where={}&filter={}", "?where=%7B%22id%22%3A1%7D"] {
                        let answer = client.ask(verb, &format!("{target}{query}"), body.clone()).await;
                        asked += 1;
                        let wanted = match who {
                            // 404: there is no such route.
                            None => [401, 404],
                            Some(_) => [status, 404],
                        };
                        // What is no body of an upsert has a case of its own.
                        let upsert = answer.status == 400
                            && (verb == "PATCH"
                                || verb == "PUT"
                                || target.ends_with("OrCreate")
                                || target.ends_with("upsertWithWhere"));
                        if !wanted.contains(&answer.status) && !upsert {
                            wrong.push(format!("{verb} {target}{query} {body} by {who:?}: {answer}"));
                        }
                    }
                }
            }
        }
    }
    assert_eq!(everything(&rig).await, before, "something was written");
    wrong.dedup();
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work);
}

#[test]
fn where_nothing_is_allowed_no_route_answers_and_none_writes() {
    block_on(walk(401));
}

#[test]
fn where_nothing_is_allowed_no_route_answers_and_none_writes_with_403() {
    block_on(walk(403));
}

/// A path in another form is the same path, or none.
#[test]
fn where_nothing_is_allowed_no_other_form_of_a_path_answers() {
    block_on(async {
        let models = models![Clerk, Depot, Trace, Place, Board, Parcel, Good, Sign, Lorry, Stay, Shot];
        let set = |builder: AppBuilder| builder.enable_auth().default_permission(Permission::Deny);
        let rig = app_in_memory(models, set).await;
        let clerk = user!(rig, Clerk, "ada");
        fill(&rig.ctx).await;
        let before = everything(&rig).await;
        let app = rig.ctx.app().clone();
        for target in paths(&app, &["1"]) {
            let tail = target.strip_prefix("/api").unwrap();
            for form in [
                format!("/api{}", tail.to_uppercase()),
                format!("/api{}", tail.to_lowercase()),
                format!("{target}/"),
                format!("/api/{tail}"),
                target.replace("/1", "/%31"),
                target.replace("/1", "//1"),
                target.replace("/1", "/1;x"),
                target.replace("/1", "/./1"),
                target.replace("/1", "/x/../1"),
                format!("{target}?access_token="),
                format!("{target}?_method=DELETE"),
            ] {
                for verb in VERBS {
                    for who in [None, Some(&clerk)] {
                        let answer = Client::new(rig.rest(), who).call(verb, &form).await;
                        assert!(matches!(answer.status, 400 | 401 | 404), "{verb} {form}: {answer}");
                    }
                }
            }
        }
        assert_eq!(everything(&rig).await, before);
    });
}

#[test]
fn who_is_refused_an_upsert_is_refused_whatever_is_sent() {
    block_on(async {
        let models = models![Clerk, Depot, Trace, Place, Board, Parcel, Good, Sign, Lorry, Stay, Shot];
        let set = |builder: AppBuilder| builder.enable_auth().default_permission(Permission::Deny);
        let rig = app_in_memory(models, set).await;
        for (verb, target) in [
            ("PATCH", "/api/Lorries"),
            ("PUT", "/api/Lorries"),
            ("POST", "/api/Lorries/replaceOrCreate"),
            ("POST", "/api/Lorries/upsertWithWhere"),
            ("POST", "/api/Lorries/upsertWithWhere?where={}"),
            ("POST", "/api/Lorries/upsertWithWhere?where=%7B%22none%22%3A1%7D"),
        ] {
            for body in [note("x"), json!([note("x")]), json!({ "none": 1 })] {
                let answer = nobody(&rig).json(verb, target, body.clone()).await;
                assert_eq!(answer.status, 401, "{verb} {target} {body}: {answer}");
            }
        }
    });
}

/// Remote hooks see calls that are allowed.
#[test]
fn a_remote_hook_does_not_run_for_an_upsert_that_is_refused() {
    block_on(async {
        let models = models![Clerk, Depot, Trace, Place, Board, Parcel, Good, Sign, Lorry, Stay, Shot];
        let set = |builder: AppBuilder| builder.enable_auth().default_permission(Permission::Deny);
        let rig = app_in_memory(models, set).await;
        fill(&rig.ctx).await;
        for (verb, target) in [
            ("GET", "/api/Depots"),
            ("POST", "/api/Depots"),
            ("PATCH", "/api/Depots"),
            ("PUT", "/api/Depots"),
            ("POST", "/api/Depots/upsertWithWhere?where=%7B%22id%22%3A1%7D"),
        ] {
            let body = if verb == "GET" { Json::Null } else { note("x") };
            refused(&nobody(&rig).ask(verb, target, body).await, 401);
            assert_eq!(Trace::count(&rig.ctx, ()).await.unwrap(), 0, "{verb} {target}: a hook before it has run");
        }
    });
}

#[test]
fn every_public_method_is_explained_with_its_routes() {
    block_on(async {
        let rig = app_in_memory(relations::MODELS, AppBuilder::enable_auth).await;
        let app = rig.ctx.app().clone();
        let explained = app.acl_explain(None);
        assert!(explained.enforced);
        let mut count = 0;
        for model in app.graph().models().filter(|model| model.public) {
            for method in &model.methods {
                count += 1;
                let found = explained.methods.iter().find(|one| one.model == *model.name && one.method == method.name);
                let found = found.unwrap_or_else(|| panic!("{}.{} is not explained", model.name, method.name));
                assert_eq!(found.routes.len(), method.routes.len(), "{}.{}", model.name, method.name);
                for (shown, route) in found.routes.iter().zip(&method.routes) {
                    let verb = format!("{} /api{}", route.verb, model.path);
                    assert!(shown.starts_with(&verb), "{shown} and {verb}");
                }
                assert_eq!(found.access, method.access.as_str());
                assert!(!found.summary().is_empty());
                assert!(found.rules.iter().all(|rule| rule.location.contains(".rs:")), "{found:?}");
                let one = app.acl_explain(Some(&format!("{}.{}", model.name, method.name)));
                assert_eq!(one.methods.len(), 1, "{}.{}", model.name, method.name);
            }
        }
        assert_eq!(explained.methods.len(), count, "and nothing else");
        let text = explained.to_string();
        for one in &explained.methods {
            assert!(text.contains(&one.method) && one.routes.iter().all(|route| text.contains(route)), "{one:?}");
        }
        assert!(app.acl_explain(Some("Nothing")).methods.is_empty());
    });
}

/// What is said to be open is open, and nothing else.
#[test]
fn what_is_explained_as_open_is_open_and_nothing_else() {
    block_on(async {
        let rig = app_in_memory(relations::MODELS, AppBuilder::enable_auth).await;
        let app = rig.ctx.app().clone();
        for one in app.acl_explain(None).methods {
            let model = app.graph().model(&one.model).unwrap();
            let method = model.methods.iter().find(|method| method.name == one.method).unwrap();
            // What leads to other models is asked of them as well.
            if is_of_relation(method) || method.custom.is_some() {
                continue;
            }
            for route in &method.routes {
                if matches!(route.verb, Verb::Head) {
                    continue;
                }
                let target = format!("/api{}{}", model.path, path(&route.segments, "1", "1"));
                let target = format!("{target}?where=%7B%22id%22%3A1%7D");
                let verb = route.verb.to_string();
                let body = if matches!(verb.as_str(), "GET" | "DELETE") { Json::Null } else { json!({}) };
                let answer = nobody(&rig).ask(&verb, &target, body).await;
                let shown = format!("{verb} {target}: {answer}, {}", one.summary());
                assert_eq!(answer.status != 401, one.is_open(), "{shown}");
            }
        }
    });
}

#[test]
fn an_app_without_access_control_explains_that() {
    block_on(async {
        let models = models![Clerk, Depot, Trace, Place, Board, Parcel, Good, Sign, Lorry, Stay, Shot];
        let rig = app_in_memory(models, AppBuilder::disable_auth_for_tests).await;
        let explained = rig.ctx.app().acl_explain(None);
        assert!(!explained.enforced && explained.to_string().contains("off"), "{explained}");
        fill(&rig.ctx).await;
        ok(&nobody(&rig).get("/api/Depots").await);
    });
}
