import { budgetOf } from "../../policy/budget.ts";
import { barOf, subjectOf } from "../../policy/decide.ts";
import { failedAttempts } from "../../policy/lineage.ts";
import type { Policy } from "../../policy/load.ts";
import type { Attempt, Case, Job, Tier } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import { priceOf } from "../model/prices.ts";
import type { Agent, Budget } from "../types.ts";
import type { PatchStageOptions } from "./types.ts";

/** Notes of one kind that are looked at for something new. */
const mostNotes = 200;

type Knowledge = { store: Pick<Store, "attemptsOf" | "proofsOf" | "notes">; policy: Policy };
type Terms = Pick<Job, "context" | "kin" | "model" | "queuedAt" | "tier">;

/** Failed attempts at the present failure, of which nothing new was said since. */
export function lineageOf(store: Knowledge["store"], subject: Case, job?: Terms): Attempt[] {
  const notes = (["context", "comment"] as const).flatMap(
    (kind) => store.notes({ caseId: subject.id, kind }, { limit: mostNotes }).items,
  );
  const attempts = store.attemptsOf(subject.id);
  return failedAttempts({ subject, attempts, proofs: store.proofsOf(subject.id), notes, job });
}

/** The tier whose limits an attempt has: who asks for one where the policy says MANUAL gets those of ASSIST. */
export function actingTier(subject: Pick<Case, "decision">, asked: Tier | null): "AUTO" | "ASSIST" {
  return (asked ?? subject.decision?.tier) === "AUTO" ? "AUTO" : "ASSIST";
}

/** Why a limit of money cannot be held with this agent, with the remedy; null when it can. */
export function unpriced(
  { prices, recipes }: Pick<PatchStageOptions, "prices" | "recipes">,
  agent: Agent,
  { costMicros }: Budget,
): string | null {
  if (costMicros === undefined || agent === recipes || priceOf(prices, agent) !== undefined) return null;
  return (
    `An attempt's money is limited, and ${agent.provider} ${agent.model} has no price. Give it one in ` +
    "portwright.json (models), or take the limit out of policy.json (money of the tier)."
  );
}

/** Why the policy lets no attempt be made at a case now, with the remedy; null when it does. */
export function refusal({ store, policy }: Knowledge, subject: Case, job: Terms): string | null {
  const bar = barOf(policy, subjectOf(subject));
  if (bar !== null) return `The policy leaves this to a person, whoever asks: ${bar.words}.`;
  // It costs no tokens, and is tried once a fix.
  if (job.kin) return null;
  const tier = actingTier(subject, job.tier);
  const { attemptsPerFailure: most } = budgetOf(policy, tier, subjectOf(subject));
  const made = lineageOf(store, subject, job).length;
  if (most === undefined || made < most) return null;
  return (
    `${made} attempts at this same failure did not mend it, and the policy makes no more than ${most} ` +
    `(attemptsPerFailure of ${tier}). Say what is new with \`portwright case context ${subject.origin} TEXT\`, ` +
    "choose another model, or mend it by hand."
  );
}
