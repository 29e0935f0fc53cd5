//! What is ordered, and what asks for it.

use aloqa_gateway::config::Config;
use entity::transaction::Status;
use serde_json::{Value, json};

use super::{
    AMOUNT, CANCEL, CHARGE, CONFIRM, CONFIRM_TRANSFER, DEBIT, PART, REVERSE, part_of, the,
};
use crate::{Direction, TestApp, TestCard, debit_params, success, with};

/// Something that moves money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// A debit.
    Debit(TestCard),
    /// A hold.
    Hold(TestCard),
    /// The charge of a hold.
    Charge(TestCard),
    /// The charge of a part of a hold, [`PART`]; the rest is freed.
    ChargePart(TestCard),
    /// The cancel of a hold.
    Cancel(TestCard),
    /// The reversal of a debit.
    Reverse(TestCard),
    /// The reversal of a hold that was charged.
    ReverseCharged(TestCard),
    /// The reversal of a part of a debit, [`PART`].
    ReversePart(TestCard),
    /// The reversal of what such a reversal has left of a debit.
    ReverseRest(TestCard),
    /// The release of a hold whose time is over, which the gateway makes by itself.
    Expire(TestCard),
    /// A transfer.
    Transfer(Direction),
}

/// A later call of an order that its network refuses, so that what came before is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// HUMO refuses to confirm a sale or a transfer, which is then cancelled.
    Confirmation,
    /// The recipient's network refuses the credit of a transfer, whose debit is then reversed.
    Credit,
}

/// An order that is ready to be made.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method and the params that ask for it; `None` where the gateway does it by itself.
    pub call: Option<(&'static str, Value)>,
    /// The transaction, where there is one before the call.
    pub id: Option<i64>,
}

impl Order {
    /// The card that pays.
    pub fn payer(self) -> TestCard {
        match self {
            Self::Debit(card)
            | Self::Hold(card)
            | Self::Charge(card)
            | Self::ChargePart(card)
            | Self::Cancel(card)
            | Self::Reverse(card)
            | Self::ReverseCharged(card)
            | Self::ReversePart(card)
            | Self::ReverseRest(card)
            | Self::Expire(card) => card,
            Self::Transfer(direction) => direction.from,
        }
    }

    /// Where a transfer goes; `None` for anything else.
    pub fn direction(self) -> Option<Direction> {
        match self {
            Self::Transfer(direction) => Some(direction),
            Self::Debit(_)
            | Self::Hold(_)
            | Self::Charge(_)
            | Self::ChargePart(_)
            | Self::Cancel(_)
            | Self::Reverse(_)
            | Self::ReverseCharged(_)
            | Self::ReversePart(_)
            | Self::ReverseRest(_)
            | Self::Expire(_) => None,
        }
    }

    /// These settings, with those under which it is carried out.
    pub fn with(self, adjust: impl FnOnce(&mut Config)) -> impl FnOnce(&mut Config) {
        move |config| {
            adjust(config);
            if let Some(direction) = self.direction() {
                direction.adjust(config);
            }
        }
    }

    /// The method that asks for it; `None` where the gateway does it by itself.
    pub fn method(self) -> Option<&'static str> {
        match self {
            Self::Debit(_) | Self::Hold(_) => Some(DEBIT),
            Self::Charge(_) | Self::ChargePart(_) => Some(CHARGE),
            Self::Cancel(_) => Some(CANCEL),
            Self::Reverse(_)
            | Self::ReverseCharged(_)
            | Self::ReversePart(_)
            | Self::ReverseRest(_) => Some(REVERSE),
            Self::Transfer(direction) => Some(direction.method),
            Self::Expire(_) => None,
        }
    }

    /// The method that sends in its code.
    pub fn confirming_method(self) -> &'static str {
        match self.direction() {
            Some(_) => CONFIRM_TRANSFER,
            None => CONFIRM,
        }
    }

    /// The word by which the simulated networks know its first call.
    pub fn first_call(self) -> &'static str {
        match self {
            Self::Debit(_) => "pay",
            Self::Hold(_) => "hold",
            Self::Charge(_) | Self::ChargePart(_) => "capture",
            Self::Cancel(_) | Self::Expire(_) => "release",
            Self::Reverse(_)
            | Self::ReverseCharged(_)
            | Self::ReversePart(_)
            | Self::ReverseRest(_) => "reverse",
            Self::Transfer(direction) if direction.is_across() => "pay",
            Self::Transfer(_) => "p2p",
        }
    }

    /// What the transaction is when nothing goes wrong.
    pub fn ends_as(self) -> Status {
        match self {
            Self::Debit(_)
            | Self::Charge(_)
            | Self::ChargePart(_)
            | Self::ReversePart(_)
            | Self::Transfer(_) => Status::Succeeded,
            Self::Hold(_) => Status::Held,
            Self::Cancel(_) => Status::Cancelled,
            Self::Reverse(_) | Self::ReverseCharged(_) | Self::ReverseRest(_) => Status::Reversed,
            Self::Expire(_) => Status::Expired,
        }
    }

    /// Params of what it begins with: of the debit, hold or transfer itself, or of the one that it is about.
    pub fn params(self, token: &str, ext_id: &str) -> Value {
        let params = match self {
            Self::Debit(card)
            | Self::Reverse(card)
            | Self::ReversePart(card)
            | Self::ReverseRest(card) => debit_params(card, token, AMOUNT),
            Self::Hold(card)
            | Self::Charge(card)
            | Self::ChargePart(card)
            | Self::Cancel(card)
            | Self::ReverseCharged(card)
            | Self::Expire(card) => {
                with(debit_params(card, token, AMOUNT), json!({"is_hold": true}))
            }
            Self::Transfer(direction) => direction.params(token, AMOUNT),
        };
        with(params, json!({"extId": ext_id}))
    }

    /// Orders it with a code; the transaction that waits for the code.
    pub async fn begin_with_code(self, app: &TestApp, token: &str, ext_id: &str) -> i64 {
        let coded = json!({"force_sms_confirmation": true});
        let params = with(self.params(token, ext_id), coded);
        match self.direction() {
            Some(direction) => app.transferred(direction, params).await,
            None => app.ordered(params).await,
        }
    }

    /// Prepares what it needs.
    pub async fn prepare(self, app: &TestApp, token: &str, ext_id: &str) -> Request {
        let params = self.params(token, ext_id);
        let id = match self {
            Self::Debit(_) | Self::Hold(_) | Self::Transfer(_) => None,
            Self::Charge(_)
            | Self::ChargePart(_)
            | Self::Cancel(_)
            | Self::Reverse(_)
            | Self::ReversePart(_) => Some(app.ordered(params.clone()).await),
            Self::ReverseRest(_) => {
                let id = app.ordered(params.clone()).await;
                let ext_id = format!("{ext_id}-part");
                app.result(REVERSE, part_of(id, &ext_id)).await;
                Some(id)
            }
            Self::ReverseCharged(_) => {
                let id = app.ordered(params.clone()).await;
                app.result(CHARGE, the(id)).await;
                Some(id)
            }
            Self::Expire(_) => {
                let id = app.ordered(params.clone()).await;
                app.end_time_of(id).await;
                Some(id)
            }
        };
        let params = match (self, id) {
            (Self::ChargePart(_), Some(id)) => with(the(id), json!({"amount": PART})),
            (Self::ReversePart(_), Some(id)) => part_of(id, &format!("{ext_id}-part")),
            (Self::ReverseRest(_), Some(id)) => {
                with(the(id), json!({"extId": format!("{ext_id}-rest")}))
            }
            (_, Some(id)) => the(id),
            (_, None) => params,
        };
        Request {
            call: self.method().map(|method| (method, params)),
            id,
        }
    }
}

impl Request {
    /// Makes the call; the reply, or how many holds the gateway has ended.
    pub async fn make(&self, app: &TestApp) -> Value {
        match &self.call {
            Some((method, params)) => app.call(method, params.clone()).await,
            None => success(&json!(app.running.gateway.expire_holds().await.unwrap())),
        }
    }
}

impl Refusal {
    /// Makes the network refuse that call of this order.
    pub async fn script(self, app: &TestApp, order: Order) {
        match self {
            Self::Confirmation => app.refuse_once(order.payer(), "confirm", "116").await,
            Self::Credit => {
                let Direction { to, .. } = order.direction().unwrap();
                app.refuse_once(to, "credit", to.refusing_code().0).await;
            }
        }
    }

    /// What the partner hears of it.
    pub fn code(self) -> i64 {
        match self {
            Self::Confirmation => -32309,
            Self::Credit => -32408,
        }
    }
}
