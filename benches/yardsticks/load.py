"""The load, and what the measured process needed for it."""
import json
import os
import re
import resource
import subprocess
import tempfile
import time

from .processes import HERE, PEERS
from .told import Missing, progress

# Seconds before each measurement.
WARM_UP = 1


def load(processes, turn, callers, seconds, rate=None, quiet=False):
    """Goes through the requests of a turn, in a closed loop or so many turns a second."""
    plan = {
        "addresses": [process.address.removeprefix("http://") for process in processes],
        "authorization": processes[0].authorization,
        "callers": callers,
        "seconds": seconds,
        "rate": rate,
        "steps": [json.dumps(request) for request in turn],
    }
    done = subprocess.run([f"{PEERS}/load"], input=json.dumps(plan), capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"the load failed: {done.stderr.strip()}")
    outcome = json.loads(done.stdout)
    for what in ("refused", "broken", "unanswered"):
        if outcome[what] and not quiet:
            progress(f"    {what}: {outcome[what]}; served: {outcome['turns']['count']}")
    if outcome["refusal"] and not quiet:
        progress(f"    the first refusal: {outcome['refusal'].rsplit(chr(10), 1)[-1]}")
    return outcome


def measured(processes, turn, callers, seconds, rate=None):
    """A row: turns a second, what they took, and what the processes needed for each."""
    load(processes, turn, callers, WARM_UP, rate, quiet=True)
    before = sum(process.processor() for process in processes)
    outcome = load(processes, turn, callers, seconds, rate)
    used = sum(process.processor() for process in processes) - before
    turns = outcome["turns"]
    failed = outcome["refused"] + outcome["broken"] + outcome["unanswered"]
    if not turns["count"]:
        raise Missing(f"nothing was served: {outcome['refusal'] or 'no answer'}")
    return {
        "a second": turns["count"] / outcome["seconds"],
        **percentiles(turns),
        "processor µs": used * 1e6 / turns["count"],
        "memory MiB": max(process.memory() for process in processes),
        "refused %": 100 * failed / (turns["count"] + failed),
    }


def percentiles(times):
    return {"p50 ms": times["p50"], "p99 ms": times["p99"], "p99.9 ms": times["p999"]}


def pgbench(postgres, script, callers, seconds):
    """A script of benches/pgbench, beside a database with a card; the processor is that of pgbench."""
    [[partner, card]] = postgres.ask("SELECT partner_id, id FROM card LIMIT 1")
    # A gateway runs beside it, whose recovery must not take these calls for lost ones.
    later = int(time.time() * 1000) + 3_600_000
    given = ["-Dname=demo", f"-Dpartner={partner}", f"-Dcard={card}", f"-Dlater={later}"]
    with tempfile.TemporaryDirectory(dir=postgres.folder) as folder:
        os.chmod(folder, 0o777)
        with open(f"{HERE}/pgbench/{script}.sql") as sql, open(f"{folder}/script.sql", "w") as copy:
            copy.write(sql.read())
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = postgres.run("pgbench", "-h", postgres.folder, "-U", "gateway", "-n", "-M", "prepared", "-c", str(callers),
                            "-j", "2", "-T", str(max(1, round(seconds))), "-f", f"{folder}/script.sql", "-l",
                            f"--log-prefix={folder}/log", *given, "gateway")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = []
        for name in os.listdir(folder):
            if name.startswith("log"):
                with open(f"{folder}/{name}") as log:
                    took += [int(line.split()[2]) for line in log]
    took.sort()
    at = lambda share: took[min(int(len(took) * share), len(took) - 1)] / 1000
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "a second": float(re.search(r"tps = ([\d.]+)", said)[1]),
        "p50 ms": at(0.5),
        "p99 ms": at(0.99),
        "p99.9 ms": at(0.999),
        "processor µs": used * 1e6 / len(took),
    }


def sqlite_alone(file, callers, seconds):
    """Debits by SQLite's own group commit, on a database that a gateway has left."""
    done = subprocess.run([f"{PEERS}/sqlite-group-commit", file, str(callers), str(seconds)], capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"sqlite-group-commit failed: {done.stderr.strip()}")
    outcome = json.loads(done.stdout)
    debits = outcome["times"]["count"]
    return {
        "a second": debits / outcome["seconds"],
        **percentiles(outcome["times"]),
        "processor µs": outcome["micros"] / debits,
    }
