//! Cards of the simulated networks, and what their networks answer about them.

use serde_json::{Value, json};

use crate::masked;

/// A good card of UZCARD: number, phone.
pub const UZCARD: TestCard = TestCard {
    pan: "8600010132441332",
    phone: "998901234567",
};
/// Another good card of UZCARD.
pub const UZCARD_2: TestCard = TestCard {
    pan: "8600490744313347",
    phone: "998901234568",
};
/// A good card of HUMO.
pub const HUMO: TestCard = TestCard {
    pan: "9860190101578366",
    phone: "998977446066",
};
/// Another good card of HUMO.
pub const HUMO_2: TestCard = TestCard {
    pan: "9860100123456789",
    phone: "998977446067",
};

/// Every code of the sandbox profile.
pub const CODE: &str = "111111";

/// What every test card of good standing has, in tiyin.
pub const FULL: i64 = 1_000_000_000;

/// A card of the sandbox's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestCard {
    /// The card number, 16 digits.
    pub pan: &'static str,
    /// The phone that codes are sent to, 12 digits.
    pub phone: &'static str,
}

impl TestCard {
    /// The first card of the sandbox's table with this outcome, such as `blocked`.
    pub fn forcing(network: sandbox::Network, outcome: sandbox::Outcome) -> Self {
        let card = sandbox::TEST_CARDS
            .iter()
            .find(|card| card.network == network && card.outcome == outcome);
        let card = card.unwrap_or_else(|| panic!("no card of {network:?} forces {outcome:?}"));
        Self {
            pan: card.pan,
            phone: card.phone,
        }
    }

    /// Whether its network is HUMO.
    pub fn is_humo(&self) -> bool {
        self.pan.starts_with("9860")
    }

    /// `UZCARD` or `HUMO`.
    pub fn network(&self) -> &'static str {
        if self.is_humo() { "HUMO" } else { "UZCARD" }
    }

    /// The mask that operations show, `860001*****1332`.
    pub fn mask(&self) -> String {
        let (head, tail) = (self.pan.get(..6).unwrap(), self.pan.get(12..).unwrap());
        format!("{head}*****{tail}")
    }

    /// A code with which this card's network refuses: its spelling, and what it is mapped to.
    pub fn refusing_code(&self) -> (&'static str, i32) {
        // Blocked.
        if self.is_humo() {
            ("104", -32310)
        } else {
            ("-205", -32310)
        }
    }

    /// A code of this card's network that leaves the outcome open.
    pub fn unclear_code(&self) -> &'static str {
        if self.is_humo() { "909" } else { "-101" }
    }

    /// The result of a debit or charge of this card, with what only the networks know replaced by `"*"`.
    pub fn taken(&self, transaction_id: i64) -> Value {
        if self.is_humo() {
            json!({
                "paymentId": "*", "paymentRef": "*", "merchantId": "0040100000401CS", "terminalId": "1965000A",
                "auth_ref_number": "*", "transactionId": transaction_id,
            })
        } else {
            json!({
                "ext": "*", "refNum": "*", "merchantId": "90001", "terminalId": "92400001",
                "transactionId": transaction_id,
            })
        }
    }

    /// Replaces with `"*"` what only the networks know of a debit or charge, after a check that it is there.
    pub fn masked_result(&self, value: Value) -> Value {
        let names: &[&str] = if self.is_humo() {
            &["paymentId", "paymentRef", "auth_ref_number"]
        } else {
            &["ext", "refNum"]
        };
        masked(value, names)
    }
}

/// Params of a debit of `amount` with the demo partner's terminal for the card's network.
pub fn debit_params(card: TestCard, token: &str, amount: i64) -> Value {
    let (merchant, terminal) = if card.is_humo() {
        ("0040100000401CS", "1965000A")
    } else {
        ("90001", "92400001")
    };
    json!({"token": token, "amount": amount, "merchantId": merchant, "terminalId": terminal})
}
