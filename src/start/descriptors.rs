//! Are there enough file descriptors? Connections of partners must not take those of the database and of the networks.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// Connections of the operators' listener and of the simulated networks'.
const INNER: usize = 64 + 2_048;
/// Files, sockets that listen, timers.
const OWN: usize = 64;
/// No gateway is worth starting with fewer connections.
const FEWEST: usize = 64;

/// How many connections of partners there is room for: those of the settings, or fewer where the system gives fewer
/// descriptors. `Err`: how many descriptors there are, and how many are needed at least.
///
/// The soft limit is raised to the hard one first.
pub fn connections(config: &Config) -> Result<usize, (usize, usize)> {
    let have = raised();
    let rest = others(config);
    let room = have.saturating_sub(rest);
    let wanted = config.server.max_connections;
    if room < wanted.min(FEWEST) {
        return Err((have, rest.saturating_add(wanted.min(FEWEST))));
    }
    if room < wanted {
        tracing::warn!(
            descriptors = have,
            max_connections = room,
            "there are too few file descriptors for server.max_connections: fewer connections are accepted"
        );
    }
    Ok(wanted.min(room))
}

/// The descriptors that are not partners' connections.
fn others(config: &Config) -> usize {
    // A call is at one network at a time.
    let networks = config.server.max_in_flight;
    let database = usize::try_from(config.database.max_connections).unwrap_or(usize::MAX);
    let inner = if config.sandbox.embedded { INNER } else { 64 };
    [networks, database, inner, OWN]
        .into_iter()
        .fold(0, usize::saturating_add)
}

/// The limit of this process, as high as it may be.
fn raised() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: maximum,
        maximum,
    };
    let reached = match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "cannot raise the limit of file descriptors");
            current
        }
    };
    reached.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_get_what_the_others_leave() {
        let mut config = Config::default();
        config.server.max_connections = 1;
        assert_eq!(connections(&config), Ok(1));
        config.server.max_connections = usize::MAX;
        let have = raised();
        if have < usize::MAX {
            assert_eq!(connections(&config), Ok(have - others(&config)));
        }
        config.server.max_in_flight = usize::MAX;
        assert_eq!(connections(&config), Err((have, usize::MAX)));
    }
}
