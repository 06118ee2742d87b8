import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Result, ResultKind, Run } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { sampleBundle, sampleCase, sampleResult, sampleRun } from "../../fixtures/states/entities.ts";

let dir: string;
let store: Store;
const left = sampleRun({ id: "left", state: "finished" });
const right = sampleRun({ id: "right", state: "finished", startedAt: 2000 });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-comparison-"));
  store = openStore({ dir, now: () => 1 });
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

function record(run: Run, results: readonly Partial<Result>[]): void {
  store.append([
    { type: "run/changed", payload: run },
    ...results.map((changes) => ({
      type: "result/recorded" as const,
      payload: sampleResult({ runId: run.id, ...changes }),
    })),
  ]);
}
const named = (origin: string, kind: ResultKind, pkgname = `${origin.split("/")[1]}-1.0.pkg`) => ({
  ...{ origin, kind, pkgname },
});

test("two runs side by side: each change is named, unchanged ports are left out, and the case is found", () => {
  record(left, [
    named("devel/broken", "built"),
    named("devel/fixed", "failed"),
    named("devel/gone", "built"),
    named("devel/same", "built"),
    named("devel/still", "failed"),
    named("devel/held", "built"),
    named("devel/newer", "built"),
  ]);
  record(right, [
    named("devel/broken", "failed"),
    named("devel/fixed", "built", "fixed-1.1.pkg"),
    named("devel/same", "built"),
    named("devel/still", "failed"),
    named("devel/held", "skipped"),
    named("devel/newer", "built", "newer-2.0.pkg"),
    named("lang/new", "failed"),
  ]);
  store.append([
    { type: "bundle/added", payload: sampleBundle({ runId: "left" }) },
    { type: "case/changed", payload: sampleCase({ id: "c9", origin: "devel/broken" }) },
  ]);
  const { items, counts } = store.compareRuns({ left, right }, { limit: 50 });
  expect(items.map(({ origin, changes }) => `${origin}: ${changes.join(" ")}`)).toEqual([
    "devel/broken: newly-failed",
    "devel/fixed: fixed version-changed",
    "devel/gone: only-left",
    "devel/held: newly-skipped",
    "devel/newer: version-changed",
    "devel/still: still-failing",
    "lang/new: newly-failed only-right",
  ]);
  expect(counts).toEqual({
    ...{ "newly-failed": 2, fixed: 1, "still-failing": 1, "newly-skipped": 1 },
    ...{ "version-changed": 2, "only-left": 1, "only-right": 1 },
  });
  expect(items[0]).toMatchObject({ caseId: "c9", left: { kind: "built" }, right: { kind: "failed" } });
  expect(items[6]).toMatchObject({ caseId: null, left: null });
  const failed = store.compareRuns({ left, right, change: "newly-failed" }, { limit: 1 });
  expect(failed.items.map(({ origin }) => origin)).toEqual(["devel/broken"]);
  expect(failed.counts).toEqual(counts);
  const rest = store.compareRuns(
    { left, right, change: "newly-failed" },
    { limit: 5, cursor: failed.nextCursor ?? "" },
  );
  expect(rest.items.map(({ origin }) => origin)).toEqual(["lang/new"]);
  expect(rest.nextCursor).toBeNull();
});

test("what a run is told after it was compared shows, and other runs' results change nothing", () => {
  record(left, [named("devel/a", "built"), named("devel/b", "built")]);
  record(right, [named("devel/a", "built"), named("devel/b", "failed")]);
  const failing = () => {
    const { items, counts } = store.compareRuns({ left, right }, { limit: 9 });
    return [counts["newly-failed"], ...items.map(({ origin }) => origin)];
  };
  expect(failing()).toEqual([1, "devel/b"]);
  record(sampleRun({ id: "other" }), [named("devel/a", "failed")]);
  expect(failing()).toEqual([1, "devel/b"]);
  record(right, [named("devel/a", "failed")]);
  expect(failing()).toEqual([2, "devel/a", "devel/b"]);
  record(left, [named("devel/b", "failed")]);
  expect(failing()).toEqual([1, "devel/a", "devel/b"]);
});

const kind = fc.constantFrom<ResultKind>("built", "failed", "skipped", "ignored");
const outcome = fc.record({ left: fc.option(kind), right: fc.option(kind), newer: fc.boolean() });

test("counts agree with what a person would count, and a change asked for gives just its rows, on any runs", () => {
  let number = 0;
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 30 }), (ports) => {
      number += 1;
      const [before, after] = [sampleRun({ id: `l${number}` }), sampleRun({ id: `r${number}` })];
      const origins = ports.map((_, index) => `devel/p${index >> 1}`);
      const resultsOf = (side: "left" | "right") =>
        ports.flatMap((port, index) => {
          const result = port[side];
          const version = side === "right" && port.newer ? 2 : 1;
          const flavor = index % 2 === 0 ? "" : "py311";
          return result ? [{ ...named(origins[index] ?? "", result, `p-${version}.pkg`), flavor }] : [];
        });
      record(before, resultsOf("left"));
      record(after, resultsOf("right"));
      const { counts } = store.compareRuns({ left: before, right: after }, { limit: 1 });
      const count = (test: (port: (typeof ports)[number]) => boolean) => ports.filter(test).length;
      expect(counts["newly-failed"]).toBe(count((p) => p.right === "failed" && p.left !== "failed"));
      expect(counts.fixed).toBe(count((p) => p.left === "failed" && p.right === "built"));
      expect(counts["only-left"]).toBe(count((p) => p.left !== null && p.right === null));
      expect(counts["version-changed"]).toBe(count((p) => p.left !== null && p.right !== null && p.newer));
      for (const [change, expected] of Object.entries(counts)) {
        const { items } = store.compareRuns(
          { left: before, right: after, change: change as keyof typeof counts },
          { limit: 100 },
        );
        expect(items).toHaveLength(expected);
      }
    }),
    { numRuns: 40 },
  );
});

test("a run's results are paged by origin, filtered by kind and by text", () => {
  record(left, [
    named("devel/a", "built"),
    { ...named("devel/b", "failed"), phase: "configure" },
    { ...named("lang/c", "skipped"), reason: "skipped due to devel/b" },
  ]);
  const page = store.resultPage({ runId: "left" }, { limit: 2 });
  expect([page.total, page.items.map(({ origin }) => origin)]).toEqual([3, ["devel/a", "devel/b"]]);
  const rest = store.resultPage({ runId: "left" }, { limit: 2, cursor: page.nextCursor ?? "" });
  expect(rest.items.map(({ origin }) => origin)).toEqual(["lang/c"]);
  expect(store.resultPage({ runId: "left", kind: "failed" }, { limit: 9 }).total).toBe(1);
  const found = store.resultPage({ runId: "left", text: "DEVEL/B" }, { limit: 9 });
  expect(found.items.map(({ origin }) => origin)).toEqual(["devel/b", "lang/c"]);
});
