import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Attempt, NewEvent, Proof, RecipeUse } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import {
  sampleAttempt,
  sampleBundle,
  sampleCase,
  sampleProof,
  sampleStory,
} from "../../fixtures/states/entities.ts";

let dir: string;
let store: Store;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-recipes-"));
  store = openStore({ dir: join(dir, "first"), now: () => 1 });
  store.append(sampleStory());
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

const use = (id: string, end: RecipeUse["end"]): RecipeUse => ({ id, classification: "link-error", end });
const attempt = (id: string, recipes?: RecipeUse[], changes: Partial<Attempt> = {}): NewEvent => ({
  type: "attempt/changed",
  payload: sampleAttempt({ id, number: 7, ...(recipes && { recipes }), ...changes }),
});
const other: NewEvent[] = [
  { type: "bundle/added", payload: sampleBundle({ id: "other", origin: "devel/other" }) },
  { type: "case/changed", payload: sampleCase({ id: "other", origin: "devel/other", bundleId: "other" }) },
];
const proof = (id: string, attemptId: string, verdict: Proof["verdict"]): NewEvent => ({
  type: "proof/recorded",
  payload: sampleProof({ id, attemptId, verdict }),
});
const counts = (from: Store = store) =>
  Object.fromEntries(from.recipeOutcomes().map(({ recipe, proved, failed }) => [recipe, [proved, failed]]));

test("a use counts when its own build refuted it, or when the proof of its attempt has spoken", () => {
  store.append([attempt("a1", [use("wrong", "failed"), use("first", "helped"), use("second", "passed")])]);
  expect(counts()).toEqual({ wrong: [0, 1] });
  store.append([proof("p1", "a1", "proved")]);
  expect(counts()).toEqual({ first: [1, 0], second: [1, 0], wrong: [0, 1] });
});

test.each<[Proof["verdict"], Record<string, number[]>]>([
  ["build-failed", { it: [0, 1] }],
  ["diff-rejected", { it: [0, 1] }],
  ["baseline-passes", {}],
  ["baseline-differs", {}],
  ["error", {}],
])("a proof that ends %s", (verdict, expected) => {
  store.append([attempt("a1", [use("it", "passed")]), proof("p1", "a1", verdict)]);
  expect(counts()).toEqual(expected);
});

test("the first word of a proof stands; a person who rejects the fix has the last", () => {
  const two = [proof("p1", "a1", "proved"), proof("p2", "a1", "build-failed")];
  store.append([attempt("a1", [use("it", "passed")]), ...two]);
  expect(counts()).toEqual({ it: [1, 0] });
  const rejected: NewEvent = {
    type: "case/changed",
    payload: sampleCase({ state: "rejected", proofId: "p1" }),
  };
  store.append([rejected, rejected]);
  expect(counts()).toEqual({ it: [0, 1] });
});

test("attempts of models, those under way and an event told twice count nothing more", () => {
  const failed = attempt("a2", [use("it", "failed")]);
  store.append([attempt("a1"), attempt("a1", []), failed, failed]);
  expect(counts()).toEqual({ it: [0, 1] });
});

test("a case counts once for a recipe, however often it is tried there, as the last of its uses left it", () => {
  store.append(other);
  for (let number = 1; number <= 40; number += 1)
    store.append([attempt(`a${number}`, [use("it", "failed"), use("also", "failed")], { number })]);
  store.append([attempt("b1", [use("it", "failed")], { caseId: "other", number: 1 })]);
  expect(counts()).toEqual({ it: [0, 2], also: [0, 1] });
  store.append([attempt("b2", [use("it", "passed")], { caseId: "other", number: 2 })]);
  expect(counts()).toEqual({ it: [0, 2], also: [0, 1] });
  store.append([proof("p1", "b2", "proved")]);
  expect(counts()).toEqual({ it: [1, 1], also: [0, 1] });
  store.append([
    attempt("b3", [{ ...use("it", "failed"), classification: "patch-error" }], {
      caseId: "other",
      number: 3,
    }),
  ]);
  expect(store.recipeOutcomes().map((one) => [one.recipe, one.classification, one.failed])).toEqual([
    ["also", "link-error", 1],
    ["it", "link-error", 1],
    ["it", "patch-error", 1],
  ]);
});

test("the counts follow from the events alone", () => {
  store.append([
    ...other,
    attempt("a1", [use("it", "passed"), use("wrong", "failed")]),
    proof("p1", "a1", "proved"),
    attempt("a2", [use("it", "passed")], { caseId: "other" }),
    proof("p2", "a2", "build-failed"),
    { type: "case/changed", payload: sampleCase({ state: "rejected", proofId: "p1" }) },
  ]);
  const again = openStore({ dir: join(dir, "second"), now: () => 1 });
  again.append(store.events(0, 1000).map(({ type, payload }) => ({ type, payload }) as NewEvent));
  expect(again.recipeOutcomes()).toEqual(store.recipeOutcomes());
  expect(counts(again)).toEqual({ it: [0, 2], wrong: [0, 1] });
  again.close();
});
