//! `acl` in source.

use super::Report;
use crate::command::Acl;
use crate::fault::{Result, fault};
use crate::names::{self, camel_case, snake_case};
use crate::source::calls;
use crate::source::fields::with_attribute;
use crate::source::models::{Found, Models};
use crate::source::rules::Rule;
use crate::tree::Tree;
use loopback::__private::did_you_mean;

/// The methods that every model has.
pub(super) const METHODS: [&str; 17] = [
    "create",
    "patchOrCreate",
    "replaceOrCreate",
    "upsertWithWhere",
    "exists",
    "findById",
    "replaceById",
    "find",
    "findOne",
    "updateAll",
    "deleteById",
    "count",
    "patchAttributes",
    "upsert",
    "updateAttributes",
    "destroyById",
    "updateOrCreate",
];

/// Those of a model of users.
pub(super) const USER_METHODS: [&str; 7] =
    ["login", "logout", "confirm", "verify", "resetPassword", "changePassword", "setPassword"];

const ROLES: [&str; 5] = ["$everyone", "$authenticated", "$unauthenticated", "$owner", "$related"];

/// Who a rule is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Principal<'p> {
    Role(&'p str),
    User(&'p str),
    App(&'p str),
}

impl<'p> Principal<'p> {
    pub(super) fn of(given: &'p str) -> Result<Self> {
        let example = "as in --allow '$owner', --deny '$everyone', --allow admin, --allow user=7";
        if given.trim().is_empty() {
            return Err(fault(format!(
                "the principal is empty: a shell takes `$everyone` for a variable of its own unless it stands in single quotes, {example}"
            )));
        }
        if given.chars().any(|c| c.is_control() || c == '"' || c == '\\') || given.len() > 100 {
            return Err(fault(format!("`{given}` is no principal; {example}")));
        }
        if let Some((kind, id)) = given.split_once('=') {
            return match kind.to_ascii_lowercase().as_str() {
                "user" if !id.is_empty() => Ok(Self::User(id)),
                "app" if !id.is_empty() => Ok(Self::App(id)),
                _ => Err(fault(format!("`{given}` is no principal; {example}"))),
            };
        }
        if given.starts_with('$') && !ROLES.contains(&given) {
            let hint = did_you_mean(given, ROLES);
            return Err(fault(format!("there is no role `{given}`{hint}; with `$` there are {}", ROLES.join(", "))));
        }
        if let Some(role) = ROLES.iter().find(|role| role[1..] == *given) {
            return Err(fault(format!(
                "`{given}` would be a role of your own; did you mean '{role}', in single quotes?"
            )));
        }
        Ok(Self::Role(given))
    }

    fn word(&self) -> String {
        // What Rust would read as another number, or not at all, stands in quotes.
        let number = |id: &str| id.bytes().all(|b| b.is_ascii_digit()) && (id == "0" || !id.starts_with('0'));
        let id = |id: &str| if number(id) { id.to_owned() } else { format!("{id:?}") };
        match self {
            Self::Role(role) => format!("{role:?}"),
            Self::User(user) => format!("user = {}", id(user)),
            Self::App(app) => format!("app = {app:?}"),
        }
    }
}

/// A method that a rule may name.
///
/// # Errors
/// The model has none of that name, with what was probably meant.
pub(super) fn method<'m>(
    given: &str,
    model: &str,
    users: bool,
    own: impl Iterator<Item = &'m str> + Clone,
) -> Result<String> {
    let bare = given.strip_prefix("prototype.").unwrap_or(given);
    // Those of relations and scopes the start knows best.
    if bare.starts_with("__") && bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(bare.to_owned());
    }
    let own = own.map(str::to_owned).collect::<Vec<_>>();
    let known: Vec<&str> = (METHODS.iter().copied())
        .chain(USER_METHODS.iter().copied().filter(|_| users))
        .chain(own.iter().map(String::as_str))
        .collect();
    let camel = camel_case(&snake_case(bare));
    let found = known.iter().find(|known| **known == bare);
    let found = found.or_else(|| known.iter().find(|known| camel_case(&snake_case(known)) == camel));
    found.map(|found| (*found).to_owned()).ok_or_else(|| {
        fault(format!(
            "{model} has no method `{given}`{}; there are {}",
            did_you_mean(bare, known.iter().copied()),
            known.join(", ")
        ))
    })
}

pub(super) fn add(tree: &mut Tree, acl: &Acl) -> Result<Report> {
    let models = Models::of(tree);
    let model = models.get(&acl.model)?;
    let words = words(acl, &models, model)?;
    let attribute = format!("#[acl({words})]");
    contradicts(model, acl.allow, &words)?;
    let text = with_attribute(&model.path, tree.get(&model.path).unwrap_or_default(), &model.name, &attribute)?;
    tree.set(&model.path, text);
    let next = format!("cargo run -- acl explain {}   # who may call what", model.name);
    let mut report = Report::next([next.as_str()]).say(format!("{} has the rule `{attribute}`", model.name));
    if !calls::has(tree, &["enable_auth", "auth"]) {
        let path = calls::add(tree, ".enable_auth()")?;
        report = report.say(format!("rules are enforced now: `.enable_auth()` in {path}"));
    }
    Ok(report)
}

/// What stands in the attribute.
fn words(acl: &Acl, models: &Models, model: &Found) -> Result<String> {
    let principal = Principal::of(&acl.principal)?;
    let mut words = vec![if acl.allow { "allow" } else { "deny" }.to_owned(), principal.word()];
    if let Some(access) = &acl.access {
        words.push(access.to_ascii_lowercase());
    }
    if let Some(given) = &acl.method {
        let relations = model.fields.iter().filter(|field| field.relation.is_some()).map(|field| field.json.as_str());
        let own = relations.chain(model.methods.iter().map(String::as_str));
        let name = method(given, &model.name, is_of_users(models, model), own)?;
        if name == "create" && matches!(principal, Principal::Role("$owner" | "$related")) {
            return Err(fault(format!(
                "`{}` is nobody before the row is there: a rule about `create` needs another role, as '$authenticated'",
                acl.principal
            )));
        }
        words.push(format!("methods({})", names::method_word(&name)));
    }
    Ok(words.join(", "))
}

/// Refuses a rule about the same calls as one that is there.
///
/// # Errors
/// There is one.
fn contradicts(model: &Found, allow: bool, words: &str) -> Result<()> {
    let tokens = words.parse().map_err(|error| fault(format!("`#[acl({words})]` is no Rust: {error}")))?;
    let rule = Rule::of(tokens);
    let about = |allows: bool| model.rules.iter().any(|other| other.allows == allows && other.is_about(&rule));
    let (name, path) = (&model.name, &model.path);
    if about(allow) {
        return Err(fault(format!("{name} has the rule `#[acl({words})]` already, in {path}")));
    }
    if about(!allow) {
        let (this, other) = if allow { ("allow", "a `deny`") } else { ("deny", "an `allow`") };
        return Err(fault(format!(
            "`{this}` contradicts {other} of {name} for the same calls, in {path}: the denial would always win; take that away, or \
             say `--access` or `--method`"
        )));
    }
    Ok(())
}

/// Whether a model extends `User`, at any depth.
fn is_of_users(models: &Models, model: &Found) -> bool {
    let mut base = model.base.as_deref();
    for _ in 0..20 {
        match base {
            Some("User") => return true,
            Some(name) => base = models.find(name).and_then(|found| found.base.as_deref()),
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::add;
    use crate::command::Acl;
    use crate::tree::Tree;

    fn app() -> Tree {
        Tree::from([
            ("src/lib.rs", "fn app(builder: AppBuilder) -> AppBuilder {\n    builder\n}\n"),
            (
                "src/a.rs",
                "#[model]\npub struct Shop {\n    pub reviews: HasMany<Review>,\n}\n\n#[model]\nimpl Shop {\n    #[remote_method]\n    async fn close_down() {}\n    #[remote_method(name = \"HTTPShop\")]\n    async fn http_shop() {}\n}\n",
            ),
        ])
    }

    fn rule(allow: bool, principal: &str, access: Option<&str>, method: Option<&str>) -> Acl {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Acl { model: "Shop".into(), allow, principal: principal.into(), access: text(access), method: text(method) }
    }

    #[test]
    fn rules_are_attributes_and_are_enforced() {
        let mut tree = app();
        for acl in [
            rule(false, "$everyone", None, None),
            rule(true, "$owner", Some("WRITE"), None),
            rule(true, "admin", None, Some("deleteById")),
            rule(true, "user=7", None, Some("closeDown")),
            rule(true, "user=007", Some("read"), None),
            rule(true, "user=-7", None, Some("http_shop")),
            rule(true, "user=5f", None, Some("prototype.__get__reviews")),
            rule(true, "app=x", None, Some("reviews")),
        ] {
            add(&mut tree, &acl).unwrap();
        }
        let expected = "#[model]\n#[acl(deny, \"$everyone\")]\n#[acl(allow, \"$owner\", write)]\n#[acl(allow, \"admin\", methods(delete_by_id))]\n\
                        #[acl(allow, user = 7, methods(close_down))]\n#[acl(allow, user = \"007\", read)]\n\
                        #[acl(allow, user = \"-7\", methods(\"HTTPShop\"))]\n#[acl(allow, user = \"5f\", methods(\"__get__reviews\"))]\n\
                        #[acl(allow, app = \"x\", methods(reviews))]\npub struct Shop";
        assert!(tree.get("src/a.rs").unwrap().starts_with(expected), "{}", tree.get("src/a.rs").unwrap());
        assert_eq!(tree.get("src/lib.rs").unwrap().matches("enable_auth").count(), 1);
        let again = add(&mut tree, &rule(false, "$everyone", None, None)).unwrap_err().to_string();
        assert!(again.contains("already"), "{again}");
        for (acl, hint) in [
            (rule(true, "$everyone", None, None), "`allow` contradicts a `deny` of Shop"),
            (rule(false, "admin", None, Some("deleteById")), "`deny` contradicts an `allow` of Shop"),
        ] {
            let message = add(&mut tree, &acl).unwrap_err().to_string();
            assert!(message.contains(hint), "{message}");
        }
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for (acl, hint) in [
            (rule(true, "", None, None), "single quotes"),
            (rule(true, "everyone", None, None), "did you mean '$everyone'"),
            (rule(true, "$evryone", None, None), "did you mean `$everyone`?"),
            (rule(true, "a\"b", None, None), "is no principal"),
            (rule(true, "group=1", None, None), "is no principal"),
            (rule(true, "admin", None, Some("deleteByld")), "did you mean `deleteById`?"),
            (rule(true, "$owner", None, Some("create")), "nobody before the row is there"),
            (rule(false, "$related", None, Some("create")), "nobody before the row is there"),
            (rule(true, "admin", None, Some("login")), "has no method `login`"),
        ] {
            let message = add(&mut app(), &acl).unwrap_err().to_string();
            assert!(message.contains(hint), "{acl:?}: {message}");
        }
    }
}
