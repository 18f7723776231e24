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

/// The newest entries of a member.
pub async fn newest(ctx: &Ctx, member: i64) -> Result<Vec<AuditEntry>> {
    let entry = AuditEntry::props();
    AuditEntry::find(ctx, entry.member_id.eq(member).order(entry.id.desc()).limit(6)).await
}
