import type { Usage } from "@portwright/server/protocol";
import type { PhaseStart } from "./messages.ts";
import type { ShownSession } from "./reducer.ts";

/** What the attempt does, in the words of the badge. */
export type SessionState =
  | "running"
  | "waiting"
  | "pausing"
  | "paused"
  | NonNullable<ShownSession["attempt"]["outcome"]>;

export function stateOf({ attempt, job, live }: ShownSession): SessionState {
  if (attempt.outcome !== null) return attempt.outcome;
  if (live?.paused) return "paused";
  if (job?.state === "queued") return job.paused ? "paused" : "waiting";
  return job?.paused ? "pausing" : "running";
}

/** Whether its work waits for a person's word; a job is held on even when its attempt died with the server. */
export function isHeld({ job }: ShownSession): boolean {
  return job?.paused === true && (job.state === "queued" || job.state === "leased");
}

export function isRunning({ attempt }: ShownSession): boolean {
  return attempt.outcome === null;
}

/** The turn that is being made; once it stands in the stream it is shown from there. */
export function liveTurn({ live, turns, attempt }: ShownSession): ShownSession["live"] {
  if (!live || live.turn === 0 || attempt.outcome !== null) return null;
  return live.turn > (turns.at(-1)?.number ?? 0) ? live : null;
}

/** Phases by build. Of the running one the live state knows most; the events tell of those before and of the proof's. */
export function shownBuilds({ builds, live }: ShownSession): ShownSession["builds"] {
  if (!live || live.build === 0 || live.phases.length === 0) return builds;
  return [...builds.slice(0, Math.min(live.build, Math.max(builds.length, 1)) - 1), live.phases];
}

/** Whether the newest build is at work: a tool of the attempt runs, or the proof is being made. */
export function isBuilding({ attempt, live, proof, case: subject }: ShownSession): boolean {
  if (attempt.outcome === null) return live?.calls.some(({ ok }) => ok === null) ?? false;
  return attempt.outcome === "fixed" && proof === null && subject.state === "proving";
}

/** Milliseconds of each phase; the last one lasts until `now`, or is unknown (null) when the build has ended. */
export function phaseDurations(phases: readonly PhaseStart[], now: number | null): (number | null)[] {
  return phases.map(({ at }, place) => {
    const end = phases[place + 1]?.at ?? now;
    return end === null ? null : Math.max(0, end - at);
  });
}

/** Tokens so far: those of the attempt's end, or until then of its turns. */
export function usageOf({ attempt, turns }: ShownSession): Usage {
  const total = { uncachedTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0, estimated: false };
  if (attempt.outcome !== null) return attempt.usage;
  for (const { usage } of turns) {
    total.uncachedTokens += usage.uncachedTokens;
    total.cachedTokens += usage.cachedTokens;
    total.outputTokens += usage.outputTokens;
    total.reasoningTokens += usage.reasoningTokens;
    total.estimated ||= usage.estimated;
  }
  return total;
}

export interface BudgetShare {
  readonly key: "tokens" | "turns" | "builds" | "wallMs" | "costMicros";
  readonly used: number;
  readonly limit: number;
  /** From 70 %, as the model is warned, and when all is used. */
  readonly level: "calm" | "warning" | "spent";
}

/** What of each limit is used; none for an attempt made before budgets were recorded. */
export function budgetShares(session: ShownSession, usage: Usage, now: number): BudgetShare[] {
  const { attempt, turns, live, builds } = session;
  const { budget } = attempt;
  if (!budget) return [];
  const used = {
    // Those from a cache are not counted.
    tokens: usage.uncachedTokens + usage.outputTokens,
    turns: Math.max(attempt.turns, turns.at(-1)?.number ?? 0),
    builds:
      attempt.outcome === null ? Math.max(attempt.builds, live?.build ?? builds.length) : attempt.builds,
    wallMs: Math.max(0, (attempt.endedAt ?? now) - attempt.startedAt),
    costMicros: attempt.costMicros ?? 0,
  };
  return (["tokens", "turns", "builds", "wallMs", "costMicros"] as const).flatMap((key) => {
    const limit = budget[key];
    if (limit === undefined) return [];
    const share = used[key] / limit;
    const level = share >= 1 ? "spent" : share >= 0.7 ? "warning" : "calm";
    return [{ key, used: used[key], limit, level }];
  });
}

/** Whether a person's words would still reach this attempt, or the one after it. */
export function canSpeak(session: ShownSession): boolean {
  const { attempt, attempts, case: subject, steerable } = session;
  const isOver = ["accepted", "delivered", "closed"].includes(subject.state);
  return steerable && (isRunning(session) || (attempt.number === attempts.at(-1)?.number && !isOver));
}
