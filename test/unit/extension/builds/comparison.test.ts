import { expect, it } from "vitest";
import { comparisonText } from "../../../../extension/src/builds/comparison.ts";
import type { ComparedResult, Result } from "../../../../server/src/protocol/index.ts";
import { fill } from "../../../../server/src/sessionPage/strings.ts";
import { sampleResult, sampleRun } from "../../../fixtures/states/entities.ts";

const left = sampleRun({ id: "run-1", state: "finished" });
const right = sampleRun({ id: "run-2", state: "finished" });
const none = {
  ...{ "newly-failed": 0, fixed: 0, "still-failing": 0, "newly-skipped": 0 },
  ...{ "version-changed": 0, "only-left": 0, "only-right": 0 },
};
const compared = (
  origin: string,
  changes: ComparedResult["changes"],
  before: Partial<Result> | null,
  after: Partial<Result> | null,
): ComparedResult => ({
  ...{ origin, flavor: "", changes, caseId: null },
  left: before && sampleResult({ origin, ...before }),
  right: after && sampleResult({ origin, ...after }),
});

it("names each port that did something else, what is worse first", () => {
  const results = [
    compared("www/mended", ["fixed"], { kind: "failed", phase: "build" }, {}),
    compared(
      "devel/broken",
      ["newly-failed", "version-changed"],
      { pkgname: "b-1.0.pkg" },
      {
        ...{ kind: "failed", phase: "configure", pkgname: "b-1.1.pkg" },
      },
    ),
    compared("www/new", ["only-right"], null, { kind: "skipped", reason: "devel/broken" }),
  ];
  const counts = { ...none, "newly-failed": 1, fixed: 1, "version-changed": 1, "only-right": 1 };
  const text = comparisonText({ left, right, counts, results }, fill);
  expect(text.split("\n").slice(3)).toEqual([
    "Newly failed: 1",
    "  devel/broken  built -> failed in configure",
    "",
    "Fixed: 1",
    "  www/mended  failed in build -> built",
    "",
    "Another version: 1",
    "  devel/broken  1.0 -> 1.1",
    "",
    "Only in the later run: 1",
    "  www/new  skipped (devel/broken)",
    "",
  ]);
});

it("says how many it does not name, and when there is nothing to name", () => {
  const results = [compared("a/b", ["newly-failed"], {}, { kind: "failed" })];
  const many = comparisonText({ left, right, counts: { ...none, "newly-failed": 31 }, results }, fill);
  expect(many).toContain("... and 30 more");
  expect(comparisonText({ left, right, counts: none, results: [] }, fill)).toContain(
    "No port did anything else",
  );
});
