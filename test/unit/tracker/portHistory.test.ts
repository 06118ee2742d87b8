import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ResultKind } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { portHistories } from "../../../server/src/tracker/portHistory.ts";
import { sampleBundle, sampleCase, sampleResult, sampleRun } from "../../fixtures/states/entities.ts";

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portwright-history-"));
  store = openStore({ dir: folder, now: () => 1 });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** Runs of a target, oldest first, and what each did with the port; null where it did not try it. */
function runs(target: string, kinds: (ResultKind | "fetched" | null)[], flavor = ""): void {
  store.append([{ type: "target/seen", payload: { name: target, firstSeenAt: 1 } }]);
  for (const [index, kind] of kinds.entries()) {
    const [id, at] = [`${target}${flavor}-${index + 1}`, (index + 1) * 1000];
    const fetched = kind === "fetched" ? { kind: "built" as const, fetchedOnly: true } : {};
    const result = { runId: id, target, origin: "devel/one", flavor, at, pkgname: `one-${index + 1}.pkg` };
    store.append([
      { type: "run/changed", payload: sampleRun({ id, target, startedAt: at, state: "finished" }) },
      ...(kind === null
        ? []
        : [
            {
              type: "result/recorded" as const,
              payload: sampleResult({ ...result, ...(kind !== "fetched" && { kind }), ...fetched }),
            },
          ]),
    ]);
  }
}
const only = (limit = 50) => {
  const [history, ...others] = portHistories(store, { origin: "devel/one", runs: limit });
  expect(others).toEqual([]);
  return history;
};

it("names the last success and the failure with which it broke", () => {
  runs("@main", ["built", "built", "failed", null, "failed", "skipped"]);
  expect(only()).toMatchObject({
    ...{ target: "@main", flavor: "", caseId: null, flips: 1 },
    ...{ last: { kind: "skipped", runId: "@main-6" }, lastBuilt: { runId: "@main-2" } },
    firstBad: { runId: "@main-3" },
  });
  expect(only()?.results.map(({ runId }) => runId)).toEqual(
    ["6", "5", "3", "2", "1"].map((number) => `@main-${number}`),
  );
});

it("says where older runs were not looked at", () => {
  runs("@main", ["built", "failed", "failed"]);
  expect(only(2)).toMatchObject({ lastBuilt: null, older: true });
  expect(only(3)).not.toHaveProperty("older");
});

it("points from a port that was skipped last to what has to build first, with its case", () => {
  runs("@main", ["skipped"]);
  const bundle = sampleBundle({ id: "b", runId: "@main-1", origin: "devel/root" });
  const reason = "devel/mid->devel/root lang/other->devel/root@py311";
  store.append([
    { type: "bundle/added", payload: bundle },
    { type: "case/changed", payload: sampleCase({ id: "c", origin: "devel/root", bundleId: "b" }) },
    {
      type: "result/recorded",
      payload: sampleResult({ runId: "@main-1", origin: "devel/one", kind: "skipped", reason }),
    },
  ]);
  expect(only()?.heldUpBy).toEqual([
    { origin: "devel/root", flavor: "", caseId: "c" },
    { origin: "devel/root", flavor: "py311", caseId: null },
  ]);
  runs("@main", ["skipped", "failed"]);
  expect(only()).not.toHaveProperty("heldUpBy");
});

it("nothing is bad about a port that builds, and nobody knows where one broke that never did", () => {
  runs("@main", ["failed", "built"]);
  expect(only()).toMatchObject({ firstBad: null, lastBuilt: { runId: "@main-2" } });
  runs("@main", ["failed", "failed"]);
  expect(only(1)).toMatchObject({ firstBad: null, lastBuilt: null, last: { kind: "failed" } });
});

it("counts how often it came and went; what was only fetched or skipped is no success and no failure", () => {
  runs("@main", ["built", "failed", "fetched", "skipped", "failed", "built", "ignored", "failed", "built"]);
  expect(only()).toMatchObject({ flips: 4, firstBad: null });
});

it("keeps targets and flavors apart, and tells of none that nobody tried", () => {
  runs("@a", ["built"]);
  runs("@a", ["failed"], "py311");
  runs("@b", ["failed"]);
  const all = portHistories(store, { origin: "devel/one", runs: 10 });
  expect(all.map(({ target, flavor, last }) => [target, flavor, last?.kind])).toEqual([
    ["@a", "py311", "failed"],
    ["@a", "", "built"],
    ["@b", "", "failed"],
  ]);
  const one = { origin: "devel/one", flavor: "py311", target: "@a", runs: 10 };
  expect(portHistories(store, one)).toHaveLength(1);
  expect(() => portHistories(store, { ...one, target: "@b" })).toThrow(
    "none of the newest 10 runs of @b tried devel/one@py311",
  );
});
