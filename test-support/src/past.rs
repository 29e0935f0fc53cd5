//! Somebody who calls the networks with our credentials, bypassing the gateway.

use aloqa_gateway::database::Fetch as _;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::{CODE, Credentials, HUMO_2, HttpRequest, TestApp, TestCard, UZCARD, UZCARD_2, send};

impl TestApp {
    /// Confirms at HUMO the created payment, or the hold, of a transaction.
    pub async fn confirm_at_humo(&self, id: i64) {
        let rest = "<confirmed>true</confirmed><finished>true</finished>";
        let reply = self.about_payment(id, "Payment", rest).await;
        assert!(reply.contains("<action>10</action>"), "{reply}");
    }

    /// Cancels it there.
    pub async fn cancel_at_humo(&self, id: i64) {
        let reply = self.about_payment(id, "CancelRequest", "").await;
        assert!(reply.contains("CancelRequestResponse"), "{reply}");
    }

    /// Frees the held money of a transaction at its network.
    pub async fn free_past_the_gateway(&self, card: TestCard, id: i64) {
        if card.is_humo() {
            return self.cancel_at_humo(id).await;
        }
        let hold = self.held_at_uzcard(id).await;
        let freed = self.svgate("hold.dismiss", json!({"hold": hold})).await;
        assert_eq!(freed["status"], 0, "{freed}");
    }

    /// Takes the held money of a transaction at its network.
    pub async fn charge_past_the_gateway(&self, card: TestCard, id: i64) {
        if card.is_humo() {
            return self.confirm_at_humo(id).await;
        }
        let mut hold = self.held_at_uzcard(id).await;
        hold["ext"] = json!(format!("past-{id}"));
        let charged = self
            .svgate("hold.dismiss.charge", json!({"hold": hold}))
            .await;
        assert!(charged.to_string().contains("OK"), "{charged}");
    }

    /// Gives a payment back at its network.
    pub async fn reverse_past_the_gateway(&self, card: TestCard, id: i64) {
        if card.is_humo() {
            let reply = self.about_payment(id, "ReturnPayment", "").await;
            assert!(reply.contains("ReturnPaymentResponse"), "{reply}");
            return;
        }
        let row = &self.request_rows(id).await[0];
        let receipt: Value = serde_json::from_str(row.receipt.as_deref().unwrap()).unwrap();
        let reversed = self
            .svgate("trans.reverse", json!({"tranId": receipt["ref_num"]}))
            .await;
        assert!(reversed.to_string().contains("ROK"), "{reversed}");
    }

    /// Gives a part of a payment of UZCARD back there.
    pub async fn reverse_part_past_the_gateway(&self, id: i64, amount: i64, ext: &str) {
        let row = &self.request_rows(id).await[0];
        let receipt: Value = serde_json::from_str(row.receipt.as_deref().unwrap()).unwrap();
        let tran = json!({"tranId": receipt["ref_num"], "reverseAmount": amount, "ext": ext});
        let reversed = self
            .svgate("trans.reverse.partial", json!({"tran": tran}))
            .await;
        assert!(reversed.to_string().contains("ROK"), "{reversed}");
    }

    /// The members that name the hold of a transaction to SVGate.
    async fn held_at_uzcard(&self, id: i64) -> Value {
        let row = &self.request_rows(id).await[0];
        let receipt: Value = serde_json::from_str(row.receipt.as_deref().unwrap()).unwrap();
        let hold: i64 = receipt["network_id"].as_str().unwrap().parse().unwrap();
        json!({
            "holdId": hold, "merchantId": "90001", "terminalId": "92400001", "amount": row.amount,
        })
    }

    async fn about_payment(&self, id: i64, operation: &str, rest: &str) -> String {
        let receipt = self.request_rows(id).await[0].receipt.clone().unwrap();
        let receipt: Value = serde_json::from_str(&receipt).unwrap();
        let payment = receipt["network_id"].as_str().unwrap();
        let reference = receipt["reference"].as_str().unwrap();
        let content =
            format!("<paymentID>{payment}</paymentID><paymentRef>{reference}</paymentRef>{rest}");
        self.at_humo(operation, &content).await
    }

    /// Calls an operation of HUMO's PaymentServer; its reply.
    async fn at_humo(&self, operation: &str, content: &str) -> String {
        let body = format!(
            "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:ebppif1=\"urn:PaymentServer\"><SOAP-ENV:Body><ebppif1:{operation}>{content}\
             <paymentOriginator>aloqa</paymentOriginator></ebppif1:{operation}></SOAP-ENV:Body></SOAP-ENV:Envelope>"
        );
        self.at_network("/humo/payment", "text/xml", body).await
    }

    /// Creates a sale at HUMO under our user name that the gateway does not know of; what HUMO calls it.
    pub async fn sell_past_the_gateway(&self, reference: &str, amount: i64) -> String {
        let items: String = [
            ("pan", HUMO_2.pan),
            ("expiry", "3012"),
            ("ccy_code", "860"),
            ("amount", &amount.to_string()),
            ("merchant_id", "0040100000401CS"),
            ("terminal_id", "1965000A"),
        ]
        .iter()
        .map(|(name, value)| format!("<item><name>{name}</name><value>{value}</value></item>"))
        .collect();
        let content = format!(
            "<billerRef>SOAP_SMS</billerRef><payinstrRef>SOAP_SMS</payinstrRef><paymentRef>{reference}</paymentRef>\
             <details>{items}</details>"
        );
        let created = self.at_humo("Payment", &content).await;
        let (_, rest) = created.split_once("<paymentID>").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    }

    /// Confirms (`Payment`), cancels or returns such a sale.
    pub async fn end_past_the_gateway(&self, payment: &str, operation: &str) {
        let content = format!(
            "<paymentID>{payment}</paymentID><confirmed>true</confirmed><finished>true</finished>"
        );
        let ended = self.at_humo(operation, &content).await;
        assert!(ended.contains(&format!("{operation}Response")), "{ended}");
    }

    /// Holds money on a card of UZCARD.
    pub async fn hold_at_uzcard(&self, card: TestCard, amount: i64) {
        let token = self.network_token(card).await;
        let hold = json!({
            "cardId": token, "merchantId": "90001", "terminalId": "92400001", "amount": amount, "time": 60,
        });
        let held = self.svgate("hold.create", json!({"hold": hold})).await;
        assert_eq!(held["status"], 0, "{held}");
    }

    /// A payment at SVGate under our user name that the gateway does not know of.
    pub async fn pay_past_the_gateway(&self, ext: &str, amount: i64) {
        let otp = self
            .svgate(
                "cards.new.otp",
                json!({"card": {"pan": UZCARD_2.pan, "expiry": "3012"}}),
            )
            .await;
        let card = self
            .svgate(
                "cards.new.verify",
                json!({"otp": {"id": otp["id"], "code": CODE}}),
            )
            .await;
        let tran = json!({
            "purpose": "payment", "cardId": card["id"], "amount": amount, "currency": "860", "ext": ext,
            "merchantId": "90001", "terminalId": "92400001",
        });
        self.svgate("trans.pay.purpose", json!({"tran": tran}))
            .await;
    }

    /// Carries out at SVGate the payment of a transaction, as a call that was on its way for long.
    pub async fn pay_as_ordered(&self, id: i64) {
        let request = &self.request_rows(id).await[0];
        let token = self.network_token(UZCARD).await;
        let tran = json!({
            "purpose": "payment", "cardId": token, "amount": request.amount, "currency": "860",
            "ext": request.reference, "merchantId": "90001", "terminalId": "92400001",
        });
        self.svgate("trans.pay.purpose", json!({"tran": tran}))
            .await;
    }

    /// What the network calls the payment with this reference: SVGate's `refNum`, HUMO's `paymentID`; `None` where it has
    /// none.
    pub async fn name_at_network(&self, card: TestCard, reference: &str) -> Option<String> {
        if card.network() == "UZCARD" {
            let found = self.svgate("trans.ext", json!({"extId": reference})).await;
            return found[0]["refNum"].as_str().map(str::to_owned);
        }
        let content = format!("<paymentRef>{reference}</paymentRef><sessionID></sessionID>");
        let reply = self.at_humo("GetPayment", &content).await;
        let (_, rest) = reply.split_once("<paymentID>")?;
        rest.split_once('<').map(|(id, _)| id.to_owned())
    }

    /// Calls a method of SVGate; its result.
    pub async fn svgate(&self, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": "1", "method": method, "params": params});
        let reply = self
            .at_network("/uzcard", "application/json", body.to_string())
            .await;
        let mut reply: Value = serde_json::from_str(&reply).unwrap();
        assert!(reply.get("error").is_none(), "{reply}");
        reply["result"].take()
    }

    async fn at_network(&self, path: &str, content_type: &str, body: String) -> String {
        let credentials = Credentials {
            name: "aloqa".to_owned(),
            secret: "sandbox".to_owned(),
        };
        let request = HttpRequest::post(body)
            .path(path)
            .header("content-type", content_type)
            .credentials(&credentials);
        let reply = send(self.running.sandbox_address.unwrap(), request).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }

    async fn network_token(&self, card: TestCard) -> String {
        let database = &*self.running.gateway.database;
        let rows = entity::card::Entity::find()
            .fetch_all(database)
            .await
            .unwrap();
        let found = rows.into_iter().find(|row| row.phone == card.phone);
        found.and_then(|row| row.network_token).unwrap()
    }
}
