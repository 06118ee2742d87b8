import { expect, test } from "vitest";
import { automate } from "../../../server/src/jobs/automation.ts";
import { createShop, triaged } from "./shop.ts";

const options = { repairable: () => true, log: () => {}, wakeEvery: 5 };

test("nothing is done by itself about what a person ignores, until he does so no longer", async () => {
  await using shop = await createShop();
  const { store, clock } = shop;
  using _following = automate({ ...options, store, queue: shop.queue(), now: () => clock.at });
  const subject = shop.put({ id: "a", ...triaged, ignored: true });
  expect(store.jobCounts()).toEqual({});
  shop.put({ ...subject, ignored: false });
  expect(store.jobCounts()).toEqual({ queued: 1 });
});

test("a snoozed case is taken up when its time is over", async () => {
  await using shop = await createShop();
  const { store, clock } = shop;
  shop.put({ id: "a", ...triaged, snoozedUntil: 5000 });
  using _following = automate({ ...options, store, queue: shop.queue(), now: () => clock.at });
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(store.jobCounts()).toEqual({});
  clock.at = 5000;
  await expect.poll(() => store.jobCounts()).toEqual({ queued: 1 });
});

test("what waits by itself is taken back when a person hides the case; what he asked for is not", async () => {
  await using shop = await createShop();
  const { store } = shop;
  const queue = shop.queue();
  await using _pool = shop.pool(queue, {});
  shop.put({ id: "a", ...triaged });
  shop.put({ id: "b", ...triaged });
  const own = queue.enqueue({ kind: "patch", caseId: "a", requestedBy: "automation" });
  const asked = queue.enqueue({ kind: "patch", caseId: "b", requestedBy: "ann" });
  for (const id of ["a", "b"]) shop.put({ id, ...triaged, ignored: true });
  expect(store.job(own.id)).toMatchObject({ state: "cancelled", error: expect.stringContaining("hidden") });
  expect(store.job(asked.id)).toMatchObject({ state: "queued" });
});
