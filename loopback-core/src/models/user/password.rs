//! Passwords: what they have to be like, and their digests, off the threads that serve.

use super::of_users;
use crate::access::AuthOptions;
use crate::ctx::Ctx;
use crate::engine::Input;
use crate::error::{Error, Result, ValidationErrors};
use crate::graph::{ModelNode, UserSettings};
use crate::value::{Row, Value};
use moka::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What bcrypt takes, in bytes. What is longer is refused before, so that nothing is cut off: the crate's functions that refuse
/// it themselves count the byte that ends the text in C, and take 71.
const LONGEST: usize = 72;

/// A digest of a higher cost is not looked at: it would take minutes.
const HIGHEST_COST: u32 = 16;

/// A password that is guessed with fewer tries is a common one.
const GUESSES: u64 = 10_000;

/// How long a password waits to be looked at.
const PATIENCE: Duration = Duration::from_secs(10);

/// Digests passwords, a few at a time.
pub(crate) struct Passwords {
    workers: Line,
    queue: usize,
    /// Who looks at a password of an account now.
    turns: Cache<Box<str>, Arc<Line>>,
}

/// What is done one after the other, or a few at a time, and how many wait for that.
struct Line {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Line {
    fn new(at_once: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(at_once)), waiting: AtomicUsize::new(0) }
    }
}

/// Accounts whose turns are known. With more at once some are looked at side by side.
const TURNS: u64 = 10_000;

impl Passwords {
    pub(crate) fn new(options: &AuthOptions) -> Self {
        // One processor is left to requests that need none of this.
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers = options.password_workers.unwrap_or(processors.saturating_sub(1)).max(1);
        Self {
            workers: Line::new(workers),
            queue: options.password_queue,
            turns: Cache::builder().max_capacity(TURNS).time_to_idle(PATIENCE * 2).build(),
        }
    }

    /// The turn of an account, until it is dropped: tries that come together are looked at one after the other, so that each
    /// knows how the one before it has ended.
    ///
    /// # Errors
    /// 503: too many wait already.
    pub(super) async fn turn(&self, account: &str) -> Result<OwnedSemaphorePermit> {
        let line = self.turns.get_with(account.into(), || Arc::new(Line::new(1)));
        self.permit(&line).await
    }

    /// # Errors
    /// 503: too many wait already.
    async fn permit(&self, line: &Line) -> Result<OwnedSemaphorePermit> {
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::AcqRel);
            }
        }
        if let Ok(permit) = line.free.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let busy = || Error::unavailable("too many passwords are being looked at");
        let before = line.waiting.fetch_add(1, Ordering::AcqRel);
        let _waiting = Waiting(&line.waiting);
        if before >= self.queue {
            return Err(busy());
        }
        let permit = tokio::time::timeout(PATIENCE, line.free.clone().acquire_owned()).await;
        permit.map_err(|_| busy())?.map_err(Error::internal)
    }

    /// Runs work that takes a processor for a while.
    ///
    /// # Errors
    /// 503: too many wait already.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = self.permit(&self.workers).await?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(Error::internal)
    }

    /// The digest of a password.
    ///
    /// # Errors
    /// 503: too many wait already.
    pub(super) async fn hash(&self, plain: String, cost: u32) -> Result<String> {
        self.run(move || bcrypt::hash(plain, cost)).await?.map_err(Error::internal)
    }

    /// Whether a password is the one of a digest. Without a digest the answer is no, and takes as long.
    ///
    /// # Errors
    /// 503: too many wait already.
    pub(super) async fn verify(&self, plain: String, digest: Option<String>, cost: u32) -> Result<bool> {
        if plain.is_empty() || plain.len() > LONGEST || plain.contains('\0') {
            return Ok(false);
        }
        let digest = digest.filter(|digest| match cost_of(digest) {
            Some(cost) if cost <= HIGHEST_COST => true,
            Some(cost) => {
                tracing::error!(cost, "a stored password has a cost that is too high to be looked at");
                false
            }
            None => false,
        });
        self.run(move || match digest {
            Some(digest) => bcrypt::verify(plain, &digest).unwrap_or(false),
            None => {
                drop(bcrypt::hash(plain, cost));
                false
            }
        })
        .await
    }
}

/// The cost of a digest of bcrypt's; `None`: it is none.
pub(super) fn cost_of(digest: &str) -> Option<u32> {
    let rest = ["$2a$", "$2b$", "$2y$", "$2x$"].iter().find_map(|prefix| digest.strip_prefix(prefix))?;
    let (cost, salted) = rest.split_once('$')?;
    if salted.len() == 53 { cost.parse().ok() } else { None }
}

/// What is wrong with a password that no policy allows. Answers to LoopBack's `validatePassword`.
///
/// # Errors
/// 422 `INVALID_PASSWORD` or `PASSWORD_TOO_LONG`.
pub(super) fn possible(plain: &str) -> Result<()> {
    if plain.is_empty() || plain.contains('\0') {
        return Err(Error::new(422, "Invalid password.").with_code("INVALID_PASSWORD"));
    }
    if plain.len() > LONGEST {
        let message = format!("The password entered was too long. Max length is {LONGEST} (entered {})", plain.len());
        return Err(Error::new(422, message).with_code("PASSWORD_TOO_LONG"));
    }
    Ok(())
}

/// What the policy has against a password: a code and a message.
fn objection(settings: &UserSettings, plain: &str, known: &[&str]) -> Option<(&'static str, String)> {
    let least = settings.password_min_length? as usize;
    if plain.chars().count() < least {
        return Some(("length.min", format!("is too short: at least {least} characters")));
    }
    let folded = plain.to_lowercase();
    let is_known = |known: &&str| {
        let known = known.to_lowercase();
        known == folded || known.split_once('@').is_some_and(|(name, _)| name.chars().count() >= 4 && name == folded)
    };
    if known.iter().any(is_known) {
        return Some(("email", "is the e-mail or the user name".into()));
    }
    if zxcvbn::zxcvbn(plain, known).guesses() < GUESSES {
        return Some(("common", "is a common password: take one that is harder to guess".into()));
    }
    None
}

/// What is written to a user, before it is validated: the e-mail as it is looked for, and what is wrong with the password.
///
/// # Errors
/// 422: no password can be like that.
pub(crate) fn check_user(
    model: &ModelNode,
    input: &mut Input,
    current: Option<&Row>,
    errors: &mut ValidationErrors,
) -> Result<()> {
    let user = of_users(model)?;
    let text = |input: &Input, at: usize| match input.row.get(at) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let email = text(input, user.email);
    if let Some(email) = email.as_ref().filter(|_| !user.settings.case_sensitive_email) {
        input.row.set(user.email, Value::Text(email.to_lowercase()));
    }
    // What an empty field of a form sends.
    if text(input, user.username).is_some_and(|name| name.is_empty()) {
        input.row.set(user.username, Value::Null);
    }
    let username = text(input, user.username);
    // A name that is somebody else's e-mail would be taken for it.
    if let Some(name) = username.as_ref().filter(|name| super::is_email(name) && email.as_ref() != Some(*name)) {
        let shown = Some(serde_json::Value::from(name.as_str()));
        errors.add(&*model.properties[user.username].name, "email", "is an e-mail, and not the user's own", shown);
    }
    // Nor does a name stay behind when the e-mail that it was goes to somebody else.
    let stored = |at: usize| match current.and_then(|row| row.get(at)) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    if let (Some(new), Some(name)) = (&email, stored(user.username))
        && input.row.get(user.username).is_none()
        && stored(user.email) == Some(name)
        && new != name
    {
        let shown = Some(serde_json::Value::from(name));
        errors.add(&*model.properties[user.username].name, "email", "is the e-mail so far: change it as well", shown);
    }
    let Some(plain) = text(input, user.password).filter(|_| !input.is_sealed(user.password)) else { return Ok(()) };
    possible(&plain)?;
    let known = [email.as_deref().or(stored(user.email)), username.as_deref().or(stored(user.username))];
    let known: Vec<&str> = known.into_iter().flatten().collect();
    if let Some((code, message)) = objection(&user.settings, &plain, &known) {
        let shown = Some(serde_json::Value::from("(hidden)"));
        errors.add(&*model.properties[user.password].name, code, message, shown);
    }
    Ok(())
}

/// Puts the digest of a valid password in its place.
///
/// # Errors
/// 503: too many passwords are being digested.
pub(crate) async fn seal(cx: &Ctx, model: &ModelNode, input: &mut Input) -> Result<()> {
    let user = of_users(model)?;
    if input.is_sealed(user.password) {
        return Ok(());
    }
    if let Some(digest) = input.take_digest(user.password) {
        input.row.set(user.password, digest);
        input.seal(user.password);
        return Ok(());
    }
    let Some(Value::Text(plain)) = input.row.get(user.password) else { return Ok(()) };
    let Some(auth) = cx.app().auth() else { return Err(Error::internal("passwords need `.enable_auth()`")) };
    let digest = auth.passwords.hash(plain.clone(), user.settings.salt_work_factor).await?;
    input.row.set(user.password, Value::Text(digest));
    input.seal(user.password);
    Ok(())
}

/// Puts the digests of passwords in their places before a transaction begins, so that it does not wait for them. Where a
/// password cannot be, nothing is done: the validation says so.
///
/// # Errors
/// 503: too many passwords are being digested.
pub(crate) async fn seal_ahead(cx: &Ctx, model: &ModelNode, inputs: &mut [Input]) -> Result<()> {
    let Some(user) = &model.user else { return Ok(()) };
    let text = |input: &Input, at: usize| match input.row.get(at) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let is_good = |input: &Input| {
        let known = [text(input, user.email), text(input, user.username)];
        let known: Vec<&str> = known.iter().flatten().map(String::as_str).collect();
        let password = text(input, user.password).filter(|_| !input.is_sealed(user.password));
        !input.has_errors()
            && password
                .is_none_or(|plain| possible(&plain).is_ok() && objection(&user.settings, &plain, &known).is_none())
    };
    if inputs.iter().all(is_good) {
        let Some(auth) = cx.app().auth() else { return Ok(()) };
        for input in inputs {
            // Hooks and validations see the password itself.
            if let Some(plain) = text(input, user.password).filter(|_| !input.is_sealed(user.password)) {
                let digest = auth.passwords.hash(plain, user.settings.salt_work_factor).await?;
                input.digested_ahead(user.password, Value::Text(digest));
            }
        }
    }
    Ok(())
}

/// The digest of a password that the policy allows for a user with the given names.
///
/// # Errors
/// 422: it cannot be. 503: too many passwords are being digested.
pub(super) async fn accepted(cx: &Ctx, model: &ModelNode, plain: String, known: &[&str]) -> Result<Value> {
    let user = of_users(model)?;
    possible(&plain)?;
    if let Some((code, message)) = objection(&user.settings, &plain, known) {
        let mut errors = ValidationErrors::new(model);
        errors.add(&*model.properties[user.password].name, code, message, Some("(hidden)".into()));
        errors.into_result()?;
    }
    let passwords = &super::login::auth(cx)?.passwords;
    passwords.hash(plain, user.settings.salt_work_factor).await.map(Value::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_shows_its_cost() {
        assert_eq!(cost_of("$2b$10$jbpCLQaAl.50mDruy1D3suvZHo0lMI4FrRva0Qb8xudFBjTp3uZva"), Some(10));
        assert_eq!(cost_of("$2a$04$jbpCLQaAl.50mDruy1D3suvZHo0lMI4FrRva0Qb8xudFBjTp3uZva"), Some(4));
        for other in ["", "secret", "$2b$10$short", "$argon2id$v=19$m=1$x$y"] {
            assert_eq!(cost_of(other), None, "{other}");
        }
    }
}
