import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StoredEvent } from "../../../server/src/protocol/index.ts";
import { connectClient } from "../../../server/src/rpc/client.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { newestById, tellStory } from "../store/prunable.ts";
import { startTestServer } from "./services.ts";

/** A busy machine is slow, which is no fault. */
const patience = { timeout: 50_000 };
const identity = { name: "test", version: "1" };
const yearMs = 365 * 86_400_000;

/** A state with a case that was closed two years ago, and one that was not. */
async function oldState(notes = 0): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "portwright-rpc-"));
  const store = openStore({ dir, now: () => Date.now() - 2 * yearMs });
  const note = { type: "note/recorded" as const, payload: { caseId: null, who: "x", text: "old" } };
  store.append(new Array(notes).fill(note));
  await tellStory(store, "over", ["triaged", "closed"]);
  await tellStory(store, "open", ["triaged"]);
  store.close();
  return dir;
}

test("what is over goes when a person says so, and too old a place is told that a snapshot comes", async () => {
  await using server = await startTestServer({ stateDir: await oldState() });
  const before = server.services.store.events(0, 1000);
  using client = await connectClient(server.rpc.path, identity);
  expect(await client.call("events/list", { after: 0 })).not.toHaveProperty("snapshotTo");

  const foreseen = await client.call("state/prune", { dryRun: true });
  expect(foreseen).toMatchObject({ dryRun: true, turns: 1, artifacts: 1, horizon: 0 });
  expect(server.services.store.events(0, 1000)).toEqual(before);
  const { horizon, events } = await client.call("state/prune", {});
  expect([events, horizon]).toEqual([foreseen.events, expect.any(Number)]);

  const told: StoredEvent[] = [];
  client.on("events/batch", (batch) => told.push(...batch.events));
  expect(await client.call("events/subscribe", { after: 0 })).toMatchObject({ snapshotTo: horizon });
  const last = before.at(-1)?.seq;
  await expect.poll(() => told.at(-1)?.seq, patience).toBe(last);
  expect(newestById(told)).toEqual(newestById(before));
  server.services.store.append([
    { type: "note/recorded", payload: { caseId: null, who: "x", text: "live" } },
  ]);
  await expect.poll(() => told.at(-1)?.type, patience).toBe("note/recorded");
  expect(await client.call("events/list", { after: horizon })).not.toHaveProperty("snapshotTo");
});

test("a reader that pruning overtakes is told so when it goes on, once", async () => {
  await using server = await startTestServer({ stateDir: await oldState(100) });
  const before = server.services.store.events(0, 1000);
  using client = await connectClient(server.rpc.path, identity);
  const told: StoredEvent[] = [];
  const snapshots: [after: number, to: number][] = [];
  client.on("events/batch", ({ events, snapshotTo }) => {
    if (snapshotTo !== undefined) snapshots.push([told.at(-1)?.seq ?? 0, snapshotTo]);
    told.push(...events);
  });
  const { subscription } = await client.call("events/subscribe", { after: 0, credit: 1 });
  await expect.poll(() => told.length, patience).toBe(1);
  const { horizon } = await client.call("state/prune", {});
  for (let seen = 0; seen !== before.at(-1)?.seq; seen = told.at(-1)?.seq ?? 0) {
    await client.call("events/credit", { subscription, bytes: 5000 });
    await expect.poll(() => told.at(-1)?.seq, patience).toBeGreaterThan(seen);
  }
  expect(snapshots).toEqual([[expect.any(Number), horizon]]);
  expect(snapshots[0]?.[0]).toBeLessThan(horizon);
  expect(newestById(told)).toEqual(newestById(before));
});

test("0 days keep everything", async () => {
  const retention = { events: 0, logs: 0, traces: 0, proofs: 0 };
  await using server = await startTestServer({ stateDir: await oldState(), config: { retention } });
  const before = server.services.store.events(0, 1000);
  using client = await connectClient(server.rpc.path, identity);
  expect(await client.call("state/prune", {})).toMatchObject({ events: 0, turns: 0, artifacts: 0 });
  expect(server.services.store.events(0, 1000)).toEqual(before);
});
