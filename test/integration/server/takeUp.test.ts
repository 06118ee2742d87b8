import { afterAll, beforeAll, expect, test } from "vitest";
import type { StoredEvent, Usage } from "../../../server/src/protocol/index.ts";
import { chunk, type ScriptedTurn, turn } from "../../fixtures/model-server/chunks.ts";
import {
  type ModelServer,
  type RecordedRequest,
  startModelServer,
} from "../../fixtures/model-server/server.ts";
import { caseIn, createPlace, eventOf, type Place, placeWithModel } from "./place.ts";

const origin = "games/tilerun";
const overlay = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
/** What the model answers in each turn, however often it is asked. */
const answers: ScriptedTurn[] = [
  { text: "I look around.", calls: [{ name: "list_dir", arguments: { path: `/work/DPorts/${origin}` } }] },
  {
    reasoning: "bmake reads a GNU makefile",
    calls: [
      { name: "put_file", arguments: { path: overlay, content: "USES+=\tgmake\n", sha256: null } },
      { name: "patch_phase", arguments: {} },
    ],
  },
  { calls: [{ name: "build", arguments: {} }] },
  { calls: [{ name: "finish", arguments: { status: "fixed", summary: "USES=gmake cures it." } }] },
];
const turnOf = ({ json }: RecordedRequest): number =>
  json.messages.filter(({ role }) => role === "assistant").length + 1;
const patience = { timeout: 60_000 };

/** Leaves the stream open in its middle at the first request of these turns. */
const silentFirst =
  (...turns: number[]) =>
  (request: RecordedRequest) => {
    const number = turnOf(request);
    const asked = turns.indexOf(number);
    if (asked < 0) return turn(answers[number - 1] ?? {}, request);
    turns.splice(asked, 1);
    return { chunks: [chunk({ role: "assistant", content: "I was ab" })], end: "silent" as const };
  };

let model: ModelServer;
let place: Place;
const script = silentFirst(1, 2, 4);
beforeAll(async () => {
  model = await startModelServer((request) => script(request));
  place = await placeWithModel(model.url, "KEY");
  await place.build(origin);
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await model.close();
});

const conversationOf = (body: string): string => body.slice(0, body.lastIndexOf('],"max_tokens":'));
const sum = (usages: readonly Usage[]) =>
  usages.reduce((all, one) => all + one.uncachedTokens + one.outputTokens, 0);

test("killed at any instant, a server's attempt is gone on with by the next one and finishes", async () => {
  const isPhase = (phase: string) => (event: StoredEvent) =>
    event.type === "build/phase" && event.payload.phase === phase;
  const asked = (count: number) => () => expect.poll(() => model.requests.length, patience).toBe(count);
  const happened = (wanted: (event: StoredEvent) => boolean) => (client: Parameters<typeof eventOf>[0]) =>
    eventOf(client, wanted);
  const moments: [string, (client: Parameters<typeof eventOf>[0]) => Promise<unknown>][] = [
    ["before the first turn is complete", asked(1)],
    ["in the middle of an answer", asked(3)],
    ["between a call and its result, a file having been written", happened(isPhase("extract"))],
    ["during a build, with sources in use", happened(isPhase("build"))],
    [
      "after a turn is recorded, the next one being asked for",
      () =>
        expect.poll(() => model.requests.filter((request) => turnOf(request) === 4).length, patience).toBe(1),
    ],
  ];
  for (const [, moment] of moments) {
    const server = await place.start();
    await moment(server.client);
    server.kill();
    await server.client.ended;
  }
  const { client } = await place.start();
  const { attempts, proofs } = await caseIn(client, origin, "waiting", "escalated");
  expect(attempts).toMatchObject([{ number: 1, outcome: "fixed", turns: 4, builds: 1 }]);
  expect(proofs.map(({ verdict }) => verdict)).toEqual(["proved"]);

  const { turns, attempt } = await client.call("session/get", { case: origin });
  expect(turns.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  const byTurn = answers.map((_, index) => model.requests.filter((request) => turnOf(request) === index + 1));
  // Whatever was asked for once more was asked for in the same words, and what is recorded was not.
  expect(byTurn.map(({ length }) => length)).toEqual([2, 3, 2, 2]);
  for (const [index, requests] of byTurn.entries()) {
    const bodies = requests.map(({ body }) => conversationOf(body));
    if (index > 0) expect(new Set(bodies).size).toBe(1);
    const next = byTurn[index + 1]?.at(-1);
    if (next !== undefined) expect(next.body.startsWith(bodies.at(-1) ?? "-")).toBe(true);
    expect(turns[index]?.trace?.request?.kept).toBe(
      index === 0 ? 0 : byTurn[index - 1]?.at(-1)?.json.messages.length,
    );
  }
  // The answers of turns 2 and 3 came whole and were paid for, before their calls died with the server.
  const lost = turns.map(({ trace }) => trace?.lost);
  expect(lost.map((usage) => usage && sum([usage]))).toEqual([
    ...[0, sum([turns[1]?.usage as Usage]), sum([turns[2]?.usage as Usage]), 0],
  ]);
  expect(sum([attempt.usage])).toBe(
    sum([...turns.map(({ usage }) => usage), ...lost.filter((one) => one !== undefined)]),
  );
  const replay = await client.call("session/get", { case: origin });
  expect(replay.attempt.resumed).toMatchObject({ turn: 3, times: 1 });
}, 300_000);

test("an attempt of the rule book whose server is killed in its build goes on, at no tokens", async () => {
  await using plain = await createPlace();
  await plain.build(origin);
  const first = await plain.start();
  const isInBuild = ({ type, payload }: StoredEvent) =>
    type === "build/phase" && payload.attemptId !== "" && payload.phase === "build";
  await eventOf(first.client, isInBuild);
  const before = await first.client.call("session/get", { case: origin });
  expect(before.attempt).toMatchObject({ number: 1, provider: "recipes", outcome: null });
  first.kill();
  await first.client.ended;
  const { client } = await plain.start();
  const { attempts, proofs } = await caseIn(client, origin, "waiting", "escalated");
  expect(attempts).toMatchObject([{ number: 1, provider: "recipes", outcome: "fixed", builds: 1 }]);
  expect(attempts[0]?.resumed).toMatchObject({ turn: before.turns.length, times: 1 });
  expect(proofs.map(({ verdict }) => verdict)).toEqual(["proved"]);
  const { turns } = await client.call("session/get", { case: origin });
  expect(turns.map(({ number }) => number)).toEqual(turns.map((_, index) => index + 1));
  expect(turns.slice(0, before.turns.length)).toEqual(before.turns);
}, 120_000);

test("what an answer used that broke off because its server was stopped is counted by the next one", async () => {
  const asked = silentFirst(2);
  const silent = await startModelServer((request) => asked(request));
  try {
    await using own = await placeWithModel(silent.url, "KEY");
    await own.build(origin);
    const first = await own.start();
    await caseIn(first.client, origin, "patching");
    const session = () => first.client.call("session/get", { case: origin });
    await expect.poll(async () => (await session()).live?.text, patience).toBe("I was ");
    await first.stop();
    const { client } = await own.start();
    const { attempts } = await caseIn(client, origin, "waiting", "escalated");
    expect(attempts).toMatchObject([{ number: 1, outcome: "fixed", turns: 4 }]);
    const { turns } = await client.call("session/get", { case: origin });
    expect(turns[1]?.trace?.lost).toMatchObject({ outputTokens: 2, estimated: true });
    expect(turns[1]?.trace?.lost?.uncachedTokens).toBeGreaterThan(1000);
  } finally {
    await silent.close();
  }
}, 120_000);
