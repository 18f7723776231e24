//! What an app says about its users and their access.

use super::audit::Alarms;
use super::authority::Authority;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::models::{Mailer, ResetOptions, ResetPasswordRequest, VerifyOptions, VerifyRequest};
use futures_util::future::BoxFuture;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How tokens are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStorage {
    /// As a digest: who reads the database cannot use them.
    Digest,
    /// As they are, as LoopBack does: a running LoopBack can share the table.
    Plain,
}

/// What becomes of an include that the caller may not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeniedInclude {
    /// The request is refused with 403.
    Refuse,
    /// The relation is left out.
    Omit,
}

pub(crate) type Listener<T> = Arc<dyn Fn(Ctx, T) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// The settings of users, tokens and access control of an app: [`AppBuilder::auth`](crate::app::AppBuilder::auth).
#[derive(Clone)]
pub struct AuthOptions {
    pub(crate) enforced: bool,
    pub(crate) token_storage: TokenStorage,
    pub(crate) cache: Duration,
    pub(crate) cookie_secret: Option<Arc<str>>,
    pub(crate) params: Vec<Box<str>>,
    pub(crate) headers: Vec<http::HeaderName>,
    pub(crate) cookies: Vec<Box<str>>,
    pub(crate) denied_include: DeniedInclude,
    pub(crate) trusted_proxies: usize,
    pub(crate) redirects: Vec<Box<str>>,
    pub(crate) public_url: Option<Box<str>>,
    pub(crate) current_user_literal: Option<Box<str>>,
    pub(crate) password_workers: Option<usize>,
    pub(crate) password_queue: usize,
    pub(crate) mailer: Option<Arc<dyn Mailer>>,
    pub(crate) verify_options: VerifyOptions,
    pub(crate) verify_registrations: bool,
    pub(crate) reset_options: Option<ResetOptions>,
    pub(crate) on_reset: Vec<Listener<ResetPasswordRequest>>,
    pub(crate) on_verify: Vec<Listener<VerifyRequest>>,
    pub(crate) alarms: Alarms,
    pub(crate) throttle: Throttle,
    pub(crate) stored_rules: bool,
}

/// How often log-ins may fail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throttle {
    pub(crate) on: bool,
    /// Failures of an account before it has to wait.
    pub(crate) of_account: i64,
    /// Failures of an address before it has to wait.
    pub(crate) of_address: i64,
    /// How long failures are remembered.
    pub(crate) window: Duration,
}

impl fmt::Debug for AuthOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The secret is none of a log's.
        f.debug_struct("AuthOptions")
            .field("enforced", &self.enforced)
            .field("token_storage", &self.token_storage)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

impl Default for AuthOptions {
    fn default() -> Self {
        Self {
            enforced: true,
            token_storage: TokenStorage::Digest,
            cache: Duration::from_secs(5),
            cookie_secret: None,
            params: vec!["access_token".into()],
            headers: vec![http::HeaderName::from_static("x-access-token"), http::header::AUTHORIZATION],
            cookies: vec!["access_token".into(), "authorization".into()],
            denied_include: DeniedInclude::Refuse,
            trusted_proxies: 0,
            redirects: Vec::new(),
            public_url: None,
            current_user_literal: Some("me".into()),
            password_workers: None,
            password_queue: 64,
            mailer: None,
            verify_options: VerifyOptions::default(),
            verify_registrations: false,
            reset_options: None,
            on_reset: Vec::new(),
            on_verify: Vec::new(),
            alarms: Alarms::default(),
            throttle: Throttle { on: true, of_account: 10, of_address: 100, window: Duration::from_secs(15 * 60) },
            stored_rules: true,
        }
    }
}

impl AuthOptions {
    /// How tokens are stored; as digests unless set.
    ///
    /// Differs from LoopBack, which stores them as they are.
    #[must_use]
    pub fn token_storage(mut self, storage: TokenStorage) -> Self {
        self.token_storage = storage;
        self
    }

    /// For how long another instance's log-out, change of a role or of a rule may go unnoticed here: what was read for a
    /// decision is kept that long. This instance's own are noticed at once. 5 seconds unless set; zero: every request asks
    /// the database.
    #[must_use]
    pub fn cache(mut self, time: Duration) -> Self {
        self.cache = time;
        self
    }

    /// The secret that cookies with tokens are signed with; without one no cookie is read.
    #[must_use]
    pub fn cookie_secret(mut self, secret: impl Into<String>) -> Self {
        self.cookie_secret = Some(secret.into().into());
        self
    }

    /// A further parameter of the query string that has the token, beside `access_token`.
    #[must_use]
    pub fn token_param(mut self, name: &str) -> Self {
        self.params.push(name.into());
        self
    }

    /// A further header that has the token, beside `X-Access-Token` and `Authorization`. A name that no header can have is
    /// left out.
    #[must_use]
    pub fn token_header(mut self, name: &str) -> Self {
        match http::HeaderName::try_from(name) {
            Ok(name) => self.headers.push(name),
            Err(_) => tracing::error!("`{name}` is no name of a header"),
        }
        self
    }

    /// A further signed cookie that has the token, beside `access_token` and `authorization`.
    #[must_use]
    pub fn token_cookie(mut self, name: &str) -> Self {
        self.cookies.push(name.into());
        self
    }

    /// Takes the token from nowhere but the places that are named after this.
    #[must_use]
    pub fn no_default_places(mut self) -> Self {
        self.params.clear();
        self.headers.clear();
        self.cookies.clear();
        self
    }

    /// What stands for the id of the caller in a path, `/Customers/me`; `None`: nothing does.
    #[must_use]
    pub fn current_user_literal(mut self, literal: Option<&str>) -> Self {
        self.current_user_literal = literal.map(Into::into);
        self
    }

    /// What becomes of an include that the caller may not read; the request is refused unless set.
    #[must_use]
    pub fn denied_include(mut self, what: DeniedInclude) -> Self {
        self.denied_include = what;
        self
    }

    /// How many proxies stand before the app: the address of a caller is the one that the outermost of them has written
    /// into `X-Forwarded-For`. None unless set.
    #[must_use]
    pub fn trusted_proxies(mut self, count: usize) -> Self {
        self.trusted_proxies = count;
        self
    }

    /// An origin, `https://app.example`, to which the confirmation of an e-mail may lead on. Paths of this server always may.
    #[must_use]
    pub fn allow_redirect(mut self, origin: &str) -> Self {
        self.redirects.push(origin.trim_end_matches('/').into());
        self
    }

    /// How many passwords are digested at the same time (one processor is left to the rest unless set), and how many may
    /// wait for that; with more the answer is 503.
    #[must_use]
    pub fn password_workers(mut self, workers: usize, queue: usize) -> Self {
        self.password_workers = Some(workers.max(1));
        self.password_queue = queue;
        self
    }

    /// The address under which clients reach the app, `https://shop.example`: links in e-mails begin with it. Without one
    /// they begin with the host and the port that the app listens on.
    #[must_use]
    pub fn public_url(mut self, url: &str) -> Self {
        self.public_url = Some(url.trim_end_matches('/').into());
        self
    }

    /// What sends e-mails.
    #[must_use]
    pub fn mailer(mut self, mailer: impl Mailer + 'static) -> Self {
        self.mailer = Some(Arc::new(mailer));
        self
    }

    /// How users are asked to confirm their e-mails, over REST: LoopBack's setting `verifyOptions`.
    #[must_use]
    pub fn verify_options(mut self, options: VerifyOptions) -> Self {
        self.verify_options = options;
        self
    }

    /// Asks users who register over REST to confirm their e-mails: what a LoopBack app does in
    /// `User.afterRemote('create', ..)`.
    #[must_use]
    pub fn verify_registrations(mut self) -> Self {
        self.verify_registrations = true;
        self
    }

    /// How users are sent the link with which they set a new password. Without it they are sent one when the app has
    /// [mail](crate::app::AppBuilder::mail) and nobody listens to [`on_reset_password`](Self::on_reset_password); the link
    /// then leads to a page of the framework's.
    ///
    /// Differs from LoopBack, which sends none: an app does it in `on('resetPasswordRequest')`.
    #[must_use]
    pub fn reset_options(mut self, options: ResetOptions) -> Self {
        self.reset_options = Some(options);
        self
    }

    /// The app's page for a new password, `https://shop.example/new-password`. The link in the e-mail is this with
    /// `#token=..` after it, which no server sees, or with the token in place of `{token}`.
    #[must_use]
    pub fn reset_url(mut self, url: &str) -> Self {
        self.reset_options.get_or_insert_default().url = Some(url.to_owned());
        self
    }

    /// Is told when a user asks for a new password: LoopBack's event `resetPasswordRequest`. It runs beside the answer,
    /// which does not wait for it.
    ///
    /// ```ignore
    /// .auth(|auth| auth.on_reset_password(|ctx, request| async move {
    ///     send(&request.email, format!("https://shop.example/reset#{}", request.access_token)).await
    /// }))
    /// ```
    #[must_use]
    pub fn on_reset_password<F: Future<Output = Result<()>> + Send + 'static>(
        mut self,
        listener: impl Fn(Ctx, ResetPasswordRequest) -> F + Send + Sync + 'static,
    ) -> Self {
        self.on_reset.push(Arc::new(move |ctx, request| Box::pin(listener(ctx, request))));
        self
    }

    /// Is told when a user is to confirm an e-mail, beside the mailer. It runs beside the answer.
    #[must_use]
    pub fn on_verify<F: Future<Output = Result<()>> + Send + 'static>(
        mut self,
        listener: impl Fn(Ctx, VerifyRequest) -> F + Send + Sync + 'static,
    ) -> Self {
        self.on_verify.push(Arc::new(move |ctx, request| Box::pin(listener(ctx, request))));
        self
    }

    /// Is told of every call that a rule `ALARM` has let through.
    #[must_use]
    pub fn on_alarm(mut self, listener: impl Fn(&super::Alarm) + Send + Sync + 'static) -> Self {
        self.alarms.add(listener);
        self
    }

    /// Rules are those of the attributes and the app alone: there is no table of them.
    #[must_use]
    pub fn without_stored_rules(mut self) -> Self {
        self.stored_rules = false;
        self
    }

    /// How many log-ins of an account, and of an address, may fail within the time that failures are remembered, before
    /// the answer is 429. 10 and 100 within 15 minutes unless set.
    #[must_use]
    pub fn login_throttle(mut self, of_account: u32, of_address: u32, window: Duration) -> Self {
        self.throttle = Throttle { on: true, of_account: of_account.into(), of_address: of_address.into(), window };
        self
    }

    /// Failed log-ins are not counted, as in LoopBack.
    #[must_use]
    pub fn without_login_throttle(mut self) -> Self {
        self.throttle.on = false;
        self
    }
}

/// Users and access control of a built app.
pub(crate) struct Auth {
    pub(crate) options: AuthOptions,
    pub(crate) authority: Arc<Authority>,
    pub(crate) passwords: crate::models::Passwords,
}
