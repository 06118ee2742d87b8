import { isHidden } from "../protocol/attention.ts";
import {
  type Case,
  type CaseState,
  type Job,
  type JobKind,
  type NewEvent,
  PortwrightError,
} from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { caseChange } from "../tracker/lifecycle.ts";
import { everyJob, unfinished } from "./everyJob.ts";
import { createGroupCheck } from "./groups.ts";
import { checkState, newJob, requested } from "./request.ts";
import type { JobQueue, JobRequest } from "./types.ts";

export interface QueueOptions {
  store: Store;
  /** Milliseconds since the epoch. */
  now: () => number;
  newId: () => string;
  /** Jobs that may wait at once; one more is refused. */
  limit: number;
  leaseMs: number;
  /** Times in a row that a job may be leased without getting on before it is given up: a job that takes the server down must not do so for ever. */
  maxLeases: number;
  /** Tells of a job that nobody asked for that it has to wait, for as long as what it needs is not there. */
  waits?: (job: Job) => boolean;
  /** The same of a job, whoever asked for it. */
  mustWait?: (job: Job) => boolean;
}

/** States that a case does not leave by itself when its job of that kind ends without having done its work. */
const leftBehind: Readonly<Record<JobKind, readonly CaseState[]>> = {
  triage: ["open"],
  patch: ["triaged", "patching"],
  verify: ["proving"],
};

/** A person ended a job. */
class JobStopped extends Error {}

/** The builder told something new about the case, to which a job's work no longer applies; nobody has to act on that. */
class CaseMovedOn extends Error {}

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
      const found = store.case(request.caseId);
      if (found === null) throw new PortwrightError("notFound", `no case ${request.caseId}`);
      const { diffSha256 } = request;
      const subject = diffSha256 === undefined ? found : { ...found, diffSha256 };
      const given: NewEvent[] =
        diffSha256 === undefined
          ? []
          : [caseChange(subject, "proof-started", now(), { proofId: null, handOver: null })];
      const jobs = store.jobs({ caseId: subject.id }, { limit: 500 }).items;
      const same = jobs.filter((job) => job.kind === request.kind);
      const pending = same.find(
        (job) => job.state === "queued" || (job.state === "leased" && !this.#isEnding(job)),
      );
      if (pending !== undefined) {
        const wanted = requested(pending, request);
        return { events: [...given, ...(wanted === pending ? [] : [changed(wanted)])], value: wanted };
      }
      checkState(subject, request.kind);
      const waiting = store.jobCounts().queued ?? 0;
      if (waiting >= limit) {
        throw new PortwrightError(
          "queueFull",
          `the queue holds ${waiting} waiting jobs, its limit (automation.queueLimit); try again when some are done`,
        );
      }
      const job = newJob(request, { id: newId(), lineage: same.length + 1, queuedAt: now() });
      return { events: [...given, changed(job)], value: job };
    });
  }

  stop(caseId: string, who: string): string[] {
    return this.#end(caseId, () => true, new JobStopped(`stopped by ${who}`));
  }

  /**
   * Ends the work that a case has outrun: a repair of a failure in whose place there is another one, all work on a port
   * that the builder has built, and what waits by itself for a case that a person has hidden.
   */
  follow(subject: Case): void {
    const { id, state } = subject;
    const end = (which: (job: Job) => boolean, why: string) => this.#end(id, which, new CaseMovedOn(why));
    if (state === "open") end(({ kind }) => kind !== "triage", "the port failed in another way meanwhile");
    if (state === "closed") end(() => true, "the builder has built the port meanwhile");
    if (isHidden(subject, this.#options.now()))
      end(
        (job) => job.state === "queued" && job.requestedBy === "automation",
        "a person has hidden the case meanwhile",
      );
  }

  /**
   * The oldest job that waits or whose lease has run out, leased anew; null when there is none. What is paused is passed
   * over. A case has one repair at a time, and so has a failure of a target as long as nobody asked for more: what is asked
   * for meanwhile waits for its end.
   */
  lease(kinds: readonly JobKind[]): Job | null {
    const { store, now, leaseMs, maxLeases, waits, mustWait } = this.#options;
    return store.transact<Job | null>(() => {
      const at = now();
      const jobs = everyJob(store, unfinished).reverse();
      const carried = jobs.filter((job) => this.running.has(job.id));
      const repaired = new Set(carried.flatMap((job) => (job.kind === "triage" ? [] : [job.caseId])));
      const waitsForGroup = createGroupCheck(store, jobs, (job) => this.running.has(job.id));
      const events: NewEvent[] = [];
      for (const job of jobs) {
        if (!kinds.includes(job.kind) || this.running.has(job.id)) continue;
        if (job.state === "leased" && (job.leaseExpiresAt ?? 0) > at) continue;
        if (job.state === "queued" && job.paused) continue;
        if (job.kind !== "triage" && repaired.has(job.caseId)) continue;
        if (waitsForGroup(job)) continue;
        if (job.requestedBy === "automation" && waits?.(job)) continue;
        if (mustWait?.(job)) continue;
        const leases = job.fence - (job.gotOnAt ?? 0);
        if (leases < maxLeases) {
          const leased: Job = { ...job, state: "leased", fence: job.fence + 1, leaseExpiresAt: at + leaseMs };
          return { events: [...events, changed(leased)], value: leased };
        }
        const why = new Error(
          `given up: begun ${leases} times in a row without getting on; the server's log says more`,
        );
        events.push(...this.#ended(job, "failed", why));
      }
      return { events, value: null };
    });
  }

  /** Prolongs a lease that is still held. Throws StaleLeaseError when it is not. */
  renew(job: Job): void {
    const { store, now, leaseMs } = this.#options;
    const held = { ...this.#current(job), state: "leased" as const, leaseExpiresAt: now() + leaseMs };
    store.append([changed(held)], { fence: { jobId: job.id, fence: job.fence } });
  }

  /**
   * Ends a job whose lease is still held, in one transaction with its last `events`. `why` is what ended it, null when it
   * is done; a case that it leaves in the middle of its work goes to a person.
   */
  finish(
    job: Job,
    state: "done" | "failed" | "cancelled",
    why: unknown,
    events: readonly NewEvent[] = [],
  ): void {
    const fence = { jobId: job.id, fence: job.fence };
    this.#options.store.append([...events, ...this.#ended(job, state, why)], { fence });
  }

  /** What a held job's new facts say of the job itself: a complete turn shows that it does not end its servers. */
  gotOn(job: Job, events: readonly NewEvent[]): NewEvent[] {
    const current = this.#current(job);
    const isNews = current.gotOnAt !== job.fence && events.some(({ type }) => type === "turn/recorded");
    return isNews ? [changed({ ...current, gotOnAt: job.fence })] : [];
  }

  /**
   * Gives a held job back, to be leased by the next server or at a better time. This lease does not count against it unless
   * its work had begun; those before it go on counting.
   */
  release(job: Job, { hadBegun = false } = {}): void {
    const { store } = this.#options;
    const current = this.#current(job);
    const gotOnAt = Math.min(job.fence, (current.gotOnAt ?? 0) + (hadBegun ? 0 : 1));
    const queued = { ...current, gotOnAt, leaseExpiresAt: null, state: "queued" as const };
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

  #end(caseId: string, which: (job: Job) => boolean, why: JobStopped | CaseMovedOn): string[] {
    const { store } = this.#options;
    const jobs = store
      .jobs({ caseId, states: unfinished }, { limit: 500 })
      .items.filter((job) => which(job) && !this.#isEnding(job));
    for (const job of jobs) {
      const controller = this.running.get(job.id);
      if (controller === undefined) store.append(this.#ended(job, "cancelled", why));
      else controller.abort(why);
    }
    return jobs.map((job) => job.id);
  }

  /** A job as it is now: a person may have paused it since it was leased. */
  #current(job: Job): Job {
    return this.#options.store.job(job.id) ?? job;
  }

  #isEnding(job: Job): boolean {
    const reason: unknown = this.running.get(job.id)?.signal.reason;
    return reason instanceof JobStopped || reason instanceof CaseMovedOn;
  }

  #ended(job: Job, state: "done" | "failed" | "cancelled", why: unknown): NewEvent[] {
    const { store, now } = this.#options;
    const error = why === null ? null : why instanceof Error ? why.message : String(why);
    const { paused: _, ...current } = this.#current(job);
    const ended = changed({ ...current, state, error, leaseExpiresAt: null, endedAt: now() });
    const subject = store.case(job.caseId);
    if (subject === null || error === null || why instanceof CaseMovedOn) return [ended];
    if (!leftBehind[job.kind].includes(subject.state)) return [ended];
    const handOver = `The ${job.kind} job ended before its time: ${error}`;
    return [ended, caseChange(subject, "escalate", now(), { handOver })];
  }
}

function changed(job: Job): NewEvent {
  return { type: "job/changed", payload: job };
}
