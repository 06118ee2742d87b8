import { budgetOf, decide, floorsOf, overrideOf } from "../../policy/decide.ts";
import type { Policy } from "../../policy/load.ts";
import type { Precondition, Recipe } from "../../policy/recipe.ts";
import { type Bundle, type Case, type Decision, Tier } from "../../protocol/index.ts";
import { adviceFor, bindingsOf, matchRecipes } from "../recipes/match.ts";

interface ExplainRequest {
  subject: Case;
  bundle: Bundle;
  policy: Policy;
  /** Whether a model is there for attempts at what no recipe matches. */
  canModel: boolean;
}

type Asked = Parameters<typeof decide>[1];

/** How the policy sees a case now, as `decide` itself does, rule by rule. Plain text for a person. */
export function explainPolicy({ subject, bundle, policy, canModel }: ExplainRequest): string {
  const { origin, target, flavor, classification, confidence } = subject;
  const evidence = { ...bundle.diagnosis, classification };
  const recipes = matchRecipes(policy.recipes, evidence);
  const asked: Asked = { origin, target, diagnosis: { classification, confidence }, recipes };
  const decision = decide(policy, asked);
  const name = `${origin}${flavor === "" ? "" : `@${flavor}`}`;
  const sections = [
    [
      `${name} on ${target}: ${classification}, ${confidence} confidence.`,
      `The policy in ${policy.folder} says ${decision.tier}.`,
      ...earlier(subject, decision),
    ],
    ["Rules, in order:", ...decision.rules.map((rule) => `- ${ruleInWords(rule, policy, asked)}`)],
    floorsInWords(policy, asked),
    recipesInWords(
      policy,
      evidence,
      recipes.map(({ id }) => id),
      canModel,
    ),
    budgetInWords(policy, decision.tier, subject),
    ["A person may still choose:", ...choices(policy, asked, decision.tier)],
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function earlier({ decision: then }: Case, now: Decision): string[] {
  if (then === null) return ["It has not been triaged yet."];
  if (then.tier === now.tier) return [];
  return [
    `At triage it was ${then.tier}: ${then.reason}. The policy, or what a person asked for, was another.`,
  ];
}

function ruleInWords(rule: string, policy: Policy, asked: Asked): string {
  const [kind, ...rest] = rule.split(":");
  const { classification, confidence } = asked.diagnosis;
  const override = overrideOf(policy, asked);
  switch (kind) {
    case "class":
      return `${rule}: the table of classes gives ${classification} to ${policy.file.classes[classification].tier}`;
    case "override": {
      const { origins, targets, classes } = override ?? {};
      const where = Object.entries({ origins, targets, classes }).flatMap(([name, patterns]) =>
        patterns ? [`${name} ${patterns.join(", ")}`] : [],
      );
      return `${rule}: the exception for ${where.join("; ") || "everything"} gives ${override?.tier}: ${override?.reason}`;
    }
    case "always-manual":
      return `${rule}: this class always needs a person, whoever asks for what`;
    case "floor":
      return `${rule}: ${rest[0]} asks for ${rest[1]} confidence and the diagnosis has ${confidence}, so the next lower tier is asked`;
    case "rebuild-first":
      return `${rule}: the port is built again unchanged before anything is spent on it`;
    default:
      return rule;
  }
}

function floorsInWords(policy: Policy, asked: Asked): string[] {
  const floors = floorsOf(policy, asked);
  return [`Least confidence here: ${floors.AUTO} for AUTO, ${floors.ASSIST} for ASSIST.`];
}

function recipesInWords(
  policy: Policy,
  evidence: Parameters<typeof bindingsOf>[1],
  ids: readonly string[],
  canModel: boolean,
): string[] {
  const advice = adviceFor(policy.recipes, evidence).map((text) => `Advice for a person: ${text}`);
  if (ids.length === 0)
    return [
      canModel
        ? "No recipe matches the evidence: an attempt is the model's from the start."
        : "No recipe matches the evidence and no model is configured: nothing is attempted.",
      ...advice,
    ];
  const lines = ids.flatMap((id) => {
    const recipe = policy.recipes.find((one) => one.id === id);
    return recipe ? recipeInWords(recipe, bindingsOf(recipe, evidence).length) : [];
  });
  return ["Recipes that match, best first:", ...lines, ...advice];
}

function recipeInWords({ id, title, confidence, when }: Recipe, places: number): string[] {
  const at = `${places} ${places === 1 ? "place" : "places"} of the log`;
  const conditions = when.map((condition) => `  if ${conditionInWords(condition)}`);
  return [`- ${id} (${confidence} confidence): ${title}; it matches ${at}`, ...conditions];
}

function conditionInWords(condition: Precondition): string {
  switch (condition.if) {
    case "variable-lacks":
      return `${condition.variable} lacks ${condition.word}`;
    case "variable-has":
      return `${condition.variable} has ${condition.word}`;
    case "file-exists":
      return `${condition.path} (${condition.in}) is there`;
    case "file-absent":
      return `${condition.path} (${condition.in}) is absent`;
    case "file-mentions":
      return `${condition.path} (${condition.in}) mentions ${condition.text}`;
  }
}

function budgetInWords(policy: Policy, tier: Tier, { attempts }: Case): string[] {
  if (tier === "MANUAL") return ["MANUAL has no budget: nothing is attempted."];
  const limits = budgetOf(policy, tier);
  return [
    `An attempt of ${tier} has ${limits.tokens} tokens, ${limits.turns} turns, ${limits.builds} builds and ` +
      `${limits.wallMs / 60_000} minutes; a job makes ${limits.attempts} at most. ${attempts} made so far.`,
  ];
}

/** What `decide` answers to each tier that a person can ask for. */
function choices(policy: Policy, asked: Asked, present: Tier): string[] {
  return Tier.options.map((requestedTier) => {
    const { tier } = decide(policy, { ...asked, requestedTier });
    if (tier !== requestedTier) return `- not ${requestedTier}: it stays ${tier}`;
    const words = `${requestedTier}${requestedTier === present ? ", as it is" : ""}`;
    return requestedTier === "MANUAL"
      ? `- ${words}: mend it by hand`
      : `- ${words}: \`portwright case patch ${asked.origin} --tier ${requestedTier}\``;
  });
}
