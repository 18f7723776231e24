//! `$owner`: whose a row is, what that lets its owner do, and that it stays so.

use crate::world::*;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::http::Response;
use loopback_tests::lab::{Lab, Place};
use loopback_tests::rest::Rest;
use serde_json::{Value as Json, json};

#[model(base = User, user(salt_work_factor = 4))]
#[acl(allow, "$owner")]
#[acl(allow, "admin")]
pub struct Customer {
    #[base]
    pub user: User,
    pub name: Option<String>,
    pub notes: HasMany<Note>,
}

/// Its owner is found by `userId`.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
#[acl(allow, "admin")]
#[derive(Clone)]
pub struct ByUser {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Its owner is found by `owner`.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
#[acl(allow, "admin")]
#[derive(Clone)]
pub struct ByOwner {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub owner: Option<i64>,
}

/// Its owner is found by the first relation to a model of users.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
#[acl(allow, "admin")]
#[derive(Clone)]
pub struct Note {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub customer: Option<BelongsTo<Customer>>,
}

/// Its owner is named, and another property would be guessed.
#[model(owner = author)]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
#[acl(allow, "admin")]
#[derive(Clone)]
pub struct ByName {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
    #[property(name = "authorId")]
    pub author: Option<i64>,
}

/// Its owner is a named relation, and another one would be guessed.
#[model(owner = author)]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
#[acl(allow, "admin")]
#[derive(Clone)]
pub struct ByNamedRelation {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub editor: Option<BelongsTo<Customer>>,
    pub author: Option<BelongsTo<Customer>>,
}

/// Refuses with 403.
#[model(acl_error_status = 403)]
#[acl(deny, "$everyone")]
#[acl(allow, "$owner")]
#[derive(Clone)]
pub struct Forbidding {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Refuses with 404.
#[model(acl_error_status = 404)]
#[acl(deny, "$everyone")]
#[acl(allow, "$owner")]
#[derive(Clone)]
pub struct Hiding {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Refuses with 401.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$owner")]
#[derive(Clone)]
pub struct Asking {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Its rules name the methods about many rows.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$owner", methods(find))]
#[acl(allow, "$owner", methods(count))]
#[acl(allow, "$owner", methods(find_one))]
#[acl(allow, "$owner", methods(update_all))]
#[derive(Clone)]
pub struct Diary {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Only an update of its own rows is for the owner.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$owner", write)]
#[derive(Clone)]
pub struct OnlyWrite {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Everybody but the owner.
#[model]
#[acl(allow, "$everyone")]
#[acl(deny, "$owner", methods(find))]
#[acl(deny, "$owner", methods(count))]
#[acl(deny, "$owner", methods(find_by_id))]
#[derive(Clone)]
pub struct Surprise {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Everybody may change texts of all, and only the owner the row.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(update_all))]
#[acl(allow, "$owner")]
#[derive(Clone)]
pub struct Board {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Can be given away, as in LoopBack.
#[model(owner_writable = true)]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
#[derive(Clone)]
pub struct Gift {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Its upserts are for who has logged in, its rows for their owners.
#[model(force_id = false)]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$authenticated", methods(patch_or_create))]
#[acl(allow, "$authenticated", methods(replace_or_create))]
#[acl(allow, "$authenticated", methods(upsert_with_where))]
#[acl(allow, "$owner")]
#[acl(allow, "$owner", methods(update_all))]
#[derive(Clone)]
pub struct Draft {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Its rules are those of the app.
#[model(force_id = false)]
#[derive(Clone)]
pub struct Bare {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

cases!(
    models![
        Customer, ByUser, ByOwner, Note, ByName, ByNamedRelation, Forbidding, Hiding, Asking, Diary, OnlyWrite,
        Surprise, Board, Gift, Draft
    ],
    loopback::prelude::AppBuilder::enable_auth;
    an_owner_does_with_its_row_what_the_rule_says_however_the_owner_is_found
    another_user_and_nobody_do_nothing_with_it
    a_row_without_an_owner_is_nobodys
    what_would_be_guessed_does_not_count_beside_a_named_owner
    a_foreign_row_and_none_at_all_are_answered_alike
    who_has_no_token_is_asked_for_one_whatever_the_error_status
    an_owner_is_nobody_for_methods_about_all_rows
    an_id_in_the_query_makes_no_owner_of_update_all
    an_id_in_the_query_makes_no_owner_of_find_and_count
    a_rule_that_names_find_shows_the_owners_rows
    a_rule_that_names_count_counts_the_owners_rows
    a_rule_that_names_find_one_finds_one_of_the_owners_rows
    a_rule_that_names_update_all_changes_the_owners_rows
    named_collections_are_refused_to_nobody
    a_denial_of_the_owner_leaves_the_others_rows_and_those_of_nobody
    a_new_row_is_its_creators
    a_list_of_new_rows_is_its_creators
    a_row_cannot_be_planted_on_somebody_else
    a_list_with_one_planted_row_is_refused_as_a_whole
    a_row_cannot_be_given_away
    a_row_cannot_be_made_nobodys
    a_row_can_be_written_with_the_owner_that_it_has
    a_replacement_that_leaves_the_owner_out_keeps_it
    update_all_gives_no_rows_away
    update_all_takes_no_rows_of_others
    upserts_give_no_row_away_and_plant_none
    a_relation_gives_no_row_away_and_plants_none
    who_may_change_the_rows_of_others_says_whose_they_are
    owner_writable_of_a_model_brings_loopbacks_way_back
    an_upsert_of_another_users_row_writes_nothing
    the_rows_of_a_user_are_its_own_account
    an_id_in_another_form_reaches_no_row_of_others
    related_data_in_the_data_of_a_row_writes_nothing_of_others
    an_owner_twice_or_in_disguise_is_refused
    an_owner_that_is_no_id_is_invalid
);

all_places!(
    upserts_ask_the_method_and_the_update_or_the_create_that_they_come_to
    owner_writable_of_the_app_brings_loopbacks_way_back
);

/// Paths of models with the owner's property, in the way of LoopBack and in ours.
const WAYS: [(&str, &str); 5] = [
    ("/api/ByUsers", "userId"),
    ("/api/ByOwners", "owner"),
    ("/api/Notes", "customerId"),
    ("/api/ByNames", "authorId"),
    ("/api/ByNamedRelations", "authorId"),
];

async fn people(lab: &impl Stage) -> (Who, Who) {
    (user!(lab, Customer, "ada"), user!(lab, Customer, "bob"))
}

async fn admin(lab: &Lab) -> Who {
    let root = user!(lab, Customer, "root");
    role(&lab.ctx, "admin", &[("USER", &root.id.to_string())]).await;
    root
}

fn id(answer: &Response) -> i64 {
    ok(answer)["id"].as_i64().unwrap_or_else(|| panic!("no id: {answer}"))
}

/// A row of each of two, past the rules.
macro_rules! two_rows {
    ($lab:expr, $model:ident, $key:ident, $ada:expr, $bob:expr) => {{
        let mine = $model::create(&$lab.ctx, set!($model { text: "mine".to_owned(), $key: $ada.id })).await.unwrap();
        let theirs =
            $model::create(&$lab.ctx, set!($model { text: "theirs".to_owned(), $key: $bob.id })).await.unwrap();
        (mine.id, theirs.id)
    }};
}

async fn an_owner_does_with_its_row_what_the_rule_says_however_the_owner_is_found(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let ada_ = of(&lab, &ada);
    for (path, key) in WAYS {
        let made = ok(&ada_.json("POST", path, note("a")).await);
        assert_eq!(made[key], ada.id, "{path}: {made}");
        let one = format!("{path}/{}", made["id"]);
        assert_eq!(ok(&ada_.get(&one).await)["text"], "a", "{path}");
        assert_eq!(ada_.call("HEAD", &one).await.status, 200, "{path}");
        assert_eq!(ok(&ada_.get(&format!("{one}/exists")).await), json!({ "exists": true }), "{path}");
        assert_eq!(ok(&ada_.json("PATCH", &one, note("b")).await)["text"], "b", "{path}");
        assert_eq!(ok(&ada_.json("PUT", &one, note("c")).await)["text"], "c", "{path}");
        assert_eq!(ok(&ada_.json("POST", &format!("{one}/replace"), note("d")).await)["text"], "d", "{path}");
        assert_eq!(ok(&ada_.call("DELETE", &one).await), json!({ "count": 1 }), "{path}");
    }
    assert!(stored::<ByUser>(&lab).await.is_empty() && stored::<ByOwner>(&lab).await.is_empty());
    assert!(stored::<Note>(&lab).await.is_empty() && stored::<ByName>(&lab).await.is_empty());
    assert!(stored::<ByNamedRelation>(&lab).await.is_empty());
}

/// What can be asked of a row; reading first.
fn requests(one: &str) -> Vec<(&'static str, String, Json)> {
    vec![
        ("GET", one.to_owned(), Json::Null),
        ("HEAD", one.to_owned(), Json::Null),
        ("GET", format!("{one}/exists"), Json::Null),
        ("PATCH", one.to_owned(), note("x")),
        ("PUT", one.to_owned(), note("x")),
        ("POST", format!("{one}/replace"), note("x")),
        ("DELETE", one.to_owned(), Json::Null),
    ]
}

async fn another_user_and_nobody_do_nothing_with_it(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    for (path, _) in WAYS {
        let made = id(&of(&lab, &ada).json("POST", path, note("a")).await);
        for (verb, target, body) in requests(&format!("{path}/{made}")) {
            for client in [of(&lab, &bob), nobody(&lab)] {
                let answer = client.ask(verb, &target, body.clone()).await;
                assert_eq!(answer.status, 401, "{verb} {target}: {answer}");
            }
        }
    }
    let texts = [
        stored::<ByUser>(&lab).await,
        stored::<ByOwner>(&lab).await,
        stored::<Note>(&lab).await,
        stored::<ByName>(&lab).await,
        stored::<ByNamedRelation>(&lab).await,
    ];
    assert!(texts.iter().all(|rows| rows.len() == 1 && rows[0]["text"] == "a"), "{texts:?}");
}

async fn a_row_without_an_owner_is_nobodys(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let row = ByUser::create(&lab.ctx, set!(ByUser { text: "nobody's".to_owned() })).await.unwrap();
    for (verb, target, body) in requests(&format!("/api/ByUsers/{}", row.id)) {
        for client in [of(&lab, &ada), nobody(&lab)] {
            let answer = client.ask(verb, &target, body.clone()).await;
            assert_eq!(answer.status, 401, "{verb} {target}: {answer}");
        }
    }
    assert_eq!(stored::<ByUser>(&lab).await[0]["text"], "nobody's");
}

async fn what_would_be_guessed_does_not_count_beside_a_named_owner(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let row = ByName::create(&lab.ctx, set!(ByName { user_id: ada.id, author: bob.id })).await.unwrap();
    refused(&of(&lab, &ada).get(&format!("/api/ByNames/{}", row.id)).await, 401);
    ok(&of(&lab, &bob).get(&format!("/api/ByNames/{}", row.id)).await);
    let row =
        ByNamedRelation::create(&lab.ctx, set!(ByNamedRelation { editor: ada.id, author: bob.id })).await.unwrap();
    refused(&of(&lab, &ada).get(&format!("/api/ByNamedRelations/{}", row.id)).await, 401);
    ok(&of(&lab, &bob).get(&format!("/api/ByNamedRelations/{}", row.id)).await);
    // What is no owner's property is anybody's to set who may write the row.
    let one = format!("/api/ByNamedRelations/{}", row.id);
    assert_eq!(ok(&of(&lab, &bob).json("PATCH", &one, json!({ "editorId": bob.id })).await)["editorId"], bob.id);
}

async fn a_foreign_row_and_none_at_all_are_answered_alike(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let rows = [
        ("/api/Askings", 401, two_rows!(lab, Asking, user_id, ada, bob)),
        ("/api/Forbiddings", 403, two_rows!(lab, Forbidding, user_id, ada, bob)),
        ("/api/Hidings", 404, two_rows!(lab, Hiding, user_id, ada, bob)),
    ];
    let none = 987_654;
    for (path, status, (_, theirs)) in rows {
        let foreign = requests(&format!("{path}/{theirs}"));
        for ((verb, foreign, body), (_, unknown, _)) in foreign.into_iter().zip(requests(&format!("{path}/{none}"))) {
            let client = of(&lab, &ada);
            let first = client.ask(verb, &foreign, body.clone()).await;
            let second = client.ask(verb, &unknown, body).await;
            assert_eq!((first.status, second.status), (status, status), "{verb} {foreign}: {first}, {second}");
            let plain = |answer: &Response, id: i64| answer.text().replace(&id.to_string(), "ID");
            assert_eq!(plain(&first, theirs), plain(&second, none), "{verb} {foreign}");
            if verb != "HEAD" {
                refused(&first, status);
            }
        }
    }
    assert_eq!(each(&json!(stored::<Hiding>(&lab).await), "text"), json!(["mine", "theirs"]));
    assert_eq!(each(&json!(stored::<Forbidding>(&lab).await), "text"), json!(["mine", "theirs"]));
    assert_eq!(each(&json!(stored::<Asking>(&lab).await), "text"), json!(["mine", "theirs"]));
}

async fn who_has_no_token_is_asked_for_one_whatever_the_error_status(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let (mine, _) = two_rows!(lab, Hiding, user_id, ada, bob);
    for (verb, target, body) in requests(&format!("/api/Hidings/{mine}")) {
        let answer = nobody(&lab).ask(verb, &target, body).await;
        assert_eq!(answer.status, 401, "{verb} {target}: {answer}");
    }
    refused(&nobody(&lab).get("/api/Hidings").await, 401);
    refused(&of(&lab, &ada).get("/api/Hidings").await, 404);
    refused(&of(&lab, &ada).get("/api/Forbiddings").await, 403);
}

async fn an_owner_is_nobody_for_methods_about_all_rows(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    two_rows!(lab, ByUser, user_id, ada, bob);
    let client = of(&lab, &ada);
    for target in ["/api/ByUsers", "/api/ByUsers/count", "/api/ByUsers/findOne"] {
        refused(&client.get(target).await, 401);
    }
    assert_eq!(client.call("HEAD", "/api/ByUsers").await.status, 401);
    let target = format!("/api/ByUsers/update?{}", condition(&json!({ "userId": ada.id })));
    refused(&client.json("POST", &target, note("x")).await, 401);
    assert_eq!(each(&json!(stored::<ByUser>(&lab).await), "text"), json!(["mine", "theirs"]));
}

/// Case 65.
async fn an_id_in_the_query_makes_no_owner_of_update_all(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let (mine, _) = two_rows!(lab, OnlyWrite, user_id, ada, bob);
    let client = of(&lab, &ada);
    let own = condition(&json!({ "id": mine }));
    for query in [
        format!("id={mine}&where={{}}"),
        format!("id={mine}"),
        format!("where={{}}&id={mine}"),
        format!("id={mine}&{own}"),
        own,
        format!("where[id]={mine}"),
        format!("modelId={mine}&where={{}}"),
    ] {
        for body in [note("x"), json!({ "text": "x", "id": mine })] {
            let answer = client.json("POST", &format!("/api/OnlyWrites/update?{query}"), body).await;
            refused(&answer, 401);
        }
    }
    assert_eq!(each(&json!(stored::<OnlyWrite>(&lab).await), "text"), json!(["mine", "theirs"]));
}

async fn an_id_in_the_query_makes_no_owner_of_find_and_count(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let (mine, _) = two_rows!(lab, ByUser, user_id, ada, bob);
    for target in ["/api/ByUsers", "/api/ByUsers/count", "/api/ByUsers/findOne"] {
        refused(&of(&lab, &ada).get(&format!("{target}?id={mine}")).await, 401);
        refused(&of(&lab, &ada).get(&format!("{target}?{}", condition(&json!({ "id": mine })))).await, 401);
    }
}

async fn diaries(lab: &Lab) -> (Who, Who) {
    let (ada, bob) = people(lab).await;
    for (text, owner) in [("a1", Some(ada.id)), ("b1", Some(bob.id)), ("a2", Some(ada.id)), ("none", None)] {
        Diary::create(&lab.ctx, set!(Diary { text: text.to_owned(), user_id: owner })).await.unwrap();
    }
    (ada, bob)
}

async fn a_rule_that_names_find_shows_the_owners_rows(lab: Lab) {
    let (ada, bob) = diaries(&lab).await;
    let client = of(&lab, &ada);
    assert_eq!(sorted(&ok(&client.get("/api/Diaries").await), "text"), ["a1", "a2"]);
    assert_eq!(sorted(&ok(&of(&lab, &bob).get("/api/Diaries").await), "text"), ["b1"]);
    for (filter, found) in [
        (json!({ "where": {}, "order": "text" }), json!(["a1", "a2"])),
        (json!({ "where": { "userId": bob.id } }), json!([])),
        (json!({ "where": { "userId": null } }), json!([])),
        (json!({ "where": { "or": [{ "text": "b1" }, { "text": "a1" }] } }), json!(["a1"])),
        (
            json!({ "where": { "or": [{ "userId": bob.id }, { "id": { "gt": 0 } }] }, "order": "text" }),
            json!(["a1", "a2"]),
        ),
        (json!({ "where": { "text": { "neq": "a1" } } }), json!(["a2"])),
        (json!({ "order": "text DESC", "limit": 1 }), json!(["a2"])),
        (json!({ "order": "text", "skip": 1 }), json!(["a2"])),
        (json!({ "order": "text", "limit": 10, "skip": 2 }), json!([])),
        (json!({ "fields": ["text"], "order": "text" }), json!(["a1", "a2"])),
    ] {
        assert_eq!(each(&ok(&client.find("/api/Diaries", filter.clone()).await), "text"), found, "{filter}");
    }
}

async fn a_rule_that_names_count_counts_the_owners_rows(lab: Lab) {
    let (ada, bob) = diaries(&lab).await;
    let count = async |who: &Who, wanted: Json| {
        let answer = of(&lab, who).get(&format!("/api/Diaries/count?{}", condition(&wanted))).await;
        ok(&answer)["count"].as_i64().unwrap()
    };
    assert_eq!(count(&ada, json!({})).await, 2);
    assert_eq!(count(&bob, json!({})).await, 1);
    assert_eq!(count(&ada, json!({ "userId": bob.id })).await, 0);
    assert_eq!(count(&ada, json!({ "or": [{ "text": "b1" }, { "text": "a2" }] })).await, 1);
    assert_eq!(ok(&of(&lab, &ada).get("/api/Diaries/count").await)["count"], 2);
}

async fn a_rule_that_names_find_one_finds_one_of_the_owners_rows(lab: Lab) {
    let (ada, bob) = diaries(&lab).await;
    let client = of(&lab, &ada);
    assert_eq!(ok(&client.find("/api/Diaries/findOne", json!({ "order": "text DESC" })).await)["text"], "a2");
    let answer = client.find("/api/Diaries/findOne", json!({ "where": { "userId": bob.id } })).await;
    assert_eq!(error(&answer).0, 404, "{answer}");
}

async fn a_rule_that_names_update_all_changes_the_owners_rows(lab: Lab) {
    let (ada, bob) = diaries(&lab).await;
    let client = of(&lab, &ada);
    let update = async |wanted: Json| {
        let target = format!("/api/Diaries/update?{}", condition(&wanted));
        ok(&client.json("POST", &target, note("x")).await)["count"].as_i64().unwrap()
    };
    assert_eq!(update(json!({ "userId": bob.id })).await, 0);
    assert_eq!(update(json!({ "text": "b1" })).await, 0);
    assert_eq!(update(json!({})).await, 2);
    assert_eq!(each(&json!(stored::<Diary>(&lab).await), "text"), json!(["x", "b1", "x", "none"]));
}

async fn named_collections_are_refused_to_nobody(lab: Lab) {
    diaries(&lab).await;
    for target in ["/api/Diaries", "/api/Diaries/count", "/api/Diaries/findOne"] {
        refused(&nobody(&lab).get(target).await, 401);
    }
    refused(&nobody(&lab).json("POST", "/api/Diaries/update?where={}", note("x")).await, 401);
    assert_eq!(each(&json!(stored::<Diary>(&lab).await), "text"), json!(["a1", "b1", "a2", "none"]));
}

async fn a_denial_of_the_owner_leaves_the_others_rows_and_those_of_nobody(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let (mine, theirs) = two_rows!(lab, Surprise, user_id, ada, bob);
    let none = Surprise::create(&lab.ctx, set!(Surprise { text: "nobody's".to_owned() })).await.unwrap().id;
    let client = of(&lab, &ada);
    assert_eq!(sorted(&ok(&nobody(&lab).get("/api/Surprises").await), "text"), ["mine", "nobody's", "theirs"]);
    refused(&client.get(&format!("/api/Surprises/{mine}")).await, 401);
    assert_eq!(ok(&client.get(&format!("/api/Surprises/{theirs}")).await)["text"], "theirs");
    assert_eq!(ok(&client.get(&format!("/api/Surprises/{none}")).await)["text"], "nobody's");
    assert_eq!(ok(&client.get("/api/Surprises/count").await)["count"], 2);
    assert_eq!(sorted(&ok(&client.get("/api/Surprises").await), "text"), ["nobody's", "theirs"]);
}

async fn a_new_row_is_its_creators(lab: Lab) {
    let (ada, _) = people(&lab).await;
    for (path, key) in WAYS {
        for body in [note("a"), json!({ "text": "b", key: null }), json!({ "text": "c", key: ada.id })] {
            assert_eq!(ok(&of(&lab, &ada).json("POST", path, body.clone()).await)[key], ada.id, "{path} {body}");
        }
    }
    assert_eq!(each(&json!(stored::<ByOwner>(&lab).await), "owner"), json!([ada.id, ada.id, ada.id]));
    assert_eq!(each(&json!(stored::<Note>(&lab).await), "customerId"), json!([ada.id, ada.id, ada.id]));
}

async fn a_list_of_new_rows_is_its_creators(lab: Lab) {
    let (ada, _) = people(&lab).await;
    for (path, key) in WAYS {
        let made = ok(&of(&lab, &ada).json("POST", path, json!([note("a"), { "text": "b", key: ada.id }])).await);
        assert_eq!(each(&made, key), json!([ada.id, ada.id]), "{path}");
    }
    assert_eq!(each(&json!(stored::<ByUser>(&lab).await), "userId"), json!([ada.id, ada.id]));
}

async fn a_row_cannot_be_planted_on_somebody_else(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    for (path, key) in WAYS {
        let answer = of(&lab, &ada).json("POST", path, json!({ "text": "x", key: bob.id })).await;
        invalid(&answer, key);
    }
    assert!(stored::<ByUser>(&lab).await.is_empty() && stored::<ByOwner>(&lab).await.is_empty());
    assert!(stored::<Note>(&lab).await.is_empty() && stored::<ByName>(&lab).await.is_empty());
    assert!(stored::<ByNamedRelation>(&lab).await.is_empty());
}

async fn a_list_with_one_planted_row_is_refused_as_a_whole(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    for (path, key) in WAYS {
        let body = json!([note("a"), { "text": "x", key: bob.id }, note("c")]);
        let answer = of(&lab, &ada).json("POST", path, body).await;
        assert_eq!(answer.status, 422, "{path}: {answer}");
    }
    assert!(stored::<ByUser>(&lab).await.is_empty() && stored::<ByOwner>(&lab).await.is_empty());
    assert!(stored::<Note>(&lab).await.is_empty() && stored::<ByName>(&lab).await.is_empty());
    assert!(stored::<ByNamedRelation>(&lab).await.is_empty());
}

/// Case 64.
async fn a_row_cannot_be_given_away(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    for (path, key) in WAYS {
        let client = of(&lab, &ada);
        let one = format!("{path}/{}", id(&client.json("POST", path, note("a")).await));
        for (verb, target) in [("PATCH", one.clone()), ("PUT", one.clone()), ("POST", format!("{one}/replace"))] {
            invalid(&client.json(verb, &target, json!({ "text": "x", key: bob.id })).await, key);
        }
        let row = ok(&client.get(&one).await);
        assert_eq!((&row["text"], &row[key]), (&json!("a"), &json!(ada.id)), "{path}");
    }
}

async fn a_row_cannot_be_made_nobodys(lab: Lab) {
    let (ada, _) = people(&lab).await;
    for (path, key) in WAYS {
        let client = of(&lab, &ada);
        let one = format!("{path}/{}", id(&client.json("POST", path, note("a")).await));
        for verb in ["PATCH", "PUT"] {
            invalid(&client.json(verb, &one, json!({ "text": "x", key: null })).await, key);
        }
        let row = ok(&client.get(&one).await);
        assert_eq!((&row["text"], &row[key]), (&json!("a"), &json!(ada.id)), "{path}");
        // A replacement without an owner is one by the owner.
        let target = format!("{one}/replace");
        let answer = client.json("POST", &target, json!({ "text": "y", key: null })).await;
        assert!(matches!(answer.status, 200 | 422), "{answer}");
        assert_eq!(ok(&client.get(&one).await)[key], ada.id, "{path}");
    }
}

async fn a_row_can_be_written_with_the_owner_that_it_has(lab: Lab) {
    let (ada, _) = people(&lab).await;
    for (path, key) in WAYS {
        let client = of(&lab, &ada);
        let one = format!("{path}/{}", id(&client.json("POST", path, note("a")).await));
        for (verb, target) in [("PATCH", one.clone()), ("PUT", one.clone()), ("POST", format!("{one}/replace"))] {
            let body = json!({ "text": "b", key: ada.id });
            assert_eq!(ok(&client.json(verb, &target, body).await)["text"], "b", "{verb} {target}");
        }
    }
}

async fn a_replacement_that_leaves_the_owner_out_keeps_it(lab: Lab) {
    let (ada, _) = people(&lab).await;
    for (path, key) in WAYS {
        let client = of(&lab, &ada);
        let one = format!("{path}/{}", id(&client.json("POST", path, note("a")).await));
        let replaced = ok(&client.json("POST", &format!("{one}/replace"), note("b")).await);
        assert_eq!((&replaced["text"], &replaced[key]), (&json!("b"), &json!(ada.id)), "{path}");
        assert_eq!(ok(&client.get(&one).await)[key], ada.id, "{path}");
    }
}

async fn update_all_gives_no_rows_away(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    two_rows!(lab, Draft, user_id, ada, bob);
    let client = of(&lab, &ada);
    for owner in [json!(bob.id), Json::Null, json!(987_654)] {
        for wanted in ["where={}".to_owned(), condition(&json!({ "userId": ada.id }))] {
            let answer = client.json("POST", &format!("/api/Drafts/update?{wanted}"), json!({ "userId": owner })).await;
            invalid(&answer, "userId");
        }
    }
    assert_eq!(each(&json!(stored::<Draft>(&lab).await), "userId"), json!([ada.id, bob.id]));
    // To whom they belong already is no gift.
    let answer = client.json("POST", "/api/Drafts/update?where={}", json!({ "userId": ada.id, "text": "y" })).await;
    assert_eq!(ok(&answer)["count"], 1);
    assert_eq!(each(&json!(stored::<Draft>(&lab).await), "userId"), json!([ada.id, bob.id]));
    assert_eq!(each(&json!(stored::<Draft>(&lab).await), "text"), json!(["y", "theirs"]));
}

async fn update_all_takes_no_rows_of_others(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let (_, theirs) = two_rows!(lab, Board, user_id, ada, bob);
    let client = of(&lab, &ada);
    refused(&client.json("PATCH", &format!("/api/Boards/{theirs}"), json!({ "userId": ada.id })).await, 401);
    client.json("POST", "/api/Boards/update?where={}", json!({ "userId": ada.id })).await;
    assert_eq!(
        each(&json!(stored::<Board>(&lab).await), "userId"),
        json!([ada.id, bob.id]),
        "a row of another's is taken"
    );
}

async fn upserts_give_no_row_away_and_plant_none(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let (mine, _) = two_rows!(lab, Draft, user_id, ada, bob);
    let client = of(&lab, &ada);
    let found = format!("/api/Drafts/upsertWithWhere?{}", condition(&json!({ "id": mine })));
    let none = format!("/api/Drafts/upsertWithWhere?{}", condition(&json!({ "text": "none such" })));
    for owner in [json!(bob.id), json!(987_654)] {
        for (verb, target, body) in [
            ("PATCH", "/api/Drafts", json!({ "id": mine, "userId": owner })),
            ("PUT", "/api/Drafts", json!({ "id": mine, "userId": owner })),
            ("POST", "/api/Drafts/replaceOrCreate", json!({ "id": mine, "userId": owner })),
            ("POST", found.as_str(), json!({ "userId": owner })),
            // New ones.
            ("PATCH", "/api/Drafts", json!({ "userId": owner })),
            ("PATCH", "/api/Drafts", json!({ "id": 4_711, "userId": owner })),
            ("PUT", "/api/Drafts", json!({ "id": 4_711, "userId": owner })),
            ("POST", "/api/Drafts/replaceOrCreate", json!({ "id": 4_711, "userId": owner })),
            ("POST", "/api/Drafts/replaceOrCreate", json!({ "userId": owner })),
            ("POST", none.as_str(), json!({ "userId": owner })),
        ] {
            let answer = client.json(verb, target, body.clone()).await;
            assert_eq!(answer.status, 422, "{verb} {target} {body}: {answer}");
            invalid(&answer, "userId");
        }
    }
    assert_eq!(each(&json!(stored::<Draft>(&lab).await), "text"), json!(["mine", "theirs"]));
    assert_eq!(each(&json!(stored::<Draft>(&lab).await), "userId"), json!([ada.id, bob.id]));
    // What says nothing about the owner stays, or becomes, the caller's.
    for (verb, target, body) in [
        ("PATCH", "/api/Drafts", json!({ "id": mine, "text": "a" })),
        ("POST", "/api/Drafts/replaceOrCreate", json!({ "id": mine, "text": "a" })),
        ("POST", found.as_str(), note("a")),
        ("PATCH", "/api/Drafts", json!({ "id": 4_711, "text": "n1" })),
        ("POST", "/api/Drafts/replaceOrCreate", json!({ "id": 4_712, "text": "n2" })),
        ("POST", none.as_str(), note("n3")),
    ] {
        assert_eq!(ok(&client.json(verb, target, body.clone()).await)["userId"], ada.id, "{verb} {target} {body}");
    }
    let rows = json!(stored::<Draft>(&lab).await);
    assert_eq!(sorted(&rows, "text"), ["a", "n1", "n2", "n3", "theirs"]);
}

/// Case 62.
async fn a_relation_gives_no_row_away_and_plants_none(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let client = of(&lab, &ada);
    let own = format!("/api/Customers/{}/notes", ada.id);
    let made = ok(&client.json("POST", &own, json!({ "text": "a", "customerId": bob.id })).await);
    assert_eq!(made["customerId"], ada.id, "{made}");
    let made = ok(&client.json("POST", &own, json!([{ "text": "b" }, { "text": "c", "customerId": bob.id }])).await);
    assert_eq!(each(&made, "customerId"), json!([ada.id, ada.id]));
    let one = format!("{own}/{}", made[0]["id"]);
    for owner in [json!(bob.id), Json::Null] {
        let answer = client.json("PUT", &one, json!({ "text": "x", "customerId": owner })).await;
        assert_eq!(answer.status, 422, "{answer}");
    }
    assert_eq!(ok(&client.json("PUT", &one, note("bb")).await)["customerId"], ada.id);
    // Another's list is another's.
    let theirs = format!("/api/Customers/{}/notes", bob.id);
    refused(&client.json("POST", &theirs, note("x")).await, 401);
    refused(&client.json("POST", &theirs, json!({ "text": "x", "customerId": ada.id })).await, 401);
    let rows = json!(stored::<Note>(&lab).await);
    assert_eq!(sorted(&rows, "text"), ["a", "bb", "c"]);
    assert_eq!(each(&rows, "customerId"), json!([ada.id, ada.id, ada.id]));
}

async fn who_may_change_the_rows_of_others_says_whose_they_are(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let root = admin(&lab).await;
    let client = of(&lab, &root);
    for (path, key) in WAYS {
        let made = ok(&client.json("POST", path, json!({ "text": "a", key: ada.id })).await);
        assert_eq!(made[key], ada.id, "{path}: {made}");
        let one = format!("{path}/{}", made["id"]);
        assert_eq!(ok(&client.json("PATCH", &one, json!({ key: bob.id })).await)[key], bob.id, "{path}");
        ok(&of(&lab, &bob).get(&one).await);
        refused(&of(&lab, &ada).get(&one).await, 401);
        let replaced = client.json("POST", &format!("{one}/replace"), json!({ "text": "b", key: ada.id })).await;
        assert_eq!(ok(&replaced)[key], ada.id, "{path}");
        let target = format!("{path}/update?{}", condition(&json!({ key: ada.id })));
        assert_eq!(ok(&client.json("POST", &target, json!({ key: bob.id })).await)["count"], 1, "{path}");
        assert_eq!(ok(&client.get(&one).await)[key], bob.id, "{path}");
        assert!(ok(&client.json("PATCH", &one, json!({ key: null })).await)[key].is_null(), "{path}");
    }
    let made = ok(&client.json("POST", &format!("/api/Customers/{}/notes", bob.id), note("for bob")).await);
    assert_eq!(made["customerId"], bob.id);
}

async fn owner_writable_of_a_model_brings_loopbacks_way_back(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let client = of(&lab, &ada);
    let made = ok(&client.json("POST", "/api/Gifts", json!({ "text": "a", "userId": bob.id })).await);
    assert_eq!(made["userId"], bob.id);
    refused(&client.get(&format!("/api/Gifts/{}", made["id"])).await, 401);
    let own = ok(&client.json("POST", "/api/Gifts", json!({ "text": "b", "userId": ada.id })).await);
    let one = format!("/api/Gifts/{}", own["id"]);
    assert_eq!(ok(&client.json("PATCH", &one, json!({ "userId": bob.id })).await)["userId"], bob.id);
    refused(&client.get(&one).await, 401);
    assert_eq!(each(&json!(stored::<Gift>(&lab).await), "userId"), json!([bob.id, bob.id]));
}

async fn owner_writable_of_the_app_brings_loopbacks_way_back(place: &Place) {
    let builder = place.builder(models![Customer, ByUser, Note]).enable_auth().owner_writable(true);
    let lab = Rig::of(builder).await;
    let (ada, bob) = people(&lab).await;
    let made = ok(&of(&lab, &ada).json("POST", "/api/ByUsers", json!({ "userId": bob.id })).await);
    assert_eq!(made["userId"], bob.id);
}

async fn an_upsert_of_another_users_row_writes_nothing(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let (_, theirs) = two_rows!(lab, Draft, user_id, ada, bob);
    let found = format!("/api/Drafts/upsertWithWhere?{}", condition(&json!({ "id": theirs })));
    let by_text = format!("/api/Drafts/upsertWithWhere?{}", condition(&json!({ "text": "theirs" })));
    for client in [of(&lab, &ada), nobody(&lab)] {
        for (verb, target, body) in [
            ("PATCH", "/api/Drafts", json!({ "id": theirs, "text": "x" })),
            ("PUT", "/api/Drafts", json!({ "id": theirs, "text": "x" })),
            ("POST", "/api/Drafts/replaceOrCreate", json!({ "id": theirs, "text": "x" })),
            ("PATCH", "/api/Drafts", json!({ "id": theirs, "text": "x", "userId": ada.id })),
            ("POST", found.as_str(), note("x")),
            ("POST", by_text.as_str(), note("x")),
            ("POST", by_text.as_str(), json!({ "text": "x", "userId": ada.id })),
        ] {
            refused(&client.json(verb, target, body).await, 401);
        }
    }
    let rows = json!(stored::<Draft>(&lab).await);
    assert_eq!((each(&rows, "text"), each(&rows, "userId")), (json!(["mine", "theirs"]), json!([ada.id, bob.id])));
}

async fn the_rows_of_a_user_are_its_own_account(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let client = of(&lab, &ada);
    assert_eq!(ok(&client.get(&format!("/api/Customers/{}", ada.id)).await)["id"], ada.id);
    assert_eq!(ok(&client.get("/api/Customers/me").await)["id"], ada.id);
    refused(&client.get(&format!("/api/Customers/{}", bob.id)).await, 401);
    refused(&client.get("/api/Customers").await, 401);
    refused(&nobody(&lab).get("/api/Customers/me").await, 401);
    ok(&client.json("PATCH", "/api/Customers/me", json!({ "name": "Ada" })).await);
    refused(&client.json("PATCH", &format!("/api/Customers/{}", bob.id), json!({ "name": "x" })).await, 401);
    refused(&client.json("PATCH", "/api/Customers", json!({ "id": bob.id, "name": "x" })).await, 401);
    refused(&client.call("DELETE", &format!("/api/Customers/{}", bob.id)).await, 401);
    assert_eq!(each(&json!(stored::<Customer>(&lab).await), "name"), json!(["Ada", null]));
}

/// `(method, update, create)`: which of the rules are there.
async fn upserts_ask_the_method_and_the_update_or_the_create_that_they_come_to(place: &Place) {
    for rules in 0..8_u8 {
        let (method, update, create) = (rules & 1 > 0, rules & 2 > 0, rules & 4 > 0);
        let upserts = ["patchOrCreate", "replaceOrCreate", "upsertWithWhere"];
        let given = [
            (true, AclRule::deny("$everyone")),
            (method, AclRule::allow("$authenticated").methods(upserts)),
            (update, AclRule::allow("$owner").methods(["patchAttributes", "replaceById"])),
            (create, AclRule::allow("$authenticated").methods(["create"])),
        ];
        let mut builder = place.builder(models![Customer, Note, Bare]).enable_auth();
        for (_, rule) in given.into_iter().filter(|(on, _)| *on) {
            builder = builder.acl("Bare", rule);
        }
        let lab = Rig::of(builder).await;
        let (ada, bob) = people(&lab).await;
        let (mine, theirs) = two_rows!(lab, Bare, user_id, ada, bob);
        let none = 4_711;
        for (row, allowed) in [(mine, method && update), (theirs, false), (none, method && create)] {
            for upsert in upserts {
                let shown = format!("method {method}, update {update}, create {create}: {upsert} of {row}");
                let before = stored::<Bare>(&lab).await;
                let rest: &Rest = lab.rest();
                let send = async |who: Option<&Who>| {
                    let client = Client::new(rest, who);
                    let by_id = json!({ "id": row, "text": "x" });
                    match upsert {
                        "patchOrCreate" => client.json("PATCH", "/api/Bares", by_id).await,
                        "replaceOrCreate" => client.json("POST", "/api/Bares/replaceOrCreate", by_id).await,
                        _ => {
                            let wanted = condition(&json!({ "id": row }));
                            client.json("POST", &format!("/api/Bares/upsertWithWhere?{wanted}"), note("x")).await
                        }
                    }
                };
                let answer = send(None).await;
                assert_eq!(answer.status, 401, "{shown}: {answer}");
                assert_eq!(stored::<Bare>(&lab).await, before, "{shown}");
                let answer = send(Some(&ada)).await;
                if allowed {
                    // Without a rule about it there is no owner.
                    let owner = if update { json!(ada.id) } else { Json::Null };
                    assert_eq!(ok(&answer)["userId"], owner, "{shown}: {answer}");
                    assert_eq!(ok(&answer)["text"], "x", "{shown}: {answer}");
                } else {
                    assert_eq!(answer.status, 401, "{shown}: {answer}");
                    assert_eq!(stored::<Bare>(&lab).await, before, "{shown}");
                }
                // As before.
                if row == none {
                    Bare::destroy_all(&lab.ctx, Bare::props().id.gt(theirs)).await.unwrap();
                }
            }
        }
    }
}

/// Case 74.
async fn an_id_in_another_form_reaches_no_row_of_others(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let (mine, theirs) = two_rows!(lab, ByUser, user_id, ada, bob);
    let client = of(&lab, &ada);
    for form in [
        format!("%7B%22neq%22%3A{mine}%7D"),
        format!("%7B%22inq%22%3A%5B{theirs}%5D%7D"),
        format!("{theirs}e0"),
        format!("{theirs}.0"),
        format!("0{theirs}"),
        format!("+{theirs}"),
        format!("-{theirs}"),
        format!("%5B{theirs}%5D"),
        format!("%20{theirs}"),
        format!("{mine},{theirs}"),
        format!("{mine}%20or%201=1"),
        "null".to_owned(),
        "true".to_owned(),
        "undefined".to_owned(),
        "9".repeat(300),
    ] {
        for (verb, target, body) in requests(&format!("/api/ByUsers/{form}")) {
            let answer = client.ask(verb, &target, body).await;
            assert!(matches!(answer.status, 400 | 401 | 404), "{verb} {target}: {answer}");
            assert!(!answer.text().contains("theirs"), "{verb} {target}: {answer}");
        }
    }
    assert_eq!(each(&json!(stored::<ByUser>(&lab).await), "text"), json!(["mine", "theirs"]));
}

/// Case 88.
async fn related_data_in_the_data_of_a_row_writes_nothing_of_others(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let (_, theirs) = two_rows!(lab, Note, customer, ada, bob);
    let client = of(&lab, &ada);
    for body in [
        json!({ "notes": [{ "id": theirs, "text": "x", "customerId": ada.id }] }),
        json!({ "notes": [{ "text": "x" }] }),
        json!({ "accessTokens": [{ "ttl": 99_999_999 }] }),
    ] {
        client.json("PATCH", "/api/Customers/me", body).await;
    }
    for body in
        [json!({ "text": "n", "customer": { "id": bob.id, "name": "x" } }), json!({ "text": "n", "customer": bob.id })]
    {
        client.json("POST", "/api/Notes", body).await;
    }
    let rows = json!(stored::<Note>(&lab).await);
    assert_eq!(sorted(&rows, "text").iter().filter(|text| *text == "x").count(), 0, "{rows}");
    assert_eq!(rows.as_array().unwrap().iter().filter(|row| row["customerId"] == bob.id).count(), 1, "{rows}");
    assert_eq!(each(&json!(stored::<Customer>(&lab).await), "name"), json!([null, null]));
    assert_eq!(AccessToken::count(&lab.ctx, ()).await.unwrap(), 2);
}

/// Cases 91, 92.
async fn an_owner_twice_or_in_disguise_is_refused(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let client = of(&lab, &ada);
    let one = format!("/api/ByUsers/{}", id(&client.json("POST", "/api/ByUsers", note("a")).await));
    for (verb, target) in [("PATCH", one.as_str()), ("PUT", one.as_str()), ("POST", "/api/ByUsers")] {
        let twice = format!("{{\"userId\":{},\"userId\":{},\"text\":\"x\"}}", ada.id, bob.id);
        let request = loopback_tests::http::Request::new(verb, target)
            .header("X-Access-Token", &ada.token)
            .header("Content-Type", "application/json");
        let answer =
            lab.rest().send(&loopback_tests::http::Request { body: Some(twice.into_bytes()), ..request }).await;
        assert!(matches!(answer.status, 400 | 422), "{verb} {target}: {answer}");
        for body in [
            json!({ "$set": { "userId": bob.id } }),
            json!({ "userId": bob.id.to_string() }),
            json!({ "user_id": bob.id }),
            json!({ "userid": bob.id }),
            json!({ "__proto__": { "userId": bob.id } }),
            json!({ "constructor": { "userId": bob.id } }),
        ] {
            let answer = client.json(verb, target, body.clone()).await;
            assert!(matches!(answer.status, 400 | 422), "{verb} {target} {body}: {answer}");
        }
    }
    let rows = json!(stored::<ByUser>(&lab).await);
    assert_eq!((each(&rows, "text"), each(&rows, "userId")), (json!(["a"]), json!([ada.id])));
}

/// As it is where no rule is about the owner: what cannot be read is not passed over.
async fn an_owner_that_is_no_id_is_invalid(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let client = of(&lab, &ada);
    let one = format!("/api/ByUsers/{}", id(&client.json("POST", "/api/ByUsers", note("a")).await));
    for (verb, target) in [("PATCH", one.as_str()), ("PUT", one.as_str()), ("POST", "/api/ByUsers")] {
        for owner in [json!({ "inq": [bob.id] }), json!([bob.id]), json!("somebody"), json!(true), json!(1.5)] {
            let answer = client.json(verb, target, json!({ "text": "x", "userId": owner })).await;
            assert!(matches!(answer.status, 400 | 422), "{verb} {target} {owner}: {answer}");
        }
    }
    let rows = json!(stored::<ByUser>(&lab).await);
    assert_eq!((each(&rows, "text"), each(&rows, "userId")), (json!(["a"]), json!([ada.id])));
}
