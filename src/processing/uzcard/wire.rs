//! The members of SVGate's requests and replies (docs/networks.md#uzcard).

use rpc_schema::values::Pan;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::processing::lenient::Scalar;

/// The params of a request: one object, named after its kind.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Params<'a> {
    Tran(TranParams<'a>),
    Hold(HoldParams<'a>),
    Otp(Otp<'a>),
    P2p(Transfer<'a>),
    Credit(Credit<'a>),
}

/// `trans.pay.purpose`, `trans.pay` and `trans.reverse.partial`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum TranParams<'a> {
    Pay(Payment<'a>),
    OldPay(OldPayment<'a>),
    #[serde(rename_all = "camelCase")]
    ReversePart {
        /// The payment's `refNum`.
        tran_id: &'a str,
        reverse_amount: i64,
        ext: &'a str,
    },
}

/// `trans.pay.purpose`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Payment<'a> {
    pub(super) purpose: &'a str,
    /// The shortest body known to work in production has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) receiver_id: Option<String>,
    pub(super) card_id: &'a str,
    pub(super) amount: i64,
    /// Always 0: SVGate does not handle the gateway's fee.
    pub(super) commission: i64,
    pub(super) currency: &'static str,
    pub(super) ext: &'a str,
    pub(super) merchant_id: &'a str,
    pub(super) terminal_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) merchant_info: Option<MerchantInfo<'a>>,
}

/// Whom a payment facilitator collects for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MerchantInfo<'a> {
    pub(super) mcc: &'a str,
    pub(super) legal_name: &'a str,
    pub(super) legal_type: u32,
    pub(super) legal_id: &'a str,
    #[serde(rename = "legalOKED", skip_serializing_if = "Option::is_none")]
    pub(super) legal_oked: Option<&'a str>,
}

/// `trans.pay`, of older contours.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OldPayment<'a> {
    pub(super) card_id: &'a str,
    pub(super) merchant_id: &'a str,
    pub(super) terminal_id: &'a str,
    /// A number, where it is one.
    pub(super) port: Value,
    pub(super) amount: i64,
    pub(super) ext: &'a str,
    pub(super) stan: String,
    pub(super) date12: String,
}

/// `hold.create`, `hold.dismiss.charge` and `hold.dismiss`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum HoldParams<'a> {
    #[serde(rename_all = "camelCase")]
    Create {
        card_id: &'a str,
        merchant_id: &'a str,
        terminal_id: &'a str,
        amount: i64,
        /// Minutes.
        time: i64,
    },
    #[serde(rename_all = "camelCase")]
    Charge {
        hold_id: Value,
        ext: &'a str,
        merchant_id: &'a str,
        terminal_id: &'a str,
        port: &'a str,
        stan: String,
        amount: i64,
    },
    #[serde(rename_all = "camelCase")]
    Dismiss {
        hold_id: Value,
        merchant_id: &'a str,
        terminal_id: &'a str,
        amount: i64,
    },
}

/// `p2p.universal`. The recipient is given by number, as there is no token for it
/// (docs/networks.md#svgate-transfers-and-credits).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transfer<'a> {
    /// The token.
    pub(super) sender: &'a str,
    pub(super) recipient: &'a Pan,
    pub(super) amount: i64,
    /// On top of the amount.
    pub(super) fee_amount: i64,
    pub(super) ext: &'a str,
    pub(super) merchant_id: &'a str,
    pub(super) terminal_id: &'a str,
}

/// `p2p.universal.credit`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Credit<'a> {
    pub(super) amount: i64,
    pub(super) ext: &'a str,
    pub(super) merchant_id: &'a str,
    pub(super) terminal_id: &'a str,
    pub(super) recipient: &'a Pan,
    pub(super) sender: Sender<'a>,
}

/// The sender of a credit. The typed client sends all of these members except `doc`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sender<'a> {
    pub(super) id: SenderId<'a>,
    pub(super) legal_name: &'a str,
    pub(super) system: &'a str,
    pub(super) last_name: &'a str,
    pub(super) first_name: &'a str,
    pub(super) middle_name: &'a str,
    pub(super) ref_num: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doc: Option<Document<'a>>,
}

/// What a credit calls its sender. `Debug` shows no whole number.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum SenderId<'a> {
    Text(&'a str),
    Mask(String),
    Pan(&'a Pan),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'a> {
    pub(super) nationality: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'a str,
    pub(super) series_number: &'a str,
    /// `ddMMyyyy`.
    pub(super) birth_date: &'a str,
    /// `ddMMyyyy`.
    pub(super) valid_to: &'a str,
    /// The PINFL, at most fourteen digits. A foreigner may have none.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) mrz: &'a str,
}

/// `cards.new.verify`.
#[derive(Debug, Serialize)]
pub(super) struct Otp<'a> {
    pub(super) id: Value,
    pub(super) code: &'a str,
}

/// `cards.new.otp`. The phone is next to the card, as in the typed client, or inside the card, as in another.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewOtp<'a> {
    pub(super) card: NewCard<'a>,
    pub(super) service_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sms: Option<CodeMessage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requestor_phone: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewCard<'a> {
    pub(super) pan: &'a str,
    pub(super) expiry: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requestor_phone: Option<&'a str>,
}

/// What SVGate's message with the code is like.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeMessage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) template_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<&'a str>,
}

/// An id from SVGate, sent back as a number if it looks like one.
pub(super) fn id(text: &str) -> Value {
    text.parse::<i64>()
        .map_or_else(|_| Value::from(text), Value::from)
}

/// A payment in the replies to payments, captures, look-ups and reversals.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Tran {
    ref_num: Scalar,
    pub(super) ext: Scalar,
    pub(super) amount: Scalar,
    /// The fee of a transfer, where SVGate names it.
    pub(super) commission: Scalar,
    /// The approval code.
    pub(super) field38: Scalar,
    pub(super) resp: Scalar,
    pub(super) status: Scalar,
}

/// What has become of a payment, in SVGate's word, which is read without regard to case
/// (docs/networks.md#svgate-payments).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TranStatus {
    /// `OK`: carried out.
    Ok,
    /// `ERR`: failed.
    Err,
    /// `ROK`: carried out and given back.
    Reversed,
    /// `RER`: the reversal has failed.
    ReverseRefused,
    /// None, or a word that no client was seen to know.
    Other,
}

impl Tran {
    pub(super) fn status(&self) -> TranStatus {
        match self.status.text().to_ascii_uppercase().as_str() {
            "OK" => TranStatus::Ok,
            "ERR" => TranStatus::Err,
            "ROK" => TranStatus::Reversed,
            "RER" => TranStatus::ReverseRefused,
            _ => TranStatus::Other,
        }
    }

    /// `refNum`, if it is a real one: present, and not only zeros (docs/networks.md#svgate-payments).
    pub(super) fn ref_num(&self) -> Option<String> {
        let text = self.ref_num.text();
        if text.bytes().all(|digit| digit == b'0') {
            return None;
        }
        // It has twelve digits; a JSON number loses the leading zeros.
        Some(format!("{text:0>12}"))
    }
}

/// The reply to `hold.create` and `hold.dismiss`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct HoldReply {
    pub(super) id: Scalar,
    pub(super) status: Scalar,
}

/// Whether this names a hold: one client takes only a number above 0 for an id (docs/networks.md#svgate-holds).
pub(super) fn is_hold_id(text: &str) -> bool {
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    !is_zero && !text.starts_with('-')
}

/// A hold in the replies to `hold.get.id` and `hold.get.cardId`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WireHold {
    pub(super) hid: Scalar,
    pub(super) cref_no: Scalar,
    pub(super) reqamt: Scalar,
    pub(super) create_time: Scalar,
    pub(super) waiting_time: Scalar,
    pub(super) status: Scalar,
    pub(super) user_name: Scalar,
}

/// The reply to `cards.new.otp`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct OtpReply {
    pub(super) id: Scalar,
    pub(super) phone_mask: Scalar,
    /// Only where `verified` is true it is of use: SVGate knows the card, and sends no code.
    pub(super) token: Scalar,
    pub(super) verified: Scalar,
}

/// A card in the replies to `cards.new.verify`, `cards.get` and `cards.list`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Card {
    /// The token.
    pub(super) id: Scalar,
    /// Masked.
    pub(super) pan: Scalar,
    pub(super) status: Scalar,
    pub(super) phone: Scalar,
    pub(super) full_name: Scalar,
    pub(super) balance: Scalar,
    /// No client reads one.
    pub(super) currency: Scalar,
    pub(super) sms: Scalar,
    pub(super) pincnt: Scalar,
    pub(super) cashback_amount: Scalar,
    /// The same, as some versions spell it.
    #[serde(rename = "cashbackamount")]
    pub(super) cashback_lower_case: Scalar,
    /// The section does not list it, but the partners' document shows it. It may be missing.
    pub(super) filial_code: Scalar,
    pub(super) cardtype: Scalar,
}

/// A row of the reply to `get.bin.list`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Bin {
    pub(super) bin: Scalar,
}

/// A recipient's card in the reply to `p2p.info`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", default)]
pub(super) struct Recipient {
    pub(super) embos_name: Scalar,
    pub(super) cardstatus: Scalar,
    pub(super) pincnt: Scalar,
    /// Only in older versions.
    pub(super) exp_dt: Scalar,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_have_one_wrapper_and_camel_case_names() {
        let pay = Params::Tran(TranParams::Pay(Payment {
            purpose: "payment",
            receiver_id: None,
            card_id: "t",
            amount: 5,
            commission: 0,
            currency: "860",
            ext: "e",
            merchant_id: "90001",
            terminal_id: "92400001",
            merchant_info: None,
        }));
        assert_eq!(
            serde_json::to_value(pay).unwrap(),
            json!({"tran": {"purpose": "payment", "cardId": "t", "amount": 5, "commission": 0, "currency": "860", "ext": "e",
                "merchantId": "90001", "terminalId": "92400001"}})
        );
        let charge = Params::Hold(HoldParams::Charge {
            hold_id: id("77"),
            ext: "e",
            merchant_id: "m",
            terminal_id: "t",
            port: "16050",
            stan: "000123".to_owned(),
            amount: 5,
        });
        assert_eq!(
            serde_json::to_value(charge).unwrap(),
            json!({"hold": {"holdId": 77, "ext": "e", "merchantId": "m", "terminalId": "t", "port": "16050", "stan": "000123",
                "amount": 5}})
        );
    }

    /// The recorded sample has numbers where the typed client has strings (docs/networks.md#svgate-envelope).
    #[test]
    fn a_payment_is_read_in_both_spellings() {
        let recorded = json!({"tranType": "DEBIT", "currency": 860, "stan": 524_662, "resp": 0, "respText": "Successful transaction",
            "respSV": "00", "status": "OK", "refNum": "000012345678", "ext": "a", "amount": 13_000_000, "field38": "345678"});
        let typed = json!({"currency": "860", "resp": "0", "status": "OK", "refNum": 12_345_678, "ext": "a",
            "amount": "13000000", "field38": 345_678, "pan2": null});
        for sample in [recorded, typed] {
            let tran: Tran = serde_json::from_value(sample).unwrap();
            assert_eq!(tran.ref_num().as_deref(), Some("000012345678"));
            assert_eq!(
                (tran.resp.int(), tran.amount.int()),
                (Some(0), Some(13_000_000))
            );
            assert_eq!(
                (tran.status.text(), tran.ext.text(), tran.field38.text()),
                ("OK", "a", "345678")
            );
        }
    }

    #[test]
    fn a_status_is_read_without_regard_to_case() {
        let read = |status| serde_json::from_value::<Tran>(json!({"status": status})).unwrap();
        for (spellings, expected) in [
            (["OK", "Ok", "ok", " OK "], TranStatus::Ok),
            (["ERR", "Err", "err", "eRR"], TranStatus::Err),
            (["ROK", "Rok", "rok", "rOk"], TranStatus::Reversed),
            (["RER", "Rer", "rer", "rEr"], TranStatus::ReverseRefused),
            (["", "WAIT", "OKAY", "0"], TranStatus::Other),
        ] {
            for status in spellings {
                assert_eq!(read(json!(status)).status(), expected, "{status}");
            }
        }
        for status in [json!(null), json!(0), json!(["OK"])] {
            assert_eq!(read(status.clone()).status(), TranStatus::Other, "{status}");
        }
    }

    #[test]
    fn zeros_are_not_a_ref_num() {
        for missing in [
            json!({}),
            json!({"refNum": ""}),
            json!({"refNum": "000000000000"}),
            json!({"refNum": 0}),
        ] {
            assert_eq!(
                serde_json::from_value::<Tran>(missing).unwrap().ref_num(),
                None
            );
        }
    }
}
