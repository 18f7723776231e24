//! Members, and what has happened to their accounts.

use crate::audit;
use loopback::prelude::*;

/// Who has an account. Nobody logs in before the e-mail is confirmed.
#[model(base = User, user(email_verification_required))]
pub struct Member {
    #[base]
    pub user: User,
    /// What to call the member.
    #[property(length(max = 80))]
    pub name: Option<String>,
}

#[model]
impl Member {
    /// LoopBack's `User.afterRemote('login', ..)`: who comes over REST is written down like who comes by the page.
    #[remote_hook(after, login)]
    async fn note_log_in(call: &mut RemoteCall) -> Result<()> {
        let id = call.result().and_then(|session| session["userId"].as_i64());
        audit::write(call.ctx(), "log-in", id, None).await
    }

    #[remote_hook(after_error, login)]
    async fn note_failure(call: &mut RemoteCall) -> Result<()> {
        let email = call.arg("credentials").and_then(|given| given["email"].as_str()).map(str::to_owned);
        audit::write(call.ctx(), "log-in refused", None, email).await
    }

    #[remote_hook(before, logout)]
    async fn note_log_out(call: &mut RemoteCall) -> Result<()> {
        let id = call.ctx().user_id().cloned().and_then(|id| i64::from_value(id).ok());
        audit::write(call.ctx(), "log-out", id, None).await
    }
}

/// Something that has happened to an account. It has no endpoints: it is for those who look after the app.
#[model(public = false)]
pub struct AuditEntry {
    #[property(id, generated)]
    pub id: i64,
    #[property(default = now)]
    pub at: DateTime<Utc>,
    /// `log-in`, `log-out`, `registered`, ...
    pub event: String,
    /// The address that the request came from.
    pub address: Option<String>,
    /// The e-mail that was given, where no member is known.
    pub email: Option<String>,
    #[property(index)]
    pub member_id: Option<i64>,
}
