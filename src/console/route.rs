//! What can be asked of the console, and which role it takes.

use entity::ids::TransactionId;
use hyper::Method;
use uuid::Uuid;

use super::accounts::Role;
use crate::webhook::parse_event_id;

/// Where the console is.
pub const HOME: &str = "/console";

/// A page, or an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The style sheet, the script or the icon, by a name that changes with its content.
    Asset(String),
    SignIn,
    TrySignIn,
    Password,
    SetPassword,
    SignOut,
    Overview,
    Search,
    Find,
    Transaction(TransactionId),
    Queue,
    Resolve(TransactionId),
    Acknowledge(TransactionId),
    /// A webhook's event about a transaction is sent again.
    Resend(TransactionId, Uuid),
    Comparisons,
    Partners,
    Audit,
    Operators,
    EndSignIns(String),
    Disable(String),
}

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anybody,
    From(Role),
}

/// One of each kind, as it is asked for.
pub const ALL: [(&str, &str); 20] = [
    ("GET", "/console/style-0.css"),
    ("GET", "/console/sign-in"),
    ("POST", "/console/sign-in"),
    ("GET", "/console/password"),
    ("POST", "/console/password"),
    ("POST", "/console/sign-out"),
    ("GET", "/console"),
    ("GET", "/console/search"),
    ("POST", "/console/search"),
    ("GET", "/console/transactions/1"),
    ("GET", "/console/queue"),
    ("POST", "/console/transactions/1/resolve"),
    ("POST", "/console/transactions/1/acknowledge"),
    (
        "POST",
        "/console/transactions/1/webhooks/evt_00000000000000000000000000000001/resend",
    ),
    ("GET", "/console/comparisons"),
    ("GET", "/console/partners"),
    ("GET", "/console/audit"),
    ("GET", "/console/operators"),
    ("POST", "/console/operators/anna/end-sign-ins"),
    ("POST", "/console/operators/anna/disable"),
];

impl Route {
    /// What this is a request for; `None`: nothing that there is.
    pub fn of(method: &Method, path: &str) -> Option<Self> {
        let inner = path.strip_prefix(HOME)?;
        let steps: Vec<&str> = inner.split('/').skip(1).collect();
        let id = |text: &str| text.parse().ok().map(TransactionId);
        let asked = match method {
            &Method::HEAD => &Method::GET,
            method => method,
        };
        match (asked, steps.as_slice()) {
            (&Method::GET, [] | [""]) => Some(Self::Overview),
            (&Method::GET, ["sign-in"]) => Some(Self::SignIn),
            (&Method::POST, ["sign-in"]) => Some(Self::TrySignIn),
            (&Method::GET, ["password"]) => Some(Self::Password),
            (&Method::POST, ["password"]) => Some(Self::SetPassword),
            (&Method::POST, ["sign-out"]) => Some(Self::SignOut),
            (&Method::GET, ["search"]) => Some(Self::Search),
            (&Method::POST, ["search"]) => Some(Self::Find),
            (&Method::GET, ["transactions", number]) => id(number).map(Self::Transaction),
            (&Method::POST, ["transactions", number, "resolve"]) => id(number).map(Self::Resolve),
            (&Method::POST, ["transactions", number, "acknowledge"]) => {
                id(number).map(Self::Acknowledge)
            }
            (&Method::POST, ["transactions", number, "webhooks", event, "resend"]) => {
                let event = parse_event_id(event)?;
                id(number).map(|number| Self::Resend(number, event))
            }
            (&Method::GET, ["queue"]) => Some(Self::Queue),
            (&Method::GET, ["comparisons"]) => Some(Self::Comparisons),
            (&Method::GET, ["partners"]) => Some(Self::Partners),
            (&Method::GET, ["audit"]) => Some(Self::Audit),
            (&Method::GET, ["operators"]) => Some(Self::Operators),
            (&Method::POST, ["operators", name, "end-sign-ins"]) => {
                Some(Self::EndSignIns((*name).to_owned()))
            }
            (&Method::POST, ["operators", name, "disable"]) => {
                Some(Self::Disable((*name).to_owned()))
            }
            (&Method::GET, [file]) => Some(Self::Asset((*file).to_owned())),
            (_, _) => None,
        }
    }

    /// Who may ask for it.
    pub fn access(&self) -> Access {
        match self {
            Self::Asset(_)
            | Self::SignIn
            | Self::TrySignIn
            | Self::Password
            | Self::SetPassword => Access::Anybody,
            Self::SignOut
            | Self::Overview
            | Self::Search
            | Self::Find
            | Self::Transaction(_)
            | Self::Queue
            | Self::Comparisons
            | Self::Partners => Access::From(Role::Look),
            Self::Resolve(_) | Self::Acknowledge(_) => Access::From(Role::Settle),
            Self::Resend(..)
            | Self::Audit
            | Self::Operators
            | Self::EndSignIns(_)
            | Self::Disable(_) => Access::From(Role::Administer),
        }
    }
}
