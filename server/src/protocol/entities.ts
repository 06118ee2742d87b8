import { z } from "zod";
import {
  AttemptOutcome,
  CaseState,
  Confidence,
  EnvironmentKind,
  FailureClass,
  JobKind,
  JobState,
  ProofVerdict,
  ResultKind,
  RunState,
  Tier,
} from "./vocabulary.ts";

/** Milliseconds since the epoch. */
export const Time = z.int().nonnegative();
/** Lower-case hex SHA-256 of a blob's uncompressed content; the only handle by which content is read. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

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
  load: z.number(),
  slots: z.array(LiveSlot),
});
export type LiveRun = z.infer<typeof LiveRun>;

export const Signature = z.object({ version: z.int(), id: z.string(), key: z.string() });
export type Signature = z.infer<typeof Signature>;

/** One thing that a log line says, with what later stages need of it in `captures`. */
export const Finding = z.object({
  kind: z.string(),
  line: z.int().positive(),
  offset: z.int().nonnegative(),
  text: z.string(),
  phase: z.string().nullable(),
  file: z.string().optional(),
  symbol: z.string().optional(),
  captures: z.record(z.string(), z.string()),
  confidence: z.number().min(0).max(1),
  role: z.enum(["primary", "secondary", "terminal"]),
});
export type Finding = z.infer<typeof Finding>;

export const Diagnosis = z.object({
  classification: FailureClass,
  confidence: Confidence,
  phase: z.string().nullable(),
  reason: z.string(),
  cause: Finding.nullable(),
  findings: z.array(Finding),
  signature: Signature,
  /** Quoted log lines within the byte budget; untrusted text. */
  extract: z.string(),
  outcome: z.enum(["failed", "succeeded", "unknown"]),
  /** The log holds text that reads like orders to an agent. */
  injection: z.boolean(),
});
export type Diagnosis = z.infer<typeof Diagnosis>;

export const Artifact = z.object({
  /** Path inside the bundle, e.g. `logs/full.log` or `port/Makefile`. */
  name: z.string(),
  sha256: Sha256,
  bytes: z.int(),
});
export type Artifact = z.infer<typeof Artifact>;

export const Bundle = z.object({
  id: z.string(),
  runId: z.string(),
  target: z.string(),
  origin: z.string(),
  flavor: z.string(),
  pkgname: z.string(),
  diagnosis: Diagnosis,
  artifacts: z.array(Artifact),
  /** What intake found missing or damaged, in words for a person. */
  problems: z.array(z.string()),
  at: Time,
});
export type Bundle = z.infer<typeof Bundle>;

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

export const Decision = z.object({
  tier: Tier,
  /** Tier before floors lowered it. */
  proposedTier: Tier,
  /** Names of the policy rules that led here, in order. */
  rules: z.array(z.string()),
  reason: z.string(),
  /** Recipe ids that match the evidence, best first. */
  recipes: z.array(z.string()),
});
export type Decision = z.infer<typeof Decision>;

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
  decision: Decision.nullable(),
  attempts: z.int(),
  builds: z.int(),
  tokens: z.int(),
  /** The last attempt's diff; the proved one when state is `waiting` or later. */
  diffSha256: Sha256.nullable(),
  proofId: z.string().nullable(),
  /** What a person must know when the case was handed over. */
  handOver: z.string().nullable(),
  openedAt: Time,
  updatedAt: Time,
});
export type Case = z.infer<typeof Case>;

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
  /** Fencing number: grows at each lease, an older holder's writes are refused. */
  fence: z.int(),
  leaseExpiresAt: Time.nullable(),
  error: z.string().nullable(),
  queuedAt: Time,
  endedAt: Time.nullable(),
});
export type Job = z.infer<typeof Job>;

export const Attempt = z.object({
  id: z.string(),
  caseId: z.string(),
  jobId: z.string(),
  number: z.int().positive(),
  tier: Tier,
  provider: z.string(),
  model: z.string(),
  outcome: AttemptOutcome.nullable(),
  /** The agent's own closing words, or what stopped it. */
  summary: z.string(),
  turns: z.int(),
  builds: z.int(),
  usage: Usage,
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
});
export type Turn = z.infer<typeof Turn>;

export const Proof = z.object({
  id: z.string(),
  caseId: z.string(),
  attemptId: z.string(),
  verdict: ProofVerdict,
  reason: z.string(),
  environment: EnvironmentKind,
  builder: z.string(),
  diffSha256: Sha256,
  /** Commit of each tree that the proof started from. */
  trees: z.record(z.string(), z.string()),
  /** Hash of the composed inputs that the passing build used. */
  inputSha256: z.string(),
  baseline: z.object({ phase: z.string().nullable(), signature: z.string(), logSha256: Sha256 }).nullable(),
  build: z.object({ phase: z.string().nullable(), passed: z.boolean(), logSha256: Sha256 }).nullable(),
  /** Why a person should look twice: suspicious changes found in the diff. */
  flags: z.array(z.string()),
  startedAt: Time,
  endedAt: Time,
});
export type Proof = z.infer<typeof Proof>;
