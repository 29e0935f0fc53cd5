//! The body of a request.

use rpc_schema::methods::METHODS;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::rules::assert_tells_no_number;
use crate::rpc::body::SentTo;
use crate::rpc::dispatch::fuzzing::{Entry, entries};

/// A reply, in any form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply<'a> {
    #[serde(borrow)]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "given")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "given")]
    error: Option<&'a RawValue>,
}

/// `null` is told from nothing.
fn given<'de, D: serde::Deserializer<'de>>(raw: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(raw).map(Some)
}

/// An error object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorObject {
    code: i32,
    message: String,
    #[serde(default, rename = "data")]
    _data: Option<IgnoredAny>,
}

/// A body at the endpoint, and at a documented path of each family. Every reply is JSON of the form in which it was asked
/// for, has the id of its call or none, and repeats nothing else of the body.
pub fn envelope(bytes: &[u8]) {
    let of = |name: &str| METHODS.iter().find(|method| method.name == name);
    let paths = [of("cards.add"), of("transactions.debit")];
    let paths = paths.into_iter().flatten().map(SentTo::Path);
    for to in paths.chain([SentTo::Endpoint]) {
        match entries(to, bytes) {
            Err(refusal) => check(to, None, &refusal),
            Ok(entries) => {
                for entry in &entries {
                    if let Some(reply) = &entry.reply {
                        check(to, Some(entry), reply);
                    }
                }
            }
        }
    }
}

fn check(to: SentTo, entry: Option<&Entry>, reply: &str) {
    let Ok(read) = serde_json::from_str::<Reply<'_>>(reply) else {
        panic!("{reply:?} is no reply");
    };
    let text = |raw: Option<&'_ RawValue>| raw.map(|raw| raw.get().to_owned());
    let (version, result) = (text(read.jsonrpc), text(read.result));
    // A documented form has both members.
    let error = text(read.error).filter(|error| error != "null");
    let result = result.filter(|result| result != "null");
    assert_ne!(result.is_some(), error.is_some(), "{reply}");
    match to {
        SentTo::Endpoint => assert!(
            matches!(version.as_deref(), None | Some("\"2.0\"")),
            "{reply}"
        ),
        SentTo::Path(_) => assert_eq!(version, None, "{reply}"),
    }
    let id = text(read.id).unwrap_or_else(|| "null".to_owned());
    let sent = entry.map_or("", |entry| &entry.text);
    assert!(id == "null" || sent.contains(&id), "{id} of {reply}");
    if let Some(error) = error {
        match serde_json::from_str::<ErrorObject>(&error) {
            Ok(error) => assert!(error.code < 0 && !error.message.is_empty()),
            Err(cause) => panic!("{error:?} is no error: {cause}"),
        }
        assert_tells_no_number(&error, sent);
    }
}
