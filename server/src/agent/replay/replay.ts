import { type Attempt, type AttemptOutcome, PortwrightError } from "../../protocol/index.ts";
import { createBudgetLedger } from "../loop/budget.ts";
import { converse, type Outside } from "../loop/conversation.ts";
import { endingOf } from "../loop/ending.ts";
import { newAttemptState } from "../tools/state.ts";
import { sha256 } from "../tools/text.ts";
import { createComparison } from "./compare.ts";
import { playBack } from "./playback.ts";
import { scriptOf } from "./script.ts";
import { silent } from "./silent.ts";
import type { RecordedAttempt, Replay, ReplayedTurn } from "./types.ts";

/** The loop asks for a turn that the record does not have. */
class RecordEnds extends Error {}

/** What is there after the record: nothing, and no time passes. */
const nothingAfter = (elapsedMs: number): Outside => ({
  provider: { complete: () => Promise.reject(new RecordEnds()) },
  execute: () => Promise.reject(new RecordEnds()),
  clock: { elapsed: () => elapsedMs, standStill: (wait) => wait() },
  live: silent,
  operator: { held: () => false, goAhead: async () => {}, words: () => [], told: () => {} },
  lost: () => undefined,
  onAnswer: () => {},
  onTurn: () => {},
});

/**
 * Runs an attempt once more: the loop is the real one; answers, results, words of the porter and the time used come from
 * the record. Nothing is asked of a network or an environment. Throws PortwrightError notFound for a record that does not
 * hold enough.
 */
export async function replayAttempt(record: RecordedAttempt): Promise<Replay> {
  const { attempt, read } = record;
  if (attempt.provider === "recipes")
    throw new PortwrightError(
      "notFound",
      `attempt ${attempt.number} cannot be replayed: the rule book made it, which sends no requests`,
    );
  const { opening, budget, turns } = await scriptOf(record);
  const state = newAttemptState();
  const compare = createComparison();
  const replayed: ReplayedTurn[] = [];
  const outside = playBack(
    {
      ...{ turns, read, state },
      asked({ number, trace: { request } }, body) {
        if (request === undefined) return;
        const bytes = Buffer.byteLength(JSON.stringify(body));
        replayed.push({ turn: number, bytes, difference: compare(body, request) });
      },
    },
    nothingAfter(turns.at(-1)?.trace.elapsedMs ?? 0),
  );
  const { signal } = new AbortController();
  const ending = await converse({
    ...{ attemptId: attempt.id, opening, state, outside, signal },
    ledger: createBudgetLedger(budget, { own: attempt, prices: attempt.prices ?? [] }),
    present: (text) => text,
    keep: async (text) => sha256(text),
    now: () => 0,
  }).then(
    ({ outcome }) => outcome,
    (error: unknown) => {
      if (error instanceof RecordEnds) return null;
      return endingOf(error, signal, signal).outcome;
    },
  );
  const end = endOf(attempt, ending, turns.length - replayed.length);
  return {
    turns: replayed,
    end,
    equal: end === null && replayed.every(({ difference }) => difference === null),
  };
}

/** Outcomes that follow from the turns alone. */
const judged: readonly AttemptOutcome[] = ["gave-up", "needs-context", "stalled"];

/** Says in words where the loop's end (null: it goes on) is not the recorded one; what came from outside is not held against it. */
function endOf({ outcome }: Attempt, ending: AttemptOutcome | null, left: number): string | null {
  if (left > 0) return `the loop ends here (${ending}); the record goes on for ${left} more`;
  if (ending === null)
    return outcome !== null && judged.includes(outcome)
      ? `the loop goes on here; the record ends (${outcome})`
      : null;
  const isOutside = outcome === null || outcome === "stopped" || outcome === "error";
  // Work that builds is kept as fixed whatever ended the attempt.
  const isSaved = outcome === "fixed" && ["budget", "stalled", "error"].includes(ending);
  return ending === outcome || isOutside || isSaved
    ? null
    : `the loop ends here (${ending}); the record ends otherwise (${outcome})`;
}
