//! What a payment tells SVGate besides card, amount and reference: by which method, and for whom it is collected.

use super::payments::stan;
use super::wire::{self, OldPayment, Params, Payment, TranParams};
use crate::config::{self, MerchantInfo, PaymentMethod};
use crate::domain::call::Debit;
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
