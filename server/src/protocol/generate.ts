import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import * as entities from "./entities.ts";
import { errorCodes } from "./errors.ts";
import { StoredEvent } from "./events.ts";
import {
  BuilderLink,
  CaseDetail,
  clientMethods,
  clientNotifications,
  EndpointHealth,
  ImportScore,
  LentModel,
  ModelInfo,
  methods,
  notifications,
  PolicyProblem,
  protocolVersions,
  ServerStatus,
  SessionRow,
} from "./methods.ts";
import * as vocabulary from "./vocabulary.ts";

type JsonSchema = Record<string, unknown>;

/** Schemas that others refer to by name instead of repeating them. */
const named: Record<string, z.ZodType> = {
  ...entities,
  ...vocabulary,
  CaseDetail,
  BuilderLink,
  EndpointHealth,
  ServerStatus,
  PolicyProblem,
  ImportScore,
  LentModel,
  ModelInfo,
  SessionRow,
  StoredEvent,
};

function byName<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function pairs(table: Record<string, readonly [params: z.ZodType, result: z.ZodType]>): z.ZodObject {
  const shape = Object.entries(table).map(([name, [params, result]]) => [name, z.object({ params, result })]);
  return z.object(Object.fromEntries(shape));
}

/** Not a schema of the contract: one object that leads to each method's and notification's own. */
const everything = z.object({
  methods: pairs(methods),
  clientMethods: pairs(clientMethods),
  notifications: z.object(notifications),
  clientNotifications: z.object(clientNotifications),
});

/** `properties` of a rendered object schema. */
function propertiesOf(schema: JsonSchema | undefined): Record<string, JsonSchema> {
  if (!schema?.properties) throw new Error("an object schema was rendered without properties");
  return schema.properties as Record<string, JsonSchema>;
}

/**
 * The whole contract as one JSON document: methods and notifications by name, entities and events under
 * `$defs`. In zod's input form: parameters that have a default may be left out, and objects stay open,
 * since a client must take fields that a newer server adds.
 */
export function protocolSchema(): JsonSchema {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...named, everything })) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (id) => `#/$defs/${id}` });
  const definitions = Object.entries(schemas).map(([id, { $schema, $id, id: _name, ...schema }]) => [
    id,
    schema,
  ]);
  const { everything: root, ...$defs } = Object.fromEntries(definitions) as Record<string, JsonSchema>;
  const parts = propertiesOf(root);
  const requests = (table: JsonSchema | undefined): Record<string, JsonSchema> =>
    byName(
      Object.fromEntries(
        Object.entries(propertiesOf(table)).map(([name, pair]) => [name, propertiesOf(pair)]),
      ),
    );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Portwright protocol",
    protocolVersions,
    errorCodes: byName(errorCodes),
    methods: requests(parts.methods),
    clientMethods: requests(parts.clientMethods),
    notifications: byName(propertiesOf(parts.notifications)),
    clientNotifications: byName(propertiesOf(parts.clientNotifications)),
    $defs: byName($defs),
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
