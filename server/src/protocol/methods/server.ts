import { z } from "zod";
import { Time } from "../entities/base.ts";
import { Check } from "../entities/environments.ts";
import { LiveRun } from "../entities/runs.ts";
import { Confidence, EnvironmentKind, FailureClass, JobKind } from "../vocabulary.ts";
import { CaseRef, Empty, type MethodTable } from "./shared.ts";

/** How a journal was taken. */
const JournalStatus = z.object({
  /** Bytes taken, bytes there, lines that were damaged. */
  offset: z.int(),
  bytes: z.int(),
  damaged: z.int(),
  /** How often another one was in its place, or it had been cut, and was read from its start; absent for never. */
  restarts: z.int().optional(),
});
export type JournalStatus = z.infer<typeof JournalStatus>;

/** The way to a builder on another host; `refused` needs a person, who finds in `problem` what to do. */
export const BuilderLink = JournalStatus.extend({
  name: z.string(),
  address: z.string(),
  state: z.enum(["connecting", "connected", "waiting", "refused"]),
  problem: z.string().nullable(),
  retryAt: z.int().nullable(),
});
export type BuilderLink = z.infer<typeof BuilderLink>;

/**
 * How a model's endpoint is doing: `open` after too many failures in a row, when nobody asks it until `retryAt`;
 * `half-open` while one call tries it again.
 */
export const EndpointHealth = z.object({
  endpoint: z.string(),
  state: z.enum(["closed", "open", "half-open"]),
  /** Failed tries in a row. */
  failures: z.int().nonnegative(),
  retryAt: z.int().nullable(),
  /** What the last of them said; "" for none. */
  problem: z.string(),
});
export type EndpointHealth = z.infer<typeof EndpointHealth>;

/** A job that is being carried. */
export const Worker = z.object({
  jobId: z.string(),
  kind: JobKind,
  caseId: z.string(),
  origin: z.string(),
  flavor: z.string(),
  /** What it is at, for a person; "" where it does not tell. */
  stage: z.string(),
  since: Time,
  /** When its lease could last be kept and it was not told to end; about every 5 s while all is well. */
  heartbeatAt: Time,
  /** That was more than 15 s ago. */
  stale: z.boolean(),
});
export type Worker = z.infer<typeof Worker>;

/** Workers that wait for a job of these kinds. */
export const IdleWorkers = z.object({
  kinds: z.array(JobKind),
  /** How many; more than one only where they may carry the same kinds. */
  count: z.int().positive(),
  /** When the queue could last be looked at; about every 5 s while all is well. */
  heartbeatAt: Time,
  /** That was more than 15 s ago. */
  stale: z.boolean(),
});
export type IdleWorkers = z.infer<typeof IdleWorkers>;

export const ServerStatus = z.object({
  version: z.string(),
  state: z.string(),
  evidence: z.string(),
  seq: z.int(),
  journal: JournalStatus.extend({
    /** Why there is nothing to read, or no right to. */
    problem: z.string().optional(),
  }),
  cases: z.record(z.string(), z.int()),
  jobs: z.record(z.string(), z.int()),
  runs: z.int(),
  models: z.object({ triage: z.string().nullable(), patch: z.string().nullable() }),
  /** Endpoints of the models, as they did since the server started. */
  endpoints: z.array(EndpointHealth).optional(),
  workers: z.array(Worker).optional(),
  idle: z.array(IdleWorkers).optional(),
  environment: z.object({
    kind: EnvironmentKind,
    /** With kind `ssh`: of which kind those of the other host are; absent while it was not reached. */
    farKind: EnvironmentKind.optional(),
    note: z.string(),
    /** Why no build can be begun, which jobs wait for, and what to do. */
    problem: z.string().optional(),
  }),
  automation: z.boolean(),
  live: z.array(LiveRun).optional(),
  /** Builders on other hosts, as configured. */
  builders: z.array(BuilderLink).optional(),
  /** How a builder that died is noticed, for a person. */
  lockTest: z.string().optional(),
});
export type ServerStatus = z.infer<typeof ServerStatus>;

export const PolicyProblem = z.object({
  file: z.string(),
  line: z.int(),
  field: z.string(),
  message: z.string(),
});
export type PolicyProblem = z.infer<typeof PolicyProblem>;

export const ImportScore = z.object({
  logs: z.int(),
  labelled: z.int(),
  classRight: z.int(),
  /** Root cause found in an extract of 8, 2 and 1 KB; logs whose cause is not in them left out. */
  found: z.object({ of: z.int(), in8k: z.int(), in2k: z.int(), in1k: z.int() }),
  byClass: z.array(z.object({ classification: z.string(), logs: z.int(), right: z.int() })),
  misses: z.array(z.object({ log: z.string(), expected: z.string(), got: z.string(), found: z.boolean() })),
});
export type ImportScore = z.infer<typeof ImportScore>;

/** What pruning took out, or would. */
export const PruneReport = z.object({
  dryRun: z.boolean(),
  /** States that later ones have overtaken, and turns of attempts; the text of both in bytes. */
  events: z.int(),
  turns: z.int(),
  eventBytes: z.int(),
  /** Files of failures that are let go. */
  artifacts: z.int(),
  /** Contents that nothing names any more, and their size on disk. */
  contents: z.int(),
  contentBytes: z.int(),
  /** As `events/subscribe` tells it. */
  horizon: z.int(),
});
export type PruneReport = z.infer<typeof PruneReport>;

/** What a recipe's confidence is by its outcomes; `share` is the expected share of proved repairs, 0 to 1. */
const LearnedConfidence = z.object({
  confidence: Confidence,
  share: z.number(),
  proved: z.int(),
  failed: z.int(),
});

export const RecipeRow = LearnedConfidence.extend({
  id: z.string(),
  title: z.string(),
  classes: z.array(FailureClass),
  /** As its file says; the other figures are over all classes. */
  declared: Confidence,
  /** It only has words for a person. */
  advises: z.boolean(),
  /** The classes in which it was used; the confidence there goes by all outcomes until there are enough. */
  byClass: z.array(LearnedConfidence.extend({ classification: FailureClass })),
});
export type RecipeRow = z.infer<typeof RecipeRow>;

export const serverMethods = {
  initialize: [
    z.object({
      protocolVersions: z.array(z.int()).min(1),
      client: z.object({ name: z.string(), version: z.string() }),
      lastSeq: z.int().nonnegative().optional(),
    }),
    z.object({
      protocolVersion: z.int(),
      server: z.object({ name: z.string(), version: z.string() }),
      /** What this server can do; a client hides what is not named here. */
      capabilities: z.array(z.string()),
      seq: z.int(),
    }),
  ],
  status: [Empty, ServerStatus],
  shutdown: [Empty, Empty],
  /** Takes out what is over, as `retention` in the configuration says; nothing of a case that is open. */
  "state/prune": [z.object({ dryRun: z.boolean().default(false) }), PruneReport],
  /** Looks at everything that has to be in order: state, evidence, trees, environments, models, policy. */
  doctor: [Empty, z.object({ checks: z.array(Check) })],
  /** A report for who is asked for help: versions, configuration, checks, the end of the log; secrets taken out. */
  "diagnostics/collect": [Empty, z.object({ text: z.string() })],
  "evidence/import": [
    z.object({ path: z.string(), target: z.string().default("imported") }),
    z.object({
      bundles: z.array(
        z.object({
          log: z.string(),
          origin: z.string(),
          classification: FailureClass,
          phase: z.string().nullable(),
          cause: z.string(),
          signature: z.string(),
        }),
      ),
      score: ImportScore.nullable(),
    }),
  ],
  "policy/check": [
    Empty,
    z.object({
      problems: z.array(PolicyProblem),
      rules: z.int(),
      recipes: z.int(),
      prompts: z.int(),
      /** Absent on servers that know none. */
      playbooks: z.int().optional(),
    }),
  ],
  /** The policy that is in force; `folder` is where an operator edits it. */
  "policy/files": [
    Empty,
    z.object({ folder: z.string(), files: z.array(z.object({ path: z.string(), text: z.string() })) }),
  ],
  /** The recipes in force, and what their outcomes made of their confidence. */
  "policy/recipes": [Empty, z.object({ recipes: z.array(RecipeRow) })],
  /** How the policy sees the case now, rule by rule, in words for a person. */
  "policy/explain": [CaseRef, z.object({ text: z.string() })],
} as const satisfies MethodTable;
