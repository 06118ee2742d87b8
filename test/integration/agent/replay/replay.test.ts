import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createFailover } from "../../../../server/src/agent/model/failover.ts";
import { createOpenAiProvider } from "../../../../server/src/agent/model/openai.ts";
import { noUsage } from "../../../../server/src/agent/model/usage.ts";
import { replayAttempt } from "../../../../server/src/agent/replay/replay.ts";
import type { RecordedAttempt } from "../../../../server/src/agent/replay/types.ts";
import type { AttemptRequest } from "../../../../server/src/agent/types.ts";
import { StoredEvent, type Turn } from "../../../../server/src/protocol/index.ts";
import {
  chunk,
  type ScriptedCall,
  type ScriptedTurn,
  turn,
  usageChunk,
} from "../../../fixtures/model-server/chunks.ts";
import { type ModelServer, type Script, startModelServer } from "../../../fixtures/model-server/server.ts";
import { createSample, type Sample, silent } from "../sample.ts";

const origin = "games/tilerun";
const makefile = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;

let sample: Sample;
beforeAll(async () => {
  sample = await createSample();
});
afterAll(() => sample.remove());

const call = (name: string, args: unknown = {}): ScriptedCall => ({ name, arguments: args });
const gmake = call("put_file", { path: makefile, content: "USES+=\tgmake\n", sha256: null });
const finish = (status: string): ScriptedCall => call("finish", { status, summary: "USES=gmake" });
const look = (from: number): ScriptedCall =>
  call("get_file", { path: "/work/freebsd-ports/Mk/bsd.port.mk", from, lines: 1 });

/** A turn a step; the last one is repeated for ever. */
const steps =
  (...turns: ScriptedTurn[]): Script =>
  (request, index) =>
    turn(turns[Math.min(index, turns.length - 1)] ?? {}, request);

/** Says `words` before the second turn, once. */
function speaking(words: string): AttemptRequest["operator"] {
  let turns = 0;
  const told = (number: number): void => {
    turns = number;
  };
  return { ...silent, words: () => (turns === 1 ? [words] : []), told };
}

const grepping = { path: "/work/freebsd-ports/Mk", pattern: "gmake" };

const sessions: Record<string, { script: Script; request?: Partial<AttemptRequest> }> = {
  "a repair with words, thoughts, a broken call and a porter who speaks": {
    script: steps(
      { text: "h\u00e9 \u2028", reasoning: " why ", calls: [look(1), call("get_file", '{"path":')] },
      { text: "only words" },
      { calls: [gmake, call("build")] },
      { calls: [call("emit_diff"), finish("fixed")] },
    ),
    request: { operator: speaking("try gmake\u200b") },
  },
  "one that is told of its budget, and refused what it repeats": {
    script: (request, index) =>
      turn({
        calls: index === 0 ? [look(1), look(1), look(1)] : [look(index + 1)],
        usage: { prompt_tokens: Math.ceil(request.body.length / 4), completion_tokens: 300 },
      }),
    request: { budget: { tokens: 60_000, turns: 9, builds: 1, wallMs: 300_000 } },
  },
  "one that builds the same thing until it is stopped": {
    script: steps({ calls: [call("build")] }),
  },
  "one that has to pay, and may not grep as often as it wants": {
    script: (request) =>
      turn(
        { text: "x".repeat(900), calls: [look(1 + request.body.length), call("grep", grepping)] },
        request,
      ),
    request: {
      budget: {
        ...{ tokens: 400_000, turns: 50, builds: 1, wallMs: 300_000 },
        ...{ costMicros: 45_000, calls: { grep: 2 } },
      },
      prices: [{ provider: "scripted", model: "scripted", uncached: 2, cached: 0.5, output: 10 }],
    },
  },
  "one that closes after its turns what it has built": {
    script: steps({ calls: [gmake, call("build")] }, { text: "it builds" }, { calls: [finish("fixed")] }),
    request: { budget: { tokens: 200_000, turns: 1, builds: 1, wallMs: 300_000 } },
  },
  "one whose answers are capped by what is left": {
    script: (request) => turn({ text: "x".repeat(2000), calls: [look(1 + request.body.length)] }, request),
    request: { budget: { tokens: 40_000, turns: 50, builds: 1, wallMs: 300_000 } },
  },
};

/** The text of a request up to the end of its messages. */
const conversationOf = (body: string): string => body.slice(0, body.lastIndexOf('],"max_tokens":'));

function expectRecorded(turns: readonly Turn[], server: ModelServer): void {
  expect(server.requests).toHaveLength(turns.length);
  for (const [index, { trace }] of turns.entries()) {
    const body = server.requests[index]?.body ?? "";
    expect(trace?.request).toMatchObject({
      sha256: createHash("sha256").update(body).digest("hex"),
      bytes: Buffer.byteLength(body),
    });
    const before = server.requests[index - 1]?.body;
    if (before === undefined) continue;
    expect(body.startsWith(conversationOf(before))).toBe(true);
    expect(trace?.request?.kept).toBe(server.requests[index - 1]?.json.messages.length);
  }
}

/** The record after it went through the stream as JSON, with a change. */
function changed(record: RecordedAttempt, change: (turns: Turn[]) => void): RecordedAttempt {
  const turns = record.turns.map((payload, index) => {
    const event = { seq: index + 1, at: 0, type: "turn/recorded", payload };
    return StoredEvent.parse(JSON.parse(JSON.stringify(event))).payload as Turn;
  });
  change(turns);
  return { ...record, turns };
}

describe.each(Object.entries(sessions))("%s", (_name, { script, request = {} }) => {
  test("only grows, is recorded as it was sent, and runs again to the same bytes", async () => {
    const { turns, server, record, report } = await sample.attempt(origin, script, { request });
    expectRecorded(turns, server);
    const replay = await replayAttempt(changed(record, () => {}));
    expect(replay).toMatchObject({ equal: true, end: null });
    expect(replay.turns.map(({ bytes }) => bytes)).toEqual(
      server.requests.map(({ body }) => Buffer.byteLength(body)),
    );
    expect(replay.turns).toHaveLength(report.turns);
    const noted = turns.some(({ calls }) => calls.some(({ note }) => note !== undefined));
    expect(noted).toBe(request.budget !== undefined);
  });
});

test("one that another model took over, without the fields of the first one's own, runs again to the same bytes", async () => {
  const signed = { index: 0, id: "c1", function: { name: "list_dir", arguments: '{"path":"/work"}' } };
  const own = { ...signed, thought_signature: "first's" };
  const first = await startModelServer([
    { chunks: [chunk({ tool_calls: [own] }), chunk({}, { finish_reason: "tool_calls" })] },
    { status: 401, body: "gone" },
  ]);
  const second = await startModelServer(steps({ calls: [look(3)] }, { calls: [finish("gave-up")] }));
  onTestFinished(async () => {
    await first.close();
    await second.close();
  });
  const providerOf = ({ url }: ModelServer, model: string) =>
    createOpenAiProvider({
      ...{ baseURL: url, model, apiKey: () => "", maxOutputTokens: 4096, tries: 1, now: Date.now },
      ...{ sleep: async () => {}, random: () => 0.5, newId: () => "own" },
    });
  const { turns, record } = await sample.attempt(origin, [], {
    // What is left of the money, at the price of who took over, caps his answers.
    request: {
      budget: { tokens: 400_000, turns: 50, builds: 1, wallMs: 300_000, costMicros: 40_000 },
      prices: [{ provider: "127.0.0.1", model: "b", uncached: 2, cached: 0.5, output: 10 }],
    },
    options: { provider: () => createFailover([providerOf(first, "a"), providerOf(second, "b")], () => {}) },
  });
  expect(turns.map(({ answeredBy }) => answeredBy?.model)).toEqual([undefined, "b", "b"]);
  expect(first.requests[1]?.body).toContain("first's");
  expect(second.requests.map(({ body }) => body.includes("first's"))).toEqual([false, false]);
  expect(second.requests[1]?.body.startsWith(conversationOf(second.requests[0]?.body ?? ""))).toBe(true);
  for (const { json } of second.requests) expect(json).not.toMatchObject({ max_tokens: 4096 });
  const replay = await replayAttempt(changed(record, () => {}));
  expect(replay).toMatchObject({ equal: true, end: null });
});

describe("what answers used that ended with an earlier server", () => {
  const output = (outputTokens: number) => ({ ...noUsage, outputTokens });
  const by = { provider: "elsewhere", model: "dear", usage: output(500) };
  const lost = { usage: output(600), by: [by] };
  const priced = (model: string, provider: string, price: number) => ({
    ...{ provider, model, uncached: 0, cached: 0, output: price },
  });
  const request = {
    budget: { tokens: 400_000, turns: 50, builds: 1, wallMs: 300_000, costMicros: 80_000 },
    prices: [priced("scripted", "scripted", 10), priced("dear", "elsewhere", 100)],
    lost,
  };

  test("is paid to whom it is due, recorded, and in a replay as it was", async () => {
    const script = steps({ calls: [finish("gave-up")] });
    const { server, record, report, turns } = await sample.attempt(origin, script, { request });
    expect(server.requests[0]?.json.max_tokens).toBe((80_000 - 500 * 100 - 100 * 10) / 10);
    expect(turns[0]?.trace).toMatchObject({ lost: lost.usage, lostBy: [by] });
    expect(report.lostBy).toEqual([by]);
    expect(await replayAttempt(changed(record, () => {}))).toMatchObject({ equal: true, end: null });
  });

  test("counts where the attempt is stopped before its next turn", async () => {
    const stop = new AbortController();
    const operator = {
      ...silent,
      held: () => true,
      async goAhead() {
        stop.abort();
        stop.signal.throwIfAborted();
      },
    };
    const { report } = await sample.attempt(origin, [], {
      request: { ...request, operator, signal: stop.signal },
    });
    expect(report).toMatchObject({ outcome: "stopped", usage: lost.usage, lostBy: [by] });
  });
});

describe("a record that was tampered with", () => {
  let record: RecordedAttempt;
  beforeAll(async () => {
    const [first] = Object.values(sessions);
    ({ record } = await sample.attempt(origin, first?.script ?? [], {
      request: { operator: speaking("try gmake") },
    }));
  });
  const differing = async (change: (turns: Turn[]) => void) => {
    const { turns, equal, end } = await replayAttempt(changed(record, change));
    expect(equal).toBe(false);
    const found = turns.find(({ difference }) => difference !== null);
    return { turn: found?.turn, ...found?.difference, end };
  };

  test("names the turn that was sent otherwise, the message and the byte", async () => {
    const found = await differing(([first]) => {
      if (first?.calls[0]) first.calls[0].result = first.calls[0].result.replace('"ok":true', '"ok":true ');
    });
    expect(found).toMatchObject({
      turn: 2,
      part: "messages[3]",
      is: `result of ${record.turns[0]?.calls[0]?.id}`,
    });
    const { bytes } = record.turns[0]?.trace?.request ?? { bytes: 0 };
    expect(found.byte).toBeGreaterThan(bytes - 30);
  });

  test("names what the porter said, what the model said and the hash itself", async () => {
    expect(
      await differing((turns) => {
        if (turns[1]?.trace) turns[1].trace.heard = ["try nothing"];
      }),
    ).toMatchObject({ turn: 2, part: "messages[5]", is: "user" });
    expect(
      await differing((turns) => {
        if (turns[2]) turns[2].text = "I never said this";
      }),
    ).toMatchObject({ turn: 4, is: "assistant" });
    expect(
      await differing((turns) => {
        if (turns[2]?.trace?.request) turns[2].trace.request.sha256 = "0".repeat(64);
      }),
    ).toMatchObject({ turn: 3, part: "whole" });
    expect(
      await differing((turns) => {
        if (turns[2]?.trace?.request) turns[2].trace.request.form.maxOutputTokens = 7;
      }),
    ).toMatchObject({ turn: 3, part: "max_tokens" });
  });

  test("tells where the loop ends otherwise", async () => {
    const early = await differing((turns) => {
      const [one] = turns[1]?.calls ?? [];
      const given = { ...record.turns[3]?.calls[1], id: "early" } as NonNullable<typeof one>;
      turns[1]?.calls.push({
        ...given,
        arguments: '{"status":"gave-up","summary":"s"}',
        result: '{"ok":true,"status":"gave-up"}',
      });
    });
    expect(early.end).toContain("the record goes on for 2 more");
    const late = await replayAttempt({
      ...changed(record, (turns) => turns.pop()),
      attempt: { ...record.attempt, outcome: "gave-up" },
    });
    expect(late).toMatchObject({ equal: false, end: expect.stringContaining("the loop goes on") });
  });

  test("is refused in words where it holds too little, or no result", async () => {
    const noTools = changed(record, ([first]) => {
      delete first?.trace?.opening?.tools;
    });
    const noTrace = changed(record, ([, second]) => {
      delete second?.trace;
    });
    for (const [index, old] of [noTools, noTrace].entries())
      await expect(replayAttempt(old)).rejects.toMatchObject({
        kind: "notFound",
        message: expect.stringContaining(`turn ${index + 1}) is of an older server`),
      });
    const damaged = changed(record, ([, , third]) => {
      if (third?.calls[0]) third.calls[0].result = "garbage";
    });
    await expect(replayAttempt(damaged)).rejects.toMatchObject({
      kind: "badState",
      message: expect.stringContaining("turn 3"),
    });
  });
});

test("fields that an endpoint wants back, and what it taught of itself, are part of the record", async () => {
  const answers: Script = [
    {
      status: 400,
      body: { error: { message: "Unsupported parameter: max_tokens, use max_completion_tokens" } },
    },
    {
      chunks: [
        chunk({ reasoning: "deep", reasoning_details: [{ type: "encrypted", data: "s1" }] }),
        chunk({
          tool_calls: [
            {
              ...{ index: 0, id: "a", extra_content: { signature: "sig" } },
              function: { name: "list_dir", arguments: '{"path":"/work/obj"}' },
            },
          ],
        }),
        chunk({}, { finish_reason: "tool_calls" }),
        usageChunk({ prompt_tokens: 8000, completion_tokens: 10 }),
      ],
      gapMs: 2,
    },
    turn({ calls: [finish("gave-up")], usage: { prompt_tokens: 8100, completion_tokens: 10 } }),
  ];
  const { record, server, turns } = await sample.attempt(origin, answers);
  expect(server.requests[2]?.json.messages[2]).toMatchObject({
    ...{ reasoning: "deep", reasoning_details: [{ data: "s1" }] },
    tool_calls: [{ extra_content: { signature: "sig" } }],
  });
  expect(turns[0]?.trace?.times).toMatchObject({ tries: 2, chunks: 4, every: 1 });
  expect(turns[0]?.trace?.times?.at).toHaveLength(4);
  expect(await replayAttempt(changed(record, () => {}))).toMatchObject({ equal: true, turns: [{}, {}] });
});
