import { z } from "zod";
import { Case } from "../entities/cases.ts";
import { SessionLive } from "../entities/live.ts";
import { Approval, Attempt, Job, Steering, Turn } from "../entities/work.ts";
import { SteeringMode } from "../vocabulary.ts";
import { CaseRef, Empty, type MethodTable, nextCursor, Page } from "./shared.ts";

/** One line of the list of sessions: the case with what is being, or was last, done about it. */
export const SessionRow = z.object({
  group: z.enum(["running", "queued", "waiting", "recent"]),
  case: Case,
  job: Job.nullable(),
  attempt: Attempt.nullable(),
  /** A call that waits for a person's answer; absent for none. */
  approval: Approval.optional(),
  /** Why its queued job is not begun, or does not go on; absent where nothing but its turn is missing. */
  waits: z.string().optional(),
});
export type SessionRow = z.infer<typeof SessionRow>;

export const sessionMethods = {
  /** In each group at most `limit`: running and queued oldest first, waiting and recent newest first. */
  "sessions/list": [
    z.object({ limit: z.int().min(1).max(500).default(50) }),
    z.object({ sessions: z.array(SessionRow), counts: z.record(z.string(), z.int()) }),
  ],
  "session/get": [
    CaseRef.extend({ attempt: z.int().positive().optional(), afterTurn: z.int().nonnegative().default(0) }),
    z.object({
      attempt: Attempt,
      turns: z.array(Turn),
      /** Of this attempt and of none yet, oldest first; the newest of them when they are too many. */
      steerings: z.array(Steering).optional(),
      /** Of this attempt, oldest first; the newest of them when they are too many. */
      approvals: z.array(Approval).optional(),
      /** null when it does not run. */
      live: SessionLive.nullable().optional(),
      /** Why it does not go on at present, though it is not over. */
      waits: z.string().optional(),
    }),
  ],
  /**
   * From now on `session/live` notifications on this connection, about whichever attempt of the case runs; a follower that
   * does not keep up is given the whole state anew instead of the changes that it missed.
   */
  "session/follow": [CaseRef, z.object({ subscription: z.string(), live: SessionLive.nullable() })],
  "session/unfollow": [z.object({ subscription: z.string() }), Empty],
  "session/steer": [
    CaseRef.extend({ text: z.string().min(1).max(8000), mode: SteeringMode.default("steer") }),
    z.object({ steering: Steering }),
  ],
  /** Answers the call that waits for it, or only that one when `approval` names it; `text` is said to the model. */
  "session/answer": [
    CaseRef.extend({
      answer: z.enum(["approve", "reject"]),
      approval: z.string().optional(),
      text: z.string().max(2000).default(""),
    }),
    z.object({ approval: Approval }),
  ],
  /** The running model call and build go on to their end; no further turn begins. */
  "session/pause": [CaseRef, z.object({ job: Job })],
  "session/resume": [CaseRef, z.object({ job: Job })],
  "jobs/list": [z.object({ ...Page }), z.object({ jobs: z.array(Job), nextCursor })],
} as const satisfies MethodTable;
