//! Simulates UZCARD and HUMO, the card networks of Uzbekistan, and an SMS provider over their real protocols on loopback
//! HTTP, together with a fiscal service.
//!
//! | path | what it is |
//! |---|---|
//! | `POST /uzcard` | SVGate, JSON-RPC 2.0 (`uzcard`) |
//! | `POST /humo/payment` | `PaymentServer`, SOAP 1.1 (`humo/payment_server.rs`) |
//! | `POST /humo/json/v3/iiacs/card` | the card-information middleware (`humo/card_info.rs`) |
//! | `POST /humo/json/v1/ws/transaction-history` | the history of the same middleware (`humo/history.rs`) |
//! | `POST /sms/broker-api/send` | the SMS provider (`sms.rs`) |
//! | `POST /sms/eskiz/auth/login`, `POST /sms/eskiz/message/sms/send` | another one (`eskiz.rs`) |
//! | `POST /fiscal/receipts` | the fiscal service (`fiscal.rs`) |
//! | `/sandbox/…` | control: cards, messages, ledger, totals, receipts, filling a history, scripted faults (`control.rs`); the clock (`clock_control.rs`) |
//!
//! Money behaves as in the real networks: balances go down and up, and a request that is sent twice moves money twice,
//! unless the real network would refuse the second one by its reference. Money is never created or lost: the sum of what
//! is on the cards, with the merchants and in fees is always the same (`GET /sandbox/totals`). Names of methods, fields
//! and codes follow docs/networks.md.

mod cards;
mod clock;
mod clock_control;
mod control;
mod endpoint;
mod error;
mod eskiz;
mod faults;
mod fiscal;
mod history;
mod http;
mod humo;
mod journal;
mod money;
mod network;
mod random;
mod records;
mod server;
mod simulator;
mod sms;
mod state;
mod time;
mod uzcard;

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicI64},
};

use listener::{browser::Doorkeeper, guarded::Pace};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use crate::{
    cards::{CARD_EXPIRY, Outcome, TEST_CARDS, TestCard},
    clock::{BoxError, Clock, Due, Follower},
    error::Error,
    network::{HUMO_P2P_FEE_BP, Network, UNNAMED_CREDIT_MAX},
    uzcard::FIXED_CODE,
};
use crate::{journal::Journal, simulator::Simulator, state::State};

pub struct Options {
    /// The file that keeps the state; `None` keeps it in memory. Two files beside it have the same name with `.lock` and
    /// `.new` appended.
    pub state: Option<PathBuf>,
    /// Whether each operation is on disk before it is answered. Without it, the state survives a crash of the process but
    /// not of the machine.
    pub sync: bool,
    pub clock: Clock,
}

/// The simulated networks. Clones share one state.
#[derive(Clone)]
pub struct Sandbox {
    simulator: Arc<Simulator>,
}

impl Sandbox {
    pub fn open(options: Options) -> Result<Self, Error> {
        let (journal, state) = match options.state {
            Some(path) => {
                let (journal, state) = Journal::open(&path, options.sync)?;
                (Some(journal), state)
            }
            None => (None, State::new()),
        };
        Ok(Self {
            simulator: Arc::new(Simulator::new(options.clock, state, journal)),
        })
    }

    /// By how many milliseconds the simulated time is ahead of the clock that was handed in. It only grows, and is kept with
    /// the state.
    pub fn advanced(&self) -> Arc<AtomicI64> {
        self.simulator.clock().shared()
    }

    /// From now on, what has come due at this gateway is done whenever the time is moved on. Only the first one counts.
    pub fn follow(&self, follower: Arc<dyn Follower>) {
        self.simulator.clock().follow(follower);
    }

    /// Serves whom the doorkeeper lets in and who is not slower than this, until `stop`. Calls that a fault keeps waiting do not delay the stop.
    pub fn serve(
        &self,
        listener: TcpListener,
        doorkeeper: Doorkeeper,
        pace: Pace,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        server::serve(
            Arc::clone(&self.simulator),
            listener,
            doorkeeper,
            pace,
            stop,
        )
    }
}
