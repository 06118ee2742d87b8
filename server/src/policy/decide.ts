import type { Case, Confidence, Decision, FailureClass, Tier } from "../protocol/index.ts";
import type { Policy } from "./load.ts";
import { fitsPattern } from "./pattern.ts";
import type { Override, TreeRule } from "./schema.ts";

/** What the rules look at. */
export interface Subject {
  origin: string;
  target: string;
  diagnosis: { classification: FailureClass; confidence: Confidence };
}

export const subjectOf = ({ origin, target, classification, confidence }: Case): Subject => ({
  ...{ origin, target },
  diagnosis: { classification, confidence },
});

export interface DecisionRequest extends Subject {
  /** Recipes that match the evidence, best first. */
  recipes: readonly { id: string; confidence: Confidence }[];
  /** What a person asked for; outranks the tables, overrides and floors, never what `barOf` names. */
  requestedTier?: Tier | undefined;
}

type Rules = Pick<Policy, "file">;

const rank: Record<Confidence, number> = { low: 0, medium: 1, high: 2 };

export const meetsFloor = (confidence: Confidence, floor: Confidence): boolean =>
  rank[confidence] >= rank[floor];

/** The rule name that `rebuildsFirst` looks for. */
const rebuildRule = "rebuild-first";

/**
 * What the agent may do about a case. Floors cascade: a tier whose floor the confidence does not meet gives way
 * to the next lower one, whose own floor is asked again.
 */
export function decide(policy: Rules, request: DecisionRequest): Decision {
  const { classification, confidence } = request.diagnosis;
  const { tier: proposedTier, rules, reasons } = proposal(policy, request);
  let tier = proposedTier;
  const bar = barOf(policy, request);
  if (bar !== null) {
    if (tier !== "MANUAL") reasons.push(bar.words);
    tier = "MANUAL";
    rules.push(bar.rule);
  } else if (request.requestedTier === undefined) {
    const floors = floorsOf(policy, request);
    while (tier !== "MANUAL" && !meetsFloor(confidence, floors[tier])) {
      rules.push(`floor:${tier}:${floors[tier]}`);
      reasons.push(`${tier} asks for ${floors[tier]} confidence and the diagnosis has ${confidence}`);
      tier = tier === "AUTO" ? "ASSIST" : "MANUAL";
    }
  }
  if (policy.file.rebuildFirst.includes(classification)) {
    rules.push(rebuildRule);
    reasons.push("the port is built again unchanged before anything else");
  }
  const floor =
    request.requestedTier === undefined && tier !== "MANUAL" ? floorsOf(policy, request)[tier] : "low";
  const unsure = request.recipes.filter((recipe) => !meetsFloor(recipe.confidence, floor));
  for (const recipe of unsure)
    reasons.push(`${tier} asks for ${floor} confidence and recipe ${recipe.id} has ${recipe.confidence}`);
  return {
    tier,
    proposedTier,
    rules,
    reason: reasons.join("; "),
    recipes: request.recipes.filter((recipe) => !unsure.includes(recipe)).map(({ id }) => id),
    ...(unsure.length > 0 && { unsure: unsure.map(({ id }) => id) }),
  };
}

function proposal(
  policy: Rules,
  request: DecisionRequest,
): { tier: Tier; rules: string[]; reasons: string[] } {
  const { requestedTier } = request;
  if (requestedTier !== undefined)
    return {
      tier: requestedTier,
      rules: [`requested:${requestedTier}`],
      reasons: [`a person asked for ${requestedTier}`],
    };
  const { classification } = request.diagnosis;
  const override = overrideOf(policy, request);
  const rules = override === undefined ? [] : [`override:${override.name}`];
  const reasons =
    override === undefined
      ? []
      : [`${override.reason} (override ${override.name}: ${override.tier ?? "other limits"})`];
  if (override?.tier !== undefined)
    return { tier: override.tier === "off" ? "MANUAL" : override.tier, rules, reasons };
  const { tier } = policy.file.classes[classification];
  return {
    tier,
    rules: [...rules, `class:${classification}`],
    reasons: [...reasons, `${classification} is ${tier}`],
  };
}

/** The rule by which a person has to mend a case, whatever overrides and people ask for; null when there is none. */
export function barOf(policy: Rules, request: Subject): { rule: string; words: string } | null {
  const { classification } = request.diagnosis;
  const tree = treeOf(policy, request.target);
  if (tree !== undefined && tree.agent !== "diff")
    return {
      rule: `tree:${tree.name}`,
      words: `${tree.reason} (tree ${tree.name}: ${tree.agent} on ${request.target})`,
    };
  if (!policy.file.alwaysManual.includes(classification)) return null;
  return { rule: `always-manual:${classification}`, words: `${classification} always needs a person` };
}

/** Whether a model may be asked about the case at all, be it for its diagnosis. */
export function mayAskModel(policy: Rules, request: Subject): boolean {
  return treeOf(policy, request.target)?.agent !== "off" && overrideOf(policy, request)?.tier !== "off";
}

/** What holds for a whole target; none leaves it to the other rules. */
export function treeOf({ file }: Rules, target: string): TreeRule | undefined {
  return file.trees.find(({ targets }) => targets.some((pattern) => fitsPattern(pattern, target)));
}

/** The exception from the class table that holds for a case. */
export function overrideOf(policy: Rules, request: Subject): Override | undefined {
  return policy.file.overrides.find((candidate) => missedBy(candidate, request) === null);
}

/** Why an override does not cover a case, in words; null when it does. */
export function missedBy({ origins, targets, classes }: Override, request: Subject): string | null {
  const { origin, target, diagnosis } = request;
  const fits = (patterns: readonly string[] | undefined, name: string) =>
    patterns?.some((pattern) => fitsPattern(pattern, name)) ?? true;
  if (!fits(origins, origin)) return `its origins ${origins?.join(", ")} do not cover ${origin}`;
  if (!fits(targets, target)) return `its targets ${targets?.join(", ")} do not cover ${target}`;
  if (classes?.includes(diagnosis.classification) ?? true) return null;
  return `its classes ${classes?.join(", ")} do not hold ${diagnosis.classification}`;
}

/** Least confidence that each tier asks for in a case. */
export function floorsOf(policy: Rules, request: Subject): Record<"AUTO" | "ASSIST", Confidence> {
  const { floors, classes } = policy.file;
  const { classification } = request.diagnosis;
  return { ...floors, ...classes[classification].floors, ...overrideOf(policy, request)?.floors };
}

/** Whether the port has to be built again unchanged before a model may spend anything on it. */
export function rebuildsFirst(decision: Decision): boolean {
  return decision.rules.includes(rebuildRule);
}
