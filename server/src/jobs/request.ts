import { type Case, type Job, type JobKind, PortwrightError } from "../protocol/index.ts";
import { type CaseAction, caseTransition } from "../tracker/lifecycle.ts";
import type { JobRequest } from "./types.ts";

/** What a job of each kind does to its case; a state that does not take it has no such job. */
const actions: Readonly<Record<JobKind, CaseAction>> = {
  triage: "triaged",
  patch: "patch-started",
  verify: "proof-started",
};

export function newJob(
  request: JobRequest,
  { id, lineage, queuedAt }: Pick<Job, "id" | "lineage" | "queuedAt">,
): Job {
  const { kind, caseId, requestedBy, tier = null, context = "", model, budget, kin, anew } = request;
  return {
    ...{ id, kind, caseId, state: "queued", requestedBy, tier, context, lineage, fence: 0 },
    ...(model !== undefined && { model }),
    ...(budget !== undefined && { budget }),
    ...(kin === true && { kin }),
    ...(anew === true && { anew }),
    ...{ leaseExpiresAt: null, error: null, queuedAt, endedAt: null },
  };
}

/**
 * A job that is there already, as this request wants it; the same one when it changes nothing. Throws PortwrightError
 * badState when the job runs and was begun on other terms.
 */
export function requested(job: Job, request: JobRequest): Job {
  const { tier, context, model, budget, anew = false } = request;
  const terms = Object.entries({ tier, context, model, budget, anew: anew || undefined }).filter(
    ([, value]) => value !== undefined,
  );
  const isPerson = request.requestedBy !== "automation";
  if (job.state === "queued") {
    // Who asks for it anew wants it to be done.
    const isMore = job.kin === true && request.kin !== true;
    if (terms.length === 0 && !(isPerson && job.paused) && !isMore) return job;
    const { paused: _, kin, ...rest } = job;
    return {
      ...rest,
      ...(kin === true && !isMore && { kin }),
      requestedBy: request.requestedBy,
      ...Object.fromEntries(terms),
    };
  }
  if (terms.length === 0) return job;
  throw new PortwrightError(
    "badState",
    `a ${job.kind} job of this case runs already: steer it, or stop it first to begin on other terms`,
  );
}

/** Throws PortwrightError badState, naming what is missing, for a case that takes no such job. */
export function checkState(subject: Case, kind: JobKind): void {
  const name = `${subject.origin}${subject.flavor === "" ? "" : `@${subject.flavor}`}`;
  if (caseTransition(subject.state, actions[kind]) === null) {
    throw new PortwrightError("badState", `${name} is ${subject.state}: there is nothing to ${kind}`);
  }
  if (kind === "patch" && subject.decision === null) {
    throw new PortwrightError("badState", `${name} has no diagnosis yet; run triage first`);
  }
  if (kind === "verify" && subject.diffSha256 === null) {
    throw new PortwrightError("badState", `${name} has no diff to verify; run a patch attempt first`);
  }
}
