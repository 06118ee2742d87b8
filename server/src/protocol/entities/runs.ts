import { z } from "zod";
import { ResultChange, ResultKind, RunState } from "../vocabulary.ts";
import { Time } from "./base.ts";

export const Target = z.object({ name: z.string(), firstSeenAt: Time });
export type Target = z.infer<typeof Target>;

export const ResultCounts = z.object({
  built: z.int(),
  failed: z.int(),
  skipped: z.int(),
  ignored: z.int(),
});
export type ResultCounts = z.infer<typeof ResultCounts>;

export const Run = z.object({
  id: z.string(),
  target: z.string(),
  profile: z.string(),
  state: RunState,
  startedAt: Time,
  endedAt: Time.nullable(),
  counts: ResultCounts,
  /** Successes that only fetched distfiles; they are in no count. */
  fetched: z.int().optional(),
  /** Name of the far builder that it ran on; absent for this host's own. */
  builder: z.string().optional(),
  /** What it was built for, e.g. `test` or `release`, as the configuration says of its profile. */
  buildType: z.string().optional(),
  /** Ports that the builder meant to look at when it began. */
  queued: z.int().nonnegative().optional(),
  /** What was checked out of each tree when it began, by `ports` (the tree that is built) and `overlay`, where git told. */
  trees: z.record(z.string(), z.object({ commit: z.string(), branch: z.string() })).optional(),
});
export type Run = z.infer<typeof Run>;

export const Result = z.object({
  runId: z.string(),
  target: z.string(),
  origin: z.string(),
  /** "" when the port has no flavor. */
  flavor: z.string(),
  kind: ResultKind,
  pkgname: z.string(),
  /** Failing phase, or "" when it did not fail or the builder did not say. */
  phase: z.string(),
  /** Skip chain or ignore reason as the builder words it. */
  reason: z.string(),
  at: Time,
  bundleId: z.string().nullable(),
  /** Seconds that the builder worked on it; absent when it did not say. */
  seconds: z.int().nonnegative().optional(),
  /** The success is of fetching distfiles and nothing was built. */
  fetchedOnly: z.boolean().optional(),
});
export type Result = z.infer<typeof Result>;

/** A port at whose door a skip lies, and its case on that target; null when it has none. */
export const SkipRoot = z.object({ origin: z.string(), flavor: z.string(), caseId: z.string().nullable() });
export type SkipRoot = z.infer<typeof SkipRoot>;

/** A result in the list of its run. */
export const ListedResult = Result.extend({
  /** Where it was skipped: the ports that have to build before it can. */
  heldUpBy: z.array(SkipRoot).optional(),
});
export type ListedResult = z.infer<typeof ListedResult>;

/** What became of a port on a target, as far as the runs that were looked at tell. */
export const PortHistory = z.object({
  target: z.string(),
  origin: z.string(),
  flavor: z.string(),
  caseId: z.string().nullable(),
  /** Newest result of any kind. */
  last: Result.nullable(),
  lastBuilt: Result.nullable(),
  /** Failure that came next after the last success; null when the port builds, or no success is known. */
  firstBad: Result.nullable(),
  /** How often it went from built to failed, or back. */
  flips: z.int().nonnegative(),
  /** Where it was skipped last: the ports that have to build before it can. */
  heldUpBy: z.array(SkipRoot).optional(),
  /** Newest first. */
  results: z.array(Result),
  /** That the target has older runs, which were not looked at; absent where it has none. */
  older: z.literal(true).optional(),
});
export type PortHistory = z.infer<typeof PortHistory>;

/** What one slot of a builder is at. */
export const LiveSlot = z.object({
  slot: z.string(),
  /** "" when it is idle. */
  origin: z.string(),
  flavor: z.string(),
  phase: z.string(),
  /** Lines of the port's log so far. */
  lines: z.int(),
  /** On this port; null when idle. */
  seconds: z.int().nullable(),
});
export type LiveSlot = z.infer<typeof LiveSlot>;

/** A run as its builder shows it at this moment; no fact of the stream, since it is old in seconds. */
export const LiveRun = z.object({
  runId: z.string(),
  target: z.string(),
  profile: z.string(),
  /** When the builder wrote this. */
  at: Time,
  /** Since the run began. */
  seconds: z.int(),
  queued: z.int(),
  remaining: z.int(),
  counts: ResultCounts,
  /** Packages an hour over the whole run, and lately. */
  perHour: z.int(),
  impulse: z.int(),
  /** Seconds until the queue is empty, by earlier durations or the present rate; absent when there are neither yet. */
  etaSeconds: z.int().nonnegative().optional(),
  load: z.number(),
  slots: z.array(LiveSlot),
});
export type LiveRun = z.infer<typeof LiveRun>;

/** What one port did in two runs; null where a run has no result of it. */
export const ComparedResult = z.object({
  origin: z.string(),
  flavor: z.string(),
  changes: z.array(ResultChange),
  left: Result.nullable(),
  right: Result.nullable(),
  /** Case of the port on the right run's target; null when there is none. */
  caseId: z.string().nullable(),
});
export type ComparedResult = z.infer<typeof ComparedResult>;

export const ComparisonCounts = z.record(ResultChange, z.int());
export type ComparisonCounts = z.infer<typeof ComparisonCounts>;
