import type { Recipe } from "../../policy/recipe.ts";
import { type Diagnosis, FailureClass, type RecipeUse } from "../../protocol/index.ts";
import { applyUses, usesOf } from "./apply.ts";
import type { RuleBook } from "./book.ts";
import { undo } from "./files.ts";
import { adopt, type KinFix } from "./kin.ts";
import { type Evidence, matchRecipes } from "./match.ts";
import {
  type Answer,
  ask,
  type Bench,
  errorOf,
  findingsOf,
  newBench,
  type Script,
  StepRefused,
  textFact,
} from "./script.ts";
import type { PluginSteps } from "./steps/plugin.ts";

/** Recipes that one attempt applies one behind another. */
const maxRounds = 4;
const summaryBytes = 3500;

export interface Trial {
  recipe: Pick<Recipe, "id" | "title" | "explanation">;
  /** Of the failure that it was to mend. */
  classification: FailureClass;
  did: string[];
  refused: string[];
  /** How the build after it ended; null when there was nothing to build. */
  seen: string | null;
  /** What that says of the recipe; null when the build did not get as far as a diagnosis, and for what is none. */
  end: RecipeUse["end"] | null;
}

/** What a recipe attempt starts from. */
export interface RepairRequest {
  origin: string;
  pluginSteps?: PluginSteps | undefined;
  diagnosis: Pick<Diagnosis, "classification" | "findings" | "cause">;
  /** What mended the same failure in other ports. */
  kin?: readonly KinFix[];
}

/**
 * One attempt: tries what mended the same failure elsewhere, then applies the best recipe for the evidence, builds, and goes
 * on from what the build then says. A recipe whose finding is still there after its build did not help and is taken back.
 * Ends with finish in any case. What was tried is added to `trials`.
 */
export function* repair(book: RuleBook, request: RepairRequest, trials: Trial[] = []): Script<void> {
  const bench = newBench(request.origin, request.pluginSteps);
  const tried = new Set<string>();
  let evidence: Evidence = request.diagnosis;
  for (const kin of request.kin ?? [])
    if (yield* tryKin(bench, kin, request.diagnosis, trials)) return yield* endFixed(bench, trials);
  for (let round = 0; round < maxRounds; round += 1) {
    const next = yield* applyNext(bench, book(evidence.classification), evidence, tried, trials);
    if (next === null) break;
    const { recipe, trial } = next;
    const keys = new Set(usesOf(recipe, evidence).map((use) => use.key));
    bench.saying = `Building with: ${trial.did.join("; ")}.`;
    const built = yield* ask(bench, "build");
    trial.seen = built.ok ? "the build passed" : endOf(built);
    if (built.ok) trial.end = "passed";
    if (built.ok) return yield* endFixed(bench, trials);
    const after = evidenceOf(built);
    if (after === null) break;
    const helped = !usesOf(recipe, after).some((use) => keys.has(use.key));
    trial.end = helped ? "helped" : "failed";
    if (!helped) yield* undo(bench);
    bench.journal.clear();
    evidence = after;
  }
  yield* giveUp(bench, trials, evidence);
}

/** Whether the build passes with another port's fix; all is as before when it does not. */
function* tryKin(
  bench: Bench,
  kin: KinFix,
  { classification }: RepairRequest["diagnosis"],
  trials: Trial[],
): Script<boolean> {
  const title = `The proved fix of ${kin.origin}`;
  const explanation = `${kin.origin} failed in the same way, and this change mended it there.`;
  const recipe = { id: "kin", title, explanation };
  const trial: Trial = { recipe, classification, did: [], refused: [], seen: null, end: null };
  trials.push(trial);
  bench.saying = `${title}, which failed in the same way.`;
  try {
    trial.did = yield* adopt(bench, kin);
  } catch (error) {
    if (!(error instanceof StepRefused)) throw error;
    trial.refused.push(error.message);
    return false;
  }
  bench.saying = `Building with: ${trial.did.join("; ")}.`;
  const built = yield* ask(bench, "build");
  trial.seen = built.ok ? "the build passed" : endOf(built);
  if (!built.ok) yield* undo(bench);
  return built.ok;
}

/** Applies the best untried recipe that can do something; null when there is none. */
function* applyNext(
  bench: Bench,
  recipes: readonly Recipe[],
  evidence: Evidence,
  tried: Set<string>,
  trials: Trial[],
): Script<{ recipe: Recipe; trial: Trial } | null> {
  for (const { id } of matchRecipes(recipes, evidence)) {
    const recipe = recipes.find((one) => one.id === id);
    if (recipe === undefined) continue;
    const uses = usesOf(recipe, evidence).filter((use) => !tried.has(use.key));
    if (uses.length === 0) continue;
    for (const use of uses) tried.add(use.key);
    bench.saying = `Recipe ${recipe.id}: ${recipe.title}.`;
    const applied = yield* applyUses(bench, recipe, uses, evidence);
    const { classification } = evidence;
    const trial: Trial = { recipe, classification, ...applied, seen: null, end: null };
    trials.push(trial);
    if (applied.did.length > 0) return { recipe, trial };
  }
  return null;
}

function* endFixed(bench: Bench, trials: readonly Trial[]): Script<void> {
  yield* ask(bench, "emit_diff");
  const why = trials.filter((trial) => trial.did.length > 0).map((trial) => trial.recipe.explanation);
  const summary = `${account(trials)}\n\n${[...new Set(why)].join("\n")}`;
  const answer = yield* ask(bench, "finish", { status: "fixed", summary: bounded(summary) });
  if (answer.ok) return;
  const refused = `${account(trials)}\n\nThe fix was not taken: ${errorOf(answer)}.`;
  yield* ask(bench, "finish", { status: "gave-up", summary: bounded(refused) });
}

function* giveUp(bench: Bench, trials: readonly Trial[], evidence: Evidence): Script<void> {
  const cause = evidence.cause?.text.trim() ?? "";
  const left = `What is left is ${evidence.classification}${cause === "" ? "" : `: ${cause}`}.`;
  const summary =
    trials.length === 0
      ? `No recipe knows this failure. ${left}`
      : `${account(trials)}\n\n${left} No other recipe knows it.`;
  yield* ask(bench, "finish", { status: "gave-up", summary: bounded(summary) });
}

/** What was tried, in order, with what was seen. */
function account(trials: readonly Trial[]): string {
  return trials
    .flatMap((trial) => [
      ...trial.did.map((words) => `- ${trial.recipe.title}: ${words}`),
      ...trial.refused.map((words) => `- ${trial.recipe.title} could not be done: ${words}`),
      ...(trial.seen === null ? [] : [`  Then ${trial.seen}.`]),
    ])
    .join("\n");
}

const bounded = (text: string): string =>
  text.length <= summaryBytes ? text : `${text.slice(0, summaryBytes)} [...]`;

function endOf(built: Answer): string {
  const cause = textFact(built, "cause");
  return `the build failed: ${errorOf(built)}${cause === null ? "" : ` (${cause.trim()})`}`;
}

/** What a failed build says of its cause; null when it did not get as far as a diagnosis. */
function evidenceOf(built: Answer): Evidence | null {
  const classification = FailureClass.safeParse(built.facts.classification);
  if (!classification.success) return null;
  const findings = findingsOf(built, textFact(built, "phase"));
  const cause = findings[0];
  return {
    classification: classification.data,
    findings,
    cause: cause === undefined ? null : { ...cause, text: textFact(built, "cause") ?? "" },
  };
}
