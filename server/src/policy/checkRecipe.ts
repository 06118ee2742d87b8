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
