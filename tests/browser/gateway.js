// A gateway of the sandbox profile on free ports, with a database of its own. It ends with the test.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BINARY = process.env.ALOQA_GATEWAY
  ?? fileURLToPath(new URL("../../target/debug/aloqa-gateway", import.meta.url));
const PATIENCE_MS = 30_000;

/** `settings`: more of them, as variables. */
export async function startGateway(settings = {}) {
  const directory = await mkdtemp(join(tmpdir(), "aloqa-browser-"));
  const child = spawn(BINARY, [], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ALOQA__SERVER__LISTEN: "127.0.0.1:0",
      ALOQA__SERVER__OPS_LISTEN: "127.0.0.1:0",
      ALOQA__SANDBOX__LISTEN: "127.0.0.1:0",
      ...settings,
    },
  });
  // However the test ends, the gateway ends with it.
  process.once("exit", () => child.kill());
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  let log = "";
  child.stderr.on("data", (part) => { log += part; });
  let greeting = "";
  child.stdout.on("data", (part) => { greeting += part; });
  // What the system gave it, and nobody else can have taken.
  const address = (what) => greeting.match(new RegExp(`^  ${what} +(http://[^/ ]+)`, "m"))?.[1];
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let gone = false;
  exited.then(() => { gone = true; });
  const until = Date.now() + PATIENCE_MS;
  // The last line of the greeting: all listeners are open.
  while (!greeting.includes("\n  curl ")) {
    if (gone || Date.now() > until) throw new Error(`the gateway does not answer:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const [origin, sandbox, operations] = [address("partners"), address("sandbox"), address("operations")];
  return {
    origin,
    /** The operators' listener. */
    operations,
    /** Runs a command beside it, with this on its standard input, and returns what it prints. */
    command: (words, input = "") => new Promise((resolve, reject) => {
      const env = { ...process.env, ...settings, ALOQA__SANDBOX__LISTEN: sandbox.replace("http://", "") };
      const run = execFile(BINARY, words, { cwd: directory, env }, (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)));
      run.stdin.end(input);
    }),
    /** Calls a method as the demo partner. */
    call: async (method, params) => {
      const headers = { "content-type": "application/json", authorization: `Basic ${btoa("demo:demo-secret")}` };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      return (await fetch(origin, { method: "POST", headers, body })).json();
    },
    docs: `${origin}/docs`,
    /** What the simulated networks carried out. */
    ledger: async () => (await fetch(`${sandbox}/sandbox/ledger`)).json(),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
