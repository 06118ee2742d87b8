import type { Attempt, Case, Job, Note, Proof } from "../protocol/index.ts";

interface Lineage {
  subject: Pick<Case, "signature">;
  attempts: readonly Attempt[];
  proofs: readonly Proof[];
  /** Context and comments of the case. */
  notes: readonly Note[];
  /** What asks for the next attempt. */
  job?: Pick<Job, "context" | "model" | "queuedAt"> | undefined;
}

/**
 * Attempts at the case's present failure that did not mend it, since somebody last said something new: context, a comment
 * that steers, words or another model with the job. Those that a person or a broken endpoint ended say nothing.
 */
export function failedAttempts({ subject, attempts, proofs, notes, job }: Lineage): Attempt[] {
  const said = notes
    .filter(({ kind, text, steers }) => text !== "" && (kind === "context" || steers === true))
    .map(({ at = 0 }) => at);
  const isNew = job !== undefined && (job.context !== "" || job.model !== undefined);
  const since = Math.max(0, ...said, isNew ? job.queuedAt : 0);
  return attempts.filter(
    (attempt) =>
      attempt.signature === subject.signature && attempt.startedAt >= since && hasFailed(attempt, proofs),
  );
}

/** Name of the model that makes the next attempt where nobody chose one; attempts of the rule book say nothing of it. */
export function modelFor(
  { escalate }: { escalate?: { after: number; model: string } | undefined },
  failed: readonly Attempt[],
): string {
  const byModels = failed.filter(({ provider }) => provider !== "recipes").length;
  return escalate !== undefined && byModels >= escalate.after ? escalate.model : "patch";
}

const failures: readonly Attempt["outcome"][] = ["gave-up", "needs-context", "budget", "stalled"];
const refutations: readonly Proof["verdict"][] = ["diff-rejected", "build-failed"];

function hasFailed({ id, outcome }: Attempt, proofs: readonly Proof[]): boolean {
  if (outcome !== "fixed") return failures.includes(outcome);
  return proofs.some(({ attemptId, verdict }) => attemptId === id && refutations.includes(verdict));
}
