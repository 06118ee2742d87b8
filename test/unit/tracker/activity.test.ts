import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Activity, Delivery } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { caseActivity } from "../../../server/src/tracker/activity.ts";
import {
  sampleAttempt,
  sampleBundle,
  sampleCase,
  sampleJob,
  sampleProof,
  sampleRun,
} from "../../fixtures/states/entities.ts";

let dir: string;
let store: Store;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-activity-"));
  store = openStore({ dir, now: () => 1 });
  store.append([{ type: "run/changed", payload: sampleRun() }]);
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

const subject = sampleCase({ state: "closed", updatedAt: 100 });
const hash = "1".repeat(64);
const delivery: Delivery = {
  ...{
    id: "d",
    caseId: "case-1",
    proofId: "proof-1",
    state: "undone",
    repository: "/r",
    branch: "agentic/x",
  },
  ...{ base: "b", commit: "c", subject: "s", patchSha256: hash, plainSha256: hash, who: "ann", at: 70 },
  ...{ undoneAt: 90, undoneBy: "eve", pushed: { remote: "origin", who: "bob", at: 80 } },
};

function tell(): void {
  const said = { caseId: "case-1", who: "ann" };
  const approval = { caseId: "case-1", attemptId: "attempt-1", turn: 2, tool: "install_patches" as const };
  store.append([
    { type: "bundle/added", payload: sampleBundle({ at: 10 }) },
    ...(["open", "triaged", "triaged", "waiting"] as const).map((state, n) => ({
      type: "case/changed" as const,
      payload: sampleCase({ state, updatedAt: 10 + n }),
    })),
    { type: "case/changed", payload: subject },
    { type: "case/changed", payload: sampleCase({ id: "another", origin: "devel/other", state: "closed" }) },
    { type: "job/changed", payload: sampleJob({ queuedAt: 20, context: "use gmake", state: "leased" }) },
    { type: "attempt/changed", payload: sampleAttempt({ startedAt: 21 }) },
    {
      type: "steering/changed",
      payload: {
        ...{ ...said, id: "s", attemptId: null, text: "look at USES", mode: "steer", state: "delivered" },
        ...{ turn: 2, at: 30 },
      },
    },
    {
      type: "approval/changed",
      payload: {
        ...approval,
        id: "a",
        arguments: "{}",
        state: "rejected",
        who: "bob",
        text: "",
        at: 31,
        answeredAt: 33,
      },
    },
    {
      type: "approval/changed",
      payload: {
        ...approval,
        id: "b",
        arguments: "{}",
        state: "dropped",
        who: null,
        text: "",
        at: 34,
        answeredAt: null,
      },
    },
    {
      type: "attempt/changed",
      payload: sampleAttempt({ startedAt: 21, endedAt: 40, outcome: "fixed", summary: "done" }),
    },
    {
      type: "job/changed",
      payload: sampleJob({ queuedAt: 20, context: "use gmake", state: "done", endedAt: 41 }),
    },
    {
      type: "job/changed",
      payload: sampleJob({
        ...{ id: "job-2", kind: "verify", requestedBy: "ann", queuedAt: 42, endedAt: 43 },
        ...{ state: "cancelled", error: "stopped by bob" },
      }),
    },
    { type: "proof/recorded", payload: sampleProof({ endedAt: 50 }) },
    { type: "note/recorded", payload: { ...said, id: "n1", text: "accept", kind: "decision", at: 60 } },
    { type: "note/recorded", payload: { ...said, id: "n2", text: "hint", kind: "context", at: 61 } },
    { type: "delivery/changed", payload: delivery },
  ]);
}

const line = ({ at, who, what, text }: Activity): string => `${at} ${who} ${what} ${text}`;

test("who did what when is told from the facts, newest first", () => {
  tell();
  expect(caseActivity(store, subject, { limit: 50 }).items.map(line)).toEqual([
    "100  became closed, before waiting",
    "100 builder built the port builds again",
    "90 eve undid agentic/x",
    "80 bob delivered agentic/x pushed to origin",
    "70 ann delivered agentic/x",
    "61 ann said context: hint",
    "60 ann decided accept",
    "50 server proof proved",
    "43 server ended verify cancelled: stopped by bob",
    "42 ann asked verify",
    "40 p/m attempt attempt 1: fixed, done",
    "33 bob answered rejected install_patches of turn 2",
    "30 ann steered look at USES (delivered)",
    "21 p/m attempt attempt 1 began",
    "20 automation asked patch: use gmake",
    "13  became waiting, before triaged",
    "11  became triaged, before open",
    "10 builder failed compile-error in build, run run-1",
  ]);
});

test("pages hold, also where much happened at once and more happens meanwhile", () => {
  tell();
  const notes = Array.from({ length: 700 }, (_, n) => ({
    type: "note/recorded" as const,
    payload: { ...(n % 2 && { id: `at-once-${n}` }), caseId: "case-1", who: "ann", text: String(n), at: 65 },
  }));
  store.append(notes);
  const seen: Activity[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = caseActivity(store, subject, { limit: 90, cursor });
    seen.push(...page.items);
    cursor = page.nextCursor;
    store.append([
      {
        type: "note/recorded",
        payload: { caseId: "case-1", who: "x", text: "later", at: 1000 },
      },
    ]);
  }
  expect([seen.length, new Set(seen.map(({ what, text }) => what + text)).size]).toEqual([718, 718]);
  expect(() => caseActivity(store, subject, { limit: 5, cursor: "xx" })).toThrow(/not from an earlier page/);
});
