//! A database address that is independent of the server behind it: sqlx takes one address, and when one server replaces
//! another, it is the address that moves. On the way a connection can be cut at a COMMIT, or at a statement
//! that commits by itself, before the server hears of it or after it was carried out.

use std::collections::HashSet;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// A socket that leads to whichever server it is pointed at.
pub(crate) struct Relay {
    directory: TempDir,
    server: Arc<watch::Sender<Option<PathBuf>>>,
    commits: Arc<Mutex<Commits>>,
}

/// On which side of a COMMIT its connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server never hears of it.
    Before,
    /// The server has carried it out, but the client never hears so.
    After,
}

/// The COMMITs that have passed, and which of them are cut.
#[derive(Debug, Default)]
struct Commits {
    passed: usize,
    cuts: Option<(Cut, Range<usize>)>,
    /// So many more statements with this text among their values are cut.
    statement: Option<(Cut, String, usize)>,
}

impl Relay {
    /// Leads to the server with this folder of sockets.
    pub(crate) fn to(sockets: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(".s.PGSQL.5432")).unwrap();
        let server = Arc::new(watch::Sender::new(Some(sockets.to_owned())));
        let commits = Arc::default();
        let (pointed, counted) = (Arc::clone(&server), Arc::clone(&commits));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, pointed.subscribe(), Arc::clone(&counted)));
            }
        });
        Self {
            directory,
            server,
            commits,
        }
    }

    /// Points the address at another server, or at none. Open connections are cut.
    pub(crate) fn point(&self, sockets: Option<&Path>) {
        self.server.send_replace(sockets.map(Path::to_owned));
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let directory = self.directory.path().display();
        format!("postgres://postgres@localhost/{database}?host={directory}")
    }

    /// Cuts the connections of these COMMITs, counted from now on and from zero.
    pub(crate) fn cut(&self, cut: Cut, commits: Range<usize>) {
        *self.commits.lock().unwrap() = Commits {
            passed: 0,
            cuts: Some((cut, commits)),
            statement: None,
        };
    }

    /// Cuts the connection of the next statement that commits by itself and has this text among its values.
    pub(crate) fn cut_statement(&self, cut: Cut, text: &str) {
        self.commits.lock().unwrap().statement = Some((cut, text.to_owned(), 1));
    }

    /// The same of all such statements, until [`Relay::mend`].
    pub(crate) fn cut_statements(&self, cut: Cut, text: &str) {
        self.commits.lock().unwrap().statement = Some((cut, text.to_owned(), usize::MAX));
    }

    /// Whether that was done.
    pub(crate) fn has_cut_statement(&self) -> bool {
        self.commits.lock().unwrap().statement.is_none()
    }

    /// Stops cutting, and returns how many COMMITs there were since [`Relay::cut`].
    pub(crate) fn mend(&self) -> usize {
        let mut commits = self.commits.lock().unwrap();
        commits.cuts = None;
        commits.statement = None;
        commits.passed
    }
}

impl Commits {
    /// What is to be done with the next COMMIT.
    fn cut_at(&mut self) -> Option<Cut> {
        let number = self.passed;
        self.passed += 1;
        let (cut, cuts) = self.cuts.as_ref()?;
        cuts.contains(&number).then_some(*cut)
    }

    /// What is to be done at the end of a statement of which this was a message. It is carried out as a whole when it ends.
    fn statement_cut_by(&mut self, message: &[u8]) -> Option<Cut> {
        let (cut, text, left) = self.statement.as_mut()?;
        let values = message.strip_prefix(b"B")?;
        let has_text = values
            .windows(text.len())
            .any(|part| part == text.as_bytes());
        if !has_text {
            return None;
        }
        let cut = *cut;
        *left -= 1;
        if *left == 0 {
            self.statement = None;
        }
        Some(cut)
    }
}

/// What one connection was asked, as far as COMMITs are concerned.
#[derive(Debug, Default)]
struct Asked {
    /// The names of statements that are a whole transaction, outside of another one.
    whole: HashSet<Vec<u8>>,
    /// Whether one of them is to be carried out at the end of this statement.
    is_whole: bool,
    in_transaction: bool,
}

impl Asked {
    /// Whether this message is a COMMIT: a simple query, or the end of a statement that commits by itself.
    fn is_commit(&mut self, message: &[u8]) -> bool {
        let text = |from: usize| {
            let rest = message.get(from..).unwrap_or_default();
            rest.split(|byte| *byte == 0)
                .next()
                .unwrap_or_default()
                .to_vec()
        };
        match message {
            [b'Q', ..] => {
                let query = text(5);
                self.in_transaction = query.starts_with(b"BEGIN");
                query == b"COMMIT"
            }
            [b'P', ..] => {
                let name = text(5);
                if text(5 + name.len() + 1).starts_with(b"WITH \"w0\" AS") {
                    self.whole.insert(name);
                }
                false
            }
            [b'B', ..] => {
                // After the name of a portal, which is empty.
                self.is_whole = !self.in_transaction && self.whole.contains(&text(6));
                false
            }
            [b'S', ..] => std::mem::take(&mut self.is_whole),
            _ => false,
        }
    }
}

async fn carry(
    client: UnixStream,
    mut pointed: watch::Receiver<Option<PathBuf>>,
    commits: Arc<Mutex<Commits>>,
) {
    let Some(sockets) = pointed.borrow_and_update().clone() else {
        return;
    };
    let Ok(server) = UnixStream::connect(sockets.join(".s.PGSQL.5432")).await else {
        return;
    };
    tokio::select! {
        _ = converse(client, server, &commits) => {}
        _ = pointed.changed() => {}
    }
}

/// Carries both ways until one side ends, or the connection is to be cut.
async fn converse(
    mut client: UnixStream,
    mut server: UnixStream,
    commits: &Mutex<Commits>,
) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let mut greeting = rest_of_message(&mut from_client, Vec::new()).await?;
    if greeting == SSL_REQUEST {
        to_client.write_all(b"N").await?;
        greeting = rest_of_message(&mut from_client, Vec::new()).await?;
    }
    to_server.write_all(&greeting).await?;
    let questions = async {
        let mut at_its_end = None;
        let mut asked = Asked::default();
        loop {
            let message = message(&mut from_client).await?;
            let cut = {
                let mut commits = commits.lock().unwrap();
                at_its_end = commits.statement_cut_by(&message).or(at_its_end);
                let ended = match message.starts_with(END_OF_STATEMENT) {
                    true => at_its_end.take(),
                    false => None,
                };
                match asked.is_commit(&message) {
                    true => commits.cut_at().or(ended),
                    false => ended,
                }
            };
            if let Some(cut) = cut {
                return Ok::<_, io::Error>((cut, message));
            }
            to_server.write_all(&message).await?;
        }
    };
    let (cut, commit) = tokio::select! {
        cut = questions => cut?,
        ended = tokio::io::copy(&mut from_server, &mut to_client) => return ended.map(drop),
    };
    if cut == Cut::After {
        to_server.write_all(&commit).await?;
        // The client has waited for all that was answered before.
        while !message(&mut from_server).await?.starts_with(READY) {}
    }
    Ok(())
}

/// The length, and 1234.5679.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
/// The kind of the message with which a statement ends.
const END_OF_STATEMENT: &[u8] = b"S";
/// The kind of the message after which the server waits for the next question.
const READY: &[u8] = b"Z";

/// A message: its kind, its length, and the rest.
async fn message(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let kind = from.read_u8().await?;
    rest_of_message(from, vec![kind]).await
}

/// The length, which counts itself, and the rest. The first message of a client has no kind.
async fn rest_of_message(
    from: &mut (impl AsyncRead + Unpin),
    mut message: Vec<u8>,
) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    message.extend_from_slice(&length.to_be_bytes());
    let rest = u64::from(length) - 4;
    from.take(rest).read_to_end(&mut message).await?;
    Ok(message)
}
