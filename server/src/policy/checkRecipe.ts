import { describeKind, type FindingKind } from "../evidence/distill/kinds.ts";
import type { FailureClass } from "../protocol/index.ts";
import type { Fault } from "./check.ts";
import type { Recipe } from "./recipe.ts";

/** Captures that findings of a kind may carry, read from the kind's documentation; each also knows its phase. */
function capturesOf(kind: FindingKind): string[] {
  const list = /\{([^{}]*)\}\s*$/.exec(describeKind(kind))?.[1] ?? "";
  return list
    .split(",")
    .map((name) => name.trim().replace(/\?$/, ""))
    .filter((name) => name !== "");
}

const groupNames = (source: string | undefined): string[] =>
  [...(source ?? "").matchAll(/\(\?<([A-Za-z]\w*)>/g)].map((found) => found[1] ?? "");
const templateNames = (text: string): string[] =>
  [...text.matchAll(/\$\{([a-z]\w*)\}/g)].map((found) => found[1] ?? "");

/** References of a recipe that nothing fills, and recipes that can never act. */
export function checkRecipe(recipe: Recipe, manual: readonly FailureClass[]): Fault[] {
  const faults: Fault[] = [];
  const lookups = Object.keys(recipe.lookup ?? {});
  let common: Set<string> | undefined;
  recipe.match.forEach((match, index) => {
    const offered = capturesOf(match.kind as FindingKind);
    for (const name of Object.keys(match.captures ?? {})) {
      if (offered.includes(name)) continue;
      const some = offered.length === 0 ? "none" : offered.join(", ");
      faults.push({
        path: ["match", index, "captures", name],
        message: `${match.kind} offers no capture ${name}; it offers ${some}`,
      });
    }
    const named = [match.text, ...Object.values(match.captures ?? {})].flatMap(groupNames);
    const here = new Set(["phase", ...offered, ...named, ...lookups]);
    common = common === undefined ? here : new Set([...common].filter((name) => here.has(name)));
  });
  for (const [name, lookup] of Object.entries(recipe.lookup ?? {})) {
    if (!common?.has(lookup.from)) {
      faults.push({
        path: ["lookup", name, "from"],
        message: `no match of this recipe captures ${lookup.from}`,
      });
    }
  }
  for (const part of ["when", "steps"] as const) {
    recipe[part].forEach((entry, index) => {
      for (const name of templateNames(JSON.stringify(entry))) {
        if (common?.has(name)) continue;
        faults.push({ path: [part, index], message: `not every match of this recipe captures ${name}` });
      }
    });
  }
  const advises = recipe.steps.filter((step) => step.do === "advise").length;
  const advice = advises === recipe.steps.length;
  if (advises > 0 && !advice) {
    faults.push({ path: ["steps"], message: "a recipe that advises does nothing else" });
  }
  if (!advice && recipe.classes.every((name) => manual.includes(name))) {
    faults.push({
      path: ["classes"],
      message: "never runs: alwaysManual holds all its classes; it may only advise",
    });
  }
  return faults;
}

/** Steps that a recipe names and no loaded plugin brings; `known` are `PLUGIN/STEP`. */
export function checkPluginSteps({ steps }: Recipe, known: readonly string[]): Fault[] {
  return steps.flatMap((step, index) => {
    if (step.do !== "plugin" || known.includes(step.name)) return [];
    const [plugin, name] = step.name.split("/");
    const own = known.filter((one) => one.startsWith(`${plugin}/`));
    const message =
      own.length === 0
        ? `plugin ${plugin} brings no steps or is not loaded: name its file under "plugins" in portwright.json; \`portwright doctor\` says why one is left out`
        : `plugin ${plugin} has no step ${name}; it has ${own.join(", ")}`;
    return [{ path: ["steps", index, "name"], message }];
  });
}
