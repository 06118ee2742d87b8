import type { Job } from "../protocol/index.ts";
import { StaleLeaseError } from "../store/errors.ts";
import type { LeasedQueue } from "./queue.ts";

/** Between two signs of life, in milliseconds. */
export const beatMs = 5000;

interface HeartbeatOptions {
  job: Job;
  /** Aborted when the lease is lost. */
  controller: AbortController;
  queue: LeasedQueue;
  renewMs: number;
  now: () => number;
  log: (level: "error", text: string, cause: unknown) => void;
}

/** Who carries a job, as far as that can be told from outside. */
export interface Carried {
  job: Job;
  since: number;
  /** When all was last well with it: its lease could be prolonged, and nobody had told it to end. */
  heartbeatAt: number;
}

/** Prolongs a job's lease and remembers, in memory alone, when all was last well. */
export function startHeartbeat(options: HeartbeatOptions): Carried & Disposable {
  const { job, controller, queue, renewMs, now, log } = options;
  const carried: Carried = { job, since: now(), heartbeatAt: now() };
  let isRenewed = true;
  const renewing = setInterval(() => {
    try {
      queue.renew(job);
      isRenewed = true;
    } catch (error) {
      isRenewed = false;
      // Nobody else takes a job that runs here: a full disk must not cost the hours of a build.
      if (error instanceof StaleLeaseError) controller.abort(error);
      else log("error", `the lease of job ${job.id} could not be renewed`, error);
    }
  }, renewMs);
  const beating = setInterval(() => {
    if (isRenewed && !controller.signal.aborted) carried.heartbeatAt = now();
  }, beatMs);
  return Object.assign(carried, {
    [Symbol.dispose]: () => {
      clearInterval(renewing);
      clearInterval(beating);
    },
  });
}
