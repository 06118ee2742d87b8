import { expect, it } from "vitest";
import { resultRow, rootRow, runRow, slotRow } from "../../../../extension/src/builds/rows.ts";
import type { LiveRun } from "../../../../server/src/protocol/index.ts";
import { fill } from "../../../../server/src/sessionPage/strings.ts";
import { sampleResult, sampleRun } from "../../../fixtures/states/entities.ts";

const hour = 3_600_000;
const counts = { built: 312, failed: 4, skipped: 20, ignored: 0 };
const slot = { slot: "01", origin: "devel/foo", flavor: "py311", phase: "build", lines: 1200, seconds: 185 };
const live: LiveRun = {
  ...{ runId: "run-1", target: "@main", profile: "main", at: 0, seconds: 7200, queued: 1000, remaining: 664 },
  ...{ counts, perHour: 156, impulse: 180, etaSeconds: 13_300, load: 7.9, slots: [slot] },
};

it("a live run says how far it is, how fast, and when it will be done", () => {
  const row = runRow("local", sampleRun(), live, 3 * hour, fill);
  expect(row.description).toBe("312 built, 4 failed, 20 skipped · 664 to go · 180/h · 3 h left");
  expect(row).toMatchObject({ label: "@main", children: "expanded", icon: "loading~spin" });
});

it("a run without a rate yet has no end in sight, and one that cannot be looked at says so little", () => {
  const { etaSeconds: _, ...unsure } = { ...live, impulse: 0, perHour: 0 };
  expect(runRow("local", sampleRun(), unsure, 0, fill).description).toMatch(/664 to go · 0\/h$/);
  expect(runRow("local", sampleRun({ counts }), undefined, 0, fill).description).toMatch(/ · running$/);
  const trees = { ports: { commit: "0123456789abcdef", branch: "main" } };
  const known = sampleRun({ buildType: "release", queued: 31, trees });
  expect(runRow("local", known, undefined, 0, fill).tooltip).toMatch(
    /Built for release\n31 ports queued\nports at 0123456789ab of main$/,
  );
});

it("a past run says how long ago it ended, and that it was aborted", () => {
  const ended = { startedAt: 0, endedAt: 2 * hour, counts };
  const row = runRow("local", sampleRun({ ...ended, state: "finished" }), undefined, 5 * hour, fill);
  expect(row.description).toBe("312 built, 4 failed, 20 skipped · 3 h ago");
  const just = runRow("local", sampleRun({ ...ended, state: "finished" }), undefined, 2 * hour + 9, fill);
  expect(just.description).toMatch(/ · just now$/);
  const aborted = runRow("local", sampleRun({ ...ended, state: "aborted" }), undefined, 5 * hour, fill);
  expect(aborted.description).toMatch(/^aborted · /);
  expect(aborted.id).toBe(row.id);
});

it("a slot says its port, phase and time, or that it is idle", () => {
  expect(slotRow("local", "run-1", slot, fill)).toMatchObject({
    ...{ label: "01  devel/foo@py311", description: "build · 3 min · 1200 lines" },
  });
  const idle = { ...slot, origin: "", flavor: "", phase: "", lines: 0, seconds: null };
  expect(slotRow("local", "run-1", idle, fill)).toMatchObject({ label: "01  idle", description: "" });
});

it("a result says what a porter asks of its kind", () => {
  const failed = resultRow("local", sampleResult({ kind: "failed", phase: "stage", seconds: 300 }), fill);
  expect(failed).toMatchObject({ description: "in stage · 5 min", command: "portwright.openLog" });
  const skipped = resultRow("local", sampleResult({ kind: "skipped", reason: "devel/foo" }), fill);
  expect(skipped).toMatchObject({ description: "devel/foo", children: "none" });
  expect(skipped.command).toBeUndefined();
});

it("a skipped port leads to what holds it up, and to its log where its failure is known", () => {
  const known = { origin: "devel/foo", flavor: "py311", caseId: "c" };
  const result = { ...sampleResult({ kind: "skipped" }), heldUpBy: [known] };
  const skipped = resultRow("local", result, fill);
  expect(skipped.children).toBe("collapsed");
  expect(rootRow(skipped, known, fill)).toMatchObject({
    ...{ label: "devel/foo@py311", description: "holds it up", command: "portwright.openLog" },
    tags: ["failedResult"],
  });
  const unknown = rootRow(skipped, { ...known, caseId: null }, fill);
  expect(unknown).toMatchObject({ description: "no case of it is known", tags: ["result"] });
  expect(unknown.command).toBeUndefined();
});
