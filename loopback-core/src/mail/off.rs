//! What takes the place of mail without the feature `mail`.

use super::{MailOptions, Rendered};
use crate::app::App;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::models::Email;
use serde_json::{Map, Value as Json};

/// The mail of an app; without the feature `mail` none has any.
#[derive(Debug)]
pub enum Mail {}

impl Mail {
    /// # Errors
    /// Always.
    #[allow(clippy::needless_pass_by_value, reason = "as with the feature")]
    pub(crate) fn new(_: MailOptions, _: &str) -> Result<Self> {
        Err(Error::configuration("the app has mail, and the feature `mail` of the crate `loopback` is off: turn it on"))
    }

    pub(crate) fn describe(&self) -> String {
        match *self {}
    }

    pub(crate) fn has_pages(&self) -> bool {
        match *self {}
    }

    pub(crate) fn has_template(&self, _: &str) -> bool {
        match *self {}
    }

    #[allow(clippy::unused_async, reason = "as with the feature")]
    pub(crate) async fn queue(&self, _: &Ctx, _: Email) -> Result<()> {
        match *self {}
    }
}

#[allow(clippy::unnecessary_wraps, reason = "as with the feature")]
pub(crate) fn body(_: &App, _: Option<&str>, _: &str, _: &Map<String, Json>, _: &str) -> Result<Option<Rendered>> {
    Ok(None)
}

#[allow(clippy::unused_async, reason = "as with the feature")]
pub(crate) async fn work(_: App) {}
