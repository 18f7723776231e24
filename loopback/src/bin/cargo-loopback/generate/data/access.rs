//! `acl` as JSON.

use super::{Definitions, change};
use crate::command::Acl;
use crate::fault::{Result, fault};
use crate::generate::Report;
use crate::generate::access::{Principal, method};
use crate::json::Json;
use crate::tree::Tree;

pub(in crate::generate) fn add(tree: &mut Tree, acl: &Acl) -> Result<Report> {
    let definitions = Definitions::of(tree)?;
    let found = definitions.get(&acl.model)?;
    let (kind, id) = match Principal::of(&acl.principal)? {
        Principal::Role(role) => ("ROLE", role),
        Principal::User(user) => ("USER", user),
        Principal::App(app) => ("APP", app),
    };
    let mut entries = vec![
        ("accessType", Json::text(acl.access.as_deref().unwrap_or("*").to_ascii_uppercase())),
        ("principalType", Json::text(kind)),
        ("principalId", Json::text(id)),
        ("permission", Json::text(if acl.allow { "ALLOW" } else { "DENY" })),
    ];
    if let Some(given) = &acl.method {
        let relations = found.json.get("relations").into_iter().flat_map(Json::keys).collect::<Vec<_>>();
        // A base may be one of users, of which only the start knows.
        let users = !matches!(found.json.get("base").and_then(Json::as_text), None | Some("PersistedModel" | "Model"));
        let methods = found.json.get("methods").into_iter().flat_map(Json::keys).collect::<Vec<_>>();
        let own = relations.iter().chain(&methods).copied();
        entries.push(("property", Json::text(method(given, &found.name, users, own)?)));
    }
    let rule = Json::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
    if found.json.get("acls").is_some_and(|all| all.items().contains(&rule)) {
        return Err(fault(format!("{} has this rule already, in {}", found.name, found.path)));
    }
    let (path, name) = (found.path.clone(), found.name.clone());
    change(tree, &path, Json::Null, |json| json.entry("acls", Json::List(Vec::new()))?.push(rule))?;
    let next = format!("cargo run -- acl explain {name}   # who may call what");
    Ok(Report::next([next.as_str()]).say("rules are enforced, unless `enableAuth` is false in server/config.json"))
}

#[cfg(test)]
mod tests {
    use super::add;
    use crate::command::Acl;
    use crate::generate::data::app;

    #[test]
    fn a_rule_is_an_item() {
        let mut tree = app();
        let acl =
            Acl { model: "Note".into(), principal: "$everyone".into(), access: Some("write".into()), ..Acl::default() };
        add(&mut tree, &acl).unwrap();
        let text = tree.get("common/models/note.json").unwrap();
        let rule = "  \"acls\": [\n    {\n      \"accessType\": \"WRITE\",\n      \"principalType\": \"ROLE\",\n      \"principalId\": \"$everyone\",\n      \"permission\": \"DENY\"\n    }\n  ]\n";
        assert!(text.contains(rule), "{text}");
        assert!(add(&mut tree, &acl).unwrap_err().to_string().contains("already"));
        let message = add(&mut tree, &Acl { method: Some("fnid".into()), ..acl }).unwrap_err().to_string();
        assert!(message.contains("did you mean `find`?"), "{message}");
    }
}
