//! Answers every request with the same bytes, from one thread: what the load can do by itself. It prints its address.

use std::collections::HashMap;
use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use peers::http;
use rustix::buffer::spare_capacity;
use rustix::event::epoll;

const LISTENER: u64 = 0;
const BODY: &str =
    r#"{"jsonrpc":"2.0","id":1,"result":{"fee":500,"feeRate":"0.5","amountTotal":100500}}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let data = epoll::EventData::new_u64;
    epoll::add(&epoll, &listener, data(LISTENER), epoll::EventFlags::IN)?;
    let mut callers: HashMap<u64, (TcpStream, Vec<u8>)> = HashMap::new();
    let mut next = LISTENER + 1;
    let mut events = Vec::with_capacity(256);
    let mut part = [0; 65_536];
    loop {
        epoll::wait(&epoll, spare_capacity(&mut events), None)?;
        for event in events.drain(..) {
            let which = event.data.u64();
            if which == LISTENER {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                stream.set_nodelay(true)?;
                epoll::add(&epoll, &stream, data(next), epoll::EventFlags::IN)?;
                callers.insert(next, (stream, Vec::new()));
                next += 1;
                continue;
            }
            let Some((stream, asked)) = callers.get_mut(&which) else {
                continue;
            };
            match stream.read(&mut part) {
                Ok(count) if count > 0 => asked.extend_from_slice(&part[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                // Dropping it takes it out of epoll as well.
                Ok(_) | Err(_) => {
                    callers.remove(&which);
                    continue;
                }
            }
            while let Some((_, end)) = http::whole(asked) {
                asked.drain(..end);
                stream.write_all(reply.as_bytes())?;
            }
        }
    }
}
