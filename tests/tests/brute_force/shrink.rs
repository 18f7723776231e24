//! Makes a question that fails smaller while it still fails: parts of its filter are left out, one after the other.

use super::filters::{Question, What};
use serde_json::{Value as Json, json};

/// The smallest that still fails; if it can be, one that asks for ids alone.
pub async fn least(mut question: Question, id: &str, fails: impl AsyncFn(&Question) -> bool) -> Question {
    'smaller: loop {
        for filter in smaller(&question.filter) {
            let candidate = Question { filter, ..question.clone() };
            if fails(&candidate).await {
                question = candidate;
                continue 'smaller;
            }
        }
        break;
    }
    let mut of_ids = question.clone();
    if let (What::Find(_) | What::Related(..), Some(filter)) = (&question.what, of_ids.filter.as_object_mut())
        && !filter.contains_key("fields")
    {
        filter.insert("fields".to_owned(), json!([id]));
        if fails(&of_ids).await {
            return of_ids;
        }
    }
    question
}

/// The same JSON with one part less, the largest parts first.
fn smaller(json: &Json) -> Vec<Json> {
    match json {
        Json::Object(map) => {
            let without = map.keys().map(|key| {
                let mut map = map.clone();
                map.remove(key);
                Json::Object(map)
            });
            let within = map.iter().flat_map(|(key, value)| {
                smaller(value).into_iter().map(move |value| {
                    let mut map = map.clone();
                    map.insert(key.clone(), value);
                    Json::Object(map)
                })
            });
            without.chain(within).collect()
        }
        Json::Array(list) => {
            // An empty list of conditions says nothing at all.
            let removable = if list.len() == 1 && list[0].is_object() { 0 } else { list.len() };
            let without = (0..removable).map(|at| {
                let mut list = list.clone();
                list.remove(at);
                Json::Array(list)
            });
            let within = list.iter().enumerate().flat_map(|(at, value)| {
                smaller(value).into_iter().map(move |value| {
                    let mut list = list.clone();
                    list[at] = value;
                    Json::Array(list)
                })
            });
            without.chain(within).collect()
        }
        _ => Vec::new(),
    }
}
