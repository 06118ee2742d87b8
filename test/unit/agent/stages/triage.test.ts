import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CostOf } from "../../../../server/src/agent/model/configured.ts";
import type { Completion, ModelProvider } from "../../../../server/src/agent/model/types.ts";
import { triageStage } from "../../../../server/src/agent/stages/triage.ts";
import type { JobContext } from "../../../../server/src/jobs/types.ts";
import { loadPolicy } from "../../../../server/src/policy/load.ts";
import { needsPerson } from "../../../../server/src/protocol/attention.ts";
import type { Bundle, Case, NewEvent, Tier } from "../../../../server/src/protocol/index.ts";
import { openStore } from "../../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../../server/src/store/types.ts";
import { sampleBundle, sampleCase, sampleJob, sampleRun } from "../../../fixtures/states/entities.ts";

const policy = loadPolicy(join(import.meta.dirname, "../../../../policy"));
const { diagnosis } = sampleBundle();
const unclear = sampleBundle({
  diagnosis: { ...diagnosis, classification: "unknown", confidence: "low", extract: "ld: cannot find -lx\n" },
});
const answered = JSON.stringify({
  ...{ classification: "link-error", confidence: "high", platform: "generic" },
  ...{ rootCause: "libx is missing", evidence: ["ld: cannot find -lx"], suggestedFix: "add it" },
});

let dir: string;
let store: Store;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-triage-"));
  store = openStore({ dir, now: () => 5 });
  store.append([
    { type: "target/seen", payload: { name: "@main", firstSeenAt: 1000 } },
    { type: "run/changed", payload: sampleRun() },
    { type: "bundle/added", payload: unclear },
    {
      type: "case/changed",
      payload: sampleCase({ classification: "unknown", confidence: "low", tokens: 5 }),
    },
  ]);
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

interface Told {
  /** What happens before the model answers for the n-th time. */
  meanwhile?: (() => void)[];
  canModel?: boolean;
  canRebuild?: boolean;
  tier?: Tier;
  /** Who answers in place of the model. */
  answeredBy?: Completion["answeredBy"];
  costOf?: CostOf;
  signal?: AbortSignal;
}

/** Diagnoses case-1 with a model that answers always the same. */
async function diagnose({
  meanwhile = [],
  canModel = true,
  canRebuild = false,
  tier,
  answeredBy,
  costOf = () => null,
  signal = new AbortController().signal,
}: Told = {}) {
  const asked: string[] = [];
  const model: ModelProvider = {
    name: "told",
    model: "told",
    async complete({ messages }): Promise<Completion> {
      asked.push(messages.map(({ content }) => content).join("\n"));
      meanwhile[asked.length - 1]?.();
      const usage = { uncachedTokens: 90, cachedTokens: 0, outputTokens: 10 };
      return {
        ...{ text: answered, reasoning: "", calls: [], finish: "stop" },
        usage: { ...usage, reasoningTokens: 0, estimated: false },
        ...(answeredBy && { answeredBy }),
      };
    },
  };
  const append = (...events: NewEvent[]) => void store.append(events);
  const job = sampleJob({ kind: "triage", tier: tier ?? null });
  const context: JobContext = {
    ...{ job, signal, append, conclude: append },
    ...{ held: () => false, standAside: <T>(wait: () => Promise<T>) => wait() },
  };
  await triageStage({
    ...{ store, policy, canModel, costOf, model: () => model, now: () => 7 },
    canRebuild: () => canRebuild,
    redact: (text) => text,
  })(context);
  return { asked, subject: store.case("case-1") };
}

/** One more failure of the port, as the tracker takes it. */
function fails(bundle: Bundle, changes: Partial<Case>): void {
  const { id: bundleId, diagnosis } = bundle;
  const { classification, confidence } = diagnosis;
  const subject = sampleCase({ bundleId, bundles: 2, tokens: 5, classification, confidence, ...changes });
  store.append([
    { type: "bundle/added", payload: bundle },
    { type: "case/changed", payload: subject },
  ]);
}

test("what the model says of a failure is kept with what it cost", async () => {
  const { asked, subject } = await diagnose();
  expect(asked).toHaveLength(1);
  expect(subject).toMatchObject({ classification: "link-error", confidence: "high", tokens: 105 });
  expect(subject).toMatchObject({ state: "triaged", updatedAt: 7, handOver: null });
  expect(subject?.triage).toMatchObject({ confidence: "high", evidence: [expect.any(String)] });
});

test("an answer of another model in its place is paid at that one's price", async () => {
  const costOf: CostOf = ({ model }, { uncachedTokens }) => uncachedTokens * (model === "spare" ? 2 : 1);
  expect((await diagnose({ costOf })).subject?.costMicros).toBe(90);
  const spare = { provider: "elsewhere", model: "spare", reason: "down" };
  store.append([{ type: "case/changed", payload: sampleCase({ classification: "unknown" }) }]);
  expect((await diagnose({ costOf, answeredBy: spare })).subject?.costMicros).toBe(180);
});

test("the same failure that comes in meanwhile is counted", async () => {
  const { asked, subject } = await diagnose({ meanwhile: [() => fails({ ...unclear, id: "bundle-2" }, {})] });
  expect(asked).toHaveLength(1);
  expect(subject).toMatchObject({ state: "triaged", bundles: 2, bundleId: "bundle-2" });
});

test("another failure that comes in meanwhile is the one that is diagnosed", async () => {
  const extract = "ld: cannot find -lx\nand of another\n";
  const other = { ...unclear, id: "bundle-2", diagnosis: { ...unclear.diagnosis, extract } };
  const { asked, subject } = await diagnose({ meanwhile: [() => fails(other, { signature: "bbbb" })] });
  expect(asked.map((text) => text.includes("and of another"))).toEqual([false, true]);
  expect(subject).toMatchObject({ state: "triaged", signature: "bbbb", bundleId: "bundle-2", bundles: 2 });
  expect(subject?.tokens).toBe(205);
});

test("what was answered is paid where the diagnosis is stopped before its end", async () => {
  const stop = new AbortController();
  const before = store.case("case-1");
  const { signal } = stop;
  await expect(diagnose({ signal, meanwhile: [() => stop.abort(new Error("enough"))] })).rejects.toThrow(
    "enough",
  );
  expect(store.case("case-1")).toEqual({ ...before, tokens: 105 });
});

test("a port that was built meanwhile stays built", async () => {
  const closed = sampleCase({ state: "closed" });
  const built = () => void store.append([{ type: "case/changed", payload: closed }]);
  await expect(diagnose({ meanwhile: [built] })).rejects.toThrow(/closed/);
  expect(store.case("case-1")).toEqual({ ...closed, tokens: closed.tokens + 100 });
});

test("what no rule knows and no model is there for stays here where its failure is mended elsewhere", async () => {
  const diffSha256 = await store.blobs.put(Buffer.from("its fix"));
  const kin = { id: "case-2", origin: "devel/kin", state: "waiting", proofId: "p", diffSha256 } as const;
  store.append([{ type: "case/changed", payload: sampleCase(kin) }]);
  const { subject } = await diagnose({ canModel: false });
  expect(subject).toMatchObject({ state: "triaged", decision: { recipes: [] }, handOver: null });
});

test.each([
  ["timeout", "low", true],
  ["resource", "medium", false],
  ["infrastructure", "low", false],
] as const)("a %s of %s confidence is built again before a person or a model is asked", async (...given) => {
  const [classification, confidence, canModel] = given;
  fails({ ...unclear, id: "b2", diagnosis: { ...unclear.diagnosis, classification, confidence } }, {});
  const { asked, subject } = await diagnose({ canModel, canRebuild: true });
  expect(asked).toEqual([]);
  expect(subject).toMatchObject({ state: "triaged", handOver: null, decision: { rebuild: true } });
  expect(subject && needsPerson(subject)).toBe(false);
  // A person's own word on its tier comes first, and so does a builder that is not here.
  for (const more of [{ tier: "MANUAL" as const }, { canRebuild: false }]) {
    const { subject: other } = await diagnose({ canModel: false, canRebuild: true, ...more });
    expect(other).toMatchObject({ state: "escalated" });
    expect(other?.decision?.rebuild).toBeUndefined();
  }
});

test("what nobody here may or can repair goes to a person at once", async () => {
  const { subject: alone } = await diagnose({ canModel: false });
  expect(alone).toMatchObject({ state: "escalated", handOver: expect.stringMatching(/No rule matches/) });
  const { subject: kept } = await diagnose({ tier: "MANUAL" });
  expect(kept).toMatchObject({
    state: "escalated",
    handOver: expect.stringMatching(/leaves this to a person/),
  });
});
