//! What users do about their accounts: confirm an e-mail, ask for a new password, change it; and what they cannot.

use crate::house::*;
use crate::models::*;
use loopback::prelude::*;
use loopback_tests::http::Response;
use loopback_tests::lab::Place;
use loopback_tests::rest::encoded;
use serde_json::{Value as Json, json};

on_every_database!(
    an_email_is_confirmed_with_the_token_that_was_sent_to_it
    a_wrong_token_confirms_nothing
    what_is_stored_of_a_token_confirms_nothing
    a_token_confirms_once
    a_token_confirms_until_its_time_is_up
    a_second_verification_replaces_the_first
    a_confirmation_leads_on_within_the_server
    a_confirmation_leads_on_to_where_the_app_allows
    a_confirmation_leads_nowhere_else
    a_token_confirms_the_address_it_was_sent_to
    a_new_address_has_to_be_confirmed_again
    a_new_address_is_not_confirmed_where_that_is_not_required_either
    guesses_of_a_token_are_throttled
    verifications_are_throttled
    the_link_of_a_verification_leads_to_the_app
    a_reset_is_answered_alike_whoever_asks
    a_reset_sends_the_token_to_the_stored_address
    a_reset_without_an_address_is_refused
    a_reset_of_an_unconfirmed_address_sends_nothing
    a_reset_says_who_is_known_where_the_model_says_so
    resets_are_throttled_alike_for_known_and_unknown
    a_password_is_changed_by_who_knows_the_old_one
    a_wrong_old_password_changes_nothing
    without_both_passwords_nothing_changes
    a_new_password_passes_the_policy
    nobody_changes_the_password_of_others
    wrong_old_passwords_are_throttled
    a_password_in_a_patch_is_refused_and_nothing_changes
    a_password_in_a_patch_is_taken_where_the_model_says_so
    a_password_in_a_patch_passes_the_policy
    a_password_in_a_patch_is_not_the_stored_email
    what_a_user_is_known_by_is_not_the_users_to_set
    a_replacement_without_a_password_keeps_it
    nobody_changes_others
    an_id_cannot_be_changed
);

async fn confirm(house: &House, users: &str, id: i64, token: &str) -> Response {
    house.rest().get(&format!("/api/{users}/confirm?uid={id}&token={}", encoded(token))).await
}

/// A user who is asked to confirm the e-mail: the id and the token.
async fn asked(house: &House, users: &str, email: &str) -> (i64, String) {
    let id = house.register(users, email).await;
    (id, ask(house, users, id).await)
}

async fn ask(house: &House, users: &str, id: i64) -> String {
    let answer = house.rest().call("POST", &format!("/api/{users}/{id}/verify")).await;
    assert_eq!(answer.status, 204, "{answer}");
    house.verify_mail().await.token
}

fn is_invalid(answer: &Response, what: &str) {
    assert_eq!(error(answer), (400, "INVALID_TOKEN".into()), "{what}: {answer}");
}

async fn an_email_is_confirmed_with_the_token_that_was_sent_to_it(place: &Place) {
    let house = House::of_all(place).await;
    let id = house.register("Members", "mia@club.test").await;
    let answer = house.rest().call("POST", &format!("/api/Members/{id}/verify")).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0), "{answer}");
    let mail = house.verify_mail().await;
    assert_eq!((&*mail.email, &*mail.user_model), ("mia@club.test", "Member"));
    assert!(mail.token.len() >= 43 && mail.href.contains(&mail.token), "{mail:?}");
    let stored = house.text("SELECT verification_token FROM member").await.unwrap();
    assert!(!stored.contains(&mail.token), "the token is stored in clear: {stored}");
    assert!(mail.user.get("password").is_none() && mail.user.get("verificationToken").is_none(), "{}", mail.user);
    assert_eq!(house.verified("member").await, 0);
    let answer = confirm(&house, "Members", id, &mail.token).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0), "{answer}");
    assert_eq!(house.verified("member").await, 1);
    assert_eq!(house.text("SELECT verification_token FROM member").await, None);
    house.login("Members", "mia@club.test").await;
    assert_eq!(house.count("member_token").await, 1);
}

async fn a_wrong_token_confirms_nothing(place: &Place) {
    let house = House::of_all(place).await;
    let (mia, of_mia) = asked(&house, "Members", "mia@club.test").await;
    let (max, of_max) = asked(&house, "Members", "max@club.test").await;
    let plain = house.register("Members", "ned@club.test").await;
    let mut bodies = Vec::new();
    for (what, id, token) in [
        ("wrong", mia, "x".repeat(64)),
        ("of another user", mia, of_max.clone()),
        ("of another user", max, of_mia.clone()),
        ("half", mia, of_mia[..32].to_owned()),
        ("and more", mia, format!("{of_mia}x")),
        ("of a user who has none", plain, of_mia.clone()),
        ("null", mia, "null".to_owned()),
        ("null, of a user who has none", plain, "null".to_owned()),
        ("v1", plain, "v1.".to_owned()),
    ] {
        let answer = confirm(&house, "Members", id, &token).await;
        is_invalid(&answer, what);
        assert!(!answer.text().contains(&token) || token == "null", "{what}: it is told again: {answer}");
        bodies.push(answer.text());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    for target in [
        format!("/api/Members/confirm?uid={mia}&token="),
        format!("/api/Members/confirm?uid={plain}&token="),
        format!("/api/Members/confirm?uid={mia}"),
        format!("/api/Members/confirm?token={of_mia}"),
        format!("/api/Members/confirm?uid=&token={of_mia}"),
        format!("/api/Members/confirm?uid={mia}&token[neq]=x"),
        format!("/api/Members/confirm?uid[neq]=0&token={of_mia}"),
        format!("/api/Members/confirm?uid={mia}&token={of_max}&token={of_mia}"),
        "/api/Members/confirm".to_owned(),
    ] {
        let answer = house.rest().get(&target).await;
        assert!(matches!(answer.status, 400 | 404), "{target}: {answer}");
    }
    let unknown = confirm(&house, "Members", 999, &of_mia).await;
    assert_eq!(error(&unknown), (404, "USER_NOT_FOUND".into()));
    assert!(!unknown.text().contains(&of_mia));
    assert_eq!(house.verified("member").await, 0);
    // They are good as before.
    assert_eq!(confirm(&house, "Members", mia, &of_mia).await.status, 204);
    assert_eq!(house.verified("member").await, 1);
}

async fn what_is_stored_of_a_token_confirms_nothing(place: &Place) {
    let house = House::of_all(place).await;
    let (id, _) = asked(&house, "Members", "mia@club.test").await;
    let stored = house.text("SELECT verification_token FROM member").await.unwrap();
    for part in [stored.clone(), stored.split('.').nth(1).unwrap_or(&stored).to_owned()] {
        is_invalid(&confirm(&house, "Members", id, &part).await, &part);
    }
    assert_eq!(house.verified("member").await, 0);
    // What LoopBack has stored before is the token itself.
    house.sql("UPDATE member SET verification_token = 'of-loopback-0123456789'").await;
    is_invalid(&confirm(&house, "Members", id, "of-loopback").await, "half of LoopBack's");
    assert_eq!(confirm(&house, "Members", id, "of-loopback-0123456789").await.status, 204);
    assert_eq!(house.verified("member").await, 1);
}

async fn a_token_confirms_once(place: &Place) {
    let house = House::of_all(place).await;
    let (id, token) = asked(&house, "Members", "mia@club.test").await;
    assert_eq!(confirm(&house, "Members", id, &token).await.status, 204);
    is_invalid(&confirm(&house, "Members", id, &token).await, "again");
    house.sql("UPDATE member SET email_verified = NULL").await;
    is_invalid(&confirm(&house, "Members", id, &token).await, "again");
    assert_eq!(house.verified("member").await, 0);
}

async fn a_token_confirms_until_its_time_is_up(place: &Place) {
    let house = House::of_all(place).await;
    let (id, token) = asked(&house, "Members", "mia@club.test").await;
    let stored = house.text("SELECT verification_token FROM member").await.unwrap();
    let (sealed, until) = stored.rsplit_once('.').unwrap();
    let now = Utc::now().timestamp();
    let left = until.parse::<i64>().unwrap() - now;
    assert!((86_300..=86_400).contains(&left), "`verification_token_ttl` is a day: {left}");
    for (until, status) in [(now - 1, 400), (now, 400), (now + 60, 204)] {
        house.sql(&format!("UPDATE member SET verification_token = '{sealed}.{until}'")).await;
        assert_eq!(confirm(&house, "Members", id, &token).await.status, status, "{}", until - now);
        assert_eq!(house.verified("member").await, i64::from(status == 204));
    }
}

async fn a_second_verification_replaces_the_first(place: &Place) {
    let house = House::of_all(place).await;
    let (id, first) = asked(&house, "Members", "mia@club.test").await;
    let second = ask(&house, "Members", id).await;
    assert_ne!(first, second);
    is_invalid(&confirm(&house, "Members", id, &first).await, "the first");
    assert_eq!(house.verified("member").await, 0);
    assert_eq!(confirm(&house, "Members", id, &second).await.status, 204);
}

async fn redirect(house: &House, id: i64, token: &str, to: &str) -> Response {
    house.rest().get(&format!("/api/Members/confirm?uid={id}&token={token}&redirect={}", encoded(to))).await
}

async fn a_confirmation_leads_on_within_the_server(place: &Place) {
    let house = House::of_all(place).await;
    for (at, to) in ["/verified", "/", "/a/b?c=d#e", "/%2F%2Fevil.test"].into_iter().enumerate() {
        let (id, token) = asked(&house, "Members", &format!("mia{at}@club.test")).await;
        let answer = redirect(&house, id, &token, to).await;
        assert_eq!((answer.status, answer.header("location").as_deref()), (302, Some(to)), "{answer}");
        assert_eq!(house.verified("member").await, i64::try_from(at + 1).unwrap());
    }
}

async fn a_confirmation_leads_on_to_where_the_app_allows(place: &Place) {
    let house = House::of_all(place).await;
    for (at, to) in
        ["https://app.example", "https://app.example/done?x=1", "https://app.example#/done"].into_iter().enumerate()
    {
        let (id, token) = asked(&house, "Members", &format!("mia{at}@club.test")).await;
        let answer = redirect(&house, id, &token, to).await;
        assert_eq!((answer.status, answer.header("location").as_deref()), (302, Some(to)), "{answer}");
    }
    assert_eq!(house.verified("member").await, 3);
}

async fn a_confirmation_leads_nowhere_else(place: &Place) {
    let house = House::of_all(place).await;
    let (id, token) = asked(&house, "Members", "mia@club.test").await;
    for to in [
        "https://evil.test",
        "http://app.example",
        "//evil.test",
        "///evil.test",
        "\\evil.test",
        "\\\\evil.test",
        "/\\evil.test",
        "/\\/evil.test",
        "/\t/evil.test",
        "\t//evil.test",
        " //evil.test",
        "javascript:alert(1)",
        "data:text/html,x",
        "http:evil.test",
        "verified",
        "https://app.example.evil.test",
        "https://app.example@evil.test",
        "https://app.example:8080",
        "https://app.exampl",
        "https:/app.example",
        "HTTPS://EVIL.TEST",
        "/a\r\nSet-Cookie: a=b",
        "/a\0b",
        "/ä",
    ] {
        let answer = redirect(&house, id, &token, to).await;
        assert_eq!(answer.status, 400, "{to:?}: {answer}");
        assert!(answer.header("location").is_none() && answer.header("set-cookie").is_none(), "{to:?}");
    }
    assert_eq!(house.verified("member").await, 0);
    assert_eq!(redirect(&house, id, &token, "/verified").await.status, 302, "the token is good as before");
}

async fn a_token_confirms_the_address_it_was_sent_to(place: &Place) {
    let house = House::of(place).await;
    let (id, session) = house.customer("ann@shop.test").await;
    let token = ask(&house, "Customers", id).await;
    let answer = house.user(&session).json("PATCH", "/api/Customers/me", json!({ "email": "boss@bank.test" })).await;
    assert_eq!(answer.status, 200, "{answer}");
    is_invalid(&confirm(&house, "Customers", id, &token).await, "of the address before");
    assert_eq!(house.verified("customer").await, 0);
    let token = ask(&house, "Customers", id).await;
    assert_eq!(confirm(&house, "Customers", id, &token).await.status, 204);
    assert_eq!(house.verified("customer").await, 1);
}

async fn a_new_address_has_to_be_confirmed_again(place: &Place) {
    let house = House::of_all(place).await;
    let (id, token) = asked(&house, "Members", "mia@club.test").await;
    assert_eq!(confirm(&house, "Members", id, &token).await.status, 204);
    let session = house.login("Members", "mia@club.test").await;
    let answer = house.user(&session).json("PATCH", "/api/Members/me", json!({ "email": "boss@bank.test" })).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(house.verified("member").await, 0);
    let answer = house.try_login("Members", json!({ "email": "boss@bank.test", "password": PASSWORD })).await;
    assert_eq!(error(&answer).1, "LOGIN_FAILED_EMAIL_NOT_VERIFIED");
    for body in [
        json!({ "email": "boss@bank.test", "emailVerified": true }),
        json!({ "email": "chief@bank.test", "emailVerified": true }),
    ] {
        let answer = house.user(&session).json("PATCH", "/api/Members/me", body).await;
        assert!(matches!(answer.status, 200 | 422), "{answer}");
        assert_eq!(house.verified("member").await, 0, "{answer}");
    }
}

async fn a_new_address_is_not_confirmed_where_that_is_not_required_either(place: &Place) {
    let house = House::of(place).await;
    let (id, session) = house.customer("ann@shop.test").await;
    let token = ask(&house, "Customers", id).await;
    assert_eq!(confirm(&house, "Customers", id, &token).await.status, 204);
    let answer = house.user(&session).json("PATCH", "/api/Customers/me", json!({ "email": "boss@bank.test" })).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(house.verified("customer").await, 0, "an address that nobody has confirmed counts as confirmed");
}

async fn guesses_of_a_token_are_throttled(place: &Place) {
    let house = House::of_all(place).await;
    let (id, token) = asked(&house, "Members", "mia@club.test").await;
    let mut throttled = 0;
    for n in 0..14 {
        let answer = confirm(&house, "Members", id, &format!("{n}{}", "x".repeat(60))).await;
        match answer.status {
            429 => {
                assert!(answer.header("retry-after").is_some());
                throttled += 1;
            }
            _ => is_invalid(&answer, "a guess"),
        }
    }
    assert!(throttled > 0, "14 guesses in a row are looked at");
    assert_eq!(house.verified("member").await, 0);
    assert!(!token.is_empty());
}

async fn verifications_are_throttled(place: &Place) {
    let house = House::of_all(place).await;
    let id = house.register("Members", "mia@club.test").await;
    let mut statuses = Vec::new();
    for _ in 0..14 {
        statuses.push(house.rest().call("POST", &format!("/api/Members/{id}/verify")).await.status);
    }
    assert!(statuses.contains(&429) && statuses.starts_with(&[204, 204, 204]), "{statuses:?}");
}

async fn the_link_of_a_verification_leads_to_the_app(place: &Place) {
    let house = House::all_with(place, |builder| builder.auth(|auth| auth.public_url("https://club.example/"))).await;
    let id = house.register("Members", "mia@club.test").await;
    let request = loopback_tests::http::Request::new("POST", &format!("/api/Members/{id}/verify"))
        .header("Host", "evil.test")
        .header("X-Forwarded-Host", "evil.test")
        .header("Origin", "https://evil.test");
    assert_eq!(house.rest().send(&request).await.status, 204);
    let mail = house.verify_mail().await;
    let (start, rest) = mail.href.split_once('?').unwrap();
    assert_eq!(start, "https://club.example/api/Members/confirm");
    assert!(rest.contains(&format!("uid={id}")) && rest.contains(&format!("token={}", mail.token)), "{rest}");
    let answer = house.rest().get(mail.href.strip_prefix("https://club.example").unwrap()).await;
    assert_eq!(answer.status, 204, "{answer}");
    assert_eq!(house.verified("member").await, 1);
    assert!(!format!("{mail:?}").contains(&mail.token), "a log would have the token");
}

async fn reset(house: &House, users: &str, body: Json) -> Response {
    house.rest().json("POST", &format!("/api/{users}/reset"), body).await
}

async fn a_reset_is_answered_alike_whoever_asks(place: &Place) {
    let house = House::of(place).await;
    let (id, session) = house.customer("ann@shop.test").await;
    let headers = |answer: &Response| {
        let mut all = answer.headers.clone();
        all.sort();
        all
    };
    let unknown = reset(&house, "Customers", json!({ "email": "nobody@shop.test" })).await;
    let odd = reset(&house, "Customers", json!({ "email": "ann@shop.test,eve@evil.test" })).await;
    let wild = reset(&house, "Customers", json!({ "email": "%" })).await;
    let header = reset(&house, "Customers", json!({ "email": "ann@shop.test\r\nBcc: eve@evil.test" })).await;
    let known = reset(&house, "Customers", json!({ "email": "ann@shop.test" })).await;
    for answer in [&unknown, &odd, &wild, &header, &known] {
        assert_eq!((answer.status, answer.text()), (204, String::new()), "{answer}");
        assert_eq!(headers(answer), headers(&known));
    }
    assert_eq!(house.reset_mail().await.email, "ann@shop.test");
    assert!(!house.has_mail().await);
    assert_eq!(house.sessions_of(id).await, 2);
    assert!(house.is_good(&session).await, "asking for a reset ends a session");
    assert!(house.can_log_in("ann@shop.test", PASSWORD).await, "asking for a reset changes the password");
}

async fn a_reset_sends_the_token_to_the_stored_address(place: &Place) {
    let house = House::of(place).await;
    let id = house.register("Customers", "ann@shop.test").await;
    let answer =
        reset(&house, "Customers", json!({ "email": "ann@shop.test", "lang": "no", "to": "eve@evil.test" })).await;
    assert_eq!(answer.status, 204, "{answer}");
    let mail = house.reset_mail().await;
    assert_eq!((&*mail.email, &*mail.user_model, mail.ttl), ("ann@shop.test", "Customer", 900));
    assert_eq!(mail.user_id, Value::Int(id));
    assert_eq!(mail.options["lang"], "no");
    assert!(mail.user.get("password").is_none(), "{}", mail.user);
    assert!(!format!("{mail:?}").contains(&mail.access_token), "a log would have the token");
    assert_eq!(house.number("SELECT ttl FROM access_token").await, 900);
    let token = AccessToken::find_one(&house.ctx, ()).await.unwrap().unwrap();
    assert_eq!(token.scopes.as_deref(), Some(&["reset-password".to_owned()][..]));
    assert_ne!(token.id, mail.access_token);
    let body = json!({ "newPassword": OTHER });
    let answer = house.user(&mail.access_token).json("POST", "/api/Customers/reset-password", body).await;
    assert_eq!(answer.status, 204, "{answer}");
    assert!(house.can_log_in("ann@shop.test", OTHER).await);
}

async fn a_reset_without_an_address_is_refused(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    for body in [
        json!({}),
        json!({ "email": null }),
        json!({ "email": "" }),
        json!({ "email": { "neq": "x" } }),
        json!({ "email": ["ann@shop.test"] }),
        json!({ "email": 5 }),
        json!({ "username": "ann" }),
    ] {
        let answer = reset(&house, "Customers", body.clone()).await;
        assert_eq!(error(&answer), (400, "EMAIL_REQUIRED".into()), "{body}");
    }
    assert_eq!((house.sessions().await, house.has_mail().await), (0, false));
}

async fn a_reset_of_an_unconfirmed_address_sends_nothing(place: &Place) {
    let house = House::of_all(place).await;
    house.register("Members", "mia@club.test").await;
    house.register("Members", "max@club.test").await;
    let max =
        Member::find_one(&house.ctx, Member::props().email.eq("max@club.test".to_owned())).await.unwrap().unwrap();
    max.update_attributes(&house.ctx, set!(Member { email_verified: Some(true) })).await.unwrap();
    let unconfirmed = reset(&house, "Members", json!({ "email": "mia@club.test" })).await;
    let confirmed = reset(&house, "Members", json!({ "email": "MAX@club.test" })).await;
    assert_eq!((unconfirmed.status, unconfirmed.text()), (confirmed.status, confirmed.text()));
    assert_eq!(confirmed.status, 204);
    assert_eq!(house.reset_mail().await.email, "max@club.test");
    assert_eq!((house.count("member_token").await, house.has_mail().await), (1, false));
}

async fn a_reset_says_who_is_known_where_the_model_says_so(place: &Place) {
    let house = House::of_all(place).await;
    house.register("Laxes", "lea@lax.test").await;
    let answer = reset(&house, "Laxes", json!({ "email": "nobody@lax.test" })).await;
    assert_eq!(error(&answer), (404, "EMAIL_NOT_FOUND".into()));
    assert_eq!(house.count("lax_token").await, 0);
    assert_eq!(reset(&house, "Laxes", json!({ "email": "lea@lax.test" })).await.status, 204);
    assert_eq!(house.reset_mail().await.email, "lea@lax.test");
}

async fn resets_are_throttled_alike_for_known_and_unknown(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    for email in ["ann@shop.test", "nobody@shop.test"] {
        let mut statuses = Vec::new();
        for _ in 0..14 {
            statuses.push(reset(&house, "Customers", json!({ "email": email })).await.status);
        }
        assert!(statuses.contains(&429) && statuses.starts_with(&[204; 9]), "{email}: {statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 204 | 429)), "{email}: {statuses:?}");
    }
    assert!(house.can_log_in("ann@shop.test", PASSWORD).await, "resets throttle log-ins");
}

async fn change(house: &House, token: &str, body: Json) -> Response {
    house.user(token).json("POST", "/api/Customers/change-password", body).await
}

async fn a_password_is_changed_by_who_knows_the_old_one(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let answer = change(&house, &token, json!({ "oldPassword": PASSWORD, "newPassword": OTHER })).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0), "{answer}");
    assert!(house.digest(id).await.starts_with("$2b$04$"));
    assert!(house.can_log_in("ann@shop.test", OTHER).await && !house.can_log_in("ann@shop.test", PASSWORD).await);
    // A digest is a text like any other.
    let answer = change(&house, &token, json!({ "oldPassword": OTHER, "newPassword": DIGEST_2B })).await;
    assert_eq!(answer.status, 204, "{answer}");
    assert!(house.can_log_in("ann@shop.test", DIGEST_2B).await && !house.can_log_in("ann@shop.test", PASSWORD).await);
}

async fn a_wrong_old_password_changes_nothing(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let before = house.digest(id).await;
    for old in ["x", OTHER, &before, "Correct horse battery", &"x".repeat(100)] {
        let answer = change(&house, &token, json!({ "oldPassword": old, "newPassword": OTHER })).await;
        assert_eq!(error(&answer), (400, "INVALID_PASSWORD".into()), "{old}");
    }
    let nul = format!("{PASSWORD}\0");
    let answer = change(&house, &token, json!({ "oldPassword": nul, "newPassword": OTHER })).await;
    assert_eq!(answer.status, 400, "{answer}");
    assert_eq!((house.digest(id).await, house.sessions().await), (before, 1));
}

async fn without_both_passwords_nothing_changes(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let before = house.digest(id).await;
    for body in [
        json!({}),
        json!({ "oldPassword": PASSWORD }),
        json!({ "newPassword": OTHER }),
        json!({ "oldPassword": PASSWORD, "newPassword": "" }),
        json!({ "oldPassword": "", "newPassword": OTHER }),
        json!({ "oldPassword": null, "newPassword": OTHER }),
        json!({ "oldPassword": { "neq": "x" }, "newPassword": OTHER }),
        json!({ "oldPassword": PASSWORD, "newPassword": ["a", "b"] }),
        json!({ "oldPassword": PASSWORD, "newPassword": { "a": 1 } }),
    ] {
        let answer = change(&house, &token, body.clone()).await;
        assert!(matches!(answer.status, 400 | 422), "{body}: {answer}");
    }
    assert_eq!((house.digest(id).await, house.sessions().await), (before, 1));
}

async fn a_new_password_passes_the_policy(place: &Place) {
    let house = House::of(place).await;
    let body = json!({ "email": "annabelle@shop.test", "username": "ann-of-the-shop", "password": PASSWORD });
    let id = house.rest().create("/api/Customers", body).await["id"].as_i64().unwrap();
    let token = house.login("Customers", "annabelle@shop.test").await;
    let before = house.digest(id).await;
    for (new, code) in [
        ("Xk7#qLz", "length.min"),
        ("iloveyou", "common"),
        ("annabelle@shop.test", "email"),
        ("Annabelle", "email"),
        ("ann-of-the-shop", "email"),
    ] {
        let answer = change(&house, &token, json!({ "oldPassword": PASSWORD, "newPassword": new })).await;
        assert_eq!(codes(&answer, "password"), [code], "{new}");
    }
    let long = "Xk7#qLz9 ".repeat(9);
    let answer = change(&house, &token, json!({ "oldPassword": PASSWORD, "newPassword": long })).await;
    assert_eq!(error(&answer), (422, "PASSWORD_TOO_LONG".into()));
    let answer = change(&house, &token, json!({ "oldPassword": PASSWORD, "newPassword": "a\0bcdefgh ijkl" })).await;
    assert!(matches!(answer.status, 400 | 422), "{answer}");
    assert_eq!((house.digest(id).await, house.sessions().await), (before, 1));
}

async fn nobody_changes_the_password_of_others(place: &Place) {
    let house = House::of_all(place).await;
    let (ann, _) = house.customer("ann@shop.test").await;
    let (_, bob) = house.customer("bob@shop.test").await;
    house.register("Laxes", "lea@lax.test").await;
    let lea = house.login("Laxes", "lea@lax.test").await;
    let before = house.digest(ann).await;
    let body = json!({ "oldPassword": PASSWORD, "newPassword": OTHER, "id": ann, "userId": ann });
    for answer in [
        house.rest().json("POST", "/api/Customers/change-password", body.clone()).await,
        house.user(&lea).json("POST", "/api/Customers/change-password", body.clone()).await,
        house.rest().json("POST", "/api/Customers/reset-password", body.clone()).await,
    ] {
        assert!(matches!(answer.status, 401 | 403), "{answer}");
    }
    change(&house, &bob, body).await;
    assert_eq!(house.digest(ann).await, before);
    assert!(house.can_log_in("ann@shop.test", PASSWORD).await);
}

async fn wrong_old_passwords_are_throttled(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let before = house.digest(id).await;
    let mut statuses = Vec::new();
    for n in 0..14 {
        let body = json!({ "oldPassword": format!("{OTHER} {n}"), "newPassword": OTHER });
        statuses.push(change(&house, &token, body).await.status);
    }
    assert!(statuses.starts_with(&[400; 10]) && statuses.contains(&429), "{statuses:?}");
    assert_eq!(house.digest(id).await, before);
}

/// The ways in which owners write their own record.
fn ways(id: i64) -> [(&'static str, String); 4] {
    [
        ("PATCH", "/api/Customers/me".into()),
        ("PATCH", format!("/api/Customers/{id}")),
        ("PUT", format!("/api/Customers/{id}")),
        ("POST", format!("/api/Customers/{id}/replace")),
    ]
}

async fn a_password_in_a_patch_is_refused_and_nothing_changes(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let other = house.login("Customers", "ann@shop.test").await;
    let before = house.digest(id).await;
    for (method, target) in ways(id) {
        for password in [OTHER, PASSWORD, DIGEST_2B] {
            let body = json!({ "email": "ann@new.test", "name": "changed", "password": password });
            let answer = house.user(&token).json(method, &target, body).await;
            assert_eq!(error(&answer), (401, "PASSWORD_CHANGE_NOT_ALLOWED".into()), "{method} {target}");
        }
        for none in [json!(null), json!("")] {
            let answer = house.user(&token).json(method, &target, json!({ "password": none })).await;
            assert_eq!(house.digest(id).await, before, "{method} {target} {none}: {answer}");
        }
    }
    assert_eq!(house.digest(id).await, before);
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE name IS NULL AND email = 'ann@shop.test'").await, 1);
    assert!(house.is_good(&other).await && house.is_good(&token).await);
}

async fn lea(house: &House) -> (i64, String) {
    let id = house.register("Laxes", "leandra@lax.test").await;
    (id, house.login("Laxes", "leandra@lax.test").await)
}

async fn a_password_in_a_patch_is_taken_where_the_model_says_so(place: &Place) {
    let house = House::of_all(place).await;
    let (_, token) = lea(&house).await;
    let other = house.login("Laxes", "leandra@lax.test").await;
    let answer = house.user(&token).json("PATCH", "/api/Laxes/me", json!({ "password": OTHER })).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert!(!answer.text().contains("$2b$") && !answer.text().contains(OTHER), "{answer}");
    let stored = house.text("SELECT password FROM lax").await.unwrap();
    assert!(stored.starts_with("$2b$04$"), "{stored}");
    house.login_with("Laxes", json!({ "email": "leandra@lax.test", "password": OTHER })).await;
    let old = house.try_login("Laxes", json!({ "email": "leandra@lax.test", "password": PASSWORD })).await;
    assert_eq!(old.status, 401);
    assert!(
        !is_in(&house.user(&other).get("/api/Laxes/me").await) && is_in(&house.user(&token).get("/api/Laxes/me").await)
    );
}

async fn a_password_in_a_patch_passes_the_policy(place: &Place) {
    let house = House::of_all(place).await;
    let (_, token) = lea(&house).await;
    let before = house.text("SELECT password FROM lax").await;
    for (new, code) in [("Xk7#qLz", "length.min"), ("iloveyou", "common")] {
        let answer = house.user(&token).json("PATCH", "/api/Laxes/me", json!({ "password": new, "name": "x" })).await;
        assert_eq!(codes(&answer, "password"), [code], "{new}");
    }
    assert_eq!(house.text("SELECT name FROM lax").await, None);
    // What is no text is no password, whether it is refused or left out.
    for none in [json!(null), json!(""), json!({}), json!([]), json!({ "neq": "x" }), json!(83_491_203_746_513_u64)] {
        let answer = house.user(&token).json("PATCH", "/api/Laxes/me", json!({ "password": none })).await;
        assert!(matches!(answer.status, 200 | 422), "{none}: {answer}");
    }
    assert_eq!(house.text("SELECT password FROM lax").await, before);
    assert!(is_in(&house.user(&token).get("/api/Laxes/me").await));
    house.login("Laxes", "leandra@lax.test").await;
}

async fn a_password_in_a_patch_is_not_the_stored_email(place: &Place) {
    let house = House::of_all(place).await;
    let (_, token) = lea(&house).await;
    let before = house.text("SELECT password FROM lax").await;
    for known in ["leandra@lax.test", "Leandra@lax.test"] {
        let answer = house.user(&token).json("PATCH", "/api/Laxes/me", json!({ "password": known })).await;
        assert_eq!(answer.status, 422, "the e-mail of the user becomes the password: {answer}");
    }
    assert_eq!(house.text("SELECT password FROM lax").await, before);
}

async fn what_a_user_is_known_by_is_not_the_users_to_set(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    for (method, target) in ways(id) {
        for (property, value) in [
            ("emailVerified", json!(true)),
            ("emailVerified", json!("true")),
            ("emailVerified", json!(1)),
            ("verificationToken", json!("chosen")),
            ("realm", json!("admin")),
        ] {
            let body = json!({ "email": "ann@shop.test", "name": "changed", property: value });
            let answer = house.user(&token).json(method, &target, body).await;
            assert_eq!(answer.status, 422, "{method} {target} {property} {value}: {answer}");
            let codes = &answer.json()["error"]["details"]["codes"];
            assert!(codes.get(property).is_some(), "{answer}");
        }
    }
    let untouched = "SELECT COUNT(*) FROM customer WHERE name IS NULL AND realm IS NULL AND verification_token IS NULL";
    assert_eq!((house.number(untouched).await, house.verified("customer").await), (1, 0));
    is_invalid(&confirm(&house, "Customers", id, "chosen").await, "chosen");
    // Who has a confirmed e-mail does not lose it, and repeats what there is.
    Customer::update_all(&house.ctx, (), set!(Customer { email_verified: Some(true) })).await.unwrap();
    let answer = house.user(&token).json("PATCH", "/api/Customers/me", json!({ "emailVerified": false })).await;
    assert_eq!(answer.status, 422, "{answer}");
    let body = json!({ "emailVerified": true, "realm": null, "name": "Ann" });
    let answer = house.user(&token).json("PATCH", "/api/Customers/me", body).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(house.verified("customer").await, 1);
}

async fn a_replacement_without_a_password_keeps_it(place: &Place) {
    let house = House::of(place).await;
    let body = json!({ "email": "ann@shop.test", "username": "ann", "name": "Ann", "password": PASSWORD });
    let id = house.rest().create("/api/Customers", body).await["id"].as_i64().unwrap();
    house.sql("UPDATE customer SET email_verified = (1 = 1), realm = 'east'").await;
    let (token, other) =
        (house.login("Customers", "ann@shop.test").await, house.login("Customers", "ann@shop.test").await);
    let before = house.digest(id).await;
    let target = format!("/api/Customers/{id}/replace");
    let answer = house.user(&token).json("POST", &target, json!({ "email": "ann@shop.test" })).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(house.digest(id).await, before);
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE name IS NULL AND username IS NULL").await, 1);
    assert_eq!(house.verified("customer").await, 1);
    assert_eq!(house.text("SELECT realm FROM customer").await.as_deref(), Some("east"));
    assert!(house.is_good(&token).await && house.is_good(&other).await);
    assert!(house.can_log_in("ann@shop.test", PASSWORD).await);
}

async fn nobody_changes_others(place: &Place) {
    let house = House::of(place).await;
    let (ann, _) = house.customer("ann@shop.test").await;
    let (_, bob) = house.customer("bob@shop.test").await;
    for (method, target) in ways(ann).into_iter().skip(1).chain([("DELETE", format!("/api/Customers/{ann}"))]) {
        let body = json!({ "email": "ann@evil.test", "name": "changed" });
        for answer in [
            house.user(&bob).json(method, &target, body.clone()).await,
            house.rest().json(method, &target, body.clone()).await,
        ] {
            assert_eq!(answer.status, 401, "{method} {target}: {answer}");
        }
    }
    for target in ["/api/Customers", "/api/Customers/count", "/api/Customers/findOne", "/api/Customers/2/exists"] {
        let answer = house.user(&bob).get(target).await;
        assert_eq!(answer.status, 401, "{target}: {answer}");
    }
    let answer = house.user(&bob).json("POST", "/api/Customers/update", json!({ "name": "changed" })).await;
    assert_eq!(answer.status, 401, "{answer}");
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE name IS NULL").await, 2);
}

async fn an_id_cannot_be_changed(place: &Place) {
    let house = House::of(place).await;
    let (ann, token) = house.customer("ann@shop.test").await;
    let (bob, _) = house.customer("bob@shop.test").await;
    for (method, target) in ways(ann) {
        for id in [json!(bob), json!(777)] {
            let body = json!({ "id": id, "email": "ann@shop.test", "name": "changed" });
            let answer = house.user(&token).json(method, &target, body).await;
            assert!(matches!(answer.status, 400 | 422), "{method} {target}: {answer}");
        }
    }
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE name IS NULL").await, 2);
    assert_eq!(house.sessions_of(ann).await, 1);
}
