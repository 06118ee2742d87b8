import { describe, expect, test } from "vitest";
import type { Message } from "../../../../server/src/agent/model/types.ts";
import { turn } from "../../../fixtures/model-server/chunks.ts";
import { afterwards, misbehaviours } from "../../../fixtures/model-server/misbehaviours.ts";
import { overflows } from "../../../fixtures/model-server/overflows.ts";
import type { Answer } from "../../../fixtures/model-server/server.ts";
import { assistant, endpoint, KEY, request, user } from "./harness.ts";

describe("retries", () => {
  test("Retry-After in seconds is what we wait", async () => {
    const { provider, sleeps } = await endpoint([
      ...misbehaviours["rate limit with Retry-After"],
      afterwards(),
    ]);
    await provider.complete(request());
    expect(sleeps).toEqual([7000]);
  });

  test("Retry-After of more than a minute, or in milliseconds, is what we wait too", async () => {
    const { provider, sleeps } = await endpoint([
      ...misbehaviours["rate limit of more than a minute"],
      ...misbehaviours["rate limit in milliseconds"],
      afterwards(),
    ]);
    await provider.complete(request());
    expect(sleeps).toEqual([95_000, 250]);
  });

  test("Retry-After as a date is counted from now", async () => {
    const { provider, sleeps } = await endpoint([...misbehaviours["rate limit with a date"], afterwards()]);
    await provider.complete(request());
    expect(sleeps).toEqual([30_000]);
  });

  test("408, 409 and 5xx wait longer each time, with jitter", async () => {
    const { provider, sleeps } = await endpoint([
      ...misbehaviours["timeout, conflict, overload"],
      afterwards(),
    ]);
    expect((await provider.complete(request())).text).toBe("well");
    expect(sleeps).toEqual([1000, 2000, 4000]);
  });

  test("tries are bounded, and the last words of the endpoint are told", async () => {
    const { provider, server } = await endpoint(
      () => ({ status: 500, body: { error: { message: "on fire" } } }),
      {
        tries: 3,
      },
    );
    await expect(provider.complete(request())).rejects.toMatchObject({
      reason: "unavailable",
      userMessage: expect.stringContaining("on fire"),
    });
    expect(server.requests).toHaveLength(3);
  });

  test("a wait that is too long is an error, not a wait", async () => {
    const { provider, sleeps } = await endpoint([{ status: 429, headers: { "retry-after": "86400" } }]);
    await expect(provider.complete(request())).rejects.toMatchObject({ reason: "rate-limited" });
    expect(sleeps).toEqual([]);
  });

  test("a proxy's page instead of JSON is retried and quoted", async () => {
    const { provider } = await endpoint(() => misbehaviours["overloaded, as a proxy's page"][0], {
      tries: 2,
    });
    await expect(provider.complete(request())).rejects.toMatchObject({
      userMessage: expect.stringContaining("busy"),
    });
  });

  test("no server at all", async () => {
    const { provider, server } = await endpoint([], { tries: 2 });
    await server.close();
    await expect(provider.complete(request())).rejects.toMatchObject({
      reason: "unavailable",
      userMessage: expect.stringContaining("ECONNREFUSED"),
    });
  });
});

describe("refusals for good", () => {
  test.each([
    ["auth", { status: 401, body: { error: { message: `Incorrect API key provided: ${KEY}` } } }],
    ["not-found", { status: 404, body: { error: "model 'scripted' not found" } }],
    ["quota", { status: 429, body: { error: { message: "no", code: "insufficient_quota" } } }],
    ["quota", { status: 402, body: { error: { message: "pay" } } }],
    ["bad-request", { status: 400, body: { detail: "messages: too strange" } }],
  ] as const)("%s", async (reason, answer: Answer) => {
    const { provider, server } = await endpoint([answer]);
    await expect(provider.complete(request())).rejects.toMatchObject({ name: "ModelError", reason });
    expect(server.requests).toHaveLength(1);
  });

  test.each(Object.entries(overflows))(
    "a conversation that is too long, as %s says it",
    async (_name, answer) => {
      const { provider, server } = await endpoint([answer]);
      await expect(provider.complete(request())).rejects.toMatchObject({ reason: "overflow" });
      expect(server.requests).toHaveLength(1);
    },
  );

  test.each([
    "max_tokens must be less than the limit of 4096",
    "Rate of 4096 tokens a minute is greater than the plan's",
    "messages: invalid context",
  ])("no word of a too long conversation: %s", async (message) => {
    const { provider } = await endpoint([{ status: 400, body: { error: { message } } }]);
    await expect(provider.complete(request())).rejects.toMatchObject({ reason: "bad-request" });
  });

  test("the key is in no message, no cause and no stack", async () => {
    const { provider } = await endpoint([{ status: 401, body: { error: { message: `bad key ${KEY}` } } }]);
    const error = await provider.complete(request()).catch((thrown: unknown) => thrown as Error);
    const seen = [
      String(error),
      (error as Error).stack,
      String((error as Error).cause),
      JSON.stringify(error),
    ];
    expect(seen.join("\n")).toContain("[key]");
    expect(seen.join("\n")).not.toContain(KEY);
  });

  test("OpenRouter's raw error of the provider behind it is told", async () => {
    const body = {
      error: {
        code: 400,
        message: "Provider returned error",
        metadata: { raw: '{"message":"tool schema too deep"}' },
      },
    };
    const { provider } = await endpoint([{ status: 400, body }]);
    await expect(provider.complete(request())).rejects.toMatchObject({
      userMessage: expect.stringContaining("tool schema too deep"),
    });
  });

  test("a prompt that leaves no room in the context is not sent", async () => {
    const { provider, server } = await endpoint([], { contextTokens: 500 });
    await expect(provider.complete(request([user("x".repeat(4000))]))).rejects.toMatchObject({
      reason: "overflow",
    });
    expect(server.requests).toHaveLength(0);
  });
});

const thoughtful = [
  user("go"),
  assistant({ content: "first", reasoning: "why " }),
  user("on"),
  assistant({ content: "second" }),
  user("on"),
];

describe("what an endpoint refuses is learnt once and remembered", () => {
  const rules: [string, number, unknown, Record<string, unknown>, Record<string, unknown>][] = [
    [
      "reasoning refused (Mistral)",
      422,
      {
        detail: [
          { type: "extra_forbidden", loc: ["body", "messages", 1, "reasoning_content"], msg: "Extra inputs" },
        ],
      },
      { reasoning_content: "why " },
      {},
    ],
    [
      "reasoning refused (Groq)",
      400,
      { error: { message: "property 'reasoning_content' is unsupported" } },
      { reasoning_content: "why " },
      {},
    ],
  ];
  test.each(rules)("%s", async (_name, status, body, first, second) => {
    const { provider, server } = await endpoint([{ status, body }, afterwards(), afterwards()]);
    await provider.complete(request(thoughtful));
    await provider.complete(request(thoughtful));
    const sent = server.requests.map(({ json }) => {
      const { role: _role, content: _content, ...rest } = json.messages[1] ?? {};
      return rest;
    });
    expect(sent).toEqual([first, second, second]);
  });

  test("reasoning wanted back (DeepSeek): on every assistant turn, empty where there was none", async () => {
    const body = {
      error: { message: "The `reasoning_content` in the thinking mode must be passed back to the API." },
    };
    const { provider, server } = await endpoint([{ status: 400, body }, afterwards()], {
      profile: { reasoning: "never" },
    });
    await provider.complete(request(thoughtful));
    expect(server.requests[1]?.json.messages.map((message) => message.reasoning_content)).toEqual([
      undefined,
      "why ",
      undefined,
      "",
      undefined,
    ]);
  });

  test("max_tokens and max_completion_tokens", async () => {
    const body = {
      error: {
        message: "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
      },
    };
    const { provider, server } = await endpoint([{ status: 400, body }, afterwards(), afterwards()]);
    await provider.complete(request());
    await provider.complete(request());
    expect(server.requests.map(({ json }) => [json.max_tokens, json.max_completion_tokens])).toEqual([
      [1000, undefined],
      [undefined, 1000],
      [undefined, 1000],
    ]);
  });

  test("stream_options", async () => {
    const body = { error: { message: "Unrecognized request argument supplied: stream_options" } };
    const { provider, server } = await endpoint([{ status: 400, body }, afterwards()]);
    await provider.complete(request());
    expect(server.requests[1]?.json.stream_options).toBeUndefined();
  });

  test("fields of another endpoint's own", async () => {
    const body = { error: { message: "messages.1: unknown field 'reasoning_details'" } };
    const { provider, server } = await endpoint([{ status: 400, body }, afterwards()]);
    const history = [user("go"), assistant({ content: "x", extra: { reasoning_details: [1] } }), user("on")];
    await provider.complete(request(history));
    expect(server.requests.map(({ json }) => json.messages[1]?.reasoning_details)).toEqual([[1], undefined]);
  });

  test("an endpoint that is never content is not asked for ever", async () => {
    const { provider, server } = await endpoint((_request, index) => ({
      status: 400,
      body: {
        error: {
          message:
            index % 2 === 0 ? "reasoning_content is unsupported" : "reasoning_content must be passed back",
        },
      },
    }));
    await expect(provider.complete(request(thoughtful))).rejects.toMatchObject({ reason: "bad-request" });
    expect(server.requests.length).toBeLessThanOrEqual(5);
  });
});

describe("what is sent", () => {
  test("reasoning goes back in the field it came in, byte for byte", async () => {
    const odd = "  line\n\ttwo \u00e9\u{1f600} ";
    const { provider, server } = await endpoint([
      {
        chunks: [
          { choices: [{ delta: { reasoning_text: odd } }] },
          { choices: [{ delta: { content: "x" }, finish_reason: "stop" }] },
        ],
      },
      afterwards(),
    ]);
    const { reasoning, text } = await provider.complete(request());
    await provider.complete(request([user("hello"), assistant({ content: text, reasoning }), user("on")]));
    expect(server.requests[1]?.json.messages[1]).toEqual({
      role: "assistant",
      content: "x",
      reasoning_text: odd,
    });
  });

  test("unparsable arguments are replayed as an empty object", async () => {
    const { provider, server } = await endpoint([afterwards()]);
    const calls = [
      { id: "a", name: "one", arguments: '{"x":' },
      { id: "b", name: "two", arguments: '{"y":1}' },
    ];
    await provider.complete(
      request([
        user("go"),
        assistant({ calls }),
        { role: "tool", callId: "a", content: "bad" },
        { role: "tool", callId: "b", content: "good" },
      ]),
    );
    const sent = server.requests[0]?.json.messages[1]?.tool_calls as { function: { arguments: string } }[];
    expect(sent.map((call) => call.function.arguments)).toEqual(["{}", '{"y":1}']);
  });

  test("nothing that only some endpoints know: roles, storage, temperature, content in parts", async () => {
    const { provider, server } = await endpoint([afterwards()]);
    const calls = [{ id: "a", name: "one", arguments: "{}" }];
    const history: Message[] = [
      { role: "system", content: "rules" },
      user("go"),
      assistant({ calls }),
      { role: "tool", callId: "a", content: "done" },
    ];
    await provider.complete(request(history));
    const { messages, ...rest } = server.requests[0]?.json ?? { messages: [] };
    expect(Object.keys(rest).sort()).toEqual(["max_tokens", "model", "stream", "stream_options"]);
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ["system", "rules"],
      ["user", "go"],
      ["assistant", null],
      ["tool", "done"],
    ]);
  });

  test("tools are plain: no strict, no $schema", async () => {
    const { provider, server } = await endpoint([afterwards()]);
    const tools = [{ name: "one", description: "d", parameters: { type: "object", properties: {} } }];
    await provider.complete(request(undefined, { tools }));
    expect(server.requests[0]?.json.tools).toEqual([
      {
        type: "function",
        function: { name: "one", description: "d", parameters: { type: "object", properties: {} } },
      },
    ]);
  });

  test("the limit is the smaller of configuration and budget", async () => {
    const { provider, server } = await endpoint([afterwards(), afterwards()]);
    await provider.complete(request(undefined, { maxOutputTokens: 300 }));
    await provider.complete(request(undefined, { maxOutputTokens: 30_000 }));
    expect(server.requests.map(({ json }) => json.max_tokens)).toEqual([300, 1000]);
  });

  test("an endpoint without a key, and nothing of our own environment's settings", async () => {
    process.env.OPENAI_ORG_ID = "org-canary";
    const { provider, server } = await endpoint([turn({ text: "x" })], { apiKey: () => "" });
    await provider.complete(request());
    delete process.env.OPENAI_ORG_ID;
    expect(JSON.stringify(server.requests[0]?.headers)).not.toContain("canary");
  });
});
