import { z } from "zod";
import { Empty, type MethodTable } from "./shared.ts";

/** A model that attempts can use. Keys are never told. */
export const ModelInfo = z.object({
  name: z.string(),
  model: z.string(),
  /** Host of the endpoint; `editor` for one that a connected editor is asked for. */
  endpoint: z.string(),
  roles: z.array(z.enum(["triage", "patch"])),
  /** "" where none is needed. */
  keyVariable: z.string(),
  hasKey: z.boolean(),
  /** Money for a million tokens; null when not configured. */
  price: z
    .object({ uncached: z.number(), cached: z.number(), output: z.number(), unit: z.string() })
    .nullable(),
  /** Names of those that are asked in turn when this one is down or refuses; absent for none. */
  failover: z.array(z.string()).optional(),
  /** Of an editor's model: the client that would be asked now, null while none lends it. */
  editor: z.object({ client: z.string().nullable() }).optional(),
});
export type ModelInfo = z.infer<typeof ModelInfo>;

const Word = z.string().min(1).max(200);

/** A language model of a client's editor, as VS Code tells of it. Its key is `vendor/id`. */
export const LentModel = z.object({
  vendor: Word.regex(/^[^/\s]+$/),
  id: Word,
  family: z.string().max(200),
  name: z.string().max(200),
  /** Most tokens of one request. */
  maxInputTokens: z.int().positive().max(2_000_000),
});
export type LentModel = z.infer<typeof LentModel>;

/** As `vscode.lm` takes them: there is no system role, and results of calls are parts of a user's message. */
const LentMessage = z.object({
  role: z.enum(["user", "assistant"]),
  parts: z.array(
    z.discriminatedUnion("type", [
      z.object({ type: z.literal("text"), text: z.string() }),
      z.object({
        type: z.literal("call"),
        id: z.string(),
        name: z.string(),
        input: z.record(z.string(), z.unknown()),
      }),
      z.object({ type: z.literal("result"), id: z.string(), text: z.string() }),
    ]),
  ),
});
export type LentMessage = z.infer<typeof LentMessage>;

/** Why an editor did not answer; `message` is what it said. */
const LentFailure = z.object({
  reason: z.enum(["no-access", "not-found", "quota", "rate-limited", "failed"]),
  message: z.string(),
});
export type LentFailure = z.infer<typeof LentFailure>;

export const modelMethods = {
  "models/list": [Empty, z.object({ models: z.array(ModelInfo) })],
  /** Kept in the server's memory only, until it ends; `keyVariable` has to be one that the configuration names, for a forge too. */
  "models/setKey": [
    z.object({ keyVariable: z.string().min(1).max(200), key: z.string().min(1).max(4096) }),
    z.object({ models: z.array(ModelInfo) }),
  ],
  /** What this connection lends from now on, instead of what it lent before; over with the connection. */
  "models/lend": [z.object({ models: z.array(LentModel).max(100) }), Empty],
} as const satisfies MethodTable;

/**
 * Server to client: asks a model that the connection lends. The answer comes as `model/piece` notifications with the same
 * `ask`, all of them before the result. `$/cancelRequest` ends it.
 */
export const askModel = [
  z.object({
    ask: z.string(),
    /** Its key. */
    model: z.string(),
    tools: z.array(
      z.object({ name: z.string(), description: z.string(), parameters: z.record(z.string(), z.unknown()) }),
    ),
    messages: z.array(LentMessage),
  }),
  z.object({ failure: LentFailure.optional() }),
] as const;

export const ModelPiece = z.object({
  ask: z.string(),
  text: z.string().optional(),
  /** A whole call; `arguments` is JSON text. */
  call: z.object({ id: z.string(), name: z.string(), arguments: z.string() }).optional(),
});
export type ModelPiece = z.infer<typeof ModelPiece>;
