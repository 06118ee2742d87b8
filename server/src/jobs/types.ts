import type { Job, JobKind, Tier } from "../protocol/index.ts";

export interface JobRequest {
  kind: JobKind;
  caseId: string;
  /** `automation`, or a person's name. */
  requestedBy: string;
  tier?: Tier | undefined;
  context?: string | undefined;
}

export interface JobQueue {
  /**
   * Queues a job, or returns the one of that kind that is already waiting or running for the case.
   * Throws PortwrightError: notFound, badState (the case's state does not allow it), queueFull.
   */
  enqueue(request: JobRequest): Job;
  /** Cancels what waits and stops what runs for the case; the ids of those jobs. */
  stop(caseId: string, who: string): string[];
}
