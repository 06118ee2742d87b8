import type { StoredEvent } from "../../protocol/index.ts";

type Listener = (events: readonly StoredEvent[]) => void;

/**
 * Tells listeners of committed batches, each once and in order, also when a listener itself appends: that batch is told
 * after the present one has reached everybody. A listener hears nothing of what was committed before it was added. One
 * that throws harms neither the others nor the append; its error goes to `onError`.
 */
export class Listeners {
  readonly #entries = new Set<{ listener: Listener; after: number }>();
  readonly #waiting: (readonly StoredEvent[])[] = [];
  readonly #onError: (error: unknown) => void;
  #telling = false;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(listener: Listener, after: number): Disposable {
    const entry = { listener, after };
    this.#entries.add(entry);
    return { [Symbol.dispose]: () => void this.#entries.delete(entry) };
  }

  tell(events: readonly StoredEvent[]): void {
    this.#waiting.push(events);
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift())
        this.#tellAll(batch);
    } finally {
      this.#telling = false;
    }
  }

  #tellAll(batch: readonly StoredEvent[]): void {
    const first = batch[0]?.seq ?? 0;
    for (const entry of [...this.#entries]) {
      if (first <= entry.after || !this.#entries.has(entry)) continue;
      try {
        entry.listener(batch);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
