import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { budgetOf, wishesOf } from "../../../server/src/policy/budget.ts";
import { decide, mayAskModel, rebuildsFirst } from "../../../server/src/policy/decide.ts";
import { loadPolicy, type Policy } from "../../../server/src/policy/load.ts";
import type { Override, TreeRule } from "../../../server/src/policy/schema.ts";
import {
  type Confidence,
  FailureClass as classes,
  type FailureClass,
  type Tier,
} from "../../../server/src/protocol/index.ts";
import { policyFolder } from "./folder.ts";

let shipped: Awaited<ReturnType<typeof policyFolder>>;
let policy: Policy;
beforeAll(async () => {
  shipped = await policyFolder();
  policy = loadPolicy(shipped.folder);
});
afterAll(() => shipped.remove());

const ask = (classification: FailureClass, confidence: Confidence, more: object = {}) => ({
  origin: "devel/readline",
  target: "@2026Q3",
  diagnosis: { classification, confidence },
  recipes: [],
  ...more,
});
const withOverrides = (overrides: Override[]): Policy => ({ ...policy, file: { ...policy.file, overrides } });

describe("decide", () => {
  test.each<[FailureClass, Confidence, Tier]>([
    ["plist-error", "high", "AUTO"],
    ["plist-error", "medium", "ASSIST"],
    ["plist-error", "low", "MANUAL"],
    ["compile-error", "high", "AUTO"],
    ["compile-error", "medium", "AUTO"],
    ["compile-error", "low", "ASSIST"],
    ["options-error", "medium", "ASSIST"],
    ["unknown", "low", "MANUAL"],
    ["fetch-checksum", "high", "MANUAL"],
    ["fetch-error", "high", "MANUAL"],
    ["timeout", "high", "AUTO"],
  ])("%s with %s confidence is %s", (classification, confidence, tier) => {
    expect(decide(policy, ask(classification, confidence)).tier).toBe(tier);
  });

  test("names each floor that it fell through", () => {
    const decision = decide(policy, ask("plist-error", "low"));
    expect(decision.proposedTier).toBe("AUTO");
    expect(decision.rules).toEqual(["class:plist-error", "floor:AUTO:high", "floor:ASSIST:medium"]);
    expect(decision.reason).toContain("ASSIST asks for medium confidence and the diagnosis has low");
  });

  test("the first override that covers a case outranks the class", () => {
    const some = withOverrides([
      { name: "shells", origins: ["shells/*"], tier: "MANUAL", reason: "login shells" },
      {
        name: "quarter",
        targets: ["@2026*"],
        classes: ["patch-error"],
        tier: "ASSIST",
        reason: "branch is frozen",
      },
    ]);
    expect(decide(some, ask("patch-error", "high")).tier).toBe("ASSIST");
    expect(decide(some, ask("link-error", "high")).tier).toBe("AUTO");
    expect(decide(some, ask("patch-error", "high", { origin: "shells/bash" }))).toMatchObject({
      tier: "MANUAL",
      rules: ["override:shells"],
    });
    expect(decide(some, ask("patch-error", "high", { target: "@2025Q1" })).tier).toBe("AUTO");
  });

  test("an override may ask for more, or less, confidence than the table", () => {
    const lenient = { name: "own", origins: ["local/*"], tier: "AUTO" as const, reason: "ours" };
    const some = withOverrides([{ ...lenient, floors: { AUTO: "low" } }]);
    const asked = ask("plist-error", "low", { origin: "local/tool" });
    expect(decide(some, asked).tier).toBe("AUTO");
    expect(decide(withOverrides([lenient]), asked).tier).not.toBe("AUTO");
  });

  test("a checksum stays with a person, whatever an override or a request says", () => {
    const some = withOverrides([{ name: "all", origins: ["*/*"], tier: "AUTO", reason: "bold" }]);
    for (const confidence of ["high", "medium", "low"] as const) {
      for (const requestedTier of [undefined, "AUTO", "ASSIST"] as const) {
        expect(decide(some, ask("fetch-checksum", confidence, { requestedTier })).tier).toBe("MANUAL");
      }
    }
  });

  test("a person's request outranks table and floors", () => {
    const decision = decide(policy, ask("unknown", "low", { requestedTier: "ASSIST" }));
    expect(decision).toMatchObject({ tier: "ASSIST", proposedTier: "ASSIST", rules: ["requested:ASSIST"] });
  });

  test("failures of the machine are rebuilt first", () => {
    const rebuilt = classes.options.filter((name) => rebuildsFirst(decide(policy, ask(name, "high"))));
    expect(rebuilt).toEqual(["timeout", "resource", "infrastructure"]);
  });

  test("carries the recipes in their order", () => {
    const recipes = [
      { id: "b", confidence: "high" as const },
      { id: "a", confidence: "medium" as const },
    ];
    expect(decide(policy, ask("patch-error", "high", { recipes })).recipes).toEqual(["b", "a"]);
  });

  test.each<[TreeRule["agent"], Tier, boolean]>([
    ["diff", "AUTO", true],
    ["advice-only", "MANUAL", true],
    ["off", "MANUAL", false],
  ])("a tree that is %s: %s, a model asked for the diagnosis: %s", (agent, tier, asked) => {
    const trees = [{ name: "quarter", targets: ["@2026*"], agent, reason: "the branch" }];
    const some: Policy = { ...policy, file: { ...policy.file, trees } };
    for (const requestedTier of [undefined, "AUTO"] as const) {
      const decision = decide(some, ask("compile-error", "high", { requestedTier }));
      expect(decision.tier).toBe(tier);
      expect(decision.rules.includes("tree:quarter")).toBe(agent !== "diff");
    }
    expect(mayAskModel(some, ask("unknown", "low"))).toBe(asked);
    const elsewhere = ask("compile-error", "high", { target: "@2025Q1" });
    expect([decide(some, elsewhere).tier, mayAskModel(some, elsewhere)]).toEqual(["AUTO", true]);
  });

  test("the first rule of a tree decides: one target of a closed quarter may be open", () => {
    const trees: TreeRule[] = [
      { name: "open", targets: ["@2026Q3"], agent: "diff", reason: "we work on it" },
      { name: "closed", targets: ["@2026*"], agent: "off", reason: "the others" },
    ];
    const some: Policy = { ...policy, file: { ...policy.file, trees } };
    expect(decide(some, ask("compile-error", "high")).tier).toBe("AUTO");
    expect(decide(some, ask("compile-error", "high", { target: "@2026Q2" })).tier).toBe("MANUAL");
  });

  test("an override that is off asks no model, and a person may still ask", () => {
    const some = withOverrides([{ name: "ours", origins: ["devel/*"], tier: "off", reason: "by hand" }]);
    expect(decide(some, ask("compile-error", "high"))).toMatchObject({
      ...{ tier: "MANUAL", rules: ["override:ours"], reason: "by hand (override ours: off)" },
    });
    expect(mayAskModel(some, ask("unknown", "low"))).toBe(false);
    expect(mayAskModel(some, ask("unknown", "low", { origin: "www/x" }))).toBe(true);
    expect(decide(some, ask("compile-error", "high", { requestedTier: "AUTO" })).tier).toBe("AUTO");
  });

  test("an override that names no tier leaves it to the class, with its own floors", () => {
    const some = withOverrides([
      { name: "strict", origins: ["devel/*"], floors: { AUTO: "high" }, reason: "careful" },
    ]);
    expect(decide(some, ask("compile-error", "medium"))).toMatchObject({
      tier: "ASSIST",
      rules: ["override:strict", "class:compile-error", "floor:AUTO:high"],
    });
  });

  test("budgets are in milliseconds, and an override's limits stand in place of the tier's", () => {
    const usual = {
      ...{ tokens: 300000, turns: 60, builds: 8, attempts: 2, attemptsPerFailure: 6, wallMs: 14_400_000 },
    };
    const some = withOverrides([
      { name: "big", origins: ["lang/*"], budget: { tokens: 900000, wallMinutes: 600 }, reason: "slow" },
    ]);
    expect(budgetOf(some, "AUTO", ask("compile-error", "high"))).toEqual(usual);
    expect(budgetOf(some, "AUTO", ask("compile-error", "high", { origin: "lang/rust" }))).toEqual({
      ...{ ...usual, tokens: 900000, wallMs: 36_000_000 },
    });
  });

  test("an override changes what a proof asks, part by part", () => {
    const some = withOverrides([
      { name: "slow", origins: ["lang/*"], proof: { dependents: 0 }, reason: "it takes a day" },
    ]);
    const usual = { checks: ["check-plist", "stage-qa"], dependents: 2 };
    expect(wishesOf(some, ask("compile-error", "high"))).toEqual(usual);
    const own = wishesOf(some, ask("compile-error", "high", { origin: "lang/rust" }));
    expect(own).toEqual({ ...usual, dependents: 0 });
  });
});
