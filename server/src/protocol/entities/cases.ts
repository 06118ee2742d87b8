import { z } from "zod";
import { CaseState, Confidence, FailureClass, NoteKind, Platform, SearchField, Tier } from "../vocabulary.ts";
import { Sha256, Time } from "./base.ts";

export const Decision = z.object({
  tier: Tier,
  /** Tier before floors lowered it. */
  proposedTier: Tier,
  /** Names of the policy rules that led here, in order. */
  rules: z.array(z.string()),
  reason: z.string(),
  /** Recipe ids that match the evidence, best first. */
  recipes: z.array(z.string()),
  /** Recipes that match and are less sure than the tier asks; they act where a person asks. Absent when there are none. */
  unsure: z.array(z.string()).optional(),
  /** The port is built again unchanged by itself before a person is asked; absent where nobody is, or not before that. */
  rebuild: z.boolean().optional(),
});
export type Decision = z.infer<typeof Decision>;

/** What the diagnosis found, by rules or by a model. */
export const CaseTriage = z.object({
  platform: Platform,
  rootCause: z.string(),
  /** Lines of the failure's extract, checked to stand in it. */
  evidence: z.array(z.string()),
  /** "" for none. */
  suggestedFix: z.string(),
  confidence: Confidence,
});
export type CaseTriage = z.infer<typeof CaseTriage>;

export const Case = z.object({
  id: z.string(),
  target: z.string(),
  origin: z.string(),
  flavor: z.string(),
  state: CaseState,
  classification: FailureClass,
  confidence: Confidence,
  phase: z.string().nullable(),
  /** The root-cause line as the log gives it. */
  cause: z.string(),
  signature: z.string(),
  bundleId: z.string(),
  bundles: z.int(),
  /** How often it was opened, from 1: again when the port fails after it built, or in another way. Absent for once. */
  iteration: z.int().min(2).optional(),
  /** Its newest bundle before it was opened again; absent while it was opened once. */
  previousBundleId: z.string().optional(),
  decision: Decision.nullable(),
  /** Of the present failure; absent before its diagnosis, and for those made before it was kept. */
  triage: CaseTriage.optional(),
  attempts: z.int(),
  builds: z.int(),
  tokens: z.int(),
  /** The last attempt's diff; the proved one when state is `waiting` or later. */
  diffSha256: Sha256.nullable(),
  proofId: z.string().nullable(),
  /** What a person must know when the case was handed over. */
  handOver: z.string().nullable(),
  /** Package file name of the newest bundle; absent when no hook told it. */
  pkgname: z.string().optional(),
  /** As the port's Makefile names it; absent when no bundle held it, and where e-mail addresses are not kept. */
  maintainer: z.string().optional(),
  /** Ports that the newest run of the target that tried this one skipped because of it; absent for none. */
  blocked: z.int().nonnegative().optional(),
  /** Money spent on its attempts, millionths of the unit that prices are given in; absent for none. */
  costMicros: z.int().nonnegative().optional(),
  /** Person who looks after it; absent for nobody. */
  assignee: z.string().optional(),
  /** A person wants neither to see it nor to have work done on it. */
  ignored: z.boolean().optional(),
  /** Out of sight until then. */
  snoozedUntil: Time.optional(),
  /** What stands in the operator's repository; absent when nothing was delivered, or it was undone. */
  deliveryId: z.string().optional(),
  openedAt: Time,
  updatedAt: Time,
});
export type Case = z.infer<typeof Case>;

/** Something that happened to a case. */
export const Activity = z.object({
  /** Of this one alone. */
  id: z.string(),
  at: Time,
  /** A person, `automation`, `builder`, `server`, or PROVIDER/MODEL; "" where that is not known. */
  who: z.string(),
  what: z.enum([
    ...(["failed", "built", "became", "asked", "ended", "attempt", "proof"] as const),
    ...(["said", "decided", "steered", "answered", "delivered", "undid"] as const),
  ]),
  /** In words; untrusted text may be in it. */
  text: z.string(),
});
export type Activity = z.infer<typeof Activity>;

/** Place of a comment: a line of a file as the diff leaves it. */
export const NoteAnchor = z.object({
  diffSha256: Sha256,
  /** Path in DeltaPorts. */
  path: z.string(),
  line: z.int().positive(),
});
export type NoteAnchor = z.infer<typeof NoteAnchor>;

/** What a person says about a case; none is ever changed or removed. */
export const Note = z.object({
  /** Absent for those that were written before notes had one. */
  id: z.string().optional(),
  /** null: about the server as a whole. */
  caseId: z.string().nullable(),
  who: z.string(),
  text: z.string(),
  kind: NoteKind.optional(),
  at: Time.optional(),
  /** Of the case's context, from 1; only the newest revision is told to an attempt. */
  revision: z.int().positive().optional(),
  anchor: NoteAnchor.optional(),
  /** A comment that the next attempt is told. */
  steers: z.boolean().optional(),
});
export type Note = z.infer<typeof Note>;

/** A run of changed lines; `number` counts from 1 within its file, in the diff's order. */
export const ReviewHunk = z.object({
  number: z.int().positive(),
  /** Lines of either side, from 1, context included; where it has no line of a side, the line before. */
  oldStart: z.int().nonnegative(),
  oldLines: z.int().nonnegative(),
  newStart: z.int().nonnegative(),
  newLines: z.int().nonnegative(),
  /** First changed line, for a list. */
  text: z.string(),
});
export type ReviewHunk = z.infer<typeof ReviewHunk>;

/** One file of a diff, as a person reads it beside its original. */
export const ReviewFile = z.object({
  /** Path in DeltaPorts. */
  path: z.string(),
  status: z.enum(["added", "modified", "deleted"]),
  /** Content of either side; null where the file is not there. */
  original: Sha256.nullable(),
  patched: Sha256.nullable(),
  hunks: z.array(ReviewHunk),
});
export type ReviewFile = z.infer<typeof ReviewFile>;

/** Cases that have something in common, e.g. one signature. */
export const CaseGroup = z.object({
  /** Value to list the group's cases by; "" where it is not known, as of a maintainer. */
  key: z.string(),
  /** The key, but of a signature its newest case's cause. */
  label: z.string(),
  cases: z.int(),
  needsPerson: z.int(),
  /** Ports blocked by all of them together. */
  blocked: z.int(),
});
export type CaseGroup = z.infer<typeof CaseGroup>;

/** A failure that a search found, and the case that it is of. */
export const CaseHit = z.object({
  case: Case,
  /** The newest bundle of that failure: the case may have failed in another way since. */
  bundleId: z.string(),
  runId: z.string(),
  at: Time,
  classification: FailureClass,
  phase: z.string().nullable(),
  signature: z.string(),
  matched: SearchField,
  /** A line of the evidence with words that were looked for, at most 200 characters; nothing invisible is in it. */
  snippet: z.string(),
});
export type CaseHit = z.infer<typeof CaseHit>;
