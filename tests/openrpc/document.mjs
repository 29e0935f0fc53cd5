// How is the document taken apart for the checks?

import { readFileSync } from "node:fs";

/** The document in `path`. */
export function read(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Every object and list in `value` with its path, from the outside inwards. */
export function* walk(value, path = "") {
  if (value === null || typeof value !== "object") return;
  yield [path, value];
  for (const [name, member] of Object.entries(value)) yield* walk(member, `${path}/${name}`);
}

/** What `pointer` (`#/components/…`) names in `document`, or undefined. */
export function resolve(document, pointer) {
  return pointer
    .replace(/^#\//, "")
    .split("/")
    .reduce((at, name) => at?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], document);
}

/** Each method with each of its examples, its params by name. */
export function* examples(document) {
  for (const method of document.methods) {
    for (const example of method.examples ?? []) {
      const params = Object.fromEntries(example.params.map(({ name, value }) => [name, value]));
      yield [method, example, params];
    }
  }
}

/** The schema of a method's params as one closed object, with the components under `definitions`. */
export function paramsSchema(method) {
  const properties = Object.fromEntries(method.params.map(({ name, schema }) => [name, schema]));
  const required = method.params.filter((param) => param.required).map((param) => param.name);
  return { type: "object", additionalProperties: false, properties, required };
}

/** A draft-07 schema of its own: the components under `definitions`, and the params of each method. */
export function standalone(document) {
  const moved = (schema) =>
    JSON.parse(JSON.stringify(schema).replaceAll("#/components/schemas/", "#/definitions/"));
  const definitions = moved(document.components.schemas);
  for (const method of document.methods) {
    definitions[`${alias(method.name)}Params`] = moved(paramsSchema(method));
  }
  return { $schema: "http://json-schema.org/draft-07/schema#", title: "Gateway", type: "object", definitions };
}

/** `cards.add-confirm` as `CardsAddConfirm` and `p2p.confirm` as `P2PConfirm`, which is how generators name a method's type. */
export function alias(name) {
  return name
    .split(/[.\-_]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("")
    .replace(/[0-9][a-z]/g, (pair) => pair.toUpperCase());
}
