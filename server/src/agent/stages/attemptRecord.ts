import { dropped, isWaiting } from "../../jobs/approvals.ts";
import type { JobContext } from "../../jobs/types.ts";
import type { Attempt, NewEvent, Turn } from "../../protocol/index.ts";
import { ledgerEntry } from "../loop/ledger.ts";
import { addCost, costOfAttempt } from "../model/configured.ts";
import { noUsage, subtractUsage, totalTokens } from "../model/usage.ts";
import type { AttemptReport, LostAnswers } from "../types.ts";
import type { PatchStageOptions } from "./types.ts";

export type RecordOptions = Pick<PatchStageOptions, "store" | "costOf" | "now">;

/** The end of an attempt, and what it adds to its case. */
export async function record(
  { store, costOf, now }: RecordOptions,
  append: JobContext["append"],
  started: Attempt,
  { diff, ...report }: AttemptReport,
): Promise<void> {
  const diffSha256 = diff === "" ? null : await store.blobs.put(Buffer.from(diff));
  const { lostBy = [] } = { ...started, ...report };
  const answers = [
    ...store.turns(started.id),
    ...lostBy.map(({ usage, ...answeredBy }) => ({ usage, answeredBy })),
  ];
  const cost = costOfAttempt(costOf, started, report.usage, answers);
  const spent = cost === null ? {} : { costMicros: cost };
  const unanswered = store
    .approvalsOf(started.caseId)
    .filter((one) => one.attemptId === started.id && isWaiting(one));
  const ended: NewEvent[] = [
    ...dropped(unanswered),
    {
      type: "attempt/changed",
      payload: { ...started, ...report, ...spent, diffSha256, endedAt: now() },
    },
  ];
  const subject = store.case(started.caseId);
  if (subject === null) return append(...ended);
  // A case that went on meanwhile has no use for a repair of its earlier failure.
  const kept = subject.state === "patching" ? diffSha256 : null;
  append(...ended, {
    type: "case/changed",
    payload: {
      ...subject,
      attempts: subject.attempts + 1,
      builds: subject.builds + report.builds,
      tokens: subject.tokens + totalTokens(report.usage),
      ...addCost(subject, cost),
      diffSha256: kept ?? subject.diffSha256,
      updatedAt: now(),
    },
  });
}

/** The account of an attempt that ends without its agent: what its record adds up to. */
export function accountOf(
  attempt: Attempt,
  turns: readonly Turn[],
  { outcome, summary }: Pick<AttemptReport, "outcome" | "summary">,
): AttemptReport {
  const builds = ledgerEntry(attempt, turns).builds.length;
  return { outcome, summary, diff: "", turns: turns.length, builds, usage: attempt.usage };
}

/** What answers used that a server received and did not make turns of before it ended, as far as no turn tells of it yet. */
export const lostBefore = (attempt: Attempt, turns: readonly Turn[]): LostAnswers => ({
  usage: turns
    .flatMap(({ usage, trace }) => [usage, trace?.lost ?? noUsage])
    .reduce(subtractUsage, attempt.usage),
  by: (attempt.lostBy ?? []).slice(turns.flatMap(({ trace }) => trace?.lostBy ?? []).length),
});
