//! Where the program leaves something behind: its output, its log, its replies, its figures, its databases and their logs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rpc_schema::methods::METHODS;
use sea_orm::{ConnectionTrait as _, Database, Statement};

use super::search::{Spelled, latin};

/// What was left behind, and where.
#[derive(Default)]
pub(super) struct Places(Vec<(String, String)>);

/// Has PostgreSQL log each statement with its parameters.
pub(super) async fn log_every_statement(url: &str) {
    let database = Database::connect(url).await.unwrap();
    let name = url
        .rsplit('/')
        .find_map(|part| part.split_once('?'))
        .unwrap()
        .0;
    for setting in [
        "log_min_duration_statement = 0",
        "log_parameter_max_length = -1",
    ] {
        let sql = format!("ALTER DATABASE {name} SET {setting}");
        database.execute_unprepared(&sql).await.unwrap();
    }
    database.close().await.unwrap();
}

impl Places {
    pub(super) fn add(&mut self, place: &str, text: &str) {
        self.add_bytes(place, text.as_bytes());
    }

    fn add_bytes(&mut self, place: &str, bytes: &[u8]) {
        self.0.push((place.to_owned(), latin(bytes)));
    }

    /// The database's files as they are, and its rows.
    pub(super) fn sqlite(&mut self, directory: &Path, database: &str) {
        let mut files = 0;
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // The networks' own state has numbers in it, and the key file keys.
            if name.starts_with(database) && path.is_file() {
                self.add_bytes("the database", &fs::read(&path).unwrap());
                files += 1;
            }
        }
        assert!(files > 0, "{database} is not there");
    }

    /// All rows of all tables, and the server's log.
    pub(super) async fn postgres(&mut self, url: &str) {
        let database = Database::connect(url).await.unwrap();
        let query = |sql: String| Statement::from_string(database.get_database_backend(), sql);
        let tables = "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'";
        let tables = database
            .query_all_raw(query(tables.to_owned()))
            .await
            .unwrap();
        assert!(tables.len() > 10, "{} tables", tables.len());
        for table in tables {
            let name: String = table.try_get("", "name").unwrap();
            let rows = format!("SELECT t::text AS row FROM \"{name}\" t");
            for row in database.query_all_raw(query(rows)).await.unwrap() {
                let row: String = row.try_get("", "row").unwrap();
                self.add("the database", &row);
            }
        }
        let name: String = {
            let row =
                database.query_one_raw(query("SELECT current_database()::text AS name".to_owned()));
            row.await.unwrap().unwrap().try_get("", "name").unwrap()
        };
        database.close().await.unwrap();
        let (_, folder) = url.split_once("host=").unwrap();
        let log = fs::read_to_string(Path::new(folder).join("postgres.log")).unwrap();
        assert!(log.contains("processing_request"), "{name} has no log");
        self.add("the database's log", &log);
    }

    /// Panics where the walk cannot have left what it should: then finding nothing would prove nothing.
    pub(super) fn assert_full(&self) {
        let places: BTreeSet<&str> = self.0.iter().map(|(place, _)| place.as_str()).collect();
        for place in [
            "start-up",
            "a command",
            "a reply",
            "the figures",
            "a webhook",
            "the log",
            "the database",
        ] {
            assert!(places.contains(place), "{place} is missing: {places:?}");
        }
        let all = |place: &str| -> String {
            let texts = self.0.iter().filter(|(name, _)| name == place);
            texts.map(|(_, text)| text.as_str()).collect()
        };
        let log = all("the log");
        for method in METHODS {
            assert!(log.contains(method.name), "{} was not called", method.name);
        }
        for (place, word) in [
            ("the log", "WARN"),
            ("a reply", "860049*****3347"),
            ("a reply", "-32379"),
            ("a webhook", "webhook"),
            ("the figures", "aloqa_"),
            ("the database", "canary"),
        ] {
            assert!(all(place).contains(word), "{place} has no {word:?}");
        }
    }

    /// Where these stand, each with what is before it.
    pub(super) fn search(&self, secrets: &[Spelled]) -> Vec<String> {
        let mut found = Vec::new();
        for (place, text) in &self.0 {
            for secret in secrets {
                if let Some(at) = secret.find(text) {
                    let from = text[..at]
                        .char_indices()
                        .rev()
                        .nth(200)
                        .map_or(0, |(at, _)| at);
                    found.push(format!(
                        "{} is in {place}: …{}",
                        secret.what,
                        &text[from..at]
                    ));
                }
            }
        }
        found
    }
}
