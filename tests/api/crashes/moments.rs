//! Does nothing begin, commit or call outside the functions that are moments?

use std::collections::BTreeMap;

/// Where `src` begins and commits transactions and has calls carried out, and how often. Entries without a remark have
/// nothing to do with money.
const COMMITS_AND_CALLS: [(&str, &str, usize); 66] = [
    // Rows of the audit log. No moment: nothing of money follows from them.
    ("audit/writer.rs", "commit", 1),
    ("bans.rs", "commit", 2),
    // The totals of comparisons.
    ("comparison/kept.rs", "commit", 1),
    // Operators and their sign-ins, which are no money.
    ("console/accounts.rs", "commit", 4),
    ("console/sessions.rs", "commit", 6),
    // All others go through these: `write` begins, and `WriteTransaction::commit` is the moment. A migration needs
    // none, nor does what is written outside of a transaction, which nothing of money is on SQLite.
    ("database/durability.rs", "run_sql", 1),
    ("database/migrate.rs", "begin", 1),
    ("database/migrate.rs", "commit", 1),
    ("database/pool.rs", "begin", 3),
    ("database/pool.rs", "commit", 3),
    ("database/pool.rs", "run_for_rows", 1),
    ("database/pool.rs", "run_sql", 2),
    // PostgreSQL: a transaction that has begun, and one that is a single statement. What is of neither is not held, and has
    // nothing to do with money.
    ("database/postgres/connections.rs", "run_sql", 1),
    ("database/postgres/lent.rs", "execute", 3),
    ("database/postgres/lent.rs", "run_sql", 2),
    ("database/postgres/transaction.rs", "begin", 2),
    ("database/postgres/transaction.rs", "commit", 1),
    ("database/postgres/transaction.rs", "run_sql", 1),
    // The one connection to SQLite that writes, and the COMMIT that callers share.
    ("database/sqlite.rs", "begin", 1),
    ("database/sqlite/checkpoint.rs", "run_sql", 2),
    ("database/sqlite/session.rs", "run_sql", 1),
    ("database/sqlite/writer.rs", "begin", 2),
    ("database/sqlite/writer.rs", "commit", 1),
    // The statements that sea-orm builds, on whichever connection.
    ("database/statements.rs", "run_for_rows", 2),
    ("database/statements.rs", "run_statement", 6),
    ("database/write.rs", "begin", 1),
    ("database/write.rs", "commit", 2),
    ("database/write.rs", "run_sql", 2),
    ("database/write.rs", "run_statement", 1),
    ("database/write.rs", "transaction", 1), // The id of one.
    // Rows of unit tests.
    ("domain/operation.rs", "transaction", 3),
    ("domain/taken.rs", "transaction", 1),
    ("partners.rs", "commit", 5),
    ("key_rotation/rotate.rs", "commit", 3), // Keys move no money.
    // All intents, and the look at one whose COMMIT had no answer.
    ("payment/intent.rs", "commit", 2),
    // `Payments::execute`, the one way to a network.
    ("payment/payments.rs", "execute", 1),
    // A late answer, and all results.
    ("payment/late_answer.rs", "commit", 1),
    ("payment/record.rs", "commit", 1),
    ("payment/recover.rs", "commit", 1), // The leases of recovery.
    // That a network answers again, and an acknowledgement.
    ("payment/resolve.rs", "commit", 2),
    ("payment/run.rs", "execute", 1),
    // `gateway.transaction`, which answers `transactions.get`.
    // The numbers at which ids go on, and a period that is marked or closed.
    ("repository/audit.rs", "run_statement", 3),
    ("repository/lost_period.rs", "run_statement", 1),
    ("receipts.rs", "commit", 2), // A receipt that is made due again, or settled.
    ("restore.rs", "commit", 2),
    ("rpc/authentication.rs", "commit", 1), // A failed login.
    ("rpc/transactions.rs", "transaction", 1),
    ("service/attach/begin.rs", "commit", 4),
    ("service/attach/complete.rs", "commit", 1),
    ("service/attach/confirm.rs", "commit", 3),
    ("service/attach/known.rs", "commit", 1),
    ("service/attach/waiting.rs", "commit", 1),
    ("service/cards.rs", "commit", 1), // A removed card.
    // An `extId` is claimed, given back, also after another call has begun; those of dead calls are cleared.
    ("service/claim.rs", "commit", 4),
    // A code that was not sent, and one whose time is over when somebody asks, or asks for something else.
    ("service/code.rs", "commit", 3),
    ("service/fetch.rs", "commit", 1),
    // A number that is open for nobody; a receipt that is tried, and what became of it.
    ("service/fiscal.rs", "commit", 1),
    ("service/fiscal/attempt.rs", "commit", 2),
    ("service/limit.rs", "commit", 1), // A question for an owner's name.
    // An order with a code, a wrong code.
    ("service/order.rs", "commit", 2),
    ("service/rates.rs", "commit", 2), // Old counts are forgotten.
    ("service/reconciliation.rs", "commit", 2), // HUMO's totals, which move no money.
    ("start/keys.rs", "commit", 1),
    ("start/prepare.rs", "commit", 1),
    // Events are written with what they tell; these deliver and forget them, and are an operator's.
    ("webhook/deliver.rs", "commit", 5),
    ("webhook/subscription.rs", "commit", 6),
];

/// No commit and no call can be made outside the functions that are such moments.
#[test]
fn every_commit_and_every_call_is_a_moment() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.ends_with("tests.rs") {
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            for called in text.lines().flat_map(called_names) {
                *found
                    .entry((name.to_owned(), called.to_owned()))
                    .or_default() += 1;
            }
        }
    }
    let expected = COMMITS_AND_CALLS
        .iter()
        .map(|(file, called, times)| (((*file).to_owned(), (*called).to_owned()), *times))
        .collect::<BTreeMap<_, usize>>();
    assert_eq!(
        found, expected,
        "a commit is to be one of `WriteTransaction`, and a call that can move money to be made by `Payments::execute`. If a \
         new one is, let an operation of OPERATIONS come by it, unless it has nothing to do with money; then count it in \
         COMMITS_AND_CALLS"
    );
}

/// The names in a line of code that begin or commit a transaction, run a statement or have a call carried out, where
/// they are called.
fn called_names(line: &str) -> impl Iterator<Item = &str> {
    const NAMES: [&str; 13] = [
        "begin",
        "begin_with_config",
        "begin_with_options",
        "commit",
        "execute",
        "execute_raw",
        "execute_unprepared",
        "run_for_rows",
        "run_sql",
        "run_statement",
        "transaction",
        "transaction_with_config",
        "transaction_with_options",
    ];
    let is_comment = line.trim_start().starts_with("//");
    let dots = line.match_indices(['.', ':']);
    dots.filter(move |_| !is_comment).filter_map(|(at, dot)| {
        let rest = line.get(at + 1..)?;
        let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let end = rest
            .find(|letter| !is_of_name(letter))
            .unwrap_or(rest.len());
        let (name, next) = rest.split_at_checked(end)?;
        let is_called = next.starts_with('(') || next.starts_with("::<");
        // A path may be handed over to be called by somebody else.
        let is_handed_over = dot == ":" && next.starts_with([')', ',']);
        ((is_called || is_handed_over) && NAMES.contains(&name)).then_some(name)
    })
}

#[test]
fn calls_are_seen_in_every_spelling() {
    for (line, called) in [
        (
            "let outcome = network.execute(&call).await;",
            vec!["execute"],
        ),
        ("            .execute(call)", vec!["execute"]),
        ("Processing::execute(&self.humo, call)", vec!["execute"]),
        (
            "<Humo as Processing>::execute(network, call)",
            vec!["execute"],
        ),
        ("db.begin().await?.commit().await", vec!["begin", "commit"]),
        (
            "pool.transaction::<_, (), DbErr>(work)",
            vec!["transaction"],
        ),
        ("calls.map(Processing::execute)", vec!["execute"]),
        ("use entity::transaction;", vec![]),
        ("let id = listed.transaction.id;", vec![]),
        ("self.commit_intent(tx, &intended).await?;", vec![]),
        ("    // tx.commit() is the moment", vec![]),
        ("async fn commit(self) -> Result<(), DbErr> {", vec![]),
    ] {
        assert_eq!(called_names(line).collect::<Vec<_>>(), called, "{line}");
    }
}
