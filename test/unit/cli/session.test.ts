import { expect, test } from "vitest";
import { showTurn } from "../../../server/src/cli/commands/session.ts";
import type { Turn } from "../../../server/src/protocol/index.ts";

test("no part of a turn can steer the terminal", () => {
  const evil = "\u001b]0;owned\u0007\u001b[2J\u009b2J\u202etxt";
  const turn = {
    number: 1,
    reasoning: evil,
    text: evil,
    calls: [{ id: evil, name: evil, arguments: evil, result: evil, ok: false, spill: null, durationMs: 1 }],
  } as unknown as Turn;
  expect(showTurn(turn)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
});
