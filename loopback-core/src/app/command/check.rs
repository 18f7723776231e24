//! `check [--json]`: what would keep an app from running well, before it runs.

use super::migrate::models_of;
use super::{Source, found, print};
use crate::app::builder::{SchemaPolicy, outbox_apart};
use crate::app::{App, Environment, Migrate};
use crate::connector::sql::schema;
use crate::error::{Error, Result};
use crate::graph::{Graph, ModelNode};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::sync::Arc;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Fine,
    /// It may be meant.
    Warning,
    /// It keeps the app from starting, or from doing what it says.
    Fault,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// Something that was looked at.
#[derive(Clone, Debug)]
struct Finding {
    level: Level,
    area: &'static str,
    message: String,
}

/// What the app says of itself.
pub(in crate::app) struct Asked {
    pub(in crate::app) policy: SchemaPolicy,
    /// The path of the explorer; `None`: it is not served.
    pub(in crate::app) explorer: Option<String>,
    pub(in crate::app) compat: Vec<&'static str>,
    pub(in crate::app) has_auth: bool,
    pub(in crate::app) enforced: bool,
    pub(in crate::app) mails: bool,
    pub(in crate::app) public_url: bool,
    /// What is wrong with the settings taken together.
    pub(in crate::app) decided: Option<String>,
}

impl App {
    /// What the app says of itself.
    pub(super) fn asked(&self) -> Asked {
        let settings = &self.shared.settings;
        let options = self.auth().map(|auth| &auth.options);
        Asked {
            policy: settings.schema,
            explorer: settings.explorer.clone(),
            compat: settings.compat.clone(),
            has_auth: options.is_some(),
            enforced: options.is_some_and(|auth| auth.enforced),
            mails: self.mail().is_some()
                || options.is_some_and(|auth| auth.mailer.is_some() || !auth.on_verify.is_empty()),
            public_url: options.is_some_and(|auth| auth.public_url.is_some()),
            decided: None,
        }
    }
}

impl Asked {
    fn in_production(&self) -> bool {
        self.policy.environment == Environment::Production
    }

    /// A fault where users are, a warning where the app is written.
    fn where_it_runs(&self) -> Level {
        if self.in_production() { Level::Fault } else { Level::Warning }
    }
}

/// Looks at everything, prints what was found.
///
/// # Errors
/// There are faults.
pub(super) async fn run(
    graph: std::result::Result<&Graph, &Error>,
    sources: &[Source],
    asked: &Asked,
    as_json: bool,
) -> Result<()> {
    let mut findings = Vec::new();
    let mut add = |level, area, message: String| findings.push(Finding { level, area, message });
    match graph {
        Ok(graph) => add(Level::Fine, "models", format!("{} models", graph.models().len())),
        Err(error) => add(Level::Fault, "models", error.to_string()),
    }
    if let Some(message) = &asked.decided {
        add(Level::Fault, "settings", message.clone());
    }
    if !asked.compat.is_empty() {
        let message = format!("LoopBack's behaviour, less safe than ours, is on: {}", asked.compat.join(", "));
        add(Level::Warning, "settings", message);
    }
    for source in sources {
        let answers = match &source.opened {
            // To open it may not be to reach it.
            Ok(opened) => opened.connector.ping().await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match answers {
            Ok(()) => add(Level::Fine, "data source", format!("{} ({}) answers", source.name, source.shown_url)),
            Err(error) => add(Level::Fault, "data source", format!("{} ({}): {error}", source.name, source.shown_url)),
        }
    }
    if let Ok(graph) = graph {
        for source in sources {
            let Some(sql) = source.opened.as_ref().ok().and_then(|opened| opened.sql.as_ref()) else { continue };
            match schema::difference(sql.writer(), &models_of(graph, &source.name)).await {
                Ok(changes) => findings.push(of_schema(asked, &source.name, &changes)),
                Err(error) => findings.push(Finding {
                    level: Level::Fault,
                    area: "schema",
                    message: format!("{}: {error}", source.name),
                }),
            }
        }
        of_access(graph, asked, &mut findings);
        of_mail(graph, asked, &mut findings);
    }
    if let Some(path) = asked.explorer.as_ref().filter(|_| asked.in_production()) {
        let message = format!("{path} and the documents of the API are served in production");
        findings.push(Finding { level: Level::Warning, area: "explorer", message });
    }
    print(&if as_json { documents(&findings) } else { lines(&findings) });
    match findings.iter().filter(|finding| finding.level == Level::Fault).count() {
        0 => Ok(()),
        1 => Err(found("there is 1 fault")),
        many => Err(found(format!("there are {many} faults"))),
    }
}

fn of_schema(asked: &Asked, source: &str, changes: &[schema::Change]) -> Finding {
    if changes.is_empty() {
        return Finding { level: Level::Fine, area: "schema", message: format!("{source} fits the models") };
    }
    let updates = match asked.policy.migrate {
        Migrate::Auto => !asked.in_production(),
        Migrate::Update | Migrate::Recreate => true,
        Migrate::Check | Migrate::Leave => false,
    };
    let unfit = changes.iter().filter(|change| change.sql.is_empty()).count();
    let list: String = changes.iter().map(|change| format!("\n{change}")).collect();
    let (level, what) = match (updates, unfit) {
        (true, 0) => (Level::Warning, "the start will change it"),
        (true, _) => (Level::Fault, "some of it must be changed by hand"),
        (false, _) => (Level::Fault, "see `migrate plan`"),
    };
    Finding { level, area: "schema", message: format!("{source} does not fit the models, {what}:{list}") }
}

fn of_access(graph: &Graph, asked: &Asked, findings: &mut Vec<Finding>) {
    let mut add = |level, message: String| findings.push(Finding { level, area: "access", message });
    if !asked.has_auth {
        return add(Level::Warning, "there are no users: everybody may call everything".into());
    }
    if !asked.enforced {
        add(asked.where_it_runs(), "access control is off: everybody may call everything".into());
    }
    let open = |model: &&Arc<ModelNode>| {
        model.public && model.access.rules.is_empty() && model.access.default_permission.allows()
    };
    let open: Vec<&str> = graph.models().filter(open).map(|model| &*model.name).collect();
    if open.is_empty() {
        add(Level::Fine, "every model with endpoints has rules".into());
    } else {
        add(asked.where_it_runs(), format!("open to everybody, having no rules: {}", open.join(", ")));
    }
}

fn of_mail(graph: &Graph, asked: &Asked, findings: &mut Vec<Finding>) {
    let mut add = |level, message: String| findings.push(Finding { level, area: "mail", message });
    let wanting: Vec<&str> = graph
        .user_models()
        .filter(|model| model.user.as_ref().is_some_and(|user| user.settings.email_verification_required))
        .map(|model| &*model.name)
        .collect();
    if !wanting.is_empty() && !asked.mails {
        let message =
            format!("nobody can log in: {} must confirm an e-mail, and no e-mail is sent", wanting.join(", "));
        add(asked.where_it_runs(), message);
    }
    if let Some(apart) = outbox_apart(graph) {
        add(Level::Warning, apart);
    }
    if asked.mails && !asked.public_url {
        add(
            asked.where_it_runs(),
            "links in e-mails lead to the address that the app listens on: set `public_url`".into(),
        );
    }
}

fn lines(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { level, area, message } in findings {
        let message = message.replace('\n', "\n                       ");
        let _ = writeln!(text, "{:8} {area:13} {message}", level.as_str());
    }
    text
}

fn documents(findings: &[Finding]) -> String {
    let list: Vec<Json> = findings
        .iter()
        .map(|finding| json!({ "level": finding.level.as_str(), "area": finding.area, "message": finding.message }))
        .collect();
    serde_json::to_string_pretty(&list).unwrap_or_default()
}
