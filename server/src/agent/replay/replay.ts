import type { Attempt, AttemptOutcome } from "../../protocol/index.ts";
import { createBudgetLedger } from "../loop/budget.ts";
import { converse } from "../loop/conversation.ts";
import { endingOf } from "../loop/ending.ts";
import { defaultGuardLimits } from "../loop/guards.ts";
import { ownExtras } from "../model/failover.ts";
import { renderRequest } from "../model/request.ts";
import type { CallRequest, Completion, CompletionRequest } from "../model/types.ts";
import { newAttemptState } from "../tools/state.ts";
import { sha256 } from "../tools/text.ts";
import { createComparison } from "./compare.ts";
import { completionOf, recordedResults, scriptOf } from "./script.ts";
import { silent } from "./silent.ts";
import type { RecordedAttempt, Replay, ReplayedTurn } from "./types.ts";

/** The loop asks for a turn that the record does not have. */
class RecordEnds extends Error {}

/**
 * Runs an attempt once more: the loop is the real one; answers, results, words of the porter and the time used come from
 * the record. Nothing is asked of a network or an environment. Throws PortwrightError notFound for a record that does not
 * hold enough.
 */
export async function replayAttempt(record: RecordedAttempt): Promise<Replay> {
  const { opening, budget, turns } = await scriptOf(record);
  const state = newAttemptState();
  const compare = createComparison();
  const replayed: ReplayedTurn[] = [];
  let foreign = 0;
  let results: ReturnType<typeof recordedResults> = new Map();
  const { signal } = new AbortController();

  const complete = async (request: CompletionRequest): Promise<Completion> => {
    const turn = turns[replayed.length];
    if (turn === undefined) throw new RecordEnds();
    const { request: recorded } = turn.trace;
    if (turn.answeredBy?.reason !== turns[replayed.length - 1]?.answeredBy?.reason)
      foreign = request.messages.length;
    const { body } = renderRequest(
      { ...request, messages: ownExtras(request.messages, foreign) },
      recorded.form,
    );
    const bytes = Buffer.byteLength(JSON.stringify(body));
    replayed.push({ turn: turn.number, bytes, difference: compare(body, recorded) });
    const answer = await completionOf(turn, record.read);
    results = recordedResults(turn, answer, state);
    return answer;
  };
  const execute = (call: CallRequest) => {
    const result = results.get(call);
    if (result === undefined) throw new Error(`no result of ${call.name} is recorded`);
    return result();
  };

  const ending = await converse({
    ...{ attemptId: record.attempt.id, opening, state, execute, provider: { complete } },
    ledger: createBudgetLedger(budget),
    guards: defaultGuardLimits,
    clock: {
      elapsed: () => turns[replayed.length - 1]?.trace.elapsedMs ?? 0,
      standStill: (wait) => wait(),
    },
    live: silent,
    operator: {
      held: () => false,
      goAhead: async () => {},
      words: () => turns[replayed.length]?.trace.heard ?? [],
      told: () => {},
    },
    signal,
    present: (text) => text,
    keep: async (text) => sha256(text),
    now: () => 0,
    onTurn: () => {},
  }).then(
    ({ outcome }) => outcome,
    (error: unknown) => {
      if (error instanceof RecordEnds) return null;
      return endingOf(error, signal, signal).outcome;
    },
  );
  const end = endOf(record.attempt, ending, turns.length - replayed.length);
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
