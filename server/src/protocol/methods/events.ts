import { z } from "zod";
import { Sha256 } from "../entities/base.ts";
import { eventTypes, StoredEvent } from "../events.ts";
import { Empty, type MethodTable } from "./shared.ts";

/** What a reader wants to hear of; all of it has to fit. */
const EventFilter = z.object({
  types: z.array(z.enum(eventTypes)).min(1).optional(),
  /** As `case/get` names one. */
  case: z.string().optional(),
  target: z.string().optional(),
});
export type EventFilter = z.infer<typeof EventFilter>;

/**
 * Present where `after` lies before events that were pruned: up to this one, what comes is a snapshot, the newest word on
 * each entity that changed after `after`, and not all that happened to it.
 */
export const snapshotTo = z.int().positive().optional();

export const eventMethods = {
  /** As for a subscription, `after` beyond the newest event is refused: no such event exists yet, or it was another state's. */
  "events/list": [
    z.object({ after: z.int().nonnegative(), limit: z.int().min(1).max(1000).default(200) }),
    z.object({ events: z.array(StoredEvent), seq: z.int(), snapshotTo }),
  ],
  /**
   * The newest events that fit, in order; a subscription after `seq` goes on from there. Nothing up to `after` was looked
   * at, as those asked for were found, or a bound was met.
   */
  "events/tail": [
    z.object({ limit: z.int().min(1).max(1000).default(20), filter: EventFilter.optional() }),
    z.object({ events: z.array(StoredEvent), seq: z.int(), after: z.int() }),
  ],
  /**
   * Replay after `after`, then live `events/batch` notifications on this connection. With `credit`, at most that many
   * bytes of events' JSON are sent until `events/credit` grants more (a single event may exceed what is left). With
   * `filter`, batches say how far it has looked, empty ones too, so that a reader's position goes on.
   */
  "events/subscribe": [
    z.object({
      after: z.int().nonnegative(),
      credit: z.int().positive().max(1_073_741_824).optional(),
      filter: EventFilter.optional(),
    }),
    z.object({ subscription: z.string(), seq: z.int(), snapshotTo }),
  ],
  "events/credit": [
    z.object({ subscription: z.string(), bytes: z.int().positive().max(1_073_741_824) }),
    Empty,
  ],
  /** At most 256 KiB of a blob's uncompressed content, base64. */
  "artifact/read": [
    z.object({
      sha256: Sha256,
      offset: z.int().nonnegative().default(0),
      length: z.int().min(1).max(262144).default(262144),
    }),
    z.object({ data: z.string(), bytes: z.int(), eof: z.boolean() }),
  ],
} as const satisfies MethodTable;
