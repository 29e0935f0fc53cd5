#!/usr/bin/env python3
"""Measures what callers without credentials can do to an honest one: never-readers, slow heads, large heads, slow bodies, slow
readers and idle connections, so many of each, beside a baseline. Start a gateway of its own for it, then:

    benches/front.py 127.0.0.1:8080 1000,5000 --pid $(pgrep -n aloqa-gateway)

Each line has the honest call's p50 and p99 in milliseconds, its p99 in multiples of the baseline's, its failures, how many of
the others are still connected, and with --pid by how much the gateway's memory has grown at most, in all and for each of them.
--seconds says how long each is measured (15). The crowd comes from addresses of 127.0.0.0/8, as many sources as it needs;
--one-source keeps it to one.
"""
import argparse
import base64
import resource
import socket
import time

CALL = b'{"jsonrpc":"2.0","id":1,"method":"transactions.get","params":{"transactionId":1}}'
SECRET = base64.b64encode(b"demo:demo-secret")
HONEST = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\nContent-Type: application/json\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (SECRET, len(CALL), CALL)
)
LARGE = b"POST / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 4000) for n in range(90))
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


def memory(pid):
    """The gateway's resident memory, in KiB."""
    if not pid:
        return 0
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def measure(options, name, count, begin, step, base):
    address, pid, one_source = options.address, options.pid, options.one_source
    before = most = memory(pid)
    crowd = []
    for n in range(count):
        source = "127.0.1.1" if one_source else f"127.{1 + n // 50000}.{1 + n // 250 % 200}.{1 + n % 250}"
        try:
            sock = connect(address, source, small=True)
            begin(sock)
            crowd.append(sock)
        except OSError:
            pass
        if n % 100 == 0:
            most = max(most, memory(pid))
    times, failures, ends = [], 0, time.monotonic() + options.seconds
    while time.monotonic() < ends:
        took, good = honest(address)
        times.append(took)
        failures += not good
        for sock in crowd[:: max(1, len(crowd) // 50)]:
            step(sock)
        most = max(most, memory(pid))
        time.sleep(0.01)
    times.sort()
    p99 = times[len(times) * 99 // 100]
    left = sum(map(is_open, crowd)) if name != "never-readers" else sum(peek(sock) for sock in crowd)
    print(
        f"{name:15} {len(crowd):5} came  p50 {times[len(times) // 2]:7.2f}  p99 {p99:8.2f} ms ({p99 / (base or p99):4.1f})  "
        f"{failures} of {len(times)} failed  {left:5} are still there  "
        f"memory +{(most - before) / 1024:.1f} MiB, {(most - before) / max(1, len(crowd)):.1f} KiB each",
        flush=True,
    )
    for sock in crowd:
        sock.close()
    time.sleep(2)
    return p99


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("counts", help="so many of each, one number or several with commas")
    parser.add_argument("--pid", type=int)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--only", help="one of them alone; memory that an earlier one has used is used again")
    parser.add_argument("--one-source", action="store_true")
    options = parser.parse_args()
    host, port = options.address.rsplit(":", 1)
    options.address = (host, int(port))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    nothing = quietly(lambda sock: None)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\nContent-Length: 20000\r\n" % SECRET
    for count in map(int, options.counts.split(",")):
        base = measure(options, "baseline", 0, nothing, nothing, 0)
        for name, begin, step in [
            ("never-readers", lambda sock: sock.sendall(DOCUMENT * 20), nothing),
            ("slow heads", lambda sock: sock.sendall(b"POST / HTTP/1.1\r\n"), quietly(lambda sock: sock.send(b"X"))),
            # As much of a head as is taken, and more than that.
            ("half a head", lambda sock: sock.sendall(LARGE[:15000]), nothing),
            ("large heads", lambda sock: sock.sendall(LARGE), nothing),
            ("slow bodies", lambda sock: sock.sendall(head + b"\r\n"), quietly(lambda sock: sock.send(b" "))),
            ("slow readers", lambda sock: sock.sendall(DOCUMENT * 20), quietly(lambda sock: sock.recv(50))),
            ("idle", nothing, nothing),
        ]:
            if options.only in (None, name):
                measure(options, name, count, begin, step, base)


main()
