import { expect, test } from "vitest";
import { automate } from "../../../server/src/jobs/automation.ts";
import type { StoredEvent } from "../../../server/src/protocol/index.ts";
import { StaleLeaseError } from "../../../server/src/store/errors.ts";
import { caseChange } from "../../../server/src/tracker/lifecycle.ts";
import { sampleCase, sampleJob } from "../../fixtures/states/entities.ts";
import { aborted, ask, createShop, proving, triaged } from "./shop.ts";

test("a job that was given up hands its case over, and holds up no other", async () => {
  await using shop = await createShop();
  shop.put({ id: "poison" });
  shop.put({ id: "sound" });
  const first = shop.queue({ maxLeases: 1 });
  const { id } = first.enqueue(ask("poison"));
  expect(first.lease(["triage"])?.id).toBe(id);
  shop.clock.at += 1;
  first.enqueue(ask("sound"));
  const next = shop.queue({ maxLeases: 1 });
  next.recover();
  expect(next.lease(["triage"])).toMatchObject({ caseId: "sound", fence: 1 });
  expect(shop.store.job(id)).toMatchObject({ state: "failed", leaseExpiresAt: null });
  const escalated = {
    state: "escalated",
    handOver: expect.stringMatching(/triage.*given up: begun 1 times/),
  };
  expect(shop.store.case("poison")).toMatchObject(escalated);
});

test.for([
  ["triage", { id: "a" }],
  ["patch", { id: "a", ...triaged }],
  ["patch", { id: "a", ...triaged, state: "patching" as const }],
  ["verify", { id: "a", ...proving }],
] as const)("a %s that fails leaves no case waiting for nobody", async ([kind, subject]) => {
  await using shop = await createShop();
  const queue = shop.queue();
  shop.put(subject);
  const { id } = queue.enqueue(ask("a", kind));
  await using pool = shop.pool(queue, { [kind]: () => Promise.reject(new Error("no such blob")) });
  pool.wake();
  expect(await shop.ended(id)).toMatchObject({ state: "failed", error: "no such blob" });
  const handOver = expect.stringMatching(new RegExp(`${kind}.*no such blob`));
  expect(shop.store.case("a")).toMatchObject({ state: "escalated", handOver });
});

test("a case that has come further is not taken back by a job that fails", async () => {
  await using shop = await createShop();
  const queue = shop.queue();
  shop.put({ id: "a", ...proving, state: "waiting" });
  const { id } = queue.enqueue(ask("a", "patch"));
  await using pool = shop.pool(queue, { patch: () => Promise.reject(new Error("no tree")) });
  pool.wake();
  await shop.ended(id);
  expect(shop.store.case("a")).toMatchObject({ state: "waiting", handOver: null });
});

test("what a person stopped before it began does not begin by itself again", async () => {
  await using shop = await createShop();
  const { store } = shop;
  shop.put({ id: "a", ...triaged });
  shop.put({ id: "b", ...proving });
  const options = { store, repairable: () => true, log: () => {}, now: () => shop.clock.at };
  const queue = shop.queue();
  automate({ ...options, queue })[Symbol.dispose]();
  for (const id of ["a", "b"]) expect(queue.stop(id, "ann")).toHaveLength(1);
  expect(store.case("a")).toMatchObject({ state: "escalated", handOver: expect.stringContaining("ann") });
  using _following = automate({ ...options, queue: shop.queue() });
  expect(store.jobCounts()).toEqual({ cancelled: 2 });
});

test("a case has one repair at a time, whatever is asked for; a diagnosis need not wait", async () => {
  await using shop = await createShop();
  shop.put({ id: "a", ...proving });
  shop.put({ id: "b", ...proving });
  const queue = shop.queue();
  const go = Promise.withResolvers<void>();
  const begun: string[] = [];
  const stage = async ({ job }: { job: { kind: string; caseId: string } }) => {
    begun.push(`${job.kind} ${job.caseId}`);
    if (job.kind === "patch") await go.promise;
  };
  await using _pool = shop.pool(queue, { triage: stage, patch: stage, verify: stage }, 3);
  queue.enqueue(ask("a", "patch"));
  const verify = queue.enqueue(ask("a", "verify"));
  const other = queue.enqueue(ask("b", "verify"));
  await shop.ended(other.id);
  expect(begun).toEqual(["patch a", "verify b"]);
  shop.put({ id: "a", ...proving, state: "escalated" });
  await shop.ended(queue.enqueue(ask("a", "triage")).id);
  expect(begun).toEqual(["patch a", "verify b", "triage a"]);
  go.resolve();
  await shop.ended(verify.id);
  expect(begun.at(-1)).toBe("verify a");
});

test("the last facts of a job and its end are one transaction, and what fails after it changes nothing", async () => {
  await using shop = await createShop();
  const subject = shop.put({ id: "a" });
  const queue = shop.queue();
  const batches: StoredEvent["type"][][] = [];
  using _listening = shop.store.onAppend((events) => batches.push(events.map(({ type }) => type)));
  await using _pool = shop.pool(queue, {
    async triage({ conclude }) {
      conclude(caseChange(subject, "triaged", 5));
      throw new Error("too late");
    },
  });
  const { id } = queue.enqueue(ask("a"));
  expect(await shop.ended(id)).toMatchObject({ state: "done", error: null });
  await expect.poll(() => shop.said).toHaveLength(1);
  expect(batches.at(-1)).toEqual(["case/changed", "job/changed"]);
  expect(shop.store.case("a")?.state).toBe("triaged");
});

test("trouble of the store while a job runs ends neither the job nor the server", async () => {
  await using shop = await createShop();
  let broken = false;
  const now = () => {
    if (broken) throw new Error("the disk is full");
    return shop.clock.at;
  };
  shop.put({ id: "a" });
  const queue = shop.queue({ now });
  let begun = 0;
  await using _pool = shop.pool(queue, {
    async triage({ signal }) {
      begun += 1;
      if (begun > 1) return;
      broken = true;
      await expect.poll(() => shop.said.some((text) => text.includes("could not be renewed"))).toBe(true);
      expect(signal.aborted).toBe(false);
    },
  });
  const { id } = queue.enqueue(ask("a"));
  await expect.poll(() => shop.said.some((text) => text.includes("could not be ended"))).toBe(true);
  await expect.poll(() => shop.said.at(-1)).toBe("no job could be leased");
  broken = false;
  shop.clock.at += 60_000;
  expect(await shop.ended(id)).toMatchObject({ state: "done", fence: 2 });
});

test("what runs here is not begun again, though its lease could not be renewed in time", async () => {
  await using shop = await createShop();
  shop.put({ id: "a" });
  const queue = shop.queue();
  const go = Promise.withResolvers<void>();
  let begun = 0;
  await using pool = shop.pool(queue, {
    triage() {
      begun += 1;
      return go.promise;
    },
  });
  const { id } = queue.enqueue(ask("a"));
  shop.clock.at += 60_000;
  pool.wake();
  expect(queue.lease(["triage"])).toBeNull();
  go.resolve();
  expect(await shop.ended(id)).toMatchObject({ state: "done", fence: 1 });
  expect(begun).toBe(1);
});

test("the oldest job goes first, however many wait; the same work asked for again is counted", async () => {
  await using shop = await createShop();
  const many = Array.from({ length: 501 }, (_, index) => `case-${index}`);
  shop.store.append(
    many.flatMap((id, index) => [
      { type: "case/changed", payload: sampleCase({ id, origin: `devel/${id}` }) },
      {
        type: "job/changed",
        payload: sampleJob({
          ...{ id: `waiting-${index}`, kind: "triage", caseId: id, state: "queued" },
          ...{ queuedAt: 1000 + index, fence: 0, leaseExpiresAt: null },
        }),
      },
    ]),
  );
  const queue = shop.queue();
  const job = queue.lease(["triage"]);
  if (job === null) throw new Error("nothing was leased");
  expect(job).toMatchObject({ caseId: "case-0", lineage: 1 });
  queue.finish(job, "done", null);
  for (const id of many.slice(1)) queue.stop(id, "ann");
  expect(queue.enqueue(ask("case-0"))).toMatchObject({ lineage: 2 });
});

test("a worker whose lease another one took is told to end", async () => {
  await using shop = await createShop();
  const subject = shop.put({ id: "a" });
  const queue = shop.queue();
  const why = Promise.withResolvers<unknown>();
  const late = Promise.withResolvers<unknown>();
  await using _pool = shop.pool(queue, {
    async triage({ signal, append }) {
      why.resolve(await aborted(signal));
      try {
        append(caseChange(subject, "triaged", 5));
      } catch (error) {
        late.resolve(error);
      }
    },
  });
  const job = shop.store.job(queue.enqueue(ask("a")).id);
  if (job === null) throw new Error("nothing was queued");
  shop.store.append([{ type: "job/changed", payload: { ...job, fence: job.fence + 1 } }]);
  expect(await why.promise).toBeInstanceOf(StaleLeaseError);
  expect(await late.promise).toBeInstanceOf(StaleLeaseError);
  expect(shop.store.case("a")?.state).toBe("open");
});

test("workers of repairs carry as many at once as is configured", async () => {
  await using shop = await createShop();
  for (const id of ["a", "b", "c"]) shop.put({ id, ...triaged });
  const queue = shop.queue();
  const go = Promise.withResolvers<void>();
  await using pool = shop.pool(queue, { triage: async () => {}, patch: () => go.promise }, 2, 60_000);
  const triage = { kinds: ["triage"], count: 1, heartbeatAt: 1000 };
  expect(pool.idle()).toEqual([triage, { kinds: ["patch"], count: 2, heartbeatAt: 1000 }]);
  for (const id of ["a", "b", "c"]) queue.enqueue(ask(id, "patch"));
  expect(shop.store.jobCounts()).toEqual({ leased: 2, queued: 1 });
  expect(pool.idle()).toEqual([triage]);
  shop.clock.at = 2000;
  pool.wake();
  expect(pool.idle()).toEqual([{ ...triage, heartbeatAt: 2000 }]);
  go.resolve();
  await expect.poll(() => shop.store.jobCounts()).toEqual({ done: 3 });
});
