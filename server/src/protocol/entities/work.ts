import { z } from "zod";
import {
  ApprovalState,
  AttemptOutcome,
  BriefingPart,
  FailureClass,
  JobKind,
  JobState,
  SteeringMode,
  SteeringState,
  Tier,
  ToolName,
} from "../vocabulary.ts";
import { Sha256, Time } from "./base.ts";
import { LostUsage, TurnTrace, Usage } from "./trace.ts";

/** Limits of one attempt; all are hard. */
export const AttemptBudget = z.object({
  tokens: z.int().positive(),
  turns: z.int().positive(),
  builds: z.int().positive(),
  wallMs: z.int().positive(),
  /** Money, in millionths of the unit that prices are given in; absent for no limit. */
  costMicros: z.int().positive().optional(),
  /** Calls of single tools; those that are absent have no limit. */
  calls: z.partialRecord(ToolName, z.int().positive()).optional(),
});
export type AttemptBudget = z.infer<typeof AttemptBudget>;

/** Money for a million tokens of a model, which goes by the names under which attempts record it. */
export const ModelPrice = z.object({
  provider: z.string(),
  model: z.string(),
  uncached: z.number(),
  cached: z.number(),
  output: z.number(),
});
export type ModelPrice = z.infer<typeof ModelPrice>;

export const Job = z.object({
  id: z.string(),
  kind: JobKind,
  caseId: z.string(),
  state: JobState,
  /** Who asked: `automation`, or a person's name. */
  requestedBy: z.string(),
  /** Tier asked for by a person; null leaves it to the policy. */
  tier: Tier.nullable(),
  /** What the porter wrote with the request; "" when nothing. */
  context: z.string(),
  /** Attempt number within the lineage of this case and kind, from 1. */
  lineage: z.int(),
  /** Model that a person chose, by its name in the configuration; absent leaves it to the configuration. */
  model: z.string().optional(),
  /** Limits that a person set in place of the tier's; absent for those of the tier. */
  budget: AttemptBudget.partial().optional(),
  /** Nothing but the proved fixes of the same failure is tried, at no tokens. */
  kin: z.boolean().optional(),
  /** A proof that is there already does not do in place of this one. */
  anew: z.boolean().optional(),
  /** The attempt waits at its next turn until a person lets it go on. */
  paused: z.boolean().optional(),
  /** Fencing number: grows at each lease, an older holder's writes are refused. */
  fence: z.int(),
  /** The lease under which the job last got on; absent before that. */
  gotOnAt: z.int().optional(),
  leaseExpiresAt: Time.nullable(),
  error: z.string().nullable(),
  queuedAt: Time,
  endedAt: Time.nullable(),
});
export type Job = z.infer<typeof Job>;

/** The first message of an attempt: what was put in, cut and left out. Sizes are bytes of UTF-8. */
export const Briefing = z.object({
  /** The message as it was sent, a blob. */
  sha256: Sha256,
  bytes: z.int(),
  /** Most that the policy allows. */
  limit: z.int(),
  /** In the order of their priority; those that had nothing to say are absent. */
  sections: z.array(
    z.object({
      name: BriefingPart,
      /** What there was to say, and what of it went in: the same when whole, 0 when left out. */
      bytes: z.int(),
      told: z.int(),
      /** Pieces that went in (playbooks, files, attempts), and that found no room; the first ten of each. */
      shown: z.array(z.string()),
      left: z.array(z.string()),
    }),
  ),
});
export type Briefing = z.infer<typeof Briefing>;

/** A recipe that changed something, by the class of the failure that it was to mend. */
export const RecipeUse = z.object({
  id: z.string(),
  classification: FailureClass,
  /**
   * What the build after it said: it passed; it failed of something else; it failed of the same, and the change was
   * taken back.
   */
  end: z.enum(["passed", "helped", "failed"]),
});
export type RecipeUse = z.infer<typeof RecipeUse>;

export const Attempt = z.object({
  id: z.string(),
  caseId: z.string(),
  jobId: z.string(),
  number: z.int().positive(),
  /** Of the failure that it was to mend; absent for those made before it was recorded. */
  signature: z.string().optional(),
  tier: Tier,
  provider: z.string(),
  model: z.string(),
  outcome: AttemptOutcome.nullable(),
  /** The agent's own closing words, or what stopped it. */
  summary: z.string(),
  /** Answers of the model so far, and what they used; while it runs the last turn may not be recorded yet. */
  turns: z.int(),
  builds: z.int(),
  usage: Usage,
  /** Part of it: what stand-ins used for nothing; absent where none did. */
  lostBy: z.array(LostUsage).optional(),
  /** How often in a row later servers took it up again after this turn; absent for never. */
  resumed: z.object({ turn: z.int().nonnegative(), times: z.int().positive() }).optional(),
  /** What it may spend; absent for those made before budgets were recorded. */
  budget: AttemptBudget.optional(),
  /** What its limit of money is counted with; absent where it has none. */
  prices: z.array(ModelPrice).optional(),
  /** Absent while it is not told, for rule books, and for those made before briefings were recorded. */
  briefing: Briefing.optional(),
  /** Money spent so far, millionths of the unit that prices are given in; absent where the model has no price. */
  costMicros: z.int().nonnegative().optional(),
  /** In their order; absent for models and for those made before it was recorded. */
  recipes: z.array(RecipeUse).optional(),
  diffSha256: Sha256.nullable(),
  startedAt: Time,
  endedAt: Time.nullable(),
});
export type Attempt = z.infer<typeof Attempt>;

export const ToolCall = z.object({
  id: z.string(),
  name: z.string(),
  /** Arguments as the model wrote them (JSON text). */
  arguments: z.string(),
  /** Bounded result as the model saw it. */
  result: z.string(),
  ok: z.boolean(),
  durationMs: z.int(),
  /** The whole result when it was larger than the bound. */
  spill: Sha256.nullable(),
  /** What the loop added to the result: a word about progress or the budget. */
  note: z.string().optional(),
});
export type ToolCall = z.infer<typeof ToolCall>;

export const Turn = z.object({
  attemptId: z.string(),
  number: z.int().positive(),
  text: z.string(),
  reasoning: z.string(),
  calls: z.array(ToolCall),
  usage: Usage,
  durationMs: z.int(),
  at: Time,
  /** Absent for those made before it was recorded. */
  trace: TurnTrace.optional(),
  /** The model that answered in place of the attempt's own, and why; absent when that one did. */
  answeredBy: z.object({ provider: z.string(), model: z.string(), reason: z.string() }).optional(),
});
export type Turn = z.infer<typeof Turn>;

/** What a person says to a running attempt; acknowledged when it is stored, and once more when the model was told. */
export const Steering = z.object({
  id: z.string(),
  caseId: z.string(),
  /** null: for the next attempt, whichever that is. */
  attemptId: z.string().nullable(),
  who: z.string(),
  text: z.string(),
  mode: SteeringMode,
  state: SteeringState,
  /** Turn that was the first to be told; null while it waits. */
  turn: z.int().positive().nullable(),
  at: Time,
});
export type Steering = z.infer<typeof Steering>;

/** A call that the policy leaves to a person, and the answer. */
export const Approval = z.object({
  id: z.string(),
  caseId: z.string(),
  attemptId: z.string(),
  turn: z.int().positive(),
  tool: ToolName,
  /** As the model wrote them (JSON text). */
  arguments: z.string(),
  state: ApprovalState,
  /** Who answered; null while nobody did. */
  who: z.string().nullable(),
  /** Said to the model with the answer; "" for nothing. */
  text: z.string(),
  at: Time,
  answeredAt: Time.nullable(),
});
export type Approval = z.infer<typeof Approval>;
