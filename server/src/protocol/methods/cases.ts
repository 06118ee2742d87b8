import { z } from "zod";
import { Sha256, Time } from "../entities/base.ts";
import { Activity, Case, CaseGroup, CaseHit, Note, NoteAnchor, ReviewFile } from "../entities/cases.ts";
import { Bundle } from "../entities/evidence.ts";
import { Proof } from "../entities/proof.ts";
import { Attempt, AttemptBudget, Job } from "../entities/work.ts";
import { CaseGrouping, CaseOrder, CaseState, FailureClass, Tier } from "../vocabulary.ts";
import { CaseRef, type MethodTable, nextCursor, Page } from "./shared.ts";

export const CaseDetail = z.object({
  case: Case,
  bundles: z.array(Bundle),
  attempts: z.array(Attempt),
  proofs: z.array(Proof),
  jobs: z.array(Job),
  /** Why its queued job is not begun, or does not go on; absent where nothing but its turn is missing. */
  waits: z.string().optional(),
});
export type CaseDetail = z.infer<typeof CaseDetail>;

/** All terms have to hold; what is absent is not asked. */
const caseFilter = {
  target: z.string().optional(),
  state: CaseState.optional(),
  states: z.array(CaseState).optional(),
  classification: FailureClass.optional(),
  classifications: z.array(FailureClass).optional(),
  /** Substring of origin, cause, signature, maintainer or package, without regard to case. */
  text: z.string().optional(),
  assignee: z.string().optional(),
  needsPerson: z.boolean().optional(),
  /** Ignored and snoozed cases: left out, alone, or (absent) with the others. */
  hidden: z.enum(["without", "only"]).optional(),
};

/** Limits in place of the tier's; those that are left out stay. */
const ChosenBudget = AttemptBudget.omit({ calls: true })
  .extend({
    tokens: z.int().min(100).max(50_000_000),
    turns: z.int().positive().max(1000),
    builds: z.int().positive().max(100),
    wallMs: z
      .int()
      .min(1000)
      .max(24 * 60 * 60_000),
    costMicros: z.int().positive().max(1_000_000_000),
  })
  .partial();

export const caseMethods = {
  "cases/list": [
    z.object({
      ...caseFilter,
      /** Only the cases of one group of `cases/groups`. */
      group: z.object({ by: CaseGrouping, key: z.string() }).optional(),
      order: CaseOrder.default("newest"),
      ...Page,
    }),
    z.object({
      cases: z.array(Case),
      total: z.int(),
      nextCursor,
      /** By the ids of those whose queued job is not begun, or does not go on: why. */
      waits: z.record(z.string(), z.string()).optional(),
    }),
  ],
  /** Groups with most blocked ports first, then most cases. */
  "cases/groups": [
    z.object({ ...caseFilter, by: CaseGrouping, ...Page }),
    z.object({ groups: z.array(CaseGroup), total: z.int(), nextCursor }),
  ],
  /**
   * Failures, also earlier ones, that hold every word of `text` in names, signature, cause or quoted lines; words of three
   * or more characters also as the beginning of longer ones. Best place of the words first, then newest first.
   */
  "cases/search": [
    z.object({
      text: z.string().min(1).max(200),
      target: caseFilter.target,
      states: caseFilter.states,
      classifications: caseFilter.classifications,
      hidden: caseFilter.hidden,
      phase: z.string().optional(),
      /** Only what failed in that run, in that way. */
      run: z.string().optional(),
      ...Page,
    }),
    z.object({ hits: z.array(CaseHit), nextCursor }),
  ],
  /** Newest first, at most 20 bundles, which `case.bundles` counts all of, and 100 jobs, which `jobs/list` has all of. */
  "case/get": [CaseRef, CaseDetail],
  "case/triage": [CaseRef, z.object({ job: Job })],
  "case/patch": [
    CaseRef.extend({
      tier: Tier.optional(),
      /** Name of a model of `models/list`. */
      model: z.string().optional(),
      budget: ChosenBudget.optional(),
      context: z.string().max(8000).optional(),
    }),
    z.object({ job: Job }),
  ],
  /** A proof of the same diff on the same trees does, unless it is to be made `anew`. */
  "case/verify": [CaseRef.extend({ anew: z.boolean().default(false) }), z.object({ job: Job })],
  "case/stop": [CaseRef, z.object({ stopped: z.array(z.string()) })],
  "case/decide": [
    CaseRef.extend({
      decision: z.enum(["accept", "reject"]),
      who: z.string().min(1),
      reason: z.string().default(""),
    }),
    z.object({ case: Case }),
  ],
  "case/diff": [CaseRef, z.object({ sha256: Sha256, diff: z.string(), proved: z.boolean() })],
  /**
   * Both sides of each file of the case's diff, or of another one that was recorded for the case. Without `files` the diff
   * can only be shown as it is; `problem` says why.
   */
  "case/review": [
    CaseRef.extend({ diff: Sha256.optional() }),
    z.object({
      sha256: Sha256,
      proved: z.boolean(),
      files: z.array(ReviewFile),
      problem: z.string().nullable(),
    }),
  ],
  /**
   * Makes another diff the case's own and asks for its proof: `diff` is one that an attempt or a proof of the case
   * recorded, less the hunks in `drop` (numbers from 1 within each file, in the diff's order).
   */
  "case/candidate": [
    CaseRef.extend({
      diff: Sha256,
      drop: z.array(z.object({ path: z.string(), hunk: z.int().positive() })).default([]),
    }),
    z.object({ case: Case, job: Job }),
  ],
  /** What is absent stays as it is; null takes the mark away. */
  "case/mark": [
    CaseRef.extend({
      ignored: z.boolean().optional(),
      snoozedUntil: Time.nullable().optional(),
      assignee: z.string().min(1).max(200).nullable().optional(),
      reason: z.string().max(2000).default(""),
    }),
    z.object({ case: Case }),
  ],
  /** `context` replaces what the next attempt is told, and keeps the earlier revisions; "" takes it away. */
  "case/note": [
    CaseRef.extend({
      kind: z.enum(["note", "context", "comment"]),
      text: z.string().max(8000),
      anchor: NoteAnchor.optional(),
      steers: z.boolean().default(false),
    }),
    z.object({ note: Note }),
  ],
  /** Newest first. */
  "case/notes": [CaseRef.extend(Page), z.object({ notes: z.array(Note), nextCursor })],
  /** Who did what when, newest first, as far as the facts that are kept tell. */
  "case/activity": [CaseRef.extend(Page), z.object({ activity: z.array(Activity), nextCursor })],
  /** The newest log of a build of the same port that went well; null, with the reason, when none is known. */
  "case/lastGood": [
    CaseRef,
    z.object({
      log: z.object({ sha256: Sha256, at: Time, source: z.string() }).nullable(),
      reason: z.string(),
    }),
  ],
} as const satisfies MethodTable;
