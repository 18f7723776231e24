//! What definitions are made of lives as long as the program: kept once each.

use crate::meta::{FieldDef, KindDef, ModelDef, ObjectDef};
use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A text, kept.
pub(super) fn text(text: &str) -> &'static str {
    static KEPT: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let mut kept = KEPT.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(text) {
        return known;
    }
    let new: &'static str = Box::leak(text.into());
    kept.insert(new);
    new
}

/// A list, kept.
pub(super) fn list<T>(list: Vec<T>) -> &'static [T] {
    if list.is_empty() { &[] } else { Box::leak(list.into_boxed_slice()) }
}

/// Texts, kept.
pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> &'static [&'static str] {
    list(texts.into_iter().map(text).collect())
}

/// What is equal, by what it prints, kept once.
fn kept<T: Debug + Send + Sync + 'static>(of: &'static Kept<T>, value: T) -> &'static T {
    let mut kept = of.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry(format!("{value:?}")).or_insert_with(|| Box::leak(Box::new(value)))
}

type Kept<T> = OnceLock<Mutex<HashMap<String, &'static T>>>;

/// A kind, kept.
pub(super) fn kind(kind: KindDef) -> &'static KindDef {
    static KEPT: Kept<KindDef> = OnceLock::new();
    kept(&KEPT, kind)
}

/// A nested type, kept.
pub(super) fn object(object: ObjectDef) -> &'static ObjectDef {
    static KEPT: Kept<ObjectDef> = OnceLock::new();
    kept(&KEPT, object)
}

/// The fields of a nested type, kept.
pub(super) fn fields(fields: Vec<FieldDef>) -> &'static [FieldDef] {
    static KEPT: OnceLock<Mutex<HashMap<String, &'static [FieldDef]>>> = OnceLock::new();
    let mut kept = KEPT.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry(format!("{fields:?}")).or_insert_with(|| list(fields))
}

/// The definition that a key stands for, made when it is the first time; `None`: it cannot be made.
pub(super) fn model(key: String, make: impl FnOnce() -> Option<ModelDef>) -> Option<&'static ModelDef> {
    static KEPT: OnceLock<Mutex<HashMap<String, &'static ModelDef>>> = OnceLock::new();
    let kept = || KEPT.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept().get(&key) {
        return Some(known);
    }
    let new: &'static ModelDef = Box::leak(Box::new(make()?));
    Some(kept().entry(key).or_insert(new))
}
