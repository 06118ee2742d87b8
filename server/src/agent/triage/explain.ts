import type { ServerConfig } from "../../config/config.ts";
import { budgetOf } from "../../policy/budget.ts";
import { choosePlaybooks, playbookSubject } from "../../policy/choose.ts";
import { type DecisionRequest, decide, subjectOf } from "../../policy/decide.ts";
import { type Learned, learned, learnedRecipes } from "../../policy/learn.ts";
import { modelFor } from "../../policy/lineage.ts";
import type { Policy } from "../../policy/load.ts";
import type { Precondition, Recipe } from "../../policy/recipe.ts";
import { type Attempt, type Bundle, type Case, type Decision, Tier } from "../../protocol/index.ts";
import type { RecipeOutcomes } from "../../store/types.ts";
import { failoverOf } from "../model/configured.ts";
import { adviceFor, bindingsOf, matchRecipes } from "../recipes/match.ts";
import { deciderOf, floorsInWords, rulesInWords } from "./explainRules.ts";

interface ExplainRequest {
  subject: Case;
  bundle: Bundle;
  policy: Policy;
  models: ServerConfig["models"];
  /** Failed attempts at the present failure, of which nothing new was said since. */
  failed: readonly Attempt[];
  /** How recipes fared so far. */
  outcomes: readonly RecipeOutcomes[];
  /** Origins of ports with the same failure whose proved fixes are tried. */
  kin: readonly string[];
}

/** How the policy sees a case now, as `decide` itself does, rule by rule. Plain text for a person. */
export function explainPolicy(request: ExplainRequest): string {
  const { subject, bundle, policy, models, failed, outcomes, kin } = request;
  const { origin, target, flavor, classification, confidence } = subject;
  const evidence = { ...bundle.diagnosis, classification };
  const recipes = matchRecipes(learnedRecipes(policy, outcomes, classification), evidence);
  const asked: DecisionRequest = { ...subjectOf(subject), recipes };
  const decision = decide(policy, asked);
  const name = `${origin}${flavor === "" ? "" : `@${flavor}`}`;
  const sections = [
    [
      `${name} on ${target}: ${classification}, ${confidence} confidence.`,
      `The policy in ${policy.folder} says ${decision.tier}. What decided is ${deciderOf(decision)}.`,
      ...earlier(subject, decision),
    ],
    [
      "Rules that were looked at, in order:",
      ...rulesInWords(policy, asked, decision).map((line) => `- ${line}`),
    ],
    floorsInWords(policy, asked),
    [
      ...(kin.length === 0
        ? []
        : [`Tried first, at no tokens, is what was proved for the same failure of: ${kin.join(", ")}.`]),
      ...recipesInWords(
        policy,
        evidence,
        { ids: recipes.map(({ id }) => id), unsure: decision.unsure ?? [], outcomes },
        models.patch !== undefined,
        kin.length > 0,
      ),
    ],
    playbooksInWords(policy, bundle, classification),
    [
      ...budgetInWords(policy, decision.tier, subject, failed),
      ...(decision.tier === "MANUAL" ? [] : standInsInWords(models)),
    ],
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

function recipesInWords(
  policy: Policy,
  evidence: Parameters<typeof bindingsOf>[1],
  {
    ids,
    unsure,
    outcomes,
  }: { ids: readonly string[]; unsure: readonly string[]; outcomes: readonly RecipeOutcomes[] },
  canModel: boolean,
  hasKin: boolean,
): string[] {
  const advice = adviceFor(policy.recipes, evidence).map((text) => `Advice for a person: ${text}`);
  if (ids.length === 0)
    return [
      canModel
        ? "No recipe matches the evidence: an attempt is the model's from the start."
        : `No recipe matches the evidence and no model is configured: nothing ${hasKin ? "else " : ""}is attempted.`,
      ...advice,
    ];
  const lines = ids.flatMap((id) => {
    const recipe = policy.recipes.find((one) => one.id === id);
    if (recipe === undefined) return [];
    const now = learned(recipe, outcomes, policy.file.learning, evidence.classification);
    const words = recipeInWords(recipe, now, bindingsOf(recipe, evidence).length);
    return unsure.includes(id)
      ? [...words, "  less sure than the tier asks: only where a person asks"]
      : words;
  });
  return ["Recipes that match, best first:", ...lines, ...advice];
}

function recipeInWords(
  { id, title, confidence: declared, when }: Recipe,
  now: Learned,
  places: number,
): string[] {
  const at = `${places} ${places === 1 ? "place" : "places"} of the log`;
  const conditions = when.map((condition) => `  if ${conditionInWords(condition)}`);
  const { confidence, proved, failed, of } = now;
  const record =
    proved + failed === 0
      ? ""
      : `, declared ${declared}; ${proved} of ${proved + failed} repairs${of === null ? "" : ` of ${of}`} proved`;
  return [`- ${id} (${confidence} confidence${record}): ${title}; it matches ${at}`, ...conditions];
}

/** Before an environment is made, only the log is there to hold triggers against. */
function playbooksInWords({ playbooks, file }: Policy, bundle: Bundle, classification: string): string[] {
  const most = file.briefing.playbooks;
  const subject = playbookSubject(bundle.diagnosis, classification, []);
  const fitting = choosePlaybooks(playbooks, subject, playbooks.length);
  const lines = fitting.map(({ id, title, ...triggers }, index) => {
    const by = (["signatures", "toolchain", "classes"] as const).filter((kind) => triggers[kind].length > 0);
    const place = index < most ? "" : `; not shown, ${most} are the most`;
    return `- ${id}: ${title} (by its ${by.join(", ")})${place}`;
  });
  return [
    lines.length === 0
      ? "No playbook fits by the log."
      : "Playbooks that fit by the log, as a model is shown them:",
    ...lines,
    "An attempt also looks at the port's USES; `portwright session` tells which ones it was shown.",
  ];
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

function budgetInWords(policy: Policy, tier: Tier, subject: Case, failed: readonly Attempt[]): string[] {
  if (tier === "MANUAL") return ["MANUAL has no budget: nothing is attempted."];
  const limits = budgetOf(policy, tier, subjectOf(subject));
  const most = limits.attemptsPerFailure;
  return [
    `An attempt of ${tier} has ${limits.tokens} tokens, ${limits.turns} turns, ${limits.builds} builds and ` +
      `${limits.wallMs / 60_000} minutes; a job makes ${limits.attempts} at most. ${subject.attempts} made so far.`,
    `Failed at this failure since anything new was said: ${failed.length}` +
      (most === undefined
        ? ", without a limit."
        : ` of ${most}${failed.length < most ? "" : ", so no more are made until there is new context or another model"}.`),
    ...(limits.costMicros === undefined
      ? []
      : [`It may cost ${limits.costMicros / 1e6}, in the unit of prices.`]),
    ...Object.entries(limits.calls ?? {}).map(([name, most]) => `It may call ${name} ${most} times.`),
    ...(limits.approve?.length ? [`A person is asked for each call of: ${limits.approve.join(", ")}.`] : []),
    ...(limits.escalate === undefined
      ? []
      : [
          `Failed attempts of models before ${limits.escalate.model} is asked: ${limits.escalate.after}. ` +
            `A model's next attempt is for ${modelFor(limits, failed)}, unless a person chooses.`,
        ]),
  ];
}

function standInsInWords(models: ServerConfig["models"]): string[] {
  const names = models.patch === undefined ? [] : failoverOf(models, "patch");
  return names.length === 0
    ? []
    : [
        `While the model patch is down or refuses, these are asked in its place, in turn: ${names.join(", ")}.`,
      ];
}

/** What `decide` answers to each tier that a person can ask for. */
function choices(policy: Policy, asked: DecisionRequest, present: Tier): string[] {
  return Tier.options.map((requestedTier) => {
    const { tier } = decide(policy, { ...asked, requestedTier });
    if (tier !== requestedTier) return `- not ${requestedTier}: it stays ${tier}`;
    const words = `${requestedTier}${requestedTier === present ? ", as it is" : ""}`;
    return requestedTier === "MANUAL"
      ? `- ${words}: mend it by hand`
      : `- ${words}: \`portwright case patch ${asked.origin} --tier ${requestedTier}\``;
  });
}
