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
/// How many milliseconds a slow provider thinks before it refuses: within the gateway's time-out.
const SLOW_MS: (u64, u64) = (250, 550);
/// How long a hanging connection is kept for a gateway that does not give up.
const HANG: Duration = Duration::from_secs(10);
/// How much of an endless body is enough to prove the proxy's point.
const ENDLESS: usize = 4 * 1024 * 1024;
/// Codes of SVGate that leave the outcome open: from the tables, from outside them, and JSON-RPC's.
const OPEN_OF_SVGATE: &[i64] = &[
    -101, -102, -199, -207, -208, -211, -242, -244, -260, -265, -267, -280, -281, -282, -292, -300,
    -301, -307, -310, -333, -357, -380, -389, -399, -404, -500, -312, -700, -999, 0, 404, -32_000,
    -32_003, -32_603, -32_700,
];
/// Action codes of HUMO that do, in answer to any call.
const OPEN_OF_HUMO: &[i64] = &[
    0, 1, 2, 8, 99, 130, 199, 300, 400, 499, 600, 800, 900, 901, 903, 906, 907, 909, 910, 911, 912,
    913, 914, 915, 921, 999,
];
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
            Fault::Denied => {
                stream.write_all(&nonsense("401 Unauthorized")).await?;
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
            Fault::CodeAfter => {
                let own = self.forward(side, request).await?;
                match self.answer_with_a_code(side, request) {
                    Some(refusal) => {
                        stream.write_all(&refusal.bytes()).await?;
                        Served::with(fault)
                    }
                    None => {
                        stream.write_all(&own.bytes()).await?;
                        Served::well()
                    }
                }
            }
            Fault::Contradiction => {
                let own = self.forward(side, request).await?;
                let contradicted = own.contradicted().filter(|_| request.moves_money(side));
                match contradicted {
                    Some(contradicted) => {
                        stream.write_all(&contradicted.bytes()).await?;
                        Served::with(fault)
                    }
                    None => {
                        stream.write_all(&own.bytes()).await?;
                        Served::well()
                    }
                }
            }
            Fault::Nameless => match request.answered_emptily() {
                Some(operation) => {
                    stream.write_all(&empty_success(operation).bytes()).await?;
                    Served::with(fault)
                }
                None => {
                    let own = self.forward(side, request).await?;
                    stream.write_all(&own.bytes()).await?;
                    Served::well()
                }
            },
            Fault::LateExecution => {
                let (executed, ()) = tokio::join!(self.execute_late(side, request), hang(stream));
                // If the call was not executed, it was as if it had never arrived.
                Served::ended_by(if executed { fault } else { Fault::HangBefore })
            }
            Fault::SlowRefusal => {
                let pause = self.between(side, SLOW_MS.0, SLOW_MS.1);
                sleep(Duration::from_millis(pause)).await;
                let refused = r#"{"error-code":"202","error-description":"?"}"#;
                stream
                    .write_all(&Message::reply("400 Bad Request", refused).bytes())
                    .await?;
                Served::with(fault)
            }
            // A side freezes as a whole, see `Proxy::freeze`.
            Fault::Frozen => Served::well(),
        })
    }

    /// The answer to a call that moves money with a code that does not refuse it for certain.
    fn answer_with_a_code(&self, side: Side, request: &Message) -> Option<Message> {
        if !request.moves_money(side) {
            return None;
        }
        let draw = |codes: &[i64]| {
            let last = u64::try_from(codes.len()).unwrap() - 1;
            codes[usize::try_from(self.between(side, 0, last)).unwrap()]
        };
        match side {
            Side::Uzcard => {
                let id = request.payment(side)?;
                let code = draw(OPEN_OF_SVGATE);
                let body = format!(
                    r#"{{"jsonrpc":"2.0","id":"{id}","error":{{"code":{code},"message":"?"}}}}"#
                );
                Some(Message::reply("200 OK", &body))
            }
            Side::Humo => Some(fault_of_humo(draw(OPEN_OF_HUMO))),
            Side::HumoCards | Side::Sms | Side::Fiscal => None,
        }
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

fn fault_of_humo(code: i64) -> Message {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SOAP-ENV:Envelope \
         xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:ebppif1=\"urn:PaymentServer\"><SOAP-ENV:Body>\
         <SOAP-ENV:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring>?</faultstring><detail>\
         <ebppif1:PaymentServerException><error>{code:03}</error><description>?</description>\
         </ebppif1:PaymentServerException></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    );
    Message::reply("500 Internal Server Error", &body)
}

fn empty_success(operation: &str) -> Message {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SOAP-ENV:Envelope \
         xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:ebppif1=\"urn:PaymentServer\"><SOAP-ENV:Body>\
         <ebppif1:{operation}Response/></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    );
    Message::reply("200 OK", &body)
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
