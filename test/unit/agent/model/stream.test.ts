import { describe, expect, test } from "vitest";
import { noUsage } from "../../../../server/src/agent/model/usage.ts";
import type { Usage } from "../../../../server/src/protocol/index.ts";
import { chunk, turn } from "../../../fixtures/model-server/chunks.ts";
import { afterwards, misbehaviours } from "../../../fixtures/model-server/misbehaviours.ts";
import type { Answer, Script } from "../../../fixtures/model-server/server.ts";
import { assistant, endpoint, request, user } from "./harness.ts";

/** The good answer comes as often as it is asked for: on a busy machine it may be late too. */
const badThenGood =
  (bad: readonly Answer[], good = afterwards()): Script =>
  (_request, index) =>
    bad[index] ?? good;

async function answerTo(name: keyof typeof misbehaviours, options = {}) {
  const { provider, server, sleeps } = await endpoint(badThenGood(misbehaviours[name]), options);
  return { completion: await provider.complete(request()), requests: server.requests.length, sleeps };
}

const callsOf = async (name: keyof typeof misbehaviours) =>
  (await answerTo(name)).completion.calls.map((call) => [call.name, call.arguments]);

describe("tool calls put together from deltas", () => {
  test.each([
    [
      "tool deltas without index",
      [
        ["one", '{"x":1}'],
        ["two", '{"y":2}'],
      ],
    ],
    [
      "two calls that both say index 0",
      [
        ["one", '{"x":1}'],
        ["two", '{"y":2}'],
      ],
    ],
    [
      "index 0 and no ids",
      [
        ["same", '{"x":1}'],
        ["same", '{"x":2}'],
      ],
    ],
    ["name and id on every delta", [["one", '{"x":1}']]],
    ["arguments once more, whole", [["one", '{"x":1}']]],
    ["arguments as an object", [["one", '{"x":1}']]],
    ["stop with calls", [["one", "{}"]]],
  ] as const)("%s", async (name, expected) => {
    expect(await callsOf(name)).toEqual(expected);
  });

  test("ids are there and differ, whatever the endpoint sends", async () => {
    for (const name of ["index 0 and no ids", "the same id for two calls"] as const) {
      const ids = (await answerTo(name)).completion.calls.map((call) => call.id);
      expect(new Set(ids).size).toBe(2);
      expect(ids).not.toContain("");
    }
  });

  test("stop with calls is a turn with calls", async () => {
    expect((await answerTo("stop with calls")).completion.finish).toBe("calls");
  });
});

describe("reasoning and fields of the endpoint's own", () => {
  test("many pieces are put together, none is lost", async () => {
    expect((await answerTo("reasoning in many pieces")).completion.reasoning).toBe("first second third");
  });

  test("two fields with the same text are taken once", async () => {
    expect((await answerTo("reasoning in two fields")).completion.reasoning).toBe("think");
  });

  test("content parts are told apart", async () => {
    const { completion } = await answerTo("reasoning as content parts");
    expect([completion.reasoning, completion.text]).toEqual(["think", "x"]);
  });

  test("unknown fields of message and call are kept whole", async () => {
    const { completion } = await answerTo("fields of its own");
    expect(completion.extra).toEqual({
      reasoning_details: [
        { type: "reasoning.encrypted", data: "s1" },
        { type: "reasoning.encrypted", data: "s2" },
      ],
    });
    expect(completion.calls[0]?.extra).toEqual({ extra_content: { google: { thought_signature: "sig" } } });
  });
});

test("fields of the endpoint's own go back to it, on the message and on the call", async () => {
  const { provider, server } = await endpoint([...misbehaviours["fields of its own"], afterwards()]);
  const { text, reasoning, calls, extra } = await provider.complete(request());
  const answer = assistant({ content: text, reasoning, calls, extra });
  await provider.complete(request([user("hello"), answer, { role: "tool", callId: "a", content: "ok" }]));
  expect(server.requests[1]?.json.messages[1]).toMatchObject({
    reasoning_details: [{ data: "s1" }, { data: "s2" }],
    tool_calls: [{ id: "a", extra_content: { google: { thought_signature: "sig" } } }],
  });
});

describe("usage", () => {
  test("in the choice, with a cache count of its own", async () => {
    expect((await answerTo("usage in the choice")).completion.usage).toMatchObject({
      uncachedTokens: 10,
      cachedTokens: 40,
      outputTokens: 5,
      estimated: false,
    });
  });

  test("never sent: estimated, and marked so", async () => {
    expect((await answerTo("no usage at all")).completion.usage).toMatchObject({
      outputTokens: 2,
      estimated: true,
    });
  });

  test("asked for, in a chunk without choices", async () => {
    const { provider, server } = await endpoint([
      turn({ text: "x", usage: { prompt_tokens: 9, completion_tokens: 3, prompt_cache_hit_tokens: 4 } }),
    ]);
    const { usage } = await provider.complete(request());
    expect(usage).toMatchObject({ uncachedTokens: 5, cachedTokens: 4, outputTokens: 3 });
    expect(server.requests[0]?.json.stream_options).toEqual({ include_usage: true });
  });
});

describe("answers that break off are asked for again and leave nothing behind", () => {
  test.each([
    "reset after half a call",
    "closed after half a call",
    "error in the stream",
    "finish network_error",
  ] as const)("%s", async (name) => {
    const { completion, requests } = await answerTo(name);
    expect(completion).toMatchObject({ text: "well", calls: [], finish: "stop" });
    expect(requests).toBe(2);
  });

  test.each(["silence in the middle", "silence before the first word", "no answer at all"] as const)(
    "%s lasts no longer than it may",
    async (name) => {
      const { completion, requests } = await answerTo(name, { idleMs: 700 });
      expect(completion.text).toBe("well");
      expect(requests).toBeGreaterThan(1);
    },
  );

  test("what a broken answer cost is charged, as an estimate", async () => {
    const { completion } = await answerTo("reset after half a call");
    expect(completion.usage.outputTokens).toBeGreaterThan(2);
    expect(completion.usage.estimated).toBe(true);
  });

  test("what it cost is told too when the call fails for good, or is ended", async () => {
    const [half] = misbehaviours["reset after half a call"];
    const lost: Usage[] = [];
    const { provider } = await endpoint(() => half, { tries: 3 });
    const call = { lost: (usage: Usage) => void lost.push(usage) };
    await expect(provider.complete(request([user("hello")], call))).rejects.toMatchObject({ reason: "cut" });
    expect(lost).toMatchObject([{ estimated: true }]);
    const [{ uncachedTokens, outputTokens } = noUsage] = lost;
    expect([uncachedTokens % 3, outputTokens]).toEqual([0, 6]);

    const stop = new AbortController();
    const watch = { delta: () => stop.abort(), again() {} };
    const silent = await endpoint(misbehaviours["silence in the middle"]);
    const ended = silent.provider.complete(request([user("hello")], { ...call, watch, signal: stop.signal }));
    await expect(ended).rejects.toThrow(/abort/);
    expect(lost[1]).toMatchObject({ uncachedTokens: uncachedTokens / 3, outputTokens: 1, estimated: true });
  });

  test("fields of its own, without end, are an answer that is cut", async () => {
    const chunks = Array.from({ length: 40 }, () => chunk({ padding: "x".repeat(64 * 1024) }));
    const { provider } = await endpoint(() => ({ chunks: [chunk({ content: "a" }), ...chunks] }));
    expect(await provider.complete(request())).toMatchObject({ text: "a", finish: "length" });
  });

  test("no finish reason is fine once usage came", async () => {
    expect((await answerTo("no finish reason, but usage")).requests).toBe(1);
  });

  test("an empty stop is asked for once more, then given as it is", async () => {
    expect((await answerTo("empty stop")).completion.text).toBe("well");
    const [empty] = misbehaviours["empty stop"];
    const { provider } = await endpoint([empty, empty]);
    expect(await provider.complete(request())).toMatchObject({ text: "", calls: [], finish: "stop" });
  });
});

describe("finish reasons", () => {
  test.each([
    ["end", "stop"],
    ["length", "length"],
    ["max_tokens", "length"],
  ] as const)("%s is %s", async (said, expected) => {
    const { provider } = await endpoint([turn({ text: "x", finish: said })]);
    expect((await provider.complete(request())).finish).toBe(expected);
  });

  test("an unknown one is an error with its name", async () => {
    const { provider } = await endpoint([turn({ text: "x", finish: "moon_phase" })]);
    await expect(provider.complete(request())).rejects.toMatchObject({
      reason: "finish",
      userMessage: expect.stringContaining("moon_phase"),
    });
  });

  test("a filter is an error", async () => {
    const { provider } = await endpoint([turn({ text: "x", finish: "content_filter" })]);
    await expect(provider.complete(request())).rejects.toMatchObject({ reason: "refused" });
  });
});

test("an answer that ignores its limit is cut off", async () => {
  const chunks = Array.from({ length: 400 }, () => ({
    choices: [{ index: 0, delta: { content: "x".repeat(400) } }],
  }));
  const { provider } = await endpoint([{ chunks, end: "silent" }]);
  const { finish, usage, text } = await provider.complete(request(undefined, { maxOutputTokens: 500 }));
  expect(finish).toBe("length");
  expect(usage.outputTokens).toBeLessThanOrEqual(700);
  expect(text.length).toBeLessThan(3000);
});

test("empty pieces for ever", async () => {
  const { provider, server } = await endpoint(misbehaviours["empty pieces for ever"], { longestMs: 300 });
  const seen: unknown[] = [];
  const watch = { delta: (delta: unknown) => void seen.push(delta), again: () => void seen.push("again") };
  await expect(provider.complete(request(undefined, { watch }))).rejects.toMatchObject({
    ...{ reason: "timeout", userMessage: "The endpoint took longer over one answer than it may." },
  });
  expect(server.requests).toHaveLength(1);
  // Nothing came, so that another model may be asked in its place.
  expect(seen).toEqual([]);
});

test("an abort ends the call at once and is not retried", async () => {
  const { provider, server } = await endpoint(misbehaviours["silence in the middle"]);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  await expect(provider.complete(request(undefined, { signal: stop.signal }))).rejects.toThrow(/abort/i);
  expect(server.requests.length).toBeLessThanOrEqual(1);
});

test.each(["silence in the middle", "reset after half a call", "finish network_error"] as const)(
  "who looks on sees an answer as it arrives, and after %s the one that counts",
  async (name) => {
    const good = turn({ text: "well", reasoning: "hm" });
    const { provider } = await endpoint(badThenGood(misbehaviours[name], good), { idleMs: 700 });
    const seen: string[] = [];
    const watch = {
      delta: ({ text, reasoning }: { text: string; reasoning: string }) => void seen.push(reasoning, text),
      again: () => void seen.splice(0),
    };
    const completion = await provider.complete(request(undefined, { watch }));
    expect(seen.filter((piece) => piece !== "")).toEqual(["hm", "we", "ll"]);
    expect(completion.text).toBe("well");
  },
);
