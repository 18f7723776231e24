//! The options of npm `serve-static`.

use super::{Cached, StaticFiles};
use crate::app::middleware::Params;
use crate::app::middleware::config::duration;
use crate::error::Result;
use axum::http::header::{ACCEPT_RANGES, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RANGE};
use serde_json::Value as Json;

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Options {
    index: Json,
    extensions: Json,
    dotfiles: Option<String>,
    redirect: Option<bool>,
    fallthrough: Option<bool>,
    #[serde(alias = "maxage")]
    max_age: Option<Json>,
    cache_control: Option<bool>,
    immutable: Option<bool>,
    accept_ranges: Option<bool>,
    etag: Option<bool>,
    last_modified: Option<bool>,
    set_headers: Json,
}

/// Sets what the second of the params says.
pub(super) fn read(mut files: StaticFiles, params: &Params<'_>) -> Result<StaticFiles> {
    let options: Options = params.at(1)?;
    files.index = match &options.index {
        Json::Null | Json::Bool(true) => files.index,
        index => names("index", index).map_err(|why| params.wrong(why))?,
    };
    files.extensions = names("extensions", &options.extensions).map_err(|why| params.wrong(why))?;
    files.dotfiles = match options.dotfiles.as_deref() {
        None | Some("ignore" | "deny") => false,
        Some("allow") => true,
        Some(other) => {
            return Err(params.wrong(format!("`dotfiles` is `allow`, `deny` or `ignore`, found `{other}`")));
        }
    };
    files.redirect = options.redirect.unwrap_or(true);
    files.fallthrough = options.fallthrough.unwrap_or(true);
    let max_age = options.max_age.map(|time| duration(&time).map_err(|why| params.wrong(why))).transpose()?;
    let cached = Cached { max_age: max_age.unwrap_or_default(), immutable: options.immutable == Some(true) };
    files.cache = Some(cached).filter(|_| options.cache_control != Some(false));
    files.without = [
        (options.accept_ranges, (ACCEPT_RANGES, RANGE)),
        (options.etag, (ETAG, IF_NONE_MATCH)),
        (options.last_modified, (LAST_MODIFIED, IF_MODIFIED_SINCE)),
    ]
    .into_iter()
    .filter(|(on, _)| *on == Some(false))
    .map(|(_, headers)| headers)
    .collect();
    params.without_effect(&[("setHeaders", &options.set_headers)]);
    Ok(files)
}

/// One name, or a list of them; none when it is false.
fn names(key: &str, value: &Json) -> Result<Vec<String>, String> {
    let list = match value {
        Json::Null | Json::Bool(false) => &[],
        Json::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let name = |value: &Json| {
        let name = value.as_str().filter(|name| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
            !name.is_empty() && !name.starts_with('.') && name.bytes().all(plain)
        });
        let name = name.map(str::to_owned);
        name.ok_or_else(|| format!("`{key}` is false, a name or a list of names as `index.html`, found `{value}`"))
    };
    list.iter().map(name).collect()
}
