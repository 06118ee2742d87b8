import { phases } from "../builders/phases.ts";
import type { BuildResult } from "../builders/types.ts";
import type { Environment } from "../environments/types.ts";
import type { Proof } from "../protocol/index.ts";
import type { ProofRequest } from "./prove.ts";

type Checks = NonNullable<Proof["checks"]>;
type KnownFailure = NonNullable<Checks["known"]>[number];

/** A check that fails on the untouched port. */
export interface FailingBefore extends KnownFailure {
  signature: string;
}

/**
 * Checks that fail on the untouched port already, where its build came so far that they could be made: a diff is not blamed
 * for them. What the port is known to fail in is not among them, as that is what the diff has to mend.
 */
export async function checksBefore(
  request: ProofRequest,
  environment: Environment,
  failedPhase: string | null,
): Promise<FailingBefore[]> {
  const { asks, expected } = request;
  const order: readonly string[] = phases;
  const targets = (asks?.checks ?? []).filter((target) => target !== expected.phase);
  if (failedPhase === null || order.indexOf(failedPhase) <= order.indexOf("stage")) return [];
  const failing: FailingBefore[] = [];
  for (const target of targets) {
    const { result, logSha256, signature } = await make(request, environment, [target]);
    if (signature !== "" && result.failedPhase === target) failing.push({ target, logSha256, signature });
  }
  return failing;
}

/**
 * Makes the targets that the policy asks for, on what the build left where its builder leaves it. One that fails as it did
 * before is passed over and named in `known`.
 */
export async function makeChecks(
  request: ProofRequest,
  environment: Environment,
  before: readonly FailingBefore[],
): Promise<{ checks: Checks; result: BuildResult }> {
  const targets = request.asks?.checks ?? [];
  const known: KnownFailure[] = [];
  for (let left = targets; ; ) {
    const { result, logSha256, signature } = await make(request, environment, left);
    const { passed, failedPhase } = result;
    const same = before.find((one) => one.target === failedPhase && one.signature === signature);
    if (same) known.push({ target: same.target, logSha256: same.logSha256 });
    left = same ? left.slice(left.indexOf(same.target) + 1) : [];
    if (left.length > 0) continue;
    const isMet = passed || same !== undefined;
    const phase = isMet ? null : failedPhase;
    const checks = { targets: [...targets], phase, passed: isMet, logSha256 };
    return { checks: known.length > 0 ? { ...checks, known } : checks, result };
  }
}

async function make(request: ProofRequest, environment: Environment, checks: readonly string[]) {
  const { origin, flavor, timeoutMs, signal, onPhase, onOutput } = request;
  const result = await request.builder.build({
    ...{ environment, origin, flavor, timeoutMs, signal, onOutput, ...(onPhase ? { onPhase } : {}) },
    ...{ until: "stage", resume: true, checks },
  });
  signal.throwIfAborted();
  const { sha256: logSha256 } = await request.blobs.putFile(result.logPath);
  return { result, logSha256, signature: await signatureOf(request, result) };
}

/** "" for a check that passed, or was ended by its time. */
async function signatureOf({ diagnose }: ProofRequest, result: BuildResult): Promise<string> {
  if (result.passed || result.timedOut) return "";
  return (await diagnose(result.logPath, result.failedPhase)).signature.id;
}

/** For the reviewer. */
export const knownFlags = (checks: Proof["checks"]): string[] =>
  (checks?.known ?? []).map(({ target }) => `${target} fails as it does without the diff`);
