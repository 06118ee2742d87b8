import { expect, test } from "vitest";
import { createTruncationAlarm } from "../../../../server/src/agent/loop/truncation.ts";
import { noUsage } from "../../../../server/src/agent/model/usage.ts";

/** What the alarm says after each turn of [tokens counted, tokens estimated]. */
function alarms(turns: readonly [number, number][], more: object = {}) {
  const alarm = createTruncationAlarm();
  return turns.map(([uncachedTokens, estimate]) => alarm({ ...noUsage, uncachedTokens, ...more }, estimate));
}

test.each<[string, [number, number][]]>([
  [
    "shrinks from one turn to the next",
    [
      [9000, 9000],
      [4000, 9500],
    ],
  ],
  [
    "stands still at its limit while the conversation grows",
    [
      [4096, 5200],
      [4096, 6000],
    ],
  ],
  ["is not half of the estimate at once", [[4096, 9000]]],
])("a count that %s was cut", (_name, turns) => {
  const said = alarms(turns);
  expect(said.at(-1)).toMatch(/cuts long conversations without saying so/);
  expect(said.slice(0, -1).every((words) => words === null)).toBe(true);
});

test.each<[string, [number, number][], object?]>([
  [
    "a tokenizer that needs few tokens",
    [
      [3500, 5000],
      [4200, 6000],
      [5600, 8000],
    ],
  ],
  [
    "one that needs many",
    [
      [9000, 5000],
      [11_000, 6000],
    ],
  ],
  [
    "what the endpoint did not count",
    [
      [4096, 9000],
      [4096, 9900],
    ],
    { estimated: true },
  ],
  [
    "a small step back, as of an endpoint that counts otherwise",
    [
      [5000, 5000],
      [4500, 5100],
    ],
  ],
])("%s is no alarm", (_name, turns, more) => {
  expect(alarms(turns, more).every((words) => words === null)).toBe(true);
});

test("one that takes over counts in its own way, and is held against itself from then on", () => {
  const alarm = createTruncationAlarm();
  const counts = (uncachedTokens: number) => ({ ...noUsage, uncachedTokens });
  const other = { provider: "other", model: "b" };
  expect([alarm(counts(9000), 9000), alarm(counts(6800), 9100, other)]).toEqual([null, null]);
  expect(alarm(counts(4000), 9200, other)).toMatch(/after 6800 the turn before/);
});

test("cached tokens are part of what was counted", () => {
  expect(alarms([[1000, 9000]], { cachedTokens: 8000 })).toEqual([null]);
});
