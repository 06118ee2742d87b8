import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  historyName,
  parseHistory,
  parseSummary,
} from "../../../server/src/evidence/results/dsynthReport.ts";
import type { Result } from "../../../server/src/protocol/index.ts";
import { progressFiles } from "../../../server/src/tracker/progressFiles.ts";
import { sampleResult, sampleRun } from "../../fixtures/states/entities.ts";

const began = Date.UTC(2026, 10, 22, 6, 36, 2);
const counts = { built: 1, failed: 1, ignored: 1, skipped: 2 };
const run = sampleRun({ state: "finished", startedAt: began, endedAt: began + 3_600_000, counts });
const at = (seconds: number) => ({ at: began + seconds * 1000 });
const results: Result[] = [
  sampleResult({ origin: "devel/good", kind: "built", seconds: 90, ...at(95) }),
  sampleResult({
    origin: "devel/bad",
    flavor: "py311",
    kind: "failed",
    phase: "build",
    seconds: 6,
    ...at(6),
  }),
  sampleResult({ origin: "www/one", kind: "skipped", reason: "devel/bad@py311", ...at(7) }),
  sampleResult({ origin: "www/two", kind: "skipped", reason: "www/one->devel/bad@py311", ...at(7) }),
  sampleResult({ origin: "x11/not", kind: "ignored", reason: "is marked as broken", ...at(0) }),
];

describe("a run as dsynth's progress page reads it", () => {
  it("has its results in the order in which they came, with what each failure holds up", () => {
    const files = progressFiles(run, results, null, 0);
    expect([...files.keys()]).toEqual(["01_history.json", "summary.json"]);
    const entries = JSON.parse(files.get("01_history.json") ?? "");
    expect(entries.map(({ entry, origin, info }: Record<string, unknown>) => [entry, origin, info])).toEqual([
      [1, "x11/not", "is marked as broken :|:0"],
      [2, "devel/bad@py311", "build: 2"],
      [3, "www/one", "devel/bad@py311 "],
      [4, "www/two", "www/one->devel/bad@py311 "],
      [5, "devel/good", ""],
    ]);
    expect(entries[4]).toMatchObject({ elapsed: "00:01:35", duration: "00:01:30", result: "built" });
    const summary = JSON.parse(files.get("summary.json") ?? "");
    expect(summary).toMatchObject({
      kickoff: " 22-Nov-2026 06:36:02 GMT",
      kfiles: 1,
      active: 0,
      builders: [],
    });
    expect(summary.stats).toMatchObject({ queued: 5, remains: 0, elapsed: " 01:00:00", pkghour: 2 });
  });

  it("shows the slots of a builder that is at work", () => {
    const slot = { slot: "01", origin: "devel/foo", flavor: "", phase: "build", lines: 12, seconds: 65 };
    const idle = { slot: "02", origin: "", flavor: "", phase: "", lines: 0, seconds: null };
    const live = {
      ...{ runId: run.id, target: "@main", profile: "main", at: began, seconds: 60, queued: 9, remaining: 4 },
      ...{ counts, perHour: 120, impulse: 90, load: 3.14, slots: [slot, idle] },
    };
    const text = progressFiles({ ...run, state: "active", endedAt: null }, [], live, began).get(
      "summary.json",
    );
    expect(parseSummary(text ?? "")).toMatchObject({
      ...{ active: true, queued: 9, remaining: 4, perHour: 120, load: 3.1 },
      slots: [slot, { slot: "02", phase: "Idle", seconds: null }],
    });
  });

  it("says the same to a reader of dsynth's files as the store says, whatever reasons hold", () => {
    const origin = fc.stringMatching(/^[a-z]{1,8}\/[a-z0-9-]{1,40}$/);
    const kind = fc.constantFrom("built", "failed", "ignored", "skipped");
    const result = fc.record({ origin, kind, reason: fc.string({ unit: "grapheme", maxLength: 200 }) });
    fc.assert(
      fc.property(fc.array(result, { maxLength: 900 }), (given) => {
        const all = given.map(
          (one, index) => sampleResult({ ...one, phase: "stage", ...at(index) }) as Result,
        );
        const files = progressFiles(run, all, null, 0);
        const histories = [...files].filter(([name]) => historyName.test(name)).map(([, text]) => text);
        const read = histories.flatMap((text) => {
          expect(Buffer.byteLength(text)).toBeLessThan(60_000);
          const { results: found, whole } = parseHistory(text);
          expect(whole).toBe(true);
          return found;
        });
        expect(read.map((one) => [one.origin, one.kind])).toEqual(all.map((one) => [one.origin, one.kind]));
        expect(JSON.parse(files.get("summary.json") ?? "").kfiles).toBe(histories.length);
      }),
      { numRuns: 40 },
    );
  });
});
