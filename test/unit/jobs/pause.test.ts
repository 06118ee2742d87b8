import { expect, test } from "vitest";
import { pauseWork, resumeWork, untilResumed } from "../../../server/src/jobs/pause.ts";
import type { StageHandler } from "../../../server/src/jobs/types.ts";
import { aborted, ask, createShop, proving, type Shop, triaged } from "./shop.ts";

/** A stage that stands at its turns while it is held, and tells of each step. */
const turning =
  ({ store }: Shop, steps: string[], turn: () => Promise<void>): StageHandler =>
  async ({ job, held, standAside, signal, conclude }) => {
    steps.push(`${job.caseId} begins`);
    await turn();
    if (held()) await standAside(() => untilResumed(store, job.id, signal));
    steps.push(`${job.caseId} goes on`);
    conclude();
  };

test("what waits is held where it is, and taken when a person lets it go on or asks for it anew", async () => {
  await using shop = await createShop();
  const queue = shop.queue();
  for (const id of ["a", "b"]) shop.put({ id, ...triaged });
  const [first, second] = ["a", "b"].map((id) => queue.enqueue(ask(id, "patch")));
  const cases = ["a", "b"].map((id) => shop.store.case(id));
  for (const subject of cases) if (subject) pauseWork(shop.store, subject);
  expect(queue.lease(["patch"])).toBeNull();
  expect(queue.enqueue(ask("a", "patch"))).toMatchObject({ id: first?.id, paused: true });
  expect(queue.enqueue({ ...ask("a", "patch"), requestedBy: "ann" }).paused).toBeUndefined();
  expect(queue.lease(["patch"])?.id).toBe(first?.id);
  if (cases[1]) expect(resumeWork(shop.store, cases[1]).paused).toBeUndefined();
  expect(queue.lease(["patch"])?.id).toBe(second?.id);
});

test("what is held leaves its place to others, and takes it again at once", async () => {
  await using shop = await createShop();
  const queue = shop.queue();
  const a = shop.put({ id: "a", ...triaged });
  shop.put({ id: "b", ...triaged });
  const steps: string[] = [];
  let open = () => {};
  const turn = new Promise<void>((resolve) => {
    open = resolve;
  });
  await using _pool = shop.pool(queue, { patch: turning(shop, steps, () => turn) });
  const [first, second] = ["a", "b"].map((id) => queue.enqueue(ask(id, "patch")));
  await expect.poll(() => steps).toEqual(["a begins"]);
  pauseWork(shop.store, a);
  open();
  expect((await shop.ended(second?.id ?? "")).state).toBe("done");
  expect(steps).toEqual(["a begins", "b begins", "b goes on"]);
  resumeWork(shop.store, a);
  const ended = await shop.ended(first?.id ?? "");
  expect([ended.state, ended.paused]).toEqual(["done", undefined]);
});

test("what is held can be stopped", async () => {
  await using shop = await createShop();
  const queue = shop.queue();
  const a = shop.put({ id: "a", ...triaged });
  const steps: string[] = [];
  const turn = async () => void pauseWork(shop.store, a);
  await using _pool = shop.pool(queue, { patch: turning(shop, steps, turn) });
  const { id } = queue.enqueue(ask("a", "patch"));
  await expect.poll(() => shop.store.job(id)?.paused).toBe(true);
  queue.stop("a", "ann");
  const ended = await shop.ended(id);
  expect([ended.state, ended.error, ended.paused]).toEqual(["cancelled", "stopped by ann", undefined]);
  expect(steps).toEqual(["a begins"]);
});

test("where there is nothing to hold or to let go on, the refusal says why", async () => {
  await using shop = await createShop();
  const queue = shop.queue();
  const subject = shop.put({ id: "a", ...proving });
  expect(() => pauseWork(shop.store, subject)).toThrow(/nothing runs or waits .*: ask for an attempt first/);
  expect(() => resumeWork(shop.store, subject)).toThrow(/nothing of devel\/a is paused/);
  await using _pool = shop.pool(queue, { verify: async ({ signal }) => void (await aborted(signal)) });
  const { id } = queue.enqueue(ask("a", "verify"));
  await expect.poll(() => shop.store.job(id)?.state).toBe("leased");
  expect(() => pauseWork(shop.store, subject)).toThrow(/a verify .* has no turns to wait at/);
});

test("a job that waits takes on new terms, one that runs has its own", async () => {
  await using shop = await createShop();
  const queue = shop.queue();
  shop.put({ id: "a", ...triaged });
  const first = queue.enqueue(ask("a", "patch"));
  const terms = { model: "fast", budget: { turns: 3 }, tier: "ASSIST", context: "try gmake" } as const;
  const changed = queue.enqueue({ ...ask("a", "patch"), requestedBy: "ann", ...terms });
  expect(changed).toMatchObject({ id: first.id, requestedBy: "ann", ...terms });
  queue.lease(["patch"]);
  expect(queue.enqueue(ask("a", "patch"))).toMatchObject({ id: first.id, ...terms });
  expect(() => queue.enqueue({ ...ask("a", "patch"), model: "other" })).toThrow(/runs already: steer it/);
});
