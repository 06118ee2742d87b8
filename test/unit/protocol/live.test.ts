import { expect, test } from "vitest";
import type { LiveChange } from "../../../server/src/protocol/index.ts";
import { liveBounds, newSessionLive, reduceLive } from "../../../server/src/protocol/live.ts";

const after = (...changes: LiveChange[]) => changes.reduce(reduceLive, newSessionLive("attempt-1"));

test("a state that fills every bound fits one notification, also where each character takes three bytes", () => {
  const wide = "\u20ac";
  const { characters, argumentCharacters, lineCharacters } = liveBounds;
  const live = after(
    { type: "text", text: wide.repeat(characters + 5) },
    { type: "reasoning", text: wide.repeat(characters + 5) },
    ...Array.from({ length: 70 }, (_, index): LiveChange => {
      const id = `${index}`.padEnd(100, wide);
      return { type: "call", id, name: id, arguments: wide.repeat(argumentCharacters), at: 2 ** 42 };
    }),
    ...Array.from({ length: 70 }, (_, index): LiveChange => {
      return { type: "phase", phase: `${index}`.padEnd(100, wide), at: 2 ** 42 };
    }),
    { type: "log", lines: Array(300).fill(wide), left: 0 },
    { type: "log", lines: Array(100).fill(wide.repeat(lineCharacters)), left: 0 },
  );
  expect([live.text.length, live.calls.length, live.phases.length, live.log.length]).toEqual([
    ...[characters, liveBounds.calls, liveBounds.phases, 32],
  ]);
  expect(Buffer.byteLength(JSON.stringify(live))).toBeLessThan(256 * 1024 - 200);
});

test("a turn begins with nothing said, a build with nothing built", () => {
  const said = after({ type: "turn", turn: 1, at: 1 }, { type: "text", text: "hm" });
  expect(reduceLive(said, { type: "turn", turn: 2, at: 5 })).toMatchObject({ turn: 2, turnAt: 5, text: "" });
  const built = after(
    { type: "build", build: 1, at: 1 },
    { type: "phase", phase: "fetch", at: 2 },
    { type: "phase", phase: "fetch", at: 3 },
    { type: "log", lines: ["a"], left: 0 },
  );
  expect(built).toMatchObject({ phases: [{ phase: "fetch", at: 2 }], log: ["a"] });
  expect(reduceLive(built, { type: "build", build: 2, at: 5 })).toMatchObject({
    build: 2,
    phases: [],
    log: [],
  });
});

test("a call that is made again under its id takes the place of the first", () => {
  const call = { type: "call", id: "a", name: "build", arguments: "{}", at: 1 } as const;
  const live = after(call, { type: "called", id: "a", ok: false, durationMs: 3 }, { ...call, at: 9 });
  expect(live.calls).toEqual([
    { id: "a", name: "build", arguments: "{}", at: 9, ok: null, durationMs: null },
  ]);
});
