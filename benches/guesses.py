#!/usr/bin/env python3
"""Measures what guessing and greed get out of a gateway: secrets, names of partners, objects of others, phones, owners' names, and
the places of a network that is slow.

    benches/guesses.py target/release/aloqa-gateway

Starts the program twice in folders of its own, in the sandbox profile with production's limits, then without limits for the times.
"""
import base64
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

SECONDS = 3
# Production's own, which the sandbox profile does not have unless they are set.
PRODUCTION = {
    "refused_attachments_per_hour": 3, "refused_attachments_of_all_per_hour": 10, "codes_per_10_minutes": 3, "codes_per_day": 10,
    "wrong_codes_per_hour": 10, "recipients_per_minute": 30, "recipients_of_card_per_hour": 10, "card_calls_at_once": 4,
    "card_lost_calls": 5, "calls_at_once": 200,
}
WIDE = {"login_failures": 1_000_000, "source_failures": 1_000_000, "source_failures_per_second": 1_000_000}
UZCARD = {"pan": "8600010132441332", "expiry": "1230", "phone": "+998901234567"}
ANOTHER = {"pan": "8600490744313347", "expiry": "1230", "phone": "+998901234568"}
HUMO = "9860190101578366"


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Gateway:
    def __init__(self, program, limits):
        self.program = os.path.abspath(program)
        self.folder = tempfile.TemporaryDirectory()
        self.port, self.networks = free_port(), free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "ALOQA__PROFILE": "sandbox",
            "ALOQA__SERVER__LISTEN": f"127.0.0.1:{self.port}",
            "ALOQA__SERVER__OPS_LISTEN": f"127.0.0.1:{free_port()}",
            "ALOQA__SANDBOX__LISTEN": f"127.0.0.1:{self.networks}",
            "ALOQA__LOG__FILTER": "off",
            **{f"ALOQA__LIMITS__{name.upper()}": str(value) for name, value in limits.items()},
        }

    def __enter__(self):
        self.process = subprocess.Popen([self.program], cwd=self.folder.name, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        sys.exit("guesses: the gateway does not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def command(self, *arguments):
        done = subprocess.run([self.program, *arguments], cwd=self.folder.name, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"guesses: {arguments}: {done.stderr}")
        return done.stdout.strip().splitlines()[-1]

    def caller(self, name="demo", secret="demo-secret"):
        return Caller(self.port, name, secret)

    def attached(self, caller, card):
        begun = caller.result("cards.add", card)
        return caller.result("cards.add-confirm", {"transactionId": begun["transactionId"], "confirmedCode": "111111"})["token"]

    def fault(self, fault):
        connection = http.client.HTTPConnection("127.0.0.1", self.networks)
        connection.request("POST", "/sandbox/faults", json.dumps(fault), {"Content-Type": "application/json"})
        if connection.getresponse().status >= 300:
            sys.exit("guesses: the sandbox takes no fault")


class Caller:
    def __init__(self, port, name, secret):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        token = base64.b64encode(f"{name}:{secret}".encode()).decode()
        self.headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}

    def post(self, method, params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self.connection.request("POST", "/", body, self.headers)
        reply = self.connection.getresponse()
        return reply.status, json.loads(reply.read())

    def result(self, method, params):
        _, reply = self.post(method, params)
        if "result" not in reply:
            sys.exit(f"guesses: {method}: {reply}")
        return reply["result"]

    def timed(self, method, params):
        began = time.perf_counter()
        self.post(method, params)
        return (time.perf_counter() - began) * 1e6


def debit(token, amount=1000):
    return {"token": token, "amount": amount, "merchantId": "90001", "terminalId": "92400001"}


def say(what, *figures):
    print(f"{what:<52}", *figures, flush=True)


def counted(ask):
    """How often each answer came within the time."""
    answers, ends = {}, time.monotonic() + SECONDS
    while time.monotonic() < ends:
        answer = ask()
        answers[answer] = answers.get(answer, 0) + 1
    return ", ".join(f"{answer}: {number}" for answer, number in sorted(answers.items(), key=str))


def reason(reply):
    error = reply.get("error")
    return "ok" if error is None else f"{error['code']} {(error.get('data') or {}).get('reason', '')}".strip()


def guess(gateway):
    wrong = gateway.caller(secret="guessed")
    say(f"a wrong secret, {SECONDS} s on a connection", counted(lambda: wrong.post("cards.list", {})[0]))
    honest = gateway.caller()
    say("the right one from the same source", honest.post("cards.list", {})[0])

    shop = gateway.caller("shop", gateway.command("partner", "add", "shop", "--allow", "*"))
    phones = iter(range(10**6))
    ask = lambda: reason(shop.post("cards.add", {**UZCARD, "phone": f"+99890{next(phones):07}"})[1])
    say(f"wrong phones for a card, {SECONDS} s", counted(ask))
    ask = lambda: reason(shop.post("p2p.recipient-info", {"pan": HUMO})[1])
    say(f"an owner's name, {SECONDS} s", counted(ask))


def be_greedy(gateway):
    greedy = gateway.caller("greedy", gateway.command("partner", "add", "greedy", "--allow", "*"))
    honest = gateway.caller("honest", gateway.command("partner", "add", "honest", "--allow", "*"))
    slow = gateway.attached(greedy, UZCARD)
    quick = gateway.attached(honest, ANOTHER)
    waiting = 400
    gateway.fault({"network": "UZCARD", "operation": "pay", "kind": "delay", "delayMs": 8000, "times": waiting})
    callers = [gateway.caller() for _ in range(waiting)]
    for caller in callers:
        caller.headers = greedy.headers
    answers = []
    threads = [threading.Thread(target=lambda caller=caller: answers.append(reason(caller.post("transactions.debit", debit(slow))[1])))
               for caller in callers]
    for thread in threads:
        thread.start()
    time.sleep(1)
    # The faults that the greedy one has not taken are not for the honest one.
    connection = http.client.HTTPConnection("127.0.0.1", gateway.networks)
    connection.request("DELETE", "/sandbox/faults")
    connection.getresponse()
    served = [reason(honest.post("transactions.debit", debit(quick))[1]) for _ in range(100)]
    for thread in threads:
        thread.join()
    say(f"{waiting} debits of one partner's slow card: refused", sum(answer != "ok" for answer in answers))
    say("100 debits of another partner meanwhile: refused", sum(answer != "ok" for answer in served))


def compare(what, one, other, number=2000):
    first, second = [], []
    for _ in range(number):
        first.append(one())
        second.append(other())
    say(what, f"{statistics.median(first):.0f} µs and {statistics.median(second):.0f} µs")


def times(gateway):
    wrong, unknown = gateway.caller(secret="guessed"), gateway.caller(name="nobody")
    compare("a wrong secret, an unknown name", lambda: wrong.timed("cards.list", {}), lambda: unknown.timed("cards.list", {}))
    other = gateway.caller("other", gateway.command("partner", "add", "other", "--allow", "*"))
    owner = gateway.caller()
    token = gateway.attached(owner, UZCARD)
    paid = owner.result("transactions.debit", debit(token))["transactionId"]
    absent = "00000000-0000-4000-8000-000000000000"
    by_id = ["transactions.get", "transactions.debit.confirm", "transactions.debit.hold.charge", "transactions.debit.reverse"]
    for method in by_id:
        more = {"confirmedCode": "111111"} if method.endswith("confirm") else {}
        ask = lambda identity: other.timed(method, {"transactionId": identity, **more})
        compare(f"{method}: another's, nobody's", lambda: ask(paid), lambda: ask(paid + 1_000_000), 500)
    for method in ["cards.info", "cards.remove"]:
        ask = lambda token: other.timed(method, {"token": token})
        compare(f"{method}: another's, nobody's", lambda: ask(token), lambda: ask(absent), 500)
    ask = lambda token: other.timed("transactions.debit", debit(token))
    compare("transactions.debit: another's card, nobody's", lambda: ask(token), lambda: ask(absent), 500)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with Gateway(sys.argv[1], PRODUCTION) as gateway:
        guess(gateway)
    with Gateway(sys.argv[1], PRODUCTION) as gateway:
        be_greedy(gateway)
    with Gateway(sys.argv[1], WIDE) as gateway:
        times(gateway)


main()
