import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addRecipePorts, isBuildable, recipePorts } from "../../../fixtures/recipes/ports.ts";
import { createRepairBench, type RepairBench } from "./bench.ts";

let bench: RepairBench;
beforeAll(async () => {
  bench = await createRepairBench({}, addRecipePorts);
});
afterAll(() => bench.remove());

describe("ports that really fail", () => {
  test.each(recipePorts.filter((port) => port.recipe !== null && isBuildable(port)))(
    "$origin is mended by $recipe alone",
    async ({ origin, recipe, told }) => {
      const diagnosis = await bench.diagnose(origin);
      const report = await bench.repair(origin, diagnosis);
      const seen = `${report.summary}\n${JSON.stringify(diagnosis.findings)}\n${diagnosis.extract}`;
      expect(report, seen).toMatchObject({ outcome: "fixed", usage: { uncachedTokens: 0, outputTokens: 0 } });
      for (const words of told) expect(`${report.diff}\n${report.summary}`).toContain(words);
      expect(report.record.map(({ text }) => text).join("\n")).toContain(`Recipe ${recipe}:`);
      expect(await bench.builds(origin, report.diff)).toBe(true);
    },
  );

  test.each(recipePorts.filter((port) => port.recipe === null && isBuildable(port)))(
    "$origin is left as it is",
    async ({ origin, told }) => {
      const diagnosis = await bench.diagnose(origin);
      const report = await bench.repair(origin, diagnosis);
      const seen = `${report.summary}\n${JSON.stringify(diagnosis.findings)}`;
      expect(report, seen).toMatchObject({ outcome: "gave-up", diff: "" });
      for (const words of told) expect(report.summary, seen).toContain(words);
    },
  );
});
