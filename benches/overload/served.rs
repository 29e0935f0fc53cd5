//! What is measured: a gateway with its database, the networks, and partners with cards.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use test_support::postgres;
use test_support::program::{FREE_PORTS, Serving, run, stderr, stdout};

use super::Result;

/// Hundredths of a second of the processors that a program has used: `self`, or its number.
pub(crate) fn processor(program: &str) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{program}/stat"))?;
    let fields = stat.rsplit_once(')').ok_or("no name")?.1;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next().ok_or("too few fields");
    Ok(next()?.parse::<u64>()? + next()?.parse::<u64>()?)
}

/// How many partners call.
const PARTNERS: usize = 4;

pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    /// Names and secrets.
    pub(crate) partners: Vec<(String, String)>,
    gateway: Serving,
    _networks: Serving,
}

impl Served {
    /// `None` where PostgreSQL is not installed.
    pub(crate) async fn start(kind: &str) -> Result<Option<Self>> {
        let database = match kind {
            "postgres" => match postgres::new_measured_database().await {
                Some(url) => url,
                None => return Ok(None),
            },
            _ => "sqlite:aloqa-gateway.sqlite".to_owned(),
        };
        let networks = Serving::start(&["sandbox"], &FREE_PORTS, "simulated networks");
        let at = networks
            .url("the simulated networks")
            .replace("http://", "");
        let mut settings = vec![
            ("ALOQA__DATABASE__URL", database.as_str()),
            ("ALOQA__SANDBOX__EMBEDDED", "false"),
            ("ALOQA__SANDBOX__LISTEN", at.as_str()),
            ("ALOQA__LOG__FILTER", "error"),
            ("ALOQA__SMS__DAILY_LIMIT", "1000000"),
            // All calls of the load come from one machine.
            ("ALOQA__SERVER__MAX_CONNECTIONS_PER_SOURCE", "4000"),
        ];
        settings.extend(&FREE_PORTS[..2]);
        let gateway = Serving::start(&[], &settings, "curl");
        let folder: &Path = gateway.directory.path();
        let partners = (0..PARTNERS)
            .map(|number| {
                let name = format!("shop{number}");
                let added = run(
                    folder,
                    &["partner", "add", &name, "--allow", "*"],
                    &settings,
                );
                let secret = stdout(&added).lines().last().map(str::to_owned);
                let secret = secret.ok_or_else(|| stderr(&added))?;
                Ok((name, secret))
            })
            .collect::<Result<_>>()?;
        let url = gateway.url("partners");
        Ok(Some(Self {
            address: url.replace("http://", "").parse()?,
            partners,
            gateway,
            _networks: networks,
        }))
    }

    /// Hundredths of a second of the processors that the gateway has used.
    pub(crate) fn processor(&self) -> Result<u64> {
        processor(&self.gateway.id().to_string())
    }

    /// The gateway's memory, in kB.
    pub(crate) fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.gateway.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        Ok(number.ok_or("no VmRSS")?.parse()?)
    }
}
