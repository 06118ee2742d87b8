import { expect, onTestFinished, test } from "vitest";
import { ModelKeys } from "../../../../server/src/agent/model/configured.ts";
import { type Editor, LentModels } from "../../../../server/src/agent/model/editors.ts";
import { createModelPool } from "../../../../server/src/agent/model/pool.ts";
import { ServerConfig } from "../../../../server/src/config/config.ts";
import { turn } from "../../../fixtures/model-server/chunks.ts";
import { type Script, startModelServer } from "../../../fixtures/model-server/server.ts";
import { request } from "./harness.ts";

async function serverOf(script: Script) {
  const server = await startModelServer(script);
  onTestFinished(() => server.close());
  return server;
}

/** Models `triage` and `patch` at one endpoint, `spare` at another. */
async function poolOf(first: Script, second: Script, given: { triage?: object; patch?: object } = {}) {
  const [one, other] = [await serverOf(first), await serverOf(second)];
  const { models } = ServerConfig.parse({
    models: {
      triage: { baseURL: one.url, model: "small", ...given.triage },
      patch: { baseURL: one.url, model: "big", failover: ["spare"], ...given.patch },
      others: { spare: { baseURL: other.url, model: "spare" } },
    },
  });
  const clock = { now: 0 };
  const warnings: string[] = [];
  const pool = createModelPool({
    ...{ models, keys: new ModelKeys(models, { OPENAI_API_KEY: "sk-canary" }) },
    lent: new LentModels(),
    ...{ now: () => clock.now, sleep: async () => {}, random: () => 0.5, newId: () => "id" },
    warn: (words) => void warnings.push(words),
  });
  return { pool, one, other, clock, warnings };
}

const down: Script = () => ({ status: 503, body: { error: { message: "on fire" } } });
const well =
  (text: string): Script =>
  () =>
    turn({ text });

test("a diagnosis falls back on who stands in for the attempts, where it names none of its own", async () => {
  const { pool, one, other } = await poolOf(down, well("from the spare"));
  const { text, answeredBy } = await pool.conversation("triage").complete(request());
  expect([text, answeredBy?.model]).toEqual(["from the spare", "spare"]);
  expect([one.requests.length, other.requests.length]).toEqual([5, 1]);
});

test("a diagnosis with a list of its own asks no other", async () => {
  const { pool, other } = await poolOf(down, well("x"), { triage: { failover: [] } });
  await expect(pool.conversation("triage").complete(request())).rejects.toMatchObject({
    reason: "unavailable",
  });
  expect(other.requests).toHaveLength(0);
});

test("what one conversation found down is spared the next ones, whichever model of it they ask", async () => {
  const { pool, one, other, clock } = await poolOf(down, well("spare"));
  await pool.conversation("triage").complete(request());
  const { answeredBy } = await pool.conversation("patch").complete(request());
  expect(answeredBy?.reason).toMatch(/failed 5 times in a row and is left alone until .* on fire/);
  expect([one.requests.length, other.requests.length]).toEqual([5, 2]);
  expect(pool.health()).toMatchObject([
    {
      endpoint: new URL(one.url).host,
      state: "open",
      failures: 5,
      retryAt: 30_000,
      problem: expect.stringMatching(/on fire/),
    },
    { state: "closed", failures: 0, retryAt: null, problem: "" },
  ]);
  clock.now = 30_000;
  await pool.conversation("patch").complete(request());
  expect(one.requests).toHaveLength(6);
  expect(pool.health()[0]).toMatchObject({ state: "open", retryAt: 90_000 });
});

test("an endpoint that recovers is asked again after one call has found it well", async () => {
  const script: Script = (_request, index) => (index < 5 ? { status: 500 } : turn({ text: "back" }));
  const { pool, one, clock } = await poolOf(script, well("spare"));
  await pool.conversation("patch").complete(request());
  clock.now = 30_000;
  const { text } = await pool.conversation("patch").complete(request());
  expect([text, one.requests.length, pool.health()[0]?.state]).toEqual(["back", 6, "closed"]);
});

test("a model is down when everyone who stands in for it is", async () => {
  const { pool } = await poolOf(down, down);
  await expect(pool.conversation("patch").complete(request())).rejects.toThrow(/big.*spare/);
  expect(pool.names.map((name) => pool.whyDown(name))).toEqual([
    expect.stringMatching(/^\S+ failed 5 times in a row.*; \S+ failed 5 times in a row/),
    expect.stringMatching(/^\S+ failed 5 times in a row and is left alone until/),
    expect.stringMatching(/^\S+ failed 5 times in a row and is left alone until/),
  ]);
  const { pool: half } = await poolOf(down, well("x"));
  await half.conversation("patch").complete(request());
  expect([half.whyDown("patch"), half.whyDown("spare")]).toEqual([null, null]);
});

test("who ends the call that tries an endpoint again leaves that to the next one", async () => {
  const script: Script = (_request, index) =>
    index < 5 ? { status: 500 } : index === 5 ? { chunks: [], end: "silent" } : turn({ text: "back" });
  const { pool, one, clock } = await poolOf(script, down, { patch: { failover: [] } });
  await expect(pool.conversation("patch").complete(request())).rejects.toThrow(/after 5 tries/);
  clock.now = 30_000;
  const stop = new AbortController();
  const ended = pool.conversation("patch").complete(request(undefined, { signal: stop.signal }));
  await expect.poll(() => one.requests.length).toBe(6);
  stop.abort();
  await expect(ended).rejects.toThrow(/abort/i);
  expect(await pool.conversation("patch").complete(request())).toMatchObject({ text: "back" });
});

test("each editor that lends is found down by itself, and another one is asked meanwhile", async () => {
  const { models } = ServerConfig.parse({ models: { patch: { provider: "editor", model: "big" } } });
  const [clock, lent] = [{ now: 0 }, new LentModels()];
  const pool = createModelPool({
    ...{ models, keys: new ModelKeys(models, {}), lent, now: () => clock.now },
    ...{ sleep: async () => {}, random: () => 0.5, newId: () => "id", warn: () => {} },
  });
  const model = { vendor: "acme", id: "big", family: "", name: "Big", maxInputTokens: 100_000 };
  const lend = (client: string, works: boolean) => {
    const editor: Editor = {
      client,
      async ask(_question, onPiece) {
        if (!works) return { failure: { reason: "failed", message: "no network" } };
        onPiece({ text: client });
        return {};
      },
    };
    lent.lend(editor, [model]);
    return editor;
  };
  const broken = lend("laptop", false);
  await expect(pool.conversation("patch").complete(request())).rejects.toThrow(/no network/);
  expect(pool.whyDown("patch")).toMatch(/^editor laptop failed 5 times in a row.*no network/);
  lend("desktop", true);
  expect(pool.whyDown("patch")).toBeNull();
  expect(await pool.conversation("patch").complete(request())).toMatchObject({ text: "desktop" });
  expect(pool.health()).toMatchObject([
    { endpoint: "editor laptop", state: "open", failures: 5 },
    { endpoint: "editor desktop", state: "closed" },
  ]);
  lent.lend(broken, []);
  expect(pool.health()).toHaveLength(1);
});

test("what the configuration says of an endpoint goes before what is known of it", async () => {
  const profile = { tokenLimit: "max_completion_tokens", streamUsage: false };
  const { pool, one } = await poolOf(well("x"), down, { patch: { profile } });
  await pool.conversation("patch").complete(request());
  expect(one.requests[0]?.json).toMatchObject({ max_completion_tokens: 1000 });
  expect(one.requests[0]?.json.stream_options).toBeUndefined();
});
