//! The audit log.

use crate::models::AuditEntry;
use loopback::prelude::*;

/// Writes down what has happened, to whom, and from where.
pub async fn write(ctx: &Ctx, event: &str, member: Option<i64>, email: Option<String>) -> Result<()> {
    let address = ctx.remote_address().map(|address| address.to_string());
    let entry = set!(AuditEntry { event: event.to_owned(), address: address, email: email, member_id: member });
    AuditEntry::create(ctx, entry).await?;
    Ok(())
}

/// As [`write()`], of what has happened whether it can be written down or not: what is missing here is in the app's log.
pub async fn note(ctx: &Ctx, event: &str, member: Option<i64>, email: Option<String>) {
    if let Err(error) = write(ctx, event, member, email).await {
        tracing::error!(%error, event, member, "an entry of the audit log is lost");
    }
}

/// The newest entries of a member.
pub async fn newest(ctx: &Ctx, member: i64) -> Result<Vec<AuditEntry>> {
    let entry = AuditEntry::props();
    AuditEntry::find(ctx, entry.member_id.eq(member).order(entry.id.desc()).limit(6)).await
}
