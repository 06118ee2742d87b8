import { connect } from "node:net";
import { expect, test } from "vitest";
import { connectClient } from "../../../server/src/rpc/client.ts";
import { introduction, rawFrames } from "./frames.ts";
import { rawClient } from "./raw.ts";
import { seedCases, startTestServer, type TestServer } from "./services.ts";

/** A busy machine is slow, which is no fault. */
const patience = { timeout: 50_000 };

const identity = { name: "test", version: "1" };

async function expectServing(server: TestServer): Promise<void> {
  using client = await connectClient(server.rpc.path, identity);
  await client.call("status", {});
}

const broken: Record<string, string | Buffer> = {
  "no JSON": "Content-Length: 5\r\n\r\n{nope",
  "no JSON-RPC": rawFrames({ hello: 1 }),
  "an array": "Content-Length: 2\r\n\r\n[]",
  "a negative length": "Content-Length: -5\r\n\r\n",
  "no length": "Content-Type: x\r\n\r\n{}",
  "an announced 17 MiB": `Content-Length: ${17 * 1024 * 1024}\r\n\r\n`,
  "an endless header": "x".repeat(5000),
  "another protocol": `GET / HTTP/1.1\r\nHost: x\r\n\r\n`,
  "random bytes": Buffer.from([0, 255, 13, 10, 13, 10, 1, 2]),
  "an id of null": rawFrames({ jsonrpc: "2.0", id: null, method: "status" }),
  "one id twice":
    rawFrames({ ...introduction(), id: 7 }) + rawFrames({ jsonrpc: "2.0", id: 7, method: "status" }),
};

test.each(Object.entries(broken))("%s ends that connection only", async (_name, bytes) => {
  await using server = await startTestServer();
  using bystander = await connectClient(server.rpc.path, identity);
  using raw = await rawClient(server.rpc.path);
  raw.socket.write(bytes);
  raw.socket.resume();
  await raw.closed;
  expect((await bystander.call("status", {})).version).toBe("9.9.9");
  await expectServing(server);
});

test("messages may come in any cut, and many in one", async () => {
  await using server = await startTestServer();
  using raw = await rawClient(server.rpc.path);
  const bytes = Buffer.from(
    rawFrames(introduction()) +
      rawFrames({ jsonrpc: "2.0", id: "zwei", method: "policy/check", params: { ü: "ß".repeat(300) } }),
  );
  for (let at = 0; at < bytes.length; at += 7) raw.socket.write(bytes.subarray(at, at + 7));
  expect(await raw.next()).toMatchObject({ id: 1, result: { protocolVersion: 1 } });
  expect(await raw.next()).toMatchObject({ id: "zwei", result: { rules: 1 } });
});

test("calls before the introduction and a second introduction are refused", async () => {
  await using server = await startTestServer();
  using raw = await rawClient(server.rpc.path);
  raw.send({ jsonrpc: "2.0", id: 1, method: "status", params: {} });
  expect(await raw.next()).toMatchObject({ id: 1, error: { code: -32002 } });
  raw.send(introduction(2));
  expect(await raw.next()).toMatchObject({ id: 2, result: {} });
  raw.send(introduction(3));
  expect(await raw.next()).toMatchObject({ id: 3, error: { code: -32002 } });
});

test.each([
  [[0], "client is too old"],
  [[2, 3], "server is too old"],
])("versions %j: the refusal names the side to update", async (versions, words) => {
  await using server = await startTestServer();
  using raw = await rawClient(server.rpc.path);
  raw.send(introduction(1, versions));
  expect(await raw.next()).toMatchObject({
    error: { code: -32006, message: expect.stringContaining(words), data: { kind: "version" } },
  });
});

test("a client that asks without reading the answers is paused, and gets them all when it reads", async () => {
  await using server = await startTestServer();
  const { store } = server.services;
  const requests = 4000;
  const sha256 = await store.blobs.put(Buffer.alloc(200_000, "x"));
  using raw = await rawClient(server.rpc.path);
  raw.socket.pause();
  raw.send(introduction(0));
  let sent = 0;
  const params = { sha256, length: 100_000 };
  while (sent < requests) {
    sent += 1;
    raw.send({ jsonrpc: "2.0", id: sent, method: "artifact/read", params });
  }
  await expectServing(server);
  // Had the server read on, the kernel would have taken all that this client wrote.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const stuck = raw.socket.writableLength;
  expect(stuck).toBeGreaterThan(100_000);
  await expectServing(server);
  raw.socket.resume();
  for (let id = 0; id <= 200; id += 1) expect((await raw.next())?.result).toBeDefined();
});

test("notifications and cancellations without end are dropped", async () => {
  await using server = await startTestServer();
  using raw = await rawClient(server.rpc.path);
  raw.send(introduction());
  await raw.next();
  for (let id = 0; id < 20_000; id += 1) {
    raw.send({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id } });
    raw.send({ jsonrpc: "2.0", method: "noise", params: null });
  }
  raw.send({ jsonrpc: "2.0", id: 2, method: "status" });
  expect(await raw.next()).toMatchObject({ id: 2, result: { version: "9.9.9" } });
});

test("clients that vanish leave nothing behind", async () => {
  await using server = await startTestServer();
  seedCases(server.services.store, { id: "one" });
  for (let round = 0; round < 80; round += 1) {
    const raw = await rawClient(server.rpc.path);
    raw.send(introduction());
    raw.send({ jsonrpc: "2.0", id: 2, method: "events/subscribe", params: { after: 0 } });
    if (round % 2) await raw.next();
    raw.socket.destroy();
  }
  seedCases(server.services.store, { id: "two", origin: "devel/two" });
  await expectServing(server);
});

test("more connections than there is room for are refused, and room comes back", async () => {
  await using server = await startTestServer();
  const sockets = Array.from({ length: 256 }, () => connect(server.rpc.path));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  await expect(connectClient(server.rpc.path, identity)).rejects.toMatchObject({ name: "UnreachableError" });
  for (const socket of sockets) socket.destroy();
  const isServing = (): Promise<boolean> =>
    expectServing(server)
      .then(() => true)
      .catch(() => false);
  await expect.poll(isServing, patience).toBe(true);
});
