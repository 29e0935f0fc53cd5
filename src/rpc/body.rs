//! The body of a request: where it was sent to, and which calls are in it.

use rpc_schema::errors::Family;
use rpc_schema::hint::Hint;
use rpc_schema::method::{Method as _, MethodDef};
use rpc_schema::methods::discover::Discover;
use rpc_schema::reason::Reason;
use serde_json::value::RawValue;

use crate::rpc::envelope::{self, Form, Malformed, RequestObject};

/// Where a body was sent to.
#[derive(Debug, Clone, Copy)]
pub enum SentTo {
    /// The one endpoint: the body names its methods.
    Endpoint,
    /// The documents' path of this method.
    Path(&'static MethodDef),
}

impl SentTo {
    /// The family of the errors of a body that could not be taken apart.
    pub(super) fn family(self) -> Family {
        match self {
            Self::Endpoint => Family::Gateway,
            Self::Path(method) => method.family,
        }
    }

    /// The request objects of a body, and whether it is a batch. A documented path takes one call.
    pub(super) fn entries(self, body: &[u8]) -> Result<(Vec<&RawValue>, bool), NoJson> {
        let whole = whole(body)?;
        match self {
            Self::Endpoint => split_batch(whole),
            Self::Path(_) => Ok((vec![whole], false)),
        }
    }

    pub(super) fn read(self, entry: &RawValue) -> Result<RequestObject<'_>, Malformed<'_>> {
        match self {
            Self::Endpoint => envelope::read(entry),
            Self::Path(method) => envelope::read_at_path(entry, method.name, method.family),
        }
    }

    /// Whether only [`Discover`] is called, which needs no credentials.
    pub(super) fn only_discovers(self, entries: &[&RawValue]) -> bool {
        match self {
            Self::Endpoint => only_discovers(entries),
            Self::Path(_) => false,
        }
    }

    /// The form of the refusal of a body that could not be taken apart.
    pub(super) fn form(self) -> Form {
        match self {
            Self::Endpoint => Form::TwoPointZero,
            Self::Path(method) => envelope::path_form(method.family),
        }
    }
}

/// Why a body holds no calls.
pub(super) struct NoJson {
    pub(super) reason: Reason,
    pub(super) hint: Hint,
    /// Line and column, where the text breaks.
    pub(super) at: Option<(u32, u32)>,
}

/// The JSON of a body.
fn whole(body: &[u8]) -> Result<&RawValue, NoJson> {
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
fn split_batch(whole: &RawValue) -> Result<(Vec<&RawValue>, bool), NoJson> {
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
fn only_discovers(entries: &[&RawValue]) -> bool {
    let discovers = |entry: &&RawValue| {
        envelope::read(entry).is_ok_and(|object| object.method == Discover::NAME)
    };
    !entries.is_empty() && entries.iter().all(discovers)
}
