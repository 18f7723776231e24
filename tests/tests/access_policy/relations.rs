//! The rule is asked of every model that a request touches: over relations, includes and conditions.
//!
//! A shop, which is open to everybody, leads in every way there is to three models: the doors of one stand open, those of
//! one open for the owner of each row, and those of one are closed.

use crate::world::*;
use loopback::access::DeniedInclude;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::{Lab, Place};
use loopback_tests::rest::encoded;
use serde_json::{Value as Json, json};

#[model(base = User, user(salt_work_factor = 4))]
#[acl(allow, "$owner")]
pub struct Customer {
    #[base]
    pub user: User,
    pub tasks: HasMany<Task>,
}

#[model]
pub struct Town {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub shops: HasMany<Shop>,
}

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub town: Option<BelongsTo<Town>>,
    #[relation(foreign_key = shop, nest)]
    pub posters: HasMany<Poster>,
    #[relation(foreign_key = shop, nest)]
    pub tasks: HasMany<Task>,
    #[relation(foreign_key = shop, nest)]
    pub safes: HasMany<Safe>,
    #[relation(foreign_key = main_of)]
    pub main_poster: HasOne<Poster>,
    #[relation(foreign_key = main_of)]
    pub main_task: HasOne<Task>,
    #[relation(foreign_key = main_of)]
    pub main_safe: HasOne<Safe>,
    #[relation(through = PosterLink)]
    pub linked_posters: HasMany<Poster>,
    #[relation(through = TaskLink)]
    pub linked_tasks: HasMany<Task>,
    #[relation(through = SafeLink)]
    pub linked_safes: HasMany<Safe>,
    #[relation(through = ClosedLink)]
    pub closed_posters: HasMany<Poster>,
    #[relation(through = OwnLink)]
    pub own_posters: HasMany<Poster>,
    pub poster_set: HasAndBelongsToMany<Poster>,
    pub task_set: HasAndBelongsToMany<Task>,
    pub safe_set: HasAndBelongsToMany<Safe>,
    pub poster_refs: ReferencesMany<Poster>,
    pub task_refs: ReferencesMany<Task>,
    pub safe_refs: ReferencesMany<Safe>,
    #[relation(polymorphic = drawable)]
    pub sketches: HasMany<Sketch>,
}

/// Open to everybody.
#[model]
#[derive(Clone)]
pub struct Poster {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
    pub shop: Option<BelongsTo<Shop>>,
    pub main_of: Option<BelongsTo<Shop>>,
    pub comments: HasMany<Comment>,
    #[relation(polymorphic = drawable)]
    pub sketches: HasMany<Sketch>,
}

/// Open to its owner.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
#[derive(Clone)]
pub struct Task {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub customer: Option<BelongsTo<Customer>>,
    pub shop: Option<BelongsTo<Shop>>,
    pub main_of: Option<BelongsTo<Shop>>,
    pub comments: HasMany<Comment>,
    #[relation(polymorphic = drawable)]
    pub sketches: HasMany<Sketch>,
}

/// Closed to everybody.
#[model(plural = "Safes")]
#[acl(deny, "$everyone")]
#[derive(Clone)]
pub struct Safe {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
    pub shop: Option<BelongsTo<Shop>>,
    pub main_of: Option<BelongsTo<Shop>>,
    pub comments: HasMany<Comment>,
    #[relation(polymorphic = drawable)]
    pub sketches: HasMany<Sketch>,
}

/// What anybody says to any of them.
#[model]
#[derive(Clone)]
pub struct Comment {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub poster: Option<BelongsTo<Poster>>,
    pub task: Option<BelongsTo<Task>>,
    pub safe: Option<BelongsTo<Safe>>,
}

/// Of any of them; its owner's.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
#[derive(Clone)]
pub struct Sketch {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
    pub drawable: Option<BelongsToAny>,
}

#[model]
pub struct PosterLink {
    #[property(id, generated)]
    pub id: i64,
    #[relation(on_delete = cascade)]
    pub shop: BelongsTo<Shop>,
    #[relation(on_delete = cascade)]
    pub poster: BelongsTo<Poster>,
}

#[model]
pub struct TaskLink {
    #[property(id, generated)]
    pub id: i64,
    #[relation(on_delete = cascade)]
    pub shop: BelongsTo<Shop>,
    #[relation(on_delete = cascade)]
    pub task: BelongsTo<Task>,
}

#[model]
pub struct SafeLink {
    #[property(id, generated)]
    pub id: i64,
    #[relation(on_delete = cascade)]
    pub shop: BelongsTo<Shop>,
    #[relation(on_delete = cascade)]
    pub safe: BelongsTo<Safe>,
}

/// Nobody links and unlinks.
#[model]
#[acl(deny, "$everyone")]
pub struct ClosedLink {
    #[property(id, generated)]
    pub id: i64,
    #[relation(on_delete = cascade)]
    pub shop: BelongsTo<Shop>,
    #[relation(on_delete = cascade)]
    pub poster: BelongsTo<Poster>,
}

/// Who has logged in links; who has linked unlinks.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
pub struct OwnLink {
    #[property(id, generated)]
    pub id: i64,
    pub user_id: Option<i64>,
    #[relation(on_delete = cascade)]
    pub shop: BelongsTo<Shop>,
    #[relation(on_delete = cascade)]
    pub poster: BelongsTo<Poster>,
}

pub(crate) const MODELS: [&loopback::meta::ModelDef; 14] = models![
    Customer, Town, Shop, Poster, Task, Safe, Comment, Sketch, PosterLink, TaskLink, SafeLink, ClosedLink, OwnLink,
    Lens
];

/// An open model whose relations go by its own rules alone.
#[model(relation_acl = called, plural = "Lenses")]
pub struct Lens {
    #[property(id, generated)]
    pub id: i64,
    pub safe: Option<BelongsTo<Safe>>,
    #[relation(relation_acl = both, name = "guarded")]
    pub guarded: Option<BelongsTo<Safe>>,
}

cases!(MODELS, loopback::prelude::AppBuilder::enable_auth;
    lists_show_what_the_target_lets_the_caller_find
    counts_count_what_the_target_lets_the_caller_find
    one_of_a_list_is_found_where_the_target_lets_it_be_found_by_its_id
    a_has_one_is_found_where_the_target_lets_it_be_found_by_its_id
    a_belongs_to_is_found_where_the_target_lets_it_be_found_by_its_id
    exists_tells_of_what_the_target_lets_the_caller_find
    head_is_answered_as_get
    an_include_shows_what_the_target_lets_the_caller_find
    an_include_of_one_row_is_guarded_as_that_of_a_list
    an_include_of_a_denied_model_is_a_403
    an_include_at_every_depth_is_guarded
    an_include_in_a_scope_is_guarded
    a_scope_of_an_include_does_not_widen_what_is_seen
    a_condition_over_a_relation_does_not_see_what_the_caller_does_not
    a_dotted_condition_does_not_see_what_the_caller_does_not
    a_condition_over_two_relations_is_guarded_on_the_way
    a_condition_in_a_count_and_in_an_update_is_guarded
    a_polymorphic_belongs_to_leads_where_the_target_lets_it_lead
    a_polymorphic_has_many_shows_the_owners_rows
    creating_over_a_relation_asks_the_targets_create
    changing_over_a_relation_asks_the_targets_patch_attributes
    deleting_over_a_relation_asks_the_targets_delete_by_id
    deleting_all_over_a_relation_deletes_the_callers_rows_alone
    a_has_one_is_written_by_the_rules_of_its_model
    linking_asks_the_target_and_the_model_between
    unlinking_asks_the_model_between
    who_links_owns_the_link
    who_owns_a_link_takes_it_away_and_nobody_else
    through_a_closed_model_nothing_is_written
    a_nested_path_is_guarded_at_each_step
    the_relation_method_of_the_source_is_asked_first
    relation_acl_called_of_a_model_asks_the_source_alone
    relation_acl_both_of_a_relation_wins_over_its_model
    the_sessions_of_a_user_go_by_the_rule_of_the_relation_alone
);

all_places!(
    relation_acl_called_of_the_app_asks_the_source_alone
    a_denied_include_is_left_out_where_the_app_says_so
    a_rule_for_the_owner_to_create_is_no_rule_for_all_over_a_relation
    an_audit_of_the_owners_rows_shows_them_over_a_relation
);

struct World {
    ada: Who,
    bob: Who,
    shop: i64,
    town: i64,
    /// Of each kind of row: Ada's and Bob's.
    posters: [i64; 2],
    tasks: [i64; 2],
    safes: [i64; 2],
}

/// A shop that has a row of each of two people in every list, and one of Ada's in each to-one relation.
async fn world(lab: &Lab) -> World {
    let rig_ctx = &lab.ctx;
    fill(rig_ctx, user!(lab, Customer, "ada"), user!(lab, Customer, "bob")).await
}

async fn fill(ctx: &Ctx, ada: Who, bob: Who) -> World {
    let town = Town::create(ctx, set!(Town { name: "Oslo" })).await.unwrap();
    let shop = Shop::create(ctx, set!(Shop { name: "Bel", town: town.id })).await.unwrap();
    let (mut posters, mut tasks, mut safes) = (Vec::new(), Vec::new(), Vec::new());
    for who in [&ada, &bob] {
        let text = if who.id == ada.id { "ada's" } else { "bob's" }.to_owned();
        let poster = set!(Poster { text: text.clone(), user_id: who.id, shop: shop.id });
        posters.push(Poster::create(ctx, poster).await.unwrap().id);
        let task = set!(Task { text: text.clone(), customer: who.id, shop: shop.id });
        tasks.push(Task::create(ctx, task).await.unwrap().id);
        let safe = set!(Safe { text: text, user_id: who.id, shop: shop.id });
        safes.push(Safe::create(ctx, safe).await.unwrap().id);
    }
    for id in &posters {
        PosterLink::create(ctx, set!(PosterLink { shop: shop.id, poster: *id })).await.unwrap();
        shop.poster_set.link(ctx, *id).await.unwrap();
        Comment::create(ctx, set!(Comment { text: "c".to_owned(), poster: *id })).await.unwrap();
    }
    for id in &tasks {
        TaskLink::create(ctx, set!(TaskLink { shop: shop.id, task: *id })).await.unwrap();
        shop.task_set.link(ctx, *id).await.unwrap();
        Comment::create(ctx, set!(Comment { text: "c".to_owned(), task: *id })).await.unwrap();
    }
    for id in &safes {
        SafeLink::create(ctx, set!(SafeLink { shop: shop.id, safe: *id })).await.unwrap();
        shop.safe_set.link(ctx, *id).await.unwrap();
        Comment::create(ctx, set!(Comment { text: "c".to_owned(), safe: *id })).await.unwrap();
    }
    let refs = set!(Shop { poster_refs: posters.clone(), task_refs: tasks.clone(), safe_refs: safes.clone() });
    let shop = shop.update_attributes(ctx, refs).await.unwrap();
    Poster::create(ctx, set!(Poster { text: "main".to_owned(), user_id: ada.id, main_of: shop.id })).await.unwrap();
    Task::create(ctx, set!(Task { text: "main".to_owned(), customer: ada.id, main_of: shop.id })).await.unwrap();
    Safe::create(ctx, set!(Safe { text: "main".to_owned(), user_id: ada.id, main_of: shop.id })).await.unwrap();
    let two = |list: Vec<i64>| [list[0], list[1]];
    World { ada, bob, shop: shop.id, town: town.id, posters: two(posters), tasks: two(tasks), safes: two(safes) }
}

/// The lists of a shop: the open one, the owner's, the closed one.
const LISTS: [[&str; 3]; 4] = [
    ["posters", "tasks", "safes"],
    ["linkedPosters", "linkedTasks", "linkedSafes"],
    ["posterSet", "taskSet", "safeSet"],
    ["posterRefs", "taskRefs", "safeRefs"],
];

/// A body of JSON with all that is stored of the three models.
async fn all(lab: &impl Stage) -> Json {
    json!([stored::<Poster>(lab).await, stored::<Task>(lab).await, stored::<Safe>(lab).await])
}

fn texts(list: &Json) -> Vec<String> {
    sorted(list, "text")
}

async fn lists_show_what_the_target_lets_the_caller_find(lab: Lab) {
    let w = world(&lab).await;
    for [open, own, closed] in LISTS {
        let path = |relation: &str| format!("/api/Shops/{}/{relation}", w.shop);
        assert_eq!(texts(&ok(&nobody(&lab).get(&path(open)).await)), ["ada's", "bob's"], "{open}");
        assert_eq!(texts(&ok(&of(&lab, &w.bob).get(&path(open)).await)), ["ada's", "bob's"], "{open}");
        refused(&nobody(&lab).get(&path(own)).await, 401);
        assert_eq!(texts(&ok(&of(&lab, &w.ada).get(&path(own)).await)), ["ada's"], "{own}");
        assert_eq!(texts(&ok(&of(&lab, &w.bob).get(&path(own)).await)), ["bob's"], "{own}");
        let wide = json!({ "where": { "or": [{ "text": "bob's" }, { "id": { "gt": 0 } }] } });
        assert_eq!(texts(&ok(&of(&lab, &w.ada).find(&path(own), wide).await)), ["ada's"], "{own}");
        refused(&nobody(&lab).get(&path(closed)).await, 401);
        refused(&of(&lab, &w.ada).get(&path(closed)).await, 401);
    }
}

async fn counts_count_what_the_target_lets_the_caller_find(lab: Lab) {
    let w = world(&lab).await;
    for [open, own, closed] in LISTS {
        let path = |relation: &str| format!("/api/Shops/{}/{relation}/count", w.shop);
        assert_eq!(ok(&nobody(&lab).get(&path(open)).await)["count"], 2, "{open}");
        refused(&nobody(&lab).get(&path(own)).await, 401);
        assert_eq!(ok(&of(&lab, &w.ada).get(&path(own)).await)["count"], 1, "{own}");
        let theirs = condition(&json!({ "text": "bob's" }));
        assert_eq!(ok(&of(&lab, &w.ada).get(&format!("{}?{theirs}", path(own))).await)["count"], 0, "{own}");
        refused(&of(&lab, &w.ada).get(&path(closed)).await, 401);
    }
}

async fn one_of_a_list_is_found_where_the_target_lets_it_be_found_by_its_id(lab: Lab) {
    let w = world(&lab).await;
    for [open, own, closed] in LISTS {
        let path = |relation: &str, id: i64| format!("/api/Shops/{}/{relation}/{id}", w.shop);
        assert_eq!(ok(&nobody(&lab).get(&path(open, w.posters[1])).await)["text"], "bob's", "{open}");
        assert_eq!(ok(&of(&lab, &w.ada).get(&path(own, w.tasks[0])).await)["text"], "ada's", "{own}");
        let foreign = of(&lab, &w.ada).get(&path(own, w.tasks[1])).await;
        assert_eq!(error(&foreign).0, 404, "{own}: {foreign}");
        let unknown = of(&lab, &w.ada).get(&path(own, 987_654)).await;
        let plain = |text: String, id: i64| text.replace(&id.to_string(), "ID");
        assert_eq!(plain(foreign.text(), w.tasks[1]), plain(unknown.text(), 987_654), "{own}");
        refused(&nobody(&lab).get(&path(own, w.tasks[0])).await, 401);
        refused(&of(&lab, &w.ada).get(&path(closed, w.safes[0])).await, 401);
    }
}

async fn a_has_one_is_found_where_the_target_lets_it_be_found_by_its_id(lab: Lab) {
    let w = world(&lab).await;
    let path = |relation: &str| format!("/api/Shops/{}/{relation}", w.shop);
    assert_eq!(ok(&nobody(&lab).get(&path("mainPoster")).await)["text"], "main");
    assert_eq!(ok(&of(&lab, &w.ada).get(&path("mainTask")).await)["text"], "main");
    let foreign = of(&lab, &w.bob).get(&path("mainTask")).await;
    assert_eq!(error(&foreign).0, 404, "{foreign}");
    refused(&nobody(&lab).get(&path("mainTask")).await, 401);
    refused(&of(&lab, &w.ada).get(&path("mainSafe")).await, 401);
}

async fn a_belongs_to_is_found_where_the_target_lets_it_be_found_by_its_id(lab: Lab) {
    let w = world(&lab).await;
    let comments = Comment::find(&lab.ctx, ()).await.unwrap();
    let (ada_, bob_) = (of(&lab, &w.ada), of(&lab, &w.bob));
    for comment in comments {
        let path = |relation: &str| format!("/api/Comments/{}/{relation}", comment.id);
        if comment.poster.is_some() {
            ok(&nobody(&lab).get(&path("poster")).await);
        }
        if comment.task.id() == Some(&w.tasks[0]) {
            assert_eq!(ok(&ada_.get(&path("task")).await)["text"], "ada's");
            assert_eq!(error(&bob_.get(&path("task")).await).0, 404);
            refused(&nobody(&lab).get(&path("task")).await, 401);
        }
        if comment.safe.is_some() {
            refused(&ada_.get(&path("safe")).await, 401);
        }
    }
}

async fn exists_tells_of_what_the_target_lets_the_caller_find(lab: Lab) {
    let w = world(&lab).await;
    for [open, own, closed] in &LISTS[1..] {
        let path = |relation: &str, id: i64| format!("/api/Shops/{}/{relation}/rel/{id}", w.shop);
        assert_eq!(nobody(&lab).call("HEAD", &path(open, w.posters[1])).await.status, 200, "{open}");
        assert_eq!(of(&lab, &w.ada).call("HEAD", &path(own, w.tasks[0])).await.status, 200, "{own}");
        assert_eq!(of(&lab, &w.ada).call("HEAD", &path(own, w.tasks[1])).await.status, 404, "{own}");
        assert_eq!(nobody(&lab).call("HEAD", &path(own, w.tasks[1])).await.status, 401, "{own}");
        assert_eq!(of(&lab, &w.ada).call("HEAD", &path(closed, w.safes[0])).await.status, 401, "{closed}");
    }
}

/// Case 70.
async fn head_is_answered_as_get(lab: Lab) {
    let w = world(&lab).await;
    let mut targets = vec!["/api/Tasks".to_owned(), format!("/api/Tasks/{}", w.tasks[0]), "/api/Safes".into()];
    for relation in LISTS.concat().into_iter().chain(["mainPoster", "mainTask", "mainSafe"]) {
        targets.push(format!("/api/Shops/{}/{relation}", w.shop));
    }
    for target in targets {
        for client in [of(&lab, &w.ada), of(&lab, &w.bob), nobody(&lab)] {
            let (get, head) = (client.get(&target).await, client.call("HEAD", &target).await);
            assert_eq!((get.status, head.body.len()), (head.status, 0), "{target}: {get}");
        }
    }
}

async fn an_include_shows_what_the_target_lets_the_caller_find(lab: Lab) {
    let w = world(&lab).await;
    for [open, own, _] in LISTS {
        let shops = ok(&nobody(&lab).find("/api/Shops", json!({ "include": open })).await);
        assert_eq!(texts(&shops[0][open]), ["ada's", "bob's"], "{open}");
        for (who, seen) in [(&w.ada, "ada's"), (&w.bob, "bob's")] {
            let shops = ok(&of(&lab, who).find("/api/Shops", json!({ "include": [own, open] })).await);
            assert_eq!(texts(&shops[0][own]), [seen], "{own}");
            assert_eq!(texts(&shops[0][open]), ["ada's", "bob's"], "{open}");
        }
    }
    let include = json!({ "include": "mainTask" });
    let shops = ok(&of(&lab, &w.ada).find("/api/Shops", include.clone()).await);
    assert_eq!(shops[0]["mainTask"]["text"], "main");
    let shops = ok(&of(&lab, &w.bob).find("/api/Shops", include).await);
    assert!(shops[0]["mainTask"].is_null(), "{shops}");
    let filter = json!({ "include": "task", "where": { "taskId": { "neq": null } } });
    let comments = ok(&of(&lab, &w.bob).find("/api/Comments", filter).await);
    let seen: Vec<&Json> = comments.as_array().unwrap().iter().filter(|row| row["task"].is_object()).collect();
    assert_eq!((comments.as_array().unwrap().len(), seen.len()), (2, 1), "{comments}");
    assert_eq!(seen[0]["task"]["text"], "bob's");
}

async fn an_include_of_one_row_is_guarded_as_that_of_a_list(lab: Lab) {
    let w = world(&lab).await;
    for [_, own, closed] in LISTS {
        for path in [format!("/api/Shops/{}", w.shop), "/api/Shops/findOne".to_owned()] {
            let shop = ok(&of(&lab, &w.bob).find(&path, json!({ "include": own })).await);
            assert_eq!(texts(&shop[own]), ["bob's"], "{path} {own}");
            let answer = of(&lab, &w.bob).find(&path, json!({ "include": closed })).await;
            refused(&answer, 403);
        }
    }
}

/// Cases 52, 53.
async fn an_include_of_a_denied_model_is_a_403(lab: Lab) {
    let w = world(&lab).await;
    for [open, own, closed] in LISTS {
        for client in [of(&lab, &w.ada), nobody(&lab)] {
            for include in
                [json!(closed), json!([open, closed]), json!([{ "relation": closed, "scope": { "limit": 1 } }])]
            {
                let answer = client.find("/api/Shops", json!({ "include": include })).await;
                assert!(matches!(answer.status, 401 | 403), "{include}: {answer}");
                assert!(!answer.text().contains("ada's"), "{include}: {answer}");
            }
        }
        let answer = nobody(&lab).find("/api/Shops", json!({ "include": own })).await;
        assert!(matches!(answer.status, 401 | 403), "{own}: {answer}");
    }
    for relation in ["mainSafe", "mainTask"] {
        let answer = nobody(&lab).find("/api/Shops", json!({ "include": relation })).await;
        assert!(matches!(answer.status, 401 | 403), "{relation}: {answer}");
    }
}

async fn an_include_at_every_depth_is_guarded(lab: Lab) {
    let w = world(&lab).await;
    let client = of(&lab, &w.bob);
    let one = ok(&client.find("/api/Towns", json!({ "include": "shops" })).await);
    assert_eq!(one[0]["shops"][0]["name"], "Bel");
    let two = ok(&client.find("/api/Towns", json!({ "include": { "shops": "tasks" } })).await);
    assert_eq!(texts(&two[0]["shops"][0]["tasks"]), ["bob's"]);
    let three = ok(&client.find("/api/Towns", json!({ "include": { "shops": { "tasks": "comments" } } })).await);
    let tasks = &three[0]["shops"][0]["tasks"];
    assert_eq!((texts(tasks), tasks[0]["comments"].as_array().map(Vec::len)), (vec!["bob's".to_owned()], Some(1)));
    for include in [
        json!({ "shops": "safes" }),
        json!({ "shops": { "posters": { "shop": "safes" } } }),
        json!({ "shops": { "safes": "comments" } }),
        json!({ "shops": { "tasks": { "comments": "safe" } } }),
    ] {
        refused(&client.find("/api/Towns", json!({ "include": include })).await, 403);
    }
    // Back again: the comment's task is as guarded as the shop's.
    let filter = json!({ "include": { "posters": { "shop": "tasks" } } });
    let back = ok(&client.find("/api/Shops", filter).await);
    assert_eq!(texts(&back[0]["posters"][0]["shop"]["tasks"]), ["bob's"]);
}

async fn an_include_in_a_scope_is_guarded(lab: Lab) {
    let w = world(&lab).await;
    let client = of(&lab, &w.bob);
    let scope = |relation: &str, scope: Json| json!({ "include": { "relation": relation, "scope": scope } });
    let found = ok(&client.find("/api/Towns", scope("shops", json!({ "include": "tasks" }))).await);
    assert_eq!(texts(&found[0]["shops"][0]["tasks"]), ["bob's"]);
    let inner = json!({ "include": { "relation": "tasks", "scope": { "include": "comments", "where": { "id": { "gt": 0 } } } } });
    let found = ok(&client.find("/api/Towns", scope("shops", inner)).await);
    assert_eq!(texts(&found[0]["shops"][0]["tasks"]), ["bob's"]);
    refused(&client.find("/api/Towns", scope("shops", json!({ "include": "safes" }))).await, 403);
    refused(&client.find("/api/Towns", scope("shops", json!({ "include": ["tasks", "safes"] }))).await, 403);
    // Over a relation's own route.
    let answer = client.find(&format!("/api/Towns/{}/shops", w.town), json!({ "include": "safes" })).await;
    refused(&answer, 403);
    let answer = client.find(&format!("/api/Towns/{}/shops", w.town), json!({ "include": "tasks" })).await;
    assert_eq!(texts(&ok(&answer)[0]["tasks"]), ["bob's"]);
    let answer = client.find(&format!("/api/Towns/{}/shops/{}", w.town, w.shop), json!({ "include": "safes" })).await;
    refused(&answer, 403);
}

async fn a_scope_of_an_include_does_not_widen_what_is_seen(lab: Lab) {
    let w = world(&lab).await;
    let client = of(&lab, &w.ada);
    for scope in [
        json!({ "where": { "text": "bob's" } }),
        json!({ "where": { "or": [{ "text": "bob's" }, { "id": { "gt": 0 } }] } }),
        json!({ "where": { "customerId": w.bob.id } }),
        json!({ "order": "text DESC", "limit": 1 }),
        json!({ "where": { "text": { "neq": "ada's" } } }),
    ] {
        let filter = json!({ "include": { "relation": "tasks", "scope": scope } });
        let answer = client.find("/api/Shops", filter).await;
        assert!(!ok(&answer).to_string().contains("bob's"), "{scope}: {answer}");
    }
}

async fn a_condition_over_a_relation_does_not_see_what_the_caller_does_not(lab: Lab) {
    let w = world(&lab).await;
    let names = async |client: Client, wanted: Json| {
        let answer = client.find("/api/Shops", json!({ "where": wanted })).await;
        if answer.status == 200 { sorted(&answer.json(), "name") } else { vec![answer.status.to_string()] }
    };
    for [open, own, closed] in
        [["posters", "tasks", "safes"], ["linkedPosters", "linkedTasks", "linkedSafes"], LISTS[2]]
    {
        let text = |relation: &str, text: &str| json!({ relation: { "text": text } });
        assert_eq!(names(nobody(&lab), text(open, "bob's")).await, ["Bel"], "{open}");
        assert_eq!(names(of(&lab, &w.ada), text(own, "ada's")).await, ["Bel"], "{own}");
        assert_eq!(names(of(&lab, &w.ada), text(own, "bob's")).await, [""; 0], "{own}");
        let or = json!({ "or": [text(own, "bob's"), { "name": "none such" }] });
        assert_eq!(names(of(&lab, &w.ada), or).await, [""; 0], "{own}");
        let and = json!({ "and": [text(own, "bob's"), { "name": "Bel" }] });
        assert_eq!(names(of(&lab, &w.ada), and).await, [""; 0], "{own}");
        for client in [nobody(&lab), of(&lab, &w.ada)] {
            for wanted in [
                text(closed, "ada's"),
                text(closed, "none such"),
                json!({ "or": [{ "name": "Bel" }, text(closed, "x")] }),
            ] {
                let seen = names(client.clone(), wanted.clone()).await;
                assert!(seen == ["401"] || seen == ["403"], "{wanted}: {seen:?}");
            }
        }
        let seen = names(nobody(&lab), text(own, "ada's")).await;
        assert!(seen == ["401"] || seen == ["403"], "{own}: {seen:?}");
    }
}

async fn a_dotted_condition_does_not_see_what_the_caller_does_not(lab: Lab) {
    let w = world(&lab).await;
    let find = async |who: &Who, wanted: Json| of(&lab, who).find("/api/Comments", json!({ "where": wanted })).await;
    // Dotted names of relations may not be served at all; they never tell of what the caller may not see.
    for (wanted, rows) in [(json!({ "task.text": "ada's" }), 0), (json!({ "task.text": "bob's" }), 1)] {
        let answer = find(&w.bob, wanted.clone()).await;
        assert!(answer.status == 400 || ok(&answer).as_array().map(Vec::len) == Some(rows), "{wanted}: {answer}");
    }
    for wanted in [json!({ "safe.text": "ada's" }), json!({ "safe.text": "none such" })] {
        let answer = find(&w.ada, wanted.clone()).await;
        assert!(matches!(answer.status, 400 | 403), "{wanted}: {answer}");
    }
}

async fn a_condition_over_two_relations_is_guarded_on_the_way(lab: Lab) {
    let w = world(&lab).await;
    let client = of(&lab, &w.bob);
    let towns = async |wanted: Json| client.find("/api/Towns", json!({ "where": wanted })).await;
    assert_eq!(each(&ok(&towns(json!({ "shops": { "tasks": { "text": "bob's" } } })).await), "name"), json!(["Oslo"]));
    assert_eq!(ok(&towns(json!({ "shops": { "tasks": { "text": "ada's" } } })).await), json!([]));
    let over = json!({ "shops": { "tasks": { "comments": { "taskId": w.tasks[0] } } } });
    assert_eq!(ok(&towns(over).await), json!([]), "the comments of a task that is not seen");
    refused(&towns(json!({ "shops": { "safes": { "text": "ada's" } } })).await, 403);
    refused(&towns(json!({ "shops": { "safes": { "comments": { "text": "c" } } } })).await, 403);
}

async fn a_condition_in_a_count_and_in_an_update_is_guarded(lab: Lab) {
    let w = world(&lab).await;
    let client = of(&lab, &w.bob);
    let own = condition(&json!({ "tasks": { "text": "ada's" } }));
    let closed = condition(&json!({ "safes": { "text": "ada's" } }));
    assert_eq!(ok(&client.get(&format!("/api/Shops/count?{own}")).await)["count"], 0);
    refused(&client.get(&format!("/api/Shops/count?{closed}")).await, 403);
    let name = json!({ "name": "x" });
    assert_eq!(ok(&client.json("POST", &format!("/api/Shops/update?{own}"), name.clone()).await)["count"], 0);
    refused(&client.json("POST", &format!("/api/Shops/update?{closed}"), name.clone()).await, 403);
    refused(&client.json("POST", &format!("/api/Shops/upsertWithWhere?{closed}"), name.clone()).await, 403);
    let route = format!("/api/Towns/{}/shops", w.town);
    refused(&client.get(&format!("{route}/count?{closed}")).await, 403);
    refused(&client.call("DELETE", &format!("{route}?{closed}")).await, 403);
    assert_eq!(client.call("DELETE", &format!("{route}?{own}")).await.status, 204);
    assert_eq!(each(&json!(stored::<Shop>(&lab).await), "name"), json!(["Bel"]));
}

/// A sketch of Ada's of each of the things: by the thing's text and model.
async fn sketches(lab: &Lab, w: &World) -> Vec<(String, i64)> {
    let mut made = Vec::new();
    let of = [
        ("poster", BelongsToAny::new::<Poster>(w.posters[1])),
        ("own task", BelongsToAny::new::<Task>(w.tasks[0])),
        ("foreign task", BelongsToAny::new::<Task>(w.tasks[1])),
        ("safe", BelongsToAny::new::<Safe>(w.safes[0])),
    ];
    for (name, drawable) in of {
        let data = set!(Sketch { text: name.to_owned(), user_id: w.ada.id, drawable: drawable });
        made.push((name.to_owned(), Sketch::create(&lab.ctx, data).await.unwrap().id));
    }
    made
}

async fn a_polymorphic_belongs_to_leads_where_the_target_lets_it_lead(lab: Lab) {
    let w = world(&lab).await;
    let client = of(&lab, &w.ada);
    for (name, id) in sketches(&lab, &w).await {
        let answer = client.get(&format!("/api/Sketches/{id}/drawable")).await;
        match name.as_str() {
            "poster" => assert_eq!(ok(&answer)["text"], "bob's"),
            "own task" => assert_eq!(ok(&answer)["text"], "ada's"),
            "foreign task" => assert_eq!(error(&answer).0, 404, "{answer}"),
            _ => refused(&answer, 401),
        }
        let included = client.find(&format!("/api/Sketches/{id}"), json!({ "include": "drawable" })).await;
        let drawable = match included.status {
            200 => included.json()["drawable"].clone(),
            _ => Json::Null,
        };
        match name.as_str() {
            "poster" => assert_eq!(drawable["text"], "bob's", "{included}"),
            "own task" => assert_eq!(drawable["text"], "ada's", "{included}"),
            _ => assert!(drawable.is_null(), "{included}"),
        }
    }
    // Who owns no sketch sees none.
    refused(&of(&lab, &w.bob).get("/api/Sketches").await, 401);
}

async fn a_polymorphic_has_many_shows_the_owners_rows(lab: Lab) {
    let w = world(&lab).await;
    for (text, who) in [("ada's", &w.ada), ("bob's", &w.bob)] {
        let drawable = BelongsToAny::new::<Shop>(w.shop);
        let data = set!(Sketch { text: text.to_owned(), user_id: who.id, drawable: drawable });
        Sketch::create(&lab.ctx, data).await.unwrap();
    }
    let path = format!("/api/Shops/{}/sketches", w.shop);
    for (who, seen) in [(&w.ada, "ada's"), (&w.bob, "bob's")] {
        let client = of(&lab, who);
        assert_eq!(texts(&ok(&client.get(&path).await)), [seen]);
        let shops = ok(&client.find("/api/Shops", json!({ "include": "sketches" })).await);
        assert_eq!(texts(&shops[0]["sketches"]), [seen]);
    }
    refused(&nobody(&lab).get(&path).await, 401);
    let made = ok(&of(&lab, &w.bob).json("POST", &path, note("new")).await);
    assert_eq!((&made["userId"], &made["drawableType"]), (&json!(w.bob.id), &json!("Shop")));
    let planted = of(&lab, &w.bob).json("POST", &path, json!({ "text": "x", "userId": w.ada.id })).await;
    invalid(&planted, "userId");
    assert_eq!(of(&lab, &w.bob).call("DELETE", &path).await.status, 204);
    assert_eq!(texts(&json!(stored::<Sketch>(&lab).await)), ["ada's"]);
}

async fn creating_over_a_relation_asks_the_targets_create(lab: Lab) {
    let w = world(&lab).await;
    let before = all(&lab).await;
    for [_, own, closed] in LISTS {
        let path = |relation: &str| format!("/api/Shops/{}/{relation}", w.shop);
        for body in [note("x"), json!([note("x"), note("y")])] {
            refused(&nobody(&lab).json("POST", &path(own), body.clone()).await, 401);
            refused(&nobody(&lab).json("POST", &path(closed), body.clone()).await, 401);
            refused(&of(&lab, &w.ada).json("POST", &path(closed), body).await, 401);
        }
        let planted = json!({ "text": "x", "customerId": w.bob.id });
        invalid(&of(&lab, &w.ada).json("POST", &path(own), planted.clone()).await, "customerId");
        let answer = of(&lab, &w.ada).json("POST", &path(own), json!([note("x"), planted])).await;
        assert_eq!(answer.status, 422, "{own}: {answer}");
    }
    assert_eq!(all(&lab).await, before);
    for [open, own, _] in LISTS {
        let path = |relation: &str| format!("/api/Shops/{}/{relation}", w.shop);
        ok(&nobody(&lab).json("POST", &path(open), note("new")).await);
        assert_eq!(ok(&of(&lab, &w.ada).json("POST", &path(own), note("new")).await)["customerId"], w.ada.id, "{own}");
    }
}

async fn changing_over_a_relation_asks_the_targets_patch_attributes(lab: Lab) {
    let w = world(&lab).await;
    let before = all(&lab).await;
    for [_, own, closed] in LISTS {
        let path = |relation: &str, id: i64| format!("/api/Shops/{}/{relation}/{id}", w.shop);
        refused(&nobody(&lab).json("PUT", &path(own, w.tasks[0]), note("x")).await, 401);
        let foreign = of(&lab, &w.ada).json("PUT", &path(own, w.tasks[1]), note("x")).await;
        assert_eq!(error(&foreign).0, 404, "{own}: {foreign}");
        refused(&of(&lab, &w.ada).json("PUT", &path(closed, w.safes[0]), note("x")).await, 401);
        let away = json!({ "customerId": w.bob.id });
        invalid(&of(&lab, &w.ada).json("PUT", &path(own, w.tasks[0]), away).await, "customerId");
    }
    assert_eq!(all(&lab).await, before);
    for [open, own, _] in LISTS {
        let path = |relation: &str, id: i64| format!("/api/Shops/{}/{relation}/{id}", w.shop);
        assert_eq!(ok(&nobody(&lab).json("PUT", &path(open, w.posters[1]), note(open)).await)["text"], open);
        assert_eq!(ok(&of(&lab, &w.ada).json("PUT", &path(own, w.tasks[0]), note(own)).await)["text"], own);
    }
}

async fn deleting_over_a_relation_asks_the_targets_delete_by_id(lab: Lab) {
    let w = world(&lab).await;
    let before = all(&lab).await;
    for [_, own, closed] in LISTS {
        let path = |relation: &str, id: i64| format!("/api/Shops/{}/{relation}/{id}", w.shop);
        refused(&nobody(&lab).call("DELETE", &path(own, w.tasks[0])).await, 401);
        let foreign = of(&lab, &w.ada).call("DELETE", &path(own, w.tasks[1])).await;
        assert_eq!(error(&foreign).0, 404, "{own}: {foreign}");
        refused(&of(&lab, &w.ada).call("DELETE", &path(closed, w.safes[0])).await, 401);
    }
    assert_eq!(all(&lab).await, before);
}

/// Case 53.
async fn deleting_all_over_a_relation_deletes_the_callers_rows_alone(lab: Lab) {
    let w = world(&lab).await;
    Comment::destroy_all(&lab.ctx, ()).await.unwrap();
    TaskLink::destroy_all(&lab.ctx, ()).await.unwrap();
    let shop = Shop::find_by_id(&lab.ctx, w.shop).await.unwrap().unwrap();
    for id in w.tasks {
        shop.task_set.unlink(&lab.ctx, id).await.unwrap();
    }
    let before = all(&lab).await;
    let path = |relation: &str| format!("/api/Shops/{}/{relation}", w.shop);
    refused(&nobody(&lab).call("DELETE", &path("tasks")).await, 401);
    refused(&of(&lab, &w.ada).call("DELETE", &path("safes")).await, 401);
    let theirs = condition(&json!({ "text": "bob's" }));
    assert_eq!(of(&lab, &w.ada).call("DELETE", &format!("{}?{theirs}", path("tasks"))).await.status, 204);
    assert_eq!(all(&lab).await, before);
    assert_eq!(of(&lab, &w.ada).call("DELETE", &path("tasks")).await.status, 204);
    assert_eq!(texts(&json!(stored::<Task>(&lab).await)), ["bob's", "main"]);
}

async fn a_has_one_is_written_by_the_rules_of_its_model(lab: Lab) {
    let w = world(&lab).await;
    let before = all(&lab).await;
    let path = |relation: &str| format!("/api/Shops/{}/{relation}", w.shop);
    let own = path("mainTask");
    for client in [nobody(&lab), of(&lab, &w.ada)] {
        for (verb, body) in [("PUT", note("x")), ("DELETE", Json::Null), ("POST", note("x"))] {
            refused(&client.ask(verb, &path("mainSafe"), body).await, 401);
        }
    }
    for (verb, body) in [("PUT", note("x")), ("DELETE", Json::Null)] {
        refused(&nobody(&lab).ask(verb, &own, body.clone()).await, 401);
        let foreign = of(&lab, &w.bob).ask(verb, &own, body).await;
        assert_eq!(error(&foreign).0, 404, "{verb}: {foreign}");
    }
    invalid(&of(&lab, &w.ada).json("PUT", &own, json!({ "customerId": w.bob.id })).await, "customerId");
    assert_eq!(all(&lab).await, before);
    assert_eq!(ok(&of(&lab, &w.ada).json("PUT", &own, note("y")).await)["text"], "y");
    assert_eq!(of(&lab, &w.ada).call("DELETE", &own).await.status, 204);
    assert_eq!(texts(&json!(stored::<Task>(&lab).await)), ["ada's", "bob's"]);
    assert_eq!(ok(&of(&lab, &w.bob).json("POST", &own, note("z")).await)["customerId"], w.bob.id);
}

async fn linking_asks_the_target_and_the_model_between(lab: Lab) {
    let w = world(&lab).await;
    let shop = Shop::create(&lab.ctx, set!(Shop { name: "New" })).await.unwrap().id;
    let path = |relation: &str, id: i64| format!("/api/Shops/{shop}/{relation}/rel/{id}");
    for [open, own, closed] in &LISTS[1..] {
        refused(&nobody(&lab).call("PUT", &path(own, w.tasks[0])).await, 401);
        let foreign = of(&lab, &w.ada).call("PUT", &path(own, w.tasks[1])).await;
        assert_eq!(error(&foreign).0, 404, "{own}: {foreign}");
        refused(&of(&lab, &w.ada).call("PUT", &path(closed, w.safes[0])).await, 401);
        ok(&nobody(&lab).call("PUT", &path(open, w.posters[1])).await);
        ok(&of(&lab, &w.ada).call("PUT", &path(own, w.tasks[0])).await);
    }
    for client in [nobody(&lab), of(&lab, &w.ada)] {
        refused(&client.call("PUT", &path("closedPosters", w.posters[0])).await, 401);
    }
    assert_eq!(ClosedLink::count(&lab.ctx, ()).await.unwrap(), 0);
    let links = TaskLink::find(&lab.ctx, TaskLink::props().shop.eq(shop)).await.unwrap();
    assert_eq!(links.iter().map(|link| *link.task.id()).collect::<Vec<_>>(), [w.tasks[0]]);
    assert_eq!(SafeLink::count(&lab.ctx, SafeLink::props().shop.eq(shop)).await.unwrap(), 0);
}

async fn unlinking_asks_the_model_between(lab: Lab) {
    let w = world(&lab).await;
    for poster in w.posters {
        ClosedLink::create(&lab.ctx, set!(ClosedLink { shop: w.shop, poster: poster })).await.unwrap();
    }
    for client in [nobody(&lab), of(&lab, &w.ada)] {
        let path = format!("/api/Shops/{}/closedPosters", w.shop);
        refused(&client.call("DELETE", &format!("{path}/rel/{}", w.posters[0])).await, 401);
        refused(&client.call("DELETE", &format!("{path}/{}", w.posters[0])).await, 401);
        refused(&client.call("DELETE", &path).await, 401);
    }
    assert_eq!(ClosedLink::count(&lab.ctx, ()).await.unwrap(), 2);
    assert_eq!(Poster::count(&lab.ctx, ()).await.unwrap(), 3);
    let path = format!("/api/Shops/{}/linkedPosters/rel/{}", w.shop, w.posters[0]);
    assert_eq!(nobody(&lab).call("DELETE", &path).await.status, 204);
    assert_eq!(PosterLink::count(&lab.ctx, ()).await.unwrap(), 1);
}

/// The model between is a model like any other: its owner is who has made the link, and who has may take it away.
async fn who_links_owns_the_link(lab: Lab) {
    let w = world(&lab).await;
    let path = |id: i64| format!("/api/Shops/{}/ownPosters/rel/{id}", w.shop);
    refused(&nobody(&lab).call("PUT", &path(w.posters[0])).await, 401);
    let made = ok(&of(&lab, &w.ada).call("PUT", &path(w.posters[0])).await);
    assert_eq!(made["userId"], w.ada.id, "a link without a body: {made}");
    let made = ok(&of(&lab, &w.ada).json("PUT", &path(w.posters[1]), json!({})).await);
    assert_eq!(made["userId"], w.ada.id, "a link with a body: {made}");
    let answer = of(&lab, &w.bob).json("PUT", &path(w.posters[0]), json!({ "userId": w.ada.id })).await;
    assert_eq!(answer.status, 422, "{answer}");
}

async fn who_owns_a_link_takes_it_away_and_nobody_else(lab: Lab) {
    let w = world(&lab).await;
    let path = |id: i64| format!("/api/Shops/{}/ownPosters/rel/{id}", w.shop);
    for poster in w.posters {
        OwnLink::create(&lab.ctx, set!(OwnLink { user_id: w.ada.id, shop: w.shop, poster: poster })).await.unwrap();
    }
    for client in [nobody(&lab), of(&lab, &w.bob)] {
        let answer = client.call("DELETE", &path(w.posters[0])).await;
        assert!(matches!(answer.status, 401 | 404), "{answer}");
    }
    assert_eq!(OwnLink::count(&lab.ctx, ()).await.unwrap(), 2);
    let answer = of(&lab, &w.ada).call("DELETE", &path(w.posters[0])).await;
    assert_eq!(answer.status, 204, "the owner of the link takes it away: {answer}");
    assert_eq!(OwnLink::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn through_a_closed_model_nothing_is_written(lab: Lab) {
    let w = world(&lab).await;
    let before = all(&lab).await;
    let path = format!("/api/Shops/{}/closedPosters", w.shop);
    for client in [nobody(&lab), of(&lab, &w.ada)] {
        refused(&client.json("POST", &path, note("x")).await, 401);
        refused(&client.json("POST", &path, json!([note("x")])).await, 401);
        // Its rows are the target's to show.
        assert_eq!(ok(&client.get(&path).await), json!([]));
    }
    assert_eq!((all(&lab).await, ClosedLink::count(&lab.ctx, ()).await.unwrap()), (before, 0));
}

async fn a_nested_path_is_guarded_at_each_step(lab: Lab) {
    let w = world(&lab).await;
    let path = |of: &str, id: i64| format!("/api/Shops/{}/{of}/{id}/comments", w.shop);
    let client = of(&lab, &w.ada);
    for tail in ["", "/count"] {
        ok(&nobody(&lab).get(&format!("{}{tail}", path("posters", w.posters[1]))).await);
        ok(&client.get(&format!("{}{tail}", path("tasks", w.tasks[0]))).await);
        let foreign = client.get(&format!("{}{tail}", path("tasks", w.tasks[1]))).await;
        assert!(matches!(foreign.status, 401 | 404), "{foreign}");
        refused(&nobody(&lab).get(&format!("{}{tail}", path("tasks", w.tasks[0]))).await, 401);
        refused(&client.get(&format!("{}{tail}", path("safes", w.safes[0]))).await, 401);
    }
    let comments = stored::<Comment>(&lab).await;
    for (of, id) in [("tasks", w.tasks[1]), ("safes", w.safes[0])] {
        for (verb, body) in [("POST", note("x")), ("DELETE", Json::Null)] {
            let answer = client.ask(verb, &path(of, id), body).await;
            assert!(matches!(answer.status, 401 | 404), "{verb} {of}: {answer}");
        }
    }
    assert_eq!(stored::<Comment>(&lab).await, comments);
}

async fn the_relation_method_of_the_source_is_asked_first(lab: Lab) {
    let w = world(&lab).await;
    let task = Task::create(&lab.ctx, set!(Task { text: "t".to_owned(), customer: w.ada.id })).await.unwrap();
    let path = format!("/api/Customers/{}/tasks", w.ada.id);
    assert_eq!(texts(&ok(&of(&lab, &w.ada).get(&path).await)), ["ada's", "main", "t"]);
    refused(&of(&lab, &w.bob).get(&path).await, 401);
    refused(&of(&lab, &w.bob).get(&format!("{path}/{}", task.id)).await, 401);
    refused(&of(&lab, &w.bob).json("POST", &path, note("x")).await, 401);
    refused(&of(&lab, &w.bob).call("DELETE", &path).await, 401);
    // The relation method of a row that is none of the caller's, to open rows.
    refused(&of(&lab, &w.ada).get(&format!("/api/Tasks/{}/shop", w.tasks[1])).await, 401);
    assert_eq!(ok(&of(&lab, &w.ada).get(&format!("/api/Tasks/{}/shop", w.tasks[0])).await)["name"], "Bel");
    refused(&of(&lab, &w.ada).get(&format!("/api/Safes/{}/shop", w.safes[0])).await, 401);
}

async fn relation_acl_called_of_a_model_asks_the_source_alone(lab: Lab) {
    let w = world(&lab).await;
    let lens = Lens::create(&lab.ctx, set!(Lens { safe: w.safes[0] })).await.unwrap().id;
    assert_eq!(ok(&nobody(&lab).get(&format!("/api/Lenses/{lens}/safe")).await)["text"], "ada's");
    let found = ok(&nobody(&lab).find("/api/Lenses", json!({ "include": "safe" })).await);
    assert_eq!(found[0]["safe"]["text"], "ada's");
    let found = nobody(&lab).find("/api/Lenses", json!({ "where": { "safe": { "text": "ada's" } } })).await;
    assert_eq!(ok(&found).as_array().map(Vec::len), Some(1));
    // Only as far as the relation goes: what is behind the row is asked again.
    let answer = of(&lab, &w.ada).find("/api/Lenses", json!({ "include": { "safe": { "shop": "tasks" } } })).await;
    assert_eq!(texts(&ok(&answer)[0]["safe"]["shop"]["tasks"]), ["ada's"]);
}

async fn relation_acl_both_of_a_relation_wins_over_its_model(lab: Lab) {
    let w = world(&lab).await;
    let lens = Lens::create(&lab.ctx, set!(Lens { guarded: w.safes[0] })).await.unwrap().id;
    refused(&nobody(&lab).get(&format!("/api/Lenses/{lens}/guarded")).await, 401);
    refused(&of(&lab, &w.ada).find("/api/Lenses", json!({ "include": "guarded" })).await, 403);
}

async fn the_sessions_of_a_user_go_by_the_rule_of_the_relation_alone(lab: Lab) {
    let w = world(&lab).await;
    let sessions = ok(&of(&lab, &w.ada).get("/api/Customers/me/accessTokens").await);
    assert_eq!(sessions.as_array().map(Vec::len), Some(1), "{sessions}");
    assert!(!sessions.to_string().contains(&w.ada.token), "{sessions}");
    refused(&of(&lab, &w.bob).get(&format!("/api/Customers/{}/accessTokens", w.ada.id)).await, 401);
    refused(&nobody(&lab).get(&format!("/api/Customers/{}/accessTokens", w.ada.id)).await, 401);
    let answer = of(&lab, &w.ada).find("/api/Customers/me", json!({ "include": "accessTokens" })).await;
    assert!(answer.status >= 400, "{answer}");
    let wanted = encoded(&json!({ "accessTokens": { "ttl": { "gt": 0 } } }).to_string());
    let answer = of(&lab, &w.ada).get(&format!("/api/Customers/me?filter={wanted}")).await;
    assert!(!answer.text().contains(&w.ada.token), "{answer}");
    // A handle ends a session, and only one's own.
    let handle = sessions[0]["id"].as_str().unwrap();
    let theirs = format!("/api/Customers/{}/accessTokens/{handle}", w.ada.id);
    refused(&of(&lab, &w.bob).call("DELETE", &theirs).await, 401);
    let answer = of(&lab, &w.bob).call("DELETE", &format!("/api/Customers/me/accessTokens/{handle}")).await;
    assert_eq!(answer.status, 404, "{answer}");
    ok(&of(&lab, &w.ada).get("/api/Customers/me").await);
    assert_eq!(of(&lab, &w.ada).call("DELETE", &theirs).await.status, 204);
    refused(&of(&lab, &w.ada).get("/api/Customers/me").await, 401);
}

async fn relation_acl_called_of_the_app_asks_the_source_alone(place: &Place) {
    let lab = Rig::of(place.builder(MODELS).enable_auth().relation_acl(RelationAcl::Called)).await;
    let w = fill(&lab.ctx, user!(lab, Customer, "ada"), user!(lab, Customer, "bob")).await;
    for [open, own, closed] in LISTS {
        for relation in [open, own, closed] {
            let list = ok(&nobody(&lab).get(&format!("/api/Shops/{}/{relation}", w.shop)).await);
            assert_eq!(texts(&list), ["ada's", "bob's"], "{relation}");
            let shops = ok(&nobody(&lab).find("/api/Shops", json!({ "include": relation })).await);
            assert_eq!(texts(&shops[0][relation]), ["ada's", "bob's"], "{relation}");
        }
    }
    refused(&nobody(&lab).get("/api/Safes").await, 401);
    ok(&nobody(&lab).json("PUT", &format!("/api/Shops/{}/safes/{}", w.shop, w.safes[0]), note("x")).await);
}

async fn a_denied_include_is_left_out_where_the_app_says_so(place: &Place) {
    let builder = place.builder(MODELS).auth(|auth| auth.denied_include(DeniedInclude::Omit));
    let lab = Rig::of(builder).await;
    let w = fill(&lab.ctx, user!(lab, Customer, "ada"), user!(lab, Customer, "bob")).await;
    let client = of(&lab, &w.ada);
    for [open, own, closed] in LISTS {
        let shops = ok(&client.find("/api/Shops", json!({ "include": [open, own, closed] })).await);
        assert_eq!(texts(&shops[0][open]), ["ada's", "bob's"], "{shops}");
        assert_eq!(texts(&shops[0][own]), ["ada's"], "{shops}");
        assert_eq!(shops[0].get(closed), None, "{shops}");
    }
    let towns = ok(&client.find("/api/Towns", json!({ "include": { "shops": { "safes": "comments" } } })).await);
    assert_eq!(towns[0]["shops"][0].get("safes"), None, "{towns}");
    // A condition is none that can be left out.
    refused(&client.find("/api/Shops", json!({ "where": { "safes": { "text": "ada's" } } })).await, 403);
}

/// `$owner` is nobody before the row is there, also where the rule names `create`.
async fn a_rule_for_the_owner_to_create_is_no_rule_for_all_over_a_relation(place: &Place) {
    let lab =
        Rig::of(place.builder(MODELS).enable_auth().acl("Safe", AclRule::allow("$owner").methods(["create"]))).await;
    let w = fill(&lab.ctx, user!(lab, Customer, "ada"), user!(lab, Customer, "bob")).await;
    let before = all(&lab).await;
    for who in [&w.ada, &w.bob] {
        refused(&of(&lab, who).json("POST", "/api/Safes", note("x")).await, 401);
        refused(&of(&lab, who).json("POST", &format!("/api/Shops/{}/safes", w.shop), note("x")).await, 401);
        refused(&of(&lab, who).json("POST", &format!("/api/Shops/{}/linkedSafes", w.shop), note("x")).await, 401);
    }
    assert_eq!(all(&lab).await, before);
}

async fn an_audit_of_the_owners_rows_shows_them_over_a_relation(place: &Place) {
    let rule = AclRule::audit("$owner").access(AccessType::Read);
    let lab = Rig::of(place.builder(MODELS).enable_auth().acl("Safe", rule)).await;
    let w = fill(&lab.ctx, user!(lab, Customer, "ada"), user!(lab, Customer, "bob")).await;
    let list = ok(&of(&lab, &w.ada).get(&format!("/api/Shops/{}/safes", w.shop)).await);
    assert_eq!(texts(&list), ["ada's"]);
    refused(&nobody(&lab).get(&format!("/api/Shops/{}/safes", w.shop)).await, 401);
    let log = loopback::models::AccessLog::find(&lab.ctx, ()).await.unwrap();
    assert!(log.iter().any(|row| row.model == "Safe" && row.permission == "AUDIT"), "{}", log.len());
}
