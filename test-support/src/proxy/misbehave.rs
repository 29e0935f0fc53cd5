//! How a call that is to go wrong is served.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::fault::Fault;
use super::message::Message;
use super::{Shared, Side};

/// How many milliseconds after its arrival a late call is executed: more than the gateway's time-out.
const LATE_MS: (u64, u64) = (800, 1_600);
/// Nothing is executed later than this after its arrival, or the networks would break their promise of how long a call
/// may take.
const LATEST: Duration = Duration::from_millis(2_200);
/// How long a hanging connection is kept for a gateway that does not give up.
const HANG: Duration = Duration::from_secs(10);
/// How much of an endless body is enough to prove the proxy's point.
const ENDLESS: usize = 4 * 1024 * 1024;
/// How a call was served.
pub(super) struct Served {
    /// What went wrong with it in the end: less than was planned where there was no occasion for it.
    pub(super) suffered: Option<Fault>,
    /// Whether the connection can be used for another call.
    pub(super) keeps: bool,
}

impl Served {
    pub(super) fn well() -> Self {
        Self {
            suffered: None,
            keeps: true,
        }
    }

    fn with(fault: Fault) -> Self {
        Self {
            suffered: Some(fault),
            keeps: true,
        }
    }

    /// The connection is of no use any more.
    fn ended_by(fault: Fault) -> Self {
        Self {
            suffered: Some(fault),
            keeps: false,
        }
    }
}

impl Shared {
    /// Makes a call go wrong.
    pub(super) async fn misbehave(
        &self,
        stream: &mut TcpStream,
        side: Side,
        request: &Message,
        fault: Fault,
    ) -> io::Result<Served> {
        Ok(match fault {
            Fault::Delay => {
                sleep(Duration::from_millis(self.between(side, 20, 300))).await;
                let reply = self.forward(side, request).await?;
                stream.write_all(&reply.bytes()).await?;
                Served::with(fault)
            }
            Fault::CutRequest => Served::ended_by(fault),
            Fault::ResetBefore => {
                stream.set_zero_linger()?;
                Served::ended_by(fault)
            }
            Fault::ResetAfter => {
                self.forward(side, request).await?;
                stream.set_zero_linger()?;
                Served::ended_by(fault)
            }
            Fault::CutReply => {
                let reply = self.forward(side, request).await?.bytes();
                let until = self.between(side, 0, u64::try_from(reply.len()).unwrap() - 1);
                stream
                    .write_all(&reply[..usize::try_from(until).unwrap()])
                    .await?;
                Served::ended_by(fault)
            }
            Fault::HangBefore => {
                hang(stream).await;
                Served::ended_by(fault)
            }
            Fault::HangAfter => {
                self.forward(side, request).await?;
                hang(stream).await;
                Served::ended_by(fault)
            }
            Fault::ReplyTwice => {
                let reply = self.forward(side, request).await?.bytes();
                stream.write_all(&[reply.clone(), reply].concat()).await?;
                Served::with(fault)
            }
            Fault::ForeignReply => {
                let own = self.forward(side, request).await?;
                match self.foreign_reply(side, request) {
                    Some(foreign) => {
                        stream.write_all(&foreign.bytes()).await?;
                        Served::with(fault)
                    }
                    None => {
                        stream.write_all(&own.bytes()).await?;
                        Served::well()
                    }
                }
            }
            Fault::WrongAmount => {
                let own = self.forward(side, request).await?;
                match own.with_wrong_amount() {
                    Some(wrong) => {
                        stream.write_all(&wrong.bytes()).await?;
                        Served::with(fault)
                    }
                    None => {
                        stream.write_all(&own.bytes()).await?;
                        Served::well()
                    }
                }
            }
            Fault::Http500Before => {
                stream.write_all(&nonsense("500 Oops")).await?;
                Served::with(fault)
            }
            Fault::Http500After => {
                self.forward(side, request).await?;
                stream.write_all(&nonsense("500 Oops")).await?;
                Served::with(fault)
            }
            Fault::GarbageBefore => {
                stream.write_all(&nonsense("200 OK")).await?;
                Served::with(fault)
            }
            Fault::GarbageAfter => {
                self.forward(side, request).await?;
                stream.write_all(&nonsense("200 OK")).await?;
                Served::with(fault)
            }
            Fault::EndlessBody => {
                self.forward(side, request).await?;
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
                    .await?;
                let block = [b' '; 16 * 1024];
                for _ in 0..ENDLESS / block.len() {
                    // The gateway has had enough of it.
                    if stream.write_all(&block).await.is_err() {
                        break;
                    }
                }
                Served::ended_by(fault)
            }
            Fault::LateExecution => {
                let (executed, ()) = tokio::join!(self.execute_late(side, request), hang(stream));
                // If the call was not executed, it was as if it had never arrived.
                Served::ended_by(if executed { fault } else { Fault::HangBefore })
            }
        })
    }

    /// Executes a call once the gateway has given up on it, and returns whether it was executed.
    async fn execute_late(&self, side: Side, request: &Message) -> bool {
        let arrived = Instant::now();
        sleep(Duration::from_millis(
            self.between(side, LATE_MS.0, LATE_MS.1),
        ))
        .await;
        // On a machine that stood still meanwhile, it would be later than any network may be.
        arrived.elapsed() < LATEST && self.forward(side, request).await.is_ok()
    }
}

/// Keeps the connection open until the gateway gives up.
async fn hang(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let _ = timeout(HANG, stream.read_to_end(&mut rest)).await;
}

fn nonsense(status: &str) -> Vec<u8> {
    let body = "<html>}{ out of order";
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
