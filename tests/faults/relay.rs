//! The address under which a database is reached, apart from the server that has it: sqlx takes one address, and where
//! servers replace one another it is the address that moves.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// A socket that leads to whichever server it is pointed at.
pub(crate) struct Relay {
    directory: TempDir,
    server: Arc<watch::Sender<Option<PathBuf>>>,
}

impl Relay {
    /// Leads to the server with this folder of sockets.
    pub(crate) fn to(sockets: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(".s.PGSQL.5432")).unwrap();
        let server = Arc::new(watch::Sender::new(Some(sockets.to_owned())));
        let pointed = Arc::clone(&server);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, pointed.subscribe()));
            }
        });
        Self { directory, server }
    }

    /// Moves the address, or takes it from all of them. Who is connected is cut off.
    pub(crate) fn point(&self, sockets: Option<&Path>) {
        self.server.send_replace(sockets.map(Path::to_owned));
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let directory = self.directory.path().display();
        format!("postgres://postgres@localhost/{database}?host={directory}")
    }
}

async fn carry(mut client: UnixStream, mut pointed: watch::Receiver<Option<PathBuf>>) {
    let Some(sockets) = pointed.borrow_and_update().clone() else {
        return;
    };
    let Ok(mut server) = UnixStream::connect(sockets.join(".s.PGSQL.5432")).await else {
        return;
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        _ = pointed.changed() => {}
    }
}
