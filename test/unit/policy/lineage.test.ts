import { expect, test } from "vitest";
import { failedAttempts, modelFor } from "../../../server/src/policy/lineage.ts";
import type { Attempt, Note, Proof } from "../../../server/src/protocol/index.ts";
import { sampleAttempt, sampleProof } from "../../fixtures/states/entities.ts";

const subject = { signature: "aaaa" };
const job = { context: "", queuedAt: 50 };
const tried = (changes: Partial<Attempt> = {}) =>
  sampleAttempt({ signature: "aaaa", outcome: "gave-up", startedAt: 10, ...changes });
const said = (changes: Partial<Note>): Note => ({
  ...{ caseId: "case-1", who: "ann", text: "look at USES", at: 20, kind: "context" },
  ...changes,
});
const refuted = (verdict: Proof["verdict"]) => ({
  attempts: [tried({ outcome: "fixed" })],
  proofs: [sampleProof({ verdict })],
});

test.each<[string, Partial<Parameters<typeof failedAttempts>[0]>, number]>([
  ["one that gave up", {}, 1],
  ["one whose budget ended", { attempts: [tried({ outcome: "budget" })] }, 1],
  ["one that a person stopped", { attempts: [tried({ outcome: "stopped" })] }, 0],
  ["one whose endpoint was down", { attempts: [tried({ outcome: "error" })] }, 0],
  ["one that is under way", { attempts: [tried({ outcome: null })] }, 0],
  ["one at another failure of the port", { attempts: [tried({ signature: "bbbb" })] }, 0],
  ["one from before failures were recorded", { attempts: [tried({ signature: undefined })] }, 0],
  ["a fix that its proof refuted", refuted("build-failed"), 1],
  ["a fix whose proof broke", refuted("error"), 0],
  ["a fix that is proved", refuted("proved"), 0],
  ["one before new context", { notes: [said({})] }, 0],
  ["one after older context", { notes: [said({ at: 5 })] }, 1],
  ["one before context that was taken away", { notes: [said({ text: "" })] }, 1],
  ["one before a comment that steers", { notes: [said({ kind: "comment", steers: true })] }, 0],
  ["one before a comment for people", { notes: [said({ kind: "comment" })] }, 1],
  ["one before a job with words of its own", { job: { ...job, context: "use gmake" } }, 0],
  ["one before a job with another model", { job: { ...job, model: "strong" } }, 0],
  ["one of such a job", { job: { ...job, model: "strong" }, attempts: [tried({ startedAt: 50 })] }, 1],
])("%s", (_name, more, failed) => {
  const lineage = { subject, attempts: [tried()], proofs: [], notes: [], job, ...more };
  expect(failedAttempts(lineage)).toHaveLength(failed);
});

test.each<[string, number, number, string]>([
  ["before anything failed", 0, 0, "patch"],
  ["when only rules failed", 2, 0, "patch"],
  ["when one model's attempt too few failed", 1, 1, "patch"],
  ["when as many failed", 0, 2, "strong"],
  ["when more failed", 1, 3, "strong"],
])("%s the next attempt is for the right model", (_name, rules, models, expected) => {
  const failed = [...Array(rules).fill(tried({ provider: "recipes" })), ...Array(models).fill(tried())];
  expect(modelFor({ escalate: { after: 2, model: "strong" } }, failed)).toBe(expected);
  expect(modelFor({}, failed)).toBe("patch");
});
