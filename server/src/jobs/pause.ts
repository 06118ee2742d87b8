import { type Case, type Job, PortwrightError } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { until } from "./until.ts";

/**
 * Holds the work on a case: an attempt at its next turn, anything that waits where it is. It stays held, whatever becomes
 * of the server, until it is resumed or stopped. Throws PortwrightError badState when there is nothing to hold.
 */
export function pauseWork(store: Store, subject: Case): Job {
  return store.transact(() => {
    const jobs = unfinished(store, subject);
    const job =
      jobs.find(({ kind, state }) => kind === "patch" && state === "leased") ??
      jobs.find(({ state }) => state === "queued");
    if (job !== undefined) return change(job, true);
    const [running] = jobs;
    throw new PortwrightError(
      "badState",
      running === undefined
        ? `nothing runs or waits for ${subject.origin}: ask for an attempt first`
        : `a ${running.kind} of ${subject.origin} runs, which has no turns to wait at: let it end, or stop it`,
    );
  });
}

export function resumeWork(store: Store, subject: Case): Job {
  return store.transact(() => {
    const job = unfinished(store, subject).find(({ paused }) => paused);
    if (job !== undefined) return change(job, false);
    throw new PortwrightError("badState", `nothing of ${subject.origin} is paused`);
  });
}

/** Settles when the job is not paused, or no more; rejects with the signal's reason. */
export async function untilResumed(store: Store, jobId: string, signal: AbortSignal): Promise<void> {
  await until(store, () => store.job(jobId)?.paused !== true || undefined, signal);
}

const unfinished = (store: Store, { id }: Case): Job[] =>
  store.jobs({ caseId: id, states: ["queued", "leased"] }, { limit: 500 }).items;

function change({ paused: before = false, ...job }: Job, paused: boolean) {
  const changed: Job = { ...job, ...(paused && { paused }) };
  return {
    events: before === paused ? [] : [{ type: "job/changed" as const, payload: changed }],
    value: changed,
  };
}
