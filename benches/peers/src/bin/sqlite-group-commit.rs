//! Debits of the gateway's own schema on one SQLite, without a gateway:
//!
//!     sqlite-group-commit FILE CALLERS SECONDS
//!
//! Each caller reads the card, then has the rows of the intent written, then those of the outcome. One thread writes: savepoints
//! for all who wait, one COMMIT for them together (`synchronous=FULL`), and then the answers. The file is a database that a
//! gateway has made, with a card. Prints JSON: debits, seconds, milliseconds at p50, p99 and p99.9, and processor in microseconds.

use std::env;
use std::error::Error;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use peers::times::Times;
use rusqlite::{Connection, Row, params};
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::oneshot;

/// As many as one COMMIT makes durable at most.
const BATCH: usize = 64;

/// Ids as they are stored.
#[derive(Clone)]
struct Card {
    id: Vec<u8>,
    partner: Vec<u8>,
    pan_hash: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Written {
    transaction: i64,
    request: i64,
}

enum Job {
    Intent(Card, String),
    Outcome(Written),
}

struct Waiting {
    job: Job,
    answer: oneshot::Sender<Written>,
}

type Asked = oneshot::Sender<Card>;

fn open(file: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.set_prepared_statement_cache_capacity(100);
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000;",
    )?;
    Ok(connection)
}

fn card(row: &Row<'_>) -> rusqlite::Result<Card> {
    Ok(Card {
        id: row.get("id")?,
        partner: row.get("partner_id")?,
        pan_hash: row.get("pan_hash")?,
    })
}

fn read(file: &str, wanted: &[u8], queue: &mpsc::Receiver<Asked>) -> rusqlite::Result<()> {
    let connection = open(file)?;
    for asked in queue {
        let found = connection
            .prepare_cached("SELECT * FROM card WHERE id = ? AND removed_at IS NULL")?
            .query_row([wanted], card)?;
        // Whoever has given up needs no answer.
        let _gone = asked.send(found);
    }
    Ok(())
}

fn write(file: &str, queue: &mpsc::Receiver<Waiting>) -> rusqlite::Result<()> {
    let connection = open(file)?;
    let run = |sql: &str| connection.prepare_cached(sql)?.execute([]);
    while let Ok(first) = queue.recv() {
        let batch: Vec<_> = [first]
            .into_iter()
            .chain(queue.try_iter().take(BATCH - 1))
            .collect();
        run("BEGIN IMMEDIATE")?;
        let mut done = Vec::with_capacity(batch.len());
        for Waiting { job, answer } in batch {
            run("SAVEPOINT job")?;
            let written = match job {
                Job::Intent(card, reference) => intent(&connection, &card, &reference)?,
                Job::Outcome(written) => outcome(&connection, written)?,
            };
            run("RELEASE job")?;
            done.push((answer, written));
        }
        run("COMMIT")?;
        for (answer, written) in done {
            let _gone = answer.send(written);
        }
    }
    Ok(())
}

fn intent(connection: &Connection, card: &Card, reference: &str) -> rusqlite::Result<Written> {
    let transaction = connection
        .prepare_cached(
            "INSERT INTO \"transaction\" (partner_id, kind, status, version, network, card_id, amount, fee, merchant_id, \
             terminal_id, code_tries, created_at, updated_at) \
             VALUES (?, 'debit', 'processing', 1, 'UZCARD', ?, 100000, 0, '90001', '92400001', 0, 1, 1)",
        )?
        .insert(params![card.partner, card.id])?;
    connection
        .prepare_cached(
            "INSERT INTO transaction_event (transaction_id, seq, to_status, cause, at) \
             VALUES (?, 1, 'processing', 'ordered', 1)",
        )?
        .execute([transaction])?;
    let request = connection
        .prepare_cached(
            "INSERT INTO processing_request (transaction_id, network, action, reference, amount, pan_hash, state, attempts, \
             lease_until, next_check_at, sent_at) VALUES (?, 'UZCARD', 'pay', ?, 100000, ?, 'sent', 0, 1, 1, 1)",
        )?
        .insert(params![transaction, reference, card.pan_hash])?;
    Ok(Written {
        transaction,
        request,
    })
}

fn outcome(connection: &Connection, written: Written) -> rusqlite::Result<Written> {
    connection
        .prepare_cached(
            "UPDATE processing_request SET state = 'approved', receipt = '{}', settled_at = 2, settled_by = 'reply', \
             next_check_at = 2, lease_until = NULL WHERE id = ? AND state IN ('sent', 'unknown')",
        )?
        .execute([written.request])?;
    connection
        .prepare_cached(
            "UPDATE \"transaction\" SET status = 'succeeded', version = 2, receipt = '{}', updated_at = 2 \
             WHERE id = ? AND status = 'processing' AND version = 1",
        )?
        .execute([written.transaction])?;
    connection
        .prepare_cached(
            "INSERT INTO transaction_event (transaction_id, seq, from_status, to_status, cause, at) \
             VALUES (?, 2, 'processing', 'succeeded', 'paid', 2)",
        )?
        .execute([written.transaction])?;
    Ok(written)
}

/// One after another until the end.
async fn debits(
    references: String,
    end: Instant,
    reader: mpsc::Sender<Asked>,
    writer: mpsc::Sender<Waiting>,
) -> Result<Times, String> {
    let gone = |_| "a thread has failed".to_owned();
    let written = async |job| {
        let (answer, answered) = oneshot::channel();
        writer
            .send(Waiting { job, answer })
            .map_err(|_| "the writer has failed")?;
        answered.await.map_err(gone)
    };
    let mut times = Times::default();
    while Instant::now() < end {
        let began = Instant::now();
        let (answer, answered) = oneshot::channel();
        reader.send(answer).map_err(|_| "the reader has failed")?;
        let card = answered.await.map_err(gone)?;
        let pending = written(Job::Intent(card, format!("{references}-{}", times.len()))).await?;
        written(Job::Outcome(pending)).await?;
        times.add(began.elapsed());
    }
    Ok(times)
}

fn processor() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        used.tv_sec.unsigned_abs(),
        u32::try_from(used.tv_nsec).unwrap_or(0),
    )
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [file, callers, seconds] = env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "sqlite-group-commit FILE CALLERS SECONDS")?;
    let found = open(&file)?.query_row("SELECT * FROM card LIMIT 1", [], card)?;
    let run = std::process::id();
    let (reader, asked) = mpsc::channel();
    let (writer, waiting) = mpsc::channel();
    let name = file.clone();
    let reading = thread::spawn(move || read(&name, &found.id, &asked));
    let writing = thread::spawn(move || write(&file, &waiting));

    let (began, before) = (Instant::now(), processor());
    let end = began + Duration::from_secs_f64(seconds.parse()?);
    let since = std::time::UNIX_EPOCH.elapsed()?.as_millis();
    let callers: Vec<_> = (0..callers.parse::<u32>()?)
        .map(|caller| {
            let references = format!("{since}-{run}-{caller}");
            tokio::spawn(debits(references, end, reader.clone(), writer.clone()))
        })
        .collect();
    drop((reader, writer));
    let mut times = Times::default();
    let mut failed = None;
    for caller in callers {
        match caller.await? {
            Ok(took) => times.append(took),
            Err(error) => failed = Some(error),
        }
    }
    let (took, used) = (began.elapsed(), processor() - before);
    for thread in [reading, writing] {
        thread.join().map_err(|_| "a thread has panicked")??;
    }
    if let Some(error) = failed {
        return Err(error.into());
    }
    let told = serde_json::json!({
        "seconds": took.as_secs_f64(), "micros": used.as_secs_f64() * 1e6, "times": times.percentiles(),
    });
    println!("{told}");
    Ok(())
}
