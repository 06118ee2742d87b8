import { spawn } from "node:child_process";
import { chmod, mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { createLockTest } from "../../../server/src/tracker/lockTest.ts";
import { createReconciler, type Reconciler } from "../../../server/src/tracker/reconcile.ts";
import { type Builder, createBuilder } from "../../fixtures/dsynth/builder.ts";
import { sampleRun } from "../../fixtures/states/entities.ts";
import { failingLog, Spool } from "./spool.ts";

let builder: Builder;
let store: Store;
let spool: Spool;

beforeEach(async () => {
  builder = await createBuilder();
  store = openStore({ dir: join(builder.root, "state"), now: () => Date.now() });
  spool = new Spool(builder.evidence);
});
afterEach(async () => {
  store.close();
  await builder.remove();
});

function reconciler(
  changes: { hookGrace?: number; deadAfter?: number; now?: () => number } = {},
): Reconciler {
  const parts = spool.parts(store);
  const onError = (error: unknown) => {
    throw error;
  };
  const intake = spool.intake(store, onError);
  const own = { lockTest: createLockTest(), takeJournal: () => intake.poll(), onError };
  return createReconciler({ ...parts, ...own, hookGrace: 0, ...changes });
}

/** Leaves only these of the hooks in place. */
async function keepHooks(...kept: string[]): Promise<void> {
  for (const name of await readdir(builder.etc))
    if (/^hook_(run|pkg)_/.test(name) && !kept.includes(name)) await rm(join(builder.etc, name));
}

const results = () =>
  store
    .results(store.runs({}, { limit: 1 }).items[0]?.id ?? "")
    .map(({ origin, flavor, kind, phase }) =>
      [flavor ? `${origin}@${flavor}` : origin, kind, phase].join(" ").trim(),
    );
const everything = [
  ...["devel/badlib failed build", "devel/flv@py311 failed configure", "devel/flv@py39 built"],
  ...["devel/goodlib built", "misc/nofetch failed fetch", "net/needignored skipped", "ports-mgmt/pkg built"],
  ...["sysutils/ignoreme ignored", "textproc/goodapp built", "www/needbad skipped", "www/needneed skipped"],
];
const all = ["-S", "-y", "-s", "0", "just-build", ...["ports-mgmt/pkg", "devel/goodlib", "devel/badlib"]];
const rest = ["devel/flv", "www/needneed", "net/needignored", "misc/nofetch", "textproc/goodapp"];

test("of a run whose hooks told nothing but its start, all is found, and its end, once", async () => {
  await keepHooks("hook_run_start");
  await builder.run([...all, ...rest]);
  const found = reconciler({ deadAfter: 0 });
  await found.look();
  expect(results()).toEqual(everything);
  expect(store.runs({}, { limit: 9 }).items).toMatchObject([
    { state: "aborted", counts: { built: 4, failed: 3, skipped: 3, ignored: 1 } },
  ]);
  const bad = store.caseOf("LiveSystem", "devel/badlib", "");
  expect(bad).toMatchObject({ bundles: 1, state: "open", phase: "build", blocked: 2 });
  expect(bad?.classification).not.toBe("unknown");
  const bundle = store.bundle(bad?.bundleId ?? "");
  expect(bundle?.artifacts.map(({ name }) => name)).toEqual(["logs/full.log"]);
  expect(bundle?.problems.join()).toMatch(/builder's own log/);
  const seq = store.lastSeq();
  await found.look();
  await reconciler({ deadAfter: 0 }).look();
  expect(store.lastSeq()).toBe(seq);
});

test("beside working hooks nothing is told twice, and results have their times and reasons at once", async () => {
  await builder.run([...all, ...rest]);
  await reconciler({ deadAfter: 0 }).look();
  expect(results()).toEqual(everything);
  expect(store.events(0, 10_000, ["result/recorded"])).toHaveLength(everything.length);
  const run = store.runs({}, { limit: 1 }).items[0];
  expect(run).toMatchObject({ state: "finished", counts: { built: 4, failed: 3, skipped: 3, ignored: 1 } });
  const of = (origin: string) => store.result(run?.id ?? "", origin, "");
  expect(of("devel/goodlib")?.seconds).toBeGreaterThanOrEqual(0);
  expect(of("www/needneed")?.reason).toBe("www/needbad->devel/badlib");
  const blocked = store
    .cases({}, { limit: 9 }, "impact")
    .items.map(({ origin, blocked = 0 }) => [origin, blocked]);
  expect(blocked[0]).toEqual(["devel/badlib", 2]);
  expect(blocked.slice(1).map(([, count]) => count)).toEqual([0, 0]);
  expect(store.caseOf("LiveSystem", "devel/badlib", "")?.pkgname).toMatch(/^badlib-.*\.pkg$/);
  expect(of("sysutils/ignoreme")?.reason).toBe('is marked as broken: "does not build" on DragonFly');
});

test("a run is shown while it is on, is not closed by a quiet hour, and is closed once its builder was killed", async () => {
  const started = builder.start([...all, "misc/slow"]);
  let skew = 0;
  const found = reconciler({ deadAfter: 60_000, now: () => Date.now() + skew });
  await vi.waitUntil(
    async () => {
      await found.look();
      return found.live()[0]?.slots.some(({ origin }) => origin === "misc/slow");
    },
    { timeout: 50_000, interval: 200 },
  );
  const [live] = found.live();
  expect(live).toMatchObject({ profile: "LiveSystem", target: "LiveSystem", queued: expect.any(Number) });
  // What is left, at the rate of late or else of the whole run; none where the builder knows no rate yet.
  const { remaining = 0, impulse = 0, perHour = 0 } = live ?? {};
  const rate = impulse || perHour;
  expect(live?.etaSeconds).toBe(rate > 0 ? Math.round((remaining * 3600) / rate) : undefined);
  skew = 3_600_000;
  for (let n = 0; n < 3; n++) await found.look();
  expect(store.activeRuns().map(({ id }) => id)).toEqual([live?.runId]);

  process.kill(started.pid, "SIGKILL");
  await started.finished;
  await vi.waitUntil(
    async () => (await createLockTest().held(join(builder.logs, "stats/monitor.lk"))) === false,
    {
      timeout: 20_000,
    },
  );
  await found.look();
  expect(store.activeRuns()).toHaveLength(1);
  skew += 60_000;
  await found.look();
  expect(store.activeRuns()).toEqual([]);
  expect(found.live()).toEqual([]);
  expect(store.run(live?.runId ?? "")?.state).toBe("aborted");
});

test("a success of a run that only fetches is no build", async () => {
  await builder.run(["-S", "-y", "-s", "0", "fetch-only", "devel/goodlib", "misc/nofetch"]);
  await reconciler().look();
  const [run] = store.runs({}, { limit: 1 }).items;
  expect(run?.counts).toMatchObject({ built: 0, failed: 1 });
  expect(run?.fetched).toBeGreaterThan(0);
  expect(store.result(run?.id ?? "", "devel/goodlib", "")).toMatchObject({
    kind: "built",
    fetchedOnly: true,
  });

  await keepHooks("hook_run_start");
  await builder.run(["-S", "-y", "-s", "0", "fetch-only", "devel/goodlib"]);
  await reconciler({ deadAfter: 0 }).look();
  const [second] = store.runs({}, { limit: 1 }).items;
  expect(second?.id).not.toBe(run?.id);
  expect(second?.fetched).toBe(1);
  expect(store.result(second?.id ?? "", "devel/goodlib", "")?.fetchedOnly).toBe(true);
});

/** A run that began, as its hooks would have left it; `logs` is its Directory_logs. */
async function begin(run: string, logs: string, startedAt: number, more: Record<string, string> = {}) {
  const folder = join(builder.evidence, "runs", run);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "start.txt"), `schema=1\nrun=${run}\ndir_logs=${logs}\n`);
  await utimes(join(folder, "start.txt"), startedAt / 1000, startedAt / 1000);
  await writeFile(
    join(builder.evidence, "runs", "current.main"),
    `${run} 1 ${Math.floor(startedAt / 1000)}\n`,
  );
  spool.write({ ev: "run_start", run, profile: "main", t: String(Math.floor(startedAt / 1000)), ...more });
}
const list = (name: string, text: string) => writeFile(join(builder.logs, name), text);

test("files that are older than the run's start are of an earlier run and say nothing", async () => {
  await mkdir(join(builder.logs, "Report"), { recursive: true });
  await list("01_success_list.log", "[000] SUCCESS devel/old   00:00:01\n");
  await list("Report/summary.json", '{"profile":"main","active":1,"stats":{"queued":1},"builders":[]}');
  await begin("R1", builder.logs, Date.now() + 1000);
  const found = reconciler();
  await found.look();
  expect([results(), found.live()]).toEqual([[], []]);
  await list("02_failure_list.log", "[001] FAILURE devel/bad 1   build 00:00:05\n[001] FAILURE dev");
  await utimes(join(builder.logs, "02_failure_list.log"), Date.now() / 1000 + 5, Date.now() / 1000 + 5);
  await list("devel___bad.log", failingLog("stale"));
  await found.look();
  expect(results()).toEqual(["devel/bad failed build"]);
  expect(store.bundle(store.caseOf("main", "devel/bad", "")?.bundleId ?? "")?.artifacts).toEqual([]);
});

test("a result is left to its hook for a while, and the hook's later word with the bundle is the same failure", async () => {
  await begin("R1", builder.logs, Date.now() - 5000);
  await list("02_failure_list.log", "[001] FAILURE devel/bad   build 00:00:05\n");
  await list("devel___bad.log", failingLog("early"));
  let skew = 0;
  const found = reconciler({ hookGrace: 60_000, now: () => Date.now() + skew });
  await found.look();
  expect(results()).toEqual([]);
  skew = 60_000;
  await found.look();
  expect(results()).toEqual(["devel/bad failed build"]);
  const bundle = spool.bundle("R1", "devel/bad");
  spool.write({
    ev: "failure",
    run: "R1",
    profile: "main",
    origin: "devel/bad",
    flavor: "",
    pkgname: "bad-1.pkg",
    bundle,
  });
  await found.look();
  expect(store.result("R1", "devel/bad", "")?.pkgname).toBe("bad-1.pkg");
  expect(store.run("R1")?.counts.failed).toBe(1);
  const found1 = store.caseOf("main", "devel/bad", "");
  expect(found1?.bundles).toBe(1);
  expect(store.bundle(found1?.bundleId ?? "")?.artifacts.map(({ name }) => name)).toContain("port/Makefile");
});

test("an end that could be written and not recorded is taken from its file", async () => {
  await begin("R1", builder.logs, Date.now() - 5000);
  const folder = join(builder.evidence, "runs", "R1");
  await writeFile(
    join(folder, "end.txt"),
    "schema=1\nrun=R1\nended=1700000900\nbuilt=7\nfailed=0\nignored=0\nskipped=2\n",
  );
  await mkdir(join(folder, "lists"));
  await writeFile(join(folder, "lists", "01_success_list.log"), "[000] SUCCESS devel/a   00:00:01\n");
  await reconciler().look();
  expect(store.run("R1")).toMatchObject({ state: "finished", counts: { built: 7, skipped: 2 } });
  expect(results()).toEqual(["devel/a built"]);
});

test("where the lock cannot be tested a run stays open, and a run whose logs another took over is left alone", async () => {
  await begin("R1", builder.logs, Date.now() - 5000);
  const found = reconciler({ deadAfter: 0 });
  await found.look();
  expect(store.activeRuns()).toHaveLength(1);
  await mkdir(join(builder.logs, "stats"));
  await writeFile(join(builder.logs, "stats/monitor.lk"), "");
  await begin("R2", builder.logs, Date.now() - 2000, { profile: "other" });
  await writeFile(join(builder.evidence, "runs", "current.other"), "R2 1 1\n");
  await writeFile(join(builder.evidence, "runs", "current.main"), "R1 1 1\n");
  await found.look();
  expect(store.run("R1")?.state).toBe("active");
  expect(store.run("R2")?.state).toBe("aborted");
});

test("more missed results than one transaction takes are all filled in", async () => {
  await begin("R1", builder.logs, Date.now() - 5000);
  const lines = Array.from({ length: 4500 }, (_, n) => `[000] SUCCESS devel/p${n}   00:00:01\n`);
  await list("01_success_list.log", lines.join(""));
  await list(
    "02_failure_list.log",
    Array.from({ length: 20 }, (_, n) => `[000] FAILURE x/f${n} build 00:00:01\n`).join(""),
  );
  await reconciler().look();
  expect(store.results("R1")).toHaveLength(4520);
  expect(store.run("R1")?.counts).toMatchObject({ built: 4500, failed: 20 });
});

test("the lock is tested without taking it from anybody, and its file is never made", async () => {
  const lock = createLockTest();
  const path = join(builder.root, "monitor.lk");
  expect(await lock.held(path)).toBeNull();
  expect(await readdir(builder.root)).not.toContain("monitor.lk");
  await writeFile(path, "");
  await chmod(path, 0o444);
  expect(await lock.held(path)).toBe(false);
  expect(lock.how()).toMatch(/flock with a shared lock/);
  const holder = spawn("flock", ["-x", path, "sh", "-c", "echo held; read line"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  expect(await lock.held(path)).toBe(true);
  holder.stdin.end();
  await new Promise((resolve) => holder.once("exit", resolve));
  expect(await lock.held(path)).toBe(false);
});

test("whether a run builds is not known before a look; a run counts from its start on, and no longer without a sign", async () => {
  const found = reconciler();
  expect(found.building()).toBeNull();
  await found.look();
  expect(found.building()).toEqual([]);
  store.append([
    { type: "target/seen", payload: { name: "@main", firstSeenAt: 1 } },
    { type: "run/changed", payload: sampleRun() },
  ]);
  expect(found.building()).toEqual([{ runId: sampleRun().id, remaining: null }]);
  await found.look();
  expect(found.building()).toEqual([]);
});
