//! Looking into the outbox, and sending again what was given up: what the command `mail` does.

use super::Mail;
use super::letter::Letter;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::models::{Email, OutboxEmail, OutboxState};
use crate::typed::{Model as _, Patch, PersistedModel as _};
use chrono::Utc;

impl Mail {
    /// The e-mails of the outbox, the newest first, up to so many.
    ///
    /// # Errors
    /// The outbox cannot be read.
    pub async fn list(&self, ctx: &Ctx, state: Option<OutboxState>, limit: u64) -> Result<Vec<OutboxEmail>> {
        let row = OutboxEmail::props();
        match state {
            Some(state) => OutboxEmail::find(ctx, row.state.eq(state).order(row.id.desc()).limit(limit)).await,
            None => OutboxEmail::find(ctx, row.id.gt(0).order(row.id.desc()).limit(limit)).await,
        }
    }

    /// How many e-mails of the outbox are in a state.
    ///
    /// # Errors
    /// The outbox cannot be read.
    pub async fn count(&self, ctx: &Ctx, state: OutboxState) -> Result<u64> {
        OutboxEmail::count(ctx, OutboxEmail::props().state.eq(state)).await
    }

    /// The message that an e-mail of the outbox becomes, as it goes out. `None`: what it said is deleted. Links in it are
    /// secrets.
    ///
    /// # Errors
    /// 404: there is no such e-mail.
    pub async fn message(&self, ctx: &Ctx, id: i64) -> Result<Option<String>> {
        let row = self.row(ctx, id).await?;
        let Some(letter) = row.letter else { return Ok(None) };
        let letter: Letter = serde_json::from_str(&letter).map_err(Error::internal)?;
        let message = letter.message(&row.message_id, row.created)?;
        Ok(Some(String::from_utf8_lossy(&message.formatted()).into_owned()))
    }

    /// A row of the outbox.
    ///
    /// # Errors
    /// 404: there is no such e-mail.
    pub(crate) async fn row(&self, ctx: &Ctx, id: i64) -> Result<OutboxEmail> {
        OutboxEmail::find_by_id(ctx, id).await?.ok_or_else(|| missing(id))
    }

    /// What an e-mail says, for a person: the head that matters, and the text. `None`: it is deleted.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn legible(&self, row: &OutboxEmail) -> Result<Option<String>> {
        let Some(letter) = &row.letter else { return Ok(None) };
        let letter: Letter = serde_json::from_str(letter).map_err(Error::internal)?;
        Ok(Some(letter.legible()))
    }

    /// Sends an e-mail after all that was given up.
    ///
    /// # Errors
    /// 404: there is no such e-mail. 409: it was not given up, or what it said is deleted.
    pub async fn resend(&self, ctx: &Ctx, id: i64) -> Result<()> {
        let row = OutboxEmail::props();
        if OutboxEmail::update_all(ctx, row.id.eq(id).and(row.state.eq(OutboxState::Dead)), revived()).await? > 0 {
            return Ok(());
        }
        match OutboxEmail::find_by_id(ctx, id).await? {
            None => Err(missing(id)),
            Some(found) => Err(Error::conflict(match found.state {
                OutboxState::Waiting | OutboxState::Dead => format!("the e-mail {id} waits to be sent already"),
                OutboxState::Sent => format!("the e-mail {id} was sent, and what it said is deleted"),
                OutboxState::Expired => format!("the time of the e-mail {id} is up: links in it are good no more"),
            })),
        }
    }

    /// Sends all e-mails after all that were given up; how many.
    ///
    /// # Errors
    /// The outbox cannot be written.
    pub async fn resend_all(&self, ctx: &Ctx) -> Result<u64> {
        OutboxEmail::update_all(ctx, OutboxEmail::props().state.eq(OutboxState::Dead), revived()).await
    }

    /// Sends an e-mail at once, past the outbox, to see whether the transport works.
    ///
    /// # Errors
    /// 422: it cannot be sent. 500, with what the transport says: it was not.
    pub async fn send_now(&self, email: Email) -> Result<()> {
        let at = self.options.named(email.transport.as_deref()).unwrap_or_default();
        let letter = Letter::of(email, &self.from)?;
        let id = format!("<{}@{}>", uuid::Uuid::new_v4(), super::letter::domain_of(letter.from())?);
        let message = letter.message(&id, Utc::now())?;
        let sent = self.transports[at].send(&letter, message, self.options.outbox.send_timeout).await;
        let said = match sent {
            Ok(not_taken) if not_taken.is_empty() => return Ok(()),
            Ok(not_taken) => {
                not_taken.iter().map(|one| format!("{}: {}", one.address, one.text)).collect::<Vec<_>>().join("; ")
            }
            Err(failed) => failed.text,
        };
        let way = self.options.transports[at].1.to_string();
        // Of a server that was not reached it is told where it would be.
        let told = way.split_once(' ').is_some_and(|(_, place)| said.starts_with(place));
        Err(Error::internal(if told { said } else { format!("{way}: {said}") }))
    }
}

/// A new beginning.
fn revived() -> Patch<OutboxEmail> {
    let row = OutboxEmail::props();
    let now = Utc::now();
    Patch::new()
        .set(row.state, OutboxState::Waiting)
        .set(row.due, now)
        .set(row.created, now)
        .set(row.attempts, 0)
        .set(row.done, None::<chrono::DateTime<Utc>>)
}

/// A state, in a word.
pub(crate) fn said(state: OutboxState) -> &'static str {
    match state {
        OutboxState::Waiting => "waiting",
        OutboxState::Sent => "sent",
        OutboxState::Dead => "dead",
        OutboxState::Expired => "expired",
    }
}

fn missing(id: i64) -> Error {
    Error::new(404, format!("there is no e-mail {id} in the outbox"))
}
