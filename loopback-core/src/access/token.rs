//! Access tokens of requests: where they stand, and whom they are of. Answers to loopback `common/models/access-token.js`
//! and `server/middleware/token.js`.

use super::authority::model_of;
use super::cookie;
use super::options::{Auth, AuthOptions, TokenStorage};
use super::principal::{Caller, text};
use crate::app::App;
use crate::ctx::Ctx;
use crate::engine;
use crate::error::{Error, Result};
use crate::filter::qs;
use crate::graph::ModelNode;
use crate::plan::Query;
use crate::value::{Row, Value};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, header};
use rand::RngExt as _;
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// Characters of a token that is looked for. LoopBack's have 64, and `accessTokenIdLength` sets it.
const SHORTEST: usize = 8;
const LONGEST: usize = 512;

/// What is known of the token of a request.
#[derive(Clone)]
pub struct TokenInfo {
    /// As it is stored: the digest, or the token itself.
    pub(crate) stored_id: Box<str>,
    pub(crate) model: Box<str>,
    pub(crate) user_id: Value,
    pub(crate) user_model: Box<str>,
    pub(crate) principal_type: Box<str>,
    created: DateTime<Utc>,
    ttl: i64,
    scopes: Option<Vec<Box<str>>>,
}

/// Without what is stored, which may be the token itself: it is none of a log's.
impl fmt::Debug for TokenInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenInfo({} {})", self.user_model, text(&self.user_id))
    }
}

impl TokenInfo {
    /// The id of the user.
    pub fn user_id(&self) -> &Value {
        &self.user_id
    }

    /// The name of the user's model.
    pub fn user_model(&self) -> &str {
        &self.user_model
    }

    /// When it was made.
    pub fn created(&self) -> DateTime<Utc> {
        self.created
    }

    /// Seconds that it is good for, from [`created`](Self::created) on; -1: for ever.
    pub fn ttl(&self) -> i64 {
        self.ttl
    }

    /// What it is good for; `None`: for everything that asks for no scope.
    pub fn scopes(&self) -> Option<&[Box<str>]> {
        self.scopes.as_deref()
    }

    fn is_good(&self, eternal: bool) -> bool {
        match self.ttl {
            -1 => eternal,
            ttl => Utc::now().signed_duration_since(self.created).num_milliseconds() < ttl.saturating_mul(1_000),
        }
    }
}

/// A new token: 64 characters, 384 random bits.
pub(crate) fn new_token_id() -> String {
    let mut bytes = [0_u8; 48];
    rand::rng().fill(&mut bytes[..]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The digest of a token.
pub(crate) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl AuthOptions {
    /// A token as it is stored.
    pub(crate) fn stored_token(&self, token: &str) -> String {
        match self.token_storage {
            TokenStorage::Plain => token.to_owned(),
            TokenStorage::Digest => URL_SAFE_NO_PAD.encode(digest(token)),
        }
    }
}

/// The parts of a request that may have a token.
pub(crate) struct Places<'r> {
    pub(crate) method: &'r Method,
    pub(crate) query: Option<&'r str>,
    pub(crate) headers: &'r HeaderMap,
    /// The address of the other end of the connection.
    pub(crate) peer: Option<IpAddr>,
}

/// The address of a client: that of the other end of the connection, or what so many trusted proxies say it is.
pub(crate) fn client_address(headers: &HeaderMap, peer: Option<IpAddr>, trusted_proxies: usize) -> Option<IpAddr> {
    // A socket of both kinds shows the older kind inside the newer, where all of them would be of one net.
    let peer = peer.map(|peer| peer.to_canonical());
    if trusted_proxies == 0 {
        return peer;
    }
    // All of them count, also what is no address: an entry that is left out would let another one, of the client's own, take
    // its place.
    let values = headers.get_all("x-forwarded-for").iter();
    let mut entries: Vec<&[u8]> = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).collect();
    let told = entries.len().checked_sub(trusted_proxies).map(|at| entries.swap_remove(at));
    told.and_then(forwarded_address).map(|address| address.to_canonical()).or(peer)
}

/// The address that stands for a client: of IPv6 a network of 64 bits, for that is what one client has.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn forwarded_address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// A token that a request has, by the forms in which it may be meant.
#[derive(Debug, PartialEq)]
struct Found {
    forms: Vec<String>,
    of_cookie: bool,
}

impl Places<'_> {
    /// The token of the request.
    ///
    /// # Errors
    /// 400: two that differ.
    fn token(&self, options: &AuthOptions) -> Result<Option<Found>> {
        let mut found: Option<Found> = None;
        let mut add = |forms: Vec<String>, of_cookie: bool| {
            let forms: Vec<String> = forms.into_iter().filter(|form| is_possible(form)).collect();
            if forms.is_empty() {
                return Ok(());
            }
            match &mut found {
                None => found = Some(Found { forms, of_cookie }),
                Some(first) => {
                    let common: Vec<String> = first.forms.iter().filter(|form| forms.contains(form)).cloned().collect();
                    if common.is_empty() {
                        return Err(Error::bad_request("the request has two access tokens that differ: send one")
                            .with_code("CONFLICTING_TOKENS"));
                    }
                    first.forms = common;
                    // One that is sent on purpose is none of a cookie's.
                    first.of_cookie &= of_cookie;
                }
            }
            Ok(())
        };
        for name in &options.params {
            for text in self.query.map(|query| qs::values(query, name)).unwrap_or_default() {
                add(vec![text.into_owned()], false)?;
            }
        }
        for name in &options.headers {
            for value in self.headers.get_all(name) {
                let Ok(value) = value.to_str() else { continue };
                add(forms(value.trim()), false)?;
            }
        }
        if let Some(secret) = &options.cookie_secret {
            for name in &options.cookies {
                if let Some(token) = cookie::signed(self.headers, name, secret) {
                    add(vec![token], true)?;
                }
            }
        }
        Ok(found)
    }

    /// The address of the caller.
    fn address(&self, options: &AuthOptions) -> Option<IpAddr> {
        client_address(self.headers, self.peer, options.trusted_proxies)
    }

    /// Whether a cookie may stand for its user here: nothing is changed, or a page of this very site asks.
    fn is_own_site(&self) -> bool {
        if matches!(*self.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return true;
        }
        let text = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(site) = text("sec-fetch-site") {
            return matches!(site, "same-origin" | "none");
        }
        match (text("origin"), self.headers.get(header::HOST).and_then(|host| host.to_str().ok())) {
            (None, _) => true,
            (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host)),
            (Some(_), None) => false,
        }
    }
}

/// Whether a text can be a token at all: what cannot is not looked for.
fn is_possible(token: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What a header may mean by its value: the token itself, `Bearer` with the token or with its base64, `Basic` with the token
/// as the user's name or as the password.
fn forms(value: &str) -> Vec<String> {
    let decoded = |text: &str| {
        let bytes = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()?;
        String::from_utf8(bytes).ok()
    };
    let scheme = value.split_once(char::is_whitespace).map(|(scheme, rest)| (scheme, rest.trim()));
    match scheme {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            // A token of ours is no base64 of one: its length tells them apart.
            let mut forms = vec![token.to_owned()];
            forms.extend(decoded(token).filter(|text| is_possible(text)));
            forms
        }
        Some((scheme, text)) if scheme.eq_ignore_ascii_case("basic") => match decoded(text) {
            Some(pair) => match pair.split_once(':') {
                // LoopBack takes the longer part.
                Some((user, password)) => {
                    vec![if user.len() > password.len() { user } else { password }.to_owned()]
                }
                None => vec![pair],
            },
            None => Vec::new(),
        },
        Some(_) => Vec::new(),
        None => vec![value.to_owned()],
    }
}

/// Who sends a request.
///
/// # Errors
/// 400: two tokens that differ. 401 `INVALID_TOKEN`: the token has expired. 403: a page of another site uses a cookie.
pub(crate) async fn authenticate(app: &App, auth: &Auth, places: &Places<'_>) -> Result<Caller> {
    let address = places.address(&auth.options);
    let Some(found) = places.token(&auth.options)? else { return Ok(Caller { address, ..Caller::default() }) };
    if found.of_cookie && !places.is_own_site() {
        return Err(Error::new(403, "a page of another site cannot use this site's cookie").with_code("CROSS_SITE"));
    }
    for form in &found.forms {
        if let Some(token) = resolve(app, auth, form).await? {
            return Ok(Caller::of_token(token, address));
        }
    }
    Ok(Caller { address, ..Caller::default() })
}

/// The token with an id; `None`: it is none, or none any more.
///
/// # Errors
/// 401 `INVALID_TOKEN`: it has expired; it is deleted then.
pub(crate) async fn resolve(app: &App, auth: &Auth, id: &str) -> Result<Option<Arc<TokenInfo>>> {
    if !is_possible(id) {
        return Ok(None);
    }
    let digest = digest(id);
    if let Some(token) = auth.authority.token(&digest) {
        let eternal = allows_eternal(app, &token);
        return if token.is_good(eternal) { Ok(Some(token)) } else { expired(app, &token).await };
    }
    let generation = auth.authority.sessions();
    let cx = Ctx::new(app.clone());
    let stored = auth.options.stored_token(id);
    for user_model in app.graph().user_models() {
        let Some(user) = &user_model.user else { continue };
        let model = user.tokens();
        let query = Query { limit: Some(1), ..Query::by_id(&model, Value::Text(stored.clone())) };
        let Some(row) = engine::find(&cx, &model, &query).await?.pop() else { continue };
        let Some(token) = info(&model, user_model, &user.principal_type, &row) else { continue };
        if !token.is_good(user.settings.allow_eternal_tokens) {
            return expired(app, &token).await;
        }
        // The user may be gone, where no foreign key takes the tokens along.
        if !engine::exists(&cx, user_model, token.user_id.clone()).await? {
            return Ok(None);
        }
        let token = Arc::new(token);
        auth.authority.keep_token(digest, generation, &token);
        return Ok(Some(token));
    }
    Ok(None)
}

/// Whether a token that was good is good still: it has not expired, and nobody has logged out.
///
/// # Errors
/// The tokens cannot be read.
pub(crate) async fn is_still_good(app: &App, auth: &Auth, token: &Arc<TokenInfo>) -> Result<bool> {
    if !token.is_good(allows_eternal(app, token)) {
        return Ok(false);
    }
    let key = match auth.options.token_storage {
        TokenStorage::Plain => Some(digest(&token.stored_id)),
        TokenStorage::Digest => URL_SAFE_NO_PAD.decode(&*token.stored_id).ok().and_then(|key| key.try_into().ok()),
    };
    if key.is_some_and(|key| auth.authority.token(&key).is_some()) {
        return Ok(true);
    }
    let generation = auth.authority.sessions();
    let cx = Ctx::new(app.clone());
    let (Some(tokens), Some(users)) = (model_of(app, &token.model), model_of(app, &token.user_model)) else {
        return Ok(false);
    };
    let good = engine::exists(&cx, &tokens, Value::Text(token.stored_id.to_string())).await?
        && engine::exists(&cx, &users, token.user_id.clone()).await?;
    if let Some(key) = key.filter(|_| good) {
        auth.authority.keep_token(key, generation, token);
    }
    Ok(good)
}

fn allows_eternal(app: &App, token: &TokenInfo) -> bool {
    let model = app.graph().model(&token.user_model);
    model.and_then(|model| model.user.as_ref()).is_some_and(|user| user.settings.allow_eternal_tokens)
}

async fn expired(app: &App, token: &TokenInfo) -> Result<Option<Arc<TokenInfo>>> {
    if let Some(model) = model_of(app, &token.model) {
        let id = Value::Text(token.stored_id.to_string());
        engine::delete_by_id(&Ctx::new(app.clone()), &model, id).await?;
    }
    Err(Error::new(401, "Invalid Access Token").with_code("INVALID_TOKEN"))
}

fn info(model: &ModelNode, user_model: &ModelNode, principal_type: &str, row: &Row) -> Option<TokenInfo> {
    let value = |name: &str| row.get(model.property(name)?);
    let created = match value("created") {
        Some(Value::DateTime(created)) => *created,
        _ => return None,
    };
    let ttl = match value("ttl") {
        Some(Value::Int(ttl)) => *ttl,
        _ => return None,
    };
    let scopes = match value("scopes") {
        Some(Value::Json(serde_json::Value::Array(list))) => {
            Some(list.iter().filter_map(|scope| scope.as_str().map(Into::into)).collect())
        }
        _ => None,
    };
    let user_id = value("userId").filter(|id| !id.is_null())?.clone();
    Some(TokenInfo {
        stored_id: text(row.get(model.id)?).into(),
        model: model.name.clone(),
        user_id,
        user_model: user_model.name.clone(),
        principal_type: principal_type.into(),
        created,
        ttl,
        scopes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_the_token_as_it_is_or_in_one_of_the_schemes() {
        let token = "alice-token-xxxxxxxxxxxx";
        let base64 = STANDARD.encode(token);
        assert_eq!(forms(token), [token]);
        assert_eq!(forms(&format!("Bearer {token}")), [token]);
        assert_eq!(forms(&format!("bearer  {base64}")), [base64.as_str(), token]);
        assert_eq!(forms(&format!("Basic {}", STANDARD.encode(format!(":{token}")))), [token]);
        assert_eq!(forms(&format!("Basic {}", STANDARD.encode(format!("{token}:")))), [token]);
        assert!(forms("Digest abc").is_empty());
        assert!(forms("Basic ???").is_empty());
    }

    #[test]
    fn the_older_kind_of_addresses_is_seen_inside_the_newer() {
        let mapped: IpAddr = "::ffff:203.0.113.7".parse().unwrap();
        let (headers, method) = (HeaderMap::new(), Method::GET);
        let places = Places { method: &method, query: None, headers: &headers, peer: Some(mapped) };
        assert_eq!(places.address(&AuthOptions::default()), Some("203.0.113.7".parse().unwrap()));
    }

    #[test]
    fn an_address_that_is_forwarded_is_that_of_the_proxy_that_is_trusted_or_none() {
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        let of = |proxies: usize, lines: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", http::HeaderValue::from_bytes(line).unwrap());
            }
            client_address(&headers, Some(peer), proxies).unwrap().to_string()
        };
        for (entry, address) in [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7:4711\t", "203.0.113.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
            // What is no address is nobody's: the other end counts.
            ("", "10.0.0.1"),
            ("unknown", "10.0.0.1"),
            ("_hidden", "10.0.0.1"),
            ("203.0.113.7:", "10.0.0.1"),
            ("203.0.113.7:99999", "10.0.0.1"),
            ("203.0.113.007", "10.0.0.1"),
            ("[2001:db8::1", "10.0.0.1"),
            ("[203.0.113.7]", "10.0.0.1"),
            ("\"203.0.113.7\"", "10.0.0.1"),
            ("fe80::1%eth0", "10.0.0.1"),
        ] {
            assert_eq!(of(1, &[entry.as_bytes()]), address, "{entry}");
            assert_eq!(of(1, &[b"6.6.6.6", entry.as_bytes()]), address, "{entry}");
            assert_eq!(of(0, &[entry.as_bytes()]), "10.0.0.1", "{entry}");
        }
        // An entry that cannot be read is none that is not there.
        assert_eq!(of(1, &[b"6.6.6.6", b"\xff"]), "10.0.0.1");
        assert_eq!(of(1, &[b"6.6.6.6, \xff"]), "10.0.0.1");
        assert_eq!(of(2, &[b"6.6.6.6, 203.0.113.7, 10.0.0.2"]), "203.0.113.7");
        assert_eq!(of(2, &[b"6.6.6.6"]), "10.0.0.1");
    }

    #[test]
    fn what_cannot_be_a_token_is_not_looked_for() {
        for bad in ["", "short", "white space in it", "nö-token-at-all", &"x".repeat(513)] {
            assert!(!is_possible(bad), "{bad}");
        }
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (a, b) = (new_token_id(), new_token_id());
        assert_eq!((a.len(), b.len()), (64, 64));
        assert_ne!(a, b);
    }
}
