#!/usr/bin/env python3
"""Measures the gateway beside its yardsticks, in turn, several rounds, and prints the medians as Markdown:

    cargo build --release
    benches/yardsticks.py target/release/aloqa-gateway
    benches/yardsticks.py target/release/aloqa-gateway --only fee-info,debit --callers 1,16,64,256
    benches/yardsticks.py target/release/aloqa-gateway --only debit --seconds 2 --rounds 1      # a first look
    benches/yardsticks.py target/release/aloqa-gateway --only filled --fill 20000000            # minutes, and 25 GB of disk

{modes}

A row has turns a second, their p50, p99 and p99.9, the processor that the measured process alone needed for each, its memory at
its most, and how many were refused, which count nowhere else. A turn is a call, or what the row names: a batch, a hold and its
charge. Rows in bold are quotients of two others; "/ its parts" compares time under full load, p50 and processor. What cannot be
measured is "–", and a line below the table says why.

The load, the networks and the databases are processes of their own, on loopback; all end with this one. PostgreSQL, node,
pgbouncer (1.21 or newer) and strace are used where they are installed. Figures drift between hours: only those of one run can be
compared, and none that was taken beside a build.
"""
import argparse
import os
import subprocess
import sys

from yardsticks import calls, parts, several, statements
from yardsticks.told import Missing, progress

MODES = {
    "fee-info": calls.fee_info,
    "get": calls.get,
    "debit": calls.debit,
    "batch": parts.batch,
    "hold": parts.hold,
    "transfer": parts.transfer,
    "open-loop": calls.open_loop,
    "statements": statements.statements,
    "two": several.two,
    "pooler": several.pooler,
    "filled": several.filled,
}


def numbers(text):
    return [int(number) for number in text.split(",")]


def main():
    described = "\n".join(f"    {name:<12}{mode.__doc__}" for name, mode in MODES.items())
    arguments = argparse.ArgumentParser(description=__doc__.format(modes=described),
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program", type=os.path.abspath, help="the gateway, a release build")
    arguments.add_argument("--only", metavar="WHAT,…", help="of the list above; all but filled without it")
    arguments.add_argument("--callers", type=numbers, default=[32], metavar="N,…", help="so many at a time (32)")
    arguments.add_argument("--seconds", type=float, default=5, metavar="S", help="for each row and round (5)")
    arguments.add_argument("--rounds", type=int, default=3, metavar="N", help="each measures all rows once (3)")
    arguments.add_argument("--rates", type=numbers, default=[50, 80, 95], metavar="N,…",
                           help="open loop: percent of what a closed loop has served (50,80,95)")
    arguments.add_argument("--fill", type=int, metavar="N", help="filled: as many transactions, 20000000 for instance")
    options = arguments.parse_args()
    usual = [name for name in MODES if name != "filled" or options.fill]
    chosen = options.only.split(",") if options.only else usual
    if unknown := set(chosen) - set(MODES):
        arguments.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(MODES)}")
    if not os.access(options.program, os.X_OK):
        arguments.error(f"{options.program} is no program")
    peers = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
    progress("building benches/peers")
    subprocess.run(["cargo", "build", "--quiet", "--release"], cwd=peers, check=True)
    for name in chosen:
        for callers in options.callers:
            progress(f"{name}, {callers} callers")
            try:
                tables = MODES[name](options, callers)
            except Missing as reason:
                progress(f"{name} is left out: {reason}")
                print(f"### {name}\n\n{reason}\n", flush=True)
                continue
            for table in tables:
                print(f"{table.markdown()}\n", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        progress("ended before its time; so does all that it has started")
        sys.exit(130)
