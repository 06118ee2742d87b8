import { expect, test } from "vitest";
import { createBudgetLedger } from "../../../../server/src/agent/loop/budget.ts";
import type { Completion, Message } from "../../../../server/src/agent/model/types.ts";
import { noUsage } from "../../../../server/src/agent/model/usage.ts";

const budget = { tokens: 10_000, turns: 10, builds: 2, wallMs: 60_000 };
const at = (elapsedMs: number, isBuilt = false) => ({ elapsedMs, isBuilt });
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
  expect(ledger.before([user(4000)], [], at(0))).toBe(10_000 - 1004);
  expect(ledger.before([user(40_000)], [], at(0))).toMatch(/^0 of 10000 tokens are used/);
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
    expect(ledger.before([...messages, user(400)], [], at(0))).toBe(expected);
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
  expect(ledger.before([user(4)], [], at(60_000))).toBe("its time is over");
  ledger.after(answered(1, 0, 1), [user(4)], []);
  expect(ledger.before([user(4)], [], at(0))).toBe("all 1 turns are used");
});

test("the warning comes at 70 % of whatever is nearest its end, once", () => {
  const ledger = createBudgetLedger(budget);
  ledger.after(answered(6900, 0, 0), [user(4)], []);
  expect(ledger.warning(at(0))).toBe("");
  ledger.after(answered(100, 0, 0), [user(4)], []);
  expect(ledger.warning(at(0))).toBe(
    "Budget left: 3000 tokens, 8 turns, 1 minutes. Close soon: build, then finish.",
  );
  expect(ledger.warning(at(0))).toBe("");
  expect(createBudgetLedger(budget).warning(at(42_000))).not.toBe("");
});

const own = { provider: "host", model: "usual" };
const prices = [
  { ...own, uncached: 2, cached: 0.5, output: 10 },
  { provider: "other", model: "dear", uncached: 20, cached: 5, output: 100 },
];
const ledgerFor = (costMicros: number) => createBudgetLedger({ ...budget, costMicros }, { own, prices });

test("the answer may cost what the estimated prompt leaves of the money", () => {
  const ledger = ledgerFor(20_000);
  expect(ledger.before([user(4000)], [], at(0))).toBe(Math.floor((20_000 - 1004 * 2) / 10));
  ledger.after(answered(100, 900, 500), [user(4000)], []);
  expect(ledger.costMicros).toBe(100 * 2 + 900 * 0.5 + 500 * 10);
  // What was counted is expected from the cache again.
  expect(ledger.before([user(4000), user(400)], [], at(0))).toBe(
    Math.floor((20_000 - 5650 - 104 * 2 - 1000 * 0.5) / 10),
  );
  ledger.lose({ ...noUsage, outputTokens: 1305 });
  expect(ledger.before([user(4000), user(400)], [], at(0))).toMatch(/^0\.0187 of 0\.02 in money are spent/);
});

test("who answers in the model's place is paid what he asks, and a model without a price costs nothing", () => {
  const ledger = ledgerFor(200_000);
  const by = (provider: string, model: string) => ({
    ...answered(0, 0, 500),
    answeredBy: { provider, model, reason: "down" },
  });
  ledger.after(by("other", "dear"), [user(4)], []);
  expect(ledger.costMicros).toBe(50_000);
  expect(ledger.before([user(4), user(4)], [], at(0))).toBe(Math.floor((150_000 - 5 * 20) / 100));
  ledger.lose({ ...noUsage, outputTokens: 1000 });
  expect(ledger.before([user(4), user(4)], [], at(0))).toBe(Math.floor((140_000 - 5 * 20) / 100));
  ledger.after(by("other", "lent"), [user(4)], []);
  expect(ledger.costMicros).toBe(60_000);
  expect(ledger.lostBy).toEqual([]);
  const dear = { provider: "other", model: "dear" };
  const lost = { ...noUsage, outputTokens: 100 };
  ledger.lose(lost, dear);
  expect(ledger.costMicros).toBe(70_000);
  expect(ledger.lostBy).toEqual([{ ...dear, usage: lost }]);
  expect(createBudgetLedger(budget).costMicros).toBeUndefined();
});

test("a stand-in may answer with what his price leaves after the whole prompt, or not at all", () => {
  const ledger = ledgerFor(400_000);
  ledger.after(answered(1000, 2000, 100), [user(12_000)], []);
  ledger.before([user(12_000), user(400)], [], at(0));
  const prompt = 3000 + 104;
  const left = 400_000 - (ledger.costMicros ?? 0);
  const afford = (model: string) => ledger.afford({ provider: "other", model });
  expect(afford("dear")).toBe(Math.floor((left - 20 * prompt) / 100));
  // One without a price has the tokens as his only limit.
  expect(afford("unpriced")).toBe(10_000 - 1100 - prompt);
  ledger.lose({ ...noUsage, outputTokens: 35_000 });
  expect(afford("dear")).toBe(0);
});

test("a greedy model overruns its money by less than one capped answer", () => {
  const ledger = ledgerFor(60_000);
  const messages = [user(4000)];
  for (;;) {
    const room = ledger.before(messages, [], at(0));
    if (typeof room === "string") break;
    ledger.after(answered(1000 * messages.length, 0, Math.min(room, 500)), messages, []);
    messages.push(user(4000));
  }
  expect(ledger.turns).toBeGreaterThan(2);
  expect(ledger.costMicros).toBeLessThanOrEqual(60_000);
});

test("the warning names the money where it is limited", () => {
  const ledger = ledgerFor(10_000);
  ledger.after(answered(0, 0, 700), [user(4)], []);
  expect(ledger.warning(at(0))).toContain(", 0.003 in money. Close soon");
});

test("calls of a tool are counted where they have a limit, each tool by itself", () => {
  const ledger = createBudgetLedger({ ...budget, calls: { grep: 2 } });
  const calls = ["grep", "get_file", "grep", "grep", "get_file"].map((name) => ledger.call({ name }));
  expect(calls).toEqual([
    null,
    null,
    null,
    expect.stringMatching(/^not executed: all 2 calls of grep/),
    null,
  ]);
});

test("two turns beyond the limit close what is built, and are told what they are for", () => {
  const ledger = createBudgetLedger({ ...budget, turns: 1 });
  ledger.after(answered(1, 0, 1), [user(4)], []);
  expect(ledger.before([user(4)], [], at(0))).toBe("all 1 turns are used");
  expect(ledger.before([user(4)], [], at(0, true))).toEqual(expect.any(Number));
  expect(ledger.warning(at(0, true))).toBe(
    "All 1 turns are used, and the last build passed: call finish now.",
  );
  expect(ledger.warning(at(0, true))).toBe("");
  ledger.after(answered(1, 0, 1), [user(4)], []);
  expect(ledger.before([user(4)], [], at(0, true))).toEqual(expect.any(Number));
  ledger.after(answered(1, 0, 1), [user(4)], []);
  expect(ledger.before([user(4)], [], at(0, true))).toBe("all 1 turns are used");
});
