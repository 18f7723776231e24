//! Server-sent events as they go out, and what stands in them.

use crate::engine;
use crate::graph::ModelNode;
use crate::value::{Row, Value};
use bytes::Bytes;
use rand::RngExt as _;
use serde_json::{Value as Json, json};

/// The ids of the events of a stream.
pub(super) struct Numbers {
    stream: u32,
    next: u64,
}

impl Numbers {
    pub(super) fn new() -> Self {
        Self { stream: rand::rng().random(), next: 0 }
    }

    /// An event, with the next id.
    pub(super) fn event(&mut self, name: &str, json: &[u8]) -> Bytes {
        self.next += 1;
        // The id in a block of its own, before: LoopBack's events have none, and to a browser it is the same.
        let mut out = format!("id: {:08x}-{}\n\nevent: {name}\ndata: ", self.stream, self.next).into_bytes();
        // JSON has no line end outside its texts, and none inside them.
        out.extend_from_slice(json);
        out.extend_from_slice(b"\n\n");
        out.into()
    }
}

/// What a stream begins with. After a stop of the server not all clients come back at the same time.
pub(super) fn opening() -> Bytes {
    let retry: u32 = rand::rng().random_range(1_000..5_000);
    format!("retry: {retry}\n: open\n\n").into()
}

pub(super) fn heartbeat() -> Bytes {
    Bytes::from_static(b": \n\n")
}

/// Why a client has to read everything anew.
pub(super) fn reason(reason: &str, details: &Json) -> Vec<u8> {
    let mut body = json!({ "reason": reason });
    if let (Some(body), Some(details)) = (body.as_object_mut(), details.as_object()) {
        body.extend(details.clone());
    }
    body.to_string().into_bytes()
}

/// A change, as LoopBack writes it: `{"target": 1, "where": {..}, "data": {..}, "type": "update"}`. Hidden properties are
/// left out.
pub(super) fn change(
    model: &ModelNode,
    target: Option<&Value>,
    condition: Option<&Json>,
    data: Option<&Row>,
    kind: &str,
) -> Vec<u8> {
    let mut out = b"{".to_vec();
    if let Some(target) = target {
        out.extend_from_slice(format!("\"target\":{},", target.to_json()).as_bytes());
    }
    if let Some(condition) = condition {
        out.extend_from_slice(format!("\"where\":{condition},").as_bytes());
    }
    if let Some(row) = data {
        out.extend_from_slice(b"\"data\":");
        engine::write_row(model, row, &mut out);
        out.push(b',');
    }
    out.extend_from_slice(format!("\"type\":\"{kind}\"}}").as_bytes());
    out
}

/// Whether a condition names a property that no client sees: its value would be told with it.
pub(super) fn names_hidden(model: &ModelNode, condition: &Json) -> bool {
    match condition {
        Json::Object(map) => map.iter().any(|(key, part)| {
            let name = key.split('.').next().unwrap_or_default();
            let property = model.property(name).map(|at| &model.properties[at]);
            // What is behind a relation is another model's.
            property.is_some_and(|property| property.hidden || property.hides)
                || model.relation(name).is_some()
                || names_hidden(model, part)
        }),
        Json::Array(list) => list.iter().any(|part| names_hidden(model, part)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Numbers, reason};
    use serde_json::json;

    #[test]
    fn each_event_has_a_name_an_id_and_one_line_of_data() {
        let mut numbers = Numbers { stream: 0xab, next: 0 };
        let json = json!({ "text": "two\nlines" }).to_string();
        assert_eq!(
            numbers.event("data", json.as_bytes()),
            "id: 000000ab-1\n\nevent: data\ndata: {\"text\":\"two\\nlines\"}\n\n"
        );
        assert!(numbers.event("data", b"null").starts_with(b"id: 000000ab-2\n\nevent: data\n"));
        assert_eq!(reason("slow", &json!({ "missed": 2 })), br#"{"missed":2,"reason":"slow"}"#);
    }
}
