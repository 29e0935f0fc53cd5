//! The envelopes: JSON-RPC 2.0, the documented `{"id", "method", "params"}` without `jsonrpc`, and what the documents'
//! own paths take and answer.
//!
//! Each request object is answered in its own form (docs/contract.md#envelopes). jsonrpsee's `Id` holds only unsigned
//! integers and strings, so the reply is written here with the caller's own bytes.

use std::borrow::Cow;
use std::fmt;

use rpc_schema::errors::Family;
use rpc_schema::hint::Hint;
use rpc_schema::reason::Reason;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The form of a request object, and so of its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With `"jsonrpc": "2.0"`. The reply has either `result` or `error`.
    TwoPointZero,
    /// Without `jsonrpc`. The reply has both; the unused one is `null`.
    Documented,
    /// The body of a documented path of the B family: nothing but the params. The reply has `error` and `result`, and no
    /// `id`.
    Bare,
}

/// The `id` of a request object, as the caller wrote it.
#[derive(Debug, Clone, Copy)]
pub enum JsonRpcId<'a> {
    /// The request object has no `id`.
    Absent,
    /// A string, a number or `null`.
    Given(&'a RawValue),
}

impl JsonRpcId<'_> {
    /// The `id` of the reply.
    pub fn as_json(&self) -> &str {
        match self {
            Self::Absent => "null",
            Self::Given(id) => id.get(),
        }
    }
}

/// A well-formed request object.
#[derive(Debug)]
pub struct RequestObject<'a> {
    pub form: Form,
    pub id: JsonRpcId<'a>,
    pub method: Cow<'a, str>,
    pub params: Option<&'a RawValue>,
}

impl RequestObject<'_> {
    /// Whether this is a notification: 2.0 without an id. It is never executed, as money must not move without an
    /// answer.
    pub fn is_notification(&self) -> bool {
        self.form == Form::TwoPointZero && matches!(self.id, JsonRpcId::Absent)
    }
}

/// How to write the refusal (-32600) of something that is not a request object.
#[derive(Debug)]
pub struct Malformed<'a> {
    pub form: Form,
    pub id: JsonRpcId<'a>,
    pub why: Why,
}

/// Why something is not a request object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    NotAnObject,
    /// The body of a documented path of the A family is not an object.
    NotAnAttachBody,
    /// The body of a documented path of the B family cannot be params.
    NotABareBody,
    /// A member's name is no Unicode text.
    NotUnicode,
    VersionUnknown,
    IdInvalid,
    /// This member of the envelope stands twice.
    Twice(&'static str),
    ParamsInvalid,
    /// The method is missing, in this form.
    MethodMissing(Form),
    MethodInvalid,
}

impl Why {
    /// The words for it.
    pub fn reason(self) -> Reason {
        match self {
            Self::NotAnObject | Self::NotAnAttachBody => Reason::NotAnObject,
            Self::NotUnicode => Reason::NotUnicode,
            Self::VersionUnknown => Reason::VersionUnknown,
            Self::IdInvalid => Reason::IdInvalid,
            Self::Twice(_) => Reason::DuplicateMember,
            Self::ParamsInvalid | Self::NotABareBody => Reason::ParamsInvalid,
            Self::MethodMissing(_) => Reason::MethodMissing,
            Self::MethodInvalid => Reason::MethodInvalid,
        }
    }

    /// What to do instead.
    pub fn hint(self) -> Hint {
        match self {
            Self::NotAnObject => Hint::NotAnObject,
            Self::NotAnAttachBody => Hint::AttachBody,
            Self::NotABareBody => Hint::ParamsByName,
            Self::NotUnicode => Hint::NotUnicode,
            Self::VersionUnknown => Hint::Version,
            Self::IdInvalid => Hint::Id,
            Self::Twice(_) => Hint::Twice,
            Self::ParamsInvalid => Hint::ParamsInvalid,
            Self::MethodMissing(Form::TwoPointZero) => Hint::MethodMissing,
            // The documents' own bodies name no method: their paths do.
            Self::MethodMissing(Form::Documented | Form::Bare) => Hint::MethodOfPath,
            Self::MethodInvalid => Hint::MethodInvalid,
        }
    }

    /// The member that it is about.
    pub fn field(self) -> Option<&'static str> {
        match self {
            Self::NotAnObject | Self::NotAnAttachBody | Self::NotABareBody | Self::NotUnicode => {
                None
            }
            Self::VersionUnknown => Some("jsonrpc"),
            Self::IdInvalid => Some("id"),
            Self::Twice(name) => Some(name),
            Self::ParamsInvalid => Some("params"),
            Self::MethodMissing(_) | Self::MethodInvalid => Some("method"),
        }
    }
}

/// The members of a request object, before they are checked.
#[derive(Default)]
struct Members<'a> {
    jsonrpc: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    method: Option<&'a RawValue>,
    params: Option<&'a RawValue>,
    /// The first of them that stands twice.
    twice: Option<&'static str>,
    id_twice: bool,
}

/// Reads one request object.
///
/// # Errors
/// It is not a request object. The refusal has the form and the id that could be read.
pub fn read(text: &RawValue) -> Result<RequestObject<'_>, Malformed<'_>> {
    let unreadable = |why| Malformed {
        form: Form::TwoPointZero,
        id: JsonRpcId::Absent,
        why,
    };
    let members = match serde_json::from_str::<Members<'_>>(text.get()) {
        Ok(members) => members,
        Err(_) if text.get().starts_with('{') => return Err(unreadable(Why::NotUnicode)),
        Err(_) => return Err(unreadable(Why::NotAnObject)),
    };
    let form = match members.jsonrpc.map(RawValue::get) {
        None => Form::Documented,
        // Neither form, so the id is not read.
        Some("null") => return Err(unreadable(Why::VersionUnknown)),
        Some(_) => Form::TwoPointZero,
    };
    let id = match members.id {
        None => JsonRpcId::Absent,
        Some(id) if is_id(id) => JsonRpcId::Given(id),
        Some(_) => {
            return Err(Malformed {
                form,
                id: JsonRpcId::Absent,
                why: Why::IdInvalid,
            });
        }
    };
    if members.id_twice {
        return Err(Malformed {
            form,
            id: JsonRpcId::Absent,
            why: Why::Twice("id"),
        });
    }
    let malformed = |why| Malformed { form, id, why };
    let version_is_known = match members.jsonrpc {
        None => true,
        Some(version) => serde_json::from_str::<Cow<'_, str>>(version.get())
            .is_ok_and(|version| version == "2.0"),
    };
    if let Some(name) = members.twice {
        return Err(malformed(Why::Twice(name)));
    }
    if !version_is_known {
        return Err(malformed(Why::VersionUnknown));
    }
    if !members.params.is_none_or(can_be_params) {
        return Err(malformed(Why::ParamsInvalid));
    }
    let missing = || malformed(Why::MethodMissing(form));
    let method = members.method.ok_or_else(missing)?;
    let method = serde_json::from_str::<Text<'_>>(method.get())
        .map_err(|_| malformed(Why::MethodInvalid))?
        .0;
    Ok(RequestObject {
        form,
        id,
        method,
        params: members.params,
    })
}

/// Reads the body of a documented path, which names the method: `{id, params}` in the A family, the bare params in the B
/// family.
///
/// # Errors
/// As [`read`], in the form of that family.
pub fn read_at_path<'a>(
    text: &'a RawValue,
    method: &'static str,
    family: Family,
) -> Result<RequestObject<'a>, Malformed<'a>> {
    let form = path_form(family);
    let malformed = |id, why| Malformed { form, id, why };
    let (id, params, unfit) = match family {
        Family::Gateway => (JsonRpcId::Absent, Some(text), Why::NotABareBody),
        Family::Attach => {
            let refuse = |why| malformed(JsonRpcId::Absent, why);
            let members = match serde_json::from_str::<Members<'_>>(text.get()) {
                Ok(members) => members,
                Err(_) if text.get().starts_with('{') => return Err(refuse(Why::NotUnicode)),
                Err(_) => return Err(refuse(Why::NotAnAttachBody)),
            };
            let id = match members.id {
                None => JsonRpcId::Absent,
                Some(id) if !is_id(id) => return Err(refuse(Why::IdInvalid)),
                Some(_) if members.id_twice => return Err(refuse(Why::Twice("id"))),
                Some(id) => JsonRpcId::Given(id),
            };
            if let Some(name) = members.twice {
                return Err(malformed(id, Why::Twice(name)));
            }
            (id, members.params, Why::ParamsInvalid)
        }
    };
    if !params.is_none_or(can_be_params) {
        return Err(malformed(id, unfit));
    }
    Ok(RequestObject {
        form,
        id,
        method: Cow::Borrowed(method),
        params,
    })
}

/// The form of the replies at a documented path.
pub fn path_form(family: Family) -> Form {
    match family {
        Family::Attach => Form::Documented,
        Family::Gateway => Form::Bare,
    }
}

/// An object, an array or `null`.
fn can_be_params(params: &RawValue) -> bool {
    params.get() == "null" || params.get().starts_with('{') || params.get().starts_with('[')
}

/// A string, a number or `null`.
fn is_id(id: &RawValue) -> bool {
    let first = id.get().bytes().next();
    first.is_some_and(|byte| byte == b'"' || byte == b'-' || byte.is_ascii_digit())
        || id.get() == "null"
}

/// The result of a call.
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

/// What stands before and after a result in this form.
pub fn around(form: Form, id: &JsonRpcId<'_>) -> (String, &'static str) {
    let id = id.as_json();
    match form {
        Form::TwoPointZero => (format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"#), "}"),
        Form::Documented => (format!(r#"{{"id":{id},"result":"#), r#","error":null}"#),
        Form::Bare => (r#"{"error":null,"result":"#.to_owned(), "}"),
    }
}

/// Writes the reply in this form.
pub fn write(form: Form, id: &JsonRpcId<'_>, reply: &Reply) -> String {
    let error = match reply {
        Reply::Result(result) => {
            let (mut text, after) = around(form, id);
            text.push_str(result);
            text.push_str(after);
            return text;
        }
        Reply::Error(error) => error,
    };
    let id = id.as_json();
    match form {
        Form::TwoPointZero => format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#),
        Form::Documented => format!(r#"{{"id":{id},"result":null,"error":{error}}}"#),
        Form::Bare => format!(r#"{{"error":{error},"result":null}}"#),
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
            let (slot, name) = match &*name.0 {
                "jsonrpc" => (&mut members.jsonrpc, "jsonrpc"),
                "id" => (&mut members.id, "id"),
                "method" => (&mut members.method, "method"),
                "params" => (&mut members.params, "params"),
                _ => continue,
            };
            if slot.replace(value).is_some() {
                members.twice = members.twice.or(Some(name));
                members.id_twice |= name == "id";
            }
        }
        Ok(members)
    }
}
