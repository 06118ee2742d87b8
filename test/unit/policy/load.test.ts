import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { NamedModel } from "../../../server/src/policy/checkBudgets.ts";
import { checkPolicy, loadPolicy, PolicyError } from "../../../server/src/policy/load.ts";
import { policyFolder } from "./folder.ts";

const made: { remove(): Promise<void> }[] = [];
afterEach(async () => {
  for (const folder of made.splice(0)) await folder.remove();
});

async function makeFolder(
  recipes?: Record<string, unknown>,
): Promise<Awaited<ReturnType<typeof policyFolder>>> {
  const folder = await policyFolder(recipes);
  made.push(folder);
  return folder;
}

const gmake = {
  id: "use-gmake",
  title: "Build with GNU make",
  classes: ["build-system-error"],
  match: [{ kind: "gnu-makefile" }],
  when: [{ if: "variable-lacks", variable: "USES", word: "gmake" }],
  steps: [{ do: "add-to-variable", variable: "USES", words: ["gmake"] }],
  confidence: "high",
  explanation: "The makefile uses GNU make's language.",
};

const named = (...names: string[]): NamedModel[] =>
  names.map((name) => ({ name, hasPrice: false, attempts: false }));

describe("the shipped policy", () => {
  test("loads without a problem once its prompts are there", async () => {
    const { folder } = await makeFolder();
    const policy = loadPolicy(folder);
    expect(policy.file.classes["patch-error"].tier).toBe("AUTO");
    expect(Object.keys(policy.prompts)).toEqual(["system", "triage"]);
  });

  test("is checked with its own recipes", () => {
    const problems = checkPolicy(join(import.meta.dirname, "../../../policy")).problems;
    expect(problems.filter((problem) => !problem.file.includes("prompts"))).toEqual([]);
  });
});

describe("faults carry file, line and field", () => {
  test.each([
    ["an unknown field", '"version": 1,', '"version": 1,\n  "verson": 2,', "verson", "unknown field", 3],
    ["an unknown class", '"unknown": {', '"unknwon": {', "classes.unknwon", "unknown field", null],
    [
      "an unknown tier",
      '"patch-error": { "tier": "AUTO"',
      '"patch-error": { "tier": "AUTOM"',
      "classes.patch-error.tier",
      "",
      null,
    ],
    [
      "a floor that nothing asks",
      '"fetch-error": { "tier": "MANUAL"',
      '"fetch-error": { "tier": "MANUAL", "floors": { "AUTO": "low" }',
      "classes.fetch-error.floors.AUTO",
      "never asked",
      null,
    ],
    [
      "a checksum left to the agent",
      '"alwaysManual": ["fetch-checksum"]',
      '"alwaysManual": []',
      "alwaysManual",
      "must hold fetch-checksum",
      null,
    ],
    [
      "a rule without effect",
      '"fetch-checksum": { "tier": "MANUAL"',
      '"fetch-checksum": { "tier": "AUTO"',
      "classes.fetch-checksum.tier",
      "has no effect",
      null,
    ],
    [
      "a key that stands twice",
      '"rebuildFirst":',
      '"alwaysManual": ["fetch-checksum"],\n  "rebuildFirst":',
      "alwaysManual",
      "twice",
      null,
    ],
  ])("%s", async (_name, from, to, field, message, line) => {
    const { folder, edit } = await makeFolder();
    let expected = line;
    await edit("policy.json", (text) => {
      expect(text).toContain(from);
      const changed = text.replace(from, to);
      expected ??= changed.slice(0, changed.lastIndexOf(to)).split("\n").length;
      return changed;
    });
    const problems = problemsOf(folder);
    const problem = problems.find((one) => one.field === field && one.message.includes(message));
    expect(problem, JSON.stringify(problems)).toMatchObject({
      file: join(folder, "policy.json"),
      line: expected,
    });
  });

  test("overrides that are never reached", async () => {
    const { folder, edit } = await makeFolder();
    const override = (name: string, more: object): object => ({
      name,
      tier: "ASSIST",
      reason: "why",
      ...more,
    });
    await edit("policy.json", (text) =>
      text.replace(
        '"overrides": []',
        `"overrides": ${JSON.stringify(
          [
            override("lang", { origins: ["lang/*"] }),
            override("python", { origins: ["lang/python3*"], targets: ["@2026Q3"] }),
            override("everything", {}),
            override("sums", { origins: ["www/*"], classes: ["fetch-checksum"], tier: "AUTO" }),
          ],
          null,
          2,
        )}`,
      ),
    );
    const found = problemsOf(folder).map((problem) => `${problem.field}: ${problem.message}`);
    expect(found).toEqual([
      "overrides.1: override python is never reached: override lang before it covers all of it; put it first, or take it out",
      "overrides.2: names neither origins nor targets; change the class table instead",
      "overrides.3: override sums is never reached: override everything before it covers all of it; put it first, or take it out",
      "overrides.3.classes: has no effect on fetch-checksum: alwaysManual holds it",
    ]);
  });

  test.each<[string, object, string]>([
    [
      "two that hide a third only together",
      {
        overrides: [
          { name: "a", origins: ["x/*"], classes: ["link-error"], tier: "ASSIST", reason: "r" },
          {
            name: "b",
            origins: ["x/y*"],
            targets: ["*"],
            classes: ["patch-error"],
            tier: "AUTO",
            reason: "r",
          },
          { name: "c", origins: ["x/yz"], classes: ["link-error", "patch-error"], tier: "AUTO", reason: "r" },
        ],
      },
      "overrides.2: override c is never reached: override a and b before it cover all of it; put it first, or take it out",
    ],
    [
      "one that changes nothing",
      { overrides: [{ name: "a", origins: ["x/*"], reason: "r" }] },
      "overrides.0: changes nothing: give it a tier (AUTO, ASSIST, MANUAL, off), floors, a budget or a proof, or take it out",
    ],
    [
      "a limit of an override that the tier's cap ends",
      { overrides: [{ name: "a", origins: ["x/*"], budget: { attempts: 12 }, reason: "r" }] },
      "overrides.0.budget.attempts: 12 are never made: attemptsPerFailure ends it at 6; raise that, or lower this",
    ],
    [
      "a stronger model that the cap never lets be asked",
      {
        overrides: [
          { name: "a", origins: ["x/*"], budget: { escalate: { after: 9, model: "b" } }, reason: "r" },
        ],
      },
      "overrides.0.budget.escalate.after: b is never asked: attemptsPerFailure ends it at 6; raise that, or lower this",
    ],
    [
      "an unknown limit of an override",
      { overrides: [{ name: "a", origins: ["x/*"], budget: { token: 12 }, reason: "r" }] },
      "overrides.0.budget.token: unknown field",
    ],
    [
      "a tree that an earlier one hides",
      {
        trees: [
          { name: "year", targets: ["@2026*"], agent: "off", reason: "r" },
          { name: "quarter", targets: ["@2026Q3"], agent: "diff", reason: "r" },
        ],
      },
      "trees.1: tree quarter is never reached: tree year before it covers all of it; put it first, or take it out",
    ],
    [
      "an override on a target that is closed",
      {
        trees: [{ name: "year", targets: ["@2026*"], agent: "advice-only", reason: "r" }],
        overrides: [{ name: "a", targets: ["@2026Q3"], tier: "AUTO", reason: "r" }],
      },
      "overrides.0: override a has no effect: tree year keeps the agent from all its targets",
    ],
  ])("%s", async (_name, parts, expected) => {
    const { folder, edit } = await makeFolder();
    await edit("policy.json", (text) => JSON.stringify({ ...JSON.parse(text), ...parts }, null, 2));
    const found = problemsOf(folder).map((problem) => `${problem.field}: ${problem.message}`);
    expect(found).toEqual([expected]);
  });

  test.each<[string, object]>([
    [
      "a closed year with an open quarter, and overrides on both",
      {
        trees: [
          { name: "quarter", targets: ["@2026Q3"], agent: "diff", reason: "r" },
          { name: "year", targets: ["@2026*"], agent: "off", reason: "r" },
        ],
        overrides: [
          { name: "a", targets: ["@2026*"], origins: ["x/y"], tier: "AUTO", reason: "r" },
          { name: "b", targets: ["@2026Q3"], tier: "MANUAL", reason: "r" },
        ],
      },
    ],
    ["a policy without trees and without a cap", { trees: undefined }],
  ])("%s is in order", async (_name, parts) => {
    const { folder, edit } = await makeFolder();
    await edit("policy.json", (text) =>
      JSON.stringify({ ...JSON.parse(text), ...parts }).replaceAll(/,"attemptsPerFailure":\d+/g, ""),
    );
    expect(checkPolicy(folder).problems).toEqual([]);
  });

  test("stronger models are held against those of the configuration, where there is one", async () => {
    const { folder, edit } = await makeFolder();
    await edit("policy.json", (text) => {
      const policy = JSON.parse(text);
      policy.tiers.AUTO.escalate = { after: 1, model: "strong" };
      policy.overrides = [
        { name: "a", origins: ["x/*"], budget: { escalate: { after: 1, model: "giant" } }, reason: "r" },
      ];
      return JSON.stringify(policy, null, 2);
    });
    expect(checkPolicy(folder).problems).toEqual([]);
    expect(checkPolicy(folder, named("patch", "strong", "giant")).problems).toEqual([]);
    expect(checkPolicy(folder, named("patch", "strong")).problems).toMatchObject([
      {
        file: join(folder, "policy.json"),
        field: "overrides.0.budget.escalate.model",
        message: expect.stringMatching(/no model giant \(it has: patch, strong\); add it to models\.others/),
      },
    ]);
    expect(() => loadPolicy(folder, [])).toThrow(/tiers\.AUTO\.escalate\.model: .*it has: none/);
  });

  test("a limit of money names the models without a price that would make attempts, and no others", async () => {
    const { folder, edit } = await makeFolder();
    const models = [
      ...named("patch", "spare", "strong", "chosen"),
      { ...named("priced")[0], hasPrice: true },
    ].map((one) => ({
      ...one,
      attempts: ["patch", "spare", "priced"].includes(one.name ?? ""),
    })) as NamedModel[];
    expect(checkPolicy(folder, models).problems).toEqual([]);
    await edit("policy.json", (text) => {
      const policy = JSON.parse(text);
      policy.tiers.AUTO.money = 2;
      policy.tiers.ASSIST.escalate = { after: 1, model: "strong" };
      policy.overrides = [{ name: "a", origins: ["x/*"], budget: { money: 5 }, reason: "r" }];
      return JSON.stringify(policy, null, 2);
    });
    const { problems } = checkPolicy(folder, models);
    expect(
      problems.map(({ field, message }) => [field, /model (\w+) .* no price/.exec(message)?.[1]]),
    ).toEqual([
      ["tiers.AUTO.money", "patch"],
      ["tiers.AUTO.money", "spare"],
      ["overrides.0.budget.money", "patch"],
      ["overrides.0.budget.money", "spare"],
      ["overrides.0.budget.money", "strong"],
    ]);
    expect(checkPolicy(folder).problems).toEqual([]);
    expect(loadPolicy(folder, models).file.tiers.AUTO.money).toBe(2);
  });

  test("text that is not JSON", async () => {
    const { folder, edit } = await makeFolder();
    await edit("policy.json", (text) => text.replace('"version": 1,', '"version": 1'));
    expect(problemsOf(folder)).toEqual([
      expect.objectContaining({ line: 3, file: join(folder, "policy.json") }),
    ]);
  });

  test("what a folder that was copied earlier lacks is named with where to get it", async () => {
    const { folder, edit } = await makeFolder({ "use-gmake": { ...gmake, title: undefined } });
    await edit("policy.json", (text) =>
      JSON.stringify({ ...JSON.parse(text), briefing: undefined }, null, 2),
    );
    await rm(join(folder, "playbooks"), { recursive: true });
    const remedy = "copy it from the policy that comes with portwright (`portwright policy check` without";
    expect(problemsOf(folder)).toMatchObject([
      {
        file: join(folder, "policy.json"),
        field: "briefing",
        message: expect.stringContaining(`is missing: ${remedy}`),
      },
      { file: join(folder, "recipes", "use-gmake.json"), field: "title", message: "is missing: add it" },
      {
        file: join(folder, "playbooks"),
        field: "",
        message: expect.stringContaining(`there is no such folder: ${remedy}`),
      },
    ]);
  });

  test("a missing prompt, an absent folder", async () => {
    const { folder } = await makeFolder();
    await rm(join(folder, "prompts", "triage.md"));
    await rm(join(folder, "recipes"), { recursive: true });
    const found = problemsOf(folder).map((problem) => problem.file);
    expect(found).toEqual([join(folder, "recipes"), join(folder, "prompts", "triage.md")]);
  });
});

describe("recipes", () => {
  test("a good one loads", async () => {
    const { folder } = await makeFolder({ "use-gmake": gmake });
    expect(loadPolicy(folder).recipes.map((recipe) => recipe.id)).toEqual(["use-gmake"]);
    expect(checkPolicy(folder)).toMatchObject({ problems: [], recipes: 1, prompts: 2, rules: 22 });
  });

  test.each([
    [
      "a capture its finding does not offer",
      { match: [{ kind: "gnu-makefile", captures: { header: "x" } }] },
      "match.0.captures.header",
      "offers no capture header; it offers makefile, line",
    ],
    ["an unknown finding", { match: [{ kind: "gnumakefile" }] }, "match.0.kind", ""],
    [
      "a broken expression",
      { match: [{ kind: "gnu-makefile", text: "(" }] },
      "match.0.text",
      "not a regular expression",
    ],
    [
      "a step with a value nothing captures",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a recipe's own placeholder
      { steps: [{ do: "retire-patch", patch: "${patch}" }] },
      "steps.0",
      "not every match of this recipe captures patch",
    ],
    ["an unknown step", { steps: [{ do: "delete-tests" }] }, "steps.0.do", ""],
    ["a class no agent may touch", { classes: ["fetch-checksum"] }, "classes", "never runs"],
    ["another file's name", { id: "use-make" }, "id", "must be the file's name, use-gmake"],
  ])("%s", async (_name, change, field, message) => {
    const { folder } = await makeFolder({ "use-gmake": { ...gmake, ...change } });
    const problems = problemsOf(folder);
    const problem = problems.find((one) => one.field === field);
    expect(problem, JSON.stringify(problems)).toBeDefined();
    expect(problem?.message).toContain(message);
    expect(problem?.line).toBeGreaterThan(1);
  });
});

describe("steps of plugins", () => {
  const use = (name: string) => ({ "use-gmake": { ...gmake, steps: [{ do: "plugin", name }] } });
  const known = ["toy/add-use"];

  test("are looked up where plugins are at hand", async () => {
    const { folder } = await makeFolder(use("toy/add-use"));
    expect(checkPolicy(folder, null, known).problems).toEqual([]);
    const other = await makeFolder(use("other/add-use"));
    expect(checkPolicy(other.folder).problems).toEqual([]);
  });

  test.each([
    ["other/add-use", /plugin other brings no steps or is not loaded: .*"plugins" in portwright\.json/],
    ["toy/drop-use", /plugin toy has no step drop-use; it has toy\/add-use/],
  ])("%s is missing", async (name, message) => {
    const { folder } = await makeFolder(use(name));
    expect(checkPolicy(folder, null, known).problems).toMatchObject([
      { field: "steps.0.name", line: expect.any(Number), message: expect.stringMatching(message) },
    ]);
    expect(() => loadPolicy(folder, null, known)).toThrow(message);
  });
});

function problemsOf(folder: string): PolicyError["problems"] {
  try {
    loadPolicy(folder);
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  throw new Error("it loaded");
}
