//! Orders that are asked for more than once at the same time: by several clients, on all gateways, and while the message
//! with the code is still on its way.

use super::*;
use test_support::join_all;

/// How many ask for the same at once.
const CROWD: (u64, u64) = (2, 4);
/// After how many milliseconds somebody who waits for a code loses patience.
const PATIENCE_MS: (u64, u64) = (30, 400);
/// How many crowds in a hundred are not of one mind.
const DISCORD_PERCENT: u64 = 20;

impl Client {
    /// A new order for which several clients ask at once; one of them may mean something else by the same `extId`. What one
    /// of them was told.
    pub(super) async fn ask_as_a_crowd(&mut self, order: &Order) -> Option<Value> {
        let crowd = self.chance.between(CROWD.0, CROWD.1);
        let discord = self.chance.percent(DISCORD_PERCENT);
        let asked = (0..crowd).map(|number| {
            let mut params = order.params.clone();
            if discord && number == 0 {
                let amount = params["amount"].as_i64().unwrap();
                params["amount"] = json!(amount + 1);
            }
            self.ask(&order.method, params)
        });
        let mut told: Vec<Value> = join_all(asked).await.into_iter().flatten().collect();
        let place = told
            .iter()
            .position(|reply| reply.get("result").is_some())
            .or_else(|| told.iter().position(|reply| !is_open(reply)));
        match place {
            Some(place) => Some(told.swap_remove(place)),
            None => told.pop(),
        }
    }

    /// An order with a code whose message is slow: meanwhile its caller asks again, and sends the code in at once. What the
    /// first call was told, or the second.
    pub(super) async fn ask_impatiently(&mut self, order: &Order) -> Option<Value> {
        let pause = Duration::from_millis(self.chance.between(PATIENCE_MS.0, PATIENCE_MS.1));
        let confirms = confirmation(order);
        let again = async {
            sleep(pause).await;
            let again = self.ask(&order.method, order.params.clone()).await?;
            let result = &again["result"];
            if let (Some(id), true) = (
                result["transactionId"].as_i64(),
                result.get("phone").is_some(),
            ) {
                let params = json!({"transactionId": id, "confirmedCode": CODE});
                self.ask(confirms, params).await;
            }
            Some(again)
        };
        let (first, again) = tokio::join!(self.ask(&order.method, order.params.clone()), again);
        first.filter(|reply| !is_open(reply)).or(again)
    }
}
