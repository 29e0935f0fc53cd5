//! What a body becomes, for the fuzz targets.

use rpc_schema::errors::{ErrorCode, Lang};

use super::{Reply, SentTo, WireError, envelope, lone_error_as};

/// One call of a body, as it was sent.
#[derive(Debug)]
pub struct Entry {
    pub text: String,
    /// The reply in which its result is `true`, or its refusal; `None` for a notification.
    pub reply: Option<String>,
}

/// The calls of a body, or the reply to one that has none.
///
/// # Errors
/// The body is not JSON: its refusal.
pub fn entries(to: SentTo, body: &[u8]) -> Result<Vec<Entry>, String> {
    let (entries, _) = to.entries(body).map_err(|no_json| {
        let (code, lang) = (ErrorCode::ParseError, Lang::En);
        let mut error = WireError::because(code, lang, no_json.reason, no_json.hint);
        (error.data.line, error.data.column) = no_json.at.unzip();
        lone_error_as(to.form(), &error)
    })?;
    let reply = |entry: &_| match to.read(entry) {
        Ok(object) if object.is_notification() => None,
        Ok(object) => {
            let result = Reply::Result("true".to_owned());
            Some(envelope::write(object.form, &object.id, &result))
        }
        Err(malformed) => {
            let (reason, hint) = (malformed.why.reason(), malformed.why.hint());
            let code = ErrorCode::InvalidRequest;
            let error = WireError::because(code, Lang::En, reason, hint);
            let error = Reply::Error(error.to_json());
            Some(envelope::write(malformed.form, &malformed.id, &error))
        }
    };
    Ok(entries
        .into_iter()
        .map(|entry| Entry {
            text: entry.get().to_owned(),
            reply: reply(entry),
        })
        .collect())
}
