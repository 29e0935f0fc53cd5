//! The requests of `PaymentServer`: what stands inside each operation (the protocol notes, section 2.2).

use rpc_schema::values::Amount;

use super::outcome::Asked;
use super::soap::{element, item};
use crate::config;
use crate::processing::{CardAccess, Receipt, Reference, Terminal};

/// What is created: a sale, or a hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Biller {
    /// Single message.
    Sale,
    /// Dual message.
    Hold,
}

impl Biller {
    /// `billerRef`, which is also the `payinstrRef`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sale => "SOAP_SMS",
            Self::Hold => "SOAP_DMS",
        }
    }

    pub(super) fn asked(self) -> Asked {
        match self {
            Self::Sale => Asked::Pay,
            Self::Hold => Asked::Hold,
        }
    }
}

/// Writes the requests with the gateway's own settings in them.
#[derive(Debug)]
pub(super) struct Requests {
    user: String,
    point_code: String,
    centre_id: String,
}

impl Requests {
    pub(super) fn new(config: &config::Humo) -> Self {
        Self {
            user: config.user.clone(),
            point_code: config.point_code.clone(),
            centre_id: config.centre_id.clone(),
        }
    }

    /// `Payment`, which creates a sale or a hold.
    pub(super) fn create(
        &self,
        biller: Biller,
        card: &CardAccess,
        amount: Amount,
        terminal: &Terminal,
        reference: &Reference,
    ) -> String {
        let details = [
            item("pan", card.pan.digits()),
            item("expiry", &card.expiry.yymm()),
            item("ccy_code", "860"),
            item("amount", &amount.to_string()),
            item("merchant_id", &terminal.merchant_id),
            item("terminal_id", &terminal.terminal_id),
            item("point_code", &self.point_code),
            item("centre_id", &self.centre_id),
        ]
        .concat();
        [
            element("billerRef", biller.name()),
            element("payinstrRef", biller.name()),
            // Like the reference, it tells a repeated request from a new one (section 2.2, idempotency).
            element("sessionID", &reference.0),
            element("paymentRef", &reference.0),
            format!("<details>{details}</details>"),
            self.originator(),
        ]
        .concat()
    }

    /// `Payment`, which confirms. `capture` is the amount to be taken of a hold; a sale is confirmed as it was created.
    pub(super) fn confirm(&self, payment: &Receipt, capture: Option<Amount>) -> String {
        let details = capture
            .map(|amount| format!("<details>{}</details>", item("amount", &amount.to_string())));
        [
            names(payment),
            details.unwrap_or_default(),
            element("confirmed", "true"),
            element("finished", "true"),
            self.originator(),
        ]
        .concat()
    }

    /// `CancelRequest`
    pub(super) fn cancel(&self, payment: &Receipt) -> String {
        names(payment) + &self.originator()
    }

    /// `ReturnPayment`. The items stand bare here, not in `details`.
    pub(super) fn reverse(&self, payment: &Receipt, terminal: &Terminal) -> String {
        [
            names(payment),
            item("merchant_id", &terminal.merchant_id),
            item("centre_id", &self.centre_id),
            item("terminal_id", &terminal.terminal_id),
            self.originator(),
        ]
        .concat()
    }

    /// `GetPayment` by our reference, whatever else is known: it is the one name that both sides had from the start.
    pub(super) fn get(&self, reference: &Reference) -> String {
        [
            element("paymentRef", &reference.0),
            element("sessionID", ""),
            self.originator(),
        ]
        .concat()
    }

    fn originator(&self) -> String {
        element("paymentOriginator", &self.user)
    }
}

/// The payment's names: HUMO's id, where it is known, and our reference.
fn names(payment: &Receipt) -> String {
    let id = &payment.network_id;
    let id = if id.is_empty() {
        String::new()
    } else {
        element("paymentID", id)
    };
    id + &element("paymentRef", &payment.reference.0)
}

#[cfg(test)]
mod tests {
    use rpc_schema::values::{Expiry, Pan};

    use super::super::soap;
    use super::*;

    fn requests() -> Requests {
        Requests::new(&config::Humo::default())
    }

    fn terminal() -> Terminal {
        Terminal {
            merchant_id: "0040100000401CS".to_owned(),
            terminal_id: "1965<&>A".to_owned(),
        }
    }

    fn payment() -> Receipt {
        Receipt {
            network_id: "321".to_owned(),
            ..Receipt::of(&Reference("ours-1".to_owned()))
        }
    }

    fn amount() -> Amount {
        Amount::new(5_000).unwrap()
    }

    #[test]
    fn a_create_has_all_documented_items() {
        let card = CardAccess {
            pan: Pan::parse("9860190101578366").unwrap(),
            expiry: Expiry::from_yymm("3012").unwrap(),
            network_token: None,
        };
        let content = requests().create(
            Biller::Hold,
            &card,
            amount(),
            &terminal(),
            &Reference("ours-1".to_owned()),
        );
        let read = soap::parse(soap::envelope("Payment", &content).as_bytes())
            .unwrap()
            .into_body()
            .unwrap();
        for (name, value) in [
            ("billerRef", "SOAP_DMS"),
            ("payinstrRef", "SOAP_DMS"),
            ("paymentRef", "ours-1"),
            ("paymentOriginator", "aloqa"),
        ] {
            assert_eq!(read.text_of(name), value, "{name}");
        }
        let details = [
            ("pan", "9860190101578366"),
            ("expiry", "3012"),
            ("ccy_code", "860"),
            ("amount", "5000"),
            ("merchant_id", "0040100000401CS"),
            ("terminal_id", "1965<&>A"),
            ("point_code", "100010104110"),
            ("centre_id", "HUMO"),
        ];
        assert_eq!(read.details(), details.into());
    }

    #[test]
    fn only_a_capture_names_an_amount() {
        assert_eq!(
            requests().confirm(&payment(), None),
            "<paymentID>321</paymentID><paymentRef>ours-1</paymentRef><confirmed>true</confirmed>\
             <finished>true</finished><paymentOriginator>aloqa</paymentOriginator>"
        );
        let capture = requests().confirm(&payment(), Some(amount()));
        assert!(
            capture
                .contains("<details><item><name>amount</name><value>5000</value></item></details>"),
            "{capture}"
        );
    }

    #[test]
    fn a_reversal_has_bare_items() {
        assert_eq!(
            requests().reverse(&payment(), &terminal()),
            "<paymentID>321</paymentID><paymentRef>ours-1</paymentRef>\
             <item><name>merchant_id</name><value>0040100000401CS</value></item>\
             <item><name>centre_id</name><value>HUMO</value></item>\
             <item><name>terminal_id</name><value>1965&lt;&amp;&gt;A</value></item>\
             <paymentOriginator>aloqa</paymentOriginator>"
        );
    }

    #[test]
    fn a_payment_is_named_by_its_reference_until_it_has_an_id() {
        assert_eq!(
            names(&Receipt::of(&Reference("ours-1".to_owned()))),
            "<paymentRef>ours-1</paymentRef>"
        );
    }
}
