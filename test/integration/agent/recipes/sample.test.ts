import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchRecipes } from "../../../../server/src/agent/recipes/match.ts";
import { decide } from "../../../../server/src/policy/decide.ts";
import { fixtureRoot } from "../../../fixtures/ports/trees.ts";
import { createRepairBench, policy, type RepairBench } from "./bench.ts";

interface SampleFailure {
  number: number;
  origin: string;
  flavor: string;
  byRule: boolean;
}
const cases = JSON.parse(await readFile(join(fixtureRoot, "cases.json"), "utf8"));
const failures = cases.failures as SampleFailure[];

let bench: RepairBench;
beforeAll(async () => {
  bench = await createRepairBench();
});
afterAll(() => bench.remove());

describe("the sample tree, with no model", () => {
  test.each(failures.filter((failure) => failure.byRule))(
    "fixes $number, $origin",
    async ({ origin, flavor }) => {
      const diagnosis = await bench.diagnose(origin, flavor);
      const report = await bench.repair(origin, diagnosis, { flavor });
      expect(report, report.summary).toMatchObject({ outcome: "fixed" });
      expect(report.usage).toMatchObject({ uncachedTokens: 0, outputTokens: 0 });
      const touched = [...report.diff.matchAll(/^diff --git a\/(\S+)/gm)].map((found) => found[1]);
      expect(touched.every((path) => path?.startsWith(`ports/${origin}/`))).toBe(true);
      expect(await bench.builds(origin, report.diff, flavor)).toBe(true);
    },
  );

  test.each(failures.filter((failure) => !failure.byRule))(
    "gives up on $number, $origin, with an account and no diff",
    async ({ origin, flavor }) => {
      const diagnosis = await bench.diagnose(origin, flavor);
      const report = await bench.repair(origin, diagnosis, { flavor });
      expect(report).toMatchObject({ outcome: "gave-up", diff: "" });
      expect(report.summary).toContain(diagnosis.cause?.text.trim());
    },
  );

  test("never lets the agent at a checksum", async () => {
    const origin = "devel/jsonpick";
    const diagnosis = await bench.diagnose(origin);
    const recipes = matchRecipes(policy.recipes, diagnosis);
    expect(recipes).toEqual([]);
    for (const requestedTier of [undefined, "AUTO", "ASSIST"] as const) {
      const request = { origin, target: "@2026Q3", diagnosis, recipes, requestedTier };
      expect(decide(policy, request).tier).toBe("MANUAL");
    }
  });
});
