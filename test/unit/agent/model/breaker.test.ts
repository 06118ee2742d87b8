import { expect, test } from "vitest";
import {
  type BreakerEvent,
  type BreakerState,
  createBreaker,
  healthy,
  isTrouble,
  transition,
} from "../../../../server/src/agent/model/breaker.ts";

const failed: BreakerEvent = { type: "failed", problem: "503" };
const after = (events: readonly BreakerEvent[], state = healthy, now = 1000): BreakerState =>
  events.reduce((before, event) => transition(before, event, now), state);
const shaky = after(Array(4).fill(failed));
const open = after(Array(5).fill(failed));
const trying = transition(open, { type: "asked" }, 31_000);

test.each<[string, BreakerState, BreakerEvent, number, Partial<BreakerState>]>([
  ["a fourth failure", after(Array(3).fill(failed)), failed, 1000, { state: "closed", failures: 4 }],
  ["a fifth one", shaky, failed, 1000, { state: "open", failures: 5, retryAt: 31_000, problem: "503" }],
  ["an answer in between", shaky, { type: "alive" }, 1000, healthy],
  ["a question too early", open, { type: "asked" }, 30_999, open],
  ["a question in time", open, { type: "asked" }, 31_000, { state: "half-open", failures: 5 }],
  ["a call of before that fails late", open, failed, 20_000, { state: "open", retryAt: 31_000 }],
  ["a try that answers", trying, { type: "alive" }, 31_500, healthy],
  ["a try that fails", trying, failed, 31_500, { state: "open", retryAt: 91_500, openings: 2 }],
  ["a try that a person ends", trying, { type: "left" }, 31_500, { state: "open", retryAt: 31_000 }],
  ["a call that a person ends", shaky, { type: "left" }, 31_500, shaky],
])("%s", (_name, before, event, now, expected) => {
  expect(transition(before, event, now)).toMatchObject(expected);
});

test("the rest doubles up to a quarter of an hour", () => {
  let [state, now] = [open, 1000];
  const rests: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    rests.push((state.retryAt ?? 0) - now);
    now = state.retryAt ?? 0;
    state = transition(transition(state, { type: "asked" }, now), failed, now);
  }
  expect(rests.map((rest) => rest / 1000)).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
});

test("one call at a time tries an endpoint that was down, and the others are told why they may not", () => {
  let now = 0;
  const breaker = createBreaker("models.example", () => now);
  for (let count = 0; count < 5; count += 1) {
    expect(breaker.refusal()).toBeNull();
    breaker.tell(failed as { type: "failed"; problem: string });
  }
  expect(breaker.refusal()).toMatch(/models\.example failed 5 times in a row .* until 00:00:30 UTC.*503/);
  now = 30_000;
  expect(breaker.resting).toBe(false);
  expect(breaker.refusal()).toBeNull();
  expect(breaker.refusal()).toMatch(/while one call tries it again/);
  breaker.tell({ type: "alive" });
  expect([breaker.refusal(), breaker.health.state]).toEqual([null, "closed"]);
});

test("a refusal says nothing against an endpoint", () => {
  expect((["auth", "quota", "rate-limited", "bad-request", "overflow"] as const).filter(isTrouble)).toEqual(
    [],
  );
  expect((["unavailable", "timeout", "cut"] as const).every(isTrouble)).toBe(true);
});
