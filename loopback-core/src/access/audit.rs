//! What rules with AUDIT and ALARM have let through: rows of the access log, and the listeners of alarms.

use super::authority::model_of;
use super::principal::{Caller, text};
use crate::ctx::Ctx;
use crate::engine::{self, Input};
use crate::error::Result;
use crate::graph::{ModelNode, Permission};
use crate::value::Value;
use serde_json::json;
use std::fmt;
use std::sync::Arc;

/// A call that a rule `ALARM` has let through.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// The model's name.
    pub model: String,
    /// The method's name.
    pub method: String,
    /// The id of the row, as text.
    pub model_id: Option<String>,
    /// The type of the caller, `USER`; `None`: nobody has logged in.
    pub principal_type: Option<String>,
    /// The caller's id.
    pub principal_id: Option<String>,
    /// Where the call came from.
    pub address: Option<std::net::IpAddr>,
}

type Listener = Arc<dyn Fn(&Alarm) + Send + Sync>;

/// Who is told of alarms.
#[derive(Clone, Default)]
pub(crate) struct Alarms(Vec<Listener>);

impl fmt::Debug for Alarms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Alarms({})", self.0.len())
    }
}

impl Alarms {
    pub(crate) fn add(&mut self, listener: impl Fn(&Alarm) + Send + Sync + 'static) {
        self.0.push(Arc::new(listener));
    }
}

/// Writes a call down, when what holds for it wants that.
///
/// # Errors
/// It cannot be written: then the call is not made either.
pub(super) async fn record(
    cx: &Ctx,
    caller: &Caller,
    permission: Permission,
    model: &ModelNode,
    method: &str,
    id: Option<&Value>,
) -> Result<()> {
    if !matches!(permission, Permission::Audit | Permission::Alarm) {
        return Ok(());
    }
    let principal = caller.principals.first();
    let alarm = Alarm {
        model: model.name.to_string(),
        method: method.to_owned(),
        model_id: id.map(text),
        principal_type: principal.map(|principal| principal.kind().to_owned()),
        principal_id: principal.map(|principal| principal.id().to_owned()),
        address: caller.address,
    };
    if let Some(log) = model_of(cx.app(), "AccessLog") {
        let data = json!({
            "permission": permission.as_str(),
            "model": alarm.model,
            "property": alarm.method,
            "modelId": alarm.model_id,
            "principalType": alarm.principal_type,
            "principalId": alarm.principal_id,
            "address": alarm.address.map(|address| address.to_string()),
        });
        let input = Input::of_json(&log, data)?;
        engine::create(&Ctx::new(cx.app().clone()), &log, input).await?;
    }
    if permission == Permission::Alarm {
        tracing::warn!(
            model = alarm.model,
            method = alarm.method,
            principal = alarm.principal_id,
            "an alarm of access control"
        );
        for listener in cx.app().auth().map(|auth| auth.options.alarms.0.as_slice()).unwrap_or_default() {
            listener(&alarm);
        }
    }
    Ok(())
}
