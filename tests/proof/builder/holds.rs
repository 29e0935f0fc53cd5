//! Records of holds.

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
        let hold: Receipt = serde_json::from_str(self.row(id).receipt.as_deref().unwrap()).unwrap();
        let amount = self.row(id).amount;
        let begun = self.now;
        self.advance(id, Status::Processing);
        let capture = self.request(id, Action::Capture, pan);
        // At HUMO the payment keeps its name.
        let receipt = match network_of(pan) {
            Network::Uzcard => capture,
            Network::Humo => hold,
        };
        self.execute(pan, Movement::Capture, &receipt.reference.0, amount);
        self.keep(id, &receipt);
        self.advance(id, Status::Succeeded);
        let result = taken(pan, &receipt, id);
        let params = json!({"transactionId": id});
        self.call_at(
            SHOP,
            "transactions.debit.hold.charge",
            params,
            Ok(result),
            begun,
        );
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
}
