//! Why was a call refused, where the code alone does not tell?

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::errors::{ErrorCode, Family};

/// Makes of each entry a variant of [`Reason`] with its word and its meaning.
macro_rules! reasons {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+) => {
        /// A reason of a refusal, as `data.reason` names it. The list is closed: a word keeps its meaning, and a new
        /// word comes only with a new version of this document.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $( $(#[doc = $doc])+ $variant, )+
            /// In errors 1006 and 1009: the name of the B family's error that stopped the attachment.
            Code(ErrorCode),
        }

        impl Reason {
            /// All reasons that are words of their own: every one but [`Reason::Code`].
            pub const WORDS: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Code(code) => code.name(),
                }
            }

            /// What happened and what to do, in one line of Markdown: the doc comment of the variant.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    // Each doc line begins with a blank, which keeps the joined words apart.
                    $(Self::$variant => concat!($($doc),+).trim_ascii(),)+
                    Self::Code(_) => Self::CODE_MEANING,
                }
            }
        }
    };
}

reasons! {
    // The HTTP request: -32600, -32504 and -32343.

    /// The gateway serves nothing at this path. Send calls to `POST /`; `data.hint` names the method of a documented path.
    PathNotFound = "path_not_found",
    /// The path does not take this HTTP method. `data.hint` and the header `Allow` name those that it takes.
    MethodNotAllowed = "method_not_allowed",
    /// The request has no header `Host`, two of them, or another host than its request line. Send one.
    HostInvalid = "host_invalid",
    /// The gateway does not answer to the name in `Host`. Call it by a name that its operator has set (`server.hosts`).
    HostUnknown = "host_unknown",
    /// The request comes from a web page that is not the gateway's own and not allowed. Call from a server; a page would
    /// show the secret to whoever reads it.
    OriginForeign = "origin_foreign",
    /// The body is not declared as JSON in UTF-8. Send `Content-Type: application/json`.
    ContentType = "content_type",
    /// The body has a `Content-Encoding`. Send it uncompressed, without that header.
    ContentEncoding = "content_encoding",
    /// The headers are more, or longer, than a call needs; `data.hint` gives the limits. Send fewer.
    HeadersTooLarge = "headers_too_large",
    /// A header that says one thing, `Authorization` or `Content-Type`, is there twice. Send it once.
    HeaderTwice = "header_twice",
    /// The body is larger than the gateway accepts; `data.hint` gives the limit. Send fewer calls in one batch.
    BodyTooLarge = "body_too_large",
    /// The connection broke before the whole body had arrived, and nothing was done. Send the request again.
    BodyIncomplete = "body_incomplete",
    /// The whole body did not arrive in time, and nothing was done. Send the request again.
    BodyTimeout = "body_timeout",

    /// The request has no credentials. Send the header `Authorization` of HTTP Basic.
    CredentialsMissing = "credentials_missing",
    /// The user is unknown or disabled, or the secret is wrong. Check both; nothing of the request was done.
    CredentialsWrong = "credentials_wrong",
    /// The header `Authorization` is not one of HTTP Basic: another scheme, no base64, or no colon. Correct it.
    CredentialsNotBasic = "credentials_not_basic",
    /// Too many requests without credentials came from this address. Nothing was done; repeat after `Retry-After` seconds,
    /// or send credentials.
    TooManyWithoutCredentials = "too_many_without_credentials",
    /// Too many logins with this user name, or from this address, have failed. Nothing is looked at until `Retry-After` seconds
    /// have passed, the right secret neither. Correct the secret first.
    LockedOut = "locked_out",
    /// This partner calls too often. Nothing was done; repeat after `Retry-After` seconds, and call more slowly.
    PartnerRate = "partner_rate",
    /// Too many calls of this partner run at the same time. Nothing was done; repeat after `Retry-After` seconds.
    PartnerAtOnce = "partner_at_once",
    /// This was asked too often. Nothing was done; `data.hint` says when it may be asked again.
    QuestionsLimited = "questions_limited",
    /// The gateway is serving as many requests as it can. Nothing was done; repeat after `Retry-After` seconds.
    Overloaded = "overloaded",
    /// The gateway cannot reach its database. Nothing was done; repeat after `Retry-After` seconds.
    DatabaseAway = "database_away",

    // The body: -32700.

    /// The body is empty. Send a JSON-RPC object.
    BodyEmpty = "body_empty",
    /// The body is not text in UTF-8. Send it in UTF-8.
    NotUtf8 = "not_utf8",
    /// The body begins with a byte-order mark. Send it without.
    ByteOrderMark = "byte_order_mark",
    /// The body is not JSON. `data.line` and `data.column`, both from 1, say where it breaks; a column counts bytes.
    Syntax = "syntax",

    // The call as a whole: -32600.

    /// The batch has more calls than the gateway accepts; `data.hint` gives the limit. None was made. Send smaller ones.
    BatchTooLarge = "batch_too_large",
    /// The batch has no calls. Send at least one.
    BatchEmpty = "batch_empty",
    /// The batch calls `rpc.discover` twice, and the document is in its reply once. Call it once.
    DiscoverRepeated = "discover_repeated",
    /// The body or an entry of the batch is not a JSON object. Send an object with `id`, `method` and `params`.
    NotAnObject = "not_an_object",
    /// A member's name is not Unicode text. Correct the call.
    NotUnicode = "not_unicode",
    /// `jsonrpc` is not `"2.0"`. Send that, or leave the member out.
    VersionUnknown = "version_unknown",
    /// `id` is not a string, a number or null. Correct it.
    IdInvalid = "id_invalid",
    /// The call names no method. Add the member `method`; the path of the documents with dots for slashes is its name.
    MethodMissing = "method_missing",
    /// `method` is not a string. Correct it.
    MethodInvalid = "method_invalid",
    /// `params` is a string, a number or a boolean. Send an object, or leave it out.
    ParamsInvalid = "params_invalid",

    // The params: -32401.

    /// `params` is not a JSON object. Send the params by name.
    ParamsByNameOnly = "params_by_name_only",
    /// The method has no such param. `data.field` is its name, or `?` if the name might hold a secret. Remove it.
    UnknownMember = "unknown_member",
    /// The member is given twice, or under both of its names. Send it once. In -32600, it is one of the call itself.
    DuplicateMember = "duplicate_member",
    /// Two params exclude each other, and both are given. Send exactly one of them.
    ExactlyOneOf = "exactly_one_of",
    /// The value has the wrong JSON type. A number must be a whole number that fits 64 bits, without fraction, exponent
    /// or quotes. Correct the call.
    WrongType = "wrong_type",
    /// The value has the right JSON type, but not the documented form, or it is out of its range. Correct the call.
    BadFormat = "bad_format",
    /// The cursor is not one that this method gave out for these params. Send `next` unchanged, with the params of the
    /// page that it came with; or begin anew without a cursor.
    CursorMismatch = "cursor_mismatch",
    /// `is_hold` differs from the value that the debit was started with. Send the same value, or leave it out.
    IsHoldDiffers = "is_hold_differs",
    /// The card's network gives a payment back only as a whole, and the amount is less. This call did nothing. Reverse the
    /// whole payment, without `amount`.
    PartialNotSupported = "partial_not_supported",
    /// This `extId` belongs to an earlier call with other params or of another method. This call did nothing. Use a new
    /// `extId` for a new operation; repeat a call only with the same params.
    ExtIdReused = "ext_id_reused",

    // The period of a history: -32350.

    /// The period begins after it ends. Correct the two dates.
    FromAfterTo = "from_after_to",
    /// The period is longer than allowed. Ask for it in parts.
    TooLong = "too_long",

    // The cards and the amount of a transfer: -32374 and -32329.

    /// The sender's card is not of the network that the method debits. Call the method for the networks of both cards.
    SenderNetwork = "sender_network",
    /// The recipient's card is not of the network that the method credits. Call the method for the networks of both
    /// cards.
    RecipientNetwork = "recipient_network",
    /// The gateway is not connected to the card's network, which `data.network` names. Nothing was done; take a card of the
    /// other network.
    NetworkAbsent = "network_absent",
    /// This needs a code by SMS, and the gateway sends none. Nothing was done; ask the gateway's operator.
    SmsAbsent = "sms_absent",
    /// From this amount on, a transfer between the networks needs details of the sender. Nothing was done; send them in
    /// `sender`, or a smaller amount.
    SenderDetailsRequired = "sender_details_required",

    /// The card has paid too often in this hour or day, to whomever. Nothing was done. Try another card, or later.
    CardDebits = "card_debits",
    /// The card has paid too much in this hour or day, to whomever. Nothing was done. Send a smaller amount, or later.
    CardSum = "card_sum",

    // Messages: -32372.

    /// Too many codes were sent to this phone or for this card, by whomever. Nothing was sent; try later.
    PhoneLimit = "phone_limit",

    // The code from the SMS: -32308.

    /// The code is wrong, and there are tries left. Ask the cardholder for it again.
    WrongCode = "wrong_code",
    /// The code was wrong, and no try is left. Start the operation again to have another code sent.
    TriesUsedUp = "tries_used_up",
    /// The code is no longer valid. Start the operation again to have another code sent.
    CodeExpired = "code_expired",

    // The status of the transaction that the call is about.

    /// The transaction is being processed, or its outcome is not known yet. Call `transactions.get` until its status is
    /// final.
    Processing = "processing",
    /// The gateway could not establish the outcome by itself, and people are looking into it. Call `transactions.get`
    /// until the status is final; do not start another payment in its place.
    Manual = "manual",
    /// The gateway goes on from an older copy of its database, and the network does not tell yet whether this order was made
    /// before. This call did nothing. Repeat it later with the same `extId`; do not start another payment in its place.
    Restored = "restored",
    /// The transaction still awaits its code, so no money has moved that could be given back. Without the code it
    /// expires by itself.
    AwaitingCode = "awaiting_code",
    /// The money is on hold, so there is nothing to confirm or to reverse. To release it, call
    /// `transactions.debit.hold.cancel`.
    Held = "held",
    /// The money has moved already, and nothing was done a second time. To give back a debit or a charged hold, call
    /// `transactions.debit.reverse`.
    Succeeded = "succeeded",
    /// The amount is more than is left to be charged or given back: `transactions.get` shows `amount`, `capturedAmount` and
    /// `reversedAmount`. This call did nothing.
    AmountExceedsRest = "amount_exceeds_rest",
    /// The hold was cancelled, and its money released.
    Cancelled = "cancelled",
    /// The money was given back already.
    Reversed = "reversed",
    /// The operation was declined. Start a new one if it is still wanted.
    Declined = "declined",
    /// The hold has expired, and its money is released or about to be. Start a new hold if it is still wanted.
    HoldExpired = "hold_expired",

    // What the networks did.

    /// The network refused to undo the payment, which stands as it was. `data.processingCode` has the network's own
    /// code.
    RefusedByNetwork = "refused_by_network",
    /// The operation was interrupted before it was complete, and what had been done was undone. Start a new one, with a
    /// new `extId`, if it is still wanted.
    Interrupted = "interrupted",
    /// The network asked for another fee than was quoted, and no money was moved. Repeat the transfer later, with a new
    /// `extId`.
    FeeDiffers = "fee_differs",
}

impl Reason {
    /// What [`Reason::Code`] means, whichever error it names.
    pub const CODE_MEANING: &'static str = "In errors 1006 and 1009: the name of the error that stopped the \
        attachment. The table of errors says what it means and what to do.";

    /// The errors that [`Reason::Code`] may name.
    pub fn codes() -> impl Iterator<Item = ErrorCode> {
        let of_b_family = |error: &ErrorCode| error.family() == Family::Gateway;
        ErrorCode::ALL.iter().copied().filter(of_b_family)
    }

    /// The reason with this word, if there is one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let words = Self::WORDS.iter().copied();
        words
            .chain(Self::codes().map(Self::Code))
            .find(|reason| reason.as_str() == word)
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Reads a reason. A word that is not in the list is read as none.
///
/// Another version of the gateway may have written it. The error's code says enough to act on, so the rest of the data
/// stays readable.
pub(crate) fn known<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Reason>, D::Error> {
    let word: Option<Cow<'de, str>> = Option::deserialize(deserializer)?;
    Ok(word.and_then(|word| Reason::parse(&word)))
}

impl JsonSchema for Reason {
    fn schema_name() -> Cow<'static, str> {
        "Reason".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = Self::WORDS
            .iter()
            .map(|word| json!({ "type": "string", "const": word, "description": word.meaning() }));
        let names: Vec<&str> = Self::codes().map(ErrorCode::name).collect();
        let code = json!({ "type": "string", "enum": names, "description": Self::CODE_MEANING });
        let all: Vec<Json> = words.chain([code]).collect();
        json_schema!({
            "description": "Why a call was refused, where the code alone does not tell. The list is closed.",
            "oneOf": all,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn all() -> impl Iterator<Item = Reason> {
        let words = Reason::WORDS.iter().copied();
        words.chain(Reason::codes().map(Reason::Code))
    }

    #[test]
    fn a_word_leads_back_to_its_reason() {
        let words: HashSet<&str> = all().map(Reason::as_str).collect();
        assert_eq!(words.len(), all().count());
        for reason in all() {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
            assert_eq!(json!(reason), json!(reason.as_str()));
        }
        // The A family's errors are never the reason of another one.
        for unknown in ["", "WRONG_CODE", "Wrong_code", "ATTACH_FAILED"] {
            assert_eq!(Reason::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn words_are_snake_case() {
        for reason in Reason::WORDS {
            let good = |part: &str| {
                !part.is_empty()
                    && part
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            };
            assert!(reason.as_str().split('_').all(good), "{reason:?}");
        }
    }

    #[test]
    fn meanings_are_sentences_in_one_line() {
        for reason in all() {
            let meaning = reason.meaning();
            assert!(meaning.ends_with('.'), "{reason:?}: {meaning}");
            assert!(
                !meaning.contains("  ") && !meaning.contains('\n'),
                "{reason:?}"
            );
            assert_eq!(meaning, meaning.trim());
        }
    }
}
