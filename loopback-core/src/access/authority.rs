//! What decisions are made of, kept for a while: tokens, roles, and the rules that are rows.
//!
//! Whatever this instance writes to one of those models counts a generation up when it is lasting, one of sessions or one of
//! rules, and what was read in an earlier generation is read anew. What is read inside a transaction is not kept. What other instances write is noticed when the time is up.

use super::principal::{Principal, text};
use super::token::TokenInfo;
use crate::app::App;
use crate::ctx::Ctx;
use crate::engine;
use crate::error::Result;
use crate::graph::access::{Match, score};
use crate::graph::{AccessType, ModelNode, Permission, PrincipalNode, RuleNode, ScoredRule};
use crate::plan::{Condition, Query};
use crate::value::{Row, Value};
use moka::sync::Cache;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tokens, and principals, that are kept.
const KEPT: u64 = 20_000;

/// How long one waits for what another reads.
const TURN: Duration = Duration::from_secs(1);

/// What a write to a model does to decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    #[default]
    None,
    /// A new row changes nothing that is known; any other write may end a session.
    Sessions,
    /// Any write may change what holds.
    Rules,
}

/// Something that was read in a generation.
struct Kept<T> {
    generation: u64,
    read: Instant,
    value: Arc<T>,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { generation: self.generation, read: self.read, value: self.value.clone() }
    }
}

/// What decisions are made of.
pub(crate) struct Authority {
    /// Of tokens.
    sessions: AtomicU64,
    /// Of roles and rules.
    generation: AtomicU64,
    time: Duration,
    tokens: Cache<[u8; 32], Kept<TokenInfo>>,
    /// The ids of the roles that a principal is mapped to.
    mappings: Cache<(Box<str>, Box<str>), Kept<RoleIds>>,
    roles: Mutex<Option<Kept<Roles>>>,
    rules: Mutex<Option<Kept<Rules>>>,
    /// One reads what all others wait for.
    reading: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority(generation {})", self.generation.load(Ordering::Relaxed))
    }
}

/// The ids of roles.
type RoleIds = HashSet<Box<str>>;

/// All roles, and which of them are in which.
#[derive(Default)]
struct Roles {
    /// By their ids, as text.
    names: HashMap<Box<str>, Box<str>>,
    /// `(role, role that it is in)`, the first by its id or its name.
    nested: Vec<(Box<str>, Box<str>)>,
}

/// A rule that is a row.
pub(crate) struct RowRule {
    /// `None`: of all models.
    pub(crate) model: Option<Box<str>>,
    pub(crate) rule: Arc<RuleNode>,
}

#[derive(Default)]
pub(crate) struct Rules(pub(crate) Vec<RowRule>);

impl Authority {
    pub(crate) fn new(time: Duration) -> Self {
        // The cache's own clock is there to forget; whether something holds is asked of it each time.
        let forget = time.max(Duration::from_millis(1));
        Self {
            sessions: AtomicU64::new(0),
            generation: AtomicU64::new(0),
            time,
            tokens: Cache::builder().max_capacity(KEPT).time_to_live(forget).build(),
            mappings: Cache::builder().max_capacity(KEPT).time_to_live(forget).build(),
            roles: Mutex::new(None),
            rules: Mutex::new(None),
            reading: tokio::sync::Mutex::new(()),
        }
    }

    /// Something was written: what is known holds no more.
    pub(crate) fn changed(&self, effect: Effect) {
        match effect {
            Effect::None => return,
            Effect::Sessions => &self.sessions,
            Effect::Rules => &self.generation,
        }
        .fetch_add(1, Ordering::AcqRel);
    }

    /// To be asked before a token is read that is to be kept.
    pub(crate) fn sessions(&self) -> u64 {
        self.sessions.load(Ordering::Acquire)
    }

    /// To be asked before roles or rules are read that are to be kept.
    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    fn kept<T>(&self, generation: u64, value: T) -> Kept<T> {
        Kept { generation, read: Instant::now(), value: Arc::new(value) }
    }

    fn good<T>(&self, kept: &Kept<T>) -> bool {
        kept.generation == self.generation() && kept.read.elapsed() < self.time
    }

    /// A token that is known.
    pub(crate) fn token(&self, digest: &[u8; 32]) -> Option<Arc<TokenInfo>> {
        let good = |kept: &Kept<TokenInfo>| kept.generation == self.sessions() && kept.read.elapsed() < self.time;
        self.tokens.get(digest).filter(good).map(|kept| kept.value)
    }

    /// Keeps a token, read in a generation of sessions.
    pub(crate) fn keep_token(&self, digest: [u8; 32], generation: u64, token: &Arc<TokenInfo>) {
        if generation == self.sessions() && !self.time.is_zero() {
            self.tokens.insert(digest, Kept { generation, read: Instant::now(), value: token.clone() });
        }
    }

    fn stored<T>(&self, place: &Mutex<Option<Kept<T>>>) -> Option<Arc<T>> {
        let place = place.lock().unwrap_or_else(PoisonError::into_inner);
        place.as_ref().filter(|kept| self.good(kept)).map(|kept| kept.value.clone())
    }

    fn store<T>(&self, place: &Mutex<Option<Kept<T>>>, generation: u64, value: T) -> Arc<T> {
        let kept = self.kept(generation, value);
        let value = kept.value.clone();
        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        value
    }

    /// The turn to read for all others. Who has waited for long reads for itself: a database that hangs is no reason to wait
    /// one after the other. Where nothing is kept nobody reads for others.
    async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if self.time.is_zero() {
            return None;
        }
        tokio::time::timeout(TURN, self.reading.lock()).await.ok()
    }

    /// The rules that are rows.
    pub(crate) async fn rules(&self, cx: &Ctx) -> Result<Arc<Rules>> {
        if let Some(rules) = self.stored(&self.rules) {
            return Ok(rules);
        }
        let app = cx.app();
        let Some(model) = model_of(app, "Acl") else {
            return Ok(self.store(&self.rules, self.generation(), Rules::default()));
        };
        let cx = &cx.of_application();
        // Who is in a transaction has a connection already, and waits for nobody who may wait for one.
        if cx.in_transaction(&model) {
            return Ok(Arc::new(read_rules(cx, &model).await?));
        }
        let _reading = self.turn().await;
        if let Some(rules) = self.stored(&self.rules) {
            return Ok(rules);
        }
        let generation = self.generation();
        let rules = read_rules(cx, &model).await?;
        Ok(self.store(&self.rules, generation, rules))
    }

    async fn roles(&self, cx: &Ctx) -> Result<Arc<Roles>> {
        if let Some(roles) = self.stored(&self.roles) {
            return Ok(roles);
        }
        let app = cx.app();
        let (Some(role), Some(mapping)) = (model_of(app, "Role"), model_of(app, "RoleMapping")) else {
            return Ok(self.store(&self.roles, self.generation(), Roles::default()));
        };
        let cx = &cx.of_application();
        if cx.in_transaction(&role) || cx.in_transaction(&mapping) {
            return Ok(Arc::new(read_roles(cx, &role, &mapping).await?));
        }
        let _reading = self.turn().await;
        if let Some(roles) = self.stored(&self.roles) {
            return Ok(roles);
        }
        let generation = self.generation();
        let roles = read_roles(cx, &role, &mapping).await?;
        Ok(self.store(&self.roles, generation, roles))
    }

    /// The ids of the roles that a principal is mapped to.
    async fn mapped(&self, cx: &Ctx, principal: &Principal) -> Result<Arc<HashSet<Box<str>>>> {
        let key: (Box<str>, Box<str>) = (principal.kind().into(), principal.id().into());
        if let Some(kept) = self.mappings.get(&key).filter(|kept| self.good(kept)) {
            return Ok(kept.value);
        }
        let generation = self.generation();
        let cx = &cx.of_application();
        let mut in_transaction = false;
        let mut ids = HashSet::new();
        if let Some(mapping) = model_of(cx.app(), "RoleMapping")
            && let (Some(kind), Some(id)) = (mapping.property("principalType"), mapping.property("principalId"))
        {
            in_transaction = cx.in_transaction(&mapping);
            let condition = Condition::equals(kind, Value::Text(principal.kind().to_owned()))
                .and(Condition::equals(id, Value::Text(principal.id().to_owned())));
            for row in engine::find(cx, &mapping, &Query::of(Some(condition))).await? {
                ids.extend(field(&mapping, &row, "roleId"));
            }
        }
        let kept = self.kept(generation, ids);
        let value = kept.value.clone();
        if !self.time.is_zero() && !in_transaction {
            self.mappings.insert(key, kept);
        }
        Ok(value)
    }

    /// The names of the roles that principals are in, also by way of other roles.
    pub(crate) async fn role_names(&self, cx: &Ctx, principals: &[Principal]) -> Result<HashSet<Box<str>>> {
        let mut names: HashSet<Box<str>> = HashSet::new();
        let mut ids: HashSet<Box<str>> = HashSet::new();
        for principal in principals {
            if principal.kind() == Principal::ROLE {
                names.insert(principal.id().into());
            } else {
                ids.extend(self.mapped(cx, principal).await?.iter().cloned());
            }
        }
        if ids.is_empty() && names.is_empty() {
            return Ok(names);
        }
        let roles = self.roles(cx).await?;
        // Roles may be in each other in a circle: it ends when nothing is added.
        loop {
            names.extend(ids.iter().filter_map(|id| roles.names.get(id).cloned()));
            let more: Vec<Box<str>> = roles
                .nested
                .iter()
                .filter(|(one, other)| (ids.contains(one) || names.contains(one)) && !ids.contains(other))
                .map(|(_, other)| other.clone())
                .collect();
            if more.is_empty() {
                return Ok(names);
            }
            ids.extend(more);
        }
    }
}

async fn read_rules(cx: &Ctx, model: &Arc<ModelNode>) -> Result<Rules> {
    let rows = engine::find(cx, model, &Query::default()).await?;
    Ok(Rules(rows.iter().filter_map(|row| row_rule(cx.app(), model, row)).collect()))
}

async fn read_roles(cx: &Ctx, role: &Arc<ModelNode>, mapping: &Arc<ModelNode>) -> Result<Roles> {
    let mut roles = Roles::default();
    for row in engine::find(cx, role, &Query::default()).await? {
        if let (Some(id), Some(name)) = (field(role, &row, "id"), field(role, &row, "name")) {
            roles.names.insert(id, name);
        }
    }
    if let Some(kind) = mapping.property("principalType") {
        let nested = Condition::equals(kind, Value::Text(Principal::ROLE.to_owned()));
        for row in engine::find(cx, mapping, &Query::of(Some(nested))).await? {
            if let (Some(one), Some(in_other)) = (field(mapping, &row, "principalId"), field(mapping, &row, "roleId")) {
                roles.nested.push((one, in_other));
            }
        }
    }
    Ok(roles)
}

/// The app's model of a kind: the framework's, or the one that extends it.
pub(crate) fn model_of(app: &App, name: &str) -> Option<Arc<ModelNode>> {
    let graph = app.graph();
    graph.model(name).or_else(|| graph.models().find(|model| model.is_a(name))).cloned()
}

/// A property of a row, as text; `None`: it is not there, or nothing.
fn field(model: &ModelNode, row: &Row, name: &str) -> Option<Box<str>> {
    let value = row.get(model.property(name)?)?;
    (!value.is_null()).then(|| text(value).into())
}

fn row_rule(app: &App, model: &ModelNode, row: &Row) -> Option<RowRule> {
    let of = |name: &str| field(model, row, name).filter(|text| &**text != "*");
    let id = field(model, row, "id").unwrap_or_default();
    let unreadable = |what: &str| {
        tracing::error!("the ACL with the id {id} is not heard: {what}");
        None
    };
    let Some(permission) = of("permission").and_then(|word| Permission::of(&word)) else {
        return unreadable("its permission is none of ALLOW, ALARM, AUDIT, DENY");
    };
    let principal_id = of("principalId").unwrap_or_default();
    let principal = match of("principalType").as_deref() {
        None | Some("ROLE") => match PrincipalNode::role(&principal_id) {
            Some(principal) => principal,
            None => return unreadable("there is no such role"),
        },
        Some("USER") => PrincipalNode::User(principal_id),
        Some("APP" | "APPLICATION") => PrincipalNode::App(principal_id),
        Some(other) if app.graph().model(other).is_some_and(|model| model.user.is_some()) => {
            PrincipalNode::UserOf(other.into(), principal_id)
        }
        Some(_) => return unreadable("its principal type is unknown"),
    };
    let access = match of("accessType").as_deref() {
        None => None,
        Some(word) => match AccessType::of(word) {
            Some(access) => Some(access),
            None => return unreadable("its access type is unknown"),
        },
    };
    let methods = of("property").into_iter().collect();
    let rule = Arc::new(RuleNode { permission, principal, access, methods, location: format!("ACL {id}").into() });
    Some(RowRule { model: of("model"), rule })
}

impl Rules {
    /// The rules about a method, with their scores.
    pub(crate) fn about(&self, asked: &super::Asked<'_>) -> Vec<ScoredRule> {
        let found = self.0.iter().filter_map(|RowRule { model, rule }| {
            let of_model = match model {
                None => Match::All,
                Some(name) if **name == *asked.model.name => Match::Exactly,
                Some(_) => return None,
            };
            let of_method = match rule.methods.first() {
                None => Match::All,
                Some(name) if asked.goes_by(name) => Match::Exactly,
                Some(_) => return None,
            };
            let score = score(of_model, of_method, Some(asked.access), rule.access, &rule.principal, rule.permission)?;
            Some(ScoredRule { rule: rule.clone(), score, explicit: of_method == Match::Exactly })
        });
        found.collect()
    }
}
