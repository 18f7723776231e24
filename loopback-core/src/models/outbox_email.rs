//! E-mails that wait, in the database: they commit with the data that they are about.

use chrono::{DateTime, Utc};
use loopback_macros::{PropertyType, model};

/// Where an e-mail of the outbox is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PropertyType)]
pub enum OutboxState {
    /// It is to be sent, or being sent.
    Waiting,
    /// The server has taken it.
    Sent,
    /// It was given up; `mail resend` sends it after all.
    Dead,
    /// Its time was up before it could be sent: the link in it would be good no more.
    Expired,
}

/// An e-mail on its way out. The framework writes them, and an app with [mail](crate::app::AppBuilder::mail) has the table.
/// What the e-mail says is there as long as it waits, or is dead; of one that was sent, or has expired, it is deleted.
#[model(built_in, public = false, index(state, due))]
#[acl(deny, "$everyone")]
pub struct OutboxEmail {
    /// The id.
    #[property(id, generated)]
    pub id: i64,
    /// Where it is.
    #[property(sql(length = 16))]
    pub state: OutboxState,
    /// When it may be taken: the next attempt, or, while one sends it, when another may.
    pub due: DateTime<Utc>,
    /// Attempts that the server has had its hand in.
    pub attempts: i64,
    /// Who sends it.
    #[property(hidden, sql(length = 64))]
    pub claim: Option<String>,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// When it was sent, or given up.
    #[property(index)]
    pub done: Option<DateTime<Utc>>,
    /// When there is no use in sending it any more.
    pub expires: Option<DateTime<Utc>>,
    /// The name of the transport.
    #[property(sql(length = 128))]
    pub transport: String,
    /// Its recipients.
    pub recipients: String,
    /// Its `Message-ID`: the same in every attempt.
    #[property(sql(length = 512))]
    pub message_id: String,
    /// What it says, JSON.
    #[property(hidden)]
    pub letter: Option<String>,
    /// What went wrong last.
    pub error: Option<String>,
}
