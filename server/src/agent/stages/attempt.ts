import type { JobContext } from "../../jobs/types.ts";
import { ServerClosing } from "../../jobs/worker.ts";
import type { Attempt, Bundle, Case, Decision, NewEvent, Tier } from "../../protocol/index.ts";
import { ledgerEntry } from "../loop/ledger.ts";
import { addCost, costOfAttempt } from "../model/configured.ts";
import { addUsage, noUsage, totalTokens } from "../model/usage.ts";
import type { Agent, AttemptReport, Budget } from "../types.ts";
import { operatorOf, untold } from "./operator.ts";
import { porterWords } from "./porterWords.ts";
import { siblingsOf } from "./siblings.ts";
import type { PatchStageOptions } from "./types.ts";

interface AttemptPlan {
  agent: Agent;
  subject: Case;
  bundle: Bundle;
  decision: Decision;
  tier: Tier;
  budget: Budget;
}

type RecordOptions = Pick<PatchStageOptions, "store" | "costOf" | "now">;

/** One attempt in an environment of its own, which is gone afterwards; each turn is kept as it ends. */
export async function runAttempt(
  options: PatchStageOptions,
  context: JobContext,
  plan: AttemptPlan,
): Promise<AttemptReport> {
  const { store, manager, builder, live: feed, now, newId } = options;
  const { agent, subject, bundle, decision, tier, budget } = plan;
  await closeInterrupted(options, context.append, subject.id);
  const earlier = store.attemptsOf(subject.id);
  let started: Attempt = {
    id: newId(),
    caseId: subject.id,
    jobId: context.job.id,
    number: Math.max(0, ...earlier.map((attempt) => attempt.number)) + 1,
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
    diffSha256: null,
    startedAt: now(),
    endedAt: null,
  };
  context.append({ type: "attempt/changed", payload: started });
  using live = feed.begin(subject.id, started.id);
  let report: AttemptReport = {
    outcome: "error",
    summary: "",
    diff: "",
    turns: 0,
    builds: 0,
    usage: noUsage,
  };
  try {
    const name = `attempt-${started.id.toLowerCase()}`.slice(0, 40);
    const environment = await manager.create({ name, target: subject.target, signal: context.signal });
    try {
      report = await agent.attempt({
        attemptId: started.id,
        number: started.number,
        subject,
        bundle,
        tier,
        decision,
        budget,
        environment,
        builder,
        blobs: store.blobs,
        context: porterWords(store, context.job, earlier),
        ledger: earlier.map((attempt) => ledgerEntry(attempt, store.turns(attempt.id))),
        siblings: await siblingsOf(store, subject),
        signal: context.signal,
        onBriefing(briefing) {
          started = { ...started, briefing };
          context.append({ type: "attempt/changed", payload: started });
        },
        onTurn: (turn) => context.append({ type: "turn/recorded", payload: turn }),
        onPhase(phase) {
          live.phase(phase);
          const payload = { caseId: subject.id, attemptId: started.id, phase };
          context.append({ type: "build/phase", payload });
        },
        live,
        operator: operatorOf(store, context, started, agent === options.recipes),
      });
    } finally {
      await environment.destroy();
    }
  } catch (error) {
    report = { ...report, summary: error instanceof Error ? error.message : String(error) };
    throw error;
  } finally {
    // A closing server leaves the attempt open: the next one closes it and begins anew.
    if (!(context.signal.reason instanceof ServerClosing))
      await record(options, context.append, started, report);
  }
  return report;
}

async function record(
  { store, costOf, now }: RecordOptions,
  append: JobContext["append"],
  started: Attempt,
  { diff, ...report }: AttemptReport,
): Promise<void> {
  const diffSha256 = diff === "" ? null : await store.blobs.put(Buffer.from(diff));
  const cost = costOfAttempt(costOf, started, report.usage, store.turns(started.id));
  const spent = cost === null ? {} : { costMicros: cost };
  const ended: NewEvent = {
    type: "attempt/changed",
    payload: { ...started, ...report, ...spent, diffSha256, endedAt: now() },
  };
  const subject = store.case(started.caseId);
  if (subject === null) return append(ended);
  // A case that went on meanwhile has no use for a repair of its earlier failure.
  const kept = subject.state === "patching" ? diffSha256 : null;
  append(ended, {
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

/** An attempt without an end belongs to a server that died; its environment is gone, so a fresh one begins. */
export async function closeInterrupted(
  options: RecordOptions,
  append: JobContext["append"],
  caseId: string,
): Promise<void> {
  const { store } = options;
  for (const attempt of store.attemptsOf(caseId)) {
    if (attempt.endedAt !== null) continue;
    const turns = store.turns(attempt.id);
    append(...untold(store, attempt));
    await record(options, append, attempt, {
      outcome: "error",
      summary: "the server ended in the middle of this attempt",
      diff: "",
      turns: turns.length,
      builds: ledgerEntry(attempt, turns).builds.length,
      usage: turns.map((turn) => turn.usage).reduce(addUsage, noUsage),
    });
  }
}
