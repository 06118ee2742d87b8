import { z } from "zod";

/** What a builder says of one port in one run. */
export const ResultKind = z.enum(["built", "failed", "skipped", "ignored"]);
export type ResultKind = z.infer<typeof ResultKind>;

/** Root-cause classes; one a failure. `unknown` also stands for a log that does not hold its cause. */
export const FailureClass = z.enum([
  "compile-error",
  "configure-error",
  "link-error",
  "build-system-error",
  "patch-error",
  "plist-error",
  "stage-error",
  "stage-qa-error",
  "missing-dep",
  "dependency-conflict",
  "fetch-error",
  "fetch-checksum",
  "extract-error",
  "pkg-format",
  "test-error",
  "runtime-error",
  "license-error",
  "options-error",
  "timeout",
  "resource",
  "infrastructure",
  "unknown",
]);
export type FailureClass = z.infer<typeof FailureClass>;

export const Confidence = z.enum(["high", "medium", "low"]);
export type Confidence = z.infer<typeof Confidence>;

/** How far the agent may go unattended: AUTO acts, ASSIST waits for a person's word, MANUAL never acts. */
export const Tier = z.enum(["AUTO", "ASSIST", "MANUAL"]);
export type Tier = z.infer<typeof Tier>;

/**
 * The life of a case. `waiting` is a proved fix before a person's decision; `escalated` needs a person
 * because neither a rule nor a model settled it; `closed` means that the port builds again.
 */
export const CaseState = z.enum([
  "open",
  "triaged",
  "patching",
  "proving",
  "waiting",
  "escalated",
  "accepted",
  "rejected",
  "closed",
]);
export type CaseState = z.infer<typeof CaseState>;

export const JobKind = z.enum(["triage", "patch", "verify"]);
export type JobKind = z.infer<typeof JobKind>;

export const JobState = z.enum(["queued", "leased", "done", "failed", "cancelled"]);
export type JobState = z.infer<typeof JobState>;

export const RunState = z.enum(["active", "finished", "aborted"]);
export type RunState = z.infer<typeof RunState>;

/** How an attempt ended; `fixed` means that its own build passed and a proof was asked for. */
export const AttemptOutcome = z.enum([
  "fixed",
  "gave-up",
  "needs-context",
  "budget",
  "stalled",
  "stopped",
  "error",
]);
export type AttemptOutcome = z.infer<typeof AttemptOutcome>;

export const ProofVerdict = z.enum([
  "proved",
  "baseline-passes",
  "baseline-differs",
  "diff-rejected",
  "build-failed",
  "error",
]);
export type ProofVerdict = z.infer<typeof ProofVerdict>;

export const EnvironmentKind = z.enum(["bwrap", "plain"]);
export type EnvironmentKind = z.infer<typeof EnvironmentKind>;
