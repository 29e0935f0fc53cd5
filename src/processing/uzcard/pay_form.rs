//! What a payment tells SVGate besides card, amount and reference: by which method, and for whom it is collected.

use sha2::{Digest as _, Sha256};

use super::wire::{self, OldPayment, Params, Payment, TranParams};
use crate::config::{self, MerchantInfo, PaymentMethod};
use crate::domain::call::{Debit, Reference};
use crate::domain::day;

/// The most signs of `receiverId`.
const RECEIVER: usize = 250;

/// The form of payments at this contour.
#[derive(Debug)]
pub(super) struct PayForm {
    method: PaymentMethod,
    purpose: String,
    port: String,
    receiver_id: Option<String>,
    merchants: Vec<MerchantInfo>,
}

impl PayForm {
    pub(super) fn new(config: &config::Uzcard) -> Self {
        Self {
            method: config.payment_method,
            purpose: config.purpose.clone(),
            port: config.port.clone(),
            receiver_id: config.receiver_id.clone(),
            merchants: config.merchants.clone(),
        }
    }

    /// Method and params of a payment with this card.
    pub(super) fn of<'a>(&'a self, debit: &'a Debit, token: &'a str) -> (&'static str, Params<'a>) {
        match self.method {
            PaymentMethod::Purpose => (
                "trans.pay.purpose",
                Params::Tran(TranParams::Pay(self.payment(debit, token))),
            ),
            PaymentMethod::Pay => (
                "trans.pay",
                Params::Tran(TranParams::OldPay(OldPayment {
                    card_id: token,
                    merchant_id: &debit.terminal.merchant_id,
                    terminal_id: &debit.terminal.terminal_id,
                    port: wire::id(&self.port),
                    amount: debit.amount.tiyin(),
                    ext: &debit.reference.0,
                    stan: stan(&debit.reference),
                    date12: day::date12(debit.at),
                })),
            ),
        }
    }

    fn payment<'a>(&'a self, debit: &'a Debit, token: &'a str) -> Payment<'a> {
        Payment {
            purpose: &self.purpose,
            receiver_id: self.receiver(debit),
            card_id: token,
            amount: debit.amount.tiyin(),
            commission: 0,
            currency: "860",
            ext: &debit.reference.0,
            merchant_id: &debit.terminal.merchant_id,
            terminal_id: &debit.terminal.terminal_id,
            merchant_info: self.merchant(&debit.partner),
        }
    }

    fn receiver(&self, debit: &Debit) -> Option<String> {
        // The merchant's id first, as a partner's name may have braces.
        let text = self
            .receiver_id
            .as_ref()?
            .replace("{merchant_id}", &debit.terminal.merchant_id)
            .replace("{partner}", &debit.partner);
        Some(text.chars().take(RECEIVER).collect())
    }

    fn merchant(&self, partner: &str) -> Option<wire::MerchantInfo<'_>> {
        let merchant = self.merchants.iter().find(|one| one.partner == partner)?;
        Some(wire::MerchantInfo {
            mcc: &merchant.mcc,
            legal_name: &merchant.legal_name,
            legal_type: merchant.legal_type,
            legal_id: &merchant.legal_id,
            legal_oked: merchant.legal_oked.as_deref(),
        })
    }
}

/// The legacy ISO field `stan` of `hold.dismiss.charge` and `trans.pay`: six digits, the same for the same reference.
pub(super) fn stan(reference: &Reference) -> String {
    let digest = Sha256::digest(reference.0.as_bytes());
    let number = digest
        .iter()
        .take(4)
        .fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    // 000000 is taken for "none" by some systems.
    format!("{:06}", number % 999_999 + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_stan_is_six_digits_and_stays_the_same() {
        let stans: HashSet<String> = (0..200)
            .map(|n| stan(&Reference(format!("reference-{n}"))))
            .collect();
        assert!(
            stans
                .iter()
                .all(|stan| stan.len() == 6 && stan.bytes().all(|byte| byte.is_ascii_digit()))
        );
        assert!(stans.len() > 190);
        assert_eq!(
            stan(&Reference("a".to_owned())),
            stan(&Reference("a".to_owned()))
        );
    }
}
