import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { z } from "zod";
import type { PolicyProblem } from "../protocol/index.ts";
import { checkPolicyFile, type Fault } from "./check.ts";
import { checkModels, checkPrices, type NamedModel } from "./checkBudgets.ts";
import { checkPluginSteps, checkRecipe } from "./checkRecipe.ts";
import { type Playbook, type PlaybookRules, readPlaybook } from "./playbook.ts";
import { JsonTextError, type LocatedJson, parseLocated } from "./positions.ts";
import { Recipe } from "./recipe.ts";
import { PolicyFile } from "./schema.ts";

export interface Policy {
  readonly folder: string;
  readonly file: PolicyFile;
  /** In the order of their file names. */
  readonly recipes: readonly Recipe[];
  /** Text by name without `.md`; `system` and `triage` are always there. */
  readonly prompts: Readonly<Record<string, string>>;
  /** In the order of their file names. */
  readonly playbooks: readonly Playbook[];
  /** All of it as it was read, by path in the folder. */
  readonly files: readonly { path: string; text: string }[];
}

/** What reading a folder comes to, beside the values. */
interface Reading {
  readonly folder: string;
  readonly problems: PolicyProblem[];
  readonly files: { path: string; text: string }[];
}

/** A policy folder that cannot be used; every fault found, not only the first. */
export class PolicyError extends Error {
  readonly problems: readonly PolicyProblem[];
  constructor(problems: readonly PolicyProblem[]) {
    const [first] = problems;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more; run portwright policy check)` : "";
    super(first === undefined ? "The policy is not valid." : `${inWords(first)}${more}`);
    this.name = "PolicyError";
    this.problems = problems;
  }
}

const inWords = (problem: PolicyProblem): string =>
  `${problem.file}:${problem.line}: ${problem.field === "" ? "" : `${problem.field}: `}${problem.message}`;

/** A folder that a porter copied knows nothing of what came later. */
const newer =
  "copy it from the policy that comes with portwright (`portwright policy check` without a folder says where that is)";
const requiredPrompts = ["system", "triage"] as const;
const maxFileBytes = 1024 * 1024;
/** Of each kind; further ones are not read. */
const maxFiles = 500;

/** The configured models; null where no configuration is at hand, so that what policy.json names is not held against it. */
type Models = readonly NamedModel[] | null;
/** Steps of the loaded plugins as `PLUGIN/STEP`; null likewise. */
type PluginStepNames = readonly string[] | null;

/** Reads and checks policy.json, recipes/*.json, prompts/*.md and playbooks/*.md. Throws PolicyError with all problems. */
export function loadPolicy(folder: string, models: Models = null, steps: PluginStepNames = null): Policy {
  const { policy, problems } = readPolicy(folder, models, steps);
  if (policy === null || problems.length > 0) throw new PolicyError(problems);
  return policy;
}

/**
 * The same check as `loadPolicy`, with counts of what was read, for a person who edits the folder; and that of prices,
 * without which a server works on, as each attempt that this keeps from being made says so.
 */
export function checkPolicy(
  folder: string,
  models: Models = null,
  steps: PluginStepNames = null,
): {
  problems: PolicyProblem[];
  rules: number;
  recipes: number;
  prompts: number;
  playbooks: number;
} {
  const { policy, problems } = readPolicy(folder, models, steps, (file) =>
    models === null ? [] : checkPrices(file, models),
  );
  const file = policy?.file;
  return {
    problems,
    rules:
      file === undefined ? 0 : Object.keys(file.classes).length + file.trees.length + file.overrides.length,
    recipes: policy?.recipes.length ?? 0,
    prompts: Object.keys(policy?.prompts ?? {}).length,
    playbooks: policy?.playbooks.length ?? 0,
  };
}

function readPolicy(
  folder: string,
  models: Models,
  steps: PluginStepNames,
  more: (file: PolicyFile) => Fault[] = () => [],
): { policy: Policy | null; problems: PolicyProblem[] } {
  const reading: Reading = { folder, problems: [], files: [] };
  const { problems, files } = reading;
  const file = readJson(join(folder, "policy.json"), PolicyFile, reading, (one) => [
    ...checkPolicyFile(one),
    ...(models === null
      ? []
      : checkModels(
          one,
          models.map(({ name }) => name),
        )),
    ...more(one),
  ]);
  const manual = file?.alwaysManual ?? [];
  const recipes: Recipe[] = [];
  for (const path of namesIn(join(folder, "recipes"), ".json", reading).slice(0, maxFiles)) {
    const recipe = readJson(path, Recipe, reading, (one) => [
      ...(one.id === basename(path, ".json")
        ? []
        : [{ path: ["id"], message: `must be the file's name, ${basename(path, ".json")}` }]),
      ...checkRecipe(one, manual),
      ...(steps === null ? [] : checkPluginSteps(one, steps)),
    ]);
    if (recipe !== null) recipes.push(recipe);
  }
  const prompts = readPrompts(join(folder, "prompts"), reading);
  const bytes = file?.briefing.sections.find(({ name }) => name === "playbooks")?.bytes ?? maxFileBytes;
  const playbooks = readPlaybooks(join(folder, "playbooks"), { manual, bytes }, reading);
  return { policy: file === null ? null : { folder, file, recipes, prompts, playbooks, files }, problems };
}

function readPlaybooks(folder: string, rules: PlaybookRules, reading: Reading): Playbook[] {
  return namesIn(folder, ".md", reading)
    .slice(0, maxFiles)
    .flatMap((path) => {
      const text = readText(path, reading);
      if (text === null) return [];
      const { playbook, faults } = readPlaybook(basename(path, ".md"), text, rules);
      reading.problems.push(...faults.map((fault) => ({ file: path, ...fault })));
      return playbook === null ? [] : [playbook];
    });
}

function readPrompts(folder: string, reading: Reading): Record<string, string> {
  const prompts: Record<string, string> = {};
  for (const path of namesIn(folder, ".md", reading)) {
    const text = readText(path, reading);
    if (text === null) continue;
    if (text.trim() === "")
      reading.problems.push({ file: path, line: 1, field: "", message: "the prompt is empty" });
    prompts[basename(path, ".md")] = text;
  }
  for (const name of requiredPrompts) {
    if (prompts[name] !== undefined) continue;
    reading.problems.push({
      file: join(folder, `${name}.md`),
      line: 1,
      field: "",
      message: "this prompt is missing",
    });
  }
  return prompts;
}

/** Full paths, sorted. A folder that cannot be read is a problem. */
function namesIn(folder: string, suffix: string, { problems }: Reading): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(suffix))
      .sort()
      .map((name) => join(folder, name));
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = isAbsent ? `there is no such folder: ${newer}` : `cannot be read: ${reason(cause)}`;
    problems.push({ file: folder, line: 1, field: "", message });
    return [];
  }
}

function readText(path: string, { folder, problems, files }: Reading): string | null {
  try {
    const content = readFileSync(path);
    if (content.byteLength <= maxFileBytes) {
      const text = content.toString("utf8");
      files.push({ path: relative(folder, path), text });
      return text;
    }
    problems.push({ file: path, line: 1, field: "", message: `is larger than ${maxFileBytes} bytes` });
  } catch (cause) {
    problems.push({ file: path, line: 1, field: "", message: `cannot be read: ${reason(cause)}` });
  }
  return null;
}

function readJson<T extends z.ZodType>(
  path: string,
  schema: T,
  reading: Reading,
  check: (value: z.output<T>) => Fault[],
): z.output<T> | null {
  const { problems } = reading;
  const text = readText(path, reading);
  if (text === null) return null;
  let located: LocatedJson;
  try {
    located = parseLocated(text);
  } catch (cause) {
    if (!(cause instanceof JsonTextError)) throw cause;
    problems.push({ file: path, line: cause.line, field: "", message: cause.message });
    return null;
  }
  const report = ({ path: place, message }: Fault): void => {
    problems.push({ file: path, line: located.lineOf(place), field: place.map(String).join("."), message });
  };
  for (const { path: place, line } of located.duplicates) {
    problems.push({ file: path, line, field: place.join("."), message: "this key stands here twice" });
  }
  const parsed = schema.safeParse(located.value);
  if (!parsed.success) {
    const remedy = basename(path) === "policy.json" ? newer : "add it";
    for (const issue of parsed.error.issues) faultsOf(issue, remedy).forEach(report);
    return null;
  }
  check(parsed.data).forEach(report);
  return parsed.data;
}

/** Unknown keys are reported each at its own line, everything else at the value. */
function faultsOf(issue: z.core.$ZodIssue, remedy: string): Fault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: "unknown field" }));
  }
  const isAbsent = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return [{ path: issue.path, message: isAbsent ? `is missing: ${remedy}` : issue.message }];
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
