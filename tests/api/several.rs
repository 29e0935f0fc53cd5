//! Several gateways on one PostgreSQL behave as one.

use std::sync::Arc;

use aloqa_gateway::config::Config;
use aloqa_gateway::random::SystemRandom;
use aloqa_gateway::start::start;
use aloqa_gateway::surroundings::Surroundings;
use aloqa_gateway::vault::Vault;

use crate::support::*;

/// Migrations, the keys' proofs and the demo partner are written once, whoever comes first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_that_start_at_once_on_an_empty_database_all_serve() {
    let Some(url) = postgres::empty_database().await else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let keys = directory.path().join("keys");
    Vault::generate(&keys, &SystemRandom).unwrap();
    let starting = (0..4).map(|number| {
        let mut config = Config::default();
        config.database.url = url.clone().into();
        config.database.max_connections = 3;
        for address in [
            &mut config.server.listen,
            &mut config.server.ops_listen,
            &mut config.sandbox.listen,
        ] {
            address.set_port(0);
        }
        config.sandbox.state = Some(directory.path().join(format!("sandbox-{number}")));
        config.vault.key_file = Some(keys.clone());
        let surroundings = Surroundings {
            clock: Arc::new(TestClock::default()),
            random: Arc::new(SystemRandom),
        };
        tokio::spawn(async move { start(&config, surroundings).await.unwrap() })
    });
    for starting in starting.collect::<Vec<_>>() {
        let running = starting.await.unwrap();
        let request = HttpRequest::post(
            r#"{"jsonrpc": "2.0", "id": 7, "method": "transactions.get", "params": {"extId": "x"}}"#,
        );
        let reply = send(running.address, request.credentials(&Credentials::demo()))
            .await
            .json();
        assert_eq!(reply["error"]["code"], -32314, "{reply}");
        assert!(running.stop().await);
    }
}
