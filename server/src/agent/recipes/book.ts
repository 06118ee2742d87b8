import { floorsOf, meetsFloor, type Subject } from "../../policy/decide.ts";
import { learnedRecipes } from "../../policy/learn.ts";
import type { Policy } from "../../policy/load.ts";
import type { Recipe } from "../../policy/recipe.ts";
import type { FailureClass } from "../../protocol/index.ts";
import type { RecipeOutcomes } from "../../store/types.ts";

/** The recipes that may act on failures of a class, with the confidence that they have there. */
export type RuleBook = (classification: FailureClass) => readonly Recipe[];

/**
 * What an attempt may use: recipes at least as sure as its tier asks of a diagnosis, as they were when it began; all of
 * them where a person asked (`tier` is null).
 */
export function ruleBook(
  policy: Pick<Policy, "recipes" | "file">,
  outcomes: readonly RecipeOutcomes[],
  subject: Subject,
  tier: "AUTO" | "ASSIST" | null,
): RuleBook {
  return (classification) => {
    const { confidence } = subject.diagnosis;
    const floors = floorsOf(policy, { ...subject, diagnosis: { classification, confidence } });
    return learnedRecipes(policy, outcomes, classification).filter(
      (recipe) => tier === null || meetsFloor(recipe.confidence, floors[tier]),
    );
  };
}
