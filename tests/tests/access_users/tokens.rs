//! Tokens: where they stand in a request, how they are stored, what they open, and when they are over.

use crate::house::*;
use crate::models::*;
use futures_util::future::join_all;
use loopback::chrono::TimeDelta;
use loopback::prelude::*;
use loopback_tests::http::{Request, Response};
use loopback_tests::lab::Place;
use loopback_tests::rest::encoded;
use serde_json::{Value as Json, json};

on_every_database!(
    a_token_is_taken_from_every_place
    a_token_beside_a_filter_in_brackets_is_taken
    a_token_elsewhere_is_none
    two_tokens_that_differ_are_refused
    the_same_token_twice_is_one
    a_cookie_counts_with_the_right_signature_alone
    without_a_secret_no_cookie_is_read
    a_page_of_another_site_cannot_use_the_cookie
    what_cannot_be_a_token_is_not_looked_for
    an_expired_token_is_refused_and_deleted
    a_token_is_over_when_its_time_is_up
    expired_tokens_are_refused_over_a_warm_cache
    tokens_are_stored_as_digests_alone
    plain_storage_is_there_where_the_app_asks_for_it
    listed_ids_are_handles_that_open_nothing
    a_handle_ends_its_session
    nobody_sees_or_ends_the_sessions_of_others
    a_token_of_a_reset_opens_nothing_else
    a_token_of_a_reset_is_good_once
    a_token_of_a_reset_used_twice_at_once_sets_one_password
    a_session_is_no_token_of_a_reset
    a_scope_opens_what_asks_for_it
    a_user_makes_tokens_within_the_longest_ttl
    a_ttl_of_ones_own_token_that_is_none_is_refused
    a_user_cannot_choose_the_id_of_a_token
    a_user_cannot_make_a_token_for_somebody_else
    a_token_hands_on_no_scope_that_it_does_not_have
    a_session_makes_no_token_of_a_reset
    a_token_of_ones_own_begins_now
    a_token_cannot_be_made_longer_or_wider_afterwards
    of_too_many_sessions_the_oldest_end
    of_too_many_sessions_the_new_one_stays
    tokens_made_over_the_relation_count_as_sessions
    a_reset_that_somebody_asks_for_ends_no_session
    a_logout_ends_the_session_of_the_token
    a_logout_takes_the_token_from_the_body
    a_token_in_the_body_does_not_log_others_out
    a_logout_without_a_token_that_is_good_is_refused
    a_get_is_no_logout
    me_is_the_user_of_the_token
    a_token_of_one_model_is_nobody_in_another
    the_model_of_tokens_has_no_endpoints
    a_body_does_not_say_who_calls
);

async fn me(house: &House, request: Request) -> Response {
    house.rest().send(&request).await
}

fn get(target: &str) -> Request {
    Request::new("GET", target)
}

async fn a_token_is_taken_from_every_place(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let cookie = house.app.sign_cookie(&token).unwrap();
    let header = |value: String| get("/api/Customers/me").header("Authorization", &value);
    let requests = [
        ("query", get(&format!("/api/Customers/me?access_token={token}"))),
        ("header", get("/api/Customers/me").header("X-Access-Token", &token)),
        ("raw", header(token.clone())),
        ("raw with spaces", header(format!("  {token} "))),
        ("bearer", header(format!("Bearer {token}"))),
        ("bearer in lower case", header(format!("bearer {token}"))),
        ("bearer in upper case", header(format!("BEARER {token}"))),
        ("bearer, two spaces", header(format!("Bearer  {token}"))),
        ("bearer base64", header(format!("Bearer {}", base64(&token)))),
        ("basic, as the password", header(format!("Basic {}", base64(&format!(":{token}"))))),
        ("basic, as the password of somebody", header(format!("Basic {}", base64(&format!("ann:{token}"))))),
        ("basic, as the user", header(format!("Basic {}", base64(&format!("{token}:"))))),
        ("basic in lower case", header(format!("basic {}", base64(&format!("{token}:x"))))),
        ("cookie", get("/api/Customers/me").header("Cookie", &format!("a=b; access_token={cookie}; c=d"))),
        ("the other cookie", get("/api/Customers/me").header("Cookie", &format!("authorization={cookie}"))),
    ];
    for (what, request) in requests {
        let answer = me(&house, request).await;
        assert_eq!(answer.status, 200, "{what}: {answer}");
        assert_eq!(answer.json()["id"], id, "{what}");
    }
    assert_eq!(house.sessions().await, 1);
}

async fn a_token_beside_a_filter_in_brackets_is_taken(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    house.user(&token).json("POST", "/api/Customers/me/orders", json!({ "title": "tea" })).await;
    for query in ["filter[limit]=5", "filter[where][title]=tea", "filter%5Bwhere%5D%5Btitle%5D=tea"] {
        for query in [format!("access_token={token}&{query}"), format!("{query}&access_token={token}")] {
            let answer = me(&house, get(&format!("/api/Customers/me/orders?{query}"))).await;
            assert_eq!(answer.status, 200, "{query}: {answer}");
            assert_eq!(answer.json()[0]["title"], "tea", "{query}");
        }
    }
}

async fn a_token_elsewhere_is_none(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    let header = |name: &str, value: String| get("/api/Customers/me").header(name, &value);
    for (what, request) in [
        ("another scheme", header("Authorization", format!("Digest {token}"))),
        ("a scheme of one's own", header("Authorization", format!("Token {token}"))),
        ("another header", header("Access-Token", token.clone())),
        ("another parameter", get(&format!("/api/Customers/me?token={token}"))),
        ("basic in clear", header("Authorization", format!("Basic :{token}"))),
        ("an unsigned cookie", header("Cookie", format!("access_token={token}"))),
        ("half a token", header("Authorization", token[..32].to_owned())),
        ("a token and more", header("Authorization", format!("{token}x"))),
        ("another case", header("Authorization", token.to_ascii_uppercase())),
        ("base64 without a scheme", header("Authorization", base64(&token))),
    ] {
        let answer = me(&house, request).await;
        assert_eq!(error(&answer), (401, "AUTHORIZATION_REQUIRED".into()), "{what}");
    }
    assert!(house.is_good(&token).await);
}

async fn two_tokens_that_differ_are_refused(place: &Place) {
    let house = House::of(place).await;
    let (_, ann) = house.customer("ann@shop.test").await;
    let (_, bob) = house.customer("bob@shop.test").await;
    let cookie = house.app.sign_cookie(&bob).unwrap();
    let patch =
        |query: &str| Request::new("PATCH", &format!("/api/Customers/me{query}")).json(&json!({ "name": "changed" }));
    let unknown = "x".repeat(64);
    for (what, request) in [
        ("query and header", patch(&format!("?access_token={ann}")).header("Authorization", &bob)),
        ("two headers", patch("").header("X-Access-Token", &ann).header("Authorization", &bob)),
        ("one header twice", patch("").header("Authorization", &ann).header("Authorization", &bob)),
        (
            "header and cookie",
            patch("").header("Authorization", &ann).header("Cookie", &format!("access_token={cookie}")),
        ),
        ("one that is unknown", patch("").header("Authorization", &ann).header("X-Access-Token", &unknown)),
        (
            "bearer and basic",
            patch("")
                .header("Authorization", &format!("Bearer {ann}"))
                .header("Authorization", &format!("Basic {}", base64(&format!(":{bob}")))),
        ),
    ] {
        let answer = me(&house, request).await;
        assert_eq!(error(&answer), (400, "CONFLICTING_TOKENS".into()), "{what}");
        assert!(!answer.text().contains(&ann) && !answer.text().contains(&bob), "{what}: {answer}");
    }
    // In a query they are a list, and none of them counts.
    let answer = me(&house, patch(&format!("?access_token={ann}&access_token={bob}"))).await;
    assert!(matches!(answer.status, 400 | 401), "{answer}");
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE name IS NOT NULL").await, 0);
}

async fn the_same_token_twice_is_one(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let cookie = house.app.sign_cookie(&token).unwrap();
    let request = get(&format!("/api/Customers/me?access_token={token}"))
        .header("X-Access-Token", &token)
        .header("Authorization", &format!("Bearer {}", base64(&token)))
        .header("Cookie", &format!("access_token={cookie}; authorization={cookie}"));
    assert_eq!(me(&house, request).await.json()["id"], id);
}

fn cookie(value: &str) -> Request {
    get("/api/Customers/me").header("Cookie", &format!("access_token={value}"))
}

async fn a_cookie_counts_with_the_right_signature_alone(place: &Place) {
    let house = House::of(place).await;
    let (_, ann) = house.customer("ann@shop.test").await;
    let (_, bob) = house.customer("bob@shop.test").await;
    let signed = house.app.sign_cookie(&ann).unwrap();
    assert_eq!(me(&house, cookie(&signed)).await.status, 200);
    let signature = signed.rsplit_once('.').unwrap().1;
    for (what, value) in [
        ("unsigned", ann.clone()),
        ("an empty signature", format!("s%3A{ann}.")),
        ("none", format!("s%3A{ann}")),
        ("the signature of another", format!("s%3A{bob}.{signature}")),
        ("more", format!("{signed}A")),
        ("less", signed[..signed.len() - 3].to_owned()),
        ("without the mark", format!("{ann}.{signature}")),
        ("the signature of the empty text", format!("s%3A.{signature}")),
        ("broken", "s%3".to_owned()),
    ] {
        let answer = me(&house, cookie(&value)).await;
        assert_eq!(answer.status, 401, "{what}: {answer}");
    }
    assert_eq!(house.sessions().await, 2);
}

async fn without_a_secret_no_cookie_is_read(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    let signed = house.app.sign_cookie(&token).unwrap();
    assert_eq!(me(&house, cookie(&signed)).await.status, 200);
    // The first app has made the tables of a database that this one empties: its own users, its own cookies.
    let other = House::with(place, |builder| builder.auth(|auth| auth.cookie_secret("another secret"))).await;
    let (_, token) = other.customer("ann@shop.test").await;
    let foreign = house.app.sign_cookie(&token).unwrap();
    assert_eq!(me(&other, cookie(&foreign)).await.status, 401, "the secret of another app signs");
    assert_eq!(me(&other, cookie(&other.app.sign_cookie(&token).unwrap())).await.status, 200);
    let bare = place.builder(models![Customer, Order, Profile]).enable_auth().build().await.unwrap();
    assert!(bare.sign_cookie(&token).is_none());
    let rest = loopback_tests::rest::Rest::of(&bare);
    let id = rest.create("/api/Customers", json!({ "email": "a@b.test", "password": PASSWORD })).await["id"].clone();
    let session = rest.json("POST", "/api/Customers/login", json!({ "email": "a@b.test", "password": PASSWORD })).await;
    let signed = house.app.sign_cookie(session.json()["id"].as_str().unwrap()).unwrap();
    let target = format!("/api/Customers/{id}");
    let answer = rest.send(&get(&target).header("Cookie", &format!("access_token={signed}"))).await;
    assert_eq!(answer.status, 401, "{answer}");
}

async fn a_page_of_another_site_cannot_use_the_cookie(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    let cookie = format!("access_token={}", house.app.sign_cookie(&token).unwrap());
    let with = |method: &str, headers: &[(&str, &str)]| {
        let mut request =
            Request::new(method, "/api/Customers/me").header("Cookie", &cookie).header("Host", "shop.test");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if method == "DELETE" { request } else { request.json(&json!({ "name": "changed" })) }
    };
    for headers in [
        &[("Sec-Fetch-Site", "cross-site")][..],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://shop.test")],
        &[("Origin", "https://evil.test")],
        &[("Origin", "https://shop.test.evil.test")],
        &[("Origin", "https://shop.test:8443")],
        &[("Origin", "null")],
    ] {
        for method in ["PATCH", "PUT", "DELETE"] {
            let answer = me(&house, with(method, headers)).await;
            assert_eq!(error(&answer), (403, "CROSS_SITE".into()), "{method} {headers:?}");
        }
    }
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE name IS NULL").await, 1);
    let target = "/api/Customers/me";
    let foreign = get(target).header("Cookie", &cookie).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(me(&house, foreign).await.status, 200, "a link leads here");
    for headers in [
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", "https://shop.test")][..],
        &[("Origin", "https://shop.test")],
        &[("Sec-Fetch-Site", "none")],
        &[],
    ] {
        assert_eq!(me(&house, with("PATCH", headers)).await.status, 200, "{headers:?}");
    }
    // A header is sent on purpose.
    let header = Request::new("PATCH", target).header("Authorization", &token).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(me(&house, header.json(&json!({ "name": "again" }))).await.status, 200);
    assert_eq!(house.text("SELECT name FROM customer").await.as_deref(), Some("again"));
}

async fn what_cannot_be_a_token_is_not_looked_for(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    house.statements();
    let long = "x".repeat(513);
    let longer = "x".repeat(8 * 1024);
    let header = |value: &str| get("/api/Customers/me").header("Authorization", value);
    for (what, request) in [
        ("too long", header(&long)),
        ("8 KiB", header(&longer)),
        ("8 KiB of a bearer", header(&format!("Bearer {longer}"))),
        ("too long in the query", get(&format!("/api/Customers/me?access_token={long}"))),
        ("no ASCII", header(&"é".repeat(32))),
        ("no ASCII in the query", get(&format!("/api/Customers/me?access_token={}", encoded(&"é".repeat(32))))),
        ("no ASCII in base64", header(&format!("Bearer {}", base64(&"é".repeat(300))))),
        ("white space", get("/api/Customers/me?access_token=a%20token%20with%20spaces%20in%20it")),
        ("a NUL", get("/api/Customers/me?access_token=abcdefgh%00abcdefgh")),
        ("short", header("x")),
        ("nothing", get("/api/Customers/me?access_token=")),
        ("a bearer of nothing", header("Bearer")),
        ("a basic of nothing", header("Basic ")),
        ("a list", get(&format!("/api/Customers/me?access_token[]={token}"))),
        ("an object", get("/api/Customers/me?access_token[neq]=x")),
    ] {
        let answer = me(&house, request).await;
        assert!(matches!(answer.status, 400 | 401), "{what}: {answer}");
        let asked: Vec<String> = house.statements().into_iter().filter(|sql| sql.contains("access_token")).collect();
        assert!(asked.is_empty(), "{what}: {asked:?}");
    }
    assert!(house.is_good(&token).await);
}

async fn age(house: &House, by: TimeDelta) {
    let created = Utc::now() - by;
    AccessToken::update_all(&house.ctx, (), set!(AccessToken { created: created })).await.unwrap();
}

async fn an_expired_token_is_refused_and_deleted(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD, "ttl": 60 });
    let token = house.login_with("Customers", body).await;
    age(&house, TimeDelta::seconds(61)).await;
    let answer = house.user(&token).json("PATCH", "/api/Customers/me", json!({ "name": "changed" })).await;
    assert_eq!(error(&answer), (401, "INVALID_TOKEN".into()));
    assert_eq!(house.sessions().await, 0);
    assert_eq!(house.text("SELECT name FROM customer").await, None);
    let answer = house.user(&token).get("/api/Customers/me").await;
    assert_eq!(error(&answer), (401, "AUTHORIZATION_REQUIRED".into()));
}

async fn a_token_is_over_when_its_time_is_up(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD, "ttl": 600 });
    let token = house.login_with("Customers", body).await;
    age(&house, TimeDelta::seconds(500)).await;
    assert!(house.is_good(&token).await, "it has time left");
    age(&house, TimeDelta::seconds(600)).await;
    assert!(!house.is_good(&token).await, "its time is up to the second");
    assert_eq!(house.sessions().await, 0);
}

async fn expired_tokens_are_refused_over_a_warm_cache(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    assert!(house.is_good(&token).await);
    age(&house, TimeDelta::days(15)).await;
    assert!(!house.is_good(&token).await);
    assert_eq!(house.sessions().await, 0);
}

async fn tokens_are_stored_as_digests_alone(place: &Place) {
    let house = House::of_all(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    let made = house.user(&token).json("POST", "/api/Customers/me/accessTokens", json!({})).await.json();
    let made = made["id"].as_str().unwrap().to_owned();
    let answer = house.rest().json("POST", "/api/Customers/reset", json!({ "email": "ann@shop.test" })).await;
    assert_eq!(answer.status, 204, "{answer}");
    let reset = house.reset_mail().await.access_token;
    let stored = house.texts("SELECT id FROM access_token").await;
    assert_eq!(stored.len(), 3);
    for secret in [&token, &made, &reset] {
        assert!(!stored.iter().flatten().any(|id| id.contains(secret.as_str())), "a token is stored in clear");
    }
    assert!(house.is_good(&made).await);
    assert!(stored.iter().flatten().all(|id| id.len() == 43), "{stored:?}");
}

async fn plain_storage_is_there_where_the_app_asks_for_it(place: &Place) {
    let house = House::with(place, |builder| builder.auth(|auth| auth.token_storage(TokenStorage::Plain))).await;
    let (_, token) = house.customer("ann@shop.test").await;
    assert_eq!(house.text("SELECT id FROM access_token").await.as_deref(), Some(&*token));
    assert!(house.is_good(&token).await);
    let list = house.user(&token).get("/api/Customers/me/accessTokens").await.json();
    assert_eq!(list[0]["id"], *token);
    assert_eq!(house.user(&token).call("POST", "/api/Customers/logout").await.status, 204);
    assert!(!house.is_good(&token).await);
    assert_eq!(house.sessions().await, 0);
}

async fn handles(house: &House, token: &str) -> Vec<String> {
    let answer = house.user(token).get("/api/Customers/me/accessTokens").await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json().as_array().unwrap().iter().map(|token| token["id"].as_str().unwrap().to_owned()).collect()
}

async fn listed_ids_are_handles_that_open_nothing(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    let other = house.login("Customers", "ann@shop.test").await;
    let handles = handles(&house, &token).await;
    assert_eq!(handles.len(), 2);
    for handle in &handles {
        assert!(*handle != token && *handle != other);
        let signed = house.app.sign_cookie(handle).unwrap();
        for request in [
            get(&format!("/api/Customers/me?access_token={handle}")),
            get("/api/Customers/me").header("X-Access-Token", handle),
            get("/api/Customers/me").header("Authorization", handle),
            get("/api/Customers/me").header("Authorization", &format!("Bearer {handle}")),
            cookie(&signed),
        ] {
            assert_eq!(me(&house, request).await.status, 401);
        }
        let answer = house.rest().json("POST", "/api/Customers/logout", json!({ "access_token": handle })).await;
        assert_eq!(answer.status, 401, "a handle logs out: {answer}");
    }
    assert_eq!(house.sessions().await, 2);
}

async fn a_handle_ends_its_session(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let own = handles(&house, &token).await;
    let other = house.login("Customers", "ann@shop.test").await;
    assert!(house.is_good(&other).await);
    let handle = handles(&house, &token).await.into_iter().find(|handle| !own.contains(handle)).unwrap();
    let answer = house.user(&token).get(&format!("/api/Customers/me/accessTokens/{handle}")).await;
    assert_eq!((answer.status, answer.json()["userId"].as_i64()), (200, Some(id)), "{answer}");
    let answer = house.user(&token).call("DELETE", &format!("/api/Customers/me/accessTokens/{handle}")).await;
    assert_eq!(answer.status, 204, "{answer}");
    assert!(!house.is_good(&other).await, "the session goes on");
    assert!(house.is_good(&token).await);
    assert_eq!(house.texts("SELECT id FROM access_token").await, [Some(own[0].clone())]);
}

async fn nobody_sees_or_ends_the_sessions_of_others(place: &Place) {
    let house = House::of(place).await;
    let (ann, ann_token) = house.customer("ann@shop.test").await;
    let (_, bob) = house.customer("bob@shop.test").await;
    let handle = handles(&house, &ann_token).await.pop().unwrap();
    for (method, target) in [
        ("GET", format!("/api/Customers/{ann}/accessTokens")),
        ("GET", format!("/api/Customers/{ann}/accessTokens/{handle}")),
        ("GET", format!("/api/Customers/{ann}/accessTokens/count")),
        ("DELETE", format!("/api/Customers/{ann}/accessTokens/{handle}")),
        ("DELETE", format!("/api/Customers/{ann}/accessTokens")),
        ("POST", format!("/api/Customers/{ann}/accessTokens")),
        ("PUT", format!("/api/Customers/{ann}/accessTokens/{handle}")),
    ] {
        for answer in [house.user(&bob).call(method, &target).await, house.rest().call(method, &target).await] {
            assert_eq!(answer.status, 401, "{method} {target}: {answer}");
            assert!(!answer.text().contains(&handle), "{answer}");
        }
    }
    for method in ["GET", "DELETE", "PUT"] {
        let answer =
            house.user(&bob).json(method, &format!("/api/Customers/me/accessTokens/{handle}"), json!({})).await;
        assert_eq!(answer.status, 404, "{method}: {answer}");
    }
    for include in ["accessTokens", "orders.customer.accessTokens"] {
        let filter = encoded(&json!({ "include": include }).to_string());
        let answer = house.user(&ann_token).get(&format!("/api/Customers/me?filter={filter}")).await;
        assert!(!answer.text().contains(&handle), "{answer}");
    }
    assert_eq!(house.sessions_of(ann).await, 1);
    assert!(house.is_good(&ann_token).await);
}

/// The token of a reset of a customer.
async fn reset(house: &House, email: &str) -> String {
    let answer = house.rest().json("POST", "/api/Customers/reset", json!({ "email": email })).await;
    assert_eq!(answer.status, 204, "{answer}");
    house.reset_mail().await.access_token
}

async fn a_token_of_a_reset_opens_nothing_else(place: &Place) {
    let house = House::of(place).await;
    let (id, session) = house.customer("ann@shop.test").await;
    let token = reset(&house, "ann@shop.test").await;
    let visitor = house.user(&token);
    let handle = handles(&house, &session).await.pop().unwrap();
    for (method, target, body) in [
        ("GET", "/api/Customers/me".to_owned(), None),
        ("GET", format!("/api/Customers/{id}"), None),
        ("PATCH", "/api/Customers/me".to_owned(), Some(json!({ "name": "changed" }))),
        ("DELETE", "/api/Customers/me".to_owned(), None),
        ("GET", "/api/Customers/me/accessTokens".to_owned(), None),
        ("POST", "/api/Customers/me/accessTokens".to_owned(), Some(json!({}))),
        ("DELETE", format!("/api/Customers/me/accessTokens/{handle}"), None),
        ("GET", "/api/Customers/me/orders".to_owned(), None),
        ("POST", "/api/Customers/me/orders".to_owned(), Some(json!({ "title": "tea" }))),
        ("GET", "/api/Customers/report".to_owned(), None),
        ("GET", "/api/Profiles".to_owned(), None),
        (
            "POST",
            "/api/Customers/change-password".to_owned(),
            Some(json!({ "oldPassword": PASSWORD, "newPassword": OTHER })),
        ),
    ] {
        let answer = match body {
            Some(body) => visitor.json(method, &target, body).await,
            None => visitor.call(method, &target).await,
        };
        assert_eq!(answer.status, 401, "{method} {target}: {answer}");
    }
    assert_eq!(house.sessions_of(id).await, 2);
    assert_eq!(house.text("SELECT name FROM customer").await, None);
    assert!(house.can_log_in("ann@shop.test", PASSWORD).await);
}

async fn a_token_of_a_reset_is_good_once(place: &Place) {
    let house = House::of(place).await;
    let (id, session) = house.customer("ann@shop.test").await;
    let token = reset(&house, "ann@shop.test").await;
    let set = async |password: &str| {
        house.user(&token).json("POST", "/api/Customers/reset-password", json!({ "newPassword": password })).await
    };
    let before = house.digest(id).await;
    assert_eq!(codes(&set("short").await, "password"), ["length.min"]);
    assert_eq!(codes(&set("ann@shop.test").await, "password"), ["email"]);
    assert_eq!(set("").await.status, 400);
    assert_eq!(house.digest(id).await, before);
    assert!(house.is_good(&session).await, "a refused one ends sessions");
    let answer = set(OTHER).await;
    assert_eq!(answer.status, 204, "{answer}");
    assert_eq!(house.sessions_of(id).await, 0);
    assert!(!house.is_good(&session).await);
    let after = house.digest(id).await;
    assert_eq!(set("third time lucky horse").await.status, 401);
    assert_eq!(house.digest(id).await, after);
    assert!(house.can_log_in("ann@shop.test", OTHER).await && !house.can_log_in("ann@shop.test", PASSWORD).await);
}

async fn a_token_of_a_reset_used_twice_at_once_sets_one_password(place: &Place) {
    let house = House::of(place).await;
    let (id, _) = house.customer("ann@shop.test").await;
    let token = reset(&house, "ann@shop.test").await;
    let passwords: Vec<String> = (0..8).map(|n| format!("{OTHER} {n}")).collect();
    let visitor = house.user(&token);
    let tasks = passwords
        .iter()
        .map(|password| visitor.json("POST", "/api/Customers/reset-password", json!({ "newPassword": password })));
    let answers = soon(join_all(tasks)).await;
    let good: Vec<usize> =
        answers.iter().enumerate().filter(|(_, answer)| answer.status == 204).map(|(at, _)| at).collect();
    for answer in &answers {
        assert!(matches!(answer.status, 204 | 401 | 409), "{answer}");
    }
    assert_eq!(good.len(), 1, "{answers:?}");
    assert_eq!(house.sessions_of(id).await, 0);
    assert!(house.can_log_in("ann@shop.test", &passwords[good[0]]).await);
}

async fn a_session_is_no_token_of_a_reset(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let before = house.digest(id).await;
    let body = json!({ "newPassword": OTHER });
    for answer in [
        house.user(&token).json("POST", "/api/Customers/reset-password", body.clone()).await,
        house.rest().json("POST", "/api/Customers/reset-password", body).await,
    ] {
        assert_eq!(answer.status, 401, "{answer}");
    }
    assert_eq!((house.digest(id).await, house.sessions().await), (before, 1));
}

async fn scoped(house: &House, id: i64, scopes: &[&str]) -> String {
    let customer = Customer::find_by_id(&house.ctx, id).await.unwrap().unwrap();
    let scopes = Some(scopes.iter().map(|scope| (*scope).to_owned()).collect());
    customer.create_access_token(&house.ctx, TokenOptions { ttl: None, scopes }).await.unwrap().id
}

async fn a_scope_opens_what_asks_for_it(place: &Place) {
    let house = House::of(place).await;
    let (id, session) = house.customer("ann@shop.test").await;
    let reports = scoped(&house, id, &["reports"]).await;
    let both = scoped(&house, id, &["DEFAULT", "reports"]).await;
    let none = scoped(&house, id, &[]).await;
    let other = scoped(&house, id, &["report", "*", "REPORTS"]).await;
    for (what, token, me, report) in [
        ("a session", &session, 200, 401),
        ("one scope", &reports, 401, 200),
        ("both", &both, 200, 200),
        ("none at all", &none, 401, 401),
        ("others", &other, 401, 401),
    ] {
        assert_eq!(house.user(token).get("/api/Customers/me").await.status, me, "{what}");
        assert_eq!(house.user(token).get("/api/Customers/report").await.status, report, "{what}");
    }
    assert_eq!(house.sessions_of(id).await, 5);
}

async fn make(house: &House, token: &str, body: Json) -> Response {
    house.user(token).json("POST", "/api/Customers/me/accessTokens", body).await
}

async fn a_user_makes_tokens_within_the_longest_ttl(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    for (body, ttl) in [
        (json!({}), 1_209_600),
        (json!({ "ttl": 60 }), 60),
        (json!({ "ttl": 99_999_999 }), 31_556_926),
        (json!({ "ttl": i64::MAX }), 31_556_926),
    ] {
        let answer = make(&house, &token, body.clone()).await;
        assert_eq!(answer.status, 200, "{body}: {answer}");
        let made = answer.json();
        assert_eq!((made["ttl"].as_i64(), made["userId"].as_i64()), (Some(ttl), Some(id)), "{body}");
        assert!(house.is_good(made["id"].as_str().unwrap()).await, "{body}");
    }
    for ttl in [json!(0), json!(-1), json!(-5), json!(i64::MIN)] {
        let answer = make(&house, &token, json!({ "ttl": ttl })).await;
        assert_eq!(answer.status, 422, "{ttl}: {answer}");
    }
    assert_eq!(house.sessions().await, 5);
    assert_eq!(house.number("SELECT COUNT(*) FROM access_token WHERE ttl < 1 OR ttl > 31556926").await, 0);
}

async fn a_ttl_of_ones_own_token_that_is_none_is_refused(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    for ttl in [json!("abc"), json!({}), json!([]), json!(0.5), json!(true)] {
        let answer = make(&house, &token, json!({ "ttl": ttl })).await;
        assert_eq!(answer.status, 422, "{ttl} makes a token: {answer}");
    }
    assert_eq!(house.sessions().await, 1);
}

async fn a_user_cannot_choose_the_id_of_a_token(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    let own = handles(&house, &token).await.pop().unwrap();
    for id in ["x".repeat(64), own, token.clone()] {
        let answer = make(&house, &token, json!({ "id": id })).await;
        assert_eq!(answer.status, 422, "{answer}");
    }
    assert!(!house.is_good(&"x".repeat(64)).await);
    assert_eq!(house.sessions().await, 1);
}

async fn a_user_cannot_make_a_token_for_somebody_else(place: &Place) {
    let house = House::of(place).await;
    let (ann, token) = house.customer("ann@shop.test").await;
    let bob = house.register("Customers", "bob@shop.test").await;
    let answer = make(&house, &token, json!({ "userId": bob })).await;
    assert_eq!(house.sessions_of(bob).await, 0, "{answer}");
    if answer.status == 200 {
        assert_eq!(answer.json()["userId"], ann);
    }
    let target = format!("/api/Customers/{bob}/accessTokens");
    let answer = house.user(&token).json("POST", &target, json!({})).await;
    assert_eq!(answer.status, 401, "{answer}");
    assert_eq!(house.sessions_of(bob).await, 0);
}

async fn a_token_hands_on_no_scope_that_it_does_not_have(place: &Place) {
    let house = House::of(place).await;
    let (id, _) = house.customer("ann@shop.test").await;
    let token = scoped(&house, id, &["DEFAULT", "reports"]).await;
    let answer = make(&house, &token, json!({ "scopes": ["reports"] })).await;
    assert_eq!(answer.status, 200, "{answer}");
    let made = answer.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(house.user(&made).get("/api/Customers/report").await.status, 200);
    assert!(!house.is_good(&made).await);
    for wider in [json!(["reports", "admin"]), json!(["*"]), json!(["reset-password"]), json!(null)] {
        let answer = make(&house, &token, json!({ "scopes": wider })).await;
        assert_eq!(answer.status, 403, "{wider}: {answer}");
    }
    assert_eq!(make(&house, &token, json!({})).await.status, 403);
    assert_eq!(house.sessions_of(id).await, 3);
}

async fn a_session_makes_no_token_of_a_reset(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let before = house.digest(id).await;
    let answer = make(&house, &token, json!({ "scopes": ["reset-password"] })).await;
    // With it a borrowed session sets a password without the old one.
    if answer.status == 200 {
        let made = answer.json()["id"].as_str().unwrap().to_owned();
        let body = json!({ "newPassword": OTHER });
        let set = house.user(&made).json("POST", "/api/Customers/reset-password", body).await;
        assert_eq!(set.status, 401, "a session has made itself a token of a reset, and has set the password with it");
    }
    assert_eq!(house.digest(id).await, before);
    assert!(matches!(answer.status, 403 | 422), "a session hands on scopes that it does not have: {answer}");
}

async fn a_token_of_ones_own_begins_now(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    let answer = make(&house, &token, json!({ "ttl": 60, "created": "2999-01-01T00:00:00.000Z" })).await;
    assert!(matches!(answer.status, 200 | 422), "{answer}");
    let latest = Utc::now() + TimeDelta::minutes(1);
    let access_token = AccessToken::props();
    let later = AccessToken::count(&house.ctx, access_token.created.gt(latest)).await.unwrap();
    assert_eq!(later, 0, "a token that begins in a thousand years is good until then: {answer}");
}

async fn a_token_cannot_be_made_longer_or_wider_afterwards(place: &Place) {
    let house = House::of(place).await;
    let (id, _) = house.customer("ann@shop.test").await;
    let bob = house.register("Customers", "bob@shop.test").await;
    let mut taken = Vec::new();
    for change in [
        json!({ "ttl": 99_999_999 }),
        json!({ "ttl": -1 }),
        json!({ "created": "2999-01-01T00:00:00.000Z" }),
        json!({ "scopes": ["DEFAULT", "reports", "reset-password"] }),
        json!({ "scopes": null }),
        json!({ "userId": bob }),
        json!({ "id": "x".repeat(64) }),
    ] {
        AccessToken::destroy_all(&house.ctx, ()).await.unwrap();
        let token = scoped(&house, id, &["DEFAULT"]).await;
        let before = AccessToken::find_one(&house.ctx, ()).await.unwrap().unwrap();
        let target = format!("/api/Customers/me/accessTokens/{}", before.id);
        house.user(&token).json("PUT", &target, change.clone()).await;
        let after = AccessToken::find_one(&house.ctx, ()).await.unwrap().unwrap();
        let narrow = after.scopes == before.scopes && after.created == before.created && after.id == before.id;
        if !narrow || after.user_id != Some(id) || !(1..=31_556_926).contains(&after.ttl) {
            taken.push(change.to_string());
        }
    }
    assert!(taken.is_empty(), "a user who may update the own token changes it to {taken:?}");
}

/// A log-in, while the sessions that there are grow an hour older.
async fn log_in_later(house: &House) -> String {
    let lax = LaxToken::props();
    for token in LaxToken::find(&house.ctx, ()).await.unwrap() {
        let earlier = token.created - TimeDelta::hours(1);
        let changed =
            LaxToken::update_all(&house.ctx, lax.id.eq(token.id.clone()), set!(LaxToken { created: earlier }));
        assert_eq!(changed.await.unwrap(), 1);
    }
    house.login("Laxes", "lea@lax.test").await
}

async fn is_good_lax(house: &House, token: &str) -> bool {
    is_in(&house.user(token).get("/api/Laxes/me").await)
}

async fn of_too_many_sessions_the_oldest_end(place: &Place) {
    let house = House::of_all(place).await;
    house.register("Laxes", "lea@lax.test").await;
    house.register("Laxes", "leo@lax.test").await;
    let of_leo = house.login("Laxes", "leo@lax.test").await;
    let mut tokens = Vec::new();
    for _ in 0..5 {
        tokens.push(log_in_later(&house).await);
    }
    let mut good = Vec::new();
    for token in &tokens {
        good.push(is_good_lax(&house, token).await);
    }
    assert_eq!(good, [false, false, true, true, true]);
    assert!(is_good_lax(&house, &of_leo).await, "another user's session ends");
    assert_eq!(house.count("lax_token").await, 4);
}

async fn of_too_many_sessions_the_new_one_stays(place: &Place) {
    let house = House::of_all(place).await;
    house.register("Laxes", "lea@lax.test").await;
    for _ in 0..3 {
        house.login("Laxes", "lea@lax.test").await;
    }
    // The clock of the instance that made them is ahead.
    let ahead = Utc::now() + TimeDelta::seconds(30);
    LaxToken::update_all(&house.ctx, (), set!(LaxToken { created: ahead })).await.unwrap();
    let token = house.login("Laxes", "lea@lax.test").await;
    assert_eq!(house.count("lax_token").await, 3);
    assert!(is_good_lax(&house, &token).await, "the log-in that is answered with 200 has ended its own session");
}

async fn tokens_made_over_the_relation_count_as_sessions(place: &Place) {
    let house = House::of_all(place).await;
    house.register("Laxes", "lea@lax.test").await;
    let token = house.login("Laxes", "lea@lax.test").await;
    for _ in 0..6 {
        let answer = house.user(&token).json("POST", "/api/Laxes/me/accessTokens", json!({})).await;
        assert!(matches!(answer.status, 200 | 401 | 422), "{answer}");
    }
    let count = house.count("lax_token").await;
    assert!(count <= 3, "{count} sessions, where 3 are the most");
}

async fn a_reset_that_somebody_asks_for_ends_no_session(place: &Place) {
    let house = House::of_all(place).await;
    house.register("Laxes", "lea@lax.test").await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(log_in_later(&house).await);
    }
    for _ in 0..4 {
        let answer = house.rest().json("POST", "/api/Laxes/reset", json!({ "email": "lea@lax.test" })).await;
        assert_eq!(answer.status, 204, "{answer}");
        house.reset_mail().await;
    }
    for (at, token) in tokens.iter().enumerate() {
        assert!(is_good_lax(&house, token).await, "somebody's requests of resets have ended session {at}");
    }
}

async fn a_logout_ends_the_session_of_the_token(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    let other = house.login("Customers", "ann@shop.test").await;
    assert!(house.is_good(&token).await);
    let answer = house.user(&token).call("POST", "/api/Customers/logout").await;
    assert_eq!((answer.status, answer.body.len()), (204, 0), "{answer}");
    assert_eq!(house.sessions().await, 1);
    assert!(!house.is_good(&token).await);
    assert_eq!(house.user(&token).call("POST", "/api/Customers/logout").await.status, 401);
    assert!(house.is_good(&other).await, "another session of the user ends");
}

async fn a_logout_takes_the_token_from_the_body(place: &Place) {
    let house = House::of(place).await;
    let (_, ann) = house.customer("ann@shop.test").await;
    let (_, bob) = house.customer("bob@shop.test").await;
    let answer = house.rest().json("POST", "/api/Customers/logout", json!({ "access_token": ann })).await;
    assert_eq!(answer.status, 204, "{answer}");
    assert!(!house.is_good(&ann).await && house.is_good(&bob).await);
    assert_eq!(house.sessions().await, 1);
}

async fn a_token_in_the_body_does_not_log_others_out(place: &Place) {
    let house = House::of(place).await;
    let (_, ann) = house.customer("ann@shop.test").await;
    let (_, bob) = house.customer("bob@shop.test").await;
    // A token where tokens belong counts more.
    let answer = house.user(&bob).json("POST", "/api/Customers/logout", json!({ "access_token": ann })).await;
    assert!(matches!(answer.status, 204 | 400), "{answer}");
    assert!(house.is_good(&ann).await, "the log-out of one user has ended the session of another");
}

async fn a_logout_without_a_token_that_is_good_is_refused(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    let unknown = "x".repeat(64);
    for answer in [
        house.rest().call("POST", "/api/Customers/logout").await,
        house.rest().json("POST", "/api/Customers/logout", json!({})).await,
        house.rest().json("POST", "/api/Customers/logout", json!({ "access_token": "" })).await,
        house.rest().json("POST", "/api/Customers/logout", json!({ "access_token": unknown })).await,
        house.user(&unknown).call("POST", "/api/Customers/logout").await,
    ] {
        assert_eq!(answer.status, 401, "{answer}");
    }
    for odd in [json!({ "neq": null }), json!([token]), json!(5)] {
        let answer = house.rest().json("POST", "/api/Customers/logout", json!({ "access_token": odd })).await;
        assert!(matches!(answer.status, 400 | 401), "{odd}: {answer}");
    }
    assert_eq!(house.sessions().await, 1);
}

async fn a_get_is_no_logout(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let answer = house.user(&token).call(method, "/api/Customers/logout").await;
        assert!(answer.status >= 400, "{method}: {answer}");
    }
    let answer = house.rest().get(&format!("/api/Customers/logout?access_token={token}")).await;
    assert!(answer.status >= 400, "{answer}");
    assert_eq!((house.sessions().await, house.count("customer").await), (1, 1));
}

async fn me_is_the_user_of_the_token(place: &Place) {
    let house = House::of_all(place).await;
    let (ann, token) = house.customer("ann@shop.test").await;
    let (_, bob) = house.customer("bob@shop.test").await;
    let visitor = house.user(&token);
    assert_eq!(visitor.get("/api/Customers/me").await.json()["id"], ann);
    visitor.json("POST", "/api/Customers/me/orders", json!({ "title": "tea" })).await;
    let orders = visitor.get("/api/Customers/me/orders").await.json();
    assert_eq!((orders[0]["title"].as_str(), orders[0]["customerId"].as_i64()), (Some("tea"), Some(ann)));
    assert_eq!(house.user(&bob).get("/api/Customers/me/orders").await.json(), json!([]));
    house.register("Laxes", "lea@lax.test").await;
    let lea = house.login("Laxes", "lea@lax.test").await;
    for answer in [
        house.rest().get("/api/Customers/me").await,
        house.rest().get("/api/Customers/me/orders").await,
        house.rest().json("PATCH", "/api/Customers/me", json!({ "name": "x" })).await,
        house.rest().call("DELETE", "/api/Customers/me").await,
        house.user(&lea).get("/api/Customers/me").await,
        house.user(&lea).call("DELETE", "/api/Customers/me").await,
        house.user(&token).get("/api/Laxes/me").await,
        house.user(&token).call("DELETE", "/api/Laxes/me").await,
    ] {
        assert_eq!(answer.status, 401, "{answer}");
    }
    assert_eq!((house.count("customer").await, house.count("lax").await), (2, 1));
}

async fn a_token_of_one_model_is_nobody_in_another(place: &Place) {
    let house = House::of_all(place).await;
    let (ann, token) = house.customer("ann@shop.test").await;
    let lea = house.register("Laxes", "lea@lax.test").await;
    assert_eq!(ann, lea, "the same id, so that it is the model that counts");
    let of_lea = house.login("Laxes", "lea@lax.test").await;
    assert!(house.is_good(&token).await && is_good_lax(&house, &of_lea).await);
    let (customer, lax) = (format!("/api/Customers/{ann}"), format!("/api/Laxes/{lea}"));
    for (own, target) in [(&of_lea, &customer), (&token, &lax)] {
        let visitor = house.user(own);
        for answer in [
            visitor.get(target).await,
            visitor.json("PATCH", target, json!({ "name": "changed" })).await,
            visitor.json("PUT", target, json!({ "name": "changed" })).await,
            visitor.call("DELETE", target).await,
            visitor.get(&format!("{target}/accessTokens")).await,
            visitor.json("POST", &format!("{target}/accessTokens"), json!({})).await,
        ] {
            assert_eq!(answer.status, 401, "{target}: {answer}");
        }
    }
    let (users, others) = ("/api/Customers", "/api/Laxes");
    let body = json!({ "oldPassword": PASSWORD, "newPassword": OTHER });
    for (own, path) in [(&of_lea, users), (&token, others)] {
        let answer = house.user(own).call("POST", &format!("{path}/logout")).await;
        assert_eq!(answer.status, 401, "{path}: {answer}");
        let answer = house.rest().json("POST", &format!("{path}/logout"), json!({ "access_token": own })).await;
        assert_eq!(answer.status, 401, "{path}: {answer}");
        let answer = house.user(own).json("POST", &format!("{path}/change-password"), body.clone()).await;
        assert!(matches!(answer.status, 401 | 403), "{path}: {answer}");
    }
    house.rest().create("/api/Profiles", json!({ "bio": "x" })).await;
    let order = house.user(&token).json("POST", "/api/Customers/me/orders", json!({ "title": "tea" })).await.json();
    let answer = house.user(&of_lea).get(&format!("/api/Orders/{}", order["id"])).await;
    assert!(matches!(answer.status, 401 | 404), "{answer}");
    assert!(house.is_good(&token).await && is_good_lax(&house, &of_lea).await, "the other's log-out has ended it");
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE name IS NULL").await, 1);
    assert_eq!(house.number("SELECT COUNT(*) FROM lax WHERE name IS NULL").await, 1);
    let digests = (house.digest(ann).await, house.text("SELECT password FROM lax").await.unwrap());
    assert!(house.can_log_in("ann@shop.test", PASSWORD).await, "{digests:?}");
    house.login("Laxes", "lea@lax.test").await;
}

async fn the_model_of_tokens_has_no_endpoints(place: &Place) {
    let house = House::of_all(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    for path in
        ["AccessTokens", "access_token", "MemberTokens", "Roles", "RoleMappings", "Acls", "LoginAttempts", "Users"]
    {
        let target = format!("/api/{path}");
        for (method, body) in [("GET", json!({})), ("POST", json!({ "userId": id, "ttl": 60 })), ("DELETE", json!({}))]
        {
            for answer in [
                house.rest().json(method, &target, body.clone()).await,
                house.user(&token).json(method, &target, body.clone()).await,
            ] {
                assert_eq!(answer.status, 404, "{method} {target}: {answer}");
            }
        }
    }
    assert_eq!((house.sessions().await, house.count("role_mapping").await), (1, 0));
}

async fn a_body_does_not_say_who_calls(place: &Place) {
    let house = House::of(place).await;
    let (ann, token) = house.customer("ann@shop.test").await;
    let (_, bob) = house.customer("bob@shop.test").await;
    let target = format!("/api/Customers/{ann}");
    let body = json!({ "access_token": token, "name": "changed" });
    for answer in [
        house.rest().json("PATCH", &target, body.clone()).await,
        house.user(&bob).json("PATCH", &target, body.clone()).await,
        house
            .rest()
            .raw("PATCH", &target, "application/x-www-form-urlencoded", format!("name=changed&access_token={token}"))
            .await,
    ] {
        assert_eq!(answer.status, 401, "{answer}");
    }
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE name IS NOT NULL").await, 0);
}
