//! Records of holds, and of what is taken and given back in parts.

use entity::reversal;
use serde_json::Value;

use super::*;

impl Builder {
    /// A hold that is held.
    pub(crate) fn hold(&mut self, pan: &'static str, amount: i64, ext_id: &str) -> i64 {
        let begun = self.now;
        let id = self.order(Kind::Hold, pan, amount, ext_id, false);
        let receipt = self.request(id, Action::Hold, pan);
        self.execute(pan, Movement::Hold, &hold_name(pan, &receipt), amount);
        self.keep(id, &receipt);
        self.advance(id, Status::Held);
        let params = debit_params(pan, amount, ext_id, json!({"is_hold": true}));
        let result = json!({"transactionId": id});
        self.call_at(SHOP, "transactions.debit", params, Ok(result), begun);
        id
    }

    /// Charges a hold.
    pub(crate) fn charge(&mut self, id: i64, pan: &str) {
        let params = json!({"transactionId": id});
        let amount = self.row(id).amount;
        self.charge_as(id, pan, amount, params);
    }

    /// Charges a part of a hold.
    pub(crate) fn charge_part(&mut self, id: i64, pan: &str, amount: i64) {
        let params = json!({"transactionId": id, "amount": amount});
        self.charge_as(id, pan, amount, params);
    }

    fn charge_as(&mut self, id: i64, pan: &str, amount: i64, params: Value) {
        let hold: Receipt = serde_json::from_str(self.row(id).receipt.as_deref().unwrap()).unwrap();
        let begun = self.now;
        self.advance(id, Status::Processing);
        let capture = self.request(id, Action::Capture, pan);
        self.last_request().amount = amount;
        self.row(id).captured = Some(amount);
        // At HUMO the payment keeps its name.
        let receipt = match network_of(pan) {
            Network::Uzcard => capture,
            Network::Humo => hold,
        };
        self.execute(pan, Movement::Capture, &receipt.reference.0, amount);
        self.keep(id, &receipt);
        self.advance(id, Status::Succeeded);
        let result = taken(pan, &receipt, id);
        self.call_at(
            SHOP,
            "transactions.debit.hold.charge",
            params,
            Ok(result),
            begun,
        );
    }

    /// Gives a part of a payment of UZCARD back.
    pub(crate) fn reverse_part(&mut self, id: i64, pan: &str, amount: i64, ext_id: &str) {
        let begun = self.now;
        self.advance(id, Status::Processing);
        let receipt = self.request(id, Action::ReversePart, pan);
        self.last_request().amount = amount;
        let request_id = self.last_request().id;
        self.execute(pan, Movement::Reverse, &receipt.reference.0, amount);
        let partner_id = self.row(id).partner_id;
        self.records.gateway.reversals.push(reversal::Model {
            request_id,
            transaction_id: TransactionId(id),
            partner_id,
            ext_id: ext_id.to_owned(),
            fingerprint: Vec::new(),
            error_code: None,
            error_data: None,
        });
        let row = self.row(id);
        row.reversed = Some(row.reversed.unwrap_or(0) + amount);
        self.advance(id, Status::Succeeded);
        let params = json!({"transactionId": id, "amount": amount, "extId": ext_id});
        let method = "transactions.debit.reverse";
        self.call_at(SHOP, method, params, Ok(json!(true)), begun);
    }

    /// Releases a hold.
    pub(crate) fn cancel(&mut self, id: i64, pan: &str) {
        let hold: Receipt = serde_json::from_str(self.row(id).receipt.as_deref().unwrap()).unwrap();
        let amount = self.row(id).amount;
        let begun = self.now;
        self.advance(id, Status::Processing);
        self.request(id, Action::Release, pan);
        self.execute(pan, Movement::Release, &hold_name(pan, &hold), amount);
        self.advance(id, Status::Cancelled);
        let params = json!({"transactionId": id});
        let method = "transactions.debit.hold.cancel";
        self.call_at(SHOP, method, params, Ok(json!(true)), begun);
    }

    /// What was held before the charge with this name.
    pub(super) fn held_of(&self, reference: &str) -> Option<i64> {
        let gateway = &self.records.gateway;
        let call = gateway
            .requests
            .iter()
            .find(|request| request.reference == reference)?;
        let mut rows = gateway.transactions.iter();
        rows.find(|row| row.id == call.transaction_id)
            .map(|row| row.amount)
    }
}
