import type { Confidence, FailureClass } from "../protocol/index.ts";
import type { RecipeOutcomes } from "../store/types.ts";
import type { Policy } from "./load.ts";
import type { Recipe } from "./recipe.ts";

/** A recipe's confidence as its outcomes left it. */
export interface Learned {
  confidence: Confidence;
  /** Share of proved repairs to be expected, 0 to 1. */
  share: number;
  proved: number;
  failed: number;
  /** The class that the outcomes are of; null for all classes together. */
  of: FailureClass | null;
}

/** Share of proved repairs that a recipe stands for by what its file declares. */
const declaredShare: Record<Confidence, number> = { high: 0.9, medium: 0.7, low: 0.4 };
/** Least share of each level; what is below both is low. */
const leastShare = { high: 0.8, medium: 0.55 };

/**
 * The mean of a Beta distribution whose prior is the declared share with the policy's weight, and whose data are
 * proved and failed repairs: those in the failure's own class once there are enough of them, else those in all classes
 * (always with null). Without outcomes it is what the file declares.
 */
export function learned(
  recipe: Pick<Recipe, "id" | "confidence">,
  outcomes: readonly RecipeOutcomes[],
  { priorWeight, leastPerClass }: Policy["file"]["learning"],
  classification: FailureClass | null,
): Learned {
  const all = outcomes.filter((one) => one.recipe === recipe.id);
  const own = all.filter((one) => one.classification === classification);
  const isOwn = sum(own, "proved") + sum(own, "failed") >= leastPerClass;
  const counted = isOwn ? own : all;
  const [proved, failed] = [sum(counted, "proved"), sum(counted, "failed")];
  const declared = declaredShare[recipe.confidence];
  // Rounded, so that what is exactly at a border is not below it for a bit.
  const share = Number(((declared * priorWeight + proved) / (priorWeight + proved + failed)).toFixed(6));
  const of = isOwn ? classification : null;
  const known = { share, proved, failed, of };
  if (proved + failed === 0) return { confidence: recipe.confidence, ...known };
  const level = share >= leastShare.high ? "high" : share >= leastShare.medium ? "medium" : "low";
  return { confidence: level, ...known };
}

const sum = (outcomes: readonly RecipeOutcomes[], of: "proved" | "failed"): number =>
  outcomes.reduce((total, one) => total + one[of], 0);

/** The policy's recipes, each with the confidence that it has for failures of a class. */
export function learnedRecipes(
  { recipes, file }: Pick<Policy, "recipes" | "file">,
  outcomes: readonly RecipeOutcomes[],
  classification: FailureClass,
): Recipe[] {
  return recipes.map((recipe) => ({
    ...recipe,
    confidence: learned(recipe, outcomes, file.learning, classification).confidence,
  }));
}
