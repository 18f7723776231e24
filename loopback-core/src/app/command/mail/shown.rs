//! What the commands about e-mails print.

use crate::app::App;
use crate::app::command::table;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::mail::{Mail, said};
use crate::models::{Email, OutboxEmail, OutboxState};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// What is said of an e-mail that says nothing any more.
pub(super) const GONE: &str = "it was sent, or its time is up: what it said is deleted";

const ALL: [OutboxState; 4] = [OutboxState::Waiting, OutboxState::Dead, OutboxState::Sent, OutboxState::Expired];

/// The state of a word.
pub(super) fn state(word: &str) -> Option<OutboxState> {
    ALL.into_iter().find(|state| said(*state) == word)
}

pub(super) fn json(rows: &[OutboxEmail]) -> Result<String> {
    let one = |row: &OutboxEmail| {
        json!({
            "id": row.id, "state": said(row.state), "created": row.created, "due": row.due, "done": row.done,
            "expires": row.expires, "attempts": row.attempts, "transport": row.transport, "recipients": row.recipients,
            "messageId": row.message_id, "error": row.error
        })
    };
    serde_json::to_string_pretty(&rows.iter().map(one).collect::<Vec<Json>>()).map_err(Error::internal)
}

/// A table, the error of each below it, and how many there are of each state.
pub(super) async fn list(rows: &[OutboxEmail], only: Option<OutboxState>, mail: &Mail, ctx: &Ctx) -> Result<String> {
    let mut cells = vec![["id", "state", "written (UTC)", "attempts", "next", "to"].map(str::to_owned)];
    for row in rows {
        cells.push([
            row.id.to_string(),
            said(row.state).to_owned(),
            time(row.created),
            row.attempts.to_string(),
            next(row),
            plain(&row.recipients, 60),
        ]);
    }
    let mut text = String::new();
    if rows.is_empty() {
        let which = only.map_or("is empty".to_owned(), |state| format!("has none that is {}", said(state)));
        let _ = writeln!(text, "the outbox {which}");
    } else {
        let lines = table(&cells);
        let mut lines = lines.lines();
        let _ = writeln!(text, "{}", lines.next().unwrap_or_default());
        for (line, row) in lines.zip(rows) {
            let _ = writeln!(text, "{line}");
            if let Some(error) = &row.error {
                let _ = writeln!(text, "    {}", plain(error, 300));
            }
        }
    }
    let mut counts = Vec::new();
    let mut dead = 0;
    for state in ALL {
        let count = mail.count(ctx, state).await?;
        counts.push(format!("{count} {}", said(state)));
        if state == OutboxState::Dead {
            dead = count;
        }
    }
    let _ = writeln!(text, "\n{}", counts.join(", "));
    if dead > 0 {
        text.push_str(
            "`mail show ID` says more of one; `mail resend ID`, or `--all`, sends after all what was given up\n",
        );
    }
    Ok(text)
}

/// One, and what it says.
pub(super) fn one(row: &OutboxEmail, mail: &Mail) -> Result<String> {
    let since = row.done.map(|done| format!(" since {} UTC", time(done))).unwrap_or_default();
    let mut facts = vec![
        ["id".to_owned(), row.id.to_string()],
        ["state".to_owned(), format!("{}{since}", said(row.state))],
        ["written".to_owned(), format!("{} UTC", time(row.created))],
        ["to".to_owned(), plain(&row.recipients, 2_000)],
        ["transport".to_owned(), plain(&row.transport, 200)],
        ["message id".to_owned(), plain(&row.message_id, 600)],
        ["attempts".to_owned(), row.attempts.to_string()],
    ];
    if row.state == OutboxState::Waiting {
        facts.push(["next".to_owned(), next(row)]);
    }
    if let Some(expires) = row.expires {
        facts.push(["good until".to_owned(), format!("{} UTC", time(expires))]);
    }
    if let Some(error) = &row.error {
        facts.push(["error".to_owned(), plain(error, 2_000)]);
    }
    let mut text = table(&facts);
    match mail.legible(row)? {
        Some(letter) => {
            let letter: String = letter.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
            let _ = writeln!(text, "\n{}", letter.trim_end());
        }
        None => {
            let _ = writeln!(text, "\n{GONE}");
        }
    }
    Ok(text)
}

pub(super) fn resent(count: u64) -> String {
    let wait = if count == 1 { "e-mail waits" } else { "e-mails wait" };
    format!("{count} {wait} to be sent: by a server of the app, within seconds\n")
}

pub(super) async fn tested(app: &App, mail: &Mail, address: &str) -> Result<String> {
    let text = "This is a test. Who reads it can be reached by the mail of the app.";
    let email = Email::new(address, format!("A test of {}", app.title()), text);
    mail.send_now(email).await.map_err(|error| {
        let why = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        Error::configuration(format!("it was not sent: {why}"))
    })?;
    Ok(format!("sent to {address} by {}\n", mail.describe()))
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// When it is tried again.
fn next(row: &OutboxEmail) -> String {
    if row.state != OutboxState::Waiting {
        return "-".to_owned();
    }
    if row.claim.is_some() && row.due > Utc::now() {
        return "being sent".to_owned();
    }
    let wait = row.due - Utc::now();
    match wait {
        wait if wait <= TimeDelta::zero() => "now".to_owned(),
        wait if wait < TimeDelta::minutes(2) => format!("in {} s", wait.num_seconds().max(1)),
        wait => format!("in {} min", wait.num_minutes()),
    }
}

/// What a server says, and what a user is called, does not move the cursor.
fn plain(text: &str, most: usize) -> String {
    let mut plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    if text.chars().count() > most {
        plain.push('…');
    }
    plain
}
