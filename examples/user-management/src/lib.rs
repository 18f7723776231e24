//! LoopBack's article "User management", as an app: members register, confirm their e-mail, log in and out, and get a new
//! password when they have forgotten theirs; each of it is written to an audit log. The pages are rendered here, by the
//! functions that any Rust program would use; members, tokens, mail and the REST API are the framework's.

#![allow(unreachable_pub)]

pub mod audit;
pub mod models;
pub mod pages;

use loopback::prelude::*;

/// The app that is reached at an address, `https://members.example`: the links in its e-mails begin with it.
pub fn app(builder: AppBuilder, address: &str) -> AppBuilder {
    let secure = address.starts_with("https://");
    builder
        .title("Members")
        .auth(|auth| {
            auth.cookie_secret(cookie_secret())
                .public_url(address)
                .reset_url(&format!("{address}/new-password?token={{token}}"))
                .verify_options(confirm())
                .verify_registrations()
        })
        .routes_with(move |app| pages::routes(app, secure))
}

/// How members are asked to confirm their e-mails, by the page and over REST alike.
pub fn confirm() -> VerifyOptions {
    VerifyOptions {
        subject: Some("Confirm your e-mail".into()),
        redirect: Some("/verified".into()),
        ..VerifyOptions::default()
    }
}

/// What cookies are signed with: `COOKIE_SECRET`, or a new one for each start, with which sessions end.
fn cookie_secret() -> String {
    std::env::var("COOKIE_SECRET").unwrap_or_else(|_| AccessToken::create_access_token_id())
}
