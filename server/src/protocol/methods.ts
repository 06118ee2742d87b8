import { z } from "zod";
import { Attempt, Bundle, Case, Job, LiveRun, Proof, Run, Sha256, Turn } from "./entities.ts";
import { StoredEvent } from "./events.ts";
import { CaseState, EnvironmentKind, FailureClass, Tier } from "./vocabulary.ts";

/** Newest contract first; both sides pick the first one that the other knows. */
export const protocolVersions = [1] as const;

const CaseRef = z.object({
  /** A case id, or an origin with optional `@flavor` when only one case matches. */
  case: z.string().min(1),
  target: z.string().optional(),
});
const Page = { limit: z.int().min(1).max(500).default(100), cursor: z.string().optional() };
const Empty = z.object({});
const nextCursor = z.string().nullable();

export const CaseDetail = z.object({
  case: Case,
  bundles: z.array(Bundle),
  attempts: z.array(Attempt),
  proofs: z.array(Proof),
  jobs: z.array(Job),
});
export type CaseDetail = z.infer<typeof CaseDetail>;

/** The way to a builder on another host; `refused` needs a person, who finds in `problem` what to do. */
export const BuilderLink = z.object({
  name: z.string(),
  address: z.string(),
  state: z.enum(["connecting", "connected", "waiting", "refused"]),
  problem: z.string().nullable(),
  retryAt: z.int().nullable(),
  /** Of its journal: bytes taken, bytes there, lines that were damaged. */
  offset: z.int(),
  bytes: z.int(),
  damaged: z.int(),
});
export type BuilderLink = z.infer<typeof BuilderLink>;

export const ServerStatus = z.object({
  version: z.string(),
  state: z.string(),
  evidence: z.string(),
  seq: z.int(),
  journal: z.object({
    offset: z.int(),
    bytes: z.int(),
    damaged: z.int(),
    /** Why there is nothing to read, or no right to. */
    problem: z.string().optional(),
  }),
  cases: z.record(z.string(), z.int()),
  jobs: z.record(z.string(), z.int()),
  runs: z.int(),
  models: z.object({ triage: z.string().nullable(), patch: z.string().nullable() }),
  environment: z.object({ kind: EnvironmentKind, note: z.string() }),
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

export const EnvironmentInfo = z.object({
  name: z.string(),
  kind: EnvironmentKind,
  target: z.string(),
  root: z.string(),
  trees: z.record(z.string(), z.object({ commit: z.string(), dirty: z.boolean() })),
  createdAt: z.int(),
});
export type EnvironmentInfo = z.infer<typeof EnvironmentInfo>;

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

/** Requests: name to [parameters, result]. A missing handler does not compile (see rpc/). */
export const methods = {
  initialize: [
    z.object({
      protocolVersions: z.array(z.int()).min(1),
      client: z.object({ name: z.string(), version: z.string() }),
      lastSeq: z.int().nonnegative().optional(),
    }),
    z.object({
      protocolVersion: z.int(),
      server: z.object({ name: z.string(), version: z.string() }),
      capabilities: z.array(z.string()),
      seq: z.int(),
    }),
  ],
  status: [Empty, ServerStatus],
  shutdown: [Empty, Empty],
  "runs/list": [
    z.object({ target: z.string().optional(), ...Page }),
    z.object({ runs: z.array(Run), nextCursor }),
  ],
  /** Active runs as their builders show them just now; those that cannot be looked at are left out. */
  "runs/live": [Empty, z.object({ runs: z.array(LiveRun) })],
  "cases/list": [
    z.object({
      target: z.string().optional(),
      state: CaseState.optional(),
      classification: FailureClass.optional(),
      text: z.string().optional(),
      ...Page,
    }),
    z.object({ cases: z.array(Case), total: z.int(), nextCursor }),
  ],
  "case/get": [CaseRef, CaseDetail],
  "case/triage": [CaseRef, z.object({ job: Job })],
  "case/patch": [
    CaseRef.extend({ tier: Tier.optional(), context: z.string().max(8000).optional() }),
    z.object({ job: Job }),
  ],
  "case/verify": [CaseRef, z.object({ job: Job })],
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
  "session/get": [
    CaseRef.extend({ attempt: z.int().positive().optional(), afterTurn: z.int().nonnegative().default(0) }),
    z.object({ attempt: Attempt, turns: z.array(Turn) }),
  ],
  "jobs/list": [z.object({ ...Page }), z.object({ jobs: z.array(Job), nextCursor })],
  "events/list": [
    z.object({ after: z.int().nonnegative(), limit: z.int().min(1).max(1000).default(200) }),
    z.object({ events: z.array(StoredEvent), seq: z.int() }),
  ],
  /** Replay after `after`, then live `events/batch` notifications on this connection. */
  "events/subscribe": [
    z.object({ after: z.int().nonnegative() }),
    z.object({ subscription: z.string(), seq: z.int() }),
  ],
  /** At most 256 KiB of a blob's uncompressed content, base64. */
  "artifact/read": [
    z.object({
      sha256: Sha256,
      offset: z.int().nonnegative().default(0),
      length: z.int().min(1).max(262144).default(262144),
    }),
    z.object({ data: z.string(), bytes: z.int(), eof: z.boolean() }),
  ],
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
    z.object({ problems: z.array(PolicyProblem), rules: z.int(), recipes: z.int(), prompts: z.int() }),
  ],
  "env/list": [Empty, z.object({ environments: z.array(EnvironmentInfo) })],
  "env/create": [
    z.object({
      name: z
        .string()
        .regex(
          /^[a-z0-9][a-z0-9-]{0,39}$/,
          "at most 40 lower-case letters, digits and hyphens, no hyphen first",
        ),
      target: z.string().optional(),
    }),
    EnvironmentInfo,
  ],
  "env/destroy": [z.object({ name: z.string() }), Empty],
  "env/doctor": [
    Empty,
    z.object({ checks: z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string() })) }),
  ],
} as const satisfies Record<string, readonly [z.ZodType, z.ZodType]>;

export type MethodName = keyof typeof methods;
/** Parameters as a caller writes them (defaults may be left out). */
export type CallParams<M extends MethodName> = z.input<(typeof methods)[M][0]>;
/** Parameters as a handler receives them. */
export type Params<M extends MethodName> = z.output<(typeof methods)[M][0]>;
export type MethodResult<M extends MethodName> = z.output<(typeof methods)[M][1]>;

/** Server to client; a batch is in order, gapless within a subscription, at most 256 KiB. */
export const notifications = {
  "events/batch": z.object({ subscription: z.string(), events: z.array(StoredEvent) }),
  /** Progress of the request with this id; text is for a person. */
  progress: z.object({ token: z.string(), text: z.string() }),
} as const;
export type NotificationName = keyof typeof notifications;
export type NotificationParams<N extends NotificationName> = z.output<(typeof notifications)[N]>;
