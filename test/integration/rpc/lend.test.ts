import { expect, onTestFinished, test } from "vitest";
import { createEditorProvider, type EditorProviderOptions } from "../../../server/src/agent/model/editor.ts";
import { createFailover } from "../../../server/src/agent/model/failover.ts";
import type { CompletionRequest, Message } from "../../../server/src/agent/model/types.ts";
import type { LentModel } from "../../../server/src/protocol/index.ts";
import { connectClient } from "../../../server/src/rpc/client.ts";
import {
  type EditorScript,
  lentModel,
  type ScriptedAnswer,
  sayTurn,
  scriptedEditor,
} from "../../fixtures/editorClient.ts";
import { introduction, rawFrames } from "./frames.ts";
import { rawClient } from "./raw.ts";
import { seedCases, startTestServer, type TestServer } from "./services.ts";

/** A busy machine is slow, which is no fault. */
const patience = { timeout: 50_000 };
const identity = { name: "test", version: "1" };

async function served(given: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(given);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function lending(server: TestServer, script: EditorScript, models?: LentModel[], name?: string) {
  const editor = await scriptedEditor(server.rpc.path, script, models, name);
  onTestFinished(() => editor[Symbol.dispose]());
  return editor;
}

/** Of the server's editors; sleeps are noted and take no time. */
function asking(server: TestServer, options: Partial<EditorProviderOptions> = {}) {
  const sleeps: number[] = [];
  let ids = 0;
  const provider = createEditorProvider({
    ...{ wanted: { model: "acme-1" }, lent: server.services.lent, maxOutputTokens: 1000, now: Date.now },
    sleep: async (ms, signal) => {
      sleeps.push(ms);
      signal.throwIfAborted();
    },
    ...{ random: () => 0.5, newId: () => `own-${++ids}` },
    ...options,
  });
  return { provider, sleeps };
}

const opening: Message[] = [
  { role: "system", content: "You repair ports." },
  { role: "user", content: "This one fails." },
];
const tool = { name: "build", description: "Builds.", parameters: { type: "object", properties: {} } };

const request = (given: Partial<CompletionRequest> = {}): CompletionRequest => ({
  ...{ messages: opening, tools: [tool], maxOutputTokens: 1000, signal: new AbortController().signal },
  ...given,
});

const words =
  (...texts: string[]): EditorScript =>
  ({ say }) =>
    texts
      .reduce<Promise<unknown>>((told, text) => told.then(() => say({ text })), Promise.resolve())
      .then(() => ({}));

const never = new Promise<never>(() => {});

test("a connected editor answers with words and calls, as they come; the whole conversation goes to it", async () => {
  const server = await served();
  const editor = await lending(server, (answer) =>
    sayTurn(answer, "I build it.", [
      ["build", {}],
      ["build", { clean: true }],
    ]),
  );
  const { provider } = asking(server);
  const heard: string[] = [];
  const watch = {
    delta: ({ text }: { text: string }) => void heard.push(text),
    again: () => heard.push("again"),
  };
  const first = await provider.complete(request({ watch }));
  expect(first).toMatchObject({
    ...{ text: "I build it.", reasoning: "", finish: "calls", usage: { estimated: true, cachedTokens: 0 } },
    calls: [
      { id: "call-0-0", name: "build", arguments: "{}" },
      { id: "call-0-1", name: "build", arguments: '{"clean":true}' },
    ],
  });
  expect(first.usage.uncachedTokens).toBeGreaterThan(10);
  expect(first.usage.outputTokens).toBeGreaterThan(5);
  expect(heard.filter((text) => text !== "")).toEqual(["I ", "build ", "it."]);
  const [question] = editor.questions;
  expect(question).toMatchObject({ model: "acme/acme-1", tools: [tool] });
  expect(question?.messages).toEqual([
    { role: "user", parts: [{ type: "text", text: "You repair ports." }] },
    { role: "user", parts: [{ type: "text", text: "This one fails." }] },
  ]);

  const { ask: _, ...sent } = question ?? { ask: "" };
  expect(first.asked?.body).toEqual(sent);
  const history: Message[] = [
    ...opening,
    { role: "assistant", content: first.text, reasoning: "of another model", calls: first.calls },
    { role: "tool", callId: "call-0-1", content: "built" },
    { role: "tool", callId: "call-0-0", content: "failed" },
    { role: "user", content: "Go on." },
  ];
  await provider.complete(request({ messages: history }));
  expect(editor.questions[1]?.messages.slice(2)).toEqual([
    {
      role: "assistant",
      parts: [
        { type: "text", text: "I build it." },
        { type: "call", id: "call-0-0", name: "build", input: {} },
        { type: "call", id: "call-0-1", name: "build", input: { clean: true } },
      ],
    },
    {
      role: "user",
      parts: [
        { type: "result", id: "call-0-0", text: "failed" },
        { type: "result", id: "call-0-1", text: "built" },
      ],
    },
    { role: "user", parts: [{ type: "text", text: "Go on." }] },
  ]);
});

test("who stops waiting cancels the question, and is not held up by an editor that does not care", async () => {
  const server = await served();
  const cancelled = Promise.withResolvers<void>();
  await lending(server, async ({ say, token }) => {
    token.onCancellationRequested(() => cancelled.resolve());
    await say({ text: "first words" });
    return never;
  });
  const stop = new AbortController();
  const began = Promise.withResolvers<void>();
  const watch = { delta: () => began.resolve(), again: () => {} };
  const answer = asking(server).provider.complete(request({ signal: stop.signal, watch }));
  await began.promise;
  stop.abort(new Error("stopped"));
  await expect(answer).rejects.toThrow("stopped");
  await cancelled.promise;
});

test("an editor that goes in the middle of its answer is asked once more when it is back", async () => {
  const server = await served();
  const editor = await lending(server, async ({ say }) => {
    await say({ text: "half an ans" });
    return never;
  });
  let back: Awaited<ReturnType<typeof lending>> | undefined;
  const { provider, sleeps } = asking(server, {
    async sleep(ms) {
      sleeps.push(ms);
      back = await lending(server, words("a whole answer"));
    },
  });
  let heard = "";
  const watch = {
    delta({ text }: { text: string }) {
      heard += text;
      if (heard === "half an ans") editor[Symbol.dispose]();
    },
    again() {
      heard = "";
    },
  };
  const answer = await provider.complete(request({ watch }));
  expect(answer).toMatchObject({ text: "a whole answer", finish: "stop", asked: { times: { tries: 2 } } });
  expect(heard).toBe("a whole answer");
  expect(sleeps).toEqual([15_000]);
  expect(back?.questions).toHaveLength(1);
});

test("one that does not come back ends the call with what to do", async () => {
  const server = await served();
  const editor = await lending(server, () => {
    editor[Symbol.dispose]();
    return never;
  });
  await expect(asking(server).provider.complete(request())).rejects.toMatchObject({
    ...{ name: "ModelError", reason: "no-editor" },
    message: expect.stringMatching(
      /No connected editor lends acme-1: connect VS Code.*Lend the Editor's Models/,
    ),
  });
});

test("a conversation that goes on waits for its editor to come back, but not for ever", async () => {
  const server = await served();
  const begun: Message[] = [
    ...opening,
    { role: "assistant", content: "I look.", reasoning: "", calls: [] },
    { role: "user", content: "Go on." },
  ];
  const absent = asking(server);
  await expect(absent.provider.complete(request({ messages: begun }))).rejects.toMatchObject({
    reason: "no-editor",
  });
  expect(absent.sleeps.reduce((sum, ms) => sum + ms, 0)).toBe(120_000);
  let looked = 0;
  const { provider } = asking(server, {
    async sleep() {
      looked += 1;
      if (looked === 3) await lending(server, words("here again"));
    },
  });
  expect(await provider.complete(request({ messages: begun }))).toMatchObject({ text: "here again" });
  expect(looked).toBe(3);
});

test("with no editor connected the next model of the failover list is asked at once", async () => {
  const server = await served();
  await lending(server, words("from another"), [lentModel({ id: "acme-2" })]);
  const switched: string[] = [];
  const absent = asking(server, { wanted: { model: "gone", vendor: "acme" } });
  const present = asking(server, { wanted: { model: "acme-2" } });
  const provider = createFailover([absent.provider, present.provider], (said) => switched.push(said));
  expect(await provider.complete(request())).toMatchObject({
    text: "from another",
    answeredBy: {
      provider: "editor",
      model: "acme-2",
      reason: expect.stringContaining("No connected editor lends acme/gone"),
    },
  });
  expect(absent.sleeps).toEqual([]);
  expect(switched).toHaveLength(1);
});

test("an answer that does not end is cut at what it may cost, and cancelled", async () => {
  const server = await served();
  const cancelled = Promise.withResolvers<void>();
  await lending(server, async ({ say, token }) => {
    token.onCancellationRequested(() => cancelled.resolve());
    while (!token.isCancellationRequested) await say({ text: "x".repeat(1000) });
    return {};
  });
  const answer = await asking(server).provider.complete(request({ maxOutputTokens: 500 }));
  expect(answer.finish).toBe("length");
  expect(answer.text.length).toBe(3000);
  await cancelled.promise;
});

test("one huge piece is no more than one answer too long", async () => {
  const server = await served();
  await lending(server, words("y".repeat(2_000_000)));
  expect((await asking(server).provider.complete(request())).finish).toBe("length");
});

test("a conversation that the model has no room for is not sent", async () => {
  const server = await served();
  const editor = await lending(server, words("never"), [lentModel({ maxInputTokens: 50 })]);
  const long: Message[] = [...opening, { role: "user", content: "z".repeat(400) }];
  const { provider } = asking(server);
  await expect(provider.complete(request({ messages: long }))).rejects.toMatchObject({ reason: "overflow" });
  expect(editor.questions).toEqual([]);
});

const failures = {
  "no-access": { reason: "auth", tries: 1, says: /no leave to use acme-1: run .*Lend the Editor's Models/ },
  "not-found": { reason: "not-found", tries: 1, says: /no model acme-1 any more/ },
  quota: { reason: "quota", tries: 1, says: /no quota left/ },
  "rate-limited": { reason: "rate-limited", tries: 5, says: /Still over the rate limit after 5 tries/ },
  failed: { reason: "unavailable", tries: 5, says: /The editor's model failed 5 times/ },
} as const;

test.each(Object.entries(failures))(
  "%s is a failure that failover and retry understand",
  async (reason, expected) => {
    const server = await served();
    const failure = { reason: reason as keyof typeof failures, message: "its own\u001b[2J words" };
    const editor = await lending(server, () => ({ failure }));
    const error = await asking(server)
      .provider.complete(request())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ModelError", reason: expected.reason });
    expect(String(error)).toMatch(expected.says);
    expect(String(error)).toContain("its own [2J words");
    expect(editor.questions).toHaveLength(expected.tries);
  },
);

test("a model that says its context is full is not asked again", async () => {
  const server = await served();
  const failure = { reason: "failed", message: "prompt is too long: 9 > 8" } as const;
  const editor = await lending(server, () => ({ failure }));
  await expect(asking(server).provider.complete(request())).rejects.toMatchObject({ reason: "overflow" });
  expect(editor.questions).toHaveLength(1);
});

test("a failure that passes is tried again", async () => {
  const server = await served();
  const failure = { reason: "rate-limited", message: "slow down" } as const;
  await lending(server, (answer) => (answer.index === 0 ? { failure } : sayTurn(answer, "now")));
  const { provider, sleeps } = asking(server);
  expect((await provider.complete(request())).text).toBe("now");
  expect(sleeps).toEqual([1000]);
});

test("an editor that falls silent, or only seems to answer, is given up in time", async () => {
  const server = await served();
  const silent = await lending(server, () => never);
  const { provider } = asking(server, { idleMs: 50, tries: 2 });
  await expect(provider.complete(request())).rejects.toMatchObject({ reason: "timeout" });
  await expect.poll(() => silent.questions.length, patience).toBe(2);
  silent[Symbol.dispose]();
  const slow = await lending(server, async ({ say, token }: ScriptedAnswer) => {
    while (!token.isCancellationRequested) await say({ text: "" });
    return {};
  });
  await expect.poll(() => server.services.lent.list().length, patience).toBe(1);
  const bounded = asking(server, { longestMs: 100, tries: 1 }).provider;
  await expect(bounded.complete(request())).rejects.toMatchObject({ reason: "timeout" });
  await expect.poll(() => slow.questions.length, patience).toBe(1);
});

test("of several editors the one that lends a model for the longest time is asked, then the next", async () => {
  const server = await served();
  const first = await lending(server, words("first"), undefined, "first");
  await lending(
    server,
    words("second"),
    [lentModel({ id: "other", family: "acme-1" }), lentModel()],
    "second",
  );
  const { provider } = asking(server);
  const text = async () => (await provider.complete(request())).text;
  expect([await text(), await text()]).toEqual(["first", "first"]);
  await first.lend(lentModel({ maxInputTokens: 9999 }));
  expect(await text()).toBe("first");
  await first.lend();
  expect(await text()).toBe("second");
  const byFamily = asking(server, { wanted: { model: "one", vendor: "acme" } });
  expect((await byFamily.provider.complete(request())).asked?.body.model).toBe("acme/acme-1");
  await expect(
    asking(server, { wanted: { model: "one", vendor: "else" } }).provider.complete(request()),
  ).rejects.toMatchObject({ reason: "no-editor" });
});

test("what a hostile client sends unasked is dropped, and holds up nobody", async () => {
  const server = await served();
  const honest = await lending(server, async ({ question, say }) => {
    const piece = { ask: question.ask, text: "forged" };
    forger.send({ jsonrpc: "2.0", method: "model/piece", params: piece });
    forger.send({ jsonrpc: "2.0", id: 0, result: {} });
    for (let id = 0; id < 2000; id += 1)
      forger.send({ jsonrpc: "2.0", id, error: { code: 1, message: "x" } });
    forger.send({ jsonrpc: "2.0", method: "model/piece", params: { ask: 7, text: ["no"] } });
    forger.send({ jsonrpc: "2.0", id: "last", method: "status", params: {} });
    while ((await forger.next())?.id !== ("last" as never));
    await say({ text: "honest" });
    return {};
  });
  using forger = await rawClient(server.rpc.path);
  forger.socket.write(rawFrames(introduction()));
  await forger.next();
  expect(await asking(server).provider.complete(request())).toMatchObject({ text: "honest" });
  expect(honest.questions).toHaveLength(1);
});

test.each([
  ["no answer of the contract", async () => ({ failure: { reason: "tired" } }) as never],
  ["an error", () => Promise.reject(new Error("boom"))],
])("an editor that gives %s has failed, and is tried again", async (_name, script) => {
  const server = await served();
  const editor = await lending(server, script);
  await expect(asking(server, { tries: 2 }).provider.complete(request())).rejects.toMatchObject({
    reason: "unavailable",
  });
  expect(editor.questions).toHaveLength(2);
});

test("an editor that answers nothing is not asked without end", async () => {
  const server = await served();
  const editor = await lending(server, () => never);
  const once = () => asking(server, { idleMs: 20, tries: 1 }).provider.complete(request());
  for (let asked = 0; asked < 32; asked += 1)
    await expect(once()).rejects.toMatchObject({ reason: "timeout" });
  await expect(once()).rejects.toThrow(/leaves 32 questions unanswered/);
  await expect.poll(() => editor.questions.length, patience).toBe(32);
});

test("people see which models editors lend, and can choose one for an attempt", async () => {
  const config = { models: { patch: { provider: "editor", model: "one" }, triage: { model: "small" } } };
  const server = await served({ config, withEnvironments: false });
  seedCases(server.services.store, {});
  using client = await connectClient(server.rpc.path, identity);
  const rows = async () =>
    (await client.call("models/list", {})).models.map(({ name, model, endpoint, editor }) => [
      name,
      model,
      endpoint,
      editor?.client,
    ]);
  expect(client.server.capabilities).toContain("lend");
  expect(await rows()).toEqual([
    ["patch", "one", "editor", null],
    ["triage", "small", "api.openai.com", undefined],
  ]);
  const checks = async () =>
    (await client.call("doctor", {})).checks.find(({ name }) => name === "model patch");
  expect(await checks()).toMatchObject({
    ok: false,
    message: expect.stringContaining("No connected editor lends one"),
  });
  const editor = await lending(server, words("x"), [lentModel(), lentModel({ vendor: "open", id: "a/b" })]);
  expect(await rows()).toEqual([
    ["patch", "one", "editor", "scripted-editor 1"],
    ["triage", "small", "api.openai.com", undefined],
    ["editor:acme/acme-1", "acme/acme-1", "editor", "scripted-editor 1"],
    ["editor:open/a/b", "open/a/b", "editor", "scripted-editor 1"],
  ]);
  expect(await checks()).toMatchObject({ ok: true });
  const patch = (model: string) => client.call("case/patch", { case: "devel/one", model });
  await expect(patch("editor:nobody/x")).rejects.toThrow(
    /there is no editor:nobody\/x; known: patch, triage, editor:acme\/acme-1/,
  );
  await expect(client.call("models/setKey", { keyVariable: "", key: "k" })).rejects.toMatchObject({
    kind: "badParams",
  });
  editor[Symbol.dispose]();
  await expect.poll(async () => (await rows()).length, patience).toBe(2);
});
