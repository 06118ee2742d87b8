import { type Case, type Job, type JobKind, type NewEvent, PortwrightError } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { type CaseAction, caseTransition } from "../tracker/lifecycle.ts";
import type { JobQueue, JobRequest } from "./types.ts";

export interface QueueOptions {
  store: Store;
  /** Milliseconds since the epoch. */
  now: () => number;
  newId: () => string;
  /** Jobs that may wait at once; one more is refused. */
  limit: number;
  leaseMs: number;
  /** Times a job may be leased before it is given up: a job that takes the server down must not do so for ever. */
  maxLeases: number;
}

/** What a job of each kind does to its case; a state that does not take it has no such job. */
const actions: Readonly<Record<JobKind, CaseAction>> = {
  triage: "triaged",
  patch: "patch-started",
  verify: "proof-started",
};

const unfinished = ["queued", "leased"] as const;

/** The queue's state is the job projection alone; leases carry a fencing number that grows with each lease. */
export class LeasedQueue implements JobQueue {
  readonly #options: QueueOptions;
  /** Stops the running job of this id. */
  readonly running = new Map<string, AbortController>();

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  enqueue(request: JobRequest): Job {
    const { store, now, newId, limit } = this.#options;
    return store.transact(() => {
      const subject = store.case(request.caseId);
      if (subject === null) throw new PortwrightError("notFound", `no case ${request.caseId}`);
      const jobs = store.jobs({ caseId: subject.id }, { limit: 500 }).items;
      const same = jobs.filter((job) => job.kind === request.kind);
      const pending = same.find((job) => job.state === "queued" || job.state === "leased");
      if (pending !== undefined) return { events: [], value: pending };
      this.#checkState(subject, request.kind);
      const waiting = store.jobCounts().queued ?? 0;
      if (waiting >= limit) {
        throw new PortwrightError(
          "queueFull",
          `the queue holds ${waiting} waiting jobs, its limit (automation.queueLimit); try again when some are done`,
        );
      }
      const job: Job = {
        id: newId(),
        kind: request.kind,
        caseId: subject.id,
        state: "queued",
        requestedBy: request.requestedBy,
        tier: request.tier ?? null,
        context: request.context ?? "",
        lineage: same.length + 1,
        fence: 0,
        leaseExpiresAt: null,
        error: null,
        queuedAt: now(),
        endedAt: null,
      };
      return { events: [changed(job)], value: job };
    });
  }

  stop(caseId: string, who: string): string[] {
    const { store, now } = this.#options;
    const jobs = store.jobs({ caseId, states: unfinished }, { limit: 500 }).items;
    for (const job of jobs) {
      const controller = this.running.get(job.id);
      if (controller === undefined) {
        store.append([changed({ ...job, state: "cancelled", error: `stopped by ${who}`, endedAt: now() })]);
      } else controller.abort(new Error(`stopped by ${who}`));
    }
    return jobs.map((job) => job.id);
  }

  /** The oldest job that waits or whose lease has run out, leased anew; null when there is none. */
  lease(kinds: readonly JobKind[]): Job | null {
    const { store, now, leaseMs, maxLeases } = this.#options;
    return store.transact<Job | null>(() => {
      const at = now();
      const candidates = everyJob(store, unfinished)
        .filter((job) => kinds.includes(job.kind))
        .filter((job) => job.state === "queued" || (job.leaseExpiresAt ?? 0) <= at)
        .filter((job) => !this.running.has(job.id));
      const job = candidates.at(-1);
      if (job === undefined) return { events: [], value: null };
      if (job.fence >= maxLeases) {
        const error = `given up: begun ${job.fence} times and never finished; the server's log says more`;
        return { events: [changed({ ...job, state: "failed", error, endedAt: at })], value: null };
      }
      const leased: Job = { ...job, state: "leased", fence: job.fence + 1, leaseExpiresAt: at + leaseMs };
      return { events: [changed(leased)], value: leased };
    });
  }

  /** Prolongs a lease that is still held. Throws StaleLeaseError when it is not. */
  renew(job: Job): void {
    const { store, now, leaseMs } = this.#options;
    const held = { ...job, state: "leased" as const, leaseExpiresAt: now() + leaseMs };
    store.append([changed(held)], { fence: { jobId: job.id, fence: job.fence } });
  }

  /** Ends a job whose lease is still held; `error` is null when all went well. */
  finish(job: Job, state: "done" | "failed" | "cancelled", error: string | null): void {
    const { store, now } = this.#options;
    const ended = { ...job, state, error, leaseExpiresAt: null, endedAt: now() };
    store.append([changed(ended)], { fence: { jobId: job.id, fence: job.fence } });
  }

  /** Gives a held job back, to be leased by the next server. */
  release(job: Job): void {
    const { store } = this.#options;
    const queued = { ...job, state: "queued" as const, leaseExpiresAt: null };
    store.append([changed(queued)], { fence: { jobId: job.id, fence: job.fence } });
  }

  /** At start the store's lock proves that no other server lives, so every lease is a dead one's. */
  recover(): number {
    const { store } = this.#options;
    const dead = everyJob(store, ["leased"]);
    if (dead.length > 0)
      store.append(dead.map((job) => changed({ ...job, state: "queued", leaseExpiresAt: null })));
    return dead.length;
  }

  #checkState(subject: Case, kind: JobKind): void {
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
}

/** Newest first. */
function everyJob(store: Store, states: readonly Job["state"][]): Job[] {
  const jobs: Job[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = store.jobs({ states }, { limit: 500, cursor });
    jobs.push(...page.items);
    cursor = page.nextCursor;
  }
  return jobs;
}

function changed(job: Job): NewEvent {
  return { type: "job/changed", payload: job };
}
