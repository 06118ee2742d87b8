import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { explainPolicy } from "../../../../server/src/agent/triage/explain.ts";
import { ServerConfig } from "../../../../server/src/config/config.ts";
import { decide } from "../../../../server/src/policy/decide.ts";
import { loadPolicy, type Policy } from "../../../../server/src/policy/load.ts";
import { type Attempt, type Case, Confidence, FailureClass } from "../../../../server/src/protocol/index.ts";
import { sampleAttempt, sampleBundle, sampleCase } from "../../../fixtures/states/entities.ts";

const shipped = loadPolicy(fileURLToPath(new URL("../../../../policy", import.meta.url)));
const modelsOf = (models: object) => ServerConfig.parse({ models }).models;
const explain = (
  changes: Partial<Case>,
  policy: Policy = shipped,
  canModel = true,
  failed: Attempt[] = [],
  kin: string[] = [],
) =>
  explainPolicy({
    subject: sampleCase(changes),
    bundle: sampleBundle(),
    policy,
    models: canModel ? modelsOf({ patch: { model: "m" } }) : modelsOf({}),
    failed,
    outcomes: [],
    kin,
  });

describe("the policy's account of a case", () => {
  it("names every rule by which the case is decided, for every class and confidence", () => {
    for (const classification of FailureClass.options)
      for (const confidence of Confidence.options) {
        const subject = sampleCase({ classification, confidence });
        const decision = decide(shipped, {
          ...{ origin: subject.origin, target: subject.target, recipes: [] },
          diagnosis: { classification, confidence },
        });
        const text = explain({ classification, confidence });
        expect(text).toContain(`says ${decision.tier}.`);
        for (const rule of decision.rules) expect(text).toContain(`- ${rule}: `);
        expect(text).not.toContain("undefined");
      }
  });

  it("says which floor lowered the tier", () => {
    const text = explain({ classification: "plist-error", confidence: "low" });
    expect(text).toContain("floor:AUTO:high: AUTO asks for high confidence and the diagnosis has low");
    expect(text).toContain("Least confidence here: high for AUTO, medium for ASSIST.");
    expect(text).toContain("says MANUAL.");
    expect(text).toContain("MANUAL has no budget");
    expect(text).toMatch(/- AUTO: `portwright case patch \S+ --tier AUTO`/);
  });

  it("names each rule that was looked at and why it did not cover the case, up to the one that decided", () => {
    const reason = "because";
    const overrides = [
      { name: "shells", origins: ["shells/*"], tier: "MANUAL" as const, reason },
      { name: "links", classes: ["link-error" as const], targets: ["*"], tier: "MANUAL" as const, reason },
      { name: "small", origins: ["devel/*"], budget: { tokens: 5000, attempts: 1 }, reason },
      { name: "later", origins: ["*/one"], tier: "ASSIST" as const, reason },
    ];
    const trees = [{ name: "old", targets: ["@2025*"], agent: "off" as const, reason }];
    const policy = { ...shipped, file: { ...shipped.file, overrides, trees } };
    const text = explain({ classification: "compile-error", confidence: "high" }, policy);
    expect(text).toContain("What decided is class:compile-error.");
    expect(text).toContain("- override:shells: not this one, its origins shells/* do not cover devel/one");
    expect(text).toContain(
      "- override:links: not this one, its classes link-error do not hold compile-error",
    );
    expect(text).toContain("- override:small: the exception for origins devel/* gives limits of its own");
    expect(text).toContain("- tree:old: not this one, its targets @2025* do not cover @main");
    expect(text).toMatch(/An attempt of AUTO has 5000 tokens, .*a job makes 1 at most/);
    expect(text).not.toContain("later");
  });

  it("says what a whole target is closed to, and that nobody's request opens it", () => {
    const trees = [{ name: "old", targets: ["@main"], agent: "advice-only" as const, reason: "frozen" }];
    const policy = { ...shipped, file: { ...shipped.file, trees } };
    const text = explain({ classification: "compile-error", confidence: "high" }, policy);
    expect(text).toContain("says MANUAL. What decided is tree:old.");
    expect(text).toContain("- tree:old: advice-only on @main, whoever asks for what: frozen");
    expect(text).toContain("- not AUTO: it stays MANUAL");
  });

  it("counts what failed at this failure, and says when no more is made", () => {
    const { attemptsPerFailure: most = 0 } = shipped.file.tiers.AUTO;
    const failed = (count: number) =>
      explain({ classification: "compile-error" }, shipped, true, Array(count).fill(sampleAttempt()));
    expect(failed(1)).toContain(`since anything new was said: 1 of ${most}.`);
    expect(failed(most)).toContain(`${most} of ${most}, so no more are made until there is new context`);
  });

  it("says which model the next attempt is for", () => {
    const escalate = { after: 1, model: "strong" };
    const tiers = { ...shipped.file.tiers, AUTO: { ...shipped.file.tiers.AUTO, escalate } };
    const policy = { ...shipped, file: { ...shipped.file, tiers } };
    const having = (...failed: Attempt[]) =>
      explain({ classification: "compile-error" }, policy, true, failed);
    expect(having()).toContain(
      "Failed attempts of models before strong is asked: 1. A model's next attempt is for patch",
    );
    expect(having(sampleAttempt())).toContain("next attempt is for strong");
  });

  it("leaves no choice where a class always needs a person", () => {
    const text = explain({ classification: "fetch-checksum", confidence: "high" });
    expect(text).toContain("- not AUTO: it stays MANUAL");
    expect(text).toContain("- not ASSIST: it stays MANUAL");
  });

  it("gives an exception with what it covers and why, and the tier's budget", () => {
    const { origin } = sampleCase();
    const overrides = [
      { name: "careful", origins: [origin], tier: "ASSIST" as const, reason: "its maintainer wants to look" },
    ];
    const policy = { ...shipped, file: { ...shipped.file, overrides } };
    const text = explain({ classification: "compile-error", confidence: "high", attempts: 2 }, policy);
    expect(text).toContain(
      `override:careful: the exception for origins ${origin} gives ASSIST: its maintainer`,
    );
    const { tokens, builds } = shipped.file.tiers.ASSIST;
    expect(text).toMatch(
      new RegExp(`An attempt of ASSIST has ${tokens} tokens, .*${builds} builds.* 2 made so far`),
    );
  });

  it("says what recipes do and ask for, and that nothing is attempted without one and without a model", () => {
    const finding = { ...{ line: 1, phase: "build", text: "x" } };
    const recipe = shipped.recipes.find(
      ({ when, match }) => when.length > 0 && match.some((one) => !one.captures && !one.text),
    );
    const kind = recipe?.match.find((one) => !one.captures && !one.text)?.kind ?? "";
    const captures = Object.fromEntries(
      Object.values(recipe?.lookup ?? {}).map(({ from, table }) => [from, Object.keys(table)[0] ?? ""]),
    );
    const bundle = sampleBundle();
    const findings = [{ ...finding, kind, captures }] as unknown as typeof bundle.diagnosis.findings;
    const text = explainPolicy({
      subject: sampleCase({ classification: recipe?.classes[0] ?? "unknown" }),
      bundle: { ...bundle, diagnosis: { ...bundle.diagnosis, findings } },
      ...{ policy: shipped, models: modelsOf({}), failed: [], outcomes: [], kin: [] },
    });
    expect(text).toContain(`- ${recipe?.id} (${recipe?.confidence} confidence): ${recipe?.title}`);
    expect(text).toMatch(/\n {2}if /);
    expect(explain({ classification: "unknown" }, shipped, false)).toContain("nothing is attempted");
    const kin = explain({ classification: "unknown" }, shipped, false, [], ["devel/a", "devel/b"]);
    expect(kin).toMatch(/Tried first, at no tokens, .* devel\/a, devel\/b\.\n.*nothing else is attempted/);
  });

  it("names the models that stand in for the usual one, where an attempt may be made", () => {
    const others = { second: { model: "b" }, third: { model: "c" } };
    const models = modelsOf({ patch: { model: "a", failover: ["third", "second"] }, others });
    const told = (classification: FailureClass) =>
      explainPolicy({
        ...{ subject: sampleCase({ classification }), bundle: sampleBundle(), policy: shipped, models },
        ...{ failed: [], outcomes: [], kin: [] },
      });
    expect(told("compile-error")).toContain("asked in its place, in turn: third, second.");
    expect(told("fetch-checksum")).not.toContain("in its place");
    expect(explain({ classification: "compile-error" })).not.toContain("in its place");
  });

  it("names the playbooks that fit by the log, in their order, and those beyond what an attempt is shown", () => {
    const bundle = sampleBundle();
    const diagnosis = { ...bundle.diagnosis, classification: "link-error" as const, extract: "cargo build" };
    const file = { ...shipped.file, briefing: { ...shipped.file.briefing, playbooks: 1 } };
    const text = explainPolicy({
      subject: sampleCase({ classification: "link-error" }),
      bundle: { ...bundle, diagnosis },
      ...{ policy: { ...shipped, file }, models: modelsOf({}), failed: [], outcomes: [], kin: [] },
    });
    const lines = text.split("\n").filter((line) => / \(by its /.test(line));
    expect(lines).toEqual([
      "- rust: Rust and cargo (by its toolchain, classes)",
      expect.stringMatching(/^- linking: .* \(by its classes\); not shown, 1 are the most$/),
    ]);
    expect(explain({ classification: "fetch-checksum" })).toContain("No playbook fits by the log.");
  });

  it("tells what triage had decided where that is another tier now", () => {
    const decision = {
      tier: "MANUAL" as const,
      proposedTier: "AUTO" as const,
      rules: [],
      reason: "then",
      recipes: [],
    };
    const text = explain({ classification: "compile-error", confidence: "high", decision });
    expect(text).toContain("At triage it was MANUAL: then.");
  });
});
