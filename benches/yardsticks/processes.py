"""The programs that run, each in a folder of its own, on loopback and a free port; all end with this program."""
import atexit
import contextlib
import glob
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from . import rpc
from .told import Missing

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEERS = f"{HERE}/peers/target/release"
TICK = os.sysconf("SC_CLK_TCK")
running = contextlib.ExitStack()
atexit.register(running.close)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
# A shell's background jobs ignore it otherwise.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Process:
    """A program."""

    authorization = rpc.AUTHORIZATION

    def __init__(self, command, user=None, **environment):
        self.folder = tempfile.mkdtemp()
        running.callback(self.end)
        if user is not None:
            os.chown(self.folder, user, -1)
        self.greeting = os.path.join(self.folder, "greeting")
        self.log = os.path.join(self.folder, "log")
        with open(self.greeting, "w") as out, open(self.log, "w") as err:
            environment = {"PATH": os.environ["PATH"], **environment}
            # A session of its own: Ctrl-C is for this program, which ends the others in their order.
            self.child = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=out, stderr=err, user=user,
                                          start_new_session=True)

    def said(self, pattern):
        """The first group of a line that it prints, once it does."""
        for _ in range(600):
            with open(self.greeting) as file:
                if found := re.search(pattern, file.read(), re.MULTILINE):
                    return found[1]
            if self.child.poll() is not None:
                break
            time.sleep(0.1)
        with open(self.log) as file:
            raise Missing(f"{os.path.basename(self.child.args[0])} did not start: {' '.join(file.read()[-600:].split())}")

    def processor(self):
        """Seconds so far."""
        with open(f"/proc/{self.child.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        """MiB at the most."""
        with open(f"/proc/{self.child.pid}/status") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024

    def stop(self):
        """Ends it, and leaves its folder."""
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(40)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def end(self):
        if hasattr(self, "child"):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Peer(Process):
    """A server of benches/peers."""

    def __init__(self, name):
        super().__init__([f"{PEERS}/{name}"])
        self.address = self.said("(http.*)")


class Networks(Process):
    """The simulated networks."""

    def __init__(self, program):
        super().__init__([program, "sandbox"], ALOQA__SANDBOX__LISTEN="127.0.0.1:0")
        self.address = self.said(r"http://(127\.0\.0\.1:\d+)")


class Gateway(Process):
    """A gateway of the sandbox profile. `beside` is one whose key file and networks it shares."""

    def __init__(self, program, log="warn", database=None, beside=None):
        self.networks = beside.networks if beside else Networks(program)
        self.is_first = beside is None
        settings = {
            "ALOQA__PROFILE": "sandbox",
            "ALOQA__SERVER__LISTEN": "127.0.0.1:0",
            "ALOQA__SERVER__OPS_LISTEN": "127.0.0.1:0",
            "ALOQA__SANDBOX__EMBEDDED": "false",
            "ALOQA__SANDBOX__LISTEN": self.networks.address,
            "ALOQA__VAULT__KEY_FILE": os.path.join(self.networks.folder, "keys"),
            "ALOQA__LOG__FILTER": log,
            # Codes to one phone in a day.
            "ALOQA__SMS__DAILY_LIMIT": "1000000",
            **({"ALOQA__DATABASE__URL": database} if database else {}),
        }
        super().__init__([program], **settings)
        self.address = self.said(r"^  partners *(http://[^/ ]*)")
        self.operations = self.said(r"^  operations *(http://[^/ ]*)")

    def card(self, network="UZCARD"):
        """Attaches a card. Its token."""
        begun = rpc.call(self.address, "cards.add", rpc.CARDS[network])["transactionId"]
        return rpc.call(self.address, "cards.add-confirm", {"transactionId": begun, "confirmedCode": rpc.CODE})["token"]

    def end(self):
        super().end()
        if self.is_first:
            self.networks.end()


class Postgres:
    """A server of its own, with a database `gateway`, on a socket in its folder."""

    def __init__(self, *settings):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        initdb = found[-1] if found else shutil.which("initdb")
        if initdb is None:
            raise Missing("PostgreSQL is not installed")
        self.programs = os.path.dirname(os.path.realpath(initdb))
        self.folder = tempfile.mkdtemp()
        running.callback(self.end)
        # It does not run as root.
        self.user = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None
        if self.user is not None:
            os.chown(self.folder, self.user, -1)
        self.run("initdb", "-D", f"{self.folder}/data", "-U", "gateway", "-A", "trust")
        settings = " ".join(f"-c {setting}" for setting in ("listen_addresses=", "max_connections=150", *settings))
        started = ("-o", f"-k {self.folder} {settings}", "-l", f"{self.folder}/log", "-w", "start")
        self.run("pg_ctl", "-D", f"{self.folder}/data", *started)
        self.run("createdb", "-h", self.folder, "-U", "gateway", "gateway")
        self.url = f"postgres://gateway@localhost/gateway?host={self.folder}"

    def run(self, program, *arguments, input=None):
        command = [os.path.join(self.programs, program), *arguments]
        done = subprocess.run(command, cwd="/", user=self.user, capture_output=True, text=True, input=input)
        if done.returncode:
            raise Missing(f"{program}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def ask(self, sql):
        """The rows, as lists of texts."""
        said = self.run("psql", "-h", self.folder, "-U", "gateway", "-v", "ON_ERROR_STOP=1", "-XAtq", "gateway", input=sql)
        return [line.split("|") for line in said.splitlines()]

    def end(self):
        if os.path.exists(f"{self.folder}/data/postmaster.pid"):
            self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


class Pooler(Process):
    """pgbouncer in transaction mode in front of a PostgreSQL."""

    def __init__(self, postgres):
        program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
        if program is None:
            raise Missing("pgbouncer is not installed (Debian: pgbouncer)")
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        self.version = tuple(map(int, re.search(r"(\d+)\.(\d+)", version).groups()))
        if self.version < (1, 21):
            raise Missing(f"pgbouncer is {self.version[0]}.{self.version[1]}; only from 1.21 does it know the prepared "
                          "statements that the gateway makes")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = f"{postgres.folder}/pooler.ini"
        with open(settings, "w") as file:
            file.write(f"[databases]\ngateway = host={postgres.folder} dbname=gateway user=gateway\n"
                       f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
                       "pool_mode = transaction\ndefault_pool_size = 16\nmax_client_conn = 500\n"
                       "max_prepared_statements = 200\nignore_startup_parameters = extra_float_digits\n")
        os.chmod(settings, 0o644)
        super().__init__([program, settings], user=postgres.user)
        self.url = f"postgres://gateway@127.0.0.1:{port}/gateway"
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return
            time.sleep(0.1)
        with open(self.log) as file:
            raise Missing(f"pgbouncer did not start: {file.read()[-300:]}")


class Node(Process):
    """The peer in benches/node, on the database and the networks of a gateway that has attached a card."""

    def __init__(self, postgres, networks):
        folder = f"{HERE}/node"
        if shutil.which("node") is None:
            raise Missing("node is not installed")
        if not os.path.isdir(f"{folder}/node_modules/pg"):
            installed = shutil.which("npm") and subprocess.run(["npm", "ci", "--silent"], cwd=folder).returncode == 0
            if not installed:
                raise Missing("its package pg is not installed: npm ci in benches/node")
        super().__init__(["node", f"{folder}/server.js"], PGHOST=postgres.folder, PGUSER="gateway", PGDATABASE="gateway",
                         NETWORKS=networks.address)
        self.address = self.said("(http.*)")
        self.authorization = self.said("authorization (.*)")
        self.token = self.said("card (.*)")


@contextlib.contextmanager
def on_databases(options, table, *settings):
    """A gateway on SQLite and one on PostgreSQL, by name, and that PostgreSQL, or None where there is none."""
    with contextlib.ExitStack() as ending:
        gateways = {"SQLite": Gateway(options.program)}
        ending.callback(gateways["SQLite"].end)
        try:
            postgres = Postgres(*settings)
            ending.callback(postgres.end)
            gateways["PostgreSQL"] = Gateway(options.program, database=postgres.url)
            ending.callback(gateways["PostgreSQL"].end)
        except Missing as reason:
            postgres = None
            table.note(f"without PostgreSQL: {reason}")
        yield gateways, postgres
