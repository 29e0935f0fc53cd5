"""How many statements, round trips and hand-overs does a call make?"""
import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

from . import rpc
from .load import WARM_UP, load
from .processes import on_databases
from .told import Missing, Table, STATEMENTS

CALLS = "sendto,sendmsg,fsync,fdatasync,futex,epoll_wait,epoll_pwait"


def statements(options, callers):
    """statements by the gateway's own count and PostgreSQL's, and system calls by strace"""
    table = Table(f"statements and system calls of one call or turn, {callers} callers", STATEMENTS)
    with on_databases(options, table, "shared_preload_libraries=pg_stat_statements") as (gateways, postgres):
        if postgres:
            postgres.ask("CREATE EXTENSION pg_stat_statements")
        for name, gateway in gateways.items():
            token = gateway.card()
            paid = rpc.debit(token)
            paid = rpc.call(gateway.address, paid["method"], paid["params"])["transactionId"]
            counted = postgres if name == "PostgreSQL" else None
            for title, turn in {
                "fee-info": [rpc.fee_info()],
                "get": [rpc.get(paid)],
                "debit": [rpc.debit(token)],
                "hold and charge": rpc.hold_and_charge(token),
                "debit with a code": rpc.debit_with_code(token),
                "transfer": [rpc.transfer(token)],
            }.items():
                table.measure(f"{title}, {name}", counts, table, gateway, counted, turn, callers, options.seconds)
    table.note("sends: sendto and sendmsg, which the statements to PostgreSQL are and HTTP is not; syncs: fsync and fdatasync; "
               "what the gateway does beside the calls counts too")
    return [table]


def counts(table, gateway, postgres, turn, callers, seconds):
    load([gateway], turn, callers, WARM_UP, quiet=True)
    # PostgreSQL tells what a session has done a second later.
    time.sleep(1.5 if postgres else 0)
    before, switched = counted(table, gateway, postgres), switches(gateway.child.pid)
    turns = load([gateway], turn, callers, seconds)["turns"]["count"]
    switched = switches(gateway.child.pid) - switched
    time.sleep(1.5 if postgres else 0)
    after = counted(table, gateway, postgres)
    if not turns:
        raise Missing("nothing was served")
    row = {what: (after[what] - before[what]) / turns for what in after}
    row["context switches"] = switched / turns
    try:
        traced, turns = system_calls(gateway, turn, callers, seconds)
    except Missing as reason:
        table.note(f"no system calls: {reason}")
        return row
    row["sends"] = (traced["sendto"] + traced["sendmsg"]) / turns
    row["syncs"] = (traced["fsync"] + traced["fdatasync"]) / turns
    row["futex"] = traced["futex"] / turns
    row["epoll_wait"] = (traced["epoll_wait"] + traced["epoll_pwait"]) / turns
    return row


def counted(table, gateway, postgres):
    """What both count, so far."""
    so_far = {}
    with urllib.request.urlopen(gateway.operations + "/metrics") as answer:
        metrics = answer.read().decode()
    own = re.findall(r"^\w*statements\w*(?:\{.*\})? (\d+)", metrics, re.MULTILINE)
    if own:
        so_far["statements"] = sum(map(int, own))
    else:
        table.note("statements: this gateway's /metrics does not count them")
    if postgres:
        [[calls]] = postgres.ask("SELECT sum(calls) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
                                 "WHERE datname = 'gateway' AND query NOT LIKE '%pg_stat%'")
        [[transactions]] = postgres.ask("SELECT xact_commit FROM pg_stat_database WHERE datname = 'gateway'")
        so_far |= {"PostgreSQL's own count": int(calls), "its transactions": int(transactions)}
    return so_far


def switches(pid):
    """Context switches of all its threads so far."""
    total = 0
    for status in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(status) as file:
            total += sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", file.read())))
    return total


def system_calls(gateway, turn, callers, seconds):
    """How often each was made, and for how many turns."""
    if not shutil.which("strace"):
        raise Missing("strace is not installed")
    with tempfile.NamedTemporaryFile("r") as file:
        command = ["strace", "-f", "-c", "-U", "name,calls", "-e", f"trace={CALLS}", "-o", file.name, "-p", str(gateway.child.pid)]
        tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
        try:
            said = tracer.stderr.readline()
            if "attached" not in said:
                raise Missing(f"strace: {said.strip()}")
            turns = load([gateway], turn, callers, seconds)["turns"]["count"]
        finally:
            if tracer.poll() is None:
                os.kill(tracer.pid, signal.SIGINT)
            tracer.communicate()
        found = dict(re.findall(r"^ *(\w+) +(\d+)$", file.read(), re.MULTILINE))
    if not turns:
        raise Missing("nothing was served under strace")
    return {name: int(found.get(name, 0)) for name in CALLS.split(",")}, turns
