import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CaseOrder, FailureClass, type Run } from "../../server/src/protocol/index.ts";
import { openStore } from "../../server/src/store/sqlite/open.ts";
import type { CaseFilter, Store } from "../../server/src/store/types.ts";
import { sampleBundle, sampleCase, sampleResult, sampleRun } from "../fixtures/states/entities.ts";

const rounds = 300;

/** Cases, their groups and the results of runs as a person's editor asks for them: pages of 200 with their total. */
export async function run([given = "20000"]: string[]): Promise<void> {
  const count = Number(given);
  const dir = mkdtempSync(join(tmpdir(), "portwright-bench-"));
  const store = openStore({ dir, now: Date.now });
  try {
    fill(store, count);
    console.log(`${count} cases, ${rounds} rounds each, ms: median, p99, then what was found`);
    for (const order of CaseOrder.options) {
      for (const [name, filter] of Object.entries(filters))
        measure(`${order}, ${name}`, () => store.cases(filter, { limit: 200 }, order).total);
      const { nextCursor } = store.cases({}, { limit: Math.min(10_000, count >> 1) }, order);
      const next = { limit: 200, cursor: nextCursor ?? undefined };
      measure(`${order}, from the middle`, () => store.cases({}, next, order).total);
    }
    for (const by of ["target", "class", "signature", "category", "maintainer"] as const)
      measure(`groups by ${by}`, () => store.caseGroups({ hidden: "without" }, by, { limit: 200 }).total);
    const [left, right] = fillRuns(store, count);
    measure("results of a run", () => store.resultPage({ runId: left.id }, { limit: 200 }).total);
    measure("two runs", () => store.compareRuns({ left, right }, { limit: 200 }).items.length);
    const change = "newly-failed";
    measure(
      "two runs, newly failed",
      () => store.compareRuns({ left, right, change }, { limit: 200 }).counts[change],
    );
  } finally {
    store.close();
    rmSync(dir, { recursive: true });
  }
}

const filters: Record<string, CaseFilter> = {
  all: {},
  "not hidden": { hidden: "without" },
  "needs a person": { needsPerson: true, hidden: "without" },
  "two states": { states: ["waiting", "escalated"] },
  "a rare class": { classification: "timeout" },
  "a signature": { group: { by: "signature", key: "sig7" } },
  text: { text: "port1234", hidden: "without" },
};

function fill(store: Store, count: number): void {
  store.append([
    { type: "run/changed", payload: sampleRun() },
    { type: "bundle/added", payload: sampleBundle() },
  ]);
  const classes = FailureClass.options;
  const made = Array.from({ length: count }, (_, n) =>
    sampleCase({
      id: `case${(n * 7919) % count}`,
      target: n % 3 ? "@main" : "@2026Q3",
      origin: `cat${n % 60}/port${n}`,
      state: n % 9 ? "open" : n % 2 ? "waiting" : "escalated",
      classification: classes[Math.floor(Math.sqrt(n % (classes.length * classes.length)))] ?? "unknown",
      cause: `${"src/file.c:123:45: error: use of undeclared identifier 'thing'".repeat(2)} ${n % 3000}`,
      signature: `sig${n % 3000}`,
      maintainer: `person${n % 900}@example.org`,
      pkgname: `port${n}-1.2.3.pkg`,
      ...(n % 10 ? {} : { blocked: n % 700 }),
      ...(n % 50 ? {} : { ignored: true }),
      openedAt: 1_700_000_000_000 + n,
      handOver: "Neither a rule nor a model settled it: ".repeat(8),
    }),
  );
  store.append(made.map((payload) => ({ type: "case/changed", payload })));
}

/** Two runs of `count` ports: every twentieth fails in either, most of them in both, and every tenth has a new version. */
function fillRuns(store: Store, count: number): [Run, Run] {
  const fill = (id: string, shift: number): Run => {
    const run = sampleRun({ id });
    const results = Array.from({ length: count }, (_, n) =>
      sampleResult({
        ...{ runId: id, origin: `cat${n % 60}/port${n}` },
        kind: (n + (n % 7 ? 0 : shift)) % 20 ? "built" : "failed",
        pkgname: `port${n}-1.${n % 10 ? 0 : shift}.pkg`,
      }),
    );
    store.append([
      { type: "run/changed", payload: run },
      ...results.map((payload) => ({ type: "result/recorded" as const, payload })),
    ]);
    return run;
  };
  return [fill("left", 0), fill("right", 1)];
}

function measure(name: string, act: () => number): void {
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < rounds; round++) {
    const before = performance.now();
    found = act();
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1).padStart(7);
  console.log(`${name.padEnd(34)}${at(0.5)}${at(0.99)}  ${found}`);
}
