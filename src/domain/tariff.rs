//! What a transfer costs, and how much may be transferred: integers only, one tariff a direction.

use rpc_schema::values::{Amount, Network};
use serde::{Deserialize, Serialize};

/// From which network to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Direction {
    pub from: Network,
    pub to: Network,
}

impl Direction {
    /// The document shows a fiscal receipt in every direction but HUMO to HUMO.
    pub fn has_fiscal_receipt(self) -> bool {
        match (self.from, self.to) {
            (Network::Humo, Network::Humo) => false,
            (Network::Humo, Network::Uzcard)
            | (Network::Uzcard, Network::Humo | Network::Uzcard) => true,
        }
    }
}

/// Fee and limits of one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tariff {
    /// Hundredths of a percent: 50 is 0.5 %.
    pub rate_bp: i64,
    /// Tiyin.
    pub min_fee: i64,
    /// Tiyin.
    pub max_fee: i64,
    /// Tiyin: -32328 below.
    pub min_amount: i64,
    /// Tiyin: -32329 above.
    pub max_amount: i64,
}

/// 100 % in hundredths of a percent.
const WHOLE_BP: i128 = 10_000;

impl Default for Tariff {
    fn default() -> Self {
        Self {
            rate_bp: 50,
            min_fee: 0,
            // Ten million UZS: above the half percent of the greatest amount.
            max_fee: 1_000_000_000,
            min_amount: 1,
            max_amount: 100_000_000_000,
        }
    }
}

impl Tariff {
    /// The fee in tiyin: rate times amount, rounded half up to a tiyin, then held within the least and the greatest fee
    /// (docs/contract.md#how-the-documents-are-read).
    pub fn fee(&self, amount: Amount) -> i64 {
        let exact = i128::from(amount.tiyin()) * i128::from(self.rate_bp);
        let rounded = (exact + WHOLE_BP / 2) / WHOLE_BP;
        i64::try_from(rounded)
            .unwrap_or(i64::MAX)
            .clamp(self.min_fee, self.max_fee)
    }

    /// What the sender pays: amount and fee.
    pub fn total(&self, amount: Amount) -> i64 {
        amount.tiyin().saturating_add(self.fee(amount))
    }

    /// The rate in percent without trailing zeros: `0.5`, `1`, `1.25`.
    pub fn rate_percent(&self) -> String {
        let (whole, hundredths) = (self.rate_bp / 100, self.rate_bp % 100);
        let text = format!("{whole}.{hundredths:02}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// What is wrong with these settings.
    pub fn fault(&self) -> Option<&'static str> {
        let limits = self.min_amount > 0 && self.max_amount >= self.min_amount;
        // Amount and fee together must fit 64 bits.
        let bounded = self.max_amount <= i64::MAX / 4 && self.max_fee <= i64::MAX / 4;
        if !(0..=10_000).contains(&self.rate_bp) {
            Some("rate_bp must be 0 to 10000")
        } else if self.min_fee < 0 || self.max_fee < self.min_fee {
            Some("the fees must be 0 or more, the greatest not below the least")
        } else if !limits || !bounded {
            Some(
                "the amounts must be above zero, the greatest not below the least, and fit 64 bits with the fee",
            )
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tariff(rate_bp: i64, min_fee: i64, max_fee: i64) -> Tariff {
        Tariff {
            rate_bp,
            min_fee,
            max_fee,
            ..Tariff::default()
        }
    }

    #[test]
    fn the_documents_example() {
        let amount = Amount::new(5_000).unwrap();
        let half_percent = Tariff::default();
        assert_eq!(
            (half_percent.fee(amount), half_percent.total(amount)),
            (25, 5_025)
        );
        assert_eq!(half_percent.rate_percent(), "0.5");
    }

    #[test]
    fn half_a_tiyin_is_rounded_up() {
        for (amount, fee) in [
            (1, 0),
            (99, 0),
            (100, 1),
            (101, 1),
            (199, 1),
            (200, 1),
            (299, 1),
            (300, 2),
        ] {
            assert_eq!(
                tariff(50, 0, i64::MAX / 4).fee(Amount::new(amount).unwrap()),
                fee,
                "{amount}"
            );
        }
    }

    #[test]
    fn rates_have_no_trailing_zeros() {
        for (rate_bp, percent) in [
            (0, "0"),
            (5, "0.05"),
            (50, "0.5"),
            (100, "1"),
            (125, "1.25"),
            (1_000, "10"),
        ] {
            assert_eq!(tariff(rate_bp, 0, 0).rate_percent(), percent);
        }
    }

    proptest! {
        /// Over the whole range of amounts: nearest tiyin with ties up, never outside the bounds, never falling.
        #[test]
        fn the_fee_is_the_nearest_tiyin_within_its_bounds(
            tiyin in 1..=i64::MAX / 4,
            more in 0..=1_000_000_i64,
            rate_bp in 0..=10_000_i64,
            min_fee in 0..=1_000_000_i64,
            span in 0..=i64::MAX / 8,
        ) {
            let tariff = tariff(rate_bp, min_fee, min_fee + span);
            let amount = Amount::new(tiyin).unwrap();
            let fee = tariff.fee(amount);
            prop_assert!((min_fee..=min_fee + span).contains(&fee));
            let exact = i128::from(tiyin) * i128::from(rate_bp);
            if fee > min_fee && fee < min_fee + span {
                let off = i128::from(fee) * WHOLE_BP - exact;
                prop_assert!(off > -WHOLE_BP / 2 && off <= WHOLE_BP / 2);
            }
            let larger = Amount::new(tiyin.saturating_add(more)).unwrap();
            prop_assert!(tariff.fee(larger) >= fee);
            prop_assert_eq!(tariff.total(amount), tiyin.saturating_add(fee));
        }
    }
}
