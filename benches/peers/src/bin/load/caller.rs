//! One connection.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use peers::http;
use rustix::event::epoll;

use crate::plan::Plan;

pub(super) struct Caller {
    stream: TcpStream,
    address: String,
    number: usize,
    step: usize,
    /// When its turn was due.
    due: Instant,
    asked: Instant,
    is_waiting: bool,
    request: Vec<u8>,
    reply: Vec<u8>,
    /// The id that the step before has told.
    taken: Vec<u8>,
}

/// What a connection brought.
pub(super) enum Heard {
    /// Not a whole reply yet.
    Nothing,
    /// In a first step the time counts from when the turn was due.
    Served {
        step: usize,
        took: Duration,
    },
    Refused {
        calls: usize,
        reply: String,
    },
    Broken,
}

impl Caller {
    pub(super) fn connect(address: &str, number: usize, epoll: &OwnedFd) -> io::Result<Self> {
        let now = Instant::now();
        Ok(Self {
            stream: connected(address, number, epoll)?,
            address: address.to_owned(),
            number,
            step: 0,
            due: now,
            asked: now,
            is_waiting: false,
            request: Vec::new(),
            reply: Vec::new(),
            taken: Vec::new(),
        })
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Begins a turn that was due at this moment.
    pub(super) fn begin(&mut self, plan: &Plan, due: Instant) -> io::Result<()> {
        self.step = 0;
        self.due = due;
        self.asked = due;
        self.send(plan)
    }

    /// Whether the turn has a further step.
    pub(super) fn has_more(&self, plan: &Plan) -> bool {
        self.step + 1 < plan.steps.len()
    }

    /// Makes the next step of the turn.
    pub(super) fn go_on(&mut self, plan: &Plan) -> io::Result<()> {
        self.step += 1;
        self.asked = Instant::now();
        self.send(plan)
    }

    pub(super) fn turn_took(&self, now: Instant) -> Duration {
        now - self.due
    }

    fn send(&mut self, plan: &Plan) -> io::Result<()> {
        // A turn of one step is always the same.
        if self.request.is_empty() || plan.steps.len() > 1 {
            self.request = plan.request(self.step, &self.address, &self.taken, self.number);
        }
        self.reply.clear();
        self.is_waiting = true;
        match self.stream.write_all(&self.request) {
            Ok(()) => Ok(()),
            // It is told when the connection is read.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Reads what has come.
    pub(super) fn hear(&mut self, plan: &Plan, epoll: &OwnedFd) -> io::Result<Heard> {
        let mut part = [0; 65_536];
        match self.stream.read(&mut part) {
            Ok(count) if count > 0 => self.reply.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Heard::Nothing),
            Ok(_) | Err(_) => {
                self.stream = connected(&self.address, self.number, epoll)?;
                // One that rests may be closed at any time.
                let was_waiting = std::mem::take(&mut self.is_waiting);
                return Ok(if was_waiting {
                    Heard::Broken
                } else {
                    Heard::Nothing
                });
            }
        }
        let Some((body, end)) = http::whole(&self.reply) else {
            return Ok(Heard::Nothing);
        };
        self.is_waiting = false;
        let took = self.asked.elapsed();
        let text = &self.reply[body..end];
        let errors = text
            .split(|byte| *byte == b'{')
            .filter(|part| is_error(part))
            .count();
        if errors > 0 || !self.reply.starts_with(b"HTTP/1.1 200") {
            let reply = String::from_utf8_lossy(&self.reply[..end.min(body + 300)]).into_owned();
            return Ok(Heard::Refused {
                calls: errors.max(1),
                reply,
            });
        }
        if plan.steps.len() > 1 {
            let told =
                http::find(text, b"\"transactionId\":").map_or(&text[..0], |at| &text[at + 16..]);
            let digits = told.iter().take_while(|byte| byte.is_ascii_digit()).count();
            self.taken = told[..digits].to_vec();
        }
        Ok(Heard::Served {
            step: self.step,
            took,
        })
    }
}

/// Whether this follows a brace in a reply with an error: `{"jsonrpc":"2.0","id":1,"error":{…`.
fn is_error(part: &[u8]) -> bool {
    part.ends_with(b"\"error\":")
}

fn connected(address: &str, number: usize, epoll: &OwnedFd) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    let data = epoll::EventData::new_u64(u64::try_from(number).map_err(io::Error::other)?);
    epoll::add(epoll, &stream, data, epoll::EventFlags::IN)?;
    Ok(stream)
}
