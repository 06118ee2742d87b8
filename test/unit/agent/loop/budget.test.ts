import { expect, test } from "vitest";
import { createBudgetLedger } from "../../../../server/src/agent/loop/budget.ts";
import type { Completion, Message } from "../../../../server/src/agent/model/types.ts";
import { noUsage } from "../../../../server/src/agent/model/usage.ts";

const budget = { tokens: 10_000, turns: 10, builds: 2, wallMs: 60_000 };
const user = (bytes: number): Message => ({ role: "user", content: "x".repeat(bytes) });
const answered = (
  uncachedTokens: number,
  cachedTokens: number,
  outputTokens: number,
  estimated = false,
): Completion => ({
  text: "",
  reasoning: "",
  calls: [],
  finish: "stop",
  usage: { ...noUsage, uncachedTokens, cachedTokens, outputTokens, estimated },
});

test("the answer may have what the estimated prompt leaves", () => {
  const ledger = createBudgetLedger(budget);
  expect(ledger.before([user(4000)], [], 0)).toBe(10_000 - 1004);
  expect(ledger.before([user(40_000)], [], 0)).toMatch(/^0 of 10000 tokens are used/);
});

test("an endpoint that caches is asked for new messages only, another one for all of them again", () => {
  for (const [cached, expected] of [
    [2900, 10_000 - 200 - 104],
    [1000, 10_000 - 2100 - 3000 - 104],
    [0, 10_000 - 3100 - 3000 - 104],
  ] as const) {
    const ledger = createBudgetLedger(budget);
    const messages = [user(12_000)];
    ledger.after(answered(3000 - cached, cached, 100), messages, []);
    expect(ledger.before([...messages, user(400)], [], 0)).toBe(expected);
  }
});

test("cached tokens are recorded and not charged", () => {
  const ledger = createBudgetLedger(budget);
  ledger.after(answered(100, 50_000, 10), [user(4)], []);
  ledger.after(answered(100, 60_000, 10, true), [user(4)], []);
  expect(ledger.usage).toMatchObject({
    uncachedTokens: 200,
    cachedTokens: 110_000,
    outputTokens: 20,
    estimated: true,
  });
  expect(ledger.turns).toBe(2);
});

test("turns and time", () => {
  const ledger = createBudgetLedger({ ...budget, turns: 1 });
  expect(ledger.before([user(4)], [], 60_000)).toBe("its time is over");
  ledger.after(answered(1, 0, 1), [user(4)], []);
  expect(ledger.before([user(4)], [], 0)).toBe("all 1 turns are used");
});

test("the warning comes at 70 % of whatever is nearest its end, once", () => {
  const ledger = createBudgetLedger(budget);
  ledger.after(answered(6900, 0, 0), [user(4)], []);
  expect(ledger.warning(0)).toBe("");
  ledger.after(answered(100, 0, 0), [user(4)], []);
  expect(ledger.warning(0)).toBe(
    "Budget left: 3000 tokens, 8 turns, 1 minutes. Close soon: build, then finish.",
  );
  expect(ledger.warning(0)).toBe("");
  expect(createBudgetLedger(budget).warning(42_000)).not.toBe("");
});
