// A gateway of the sandbox profile on free ports, with a database of its own. It ends with the test.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BINARY = process.env.ALOQA_GATEWAY
  ?? fileURLToPath(new URL("../../target/debug/aloqa-gateway", import.meta.url));
const PATIENCE_MS = 30_000;

export async function startGateway() {
  const directory = await mkdtemp(join(tmpdir(), "aloqa-browser-"));
  const child = spawn(BINARY, [], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ALOQA__SERVER__LISTEN: "127.0.0.1:0",
      ALOQA__SERVER__OPS_LISTEN: "127.0.0.1:0",
      ALOQA__SANDBOX__LISTEN: "127.0.0.1:0",
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
  const [origin, sandbox] = [address("partners"), address("sandbox")];
  return {
    origin,
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
