import { expect, it } from "vitest";
import { groupRow, sessionRow } from "../../../../extension/src/sessions/rows.ts";
import type { ModelInfo, SessionRow } from "../../../../server/src/protocol/index.ts";
import { fill } from "../../../../server/src/sessionPage/strings.ts";
import { sampleJob } from "../../../fixtures/states/entities.ts";
import { sampleAttempt, sampleCase } from "../samples.ts";

const minute = 60_000;
const model: ModelInfo = {
  ...{
    name: "big",
    model: "big-1",
    endpoint: "model.example.org",
    roles: [],
    keyVariable: "KEY",
    hasKey: true,
  },
  price: { uncached: 1, cached: 0.1, output: 4, unit: "USD" },
};
const usage = { ...sampleAttempt().usage, uncachedTokens: 40_000, cachedTokens: 4_000, outputTokens: 1_200 };
const attempt = sampleAttempt({
  ...{ number: 2, provider: "openai", model: "big-1", turns: 5, builds: 1, usage, costMicros: 123_400 },
});
const session = (changes: Partial<SessionRow>): SessionRow => ({
  ...{ group: "running", case: sampleCase({ state: "patching" }), attempt },
  job: sampleJob({ kind: "patch", state: "leased", queuedAt: 0, requestedBy: "ann" }),
  ...changes,
});
const rowOf = (changes: Partial<SessionRow>) =>
  sessionRow("local", session(changes), [model], 9 * minute, fill);

it("a running session says what it spent, in the money of its model, and can be held and stopped", () => {
  const row = rowOf({});
  expect(row.description).toBe("repair · AUTO · openai · 5 turns · 1 build · 45k tokens · 0.1234 USD");
  expect(row.tags).toEqual(expect.arrayContaining(["hasSession", "canPause", "canStop", "canSteer"]));
  expect(row.accessibility).toMatch(/^repair, devel\/foo, /);
});

it("a held session can only be let go on or stopped", () => {
  const row = rowOf({ job: sampleJob({ kind: "patch", state: "leased", paused: true }) });
  expect(row.icon).toBe("debug-pause");
  expect(row.tags).toContain("canResume");
  expect(row.tags).not.toContain("canPause");
});

it("a queued session says who asked for it and how long it waits", () => {
  const row = rowOf({ group: "queued", attempt: null });
  expect(row.description).toBe("repair · for 9 min · asked by ann");
  expect(row.tags).not.toContain("hasSession");
  expect(row.command).toBe("portwright.openLog");
});

it("what waits for a person can be decided there", () => {
  const row = rowOf({ group: "waiting", job: null, case: sampleCase() });
  expect(row.description).toMatch(/^proved fix · patch-error · /);
  expect(row.tags).toEqual(expect.arrayContaining(["canAccept", "canReject", "hasDiff"]));
  expect(row.tags).not.toContain("canStop");
});

it("the same case stands in two groups as two rows, and one session has one id while it goes on", () => {
  const running = rowOf({});
  expect(rowOf({ attempt: null }).id).toBe(running.id);
  expect(rowOf({ group: "waiting", job: null }).id).not.toBe(running.id);
});

it("a group counts all that the server has", () => {
  expect(groupRow("local", "waiting", 312, fill)).toMatchObject({
    label: "Waiting for You",
    description: "312",
  });
  expect(groupRow("local", "recent", undefined, fill).description).toBe("");
});
