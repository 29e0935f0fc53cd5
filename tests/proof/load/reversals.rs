//! Money is given back, all of it or in parts.

use super::*;

impl Client {
    pub(super) async fn reverse(&mut self) {
        let Some(transaction_id) = self.take_one(|client| &mut client.taken) else {
            return;
        };
        let params = json!({"transactionId": transaction_id});
        let method = "transactions.debit.reverse";
        if self.chance.percent(50) {
            self.reverse_part(transaction_id).await;
        } else if self.chance.percent(15) {
            tokio::join!(self.ask(method, params.clone()), self.ask(method, params));
        } else {
            self.ask(method, params).await;
        }
        self.doubtful.push(transaction_id);
    }

    /// Gives a part back, sometimes more than is left, and finds out what came of it.
    async fn reverse_part(&mut self, transaction_id: i64) {
        let amount = self.chance.between(1, AMOUNTS.1 / 3);
        let order = Order {
            method: "transactions.debit.reverse".to_owned(),
            params: json!({
                "transactionId": transaction_id, "amount": amount, "extId": self.new_ext_id(),
            }),
            hold: false,
        };
        for _ in 0..3 {
            let reply = self.ask(&order.method, order.params.clone()).await;
            if reply.is_some_and(|reply| !is_open(&reply)) {
                break;
            }
            self.pause((20, 400)).await;
        }
        if self.orders.len() < REMEMBERED {
            self.orders.push(order);
        }
    }
}
