//! Registration: what becomes of a password, and of what is not the user's to say.

use crate::house::*;
use futures_util::future::join_all;
use loopback_tests::http::Response;
use loopback_tests::lab::Place;
use loopback_tests::rest::{Rest, encoded};
use serde_json::{Value as Json, json};

on_every_database!(
    a_ready_made_digest_is_a_password_of_sixty_characters
    a_ready_made_digest_of_a_high_cost_costs_nothing
    a_password_is_digested_and_never_shown
    a_short_password_is_refused
    a_common_password_is_refused
    a_password_that_is_the_email_or_the_name_is_refused
    sixty_four_characters_of_any_kind_are_a_password_and_all_of_them_count
    seventy_two_bytes_are_a_password_and_the_last_one_counts
    more_than_seventy_two_bytes_are_refused_and_not_cut
    a_nul_in_a_password_is_refused
    what_is_no_text_is_no_password
    nobody_registers_with_a_confirmed_email
    nobody_brings_the_token_of_a_confirmation
    nobody_brings_an_id
    nobody_claims_a_realm_where_there_are_none
    unknown_properties_are_refused
    a_registration_makes_no_rows_over_relations
    fifty_registrations_of_one_email_at_once_make_one_user
    fifty_registrations_of_one_username_at_once_make_one_user
    a_username_that_is_an_email_is_the_users_own
    emails_that_differ_in_case_are_two_unless_told_otherwise
    emails_that_differ_in_case_are_one_where_the_model_says_so
    thirty_registrations_in_different_cases_make_one_user
    a_list_of_users_is_registered_as_a_whole
    what_is_no_email_is_refused
    nobody_registers_by_the_other_ways_to_write
);

async fn post(house: &House, body: Json) -> Response {
    house.rest().json("POST", "/api/Customers", body).await
}

async fn a_ready_made_digest_is_a_password_of_sixty_characters(place: &Place) {
    let house = House::of(place).await;
    for (at, ready) in [DIGEST_2A, DIGEST_2B, DIGEST_2Y].into_iter().enumerate() {
        let email = format!("ann{at}@shop.test");
        let made = house.rest().create("/api/Customers", json!({ "email": email, "password": ready })).await;
        let stored = house.digest(made["id"].as_i64().unwrap()).await;
        assert_ne!(stored, ready, "it is stored as it came");
        assert!(stored.starts_with("$2b$04$"), "{stored}");
        assert!(!house.can_log_in(&email, PASSWORD).await, "the password of the digest logs in");
        assert!(house.can_log_in(&email, ready).await, "the text itself does not log in");
    }
    assert_eq!(house.sessions().await, 3);
}

async fn a_ready_made_digest_of_a_high_cost_costs_nothing(place: &Place) {
    let house = House::of(place).await;
    let ready = DIGEST_2A.replacen("$05$", "$31$", 1);
    let made = house.rest().create("/api/Customers", json!({ "email": "ann@shop.test", "password": ready })).await;
    assert!(house.digest(made["id"].as_i64().unwrap()).await.starts_with("$2b$04$"));
    assert!(soon(house.can_log_in("ann@shop.test", &ready)).await);
    assert_eq!(house.sessions().await, 1);
}

async fn a_password_is_digested_and_never_shown(place: &Place) {
    let house = House::of(place).await;
    let answer = post(&house, json!({ "email": "ann@shop.test", "password": PASSWORD, "username": "ann" })).await;
    assert_eq!(answer.status, 200, "{answer}");
    let made = answer.json();
    let id = made["id"].as_i64().unwrap();
    let digest = house.digest(id).await;
    assert!(digest.starts_with("$2b$04$") && digest.len() == 60, "{digest}");
    let token = house.login("Customers", "ann@shop.test").await;
    let me = house.user(&token);
    let filter = encoded(r#"{"fields":["id","password","verificationToken"]}"#);
    for answer in [
        answer,
        me.get("/api/Customers/me").await,
        me.get(&format!("/api/Customers/me?filter={filter}")).await,
        me.json("PATCH", "/api/Customers/me", json!({ "name": "Ann" })).await,
        house
            .rest()
            .json("POST", "/api/Customers/login?include=user", json!({ "username": "ann", "password": PASSWORD }))
            .await,
    ] {
        let text = answer.text();
        assert!(!text.contains(&digest) && !text.contains(PASSWORD) && !text.contains("\"password\""), "{text}");
        assert!(!text.contains("verificationToken"), "{text}");
    }
    let again = post(&house, json!({ "email": "ann@shop.test", "password": "short" })).await;
    assert_eq!(codes(&again, "password"), ["length.min"]);
    assert!(!again.text().contains("\"short\""), "the password is in the answer: {again}");
    assert_eq!(house.count("customer").await, 1);
}

async fn a_short_password_is_refused(place: &Place) {
    let house = House::of(place).await;
    for short in ["Xk7#qLz", "é€😀ßx9#", "1"] {
        let answer = post(&house, json!({ "email": "ann@shop.test", "password": short })).await;
        assert_eq!(codes(&answer, "password"), ["length.min"], "{short}");
    }
    assert_eq!(house.count("customer").await, 0);
}

async fn a_common_password_is_refused(place: &Place) {
    let house = House::of(place).await;
    for common in ["password", "12345678", "qwertyuiop", "iloveyou", "PASSWORD", "password1", "aaaaaaaaaaaa"] {
        let answer = post(&house, json!({ "email": "ann@shop.test", "password": common })).await;
        assert_eq!(codes(&answer, "password"), ["common"], "{common}");
    }
    assert_eq!(house.count("customer").await, 0);
}

async fn a_password_that_is_the_email_or_the_name_is_refused(place: &Place) {
    let house = House::of(place).await;
    for known in
        ["annabelle@shop.test", "ANNABELLE@shop.test", "annabelle", "Annabelle", "ann-of-the-shop", "Ann-Of-The-Shop"]
    {
        let body = json!({ "email": "annabelle@shop.test", "username": "ann-of-the-shop", "password": known });
        let answer = post(&house, body).await;
        assert_eq!(codes(&answer, "password"), ["email"], "{known}");
    }
    assert_eq!(house.count("customer").await, 0);
}

async fn sixty_four_characters_of_any_kind_are_a_password_and_all_of_them_count(place: &Place) {
    let house = House::of(place).await;
    let password = format!("{}é€😀 ", "Xk7 qLz9".repeat(8).chars().take(60).collect::<String>());
    assert_eq!(password.chars().count(), 64);
    house.rest().create("/api/Customers", json!({ "email": "ann@shop.test", "password": password })).await;
    let decomposed = password.replace('é', "e\u{301}");
    let trimmed = password.trim_end();
    let other = password.replace('😀', "😁");
    for wrong in [decomposed.as_str(), trimmed, &other, &password.to_lowercase()] {
        assert!(!house.can_log_in("ann@shop.test", wrong).await, "{wrong}");
    }
    assert!(house.can_log_in("ann@shop.test", &password).await);
    assert_eq!(house.sessions().await, 1);
}

async fn seventy_two_bytes_are_a_password_and_the_last_one_counts(place: &Place) {
    let house = House::of(place).await;
    let password = format!("{}y", "Xk7#qLz9 ".repeat(8).chars().take(71).collect::<String>());
    assert_eq!(password.len(), 72);
    house.rest().create("/api/Customers", json!({ "email": "ann@shop.test", "password": password })).await;
    assert!(!house.can_log_in("ann@shop.test", &format!("{}z", &password[..71])).await, "the last byte does not count");
    assert!(!house.can_log_in("ann@shop.test", &password[..71]).await);
    assert!(!house.can_log_in("ann@shop.test", &format!("{password}y")).await, "a longer one is cut");
    assert!(house.can_log_in("ann@shop.test", &password).await);
    assert_eq!(house.sessions().await, 1);
}

async fn more_than_seventy_two_bytes_are_refused_and_not_cut(place: &Place) {
    let house = House::of(place).await;
    for long in ["Xk7#qLz9 ".repeat(8) + "y", "😀".repeat(19), "Xk7#qLz9".repeat(1000)] {
        let answer = post(&house, json!({ "email": "ann@shop.test", "password": long })).await;
        assert_eq!(error(&answer), (422, "PASSWORD_TOO_LONG".into()), "{answer}");
        assert!(!answer.text().contains(&long));
    }
    assert_eq!(house.count("customer").await, 0);
}

async fn a_nul_in_a_password_is_refused(place: &Place) {
    let house = House::of(place).await;
    for nul in ["correct\0horse battery", "correct horse battery\0", "\0correct horse battery"] {
        let answer = post(&house, json!({ "email": "ann@shop.test", "password": nul })).await;
        assert_eq!(answer.status, 422, "{answer}");
    }
    assert_eq!(house.count("customer").await, 0);
    house.register("Customers", "ann@shop.test").await;
    for nul in [format!("{PASSWORD}\0"), format!("{PASSWORD}\0x"), "\0".to_owned()] {
        assert!(!house.can_log_in("ann@shop.test", &nul).await, "{nul:?}");
    }
    assert_eq!(house.sessions().await, 0);
}

async fn what_is_no_text_is_no_password(place: &Place) {
    let house = House::of(place).await;
    for none in [json!(null), json!(""), json!({}), json!({ "neq": "x" }), json!([]), json!(["correct horse battery"])]
    {
        let answer = post(&house, json!({ "email": "ann@shop.test", "password": none })).await;
        assert_eq!(answer.status, 422, "{none}: {answer}");
    }
    assert_eq!(post(&house, json!({ "email": "ann@shop.test" })).await.status, 422);
    assert_eq!(house.count("customer").await, 0);
    // A number may be taken by its digits, as everywhere; then that is what logs in.
    let answer = post(&house, json!({ "email": "ann@shop.test", "password": 83_491_203_746_513_u64 })).await;
    if answer.status == 200 {
        assert!(house.digest(answer.json()["id"].as_i64().unwrap()).await.starts_with("$2b$04$"));
        assert!(house.can_log_in("ann@shop.test", "83491203746513").await);
    } else {
        assert_eq!(answer.status, 422, "{answer}");
        assert_eq!(house.count("customer").await, 0);
    }
}

async fn nobody_registers_with_a_confirmed_email(place: &Place) {
    let house = House::of_all(place).await;
    for (at, claim) in [json!(true), json!("true"), json!(1), json!("1")].into_iter().enumerate() {
        for users in ["Customers", "Members"] {
            let body = json!({ "email": format!("a{at}@b.test"), "password": PASSWORD, "emailVerified": claim });
            let listed = json!([{ "email": format!("b{at}@b.test"), "password": PASSWORD, "emailVerified": claim }]);
            for body in [body, listed] {
                let answer = house.rest().json("POST", &format!("/api/{users}"), body).await;
                assert!(matches!(answer.status, 200 | 422), "{answer}");
                assert!(!answer.text().contains("\"emailVerified\":true"), "{answer}");
            }
        }
    }
    assert!(house.count("member").await > 0);
    assert_eq!((house.verified("customer").await, house.verified("member").await), (0, 0));
    let answer = house.try_login("Members", json!({ "email": "a0@b.test", "password": PASSWORD })).await;
    assert_eq!(error(&answer), (401, "LOGIN_FAILED_EMAIL_NOT_VERIFIED".into()));
    assert_eq!(house.count("member_token").await, 0);
}

async fn nobody_brings_the_token_of_a_confirmation(place: &Place) {
    let house = House::of_all(place).await;
    let body = json!({ "email": "ann@club.test", "password": PASSWORD, "verificationToken": "chosen" });
    let answer = house.rest().json("POST", "/api/Members", body).await;
    assert!(matches!(answer.status, 200 | 422), "{answer}");
    if answer.status == 422 {
        house.register("Members", "ann@club.test").await;
    }
    assert_eq!(house.text("SELECT verification_token FROM member").await, None);
    let id = house.number("SELECT id FROM member").await;
    let answer = house.rest().get(&format!("/api/Members/confirm?uid={id}&token=chosen")).await;
    assert_eq!(error(&answer), (400, "INVALID_TOKEN".into()));
    assert_eq!(house.verified("member").await, 0);
}

async fn nobody_brings_an_id(place: &Place) {
    let house = House::of(place).await;
    let first = house.register("Customers", "ann@shop.test").await;
    for id in [json!(first), json!(777), json!("778")] {
        let body = json!({ "id": id, "email": "mallory@shop.test", "password": OTHER });
        let answer = post(&house, body).await;
        assert_eq!(answer.status, 422, "{answer}");
    }
    assert_eq!(house.count("customer").await, 1);
    assert!(house.can_log_in("ann@shop.test", PASSWORD).await);
}

async fn nobody_claims_a_realm_where_there_are_none(place: &Place) {
    let house = House::of(place).await;
    let answer = post(&house, json!({ "email": "ann@shop.test", "password": PASSWORD, "realm": "admin" })).await;
    assert!(matches!(answer.status, 200 | 422), "{answer}");
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE realm IS NOT NULL").await, 0, "{answer}");
}

async fn unknown_properties_are_refused(place: &Place) {
    let house = House::of(place).await;
    for more in [
        json!({ "roles": ["admin"] }),
        json!({ "role": "admin" }),
        json!({ "isAdmin": true }),
        json!({ "created": "2000-01-01" }),
        json!({ "principalType": "ROLE" }),
        json!({ "__proto__": { "admin": true } }),
        json!({ "constructor": {} }),
    ] {
        let mut body = json!({ "email": "ann@shop.test", "password": PASSWORD });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = post(&house, body).await;
        assert_eq!(answer.status, 422, "{more}: {answer}");
    }
    assert_eq!((house.count("customer").await, house.count("role_mapping").await), (0, 0));
}

async fn a_registration_makes_no_rows_over_relations(place: &Place) {
    let house = House::of(place).await;
    let body = json!({
        "email": "ann@shop.test",
        "password": PASSWORD,
        "accessTokens": [{ "id": "x".repeat(64), "ttl": 99_999_999 }],
        "profile": { "bio": "x" },
    });
    let answer = post(&house, body).await;
    assert!(matches!(answer.status, 200 | 422), "{answer}");
    assert_eq!((house.sessions().await, house.count("profile").await), (0, 0));
    assert!(!house.is_good(&"x".repeat(64)).await);
}

/// Registers all of them at once; the statuses.
async fn at_once(rest: &Rest, path: &'static str, bodies: impl Iterator<Item = Json>) -> Vec<Response> {
    let tasks = bodies.map(|body| {
        let rest = rest.clone();
        tokio::spawn(async move { rest.json("POST", path, body).await })
    });
    soon(join_all(tasks)).await.into_iter().map(Result::unwrap).collect()
}

fn one_of(answers: &[Response], property: &str) {
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(codes(answer, property), ["uniqueness"]);
        assert!(!answer.text().contains("Key ("), "{answer}");
    }
}

async fn fifty_registrations_of_one_email_at_once_make_one_user(place: &Place) {
    let house = House::of(place).await;
    let bodies = (0..50).map(|n| json!({ "email": "ann@shop.test", "password": format!("{PASSWORD} {n}") }));
    let answers = at_once(house.rest(), "/api/Customers", bodies).await;
    one_of(&answers, "email");
    assert_eq!(house.count("customer").await, 1);
}

async fn fifty_registrations_of_one_username_at_once_make_one_user(place: &Place) {
    let house = House::of(place).await;
    let bodies =
        (0..50).map(|n| json!({ "email": format!("ann{n}@shop.test"), "username": "ann", "password": PASSWORD }));
    let answers = at_once(house.rest(), "/api/Customers", bodies).await;
    one_of(&answers, "username");
    assert_eq!(house.count("customer").await, 1);
}

async fn a_username_that_is_an_email_is_the_users_own(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    for name in ["ann@shop.test", "nobody@shop.test"] {
        let body = json!({ "email": "mallory@shop.test", "username": name, "password": OTHER });
        let answer = post(&house, body).await;
        assert_eq!(codes(&answer, "username"), ["email"], "{name}");
    }
    assert_eq!(house.count("customer").await, 1);
    let body = json!({ "email": "bob@shop.test", "username": "bob@shop.test", "password": PASSWORD });
    house.rest().create("/api/Customers", body).await;
    let token = house.login("Customers", "bob@shop.test").await;
    let answer = house.user(&token).json("PATCH", "/api/Customers/me", json!({ "username": "ann@shop.test" })).await;
    assert_eq!(codes(&answer, "username"), ["email"]);
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE username = 'ann@shop.test'").await, 0);
    assert_eq!(house.number("SELECT COUNT(*) FROM customer WHERE username = 'bob@shop.test'").await, 1);
}

async fn emails_that_differ_in_case_are_two_unless_told_otherwise(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    house.rest().create("/api/Customers", json!({ "email": "Ann@Shop.Test", "password": OTHER })).await;
    assert_eq!(house.count("customer").await, 2);
    assert!(house.can_log_in("ann@shop.test", PASSWORD).await);
    assert!(house.can_log_in("Ann@Shop.Test", OTHER).await);
    assert!(!house.can_log_in("Ann@Shop.Test", PASSWORD).await);
    assert!(!house.can_log_in("ANN@SHOP.TEST", PASSWORD).await);
    assert_eq!(house.sessions().await, 2);
}

async fn emails_that_differ_in_case_are_one_where_the_model_says_so(place: &Place) {
    let house = House::of_all(place).await;
    let made = house.rest().create("/api/Members", json!({ "email": "Mia@Club.TEST", "password": PASSWORD })).await;
    assert_eq!(made["email"], "mia@club.test");
    assert_eq!(house.text("SELECT email FROM member").await.as_deref(), Some("mia@club.test"));
    let again = house.rest().json("POST", "/api/Members", json!({ "email": "mIA@club.test", "password": OTHER })).await;
    assert_eq!(codes(&again, "email"), ["uniqueness"]);
    assert_eq!(house.count("member").await, 1);
    let answer = house.try_login("Members", json!({ "email": "MIA@CLUB.TEST", "password": PASSWORD })).await;
    assert_eq!(error(&answer).1, "LOGIN_FAILED_EMAIL_NOT_VERIFIED", "the password is right: {answer}");
    let answer = house.try_login("Members", json!({ "email": "MIA@CLUB.TEST", "password": OTHER })).await;
    assert_eq!(error(&answer).1, "LOGIN_FAILED");
}

async fn thirty_registrations_in_different_cases_make_one_user(place: &Place) {
    let house = House::of_all(place).await;
    let spelled = |n: usize| -> String {
        let spell = |(at, c): (usize, char)| if n >> at & 1 == 1 { c.to_ascii_uppercase() } else { c };
        "mia@club.test".chars().enumerate().map(spell).collect()
    };
    let bodies = (0..30).map(|n| json!({ "email": spelled(n), "password": PASSWORD }));
    let answers = at_once(house.rest(), "/api/Members", bodies).await;
    one_of(&answers, "email");
    assert_eq!(house.text("SELECT email FROM member").await.as_deref(), Some("mia@club.test"));
}

async fn a_list_of_users_is_registered_as_a_whole(place: &Place) {
    let house = House::of(place).await;
    let bad = [
        json!([{ "email": "a@b.test", "password": PASSWORD }, { "email": "c@d.test", "password": "short" }]),
        json!([{ "email": "a@b.test", "password": PASSWORD }, { "email": "a@b.test", "password": OTHER }]),
        json!([{ "email": "a@b.test", "password": PASSWORD }, { "email": "c@d.test", "password": PASSWORD, "roles": [] }]),
    ];
    for body in bad {
        let answer = post(&house, body).await;
        assert_eq!(answer.status, 422, "{answer}");
        assert!(!answer.text().contains(PASSWORD), "{answer}");
    }
    assert_eq!(house.count("customer").await, 0);
    let body = json!([{ "email": "a@b.test", "password": PASSWORD }, { "email": "c@d.test", "password": DIGEST_2B }]);
    let answer = post(&house, body).await;
    assert_eq!(answer.status, 200, "{answer}");
    let stored = house.texts("SELECT password FROM customer").await;
    assert_eq!(stored.len(), 2);
    assert!(stored.iter().flatten().all(|digest| digest.starts_with("$2b$04$")), "{stored:?}");
    assert!(house.can_log_in("a@b.test", PASSWORD).await);
    assert!(house.can_log_in("c@d.test", DIGEST_2B).await);
    assert!(!house.can_log_in("c@d.test", PASSWORD).await);
}

async fn what_is_no_email_is_refused(place: &Place) {
    let house = House::of(place).await;
    let long = format!("{}@shop.test", "a".repeat(300));
    for email in [
        json!("ann"),
        json!("ann@"),
        json!("a@b.test,c@d.test"),
        json!("Ann <ann@shop.test>"),
        json!("ann@shop.test\r\nBcc: eve@evil.test"),
        json!("ann@shop.test "),
        json!(long),
        json!(""),
        json!(null),
        json!(["ann@shop.test"]),
        json!({ "neq": null }),
    ] {
        let answer = post(&house, json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(answer.status, 422, "{email}: {answer}");
    }
    assert_eq!(post(&house, json!({ "password": PASSWORD, "username": "ann" })).await.status, 422);
    assert_eq!(house.count("customer").await, 0);
}

async fn nobody_registers_by_the_other_ways_to_write(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    let body = json!({ "email": "eve@shop.test", "password": PASSWORD });
    for (method, path) in [
        ("PUT", "/api/Customers"),
        ("PATCH", "/api/Customers"),
        ("POST", "/api/Customers/replaceOrCreate"),
        ("POST", "/api/Customers/upsertWithWhere?where=%7B%22name%22%3A%22x%22%7D"),
        ("POST", "/api/Customers/update"),
    ] {
        for answer in [
            house.rest().json(method, path, body.clone()).await,
            house.user(&token).json(method, path, body.clone()).await,
        ] {
            assert_eq!(answer.status, 401, "{method} {path}: {answer}");
        }
    }
    assert_eq!(house.texts("SELECT email FROM customer").await, [Some("ann@shop.test".to_owned())]);
}
