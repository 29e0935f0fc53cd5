//! From the bytes of a body to the request objects in it.

use rpc_schema::hint::Hint;
use rpc_schema::method::Method as _;
use rpc_schema::methods::discover::Discover;
use rpc_schema::reason::Reason;
use serde_json::value::RawValue;

use super::envelope;

/// Why a body holds no calls.
pub(super) struct NoJson {
    pub(super) reason: Reason,
    pub(super) hint: Hint,
    /// Line and column, where the text breaks.
    pub(super) at: Option<(u32, u32)>,
}

/// The JSON of a body.
pub(super) fn whole(body: &[u8]) -> Result<&RawValue, NoJson> {
    let no_json = |reason, hint| NoJson {
        reason,
        hint,
        at: None,
    };
    let text = std::str::from_utf8(body).map_err(|_| no_json(Reason::NotUtf8, Hint::NotUtf8))?;
    if text.starts_with('\u{feff}') {
        return Err(no_json(Reason::ByteOrderMark, Hint::ByteOrderMark));
    }
    if text.trim_ascii().is_empty() {
        return Err(no_json(Reason::BodyEmpty, Hint::BodyEmpty));
    }
    serde_json::from_str(text).map_err(broken)
}

/// The request objects of a body, and whether the body is a batch.
pub(super) fn split_batch(whole: &RawValue) -> Result<(Vec<&RawValue>, bool), NoJson> {
    if whole.get().starts_with('[') {
        return Ok((serde_json::from_str(whole.get()).map_err(broken)?, true));
    }
    Ok((vec![whole], false))
}

fn broken(error: serde_json::Error) -> NoJson {
    let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    NoJson {
        reason: Reason::Syntax,
        hint: Hint::Syntax,
        at: Some((place(error.line()), place(error.column()))),
    }
}

/// Whether a body has only calls of `rpc.discover`. Those need no credentials.
pub(super) fn only_discovers(entries: &[&RawValue]) -> bool {
    let discovers = |entry: &&RawValue| {
        envelope::read(entry).is_ok_and(|object| object.method == Discover::NAME)
    };
    !entries.is_empty() && entries.iter().all(discovers)
}
