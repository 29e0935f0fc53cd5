// Does each rule find a document that breaks it?

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

import { read } from "./document.mjs";
import { judge, RULES } from "./rules.mjs";

const document = read(fileURLToPath(new URL("../../rpc-schema/openrpc.json", import.meta.url)));
const method = (broken, name) => broken.methods.find((one) => one.name === name);

/** For each rule something that breaks it, and what is said of that. */
const BREAKS = {
  "names of methods, params, codes and examples are unique": [
    (broken) => method(broken, "cards.add").params.push(method(broken, "cards.add").params[0]),
    "cards.add: param pan twice",
  ],
  "every reference resolves and stands alone": [
    (broken) => (method(broken, "cards.add").result.schema = { $ref: "#/components/schemas/Nobody", title: "N" }),
    "/methods/2/result/schema: #/components/schemas/Nobody is nowhere",
  ],
  "every component is used": [
    (broken) => (broken.components.schemas.Lonely = { title: "Lonely", type: "string", description: "L." }),
    "schemas/Lonely",
  ],
  "params, results, members and entries are bare references": [
    (broken) => (broken.components.schemas.Held.properties.transactionId = { type: "integer" }),
    'Held.transactionId: name a component instead of {"type":"integer"}',
  ],
  "names of components are good names of types": [
    (broken) => (broken.components.schemas.Pan.title = "Date"),
    "Pan is titled Date",
  ],
  "schemas use only what all tools read": [
    (broken) => delete broken.components.schemas.Held.additionalProperties,
    "Held: is it open or closed?",
  ],
  "each value fits one variant": [
    (broken) => (broken.components.schemas.CodeSent.required = ["transactionId"]),
    "DebitResult: CodeSent could be Held",
  ],
  "examples and defaults of schemas are values": [
    (broken) => (broken.components.schemas.Pan.examples = ["1"]),
    'Pan: "1": data must match pattern "^[0-9]{16}$"',
  ],
  "every method is described": [
    (broken) => (method(broken, "cards.add").result.description = ""),
    "cards.add: no description of the result",
  ],
  "links lead to methods and take what is there": [
    (broken) => (method(broken, "cards.attach").links[0].params.cardId = "${result.nothing}"),
    "cards.attach → cards.attach.confirm: ${result.nothing} is not there",
  ],
  "examples are calls and answers": [
    (broken) => (method(broken, "cards.add").examples[0].result.value.phone = "1"),
    'cards.add, a card of HUMO: result/phone must match pattern "^998[0-9]{9}$"',
  ],
  "errors are described for people": [
    (broken) => (broken["x-errors"].INTERNAL.meaning = ""),
    "INTERNAL: no meaning",
  ],
};

for (const [name, rule] of Object.entries(RULES)) {
  test(name, () => {
    const [breakIt, expected] = BREAKS[name];
    const broken = structuredClone(document);
    breakIt(broken);
    const found = [...rule(broken, judge(broken))];
    assert.ok(found.includes(expected), `found only ${JSON.stringify(found)}`);
  });
}
