import { z } from "zod";
import { Time } from "./base.ts";

/** What a running attempt does at this moment. No fact of the stream: the turn that it becomes part of is one. */
export const LiveChange = z.discriminatedUnion("type", [
  /** A model call begins; what was shown of the turn before is in the stream by now. */
  z.object({ type: z.literal("turn"), turn: z.int().positive(), at: Time }),
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("reasoning"), text: z.string() }),
  z.object({
    type: z.literal("call"),
    id: z.string(),
    name: z.string(),
    /** JSON text as the model wrote it, bounded for showing. */
    arguments: z.string(),
    at: Time,
  }),
  z.object({ type: z.literal("called"), id: z.string(), ok: z.boolean(), durationMs: z.int() }),
  /** A build begins; phases and log of the one before are history. */
  z.object({ type: z.literal("build"), build: z.int().positive(), at: Time }),
  z.object({ type: z.literal("phase"), phase: z.string(), at: Time }),
  /** Whole lines of the build's log, in order; those between two changes may be left out when there are too many. */
  z.object({ type: z.literal("log"), lines: z.array(z.string()), left: z.int().nonnegative() }),
  z.object({ type: z.literal("paused"), paused: z.boolean() }),
]);
export type LiveChange = z.infer<typeof LiveChange>;

/** All of the above put together, for who begins to look. */
export const SessionLive = z.object({
  attemptId: z.string(),
  turn: z.int().nonnegative(),
  turnAt: Time.nullable(),
  text: z.string(),
  reasoning: z.string(),
  calls: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      arguments: z.string(),
      at: Time,
      /** null while it runs. */
      ok: z.boolean().nullable(),
      durationMs: z.int().nullable(),
    }),
  ),
  build: z.int().nonnegative(),
  phases: z.array(z.object({ phase: z.string(), at: Time })),
  /** Newest lines of the running build's log. */
  log: z.array(z.string()),
  paused: z.boolean(),
});
export type SessionLive = z.infer<typeof SessionLive>;
