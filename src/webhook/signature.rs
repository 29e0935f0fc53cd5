//! How a webhook is signed: Standard Webhooks 1.0, symmetric (`v1`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::secret::Secret;

/// The value of `webhook-signature`: one signature for each secret, separated by a blank. `timestamp` is that of
/// `webhook-timestamp`, seconds since 1970.
pub fn sign(secrets: &[Secret], id: &str, timestamp: i64, body: &str) -> String {
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| one(secret, id, timestamp, body))
        .collect();
    signatures.join(" ")
}

fn one(secret: &Secret, id: &str, timestamp: i64, body: &str) -> String {
    // HMAC pads a key to a whole block anyway; a key of that length cannot be refused.
    let mut block = Zeroizing::new([0; 64]);
    block
        .iter_mut()
        .zip(secret.bytes())
        .for_each(|(slot, byte)| *slot = *byte);
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into());
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::random::SystemRandom;

    /// The specification's own vector, then ours; all were checked with other people's libraries, too.
    #[test]
    fn signatures_are_those_of_the_vectors() {
        let ours = r#"{"type":"transaction.settled","id":"evt_0001","createdAt":1767225600000,"data":{"transactionId":2557767,"status":"succeeded"}}"#;
        let first = "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDE=";
        let second = "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDI=";
        let (one, two) = (
            "v1,XgBkXNGEtY50mgn29hsy6tIc+CwFYYHTATgA7R4AiX0=",
            "v1,SeV9mWrkBP3PSLrteMIdEJhbAFBsFYTgaWtCSJkRVmo=",
        );
        let both = format!("{one} {two}");
        let cases: [(&[&str], &str, i64, &str, &str); 4] = [
            (
                &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#,
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
            (&[first], "evt_0001", 1_767_225_600, ours, one),
            (&[second], "evt_0001", 1_767_225_600, ours, two),
            (&[first, second], "evt_0001", 1_767_225_600, ours, &both),
        ];
        for (secrets, id, timestamp, body, expected) in cases {
            let secrets: Vec<Secret> = secrets
                .iter()
                .map(|text| Secret::parse(text).unwrap())
                .collect();
            assert_eq!(sign(&secrets, id, timestamp, body), expected);
        }
    }

    #[test]
    fn a_new_secret_has_32_bytes_and_reads_back() {
        let secret = Secret::random(&SystemRandom).unwrap();
        assert_eq!(secret.bytes().len(), 32);
        let text = secret.text();
        let read = Secret::parse(text.expose_secret()).unwrap();
        assert_eq!(read.bytes(), secret.bytes());
        for malformed in ["", "whsec_", "MfKQ", "whsec_-_-_", "whsec_MfK"] {
            let parsed = Secret::parse(malformed).map(|secret| secret.bytes().to_vec());
            assert!(parsed.is_none_or(|bytes| bytes.is_empty()), "{malformed}");
        }
    }
}
