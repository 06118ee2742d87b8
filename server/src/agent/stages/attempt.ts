import { Unhealthy } from "../../environments/errors.ts";
import type { JobContext } from "../../jobs/types.ts";
import { ServerClosing } from "../../jobs/worker.ts";
import type { Attempt, Bundle, Case, Decision, Tier, ToolName } from "../../protocol/index.ts";
import { ledgerEntry } from "../loop/ledger.ts";
import { noUsage } from "../model/usage.ts";
import type { RuleBook } from "../recipes/book.ts";
import type { KinFix } from "../recipes/kin.ts";
import { NotResumable } from "../replay/notResumable.ts";
import type { Agent, AttemptReport, Budget } from "../types.ts";
import { accountOf, lostBefore, record } from "./attemptRecord.ts";
import { consentOf } from "./consent.ts";
import { type Begin, environmentFor, resumeOf } from "./environment.ts";
import { closeInterrupted } from "./interrupted.ts";
import { operatorOf } from "./operator.ts";
import { porterWords } from "./porterWords.ts";
import { siblingsOf } from "./siblings.ts";
import type { PatchStageOptions } from "./types.ts";

export interface AttemptPlan {
  agent: Agent;
  subject: Case;
  bundle: Bundle;
  decision: Decision;
  tier: Tier;
  budget: Budget;
  /** Tools of which each call needs a person's consent. */
  approve: readonly ToolName[];
  book: RuleBook;
  kin: readonly KinFix[];
}

/** One attempt in an environment of its own, which is gone afterwards; each turn is kept as it ends. */
export async function runAttempt(
  options: PatchStageOptions,
  context: JobContext,
  plan: AttemptPlan,
): Promise<AttemptReport> {
  const { store, now, newId } = options;
  const { agent, subject, tier, budget } = plan;
  await closeInterrupted(options, context.append, subject.id, () => false);
  const attempt: Attempt = {
    id: newId(),
    caseId: subject.id,
    jobId: context.job.id,
    number: Math.max(0, ...store.attemptsOf(subject.id).map(({ number }) => number)) + 1,
    signature: subject.signature,
    tier,
    provider: agent.provider,
    model: agent.model,
    outcome: null,
    summary: "",
    turns: 0,
    builds: 0,
    usage: noUsage,
    budget,
    ...(budget.costMicros !== undefined && { prices: [...options.prices] }),
    diffSha256: null,
    startedAt: now(),
    endedAt: null,
  };
  context.append({ type: "attempt/changed", payload: attempt });
  return carry(options, context, plan, { attempt, turns: [] });
}

/**
 * The attempt from where it is to its end. Left open are one whose server closes, one whose host fell out (throws Unhealthy),
 * and one that cannot go on (throws NotResumable).
 */
export async function carry(
  options: PatchStageOptions,
  context: JobContext,
  { agent, subject, bundle, decision, tier, budget, approve, book, kin }: AttemptPlan,
  begin: Begin,
): Promise<AttemptReport> {
  const { attempt, turns } = begin;
  const { store, builder, live: feed } = options;
  const earlier = store.attemptsOf(subject.id).filter(({ id }) => id !== attempt.id);
  let current = attempt;
  const change = (changes: Partial<Attempt>) => {
    current = { ...current, ...changes };
    context.append({ type: "attempt/changed", payload: current });
  };
  const consent = consentOf(options, context, attempt, approve);
  using live = feed.begin(subject.id, attempt.id);
  let report = accountOf(attempt, turns, { outcome: "error", summary: "" });
  let goesOn = false;
  const isLeftOpen = (error: unknown) =>
    error instanceof NotResumable || (error instanceof Unhealthy && !context.signal.aborted);
  try {
    const environment = await environmentFor(options, context, begin, subject.target);
    try {
      report = await agent.attempt({
        attemptId: attempt.id,
        number: attempt.number,
        subject,
        bundle,
        tier,
        decision,
        ...{ budget, prices: attempt.prices },
        environment,
        builder,
        blobs: store.blobs,
        context: porterWords(store, context.job, earlier),
        ledger: earlier.map((one) => ledgerEntry(one, store.turns(one.id))),
        siblings: await siblingsOf(store, subject),
        ...{ book, kin },
        signal: context.signal,
        onBriefing: (briefing) => change({ briefing }),
        onAnswer(turn, { usage, lostBy, costMicros }) {
          consent.atTurn(turn);
          change({
            ...{ turns: turn, usage },
            ...(lostBy.length > 0 && { lostBy: [...lostBy] }),
            ...(costMicros !== undefined && { costMicros }),
          });
        },
        onTurn: (turn) => context.append({ type: "turn/recorded", payload: turn }),
        onPhase(phase) {
          live.phase(phase);
          const payload = { caseId: subject.id, attemptId: attempt.id, phase };
          context.append({ type: "build/phase", payload });
        },
        live,
        operator: operatorOf(store, context, attempt, agent === options.recipes),
        consent,
        ...(attempt.resumed !== undefined && { lost: lostBefore(attempt, turns) }),
        ...(turns.length > 0 && {
          resume: resumeOf(options, begin, () => change({ turns: turns.length + 1 })),
        }),
      });
    } catch (error) {
      goesOn = error instanceof Unhealthy && isLeftOpen(error);
      throw error;
    } finally {
      goesOn ||= context.signal.reason instanceof ServerClosing;
      if (!goesOn) await environment.destroy();
    }
  } catch (error) {
    const summary = error instanceof Error ? error.message : String(error);
    report = accountOf(current, store.turns(attempt.id), { outcome: "error", summary });
    goesOn ||= isLeftOpen(error);
    throw error;
  } finally {
    // A closing server leaves the attempt open for the next one, and is no sign that the attempt ends servers.
    if (context.signal.reason instanceof ServerClosing)
      change({ resumed: undefined, usage: report.usage, lostBy: report.lostBy ?? current.lostBy });
    else if (!goesOn) await record(options, context.append, current, report);
  }
  return report;
}
