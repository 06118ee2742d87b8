import { join } from "node:path";
import { expect, test } from "vitest";
import { waitsForBulk, waitsForModels } from "../../../../server/src/agent/stages/waits.ts";
import { ServerConfig } from "../../../../server/src/config/config.ts";
import { loadPolicy } from "../../../../server/src/policy/load.ts";
import type { Bundle, Job, JobKind } from "../../../../server/src/protocol/index.ts";
import { sampleBundle, sampleCase, sampleJob } from "../../../fixtures/states/entities.ts";

const policy = loadPolicy(join(import.meta.dirname, "../../../../policy"));
const { diagnosis } = sampleBundle();
const unclear: Partial<Bundle> = {
  diagnosis: { ...diagnosis, classification: "unknown", confidence: "low", findings: [] },
};
const patch = { model: "big" };

/** Why such a job waits, with the named models down. */
function why(
  job: Partial<Job>,
  down: string[],
  bundle: Partial<Bundle> = unclear,
  models: object = { patch },
) {
  const parsed = ServerConfig.parse({ models }).models;
  const store = { case: () => sampleCase(), bundle: () => sampleBundle(bundle) };
  const pool = { whyDown: (name: string) => (down.includes(name) ? `${name} is asleep` : null) };
  return waitsForModels({ store, policy, pool, models: parsed })(sampleJob(job));
}

const waits = (kind: JobKind, ...rest: [string[], Partial<Bundle>?, object?]) =>
  why({ kind }, ...rest) !== null;

test("a repair and an unclear diagnosis wait for the model that would be asked", () => {
  expect([waits("patch", ["patch"]), waits("triage", ["patch"])]).toEqual([true, true]);
  expect([waits("patch", []), waits("triage", [])]).toEqual([false, false]);
  expect(why({ kind: "patch" }, ["patch"])).toBe("no model answers: patch is asleep");
  // Such a job is begun, and tells at once what its person has to know.
  expect(why({ kind: "patch", requestedBy: "ann" }, ["patch"])).toBeNull();
});

test("a diagnosis waits for its own model alone", () => {
  const models = { patch, triage: { model: "small" } };
  expect(waits("triage", ["patch"], unclear, models)).toBe(false);
  expect(waits("triage", ["triage"], unclear, models)).toBe(true);
});

test("nothing waits that needs no model: what rules know, a proof, a server without models", () => {
  const clear = { diagnosis: { ...diagnosis, confidence: "high" as const } };
  expect(waits("triage", ["patch"], clear)).toBe(false);
  expect(waits("verify", ["patch"])).toBe(false);
  expect([waits("patch", ["patch"], unclear, {}), waits("triage", ["patch"], unclear, {})]).toEqual([
    false,
    false,
  ]);
});

test("what builds waits for a live bulk run where the policy says so, and says why; what a person asks for does not", () => {
  const file = (whileBulkRuns: "work" | "wait") => ({ file: { ...policy.file, whileBulkRuns } });
  let runs: { runId: string; remaining: number | null }[] | null = [{ runId: "r1", remaining: 40 }];
  const why = (job: Partial<Job>, rule: "work" | "wait" = "wait") =>
    waitsForBulk(file(rule), () => runs)(sampleJob(job));
  expect(why({ kind: "patch" })).toMatch(/^run r1 is live here with 40 ports to go/);
  expect(why({ kind: "verify" })).not.toBeNull();
  expect([why({ kind: "triage" }), why({ kind: "patch", requestedBy: "ann" })]).toEqual([null, null]);
  expect(why({ kind: "patch" }, "work")).toBeNull();
  runs = [{ runId: "r1", remaining: null }];
  expect(why({ kind: "patch" })).toMatch(/^run r1 is live here, and/);
  runs = [];
  expect(why({ kind: "patch" })).toBeNull();
  runs = null;
  expect(why({ kind: "patch" })).toMatch(/not known yet/);
  expect([why({ kind: "patch" }, "work"), why({ kind: "patch", requestedBy: "ann" })]).toEqual([null, null]);
  expect(policy.file.whileBulkRuns).toBe("work");
});
