import { randomUUID } from "node:crypto";
import { decide, mayAskModel } from "../../policy/decide.ts";
import { learnedRecipes } from "../../policy/learn.ts";
import type { Policy } from "../../policy/load.ts";
import type { Recipe } from "../../policy/recipe.ts";
import type { Bundle, Case, Confidence, Decision, Diagnosis, Platform, Tier } from "../../protocol/index.ts";
import type { RecipeOutcomes } from "../../store/types.ts";
import type { ModelProvider } from "../model/types.ts";
import { adviceFor, matchRecipes } from "../recipes/match.ts";
import type { ModelAnswer } from "./answer.ts";
import { type AnswerUse, type Asked, askModel } from "./ask.ts";

export interface TriageRequest {
  subject: Pick<Case, "origin" | "target">;
  bundle: Bundle;
  policy: Policy;
  /** How recipes fared so far. */
  outcomes: readonly RecipeOutcomes[];
  /** Asked only for what rules leave open; null when none is configured. */
  model: ModelProvider | null;
  /** What the porter wrote about the case; "" when nothing. */
  context: string;
  requestedTier?: Tier | undefined;
  /** Takes secrets out of what the model is told. */
  redact: (text: string) => string;
  /** Takes in what each answer of the model, or of one in its place, used. */
  answers: AnswerUse[];
  signal: AbortSignal;
  /** Makes an unguessable word for the fence about untrusted text. */
  newNonce?: () => string;
}

export interface Triage {
  classification: Diagnosis["classification"];
  confidence: Confidence;
  platform: Platform;
  rootCause: string;
  /** Lines of the extract. */
  evidence: string[];
  suggestedFix: string;
  /** What known errors without a fix have to say to a person. */
  advice: string[];
  decision: Decision;
  /** What went wrong with the model, or with reading its answers. */
  problems: string[];
}

/** Says what failed and who may act on it: by rules, and by a model where they leave the cause open. */
export async function triage(request: TriageRequest): Promise<Triage> {
  const { subject, bundle, policy, model, context, redact, answers, signal, newNonce = randomUUID } = request;
  const { diagnosis } = bundle;
  const asked =
    model !== null && needsModel(policy, subject, diagnosis)
      ? await askModel({
          model,
          prompt: policy.prompts.triage ?? "",
          bundle,
          context,
          nonce: newNonce(),
          redact,
          answers,
          signal,
        })
      : null;
  return conclude(request, asked?.answer ?? byRules(diagnosis), asked);
}

/** Whether rules leave the cause open, and the policy lets a model be asked for it; not before a rebuild that comes first. */
export function needsModel(policy: Policy, subject: TriageRequest["subject"], diagnosis: Diagnosis): boolean {
  const { origin, target } = subject;
  const isOpen = diagnosis.classification === "unknown" || diagnosis.confidence === "low";
  return (
    isOpen &&
    diagnosis.outcome !== "succeeded" &&
    !policy.file.rebuildFirst.includes(diagnosis.classification) &&
    matchRecipes(policy.recipes, diagnosis).length === 0 &&
    mayAskModel(policy, { origin, target, diagnosis })
  );
}

function conclude(request: TriageRequest, found: ModelAnswer, asked: Asked | null): Triage {
  const { subject, bundle, policy, outcomes, requestedTier } = request;
  const evidence = { ...bundle.diagnosis, classification: found.classification };
  const recipes = matchRecipes(learnedRecipes(policy, outcomes, found.classification), evidence);
  const advice = adviceFor(policy.recipes, evidence);
  const { origin, target } = subject;
  return {
    ...found,
    suggestedFix: found.suggestedFix || fixOf(policy.recipes, recipes[0]?.id),
    advice,
    decision: decide(policy, { origin, target, diagnosis: found, recipes, requestedTier }),
    problems: asked?.problems ?? [],
  };
}

/** The distilled evidence in the shape of an answer. */
function byRules(diagnosis: Diagnosis): ModelAnswer {
  const cause = diagnosis.cause?.text.trim();
  return {
    classification: diagnosis.classification,
    confidence: diagnosis.confidence,
    platform: platformOf(diagnosis),
    rootCause: cause || diagnosis.reason,
    evidence: cause ? [cause] : [],
    suggestedFix: "",
  };
}

/** Only what the evidence shows: the overlay's own patches are this system's, distfiles are upstream's. */
function platformOf({ classification, cause, extract }: Diagnosis): Platform {
  if (classification === "fetch-checksum" || classification === "fetch-error") return "freebsd-upstream";
  if (["timeout", "resource", "infrastructure"].includes(classification)) return "generic";
  const words = `${cause?.text ?? ""}\n${classification === "patch-error" ? extract : ""}`;
  return /dragonfly/i.test(words) ? "dragonfly-specific" : "unknown";
}

function fixOf(recipes: readonly Recipe[], id: string | undefined): string {
  const recipe = recipes.find((one) => one.id === id);
  return recipe === undefined ? "" : `${recipe.title} (recipe ${recipe.id}). ${recipe.explanation}`;
}
