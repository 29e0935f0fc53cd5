//! What the SMS provider and the fiscal service reply.

use hyper::StatusCode;

use super::rules::{assert_can_be_kept, assert_tells_no_number};
use crate::processing::fuzzing::{fiscal, sms};

/// The first two bytes are the HTTP status. An error tells no number of the reply, and the address of a check is one.
pub fn providers(bytes: &[u8]) {
    let Some(([high, low], body)) = bytes.split_first_chunk() else {
        return;
    };
    let status = u16::from_be_bytes([*high, *low]) % 500 + 100;
    let Ok(status) = StatusCode::from_u16(status) else {
        return;
    };
    let text = String::from_utf8_lossy(body);
    match sms(status, body) {
        Ok(()) => assert!(status.is_success()),
        Err(error) => assert_tells_no_number(&error, &text),
    }
    match fiscal(status, body) {
        Ok(address) => {
            assert!(status.is_success());
            let scheme = address.get(..4).unwrap_or_default();
            assert!(scheme.eq_ignore_ascii_case("http"), "{address:?}");
            assert_can_be_kept(&address);
        }
        Err(error) => assert_tells_no_number(&error, &text),
    }
}
