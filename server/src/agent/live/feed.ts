import type { LiveChange, SessionLive } from "../../protocol/index.ts";
import { newSessionLive, reduceLive } from "../../protocol/live.ts";
import { createTeller, type LiveTeller } from "./teller.ts";

/** Hears of one change; null when an attempt began or ended, so that all is to be looked at anew. */
type LiveListener = (change: LiveChange | null) => void;

interface LiveFeedOptions {
  /** Takes secrets out of what is shown. */
  redact: (text: string) => string;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/**
 * What running attempts and proofs do at this moment, by case; of each case at most one runs. Kept in memory only and
 * within bounds: what has to last is in the stream.
 */
export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #running = new Map<string, SessionLive>();
  readonly #listeners = new Map<string, Set<LiveListener>>();

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  of(caseId: string): SessionLive | null {
    return this.#running.get(caseId) ?? null;
  }

  /** `attemptId` is that of the attempt, or of the one whose diff is proved. Dispose what is returned at its end. */
  begin(caseId: string, attemptId: string): LiveTeller {
    let current = newSessionLive(attemptId);
    this.#running.set(caseId, current);
    this.#say(caseId, null);
    const { flush, ...teller } = createTeller((change) => {
      if (this.#running.get(caseId) !== current) return;
      current = reduceLive(current, change);
      this.#running.set(caseId, current);
      this.#say(caseId, change);
    }, this.#options);
    const end = () => {
      flush();
      if (this.#running.get(caseId) !== current) return;
      this.#running.delete(caseId);
      this.#say(caseId, null);
    };
    return { ...teller, [Symbol.dispose]: end };
  }

  /** What `of` says at this moment is told no more. */
  follow(caseId: string, listener: LiveListener): Disposable {
    const listeners = this.#listeners.get(caseId) ?? new Set();
    this.#listeners.set(caseId, listeners.add(listener));
    const end = () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(caseId) === listeners) this.#listeners.delete(caseId);
    };
    return { [Symbol.dispose]: end };
  }

  #say(caseId: string, change: LiveChange | null): void {
    for (const listener of this.#listeners.get(caseId) ?? []) listener(change);
  }
}
