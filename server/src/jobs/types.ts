import type { AttemptBudget, Job, JobKind, NewEvent, Tier } from "../protocol/index.ts";

export interface JobRequest {
  kind: JobKind;
  caseId: string;
  /** `automation`, or a person's name. */
  requestedBy: string;
  tier?: Tier | undefined;
  context?: string | undefined;
  /** For a proof: becomes the case's diff in the same step. */
  diffSha256?: string | undefined;
  /** By its name in the configuration. */
  model?: string | undefined;
  budget?: Partial<AttemptBudget> | undefined;
  /** For a repair: nothing but the proved fixes of the same failure is tried. */
  kin?: boolean | undefined;
  /** For a proof: builds even where the same one is there already. */
  anew?: boolean | undefined;
}

export interface JobQueue {
  /**
   * Queues a job, or returns the one of that kind that is already waiting or running for the case.
   * One that waits takes on the terms of this request. Throws PortwrightError: notFound, badState (the case's state does
   * not allow it, or the job runs on other terms), queueFull.
   */
  enqueue(request: JobRequest): Job;
  /** Cancels what waits and stops what runs for the case; the ids of those jobs. */
  stop(caseId: string, who: string): string[];
}

/** What a stage may do with the job it was given. */
export interface JobContext {
  readonly job: Job;
  /** Aborted when a person stops the job, the lease is lost, or the server ends. */
  readonly signal: AbortSignal;
  /** Appends facts; throws StaleLeaseError once another worker holds the job. */
  append(...events: NewEvent[]): void;
  /** True while a person holds the job. */
  held(): boolean;
  /** Settles as `wait` does; till then the job's place is free for another. */
  standAside<T>(wait: () => Promise<T>): Promise<T>;
  /** Appends the last facts and ends the job in one transaction, so that no crash makes its work be done again. */
  conclude(...events: NewEvent[]): void;
}

/** A job cannot be begun or gone on with now, for a reason that is not its own: it waits in the queue again. */
export class NotNow extends Error {
  /** Work was under way: as that may be what brought its host down, it may happen only so often in a row. */
  readonly hadBegun: boolean;
  constructor(why: string, cause: unknown, { hadBegun = false } = {}) {
    super(why, { cause });
    this.name = "NotNow";
    this.hadBegun = hadBegun;
  }
}

/** Carries one job to its end; throwing fails the job with the error's message (NotNow gives it back). It may run again until it concludes. */
export type StageHandler = (context: JobContext) => Promise<void>;
export type Stages = Partial<Record<JobKind, StageHandler>>;
