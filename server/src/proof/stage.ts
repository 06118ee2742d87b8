import type { LiveFeed } from "../agent/live/feed.ts";
import { Unhealthy } from "../environments/errors.ts";
import { NotNow, type StageHandler } from "../jobs/types.ts";
import {
  type Case,
  type NewEvent,
  PortwrightError,
  type Proof,
  type ProofVerdict,
  type ProofWishes,
} from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { caseChange } from "../tracker/lifecycle.ts";
import { type OtherFailure, type ProofSetup, prove } from "./prove.ts";
import { refuted } from "./refuted.ts";
import { standingProof } from "./standing.ts";

export interface VerifyStageOptions {
  store: Store;
  setup: Omit<ProofSetup, "blobs">;
  live: LiveFeed;
  /** What the policy asks of a fix of the case beside its build. */
  wishes?: (subject: Case) => ProofWishes;
  /** For what is kept of a build's log; default takes out secrets alone. */
  redact?: (text: string) => string;
}

/**
 * Proves the case's diff; the case then waits for a person, either with a proof or with what the proof found wrong, unless
 * the untouched port refutes the case itself. The same diff on the same trees is not built twice unless a person wants it to be.
 */
export function verifyStage(options: VerifyStageOptions): StageHandler {
  const { store, setup } = options;
  const { now } = setup;
  return async ({ job, signal, append, conclude }) => {
    const subject = requireCase(store, job.caseId);
    const { diffSha256 } = subject;
    if (diffSha256 === null) throw new PortwrightError("badState", `${subject.origin} has no diff to prove`);
    append(caseChange(subject, "proof-started", now()));
    const asks = options.wishes?.(subject);
    const standing = job.anew ? null : await standingProof(store, setup, subject, diffSha256, asks);
    if (standing !== null) {
      conclude(...conclusion(options, standing, null));
      return;
    }
    await orNotNow(setup.manager.ready(signal), signal, { hadBegun: false });
    const attempt = store.attemptsOf(subject.id).findLast((one) => one.diffSha256 === diffSha256);
    const { data } = await store.blobs.read(diffSha256);
    const attemptId = attempt?.id ?? "";
    using live = options.live.begin(subject.id, attemptId);
    let otherwise: OtherFailure | null = null;
    const proving = prove({
      ...setup,
      blobs: store.blobs,
      caseId: subject.id,
      attemptId,
      target: subject.target,
      origin: subject.origin,
      flavor: subject.flavor,
      expected: subject,
      asks,
      diff: data.toString("utf8"),
      signal,
      onPhase(phase) {
        live.phase(phase);
        append({ type: "build/phase", payload: { caseId: subject.id, attemptId, phase } });
      },
      onBuild: live.build,
      onOutput: live.output,
      onOtherFailure: (failure) => {
        otherwise = failure;
      },
    });
    const proof = await orNotNow(proving, signal, { hadBegun: true });
    conclude({ type: "proof/recorded", payload: proof }, ...conclusion(options, proof, otherwise));
  };
}

/** Verdicts that are about the untouched port. */
const against: readonly ProofVerdict[] = ["baseline-passes", "baseline-differs"];

/** Nothing for a case that went on while the proof ended: the record stands, for what it proved. */
function conclusion(
  { store, setup, redact }: VerifyStageOptions,
  proof: Proof,
  otherwise: OtherFailure | null,
): NewEvent[] {
  const at = setup.now();
  const subject = requireCase(store, proof.caseId);
  if (subject.state !== "proving") return [];
  if (proof.verdict === "proved")
    return [caseChange(subject, "proved", at, { proofId: proof.id, handOver: null })];
  const refutation = { proof, otherwise, redact, at, newId: setup.newId };
  const moved = against.includes(proof.verdict) ? refuted(store, subject, refutation) : null;
  if (moved !== null) return moved;
  const handOver = notProved(store, subject, proof);
  return [caseChange(subject, "escalate", at, { proofId: proof.id, handOver })];
}

/** Names what failed, and an earlier fix that a person may go back to. */
function notProved(store: Store, { id }: Case, { attemptId, diffSha256, verdict, reason }: Proof): string {
  const what =
    attemptId === ""
      ? `The candidate diff ${diffSha256.slice(0, 12)} is not proved`
      : "The attempt's own build passed, but its diff is not proved";
  const earlier = store
    .proofsOf(id)
    .findLast((one) => one.verdict === "proved" && one.diffSha256 !== diffSha256);
  const back = earlier && ` The diff that was proved before can be chosen again: ${earlier.diffSha256}.`;
  return `${what} (${verdict}): ${reason}.${back ?? ""}`;
}

function requireCase(store: Store, id: string) {
  const subject = store.case(id);
  if (subject === null) throw new PortwrightError("notFound", `case ${id} is gone`);
  return subject;
}

/** A proof tells faults of the machinery as its verdict; a host on which nothing can be built is not to be told of a diff. */
async function orNotNow<T>(work: Promise<T>, signal: AbortSignal, begun: { hadBegun: boolean }): Promise<T> {
  try {
    return await work;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Unhealthy)) throw error;
    throw new NotNow(error.message, error, begun);
  }
}
