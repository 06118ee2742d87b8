import type { ProofWishes, ToolName } from "../protocol/index.ts";
import { overrideOf, type Subject } from "./decide.ts";
import type { Policy } from "./load.ts";

/** The hard limits of one attempt, and how many are made. */
interface AttemptLimits {
  tokens: number;
  turns: number;
  builds: number;
  wallMs: number;
  /** Millionths of the unit of prices; absent for no limit. */
  costMicros?: number | undefined;
  calls?: Partial<Record<ToolName, number>> | undefined;
  /** Attempts of one job before a person has to look. */
  attempts: number;
  /** Failed attempts at one failure, over all jobs; absent for no limit. */
  attemptsPerFailure?: number | undefined;
  escalate?: { after: number; model: string } | undefined;
  /** Tools of which each call needs a person's consent. */
  approve?: readonly ToolName[] | undefined;
}

/** What a case has in a tier, its override's limits in place of the tier's; MANUAL has none, it never acts. */
export function budgetOf(
  policy: Pick<Policy, "file">,
  tier: "AUTO" | "ASSIST",
  subject: Subject,
): AttemptLimits {
  const { wallMinutes, money, ...limits } = {
    ...policy.file.tiers[tier],
    ...(overrideOf(policy, subject)?.budget as Partial<Policy["file"]["tiers"]["AUTO"]> | undefined),
  };
  return {
    ...{ ...limits, wallMs: wallMinutes * 60_000 },
    ...(money !== undefined && { costMicros: Math.ceil(money * 1e6) }),
  };
}

/** What a proof of a case's fix asks beside its build. */
export function wishesOf(policy: Pick<Policy, "file">, subject: Subject): ProofWishes {
  const { checks, dependents } = policy.file.proof;
  const own = overrideOf(policy, subject)?.proof;
  return { checks: own?.checks ?? checks, dependents: own?.dependents ?? dependents };
}
