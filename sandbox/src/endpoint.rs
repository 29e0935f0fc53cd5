//! The paths of the sandbox and their methods.

use crate::humo::card_info::Version;

/// The reply to an unknown path.
pub(crate) const UNKNOWN_PATH: &str = "The sandbox has POST /uzcard, POST /humo/payment, POST /humo/json/v3/iiacs/card, POST /humo/json/v2/iiacs/card, POST /humo/json/auth/login, \
    POST /humo/soap/iiacs, POST /humo/soap/issuing, POST /humo/soap/access, \
    POST /humo/json/v1/ws/transaction-history, POST /sms/broker-api/send, POST /sms/eskiz/auth/login, POST /sms/eskiz/message/sms/send, POST /fiscal/receipts, GET /sandbox/cards, GET /sandbox/messages?phone=998..., \
    GET /sandbox/ledger, GET /sandbox/totals, GET /sandbox/receipts, POST /sandbox/history, POST and DELETE /sandbox/faults, \
    GET and POST /sandbox/clock.\n";

/// What a path leads to.
#[derive(Clone, Copy)]
pub(crate) enum Endpoint {
    Uzcard,
    HumoPayment,
    HumoCardInfo(Version),
    HumoLogin,
    HumoSoapInfo,
    HumoHistory,
    Sms,
    EskizLogin,
    EskizSend,
    Fiscal,
    Cards,
    Messages,
    Ledger,
    Totals,
    Receipts,
    History,
    Faults,
    Clock,
}

impl Endpoint {
    /// `None` for an unknown path.
    pub(crate) fn from_path(path: &str) -> Option<Self> {
        match path {
            "/uzcard" => Some(Self::Uzcard),
            "/humo/payment" => Some(Self::HumoPayment),
            "/humo/json/v3/iiacs/card" => Some(Self::HumoCardInfo(Version::Third)),
            "/humo/json/v2/iiacs/card" => Some(Self::HumoCardInfo(Version::Second)),
            "/humo/json/auth/login" => Some(Self::HumoLogin),
            "/humo/soap/iiacs" | "/humo/soap/issuing" | "/humo/soap/access" => {
                Some(Self::HumoSoapInfo)
            }
            "/humo/json/v1/ws/transaction-history" => Some(Self::HumoHistory),
            "/sms/broker-api/send" => Some(Self::Sms),
            "/sms/eskiz/auth/login" => Some(Self::EskizLogin),
            "/sms/eskiz/message/sms/send" => Some(Self::EskizSend),
            "/fiscal/receipts" => Some(Self::Fiscal),
            "/sandbox/cards" => Some(Self::Cards),
            "/sandbox/messages" => Some(Self::Messages),
            "/sandbox/ledger" => Some(Self::Ledger),
            "/sandbox/totals" => Some(Self::Totals),
            "/sandbox/receipts" => Some(Self::Receipts),
            "/sandbox/history" => Some(Self::History),
            "/sandbox/faults" => Some(Self::Faults),
            "/sandbox/clock" => Some(Self::Clock),
            _ => None,
        }
    }

    /// The allowed methods, as an `Allow` header lists them.
    pub(crate) fn allowed_methods(self) -> &'static str {
        match self {
            Self::Uzcard
            | Self::HumoPayment
            | Self::HumoCardInfo(_)
            | Self::HumoLogin
            | Self::HumoSoapInfo
            | Self::HumoHistory
            | Self::Sms
            | Self::EskizLogin
            | Self::EskizSend
            | Self::Fiscal
            | Self::History => "POST",
            Self::Cards | Self::Messages | Self::Ledger | Self::Totals | Self::Receipts => "GET",
            Self::Faults => "POST, DELETE",
            Self::Clock => "GET, POST",
        }
    }
}
