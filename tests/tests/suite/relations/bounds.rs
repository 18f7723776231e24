//! Where relations end: rows of a model between that its scope leaves out, answers that would have no end, conditions
//! that are none.

use super::ok;
use crate::models::models;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use loopback_tests::rest::encoded;
use serde_json::{Value as Json, json};

cases!(
    models![Club, Member, Membership, Badge, Card, Node];
    rows_that_the_scope_of_the_model_between_leaves_out_link_nothing
    an_answer_without_bounds_is_refused
    empty_lists_of_conditions_delete_nothing
    a_condition_decides_which_links_go
    protected_data_inside_a_row_stays_there
    a_list_that_fails_halfway_leaves_nothing_in_the_transaction
    a_write_may_ask_about_its_own_table
);

#[model]
pub struct Club {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(through = Membership)]
    pub members: HasMany<Member>,
    pub badges: HasAndBelongsToMany<Badge>,
    pub cards: EmbedsMany<Card>,
}

#[model]
pub struct Member {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(through = Membership)]
    pub clubs: HasMany<Club>,
}

/// Its id is no number, and those that ended are there and not seen.
#[model(default_scope = lasting)]
pub struct Membership {
    #[property(id, generated)]
    pub id: Uuid,
    pub club: BelongsTo<Club>,
    pub member: BelongsTo<Member>,
    #[property(default = false)]
    pub ended: bool,
}

fn lasting() -> Filter<Membership> {
    Membership::props().ended.eq(false).into()
}

#[model]
pub struct Badge {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub clubs: HasAndBelongsToMany<Club>,
}

#[model(transient)]
pub struct Card {
    #[property(id, generated)]
    pub id: String,
    pub colour: String,
    #[property(protected)]
    pub pin: Option<String>,
}

#[model]
pub struct Node {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub parent: Option<BelongsTo<Node>>,
    #[relation(foreign_key = parent)]
    pub children: HasMany<Node>,
}

async fn club(lab: &Lab, members: &[&str]) -> (Club, Vec<i64>) {
    let club = Club::create(&lab.ctx, set!(Club { name: "Chess" })).await.unwrap();
    let mut ids = Vec::new();
    for name in members {
        ids.push(club.members.create(&lab.ctx, set!(Member { name: *name })).await.unwrap().id);
    }
    (club, ids)
}

async fn rows_that_the_scope_of_the_model_between_leaves_out_link_nothing(lab: Lab) {
    let rest = lab.rest();
    let (club, ids) = club(&lab, &["Ann", "Ben"]).await;
    let membership = Membership::props();
    let ended = set!(Membership { ended: true });
    Membership::update_all(&lab.ctx, membership.member.eq(ids[1]), ended).await.unwrap();
    let path = format!("/api/Clubs/{}/members", club.id);
    assert_eq!(ok(&rest.get(&path).await).as_array().map(Vec::len), Some(1));
    assert_eq!(ok(&rest.get(&format!("{path}/count")).await), json!({ "count": 1 }));
    assert_eq!(rest.call("HEAD", &format!("{path}/rel/{}", ids[1])).await.status, 404);
    let included = ok(&rest.find("/api/Clubs", json!({ "include": "members" })).await);
    assert_eq!(included[0]["members"].as_array().map(Vec::len), Some(1), "{included}");
    let found = ok(&rest.find("/api/Clubs", json!({ "where": { "members": { "name": "Ben" } } })).await);
    assert_eq!(found, json!([]));
    // Linked anew, it is there again.
    assert_eq!(rest.call("PUT", &format!("{path}/rel/{}", ids[1])).await.status, 200);
    assert_eq!(ok(&rest.get(&format!("{path}/count")).await), json!({ "count": 2 }));
}

async fn an_answer_without_bounds_is_refused(lab: Lab) {
    for n in 0..12 {
        Club::create(&lab.ctx, set!(Club { name: format!("c{n}") })).await.unwrap();
    }
    for n in 0..12 {
        let badge = Badge::create(&lab.ctx, set!(Badge { name: format!("b{n}") })).await.unwrap();
        for club in 1..=12_i64 {
            badge.clubs.link(&lab.ctx, club).await.unwrap();
        }
    }
    let nested = |depth: usize| {
        (1..depth).fold(json!("badges"), |inner, at| json!({ if at % 2 == 1 { "clubs" } else { "badges" }: inner }))
    };
    let include = json!({ "badges": { "clubs": { "badges": { "clubs": { "badges": "clubs" } } } } });
    let refused = lab.rest().find("/api/Clubs", json!({ "include": include })).await;
    assert_eq!((refused.status, refused.json()["error"]["code"].clone()), (400, json!("INCLUDE_TOO_LARGE")));
    assert_eq!(lab.rest().find("/api/Badges", json!({ "include": { "clubs": nested(1) } })).await.status, 200);
}

async fn empty_lists_of_conditions_delete_nothing(lab: Lab) {
    let (club, _) = club(&lab, &["Ann"]).await;
    for condition in [json!({ "or": [] }), json!({ "and": [{ "or": [] }] })] {
        let path = format!("/api/Clubs/{}/members?where={}", club.id, encoded(&condition.to_string()));
        let answer = lab.rest().call("DELETE", &path).await;
        assert_eq!(answer.status, 400, "{condition}: {answer}");
    }
    assert_eq!(Membership::count(&lab.ctx, ()).await.unwrap(), 1);
}

async fn a_condition_decides_which_links_go(lab: Lab) {
    let (club, _) = club(&lab, &["Ann", "Ben", "Cyd"]).await;
    let condition = encoded(&json!({ "name": { "neq": "Ben" } }).to_string());
    let answer = lab.rest().call("DELETE", &format!("/api/Clubs/{}/members?where={condition}", club.id)).await;
    assert_eq!(answer.status, 204, "{answer}");
    let left = club.members.find(&lab.ctx, ()).await.unwrap();
    assert_eq!(left.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), ["Ben"]);
    assert_eq!(Member::count(&lab.ctx, ()).await.unwrap(), 3);
}

async fn protected_data_inside_a_row_stays_there(lab: Lab) {
    let rest = lab.rest();
    let (club, _) = club(&lab, &[]).await;
    let path = format!("/api/Clubs/{}/cards", club.id);
    let made = ok(&rest.json("POST", &path, json!({ "colour": "red", "pin": "4711" })).await);
    assert_eq!((made["colour"].clone(), made.get("pin")), (json!("red"), None));
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    let changed = ok(&rest.json("PUT", &one, json!({ "colour": "blue" })).await);
    assert_eq!((changed["colour"].clone(), changed.get("pin")), (json!("blue"), None));
    for filter in [json!({ "where": { "pin": { "gt": "4" } } }), json!({ "order": "pin" })] {
        assert_eq!(rest.find(&path, filter.clone()).await.status, 400, "{filter}");
    }
    let count = format!("{path}/count?where={}", encoded(&json!({ "pin": "4711" }).to_string()));
    assert_eq!(rest.get(&count).await.status, 400);
    // It is still there.
    let stored = Club::find_by_id(&lab.ctx, club.id).await.unwrap().unwrap();
    assert_eq!(stored.cards[0].pin.as_deref(), Some("4711"));
}

async fn a_list_that_fails_halfway_leaves_nothing_in_the_transaction(lab: Lab) {
    let done = lab
        .ctx
        .transaction(async |tx| {
            let names: [Patch<Member>; 2] = [set!(Member { name: "Ann" }), Patch::new()];
            assert!(Member::create_many(&tx, names).await.is_err());
            Ok(())
        })
        .await;
    assert!(done.is_err(), "what failed fails the whole");
    assert_eq!(Member::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn a_write_may_ask_about_its_own_table(lab: Lab) {
    let root = Node::create(&lab.ctx, set!(Node { name: "root" })).await.unwrap();
    root.children.create_many(&lab.ctx, [set!(Node { name: "a" }), set!(Node { name: "b" })]).await.unwrap();
    let condition = encoded(&json!({ "parent": { "name": "root" } }).to_string());
    let changed =
        lab.rest().json("POST", &format!("/api/Nodes/update?where={condition}"), json!({ "name": "leaf" })).await;
    assert_eq!(ok(&changed), json!({ "count": 2 }) as Json);
    let node = Node::props();
    assert_eq!(Node::destroy_all(&lab.ctx, node.parent.is(node.name.eq("root"))).await.unwrap(), 2);
    assert_eq!(Node::count(&lab.ctx, ()).await.unwrap(), 1);
}
