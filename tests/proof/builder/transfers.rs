//! Records of transfers.

use entity::ids::TransactionId;

use super::*;

impl Builder {
    /// A transfer, up to the end of its first leg; the debit's receipt.
    fn begin_transfer(
        &mut self,
        from: &'static str,
        to: &str,
        amount: i64,
        ext_id: &str,
    ) -> (i64, Receipt) {
        let id = self.order(Kind::Transfer, from, amount, ext_id, false);
        let fee = fee(amount);
        self.row(id).fee = fee;
        self.records.gateway.transfers.push(transfer::Model {
            transaction_id: TransactionId(id),
            to_network: network_of(to),
            legs: None,
            account: "default".to_owned(),
            pan_hash: hash(to),
            pan_key_id: "1".to_owned(),
            pan_sealed: Vec::new(),
            expiry: "3012".to_owned(),
            sender_key_id: None,
            sender_sealed: None,
            credit_receipt: None,
            fiscal: Fiscal::None,
            fiscal_url: None,
            fiscal_attempts: 0,
            fiscal_refusals: 0,
            fiscal_next_at: None,
            fiscal_receipt_id: None,
            fiscal_cause: None,
            fiscal_mark: None,
        });
        let receipt = if self.across(id) {
            self.take(id, from, amount + fee)
        } else {
            let receipt = self.request(id, Action::P2p, from);
            if network_of(from) == Network::Humo {
                self.request(id, Action::Confirm, from);
            }
            self.execute(from, Movement::P2p, &receipt.reference.0, amount);
            receipt
        };
        self.keep(id, &receipt);
        (id, receipt)
    }

    /// A transfer that succeeded, and its fiscal receipt.
    pub(crate) fn transfer(
        &mut self,
        from: &'static str,
        to: &'static str,
        amount: i64,
        ext_id: &str,
    ) -> i64 {
        let begun = self.now;
        let (id, debit) = self.begin_transfer(from, to, amount, ext_id);
        let fee = fee(amount).to_string();
        let mut result = json!({"fee": fee, "merchantId": "merchant", "terminalId": "terminal"});
        if self.across(id) {
            let credit = self.request(id, Action::Credit, to);
            self.execute(to, Movement::Credit, &credit.reference.0, amount);
            let side = self.records.gateway.transfers.last_mut().unwrap();
            side.credit_receipt = Some(serde_json::to_string(&credit).unwrap());
            let (uzcard, humo) = match network_of(from) {
                Network::Uzcard => (debit, credit),
                Network::Humo => (credit, debit),
            };
            result["refNum"] = json!(uzcard.ref_num);
            result["paymentId"] = json!(humo.network_id);
            result["paymentRef"] = json!(humo.reference.0);
        } else {
            match network_of(from) {
                Network::Uzcard => result["refNum"] = json!(debit.ref_num),
                Network::Humo => result["paymentId"] = json!(debit.network_id),
            }
        }
        self.advance(id, Status::Succeeded);
        let receipt_id = format!("aloqa-{id}-{}", self.row(id).created_at);
        let amount_of_fee = self.row(id).fee;
        self.records.networks.receipts.push(FiscalReceipt {
            receipt_id,
            amount: amount_of_fee,
        });
        self.records.gateway.transfers.last_mut().unwrap().fiscal = Fiscal::Registered;
        let (method, params) = transfer_call(from, to, amount, ext_id);
        self.call_at(SHOP, &method, params, Ok(result), begun);
        id
    }

    /// A transfer between the networks whose credit was refused, and whose debit was reversed.
    pub(crate) fn given_back(
        &mut self,
        from: &'static str,
        to: &'static str,
        amount: i64,
        ext_id: &str,
    ) -> i64 {
        let begun = self.now;
        let (id, debit) = self.begin_transfer(from, to, amount, ext_id);
        self.request(id, Action::Credit, to);
        self.last_request().state = State::Declined;
        self.last_request().receipt = None;
        self.request(id, Action::Reverse, from);
        let total = amount + fee(amount);
        self.execute(from, Movement::Reverse, &debit.reference.0, total);
        self.decline(id);
        let (method, params) = transfer_call(from, to, amount, ext_id);
        let error = json!({"code": -32309, "message": "refused"});
        self.call_at(SHOP, &method, params, Err(error), begun);
        id
    }
}
