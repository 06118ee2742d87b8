import type { Confidence, Decision, FailureClass, Tier } from "../protocol/index.ts";
import type { Policy } from "./load.ts";
import { fitsPattern } from "./pattern.ts";
import type { Override } from "./schema.ts";

export interface DecisionRequest {
  origin: string;
  target: string;
  diagnosis: { classification: FailureClass; confidence: Confidence };
  /** Recipes that match the evidence, best first. */
  recipes: readonly { id: string; confidence: Confidence }[];
  /** What a person asked for; outranks the tables and the floors, never `alwaysManual`. */
  requestedTier?: Tier | undefined;
}

type Subject = Pick<DecisionRequest, "origin" | "target" | "diagnosis">;

interface AttemptLimits {
  tokens: number;
  turns: number;
  builds: number;
  wallMs: number;
  /** Attempts at one case before a person has to look. */
  attempts: number;
}

const rank: Record<Confidence, number> = { low: 0, medium: 1, high: 2 };

/** The rule name that `rebuildsFirst` looks for. */
const rebuildRule = "rebuild-first";

/**
 * What the agent may do about a case. Floors cascade: a tier whose floor the confidence does not meet gives way
 * to the next lower one, whose own floor is asked again.
 */
export function decide(policy: Pick<Policy, "file">, request: DecisionRequest): Decision {
  const { classification, confidence } = request.diagnosis;
  const rules: string[] = [];
  const reasons: string[] = [];
  const override = overrideOf(policy, request);
  const classRule = policy.file.classes[classification];
  const proposedTier = request.requestedTier ?? override?.tier ?? classRule.tier;
  if (request.requestedTier !== undefined) {
    rules.push(`requested:${request.requestedTier}`);
    reasons.push(`a person asked for ${request.requestedTier}`);
  } else if (override !== undefined) {
    rules.push(`override:${override.name}`);
    reasons.push(`${override.reason} (override ${override.name}: ${override.tier})`);
  } else {
    rules.push(`class:${classification}`);
    reasons.push(`${classification} is ${classRule.tier}`);
  }

  let tier = proposedTier;
  if (policy.file.alwaysManual.includes(classification)) {
    if (tier !== "MANUAL") reasons.push(`${classification} always needs a person`);
    tier = "MANUAL";
    rules.push(`always-manual:${classification}`);
  } else if (request.requestedTier === undefined) {
    const floors = floorsOf(policy, request);
    while (tier !== "MANUAL" && rank[confidence] < rank[floors[tier]]) {
      rules.push(`floor:${tier}:${floors[tier]}`);
      reasons.push(`${tier} asks for ${floors[tier]} confidence and the diagnosis has ${confidence}`);
      tier = tier === "AUTO" ? "ASSIST" : "MANUAL";
    }
  }
  if (policy.file.rebuildFirst.includes(classification)) {
    rules.push(rebuildRule);
    reasons.push("the port is built again unchanged before anything else");
  }
  return {
    tier,
    proposedTier,
    rules,
    reason: reasons.join("; "),
    recipes: request.recipes.map((recipe) => recipe.id),
  };
}

/** The exception from the class table that holds for a case. */
export function overrideOf(policy: Pick<Policy, "file">, request: Subject): Override | undefined {
  return policy.file.overrides.find((candidate) => covers(candidate, request));
}

/** Least confidence that each tier asks for in a case. */
export function floorsOf(
  policy: Pick<Policy, "file">,
  request: Subject,
): Record<"AUTO" | "ASSIST", Confidence> {
  const { floors, classes } = policy.file;
  const { classification } = request.diagnosis;
  return { ...floors, ...classes[classification].floors, ...overrideOf(policy, request)?.floors };
}

/** Whether the port has to be built again unchanged before a model may spend anything on it. */
export function rebuildsFirst(decision: Decision): boolean {
  return decision.rules.includes(rebuildRule);
}

/** The hard limits of one attempt and the number of attempts; MANUAL has none, it never acts. */
export function budgetOf(policy: Pick<Policy, "file">, tier: "AUTO" | "ASSIST"): AttemptLimits {
  const { wallMinutes, ...limits } = policy.file.tiers[tier];
  return { ...limits, wallMs: wallMinutes * 60_000 };
}

function covers(override: Override, request: Subject): boolean {
  return (
    (override.origins?.some((pattern) => fitsPattern(pattern, request.origin)) ?? true) &&
    (override.targets?.some((pattern) => fitsPattern(pattern, request.target)) ?? true) &&
    (override.classes?.includes(request.diagnosis.classification) ?? true)
  );
}
