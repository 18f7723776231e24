//! Query strings and forms: no panic, and the short way says what the whole way says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use loopback::filter::{parse_filter, qs};

fuzz_target!(|data: &[u8]| {
    let _ = qs::parse_form(data);
    let Ok(query) = std::str::from_utf8(data) else { return };
    let whole = qs::parse(query);
    for name in ["filter", "where", "a", ""] {
        if let Some(short) = qs::plain(query, name) {
            let whole = whole.as_ref().expect("what the short way reads, the whole way reads");
            assert_eq!(whole.get(name).and_then(|value| value.as_str()), short.as_deref());
        }
    }
    if let Ok(mut json) = whole {
        let _ = json.get_mut("filter").map(|filter| parse_filter(filter.take()));
    }
});
