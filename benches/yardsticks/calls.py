"""What does a call cost, beside what does as little as can be done?"""
import contextlib

from . import rpc
from .load import measured, pgbench, sqlite_alone
from .processes import Gateway, Node, Peer, on_databases
from .told import Missing, Table


def fee_info(options, callers):
    """p2p.fee-info without the access log and with it, jsonrpsee's own server, and the load against a static reply"""
    table = Table(f"p2p.fee-info, {callers} callers")
    served = {
        "the load alone (static reply)": Peer("static-reply"),
        "bare jsonrpsee": Peer("bare-jsonrpsee"),
        "fee-info": Gateway(options.program),
        "fee-info, access log": Gateway(options.program, log="info"),
    }
    for _ in range(options.rounds):
        for title, process in served.items():
            table.measure(title, measured, [process], [rpc.fee_info()], callers, options.seconds)
    table.ratio("fee-info / bare", "fee-info", "bare jsonrpsee")
    table.ratio("access log / without", "fee-info, access log", "fee-info")
    most = table.median("the load alone (static reply)").get("a second")
    for title in list(served)[1:]:
        if most and table.median(title).get("a second", 0) > most / 2:
            table.note(f"{title}: more than half of what the load can do by itself, which bounds it")
    for process in served.values():
        process.end()
    return [table]


def get(options, callers):
    """transactions.get on both databases"""
    table = Table(f"transactions.get, {callers} callers")
    with on_databases(options, table) as (gateways, _):
        turns = {}
        for name, gateway in gateways.items():
            paid = rpc.debit(gateway.card())
            turns[name] = [rpc.get(rpc.call(gateway.address, paid["method"], paid["params"])["transactionId"])]
        for _ in range(options.rounds):
            for name, gateway in gateways.items():
                table.measure(f"get, {name}", measured, [gateway], turns[name], callers, options.seconds)
    return [table]


def debit(options, callers):
    """transactions.debit on both, SQLite's own group commit, pgbench with 13 statements and 3, and a Node service"""
    table = Table(f"transactions.debit, {callers} callers")
    node = None
    with contextlib.ExitStack() as ending, on_databases(options, table) as (gateways, postgres):
        turns = {name: [rpc.debit(gateway.card())] for name, gateway in gateways.items()}
        # A database as a gateway leaves it.
        left = Gateway(options.program)
        ending.callback(left.end)
        left.card()
        left.stop()
        if postgres:
            try:
                node = Node(postgres, gateways["PostgreSQL"].networks)
                ending.callback(node.end)
            except Missing as reason:
                table.missing("Node, PostgreSQL", str(reason))
        for _ in range(options.rounds):
            table.measure("debit, SQLite", measured, [gateways["SQLite"]], turns["SQLite"], callers, options.seconds)
            table.measure("SQLite's group commit alone", sqlite_alone, f"{left.folder}/aloqa-gateway.sqlite", callers,
                          options.seconds)
            if postgres is None:
                continue
            table.measure("debit, PostgreSQL", measured, [gateways["PostgreSQL"]], turns["PostgreSQL"], callers,
                          options.seconds)
            for script in ("thirteen", "three"):
                table.measure(f"pgbench, {script} statements", pgbench, postgres, script, callers, options.seconds)
            if node:
                table.measure("Node, PostgreSQL", measured, [node], [rpc.debit(node.token)], callers, options.seconds)
    table.ratio("SQLite / group commit alone", "debit, SQLite", "SQLite's group commit alone")
    table.ratio("PostgreSQL / pgbench, thirteen", "debit, PostgreSQL", "pgbench, thirteen statements")
    table.ratio("PostgreSQL / pgbench, three", "debit, PostgreSQL", "pgbench, three statements")
    table.ratio("PostgreSQL / Node", "debit, PostgreSQL", "Node, PostgreSQL")
    table.note("group commit and pgbench: the database's part alone, and the processor that their client needs")
    return [table]


def open_loop(options, callers):
    """fee-info and debits at a rate, whether those before were answered or not; times from when a call was due"""
    tables = []
    kinds = {"fee-info": lambda gateway: [rpc.fee_info()], "debit": lambda gateway: [rpc.debit(gateway.card())]}
    for kind, turn_of in kinds.items():
        table = Table(f"{kind}, open loop on {4 * callers} connections")
        with on_databases(options, table) as (gateways, _):
            if kind == "fee-info":
                gateways.pop("PostgreSQL", None)
            for name, gateway in gateways.items():
                turn = turn_of(gateway)
                what = kind if kind == "fee-info" else f"{kind}, {name}"
                for _ in range(options.rounds):
                    try:
                        peak = measured([gateway], turn, callers, options.seconds)
                    except Missing as reason:
                        table.missing(what, str(reason))
                        continue
                    table.add(f"{what}: closed loop, {callers} callers", peak)
                    for percent in options.rates:
                        table.measure(f"{what}: {percent} % of that", measured, [gateway], turn, 4 * callers, options.seconds,
                                      rate=peak["a second"] * percent / 100)
        tables.append(table)
    return tables
