//! What the integration tests share.
//!
//! # How to write a test
//!
//! ```ignore
//! use test_support::*;
//!
//! on_each_database! {
//!     async fn a_debit_lowers_the_balance(app: TestApp) {
//!         let token = app.add_card(UZCARD).await;
//!         let reply = app.call("transactions.debit", debit_params(UZCARD, &token, 500)).await;
//!         let id = app.last_transaction().await.id;
//!         assert_eq!(UZCARD.masked_result(reply), success(&UZCARD.taken(id)));
//!         assert_eq!(app.balance(UZCARD).await, FULL - 500);
//!     }
//! }
//! ```
//!
//! Each test has a gateway of its own: a real server on a free port, a database of its own, and the simulated networks
//! over HTTP. Compare whole replies; [`masked`] replaces what cannot be known before, such as ids and references.
//!
//! The clock stands still until the test moves it ([`TestApp::clock`]). Faults of the networks are scripted with
//! [`TestApp::fault`]; what the networks carried out is read from [`TestApp::ledger`].
//!
//! [`on_each_database!`] makes two tests of one, `sqlite` and `postgres`; [`in_each_setting!`] adds `two_gateways`.
//!
//! # Which file answers what
//!
//! | File | Question |
//! |---|---|
//! | `app.rs` | How does a test start, restart and multiply a gateway? |
//! | `database.rs` | On which databases does a test run, and where are their files? |
//! | `postgres.rs` | Where does the throw-away PostgreSQL server come from? |
//! | `gateways.rs` | How do several gateways share a database? |
//! | `moments.rs` | Where does a gateway stand still? |
//! | `clock.rs`, `time.rs` | What time is it, and what comes due when it passes? |
//! | `calls.rs`, `http.rs` | How does a partner call a method, or send any HTTP request? |
//! | `contour.rs` | How does a gateway of the production profile start, with some of the servers outside or all? |
//! | `partners.rs` | Who calls? |
//! | `cards.rs`, `transfers.rs` | Which cards and transfers are there, and what are they answered? |
//! | `orders/` | What is ordered in the matrices, how does each call end, what has moved then? |
//! | `replies.rs`, `refused_calls.rs` | What does a whole reply look like? |
//! | `networks.rs` | What did the simulated networks carry out, and how do they fail? |
//! | `past.rs` | What does somebody else do at the networks with our credentials? |
//! | `rows.rs`, `settled.rs` | What does the gateway's database say, and is anything left hanging? |
//! | `webhooks.rs` | What does a partner hear without asking? |
//! | `program.rs` | How does a test run the program as a process? |
//! | `proxy/` | How do calls to the networks go wrong on the way, and which odd shapes do replies have? |
//! | `tunnel.rs`, `tls_front.rs` | What is between the gateway and its networks: proxies, TLS? |
//! | `chance.rs` | How is chance repeated from a seed? |

#![expect(
    clippy::explicit_write,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure is a failed test, and a panic shows where"
)]
#![warn(missing_docs)]

mod app;
mod calls;
mod cards;
pub mod chance;
mod clock;
mod concurrently;
mod contour;
mod database;
mod gateways;
mod http;
mod moments;
mod networks;
pub mod orders;
mod partners;
mod past;
pub mod postgres;
pub mod program;
pub mod proxy;
pub mod refused_calls;
mod replies;
mod rows;
mod settled;
mod time;
pub mod tls_front;
mod transfers;
pub mod tunnel;
mod webhooks;

pub use app::{TestApp, lone_caller, one_of_many, patient, started};
pub use cards::{CODE, FULL, HUMO, HUMO_2, TestCard, UZCARD, UZCARD_2, debit_params};
pub use clock::TestClock;
pub use concurrently::join_all;
pub use contour::Contour;
pub use database::{DatabaseKind, OneIn, closed_port, fast_directory, free_port, is_whole};
pub use gateways::{Gateways, Setting};
pub use http::{HttpConnection, HttpReply, HttpRequest, send, send_raw};
pub use moments::Moments;
pub use partners::Credentials;
pub use replies::{
    assert_listed, bare_error, documented_error, error_object, in_process, masked, outcome_unknown,
    refusal, refused, refused_in, right_code, shape, success, with,
};
pub use time::{CODE_LIFETIME_MS, HOLD_LIFETIME_MS};
pub use transfers::{
    DIRECTIONS, Direction, HUMO_TO_HUMO, HUMO_TO_UZCARD, UZCARD_TO_HUMO,
    UZCARD_TO_HUMO_IN_ONE_CALL, UZCARD_TO_UZCARD,
};
