import type { Completion } from "../model/types.ts";
import type { AttemptState } from "../tools/state.ts";
import type { Ending } from "./ending.ts";
import { createProgressGuards, type ProgressGuards } from "./guards.ts";
import { createTruncationAlarm } from "./truncation.ts";

/** Says after each turn whether the attempt is at its end. */
export interface Judge {
  readonly guards: ProgressGuards;
  /**
   * null while it goes on; no word of a person can turn one that is `final`. `estimate` is of the prompt's tokens.
   */
  endOf(completion: Completion, estimate: number): (Ending & { final: boolean }) | null;
  /** The attempt goes on in spite of its end; what is done from now on is judged by itself. */
  anew(): void;
}

export function createJudge(state: AttemptState): Judge {
  let guards = createProgressGuards();
  let builds = 0;
  let silentTurns = 0;
  const truncation = createTruncationAlarm();
  return {
    get guards() {
      return guards;
    },
    endOf({ text, calls, usage, answeredBy }, estimate) {
      const cut = truncation(usage, estimate, answeredBy);
      if (cut !== null) return { outcome: "error", words: cut, final: true };
      silentTurns = calls.length === 0 ? silentTurns + 1 : 0;
      const { finished } = state;
      if (finished !== null)
        return { outcome: finished.status, words: finished.summary, final: finished.status === "fixed" };
      const stalled = guards.stalled(state.builds.slice(builds));
      if (stalled !== null) {
        const words = `It was stopped for lack of progress: ${stalled}.`;
        return { outcome: "stalled", words, final: false };
      }
      if (silentTurns < 2) return null;
      return { outcome: "gave-up", words: text || "The model stopped answering.", final: false };
    },
    anew() {
      guards = createProgressGuards();
      builds = state.builds.length;
      silentTurns = 0;
      state.finished = null;
    },
  };
}
