import { expect, test } from "vitest";
import type { RpcClient } from "../../../server/src/rpc/client.ts";
import { type ScriptedTurn, turn } from "../../fixtures/model-server/chunks.ts";
import {
  type ModelServer,
  type RecordedRequest,
  startModelServer,
} from "../../fixtures/model-server/server.ts";
import { caseIn, placeWithModel } from "./place.ts";

const origin = "games/tilerun";
const overlay = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
const look: ScriptedTurn = {
  text: "First I look around.",
  calls: [{ name: "list_dir", arguments: { path: `/work/DPorts/${origin}` } }],
};
const repair: ScriptedTurn = {
  calls: [
    { name: "put_file", arguments: { path: overlay, content: "USES+=\tgmake\n", sha256: null } },
    { name: "build", arguments: {} },
    { name: "finish", arguments: { status: "fixed", summary: "USES=gmake cures it." } },
  ],
};
const giveUp: ScriptedTurn = {
  calls: [{ name: "finish", arguments: { status: "gave-up", summary: "I see no way." } }],
};

/** Answers one conversation after another by its turn; the first one, and each look around, takes a while, so that a person can speak. */
const conversation =
  (...turns: ScriptedTurn[]) =>
  (request: RecordedRequest) => {
    const number = request.json.messages.filter(({ role }) => role === "assistant").length;
    const said = turns[number] ?? giveUp;
    const answer = turn(said, request);
    return number === 0 || said === look ? { ...answer, gapMs: 150 } : answer;
  };
const saidTo = ({ json }: RecordedRequest): string => JSON.stringify(json.messages);
const patience = { timeout: 30_000 };
const turnBegan = ({ requests }: ModelServer, number = 1) =>
  expect.poll(() => requests.length, patience).toBe(number);

test("what a person says enters at the next turn, once, and is acknowledged twice", async () => {
  const model = await startModelServer(conversation(look, repair));
  try {
    await using place = await placeWithModel(model.url, "KEY");
    await place.build(origin);
    const { client } = await place.start();
    await turnBegan(model);
    const { steering } = await client.call("session/steer", { case: origin, text: "it wants GNU make" });
    expect(steering).toMatchObject({ mode: "steer", state: "waiting", turn: null });
    await caseIn(client, origin, "waiting");
    const told = model.requests.map(saidTo).filter((text) => text.includes("it wants GNU make"));
    expect(model.requests.findIndex((request) => saidTo(request).includes("it wants GNU make"))).toBe(1);
    expect(told[0]?.split("it wants GNU make")).toHaveLength(2);
    const { steerings } = await client.call("session/get", { case: origin });
    expect(steerings).toMatchObject([{ state: "delivered", turn: 2, text: "it wants GNU make" }]);
    await expect(client.call("session/steer", { case: origin, text: "x" })).rejects.toMatchObject({
      kind: "badState",
      message: expect.stringContaining("queue"),
    });
  } finally {
    await model.close();
  }
});

test("what is queued turns an attempt that would give up", async () => {
  const model = await startModelServer(conversation(giveUp, repair));
  try {
    await using place = await placeWithModel(model.url, "KEY");
    await place.build(origin);
    const { client } = await place.start();
    await turnBegan(model);
    await client.call("session/steer", { case: origin, text: "try gmake first", mode: "queue" });
    const { attempts } = await caseIn(client, origin, "waiting", "escalated");
    expect(attempts).toMatchObject([{ outcome: "fixed", turns: 2 }]);
    expect(saidTo(model.requests[0] as RecordedRequest)).not.toContain("try gmake first");
    expect(saidTo(model.requests[1] as RecordedRequest)).toContain("try gmake first");
  } finally {
    await model.close();
  }
});

test("a pause outlives a killed server, and the attempt goes on with all that was said to it", async () => {
  const model = await startModelServer(conversation(look, look, repair));
  try {
    await using place = await placeWithModel(model.url, "KEY");
    await place.build(origin);
    const first = await place.start();
    await turnBegan(model);
    await first.client.call("session/steer", { case: origin, text: "look once more" });
    await turnBegan(model, 2);
    expect((await first.client.call("session/pause", { case: origin })).job.paused).toBe(true);
    await expect
      .poll(async () => (await first.client.call("session/get", { case: origin })).live?.paused, patience)
      .toBe(true);
    await first.client.call("session/steer", { case: origin, text: "remember me" });
    const said = (client: RpcClient) =>
      client
        .call("session/get", { case: origin })
        .then(({ steerings = [] }) => steerings.map(({ state, turn: at }) => [state, at]));
    expect(await said(first.client)).toEqual([
      ["delivered", 2],
      ["waiting", null],
    ]);
    expect(model.requests).toHaveLength(2);
    first.kill();
    await first.client.ended;

    const { client } = await place.start();
    const { sessions } = await client.call("sessions/list", {});
    expect(sessions).toMatchObject([{ group: "queued", job: { paused: true }, case: { origin } }]);
    const { attempt, live } = await client.call("session/get", { case: origin });
    expect([attempt.outcome, live]).toEqual([null, null]);
    expect((await said(client)).map(([state]) => state)).toEqual(["delivered", "waiting"]);
    await client.call("session/steer", { case: origin, text: "and me" });
    expect(model.requests).toHaveLength(2);
    await client.call("session/resume", { case: origin });
    const { attempts, jobs } = await caseIn(client, origin, "waiting");
    expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([[1, "fixed"]]);
    expect(jobs.some(({ paused }) => paused)).toBe(false);
    expect(model.requests).toHaveLength(3);
    const [, , again] = model.requests.map(saidTo);
    for (const words of ["look once more", "remember me", "and me"])
      expect(again?.split(words)).toHaveLength(2);
    expect(await said(client)).toEqual([
      ["delivered", 2],
      ["delivered", 3],
      ["delivered", 3],
    ]);
    await expect(client.call("session/resume", { case: origin })).rejects.toMatchObject({ kind: "badState" });
  } finally {
    await model.close();
  }
});

test("an attempt that waits to go on after a crash can be stopped, and leaves nothing", async () => {
  const model = await startModelServer(conversation(look, look, repair));
  try {
    await using place = await placeWithModel(model.url, "KEY");
    await place.build(origin);
    const first = await place.start();
    await turnBegan(model, 2);
    await first.client.call("session/pause", { case: origin });
    first.kill();
    await first.client.ended;
    const { client } = await place.start();
    await client.call("case/stop", { case: origin });
    const { attempts, case: subject } = await caseIn(client, origin, "escalated");
    await expect
      .poll(async () => (await client.call("session/get", { case: origin })).attempt, patience)
      .toMatchObject({ outcome: "stopped", turns: 1, summary: expect.stringContaining("stopped by") });
    expect([attempts.length, model.requests.length, subject.state]).toEqual([1, 2, "escalated"]);
    await expect.poll(async () => (await client.call("env/list", {})).environments, patience).toEqual([]);
  } finally {
    await model.close();
  }
});

test("a paused attempt can be stopped", async () => {
  const model = await startModelServer(conversation(look, repair));
  try {
    await using place = await placeWithModel(model.url, "KEY");
    await place.build(origin);
    const { client } = await place.start();
    await turnBegan(model);
    await client.call("session/pause", { case: origin });
    await client.call("case/stop", { case: origin });
    const { attempts } = await caseIn(client, origin, "escalated");
    expect(attempts).toMatchObject([{ outcome: "stopped" }]);
    expect(model.requests).toHaveLength(1);
  } finally {
    await model.close();
  }
});

test("a person chooses the model and its limits, and what it costs is counted exactly", async () => {
  const model = await startModelServer(conversation(look, look, look));
  try {
    const price = { uncached: 3, cached: 0.5, output: 15 };
    const fast = { baseURL: model.url, model: "fast-one", keyVariable: "FAST_KEY", price };
    await using place = await placeWithModel(model.url, "KEY", { fast });
    await place.change((config) => {
      config.automation = { enabled: false };
    });
    await place.build(origin);
    const { client } = await place.start();
    const { case: subject } = await caseIn(client, origin, "open");
    await client.call("case/triage", { case: subject.id });
    await caseIn(client, origin, "triaged");
    await expect(client.call("case/patch", { case: origin, model: "none" })).rejects.toMatchObject({
      message: expect.stringContaining("known: patch, fast"),
    });
    await expect(client.call("models/setKey", { keyVariable: "PATH", key: "x" })).rejects.toMatchObject({
      kind: "badParams",
    });
    const { models } = await client.call("models/setKey", { keyVariable: "FAST_KEY", key: "sk-fast" });
    expect(models.map(({ name, hasKey }) => [name, hasKey])).toEqual([
      ["patch", false],
      ["fast", true],
    ]);
    await client.call("case/patch", { case: origin, budget: { costMicros: 1_000_000 } });
    const { case: unpriced } = await caseIn(client, origin, "escalated");
    expect(unpriced.handOver).toMatch(/money is limited, and 127\.0\.0\.1 scripted has no price/);
    expect(model.requests).toEqual([]);
    const budget = { turns: 2, costMicros: 1_000_000 };
    await client.call("case/patch", { case: origin, model: "fast", budget });
    await expect
      .poll(
        async () => (await client.call("session/get", { case: origin }).catch(() => null))?.attempt.outcome,
        patience,
      )
      .toBe("budget");
    const { attempts, case: after } = await caseIn(client, origin, "escalated");
    expect(attempts[0]).toMatchObject({
      model: "fast-one",
      outcome: "budget",
      turns: 2,
      budget,
    });
    expect(model.requests[0]?.headers.authorization).toBe("Bearer sk-fast");
    const costs = attempts.map(({ usage: { uncachedTokens, cachedTokens, outputTokens } }) =>
      Math.round(uncachedTokens * 3 + cachedTokens * 0.5 + outputTokens * 15),
    );
    expect(attempts.map(({ costMicros }) => costMicros)).toEqual(costs);
    expect(after.costMicros).toBe(costs.reduce((sum, cost) => sum + cost, 0));
  } finally {
    await model.close();
  }
});
