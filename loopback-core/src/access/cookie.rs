//! Signed cookies, as npm `cookie-signature` and `cookie-parser` have them: `s:value.signature`, percent-encoded.

use crate::escape::percent_encoded;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use http::header::COOKIE;
use sha2::Sha256;

fn mac(value: &str, secret: &str) -> Option<Hmac<Sha256>> {
    // A key of any length is taken.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(value.as_bytes());
    Some(mac)
}

/// A value with its signature.
pub(crate) fn sign(value: &str, secret: &str) -> String {
    let signature =
        mac(value, secret).map(|mac| STANDARD_NO_PAD.encode(mac.finalize().into_bytes())).unwrap_or_default();
    percent_encoded(&format!("s:{value}.{signature}"))
}

/// The value of a cookie whose signature is right.
pub(super) fn signed(headers: &HeaderMap, name: &str, secret: &str) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(';'));
    let found = cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(known, _)| *known == name);
    let text = decoded(found?.1.trim_matches('"'))?;
    let (value, signature) = text.strip_prefix("s:")?.rsplit_once('.')?;
    let signature = STANDARD_NO_PAD.decode(signature.trim_end_matches('=')).ok()?;
    // Compared in constant time.
    mac(value, secret)?.verify_slice(&signature).ok()?;
    Some(value.to_owned())
}

/// A text without percent-encoding; `None`: it is none.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok())?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cookie: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookie.parse().ok()?);
        signed(&headers, "authorization", "wire-secret")
    }

    #[test]
    fn a_cookie_is_read_when_its_signature_is_right() {
        let cookie = format!("a=b; authorization={}; c=d", sign("alice.token", "wire-secret"));
        assert_eq!(read(&cookie).as_deref(), Some("alice.token"));
        assert_eq!(read(&format!("authorization={}", sign("alice.token", "another"))), None);
        assert_eq!(read(&format!("authorization={}x", sign("alice.token", "wire-secret"))), None);
        assert_eq!(read("authorization=alice.token"), None);
        assert_eq!(read("authorization=%"), None);
    }

    /// Made by npm `cookie-signature` 1.0.
    #[test]
    fn express_signs_alike() {
        assert_eq!(sign("hello", "tobiiscool"), "s%3Ahello.DGDUkGlIkCzPz%2BC0B064FNgHdEjox7ch8tOBGslZ5QI");
    }
}
