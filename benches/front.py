#!/usr/bin/env python3
"""Measures what callers without credentials can do to an honest one: never-readers, slow heads, slow bodies, slow readers and
idle connections, so many of each, beside a baseline. Start a gateway of its own for it, then:

    benches/front.py 127.0.0.1:8080 2000

Each line has the honest call's p50 and p99 in milliseconds, its failures, and how many of the others are still connected.
The crowd comes from addresses of 127.0.0.0/8, as many sources as it needs; --one-source keeps it to one.
"""
import base64
import resource
import socket
import sys
import time

CALL = b'{"jsonrpc":"2.0","id":1,"method":"transactions.get","params":{"transactionId":1}}'
SECRET = base64.b64encode(b"demo:demo-secret")
HONEST = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\nContent-Type: application/json\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (SECRET, len(CALL), CALL)
)
DOCUMENT = b"GET /openrpc.json HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connect(address, source, small=False):
    sock = socket.socket()
    if small:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(5)
    sock.bind((source, 0))
    sock.connect(address)
    return sock


def honest(address):
    began = time.perf_counter()
    try:
        sock = connect(address, "127.0.0.1")
        sock.sendall(HONEST)
        reply = b""
        while part := sock.recv(65536):
            reply += part
        sock.close()
        good = reply.startswith(b"HTTP/1.1 200")
    except OSError:
        good = False
    return (time.perf_counter() - began) * 1000, good


def is_open(sock):
    try:
        sock.setblocking(False)
        while sock.recv(1 << 20):
            pass
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def measure(address, name, count, begin, step, one_source):
    crowd = []
    for n in range(count):
        source = "127.0.1.1" if one_source else f"127.{1 + n // 50000}.{1 + n // 250 % 200}.{1 + n % 250}"
        try:
            sock = connect(address, source, small=True)
            begin(sock)
            crowd.append(sock)
        except OSError:
            pass
    times, failures, ends = [], 0, time.monotonic() + 15
    while time.monotonic() < ends:
        took, good = honest(address)
        times.append(took)
        failures += not good
        for sock in crowd[:: max(1, len(crowd) // 50)]:
            step(sock)
        time.sleep(0.01)
    times.sort()
    left = sum(map(is_open, crowd)) if name != "never-readers" else sum(peek(sock) for sock in crowd)
    print(
        f"{name:15} {len(crowd):5} came  p50 {times[len(times) // 2]:7.2f}  p99 {times[len(times) * 99 // 100]:8.2f} ms  "
        f"{failures} of {len(times)} failed  {left} are still there",
        flush=True,
    )
    for sock in crowd:
        sock.close()
    time.sleep(2)


def peek(sock):
    """Whether one that reads nothing is still connected: the other end's reset is an error of the socket."""
    try:
        return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0 and sock.send(b"") == 0 and tcp_state(sock) == 1
    except OSError:
        return False


def tcp_state(sock):
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def quietly(act):
    def step(sock):
        try:
            act(sock)
        except OSError:
            pass

    return step


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    count = int(sys.argv[2])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    one = "--one-source" in sys.argv
    nothing = quietly(lambda sock: None)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\nContent-Length: 20000\r\n" % SECRET
    for name, number, begin, step in [
        ("baseline", 0, nothing, nothing),
        ("never-readers", count, lambda sock: sock.sendall(DOCUMENT * 20), nothing),
        ("slow heads", count, lambda sock: sock.sendall(b"POST / HTTP/1.1\r\n"), quietly(lambda sock: sock.send(b"X"))),
        ("slow bodies", count, lambda sock: sock.sendall(head + b"\r\n"), quietly(lambda sock: sock.send(b" "))),
        ("slow readers", count, lambda sock: sock.sendall(DOCUMENT * 20), quietly(lambda sock: sock.recv(50))),
        ("idle", count, nothing, nothing),
    ]:
        measure((host, int(port)), name, number, begin, step, one)


main()
