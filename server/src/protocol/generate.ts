import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import * as entities from "./entities.ts";
import { errorCodes } from "./errors.ts";
import { StoredEvent } from "./events.ts";
import {
  CaseDetail,
  EnvironmentInfo,
  ImportScore,
  methods,
  notifications,
  PolicyProblem,
  protocolVersions,
  ServerStatus,
} from "./methods.ts";
import * as vocabulary from "./vocabulary.ts";

type JsonSchema = Record<string, unknown>;

/** Schemas that others refer to by name instead of repeating them. */
const named: Record<string, z.ZodType> = {
  ...entities,
  ...vocabulary,
  CaseDetail,
  ServerStatus,
  PolicyProblem,
  EnvironmentInfo,
  ImportScore,
  StoredEvent,
};

function byName<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/**
 * JSON Schemas of `named` and `more`, each reference a `#/$defs/NAME`. In zod's input form, since that one
 * leaves objects open: a client must take fields that a newer server adds.
 */
function render(more: Record<string, z.ZodType>): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...named, ...more })) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (id) => `#/$defs/${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema, $id, id: _name, ...schema }]) => [id, schema as JsonSchema]),
  );
}

/**
 * The whole contract as one JSON document: methods and notifications by name, entities and events under
 * `$defs`. Parameters are described as a caller writes them: those with a default may be left out.
 */
export function protocolSchema(): JsonSchema {
  const pairs = Object.entries(methods);
  const schemas = render({
    ...Object.fromEntries(pairs.map(([name, [params]]) => [`${name} params`, params])),
    ...Object.fromEntries(pairs.map(([name, [, result]]) => [`${name} result`, result])),
    ...notifications,
  });
  const schemaOf = (id: string): JsonSchema => {
    const schema = schemas[id];
    if (!schema) throw new Error(`no schema was made for ${id}`);
    return schema;
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Portwright protocol",
    protocolVersions,
    errorCodes: byName(errorCodes),
    methods: byName(
      Object.fromEntries(
        pairs.map(([name]) => [
          name,
          { params: schemaOf(`${name} params`), result: schemaOf(`${name} result`) },
        ]),
      ),
    ),
    notifications: byName(
      Object.fromEntries(Object.keys(notifications).map((name) => [name, schemaOf(name)])),
    ),
    $defs: byName(Object.fromEntries(Object.keys(named).map((name) => [name, schemaOf(name)]))),
  };
}

async function main(args: readonly string[]): Promise<number> {
  const file = new URL("../../protocol.schema.generated.json", import.meta.url);
  const text = `${JSON.stringify(protocolSchema(), null, 1)}\n`;
  if (!args.includes("--check")) {
    await writeFile(file, text);
    return 0;
  }
  const stored = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (stored === text) return 0;
  process.stderr.write("server/protocol.schema.generated.json is stale: run `npm run schema`\n");
  return 1;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
