//! The two envelopes: JSON-RPC 2.0, and the documented `{"id", "method", "params"}` without `jsonrpc`.
//!
//! Each request object is answered in the form that it was asked in (design section 1). jsonrpsee's `Id` holds only
//! unsigned integers and texts, so the caller's own bytes are written here.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Which form a call has, and so its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `"jsonrpc": "2.0"`: exactly one of `result` and `error` in the reply.
    TwoPointZero,
    /// No `jsonrpc`: always both, the unused one `null`.
    Documented,
}

/// The `id` of a call, as the caller wrote it.
#[derive(Debug, Clone, Copy)]
pub enum CallId<'a> {
    /// There is none.
    Absent,
    /// A string, a number or `null`.
    Given(&'a RawValue),
}

impl CallId<'_> {
    /// What the reply repeats.
    pub fn as_json(&self) -> &str {
        match self {
            Self::Absent => "null",
            Self::Given(id) => id.get(),
        }
    }
}

/// A well-formed request object.
#[derive(Debug)]
pub struct Call<'a> {
    pub form: Form,
    pub id: CallId<'a>,
    pub method: Cow<'a, str>,
    pub params: Option<&'a RawValue>,
}

impl Call<'_> {
    /// A 2.0 call without an id: never executed, as money must not move without an answer.
    pub fn is_notification(&self) -> bool {
        self.form == Form::TwoPointZero && matches!(self.id, CallId::Absent)
    }
}

/// A request object that is none (-32600): how the refusal is to be written.
#[derive(Debug)]
pub struct Malformed<'a> {
    pub form: Form,
    pub id: CallId<'a>,
}

/// The members of a request object, before they are judged.
#[derive(Default)]
struct Members<'a> {
    jsonrpc: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    method: Option<&'a RawValue>,
    params: Option<&'a RawValue>,
    twice: bool,
    id_twice: bool,
}

/// Reads one request object.
///
/// # Errors
/// It is none; the refusal is written in the form and with the id that could be made out.
pub fn read(text: &RawValue) -> Result<Call<'_>, Malformed<'_>> {
    let unreadable = Malformed {
        form: Form::TwoPointZero,
        id: CallId::Absent,
    };
    let members = match serde_json::from_str::<Members<'_>>(text.get()) {
        Ok(members) => members,
        Err(_) => return Err(unreadable),
    };
    let form = match members.jsonrpc.map(RawValue::get) {
        None => Form::Documented,
        // Neither form: what cannot be told apart has no id.
        Some("null") => return Err(unreadable),
        Some(_) => Form::TwoPointZero,
    };
    let id = match members.id {
        None => CallId::Absent,
        Some(id) if is_id(id) => CallId::Given(id),
        Some(_) => {
            return Err(Malformed {
                form,
                id: CallId::Absent,
            });
        }
    };
    if members.id_twice {
        return Err(Malformed {
            form,
            id: CallId::Absent,
        });
    }
    let malformed = || Malformed { form, id };
    let version_is_known = match members.jsonrpc {
        None => true,
        Some(version) => serde_json::from_str::<Cow<'_, str>>(version.get())
            .is_ok_and(|version| version == "2.0"),
    };
    let params_fit = members.params.is_none_or(|params| {
        params.get() == "null" || params.get().starts_with('{') || params.get().starts_with('[')
    });
    if members.twice || !version_is_known || !params_fit {
        return Err(malformed());
    }
    let method = members.method.ok_or_else(malformed)?;
    let method = serde_json::from_str::<Text<'_>>(method.get())
        .map_err(|_| malformed())?
        .0;
    Ok(Call {
        form,
        id,
        method,
        params: members.params,
    })
}

/// A string, a number or `null`.
fn is_id(id: &RawValue) -> bool {
    let first = id.get().bytes().next();
    first.is_some_and(|byte| byte == b'"' || byte == b'-' || byte.is_ascii_digit())
        || id.get() == "null"
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The JSON of the result.
    Result(String),
    /// The JSON of the error object.
    Error(String),
}

impl Reply {
    /// `ok`, or the error's code, for log and metrics.
    pub fn outcome(&self) -> &str {
        match self {
            Self::Result(_) => "ok",
            // Error objects begin with their code: `{"code":-32314,…`.
            Self::Error(error) => {
                let rest = error.strip_prefix(r#"{"code":"#).unwrap_or_default();
                rest.split(|c: char| c != '-' && !c.is_ascii_digit())
                    .next()
                    .unwrap_or_default()
            }
        }
    }
}

/// Writes the reply in the call's own form.
pub fn write(form: Form, id: &CallId<'_>, reply: &Reply) -> String {
    let id = id.as_json();
    match (form, reply) {
        (Form::TwoPointZero, Reply::Result(result)) => {
            format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
        }
        (Form::TwoPointZero, Reply::Error(error)) => {
            format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#)
        }
        (Form::Documented, Reply::Result(result)) => {
            format!(r#"{{"id":{id},"result":{result},"error":null}}"#)
        }
        (Form::Documented, Reply::Error(error)) => {
            format!(r#"{{"id":{id},"result":null,"error":{error}}}"#)
        }
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
        while let Some((name, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            let slot = match &*name.0 {
                "jsonrpc" => &mut members.jsonrpc,
                "id" => &mut members.id,
                "method" => &mut members.method,
                "params" => &mut members.params,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                members.twice = true;
                members.id_twice |= name.0 == "id";
            }
        }
        Ok(members)
    }
}
