import { expect, test } from "vitest";
import { automate } from "../../../server/src/jobs/automation.ts";
import type { Stages } from "../../../server/src/jobs/types.ts";
import { caseChange } from "../../../server/src/tracker/lifecycle.ts";
import { aborted, ask, createShop, proving, triaged } from "./shop.ts";

const quiet = () => {};

test("another failure ends the repair of the earlier one, and is repaired itself when that has ended", async () => {
  await using shop = await createShop();
  const { store } = shop;
  shop.put({ id: "a", signature: "aaaa", ...triaged });
  const queue = shop.queue();
  const heard: string[] = [];
  const unwound = Promise.withResolvers<void>();
  const stages: Stages = {
    async triage({ job, conclude }) {
      const subject = store.case(job.caseId);
      if (subject !== null) conclude(caseChange(subject, "triaged", 1, { decision: triaged.decision }));
    },
    async patch({ job, signal }) {
      const signature = store.case(job.caseId)?.signature;
      heard.push(`begins ${signature}`);
      if (signature !== "aaaa") return;
      const why = await aborted(signal);
      await unwound.promise;
      heard.push(`ends ${signature}`);
      throw why;
    },
  };
  await using pool = shop.pool(queue, stages, 2);
  using _following = automate({ store, queue, repairable: () => true, log: quiet, now: () => shop.clock.at });
  pool.wake();
  const [first] = store.jobs({ caseId: "a" }, { limit: 1 }).items;
  shop.put({ id: "a", signature: "bbbb" });
  await expect.poll(() => store.case("a")?.state).toBe("triaged");
  unwound.resolve();
  expect(await shop.ended(first?.id ?? "")).toMatchObject({
    state: "cancelled",
    error: expect.stringMatching(/in another way/),
  });
  await expect.poll(() => store.jobCounts()).toEqual({ cancelled: 1, done: 2 });
  expect(heard).toEqual(["begins aaaa", "ends aaaa", "begins bbbb"]);
  expect(store.case("a")).toMatchObject({ state: "triaged", signature: "bbbb", handOver: null });
});

test("a repair that waits does not begin on another failure than it was asked for", async () => {
  await using shop = await createShop();
  shop.put({ id: "a", ...triaged });
  const queue = shop.queue();
  const { id } = queue.enqueue(ask("a", "patch"));
  await using _pool = shop.pool(queue, {});
  shop.put({ id: "a", signature: "bbbb" });
  expect(shop.store.job(id)).toMatchObject({ state: "cancelled", error: expect.stringMatching(/another/) });
  expect(shop.store.case("a")?.state).toBe("open");
});

test("work on a port that the builder has built ends, and its case stays closed", async () => {
  await using shop = await createShop();
  for (const id of ["a", "b"]) shop.put({ id, ...proving });
  shop.put({ id: "c" });
  const queue = shop.queue();
  await using _pool = shop.pool(queue, {
    verify: async ({ signal }) => Promise.reject(await aborted(signal)),
  });
  const jobs = [
    queue.enqueue(ask("a", "verify")),
    queue.enqueue(ask("b", "verify")),
    queue.enqueue(ask("c")),
  ];
  expect(jobs.map(({ id }) => shop.store.job(id)?.state)).toEqual(["leased", "queued", "queued"]);
  for (const id of ["a", "b", "c"]) shop.put({ id, state: "closed" });
  for (const { id } of jobs)
    expect(await shop.ended(id)).toMatchObject({ state: "cancelled", error: expect.stringMatching(/built/) });
  expect(shop.store.caseCounts()).toEqual({ closed: 3 });
});

test("the same failure once more leaves its repair alone", async () => {
  await using shop = await createShop();
  shop.put({ id: "a", ...triaged });
  const queue = shop.queue();
  const go = Promise.withResolvers<void>();
  await using _pool = shop.pool(queue, { patch: () => go.promise });
  const { id } = queue.enqueue(ask("a", "patch"));
  shop.put({ id: "a", ...triaged, state: "patching", bundles: 2 });
  go.resolve();
  expect(await shop.ended(id)).toMatchObject({ state: "done" });
});

test("what is stopped may be asked for again before it has wound down", async () => {
  await using shop = await createShop();
  shop.put({ id: "a", ...triaged });
  const queue = shop.queue();
  const unwound = Promise.withResolvers<void>();
  let begun = 0;
  await using _pool = shop.pool(queue, {
    async patch({ signal }) {
      begun += 1;
      if (begun === 1) throw await aborted(signal).finally(() => unwound.promise);
    },
  });
  const first = queue.enqueue(ask("a", "patch"));
  expect(queue.stop("a", "ann")).toEqual([first.id]);
  const second = queue.enqueue(ask("a", "patch"));
  expect(second.id).not.toBe(first.id);
  expect(queue.stop("nowhere", "ann")).toEqual([]);
  unwound.resolve();
  expect(await shop.ended(first.id)).toMatchObject({ state: "cancelled", error: "stopped by ann" });
  expect(await shop.ended(second.id)).toMatchObject({ state: "done" });
});
