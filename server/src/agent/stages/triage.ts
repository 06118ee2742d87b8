import type { JobContext, StageHandler } from "../../jobs/types.ts";
import { barOf, mayAskModel, rebuildsFirst, subjectOf } from "../../policy/decide.ts";
import type { Policy } from "../../policy/load.ts";
import {
  type Bundle,
  type Case,
  type Decision,
  type NewEvent,
  PortwrightError,
} from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import { caseChange } from "../../tracker/lifecycle.ts";
import { addCost, type CostOf, costOfAttempt } from "../model/configured.ts";
import type { ModelProvider } from "../model/types.ts";
import { addUsage, noUsage, totalTokens } from "../model/usage.ts";
import type { AnswerUse } from "../triage/ask.ts";
import { handOverText } from "../triage/handOver.ts";
import { type Triage, triage } from "../triage/triage.ts";
import { kinFixesOf } from "./kin.ts";

export interface TriageStageOptions {
  store: Store;
  policy: Policy;
  /** Makes the conversation about one case, for what the rules leave unknown; null when no model is configured. */
  model: (() => ModelProvider) | null;
  /** Whether a model is there for attempts at what no recipe matches. */
  canModel: boolean;
  /** Whether a case's port is built again here by itself. */
  canRebuild: (subject: Case) => boolean;
  costOf: CostOf;
  /** Takes secrets out of what a model is told. */
  redact: (text: string) => string;
  now: () => number;
}

/** Diagnoses a case and decides what may be done about it; what nobody here may do goes to a person at once. */
export function triageStage(options: TriageStageOptions): StageHandler {
  return async (context) => {
    const model = options.model?.() ?? null;
    const answers: AnswerUse[] = [];
    try {
      context.conclude(await diagnose(options, context, model, answers));
    } catch (error) {
      // What was used is paid, whatever came of it.
      const subject = answers.length === 0 ? null : options.store.case(context.job.caseId);
      const used = spent(options, model, answers);
      if (subject !== null)
        context.append({ type: "case/changed", payload: { ...subject, ...paid(subject, used) } });
      throw error;
    }
  };
}

async function diagnose(
  options: TriageStageOptions,
  { job, signal }: Pick<JobContext, "job" | "signal">,
  model: ModelProvider | null,
  answers: AnswerUse[],
): Promise<NewEvent> {
  const { store, policy, redact } = options;
  for (;;) {
    const { signature, bundleId, ...subject } = requireCase(store, job.caseId);
    const bundle = store.bundle(bundleId);
    if (bundle === null) throw new PortwrightError("notFound", `bundle ${bundleId} is gone`);
    const result = await triage({
      subject,
      bundle,
      policy,
      outcomes: store.recipeOutcomes(),
      model,
      requestedTier: job.tier ?? undefined,
      context: job.context,
      redact,
      answers,
      signal,
    });
    const kin = await kinFixesOf(store, { id: job.caseId, signature });
    signal.throwIfAborted();
    const current = requireCase(store, job.caseId);
    // Another failure came in while a model was asked: what it said is not about that one.
    if (current.signature !== signature) continue;
    const known = { hasKin: kin.length > 0, spent: spent(options, model, answers) };
    return diagnosed(options, current, bundle, result, known);
  }
}

function diagnosed(
  options: TriageStageOptions,
  subject: Case,
  bundle: Bundle,
  result: Triage,
  { hasKin, spent: used }: { hasKin: boolean; spent: Spent },
): NewEvent {
  const { store, now } = options;
  const { classification, confidence, platform, rootCause, evidence, suggestedFix } = result;
  const words = personNeeded(options, subject.origin, result.decision, hasKin);
  const isRebuilt = mayRebuild(options, { ...subject, classification, confidence }, result.decision);
  const waits = words !== null || result.decision.tier !== "AUTO";
  const decision: Decision = { ...result.decision, ...(isRebuilt && waits && { rebuild: true }) };
  const changes: Partial<Case> = {
    ...{ classification, confidence, decision, handOver: null },
    triage: { platform, rootCause, evidence, suggestedFix, confidence },
    ...paid(subject, used),
  };
  if (words === null || isRebuilt) return caseChange(subject, "triaged", now(), changes);
  const attempts = store.attemptsOf(subject.id);
  const text = { subject: { ...subject, ...changes }, bundle, attempts, words, triage: result };
  return caseChange(subject, "escalate", now(), { ...changes, handOver: handOverText(text) });
}

interface Spent {
  tokens: number;
  cost: number | null;
}

/** What all answers of one diagnosis used, each at the price of who gave it. */
function spent(
  { costOf }: TriageStageOptions,
  model: ModelProvider | null,
  answers: readonly AnswerUse[],
): Spent {
  const usage = answers.map((answer) => answer.usage).reduce(addUsage, noUsage);
  const own = model && { provider: model.name, model: model.model };
  return { tokens: totalTokens(usage), cost: own && costOfAttempt(costOf, own, usage, answers) };
}

const paid = (subject: Case, { tokens, cost }: Spent): Partial<Case> => ({
  tokens: subject.tokens + tokens,
  ...addCost(subject, cost),
});

function requireCase(store: Store, id: string): Case {
  const subject = store.case(id);
  if (subject === null) throw new PortwrightError("notFound", `case ${id} is gone`);
  return subject;
}

/** Whether the port is built again unchanged before anybody is asked, where nothing keeps the agent from it. */
function mayRebuild({ policy, canRebuild }: TriageStageOptions, subject: Case, decision: Decision): boolean {
  const rules = subjectOf(subject);
  return (
    rebuildsFirst(decision) &&
    !decision.rules.some((rule) => rule.startsWith("requested:")) &&
    barOf(policy, rules) === null &&
    mayAskModel(policy, rules) &&
    canRebuild(subject)
  );
}

/** Why nobody but a person can go on; null when an agent may. */
function personNeeded(
  { canModel }: TriageStageOptions,
  origin: string,
  decision: Decision,
  hasKin: boolean,
): string | null {
  if (decision.tier === "MANUAL") return `The policy leaves this to a person: ${decision.reason}.`;
  if (decision.recipes.length > 0 || canModel || hasKin) return null;
  const [unsure] = decision.unsure ?? [];
  if (unsure !== undefined)
    return (
      `Recipe ${unsure} matches, but what became of it before leaves it less sure than ${decision.tier} asks ` +
      `(\`portwright policy recipes\`). Let it try with \`portwright case patch ${origin} --tier ${decision.tier}\`.`
    );
  return "No rule matches the evidence, and no model is configured for attempts (models.patch in portwright.json).";
}
