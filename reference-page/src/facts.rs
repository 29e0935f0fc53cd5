//! What does the page tell of the gateway that serves it, beyond the contract?

/// The gateway that serves the page.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Address and port of the listener, for requests that name no usable `Host`.
    pub listener: String,
    /// The largest body of a request, in bytes.
    pub body_limit_bytes: usize,
    /// The most calls in a batch.
    pub batch_limit: usize,
    /// Seconds that a call may take.
    pub call_timeout_s: u64,
    /// The simulated networks, if the gateway uses them. Without them there are no test cards, no credentials and no
    /// console on the page.
    pub sandbox: Option<Sandbox>,
}

/// What a stranger needs to try the gateway on its simulated networks.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// The demo partner's name.
    pub user: String,
    /// Its secret.
    pub secret: String,
    /// The code that every SMS carries.
    pub code: String,
    /// The address of the sandbox's control: `http://127.0.0.1:8090`.
    pub control: String,
    /// A terminal for each network.
    pub terminals: Vec<Terminal>,
    /// The test cards; all expire in December 2030.
    pub cards: Vec<TestCard>,
}

/// A terminal of the demo partner.
#[derive(Debug, Clone)]
pub struct Terminal {
    /// `UZCARD` or `HUMO`.
    pub network: &'static str,
    pub merchant: String,
    pub terminal: String,
}

/// A test card.
#[derive(Debug, Clone)]
pub struct TestCard {
    /// `UZCARD` or `HUMO`.
    pub network: &'static str,
    pub pan: String,
    pub phone: String,
    /// The opening balance in tiyin.
    pub balance: i64,
    /// What happens to its payments: `ok`, `insufficient_funds`, …
    pub outcome: String,
}

impl Sandbox {
    /// The first card of a network: a good one.
    pub(crate) fn card(&self, network: &str) -> Option<&TestCard> {
        self.cards.iter().find(|card| card.network == network)
    }

    /// The terminal of a network.
    pub(crate) fn terminal(&self, network: &str) -> Option<&Terminal> {
        self.terminals
            .iter()
            .find(|terminal| terminal.network == network)
    }
}
