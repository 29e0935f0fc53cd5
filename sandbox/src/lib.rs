//! The two card networks of Uzbekistan and an SMS provider, simulated over their real protocols on loopback HTTP, and a
//! fiscal service.
//!
//! | path | what it is |
//! |---|---|
//! | `POST /uzcard` | SVGate, JSON-RPC 2.0 (`uzcard`) |
//! | `POST /humo/payment` | `PaymentServer`, SOAP 1.1 (`humo/payment_server.rs`) |
//! | `POST /humo/json/v3/iiacs/card` | the card-information middleware (`humo/card_info.rs`) |
//! | `POST /humo/json/v1/ws/transaction-history` | the history of the same middleware (`humo/history.rs`) |
//! | `POST /sms/broker-api/send` | the SMS provider (`sms.rs`) |
//! | `POST /fiscal/receipts` | the fiscal service (`fiscal.rs`) |
//! | `/sandbox/…` | control: cards, messages, ledger, totals, receipts, filling a history, scripted faults (`control.rs`) |
//!
//! Money is real in here: balances go down and up again, and a request that is sent twice moves money twice, unless the
//! real network would refuse the second by its reference. None comes into being and none is lost: what is on all cards,
//! with the merchants and in fees sums up to the same at any time (`GET /sandbox/totals`). Names of methods, fields and
//! codes follow the project's notes on the processing centres' protocols; "section" in the comments means a section of
//! those notes.

mod cards;
mod chance;
mod control;
mod error;
mod faults;
mod fiscal;
mod history;
mod http;
mod humo;
mod journal;
mod money;
mod network;
mod records;
mod server;
mod sms;
mod state;
mod time;
mod uzcard;
mod world;

use std::{path::PathBuf, sync::Arc};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use crate::{
    cards::{CARD_EXPIRY, Outcome, TEST_CARDS, TestCard},
    error::Error,
    network::{HUMO_P2P_FEE_BP, Network, UNNAMED_CREDIT_MAX},
    uzcard::FIXED_CODE,
    world::Clock,
};
use crate::{journal::Journal, state::Data, world::World};

pub struct Options {
    /// Where the state is kept; `None` keeps it in memory. Two more files, with `.lock` and `.new` appended to the name,
    /// are used beside it.
    pub state: Option<PathBuf>,
    /// Whether each operation is on the disk before it is answered. Without it the state survives the death of the
    /// process, but not that of the machine.
    pub sync: bool,
    pub clock: Clock,
}

/// The simulated networks. Clones share their state.
#[derive(Clone)]
pub struct Sandbox {
    world: Arc<World>,
}

impl Sandbox {
    pub fn open(options: Options) -> Result<Self, Error> {
        let (journal, data) = match options.state {
            Some(path) => {
                let (journal, data) = Journal::open(&path, options.sync)?;
                (Some(journal), data)
            }
            None => (None, Data::new()),
        };
        Ok(Self {
            world: Arc::new(World::new(options.clock, data, journal)),
        })
    }

    /// Serves until `stop`. Connections that a fault keeps hanging do not hold the stop up.
    pub fn serve(
        &self,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        server::serve(Arc::clone(&self.world), listener, stop)
    }
}
