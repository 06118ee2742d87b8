import type { Place, Precondition } from "../../policy/recipe.ts";
import { query, readText, rootOf } from "./files.ts";
import { type Binding, fill } from "./match.ts";
import type { Bench, Script } from "./script.ts";
import { patchedSources } from "./sources.ts";

/** The first precondition that does not hold, in words; null when all hold. */
export function* unmet(
  bench: Bench,
  conditions: readonly Precondition[],
  binding: Binding,
): Script<string | null> {
  for (const condition of conditions) {
    const words = yield* objection(bench, condition, binding);
    if (words !== null) return words;
  }
  return null;
}

function* objection(bench: Bench, condition: Precondition, binding: Binding): Script<string | null> {
  if (condition.if === "variable-lacks" || condition.if === "variable-has") {
    const value = (yield* query(bench, [condition.variable]))[condition.variable] ?? "";
    const wanted = fill(condition.word, binding);
    // `pkgconfig:run` is the feature pkgconfig with an argument; whoever has it needs no `pkgconfig:both` either.
    const isAsked = condition.if === "variable-has" ? wanted : featureOf(wanted);
    const has = value.split(/\s+/).some((word) => word === wanted || featureOf(word) === isAsked);
    if (condition.if === "variable-has") return has ? null : `${condition.variable} lacks ${wanted}`;
    return has ? `${condition.variable} has ${wanted} already` : null;
  }
  const path = yield* pathOf(bench, condition.in, fill(condition.path, binding));
  const file = yield* readText(bench, path);
  if (condition.if === "file-absent") return file === null ? null : `${path} exists`;
  if (file === null) return `${path} does not exist`;
  if (condition.if === "file-exists") return null;
  const text = fill(condition.text, binding);
  return file.text.includes(text) ? null : `${path} does not mention ${text}`;
}

const featureOf = (word: string): string => word.split(":")[0] ?? word;

function* pathOf(bench: Bench, place: Place, path: string): Script<string> {
  return place === "source" ? `${yield* patchedSources(bench)}/${path}` : `${rootOf(bench, place)}/${path}`;
}
