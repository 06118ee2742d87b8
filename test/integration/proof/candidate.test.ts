import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveFeed } from "../../../server/src/agent/live/feed.ts";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import { distill } from "../../../server/src/evidence/distill/distill.ts";
import { redact } from "../../../server/src/evidence/redact.ts";
import { LeasedQueue } from "../../../server/src/jobs/queue.ts";
import { WorkerPool } from "../../../server/src/jobs/worker.ts";
import { diagnoseWith } from "../../../server/src/proof/diagnose.ts";
import { verifyStage } from "../../../server/src/proof/stage.ts";
import type { Case, CaseState } from "../../../server/src/protocol/index.ts";
import { candidatesHandlers } from "../../../server/src/rpc/handlers/candidates.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import {
  sampleAttempt,
  sampleBundle,
  sampleCase,
  sampleJob,
  sampleRun,
} from "../../fixtures/states/entities.ts";
import { createPlace, kinds, type Place } from "../environments/support.ts";

const origin = "ftp/fetchly";
const path = `ports/${origin}/Makefile.DragonFly`;
const head = `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`;
const needless = "@@ -1 +1,2 @@\n+# All of it goes.\n # The base system has no Kerberos.\n";
const needed = "@@ -2 +3,2 @@\n OPTIONS_EXCLUDE=\tGSSAPI_BASE\n+OPTIONS_DEFAULT+=\tGSSAPI_NONE\n";
const alone = needed.replace("+3,2", "+2,2");
const kind = kinds[0] ?? "plain";

let place: Place;
let manager: EnvironmentManager;
beforeAll(async () => {
  place = await createPlace();
  manager = await place.manager(kind);
});
afterAll(() => place.remove());

/** A failing port with an attempt's fix, whose proofs are carried as the server does it. */
async function createBench(state: CaseState, diff = head + needless + needed) {
  const store = openStore({ dir: join(place.folder, randomUUID()), now: Date.now });
  const diffSha256 = await store.blobs.put(Buffer.from(diff));
  const known = { phase: "check-sanity", classification: "options-error", signature: "" } as const;
  store.append([
    { type: "run/changed", payload: sampleRun() },
    { type: "bundle/added", payload: sampleBundle({ origin }) },
    { type: "case/changed", payload: sampleCase({ origin, state, diffSha256, ...known }) },
    { type: "job/changed", payload: sampleJob({ state: "done" }) },
    { type: "attempt/changed", payload: sampleAttempt({ outcome: "fixed", diffSha256 }) },
  ]);
  const shared = { store, now: Date.now, newId: randomUUID };
  const queue = new LeasedQueue({ ...shared, limit: 9, leaseMs: 60_000, maxLeases: 5 });
  const verify = verifyStage({
    store,
    setup: {
      ...{ now: Date.now, newId: randomUUID, manager, timeoutMs: 120_000, diagnose: diagnoseWith(distill) },
      builder: createBuilder("bsd-make", place.config(kind).builder),
    },
    live: new LiveFeed({ redact, now: Date.now }),
  });
  const pool = new WorkerPool({
    store,
    queue,
    stages: { verify },
    workers: 1,
    renewMs: 1000,
    now: Date.now,
    log: () => {},
  });
  const services = { store, jobs: queue, environments: manager };
  return {
    ...{ store, queue, diffSha256, subject: () => store.case("case-1") as Case },
    choose: (diff: string, ...hunks: number[]) =>
      candidatesHandlers["case/candidate"](
        { case: origin, diff, drop: hunks.map((hunk) => ({ path, hunk })) },
        { services, who: "ann" } as never,
      ),
    text: async (sha256: string | null) => String((await store.blobs.read(sha256 ?? "")).data),
    async ended(job: string) {
      await expect.poll(() => store.job(job)?.endedAt ?? null, { timeout: 100_000 }).not.toBeNull();
      return store.job(job);
    },
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      store.close();
    },
  };
}

test("a fix is proved anew without its needless hunk; without the needed one it goes to a person", async () => {
  await using bench = await createBench("escalated");
  const { job, case: proving } = await bench.choose(bench.diffSha256, 1);
  expect(job).toMatchObject({ kind: "verify", requestedBy: "ann" });
  expect(proving).toMatchObject({ state: "proving", proofId: null, handOver: null });
  expect(await bench.ended(job.id)).toMatchObject({ state: "done" });
  const waiting = bench.subject();
  expect(waiting.state, waiting.handOver ?? "").toBe("waiting");
  expect(await bench.text(waiting.diffSha256)).toBe(head + alone);
  expect(bench.store.proof(waiting.proofId ?? "")).toMatchObject({
    ...{ verdict: "proved", diffSha256: waiting.diffSha256, attemptId: "", environment: kind },
  });

  const worse = await bench.choose(bench.diffSha256, 2);
  await bench.ended(worse.job.id);
  const { state, handOver, diffSha256 } = bench.subject();
  expect(state).toBe("escalated");
  expect(handOver).toContain(`The candidate diff ${diffSha256?.slice(0, 12)} is not proved (build-failed)`);
  expect(handOver).toContain(`can be chosen again: ${waiting.diffSha256}`);

  const back = await bench.choose(waiting.diffSha256 ?? "");
  await bench.ended(back.job.id);
  expect(bench.subject()).toMatchObject({ state: "waiting", diffSha256: waiting.diffSha256 });
});

test.each<CaseState>(["open", "patching", "proving", "accepted", "delivered", "closed"])(
  "nothing is chosen for a case that is %s",
  async (state) => {
    await using bench = await createBench(state);
    await expect(bench.choose(bench.diffSha256, 1)).rejects.toMatchObject({ kind: "badState" });
    expect(bench.subject()).toMatchObject({ state, diffSha256: bench.diffSha256 });
  },
);

test("what is no part of a recorded fix, or no fix, is refused and changes nothing", async () => {
  await using bench = await createBench("waiting");
  const { diffSha256, choose, store } = bench;
  const before = bench.subject();
  const stray = await store.blobs.put(Buffer.from(head + alone));
  await expect(choose(stray, 1)).rejects.toMatchObject({
    kind: "notFound",
    message: expect.stringContaining("no attempt and no proof"),
  });
  await expect(choose(diffSha256, 3)).rejects.toThrow(/not all of ports.*:3/);
  await expect(choose(diffSha256, 1, 2)).rejects.toThrow(/nothing of the fix would be left/);
  await expect(choose(diffSha256)).rejects.toThrow(/already/);
  store.append([{ type: "job/changed", payload: sampleJob({ id: "job-2", state: "queued" }) }]);
  await expect(choose(diffSha256, 1)).rejects.toThrow(/a repair of ftp\/fetchly is queued.*case stop/);
  expect(bench.subject()).toEqual(before);
});

test("a part that no proof would take is refused before anything is built", async () => {
  const blind = "@@ -2 +3,2 @@\n OPTIONS_EXCLUDE=\tGSSAPI_BASE\n+.MAKEFLAGS: -i\n";
  await using bench = await createBench("rejected", head + needless + blind);
  await expect(bench.choose(bench.diffSha256, 1)).rejects.toMatchObject({ kind: "policy" });
  expect(bench.store.jobs({ caseId: "case-1" }, { limit: 9 }).items).toHaveLength(1);
});
