import type { Recipe, Step } from "../../policy/recipe.ts";
import { undo } from "./files.ts";
import { type Binding, bindingsOf, type Evidence, fill } from "./match.ts";
import { unmet } from "./preconditions.ts";
import { type Bench, call, type Script, StepRefused } from "./script.ts";
import { dependOnLibrary, dependOnProvider } from "./steps/depends.ts";
import { includeHeader } from "./steps/header.ts";
import { replaceLines } from "./steps/lines.ts";
import { followMoved } from "./steps/moved.ts";
import { chooseOption } from "./steps/options.ts";
import {
  addToVariable,
  assignVariable,
  dropCommands,
  dropVariable,
  removeFromVariable,
} from "./steps/overlayMakefile.ts";
import { mismatchOf, regeneratePlist } from "./steps/packingList.ts";
import { recutPatch, retirePatch } from "./steps/patches.ts";
import { runPluginStep } from "./steps/plugin.ts";
import { fixShebang } from "./steps/shebang.ts";

/** Steps of a recipe with their values filled in, and what tells this use of it from another. */
interface Use {
  key: string;
  steps: Step[];
  binding: Binding;
}

/** Uses of one recipe in one attempt; a broken tree can call for many, a reviewable diff holds few. */
const maxUses = 12;

/** What a recipe would do about the evidence; equal keys are the same repair of the same thing. */
export function usesOf(recipe: Recipe, evidence: Evidence): Use[] {
  const uses = new Map<string, Use>();
  for (const binding of bindingsOf(recipe, evidence)) {
    const steps = recipe.steps.map((step) => fillStep(step, binding));
    const listed = steps.some((step) => step.do === "regenerate-plist")
      ? mismatchOf(evidence.findings)
      : null;
    const key = `${recipe.id} ${JSON.stringify([steps, listed])}`;
    if (!uses.has(key)) uses.set(key, { key, steps, binding });
  }
  return [...uses.values()].slice(0, maxUses);
}

/** What came of applying a recipe: what it did in words, and what it could not do. */
export interface Applied {
  did: string[];
  refused: string[];
}

/**
 * Applies every use of a recipe to the overlay. A use that is refused leaves no edit behind; the caller builds when
 * anything was done.
 */
export function* applyUses(
  bench: Bench,
  recipe: Recipe,
  uses: readonly Use[],
  evidence: Evidence,
): Script<Applied> {
  const applied: Applied = { did: [], refused: [] };
  const settled = new Map<string, string | null>();
  bench.settledPatches.clear();
  for (const use of uses) {
    bench.journal.clear();
    const done: (string | null)[] = [];
    try {
      const objection = yield* unmet(bench, recipe.when, use.binding);
      if (objection !== null) throw new StepRefused(objection);
      for (const step of use.steps) done.push(yield* runStep(bench, step, evidence));
      applied.did.push(...done.filter((words) => words !== null));
      for (const [path, before] of bench.journal) if (!settled.has(path)) settled.set(path, before);
    } catch (error) {
      if (!(error instanceof StepRefused)) throw error;
      applied.refused.push(error.message);
      yield* undo(bench);
    }
  }
  bench.journal.clear();
  for (const [path, before] of settled) bench.journal.set(path, before);
  return applied;
}

/** Does one step; what it did in words, null when another use did it already. */
function* runStep(bench: Bench, step: Step, evidence: Evidence): Script<string | null> {
  switch (step.do) {
    case "add-to-variable":
      return yield* addToVariable(bench, step);
    case "remove-words":
      return yield* removeFromVariable(bench, step);
    case "set-variable":
      return yield* assignVariable(bench, step);
    case "undefine-variable":
      return yield* dropVariable(bench, step);
    case "remove-commands":
      return yield* dropCommands(bench, step);
    case "recut-patch":
      return yield* recutPatch(bench, step.patch);
    case "retire-patch":
      return yield* retirePatch(bench, step.patch);
    case "regenerate-plist":
      return yield* regeneratePlist(bench, mismatchOf(evidence.findings));
    case "depend-on-provider":
      return yield* dependOnProvider(bench, step.of, step.file, step.phase);
    case "depend-on-library":
      return yield* dependOnLibrary(bench, step.library, step.origin);
    case "include-header":
      return yield* includeHeader(bench, step.header, step.source, step.symbol);
    case "replace-lines":
      return yield* replaceLines(bench, step);
    case "follow-moved":
      return yield* followMoved(bench, step.origin);
    case "choose-option":
      return yield* chooseOption(bench, step.group);
    case "fix-shebang":
      return yield* fixShebang(bench, step.script);
    case "call":
      yield* call(bench, step.tool, step.arguments);
      return `${step.tool} ${JSON.stringify(step.arguments)}`;
    case "plugin":
      return yield* runPluginStep(bench, step);
    case "advise":
      return step.text;
  }
}

/** Fills every text of a step, however deep. */
function fillStep(step: Step, binding: Binding): Step {
  const filled = (value: unknown): unknown => {
    if (typeof value === "string") return fill(value, binding);
    if (Array.isArray(value)) return value.map(filled);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, filled(entry)]));
  };
  return filled(step) as Step;
}
