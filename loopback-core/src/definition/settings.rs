//! The settings of a definition: what stands beside its properties and relations.

use super::outline::Outline;
use super::property::connector;
use super::relation::scope_query;
use super::{Reader, intern};
use crate::graph::Fault;
use crate::meta::{
    IndexDef, ModelDef, ModelRef, PasswordPolicyDef, Permission, RelationAcl, ScopeDef, SettingsDef, Strict, UserDef,
};
use serde_json::Value as Json;

/// The table that a connector is told: `{"postgresql": {"table": "products"}}`.
pub(super) fn table<'s>(reader: &Reader<'s>, faults: &mut Vec<Fault>) -> Option<&'s str> {
    let options = connector(reader.map).and_then(|name| reader.object(name, faults))?;
    options.text("table", faults).or(options.text("tableName", faults))
}

pub(super) fn settings(outline: &Outline<'_>, base: Option<&'static ModelDef>, faults: &mut Vec<Fault>) -> SettingsDef {
    let reader = outline.reader();
    let scopes = reader.objects("scopes", faults).into_iter();
    let scopes = scopes.map(|(name, scope)| ScopeDef {
        name: intern::text(name),
        query: scope_query(&Json::Object(scope.map.clone())),
    });
    let is_user =
        base.is_some_and(|base| std::iter::once(base).chain(base.bases()).any(|def| def.settings.user.is_some()));
    let data_source = reader.text("dataSource", faults);
    SettingsDef {
        strict: strict(&reader, faults),
        force_id: match reader.get("forceId") {
            // LoopBack's `auto`: when the id is generated.
            Some(Json::String(auto)) if auto == "auto" => None,
            _ => reader.flag("forceId", faults),
        },
        public: reader.flag("public", faults).unwrap_or(true) && !is_tokens(base),
        replace_on_put: reader.flag("replaceOnPUT", faults),
        change_stream: reader.flag("changeStream", faults),
        disabled: intern::texts(reader.texts("disabledMethods", faults)),
        shared_methods: shared_methods(&reader, faults),
        declared: declared(&reader, faults),
        by_json: true,
        data_source: data_source.filter(|name| *name != "transient").map(intern::text),
        indexes: indexes(&reader, faults),
        transient: outline.transient,
        default_scope: reader.object("scope", faults).map(|scope| scope_query(&Json::Object(scope.map.clone()))),
        scopes: intern::list(scopes.collect()),
        default_limit: reader.whole("defaultLimit", faults),
        max_limit: reader.whole("maxLimit", faults),
        implicit_transactions: reader.flag("implicitTransactions", faults),
        mixins: &[],
        owner: owner(&reader, faults),
        owner_writable: reader.flag("ownerWritable", faults),
        default_permission: permission(&reader, faults),
        acl_error_status: status(&reader, faults),
        relation_acl: match reader.text("relationAcl", faults) {
            Some("called") => Some(RelationAcl::Called),
            Some("both") => Some(RelationAcl::Both),
            _ => None,
        },
        built_in: false,
        user: is_user.then(|| user(outline, &reader, faults)),
    }
}

/// What `$owner` goes by: `owner`, or LoopBack's `ownerRelations`.
fn owner(reader: &Reader<'_>, faults: &mut Vec<Fault>) -> &'static [&'static str] {
    match reader.get("ownerRelations") {
        Some(Json::Array(_)) => intern::texts(reader.texts("ownerRelations", faults)),
        _ => intern::texts(reader.texts("owner", faults)),
    }
}

fn is_tokens(base: Option<&'static ModelDef>) -> bool {
    base.is_some_and(|base| std::iter::once(base).chain(base.bases()).any(|def| def.name == "AccessToken"))
}

fn strict(reader: &Reader<'_>, faults: &mut Vec<Fault>) -> Option<Strict> {
    match reader.get("strict")? {
        Json::Bool(true) => Some(Strict::Validate),
        Json::Bool(false) => Some(Strict::Free),
        Json::String(word) if word == "throw" => Some(Strict::Throw),
        Json::String(word) if word == "validate" => Some(Strict::Validate),
        Json::String(word) if word == "ignore" || word == "filter" => Some(Strict::Ignore),
        other => {
            reader.wrong(faults, "strict", "`true`, `false`, `\"throw\"`, `\"validate\"` or `\"ignore\"`", other);
            None
        }
    }
}

fn permission(reader: &Reader<'_>, faults: &mut Vec<Fault>) -> Option<Permission> {
    let word = reader.text("defaultPermission", faults)?;
    let found = Permission::of(&word.to_uppercase());
    if found.is_none() {
        reader.fault(faults, "defaultPermission", &format!("is `ALLOW` or `DENY`, found `{word}`"));
    }
    found
}

fn status(reader: &Reader<'_>, faults: &mut Vec<Fault>) -> Option<u16> {
    let status = reader.whole("aclErrorStatus", faults)?;
    if !matches!(status, 401 | 403 | 404) {
        reader.fault(faults, "aclErrorStatus", &format!("is 401, 403 or 404, found {status}"));
        return None;
    }
    u16::try_from(status).ok()
}

/// LoopBack's `options.remoting.sharedMethods`: which remote methods have endpoints, by name or pattern.
fn shared_methods(reader: &Reader<'_>, faults: &mut Vec<Fault>) -> &'static [(&'static str, bool)] {
    let shared = reader.object("remoting", faults).and_then(|remoting| remoting.object("sharedMethods", faults));
    let Some(shared) = shared else { return &[] };
    let words = shared.map.keys().filter_map(|name| Some((intern::text(name), shared.flag(name, faults)?)));
    intern::list(words.collect())
}

/// LoopBack's `methods`: remote methods whose code is JavaScript. `prototype.discount` goes by `discount`, too.
fn declared(reader: &Reader<'_>, faults: &mut Vec<Fault>) -> &'static [&'static str] {
    let methods = reader.objects("methods", faults).into_iter();
    let names = methods.flat_map(|(name, _)| [Some(name), name.strip_prefix("prototype.")]).flatten();
    intern::texts(names)
}

/// `{"by_name": {"keys": {"name": 1, "city": -1}, "options": {"unique": true}}}`, and the short `{"by_name": {"name": 1}}`.
fn indexes(reader: &Reader<'_>, faults: &mut Vec<Fault>) -> &'static [IndexDef] {
    let found = reader.objects("indexes", faults).into_iter().map(|(_, index)| {
        let keys = match index.get("keys") {
            Some(Json::Object(keys)) => keys.keys().map(String::as_str).collect(),
            Some(Json::String(keys)) => keys.split(',').map(str::trim).collect(),
            Some(_) => index.texts("keys", faults),
            None => match index.get("columns") {
                Some(Json::String(columns)) => columns.split(',').map(str::trim).collect(),
                _ => index
                    .map
                    .keys()
                    .map(String::as_str)
                    .filter(|key| !matches!(*key, "options" | "unique" | "type"))
                    .collect::<Vec<_>>(),
            },
        };
        let unique = index.get("options").and_then(|options| options.get("unique")).or(index.get("unique"));
        IndexDef { properties: intern::texts(keys), unique: unique.is_some_and(|unique| *unique == true) }
    });
    let mut all: Vec<IndexDef> = found.collect();
    let properties = reader.get("properties").and_then(Json::as_object).into_iter().flatten();
    for (name, json) in properties {
        let unique = json.get("index").and_then(|index| index.get("unique")).or(json.get("unique"));
        if unique.is_some_and(|unique| *unique == true) {
            all.push(IndexDef { properties: intern::texts([name.as_str()]), unique: true });
        }
    }
    intern::list(all)
}

fn user(outline: &Outline<'_>, reader: &Reader<'_>, faults: &mut Vec<Fault>) -> UserDef {
    let policy = match reader.get("passwordPolicy") {
        None => None,
        Some(Json::String(word)) if word == "none" => Some(PasswordPolicyDef::None),
        Some(Json::String(word)) if word == "default" => Some(PasswordPolicyDef::Default),
        Some(Json::Number(least)) => {
            least.as_u64().and_then(|n| u32::try_from(n).ok()).map(PasswordPolicyDef::MinLength)
        }
        Some(other) => {
            reader.wrong(
                faults,
                "passwordPolicy",
                "`\"none\"`, `\"default\"` or the least number of characters",
                other,
            );
            None
        }
    };
    let tokens = outline.map.get("relations").and_then(|all| all.get("accessTokens"));
    let tokens = tokens.and_then(|relation| relation.get("model")?.as_str()).filter(|model| *model != "AccessToken");
    UserDef {
        email_verification_required: reader.flag("emailVerificationRequired", faults),
        ttl: reader.whole("ttl", faults),
        max_ttl: reader.whole("maxTTL", faults),
        reset_password_token_ttl: reader.whole("resetPasswordTokenTTL", faults),
        verification_token_ttl: reader.whole("verificationTokenTTL", faults),
        realm_required: reader.flag("realmRequired", faults),
        realm_delimiter: reader.text("realmDelimiter", faults).map(intern::text),
        salt_work_factor: reader.whole("saltWorkFactor", faults).and_then(|cost| u32::try_from(cost).ok()),
        case_sensitive_email: reader.flag("caseSensitiveEmail", faults),
        allow_eternal_tokens: reader.flag("allowEternalTokens", faults),
        restrict_reset_password_token_scope: reader.flag("restrictResetPasswordTokenScope", faults),
        reject_password_changes_via_patch_or_replace: reader.flag("rejectPasswordChangesViaPatchOrReplace", faults),
        password_policy: policy,
        reveal_accounts: reader.flag("revealAccounts", faults),
        login_throttle: match reader.get("loginThrottle") {
            Some(Json::String(word)) => Some(word != "off"),
            _ => reader.flag("loginThrottle", faults),
        },
        max_sessions: reader.whole("maxSessions", faults),
        token: tokens.map(|model| ModelRef::Named(intern::text(model))),
    }
}
