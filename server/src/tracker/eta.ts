import { setImmediate as otherWork } from "node:timers/promises";
import { portKey } from "../evidence/results/types.ts";
import type { LiveRun, Run } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";

const resultsAtOnce = 500;
const runsLookedAt = 20;
const mostKept = 4;

type Durations = ReadonlyMap<string, number>;
type Progress = Pick<LiveRun, "remaining" | "impulse" | "perHour"> & { slots: readonly unknown[] };

/**
 * When runs will be over: by what the ports still to come took in the last whole run of the same target and profile, where
 * that one had most of them, else at the builder's rate of late, else at that of the whole run.
 */
export class Eta {
  readonly #store: Store;
  /** By run, which no longer changes. */
  readonly #kept = new Map<string, Promise<Durations>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Seconds, one at least while a port is to come; null where nothing tells. `done` has the ports that the run is through
   * with, by their keys.
   */
  async of(run: Run, progress: Progress, done: ReadonlyMap<string, unknown>): Promise<number | null> {
    const { remaining, impulse, perHour, slots } = progress;
    let count = 0;
    let seconds = 0;
    for (const [port, took] of await this.#earlier(run))
      if (!done.has(port)) {
        count++;
        seconds += took;
      }
    const rate = impulse > 0 ? impulse : perHour;
    const isTelling = count * 2 >= remaining || (count > 0 && rate === 0);
    const whole = (left: number): number => Math.max(Math.min(1, remaining), Math.round(left));
    // The last ports leave slots idle.
    const atOnce = Math.max(1, Math.min(slots.length, remaining));
    if (isTelling) return whole(((seconds / Math.max(1, count)) * remaining) / atOnce);
    return rate > 0 ? whole((remaining / rate) * 3600) : null;
  }

  async #earlier({ id, target, profile, startedAt }: Run): Promise<Durations> {
    const earlier = this.#store
      .runs({ target }, { limit: runsLookedAt })
      .items.find(
        (run) =>
          run.id !== id && run.profile === profile && run.state === "finished" && run.startedAt < startedAt,
      );
    if (earlier === undefined) return new Map();
    const kept = this.#kept.get(earlier.id) ?? this.#durations(earlier.id);
    this.#kept.set(earlier.id, kept);
    kept.catch(() => this.#kept.delete(earlier.id));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
    return kept;
  }

  async #durations(runId: string): Promise<Durations> {
    const durations = new Map<string, number>();
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = this.#store.resultPage({ runId }, { limit: resultsAtOnce, cursor });
      for (const { origin, flavor, seconds } of page.items)
        if (seconds !== undefined) durations.set(portKey(origin, flavor), seconds);
      cursor = page.nextCursor;
      await otherWork();
    }
    return durations;
  }
}
