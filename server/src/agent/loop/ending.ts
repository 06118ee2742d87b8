import type { AttemptOutcome } from "../../protocol/index.ts";
import { ModelError } from "../model/error.ts";

/** How an attempt ended. */
export interface Ending {
  outcome: AttemptOutcome;
  /** The agent's own words, or what stopped it. */
  words: string;
}

/** Endings that come as errors; anything else is a bug of ours and goes up. */
export function endingOf(error: unknown, stopped: AbortSignal, wall: AbortSignal): Ending {
  if (stopped.aborted) return { outcome: "stopped", words: "It was stopped on request." };
  if (wall.aborted) return { outcome: "budget", words: "The budget ended it: its time is over." };
  if (!(error instanceof ModelError)) throw error;
  return { outcome: error.reason === "overflow" ? "budget" : "error", words: error.userMessage };
}
