import { connect } from "node:net";
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { Builders } from "../../../extension/src/builders/builders.ts";
import { placeOf, readDefinitions } from "../../../extension/src/builders/definition.ts";
import type { Host } from "../../../extension/src/connection/host.ts";
import { ModelLending } from "../../../extension/src/models/lending.ts";
import { createEditorProvider } from "../../../server/src/agent/model/editor.ts";
import { fakeEditor } from "../../unit/extension/models/fakeEditor.ts";
import { startTestServer, type TestServer } from "../rpc/services.ts";

/** A busy machine is slow, which is no fault. */
const patience = { timeout: 50_000 };

/** The way to a server that is a socket here. */
const hostOf = (path: string): Host => ({
  async start() {
    const socket = connect(path);
    const ended = new Promise<{ status: number; ending: null }>((resolve) =>
      socket.once("close", () => resolve({ status: 0, ending: null })),
    );
    socket.on("error", () => {});
    return {
      stdin: socket,
      stdout: socket,
      stderr: new PassThrough().end(),
      ended,
      close: () => socket.destroy(),
    };
  },
  dispose() {},
});

interface Setup {
  kept?: Record<string, unknown>;
  isOld?: boolean;
}

/** The extension's lending of a fake editor's models to one builder, connected to a real server. */
async function lendingTo(server: TestServer, { kept = {}, isOld = false }: Setup = {}) {
  const fake = fakeEditor();
  const noAccess: string[] = [];
  const errors: unknown[] = [];
  const builders = new Builders({
    ...{ hostOf: () => hostOf(server.rpc.path), version: "0", log: () => {}, random: () => 0.5 },
  });
  const lending = new ModelLending({
    ...{ builders, editor: isOld ? null : fake.editor, access: fake.access },
    memory: {
      get: (key) => kept[key],
      async update(key, value) {
        kept[key] = value;
      },
    },
    onNoAccess: ({ name }) => noAccess.push(name),
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => {
    lending.dispose();
    builders.dispose();
  });
  const connected = async () => {
    builders.set(definitions({}));
    const [builder] = builders.list();
    if (!builder) throw new Error("no builder");
    await builder.connection.whenConnected(AbortSignal.timeout(50_000));
    return builder;
  };
  return { ...fake, lending, builders, kept, noAccess, errors, connected };
}

const definitions = (entry: object) => readDefinitions([{ name: "box", ...entry }]).builders;

/** As the editor keeps what was lent to the builder of these tests. */
const lentTo = (...models: string[]) => ({ [definitions({}).map(placeOf)[0] ?? ""]: models });

const lentKeys = (server: TestServer): string[] =>
  server.services.lent.list().map(({ model }) => `${model.vendor}/${model.id}`);

const ask = (server: TestServer, model = "a", vendor = "acme") =>
  createEditorProvider({
    ...{ wanted: { vendor, model }, lent: server.services.lent, maxOutputTokens: 1000, tries: 1 },
    ...{ now: Date.now, sleep: async () => {}, random: () => 0.5, newId: () => "own" },
  }).complete({
    messages: [{ role: "user", content: "hello" }],
    ...{ tools: [], maxOutputTokens: 1000, signal: new AbortController().signal },
  });

test("what a person lends is asked for leave then, and answers from then on", async () => {
  await using server = await startTestServer();
  const { lending, connected, add, state, asked, Text, Call, kept } = await lendingTo(server);
  add("a", async function* () {
    yield new Text("hello ");
    yield new Text("yourself");
    yield new Call("c", "build", {});
  });
  add("b", async function* () {}, { maxInputTokens: Number.POSITIVE_INFINITY });
  const builder = await connected();
  expect(lentKeys(server)).toEqual([]);
  await lending.choose(builder, state.models, "to repair ports");
  expect([state.dialogs, asked]).toEqual([["to repair ports"], []]);
  expect(lentKeys(server)).toEqual(["acme/a", "acme/b"]);
  expect(kept).toEqual({ "portwright.lent": lentTo("acme/a", "acme/b") });
  expect(await ask(server)).toMatchObject({
    ...{ text: "hello yourself", calls: [{ id: "c", name: "build", arguments: "{}" }] },
  });
  await lending.choose(builder, [], "to repair ports");
  expect(lentKeys(server)).toEqual([]);
});

test("who gives no leave lends nothing", async () => {
  await using server = await startTestServer();
  const { lending, connected, add, state, kept } = await lendingTo(server);
  add("a", async function* () {});
  state.allows = false;
  const builder = await connected();
  await expect(lending.choose(builder, state.models, "why")).rejects.toMatchObject({ code: "NoPermissions" });
  expect([lentKeys(server), kept]).toEqual([[], {}]);
});

test("what was lent is lent again with each connection, as far as it is there, and follows what comes and goes", async () => {
  await using server = await startTestServer();
  const kept = { "portwright.lent": { ...lentTo("acme/a", "acme/later"), other: ["acme/b"] } };
  const { connected, add, state, change, errors } = await lendingTo(server, { kept });
  state.allowed.add("acme");
  for (const id of ["a", "b"]) add(id, async function* () {});
  const builder = await connected();
  await expect.poll(() => lentKeys(server), patience).toEqual(["acme/a"]);
  add("later", async function* () {});
  change();
  await expect.poll(() => lentKeys(server), patience).toEqual(["acme/a", "acme/later"]);
  builder.connection.disconnect();
  await expect.poll(() => lentKeys(server), patience).toEqual([]);
  builder.connection.connect();
  await expect.poll(() => lentKeys(server), patience).toEqual(["acme/a", "acme/later"]);
  expect(errors).toEqual([]);
});

test("what was lent to a builder that was removed is not lent to one that gets its name", async () => {
  await using server = await startTestServer();
  const { lending, builders, connected, add, state, kept } = await lendingTo(server, {
    kept: { "portwright.lent": { other: ["acme/b"] } },
  });
  add("a", async function* () {});
  const builder = await connected();
  await lending.choose(builder, state.models, "why");
  builders.set([]);
  await lending.forget(builder);
  expect(lending.keysOf(await connected())).toEqual([]);
  expect(kept).toEqual({ "portwright.lent": { other: ["acme/b"] } });
});

test("what was lent to a builder is not lent to another host that its entry is changed to", async () => {
  await using server = await startTestServer();
  const { lending, builders, connected, add, state } = await lendingTo(server);
  add("a", async function* () {});
  await lending.choose(await connected(), state.models, "why");
  builders.set(definitions({ state: "/elsewhere" }));
  expect(builders.list().map((builder) => lending.keysOf(builder))).toEqual([[]]);
});

test("a builder gets no answer of a model that is not lent to it, whatever it asks, and the person is told", async () => {
  await using server = await startTestServer();
  const { lending, connected, add, state, asked, noAccess } = await lendingTo(server);
  for (const id of ["a", "b"]) add(id, async function* () {});
  const builder = await connected();
  await lending.choose(builder, state.models.slice(0, 1), "why");
  const [lent] = server.services.lent.list();
  const question = { model: "acme/b", tools: [], messages: [] };
  const answer = lent?.editor.ask(question, () => {}, new AbortController().signal);
  expect(await answer).toMatchObject({ failure: { reason: "no-access" } });
  state.allowed.clear();
  await expect(ask(server)).rejects.toMatchObject({ reason: "auth" });
  expect(asked).toEqual([]);
  expect(noAccess).toEqual(["box", "box"]);
});

test("a request ends with the connection on which it was asked", async () => {
  await using server = await startTestServer();
  const { lending, connected, add, state, Text } = await lendingTo(server);
  const ended = Promise.withResolvers<void>();
  add("a", async function* ({ token }) {
    token.signal.addEventListener("abort", () => ended.resolve());
    yield new Text("and then ");
    await ended.promise;
  });
  const builder = await connected();
  await lending.choose(builder, state.models, "why");
  const [lent] = server.services.lent.list();
  const began = Promise.withResolvers<void>();
  const question = { model: "acme/a", tools: [], messages: [] };
  const answer = lent?.editor.ask(question, () => began.resolve(), new AbortController().signal);
  await began.promise;
  builder.connection.disconnect();
  await expect(answer).rejects.toMatchObject({ name: "EditorGoneError" });
  await ended.promise;
});

test("an editor without language models works as before", async () => {
  await using server = await startTestServer();
  const { lending, connected } = await lendingTo(server, {
    kept: { "portwright.lent": lentTo("acme/a") },
    isOld: true,
  });
  const builder = await connected();
  expect(await lending.available()).toBeNull();
  expect(lending.keysOf(builder)).toEqual(["acme/a"]);
  expect(lentKeys(server)).toEqual([]);
});
