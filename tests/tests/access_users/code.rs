//! The flows in code: `UserModel`, and applications with their keys.

use crate::house::*;
use crate::models::*;
use loopback::prelude::*;
use loopback_tests::lab::Place;
use serde_json::json;

on_every_database!(
    code_logs_in_and_out
    a_log_in_in_code_fails_as_over_rest
    code_makes_users_with_what_clients_cannot_say
    code_verifies_and_confirms
    code_resets_a_password
    code_sets_a_password
    code_changes_a_password
    code_makes_tokens
    code_asks_whether_a_password_is_the_users
    secrets_are_in_no_debug_text
    the_debug_text_of_a_user_has_no_digest
    a_token_of_code_is_stored_as_a_digest
    an_application_has_keys_that_are_stored_as_digests
    a_key_that_an_application_does_not_have_matches_nothing
    new_keys_take_the_place_of_the_old
);

async fn ann(house: &House) -> Customer {
    house.register("Customers", "ann@shop.test").await;
    read(house).await
}

async fn read(house: &House) -> Customer {
    Customer::find_one(&house.ctx, Customer::props().email.eq("ann@shop.test".to_owned())).await.unwrap().expect("Ann")
}

async fn code_logs_in_and_out(place: &Place) {
    let house = House::of(place).await;
    let body = json!({ "email": "ann@shop.test", "username": "ann", "password": PASSWORD });
    let id = house.rest().create("/api/Customers", body).await["id"].as_i64().unwrap();
    let (session, user) = Customer::login(&house.ctx, Credentials::email("ann@shop.test", PASSWORD)).await.unwrap();
    assert_eq!((user.id, session.ttl, &session.user_id), (id, 1_209_600, &Value::Int(id)));
    assert!(house.is_good(&session.id).await);
    let short = Credentials { ttl: Some(60), ..Credentials::username("ann", PASSWORD) };
    let (other, _) = Customer::login(&house.ctx, short).await.unwrap();
    assert_eq!((other.ttl, house.sessions().await), (60, 2));
    Customer::logout(&house.ctx, &session.id).await.unwrap();
    assert!(!house.is_good(&session.id).await && house.is_good(&other.id).await);
    let again = Customer::logout(&house.ctx, &session.id).await.unwrap_err();
    assert_eq!(again.status(), 401);
    assert_eq!(house.sessions().await, 1);
}

async fn a_log_in_in_code_fails_as_over_rest(place: &Place) {
    let house = House::of_all(place).await;
    house.register("Customers", "ann@shop.test").await;
    house.register("Members", "mia@club.test").await;
    for (given, status, code) in [
        (Credentials::email("ann@shop.test", OTHER), 401, "LOGIN_FAILED"),
        (Credentials::email("nobody@shop.test", PASSWORD), 401, "LOGIN_FAILED"),
        (Credentials::email("ann@shop.test", ""), 401, "LOGIN_FAILED"),
        (Credentials { password: PASSWORD.into(), ..Credentials::default() }, 400, "USERNAME_EMAIL_REQUIRED"),
        (Credentials { ttl: Some(-1), ..Credentials::email("ann@shop.test", PASSWORD) }, 422, "INVALID_TTL"),
        (Credentials { ttl: Some(0), ..Credentials::email("ann@shop.test", PASSWORD) }, 422, "INVALID_TTL"),
    ] {
        let error = Customer::login(&house.ctx, given.clone()).await.unwrap_err();
        assert_eq!((error.status(), error.code()), (status, Some(code)), "{given:?}");
    }
    let error = Member::login(&house.ctx, Credentials::email("mia@club.test", PASSWORD)).await.unwrap_err();
    assert_eq!(error.code(), Some("LOGIN_FAILED_EMAIL_NOT_VERIFIED"));
    let error = Tenant::login(&house.ctx, Credentials::username("tom", PASSWORD)).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (400, Some("REALM_REQUIRED")));
    assert_eq!((house.sessions().await, house.count("member_token").await), (0, 0));
}

async fn code_makes_users_with_what_clients_cannot_say(place: &Place) {
    let house = House::of_all(place).await;
    let new = set!(Member {
        email: "Mia@Club.test".to_owned(),
        password: PASSWORD.to_owned(),
        email_verified: Some(true),
        realm: Some("east".to_owned()),
    });
    let made = Member::create(&house.ctx, new).await.unwrap();
    assert_eq!(
        (made.email.as_str(), made.email_verified, made.realm.as_deref()),
        ("mia@club.test", Some(true), Some("east"))
    );
    let stored = house.text("SELECT password FROM member").await.unwrap();
    assert!(stored.starts_with("$2b$04$"), "{stored}");
    house.login("Members", "mia@club.test").await;
    for (password, code) in [("short", "length.min"), ("iloveyou", "common"), ("max@club.test", "email")] {
        let new = set!(Member { email: "max@club.test".to_owned(), password: password.to_owned() });
        let error = Member::create(&house.ctx, new).await.unwrap_err();
        assert_eq!(error.details().unwrap()["codes"]["password"], json!([code]));
    }
    let digest = set!(Member { email: "max@club.test".to_owned(), password: DIGEST_2B.to_owned() });
    Member::create(&house.ctx, digest).await.unwrap();
    assert_eq!(house.number(&format!("SELECT COUNT(*) FROM member WHERE password = '{DIGEST_2B}'")).await, 0);
    assert_eq!(house.count("member").await, 2);
}

async fn code_verifies_and_confirms(place: &Place) {
    let house = House::of_all(place).await;
    let id = house.register("Members", "mia@club.test").await;
    let member = Member::find_by_id(&house.ctx, id).await.unwrap().unwrap();
    let options = VerifyOptions {
        verify_href: Some("https://app.example/verify?lang=no".into()),
        redirect: Some("/verified".into()),
        ..VerifyOptions::default()
    };
    member.verify(&house.ctx, options).await.unwrap();
    let mail = house.verify_mail().await;
    assert!(mail.href.starts_with("https://app.example/verify?lang=no&"), "{}", mail.href);
    assert!(mail.href.contains("redirect=%2Fverified") && mail.href.contains(&format!("uid={id}")), "{}", mail.href);
    let wrong = Member::confirm(&house.ctx, &id, "x").await.unwrap_err();
    assert_eq!((wrong.status(), wrong.code()), (400, Some("INVALID_TOKEN")));
    let unknown = Member::confirm(&house.ctx, &999, &mail.token).await.unwrap_err();
    assert_eq!((unknown.status(), unknown.code()), (404, Some("USER_NOT_FOUND")));
    assert_eq!(house.verified("member").await, 0);
    Member::confirm(&house.ctx, &id, &mail.token).await.unwrap();
    assert_eq!(house.verified("member").await, 1);
    assert!(Member::confirm(&house.ctx, &id, &mail.token).await.is_err());
    member.destroy(&house.ctx).await.unwrap();
    assert_eq!(member.verify(&house.ctx, VerifyOptions::default()).await.unwrap_err().status(), 404);
}

async fn code_resets_a_password(place: &Place) {
    let house = House::of(place).await;
    let user = ann(&house).await;
    Customer::reset_password(&house.ctx, "nobody@shop.test").await.unwrap();
    Customer::reset_password(&house.ctx, "ann@shop.test").await.unwrap();
    let error = Customer::reset_password(&house.ctx, "").await.unwrap_err();
    assert_eq!(error.code(), Some("EMAIL_REQUIRED"));
    let mail = house.reset_mail().await;
    assert_eq!((mail.user_id, house.has_mail().await), (Value::Int(user.id), false));
    assert_eq!(house.sessions_of(user.id).await, 1);
}

async fn code_sets_a_password(place: &Place) {
    let house = House::of(place).await;
    let user = ann(&house).await;
    let token = house.login("Customers", "ann@shop.test").await;
    let before = house.digest(user.id).await;
    let too_long = "x".repeat(73);
    for (bad, code) in [("", Some("INVALID_PASSWORD")), (&too_long, Some("PASSWORD_TOO_LONG")), ("short", None)] {
        let error = user.set_password(&house.ctx, bad).await.unwrap_err();
        assert_eq!((error.status(), error.code()), (422, code), "{bad}");
    }
    let error = user.set_password(&house.ctx, "ann@shop.test").await.unwrap_err();
    assert_eq!(error.details().unwrap()["codes"]["password"], json!(["email"]));
    assert_eq!(house.digest(user.id).await, before);
    assert!(house.is_good(&token).await);
    user.set_password(&house.ctx, OTHER).await.unwrap();
    assert!(!house.is_good(&token).await);
    assert!(house.can_log_in("ann@shop.test", OTHER).await && !house.can_log_in("ann@shop.test", PASSWORD).await);
    user.destroy(&house.ctx).await.unwrap();
    let error = user.set_password(&house.ctx, PASSWORD).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (401, Some("USER_NOT_FOUND")));
}

async fn code_changes_a_password(place: &Place) {
    let house = House::of(place).await;
    let user = ann(&house).await;
    let token = house.login("Customers", "ann@shop.test").await;
    let error = user.change_password(&house.ctx, OTHER, OTHER).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (400, Some("INVALID_PASSWORD")));
    assert_eq!(user.change_password(&house.ctx, PASSWORD, "short").await.unwrap_err().status(), 422);
    assert!(house.is_good(&token).await);
    user.change_password(&house.ctx, PASSWORD, OTHER).await.unwrap();
    assert!(!house.is_good(&token).await);
    assert!(house.can_log_in("ann@shop.test", OTHER).await && !house.can_log_in("ann@shop.test", PASSWORD).await);
}

async fn code_makes_tokens(place: &Place) {
    let house = House::of(place).await;
    let user = ann(&house).await;
    let make = async |ttl, scopes: Option<&[&str]>| {
        let scopes = scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect());
        user.create_access_token(&house.ctx, TokenOptions { ttl, scopes }).await
    };
    let plain = make(None, None).await.unwrap();
    assert_eq!((plain.ttl, plain.id.len()), (1_209_600, 64));
    assert!(house.is_good(&plain.id).await);
    let long = make(Some(i64::MAX), Some(&["reports"])).await.unwrap();
    assert_eq!(long.ttl, 31_556_926);
    assert!(!house.is_good(&long.id).await);
    assert_eq!(house.user(&long.id).get("/api/Customers/report").await.status, 200);
    for bad in [0, -1, i64::MIN] {
        let error = make(Some(bad), None).await.unwrap_err();
        assert_eq!((error.status(), error.code()), (422, Some("INVALID_TTL")), "{bad}");
    }
    assert_eq!(house.sessions_of(user.id).await, 2);
    user.destroy(&house.ctx).await.unwrap();
    assert_eq!(make(None, None).await.unwrap_err().status(), 401);
    assert_eq!(house.sessions().await, 0);
}

async fn code_asks_whether_a_password_is_the_users(place: &Place) {
    let house = House::of(place).await;
    let user = ann(&house).await;
    assert!(user.has_password(&house.ctx, PASSWORD).await.unwrap());
    for wrong in ["", OTHER, &user.password, "correct horse battery\0", "CORRECT HORSE BATTERY"] {
        assert!(!user.has_password(&house.ctx, wrong).await.unwrap(), "{wrong}");
    }
    user.set_password(&house.ctx, OTHER).await.unwrap();
    assert!(read(&house).await.has_password(&house.ctx, OTHER).await.unwrap());
    assert_eq!(house.sessions().await, 0);
}

async fn secrets_are_in_no_debug_text(place: &Place) {
    let house = House::of(place).await;
    ann(&house).await;
    let given = Credentials::email("ann@shop.test", PASSWORD);
    assert!(!format!("{given:?}").contains(PASSWORD));
    let (session, _) = Customer::login(&house.ctx, given).await.unwrap();
    assert!(!format!("{session:?}").contains(&session.id));
    let patch = set!(Customer { password: PASSWORD.to_owned() });
    assert!(!format!("{patch:?}").contains(PASSWORD), "{patch:?}");
}

async fn the_debug_text_of_a_user_has_no_digest(place: &Place) {
    let house = House::of(place).await;
    let user = ann(&house).await;
    let digest = house.digest(user.id).await;
    assert!(!format!("{user:?}").contains(&digest), "a log of a user has the digest of the password: {user:?}");
}

async fn a_token_of_code_is_stored_as_a_digest(place: &Place) {
    let house = House::of(place).await;
    let user = ann(&house).await;
    let made = AccessToken::create(&house.ctx, set!(AccessToken { ttl: 600, user_id: Some(user.id) })).await.unwrap();
    assert_eq!(made.id.len(), 64);
    assert!(made.is_valid(&house.ctx));
    assert!(house.is_good(&made.id).await, "the id of the answer is the token");
    let stored = house.text("SELECT id FROM access_token").await.unwrap();
    assert_ne!(stored, made.id);
    assert!(!house.is_good(&stored).await);
    let own = "a-token-that-the-application-chose-itself-0123456789";
    let chosen = set!(AccessToken { id: own, ttl: 600, user_id: Some(user.id) });
    AccessToken::create(&house.ctx, chosen).await.unwrap();
    assert!(house.is_good(own).await);
    assert_eq!(house.number(&format!("SELECT COUNT(*) FROM access_token WHERE id = '{own}'")).await, 0);
}

async fn shop(place: &Place) -> House {
    House::with(place, AppBuilder::with_model::<Application>).await
}

fn all(keys: &loopback::models::ApplicationKeys) -> [(&'static str, String); 5] {
    [
        ("clientKey", keys.client_key.clone()),
        ("javaScriptKey", keys.java_script_key.clone()),
        ("restApiKey", keys.rest_api_key.clone()),
        ("windowsKey", keys.windows_key.clone()),
        ("masterKey", keys.master_key.clone()),
    ]
}

async fn an_application_has_keys_that_are_stored_as_digests(place: &Place) {
    let house = shop(place).await;
    let options = set!(Application { description: Some("a till".to_owned()), master_key: Some("chosen".to_owned()) });
    let (made, keys) = Application::register(&house.ctx, "7", "till", options).await.unwrap();
    assert_eq!(
        (made.name.as_str(), made.owner.as_deref(), made.description.as_deref()),
        ("till", Some("7"), Some("a till"))
    );
    assert_eq!((made.status.as_deref(), house.count("application").await), (Some("sandbox"), 1));
    let mut different: Vec<String> = all(&keys).into_iter().map(|(_, key)| key).collect();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 5);
    for (name, key) in all(&keys) {
        assert_eq!(Application::authenticate(&house.ctx, made.id.clone(), &key).await.unwrap(), Some(name));
        assert!(!format!("{keys:?}").contains(&key));
    }
    for column in ["client_key", "java_script_key", "rest_api_key", "windows_key", "master_key"] {
        let stored = house.text(&format!("SELECT {column} FROM application")).await.unwrap();
        assert!(!different.contains(&stored), "{column} is stored in clear");
        assert_eq!(Application::authenticate(&house.ctx, made.id.clone(), &stored).await.unwrap(), None, "{column}");
    }
    assert_eq!(Application::authenticate(&house.ctx, made.id.clone(), "chosen").await.unwrap(), None);
    let shown = house.app.graph().model("Application").is_some();
    assert!(shown);
    assert_eq!(house.rest().get("/api/Applications").await.status, 404);
}

async fn a_key_that_an_application_does_not_have_matches_nothing(place: &Place) {
    let house = shop(place).await;
    let (made, keys) = Application::register(&house.ctx, "7", "till", Patch::new()).await.unwrap();
    let (other, of_other) = Application::register(&house.ctx, "7", "desk", Patch::new()).await.unwrap();
    for wrong in ["", "null", "undefined", "x", &of_other.client_key, &format!("{}x", keys.client_key)] {
        assert_eq!(Application::authenticate(&house.ctx, made.id.clone(), wrong).await.unwrap(), None, "{wrong}");
    }
    let none = set!(Application { client_key: None::<String>, master_key: Some(String::new()) });
    made.update_attributes(&house.ctx, none).await.unwrap();
    for missing in ["", "null", "undefined", &keys.client_key, &keys.master_key] {
        assert_eq!(Application::authenticate(&house.ctx, made.id.clone(), missing).await.unwrap(), None, "{missing}");
    }
    let rest = Application::authenticate(&house.ctx, made.id.clone(), &keys.rest_api_key).await.unwrap();
    assert_eq!(rest, Some("restApiKey"));
    for id in ["", "nobody", "%"] {
        assert_eq!(Application::authenticate(&house.ctx, id, &keys.rest_api_key).await.unwrap(), None, "{id}");
    }
    let of_desk = Application::authenticate(&house.ctx, other.id, &keys.rest_api_key).await.unwrap();
    assert_eq!((of_desk, house.count("application").await), (None, 2));
}

async fn new_keys_take_the_place_of_the_old(place: &Place) {
    let house = shop(place).await;
    let (made, old) = Application::register(&house.ctx, "7", "till", Patch::new()).await.unwrap();
    let new = Application::reset_keys(&house.ctx, made.id.clone()).await.unwrap();
    for ((name, old), (_, new)) in all(&old).into_iter().zip(all(&new)) {
        assert_eq!(Application::authenticate(&house.ctx, made.id.clone(), &old).await.unwrap(), None, "{name}");
        assert_eq!(Application::authenticate(&house.ctx, made.id.clone(), &new).await.unwrap(), Some(name));
    }
    assert_eq!(Application::reset_keys(&house.ctx, "nobody").await.unwrap_err().status(), 404);
    assert_eq!(house.count("application").await, 1);
}
