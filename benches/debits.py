#!/usr/bin/env python3
"""Measures debits a second: callers on kept connections, each waiting for its answer. Start a gateway of the sandbox profile for
it, then:

    benches/debits.py 127.0.0.1:8080 32 10        # address, callers, seconds

Prints how many were answered a second, their p50 and p99 in milliseconds, and the failures.
"""
import base64
import json
import multiprocessing
import selectors
import socket
import sys
import time

SECRET = base64.b64encode(b"demo:demo-secret").decode()
HEAD = (
    "POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + SECRET + "\r\n"
    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n"
)


def request(method, params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    return (HEAD.format(len(body)) + body).encode()


def whole(reply):
    """The body, once all of it is there."""
    head, found, body = reply.partition(b"\r\n\r\n")
    if not found:
        return None
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return body if len(body) >= length else None


def call(address, method, params):
    with socket.create_connection(address) as sock:
        sock.sendall(request(method, params))
        reply = b""
        while whole(reply) is None:
            reply += sock.recv(65536)
        return json.loads(whole(reply))


def load(address, token, callers, seconds, results):
    debit = request(
        "transactions.debit",
        {"token": token, "amount": 100, "merchantId": "90001", "terminalId": "92400001"},
    )
    selector = selectors.DefaultSelector()
    for _ in range(callers):
        sock = socket.create_connection(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(debit)
        selector.register(sock, selectors.EVENT_READ, [time.perf_counter(), b""])
    end = time.perf_counter() + seconds
    took, failed = [], 0
    while (now := time.perf_counter()) < end:
        for key, _ in selector.select(0.1):
            key.data[1] += key.fileobj.recv(65536)
            if (body := whole(key.data[1])) is None:
                continue
            now = time.perf_counter()
            took.append((now - key.data[0]) * 1000)
            failed += b'"error"' in body
            key.data[0], key.data[1] = now, b""
            key.fileobj.sendall(debit)
    results.put((took, failed))


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    address = (host, int(port))
    callers, seconds = int(sys.argv[2]), float(sys.argv[3])
    card = {"pan": "8600010132441332", "expiry": "1230", "phone": "+998901234567"}
    begun = call(address, "cards.add", card)["result"]
    code = {"transactionId": begun["transactionId"], "confirmedCode": "111111"}
    token = call(address, "cards.add-confirm", code)["result"]["token"]
    results = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=load, args=(address, token, callers // 2, seconds, results))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    parts = [results.get() for _ in workers]
    took = sorted(one for part, _ in parts for one in part)
    failed = sum(failed for _, failed in parts)
    at = lambda share: took[min(int(len(took) * share), len(took) - 1)]
    print(f"{len(took) / seconds:.0f} debits/s, p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms, {failed} failed")


if __name__ == "__main__":
    main()
