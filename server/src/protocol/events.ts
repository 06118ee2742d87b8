import { z } from "zod";
import {
  Approval,
  Attempt,
  Bundle,
  Case,
  Delivery,
  Job,
  Note,
  Proof,
  Result,
  Run,
  Steering,
  Target,
  Time,
  Turn,
} from "./entities.ts";

/**
 * Every fact, by name. An entity event carries the entity's whole new state, so that a reader which
 * keeps the newest one by id needs nothing else; `build/phase` is progress only and has no projection.
 */
const payloads = {
  "target/seen": Target,
  "run/changed": Run,
  "result/recorded": Result,
  "bundle/added": Bundle,
  "case/changed": Case,
  "job/changed": Job,
  "attempt/changed": Attempt,
  "turn/recorded": Turn,
  "proof/recorded": Proof,
  "build/phase": z.object({ caseId: z.string(), attemptId: z.string(), phase: z.string() }),
  "note/recorded": Note,
  "steering/changed": Steering,
  "approval/changed": Approval,
  "delivery/changed": Delivery,
} as const;

export type EventType = keyof typeof payloads;
export const eventTypes = Object.keys(payloads) as EventType[];
export type EventPayload<T extends EventType> = z.infer<(typeof payloads)[T]>;

/** A fact before it has a place in the stream. */
export type NewEvent = { [T in EventType]: { type: T; payload: EventPayload<T> } }[EventType];

const variants = eventTypes.map((type) =>
  z.object({ seq: z.int().positive(), at: Time, type: z.literal(type), payload: payloads[type] }),
);

/** A fact with its monotonic place in the one stream. */
export type StoredEvent = NewEvent & { seq: number; at: number };
export const StoredEvent: z.ZodType<StoredEvent> = z.discriminatedUnion(
  "type",
  variants as never,
) as unknown as z.ZodType<StoredEvent>;
