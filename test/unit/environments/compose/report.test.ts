import { describe, expect, it } from "vitest";
import { errorsOfTree, judge, parseReport } from "../../../../server/src/environments/compose/report.ts";

const row = (more: object) => ({ origin: "devel/a", type: "port", applied_ops: 1, total_ops: 1, ...more });
const report = (port: object | null, errors: string[] = []) =>
  parseReport(
    JSON.stringify({
      ok: errors.length === 0,
      target: "@main",
      stages: [{ name: "apply_semantic_ops", success: errors.length === 0, errors, metadata: {} }],
      ports: port === null ? [] : [port],
    }),
  );

describe("judge", () => {
  it("lists what was applied", () => {
    const port = row({ fallback_patch_count: 2, implicit_files_copied: 3, compat_stages_executed: ["copy"] });
    expect(judge(report(port), "devel/a", false)).toEqual({
      ...{
        applied: ["1 operations", "2 patches", "3 files", "copy"],
        skipped: [],
        rejects: [],
        isLeftOut: false,
      },
    });
  });

  it.each([
    ["nothing counted", row({ applied_ops: 0 }), false],
    ["the same files as upstream", row({}), true],
    ["nothing said of it", null, false],
    ["a failure without a reason", row({ errors: 1 }), false],
    ["an operation that failed", row({ failed_ops: 1 }), false],
  ])("rejects %s", (_what, port, isUpstream) => {
    expect(judge(report(port), "devel/a", isUpstream).rejects).toHaveLength(1);
  });

  it.each([
    ["mask", { type: "mask", applied_ops: 0 }, true],
    ["removed for the target", { applied_ops: 0, notes: ["removed-for-target"] }, true],
    ["lock", { type: "lock", applied_ops: 0 }, false],
  ])("takes no effect for none where the overlay wants it: %s", (_what, more, isLeftOut) => {
    expect(judge(report(row(more)), "devel/a", true)).toMatchObject({ rejects: [], isLeftOut });
  });

  it("bounds what a report can say", () => {
    const errors = Array.from({ length: 500 }, () => `E_X: devel/a: ${"x".repeat(5000)}`);
    const { rejects } = judge(report(row({ errors: 500 }), errors), "devel/a", false);
    expect(rejects).toHaveLength(50);
    expect(rejects[0]?.hunks).toHaveLength(1000);
  });
});

it("tells errors of the tree from those of its ports", () => {
  const errors = ["E_APPLY_FAILED: devel/a: no", "E_BRANCH: expected main", "E_SPECIAL: Mk/x.diff: no"];
  expect(errorsOfTree(report(row({}), errors))).toEqual(errors.slice(1));
});

it.each([
  ["", /printed no report/],
  ["Traceback", /printed no report, but: Traceback/],
  ["{}", /cannot be read: ok: .*stages: /],
  ['{"ok":true,"stages":[],"ports":[{"origin":"a/b","applied_ops":"many"}]}', /ports\.0\.applied_ops/],
  ['{"ok":false,"stages":[],"ports":[{"origin":"../../..","errors":1}]}', /ports\.0\.origin: .*category/],
])("refuses %j", (text, why) => {
  expect(() => parseReport(text)).toThrow(why);
});
