import { expect, test } from "vitest";
import { type CallParams, type MethodName, methods } from "../../../server/src/protocol/index.ts";
import { connectClient, type RpcClient } from "../../../server/src/rpc/client.ts";
import { seedCases, startTestServer, type TestServer } from "./services.ts";

const identity = { name: "test", version: "1" };
const open = ({ rpc }: TestServer): Promise<RpcClient> => connectClient(rpc.path, identity);

test("a client introduces itself and its calls are answered as the contract says", async () => {
  await using server = await startTestServer({ withEnvironments: true });
  const { store } = server.services;
  const diffSha256 = await store.blobs.put(Buffer.from("--- a\n+++ b\n"));
  seedCases(
    store,
    { id: "one", origin: "devel/one", state: "waiting", diffSha256 },
    { id: "two", origin: "devel/two" },
  );
  const seeded = store.lastSeq();
  using client = await open(server);
  expect(client.server).toEqual({
    protocolVersion: 1,
    server: { name: "portwright", version: "9.9.9" },
    capabilities: expect.arrayContaining(["events", "doctor", "environments", "delivery"]),
    seq: seeded,
  });

  const status = await client.call("status", {});
  expect(methods.status[1].parse(status)).toMatchObject({
    seq: seeded,
    state: server.stateDir,
    cases: { waiting: 1, open: 1 },
  });
  const list = await client.call("cases/list", { state: "open" });
  expect(list.cases.map(({ id }) => id)).toEqual(["two"]);
  expect((await client.call("case/get", { case: "devel/one" })).case.id).toBe("one");
  expect(await client.call("case/diff", { case: "one" })).toEqual({
    sha256: diffSha256,
    diff: "--- a\n+++ b\n",
    proved: false,
  });
  const part = await client.call("artifact/read", { sha256: diffSha256, offset: 4, length: 3 });
  expect(part).toEqual({ data: Buffer.from("a\n+").toString("base64"), bytes: 12, eof: false });
  const { job } = await client.call("case/patch", { case: "one", tier: "ASSIST", context: "look twice" });
  expect(job).toMatchObject({
    kind: "patch",
    caseId: "one",
    requestedBy: "tester",
    tier: "ASSIST",
    context: "look twice",
  });
  expect((await client.call("jobs/list", {})).jobs).toEqual([job]);
  const { events, seq } = await client.call("events/list", { after: 1, limit: 1 });
  expect(events.map((event) => event.seq)).toEqual([2]);
  expect(seq).toBe(store.lastSeq());
  expect(await client.call("policy/check", {})).toEqual({ problems: [], rules: 1, recipes: 2, prompts: 3 });
  expect(await client.call("env/list", {})).toEqual({ environments: [] });
  await expect(client.call("env/create", { name: "x" })).rejects.toMatchObject({ kind: "environment" });
  await expect(client.call("env/destroy", { name: "x" })).rejects.toMatchObject({ kind: "notFound" });
});

test("cases are listed in an order asked for, and by their groups", async () => {
  await using server = await startTestServer();
  seedCases(
    server.services.store,
    { id: "one", origin: "devel/one", blocked: 2 },
    { id: "two", origin: "lang/two", blocked: 5, snoozedUntil: Date.now() + 60_000 },
    { id: "three", origin: "devel/three", state: "escalated" },
  );
  using client = await open(server);
  const ids = async (params: CallParams<"cases/list">) =>
    (await client.call("cases/list", params)).cases.map(({ id }) => id);
  expect(await ids({ order: "impact" })).toEqual(["two", "one", "three"]);
  expect(await ids({ order: "attention", hidden: "without" })).toEqual(["three", "one"]);
  const groups = await client.call("cases/groups", { by: "category", limit: 1 });
  expect(groups).toMatchObject({ groups: [{ key: "lang", cases: 1, blocked: 5 }], total: 2 });
  const rest = await client.call("cases/groups", { by: "category", cursor: groups.nextCursor ?? "" });
  expect(rest).toEqual({
    groups: [{ key: "devel", label: "devel", cases: 2, needsPerson: 1, blocked: 2 }],
    total: 2,
    nextCursor: null,
  });
  expect(await ids({ group: { by: "category", key: "devel" }, needsPerson: true })).toEqual(["three"]);
});

test("a decision is recorded with its author, and only where the case allows it", async () => {
  await using server = await startTestServer();
  const { store } = server.services;
  seedCases(store, { id: "one", state: "waiting" });
  using client = await open(server);
  const { case: accepted } = await client.call("case/decide", {
    case: "one",
    decision: "accept",
    who: "ann",
    reason: "fine",
  });
  expect(accepted.state).toBe("accepted");
  expect(store.case("one")?.state).toBe("accepted");
  expect(store.events(0, 10, ["note/recorded"])[0]?.payload).toMatchObject({
    kind: "decision",
    caseId: "one",
    who: "ann",
    text: "accept: fine",
  });
  const again = client.call("case/decide", { case: "one", decision: "accept", who: "ann" });
  await expect(again).rejects.toMatchObject({
    kind: "badState",
    message: expect.stringContaining("accepted"),
  });
  const nobody = client.call("case/decide", { case: "one", decision: "reject", who: "" });
  await expect(nobody).rejects.toMatchObject({ kind: "badParams", message: expect.stringContaining("who") });
});

test("refusals carry their kind and name what is wrong; faults of the server carry no detail", async () => {
  await using server = await startTestServer();
  seedCases(server.services.store, { id: "one" });
  using client = await open(server);
  const refused = async (call: Promise<unknown>): Promise<{ kind: string; message: string }> =>
    call.then(
      () => expect.unreachable("it was not refused"),
      (error) => error,
    );
  expect(await refused(client.call("case/get", { case: "devel/none" }))).toMatchObject({ kind: "notFound" });
  expect(await refused(client.call("cases/list", { limit: 5000 }))).toMatchObject({
    kind: "badParams",
    message: expect.stringMatching(/^limit: /),
  });
  expect(await refused(client.call("no/such" as MethodName, {} as never))).toMatchObject({
    kind: "unknownMethod",
  });
  expect(await refused(client.call("toString" as MethodName, {} as never))).toMatchObject({
    kind: "unknownMethod",
  });
  expect(await refused(client.call("env/create", { name: "x" }))).toMatchObject({ kind: "environment" });
  expect(await refused(client.call("case/patch", { case: "one" }))).toMatchObject({ kind: "environment" });
  for (const method of ["events/list", "events/subscribe"] as const)
    expect(await refused(client.call(method, { after: 99 }))).toMatchObject({
      kind: "badParams",
      message: expect.stringMatching(/no event 99 yet, the newest is \d/),
    });
  expect(await refused(client.call("artifact/read", { sha256: "0".repeat(64) }))).toMatchObject({
    kind: "notFound",
  });
  const fault = await refused(client.call("evidence/import", { path: "/internal" }));
  expect(fault.kind).toBe("internal");
  expect(fault.message).not.toContain("detail");
  expect(server.log.join("")).toContain("a detail that nobody may see");
});

test("progress reaches the client before the answer", async () => {
  await using server = await startTestServer();
  using client = await open(server);
  const texts: string[] = [];
  client.on("progress", ({ text }) => texts.push(text));
  await expect(client.call("evidence/import", { path: "/nowhere" })).rejects.toMatchObject({
    kind: "notFound",
  });
  expect(texts).toEqual(["reading /nowhere"]);
});
