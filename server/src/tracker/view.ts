import type { Case, NewEvent, Result, Run } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { blockedChanges } from "./blocked.ts";

/** What the tracker asks of the present state. */
export type TrackerView = Pick<Store, "activeRuns" | "run" | "result" | "caseOf"> & {
  knowsTarget(name: string): boolean;
  knowsBundle(id: string): boolean;
};

/**
 * The store's state with events on top that are still to be appended, so that many records make one transaction.
 * `pending` leaves out what the same batch overtakes: of a case's states all but the last, and of one run's states those
 * that differ from the next only in counts.
 */
export class PendingView implements TrackerView {
  readonly #store: Store;
  readonly #events: NewEvent[] = [];
  readonly #targets: Set<string>;
  readonly #runs = new Map<string, Run>();
  readonly #results = new Map<string, Result>();
  readonly #cases = new Map<string, Case>();
  readonly #bundles = new Set<string>();

  /** The store does not change while a transaction is decided. */
  readonly #storedResult: Store["result"];
  readonly #storedCase: Store["caseOf"];

  constructor(store: Store) {
    this.#store = store;
    this.#storedResult = remembered(store.result);
    this.#storedCase = remembered(store.caseOf);
    this.#targets = new Set(store.targets().map(({ name }) => name));
  }

  add(events: readonly NewEvent[]): void {
    for (const event of events) {
      this.#events.push(event);
      const { type, payload } = event;
      if (type === "target/seen") this.#targets.add(payload.name);
      else if (type === "run/changed") this.#runs.set(payload.id, payload);
      else if (type === "result/recorded")
        this.#results.set(key(payload.runId, payload.origin, payload.flavor), payload);
      else if (type === "case/changed")
        this.#cases.set(key(payload.target, payload.origin, payload.flavor), payload);
      else if (type === "bundle/added") this.#bundles.add(payload.id);
    }
  }

  pending(): NewEvent[] {
    this.add(blockedChanges(this, [...this.#results.values()], this.#storedResult));
    const next = new Map<string, Run>();
    const first = new Set<NewEvent>();
    const seen = new Set<string>();
    for (const event of this.#events) {
      if (event.type !== "run/changed" || seen.has(event.payload.id)) continue;
      seen.add(event.payload.id);
      first.add(event);
    }
    const kept: NewEvent[] = [];
    for (const event of this.#events.toReversed()) {
      if (event.type === "run/changed") {
        const later = next.get(event.payload.id);
        next.set(event.payload.id, event.payload);
        if (later?.state === event.payload.state && !first.has(event)) continue;
      } else if (event.type === "case/changed") {
        if (seen.has(event.payload.id)) continue;
        seen.add(event.payload.id);
      }
      kept.push(event);
    }
    return kept.reverse();
  }

  knowsTarget(name: string): boolean {
    return this.#targets.has(name);
  }

  knowsBundle(id: string): boolean {
    return this.#bundles.has(id) || this.#store.bundle(id) !== null;
  }

  activeRuns(): Run[] {
    const stored = this.#store.activeRuns().map((run) => this.#runs.get(run.id) ?? run);
    const storedIds = new Set(stored.map(({ id }) => id));
    const added = [...this.#runs.values()].filter(({ id }) => !storedIds.has(id));
    return [...stored, ...added].filter(({ state }) => state === "active");
  }

  run(id: string): Run | null {
    return this.#runs.get(id) ?? this.#store.run(id);
  }

  newestRun(target: string): Run | null {
    const ofTarget = [...this.#runs.values()].filter((run) => run.target === target);
    return [...this.#store.runs({ target }, { limit: 1 }).items, ...ofTarget].reduce<Run | null>(
      (newest, run) => (newest !== null && newest.startedAt > run.startedAt ? newest : run),
      null,
    );
  }

  skipped(runId: string): Pick<Result, "origin" | "flavor" | "reason">[] {
    const pending = [...this.#results.values()].filter((result) => result.runId === runId);
    const told = new Set(pending.map(({ origin, flavor }) => key(origin, flavor)));
    const stored = this.#store.skipped(runId).filter(({ origin, flavor }) => !told.has(key(origin, flavor)));
    return [...stored, ...pending.filter(({ kind }) => kind === "skipped")];
  }

  result(runId: string, origin: string, flavor: string): Result | null {
    return this.#results.get(key(runId, origin, flavor)) ?? this.#storedResult(runId, origin, flavor);
  }

  caseOf(target: string, origin: string, flavor: string): Case | null {
    return this.#cases.get(key(target, origin, flavor)) ?? this.#storedCase(target, origin, flavor);
  }
}

/** Each question is asked once. */
function remembered<T>(
  read: (of: string, origin: string, flavor: string) => T,
): (of: string, origin: string, flavor: string) => T {
  const known = new Map<string, T>();
  return (of, origin, flavor) => {
    const place = key(of, origin, flavor);
    const found = known.get(place);
    if (found !== undefined) return found;
    const value = read(of, origin, flavor);
    known.set(place, value);
    return value;
  };
}

function key(...parts: string[]): string {
  return parts.join("\0");
}
