import { expect, test } from "vitest";
import { showBuilders, showLive } from "../../../server/src/cli/liveText.ts";
import type { LiveRun } from "../../../server/src/protocol/index.ts";

const run: LiveRun = {
  ...{ runId: "R1", target: "@main", profile: "main", at: 1, seconds: 3725, queued: 11, remaining: 4 },
  ...{ counts: { built: 4, failed: 2, skipped: 1, ignored: 0 }, perHour: 720, impulse: 617, load: 1.5 },
  slots: [
    { slot: "00", origin: "devel/flv", flavor: "py39", phase: "build", lines: 1234, seconds: 123 },
    { slot: "01", origin: "", flavor: "", phase: "Idle", lines: 0, seconds: null },
  ],
};

test("an active run shows its rate and its busy slots", () => {
  expect(showLive([run], 80)).toBe(
    "\nR1: 4 of 11 to go after 1:02:05, 720 packages an hour, lately 617, load 1.5\n" +
      "SLOT  PORT            PHASE  LINES  TIME\n00    devel/flv@py39  build   1234  2:03\n",
  );
  expect(showLive([{ ...run, etaSeconds: 90 }], 80)).toContain("after 1:02:05, about 1:30 left, 720 ");
  expect(showLive([{ ...run, slots: [] }], 80).split("\n")).toHaveLength(3);
  expect(showLive([], 80)).toBe("");
});

test("a far builder shows how far it is, and what bars the way", () => {
  const link = { name: "box", address: "a@b:22", retryAt: null, offset: 5, bytes: 9, damaged: 0 };
  expect(
    showBuilders([
      { ...link, state: "connected", problem: null },
      { ...link, name: "two", state: "refused", problem: "its key has changed", damaged: 2 },
    ]),
  ).toEqual({
    "builder box": "connected, a@b:22, 5 of 9 bytes read",
    "builder two": "refused, a@b:22, 5 of 9 bytes read, 2 damaged records: its key has changed",
  });
  expect(showBuilders(undefined)).toEqual({});
});
