//! Mail servers that encrypt: from the first byte on, by STARTTLS, with certificates that are trusted and others.

use crate::house::{House, quick};
use crate::smtp::{Encryption, Smtp};
use loopback::prelude::*;
use loopback_tests::lab::Place;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

loopback_tests::place_cases! {
    tls_from_the_first_byte_on
    starttls_before_anybody_logs_in
    a_server_without_starttls_gets_nothing
    a_certificate_that_is_not_trusted_is_refused_and_the_error_says_what_to_do
    a_certificate_of_another_name_is_refused_until_the_name_is_told
    a_port_without_tls_is_told_apart
    what_is_no_certificate_is_told_at_the_start
}

/// An authority of one's own, and a server that it vouches for.
struct Authority {
    pem: String,
    acceptor: TlsAcceptor,
}

impl Authority {
    fn of(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![server.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        Self { pem, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }
}

/// Mail as a data source says it.
fn by(transport: &Json) -> MailOptions {
    let settings = json!({ "connector": "mail", "transports": [transport] });
    quick(MailOptions::from_json(&settings).unwrap_or_else(|faults| panic!("{faults:?}")))
}

async fn error_of(house: &House) -> String {
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    let rows = house.outbox_when(|row| row.error.is_some() && row.claim.is_none()).await;
    assert_eq!((rows[0].state, rows[0].attempts), (OutboxState::Waiting, 0), "{rows:?}");
    rows[0].error.clone().unwrap()
}

async fn tls_from_the_first_byte_on(place: &Place) {
    let authority = Authority::of("localhost");
    let smtp = Smtp::encrypting(Encryption::Wrapper(authority.acceptor)).await;
    let house = House::of(
        place,
        by(&json!({
            "type": "smtp", "host": "localhost", "port": smtp.port, "secure": true, "tls": { "ca": authority.pem },
            "auth": { "user": "shop", "pass": "hunter2-secret" }
        })),
    )
    .await;
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    let email = smtp.wait_for(1).await.remove(0);
    assert!(email.encrypted && email.auth.is_some());
    assert!(smtp.open_lines().is_empty());
    house.stop().await;
    // The same by MAIL_URL, with the certificate in a file.
    let file = std::env::temp_dir().join(format!("lb_ca_{}.pem", Uuid::new_v4()));
    std::fs::write(&file, &authority.pem).unwrap();
    let url = format!("smtps://shop:secret@localhost:{}?ca={}", smtp.port, file.display());
    let house = House::of(place, quick(MailOptions::from_url(&url).unwrap())).await;
    Email::new("bob@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    assert!(smtp.wait_for(2).await[1].encrypted);
    std::fs::remove_file(&file).unwrap();
    house.stop().await;
}

async fn starttls_before_anybody_logs_in(place: &Place) {
    let authority = Authority::of("localhost");
    let smtp = Smtp::encrypting(Encryption::StartTls(authority.acceptor)).await;
    let house = House::of(
        place,
        by(&json!({
            "type": "smtp", "host": "localhost", "port": smtp.port, "requireTLS": true,
            "tls": { "ca": [authority.pem] },
            "auth": { "user": "shop", "pass": "hunter2-secret" }
        })),
    )
    .await;
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    let email = smtp.wait_for(1).await.remove(0);
    assert!(email.encrypted && email.auth.is_some());
    let open = smtp.open_lines();
    assert!(open.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"), "{open:?}");
    house.stop().await;
}

async fn a_server_without_starttls_gets_nothing(place: &Place) {
    let smtp = Smtp::start().await;
    let server = SmtpOptions::new("127.0.0.1").port(smtp.port).credentials("shop", "hunter2").tls(SmtpTls::Required);
    let house = House::of(place, quick(MailOptions::smtp(server))).await;
    let error = error_of(&house).await;
    assert!(error.contains("does not offer encryption") && error.contains("secure: true"), "{error}");
    let open = smtp.open_lines();
    assert!(open.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{open:?}");
    assert!(smtp.received().is_empty());
    house.stop().await;
}

async fn a_certificate_that_is_not_trusted_is_refused_and_the_error_says_what_to_do(place: &Place) {
    for (encrypts, secure) in [(Encryption::Wrapper as fn(_) -> _, true), (Encryption::StartTls as fn(_) -> _, false)] {
        let authority = Authority::of("localhost");
        let smtp = Smtp::encrypting(encrypts(authority.acceptor)).await;
        let settings = json!({
            "type": "smtp", "host": "localhost", "port": smtp.port, "secure": secure, "requireTLS": true,
            "auth": { "user": "shop", "pass": "hunter2-secret" }
        });
        let house = House::of(place, by(&settings)).await;
        let error = error_of(&house).await;
        assert!(error.contains("certificate") && error.contains("`tls.ca`") && error.contains("trust"), "{error}");
        assert!(smtp.received().is_empty());
        house.stop().await;
        // Of another authority that is trusted no more than of none.
        let mut other = settings.clone();
        other["tls"] = json!({ "ca": Authority::of("localhost").pem });
        let house = House::of(place, by(&other)).await;
        assert!(error_of(&house).await.contains("certificate"));
        house.stop().await;
        let mut any = settings;
        any["tls"] = json!({ "rejectUnauthorized": false });
        let house = House::of(place, by(&any)).await;
        Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
        assert!(smtp.wait_for(1).await[0].encrypted);
        house.stop().await;
    }
}

async fn a_certificate_of_another_name_is_refused_until_the_name_is_told(place: &Place) {
    let authority = Authority::of("mail.shop.example");
    let smtp = Smtp::encrypting(Encryption::Wrapper(authority.acceptor)).await;
    let server = SmtpOptions::new("localhost").port(smtp.port).tls(SmtpTls::Wrapper).trust_pem(&authority.pem);
    let house = House::of(place, quick(MailOptions::smtp(server.clone()))).await;
    let error = error_of(&house).await;
    assert!(error.contains("another name") && error.contains("`tls.servername`"), "{error}");
    house.stop().await;
    let house = House::of(place, quick(MailOptions::smtp(server.server_name("mail.shop.example")))).await;
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    assert!(smtp.wait_for(1).await[0].encrypted);
    house.stop().await;
}

async fn a_port_without_tls_is_told_apart(place: &Place) {
    let smtp = Smtp::start().await;
    let server = SmtpOptions::new("127.0.0.1").port(smtp.port).tls(SmtpTls::Wrapper).timeout(Duration::from_secs(2));
    let house = House::of(place, quick(MailOptions::smtp(server))).await;
    let error = error_of(&house).await;
    assert!(error.contains("does not begin with TLS"), "{error}");
    house.stop().await;
}

async fn what_is_no_certificate_is_told_at_the_start(place: &Place) {
    let file = std::env::temp_dir().join(format!("lb_ca_{}.pem", Uuid::new_v4()));
    std::fs::write(&file, "no certificate").unwrap();
    let server = SmtpOptions::new("localhost").trust(&file);
    let error = place.builder([]).mail(MailOptions::smtp(server)).build().await.err().unwrap().to_string();
    assert!(error.contains(&file.display().to_string()) && error.contains("PEM"), "{error}");
    std::fs::remove_file(&file).unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
    let server = SmtpOptions::new("localhost").trust_pem(broken);
    let error = place.builder([]).mail(MailOptions::smtp(server)).build().await.err().unwrap().to_string();
    assert!(error.contains("mail:"), "{error}");
}
