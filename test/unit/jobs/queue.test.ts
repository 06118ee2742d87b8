import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { automate } from "../../../server/src/jobs/automation.ts";
import { LeasedQueue } from "../../../server/src/jobs/queue.ts";
import type { Stages } from "../../../server/src/jobs/types.ts";
import { WorkerPool } from "../../../server/src/jobs/worker.ts";
import type { Case, Decision, Job } from "../../../server/src/protocol/index.ts";
import { StaleLeaseError } from "../../../server/src/store/errors.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { sampleBundle, sampleCase, sampleRun } from "../../fixtures/states/entities.ts";

const decision: Decision = { tier: "AUTO", proposedTier: "AUTO", rules: [], reason: "", recipes: [] };
const triaged = { state: "triaged" as const, decision };

let dir: string;
let store: Store;
let clock: number;
let ids: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-jobs-"));
  clock = 1000;
  ids = 0;
  store = openStore({ dir, now: () => clock });
  store.append([
    { type: "target/seen", payload: { name: "@main", firstSeenAt: 1000 } },
    { type: "run/changed", payload: sampleRun() },
    { type: "bundle/added", payload: sampleBundle() },
  ]);
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

function queueOf(limit = 10, maxLeases = 3): LeasedQueue {
  ids += 1;
  let count = 0;
  const newId = () => `job-${ids}-${++count}`;
  return new LeasedQueue({ store, now: () => clock, newId, limit, leaseMs: 60_000, maxLeases });
}

function addCase(changes: Partial<Case> = {}): Case {
  const subject = sampleCase({ origin: `devel/${changes.id ?? "one"}`, ...changes });
  store.append([{ type: "case/changed", payload: subject }]);
  return subject;
}

const ask = (caseId: string, kind: Job["kind"] = "triage") => ({ caseId, kind, requestedBy: "automation" });

test("a second request for the same work gives the job that is already there", () => {
  addCase();
  const queue = queueOf();
  const job = queue.enqueue(ask("case-1"));
  expect(queue.enqueue(ask("case-1"))).toEqual(job);
  expect(queue.lease(["triage"])).toMatchObject({ id: job.id, fence: 1, state: "leased" });
  expect(queue.enqueue(ask("case-1")).id).toBe(job.id);
  expect(queue.lease(["triage"])).toBeNull();
});

test("work that the case's state does not take is refused, naming what is missing", () => {
  addCase({ id: "closed", state: "closed" });
  addCase({ id: "fresh" });
  addCase({ id: "judged", ...triaged });
  const queue = queueOf();
  expect(() => queue.enqueue(ask("nowhere"))).toThrow(/no case nowhere/);
  expect(() => queue.enqueue(ask("closed", "patch"))).toThrow(/closed: there is nothing to patch/);
  expect(() => queue.enqueue(ask("fresh", "patch"))).toThrow(/run triage first/);
  expect(() => queue.enqueue(ask("judged", "verify"))).toThrow(/no diff to verify/);
});

test("a full queue refuses, and keeps what it holds", () => {
  for (const id of ["a", "b", "c"]) addCase({ id });
  const queue = queueOf(2);
  queue.enqueue(ask("a"));
  queue.enqueue(ask("b"));
  expect(() => queue.enqueue(ask("c"))).toThrow(expect.objectContaining({ kind: "queueFull" }));
  expect(store.jobCounts()).toEqual({ queued: 2 });
  queue.lease(["triage"]);
  expect(queue.enqueue(ask("c"))).toMatchObject({ caseId: "c", state: "queued" });
});

test("an expired lease goes to another holder and the first one's writes are refused", () => {
  addCase();
  const queue = queueOf();
  queue.enqueue(ask("case-1"));
  const first = queue.lease(["triage"]);
  clock += 60_000;
  const second = queue.lease(["triage"]);
  if (first === null || second === null) throw new Error("nothing was leased");
  expect(second).toMatchObject({ id: first.id, fence: 2 });
  expect(() => queue.finish(first, "done", null)).toThrow(StaleLeaseError);
  expect(() => queue.renew(first)).toThrow(StaleLeaseError);
  queue.finish(second, "done", null);
  expect(store.job(first.id)).toMatchObject({ state: "done", fence: 2, leaseExpiresAt: null });
});

test("a job that never finishes is given up after its last lease", () => {
  addCase();
  const queue = queueOf(10, 2);
  const { id } = queue.enqueue(ask("case-1"));
  for (let lease = 1; lease <= 2; lease += 1) {
    expect(queue.lease(["triage"])?.fence).toBe(lease);
    expect(queueOf().recover()).toBe(1);
  }
  expect(queue.lease(["triage"])).toBeNull();
  expect(store.job(id)).toMatchObject({ state: "failed", error: expect.stringContaining("given up") });
});

const quiet = () => {};
function poolOf(queue: LeasedQueue, stages: Stages): WorkerPool {
  return new WorkerPool({ store, queue, stages, workers: 1, renewMs: 10, now: Date.now, log: quiet });
}
const settled = async (id: string) => {
  while (store.job(id)?.endedAt === null) await new Promise((resolve) => setTimeout(resolve, 2));
  return store.job(id);
};

test("a stage that throws fails its own job and the next one is carried", async () => {
  addCase({ id: "a" });
  addCase({ id: "b" });
  const queue = queueOf();
  const stages: Stages = {
    triage: async ({ job }) => {
      if (job.caseId === "a") throw new Error("no such bundle");
    },
  };
  await using pool = poolOf(queue, stages);
  const [a, b] = [queue.enqueue(ask("a")), queue.enqueue(ask("b"))];
  pool.wake();
  expect(await settled(a.id)).toMatchObject({ state: "failed", error: "no such bundle" });
  expect(await settled(b.id)).toMatchObject({ state: "done", error: null });
});

/** Runs until it is aborted, as a build does. */
const endless: Stages = {
  triage: ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
};

test("stopping a case cancels the job that runs", async () => {
  addCase();
  const queue = queueOf();
  await using _pool = poolOf(queue, endless);
  const { id } = queue.enqueue(ask("case-1"));
  expect(store.job(id)?.state).toBe("leased");
  expect(queue.stop("case-1", "ann")).toEqual([id]);
  expect(await settled(id)).toMatchObject({ state: "cancelled", error: "stopped by ann" });
  expect(queue.stop("case-1", "ann")).toEqual([]);
});

test("a server that closes gives its jobs back and the next one carries them on", async () => {
  addCase();
  const queue = queueOf();
  const first = poolOf(queue, endless);
  const { id } = queue.enqueue(ask("case-1"));
  await first[Symbol.asyncDispose]();
  expect(store.job(id)).toMatchObject({ state: "queued", fence: 1 });
  const next = queueOf();
  await using pool = poolOf(next, { triage: async () => {} });
  pool.wake();
  expect(await settled(id)).toMatchObject({ state: "done", fence: 2 });
});

test("the queue follows a case from stage to stage, and only where it may act", () => {
  addCase({ id: "left-open" });
  addCase({ id: "assist", ...triaged, decision: { ...decision, tier: "ASSIST" } });
  addCase({ id: "imported", ...triaged });
  addCase({ id: "imported-open" });
  const queue = queueOf();
  const repairable = ({ id }: Case) => !id.startsWith("imported");
  using _following = automate({ store, queue, repairable, log: quiet, now: () => 1000 });
  addCase({ id: "auto", ...triaged });
  addCase({ id: "proved", state: "proving", diffSha256: "1".repeat(64) });
  const jobs = store.jobs({}, { limit: 10 }).items.map((job) => `${job.kind} ${job.caseId}`);
  expect(jobs.sort()).toEqual(["patch auto", "triage imported-open", "triage left-open", "verify proved"]);
});

test("cases that found the queue full are queued when there is room", () => {
  for (const id of ["a", "b", "c"]) addCase({ id });
  const queue = queueOf(2);
  using _following = automate({ store, queue, repairable: () => true, log: quiet, now: () => 1000 });
  expect(store.jobCounts()).toEqual({ queued: 2 });
  for (let job = queue.lease(["triage"]); job !== null; job = queue.lease(["triage"])) {
    addCase({ id: job.caseId, state: "escalated" });
    queue.finish(job, "done", null);
  }
  expect(store.jobCounts()).toEqual({ done: 3 });
});
