import { expect, test } from "vitest";
import {
  type Answer,
  failureOf,
  ModelAnswers,
  type Question,
} from "../../../../extension/src/models/answering.ts";
import { EditorError, fakeEditor } from "./fakeEditor.ts";

const question = (given: Partial<Question> = {}): Question => ({
  ...{
    ask: "1",
    model: "acme/a",
    tools: [],
    messages: [{ role: "user", parts: [{ type: "text", text: "hello" }] }],
  },
  ...given,
});

/** An editor whose person allowed everything, and what it said. */
function allowing(speak: Parameters<ReturnType<typeof fakeEditor>["add"]>[1]) {
  const fake = fakeEditor();
  fake.add("a", speak);
  fake.state.allowed.add("acme");
  const said: unknown[] = [];
  const answers = new ModelAnswers(fake.editor, fake.access);
  const ask = (given: Partial<Question> = {}, signal = new AbortController().signal): Promise<Answer> =>
    answers.answer(question(given), async (piece) => void said.push(piece), signal);
  return { ...fake, said, answers, ask };
}

test("words and calls go out as they come; what the editor's models say besides is left out", async () => {
  const { ask, said, Text, Call } = allowing(async function* () {
    yield new Text("I ");
    yield { thinking: "hm" };
    yield new Text("build.");
    yield new Call("c1", "build", { clean: true });
  });
  expect(await ask()).toEqual({});
  expect(said).toEqual([
    { text: "I " },
    { text: "build." },
    { call: { id: "c1", name: "build", arguments: '{"clean":true}' } },
  ]);
});

test("the conversation is told in the editor's own parts, with the tools", async () => {
  const { ask, asked, Text, Call, Result } = allowing(async function* () {});
  const parameters = { type: "object", properties: {} };
  await ask({
    tools: [{ name: "build", description: "Builds.", parameters }],
    messages: [
      { role: "user", parts: [{ type: "text", text: "system" }] },
      {
        role: "assistant",
        parts: [
          { type: "text", text: "first" },
          { type: "call", id: "c1", name: "build", input: { a: 1 } },
        ],
      },
      { role: "user", parts: [{ type: "result", id: "c1", text: "failed" }] },
    ],
  });
  expect(asked[0]?.messages).toEqual([
    { role: "user", content: [new Text("system")] },
    { role: "assistant", content: [new Text("first"), new Call("c1", "build", { a: 1 })] },
    { role: "user", content: [new Result("c1", [new Text("failed")])] },
  ]);
  expect(asked[0]?.options).toEqual({
    tools: [{ name: "build", description: "Builds.", inputSchema: parameters }],
  });
  await ask();
  expect(asked[1]?.options).toEqual({});
});

test("without leave nothing is asked and nobody is bothered", async () => {
  const { ask, state, asked } = allowing(async function* () {});
  state.allowed.clear();
  expect(await ask()).toMatchObject({ failure: { reason: "no-access" } });
  expect([state.dialogs, asked]).toEqual([[], []]);
});

test("a model that has gone is told of", async () => {
  const { ask, state } = allowing(async function* () {});
  state.models = [];
  expect(await ask()).toMatchObject({ failure: { reason: "not-found" } });
});

test("who stops waiting ends the request, before it began and in its middle", async () => {
  const stop = new AbortController();
  const { ask, asked, said, Text } = allowing(async function* ({ token }) {
    while (!token.isCancellationRequested) {
      yield new Text("word ");
      stop.abort();
    }
    throw new Error("Canceled");
  });
  await ask({}, stop.signal);
  expect(said).toEqual([{ text: "word " }]);
  expect(asked[0]?.token.isCancellationRequested).toBe(true);
  expect(await ask({}, stop.signal)).toMatchObject({ failure: { reason: "failed" } });
  expect(asked).toHaveLength(1);
});

test("a connection that takes no more words ends the request", async () => {
  const { answers, asked, Text } = allowing(async function* () {
    yield new Text("word");
  });
  const lost = () => Promise.reject(new Error("the connection is closed"));
  await answers.answer(question(), lost, new AbortController().signal);
  expect(asked[0]?.token.isCancellationRequested).toBe(true);
});

test("at most eight answers are given at once", async () => {
  const go = Promise.withResolvers<void>();
  // biome-ignore lint/correctness/useYield: it says nothing.
  const { ask } = allowing(async function* () {
    await go.promise;
  });
  const given = Array.from({ length: 8 }, () => ask());
  expect(await ask()).toMatchObject({ failure: { reason: "rate-limited" } });
  go.resolve();
  expect(await Promise.all(given)).toEqual(given.map(() => ({})));
  expect(await ask()).toEqual({});
});

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
const failures: [Error, string][] = [
  [new EditorError("NoPermissions", "no"), "no-access"],
  [new EditorError("NotFound", "gone"), "not-found"],
  [new EditorError("Blocked", "blocked"), "quota"],
  [named("ChatQuotaExceeded", "You have used it up"), "quota"],
  [named("ChatRateLimited", "Slow down"), "rate-limited"],
  [new EditorError("Unknown", "failed", named("Error", "429 Too Many Requests")), "rate-limited"],
  [new Error("Server error: 502"), "failed"],
];

test.each(failures)("%s is told by its reason", async (error, reason) => {
  // biome-ignore lint/correctness/useYield: it fails before its first word.
  const { ask } = allowing(async function* () {
    throw error;
  });
  expect(await ask()).toMatchObject({ failure: { reason } });
});

test("a failure says its causes, within bounds", () => {
  const error = new EditorError("Unknown", "failed", new Error("x".repeat(5000)));
  const { message } = failureOf(error);
  expect(message).toMatch(/^failed: xxx/);
  expect(message).toHaveLength(1000);
  expect(failureOf("odd")).toEqual({ reason: "failed", message: "odd" });
});
