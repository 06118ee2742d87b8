import { z } from "zod";
import { Sha256 } from "./base.ts";

export const Usage = z.object({
  /** Prompt tokens that were not served from a provider's cache. */
  uncachedTokens: z.int(),
  cachedTokens: z.int(),
  /** Completion tokens, reasoning included. */
  outputTokens: z.int(),
  reasoningTokens: z.int(),
  /** True when the provider reported none and the figures are our estimate. */
  estimated: z.boolean(),
});
export type Usage = z.infer<typeof Usage>;

/** What answers of a model used that never became turns. */
export const LostUsage = z.object({ provider: z.string(), model: z.string(), usage: Usage });
export type LostUsage = z.infer<typeof LostUsage>;

const shared = {
  model: z.string(),
  /** Bounds of the configuration; what the budget leaves may be less. */
  maxOutputTokens: z.int(),
  contextTokens: z.int().optional(),
};
const ChatForm = z.object({
  ...shared,
  tokenLimit: z.enum(["max_tokens", "max_completion_tokens"]),
  reasoning: z.enum(["always", "present", "never"]),
  /** null for the field that most endpoints know. */
  reasoningField: z.string().nullable(),
  streamUsage: z.boolean(),
  extras: z.boolean(),
});
export type ChatForm = z.infer<typeof ChatForm>;
/** A request that goes to a connected editor. */
const EditorForm = z.object({ ...shared, api: z.literal("editor") });
export type EditorForm = z.infer<typeof EditorForm>;

/** All that the text of a request takes from elsewhere than its conversation and the loop. */
export const RequestForm = z.union([EditorForm, ChatForm]);
export type RequestForm = z.infer<typeof RequestForm>;

/**
 * A request as it was sent, by hashes: its text follows from the record. Short hashes are the first 16 characters of the
 * SHA-256 of a part's JSON text.
 */
export const SentRequest = z.object({
  form: RequestForm,
  sha256: Sha256,
  bytes: z.int(),
  /** Short hash of each field but `messages`. */
  fields: z.record(z.string(), z.string()),
  /** Leading messages that are the same as in the request of the turn before. */
  kept: z.int().nonnegative(),
  /** Short hashes of the messages after those. */
  messages: z.array(z.string()),
});
export type SentRequest = z.infer<typeof SentRequest>;

/** When the pieces of an answer came. */
export const ChunkTimes = z.object({
  /** Calls that were made for this answer; the times are those of the last one. */
  tries: z.int().positive(),
  chunks: z.int().nonnegative(),
  /** `at` names each `every`-th chunk, the first included, by ms since the request was sent. */
  every: z.int().positive(),
  at: z.array(z.int().nonnegative()),
  /** Longest wait between two chunks, ms. */
  longestGapMs: z.int().nonnegative(),
});
export type ChunkTimes = z.infer<typeof ChunkTimes>;

/** What the tools of an attempt remember of the sources and of patches that were made from them. */
export const ToolMemory = z.object({
  wrksrc: z.string().nullable(),
  sources: z.enum(["none", "extracted", "patch-failed", "patched"]),
  /** Path of a source, and the name of the patch that is made of it. */
  duped: z.array(z.tuple([z.string(), z.string()])),
  unsaved: z.array(z.string()),
  /** By name, each content a blob. */
  patches: z.array(z.object({ name: z.string(), source: z.string(), sha256: Sha256 })),
});
export type ToolMemory = z.infer<typeof ToolMemory>;

/** What a turn does not show of how it came about; with it an attempt can be run again. */
export const TurnTrace = z.object({
  /**
   * In the first turn, what opened the conversation: blobs of the system prompt, of the first message and of the tools that
   * were offered, as JSON. Without the last it cannot be run again.
   */
  opening: z
    .object({ system: Sha256, context: Sha256, tools: Sha256.optional(), nonce: z.string() })
    .optional(),
  /** Words of the porter as this turn's request was the first to tell them. */
  heard: z.array(z.string()),
  finish: z.enum(["stop", "calls", "length"]),
  /** Blob of the fields that an endpoint wants back beside the answer: `{message, calls}`, JSON. */
  extras: Sha256.optional(),
  /** Time of the attempt that was used at the turn's end. */
  elapsedMs: z.int().nonnegative(),
  /** Absent for the rule book, which sends none. */
  request: SentRequest.optional(),
  times: ChunkTimes.optional(),
  /** As it was at the turn's end, in turns that changed it. */
  memory: ToolMemory.optional(),
  /** Present where a later server took the attempt up again: what answers cost that were lost with the one before. */
  lost: Usage.optional(),
  /** Part of it: what stand-ins used; absent where none did. */
  lostBy: z.array(LostUsage).optional(),
});
export type TurnTrace = z.infer<typeof TurnTrace>;
