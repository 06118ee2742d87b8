import { describe, expect, it } from "vitest";
import type { Job } from "../../../server/src/protocol/index.ts";
import {
  budgetShares,
  canSpeak,
  isBuilding,
  isHeld,
  phaseDurations,
  shownBuilds,
  stateOf,
  usageOf,
} from "../../../webview/src/state.ts";
import { sampleAttempt, sampleCase, sampleTurn } from "../extension/samples.ts";
import { sampleLive, sampleSession, viewOf } from "./sessions.ts";

const job = (paused: boolean): Job => ({
  ...{ id: "j1", kind: "patch", caseId: "c1", state: "leased", requestedBy: "ann", tier: null, context: "" },
  ...{ lineage: 1, paused, fence: 1, leaseExpiresAt: 9, error: null, queuedAt: 0, endedAt: null },
});

describe("the state of an attempt", () => {
  it.each([
    ["running", { live: sampleLive() }],
    ["pausing", { job: job(true), live: sampleLive() }],
    ["paused", { job: job(true), live: sampleLive({ paused: true }) }],
    ["waiting", { job: { ...job(false), state: "queued" as const } }],
    ["paused", { job: { ...job(true), state: "queued" as const } }],
    ["gave-up", { attempt: sampleAttempt({ outcome: "gave-up", endedAt: 1 }), job: job(true) }],
  ])("%s", (expected, changes) => expect(stateOf(viewOf(sampleSession(changes)))).toBe(expected));

  it("is held with its job, also when it died with the server, and not when the job has ended", () => {
    const dead = sampleAttempt({ outcome: "error", endedAt: 1 });
    const held = (given: Job | null) => isHeld(viewOf(sampleSession({ attempt: dead, job: given })));
    expect(held({ ...job(true), state: "queued" })).toBe(true);
    expect(held({ ...job(true), state: "cancelled" })).toBe(false);
    expect([held(job(false)), held(null)]).toEqual([false, false]);
  });

  it("lets a person speak to what runs, and to the next attempt of an open case", () => {
    const running = sampleSession();
    const ended = sampleSession({ attempt: sampleAttempt({ outcome: "gave-up", endedAt: 1 }) });
    const attempts = [1, 2].map((number) => ({ number, outcome: null }));
    const delivered = sampleCase({ state: "delivered" });
    const can = [running, ended, { ...ended, attempts }, { ...ended, case: delivered }];
    expect(can.map((session) => canSpeak(viewOf(session)))).toEqual([true, true, false, false]);
    expect(canSpeak(viewOf({ ...running, steerable: false }))).toBe(false);
  });
});

describe("builds", () => {
  const phases = (...names: string[]) => names.map((phase, at) => ({ phase, at }));

  it("take the running one from the live state, those before from the events", () => {
    const live = sampleLive({ build: 2, phases: phases("fetch", "extract") });
    const view = viewOf(sampleSession({ live, phases: phases("fetch", "build", "fetch") }));
    expect(shownBuilds(view).map((build) => build.map(({ phase }) => phase))).toEqual([
      ["fetch", "build"],
      ["fetch", "extract"],
    ]);
  });

  it("go on in the proof, after the attempt", () => {
    const proving = sampleSession({
      attempt: sampleAttempt({ outcome: "fixed", endedAt: 1 }),
      case: sampleCase({ state: "proving" }),
    });
    expect(isBuilding(viewOf(proving))).toBe(true);
    expect(isBuilding(viewOf({ ...proving, case: sampleCase({ state: "waiting" }) }))).toBe(false);
  });

  it("count each phase until the next one", () => {
    const starts = [
      { phase: "fetch", at: 100 },
      { phase: "build", at: 350 },
    ];
    expect(phaseDurations(starts, 1000)).toEqual([250, 650]);
    expect(phaseDurations(starts, null)).toEqual([250, null]);
  });
});

describe("the budget", () => {
  const usage = {
    ...{ uncachedTokens: 600, cachedTokens: 9000, outputTokens: 100, reasoningTokens: 40 },
    estimated: false,
  };
  const budget = { tokens: 1000, turns: 10, builds: 2, wallMs: 60_000 };

  it("warns from 70 % on, and says when all is used", () => {
    const attempt = sampleAttempt({ budget, builds: 2 });
    const view = viewOf(sampleSession({ attempt, turns: [sampleTurn(1, { usage })] }));
    const shares = budgetShares(view, usageOf(view), 41_999);
    expect(shares.map(({ key, used, level }) => [key, used, level])).toEqual([
      ["tokens", 700, "warning"],
      ["turns", 1, "calm"],
      ["builds", 2, "spent"],
      ["wallMs", 41_999, "calm"],
    ]);
  });

  it("is unknown for an attempt from before budgets were recorded", () => {
    const view = viewOf(sampleSession());
    expect(budgetShares(view, usageOf(view), 0)).toEqual([]);
  });

  it("takes the tokens of the turns until the attempt has its sum", () => {
    const turns = [sampleTurn(1, { usage }), sampleTurn(2, { usage: { ...usage, estimated: true } })];
    expect(usageOf(viewOf(sampleSession({ turns })))).toMatchObject({
      cachedTokens: 18_000,
      estimated: true,
    });
    const attempt = sampleAttempt({ outcome: "stopped", endedAt: 1, usage });
    expect(usageOf(viewOf(sampleSession({ turns, attempt })))).toEqual(usage);
  });
});
