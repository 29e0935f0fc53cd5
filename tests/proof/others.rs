//! Others who use our access to the networks beside the gateway: they reverse and charge what is ours.

use std::net::SocketAddr;

use aloqa_gateway::domain::call::Receipt;
use entity::network::Network;
use entity::transaction::{self, Kind, Status};
use sea_orm::{
    ColumnTrait as _, Database, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde_json::{Value, json};

use crate::client::{Credentials, post_text};
use crate::records::Movement;
use test_support::chance::Chance;

/// Among how many of the latest transactions they choose.
const LATEST: u64 = 40;

/// What somebody else did to one of our transactions, as its network has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OthersDeed {
    pub(crate) transaction_id: i64,
    pub(crate) network: Network,
    /// A reversal, or the charge of a hold.
    pub(crate) movement: Movement,
    /// Under which it stands in the ledger.
    pub(crate) reference: String,
}

/// Reverses a payment, or charges a hold, of one of our latest transactions. `None` where the network did not do it.
pub(crate) async fn interfere(
    database_url: &str,
    networks: SocketAddr,
    chance: &mut Chance,
) -> Option<OthersDeed> {
    let db = Database::connect(database_url).await.unwrap();
    let latest = transaction::Entity::find()
        .filter(transaction::Column::Kind.is_in([Kind::Debit, Kind::Hold]))
        .filter(transaction::Column::Status.is_in([Status::Succeeded, Status::Held]))
        .order_by_desc(transaction::Column::Id)
        .limit(LATEST)
        .all(&db)
        .await
        .unwrap();
    db.close().await.unwrap();
    if latest.is_empty() {
        return None;
    }
    let chosen = chance.pick(&latest);
    let receipt: Receipt = serde_json::from_str(chosen.receipt.as_deref()?).ok()?;
    let (id, held) = (chosen.id.0, chosen.status == Status::Held);
    let reference = match (chosen.network, held) {
        (Network::Uzcard, true) => others_charge(id),
        _ => receipt.reference.0.clone(),
    };
    let (done, word) = match (chosen.network, held) {
        (Network::Uzcard, true) => {
            let hold = json!({
                "holdId": receipt.network_id.parse::<i64>().ok()?, "merchantId": "90001", "terminalId": "92400001",
                "amount": chosen.amount, "ext": reference,
            });
            let params = json!({"hold": hold});
            (
                svgate(networks, "hold.dismiss.charge", params).await,
                "\"OK\"",
            )
        }
        (Network::Uzcard, false) => {
            let params = json!({"tranId": receipt.ref_num});
            (svgate(networks, "trans.reverse", params).await, "\"ROK\"")
        }
        (Network::Humo, true) => {
            let rest = "<confirmed>true</confirmed><finished>true</finished>";
            let told = payment_server(networks, "Payment", &receipt, rest).await;
            (told, "<action>10</action>")
        }
        (Network::Humo, false) => {
            let told = payment_server(networks, "ReturnPayment", &receipt, "").await;
            (told, "ReturnPaymentResponse")
        }
    };
    done.contains(word).then_some(OthersDeed {
        transaction_id: id,
        network: chosen.network,
        movement: if held {
            Movement::Capture
        } else {
            Movement::Reverse
        },
        reference,
    })
}

/// The reference under which others charge the hold of a transaction at SVGate, which takes one of the caller's.
pub(crate) fn others_charge(transaction_id: i64) -> String {
    format!("others-{transaction_id}")
}

async fn svgate(networks: SocketAddr, method: &str, params: Value) -> String {
    let body = json!({"jsonrpc": "2.0", "id": "1", "method": method, "params": params});
    at_network(networks, "/uzcard", "application/json", body.to_string()).await
}

async fn payment_server(
    networks: SocketAddr,
    operation: &str,
    receipt: &Receipt,
    rest: &str,
) -> String {
    let (payment, reference) = (&receipt.network_id, &receipt.reference.0);
    let body = format!(
        "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:ebppif1=\"urn:PaymentServer\"><SOAP-ENV:Body><ebppif1:{operation}><paymentID>{payment}</paymentID>\
         <paymentRef>{reference}</paymentRef>{rest}<paymentOriginator>aloqa</paymentOriginator>\
         </ebppif1:{operation}></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    );
    at_network(networks, "/humo/payment", "text/xml", body).await
}

async fn at_network(networks: SocketAddr, path: &str, content_type: &str, body: String) -> String {
    let ours = Credentials {
        name: "aloqa".to_owned(),
        secret: "sandbox".to_owned(),
    };
    post_text(networks, path, content_type, &ours, body)
        .await
        .unwrap()
}
