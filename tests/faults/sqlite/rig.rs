//! The program on a database in a folder of its own, and what a test does with both.

use super::*;

/// The program on a database in a folder of its own, and the simulated networks elsewhere, so that what happens to the
/// one does not touch the others.
pub(super) struct Rig {
    pub(super) gateway: Serving,
    pub(super) sandbox: Serving,
    address: SocketAddr,
    networks: SocketAddr,
    log: PathBuf,
    /// The `extId` of every order.
    orders: Mutex<Vec<String>>,
}

impl Rig {
    /// `wrapped` turns the program's command into one that runs it in some other way; it also gets the folder of the
    /// database.
    pub(super) fn start(wrapped: impl FnOnce(Command, &Path) -> Command) -> Self {
        let sandbox = Serving::start(&["sandbox"], &FREE_PORTS, "simulated networks");
        let networks = sandbox.url("the simulated networks").replace("http://", "");
        let directory = tempfile::tempdir_in(fast_directory()).unwrap();
        let data = directory.path().join("data");
        fs::create_dir(&data).unwrap();
        let url = format!("sqlite:{}", data.join("gateway.sqlite").display());
        let keys = directory.path().join("keys").display().to_string();
        let mut settings = vec![
            ("ALOQA__PROFILE", "sandbox"),
            ("ALOQA__DATABASE__URL", url.as_str()),
            // Waiting longer shows nothing more.
            ("ALOQA__DATABASE__ACQUIRE_TIMEOUT_MS", "1500"),
            ("ALOQA__VAULT__KEY_FILE", keys.as_str()),
            ("ALOQA__SANDBOX__EMBEDDED", "false"),
            ("ALOQA__SANDBOX__LISTEN", networks.as_str()),
            ("ALOQA__SMS__DAILY_LIMIT", "100000"),
            // Recovery looks soon.
            ("ALOQA__UZCARD__TIMEOUT_MS", "1000"),
            ("ALOQA__HUMO__TIMEOUT_MS", "1000"),
            ("ALOQA__UZCARD__MAX_PROCESSING_S", "1"),
            ("ALOQA__HUMO__MAX_PROCESSING_S", "1"),
            ("ALOQA__RECOVERY__PERIOD_MS", "100"),
            ("ALOQA__RECOVERY__LEASE_MARGIN_MS", "2000"),
            ("ALOQA__RECOVERY__CLOCK_SKEW_MS", "0"),
        ];
        settings.extend(&FREE_PORTS[..2]);
        let log = directory.path().join("log");
        let mut command = wrapped(program(directory.path(), &settings), &data);
        // Written by this process, so that it can be read even when the program may no longer write.
        let (mut said, says) = std::io::pipe().unwrap();
        command.stderr(says);
        let mut kept = File::create(&log).unwrap();
        std::thread::spawn(move || std::io::copy(&mut said, &mut kept));
        let gateway = Serving::spawn(command, directory, "curl");
        let address = gateway.url("partners").replace("http://", "");
        Self {
            address: address.parse().unwrap(),
            networks: networks.parse().unwrap(),
            gateway,
            sandbox,
            log,
            orders: Mutex::default(),
        }
    }

    pub(super) fn data(&self) -> PathBuf {
        self.gateway.directory.path().join("data")
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub(super) async fn call(&self, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
        send(self.address, request).await.json()
    }

    pub(super) async fn token(&self, card: TestCard) -> String {
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        let begun = self.call("cards.add", params).await;
        let id = &begun["result"]["transactionId"];
        let params = json!({"transactionId": id, "confirmedCode": CODE});
        let added = self.call("cards.add-confirm", params).await;
        let token = added["result"]["token"].as_str();
        token
            .unwrap_or_else(|| panic!("{begun} {added}"))
            .to_owned()
    }

    pub(super) async fn sandbox(&self, path: &str) -> Value {
        send(self.networks, HttpRequest::get(path)).await.json()
    }

    /// The references in the ledger of the networks.
    pub(super) async fn ledger(&self) -> Vec<Value> {
        let ledger = self.sandbox("/sandbox/ledger").await;
        ledger.as_array().unwrap().clone()
    }

    /// How many calls of any kind reach the networks while `work` is done; and what comes of it.
    pub(super) async fn calls_during<T>(&self, work: impl Future<Output = T>) -> (i64, T) {
        const MANY: i64 = 1_000_000;
        // Scripts that change nothing, and are used up call by call.
        for network in ["UZCARD", "HUMO"] {
            let script = json!({
                "network": network, "operation": "any", "kind": "delay", "delayMs": 0, "times": MANY,
            });
            self.script(&script).await;
        }
        let done = work.await;
        let probe = json!({"network": "FISCAL", "operation": "any", "kind": "delay", "delayMs": 0, "times": 1});
        let left = self.script(&probe).await["pending"].as_i64().unwrap() - 1;
        let forget = HttpRequest::get("/sandbox/faults").method("DELETE");
        assert_eq!(send(self.networks, forget).await.status, 200);
        (2 * MANY - left, done)
    }

    pub(super) async fn script(&self, fault: &Value) -> Value {
        let request = HttpRequest::post(fault.to_string()).path("/sandbox/faults");
        send(self.networks, request).await.json()
    }

    /// So many debits at the same time, of both networks; their replies.
    pub(super) async fn debits(
        &self,
        tokens: &[(TestCard, String)],
        name: &str,
        count: usize,
    ) -> Vec<Value> {
        join_all((0..count).map(|n| self.debit(&tokens[n % tokens.len()], format!("{name}-{n}"))))
            .await
    }

    pub(super) async fn debit(&self, (card, token): &(TestCard, String), ext_id: String) -> Value {
        let params = with(debit_params(*card, token, 500), json!({"extId": ext_id}));
        self.orders.lock().unwrap().push(ext_id);
        self.call("transactions.debit", params).await
    }

    /// Waits until a debit of each card succeeds, but not long.
    pub(super) async fn until_healthy(&self, tokens: &[(TestCard, String)]) {
        let begun = Instant::now();
        for token in tokens {
            for n in 0.. {
                let reply = self
                    .debit(token, format!("healthy-{}-{n}", token.0.network()))
                    .await;
                if reply.get("result").is_some() {
                    break;
                }
                assert!(
                    begun.elapsed() < Duration::from_secs(5),
                    "{reply} {}",
                    self.log()
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Both good cards.
    pub(super) async fn tokens(&self) -> Vec<(TestCard, String)> {
        let mut tokens = Vec::new();
        for card in [UZCARD, HUMO] {
            tokens.push((card, self.token(card).await));
        }
        tokens
    }

    /// Recovery settles every order, and what the gateway then says of all of them is what the networks did: nothing
    /// was moved without a row.
    pub(super) async fn assert_agreement(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut succeeded = Vec::new();
        let mut orders = self.orders.lock().unwrap().clone();
        orders.sort_unstable();
        orders.dedup();
        for ext_id in orders {
            let found = loop {
                let found = self
                    .call("transactions.get", json!({"extId": ext_id}))
                    .await;
                if found["result"]["status"] != "processing" {
                    break found;
                }
                assert!(
                    Instant::now() < deadline,
                    "recovery does not settle {found}"
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            match found["result"]["status"].as_str() {
                Some("succeeded") => {
                    let result = &found["result"]["result"];
                    let reference = result.get("ext").unwrap_or(&result["paymentRef"]);
                    succeeded.push(reference.as_str().unwrap().to_owned());
                }
                Some("declined") => {}
                // It was refused before anything was stored, or its claim of the `extId` could not be ended.
                None => {
                    let code = found["error"]["code"].as_i64();
                    assert!(matches!(code, Some(-32314 | -32364)), "{found}");
                }
                Some(_) => panic!("{found}"),
            }
        }
        let ledger = self.ledger().await;
        let reference = |row: &Value| row["reference"].as_str().unwrap().to_owned();
        let mut moved: Vec<String> = ledger.iter().map(reference).collect();
        succeeded.sort_unstable();
        moved.sort_unstable();
        assert_eq!(moved, succeeded);
    }
}

/// What a partner is told while the database cannot be written to: nothing about the reason.
pub(super) fn internal() -> Value {
    refusal(-32334, &json!({"retryable": true}))
}
