// What must hold in the document that no validator asks for?

import Ajv from "ajv";
import addFormats from "ajv-formats";

import { alias, examples, paramsSchema, resolve, walk } from "./document.mjs";

/** Names that would hide one that a language already has, in one of the languages that types are made for. */
const TAKEN = new Set(
  `Any Array Bool Boolean Box Bytes Callable Char Class Date Decimal Dict Double Enum Err Error Event Exception File
  Float Function History Int Integer Interface Iterable Iterator List Literal Location Long Map Mapping Node None Notification
  Null Number Object Ok Option Optional Partial Pick Promise Proxy Range Readonly Record Reflect RegExp Request Response Result
  Self Sequence Set Some Storage String Symbol Text Tuple Type Union Vec Void`.split(/\s+/),
);

/** Methods after which nothing usually follows. */
const LAST = new Set(["monitoring.get.entry", "rpc.discover"]);

/** Every rule with a sentence for each place where it is broken. */
export const RULES = {
  "names of methods, params, codes and examples are unique": function* (document) {
    yield* twice(document.methods.map((method) => method.name), "method");
    for (const method of document.methods) {
      yield* twice(method.params.map((param) => param.name), `${method.name}: param`);
      yield* twice(method.examples.map((example) => example.name), `${method.name}: example`);
      yield* twice(method.links.map((link) => link.name), `${method.name}: link`);
      const codes = method.errors.map(({ $ref }) => resolve(document, $ref).code);
      yield* twice(codes, `${method.name}: code`);
    }
    yield* twice(Object.values(document.components.errors).map((error) => error.code), "code");
  },

  "every reference resolves and stands alone": function* (document) {
    for (const [path, object] of walk(document)) {
      if (typeof object.$ref !== "string") continue;
      if (resolve(document, object.$ref) === undefined) yield `${path}: ${object.$ref} is nowhere`;
      if (Object.keys(object).length > 1) yield `${path}: more than a reference`;
    }
  },

  "every component is used": function* (document) {
    const used = new Set();
    for (const [, object] of walk(document)) if (typeof object.$ref === "string") used.add(object.$ref);
    for (const kind of ["schemas", "errors", "tags"]) {
      for (const name of Object.keys(document.components[kind])) {
        // The answer to names that are no methods belongs to no method.
        if (!used.has(`#/components/${kind}/${name}`) && name !== "METHOD_NOT_FOUND") yield `${kind}/${name}`;
      }
    }
  },

  "params, results, members and entries are bare references": function* (document) {
    const bare = function* (schema, path) {
      if (Object.keys(schema).join() !== "$ref") yield `${path}: name a component instead of ${JSON.stringify(schema)}`;
    };
    for (const method of document.methods) {
      for (const param of method.params) yield* bare(param.schema, `${method.name} ${param.name}`);
      yield* bare(method.result.schema, `${method.name} result`);
    }
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      for (const [member, inner] of Object.entries(schema.properties ?? {})) yield* bare(inner, `${name}.${member}`);
      for (const branch of schema.oneOf ?? []) yield* bare(branch, `${name}.oneOf`);
      if (schema.items) yield* bare(schema.items, `${name}.items`);
      for (const word of ["anyOf", "allOf", "not"]) if (schema[word]) yield `${name}: ${word}`;
    }
  },

  "names of components are good names of types": function* (document) {
    const aliases = new Set(document.methods.map((method) => alias(method.name)));
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      if (schema.title !== name) yield `${name} is titled ${schema.title}`;
      if (!/^[A-Z][a-z]+([A-Z][a-z]*)*$/.test(name)) yield `${name} is not in PascalCase letters`;
      if (TAKEN.has(name)) yield `${name} hides a name that a language has`;
      if (aliases.has(name)) yield `${name} is the name of a method's type`;
      if (!schema.description) yield `${name} has no description`;
    }
  },

  "schemas use only what all tools read": function* (document) {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      if (Array.isArray(schema.type)) yield `${name}: a list of types`;
      if (schema.oneOf === undefined && schema.type === undefined) yield `${name}: no type`;
      if (schema.enum && schema.enum.length !== schema["x-enum-descriptions"]?.length && name !== "Vendor") {
        yield `${name}: not every word is described`;
      }
      if (schema.type === "object" && schema.properties) {
        const open = name === "ErrorData";
        if ((schema.additionalProperties !== false) !== open) yield `${name}: is it open or closed?`;
        for (const member of Object.keys(schema.properties)) {
          if (!schema["x-member-descriptions"]?.[member]) yield `${name}.${member} has no description`;
        }
      }
    }
  },

  "each value fits one variant": function* (document) {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      const variants = flat(document, schema).filter((variant) => variant.type === "object");
      for (const one of variants) {
        for (const other of variants) {
          if (one !== other && couldBe(one, other)) yield `${name}: ${one.title} could be ${other.title}`;
        }
      }
    }
  },

  "examples and defaults of schemas are values": function* (document, ajv) {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      const judge = ajv.getSchema(`document#/components/schemas/${name}`);
      const values = [...(schema.examples ?? []), ...("default" in schema ? [schema.default] : [])];
      for (const value of values) if (!judge(value)) yield `${name}: ${JSON.stringify(value)}: ${ajv.errorsText(judge.errors)}`;
    }
  },

  "every method is described": function* (document) {
    for (const method of document.methods) {
      const say = (what) => `${method.name}: ${what}`;
      for (const word of ["summary", "description"]) if (!method[word]) yield say(`no ${word}`);
      if (!method.result.description) yield say("no description of the result");
      for (const param of method.params) {
        if (!param.description) yield say(`${param.name} is not described`);
        if (typeof param.required !== "boolean") yield say(`${param.name}: required or not?`);
      }
      const needed = method.params.map((param) => param.required);
      if (needed.lastIndexOf(true) > needed.indexOf(false) && needed.includes(false)) yield say("an optional param before a required one");
      if (method.tags.length === 0) yield say("no tag");
      if (method.errors.length === 0) yield say("no error");
      if (method.links.length === 0 && !LAST.has(method.name)) yield say("no link");
      if (!method.examples.some((example) => example.result)) yield say("no example of a result");
      if (!method.examples.some((example) => example.error)) yield say("no example of an error");
    }
  },

  "links lead to methods and take what is there": function* (document) {
    for (const method of document.methods) {
      for (const link of method.links) {
        const say = (what) => `${method.name} → ${link.method}: ${what}`;
        const target = document.methods.find((one) => one.name === link.method);
        if (!target) {
          yield say("no such method");
          continue;
        }
        for (const [name, source] of Object.entries(link.params)) {
          if (!target.params.some((param) => param.name === name)) yield say(`no param ${name}`);
          const [, side, path] = /\$\{(params|result)\.([^}]+)\}/.exec(source) ?? [];
          const first = path?.split(".")[0];
          const known =
            side === "params"
              ? method.params.some((param) => param.name === first)
              : flat(document, method.result.schema).some((variant) => variant.properties?.[first]);
          if (!known) yield say(`${source} is not there`);
        }
      }
    }
  },

  "examples are calls and answers": function* (document, ajv) {
    for (const [method, example, params] of examples(document)) {
      const say = (what) => `${method.name}, ${example.name}: ${what}`;
      if (("result" in example) === ("error" in example)) yield say("either a result or an error");
      if ("result" in example) {
        const takes = ajv.compile(within(paramsSchema(method)));
        if (!takes(params)) yield say(ajv.errorsText(takes.errors, { dataVar: "params" }));
        const answers = ajv.compile(within(method.result.schema));
        if (!answers(example.result.value)) yield say(ajv.errorsText(answers.errors, { dataVar: "result" }));
      } else {
        yield* errorFaults(document, ajv, method, example.error.value).map(say);
      }
    }
  },

  "errors are described for people": function* (document) {
    for (const [name, error] of Object.entries(document.components.errors)) {
      const said = document["x-errors"][name];
      if (said?.code !== error.code || said?.messages.en !== error.message || !said.returned) yield name;
    }
    for (const [name, error] of Object.entries(document["x-errors"])) {
      for (const lang of ["uz", "ru", "en"]) if (!error.messages[lang]) yield `${name}: no text in ${lang}`;
      if (!error.meaning) yield `${name}: no meaning`;
    }
  },
};

/** A judge of values that knows the document's components. */
export function judge(document) {
  // JSON Schema's own rules only: the document has `x-` members, and numbers of 64 bits.
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: "document", components: document.components });
  return ajv;
}

/** What is wrong with an error that `method` is said to answer. */
export function errorFaults(document, ajv, method, error) {
  const faults = [];
  const listed = method.errors.map(({ $ref }) => resolve(document, $ref).code);
  if (!listed.includes(error.code)) faults.push(`${error.code} is not among its errors`);
  const data = ajv.getSchema("document#/components/schemas/ErrorData");
  if ("data" in error && !data(error.data)) faults.push(ajv.errorsText(data.errors, { dataVar: "data" }));
  return faults;
}

/** A schema whose references are those of the document. */
export function within(schema) {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/'));
}

function* twice(names, what) {
  for (const [index, name] of names.entries()) if (names.indexOf(name) !== index) yield `${what} ${name} twice`;
}

/** The variants of a schema, through unions of unions. */
function flat(document, schema) {
  if (schema.$ref) return flat(document, resolve(document, schema.$ref));
  return schema.oneOf ? schema.oneOf.flatMap((branch) => flat(document, branch)) : [schema];
}

/** Whether some value of `one` has the members that `other` asks for, and no others: both are closed. */
function couldBe(one, other) {
  const { required: needed, properties: known } = other;
  return one.required.every((name) => name in known) && needed.every((name) => name in one.properties);
}
