#!/usr/bin/env python3
"""Measures the gateway beside its yardsticks, in turn, several rounds, and prints the medians:

    cargo build --release
    benches/yardsticks.py target/release/aloqa-gateway
    benches/yardsticks.py target/release/aloqa-gateway --only fee-info,debit --callers 1,32 --seconds 2 --rounds 1

    fee-info   p2p.fee-info without the access log and with it, beside jsonrpsee's own server (benches/bare)
    get        transactions.get on SQLite and PostgreSQL
    debit      transactions.debit on both, beside pgbench with thirteen statements and with three (benches/pgbench)
    batch      20 calls of fee-info in one request
    hold       a hold and its charge, one after the other, beside a debit

Each line: calls a second (in a batch, each call counts), their p50, p99 and p99.9 in milliseconds, processor of the measured
process alone in microseconds a call, and its memory at its most in MiB. The simulated networks are a process of their own. It
needs wrk; for PostgreSQL its programs. Figures drift between hours: only those of one run can be compared.
"""
import argparse
import atexit
import base64
import contextlib
import glob
import json
import os
import pwd
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
AUTHORIZATION = "Basic " + base64.b64encode(b"demo:demo-secret").decode()
FEE = {"pan": "8600010132441332", "pan2": "9860190101578366", "phone": "998901234567", "amount": 100_000}
TICK = os.sysconf("SC_CLK_TCK")
running = contextlib.ExitStack()
atexit.register(running.close)


def body(method, params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def call(address, method, params):
    headers = {"Content-Type": "application/json", "Authorization": AUTHORIZATION}
    request = urllib.request.Request(address + "/", json.dumps(body(method, params)).encode(), headers)
    reply = json.load(urllib.request.urlopen(request))
    if "error" in reply:
        sys.exit(f"yardsticks: {method}: {reply['error']}")
    return reply["result"]


class Process:
    """A program in a folder of its own."""

    def __init__(self, command, **environment):
        self.folder = tempfile.mkdtemp()
        self.greeting = os.path.join(self.folder, "greeting")
        self.log = os.path.join(self.folder, "log")
        with open(self.greeting, "w") as out, open(self.log, "w") as err:
            environment = {"PATH": os.environ["PATH"], **environment}
            self.child = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=out, stderr=err)
        running.callback(self.end)

    def said(self, pattern):
        """The first group of a line that it prints, once it does."""
        for _ in range(300):
            with open(self.greeting) as file:
                if found := re.search(pattern, file.read(), re.MULTILINE):
                    return found[1]
            if self.child.poll() is not None:
                break
            time.sleep(0.1)
        with open(self.log) as file:
            sys.exit(f"yardsticks: {self.child.args[0]} did not start:\n{file.read()[-2000:]}")

    def processor(self):
        """Seconds so far."""
        with open(f"/proc/{self.child.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        """MiB at the most."""
        with open(f"/proc/{self.child.pid}/status") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024

    def end(self):
        if self.child.poll() is None:
            self.child.terminate()
            self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres:
    """A server of its own, with a database `gateway`."""

    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        initdb = found[-1] if found else shutil.which("initdb")
        if initdb is None:
            sys.exit("yardsticks: PostgreSQL is not installed; --only fee-info,batch needs none")
        self.programs = os.path.dirname(os.path.realpath(initdb))
        self.folder = tempfile.mkdtemp()
        # It does not run as root.
        self.user = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None
        if self.user is not None:
            os.chown(self.folder, self.user, -1)
        self.run("initdb", "-D", f"{self.folder}/data", "-U", "gateway", "-A", "trust")
        settings = f"-k {self.folder} -c listen_addresses= -c max_connections=100"
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-o", settings, "-l", f"{self.folder}/log", "-w", "start")
        running.callback(self.end)
        self.run("createdb", "-h", self.folder, "-U", "gateway", "gateway")
        self.url = f"postgres://gateway@localhost/gateway?host={self.folder}"

    def run(self, program, *arguments):
        command = [os.path.join(self.programs, program), *arguments]
        done = subprocess.run(command, cwd="/", user=self.user, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"yardsticks: {program}: {done.stderr}{done.stdout}")
        return done.stdout

    def end(self):
        if os.path.exists(f"{self.folder}/data/postmaster.pid"):
            self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


class Gateway(Process):
    """A gateway of the sandbox profile, and the simulated networks beside it."""

    def __init__(self, program, log="warn", database=None):
        self.networks = Process([program, "sandbox"], ALOQA__SANDBOX__LISTEN="127.0.0.1:0")
        sandbox = self.networks.said(r"http://(127\.0\.0\.1:\d+)")
        settings = {
            "ALOQA__SERVER__LISTEN": "127.0.0.1:0",
            "ALOQA__SERVER__OPS_LISTEN": "127.0.0.1:0",
            "ALOQA__SANDBOX__EMBEDDED": "false",
            "ALOQA__SANDBOX__LISTEN": sandbox,
            "ALOQA__LOG__FILTER": log,
            **({"ALOQA__DATABASE__URL": database} if database else {}),
        }
        super().__init__([program], **settings)
        self.address = self.said(r"^  partners *(http://[^/ ]*)")

    def token(self):
        card = {"pan": "8600010132441332", "expiry": "1230", "phone": "998901234567"}
        begun = call(self.address, "cards.add", card)["transactionId"]
        return call(self.address, "cards.add-confirm", {"transactionId": begun, "confirmedCode": "111111"})["token"]

    def end(self):
        super().end()
        self.networks.end()


LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "%s"
wrk.body = [==[%s]==]
refused = 0
local threads = {}
setup = function(thread)
    table.insert(threads, thread)
    thread:set("number", #threads)
end
%s
done = function(summary, latency, requests)
    local all = summary.errors
    local failed = all.status + all.timeout + all.connect + all.read
    for _, thread in ipairs(threads) do failed = failed + thread:get("refused") end
    io.write(string.format("RESULT %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9), failed))
end
"""
# What is refused comes with HTTP 200. To look at replies costs wrk time, so only where they are few.
COUNT_REFUSED = """
response = function(status, headers, body)
    if string.find(body, '"error"', 1, true) then refused = refused + 1 end
end
"""
# Holds and their charges in turn. Each hold has an amount of its own: of one card and amount, one is under way at a time.
HOLD_AND_CHARGE = """
local held = {}
local hold, amount = wrk.body, 100000
request = function()
    local id = table.remove(held)
    if id then
        return wrk.format(nil, nil, nil, string.format([[{"jsonrpc":"2.0","id":1,"method":"transactions.debit.hold.charge",\
"params":{"transactionId":%s}}]], id))
    end
    amount = amount + 2
    return wrk.format(nil, nil, nil, (string.gsub(hold, '"amount": %d+', '"amount": ' .. amount + number)))
end
response = function(status, headers, body)
    local id = string.match(body, '"result":{"transactionId":(%d+)}')
    if id then table.insert(held, id) end
    if string.find(body, '"error"', 1, true) then refused = refused + 1 end
end
"""


def load(address, request, callers, seconds, script=""):
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(LUA % (AUTHORIZATION, json.dumps(request), script))
        file.flush()
        threads = "1" if callers < 64 else "2"
        command = ["wrk", f"-t{threads}", f"-c{callers}", f"-d{seconds}", "-s", file.name, address + "/"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    requests, micros, p50, p99, p999, errors = map(int, re.search(r"RESULT (.*)", said)[1].split())
    if errors:
        print(f"    {errors} of {requests} requests failed or were refused, and do not count", file=sys.stderr)
    return requests - errors, micros / 1e6, p50 / 1e3, p99 / 1e3, p999 / 1e3


def measured(process, address, request, callers, seconds, script=""):
    load(address, request, callers, 1, script)
    before = process.processor()
    requests, took, *percentiles = load(address, request, callers, seconds, script)
    used = process.processor() - before
    calls = requests * (len(request) if isinstance(request, list) else 1)
    return [calls / took, *percentiles, used * 1e6 / calls, process.memory()]


def pgbench(postgres, script, callers, seconds):
    ids = postgres.run("psql", "-h", postgres.folder, "-U", "gateway", "-Atc",
                       "SELECT partner_id, id FROM card LIMIT 1", "gateway").strip().split("|")
    given = ["-D", "name=demo", "-D", f"partner={ids[0]}", "-D", f"card={ids[1]}"]
    with tempfile.NamedTemporaryFile("w", suffix=".sql", dir=postgres.folder) as file:
        with open(f"{HERE}/pgbench/{script}.sql") as sql:
            file.write(sql.read())
        file.flush()
        os.chmod(file.name, 0o644)
        said = postgres.run("pgbench", "-h", postgres.folder, "-U", "gateway", "-n", "-M", "prepared", "-c", str(callers),
                            "-j", "2", "-T", str(seconds), "-f", file.name, *given, "gateway")
    return [float(re.search(r"tps = ([\d.]+)", said)[1]), float(re.search(r"latency average = ([\d.]+)", said)[1])]


def fee_info(options, callers, add):
    bare = Process([options.bare])
    quiet, logging = Gateway(options.program), Gateway(options.program, log="info")
    request = body("p2p.fee-info", FEE)
    for _ in range(options.rounds):
        add("bare jsonrpsee", measured(bare, bare.said("(.*)"), request, callers, options.seconds))
        add("fee-info, no access log", measured(quiet, quiet.address, request, callers, options.seconds))
        add("fee-info, access log", measured(logging, logging.address, request, callers, options.seconds))
    for one in (bare, quiet, logging):
        one.end()


def batch(options, callers, add):
    gateway = Gateway(options.program)
    single = body("p2p.fee-info", FEE)
    for _ in range(options.rounds):
        add("fee-info", measured(gateway, gateway.address, single, callers, options.seconds))
        add("fee-info, 20 in a batch", measured(gateway, gateway.address, [single] * 20, callers, options.seconds))
    gateway.end()


def on_databases(options, callers, add, work, yardsticks=()):
    postgres = Postgres()
    gateways = [("SQLite", Gateway(options.program)), ("PostgreSQL", Gateway(options.program, database=postgres.url))]
    tokens = [gateway.token() for _, gateway in gateways]
    debits = [{"token": token, "amount": 1_000, "merchantId": "90001", "terminalId": "92400001"} for token in tokens]
    for _ in range(options.rounds):
        for (name, gateway), debit in zip(gateways, debits):
            work(name, gateway, debit)
        for script in yardsticks:
            add(f"pgbench, {script} statements", pgbench(postgres, script, callers, options.seconds))
    for _, gateway in gateways:
        gateway.end()
    postgres.end()


def get(options, callers, add):
    def one(name, gateway, debit):
        paid = call(gateway.address, "transactions.debit", debit)["transactionId"]
        request = body("transactions.get", {"transactionId": paid})
        add(f"get, {name}", measured(gateway, gateway.address, request, callers, options.seconds))

    on_databases(options, callers, add, one)


def debits(options, callers, add):
    def debit(name, gateway, params):
        request = body("transactions.debit", params)
        add(f"debit, {name}", measured(gateway, gateway.address, request, callers, options.seconds, COUNT_REFUSED))

    on_databases(options, callers, add, debit, ("thirteen", "three"))


def holds(options, callers, add):
    def hold(name, gateway, params):
        paid = body("transactions.debit", params)
        held = body("transactions.debit", {**params, "is_hold": True})
        add(f"debit, {name}", measured(gateway, gateway.address, paid, callers, options.seconds, COUNT_REFUSED))
        both = measured(gateway, gateway.address, held, callers, options.seconds, HOLD_AND_CHARGE)
        add(f"hold or its charge, {name}", both)

    on_databases(options, callers, add, hold)


WORK = {"fee-info": fee_info, "batch": batch, "get": get, "debit": debits, "hold": holds}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program", type=os.path.abspath)
    arguments.add_argument("--only", default=",".join(WORK))
    arguments.add_argument("--callers", default="32", help="so many at a time; several: 1,16,64,256")
    arguments.add_argument("--seconds", type=int, default=5)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    if not shutil.which("wrk"):
        sys.exit("yardsticks: wrk is not installed")
    options.bare = f"{HERE}/bare/target/release/bare-jsonrpsee"
    for name in options.only.split(","):
        if name == "fee-info":
            subprocess.run(["cargo", "build", "--quiet", "--release"], cwd=f"{HERE}/bare", check=True)
        for callers in map(int, options.callers.split(",")):
            print(f"\n{name}, {callers} callers          a second   p50 ms   p99 ms  p99.9 ms  µs a call     MiB", flush=True)
            rows = {}
            WORK[name](options, callers, lambda title, row: rows.setdefault(title, []).append(row))
            for title, rounds in rows.items():
                medians = [statistics.median(column) for column in zip(*rounds)]
                widths = zip(medians, (10, 8, 8, 9, 10, 7), (0, 2, 2, 2, 0, 0))
                print(f"{title:28}", "".join(f" {value:>{width}.{digits}f}" for value, width, digits in widths), flush=True)


if __name__ == "__main__":
    main()
