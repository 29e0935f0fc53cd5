// A gateway of the sandbox profile on free ports, with a database of its own. It ends with the test.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BINARY = process.env.ALOQA_GATEWAY
  ?? fileURLToPath(new URL("../../target/debug/aloqa-gateway", import.meta.url));
const PATIENCE_MS = 30_000;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startGateway() {
  const directory = await mkdtemp(join(tmpdir(), "aloqa-browser-"));
  const [gateway, operations, sandbox] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(BINARY, [], {
    cwd: directory,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      ALOQA__SERVER__LISTEN: `127.0.0.1:${gateway}`,
      ALOQA__SERVER__OPS_LISTEN: `127.0.0.1:${operations}`,
      ALOQA__SANDBOX__LISTEN: `127.0.0.1:${sandbox}`,
    },
  });
  // However the test ends, the gateway ends with it.
  process.once("exit", () => child.kill());
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  let log = "";
  child.stderr.on("data", (part) => { log += part; });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let gone = false;
  exited.then(() => { gone = true; });
  const origin = `http://127.0.0.1:${gateway}`;
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    if (gone || Date.now() > until) throw new Error(`the gateway does not answer:\n${log}`);
    try {
      if ((await fetch(`http://127.0.0.1:${operations}/health`)).ok) break;
    } catch { /* not yet */ }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    origin,
    docs: `${origin}/docs`,
    /** What the simulated networks carried out. */
    ledger: async () => (await fetch(`http://127.0.0.1:${sandbox}/sandbox/ledger`)).json(),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
