import { z } from "zod";
import { Sha256 } from "./base.ts";

/** All that the text of a request takes from elsewhere than its conversation and the loop. */
export const RequestForm = z.object({
  model: z.string(),
  /** Bounds of the configuration; what the budget leaves may be less. */
  maxOutputTokens: z.int(),
  contextTokens: z.int().optional(),
  tokenLimit: z.enum(["max_tokens", "max_completion_tokens"]),
  reasoning: z.enum(["always", "present", "never"]),
  /** null for the field that most endpoints know. */
  reasoningField: z.string().nullable(),
  streamUsage: z.boolean(),
  extras: z.boolean(),
});
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

/** What a turn does not show of how it came about; with it an attempt can be run again. */
export const TurnTrace = z.object({
  /** In the first turn, what opened the conversation: blobs of the system prompt and of the first message. */
  opening: z.object({ system: Sha256, context: Sha256, nonce: z.string() }).optional(),
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
});
export type TurnTrace = z.infer<typeof TurnTrace>;
