//! Transfers in the four directions, and what each is answered.

use aloqa_gateway::config::{Config, P2pToHumo};
use serde_json::{Value, json};

use crate::{HUMO, HUMO_2, TestCard, UZCARD, UZCARD_2, masked, with};

/// A transfer method, with two good cards for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Direction {
    /// Its name, such as `p2p.humo2humo`.
    pub method: &'static str,
    /// The sender's card.
    pub from: TestCard,
    /// The recipient's card.
    pub to: TestCard,
    /// Whether the sender's network credits a card of the other one, too.
    pub in_one_call: bool,
}

const fn direction(method: &'static str, from: TestCard, to: TestCard) -> Direction {
    Direction {
        method,
        from,
        to,
        in_one_call: false,
    }
}

/// Within HUMO.
pub const HUMO_TO_HUMO: Direction = direction("p2p.humo2humo", HUMO, HUMO_2);
/// From HUMO to UZCARD.
pub const HUMO_TO_UZCARD: Direction = direction("p2p.humo2uzcard", HUMO, UZCARD);
/// From UZCARD to HUMO.
pub const UZCARD_TO_HUMO: Direction = direction("p2p.uzcard2humo", UZCARD, HUMO);
/// The same where SVGate does it in one call.
pub const UZCARD_TO_HUMO_IN_ONE_CALL: Direction = Direction {
    in_one_call: true,
    ..UZCARD_TO_HUMO
};
/// Within UZCARD.
pub const UZCARD_TO_UZCARD: Direction = direction("p2p.uzcard2uzcard", UZCARD, UZCARD_2);

/// All directions, as they are without settings.
pub const DIRECTIONS: [Direction; 4] = [
    HUMO_TO_HUMO,
    HUMO_TO_UZCARD,
    UZCARD_TO_HUMO,
    UZCARD_TO_UZCARD,
];

impl Direction {
    /// The same method with another sender.
    pub fn from(self, card: TestCard) -> Self {
        Self { from: card, ..self }
    }

    /// The same method with another recipient.
    pub fn to(self, card: TestCard) -> Self {
        Self { to: card, ..self }
    }

    /// Whether it has two legs instead of one: between the networks, and not in one call.
    pub fn is_across(self) -> bool {
        self.from.network() != self.to.network() && !self.in_one_call
    }

    /// The settings under which it is carried out so.
    pub fn adjust(self, config: &mut Config) {
        if self.in_one_call {
            config.uzcard.p2p_to_humo = P2pToHumo::Pan;
        }
    }

    /// Whether its fee gets a fiscal receipt.
    pub fn has_receipt(self) -> bool {
        self.method != HUMO_TO_HUMO.method
    }

    /// Params of a transfer of `amount` from the card with this token.
    pub fn params(self, token: &str, amount: i64) -> Value {
        json!({"token": token, "pan": self.to.pan, "expiry": "3012", "amount": amount})
    }

    /// The merchant and terminal that the sender has in every transfer.
    pub fn terminal(self) -> (&'static str, &'static str) {
        match self.from.network() {
            "HUMO" => ("0040100000401CS", "1965000A"),
            _ => ("90001", "92400001"),
        }
    }

    /// The result of a transfer with this fee, with what only the networks know replaced by `"*"`; `ofd_url` is empty
    /// while the fiscal receipt is not registered.
    pub fn done(self, fee: i64, ofd_url: &str) -> Value {
        let (merchant, terminal) = self.terminal();
        let common =
            json!({"fee": fee.to_string(), "merchantId": merchant, "terminalId": terminal});
        let fiscal = json!({"ofd_url": ofd_url, "has_fiskal_check": !ofd_url.is_empty()});
        match self.method {
            "p2p.humo2humo" => with(common, json!({"paymentId": "*"})),
            "p2p.uzcard2uzcard" => with(with(common, fiscal), json!({"refNum": "*"})),
            _ => {
                let humo = if self.in_one_call { "" } else { "*" };
                with(
                    with(common, fiscal),
                    json!({
                        "refNum": "*", "aprCode": "*", "paymentId": humo, "paymentRef": humo, "auth_ref_number": humo,
                    }),
                )
            }
        }
    }

    /// Replaces with `"*"` what only the networks know, after a check that it is there.
    #[track_caller]
    pub fn masked_result(self, value: Value) -> Value {
        let names: &[&str] = match self.method {
            "p2p.humo2humo" => &["paymentId"],
            "p2p.uzcard2uzcard" => &["refNum"],
            _ if self.in_one_call => &["refNum", "aprCode"],
            _ => &[
                "refNum",
                "aprCode",
                "paymentId",
                "paymentRef",
                "auth_ref_number",
            ],
        };
        masked(value, names)
    }

    /// What a transfer puts into the ledger, as [`TestApp::moves`](crate::TestApp::moves) shows it.
    pub fn moves(self, amount: i64, fee: i64) -> Vec<String> {
        if self.is_across() {
            vec![format!("pay {}", amount + fee), format!("credit {amount}")]
        } else {
            vec![format!("p2p {amount}")]
        }
    }
}
