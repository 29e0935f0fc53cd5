//! Reads what `strace` wrote, and judges the one thing: was an intent on the disk before its call left?
//!
//! A commit of SQLite is a run of frames in the `-wal` file, each a header of 24 bytes and a page, the last with a header
//! that is marked as the commit. It lasts once an `fsync` of that file has ended that began after the marked frame was
//! written. A system call is in the trace where it begins and where it ends: `strace` stops the thread at both, so a call
//! whose line comes later has not begun to have an effect yet.

use std::collections::{HashMap, HashSet};

/// What a trace shows.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// The line from which on a reference is on the disk.
    lasting: HashMap<String, usize>,
    /// The requests to the networks in the order in which their first byte left.
    pub(crate) sent: Vec<Sent>,
    pub(crate) commits: usize,
    pub(crate) syncs: usize,
}

/// A request to a network.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Where its first byte left.
    pub(crate) line: usize,
    /// Head and body.
    pub(crate) text: String,
    socket: String,
}

impl Trace {
    /// Whether this reference was on the disk when the first byte of the request left.
    pub(crate) fn was_lasting(&self, reference: &str, sent: &Sent) -> bool {
        self.lasting
            .get(reference)
            .is_some_and(|since| *since < sent.line)
    }
}

/// What is known while the lines are read.
#[derive(Default)]
struct Reader {
    trace: Trace,
    /// System calls that have begun, by thread.
    begun: HashMap<String, String>,
    /// What the frames of the running commit hold.
    running: HashSet<String>,
    is_commit_frame: bool,
    /// What is committed and not on the disk yet.
    committed: HashSet<String>,
    /// What a sync that has begun will have brought to the disk, by thread.
    syncing: HashMap<String, HashSet<String>>,
}

/// Reads a trace of `strace -f -yy -s 5000`. `networks` is the address of the sandbox.
pub(crate) fn read(text: &str, networks: &str) -> Trace {
    let mut reader = Reader::default();
    let to_networks = format!("->{networks}]>");
    for (number, line) in text.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            if let Some(begun) = reader.begun.remove(thread) {
                let end = resumed.split_once(" resumed>").map_or("", |(_, end)| end);
                reader.ended(thread, &format!("{begun}{end}"), number);
            }
        } else if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
            reader.began(thread, begun, number, &to_networks);
            reader.begun.insert(thread.to_owned(), begun.to_owned());
        } else {
            reader.began(thread, rest, number, &to_networks);
            reader.ended(thread, rest, number);
        }
    }
    reader.trace
}

impl Reader {
    fn began(&mut self, thread: &str, call: &str, line: usize, to_networks: &str) {
        if is_sync(call) {
            self.syncing
                .insert(thread.to_owned(), self.committed.clone());
        } else if is_send(call) && call.contains(to_networks) {
            let socket = call.split_once('<').map_or("", |(_, rest)| rest);
            let socket = socket.split(">,").next().unwrap_or_default().to_owned();
            let text = call.replace("\\\"", "\"");
            if text.contains("\"POST /") {
                self.trace.sent.push(Sent { line, text, socket });
            } else if let Some(sent) = {
                let mut latest = self.trace.sent.iter_mut().rev();
                latest.find(|sent| sent.socket == socket)
            } {
                // More of the same request.
                sent.text.push_str(&text);
            }
        }
    }

    fn ended(&mut self, thread: &str, call: &str, line: usize) {
        if is_sync(call) {
            let synced = self.syncing.remove(thread).unwrap_or_default();
            // The process ended in the middle of it, as it was told to.
            if call.trim_end().ends_with("= ?") {
                return;
            }
            assert!(call.trim_end().ends_with("= 0"), "a sync failed: {call}");
            self.trace.syncs += 1;
            for reference in synced {
                self.committed.remove(&reference);
                self.trace.lasting.entry(reference).or_insert(line);
            }
        } else if is_wal(call) && call.starts_with("pwrite64(") {
            let buffer = call.split_once('"').map_or("", |(_, rest)| rest);
            let (buffer, rest) = buffer.rsplit_once("\", ").unwrap();
            let length: usize = rest.split(',').next().unwrap().parse().unwrap();
            match length {
                24 => self.is_commit_frame = unescaped(buffer)[4..8] != [0; 4],
                // The header of the file, when it is begun anew.
                32 => {}
                _ => {
                    self.running.extend(references(buffer));
                    if self.is_commit_frame {
                        self.trace.commits += 1;
                        self.committed.extend(self.running.drain());
                    }
                }
            }
        }
    }
}

fn is_wal(call: &str) -> bool {
    call.split(['>', '"'])
        .next()
        .is_some_and(|file| file.ends_with("-wal"))
}

fn is_sync(call: &str) -> bool {
    (call.starts_with("fsync(") || call.starts_with("fdatasync(")) && is_wal(call)
}

fn is_send(call: &str) -> bool {
    ["write(", "writev(", "sendto(", "sendmsg("]
        .iter()
        .any(|name| call.starts_with(name))
}

/// Everything in a page that could be one of our references: 32 hex digits. What stands before and after one in the row
/// may look like more of them.
fn references(page: &str) -> impl Iterator<Item = String> {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    page.split(move |c| !is_hex(c)).flat_map(|run| {
        (0..(run.len() + 1).saturating_sub(32)).map(|from| run[from..from + 32].to_owned())
    })
}

/// The bytes of a string as C writes them.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let octal = rest.iter().take(3);
        let octal = octal
            .take_while(|digit| (b'0'..=b'7').contains(digit))
            .count();
        if octal > 0 {
            let digits = std::str::from_utf8(&rest[..octal]).unwrap();
            bytes.push(u8::from_str_radix(digits, 8).unwrap());
            rest = &rest[octal..];
            continue;
        }
        let simple = match rest[0] {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'v' => 11,
            b'f' => 12,
            other => other,
        };
        bytes.push(simple);
        rest = &rest[1..];
    }
    bytes
}

const HEADER: &str = r#"9 pwrite64(7</x/g.sqlite-wal>, "\0\0\0\1\0\0\0\0t\357\353\262_TH\353\353\250\"\3205\24t", 24, 32) = 24"#;
const COMMIT: &str = r#"9 pwrite64(7</x/g.sqlite-wal>, "\0\0\0\1\0\0\0.t\357\353\262_TH\353\353\250\"\3205\24t", 24, 32) = 24"#;
const PAGE: &str = r#"9 pwrite64(7</x/g.sqlite-wal>, "\r\0UZCARDhold01a2006747617d8da2d968dbdf8d5f1d\1\2", 4096, 56) = 4096"#;
const OTHER_PAGE: &str = r#"9 pwrite64(7</x/g.sqlite-wal>, "\r\0", 4096, 56) = 4096"#;
const SYNC: &str = "9 fsync(7</x/g.sqlite-wal>) = 0";
const OTHER_SYNC: &str = "9 fsync(8</x/g.sqlite>) = 0";
const SEND: &str = r#"8 writev(20<TCP:[127.0.0.1:4->127.0.0.1:9]>, [{iov_base="POST /uzcard", iov_len=12}], 1) = 12"#;

/// The judge itself: in one order only the intent is on the disk in time.
#[test]
fn only_a_synced_commit_before_the_first_byte_counts() {
    let judged = |lines: &[&str]| {
        let trace = read(&lines.join("\n"), "127.0.0.1:9");
        let [sent] = &trace.sent[..] else {
            panic!("{trace:?}");
        };
        trace.was_lasting("01a2006747617d8da2d968dbdf8d5f1d", sent)
    };
    let begun = "9 fsync(7</x/g.sqlite-wal> <unfinished ...>";
    let ended = "9 <... fsync resumed>) = 0";
    let page_begun = PAGE.replace(") = 4096", " <unfinished ...>");
    let page_ended = "9 <... pwrite64 resumed>) = 4096";

    assert!(judged(&[COMMIT, PAGE, SYNC, SEND]));
    assert!(judged(&[HEADER, PAGE, COMMIT, OTHER_PAGE, SYNC, SEND]));
    assert!(judged(&[COMMIT, PAGE, begun, ended, SEND]));
    assert!(judged(&[COMMIT, &page_begun, page_ended, SYNC, SEND]));
    // No sync; a sync of another file; too late; not ended yet; begun before the write had ended; of half a commit.
    assert!(!judged(&[COMMIT, PAGE, SEND]));
    assert!(!judged(&[COMMIT, PAGE, OTHER_SYNC, SEND]));
    assert!(!judged(&[COMMIT, PAGE, SEND, SYNC]));
    assert!(!judged(&[COMMIT, PAGE, begun, SEND, ended]));
    let other_thread = SYNC.replacen('9', "7", 1);
    assert!(!judged(&[
        COMMIT,
        &page_begun,
        &other_thread,
        page_ended,
        SEND
    ]));
    assert!(!judged(&[HEADER, PAGE, SYNC, SEND]));
    assert!(!judged(&[COMMIT, OTHER_PAGE, SYNC, SEND]));
}
