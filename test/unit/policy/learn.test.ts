import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decide } from "../../../server/src/policy/decide.ts";
import { learned, learnedRecipes } from "../../../server/src/policy/learn.ts";
import { loadPolicy } from "../../../server/src/policy/load.ts";
import type { Confidence, FailureClass } from "../../../server/src/protocol/index.ts";

const policy = loadPolicy(join(import.meta.dirname, "../../../policy"));
const { learning } = policy.file;
const link: FailureClass = "link-error";
const of = (proved: number, failed: number, classification: FailureClass = link, recipe = "it") => [
  { recipe, classification, proved, failed },
];
const level = (confidence: Confidence, proved: number, failed: number) =>
  learned({ id: "it", confidence }, of(proved, failed), learning, link).confidence;

describe("what a recipe's outcomes make of its confidence", () => {
  test("without any it is what the file declares, whatever others came to", () => {
    for (const confidence of ["high", "medium", "low"] as const) {
      const now = learned({ id: "it", confidence }, of(0, 50, link, "other"), learning, link);
      expect(now).toEqual({
        confidence,
        share: { high: 0.9, medium: 0.7, low: 0.4 }[confidence],
        proved: 0,
        failed: 0,
        of: null,
      });
    }
  });

  test("failures lower it step by step, proofs raise it, and each way back is open", () => {
    expect([0, 1, 2, 5, 6].map((failed) => level("high", 0, failed))).toEqual([
      "high",
      "high",
      "medium",
      "medium",
      "low",
    ]);
    expect([0, 3, 4].map((proved) => level("medium", proved, 0))).toEqual(["medium", "medium", "high"]);
    expect(level("low", 3, 0)).toBe("medium");
    expect(level("high", 10, 2)).toBe("high");
  });

  test("the prior weighs what the policy says: a heavier one moves less", () => {
    const heavy = { ...learning, priorWeight: 100 };
    expect(learned({ id: "it", confidence: "high" }, of(0, 6), heavy, link).confidence).toBe("high");
    expect(learned({ id: "it", confidence: "high" }, of(3, 1), learning, link).share).toBeCloseTo(
      (0.9 * 8 + 3) / 12,
    );
  });

  test("a class counts for itself as soon as it has enough, before that all count", () => {
    const outcomes = [...of(0, 5, "compile-error"), ...of(20, 0)];
    const inClass = (failed: number) =>
      learned(
        { id: "it", confidence: "high" },
        [...of(0, failed, "compile-error"), ...of(20, 0)],
        learning,
        "compile-error",
      );
    expect(inClass(5)).toMatchObject({ confidence: "high", proved: 20, failed: 5, of: null });
    expect(inClass(6)).toMatchObject({ confidence: "low", proved: 0, failed: 6, of: "compile-error" });
    expect(learned({ id: "it", confidence: "high" }, outcomes, learning, null)).toMatchObject({
      proved: 20,
      of: null,
    });
  });
});

describe("floors ask for a recipe's confidence as for the diagnosis'", () => {
  const request = (failed: number, proved = 0) => {
    const outcomes = of(proved, failed, "plist-error", "regenerate-plist");
    const recipes = learnedRecipes(policy, outcomes, "plist-error").filter(
      ({ id }) => id === "regenerate-plist",
    );
    const diagnosis = { classification: "plist-error", confidence: "high" } as const;
    return { origin: "a/b", target: "@1", diagnosis, recipes };
  };

  test("outcomes move a recipe across the floor in both directions", () => {
    expect(decide(policy, request(1))).toMatchObject({ tier: "AUTO", recipes: ["regenerate-plist"] });
    const fallen = decide(policy, request(2));
    expect(fallen).toMatchObject({ tier: "AUTO", recipes: [], unsure: ["regenerate-plist"] });
    expect(fallen.reason).toContain("AUTO asks for high confidence and recipe regenerate-plist has medium");
    expect(decide(policy, request(2, 8))).toMatchObject({ recipes: ["regenerate-plist"] });
    expect(decide(policy, request(2, 8)).unsure).toBeUndefined();
  });

  test("who asks for a tier gets them all", () => {
    expect(decide(policy, { ...request(9), requestedTier: "ASSIST" })).toMatchObject({
      recipes: ["regenerate-plist"],
    });
  });
});
