"""What is called, and one call of it."""
import base64
import json
import sys
import urllib.request

AUTHORIZATION = "Basic " + base64.b64encode(b"demo:demo-secret").decode()
CODE = "111111"
CARDS = {
    "UZCARD": {"pan": "8600010132441332", "expiry": "1230", "phone": "998901234567"},
    "HUMO": {"pan": "9860190101578366", "expiry": "1230", "phone": "998977446066"},
}
TERMINALS = {
    "UZCARD": {"merchantId": "90001", "terminalId": "92400001"},
    "HUMO": {"merchantId": "0040100000401CS", "terminalId": "1965000A"},
}
# What the load fills in: the id that the call before has told, and an amount that no other caller has.
TAKEN, AMOUNT = "@taken", "@amount"


def body(method, params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def call(address, method, params):
    headers = {"Content-Type": "application/json", "Authorization": AUTHORIZATION}
    request = urllib.request.Request(address + "/", json.dumps(body(method, params)).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        reply = json.load(answer)
    if "error" in reply:
        sys.exit(f"yardsticks: {method}: {reply['error']}")
    return reply["result"]


def fee_info():
    return body("p2p.fee-info", {"pan": CARDS["UZCARD"]["pan"], "pan2": CARDS["HUMO"]["pan"], "phone": "998901234567",
                                 "amount": 100_000})


def get(transaction):
    return body("transactions.get", {"transactionId": transaction})


def debit(token, network="UZCARD", **others):
    # Small enough for millions of them.
    return body("transactions.debit", {"token": token, "amount": 100, **TERMINALS[network], **others})


def hold_and_charge(token):
    # Of one card and amount, UZCARD's holds begin one at a time.
    return [debit(token, is_hold=True, amount=AMOUNT), body("transactions.debit.hold.charge", {"transactionId": TAKEN})]


def debit_with_code(token):
    confirmed = {"transactionId": TAKEN, "confirmedCode": CODE}
    return [debit(token, force_sms_confirmation=True), body("transactions.debit.confirm", confirmed)]


def transfer(token):
    return body("p2p.uzcard2humo", {"token": token, "pan": CARDS["HUMO"]["pan"], "expiry": "3012", "amount": 1000})
