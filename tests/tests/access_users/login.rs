//! Logging in: by which names, for how long, with which stored digests, and how often in vain.

use crate::house::*;
use crate::models::*;
use futures_util::future::join_all;
use loopback::models::LoginAttempt;
use loopback::prelude::*;
use loopback_tests::http::{Request, Response};
use loopback_tests::lab::Place;
use serde_json::json;
use std::time::Duration;

on_every_database!(
    an_email_and_a_password_begin_a_session
    a_username_and_a_password_begin_a_session
    the_email_counts_when_both_are_given
    names_are_compared_as_they_are
    a_realm_separates_users
    a_ttl_is_cut_to_the_longest
    a_ttl_that_is_none_is_refused
    an_eternal_session_is_there_where_the_model_allows_it
    an_eternal_row_is_no_session_where_the_model_allows_none
    the_answer_has_the_user_when_asked
    operators_and_lists_are_no_names
    what_is_no_text_is_no_password
    without_a_name_nobody_is_looked_for
    a_body_that_is_no_object_logs_nobody_in
    credentials_in_the_query_log_nobody_in
    an_unconfirmed_email_shows_after_the_right_password_alone
    an_unknown_user_and_a_wrong_password_look_alike
    digests_of_a_migrated_database_log_in_and_are_made_anew
    a_stored_digest_of_a_high_cost_does_not_hang
    what_is_stored_and_no_digest_logs_nobody_in
    twenty_log_ins_at_once_have_a_token_each
    a_log_in_of_who_is_deleted_meanwhile_leaves_no_session
    a_right_password_forgets_the_failures
    failures_are_forgotten_in_time
    an_unknown_account_is_throttled_alike
    forty_failures_at_once_are_all_counted
    the_throttle_stops_guesses_that_come_at_once
    an_address_is_throttled_over_accounts
    the_throttle_is_off_where_the_app_says_so
    who_has_a_session_of_the_account_does_not_wait;
    ten_failures_make_the_account_wait_and_nobody_else
);

async fn an_email_and_a_password_begin_a_session(place: &Place) {
    let house = House::of(place).await;
    let id = house.register("Customers", "ann@shop.test").await;
    let answer = house.try_login("Customers", json!({ "email": "ann@shop.test", "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    let session = answer.json();
    let mut keys: Vec<&String> = session.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["created", "id", "ttl", "userId"]);
    assert_eq!((session["ttl"].as_i64(), session["userId"].as_i64()), (Some(1_209_600), Some(id)));
    let token = session["id"].as_str().unwrap();
    assert_eq!(token.len(), 64);
    assert!(house.is_good(token).await);
    assert_eq!(house.sessions_of(id).await, 1);
    assert_ne!(house.text("SELECT id FROM access_token").await.as_deref(), Some(token), "the token is stored in clear");
}

async fn a_username_and_a_password_begin_a_session(place: &Place) {
    let house = House::of(place).await;
    let body = json!({ "email": "ann@shop.test", "username": "ann", "password": PASSWORD });
    let id = house.rest().create("/api/Customers", body).await["id"].as_i64().unwrap();
    let token = house.login_with("Customers", json!({ "username": "ann", "password": PASSWORD })).await;
    assert!(house.is_good(&token).await);
    for wrong in [
        json!({ "username": "ann@shop.test", "password": PASSWORD }),
        json!({ "email": "ann", "password": PASSWORD }),
        json!({ "username": "ann", "password": OTHER }),
    ] {
        let answer = house.try_login("Customers", wrong).await;
        assert_eq!(error(&answer), (401, "LOGIN_FAILED".into()));
    }
    assert_eq!(house.sessions_of(id).await, 1);
}

async fn the_email_counts_when_both_are_given(place: &Place) {
    let house = House::of(place).await;
    let body = json!({ "email": "ann@shop.test", "username": "ann", "password": PASSWORD });
    house.rest().create("/api/Customers", body).await;
    let body = json!({ "email": "bob@shop.test", "username": "bob", "password": OTHER });
    let bob = house.rest().create("/api/Customers", body).await["id"].as_i64().unwrap();
    let both = |password: &str| json!({ "email": "bob@shop.test", "username": "ann", "password": password });
    assert_eq!(error(&house.try_login("Customers", both(PASSWORD)).await), (401, "LOGIN_FAILED".into()));
    house.login_with("Customers", both(OTHER)).await;
    assert_eq!((house.sessions().await, house.sessions_of(bob).await), (1, 1));
}

async fn names_are_compared_as_they_are(place: &Place) {
    let house = House::of(place).await;
    let body = json!({ "email": "ann@shop.test", "username": "ann", "password": PASSWORD });
    house.rest().create("/api/Customers", body).await;
    for wrong in [
        json!({ "email": "ann@shop.test " }),
        json!({ "email": " ann@shop.test" }),
        json!({ "email": "ANN@shop.test" }),
        json!({ "email": "%" }),
        json!({ "email": "ann@shop.tes_" }),
        json!({ "username": "ANN" }),
        json!({ "username": "ann " }),
        json!({ "username": "änn" }),
        json!({ "username": "an%" }),
        json!({ "username": "' OR '1'='1" }),
        json!({ "username": "ann\0" }),
    ] {
        let mut body = wrong.clone();
        body["password"] = json!(PASSWORD);
        let answer = house.try_login("Customers", body).await;
        assert_eq!(error(&answer), (401, "LOGIN_FAILED".into()), "{wrong}");
    }
    for case in [PASSWORD.to_uppercase(), format!("{PASSWORD} "), format!(" {PASSWORD}")] {
        assert!(!house.can_log_in("ann@shop.test", &case).await, "{case}");
    }
    assert_eq!(house.sessions().await, 0);
}

async fn a_realm_separates_users(place: &Place) {
    let house = House::of_all(place).await;
    let mut ids = Vec::new();
    for (realm, password) in [("east", PASSWORD), ("west", OTHER)] {
        let body = json!({ "realm": realm, "username": "tom", "email": "tom@t.test", "password": password });
        ids.push(house.rest().create("/api/Tenants", body).await["id"].as_i64().unwrap());
    }
    let again = json!({ "realm": "east", "username": "tom", "email": "tom2@t.test", "password": OTHER });
    assert_eq!(codes(&house.rest().json("POST", "/api/Tenants", again).await, "username"), ["uniqueness"]);
    for (at, good) in [
        (0, json!({ "realm": "east", "username": "tom", "password": PASSWORD })),
        (1, json!({ "realm": "west", "username": "tom", "password": OTHER })),
        (0, json!({ "realm": "east", "email": "tom@t.test", "password": PASSWORD })),
        (0, json!({ "username": "east:tom", "password": PASSWORD })),
        (1, json!({ "email": "west:tom@t.test", "password": OTHER })),
    ] {
        let answer = house.try_login("Tenants", good.clone()).await;
        assert_eq!(answer.status, 200, "{good}: {answer}");
        assert_eq!(answer.json()["userId"], ids[at], "{good}");
    }
    for (bad, code) in [
        (json!({ "realm": "east", "username": "tom", "password": OTHER }), (401, "LOGIN_FAILED")),
        (json!({ "realm": "north", "username": "tom", "password": PASSWORD }), (401, "LOGIN_FAILED")),
        (json!({ "realm": "EAST", "username": "tom", "password": PASSWORD }), (401, "LOGIN_FAILED")),
        (json!({ "username": "tom", "password": PASSWORD }), (400, "REALM_REQUIRED")),
        (json!({ "username": ":tom", "password": PASSWORD }), (400, "REALM_REQUIRED")),
        (json!({ "realm": "", "username": "tom", "password": PASSWORD }), (400, "REALM_REQUIRED")),
        (json!({ "realm": "east", "password": PASSWORD }), (400, "USERNAME_EMAIL_REQUIRED")),
        (json!({ "username": "east:", "password": PASSWORD }), (400, "USERNAME_EMAIL_REQUIRED")),
    ] {
        let answer = house.try_login("Tenants", bad.clone()).await;
        assert_eq!(error(&answer), (code.0, code.1.into()), "{bad}: {answer}");
    }
    assert_eq!((house.count("tenant").await, house.count("tenant_token").await), (2, 5));
}

const LONGEST: i64 = 31_556_926;

async fn a_ttl_is_cut_to_the_longest(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    let rows = [
        ("null", 1_209_600),
        ("60", 60),
        ("\"60\"", 60),
        ("1", 1),
        ("31556926", LONGEST),
        ("31556927", LONGEST),
        ("2147483648", LONGEST),
        ("99999999999999999999", LONGEST),
        ("9223372036854775807", LONGEST),
        ("1e308", LONGEST),
        ("\"1e308\"", LONGEST),
    ];
    for (ttl, wanted) in rows {
        let body = format!(r#"{{"email":"ann@shop.test","password":"{PASSWORD}","ttl":{ttl}}}"#);
        let answer = house.rest().raw("POST", "/api/Customers/login", "application/json", body).await;
        assert_eq!(answer.status, 200, "{ttl}: {answer}");
        assert_eq!(answer.json()["ttl"], wanted, "{ttl}");
    }
    // LoopBack takes its own for 0.
    let zero = json!({ "email": "ann@shop.test", "password": PASSWORD, "ttl": 0 });
    let answer = house.try_login("Customers", zero).await;
    assert!(answer.status == 422 || answer.json()["ttl"] == 1_209_600, "{answer}");
    assert!(house.sessions().await >= 11);
    let wrong = format!("SELECT COUNT(*) FROM access_token WHERE ttl < 1 OR ttl > {LONGEST} OR ttl IS NULL");
    assert_eq!(house.number(&wrong).await, 0);
}

async fn a_ttl_that_is_none_is_refused(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    for ttl in [
        "-1",
        "-0.5",
        "-1e308",
        "0.5",
        "\"abc\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"inf\"",
        "\"-1\"",
        "true",
        "[]",
        "[60]",
        "{}",
    ] {
        let body = format!(r#"{{"email":"ann@shop.test","password":"{PASSWORD}","ttl":{ttl}}}"#);
        let answer = house.rest().raw("POST", "/api/Customers/login", "application/json", body).await;
        assert_eq!(error(&answer), (422, "INVALID_TTL".into()), "{ttl}: {answer}");
    }
    for ttl in ["1e999", "NaN", "Infinity"] {
        let body = format!(r#"{{"email":"ann@shop.test","password":"{PASSWORD}","ttl":{ttl}}}"#);
        let answer = house.rest().raw("POST", "/api/Customers/login", "application/json", body).await;
        assert!(matches!(answer.status, 400 | 422), "{ttl}: {answer}");
    }
    assert_eq!(house.sessions().await, 0);
}

async fn an_eternal_session_is_there_where_the_model_allows_it(place: &Place) {
    let house = House::of_all(place).await;
    let id = house.register("Laxes", "lea@lax.test").await;
    let answer = house.try_login("Laxes", json!({ "email": "lea@lax.test", "password": PASSWORD, "ttl": -1 })).await;
    assert_eq!((answer.status, answer.json()["ttl"].as_i64()), (200, Some(-1)), "{answer}");
    let token = answer.json()["id"].as_str().unwrap().to_owned();
    let long_ago = Utc::now() - loopback::chrono::TimeDelta::days(4000);
    LaxToken::update_all(&house.ctx, (), set!(LaxToken { created: long_ago })).await.unwrap();
    assert_eq!(house.user(&token).get("/api/Laxes/me").await.json()["id"], id);
    let answer = house.try_login("Laxes", json!({ "email": "lea@lax.test", "password": PASSWORD, "ttl": -2 })).await;
    assert_eq!(error(&answer), (422, "INVALID_TTL".into()));
    assert_eq!(house.count("lax_token").await, 1);
}

async fn an_eternal_row_is_no_session_where_the_model_allows_none(place: &Place) {
    let house = House::of(place).await;
    let (_, token) = house.customer("ann@shop.test").await;
    AccessToken::update_all(&house.ctx, (), set!(AccessToken { ttl: -1 })).await.unwrap();
    let answer = house.user(&token).get("/api/Customers/me").await;
    assert_eq!(error(&answer), (401, "INVALID_TOKEN".into()));
    assert_eq!(house.sessions().await, 0);
}

async fn the_answer_has_the_user_when_asked(place: &Place) {
    let house = House::of(place).await;
    let id = house.register("Customers", "ann@shop.test").await;
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD });
    for include in ["user", "USER", "%5B%22user%22%5D"] {
        let answer = house.rest().json("POST", &format!("/api/Customers/login?include={include}"), body.clone()).await;
        assert_eq!(answer.status, 200, "{include}: {answer}");
        let user = &answer.json()["user"];
        assert_eq!((user["id"].as_i64(), user["email"].as_str()), (Some(id), Some("ann@shop.test")), "{answer}");
        assert!(user.get("password").is_none() && user.get("verificationToken").is_none(), "{answer}");
    }
    assert_eq!(house.sessions().await, 3);
    for include in ["orders", "accessTokens", "%5B%22user%22%2C%22orders%22%5D"] {
        let answer = house.rest().json("POST", &format!("/api/Customers/login?include={include}"), body.clone()).await;
        assert_eq!(answer.status, 400, "{include}: {answer}");
    }
    assert_eq!(house.sessions().await, 3);
}

async fn operators_and_lists_are_no_names(place: &Place) {
    let house = House::of_all(place).await;
    let body = json!({ "email": "ann@shop.test", "username": "ann", "password": PASSWORD });
    house.rest().create("/api/Customers", body).await;
    house.statements();
    for name in [
        json!({ "neq": null }),
        json!({ "like": "%" }),
        json!({ "regexp": ".*" }),
        json!({ "inq": ["ann@shop.test", "ann"] }),
        json!({}),
        json!([]),
        json!(["ann@shop.test"]),
        json!(["ann@shop.test", "ann"]),
        json!(5),
        json!(true),
    ] {
        for (key, code) in [("email", "INVALID_EMAIL"), ("username", "INVALID_USERNAME"), ("realm", "INVALID_REALM")] {
            for users in ["Customers", "Tenants"] {
                let answer = house.try_login(users, json!({ key: name, "password": PASSWORD })).await;
                assert_eq!(error(&answer), (400, code.into()), "{key} {name}: {answer}");
            }
        }
    }
    let asked: Vec<String> = house.statements().into_iter().filter(|sql| sql.contains("customer")).collect();
    assert!(asked.is_empty(), "{asked:?}");
    assert_eq!((house.sessions().await, house.count("tenant_token").await), (0, 0));
}

async fn what_is_no_text_is_no_password(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    for none in [json!(null), json!(""), json!({ "neq": "x" }), json!([PASSWORD]), json!(5), json!(true), json!({})] {
        let answer = house.try_login("Customers", json!({ "email": "ann@shop.test", "password": none })).await;
        assert!(matches!(answer.status, 400 | 401), "{none}: {answer}");
    }
    let answer = house.try_login("Customers", json!({ "email": "ann@shop.test" })).await;
    assert!(matches!(answer.status, 400 | 401), "{answer}");
    assert_eq!(house.sessions().await, 0);
}

async fn without_a_name_nobody_is_looked_for(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    for none in [json!({}), json!({ "email": null }), json!({ "email": "", "username": "" }), json!({ "realm": "x" })] {
        let mut body = none.clone();
        body["password"] = json!(PASSWORD);
        let answer = house.try_login("Customers", body).await;
        assert_eq!(error(&answer), (400, "USERNAME_EMAIL_REQUIRED".into()), "{none}");
    }
    assert_eq!(house.sessions().await, 0);
}

async fn a_body_that_is_no_object_logs_nobody_in(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    let good = json!({ "email": "ann@shop.test", "password": PASSWORD });
    for body in [json!([good]).to_string(), good.to_string()[1..].to_owned(), "null".into(), "5".into(), String::new()]
    {
        let answer = house.rest().raw("POST", "/api/Customers/login", "application/json", body.clone()).await;
        assert!(matches!(answer.status, 400 | 422), "{body}: {answer}");
    }
    assert_eq!(house.sessions().await, 0);
}

async fn credentials_in_the_query_log_nobody_in(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    let query = "/api/Customers/login?email=ann@shop.test&password=correct%20horse%20battery";
    let answer = house.rest().json("POST", query, json!({})).await;
    assert_eq!(answer.status, 400, "{answer}");
    let answer = house.rest().get(query).await;
    assert!(matches!(answer.status, 401 | 404), "{answer}");
    assert_eq!(house.sessions().await, 0);
}

async fn an_unconfirmed_email_shows_after_the_right_password_alone(place: &Place) {
    let house = House::of_all(place).await;
    let id = house.register("Members", "mia@club.test").await;
    let login = async |email: &str, password: &str| {
        house.try_login("Members", json!({ "email": email, "password": password })).await
    };
    let wrong = login("mia@club.test", OTHER).await;
    assert_eq!(error(&wrong), (401, "LOGIN_FAILED".into()));
    assert_eq!(wrong.json(), login("nobody@club.test", PASSWORD).await.json());
    let right = login("mia@club.test", PASSWORD).await;
    assert_eq!(error(&right), (401, "LOGIN_FAILED_EMAIL_NOT_VERIFIED".into()));
    assert_eq!(right.json()["error"]["details"], json!({ "userId": id }));
    assert_eq!(house.count("member_token").await, 0);
    Member::update_all(&house.ctx, (), set!(Member { email_verified: Some(true) })).await.unwrap();
    assert_eq!(login("mia@club.test", PASSWORD).await.status, 200);
    assert_eq!(house.count("member_token").await, 1);
}

fn plain_headers(answer: &Response) -> Vec<String> {
    let mut names: Vec<String> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    names
}

async fn an_unknown_user_and_a_wrong_password_look_alike(place: &Place) {
    let house = House::of(place).await;
    let body = json!({ "email": "ann@shop.test", "username": "ann", "password": PASSWORD });
    house.rest().create("/api/Customers", body).await;
    let first = house.try_login("Customers", json!({ "email": "ann@shop.test", "password": OTHER })).await;
    assert_eq!(error(&first), (401, "LOGIN_FAILED".into()));
    for other in [
        json!({ "email": "nobody@shop.test", "password": OTHER }),
        json!({ "username": "nobody", "password": OTHER }),
        json!({ "username": "ann", "password": OTHER }),
        json!({ "email": "no e-mail at all", "password": OTHER }),
        json!({ "email": "ann@shop.test", "password": "x" }),
        json!({ "email": "ann@shop.test", "password": "x".repeat(80) }),
        json!({ "email": "nobody@shop.test", "password": "x".repeat(80) }),
    ] {
        let answer = house.try_login("Customers", other.clone()).await;
        assert_eq!((answer.status, answer.json()), (401, first.json()), "{other}");
        assert_eq!(plain_headers(&answer), plain_headers(&first), "{other}");
    }
    assert_eq!(house.sessions().await, 0);
}

async fn insert(house: &House, email: &str, digest: &str) -> i64 {
    house.sql(&format!("INSERT INTO customer (email, password) VALUES ('{email}', '{digest}')")).await;
    house.number(&format!("SELECT id FROM customer WHERE email = '{email}'")).await
}

async fn digests_of_a_migrated_database_log_in_and_are_made_anew(place: &Place) {
    let house = House::of(place).await;
    for (at, digest) in [DIGEST_2A, DIGEST_2B, DIGEST_2Y].into_iter().enumerate() {
        let email = format!("ann{at}@shop.test");
        let id = insert(&house, &email, digest).await;
        assert!(!house.can_log_in(&email, OTHER).await);
        assert!(!house.can_log_in(&email, digest).await, "the digest itself logs in");
        assert_eq!(house.digest(id).await, digest, "a wrong password changes the digest");
        let first = house.login("Customers", &email).await;
        let anew = house.digest(id).await;
        assert!(anew.starts_with("$2b$04$") && anew.len() == 60, "{anew}");
        let second = house.login("Customers", &email).await;
        assert_eq!(house.digest(id).await, anew, "it is made anew once");
        assert!(house.is_good(&first).await && house.is_good(&second).await, "{digest}: sessions have ended");
        assert_eq!(house.sessions_of(id).await, 2);
        assert!(!house.can_log_in(&email, OTHER).await);
    }
}

async fn a_stored_digest_of_a_high_cost_does_not_hang(place: &Place) {
    let house = House::of(place).await;
    for (at, cost) in ["31", "30", "17", "99"].into_iter().enumerate() {
        let email = format!("ann{at}@shop.test");
        let digest = DIGEST_2A.replacen("$05$", &format!("${cost}$"), 1);
        let id = insert(&house, &email, &digest).await;
        assert!(!soon(house.can_log_in(&email, PASSWORD)).await, "{cost}");
        assert_eq!(house.digest(id).await, digest);
    }
    assert_eq!(house.sessions().await, 0);
    house.register("Customers", "bob@shop.test").await;
    assert!(soon(house.can_log_in("bob@shop.test", PASSWORD)).await, "others log in");
}

async fn what_is_stored_and_no_digest_logs_nobody_in(place: &Place) {
    let house = House::of(place).await;
    for (at, stored) in
        [PASSWORD, "", "$2a$05$short", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.", "$2a$-5$", "*"].iter().enumerate()
    {
        let email = format!("ann{at}@shop.test");
        insert(&house, &email, stored).await;
        for password in [PASSWORD, stored] {
            let answer = house.try_login("Customers", json!({ "email": email, "password": password })).await;
            assert!(matches!(answer.status, 400 | 401), "{stored}: {answer}");
        }
    }
    assert_eq!(house.sessions().await, 0);
}

async fn twenty_log_ins_at_once_have_a_token_each(place: &Place) {
    let house = House::of(place).await;
    let id = house.register("Customers", "ann@shop.test").await;
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD });
    let tasks = (0..20).map(|_| house.try_login("Customers", body.clone()));
    let answers = soon(join_all(tasks)).await;
    let mut tokens: Vec<String> = Vec::new();
    for answer in answers {
        assert_eq!(answer.status, 200, "{answer}");
        tokens.push(answer.json()["id"].as_str().unwrap().to_owned());
    }
    tokens.sort();
    tokens.dedup();
    assert_eq!((tokens.len(), house.sessions_of(id).await), (20, 20));
}

async fn a_log_in_of_who_is_deleted_meanwhile_leaves_no_session(place: &Place) {
    let house = House::of(place).await;
    let (id, token) = house.customer("ann@shop.test").await;
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD });
    let log_ins = join_all((0..12).map(|_| house.try_login("Customers", body.clone())));
    let visitor = house.user(&token);
    let deletion = visitor.call("DELETE", "/api/Customers/me");
    let (answers, deleted) = soon(futures_util::future::join(log_ins, deletion)).await;
    assert!(matches!(deleted.status, 200 | 204), "{deleted}");
    assert_eq!(house.count("customer").await, 0);
    assert_eq!(house.sessions_of(id).await, 0);
    for answer in answers {
        // A database may let one of two give way.
        assert!(matches!(answer.status, 200 | 401 | 409), "{answer}");
        if answer.status == 200 {
            assert!(!house.is_good(answer.json()["id"].as_str().unwrap()).await);
        }
    }
}

async fn fail(house: &House, email: &str, times: usize) {
    for _ in 0..times {
        let answer = house.try_login("Customers", json!({ "email": email, "password": OTHER })).await;
        assert_eq!(error(&answer), (401, "LOGIN_FAILED".into()));
    }
}

fn is_throttled(answer: &Response) {
    assert_eq!(error(answer), (429, "TOO_MANY_REQUESTS".into()));
    let seconds: u32 = answer.header("retry-after").expect("Retry-After").parse().expect("seconds");
    assert!((1..=900).contains(&seconds), "{seconds}");
}

async fn ten_failures_make_the_account_wait_and_nobody_else(place: &Place) {
    let house = House::of(place).await;
    let (ann, _) = house.customer("ann@shop.test").await;
    house.register("Customers", "bob@shop.test").await;
    fail(&house, "ann@shop.test", 10).await;
    assert_eq!(house.number("SELECT failures FROM login_attempt").await, 10);
    // The wait after the tenth is a second, so as not to race with it the test makes it long.
    wait_long(&house).await;
    let login = |house: &House, email: &str| {
        let rest = house.rest().clone();
        let body = json!({ "email": email, "password": PASSWORD });
        async move { rest.json("POST", "/api/Customers/login", body).await }
    };
    is_throttled(&login(&house, "ann@shop.test").await);
    // Here it is the e-mail of nobody, whose tries are nobody's.
    assert_eq!(error(&login(&house, "ANN@shop.test").await), (401, "LOGIN_FAILED".into()));
    assert_eq!(login(&house, "bob@shop.test").await.status, 200, "another account waits");
    let second = House::beside(place, |builder| builder).await;
    is_throttled(&login(&second, "ann@shop.test").await);
    assert_eq!(login(&second, "bob@shop.test").await.status, 200);
    // Bob's session is none of Ann's.
    let bob = house.login("Customers", "bob@shop.test").await;
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD });
    is_throttled(&house.user(&bob).json("POST", "/api/Customers/login", body).await);
    assert_eq!(house.sessions_of(ann).await, 1);
}

async fn who_has_a_session_of_the_account_does_not_wait(place: &Place) {
    let house = House::of(place).await;
    let (ann, known) = house.customer("ann@shop.test").await;
    fail(&house, "ann@shop.test", 10).await;
    wait_long(&house).await;
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD });
    is_throttled(&house.try_login("Customers", body.clone()).await);
    let answer = house.user(&known).json("POST", "/api/Customers/login", body).await;
    assert_eq!(answer.status, 200, "who has a session waits: {answer}");
    assert_eq!(house.sessions_of(ann).await, 2);
}

/// Lets those who have to wait, wait long.
async fn wait_long(house: &House) {
    let until = Utc::now() + loopback::chrono::TimeDelta::minutes(10);
    let attempt = LoginAttempt::props();
    let waiting = attempt.until.neq(None::<DateTime<Utc>>);
    let changed =
        LoginAttempt::update_all(&house.ctx, waiting, set!(LoginAttempt { until: Some(until) })).await.unwrap();
    assert!(changed > 0, "nobody has to wait");
}

async fn a_right_password_forgets_the_failures(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    for _ in 0..2 {
        fail(&house, "ann@shop.test", 9).await;
        assert!(house.can_log_in("ann@shop.test", PASSWORD).await);
        assert_eq!(house.count("login_attempt").await, 0);
    }
}

async fn failures_are_forgotten_in_time(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    fail(&house, "ann@shop.test", 10).await;
    wait_long(&house).await;
    is_throttled(&house.try_login("Customers", json!({ "email": "ann@shop.test", "password": PASSWORD })).await);
    let past = Utc::now() - loopback::chrono::TimeDelta::minutes(20);
    let aged = set!(LoginAttempt { until: Some(past), since: past });
    LoginAttempt::update_all(&house.ctx, (), aged).await.unwrap();
    fail(&house, "ann@shop.test", 1).await;
    assert_eq!(house.number("SELECT failures FROM login_attempt").await, 1, "they are counted from one again");
    assert!(house.can_log_in("ann@shop.test", PASSWORD).await);
}

async fn an_unknown_account_is_throttled_alike(place: &Place) {
    let house = House::of(place).await;
    fail(&house, "nobody@shop.test", 10).await;
    wait_long(&house).await;
    is_throttled(&house.try_login("Customers", json!({ "email": "nobody@shop.test", "password": OTHER })).await);
    let ids = house.texts("SELECT id FROM login_attempt").await;
    assert!(!format!("{ids:?}").contains("nobody"), "the database says whose failures they are: {ids:?}");
}

async fn guesses_at_once(house: &House) -> Vec<Response> {
    let body = json!({ "email": "ann@shop.test", "password": OTHER });
    soon(join_all((0..40).map(|_| house.try_login("Customers", body.clone())))).await
}

async fn forty_failures_at_once_are_all_counted(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    let answers = guesses_at_once(&house).await;
    let failed = answers.iter().filter(|answer| answer.status == 401).count();
    for answer in &answers {
        assert!(matches!(answer.status, 401 | 429), "{answer}");
    }
    assert!(failed >= 10, "{failed}");
    assert_eq!(house.number("SELECT failures FROM login_attempt").await, i64::try_from(failed).unwrap());
    wait_long(&house).await;
    is_throttled(&house.try_login("Customers", json!({ "email": "ann@shop.test", "password": PASSWORD })).await);
    assert_eq!(house.sessions().await, 0);
}

async fn the_throttle_stops_guesses_that_come_at_once(place: &Place) {
    let house = House::of(place).await;
    house.register("Customers", "ann@shop.test").await;
    let answers = guesses_at_once(&house).await;
    let failed = answers.iter().filter(|answer| answer.status == 401).count();
    // As many as are let through one after the other, and what is under way already.
    assert!(failed <= 20, "{failed} of 40 guesses at once were looked at, where 10 may fail");
}

async fn an_address_is_throttled_over_accounts(place: &Place) {
    let house = House::with(place, |builder| {
        builder.auth(|auth| auth.trusted_proxies(1).login_throttle(100, 5, Duration::from_secs(900)))
    })
    .await;
    house.register("Customers", "ann@shop.test").await;
    let login = async |from: &str, email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        let request = Request::new("POST", "/api/Customers/login").header("X-Forwarded-For", from).json(&body);
        house.rest().send(&request).await
    };
    for n in 0..5 {
        // What a client writes itself stands before what the proxy adds.
        let answer = login(&format!("9.9.9.{n}, 10.0.0.1"), &format!("nobody{n}@shop.test"), OTHER).await;
        assert_eq!(answer.status, 401, "{answer}");
    }
    wait_long(&house).await;
    is_throttled(&login("10.0.0.1", "ann@shop.test", PASSWORD).await);
    is_throttled(&login("8.8.8.8, 10.0.0.1", "ann@shop.test", PASSWORD).await);
    assert_eq!(house.sessions().await, 0);
    assert_eq!(login("10.0.0.2", "ann@shop.test", PASSWORD).await.status, 200, "another address waits");
    assert_eq!(house.sessions().await, 1);
}

async fn the_throttle_is_off_where_the_app_says_so(place: &Place) {
    let house = House::with(place, |builder| builder.auth(loopback::access::AuthOptions::without_login_throttle)).await;
    house.register("Customers", "ann@shop.test").await;
    fail(&house, "ann@shop.test", 14).await;
    assert!(house.can_log_in("ann@shop.test", PASSWORD).await);
    assert_eq!(house.count("login_attempt").await, 0);
}
