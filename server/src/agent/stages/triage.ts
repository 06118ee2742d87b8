import type { StageHandler } from "../../jobs/types.ts";
import type { Policy } from "../../policy/load.ts";
import { type Case, type Decision, PortwrightError } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import { caseChange } from "../../tracker/lifecycle.ts";
import type { ModelProvider } from "../model/types.ts";
import { totalTokens } from "../model/usage.ts";
import { handOverText } from "../triage/handOver.ts";
import { triage } from "../triage/triage.ts";

export interface TriageStageOptions {
  store: Store;
  policy: Policy;
  /** Asked only for what the rules leave unknown; null when none is configured. */
  model: ModelProvider | null;
  /** Whether a model is there for attempts at what no recipe matches. */
  canModel: boolean;
  now: () => number;
}

/** Diagnoses a case and decides what may be done about it; what nobody here may do goes to a person at once. */
export function triageStage(options: TriageStageOptions): StageHandler {
  const { store, policy, model, now } = options;
  return async ({ job, signal, append }) => {
    const subject = store.case(job.caseId);
    const bundle = subject && store.bundle(subject.bundleId);
    if (!subject || !bundle)
      throw new PortwrightError("notFound", `case ${job.caseId} or its bundle is gone`);
    const result = await triage({
      subject,
      bundle,
      policy,
      model,
      requestedTier: job.tier ?? undefined,
      context: job.context,
      signal,
    });
    const { classification, confidence, decision, usage } = result;
    const tokens = subject.tokens + totalTokens(usage);
    const changes: Partial<Case> = { classification, confidence, decision, tokens, handOver: null };
    const words = personNeeded(options, decision);
    if (words === null) return append(caseChange(subject, "triaged", now(), changes));
    const attempts = store.attemptsOf(subject.id);
    const handOver = handOverText({
      subject: { ...subject, ...changes },
      bundle,
      attempts,
      words,
      triage: result,
    });
    append(caseChange(subject, "escalate", now(), { ...changes, handOver }));
  };
}

/** Why nobody but a person can go on; null when an agent may. */
function personNeeded({ canModel }: TriageStageOptions, decision: Decision): string | null {
  if (decision.tier === "MANUAL") return `The policy leaves this to a person: ${decision.reason}.`;
  if (decision.recipes.length > 0 || canModel) return null;
  return "No rule matches the evidence, and no model is configured for attempts (models.patch in portwright.json).";
}
