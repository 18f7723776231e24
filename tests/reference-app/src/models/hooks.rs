//! The model that operation hooks are tried on, and the log they write.

use loopback::prelude::*;
use serde_json::{Map, Value as Json, json};

#[model]
pub struct HookLog {
    #[property(id, generated)]
    pub id: i64,
    pub model: Option<String>,
    pub hook: Option<String>,
    pub detail: Option<Json>,
}

#[model(plural = "hookeds", implicit_transactions = false)]
pub struct Hooked {
    #[property(id, generated)]
    pub id: i64,
    pub name: Option<String>,
    #[property(default = "std")]
    pub kind: Option<String>,
    pub stamp: Option<String>,
    pub persisted: Option<String>,
    pub note: Option<String>,
    #[property(default = false)]
    pub hidden_row: Option<bool>,
}

#[model]
impl Hooked {
    #[operation_hook(access)]
    async fn hide(op: &mut Access<'_, Self>) -> Result<()> {
        if seeding(op.ctx()) {
            return Ok(());
        }
        log(op.ctx(), "access", json!({})).await?;
        op.narrow(Self::props().hidden_row.neq(true));
        Ok(())
    }

    #[operation_hook(before_save)]
    async fn stamp(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        if seeding(op.ctx()) {
            return Ok(());
        }
        log(op.ctx(), "before save", detail(op.operation(), true)?).await?;
        let hooked = Self::props();
        if op.get(hooked.name).flatten().as_deref() == Some("veto") {
            return Err(Error::new(422, "name veto is refused").with_code("SAVE_VETO"));
        }
        let stamp = match (op.is_whole(), op.is_new_instance()) {
            (true, Some(true)) => "created",
            (true, _) => "replaced",
            (false, _) => "updated",
        };
        op.set(hooked.stamp, stamp);
        Ok(())
    }

    #[operation_hook(persist)]
    async fn persisted_name(op: &mut Persist<'_, Self>) -> Result<()> {
        if seeding(op.ctx()) {
            return Ok(());
        }
        let detail = json!({ "data": names(&op.data_json(), &[]), "isNew": op.is_new_instance() });
        log(op.ctx(), "persist", detail).await?;
        let hooked = Self::props();
        if let Some(name) = op.get(hooked.name).flatten() {
            op.set(hooked.persisted, format!("p:{name}"));
        }
        Ok(())
    }

    #[operation_hook(loaded)]
    async fn note_name(op: &mut Loaded<'_, Self>) -> Result<()> {
        if seeding(op.ctx()) {
            return Ok(());
        }
        let hooked = Self::props();
        if let Some(name) = op.get(hooked.name).flatten() {
            op.set(hooked.note, format!("loaded {name}"));
        }
        Ok(())
    }

    #[operation_hook(after_save)]
    async fn saved(op: &mut AfterSave<'_, Self>) -> Result<()> {
        if seeding(op.ctx()) {
            return Ok(());
        }
        log(op.ctx(), "after save", detail(op.operation(), true)?).await
    }

    #[operation_hook(before_delete)]
    async fn keep(op: &mut BeforeDelete<'_, Self>) -> Result<()> {
        log(op.ctx(), "before delete", detail(op.operation(), false)?).await?;
        let kept = op.condition().and(Self::props().name.eq("keep"));
        if Self::count(op.ctx(), kept).await? > 0 {
            return Err(Error::new(422, "keep must stay").with_code("DELETE_VETO"));
        }
        Ok(())
    }

    #[operation_hook(after_delete)]
    async fn deleted(op: &mut AfterDelete<'_, Self>) -> Result<()> {
        log(op.ctx(), "after delete", detail(op.operation(), false)?).await
    }
}

/// Whether the seed is going in: in the original the hooks are installed after it.
fn seeding(ctx: &Ctx) -> bool {
    ctx.option::<crate::seed::Seeding>().is_some()
}

async fn log(ctx: &Ctx, hook: &str, detail: Json) -> Result<()> {
    let row = set!(HookLog { model: "Hooked", hook: hook, detail: detail });
    HookLog::create(ctx, row).await.map(drop)
}

/// What a hook sees, as the recordings log it.
fn detail(op: &Operation, saving: bool) -> Result<Json> {
    let mut detail = Map::new();
    let data = op.data_json();
    if saving && (op.is_whole() || op.phase() == Phase::AfterSave && op.count().is_none()) {
        detail.insert("instance".into(), data.get("name").cloned().unwrap_or_default());
    } else if saving {
        detail.insert("data".into(), names(&data, &["stamp", "persisted"]));
    }
    if let Some(current) = op.current_json() {
        detail.insert("current".into(), current.get("name").cloned().unwrap_or_default());
    }
    if let Some(condition) = op.where_json() {
        detail.insert("where".into(), condition);
    }
    if let Some(is_new) = op.is_new_instance() {
        detail.insert("isNew".into(), is_new.into());
    }
    if let Some(count) = op.count() {
        detail.insert("info".into(), json!({ "count": count }));
    }
    Ok(Json::Object(detail))
}

fn names(data: &Map<String, Json>, without: &[&str]) -> Json {
    let mut names: Vec<&str> = data.keys().map(String::as_str).filter(|name| !without.contains(name)).collect();
    names.sort_unstable();
    names.into()
}
