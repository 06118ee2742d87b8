import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LeasedQueue } from "../../../server/src/jobs/queue.ts";
import type { Stages } from "../../../server/src/jobs/types.ts";
import { WorkerPool } from "../../../server/src/jobs/worker.ts";
import type { Case, Decision, Job } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { sampleBundle, sampleCase, sampleRun } from "../../fixtures/states/entities.ts";

const decision: Decision = { tier: "AUTO", proposedTier: "AUTO", rules: [], reason: "", recipes: [] };
/** A case that automation repairs, and one whose repair waits for its proof. */
export const triaged = { state: "triaged" as const, decision };
export const proving = { ...triaged, state: "proving" as const, diffSha256: "1".repeat(64) };

export interface Shop extends AsyncDisposable {
  store: Store;
  clock: { at: number };
  /** What the pools logged. */
  said: string[];
  queue(options?: { maxLeases?: number; now?: () => number; waits?: (job: Job) => boolean }): LeasedQueue;
  /** One worker that looks for work, and renews its lease, all the time. */
  pool(queue: LeasedQueue, stages: Stages, workers?: number, renewMs?: number): WorkerPool;
  /** Puts a case of its own port there, or changes it. */
  put(changes: Partial<Case> & { id: string }): Case;
  /** Waits until the job has ended. */
  ended(id: string): Promise<Job>;
}

/** A store with cases, and the queue and workers on it. */
export async function createShop(): Promise<Shop> {
  const dir = await mkdtemp(join(tmpdir(), "portwright-jobs-"));
  const clock = { at: 1000 };
  const said: string[] = [];
  const store = openStore({ dir, now: () => clock.at });
  store.append([
    { type: "target/seen", payload: { name: "@main", firstSeenAt: 1000 } },
    { type: "run/changed", payload: sampleRun() },
    { type: "bundle/added", payload: sampleBundle() },
  ]);
  let ids = 0;
  const newId = () => `job-${++ids}`;
  return {
    store,
    clock,
    said,
    queue: ({ maxLeases = 3, now = () => clock.at, waits = () => false } = {}) =>
      new LeasedQueue({ store, now, newId, limit: 10, leaseMs: 60_000, maxLeases, waits }),
    pool: (queue, stages, workers = 1, renewMs = 5) =>
      new WorkerPool({
        store,
        queue,
        stages,
        workers,
        renewMs,
        now: () => clock.at,
        log: (_level, text) => said.push(text),
      }),
    put(changes) {
      const subject = sampleCase({
        origin: `devel/${changes.id}`,
        signature: `of ${changes.id}`,
        ...changes,
      });
      store.append([{ type: "case/changed", payload: subject }]);
      return subject;
    },
    async ended(id) {
      for (;;) {
        const job = store.job(id);
        if (job?.endedAt) return job;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    async [Symbol.asyncDispose]() {
      store.close();
      await rm(dir, { recursive: true });
    },
  };
}

export const ask = (caseId: string, kind: Job["kind"] = "triage") => ({
  ...{ caseId, kind, requestedBy: "automation" },
});

/** Settles with the reason once the signal is aborted. */
export const aborted = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));
