//! What an app says about its mail.

use super::{AppBuilder, Environment};
use crate::access::AuthOptions;
use crate::app::{App, Blueprint};
use crate::error::{Error, Result};
use crate::graph::{Graph, GraphDefaults, ModelNode};
use crate::mail::{Mail, MailOptions, MailTransport};
use crate::meta::ModelDef;
use crate::models::{OutboxEmail, User};
use crate::typed::Model as _;
use std::sync::Arc;

/// Where mail goes in development when nobody says.
const FOLDER: &str = "mail";

/// The mail of an app that is being put together: what code says, and what the environment does.
#[derive(Debug, Default)]
pub(super) struct MailSettings {
    code: Option<MailOptions>,
    url: Option<MailOptions>,
    from: Option<String>,
    /// What holds in the end.
    settled: Option<MailOptions>,
}

impl MailSettings {
    /// Reads `MAIL_URL` and `MAIL_FROM`.
    ///
    /// # Errors
    /// They cannot be understood.
    pub(super) fn read_env(&mut self, read: impl Fn(&str) -> Result<Option<String>>) -> Result<()> {
        self.url = read("MAIL_URL")?.map(|url| MailOptions::from_url(&url)).transpose()?;
        self.from = read("MAIL_FROM")?;
        Ok(())
    }

    /// The options: the environment says where mail goes out, and code the rest. `None`: there is no mail.
    fn resolved(&self) -> Option<MailOptions> {
        let mut options = match (self.code.clone(), self.url.clone()) {
            (Some(code), Some(url)) => {
                let from = url.from.or(code.from);
                // The default way out is the environment's; others that code names stay.
                let default =
                    code.default_transport.clone().or_else(|| code.transports.first().map(|(name, _)| name.clone()));
                let others = code.transports.iter().filter(|(name, _)| Some(name) != default.as_ref()).cloned();
                // Code and waiting e-mails may know the default by its name.
                let named = |(name, transport)| (default.clone().unwrap_or(name), transport);
                let transports = url.transports.into_iter().map(named).chain(others).collect();
                MailOptions { transports, default_transport: None, from, ..code }
            }
            (code, url) => code.or(url)?,
        };
        if let Some(from) = &self.from {
            options.from = Some(from.clone());
        }
        Some(options)
    }

    /// Whether e-mails leave the app. What a stub keeps in memory reaches nobody.
    pub(super) fn leaves(&self) -> bool {
        self.settled.is_some() && !self.stays()
    }

    /// Whether e-mails stay in memory.
    fn stays(&self) -> bool {
        self.settled.as_ref().is_some_and(|options| {
            let default = options.named(None).and_then(|at| options.transports.get(at));
            matches!(default, Some((_, MailTransport::Stub)))
        })
    }

    /// The mail of the app.
    ///
    /// # Errors
    /// Its settings cannot be.
    pub(super) fn start(&mut self, auth: Option<&AuthOptions>) -> Result<Option<Arc<Mail>>> {
        let Some(options) = self.settled.take() else { return Ok(None) };
        let public_url = auth.and_then(|auth| auth.public_url.as_deref()).unwrap_or_default();
        let mail = Mail::new(options, public_url)?;
        let verify = auth.and_then(|auth| auth.verify_options.template.as_deref());
        let reset = auth.and_then(|auth| auth.reset_options.as_ref()?.template.as_deref());
        for name in verify.into_iter().chain(reset) {
            if !mail.has_template(name) {
                return Err(Error::configuration(format!(
                    "mail: there is no template `{name}`: write `{name}.html`, `{name}.txt` or both into the folder of \
                     `.templates(..)`"
                )));
            }
        }
        Ok(Some(Arc::new(mail)))
    }
}

impl AppBuilder {
    /// The mail of the app: LoopBack's mail data source, and the outbox before it. The environment's `MAIL_URL` and
    /// `MAIL_FROM` take the place of its transports and its sender.
    ///
    /// Without it an app whose users have to confirm their e-mails writes them as files into the folder `mail`, in
    /// development; in production it does not start when registrations are to be verified, and nothing sends e-mails.
    pub fn mail(mut self, mut options: MailOptions) -> Self {
        let notices = std::mem::take(&mut options.notices);
        self.configured.notices.extend(notices.into_iter().map(|notice| format!("mail: {notice}")));
        self.mail.code = Some(options);
        self
    }

    /// Decides about mail, now that the models are known, and adds the outbox to them. Gives its data source.
    ///
    /// # Errors
    /// E-mails are to be verified, and nothing sends them.
    pub(super) fn settle_mail(&mut self, blueprint: &mut Blueprint) -> Result<Option<String>> {
        let all = self.auth.as_ref().is_some_and(|auth| auth.verify_registrations);
        let users = Users::of(blueprint, all);
        let required = users.required;
        self.mail.settled = self.mail.resolved();
        if self.mail.stays() && self.environment == Environment::Production {
            let stub = "the mail data source is a stub: its e-mails stay in memory; name a server, \
                        MAIL_URL=smtp://user:password@host:587";
            let asks = |auth: &AuthOptions| auth.verify_registrations || required;
            let sends = |auth: &AuthOptions| auth.mailer.is_some() || !auth.on_verify.is_empty();
            if self.auth.as_ref().is_some_and(|auth| asks(auth) && !sends(auth)) {
                return Err(Error::configuration(format!("who registers is to confirm the e-mail, and {stub}")));
            }
            tracing::warn!("{stub}");
        }
        if self.mail.settled.is_none()
            && let Some(auth) = self.auth.as_ref().filter(|auth| auth.mailer.is_none() && auth.on_verify.is_empty())
        {
            let set = "set MAIL_URL=smtp://user:password@host:587, write `.mail(MailOptions::smtp(..))`, or send them \
                       yourself with `.auth(|auth| auth.mailer(..))`";
            match self.environment {
                Environment::Development if auth.verify_registrations || required => {
                    self.mail.settled = Some(MailOptions::file(FOLDER));
                }
                Environment::Production if auth.verify_registrations => {
                    return Err(Error::configuration(format!(
                        "who registers is to confirm the e-mail, and nothing sends e-mails: {set}"
                    )));
                }
                Environment::Production if required => {
                    tracing::warn!("who has not confirmed the e-mail cannot log in, and nothing sends e-mails: {set}");
                }
                _ => {}
            }
        }
        let Some(options) = &self.mail.settled else { return Ok(None) };
        blueprint.linked.models.push(OutboxEmail::DEF);
        // Beside the users, so that what is sent to them commits with them.
        let of_the_framework = || blueprint.defaults.auth_data_source.clone();
        Ok(options.data_source.clone().or_else(of_the_framework).or(users.data_source))
    }
}

/// What is known of the users of an app before its graph is made.
struct Users {
    /// Some have to confirm their e-mails.
    required: bool,
    /// Where they are, when they say so.
    data_source: Option<String>,
}

impl Users {
    fn of(blueprint: &Blueprint, all: bool) -> Self {
        // What JSON says of models is a matter of bases, options and files: the graph knows what comes of it. Its faults are told
        // when it is made for good.
        let by_json = !blueprint.sources.is_empty() || !blueprint.configs.is_empty();
        match by_json.then(|| blueprint.graph(None)) {
            Some(Ok(graph)) => Self::of_graph(&graph, &blueprint.defaults, all),
            _ => Self::of_definitions(&blueprint.linked.models, &blueprint.defaults, all),
        }
    }

    fn of_graph(graph: &Graph, defaults: &GraphDefaults, all: bool) -> Self {
        let kept = graph.user_models().filter(|model| !model.transient);
        let asks =
            |model: &ModelNode| model.user.as_ref().is_some_and(|user| user.settings.email_verification_required);
        Self::of_sources(kept.map(|model| (Some(&*model.data_source), asks(model))), defaults, all)
    }

    fn of_definitions(models: &[&'static ModelDef], defaults: &GraphDefaults, all: bool) -> Self {
        let users = models.iter().copied().filter(|def| extends_user(def));
        let asks = |def: &'static ModelDef| {
            let says = |one: &ModelDef| one.settings.user.and_then(|user| user.email_verification_required);
            says(def).or_else(|| def.bases().find_map(says)) == Some(true)
        };
        Self::of_sources(users.map(|def| (def.settings.data_source, asks(def))), defaults, all)
    }

    /// Of the data sources of users, and whether they have to confirm. `all`: registrations do.
    fn of_sources<'a>(
        users: impl Iterator<Item = (Option<&'a str>, bool)>,
        defaults: &GraphDefaults,
        all: bool,
    ) -> Self {
        let mut users: Vec<_> = users.collect();
        let required = users.iter().any(|(_, asks)| *asks);
        // Those first who get e-mails.
        users.sort_by_key(|(_, asks)| !asks);
        let default = defaults.data_sources.first().map(String::as_str);
        let is_default = |name: &Option<&str>| name.is_none_or(|name| default.is_none_or(|default| default == name));
        if users.iter().any(|(name, asks)| (*asks || all) && is_default(name)) {
            return Self { required, data_source: None };
        }
        // A connector of the application's own is for what it is made for.
        let fits = |name: &str| !defaults.unguarded.iter().any(|own| own == name);
        let elsewhere =
            users.iter().filter(|(name, _)| !is_default(name)).find_map(|(name, _)| name.filter(|name| fits(name)));
        Self { required, data_source: elsewhere.map(str::to_owned) }
    }
}

/// What there is to say when the outbox is not beside the users: an e-mail about one cannot commit with it.
pub(in crate::app) fn outbox_apart(graph: &Graph) -> Option<String> {
    let outbox = graph.model(OutboxEmail::DEF.name)?;
    let apart: Vec<&str> = graph
        .user_models()
        .filter(|model| !model.transient && model.data_source != outbox.data_source)
        .map(|model| &*model.name)
        .collect();
    (!apart.is_empty()).then(|| {
        format!(
            "the outbox is in the data source `{}` and {} is not: e-mails about users come into it after the users are written, \
             and one is lost when the process ends between; `MailOptions::data_source` puts it beside them",
            outbox.data_source,
            apart.join(", ")
        )
    })
}

fn extends_user(def: &'static ModelDef) -> bool {
    def.bases().chain([def]).any(|one| one.name == User::DEF.name && one.location == User::DEF.location)
}

impl App {
    /// The mail of the app; `None`: it has none.
    pub fn mail(&self) -> Option<&Arc<Mail>> {
        self.shared.mail.get()
    }

    /// The mail that users need who are being defined while the app runs: that of development, as at the start. Adds the outbox.
    ///
    /// # Errors
    /// It cannot be made.
    pub(in crate::app) fn mail_for(&self, graph: &Graph, wanted: &mut Blueprint) -> Result<Option<Arc<Mail>>> {
        let Some(auth) = self.auth().map(|auth| &auth.options) else { return Ok(None) };
        if self.mail().is_some() || auth.mailer.is_some() || !auth.on_verify.is_empty() {
            return Ok(None);
        }
        let users = Users::of_graph(graph, &wanted.defaults, auth.verify_registrations);
        if !users.required {
            return Ok(None);
        }
        if self.shared.settings.environment != Environment::Development {
            tracing::warn!("who has not confirmed the e-mail cannot log in, and nothing sends e-mails: set MAIL_URL");
            return Ok(None);
        }
        let mail = Mail::new(MailOptions::file(FOLDER), auth.public_url.as_deref().unwrap_or_default())?;
        wanted.linked.models.push(OutboxEmail::DEF);
        wanted.defaults.outbox_data_source = wanted.defaults.auth_data_source.clone().or(users.data_source);
        Ok(Some(Arc::new(mail)))
    }

    /// The mail that [`mail_for`](Self::mail_for) has made is that of the app from now on.
    pub(in crate::app) fn begin_mail(&self, mail: Arc<Mail>) {
        tracing::warn!("mail: users have to confirm their e-mails, which go into {} in development", mail.describe());
        if self.shared.mail.set(mail).is_ok() && self.url().is_some() {
            self.run_beside("the outbox of e-mails", crate::mail::work(self.clone()));
        }
    }
}
