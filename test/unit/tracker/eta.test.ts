import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { portKey } from "../../../server/src/evidence/results/types.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { Eta } from "../../../server/src/tracker/eta.ts";
import { sampleResult, sampleRun } from "../../fixtures/states/entities.ts";

let dir: string;
let store: Store;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-eta-"));
  store = openStore({ dir, now: () => 1 });
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

const now = sampleRun({ id: "now", startedAt: 5000 });
const progress = { remaining: 3, impulse: 0, perHour: 360, slots: [1, 2] };
const done = (...origins: string[]) => new Map(origins.map((origin) => [portKey(origin, ""), true]));

function earlierRun(id: string, seconds: readonly number[], changes: Parameters<typeof sampleRun>[0]): void {
  store.append([
    {
      type: "run/changed",
      payload: sampleRun({ id, state: "finished", startedAt: 1000, endedAt: 2000, ...changes }),
    },
    ...seconds.map((took, n) => ({
      type: "result/recorded" as const,
      payload: sampleResult({ runId: id, origin: `a/p${n}`, ...(took < 0 ? {} : { seconds: took }) }),
    })),
  ]);
}

test("what is still to come takes as long as it did in the last whole run, in all slots at once", async () => {
  earlierRun("older", [900, 900, 900], { startedAt: 500 });
  earlierRun("last", [1000, 20, 60, -1, ...new Array(700).fill(40)], {});
  earlierRun("stopped", [7, 7, 7], { startedAt: 3000, state: "aborted" });
  earlierRun("of another profile", [8, 8, 8], { startedAt: 3000, profile: "other" });
  earlierRun("later", [9, 9, 9], { startedAt: 9000 });
  const eta = new Eta(store);
  const through = done("a/p0", ...Array.from({ length: 700 }, (_, n) => `a/p${n + 4}`));
  expect(await eta.of(now, progress, through)).toBe((3 * (20 + 60)) / 2 / 2);
  const oneLeft = new Map([...through, ...done("a/p1")]);
  expect(await eta.of(now, { ...progress, remaining: 2 }, oneLeft)).toBe((2 * 60) / 2);
  expect(await eta.of(now, progress, oneLeft)).toBe(30);
});

test("the last port takes its own time, however many slots are idle, and never none", async () => {
  earlierRun("last", [1000, 60, 0], {});
  const eta = new Eta(store);
  const last = { ...progress, remaining: 1, slots: [1, 2, 3, 4] };
  expect(await eta.of(now, last, done("a/p0", "a/p2"))).toBe(60);
  expect(await eta.of(now, last, done("a/p0", "a/p1"))).toBe(1);
  expect(await eta.of(now, { ...last, perHour: 36_000 }, done("a/p0", "a/p1", "a/p2"))).toBe(1);
  expect(await eta.of(now, { ...last, remaining: 0 }, done("a/p0", "a/p1", "a/p2"))).toBe(0);
});

test("without an earlier run the builder's rate tells, that of late first; without a rate nothing", async () => {
  const eta = new Eta(store);
  expect(await eta.of(now, progress, done())).toBe(30);
  expect(await eta.of(now, { ...progress, impulse: 1080 }, done())).toBe(10);
  expect(await eta.of(now, { ...progress, perHour: 0 }, done())).toBeNull();
  earlierRun("last", [-1, 5], {});
  expect(await eta.of(now, progress, done("a/p1"))).toBe(30);
});
