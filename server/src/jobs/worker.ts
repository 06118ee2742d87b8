import type { Job, JobKind, StoredEvent } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { beatMs, type Carried, startHeartbeat } from "./heartbeat.ts";
import type { LeasedQueue } from "./queue.ts";
import { NotNow, type Stages } from "./types.ts";

export interface WorkerOptions {
  store: Store;
  queue: LeasedQueue;
  stages: Stages;
  /** Jobs carried at once. */
  workers: number;
  /** Well below the lease's length. */
  renewMs: number;
  /** Milliseconds since the epoch. */
  now: () => number;
  log: (level: "info" | "error", text: string, cause?: unknown) => void;
}

/** A job that waits, or the end of a run that jobs may wait for. */
const isNews = ({ type, payload }: StoredEvent): boolean =>
  (type === "job/changed" && payload.state === "queued") ||
  (type === "run/changed" && payload.state !== "active");

interface Lane {
  kinds: JobKind[];
  size: number;
  busy: number;
  /** When the queue could last be looked at for it. */
  lookedAt: number;
}

/** Workers without a job. */
export interface Idle {
  kinds: JobKind[];
  count: number;
  heartbeatAt: number;
}

/** Why a running job was aborted when the server ends: it is given back instead of cancelled. */
export class ServerClosing extends Error {
  constructor() {
    super("the server is closing");
    this.name = "ServerClosing";
  }
}

/**
 * Leases jobs and carries each to its end. An error of a stage fails that job alone. Triage has a lane of its own,
 * so that cases are diagnosed while an environment builds.
 */
export class WorkerPool implements AsyncDisposable {
  readonly #options: WorkerOptions;
  readonly #active = new Set<Promise<void>>();
  readonly #carried = new Set<Carried>();
  readonly #lanes: Lane[];
  readonly #subscription: Disposable;
  readonly #timer: NodeJS.Timeout;
  #closed = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const kinds = Object.keys(options.stages) as JobKind[];
    const lookedAt = options.now();
    this.#lanes = [
      { kinds: kinds.filter((kind) => kind === "triage"), size: 1, busy: 0, lookedAt },
      { kinds: kinds.filter((kind) => kind !== "triage"), size: options.workers, busy: 0, lookedAt },
    ];
    this.#subscription = options.store.onAppend((events) => {
      for (const event of events) if (event.type === "case/changed") options.queue.follow(event.payload);
      if (events.some(isNews)) this.wake();
    });
    // A lease that ran out, or a queue that could not be read, tells nobody.
    this.#timer = setInterval(() => this.wake(), Math.min(options.renewMs, beatMs));
    this.#timer.unref();
  }

  /** Fills every free place; returns at once. */
  wake(): void {
    for (const lane of this.#lanes) {
      while (!this.#closed && lane.busy < lane.size) {
        const job = this.#lease(lane);
        if (job === null) break;
        lane.busy += 1;
        const work = this.#carry(job, lane).finally(() => {
          lane.busy -= 1;
          this.#active.delete(work);
          this.wake();
        });
        this.#active.add(work);
      }
    }
  }

  /** What is being carried just now. */
  carried(): Carried[] {
    return [...this.#carried];
  }

  idle(): Idle[] {
    return this.#lanes
      .filter(({ kinds, size, busy }) => kinds.length > 0 && busy < size)
      .map(({ kinds, size, busy, lookedAt }) => ({ kinds, count: size - busy, heartbeatAt: lookedAt }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#subscription[Symbol.dispose]();
    clearInterval(this.#timer);
    for (const controller of this.#options.queue.running.values()) controller.abort(new ServerClosing());
    await Promise.all(this.#active);
  }

  /** Trouble of the store, such as a full disk, is tried again at the next wake. */
  #lease(lane: Lane): Job | null {
    const { queue, now, log } = this.#options;
    try {
      const job = queue.lease(lane.kinds);
      lane.lookedAt = now();
      return job;
    } catch (error) {
      log("error", "no job could be leased", error);
      return null;
    }
  }

  async #carry(job: Job, lane: Lane): Promise<void> {
    const { queue, stages, store, log } = this.#options;
    const controller = new AbortController();
    queue.running.set(job.id, controller);
    const heartbeat = startHeartbeat({ ...this.#options, job, controller });
    this.#carried.add(heartbeat);
    let concluded = false;
    try {
      const fence = { jobId: job.id, fence: job.fence };
      await stages[job.kind]?.({
        job,
        signal: controller.signal,
        append: (...events) => void store.append([...events, ...queue.gotOn(job, events)], { fence }),
        held: () => store.job(job.id)?.paused === true,
        standAside: (wait) => this.#standAside(lane, wait),
        conclude: (...events) => {
          queue.finish(job, "done", null, events);
          concluded = true;
        },
      });
      if (!concluded) this.#end(job, controller.signal, null);
    } catch (error) {
      if (!controller.signal.aborted) log("error", `job ${job.id} (${job.kind}) failed`, error);
      if (!concluded) this.#end(job, controller.signal, error);
    } finally {
      heartbeat[Symbol.dispose]();
      this.#carried.delete(heartbeat);
      queue.running.delete(job.id);
    }
  }

  /** A job that goes on takes its place at once, even when another one has it: a person asked for that one now. */
  async #standAside<T>(lane: Lane, wait: () => Promise<T>): Promise<T> {
    lane.busy -= 1;
    this.wake();
    try {
      return await wait();
    } finally {
      lane.busy += 1;
    }
  }

  #end(job: Job, signal: AbortSignal, error: unknown): void {
    const { queue, log } = this.#options;
    try {
      if (signal.reason instanceof ServerClosing) queue.release(job);
      else if (!signal.aborted && error instanceof NotNow) queue.release(job, error);
      else if (signal.aborted) queue.finish(job, "cancelled", signal.reason);
      else queue.finish(job, error === null ? "done" : "failed", error);
    } catch (failure) {
      log("error", `job ${job.id} (${job.kind}) could not be ended; its lease runs out by itself`, failure);
    }
  }
}
