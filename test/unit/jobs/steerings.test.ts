import { expect, test } from "vitest";
import { dropUntold, steerWork } from "../../../server/src/jobs/steerings.ts";
import type { Attempt } from "../../../server/src/protocol/index.ts";
import { sampleAttempt, sampleJob } from "../../fixtures/states/entities.ts";
import { createShop, type Shop, triaged } from "./shop.ts";

let ids = 0;
const means = { now: () => 7, newId: () => `word-${++ids}` };
const say = (mode: "steer" | "queue", text = "look at USES") => ({ text, mode, who: "ann" });

/** A case at which an attempt runs. */
function running(shop: Shop, changes: Partial<Attempt> = {}) {
  const subject = shop.put({ id: "a", ...triaged, state: "patching" });
  shop.store.append([
    { type: "job/changed", payload: sampleJob({ caseId: "a" }) },
    { type: "attempt/changed", payload: sampleAttempt({ caseId: "a", ...changes }) },
  ]);
  return subject;
}

test("a word belongs to the attempt that runs, or to whichever comes next", async () => {
  await using shop = await createShop();
  const subject = running(shop);
  expect(steerWork(shop.store, subject, say("steer"), means)).toMatchObject({
    ...{ attemptId: "attempt-1", who: "ann", state: "waiting", turn: null, at: 7 },
  });
  expect(steerWork(shop.store, subject, say("queue"), means)).toMatchObject({ attemptId: null });
  expect(shop.store.steeringsOf("a").map(({ mode }) => mode)).toEqual(["steer", "queue"]);
});

test.for<[string, Partial<Attempt>, RegExp]>([
  ["has ended", { endedAt: 5, outcome: "gave-up" }, /no attempt .* runs: queue it/],
  ["is the rule book's", { provider: "recipes" }, /read nothing: queue it/],
])("an attempt that %s hears nothing, and the refusal says what to do", async ([, attempt, message]) => {
  await using shop = await createShop();
  const subject = running(shop, attempt);
  expect(() => steerWork(shop.store, subject, say("steer"), means)).toThrow(message);
  expect(steerWork(shop.store, subject, say("queue"), means)).toMatchObject({ state: "waiting" });
});

test("nothing is kept for a case that nobody works on, nor without a bound", async () => {
  await using shop = await createShop();
  const closed = shop.put({ id: "b", state: "closed" });
  expect(() => steerWork(shop.store, closed, say("queue"), means)).toThrow(/closed: no attempt will hear/);
  const subject = running(shop);
  for (let number = 0; number < 50; number += 1) steerWork(shop.store, subject, say("queue"), means);
  expect(() => steerWork(shop.store, subject, say("queue"), means)).toThrow(/50 words wait/);
});

test("what was never told is dropped when its case ends, be it while no server was there", async () => {
  await using shop = await createShop();
  const { store } = shop;
  const subject = running(shop);
  const states = () => store.steeringsOf("a").map(({ state }) => state);
  steerWork(store, subject, say("queue"), means);
  {
    using _listening = dropUntold(store);
    shop.put({ ...subject, state: "escalated" });
    expect(states()).toEqual(["waiting"]);
    shop.put({ ...subject, state: "closed" });
    expect(states()).toEqual(["dropped"]);
    shop.put(subject);
  }
  steerWork(store, subject, say("queue"), means);
  shop.put({ ...subject, state: "accepted" });
  expect(states()).toEqual(["dropped", "waiting"]);
  dropUntold(store)[Symbol.dispose]();
  expect(states()).toEqual(["dropped", "dropped"]);
});
