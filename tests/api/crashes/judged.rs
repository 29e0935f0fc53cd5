//! What is checked on a gateway once another one was stopped for good.

use super::*;
use aloqa_gateway::database::Fetch as _;

/// What is checked on a gateway once another one was stopped for good.
pub(super) trait Judged {
    /// Lets the look-ups of a transaction fail until the gateway gives up.
    async fn give_up(&self, id: i64, called: TestCard);

    /// A wrong code is counted once, and before its caller hears of it; an operator's word is kept before it counts.
    async fn assert_counted_and_kept(
        &self,
        row: &transaction::Model,
        operation: Operation,
        finished: bool,
    );

    async fn row_by_ext_id(&self, ext_id: &str, prepared: &Prepared) -> Option<transaction::Model>;

    /// Plays the operator, who looks at the network for a hold of UZCARD that recovery could not find by itself.
    async fn settle_by_hand(&self, row: &transaction::Model, moves_before: &[String]);
}

impl Judged for TestApp {
    async fn give_up(&self, id: i64, called: TestCard) {
        self.fault(json!({
            "network": called.network(), "operation": "lookup", "kind": "http_500_before", "times": 1_000,
        }))
        .await;
        while self.status(id).await == "processing" {
            // An hour is the longest pause between two look-ups.
            self.clock.advance_ms(2 * 3_600_000);
            self.recover().await;
        }
        self.clear_faults().await;
    }

    async fn assert_counted_and_kept(
        &self,
        row: &transaction::Model,
        operation: Operation,
        finished: bool,
    ) {
        if let WrongCode(_) = operation {
            let counted = row.code_tries;
            assert!(counted == 1 || counted == 0 && !finished, "{counted} tries");
        }
        let gateway = &self.running.gateway;
        let whole = gateway.whole_transaction(row.id).await.unwrap().unwrap();
        let by_operator =
            |call: &processing_request::Model| matches!(call.settled_by, Some(SettledBy::Operator));
        if whole.calls.iter().any(by_operator) {
            assert_eq!(whole.said.len(), 1, "transaction {}", row.id);
        }
    }

    async fn row_by_ext_id(&self, ext_id: &str, prepared: &Prepared) -> Option<transaction::Model> {
        let which = match prepared.id {
            Some(id) => transaction::Column::Id.eq(id),
            None => transaction::Column::ExtId.eq(ext_id),
        };
        let found = transaction::Entity::find().filter(which);
        found
            .fetch_one(&*self.running.gateway.database)
            .await
            .unwrap()
    }

    async fn settle_by_hand(&self, row: &transaction::Model, moves_before: &[String]) {
        if row.status != Status::Manual {
            return;
        }
        let held = self.ledger().await.split_off(moves_before.len());
        let verdict = match held.first() {
            Some(hold) => Verdict::Succeeded(hold["reference"].as_str().unwrap().to_owned()),
            None => Verdict::Failed,
        };
        let resolved = self
            .running
            .gateway
            .payments
            .resolve(row.id, verdict, STATEMENT)
            .await;
        resolved.unwrap();
    }
}
