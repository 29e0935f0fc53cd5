"""Clients of PyPI against a running gateway. Prints a row a client and envelope: see ../run."""

import base64
import os
import sys
import traceback
import uuid
from importlib.metadata import version
from urllib.parse import urlsplit

import jsonrpclib
import jsonrpclib.config
import pjrpc
import requests
from jsonrpclib.jsonrpc import ProtocolError
from pjrpc.client.backend import requests as pjrpc_requests
from tinyrpc import RPCClient
from tinyrpc.protocols.jsonrpc import JSONRPCProtocol
from tinyrpc.transports.http import HttpPostClientTransport
from web3 import HTTPProvider

GATEWAY = os.environ["GATEWAY"] + "/"
PARTNER = (os.environ["USER_NAME"], os.environ["SECRET"])
STRANGER = (os.environ["STRANGER"], "wrong")
FEE = {"pan": "8600010132441332", "pan2": "9860190101578366", "phone": "998901234567", "amount": 100_000}
INCOMPLETE = {name: value for name, value in FEE.items() if name != "amount"}


def headers_with(credentials):
    return {"Authorization": "Basic " + base64.b64encode(":".join(credentials).encode()).decode(), "lang": "en"}


class Failure(Exception):
    """What a client tells of an error, as far as it does."""

    def __init__(self, code=None, message=None, data=None):
        super().__init__(code, message, data)
        self.code, self.message, self.data = code, message, data


class Pjrpc:
    package, envelopes = "pjrpc", ["2.0"]

    def __init__(self, credentials, _envelope):
        session = requests.Session()
        session.headers.update(headers_with(credentials))
        self.client = pjrpc_requests.Client(GATEWAY, session=session)

    def call(self, method, params):
        try:
            return self.client.call(method, **(params or {}))
        except pjrpc.exceptions.JsonRpcError as error:
            raise Failure(error.code, error.message, error.data) from error
        except requests.HTTPError as error:
            raise Failure(error.response.status_code) from error

    def batch(self, calls):
        with self.client.batch() as batch:
            for method, params in calls:
                batch.call(method, **params)
        replies = batch.get_response()
        return [reply.result if reply.is_success else Failure(reply.error.code) for reply in replies]


class Tinyrpc:
    package, envelopes = "tinyrpc", ["2.0"]

    def __init__(self, credentials, _envelope):
        transport = HttpPostClientTransport(GATEWAY, headers=headers_with(credentials))
        self.client = RPCClient(JSONRPCProtocol(), transport)

    def call(self, method, params):
        try:
            return self.client.call(method, [], params or {})
        except Exception as error:
            raise Failure(
                getattr(error, "_jsonrpc_error_code", None),
                getattr(error, "message", None) or str(error),
                getattr(error, "data", None),
            ) from error

    def batch(self, calls):
        protocol, transport = self.client.protocol, self.client.transport
        batch = protocol.create_batch_request([protocol.create_request(method, None, params) for method, params in calls])
        replies = protocol.parse_reply(transport.send_message(batch.serialize()))
        return [reply.result if hasattr(reply, "result") else Failure() for reply in replies]


class Jsonrpclib:
    package, envelopes = "jsonrpclib-pelix", ["2.0", "documented"]

    def __init__(self, credentials, envelope):
        # Version 1.0 has no member `jsonrpc`, so it is the documented envelope.
        config = jsonrpclib.config.Config(version=2.0 if envelope == "2.0" else 1.0)
        self.client = jsonrpclib.ServerProxy(GATEWAY, config=config, headers=headers_with(credentials))
        self.config = config

    def call(self, method, params):
        try:
            return getattr(self.client, method)(**(params or {}))
        except ProtocolError as error:
            told = error.args[0] if error.args else None
            if isinstance(told, tuple):
                raise Failure(*told) from error
            raise Failure(getattr(error, "errcode", None), str(error)) from error

    def batch(self, calls):
        batch = jsonrpclib.MultiCall(self.client, config=self.config)
        for method, params in calls:
            getattr(batch, method)(**params)
        replies, told = batch(), []
        for at in range(len(calls)):
            try:
                told.append(replies[at])
            except ProtocolError as error:
                told.append(Failure(str(error)))
        return told


class Web3:
    package, envelopes = "web3", ["2.0"]

    def __init__(self, credentials, _envelope):
        headers = {"Content-Type": "application/json", **headers_with(credentials)}
        self.client = HTTPProvider(GATEWAY, request_kwargs={"headers": headers}, exception_retry_configuration=None)

    def call(self, method, params):
        try:
            reply = self.client.make_request(method, params if params is not None else [])
        except requests.HTTPError as error:
            raise Failure(error.response.status_code) from error
        if "error" in reply:
            raise Failure(**reply["error"])
        return reply["result"]

    def batch(self, calls):
        replies = self.client.make_batch_request(calls)
        return [reply["result"] if "result" in reply else Failure() for reply in replies]


def lost(failure):
    missing = []
    if failure.code != -32300:
        missing.append("code")
    if "Required parameters" not in str(failure.message):
        missing.append("message")
    if not isinstance(failure.data, dict) or failure.data.get("field") != "amount":
        missing.append("data")
    return "loses " + ", ".join(missing) if missing else "ok"


def cell_named(client):
    return "ok" if client.call("p2p.fee-info", FEE)["fee"] == 500 else "wrong"


def cell_none(client):
    return "ok" if client.call("rpc.discover", None)["openrpc"] else "wrong"


def cell_error(client):
    try:
        client.call("p2p.fee-info", INCOMPLETE)
    except Failure as failure:
        return lost(failure)
    return "a failure is read as success"


def cell_unauthorised(client):
    wrong = type(client)(STRANGER, client.envelope)
    try:
        wrong.call("p2p.fee-info", FEE)
    except Failure as failure:
        return {-32504: "ok", 401: "status only"}.get(failure.code, "text only")
    return "a failure is read as success"


def cell_batch(client):
    first, second = client.batch([("p2p.fee-info", FEE), ("p2p.fee-info", INCOMPLETE)])
    return "ok" if not isinstance(first, Failure) and first["fee"] == 500 and isinstance(second, Failure) else "wrong"


def cell_repeat(client):
    order = {
        "token": os.environ["TOKEN"],
        "amount": 1_000,
        "merchantId": "90001",
        "terminalId": "92400001",
        "extId": f"python-{uuid.uuid4()}",
    }
    first, second = client.call("transactions.debit", order), client.call("transactions.debit", order)
    return "ok" if first["transactionId"] == second["transactionId"] else "paid twice"


for kind in (Pjrpc, Tinyrpc, Jsonrpclib, Web3):
    for envelope in kind.envelopes:
        found = []
        for cell in (cell_named, cell_none, cell_error, cell_unauthorised, cell_batch, cell_repeat):
            try:
                client = kind(PARTNER, envelope)
                client.envelope = envelope
                found.append(cell(client))
            except Exception:
                if os.environ.get("VERBOSE"):
                    traceback.print_exc(file=sys.stderr)
                found.append("fails")
        print(f"| Python | {kind.package} | {version(kind.package)} | {envelope} | {' | '.join(found)} |")
