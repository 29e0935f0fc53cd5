// Does the OpenRPC document hold with the tools that partners use?
//
//   node check.mjs [document] [replies]
//
// `document` is ../../rpc-schema/openrpc.json without it. `replies` are the real replies to its examples, which
// `cargo test --test api examples` leaves in target/tmp/replies.json.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { parseOpenRPCDocument, validateOpenRPCDocument } from "@open-rpc/schema-utils-js";
import { compile } from "json-schema-to-typescript";
import OpenrpcTypings from "@open-rpc/typings";

import { alias, read, standalone } from "./document.mjs";
import { errorFaults, judge, RULES, within } from "./rules.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [path = here("../../rpc-schema/openrpc.json"), replies] = process.argv.slice(2);
const document = read(path);
const generated = here("generated");
rmSync(generated, { recursive: true, force: true });
mkdirSync(generated);

let passed = 0;
let failed = 0;

/** Runs a check. It passes if it returns no fault. */
async function check(name, run) {
  let faults;
  try {
    faults = [...(await run())];
  } catch (error) {
    faults = [error.message];
  }
  if (faults.length === 0) {
    passed += 1;
    return;
  }
  failed += 1;
  console.error(`FAILED: ${name}`);
  for (const fault of faults) console.error(`  ${fault}`);
}

const copy = () => structuredClone(document);

for (const version of [document.openrpc, "1.4.1"]) {
  await check(`valid as OpenRPC ${version}`, () => {
    const verdict = validateOpenRPCDocument({ ...copy(), openrpc: version });
    // It returns the error instead of throwing it.
    return verdict === true ? [] : [verdict.message];
  });
}

await check("every reference can be followed", async () => {
  const followed = await parseOpenRPCDocument(copy());
  const left = JSON.stringify(followed.methods).match(/"\$ref":"[^"]*"/g);
  return left ?? [];
});

const ajv = judge(document);
for (const [name, rule] of Object.entries(RULES)) await check(name, () => rule(document, ajv));

await check("types of @open-rpc/typings", async () => {
  const typings = new OpenrpcTypings.default(await parseOpenRPCDocument(copy()));
  const text = typings.toString("typescript", { includeSchemaTypings: true, includeMethodAliasTypings: true });
  writeFileSync(`${generated}/typings.ts`, `${text}\n`);
  const names = [...text.matchAll(/export (?:type|interface) (\w+)/g)].map((match) => match[1]);
  const known = new Set([...Object.keys(document.components.schemas), ...document.methods.map((method) => alias(method.name))]);
  // The union of all has no title that could be given.
  const hashed = names.filter((name) => !known.has(name) && !/^AnyOf/.test(name));
  return hashed.map((name) => `a type that nobody named: ${name}`);
});

await check("types of json-schema-to-typescript", async () => {
  const schema = standalone(document);
  writeFileSync(`${generated}/schema.json`, JSON.stringify(schema, null, 2));
  const text = await compile(schema, "Gateway", { ignoreMinAndMaxItems: true, unreachableDefinitions: true, format: false });
  writeFileSync(`${generated}/schema.ts`, text);
  const copies = [...text.matchAll(/export (?:type|interface) (\w+?)\d+\b/g)];
  return copies.map((match) => `a copy: ${match[0]}`);
});

await check("the types compile, and a program with them", () => {
  const tsc = spawnSync(process.execPath, [here("node_modules/typescript/bin/tsc"), "--project", here("tsconfig.json")], { encoding: "utf8" });
  return tsc.status === 0 ? [] : [`${tsc.stdout}${tsc.stderr}`];
});

if (replies) {
  await check("real replies fit their schemas", () => {
    const faults = [];
    const asked = JSON.parse(readFileSync(replies, "utf8"));
    for (const { method: name, example, reply } of asked) {
      const method = document.methods.find((one) => one.name === name);
      const say = (what) => faults.push(`${name}, ${example}: ${what}`);
      if ("error" in reply) {
        errorFaults(document, ajv, method, reply.error).forEach(say);
      } else {
        const answers = ajv.compile(within(method.result.schema));
        if (!answers(reply.result)) say(ajv.errorsText(answers.errors, { dataVar: "result" }));
      }
    }
    if (asked.length === 0) faults.push("there are none");
    return faults;
  });
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
