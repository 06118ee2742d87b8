import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { EventFilter } from "../../../server/src/protocol/methods/events.ts";
import { connectClient } from "../../../server/src/rpc/client.ts";
import { sampleStory } from "../../fixtures/states/entities.ts";
import { introduction } from "./frames.ts";
import { rawClient } from "./raw.ts";
import { startTestServer, type TestServer } from "./services.ts";

/** A busy machine is slow, which is no fault. */
const patience = { timeout: 50_000 };

const identity = { name: "test", version: "1" };

function note({ services }: TestServer, count: number, text = "text"): void {
  services.store.append(
    Array.from({ length: count }, () => ({
      type: "note/recorded" as const,
      payload: { caseId: null, who: "test", text },
    })),
  );
}

const upTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("replay, then live: each event once and in order, in batches of at most 256 KiB", async () => {
  await using server = await startTestServer();
  note(server, 300, "x".repeat(3000));
  using client = await connectClient(server.rpc.path, identity);
  const seen: number[] = [];
  const sizes: number[] = [];
  client.on("events/batch", ({ events }) => {
    seen.push(...events.map(({ seq }) => seq));
    sizes.push(JSON.stringify(events).length);
  });
  await client.call("events/subscribe", { after: 10 });
  for (let round = 0; round < 50; round += 1) {
    note(server, 7);
    if (round % 10 === 0) await client.call("status", {});
  }
  await expect.poll(() => seen.length, patience).toBe(640);
  expect(seen).toEqual(upTo(11, 650));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
  note(server, 1);
  await expect.poll(() => seen.at(-1), patience).toBe(651);
});

test("an event above the bound travels alone", async () => {
  await using server = await startTestServer();
  note(server, 1);
  note(server, 1, "x".repeat(400_000));
  note(server, 1);
  using client = await connectClient(server.rpc.path, identity);
  const batches: number[][] = [];
  client.on("events/batch", ({ events }) => batches.push(events.map(({ seq }) => seq)));
  await client.call("events/subscribe", { after: 0 });
  await expect.poll(() => batches.flat(), patience).toEqual([1, 2, 3]);
  expect(batches).toContainEqual([2]);
});

test("a subscriber that does not read costs no memory, disturbs nobody and loses nothing", async () => {
  await using server = await startTestServer();
  using sleeper = await rawClient(server.rpc.path);
  sleeper.send(introduction());
  expect(await sleeper.next()).toMatchObject({ id: 1 });
  sleeper.send({ jsonrpc: "2.0", id: 2, method: "events/subscribe", params: { after: 0 } });
  expect(await sleeper.next()).toMatchObject({ id: 2, result: { subscription: "1" } });
  sleeper.socket.pause();

  using reader = await connectClient(server.rpc.path, identity);
  const seen: number[] = [];
  reader.on("events/batch", ({ events }) => seen.push(...events.map(({ seq }) => seq)));
  await reader.call("events/subscribe", { after: 0 });
  const before = heldBytes();
  for (let round = 0; round < 200; round += 1) {
    note(server, 10, "x".repeat(20_000));
    await reader.call("policy/check", {});
  }
  await expect.poll(() => seen.length, patience).toBe(2000);
  // 40 MB of events went by; the sleeper's share is one batch and the kernel's buffer. What the reader just took is freed
  // a moment later.
  await expect.poll(() => heldBytes() - before, patience).toBeLessThan(4_000_000);

  const late: number[] = [];
  while (late.length < 2000) {
    const batch = (await sleeper.next()) as { params: { events: { seq: number }[] } } | undefined;
    if (!batch) break;
    late.push(...batch.params.events.map(({ seq }) => seq));
  }
  expect(late).toEqual(upTo(1, 2000));
});

test("a subscription ends with its connection, and a connection has at most eight", async () => {
  await using server = await startTestServer();
  using client = await connectClient(server.rpc.path, identity);
  const ids = new Set<string>();
  for (let count = 0; count < 8; count += 1)
    ids.add((await client.call("events/subscribe", { after: 0 })).subscription);
  expect(ids.size).toBe(8);
  await expect(client.call("events/subscribe", { after: 0 })).rejects.toMatchObject({ kind: "badState" });
  client[Symbol.dispose]();
  note(server, 5);
  using next = await connectClient(server.rpc.path, identity);
  expect(next.server.seq).toBe(5);
});

test("a reader that grants credit gets no more than that, loses nothing, and holds nothing up in the server", async () => {
  await using server = await startTestServer();
  note(server, 2000, "x".repeat(1000));
  using client = await connectClient(server.rpc.path, identity);
  const seen: number[] = [];
  let bytes = 0;
  client.on("events/batch", ({ events }) => {
    seen.push(...events.map(({ seq }) => seq));
    bytes += events.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event)) + 1, 0);
  });
  const { subscription } = await client.call("events/subscribe", { after: 0, credit: 10_000 });
  await expect.poll(() => bytes, patience).toBeGreaterThan(9000);
  // Further answers come, so that no batch is still on its way.
  for (let round = 0; round < 5; round += 1) await client.call("status", {});
  // The event that uses up what is left may be larger than that.
  const largest = 1200;
  expect(bytes).toBeLessThanOrEqual(10_000 + largest);
  let allowed = 10_000;
  while (seen.length < 2000) {
    await client.call("events/credit", { subscription, bytes: 300_000 });
    allowed += 300_000;
    await expect.poll(() => seen.length === 2000 || bytes > allowed - 3000, patience).toBe(true);
    expect(bytes).toBeLessThanOrEqual(allowed + largest);
  }
  expect(seen).toEqual(upTo(1, 2000));
  await expect(client.call("events/credit", { subscription: "9", bytes: 1 })).rejects.toMatchObject({
    kind: "notFound",
  });
});

test("a filter lets through what fits, and the position goes on over what does not", async () => {
  await using server = await startTestServer();
  const { store } = server.services;
  const target = (name: string) => ({ type: "target/seen" as const, payload: { name, firstSeenAt: 1 } });
  note(server, 100);
  store.append([target("@a"), target("@b")]);
  using client = await connectClient(server.rpc.path, identity);
  const heard: string[] = [];
  let through = 0;
  client.on("events/batch", (batch) => {
    for (const { type, payload } of batch.events) heard.push(type === "target/seen" ? payload.name : type);
    through = Math.max(through, batch.through ?? 0);
  });
  const filter = { types: ["target/seen" as const], target: "@b" };
  await client.call("events/subscribe", { after: 0, filter });
  await expect.poll(() => heard, patience).toEqual(["@b"]);
  await expect.poll(() => through, patience).toBe(102);
  note(server, 150);
  await expect.poll(() => through, patience).toBe(252);
  store.append([target("@b")]);
  await expect.poll(() => heard, patience).toEqual(["@b", "@b"]);
  expect(through).toBe(253);
});

test("a tail is the newest that fits, in order, and says how far back it looked", async () => {
  await using server = await startTestServer();
  const { store } = server.services;
  using client = await connectClient(server.rpc.path, identity);
  expect(await client.call("events/tail", {})).toEqual({ events: [], seq: 0, after: 0 });
  const target = (name: string) => ({ type: "target/seen" as const, payload: { name, firstSeenAt: 1 } });
  store.append([target("@a"), target("@b")]);
  note(server, 1200);
  store.append([target("@b")]);
  const { events, seq, after } = await client.call("events/tail", { limit: 3 });
  expect([events, seq, after]).toEqual([store.events(1200, 9), 1203, 1200]);
  const seqs = async (filter: EventFilter, limit: number) => {
    const tail = await client.call("events/tail", { limit, filter });
    return [tail.events.map((event) => event.seq), tail.after];
  };
  expect(await seqs({ target: "@b" }, 1)).toEqual([[1203], 1202]);
  expect(await seqs({ types: ["target/seen"] }, 2)).toEqual([[2, 1203], 1]);
  expect(await seqs({ types: ["target/seen"] }, 9)).toEqual([[1, 2, 1203], 0]);
});

test("a filter by case hears of all that is about it, and of nothing else", async () => {
  await using server = await startTestServer();
  const { store } = server.services;
  store.append(sampleStory());
  const subject = store.cases({}, { limit: 1 }).items[0]?.id ?? "";
  note(server, 1);
  store.append([{ type: "note/recorded", payload: { caseId: subject, who: "test", text: "mine" } }]);
  using client = await connectClient(server.rpc.path, identity);
  const heard: string[] = [];
  client.on("events/batch", ({ events }) => heard.push(...events.map(({ type }) => type)));
  await client.call("events/subscribe", { after: 0, filter: { case: subject } });
  const about = [
    "bundle/added",
    "result/recorded",
    "case/changed",
    "job/changed",
    "attempt/changed",
    "turn/recorded",
  ];
  await expect.poll(() => heard, patience).toEqual([...about, "proof/recorded", "note/recorded"]);
  await expect(client.call("events/subscribe", { after: 0, filter: { case: "none" } })).rejects.toThrow(
    /none/,
  );
});
