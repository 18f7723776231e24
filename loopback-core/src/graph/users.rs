//! Models of users: their settings, and the relation to their tokens. Answers to loopback `common/models/user.json`
//! and `lib/application.js` (`_verifyAuthModelRelations`).

use super::names::index_name;
use super::node::{ModelNode, Rule};
use super::relation::{Link, RelationKind, RelationNode};
use super::{Fault, GraphDefaults};
use crate::meta::{ModelDef, ModelRef, PasswordPolicyDef, RelationAcl, UserDef};

/// What makes a model one of users.
#[derive(Clone, Debug)]
pub struct UserNode {
    /// Its settings.
    pub settings: UserSettings,
    /// LoopBack's principal type of its users: `USER`, or the model's name where there are several models of users.
    pub principal_type: Box<str>,
    pub(crate) tokens: Link,
    pub(crate) realm: usize,
    pub(crate) username: usize,
    pub(crate) password: usize,
    pub(crate) email: usize,
    pub(crate) email_verified: usize,
    pub(crate) verification_token: usize,
}

impl UserNode {
    /// The model of its tokens.
    pub fn tokens(&self) -> std::sync::Arc<ModelNode> {
        self.tokens.get()
    }
}

/// The settings of a model of users. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSettings {
    /// Whether who has not confirmed the e-mail cannot log in.
    pub email_verification_required: bool,
    /// How long a session lasts when a log-in does not say.
    pub ttl: i64,
    /// The longest that a session lasts.
    pub max_ttl: i64,
    /// How long the token of a reset is good.
    pub reset_password_token_ttl: i64,
    /// How long the token of a confirmation is good.
    pub verification_token_ttl: i64,
    /// Whether users are found by their realm as well.
    pub realm_required: bool,
    /// What separates realm and name in `east:tom`.
    pub realm_delimiter: Option<Box<str>>,
    /// The cost of bcrypt.
    pub salt_work_factor: u32,
    /// Whether e-mails that differ in case differ.
    pub case_sensitive_email: bool,
    /// Whether a token with the ttl -1 lasts for ever.
    pub allow_eternal_tokens: bool,
    /// Whether the token of a reset is good for that alone.
    pub restrict_reset_password_token_scope: bool,
    /// Whether a password is changed by `change-password` and `reset-password` alone.
    pub reject_password_changes_via_patch_or_replace: bool,
    /// The least characters of a password; `None`: there is no policy.
    pub password_min_length: Option<u32>,
    /// Whether a reset says that an e-mail is unknown.
    pub reveal_accounts: bool,
    /// Whether failed log-ins are counted.
    pub login_throttle: bool,
    /// Sessions of a user; with one more the oldest ends.
    pub max_sessions: u64,
}

impl UserSettings {
    fn of(def: &UserDef, defaults: &GraphDefaults) -> Self {
        let seconds = |given: Option<u64>, default: i64| {
            given.map_or(default, |seconds| i64::try_from(seconds).unwrap_or(i64::MAX / 2_000))
        };
        let compat = defaults.user;
        let policy = def.password_policy.or(compat.password_policy).unwrap_or(PasswordPolicyDef::Default);
        Self {
            email_verification_required: def.email_verification_required.unwrap_or(false),
            ttl: seconds(def.ttl, 1_209_600),
            max_ttl: seconds(def.max_ttl, 31_556_926),
            reset_password_token_ttl: seconds(def.reset_password_token_ttl, 900),
            verification_token_ttl: seconds(def.verification_token_ttl, 86_400),
            realm_required: def.realm_required.unwrap_or(false) || def.realm_delimiter.is_some(),
            realm_delimiter: def.realm_delimiter.map(Into::into),
            salt_work_factor: def.salt_work_factor.unwrap_or(10),
            case_sensitive_email: def.case_sensitive_email.unwrap_or(true),
            allow_eternal_tokens: def.allow_eternal_tokens.unwrap_or(false),
            restrict_reset_password_token_scope: def.restrict_reset_password_token_scope.unwrap_or(true),
            reject_password_changes_via_patch_or_replace: def
                .reject_password_changes_via_patch_or_replace
                .or(compat.reject_password_changes_via_patch_or_replace)
                .unwrap_or(true),
            password_min_length: match policy {
                PasswordPolicyDef::None => None,
                PasswordPolicyDef::Default => Some(8),
                PasswordPolicyDef::MinLength(least) => Some(least.max(8)),
            },
            reveal_accounts: def.reveal_accounts.or(compat.reveal_accounts).unwrap_or(false),
            login_throttle: def.login_throttle.or(compat.login_throttle).unwrap_or(true),
            max_sessions: def.max_sessions.unwrap_or(100),
        }
    }
}

/// The settings of a model of users, with those of its bases; `None`: it is none.
fn settings(def: &'static ModelDef) -> Option<UserDef> {
    let of_bases = def.bases().filter_map(|base| base.settings.user);
    def.settings.user.into_iter().chain(of_bases).reduce(UserDef::or)
}

/// Whether a model is one of users.
pub(super) fn is_user(def: &'static ModelDef) -> bool {
    settings(def).is_some()
}

/// Finds the models of users.
pub(super) fn resolve(
    defs: &[&'static ModelDef],
    models: &mut [ModelNode],
    defaults: &GraphDefaults,
    faults: &mut Vec<Fault>,
) {
    let users: Vec<(usize, UserDef)> =
        defs.iter().enumerate().filter_map(|(at, def)| Some((at, settings(def)?))).collect();
    let mut taken: Vec<(usize, usize)> = Vec::new();
    for (at, def) in &users {
        let mut fault = |message: String| faults.push(Fault { location: models[*at].location.clone(), message });
        let token = def.token.map_or("AccessToken", ModelRef::name);
        let Some(tokens) = defs.iter().position(|def| def.name == token) else {
            fault(format!(
                "{} is a model of users, and the app has no model `{token}` of their tokens: write `.enable_auth()`",
                models[*at].name
            ));
            continue;
        };
        if let Some((_, other)) = taken.iter().find(|(model, _)| *model == tokens) {
            fault(format!(
                "{} and {} have the same tokens, and nobody could tell whose is whose: give one of them its own, \
                 `#[model(base = AccessToken)] struct {0}Token {{ .. }}` and `user(token = {0}Token)`",
                models[*at].name, models[*other].name
            ));
            continue;
        }
        taken.push((tokens, *at));
        let model = &models[*at];
        let property = |name: &str| model.property(name);
        let (
            Some(realm),
            Some(username),
            Some(password),
            Some(email),
            Some(email_verified),
            Some(verification_token),
            Some(_),
        ) = (
            property("realm"),
            property("username"),
            property("password"),
            property("email"),
            property("emailVerified"),
            property("verificationToken"),
            models[tokens].property("userId"),
        )
        else {
            fault(format!("{} is a model of users without their properties: extend `User`", model.name));
            continue;
        };
        let settings = UserSettings::of(def, defaults);
        if settings.ttl > settings.max_ttl {
            fault(format!("{}: `ttl` {} is above `max_ttl` {}", model.name, settings.ttl, settings.max_ttl));
        }
        let principal_type = if users.len() == 1 || token == "AccessToken" { "USER" } else { &model.name }.into();
        let user = UserNode {
            settings,
            principal_type,
            tokens: Link::to(tokens),
            realm,
            username,
            password,
            email,
            email_verified,
            verification_token,
        };
        if user.settings.realm_required {
            within_realm(&mut models[*at], &user);
        }
        models[*at].user = Some(user);
    }
}

/// Names and e-mails are unique within a realm.
fn within_realm(model: &mut ModelNode, user: &UserNode) {
    for at in [user.email, user.username] {
        for validation in &mut model.properties[at].validations {
            if let Rule::Uniqueness { scope } = &mut validation.rule
                && scope.is_empty()
            {
                scope.push(user.realm);
            }
        }
        let columns = [&*model.properties[at].column, &*model.properties[user.realm].column];
        let name = index_name("uq", &model.table, &columns);
        for index in &mut model.indexes {
            if index.unique && index.properties == [at] && index.scope.is_empty() {
                index.scope.push(user.realm);
                index.name = name.as_str().into();
            }
        }
    }
}

/// The relation of a user to the tokens, and back. They are not fields of a struct: which model has the tokens is for the
/// app to say.
pub(super) fn relate(models: &mut [ModelNode]) {
    for at in 0..models.len() {
        let Some(user) = &models[at].user else { continue };
        let tokens = user.tokens.at();
        let Some(key) = models[tokens].property("userId") else { continue };
        let (id, location) = (models[at].id, models[at].location.clone());
        let relation = |name: &str, kind, from, to, target: usize| RelationNode {
            name: name.into(),
            doc: "".into(),
            kind,
            from,
            to,
            through: None,
            polymorphic: None,
            scope: None,
            properties: Vec::new(),
            disable_include: true,
            nest: false,
            validate: true,
            relation_acl: Some(RelationAcl::Called),
            location: location.clone(),
            json_key: format!("{}:", serde_json::Value::from(name)).into(),
            target: Link::to(target),
        };
        models[at].relations.push(relation("accessTokens", RelationKind::HasMany, id, key, tokens));
        models[tokens].relations.push(relation("user", RelationKind::BelongsTo, key, id, at));
    }
}
