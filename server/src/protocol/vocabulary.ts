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

/** Where a failure comes from: this system's own overlay or behaviour, the upstream tree, or neither. */
export const Platform = z.enum(["dragonfly-specific", "freebsd-upstream", "generic", "unknown"]);
export type Platform = z.infer<typeof Platform>;

/** How far the agent may go unattended: AUTO acts, ASSIST waits for a person's word, MANUAL never acts. */
export const Tier = z.enum(["AUTO", "ASSIST", "MANUAL"]);
export type Tier = z.infer<typeof Tier>;

/**
 * The life of a case. `waiting` is a proved fix before a person's decision; `escalated` needs a person
 * because neither a rule nor a model settled it; `delivered` stands in the operator's repository; `closed` means that the
 * port builds again.
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
  "delivered",
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

/** The parts of what an attempt is told first. */
export const BriefingPart = z.enum([
  "triage",
  "porter",
  "evidence",
  "automation",
  "playbooks",
  "attempts",
  "overlay",
  "upstream",
  "siblings",
]);
export type BriefingPart = z.infer<typeof BriefingPart>;

export const ProofVerdict = z.enum([
  "proved",
  "baseline-passes",
  "baseline-differs",
  "diff-rejected",
  "build-failed",
  "error",
]);
export type ProofVerdict = z.infer<typeof ProofVerdict>;

export const EnvironmentKind = z.enum(["bwrap", "chroot", "command", "plain", "ssh"]);
export type EnvironmentKind = z.infer<typeof EnvironmentKind>;

/** What a check of the server's health looks at; those up to `disk` decide whether anything may be built at all. */
export const CheckKind = z.enum([
  "kind-available",
  "network",
  "secrets",
  "upstream",
  "confinement",
  "writable",
  "privileges",
  "limits",
  "tools",
  "disk",
  "time-limit",
  "trees",
  "leftovers",
  "state",
  "evidence",
  "hooks",
  "builders",
  "plugins",
  "models",
  "workers",
  "policy",
  "delivery",
]);
export type CheckKind = z.infer<typeof CheckKind>;

/** What a note is: a decision, a mark such as "ignored", what the next attempt should know, a comment on a diff. */
export const NoteKind = z.enum(["note", "context", "comment", "decision", "mark"]);
export type NoteKind = z.infer<typeof NoteKind>;

export const CaseGrouping = z.enum(["target", "class", "signature", "category", "maintainer"]);
export type CaseGrouping = z.infer<typeof CaseGrouping>;

/** Order of a list of cases: most blocked ports first, what needs a person first, newest first, by name. */
export const CaseOrder = z.enum(["impact", "attention", "newest", "origin"]);
export type CaseOrder = z.infer<typeof CaseOrder>;

/** Where a search found its words, best first. */
export const SearchField = z.enum(["port", "cause", "evidence"]);
export type SearchField = z.infer<typeof SearchField>;

/** From the left run to the right one; a port may have a changed version beside one of the others. */
export const ResultChange = z.enum([
  "newly-failed",
  "fixed",
  "still-failing",
  "newly-skipped",
  "version-changed",
  "only-left",
  "only-right",
]);
export type ResultChange = z.infer<typeof ResultChange>;

/** `steer` enters at the next turn; `queue` is told when the attempt would end, or to the next attempt. */
export const SteeringMode = z.enum(["steer", "queue"]);
export type SteeringMode = z.infer<typeof SteeringMode>;

/** `dropped`: the work on the case ended before it could be told. */
export const SteeringState = z.enum(["waiting", "delivered", "dropped"]);
export type SteeringState = z.infer<typeof SteeringState>;

/** What an agent can call; a model is told of those that do the single steps of the others. */
export const ToolName = z.enum([
  "env_verify",
  "list_dir",
  "get_file",
  "put_file",
  "replace_in_file",
  "grep",
  "materialize",
  "extract",
  "patch_phase",
  "dupe",
  "genpatch",
  "install_patches",
  "port_query",
  "build",
  "build_log",
  "emit_diff",
  "finish",
]);
export type ToolName = z.infer<typeof ToolName>;

/** `dropped`: the call was not made after all, or the attempt ended before a person answered. */
export const ApprovalState = z.enum(["waiting", "approved", "rejected", "dropped"]);
export type ApprovalState = z.infer<typeof ApprovalState>;

export const DeliveryState = z.enum(["applied", "undone"]);
export type DeliveryState = z.infer<typeof DeliveryState>;
