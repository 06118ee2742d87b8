import type { Match, Recipe } from "../../policy/recipe.ts";
import type { Confidence, Diagnosis, Finding } from "../../protocol/index.ts";

/** What a recipe knows of one finding: its phase, captures, named groups and looked-up values. */
export type Binding = Readonly<Record<string, string>>;

/** What matching reads of a diagnosis; a failed build of an attempt yields the same. */
export type Evidence = Pick<Diagnosis, "classification" | "findings"> & { cause?: Finding | null };

/** Findings that one recipe acts on; what a log holds beyond that is left to the next build. */
const maxBindings = 64;

const rank: Record<Confidence, number> = { high: 2, medium: 1, low: 0 };

/**
 * Fixes that the evidence calls for, best first: those that answer the cause itself, then by confidence, then by the
 * order of the recipe files. Pure; preconditions on the port are read later, in an environment.
 */
export function matchRecipes(
  recipes: readonly Recipe[],
  evidence: Evidence,
): { id: string; confidence: Confidence }[] {
  return recipes
    .filter((recipe) => !advises(recipe) && bindingsOf(recipe, evidence).length > 0)
    .map((recipe) => ({ recipe, aim: explainsCause(recipe, evidence) ? 1 : 0 }))
    .sort((a, b) => b.aim - a.aim || rank[b.recipe.confidence] - rank[a.recipe.confidence])
    .map(({ recipe }) => ({ id: recipe.id, confidence: recipe.confidence }));
}

/** What recipes without a fix have to say to the person who takes such a case over. */
export function adviceFor(recipes: readonly Recipe[], evidence: Evidence): string[] {
  const texts = recipes
    .filter(advises)
    .flatMap((recipe) =>
      bindingsOf(recipe, evidence).flatMap((binding) =>
        recipe.steps.flatMap((step) => (step.do === "advise" ? [fill(step.text, binding)] : [])),
      ),
    );
  return [...new Set(texts)];
}

const advises = (recipe: Recipe): boolean => recipe.steps.some((step) => step.do === "advise");

/** Distinct bindings of a recipe in the order of the findings; none when the class is not one of its own. */
export function bindingsOf(recipe: Recipe, evidence: Evidence): Binding[] {
  if (!recipe.classes.includes(evidence.classification)) return [];
  const bindings = new Map<string, Binding>();
  for (const finding of evidence.findings) {
    const binding = bind(recipe, finding);
    if (binding === null) continue;
    bindings.set(JSON.stringify(Object.entries(binding).sort()), binding);
    if (bindings.size >= maxBindings) break;
  }
  return [...bindings.values()];
}

function explainsCause(recipe: Recipe, evidence: Evidence): boolean {
  return evidence.cause != null && bind(recipe, evidence.cause) !== null;
}

function bind(recipe: Recipe, finding: Finding): Binding | null {
  for (const match of recipe.match) {
    // What a dependency's own build says is for that port's case; a match that names the phase is of its framework.
    if (finding.phase?.endsWith("-depends") && match.phases === undefined) continue;
    const found = meets(match, finding);
    if (found === null) continue;
    const looked = lookUp(recipe, found);
    if (looked !== null) return looked;
  }
  return null;
}

function meets(match: Match, finding: Finding): Binding | null {
  if (finding.kind !== match.kind) return null;
  if (match.phases !== undefined && !match.phases.includes(finding.phase ?? "")) return null;
  const binding: Record<string, string> = { phase: finding.phase ?? "", ...finding.captures };
  for (const [name, source] of Object.entries(match.captures ?? {})) {
    const value = finding.captures[name];
    const found = value === undefined ? null : new RegExp(source, "u").exec(value);
    if (found === null) return null;
    Object.assign(binding, found.groups);
  }
  if (match.text !== undefined) {
    const found = new RegExp(match.text, "u").exec(finding.text);
    if (found === null) return null;
    Object.assign(binding, found.groups);
  }
  return binding;
}

function lookUp(recipe: Recipe, binding: Binding): Binding | null {
  const looked: Record<string, string> = { ...binding };
  for (const [name, { from, table }] of Object.entries(recipe.lookup ?? {})) {
    const key = binding[from];
    if (key === undefined || !Object.hasOwn(table, key)) return null;
    looked[name] = table[key] ?? "";
  }
  return looked;
}

/** Fills `${name}` from a binding; throws RangeError for a name that the binding lacks. */
export function fill(template: string, binding: Binding): string {
  return template.replace(/\$\{([a-z]\w*)\}/g, (_whole, name: string) => {
    const value = binding[name];
    if (value === undefined) throw new RangeError(`nothing captured ${name}`);
    return value;
  });
}
