import { createHash } from "node:crypto";
import type { Builder, BuildResult } from "../builders/types.ts";
import { Unhealthy } from "../environments/errors.ts";
import type { Environment, EnvironmentManager } from "../environments/types.ts";
import type { Diagnosis, FailureClass, Proof, ProofVerdict, ProofWishes } from "../protocol/index.ts";
import type { BlobStore } from "../store/types.ts";
import { checksBefore, type FailingBefore, knownFlags, makeChecks } from "./checks.ts";
import { brokenFlags, buildDependents, type Dependents } from "./dependents.ts";
import { lintDiff, refuseDiff } from "./lint.ts";
import { sealed } from "./record.ts";
import { sameFailure } from "./sameFailure.ts";
import { toolVersions } from "./tools.ts";
import type { SourceTrees } from "./trees.ts";

/** What every proof of a server is made with. */
export interface ProofSetup {
  manager: EnvironmentManager;
  builder: Builder;
  blobs: BlobStore;
  /** Where the trees' contents are known; their hashes are left out without it. */
  trees?: SourceTrees | undefined;
  /** Of Portwright. */
  version?: string | undefined;
  /** Distils the log of a build (a host path) into what failed. */
  diagnose: (logPath: string, failedPhase: string | null) => Promise<Diagnosis>;
  /** Without it no dependents are built. */
  dependents?: Dependents | undefined;
  /** Limit of each build. */
  timeoutMs: number;
  now: () => number;
  newId: () => string;
}

export interface ProofRequest extends ProofSetup {
  caseId: string;
  attemptId: string;
  /** Of the proof that this one repeats. */
  repeats?: string | undefined;
  target: string;
  origin: string;
  /** "" when unflavored. */
  flavor: string;
  /** How the port is known to fail without the diff. */
  expected: { signature: string; phase: string | null; classification: FailureClass };
  /** Against DeltaPorts; the one thing that the proof takes from an attempt. */
  diff: string;
  signal: AbortSignal;
  onPhase?: (phase: string) => void;
  /** What the policy asks beside the build. */
  asks?: ProofWishes | undefined;
  /** The first build is without the diff, the second one with it; later ones are of ports that depend on it. */
  onBuild?: (number: number) => void;
  onOutput?: (chunk: Uint8Array) => void;
  onOtherFailure?: (failure: OtherFailure) => void;
}

/** How the port fails without the diff, which is not how it was expected to. */
export interface OtherFailure {
  diagnosis: Diagnosis;
  logBytes: number;
}

/** Where a proof stops before its end. */
class Verdict extends Error {
  readonly verdict: ProofVerdict;
  constructor(verdict: ProofVerdict, reason: string) {
    super(reason);
    this.verdict = verdict;
  }
}

/**
 * Decides, from the diff alone, whether it mends the port: in one clean environment the port must fail as
 * it did, in another one it must build with the diff. Every outcome is a record, faults of the machinery
 * included (`error`); only an aborted signal throws, and Unhealthy where its host falls out. Environments do not outlive the call.
 */
export async function prove(request: ProofRequest): Promise<Proof> {
  const { diff, origin, newId, now } = request;
  const { signature, phase, classification } = request.expected;
  const id = newId();
  const startedAt = now();
  const record: Omit<Proof, "verdict" | "reason" | "endedAt"> = {
    id,
    caseId: request.caseId,
    attemptId: request.attemptId,
    ...(request.repeats !== undefined && { repeats: request.repeats }),
    environment: request.manager.kind,
    builder: request.builder.name,
    ...{ target: request.target, origin, flavor: request.flavor },
    expected: { signature, phase, classification },
    diffSha256: await request.blobs.put(Buffer.from(diff)),
    trees: {},
    inputSha256: "",
    baseline: null,
    build: null,
    flags: lintDiff(diff, origin),
    ...(request.asks && { asked: request.asks }),
    startedAt,
  };
  let before: FailingBefore[] = [];
  let verdict: ProofVerdict = "proved";
  let reason = "fails the same way without the diff, builds with it";
  try {
    const refused = refuseDiff(diff, origin);
    if (refused !== null) throw new Verdict("diff-rejected", refused);
    await inEnvironment(request, id, "baseline", async (environment) => {
      record.trees = { ...environment.commits };
      if (environment.farKind !== undefined) record.farKind = environment.farKind;
      record.treeHashes = await treeHashes(request, record.trees);
      record.tools = await toolVersions(request, environment);
      request.onBuild?.(1);
      await checkBaseline(request, environment, (baseline) => {
        record.baseline = baseline;
        record.baselineInputSha256 = environment.composedInput(origin) ?? "";
      });
      before = await checksBefore(request, environment, record.baseline?.phase ?? null);
    });
    await inEnvironment(request, id, "build", async (environment) => {
      requireSamePlace(record, environment);
      record.flags = await applyDiff(environment, diff, origin);
      request.onBuild?.(2);
      const { result, logSha256 } = await composeAndBuild(request, environment, "diff-rejected");
      record.inputSha256 = result.inputSha256;
      record.build = { phase: result.failedPhase, passed: result.passed, logSha256 };
      if (!result.passed) throw new Verdict("build-failed", describe(result, "with the diff"));
      await check(request, environment, before, record);
      if (!request.asks?.dependents) return;
      record.dependents = await buildDependents(request, environment, record.trees);
      record.flags = [...record.flags, ...brokenFlags(record.dependents)];
    });
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof Unhealthy) throw error;
    verdict = error instanceof Verdict ? error.verdict : "error";
    reason = error instanceof Error ? error.message : String(error);
  }
  return sealed({ ...record, verdict, reason, endedAt: now() });
}

async function treeHashes(
  { trees }: ProofRequest,
  commits: Record<string, string>,
): Promise<Record<string, string>> {
  const hashes = Object.entries(commits).map(async ([tree, commit]) => {
    const hash = await trees?.hash(tree, commit);
    return hash ? [[tree, hash]] : [];
  });
  return Object.fromEntries((await Promise.all(hashes)).flat());
}

async function checkBaseline(
  request: ProofRequest,
  environment: Environment,
  record: (baseline: Proof["baseline"]) => void,
): Promise<void> {
  const { result, logSha256, logBytes } = await composeAndBuild(request, environment, "baseline-differs");
  if (result.passed)
    throw new Verdict("baseline-passes", "the port builds without the diff in a clean environment");
  if (result.timedOut) throw new Verdict("baseline-differs", describe(result, "without the diff"));
  const found = await request.diagnose(result.logPath, result.failedPhase);
  const signature = found.signature.id;
  record({ phase: result.failedPhase, signature, logSha256 });
  const difference = sameFailure(request.expected, { ...found, signature });
  if (difference === null) return;
  request.onOtherFailure?.({ diagnosis: found, logBytes });
  throw new Verdict("baseline-differs", difference);
}

async function composeAndBuild(
  request: ProofRequest,
  environment: Environment,
  whenRejected: ProofVerdict,
): Promise<{ result: BuildResult; logSha256: string; logBytes: number }> {
  const { origin, flavor, timeoutMs, signal, onPhase, onOutput } = request;
  const composed = await environment.compose(origin);
  const [reject] = composed.rejects;
  if (reject) throw new Verdict(whenRejected, `${origin} does not compose: ${reject.file}: ${reject.hunks}`);
  const result = await request.builder.build({
    environment,
    origin,
    flavor,
    timeoutMs,
    signal,
    ...(onPhase ? { onPhase } : {}),
    onOutput,
  });
  signal.throwIfAborted();
  const { sha256, bytes } = await request.blobs.putFile(result.logPath);
  return { result, logSha256: sha256, logBytes: bytes };
}

async function check(
  request: ProofRequest,
  environment: Environment,
  before: readonly FailingBefore[],
  record: Pick<Proof, "checks" | "flags">,
): Promise<void> {
  if (!request.asks?.checks.length) return;
  const { checks, result } = await makeChecks(request, environment, before);
  record.checks = checks;
  record.flags = [...record.flags, ...knownFlags(checks)];
  if (!checks.passed) throw new Verdict("build-failed", describe(result, "with the diff, checked strictly,"));
}

/** Returns the flags. What git made of the diff is judged again: it may read one otherwise than we do. */
async function applyDiff(environment: Environment, diff: string, origin: string): Promise<string[]> {
  try {
    await environment.applyDiff(diff);
  } catch (error) {
    if (error instanceof Unhealthy) throw error;
    throw new Verdict("diff-rejected", error instanceof Error ? error.message : String(error));
  }
  const applied = await environment.diff();
  const refused = refuseDiff(applied, origin);
  if (refused !== null) throw new Verdict("diff-rejected", refused);
  return lintDiff(applied, origin);
}

/** Both builds must start from the same commits, kept apart in the same way, or the difference between them would not be the diff. */
function requireSamePlace(
  { trees, farKind }: Pick<Proof, "trees" | "farKind">,
  environment: Environment,
): void {
  for (const [tree, commit] of Object.entries(environment.commits))
    if (trees[tree] !== commit)
      throw new Error(`${tree} moved to another commit during the proof; prove it again`);
  if (environment.farKind !== farKind)
    throw new Error("the other host took another kind of environment during the proof; prove it again");
}

function describe(result: BuildResult, how: string): string {
  const what = result.timedOut ? "ran out of time" : "fails";
  return `the build ${how} ${what} in ${result.failedPhase ?? "an unknown phase"}`;
}

async function inEnvironment(
  request: ProofRequest,
  proofId: string,
  role: "baseline" | "build",
  work: (environment: Environment) => Promise<void>,
): Promise<void> {
  const short = createHash("sha256").update(proofId).digest("hex").slice(0, 16);
  const { manager, target, signal } = request;
  const environment = await manager.create({ name: `proof-${short}-${role}`, target, signal });
  try {
    await work(environment);
  } finally {
    await environment.destroy();
  }
}
