#!/usr/bin/env python3
# /// script
# requires-python = ">=3.9"
# dependencies = []
# ///
"""A partner of AloqaGateway in eight steps: attach, debit, hold, transfer, history, repeat, webhook, balances.

    python3 payment.py

Python's standard library is all it needs. It talks to a gateway in its sandbox profile; GATEWAY, SANDBOX, USER_NAME and
SECRET name another one. Exit code 1: a step went wrong. 2: the gateway cannot be reached.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone

GATEWAY = os.environ.get("GATEWAY", "http://127.0.0.1:8080").rstrip("/") + "/"
SANDBOX = os.environ.get("SANDBOX", "http://127.0.0.1:8090").rstrip("/") + "/sandbox/"
USER_NAME = os.environ.get("USER_NAME", "demo")
SECRET = os.environ.get("SECRET", "demo-secret")

# Two test cards, with the demo partner's terminal for each network. An amount is a whole number of tiyin: 100 are 1 UZS.
UZCARD = {"pan": "8600010132441332", "phone": "998901234567", "merchantId": "90001", "terminalId": "92400001"}
HUMO = {"pan": "9860190101578366", "phone": "998977446066", "merchantId": "0040100000401CS", "terminalId": "1965000A"}


# --- The client ---------------------------------------------------------------------------------------------------------


class Refused(Exception):
    """The gateway's answer is an error. `data` tells more: `reason`, `field`, `transactionId`, … as far as they apply."""

    def __init__(self, error):
        super().__init__(f"{error['code']} {error['message']}")
        self.code = error["code"]
        self.data = error.get("data", {})


# No whole reply came: the connection broke, time was over, or something between us and the gateway answered.
NO_REPLY = (OSError, http.client.HTTPException, json.JSONDecodeError)


def call(method, params, timeout=60):
    """One JSON-RPC 2.0 call. The gateway itself answers within 50 seconds, so a client should wait a little longer."""
    body = {"jsonrpc": "2.0", "id": str(uuid.uuid4()), "method": method, "params": params}
    credentials = base64.b64encode(f"{USER_NAME}:{SECRET}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {credentials}", "lang": "en"}
    request = urllib.request.Request(GATEWAY, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            reply = json.load(response)
    except urllib.error.HTTPError as refusal:
        reply = json.load(refusal)  # 401, 429 and 503 carry a JSON-RPC error as well.
    if "error" in reply:
        raise Refused(reply["error"])
    return reply["result"]


# Not refusals: overloaded; still being worked on; its outcome is not known yet, said to a repeat and to the first call.
ASK_AGAIN = {-32343, -32364, -32365, -32379}


def pay(method, params):
    """Moves money exactly once, whatever gets lost.

    `params` hold an `extId`: the order's number in your own books, stored there before the first try. A repeat with the
    same `extId` and the same params never moves money again. It is answered with what became of the first.
    """
    for _ in range(120):
        try:
            return call(method, params)
        except Refused as refusal:
            if refusal.code not in ASK_AGAIN:
                raise
        except NO_REPLY:
            pass
        time.sleep(0.5)
    sys.exit(f"{params['extId']} is still open. It is neither paid nor refused: keep it, and ask again later.")


def verify_webhook(secrets, headers, body, now):
    """Returns the event of a webhook, or raises ValueError. `body` is the request's bytes as they came, not parsed before.

    While a secret is being changed, the gateway signs with the old and the new one: `secrets` are those you know.
    Answer with 2xx first and work afterwards; an event may come twice, always with the same `webhook-id`.
    """
    event_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not re.fullmatch("[0-9]{1,18}", sent_at):
        raise ValueError("the webhook has no timestamp that is a number")
    if abs(now - int(sent_at)) > 300:
        raise ValueError("the webhook's timestamp is more than five minutes off, so it may be a replay")
    signed = f"{event_id}.{sent_at}.".encode() + body
    for secret in secrets:
        # The key is what the text after the prefix stands for, not the text itself.
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        for signature in headers.get("webhook-signature", "").split(" "):
            if hmac.compare_digest(signature.encode(), expected):
                return json.loads(body)
    raise ValueError("the webhook was not signed with our secret")


# --- What only the sandbox has ------------------------------------------------------------------------------------------


def sandbox(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(SANDBOX + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        text = response.read()
        return json.loads(text) if text else None


def code_sent_to(phone):
    """The code in the newest message to a phone. In earnest, the cardholder types it in."""
    text = sandbox("messages?phone=" + urllib.parse.quote(phone))[-1]["text"]
    return re.search(r"\d{6}", text).group()


def balance(card):
    return next(one["balance"] for one in sandbox("cards") if one["pan"] == card["pan"])


# --- The eight steps ----------------------------------------------------------------------------------------------------


def attach(card):
    """Attaches a card and returns its token, which is all that you store. The network sends the cardholder a code."""
    begun = call("cards.add", {"pan": card["pan"], "expiry": "1230", "phone": "+" + card["phone"]})
    attached = call(
        "cards.add-confirm",
        {"transactionId": begun["transactionId"], "confirmedCode": code_sent_to(card["phone"])},
    )
    print(f"1 attach: {attached['vendor']} {attached['pan']} of {attached['fullName']}")
    return attached["token"]


def order(card, token, amount, **more):
    """The params of a debit, with an extId of its own."""
    terminal = {"merchantId": card["merchantId"], "terminalId": card["terminalId"]}
    return {"token": token, "amount": amount, **terminal, "extId": f"python-{uuid.uuid4()}", **more}


def expect(what, actual, expected):
    if actual != expected:
        sys.exit(f"{what}: {actual}, expected {expected}")


def main():
    before = {card["pan"]: balance(card) for card in (UZCARD, HUMO)}
    uzcard, humo = attach(UZCARD), attach(HUMO)

    # 2. The cardholder confirms this debit with a code. Without `force_sms_confirmation` it is carried out at once, unless
    #    the gateway's policy asks for a code from some amount on: then the reply has `phone` instead of the network's ids.
    begun = pay("transactions.debit", order(UZCARD, uzcard, 500_000, force_sms_confirmation=True))
    code = code_sent_to(UZCARD["phone"])
    debit = call("transactions.debit.confirm", {"transactionId": begun["transactionId"], "confirmedCode": code})
    print(f"2 debit with a code: 500000 tiyin, transaction {debit['transactionId']}")

    # 3. A hold blocks money for seven days. Charging a part of it frees the rest.
    hold = pay("transactions.debit", order(HUMO, humo, 700_000, is_hold=True))
    call("transactions.debit.hold.charge", {"transactionId": hold["transactionId"], "amount": 450_000})
    held = call("transactions.get", {"transactionId": hold["transactionId"]})
    expect("the hold", (held["status"], held["capturedAmount"]), ("succeeded", 450_000))
    print(f"3 hold and partial charge: 450000 of 700000 tiyin, transaction {hold['transactionId']}")

    # 4. The sender pays the fee on top.
    asked = {"pan": UZCARD["pan"], "pan2": HUMO["pan"], "phone": UZCARD["phone"], "amount": 100_000}
    fee = call("p2p.fee-info", asked)["fee"]
    recipient = {"token": uzcard, "pan": HUMO["pan"], "expiry": "3012", "amount": 100_000}
    transfer = pay("p2p.uzcard2humo", {**recipient, "extId": f"python-{uuid.uuid4()}"})
    expect("the fee", int(transfer["fee"]), fee)
    print(f"4 transfer: 100000 tiyin from UZCARD to HUMO, fee {fee}")

    # 5. What the networks know of the cards, by days of Tashkent. A day's list may be up to a minute old.
    payment = call("transactions.get", {"transactionId": debit["transactionId"]})
    day = str(datetime.fromtimestamp(payment["createdAt"] / 1000, timezone(timedelta(hours=5))).date())
    history = call("cards.monitoring", {"tokens": [uzcard, humo], "from": day, "to": day})
    listed = any(operation["refNum"] == debit["refNum"] for operation in history["transactions"])
    print(f"5 history: the debit is {'listed' if listed else 'not listed yet'}")

    # 6. Our own time-out is over before the network has answered: the payment goes on without us. `pay` would have repeated
    #    by itself; the first try stands here alone so that the loss can be seen.
    sandbox("faults", {"network": "UZCARD", "operation": "pay", "kind": "delay", "delayMs": 1500, "times": 1})
    slow = order(UZCARD, uzcard, 30_000)
    try:
        call("transactions.debit", slow, timeout=0.3)
        sys.exit("the reply was to be lost")
    except NO_REPLY:
        paid = pay("transactions.debit", slow)
    print(f"6 repeat after our own time-out: paid once, transaction {paid['transactionId']}")

    # The network carries the payment out, and its reply is lost. -32379 is not a failure: the money may have moved. The
    # gateway goes on to find out; `transactions.get` tells how far it is, and a repeat tells the result.
    sandbox("faults", {"network": "UZCARD", "operation": "pay", "kind": "drop_after", "times": 1})
    lost = order(UZCARD, uzcard, 40_000)
    try:
        call("transactions.debit", lost)
        sys.exit("the outcome was to be unknown")
    except Refused as unknown:
        expect("the code", unknown.code, -32379)
        paid = pay("transactions.debit", lost)
        expect("the transaction", paid["transactionId"], unknown.data["transactionId"])
    print(f"6 repeat after -32379: paid once, transaction {paid['transactionId']}")

    check_webhooks()
    print("7 webhook: good signatures pass; an old one, a changed one and a foreign one are refused")

    # 8. Each movement happened once.
    spent = 500_000 + 100_000 + fee + 30_000 + 40_000
    expect("the balance at UZCARD", balance(UZCARD), before[UZCARD["pan"]] - spent)
    expect("the balance at HUMO", balance(HUMO), before[HUMO["pan"]] - 450_000 + 100_000)
    print("8 balances: as they must be")


def check_webhooks():
    """The vector of Standard Webhooks, the gateway's own with an old and a new secret, and what must be refused."""
    standard = (
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        b'{"test": 2432232314}',
    )
    old, new = "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDE=", "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDI="
    headers = {
        "webhook-id": "evt_0001",
        "webhook-timestamp": "1767225600",
        "webhook-signature": "v1,XgBkXNGEtY50mgn29hsy6tIc+CwFYYHTATgA7R4AiX0= v1,SeV9mWrkBP3PSLrteMIdEJhbAFBsFYTgaWtCSJkRVmo=",
    }
    body = (
        b'{"type":"transaction.settled","id":"evt_0001","createdAt":1767225600000,'
        b'"data":{"transactionId":2557767,"status":"succeeded"}}'
    )
    expect("the standard's event", verify_webhook(*standard, 1614265330), {"test": 2432232314})
    for secrets in ([old], [new], [new, old]):
        expect("the event", verify_webhook(secrets, headers, body, 1767225600 + 300)["id"], "evt_0001")
    for what, secrets, changed, now in (
        ("an old webhook", [old], body, 1767225600 + 301),
        ("a changed webhook", [old], body.replace(b"2557767", b"2557768"), 1767225600),
        ("a foreign webhook", standard[0], body, 1767225600),
    ):
        try:
            verify_webhook(secrets, headers, changed, now)
        except ValueError:
            continue
        sys.exit(f"{what} was accepted")


if __name__ == "__main__":
    try:
        main()
    except Refused as refusal:
        sys.exit(f"refused: {refusal} {refusal.data}")
    except NO_REPLY as fault:
        print(f"cannot reach {GATEWAY} or {SANDBOX}: {fault}", file=sys.stderr)
        sys.exit(2)
