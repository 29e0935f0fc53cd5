//! SVGate, the processing centre of UZCARD (docs/networks.md#uzcard): JSON-RPC 2.0 on one path, always with HTTP 200.

mod cards;
mod history;
mod holds;
mod params;
mod payments;
mod refusal;
mod reports;
mod transfers;

pub use self::cards::FIXED_CODE;
use hyper::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use self::{
    params::Params,
    refusal::{MethodResult, Refusal},
};
use crate::{
    faults::{Fault, Operation},
    http::{NetworkRequest, Reply, basic_user},
    network::Network,
    simulator::Simulator,
    state::State,
};

#[derive(Clone, Copy)]
enum Method {
    CardsNewOtp,
    CardsNewVerify,
    CardsGet,
    CardsList,
    GetBinList,
    TransPayPurpose,
    TransPay,
    TransExt,
    TransReverse,
    TransReversePartial,
    TransHistory,
    P2pInfo,
    P2pUniversal,
    P2pUniversalCredit,
    HoldCreate,
    HoldDismissCharge,
    HoldDismiss,
    HoldGetId,
    HoldGetCardId,
    ReportShort,
}

impl Method {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "cards.new.otp" => Some(Self::CardsNewOtp),
            "cards.new.verify" => Some(Self::CardsNewVerify),
            "cards.get" => Some(Self::CardsGet),
            "cards.list" => Some(Self::CardsList),
            "get.bin.list" => Some(Self::GetBinList),
            "trans.pay.purpose" => Some(Self::TransPayPurpose),
            "trans.pay" => Some(Self::TransPay),
            "trans.ext" => Some(Self::TransExt),
            "trans.reverse" => Some(Self::TransReverse),
            "trans.reverse.partial" => Some(Self::TransReversePartial),
            "trans.history" => Some(Self::TransHistory),
            "p2p.info" => Some(Self::P2pInfo),
            "p2p.universal" => Some(Self::P2pUniversal),
            "p2p.universal.credit" => Some(Self::P2pUniversalCredit),
            "hold.create" => Some(Self::HoldCreate),
            "hold.dismiss.charge" => Some(Self::HoldDismissCharge),
            "hold.dismiss" => Some(Self::HoldDismiss),
            "hold.get.id" => Some(Self::HoldGetId),
            "hold.get.cardId" => Some(Self::HoldGetCardId),
            "report.short" => Some(Self::ReportShort),
            _ => None,
        }
    }

    fn operation(self) -> Operation {
        match self {
            Self::CardsNewOtp | Self::CardsNewVerify => Operation::Code,
            Self::CardsGet
            | Self::CardsList
            | Self::GetBinList
            | Self::TransHistory
            | Self::P2pInfo => Operation::Info,
            Self::TransPayPurpose | Self::TransPay => Operation::Pay,
            Self::TransExt | Self::HoldGetId | Self::HoldGetCardId | Self::ReportShort => {
                Operation::Lookup
            }
            Self::TransReverse | Self::TransReversePartial => Operation::Reverse,
            Self::P2pUniversal => Operation::P2p,
            Self::P2pUniversalCredit => Operation::Credit,
            Self::HoldCreate => Operation::Hold,
            Self::HoldDismissCharge => Operation::Capture,
            Self::HoldDismiss => Operation::Release,
        }
    }

    /// Where the params name the cards whose outcomes may cause a fault, in order of precedence. Only for methods that
    /// start a movement of money.
    fn card_members(self) -> Option<(&'static str, &'static [&'static str])> {
        match self {
            Self::TransPayPurpose | Self::TransPay => Some(("tran", &["cardId"])),
            Self::HoldCreate => Some(("hold", &["cardId"])),
            Self::P2pUniversal => Some(("p2p", &["sender", "recipient"])),
            Self::P2pUniversalCredit => Some(("credit", &["recipient"])),
            Self::CardsNewOtp
            | Self::CardsNewVerify
            | Self::CardsGet
            | Self::CardsList
            | Self::GetBinList
            | Self::TransExt
            | Self::TransReverse
            | Self::TransReversePartial
            | Self::TransHistory
            | Self::P2pInfo
            | Self::HoldDismissCharge
            | Self::HoldDismiss
            | Self::HoldGetId
            | Self::HoldGetCardId
            | Self::ReportShort => None,
        }
    }
}

/// A JSON-RPC call with a known method.
pub(crate) struct SvgateRequest {
    id: Value,
    method: Method,
    params: Map<String, Value>,
    /// The user name of the credentials, which payments and holds record.
    user: String,
}

impl SvgateRequest {
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Reply> {
        let Some(user) = basic_user(headers) else {
            return Err(Reply::text(StatusCode::UNAUTHORIZED, "Unauthorized"));
        };
        let Ok(mut envelope) = serde_json::from_slice::<Map<String, Value>>(body) else {
            return Err(refused(&Value::Null, Refusal::BadRequest));
        };
        let id = envelope.remove("id").unwrap_or(Value::Null);
        let Some(method) = envelope
            .get("method")
            .and_then(Value::as_str)
            .and_then(Method::from_name)
        else {
            return Err(refused(&id, Refusal::BadRequest));
        };
        let Some(Value::Object(params)) = envelope.remove("params") else {
            return Err(refused(&id, Refusal::NoParams));
        };
        Ok(Self {
            id,
            method,
            params,
            user,
        })
    }
}

fn refused(id: &Value, refusal: Refusal) -> Reply {
    error(id, refusal.code(), refusal.message())
}

/// A code that one of the two banks of a transfer gives.
fn is_about_a_card(code: i64) -> bool {
    matches!(
        code,
        -206..=-200 | -235 | -238 | -240 | -245 | -258 | -262..=-261 | -276 | -291 | -382 | -388 | -398
    )
}

/// Errors have HTTP 200 too (docs/networks.md#svgate-envelope).
fn error(id: &Value, code: i64, message: &str) -> Reply {
    Reply::json(
        StatusCode::OK,
        &json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}),
    )
}

impl NetworkRequest for SvgateRequest {
    const NETWORK: Network = Network::Uzcard;

    fn operation(&self, _: &Simulator) -> Operation {
        self.method.operation()
    }

    fn card_fault(&self, simulator: &Simulator) -> Option<Fault> {
        let (wrapper, members) = self.method.card_members()?;
        let params = Params::new(&self.params).object(wrapper).ok()?;
        let fault_of = |state: &State, member: &str| {
            let name = params.text(member).ok()?;
            // A transfer may go to a card of HUMO, too.
            let card = if matches!(self.method, Method::P2pUniversal) {
                transfers::recipient_by_any(state, &name)?
            } else {
                transfers::card_by_any(state, &name)?
            };
            card.profile.outcome.transport_fault()
        };
        simulator.read(|state| members.iter().find_map(|member| fault_of(state, member)))
    }

    fn execute(self, simulator: &Simulator) -> Reply {
        let params = Params::new(&self.params);
        let answer: MethodResult = match self.method {
            Method::CardsNewOtp => cards::new_otp(simulator, params),
            Method::CardsNewVerify => cards::new_verify(simulator, params, &self.user),
            Method::CardsGet => cards::get(simulator, params, &self.user),
            Method::CardsList => cards::list(simulator, params, &self.user),
            Method::GetBinList => Ok(cards::bin_list()),
            Method::TransPayPurpose => payments::pay(simulator, params, &self.user),
            Method::TransPay => payments::old_pay(simulator, params, &self.user),
            Method::TransExt => payments::by_ext(simulator, params, &self.user),
            Method::TransReverse => payments::reverse(simulator, params),
            Method::TransReversePartial => payments::reverse_partial(simulator, params, &self.user),
            Method::TransHistory => history::page(simulator, params),
            Method::P2pInfo => transfers::info(simulator, params),
            Method::P2pUniversal => transfers::universal(simulator, params, &self.user),
            Method::P2pUniversalCredit => {
                transfers::universal_credit(simulator, params, &self.user)
            }
            Method::HoldCreate => holds::create(simulator, params, &self.user),
            Method::HoldDismissCharge => holds::charge(simulator, params, &self.user),
            Method::HoldDismiss => holds::dismiss(simulator, params),
            Method::HoldGetId => holds::by_id(simulator, params),
            Method::HoldGetCardId => holds::by_card(simulator, params),
            Method::ReportShort => reports::short(simulator, params, &self.user),
        };
        match answer {
            Ok(result) => Reply::json(
                StatusCode::OK,
                &json!({"jsonrpc": "2.0", "id": self.id, "result": result}),
            ),
            Err(refusal) => refused(&self.id, refusal),
        }
    }

    fn answer_with(&self, code: i64) -> Reply {
        error(&self.id, code, "Refused by the sandbox")
    }

    /// A payment keeps nothing of a refusal by an error; a transfer fails at one of its two legs, and is listed.
    fn keep_refused(&self, simulator: &Simulator, code: i64) {
        if matches!(self.method, Method::P2pUniversal) && is_about_a_card(code) {
            transfers::keep_refused(simulator, Params::new(&self.params), &self.user);
        }
    }
}
