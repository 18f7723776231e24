//! Roles: the rows of them and of rules, functions that decide, `$related`, what is written down, and LoopBack's functions.

use crate::reference::Rule;
use crate::world::*;
use loopback::access::{
    AccessContext, Principal, check_access_for_context, check_access_for_token, check_permission, get_matching_score,
};
use loopback::graph::{PrincipalNode, RuleNode};
use loopback::models::AccessLog;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::http::Request;
use loopback_tests::lab::{Lab, Place};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};

#[model(base = User, user(salt_work_factor = 4))]
pub struct Customer {
    #[base]
    pub user: User,
    #[property(default = "basic")]
    pub tier: Option<String>,
}

#[model(base = AccessToken, public = false)]
pub struct MemberToken {
    #[base]
    pub token: AccessToken,
}

/// A second model of users, with ids like those of the first.
#[model(base = User, user(token = MemberToken, salt_work_factor = 4))]
pub struct Member {
    #[base]
    pub user: User,
}

/// For members of the role.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "editor")]
#[derive(Clone)]
pub struct Paper {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

/// For customers of the best tier.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "bestCustomer", read)]
#[derive(Clone)]
pub struct Lounge {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

/// For the customer with the id 1.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, user = 1)]
pub struct First {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

/// Its owner is a member.
#[model(owner = member)]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
pub struct Membership {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub member: Option<BelongsTo<Member>>,
}

/// Its owner is a customer.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
pub struct Receipt {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Its rows are for those who are related to them.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$related", read)]
#[acl(allow, "$related", methods(find))]
#[derive(Clone)]
pub struct Trip {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub guide: Option<BelongsTo<Customer>>,
    #[relation(through = Seat)]
    pub travellers: HasMany<Customer>,
    pub bills: HasMany<Bill>,
}

#[model]
pub struct Seat {
    #[property(id, generated)]
    pub id: i64,
    pub trip: BelongsTo<Trip>,
    pub customer: BelongsTo<Customer>,
}

/// Belongs to a customer, and to a trip.
#[model]
pub struct Bill {
    #[property(id, generated)]
    pub id: i64,
    pub user_id: Option<i64>,
    pub trip: BelongsTo<Trip>,
}

/// Open, with rules that are rows.
#[model(acl_error_status = 403)]
#[derive(Clone)]
pub struct Plain {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

#[model]
impl Plain {
    #[remote_method(get, "/scoped", returns = "scoped", access = read, scopes("reports", "audit"))]
    async fn scoped() -> Result<bool> {
        Ok(true)
    }

    #[remote_method(get, "/unscoped", returns = "unscoped", access = read)]
    async fn unscoped() -> Result<bool> {
        Ok(true)
    }
}

/// Watched.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(audit, "$authenticated", read)]
#[acl(alarm, "$owner", methods(delete_by_id))]
#[derive(Clone)]
pub struct Watched {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// The owner's lists are watched.
#[model]
#[acl(deny, "$everyone")]
#[acl(audit, "$owner", methods(find))]
#[acl(audit, "$owner", methods(count))]
#[acl(audit, "$owner", methods(update_all))]
#[derive(Clone)]
pub struct WatchedList {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

/// Open but for the owner's list, and watched.
#[model]
#[acl(audit, "$everyone")]
#[acl(deny, "$owner", methods(find))]
#[derive(Clone)]
pub struct WatchedSurprise {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub user_id: Option<i64>,
}

#[role_resolver("bestCustomer")]
async fn best_customer(access: &AccessContext) -> Result<bool> {
    let Some(id) = access.user_id() else { return Ok(false) };
    let id = id.to_json().as_i64().unwrap_or_default();
    let customer = Customer::find_by_id(&access.ctx().app().ctx(), id).await?;
    Ok(customer.is_some_and(|customer| customer.tier.as_deref() == Some("best")))
}

const MODELS: [&loopback::meta::ModelDef; 14] = models![
    Customer,
    MemberToken,
    Member,
    Paper,
    Lounge,
    First,
    Membership,
    Receipt,
    Trip,
    Seat,
    Bill,
    Plain,
    Watched,
    WatchedList
];

cases!(MODELS, loopback::prelude::AppBuilder::enable_auth;
    a_member_of_a_role_may_what_its_rule_says
    a_member_of_a_role_that_is_in_a_role_is_in_both
    a_role_that_is_in_another_by_its_name_is_in_it
    roles_in_a_circle_are_roles_of_all_in_it
    a_role_that_is_in_itself_ends
    who_is_taken_out_of_a_role_is_refused_at_once
    who_is_in_a_role_that_is_taken_out_of_another_is_refused_at_once
    who_is_in_a_role_that_is_deleted_is_refused_at_once
    who_is_put_into_a_role_is_let_in_at_once
    a_function_decides_about_a_role_at_each_request
    a_role_without_members_is_nobody
    related_are_those_who_belong_to_a_row
    a_user_of_another_model_with_the_same_id_is_another
    a_rule_about_a_user_is_about_one_model_of_users
    a_role_has_users_of_one_model
    an_owner_of_one_model_of_users_is_none_of_another
    a_row_that_denies_denies_at_once
    a_row_that_allows_allows_at_once_and_no_longer_than_it_is_there
    a_row_of_all_models_is_about_all_models
    a_row_about_a_method_is_about_it_by_all_of_its_names
    a_row_about_update_attributes_is_about_patch_attributes
    a_row_about_a_kind_of_access_is_about_no_other
    a_row_about_a_user_wins_over_one_about_a_role
    a_row_wins_over_an_attribute_by_its_score_alone
    of_two_rows_of_the_same_score_the_denial_wins
    a_row_about_the_owner_makes_the_owner_of_new_rows
    malformed_rows_are_not_heard
    a_changed_row_is_heard_as_changed
    audited_calls_are_written_down
    alarms_are_written_down
    refused_calls_are_not_written_down
    an_audit_of_the_owners_lists_shows_the_owners_rows
    a_row_that_audits_audits
    the_frameworks_models_have_no_routes
    a_token_of_a_scope_calls_what_asks_for_it_and_nothing_else
    a_token_of_a_scope_upserts_no_more_than_it_creates
    check_access_for_token_says_what_the_route_says
    check_access_for_context_says_what_the_route_says
    check_permission_is_about_one_principal
    the_functions_of_roles_say_who_is_in_them
);

all_places!(
    a_denial_of_the_owner_on_a_watched_list_keeps_the_owners_rows_away
    a_listener_is_told_of_alarms_alone
    an_exposed_model_lets_nobody_in_by_itself
    an_exposed_model_lets_in_whom_a_rule_of_the_app_names
    a_role_of_another_instance_is_noticed_when_nothing_is_kept
);

async fn people(lab: &impl Stage) -> (Who, Who) {
    (user!(lab, Customer, "ada"), user!(lab, Customer, "bob"))
}

/// An id as text.
fn id(who: &Who) -> String {
    who.id.to_string()
}

async fn paper(lab: &Lab) -> i64 {
    Paper::create(&lab.ctx, set!(Paper { text: "p".to_owned() })).await.unwrap().id
}

async fn a_member_of_a_role_may_what_its_rule_says(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    paper(&lab).await;
    role(&lab.ctx, "editor", &[("USER", &id(&ada))]).await;
    assert_eq!(ok(&of(&lab, &ada).get("/api/Papers").await)[0]["text"], "p");
    ok(&of(&lab, &ada).json("POST", "/api/Papers", note("x")).await);
    refused(&of(&lab, &bob).get("/api/Papers").await, 401);
    refused(&of(&lab, &bob).json("POST", "/api/Papers", note("y")).await, 401);
    refused(&nobody(&lab).get("/api/Papers").await, 401);
    assert_eq!(sorted(&json!(stored::<Paper>(&lab).await), "text"), ["p", "x"]);
}

async fn a_member_of_a_role_that_is_in_a_role_is_in_both(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let first = role(&lab.ctx, "first", &[("USER", &id(&ada))]).await;
    let second = role(&lab.ctx, "second", &[("ROLE", &first.to_string())]).await;
    role(&lab.ctx, "editor", &[("ROLE", &second.to_string())]).await;
    ok(&of(&lab, &ada).get("/api/Papers").await);
    refused(&of(&lab, &bob).get("/api/Papers").await, 401);
}

async fn a_role_that_is_in_another_by_its_name_is_in_it(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    role(&lab.ctx, "first", &[("USER", &id(&ada))]).await;
    role(&lab.ctx, "editor", &[("ROLE", "first")]).await;
    ok(&of(&lab, &ada).get("/api/Papers").await);
    refused(&of(&lab, &bob).get("/api/Papers").await, 401);
}

async fn roles_in_a_circle_are_roles_of_all_in_it(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let first = role(&lab.ctx, "first", &[("USER", &id(&ada))]).await;
    let second = role(&lab.ctx, "second", &[("ROLE", &first.to_string())]).await;
    let editor = role(&lab.ctx, "editor", &[("ROLE", &second.to_string())]).await;
    member(&lab.ctx, first, "ROLE", &editor.to_string()).await;
    ok(&of(&lab, &ada).get("/api/Papers").await);
    refused(&of(&lab, &bob).get("/api/Papers").await, 401);
}

async fn a_role_that_is_in_itself_ends(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let editor = role(&lab.ctx, "editor", &[]).await;
    member(&lab.ctx, editor, "ROLE", &editor.to_string()).await;
    refused(&of(&lab, &ada).get("/api/Papers").await, 401);
    member(&lab.ctx, editor, "USER", &id(&ada)).await;
    ok(&of(&lab, &ada).get("/api/Papers").await);
}

/// Case 76.
async fn who_is_taken_out_of_a_role_is_refused_at_once(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let editor = role(&lab.ctx, "editor", &[("USER", &id(&bob))]).await;
    let mapping = member(&lab.ctx, editor, "USER", &id(&ada)).await;
    ok(&of(&lab, &ada).json("POST", "/api/Papers", note("x")).await);
    RoleMapping::destroy_by_id(&lab.ctx, mapping).await.unwrap();
    refused(&of(&lab, &ada).json("POST", "/api/Papers", note("y")).await, 401);
    ok(&of(&lab, &bob).json("POST", "/api/Papers", note("z")).await);
    assert_eq!(sorted(&json!(stored::<Paper>(&lab).await), "text"), ["x", "z"]);
}

async fn who_is_in_a_role_that_is_taken_out_of_another_is_refused_at_once(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let first = role(&lab.ctx, "first", &[("USER", &id(&ada))]).await;
    let editor = role(&lab.ctx, "editor", &[]).await;
    let mapping = member(&lab.ctx, editor, "ROLE", &first.to_string()).await;
    ok(&of(&lab, &ada).get("/api/Papers").await);
    RoleMapping::destroy_by_id(&lab.ctx, mapping).await.unwrap();
    refused(&of(&lab, &ada).get("/api/Papers").await, 401);
}

async fn who_is_in_a_role_that_is_deleted_is_refused_at_once(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let editor = role(&lab.ctx, "editor", &[("USER", &id(&ada))]).await;
    ok(&of(&lab, &ada).get("/api/Papers").await);
    Role::destroy_by_id(&lab.ctx, editor).await.unwrap();
    refused(&of(&lab, &ada).get("/api/Papers").await, 401);
    assert_eq!(RoleMapping::count(&lab.ctx, ()).await.unwrap(), 0, "its members go along");
}

async fn who_is_put_into_a_role_is_let_in_at_once(lab: Lab) {
    let (ada, _) = people(&lab).await;
    refused(&of(&lab, &ada).get("/api/Papers").await, 401);
    let editor = role(&lab.ctx, "editor", &[]).await;
    refused(&of(&lab, &ada).get("/api/Papers").await, 401);
    member(&lab.ctx, editor, "USER", &id(&ada)).await;
    ok(&of(&lab, &ada).get("/api/Papers").await);
}

async fn a_function_decides_about_a_role_at_each_request(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    Lounge::create(&lab.ctx, set!(Lounge { text: "l".to_owned() })).await.unwrap();
    let tier = async |tier: &str| {
        let filter = Customer::props().id.eq(ada.id);
        Customer::update_all(&lab.ctx, filter, set!(Customer { tier: Some(tier.to_owned()) })).await.unwrap();
    };
    for client in [of(&lab, &ada), of(&lab, &bob), nobody(&lab)] {
        refused(&client.get("/api/Lounges").await, 401);
    }
    tier("best").await;
    ok(&of(&lab, &ada).get("/api/Lounges").await);
    refused(&of(&lab, &ada).json("POST", "/api/Lounges", note("x")).await, 401);
    refused(&of(&lab, &bob).get("/api/Lounges").await, 401);
    refused(&nobody(&lab).get("/api/Lounges").await, 401);
    tier("basic").await;
    refused(&of(&lab, &ada).get("/api/Lounges").await, 401);
    // A row cannot make a role that a function decides about.
    role(&lab.ctx, "bestCustomer", &[("USER", &id(&bob))]).await;
    refused(&of(&lab, &bob).get("/api/Lounges").await, 401);
}

async fn a_role_without_members_is_nobody(lab: Lab) {
    let (ada, _) = people(&lab).await;
    role(&lab.ctx, "editor", &[]).await;
    let editor = Role::find_one(&lab.ctx, ()).await.unwrap().unwrap().id;
    // Case 79: ids are what they are.
    let one = id(&ada);
    for (kind, id) in [
        ("USER", ""),
        ("USER", "*"),
        ("APP", &*one),
        ("editor", &*one),
        ("USER", &*format!("0{one}")),
        ("USER", &*format!("{one}.0")),
        ("user", &*one),
        ("USER", &*format!(" {one}")),
    ] {
        member(&lab.ctx, editor, kind, id).await;
    }
    refused(&of(&lab, &ada).get("/api/Papers").await, 401);
    refused(&nobody(&lab).get("/api/Papers").await, 401);
}

async fn related_are_those_who_belong_to_a_row(lab: Lab) {
    let ctx = &lab.ctx;
    let (ada, bob) = people(&lab).await;
    let eve = user!(lab, Customer, "eve");
    let trip = Trip::create(ctx, set!(Trip { text: "fjord".to_owned(), guide: ada.id })).await.unwrap().id;
    let other = Trip::create(ctx, set!(Trip { text: "alp".to_owned() })).await.unwrap().id;
    Seat::create(ctx, set!(Seat { trip: trip, customer: bob.id })).await.unwrap();
    Bill::create(ctx, set!(Bill { trip: other, user_id: eve.id })).await.unwrap();
    for (who, sees) in [(&ada, trip), (&bob, trip), (&eve, other)] {
        for id in [trip, other] {
            let answer = of(&lab, who).get(&format!("/api/Trips/{id}")).await;
            if id == sees { drop(ok(&answer)) } else { refused(&answer, 401) }
        }
        assert_eq!(each(&ok(&of(&lab, who).get("/api/Trips").await), "id"), json!([sees]));
        refused(&of(&lab, who).json("PATCH", &format!("/api/Trips/{sees}"), note("x")).await, 401);
    }
    refused(&nobody(&lab).get("/api/Trips").await, 401);
    // Related no longer.
    Seat::destroy_all(ctx, ()).await.unwrap();
    refused(&of(&lab, &bob).get(&format!("/api/Trips/{trip}")).await, 401);
    assert_eq!(sorted(&json!(stored::<Trip>(&lab).await), "text"), ["alp", "fjord"]);
}

/// A customer and a member with the same id.
async fn twins(lab: &Lab) -> (Who, Who) {
    let customer = user!(lab, Customer, "ada");
    let member = user!(lab, Member, "ada");
    assert_eq!(customer.id, member.id);
    (customer, member)
}

async fn a_user_of_another_model_with_the_same_id_is_another(lab: Lab) {
    let (customer, member) = twins(&lab).await;
    let receipt = ok(&of(&lab, &customer).json("POST", "/api/Receipts", note("r")).await);
    assert_eq!(receipt["userId"], customer.id);
    let one = format!("/api/Receipts/{}", receipt["id"]);
    ok(&of(&lab, &customer).get(&one).await);
    refused(&of(&lab, &member).get(&one).await, 401);
    refused(&of(&lab, &member).json("PATCH", &one, note("x")).await, 401);
    refused(&of(&lab, &member).call("DELETE", &one).await, 401);
    assert_eq!(stored::<Receipt>(&lab).await[0]["text"], "r");
    // Case 26: an account of the other model.
    refused(&of(&lab, &member).get(&format!("/api/Customers/{}", customer.id)).await, 401);
    refused(&of(&lab, &customer).get(&format!("/api/Members/{}", member.id)).await, 401);
    refused(
        &of(&lab, &customer).json("PATCH", &format!("/api/Members/{}", member.id), json!({ "realm": "x" })).await,
        401,
    );
    ok(&of(&lab, &member).get(&format!("/api/Members/{}", member.id)).await);
}

async fn a_rule_about_a_user_is_about_one_model_of_users(lab: Lab) {
    let (customer, member) = twins(&lab).await;
    assert_eq!(customer.id, 1);
    ok(&of(&lab, &customer).get("/api/Firsts").await);
    refused(&of(&lab, &member).get("/api/Firsts").await, 401);
    // A rule that is a row names the other model.
    rule(&lab.ctx, "Paper", "find", "READ", "ALLOW", "Member", &id(&member)).await;
    ok(&of(&lab, &member).get("/api/Papers").await);
    refused(&of(&lab, &customer).get("/api/Papers").await, 401);
}

async fn a_role_has_users_of_one_model(lab: Lab) {
    let (customer, member_) = twins(&lab).await;
    let editor = role(&lab.ctx, "editor", &[("USER", &id(&customer))]).await;
    ok(&of(&lab, &customer).get("/api/Papers").await);
    refused(&of(&lab, &member_).get("/api/Papers").await, 401);
    RoleMapping::destroy_all(&lab.ctx, ()).await.unwrap();
    member(&lab.ctx, editor, "Member", &id(&member_)).await;
    refused(&of(&lab, &customer).get("/api/Papers").await, 401);
    ok(&of(&lab, &member_).get("/api/Papers").await);
}

async fn an_owner_of_one_model_of_users_is_none_of_another(lab: Lab) {
    let (customer, member) = twins(&lab).await;
    let made = ok(&of(&lab, &member).json("POST", "/api/Memberships", note("m")).await);
    assert_eq!(made["memberId"], member.id);
    let one = format!("/api/Memberships/{}", made["id"]);
    ok(&of(&lab, &member).get(&one).await);
    refused(&of(&lab, &customer).get(&one).await, 401);
    // It is nobody's of the customers, and no customer plants it on a member with its id.
    let planted = of(&lab, &customer).json("POST", "/api/Memberships", json!({ "memberId": customer.id })).await;
    invalid(&planted, "memberId");
    let made = ok(&of(&lab, &customer).json("POST", "/api/Memberships", note("n")).await);
    assert!(made["memberId"].is_null(), "{made}");
    let made = ok(&of(&lab, &member).json("POST", "/api/Receipts", note("r")).await);
    assert_ne!(made["userId"], customer.id, "a member plants a row on the customer with its id");
    refused(&of(&lab, &customer).get(&format!("/api/Receipts/{}", made["id"])).await, 401);
}

async fn plain(lab: &Lab) -> i64 {
    Plain::create(&lab.ctx, set!(Plain { text: "p".to_owned() })).await.unwrap().id
}

async fn a_row_that_denies_denies_at_once(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let row = plain(&lab).await;
    ok(&of(&lab, &ada).json("PATCH", &format!("/api/Plains/{row}"), note("a")).await);
    rule(&lab.ctx, "Plain", "*", "WRITE", "DENY", "ROLE", "$everyone").await;
    refused(&of(&lab, &ada).json("PATCH", &format!("/api/Plains/{row}"), note("b")).await, 403);
    refused(&nobody(&lab).json("PATCH", &format!("/api/Plains/{row}"), note("b")).await, 401);
    refused(&of(&lab, &ada).call("DELETE", &format!("/api/Plains/{row}")).await, 403);
    refused(&of(&lab, &ada).json("PATCH", "/api/Plains", json!({ "id": row, "text": "b" })).await, 403);
    ok(&of(&lab, &ada).get("/api/Plains").await);
    assert_eq!(stored::<Plain>(&lab).await[0]["text"], "a");
}

async fn a_row_that_allows_allows_at_once_and_no_longer_than_it_is_there(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    paper(&lab).await;
    refused(&of(&lab, &ada).get("/api/Papers").await, 401);
    let row = rule(&lab.ctx, "Paper", "find", "READ", "ALLOW", "USER", &id(&ada)).await;
    ok(&of(&lab, &ada).get("/api/Papers").await);
    refused(&of(&lab, &ada).get("/api/Papers/count").await, 401);
    refused(&of(&lab, &bob).get("/api/Papers").await, 401);
    Acl::destroy_by_id(&lab.ctx, row).await.unwrap();
    refused(&of(&lab, &ada).get("/api/Papers").await, 401);
}

async fn a_row_of_all_models_is_about_all_models(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let client = of(&lab, &ada);
    for model in ["*", ""] {
        let row = rule(&lab.ctx, model, "create", "", "DENY", "ROLE", "$authenticated").await;
        refused(&client.json("POST", "/api/Plains", note("x")).await, 403);
        refused(&client.json("POST", "/api/Seats", note("x")).await, 401);
        // One that names the model is nearer.
        ok(&client.json("POST", "/api/Receipts", note("x")).await);
        ok(&client.get("/api/Plains").await);
        Acl::destroy_by_id(&lab.ctx, row).await.unwrap();
    }
    assert!(stored::<Plain>(&lab).await.is_empty());
    ok(&client.json("POST", "/api/Plains", note("x")).await);
}

/// LoopBack's own name of a method of an instance, as rules have it.
async fn a_row_about_update_attributes_is_about_patch_attributes(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let row = plain(&lab).await;
    rule(&lab.ctx, "Plain", "updateAttributes", "", "DENY", "ROLE", "$everyone").await;
    refused(&of(&lab, &ada).json("PATCH", &format!("/api/Plains/{row}"), note("x")).await, 403);
    assert_eq!(sorted(&json!(stored::<Plain>(&lab).await), "text"), ["p"]);
    assert!(!check_access_for_token(&lab.ctx, &ada.token, "Plain", None, "updateAttributes").await.unwrap());
}

async fn a_row_about_a_method_is_about_it_by_all_of_its_names(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let row = plain(&lab).await;
    let client = of(&lab, &ada);
    // Cases 69, 81.
    for name in ["deleteById", "removeById", "destroyById"] {
        let denial = rule(&lab.ctx, "Plain", name, "", "DENY", "ROLE", "$everyone").await;
        refused(&client.call("DELETE", &format!("/api/Plains/{row}")).await, 403);
        Acl::destroy_by_id(&lab.ctx, denial).await.unwrap();
    }
    for name in ["patchAttributes", "prototype.patchAttributes", "prototype.updateAttributes"] {
        let denial = rule(&lab.ctx, "Plain", name, "", "DENY", "ROLE", "$everyone").await;
        for verb in ["PATCH", "PUT"] {
            refused(&client.json(verb, &format!("/api/Plains/{row}"), note("x")).await, 403);
        }
        Acl::destroy_by_id(&lab.ctx, denial).await.unwrap();
    }
    for name in ["patchOrCreate", "upsert", "updateOrCreate"] {
        let denial = rule(&lab.ctx, "Plain", name, "", "DENY", "ROLE", "$everyone").await;
        refused(&client.json("PATCH", "/api/Plains", json!({ "id": row, "text": "x" })).await, 403);
        refused(&client.json("PATCH", "/api/Plains", note("x")).await, 403);
        Acl::destroy_by_id(&lab.ctx, denial).await.unwrap();
    }
    assert_eq!(sorted(&json!(stored::<Plain>(&lab).await), "text"), ["p"]);
}

async fn a_row_about_a_kind_of_access_is_about_no_other(lab: Lab) {
    let (ada, _) = people(&lab).await;
    rule(&lab.ctx, "Plain", "", "READ", "DENY", "ROLE", "$everyone").await;
    let client = of(&lab, &ada);
    for target in ["/api/Plains", "/api/Plains/count", "/api/Plains/findOne", "/api/Plains/1", "/api/Plains/unscoped"] {
        refused(&client.get(target).await, 403);
    }
    ok(&client.json("POST", "/api/Plains", note("x")).await);
}

async fn a_row_about_a_user_wins_over_one_about_a_role(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    role(&lab.ctx, "editor", &[("USER", &id(&ada)), ("USER", &id(&bob))]).await;
    rule(&lab.ctx, "Paper", "find", "READ", "DENY", "USER", &id(&ada)).await;
    rule(&lab.ctx, "Paper", "find", "READ", "ALLOW", "ROLE", "editor").await;
    refused(&of(&lab, &ada).get("/api/Papers").await, 401);
    ok(&of(&lab, &ada).get("/api/Papers/count").await);
    ok(&of(&lab, &bob).get("/api/Papers").await);
}

async fn a_row_wins_over_an_attribute_by_its_score_alone(lab: Lab) {
    let (ada, _) = people(&lab).await;
    role(&lab.ctx, "editor", &[("USER", &id(&ada))]).await;
    let client = of(&lab, &ada);
    // Less near: another model's name, everybody.
    rule(&lab.ctx, "*", "*", "", "DENY", "ROLE", "$everyone").await;
    ok(&client.get("/api/Papers").await);
    // As near, for a weaker role.
    rule(&lab.ctx, "Paper", "", "", "DENY", "ROLE", "$authenticated").await;
    ok(&client.get("/api/Papers").await);
    // Nearer.
    rule(&lab.ctx, "Paper", "find", "", "DENY", "ROLE", "$everyone").await;
    refused(&client.get("/api/Papers").await, 401);
    ok(&client.get("/api/Papers/count").await);
    // Nearer still.
    rule(&lab.ctx, "Paper", "find", "READ", "ALLOW", "ROLE", "$everyone").await;
    ok(&client.get("/api/Papers").await);
}

/// Case 80.
async fn of_two_rows_of_the_same_score_the_denial_wins(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let client = of(&lab, &ada);
    for order in [["ALLOW", "DENY"], ["DENY", "ALLOW"], ["AUDIT", "DENY"], ["DENY", "ALARM"]] {
        for permission in order {
            rule(&lab.ctx, "Plain", "find", "READ", permission, "ROLE", "$authenticated").await;
        }
        refused(&client.get("/api/Plains").await, 403);
        Acl::destroy_all(&lab.ctx, ()).await.unwrap();
    }
    // With the attribute.
    role(&lab.ctx, "editor", &[("USER", &id(&ada))]).await;
    ok(&client.get("/api/Papers").await);
    rule(&lab.ctx, "Paper", "", "", "DENY", "ROLE", "editor").await;
    refused(&client.get("/api/Papers").await, 401);
}

async fn a_row_about_the_owner_makes_the_owner_of_new_rows(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let client = of(&lab, &ada);
    let made = ok(&client.json("POST", "/api/Plains", json!({ "text": "a", "userId": bob.id })).await);
    assert_eq!(made["userId"], bob.id);
    rule(&lab.ctx, "Plain", "", "WRITE", "DENY", "ROLE", "$everyone").await;
    rule(&lab.ctx, "Plain", "create", "WRITE", "ALLOW", "ROLE", "$authenticated").await;
    rule(&lab.ctx, "Plain", "", "WRITE", "ALLOW", "ROLE", "$owner").await;
    assert_eq!(ok(&client.json("POST", "/api/Plains", note("b")).await)["userId"], ada.id);
    invalid(&client.json("POST", "/api/Plains", json!({ "text": "c", "userId": bob.id })).await, "userId");
    let one = format!("/api/Plains/{}", made["id"]);
    refused(&client.json("PATCH", &one, note("x")).await, 403);
    invalid(&of(&lab, &bob).json("PATCH", &one, json!({ "userId": ada.id })).await, "userId");
    ok(&of(&lab, &bob).json("PATCH", &one, note("y")).await);
    let rows = json!(stored::<Plain>(&lab).await);
    assert_eq!((each(&rows, "text"), each(&rows, "userId")), (json!(["y", "b"]), json!([bob.id, ada.id])));
}

async fn malformed_rows_are_not_heard(lab: Lab) {
    let (ada, _) = people(&lab).await;
    paper(&lab).await;
    // Past the validations, as a hand or an older program may have written them.
    for values in [
        "'Paper', '*', '*', 'PERHAPS', 'ROLE', '$everyone'",
        "'Paper', '*', '*', 'allow', 'ROLE', '$everyone'",
        "'Paper', '*', '*', '', 'ROLE', '$everyone'",
        "'Paper', '*', 'LOOK', 'ALLOW', 'ROLE', '$everyone'",
        "'Paper', '*', '*', 'ALLOW', 'WHO', '$everyone'",
        "'Paper', '*', '*', 'ALLOW', 'ROLE', '$everybody'",
        "'Paper', '*', '*', 'ALLOW', 'ROLE', NULL",
        "'Paper', '*', '*', 'ALLOW', NULL, NULL",
        "'Paper', '*', '*', 'ALLOW', 'USER', NULL",
        "'Paper', '*', '*', 'ALLOW', 'USER', '*'",
        "'Paper', '*', '*', 'ALLOW', 'Customer', NULL",
        "'Papr', '*', '*', 'ALLOW', 'ROLE', '$everyone'",
        "'Paper', 'fnd', '*', 'ALLOW', 'ROLE', '$everyone'",
    ] {
        let into = "INSERT INTO {q}acl{q} ({q}model{q}, {q}property{q}, {q}access_type{q}, {q}permission{q}, \
                    {q}principal_type{q}, {q}principal_id{q})";
        lab.sql(&format!("{into} VALUES ({values})")).await;
    }
    // A write of this instance has it look anew.
    rule(&lab.ctx, "Plain", "create", "", "DENY", "ROLE", "$everyone").await;
    refused(&of(&lab, &ada).json("POST", "/api/Plains", note("x")).await, 403);
    for client in [of(&lab, &ada), nobody(&lab)] {
        refused(&client.get("/api/Papers").await, 401);
        refused(&client.json("POST", "/api/Papers", note("x")).await, 401);
    }
    assert_eq!(stored::<Paper>(&lab).await.len(), 1);
}

async fn a_changed_row_is_heard_as_changed(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let row = rule(&lab.ctx, "Plain", "find", "READ", "DENY", "ROLE", "$everyone").await;
    refused(&of(&lab, &ada).get("/api/Plains").await, 403);
    Acl::update_all(&lab.ctx, Acl::props().id.eq(row), set!(Acl { permission: "ALLOW".to_owned() })).await.unwrap();
    ok(&of(&lab, &ada).get("/api/Plains").await);
    Acl::update_all(&lab.ctx, Acl::props().id.eq(row), set!(Acl { permission: "DENY".to_owned() })).await.unwrap();
    refused(&of(&lab, &ada).get("/api/Plains").await, 403);
}

/// `[permission, model, method, row, principal]` of what was written down, in its order.
async fn log(lab: &impl Stage) -> Vec<Json> {
    let rows = AccessLog::find(lab.ctx(), AccessLog::props().id.asc()).await.unwrap();
    rows.into_iter()
        .map(|row| json!([row.permission, row.model, row.property, row.model_id, row.principal_type, row.principal_id]))
        .collect()
}

async fn audited_calls_are_written_down(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let client = of(&lab, &ada);
    let made = ok(&client.json("POST", "/api/Watcheds", note("w")).await);
    assert_eq!(log(&lab).await, Vec::<Json>::new(), "a call that is allowed, and no more");
    let row = made["id"].to_string();
    ok(&client.get("/api/Watcheds").await);
    ok(&client.get(&format!("/api/Watcheds/{row}")).await);
    ok(&client.get("/api/Watcheds/count").await);
    let who = id(&ada);
    assert_eq!(
        log(&lab).await,
        [
            json!(["AUDIT", "Watched", "find", null, "USER", who]),
            json!(["AUDIT", "Watched", "findById", row, "USER", who]),
            json!(["AUDIT", "Watched", "count", null, "USER", who]),
        ]
    );
}

async fn alarms_are_written_down(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let made = ok(&of(&lab, &ada).json("POST", "/api/Watcheds", note("w")).await);
    let one = format!("/api/Watcheds/{}", made["id"]);
    refused(&of(&lab, &bob).call("DELETE", &one).await, 401);
    assert_eq!(log(&lab).await, Vec::<Json>::new());
    ok(&of(&lab, &ada).call("DELETE", &one).await);
    let row = made["id"].to_string();
    assert_eq!(log(&lab).await, [json!(["ALARM", "Watched", "deleteById", row, "USER", id(&ada)])]);
    assert!(stored::<Watched>(&lab).await.is_empty());
}

async fn refused_calls_are_not_written_down(lab: Lab) {
    people(&lab).await;
    refused(&nobody(&lab).get("/api/Watcheds").await, 401);
    refused(&nobody(&lab).call("DELETE", "/api/Watcheds/1").await, 401);
    assert_eq!(log(&lab).await, Vec::<Json>::new());
}

async fn an_audit_of_the_owners_lists_shows_the_owners_rows(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    for (text, who) in [("ada's", &ada), ("bob's", &bob)] {
        WatchedList::create(&lab.ctx, set!(WatchedList { text: text.to_owned(), user_id: who.id })).await.unwrap();
    }
    let client = of(&lab, &ada);
    assert_eq!(sorted(&ok(&client.get("/api/WatchedLists").await), "text"), ["ada's"]);
    assert_eq!(ok(&client.get("/api/WatchedLists/count").await)["count"], 1);
    assert_eq!(ok(&client.json("POST", "/api/WatchedLists/update?where={}", note("x")).await)["count"], 1);
    assert_eq!(sorted(&json!(stored::<WatchedList>(&lab).await), "text"), ["bob's", "x"]);
    let methods: Vec<Json> = log(&lab).await.iter().map(|row| row[2].clone()).collect();
    assert_eq!(methods, ["find", "count", "updateAll"]);
    refused(&nobody(&lab).get("/api/WatchedLists").await, 401);
}

async fn a_denial_of_the_owner_on_a_watched_list_keeps_the_owners_rows_away(place: &Place) {
    let lab = Rig::of(place.builder(models![Customer, WatchedSurprise]).enable_auth()).await;
    let (ada, bob) = people(&lab).await;
    for (text, who) in [("ada's", &ada), ("bob's", &bob)] {
        let data = set!(WatchedSurprise { text: text.to_owned(), user_id: who.id });
        WatchedSurprise::create(&lab.ctx, data).await.unwrap();
    }
    assert_eq!(sorted(&ok(&of(&lab, &ada).get("/api/WatchedSurprises").await), "text"), ["bob's"]);
    assert_eq!(sorted(&ok(&nobody(&lab).get("/api/WatchedSurprises").await), "text"), ["ada's", "bob's"]);
    let seen: Vec<Json> = log(&lab).await.iter().map(|row| row[5].clone()).collect();
    assert_eq!(seen, [json!(id(&ada)), Json::Null], "both calls are written down");
}

async fn a_row_that_audits_audits(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let row = plain(&lab).await;
    rule(&lab.ctx, "Plain", "patchAttributes", "", "AUDIT", "ROLE", "$authenticated").await;
    ok(&of(&lab, &ada).json("PATCH", &format!("/api/Plains/{row}"), note("a")).await);
    ok(&nobody(&lab).json("PATCH", &format!("/api/Plains/{row}"), note("b")).await);
    ok(&of(&lab, &ada).get("/api/Plains").await);
    let who = id(&ada);
    assert_eq!(log(&lab).await, [json!(["AUDIT", "Plain", "prototype.patchAttributes", row.to_string(), "USER", who])]);
}

async fn a_listener_is_told_of_alarms_alone(place: &Place) {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let listener = heard.clone();
    let builder = place.builder(models![Customer, Watched]).auth(|auth| {
        auth.on_alarm(move |alarm| {
            let text = format!("{} {} {:?} {:?}", alarm.model, alarm.method, alarm.model_id, alarm.principal_id);
            listener.lock().unwrap().push(text);
        })
    });
    let lab = Rig::of(builder).await;
    let (ada, _) = people(&lab).await;
    let client = of(&lab, &ada);
    let row = ok(&client.json("POST", "/api/Watcheds", note("w")).await)["id"].clone();
    ok(&client.get(&format!("/api/Watcheds/{row}")).await);
    ok(&client.call("DELETE", &format!("/api/Watcheds/{row}")).await);
    let wanted = format!("Watched deleteById Some(\"{row}\") Some(\"{}\")", ada.id);
    assert_eq!(*heard.lock().unwrap(), [wanted]);
}

const OWN: [&str; 7] = ["Roles", "RoleMappings", "ACLs", "LoginAttempts", "AccessLogs", "AccessTokens", "MemberTokens"];

/// Cases 17, 77.
async fn the_frameworks_models_have_no_routes(lab: Lab) {
    let (ada, _) = people(&lab).await;
    role(&lab.ctx, "editor", &[]).await;
    let rows = || async {
        let ctx = &lab.ctx;
        (
            Role::count(ctx, ()).await.unwrap(),
            RoleMapping::count(ctx, ()).await.unwrap(),
            Acl::count(ctx, ()).await.unwrap(),
        )
    };
    let before = rows().await;
    for plural in OWN {
        for client in [of(&lab, &ada), nobody(&lab)] {
            let path = format!("/api/{plural}");
            for (verb, target) in [
                ("GET", path.clone()),
                ("HEAD", path.clone()),
                ("GET", format!("{path}/1")),
                ("DELETE", format!("{path}/1")),
                ("GET", format!("{path}/count")),
            ] {
                assert_eq!(client.call(verb, &target).await.status, 404, "{verb} {target}");
            }
            for verb in ["POST", "PUT", "PATCH"] {
                let body = json!({
                    "name": "editor", "userId": ada.id, "principalType": "USER", "principalId": id(&ada), "roleId": 1,
                    "permission": "ALLOW"
                });
                assert_eq!(client.json(verb, &path, body).await.status, 404, "{verb} {path}");
            }
        }
    }
    assert_eq!(rows().await, before);
}

async fn an_exposed_model_lets_nobody_in_by_itself(place: &Place) {
    let mut builder = place.builder(models![Customer, Paper]).enable_auth();
    for name in ["Role", "RoleMapping", "Acl", "LoginAttempt", "AccessLog"] {
        builder = builder.expose(name);
    }
    let lab = Rig::of(builder).await;
    let (ada, _) = people(&lab).await;
    role(&lab.ctx, "admin", &[("USER", &id(&ada))]).await;
    for plural in &OWN[..5] {
        let path = format!("/api/{plural}");
        for client in [of(&lab, &ada), nobody(&lab)] {
            refused(&client.get(&path).await, 401);
            refused(&client.get(&format!("{path}/1")).await, 401);
            refused(&client.get(&format!("{path}/count")).await, 401);
            for (verb, target) in [("POST", path.clone()), ("PUT", path.clone()), ("PATCH", format!("{path}/1"))] {
                let answer =
                    client.json(verb, &target, json!({ "userId": ada.id, "name": "x", "permission": "ALLOW" })).await;
                refused(&answer, 401);
            }
            refused(&client.call("DELETE", &format!("{path}/1")).await, 401);
        }
    }
    assert_eq!(Role::count(&lab.ctx, ()).await.unwrap(), 1);
    assert_eq!(Acl::count(&lab.ctx, ()).await.unwrap(), 0);
}

async fn an_exposed_model_lets_in_whom_a_rule_of_the_app_names(place: &Place) {
    let builder = place.builder(models![Customer, Paper]).expose("Role").expose("RoleMapping").expose("Acl");
    let builder =
        ["Role", "RoleMapping", "Acl"].into_iter().fold(builder, |b, name| b.acl(name, AclRule::allow("admin")));
    let lab = Rig::of(builder).await;
    let (ada, bob) = people(&lab).await;
    role(&lab.ctx, "admin", &[("USER", &id(&ada))]).await;
    let client = of(&lab, &ada);
    let editor = ok(&client.json("POST", "/api/Roles", json!({ "name": "editor" })).await)["id"].clone();
    let mapping = json!({ "principalType": "USER", "principalId": id(&bob), "roleId": editor });
    refused(&of(&lab, &bob).json("POST", "/api/RoleMappings", mapping.clone()).await, 401);
    refused(&of(&lab, &bob).get("/api/Papers").await, 401);
    let mapping = ok(&client.json("POST", "/api/RoleMappings", mapping).await)["id"].clone();
    ok(&of(&lab, &bob).get("/api/Papers").await);
    ok(&client.call("DELETE", &format!("/api/RoleMappings/{mapping}")).await);
    refused(&of(&lab, &bob).get("/api/Papers").await, 401);
    let acl = json!({ "model": "Paper", "permission": "ALLOW", "principalType": "USER", "principalId": id(&bob) });
    refused(&of(&lab, &bob).json("POST", "/api/ACLs", acl.clone()).await, 401);
    ok(&client.json("POST", "/api/ACLs", acl).await);
    ok(&of(&lab, &bob).get("/api/Papers").await);
    // Over the role's own relation, too.
    let path = format!("/api/Roles/{editor}/principals");
    refused(&of(&lab, &bob).get(&path).await, 401);
    ok(&client.get(&path).await);
}

async fn a_role_of_another_instance_is_noticed_when_nothing_is_kept(place: &Place) {
    // In memory, another app has another database.
    if place.database == loopback_tests::lab::Database::SqliteMemory {
        return;
    }
    let app = || place.builder(models![Customer, Paper]).auth(|auth| auth.cache(std::time::Duration::ZERO));
    let here = Rig::of(app()).await;
    let there = Rig::of(app().migrate(Migrate::Check)).await;
    let (ada, _) = people(&here).await;
    let editor = role(&here.ctx, "editor", &[]).await;
    refused(&of(&here, &ada).get("/api/Papers").await, 401);
    let mapping = member(&there.ctx, editor, "USER", &id(&ada)).await;
    ok(&of(&here, &ada).get("/api/Papers").await);
    RoleMapping::destroy_by_id(&there.ctx, mapping).await.unwrap();
    refused(&of(&here, &ada).get("/api/Papers").await, 401);
    rule(&there.ctx, "Paper", "find", "", "ALLOW", "ROLE", "$authenticated").await;
    ok(&of(&here, &ada).get("/api/Papers").await);
}

/// A token of Ada's that is good for some scopes.
async fn scoped_token(lab: &Lab, ada: &Who, scopes: &[&str]) -> String {
    let customer = Customer::find_by_id(&lab.ctx, ada.id).await.unwrap().unwrap();
    let scopes = Some(scopes.iter().map(|scope| (*scope).to_owned()).collect());
    let options = TokenOptions { scopes, ..TokenOptions::default() };
    customer.create_access_token(&lab.ctx, options).await.unwrap().id
}

async fn a_token_of_a_scope_calls_what_asks_for_it_and_nothing_else(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let row = plain(&lab).await;
    let reports = Client::with_token(lab.rest(), &scoped_token(&lab, &ada, &["reports", "other"]).await);
    let other = Client::with_token(lab.rest(), &scoped_token(&lab, &ada, &["other"]).await);
    let empty = Client::with_token(lab.rest(), &scoped_token(&lab, &ada, &[]).await);
    let default = Client::with_token(lab.rest(), &scoped_token(&lab, &ada, &["DEFAULT"]).await);
    let scoped = "/api/Plains/scoped";
    assert_eq!(ok(&reports.get(scoped).await), json!({ "scoped": true }));
    for client in [&other, &empty, &default, &of(&lab, &ada)] {
        refused(&client.get(scoped).await, 403);
    }
    refused(&nobody(&lab).get(scoped).await, 401);
    for target in ["/api/Plains".to_owned(), "/api/Plains/unscoped".into(), format!("/api/Plains/{row}")] {
        for client in [&reports, &other, &empty] {
            refused(&client.get(&target).await, 403);
        }
        ok(&default.get(&target).await);
        ok(&of(&lab, &ada).get(&target).await);
    }
    refused(&reports.json("POST", "/api/Plains", note("x")).await, 403);
    refused(&reports.call("DELETE", &format!("/api/Plains/{row}")).await, 403);
    refused(&reports.get("/api/Customers/me").await, 401);
    assert_eq!(sorted(&json!(stored::<Plain>(&lab).await), "text"), ["p"]);
}

/// A model without rules is asked, too: the scope is the token's.
async fn a_token_of_a_scope_upserts_no_more_than_it_creates(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let row = plain(&lab).await;
    let client = Client::with_token(lab.rest(), &scoped_token(&lab, &ada, &["reports"]).await);
    let found = format!("/api/Plains/upsertWithWhere?{}", condition(&json!({ "id": row })));
    for (verb, target, body) in [
        ("PATCH", "/api/Plains", json!({ "id": row, "text": "x" })),
        ("PUT", "/api/Plains", json!({ "id": row, "text": "x" })),
        ("POST", "/api/Plains/replaceOrCreate", json!({ "id": row, "text": "x" })),
        ("POST", found.as_str(), note("x")),
        ("PATCH", "/api/Plains", note("x")),
    ] {
        let answer = client.json(verb, target, body).await;
        assert_eq!(answer.status, 403, "{verb} {target}: {answer}");
    }
    assert_eq!(sorted(&json!(stored::<Plain>(&lab).await), "text"), ["p"]);
}

async fn check_access_for_token_says_what_the_route_says(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    role(&lab.ctx, "editor", &[("USER", &id(&ada))]).await;
    let receipt = Receipt::create(&lab.ctx, set!(Receipt { text: "r".to_owned(), user_id: ada.id })).await.unwrap().id;
    let row = Some(Value::Int(receipt));
    for (token, model, row, method, allowed) in [
        (&*ada.token, "Paper", None, "find", true),
        (&*bob.token, "Paper", None, "find", false),
        ("no such token at all", "Paper", None, "find", false),
        (&*ada.token, "Receipt", row.clone(), "findById", true),
        (&*bob.token, "Receipt", row.clone(), "findById", false),
        (&*ada.token, "Receipt", row.clone(), "prototype.patchAttributes", true),
        (&*ada.token, "Receipt", row.clone(), "patchAttributes", true),
        (&*bob.token, "Receipt", row.clone(), "removeById", false),
        (&*ada.token, "Receipt", Some(Value::Int(987_654)), "findById", false),
        (&*ada.token, "Receipt", None, "find", false),
        (&*ada.token, "Receipt", None, "create", true),
        (&*bob.token, "Plain", None, "find", true),
        (&*bob.token, "Plain", None, "scoped", false),
    ] {
        let answer = check_access_for_token(&lab.ctx, token, model, row.clone(), method).await.unwrap();
        assert_eq!(answer, allowed, "{model}.{method} {row:?} by {token}");
    }
    let error = check_access_for_token(&lab.ctx, &ada.token, "Paper", None, "fnd").await.unwrap_err();
    assert_eq!(error.status(), 404);
    assert!(check_access_for_token(&lab.ctx, &ada.token, "Papr", None, "find").await.is_err());
}

async fn check_access_for_context_says_what_the_route_says(lab: Lab) {
    let (ada, _) = people(&lab).await;
    let receipt = Receipt::create(&lab.ctx, set!(Receipt { text: "r".to_owned(), user_id: ada.id })).await.unwrap().id;
    let ctx = lab.ctx.with_user(Value::Int(ada.id));
    let on = |model: &str| AccessContext::new(&ctx).with_model(model);
    let own = on("Receipt").with_model_id(Some(Value::Int(receipt))).with_method("findById", Some(AccessType::Read));
    let answer = check_access_for_context(&own).await.unwrap();
    assert_eq!((answer.permission, answer.is_allowed()), (Permission::Allow, true));
    assert_eq!((&*answer.model, &*answer.property), ("Receipt", "findById"));
    assert!(answer.exactly_matches("Receipt", "findById", Some(AccessType::Read)) && !answer.is_wildcard());
    let foreign = on("Receipt").with_model_id(Some(Value::Int(987_654))).with_method("findById", None);
    assert!(!check_access_for_context(&foreign).await.unwrap().is_allowed());
    let list = on("Receipt").with_method("find", Some(AccessType::Read));
    assert!(!check_access_for_context(&list).await.unwrap().is_allowed());
    let everything = check_access_for_context(&on("Receipt")).await.unwrap();
    assert!(!everything.is_allowed() && everything.is_wildcard());
    assert!(check_access_for_context(&on("Plain").with_method("find", None)).await.unwrap().is_allowed());
    assert!(check_access_for_context(&on("Plain").with_method("fnd", None)).await.is_err());
    // A principal that is added counts.
    let mut as_editor = on("Paper").with_method("find", Some(AccessType::Read));
    assert!(!check_access_for_context(&as_editor).await.unwrap().is_allowed());
    assert!(as_editor.add_principal(Principal::new(Principal::ROLE, "editor")));
    assert!(!as_editor.add_principal(Principal::new(Principal::ROLE, "editor")));
    assert!(check_access_for_context(&as_editor).await.unwrap().is_allowed());
}

async fn check_permission_is_about_one_principal(lab: Lab) {
    let ask = async |principal: PrincipalNode, model: &str, property: &str, access: Option<AccessType>| {
        check_permission(&lab.ctx, &principal, model, property, access).await.unwrap().permission
    };
    let role = |name: &str| PrincipalNode::role(name).unwrap();
    let read = Some(AccessType::Read);
    assert_eq!(ask(role("$everyone"), "Paper", "find", read).await, Permission::Deny);
    assert_eq!(ask(role("editor"), "Paper", "find", read).await, Permission::Allow);
    assert_eq!(ask(role("stranger"), "Paper", "find", read).await, Permission::Allow, "LoopBack's default");
    assert_eq!(ask(role("$authenticated"), "Watched", "find", read).await, Permission::Audit);
    assert_eq!(ask(role("$owner"), "Watched", "removeById", Some(AccessType::Write)).await, Permission::Alarm);
    assert_eq!(ask(PrincipalNode::User("1".into()), "First", "find", read).await, Permission::Allow);
    rule(&lab.ctx, "Plain", "find", "READ", "DENY", "USER", "7").await;
    rule(&lab.ctx, "Plain", "*", "READ", "ALLOW", "USER", "7").await;
    let seven = || PrincipalNode::User("7".into());
    assert_eq!(ask(seven(), "Plain", "find", read).await, Permission::Deny);
    assert_eq!(ask(seven(), "Plain", "count", read).await, Permission::Allow);
    assert_eq!(ask(PrincipalNode::User("8".into()), "Plain", "find", read).await, Permission::Allow);
    assert!(check_permission(&lab.ctx, &seven(), "Plan", "find", read).await.is_err());
}

async fn the_functions_of_roles_say_who_is_in_them(lab: Lab) {
    let (ada, bob) = people(&lab).await;
    let first = role(&lab.ctx, "first", &[("USER", &id(&ada))]).await;
    role(&lab.ctx, "editor", &[("ROLE", &first.to_string())]).await;
    let receipt = Receipt::create(&lab.ctx, set!(Receipt { user_id: ada.id })).await.unwrap().id;
    let as_ada = lab.ctx.with_user(Value::Int(ada.id));
    let as_bob = lab.ctx.with_user(Value::Int(bob.id));
    let is = async |ctx: &Ctx, name: &str| Role::is_in_role(&AccessContext::new(ctx), name).await.unwrap();
    for name in ["$everyone", "$authenticated", "first", "editor"] {
        assert!(is(&as_ada, name).await, "{name}");
    }
    for name in ["$unauthenticated", "$owner", "$related", "nobody", "$nobody", "bestCustomer"] {
        assert!(!is(&as_ada, name).await, "{name}");
    }
    assert!(
        !is(&as_bob, "editor").await && is(&lab.ctx, "$unauthenticated").await && !is(&lab.ctx, "$authenticated").await
    );
    let roles = Role::get_roles(&AccessContext::new(&as_ada)).await.unwrap();
    assert_eq!(roles, ["$everyone", "$authenticated", "editor", "first"]);
    assert_eq!(Role::get_roles(&AccessContext::new(&lab.ctx)).await.unwrap(), ["$everyone", "$unauthenticated"]);
    assert!(Role::is_owner::<Receipt>(&as_ada, Value::Int(receipt)).await.unwrap());
    assert!(!Role::is_owner::<Receipt>(&as_bob, Value::Int(receipt)).await.unwrap());
    assert!(!Role::is_owner::<Receipt>(&as_ada, Value::Int(987_654)).await.unwrap());
    assert!(as_ada.is_in_role("editor").await.unwrap() && !as_bob.is_in_role("editor").await.unwrap());
    assert!(
        Role::is_authenticated(&AccessContext::new(&as_ada)) && !Role::is_authenticated(&AccessContext::new(&lab.ctx))
    );
    // What is in a role.
    let mappings = RoleMapping::find(&lab.ctx, ()).await.unwrap();
    let nested = mappings.iter().find(|one| one.principal_type.as_deref() == Some("ROLE")).unwrap();
    assert_eq!(nested.child_role(&lab.ctx).await.unwrap().unwrap().name, "first");
    let of_user = mappings.iter().find(|one| one.principal_type.as_deref() == Some("USER")).unwrap();
    assert!(of_user.child_role(&lab.ctx).await.unwrap().is_none());
}

/// LoopBack's table, computed by hand from `getMatchingScore`: model, property, access type, principal, permission.
#[test]
fn the_scores_of_rules_are_loopbacks() {
    let rule = |principal: PrincipalNode, permission, access, methods: &[&str]| RuleNode {
        permission,
        principal,
        access,
        methods: methods.iter().map(|name| (*name).into()).collect(),
        location: "here".into(),
    };
    let role = |name: &str| PrincipalNode::role(name).unwrap();
    let (read, write, execute) = (Some(AccessType::Read), Some(AccessType::Write), Some(AccessType::Execute));
    let (allow, deny) = (Permission::Allow, Permission::Deny);
    // ((((m*4 + p)*4 + a)*4 + type)*8 + role)*4 + permission
    let score = |m: u32, p: u32, a: u32, kind: u32, role: u32, permission: u32| {
        Some(((((m * 4 + p) * 4 + a) * 4 + kind) * 8 + role) * 4 + permission)
    };
    let find: &[&str] = &["find"];
    for (of, exact, methods, access, wanted) in [
        (rule(role("$everyone"), allow, None, &[]), true, find, read, score(3, 2, 2, 2, 1, 0)),
        (rule(role("$everyone"), deny, None, &[]), true, find, read, score(3, 2, 2, 2, 1, 3)),
        (rule(role("$everyone"), Permission::Alarm, None, &[]), true, find, read, score(3, 2, 2, 2, 1, 1)),
        (rule(role("$everyone"), Permission::Audit, None, &[]), true, find, read, score(3, 2, 2, 2, 1, 2)),
        (rule(role("$everyone"), allow, read, &[]), true, find, read, score(3, 2, 3, 2, 1, 0)),
        (rule(role("$everyone"), allow, read, &["find"]), true, find, read, score(3, 3, 3, 2, 1, 0)),
        (rule(role("$everyone"), allow, read, &["count", "find"]), true, find, read, score(3, 3, 3, 2, 1, 0)),
        (rule(role("$authenticated"), allow, None, &[]), true, find, read, score(3, 2, 2, 2, 2, 0)),
        (rule(role("$unauthenticated"), allow, None, &[]), true, find, read, score(3, 2, 2, 2, 2, 0)),
        (rule(role("$related"), allow, None, &[]), true, find, read, score(3, 2, 2, 2, 3, 0)),
        (rule(role("$owner"), allow, None, &[]), true, find, read, score(3, 2, 2, 2, 4, 0)),
        (rule(role("admin"), allow, None, &[]), true, find, read, score(3, 2, 2, 2, 5, 0)),
        (rule(PrincipalNode::App("a".into()), allow, None, &[]), true, find, read, score(3, 2, 2, 3, 0, 0)),
        (rule(PrincipalNode::User("1".into()), allow, None, &[]), true, find, read, score(3, 2, 2, 4, 0, 0)),
        (
            rule(PrincipalNode::UserOf("M".into(), "1".into()), allow, None, &[]),
            true,
            find,
            read,
            score(3, 2, 2, 1, 0, 0),
        ),
        (rule(role("admin"), allow, None, &[]), false, find, read, score(2, 2, 2, 2, 5, 0)),
        (rule(role("admin"), allow, write, &[]), true, find, read, None),
        (rule(role("admin"), allow, read, &["count"]), true, find, read, None),
        (rule(role("admin"), allow, execute, &[]), true, find, read, score(3, 2, 3, 2, 5, 0)),
        (rule(role("admin"), allow, write, &[]), true, find, Some(AccessType::Replicate), score(3, 2, 3, 2, 5, 0)),
        (rule(role("admin"), allow, Some(AccessType::Replicate), &[]), true, find, write, None),
        // Of all methods, and of all kinds of access.
        (rule(role("admin"), allow, read, &["find"]), true, &["*"], read, score(3, 1, 3, 2, 5, 0)),
        (rule(role("admin"), allow, read, &[]), true, &["*"], read, score(3, 3, 3, 2, 5, 0)),
        (rule(role("admin"), allow, read, &["find"]), true, find, None, score(3, 3, 1, 2, 5, 0)),
        (rule(role("admin"), allow, None, &["find"]), true, find, None, score(3, 3, 3, 2, 5, 0)),
        // By another name of the method.
        (
            rule(role("admin"), allow, None, &["removeById"]),
            true,
            &["deleteById", "removeById"],
            write,
            score(3, 3, 2, 2, 5, 0),
        ),
    ] {
        assert_eq!(get_matching_score(&of, exact, methods, access), wanted, "{of} for {methods:?} {access:?}");
    }
    // The rules of the tests' own language mean the same.
    assert_eq!(Rule::of("deny $owner read find,count").for_app().to_string(), "DENY $owner READ find, count");
}

/// Case 70: another verb in a header is none.
#[test]
fn a_verb_in_a_header_is_none() {
    loopback_tests::lab::run(
        loopback_tests::lab::Database::SqliteMemory,
        &models![Customer, Plain],
        loopback::prelude::AppBuilder::enable_auth,
        async |lab| {
            let row = plain(&lab).await;
            rule(&lab.ctx, "Plain", "", "WRITE", "DENY", "ROLE", "$everyone").await;
            for header in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
                for (verb, meant) in [("GET", "DELETE"), ("POST", "DELETE"), ("POST", "PUT")] {
                    let request = Request::new(verb, &format!("/api/Plains/{row}")).header(header, meant);
                    lab.rest().send(&request.json(&note("x"))).await;
                }
            }
            for verb in ["TRACE", "delete", "Delete", "CONNECT", "PURGE"] {
                let answer = lab.rest().call(verb, &format!("/api/Plains/{row}")).await;
                assert!(answer.status >= 400, "{verb}: {answer}");
            }
            assert_eq!(sorted(&json!(stored::<Plain>(&lab).await), "text"), ["p"]);
        },
    );
}
