import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
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
      "overrides.1: never reached: override lang already covers all of it",
      "overrides.2: names neither origins nor targets; change the class table instead",
      "overrides.3: never reached: override everything already covers all of it",
      "overrides.3.classes: has no effect on fetch-checksum: alwaysManual holds it",
    ]);
  });

  test("text that is not JSON", async () => {
    const { folder, edit } = await makeFolder();
    await edit("policy.json", (text) => text.replace('"version": 1,', '"version": 1'));
    expect(problemsOf(folder)).toEqual([
      expect.objectContaining({ line: 3, file: join(folder, "policy.json") }),
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

function problemsOf(folder: string): PolicyError["problems"] {
  try {
    loadPolicy(folder);
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  throw new Error("it loaded");
}
