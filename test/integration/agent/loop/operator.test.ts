import { afterAll, beforeAll, expect, test } from "vitest";
import type { Operator } from "../../../../server/src/agent/loop/operator.ts";
import { turn } from "../../../fixtures/model-server/chunks.ts";
import type { RecordedRequest, Script } from "../../../fixtures/model-server/server.ts";
import { createSample, type Sample } from "../sample.ts";

const origin = "games/tilerun";

let sample: Sample;
beforeAll(async () => {
  sample = await createSample();
});
afterAll(() => sample.remove());

const look = { calls: [{ name: "list_dir", arguments: { path: "/work/obj" } }] };
const giveUp = { calls: [{ name: "finish", arguments: { status: "gave-up", summary: "no idea" } }] };

/** Speaks before the turns of these numbers, until it was heard. */
function speaker(words: Record<number, string>) {
  const heard: [number, string][] = [];
  let next = 1;
  let given: string | undefined;
  const operator: Operator = {
    held: () => false,
    goAhead: async () => {},
    words() {
      given = words[next];
      return given === undefined ? [] : [given];
    },
    told(number) {
      if (given !== undefined) heard.push([number, given]);
      next = number + 1;
      given = undefined;
    },
  };
  return { operator, heard };
}

const messagesOf = (request: RecordedRequest | undefined) => request?.json.messages ?? [];

test("words come in as the porter's own, at the end, and the conversation only grows", async () => {
  const { operator, heard } = speaker({ 1: "from the start", 2: "after a tool", 3: "after a nudge" });
  const answers = [look, { text: "hm" }, look, giveUp];
  const { server, report } = await sample.attempt(
    origin,
    (request, index) => turn(answers[index] ?? giveUp, request),
    { request: { operator } },
  );
  expect(report).toMatchObject({ outcome: "gave-up", turns: 4 });
  expect(heard).toEqual([
    [1, "from the start"],
    [2, "after a tool"],
    [3, "after a nudge"],
  ]);
  const last = messagesOf(server.requests[3]).map(({ role, content }) => ({
    role,
    content: String(content),
  }));
  expect(last.map(({ role }) => role)).toEqual([
    ...["system", "user", "assistant", "tool", "user", "assistant", "user", "assistant", "tool"],
  ]);
  const rule = /between <<<porter (\S+) and >>>porter/.exec(last[1]?.content ?? "");
  for (const [index, word] of [
    [1, "from the start"],
    [4, "after a tool"],
    [6, "after a nudge"],
  ] as const)
    expect(last[index]?.content).toContain(`<<<porter ${rule?.[1]}\n${word}\n>>>porter ${rule?.[1]}`);
  for (const [index, request] of server.requests.entries()) {
    const next = server.requests[index + 1];
    if (next) expect(messagesOf(next).slice(0, messagesOf(request).length)).toEqual(messagesOf(request));
  }
});

test("what a model did not answer to was not told", async () => {
  const { operator, heard } = speaker({ 2: "lost on the way" });
  const script: Script = (request, index) => (index === 0 ? turn(look, request) : { status: 400, body: {} });
  const { server, report } = await sample.attempt(origin, script, { request: { operator } });
  expect(JSON.stringify(messagesOf(server.requests[1]))).toContain("lost on the way");
  expect(report.outcome).toBe("error");
  expect(heard).toEqual([]);
});
