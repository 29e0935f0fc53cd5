"""What do two gateways do on one PostgreSQL, one through a pooler, and one beside millions of transactions?"""
import concurrent.futures
import contextlib
import time

from . import rpc
from .load import measured
from .processes import Gateway, Pooler, Postgres
from .told import Missing, Table, progress

# Transactions that one statement writes.
CHUNK = 250_000


@contextlib.contextmanager
def on_postgres(options, *settings):
    """A gateway on a PostgreSQL, both ended at the end."""
    postgres = Postgres(*settings)
    with contextlib.closing(contextlib.ExitStack()) as ending:
        ending.callback(postgres.end)
        gateway = Gateway(options.program, database=postgres.url)
        ending.callback(gateway.end)
        yield postgres, gateway


def two(options, callers):
    """debits at one gateway and at two on the same PostgreSQL, with half of the callers each"""
    table = Table(f"two gateways on one PostgreSQL, {callers} callers")
    with on_postgres(options) as (postgres, first):
        second = Gateway(options.program, database=postgres.url, beside=first)
        turn = [rpc.debit(first.card())]
        for _ in range(options.rounds):
            table.measure("one", measured, [first], turn, callers, options.seconds)
            table.measure("two", measured, [first, second], turn, callers, options.seconds)
        table.ratio("two / one", "two", "one")
        second.end()
    return [table]


def pooler(options, callers):
    """debits through pgbouncer in transaction mode, and straight"""
    table = Table(f"through pgbouncer in transaction mode, {callers} callers")
    with on_postgres(options) as (postgres, straight):
        turn = [rpc.debit(straight.card())]
        pooled = None
        try:
            bouncer = Pooler(postgres)
            pooled = Gateway(options.program, database=bouncer.url, beside=straight)
        except Missing as reason:
            table.missing("through pgbouncer", str(reason))
        for _ in range(options.rounds):
            table.measure("straight", measured, [straight], turn, callers, options.seconds)
            if pooled:
                table.measure("through pgbouncer", measured, [pooled], turn, callers, options.seconds)
        table.ratio("through pgbouncer / straight", "through pgbouncer", "straight")
        if pooled:
            pooled.end()
            bouncer.end()
    return [table]


def filled(options, callers):
    """debits on an empty PostgreSQL, and once it has as many transactions as --fill says"""
    if not options.fill:
        raise Missing("--fill says how many transactions")
    table = Table(f"debits beside {options.fill:,} transactions, {callers} callers")
    sizes = ("shared_buffers=1GB", "maintenance_work_mem=1GB", "max_wal_size=8GB", "jit=off")
    with on_postgres(options, *sizes) as (postgres, gateway):
        turn = [rpc.debit(gateway.card())]

        def debits(when):
            for _ in range(options.rounds):
                table.measure(f"{when}, one caller", measured, [gateway], turn, 1, options.seconds)
                table.measure(f"{when}, {callers} callers", measured, [gateway], turn, callers, options.seconds)

        debits("before")
        began = time.monotonic()
        fill(postgres, options.fill)
        [[size]] = postgres.ask("SELECT pg_size_pretty(pg_database_size('gateway'))")
        table.note(f"filled in {time.monotonic() - began:.0f} s; {size}")
        debits("after")
        for who in ("one caller", f"{callers} callers"):
            table.ratio(f"after / before, {who}", f"after, {who}", f"before, {who}")
    return [table]


def fill(postgres, count):
    """Writes so many debits, 200 a card, of the last 90 days, with their calls and events."""
    tables = "('transaction', 'transaction_event', 'processing_request')"
    indexes = postgres.ask(
        f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN {tables} AND schemaname = 'public' "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)")
    postgres.ask("".join(f'DROP INDEX "{name}";' for name, _ in indexes))
    cards = max(count // 200, 1)
    postgres.ask(
        "INSERT INTO card (id, partner_id, network, pan_hash, pan_key_id, pan_sealed, expiry, network_token, phone, created_at) "
        "SELECT md5('card' || n)::uuid, partner_id, network, sha256(n::text::bytea), pan_key_id, pan_sealed, expiry, "
        f"network_token, phone, created_at FROM (SELECT * FROM card LIMIT 1) c, generate_series(1, {cards}) n")
    [[first]] = postgres.ask("SELECT greatest((SELECT max(id) FROM transaction), (SELECT max(id) FROM processing_request))")
    first = int(first)
    chunks = [(low, min(low + CHUNK, count)) for low in range(0, count, CHUNK)]
    workers = concurrent.futures.ThreadPoolExecutor(2)
    try:
        for done, _ in enumerate(workers.map(lambda chunk: postgres.ask(rows(first, *chunk, count, cards)), chunks), 1):
            progress(f"  filled {min(done * CHUNK, count):,} of {count:,}")
    finally:
        # Where this is interrupted, those that run end with PostgreSQL.
        workers.shutdown(wait=False, cancel_futures=True)
    for number, (name, definition) in enumerate(indexes, 1):
        progress(f"  index {number} of {len(indexes)}: {name}")
        postgres.ask(definition)
    for name in ("transaction", "processing_request"):
        postgres.ask(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
    progress("  vacuum, analyze, checkpoint")
    postgres.ask("VACUUM (ANALYZE)")
    postgres.ask("CHECKPOINT")


def rows(first, low, high, count, cards):
    """The statements for the transactions of these numbers. Foreign keys are right, and not checked."""
    day_ms = 24 * 3600 * 1000
    receipt = ('{"reference":"01a21df5723d7ab6a9e56a7ff281634a","network_id":"","ref_num":"000000100002","apr_code":"100002",'
               '"rrn":""}')
    return f"""
        SET session_replication_role = replica; SET synchronous_commit = off;
        BEGIN;
        CREATE TEMPORARY TABLE made ON COMMIT DROP AS
            SELECT {first} + n AS id, n, md5('card' || 1 + abs(hashint8(n)::bigint) % {cards})::uuid AS card_id,
                (extract(epoch FROM now()) * 1000)::bigint - ({count} - n) * {90 * day_ms} / {count} AS at
            FROM generate_series({low} + 1::bigint, {high}) n;
        INSERT INTO transaction (id, partner_id, kind, status, version, network, card_id, amount, fee, merchant_id, terminal_id,
                code_tries, receipt, created_at, updated_at)
            SELECT m.id, c.partner_id, 'debit', 'succeeded', 2, 'UZCARD', card_id, 100000, 0, '90001', '92400001', 0,
                '{receipt}', at, at + 20
            FROM made m, (SELECT partner_id FROM card LIMIT 1) c ORDER BY n;
        INSERT INTO processing_request (id, transaction_id, network, action, reference, amount, pan_hash, state, receipt, attempts,
                next_check_at, sent_at, settled_at, settled_by)
            SELECT id, id, 'UZCARD', 'pay', lpad(to_hex(at), 12, '0') || left(md5(n::text), 20), 100000,
                sha256(card_id::text::bytea), 'approved', '{receipt}', 0, at + 2000, at, at + 20, 'reply'
            FROM made ORDER BY n;
        INSERT INTO transaction_event (transaction_id, seq, from_status, to_status, cause, at)
            SELECT id, seq, CASE seq WHEN 2 THEN 'processing' END, CASE seq WHEN 1 THEN 'processing' ELSE 'succeeded' END,
                CASE seq WHEN 1 THEN 'ordered' ELSE 'pay of request ' || id END, at + 20 * (seq - 1)
            FROM made, generate_series(1, 2) seq ORDER BY n, seq;
        COMMIT;
    """
