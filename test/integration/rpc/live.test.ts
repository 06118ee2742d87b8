import { expect, test } from "vitest";
import type { NotificationParams, SessionLive } from "../../../server/src/protocol/index.ts";
import { reduceLive } from "../../../server/src/protocol/live.ts";
import { connectClient, type RpcClient } from "../../../server/src/rpc/client.ts";
import { introduction } from "./frames.ts";
import { rawClient } from "./raw.ts";
import { seedCases, startTestServer, type TestServer } from "./services.ts";

type Told = NotificationParams<"session/live">;

/** A busy machine is slow, which is no fault. */
const patience = { timeout: 50_000 };
const identity = { name: "test", version: "1" };
const subject = { case: "case-1" };

async function start(): Promise<TestServer> {
  const server = await startTestServer();
  seedCases(server.services.store, {});
  return server;
}

const told = (seen: SessionLive | null, { live, changes }: Told): SessionLive | null =>
  live !== undefined ? live : seen && changes.reduce(reduceLive, seen);

/** A client that follows the case, with what it sees. */
async function follow(client: RpcClient): Promise<{ seen: SessionLive | null; told: Told[]; id: string }> {
  const { subscription, live } = await client.call("session/follow", subject);
  const follower = { seen: live, told: [] as Told[], id: subscription };
  client.on("session/live", (params) => {
    if (params.subscription !== subscription) return;
    follower.told.push(params);
    follower.seen = told(follower.seen, params);
  });
  return follower;
}

test("two followers see what the attempt does, and the one that runs next", async () => {
  await using server = await start();
  const { live: feed } = server.services;
  using early = await connectClient(server.rpc.path, identity);
  const first = await follow(early);
  expect(first.seen).toBeNull();
  const teller = feed.begin("case-1", "attempt-1");
  teller.turn(1);
  teller.delta({ text: "It is a GNU ", reasoning: "hm " });
  await expect.poll(() => first.seen?.text, patience).toBe("It is a GNU ");
  using late = await connectClient(server.rpc.path, identity);
  const second = await follow(late);
  expect(second.seen).toEqual(first.seen);
  for (let line = 0; line < 500; line += 1) teller.delta({ text: `word${line} `, reasoning: "" });
  teller.call({ id: "a", name: "build", arguments: "{}" });
  for (const one of [first, second]) await expect.poll(() => one.seen, patience).toEqual(feed.of("case-1"));
  expect(first.told.length).toBeLessThan(20);
  expect(second.told.every(({ live }) => live === undefined)).toBe(true);

  teller[Symbol.dispose]();
  await expect.poll(() => first.seen, patience).toBeNull();
  expect(first.told.at(-1)).toMatchObject({ attemptId: null, changes: [], live: null });
  using next = feed.begin("case-1", "attempt-2");
  next.phase("configure");
  for (const one of [first, second])
    await expect.poll(() => one.seen, patience).toMatchObject({ attemptId: "attempt-2", phases: [{}] });
});

test("a follower that does not read costs no memory and is then given the whole state, within the bound", async () => {
  await using server = await start();
  const { live: feed } = server.services;
  using teller = feed.begin("case-1", "attempt-1");
  using sleeper = await rawClient(server.rpc.path);
  sleeper.send(introduction());
  await sleeper.next();
  sleeper.send({ jsonrpc: "2.0", id: 2, method: "session/follow", params: subject });
  const answer = (await sleeper.next()) as unknown as { result: { live: SessionLive } };
  sleeper.socket.pause();
  using reader = await connectClient(server.rpc.path, identity);
  const follower = await follow(reader);

  for (let turn = 1; turn <= 120; turn += 1) {
    teller.turn(turn);
    for (let piece = 0; piece < 8; piece += 1) {
      teller.delta({ text: `${"\u20ac".repeat(5000)}\n`, reasoning: `${"\u20ac".repeat(5000)}\n` });
      teller.output(Buffer.from(`${"line ".repeat(90)}\n`.repeat(50)));
    }
    await reader.call("policy/check", {});
  }
  await expect.poll(() => follower.seen, patience).toEqual(feed.of("case-1"));

  let seen: SessionLive | null = answer.result.live;
  let whole = 0;
  while (seen?.turn !== 120 || JSON.stringify(seen) !== JSON.stringify(feed.of("case-1"))) {
    const { params } = (await sleeper.next()) as unknown as { params: Told };
    expect(Buffer.byteLength(JSON.stringify(params))).toBeLessThanOrEqual(256 * 1024);
    if (params.live) whole += 1;
    seen = told(seen, params);
  }
  expect(whole).toBeGreaterThan(0);
});

test("following ends when asked, with the connection, and is bounded", async () => {
  await using server = await start();
  const { live: feed } = server.services;
  using client = await connectClient(server.rpc.path, identity);
  const ended = await follow(client);
  await client.call("session/unfollow", { subscription: ended.id });
  const again = client.call("session/unfollow", { subscription: ended.id });
  await expect(again).rejects.toMatchObject({ kind: "notFound" });
  const follower = await follow(client);
  for (let count = 1; count < 32; count += 1) await client.call("session/follow", subject);
  await expect(client.call("session/follow", subject)).rejects.toMatchObject({ kind: "badState" });
  await expect(client.call("session/follow", { case: "no/port" })).rejects.toMatchObject({
    kind: "notFound",
  });
  using teller = feed.begin("case-1", "attempt-1");
  teller.turn(4);
  await expect.poll(() => follower.seen?.turn, patience).toBe(4);
  expect(ended.told).toEqual([]);
  client[Symbol.dispose]();
  for (let turn = 5; turn < 50; turn += 1) teller.turn(turn);
  using next = await connectClient(server.rpc.path, identity);
  expect((await follow(next)).seen).toMatchObject({ turn: 49 });
  expect(server.log.filter((line) => /warn|error/i.test(line))).toEqual([]);
});
