//! When sessions end, and when they do not.

use crate::house::*;
use crate::models::*;
use loopback::prelude::*;
use loopback_tests::lab::Place;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};

on_every_database!(
    a_new_password_ends_the_other_sessions
    a_reset_ends_all_sessions
    a_new_email_ends_the_other_sessions
    the_same_email_ends_none
    an_email_that_is_refused_ends_none
    other_changes_end_none
    a_new_email_by_code_ends_all_sessions
    an_update_of_many_ends_the_sessions_of_those_it_finds
    an_update_of_many_sets_passwords_on_purpose_alone
    a_user_that_is_read_and_saved_keeps_password_and_sessions
    a_password_that_is_saved_on_purpose_ends_sessions
    a_deleted_user_has_no_sessions
    users_deleted_by_code_have_no_sessions
    a_deletion_that_is_rolled_back_leaves_the_sessions
    a_password_that_is_rolled_back_leaves_the_sessions
    a_log_out_is_noticed_over_a_warm_cache
    a_log_in_with_the_old_password_that_is_under_way_begins_no_session;
    what_one_app_ends_another_notices
);

/// Ann with two sessions, and Bob with one.
struct Three {
    house: House,
    ann: i64,
    first: String,
    second: String,
    bob: String,
}

impl Three {
    async fn of(place: &Place) -> Self {
        Self::in_house(House::of(place).await).await
    }

    async fn in_house(house: House) -> Self {
        let (ann, first) = house.customer("ann@shop.test").await;
        let second = house.login("Customers", "ann@shop.test").await;
        let (_, bob) = house.customer("bob@shop.test").await;
        let it = Self { house, ann, first, second, bob };
        // All are known to the cache.
        it.are_good([true, true, true]).await;
        it
    }

    #[track_caller]
    fn are_good(&self, wanted: [bool; 3]) -> impl Future<Output = ()> + '_ {
        let caller = std::panic::Location::caller();
        async move {
            let mut good = [false; 3];
            for (at, token) in [&self.first, &self.second, &self.bob].into_iter().enumerate() {
                good[at] = self.house.is_good(token).await;
            }
            assert_eq!(good, wanted, "Ann's sessions and Bob's, at {caller}");
            let rows = wanted.iter().filter(|good| **good).count();
            assert_eq!(self.house.sessions().await, i64::try_from(rows).unwrap(), "rows, at {caller}");
        }
    }
}

async fn a_new_password_ends_the_other_sessions(place: &Place) {
    let it = Three::of(place).await;
    let body = json!({ "oldPassword": PASSWORD, "newPassword": OTHER });
    let answer = it.house.user(&it.first).json("POST", "/api/Customers/change-password", body).await;
    assert_eq!(answer.status, 204, "{answer}");
    it.are_good([true, false, true]).await;
    assert!(!it.house.can_log_in("ann@shop.test", PASSWORD).await);
    assert!(it.house.can_log_in("ann@shop.test", OTHER).await);
}

async fn a_reset_ends_all_sessions(place: &Place) {
    let it = Three::of(place).await;
    it.house.rest().json("POST", "/api/Customers/reset", json!({ "email": "ann@shop.test" })).await;
    let token = it.house.reset_mail().await.access_token;
    let answer =
        it.house.user(&token).json("POST", "/api/Customers/reset-password", json!({ "newPassword": OTHER })).await;
    assert_eq!(answer.status, 204, "{answer}");
    it.are_good([false, false, true]).await;
}

async fn a_new_email_ends_the_other_sessions(place: &Place) {
    for method in ["PATCH", "PUT"] {
        let it = Three::of(place).await;
        let answer =
            it.house.user(&it.first).json(method, "/api/Customers/me", json!({ "email": "ann@new.test" })).await;
        assert_eq!(answer.status, 200, "{method}: {answer}");
        it.are_good([true, false, true]).await;
        assert!(it.house.can_log_in("ann@new.test", PASSWORD).await, "{method}: the password is another");
    }
    let it = Three::of(place).await;
    let target = format!("/api/Customers/{}/replace", it.ann);
    let answer = it.house.user(&it.first).json("POST", &target, json!({ "email": "ann@new.test" })).await;
    assert_eq!(answer.status, 200, "{answer}");
    it.are_good([true, false, true]).await;
    assert!(it.house.can_log_in("ann@new.test", PASSWORD).await);
}

async fn the_same_email_ends_none(place: &Place) {
    let it = Three::of(place).await;
    for method in ["PATCH", "PUT"] {
        let body = json!({ "email": "ann@shop.test", "name": "Ann" });
        let answer = it.house.user(&it.first).json(method, "/api/Customers/me", body).await;
        assert_eq!(answer.status, 200, "{method}: {answer}");
    }
    it.are_good([true, true, true]).await;
    let house = House::of_all(place).await;
    house.register("Members", "mia@club.test").await;
    Member::update_all(&house.ctx, (), set!(Member { email_verified: Some(true) })).await.unwrap();
    let tokens = [house.login("Members", "mia@club.test").await, house.login("Members", "mia@club.test").await];
    let answer = house.user(&tokens[0]).json("PATCH", "/api/Members/me", json!({ "email": "MIA@Club.test" })).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!((house.count("member_token").await, house.verified("member").await), (2, 1));
}

async fn an_email_that_is_refused_ends_none(place: &Place) {
    let it = Three::of(place).await;
    for bad in [json!("bob@shop.test"), json!("no e-mail"), json!(null), json!("")] {
        let answer = it.house.user(&it.first).json("PATCH", "/api/Customers/me", json!({ "email": bad })).await;
        assert_eq!(answer.status, 422, "{bad}: {answer}");
    }
    let body = json!({ "oldPassword": PASSWORD, "newPassword": "short" });
    let answer = it.house.user(&it.first).json("POST", "/api/Customers/change-password", body).await;
    assert_eq!(answer.status, 422, "{answer}");
    it.are_good([true, true, true]).await;
    assert!(it.house.can_log_in("ann@shop.test", PASSWORD).await);
}

async fn other_changes_end_none(place: &Place) {
    let it = Three::of(place).await;
    let visitor = it.house.user(&it.first);
    for body in [json!({ "name": "Ann" }), json!({ "username": "ann" }), json!({})] {
        assert_eq!(visitor.json("PATCH", "/api/Customers/me", body.clone()).await.status, 200, "{body}");
        assert_eq!(visitor.json("PUT", "/api/Customers/me", body.clone()).await.status, 200, "{body}");
    }
    it.are_good([true, true, true]).await;
}

async fn ann(house: &House) -> Customer {
    Customer::find_one(&house.ctx, Customer::props().email.eq("ann@shop.test".to_owned())).await.unwrap().expect("Ann")
}

async fn a_new_email_by_code_ends_all_sessions(place: &Place) {
    let it = Three::of(place).await;
    let change = set!(Customer { email: "ann@new.test".to_owned() });
    ann(&it.house).await.update_attributes(&it.house.ctx, change).await.unwrap();
    it.are_good([false, false, true]).await;
    let it = Three::of(place).await;
    let mut user = ann(&it.house).await;
    user.user.email = "ann@new.test".to_owned();
    user.save(&it.house.ctx).await.unwrap();
    it.are_good([false, false, true]).await;
    assert!(it.house.can_log_in("ann@new.test", PASSWORD).await);
    let it = Three::of(place).await;
    let change = set!(Customer { id: it.ann, email: "ann@new.test".to_owned() });
    Customer::upsert(&it.house.ctx, change).await.unwrap();
    it.are_good([false, false, true]).await;
}

async fn an_update_of_many_ends_the_sessions_of_those_it_finds(place: &Place) {
    let it = Three::of(place).await;
    let customer = Customer::props();
    let change = set!(Customer { email: "ann@new.test".to_owned() });
    let count =
        Customer::update_all(&it.house.ctx, customer.email.eq("ann@shop.test".to_owned()), change).await.unwrap();
    assert_eq!(count, 1);
    it.are_good([false, false, true]).await;
    let change = set!(Customer { name: Some("x".to_owned()) });
    assert_eq!(Customer::update_all(&it.house.ctx, (), change).await.unwrap(), 2);
    it.are_good([false, false, true]).await;
    let it = Three::of(place).await;
    let ctx = it.house.ctx.with_option(SetPassword);
    let change = set!(Customer { password: OTHER.to_owned() });
    assert_eq!(Customer::update_all(&ctx, (), change).await.unwrap(), 2);
    it.are_good([false, false, false]).await;
    for email in ["ann@shop.test", "bob@shop.test"] {
        assert!(!it.house.can_log_in(email, PASSWORD).await && it.house.can_log_in(email, OTHER).await, "{email}");
    }
    assert!(it.house.texts("SELECT password FROM customer").await.iter().flatten().all(|it| it.starts_with("$2b$04$")));
}

async fn an_update_of_many_sets_passwords_on_purpose_alone(place: &Place) {
    let it = Three::of(place).await;
    let before = it.house.texts("SELECT password FROM customer ORDER BY id").await;
    let change = set!(Customer { password: OTHER.to_owned(), name: Some("changed".to_owned()) });
    let error = Customer::update_all(&it.house.ctx, (), change).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (401, Some("PASSWORD_CHANGE_NOT_ALLOWED")));
    assert_eq!(it.house.texts("SELECT password FROM customer ORDER BY id").await, before);
    assert_eq!(it.house.number("SELECT COUNT(*) FROM customer WHERE name IS NOT NULL").await, 0);
    it.are_good([true, true, true]).await;
}

async fn a_user_that_is_read_and_saved_keeps_password_and_sessions(place: &Place) {
    let it = Three::of(place).await;
    let before = it.house.digest(it.ann).await;
    let mut user = ann(&it.house).await;
    user.name = Some("Ann".to_owned());
    user.save(&it.house.ctx).await.unwrap();
    assert_eq!(it.house.digest(it.ann).await, before);
    it.are_good([true, true, true]).await;
    let change = set!(Customer { password: user.password.clone(), name: Some("Anna".to_owned()) });
    user.update_attributes(&it.house.ctx, change).await.unwrap();
    let user = ann(&it.house).await;
    let whole =
        set!(Customer { email: user.email.clone(), password: user.password.clone(), name: Some("A".to_owned()) });
    Customer::replace_by_id(&it.house.ctx, it.ann, whole).await.unwrap();
    assert_eq!(it.house.digest(it.ann).await, before);
    it.are_good([true, true, true]).await;
    assert!(it.house.can_log_in("ann@shop.test", PASSWORD).await);
    assert!(!it.house.can_log_in("ann@shop.test", &before).await);
    assert_eq!(it.house.number("SELECT COUNT(*) FROM customer WHERE name = 'A'").await, 1);
}

async fn a_password_that_is_saved_on_purpose_ends_sessions(place: &Place) {
    let it = Three::of(place).await;
    let mut user = ann(&it.house).await;
    user.user.password = OTHER.to_owned();
    let error = user.save(&it.house.ctx).await.unwrap_err();
    assert_eq!(error.code(), Some("PASSWORD_CHANGE_NOT_ALLOWED"));
    it.are_good([true, true, true]).await;
    user.save(&it.house.ctx.with_option(SetPassword)).await.unwrap();
    it.are_good([false, false, true]).await;
    assert_ne!(it.house.digest(it.ann).await, OTHER);
    assert!(it.house.can_log_in("ann@shop.test", OTHER).await);
}

async fn a_deleted_user_has_no_sessions(place: &Place) {
    let it = Three::of(place).await;
    let answer = it.house.user(&it.first).call("DELETE", "/api/Customers/me").await;
    assert!(matches!(answer.status, 200 | 204), "{answer}");
    it.are_good([false, false, true]).await;
    assert!(!it.house.can_log_in("ann@shop.test", PASSWORD).await);
    // Who registers the e-mail again is another.
    it.house.register("Customers", "ann@shop.test").await;
    it.are_good([false, false, true]).await;
}

async fn users_deleted_by_code_have_no_sessions(place: &Place) {
    let it = Three::of(place).await;
    let customer = Customer::props();
    assert_eq!(Customer::destroy_all(&it.house.ctx, customer.id.eq(it.ann)).await.unwrap(), 1);
    it.are_good([false, false, true]).await;
    assert_eq!(Customer::destroy_all(&it.house.ctx, ()).await.unwrap(), 1);
    it.are_good([false, false, false]).await;
    let it = Three::of(place).await;
    ann(&it.house).await.destroy(&it.house.ctx).await.unwrap();
    it.are_good([false, false, true]).await;
}

async fn a_deletion_that_is_rolled_back_leaves_the_sessions(place: &Place) {
    let it = Three::of(place).await;
    let id = it.ann;
    let undone: Result<()> = it
        .house
        .ctx
        .transaction(async |tx| {
            assert!(Customer::destroy_by_id(&tx, id).await?);
            Err(Error::conflict("no, it stays"))
        })
        .await;
    assert_eq!(undone.unwrap_err().status(), 409);
    it.are_good([true, true, true]).await;
    assert!(it.house.can_log_in("ann@shop.test", PASSWORD).await);
    it.house.ctx.transaction(async |tx| Customer::destroy_by_id(&tx, id).await).await.unwrap();
    assert!(!it.house.is_good(&it.first).await && !it.house.is_good(&it.second).await);
    assert_eq!(it.house.sessions().await, 1);
}

async fn a_password_that_is_rolled_back_leaves_the_sessions(place: &Place) {
    let it = Three::of(place).await;
    let user = ann(&it.house).await;
    let undone: Result<()> = it
        .house
        .ctx
        .transaction(async |tx| {
            user.set_password(&tx, OTHER).await?;
            Err(Error::conflict("no, it stays"))
        })
        .await;
    assert_eq!(undone.unwrap_err().status(), 409);
    it.are_good([true, true, true]).await;
    assert!(it.house.can_log_in("ann@shop.test", PASSWORD).await && !it.house.can_log_in("ann@shop.test", OTHER).await);
}

async fn a_log_out_is_noticed_over_a_warm_cache(place: &Place) {
    let house = House::with(place, |builder| builder.auth(|auth| auth.cache(Duration::from_secs(3600)))).await;
    let it = Three::in_house(house).await;
    let answer = it.house.user(&it.second).call("POST", "/api/Customers/logout").await;
    assert_eq!(answer.status, 204, "{answer}");
    it.are_good([true, false, true]).await;
    Customer::logout(&it.house.ctx, &it.first).await.unwrap();
    it.are_good([false, false, true]).await;
    assert_eq!(AccessToken::destroy_all(&it.house.ctx, ()).await.unwrap(), 1);
    it.are_good([false, false, false]).await;
}

async fn a_log_in_with_the_old_password_that_is_under_way_begins_no_session(place: &Place) {
    // The next user that is read is held until somebody lets it go.
    let armed = Arc::new(AtomicBool::new(false));
    let held = Arc::new(Notify::new());
    let go_on = Arc::new(Semaphore::new(0));
    let (is_armed, is_held, may_go) = (armed.clone(), held.clone(), go_on.clone());
    let house = House::with(place, |builder| {
        builder.observe(Phase::Loaded, move |op| {
            let holds = op.model().name.as_ref() == "Customer" && is_armed.swap(false, Ordering::SeqCst);
            let (is_held, may_go) = (is_held.clone(), may_go.clone());
            Box::pin(async move {
                if holds {
                    is_held.notify_one();
                    may_go.acquire().await.expect("it is open").forget();
                }
                Ok(())
            })
        })
    })
    .await;
    let (id, token) = house.customer("ann@shop.test").await;
    armed.store(true, Ordering::SeqCst);
    let rest = house.rest().clone();
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD });
    let log_in = tokio::spawn(async move { rest.json("POST", "/api/Customers/login", body).await });
    soon(held.notified()).await;
    let body = json!({ "oldPassword": PASSWORD, "newPassword": OTHER });
    let answer = soon(house.user(&token).json("POST", "/api/Customers/change-password", body)).await;
    assert_eq!(answer.status, 204, "{answer}");
    assert_eq!(house.sessions_of(id).await, 1);
    go_on.add_permits(1);
    let answer = soon(log_in).await.unwrap();
    assert!(matches!(answer.status, 200 | 401), "{answer}");
    let count = house.sessions_of(id).await;
    assert_eq!(count, 1, "the old password has begun a session after the new one ended them all: {}", answer.status);
}

async fn what_one_app_ends_another_notices(place: &Place) {
    let uncached = |builder: AppBuilder| builder.auth(|auth| auth.cache(Duration::ZERO));
    let it = Three::in_house(House::with(place, uncached).await).await;
    let second = House::beside(place, uncached).await;
    for token in [&it.first, &it.second, &it.bob] {
        assert!(second.is_good(token).await, "the apps share their sessions");
    }
    assert_eq!(it.house.user(&it.second).call("POST", "/api/Customers/logout").await.status, 204);
    assert!(!second.is_good(&it.second).await && second.is_good(&it.first).await);
    ann(&it.house).await.set_password(&it.house.ctx, OTHER).await.unwrap();
    assert!(!second.is_good(&it.first).await);
    Customer::destroy_all(&it.house.ctx, ()).await.unwrap();
    assert!(!second.is_good(&it.bob).await);
    assert_eq!(second.sessions().await, 0);
}
