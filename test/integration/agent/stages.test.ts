import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveFeed } from "../../../server/src/agent/live/feed.ts";
import { addUsage } from "../../../server/src/agent/model/usage.ts";
import { environmentName } from "../../../server/src/agent/stages/environment.ts";
import { endWithJob } from "../../../server/src/agent/stages/interrupted.ts";
import { patchStage } from "../../../server/src/agent/stages/patch.ts";
import { waitsForHealth } from "../../../server/src/agent/stages/waits.ts";
import type { Agent, AttemptReport, AttemptRequest } from "../../../server/src/agent/types.ts";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import { Unhealthy } from "../../../server/src/environments/errors.ts";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import { redact } from "../../../server/src/evidence/redact.ts";
import { automate } from "../../../server/src/jobs/automation.ts";
import { LeasedQueue } from "../../../server/src/jobs/queue.ts";
import { WorkerPool } from "../../../server/src/jobs/worker.ts";
import { loadPolicy } from "../../../server/src/policy/load.ts";
import { verifyStage } from "../../../server/src/proof/stage.ts";
import type {
  AttemptOutcome,
  Case,
  Decision,
  Job,
  NewEvent,
  Tier,
  Turn,
} from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import {
  sampleAttempt,
  sampleBundle,
  sampleCase,
  sampleJob,
  sampleRun,
  sampleTurn,
} from "../../fixtures/states/entities.ts";
import { createPlace, type Place } from "../environments/support.ts";

const origin = "games/tilerun";
const policy = loadPolicy(join(import.meta.dirname, "../../../policy"));
const most = policy.file.tiers.AUTO.attempts;
const decision: Decision = {
  tier: "AUTO",
  proposedTier: "AUTO",
  rules: [],
  reason: "",
  recipes: ["use-gmake"],
};
const usage = {
  uncachedTokens: 60,
  cachedTokens: 30,
  outputTokens: 10,
  reasoningTokens: 0,
  estimated: false,
};

const patience = { timeout: 50_000 };
let place: Place;
let manager: EnvironmentManager;
beforeAll(async () => {
  place = await createPlace();
  manager = await place.manager("plain");
});
afterAll(() => place.remove());

type Attempt = (request: AttemptRequest) => Partial<AttemptReport> | Promise<Partial<AttemptReport>>;
const ends = (outcome: AttemptOutcome, more: Partial<AttemptReport> = {}) => ({ outcome, ...more });

/** One case whose patch job is carried as the server does it, with an attempt of the test's own each time. */
async function createBench(
  attempt: Attempt,
  before: readonly NewEvent[] = [],
  { withModel = true, environments = manager } = {},
) {
  const store = openStore({ dir: join(place.folder, randomUUID()), now: () => 5 });
  store.append([
    { type: "target/seen", payload: { name: "@main", firstSeenAt: 1000 } },
    { type: "run/changed", payload: sampleRun() },
    { type: "bundle/added", payload: sampleBundle({ origin }) },
    { type: "case/changed", payload: sampleCase({ origin, state: "triaged", decision }) },
    ...before,
  ]);
  const asked: { by: string; number: number; tried: string[] }[] = [];
  const none = { outcome: "gave-up", summary: "", diff: "", turns: 1, builds: 2, usage } as const;
  const agent = (provider: string): Agent => ({
    ...{ provider, model: provider },
    async attempt(request) {
      asked.push({ by: provider, number: request.number, tried: request.ledger.map((one) => one.outcome) });
      return { ...none, ...(await attempt(request)) };
    },
  });
  const builder = createBuilder("bsd-make", place.config("plain").builder);
  const live = new LiveFeed({ redact, now: () => 7 });
  const shared = {
    ...{ store, manager: environments, builder, live, buildTimeoutMs: 120_000 },
    ...{ now: () => 7, newId: randomUUID },
  };
  const stages = {
    patch: patchStage({
      ...shared,
      policy,
      recipes: agent("recipes"),
      models: new Map(withModel ? [["patch", agent("model")] as const] : []),
      costOf: ({ model }, { outputTokens }) => (model === "dear" ? 100 * outputTokens : null),
      prices: [],
    }),
    verify: verifyStage({
      ...{ store, live },
      setup: { ...shared, timeoutMs: 120_000, diagnose: () => Promise.reject(new Error("not asked here")) },
    }),
  };
  const health = waitsForHealth(environments);
  const mustWait = (job: Job) => health(job) !== null;
  const queue = new LeasedQueue({ ...shared, limit: 9, leaseMs: 60_000, maxLeases: 5, mustWait });
  const log = () => {};
  const pool = new WorkerPool({ store, queue, stages, workers: 1, renewMs: 1000, now: Date.now, log });
  const subject = () => store.case("case-1") as Case;
  return {
    ...{ store, queue, pool, asked, subject },
    /** Carries a job of that kind to its end, or the one that waits. */
    async carry(kind: "patch" | "verify", tier?: Tier) {
      const { id } = queue.enqueue({ kind, caseId: "case-1", requestedBy: "ann", tier });
      pool.wake();
      await expect.poll(() => store.job(id)?.endedAt ?? null, { timeout: 50_000 }).not.toBeNull();
      return store.job(id);
    },
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      store.close();
      expect(await manager.list()).toEqual([]);
    },
  };
}

/** What the tracker makes of one more failure of the port, with another signature. */
function failsOtherwise(store: Store, subject: Case): void {
  const reopened = { state: "open", signature: "bbbb", decision: null, diffSha256: null } as const;
  store.append([{ type: "case/changed", payload: { ...subject, ...reopened } }]);
}

test("rules try first, then the model as often as the policy allows, each told of those before", async () => {
  await using bench = await createBench(() => ends("gave-up", { summary: "no idea" }));
  expect(await bench.carry("patch")).toMatchObject({ state: "done" });
  expect(bench.asked.map(({ by }) => by)).toEqual(["recipes", ...Array(most - 1).fill("model")]);
  expect(bench.asked.map(({ number, tried }) => [number, tried.length])).toEqual(
    bench.asked.map((_, index) => [index + 1, index]),
  );
  expect(bench.subject()).toMatchObject({
    ...{ state: "escalated", attempts: most, builds: 2 * most, tokens: 100 * most, diffSha256: null },
    handOver: expect.stringMatching(/no idea/),
  });
});

test("the first fix ends the attempts and goes to its proof", async () => {
  await using bench = await createBench(() => ends("fixed", { diff: "a diff" }));
  expect(await bench.carry("patch")).toMatchObject({ state: "done" });
  expect(bench.asked).toHaveLength(1);
  const { state, diffSha256 } = bench.subject();
  expect(state).toBe("proving");
  expect((await bench.store.blobs.read(diffSha256 ?? "")).data.toString()).toBe("a diff");
  expect(bench.store.attemptsOf("case-1")).toMatchObject([{ outcome: "fixed", diffSha256, endedAt: 7 }]);
});

test("a question to the porter ends the attempts", async () => {
  await using bench = await createBench(() => ends("needs-context", { summary: "Which libx is meant?" }));
  await bench.carry("patch");
  expect(bench.asked).toHaveLength(1);
  expect(bench.subject()).toMatchObject({
    state: "escalated",
    handOver: expect.stringMatching(/Which libx/),
  });
});

const changed = (changes: Partial<Case>): NewEvent => ({
  type: "case/changed",
  payload: sampleCase({ origin, state: "triaged", decision, ...changes }),
});

test("what a person asks for is another job: earlier attempts do not count, its own tier does, a diff stays", async () => {
  const diffSha256 = "2".repeat(64);
  const budgets: number[] = [];
  await using bench = await createBench(
    ({ budget }) => {
      budgets.push(budget.tokens);
      return ends("gave-up");
    },
    [
      { type: "job/changed", payload: sampleJob({ state: "done", endedAt: 4 }) },
      { type: "attempt/changed", payload: sampleAttempt({ outcome: "gave-up", endedAt: 2 }) },
      changed({ diffSha256, decision: { ...decision, recipes: [] } }),
    ],
  );
  const { attempts, tokens } = policy.file.tiers.ASSIST;
  expect(await bench.carry("patch", "ASSIST")).toMatchObject({ state: "done" });
  expect(bench.asked.map(({ by }) => by)).toEqual(Array(attempts).fill("model"));
  expect(budgets).toEqual(Array(attempts).fill(tokens));
  expect(bench.store.attemptsOf("case-1").map(({ tier }) => tier)).toEqual([
    ...["AUTO", ...Array(attempts).fill("ASSIST")],
  ]);
  expect(bench.subject()).toMatchObject({ state: "escalated", diffSha256 });
});

const cap = policy.file.tiers.AUTO.attemptsPerFailure ?? 0;
const failedBefore = (count: number, signature = "aaaa"): NewEvent[] => [
  { type: "job/changed", payload: sampleJob({ id: "job-0", state: "done", endedAt: 4 }) },
  ...Array.from({ length: count }, (_, index) => ({
    type: "attempt/changed" as const,
    payload: sampleAttempt({
      ...{ id: `before-${index}`, jobId: "job-0", number: index + 1, signature },
      ...{ outcome: "gave-up", startedAt: 2, endedAt: 3 },
    }),
  })),
];

test("a failure that was tried often enough goes to a person, until something new is said", async () => {
  await using bench = await createBench(() => ends("gave-up"), failedBefore(cap));
  expect(await bench.carry("patch")).toMatchObject({ state: "done" });
  expect(bench.asked).toEqual([]);
  const handOver = expect.stringMatching(
    new RegExp(`${cap} attempts at this same failure .*attemptsPerFailure of AUTO.*case context ${origin}`),
  );
  expect(bench.subject()).toMatchObject({ state: "escalated", handOver });
  const text = "the makefile wants GNU make";
  const note = { caseId: "case-1", who: "ann", kind: "context" as const, text, at: 4 };
  bench.store.append([{ type: "note/recorded", payload: note }]);
  await bench.carry("patch");
  expect(bench.asked).toHaveLength(most);
});

test("a job ends when its own attempts come to the cap; those at another failure do not count", async () => {
  await using bench = await createBench(() => ends("gave-up"), failedBefore(cap - 1));
  await bench.carry("patch");
  expect(bench.asked).toHaveLength(1);
  expect(bench.subject()).toMatchObject({ handOver: expect.stringMatching(/attempts at this same failure/) });
  await using other = await createBench(() => ends("gave-up"), failedBefore(cap, "bbbb"));
  await other.carry("patch");
  expect(other.asked).toHaveLength(most);
  expect(other.store.attemptsOf("case-1").at(-1)).toMatchObject({ signature: "aaaa" });
});

test("a case whose class came to a person's hands meanwhile is not attempted, whoever asked", async () => {
  const held = changed({ classification: "fetch-checksum" });
  await using bench = await createBench(() => ends("gave-up"), [held]);
  expect(await bench.carry("patch", "AUTO")).toMatchObject({ state: "done" });
  expect(bench.asked).toEqual([]);
  const handOver = expect.stringMatching(/leaves this to a person, whoever asks: fetch-checksum always/);
  expect(bench.subject()).toMatchObject({ state: "escalated", handOver });
});

test("what was proved for another case of the same failure is tried first, also where no recipe knows it", async () => {
  await using bench = await createBench(
    (request) => ends("gave-up", { summary: request.kin[0]?.diff }),
    [changed({ decision: { ...decision, recipes: [] } })],
  );
  const diffSha256 = await bench.store.blobs.put(Buffer.from("its fix"));
  const kin = { id: "case-2", origin: "games/other", state: "waiting", proofId: "p", diffSha256 } as const;
  bench.store.append([changed({ ...kin, signature: bench.subject().signature })]);
  await bench.carry("patch");
  expect(bench.asked.map(({ by }) => by)).toEqual(["recipes", ...Array(most - 1).fill("model")]);
  expect(bench.store.attemptsOf("case-1")[0]?.summary).toContain("its fix");
  // A trial of that fix alone asks no model, however many attempts there were.
  bench.asked.length = 0;
  const trial = { kind: "patch", caseId: "case-1", requestedBy: "automation", kin: true } as const;
  const { id } = bench.queue.enqueue(trial);
  bench.pool.wake();
  await expect.poll(() => bench.store.job(id)?.endedAt ?? null, { timeout: 50_000 }).not.toBeNull();
  expect(bench.asked.map(({ by }) => by)).toEqual(["recipes"]);
  expect(bench.subject()).toMatchObject({ state: "escalated", handOver: expect.stringContaining("its fix") });
});

test("where there is nobody to try, the account says so", async () => {
  const nobody = changed({ decision: { ...decision, recipes: [] } });
  await using bench = await createBench(() => ends("gave-up"), [nobody], { withModel: false });
  expect(await bench.carry("patch")).toMatchObject({ state: "done" });
  const handOver = expect.stringMatching(/No rule matches the evidence and no model/);
  expect(bench.subject()).toMatchObject({ state: "escalated", attempts: 0, handOver });
});

const rebuiltFirst = { ...decision, rules: ["rebuild-first"] };

test("after a failure of the machine the port is built again, unchanged, before anybody tries", async () => {
  await using bench = await createBench(() => ends("gave-up"), [changed({ decision: rebuiltFirst })]);
  expect(await bench.carry("patch")).toMatchObject({ state: "done" });
  expect(bench.asked).toHaveLength(most);
  expect(bench.subject()).toMatchObject({ state: "escalated", handOver: expect.stringMatching(/gave-up/) });
});

test("where it builds unchanged the case is closed with the log; the second time a person is to look", async () => {
  const fails = { origin: "devel/pkgconf", state: "triaged", decision: rebuiltFirst } as const;
  await using bench = await createBench(() => ends("gave-up"), [changed(fails)]);
  expect(await bench.carry("patch")).toMatchObject({ state: "done", error: null });
  const [note] = bench.store.notes({ caseId: "case-1" }, { limit: 9 }).items;
  const words = expect.stringMatching(/^Closed: the port builds unchanged .* opens it again/);
  expect(bench.subject()).toMatchObject({ state: "closed", tokens: 0, attempts: 0, handOver: words });
  expect(note).toMatchObject({ who: "portwright", text: words });
  const log = /[0-9a-f]{64}/.exec(note?.text ?? "")?.[0] ?? "";
  expect(String((await bench.store.blobs.read(log)).data)).toContain("-- Phase: package");

  bench.store.append([{ type: "case/changed", payload: { ...bench.subject(), ...fails, handOver: null } }]);
  expect(await bench.carry("patch")).toMatchObject({ state: "done" });
  const again = expect.stringMatching(/builds unchanged .*not for the first time/);
  expect(bench.subject()).toMatchObject({ state: "escalated", handOver: again });
  expect(bench.asked).toEqual([]);
});

test("a job that goes on after a crash counts the attempts that it made, and what the cut one cost", async () => {
  const cut = { id: "cut", number: 2, startedAt: 3, turns: 1, usage };
  await using bench = await createBench(
    () => ends("gave-up"),
    [
      { type: "job/changed", payload: sampleJob({ state: "queued", leaseExpiresAt: null }) },
      {
        type: "attempt/changed",
        payload: sampleAttempt({ provider: "recipes", outcome: "gave-up", endedAt: 2 }),
      },
      {
        type: "attempt/changed",
        payload: sampleAttempt({ id: "cut-before", number: 3, outcome: "error", startedAt: 2, endedAt: 2 }),
      },
      { type: "attempt/changed", payload: sampleAttempt(cut) },
      { type: "turn/recorded", payload: sampleTurn({ attemptId: "cut", usage }) },
    ],
  );
  expect(await bench.carry("patch")).toMatchObject({ id: "job-1", state: "done", fence: 2 });
  expect(bench.asked.map(({ by }) => by)).toEqual(Array(most - 1).fill("model"));
  expect(bench.store.attempt("cut")).toMatchObject({ outcome: "error", turns: 1, usage, endedAt: 7 });
  expect(bench.subject()).toMatchObject({ state: "escalated", attempts: most, tokens: 100 * most });
});

test.for([
  ["devel/pkgconf", "closed", /builds unchanged/],
  [
    origin,
    "escalated",
    /failed again when it was built unchanged. The policy leaves this to a person: as told/,
  ],
] as const)(
  "what the policy leaves to a person is built again before he is asked: %s is %s",
  async ([port, state, words]) => {
    const rules = ["rebuild-first"];
    const left: Decision = { ...decision, tier: "MANUAL", rules, rebuild: true, reason: "as told" };
    await using bench = await createBench(() => ends("gave-up"), [changed({ origin: port, decision: left })]);
    const options = {
      store: bench.store,
      queue: bench.queue,
      repairable: () => true,
      log: () => {},
      now: () => 7,
    };
    using _following = automate(options);
    await expect.poll(() => bench.subject().state, { timeout: 50_000 }).toBe(state);
    expect(bench.asked).toEqual([]);
    expect(bench.subject()).toMatchObject({ attempts: 0, handOver: expect.stringMatching(words) });
  },
);

test("a server that closes leaves the attempt open for the next one, and the case as it is", async () => {
  const before = changed({ state: "escalated", handOver: "words of an earlier attempt" });
  await using bench = await createBench(
    async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return ends("stopped");
    },
    [before],
  );
  const { id } = bench.queue.enqueue({ kind: "patch", caseId: "case-1", requestedBy: "ann" });
  await expect.poll(() => bench.asked.length).toBe(1);
  await bench.pool[Symbol.asyncDispose]();
  expect(bench.store.job(id)).toMatchObject({ state: "queued" });
  expect(bench.store.attemptsOf("case-1")).toMatchObject([{ outcome: null, endedAt: null }]);
  expect(bench.subject()).toMatchObject({ state: "patching", attempts: 0, handOver: null });
  // In its environment the next server goes on.
  for (const { name } of await manager.list()) await manager.destroy(name);
});

const openWith = (changes: Parameters<typeof sampleAttempt>[0]): NewEvent[] => [
  { type: "job/changed", payload: sampleJob({ state: "queued", leaseExpiresAt: null }) },
  { type: "attempt/changed", payload: sampleAttempt({ provider: "model", model: "model", ...changes }) },
  { type: "turn/recorded", payload: sampleTurn({ usage }) },
];

test("an attempt in whose same turn servers end again and again is not taken up once more, and counts", async () => {
  const open = openWith({ turns: 2, usage: addUsage(usage, usage), resumed: { turn: 1, times: 3 } });
  await using bench = await createBench(() => ends("gave-up"), open);
  expect(await bench.carry("patch")).toMatchObject({ id: "job-1", state: "done" });
  expect(bench.store.attempt("attempt-1")).toMatchObject({
    ...{ outcome: "stalled", turns: 1, usage: addUsage(usage, usage), endedAt: 7 },
    summary: expect.stringMatching(/cut short 4 times in the middle of turn 2/),
  });
  expect(bench.store.attemptsOf("case-1")).toHaveLength(most);
});

test("one that cannot go on ends with the reason, and a fresh one takes its place", async () => {
  await using bench = await createBench(
    () => ends("gave-up"),
    openWith({ turns: 1, usage, resumed: { turn: 0, times: 3 } }),
  );
  await bench.carry("patch");
  expect(bench.store.attempt("attempt-1")).toMatchObject({
    ...{ outcome: "error", turns: 1, usage, resumed: { turn: 1, times: 1 } },
    summary: expect.stringMatching(/cannot go on: there is no environment named attempt-attempt-1/),
  });
  expect(bench.store.attemptsOf("case-1")).toHaveLength(most + 1);
});

const made = `ports/${origin}/made`;
const fix = `diff --git a/${made} b/${made}\nnew file mode 100644\n--- /dev/null\n+++ b/${made}\n@@ -0,0 +1 @@\n+made\n`;
const fellOut = new Unhealthy([
  { kind: "kind-available", name: "ssh", ok: false, message: "the connection broke", action: "see to it" },
]);

test("an attempt whose host falls out goes on where it was; no attempt is counted and nothing handed over", async () => {
  const states: string[] = [];
  const turns: (number | undefined)[] = [];
  const path = `/work/DeltaPorts/${made}`;
  await using bench = await createBench(async ({ attemptId, onAnswer, onTurn, resume, environment }) => {
    turns.push(resume?.record.turns.length);
    if (resume !== undefined) return ends("fixed", { diff: (await environment.files.read(path)).toString() });
    await environment.files.write(path, Buffer.from("a diff"));
    onAnswer(1, { usage, lostBy: [], costMicros: undefined });
    onTurn(sampleTurn({ attemptId, usage }));
    throw fellOut;
  });
  using _states = bench.store.onAppend((events) => {
    for (const { type, payload } of events) if (type === "case/changed") states.push(payload.state);
  });
  expect(await bench.carry("patch")).toMatchObject({ state: "done", error: null, fence: 2 });
  expect(turns).toEqual([undefined, 1]);
  expect(bench.store.attemptsOf("case-1")).toMatchObject([{ outcome: "fixed", resumed: { times: 1 } }]);
  expect(bench.subject()).toMatchObject({ state: "proving", attempts: 1, tokens: 100 });
  expect(states).not.toContain("escalated");
});

test("a host that falls out whenever work has begun is given up after some times, whatever it waits between", async () => {
  let waits = 0;
  const falls: EnvironmentManager = {
    ...manager,
    // Every other time it is found before work begins, which says nothing of the job.
    ready: async () => {
      if (waits++ % 2 === 1) throw fellOut;
    },
  };
  await using bench = await createBench(() => Promise.reject(fellOut), [], { environments: falls });
  const costOf = () => null;
  using _ending = endWithJob({ store: bench.store, manager, costOf, now: () => 7 }, () => {});
  expect(await bench.carry("patch")).toMatchObject({
    ...{ state: "failed", error: expect.stringMatching(/begun 5 times in a row/) },
  });
  expect(bench.asked.length).toBeLessThanOrEqual(6);
  expect(bench.subject()).toMatchObject({ state: "escalated" });
  await expect.poll(() => manager.list(), patience).toEqual([]);
});

test("a proof whose host falls out is made anew, and says nothing of the diff", async () => {
  let asked = 0;
  const falls: EnvironmentManager = {
    ...manager,
    create: (request) => (asked++ === 0 ? Promise.reject(fellOut) : manager.create(request)),
  };
  await using bench = await createBench(() => ends("gave-up"), [], { environments: falls });
  const diffSha256 = await bench.store.blobs.put(Buffer.from(fix));
  bench.store.append([changed({ state: "escalated", diffSha256 })]);
  expect(await bench.carry("verify")).toMatchObject({ state: "done", fence: 2 });
  expect(asked).toBe(2);
  expect(bench.store.proofsOf("case-1")).toMatchObject([{ reason: "not asked here" }]);
});

test("what a stand-in used for nothing is paid at its price, under earlier servers too", async () => {
  const lost = (outputTokens: number) => ({
    ...{ provider: "elsewhere", model: "dear" },
    usage: { ...usage, uncachedTokens: 0, cachedTokens: 0, outputTokens },
  });
  await using bench = await createBench(() => ends("needs-context", { lostBy: [lost(7)] }));
  await bench.carry("patch");
  expect(bench.store.attemptsOf("case-1")).toMatchObject([{ costMicros: 700, lostBy: [lost(7)] }]);
  expect(bench.subject().costMicros).toBe(700);
  const open = openWith({ turns: 2, usage: addUsage(usage, usage), lostBy: [lost(3)] });
  const broken = { ...open[1], payload: { ...open[1]?.payload, resumed: { turn: 1, times: 3 } } } as NewEvent;
  await using other = await createBench(
    () => ends("gave-up"),
    [...open.slice(0, 1), broken, ...open.slice(2)],
  );
  await other.carry("patch");
  expect(other.store.attempt("attempt-1")).toMatchObject({ costMicros: 300, lostBy: [lost(3)] });
});

test("an attempt that goes on is told what was lost with earlier servers, and by whom, once", async () => {
  const lost = (outputTokens: number) => ({
    ...{ provider: "elsewhere", model: "dear" },
    usage: { ...usage, outputTokens },
  });
  const told: AttemptRequest["lost"][] = [];
  const gives: Attempt = (request) => {
    told.push(request.lost);
    return ends("needs-context");
  };
  const [queued] = openWith({});
  const model = { provider: "model", model: "model" };
  const first = sampleAttempt({ ...model, usage: lost(3).usage, lostBy: [lost(3)] });
  await using bench = await createBench(gives, [
    queued as NewEvent,
    { type: "attempt/changed", payload: first },
  ]);
  await bench.carry("patch");
  const all = [usage, lost(3).usage, lost(4).usage].reduce(addUsage);
  const second = sampleAttempt({ ...model, turns: 2, usage: all, lostBy: [lost(3), lost(4)] });
  const trace: Turn["trace"] = {
    heard: [],
    finish: "calls",
    elapsedMs: 1,
    lost: lost(3).usage,
    lostBy: [lost(3)],
  };
  await using other = await createBench(gives, [
    queued as NewEvent,
    { type: "attempt/changed", payload: second },
    {
      type: "turn/recorded",
      payload: sampleTurn({ usage, trace }),
    },
  ]);
  await manager.create({ name: environmentName(second), target: "@main" });
  await other.carry("patch");
  expect(told).toEqual([lost(3), lost(4)].map((by) => ({ usage: by.usage, by: [by] })));
});

test("what an attempt used is kept when its agent breaks, be it as the server closes", async () => {
  const used = { ...usage, outputTokens: 500 };
  const breaks: Attempt = ({ onAnswer, onTurn, attemptId }) => {
    onAnswer(1, { usage: used, lostBy: [], costMicros: undefined });
    onTurn(sampleTurn({ attemptId }));
    throw new Error("no such tool");
  };
  await using bench = await createBench(breaks);
  await bench.carry("patch");
  expect(bench.store.attemptsOf("case-1")).toMatchObject([{ outcome: "error", turns: 1, usage: used }]);
  await using closing = await createBench(async (request) => {
    const { signal } = request;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return breaks(request);
  });
  closing.queue.enqueue({ kind: "patch", caseId: "case-1", requestedBy: "ann" });
  await expect.poll(() => closing.asked.length).toBe(1);
  await closing.pool[Symbol.asyncDispose]();
  expect(closing.store.attemptsOf("case-1")).toMatchObject([{ outcome: null, turns: 1, usage: used }]);
  for (const { name } of await manager.list()) await manager.destroy(name);
});

test("an attempt that breaks is recorded, and the case goes to a person with the reason", async () => {
  await using bench = await createBench(() => Promise.reject(new Error("no such tool")));
  expect(await bench.carry("patch")).toMatchObject({ state: "failed", error: "no such tool" });
  expect(bench.store.attemptsOf("case-1")).toMatchObject([
    { outcome: "error", summary: "no such tool", endedAt: 7 },
  ]);
  const handOver = expect.stringMatching(/ended before its time: no such tool/);
  expect(bench.subject()).toMatchObject({ state: "escalated", handOver, attempts: 1 });
});

test.for(["open", "triaged"] as const)(
  "a fix of a failure in whose place there is another one, now %s, stays with its attempt",
  async (state) => {
    let store: Store | null = null;
    await using bench = await createBench(() => {
      if (store !== null) failsOtherwise(store, store.case("case-1") as Case);
      if (state === "triaged") store?.append([changed({ state, signature: "bbbb" })]);
      return ends("fixed", { diff: "a diff" });
    });
    store = bench.store;
    expect(await bench.carry("patch")).toMatchObject({ state: "cancelled" });
    expect(bench.store.attemptsOf("case-1")).toMatchObject([{ outcome: "fixed", endedAt: 7 }]);
    expect(bench.subject()).toMatchObject({
      state,
      signature: "bbbb",
      diffSha256: null,
      handOver: null,
    });
  },
);

test("a diff that cannot be read any more ends its proof, and the case goes to a person", async () => {
  const lost = sampleCase({ origin, state: "proving", decision, diffSha256: "1".repeat(64) });
  await using bench = await createBench(() => ends("gave-up"), [{ type: "case/changed", payload: lost }]);
  expect(await bench.carry("verify")).toMatchObject({ state: "failed" });
  expect(bench.subject()).toMatchObject({
    state: "escalated",
    handOver: expect.stringMatching(/verify.*1111/),
  });
});

test("where no environment can be made nobody is asked and no token is spent; the case says what to do", async () => {
  await using bench = await createBench(() => ends("fixed"));
  const stray = join(place.trees.deltaPorts, "stray");
  await writeFile(stray, "");
  try {
    expect(await bench.carry("patch")).toMatchObject({ state: "failed" });
  } finally {
    await rm(stray);
  }
  expect(bench.asked).toEqual([]);
  expect(bench.subject()).toMatchObject({
    ...{ state: "escalated", tokens: 0, builds: 0 },
    handOver: expect.stringMatching(/stray/),
  });
});

const gibibyte = 1024 ** 3;

/** A manager of this place whose disk has as much room as is said. */
async function roomyManager() {
  const disk = { free: gibibyte / 4, now: 0 };
  const options = { freeBytes: async () => disk.free, now: () => disk.now, stateDir: place.stateDir };
  return { disk, environments: await place.manager("plain", options) };
}

test("with little room on the disk a job waits as it was, at no tokens, and goes on when there is room", async () => {
  const { disk, environments } = await roomyManager();
  await using bench = await createBench(() => ends("gave-up"), [], { environments });
  const begun = bench.subject();
  const { id } = bench.queue.enqueue({ kind: "patch", caseId: "case-1", requestedBy: "ann" });
  bench.pool.wake();
  await expect.poll(() => environments.unready(), patience).toMatch(/0\.3 GiB free.*make room there/);
  await expect.poll(() => bench.store.job(id), patience).toMatchObject({ state: "queued", error: null });
  expect(bench.subject()).toEqual({ ...begun, state: "patching", updatedAt: 7 });
  expect(bench.store.attemptsOf("case-1")).toEqual([]);
  // The host is not looked at for ever: leased again, the job would be given back once more.
  const { fence } = bench.store.job(id) ?? {};
  bench.pool.wake();
  expect(bench.store.job(id)).toMatchObject({ state: "queued", fence });
  expect(bench.asked).toEqual([]);
  disk.free = 5 * gibibyte;
  disk.now = 60_000;
  await expect.poll(() => environments.unready(), patience).toBeNull();
  bench.pool.wake();
  await expect.poll(() => bench.store.job(id)?.endedAt ?? null, patience).not.toBeNull();
  expect(bench.asked).toHaveLength(most);
  expect(bench.subject().state).toBe("escalated");
});

test("an attempt of an earlier server waits for a host that is in order, and keeps its turns and its place", async () => {
  const { disk, environments } = await roomyManager();
  const attempt = sampleAttempt({ caseId: "case-1", jobId: "job-1", outcome: null, endedAt: null, turns: 1 });
  const begun: NewEvent[] = [
    { type: "job/changed", payload: sampleJob({ id: "job-1", kind: "patch", state: "queued" }) },
    { type: "attempt/changed", payload: { ...attempt, provider: "model", model: "model" } },
    { type: "turn/recorded", payload: sampleTurn({ attemptId: attempt.id, number: 1 }) },
  ];
  await using bench = await createBench(() => ends("needs-context"), begun, { environments });
  const name = environmentName(attempt);
  disk.free = 5 * gibibyte;
  await environments.create({ name, target: "@main" });
  disk.free = 0;
  bench.pool.wake();
  await expect.poll(() => environments.unready(), patience).toMatch(/make room there/);
  await expect.poll(() => bench.store.job("job-1")?.state, patience).toBe("queued");
  expect(bench.store.attemptsOf("case-1")).toMatchObject([{ outcome: null, endedAt: null, turns: 1 }]);
  expect((await environments.list()).map((info) => info.name)).toEqual([name]);
  expect(bench.asked).toEqual([]);
  disk.free = 5 * gibibyte;
  disk.now = 60_000;
  await expect.poll(() => environments.unready(), patience).toBeNull();
  bench.pool.wake();
  await expect.poll(() => bench.store.job("job-1")?.endedAt ?? null, patience).not.toBeNull();
  expect(bench.asked).toMatchObject([{ by: "model", number: attempt.number }]);
  expect(bench.store.attemptsOf("case-1")).toMatchObject([{ outcome: "needs-context" }]);
});

test("a proof waits for a host that is in order, and records nothing before", async () => {
  const { environments } = await roomyManager();
  await using bench = await createBench(() => ends("fixed", { diff: "no diff of this port" }));
  await bench.carry("patch");
  await using later = await createBench(
    () => ends("gave-up"),
    [{ type: "case/changed", payload: { ...bench.subject(), diffSha256: null } }],
    { environments },
  );
  const diffSha256 = await later.store.blobs.put(Buffer.from("no diff of this port"));
  const request = { kind: "verify", caseId: "case-1", requestedBy: "ann", diffSha256 } as const;
  const { id } = later.queue.enqueue(request);
  later.pool.wake();
  await expect.poll(() => environments.unready(), patience).toMatch(/make room there/);
  await expect.poll(() => later.store.job(id)?.state, patience).toBe("queued");
  expect(later.subject().state).toBe("proving");
  expect(later.store.proofsOf("case-1")).toEqual([]);
});

test("a proof that a person asks for moves the case, also one that was handed over", async () => {
  await using bench = await createBench(() => ends("fixed", { diff: "no diff of this port" }));
  await bench.carry("patch");
  bench.store.append([{ type: "case/changed", payload: { ...bench.subject(), state: "escalated" } }]);
  expect(await bench.carry("verify")).toMatchObject({ state: "done" });
  const [proof] = bench.store.proofsOf("case-1");
  expect(proof).toMatchObject({
    verdict: "diff-rejected",
    attemptId: bench.store.attemptsOf("case-1")[0]?.id,
  });
  const handOver = expect.stringMatching(/not proved \(diff-rejected\)/);
  expect(bench.subject()).toMatchObject({ state: "escalated", proofId: proof?.id, handOver });
});

test("a proof that ends when its case has gone on is kept, and moves nothing", async () => {
  await using bench = await createBench(() => ends("fixed", { diff: "no diff of this port" }));
  await bench.carry("patch");
  const { store } = bench;
  const built = { ...bench.subject(), state: "closed" } as const;
  const builder = createBuilder("bsd-make", place.config("plain").builder);
  const append = (...events: NewEvent[]) => void store.append(events);
  let reads = 0;
  const now = () => {
    // The third is the proof's own end.
    reads += 1;
    if (reads === 3) append({ type: "case/changed", payload: built });
    return 7;
  };
  const stage = verifyStage({
    ...{ store, live: new LiveFeed({ redact, now }) },
    setup: {
      ...{ manager, builder, timeoutMs: 1000, now, newId: () => "proof-9" },
      diagnose: () => Promise.reject(new Error("not asked here")),
    },
  });
  const signal = new AbortController().signal;
  const job = sampleJob({ kind: "verify" });
  await stage({ job, signal, append, held: () => false, standAside: (wait) => wait(), conclude: append });
  expect(store.proof("proof-9")).toMatchObject({ verdict: "diff-rejected" });
  expect(bench.subject()).toEqual(built);
});
