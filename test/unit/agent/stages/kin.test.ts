import { afterEach, beforeEach, expect, test } from "vitest";
import { kinFixesOf } from "../../../../server/src/agent/stages/kin.ts";
import { tryOnKin } from "../../../../server/src/agent/stages/kinRounds.ts";
import type { Case } from "../../../../server/src/protocol/index.ts";
import { sampleAttempt, sampleJob } from "../../../fixtures/states/entities.ts";
import { createShop, type Shop, triaged } from "../../jobs/shop.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await createShop();
});
afterEach(() => shop[Symbol.asyncDispose]());

const signature = "same";
const lost = { ...triaged, state: "escalated", signature } as const;

/** A case with a fix that was proved `at`; `change` is what it does to its own port. */
async function mend(id: string, at: number, change: string | Buffer, changes: Partial<Case> = {}) {
  const text =
    typeof change === "string" ? `+++ b/ports/devel/${id}/Makefile\nindex ${at}\n+${change}\n` : change;
  const diffSha256 = await shop.store.blobs.put(Buffer.from(text));
  const fix = { signature, state: "waiting", diffSha256, proofId: `p${id}`, updatedAt: at } as const;
  return shop.put({ id, ...fix, ...changes });
}

test("fixes of the same failure come as they were proved, changes that are alike once, and three at most", async () => {
  await mend("third", 30, "USES=gmake");
  await mend("first", 10, "USES=gmake", { state: "delivered" });
  await mend("second", 20, "CFLAGS+=-fcommon");
  await mend("rejected", 1, "BROKEN=yes", { state: "rejected" });
  await mend("unproved", 2, "IGNORE=yes", { proofId: null });
  await mend("other", 3, "NO=yes", { signature: "other" });
  await mend("latin", 4, Buffer.from("caf\u00e9", "latin1"));
  await mend("huge", 5, "x".repeat(65 * 1024));
  const found = async (id: string) =>
    (await kinFixesOf(shop.store, { id, signature })).map(({ origin, provedAt }) => [origin, provedAt]);
  expect(await found("self")).toEqual([
    ["devel/first", 10],
    ["devel/second", 20],
  ]);
  expect(await found("first")).toEqual([
    ["devel/second", 20],
    ["devel/third", 30],
  ]);
  for (const id of ["d", "e"]) await mend(id, 40, `CFLAGS+=-f${id}`);
  expect((await found("self")).map(([origin]) => origin)).toEqual(["devel/first", "devel/second", "devel/d"]);
});

const kinJobs = () =>
  shop.store
    .jobs({ kind: "patch" }, { limit: 50 })
    .items.map(({ caseId, kin, requestedBy }) => [caseId, kin, requestedBy])
    .toSorted();
const options = () => ({
  ...{ store: shop.store, queue: shop.queue(), now: () => shop.clock.at },
  repairable: ({ id }: Case) => id !== "imported",
  log: (_: string, text: string) => void shop.said.push(text),
});

test("a proved fix is tried once on each case of its failure that was given up, and the policy lets us", async () => {
  shop.put({ id: "member", ...lost });
  shop.put({ id: "imported", ...lost });
  shop.put({ id: "ignored", ...lost, ignored: true });
  shop.put({ id: "assist", ...lost, decision: { ...triaged.decision, tier: "ASSIST" } });
  shop.put({ id: "stranger", ...lost, signature: "other" });
  using _trying = tryOnKin(options());
  await mend("kin", 10, "USES=gmake");
  await expect.poll(kinJobs).toEqual([["member", true, "automation"]]);
  const tried = sampleAttempt({ id: "a", caseId: "member", provider: "recipes", signature, startedAt: 15 });
  const ended = sampleJob({ ...shop.store.jobs({}, { limit: 1 }).items[0], state: "done", endedAt: 16 });
  shop.store.append([
    { type: "job/changed", payload: ended },
    { type: "attempt/changed", payload: tried },
  ]);
  // The same change, proved elsewhere, was tried by then; another one was not.
  await mend("second", 20, "USES=gmake");
  shop.put({ id: "late", ...lost });
  await mend("third", 21, "USES=gmake");
  await expect.poll(() => kinJobs().length).toBe(2);
  expect(kinJobs().map(([id]) => id)).toEqual(["late", "member"]);
  await mend("fourth", 30, "CFLAGS+=-fcommon");
  await expect.poll(() => kinJobs().map(([id]) => id)).toEqual(["late", "member", "member"]);
  expect(shop.said).toEqual([]);
});

test("what a server that ended did not ask for, or a full queue had no room for, is asked for later", async () => {
  await mend("kin", 10, "USES=gmake");
  for (let at = 0; at < 12; at += 1) shop.put({ id: `m${at}`, ...lost });
  const given = options();
  using _trying = tryOnKin(given);
  await expect.poll(() => kinJobs().length).toBe(10);
  given.queue.stop(String(kinJobs()[0]?.[0]), "ann");
  await expect.poll(() => shop.store.jobCounts()).toMatchObject({ queued: 10, cancelled: 1 });
});

test("whoever asks for a repair gets more than the trial that waits", () => {
  const { queue } = options();
  shop.put({ id: "member", ...lost });
  const base = { kind: "patch", caseId: "member" } as const;
  const trial = queue.enqueue({ ...base, requestedBy: "automation", kin: true });
  expect(queue.enqueue({ ...base, requestedBy: "automation", kin: true })).toEqual(trial);
  const asked = queue.enqueue({ ...base, requestedBy: "ann" });
  expect(asked).toMatchObject({ id: trial.id, requestedBy: "ann" });
  expect(asked.kin).toBeUndefined();
  expect(queue.enqueue({ ...base, requestedBy: "automation", kin: true })).toMatchObject(asked);
});
