//! Client applications and their keys. Answers to loopback `common/models/application.js`.

use crate::access::digest;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::typed::{Model as _, OrNotFound as _, Patch, PersistedModel as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use loopback_macros::model;
use rand::RngExt as _;
use subtle::ConstantTimeEq as _;

/// A client application. Its keys are stored as digests; [`register`](Self::register) and [`reset_keys`](Self::reset_keys) say
/// them, once. An app has them with `.with_model::<Application>()`.
#[model(built_in, public = false)]
#[acl(deny, "$everyone")]
pub struct Application {
    /// The id.
    #[property(id, generated)]
    pub id: String,
    /// The realm.
    pub realm: Option<String>,
    /// The name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// The URL of its icon.
    pub icon: Option<String>,
    /// The id of the user who registers it.
    pub owner: Option<String>,
    /// The ids of users who work on it.
    pub collaborators: Option<Vec<String>>,
    /// An e-mail.
    pub email: Option<String>,
    /// Whether the e-mail is confirmed.
    pub email_verified: Option<bool>,
    /// Its URL for OAuth 2.0.
    pub url: Option<String>,
    /// Its call-back URLs for OAuth 2.0.
    pub callback_urls: Option<Vec<String>>,
    /// What it asks for.
    pub permissions: Option<Vec<String>>,
    /// The digest of a key.
    #[property(hidden)]
    pub client_key: Option<String>,
    /// The digest of a key.
    #[property(hidden, name = "javaScriptKey", column = "java_script_key")]
    pub java_script_key: Option<String>,
    /// The digest of a key.
    #[property(hidden)]
    pub rest_api_key: Option<String>,
    /// The digest of a key.
    #[property(hidden)]
    pub windows_key: Option<String>,
    /// The digest of a key.
    #[property(hidden)]
    pub master_key: Option<String>,
    /// What push services need.
    #[property(hidden)]
    pub push_settings: Option<serde_json::Value>,
    /// Whether its users log in.
    #[property(default = true)]
    pub authentication_enabled: Option<bool>,
    /// Whether nobody has to.
    #[property(default = true)]
    pub anonymous_allowed: Option<bool>,
    /// How its users log in.
    pub authentication_schemes: Option<serde_json::Value>,
    /// `production`, `sandbox` or `disabled`.
    #[property(default = "sandbox")]
    pub status: Option<String>,
    /// When it was registered.
    #[property(default = now)]
    pub created: Option<DateTime<Utc>>,
    /// When it was changed.
    #[property(default = now)]
    pub modified: Option<DateTime<Utc>>,
}

/// The keys of an application, as they are given to it. They cannot be read again.
#[derive(Clone)]
#[allow(missing_docs, reason = "the names are LoopBack's")]
pub struct ApplicationKeys {
    pub client_key: String,
    pub java_script_key: String,
    pub rest_api_key: String,
    pub windows_key: String,
    pub master_key: String,
}

/// Without the keys: they are none of a log's.
impl std::fmt::Debug for ApplicationKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApplicationKeys(..)")
    }
}

impl ApplicationKeys {
    fn new() -> Self {
        let key = || {
            let mut bytes = [0_u8; 32];
            rand::rng().fill(&mut bytes[..]);
            URL_SAFE_NO_PAD.encode(bytes)
        };
        Self { client_key: key(), java_script_key: key(), rest_api_key: key(), windows_key: key(), master_key: key() }
    }

    fn digests(&self) -> Patch<Application> {
        let app = Application::props();
        let stored = |key: &str| Some(stored(key));
        Patch::new()
            .set(app.client_key, stored(&self.client_key))
            .set(app.java_script_key, stored(&self.java_script_key))
            .set(app.rest_api_key, stored(&self.rest_api_key))
            .set(app.windows_key, stored(&self.windows_key))
            .set(app.master_key, stored(&self.master_key))
    }
}

fn stored(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(key))
}

impl Application {
    /// Registers an application of a user, and gives its keys.
    ///
    /// # Errors
    /// As `create`.
    pub async fn register(
        ctx: &Ctx,
        owner: impl Into<String>,
        name: impl Into<String>,
        options: Patch<Self>,
    ) -> Result<(Self, ApplicationKeys)> {
        let app = Self::props();
        let keys = ApplicationKeys::new();
        let data = options.set(app.owner, Some(owner.into())).set(app.name, name.into()).merge(keys.digests());
        Ok((Self::create(ctx, data).await?, keys))
    }

    /// Gives the application new keys: those that it had are good no more.
    ///
    /// # Errors
    /// 404: there is no such application.
    pub async fn reset_keys(ctx: &Ctx, id: impl Into<String>) -> Result<ApplicationKeys> {
        let found = Self::find_by_id(ctx, id.into()).await?.or_not_found()?;
        let keys = ApplicationKeys::new();
        let app = Self::props();
        found.update_attributes(ctx, keys.digests().set(app.modified, Some(Utc::now()))).await?;
        Ok(keys)
    }

    /// Which of the application's keys a key is: `clientKey`, `javaScriptKey`, `restApiKey`, `windowsKey` or `masterKey`;
    /// `None`: none of them. A key that the application does not have is none.
    ///
    /// # Errors
    /// The application cannot be read.
    pub async fn authenticate(ctx: &Ctx, id: impl Into<String>, key: &str) -> Result<Option<&'static str>> {
        let Some(found) = Self::find_by_id(ctx, id.into()).await? else { return Ok(None) };
        let given = stored(key);
        let keys = [
            ("clientKey", &found.client_key),
            ("javaScriptKey", &found.java_script_key),
            ("restApiKey", &found.rest_api_key),
            ("windowsKey", &found.windows_key),
            ("masterKey", &found.master_key),
        ];
        let mut matching = None;
        // All of them are compared, and each in constant time.
        for (name, stored) in keys {
            let same = stored.as_ref().is_some_and(|stored| stored.as_bytes().ct_eq(given.as_bytes()).into());
            if same && !key.is_empty() {
                matching = matching.or(Some(name));
            }
        }
        Ok(matching)
    }
}
