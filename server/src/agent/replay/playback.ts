import type { ChunkTimes } from "../../protocol/index.ts";
import type { Outside } from "../loop/conversation.ts";
import { ownExtras, roomFor, type Standing } from "../model/failover.ts";
import { type RenderedRequest, renderRequest } from "../model/request.ts";
import type { AttemptState } from "../tools/state.ts";
import { completionOf, type PlayedTurn, recordedResults } from "./script.ts";
import { silent } from "./silent.ts";
import type { RecordedAttempt } from "./types.ts";

interface PlaybackOptions {
  turns: readonly PlayedTurn[];
  read: RecordedAttempt["read"];
  /** Brought along, call by call. */
  state: AttemptState;
  /** Hears of each request as it is made now. */
  asked: (turn: PlayedTurn, body: RenderedRequest["body"]) => void;
}

/** Of a record that does not tell when the pieces of an answer came. */
const untimed: ChunkTimes = { tries: 1, chunks: 0, every: 1, at: [], longestGapMs: 0 };

/** The outside of a conversation as its record has it, as long as that lasts; from then on that of `after`. */
export function playBack(
  { turns, read, state, asked }: PlaybackOptions,
  after: Outside,
): Outside & { standing: () => Standing; left: () => number } {
  let answered = 0;
  let played = 0;
  let foreign = 0;
  let results: ReturnType<typeof recordedResults> = new Map();
  const isOver = (): boolean => played >= turns.length;

  return {
    standing: () => ({
      answeredBy: turns.at(-1)?.answeredBy,
      form: turns.at(-1)?.trace.request?.form,
      foreign,
    }),
    left: () => turns.length - played,
    provider: {
      async complete(request) {
        const turn = turns[answered];
        if (turn === undefined) return after.provider.complete(request);
        const { answeredBy } = turn;
        const tookOver = answeredBy?.reason !== turns[answered - 1]?.answeredBy?.reason;
        if (tookOver) foreign = request.messages.length;
        const maxOutputTokens =
          tookOver && answeredBy ? roomFor(request, answeredBy) : request.maxOutputTokens;
        answered += 1;
        const { request: sent, times = untimed } = turn.trace;
        const answer = await completionOf(turn, read);
        results = recordedResults(turn, answer, state);
        if (sent === undefined) return answer;
        const messages = ownExtras(request.messages, foreign);
        const { body } = renderRequest({ ...request, maxOutputTokens, messages }, sent.form);
        asked(turn, body);
        return { ...answer, asked: { form: sent.form, body, times } };
      },
    },
    execute(call) {
      if (isOver()) return after.execute(call);
      const result = results.get(call);
      if (result === undefined) throw new Error(`no result of ${call.name} is recorded`);
      return result();
    },
    clock: {
      elapsed: () => (isOver() ? after.clock.elapsed() : (turns[answered - 1]?.trace.elapsedMs ?? 0)),
      standStill: (wait) => after.clock.standStill(wait),
    },
    get live() {
      return isOver() ? after.live : silent;
    },
    operator: {
      held: () => isOver() && after.operator.held(),
      goAhead: () => after.operator.goAhead(),
      words: (atEdge) => (isOver() ? after.operator.words(atEdge) : (turns[played]?.trace.heard ?? [])),
      told(turn) {
        if (isOver()) after.operator.told(turn);
      },
    },
    lost() {
      if (isOver()) return after.lost();
      const { lost, lostBy = [] } = turns[played]?.trace ?? {};
      return lost && { usage: lost, by: lostBy };
    },
    onAnswer(turn) {
      if (isOver()) after.onAnswer(turn);
    },
    onTurn(turn) {
      if (isOver()) after.onTurn(turn);
      else played += 1;
    },
  };
}
