import type { Usage } from "../../protocol/index.ts";
import type { Completion } from "../model/types.ts";
import type { AttemptState } from "../tools/state.ts";
import type { Ending } from "./ending.ts";
import { createProgressGuards, type GuardLimits, type ProgressGuards } from "./guards.ts";

/** Says after each turn whether the attempt is at its end. */
export interface Judge {
  readonly guards: ProgressGuards;
  /** null while it goes on; no word of a person can turn one that is `final`. */
  endOf(completion: Completion): (Ending & { final: boolean }) | null;
  /** The attempt goes on in spite of its end; what is done from now on is judged by itself. */
  anew(): void;
}

export function createJudge(limits: GuardLimits, state: AttemptState): Judge {
  let guards = createProgressGuards(limits);
  let builds = 0;
  let silentTurns = 0;
  let promptTokens = 0;
  return {
    get guards() {
      return guards;
    },
    endOf({ text, calls, usage }) {
      const cut = silentTruncation(promptTokens, usage);
      promptTokens = promptOf(usage);
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
      guards = createProgressGuards(limits);
      builds = state.builds.length;
      silentTurns = 0;
      state.finished = null;
    },
  };
}

const promptOf = (usage: Usage): number => (usage.estimated ? 0 : usage.uncachedTokens + usage.cachedTokens);

/** The conversation only grows, so a prompt that was counted smaller than before was cut by the endpoint, unsaid. */
function silentTruncation(before: number, usage: Usage): string | null {
  const now = promptOf(usage);
  if (before === 0 || now === 0 || now >= before * 0.8) return null;
  return (
    `The endpoint counted ${now} prompt tokens after ${before} the turn before: it cuts long conversations without ` +
    "saying so. Raise its context length (Ollama: num_ctx), or use another model."
  );
}
