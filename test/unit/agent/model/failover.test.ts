import { expect, test } from "vitest";
import { createFailover } from "../../../../server/src/agent/model/failover.ts";
import type { ModelProvider } from "../../../../server/src/agent/model/types.ts";
import type { Usage } from "../../../../server/src/protocol/index.ts";
import { chunk, turn } from "../../../fixtures/model-server/chunks.ts";
import type { Answer } from "../../../fixtures/model-server/server.ts";
import { assistant, type Endpoint, endpoint, KEY, request, user } from "./harness.ts";

const well = (text: string) => () => turn({ text });

async function asked(first: Answer, ...others: (() => Answer)[]) {
  const own = await endpoint(() => first, { tries: 2, model: "own", idleMs: 200 });
  const rest = await Promise.all(
    others.map((script, index) => endpoint(script, { tries: 1, model: `other-${index}` })),
  );
  const switched: string[] = [];
  const providers = [own, ...rest].map(({ provider }) => provider) as [ModelProvider, ...ModelProvider[]];
  return { own, rest, switched, failover: createFailover(providers, (words) => switched.push(words)) };
}
const calls = (...endpoints: Endpoint[]) => endpoints.map(({ server }) => server.requests.length);

test.each<[string, Answer, number]>([
  ["down", { status: 503, body: "overloaded" }, 2],
  ["over its rate limit", { status: 429 }, 2],
  ["refusing the key", { status: 401, body: "bad key" }, 1],
  ["out of quota", { status: 402, body: "no credits" }, 1],
  ["without that model", { status: 404, body: "no such model" }, 1],
  ["refusing the request's form", { status: 400, body: { error: { message: "no" } } }, 1],
  ["silent", { chunks: [], end: "silent" }, 2],
])("one that is %s gives way to the next, which keeps the conversation", async (_name, answer, tries) => {
  const { own, rest, failover, switched } = await asked(answer, well("from the other"));
  const { text, answeredBy } = await failover.complete(request());
  expect(text).toBe("from the other");
  expect(answeredBy).toMatchObject({
    model: "other-0",
    reason: expect.stringMatching(/^127\.0\.0\.1 own: /),
  });
  expect(JSON.stringify([answeredBy, switched])).not.toContain(KEY);
  await failover.complete(request());
  expect(calls(own, ...rest)).toEqual([tries, 2]);
  expect(switched).toHaveLength(1);
});

test.each<[string, Answer]>([
  ["that broke off after its first words", { chunks: [chunk({ content: "half" })], end: "reset" }],
  ["that fell silent after its first words", { chunks: [chunk({ content: "half" })], end: "silent" }],
  ["that does not fit", { status: 400, body: { error: { message: "context_length_exceeded" } } }],
])("an answer %s is not asked of another", async (_name, answer) => {
  const { rest, failover } = await asked(answer, well("from the other"));
  await expect(failover.complete(request())).rejects.toMatchObject({ name: "ModelError" });
  expect(calls(...rest)).toEqual([0]);
});

test("what an answer used that broke off is told with whose it was, when a stand-in gave it", async () => {
  const half: Answer = { chunks: [chunk({ content: "half" })], end: "reset" };
  const told: unknown[] = [];
  const lost = (usage: Usage, by?: object) => void told.push([usage.outputTokens, by]);
  const { failover: own } = await asked(half);
  await expect(own.complete(request(undefined, { lost }))).rejects.toThrow();
  const { failover } = await asked({ status: 402, body: "no credits" }, () => half);
  await expect(failover.complete(request(undefined, { lost }))).rejects.toThrow();
  expect(told).toEqual([
    [2, undefined],
    [1, { provider: "127.0.0.1", model: "other-0" }],
  ]);
});

test("a stand-in answers within what its price leaves, and one that is too dear is passed over", async () => {
  const gone = { status: 401, body: "bad key" } as const;
  const room = (...tokens: number[]) => {
    const afford = ({ model }: { model: string }) => tokens[Number(model.slice(-1))] ?? 0;
    return request(undefined, { maxOutputTokens: 900, afford });
  };
  const { rest, failover } = await asked(gone, well("dear"), well("cheap"));
  const { text, answeredBy } = await failover.complete(room(0, 300));
  expect([text, answeredBy?.model]).toEqual(["cheap", "other-1"]);
  expect(answeredBy?.reason).toMatch(
    /bad key.* other-0: its answer would cost more than the budget leaves\./,
  );
  expect(calls(...rest)).toEqual([0, 1]);
  expect(rest[1]?.server.requests[0]?.json.max_tokens).toBe(300);
  const { failover: poor } = await asked(gone, well("dear"));
  await expect(poor.complete(room(0))).rejects.toMatchObject({
    reason: "auth",
    message: expect.stringMatching(/bad key.* other-0: its answer would cost more/),
  });
});

test("when all fail the error names each with its own words", async () => {
  const down = (): Answer => ({ status: 402, body: "empty purse" });
  const { failover } = await asked({ status: 401, body: "bad key" }, () => ({ status: 503 }), down);
  await expect(failover.complete(request())).rejects.toMatchObject({
    reason: "quota",
    message: expect.stringMatching(/own: .*bad key.*other-0: .*did not answer.*other-1: .*empty purse/),
  });
});

test("one that answers well is the only one asked, and nothing is said of others", async () => {
  const { rest, failover } = await asked(turn({ text: "mine" }), well("other"));
  expect(await failover.complete(request())).not.toHaveProperty("answeredBy");
  expect(calls(...rest)).toEqual([0]);
});

test("fields of one endpoint's own do not go to the next, which gets back its own", async () => {
  const { rest, failover } = await asked({ status: 503 }, well("x"));
  const call = { id: "c1", name: "grep", arguments: "{}", extra: { thought_signature: "first's" } };
  const before = [
    user("hello"),
    assistant({ calls: [call], extra: { reasoning_details: "first's" } }),
    { role: "tool" as const, callId: "c1", content: "ok" },
  ];
  await failover.complete(request(before));
  await failover.complete(
    request([...before, assistant({ content: "x", extra: { thought_signature: "second's" } }), user("y")]),
  );
  const [first, second] = rest[0]?.server.requests ?? [];
  expect(first?.body).not.toContain("first's");
  expect(second?.body).not.toContain("first's");
  expect(second?.body).toContain("second's");
  expect(second?.body).toContain(JSON.stringify(first?.json.messages).slice(0, -1));
});

test("reasoning of the first does not kill the next one that refuses it: it goes without", async () => {
  const refusal = { status: 422, body: { detail: [{ loc: ["reasoning_content"], msg: "extra forbidden" }] } };
  const { rest, failover, switched } = await asked(
    { status: 503 },
    (() => {
      let asks = 0;
      return () => {
        asks += 1;
        return asks === 1 ? refusal : turn({ text: "well" });
      };
    })(),
  );
  const history = [user("go"), assistant({ content: "x", reasoning: "why" }), user("on")];
  expect((await failover.complete(request(history))).text).toBe("well");
  const sent = rest[0]?.server.requests.map(({ json }) => json.messages[1]?.reasoning_content);
  expect([sent, switched.length]).toEqual([["why", undefined], 1]);
});

test("a person's stop is no failure of the endpoint", async () => {
  const { rest, failover } = await asked({ status: 503 }, well("x"));
  await expect(failover.complete(request([user("x")], { signal: AbortSignal.abort() }))).rejects.toThrow(
    /abort/i,
  );
  expect(calls(...rest)).toEqual([0]);
});
