import { expect, test } from "vitest";
import { pauseWork } from "../../../server/src/jobs/pause.ts";
import { caseChange } from "../../../server/src/tracker/lifecycle.ts";
import { aborted, ask, createShop, proving, type Shop, triaged } from "./shop.ts";

const same = { ...triaged, signature: "aaaa" };

/** Carries patch jobs until they are let go, one after the other, and says which began. */
function carrier(shop: Shop) {
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = shop.queue();
  const pool = shop.pool(
    queue,
    {
      patch: async ({ job, signal, conclude }) => {
        began.push(job.caseId);
        await Promise.race([aborted(signal), new Promise<void>((resolve) => ends.set(job.caseId, resolve))]);
        signal.throwIfAborted();
        conclude();
      },
    },
    3,
  );
  return { began, queue, pool, end: (caseId: string) => ends.get(caseId)?.() };
}

test("one repair of a failure at a time: others of its target wait, those of another failure do not", async () => {
  await using shop = await createShop();
  for (const id of ["a", "b"]) shop.put({ id, ...same });
  shop.put({ id: "c", ...triaged });
  const { began, queue, pool, end } = carrier(shop);
  await using _ = pool;
  const [first, second, third] = ["a", "b", "c"].map((id) => queue.enqueue(ask(id, "patch")));
  await expect.poll(() => began).toEqual(["a", "c"]);
  expect(shop.store.job(second?.id ?? "")?.state).toBe("queued");
  end("a");
  await expect.poll(() => began).toEqual(["a", "c", "b"]);
  for (const id of ["b", "c"]) end(id);
  for (const job of [first, second, third]) await shop.ended(job?.id ?? "");
});

test("who asks for a repair gets it at once", async () => {
  await using shop = await createShop();
  for (const id of ["a", "b"]) shop.put({ id, ...same });
  const { began, queue, pool, end } = carrier(shop);
  await using _ = pool;
  queue.enqueue(ask("a", "patch"));
  queue.enqueue({ ...ask("b", "patch"), requestedBy: "ann" });
  await expect.poll(() => began).toEqual(["a", "b"]);
  for (const id of began) end(id);
});

test("a failure of another target is another one", async () => {
  await using shop = await createShop();
  shop.store.append([{ type: "target/seen", payload: { name: "@other", firstSeenAt: 1000 } }]);
  shop.put({ id: "a", ...same });
  shop.put({ id: "b", ...same, target: "@other" });
  const { began, queue, pool, end } = carrier(shop);
  await using _ = pool;
  for (const id of ["a", "b"]) queue.enqueue(ask(id, "patch"));
  await expect.poll(() => began).toEqual(["a", "b"]);
  for (const id of began) end(id);
});

test("they wait for the proof of the first one's fix too, which comes before them", async () => {
  await using shop = await createShop();
  const queue = shop.queue();
  const first = shop.put({ id: "a", ...proving, signature: "aaaa" });
  shop.put({ id: "b", ...same });
  const waiting = queue.enqueue(ask("b", "patch"));
  const proof = queue.enqueue(ask("a", "verify"));
  const leased = queue.lease(["patch", "verify"]);
  expect(leased?.id).toBe(proof.id);
  expect(queue.lease(["patch", "verify"])).toBeNull();
  if (leased) queue.finish(leased, "done", null, [caseChange(first, "proved", 1, { proofId: null })]);
  expect(queue.lease(["patch", "verify"])?.id).toBe(waiting.id);
});

test("what a person holds keeps nobody waiting", async () => {
  await using shop = await createShop();
  const queue = shop.queue();
  const held = shop.put({ id: "a", ...proving, signature: "aaaa" });
  shop.put({ id: "b", ...same });
  const waiting = queue.enqueue(ask("b", "patch"));
  queue.enqueue(ask("a", "verify"));
  pauseWork(shop.store, held);
  expect(queue.lease(["patch", "verify"])?.id).toBe(waiting.id);
});

test("what waits for something that is not there begins when it is; who asks for work does not wait", async () => {
  await using shop = await createShop();
  for (const id of ["a", "b"]) shop.put({ id, ...triaged });
  let isDown = true;
  const queue = shop.queue({ waits: ({ kind }) => kind === "patch" && isDown });
  const waiting = queue.enqueue(ask("a", "patch"));
  const asked = queue.enqueue({ ...ask("b", "patch"), requestedBy: "ann" });
  expect(queue.lease(["patch"])?.id).toBe(asked.id);
  expect(queue.lease(["patch"])).toBeNull();
  isDown = false;
  expect(queue.lease(["patch"])).toMatchObject({ id: waiting.id });
});
