import fc from "fast-check";
import { expect, test } from "vitest";
import { pairCalls } from "../../../../server/src/agent/model/pairing.ts";
import { profileFor } from "../../../../server/src/agent/model/profile.ts";
import type { Message } from "../../../../server/src/agent/model/types.ts";
import { normaliseUsage } from "../../../../server/src/agent/model/usage.ts";
import { assistant, user } from "./harness.ts";

const result = (callId: string): Message => ({ role: "tool", callId, content: callId });
const call = (id: string) => ({ id, name: "one", arguments: "{}" });

test("gaps are filled, strays and doubles left out, order is the calls'", () => {
  const turn = assistant({ calls: [call("a"), call("b"), call("c")] });
  expect(
    pairCalls([result("x"), user("go"), turn, result("c"), result("a"), result("a"), user("on")]),
  ).toEqual([
    user("go"),
    turn,
    result("a"),
    { role: "tool", callId: "b", content: "not executed" },
    result("c"),
    user("on"),
  ]);
});

test("whatever the history, each call is followed by exactly its results", () => {
  const ids = fc.constantFrom("a", "b", "c", "d");
  const message = fc.oneof(
    fc.string().map(user),
    fc.uniqueArray(ids).map((list) => assistant({ calls: list.map(call) })),
    ids.map(result),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), (history) => {
      const paired = pairCalls(history);
      expect(pairCalls(paired)).toEqual(paired);
      let open: string[] = [];
      for (const entry of paired) {
        if (entry.role === "tool") expect(entry.callId).toBe(open.shift());
        else expect(open).toEqual([]);
        if (entry.role === "assistant") open = entry.calls.map(({ id }) => id);
      }
      expect(open).toEqual([]);
    }),
  );
});

test.each([
  [
    "OpenAI",
    {
      prompt_tokens: 100,
      completion_tokens: 20,
      prompt_tokens_details: { cached_tokens: 60 },
      completion_tokens_details: { reasoning_tokens: 15 },
    },
    [40, 60, 20, 15],
  ],
  [
    "DeepSeek",
    { prompt_tokens: 100, completion_tokens: 20, prompt_cache_hit_tokens: 90, prompt_cache_miss_tokens: 10 },
    [10, 90, 20, 0],
  ],
  ["Moonshot", { prompt_tokens: 100, completion_tokens: 20, cached_tokens: 30 }, [70, 30, 20, 0]],
  [
    "cache writes are part of the prompt",
    {
      prompt_tokens: 100,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 80 },
    },
    [100, 0, 1, 0],
  ],
  [
    "input_tokens",
    { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 90, cache_creation_input_tokens: 7 },
    [17, 90, 5, 0],
  ],
] as const)("usage as %s reports it", (_name, reported, [uncached, cached, output, reasoning]) => {
  expect(normaliseUsage(reported)).toEqual({
    uncachedTokens: uncached,
    cachedTokens: cached,
    outputTokens: output,
    reasoningTokens: reasoning,
    estimated: false,
  });
});

test.each([
  null,
  undefined,
  5,
  {},
  { prompt_tokens: "9" },
  { prompt_tokens: 1, completion_tokens: Number.NaN },
])("usage %j says nothing", (reported) => expect(normaliseUsage(reported)).toBeNull());

test.each([
  ["https://api.deepseek.com/v1", "deepseek-reasoner", { reasoning: "always", tokenLimit: "max_tokens" }],
  [
    "https://openrouter.ai/api/v1",
    "deepseek/deepseek-r1",
    { reasoning: "present", reasoningField: "reasoning" },
  ],
  ["https://api.mistral.ai/v1", "devstral", { reasoning: "never" }],
  ["https://api.openai.com/v1", "gpt-5", { tokenLimit: "max_completion_tokens", reasoning: "never" }],
  ["https://api.cerebras.ai/v1", "qwen", { reasoning: "present", reasoningField: "reasoning" }],
  ["http://localhost:11434/v1", "anything", { reasoning: "present", reasoningField: null }],
] as const)("profile of %s %s", (baseURL, model, expected) => {
  expect(profileFor(baseURL, model)).toMatchObject(expected);
});
